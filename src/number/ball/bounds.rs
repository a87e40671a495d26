//! A ball as exact numbers, as doubles and as text; comparison where it decides.

use std::cmp::Ordering;
use std::str::FromStr;

use num_rational::BigRational;
use rug::float::Round;
use rug::{Float, Rational};

use super::Ball;
use crate::Error;
use crate::number::rational::{rational_from_gmp, rational_to_gmp};
use crate::number::{Mag, parse_rational};

/// Largest exponent at which a float is written out as a fraction.
const MAX_EXPONENT: i32 = 1 << 20;
/// Bits of a ball that is read from text, besides those of its digits.
const GUARD: u32 = 16;
/// Most bits of a ball that is read from text.
const MAX_READ: usize = 1 << 20;

impl Ball {
    /// The midpoint as a fraction; `None` beyond exponents of `2^20` in size.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::{Ball, number::parse_rational};
    /// let ball = Ball::from_rational(&parse_rational("3/8")?, 64);
    /// assert_eq!(ball.midpoint_rational(), Some(parse_rational("3/8")?));
    /// assert_eq!(ball.radius_rational(), Some(parse_rational("0")?));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn midpoint_rational(&self) -> Option<BigRational> {
        fraction(&self.mid).map(|r| rational_from_gmp(&r))
    }

    /// The radius as a fraction; `None` where it is infinite or beyond exponents of `2^20` in size.
    pub fn radius_rational(&self) -> Option<BigRational> {
        fraction(&self.rad.to_float()).map(|r| rational_from_gmp(&r))
    }

    /// `[midpoint - radius, midpoint + radius]` exactly; `None` as for the two.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::{Ball, number::parse_rational};
    /// let [low, high] = Ball::pi(64).rational_bounds().unwrap();
    /// assert!(parse_rational("3.14159265")? < low && high < parse_rational("3.14159266")?);
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn rational_bounds(&self) -> Option<[BigRational; 2]> {
        let (mid, rad) = (fraction(&self.mid)?, fraction(&self.rad.to_float())?);
        Some([Rational::from(&mid - &rad), Rational::from(&mid + &rad)].map(|r| rational_from_gmp(&r)))
    }

    /// Doubles below and above every member, the nearest ones; infinite where the ball reaches beyond all doubles.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::{Ball, number::parse_rational};
    /// let [low, high] = Ball::from_rational(&parse_rational("1/3")?, 200).f64_bounds();
    /// assert_eq!(high, low.next_up());
    /// assert!(low <= 1.0 / 3.0 && 1.0 / 3.0 <= high);
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn f64_bounds(&self) -> [f64; 2] {
        if !self.is_finite() {
            return [f64::NEG_INFINITY, f64::INFINITY];
        }
        [self.lower().to_f64_round(Round::Down), self.upper().to_f64_round(Round::Up)]
    }

    /// Which of the two numbers is larger; `None` where the enclosures do not decide.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Ball;
    /// use std::cmp::Ordering;
    /// let three = Ball::from_integer(3, 64);
    /// assert_eq!(Ball::pi(64).compare(&three), Some(Ordering::Greater));
    /// assert_eq!(Ball::pi(64).compare(&Ball::pi(80)), None);
    /// assert_eq!(three.compare(&three), Some(Ordering::Equal));
    /// ```
    pub fn compare(&self, other: &Ball) -> Option<Ordering> {
        if self.is_exact() && other.is_exact() {
            return self.mid.partial_cmp(&other.mid);
        }
        if self.overlaps(other) { None } else { self.mid.partial_cmp(&other.mid) }
    }
}

/// The same enclosure: equal midpoints and radii. Of the numbers it says nothing unless both are exact: see
/// [`Ball::compare`].
impl PartialEq for Ball {
    fn eq(&self, other: &Ball) -> bool {
        self.is_same(other)
    }
}

impl From<i64> for Ball {
    fn from(n: i64) -> Ball {
        Ball::from_integer(n, 64)
    }
}

/// Reads `value` or `value ± error` (also `+/-`), numbers as [`parse_rational`] reads them. The ball holds all that the
/// text says; a value alone is exact where it has a finite binary expansion.
///
/// ```
/// use ntk_series::Ball;
/// use ntk_series::number::parse_rational;
/// let ball: Ball = "0.1 ± 1e-3".parse()?;
/// assert!(ball.contains_rational(&parse_rational("0.101")?));
/// assert!(!ball.contains_rational(&parse_rational("0.1011")?));
/// assert!("1/2".parse::<Ball>()?.is_exact());
/// assert!("1 ± -1".parse::<Ball>().is_err());
/// # Ok::<(), ntk_series::Error>(())
/// ```
impl FromStr for Ball {
    type Err = Error;

    fn from_str(text: &str) -> Result<Ball, Error> {
        let (value, error) = match text.split_once('±').or_else(|| text.split_once("+/-")) {
            Some((value, error)) => (value.trim(), Some(error.trim())),
            None => (text.trim(), None),
        };
        let value = rational_to_gmp(&parse_rational(value)?);
        let size = value.numer().significant_bits().max(value.denom().significant_bits()) as usize;
        let precision = 4 * size.min(MAX_READ / 4) as u32 + GUARD;
        let ball = Ball::from_gmp_rational(&value, precision.max(64));
        let Some(error) = error else { return Ok(ball) };
        let error = rational_to_gmp(&parse_rational(error)?);
        if error < 0 {
            return Err(Error::parameter("error", error, "a number that is not negative is accepted"));
        }
        Ok(ball.widened(Mag::from_float(&Float::with_val_round(64, &error, Round::Up).0)))
    }
}

fn fraction(x: &Float) -> Option<Rational> {
    if !x.is_finite() || x.get_exp().is_some_and(|e| e.abs() > MAX_EXPONENT) {
        return None;
    }
    x.to_rational()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ntk_testing::cases(200))]

        #[test]
        fn bounds_hold_the_ends(n in any::<i64>(), d in 1i64..1000, shift in -1200i32..1200, e in -1100i64..1100, exact in any::<bool>()) {
            let radius = if exact { Mag::ZERO } else { Mag::pow2(e) };
            let ball = Ball::from_integer(n, 100).div_integer(d).shl(shift).widened(radius);
            let [low, high] = ball.rational_bounds().unwrap();
            let [down, up] = ball.f64_bounds();
            prop_assert!(ball.contains_rational(&low) && ball.contains_rational(&high));
            let exact = |x: f64| BigRational::from_float(x);
            prop_assert!(exact(down).is_none_or(|down| down <= low));
            prop_assert!(exact(up).is_none_or(|up| up >= high));
            if ball.is_exact() && ball.midpoint().prec() <= 53 {
                prop_assert_eq!([down, up], [ball.midpoint().to_f64(); 2]);
            }
            let again: Ball = format!("{} ± {}", ball.midpoint_rational().unwrap(), ball.radius_rational().unwrap()).parse().unwrap();
            prop_assert!(again.contains(&ball));
        }

        #[test]
        fn comparison_is_right_or_open(a in -50i64..50, b in -50i64..50, r in 0u8..4, s in 0u8..4) {
            let ball = |n: i64, r: u8| Ball::from_integer(n, 64).widened(if r == 0 { Mag::ZERO } else { Mag::pow2(i64::from(r)) });
            let (x, y) = (ball(a, r), ball(b, s));
            match x.compare(&y) {
                Some(order) => {
                    // Every member of one against every member of the other.
                    let [xl, xu] = x.rational_bounds().unwrap();
                    let [yl, yu] = y.rational_bounds().unwrap();
                    let holds = match order {
                        Ordering::Less => xu < yl,
                        Ordering::Greater => xl > yu,
                        Ordering::Equal => r == 0 && s == 0 && a == b,
                    };
                    prop_assert!(holds);
                }
                None => prop_assert!(x.overlaps(&y) && (r > 0 || s > 0)),
            }
        }
    }
}
