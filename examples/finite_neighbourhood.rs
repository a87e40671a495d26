//! A network of finite width is, in a neighbourhood of its weights, a power series in the step: an inner product of a
//! feature map of the data and one of the step. Gradient descent is therefore learning in that feature space.
//!
//! After Shilton, Gupta, Rana, Venkatesh, *Gradient descent in neural networks as sequential learning in RKBS*
//! (arXiv 2302.00205); definitions and bounds are this library's own.
//!
//! ```text
//! cargo run --release --example finite_neighbourhood -- FOLDER
//! ```
//!
//! The folder is where the picture goes: the error of the series cut at an order, against the length of the step.

#[path = "shared/picture.rs"]
mod picture;

use ntk_plot::{Axis, Figure, Line, Mark, Point, Scale, Series, Value};
use ntk_series::finite::{Architecture, Descent, FiniteNetwork, Loss, Neighbourhood, Step};
use ntk_series::number::{Mag, parse_rational};
use ntk_series::{Accuracy, Activation, Ball, Error};
use num_rational::BigRational;

const DIGITS: u32 = 35;

fn point(list: &[&str]) -> Result<Vec<BigRational>, Error> {
    list.iter().map(|t| parse_rational(t)).collect()
}

fn short(x: &Ball) -> String {
    x.to_decimal(12).map_or("?".into(), |d| d.value)
}

/// For a bound from above.
fn up(x: Mag) -> String {
    x.to_decimal_above(3).unwrap_or("infinity".into())
}

/// For a bound from below.
fn down(x: Mag) -> String {
    x.to_decimal_below(3).unwrap_or("infinity".into())
}

/// The error of the series up to order 1, 2, 4 and 8 along a step, enclosed, and the proved bound of it.
fn error_of_the_series(network: &FiniteNetwork, x: &[BigRational]) -> Result<Figure, Error> {
    const ORDERS: [usize; 4] = [1, 2, 4, 8];
    let accuracy = Accuracy::absolute(DIGITS)?;
    let near = Neighbourhood::new(network, x, accuracy)?;
    let unit = Step::from_seed(network, 2, &parse_rational("1")?)?;
    let reach = near.reach(&unit)?.to_float().to_f64();
    let mut curves = vec![(vec![], vec![]); ORDERS.len()];
    let mut errors = vec![];
    for i in 0..20 {
        // From a hundredth of the proved reach to nearly all of it, in decimals.
        let length = format!("{:.6}", reach * 0.01 * 98f64.powf(f64::from(i) / 19.0));
        let step = unit.scaled(&parse_rational(&length)?);
        let series = near.series(&step, ORDERS[3])?;
        let direct = network.after(&step)?.evaluate(x, accuracy)?.swap_remove(0);
        let length: f64 = length.parse().unwrap_or_default();
        for (order, (found, bound)) in ORDERS.into_iter().zip(&mut curves) {
            let error = &direct - &series.partial(order + 1);
            found.push(picture::point(length, &error));
            let (mantissa, exponent) = series.remainders[order].to_float().to_f64_exp();
            bound.push(Point::new(length, Value::scaled(mantissa, i64::from(exponent))));
            errors.push(error);
        }
    }
    let mut figure = Figure {
        title: "tanh network 2-8-8-1: error of its power series around the weights".into(),
        x: Axis::new("length of the step", Scale::Log),
        y: Axis::new("|error|", Scale::Log),
        notes: vec![
            "Dashed: the proved bound of what is left out after the order. The last length is 98 % of the proved reach.".into(),
            format!("Each error is enclosed, to within {} of itself.", picture::largest_error(errors.iter())),
        ],
        width: 860,
        ..Figure::default()
    };
    for (place, (order, (found, bound))) in ORDERS.into_iter().zip(curves).enumerate() {
        figure
            .series
            .push(Series::new(format!("order {order}"), found).style(Mark::None, Line::Solid).colour(place));
        let label = format!("order {order}, bound");
        figure.series.push(Series::new(label, bound).style(Mark::None, Line::Dashed).colour(place));
    }
    Ok(figure)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let x = point(&["1/2", "-1/3"])?;
    let shape = Architecture::new(&Activation::parse("tanh")?, &[2, 8, 8, 1])?;
    let network = FiniteNetwork::from_seed(&shape, 1)?;
    let accuracy = Accuracy::absolute(DIGITS)?;
    let near = Neighbourhood::new(&network, &x, accuracy)?;

    println!("1. A 2-8-8-1 tanh network at x = (1/2, -1/3), f(x) = {}", short(near.output()));
    println!(
        "   Its series is proved to be the network for every step shorter than {}.",
        down(near.radius())
    );
    let step = Step::from_seed(&network, 2, &parse_rational("1/5")?)?;
    let series = near.series(&step, 8)?;
    println!("   A step of length 1/5 (in this direction {} times as much is proved):\n", down(series.reach));
    println!("   order     part of the output    left out, at most    K_m(x, x)");
    let kernel = network.feature_kernel(&x, &x, 8, accuracy)?;
    for (m, part) in series.orders.iter().enumerate() {
        println!(
            "   {m:>5}   {:>20}   {:>18}   {:>10.4}",
            short(part),
            up(series.remainders[m]),
            kernel[m].midpoint().to_f64()
        );
    }
    let direct = network.after(&step)?.evaluate(&x, accuracy)?.swap_remove(0);
    println!("   sum     {:>20}\n   network {:>20}", short(&series.sum()), short(&direct));
    assert!(series.sum().overlaps(&direct));

    println!("\n2. The first order of the kernel is the empirical tangent kernel:");
    println!(
        "   K_1 = {}\n   NTK = {}",
        short(&kernel[1]),
        short(&network.tangent_kernel(&x, &x, accuracy)?)
    );

    println!("\n3. Too long a step is refused, not extrapolated:");
    if let Err(error) = near.series(&step.scaled(&parse_rational("100")?), 8) {
        println!("   {error}");
    }

    println!("\n4. Gradient descent and regularized learning in feature space, step by step:\n");
    let mut sample = vec![];
    for (x, y) in [(["1/2", "-1/3"], "1"), (["-1", "1/4"], "-1"), (["2/3", "3/2"], "1/2")] {
        sample.push((point(&x)?, parse_rational(y)?));
    }
    let small = FiniteNetwork::from_seed(&Architecture::new(&Activation::parse("tanh")?, &[2, 4, 1])?, 3)?;
    let descent = Descent::new(Loss::Squared, sample, parse_rational("1/50")?, 5)?;
    let run = descent.run(&small, accuracy)?;
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
        "   Rademacher complexity of all networks within {}: at most {}.",
        up(bound.radius),
        up(bound.complexity)
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
    println!();
    picture::write(&[("neighbourhood", error_of_the_series(&network, &x)?)])
}
