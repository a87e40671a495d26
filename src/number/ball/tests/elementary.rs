use proptest::prelude::*;
use rug::Float;
use rug::float::{Constant, Round};

use super::super::*;
use crate::number::truth::*;

/// A function, what it is at an exact member of its domain, and the points that it finds hard: extremes, poles, ends of
/// the domain.
struct Function {
    name: &'static str,
    on_ball: fn(&Ball) -> Ball,
    at: fn(&Float, u32, Round) -> Float,
    domain: [f64; 2],
    hard: Vec<Float>,
    /// Largest slope of a function whose balls keep the argument's radius where that is small.
    flat: bool,
}

/// Bits of the hard points, beyond those of every ball.
const BITS: u32 = 320;

fn multiples_of_half_pi() -> Vec<Float> {
    let half_pi = Float::with_val(BITS, Constant::Pi) / 2u32;
    let near = (-5i32..=5).map(|k| half_pi.clone() * k);
    near.chain([1_000_003, 123_456_789].map(|k| half_pi.clone() * k)).collect()
}

/// Extremes of sine and cosine in a ball, and the zeros between them: a period of them suffices.
fn quarter_turns(x: &Ball) -> Vec<Float> {
    let half_pi = Float::with_val(900, Constant::Pi) / 2u32;
    let first = Float::with_val(900, &ends(x)[0] / &half_pi).floor();
    (0u32..=5).map(|k| Float::with_val(900, &first + k) * &half_pi).collect()
}

macro_rules! function {
    ($name:ident, $round:ident, $domain:expr, $hard:expr) => {
        Function {
            name: stringify!($name),
            on_ball: Ball::$name,
            at: |x, bits, round| {
                // The functions of MPFR work in place, at the bits of their argument.
                let mut y = Float::with_val(bits.max(x.prec()), x);
                y.$round(round);
                Float::with_val_round(bits, y, round).0
            },
            domain: $domain,
            hard: $hard,
            flat: false,
        }
    };
}

fn functions() -> Vec<Function> {
    let all = [f64::NEG_INFINITY, f64::INFINITY];
    let some = |list: &[f64]| list.iter().map(|x| Float::with_val(BITS, x)).collect::<Vec<_>>();
    vec![
        function!(exp, exp_round, all, some(&[0.0, 1.0, -1.0, 700.0, -700.0])),
        function!(exp_m1, exp_m1_round, all, some(&[0.0, -1.0, -40.0])),
        function!(ln, ln_round, [0.0, f64::INFINITY], some(&[0.0, 1.0])),
        function!(ln_1p, ln_1p_round, [-1.0, f64::INFINITY], some(&[0.0, -1.0])),
        function!(sqrt, sqrt_round, [0.0, f64::INFINITY], some(&[0.0, 1.0, 4.0])),
        function!(asin, asin_round, [-1.0, 1.0], some(&[0.0, -1.0, 1.0, 0.5])),
        function!(acos, acos_round, [-1.0, 1.0], some(&[0.0, -1.0, 1.0, 0.5])),
        function!(atan, atan_round, all, some(&[0.0, 1.0, 1e9])),
        Function { flat: true, ..function!(sin, sin_round, all, multiples_of_half_pi()) },
        Function { flat: true, ..function!(cos, cos_round, all, multiples_of_half_pi()) },
        function!(tan, tan_round, all, multiples_of_half_pi()),
        function!(sinh, sinh_round, all, some(&[0.0, 1.0])),
        function!(cosh, cosh_round, all, some(&[0.0, 1.0])),
        function!(tanh, tanh_round, all, some(&[0.0, 20.0, -1000.0])),
        function!(asinh, asinh_round, all, some(&[0.0, 1.0, -1e9])),
        Function {
            name: "normal_density",
            on_ball: Ball::normal_density,
            at: normal_density,
            domain: all,
            hard: some(&[0.0, 1.0, -30.0]),
            flat: false,
        },
    ]
}

/// `e^{-x²/2}/√(2π)`, every step rounded to one side.
fn normal_density(x: &Float, bits: u32, round: Round) -> Float {
    let other = if round == Round::Down { Round::Up } else { Round::Down };
    let mut power = -Float::with_val(bits.max(2 * x.prec()), x.square_ref()) / 2u32;
    power.exp_round(round);
    let mut root = Float::with_val_round(bits + 8, Constant::Pi, other).0 * 2u32;
    root.sqrt_round(other);
    Float::with_val_round(bits, &power / &root, round).0
}

/// Does the function stay finite on the members and some units in the last place around them?
fn is_regular(f: &Function, x: &Ball) -> bool {
    let ulp =
        x.midpoint().get_exp().map_or(Mag::ZERO, |e| Mag::pow2(i64::from(e - x.precision() as i32) + 1));
    let [lower, upper] = ends(&x.widened(ulp));
    let exact = ends(x);
    match f.name {
        "ln" => lower > 0,
        "ln_1p" => lower > -1,
        "tan" => {
            let apart = Float::with_val(60, &upper - &lower);
            let signs = [&lower, &upper].map(|x| Float::with_val(60, x.cos_ref()).is_sign_negative());
            apart < 3 && signs[0] == signs[1]
        }
        // Where the extremes of a wide wave lie is told in doubles.
        "sin" | "cos" => x.magnitude() < Mag::pow2(40) || x.radius() < Mag::pow2(-12),
        // Members in the domain.
        _ => exact[0] <= f.domain[1] && exact[1] >= f.domain[0],
    }
}

fn check(f: &Function, d: &Draw) -> Result<(), TestCaseError> {
    let x = d.ball(&f.hard);
    let image = (f.on_ball)(&x);
    let name = f.name;
    let inside = if f.domain[1] > 1.0 && f.hard.len() > 9 { quarter_turns(&x) } else { f.hard.clone() };
    let mut at: Vec<Float> = members(&x, &inside);
    at.retain(|m| *m >= f.domain[0] && *m <= f.domain[1] && !(name.starts_with("ln") && *m == f.domain[0]));
    // Nobody needs values whose exponents have eight digits.
    let growing = ["exp", "exp_m1", "sinh", "cosh", "normal_density"].contains(&name);
    if growing && x.magnitude() > Mag::pow2(20) {
        return Ok(());
    }
    let bits = 4 * d.precision.max(16) + 64;
    let truths: Vec<Between> = at.iter().map(|m| between(bits, |p, round| (f.at)(m, p, round))).collect();
    for (m, truth) in at.iter().zip(&truths) {
        prop_assert!(holds(&image, truth), "{name} of {x:?}: {image:?} misses {} at {}", truth[0], m);
    }
    // Ends are told apart from the midpoint up to twice its bits.
    let vanishing = !x.is_exact() && x.radius() < x.magnitude().shl(-50 - 2 * i64::from(d.precision));
    if !is_regular(f, &x) || vanishing {
        return Ok(());
    }
    prop_assert!(image.is_finite(), "{name} of {x:?} is not finite");
    // Where the image is that of the ends, only roundings are lost.
    let mut width = truths.clone();
    if f.flat && x.radius() < Mag::pow2(-11) {
        // The slope is at most one, whatever it is on the ball.
        let [low, high] = &truths[0];
        let rad = x.radius().to_float();
        width.push([sum(low, &-rad.clone()), sum(high, &rad)]);
    }
    let tight = is_tight(&image, &width, 1.1, 3.0, d.precision);
    prop_assert!(
        tight,
        "{name} of {x:?} is too wide: {image:?} for {:?}",
        truths.iter().map(|t| t[0].to_f64()).collect::<Vec<_>>()
    );
    prop_assert_eq!(image.precision(), d.precision);
    Ok(())
}

proptest! {
    #![proptest_config(ntk_testing::cases(500))]

    #[test]
    fn monotone_functions(draws in prop::collection::vec(draw(), 6)) {
        for (f, d) in functions().iter().filter(|f| !f.flat && f.name != "tan").zip(draws.iter().cycle()) {
            check(f, d)?;
        }
    }

    #[test]
    fn waves_and_the_tangent(a in draw(), b in draw(), c in draw()) {
        for (f, d) in functions().iter().filter(|f| f.flat || f.name == "tan").zip([a, b, c]) {
            check(f, &d)?;
        }
    }

    /// Both at once are each by itself.
    #[test]
    fn sine_and_cosine_together(a in draw()) {
        let x = a.ball(&multiples_of_half_pi());
        let [sin, cos] = x.sin_cos();
        for (m, at) in members(&x, &quarter_turns(&x)).iter().map(|m| (m, 4 * a.precision + 400)) {
            prop_assert!(holds(&sin, &between(at, |p, round| Float::with_val_round(p, m.sin_ref(), round).0)), "{x:?}");
            prop_assert!(holds(&cos, &between(at, |p, round| Float::with_val_round(p, m.cos_ref(), round).0)), "{x:?}");
        }
        prop_assert!(sin.magnitude() <= Mag::from_f64(3.5) && cos.magnitude() <= Mag::from_f64(3.5));
        prop_assert!(sin.overlaps(&x.sin()) && cos.overlaps(&x.cos()));
    }
}

/// At the precision of one limb and the smallest radius that counts as wide, no rounding hides another.
#[test]
fn sine_and_cosine_of_barely_wide_balls() {
    for k in 0..300 {
        let x =
            Ball::exact(Float::with_val(64, 0.5) + Float::with_val(64, k) / 700u32).widened(Mag::pow2(-12));
        let [sin, cos] = x.sin_cos();
        for end in ends(&x) {
            assert!(
                holds(&sin, &between(400, |p, round| Float::with_val_round(p, end.sin_ref(), round).0)),
                "{x:?}"
            );
            assert!(
                holds(&cos, &between(400, |p, round| Float::with_val_round(p, end.cos_ref(), round).0)),
                "{x:?}"
            );
        }
    }
}

/// The ball of the first ends before the pole, and its midpoint rounds past it when it is added to the radius.
#[test]
fn the_tangent_does_not_step_over_a_pole() {
    for (x, radius) in
        [(Float::with_val(53, Constant::Pi) / 2u32, -55), (Float::with_val(53, 1) << 60u32, -30)]
    {
        let ball = Ball::exact(x.clone()).widened(Mag::pow2(radius));
        let truth = between(200, |p, round| Float::with_val_round(p, x.tan_ref(), round).0);
        assert!(holds(&ball.tan(), &truth), "{:?}", ball.tan());
    }
}

/// What is bounded has its range on the whole line, and nothing else is said.
#[test]
fn the_whole_line() {
    let line = Ball::whole_line(20);
    let half_pi = Ball::pi(20).magnitude().shl(-1);
    for (image, most) in [
        (line.sin(), Mag::ONE),
        (line.cos(), Mag::ONE),
        (line.tanh(), Mag::ONE),
        (line.erf(), Mag::ONE),
        (line.atan(), half_pi),
        (
            line.normal_cdf() - Ball::from_rational(&num_rational::BigRational::new(1.into(), 2.into()), 20),
            Mag::pow2(-1),
        ),
    ] {
        assert!(image.magnitude() >= most && image.magnitude() <= most * Mag::from_f64(1.001), "{image:?}");
    }
    let [low, high] = ends(&line.asin());
    assert!(low < -1.57 && high > 1.57 && high < 1.58);
    for f in [
        Ball::exp,
        Ball::ln,
        Ball::sqrt,
        Ball::tan,
        Ball::sinh,
        Ball::cosh,
        Ball::asinh,
        Ball::exp_m1,
        Ball::ln_1p,
    ] {
        assert!(!f(&line).is_finite());
    }
    assert!(
        (&Ball::zero(9) * &line).is_exact_zero()
            && !(&line * &line).is_finite()
            && !line.square().is_finite()
    );
    assert!(
        !(&line + &line).is_finite()
            && !(&line / &Ball::from_integer(3, 9)).is_finite()
            && !line.recip().is_finite()
    );
    assert!(!line.pow(3).is_finite() && !line.shl(i32::MIN).is_finite() && !line.abs().is_finite());
    assert!(!line.with_precision(9).is_finite() && !line.widened(Mag::ONE).is_finite());
}

#[test]
fn constants_at_every_precision() {
    for p in 1..=300 {
        let truth = between(1300, |bits, round| Float::with_val_round(bits, Constant::Pi, round).0);
        assert!(holds(&Ball::pi(p), &truth) && is_tight(&Ball::pi(p), &[truth], 1.0, 1.01, p));
    }
}
