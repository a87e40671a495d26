//! Models against values at high precision: every point of the disc is held, and the rest is of second order.

use proptest::prelude::*;
use rug::Float;

use super::*;
use crate::number::ComplexBall;

const BITS: u32 = 500;

fn exact(x: f64) -> Ball {
    Ball::exact(Float::with_val(BITS, x))
}

fn complex(x: Complex) -> ComplexBall {
    ComplexBall::new(exact(x[0]), exact(x[1]))
}

/// Points of the closed unit disc, most of them on its edge: rational ones, so that they are exact.
fn points() -> Vec<ComplexBall> {
    let mut out = vec![complex([0.0; 2]), complex([0.3, -0.2]), complex([-0.5, 0.5])];
    for n in -6i64..=6 {
        // ((1-t²) + 2ti)/(1+t²) for t = n/3.
        let t = Ball::from_integer(n, BITS).div_integer(3);
        let one = Ball::from_integer(1, BITS);
        let inverse = (&one + &t.square()).recip();
        out.push(ComplexBall::new(&(&one - &t.square()) * &inverse, &t.shl(1) * &inverse));
    }
    out.push(complex([-1.0, 0.0]));
    out
}

/// `|f(u) - m - d u| <= e` at all points, for `f` as a function of what the model of the argument says.
fn holds(model: &Model, truth: impl Fn(&ComplexBall) -> ComplexBall) -> Result<(), String> {
    if !model.is_finite() {
        return Ok(());
    }
    for u in points() {
        let line = &complex(model.middle) + &(&complex(model.slope) * &u);
        let off = (truth(&u) - line).mignitude();
        if off > Mag::from_f64(model.rest) {
            return Err(format!("{model:?} at {u:?}: {off:?}"));
        }
    }
    Ok(())
}

/// The extreme functions of a model: the rest to any side.
fn members(model: &Model) -> Vec<(Model, [f64; 2])> {
    let sides = [[0.0, 0.0], [1.0, 0.0], [-1.0, 0.0], [0.0, 1.0], [0.0, -1.0], [0.6, -0.8], [-0.8, 0.6]];
    // Not beyond the rest by the rounding of 0.6 and 0.8.
    sides.iter().map(|s| (*model, s.map(|part| part * model.rest * (1.0 - 1e-15)))).collect()
}

fn at((model, shift): &(Model, [f64; 2]), u: &ComplexBall) -> ComplexBall {
    &(&complex(model.middle) + &(&complex(model.slope) * u)) + &complex(*shift)
}

fn model() -> impl Strategy<Value = Model> {
    let part = || prop_oneof![-3.0..3.0f64, Just(0.0), Just(1.0), Just(-1.0), -1e-3..1e-3f64, -40.0..40.0f64];
    let small = || prop_oneof![Just(0.0), -1.0..1.0f64, -1e-4..1e-4f64, -1e-12..1e-12f64];
    (part(), part(), small(), small(), small()).prop_map(|(x, y, a, b, e)| Model {
        middle: [x, y],
        slope: [a, b],
        rest: e.abs(),
    })
}

proptest! {
    #![proptest_config(ntk_testing::cases(150))]

    #[test]
    fn arithmetic_holds_every_member(f in model(), g in model(), c in -5.0..5.0f64, e in 0.0..0.1f64) {
        for x in members(&f) {
            for y in members(&g) {
                holds(&(&f + &g), |u| at(&x, u) + at(&y, u)).map_err(TestCaseError::fail)?;
                holds(&(&f - &g), |u| at(&x, u) - at(&y, u)).map_err(TestCaseError::fail)?;
                holds(&(&f * &g), |u| at(&x, u) * at(&y, u)).map_err(TestCaseError::fail)?;
            }
            for end in [-e, e] {
                let factor = Approximation { middle: c, error: e };
                let real = &exact(c) + &exact(end);
                holds(&f.scale(factor), |u| at(&x, u).scale(&real)).map_err(TestCaseError::fail)?;
                holds(&f.plus(factor), |u| &at(&x, u) + &ComplexBall::real(real.clone()))
                    .map_err(TestCaseError::fail)?;
            }
        }
    }

    #[test]
    fn functions_hold_every_member(f in model()) {
        for x in members(&f) {
            holds(&f.recip(), |u| at(&x, u).recip()).map_err(TestCaseError::fail)?;
            holds(&f.sqrt(), |u| at(&x, u).sqrt()).map_err(TestCaseError::fail)?;
            let [sin, cos] = f.sin_cos();
            holds(&sin, |u| at(&x, u).sin()).map_err(TestCaseError::fail)?;
            holds(&cos, |u| at(&x, u).cos()).map_err(TestCaseError::fail)?;
            holds(&f.exp(), |u| at(&x, u).exp()).map_err(TestCaseError::fail)?;
            // asin w = -i asinh(iw).
            holds(&f.asin(), |u| at(&x, u).mul_i().asinh().div_i()).map_err(TestCaseError::fail)?;
            for u in points() {
                prop_assert!(at(&x, &u).mignitude() <= f.bound());
                let height = at(&x, &u).im().mignitude();
                prop_assert!(height <= Mag::from_f64(f.height()));
            }
        }
    }

    /// Next to zero what is known of a sine and an arcsine is relative to them.
    #[test]
    fn small_values_are_known_relative_to_themselves(x in -1.0..1.0f64, y in -1.0..1.0f64, k in 2i32..200) {
        let scale = 0.5f64.powi(k);
        let z = Model::disc([x * scale, y * scale], 1e-12 * scale);
        let size = modulus(z.middle);
        for model in [z.sin_cos()[0], z.asin()] {
            prop_assert!(model.rest <= 1e-13 * size + 1e-22 * scale, "{model:?}");
        }
        holds(&z.sin_cos()[0], |u| at(&(z, [0.0; 2]), u).sin()).map_err(TestCaseError::fail)?;
        holds(&z.asin(), |u| at(&(z, [0.0; 2]), u).mul_i().asinh().div_i()).map_err(TestCaseError::fail)?;
    }

    /// What is known is close: the rest is of second order in the disc's radius.
    #[test]
    fn the_rest_is_of_second_order(x in 0.1..0.8f64, y in -0.8..0.8f64, k in 3i32..20) {
        let radius = 0.5f64.powi(k);
        let z = Model::disc([x, y], radius);
        let ([sin, cos], exp) = (z.sin_cos(), z.exp());
        let near = (x * x + y * y).sqrt() - radius;
        // sup |F''|: of the root and the reciprocal near 0, of the arcsine within 0.2 of ±1.
        let limits = [
            (sin, 2.0), (cos, 2.0), (exp, 3.0), (z.square(), 2.0), (z.recip(), 2.0 / near.powi(3)), (z.sqrt(), 0.25 / near.powf(1.5)),
        ];
        if near > 0.05 {
            for (model, second) in limits {
                prop_assert!(model.rest <= second * radius * radius * 1.01 + 1e-13 * (1.0 + model.magnitude()), "{model:?}");
            }
        }
        if x + radius < 0.9 && radius < 0.05 {
            let asin = z.asin();
            prop_assert!(asin.rest <= 40.0 * radius * radius + 1e-13, "{asin:?}");
        }
    }
}

/// Discs that meet a cut, or touch it, are refused.
#[test]
fn cuts_are_seen() {
    let disc = Model::disc;
    assert!(!disc([0.5, 0.0], 0.5).sqrt().is_finite() && disc([0.5, 0.0], 0.49).sqrt().is_finite());
    assert!(!disc([-2.0, 0.1], 0.2).sqrt().is_finite() && disc([-2.0, 0.3], 0.2).sqrt().is_finite());
    assert!(!disc([0.3, 0.4], 0.5).recip().is_finite() && disc([0.3, 0.4], 0.49).recip().is_finite());
    for side in [1.0, -1.0] {
        assert!(!disc([side * 0.8, 0.0], 0.2).asin().is_finite());
        assert!(disc([side * 0.8, 0.0], 0.19).asin().is_finite());
        assert!(!disc([side * 1.5, 0.3], 0.3).asin().is_finite());
        assert!(disc([side * 1.5, 0.3], 0.29).asin().is_finite());
    }
    for unknown in
        [Model::UNKNOWN, Model::UNKNOWN.sqrt(), Model::UNKNOWN.square(), disc([f64::NAN, 0.0], 1.0)]
    {
        assert!(!unknown.is_finite() && unknown.bound() == Mag::INFINITY);
    }
    assert!(
        !disc([2e5, 0.0], 0.1).sin_cos()[0].is_finite() && !disc([0.0, 800.0], 0.1).sin_cos()[0].is_finite()
    );
}

/// What a ball knows is kept.
#[test]
fn approximations_hold_their_balls() {
    for x in
        [Ball::pi(300), exact(0.1).widened(Mag::from_f64(1e-3)), Ball::from_integer(1, 64).div_integer(3)]
    {
        let near = Approximation::from(&x);
        let off = (&x - &exact(near.middle)).magnitude();
        assert!(off <= Mag::from_f64(near.error) && near.error <= 1e-3 + 1e-15);
    }
    assert!(!Model::constant((&Ball::whole_line(64)).into()).is_finite());
}
