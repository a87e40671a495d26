//! The network: what the kernels depend on, its variances, and the recursion of its kernels.

mod block;
mod builder;
mod json;
#[cfg(feature = "serde")]
mod read;
pub(crate) mod recursion;
pub(crate) mod resolve;
#[cfg(test)]
pub(crate) mod samples;
mod text;
mod training;

pub use block::Block;
pub use builder::{Chain, NetworkBuilder};
#[cfg(feature = "serde")]
pub use read::NETWORK_SHAPE;
pub use training::Training;

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use self::recursion::Kernels;
use crate::Error;
use crate::activation::Activation;

/// Most hidden layers that a network may have.
pub(crate) const MAX_HIDDEN_LAYERS: usize = 1000;

/// Which kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
pub enum Kernel {
    /// The neural tangent kernel `Θ_{L+1}`.
    Ntk,
    /// The neural network Gaussian process kernel `c_{L+1}`.
    Nngp,
}

/// What the variable of the power series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(rename_all = "lowercase"))]
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
/// `c_{l+1} = σ_w² φ̂_{q_l}(c_l/q_l) + σ_b²`), a chain of layers or of [`Block`]s.
#[derive(Clone, Debug)]
pub struct Network {
    input: Input,
    blocks: Vec<Block>,
    /// The hidden layers of all blocks, in their order.
    layers: Vec<Layer>,
    /// How the input layer and every hidden layer are trained; `None` where all are as usual.
    training: Option<Vec<Training>>,
}

impl Network {
    /// A network from its input and hidden layers.
    ///
    /// # Errors
    /// [`Error::Parameter`] for negative variances, `γ_w² = γ_b² = 0`, a radius that is not
    /// positive, `normalized` and `unit` together, no layer or more than 1000.
    pub fn new(input: Input, layers: Vec<Layer>) -> Result<Network, Error> {
        input.check()?;
        if !(1..=MAX_HIDDEN_LAYERS).contains(&layers.len()) {
            return Err(Error::parameter("hidden layers", layers.len(), "1 to 1000 are accepted"));
        }
        Network::from_blocks(input, layers.into_iter().map(Block::Dense).collect())
    }

    /// A network with residual blocks, sums of branches and normalization layers.
    ///
    /// # Errors
    /// As [`Network::new`], and for blocks that make no network: see [`Block`].
    ///
    /// # Examples
    /// ```
    /// use ntk_series::kernel::{BiasVariance, Block, Convention, Input, Layer, WeightVariance};
    /// use ntk_series::number::parse_rational;
    /// use ntk_series::{Accuracy, Activation, Kernel, Network};
    /// let layer = Layer {
    ///     activation: Activation::relu(),
    ///     sigma_w2: WeightVariance::Exact(parse_rational("2")?),
    ///     sigma_b2: BiasVariance::Exact(parse_rational("0")?),
    /// };
    /// let residual = Block::Residual { skip: parse_rational("1")?, branch: vec![Block::Dense(layer)] };
    /// let network = Network::from_blocks(Input::default(), vec![residual])?;
    /// // c_2 = ρ + 2 k_1(ρ), the kernel of the branch besides the first layer's.
    /// let series = network.series(Kernel::Nngp, Convention::Standard, 2, Accuracy::relative(15)?)?;
    /// assert_eq!(series.sum().to_string(), "2");
    /// assert!(series.coefficients()[1].to_string().starts_with("1.5"));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn from_blocks(input: Input, blocks: Vec<Block>) -> Result<Network, Error> {
        input.check()?;
        match block::checked_layers(&blocks) {
            Ok(layers) => Ok(Network { input, blocks, layers, training: None }),
            Err(error) => {
                block::dismantle(blocks);
                Err(error)
            }
        }
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

    /// The same network where layers are trained at speeds of their own: first the input layer, then every hidden
    /// layer. It changes the NTK; the NNGP kernel knows nothing of training.
    ///
    /// # Errors
    /// [`Error::Parameter`] for negative factors, and for another number of entries than one more than that of layers.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::kernel::{BiasVariance, Convention, Input, Layer, Training, WeightVariance};
    /// use ntk_series::{Accuracy, Activation, Kernel, Network};
    /// let sigma_b2 = BiasVariance::Exact(num_traits::Zero::zero());
    /// let layer = Layer { activation: Activation::relu(), sigma_w2: WeightVariance::Normalized, sigma_b2 };
    /// let network = Network::uniform(Input::default(), layer, 1)?;
    /// // Only the first layer is trained: Θ = NTK - NNGP.
    /// let network = network.trained(vec![Training::default(), Training::frozen()])?;
    /// assert_eq!(network.at_one(Kernel::Ntk, Accuracy::relative(15)?)?.to_string(), "1");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn trained(mut self, mut training: Vec<Training>) -> Result<Network, Error> {
        if training.len() != self.layers.len() + 1 {
            let accepted =
                format!("{} are accepted: the input layer's and the hidden ones'", self.layers.len() + 1);
            return Err(Error::parameter("number of training speeds", training.len(), &accepted));
        }
        for each in &training {
            factor("train_w", &each.weights)?;
            each.biases.as_ref().map_or(Ok(()), |b| factor("train_b", b))?;
        }
        let is_frozen = |(number, t): (usize, &Training)| {
            let biases =
                t.biases.as_ref().map_or_else(|| self.bias_is(number, &BigRational::zero()), Zero::is_zero);
            t.weights.is_zero() && biases
        };
        if training.iter().enumerate().all(is_frozen) {
            return Err(Error::parameter("train_w", 0, "one layer at least is trained"));
        }
        for (number, each) in training.iter_mut().enumerate() {
            // Biases that are trained as they are initialized are so as usual, however it is said.
            each.biases.take_if(|biases| self.bias_is(number, biases));
        }
        self.training = training.iter().any(|t| !t.is_usual()).then_some(training);
        Ok(self)
    }

    /// Is this the bias variance of the input layer (0) or of a hidden layer, from 1?
    fn bias_is(&self, number: usize, value: &BigRational) -> bool {
        match number.checked_sub(1) {
            None => self.input.gamma_b2 == *value,
            Some(layer) => self.layers[layer].sigma_b2 == BiasVariance::Exact(value.clone()),
        }
    }

    /// `q_1`, the variance of the first pre-activations.
    pub(crate) fn first_variance(&self) -> BigRational {
        &self.input.gamma_w2 * &self.input.radius2 + &self.input.gamma_b2
    }

    /// The input layer.
    pub fn input(&self) -> &Input {
        &self.input
    }

    /// The hidden layers, first to last, those of blocks in the order of the blocks.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// What the network is made of.
    pub fn blocks(&self) -> &[Block] {
        &self.blocks
    }

    /// Is it nothing but a chain of layers?
    pub fn is_chain(&self) -> bool {
        self.blocks.iter().all(|block| matches!(block, Block::Dense(_)))
    }

    /// Is there a normalization layer?
    pub(crate) fn normalizes(&self) -> bool {
        block::normalizes(&self.blocks)
    }

    /// How the input layer and every hidden layer are trained; `None` where all are as usual.
    pub fn training(&self) -> Option<&[Training]> {
        self.training.as_deref()
    }

    /// `c_1` and `Θ_1`, from what `γ_w² <x, y> + γ_b²` is for given `γ_w²` and `γ_b²`.
    pub(crate) fn first<V>(&self, mut of: impl FnMut(&BigRational, &BigRational) -> V) -> Kernels<V> {
        let Input { gamma_w2, gamma_b2, .. } = &self.input;
        let tangent = self.training_of(0).map(|training| {
            of(&(&training.weights * gamma_w2), training.biases.as_ref().unwrap_or(gamma_b2))
        });
        Kernels { covariance: of(gamma_w2, gamma_b2), tangent }
    }

    /// Of the input layer (0) or a hidden layer, from 1, where it is not trained as usual.
    pub(crate) fn training_of(&self, number: usize) -> Option<&Training> {
        self.training.as_ref().map(|training| &training[number]).filter(|training| !training.is_usual())
    }

    /// Do trained biases add a constant to the tangent kernel, whether or not the covariance has one?
    pub(crate) fn adds_bias(&self, number: usize) -> bool {
        let biases = self.training_of(number).and_then(|training| training.biases.as_ref());
        biases.is_some_and(|biases| !biases.is_zero())
    }

    /// The layers of a chain that is trained as usual: what formulas for single layers hold of.
    pub(crate) fn plain_layers(&self) -> Option<&[Layer]> {
        (self.is_chain() && self.training.is_none()).then_some(&self.layers)
    }
}

/// A weight or a speed.
fn factor(name: &str, value: &BigRational) -> Result<(), Error> {
    not_negative(name, value, "0 or more is accepted")
}

fn variance(name: &str, value: &BigRational) -> Result<(), Error> {
    not_negative(name, value, "a variance is 0 or more")
}

fn not_negative(name: &str, value: &BigRational, accepted: &str) -> Result<(), Error> {
    if value.is_negative() { Err(Error::parameter(name, value, accepted)) } else { Ok(()) }
}

impl Input {
    fn check(&self) -> Result<(), Error> {
        variance("gamma_w2", &self.gamma_w2)?;
        variance("gamma_b2", &self.gamma_b2)?;
        if !self.radius2.is_positive() {
            return Err(Error::parameter("radius2", &self.radius2, "a squared radius above 0 is accepted"));
        }
        if self.gamma_w2.is_zero() && self.gamma_b2.is_zero() {
            return Err(Error::parameter("gamma_w2 = gamma_b2", 0, "one of the two must be positive"));
        }
        Ok(())
    }
}

impl Layer {
    fn check(&self) -> Result<(), Error> {
        match (&self.sigma_w2, &self.sigma_b2) {
            (WeightVariance::Normalized, BiasVariance::Unit) => Err(resolve::both_follow()),
            (w, b) => {
                if let WeightVariance::Exact(value) = w {
                    variance("sigma_w2", value)?;
                }
                if let BiasVariance::Exact(value) = b {
                    variance("sigma_b2", value)?;
                }
                Ok(())
            }
        }
    }
}
