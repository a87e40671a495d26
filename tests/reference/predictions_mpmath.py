"""Predictions with kernel matrices that no double can invert, by mpmath with 200 digits, for tests/predictions.

    pip install mpmath
    python predictions_mpmath.py > predictions_mpmath.json      # a minute or two

100 points on linspace(-10 pi, 10 pi), to twelve decimals, with targets sin(x), and two hidden layers. Kernels by their recursion with
closed duals, systems by LU decomposition, the smallest eigenvalue by inverse iteration.
"""

import json

from mpmath import mp, mpf

mp.dps = 200
N, SHOWN = 100, 40
TEST = ["-31.2", "-10", "0.1", "0.3", "5.25", "20.01", "31.4", "33"]
WEIGHT, BIAS = mpf(9) / 4, mpf(1) / 400



def twelve(x):
    scaled = int(mp.nint(x * 10**12))
    sign = "-" if scaled < 0 else ""
    whole, part = divmod(abs(scaled), 10**12)
    return f"{sign}{whole}.{part:012d}"


def erf(a, b, c):
    s = (1 + 2 * a) * (1 + 2 * b)
    return 2 / mp.pi * mp.asin(2 * c / mp.sqrt(s)), 4 / mp.pi / mp.sqrt(s - 4 * c * c)


def relu(a, b, c):
    root = mp.sqrt(a * b)
    rho = c / root
    angle = mp.pi - mp.acos(min(rho, mpf(1)))
    sine = mp.sqrt(max(1 - rho * rho, mpf(0)))
    return root * (sine + rho * angle) / (2 * mp.pi), angle / (2 * mp.pi)


def kernels(dual, x, y):
    first = lambda u, v: WEIGHT * u * v + BIAS  # noqa: E731
    a, b, c = first(x, x), first(y, y), first(x, y)
    theta = c
    for _ in range(2):
        # On the diagonal rho is 1, up to roundings.
        if x == y:
            value, slope = dual(a, a, a)
        else:
            value, slope = dual(a, b, c)
        own_a, own_b = dual(a, a, a)[0], dual(b, b, b)[0]
        a, b, c = (WEIGHT * v + BIAS for v in (own_a, own_b, value))
        theta = c + theta * WEIGHT * slope
    return c, theta


def main():
    points = [twelve(-10 * mp.pi + 20 * mp.pi * i / (N - 1)) for i in range(N)]
    targets = [twelve(mp.sin(-10 * mp.pi + 20 * mp.pi * i / (N - 1))) for i in range(N)]
    x, y, t = ([mpf(v) for v in part] for part in (points, targets, TEST))
    out = {"points": points, "targets": targets, "test": TEST, "sigma_w2": "9/4", "sigma_b2": "1/400", "cases": []}
    show = lambda v: mp.nstr(v, SHOWN)  # noqa: E731
    for name, dual in [("relu", relu), ("erf", erf)]:
        pairs = [[kernels(dual, u, v) for v in x] for u in x]
        nngp, ntk = (mp.matrix([[p[k] for p in row] for row in pairs]) for k in (0, 1))
        crossed = [[kernels(dual, u, v) for v in x] for u in t]
        for method, matrix, k in [("nngp", nngp, 0), ("ntk", ntk, 1)]:
            lu, perm = mp.LU_decomp(matrix.copy())
            solve = lambda b: mp.U_solve(lu, mp.L_solve(lu, b, perm))  # noqa: E731,B023
            alpha = solve(mp.matrix(y))
            v = mp.matrix([mpf((7 * i) % 13 - 6) for i in range(N)])
            for _ in range(60):
                v = solve(v)
                v /= mp.norm(v)
            case = {"activation": name, "method": method, "lambda_min": mp.nstr((v.T * matrix * v)[0], 10)}
            case["mean"], case["variance"] = [], []
            for u, row in zip(t, crossed):
                k_star = mp.matrix([p[k] for p in row])
                prior = mp.matrix([p[0] for p in row])
                w = solve(k_star)
                case["mean"].append(show((k_star.T * alpha)[0]))
                own = kernels(dual, u, u)[0]
                case["variance"].append(show(own - 2 * (w.T * prior)[0] + (w.T * (nngp * w))[0]))
            out["cases"].append(case)
    print(json.dumps(out, indent=1))


main()
