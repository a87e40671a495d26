//! Normal numbers that are the same on every machine.

use rand_xoshiro::Xoshiro256StarStar;
use rand_xoshiro::rand_core::{Rng, SeedableRng};

/// A stream of standard normal doubles from a seed, the same on every machine with IEEE 754 doubles.
///
/// * Random bits: xoshiro256\*\* (Blackman and Vigna), its 256 bits of state being the first four outputs of splitmix64
///   started at the seed.
/// * Uniforms: $u = (2k + 1)/2^{52} - 1$ with $k$ the upper 52 bits of an output: exact, symmetric, never 0.
/// * Normals: Marsaglia's polar method. For $s = u^2 + v^2 < 1$ the numbers $u f$ and $v f$, $f = \sqrt{-2 \ln s / s}$,
///   are two independent standard normals, given out in this order; other pairs are skipped.
///
/// Only `+ - * / sqrt`, each correctly rounded, are used: the logarithm is the sum of twelve terms of $\ln m = 2
/// \operatorname{artanh}((m - 1)/(m + 1))$ after $s = 2^e m$, $1/\sqrt 2 \le m < \sqrt 2$. No function of the system's
/// mathematical library enters, whose last bit differs from one system to the next.
///
/// # Examples
/// ```
/// use ntk_series::finite::Generator;
/// let mut stream = Generator::new(1);
/// let first: Vec<f64> = (0..1000).map(|_| stream.normal()).collect();
/// let mean = first.iter().sum::<f64>() / 1000.0;
/// assert!(mean.abs() < 0.1 && Generator::new(1).normal() == first[0]);
/// ```
#[derive(Clone, Debug)]
pub struct Generator {
    source: Xoshiro256StarStar,
    /// The second of a pair.
    waiting: Option<f64>,
}

impl Generator {
    /// The stream of a seed.
    pub fn new(seed: u64) -> Generator {
        Generator { source: Xoshiro256StarStar::seed_from_u64(seed), waiting: None }
    }

    /// 64 random bits.
    pub(crate) fn bits(&mut self) -> u64 {
        self.source.next_u64()
    }

    /// Uniform on (-1, 1).
    pub(crate) fn uniform(&mut self) -> f64 {
        let k = (self.bits() >> 12) as i64;
        // An odd number of at most 53 bits, and a power of two: exact.
        (2 * k + 1 - (1 << 52)) as f64 / (1u64 << 52) as f64
    }

    /// Standard normal.
    pub fn normal(&mut self) -> f64 {
        if let Some(second) = self.waiting.take() {
            return second;
        }
        loop {
            let (u, v) = (self.uniform(), self.uniform());
            let s = u * u + v * v;
            if s < 1.0 {
                let factor = (-2.0 * logarithm(s) / s).sqrt();
                self.waiting = Some(v * factor);
                return u * factor;
            }
        }
    }
}

/// `ln s` of a normal double `0 < s <= 1`, to a few units in the last place.
fn logarithm(s: f64) -> f64 {
    let bits = s.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut m = f64::from_bits((bits & ((1 << 52) - 1)) | (1023 << 52));
    if m > std::f64::consts::SQRT_2 {
        m /= 2.0;
        exponent += 1;
    }
    let f = (m - 1.0) / (m + 1.0);
    let square = f * f;
    // |f| <= 3 - 2√2 < 0.172: what is left out is below 0.172^24/25 < 2^-65.
    let sum = (0..12).rev().fold(0.0, |sum, k| sum * square + 1.0 / (2 * k + 1) as f64);
    exponent as f64 * std::f64::consts::LN_2 + 2.0 * f * sum
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Within two units in the last place of the same in 200 bits by another program.
    #[test]
    fn the_stream_is_fixed() {
        let mut stream = Generator::new(0);
        let first = [(); 4].map(|()| stream.normal().to_bits());
        assert_eq!(
            first,
            [4603562449273866725, 4609269656719519734, 13829609173090531488, 13819315732369750748]
        );
    }

    #[test]
    fn logarithms() {
        let mut stream = Generator::new(7);
        for _ in 0..10_000 {
            let s = stream.uniform().abs().powi(3).max(1e-30);
            assert!((logarithm(s) - s.ln()).abs() <= 4e-16 * s.ln().abs(), "{s}");
        }
    }

    /// Moments, and counts of the tails, within five standard deviations.
    #[test]
    fn moments_of_the_normal_law() {
        let n = 1_000_000;
        let mut stream = Generator::new(42);
        let (mut sums, mut beyond) = ([0.0; 4], [0usize; 3]);
        for _ in 0..n {
            let z = stream.normal();
            (0..4).for_each(|k| sums[k] += z.powi(k as i32 + 1));
            (0..3).for_each(|k| beyond[k] += usize::from(z > (k + 1) as f64));
        }
        // E[Z^k] and the variance of Z^k.
        for (k, (mean, variance)) in [(0.0, 1.0), (1.0, 2.0), (0.0, 15.0), (3.0, 96.0)].iter().enumerate() {
            let error: f64 = sums[k] / n as f64 - mean;
            assert!(error.abs() < 5.0 * (variance / n as f64).sqrt(), "moment {}: {error}", k + 1);
        }
        for (k, p) in [0.158655253931, 0.022750131948, 0.001349898032].iter().enumerate() {
            let error = beyond[k] as f64 - p * n as f64;
            assert!(error.abs() < 5.0 * (p * n as f64).sqrt(), "beyond {}: {error}", k + 1);
        }
    }
}
