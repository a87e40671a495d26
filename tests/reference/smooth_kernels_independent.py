"""Kernel series of activations without closed dual, by a route of their own.

  python smooth_kernels_independent.py > smooth_kernels_independent.json

Hermite coefficients by the trapezoidal rule on the line with a fixed small step (the strips of analyticity make it converge far
below the digits written; two steps are compared), then the layers by Horner's rule in truncated series, constant terms and all, with
so many coefficients that Parseval's identity leaves less than 10^-44. Arithmetic: balls of Arb (python-flint 0.9.0).
Not proved, but no formula is shared with the library beyond the definitions. Normalized layers keep the variance at q.
"""
import json
from fractions import Fraction as Q

import flint
from flint import arb, arb_series, ctx, fmpq

ctx.prec = 420
DEGREE = 10
TERMS = 2600
REACH = 30


def ball(x):
    return arb(fmpq(Q(x).numerator, Q(x).denominator))


def log1p_exp(x):
    return x.max(arb(0)) + (-abs(x)).exp().log1p()


def sigmoid(x):
    return ((x / 2).tanh() + 1) / 2


ROOT = (2 / arb.pi()).sqrt()
# name: (function, derivative)
FUNCTIONS = {
    "tanh": (lambda x: x.tanh(), lambda x: 1 - x.tanh() ** 2),
    "sigmoid": (sigmoid, lambda x: sigmoid(x) * sigmoid(-x)),
    "softplus": (log1p_exp, sigmoid),
    "silu": (lambda x: x * sigmoid(x), lambda x: sigmoid(x) + x * sigmoid(x) * sigmoid(-x)),
    "log-sigmoid": (lambda x: -log1p_exp(-x), lambda x: sigmoid(-x)),
    "mish": (lambda x: x * log1p_exp(x).tanh(),
             lambda x: log1p_exp(x).tanh() + x * (1 - log1p_exp(x).tanh() ** 2) * sigmoid(x)),
    "gelu-tanh": (lambda x: x * (1 + gelu_inner(x).tanh()) / 2,
                  lambda x: (1 + gelu_inner(x).tanh()) / 2
                  + x * (1 - gelu_inner(x).tanh() ** 2) * ROOT * (1 + ball("0.134145") * x * x) / 2),
}


def gelu_inner(x):
    return ROOT * (x + ball("0.044715") * x ** 3)


def moments(name, q, step):
    """mu_k, E[phi^2], E[phi'^2]"""
    f, slope = FUNCTIONS[name]
    h, root = ball(step), ball(q).sqrt()
    count = int(REACH / Q(step))
    roots = [arb(k).sqrt() for k in range(TERMS + 2)]
    mu, second, third = [arb(0)] * TERMS, arb(0), arb(0)
    for j in range(-count, count + 1):
        x = h * j
        weight = h * (-x * x / 2).exp() / (2 * arb.pi()).sqrt()
        value, other = f(root * x), slope(root * x)
        second += weight * value ** 2
        third += weight * other ** 2
        # Midpoints only: the rounding errors of 420 bits lie far below the digits written, their bounds do not.
        below, at = arb(0), (weight * value).mid()
        for k in range(TERMS):
            mu[k] = (mu[k] + at).mid()
            below, at = at, ((x * at - roots[k] * below) / roots[k + 1]).mid()
    return mu, second.mid(), third.mid()


def kernel(name, setting, depth):
    gamma_w, gamma_b = ball(setting["gamma_w2"]), ball(setting["gamma_b2"])
    ctx.cap = DEGREE + 1
    c = arb_series([gamma_b, gamma_w], DEGREE + 1)
    q = Q(setting["gamma_w2"]) + Q(setting["gamma_b2"])
    theta = c
    for _ in range(depth):
        mu, second, third = DATA[name, q]
        rest = second - sum((m * m for m in mu), arb(0))
        assert abs(rest) < arb("1e-44"), (name, rest)
        if setting["sigma_w2"] == "normalized":
            w, b = (ball(q) - ball(setting["sigma_b2"])) / second, ball(setting["sigma_b2"])
        else:
            # The variance would leave q: the bias brings it back.
            w = ball(setting["sigma_w2"])
            b = ball(q) - w * second
        rho = c / ball(q)
        value, slope = arb_series([0], DEGREE + 1), arb_series([0], DEGREE + 1)
        for k in reversed(range(TERMS)):
            value = value * rho + mu[k] ** 2
            if k:
                slope = slope * rho + k * mu[k] ** 2
        c = w * value + b
        theta = c + theta * (w * slope / ball(q))
    pad = [arb(0)] * (DEGREE + 1)
    return (c.coeffs() + pad)[:DEGREE + 1], (theta.coeffs() + pad)[:DEGREE + 1]


def text(x):
    return "0" if abs(x.mid()) < arb("1e-60") else x.mid().str(40, radius=False)


SETTINGS = {
    "plain": dict(gamma_w2="1", gamma_b2="0", radius2="1", sigma_w2="normalized", sigma_b2="0"),
    "bias": dict(gamma_w2="3/4", gamma_b2="5/4", radius2="1", sigma_w2="normalized", sigma_b2="1/10"),
    "small": dict(gamma_w2="1/2", gamma_b2="0", radius2="1", sigma_w2="normalized", sigma_b2="1/8"),
}
CASES = [(name, setting, depth) for name in FUNCTIONS for setting, depth in
         (("plain", 1), ("plain", 2), ("plain", 3), ("bias", 1), ("bias", 2), ("small", 3))]
DATA = {}

if __name__ == "__main__":
    out = []
    for name, setting, depth in CASES:
        q = sum(Q(SETTINGS[setting][g]) for g in ("gamma_w2", "gamma_b2"))
        if (name, q) not in DATA:
            coarse, fine = moments(name, q, Q(1, 44)), moments(name, q, Q(1, 56))
            worst = max(abs(a - b) for a, b in zip([*coarse[0], *coarse[1:]], [*fine[0], *fine[1:]]))
            assert worst < arb("1e-46"), (name, q, worst)
            DATA[name, q] = fine
        nngp, ntk = kernel(name, SETTINGS[setting], depth)
        out.append({"activation": name, "setting": setting, "L": depth,
                    "nngp": [text(x) for x in nngp], "ntk": [text(x) for x in ntk]})
    print(json.dumps({"made_by": "smooth_kernels_independent.py, python-flint " + flint.__version__, "settings": SETTINGS,
                      "kernels": out}, indent=1))
