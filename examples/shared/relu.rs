//! The ReLU NTK with σ_w² = 2 and no biases: its coefficients, and what cut inner sums make of them.

use ntk_series::kernel::{
    BiasVariance, Convention, Input, Kernel, KernelSeries, Layer, Network, WeightVariance,
};
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Activation, Ball, Error, hermite};

pub const PRECISION: u32 = 160;

/// The coefficients, complete.
pub fn complete(hidden_layers: usize, top: usize) -> Result<KernelSeries, Error> {
    let layer = Layer {
        activation: Activation::relu(),
        sigma_w2: WeightVariance::Exact(parse_rational("2")?),
        sigma_b2: BiasVariance::Exact(parse_rational("0")?),
    };
    let network = Network::uniform(Input::default(), layer, hidden_layers)?;
    network.series(Kernel::Ntk, Convention::Standard, top, Accuracy::relative(30)?)
}

/// `α_{p,l} = Σ_{k<=T} α_{k,2} F(p, k, α_{l-1})`, `υ` alike with `υ_{k,2} = (k+1) α_{k+1,2}` as far as the cut `α`
/// goes, `κ_{p,l} = α_{p,l} + Σ_{q<=p} κ_{q,l-1} υ_{p-q,l}`.
pub fn cut_sums(hidden_layers: usize, top: usize) -> Result<Vec<Ball>, Error> {
    let (one, accuracy) = (parse_rational("1")?, Accuracy::relative(40)?);
    let mu = hermite::coefficients(&Activation::relu(), &one, top + 1, accuracy)?;
    let alpha: Vec<Ball> = mu.iter().map(|mu| mu.square().shl(1).with_precision(PRECISION)).collect();
    let slopes = (1..=top).map(|k| alpha[k].mul_integer(k as i64));
    let upsilon: Vec<Ball> = slopes.chain([Ball::zero(PRECISION)]).collect();

    // One hidden layer needs no inner sums.
    let mut rho = alpha.clone();
    let identity: Vec<Ball> = (0..=top).map(|p| Ball::from_integer(i64::from(p == 1), PRECISION)).collect();
    let mut kappa = sum(&rho, &product(&identity, &upsilon));
    for _ in 1..hidden_layers {
        let slope = substitute(&upsilon, &rho);
        rho = substitute(&alpha, &rho);
        kappa = sum(&rho, &product(&kappa, &slope));
    }
    Ok(kappa)
}

/// `Σ_{k<=T} outer_k inner^k`, known up to degree T: the polynomial, whatever the constant term of `inner`.
fn substitute(outer: &[Ball], inner: &[Ball]) -> Vec<Ball> {
    let zero = vec![Ball::zero(PRECISION); inner.len()];
    outer.iter().rev().fold(zero, |so_far, c| {
        let mut next = product(&so_far, inner);
        next[0] = &next[0] + c;
        next
    })
}

fn sum(a: &[Ball], b: &[Ball]) -> Vec<Ball> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// The product of two series, as far as both are known.
fn product(a: &[Ball], b: &[Ball]) -> Vec<Ball> {
    let terms = |p: usize| (0..=p).map(move |i| &a[i] * &b[p - i]);
    (0..a.len()).map(|p| terms(p).fold(Ball::zero(PRECISION), |sum, term| sum + term)).collect()
}
