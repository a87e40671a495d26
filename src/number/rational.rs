//! Exact rationals: reading them, and passing between `num_rational` and GMP.

use num_bigint::{BigInt, Sign};
use num_rational::BigRational;
use num_traits::{One, Zero};
use rug::integer::Order;
use rug::{Integer, Rational};

use crate::Error;

/// Longest number accepted as text, and largest decimal exponent: keeps a short text from
/// asking for unbounded memory.
const MAX_CHARS: usize = 10_000;
const MAX_EXPONENT: i64 = 10_000;
/// Longest fraction of two whole numbers: what any accepted number is printed as can be read again. With both exponents
/// at their ends numerator and denominator have at most 10,000 + 4 · 10,000 digits together.
const MAX_FRACTION_CHARS: usize = 60_000;

/// Reads an exact rational: `2`, `-1/10`, `0.1` (which is 1/10), `1e-3`, `2.5e1/3`.
///
/// # Errors
/// [`Error::Number`] when the text is not such a number, is longer than 10,000 characters (a fraction of whole numbers:
/// than 60,000), has an exponent beyond ±10,000, or divides by zero.
///
/// # Examples
/// ```
/// use ntk_series::number::parse_rational;
/// assert_eq!(parse_rational("0.1")?, parse_rational("1/10")?);
/// assert!(parse_rational("nan").is_err());
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn parse_rational(text: &str) -> Result<BigRational, Error> {
    let bad = |why: &str| Error::Number { text: abridged(text), why: why.to_string() };
    let trimmed = text.trim();
    let is_whole = |text: &str| text.strip_prefix('-').unwrap_or(text).bytes().all(|b| b.is_ascii_digit());
    let is_fraction = || trimmed.split('/').all(is_whole);
    if trimmed.len() > MAX_FRACTION_CHARS || trimmed.len() > MAX_CHARS && !is_fraction() {
        return Err(bad("is longer than 10,000 characters"));
    }
    let (top, bottom) = match trimmed.split_once('/') {
        Some((a, b)) => (parse_decimal(a).map_err(bad)?, parse_decimal(b).map_err(bad)?),
        None => (parse_decimal(trimmed).map_err(bad)?, BigRational::one()),
    };
    if bottom.is_zero() {
        return Err(bad("divides by zero"));
    }
    Ok(top / bottom)
}

fn parse_decimal(text: &str) -> Result<BigRational, &'static str> {
    const SHAPE: &str = "is not an exact number like 2, 1/10, 0.1 or 1e-3";
    let text = text.trim();
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((d, e)) => (d, e.parse::<i64>().map_err(|_| SHAPE)?),
        None => (text, 0),
    };
    if !(-MAX_EXPONENT..=MAX_EXPONENT).contains(&exponent) {
        return Err("has an exponent beyond 10,000");
    }
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return Err(SHAPE);
    }
    let value: BigInt = all.parse().map_err(|_| SHAPE)?;
    let value = BigRational::from(if negative { -value } else { value });
    let shift = exponent - fraction.len() as i64;
    let power = BigRational::from(BigInt::from(10).pow(shift.unsigned_abs() as u32));
    Ok(if shift >= 0 { value * power } else { value / power })
}

/// The first characters of a text, for an error message of one line.
pub(crate) fn abridged(text: &str) -> String {
    let clean: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= 60 {
        return clean;
    }
    clean.chars().take(57).chain("...".chars()).collect()
}

/// A `num_bigint` integer as a GMP integer.
pub(crate) fn integer_to_gmp(n: &BigInt) -> Integer {
    let (sign, digits) = n.to_u64_digits();
    let out = Integer::from_digits(&digits, Order::Lsf);
    if sign == Sign::Minus { -out } else { out }
}

/// A GMP integer as a `num_bigint` integer.
pub(crate) fn integer_from_gmp(n: &Integer) -> BigInt {
    let magnitude = n.to_digits::<u8>(Order::Lsf);
    let sign = if n.is_negative() { Sign::Minus } else { Sign::Plus };
    BigInt::from_bytes_le(sign, &magnitude)
}

/// A `num_rational` number as a GMP rational.
pub(crate) fn rational_to_gmp(r: &BigRational) -> Rational {
    Rational::from((integer_to_gmp(r.numer()), integer_to_gmp(r.denom())))
}

/// A GMP rational as a `num_rational` number.
pub(crate) fn rational_from_gmp(r: &Rational) -> BigRational {
    BigRational::new_raw(integer_from_gmp(r.numer()), integer_from_gmp(r.denom()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_exact_numbers() {
        for (text, num, den) in [
            ("2", 2, 1),
            ("-1/10", -1, 10),
            ("0.1", 1, 10),
            ("1e-3", 1, 1000),
            (".5", 1, 2),
            ("2.5e1/5", 5, 1),
        ] {
            assert_eq!(parse_rational(text).unwrap(), BigRational::new(num.into(), den.into()), "{text}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for text in
            ["", "nan", "inf", "1/0", "1e", "--1", "1e99999999999", "1e20000", "0x10", "1.2.3", "1/2/3", "e5"]
        {
            let message = parse_rational(text).unwrap_err().to_string();
            assert!(!message.contains('\n'), "{message}");
        }
        // The smallest integer has no positive counterpart.
        for exponent in [i64::MIN, i64::MIN + 1, -10_001, 10_001, i64::MAX] {
            for text in [format!("1e{exponent}"), format!("0.5E{exponent}"), format!("0e{exponent}/3")] {
                let message = parse_rational(&text).unwrap_err().to_string();
                assert!(message.contains("beyond 10,000"), "{message}");
            }
        }
        assert!(
            ["1e10000", "1e-10000", "1e9223372036854775808"].map(parse_rational).map(|r| r.is_ok())
                == [true, true, false]
        );
        for long in ["9".repeat(60_001), "0.".to_string() + &"9".repeat(20_000)] {
            assert!(parse_rational(&long).unwrap_err().to_string().contains("longer than"));
        }
    }

    #[test]
    fn what_is_printed_is_read_again() {
        let long = format!("{}e10000/{}e-10000", "7".repeat(4000), "3".repeat(4000));
        let tiny = format!("-0.{}e-10000/{}e10000", "7".repeat(4000), "3".repeat(4000));
        for text in ["1e-10000", "-1e10000/3", &long, &tiny] {
            let value = parse_rational(text).unwrap();
            assert_eq!(parse_rational(&value.to_string()).unwrap(), value);
        }
    }

    proptest! {
        #[test]
        fn gmp_round_trip(a in any::<i128>(), b in 1i128..) {
            let r = BigRational::new(a.into(), b.into());
            prop_assert_eq!(rational_from_gmp(&rational_to_gmp(&r)), r);
        }
    }
}
