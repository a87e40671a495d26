//! Predictions from a kernel matrix that no double can invert, with every digit proved.
//!
//! Forty points on a line, and two hidden layers of erf: the smallest eigenvalue of the NNGP matrix is far below the
//! rounding of doubles, so that a Cholesky factor in doubles does not exist, and what a pseudo-inverse gives is noise.
//!
//! ```sh
//! cargo run --release --example predict
//! ```

use ntk_series::gram::{GramMatrix, Points, prove_smallest_eigenvalue};
use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::predict::{Rule, Time, TrainingSet, leave_one_out, log_marginal_likelihood, predict};
use ntk_series::{Accuracy, Activation, Error, Kernel, Network};
use num_rational::BigRational;

fn main() -> Result<(), Error> {
    let number = |n: i64, d: i64| BigRational::new(n.into(), d.into());
    let layer = Layer {
        activation: Activation::parse("erf")?,
        sigma_w2: WeightVariance::Exact(number(9, 4)),
        sigma_b2: BiasVariance::Exact(number(1, 400)),
    };
    let input = Input { gamma_w2: number(9, 4), gamma_b2: number(1, 400), radius2: number(1, 1) };
    let network = Network::uniform(input, layer, 2)?;

    // y = x²/(1 + x²) at x = -4, -3.8, …, 3.8, exactly.
    let x: Vec<BigRational> = (-20..20).map(|i| number(i, 5)).collect();
    let y = x.iter().map(|x| x * x / (number(1, 1) + x * x)).collect();
    let inputs = Points::new(x.into_iter().map(|x| vec![x]).collect())?;
    let data = TrainingSet::new(inputs.clone(), vec![y])?;
    let test = Points::from_csv("-3.9\n0.05\n0.4\n4.5")?;
    let accuracy = Accuracy::relative(12)?;

    let gram = GramMatrix::new(&network, Kernel::Nngp, &inputs, accuracy)?;
    println!("smallest eigenvalue of the NNGP matrix: {:.5}", prove_smallest_eigenvalue(&gram)?.value);

    for (what, rule) in [
        ("Gaussian process", Rule::new(Kernel::Nngp)),
        ("with noise 1/100", Rule { noise: parse_rational("1/100")?, ..Rule::new(Kernel::Nngp) }),
        ("trained network", Rule::new(Kernel::Ntk)),
        ("trained for t = 10", Rule { time: Time::Finite(number(10, 1)), ..Rule::new(Kernel::Ntk) }),
    ] {
        println!("\n{what}");
        for (x, found) in test.rows().iter().zip(predict(&network, &rule, &data, &test, accuracy)?) {
            println!(
                "  x = {:>6}: mean {:.15}, variance {:.15}",
                x[0].to_string(),
                found.mean[0],
                found.variance
            );
        }
    }

    let noisy = Rule { noise: parse_rational("1/100")?, ..Rule::new(Kernel::Nngp) };
    let likelihood = log_marginal_likelihood(&network, &noisy, &data, accuracy)?;
    println!("\nlog marginal likelihood with noise 1/100: {:.15}", likelihood[0]);
    let left_out = leave_one_out(&network, &noisy, &data, accuracy)?;
    println!("the first row from the others: mean {:.15}", left_out[0].mean[0]);
    Ok(())
}
