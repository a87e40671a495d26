//! Times one task at a time, on request: the other end of `compare.py`, which takes turns with its rival.
//!
//! Each line on standard input is a task, each gets one line back: seconds, an answer, or `error: ...`.
//!
//! ```text
//! table relu 10 1000 15           seconds for all κ_p, p <= 1000, 10 hidden layers, 15 digits
//! hermite gelu 100000 50          seconds for μ_0 .. μ_100000
//! gram relu 2 15 data.csv         seconds for the Gram matrix and for λ_min, `value error` of it, separated by `;`
//! show relu 10 1000 15 0 7 1000   `value error` of κ_0, κ_7 and κ_1000, separated by `;`
//! ```

use std::error::Error;
use std::hint::black_box;
use std::io::{IsTerminal, Write, stdin, stdout};
use std::time::Instant;

use ntk_series::gram::{GramMatrix, Points, smallest_eigenvalue};
use ntk_series::kernel::{
    BiasVariance, Convention, Input, Kernel, KernelSeries, Layer, Network, WeightVariance,
};
use ntk_series::{Accuracy, Activation, hermite};
use num_traits::{One, Zero};

fn main() -> Result<(), Box<dyn Error>> {
    if stdin().is_terminal() {
        println!("stopwatch waits for tasks on standard input; `python benches/compare.py` sends them");
        return Ok(());
    }
    for line in stdin().lines() {
        let line = line?;
        let words: Vec<&str> = line.split_whitespace().collect();
        let answer = perform(&words).unwrap_or_else(|e| format!("error: {e}"));
        println!("{answer}");
        stdout().flush()?;
    }
    Ok(())
}

fn perform(words: &[&str]) -> Result<String, Box<dyn Error>> {
    match words {
        ["table", activation, layers, degree, digits] => {
            let start = Instant::now();
            black_box(table(activation, layers, degree, digits)?);
            Ok(start.elapsed().as_secs_f64().to_string())
        }
        ["hermite", activation, degree, digits] => {
            let start = Instant::now();
            let (one, len) = (num_rational::BigRational::one(), degree.parse::<usize>()? + 1);
            let accuracy = Accuracy::relative(digits.parse()?)?;
            black_box(hermite::coefficients(&Activation::parse(activation)?, &one, len, accuracy)?);
            Ok(start.elapsed().as_secs_f64().to_string())
        }
        ["gram", activation, layers, digits, file] => gram(activation, layers, digits, file),
        ["show", activation, layers, degree, digits, chosen @ ..] => {
            let series = table(activation, layers, degree, digits)?;
            let shown: Result<Vec<String>, Box<dyn Error>> = chosen
                .iter()
                .map(|p| {
                    let ball = series.coefficients().get(p.parse::<usize>()?).ok_or("no such coefficient")?;
                    let shown = ball.to_decimal(digits.parse::<usize>()? + 2).ok_or("no enclosure")?;
                    Ok(format!("{} {}", shown.value, shown.error))
                })
                .collect();
            Ok(shown?.join(";"))
        }
        _ => Err("`table`, `hermite`, `gram` or `show` is expected".into()),
    }
}

/// The NTK of `layers` hidden layers alike, weight variances normalized, no biases.
fn table(activation: &str, layers: &str, degree: &str, digits: &str) -> Result<KernelSeries, Box<dyn Error>> {
    let network = network(activation, layers)?;
    let accuracy = Accuracy::relative(digits.parse()?)?;
    Ok(network.series(Kernel::Ntk, Convention::Standard, degree.parse()?, accuracy)?)
}

/// The NTK of normalized rows, and its smallest eigenvalue.
fn gram(activation: &str, layers: &str, digits: &str, file: &str) -> Result<String, Box<dyn Error>> {
    let points = Points::from_csv(&std::fs::read_to_string(file)?)?;
    let network = network(activation, layers)?;
    let digits: u32 = digits.parse()?;
    let start = Instant::now();
    let matrix = GramMatrix::on_sphere(&network, Kernel::Ntk, &points, Accuracy::relative(digits + 10)?)?;
    let built = start.elapsed().as_secs_f64();
    let smallest = smallest_eigenvalue(&matrix, Accuracy::relative(digits)?)?;
    let found = start.elapsed().as_secs_f64() - built;
    let shown = smallest.to_decimal(digits as usize + 2).ok_or("no enclosure")?;
    Ok(format!("{built};{found};{} {}", shown.value, shown.error))
}

fn network(activation: &str, layers: &str) -> Result<Network, Box<dyn Error>> {
    let layer = Layer {
        activation: Activation::parse(activation)?,
        sigma_w2: WeightVariance::Normalized,
        sigma_b2: BiasVariance::Exact(Zero::zero()),
    };
    Ok(Network::uniform(Input::default(), layer, layers.parse()?)?)
}
