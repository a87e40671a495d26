//! A network with its variances resolved: what the series, the sum and the evaluation share.

use std::convert::Infallible;

use num_rational::BigRational;
use num_traits::{One, Zero};
use rug::Float;

use super::exact_sum::exact_sum;
use super::moment_slope::MomentSlope;
use crate::Error;
use crate::activation::{Activation, Support};
use crate::consistency::{agree, not_negative};
use crate::dual::Dual;
use crate::network::recursion::{Domain, Kernels, Place, Role, Sum, covariance, run};
use crate::network::resolve::{Numbers, Rationals, Resolution, Rest};
use crate::network::{Kernel, Network, Training, WeightVariance};
use crate::number::{Ball, Mag};

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
    /// `q_{l+1}`.
    pub next: Ball,
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

impl ResolvedLayer {
    /// `η_w` and `τ_b²/q_{l+1}`.
    pub fn training(&self, training: &Training) -> (Ball, Ball) {
        let ball = |x: &BigRational| Ball::from_rational(x, self.next.precision());
        let biases = training.biases.as_ref().map_or_else(|| self.bias.clone(), |b| &ball(b) / &self.next);
        (ball(&training.weights), biases)
    }
}

/// A network at a working precision.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    network: Network,
    pub precision: u32,
    /// `γ_w² r²/q_1` and `γ_b²/q_1`: `ρ_1(ρ)`.
    pub input_slope: Ball,
    pub input_constant: Ball,
    /// The same of `Θ_1/q_1`, where it is another.
    pub input_tangent: Option<[Ball; 2]>,
    /// For every sum of branches the shares `w_i q_i/q` of its variance.
    pub sums: Vec<Vec<Ball>>,
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
        let ball = |r: &BigRational| Ball::from_rational(r, precision);
        let first = network.first_variance();
        let slope = &input.gamma_w2 * &input.radius2;
        let start = Variance { ball: ball(&first), rational: Some(first.clone()) };
        let mut resolver = Resolver {
            network,
            kernel,
            precision,
            slope: MomentSlope::default(),
            layers: vec![],
            sums: vec![],
        };
        let variance = covariance(network, &mut resolver, start)?.ball;
        let Resolver { layers, sums, .. } = resolver;
        let part =
            |w: &BigRational, b: &BigRational| [ball(&(w * &input.radius2 / &first)), ball(&(b / &first))];
        Ok(Profile {
            network: network.clone(),
            precision,
            input_slope: ball(&(&slope / &first)),
            input_constant: ball(&(&input.gamma_b2 / &first)),
            input_tangent: network.first(part).tangent,
            sums,
            layers,
            output_variance: variance,
            exact_sum: exact_sum(network, kernel),
        })
    }

    /// The network that was resolved.
    pub fn network(&self) -> &Network {
        &self.network
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
        let first = self.first(&Ball::from_integer(1, self.precision));
        let first = Kernels { covariance: Ball::from_integer(1, self.precision), ..first };
        let Ok(normalized) = run(&self.network, kernel, &mut AtOne(self), first);
        &normalized.kernel() * &self.output_variance
    }

    /// `ρ_1` and `Θ_1/q_1` at ρ.
    fn first(&self, rho: &Ball) -> Kernels<Ball> {
        let at = |slope: &Ball, constant: &Ball| slope * rho + constant;
        let tangent = self.input_tangent.as_ref().map(|[slope, constant]| at(slope, constant));
        Kernels { covariance: at(&self.input_slope, &self.input_constant), tangent }
    }

    /// `Σ (w_i q_i/q) x_i` for a sum of branches.
    pub fn combined(&self, sum: &Sum, values: &[Ball]) -> Ball {
        let terms = self.sums[sum.index].iter().zip(values);
        terms.map(|(share, x)| share * x).reduce(|a, b| a + b).unwrap_or_else(|| Ball::zero(self.precision))
    }

    /// The kernel at a ρ above 1, as the sum of its series; `None` if a layer has no closed dual or is not surely
    /// analytic there.
    pub fn evaluate_past_one(&self, kernel: Kernel, rho: &Ball) -> Option<Ball> {
        self.evaluate_by(kernel, rho, |dual, inner, tangent| {
            if dual.in_domain(inner) { value_and_derivative(dual, inner, tangent) } else { None }
        })
    }

    /// The kernel at ρ in `[-1, 1]` by the closed duals; `None` if a layer has none.
    pub fn evaluate(&self, kernel: Kernel, rho: &Ball) -> Option<Ball> {
        self.evaluate_by(kernel, rho, value_and_derivative)
    }

    /// The same where `dual` gives a dual activation and, if asked for, its derivative.
    pub fn evaluate_by(
        &self,
        kernel: Kernel,
        rho: &Ball,
        dual: impl Fn(&Dual, &Ball, bool) -> Option<(Ball, Option<Ball>)>,
    ) -> Option<Ball> {
        let mut domain = AtRho { profile: self, tangent: kernel == Kernel::Ntk, dual };
        let normalized = run(&self.network, kernel, &mut domain, self.first(rho)).ok()?.kernel();
        Some(&normalized * &self.output_variance)
    }
}

fn value_and_derivative(dual: &Dual, rho: &Ball, tangent: bool) -> Option<(Ball, Option<Ball>)> {
    let derivative = if tangent { Some(dual.derivative(rho)?) } else { None };
    Some((dual.value(rho)?, derivative))
}

/// The recursion at one ρ, divided by the variances.
struct AtRho<'a, F> {
    profile: &'a Profile,
    tangent: bool,
    dual: F,
}

/// No closed dual.
struct Open;

impl<F: Fn(&Dual, &Ball, bool) -> Option<(Ball, Option<Ball>)>> Domain for AtRho<'_, F> {
    type Value = Ball;
    type Slope = Ball;
    type Stop = Open;

    fn activate(&mut self, at: Place, rho: &Ball) -> Result<(Ball, Option<Ball>), Open> {
        let layer = &self.profile.layers[at.index];
        let (value, derivative) = (self.dual)(&layer.dual, rho, self.tangent).ok_or(Open)?;
        Ok((&layer.weight * &value, derivative.map(|d| &layer.weight * &d)))
    }

    fn biased(&mut self, at: Place, value: Ball) -> Result<Ball, Open> {
        Ok(value + &self.profile.layers[at.index].bias)
    }

    fn combined(&mut self, sum: &Sum, values: Vec<Ball>, _: Role) -> Result<Ball, Open> {
        Ok(self.profile.combined(sum, &values))
    }

    /// Values are divided by the variance already.
    fn normalized(&mut self, _: usize, value: Ball, _: Role) -> Result<Ball, Open> {
        Ok(value)
    }

    fn trained(&mut self, at: Place, value: Ball, training: &Training) -> Result<Ball, Open> {
        let (weights, biases) = self.profile.layers[at.index].training(training);
        Ok(value * &weights + &biases)
    }

    fn through(&mut self, _: Place, own: &Ball, theta: &Ball, slope: Ball) -> Result<Ball, Open> {
        Ok(own + &(theta * &slope))
    }
}

/// The recursion at ρ = 1, where every `ρ_l` is 1: only the slopes count.
struct AtOne<'a>(&'a Profile);

impl Domain for AtOne<'_> {
    type Value = Ball;
    type Slope = Ball;
    type Stop = Infallible;

    fn activate(&mut self, at: Place, _: &Ball) -> Result<(Ball, Option<Ball>), Infallible> {
        let layer = &self.0.layers[at.index];
        let slope = layer.slope_at_one.clone().unwrap_or_else(|| Ball::whole_line(self.0.precision));
        Ok((&layer.weight * &layer.moment, Some(slope)))
    }

    fn biased(&mut self, _: Place, _: Ball) -> Result<Ball, Infallible> {
        Ok(Ball::from_integer(1, self.0.precision))
    }

    fn combined(&mut self, sum: &Sum, values: Vec<Ball>, role: Role) -> Result<Ball, Infallible> {
        Ok(match role {
            Role::Covariance => Ball::from_integer(1, self.0.precision),
            Role::Tangent => self.0.combined(sum, &values),
        })
    }

    fn normalized(&mut self, _: usize, value: Ball, _: Role) -> Result<Ball, Infallible> {
        Ok(value)
    }

    fn trained(&mut self, at: Place, value: Ball, training: &Training) -> Result<Ball, Infallible> {
        let (weights, biases) = self.0.layers[at.index].training(training);
        Ok(value * &weights + &biases)
    }

    fn through(&mut self, _: Place, own: &Ball, theta: &Ball, slope: Ball) -> Result<Ball, Infallible> {
        Ok(own + &(theta * &slope))
    }
}

/// The recursion of the variances, which finds what every layer is.
struct Resolver<'a> {
    network: &'a Network,
    kernel: Kernel,
    precision: u32,
    slope: MomentSlope,
    layers: Vec<ResolvedLayer>,
    sums: Vec<Vec<Ball>>,
}

#[derive(Clone)]
struct Variance {
    ball: Ball,
    /// Where it is known to be rational.
    rational: Option<BigRational>,
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
pub(crate) fn next_rational(layer: &super::Layer, variance: BigRational) -> Option<BigRational> {
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
