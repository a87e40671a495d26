//! Fixed-point integers to residues modulo several primes, and back.

use super::dispatch::for_each_instruction_set;
use super::limbs;
use super::modular::{Multiplier, Prime};

/// Splits integers of `width` limbs, below `2^bits` in magnitude, into planes of 32-bit digits, most significant first;
/// the first plane is signed.
pub fn digit_planes(data: &[u64], width: usize, bits: i64, buffer: impl Fn() -> Vec<f64>) -> Vec<Vec<f64>> {
    // With a bit for the sign.
    let count = (bits.clamp(0, 64 * width as i64) as usize / 32 + 1).min(2 * width);
    let plane = |digit: usize| {
        let mut out = buffer();
        let halves = data.chunks_exact(width).map(|x| (x[digit / 2] >> (32 * (digit % 2))) as u32);
        if digit + 1 == count {
            out.extend(halves.map(|half| f64::from(half as i32)));
        } else {
            out.extend(halves.map(f64::from));
        }
        out
    };
    (0..count).rev().map(plane).collect()
}

/// The residues modulo one prime, at most `2p` in magnitude before the last reduction, `p` after.
pub fn residues(prime: &Prime, planes: &[Vec<f64>], out: &mut [f64]) {
    out.copy_from_slice(&planes[0]);
    let shift = prime.multiplier(1 << 32);
    for plane in &planes[1..] {
        kernels::horner(prime, shift, out, plane);
    }
}

/// What turns residues modulo `k` primes back into an integer, by its digits in the mixed radix `p_0, p_1, …`.
pub struct Garner {
    primes: Vec<Prime>,
    /// `inverses[i][j]` is `p_j^{-1} mod p_i`, `j < i`.
    inverses: Vec<Vec<Multiplier>>,
}

/// Coefficients whose digits are found together: their planes stay in the cache.
const BLOCK: usize = 256;

impl Garner {
    pub fn new(primes: &[Prime]) -> Garner {
        let inverse = |of: &Prime, modulo: &Prime| modulo.multiplier(modulo.invert(of.value % modulo.value));
        let row = |i: usize| primes[..i].iter().map(|of| inverse(of, &primes[i])).collect();
        Garner { primes: primes.to_vec(), inverses: (0..primes.len()).map(row).collect() }
    }

    /// Rebuilds integers `x`, `|x| < M/4`, from their residues (`residues[i]` modulo the `i`-th prime,
    /// overwritten), for the first `count`: `x / 2^shift`, rounded to nearest, as `width` limbs each.
    ///
    /// With the digits `0 <= d_i < p_i` below the top one, and that one within `p/2 (1 + 2^-40)` of zero,
    /// `d_0 + p_0 (d_1 + p_1 (d_2 + …))` is congruent to `x` modulo `M` and less than `0.6 M` in magnitude: it is `x`.
    pub fn rebuild(&self, residues: &mut [Vec<f64>], count: usize, shift: u32, width: usize) -> Vec<u64> {
        let mut out = vec![0; count * width];
        for from in (0..count).step_by(BLOCK) {
            let range = from..count.min(from + BLOCK);
            self.digits(residues, range.clone());
            let targets = &mut out[range.start * width..range.end * width];
            // A known number of limbs keeps the sums in registers.
            match self.limbs() {
                ..=3 => self.assemble::<3>(residues, range, shift, width, targets),
                4 => self.assemble::<4>(residues, range, shift, width, targets),
                5..=8 => self.assemble::<8>(residues, range, shift, width, targets),
                9..=12 => self.assemble::<12>(residues, range, shift, width, targets),
                _ => self.assemble::<MOST_LIMBS>(residues, range, shift, width, targets),
            }
        }
        out
    }

    /// Limbs that hold `M` and a sign.
    fn limbs(&self) -> usize {
        (50 * self.primes.len() + 1).div_ceil(64)
    }

    /// Residues to digits, in place: `d_i = (…((x_i - d_0)/p_0 - d_1)/p_1 - …) mod p_i`.
    fn digits(&self, residues: &mut [Vec<f64>], range: std::ops::Range<usize>) {
        let last = self.primes.len() - 1;
        for (i, (prime, inverses)) in self.primes.iter().zip(&self.inverses).enumerate() {
            let (below, rest) = residues.split_at_mut(i);
            let x = &mut rest[0][range.clone()];
            for (inverse, digits) in inverses.iter().zip(below.iter()) {
                kernels::eliminate(prime, *inverse, x, &digits[range.clone()]);
            }
            if i == last {
                kernels::centre(prime, x);
            } else {
                kernels::lift(prime, x);
            }
        }
    }

    /// Horner's rule. The sign is that of the top digit throughout.
    fn assemble<const LIMBS: usize>(
        &self,
        digits: &[Vec<f64>],
        range: std::ops::Range<usize>,
        shift: u32,
        width: usize,
        targets: &mut [u64],
    ) {
        let last = self.primes.len() - 1;
        for (j, target) in range.zip(targets.chunks_exact_mut(width)) {
            let top = digits[last][j] as i64;
            let mut acc = [if top < 0 { u64::MAX } else { 0 }; LIMBS];
            acc[0] = top as u64;
            for (i, prime) in self.primes[..last].iter().enumerate().rev() {
                // `last - i + 1` digits of 50 bits and the sign.
                let limbs = (50 * (last - i + 1) + 1).div_ceil(64).min(LIMBS);
                limbs::mul_add_small(&mut acc[..limbs], prime.value, digits[i][j] as u64);
            }
            limbs::shift_right_rounded(&acc, shift, target);
        }
    }
}

/// Limbs for the largest number of primes: `40 · 50` bits and a sign.
const MOST_LIMBS: usize = 32;

mod kernels {
    use super::{Multiplier, Prime, for_each_instruction_set};

    /// `x = x 2^32 + digit`, reduced.
    #[inline(always)]
    fn horner_generic(prime: &Prime, shift: Multiplier, x: &mut [f64], digits: &[f64]) {
        for (a, d) in x.iter_mut().zip(digits) {
            *a = prime.reduce(prime.mul(*a, shift) + d);
        }
    }

    /// `x = (x - d) w mod p`, at most `p` in magnitude; `|x| <= 2p`, and `d` is a digit for another prime, so at most
    /// `2p`.
    #[inline(always)]
    fn eliminate_generic(prime: &Prime, w: Multiplier, x: &mut [f64], digits: &[f64]) {
        for (a, d) in x.iter_mut().zip(digits) {
            *a = prime.mul(*a - d, w);
        }
    }

    /// `x mod p` about zero.
    #[inline(always)]
    fn centre_generic(prime: &Prime, x: &mut [f64]) {
        for a in x {
            *a = prime.reduce(*a);
        }
    }

    /// `x mod p` in `[0, p)`.
    #[inline(always)]
    fn lift_generic(prime: &Prime, x: &mut [f64]) {
        for a in x {
            let y = prime.reduce(*a);
            *a = if y < 0.0 { y + prime.p } else { y };
        }
    }

    for_each_instruction_set! {
        horner / horner_with = horner_generic(prime: &Prime, shift: Multiplier, x: &mut [f64], digits: &[f64]);
        eliminate / eliminate_with = eliminate_generic(prime: &Prime, w: Multiplier, x: &mut [f64], digits: &[f64]);
        centre / centre_with = centre_generic(prime: &Prime, x: &mut [f64]);
        lift / lift_with = lift_generic(prime: &Prime, x: &mut [f64]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::modular::primes;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn there_and_back(values in prop::collection::vec((any::<[u64; 32]>(), 0u32..3), 1..20), k in 1usize..41) {
            let primes = primes(k);
            let bits = 49 * k - 3;
            let width = (bits + 1).div_ceil(64);
            let mut data = Vec::new();
            for (limbs, size) in &values {
                let mut x = limbs[..width].to_vec();
                x[width - 1] = (x[width - 1] as i64 >> (64 * width - bits)) as u64;
                // Some are short: the top limbs are a sign extension.
                let fill = limbs::sign(&x);
                x.iter_mut().skip(1 + *size as usize * width / 2).for_each(|limb| *limb = fill);
                data.extend(x);
            }
            let planes = digit_planes(&data, width, bits as i64, Vec::new);
            let mut residues: Vec<Vec<f64>> = primes.iter().map(|p| {
                let mut out = vec![0.0; values.len()];
                super::residues(p, &planes, &mut out);
                out
            }).collect();
            let back = Garner::new(&primes).rebuild(&mut residues, values.len(), 0, width);
            prop_assert_eq!(back, data);
        }
    }

    /// Every step is exact, so that not a bit differs; lengths around that of a vector, entries at the ends of their
    /// ranges.
    #[test]
    fn instruction_sets_agree_bit_for_bit() {
        let sets = super::super::dispatch::InstructionSet::all();
        for prime in primes(3) {
            let w = prime.multiplier(prime.value / 2 + 12345);
            for length in [1usize, 3, 4, 7, 8, 9, 16, 31, 64, 100] {
                let ends = [-prime.p, -1.0, 0.0, 1.0, prime.p / 2.0 + 0.5, prime.p - 1.0, prime.p];
                let x: Vec<f64> = (0..length).map(|i| ends[i % 7]).collect();
                let digits: Vec<f64> = (0..length).map(|i| f64::from(u32::MAX >> (i % 33).min(31))).collect();
                let results: Vec<[Vec<f64>; 4]> = sets
                    .iter()
                    .map(|set| {
                        let mut out = [(); 4].map(|()| x.clone());
                        kernels::horner_with(*set, &prime, prime.multiplier(1 << 32), &mut out[0], &digits);
                        kernels::eliminate_with(*set, &prime, w, &mut out[1], &digits);
                        kernels::centre_with(*set, &prime, &mut out[2]);
                        kernels::lift_with(*set, &prime, &mut out[3]);
                        out
                    })
                    .collect();
                for (set, result) in sets.iter().zip(&results) {
                    assert_eq!(result, &results[0], "{set:?}, length {length}");
                }
                let modulus = i128::from(prime.value);
                for (i, a) in x.iter().enumerate() {
                    let [horner, eliminated, centred, lifted] =
                        results[0].each_ref().map(|out| out[i] as i128);
                    assert_eq!((horner - (*a as i128 * (1 << 32) + digits[i] as i128)) % modulus, 0);
                    assert_eq!((eliminated - (*a - digits[i]) as i128 * w.w as i128) % modulus, 0);
                    assert_eq!(((centred - *a as i128) % modulus, (lifted - *a as i128) % modulus), (0, 0));
                    assert!((0..modulus).contains(&lifted) && 2 * centred.abs() <= modulus + 2);
                }
            }
        }
    }
}
