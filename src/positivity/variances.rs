//! Which variances of a network are zero, which are positive.

use std::convert::Infallible;

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::study::Studies;
use super::truth::Truth;
use crate::kernel::profile::{Profile, next_rational};
use crate::kernel::{BiasVariance, Kernel, Layer, Network, WeightVariance};
use crate::network::recursion::{Domain, Place, Role, Sum, covariance};
use crate::{Activation, Ball, ClosedForm, Error};

/// Bits at which the network is resolved, tried in turn.
const PRECISIONS: [u32; 2] = [96, 320];

/// Longer variances are not followed exactly.
const MAX_BITS: u64 = 4096;

/// Signs of the variances after one hidden layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Signs {
    /// Is `σ_w² > 0`?
    pub(super) weight: Truth,
    /// Is `σ_b² > 0`?
    pub(super) bias: Truth,
}

/// The signs at every hidden layer. Where they and the kernel's existence follow without numbers, none is computed:
/// variances may be astronomical, and expectations dear.
///
/// # Errors
/// Where the kernel does not exist.
pub(super) fn signs(network: &Network, kernel: Kernel, studies: &mut Studies) -> Result<Vec<Signs>, Error> {
    let everywhere = |l: &Layer| check_everywhere(&l.activation, kernel).is_ok();
    if network.layers().iter().all(everywhere)
        && let Some(signs) = without_numbers(network, studies)
    {
        return Ok(signs);
    }
    let mut profile = Profile::new(network, kernel, PRECISIONS[0]);
    if matches!(profile, Err(Error::AccuracyNotReached { .. })) {
        profile = Profile::new(network, kernel, PRECISIONS[1]);
    }
    Ok(by_numbers(network, &profile?))
}

/// Does the activation have `E[φ²]`, and `E[φ'²]` for the NTK, at all variances?
///
/// # Errors
/// Says why not.
pub(super) fn check_everywhere(activation: &Activation, kernel: Kernel) -> Result<(), Error> {
    let huge = num_traits::pow(BigRational::from_integer(2.into()), 64);
    activation.check_square_integrable(&huge)?;
    if kernel == Kernel::Nngp {
        return Ok(());
    }
    match activation.analytic().map(|f| f.derivative_growth()) {
        Some(Some(growth)) if !growth.quadratic.is_positive() => Ok(()),
        Some(Some(growth)) => Err(Error::Undecided {
            what: format!("whether `{}` has an NTK at every variance", activation.name()),
            why: format!("the derivative is only known to grow no faster than exp({} x^2)", growth.quadratic),
        }),
        // In closed form, or the reason why there is none.
        _ => activation.derivative_second_moment(&Ball::from_integer(1, 64), 32).map(|_| ()),
    }
}

/// By the variances as they are given: `normalized` keeps `q`, and is positive unless `σ_b² = q`.
fn without_numbers(network: &Network, studies: &mut Studies) -> Option<Vec<Signs>> {
    let mut domain = Given { studies, signs: vec![] };
    covariance(network, &mut domain, Some(network.first_variance())).ok()?;
    Some(domain.signs)
}

/// The recursion of the variances as they are given.
struct Given<'a> {
    studies: &'a mut Studies,
    signs: Vec<Signs>,
}

/// The signs ask for numbers.
struct Lost;

impl Domain for Given<'_> {
    /// A variance, if it is known; else it is positive.
    type Value = Option<BigRational>;
    type Slope = Infallible;
    type Stop = Lost;

    fn activate(
        &mut self,
        at: Place,
        variance: &Option<BigRational>,
    ) -> Result<(Option<BigRational>, Option<Infallible>), Lost> {
        // At variance zero the value at 0 decides, and `normalized` may be 0/0.
        if variance.as_ref().is_some_and(Zero::is_zero) {
            return Err(Lost);
        }
        let (weight, next) = match (&at.layer.sigma_w2, &at.layer.sigma_b2) {
            (WeightVariance::Exact(w), BiasVariance::Exact(b)) => {
                let vanishes = match w.is_zero() || b.is_positive() {
                    true => w.is_zero(),
                    false => self.studies.layer(at.index).part(super::Part::Whole).is_zero().ok_or(Lost)?,
                };
                (w.is_positive(), vanishes.then(|| b.clone()))
            }
            (WeightVariance::Normalized, BiasVariance::Exact(b)) => {
                let q_exceeds = b.is_zero() || variance.as_ref().is_some_and(|q| q > b);
                let whole = self.studies.layer(at.index).part(super::Part::Whole);
                if !q_exceeds || whole.is_zero() != Some(false) {
                    return Err(Lost);
                }
                (true, variance.clone())
            }
            _ => return Err(Lost),
        };
        let BiasVariance::Exact(bias) = &at.layer.sigma_b2 else { return Err(Lost) };
        self.signs.push(Signs { weight: weight.into(), bias: bias.is_positive().into() });
        Ok((next, None))
    }

    fn biased(&mut self, _: Place, next: Option<BigRational>) -> Result<Option<BigRational>, Lost> {
        Ok(next)
    }

    fn combined(
        &mut self,
        sum: &Sum,
        values: Vec<Option<BigRational>>,
        _: Role,
    ) -> Result<Option<BigRational>, Lost> {
        Ok(sum.rational(values.iter().map(Option::as_ref)))
    }

    /// It asks for a variance above zero.
    fn normalized(&mut self, _: usize, _: Option<BigRational>, _: Role) -> Result<Option<BigRational>, Lost> {
        Err(Lost)
    }
}

fn by_numbers(network: &Network, profile: &Profile) -> Vec<Signs> {
    let mut domain = Enclosed { profile, signs: vec![] };
    let Ok(_) = covariance(network, &mut domain, Some(network.first_variance()));
    domain.signs
}

/// The recursion of the variances with their enclosures.
struct Enclosed<'a> {
    profile: &'a Profile,
    signs: Vec<Signs>,
}

impl Domain for Enclosed<'_> {
    /// A variance, if it is known to be rational.
    type Value = Option<BigRational>;
    type Slope = Infallible;
    type Stop = Infallible;

    fn activate(
        &mut self,
        at: Place,
        variance: &Option<BigRational>,
    ) -> Result<(Option<BigRational>, Option<Infallible>), Infallible> {
        let (layer, resolved) = (at.layer, &self.profile.layers[at.index]);
        let weight = match (&layer.sigma_w2, &layer.sigma_b2) {
            (WeightVariance::Exact(w), _) => w.is_positive().into(),
            // (q - σ_b²)/E[φ²].
            (_, BiasVariance::Exact(b)) => match variance {
                Some(q) => Truth::from((q - b).is_positive()),
                None if resolved.variance.lower() > Ball::from_rational(b, 128).upper() => Truth::True,
                None => Truth::Unknown,
            },
            _ => Truth::Unknown,
        };
        let bias = match (&layer.sigma_b2, &layer.sigma_w2) {
            (BiasVariance::Exact(b), _) => b.is_positive().into(),
            _ if resolved.sigma_b2.lower() > 0 => Truth::True,
            (_, WeightVariance::Exact(w)) => remainder(layer, w, variance.as_ref()),
            _ => Truth::Unknown,
        };
        self.signs.push(Signs { weight, bias });
        // Squares of squares grow beyond all memory.
        let short = |q: &BigRational| q.numer().bits() + q.denom().bits() < MAX_BITS;
        Ok((variance.clone().filter(short).and_then(|q| next_rational(layer, q)), None))
    }

    fn biased(&mut self, _: Place, next: Option<BigRational>) -> Result<Option<BigRational>, Infallible> {
        Ok(next)
    }

    fn combined(
        &mut self,
        sum: &Sum,
        values: Vec<Option<BigRational>>,
        _: Role,
    ) -> Result<Option<BigRational>, Infallible> {
        Ok(sum.rational(values.iter().map(Option::as_ref)))
    }

    fn normalized(
        &mut self,
        _: usize,
        _: Option<BigRational>,
        _: Role,
    ) -> Result<Option<BigRational>, Infallible> {
        Ok(Some(BigRational::one()))
    }
}

/// Is `q - σ_w² E[φ²]`, which is not negative, positive?
fn remainder(layer: &Layer, w: &BigRational, variance: Option<&BigRational>) -> Truth {
    let rest = variance.and_then(|q| {
        let moment = layer.activation.second_moment_closed_form(q)?;
        Some(&ClosedForm::from(q.clone()) - &moment.scaled(w))
    });
    match rest {
        Some(rest) if rest.is_zero() => Truth::False,
        Some(rest) if rest.sign().is_some_and(|s| s.is_gt()) => Truth::True,
        _ => Truth::Unknown,
    }
}
