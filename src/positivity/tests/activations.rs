//! Characterizations of the catalogue, of disguises and of code.

use num_rational::BigRational;
use num_traits::ToPrimitive;
use proptest::prelude::*;

use crate::activation::{Growth, PiecewiseAnalytic, catalogue};
use crate::number::{ComplexBall, Mag, parse_rational};
use crate::positivity::source::Source;
use crate::positivity::{Characterization, Part, Witness, characterize};
use crate::{Activation, Ball};

fn parse(text: &str) -> Activation {
    Activation::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"))
}

fn polynomial(text: &str, part: Part) -> Option<String> {
    match characterize(&parse(text), part) {
        Characterization::Polynomial { coefficients } => {
            Some(coefficients.iter().map(BigRational::to_string).collect::<Vec<_>>().join(","))
        }
        _ => None,
    }
}

/// One of every entry.
pub(crate) fn samples() -> Vec<Activation> {
    catalogue().map(|e| parse(&e.example())).collect()
}

#[test]
fn every_name_has_an_expression_that_is_the_same_function() {
    for phi in samples() {
        let expression = phi.expression().unwrap_or_else(|| panic!("{phi}"));
        let read = parse(&expression);
        assert!(matches!(Source::of(&phi), Source::Formula(_)), "{phi}: {expression}");
        let one = Ball::from_integer(1, 96);
        let [a, b] = [&phi, &read].map(|f| f.hermite(&one, 6, 96).unwrap());
        for k in 0..6 {
            assert!(a[k].overlaps(&b[k]), "{phi} and {expression}: {} {}", a[k], b[k]);
        }
    }
}

#[test]
fn the_catalogue_is_decided() {
    for phi in samples() {
        for part in [Part::Whole, Part::Even, Part::Odd] {
            let found = characterize(&phi, part);
            let name = phi.name();
            assert!(found.is_polynomial().is_some(), "{name}, {part:?}: {found}");
            // The library's own structural knowledge of Hermite coefficients agrees.
            let support = phi.support();
            let finite = match part {
                Part::Whole => !support.even_tail && !support.odd_tail,
                Part::Even => !support.even_tail,
                Part::Odd => !support.odd_tail,
            };
            assert_eq!(found.is_polynomial(), Some(finite), "{name}, {part:?}: {found}");
        }
    }
}

#[test]
fn disguised_polynomials_come_out() {
    for (text, part, coefficients) in [
        ("(x+1)^2 - (x-1)^2", Part::Whole, "0,4"),
        ("abs(x)^2", Part::Whole, "0,0,1"),
        ("max(x,0)+min(x,0)", Part::Whole, "0,1"),
        ("sin(x)^2+cos(x)^2", Part::Whole, "1"),
        ("0*x", Part::Whole, ""),
        ("relu", Part::Odd, "0,1/2"),
        ("gelu", Part::Odd, "0,1/2"),
        ("softplus", Part::Odd, "0,1/2"),
        ("silu", Part::Odd, "0,1/2"),
        ("sigmoid", Part::Even, "1/2"),
        ("tanh", Part::Even, ""),
        ("repu(2)", Part::Even, "0,0,1/2"),
        ("repu(3)", Part::Odd, "0,0,0,1/2"),
        ("max(0, x + 1/3) - max(0, x - 1/3)", Part::Even, "1/3"),
        ("sign(x)^2", Part::Whole, "1"),
    ] {
        assert_eq!(polynomial(text, part).as_deref(), Some(coefficients), "{text}");
    }
    for part in [Part::Even, Part::Odd] {
        assert_eq!(characterize(&parse("mish"), part).is_polynomial(), Some(false));
    }
}

#[test]
fn irrational_coefficients_are_polynomials() {
    for (text, degree) in [("sqrt(2)*x^2 + x", 2), ("pi + 0*x", 0), ("hermite(4)", 4), ("hermite(100)", 100)]
    {
        let found = characterize(&parse(text), Part::Whole);
        let Characterization::PolynomialOfDegree { degree: n, exact, .. } = found else {
            panic!("{text}: {found}")
        };
        assert_eq!((n, exact), (degree, degree < 100), "{text}");
    }
}

#[test]
fn witnesses_by_kind() {
    let kind = |text: &str, part| match characterize(&parse(text), part) {
        Characterization::NonPolynomial { witness } => match witness {
            Witness::TwoPieces(_) => "two pieces",
            Witness::Growth { .. } => "growth",
            Witness::FasterThanPowers { .. } => "faster",
        },
        other => panic!("{text}: {other}"),
    };
    assert_eq!(kind("relu6", Part::Even), "two pieces");
    assert_eq!(kind("step", Part::Odd), "two pieces");
    assert_eq!(kind("tanh", Part::Odd), "growth");
    assert_eq!(kind("exp", Part::Whole), "growth");
    assert_eq!(kind("exp", Part::Even), "faster");
    assert_eq!(kind("exp(x^2/5)", Part::Whole), "faster");
    assert_eq!(kind("elu", Part::Even), "growth");
    assert_eq!(kind("log(abs(x))", Part::Whole), "growth");
    assert_eq!(kind("max(0, x^2 - 2)", Part::Whole), "growth");
    assert_eq!(kind("max(0, x^2 - 4)", Part::Whole), "two pieces");
}

/// `sinh` by values, with the growth that it has, or tanh with none promised.
#[derive(Debug)]
struct Code {
    bounded: bool,
}

impl PiecewiseAnalytic for Code {
    fn name(&self) -> String {
        "tanh".into()
    }
    fn formula(&self) -> String {
        "tanh(x)".into()
    }
    fn smoothness(&self) -> String {
        "analytic".into()
    }
    fn breakpoints(&self, _: u32) -> Vec<Ball> {
        vec![]
    }
    fn evaluate(&self, _: usize, x: &Ball) -> Ball {
        if self.bounded { x.tanh() } else { x.sinh() }
    }
    fn derivative(&self, _: usize, x: &Ball) -> Ball {
        if self.bounded { Ball::from_integer(1, x.precision()) - x.tanh().square() } else { x.cosh() }
    }
    fn evaluate_complex(&self, _: usize, z: &ComplexBall) -> ComplexBall {
        z.tanh()
    }
    fn growth(&self) -> Growth {
        let linear = parse_rational(if self.bounded { "0" } else { "1" }).unwrap_or_default();
        Growth { linear, ..Growth::polynomial(Mag::ONE, 0) }
    }
    fn derivative_growth(&self) -> Option<Growth> {
        Some(self.growth())
    }
}

#[test]
fn code_is_known_by_its_values_and_promises() {
    let bounded = characterize(&Activation::from_analytic(Code { bounded: true }), Part::Whole);
    assert!(matches!(bounded, Characterization::NonPolynomial { witness: Witness::Growth { order: 0, .. } }));
    let open = characterize(&Activation::from_analytic(Code { bounded: false }), Part::Odd);
    assert!(matches!(open, Characterization::NotOfDegree { degree: 12, .. }), "{open}");
}

/// A formula of random shape.
fn formula() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("x".to_string()),
        (-3i32..4).prop_map(|n| format!("({n})")),
        (1i32..4, 1i32..4).prop_map(|(a, b)| format!("({a}/{b})")),
    ];
    leaf.prop_recursive(4, 12, 2, |inner| {
        let two = (inner.clone(), inner.clone());
        prop_oneof![
            two.clone().prop_map(|(a, b)| format!("({a}+{b})")),
            two.clone().prop_map(|(a, b)| format!("({a}-{b})")),
            two.clone().prop_map(|(a, b)| format!("({a})*({b})")),
            two.prop_map(|(a, b)| format!("max({a},{b})")),
            (inner.clone(), 0u32..4).prop_map(|(a, n)| format!("({a})^{n}")),
            (prop::sample::select(vec!["tanh", "abs", "sin", "relu", "sigmoid", "softplus", "atan"]), inner)
                .prop_map(|(f, a)| format!("{f}({a})")),
        ]
    })
}

/// The divided difference in doubles.
fn difference(f: impl Fn(f64) -> f64, nodes: &[f64]) -> f64 {
    let product = |i: usize| {
        nodes.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, y)| nodes[i] - y).product::<f64>()
    };
    nodes.iter().enumerate().map(|(i, x)| f(*x) / product(i)).sum()
}

proptest! {
    #![proptest_config(ntk_testing::cases(48))]
    #[test]
    fn formulas_and_witnesses_agree_with_values(text in formula()) {
        let Ok(phi) = Activation::parse(&text) else { return Ok(()) };
        let source = Source::of(&phi);
        for part in [Part::Whole, Part::Even, Part::Odd] {
            let value = |x: f64| {
                let exact = rug::Rational::from_f64(x).unwrap_or_default();
                source.value(part, &exact, 200).map_or(f64::NAN, |b| b.midpoint().to_f64())
            };
            match characterize(&phi, part) {
                Characterization::Polynomial { coefficients } => {
                    for x in [0.3f64, -1.7, 2.9] {
                        let p = coefficients.iter().rev().fold(0.0, |s, c| s * x + c.to_f64().unwrap());
                        let truth = value(x);
                        prop_assert!((p - truth).abs() <= 1e-9 * (1.0 + truth.abs()), "{} {:?}: {} {}", text, part, p, truth);
                    }
                }
                Characterization::NonPolynomial { witness: Witness::Growth { difference: d, .. } } => {
                    let nodes: Vec<f64> = d.nodes.iter().map(|n| n.to_f64().unwrap()).collect();
                    let found = difference(value, &nodes).abs();
                    prop_assert!(found >= 0.99 * d.bound.to_f64().unwrap(), "{} {:?}: {}", text, part, found);
                }
                Characterization::NonPolynomial { witness: Witness::TwoPieces(pieces) } => {
                    prop_assert!(pieces[0].coefficients != pieces[1].coefficients);
                    for piece in pieces.iter() {
                        for t in [0.25, 0.5, 0.9] {
                            let x = piece.from.to_f64().unwrap() * (1.0 - t) + piece.to.to_f64().unwrap() * t;
                            let p = piece.coefficients.iter().rev().fold(0.0, |s, c| s * x + c.to_f64().unwrap());
                            let truth = value(x);
                            prop_assert!((p - truth).abs() <= 1e-9 * (1.0 + truth.abs()), "{} {:?}: {} {}", text, part, p, truth);
                        }
                    }
                }
                _ => (),
            }
        }
    }
}
