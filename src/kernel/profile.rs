//! A network with its variances resolved: what the series, the sum and the evaluation share.

mod resolver;

use std::convert::Infallible;

use num_rational::BigRational;

use super::exact_sum::exact_sum;
use super::moment_slope::MomentSlope;
use crate::Error;
use crate::activation::{Activation, Support};
use crate::dual::Dual;
use crate::network::recursion::{Domain, Kernels, Place, Role, Sum, covariance, run};
use crate::network::{Kernel, Network, Training};
use crate::number::Ball;
pub(crate) use resolver::next_rational;
use resolver::{Resolver, Variance};

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
    fn evaluate_by(
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
