//! Products of the matrix with integer vectors, with a proved error: what makes a Rayleigh quotient accurate.

use crate::parallel::*;
use rug::{Float, Integer};

use super::entries::{Entries, FixedEntries};
use crate::number::{Ball, Mag};

/// Bits of a vector's entry that are taken at a time.
const LIMB: u32 = 55;
/// Bits of a product that are left out where it is short.
const DROPPED: u32 = 16;

/// The midpoints of the entries as integers over `2^frac`.
pub(super) enum Scaled<'a> {
    Short(&'a FixedEntries),
    Long { n: usize, frac: u32, rows: Vec<Vec<Integer>> },
}

/// The extremes of `sᵀ K s` need the sums `v·v`, `v·Kv` and `Kv·Kv`; of the last an upper bound.
pub(super) struct Quotient {
    /// `vᵀKv / vᵀv`.
    pub value: Ball,
    /// `|Kv - value v|² / |v|²`, from above.
    pub residual: Mag,
}

impl Scaled<'_> {
    /// Of all entries, and how far in the 2-norm the matrix is from any that is enclosed.
    pub fn new(entries: &Entries, n: usize) -> (Scaled<'_>, Mag) {
        match entries {
            // |E_ij| <= e: the norm is at most n e.
            Entries::Fixed(fixed) => (Scaled::Short(fixed), fixed.error * Mag::from_usize(n)),
            Entries::Balls(balls) => {
                let top = balls.iter().fold(Mag::ZERO, |m, x| m.max(x.magnitude())).log2_ceil().unwrap_or(0);
                let precision = balls.iter().map(Ball::precision).max().unwrap_or(64);
                let frac = (i64::from(precision) - top).clamp(0, 1 << 24) as u32;
                // Frobenius' norm: every radius, with one unit for rounding, twice.
                let unit = Mag::pow2(-i64::from(frac));
                let sum = balls.iter().fold(Mag::ZERO, |sum, x| sum + (x.radius() + unit).pow(2));
                let whole = |x: &Ball| {
                    let scaled = Float::with_val(x.precision(), x.midpoint() << frac);
                    scaled.to_integer().unwrap_or_default()
                };
                let mut left = balls.iter();
                let rows = (0..n).map(|i| left.by_ref().take(i + 1).map(whole).collect()).collect();
                (Scaled::Long { n, frac, rows }, sum.shl(1).sqrt())
            }
        }
    }

    /// The midpoint of `K_ij`, `j <= i`, times `2^frac`.
    pub fn entry(&self, i: usize, j: usize) -> Integer {
        match self {
            Scaled::Short(fixed) => Integer::from(fixed.row(i)[j]),
            Scaled::Long { rows, .. } => rows[i][j].clone(),
        }
    }

    /// Bits after the point of the entries.
    pub fn frac(&self) -> u32 {
        match self {
            Scaled::Short(fixed) => fixed.frac,
            Scaled::Long { frac, .. } => *frac,
        }
    }

    /// `K v` times `2^frac`, each entry within the second number.
    pub fn apply(&self, v: &[Integer]) -> (Vec<Integer>, Integer) {
        match self {
            Scaled::Short(fixed) => {
                let bits = v.iter().map(Integer::significant_bits).max().unwrap_or(0);
                let mut sum = vec![Integer::new(); v.len()];
                let mut error = Integer::new();
                for limb in (0..=bits / LIMB).rev() {
                    // Truncating shifts and remainders keep the sign.
                    let part = |x: &Integer| {
                        let above = Integer::from(x.abs_ref()) >> (limb * LIMB);
                        let low = above.keep_bits(LIMB).to_i64_wrapping();
                        if x.is_negative() { -low } else { low }
                    };
                    let limbs: Vec<i64> = v.iter().map(part).collect();
                    sum.iter_mut().zip(apply_limb(fixed, &limbs)).for_each(|(s, p)| {
                        *s <<= LIMB;
                        *s += p;
                    });
                    error = (error << LIMB) + (Integer::from(v.len()) << DROPPED);
                }
                (sum, error)
            }
            Scaled::Long { n, rows, .. } => {
                let row = |i: usize| {
                    (0..*n).fold(Integer::new(), |mut sum, j| {
                        sum += &rows[i.max(j)][i.min(j)] * &v[j];
                        sum
                    })
                };
                ((0..*n).into_par_iter().map(row).collect(), Integer::new())
            }
        }
    }

    /// The Rayleigh quotient of a vector and its residual, with the product.
    pub fn quotient(&self, v: &[Integer]) -> (Quotient, Vec<Integer>) {
        let (product, error) = self.apply(v);
        let dot = |x: &[Integer], y: &[Integer]| {
            x.iter().zip(y).fold(Integer::new(), |mut sum, (x, y)| {
                sum += x * y;
                sum
            })
        };
        let (norm, middle, square) = (dot(v, v), dot(v, &product), dot(&product, &product));
        let precision = middle.significant_bits() + 64;
        let ball = |x: &Integer| Ball::exact(Float::with_val(precision.max(x.significant_bits() + 1), x));
        // |ŷ - (v·ŷ/v·v) v|² = (ŷ·ŷ v·v - (v·ŷ)²)/v·v, exactly in integers; y itself is within √n δ of ŷ, and so are the residuals.
        let rest = Integer::from(&square * &norm) - middle.clone().square();
        let moved = Mag::from_float(&Float::with_val(53, &error)) * Mag::from_usize(v.len()).sqrt();
        let norm_ball = ball(&norm);
        let length = norm_ball.sqrt();
        let scale = -(self.frac() as i32);
        // |v·(y - ŷ)|/v·v <= √n δ/|v|.
        let relative = (Ball::exact(moved.to_float()) / &length).magnitude();
        let value = (ball(&middle) / &norm_ball).widened(relative).shl(scale);
        let own = (ball(&rest).sqrt() / &norm_ball).magnitude();
        let residual = (own + relative).pow(2).shl(2 * i64::from(scale));
        (Quotient { value, residual }, product)
    }
}

/// `K v` for entries of `v` below `2^55` in magnitude: each within `n 2^16`.
fn apply_limb(fixed: &FixedEntries, v: &[i64]) -> Vec<Integer> {
    // |K_ij| < 2^122, so that the upper halves are below 2^58 and n < 2^14 of their products with v below 2^127; the lower
    // halves' products are below 2^119, and 2^103 after the shift. Each shift drops less than 2^16.
    let n = v.len();
    let zero = || vec![(0i128, 0i128); n];
    let add = |sum: &mut (i128, i128), k: i128, v: i64| {
        sum.0 += (k >> 64) * i128::from(v);
        sum.1 += ((k & i128::from(u64::MAX)) * i128::from(v)) >> DROPPED;
    };
    let sums = (0..n).into_par_iter().fold(zero, |mut sums, i| {
        let row = fixed.row(i);
        let mut own = (0, 0);
        for (j, k) in row[..i].iter().enumerate() {
            add(&mut own, *k, v[j]);
            add(&mut sums[j], *k, v[i]);
        }
        add(&mut own, row[i], v[i]);
        sums[i] = (sums[i].0 + own.0, sums[i].1 + own.1);
        sums
    });
    let all = sums.reduce(zero, |a, b| a.into_iter().zip(b).map(|(a, b)| (a.0 + b.0, a.1 + b.1)).collect());
    all.into_iter().map(|(high, low)| (Integer::from(high) << 64) + (Integer::from(low) << DROPPED)).collect()
}
