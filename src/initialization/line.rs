//! The critical line `χ = 1`, and the points on it where the variance is stable to first order.

use std::cmp::Ordering;

use num_rational::BigRational;

use super::{Moments, check_interval, decided, interval, spend};
use crate::number::rational::rational_from_gmp;
use crate::number::{Accuracy, Ball};
use crate::{Activation, Error};

/// Most steps between the two ends.
const MAX_STEPS: usize = 1000;

/// A point of the critical line: with these variances `q` is a fixed point with `χ = 1`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CriticalPoint {
    /// The variance of the pre-activations.
    pub q: Ball,
    /// `σ_w² = 1/E[φ'(√q Z)²]`.
    pub sigma_w2: Ball,
    /// `σ_b² = q - σ_w² E[φ(√q Z)²]`; where it is negative, there is no such initialization.
    pub sigma_b2: Ball,
}

/// The critical line at given variances: for every `q` there is one pair of variances for which `q` is a fixed point
/// and `χ = 1` there.
///
/// # Errors
/// [`Error::Parameter`] unless every `q > 0`; [`Error::NoTangentKernel`] where `E[φ'²]` is infinite;
/// [`Error::AccuracyNotReached`].
///
/// # Examples
/// ```
/// use ntk_series::initialization::critical_line;
/// use ntk_series::{Accuracy, Activation, number::parse_rational};
/// let line = critical_line(&Activation::parse("erf")?, &[parse_rational("1")?], Accuracy::relative(10)?)?;
/// assert_eq!(line[0].sigma_w2.to_decimal(8).unwrap().value, "1.7562037"); // (π/4) √5
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn critical_line(
    activation: &Activation,
    variances: &[BigRational],
    accuracy: Accuracy,
) -> Result<Vec<CriticalPoint>, Error> {
    let moments = Moments::new(activation);
    variances.iter().map(|q| point(&moments, [q, q], accuracy)).collect()
}

/// The point for a variance between two.
fn point(moments: &Moments, ends: [&BigRational; 2], accuracy: Accuracy) -> Result<CriticalPoint, Error> {
    if let Some(bad) = ends.iter().find(|q| !num_traits::Signed::is_positive(**q)) {
        return Err(Error::parameter("variance", bad, "a positive number is accepted"));
    }
    let over = |digits: u32| {
        let at = moments.over(ends, digits)?;
        let slope = at.slope.ok_or_else(|| no_slope(moments))?;
        let q = interval(ends, slope.precision());
        let sigma_w2 = slope.recip();
        Ok::<_, Error>(CriticalPoint { sigma_b2: &q - &(&sigma_w2 * &at.square), q, sigma_w2 })
    };
    // σ_b² may be small against q.
    let mut found = over(accuracy.digits() + 4)?;
    for extra in [16, 64] {
        if accuracy.is_met_by(&found.sigma_b2) || ends[0] != ends[1] {
            break;
        }
        found = over(accuracy.digits() + extra)?;
    }
    Ok(found)
}

/// Points of the critical line where `V'(q) = χ = 1`, so that `E[φφ''] = 0`: there deviations of the variance neither
/// grow nor fall exponentially (the half-stable and scale-invariant kinds of Roberts, Yaida and Hanin, *The Principles
/// of Deep Learning Theory*, 2022, §5.3; there `K*`, `C_W`, `C_b`).
///
/// A point is listed where `E[φφ'']` changes its sign between two of the variances that are looked at, each 6/5 of the
/// one before: each enclosure holds one, and two close together may be missed.
///
/// # Errors
/// [`Error::Parameter`] unless `0 < from < to`, and for an activation without a formula; [`Error::TooMuchWork`] for an
/// interval of more than 79 powers of ten; those of [`critical_line`].
///
/// # Examples
/// ```
/// use ntk_series::initialization::half_stable_points;
/// use ntk_series::{Accuracy, Activation, number::parse_rational};
/// let number = |text: &str| parse_rational(text).unwrap();
/// let gelu = Activation::parse("gelu")?;
/// let found = half_stable_points(&gelu, &number("1"), &number("10"), Accuracy::relative(10)?)?;
/// assert_eq!(found[0].q.to_decimal(10).unwrap().value, "3.561552813"); // (3 + √17)/2
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn half_stable_points(
    activation: &Activation,
    from: &BigRational,
    to: &BigRational,
    accuracy: Accuracy,
) -> Result<Vec<CriticalPoint>, Error> {
    check_interval(from, to)?;
    let moments = Moments::new(activation);
    moments.check_formula()?;
    // In steps of a fifth.
    let step = BigRational::new(6.into(), 5.into());
    let mut points = vec![];
    let (mut last, mut last_sign) = (from.clone(), sign(&moments, from)?);
    let mut steps = 0;
    while last != *to {
        steps += 1;
        if steps > MAX_STEPS {
            let what = format!("the half-stable points between {from} and {to}");
            return Err(Error::TooMuchWork { what, why: "a shorter interval is accepted".to_string() });
        }
        let next = short(&last * &step).min(to.clone());
        let next_sign = sign(&moments, &next)?;
        if let (Some(x), Some(y)) = (last_sign, next_sign)
            && x != y
        {
            points.push(close_in(&moments, [last, next.clone()], x, accuracy)?);
        }
        (last, last_sign) = (next, next_sign);
    }
    Ok(points)
}

/// Nearly the same number, of 20 bits.
fn short(x: BigRational) -> BigRational {
    let near = Ball::from_rational(&x, 64).midpoint().clone();
    rug::Float::with_val(20, near).to_rational().map_or(x, |near| rational_from_gmp(&near))
}

/// The sign of `E[φφ''] = dE[φ²]/dq - E[φ'²]`; `None` where that is not known.
fn sign(moments: &Moments, q: &BigRational) -> Result<Option<Ordering>, Error> {
    decided(|digits| {
        let at = moments.at(q, digits)?;
        let slope = at.slope.as_ref().ok_or_else(|| no_slope(moments))?;
        let derivative = at.derivative(&Ball::from_rational(q, at.square.precision()));
        Ok(derivative.map(|derivative| derivative - slope))
    })
}

fn no_slope(moments: &Moments) -> Error {
    let why = "E[φ'φ'] does not exist".to_string();
    Error::NoTangentKernel { activation: moments.activation.name(), why }
}

/// Halves an interval with a change of sign until its point has the accuracy.
fn close_in(
    moments: &Moments,
    [mut a, mut b]: [BigRational; 2],
    at_a: Ordering,
    accuracy: Accuracy,
) -> Result<CriticalPoint, Error> {
    let precision = accuracy.bits() + 64;
    let two = BigRational::from_integer(2.into());
    for _ in 0..8 * accuracy.bits() {
        if interval([&a, &b], precision).relative_accuracy_bits() >= i64::from(accuracy.bits()) + 8 {
            break;
        }
        spend()?;
        let middle = (&a + &b) / &two;
        match sign(moments, &middle)? {
            Some(sign) if sign == at_a => a = middle,
            Some(_) => b = middle,
            None => break,
        }
    }
    point(moments, [&a, &b], accuracy)
}
