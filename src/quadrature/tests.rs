use super::*;
use crate::activation::Activation;
use crate::number::Mag;
use crate::number::{Accuracy, parse_rational};

pub(super) mod closed;
mod reference;
pub(super) mod samples;

use samples::Sample;

fn sample(name: &str) -> Sample {
    match name {
        "tanh" => samples::tanh(),
        "silu" => samples::silu(),
        "softplus" => samples::softplus(),
        "softsign" => samples::softsign(),
        "jump" => samples::jump(),
        "root" => samples::root(),
        "wave" => samples::gaussian_times_sine(),
        _ => panic!("no sample {name}"),
    }
}

/// The reference, good to 40 digits.
fn truth(text: &str) -> Ball {
    let value = Float::with_val(200, Float::parse(text).unwrap());
    let ulp = Mag::from_float(&value).shl(-132);
    Ball::exact(value).widened(ulp)
}

#[test]
fn coefficients_and_moments_against_independent_values() {
    for (name, q, k, value) in reference::VALUES {
        let (f, q) = (sample(name), Ball::from_rational(&parse_rational(q).unwrap(), 500));
        let (got, floor) = match *k {
            "m2" => (second_moment(&f, &q, 150).unwrap(), 140),
            k => {
                let k: usize = k.parse().unwrap();
                (hermite(&f, &q, [k + 1; 2], 150).unwrap().swap_remove(k), 110)
            }
        };
        assert!(got.overlaps(&truth(value)), "{name} {k} at {q}: {got} misses {value}");
        let accuracy = got.relative_accuracy_bits();
        assert!(accuracy >= floor, "{name} {k} at {q}: {accuracy} bits");
    }
}

#[test]
fn parseval() {
    for f in [samples::tanh(), samples::silu(), samples::softplus(), samples::gaussian_times_sine()] {
        let q = Ball::from_integer(1, 400);
        let moment = second_moment(&f, &q, 100).unwrap();
        let mu = hermite(&f, &q, [400; 2], 100).unwrap();
        let sum = mu.iter().fold(Ball::zero(200), |sum, x| sum + x.square());
        let rest = &moment - &sum;
        assert!(rest.upper() >= 0 && rest.magnitude() <= Mag::pow2(-60), "{}: {rest}", f.name);
    }
}

#[test]
fn the_caller_gets_its_digits() {
    let tanh = Activation::from_analytic(samples::tanh());
    let mu = crate::hermite::coefficients(
        &tanh,
        &parse_rational("3/7").unwrap(),
        200,
        Accuracy::relative(30).unwrap(),
    );
    assert!(mu.unwrap().iter().all(|x| x.relative_accuracy_bits() > 100));
}

#[test]
fn panels_and_trapezoid_agree() {
    for q in ["1/2", "1", "2", "100", "1/50"] {
        let q = Ball::from_rational(&parse_rational(q).unwrap(), 600);
        let (whole, pieces) = (samples::tanh(), samples::tanh_in_pieces());
        let a = hermite(&whole, &q, [0, 120], 120).unwrap();
        let b = hermite(&pieces, &q, [0, 120], 200).unwrap();
        assert!(a.iter().zip(&b).all(|(a, b)| a.overlaps(b)));
        for moment in [second_moment, derivative_second_moment] {
            let (a, b) = (moment(&whole, &q, 120).unwrap(), moment(&pieces, &q, 120).unwrap());
            assert!(a.overlaps(&b), "{a} {b}");
            assert!(a.relative_accuracy_bits() > 115 && b.relative_accuracy_bits() > 115, "{q}: {a} {b}");
        }
    }
}

#[test]
fn a_narrow_strip_is_left_to_panels() {
    // tanh(1000 x) at the variance 1, and tanh at a million.
    let (one, million) = (Ball::from_integer(1, 400), Ball::from_integer(1_000_000, 400));
    let a = hermite(&samples::steep(), &one, [0, 200], 100).unwrap();
    let b = hermite(&samples::tanh(), &million, [0, 200], 120).unwrap();
    for (a, b) in a.iter().zip(&b).skip(1).step_by(2) {
        assert!(a.overlaps(b) && a.relative_accuracy_bits() > 80, "{a} {b}");
    }
    // Almost the sign: sqrt(2/π).
    assert!((a[1].midpoint().to_f64() - 0.797_884_5).abs() < 1e-6);
}

#[test]
fn exact_relu() {
    let q = Ball::from_rational(&parse_rational("3/2").unwrap(), 800);
    let exact = Activation::relu();
    let got = hermite(&samples::relu(), &q, [1000; 2], 200).unwrap();
    for (k, (got, truth)) in got.iter().zip(exact.hermite(&q, 1000, 300).unwrap()).enumerate() {
        assert!(got.overlaps(&truth), "{k}: {got} {truth}");
        assert!(truth.is_exact_zero() || got.relative_accuracy_bits() > 190, "{k}: {got}");
    }
    let moment = second_moment(&samples::relu(), &q, 200).unwrap();
    assert!(moment.overlaps(&exact.second_moment(&q, 300).unwrap()) && moment.relative_accuracy_bits() > 195);
    let moment = derivative_second_moment(&samples::relu(), &q, 200).unwrap();
    assert!(
        moment.overlaps(&exact.derivative_second_moment(&q, 300).unwrap())
            && moment.relative_accuracy_bits() > 195
    );
}

#[test]
fn growth_is_taken_into_account() {
    // E[exp(2q'Z²/5)] = (1 - 4q/5)^{-1/2}, E[exp(qZ²/5)] = (1 - 2q/5)^{-1/2}.
    let wild = Activation::from_analytic(samples::wild());
    for q in ["1/10", "1", "6/5"] {
        let rational = parse_rational(q).unwrap();
        let q = Ball::from_rational(&rational, 300);
        let root = |n: i64| (Ball::from_integer(1, 300) - q.mul_integer(n).div_integer(5)).sqrt().recip();
        let moment = wild.second_moment(&q, 100).unwrap();
        assert!(moment.overlaps(&root(4)) && moment.relative_accuracy_bits() > 90, "{q}: {moment}");
        let mu = crate::hermite::coefficients(&wild, &rational, 30, Accuracy::relative(20).unwrap()).unwrap();
        assert!(mu[0].overlaps(&root(2)) && mu[1].is_exact_zero());
        // μ_{k+2}/μ_k = √((k+1)/(k+2)) β with β = (2q/5)/(1 - 2q/5).
        let beta = q.shl(1).div_integer(5) * root(2).square();
        for k in (0..28).step_by(2) {
            let ratio = Ball::from_integer(k as i64 + 1, 300).div_integer(k as i64 + 2).sqrt();
            assert!(mu[k + 2].overlaps(&(&mu[k] * &(&ratio * &beta))), "{k}");
        }
    }
    for q in ["5/4", "2"] {
        let error = wild.check_square_integrable(&parse_rational(q).unwrap()).unwrap_err().to_string();
        assert!(error.contains("a variance below 5/4") && !error.contains('\n'), "{error}");
    }
}

#[test]
fn what_cannot_be_proved_is_an_error() {
    let q = Ball::from_integer(1, 300);
    let error = hermite(&samples::pole(), &q, [10; 2], 60).unwrap_err().to_string();
    assert!(error.contains("near x = 0") && !error.contains('\n'), "{error}");
    assert!(matches!(derivative_second_moment(&samples::jump(), &q, 60), Err(Error::NoTangentKernel { .. })));
    assert!(hermite(&samples::wild(), &Ball::from_integer(2, 300), [10; 2], 60).is_err());
    assert!(!hermite(&samples::tanh(), &Ball::whole_line(100), [3; 2], 60).unwrap()[2].is_finite());
    assert!(hermite(&samples::tanh(), &q, [0; 2], 60).unwrap().is_empty());
}

#[test]
fn a_wide_variance_is_enclosed() {
    for f in [samples::silu(), samples::jump(), samples::root(), samples::softsign()] {
        let middle = Ball::from_rational(&parse_rational("3/4").unwrap(), 300);
        let wide = middle.widened(Mag::pow2(-20));
        let integrals = |q: &Ball| {
            let mut out = hermite(&f, q, [30; 2], 60).unwrap();
            out.push(second_moment(&f, q, 60).unwrap());
            out.extend(derivative_second_moment(&f, q, 60));
            out
        };
        let enclosure = integrals(&wide);
        for shift in [-1i32, 0, 1] {
            let q = &middle + &Ball::from_integer(i64::from(shift), 300).shl(-20);
            for (k, (wide, point)) in enclosure.iter().zip(integrals(&q)).enumerate() {
                // Their errors are far below the radius.
                assert!(
                    wide.overlaps(&point) && wide.widened(Mag::pow2(-60)).contains(&point),
                    "{} {k}",
                    f.name
                );
                assert!(wide.radius() < Mag::pow2(-10), "{} {k}: {wide}", f.name);
            }
        }
    }
}

#[test]
fn fast_oscillation_leaves_the_digits_asked_for() {
    // |sin(50 z)| grows like e^{50 |Im z|}. E[φ²] against 1.4212459088593… by mpmath.
    let phi = Activation::parse("sin(50*x)+softplus(x)").unwrap();
    let one = Ball::from_integer(1, 64);
    let moment = phi.second_moment(&one, 64).unwrap();
    assert!(moment.overlaps(&truth("1.421245908859300278677248686821363397396")), "{moment}");
    assert!(moment.relative_accuracy_bits() >= 50, "{moment}");
    let slope = phi.derivative_second_moment(&one, 64).unwrap();
    assert!(slope.relative_accuracy_bits() >= 30, "{slope}");
}
