//! Exact rational numbers: reading them, and small helpers.

use num_traits::{One, Signed, Zero};

use crate::integer::{BigInt, BigRational};

/// Largest decimal exponent.
const MAX_EXPONENT: i64 = 10_000;

/// Reads `2`, `-1/10`, `0.1`, `1e-3`; says what is wrong otherwise.
pub(crate) fn parse(text: &str, digits: usize) -> Result<BigRational, String> {
    if text.len() > digits {
        return Err(format!("a number of at most {digits} characters is accepted"));
    }
    let shape = || format!("`{}` is not an exact number like 2, -1/10 or 0.5", abridged(text));
    let (top, bottom) = match text.split_once('/') {
        Some((a, b)) => (decimal(a).ok_or_else(shape)?, decimal(b).ok_or_else(shape)?),
        None => (decimal(text).ok_or_else(shape)?, BigRational::one()),
    };
    if bottom.is_zero() {
        return Err(format!("`{}` divides by zero", abridged(text)));
    }
    Ok(top / bottom)
}

fn decimal(text: &str) -> Option<BigRational> {
    let (digits, exponent) = match text.split_once(['e', 'E']) {
        Some((d, e)) => (d, e.parse::<i64>().ok()?),
        None => (text, 0),
    };
    if !(-MAX_EXPONENT..=MAX_EXPONENT).contains(&exponent) {
        return None;
    }
    let (negative, digits) = match digits.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, digits.strip_prefix('+').unwrap_or(digits)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let all = format!("{whole}{fraction}");
    if all.is_empty() || !all.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let value: BigInt = all.parse().ok()?;
    let value = BigRational::from(if negative { -value } else { value });
    let shift = exponent - i64::try_from(fraction.len()).ok()?;
    let power = BigRational::from(BigInt::from(10).pow(u32::try_from(shift.unsigned_abs()).ok()?));
    Some(if shift >= 0 { value * power } else { value / power })
}

/// The first characters of a text, on one line.
pub(crate) fn abridged(text: &str) -> String {
    let clean: String = text.chars().take(61).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if clean.chars().count() <= 60 { clean } else { clean.chars().take(57).chain("...".chars()).collect() }
}

pub(crate) fn rational(n: i64) -> BigRational {
    BigRational::from_integer(n.into())
}

pub(crate) fn ratio(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

/// The length of the longer of numerator and denominator.
pub(crate) fn bits(r: &BigRational) -> u64 {
    r.numer().bits().max(r.denom().bits())
}

/// A number as a short decimal for a report; it proves nothing.
pub(crate) fn shown(r: &BigRational) -> String {
    let text = r.to_string();
    if text.len() <= 24 {
        return text;
    }
    let size = r.abs();
    // Scale to four digits before the point, by the lengths of numerator and denominator.
    let estimate =
        (size.numer().bits() as i64 - size.denom().bits() as i64) as f64 * std::f64::consts::LOG10_2;
    let exponent = estimate.floor() as i64 - 4;
    let ten = BigRational::from(BigInt::from(10).pow(exponent.unsigned_abs().min(40_000) as u32));
    let scaled = if exponent >= 0 { size / ten } else { size * ten };
    let sign = if r.is_negative() { "-" } else { "" };
    format!("{sign}{}e{exponent}", scaled.floor().to_integer())
}

/// Horner's rule; coefficients from the constant term up.
pub(crate) fn polynomial_at(p: &[BigRational], x: &BigRational) -> BigRational {
    p.iter().rev().fold(BigRational::zero(), |value, c| value * x + c)
}

/// Without zeros at the end.
pub(crate) fn trimmed(p: &[BigRational]) -> Vec<BigRational> {
    let mut p = p.to_vec();
    while p.last().is_some_and(Zero::is_zero) {
        p.pop();
    }
    p
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_exact_numbers_only() {
        assert_eq!(parse("0.1", 99).unwrap(), ratio(1, 10));
        assert_eq!(parse("-2.5e1/5", 99).unwrap(), rational(-5));
        assert_eq!(parse("1e-3", 99).unwrap(), ratio(1, 1000));
        for text in ["", " 1", "1/0", "nan", "inf", "1e99999", "1/2/3", "--1", "0x1", "1_0", "½"] {
            assert!(parse(text, 99).is_err(), "{text}");
        }
        // The smallest integer has no positive counterpart.
        for exponent in [i64::MIN, i64::MIN + 1, -10_001, 10_001, i64::MAX] {
            assert!(
                parse(&format!("1e{exponent}"), 99).is_err()
                    && parse(&format!("0.5e{exponent}"), 99).is_err()
            );
        }
        assert!(parse("1e-10000", 99).is_ok() && parse("1e10000", 99).is_ok());
        assert!(parse(&"9".repeat(100), 99).is_err());
        assert_eq!(shown(&ratio(1, 3)), "1/3");
    }
}
