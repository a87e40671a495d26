//! Bounds on ellipses against values on them.

use rug::Float;

use super::*;
use crate::number::{Ball, ComplexBall};
use crate::quadrature::integrand::Kind;
use crate::quadrature::tests::closed;
use crate::quadrature::tests::samples::{self, Sample};

const PRECISION: u32 = 200;

fn real(x: f64) -> Ball {
    Ball::exact(Float::with_val(PRECISION, x))
}

/// The largest `|f|` and `|f h_k n|`, `k < len`, at points of the upper half of the ellipse, from below.
fn on_the_ellipse(f: &Sample, [centre, half, rho]: [f64; 3], len: usize) -> [Mag; 2] {
    let mut most = [Mag::ZERO; 2];
    let points = 64;
    for i in 0..=points {
        let angle = &(&Ball::pi(PRECISION) * &Ball::from_integer(i, PRECISION)).div_integer(points);
        let axis = |sign: f64| real(half) * (real(rho) + real(rho).recip() * real(sign)).shl(-1);
        let z = ComplexBall::new(real(centre) + axis(1.0) * angle.cos(), axis(-1.0) * angle.sin());
        let value = (f.on_complex)(0, &z);
        let density = (-z.square().shl(-1)).exp().scale(&Ball::pi(PRECISION).shl(1).sqrt().recip());
        let (mut before, mut now) = (ComplexBall::real(Ball::zero(PRECISION)), &value * &density);
        most[0] = most[0].max(value.mignitude());
        for k in 0..len as i64 {
            most[1] = most[1].max(now.mignitude());
            let root = |n: i64| Ball::from_integer(n, PRECISION).sqrt();
            let next = (&(&z * &now) - &before.scale(&root(k))).scale(&root(k + 1).recip());
            (before, now) = (now, next);
        }
    }
    most
}

#[test]
fn no_value_on_an_ellipse_exceeds_its_bounds() {
    let all = [closed::one(), closed::identity(), closed::exponential(), closed::cosine(), samples::tanh()];
    for f in &all {
        for root in [1.0, 0.5, 3.0] {
            let g = Integrand::new(f, Kind::Value, Float::with_val(53, root)).unwrap();
            for (centre, half) in [(0.0, 0.125), (1.0, 0.0625), (-2.5, 0.25), (7.0, 0.03125)] {
                for rho in [1.3, 1.6, 3.0, 7.0] {
                    for len in [1, 2, 12] {
                        let [c, h] = [centre, half].map(|x| Float::with_val(53, x));
                        let mut budget = 1000;
                        let weight = Weight::new(len);
                        let Some(found) = ellipse_bound(&g, &weight, 0, &c, &h, rho, &mut budget) else {
                            continue;
                        };
                        // In the argument: f(root x).
                        let [plain, _] = on_the_ellipse(f, [root * centre, root * half, rho], 1);
                        let what = format!("{} at {centre}, {half}, {rho}", f.name);
                        assert!(found.plain >= plain, "{what}: {:?} below {plain:?}", found.plain);
                        if root == 1.0 {
                            let [_, weighted] = on_the_ellipse(f, [centre, half, rho], len);
                            assert!(
                                found.weighted >= weighted,
                                "{what}, {len}: {:?} {weighted:?}",
                                found.weighted
                            );
                            // Boxes around an arc hold more than the arc.
                            let close = weighted * Mag::from_f64(1.5) + Mag::pow2(-6);
                            assert!(len > 1 || half * rho > 0.5 || found.weighted <= close, "{what}");
                        }
                        let room = if half * rho * root < 0.5 { 1.5 } else { 40.0 };
                        assert!(
                            found.plain <= plain * Mag::from_f64(room),
                            "{what}: {:?} {plain:?}",
                            found.plain
                        );
                    }
                }
            }
        }
    }
}
