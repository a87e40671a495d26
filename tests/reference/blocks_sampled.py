"""Empirical NNGP and tangent kernels of finite networks of blocks: means over seeds with their standard errors.

Width 1024, NTK parametrization, gradients by hand. A normalization layer divides by the root mean square of the
neurons, through which gradients flow. The tangent kernel is that of (1/sqrt n) Σ ±u_i, u the n outputs, with random signs.

    python blocks_sampled.py > blocks_sampled.json        # numpy, Python 3.11, some minutes
"""

import json
from fractions import Fraction

import numpy as np

WIDTH, SAMPLES, SEED = 1024, 200, 20250711
POINTS = [["1", "0", "0"], ["3/5", "4/5", "0"], ["-1/2", "1", "1/2"]]


def number(text):
    return float(Fraction(text))


ACTIVATIONS = {
    "relu": (lambda x: np.maximum(x, 0), lambda x: (x > 0).astype(float)),
    "sin": (np.sin, np.cos),
    "tanh": (np.tanh, lambda x: 1 - np.tanh(x) ** 2),
    "exp(x/2)": (lambda x: np.exp(x / 2), lambda x: np.exp(x / 2) / 2),
}


class Network:
    """One draw: `outputs` and, by `backward`, the tangent kernel that gathers on the way."""

    def __init__(self, case, points, rng):
        self.rng, self.tangent = rng, np.zeros((len(points), len(points)))
        self.training = [tuple(t) for t in case["training"]]
        i = case["input"]
        w2, b2 = number(i["gamma_w2"]), number(i["gamma_b2"])
        eta, tau = self.speed(b2)
        x = np.array(points).T
        self.first = (eta * w2 * x.T @ x) + tau
        h = np.sqrt(w2) * rng.standard_normal((WIDTH, x.shape[0])) @ x
        h += np.sqrt(b2) * rng.standard_normal((WIDTH, 1))
        self.outputs, self.back = self.chain(case["blocks"], h)

    def speed(self, bias):
        eta, tau = self.training.pop(0)
        return (1.0 if eta is None else number(eta)), (bias if tau is None else number(tau))

    def backward(self):
        signs = self.rng.choice([-1.0, 1.0], (WIDTH, 1)) / np.sqrt(WIDTH)
        delta = self.back(np.repeat(signs, self.outputs.shape[1], axis=1))
        return self.tangent + self.first * (delta.T @ delta)

    def chain(self, blocks, h):
        steps = []
        for block in blocks:
            h, back = self.block(block, h)
            steps.append(back)

        def backward(delta):
            for step in reversed(steps):
                delta = step(delta)
            return delta

        return h, backward

    def block(self, block, h):
        if "activation" in block:
            return self.layer(block, h)
        if "normalize" in block:
            root = np.sqrt((h * h).mean(axis=0))
            out = h / root
            return out, lambda delta: (delta - out * (out * delta).mean(axis=0)) / root
        if "residual" in block:
            terms = [(number(block["skip"]), []), (1.0, block["residual"])]
        else:
            terms = [(np.sqrt(number(w)), branch) for w, branch in zip(block["weights"], block["sum"])]
        parts = [(factor, self.chain(branch, h)) for factor, branch in terms]
        out = sum(factor * value for factor, (value, _) in parts)
        return out, lambda delta: sum(back(factor * delta) for factor, (_, back) in parts)

    def layer(self, block, h):
        value, slope = ACTIVATIONS[block["activation"]]
        w2, b2 = number(block["sigma_w2"]), number(block["sigma_b2"])
        eta, tau = self.speed(b2)
        weights = np.sqrt(w2 / WIDTH) * self.rng.standard_normal((WIDTH, WIDTH))
        features = value(h)
        out = weights @ features + np.sqrt(b2) * self.rng.standard_normal((WIDTH, 1))

        def backward(delta):
            self.tangent += (delta.T @ delta) * (eta * w2 / WIDTH * features.T @ features + tau)
            return slope(h) * (weights.T @ delta)

        return out, backward


def layer(name, w="1", b="0"):
    return {"activation": name, "sigma_w2": w, "sigma_b2": b}


def res(branch, skip="1"):
    return {"residual": branch, "skip": skip}


PLAIN = {"gamma_w2": "1", "gamma_b2": "0", "radius2": "1"}
BIASED = {"gamma_w2": "3/2", "gamma_b2": "1/4", "radius2": "1"}
USUAL = [None, None]
CASES = [
    {"name": "two residual blocks", "input": PLAIN,
     "blocks": [res([layer("relu", "2")]), res([layer("relu", "1", "1/4")], "1/2")], "training": [USUAL] * 3},
    {"name": "nested, with a normalization", "input": BIASED,
     "blocks": [res([layer("sin", "2", "1/9"), res([{"normalize": True}, layer("relu", "3/2")], "3/2")], "2"), layer("tanh", "1")],
     "training": [USUAL] * 4},
    {"name": "a sum of branches at speeds of their own", "input": BIASED,
     "blocks": [{"sum": [[layer("relu", "2")], [], [layer("tanh", "2"), layer("exp(x/2)", "1/2")]], "weights": ["1/2", "3", "2"]},
                layer("relu", "1", "1/10")],
     "training": [["2", "1"], ["0", None], ["1/2", "3"], [None, "2"], ["3", "0"]]},
]

if __name__ == "__main__":
    points = [[number(x) for x in p] for p in POINTS]
    for case in CASES:
        rng = np.random.default_rng(SEED)
        nngp, ntk = [], []
        for _ in range(SAMPLES):
            network = Network(case, points, rng)
            u = network.outputs
            nngp.append(u.T @ u / WIDTH)
            ntk.append(network.backward())
        for field, all_of in (("nngp", np.array(nngp)), ("ntk", np.array(ntk))):
            mean, error = all_of.mean(axis=0), all_of.std(axis=0, ddof=1) / np.sqrt(SAMPLES)
            case[field] = [[[f"{mean[i, j]:.10g}", f"{error[i, j]:.3g}"] for j in range(i + 1)] for i in range(len(points))]
    print(json.dumps({"width": WIDTH, "samples": SAMPLES, "points": POINTS, "cases": CASES}, indent=1))
