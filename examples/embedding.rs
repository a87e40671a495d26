//! How another crate uses the library through `num_rational::BigRational` alone: rationals in, rationals and closed
//! forms out.
//!
//! ```text
//! cargo run --example embedding
//! ```

use ntk_series::kernel::closed::{ClosedFormMode, ClosedFormTable};
use ntk_series::kernel::{BiasVariance, Convention, Input, Kernel, Layer, Network, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Activation, Ball, Error};
use num_rational::BigRational;

fn main() -> Result<(), Error> {
    // A leaky ReLU, then an error function; every parameter is an exact number.
    let rational = |n: i64, d: i64| BigRational::new(n.into(), d.into());
    let network = Network::new(
        Input { gamma_w2: rational(9, 10), gamma_b2: rational(1, 10), radius2: rational(1, 1) },
        vec![
            Layer {
                activation: Activation::parse("leaky-relu(1/10)")?,
                sigma_w2: WeightVariance::Exact(rational(3, 2)),
                sigma_b2: BiasVariance::Exact(rational(1, 20)),
            },
            Layer {
                activation: Activation::parse("erf")?,
                sigma_w2: WeightVariance::Exact(rational(2, 1)),
                sigma_b2: BiasVariance::Exact(rational(0, 1)),
            },
        ],
    )?;

    let series = network.series(Kernel::Ntk, Convention::Standard, 6, Accuracy::relative(12)?)?;
    println!("Coefficients of the NTK between two rationals:");
    for (p, kappa) in series.coefficients().iter().enumerate() {
        let (low, high) = bounds(kappa, 16)?;
        println!("  κ_{p} in [{low},");
        println!("         {high}]");
    }

    println!("\nThe same with fewer digits, for a proof by hand:");
    for (p, kappa) in series.coefficients().iter().enumerate() {
        let (low, high) = bounds(kappa, 4)?;
        println!("  {low} <= κ_{p} <= {high}");
    }

    println!("\nAnd in closed form, with the quantities that it needs:");
    let mode = ClosedFormMode::Expanded;
    match ClosedFormTable::new(&network, Kernel::Ntk, Convention::Standard, 1, mode)? {
        Some(table) => {
            for line in table.definitions() {
                println!("  {} = {}", line.name.text, line.text);
            }
            for (p, (form, ball)) in table.coefficients().iter().zip(table.to_balls(128)).enumerate() {
                println!("  κ_{p} = {form}");
                println!("      = {ball:.20}");
                // Two independent routes to one number.
                assert!(ball.overlaps(&series.coefficients()[p]));
            }
        }
        None => println!("  none: this network leaves the ring of closed forms"),
    }
    Ok(())
}

/// Exact rational bounds of an enclosure: the decimals that it prints as are exact numbers.
fn bounds(ball: &Ball, digits: usize) -> Result<(BigRational, BigRational), Error> {
    let unbounded = || Error::AccuracyNotReached { what: "a bound".into(), best: Box::new(ball.clone()) };
    let shown = ball.to_decimal(digits).ok_or_else(unbounded)?;
    let (value, error) = (parse_rational(&shown.value)?, parse_rational(&shown.error)?);
    Ok((&value - &error, value + error))
}
