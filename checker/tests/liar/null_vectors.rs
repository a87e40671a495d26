//! Null vectors of networks with blocks.

use ntk_checker::check;
use serde_json::{Value, json};

use super::blocks::{normalize, residual, sum, trained};
use super::certificate::{NEGATIVE, Statement};

fn polynomial_part(activation: &str, part: &str, coefficients: &[&str]) -> Value {
    json!({ "activation": activation, "part": part, "is": "polynomial", "coefficients": coefficients })
}

/// Null vectors of networks with blocks, on points of a line, and what differs from them a little.
#[test]
fn null_vectors() {
    let named = |name: &str, bias: &str| json!({ "activation": name, "sigma_w2": "1", "sigma_b2": bias });
    let usual: &[(&'static str, &str)] = &[];
    let biased: &[(&'static str, &str)] = &[("train_b", "1")];
    let relu = |bias: &str| json!([residual("1", &[named("relu", bias)])]);
    let zero_trained = |name: &str| trained(named(name, "0"), "1", "1");
    let odd = json!([residual("1", &[named("tanh", "0")])]);
    let odd_trained = json!([residual("1", &[zero_trained("tanh")])]);
    let even = json!([named("cos", "0"), residual("1", &[named("relu", "1")])]);
    let evens = json!([sum(&[
        ("1", &[named("cos", "0")]),
        ("2", &[named("cos", "1")]),
        ("0", &[named("relu", "0")])
    ])]);
    let even_and_skip = json!([residual("1", &[named("cos", "0")])]);
    let deep = json!([named("tanh", "0"), residual("1", &[named("tanh", "0")])]);
    let direction = json!([normalize(), named("relu", "1"), named("gelu", "1")]);
    let inner_direction = json!([residual("1", &[normalize(), named("relu", "1")])]);
    let degrees = json!([sum(&[("1", &[named("relu", "0")]), ("1", &[named("repu(2)", "0")])])]);
    let square = json!([residual("1", &[named("square", "0")])]);
    let biased_square = json!([residual("1", &[named("square", "1")])]);
    let frozen = json!([trained(named("square", "1"), "0", "0")]);
    let weights = json!([sum(&[("0", &[named("tanh", "1")]), ("3", &[named("square", "0")])])]);
    for (kernel, bias, input, blocks, points, v, is_true) in [
        // Homogeneous of degree one.
        ("ntk", "0", usual, &relu("0"), &[1, 2][..], &["2", "-1"][..], true),
        ("ntk", "0", usual, &relu("0"), &[1, 2], &["4", "-1"], false),
        ("nngp", "0", usual, &relu("1"), &[1, 2], &["2", "-1"], false),
        ("nngp", "0", biased, &relu("0"), &[1, 2], &["2", "-1"], true),
        ("ntk", "0", biased, &relu("0"), &[1, 2], &["2", "-1"], false),
        ("nngp", "0", usual, &json!([residual("1", &[zero_trained("relu")])]), &[1, 2], &["2", "-1"], true),
        ("ntk", "0", usual, &json!([residual("1", &[zero_trained("relu")])]), &[1, 2], &["2", "-1"], false),
        ("nngp", "0", usual, &degrees, &[1, 2], &["2", "-1"], false),
        ("nngp", "0", usual, &degrees, &[1, 2], &["4", "-1"], false),
        ("nngp", "0", usual, &weights, &[1, 2], &["4", "-1"], true),
        ("nngp", "0", usual, &weights, &[1, 2], &["2", "-1"], false),
        // After a normalization everything is of degree zero.
        ("nngp", "0", usual, &direction, &[1, 2], &["1", "-1"], true),
        ("nngp", "0", usual, &direction, &[1, 2], &["2", "-1"], false),
        ("nngp", "0", usual, &direction, &[1, -2], &["1", "-1"], false),
        ("nngp", "1", usual, &direction, &[1, 2], &["1", "-1"], false),
        ("ntk", "0", usual, &direction, &[1, 2], &["1", "-1"], true),
        // Θ = τ/(|x||y|) before it: of degree -1.
        ("ntk", "0", biased, &direction, &[1, 2], &["1", "-1"], false),
        ("nngp", "0", usual, &inner_direction, &[1, 2], &["1", "-1"], false),
        // Odd.
        ("ntk", "0", usual, &odd, &[1, -1], &["1", "1"], true),
        ("ntk", "0", usual, &odd, &[1, -1], &["1", "-1"], false),
        ("nngp", "0", usual, &odd_trained, &[1, -1], &["1", "1"], true),
        ("ntk", "0", usual, &odd_trained, &[1, -1], &["1", "1"], false),
        ("ntk", "0", biased, &odd, &[1, -1], &["1", "1"], false),
        // Even.
        ("ntk", "0", usual, &even, &[1, -1], &["1", "-1"], true),
        ("ntk", "0", usual, &even, &[1, -1, 2], &["1", "-1", "0"], true),
        (
            "ntk",
            "0",
            usual,
            &json!([trained(named("cos", "0"), "0", "0")]),
            &[1, -1, 2],
            &["1", "-1", "0"],
            true,
        ),
        (
            "ntk",
            "0",
            usual,
            &json!([trained(named("cos", "0"), "0", "0")]),
            &[1, -1, 2],
            &["1", "1", "0"],
            false,
        ),
        ("ntk", "0", biased, &even, &[1, -1], &["1", "-1"], false),
        ("nngp", "0", biased, &even, &[1, -1], &["1", "-1"], true),
        ("ntk", "1", usual, &even, &[1, -1], &["1", "-1"], false),
        ("ntk", "0", usual, &evens, &[1, -1], &["1", "-1"], true),
        ("ntk", "0", usual, &even_and_skip, &[1, -1], &["1", "-1"], false),
        ("ntk", "0", usual, &even_and_skip, &[1, -1], &["1", "1"], false),
        // The origin.
        ("ntk", "0", usual, &deep, &[0, 1], &["1", "0"], true),
        ("ntk", "0", biased, &deep, &[0, 1], &["1", "0"], false),
        ("ntk", "0", usual, &json!([named("tanh", "0"), odd_trained[0]]), &[0, 1], &["1", "0"], false),
        ("ntk", "0", usual, &evens, &[0, 1], &["1", "0"], false),
        // K = α xy + β x²y², of degree two.
        ("nngp", "0", usual, &square, &[1, 2, 3], &["3", "-3", "1"], true),
        ("ntk", "0", usual, &square, &[1, 2, 3], &["3", "-3", "1"], true),
        ("nngp", "0", usual, &square, &[1, 2], &["4", "-1"], false),
        ("ntk", "0", usual, &square, &[1, 2], &["4", "-1"], false),
        ("nngp", "1", usual, &biased_square, &[1, 2, 3, 4], &["1", "-3", "3", "-1"], true),
        ("nngp", "1", usual, &biased_square, &[1, 2, 3], &["1", "-2", "1"], false),
        ("ntk", "1", usual, &biased_square, &[1, 2, 3], &["1", "-2", "1"], false),
        // Only what is trained: Θ = 3x²y² without the input, Θ = 4x²y² with it alone.
        ("ntk", "0", &[("train_w", "0")], &square, &[1, 2], &["4", "-1"], true),
        ("ntk", "0", &[("train_w", "1/2")], &square, &[1, 2], &["4", "-1"], false),
        ("ntk", "0", usual, &frozen, &[1, 2], &["4", "-1"], true),
        ("nngp", "0", usual, &frozen, &[1, 2], &["4", "-1"], false),
        ("nngp", "1", usual, &json!([normalize(), named("x", "0")]), &[1, 2, 3], &["1", "-2", "1"], false),
        // What E[φφ] would add is not homogeneous.
        ("ntk", "0", usual, &json!([trained(named("x^2 - 1", "0"), "0", "0")]), &[1, 2], &["4", "-1"], true),
        (
            "ntk",
            "0",
            usual,
            &json!([trained(named("x^2 - 1", "0"), "1/9", "0")]),
            &[1, 2],
            &["4", "-1"],
            false,
        ),
        // On points of one norm the matrix of a normalized network is rational.
        ("nngp", "0", usual, &json!([normalize(), named("square", "0")]), &[3, -3], &["1", "-1"], true),
        ("nngp", "1", usual, &json!([normalize(), named("x", "0")]), &[3, -3], &["1", "-1"], false),
    ] {
        let rows: Vec<[String; 1]> = points.iter().map(|x| [x.to_string()]).collect();
        let mut statement = Statement::new(NEGATIVE, kernel, "points", bias);
        for (key, value) in input {
            statement = statement.trained(key, value);
        }
        let claims = [
            polynomial_part("tanh", "even", &[]),
            polynomial_part("cos", "odd", &[]),
            polynomial_part("square", "whole", &["0", "0", "1"]),
            polynomial_part("x", "whole", &["0", "1"]),
            polynomial_part("x^2 - 1", "whole", &["-1", "0", "1"]),
        ];
        let text = blocks.to_string();
        let is_there = |claim: &Value| text.contains(&format!("\"activation\":{}", claim["activation"]));
        let claims = claims.into_iter().filter(is_there).collect();
        let statement = statement.made_of(&[], blocks.clone());
        let mut certificate = statement.certificate(json!("null-vector"), claims, json!(v), Value::Null);
        certificate["points"] = json!(rows);
        let found = check(&certificate.to_string());
        assert_eq!(found.is_ok(), is_true, "{certificate}: {found:?}");
    }
}
