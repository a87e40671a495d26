//! Networks from options or from a file, and back into words.

pub mod file;
mod several;
pub mod words;

use std::path::PathBuf;
use std::str::FromStr;

use clap::{Args, ValueEnum};
use ntk_series::Error;
use ntk_series::kernel::{Convention, Input, Kernel, Layer, Network};

use crate::args::{activation, exact, whole};
use crate::failure::Failure;
pub use several::NetworksArgs;

/// Which kernel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum KernelArg {
    /// The neural tangent kernel
    Ntk,
    /// The neural network Gaussian process kernel
    Nngp,
}

impl From<KernelArg> for Kernel {
    fn from(kernel: KernelArg) -> Kernel {
        match kernel {
            KernelArg::Ntk => Kernel::Ntk,
            KernelArg::Nngp => Kernel::Nngp,
        }
    }
}

/// What the variable of the series is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ConventionArg {
    /// ρ, the cosine of the angle between the inputs
    Standard,
    /// The first-layer covariance t = γ_w² r² ρ + γ_b², as in the tables of Murray et al. 2023
    Murray2023,
}

impl From<ConventionArg> for Convention {
    fn from(convention: ConventionArg) -> Convention {
        match convention {
            ConventionArg::Standard => Convention::Standard,
            ConventionArg::Murray2023 => Convention::Murray2023,
        }
    }
}

/// Variances of layers from options, and the input.
#[derive(Args, Debug)]
pub struct VarianceArgs {
    /// Weight variance σ_w² of the hidden layers: a number, or `normalized` (each layer's variance
    /// is preserved)
    #[arg(
        long,
        value_name = "R",
        default_value = "normalized",
        conflicts_with = "network",
        allow_hyphen_values = true
    )]
    sigma_w2: String,
    /// Bias variance σ_b² of the hidden layers: a number, or `unit` (each layer's variance is
    /// preserved) [default: 0]
    #[arg(long, value_name = "R", conflicts_with = "network", allow_hyphen_values = true)]
    sigma_b2: Option<String>,
    /// Weight variance γ_w² of the first layer
    #[arg(
        long,
        value_name = "R",
        default_value = "1",
        conflicts_with = "network",
        allow_hyphen_values = true
    )]
    gamma_w2: String,
    /// Bias variance γ_b² of the first layer [default: 0]
    #[arg(long, value_name = "R", conflicts_with = "network", allow_hyphen_values = true)]
    gamma_b2: Option<String>,
    /// Squared radius of the sphere that the inputs lie on
    #[arg(
        long,
        value_name = "R",
        default_value = "1",
        conflicts_with = "network",
        allow_hyphen_values = true
    )]
    radius2: String,
}

impl VarianceArgs {
    /// Layers alike, with this bias variance where the options name none.
    fn network(&self, activation_text: &str, hidden_layers: usize, bias: &str) -> Result<Network, Failure> {
        let layer = Layer {
            activation: activation("ACTIVATION", activation_text)?,
            sigma_w2: variance("--sigma-w2", &self.sigma_w2)?,
            sigma_b2: variance("--sigma-b2", self.sigma_b2.as_deref().unwrap_or(bias))?,
        };
        let input = Input {
            gamma_w2: exact("--gamma-w2", &self.gamma_w2)?,
            gamma_b2: exact("--gamma-b2", self.gamma_b2.as_deref().unwrap_or(bias))?,
            radius2: exact("--radius2", &self.radius2)?,
        };
        Ok(Network::uniform(input, layer, hidden_layers)?)
    }
}

/// The network: layers alike from options, or any from a file.
#[derive(Args, Debug)]
pub struct NetworkArgs {
    /// A name such as `relu` or `leaky-relu(1/10)` (see `ntk activations`), or a formula in x such
    /// as `x*sigmoid(2*x)`
    #[arg(
        value_name = "ACTIVATION",
        required_unless_present = "network",
        conflicts_with = "network",
        allow_hyphen_values = true
    )]
    activation: Option<String>,
    /// Hidden layers
    #[arg(long, short = 'L', aliases = ["layers", "depth"], value_name = "L", default_value = "1", conflicts_with = "network", allow_hyphen_values = true, value_parser = whole(1, 1000))]
    hidden_layers: usize,
    #[command(flatten)]
    variances: VarianceArgs,
    /// Take the network from FILE (.json or .toml): an activation and variances for each layer
    #[arg(long, value_name = "FILE")]
    network: Option<PathBuf>,
}

impl NetworkArgs {
    /// The network asked for.
    pub fn network(&self) -> Result<Network, Failure> {
        self.network_with_bias("0")
    }

    /// The network asked for, with this bias variance where the options name none.
    pub fn network_with_bias(&self, bias: &str) -> Result<Network, Failure> {
        if let Some(path) = &self.network {
            return file::read(path);
        }
        self.variances.network(self.activation.as_deref().unwrap_or_default(), self.hidden_layers, bias)
    }
}

/// A variance, naming the option it came from.
fn variance<V: FromStr<Err = Error>>(place: &str, text: &str) -> Result<V, Failure> {
    text.parse().map_err(|error| Failure::from(error).at(place))
}

/// The activation's name where all layers share it.
pub fn shared_activation(network: &Network) -> Option<String> {
    let mut names = network.layers().iter().map(|layer| layer.activation.name());
    let first = names.next()?;
    names.all(|name| name == first).then_some(first)
}
