//! Hermite coefficients and moments by quadrature, with a proved error.
//!
//! `μ_k = ∫ φ(√q x) h_k(x) n(x) dx`, `n` the standard normal density, for all `k < K` at once and for every function that is analytic
//! between breakpoints ([`PiecewiseAnalytic`]):
//! 1. An absolute error is chosen that leaves the smallest coefficient its digits, as far as that can be foreseen.
//! 2. Nodes: the [trapezoidal rule](trapezoid) where there are no breakpoints and the strip of analyticity is wide enough, otherwise
//!    Gauss–Legendre panels. Both bounds rest on rectangles on which the function is proved analytic and bounded
//!    ([`cover`]), on a [bound](weight) of `|h_k n|` in the complex plane, and on one of `φ` far out.
//! 3. All sums `Σ_j w_j φ(√q x_j) h_k(x_j) n(x_j)` by the recurrence of the Hermite polynomials in fixed point ([`projection`]).
//! 4. What the [radius of the variance](variance) changes.

mod cover;
mod integrand;
mod projection;
mod trapezoid;
mod variance;
mod weight;

use std::f64::consts::LN_2;

use rug::Float;

use crate::Error;
use crate::activation::PiecewiseAnalytic;
use crate::number::Ball;
use crate::number::rational::abridged;
use integrand::{Integrand, Kind};
use weight::Weight;

/// Bits of what only bounds.
const SHORT: u32 = 64;

/// Most nodes of the trapezoidal rule.
const MOST_NODES: u64 = 4_000_000;

/// Most bits that an integral is asked for: those of all digits that can be asked for, and as many for small coefficients.
const MOST_BITS: i64 = 1 << 20;

/// What an integral is asked for.
#[derive(Clone, Debug)]
struct Target {
    /// The error may be `2^-bits`.
    bits: i64,
    /// Bits for the values at the nodes.
    working: u32,
    /// How many even and how many odd degrees: those below.
    lens: [usize; 2],
}

/// `μ_k`, `k < max(lens)`, of `φ(√q Z)`: for even `k` below the first length, for odd `k` below the second; the others come as zero.
/// The smallest has about `precision` bits of relative accuracy where that could be foreseen.
pub(crate) fn hermite(
    function: &dyn PiecewiseAnalytic,
    q: &Ball,
    lens: [usize; 2],
    precision: u32,
) -> Result<Vec<Ball>, Error> {
    integrals(function, Kind::Value, q, lens, precision)
}

/// `E[φ(√q Z)²]`.
pub(crate) fn second_moment(
    function: &dyn PiecewiseAnalytic,
    q: &Ball,
    precision: u32,
) -> Result<Ball, Error> {
    moment(function, Kind::Square, q, precision)
}

/// `E[φ'(√q Z)²]`.
pub(crate) fn derivative_second_moment(
    function: &dyn PiecewiseAnalytic,
    q: &Ball,
    precision: u32,
) -> Result<Ball, Error> {
    moment(function, Kind::DerivativeSquare, q, precision)
}

fn moment(function: &dyn PiecewiseAnalytic, kind: Kind, q: &Ball, precision: u32) -> Result<Ball, Error> {
    let list = integrals(function, kind, q, [1, 0], precision)?;
    Ok(list.into_iter().next().unwrap_or_else(|| Ball::whole_line(precision)))
}

fn integrals(
    function: &dyn PiecewiseAnalytic,
    kind: Kind,
    q: &Ball,
    lens: [usize; 2],
    precision: u32,
) -> Result<Vec<Ball>, Error> {
    let len = lens[0].max(lens[1]);
    if len == 0 {
        return Ok(vec![]);
    }
    if !q.is_finite() || q.lower() <= 0 {
        return Ok(vec![Ball::whole_line(precision); len]);
    }
    let fail = |why: &str| Error::Quadrature { activation: abridged(&function.name()), why: why.to_string() };
    let jumps = || Error::NoTangentKernel {
        activation: abridged(&function.name()),
        why: "it jumps, so E[φ'(√q Z)²] is infinite".to_string(),
    };
    let weight = Weight::new(len);
    let root = |bits: u32| Float::with_val(bits, q.midpoint().sqrt_ref());
    let coarse = Integrand::new(function, kind, root(SHORT)).ok_or_else(jumps)?;
    let scale = Scale::new(&coarse, &weight);
    let mut foreseen = coarse.strip().map_or(8.0, |strip| decay(strip, len));
    let mut refined = coarse.strip().is_some();
    loop {
        let target = Target::new(precision, foreseen, &scale, lens);
        if target.bits > MOST_BITS || i64::from(target.working) > MOST_BITS {
            return Err(fail("so many digits of so small coefficients are out of reach"));
        }
        let bits = target.working + 2 * (usize::BITS - len.leading_zeros()) + 8;
        let f = Integrand::new(function, kind, root(bits)).ok_or_else(jumps)?;
        let plan = trapezoid::plan(&f, &weight, target.bits, MOST_NODES)
            .ok_or_else(|| fail("no strip around the real axis was proved free of singularities"))?;
        if !refined {
            // The strip that was found tells how fast the coefficients decay.
            (foreseen, refined) = (decay(plan.strip, len), true);
            continue;
        }
        let nodes = plan.nodes(&f, &target);
        let error = plan.error + variance::effect(&f, q, len);
        let sums = projection::project(&nodes, lens, target.bits, target.working)
            .ok_or_else(|| fail("it would take too many nodes"))?;
        return Ok(sums
            .into_iter()
            .enumerate()
            .map(|(k, x)| if k < lens[k % 2] { x.widened(error) } else { x })
            .collect());
    }
}

/// The bits that the smallest of `len` coefficients lacks to one, when the function is analytic in a strip of this half-width: for
/// large `k`, `|μ_k|` is about `exp(-∫_0^a √(k + y²/4) dy + a²/4)`. It steers only.
fn decay(strip: f64, len: usize) -> f64 {
    let (a, k) = (strip, len as f64);
    let path = 0.5 * a * (k + 0.25 * a * a).sqrt() + k * (0.5 * a / k.sqrt()).asinh();
    ((path - 0.25 * a * a) / LN_2).max(0.0) + 4.0
}

/// The order of size of what is integrated, in bits: steers only.
struct Scale {
    /// Of the largest coefficient.
    norm: f64,
    /// Of the sum of the values times the bound of the weight.
    mass: f64,
}

impl Scale {
    fn new(f: &Integrand, weight: &Weight) -> Scale {
        let breaks = f.function.breakpoints(SHORT);
        let (mut norm, mut mass) = (0.0f64, 0.0f64);
        let reach = f.envelope().reach(weight, 40.0).unwrap_or(12.0);
        let step = (reach / 40.0).clamp(0.05, 0.5);
        // No node at a place that is likely to be special.
        for i in -40..40 {
            let x = (f64::from(i) + 0.618) * step;
            let argument = f.argument(&Float::with_val(53, x)).with_precision(SHORT);
            let piece = breaks.iter().filter(|b| b.midpoint() < argument.midpoint()).count();
            let size = f.value(piece, &argument).midpoint().to_f64().abs();
            if size.is_finite() {
                let density = (-0.5 * x * x).exp() * step;
                norm += density * if f.kind == Kind::Value { size * size } else { size };
                mass += (-weight.gamma() * x * x).exp() * step * size;
            }
        }
        let norm = if f.kind == Kind::Value { norm.sqrt() } else { norm };
        let bits = |x: f64| if x > 0.0 && x.is_finite() { x.log2() } else { 0.0 };
        Scale { norm: bits(norm), mass: bits(mass) }
    }
}

impl Target {
    fn new(precision: u32, foreseen: f64, scale: &Scale, lens: [usize; 2]) -> Target {
        let bits = i64::from(precision) + (foreseen - scale.norm).ceil() as i64 + 4;
        let working = (bits + scale.mass.ceil() as i64 + 12).clamp(SHORT.into(), 2 * MOST_BITS);
        Target { bits, working: working as u32, lens }
    }
}

#[cfg(test)]
mod tests;
