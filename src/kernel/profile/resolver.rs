//! The recursion of the variances, which finds what every layer is.

use std::convert::Infallible;

use num_rational::BigRational;
use num_traits::{One, Zero};
use rug::Float;

use super::ResolvedLayer;
use crate::Error;
use crate::activation::{Activation, Support};
use crate::consistency::{agree, not_negative};
use crate::dual::Dual;
use crate::kernel::moment_slope::MomentSlope;
use crate::network::recursion::{Domain, Place, Role, Sum};
use crate::network::resolve::{Numbers, Rationals, Resolution, Rest};
use crate::network::{Kernel, Layer, Network, WeightVariance};
use crate::number::{Ball, Mag};

/// The recursion of the variances, which finds what every layer is.
pub(super) struct Resolver<'a> {
    pub network: &'a Network,
    pub kernel: Kernel,
    pub precision: u32,
    pub slope: MomentSlope,
    pub layers: Vec<ResolvedLayer>,
    pub sums: Vec<Vec<Ball>>,
}

#[derive(Clone)]
pub(super) struct Variance {
    pub ball: Ball,
    /// Where it is known to be rational.
    pub rational: Option<BigRational>,
}

impl Domain for Resolver<'_> {
    type Value = Variance;
    type Slope = Infallible;
    type Stop = Error;

    fn activate(&mut self, at: Place, q: &Variance) -> Result<(Variance, Option<Infallible>), Error> {
        let Place { index, layer, is_last } = at;
        if let (0, Some(first)) = (index, &q.rational) {
            layer.activation.check_square_integrable(first)?;
        }
        let (resolved, ball) = match self.layers.last() {
            // The same layer at the same variance: moments are dear where they are integrals.
            Some(last) if is_repeated(self.network.layers(), index) && holds_at(last, &q.ball) => {
                (last.clone(), last.next.clone())
            }
            last => {
                let repeated = q.rational.is_none() && index > 0 && is_repeated(self.network.layers(), index);
                let settling = last.filter(|_| repeated);
                let ball =
                    settling.and_then(|last| settled(&q.ball, &last.variance)).unwrap_or(q.ball.clone());
                resolve(
                    layer,
                    index + 1,
                    &ball,
                    q.rational.as_ref(),
                    self.kernel,
                    self.precision,
                    &mut self.slope,
                )?
            }
        };
        let rational = q.rational.clone().filter(|_| !is_last).and_then(|q| next_rational(layer, q));
        self.layers.push(resolved);
        Ok((Variance { ball, rational }, None))
    }

    fn biased(&mut self, _: Place, next: Variance) -> Result<Variance, Error> {
        Ok(next)
    }

    fn combined(&mut self, sum: &Sum, values: Vec<Variance>, _: Role) -> Result<Variance, Error> {
        let term = |(w, q): (&BigRational, &Variance)| &q.ball * &Ball::from_rational(w, self.precision);
        let terms: Vec<Ball> = sum.weights.iter().zip(&values).map(term).collect();
        let ball = Ball::sum(self.precision, &terms);
        self.sums.push(terms.iter().map(|term| term / &ball).collect());
        Ok(Variance { ball, rational: sum.rational(values.iter().map(|q| q.rational.as_ref())) })
    }

    fn normalized(&mut self, _: usize, _: Variance, _: Role) -> Result<Variance, Error> {
        Ok(Variance { ball: Ball::from_integer(1, self.precision), rational: Some(BigRational::one()) })
    }
}

/// Is what was found of a layer true at this variance as well?
fn holds_at(layer: &ResolvedLayer, variance: &Ball) -> bool {
    // Coefficients may vanish at one variance only.
    let general = layer.support == layer.activation.support();
    variance.is_same(&layer.variance) || general && layer.variance.contains(variance)
}

/// A ball about a variance that differs from the one before by no more than both are uncertain, wide enough that it may
/// well hold the next ones too: the variances of equal layers tend to a fixed point.
fn settled(now: &Ball, before: &Ball) -> Option<Ball> {
    let ulp = now.magnitude() * Mag::pow2(-i64::from(now.precision()));
    let noise = now.radius() + before.radius() + ulp;
    ((now - before).magnitude() <= noise + noise).then(|| now.widened(noise.shl(2)))
}

/// Is a layer like the one before it?
fn is_repeated(layers: &[Layer], index: usize) -> bool {
    let (before, layer) = (&layers[index - 1], &layers[index]);
    before.activation.is_same(&layer.activation)
        && before.sigma_w2 == layer.sigma_w2
        && before.sigma_b2 == layer.sigma_b2
}

fn resolve(
    layer: &Layer,
    number: usize,
    variance: &Ball,
    rational: Option<&BigRational>,
    kernel: Kernel,
    precision: u32,
    slopes: &mut MomentSlope,
) -> Result<(ResolvedLayer, Ball), Error> {
    let activation = &layer.activation;
    let moment = slopes.second_moment(activation, variance, precision)?;
    if !moment.is_finite() {
        return Err(Error::NotSquareIntegrable {
            activation: activation.name(),
            why: format!("E[φ(√q Z)²] is not finite at q = {variance:.6} (layer {number})"),
        });
    }
    let ring = &mut Balls { precision };
    let known = || Ok(Some(moment.clone()));
    let resolution = Resolution { layer, number, q: variance, moment: &known };
    let weight = resolution.weight(ring)?;
    let Some(sigma_w2) = weight else {
        let what = format!("E[φ²] at layer {number}");
        return Err(Error::AccuracyNotReached { what, best: Box::new(moment) });
    };
    let lost = || Ball::whole_line(precision);
    let sigma_b2 = resolution.bias(ring, &sigma_w2)?.unwrap_or_else(lost);
    let next = resolution.next(ring, &sigma_w2)?.unwrap_or_else(lost);
    if next.contains_zero() && !next.is_exact_zero() {
        let what = format!("the variance after layer {number}");
        return Err(Error::AccuracyNotReached { what, best: Box::new(next) });
    }
    if next.is_exact_zero() {
        return Err(Error::parameter(
            "sigma_w2 = sigma_b2",
            0,
            &format!("the kernel vanishes after layer {number}: one of the two must be positive"),
        ));
    }
    let slope_moment = match kernel {
        Kernel::Nngp => None,
        Kernel::Ntk => Some(activation.derivative_second_moment(variance, precision)?),
    };
    // dρ_{l+1}/dρ_l = (q_l/q_{l+1}) dc_{l+1}/dc_l.
    let slope_at_one = slope_moment.as_ref().map(|slope| &(&sigma_w2 * slope) * variance / &next);
    let dual = activation.dual(variance, precision)?;
    let slope = slope_moment.as_ref().map(|slope| slope * variance);
    check(number, &dual, &moment, slope.as_ref())?;
    let resolved = ResolvedLayer {
        activation: activation.clone(),
        support: support_at(activation, &dual, variance, rational)?,
        variance: variance.clone(),
        weight: &sigma_w2 / &next,
        bias: &sigma_b2 / &next,
        next: next.clone(),
        sigma_w2,
        sigma_b2,
        dual,
        moment,
        slope_moment,
        slope_at_one,
    };
    Ok((resolved, next))
}

/// What the theory says of a layer: `φ̂(1) = E[φ²] >= 0` and `φ̂'(1) = q E[φ'²]`, where the dual has a closed form.
fn check(number: usize, dual: &Dual, moment: &Ball, slope: Option<&Ball>) -> Result<(), Error> {
    let name = |what: &str| format!("{what} of the activation in hidden layer {number}");
    not_negative(moment, || name("the second moment"))?;
    let one = Ball::from_integer(1, moment.precision());
    if let Some(value) = dual.value(&one) {
        agree(&value, moment, || name("the second moment"), "it is the dual activation at 1")?;
    }
    match slope.and_then(|slope| Some((slope, dual.derivative(&one)?))) {
        Some((slope, value)) => {
            agree(&value, slope, || name("E[φ'²]"), "times the variance it is the dual's derivative at 1")
        }
        None => Ok(()),
    }
}

/// `q_{l+1}`, where it is known to be rational.
pub(crate) fn next_rational(layer: &Layer, variance: BigRational) -> Option<BigRational> {
    let moment = || {
        let moment = layer.activation.second_moment_closed_form(&variance);
        Ok(moment.and_then(|m| m.as_rational()))
    };
    let resolution = Resolution { layer, number: 0, q: &variance, moment: &moment };
    // A variance that is kept needs no weight.
    let weight = match &layer.sigma_w2 {
        WeightVariance::Exact(w) => w.clone(),
        WeightVariance::Normalized => BigRational::zero(),
    };
    resolution.next(&mut Rationals, &weight).ok()?
}

/// Enclosures.
struct Balls {
    precision: u32,
}

impl Numbers for Balls {
    type Number = Ball;

    fn exact(&mut self, x: &BigRational) -> Ball {
        Ball::from_rational(x, self.precision)
    }

    fn rest(&mut self, q: &Ball, x: &Ball) -> Rest<Ball> {
        clipped(q - x).map_or(Rest::Negative, Rest::Is)
    }

    fn product(&mut self, w: &Ball, m: &Ball) -> Ball {
        w * m
    }

    fn quotient(&mut self, x: &Ball, m: &Ball) -> Option<Ball> {
        Some(x / m)
    }

    fn affine(&mut self, w: &Ball, m: &Ball, b: &Ball) -> Ball {
        w * m + b
    }

    fn is_zero(&self, x: &Ball) -> Option<bool> {
        if x.is_exact_zero() { Some(true) } else { (!x.contains_zero()).then_some(false) }
    }

    fn shown(&self, x: &Ball) -> String {
        format!("{x:.6}")
    }
}

/// The support less the first few coefficients that vanish by accident of the variance, as `h_3` has no `μ_1` at
/// variance one, and a kink at one no `μ_4`: exact zeros, which no precision would tell from small numbers.
fn support_at(
    activation: &Activation,
    dual: &Dual,
    variance: &Ball,
    rational: Option<&BigRational>,
) -> Result<Support, Error> {
    /// How many coefficients are looked at.
    const FEW: usize = 64;
    let mut support = activation.support();
    let few = match dual {
        Dual::Hermite => FEW,
        Dual::Polynomial(coefficients) => coefficients.len(),
        _ => return Ok(support),
    };
    let closed = |k: usize| rational.is_some_and(|q| activation.hermite_square_closed_form(k, q).is_some());
    if matches!(dual, Dual::Hermite) && !(0..few).any(closed) {
        return Ok(support);
    }
    let guess = activation.hermite(variance, few, 64)?;
    for (k, mu) in guess.iter().enumerate().filter(|(_, mu)| mu.contains_zero()) {
        let vanishes = || {
            let square = activation.hermite_square_closed_form(k, rational?)?;
            Some(square.is_zero())
        };
        if support.may_be_nonzero(k) && (mu.is_exact_zero() || vanishes() == Some(true)) {
            support.exclude(k);
        }
    }
    Ok(support)
}

/// The ball within `[0, ∞)`; `None` if no member is there.
fn clipped(x: Ball) -> Option<Ball> {
    if x.lower() >= 0 {
        return Some(x);
    }
    let upper = x.upper();
    if upper < 0 { None } else { Some(Ball::from_bounds(&Float::new(53), &upper, x.precision())) }
}

#[cfg(test)]
mod tests;
