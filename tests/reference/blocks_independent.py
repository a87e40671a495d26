"""NNGP and NTK kernels of networks with residual blocks, sums of branches, normalization layers and trained multipliers.

Every chain of blocks acts on Θ as an affine map Θ -> J Θ + own, which is composed instead of following Θ itself; the
power series in ρ are the kernel's values on a circle in the complex plane, by the trapezoidal rule. The first cases are
ResNTK of Belfer, Geifman, Galun, Basri (2021): x_l = x_{l-1} + α √(1/m) V σ(√(2/m) W x_{l-1}), with a trained last layer.

    python blocks_independent.py > blocks_independent.json        # mpmath 1.3.0, Python 3.11
"""

import json
from fractions import Fraction

from mpmath import acos, asin, exp, mp, mpf, nstr, pi, sqrt

mp.dps = 60
DEGREE, RADIUS, NODES = 12, mpf(1) / 2, 320


def number(text):
    f = Fraction(text)
    return mpf(f.numerator) / f.denominator


def dual(name, c, q, r):
    """E[φ(u) φ(v)] and E[φ'(u) φ'(v)] for variances q and r and covariance c."""
    if name == "x":
        return c, mpf(1)
    if name == "x^2":
        return q * r + 2 * c * c, 4 * c
    root = sqrt(q * r)
    if name == "relu":
        z = c / root
        angle = pi - acos(z)
        return root * (sqrt(1 - z) * sqrt(1 + z) + z * angle) / (2 * pi), angle / (2 * pi)
    if name == "erf":
        b = 2 / sqrt((1 + 2 * q) * (1 + 2 * r))
        y = b * c
        return 2 / pi * asin(y), 2 / pi * b / sqrt(1 - y * y)
    if name == "exp":
        value = exp((q + r) / 2 + c)
        return value, value
    raise ValueError(name)


def chain(blocks, c, q, r, training):
    """c, q, r after the blocks, and J, own of Θ -> J Θ + own."""
    jacobian, own = mpf(1), mpf(0)
    for block in blocks:
        if "activation" in block:
            name, w, b = block["activation"], number(block["sigma_w2"]), number(block["sigma_b2"])
            eta, tau = training.pop(0)
            value, slope = dual(name, c, q, r)
            q, r = (w * dual(name, x, x, x)[0] + b for x in (q, r))
            c = w * value + b
            j = w * slope
            o = (1 if eta is None else number(eta)) * w * value + (b if tau is None else number(tau))
        elif "normalize" in block:
            j, o = 1 / sqrt(q * r), mpf(0)
            c, q, r = c / sqrt(q * r), mpf(1), mpf(1)
        else:
            if "residual" in block:
                terms = [(number(block["skip"]) ** 2, []), (mpf(1), block["residual"])]
            else:
                terms = list(zip(map(number, block["weights"]), block["sum"]))
            parts = [(w, chain(branch, c, q, r, training)) for w, branch in terms]
            c, q, r, j, o = (sum(w * part[i] for w, part in parts) for i in range(5))
        jacobian, own = j * jacobian, j * own + o
    return c, q, r, jacobian, own


def count(blocks):
    inner = lambda b: [b["residual"]] if "residual" in b else b.get("sum", [])
    return sum("activation" in b for b in blocks) + sum(count(x) for b in blocks for x in inner(b))


def kernels(case, dot, norms):
    i = case["input"]
    w, b = number(i["gamma_w2"]), number(i["gamma_b2"])
    training = [tuple(t) for t in case.get("training", [(None, None)] * (count(case["blocks"]) + 1))]
    eta, tau = training.pop(0)
    first = (1 if eta is None else number(eta)) * w * dot + (b if tau is None else number(tau))
    c, _, _, j, own = chain(case["blocks"], w * dot + b, w * norms[0] + b, w * norms[1] + b, training)
    return c, j * first + own


def layer(name, w="1", b="0"):
    return {"activation": name, "sigma_w2": w, "sigma_b2": b}


def res(branch, skip="1"):
    return {"residual": branch, "skip": skip}


PLAIN = {"gamma_w2": "1", "gamma_b2": "0", "radius2": "1"}
BIASED = {"gamma_w2": "1/2", "gamma_b2": "1/3", "radius2": "2"}
CASES = [
    {"name": f"Belfer et al., {n} blocks, α² = {a}", "input": PLAIN,
     "blocks": [res([layer("x"), layer("relu", w)])] * n + [layer("x")]}
    for n in (1, 2, 3, 5) for a, w in (("1", "2"), ("1/4", "1/2"))
]
NORM = {"normalize": True}
BLOCKS = [
    ("one residual block", PLAIN, [res([layer("relu", "2")])]),
    ("residual blocks with biases", BIASED, [layer("erf", "3/2", "1/5"), res([layer("relu", "2", "1/7")], "1/2"), layer("erf")]),
    ("normalization before, within, after", BIASED,
     [NORM, layer("relu", "3", "1/10"), res([NORM, layer("erf", "1", "1/2")], "2/3"), NORM]),
    ("odd throughout", PLAIN, [res([layer("erf", "2")], "3/2"), {"sum": [[layer("erf")], [NORM]], "weights": ["1/4", "3"]}]),
    ("nested sums", BIASED,
     [{"sum": [[layer("relu", "2")], [layer("erf", "1", "1/3"), res([layer("relu", "1")], "2")], [], [layer("x^2")]],
       "weights": ["1/2", "1/3", "1", "0"]}, layer("relu", "2")]),
    ("exponentials and squares", PLAIN, [res([layer("exp", "1/2")], "1/3"), layer("x^2", "1/3", "1/2")]),
    ("a bias that separates", PLAIN, [res([layer("x^2", "1"), layer("relu", "1", "1/4")])]),
]
CASES += [{"name": n, "input": i, "blocks": b} for n, i, b in BLOCKS]
for n, i, b in BLOCKS + [("a chain", BIASED, [layer("relu", "2"), layer("erf", "1", "1/3")])]:
    speeds = [("1/2", "1/5"), ("0", "0"), ("3", None), (None, "2"), ("2", "0"), (None, None)]
    CASES.append({"name": n + ", trained", "input": i, "blocks": b, "training": speeds[: count(b) + 1]})
POINTS = [["1", "0"], ["1/2", "1"], ["-1", "1/3"], ["3/2", "0"], ["3/5", "-4/5"]]


def text(x):
    return nstr(x, 40, strip_zeros=True) if abs(x) > mpf(10) ** -45 else "0"


for case in CASES:
    r2 = number(case["input"]["radius2"])
    nodes = [RADIUS * mp.expjpi(mpf(2 * k) / NODES) for k in range(NODES)]
    values = [kernels(case, r2 * z, (r2, r2)) for z in nodes]
    for which, field in enumerate(("nngp", "ntk")):
        case[field] = [text(sum((v[which] / z**p).real for v, z in zip(values, nodes)) / NODES) for p in range(DEGREE + 1)]
        case[field + "_at_one"] = text(kernels(case, r2, (r2, r2))[which])
    points = [[number(x) for x in p] for p in POINTS]
    dot = lambda x, y: sum(a * b for a, b in zip(x, y))
    rows = [[kernels(case, dot(x, y), (dot(x, x), dot(y, y))) for y in points[: n + 1]] for n, x in enumerate(points)]
    for which, field in enumerate(("nngp", "ntk")):
        case[field + "_gram"] = [[text(v[which].real) for v in row] for row in rows]
print(json.dumps({"points": POINTS, "cases": CASES}, indent=None, separators=(",", ":"), ensure_ascii=False))
