//! `ntk linearity` as a user would run it.

mod common;

use common::*;

const SMALL: [&str; 8] = ["linearity", "tanh", "--widths", "16,64,256", "--seeds", "4", "--inputs", "4"];

#[test]
fn exponents_in_json() {
    let answer = json(&SMALL);
    assert_eq!(answer["schema"], "ntk-series/linearity/1");
    let (runs, fits) = (answer["runs"].as_array().unwrap(), answer["fits"].as_array().unwrap());
    assert_eq!((runs.len(), fits.len()), (36, 3));
    let number = |v: &serde_json::Value| v.as_f64().unwrap_or_else(|| panic!("{v}"));
    for run in runs {
        let (norm, lower) = (number(&run["hessian_norm"]), number(&run["lower_bound"]));
        assert!(
            lower > 0.99 * norm && lower <= norm * 1.000001 && number(&run["tangent_kernel"]) > 0.0,
            "{run}"
        );
        assert!(run["width"].is_u64() && run["seed"].is_u64());
    }
    for (fit, (name, expected)) in
        fits.iter().zip([("linear-output", -0.5), ("nonlinear-output", 0.0), ("bottleneck", 0.0)])
    {
        assert_eq!((fit["architecture"].as_str(), number(&fit["expected"])), (Some(name), expected));
        let [low, exponent, high] = ["low", "exponent", "high"].map(|key| number(&fit[key]));
        assert!(low < exponent && exponent < high, "{fit}");
    }
    assert!((number(&fits[0]["exponent"]) + 0.5).abs() < 0.25, "{}", fits[0]);
    // The same again.
    assert_eq!(answer, json(&SMALL));
}

#[test]
fn other_formats_and_options() {
    let with = |more: &[&str]| printed(&[&SMALL[..], more].concat());
    let text = with(&[]);
    assert!(text.contains("exponent, linear-output") && text.contains("95 %"), "{text}");
    check_latex(&with(&["--format", "latex"]));
    markdown_table(&with(&["--format", "markdown"]));
    assert_eq!(csv(&with(&["--format", "csv"]))[0][0], "architecture");
    let one = json(&["linearity", "gelu", "--widths", "16,32", "--seeds", "2", "--hidden-layers", "1"]);
    assert_eq!(one["fits"].as_array().unwrap().len(), 2);
    with(&["--biases", "--parametrization", "standard", "--architectures", "bottleneck,linear-output"]);
}

#[test]
fn refusals() {
    let with =
        |more: &[&'static str], words: &[&str]| refused(2, &[&["linearity", "tanh"], more].concat(), words);
    with(&["--widths", "64,x"], &["--widths", "accepted"]);
    with(&["--widths", "0"], &["--widths", "accepted"]);
    with(&["--widths", "100000"], &["parameters", "accepted"]);
    with(&["--seeds", "0"], &["--seeds"]);
    with(&["--architectures", "wide"], &["--architectures", "linear-output"]);
    with(&["--architectures", "bottleneck,bottleneck"], &["once"]);
    with(&["--architectures", "bottleneck", "--hidden-layers", "1"], &["hidden layers"]);
    refused(2, &["linearity", "nonsense", "--widths", "8"], &["nonsense"]);
    refused(2, &["linearity"], &["ACTIVATION"]);
}
