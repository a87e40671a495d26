//! Predictions against other programs, and the laws that they obey.

mod elsewhere;
mod ill_conditioned;
mod laws;

use ntk_series::gram::Points;
use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::predict::TrainingSet;
use ntk_series::{Activation, Network};
use num_rational::BigRational;
use serde_json::Value;

fn exact(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

fn number(value: &Value) -> BigRational {
    exact(value.as_str().unwrap())
}

fn list(value: &Value) -> Vec<BigRational> {
    value.as_array().unwrap().iter().map(number).collect()
}

fn rows(value: &Value) -> Vec<Vec<BigRational>> {
    value.as_array().unwrap().iter().map(list).collect()
}

/// Targets by column from targets by row.
fn set(inputs: Vec<Vec<BigRational>>, targets: &[Vec<BigRational>]) -> TrainingSet {
    let column = |k: usize| targets.iter().map(|row| row[k].clone()).collect();
    TrainingSet::new(Points::new(inputs).unwrap(), (0..targets[0].len()).map(column).collect()).unwrap()
}

/// Layers alike, with biases as in the first layer.
fn network(activation: &str, depth: usize, [sigma_w2, sigma_b2, gamma_w2]: [&str; 3]) -> Network {
    let layer = Layer {
        activation: Activation::parse(activation).unwrap(),
        sigma_w2: WeightVariance::Exact(exact(sigma_w2)),
        sigma_b2: BiasVariance::Exact(exact(sigma_b2)),
    };
    let input = Input { gamma_w2: exact(gamma_w2), gamma_b2: exact(sigma_b2), radius2: exact("1") };
    Network::uniform(input, layer, depth).unwrap()
}
