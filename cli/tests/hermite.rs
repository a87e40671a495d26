//! `ntk hermite` in every format.

mod common;

use common::*;
use ntk_series::number::ClosedForm;

/// 1/√(2π), 1/2, 1/√(4π) and 0, -1/(2√(12π)): to more digits than any test asks for.
fn relu() -> [String; 5] {
    let root = |r: &str| ClosedForm::sqrt(&exact(r)).unwrap();
    let inverse_root_pi = ClosedForm::pi_power(-1);
    let decimal = |x: &ClosedForm| x.to_ball(400).to_decimal(100).unwrap().value;
    [
        decimal(&(&root("1/2") * &inverse_root_pi)),
        "0.5".to_string(),
        decimal(&(&root("1/4") * &inverse_root_pi)),
        "0".to_string(),
        decimal(&(&root("1/48") * &inverse_root_pi).scaled(&exact("-1"))),
    ]
}

#[test]
fn json_has_the_contract_and_the_truth() {
    for digits in [1, 15, 40] {
        let answer = json(&["hermite", "relu", "--max-degree", "4", "--digits", &digits.to_string()]);
        assert_eq!(answer["schema"], "ntk-series/hermite/1");
        assert_eq!(answer["activation"], "relu");
        assert_eq!(answer["variance"], "1");
        assert_eq!(answer["digits"].to_string(), digits.to_string());
        let coefficients = answer["coefficients"].as_array().unwrap();
        assert_eq!(coefficients.len(), 5);
        for (k, (entry, truth)) in coefficients.iter().zip(relu()).enumerate() {
            assert_eq!(entry["k"].to_string(), k.to_string());
            encloses_rounded(entry, &truth, digits);
            let (value, _) = enclosure(entry);
            assert!(entry.get("closed_form").is_some() && entry.get("latex").is_some());
            narrow(&entry["square"], digits, false);
            let (square, error) = enclosure(&entry["square"]);
            let truth = exact(&truth);
            assert!(num_traits::Signed::abs(&(square - &truth * &truth)) <= error + exact("1e-90"));
            assert!(k != 3 || value == exact("0") && entry["error"] == "0");
        }
        encloses(&answer["second_moment"], &exact("1/2"), digits, false);
    }
}

/// The truth is known to 99 digits.
fn encloses_rounded(entry: &serde_json::Value, truth: &str, digits: u32) {
    let (value, error) = enclosure(entry);
    let gap = num_traits::Signed::abs(&(value - exact(truth)));
    assert!(gap <= error + exact("1e-99"), "{entry} misses {truth}");
    narrow(entry, digits, false);
}

#[test]
fn variance_scales() {
    // ReLU is homogeneous: μ_k at variance 4 is twice μ_k.
    let four = json(&["hermite", "relu", "--variance", "4", "--max-degree", "4"]);
    for (entry, truth) in four["coefficients"].as_array().unwrap().iter().zip(relu()) {
        let (value, error) = enclosure(entry);
        let gap = num_traits::Signed::abs(&(value - exact(&truth) * exact("2")));
        assert!(gap <= error + exact("1e-90"));
    }
    assert_eq!(json(&["hermite", "relu", "--variance", "0.25"])["variance"], "1/4");
}

#[test]
fn absolute_accuracy() {
    let answer = json(&["hermite", "exp(2)", "--max-degree", "40", "--digits", "12", "--absolute"]);
    assert_eq!(answer["absolute"], true);
    for entry in answer["coefficients"].as_array().unwrap() {
        narrow(entry, 12, true);
        narrow(&entry["square"], 12, true);
    }
    narrow(&answer["second_moment"], 12, true);
}

#[test]
fn csv_and_markdown_hold_the_same_numbers() {
    let answer = json(&["hermite", "gelu", "--max-degree", "6"]);
    let records = csv(&printed(&["hermite", "gelu", "--max-degree", "6", "--format", "csv"]));
    assert_eq!(
        records[0][..7],
        ["k", "value", "error", "closed_form", "square", "square_error", "square_closed_form"]
    );
    let table = markdown_table(&printed(&["hermite", "gelu", "--max-degree", "6", "--format", "markdown"]));
    assert_eq!(table.len(), 8);
    for (k, entry) in answer["coefficients"].as_array().unwrap().iter().enumerate() {
        assert_eq!(records[k + 1][0], k.to_string());
        assert_eq!(records[k + 1][1], entry["value"].as_str().unwrap());
        assert_eq!(records[k + 1][2], entry["error"].as_str().unwrap());
        assert_eq!(records[k + 1][3], entry["closed_form"].as_str().unwrap_or(""));
        assert_eq!(table[k + 1][0], k.to_string());
        assert_eq!(exact(&table[k + 1][1]), enclosure(entry).0);
    }
}

#[test]
fn latex_is_well_formed() {
    for activation in ["relu", "gelu", "piecewise([0];[0],[0,1])"] {
        check_latex(&printed(&["hermite", activation, "--format", "latex", "--max-degree", "50"]));
        check_latex(&printed(&["hermite", activation, "--format", "latex"]));
    }
}

#[test]
fn text_is_aligned() {
    let text = printed(&["hermite", "relu", "--closed-forms", "none"]);
    let rows: Vec<&str> = text.lines().skip_while(|l| !l.contains('─')).skip(1).take(11).collect();
    let column = |row: &str| row.chars().position(|c| c == '.');
    let points: Vec<usize> = rows.iter().filter_map(|row| column(row)).collect();
    assert!(points.len() >= 7 && points.windows(2).all(|w| w[0] == w[1]), "{text}");
    assert!(text.lines().all(|line| line.chars().count() <= 110 && !line.ends_with(' ')), "{text}");
}
