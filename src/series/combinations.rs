//! Many linear combinations of a few long series: a matrix product, modulo primes.

use super::dispatch::for_each_instruction_set;
use super::fixed::{Fixed, Format};
use super::limbs;
use super::modular::{Multiplier as Factor, Prime};
use super::multiply::{MAX_PRIMES, Multiplier, all_primes, primes_for};
use super::residues::{digit_planes, residues};
use crate::number::Mag;

/// Coefficients that are treated together: the residues of the series modulo one prime stay in the fastest cache.
const BLOCK: usize = 64;

/// Series that are multiplied and added before a reduction: `p/2 + 3p < 2^52`.
const TOGETHER: usize = 3;

/// What is asked for: `Σ_i c_i s_i`, its first `length` coefficients.
pub struct Row<'a> {
    /// Fixed-point numbers like the coefficients, one for each series at most.
    pub scalars: &'a [u64],
    pub length: usize,
}

/// `Σ_i c_i s_i` for each row `c` of scalars, each coefficient of the midpoints rounded once; `bound` is an upper bound
/// of every such sum. The result is off by [`rounding`] at most.
pub fn combinations(engine: &Multiplier, rows: &[Row], series: &[Fixed], bound: Mag) -> Vec<Vec<u64>> {
    let format = engine.format();
    let bits = 2 * i64::from(format.frac) + bound.log2_ceil().unwrap_or(0).max(0) + 3;
    match primes_for(bits) {
        count if count <= MAX_PRIMES => modulo_primes(engine, rows, series, count),
        _ => rows.iter().map(|row| by_limbs(row, series, format)).collect(),
    }
}

/// What one coefficient of a combination of `count` series loses: half a unit, and what [`by_limbs`] leaves out.
pub fn rounding(format: Format, count: usize) -> Mag {
    // At most width² products of limbs below 2^-64 ulp for each series.
    let cut = Mag::from_usize(count) * Mag::from_usize(format.width).pow(2) * format.ulp().shl(-64);
    format.half_ulp() + cut
}

fn modulo_primes(engine: &Multiplier, rows: &[Row], series: &[Fixed], count: usize) -> Vec<Vec<u64>> {
    let Format { width, frac, .. } = engine.format();
    let primes = &all_primes()[..count];
    let garner = engine.garner(count);
    let length = series.iter().map(Fixed::len).max().unwrap_or(0);
    let factors: Vec<Vec<Vec<Factor>>> =
        rows.iter().map(|row| row_factors(primes, row.scalars, width)).collect();
    let mut out: Vec<Vec<u64>> = rows.iter().map(|row| vec![0; row.length.min(length) * width]).collect();
    let mut values = vec![vec![0.0; BLOCK]; series.len().next_multiple_of(TOGETHER)];
    let mut sums = vec![vec![vec![0.0; BLOCK]; count]; rows.len()];
    for from in (0..length).step_by(BLOCK) {
        let size = BLOCK.min(length - from);
        let planes: Vec<Vec<Vec<f64>>> = series.iter().map(|s| block_planes(s, from, width)).collect();
        for (index, prime) in primes.iter().enumerate() {
            for (value, planes) in values.iter_mut().zip(&planes) {
                residues(prime, planes, value);
            }
            for ((factors, sums), row) in factors.iter().zip(&mut sums).zip(rows) {
                if row.length <= from {
                    continue;
                }
                let sum = &mut sums[index];
                sum.fill(0.0);
                for (factors, values) in factors[index].chunks(TOGETHER).zip(values.chunks(TOGETHER)) {
                    let x: [&[f64]; TOGETHER] = std::array::from_fn(|i| &values[i][..]);
                    let m = std::array::from_fn(|i| factors.get(i).copied().unwrap_or(Factor::ZERO));
                    kernels::accumulate(prime, m, x, sum);
                }
            }
        }
        for (out, sums) in out.iter_mut().zip(&mut sums) {
            let Some(target) = out.get_mut(from * width..) else { continue };
            let wanted = size.min(target.len() / width);
            target[..wanted * width].copy_from_slice(&garner.rebuild(sums, wanted, frac, width));
        }
    }
    out
}

/// The scalars of a row modulo each prime.
fn row_factors(primes: &[Prime], row: &[u64], width: usize) -> Vec<Vec<Factor>> {
    let planes = digit_planes(row, width, i64::MAX, Vec::new);
    let mut values = vec![0.0; row.len() / width];
    let modulo = |prime: &Prime| {
        residues(prime, &planes, &mut values);
        values.iter().map(|x| prime.symmetric_multiplier(*x)).collect()
    };
    primes.iter().map(modulo).collect()
}

/// The digits of a block of coefficients, zeros where there are none.
fn block_planes(series: &Fixed, from: usize, width: usize) -> Vec<Vec<f64>> {
    let stored = from.min(series.len())..(from + BLOCK).min(series.len());
    let data = &series.data[stored.start * width..stored.end * width];
    let mut planes = digit_planes(data, width, i64::MAX, Vec::new);
    planes.iter_mut().for_each(|plane| plane.resize(BLOCK, 0.0));
    planes
}

/// One combination by products of limbs. Negative midpoints, which stand for numbers `>= 0`, count as zero: that brings
/// them closer to the truth. Products of limbs that would end more than a limb below the last place are left out.
fn by_limbs(row: &Row, series: &[Fixed], format: Format) -> Vec<u64> {
    let width = format.width;
    let cut = (format.frac / 64).saturating_sub(1) as usize;
    let used = |x: &[u64]| match limbs::is_negative(x) {
        true => 0,
        false => x.iter().rposition(|limb| *limb != 0).map_or(0, |top| top + 1),
    };
    let terms: Vec<(&[u64], &Fixed)> = row
        .scalars
        .chunks_exact(width)
        .zip(series)
        .map(|(scalar, s)| (&scalar[..used(scalar)], s))
        .filter(|(scalar, _)| !scalar.is_empty())
        .collect();
    let count = terms.iter().map(|(_, s)| s.len()).max().unwrap_or(0).min(row.length);
    let mut out = vec![0; count * width];
    let mut acc = vec![0u64; 2 * width + 1];
    for (p, target) in out.chunks_exact_mut(width).enumerate() {
        acc.fill(0);
        for (scalar, s) in &terms {
            let Some(x) = s.data.get(p * width..(p + 1) * width) else { continue };
            let x = &x[..used(x)];
            for (i, digit) in scalar.iter().enumerate() {
                // x[j] digit ends below limb i + j + 2.
                let from = (cut + 1).saturating_sub(i + 2);
                if from < x.len() {
                    limbs::add_mul(&mut acc[i + from..], &x[from..], *digit);
                }
            }
        }
        limbs::shift_right_rounded(&acc, format.frac, target);
    }
    out
}

mod kernels {
    use super::{Factor, Prime, TOGETHER, for_each_instruction_set};

    /// `sum = sum + Σ m_i x_i mod p`, for `|sum| <= p`, `|x_i| <= 2p`.
    #[inline(always)]
    fn accumulate_generic(prime: &Prime, m: [Factor; TOGETHER], x: [&[f64]; TOGETHER], sum: &mut [f64]) {
        let [x0, x1, x2] = x;
        for (((s, a), b), c) in sum.iter_mut().zip(x0).zip(x1).zip(x2) {
            *s = prime.reduce(*s + prime.mul(*a, m[0]) + prime.mul(*b, m[1]) + prime.mul(*c, m[2]));
        }
    }

    for_each_instruction_set! {
        accumulate / accumulate_with = accumulate_generic(prime: &Prime, m: [Factor; TOGETHER], x: [&[f64]; TOGETHER], sum: &mut [f64]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Ball;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ntk_testing::cases(24))]
        #[test]
        fn both_ways_agree_with_the_sum(
            scalars in prop::collection::vec(0i64..1000, 1..8), length in 1usize..150, cut in 0usize..3, frac in prop::sample::select(vec![80u32, 200, 700]),
        ) {
            let format = Format { frac, width: (frac as usize + 50).div_ceil(64), degree: length - 1 };
            let third = |n: i64| Ball::from_integer(n, frac + 64).div_integer(3);
            let row = Fixed::unbounded(format, &scalars.iter().map(|c| third(*c)).collect::<Vec<_>>());
            let series: Vec<Fixed> = (0..scalars.len() as i64)
                .map(|i| Fixed::from_balls(format, 0, 1, &(0..length as i64).map(|p| third(p * i + 1)).collect::<Vec<_>>()))
                .collect();
            let engine = Multiplier::new(format);
            let rows = [Row { scalars: &row.data, length: length - cut.min(length) }];
            let fast = modulo_primes(&engine, &rows, &series, primes_for(2 * i64::from(frac) + 40)).remove(0);
            let slow = by_limbs(&rows[0], &series, format);
            let error = rounding(format, scalars.len()) + format.ulp() * Mag::from_usize(400_000);
            for data in [fast, slow] {
                let sum = Fixed::exact(format, 0, 1, data);
                prop_assert!(sum.len() <= rows[0].length);
                for p in 0..rows[0].length {
                    let terms = scalars.iter().enumerate().map(|(i, c)| &third(*c) * &third((p * i + 1) as i64));
                    let truth = terms.fold(Ball::zero(frac + 64), |acc, t| acc + t);
                    prop_assert!(sum.ball(p, frac + 64).widened(error).overlaps(&truth), "coefficient {}", p);
                }
            }
        }
    }

    #[test]
    fn instruction_sets_agree_bit_for_bit() {
        let sets = super::super::dispatch::InstructionSet::all();
        let prime = &all_primes()[0];
        let half = (prime.p - 1.0) / 2.0;
        let factors = [-half, 1.0, half].map(|x| prime.symmetric_multiplier(x));
        for length in [1usize, 7, 8, 9, 63, BLOCK] {
            let ends = [-2.0 * prime.p, -prime.p, -1.0, 0.0, prime.p, 2.0 * prime.p];
            let x: [Vec<f64>; TOGETHER] =
                std::array::from_fn(|j| (0..length).map(|i| ends[(i + j) % 6]).collect());
            let start: Vec<f64> = (0..length).map(|i| [prime.p, -prime.p, 5.0][i % 3]).collect();
            let results: Vec<Vec<f64>> = sets
                .iter()
                .map(|set| {
                    let mut sum = start.clone();
                    kernels::accumulate_with(*set, prime, factors, x.each_ref().map(|x| &x[..]), &mut sum);
                    sum
                })
                .collect();
            for (set, result) in sets.iter().zip(&results) {
                assert_eq!(result, &results[0], "{set:?}, length {length}");
            }
            for (i, got) in results[0].iter().enumerate() {
                let terms = factors.iter().zip(&x).map(|(m, x)| m.w as i128 * x[i] as i128);
                let truth = start[i] as i128 + terms.sum::<i128>();
                assert_eq!((*got as i128 - truth) % i128::from(prime.value), 0);
            }
        }
    }
}
