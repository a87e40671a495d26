//! Networks layer by layer, with the usual variances where none are named.

use num_rational::BigRational;
use num_traits::Zero;

use super::{BiasVariance, Block, Input, Layer, Network, Training, WeightVariance};
use crate::Error;
use crate::activation::Activation;

impl Layer {
    /// A layer that preserves the variance and has no bias: `σ_w² = q/E[φ(√q Z)²]`, `σ_b² = 0`.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::kernel::{BiasVariance, Layer};
    /// use ntk_series::{Activation, number::parse_rational};
    /// let layer = Layer::new(Activation::parse("tanh")?);
    /// let biased = Layer { sigma_b2: BiasVariance::Exact(parse_rational("1/10")?), ..layer };
    /// assert_eq!(biased.activation.name(), "tanh");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn new(activation: Activation) -> Layer {
        let sigma_b2 = BiasVariance::Exact(BigRational::zero());
        Layer { activation, sigma_w2: WeightVariance::Normalized, sigma_b2 }
    }
}

impl Network {
    /// `hidden_layers` layers of ReLU on the unit sphere, without biases, each of which preserves the variance: `σ_w² =
    /// 2`.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless there are 1 to 1000 layers.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::{Accuracy, Kernel, Network};
    /// let network = Network::relu(3)?;
    /// assert_eq!(network.at_one(Kernel::Ntk, Accuracy::relative(15)?)?.to_string(), "4");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn relu(hidden_layers: usize) -> Result<Network, Error> {
        Network::uniform(Input::default(), Layer::new(Activation::relu()), hidden_layers)
    }

    /// A network layer by layer.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::{Accuracy, Activation, Kernel, Network};
    /// use ntk_series::number::parse_rational;
    /// let gelu = Activation::parse("gelu")?;
    /// let network = Network::builder()
    ///     .dense(Activation::parse("erf")?)
    ///     .residual(parse_rational("1")?, |branch| branch.dense(Activation::relu()).dense(gelu))
    ///     .normalize()
    ///     .dense(Activation::parse("tanh")?)
    ///     .build()?;
    /// assert_eq!(network.layers().len(), 4);
    /// // Every layer preserves the variance, and the normalization takes the 2 of the sum of two branches to 1.
    /// let one = network.at_one(Kernel::Nngp, Accuracy::relative(10)?)?;
    /// assert!(one.contains_rational(&parse_rational("1")?));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn builder() -> NetworkBuilder {
        NetworkBuilder { input: Input::default(), chain: Chain::default(), training: None }
    }
}

/// A network that is being built: see [`Network::builder`]. Nothing is checked before [`NetworkBuilder::build`].
#[derive(Clone, Debug)]
#[must_use]
pub struct NetworkBuilder {
    input: Input,
    chain: Chain,
    training: Option<Vec<Training>>,
}

/// Blocks one after the other: a network's, or those of a branch.
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Chain(Vec<Block>);

impl Chain {
    /// Adds a layer as [`Layer::new`] makes it.
    pub fn dense(self, activation: Activation) -> Chain {
        self.layer(Layer::new(activation))
    }

    /// Adds a layer.
    pub fn layer(self, layer: Layer) -> Chain {
        self.block(Block::Dense(layer))
    }

    /// Adds `skip · x + branch(x)`.
    pub fn residual(self, skip: BigRational, branch: impl FnOnce(Chain) -> Chain) -> Chain {
        self.block(Block::Residual { skip, branch: branch(Chain::default()).0 })
    }

    /// Adds a normalization layer.
    pub fn normalize(self) -> Chain {
        self.block(Block::Normalize)
    }

    /// Adds a block.
    pub fn block(mut self, block: Block) -> Chain {
        self.0.push(block);
        self
    }
}

impl From<Chain> for Vec<Block> {
    fn from(chain: Chain) -> Vec<Block> {
        chain.0
    }
}

impl NetworkBuilder {
    /// The first layer and the sphere; by default `γ_w² = 1`, `γ_b² = 0`, radius one.
    pub fn input(self, input: Input) -> NetworkBuilder {
        NetworkBuilder { input, ..self }
    }

    /// Adds a layer as [`Layer::new`] makes it.
    pub fn dense(self, activation: Activation) -> NetworkBuilder {
        self.with(|chain| chain.dense(activation))
    }

    /// Adds a layer.
    pub fn layer(self, layer: Layer) -> NetworkBuilder {
        self.with(|chain| chain.layer(layer))
    }

    /// Adds `skip · x + branch(x)`.
    pub fn residual(self, skip: BigRational, branch: impl FnOnce(Chain) -> Chain) -> NetworkBuilder {
        self.with(|chain| chain.residual(skip, branch))
    }

    /// Adds a normalization layer.
    pub fn normalize(self) -> NetworkBuilder {
        self.with(Chain::normalize)
    }

    /// Adds a block.
    pub fn block(self, block: Block) -> NetworkBuilder {
        self.with(|chain| chain.block(block))
    }

    /// How the input layer and then every hidden layer are trained: see [`Network::trained`].
    pub fn trained(self, training: Vec<Training>) -> NetworkBuilder {
        NetworkBuilder { training: Some(training), ..self }
    }

    /// The network.
    ///
    /// # Errors
    /// As [`Network::from_blocks`] and [`Network::trained`].
    pub fn build(self) -> Result<Network, Error> {
        let network = Network::from_blocks(self.input, self.chain.0)?;
        match self.training {
            Some(training) => network.trained(training),
            None => Ok(network),
        }
    }

    fn with(self, add: impl FnOnce(Chain) -> Chain) -> NetworkBuilder {
        NetworkBuilder { chain: add(self.chain), ..self }
    }
}
