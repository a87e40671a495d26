//! How far off the coefficients are when the inner sums are cut at the table's own degree.
//!
//! From the second hidden layer on, every coefficient of the NTK is an infinite sum over the degree `k` of the
//! activation's series, because the kernel of the layer below does not vanish at ρ = 0. A table up to degree T made
//! with `k <= T`, as published scripts do, is wrong in every entry. This computes those cut sums in balls, so that
//! nothing but the cut separates them from the truth, and prints the share of the truth that is missing.
//!
//! ```text
//! cargo run --example truncated_sums
//! ```

use ntk_series::kernel::{BiasVariance, Convention, Input, Kernel, Layer, Network, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::series::generic::Series;
use ntk_series::{Accuracy, Activation, Ball, Error, hermite};

const PRECISION: u32 = 160;

fn main() -> Result<(), Error> {
    println!("ReLU, σ_w² = 2, no biases: how much of κ_p is missing if the inner sums stop at k = T\n");
    for hidden_layers in [2, 3, 5] {
        println!("{hidden_layers} hidden layers");
        println!("{:>5} {:>5}   {:<24}{:<24}missing", "T", "p", "κ_p", "cut at k = T");
        for top in [5usize, 50] {
            let truth = complete(hidden_layers, top)?;
            let cut = cut_sums(hidden_layers, top)?;
            let shown = if top == 5 { vec![0, 1, 4, 5] } else { vec![0, 1, 10, 40, 49, 50] };
            for p in shown {
                let missing = (&truth[p] - &cut[p]) / &truth[p];
                let percent = missing.mul_integer(100);
                let [truth, cut, percent] = [(&truth[p], 15), (&cut[p], 15), (&percent, 3)]
                    .map(|(x, digits)| x.to_decimal(digits).map_or("unknown".to_string(), |d| d.value));
                println!("{top:>5} {p:>5}   {truth:<24}{cut:<24}{percent} %");
            }
        }
        println!();
    }
    Ok(())
}

/// The coefficients, complete.
fn complete(hidden_layers: usize, top: usize) -> Result<Vec<Ball>, Error> {
    let layer = Layer {
        activation: Activation::relu(),
        sigma_w2: WeightVariance::Exact(parse_rational("2")?),
        sigma_b2: BiasVariance::Exact(parse_rational("0")?),
    };
    let network = Network::uniform(Input::default(), layer, hidden_layers)?;
    let series = network.series(Kernel::Ntk, Convention::Standard, top, Accuracy::relative(30)?)?;
    Ok(series.coefficients().to_vec())
}

/// `α_{p,l} = Σ_{k<=T} α_{k,2} F(p, k, α_{l-1})`, `υ` alike with `υ_{k,2} = (k+1) α_{k+1,2}` as far as the cut `α` goes,
/// `κ_{p,l} = α_{p,l} + Σ_{q<=p} κ_{q,l-1} υ_{p-q,l}`.
fn cut_sums(hidden_layers: usize, top: usize) -> Result<Vec<Ball>, Error> {
    let (one, accuracy) = (parse_rational("1")?, Accuracy::relative(40)?);
    let mu = hermite::coefficients(&Activation::relu(), &one, top + 1, accuracy)?;
    let alpha: Vec<Ball> = mu.iter().map(|mu| mu.square().shl(1).with_precision(PRECISION)).collect();
    let slopes = (1..=top).map(|k| alpha[k].mul_integer(k as i64));
    let upsilon: Vec<Ball> = slopes.chain([Ball::zero(PRECISION)]).collect();

    // One hidden layer needs no inner sums.
    let mut rho = Series::new(alpha.clone());
    let mut kappa = rho.add(&identity(top).mul(&Series::new(upsilon.clone())));
    for _ in 1..hidden_layers {
        let slope = substitute(&upsilon, &rho);
        rho = substitute(&alpha, &rho);
        kappa = rho.add(&kappa.mul(&slope));
    }
    Ok(kappa.coefficients().to_vec())
}

/// `Σ_{k<=T} outer_k inner^k`, known up to degree T: the polynomial, whatever the constant term of `inner`.
fn substitute(outer: &[Ball], inner: &Series<Ball>) -> Series<Ball> {
    let constant = |c: &Ball| {
        let rest = std::iter::repeat_n(Ball::zero(PRECISION), outer.len() - 1);
        Series::new(std::iter::once(c.clone()).chain(rest).collect())
    };
    let zero = constant(&Ball::zero(PRECISION));
    outer.iter().rev().fold(zero, |sum, c| sum.mul(inner).add(&constant(c)))
}

/// The series ρ.
fn identity(top: usize) -> Series<Ball> {
    Series::new((0..=top).map(|p| Ball::from_integer(i64::from(p == 1), PRECISION)).collect())
}
