#!/usr/bin/env python3
"""Extreme eigenvalues of Gram matrices by numpy, in doubles, for tests/gram_eigenvalues.rs; writes gram_numpy.json.

    python3 tests/reference/gram_numpy.py
"""

import json
import pathlib

import numpy as np


def points(n, d, seed):
    """Decimals with three places, and some rows close to others or to their opposites."""
    rng = np.random.default_rng(seed)
    x = np.round(rng.standard_normal((n, d)), 3)
    for i in range(0, n - 1, 17):
        x[i + 1] = np.round((-1) ** i * x[i] + 1e-2 * rng.standard_normal(d), 5)
    return x


def relu(c):
    return (np.sqrt(1 - c * c) + c * (np.pi - np.arccos(c))) / np.pi, (np.pi - np.arccos(c)) / np.pi


def erf(c):
    # sigma_w^2 = 1/E[erf(Z)^2]; E = (2/pi) asin(2/3).
    scale = 1 / np.arcsin(2 / 3)
    y = 2 * c / 3
    return scale * np.arcsin(y), scale * (2 / 3) / np.sqrt(1 - y * y)


def ntk(x, dual, depth):
    u = x / np.linalg.norm(x, axis=1)[:, None]
    c = np.clip(u @ u.T, -1, 1)
    np.fill_diagonal(c, 1)
    theta = c.copy()
    for _ in range(depth):
        value, slope = dual(c)
        theta = value + theta * slope
        c = np.clip(value, -1, 1)
        np.fill_diagonal(c, 1)
    return theta


def main():
    out = []
    for name, dual, depth, n, d, seed in [("relu", relu, 1, 60, 4, 1), ("relu", relu, 2, 90, 12, 2), ("relu", relu, 3, 30, 3, 3),
                                          ("erf", erf, 1, 70, 5, 4), ("erf", erf, 2, 55, 20, 5), ("relu", relu, 2, 300, 6, 6)]:
        x = points(n, d, seed)
        k = ntk(x, dual, depth)
        values = np.linalg.eigvalsh(k)
        out.append({"activation": name, "hidden_layers": depth,
                    "points": "\n".join(",".join(repr(float(v)) for v in row) for row in x),
                    "first_row": [float(v) for v in k[0]],
                    "smallest": float(values[0]), "largest": float(values[-1])})
    path = pathlib.Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(out, indent=1) + "\n")


main()
