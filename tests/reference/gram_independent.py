"""Reference Gram matrices by iterated Gauss-Legendre quadrature of E[phi(u) phi(v)] in double precision.

No Hermite coefficient and no closed dual enters: u is integrated over panels, v given u over panels, both cut at the
activation's breakpoints. Good to about 1e-10 of the diagonal. Writes gram_independent.json beside this script (numpy, scipy needed).
"""
import json, os
import numpy as np
from scipy.special import erf, ndtr, expit

NODES, WEIGHTS = np.polynomial.legendre.leggauss(24)
REACH = 11.0
sech2 = lambda x: 1 / np.cosh(x) ** 2
pdf = lambda x: np.exp(-x * x / 2) / np.sqrt(2 * np.pi)
step = lambda x: (x > 0) * 1.0
# name: (phi, phi', breakpoints)
ACTIVATIONS = {
    "relu": (lambda x: np.maximum(x, 0), step, [0]),
    "leaky-relu(1/10)": (lambda x: np.where(x > 0, x, x / 10), lambda x: np.where(x > 0, 1, 0.1), [0]),
    "leaky-relu(-1/2)": (lambda x: np.where(x > 0, x, -x / 2), lambda x: np.where(x > 0, 1, -0.5), [0]),
    "abs": (np.abs, np.sign, [0]),
    "repu(2)": (lambda x: np.maximum(x, 0) ** 2, lambda x: 2 * np.maximum(x, 0), [0]),
    "step": (step, None, [0]),
    "sign": (np.sign, None, [0]),
    "erf": (erf, lambda x: 2 / np.sqrt(np.pi) * np.exp(-x * x), []),
    "sin(1,1/2)": (lambda x: np.sin(x + 0.5), lambda x: np.cos(x + 0.5), []),
    "sin": (np.sin, np.cos, []),
    "cos(2)": (lambda x: np.cos(2 * x), lambda x: -2 * np.sin(2 * x), []),
    "exp(-1/2)": (lambda x: np.exp(-x / 2), lambda x: -np.exp(-x / 2) / 2, []),
    "gaussian": (lambda x: np.exp(-x * x / 2), lambda x: -x * np.exp(-x * x / 2), []),
    "gelu": (lambda x: x * ndtr(x), lambda x: ndtr(x) + x * pdf(x), []),
    "poly(1,-1,1/2)": (lambda x: 1 - x + x * x / 2, lambda x: x - 1, []),
    "hermite(3)": (lambda x: (x**3 - 3 * x) / 6**0.5, lambda x: (3 * x * x - 3) / 6**0.5, []),
    "tanh": (np.tanh, sech2, []),
    "softplus": (lambda x: np.logaddexp(0, x), expit, []),
    "silu": (lambda x: x * expit(x), lambda x: expit(x) * (1 + x * (1 - expit(x))), []),
    "elu": (lambda x: np.where(x > 0, x, np.expm1(np.minimum(x, 0))), lambda x: np.where(x > 0, 1, np.exp(np.minimum(x, 0))), [0]),
    "hardtanh": (lambda x: np.clip(x, -1, 1), lambda x: (np.abs(x) < 1) * 1.0, [-1, 1]),
    "arctan": (np.arctan, lambda x: 1 / (1 + x * x), []),
    "snake": (lambda x: x + np.sin(x) ** 2, lambda x: 1 + np.sin(2 * x), []),
}
NETWORKS = [  # gamma_w2, gamma_b2, [(sigma_w2, sigma_b2), ...]
    ("1", "0", [("2", "0")]),
    ("1", "1/4", [("3/2", "1/10")]),
    ("1/2", "0", [("2", "0"), ("1", "1/5")]),
]
# The origin is left out where the activation jumps.
POINTS = [["1", "0"], ["1/2", "1"], ["-1", "1/3"], ["3/5", "-4/5"], ["-1", "0"], ["3/2", "0"], ["0", "0"]]


def number(text):
    a, _, b = text.partition("/")
    return float(a) / float(b or 1)


def cuts(breaks):
    """Panels of [-REACH, REACH] of width about one, cut at the breaks."""
    inside = [b for b in breaks if -REACH < b < REACH]
    return np.unique(np.concatenate([np.linspace(-REACH, REACH, 23), inside]))


def rule(breaks):
    edges = cuts(breaks)
    half = np.diff(edges) / 2
    middle = (edges[1:] + edges[:-1]) / 2
    z = (middle[:, None] + half[:, None] * NODES).ravel()
    w = (half[:, None] * WEIGHTS).ravel()
    return z, w * pdf(z)


def expectation(f, breaks, a, b, c):
    """E[f(u) f(v)] with variances a, b and covariance c."""
    if a == 0 or b == 0:
        at_zero, other = f(np.zeros(1))[0], max(a, b)
        z, w = rule([x / np.sqrt(other) for x in breaks] if other else [])
        return at_zero * (w @ f(np.sqrt(other) * z))
    rest = b - c * c / a
    inner = [x / np.sqrt(a) for x in breaks]
    if rest < 1e-14 * b:
        z, w = rule(inner + [x * a / c / np.sqrt(a) for x in breaks])
        u = np.sqrt(a) * z
        return w @ (f(u) * f(c / a * u))
    s = np.sqrt(rest)
    z, w = rule(inner)
    total = 0.0
    for zi, wi in zip(z, w):
        u = np.sqrt(a) * zi
        t, v = rule([(x - c * u / a) / s for x in breaks])
        total += wi * f(np.array([u]))[0] * (v @ f(c * u / a + s * t))
    return total


def gram(name, network, kernel, points):
    phi, slope, breaks = ACTIVATIONS[name]
    gamma_w2, gamma_b2, layers = number(network[0]), number(network[1]), network[2]
    x = np.array([[number(t) for t in p] for p in points])
    c = gamma_w2 * x @ x.T + gamma_b2
    theta, n = c.copy(), len(x)
    for w, b in layers:
        w, b = number(w), number(b)
        new, old = np.zeros((n, n)), theta
        theta = np.zeros((n, n))
        for i in range(n):
            for j in range(i + 1):
                args = c[i, i], c[j, j], c[i, j]
                new[i, j] = new[j, i] = w * expectation(phi, breaks, *args) + b
                if kernel == "ntk":
                    theta[i, j] = theta[j, i] = new[i, j] + old[i, j] * w * expectation(slope, breaks, *args)
        c = new
    return theta if kernel == "ntk" else c


def main():
    cases = []
    for name, (_, slope, breaks) in ACTIVATIONS.items():
        points = POINTS if slope else POINTS[:-1]
        for network in NETWORKS if name != "exp(-1/2)" else NETWORKS[:2]:
            for kernel in ["nngp"] + (["ntk"] if slope else []):
                k = gram(name, network, kernel, points)
                rows = [[repr(float(k[i, j])) for j in range(i + 1)] for i in range(len(k))]
                cases.append({"activation": name, "kernel": kernel, "network": network, "rows": rows})
                print(name, kernel, network, flush=True)
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "gram_independent.json")
    with open(path, "w") as file:
        json.dump({"points": POINTS, "cases": cases}, file, separators=(",", ":"))


if __name__ == "__main__":
    main()
