//! Kernels of residual networks, and of networks that are trained in part, with every digit proved.
//!
//! ```text
//! cargo run --release --example residual_networks
//! ```

use ntk_series::kernel::{
    BiasVariance, Block, Convention, Input, Kernel, Layer, Network, Training, WeightVariance,
};
use ntk_series::number::parse_rational;
use ntk_series::positivity::{Domain, decide};
use ntk_series::spectrum::Measure;
use ntk_series::{Accuracy, Activation, Error};

fn layer(activation: &str, sigma_w2: &str) -> Result<Block, Error> {
    Ok(Block::Dense(Layer {
        activation: Activation::parse(activation)?,
        sigma_w2: WeightVariance::Exact(parse_rational(sigma_w2)?),
        sigma_b2: BiasVariance::Exact(parse_rational("0")?),
    }))
}

/// Belfer, Geifman, Galun and Basri (2021): `x + α V relu(√2 W x)`, so many times, and a trained last layer.
fn residual(blocks: usize, alpha2: &str) -> Result<Network, Error> {
    let branch = vec![layer("identity", "1")?, layer("relu", alpha2)?];
    let block = Block::Residual { skip: parse_rational("1")?, branch };
    let mut all = vec![block; blocks];
    all.push(layer("identity", "1")?);
    Network::from_blocks(Input::default(), all)
}

fn main() -> Result<(), Error> {
    let accuracy = Accuracy::relative(12)?;

    println!("Residual NTK of Belfer et al., divided by its value at 1: κ_0 … κ_4");
    for (blocks, alpha2) in [(1, "2"), (3, "2"), (10, "2"), (10, "1/5"), (10, "1/50")] {
        let series = residual(blocks, alpha2)?.series(Kernel::Ntk, Convention::Standard, 4, accuracy)?;
        let shares: Vec<String> =
            series.coefficients().iter().map(|c| format!("{:.6}", c / series.sum())).collect();
        println!("  {blocks:>2} blocks, 2α² = {alpha2:<4}  {}", shares.join("  "));
    }

    println!("Only the first of two layers is trained: eigenvalues on S^2 (Basri et al. 2019)");
    let network = Network::from_blocks(Input::default(), vec![layer("relu", "1")?])?;
    let network = network.trained(vec![Training::default(), Training::frozen()])?;
    for eigenvalue in network.spectrum(Kernel::Ntk, 3, 5, accuracy, Measure::Probability)?.eigenvalues() {
        println!("  {:.12}", eigenvalue.value);
    }
    let verdict = decide(&network, Kernel::Ntk, Domain::NonProportional)?;
    println!("  on points of which no two are proportional it is {}", verdict.outcome.name());

    println!("Biases that begin at zero and are trained: eigenvalues on S^2 (Geifman et al. 2020)");
    let biased = || Ok::<_, Error>(Training { biases: Some(parse_rational("1")?), ..Training::default() });
    let network = Network::from_blocks(Input::default(), vec![layer("relu", "2")?])?;
    let network = network.trained(vec![biased()?, biased()?])?;
    for eigenvalue in network.spectrum(Kernel::Ntk, 3, 5, accuracy, Measure::Probability)?.eigenvalues() {
        println!("  {:.12}", eigenvalue.value);
    }
    Ok(())
}
