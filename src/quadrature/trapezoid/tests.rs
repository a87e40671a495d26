//! The error of the trapezoidal rule: each part of the inequality, and the truth at steps where the rule is coarse.

use super::*;
use crate::number::Ball;
use crate::quadrature::integrand::Kind;
use crate::quadrature::tests::closed;
use crate::quadrature::tests::samples::Sample;

const PRECISION: u32 = 300;

fn float(x: f64) -> Ball {
    Ball::exact(Float::with_val(PRECISION, x))
}

fn integrand(f: &Sample) -> Integrand<'_> {
    Integrand::new(f, Kind::Value, Float::with_val(53, 1)).unwrap()
}

/// Steps from so coarse that the rule knows nothing; the half-width of the strip that suits the step.
const STEPS: [(f64, f64); 6] = [(1.5, 2.0), (1.0, 3.0), (0.75, 4.0), (0.5, 6.0), (0.25, 3.0), (0.125, 12.0)];

/// `E[f(Z) h_k(Z)]` less the sum of the nodes, against the bound.
#[test]
fn coarse_rules_are_within_their_error() {
    for sample in [closed::one(), closed::cosine(), closed::exponential(), closed::fifth_power()] {
        let f = integrand(&sample);
        for len in [1usize, 4, 9] {
            let weight = Weight::new(len);
            let truth = closed::coefficients(&sample, &Ball::from_integer(1, PRECISION), len);
            for (h, a) in STEPS {
                for r in [2.0, 4.0, 7.0, 12.0] {
                    let strip = Strip::new(&f, &weight, 1.005 * r + 1.0, a, &mut 6000).unwrap();
                    let plan = Plan { h, count: (r / h) as u64, error: Mag::ZERO };
                    // The ends by parts, and by the largest value.
                    let [fine, coarse] =
                        [Mag::ZERO, Mag::INFINITY].map(|small| plan.bound(&f, &weight, a, &strip, small));
                    let bound = fine.min(coarse);
                    let nodes = plan.nodes(&f, &Target { bits: 100, working: 200 });
                    for (k, truth) in truth.iter().enumerate() {
                        let sum = nodes.iter().fold(Ball::zero(PRECISION), |sum, node| {
                            let x = Ball::exact(node.x.clone()).with_precision(PRECISION);
                            let h = crate::hermite::polynomials(&x, k + 1).unwrap().swap_remove(k);
                            sum + h * if k.is_multiple_of(2) { &node.even } else { &node.odd }
                        });
                        let missed = (&sum - truth).mignitude();
                        assert!(
                            bound >= missed,
                            "{} h = {h}, r = {r}, {k}: {bound:?} {missed:?}",
                            sample.name
                        );
                    }
                }
            }
        }
    }
}

/// For `cos 4x` and a strip as wide as the step asks for, the bound is nearly attained: its error is `e^{-(2π/h -
/// 4)²/2}`.
#[test]
fn the_remainder_of_the_strip_is_nearly_attained() {
    let sample = closed::cosine();
    let (f, weight) = (integrand(&sample), Weight::new(1));
    for h in [0.75, 0.625, 0.5] {
        let a = 2.0 * std::f64::consts::PI / h - 4.0;
        let strip = Strip::new(&f, &weight, 18.0, a, &mut 6000).unwrap();
        let plan = Plan { h, count: (16.0 / h) as u64, error: Mag::ZERO };
        let bound = plan.bound(&f, &weight, a, &strip, Mag::ZERO).to_float().to_f64();
        let truth = (-0.5 * a * a).exp();
        assert!(bound >= truth && bound <= 30.0 * truth, "{h}: {bound:e} for {truth:e}");
    }
}

/// `2 ∫ |F(x+ia)| dx/(e^{2πa/h} - 1)`, twice `∫ |F(R+iy)| e^{-2π|y|/h} dy` and both tails, in closed form for one as
/// the function.
#[test]
fn every_part_of_the_bound_is_there() {
    let sample = closed::one();
    let (f, weight) = (integrand(&sample), Weight::new(1));
    for (h, a, r) in
        [(1.0, 3.0, 2.0), (0.5, 2.0, 4.0), (0.25, 0.5, 3.0), (0.125, 2.0, 6.0), (0.25, 4.0, 12.0)]
    {
        let strip = Strip::new(&f, &weight, 1.005 * r + 1.0, a, &mut 6000).unwrap();
        let plan = Plan { h, count: (r / h) as u64, error: Mag::ZERO };
        let [found, coarse] =
            [Mag::ZERO, Mag::INFINITY].map(|small| plan.bound(&f, &weight, a, &strip, small).to_float());
        let end = float((plan.count as f64 + 0.5) * h);
        let rate = Ball::pi(PRECISION).shl(1) / float(h);
        let tail = (-&end).normal_cdf().shl(1);
        let one = Ball::from_integer(1, PRECISION);
        let horizontal =
            (&one - &tail) * (float(a).square().shl(-1)).exp().shl(1) / ((&rate * &float(a)).exp() - &one);
        // At least |F(R+iy)| = n(R) e^{y²/2} >= n(R).
        let vertical = end.normal_density().shl(2) * (&one - &(-(&rate * &float(a))).exp()) / &rate;
        let least = &horizontal + &vertical + &tail;
        assert!(found >= least.lower(), "{h}, {a}, {r}: {found} {horizontal} {vertical} {tail}");
        assert!(coarse >= least.lower(), "{h}, {a}, {r}: {coarse} {horizontal} {vertical} {tail}");
        assert!(
            found <= least.mul_integer(8).upper(),
            "{h}, {a}, {r}: {found} {horizontal} {vertical} {tail}"
        );
    }
}

/// A line up the side: `∫ |f(x+iy)| e^{-decay |y|} dy`.
#[test]
fn vertical_lines_are_bounded() {
    for sample in [closed::one(), closed::exponential()] {
        let (f, weight) = (integrand(&sample), Weight::new(1));
        let strip = Strip::new(&f, &weight, 6.0, 2.0, &mut 6000).unwrap();
        for (x, decay) in [(3.0, 1.0), (-3.0, 1.0), (5.0, 20.0), (-5.0, 3.0)] {
            let found = vertical(&f, &strip, x, 2.0, &float(decay)).to_float().to_f64();
            let size = if sample.name == "1" { 1.0 } else { f64::exp(x) };
            let truth = 2.0 * size * (1.0 - f64::exp(-2.0 * decay)) / decay;
            assert!(
                found >= truth * (1.0 - 1e-12) && found <= 1.6 * truth,
                "{} {x}: {found} {truth}",
                sample.name
            );
        }
    }
}

/// `∫ |n(x + ia)| dx = e^{a²/2}` over both halves, where the strip covers one of them for the other's sake.
#[test]
fn the_integral_along_a_strip_has_both_halves() {
    let even = closed::one();
    let plain = Sample { support: crate::activation::Support::all(), ..closed::one() };
    for sample in [even, plain] {
        let (f, weight) = (integrand(&sample), Weight::new(1));
        for (a, r) in [(0.0625, 4.0), (0.25, 6.0), (1.0, 8.0)] {
            let found = Strip::new(&f, &weight, r, a, &mut 6000).unwrap().integral.to_float().to_f64();
            let truth = f64::exp(0.5 * a * a) * 0.9999;
            assert!(found >= truth && found <= 4.0 * truth, "{a}, {r}: {found} {truth}");
        }
    }
}
