mod deep;
mod relative;
mod tail;

use super::*;
use crate::kernel::{BiasVariance, Input, Layer};
use crate::network::samples::normalized;
use crate::number::parse_rational;

/// An attempt, spoilt.
fn spoilt(network: &Network, convention: Convention, spoil: impl Fn(&mut Attempt)) -> Result<(), Error> {
    for kernel in [Kernel::Ntk, Kernel::Nngp] {
        let search = Search::new(network, kernel, convention, 9, Accuracy::relative(3).unwrap())?;
        let mut attempt = search.run()?;
        spoil(&mut attempt);
        search.check(&attempt)?;
    }
    Ok(())
}

fn number(text: &str) -> Ball {
    Ball::from_rational(&parse_rational(text).unwrap(), 64)
}

#[test]
fn every_violation_is_caught() {
    for (name, depth) in [("relu", 1), ("relu", 3), ("erf", 2), ("gelu", 1), ("gaussian", 2), ("tanh", 2)] {
        let network = normalized(name, depth);
        let refused = |spoil: &dyn Fn(&mut Attempt), words: &str| {
            let error = spoilt(&network, Convention::Standard, spoil).unwrap_err();
            let good = matches!(error, Error::Inconsistent { .. }) && error.to_string().contains(words);
            assert!(good, "{name} of depth {depth}: {error} without {words}");
        };
        assert!(spoilt(&network, Convention::Standard, |_| ()).is_ok());
        refused(
            &|a| a.coefficients[3] = number("-0.001"),
            "degree 3 came out against the theory (it cannot be negative",
        );
        refused(
            &|a| a.coefficients[2] = &a.sum + &number("0.01"),
            "degree 2 came out against the theory (it is at most",
        );
        refused(&|a| a.tail = number("-0.001"), "the tail of the series");
        refused(&|a| a.coefficients[1] = &a.coefficients[1] + &number("0.01"), "the sum of the series");
        refused(&|a| a.tail = &a.tail + &number("0.01"), "the sum of the series");
    }
}

#[test]
fn what_keeps_the_sum_is_caught_at_one_half() {
    let swap = |a: &mut Attempt| {
        let change = number("0.02");
        a.coefficients[1] = &a.coefficients[1] - &change;
        a.coefficients[7] = &a.coefficients[7] + &change;
    };
    for (name, depth) in [("relu", 1), ("relu", 3), ("erf", 2), ("gelu", 1)] {
        let error = spoilt(&normalized(name, depth), Convention::Standard, swap).unwrap_err();
        assert!(error.to_string().contains("the series at 1/2"), "{error}");
    }
    // Without closed duals there is no second route; nor where the variable is another.
    assert!(spoilt(&normalized("tanh", 1), Convention::Standard, swap).is_ok());
    assert!(spoilt(&normalized("relu", 1), Convention::Murray2023, swap).is_ok());
}

/// A true result passes, however little its enclosures say.
#[test]
fn width_is_no_violation() {
    let widen = |a: &mut Attempt| {
        for x in a.coefficients.iter_mut().chain([&mut a.sum, &mut a.tail]) {
            *x = x.widened(Mag::from_f64(3.0));
        }
    };
    for name in ["relu", "gelu", "tanh"] {
        assert!(spoilt(&normalized(name, 2), Convention::Standard, widen).is_ok());
    }
}

/// Where all layers but the first make `ρ_l(0)` all but 1. The truth by an independent program: Taylor arithmetic of
/// three terms in mpmath with 120 digits, and with Hermite coefficients by sums of 561 nodes to 40 digits for the
/// sigmoid.
#[test]
fn kernels_that_are_all_but_constant() {
    let one = || parse_rational("1").unwrap();
    let cases = [
        (
            "relu",
            12,
            "1/100",
            one(),
            ["1.010075503143859562511104", "1.601942321063599507808625e-16", "8.09344066717513252156125e-17"],
        ),
        (
            "sigmoid",
            11,
            "1/2",
            BigRational::zero(),
            ["0.13269263917148557122", "1.2443690055366045329e-16", "4.4090713120676925706e-20"],
        ),
    ];
    for (name, depth, sigma_w2, sigma_b2, truth) in cases {
        let layer = Layer {
            activation: Activation::parse(name).unwrap(),
            sigma_w2: WeightVariance::Exact(parse_rational(sigma_w2).unwrap()),
            sigma_b2: BiasVariance::Exact(sigma_b2),
        };
        let network = Network::uniform(Input::default(), layer, depth).unwrap();
        let accuracy = Accuracy::relative(15).unwrap();
        let series = network.series(Kernel::Ntk, Convention::Standard, 2, accuracy).unwrap();
        for (got, truth) in series.coefficients().iter().zip(truth) {
            let distance = (got - &Ball::from_rational(&parse_rational(truth).unwrap(), 200)).magnitude();
            let allowed = got.magnitude() * Mag::from_f64(2e-15);
            assert!(distance <= allowed, "{name}: {got} for {truth}");
        }
    }
}
