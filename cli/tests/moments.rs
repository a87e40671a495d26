//! `ntk moments`: means, variances and gains, against known ones.

mod common;

use common::{json, printed, refused};

fn number(answer: &serde_json::Value, key: &str) -> f64 {
    answer[key]["value"].as_str().unwrap_or_else(|| panic!("{key}: {answer}")).parse().unwrap()
}

#[test]
fn gains_that_libraries_sample() {
    // 1/√E[φ²] and 1/√Var φ, by closed forms and by quadrature in doubles.
    for (name, gain, gain_variance) in [
        ("relu", std::f64::consts::SQRT_2, 1.712858550449663),
        ("gelu", 1.533530441195535, 1.700926243363333),
        ("tanh", 1.592537419722831, 1.592537419722831),
        ("selu", 1.0, 1.0),
    ] {
        let answer = json(&["moments", name]);
        assert_eq!(answer["schema"], "ntk-series/moments/1");
        assert!((number(&answer, "gain") - gain).abs() < 1e-14, "{answer}");
        assert!((number(&answer, "gain_variance") - gain_variance).abs() < 1e-14, "{answer}");
    }
}

#[test]
fn any_mean_and_variance() {
    // relu at mean m: E = m Φ(m/s) + s n(m/s), E[φ²] = (m² + s²) Φ(m/s) + m s n(m/s).
    let answer = json(&["moments", "relu", "--mean", "1", "--variance", "1"]);
    let (phi, density) = (0.841_344_746_068_542_9, (-0.5f64).exp() / (2.0 * std::f64::consts::PI).sqrt());
    assert!((number(&answer, "mean") - (phi + density)).abs() < 1e-14);
    assert!((number(&answer, "second_moment") - (2.0 * phi + density)).abs() < 1e-14);
    assert!((number(&answer, "derivative_second_moment") - phi).abs() < 1e-14);
    // A step has no slope; the others are given.
    let step = json(&["moments", "step"]);
    assert!(step["derivative_second_moment"].is_null() && step["second_derivative_product"].is_null());
    assert_eq!(step["variance"]["closed_form"], "1/4");
    assert!(printed(&["moments", "step"]).contains("not given"));
}

#[test]
fn refusals() {
    refused(2, &["moments", "rellu"], &["ACTIVATION", "relu"]);
    refused(2, &["moments", "relu", "--variance", "0"], &["variance"]);
    refused(2, &["moments", "relu", "--mean", "y"], &["--mean"]);
}
