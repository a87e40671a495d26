"""Kernel series of catalogue activations by a route of their own: Gaussian smoothing and Taylor shifts.

  python kernels_independent.py > kernels_independent.json

For an activation phi, S(s) = E[phi(s + sqrt(q) Z)] is a closed form in erfc and exp; its Taylor coefficients at 0 give
mu_k = q^(k/2) sqrt(k!) [s^k] S(s). Of Sum mu_k^2 rho^k, K terms are kept; the polynomial is shifted to rho(0) and composed
with the rest of the inner series. The terms left out are bounded by E[phi^2] z^(-p) rho(z)^(K+1) for a few 0 < z < 1, and the
bounds are part of the balls; K is 100, 200 or 400, whichever gives 32 good digits, and the few cases where none does are
left out. All numbers are balls of Arb (python-flint 0.9.0); "0" stands for one around zero of radius below 1e-60.
"""
import json
import platform
from fractions import Fraction as Q

import flint
from flint import arb, arb_poly, arb_series, ctx, fmpq

DIGITS, DEGREE = 30, 12


def ball(x):
    return x if isinstance(x, arb) else arb(fmpq(Q(x).numerator, Q(x).denominator))


class Pieces:
    """Pieces (low, high, terms), None for infinity; a term (a, m, c) is a x^m e^(c x)."""

    def __init__(self, *pieces):
        self.pieces = pieces

    def smoothed(self, q, n, pieces=None):
        ctx.cap = n
        out, q = arb_series([0], n), ball(q)
        s, one = arb_series([0, 1], n), arb_series([1], n)
        for low, high, terms in pieces or self.pieces:
            for a, m, c in terms:
                c = ball(c)
                mean = s + c * q

                def above(b):
                    return ((ball(b) - mean) / (2 * q).sqrt()).erfc() / 2

                def edge(j):
                    total = arb_series([0], n)
                    for b, sign in ((high, 1), (low, -1)):
                        if b is not None:
                            d = ball(b) - mean
                            density = (d * d * (-1 / (2 * q))).exp() / (2 * arb.pi() * q).sqrt()
                            total = total + sign * ball(b) ** j * density
                    return total

                moments = [(one if low is None else above(low)) - (0 * one if high is None else above(high))]
                for j in range(1, m + 1):
                    x = mean * moments[j - 1] - q * edge(j - 1)
                    moments.append(x + (j - 1) * q * moments[j - 2] if j > 1 else x)
                weight = one if c.is_zero() else (s * c + c * c * q / 2).exp()
                out = out + ball(a) * weight * moments[m]
        return out

    def squares(self, q, n):
        c = self.smoothed(q, n).coeffs()
        c += [arb(0)] * (n - len(c))
        out, factor = [], arb(1)
        for k in range(n):
            factor = factor * ball(q) * k if k else factor
            out.append(c[k] * c[k] * factor)
        return out

    def second_moment(self, q):
        square = [(l, h, [(ball(a) * ball(b), m + k, ball(c) + ball(d)) for a, m, c in t for b, k, d in t])
                  for l, h, t in self.pieces]
        return self.smoothed(q, 2, square)[0]

    def derivative_second_moment(self, q):
        def slope(terms):
            powers = [(ball(a) * m, m - 1, c) for a, m, c in terms if m]
            return powers + [(ball(a) * ball(c), m, c) for a, m, c in terms if c]
        return Pieces(*[(l, h, slope(t)) for l, h, t in self.pieces]).second_moment(q)


class Dual:
    """An entire dual activation, as a function of q and rho."""

    def __init__(self, dual):
        self.dual = dual

    def squares(self, q, n):
        ctx.cap = n
        c = self.dual(ball(q), arb_series([0, 1], n)).coeffs()
        return c + [arb(0)] * (n - len(c))

    def second_moment(self, q):
        ctx.cap = 2
        return self.dual(ball(q), arb_series([1, 1], 2))[0]

    def derivative_second_moment(self, q):
        ctx.cap = 2
        return self.dual(ball(q), arb_series([1, 1], 2))[1] / ball(q)


def clipped(low, high, below, between, above):
    return Pieces((None, low, below), (low, high, between), (high, None, above))


HALF = Q(1, 2)
S, A = Q("1.0507009873554804934193349852946"), Q("1.6732632423543772848170429916717")
ACTIVATIONS = {
    "leaky-relu(1/10)": Pieces((None, 0, [(Q(1, 10), 1, 0)]), (0, None, [(1, 1, 0)])),
    "repu(2)": Pieces((0, None, [(1, 2, 0)])),
    "relu6": Pieces((0, 6, [(1, 1, 0)]), (6, None, [(6, 0, 0)])),
    "hardtanh": clipped(-1, 1, [(-1, 0, 0)], [(1, 1, 0)], [(1, 0, 0)]),
    "hard-swish": clipped(-3, 3, [], [(Q(1, 6), 2, 0), (HALF, 1, 0)], [(1, 1, 0)]),
    "softshrink": clipped(-HALF, HALF, [(1, 1, 0), (HALF, 0, 0)], [], [(1, 1, 0), (-HALF, 0, 0)]),
    "piecewise([1];[0],[-1,1])": Pieces((1, None, [(-1, 0, 0), (1, 1, 0)])),
    "elu": Pieces((None, 0, [(1, 0, 1), (-1, 0, 0)]), (0, None, [(1, 1, 0)])),
    "selu": Pieces((None, 0, [(S * A, 0, 1), (-S * A, 0, 0)]), (0, None, [(S, 1, 0)])),
    "celu(1/2)": Pieces((None, 0, [(HALF, 0, 2), (-HALF, 0, 0)]), (0, None, [(1, 1, 0)])),
    "exp(1/2)": Pieces((None, None, [(1, 0, HALF)])),
    "poly(1,2,-1/3)": Pieces((None, None, [(1, 0, 0), (2, 1, 0), (Q(-1, 3), 2, 0)])),
    "sin": Dual(lambda q, x: (-q).exp() * ((q * x).exp() - (-q * x).exp()) / 2),
    "cos": Dual(lambda q, x: (-q).exp() * ((q * x).exp() + (-q * x).exp()) / 2),
    # E[sin u' sin v'] = (E[cos(u' - v')] - E[cos(u' + v')])/2 with u' = 2u + 1/3, v' = 2v + 1/3.
    "sin(2,1/3)": Dual(lambda q, x: ((-4 * q * (1 - x)).exp() - (-4 * q * (1 + x)).exp() * ball(Q(2, 3)).cos()) / 2),
}
PRESERVED = {"sigma_w2": "normalized", "sigma_b2": "0", "gamma_w2": "1", "gamma_b2": "0", "radius2": "1"}
BIASED = {"sigma_w2": "6/5", "sigma_b2": "1/3", "gamma_w2": "1/2", "gamma_b2": "1/5", "radius2": "4/3"}


def kernels(phi, setting, depth, count, precision):
    """NNGP and NTK coefficients, NTK at 1."""
    ctx.prec = precision
    n = DEGREE + 1
    gamma_w2, gamma_b2 = ball(setting["gamma_w2"]) * ball(setting["radius2"]), ball(setting["gamma_b2"])
    c, q = [gamma_b2, gamma_w2] + [arb(0)] * (n - 2), gamma_w2 + gamma_b2
    theta, at_one = list(c), q
    for _ in range(depth):
        moment, bias = phi.second_moment(q), ball(setting["sigma_b2"])
        keep = setting["sigma_w2"] == "normalized"
        weight = (q - bias) / moment if keep else ball(setting["sigma_w2"])
        after = q if keep else weight * moment + bias
        rho = [x / q for x in c]
        squares = phi.squares(q, count)
        shifted = arb_poly(squares)(arb_poly([rho[0], 1])).coeffs() + [arb(0)] * (n + 1)
        slopes = [(k + 1) * shifted[k + 1] for k in range(n)]
        ctx.cap = n
        inner = arb_series([0] + rho[1:], n)
        value = arb_series(shifted[:n], n)(inner).coeffs()
        slope = arb_series(slopes, n)(inner).coeffs()
        value += [arb(0)] * (n - len(value))
        slope += [arb(0)] * (n - len(slope))
        if not rho[0].is_zero():
            value, slope = with_tails(value, slope, rho, count, moment)
        c = [weight * x for x in value]
        c[0] += bias
        dot = [weight / q * x for x in slope]
        product = (arb_poly(theta) * arb_poly(dot)).coeffs() + [arb(0)] * n
        theta = [x + y for x, y in zip(c, product)]
        at_one = after + at_one * weight * phi.derivative_second_moment(q)
        q = after
    return c, theta, at_one


def with_tails(value, slope, rho, count, moment):
    """[t^p] rho^k <= z^(-p) rho(z)^k for 0 < z < 1; k rho(z)^(k-1) falls from k = 1/(1 - rho(z)) on."""
    n, rest = len(rho), abs(1 - sum(rho, arb(0))).upper()
    tails = [[arb("inf")] * n, [arb("inf")] * n]
    for z in (Q(i, 100) for i in (2, 5, 10, 20, 30, 50, 70, 80, 90, 95, 99)):
        z = ball(z)
        r = (sum((rho[p] * z ** p for p in range(n)), arb(0)) + z ** n * rest).upper()
        if not r < 1 or not 1 / (1 - r) < count:
            continue
        for tail, size in zip(tails, (r ** count, count * r ** (count - 1))):
            for p in range(n):
                bound = (moment * size / z ** p).upper()
                tail[p] = bound if bound < tail[p] else tail[p]
    return tuple([x + arb(0, t) for x, t in zip(xs, tail)] for xs, tail in zip((value, slope), tails))


def good(x):
    return x.rad() < abs(x) * arb(10) ** -(DIGITS + 2) or (x.contains(0) and x.rad() < arb(10) ** -(2 * DIGITS))


def entry(name, label, setting, depth):
    # Where rho(0) is close to one after a few layers, this many terms do not do, and the case is left out.
    for count in (100, 200, 400):
        c, theta, at_one = kernels(ACTIVATIONS[name], setting, depth, count, 600 + 3 * count)
        if all(map(good, c + theta + [at_one])):
            break
    else:
        return None

    def text(x):
        return "0" if x.contains(0) else x.str(DIGITS + 1, radius=False)
    return {"activation": name, "setting": label, "L": depth, "nngp": list(map(text, c)),
            "ntk": list(map(text, theta)), "ntk_at_one": text(at_one)}


def main():
    settings = {"preserved": PRESERVED, "biased": BIASED}
    cases = [(name, label, depth) for name in ACTIVATIONS for label in settings for depth in (1, 2, 3)
             if depth == 1 or name != "sin(2,1/3)"]
    entries = [found for name, label, depth in cases if (found := entry(name, label, settings[label], depth))]
    tools = {"python": platform.python_version(), "python-flint": flint.__version__}
    head = json.dumps({"tools": tools, "settings": settings})[1:-1]
    print("{" + head + ',\n"kernels": [\n' + ",\n".join(json.dumps(e) for e in entries) + "\n]}")


if __name__ == "__main__":
    main()
