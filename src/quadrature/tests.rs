use super::*;
use crate::activation::Activation;
use crate::number::Mag;
use crate::number::{Accuracy, parse_rational};

mod reference;
mod samples;

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
            assert!(a.overlaps(&b) && a.relative_accuracy_bits() > 115 && b.relative_accuracy_bits() > 115);
        }
    }
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
