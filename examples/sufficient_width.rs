//! How wide a network has to be to keep half of the smallest eigenvalue of its infinitely wide kernel: a proved width
//! (matrix Chernoff), and what sampled networks do.
//!
//! `cargo run --release --example sufficient_width`

use nalgebra::DMatrix;
use ntk_series::finite::{Architecture, FiniteNetwork, Hessian};
use ntk_series::gram::{GramMatrix, Points, smallest_eigenvalue, sufficient_width};
use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Activation, Error, Kernel, Network};

const POINTS: [[f64; 3]; 5] =
    [[1.0, 0.0, 0.0], [0.0, 0.6, 0.8], [0.0, 0.0, 1.0], [0.6, 0.0, -0.8], [0.0, -1.0, 0.0]];
const NETWORKS: u64 = 40;

/// `λ_min` of the empirical tangent kernel of one network, in doubles.
fn sampled(width: usize, seed: u64) -> Result<f64, Error> {
    let shape = Architecture::new(&Activation::relu(), &[3, width, 1])?;
    let network = FiniteNetwork::from_seed(&shape, seed)?;
    // The weights act as W x/√3: points of norm √3 have pre-activations of variance one.
    let inputs = POINTS.map(|x| x.map(|x| x * 3f64.sqrt()));
    let at: Vec<Hessian> = inputs.iter().map(|x| Hessian::new(&network, x)).collect::<Result<_, _>>()?;
    let mut kernel = DMatrix::zeros(5, 5);
    for i in 0..5 {
        for j in 0..5 {
            kernel[(i, j)] = at[i].kernel(&at[j])?.value;
        }
    }
    Ok(kernel.symmetric_eigenvalues().min())
}

fn main() -> Result<(), Error> {
    let layer = Layer {
        activation: Activation::relu(),
        sigma_w2: WeightVariance::Exact(parse_rational("1")?),
        sigma_b2: BiasVariance::Exact(parse_rational("0")?),
    };
    let network = Network::uniform(Input::default(), layer, 1)?;
    let rows = POINTS.map(|x| x.map(|x| x.to_string()).join(","));
    let gram = GramMatrix::new(
        &network,
        Kernel::Ntk,
        &Points::from_csv(&rows.join("\n"))?,
        Accuracy::relative(12)?,
    )?;
    let smallest = smallest_eigenvalue(&gram, Accuracy::relative(10)?)?;
    println!("five points of S², one hidden layer of ReLU: λ_min = {smallest:.10} at infinite width\n");

    let [one, half, failure] = [parse_rational("1")?, parse_rational("1/2")?, parse_rational("1/100")?];
    let found = sufficient_width(&gram, &smallest, &one, &half, &failure)?;
    println!("proved: from width {} on, at least half of it is kept with probability 99 %\n", found.width);

    let proved: usize = found.width.try_into().expect("a few thousand");
    let least = smallest.midpoint().to_f64();
    println!("{:>8}{:>26}{:>18}", "width", "networks that keep half", "least share kept");
    for width in [5, 20, 80, 320, proved] {
        let shares = (1..=NETWORKS).map(|seed| Ok(sampled(width, seed)? / least));
        let shares: Vec<f64> = shares.collect::<Result<_, Error>>()?;
        let kept = shares.iter().filter(|s| **s >= 0.5).count();
        let low = shares.iter().copied().fold(f64::INFINITY, f64::min);
        println!("{width:>8}{:>26}{low:>18.3}", format!("{kept} of {NETWORKS}"));
        assert!(width < proved || kept as u64 == NETWORKS);
    }
    Ok(())
}
