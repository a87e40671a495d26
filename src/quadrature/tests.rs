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
#[ignore]
fn timing() {
    for f in [samples::tanh(), samples::silu(), samples::softplus(), samples::gaussian_times_sine()] {
        for (len, digits) in [(1000, 15), (1000, 50), (if f.name.len() < 9 { 10_000 } else { 100 }, 50)] {
            let start = std::time::Instant::now();
            let a = Activation::from_analytic(f.clone());
            let mu = crate::hermite::coefficients(
                &a,
                &parse_rational("1").unwrap(),
                len,
                Accuracy::relative(digits).unwrap(),
            );
            println!(
                "{} {len} {digits}: {:?} {}",
                f.name,
                start.elapsed(),
                mu.map(|m| m.iter().map(|x| x.relative_accuracy_bits()).min().unwrap().to_string())
                    .unwrap_or_else(|e| e.to_string())
            );
        }
    }
}
