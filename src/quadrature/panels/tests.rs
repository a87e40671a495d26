//! Every part of the error of the panels, each where it is all there is.

use rug::Float;

use super::*;
use crate::activation::Support;
use crate::quadrature::integrand::Kind;
use crate::quadrature::tests::closed;
use crate::quadrature::tests::samples::{self, Sample};

fn float(x: f64) -> Float {
    Float::with_val(200, x)
}

fn integrand(f: &Sample) -> Integrand<'_> {
    Integrand::new(f, Kind::Value, Float::with_val(53, 1)).unwrap()
}

fn builder<'a>(f: &'a Integrand<'a>, weight: &'a Weight, target: &'a Target) -> Builder<'a> {
    let breaks = f.function.breakpoints(target.working);
    let out = Panels { nodes: vec![], error: Mag::ZERO };
    Builder { f, weight, target, len: 1, breaks, largest: 17, budget: RECTANGLES, out }
}

fn sum(nodes: &[Node]) -> Ball {
    nodes.iter().fold(Ball::zero(300), |sum, node| sum + &node.even)
}

/// `T_16((x - 1) 2^12)`, taken as one half of an even function.
fn chebyshev() -> Sample {
    Sample {
        name: "T_16((x-1) 2^12)",
        on_real: |_, x| {
            let one = Ball::from_integer(1, x.precision());
            (0..4).fold((x - &one).shl(12), |t, _| t.square().shl(1) - &one)
        },
        support: Support { initial: vec![], even_tail: true, odd_tail: false },
        ..closed::one()
    }
}

/// The rule of 8 nodes is wrong by about π/2 on `T_16`, the first even polynomial on which it is not exact.
#[test]
fn the_remainder_of_a_rule_is_bounded() {
    let f = chebyshev();
    let f = integrand(&f);
    let (weight, target) = (Weight::new(1), Target { bits: 30, working: 200 });
    let half = float(2f64.powi(-12));
    for rho in RHOS {
        let mut builder = builder(&f, &weight, &target);
        // Twice, for both sides of zero: |T_16| <= (ρ^16 + ρ^-16)/2 on the ellipse, n(z) <= 1.001 n(1).
        let power = short(rho).pow(16);
        let plain = (&power + &power.recip()).magnitude();
        let density = short(1.0).normal_density().magnitude() * Mag::from_f64(1.01);
        let bound = Bound { plain, weighted: plain * density };
        builder.add_nodes(&float(1.0), &half, [0, 0], 8, bound, rho).unwrap();
        // ∫ T_16 = -2/255; the density varies by less than 2^-12 of itself, of which the odd part drops out.
        let scale = Ball::exact(half.clone()) * float_ball(1.0).normal_density();
        let truth = -(&scale * &float_ball(4.0)).div_integer(255);
        let truth = truth.widened(scale.magnitude().shl(-20));
        let missed = (sum(&builder.out.nodes) - truth).mignitude();
        let found = builder.out.error;
        assert!(found >= missed, "{rho}: {found:?} {missed:?}");
        // ℓ · 8 M ρ^{-2n}/(1 - 1/ρ), and hardly more.
        let rest = Ball::from_integer(1, 200) - float_ball(rho).recip();
        let formula = Ball::exact(half.clone()) * Ball::exact(bound.weighted.to_float()).shl(3)
            / (float_ball(rho).pow(16) * rest);
        assert!(found.to_float() >= formula.lower(), "{rho}: {found:?} {formula}");
        assert!(found <= formula.magnitude() * Mag::from_f64(1.001), "{rho}: {found:?} {formula}");
    }
}

fn float_ball(x: f64) -> Ball {
    Ball::exact(float(x))
}

/// What has no nodes is in the error: next to the root's singularity, and for a constant.
#[test]
fn a_panel_without_nodes_counts_as_a_whole() {
    let target = Target { bits: 4, working: 100 };
    let weight = Weight::new(1);
    for f in [samples::root(), closed::one()] {
        let is_root = f.root_power.is_some();
        let f = integrand(&f);
        for (from, to) in [(0.0, 2f64.powi(-20)), (1.0, 1.0 + 2f64.powi(-30)), (2.0, 2.0 + 2f64.powi(-12))] {
            // Next to a singularity the integral is bounded from there on.
            if is_root && from > 0.0 {
                continue;
            }
            let mut builder = builder(&f, &weight, &target);
            let panel = Panel { from: float(from), to: float(to), depth: 9 };
            assert!(builder.is_negligible(&panel, [1, 0]));
            // On both sides of zero: 2 ∫ √x n or 2 ∫ n, from below.
            let end = float_ball(to);
            let length = &end - &float_ball(from);
            let least = match is_root {
                false => length,
                true => (&end * &end.sqrt()).mul_integer(2).div_integer(3),
            };
            let least = (least * end.normal_density()).shl(1);
            let found = builder.out.error;
            assert!(found.to_float() >= least.lower(), "{from}: {found:?} {least}");
            assert!(is_root || found <= least.magnitude() * Mag::from_f64(1.01), "{from}: {found:?} {least}");
        }
        // What is not small stays.
        let mut builder = builder(&f, &weight, &target);
        let panel = Panel { from: float(0.0), to: float(0.5), depth: 9 };
        assert!(!builder.is_negligible(&panel, [1, 0]) && builder.out.error.is_zero());
    }
}

/// With one as the function the nodes lack the tails, and nothing else that counts.
#[test]
fn what_lies_beyond_the_last_panel_is_in_the_error() {
    for f in [closed::one(), closed::with_breaks(closed::one())] {
        let f = integrand(&f);
        for bits in [-2, 0, 1, 2, 3, 5, 8, 13, 30, 100] {
            let target = Target { bits, working: 200 };
            let found = panels(&f, &Weight::new(1), &target, 1).unwrap();
            let missed = (Ball::from_integer(1, 300) - sum(&found.nodes)).mignitude();
            assert!(found.error >= missed, "{bits} bits: {:?} {missed:?}", found.error);
            assert!(found.error <= Mag::pow2(-bits), "{bits} bits: {:?}", found.error);
        }
    }
}

/// Between a breakpoint and its rounded place the panels take the wrong piece.
#[test]
fn the_place_of_a_breakpoint_is_in_the_error() {
    let f = samples::jump();
    let f = Integrand::new(&f, Kind::Value, Float::with_val(53, 2f64.sqrt())).unwrap();
    let (weight, target) = (Weight::new(1), Target { bits: 4, working: 8 });
    let mut builder = builder(&f, &weight, &target);
    let cuts = builder.cuts(5.0).unwrap();
    let place = Ball::from_integer(1, 300).div_integer(3) / Ball::exact(f.root.clone()).with_precision(300);
    let gap = (Ball::exact(cuts[1].clone()) - &place).abs();
    assert!(gap.lower() > 0);
    // From cos(1/3) to 1/(1 + e^{-1/3}).
    let jump = Ball::from_integer(1, 300).div_integer(3).cos() - f.value(1, &float_ball(1.0 / 3.0));
    let missed = gap * jump.abs() * place.normal_density();
    let found = builder.out.error;
    assert!(found.to_float() >= missed.lower() && found < Mag::pow2(-8), "{found:?} {missed}");
}
