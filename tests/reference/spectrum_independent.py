"""Eigenvalues of kernels on the sphere, independent of the library.

λ_k = ω_d ∫_0^π K(cos θ) P_k(cos θ) sin^{d-2} θ dθ by mpmath's adaptive quadrature at 60 digits, K by the recursion of closed duals and
P_k from Gegenbauer (d > 2) or Chebyshev (d = 2) polynomials of mpmath. Writes spectrum_independent.json.
"""
import json
import pathlib

from mpmath import mp, mpf, pi, sqrt, cos, sin, acos, asin, gamma, quad, gegenbauer, linspace, nstr

mp.dps = 60


def relu(rho, w):
    rho = min(max(rho, mpf(-1)), mpf(1))
    theta = acos(rho)
    return w * (sin(theta) + (pi - theta) * rho) / (2 * pi), w * (pi - theta) / (2 * pi)


def leaky(a):
    def dual(rho, w):
        value, slope = relu(rho, mpf(1))
        return w * (a * rho + (1 - a) ** 2 * value), w * (a + (1 - a) ** 2 * slope)
    return dual


def erf(rho, w):
    return w * 2 / pi * asin(2 * rho / 3), w * 2 / pi * mpf(2) / 3 / sqrt(1 - 4 * rho * rho / 9)


def ntk(dual, w, layers):
    """Variance one at every layer: w is 1/E[φ²]."""
    def kernel(t):
        rho = theta = t
        for _ in range(layers):
            value, slope = dual(rho, w)
            theta = value + theta * slope
            rho = value
        return theta
    return kernel


def harmonic(d, k, t):
    if d == 2:
        return cos(k * acos(t))
    a = mpf(d - 2) / 2
    return gegenbauer(k, a, t) / gegenbauer(k, a, 1)


def eigenvalue(kernel, d, k):
    omega = gamma(mpf(d) / 2) / (sqrt(pi) * gamma(mpf(d - 1) / 2))
    integrand = lambda x: kernel(cos(x)) * harmonic(d, k, cos(x)) * sin(x) ** (d - 2)
    return omega * quad(integrand, linspace(0, pi, 9))


CASES = [
    ("relu", relu, mpf(2), layers, d, k) for layers, d, k in
    [(1, 3, 4), (1, 8, 2), (2, 2, 3), (2, 3, 0), (2, 3, 7), (3, 3, 12), (3, 10, 5), (5, 4, 6), (2, 25, 3)]
] + [
    ("leaky-relu(1/10)", leaky(mpf(1) / 10), 1 / (mpf(1) / 10 + (mpf(9) / 10) ** 2 / 2), layers, d, k)
    for layers, d, k in [(2, 3, 5), (3, 6, 2)]
] + [
    ("erf", erf, 1 / (2 / pi * asin(mpf(2) / 3)), layers, d, k) for layers, d, k in [(1, 3, 3), (2, 5, 1), (3, 4, 5)]
]

rows = []
for name, dual, w, layers, d, k in CASES:
    value = eigenvalue(ntk(dual, w, layers), d, k)
    rows.append({"activation": name, "hidden_layers": layers, "dimension": d, "k": k, "value": nstr(value, 30)})
    print(rows[-1])
out = pathlib.Path(__file__).with_suffix(".json")
out.write_text(json.dumps({"source": "tests/reference/spectrum_independent.py", "eigenvalues": rows}, indent=1) + "\n")
