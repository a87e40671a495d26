//! How small the coefficients will be: steers the accuracy of the sums, decides nothing.

use std::f64::consts::LN_2;

use super::cover::cover;
use super::integrand::Integrand;
use super::weight::{Weight, ln};

/// Most evaluations of rectangles.
const RECTANGLES: usize = 1500;

/// The bits that the smallest of `len` coefficients lacks to the largest.
pub(super) fn missing_bits(f: &Integrand, weight: &Weight, len: usize) -> f64 {
    let nats = match f.strip() {
        Some(strip) => decay(strip, len),
        None => search(f, weight, len),
    };
    nats / LN_2 + 4.0
}

/// When the function is analytic in a strip of half-width `a` and no more, `|μ_k|` is about
/// `exp(-∫_0^a √(k + y²/4) dy + a²/4)` for large `k`.
fn decay(a: f64, len: usize) -> f64 {
    let k = len as f64;
    // a/2 (√(k + a²/4) - a/2), without the difference.
    let half = 0.5 * a;
    half * k / ((k + half * half).sqrt() + half) + k * (half / k.sqrt()).asinh()
}

/// Widens the strip until it meets a singularity, or until the growth of the function outweighs the decay.
fn search(f: &Integrand, weight: &Weight, len: usize) -> f64 {
    let mut budget = RECTANGLES;
    let Some(start) = size(f, weight, 0.01, &mut budget) else { return 0.0 };
    // Where the function grows like the exponential of a square the estimate holds in a narrow strip only.
    let widest = if f.grows_fast() { (len as f64).sqrt() } else { 1e6 };
    let (mut a, mut best) = (0.01, 0.0);
    // Where the variance is small the strip is wide: the doublings begin near its width.
    let (far, widest) = far_start(f.log2_root(), widest);
    if far > a
        && let Some(size) = size(f, weight, far, &mut budget)
        && size - start < decay(far, len)
    {
        (a, best) = (far, decay(far, len) - (size - start).max(0.0));
    }
    loop {
        let wider = 2.0 * a;
        let Some(size) = size(f, weight, wider, &mut budget) else { break };
        let gain = decay(wider, len) - (size - start).max(0.0);
        if gain < best || wider > widest {
            return best;
        }
        (a, best) = (wider, gain);
    }
    // A singularity between the two, or rectangles too coarse to tell.
    let mut fails = 2.0 * a;
    for _ in 0..5 {
        let middle = 0.5 * (a + fails);
        let mut budget = RECTANGLES / 4;
        if size(f, weight, middle, &mut budget).is_some() { a = middle } else { fails = middle }
    }
    decay(fails, len)
}

/// A hundredth in units of the function, and the widest strip to be tried.
fn far_start(log2_root: f64, widest: f64) -> (f64, f64) {
    let scale = (-log2_root).clamp(0.0, 900.0).exp2();
    (0.01 * scale, if widest < 1e6 { widest } else { widest * scale })
}

/// The logarithm of the largest `|f|`, times the weight, on the strip; `None` where that is not proved analytic.
fn size(f: &Integrand, weight: &Weight, height: f64, budget: &mut usize) -> Option<f64> {
    let first = if f.parity().is_some() { 0 } else { -6 };
    let mut largest = f64::NEG_INFINITY;
    for i in first..6 {
        let x = [f64::from(i), f64::from(i + 1)];
        *budget = budget.checked_sub(1)?;
        for part in cover(f, 0, x, height, budget)? {
            largest = largest.max(ln(part.bound * weight.bound(part.nearest(), 0.0)));
        }
    }
    Some(largest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decay_of_a_narrow_strip() {
        assert!((decay(1.0, 10_000) - 100.0).abs() < 1.0);
        assert!((decay(0.0, 100)).abs() < 1e-9);
        // Far from every singularity |μ_k| is about a^-k.
        assert!((decay(1e150, 10) / (10.0 * 150.0 * std::f64::consts::LN_10) - 1.0).abs() < 0.02);
    }
}
