//! Fixed-point integers to residues modulo several primes, and back.

use super::dispatch::for_each_instruction_set;
use super::limbs;
use super::modular::{Multiplier, Prime};

/// Splits integers of `width` limbs into planes of 32-bit digits, most significant first; the first
/// plane is signed.
pub fn digit_planes(data: &[u64], width: usize, buffer: impl Fn() -> Vec<f64>) -> Vec<Vec<f64>> {
    let plane = |digit: usize| {
        let mut out = buffer();
        out.extend(data.chunks_exact(width).map(|x| {
            let half = (x[digit / 2] >> (32 * (digit % 2))) as u32;
            if digit + 1 == 2 * width { f64::from(half as i32) } else { f64::from(half) }
        }));
        out
    };
    (0..2 * width).rev().map(plane).collect()
}

/// The residues modulo one prime, at most `2p` in magnitude before the last reduction, `p` after.
pub fn residues(prime: &Prime, planes: &[Vec<f64>], out: &mut [f64]) {
    out.copy_from_slice(&planes[0]);
    let shift = prime.multiplier(1 << 32);
    for plane in &planes[1..] {
        kernels::horner(prime, shift, out, plane);
    }
}

/// What turns residues modulo `k` primes back into an integer.
pub struct Garner {
    primes: Vec<Prime>,
    /// `(M/p_i)^{-1} mod p_i`.
    weights: Vec<Multiplier>,
    /// `M/p_i` in limbs.
    cofactors: Vec<Vec<u64>>,
    /// `M`, the product of the primes, in limbs.
    modulus: Vec<u64>,
}

impl Garner {
    pub fn new(primes: &[Prime]) -> Garner {
        let product = |skip: Option<usize>| {
            let mut out = vec![1u64];
            for (i, prime) in primes.iter().enumerate() {
                if Some(i) != skip {
                    let over = limbs::mul_small(&mut out, prime.value);
                    if over > 0 {
                        out.push(over);
                    }
                }
            }
            out
        };
        let weight = |i: usize| {
            let prime = primes[i];
            let others = primes.iter().enumerate().filter(|(j, _)| *j != i);
            let cofactor = others.fold(1u64, |acc, (_, other)| {
                (u128::from(acc) * u128::from(other.value % prime.value) % u128::from(prime.value)) as u64
            });
            prime.multiplier(prime.invert(cofactor))
        };
        Garner {
            primes: primes.to_vec(),
            weights: (0..primes.len()).map(weight).collect(),
            cofactors: (0..primes.len()).map(|i| product(Some(i))).collect(),
            modulus: product(None),
        }
    }

    /// Rebuilds integers `x`, `|x| < M/4`, from their residues (`residues[i]` modulo the `i`-th prime,
    /// overwritten), and appends `x / 2^shift`, rounded to nearest, as `width` limbs each.
    ///
    /// With `y_i = x (M/p_i)^{-1} mod p_i`, `x = Σ y_i M/p_i - q M`, and `Σ y_i/p_i = q + x/M` is within
    /// 1/4 of the integer `q`: a sum in doubles finds it.
    pub fn rebuild(&self, residues: &mut [Vec<f64>], shift: u32, width: usize, out: &mut Vec<u64>) {
        let count = residues[0].len();
        let mut quotients = vec![0.0; count];
        for ((prime, weight), plane) in self.primes.iter().zip(&self.weights).zip(residues.iter_mut()) {
            kernels::weigh(prime, *weight, plane, &mut quotients);
        }
        let start = out.len();
        out.resize(start + count * width, 0);
        let targets = &mut out[start..];
        // The limbs of the modulus are few: known lengths keep the sums in registers.
        match self.modulus.len() {
            ..=3 => self.sum_cofactors::<4>(residues, &quotients, shift, width, targets),
            4 => self.sum_cofactors::<5>(residues, &quotients, shift, width, targets),
            5 => self.sum_cofactors::<6>(residues, &quotients, shift, width, targets),
            6..=8 => self.sum_cofactors::<9>(residues, &quotients, shift, width, targets),
            9..=12 => self.sum_cofactors::<13>(residues, &quotients, shift, width, targets),
            _ => self.sum_cofactors::<MOST_LIMBS>(residues, &quotients, shift, width, targets),
        }
    }

    /// `(Σ y_i M/p_i - q M) / 2^shift` in sums of `LIMBS` limbs, one more than the modulus has at least.
    fn sum_cofactors<const LIMBS: usize>(
        &self,
        residues: &[Vec<f64>],
        quotients: &[f64],
        shift: u32,
        width: usize,
        targets: &mut [u64],
    ) {
        let pad = |x: &[u64]| {
            let mut out = [0u64; LIMBS];
            out[..x.len()].copy_from_slice(x);
            out
        };
        let cofactors: Vec<[u64; LIMBS]> = self.cofactors.iter().map(|x| pad(x)).collect();
        let modulus = pad(&self.modulus);
        for (j, target) in targets.chunks_exact_mut(width).enumerate() {
            let mut acc = [0u64; LIMBS];
            for (cofactor, plane) in cofactors.iter().zip(residues) {
                limbs::add_mul(&mut acc, cofactor, plane[j] as u64);
            }
            // Rounded to nearest: the quotient is not negative.
            limbs::sub_mul(&mut acc, &modulus, (quotients[j] + 0.5) as u64);
            limbs::shift_right_rounded(&acc, shift, target);
        }
    }
}

/// Limbs that hold the sums for the largest number of primes: `40 · 50` bits and one limb more.
const MOST_LIMBS: usize = 34;

mod kernels {
    use super::{Multiplier, Prime, for_each_instruction_set};

    /// `x = x 2^32 + digit`, reduced.
    #[inline(always)]
    fn horner_generic(prime: &Prime, shift: Multiplier, x: &mut [f64], digits: &[f64]) {
        for (a, d) in x.iter_mut().zip(digits) {
            *a = prime.reduce(prime.mul(*a, shift) + d);
        }
    }

    /// `x = x w mod p` in `[0, p]`; adds `x/p` to the quotients.
    #[inline(always)]
    fn weigh_generic(prime: &Prime, w: Multiplier, x: &mut [f64], quotients: &mut [f64]) {
        for (a, q) in x.iter_mut().zip(quotients) {
            let y = prime.mul(*a, w);
            let y = if y < 0.0 { y + prime.p } else { y };
            *q += y * prime.inverse;
            *a = y;
        }
    }

    for_each_instruction_set! {
        horner = horner_generic(prime: &Prime, shift: Multiplier, x: &mut [f64], digits: &[f64]);
        weigh = weigh_generic(prime: &Prime, w: Multiplier, x: &mut [f64], quotients: &mut [f64]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::modular::primes;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn there_and_back(values in prop::collection::vec((any::<[u64; 3]>(), 0u32..3), 1..20), k in 4usize..7) {
            let primes = primes(k);
            let mut data = Vec::new();
            for (limbs, size) in &values {
                // 3 limbs, of which the top ones are a sign extension of a random size.
                let mut x = limbs.to_vec();
                let fill = if limbs[2] >> 63 == 1 { u64::MAX } else { 0 };
                for limb in x.iter_mut().skip(1 + *size as usize) { *limb = fill; }
                x[2] = (x[2] as i64 >> 2) as u64;
                data.extend(x);
            }
            let planes = digit_planes(&data, 3, Vec::new);
            let mut residues: Vec<Vec<f64>> = primes.iter().map(|p| {
                let mut out = vec![0.0; values.len()];
                super::residues(p, &planes, &mut out);
                out
            }).collect();
            let mut back = Vec::new();
            Garner::new(&primes).rebuild(&mut residues, 0, 3, &mut back);
            prop_assert_eq!(back, data);
        }
    }
}
