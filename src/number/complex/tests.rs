mod containment;

use super::*;
use proptest::prelude::*;

type Function = fn(&ComplexBall) -> ComplexBall;

fn float(x: f64) -> Float {
    Float::with_val(64, x)
}

fn rectangle(x: f64, y: f64, r: f64, s: f64) -> ComplexBall {
    let side = |m, r| Ball::exact(float(m)).widened(Mag::from_f64(r));
    ComplexBall::new(side(x, r), side(y, s))
}

fn point(x: f64, y: f64, prec: u32) -> ComplexBall {
    ComplexBall::new(Ball::exact(Float::with_val(prec, x)), Ball::exact(Float::with_val(prec, y)))
}

/// Every function, its slope's bound at a point included by sampling.
fn functions() -> Vec<(&'static str, Function)> {
    vec![
        ("square", ComplexBall::square),
        ("recip", ComplexBall::recip),
        ("cube", |z| z.pow(3)),
        ("pow", |z| z.pow(7)),
        ("quotient", |z| z / &(z + &point(3.0, 1.0, 64))),
        ("sqrt", ComplexBall::sqrt),
        ("exp", ComplexBall::exp),
        ("log", ComplexBall::log),
        ("sin", ComplexBall::sin),
        ("cos", ComplexBall::cos),
        ("tan", ComplexBall::tan),
        ("sinh", ComplexBall::sinh),
        ("cosh", ComplexBall::cosh),
        ("tanh", ComplexBall::tanh),
        ("atan", ComplexBall::atan),
        ("asinh", ComplexBall::asinh),
        ("erf", ComplexBall::erf),
    ]
}

fn grid() -> impl Iterator<Item = (f64, f64)> {
    (-2..=2).flat_map(|i| (-2..=2).map(move |j| (f64::from(i) / 2.0, f64::from(j) / 2.0)))
}

fn width(z: &ComplexBall) -> f64 {
    z.re.radius().max(z.im.radius()).to_float().to_f64()
}

proptest! {
    #![proptest_config(ntk_testing::cases(64))]

    #[test]
    fn images_hold_the_images_of_members(
        x in -4.0f64..4.0, y in -2.0f64..2.0, r in 0.0f64..0.6, s in 0.0f64..0.6, shrink in 0u32..40,
    ) {
        let (r, s) = (r / 2f64.powi(shrink as i32), s / 2f64.powi(shrink as i32));
        let z = rectangle(x, y, r, s);
        for (name, f) in functions() {
            let image = f(&z);
            if !image.is_finite() {
                continue;
            }
            let values: Vec<ComplexBall> = grid().map(|(u, v)| f(&point(x + 0.99 * u * r, y + 0.99 * v * s, 64))).collect();
            for value in &values {
                prop_assert!(image.overlaps(value), "{name}: {image:?} misses {value:?}");
            }
            // Against the hull of the sampled values: a small factor, more for wide rectangles.
            let hull = ComplexBall::new(
                Ball::hull(&values.iter().map(|v| v.re.clone()).collect::<Vec<_>>()),
                Ball::hull(&values.iter().map(|v| v.im.clone()).collect::<Vec<_>>()),
            );
            let most = 4.0 * width(&hull) + 1e-15 * (1.0 + image.magnitude().to_float().to_f64());
            // Narrow sides have first-order bounds.
            let first_order = if r.max(s) < 3e-4 { 3.0 * r.max(s) * image.magnitude().to_float().to_f64() } else { 0.0 };
            let most = most + first_order;
            // Next to a singularity nothing narrow can be had.
            let far = r.max(s) < 0.05 && ["sin", "cos", "exp", "erf", "tanh", "sinh", "cosh", "square"].contains(&name);
            prop_assert!(!far || width(&image) <= most, "{name} at {x}+{y}i ± {r}, {s}: {} > {most}", width(&image));
        }
    }

    #[test]
    fn points_satisfy_the_identities(x in -4.0f64..4.0, y in -2.0f64..2.0, p in 53u32..300) {
        let z = point(x, y, p);
        let i = ComplexBall::real(Ball::from_integer(1, p)).mul_i();
        let exp = z.exp();
        let rotated = (&z * &i).exp();
        let identities = [
            ("recip", &z * &z.recip(), ComplexBall::real(Ball::from_integer(1, p))),
            ("pow", z.pow(5), &(&z.square() * &z.square()) * &z),
            ("sin", z.sin(), (&rotated - &rotated.recip()).div_i().shl(-1)),
            ("cos", z.cos(), (&rotated + &rotated.recip()).shl(-1)),
            ("sinh", z.sinh(), (&exp - &exp.recip()).shl(-1)),
            ("cosh", z.cosh(), (&exp + &exp.recip()).shl(-1)),
            ("tanh", &z.tanh() * &z.cosh(), z.sinh()),
            ("tan", &z.tan() * &z.cos(), z.sin()),
            ("log", z.log().exp(), z.clone()),
            ("sqrt", z.sqrt().square(), z.clone()),
            ("atan", z.atan().tan(), z.clone()),
            ("asinh", z.asinh().sinh(), z.clone()),
            ("erf", z.erf().conj(), z.conj().erf()),
            ("erf odd", -z.erf(), (-&z).erf()),
        ];
        for (name, a, b) in identities {
            prop_assert!(a.overlaps(&b), "{name} at {x}+{y}i: {a:?} {b:?}");
            let near = |w: &ComplexBall| width(w) <= 2f64.powi(24 - p as i32) * (1.0 + w.magnitude().to_float().to_f64()).powi(3);
            prop_assert!(x.abs() < 0.1 || y.abs() < 0.1 || near(&a) && near(&b), "{name} at {x}+{y}i: {a:?} {b:?}");
        }
        prop_assert!(z.sqrt().re.lower() >= 0 || !z.sqrt().is_finite());
    }

    #[test]
    fn sizes_are_bounds(x in -4.0f64..4.0, y in -4.0f64..4.0, r in 0.0f64..1.0, s in 0.0f64..1.0) {
        let z = rectangle(x, y, r, s);
        let (most, least) = (z.magnitude().to_float().to_f64(), z.mignitude().to_float().to_f64());
        let sizes: Vec<f64> = grid().map(|(u, v)| (x + u * r).hypot(y + v * s)).collect();
        let (low, high) = sizes.iter().fold((f64::INFINITY, 0.0f64), |(a, b), &c| (a.min(c), b.max(c)));
        prop_assert!(least <= low * (1.0 + 1e-12) && high <= most * (1.0 + 1e-12));
        prop_assert!(most <= high * (1.0 + 1e-9), "{most} {high}");
        prop_assert!(least >= low - r.max(s));
    }
}

#[test]
fn poles_and_cuts_have_no_finite_image() {
    let at = |x: f64, y: f64| rectangle(x, y, 0.1, 0.1);
    let half_pi = std::f64::consts::FRAC_PI_2;
    for (f, z) in [
        (ComplexBall::tanh as Function, at(0.0, half_pi)),
        (ComplexBall::tanh, at(0.05, -3.0 * half_pi)),
        (ComplexBall::tan, at(half_pi, 0.0)),
        (ComplexBall::recip, at(0.05, -0.05)),
        (ComplexBall::log, at(0.0, 0.0)),
        (ComplexBall::log, at(-2.0, 0.05)),
        (ComplexBall::sqrt, at(-2.0, -0.05)),
        (ComplexBall::sqrt, at(0.05, 0.0)),
        (ComplexBall::atan, at(0.0, 1.05)),
        (ComplexBall::atan, at(0.05, -3.0)),
        (ComplexBall::asinh, at(0.0, 1.0)),
        (ComplexBall::asinh, at(-0.05, -2.0)),
    ] {
        assert!(!f(&z).is_finite(), "{z:?}");
    }
    // Next to the cuts, and across the real axis, all is well.
    for (f, z) in [
        (ComplexBall::tanh as Function, at(0.0, 1.3)),
        (ComplexBall::tanh, at(0.3, half_pi)),
        (ComplexBall::log, at(-2.0, 0.2)),
        (ComplexBall::log, at(0.2, 0.0)),
        (ComplexBall::sqrt, at(-2.0, -0.2)),
        (ComplexBall::atan, at(0.0, 0.8)),
        (ComplexBall::atan, at(0.2, -3.0)),
        (ComplexBall::asinh, at(0.0, 0.8)),
        (ComplexBall::asinh, at(-0.2, -2.0)),
        (ComplexBall::erf, at(0.0, 0.0)),
    ] {
        assert!(f(&z).is_finite(), "{z:?}");
    }
}

#[test]
fn large_arguments_do_not_overflow() {
    let large = rectangle(1e300, 1.0, 1.0, 0.5);
    let tanh = large.tanh();
    assert!(tanh.re.overlaps(&Ball::from_integer(1, 64)) && width(&tanh) < 1e-15, "{tanh:?}");
    assert!((-&large).tanh().re.overlaps(&Ball::from_integer(-1, 64)));
    assert!(large.asinh().is_finite() && (-&large).asinh().is_finite());
    assert!(!large.exp().is_finite() || large.exp().re.lower() < 0);
    let left = rectangle(-1e300, 1.0, 1.0, 0.5).exp();
    assert!(left.is_finite() && left.magnitude() < Mag::pow2(-1000));
    assert!(
        !ComplexBall::whole_plane(64).tanh().is_finite() && !ComplexBall::whole_plane(64).erf().is_finite()
    );
}

/// Values of mpmath 1.3 at 30 digits.
#[test]
fn known_values() {
    for (name, f, (x, y), re, im) in KNOWN {
        let value = f(&point(x, y, 64));
        let near = |ball: &Ball, truth: f64| {
            Ball::exact(float(truth)).widened(Mag::from_f64(1e-15 * truth.abs() + 1e-300)).overlaps(ball)
        };
        assert!(near(&value.re, re) && near(&value.im, im), "{name}({x}+{y}i) = {value:?}");
        assert!(width(&value) < 1e-15 * (1.0 + re.abs().max(im.abs())), "{name}");
    }
}

type Known = (&'static str, Function, (f64, f64), f64, f64);

#[rustfmt::skip]
const KNOWN: [Known; 17] = [
    ("erf", ComplexBall::erf, (0.5, 0.5), 0.6426129148548205, 0.4578813944351922),
    ("erf", ComplexBall::erf, (-2.0, 1.0), -1.0036063427256519, -0.011259006028815025),
    ("erf", ComplexBall::erf, (3.0, -2.5), 1.009152004834602, -0.00040502149174415504),
    ("erf", ComplexBall::erf, (-0.25, -3.0), -1500.8059411420634, -254.34552955661977),
    ("tanh", ComplexBall::tanh, (0.5, 0.5), 0.5640831412674985, 0.40389645531602575),
    ("tanh", ComplexBall::tanh, (0.0, 1.5), 0.0, 14.101419947171719),
    ("tanh", ComplexBall::tanh, (-0.25, -3.0), -0.24959107241921713, 0.13383274251519148),
    ("tan", ComplexBall::tan, (-2.0, 1.0), 0.24345820118572525, 1.16673625724092),
    ("tan", ComplexBall::tan, (3.0, -2.5), -0.003717108641265162, -0.9871370665772804),
    ("asinh", ComplexBall::asinh, (3.0, -2.5), 2.0587619778850184, -0.6787687114126286),
    ("asinh", ComplexBall::asinh, (-0.25, -3.0), -1.7668693026241513, -1.4826795045905576),
    ("atan", ComplexBall::atan, (3.0, -2.5), 1.3715351039616865, -0.15899719167999918),
    ("atan", ComplexBall::atan, (-0.25, -3.0), -1.5398282345194947, -0.34367220374989566),
    ("log", ComplexBall::log, (-2.0, 1.0), 0.8047189562170501, 2.677945044588987),
    ("log", ComplexBall::log, (-0.25, -3.0), 1.1020725100903965, -1.6539375586833378),
    ("sqrt", ComplexBall::sqrt, (-2.0, 1.0), 0.34356074972251244, 1.455346690225355),
    ("sqrt", ComplexBall::sqrt, (-0.25, -3.0), 1.1748188466095686, -1.2767925917505305),
];
