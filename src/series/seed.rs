//! Reciprocal square roots of series in doubles: an unproved start that one Newton step turns into a proved one.

use super::dispatch::for_each_instruction_set;
use super::fixed::{Fixed, Format};
use super::limbs;

/// Longest series that is worth its quadratic cost.
pub const MAX_LENGTH: usize = 1536;
/// Fractional bits of the result: about what doubles give.
const FRAC: u32 = 44;
/// Fractional bits that one Newton step reaches from there.
pub const FRACTION_BITS: std::ops::RangeInclusive<u32> = FRAC..=2 * FRAC;

/// About `u^{-1/2}`, its first `len` stored coefficients, in a format of its own; `None` where doubles do not do.
pub fn reciprocal_root(u: &Fixed, len: usize) -> Option<Fixed> {
    let mut values = doubles(u);
    values.resize(len, 0.0);
    let mut root = vec![0.0; len];
    kernels::root(&values, &mut root);
    let scale = (1u64 << FRAC) as f64;
    // 2^62: the integers fit, with a bit to spare.
    if root.iter().any(|x| (x * scale).abs().is_nan() || (x * scale).abs() >= (1u64 << 62) as f64) {
        return None;
    }
    let data = root.iter().map(|x| (x * scale).round_ties_even() as i64 as u64).collect();
    let format = Format { frac: FRAC, width: 1, degree: u.step * (len - 1) };
    Some(Fixed::exact(format, 0, u.step, data))
}

/// The stored midpoints, to about the precision of doubles.
fn doubles(x: &Fixed) -> Vec<f64> {
    let unit = (-f64::from(x.format().frac)).exp2();
    let value = |x: &[u64]| {
        let mask = limbs::sign(x);
        let size = x.iter().rev().fold(0.0, |acc, limb| acc * (1u128 << 64) as f64 + (limb ^ mask) as f64);
        if mask == 0 { size * unit } else { -(size + 1.0) * unit }
    };
    x.data.chunks_exact(x.format().width).map(value).collect()
}

mod kernels {
    use super::for_each_instruction_set;

    /// Enough independent sums to hide the latency of an addition.
    const LANES: usize = 32;

    /// From `2 u r' + u' r = 0`: `u_0 r_n = -Σ_{k>=1} u_k r_{n-k} + (1/2n) Σ_{k>=1} k u_k r_{n-k}`.
    #[inline(always)]
    fn root_generic(u: &[f64], root: &mut [f64]) {
        let n = u.len();
        let inverse = 1.0 / u[0];
        // Zeros at the ends let every sum run over whole blocks.
        let padded = |f: &dyn Fn(usize) -> f64| -> Vec<f64> {
            (1..n).map(f).chain(std::iter::repeat_n(0.0, LANES)).collect()
        };
        let (plain, weighted) = (padded(&|k| u[k]), padded(&|k| k as f64 * u[k]));
        // The root backwards, so that the sums run through memory in order.
        let mut reversed = vec![0.0; n + LANES];
        reversed[n - 1] = inverse.sqrt();
        for i in 1..n {
            let blocks = i.div_ceil(LANES) * LANES;
            let [a, b] =
                two_products(&plain[..blocks], &weighted[..blocks], &reversed[n - i..n - i + blocks]);
            reversed[n - 1 - i] = inverse * (b / (2 * i) as f64 - a);
        }
        root.iter_mut().zip(reversed[..n].iter().rev()).for_each(|(to, from)| *to = *from);
    }

    /// `[Σ a_i x_i, Σ b_i x_i]` over whole blocks.
    #[inline(always)]
    fn two_products(a: &[f64], b: &[f64], x: &[f64]) -> [f64; 2] {
        let (mut first, mut second) = ([0.0f64; LANES], [0.0f64; LANES]);
        let blocks = a.chunks_exact(LANES).zip(b.chunks_exact(LANES)).zip(x.chunks_exact(LANES));
        for ((a, b), x) in blocks {
            for i in 0..LANES {
                first[i] = a[i].mul_add(x[i], first[i]);
                second[i] = b[i].mul_add(x[i], second[i]);
            }
        }
        [total(first), total(second)]
    }

    /// The sum of the lanes; added one by one they would wait for each other.
    #[inline(always)]
    fn total(x: [f64; LANES]) -> f64 {
        let mut sums = [0.0; LANES / 4];
        for i in 0..LANES / 4 {
            sums[i] = (x[i] + x[i + LANES / 4]) + (x[i + LANES / 2] + x[i + LANES / 4 * 3]);
        }
        let [a, b, c, d, e, f, g, h] = sums;
        ((a + e) + (b + f)) + ((c + g) + (d + h))
    }

    for_each_instruction_set! {
        root / root_with = root_generic(u: &[f64], root: &mut [f64]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Ball;

    #[test]
    fn the_central_binomials() {
        // (1 - t)^{-1/2} = Σ binom(2n, n)/4^n t^n.
        let format = Format { frac: 80, width: 2, degree: 300 };
        let one = Ball::from_integer(1, 64);
        let u = Fixed::from_balls(format, 0, 1, &[one.clone(), -one]);
        let root = reciprocal_root(&u, 301).unwrap();
        let mut truth = 1.0;
        for (k, x) in doubles(&root).iter().enumerate() {
            assert!((x - truth).abs() < 1e-12, "{k}: {x} {truth}");
            truth *= (2 * k + 1) as f64 / (2 * k + 2) as f64;
        }
    }

    /// At lengths around a block of sums, on every instruction set.
    #[test]
    fn instruction_sets_agree_to_the_precision_of_doubles() {
        for length in [1usize, 2, 3, 31, 32, 33, 34, 64, 65, 66, 300, MAX_LENGTH] {
            let mut u = vec![0.0; length];
            u[0] = 1.0;
            if length > 1 {
                u[1] = -1.0;
            }
            for set in super::super::dispatch::InstructionSet::all() {
                let mut root = vec![0.0; length];
                kernels::root_with(set, &u, &mut root);
                let mut truth = 1.0;
                for (k, x) in root.iter().enumerate() {
                    assert!((x - truth).abs() < 1e-12, "{set:?}, {k} of {length}: {x} {truth}");
                    truth *= (2 * k + 1) as f64 / (2 * k + 2) as f64;
                }
            }
        }
    }

    #[test]
    fn what_doubles_cannot_hold_is_refused() {
        let format = Format { frac: 80, width: 2, degree: 300 };
        let u = Fixed::from_balls(format, 0, 1, &[Ball::from_integer(1, 64), Ball::from_integer(-9, 64)]);
        assert!(reciprocal_root(&u, 301).is_none());
    }
}
