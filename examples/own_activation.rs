//! An activation of one's own: what it takes to bring a function that the catalogue does not know.
//!
//! `φ(x) = tanh(x)` left of one, `tanh(1) (2 - e^{1-x})` right of it: analytic on either side, with a kink between.
//! Run with `cargo run --release --example own_activation`.

use ntk_series::activation::{Growth, PiecewiseAnalytic};
use ntk_series::kernel::{BiasVariance, Convention, Input, Layer, WeightVariance};
use ntk_series::number::{ComplexBall, Mag, parse_rational};
use ntk_series::{Accuracy, Activation, Ball, Error, Kernel, Network, hermite};

#[derive(Debug)]
struct Saturating;

fn one(precision: u32) -> Ball {
    Ball::from_integer(1, precision)
}

impl PiecewiseAnalytic for Saturating {
    fn name(&self) -> String {
        "saturating".to_string()
    }

    fn formula(&self) -> String {
        "tanh(x) for x <= 1, tanh(1) (2 - exp(1 - x)) for x > 1".to_string()
    }

    fn smoothness(&self) -> String {
        "C^0, kink at 1".to_string()
    }

    fn breakpoints(&self, precision: u32) -> Vec<Ball> {
        vec![one(precision)]
    }

    fn evaluate(&self, piece: usize, x: &Ball) -> Ball {
        let one = one(x.precision());
        match piece {
            0 => x.tanh(),
            _ => one.tanh() * (one.shl(1) - (&one - x).exp()),
        }
    }

    fn derivative(&self, piece: usize, x: &Ball) -> Ball {
        let one = one(x.precision());
        match piece {
            0 => one - x.tanh().square(),
            _ => one.tanh() * (&one - x).exp(),
        }
    }

    /// On rectangles of complex numbers: every function of `ComplexBall` is the whole plane where it is not analytic,
    /// so nothing more is needed for the proof.
    fn evaluate_complex(&self, piece: usize, z: &ComplexBall) -> ComplexBall {
        let real_one = one(z.precision());
        let one = ComplexBall::real(real_one.clone());
        match piece {
            0 => z.tanh(),
            _ => (one.shl(1) - (one - z).exp()).scale(&real_one.tanh()),
        }
    }

    fn growth(&self) -> Growth {
        Growth::polynomial(Mag::from_f64(2.0), 0)
    }

    fn derivative_growth(&self) -> Option<Growth> {
        Some(Growth::polynomial(Mag::ONE, 0))
    }
}

fn main() -> Result<(), Error> {
    let activation = Activation::from_analytic(Saturating);
    let accuracy = Accuracy::relative(30)?;
    println!("{activation}(x) = {}, {}", activation.formula(), activation.method());

    println!("\nHermite coefficients:");
    for (k, mu) in hermite::coefficients(&activation, &parse_rational("1")?, 8, accuracy)?.iter().enumerate()
    {
        println!("μ_{k} = {mu}");
    }

    let layer = Layer {
        activation,
        sigma_w2: WeightVariance::Normalized,
        sigma_b2: BiasVariance::Exact(parse_rational("1/10")?),
    };
    let network = Network::uniform(Input::default(), layer, 2)?;
    let series = network.series(Kernel::Ntk, Convention::Standard, 8, accuracy)?;
    println!("\nNeural tangent kernel of two hidden layers:");
    for (p, kappa) in series.coefficients().iter().enumerate() {
        println!("κ_{p} = {kappa}");
    }
    Ok(())
}
