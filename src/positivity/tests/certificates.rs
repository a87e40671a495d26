//! What is written of a verdict.

use crate::activation::{Growth, PiecewiseAnalytic};

use crate::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
use crate::number::{ComplexBall, Mag, parse_rational};
use crate::positivity::{Domain, Outcome, decide};
use crate::{Activation, Ball};

/// Both are called `relu`, and neither is.
#[derive(Debug)]
enum Liar {
    Tanh,
    Cube,
}

impl PiecewiseAnalytic for Liar {
    fn name(&self) -> String {
        "relu".into()
    }
    fn formula(&self) -> String {
        "max(0, x)".into()
    }
    fn smoothness(&self) -> String {
        "analytic".into()
    }
    fn breakpoints(&self, _: u32) -> Vec<Ball> {
        vec![]
    }
    fn evaluate(&self, _: usize, x: &Ball) -> Ball {
        match self {
            Liar::Tanh => x.tanh(),
            Liar::Cube => x.square() * x,
        }
    }
    fn derivative(&self, _: usize, x: &Ball) -> Ball {
        match self {
            Liar::Tanh => Ball::from_integer(1, x.precision()) - x.tanh().square(),
            Liar::Cube => x.square() * Ball::from_integer(3, x.precision()),
        }
    }
    fn evaluate_complex(&self, _: usize, z: &ComplexBall) -> ComplexBall {
        match self {
            Liar::Tanh => z.tanh(),
            Liar::Cube => z * &(z * z),
        }
    }
    fn growth(&self) -> Growth {
        match self {
            Liar::Tanh => Growth::polynomial(Mag::ONE, 0),
            Liar::Cube => Growth::polynomial(Mag::ONE, 3),
        }
    }
    fn derivative_growth(&self) -> Option<Growth> {
        Some(match self {
            Liar::Tanh => Growth::polynomial(Mag::ONE, 0),
            Liar::Cube => Growth::polynomial(Mag::from_f64(3.0), 2),
        })
    }
    fn expression(&self) -> Option<String> {
        Some(if matches!(self, Liar::Tanh) { "tanh(x)" } else { "x^3" }.into())
    }
}

#[test]
fn a_name_is_no_identity() {
    let layer = |liar| Layer {
        activation: Activation::from_analytic(liar),
        sigma_w2: WeightVariance::Exact(parse_rational("1").unwrap()),
        sigma_b2: BiasVariance::Exact(parse_rational("0").unwrap()),
    };
    for order in [[Liar::Tanh, Liar::Cube], [Liar::Cube, Liar::Tanh]] {
        let network = Network::new(Input::default(), order.map(layer).into()).unwrap();
        let verdict = decide(&network, Kernel::Nngp, Domain::NonProportional).unwrap();
        assert_eq!(verdict.outcome, Outcome::StrictlyPositiveDefinite);
        let json: serde_json::Value =
            serde_json::from_str(&verdict.certificate().unwrap().to_json()).unwrap();
        let layers = json["network"]["layers"].as_array().unwrap();
        let claims = json["claims"].as_array().unwrap();
        // Each is written by its formula, and each claim says what is true of that formula.
        for formula in ["tanh(x)", "x^3"] {
            assert_eq!(layers.iter().filter(|l| l["activation"] == formula).count(), 1);
            let of_it: Vec<_> = claims.iter().filter(|c| c["activation"] == formula).collect();
            assert!(!of_it.is_empty(), "{claims:?}");
            for claim in of_it {
                assert_eq!(claim["is"] == "non-polynomial", formula == "tanh(x)", "{claim}");
            }
        }
    }
}

/// `h_3 = (x³ - 3x)/√6` is stated by a polynomial and the square of its factor.
#[test]
fn a_common_root_is_stated_by_its_square() {
    let layer = |name: &str| Layer {
        activation: Activation::parse(name).unwrap(),
        sigma_w2: WeightVariance::Exact(parse_rational("1").unwrap()),
        sigma_b2: BiasVariance::Exact(parse_rational("0").unwrap()),
    };
    let certificate = |name: &str| {
        let network = Network::new(Input::default(), vec![layer(name)]).unwrap();
        let verdict = decide(&network, Kernel::Nngp, Domain::Distinct).unwrap();
        assert_eq!(verdict.outcome, Outcome::NotStrictlyPositiveDefinite, "{name}");
        verdict.certificate().map(|c| serde_json::from_str::<serde_json::Value>(&c.to_json()).unwrap())
    };
    for (name, expected) in [("hermite(3)", "1/6"), ("sqrt(8)*x^2 - sqrt(2)", "8")] {
        let json = certificate(name).unwrap();
        let claims = json["claims"].as_array().unwrap();
        let whole = claims.iter().find(|c| c["part"] == "whole" && c["square"].is_string()).unwrap();
        let read = |v: &serde_json::Value| parse_rational(v.as_str().unwrap()).unwrap();
        // The leading coefficient's square: 1/6 of x³, 8 of x².
        let lead = read(whole["coefficients"].as_array().unwrap().last().unwrap());
        assert_eq!(&lead * &lead * read(&whole["square"]), parse_rational(expected).unwrap(), "{whole}");
    }
    // Two roots have no common factor.
    assert!(certificate("sqrt(2)*x^2 + x").is_err());
}
