use super::*;
use crate::rational::ratio;
use serde_json::{Value, json};

/// Is the claim proved, and if not, which field is at fault?
fn proved(activation: &str, part: &str, is: &str, rest: Value) -> Result<(), String> {
    let mut claim = json!({ "activation": activation, "part": part, "is": is });
    for (key, value) in rest.as_object().unwrap() {
        claim[key.as_str()] = value.clone();
    }
    let layer = json!({ "activation": activation, "sigma_w2": "1", "sigma_b2": "0" });
    let certificate = json!({
        "schema": "ntk-series/certificate/1", "verdict": "undecided", "kernel": "nngp", "domain": "distinct",
        "network": { "gamma_w2": "1", "gamma_b2": "0", "radius2": "1", "layers": [layer] },
        "theorem": null, "claims": [claim], "points": null, "null_vector": null, "lambda_min": null,
    });
    match crate::check(&certificate.to_string()) {
        Ok(_) => Ok(()),
        Err(Rejection::Malformed { field, .. } | Rejection::Refuted { field, .. }) => Err(field),
        Err(Rejection::TooMuchWork { limit, .. }) => panic!("{limit}"),
    }
}

fn at(place: &str) -> Result<(), String> {
    Err(format!("claims[0].{place}"))
}

fn pieces(activation: &str, part: &str, pieces: [(&str, &str, &[&str]); 2]) -> Result<(), String> {
    let list = pieces.map(|(from, to, p)| json!({ "from": from, "to": to, "coefficients": p }));
    proved(activation, part, "non-polynomial", json!({ "witness": { "kind": "two-pieces", "pieces": list } }))
}

/// Two equal polynomials on two intervals would make any polynomial "no polynomial".
#[test]
fn two_different_polynomials() {
    let line: &[&str] = &["0", "1"];
    for (text, a, b) in [
        ("x", line, line),
        ("x", line, &["0", "1", "0"]),
        ("x", &["0/7", "2/2"], &["0.0", "1e0", "0e9"]),
        ("poly(3)", &["3"], &["3", "0"]),
        ("0*x", &[], &["0"]),
        ("max(x,0)-max(-x,0)", line, line),
        ("where(x>0,x,x)", line, line),
        // True of one side only.
        ("relu", line, line),
        ("relu", &[], &["0"]),
        ("abs(x)*sign(x)", line, line),
    ] {
        assert!(pieces(text, "whole", [("-2", "-1", a), ("1", "2", b)]).is_err(), "{text}");
        assert!(pieces(text, "whole", [("1", "2", a), ("1", "2", b)]).is_err(), "{text}");
    }
    assert_eq!(pieces("x", "whole", [("-2", "-1", line), ("1", "2", line)]), at("witness.pieces"));
    let relu = |from, to, from2, to2| pieces("relu", "whole", [(from, to, &[]), (from2, to2, line)]);
    assert_eq!(relu("-2", "-1", "1", "2"), Ok(()));
    // Up to the kink, and not beyond it.
    assert_eq!(relu("-2", "0", "0", "2"), Ok(()));
    assert_eq!(relu("-2", "1/1000", "0", "2"), at("witness.pieces[0]"));
    assert_eq!(relu("-2", "0", "-1/1000", "2"), at("witness.pieces[1]"));
    assert_eq!(relu("-2", "-2", "1", "2"), at("witness.pieces[0]"));
    assert_eq!(relu("-1", "-2", "1", "2"), at("witness.pieces[0]"));
    // Of the parts.
    assert_eq!(pieces("relu", "even", [("-2", "-1", &["0", "-1/2"]), ("1", "2", &["0", "1/2"])]), Ok(()));
    assert_eq!(
        pieces("relu", "odd", [("-2", "-1", &["0", "-1/2"]), ("1", "2", &["0", "1/2"])]),
        at("witness.pieces[0]")
    );
    assert_eq!(
        pieces("where(sinh(x)>0,1,0)", "whole", [("-2", "-1", &[]), ("1", "2", &["1"])]),
        at("witness.pieces[0]")
    );
}

fn growth(
    activation: &str,
    part: &str,
    side: &str,
    order: usize,
    nodes: &[&str],
    bound: &str,
) -> Result<(), String> {
    let witness =
        json!({ "kind": "growth", "half_line": side, "order": order, "nodes": nodes, "bound": bound });
    proved(activation, part, "non-polynomial", json!({ "witness": witness }))
}

/// The growth is that of the half-line that is named, and for a part of both.
#[test]
fn growth_on_the_half_line_that_is_named() {
    let (two, three): (&[&str], &[&str]) = (&["0", "1"], &["-1", "1", "2"]);
    for (text, side, other) in [
        ("softplus", "negative", "positive"),
        ("exp", "negative", "positive"),
        ("softplus(-1)", "positive", "negative"),
    ] {
        assert_eq!(growth(text, "whole", side, 0, two, "1/100"), Ok(()), "{text}");
        assert_eq!(growth(text, "whole", other, 0, two, "1/100"), at("witness.order"), "{text}");
    }
    // The odd part of softplus is x/2: bounded growth on one half-line must not make it something else.
    for side in ["negative", "positive"] {
        assert_eq!(growth("softplus", "odd", side, 0, two, "1/4"), at("witness.order"));
        assert_eq!(growth("softplus", "odd", side, 1, three, "1/1000000"), at("witness.bound"));
        assert_eq!(growth("softplus", "even", side, 1, three, "1/100"), Ok(()));
        assert_eq!(growth("x", "whole", side, 0, two, "1"), at("witness.order"));
    }
    // Orders: one less is refused; a logarithm is more than bounded.
    assert_eq!(growth("gelu", "whole", "positive", 0, two, "1/10"), at("witness.order"));
    assert_eq!(growth("gelu", "whole", "positive", 1, three, "1/10"), Ok(()));
    assert_eq!(growth("asinh(x)", "whole", "positive", 0, two, "1/10"), at("witness.order"));
    assert_eq!(growth("x^2*tanh(x)", "whole", "positive", 1, three, "1/10"), at("witness.order"));
}

/// Divided differences: up to the value itself, at nodes where nothing jumps, one node more than the order.
#[test]
fn divided_differences() {
    let not = |text: &str, part: &str, degree: i64, nodes: &[&str], bound: &str| {
        proved(
            text,
            part,
            "not-of-degree",
            json!({ "degree": degree, "witness": { "nodes": nodes, "bound": bound } }),
        )
    };
    // |x| at -1, 0, 1: 1 - 0 + ... = 1; exactly.
    assert_eq!(not("abs", "whole", 1, &["-1", "0", "1"], "1"), Ok(()));
    assert_eq!(not("abs", "whole", 1, &["-1", "0", "1"], "1.0000000001"), at("witness.bound"));
    assert_eq!(not("square", "whole", 1, &["1", "2", "5"], "0.9999999999"), Ok(()));
    assert_eq!(not("square", "whole", 2, &["1", "2", "5", "7"], "1e-300"), at("witness.bound"));
    assert_eq!(not("square", "odd", -1, &["3"], "1e-300"), at("witness.bound"));
    assert_eq!(not("x", "whole", 1, &["0", "0", "1"], "1"), at("witness.nodes"));
    assert_eq!(not("square", "whole", 1, &["1", "2"], "1"), at("witness.nodes"));
    assert_eq!(not("square", "whole", 1, &["1", "2", "5"], "0"), at("witness.bound"));
    assert_eq!(not("square", "whole", 1, &["1", "2", "5"], "-1"), at("witness.bound"));
    // Values at jumps say nothing, nor those where a condition may change.
    for text in ["step", "where(x^2>0,x,5)", "where(sinh(x)>0,x,7)"] {
        assert_eq!(not(text, "whole", 1, &["0", "1", "2"], "1/100"), at("witness.nodes"), "{text}");
        assert_eq!(not(text, "even", 0, &["0", "1"], "1/100"), at("witness.nodes"), "{text}");
    }
}

#[test]
fn polynomials_and_their_value_at_zero() {
    let poly =
        |text: &str, part: &str, p: &[&str]| proved(text, part, "polynomial", json!({ "coefficients": p }));
    assert_eq!(poly("x", "whole", &["0", "1", "0"]), Ok(()));
    for p in [&["0"][..], &["0", "2"], &["1", "1"], &[], &["0", "1", "1e-300"]] {
        assert_eq!(poly("x", "whole", p), at("coefficients"));
    }
    assert_eq!(poly("relu", "odd", &["0", "1/2"]), Ok(()));
    assert_eq!(poly("relu", "even", &["0", "1/2"]), at("coefficients"));
    assert_eq!(poly("relu", "whole", &["0", "1"]), at("coefficients"));
    assert_eq!(poly("where(x^2>0,x,5)", "whole", &["0", "1"]), at("coefficients"));
    assert_eq!(poly("where(x^2>0,x,5)", "odd", &["0", "1"]), Ok(()));
    assert_eq!(poly("where((x-1)^2>0,x,5)", "whole", &["0", "1"]), Ok(()));
}

#[test]
fn growth_beyond_powers() {
    let faster = |text: &str, part: &str, side: &str| {
        proved(
            text,
            part,
            "non-polynomial",
            json!({ "witness": { "kind": "faster-than-powers", "half_line": side } }),
        )
    };
    for (text, part, side) in [
        ("exp", "whole", "positive"),
        ("exp", "even", "negative"),
        ("sinh(x)", "odd", "positive"),
        ("exp(-2)", "whole", "negative"),
        ("where(x > 0, x, exp(-x))", "whole", "negative"),
    ] {
        assert_eq!(faster(text, part, side), Ok(()), "{text}");
    }
    for (text, part, side) in [
        ("exp", "whole", "negative"),
        ("sinh(x)", "even", "positive"),
        ("exp(x)*sin(x)", "whole", "positive"),
        ("exp(x) - exp(x) + x^9", "whole", "positive"),
        ("exp(x)*exp(-x)*x", "whole", "positive"),
        ("gaussian", "whole", "positive"),
        ("where(x > 0, exp(-x), x)", "whole", "negative"),
        ("where(x > 0, exp(-x), x)", "whole", "positive"),
        ("exp(x)*tanh(exp(-x))", "whole", "positive"),
        ("exp(x)/cosh(x)", "whole", "positive"),
        ("max(x,-1)^3", "whole", "positive"),
    ] {
        assert_eq!(faster(text, part, side), at("witness.half_line"), "{text}");
    }
}

/// An odd function has no coefficients of even degree, and conversely.
#[test]
fn degrees_of_parts() {
    for (part, degrees) in
        [(Part::Whole, [-1, 0, 1, 2, 3]), (Part::Odd, [0, 0, 2, 2, 4]), (Part::Even, [-1, 1, 1, 3, 3])]
    {
        for (degree, expected) in (-1..).zip(degrees) {
            assert_eq!(sharpened(part, degree), expected, "{part} {degree}");
        }
    }
}

/// As if these facts of `f` were proved.
pub(crate) fn facts(list: &[(Part, Fact)]) -> Facts {
    let proved = list.iter().map(|(p, f)| (("f".to_string(), *p), f.clone())).collect();
    Facts { activations: HashMap::new(), proved, squares: HashMap::new(), lines: vec![] }
}

/// What follows from one fact, and that nothing follows from none.
#[test]
fn consequences() {
    let none = facts(&[]);
    assert!(!none.is_constant("f") && !none.is_non_constant("f") && !none.is_non_polynomial("f"));
    assert!(
        !none.is_even("f") && !none.is_odd("f") && !none.is_not_even("f") && !none.exceeds_degree("f", -1)
    );
    assert_eq!((none.polynomial("f"), none.half("f", Part::Even)), (None, None));
    let p = |c: &[i64]| Fact::Polynomial(c.iter().map(|n| ratio(*n, 1)).collect());
    for (list, constant, degree, even, odd, not_even) in [
        (vec![(Part::Whole, p(&[]))], true, -1, true, true, false),
        (vec![(Part::Whole, p(&[3]))], true, 0, true, false, false),
        (vec![(Part::Whole, p(&[0, 1]))], false, 1, false, true, true),
        (vec![(Part::Whole, p(&[1, 0, 2]))], false, 2, true, false, false),
        (vec![(Part::Whole, p(&[1, 1, 2]))], false, 2, false, false, true),
        (vec![(Part::Even, p(&[]))], false, -1, false, true, false),
        (vec![(Part::Odd, p(&[]))], false, -1, true, false, false),
        (vec![(Part::Odd, p(&[0, 1]))], false, 1, false, false, true),
        (vec![(Part::Even, p(&[4]))], false, 0, false, false, false),
        (vec![(Part::Whole, Fact::NotOfDegree(2))], false, 3, false, false, false),
        (vec![(Part::Odd, Fact::NotOfDegree(0))], false, 1, false, false, true),
        (vec![(Part::Even, Fact::NotOfDegree(-1))], false, 0, false, false, false),
        (vec![(Part::Whole, Fact::NonPolynomial)], false, 99, false, false, false),
        (vec![(Part::Odd, Fact::NonPolynomial)], false, 99, false, false, true),
        (vec![(Part::Even, Fact::NonPolynomial)], false, 99, false, false, false),
    ] {
        let found = facts(&list);
        assert_eq!(found.is_constant("f"), constant, "{list:?}");
        for n in -1..=4 {
            assert_eq!(found.exceeds_degree("f", n), n < degree, "{list:?} and {n}");
        }
        assert_eq!(found.is_non_constant("f"), degree > 0, "{list:?}");
        assert_eq!(found.is_non_polynomial("f"), degree == 99, "{list:?}");
        assert_eq!(
            [found.is_even("f"), found.is_odd("f"), found.is_not_even("f")],
            [even, odd, not_even],
            "{list:?}"
        );
        assert!(!found.is_non_constant("g") && !found.is_even("g"));
    }
}
