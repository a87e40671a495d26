//! Smooth activations and formulas in x, as a user would type them.

mod common;

use common::*;
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde_json::Value;

/// Do two enclosures share a number?
fn overlap(a: &Value, b: &Value) -> bool {
    let ((a, r), (b, s)) = (enclosure(a), enclosure(b));
    (a - b).abs() <= r + s
}

fn coefficients(answer: &Value) -> &Vec<Value> {
    answer["coefficients"].as_array().unwrap()
}

#[test]
fn tanh_against_published_digits() {
    let answer = json(&["hermite", "tanh", "--max-degree", "101", "--digits", "20"]);
    for (k, digits, unit) in [(11, "-0.010291841", "1e-9"), (101, "1.7211831e-7", "1e-14")] {
        let (value, error) = enclosure(&coefficients(&answer)[k]);
        assert!((value - exact(digits)).abs() <= error + exact(unit), "{k}");
        narrow(&coefficients(&answer)[k], 20, false);
    }
    assert!(coefficients(&answer).iter().step_by(2).all(|c| c["value"] == "0" && c["error"] == "0"));
}

#[test]
fn one_function_in_two_spellings() {
    let pairs = [
        ("silu", "x/(1+exp(-x))"),
        ("softplus(2)", "log(1+exp(2*x))/2"),
        ("gelu", "x*(1+erf(x/sqrt(2)))/2"),
        ("leaky-relu(1/10)", "max(x, x/10)"),
        ("gaussian", "exp(-x^2/2)"),
        ("hardtanh", "min(max(x,-1),1)"),
        ("leaky-relu(1/10)", "leaky_relu(x, 1/10)"),
    ];
    for (name, formula) in pairs {
        let run =
            |text| json(&["table", text, "--max-degree", "12", "--hidden-layers", "2", "--digits", "25"]);
        let (a, b) = (run(name), run(formula));
        for (a, b) in coefficients(&a).iter().zip(coefficients(&b)) {
            assert!(overlap(a, b), "{name} and {formula}: {a} {b}");
            narrow(b, 25, false);
        }
    }
}

#[test]
fn deep_sums_are_complete() {
    for formula in ["sigmoid", "tanh(x)^3 - 1/10*abs(x)", "where(x<1, x, 2-x)", "x*sigmoid(2*x)"] {
        let answer = json(&["table", formula, "--hidden-layers", "3", "--max-degree", "15"]);
        let ((sum, sum_error), (tail, tail_error)) = (enclosure(&answer["sum"]), enclosure(&answer["tail"]));
        let mut total = tail;
        let mut slack = sum_error + tail_error;
        for c in coefficients(&answer) {
            let (value, error) = enclosure(c);
            assert!(!value.is_negative());
            total += value;
            slack += error;
        }
        assert!((total - &sum).abs() <= slack, "{formula}");
        assert!(slack < sum * exact("1e-13"));
    }
}

#[test]
fn parity_is_exact() {
    // An even function and x/2; a polynomial in disguise.
    let answer = json(&["hermite", "softplus(x)", "--max-degree", "9"]);
    for (k, c) in coefficients(&answer).iter().enumerate() {
        let value: BigRational = enclosure(c).0;
        assert_eq!(value.is_zero(), k % 2 == 1 && k > 1, "{k}");
    }
    let answer = json(&["hermite", "(x+1)^2 - (x-1)^2", "--max-degree", "3"]);
    let values: Vec<&str> = coefficients(&answer).iter().map(|c| c["value"].as_str().unwrap()).collect();
    assert_eq!(values, ["0", "4", "0", "0"]);
}

#[test]
fn refusals_point_at_the_fault() {
    refused(2, &["table", "x*"], &["`x*`", "column 3"]);
    refused(2, &["table", "x + foo(x)"], &["column 5", "`foo`"]);
    refused(2, &["table", "log(x)"], &["`log(x)`", "column 1", "x < 0"]);
    refused(2, &["table", "1/x"], &["1/x", "square-integrable"]);
    refused(2, &["table", "abs(sin(x))"], &["column 5", "zeros"]);
    refused(2, &["table", "exp(x^2/5)", "--gamma-w2", "3"], &["exp(x^2/5)", "5/4"]);
    assert!(printed(&["table", "exp(x^2/5)"]).contains("sum"));
    refused(2, &["table", "sign(x) + tanh(x)"], &["no NTK"]);
    refused(2, &["table", &"-".repeat(5000)], &["ntk"]);
}
