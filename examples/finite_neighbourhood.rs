//! A network of finite width is, in a neighbourhood of its weights, a power series in the step: an inner product of a
//! feature map of the data and one of the step. Gradient descent is therefore learning in that feature space.
//!
//! After Shilton, Gupta, Rana, Venkatesh, *Gradient descent in neural networks as sequential learning in RKBS*
//! (arXiv 2302.00205); definitions and bounds are this library's own.
//!
//! ```text
//! cargo run --release --example finite_neighbourhood
//! ```

use ntk_series::finite::{Architecture, Descent, FiniteNetwork, Loss, Neighbourhood, Step};
use ntk_series::number::{Mag, parse_rational};
use ntk_series::{Activation, Ball, Error};
use num_rational::BigRational;

const BITS: u32 = 192;

fn point(list: &[&str]) -> Result<Vec<BigRational>, Error> {
    list.iter().map(|t| parse_rational(t)).collect()
}

fn short(x: &Ball) -> String {
    x.to_decimal(12).map_or("?".into(), |d| d.value)
}

fn size(x: Mag) -> f64 {
    x.to_float().to_f64()
}

fn main() -> Result<(), Error> {
    let x = point(&["1/2", "-1/3"])?;
    let shape = Architecture::new(&Activation::parse("tanh")?, &[2, 8, 8, 1])?;
    let network = FiniteNetwork::from_seed(&shape, 1)?;
    let near = Neighbourhood::new(&network, &x, BITS)?;

    println!("1. A 2-8-8-1 tanh network at x = (1/2, -1/3), f(x) = {}", short(near.output()));
    println!(
        "   Its series is proved to be the network for every step shorter than {:.3}.",
        size(near.radius())
    );
    let step = Step::from_seed(&network, 2, &parse_rational("1/5")?)?;
    let series = near.series(&step, 8)?;
    println!(
        "   A step of length 1/5 (in this direction {:.2} times as much is proved):\n",
        size(series.reach)
    );
    println!("   order     part of the output    left out, at most    K_m(x, x)");
    let kernel = network.feature_kernel(&x, &x, 8, BITS)?;
    for (m, part) in series.orders.iter().enumerate() {
        println!(
            "   {m:>5}   {:>20}   {:>18.2e}   {:>10.4}",
            short(part),
            size(series.remainders[m]),
            kernel[m].midpoint().to_f64()
        );
    }
    let direct = network.after(&step)?.evaluate(&x, BITS)?.swap_remove(0);
    println!("   sum     {:>20}\n   network {:>20}", short(&series.sum()), short(&direct));
    assert!(series.sum().overlaps(&direct));

    println!("\n2. The first order of the kernel is the empirical tangent kernel:");
    println!("   K_1 = {}\n   NTK = {}", short(&kernel[1]), short(&network.tangent_kernel(&x, &x, BITS)?));

    println!("\n3. Too long a step is refused, not extrapolated:");
    if let Err(error) = near.series(&step.scaled(&parse_rational("30")?), 8) {
        println!("   {error}");
    }

    println!("\n4. Gradient descent and regularized learning in feature space, step by step:\n");
    let mut sample = vec![];
    for (x, y) in [(["1/2", "-1/3"], "1"), (["-1", "1/4"], "-1"), (["2/3", "3/2"], "1/2")] {
        sample.push((point(&x)?, parse_rational(y)?));
    }
    let small = FiniteNetwork::from_seed(&Architecture::new(&Activation::parse("tanh")?, &[2, 4, 1])?, 3)?;
    let descent = Descent::new(Loss::Squared, sample, parse_rational("1/50")?, 5)?;
    let run = descent.run(&small, BITS)?;
    println!("   step   loss             f(x_1) by descent   f(x_1) by the learner   the same");
    for (k, at) in run.iter().enumerate() {
        let [a, b] = [&at.descent, &at.learner].map(|s| short(&s.outputs[0]));
        println!("   {k:>4}   {:<14}   {a:<17}   {b:<21}   {}", short(&at.loss), at.coincide());
    }
    let bound = descent.uniform_bound(&small, &run, &parse_rational("1")?, &parse_rational("1/20")?)?;
    println!(
        "\n   All these networks are within η T G = {} of the start (in fact {}).",
        short(&bound.path),
        short(&bound.distance)
    );
    println!(
        "   Rademacher complexity of all networks within {}: at most {:.3}.",
        size(bound.radius),
        size(bound.complexity)
    );

    println!(
        "\n5. In rational arithmetic the two are equal, digit by digit: activation x²/2 - x, two steps."
    );
    let shape = Architecture::new(&Activation::parse("x^2/2 - x")?, &[1, 4, 1])?;
    let exact = FiniteNetwork::from_seed(&shape, 3)?;
    let sample = vec![(point(&["1"])?, parse_rational("1/3")?), (point(&["-1/2"])?, parse_rational("0")?)];
    let run = Descent::new(Loss::Squared, sample, parse_rational("1/10")?, 2)?.run_exact(&exact)?;
    let equal = run.iter().all(|at| at.descent == at.learner);
    println!(
        "   equal: {equal}; the last output has a denominator of {} bits",
        run[2].learner.outputs[0].denom().bits()
    );
    Ok(())
}
