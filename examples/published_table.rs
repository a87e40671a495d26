//! The published table of how much of a kernel its first coefficients make up, certified.
//!
//! Murray, Jin, Bowman and Montúfar (ICLR 2023) list, in percent, the share of `Σ κ_p` that `κ_0 … κ_T` make up for
//! one hidden layer. This prints the same shares as enclosures and proves each published figure right to its last
//! digit (or says which is not), without first-layer biases and, in the covariance that their tables take as the
//! variable, with `γ_w² = γ_b² = 1/2`.
//!
//! ```text
//! cargo run --example published_table
//! ```

use ntk_series::kernel::{BiasVariance, Convention, Input, Kernel, Layer, Network, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Activation, Ball, Error};
use num_rational::BigRational;

/// A row of the table: activation, γ_w² and γ_b², the published shares for T = 0 … 5.
const PUBLISHED: [(&str, [&str; 2], [&str; 6]); 6] = [
    ("relu", ["1", "0"], ["43.944", "77.277", "93.192", "93.192", "95.403", "95.403"]),
    ("relu", ["1/2", "1/2"], ["52.277", "82.582", "93.192", "94.077", "95.403", "95.801"]),
    ("tanh", ["1", "0"], ["41.362", "91.468", "91.468", "97.487", "97.487", "99.090"]),
    ("sigmoid", ["1", "0"], ["91.557", "99.729", "99.729", "99.977", "99.977", "99.997"]),
    ("normal-pdf", ["1", "0"], ["95.834", "95.834", "98.729", "98.729", "99.634", "99.634"]),
    ("normal-pdf", ["1/2", "1/2"], ["95.834", "96.799", "98.729", "99.091", "99.634", "99.747"]),
];

fn main() -> Result<(), Error> {
    println!("Share of the NTK's coefficients up to degree T, in percent; one hidden layer,");
    println!("σ_w² = 1, σ_b² = 1 - E[φ(Z)²]. All digits shown are proved.\n");
    for (name, [gamma_w2, gamma_b2], published) in PUBLISHED {
        println!("{name}, γ_w² = {gamma_w2}, γ_b² = {gamma_b2}");
        println!("  T   published   enclosure");
        let shares = shares(name, parse_rational(gamma_w2)?, parse_rational(gamma_b2)?)?;
        for (degree, (share, figure)) in shares.iter().zip(published).enumerate() {
            let verdict = if rounds_to(share, figure)? { "" } else { "   not the published figure" };
            println!("  {degree}    {figure:>7}    {share:.15}{verdict}");
        }
        println!();
    }
    Ok(())
}

/// The running shares in percent, to 20 digits.
fn shares(name: &str, gamma_w2: BigRational, gamma_b2: BigRational) -> Result<Vec<Ball>, Error> {
    let input = Input { gamma_w2, gamma_b2, radius2: parse_rational("1")? };
    let layer = Layer {
        activation: Activation::parse(name)?,
        sigma_w2: WeightVariance::Exact(parse_rational("1")?),
        sigma_b2: BiasVariance::Unit,
    };
    let network = Network::uniform(input, layer, 1)?;
    let series = network.series(Kernel::Ntk, Convention::Murray2023, 5, Accuracy::relative(20)?)?;
    Ok(series.shares().iter().map(|share| share.mul_integer(100)).collect())
}

/// Does every number of the enclosure round to the figure? An exact comparison, in rationals.
fn rounds_to(share: &Ball, figure: &str) -> Result<bool, Error> {
    let Some(shown) = share.to_decimal(25) else { return Ok(false) };
    let (value, error) = (parse_rational(&shown.value)?, parse_rational(&shown.error)?);
    let (figure, half) = (parse_rational(figure)?, parse_rational("1/2000")?);
    Ok(&value - &error > &figure - &half && value + error < figure + half)
}
