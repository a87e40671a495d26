//! `ntk critical`: fixed points of the variance and the critical line, against known ones.

mod common;

use common::{json, printed, refused};

fn number(value: &serde_json::Value) -> f64 {
    value["value"].as_str().unwrap_or_else(|| panic!("{value}")).parse().unwrap()
}

/// Values of mpmath: tanh at (1.76, 0.05), SELU with gain 3/4.
#[test]
fn fixed_points() {
    let answer = json(&["critical", "tanh", "--sigma-w2", "1.76", "--sigma-b2", "0.05"]);
    assert_eq!(
        (answer["schema"].as_str(), answer["complete"].as_bool()),
        (Some("ntk-series/critical/1"), Some(true))
    );
    let point = &answer["fixed_points"][0];
    assert!((number(&point["q"]) - 0.569462839852).abs() < 1e-12, "{point}");
    assert!((number(&point["chi"]) - 0.999796).abs() < 1e-6 && (number(&point["xi_c"]) - 4911.7).abs() < 0.1);
    assert_eq!((point["stable"].as_bool(), point["phase"].as_str()), (Some(true), Some("ordered")));
    let selu = json(&["critical", "selu", "--sigma-w2", "9/16", "--sigma-b2", "0"]);
    let point = &selu["fixed_points"][0];
    assert!((number(&point["chi"]) - 1.0036703508).abs() < 1e-10 && point["xi_c"].is_null());
    assert_eq!(selu["zero_is_fixed"], true);
}

/// `q² - q + σ_b²` by x² with σ_w² = 1/3: two roots, none, and one that is double.
#[test]
fn as_many_as_there_are() {
    let count = |b: &str| {
        json(&["critical", "x^2", "--sigma-w2", "1/3", "--sigma-b2", b])["fixed_points"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!((count("3/16"), count("1")), (2, 0));
    let text = printed(&["critical", "x^2", "--sigma-w2", "1/3", "--sigma-b2", "3/16"]);
    assert!(
        text.contains("2; it is proved that there is no other in the interval") && text.contains("unstable")
    );
    assert!(
        printed(&["critical", "relu", "--sigma-w2", "2", "--sigma-b2", "0"]).contains("every q is fixed")
    );
}

/// erf: σ_w² = (π/4) √(1+4q).
#[test]
fn the_critical_line() {
    let answer = json(&["critical", "erf", "--from", "1", "--to", "5", "--digits", "12"]);
    let line = answer["line"].as_array().unwrap();
    assert_eq!(line.len(), 3); // 1, 2, 5
    for point in line {
        let q = number(&point["q"]);
        let weight = std::f64::consts::FRAC_PI_4 * (1.0 + 4.0 * q).sqrt();
        assert!((number(&point["sigma_w2"]) - weight).abs() < 1e-10 && point["exists"] == true);
    }
}

#[test]
fn refusals() {
    refused(2, &["critical", "tanh", "--sigma-w2", "0", "--sigma-b2", "1"], &["positive"]);
    refused(2, &["critical", "tanh", "--sigma-w2", "1"], &["--sigma-b2"]);
    refused(2, &["critical", "tanh", "--from", "2", "--to", "1"], &["rising order"]);
    refused(2, &["critical", "step"], &["E[φ'φ']"]);
}
