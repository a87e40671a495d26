//! `ntk neighbourhood` as a user would run it.

mod common;

use common::*;
use num_traits::Signed;

fn number(value: &serde_json::Value) -> f64 {
    value.as_str().unwrap_or_else(|| panic!("{value}")).parse().unwrap()
}

#[test]
fn a_small_network_in_json() {
    let answer = json(&["neighbourhood", "tanh", "--widths", "2,8,8,1", "--at", "1/2,-1/3", "--seed", "1"]);
    assert_eq!(answer["schema"], "ntk-series/neighbourhood/1");
    assert_eq!(answer["widths"].to_string(), "[2,8,8,1]");
    assert_eq!(answer["activations"].to_string(), r#"["tanh","tanh",null]"#);
    assert_eq!(answer["parameters"].to_string(), "88");
    let orders = answer["orders"].as_array().unwrap();
    assert_eq!(orders.len(), 7);
    // What is left out falls, and the sum up to an order is within it of the direct value.
    let (direct, slack) = enclosure(&answer["direct"]);
    let mut sum = direct.clone() - direct.clone();
    let mut last = f64::INFINITY;
    for order in orders {
        let (value, error) = enclosure(order);
        sum += value;
        let left = number(&order["remainder"]);
        assert!(left < last);
        last = left;
        let bound = num_rational::BigRational::from_float(left).unwrap()
            + &slack
            + error * num_rational::BigRational::from_integer(8.into());
        assert!((&sum - &direct).abs() <= bound, "{order}");
    }
    let (total, error) = enclosure(&answer["sum"]);
    assert!((total - &direct).abs() <= error + slack);
    assert!(number(&answer["radius"]) > 0.1 && number(&answer["reach"]) > 1.0);
    let neurons = answer["neurons"].as_array().unwrap();
    assert_eq!(neurons.len(), 16);
    assert!(neurons.iter().all(|n| n["kink"].is_null() && number(&n["singularity"]) > 1.5));
}

#[test]
fn weights_and_steps_from_files() {
    let folder = Folder::new();
    let network = folder.with(
        "network.json",
        r#"{"parametrization": "standard", "layers": [
            {"activation": "x^2", "weights": [["1/2", 0.5], [1, "-1"]]}, {"weights": [["1/3", 2]]}]}"#,
    );
    let step = folder.with("step.csv", "1, 0, 0.5, 0\n1/3, -1\n");
    let answer =
        json(&["neighbourhood", "--weights", &network, "--at", "1,1", "--step", &step, "--order", "3"]);
    // (1/3 + t/3) (1 + t)² + (2 - t) (t/2)².
    for (order, truth) in answer["orders"].as_array().unwrap().iter().zip(["1/3", "1", "3/2", "1/12"]) {
        let (value, error) = enclosure(order);
        let truth = ntk_series::number::parse_rational(truth).unwrap();
        assert!((value - truth).abs() <= error, "{order}");
    }
    assert_eq!(answer["orders"][3]["remainder"], "0");
    assert!(answer["radius"].is_null() && answer["seed"].is_null());
    let header = "{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }\n";
    let mut bytes = b"\x93NUMPY\x01\x00".to_vec();
    bytes.extend((header.len() as u16).to_le_bytes());
    bytes.extend(header.as_bytes());
    bytes.extend([0.5f64, 1.0, 2.0, -1.0].iter().flat_map(|x| x.to_le_bytes()));
    let file = folder.file("weights.npy");
    std::fs::write(&file, bytes).unwrap();
    let args = [
        "neighbourhood",
        "exp",
        "--widths",
        "1,2,1",
        "--weights",
        &file,
        "--at",
        "0",
        "--parametrization",
        "standard",
    ];
    let answer = json(&args);
    let (value, error) = enclosure(&answer["orders"][0]);
    assert!((value - ntk_series::number::parse_rational("1").unwrap()).abs() <= error);
}

#[test]
fn other_formats_and_options() {
    let base = [
        "neighbourhood",
        "relu",
        "--widths",
        "2,4,1",
        "--at",
        "1,1/2",
        "--biases",
        "--step-size",
        "1/1000",
        "--seed",
        "3",
    ];
    let with = |more: &[&str]| printed(&[&base[..], more].concat());
    let text = with(&["--digits", "6"]);
    assert!(
        text.contains("radius of validity") && text.contains("directly") && text.contains("kink"),
        "{text}"
    );
    check_latex(&with(&["--format", "latex"]));
    markdown_table(&with(&["--format", "markdown"]));
    assert_eq!(csv(&with(&["--format", "csv"]))[0][0], "m");
    with(&["--output-activation", "sigmoid", "--order", "2"]);
}

#[test]
fn what_is_tiny_is_not_zero_and_what_is_missing_is_said() {
    let base = ["neighbourhood", "tanh", "--widths", "2,9,1", "--at", "1/2,-1/3", "--order", "200"];
    let answer = json(&base);
    let last = &answer["orders"][200];
    assert!(last["remainder"].as_str().unwrap().contains("e-4") && last["kernel"].is_null(), "{last}");
    let text = printed(&base);
    assert!(text.contains("left out: the kernel of the series to order 200 is too much work"), "{text}");
    let entire = printed(&["neighbourhood", "sin", "--widths", "2,3,1", "--at", "1/2,-1/3"]);
    assert!(entire.contains("any length is proved") && entire.contains("every step\n"), "{entire}");
}

#[test]
fn one_of_several_outputs() {
    let printed = |widths: &str, more: &[&str]| {
        let base = ["neighbourhood", "tanh", "--widths", widths, "--at", "1,1/2", "--order", "3"];
        json(&[&base[..], more].concat())
    };
    // The weights of the first output are drawn first.
    let [mut first, alone] = [printed("2,3,2", &["--component", "1"]), printed("2,3,1", &[])];
    assert_eq!(first["component"].take(), 1);
    assert_eq!(first, alone);
    assert_ne!(printed("2,3,2", &["--component", "2"])["sum"], alone["sum"]);
}

#[test]
fn refusals() {
    let folder = Folder::new();
    let base = ["neighbourhood", "tanh", "--widths", "2,8,8,1", "--at", "1/2,-1/3"];
    let with = |more: &[&'static str], words: &[&str]| refused(2, &[&base[..], more].concat(), words);
    with(&["--step-size", "100"], &["length of the step", "less than"]);
    with(&["--step-size", "nan"], &["--step-size"]);
    with(&["--order", "0"], &["--order"]);
    with(&["--seed", "-1"], &["--seed"]);
    refused(2, &["neighbourhood", "tanh", "--at", "1"], &["--widths"]);
    refused(2, &["neighbourhood", "--widths", "1,1", "--at", "1"], &["activation"]);
    refused(2, &["neighbourhood", "tanh", "--widths", "2,x,1", "--at", "1"], &["--widths"]);
    refused(2, &["neighbourhood", "tanh", "--widths", "2,3,2", "--at", "1,1"], &["2 outputs", "--component"]);
    let base = ["neighbourhood", "tanh", "--widths", "2,3,2", "--at", "1,1", "--component"];
    for (component, words) in [("3", "1 to 2"), ("0", "--component"), ("x", "--component")] {
        refused(2, &[&base[..], &[component]].concat(), &[words]);
    }
    refused(2, &["neighbourhood", "tanh", "--widths", "2,3,1", "--at", "1"], &["input"]);
    refused(2, &["neighbourhood", "relu", "--widths", "2,3,1", "--at", "0,0"], &["relu"]);
    let far = ["neighbourhood", "gelu", "--widths", "2,8,8,1", "--at", "1e10,3000", "--step-size", "1"];
    refused(3, &far, &["--step-size", "no finite bound", "shorter"]);
    let bad = folder.with("bad.json", "{}");
    refused(2, &["neighbourhood", "--weights", &bad, "--at", "1"], &["bad.json", "layers"]);
    refused(2, &["neighbourhood", "tanh", "--weights", &bad, "--at", "1"], &["bad.json"]);
    let short = folder.with("step.csv", "1,2");
    refused(
        2,
        &["neighbourhood", "tanh", "--widths", "2,3,1", "--at", "1,1", "--step", &short],
        &["step.csv", "9"],
    );
    let array = folder.with("weights.npy", "no array");
    refused(
        2,
        &["neighbourhood", "tanh", "--widths", "2,3,1", "--at", "1,1", "--weights", &array],
        &["weights.npy"],
    );
}
