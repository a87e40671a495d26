//! The generators of the ring, as closed forms.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::monomial::{Monomial, Power, cosine, sine};
use super::{ClosedForm, Symbol};

/// Trial division stops here; what is left has at most two prime factors below its cube.
const TRIAL_DIVISORS: u32 = 100_000;
/// Longest radicand, in bits.
const MAX_RADICAND_BITS: u64 = 4096;

impl ClosedForm {
    /// `π`.
    pub fn pi() -> ClosedForm {
        ClosedForm::pi_power(2)
    }

    /// `π^{k/2}`.
    pub fn pi_power(halves: i32) -> ClosedForm {
        ClosedForm::single(Monomial { pi: i64::from(halves), ..Monomial::one() }, BigRational::one())
    }

    /// `√r` with its squarefree radicand; `None` if `r < 0`, or if the square part of the radicand
    /// cannot be found (it has two large prime factors).
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::{ClosedForm, parse_rational};
    /// assert_eq!(ClosedForm::sqrt(&parse_rational("12/25")?).unwrap().to_string(), "2*sqrt(3)/5");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn sqrt(r: &BigRational) -> Option<ClosedForm> {
        if r.is_negative() {
            return None;
        }
        if r.is_zero() {
            return Some(ClosedForm::zero());
        }
        // √(n/d) = √(nd)/d; the two have no common factor.
        let (outside_n, inside_n) = squarefree(r.numer())?;
        let (outside_d, inside_d) = squarefree(r.denom())?;
        let coefficient = BigRational::new(outside_n, outside_d * &inside_d);
        Some(ClosedForm::single(Monomial { root: inside_n * inside_d, ..Monomial::one() }, coefficient))
    }

    /// `e^r`.
    pub fn exp(r: &BigRational) -> ClosedForm {
        ClosedForm::single(Monomial { exp: r.clone(), ..Monomial::one() }, BigRational::one())
    }

    /// `sin r`.
    pub fn sin(r: &BigRational) -> ClosedForm {
        if r.is_zero() {
            return ClosedForm::zero();
        }
        let (trig, c) = sine(r.clone(), BigRational::one());
        ClosedForm::single(Monomial { trig, ..Monomial::one() }, c)
    }

    /// `cos r`.
    pub fn cos(r: &BigRational) -> ClosedForm {
        let (trig, c) = cosine(r.clone(), BigRational::one());
        ClosedForm::single(Monomial { trig, ..Monomial::one() }, c)
    }

    /// `Φ(a)`, the normal distribution function at a rational.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::{ClosedForm, parse_rational};
    /// assert_eq!(ClosedForm::normal_cdf(&parse_rational("-2")?).to_string(), "1 - Phi(2)");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn normal_cdf(a: &BigRational) -> ClosedForm {
        ClosedForm::normal_cdf_of_root(a.is_negative(), &(a * a)).unwrap_or_default()
    }

    /// `Φ(√x)`, or `Φ(-√x)` if `negative`; `None` if `x < 0`.
    pub(crate) fn normal_cdf_of_root(negative: bool, x: &BigRational) -> Option<ClosedForm> {
        if x.is_negative() {
            return None;
        }
        if x.is_zero() {
            return Some(ClosedForm::from(BigRational::new(BigInt::one(), 2.into())));
        }
        let phi = [(x.clone(), 1)].into_iter().collect();
        let value = ClosedForm::single(Monomial { phi, ..Monomial::one() }, BigRational::one());
        Some(if negative { &ClosedForm::one() - &value } else { value })
    }

    /// The normal density `e^{-a²/2}/√(2π)` at a rational.
    pub fn normal_density(a: &BigRational) -> ClosedForm {
        ClosedForm::normal_density_of_square(&(a * a))
    }

    /// The normal density `e^{-x/2}/√(2π)` where the square of the argument is `x`.
    pub(crate) fn normal_density_of_square(x: &BigRational) -> ClosedForm {
        let half = BigRational::new(BigInt::one(), 2.into());
        let monomial = Monomial { exp: -x * &half, pi: -1, root: 2.into(), ..Monomial::one() };
        ClosedForm::single(monomial, half)
    }

    /// `asin r`; `None` unless `-1 <= r <= 1`.
    pub fn asin(r: &BigRational) -> Option<ClosedForm> {
        let size = r.abs();
        let pi_over = |n: i64| ClosedForm::pi().scaled(&BigRational::new(BigInt::one(), n.into()));
        let value = if size.is_zero() {
            ClosedForm::zero()
        } else if size.is_one() {
            pi_over(2)
        } else if size > BigRational::one() {
            return None;
        } else if size == BigRational::new(BigInt::one(), 2.into()) {
            pi_over(6)
        } else {
            let asin = [(size, 1)].into_iter().collect();
            ClosedForm::single(Monomial { asin, ..Monomial::one() }, BigRational::one())
        };
        Some(if r.is_negative() { -value } else { value })
    }

    /// `acos r = π/2 - asin r`; `None` unless `-1 <= r <= 1`.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::{ClosedForm, parse_rational};
    /// assert_eq!(ClosedForm::acos(&parse_rational("-1/2")?).unwrap().to_string(), "2*pi/3");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn acos(r: &BigRational) -> Option<ClosedForm> {
        let half_pi = ClosedForm::pi().scaled(&BigRational::new(BigInt::one(), 2.into()));
        ClosedForm::asin(r).map(|asin| &half_pi - &asin)
    }

    /// A named generator: a value, an exponential, or the cosine `t` of a level.
    pub fn base(symbol: &Symbol) -> ClosedForm {
        ClosedForm::power(symbol, 1, 0, 0)
    }

    /// `√(1-t²)` of a level; of any other symbol, zero.
    pub fn sine(symbol: &Symbol) -> ClosedForm {
        if symbol.is_level() { ClosedForm::power(symbol, 0, 1, 0) } else { ClosedForm::zero() }
    }

    /// `arccos t` of a level; of any other symbol, zero.
    pub(crate) fn angle(symbol: &Symbol) -> ClosedForm {
        if symbol.is_level() { ClosedForm::power(symbol, 0, 0, 1) } else { ClosedForm::zero() }
    }

    fn power(symbol: &Symbol, base: i64, root: i64, angle: i64) -> ClosedForm {
        let powers = vec![Power { symbol: symbol.clone(), base, root, angle }];
        ClosedForm::single(Monomial { powers, ..Monomial::one() }, BigRational::one())
    }
}

/// `n = outside² inside` with a squarefree `inside`, for `n > 0`; `None` if that cannot be decided.
fn squarefree(n: &BigInt) -> Option<(BigInt, BigInt)> {
    if n.bits() > MAX_RADICAND_BITS {
        return None;
    }
    let (mut outside, mut inside, mut rest) = (BigInt::one(), BigInt::one(), n.clone());
    let mut p = 2u32;
    while p < TRIAL_DIVISORS && BigInt::from(p) * p <= rest {
        while (&rest % p).is_zero() {
            rest /= p;
            // The second p of a pair moves outside.
            if (&inside % p).is_zero() {
                inside /= p;
                outside *= p;
            } else {
                inside *= p;
            }
        }
        p += if p == 2 { 1 } else { 2 };
    }
    let root = rest.sqrt();
    if &root * &root == rest {
        return Some((outside * root, inside));
    }
    // No prime factor below the bound, so below its cube there are at most two, and they differ.
    let bound = BigInt::from(TRIAL_DIVISORS);
    if rest >= &bound * &bound * &bound {
        return None;
    }
    debug_assert!(rest.gcd(&inside).is_one());
    Some((outside, inside * rest))
}
