//! Networks of blocks, by hand and as files of reference values describe them.

use ntk_series::kernel::{BiasVariance, Block, Input, Layer, Training, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::{Activation, Network};
use num_rational::BigRational;
use serde_json::Value;

pub fn number(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

pub fn exact(v: &Value) -> BigRational {
    number(v.as_str().unwrap())
}

pub fn dense(name: &str, w: &str, b: &str) -> Block {
    let sigma_w2 =
        if w == "normalized" { WeightVariance::Normalized } else { WeightVariance::Exact(number(w)) };
    let sigma_b2 = BiasVariance::Exact(number(b));
    Block::Dense(Layer { activation: Activation::parse(name).unwrap(), sigma_w2, sigma_b2 })
}

pub fn residual(skip: &str, branch: Vec<Block>) -> Block {
    Block::Residual { skip: number(skip), branch }
}

pub fn network(blocks: Vec<Block>) -> Network {
    Network::from_blocks(Input::default(), blocks).unwrap()
}

pub fn chain(v: &Value) -> Vec<Block> {
    v.as_array().unwrap().iter().map(block).collect()
}

pub fn block(v: &Value) -> Block {
    let text = |field: &str| v[field].as_str().unwrap();
    match v {
        _ if v["activation"].is_string() => dense(text("activation"), text("sigma_w2"), text("sigma_b2")),
        _ if v["residual"].is_array() => residual(text("skip"), chain(&v["residual"])),
        _ if v["normalize"] == true => Block::Normalize,
        _ => {
            let (branches, weights) = (v["sum"].as_array().unwrap(), v["weights"].as_array().unwrap());
            Block::Sum(weights.iter().map(exact).zip(branches.iter().map(chain)).collect())
        }
    }
}

/// The network of a case.
pub fn described(case: &Value) -> Network {
    let input = &case["input"];
    let input = Input {
        gamma_w2: exact(&input["gamma_w2"]),
        gamma_b2: exact(&input["gamma_b2"]),
        radius2: exact(&input["radius2"]),
    };
    let mut network = Network::from_blocks(input, chain(&case["blocks"])).unwrap();
    if let Some(training) = case["training"].as_array() {
        let speed = |t: &Value| Training {
            weights: if t[0].is_null() { number("1") } else { exact(&t[0]) },
            biases: (!t[1].is_null()).then(|| exact(&t[1])),
        };
        network = network.trained(training.iter().map(speed).collect()).unwrap();
    }
    network
}

pub fn rational(x: &rug::Float) -> BigRational {
    number(&x.to_rational().unwrap().to_string())
}
