//! Arithmetic modulo a 50-bit prime in doubles.
//!
//! A residue is an integer held in a double, `|x| <= p` unless said otherwise. With `p < 2^50` every
//! step below is exact: products are split into a high and a low double by a fused multiply-add.

/// Adding and subtracting this rounds a double of magnitude at most `2^51` to an integer.
const ROUNDER: f64 = 6_755_399_441_055_744.0; // 1.5 * 2^52

/// Transform lengths divide this: powers of two, times 3 or 5.
pub const LENGTH_FACTOR: u64 = 15 << 24;

/// A prime `p < 2^50` with `p ≡ 1 (mod 15 · 2^24)`.
#[derive(Clone, Copy, Debug)]
pub struct Prime {
    pub p: f64,
    pub inverse: f64,
    pub value: u64,
}

/// A fixed multiplier `w` with `w/p` at hand.
#[derive(Clone, Copy, Debug)]
pub struct Multiplier {
    pub w: f64,
    pub over_p: f64,
}

impl Multiplier {
    /// Zero.
    pub const ZERO: Multiplier = Multiplier { w: 0.0, over_p: 0.0 };
}

impl Prime {
    fn new(value: u64) -> Prime {
        Prime { p: value as f64, inverse: 1.0 / value as f64, value }
    }

    /// The multiplier `w mod p`, in the symmetric range.
    pub fn multiplier(&self, w: u64) -> Multiplier {
        let w = w % self.value;
        let w = if w > self.value / 2 { w as f64 - self.p } else { w as f64 };
        Multiplier { w, over_p: w / self.p }
    }

    /// The multiplier for a residue in a double.
    pub fn symmetric_multiplier(&self, x: f64) -> Multiplier {
        let w = self.reduce(x);
        Multiplier { w, over_p: w / self.p }
    }

    /// `x * m mod p` for `|x| <= 4p`: the result is at most `p` in magnitude.
    ///
    /// The quotient is off by at most `1/2 + |x| 2^-53 <= 1` (`|w/p| <= 1/2`, two roundings), and
    /// `x w - q p` is an integer below `2^53`, so it is exact.
    #[inline(always)]
    pub fn mul(&self, x: f64, m: Multiplier) -> f64 {
        let high = x * m.w;
        let low = x.mul_add(m.w, -high);
        let quotient = (x * m.over_p + ROUNDER) - ROUNDER;
        (-quotient).mul_add(self.p, high) + low
    }

    /// `x * y mod p` for residues up to `p`; the result is at most `p` in magnitude.
    #[inline(always)]
    pub fn mul_pair(&self, x: f64, y: f64) -> f64 {
        let high = x * y;
        let low = x.mul_add(y, -high);
        let quotient = (high * self.inverse + ROUNDER) - ROUNDER;
        (-quotient).mul_add(self.p, high) + low
    }

    /// `x mod p` for `|x| < 2^52`: at most `p/2 (1 + 2^-40)` in magnitude.
    #[inline(always)]
    pub fn reduce(&self, x: f64) -> f64 {
        let quotient = (x * self.inverse + ROUNDER) - ROUNDER;
        (-quotient).mul_add(self.p, x)
    }

    /// `a^e mod p`.
    pub fn pow(&self, a: u64, e: u64) -> u64 {
        power(a % self.value, e, self.value)
    }

    /// The inverse of a residue that is not zero.
    pub fn invert(&self, a: u64) -> u64 {
        self.pow(a, self.value - 2)
    }

    /// An element of order exactly `n`, for `n` dividing 15 · 2^24.
    pub fn root_of_unity(&self, n: u64) -> u64 {
        let generates =
            |x: u64| [2u64, 3, 5].iter().all(|f| !n.is_multiple_of(*f) || self.pow(x, n / f) != 1);
        (2..).map(|x| self.pow(x, (self.value - 1) / n)).find(|&x| generates(x)).unwrap_or(1)
    }
}

/// The `count` largest primes of the shape, largest first.
pub fn primes(count: usize) -> Vec<Prime> {
    let top = (1u64 << 50) / LENGTH_FACTOR;
    (1..top)
        .rev()
        .map(|k| k * LENGTH_FACTOR + 1)
        .filter(|&n| is_prime(n))
        .take(count)
        .map(Prime::new)
        .collect()
}

fn power(a: u64, mut e: u64, n: u64) -> u64 {
    let mul = |x: u64, y: u64| (u128::from(x) * u128::from(y) % u128::from(n)) as u64;
    let (mut base, mut out) = (a % n, 1);
    while e > 0 {
        if e & 1 == 1 {
            out = mul(out, base);
        }
        base = mul(base, base);
        e >>= 1;
    }
    out
}

/// Miller-Rabin with the first twelve primes as bases: deterministic below 3.3 · 10^24 (Sorenson and
/// Webster, Math. Comp. 86, 2017).
fn is_prime(n: u64) -> bool {
    const BASES: [u64; 12] = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37];
    if n < 2 || BASES.iter().any(|b| n != *b && n.is_multiple_of(*b)) {
        return false;
    }
    let twos = (n - 1).trailing_zeros();
    BASES.iter().filter(|b| !n.is_multiple_of(**b)).all(|&b| {
        let mut x = power(b, (n - 1) >> twos, n);
        if x == 1 || x == n - 1 {
            return true;
        }
        (1..twos).any(|_| {
            x = power(x, 2, n);
            x == n - 1
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn primes_are_prime_distinct_and_of_the_shape() {
        let found = primes(40);
        for pair in found.windows(2) {
            assert!(pair[0].value > pair[1].value);
        }
        for prime in &found {
            assert!(prime.value < 1 << 50 && prime.value % LENGTH_FACTOR == 1);
            assert_ne!(rug::Integer::from(prime.value).is_probably_prime(30), rug::integer::IsPrime::No);
        }
        assert!((found[39].value as f64).log2() > 49.99);
    }

    proptest! {
        #[test]
        fn products_agree_with_integers(i in 0usize..8, x in -4.0f64..4.0, w in any::<u64>(), y in -1.0f64..1.0) {
            let prime = primes(8)[i];
            let x = (x * prime.p).trunc();
            let y = (y * prime.p).trunc();
            let m = prime.multiplier(w);
            let (got, p) = (prime.mul(x, m), i128::from(prime.value));
            prop_assert!(got.abs() <= prime.p);
            prop_assert_eq!((got as i128 - x as i128 * m.w as i128) % p, 0);
            let z = prime.reduce(x);
            prop_assert!(z.abs() <= 0.5001 * prime.p);
            prop_assert_eq!((z as i128 - x as i128) % p, 0);
            let got = prime.mul_pair(z, y);
            prop_assert!(got.abs() <= prime.p);
            prop_assert_eq!((got as i128 - z as i128 * y as i128) % p, 0);
        }
    }

    #[test]
    fn roots_have_their_order() {
        for prime in primes(3) {
            for n in [1u64, 2, 3, 5, 8, 12, 20, 1 << 22, 5 << 20] {
                let w = prime.root_of_unity(n);
                assert_eq!(prime.pow(w, n), 1);
                for f in [2, 3, 5] {
                    assert!(n % f != 0 || prime.pow(w, n / f) != 1);
                }
            }
        }
    }
}
