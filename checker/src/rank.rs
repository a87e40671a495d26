//! The degree of `K(x, ·)`, where it is a polynomial.

use num_traits::{One, Signed, Zero};

use crate::claims::Facts;
use crate::format::{Certificate, Kernel, Layer};
use crate::integer::{BigInt, BigRational};
use crate::network::Signs;
use crate::recursion::{Steps, run};

/// Bounds of the degrees of `C(x, ·)` and `Θ(x, ·)`; that of `C(y, y)` is at most twice that of `C(x, ·)`.
#[derive(Clone)]
struct Degrees {
    c: Option<BigInt>,
    theta: Option<BigInt>,
}

/// A bound of the degree of `K(x, ·)`.
///
/// Theorem. `C_1(x, ·)` is of degree at most 1, and 0 where `γ_w² = 0`. If `φ` is a polynomial of degree `k >= 1` and
/// `C` has the degree `d`, `E[φφ] = Σ_i C(x,y)^i/i! E[φ^{(i)}(u)] E[φ^{(i)}(v)]` has at most `dk`, as `E[φ^{(i)}(v)]`
/// is a polynomial in `C(y,y)` of degree at most `(k-i)/2`; and `E[φ'φ']` has at most `d(k-1)`. Where φ is constant, or
/// `σ_w² = 0`, `E[φφ]` is and `E[φ'φ'] = 0`; where `C` is constant, both are, whatever φ is. A sum has at most the
/// largest degree, and what is normalized a degree only where it is constant.
pub(crate) fn degree(c: &Certificate, facts: &Facts, signs: &[Signs]) -> Option<BigInt> {
    let of = |weight: &BigRational| Some(if weight.is_positive() { BigInt::one() } else { BigInt::zero() });
    let first = Degrees { c: of(&c.network.gamma_w2), theta: of(&c.network.first_tangent().0) };
    let Ok(degrees) = run(&c.network, &mut Walk { facts, signs }, first);
    if c.kernel == Kernel::Ntk { degrees.theta } else { degrees.c }
}

struct Walk<'a> {
    facts: &'a Facts,
    signs: &'a [Signs],
}

fn largest(a: Option<BigInt>, b: Option<BigInt>) -> Option<BigInt> {
    a.zip(b).map(|(a, b)| a.max(b))
}

impl Steps for Walk<'_> {
    type State = Degrees;
    type Stop = std::convert::Infallible;

    fn layer(&mut self, index: usize, layer: &Layer, before: Degrees) -> Result<Degrees, Self::Stop> {
        let is_constant = !self.signs[index].weight || self.facts.is_constant(&layer.activation);
        let own = self.facts.polynomial(&layer.activation).map(|p| p.len().saturating_sub(1));
        let zero = Some(BigInt::zero());
        let unchanging = before.c.as_ref().is_some_and(Zero::is_zero);
        let (value, slope) = match (&before.c, own) {
            _ if is_constant || unchanging => (zero.clone(), zero.clone()),
            (Some(d), Some(k)) => (Some(d * BigInt::from(k)), Some(d * BigInt::from(k.saturating_sub(1)))),
            _ => (None, None),
        };
        let product = if is_constant {
            zero.clone()
        } else {
            before.theta.zip(slope).map(|(theta, slope)| theta + slope)
        };
        let trained = if layer.trains_weights() { value.clone() } else { zero };
        Ok(Degrees { c: value, theta: largest(trained, product) })
    }

    fn joined(
        &mut self,
        sum: Option<Degrees>,
        _: &BigRational,
        branch: Degrees,
    ) -> Result<Degrees, Self::Stop> {
        Ok(match sum {
            None => branch,
            Some(sum) => Degrees { c: largest(sum.c, branch.c), theta: largest(sum.theta, branch.theta) },
        })
    }

    fn normalized(&mut self, before: Degrees) -> Result<Degrees, Self::Stop> {
        let unchanging = before.c.as_ref().is_some_and(Zero::is_zero);
        Ok(if unchanging { before } else { Degrees { c: None, theta: None } })
    }
}
