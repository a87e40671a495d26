//! Proved decimals: balls on their way to print, and the retry when one is not accurate enough.

use ntk_series::number::{Accuracy, ClosedForm, Decimal, MAX_DIGITS, parse_rational};
use ntk_series::{Ball, Error};
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde_json::{Map, Value, json};

use crate::failure::Failure;

/// Retries before the answer is "undecided"; each asks for the digits that were missing.
const MAX_RETRIES: u32 = 8;
/// Most digits to add in all to those asked for, where it is not known how many are missing.
const MAX_EXTRA_DIGITS: u32 = 4000;
/// Most zeros after the point of a number without an exponent.
const MOST_ZEROS: usize = 4;
/// Longest exact decimal that serves as a closed form.
const MAX_OWN_FORM: usize = 12;

/// An exact expression, for a terminal and for LaTeX.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Formula {
    pub text: String,
    pub latex: String,
}

/// `|truth - value| <= error`, both exact decimals; the truth's closed form where it is known.
#[derive(Clone, Debug)]
pub struct Enclosure {
    pub value: String,
    pub error: String,
    pub closed_form: Option<Formula>,
    /// Of a bound that is not known to the digits asked for: the side on which `value` is a bound as well.
    pub rounded: Option<Side>,
}

/// Which way a number is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// A lower bound, not above the truth.
    Down,
    /// An upper bound, not below the truth.
    Up,
}

impl Side {
    pub fn name(self) -> &'static str {
        match self {
            Side::Down => "down",
            Side::Up => "up",
        }
    }
}

impl Formula {
    pub fn of(form: &ClosedForm) -> Formula {
        Formula { text: form.to_string(), latex: form.to_latex() }
    }
}

/// Longest closed form that is shown unasked, in characters.
const MAX_SHORT: usize = 300;

/// May a closed form be shown unasked?
pub fn is_short(form: &ClosedForm) -> bool {
    form.to_string().chars().count() <= MAX_SHORT
}

/// What is known of a number besides its enclosure.
pub enum Exactly<'a> {
    /// Its closed form.
    Form(&'a ClosedForm),
    /// Nothing; should the enclosure be exact, the number is its own closed form.
    IfRational,
    /// No closed form is to be shown.
    NotWanted,
}

impl<'a> Exactly<'a> {
    /// The closed form, if there is one and it is `wanted`.
    pub fn of(form: &'a Option<ClosedForm>, wanted: bool) -> Exactly<'a> {
        match form {
            Some(form) if wanted => Exactly::Form(form),
            _ if wanted => Exactly::IfRational,
            _ => Exactly::NotWanted,
        }
    }
}

impl Enclosure {
    /// A value and its error.
    pub fn new(value: String, error: String) -> Enclosure {
        Enclosure { value, error, closed_form: None, rounded: None }
    }

    /// The decimals of `ball` with its closed form, and exact ones where that is a rational number.
    pub fn of(
        what: impl Fn() -> String,
        ball: &Ball,
        known: Exactly,
        accuracy: Accuracy,
    ) -> Result<Enclosure, Miss> {
        let Exactly::Form(form) = known else {
            let shown = decimal(what, ball, accuracy)?;
            let own = matches!(known, Exactly::IfRational)
                && shown.error == "0"
                && shown.value.len() <= MAX_OWN_FORM;
            let own = if own { Some(ClosedForm::from(parse_rational(&shown.value)?)) } else { None };
            return Ok(Enclosure { closed_form: own.as_ref().map(Formula::of), ..shown });
        };
        check(&what, ball, &form.to_ball(64))?;
        let exact = form.as_rational().map(|r| Ball::from_rational(&r, ball.precision()));
        let shown = decimal(what, exact.as_ref().unwrap_or(ball), accuracy)?;
        Ok(Enclosure { closed_form: Some(Formula::of(form)), ..shown })
    }

    /// A value with its error. One that may be zero has no relative accuracy: its error is measured by `size`, which is
    /// positive.
    pub fn relative_to(
        what: impl Fn() -> String,
        value: &Ball,
        size: &Ball,
        accuracy: Accuracy,
    ) -> Result<Enclosure, Miss> {
        match Enclosure::of(&what, value, Exactly::IfRational, accuracy) {
            Err(miss) if value.contains_zero() && !accuracy.is_absolute() => {
                let power = size.magnitude().log2_ceil().unwrap_or(0).clamp(-1_000_000, 1_000_000);
                // 10^-n <= 10^-D 2^(power - 2) for the least such n, and one more for the power that is rounded up.
                let digits = i64::from(accuracy.digits())
                    - (power as f64 * std::f64::consts::LOG10_2).floor() as i64
                    + 2;
                let Ok(absolute) = Accuracy::absolute(digits.clamp(1, MAX_DIGITS.into()) as u32) else {
                    return Err(miss);
                };
                Enclosure::of(&what, value, Exactly::IfRational, absolute).map_err(|_| miss)
            }
            shown => shown,
        }
    }

    /// Value and error alone.
    pub fn bounds_json(&self) -> Value {
        json!({"value": self.value, "error": self.error})
    }

    /// The fields of the contract, into an object that may hold others.
    pub fn insert_into(&self, object: &mut Map<String, Value>) {
        let optional = |text: Option<&String>| text.cloned().map_or(Value::Null, Value::String);
        let formula = self.closed_form.as_ref();
        object.insert("value".into(), self.value.clone().into());
        object.insert("error".into(), self.error.clone().into());
        object.insert("closed_form".into(), optional(formula.map(|f| &f.text)));
        object.insert("latex".into(), optional(formula.map(|f| &f.latex)));
        if let Some(side) = self.rounded {
            object.insert("rounded".into(), side.name().into());
        }
    }

    /// An object of the fields of the contract.
    pub fn to_json(&self) -> Value {
        let mut object = Map::new();
        self.insert_into(&mut object);
        Value::Object(object)
    }
}

/// A closed form is printed beside the number only if the two have a member in common.
fn check(what: impl Fn() -> String, ball: &Ball, form: &Ball) -> Result<(), Error> {
    match ball.overlaps(form) {
        true => Ok(()),
        false => Err(Error::Inconsistent { what: what(), law: "it is its closed form".to_string() }),
    }
}

/// Why an attempt at an answer did not succeed.
pub enum Miss {
    /// More accuracy will not help.
    Failed(Failure),
    /// `what` was found to be `ball` only; `digits` more may do, if that is known.
    Short { what: String, ball: Box<Ball>, digits: Option<u32> },
}

impl From<Error> for Miss {
    fn from(error: Error) -> Miss {
        Miss::Failed(error.into())
    }
}

impl From<Failure> for Miss {
    fn from(failure: Failure) -> Miss {
        Miss::Failed(failure)
    }
}

/// The decimals of `ball`, with its error within the accuracy asked for.
///
/// The ball may be off by half of `10^-D`, relative to a value `v` or absolute. Decimals with
/// `D + 2` significant digits, or `D + 1` after the point, add at most a twentieth of `10^-D`,
/// and the error is rounded up by at most a tenth of itself: in all less than `10^-D`.
pub fn decimal(what: impl Fn() -> String, ball: &Ball, accuracy: Accuracy) -> Result<Enclosure, Miss> {
    let wanted_bits = (f64::from(accuracy.digits()) * std::f64::consts::LOG2_10).ceil() as i64 + 1;
    let proved_bits = match (ball.radius().log2_ceil(), accuracy.is_absolute()) {
        (None, _) => i64::MAX,
        (Some(i64::MAX), _) => i64::MIN,
        (Some(radius), true) => -radius,
        (Some(_), false) if ball.contains_zero() => i64::MIN,
        (Some(_), false) => ball.relative_accuracy_bits(),
    };
    if proved_bits < wanted_bits {
        let digits = (proved_bits != i64::MIN).then(|| (wanted_bits - proved_bits) as u32 / 3 + 1);
        return Err(Miss::Short { what: what(), ball: Box::new(ball.clone()), digits });
    }
    let mut significant = i64::from(accuracy.digits()) + 2;
    if accuracy.is_absolute() {
        // Digits before the point, or zeros after it; never too few, for all that f64 rounds.
        let (mantissa, exponent) = ball.midpoint().to_f64_exp();
        let log10 = (mantissa.abs().log2() + f64::from(exponent)) * std::f64::consts::LOG10_2;
        significant += if mantissa == 0.0 { 0 } else { (log10 + 1e-6).floor() as i64 };
    }
    match ball.to_decimal(significant.max(1) as usize) {
        Some(Decimal { value, error }) => Ok(Enclosure::new(value, error)),
        None => Err(Miss::Short { what: what(), ball: Box::new(ball.clone()), digits: None }),
    }
}

/// A decimal on the safe side of every member, within what so many digits of the midpoint leave, and its distance from
/// the farthest member for an error; `None` where there is no such number.
///
/// Of a lower bound of something that is not negative, zero is the least that counts.
pub fn on_safe_side(ball: &Ball, side: Side, digits: usize) -> Option<Enclosure> {
    let d = ball.to_decimal(digits)?;
    let (value, error) = (parse_rational(&d.value).ok()?, parse_rational(&d.error).ok()?);
    let (low, high) = (&value - &error, value + error);
    // Both ends are at most as far as the farther one.
    let (end, far) = match side {
        Side::Up => (high, low),
        Side::Down if low.is_positive() => (low, high),
        Side::Down => (BigRational::zero(), if high.abs() > low.abs() { high } else { low }),
    };
    let error = plain_decimal(&(far - &end).abs());
    Some(Enclosure { rounded: Some(side), ..Enclosure::new(plain_decimal(&end), error) })
}

/// A rational number with a power of ten for a denominator: all its digits, and an exponent where zeros would be many.
fn plain_decimal(x: &BigRational) -> String {
    let ten = BigRational::from_integer(10.into());
    let (mut places, mut scaled) = (0, x.clone());
    while !scaled.is_integer() {
        scaled *= &ten;
        places += 1;
    }
    let digits = scaled.to_integer().abs().to_string();
    let sign = if x.is_negative() { "-" } else { "" };
    if places > digits.len() + MOST_ZEROS {
        let (first, rest) = digits.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        return format!("{sign}{first}{point}{rest}e-{}", places + 1 - digits.len());
    }
    let digits = format!("{digits:0>width$}", width = places + 1);
    let (whole, rest) = digits.split_at(digits.len() - places);
    if rest.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{rest}") }
}

/// Runs `attempt` with the accuracy asked for, then with more as long as a printed value misses it:
/// a difference of two enclosures, say, has fewer digits than they have. The limit is on how often.
pub fn with_rising_accuracy<T>(
    accuracy: Accuracy,
    attempt: impl Fn(Accuracy) -> Result<T, Miss>,
) -> Result<T, Failure> {
    let mut working = accuracy;
    for _ in 0..=MAX_RETRIES {
        let (what, ball, digits) = match attempt(working) {
            Ok(answer) => return Ok(answer),
            Err(Miss::Failed(failure)) => return Err(failure),
            Err(Miss::Short { what, ball, digits }) => (what, ball, digits),
        };
        let more =
            working.digits().saturating_add(digits.map_or(working.digits() + 16, |missing| missing + 2));
        if more > MAX_DIGITS || digits.is_none() && more > accuracy.digits() + MAX_EXTRA_DIGITS {
            return Err(undecided(&what, &ball));
        }
        working = if accuracy.is_absolute() { Accuracy::absolute(more)? } else { Accuracy::relative(more)? };
    }
    Err(Failure::undecided("the accuracy asked for was not reached; fewer --digits, or --absolute, may do"))
}

fn undecided(what: &str, ball: &Ball) -> Failure {
    let best = ball.to_decimal(5).map_or("unknown".into(), |d| format!("{} ± {}", d.value, d.error));
    Failure::undecided(format!(
        "{what} could not be enclosed to the accuracy asked for: best found is {best}; fewer --digits, or \
         --absolute, may do"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ntk_series::number::Mag;

    fn rational(text: &str) -> BigRational {
        parse_rational(text).unwrap()
    }

    /// A ball around `truth` whose relative error is about `10^-digits / 2`: as bad as may come.
    fn wide(truth: &BigRational, digits: u32, absolute: bool) -> Ball {
        let bits = (f64::from(digits) * std::f64::consts::LOG2_10).ceil() as i64 + 1;
        let exact = Ball::from_rational(truth, 2000);
        let scale = if absolute { 1 } else { i64::from(exact.midpoint().get_exp().unwrap()) };
        exact.widened(Mag::from_f64(0.99).shl(scale - 1 - bits))
    }

    #[test]
    fn decimals_stay_within_the_accuracy() {
        for text in ["1/3", "2/3", "-999999999/1000000000", "1e-30", "7/9e20", "100000.00001", "99999.99999"]
        {
            for digits in [1, 2, 15, 40] {
                for absolute in [false, true] {
                    let truth = rational(text);
                    let accuracy =
                        if absolute { Accuracy::absolute(digits) } else { Accuracy::relative(digits) };
                    let ball = wide(&truth, digits, absolute);
                    let Ok(shown) = decimal(|| "x".into(), &ball, accuracy.unwrap()) else {
                        panic!("{text}, {digits} digits: refused")
                    };
                    let (value, error) = (rational(&shown.value), rational(&shown.error));
                    assert!((&value - &truth).abs() <= error);
                    let unit = rational(&format!("1e-{digits}"));
                    let bound = if absolute { unit } else { unit * (value.abs() - &error) };
                    assert!(error <= bound, "{text}, {digits}: {} ± {}", shown.value, shown.error);
                }
            }
        }
    }

    #[test]
    fn the_safe_side_is_outside() {
        for text in ["1/3", "22/7", "123456/7", "1/70000", "1/7e40"] {
            let truth = rational(text);
            let ball = wide(&truth, 3, false);
            for (side, sign) in [(Side::Down, -1), (Side::Up, 1)] {
                let shown = on_safe_side(&ball, side, 6).unwrap();
                let gap = (rational(&shown.value) - &truth) * BigRational::from_integer(sign.into());
                assert!(
                    shown.rounded == Some(side) && gap.is_positive() && gap < truth.clone() / rational("50")
                );
                // Even so the error is one.
                assert!(gap <= rational(&shown.error), "{shown:?}");
            }
        }
        let vague = Ball::zero(64).widened(Mag::pow2(-3));
        let lower = on_safe_side(&vague, Side::Down, 5).unwrap();
        assert_eq!((lower.value.as_str(), rational(&lower.error) >= rational("1/8")), ("0", true));
        assert_eq!(on_safe_side(&vague, Side::Up, 2).unwrap().value, "0.13");
        assert!(on_safe_side(&Ball::zero(64).widened(Mag::INFINITY), Side::Up, 2).is_none());
    }

    #[test]
    fn what_is_not_accurate_is_retried_within_limits() {
        let accuracy = Accuracy::relative(15).unwrap();
        let vague = Ball::zero(64).widened(Mag::pow2(-3));
        let undecided = with_rising_accuracy(accuracy, |_| decimal(|| "x".into(), &vague, accuracy));
        let failure = undecided.err().unwrap();
        assert_eq!(failure.status, 3);
        assert!(failure.message().contains("x could not be enclosed"), "{}", failure.message());
        // Ten digits are lost on the way: the second attempt makes up for them.
        let third = rational("1/3");
        let lossy = |working: Accuracy| {
            decimal(|| "x".into(), &wide(&third, working.digits().saturating_sub(10).max(1), false), accuracy)
        };
        assert!(with_rising_accuracy(accuracy, lossy).is_ok());
    }
}
