//! Hermite coefficients at variances of any size.

use super::hermite_coefficients::names;
use crate::number::{Accuracy, Mag, parse_rational};
use crate::{Activation, Ball, hermite};

#[test]
fn extreme_variances() {
    // Breakpoints at 100 and more standard deviations, or far inside one.
    for (name, q) in
        [("hardtanh", "1/10000"), ("relu6", "1/1000"), ("hard-swish", "1000000"), ("elu", "1000")]
    {
        let phi = Activation::parse(name).unwrap();
        let accuracy = Accuracy::relative(20).unwrap();
        let mu = hermite::coefficients(&phi, &parse_rational(q).unwrap(), 4000, accuracy).unwrap();
        assert!(mu.iter().all(|m| accuracy.is_met_by(m)), "{name} at {q}");
        let two = Accuracy::relative(60).unwrap();
        let again = hermite::coefficients(&phi, &parse_rational(q).unwrap(), 4000, two).unwrap();
        assert!(mu.iter().zip(&again).all(|(a, b)| a.overlaps(b)), "{name} at {q}");
        // Parseval, with what is left bounded by the decay k^(-3/2) or faster.
        let sum = again.iter().fold(Ball::zero(300), |s, m| s + m.square());
        let second = phi.second_moment(&Ball::from_rational(&parse_rational(q).unwrap(), 300), 200).unwrap();
        let share = (&second - &sum) / second;
        assert!(share.upper() >= 0 && share.lower() < 0.05, "{name} at {q}: {share}");
    }
}

#[test]
fn no_variance_makes_anything_panic() {
    let wide = Ball::from_integer(1, 64).widened(Mag::pow2(3));
    let variances =
        [Ball::zero(64), Ball::from_integer(-1, 64), wide, Ball::whole_line(64), Ball::from_integer(1, 2)];
    for name in names() {
        let phi = Activation::parse(&name).unwrap();
        for q in &variances {
            for len in [0, 1, 7] {
                assert_eq!(phi.hermite(q, len, 2).unwrap().len(), len, "{name}");
            }
            let _ = (phi.second_moment(q, 2), phi.derivative_second_moment(q, 2), phi.dual(q, 2));
        }
        assert!(phi.hermite(&Ball::from_integer(1, 64), usize::MAX, 64).is_err(), "{name}");
        assert!(phi.hermite(&Ball::from_integer(1, 64), 3, u32::MAX).is_err(), "{name}");
    }
}

#[test]
fn an_enclosed_variance_gives_enclosures_of_every_member() {
    let centre = parse_rational("3/2").unwrap();
    let radius = parse_rational("1/1048576").unwrap();
    let wide = Ball::from_rational(&centre, 200).widened(Mag::pow2(-20));
    for name in names() {
        let phi = Activation::parse(&name).unwrap();
        let all = phi.hermite(&wide, 40, 100).unwrap();
        for member in [&centre - &radius, centre.clone(), &centre + &radius] {
            let exact = phi.hermite(&Ball::from_rational(&member, 200), 40, 150).unwrap();
            for (k, (a, b)) in all.iter().zip(&exact).enumerate() {
                assert!(a.overlaps(b), "μ_{k} of {name} at {member}: {a} misses {b}");
                assert!(
                    a.radius() < Mag::pow2(0) * b.magnitude().max(Mag::pow2(-10)),
                    "μ_{k} of {name}: {a}"
                );
            }
        }
    }
}

/// At variances far beyond what doubles hold there is an answer with the digits asked for, or an error: never a panic.
/// Small variances have answers: there `μ_0 = φ(0)` and `μ_1 = √q φ'(0)` to many digits where φ has a slope at 0.
#[test]
fn variances_of_any_size() {
    let formulas = ["2*tanh(x/3)", "exp(-x^2)", "x*sigmoid(2*x)", "sin(x)+cos(x)", "tanh(x)^2", "1/(1+x^2)"];
    let names = crate::activation::catalogue().map(|e| e.example());
    let mut answered = 0;
    for name in names.chain(formulas.map(str::to_string)) {
        let Ok(phi) = Activation::parse(&name) else { continue };
        for exponent in [-3000i32, -300, 300, 3000] {
            let q = num_traits::pow(parse_rational("10").unwrap(), exponent.unsigned_abs() as usize);
            let q = if exponent < 0 { q.recip() } else { q };
            let ask = || hermite::coefficients(&phi, &q, 2, Accuracy::relative(10)?);
            match crate::work::within(2e8, ask) {
                Err(error) => assert!(!error.to_string().is_empty()),
                Ok(mu) => {
                    answered += 1;
                    let good = mu.iter().all(|m| m.is_exact() || m.radius() <= m.magnitude().shl(-30));
                    assert!(good, "{name} at 10^{exponent}: {mu:?}");
                }
            }
        }
    }
    assert!(answered > 125);
}
