//! Norms of a series' midpoints: upper bounds, found in doubles.

use super::dispatch::for_each_instruction_set;
use super::fixed::Fixed;
use super::limbs;
use crate::number::Mag;

impl Fixed {
    /// Upper bounds of the largest and of the sum of the midpoints' magnitudes.
    pub fn norms(&self) -> (Mag, Mag) {
        self.weighted_norms(1.0)
    }

    /// Upper bounds of `max |m_j|` and `Σ |m_j| w^j`, `j` the power of the variable, `0 < w <= 1`.
    pub fn weighted_norms(&self, w: f64) -> (Mag, Mag) {
        let top = self.top_limb();
        let factor = w.powi(self.step as i32);
        let start = w.powi(self.first as i32);
        let weights = std::array::from_fn(|i| start * factor.powi(i as i32));
        let mut out = [0.0; 2];
        kernels::norms(&self.data, self.format().width, top, weights, factor.powi(LANES as i32), &mut out);
        (self.bound(out[0], top), self.bound(out[1], top))
    }

    /// An upper bound of `max_k (|m_0| + … + |m_k|) / (k+1)^{1/2}`, `k` the power of the variable.
    pub fn partial_sum_growth(&self) -> Mag {
        let top = self.top_limb();
        let (mut sum, mut out) = (0.0f64, 0.0f64);
        for (j, x) in self.data.chunks_exact(self.format().width).enumerate() {
            sum += size(x, top);
            out = out.max(sum / ((self.first + j * self.step + 1) as f64).sqrt());
        }
        self.bound(out, top)
    }

    /// The highest limb that is more than a sign somewhere, or 0.
    fn top_limb(&self) -> usize {
        let width = self.format().width;
        let more = |i: &usize| self.data.chunks_exact(width).any(|x| x[*i] != limbs::sign(x));
        (0..width).rev().find(more).unwrap_or(0)
    }

    /// What was found in units of `2^(64 top - frac)` by sums of at most a million sizes, each with a few roundings of
    /// relative size 2^-53 (in it, in its weight and in the sum): 10^-9 covers them.
    fn bound(&self, x: f64, top: usize) -> Mag {
        if x == 0.0 {
            return Mag::ZERO;
        }
        let unit = 64 * top as i64 - i64::from(self.format().frac);
        (Mag::from_f64(x * (1.0 + 1e-9)) + Mag::pow2(-60)).shl(unit)
    }
}

/// Coefficients that are looked at together.
const LANES: usize = 8;

/// `|x|` in units of `2^(64 top)`, at least, up to the rounding of doubles. The magnitude of a negative number is its
/// complement plus one; that one and what is cut off add less than two in the limb below the top one.
#[inline(always)]
fn size(x: &[u64], top: usize) -> f64 {
    let mask = limbs::sign(x);
    let head = (x[top] ^ mask) as f64;
    if top == 0 {
        return head + (mask & 1) as f64;
    }
    head + ((x[top - 1] ^ mask) as f64 + 2.0) * (1.0 / (1u128 << 64) as f64)
}

mod kernels {
    use super::{LANES, for_each_instruction_set, size};

    /// `[max |x_j|, Σ |x_j| w_j]`, the weights of a block being those of the one before times `factor`.
    #[inline(always)]
    fn norms_generic(
        data: &[u64],
        width: usize,
        top: usize,
        mut weights: [f64; LANES],
        factor: f64,
        out: &mut [f64; 2],
    ) {
        let (mut largest, mut sums) = ([0.0f64; LANES], [0.0f64; LANES]);
        for block in data.chunks(LANES * width) {
            let mut sizes = [0.0; LANES];
            for (s, x) in sizes.iter_mut().zip(block.chunks_exact(width)) {
                *s = size(x, top);
            }
            for i in 0..LANES {
                largest[i] = largest[i].max(sizes[i]);
                sums[i] += sizes[i] * weights[i];
                weights[i] *= factor;
            }
        }
        *out = [largest.into_iter().fold(0.0, f64::max), sums.iter().sum()];
    }

    for_each_instruction_set! {
        norms / norms_with = norms_generic(data: &[u64], width: usize, top: usize, weights: [f64; LANES], factor: f64, out: &mut [f64; 2]);
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixed::Format;
    use super::*;
    use crate::number::Ball;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn bounds_hold_and_are_narrow(values in prop::collection::vec((-1_000_000i64..1_000_000, 0i32..120), 1..40), frac in 20u32..150) {
            let format = Format { frac, width: (frac as usize + 40).div_ceil(64), degree: values.len() - 1 };
            let balls: Vec<Ball> = values.iter().map(|(v, s)| Ball::from_integer(*v, 64).shl(-*s)).collect();
            let series = Fixed::from_balls(format, 0, 1, &balls).midpoints();
            let exact: Vec<Mag> = (0..values.len()).map(|k| series.ball(k, 300).magnitude()).collect();
            let total = exact.iter().fold(Mag::ZERO, |a, b| a + *b);
            let (largest, sum) = series.norms();
            let more = Mag::from_f64(1.0 + 1e-8);
            // The least that is not zero is one unit in the last place.
            prop_assert!(exact.iter().all(|x| *x <= largest * more) && total <= sum * more);
            let slack = format.ulp() * Mag::from_usize(2 * values.len());
            prop_assert!(largest <= exact.iter().fold(Mag::ZERO, |a, b| a.max(*b)) * more + slack);
            prop_assert!(sum <= total * more + slack);
            let mut partial = Mag::ZERO;
            for (k, x) in exact.iter().enumerate() {
                partial = partial + *x;
                let root = Mag::from_f64(((k + 1) as f64).sqrt());
                prop_assert!(partial <= series.partial_sum_growth() * root * more);
            }
        }
    }

    /// Doubles round most of these down, and each sum of theirs too.
    #[test]
    fn every_instruction_set_bounds_the_sums_of_integers() {
        for (width, top) in [(1, 0), (2, 0), (2, 1), (3, 1), (3, 2)] {
            for length in [1, 7, 8, 9, 16, 100, 4000] {
                for small in [1u64, 255, 511, (1 << 62) + 1, 1 << 63, u64::MAX] {
                    // A few large ones first, beside which half a unit of a double is lost at each sum.
                    let head = |i: usize| if i < LANES { (1u64 << 62) + 511 } else { small };
                    let limbs = |i: usize| {
                        let mut x = vec![0; width];
                        x[top] = if top + 1 == width && head(i) >> 63 == 0 { head(i) } else { head(i) >> 1 };
                        x[..top].fill(u64::MAX);
                        x
                    };
                    let data: Vec<u64> = (0..length).flat_map(limbs).collect();
                    let format = Format { frac: 0, width, degree: length - 1 };
                    let series = Fixed::exact(format, 0, 1, data);
                    let sizes = || series.data.chunks_exact(width).map(rug_integer);
                    let (most, sum) = (sizes().max().unwrap(), sizes().sum::<rug::Integer>());
                    for series in [series.clone(), series.clone().negated()] {
                        for set in super::super::dispatch::InstructionSet::all() {
                            let mut out = [0.0; 2];
                            kernels::norms_with(set, &series.data, width, top, [1.0; LANES], 1.0, &mut out);
                            for (got, truth) in out.into_iter().zip([&most, &sum]) {
                                let bound = series.bound(got, top).to_float();
                                assert!(bound >= *truth, "{set:?}: {length} of {width} limbs, {small}");
                                assert!(
                                    bound <= rug::Float::with_val(300, truth) * 1.0000001f64,
                                    "{set:?} is loose"
                                );
                            }
                        }
                        let root = (rug::Float::with_val(300, length)).sqrt();
                        assert!(series.partial_sum_growth().to_float() * root >= sum);
                    }
                }
            }
        }
    }

    fn rug_integer(limbs: &[u64]) -> rug::Integer {
        rug::Integer::from_digits(limbs, rug::integer::Order::Lsf)
    }

    #[test]
    fn weights_of_every_instruction_set_agree() {
        let data: Vec<u64> = (0..1001u64).map(|i| i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 3).collect();
        let w = 0.999f64;
        let weights = std::array::from_fn(|i| w.powi(i as i32));
        let exact: f64 = data.iter().enumerate().map(|(j, x)| *x as f64 * w.powi(j as i32)).sum();
        for set in super::super::dispatch::InstructionSet::all() {
            let mut out = [0.0; 2];
            kernels::norms_with(set, &data, 1, 0, weights, w.powi(LANES as i32), &mut out);
            assert!((out[1] / exact - 1.0).abs() < 1e-11, "{set:?}");
        }
    }

    #[test]
    fn zero_is_zero() {
        let format = Format { frac: 80, width: 2, degree: 3 };
        assert_eq!(Fixed::from_balls(format, 0, 1, &[Ball::zero(64)]).norms(), (Mag::ZERO, Mag::ZERO));
    }
}
