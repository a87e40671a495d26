//! How a kernel changes where a point is multiplied by a number.

use num_traits::Zero;

use crate::claims::Facts;
use crate::diagonal::Diagonal;
use crate::format::{Certificate, Kernel, Layer};
use crate::integer::BigRational;
use crate::network::Variances;
use crate::recursion::{Steps, run};

/// Largest degree of homogeneity that is followed.
const MAX_DEGREE: i64 = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Parity {
    /// `K(-x, y) = K(x, y)`.
    Even,
    /// `K(-x, y) = -K(x, y)`.
    Odd,
}

/// What is proved of `C`, or of `Θ`, for all points.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Symmetry {
    pub(crate) parity: Option<Parity>,
    /// `n` where `K(cx, y) = c^n K(x, y)` for all `c > 0` and `x ≠ 0`.
    pub(crate) degree: Option<i64>,
    /// `K(0, y) = 0`.
    pub(crate) vanishes: bool,
}

#[derive(Clone, Copy)]
struct State {
    c: Symmetry,
    theta: Symmetry,
    /// At all points other than 0.
    diagonal: Diagonal,
}

struct Walk<'a> {
    facts: &'a Facts,
    variances: &'a [Variances],
    tangent: bool,
}

/// Of the kernel.
pub(crate) fn of_kernel(c: &Certificate, facts: &Facts, variances: &[Variances]) -> Symmetry {
    let tangent = c.kernel == Kernel::Ntk;
    // w x·y + b.
    let first = |bias: &BigRational| {
        let none = bias.is_zero();
        Symmetry { parity: none.then_some(Parity::Odd), degree: none.then_some(1), vanishes: none }
    };
    let state = State {
        c: first(&c.network.gamma_b2),
        theta: first(&c.network.first_tangent().1),
        diagonal: Diagonal::of_input(c, true),
    };
    let Ok(state) = run(&c.network, &mut Walk { facts, variances, tangent }, state);
    if tangent { state.theta } else { state.c }
}

/// Of a sum of kernels with positive weights, where both terms are alike.
fn both(a: Symmetry, b: Symmetry) -> Symmetry {
    Symmetry {
        parity: a.parity.filter(|_| a.parity == b.parity),
        degree: a.degree.filter(|_| a.degree == b.degree),
        vanishes: a.vanishes && b.vanishes,
    }
}

impl Steps for Walk<'_> {
    type State = State;
    type Stop = std::convert::Infallible;

    /// Let `(u, v)` be the Gaussian variables of `x` and `y`, and `u'` that of `-x` or `cx`. Variances at points other
    /// than 0 have to be positive, for else `φ(0)` counts, which is any number.
    ///
    /// Parity. If `C(-x, ·) = C(x, ·)`, then `(u', v)` is as `(u, v)`, and so are the values of every φ; if `C(-x, ·) =
    /// -C(x, ·)`, it is as `(-u, v)`, and φ even (odd) makes `E[φφ]` even (odd), and `E[φ'φ']` odd (even). A bias is
    /// even. A product has the product of the signs.
    ///
    /// Homogeneity. If `C(cx, ·) = c^n C(x, ·)`, `u'` is `c^n u`; with `φ(tu) = t^k φ(u)` for `t > 0`, `E[φφ]` has the
    /// degree `nk`, and `E[φ'φ']` has `n(k-1)`; for `k = 0` φ has no jump and so is constant, and `φ' = 0`. With `n =
    /// 0` every φ has the degree 0. A bias has the degree 0.
    ///
    /// At 0. If `C(0, 0) = 0`, `E[φ(0)φ(v)] = 0` where `φ(0) = 0`. If `Θ(0, 0) = 0`, `Θ(0, ·) = 0` by Cauchy and
    /// Schwarz, and so is its product with anything.
    fn layer(&mut self, index: usize, layer: &Layer, before: State) -> Result<State, Self::Stop> {
        let (facts, name) = (self.facts, layer.activation.as_str());
        let bias = &self.variances[index].bias;
        let unbiased = bias.is_zero();
        let signs = self.variances[index].signs();
        let diagonal = before.diagonal.after(layer, signs, facts);
        let State { c, theta, diagonal: Diagonal { c: positive, .. } } = before;
        let activation = facts.activation(name);
        let homogeneity = activation.and_then(|a| a.homogeneity).map(i64::from);
        let short = |n: i64| Some(n).filter(|n| (0..=MAX_DEGREE).contains(n));
        // Of E[φφ] and E[φ'φ'].
        let (parity, slope_parity) = match c.parity.filter(|_| positive) {
            Some(Parity::Even) => (Some(Parity::Even), Some(Parity::Even)),
            Some(Parity::Odd) if facts.is_even(name) => (Some(Parity::Even), Some(Parity::Odd)),
            Some(Parity::Odd) if facts.is_odd(name) => (Some(Parity::Odd), Some(Parity::Even)),
            _ => (None, None),
        };
        let (degree, slope_degree) = match c.degree.filter(|_| positive) {
            Some(0) => (Some(0), Some(0)),
            Some(n) => match homogeneity {
                Some(0) => (Some(0), None),
                Some(k) => (n.checked_mul(k).and_then(short), n.checked_mul(k - 1).and_then(short)),
                None => (None, None),
            },
            None => (None, None),
        };
        let vanishes = c.vanishes && activation.is_some_and(|a| a.vanishes_at_zero());
        // Zero is all of it.
        let zero = Symmetry { parity: Some(Parity::Even), degree: Some(0), vanishes: true };
        let value = if signs.weight { Symmetry { parity, degree, vanishes } } else { zero };
        let with_bias = |symmetry: Symmetry, none: bool| {
            let constant = Symmetry { parity: Some(Parity::Even), degree: Some(0), vanishes: false };
            if none { symmetry } else { both(symmetry, constant) }
        };
        let next = with_bias(value, unbiased);
        if !self.tangent {
            return Ok(State { c: next, theta: next, diagonal });
        }
        let without = layer.trains_biases(bias.is_positive().or(unbiased.then_some(false))) == Some(false);
        let product = Symmetry {
            parity: theta
                .parity
                .zip(slope_parity)
                .map(|(a, b)| if a == b { Parity::Even } else { Parity::Odd }),
            degree: theta.degree.zip(slope_degree).and_then(|(a, b)| short(a + b)),
            vanishes: theta.vanishes,
        };
        // Where the weights are frozen, or φ is constant, one of the terms is zero.
        let constant = !signs.weight || homogeneity == Some(0) && positive;
        let terms = match (layer.trains_weights(), constant) {
            (_, true) => value,
            (true, false) => both(value, product),
            (false, false) => product,
        };
        Ok(State { c: next, theta: with_bias(terms, without), diagonal })
    }

    fn joined(&mut self, sum: Option<State>, _: &BigRational, branch: State) -> Result<State, Self::Stop> {
        Ok(match sum {
            None => branch,
            Some(sum) => State {
                c: both(sum.c, branch.c),
                theta: both(sum.theta, branch.theta),
                diagonal: sum.diagonal.or(branch.diagonal),
            },
        })
    }

    /// `q` is even, and of degree `2n`, so that `√(q q')` has the degree `n` in one point; a kernel that is divided by
    /// it is not defined where `C(0, 0) = 0`.
    fn normalized(&mut self, before: State) -> Result<State, Self::Stop> {
        let State { c, theta, diagonal } = before;
        let divided = |symmetry: Symmetry| Symmetry {
            // A parity of C makes q even, whichever it is.
            parity: symmetry.parity.filter(|_| c.parity.is_some()),
            degree: symmetry.degree.zip(c.degree).map(|(m, n)| m - n),
            vanishes: false,
        };
        Ok(State { c: divided(c), theta: divided(theta), diagonal })
    }
}
