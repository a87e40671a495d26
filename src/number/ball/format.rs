//! Balls as decimal text.

use std::fmt;

use rug::float::Round;
use rug::{Float, Integer, Rational};

use super::Ball;
use crate::number::Mag;

/// Largest decimal exponent at which the rounding is measured exactly, with that many digits.
const MAX_EXACT_EXPONENT: i32 = 400;

/// Most significant digits of a decimal.
const MAX_SHOWN: usize = 6_000_000;

/// A decimal enclosure: `|truth - value| <= error`, both strings read as exact decimals.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// The centre, as a plain or scientific decimal.
    pub value: String,
    /// The bound, as a decimal; `"0"` for an exact value.
    pub error: String,
}

impl Ball {
    /// The enclosure in decimals with `digits` significant digits; the rounding to decimal is
    /// part of the error. `None` for the whole line. No digits means one; more than the midpoint has in all, or than
    /// 6,000,000, mean so many.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Ball;
    /// let pi = Ball::pi(200).to_decimal(12).unwrap();
    /// assert_eq!(pi.value, "3.14159265359");
    /// assert_eq!(pi.error, "2.1e-13");
    /// ```
    pub fn to_decimal(&self, digits: usize) -> Option<Decimal> {
        if !self.is_finite() {
            return None;
        }
        if self.is_exact_zero() {
            return Some(Decimal { value: "0".into(), error: "0".into() });
        }
        let digits = shown_digits(&self.mid, digits);
        let (negative, mantissa, exponent) =
            self.mid.to_sign_string_exp_round(10, Some(digits), Round::Nearest);
        // The mantissa's digits follow "0."; a zero midpoint has no exponent.
        let scale = exponent.unwrap_or(0) as i64 - mantissa.len() as i64;
        let mut shown = Integer::from_str_radix(&mantissa, 10).unwrap_or_default();
        if negative {
            shown = -shown;
        }
        let gap = if exponent.unwrap_or(0).abs() <= MAX_EXACT_EXPONENT {
            let value = Rational::from(shown.clone()) * power_of_ten(scale);
            let gap = (value - self.mid.to_rational()?).abs() + self.rad.to_float().to_rational()?;
            Float::with_val_round(64, &gap, Round::Up).0
        } else {
            // To nearest, so off by at most half a unit of the last digit; 0.1 as a double is more
            // than 1/10.
            let ten = if scale < 0 { Mag::from_f64(0.1) } else { Mag::from_f64(10.0) };
            (ten.pow(scale.unsigned_abs()).shl(-1) + self.rad).to_float()
        };
        Some(Decimal { value: plain_or_scientific(&shown, scale), error: rounded(&gap, 2, Round::Up) })
    }
}

impl fmt::Display for Ball {
    /// `value ± error`, with as many digits as the enclosure proves.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.relative_accuracy_bits().min(i64::from(self.precision())).max(4);
        let digits = f.precision().unwrap_or((bits as f64 * std::f64::consts::LOG10_2) as usize + 1);
        match self.to_decimal(digits) {
            Some(d) if d.error == "0" => write!(f, "{}", d.value),
            Some(d) => write!(f, "{} ± {}", d.value, d.error),
            None => write!(f, "any real number"),
        }
    }
}

fn power_of_ten(exponent: i64) -> Rational {
    let power = Integer::from(Integer::u_pow_u(10, exponent.unsigned_abs() as u32));
    if exponent >= 0 { Rational::from(power) } else { Rational::from((Integer::from(1), power)) }
}

impl Mag {
    /// A decimal with `digits` significant digits that is not smaller; `None` for infinity, here beyond `2^(2^29)`.
    /// Fewer digits than two mean two; more than the bound has in all, or than 6,000,000, mean so many.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::Mag;
    /// assert_eq!(Mag::from_f64(2.0 / 3.0).to_decimal_above(3).unwrap(), "0.667");
    /// assert_eq!(Mag::pow2(-2000).to_decimal_above(3).unwrap(), "8.71e-603");
    /// ```
    pub fn to_decimal_above(self, digits: usize) -> Option<String> {
        let x = self.to_float();
        x.is_finite().then(|| rounded(&x, digits, Round::Up))
    }

    /// A decimal with `digits` significant digits, counted as above, that is not larger; `None` for infinity.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::Mag;
    /// assert_eq!(Mag::from_f64(2.0 / 3.0).to_decimal_below(3).unwrap(), "0.666");
    /// assert_eq!(Mag::pow2(-2000).to_decimal_below(3).unwrap(), "8.7e-603");
    /// ```
    pub fn to_decimal_below(self, digits: usize) -> Option<String> {
        self.is_finite().then(|| rounded(&self.to_float_below(), digits, Round::Down))
    }
}

/// How many digits MPFR is asked for: at least two, at most as many as the float has in all, and not without end.
fn shown_digits(x: &Float, digits: usize) -> usize {
    // Of m 2^e with an integer m of p bits: at most p + |e| digits.
    let all = x.get_exp().map_or(2, |e| 2 * u64::from(x.prec()) + u64::from(e.unsigned_abs()) + 2);
    digits.clamp(2, usize::try_from(all).unwrap_or(MAX_SHOWN).min(MAX_SHOWN))
}

/// Some significant digits of a number that is not negative.
fn rounded(x: &Float, digits: usize, round: Round) -> String {
    if x.is_zero() {
        return "0".into();
    }
    let digits = shown_digits(x, digits);
    let (_, mantissa, exponent) = x.to_sign_string_exp_round(10, Some(digits), round);
    let shown = Integer::from_str_radix(&mantissa, 10).unwrap_or_default();
    plain_or_scientific(&shown, i64::from(exponent.unwrap_or(0)) - mantissa.len() as i64)
}

/// `shown * 10^scale` without a trailing zero in the fraction.
fn plain_or_scientific(shown: &Integer, scale: i64) -> String {
    if shown.is_zero() {
        return "0".into();
    }
    let sign = if shown.is_negative() { "-" } else { "" };
    let text = shown.clone().abs().to_string();
    let digits = text.trim_end_matches('0');
    let leading = text.len() as i64 + scale - 1;
    if scale <= 0 && (-5..=20).contains(&leading) {
        let point = leading + 1;
        let body = if point <= 0 {
            format!("0.{}{digits}", "0".repeat((-point) as usize))
        } else if digits.len() as i64 <= point {
            format!("{digits}{}", "0".repeat((point - digits.len() as i64) as usize))
        } else {
            format!("{}.{}", &digits[..point as usize], &digits[point as usize..])
        };
        return format!("{sign}{body}");
    }
    let (first, rest) = digits.split_at(1);
    let dot = if rest.is_empty() { "" } else { "." };
    format!("{sign}{first}{dot}{rest}e{leading}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse_rational;
    use num_rational::BigRational;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn decimals_enclose(a in -10_000i64..10_000, b in 1i64..10_000, e in -40i32..40, p in 20u32..200, digits in 1usize..40) {
            let truth = BigRational::new(a.into(), b.into());
            let truth = if e < 0 { truth / BigRational::from_integer(num_bigint::BigInt::from(2).pow(-e as u32)) }
                else { truth * BigRational::from_integer(num_bigint::BigInt::from(2).pow(e as u32)) };
            let shown = Ball::from_rational(&truth, p).to_decimal(digits).unwrap();
            let value = parse_rational(&shown.value).unwrap();
            let error = parse_rational(&shown.error).unwrap();
            let gap = if value > truth { &value - &truth } else { &truth - &value };
            prop_assert!(gap <= error, "{} misses {} by more than {}", shown.value, truth, shown.error);
        }
    }

    #[test]
    fn a_ball_of_few_bits_can_be_shown() {
        for precision in 1..5 {
            let third = Ball::from_rational(&parse_rational("1/3").unwrap(), precision);
            let text = third.to_string();
            let (value, error) = text.split_once(" ± ").unwrap();
            let gap = parse_rational(value).unwrap() - parse_rational("1/3").unwrap();
            assert!(num_traits::Signed::abs(&gap) <= parse_rational(error).unwrap(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn bounds_of_bounds(man in 1.0f64..2.0, e in -3000i64..3000, digits in 2usize..12) {
            let bound = Mag::from_f64(man).shl(e);
            let truth = crate::number::rational::rational_from_gmp(&bound.to_float().to_rational().unwrap());
            let [above, below] = [bound.to_decimal_above(digits), bound.to_decimal_below(digits)];
            let [above, below] = [above, below].map(|text| parse_rational(&text.unwrap()).unwrap());
            prop_assert!(below <= truth && truth <= above);
            let unit = parse_rational(&format!("1e{}", 1 - digits as i64)).unwrap();
            prop_assert!(above - below <= truth * unit);
        }
    }

    /// Past the range of floats, and at its ends.
    #[test]
    fn bounds_of_extreme_bounds() {
        let far = Mag::pow2(-(1 << 40));
        assert_eq!(far.to_decimal_below(3).unwrap(), "0");
        assert_ne!(far.to_decimal_above(3).unwrap(), "0");
        assert!(
            Mag::pow2(1 << 40).to_decimal_above(3).is_none() && Mag::INFINITY.to_decimal_below(3).is_none()
        );
        assert_eq!(
            [Mag::ZERO.to_decimal_above(3), Mag::ZERO.to_decimal_below(3)],
            [Some("0".into()), Some("0".into())]
        );
    }

    #[test]
    fn far_from_one_too() {
        for e in [-9_000, -401, -399, 399, 401, 9_000] {
            let truth = parse_rational(&format!("2/3e{e}")).unwrap();
            for digits in [2, 17, 60] {
                let shown = Ball::from_rational(&truth, 150).to_decimal(digits).unwrap();
                let value = parse_rational(&shown.value).unwrap();
                let gap = if value > truth { &value - &truth } else { &truth - &value };
                let error = parse_rational(&shown.error).unwrap();
                assert!(gap <= error, "2/3e{e}, {digits} digits");
                let tight = &truth * parse_rational(&format!("1e{}", 1 - digits.min(44) as i64)).unwrap();
                assert!(error <= tight, "2/3e{e}, {digits} digits: {}", shown.error);
            }
        }
    }

    #[test]
    fn shapes() {
        let show = |text: &str, digits| {
            Ball::from_rational(&parse_rational(text).unwrap(), 300).to_decimal(digits).unwrap()
        };
        assert_eq!(show("1/8", 10), Decimal { value: "0.125".into(), error: "0".into() });
        assert_eq!(show("-12300", 10).value, "-12300");
        assert_eq!(show("1e-30", 4).value, "1e-30");
        assert_eq!(show("2/3e-9", 4).value, "6.667e8");
        let wide = Ball::zero(64).widened(Mag::pow2(-3));
        assert_eq!(wide.to_decimal(5).unwrap(), Decimal { value: "0".into(), error: "0.13".into() });
        assert_eq!(Ball::whole_line(64).to_string(), "any real number");
    }
}
