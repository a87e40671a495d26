//! Functions whose coefficients are known in closed form, and what few bits and wide variances make of them.

use num_rational::BigRational;
use proptest::prelude::*;
use rug::Float;

use super::samples::{self, Sample};
use crate::activation::{Growth, Support};
use crate::number::{Ball, ComplexBall, Mag};
use crate::quadrature::{derivative_second_moment, hermite, second_moment};

fn flat() -> Growth {
    Growth::polynomial(Mag::ONE, 0)
}

fn even() -> Support {
    Support { initial: vec![], even_tail: true, odd_tail: false }
}

fn unit(x: &Ball) -> Ball {
    Ball::from_integer(1, x.precision())
}

pub fn one() -> Sample {
    Sample {
        name: "1",
        on_real: |_, x| unit(x),
        slope: |_, x| Ball::zero(x.precision()),
        on_complex: |_, z| ComplexBall::real(Ball::from_integer(1, z.precision())),
        strip: None,
        support: even(),
        ..samples::tanh()
    }
}

pub fn identity() -> Sample {
    Sample {
        name: "x",
        on_real: |_, x| x.clone(),
        slope: |_, x| unit(x),
        on_complex: |_, z| z.clone(),
        growth: Growth::polynomial(Mag::ONE, 1),
        strip: None,
        ..samples::tanh()
    }
}

pub fn exponential() -> Sample {
    let growth = || Growth { linear: BigRational::from_integer(1.into()), ..flat() };
    Sample {
        name: "exp(x)",
        on_real: |_, x| x.exp(),
        slope: |_, x| x.exp(),
        on_complex: |_, z| z.exp(),
        growth: growth(),
        slope_growth: Some(growth()),
        support: Support::all(),
        ..one()
    }
}

pub fn cosine() -> Sample {
    Sample {
        name: "cos(4x)",
        on_real: |_, x| x.shl(2).cos(),
        slope: |_, x| -x.shl(2).sin().shl(2),
        on_complex: |_, z| z.shl(2).cos(),
        slope_growth: Some(Growth::polynomial(Mag::from_f64(4.0), 0)),
        ..one()
    }
}

pub fn fifth_power() -> Sample {
    Sample {
        name: "x^5",
        on_real: |_, x| x.pow(5),
        slope: |_, x| x.pow(4).mul_integer(5),
        on_complex: |_, z| z.pow(5),
        growth: Growth::polynomial(Mag::ONE, 5),
        slope_growth: Some(Growth::polynomial(Mag::from_f64(5.0), 4)),
        support: Support { initial: vec![], even_tail: false, odd_tail: true },
        ..one()
    }
}

/// `exp(-200 (x - 2)²)`: a spike in the tail.
fn spike() -> Sample {
    fn exponent(x: &Ball) -> Ball {
        -(x - &Ball::from_integer(2, x.precision())).square().mul_integer(200)
    }
    Sample {
        name: "exp(-200(x-2)^2)",
        on_real: |_, x| exponent(x).exp(),
        slope: |_, x| exponent(x).exp() * (x - &Ball::from_integer(2, x.precision())).mul_integer(-400),
        on_complex: |_, z| {
            let p = z.precision();
            let gap = z - &ComplexBall::real(Ball::from_integer(2, p));
            (-gap.square().scale(&Ball::from_integer(200, p))).exp()
        },
        slope_growth: Some(Growth::polynomial(Mag::from_f64(13.0), 0)),
        support: Support::all(),
        ..one()
    }
}

/// A breakpoint where there is nothing: for the panels.
pub fn with_breaks(f: Sample) -> Sample {
    Sample { breaks: &[(1, 3), (2, 1)], ..f }
}

/// `μ_k` at variance `q`: `Σ μ_k t^k/√k! = E[f(√q (Z + t))]`.
pub fn coefficients(f: &Sample, q: &Ball, len: usize) -> Vec<Ball> {
    let p = q.precision();
    let integer = |n: i64| Ball::from_integer(n, p);
    let root = q.sqrt();
    let mut taylor = vec![Ball::zero(p); len.max(6)];
    match f.name {
        "1" => taylor[0] = integer(1),
        "x" => taylor[1] = root.clone(),
        "x^5" => {
            // (x + t)^5 with E[Z²] = 1, E[Z⁴] = 3, times q^{5/2}.
            let scale = root.pow(5);
            for (k, n) in [(1, 15), (3, 10), (5, 1)] {
                taylor[k] = scale.mul_integer(n);
            }
        }
        "exp(x)" => {
            taylor[0] = q.shl(-1).exp();
            (1..len).for_each(|k| taylor[k] = (&taylor[k - 1] * &root).div_integer(k as i64));
        }
        "cos(4x)" => {
            taylor[0] = (-q.mul_integer(8)).exp();
            let square = q.mul_integer(-16);
            (2..len)
                .step_by(2)
                .for_each(|k| taylor[k] = (&taylor[k - 2] * &square).div_integer((k * (k - 1)) as i64));
        }
        "exp(-200(x-2)^2)" => {
            // (1+400q)^{-1/2} exp(-200(√q t - 2)²/(1+400q)).
            let s = integer(1) + q.mul_integer(400);
            taylor[0] = (integer(-800) / &s).exp() / s.sqrt();
            let [first, second] = [root.mul_integer(800) / &s, q.mul_integer(-400) / &s];
            for k in 1..len {
                let before = if k > 1 { &taylor[k - 2] * &second } else { Ball::zero(p) };
                taylor[k] = (&taylor[k - 1] * &first + before).div_integer(k as i64);
            }
        }
        other => panic!("no closed form of {other}"),
    }
    let mut norm = integer(1);
    for (k, value) in taylor.iter_mut().enumerate() {
        norm = if k > 0 { norm * integer(k as i64).sqrt() } else { norm };
        *value = &*value * &norm;
    }
    taylor.truncate(len);
    taylor
}

/// `E[f²]` and `E[f'²]`.
fn moments(f: &Sample, q: &Ball) -> [Ball; 2] {
    let p = q.precision();
    let one = Ball::from_integer(1, p);
    match f.name {
        "1" => [one, Ball::zero(p)],
        "x" => [q.clone(), one],
        "x^5" => [q.pow(5).mul_integer(945), q.pow(4).mul_integer(25 * 105)],
        "exp(x)" => [q.shl(1).exp(), q.shl(1).exp()],
        "cos(4x)" => {
            let twice = (-q.mul_integer(32)).exp();
            [(&one + &twice).shl(-1), (&one - &twice).shl(3)]
        }
        "exp(-200(x-2)^2)" => {
            // exp(-400 (x-2)²) tilts the normal law to variance v = q/s and mean 800 v, s = 1 + 800 q.
            let s = &one + &q.mul_integer(800);
            let whole = (Ball::from_integer(-1600, p) / &s).exp() / s.sqrt();
            let v = q / &s;
            let gap = v.mul_integer(1600) - Ball::from_integer(2, p);
            let slope = (&v + &gap.square()).mul_integer(160_000) * &whole;
            [whole, slope]
        }
        other => panic!("no closed form of {other}"),
    }
}

fn all() -> Vec<Sample> {
    let list = || [one(), identity(), exponential(), cosine(), fifth_power(), spike()];
    list().into_iter().chain(list().map(with_breaks)).collect()
}

#[test]
fn few_bits_hold_the_closed_forms() {
    for f in all() {
        for (num, den) in [(1, 2), (1, 1), (9, 4)] {
            let q = |p: u32| Ball::from_integer(num, p).div_integer(den);
            let truth = coefficients(&f, &q(400), 12);
            let of_squares = moments(&f, &q(400));
            for bits in [1, 3, 7, 20, 60] {
                for lens in [[1, 0], [2, 2], [12, 12], [0, 12]] {
                    let found = hermite(&f, &q(400), lens, bits).unwrap();
                    for (k, found) in found.iter().enumerate().filter(|(k, _)| *k < lens[k % 2]) {
                        assert!(
                            found.contains(&truth[k]),
                            "{} {bits} bits, {k}: {found} {}",
                            f.name,
                            truth[k]
                        );
                    }
                    let most = truth.iter().fold(Mag::ZERO, |most, x| most.max(x.magnitude()));
                    let close = |x: &Ball| x.radius() <= most.shl(6 - i64::from(bits)) + Mag::pow2(-200);
                    assert!(most < Mag::pow2(-30) || found.iter().all(close), "{} {bits}: {found:?}", f.name);
                }
                let found = [second_moment(&f, &q(400), bits), derivative_second_moment(&f, &q(400), bits)];
                for (found, truth) in found.into_iter().map(Result::unwrap).zip(&of_squares) {
                    assert!(found.contains(truth), "{} {bits} bits: {found} {truth}", f.name);
                    // The slope is bounded through values around, which this oscillation makes large.
                    let accuracy = found.relative_accuracy_bits();
                    let enough = truth.is_exact_zero()
                        || f.name == "cos(4x)"
                        || accuracy >= (i64::from(bits) - 5).min(40);
                    assert!(enough, "{} {bits} bits: {found} {truth}", f.name);
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(ntk_testing::cases(12))]
    /// Both ends of the variance, and the middle; radii up to all but the whole of it.
    #[test]
    fn wide_variances_hold_their_ends(at in 0usize..12, mid in 8i64..40, share in 0i64..16, shift in 0i32..24, bits in 1u32..40) {
        let f = all().swap_remove(at);
        let mid = Ball::from_integer(mid, 300).shl(-4);
        let q = mid.widened((mid.magnitude() * Mag::from_usize(share as usize)).shl(-4 - i64::from(shift)));
        let found = hermite(&f, &q, [6; 2], bits).unwrap();
        let squares = [second_moment(&f, &q, bits), derivative_second_moment(&f, &q, bits)].map(Result::unwrap);
        for end in [q.lower(), q.midpoint().clone(), q.upper()] {
            let end = Ball::exact(Float::with_val(400, end));
            for (k, (found, truth)) in found.iter().zip(coefficients(&f, &end, 6)).enumerate() {
                prop_assert!(found.contains(&truth), "{} {}: {} for {} at {}", f.name, k, found, truth, q);
            }
            for (found, truth) in squares.iter().zip(moments(&f, &end)) {
                prop_assert!(found.contains(&truth), "{}: {} for {} at {}", f.name, found, truth, q);
            }
        }
        // By at most (k+1) ‖φ‖/q for each unit of the variance, up to how far ‖φ‖ varies itself.
        let distance = q.radius().div_by_lower(q.mignitude());
        let norm = squares[0].magnitude().sqrt();
        let close = |x: &Ball| x.radius() <= norm * (distance.shl(5) + Mag::pow2(8 - i64::from(bits)));
        prop_assert!(share > 3 || found.iter().all(close), "{} at {}: {:?}", f.name, q, found);
    }
}

/// `1/(1 + 1000 (x - 1/3)²)`, with poles 0.03 off the axis, against the trapezoidal rule with a step that 110 bits ask
/// for.
#[test]
fn a_pole_close_to_the_line() {
    let f = Sample {
        name: "1/(1+1000(x-1/3)^2)",
        on_real: |_, x| {
            let gap = x - &Ball::from_integer(1, x.precision()).div_integer(3);
            (unit(x) + gap.square().mul_integer(1000)).recip()
        },
        on_complex: |_, z| {
            let p = z.precision();
            let gap = z - &ComplexBall::real(Ball::from_integer(1, p).div_integer(3));
            let thousand = Ball::from_integer(1000, p);
            (ComplexBall::real(Ball::from_integer(1, p)) + gap.square().scale(&thousand)).recip()
        },
        support: Support::all(),
        ..one()
    };
    let (p, h) = (160u32, Float::with_val(160, Float::i_exp(1, -9)));
    let mut sums = vec![Ball::zero(p); 5];
    for j in -6500i64..=6500 {
        let x = Ball::exact(h.clone()).mul_integer(j);
        let (y, density) = ((f.on_real)(0, &x), x.normal_density());
        let values = crate::hermite::polynomials(&x, 4).unwrap();
        for (sum, h) in sums.iter_mut().zip(values.iter().map(|h| h * &y).chain([y.square()])) {
            *sum = &*sum + &(h * &density);
        }
    }
    // The poles leave e^{-2π 0.0316 512} = 2^-146 times what they weigh; beyond 12.6 there are 2^-118.
    let truth: Vec<Ball> =
        sums.iter().map(|s| (s * &Ball::exact(h.clone())).widened(Mag::pow2(-105))).collect();
    for f in [f.clone(), with_breaks(f)] {
        for bits in [1, 4, 12, 40] {
            let mut found = hermite(&f, &Ball::from_integer(1, 200), [4; 2], bits).unwrap();
            found.push(second_moment(&f, &Ball::from_integer(1, 200), bits).unwrap());
            for (found, truth) in found.iter().zip(&truth) {
                assert!(found.contains(truth), "{bits} bits: {found} for {truth}");
            }
            assert!(found[4].relative_accuracy_bits() >= i64::from(bits) - 5, "{bits} bits: {}", found[4]);
        }
    }
}
