//! Null vectors that are none, and points that are not what a theorem asks for, beside the true ones.

use ntk_checker::check;
use serde_json::{Value, json};

use crate::certificate::{NEGATIVE, POSITIVE, Statement};
use crate::formula::x;

fn part_of(activation: &str, part: &str, coefficients: &[&str]) -> Value {
    json!({ "activation": activation, "part": part, "is": "polynomial", "coefficients": coefficients })
}

/// One or more equal layers, with biases before and after.
fn refutation(name: &str, biases: [&str; 2], points: Value, v: &[&str], claims: &[Value]) -> Value {
    let statement = Statement::new(NEGATIVE, "nngp", "distinct", biases[0]).with(x(), biases[1]);
    let mut out = statement.certificate(json!("null-vector"), claims.to_vec(), json!(v), Value::Null);
    out["network"]["layers"][0]["activation"] = json!(name);
    out["points"] = points;
    out
}

#[test]
fn null_vectors() {
    let opposite = json!([["1"], ["-1"]]);
    let odd = |name: &str| part_of(name, "even", &[]);
    let even = |name: &str| part_of(name, "odd", &[]);
    let kink = part_of("relu", "odd", &["0", "1/2"]);
    let circle = json!([["1", "0"], ["-1", "0"]]);
    for (name, biases, points, v, claims, is_true) in [
        // K(-x, y) = -K(x, y) needs all biases to be 0.
        ("tanh", ["0", "0"], opposite.clone(), ["1", "1"], vec![odd("tanh")], true),
        ("tanh", ["1", "0"], opposite.clone(), ["1", "1"], vec![odd("tanh")], false),
        ("tanh", ["0", "1"], opposite.clone(), ["1", "1"], vec![odd("tanh")], false),
        ("tanh", ["0", "0"], opposite.clone(), ["1", "-1"], vec![odd("tanh")], false),
        ("tanh", ["0", "0"], opposite.clone(), ["1", "1"], vec![], false),
        // K(-x, y) = K(x, y) needs the first one to be 0.
        ("cos", ["0", "1"], opposite.clone(), ["1", "-1"], vec![even("cos")], true),
        ("cos", ["1", "0"], opposite.clone(), ["1", "-1"], vec![even("cos")], false),
        ("cos", ["0", "0"], opposite.clone(), ["1", "1"], vec![even("cos")], false),
        // Homogeneous of degree one, or two.
        ("relu", ["0", "0"], json!([["1"], ["2"]]), ["2", "-1"], vec![], true),
        ("repu(2)", ["0", "0"], json!([["1"], ["2"]]), ["4", "-1"], vec![], true),
        ("repu(2)", ["0", "0"], json!([["1"], ["2"]]), ["2", "-1"], vec![], false),
        ("relu", ["1", "0"], json!([["1"], ["2"]]), ["2", "-1"], vec![], false),
        ("relu", ["0", "1"], json!([["1"], ["2"]]), ["2", "-1"], vec![], false),
        ("relu", ["0", "0"], json!([["1"], ["-2"]]), ["2", "1"], vec![], false),
        // The row of the origin.
        ("tanh", ["0", "0"], json!([["0"], ["1"]]), ["1", "0"], vec![odd("tanh")], true),
        ("tanh", ["1", "0"], json!([["0"], ["1"]]), ["1", "0"], vec![odd("tanh")], false),
        ("tanh", ["0", "1"], json!([["0"], ["1"]]), ["1", "0"], vec![odd("tanh")], false),
        ("cos", ["0", "0"], json!([["0"], ["1"]]), ["1", "0"], vec![even("cos")], false),
        // Of ReLU the odd powers end with x·y, the even ones do not.
        ("relu", ["0", "0"], circle.clone(), ["1", "1"], vec![kink.clone()], false),
        ("relu", ["0", "0"], circle.clone(), ["1", "-1"], vec![kink], false),
        // One row of the matrix vanishes on v, the other does not.
        ("x", ["0", "0"], json!([["0"], ["1"]]), ["0", "1"], vec![part_of("x", "whole", &["0", "1"])], false),
        ("x", ["0", "0"], json!([["3"], ["1"]]), ["1", "-3"], vec![part_of("x", "whole", &["0", "1"])], true),
    ] {
        let certificate = refutation(name, biases, points, &v, &claims);
        let found = check(&certificate.to_string());
        assert_eq!(found.is_ok(), is_true, "{certificate}: {found:?}");
    }
}

/// Polynomials up to a root that their coefficients have in common, and its sign.
#[test]
fn multiples_of_roots() {
    for (name, part, coefficients, square, is_true) in [
        ("hermite(3)", "whole", &["0", "-3", "0", "1"][..], Some("1/6"), true),
        ("hermite(3)", "odd", &["0", "3", "0", "-1"], Some("1/6"), true),
        ("hermite(3)", "whole", &["0", "-1/2", "0", "1/6"], Some("6"), true),
        ("hermite(3)", "whole", &["0", "-3", "0", "1"], Some("6"), false),
        ("hermite(3)", "whole", &["0", "-3", "0", "1"], Some("1/36"), false),
        ("hermite(3)", "whole", &["0", "-3", "0", "1"], None, false),
        ("hermite(3)", "whole", &["0", "3", "0", "1"], Some("1/6"), false),
        ("hermite(3)", "whole", &["0", "0", "0", "1"], Some("1/6"), false),
        ("hermite(3)", "whole", &["0", "-3", "0", "1", "1"], Some("1/6"), false),
        ("hermite(3)", "even", &["0", "-3", "0", "1"], Some("1/6"), false),
        ("hermite(3)", "even", &[], Some("1/6"), true),
        ("hermite(3)", "odd", &[], Some("1/6"), false),
        ("x", "whole", &["0", "-1"], Some("1"), true),
        ("x", "whole", &["0", "2"], Some("1/4"), true),
        ("x", "whole", &["0", "2"], Some("4"), false),
        ("x", "whole", &["0", "-1"], None, false),
        ("x", "whole", &["0", "1"], Some("0"), false),
        ("x", "whole", &["0", "1"], Some("-1"), false),
        ("sqrt(8)*x^2 - sqrt(2)", "whole", &["-1", "0", "2"], Some("2"), true),
        ("sqrt(2)*x^2 + x", "whole", &["0", "1", "1"], Some("2"), false),
        ("sqrt(2)*x^2 + sqrt(3)", "whole", &["1", "0", "1"], Some("2"), false),
        ("sqrt(2)*abs(x)", "whole", &["0", "1"], Some("2"), false),
        ("2^(1/3)*x", "whole", &["0", "1"], Some("2"), false),
        ("pi*x", "whole", &["0", "1"], Some("10"), false),
        // The value at 0 itself is another one.
        ("where(x^2 > 0, sqrt(2)*x, 5)", "whole", &["0", "1"], Some("2"), false),
    ] {
        let statement = Statement::new("undecided", "nngp", "distinct", "0").with(x(), "0");
        let mut claim = part_of(name, part, coefficients);
        if let Some(square) = square {
            claim["square"] = json!(square);
        }
        let mut certificate = statement.certificate(Value::Null, vec![claim], Value::Null, Value::Null);
        certificate["network"]["layers"][0]["activation"] = json!(name);
        let found = check(&certificate.to_string());
        assert_eq!(found.is_ok(), is_true, "{certificate}: {found:?}");
    }
    // (x² - 1)/√2 has the degree two.
    let claim = |square: &str| {
        let mut claim = part_of("hermite(2)", "whole", &["-1", "0", "1"]);
        claim["square"] = json!(square);
        [claim]
    };
    for (points, v, square, is_true) in [
        (json!([["1"], ["2"], ["3"]]), &["5", "-8", "3"][..], "1/2", true),
        (json!([["1"], ["2"], ["3"]]), &["5", "-8", "3"], "1/3", false),
        (json!([["1"], ["2"], ["3"]]), &["1", "-2", "1"], "1/2", false),
        (json!([["1"], ["2"]]), &["4", "-1"], "1/2", false),
    ] {
        let certificate = refutation("hermite(2)", ["0", "0"], points, v, &claim(square));
        let found = check(&certificate.to_string());
        assert_eq!(found.is_ok(), is_true, "{certificate}: {found:?}");
    }
}

/// The power series is about different points of one sphere.
#[test]
fn points_of_one_sphere() {
    let statement = Statement::new(POSITIVE, "nngp", "points", "0").with(x(), "0").with(x(), "0");
    let pieces = json!([
        { "from": "-2", "to": "-1", "coefficients": ["0", "-1/2"] },
        { "from": "1", "to": "2", "coefficients": ["0", "1/2"] }
    ]);
    let kink = json!({ "activation": "relu", "part": "even", "is": "non-polynomial",
        "witness": { "kind": "two-pieces", "pieces": pieces } });
    let claims = vec![kink, part_of("relu", "odd", &["0", "1/2"])];
    for (points, is_true) in [
        (json!([["1", "0"], ["0", "1"], ["-1", "0"], ["3/5", "4/5"]]), true),
        (json!([["2", "0"], ["0", "2"]]), true),
        (json!([["1", "0"], ["1", "0"]]), false),
        (json!([["3/5", "4/5"], ["0.6", "0.8"]]), false),
        (json!([["1", "0"], ["2", "0"]]), false),
        (json!([["0", "0"], ["0", "0"]]), false),
        (json!([["0", "0"]]), false),
    ] {
        let theorem = json!("power-series-on-spheres");
        let mut certificate = statement.certificate(theorem, claims.clone(), Value::Null, Value::Null);
        certificate["network"]["layers"][0]["activation"] = json!("relu");
        certificate["network"]["layers"][1]["activation"] = json!("relu");
        certificate["points"] = points;
        let found = check(&certificate.to_string());
        assert_eq!(found.is_ok(), is_true, "{certificate}: {found:?}");
    }
}
