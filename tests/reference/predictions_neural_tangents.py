"""Predictions of infinitely wide networks by neural-tangents 0.6.5 in doubles, for tests/predictions.

    pip install neural-tangents==0.6.5 jax==0.4.30 jaxlib==0.4.30 "numpy<2"
    python predictions_neural_tangents.py > predictions_neural_tangents.json

Its loss is the mean over all training values (n times the number of targets), ours their sum: its time is ours
times that number. Its regularizer is on the diagonal of the kernel matrix, as our noise is.
"""

import json
from fractions import Fraction

import jax

jax.config.update("jax_enable_x64", True)
import jax.numpy as jnp  # noqa: E402
import neural_tangents as nt  # noqa: E402
from neural_tangents import stax  # noqa: E402


def rows(count, width, seed):
    """Decimals with two digits, by a small generator of its own."""
    state, out = seed, []
    for _ in range(count * width):
        state = (state * 1103515245 + 12345) % 2**31
        out.append(f"{(state >> 8) % 401 - 200}")
    return [[str(Fraction(int(x), 100)) for x in out[i * width : (i + 1) * width]] for i in range(count)]


def on_circle(parameters):
    """Rational points of the unit sphere in R^3, by stereographic projection."""
    out = []
    for a, b in parameters:
        s = 1 + a * a + b * b
        out.append([str(2 * a / s), str(2 * b / s), str((s - 2) / s)])
    return out


def numbers(table):
    return jnp.array([[float(Fraction(x)) for x in row] for row in table])


def network(activation, depth, weight, bias):
    layer = {"erf": stax.Erf, "relu": stax.Relu}[activation]
    dense = lambda: stax.Dense(1, W_std=float(weight) ** 0.5, b_std=float(bias) ** 0.5)  # noqa: E731
    return stax.serial(*[f for _ in range(depth) for f in (dense(), layer())], dense())[2]


def main():
    half = lambda a, b: (Fraction(a, 7), Fraction(b, 5))  # noqa: E731
    data = {
        "off": {"train": rows(12, 3, 1), "test": rows(4, 3, 99), "targets": rows(12, 2, 5)},
        "on": {
            "train": on_circle([half(a, b) for a, b in [(1, 2), (-3, 4), (9, -1), (2, 11), (-8, -5), (0, -7)]]),
            "test": on_circle([half(4, 1), half(-2, -9)]),
            "targets": rows(6, 2, 7),
        },
    }
    cases = []
    for name, part in data.items():
        x, t, y = (numbers(part[key]) for key in ("train", "test", "targets"))
        for activation, depth, weight, bias in [
            ("erf", 1, Fraction(9, 4), Fraction(1, 4)),
            ("erf", 2, Fraction(9, 4), Fraction(1, 100)),
            ("relu", 1, Fraction(2), Fraction(1, 10)),
            ("relu", 3, Fraction(2), Fraction(1, 10)),
        ]:
            kernel = network(activation, depth, weight, bias)
            for method, noise, time in [
                ("ntk", 0, None),
                ("nngp", 0, None),
                ("ntk", Fraction(1, 10), None),
                ("nngp", Fraction(1, 10), None),
                ("ntk", 0, Fraction(1, 20)),
                ("ntk", 0, Fraction(3)),
                ("ntk", Fraction(1, 10), Fraction(2)),
                ("nngp", 0, Fraction(1, 2)),
            ]:
                predict = nt.predict.gradient_descent_mse_ensemble(
                    kernel, x, y, diag_reg=float(noise), diag_reg_absolute_scale=True
                )
                scaled = None if time is None else float(time) * y.size
                mean, cov = predict(t=scaled, x_test=t, get=method, compute_cov=True)
                cases.append(
                    {
                        "data": name,
                        "activation": activation,
                        "hidden_layers": depth,
                        "sigma_w2": str(weight),
                        "sigma_b2": str(bias),
                        "gamma_w2": str(weight / 3),
                        "method": method,
                        "noise": str(noise),
                        "time": None if time is None else str(time),
                        "mean": [[repr(float(v)) for v in row] for row in mean],
                        "variance": [repr(float(v)) for v in jnp.diag(cov)],
                    }
                )
    origin = f"neural-tangents {nt.__version__}, jax {jax.__version__}, float64"
    print(json.dumps({"origin": origin, "data": data, "cases": cases}, indent=1))


main()
