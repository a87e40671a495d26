//! Networks for tests, in few words.

use super::{BiasVariance, Input, Layer, Network, WeightVariance};
use crate::Activation;
use crate::number::parse_rational;

/// Layers of one kind: `σ_w²` is a number or `normalized`, the input has the bias variance `γ_b²`.
pub(crate) fn uniform(name: &str, depth: usize, sigma_w2: &str, [sigma_b2, gamma_b2]: [&str; 2]) -> Network {
    let number = |text: &str| parse_rational(text).unwrap();
    let layer = Layer {
        activation: Activation::parse(name).unwrap(),
        sigma_w2: match sigma_w2 {
            "normalized" => WeightVariance::Normalized,
            text => WeightVariance::Exact(number(text)),
        },
        sigma_b2: BiasVariance::Exact(number(sigma_b2)),
    };
    Network::uniform(Input { gamma_b2: number(gamma_b2), ..Input::default() }, layer, depth).unwrap()
}

/// Normalized layers without biases.
pub(crate) fn normalized(name: &str, depth: usize) -> Network {
    uniform(name, depth, "normalized", ["0", "0"])
}
