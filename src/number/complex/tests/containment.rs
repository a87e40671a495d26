//! Containment at the corners, on the edges and at the extremes there, against the real formulas in floats of more than
//! four times the bits.

use proptest::prelude::*;
use rug::Float;
use rug::float::Constant;

use super::super::*;
use crate::number::truth::{self, Between, Draw, difference, draw, ends, holds, is_tight, sum};

/// A complex number in floats of many bits, by formulas that lose few of them.
type Point = [Float; 2];

struct Function {
    name: &'static str,
    on_box: fn(&ComplexBall) -> ComplexBall,
    at: fn(&Point) -> Point,
    /// Has the box a finite image, as it keeps away from poles and cuts?
    is_regular: fn(&ComplexBall) -> bool,
    /// Of the image of a wide box, against its truth; none is asked where the parts are more than products.
    factor: Option<f64>,
}

/// Bits of the truth: differences of coordinates as small as those drawn are exact.
const BITS: u32 = 2400;

fn float(x: &Float) -> Float {
    Float::with_val(BITS, x)
}

fn multiply([a, b]: &Point, [c, d]: &Point) -> Point {
    [float(a) * c - float(b) * d, float(a) * d + float(b) * c]
}

fn recip([x, y]: &Point) -> Point {
    let size = float(x).square() + float(y).square();
    [float(x) / &size, -float(y) / &size]
}

fn exp([x, y]: &Point) -> Point {
    let size = float(x).exp();
    [float(y).cos() * &size, float(y).sin() * size]
}

fn sin([x, y]: &Point) -> Point {
    [float(x).sin() * float(y).cosh(), float(x).cos() * float(y).sinh()]
}

fn cos([x, y]: &Point) -> Point {
    [float(x).cos() * float(y).cosh(), -float(x).sin() * float(y).sinh()]
}

/// `f(iz)/i` or, with `back` false, `f(iz)`.
fn rotated([x, y]: &Point, f: fn(&Point) -> Point, back: bool) -> Point {
    let [a, b] = f(&[-float(y), float(x)]);
    if back { [b, -a] } else { [a, b] }
}

fn tanh([x, y]: &Point) -> Point {
    let (u, v) = (float(x) * 2u32, float(y) * 2u32);
    let below = u.clone().cosh() + v.clone().cos();
    [u.sinh() / &below, v.sin() / below]
}

fn log([x, y]: &Point) -> Point {
    let modulus = float(x).square() + float(y).square();
    [modulus.ln() / 2u32, float(y).atan2(x)]
}

fn sqrt([x, y]: &Point) -> Point {
    let size = float(x).hypot(y) + float(x).abs();
    let large = (size / 2u32).sqrt();
    let small = float(y).abs() / (large.clone() * 2u32);
    let (re, im) = if x.is_sign_negative() { (small, large) } else { (large, small) };
    [re, if y.is_sign_negative() { -im } else { im }]
}

fn atan([x, y]: &Point) -> Point {
    let (above, below) = (1 + float(y), 1 - float(y));
    let re = (float(x).atan2(&below) + float(x).atan2(&above)) / 2u32;
    let square = float(x).square();
    let ratio = float(y) * 4u32 / (square + below.square());
    [re, ratio.ln_1p() / 4u32]
}

fn asinh(z: &Point) -> Point {
    if z[0].is_sign_negative() {
        let [a, b] = asinh(&[-float(&z[0]), -float(&z[1])]);
        return [-a, -b];
    }
    // √(1+z²) = √(1+iz) √(1-iz).
    let root = multiply(&sqrt(&[1 - float(&z[1]), float(&z[0])]), &sqrt(&[1 + float(&z[1]), -float(&z[0])]));
    log(&[root[0].clone() + &z[0], root[1].clone() + &z[1]])
}

/// `(2/√π) Σ_k (-1)^k z^{2k+1}/(k! (2k+1))`, for moduli up to 30: the terms reach e^900.
fn erf(z: &Point) -> Point {
    let square = multiply(z, z);
    let (mut power, mut out) = ([float(&z[0]), float(&z[1])], [float(&z[0]), float(&z[1])]);
    for k in 1u32..20_000 {
        power = multiply(&power, &square).map(|x| -x / k);
        for (sum, x) in out.iter_mut().zip(&power) {
            *sum += x.clone() / (2 * k + 1);
        }
        if k > 2000 && power.iter().all(|x| x.get_exp().is_none_or(|e| e < -(BITS as i32))) {
            break;
        }
    }
    let scale = 2 / Float::with_val(BITS, Constant::Pi).sqrt();
    out.map(|x| x * &scale)
}

fn always(_: &ComplexBall) -> bool {
    true
}

/// Larger by some units in the last place, which the operations on the way may lose.
fn blown(z: &ComplexBall) -> ComplexBall {
    let ulps = |x: &Ball| x.widened((z.magnitude() + Mag::ONE).shl(6 - i64::from(z.precision())));
    ComplexBall::new(ulps(&z.re), ulps(&z.im))
}

fn off_the_negative_axis(z: &ComplexBall) -> bool {
    !z.im.contains_zero() || ends(&z.re)[0] > 0
}

/// Away from `±i[1, ∞)`, as seen from a box of this size.
fn off_the_imaginary_cuts(z: &ComplexBall) -> bool {
    let radius = z.re.radius().max(z.im.radius()).shl(3);
    let larger = blown(&ComplexBall::new(z.re.widened(radius), z.im.widened(radius)));
    let [low, high] = ends(&larger.im);
    !larger.re.contains_zero() || low > -1 && high < 1
}

fn functions() -> Vec<Function> {
    let f = |name, on_box, at, is_regular, factor| Function { name, on_box, at, is_regular, factor };
    vec![
        f("square", ComplexBall::square, |z| multiply(z, z), always, Some(1.1)),
        f("pow", |z| z.pow(3), |z| multiply(&multiply(z, z), z), always, None),
        f("recip", ComplexBall::recip, recip, |z| !z.contains_zero(), Some(1.1)),
        f("exp", ComplexBall::exp, exp, always, Some(1.1)),
        f("sin", ComplexBall::sin, sin, always, Some(1.1)),
        f("cos", ComplexBall::cos, cos, always, Some(1.1)),
        f("sinh", ComplexBall::sinh, |z| rotated(z, sin, true), always, Some(1.1)),
        f("cosh", ComplexBall::cosh, |z| rotated(z, cos, false), always, Some(1.1)),
        f("tanh", ComplexBall::tanh, tanh, |_| false, None),
        f("tan", ComplexBall::tan, |z| rotated(z, tanh, true), |_| false, None),
        f("log", ComplexBall::log, log, |z| off_the_negative_axis(z) && !blown(z).contains_zero(), Some(1.1)),
        f("sqrt", ComplexBall::sqrt, sqrt, off_the_negative_axis, Some(1.1)),
        f("atan", ComplexBall::atan, atan, off_the_imaginary_cuts, None),
        f("asinh", ComplexBall::asinh, asinh, off_the_imaginary_cuts, None),
        f("erf", ComplexBall::erf, erf, always, None),
        f("conj", ComplexBall::conj, |[x, y]| [float(x), -float(y)], always, Some(1.0)),
        f("mul_i", ComplexBall::mul_i, |[x, y]| [-float(y), float(x)], always, Some(1.0)),
        f("div_i", ComplexBall::div_i, |[x, y]| [float(y), -float(x)], always, Some(1.0)),
        f("shl", |z| z.shl(-7), |[x, y]| [float(x) >> 7u32, float(y) >> 7u32], always, Some(1.0)),
    ]
}

/// Poles, cuts and turning points of all functions on either axis.
fn hard() -> Vec<Float> {
    let half_pi = Float::with_val(320, Constant::Pi) / 2u32;
    let some = [0.0, 1.0, -1.0, 0.5].map(|x| Float::with_val(320, x));
    some.into_iter().chain((-8i32..=8).map(|k| half_pi.clone() * k)).chain([half_pi.clone() / 2u32]).collect()
}

/// The box, and its boundary: all pairs of an end of one side with the ends, the middle and the hard points of the
/// other, zero and the moduli of the other's ends among these.
fn boundary(z: &ComplexBall) -> Vec<Point> {
    let [xs, ys] = [z.re(), z.im()].map(ends);
    let hard = |list: &[Float; 2], other: &[Float; 2]| {
        let inside = |p: &Float| list[0] < *p && *p < list[1];
        let turning = other.iter().flat_map(|p| [p.clone(), -p.clone()]);
        let middle = sum(&list[0], &difference(&list[1], &list[0])) >> 1u32;
        let all: Vec<Float> = hard().into_iter().chain(turning).chain([middle]).filter(inside).collect();
        all
    };
    let (inner_x, inner_y) = (hard(&xs, &ys), hard(&ys, &xs));
    let mut out = vec![];
    for (x, y) in xs.iter().flat_map(|x| ys.iter().map(move |y| (x, y))) {
        out.push([x.clone(), y.clone()]);
    }
    for y in &ys {
        out.extend(inner_x.iter().map(|x| [x.clone(), y.clone()]));
    }
    for x in &xs {
        out.extend(inner_y.iter().map(|y| [x.clone(), y.clone()]));
    }
    out.push([z.re().midpoint().clone(), z.im().midpoint().clone()]);
    out
}

fn rectangle(a: &Draw, b: &Draw) -> ComplexBall {
    ComplexBall::new(a.ball(&hard()), b.ball(&hard()).with_precision(a.precision))
}

/// A float that is right but for a relative `2^-1000`, and for as much of the largest part.
fn about(x: &Float, size: &Float) -> Between {
    let error = Float::with_val(64, x.abs_ref()).max(&(Float::with_val(64, size) >> 400u32)) >> 1000u32;
    truth::between(BITS, |p, round| match round {
        rug::float::Round::Down => Float::with_val_round(p, x - &error, round).0,
        _ => Float::with_val_round(p, x + &error, round).0,
    })
}

/// Of each point the enclosures of the parts.
fn truths(at: impl Iterator<Item = Point>) -> [Vec<Between>; 2] {
    let mut out = [vec![], vec![]];
    for value in at {
        let size = Float::with_val(64, value[0].abs_ref()).max(&Float::with_val(64, value[1].abs_ref()));
        for (list, part) in out.iter_mut().zip(&value) {
            list.push(about(part, &size));
        }
    }
    out
}

fn check_parts(
    name: &str,
    z: &dyn std::fmt::Debug,
    image: &ComplexBall,
    truths: &[Vec<Between>; 2],
) -> Result<(), TestCaseError> {
    for (part, values) in [&image.re, &image.im].into_iter().zip(truths) {
        for value in values {
            prop_assert!(holds(part, value), "{name} of {z:?}: {image:?} misses {}", value[0].to_f64());
        }
    }
    Ok(())
}

fn check(f: &Function, a: &Draw, b: &Draw) -> Result<(), TestCaseError> {
    let z = rectangle(a, b);
    // Values with exponents of many digits, and the truth of the error function far out, cost too much.
    let most = if f.name == "erf" { 3 } else { 20 };
    if z.magnitude() > Mag::pow2(most) {
        return Ok(());
    }
    let (image, name) = ((f.on_box)(&z), f.name);
    if !image.is_finite() {
        prop_assert!(!(f.is_regular)(&z), "{name} of {z:?} is not finite");
        return Ok(());
    }
    let all = truths(boundary(&z).iter().map(f.at));
    check_parts(name, &z, &image, &all)?;
    // Relatively narrow boxes have first-order bounds; the list of turning points ends at twelve.
    let wide = |x: &Ball| x.is_wide() && x.radius() >= x.magnitude().shl(-11);
    if let (Some(factor), true) = (
        f.factor,
        a.precision >= 12
            && z.magnitude() < Mag::from_f64(12.0)
            && wide(&z.re)
            && wide(&z.im)
            && (f.is_regular)(&z),
    ) {
        let both: Vec<Between> = all.iter().flatten().cloned().collect();
        for (part, values) in [&image.re, &image.im].into_iter().zip(&all) {
            // Units in the last place of the larger part, as terms may cancel.
            let tight = is_tight(part, values, factor, 16.0, a.precision)
                || part.radius().to_float()
                    <= scale(&both) * Float::with_val(64, Float::i_exp(1, 5 - a.precision as i32))
                        + half_width(values) * factor;
            prop_assert!(tight, "{name} of {z:?} is too wide: {image:?}");
        }
    }
    Ok(())
}

fn scale(values: &[Between]) -> Float {
    values.iter().flatten().map(|x| Float::with_val(64, x.abs_ref())).max_by(|a, b| a.total_cmp(b)).unwrap()
}

fn half_width(values: &[Between]) -> Float {
    let least = values.iter().map(|t| &t[0]).min_by(|a, b| a.total_cmp(b)).unwrap();
    let greatest = values.iter().map(|t| &t[1]).max_by(|a, b| a.total_cmp(b)).unwrap();
    Float::with_val(64, greatest - least) / 2u32
}

proptest! {
    #![proptest_config(ntk_testing::cases(24))]

    #[test]
    fn functions_hold_their_boundary_values(draws in prop::collection::vec(draw(), 12)) {
        for (i, f) in functions().iter().filter(|f| f.name != "erf").enumerate() {
            check(f, &draws[i % 12], &draws[(5 * i + 1) % 12])?;
        }
    }

}

proptest! {
    #![proptest_config(ntk_testing::cases(96))]

    #[test]
    fn error_function(a in draw(), b in draw()) {
        if let Some(f) = functions().iter().find(|f| f.name == "erf") {
            check(f, &a, &b)?;
        }
    }

    /// Where the asymptotic series is used: next to the axes, the diagonals and in between, on small boxes.
    #[test]
    fn error_function_far_out(
        x in prop_oneof![-24.0f64..24.0, -1e-3f64..1e-3, Just(17.0)], y in prop_oneof![-24.0f64..24.0, Just(-17.0)],
        p in 20u32..200, r in 0i64..200,
    ) {
        let side = |x: f64| Ball::exact(Float::with_val(p, x)).widened(if r == 0 { Mag::ZERO } else { Mag::pow2(-r - 4) });
        let z = ComplexBall::new(side(x), side(y));
        let image = z.erf();
        let all = truths(boundary(&z).into_iter().take(4).map(|w| erf(&w)));
        check_parts("erf", &z, &image, &all)?;
        if r == 0 && z.re().midpoint() != &0 {
            let both: Vec<Between> = all.iter().flatten().cloned().collect();
            let most = scale(&both) * Float::with_val(64, Float::i_exp(1, 6 - p as i32));
            prop_assert!(image.re.radius().to_float() <= most && image.im.radius().to_float() <= most, "{z:?}: {image:?}");
        }
    }

    /// With the boxes that straddle poles and turning points the most often.
    #[test]
    fn reciprocals_and_roots(a in draw(), b in draw(), c in draw()) {
        for f in functions().iter().filter(|f| ["recip", "sqrt", "log", "square"].contains(&f.name)) {
            check(f, &a, &b)?;
            check(f, &b, &c)?;
        }
    }

    #[test]
    fn ring_operations(a in draw(), b in draw(), c in draw(), d in draw()) {
        let (z, w) = (rectangle(&a, &b), rectangle(&c, &d));
        let (us, vs) = (boundary(&z), boundary(&w));
        let corners = |f: &dyn Fn(&Point, &Point) -> Point| {
            truths(us.iter().take(4).flat_map(|u| vs.iter().take(4).map(|v| f(u, v)).collect::<Vec<_>>()))
        };
        let plus = |[x, y]: &Point, [s, t]: &Point| [float(x) + s, float(y) + t];
        let minus = |[x, y]: &Point, [s, t]: &Point| [float(x) - s, float(y) - t];
        check_parts("+", &(&z, &w), &(&z + &w), &corners(&plus))?;
        check_parts("-", &(&z, &w), &(&z - &w), &corners(&minus))?;
        check_parts("neg", &z, &-&z, &truths(us.iter().map(|[x, y]| [-float(x), -float(y)])))?;
        let product = &z * &w;
        let truth = corners(&|u, v| multiply(u, v));
        check_parts("*", &(&z, &w), &product, &truth)?;
        let scaled = z.scale(w.re());
        check_parts("scale", &(&z, &w), &scaled, &corners(&|[x, y], [s, _]| [float(x) * s, float(y) * s]))?;
        let quotient = &z / &w;
        prop_assert!(quotient.is_finite() != w.contains_zero(), "{z:?} / {w:?}");
        if quotient.is_finite() {
            check_parts("/", &(&z, &w), &quotient, &corners(&|u, v| multiply(u, &recip(v))))?;
        }
        // The parts of a product are sums of two products of independent sides: their ranges add up.
        let [low, high] = [&truth[0], &truth[1]].map(|part| half_width(part));
        let ulps = (z.magnitude() * w.magnitude()).shl(5 - i64::from(a.precision.min(c.precision))).to_float();
        let narrow = |x: &Ball| !x.is_exact() && x.radius() < x.magnitude().shl(-8);
        let factor = if [&z.re, &z.im, &w.re, &w.im].into_iter().any(narrow) { 1.6 } else { 1.1 };
        prop_assert!(product.re.radius().to_float() <= low * factor + &ulps, "{z:?} * {w:?}: {product:?}");
        prop_assert!(product.im.radius().to_float() <= high * factor + &ulps, "{z:?} * {w:?}: {product:?}");
    }

    #[test]
    fn moduli_are_bounds(a in draw(), b in draw()) {
        let z = rectangle(&a, &b);
        let squares: Vec<Float> = boundary(&z).iter().map(|[x, y]| float(x).square() + float(y).square()).collect();
        let inside = z.contains_zero();
        let [most, least] = [z.magnitude(), z.mignitude()].map(|m| float(&m.to_float()).square());
        for square in &squares {
            prop_assert!(*square <= most && *square >= least, "{z:?}: {least} {square} {most}");
        }
        prop_assert!(inside == least.is_zero());
        let greatest = squares.iter().max_by(|a, b| a.total_cmp(b)).unwrap();
        prop_assert!(most <= float(greatest) * 1.000001);
        let smallest = squares.iter().min_by(|a, b| a.total_cmp(b)).unwrap();
        let ulp = float(greatest) >> (a.precision.min(40) - 1);
        prop_assert!(inside || least >= float(smallest) * 0.999999 - ulp * 4u32, "{z:?}");
    }
}
