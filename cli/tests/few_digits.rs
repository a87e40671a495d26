//! Few digits against many, as they are printed: `|truth - value| <= error` in exact decimals, for every enclosure in
//! the JSON of a run, the truth being that of the same run at 30 digits.

mod common;

use common::*;
use num_rational::BigRational;
use num_traits::Signed;
use serde_json::Value;

const MANY: u32 = 30;

/// Walks two answers in step and compares every pair of enclosures; the number of pairs.
fn compare(coarse: &Value, fine: &Value, digits: u32, path: &str) -> usize {
    match (coarse, fine) {
        (Value::Object(a), Value::Object(b)) => {
            // Whether a bound was rounded depends on its digits.
            let keys = |x: &serde_json::Map<String, Value>| {
                x.keys().filter(|key| *key != "rounded").cloned().collect::<Vec<_>>()
            };
            assert_eq!(keys(a), keys(b), "{path}");
            let is_bound = a.contains_key("rounded") || b.contains_key("rounded");
            let own = match (a.get("value"), a.get("error")) {
                (Some(Value::String(_)), Some(Value::String(_))) if !a.contains_key("kind") && !is_bound => {
                    holds(coarse, fine, digits, path);
                    1
                }
                _ => 0,
            };
            // A bound that is rounded to its safe side is no enclosure of a number.
            own + a
                .iter()
                .filter(|(key, _)| *key != "rounded")
                .map(|(key, x)| compare(x, &b[key], digits, &format!("{path}/{key}")))
                .sum::<usize>()
        }
        (Value::Array(a), Value::Array(b)) => {
            assert_eq!(a.len(), b.len(), "{path}");
            let pairs = a.iter().zip(b).enumerate();
            pairs.map(|(i, (x, y))| compare(x, y, digits, &format!("{path}/{i}"))).sum()
        }
        _ => 0,
    }
}

/// The truth is within the error of the fine value; so the coarse one is off by at most both errors.
fn holds(coarse: &Value, fine: &Value, digits: u32, path: &str) {
    let ((value, error), (truth, slack)) = (enclosure(coarse), enclosure(fine));
    assert!((&value - &truth).abs() <= &error + &slack, "{path} to {digits} digits: {coarse} misses {fine}");
    assert_eq!(
        error == exact("0") && value == exact("0"),
        slack == exact("0") && truth == exact("0"),
        "{path}"
    );
    let unit = exact(&format!("1e-{digits}"));
    assert!(error <= unit * (value.abs() - &error), "{path}: {coarse} is not accurate to {digits} digits");
}

/// Every one of `digits` of a command against 30; the number of enclosures compared.
fn all_digits(args: &[&str], digits: impl IntoIterator<Item = u32>) -> usize {
    let at = |digits: u32| {
        let mut all = args.to_vec();
        let text = digits.to_string();
        all.extend(["--digits", &text]);
        json(&all)
    };
    let fine = at(MANY);
    digits.into_iter().map(|digits| compare(&at(digits), &fine, digits, &args.join(" "))).sum()
}

#[test]
fn tables() {
    let mut count = 0;
    for activation in ["relu", "gelu", "gaussian", "erf", "tanh", "poly(1,2,-1/3)"] {
        for more in [
            &["--hidden-layers", "2"][..],
            &["--gamma-w2", "3/2", "--gamma-b2", "1/3", "--sigma-w2", "3", "--sigma-b2", "3/2"],
        ] {
            let args = [&["table", activation, "--max-degree", "12", "--cumulative"], more].concat();
            count += all_digits(&args, [1, 2, 3, 5, 7, 9, 14]);
        }
    }
    assert!(count > 2000, "{count}");
}

#[test]
fn hermite_coefficients() {
    let mut count = 0;
    for activation in ["relu", "gelu", "hardtanh", "elu", "tanh", "x*cos(2*x)"] {
        for variance in ["1", "1/3"] {
            count += all_digits(
                &["hermite", activation, "--variance", variance, "--max-degree", "9"],
                [1, 2, 3, 4, 6, 8, 11, 14],
            );
        }
    }
    assert!(count > 1500, "{count}");
}

#[test]
fn spectra() {
    let mut count = 0;
    for (activation, dimension) in [("relu", "3"), ("gelu", "2"), ("erf", "5"), ("tanh", "10")] {
        let args =
            ["spectrum", activation, "--dimension", dimension, "--max-degree", "5", "--hidden-layers", "2"];
        count += all_digits(&args, [1, 2, 3, 5, 8, 14]);
    }
    assert!(count > 100, "{count}");
}

#[test]
fn gram_matrices() {
    let folder = Folder::new();
    let file = folder.with("data.csv", "1,2,2\n0,1/2,1\n3,0,-1\n1,1,1\n");
    for activation in ["relu", "gelu", "erf"] {
        let args = ["gram", &file, activation, "--normalize-rows", "--hidden-layers", "2"];
        assert!(all_digits(&args, [1, 2, 5, 8, 14]) > 5 * 5);
        // Bounds that are rounded to their safe side hold at any number of digits.
        let (smallest, error): (BigRational, BigRational) = {
            let mut all = args.to_vec();
            all.extend(["--digits", "30"]);
            enclosure(&json(&all)["lambda_min"])
        };
        for digits in ["1", "2", "7"] {
            let mut all = args.to_vec();
            all.extend(["--digits", digits]);
            for bound in json(&all)["bounds"].as_array().unwrap() {
                let (value, slack) = enclosure(bound);
                match bound["kind"].as_str().unwrap() {
                    "lower" => assert!(&value - &slack <= &smallest + &error, "{bound}"),
                    _ => assert!(&value + &slack >= &smallest - &error, "{bound}"),
                }
            }
        }
    }
}

#[test]
#[should_panic(expected = "misses")]
fn a_value_beside_the_truth_is_seen() {
    let pair = [
        r#"{"a": [{"value": "0.26", "error": "0.005"}]}"#,
        r#"{"a": [{"value": "0.254", "error": "0.0001"}]}"#,
    ];
    let [coarse, fine] = pair.map(|text| serde_json::from_str::<Value>(text).unwrap());
    compare(&coarse, &fine, 1, "a");
}
