//! A network with its variances resolved: what the series, the sum and the evaluation share.

use num_rational::BigRational;
use rug::Float;

use super::exact_sum::exact_sum;
use super::network::{BiasVariance, Kernel, Network, WeightVariance};
use crate::Error;
use crate::activation::{Activation, Support};
use crate::consistency::{agree, not_negative};
use crate::dual::Dual;
use crate::number::Ball;

/// One hidden layer in normalized variables: `ρ_{l+1} = weight · φ̂_l(ρ_l) + bias`, `ρ_l = c_l/q_l`, so that
/// `ρ_l(1) = 1` at every layer and `Θ_{l+1}/q_{l+1} = ρ_{l+1} + (Θ_l/q_l) dρ_{l+1}/dρ_l`.
#[derive(Clone, Debug)]
pub(crate) struct ResolvedLayer {
    pub activation: Activation,
    /// Which Hermite coefficients can be non-zero at this layer's variance.
    pub support: Support,
    /// The variance `q_l` that the activation sees.
    pub variance: Ball,
    pub sigma_w2: Ball,
    pub sigma_b2: Ball,
    /// `σ_w²/q_{l+1}`.
    pub weight: Ball,
    /// `σ_b²/q_{l+1}`.
    pub bias: Ball,
    pub dual: Dual,
    /// `E[φ²]`, and `E[φ'²]` for the NTK.
    pub moment: Ball,
    pub slope_moment: Option<Ball>,
    /// `dρ_{l+1}/dρ_l` at 1, for the NTK.
    pub slope_at_one: Option<Ball>,
}

/// A network at a working precision.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub precision: u32,
    /// `γ_w² r²/q_1` and `γ_b²/q_1`: `ρ_1(ρ)`.
    pub input_slope: Ball,
    pub input_constant: Ball,
    pub layers: Vec<ResolvedLayer>,
    /// `q_{L+1}`.
    pub output_variance: Ball,
    /// The kernel at ρ = 1, where it is known to be rational.
    exact_sum: Option<BigRational>,
}

impl Profile {
    /// At about this precision, or at a multiple of it where that is too little for any answer.
    pub fn rough(network: &Network, kernel: Kernel, precision: u32) -> Result<Profile, Error> {
        /// How often to double.
        const DOUBLINGS: u32 = 6;
        let mut found = Profile::new(network, kernel, precision);
        for n in 1..=DOUBLINGS {
            if !matches!(found, Err(Error::AccuracyNotReached { .. })) {
                break;
            }
            found = Profile::new(network, kernel, precision << n);
        }
        found
    }

    pub fn new(network: &Network, kernel: Kernel, precision: u32) -> Result<Profile, Error> {
        let input = network.input();
        let ball = |r| Ball::from_rational(r, precision);
        let slope = &input.gamma_w2 * &input.radius2;
        let first = &slope + &input.gamma_b2;
        let mut variance = ball(&first);
        let mut rational = Some(first.clone());
        let mut layers: Vec<ResolvedLayer> = Vec::with_capacity(network.layers().len());
        for (index, layer) in network.layers().iter().enumerate() {
            if index == 0 {
                layer.activation.check_square_integrable(&first)?;
            }
            let resolved = match layers.last() {
                // The same layer at the same variance: moments are dear where they are integrals.
                Some(last) if is_repeated(network.layers(), index) && variance.is_same(&last.variance) => {
                    (last.clone(), variance.clone())
                }
                _ => resolve(layer, index + 1, &variance, rational.as_ref(), kernel, precision)?,
            };
            variance = resolved.1;
            let last = index + 1 == network.layers().len();
            rational = rational.filter(|_| !last).and_then(|q| next_rational(layer, q));
            layers.push(resolved.0);
        }
        Ok(Profile {
            precision,
            input_slope: ball(&(&slope / &first)),
            input_constant: ball(&(&input.gamma_b2 / &first)),
            layers,
            output_variance: variance,
            exact_sum: exact_sum(network, kernel),
        })
    }

    /// The kernel at ρ = 1: `q_{L+1}`, or `Θ_{L+1}(1)` by `θ_{l+1} = 1 + θ_l dρ_{l+1}/dρ_l(1)`.
    pub fn sum(&self, kernel: Kernel) -> Ball {
        match &self.exact_sum {
            Some(exact) => Ball::from_rational(exact, self.precision),
            None => self.enclosed_sum(kernel),
        }
    }

    /// The same by the recursion in balls.
    pub(super) fn enclosed_sum(&self, kernel: Kernel) -> Ball {
        let one = Ball::from_integer(1, self.precision);
        let normalized = match kernel {
            Kernel::Nngp => one,
            Kernel::Ntk => self.layers.iter().fold(one.clone(), |theta, layer| match &layer.slope_at_one {
                Some(slope) => &one + &(&theta * slope),
                None => Ball::whole_line(self.precision),
            }),
        };
        &normalized * &self.output_variance
    }

    /// The kernel at a ρ above 1, as the sum of its series; `None` if a layer has no closed dual or is not surely analytic
    /// there.
    pub fn evaluate_past_one(&self, kernel: Kernel, rho: &Ball) -> Option<Ball> {
        let mut inner = &self.input_slope * rho + &self.input_constant;
        for layer in &self.layers {
            if !layer.dual.in_domain(&inner) {
                return None;
            }
            inner = &layer.weight * &layer.dual.value(&inner)? + &layer.bias;
        }
        self.evaluate(kernel, rho)
    }

    /// The kernel at ρ in `[-1, 1]` by the closed duals; `None` if a layer has none.
    pub fn evaluate(&self, kernel: Kernel, rho: &Ball) -> Option<Ball> {
        let mut inner = &self.input_slope * rho + &self.input_constant;
        let mut theta = inner.clone();
        for layer in &self.layers {
            let value = &layer.weight * &layer.dual.value(&inner)? + &layer.bias;
            if kernel == Kernel::Ntk {
                let slope = &layer.weight * &layer.dual.derivative(&inner)?;
                theta = &value + &(&theta * &slope);
            }
            inner = value;
        }
        let normalized = if kernel == Kernel::Ntk { theta } else { inner };
        Some(&normalized * &self.output_variance)
    }
}

/// Is a layer like the one before it?
fn is_repeated(layers: &[super::Layer], index: usize) -> bool {
    let (before, layer) = (&layers[index - 1], &layers[index]);
    before.activation.is_same(&layer.activation)
        && before.sigma_w2 == layer.sigma_w2
        && before.sigma_b2 == layer.sigma_b2
}

fn resolve(
    layer: &super::Layer,
    number: usize,
    variance: &Ball,
    rational: Option<&BigRational>,
    kernel: Kernel,
    precision: u32,
) -> Result<(ResolvedLayer, Ball), Error> {
    let activation = &layer.activation;
    let moment = activation.second_moment(variance, precision)?;
    if !moment.is_finite() {
        return Err(Error::NotSquareIntegrable {
            activation: activation.name(),
            why: format!("E[φ(√q Z)²] is not finite at q = {variance:.6} (layer {number})"),
        });
    }
    let (sigma_w2, sigma_b2, next) = match (&layer.sigma_w2, &layer.sigma_b2) {
        (WeightVariance::Exact(w), BiasVariance::Exact(b)) => {
            let (w, b) = (Ball::from_rational(w, precision), Ball::from_rational(b, precision));
            let next = &w * &moment + &b;
            (w, b, next)
        }
        (WeightVariance::Exact(w), BiasVariance::Unit) => {
            let w = Ball::from_rational(w, precision);
            let b = clipped(variance - &(&w * &moment)).ok_or_else(|| {
                Error::parameter(
                    "sigma_b2",
                    "unit",
                    &format!(
                        "σ_w² E[φ²] exceeds the variance at layer {number}: a smaller sigma_w2 is accepted"
                    ),
                )
            })?;
            (w, b, variance.clone())
        }
        (WeightVariance::Normalized, BiasVariance::Exact(b)) => {
            let b = Ball::from_rational(b, precision);
            if moment.contains_zero() && !moment.is_exact_zero() {
                let what = format!("E[φ²] at layer {number}");
                return Err(Error::AccuracyNotReached { what, best: Box::new(moment) });
            }
            if moment.is_exact_zero() {
                return Err(Error::parameter("sigma_w2", "normalized", "E[φ²] = 0: a number is accepted"));
            }
            let w = clipped(variance - &b).map(|share| &share / &moment).ok_or_else(|| {
                Error::parameter(
                    "sigma_b2",
                    format!("{b:.6}"),
                    &format!("with sigma_w2 = normalized at most the variance {variance:.6} of layer {number} is accepted"),
                )
            })?;
            (w, b, variance.clone())
        }
        (WeightVariance::Normalized, BiasVariance::Unit) => {
            return Err(Error::parameter("sigma_b2", "unit", "`unit` needs a number for sigma_w2"));
        }
    };
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
pub(crate) fn next_rational(layer: &super::Layer, variance: BigRational) -> Option<BigRational> {
    match (&layer.sigma_w2, &layer.sigma_b2) {
        (WeightVariance::Exact(w), BiasVariance::Exact(b)) => {
            let moment = layer.activation.second_moment_closed_form(&variance)?.as_rational()?;
            Some(w * moment + b)
        }
        _ => Some(variance),
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
