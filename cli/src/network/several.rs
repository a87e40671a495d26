//! Several networks, to compare.

use std::path::PathBuf;

use clap::Args;
use ntk_plot::MAX_SERIES;
use ntk_series::kernel::Network;

use super::words::{depth, uncommon};
use super::{VarianceArgs, file, shared_activation};
use crate::args::whole;
use crate::failure::Failure;

/// Longest formula in a legend and in a title, in characters.
const MAX_NAME: usize = 36;
const MAX_TITLE: usize = 90;

/// Every activation at every depth, or the networks of files.
#[derive(Args, Debug)]
pub struct NetworksArgs {
    /// Names such as `relu` or `leaky-relu(1/10)` (see `ntk activations`), or formulas in x such as
    /// `x*sigmoid(2*x)`; `--` goes before one that begins with a minus
    #[arg(value_name = "ACTIVATION", required_unless_present = "network", conflicts_with = "network")]
    activations: Vec<String>,
    /// Hidden layers; several depths with commas: 1,3,5
    #[arg(long, value_name = "L", default_value = "1", value_delimiter = ',', conflicts_with = "network", allow_hyphen_values = true, value_parser = whole(1, 1000))]
    hidden_layers: Vec<usize>,
    #[command(flatten)]
    variances: VarianceArgs,
    /// Take a network from FILE (.json or .toml): an activation and variances for each layer; may be
    /// given several times
    #[arg(long, value_name = "FILE")]
    network: Vec<PathBuf>,
}

/// A network and what it is called beside others.
pub struct Named {
    pub network: Network,
    pub name: String,
}

impl NetworksArgs {
    /// The networks asked for.
    pub fn networks(&self) -> Result<Vec<Named>, Failure> {
        let count = self.network.len().max(self.activations.len() * self.hidden_layers.len());
        if count > MAX_SERIES {
            return Err(Failure::input(format!(
                "{count} networks in one picture are too many to tell apart; up to {MAX_SERIES} are accepted"
            )));
        }
        let mut out = vec![];
        for path in &self.network {
            let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            out.push(Named { network: file::read(path)?, name });
        }
        for activation in &self.activations {
            for depth in &self.hidden_layers {
                let network = self.variances.network(activation, *depth, "0")?;
                out.push(Named { name: self.name(&network), network });
            }
        }
        Ok(out)
    }

    /// What tells a network from the others.
    fn name(&self, network: &Network) -> String {
        let name = shortened(shared_activation(network).unwrap_or_default(), MAX_NAME);
        let layers = depth(network);
        match (self.activations.len(), self.hidden_layers.len()) {
            (_, 1) => name,
            (1, _) => layers,
            _ => format!("{name}, {layers}"),
        }
    }

    /// What the networks have in common.
    pub fn common(&self, networks: &[Named]) -> String {
        let Some(first) = networks.first() else { return String::new() };
        let layers = depth(&first.network);
        let layers = networks.iter().all(|n| depth(&n.network) == layers).then_some(layers);
        let shared = shared_activation(&first.network);
        let shared = shared.filter(|_| {
            networks.iter().all(|n| shared_activation(&n.network) == shared_activation(&first.network))
        });
        let common = match (layers, shared) {
            (Some(layers), Some(activation)) => format!("{layers} of {}", shortened(activation, MAX_TITLE)),
            (Some(layers), None) => layers,
            (None, Some(activation)) => shortened(activation, MAX_TITLE),
            (None, None) => String::new(),
        };
        let words = uncommon(&first.network);
        let shared = networks.iter().all(|n| uncommon(&n.network) == words);
        if shared && !common.is_empty() { common + words } else { common }
    }
}

/// A long formula without its middle.
fn shortened(name: String, most: usize) -> String {
    let count = name.chars().count();
    if count <= most {
        return name;
    }
    let head: String = name.chars().take(most / 2).collect();
    let tail: String = name.chars().skip(count - most / 3).collect();
    format!("{head} … {tail}")
}
