//! `Σ_i w_i h_k(z_i) e^{-z_i²/4}` for all `k` up to a degree, in fixed point with one bound of all errors.
//!
//! `y_k = h_k(z) e^{-z²/4}` obeys `√(k+1) y_{k+1} = z y_k - √k y_{k-1}`, and `|y_k| <= 1.0865` (Cramér). Rounding
//! errors obey the same recurrence:
//! * While `√(k+1) + √k <= |z|`, one that starts as `0, δ` keeps its sign: its ratio `r_k = y_{k+1}/y_k` obeys `√(k+1)
//!   r_k = |z| - √k/r_{k-1}`, and so stays at least 1. So the sum of all of them, with sizes for errors, obeys the
//!   recurrence itself.
//! * Then, up to `k = 9z²/32` and 16, their sizes are bounded by it with the minus a plus;
//! * from there on by `E_k = y_k² + y_{k-1}² - (z/√k) y_k y_{k-1}`, for which `E_{k+1} = (k E_k + y_k²)/(k+1)`. With `x
//!   = z²/4` and `k >= 9x/8`, `y_k² <= E_k/(1 - x/k) <= 9 E_k`, so `E` grows by at most the exponential of `Σ
//!   x/((k-x)(k+1)) <= 8/17 + ∫ x/((k-x)k) dk <= 8/17 + log 9`; `√E` is a norm, in which an error δ of one step is
//!   `|δ|`.

use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::integer::BigInt;
use crate::interval::Interval;
use crate::work;

/// Bits after the point.
const BITS: u32 = 120;
const ONE: i128 = 1 << BITS;
/// `|y|` is kept below.
const MOST: i128 = 2 * ONE;
/// Errors of one step, in units: 4 of the products and `√k`, 240 of `1/√(k+1)` known within 2 units, times a number
/// below 120 in size, and the last rounding.
const STEP: i128 = 256;
/// Bits of the integrals.
pub(super) const PRECISION: u32 = 128;
/// `|z|` and `√k` add up to less, so that products stay below `2^127` units.
pub(super) const RANGE: u32 = 58;
/// What a step takes, in limb operations.
const COST: u64 = 15;

/// A node of a quadrature rule: `z`, and the weight without `y_k(z)`.
pub(super) struct Node {
    pub(super) z: Interval,
    pub(super) weight: Interval,
}

/// `a b / 2^120`, rounded towards zero; `|a b| < 2^247`.
fn mul(a: i128, b: i128) -> i128 {
    let (x, y) = (a.unsigned_abs(), b.unsigned_abs());
    let mask = u128::from(u64::MAX);
    let (x1, x0, y1, y0) = (x >> 64, x & mask, y >> 64, y & mask);
    let (low, first, second, high) = (x0 * y0, x0 * y1, x1 * y0, x1 * y1);
    let middle = (low >> 64) + (first & mask) + (second & mask);
    let top = high + (first >> 64) + (second >> 64) + (middle >> 64);
    let bottom = (middle << 64) | (low & mask);
    let size = (top << (128 - BITS)) | (bottom >> BITS);
    if (a < 0) == (b < 0) { size as i128 } else { -(size as i128) }
}

/// `√k` and `1/√k`, within 2 units.
struct Roots {
    root: Vec<i128>,
    inverse: Vec<i128>,
}

impl Roots {
    fn new(most: usize) -> Option<Roots> {
        let square = BigInt::one() << (2 * BITS);
        let root = |k: usize| (&square * k).sqrt().to_i128();
        let inverse = |k: usize| (&square / k.max(1)).sqrt().to_i128();
        Some(Roots {
            root: (0..=most).map(root).collect::<Option<_>>()?,
            inverse: (0..=most).map(inverse).collect::<Option<_>>()?,
        })
    }
}

/// `n / 2^prec` in units, rounded down.
fn units(n: &BigInt, prec: u32) -> Option<i128> {
    if prec >= BITS { (n >> (prec - BITS)).to_i128() } else { (n << (BITS - prec)).to_i128() }
}

/// What a node adds: `out[k] += weight y_k(z)`; returns a bound of the error of every `y_k`, in units.
fn add(out: &mut [i128], z: i128, weight: i128, roots: &Roots) -> Option<i128> {
    let start = Interval::new(z.into(), z.into(), BITS).at(BITS + 40).square().scaled(-2).neg().exp();
    let (mut last, mut this) = (0i128, units(start.lo.as_ref()?, BITS + 40)?);
    // The errors of the last two, in the growing part.
    let (mut before, mut error) = (0i128, 4i128);
    let mut largest = error;
    let mut lost = false;
    // |z| < 2^6 with 20 bits after the point, rounded down; then rounded up.
    let size = z.unsigned_abs() >> (BITS - 20);
    // k + 1 <= z²/4: √(k+1) + √k <= |z|.
    let signed = ((size * size) >> 42) as usize;
    let turn = ((((size + 1) * (size + 1) * 9) >> 45) as usize + 1).max(16);
    let count = out.len();
    for (k, sum) in out.iter_mut().enumerate() {
        *sum += mul(weight, this);
        if k + 1 == count {
            break;
        }
        let inverse = roots.inverse[k + 1];
        let next = mul(mul(z, this) - mul(roots.root[k], last), inverse);
        // The true value lies in this range: to cut off is to come nearer. Where nothing is known any more, this is
        // said below.
        let cut = next.clamp(-MOST, MOST);
        lost |= cut != next;
        (last, this) = (this, cut);
        if k < turn && !lost {
            let grown = if k < signed {
                // One step of these numbers has an error of its own.
                mul(mul(z.abs(), error) - mul(roots.root[k], before), inverse) + 2 * STEP
            } else {
                mul(mul(z.abs(), error) + mul(roots.root[k], before) + 4, inverse + 2) + 2 + STEP
            };
            lost |= grown >= MOST;
            (before, error) = (error, grown);
            largest = largest.max(grown);
        }
    }
    if lost {
        return Some(2 * MOST);
    }
    // √9 √(9 e^{8/17}) (|e_k| + |e_{k-1}| + Σ δ), and 9 e^{4/17} < 12.
    let bound = 12 * (2 * largest + count as i128 * STEP);
    Some(bound.min(2 * MOST))
}

/// `Σ_i weight_i y_k(z_i)` for `k <= degree`; `None` where the numbers are too large for the format.
pub(super) fn sums(nodes: &[Node], degree: usize) -> Option<Vec<Interval>> {
    work::charge(COST * (nodes.len() as u64 + 1) * (degree as u64 + 1));
    let Some(prec) = nodes.first().map(|n| n.weight.prec) else {
        return Some(vec![Interval::zero(PRECISION); degree + 1]);
    };
    let roots = Roots::new(degree + 1)?;
    // Σ |weight| < 2^{BITS + 1} units after the shift.
    let total = nodes.iter().map(|n| n.weight.magnitude()).sum::<Option<BigInt>>()?;
    let shift = total.bits() as i64 - i64::from(BITS + 1);
    let scaled = |n: &BigInt| if shift >= 0 { n >> shift as u64 } else { n << shift.unsigned_abs() };
    let mut out = vec![0i128; degree + 1];
    // In units: errors of weights and of values; Σ |weight| |z - ẑ|, in units of units.
    let (mut rounding, mut moved) = (BigInt::zero(), BigInt::zero());
    for node in nodes {
        let (low, high) = (node.z.lo.as_ref()?, node.z.hi.as_ref()?);
        let z = units(low, node.z.prec)?;
        let width = units(&(high - low), node.z.prec)?.checked_add(2)?;
        let room = z.unsigned_abs() >> BITS;
        if room + u128::from((degree as u32 + 1).isqrt()) + 2 > u128::from(RANGE) {
            return None;
        }
        let (low, high) = (scaled(node.weight.lo.as_ref()?), scaled(node.weight.hi.as_ref()?));
        let weight = low.to_i128()?;
        let error = add(&mut out, z, weight, &roots)?;
        let size = low.abs().max(high.abs()) + 1;
        // |w y - ŵ ŷ| <= |w - ŵ| |y| + |ŵ| |y - ŷ|, |y| < 2, and one rounding.
        rounding += (high - &low + 2) * 2 + 1 + ((&size * BigInt::from(error)) >> BITS) + 1;
        moved += size * BigInt::from(width);
    }
    let encloses = |(k, sum): (usize, &i128)| {
        // |y_k'| = |√k y_{k-1} - √(k+1) y_{k+1}|/2 <= 1.0865 √(k+1) < 2 (⌊√(k+1)⌋ + 1).
        let slope = 2 * (((k + 1) as u32).isqrt() + 1);
        let error = &rounding + ((&moved * slope) >> BITS) + 1;
        let (low, high) = (BigInt::from(*sum) - &error, BigInt::from(*sum) + &error);
        if shift >= 0 {
            Interval::new(low << shift as u64, high << shift as u64, prec)
        } else {
            Interval::rounded(&low, shift.unsigned_abs() as u32, prec).hull(&Interval::rounded(
                &high,
                shift.unsigned_abs() as u32,
                prec,
            ))
        }
    };
    Some(out.iter().enumerate().map(encloses).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integer::BigRational;
    use crate::rational::{ratio, rational};

    #[test]
    fn products_of_two_limbs() {
        let wide = |n: i128| BigInt::from(n);
        for a in [0, 1, -1, ONE, -ONE, ONE / 3, 57 * ONE - 1, -(1i128 << 126) + 7] {
            for b in [0, 1, -1, ONE, -ONE / 7, MOST - 1, -MOST] {
                let exact = (wide(a).abs() * wide(b).abs()) >> BITS;
                let signed = if (a < 0) == (b < 0) { exact } else { -exact };
                assert_eq!(wide(mul(a, b)), signed, "{a} {b}");
            }
        }
    }

    /// `y_k` by rational arithmetic for the polynomial, and the exponential at high precision.
    fn truth(z: &BigRational, degree: usize) -> Vec<Interval> {
        let prec = 2000;
        let weight = Interval::rational(&(z * z * ratio(-1, 4)), prec).exp();
        let (mut last, mut this) = (rational(0), rational(1));
        let mut factorial = Interval::integer(1, prec);
        let mut out = vec![];
        for k in 0..=degree as i64 {
            out.push(Interval::rational(&this, prec).mul(&weight).div(&factorial.sqrt()));
            let next = z * &this - rational(k) * &last;
            (last, this) = (this, next);
            factorial = factorial.mul_integer(k + 1);
        }
        out
    }

    #[test]
    fn values_are_enclosed_wherever_the_node_lies_in_its_interval() {
        for (low, high) in [
            (rational(0), rational(0)),
            (ratio(1, 3), ratio(1, 3)),
            (ratio(-7, 2), ratio(-7, 2)),
            (rational(6), rational(6) + ratio(1, 1 << 40)),
            (rational(-13), rational(-13)),
            (rational(25), rational(25)),
            (ratio(73, 2), ratio(73, 2)),
            (rational(17), rational(17) + ratio(1, 1 << 50)),
        ] {
            let z = Interval::rational(&low, 160).hull(&Interval::rational(&high, 160));
            for weight in [rational(1), ratio(-1, 1_000_000), rational(123_456_789)] {
                let node = Node { z: z.clone(), weight: Interval::rational(&weight, 128) };
                let sums = sums(&[node], 300).unwrap();
                for end in [&low, &high] {
                    for (k, (sum, y)) in sums.iter().zip(truth(end, 300)).enumerate() {
                        let exact = y.mul(&Interval::rational(&weight, 2000));
                        let inside = exact.sub(&sum.at(2000));
                        assert!(inside.has_zero(), "h_{k}({end}) times {weight}");
                        assert!(sum.lower().unwrap() <= exact.lower().unwrap(), "{k}");
                        assert!(sum.upper().unwrap() >= exact.upper().unwrap(), "{k}");
                    }
                }
                // Sharp where the bulk of the Gaussian is.
                if low == high && low.abs() < rational(4) {
                    let size = weight.abs() * ratio(1, 1 << 30) * ratio(1, 1 << 30) * ratio(1, 1 << 20);
                    let width = |s: &Interval| s.upper().unwrap() - s.lower().unwrap();
                    assert!(sums.iter().all(|s| width(s) < size), "{low}");
                }
            }
        }
    }

    /// An error of one step in every step, of whichever sign is worst at the end: by the responses to each alone.
    #[test]
    fn errors_of_one_sign_stay_within_the_bound() {
        let degree = 400usize;
        let roots = Roots::new(degree + 1).unwrap();
        for z in [0.0, 0.3, 1.0, 2.0, 3.7, 6.0, 8.0, 9.5, 11.0, 13.0, 16.0, 21.0] {
            let fixed = (z * 2f64.powi(40)) as i128 * (1 << (BITS - 40));
            let bound = add(&mut vec![0; degree + 1], fixed, ONE, &roots).unwrap();
            let mut worst = vec![0f64; degree + 1];
            for start in 0..=degree {
                let (mut last, mut this) = (0.0, if start == 0 { 4.0 } else { STEP as f64 });
                for (k, worst) in worst.iter_mut().enumerate().skip(start) {
                    *worst += f64::abs(this);
                    let next = (z * this - (k as f64).sqrt() * last) / (k as f64 + 1.0).sqrt();
                    (last, this) = (this, next);
                }
            }
            // Larger errors are cut off with the values.
            let worst = worst.into_iter().fold(0.0, f64::max).min((2 * MOST) as f64);
            assert!(worst <= bound as f64, "{z}: {worst} beyond {bound}");
            // What is known is not thrown away: to within a few digits, as far as z = 16.
            assert!(z > 16.0 || (bound as f64) < 2f64.powi(20) * worst, "{z}: {worst} far below {bound}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let node = |z: i64| [Node { z: Interval::integer(z, 160), weight: Interval::integer(1, 128) }];
        assert!(
            sums(&node(18), 1400).is_some()
                && sums(&node(60), 10).is_none()
                && sums(&node(1), 4000).is_none()
        );
    }
}
