//! Where the kernels of two activations differ most: a proof, not a plot.
//!
//! Compares `Θ(ρ)/Θ(1)` of two networks on a grid, then encloses the largest difference on all of `[-1, 1]` by
//! evaluating both kernels on whole intervals and dropping those that cannot hold it.
//!
//! ```text
//! cargo run --example where_kernels_differ -- relu gelu 3
//! ```

use ntk_series::kernel::{
    BiasVariance, Convention, Input, Kernel, KernelSeries, Layer, Network, WeightVariance,
};
use ntk_series::number::{Mag, parse_rational};
use ntk_series::{Accuracy, Activation, Ball, Error};
use num_rational::BigRational;

const PRECISION: u32 = 128;
/// Intervals are halved until they are this narrow, as a power of two.
const FINEST: i32 = 20;

fn main() -> Result<(), Error> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let word = |i: usize, default: &'static str| words.get(i).map_or(default, String::as_str);
    let (first, second) = (word(0, "relu"), word(1, "gelu"));
    let hidden_layers = word(2, "3").parse().unwrap_or(3);
    let kernels = [kernel(first, hidden_layers)?, kernel(second, hidden_layers)?];

    println!("NTK over its value at ρ = 1, {hidden_layers} hidden layers, normalized weights, no biases\n");
    println!("{:>6}  {first:<18}{second:<18}difference", "ρ");
    for step in -10i32..=10 {
        let rho = ball(step.into(), 10);
        let [a, b] = [normalized(&kernels[0], &rho)?, normalized(&kernels[1], &rho)?];
        let gap = format!("{:.12}", &a - &b);
        let [a, b] = [&a, &b].map(|x| x.to_decimal(12).map_or("unknown".into(), |d| d.value));
        println!("{:>6}  {a:<18}{b:<18}{gap}", f64::from(step) / 10.0);
    }

    let found = largest_difference(&kernels)?;
    println!("\nOn all of [-1, 1] the largest |difference| is {:.7}", found.size);
    println!("and is attained at ρ = {:.4} only.", found.place);
    Ok(())
}

fn kernel(activation: &str, hidden_layers: usize) -> Result<KernelSeries, Error> {
    let layer = Layer {
        activation: Activation::parse(activation)?,
        sigma_w2: WeightVariance::Normalized,
        sigma_b2: BiasVariance::Exact(parse_rational("0")?),
    };
    let network = Network::uniform(Input::default(), layer, hidden_layers)?;
    network.series(Kernel::Ntk, Convention::Standard, 20, Accuracy::relative(30)?)
}

fn normalized(kernel: &KernelSeries, rho: &Ball) -> Result<Ball, Error> {
    Ok(&kernel.evaluate(rho)? / kernel.sum())
}

fn ball(numerator: i64, denominator: i64) -> Ball {
    Ball::from_rational(&BigRational::new(numerator.into(), denominator.into()), PRECISION)
}

/// The interval `[at - 1, at + 1] · 2^-level` as a ball.
#[derive(Clone, Copy)]
struct Interval {
    at: i64,
    level: i32,
}

impl Interval {
    fn middle(self) -> Ball {
        Ball::from_integer(self.at, PRECISION).shl(-self.level)
    }

    fn whole(self) -> Ball {
        self.middle().widened(Mag::pow2(-i64::from(self.level)))
    }

    fn halves(self) -> [Interval; 2] {
        [-1, 1].map(|side| Interval { at: 2 * self.at + side, level: self.level + 1 })
    }
}

struct Found {
    /// Encloses the largest difference.
    size: Ball,
    /// Encloses every ρ where it is attained.
    place: Ball,
}

/// Branch and bound: what the middle of an interval proves is attained, what the whole of it excludes is dropped.
fn largest_difference(kernels: &[KernelSeries; 2]) -> Result<Found, Error> {
    let difference = |rho: &Ball| -> Result<Ball, Error> {
        Ok((normalized(&kernels[0], rho)? - normalized(&kernels[1], rho)?).abs())
    };
    // The whole of [-1, 1].
    let mut alive = vec![Interval { at: 0, level: 0 }];
    let mut at_least = Ball::zero(PRECISION);
    let mut at_most = Ball::zero(PRECISION);
    for _ in 0..FINEST {
        let mut bounds = vec![];
        for interval in alive.into_iter().flat_map(Interval::halves) {
            let attained = difference(&interval.middle())?.lower();
            if attained > *at_least.midpoint() {
                at_least = Ball::exact(attained);
            }
            bounds.push((interval, difference(&interval.whole())?.upper()));
        }
        bounds.retain(|(_, upper)| upper >= at_least.midpoint());
        let highest =
            bounds.iter().map(|(_, upper)| upper).fold(at_least.midpoint(), |a, b| if a < b { b } else { a });
        at_most = Ball::exact(highest.clone());
        alive = bounds.into_iter().map(|(interval, _)| interval).collect();
    }
    let (Some(first), Some(last)) = (alive.first(), alive.last()) else {
        unreachable!("the best interval stays")
    };
    let [from, to] = [(first, -1), (last, 1)]
        .map(|(interval, side)| Ball::from_integer(interval.at + side, PRECISION).shl(-interval.level));
    Ok(Found { size: hull(&at_least, &at_most), place: hull(&from, &to) })
}

/// The ball between two exact numbers.
fn hull(low: &Ball, high: &Ball) -> Ball {
    (low + high).shl(-1).widened((high - low).shl(-1).magnitude())
}
