//! The network: what the kernels depend on, its variances, and the recursion of its kernels.

pub(crate) mod recursion;
pub(crate) mod resolve;

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use crate::Error;
use crate::activation::Activation;

/// Most hidden layers that a network may have.
pub const MAX_HIDDEN_LAYERS: usize = 1000;

/// Which kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kernel {
    /// The neural tangent kernel `Θ_{L+1}`.
    Ntk,
    /// The neural network Gaussian process kernel `c_{L+1}`.
    Nngp,
}

/// What the variable of the power series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Convention {
    /// ρ, the cosine of the angle between two inputs.
    #[default]
    Standard,
    /// The first-layer covariance `t = c_1` itself, as in the published tables of \[M23\]: one hidden
    /// layer, `Θ_2 = G(t) + (γ_b² + γ_w² t) G'(t)`.
    Murray2023,
}

/// The first layer: `c_1(ρ) = γ_w² r² ρ + γ_b²`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Input {
    /// `γ_w²`.
    pub gamma_w2: BigRational,
    /// `γ_b²`.
    pub gamma_b2: BigRational,
    /// Squared radius of the sphere that the inputs lie on.
    pub radius2: BigRational,
}

impl Default for Input {
    /// `γ_w² = 1`, `γ_b² = 0`, unit sphere.
    fn default() -> Input {
        Input { gamma_w2: BigRational::one(), gamma_b2: BigRational::zero(), radius2: BigRational::one() }
    }
}

/// `σ_w²` of a hidden layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WeightVariance {
    /// The number itself.
    Exact(BigRational),
    /// `(q_l - σ_b²) / E[φ(√q_l Z)²]`, which preserves the variance: `q_{l+1} = q_l`.
    Normalized,
}

/// `σ_b²` of a hidden layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BiasVariance {
    /// The number itself.
    Exact(BigRational),
    /// `q_l - σ_w² E[φ(√q_l Z)²]`, which preserves the variance; an error if negative.
    Unit,
}

/// One hidden layer and the weights that follow it.
#[derive(Clone, Debug)]
pub struct Layer {
    /// The activation φ_l.
    pub activation: Activation,
    /// The weight variance.
    pub sigma_w2: WeightVariance,
    /// The bias variance.
    pub sigma_b2: BiasVariance,
}

/// A fully connected network in the infinite-width limit (math: `c_1`, then for each hidden layer
/// `c_{l+1} = σ_w² φ̂_{q_l}(c_l/q_l) + σ_b²`).
#[derive(Clone, Debug)]
pub struct Network {
    input: Input,
    layers: Vec<Layer>,
}

impl Network {
    /// A network from its input and hidden layers.
    ///
    /// # Errors
    /// [`Error::Parameter`] for negative variances, `γ_w² = γ_b² = 0`, a radius that is not
    /// positive, `normalized` and `unit` together, no layer or more than 1000.
    pub fn new(input: Input, layers: Vec<Layer>) -> Result<Network, Error> {
        let not_negative = |name: &str, value: &BigRational| match value.is_negative() {
            true => Err(Error::parameter(name, value, "a variance is 0 or more")),
            false => Ok(()),
        };
        not_negative("gamma_w2", &input.gamma_w2)?;
        not_negative("gamma_b2", &input.gamma_b2)?;
        if !input.radius2.is_positive() {
            return Err(Error::parameter("radius2", &input.radius2, "a squared radius above 0 is accepted"));
        }
        if input.gamma_w2.is_zero() && input.gamma_b2.is_zero() {
            return Err(Error::parameter("gamma_w2 = gamma_b2", 0, "one of the two must be positive"));
        }
        if !(1..=MAX_HIDDEN_LAYERS).contains(&layers.len()) {
            return Err(Error::parameter("hidden layers", layers.len(), "1 to 1000 are accepted"));
        }
        for layer in &layers {
            match (&layer.sigma_w2, &layer.sigma_b2) {
                (WeightVariance::Normalized, BiasVariance::Unit) => {
                    return Err(resolve::both_follow());
                }
                (w, b) => {
                    if let WeightVariance::Exact(value) = w {
                        not_negative("sigma_w2", value)?;
                    }
                    if let BiasVariance::Exact(value) = b {
                        not_negative("sigma_b2", value)?;
                    }
                }
            }
        }
        Ok(Network { input, layers })
    }

    /// `hidden_layers` layers alike.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn uniform(input: Input, layer: Layer, hidden_layers: usize) -> Result<Network, Error> {
        if hidden_layers > MAX_HIDDEN_LAYERS {
            return Err(Error::parameter("hidden layers", hidden_layers, "1 to 1000 are accepted"));
        }
        Network::new(input, vec![layer; hidden_layers])
    }

    /// `q_1`, the variance of the first pre-activations.
    pub(crate) fn first_variance(&self) -> BigRational {
        &self.input.gamma_w2 * &self.input.radius2 + &self.input.gamma_b2
    }

    /// The input layer.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The hidden layers, first to last.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }
}
