//! Formulas: what is read, refused, cut and bounded.

use proptest::prelude::*;
use rug::Rational;

use super::pieces::{Pieces, Refusal};
use crate::number::{Ball, ComplexBall, Mag};

fn read(text: &str) -> Pieces {
    match Pieces::parse(text) {
        Ok(pieces) => pieces,
        Err(Refusal::Syntax(e)) => panic!("{text}: column {}: {}", e.column, e.why),
        Err(Refusal::TooLarge(why) | Refusal::Undecided(why)) => panic!("{text}: {why}"),
    }
}

fn refused(text: &str) -> (usize, String) {
    match Pieces::parse(text) {
        Ok(_) => panic!("{text} is accepted"),
        Err(Refusal::Syntax(e)) => (e.column, e.why),
        Err(Refusal::TooLarge(why) | Refusal::Undecided(why)) => (0, why),
    }
}

/// The value at a rational number, on the piece it lies on.
fn value(pieces: &Pieces, x: &Rational, prec: u32) -> Ball {
    let ball = Ball::from_gmp_rational(x, prec);
    let place = pieces.breakpoints.iter().take_while(|b| b.enclose(prec).upper() <= *x).count();
    pieces.pieces[place].value.run(&ball, prec)
}

#[test]
fn values() {
    for (text, x, expected) in [
        ("2^3^2", (0, 1), 512.0),
        ("-x^2", (3, 1), -9.0),
        ("2*x-3/4", (1, 2), 0.25),
        ("1e-3 + x", (0, 1), 0.001),
        ("max(x, 1, 2)", (3, 2), 2.0),
        ("min(x, 1, 2)", (3, 2), 1.0),
        ("where(0 < x <= 1, 5, 7)", (1, 2), 5.0),
        ("where(x < 0 or x > 1, 5, 7)", (1, 2), 7.0),
        ("sign(x)*3", (-1, 2), -3.0),
        ("cbrt(x)", (-8, 1), -2.0),
        ("x**2", (5, 1), 25.0),
        ("leaky_relu(2*x, 1/10)", (-5, 1), -1.0),
        ("hard-swish(x)", (1, 1), 4.0 / 6.0),
        ("silu(x)", (1, 1), 0.7310585786300049),
        ("gelu(x)", (1, 1), 0.8413447460685429),
        ("mish(x)", (1, 1), 0.8650983882673103),
        ("poly(x, 1, 2, 3)", (2, 1), 17.0),
        ("hermite(x, 2)", (3, 1), 8.0 / 2f64.sqrt()),
        ("e^x", (1, 1), std::f64::consts::E),
        ("2^x", (3, 1), 8.0),
        ("tan(atan(x)/2)", (1, 1), 0.41421356237309503),
        ("log(1+exp(x))", (0, 1), std::f64::consts::LN_2),
    ] {
        let x = Rational::from(x);
        let got = value(&read(text), &x, 128);
        assert!(got.relative_accuracy_bits() > 90 || got.radius() < Mag::pow2(-90), "{text}: {got}");
        assert!((got.midpoint().to_f64() - expected).abs() < 1e-14, "{text} at {x}: {got}");
    }
}

#[test]
fn errors_name_the_column() {
    for (text, column, part) in [
        ("x+", 3, "ends"),
        ("2x", 2, "*"),
        ("x)", 2, "closes nothing"),
        ("(x", 3, "`)`"),
        ("foo(x)", 1, "not known"),
        ("x + tanhh(x)", 5, "tanh"),
        ("x^y", 3, "not known"),
        ("x^x", 2, "exponent"),
        ("1/0*x", 2, "zero"),
        ("x @ 2", 3, "no meaning"),
        ("x == 2", 3, "comparisons"),
        ("log(x)", 1, "logarithm"),
        ("1 + sqrt(x)", 5, "x < 0"),
        ("x < 1", 3, "where"),
        ("where(x, 1, 2)", 8, "comparison"),
        ("x^100000", 2, "1000"),
        ("x + 1e999", 5, "exponent"),
        ("max(x)", 1, "max(a, b, ...)"),
        ("softshrink(x, -1)", 1, "positive"),
        ("leaky_relu(x, x)", 1, "exact number"),
        ("where(sin(x) > 0, 1, 2)", 7, "sign"),
    ] {
        let (at, why) = refused(text);
        assert_eq!(at, column, "{text}: {why}");
        assert!(why.contains(part), "{text}: {why}");
    }
    assert!(refused(&"(".repeat(1000)).1.contains("nesting"));
    assert!(refused(&"-".repeat(1000)).1.contains("nesting"));
    assert!(refused(&format!("x{}", "+x".repeat(5000))).1.contains("characters"));
}

#[test]
fn breakpoints_are_found() {
    for (text, expected) in [
        ("abs(x)", vec![0.0]),
        ("max(0, 1 - abs(x))", vec![-1.0, 0.0, 1.0]),
        ("abs(x^2 - 2)", vec![-std::f64::consts::SQRT_2, std::f64::consts::SQRT_2]),
        ("abs(x^2 - 1/9)", vec![-1.0 / 3.0, 1.0 / 3.0]),
        ("max(exp(x), 2)", vec![std::f64::consts::LN_2]),
        ("abs(tanh(x - 1/2))", vec![0.5]),
        ("abs(tanh(x) - 1/2)", vec![0.5493061443340549]),
        ("max(x, 0) + min(x, 0)", vec![]),
        ("abs(x)^2", vec![]),
        ("max(x^3 - x, x)", vec![-std::f64::consts::SQRT_2, 0.0, std::f64::consts::SQRT_2]),
        ("abs(x - exp(-x))", vec![0.5671432904097838]),
        ("log(abs(x))", vec![0.0]),
        ("where(abs(x) < 1, tan(x), 0)", vec![-1.0, 1.0]),
    ] {
        let pieces = read(text);
        let found: Vec<f64> = pieces.breakpoints.iter().map(|b| b.enclose(200).midpoint().to_f64()).collect();
        assert_eq!(found.len(), expected.len(), "{text}: {found:?}");
        for ((a, b), root) in found.iter().zip(&expected).zip(&pieces.breakpoints) {
            assert!((a - b).abs() < 1e-14, "{text}: {found:?}");
            assert!(root.enclose(300).is_exact_zero() || root.enclose(300).relative_accuracy_bits() > 250);
        }
    }
    let exact = |text: &str| read(text).breakpoints.iter().all(|b| b.exact().is_some());
    assert!(exact("abs(x^2 - 1/9)") && exact("abs(exp(x - 1/3) - 1)") && !exact("abs(x^2 - 2)"));
}

#[test]
fn growth_far_out() {
    for (text, degree, linear, quadratic) in [
        ("tanh(x)", 0, (0, 1), (0, 1)),
        ("x*sigmoid(2*x)", 1, (0, 1), (0, 1)),
        ("x^3 - x", 3, (0, 1), (0, 1)),
        ("exp(x^2/5)", 0, (0, 1), (1, 5)),
        ("exp(-x^2)", 0, (0, 1), (0, 1)),
        ("exp(x^2/2)*exp(-x^2/3)", 0, (0, 1), (1, 6)),
        ("sinh(3*x)", 0, (3, 1), (0, 1)),
        ("log(1 + x^2)", 1, (0, 1), (0, 1)),
        ("sqrt(1 + x^2)", 1, (0, 1), (0, 1)),
        ("exp(-x^4 + 100*x)", 0, (0, 1), (0, 1)),
        ("exp(-pi*x^2 + x)", 0, (1, 1), (0, 1)),
        ("asinh(x^3)", 1, (0, 1), (0, 1)),
        ("1/(1 + x^2)", 0, (0, 1), (0, 1)),
        ("softplus(x^2)", 2, (0, 1), (0, 1)),
        ("1/(x^2 + 2*x + 5)", 0, (0, 1), (0, 1)),
        ("log(x^4 - x^3 + x + 7)", 1, (0, 1), (0, 1)),
    ] {
        let far = read(text).far;
        let shape = (far.bound.degree, far.bound.linear.clone(), far.bound.quadratic.clone());
        assert_eq!(shape, (degree, Rational::from(linear), Rational::from(quadratic)), "{text}: {far:?}");
    }
    assert!(refused("exp(x^3)").1.contains("right"));
    assert!(refused("exp(exp(x))").1.contains("right"));
    assert!(refused("cosh(x^4)").1.contains("both"));
}

#[test]
fn singularities() {
    for text in
        ["log(abs(x))", "abs(x)^(-1/4)", "x*log(abs(x))", "sqrt(abs(x))", "exp(-1/x^2)", "sqrt(abs(x^2 - 2))"]
    {
        assert!(read(text).seams.iter().any(|s| s.singular), "{text}");
    }
    for text in ["sin(x)/x", "(exp(x)-1)/x", "log(1+x^2)/x", "(cosh(x-1)-1)/(x-1)+abs(x+5)"] {
        let pieces = read(text);
        assert!(pieces.seams.iter().all(|s| !s.singular), "{text}");
        assert_eq!(pieces.pieces.iter().map(|p| p.removable.len()).sum::<usize>(), 1, "{text}");
    }
    for (text, part) in
        [("1/x", "x < 0"), ("abs(x)^(-1/2)", "next to 0"), ("1/(x^2 - 2)", "1.41421"), ("tan(x)", "sign")]
    {
        assert!(refused(text).1.contains(part), "{text}: {}", refused(text).1);
    }
    // x log|x| has the derivative log|x| + 1, sqrt|x| one that is not square-integrable.
    assert!(read("x*log(abs(x))").far_derivative.is_some());
    assert!(read("abs(x)^(3/4)").far_derivative.is_some());
    assert!(read("sqrt(abs(x))").far_derivative.is_none());
    assert!(read("log(abs(x))").far_derivative.is_none());
    assert!(read("sign(x)*exp(x)").far_derivative.is_none());
}

#[test]
fn smoothness_in_words() {
    for (text, expected) in [
        ("tanh(x)", "analytic"),
        ("max(0, x)*exp(-x)", "C^0, kink at 0"),
        ("where(x > 0, x, exp(x) - 1)", "C^1, derivative 2 jumps at 0"),
        ("sign(x)*cosh(x)", "discontinuous, jump at 0"),
        ("sin(x)/x", "analytic, continued where it is 0/0"),
        ("sin(x)/x*sqrt(abs(x))", "analytic but for a singularity at 0"),
        ("abs(x^2 - 2)", "C^0, kink at -1.41421, 1.41421"),
    ] {
        assert_eq!(read(text).smoothness(), expected, "{text}");
    }
}

#[test]
fn strips() {
    use std::f64::consts::PI;
    for (text, width) in [
        ("tanh(x)", Some(PI / 2.0)),
        ("x*sigmoid(2*x)", Some(PI / 2.0)),
        ("log(1 + exp(x - 1))", Some(PI)),
        ("atan(x/3)", Some(3.0)),
        ("1/(x^2 + 2*x + 5)", Some(2.0)),
        ("sqrt(x^2 + 1/4)", Some(0.5)),
        ("exp(-x^2)", None),
        ("tanh(softplus(x))", None),
        ("tanh(abs(x))", None),
    ] {
        match (read(text).strip_hint(), width) {
            (Some(got), Some(width)) => assert!((got - width).abs() < 1e-9, "{text}: {got}"),
            (got, width) => assert_eq!(got, width, "{text}"),
        }
    }
}

#[test]
fn large_formulas_are_answered_in_time() {
    let dense: Vec<String> = (0..100).map(|i| format!("{}/{}", 7 * i + 1, i + 3)).collect();
    let nested =
        |name: &str, depth: usize| format!("{}x{}", format!("{name}(").repeat(depth), ")".repeat(depth));
    let start = std::time::Instant::now();
    for text in [
        format!("abs(poly(x, {}))", dense.join(", ")),
        nested("abs", 60),
        nested("gelu", 30),
        nested("mish", 60),
        nested("hard_swish", 20),
        nested("tanhshrink", 60),
        format!("max({})", (0..60).map(|i| format!("{i}*x - {}", i * i)).collect::<Vec<_>>().join(", ")),
        (0..100).map(|i| format!("abs(x - {i})")).collect::<Vec<_>>().join(" + "),
        "((x + tanh(x))^40 - sin(x)^30)^20".to_string(),
        "abs((x^50 + 1)*(x^49 - 3) - exp(x))".to_string(),
    ] {
        let _ = Pieces::parse(&text);
    }
    assert!(start.elapsed().as_secs() < 60, "{:?}", start.elapsed());
}

/// Formulas that are defined everywhere, to a given depth.
fn formula() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        Just("x".to_string()),
        Just("x".to_string()),
        (-6i32..7, 1i32..5).prop_map(|(a, b)| format!("({a}/{b})")),
        Just("pi".to_string()),
    ];
    leaf.prop_recursive(4, 20, 3, |inner| {
        let unary = prop::sample::select(vec![
            "tanh",
            "sigmoid",
            "softplus",
            "erf",
            "atan",
            "asinh",
            "sin",
            "cos",
            "gelu",
            "silu",
            "relu",
            "abs",
            "mish",
            "squareplus",
            "softsign",
            "hard_swish",
            "elu",
            "gaussian",
        ]);
        prop_oneof![
            (inner.clone(), inner.clone(), prop::sample::select(vec!["+", "-", "*"]))
                .prop_map(|(a, b, op)| format!("({a} {op} {b})")),
            (unary, inner.clone()).prop_map(|(f, a)| format!("{f}({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("max({a}, {b})")),
            inner.prop_map(|a| format!("({a})^2")),
        ]
    })
}

proptest! {
    #![proptest_config(ntk_testing::cases(64))]

    #[test]
    fn any_text_is_answered(text in "[x0-9a-z+*/^()<,. -]{0,24}") {
        let _ = Pieces::parse(&text);
    }

    #[test]
    fn enclosures_agree(text in formula(), m in -300i32..300, p in 40u32..200) {
        let Ok(pieces) = Pieces::parse(&text) else { return Ok(()) };
        let x = Rational::from((m, 64));
        let (rough, fine) = (value(&pieces, &x, p), value(&pieces, &x, 600));
        prop_assert!(rough.overlaps(&fine), "{text} at {x}: {rough} and {fine}");
        // Values of these formulas are moderate, or so large that the input's rounding is.
        let place = pieces.breakpoints.iter().take_while(|b| b.enclose(600).upper() <= x).count();
        let piece = &pieces.pieces[place];
        let ball = Ball::from_gmp_rational(&x, 600);
        // Inside the bound far out.
        let far = &pieces.far;
        if Rational::from(x.abs_ref()) >= far.from {
            let size = Ball::from_gmp_rational(&Rational::from(x.abs_ref()), 600);
            let exponent = &size * &Ball::from_gmp_rational(&far.bound.linear, 600)
                + size.square() * Ball::from_gmp_rational(&far.bound.quadratic, 600);
            let shape = (&size + &Ball::from_integer(1, 600)).pow(u64::from(far.bound.degree)) * exponent.exp();
            let bound = Ball::exact(far.bound.constant.to_float()) * shape;
            prop_assert!(fine.abs().lower() <= bound.upper(), "{text} at {x}: {fine} exceeds {bound}");
        }
        // A narrow ball and a thin rectangle around the point.
        let wide = ball.widened(Mag::pow2(-20));
        prop_assert!(piece.value.run(&wide, 128).overlaps(&fine), "{text} at {x}");
        let rectangle = ComplexBall::new(wide.clone(), Ball::zero(128).widened(Mag::pow2(-20)));
        let image = piece.value.run(&rectangle, 128);
        prop_assert!(image.re().overlaps(&fine) && image.im().contains_zero(), "{text} at {x}: {image:?} misses {fine}");
        // The mean value theorem: (f(x+h) - f(x))/h is a value of f' in between.
        let step = Rational::from((1, 1 << 20));
        let moved = piece.value.run(&Ball::from_gmp_rational(&Rational::from(&x + &step), 600), 600);
        let quotient = (&moved - &fine) / Ball::from_gmp_rational(&step, 600);
        let slope = piece.slope.run(&wide, 128);
        prop_assert!(slope.overlaps(&quotient), "{text} at {x}: {slope} and {quotient}");
    }
}

/// The value of a formula with its choices made at one number, by the signs there.
fn by_signs(text: &str, x: &Rational, prec: u32) -> Option<Ball> {
    let mut parsed = super::syntax::parse(text).ok()?;
    let ball = Ball::from_gmp_rational(x, prec);
    let mut signs = std::collections::HashMap::new();
    for id in parsed.graph.reachable(&[parsed.root]) {
        let super::graph::Node::Choose { condition, .. } = parsed.graph.node(id).clone() else { continue };
        for guard in condition.guards() {
            let expression = parsed.graph.resolved(guard, &signs);
            let value = super::program::Program::new(&parsed.graph, expression).run(&ball, prec);
            signs.insert(guard, value.sign()?);
        }
    }
    let expression = parsed.graph.resolved(parsed.root, &signs);
    Some(super::program::Program::new(&parsed.graph, expression).run(&ball, prec))
}

proptest! {
    #![proptest_config(ntk_testing::cases(96))]

    #[test]
    fn pieces_agree_with_the_formula(text in formula(), m in -3000i32..3000) {
        let Ok(pieces) = Pieces::parse(&text) else { return Ok(()) };
        let x = Rational::from((m, 997));
        let Some(direct) = by_signs(&text, &x, 300) else { return Ok(()) };
        let found = value(&pieces, &x, 300);
        prop_assert!(found.overlaps(&direct), "{text} at {x}: {found} and {direct}");
    }

    #[test]
    fn parts_that_vanish_do(text in formula(), m in 1i32..3000) {
        let mirrored = with_minus_x(&text);
        for text in [text.clone(), format!("({text}) + ({mirrored})"), format!("({text}) - ({mirrored})")] {
            let Ok(pieces) = Pieces::parse(&text) else { continue };
            let x = Rational::from((m, 997));
            let (plus, minus) = (value(&pieces, &x, 300), value(&pieces, &Rational::from(-&x), 300));
            for (part, sum) in pieces.parity.iter().zip([&plus + &minus, &plus - &minus]) {
                if *part == super::parity::Part::Zero {
                    prop_assert!(sum.contains_zero(), "{text} at {x}: {sum}");
                }
            }
        }
    }
}

/// The formula at `-x`.
fn with_minus_x(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let letter =
        |i: Option<usize>| i.and_then(|i| chars.get(i)).is_some_and(|c| c.is_alphanumeric() || *c == '_');
    let alone = |i: usize| chars[i] == 'x' && !letter(i.checked_sub(1)) && !letter(Some(i + 1));
    (0..chars.len()).map(|i| if alone(i) { "(-x)".to_string() } else { chars[i].to_string() }).collect()
}
