//! What is found out about random formulas is compared with their values in doubles.

use super::*;
use crate::format::HalfLine;
use formula::*;
use num_traits::ToPrimitive;

#[path = "../../tests/liar/formula.rs"]
#[allow(dead_code)]
mod formula;

/// Any formula of some depth, often with kinks, jumps, quotients and constants.
fn wild(depth: usize, dice: &mut Dice) -> Formula {
    if depth == 0 {
        let (n, d) = dice.fraction();
        return if dice.below(3) == 0 { Formula::Number(n, d) } else { x() };
    }
    let a = wild(depth - 1, dice);
    let less = dice.below(depth);
    let b = wild(less, dice);
    match dice.below(12) {
        0 => binary('+', a, b),
        1 => binary('-', a, b),
        2 | 3 => binary('*', a, b),
        4 => binary(dice.of(&["<", ">"]).chars().next().unwrap_or('<'), a, b),
        5 => power(a, 2 + dice.below(2) as u32),
        6 => call(dice.of(&["abs", "sign", "relu"]), a),
        7 => call(dice.of(&["tanh", "sigmoid", "softplus", "erf", "atan", "asinh"]), a),
        8 => call(dice.of(&["sin", "cos", "exp", "sinh", "cosh"]), a),
        9 => choice(dice.of(&[">", ">=", "<", "<="]), a, b, wild(less, dice)),
        10 => binary('/', a, positive(b, dice)),
        _ => disguised(a, dice),
    }
}

fn made(f: &Formula) -> Option<Activation> {
    Activation::parse(&f.to_string()).ok().filter(Activation::is_defined)
}

fn float(r: &BigRational) -> f64 {
    r.to_f64().unwrap()
}

/// Numbers that are no breakpoints of formulas with small numbers.
fn places() -> impl Iterator<Item = f64> {
    (-12..12).map(|i| f64::from(i) * 0.3217 + 0.0413)
}

/// Within the rounding of doubles, as far as they say anything.
fn close(a: f64, b: f64, scale: f64) -> bool {
    a.is_nan() || b.is_nan() || (a - b).abs() <= 1e-6 * (1.0 + scale.abs() + a.abs())
}

fn at(p: &[BigRational], x: f64) -> f64 {
    p.iter().rev().fold(0.0, |v, c| v * x + float(c))
}

/// How large the numbers in a formula become: doubles cancel beyond that.
fn tame(f: &Formula, x: f64) -> bool {
    let value = f.at(x);
    value.is_finite() && value.abs() < 1e6
}

#[test]
fn what_is_proved_is_true() {
    let mut found = [0u32; 8];
    for seed in 0..u64::from(ntk_testing::count(400)) {
        let mut dice = Dice::new(seed);
        let depth = 1 + dice.below(4);
        let f = wild(depth, &mut dice);
        let Some(a) = made(&f) else { continue };
        found[0] += 1;
        let size = a.bounds.size.as_ref().unwrap();
        for x in places() {
            let most = float(&size.constant) * (float(&size.rate) * x.abs()).exp();
            let value = f.at(x);
            assert!(
                value.is_nan() || value.abs() <= most * (1.0 + 1e-9),
                "`{f}` at {x} is {value}, not {most}"
            );
        }
        values(&f, &a, &mut found);
        shapes(&f, &a, &mut found);
    }
    assert!(found.iter().all(|n| *n > 0), "{found:?}");
}

/// Continuity, derivatives, polynomials.
fn values(f: &Formula, a: &Activation, found: &mut [u32; 8]) {
    if a.is_continuous() {
        found[1] += 1;
        // A jump at a breakpoint or at a small number stays however near one looks.
        let numbers = (-12..=12).map(|i| f64::from(i) / 4.0).chain(a.pieces.breaks.iter().map(float));
        for x in numbers {
            let jump = |h: f64| (f.at(x + h) - f.at(x - h)).abs();
            let large = jump(1e-6) > 1e-3 && jump(1e-6) > 0.3 * jump(1e-4);
            assert!(!large || !tame(f, x + 1e-6), "`{f}` jumps at {x}");
        }
    }
    if let Some(slope) = a.bounds.slope.as_ref().filter(|_| a.has_derivative()) {
        found[2] += 1;
        for x in places().filter(|x| tame(f, *x)) {
            let most = float(&slope.constant) * (float(&slope.rate) * (x.abs() + 0.1)).exp();
            let quotient = (f.at(x + 1e-4) - f.at(x - 1e-4)) / 2e-4;
            assert!(
                quotient.is_nan() || quotient.abs() <= most * 1.01 + 1e-3,
                "`{f}` has slope {quotient} at {x}, not {most}"
            );
        }
    }
    for part in [Part::Whole, Part::Even, Part::Odd] {
        let Some(p) = a.pieces.part(part).as_polynomial() else { continue };
        found[3] += 1;
        for x in places().filter(|x| tame(f, *x) && tame(f, -*x)) {
            let value = match part {
                Part::Whole => f.at(x),
                Part::Even => (f.at(x) + f.at(-x)) / 2.0,
                Part::Odd => (f.at(x) - f.at(-x)) / 2.0,
            };
            assert!(
                close(value, at(&p, x), f.at(x).abs() + f.at(-x).abs()),
                "the {part} part of `{f}` is not {p:?}: {x}"
            );
        }
    }
    if let Some(p) = a.polynomial() {
        assert!(close(f.at(0.0), at(p, 0.0), 0.0), "`{f}` at 0 is not that of {p:?}");
    }
    assert!(!a.vanishes_at_zero() || close(f.at(0.0), 0.0, 0.0), "`{f}` at 0 is {}", f.at(0.0));
}

/// Homogeneity, pieces, and growth.
fn shapes(f: &Formula, a: &Activation, found: &mut [u32; 8]) {
    if let Some(n) = a.homogeneity {
        found[4] += 1;
        for x in places() {
            assert!(close(f.at(2.0 * x), f.at(x) * 2f64.powi(n as i32), 0.0), "`{f}` is not of degree {n}");
        }
    }
    if let Some([up, down]) = a.homogeneous() {
        for x in places().chain([0.0]) {
            assert!(
                close(f.at(x), float(up) * x.max(0.0) + float(down) * x.min(0.0), 0.0),
                "`{f}` is not {up}, {down}"
            );
        }
    }
    for (i, form) in a.pieces.forms.iter().enumerate() {
        let Some(p) = form.as_ref().and_then(Form::as_polynomial) else { continue };
        let low = i.checked_sub(1).map_or(-7.0, |j| float(&a.pieces.breaks[j]));
        let high = a.pieces.breaks.get(i).map_or(7.0, float);
        found[5] += 1;
        for x in places().filter(|x| low < *x && *x < high && tame(f, *x)) {
            assert!(close(f.at(x), at(&p, x), 0.0), "`{f}` is not {p:?} at {x}");
        }
    }
    for (side, sign) in [(HalfLine::Positive, 1.0), (HalfLine::Negative, -1.0)] {
        if let Some(growth) = a.expression.growth(side) {
            found[6] += 1;
            let order = float(&growth.order) + if growth.logarithms { 0.3 } else { 0.0 };
            let ratio = |x: f64| f.at(sign * x).abs() / x.powf(order);
            let (near, far) = (ratio(3e6), ratio(3e12));
            assert!(
                !far.is_finite() || near.is_nan() || far <= 100.0 * near + 1e4,
                "`{f}` is not O(x^{order}): {near} {far}"
            );
        }
        if a.outgrows_powers(Part::Whole, side) {
            found[7] += 1;
            let x = rational(if sign > 0.0 { 3000 } else { -3000 });
            let large =
                a.expression.value(&x, 4096).map(|v| v.abs().upper().is_none_or(|u| float(&u) > 1e12));
            assert!(large != Some(false), "`{f}` is small at {x}");
        }
    }
}

/// Nothing is said of what is not found out: each of these has a jump that no breakpoint shows.
#[test]
fn unknown_is_no_yes() {
    for guard in [
        "sinh(x)",
        "x*exp(x)",
        "exp(x)-1",
        "sin(x)",
        "tanh(x)^3+x",
        "x^2-2",
        "cosh(x)-2",
        "softplus(x)-log(2)",
    ] {
        for text in [
            format!("where({guard} > 0, 1, 0)"),
            format!("x + where({guard} < 0, 1, x)"),
            format!("tanh(sign({guard}))"),
            format!("abs(sign({guard}) + 1/2)"),
            format!("max(x, sign({guard})*3)"),
            format!("x + 1/(2 + sign({guard}))"),
        ] {
            let a = Activation::parse(&text).unwrap();
            assert!(a.is_defined() && !a.is_continuous() && !a.has_derivative(), "{text}");
            assert!(a.polynomial().is_none() && a.homogeneous().is_none(), "{text}");
            assert!(!a.outgrows_powers(Part::Whole, HalfLine::Positive), "{text}");
        }
    }
    let unknown = Pieces { breaks: vec![], forms: vec![None] };
    assert_eq!(unknown.meet(), None);
    assert_eq!(unknown.as_polynomial(), None);
    assert_eq!(unknown.limit(&rational(0)), None);
    assert!(!unknown.equals_between(&rational(0), &rational(1), &[]));
    assert!(homogeneity(&unknown).is_none() && homogeneous(&unknown).is_none());
    for text in [
        "log(-1-x^2)",
        "where(log(x) > 0, 1, 0)",
        "where(1/x > 0, x, x)",
        "where(x > 0 and sqrt(x) < 1, x, 0)",
        "log(-cosh(x))",
        "0*log(-1-x^2)",
        "sqrt(-1-x^2)",
        "log(x^2)",
        "1/x",
        "x^(-1)",
        "exp(x^2)",
        "1/(x^2-2)",
    ] {
        assert!(!Activation::parse(text).unwrap().is_defined(), "{text}");
    }
}

/// Kinks elsewhere, other terms and other degrees are not homogeneous.
#[test]
fn homogeneity_is_around_zero() {
    for (text, degree, lines) in [
        ("relu", Some(1), true),
        ("step", Some(0), false),
        ("repu(3)", Some(3), false),
        ("where(x > 1, x, 2*x)", None, false),
        ("where(x > -1, 3, 2)", None, false),
        ("where(x > 0, x, x^2)", None, false),
        ("where(x > 0, x + 1, 1)", None, false),
        ("where(x > 0, x^2 + x, x^2)", None, false),
        ("where(x > 0, x, 0)", Some(1), true),
        ("tanh", None, false),
    ] {
        let a = Activation::parse(text).unwrap();
        assert_eq!((a.homogeneity, a.homogeneous().is_some()), (degree, lines), "{text}");
    }
}

/// A form that holds almost everywhere says nothing about 0 itself.
#[test]
fn values_at_zero() {
    let parse = |text: &str| Activation::parse(text).unwrap();
    for text in [
        "where(x^2 > 0, x, 5)",
        "where(x >= 0, 1, -1)",
        "where(x^2*exp(x) > 0, x, 2)",
        "where(abs(x) > 0, max(x,0), 1)",
    ] {
        let a = parse(text);
        assert!(!a.is_regular_at_zero() && !a.vanishes_at_zero(), "{text}");
        assert!(a.polynomial().is_none() && a.homogeneous().is_none(), "{text}");
    }
    for text in [
        "relu",
        "celu",
        "tanh",
        "gelu",
        "where(x > 0, x, x/3)",
        "where(x > 1, x, 0)",
        "x*exp(x)",
        "erf(x/sqrt(2))",
        "mish",
    ] {
        let a = parse(text);
        assert!(a.is_regular_at_zero() && a.vanishes_at_zero(), "{text}");
    }
    assert!(parse("sign").vanishes_at_zero() && !parse("sign").is_regular_at_zero());
    assert!(parse("sigmoid").is_regular_at_zero() && !parse("sigmoid").vanishes_at_zero());
    assert!(parse("where(x > 0, x + 1, 1)").is_regular_at_zero());
}
