//! Hermite coefficients of `tanh(s Z)` on the Fourier side, where every integrand is positive.
//!
//! The Fourier transform of `s sech²(s z)` is `(π w/s)/sinh(cw)`, `c = π/(2s)`. With `√k! μ_k = E[(d/dz)^k tanh(s Z)]`,
//! for odd `k`,
//!
//! ```text
//! μ_k = (-1)^{(k-1)/2} t_k,   t_k = 1/(2s √k!) ∫_R f(w) dw,   f(w) = w^k e^{-w²/2}/sinh(cw).
//! ```
//!
//! Nothing cancels: a relative accuracy of `D` bits takes arithmetic of about `D` bits, however small `t_k` is. The
//! integral is the trapezoidal sum `h f(0) + 2h Σ_{j>0} f(jh)` up to an [error with a proved bound](remainder); the
//! terms of all `k` of one segment of degrees come from [one another](sums) by products with the short integers that
//! `w²` is at the nodes.
//!
//! # The scale
//! With `A_k = √k! t_k`, integration by parts gives
//! `A_{k+2} = (k+1) A_k - (c/s) ∫_0^∞ w^{k+1} e^{-w²/2} cosh(cw)/sinh²(cw) dw`, and the variance's rule is
//! `d log t_k/d log s = k - A_{k+2}/A_k`. The first equation bounds that by -1 from below; by `k`, and with
//! `coth x <= 1 + 1/x` and `∫_0^∞ w^{k+1} e^{-w²/2}/sinh(cw) dw/s <= √(A_k A_{k+2}) <= √(k+1) A_k` by `c √(k+1)` from
//! above.

mod plan;
mod remainder;
mod sums;
#[cfg(test)]
mod tests;

use rug::Float;

use super::SHORT;
use crate::number::{Ball, Mag};
use crate::work;

/// Scales where this is the better way: poles next to the real axis of `w` take many nodes.
const SCALES: [f64; 2] = [0.02, 1e6];

/// The parameters of the integrand, at the midpoint of the scale.
#[derive(Clone, Debug)]
struct Kernel {
    s: Ball,
    c: Ball,
    /// Bits for the values at the nodes.
    working: u32,
    /// The sums are to have so many bits of relative accuracy.
    bits: u32,
}

/// `t_1, t_3, ...`, `count` of them, to about `2^-bits` relatively; `None` where another way is better.
pub(crate) fn coefficients(s: &Ball, count: usize, bits: u32) -> Option<Vec<Ball>> {
    let size = s.midpoint().to_f64();
    if !(s.is_finite() && (SCALES[0]..=SCALES[1]).contains(&size)) {
        return None;
    }
    let degrees = 2 * count;
    let working = bits + 2 * (usize::BITS - degrees.leading_zeros()) + 16;
    let used = s.with_precision(working);
    let exact = Ball::exact(used.midpoint().clone());
    let kernel = Kernel { c: Ball::pi(working + 4).shl(-1) / &exact, s: exact, working, bits };
    // |log(s/s̃)| <= |s - s̃|/least.
    let distance = used.radius().div_by_lower(used.mignitude());
    let segments = plan::segments(&kernel, degrees)?;
    if !work::spend(segments.iter().map(|segment| plan::work(&kernel, segment)).sum()) {
        return None;
    }
    let mut out = Vec::with_capacity(count);
    let mut root = Ball::from_integer(1, working);
    for segment in &segments {
        for sum in sums::run(&kernel, segment)? {
            let k = 2 * out.len() + 1;
            if k > 1 {
                // √k! from √(k-2)!.
                root = &root * &integer(k as i64 * (k as i64 - 1), working).sqrt();
            }
            let h = Ball::exact(Float::with_val(SHORT, segment.step.value()));
            let t = &(&sum * &h) / &(&root * &kernel.s);
            let change = change(&kernel, k, distance)?;
            out.push(t.widened(t.magnitude() * change).with_precision(bits + 8));
        }
    }
    Some(out)
}

/// By what factor less one `t_k` may change over the scales enclosed.
fn change(kernel: &Kernel, k: usize, distance: Mag) -> Option<Mag> {
    if distance.is_zero() {
        return Some(Mag::ZERO);
    }
    // The c of the least scale exceeds that of the midpoint by at most the factor 1 + distance.
    let c = kernel.c.magnitude() * (Mag::ONE + distance);
    let slope = (c * Mag::from_usize(k + 1).sqrt()).min(Mag::from_usize(k)).max(Mag::ONE);
    let exponent = slope * distance;
    // e^x - 1 <= x + x² for 0 <= x <= 1.
    (exponent < Mag::pow2(-1)).then(|| exponent + exponent * exponent)
}

fn integer(n: i64, precision: u32) -> Ball {
    Ball::from_integer(n, precision)
}
