use proptest::prelude::*;

use super::*;
use crate::activation::formula::Formula;
use crate::number::{Mag, parse_rational};
use crate::{Accuracy, hermite};

/// The same function without its shape.
fn plain(formula: &str) -> Activation {
    Activation::from_analytic(Formula::parse("plain", formula).unwrap())
}

fn named(name: &str) -> Activation {
    let phi = Activation::parse(name).unwrap();
    assert_eq!(phi.method(), "Fourier-side quadrature", "{name}");
    phi
}

const PAIRS: [(&str, &str); 11] = [
    ("tanh", "tanh(x)"),
    ("sigmoid", "sigmoid(x)"),
    ("softplus", "softplus(x)"),
    ("softplus(5/2)", "softplus(5*x/2)/(5/2)"),
    ("softplus(-1/3)", "softplus(-x/3)/(-1/3)"),
    ("silu", "x*sigmoid(x)"),
    ("silu(-3)", "x*sigmoid(-3*x)"),
    ("quick-gelu", "x*sigmoid(1.702*x)"),
    ("log-sigmoid", "-softplus(-x)"),
    ("tanhshrink", "x - tanh(x)"),
    ("lisht", "x*tanh(x)"),
];

#[test]
fn agree_with_the_other_side() {
    for (name, formula) in PAIRS {
        let (phi, other) = (named(name), plain(formula));
        for q in ["1/10", "1/2", "1", "2", "10"] {
            let q = parse_rational(q).unwrap();
            let len = if q == BigRational::from_integer(1.into()) { 401 } else { 60 };
            let q = Ball::from_rational(&q, 300);
            let [a, b] = [&phi, &other].map(|f| f.hermite(&q, len, 80).unwrap());
            for k in 0..len {
                assert!(a[k].overlaps(&b[k]), "{name}, q = {q}, k = {k}: {} {}", a[k], b[k]);
                assert_eq!(a[k].is_exact_zero(), !phi.support().may_be_nonzero(k), "{name}, {k}");
                assert!(a[k].relative_accuracy_bits() >= 76, "{name}, q = {q}, k = {k}: {}", a[k]);
            }
        }
    }
}

#[test]
fn moments_agree_with_the_other_side() {
    for (name, formula) in PAIRS.into_iter().chain([("2-3*tanh(-x/7)", "2-3*tanh(-x/7)")]) {
        let (phi, other) = (named(name), plain(formula));
        for q in ["1/1000", "1/2", "1", "30"] {
            let q = Ball::from_rational(&parse_rational(q).unwrap(), 300);
            for moment in [Activation::second_moment, Activation::derivative_second_moment] {
                let of = |f: &Activation| moment(f, &q, 80).unwrap();
                let (a, b) = (of(&phi), of(&other));
                assert!(a.overlaps(&b), "{name}, q = {q}: {a} {b}");
                assert!(a.relative_accuracy_bits() >= 76, "{name}, q = {q}: {a}");
            }
        }
    }
}

#[test]
fn formulas_are_recognized() {
    for (formula, fourier) in [
        ("2*tanh(-3*x) + 1", true),
        ("x/(1 + exp(-2*x))", true),
        ("3 - x/7 - softplus(x/5)", true),
        ("log(1 + exp(3*x))", true),
        ("tanh(x + 1)", false),
        ("tanh(x)^2", false),
        ("tanh(x) + tanh(2*x)", false),
        ("x^2*tanh(x)", false),
        ("tanh(abs(x))", false),
        ("pi*tanh(x)", true),
    ] {
        let phi = Activation::parse(formula).unwrap();
        assert_eq!(phi.method() == "Fourier-side quadrature", fourier, "{formula}: {}", phi.method());
        let q = Ball::from_integer(2, 200);
        let [a, b] = [&phi, &plain(formula)].map(|f| f.hermite(&q, 20, 60).unwrap());
        assert!(a.iter().zip(&b).all(|(a, b)| a.overlaps(b)), "{formula}");
    }
}

#[test]
fn first_few_alone() {
    let q = Ball::from_integer(1, 64);
    for (name, _) in PAIRS {
        let all = named(name).hermite(&q, 8, 60).unwrap();
        for len in 0..5 {
            let few = named(name).hermite(&q, len, 60).unwrap();
            assert_eq!(few.len(), len);
            assert!(
                few.iter().zip(&all).all(|(a, b)| a.overlaps(b) && a.radius() < Mag::pow2(-56)),
                "{name}"
            );
        }
    }
}

#[test]
fn the_accuracy_asked_for_comes_at_once() {
    let q = parse_rational("1").unwrap();
    for (name, _) in PAIRS {
        for digits in [15, 50] {
            let accuracy = Accuracy::relative(digits).unwrap();
            let first =
                named(name).hermite(&Ball::from_rational(&q, 600), 1001, accuracy.bits() + 4).unwrap();
            assert!(first.iter().all(|x| accuracy.is_met_by(x)), "{name}, {digits}");
            assert_eq!(hermite::coefficients(&named(name), &q, 1001, accuracy).unwrap().len(), 1001);
        }
    }
}

proptest! {
    #![proptest_config(ntk_testing::cases(24))]
    #[test]
    fn every_scale(a in 1i64..2000, b in 1i64..40, v in 1i64..400, w in 1i64..100, k in 0usize..40) {
        let beta = format!("{a}/{b}");
        let q = Ball::from_rational(&BigRational::new(v.into(), w.into()), 200);
        for (name, formula) in [
            (format!("silu({beta})"), format!("x*sigmoid({beta}*x)")),
            (format!("softplus({beta})"), format!("softplus({beta}*x)/({beta})")),
        ] {
            let fine = named(&name).hermite(&q, k + 1, 90).unwrap();
            prop_assert!(fine.iter().all(|x| x.relative_accuracy_bits() >= 80), "{}", name);
            let coarse = named(&name).hermite(&q, k + 1, 40).unwrap();
            prop_assert!(fine[k].overlaps(&coarse[k]));
            if a < 20 * b {
                let other = plain(&formula).hermite(&q, k + 1, 50).unwrap();
                prop_assert!(fine[k].overlaps(&other[k]), "{} {} {}", name, fine[k], other[k]);
            }
        }
    }

    #[test]
    fn an_enclosed_variance(v in 1i64..400, bits in 12i64..60, share in -1.0f64..1.0) {
        let q = Ball::from_rational(&BigRational::new(v.into(), 40.into()), 200);
        let member = &q + &Ball::exact(rug::Float::with_val(200, share) >> bits as u32);
        for name in ["tanh", "silu", "softplus"] {
            let wide = named(name).hermite(&q.widened(Mag::pow2(-bits)), 31, 100).unwrap();
            let one = named(name).hermite(&member, 31, 100).unwrap();
            prop_assert!(wide.iter().zip(&one).all(|(a, b)| a.overlaps(b)), "{}", name);
            prop_assert!(wide[3 - usize::from(name != "tanh")].relative_accuracy_bits() >= bits - 12, "{}", name);
        }
    }
}
