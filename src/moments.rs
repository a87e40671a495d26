//! Gaussian moments of activations: means, variances, gains.
//!
//! # Examples
//! The gain that gives `tanh` unit second moment under the standard Gaussian, and the one that gives it unit variance:
//! the same, since its mean is zero.
//! ```
//! use ntk_series::{Accuracy, Activation, moments::Moments, number::parse_rational};
//! let (zero, one) = (parse_rational("0")?, parse_rational("1")?);
//! let found = Moments::new(&Activation::parse("tanh")?, &zero, &one, Accuracy::relative(20)?)?;
//! assert!(found.mean.is_exact_zero());
//! assert!(found.gain.unwrap().to_decimal(15).unwrap().value.starts_with("1.5925374197"));
//! # Ok::<(), ntk_series::Error>(())
//! ```

use num_rational::BigRational;
use num_traits::Signed;

use crate::number::{Accuracy, Ball, ClosedForm};
use crate::{Activation, Error, hermite};

/// Attempts with more digits each.
const EXTRA_DIGITS: [u32; 5] = [3, 12, 40, 120, 400];

/// Moments of `φ(X)`, `X ~ N(m, q)`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Moments {
    /// `E[φ(X)]`.
    pub mean: Ball,
    /// `E[φ(X)²]`.
    pub second_moment: Ball,
    /// `E[φ(X)²] - E[φ(X)]²`.
    pub variance: Ball,
    /// Its root.
    pub standard_deviation: Ball,
    /// `E[φ'(X)²]`; `None` where that is infinite or does not exist.
    pub derivative_second_moment: Option<Ball>,
    /// `E[φ(X) φ''(X)]`, `φ''` with its point masses where φ has kinks: `½ E[(φ²)''] - E[φ'²]`. `None` where
    /// `E[φ'(X)²]` is, or where φ has no formula. Its error is at most `10^-D E[φ'(X)²]`, since it may be zero.
    pub curvature: Option<Ball>,
    /// `1/√E[φ(X)²]`; `None` for φ = 0.
    pub gain: Option<Ball>,
    /// `1/√Var φ(X)`; `None` for a constant.
    pub gain_variance: Option<Ball>,
}

impl Moments {
    /// The moments at mean `m` and variance `q > 0`, each to the accuracy asked for.
    ///
    /// # Errors
    /// [`Error::Parameter`] for `q <= 0`, or a mean that is not zero of an activation without a formula;
    /// [`Error::NotSquareIntegrable`]; [`Error::AccuracyNotReached`] with the best enclosure found, as for a moment
    /// that is zero without its being known.
    ///
    /// # Method
    /// `E[φ]` is a Hermite coefficient of `x ↦ φ(x + m)`; by parts,
    /// `½ E[(φ²)''] = E[φ² (Z² - 1)]/(2q) = μ_2(φ²)/(√2 q)`.
    pub fn new(
        activation: &Activation,
        mean: &BigRational,
        variance: &BigRational,
        accuracy: Accuracy,
    ) -> Result<Moments, Error> {
        let shifted = activation.shifted(mean)?;
        let squared = shifted.squared().ok();
        let mut worst = None;
        for extra in EXTRA_DIGITS {
            let Ok(working) = Accuracy::relative(accuracy.digits() + extra) else { break };
            let found = attempt(&shifted, squared.as_ref(), variance, working)?;
            match found.lacking(accuracy) {
                None => return Ok(found),
                lacking => worst = lacking,
            }
        }
        let (what, best) = worst.unwrap_or(("a moment", Ball::whole_line(64)));
        Err(Error::AccuracyNotReached {
            what: format!("{what} of {}", activation.name()),
            best: Box::new(best),
        })
    }

    /// The first that lacks accuracy.
    fn lacking(&self, accuracy: Accuracy) -> Option<(&'static str, Ball)> {
        let listed = [
            ("the mean", Some(&self.mean)),
            ("the second moment", Some(&self.second_moment)),
            ("the variance", Some(&self.variance)),
            ("the standard deviation", Some(&self.standard_deviation)),
            ("E[φ'²]", self.derivative_second_moment.as_ref()),
            ("1/√E[φ²]", self.gain.as_ref()),
            ("1/√Var", self.gain_variance.as_ref()),
        ];
        let lacks = |(_, ball): &(&str, Option<&Ball>)| ball.is_some_and(|ball| !accuracy.is_met_by(ball));
        if let Some((what, Some(ball))) = listed.into_iter().find(lacks) {
            return Some((what, ball.clone()));
        }
        let (curvature, slope) = (self.curvature.as_ref()?, self.derivative_second_moment.as_ref()?);
        let size = if accuracy.is_absolute() { crate::number::Mag::ONE } else { slope.mignitude() };
        let close = curvature.radius() <= size.shl(-i64::from(accuracy.bits()));
        (!close && !accuracy.is_met_by(curvature)).then(|| ("E[φφ'']", curvature.clone()))
    }
}

fn attempt(
    shifted: &Activation,
    squared: Option<&Activation>,
    q: &BigRational,
    working: Accuracy,
) -> Result<Moments, Error> {
    let precision = working.bits() + 32;
    let variance = Ball::from_rational(q, precision);
    let coefficient = |of: &Activation, k: usize, accuracy: Accuracy| {
        hermite::coefficients(of, q, k + 1, accuracy).map(|list| list.into_iter().next_back())
    };
    let mean = coefficient(shifted, 0, working)?.unwrap_or_else(|| Ball::whole_line(precision));
    let second_moment = shifted.second_moment(&variance, precision)?;
    let spread = match (mean.is_exact_zero(), variance_closed_form(shifted, q)) {
        (true, _) => second_moment.clone(),
        (false, Some(exact)) => exact.to_ball(precision),
        (false, None) => &second_moment - &mean.square(),
    };
    let derivative = match shifted.derivative_second_moment(&variance, precision) {
        Ok(ball) => ball.is_finite().then_some(ball),
        Err(Error::NoTangentKernel { .. }) => None,
        Err(other) => return Err(other),
    };
    // μ_2 of the square may be zero: to an absolute accuracy.
    let curvature = match (&derivative, squared) {
        (Some(slope), Some(squared)) => {
            let half = half_second_derivative(squared, q, working, precision)?;
            half.map(|half| &half - slope)
        }
        _ => None,
    };
    let inverse_root = |x: &Ball| (!x.is_exact_zero()).then(|| x.sqrt().recip());
    Ok(Moments {
        standard_deviation: spread.sqrt(),
        gain: inverse_root(&second_moment),
        gain_variance: inverse_root(&spread),
        derivative_second_moment: derivative,
        curvature,
        mean,
        second_moment,
        variance: spread,
    })
}

/// `½ E[(φ²)''] = μ_2(φ²)/(√2 q)`; `None` where φ² is not square-integrable.
pub(crate) fn half_second_derivative(
    squared: &Activation,
    q: &BigRational,
    working: Accuracy,
    precision: u32,
) -> Result<Option<Ball>, Error> {
    let found = hermite::coefficients(squared, q, 3, working);
    let second = match found {
        Ok(list) => list.into_iter().nth(2),
        // It is zero, or the first one is: their enclosures do.
        Err(Error::AccuracyNotReached { .. }) => {
            squared.hermite(&Ball::from_rational(q, precision), 3, precision)?.into_iter().nth(2)
        }
        Err(Error::NotSquareIntegrable { .. } | Error::TooMuchWork { .. }) => None,
        Err(other) => return Err(other),
    };
    let scale = Ball::from_integer(2, precision).sqrt() * Ball::from_rational(q, precision);
    Ok(second.map(|second| second / scale))
}

/// `E[φ(√q Z)²] = Σ μ_k²` at the variance `q`, to the accuracy.
///
/// # Errors
/// [`Error::Parameter`] unless `q > 0`; [`Error::NotSquareIntegrable`]; [`Error::AccuracyNotReached`] with the best
/// enclosure found.
///
/// # Examples
/// ```
/// use ntk_series::{Accuracy, Activation, moments::second_moment, number::parse_rational};
/// let moment = second_moment(&Activation::relu(), &parse_rational("3")?, Accuracy::relative(20)?)?;
/// assert!(moment.contains_rational(&parse_rational("3/2")?));
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn second_moment(activation: &Activation, q: &BigRational, accuracy: Accuracy) -> Result<Ball, Error> {
    if !q.is_positive() {
        return Err(Error::parameter("variance", q, "a positive number is accepted"));
    }
    activation.check_square_integrable(q)?;
    let attempt = |precision| activation.second_moment(&Ball::from_rational(q, precision), precision);
    accuracy.reach("the second moment", |moment| vec![moment], attempt)
}

/// `Var φ(√q Z) = E[φ²] - E[φ]²` in closed form, where there is one.
///
/// # Examples
/// ```
/// use ntk_series::{Activation, moments::variance_closed_form, number::parse_rational};
/// let form = variance_closed_form(&Activation::relu(), &parse_rational("1")?).unwrap();
/// assert_eq!(form.to_string(), "1/2 - 1/(2*pi)");
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn variance_closed_form(activation: &Activation, q: &BigRational) -> Option<ClosedForm> {
    let mean = activation.hermite_closed_form(0, q)?;
    let found = activation.second_moment_closed_form(q)? - &(&mean * &mean);
    // Zero may be hidden in terms that cancel.
    Some(if found.is_zero() { ClosedForm::zero() } else { found })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse_rational;

    fn moments(name: &str, mean: &str, variance: &str, digits: u32) -> Moments {
        let [mean, variance] = [mean, variance].map(|x| parse_rational(x).unwrap());
        let activation = Activation::parse(name).unwrap();
        Moments::new(&activation, &mean, &variance, Accuracy::relative(digits).unwrap()).unwrap()
    }

    fn near(ball: &Ball, truth: f64) {
        let gap = (ball.midpoint().to_f64() - truth).abs();
        assert!(gap <= 1e-13 * truth.abs().max(1e-3), "{ball} is not {truth}");
    }

    #[test]
    fn known_ones() {
        let pi = std::f64::consts::PI;
        let relu = moments("relu", "0", "1", 15);
        near(&relu.mean, 1.0 / (2.0 * pi).sqrt());
        near(&relu.second_moment, 0.5);
        near(&relu.variance, 0.5 - 0.5 / pi);
        near(relu.derivative_second_moment.as_ref().unwrap(), 0.5);
        assert!(relu.curvature.unwrap().magnitude().to_float() < 1e-15);
        near(relu.gain.as_ref().unwrap(), 2f64.sqrt());
        // |x| has the point mass 2 at 0, where it is zero.
        assert!(moments("abs", "0", "3", 10).curvature.unwrap().magnitude().to_float() < 1e-10);
        // (x³)'' x³ = 6 x⁴.
        near(moments("x^3", "0", "2", 15).curvature.as_ref().unwrap(), 6.0 * 12.0);
        // sin(x + 1): E = e^{-q/2} sin 1, E[φφ''] = -E[φ²] = -(1 - e^{-2q} cos 2)/2.
        let sine = moments("sin", "1", "1/2", 15);
        near(&sine.mean, (-0.25f64).exp() * 1f64.sin());
        near(sine.curvature.as_ref().unwrap(), -(1.0 - (-1f64).exp() * 2f64.cos()) / 2.0);
        // relu at mean m: m Φ(m/s) + s n(m/s), here Φ(1) + n(1).
        near(
            &moments("relu", "1", "1", 15).mean,
            0.841_344_746_068_542_9 + (-0.5f64).exp() / (2.0 * pi).sqrt(),
        );
    }

    #[test]
    fn jumps_and_constants() {
        let step = moments("step", "0", "1", 15);
        assert!(step.derivative_second_moment.is_none() && step.curvature.is_none());
        near(&step.variance, 0.25);
        let constant = moments("3 + 0*x", "0", "1", 15);
        assert!(constant.variance.is_exact_zero() && constant.gain_variance.is_none());
    }

    /// The accuracy asked for is reached, and many digits contain few.
    #[test]
    fn every_accuracy() {
        for name in ["relu", "gelu", "tanh", "silu", "selu", "elu", "softplus", "mish", "erf", "hard-swish"] {
            for (mean, variance) in [("0", "1"), ("1/3", "2"), ("-2", "1/10")] {
                let fine = moments(name, mean, variance, 40);
                for digits in [1, 2, 5, 15] {
                    let few = moments(name, mean, variance, digits);
                    for (few, fine) in [
                        (&few.mean, &fine.mean),
                        (&few.variance, &fine.variance),
                        (&few.standard_deviation, &fine.standard_deviation),
                        (few.curvature.as_ref().unwrap(), fine.curvature.as_ref().unwrap()),
                        (few.gain_variance.as_ref().unwrap(), fine.gain_variance.as_ref().unwrap()),
                    ] {
                        assert!(
                            few.lower() <= fine.lower() && fine.upper() <= few.upper(),
                            "{name}: {few} {fine}"
                        );
                    }
                }
            }
        }
    }
}
