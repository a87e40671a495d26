//! No format lacks a number that another has: every enclosure of the JSON stands in text, Markdown, LaTeX and CSV.

mod common;

use std::collections::HashSet;

use common::*;
use num_rational::BigRational;
use serde_json::Value;

/// Keys whose values are numbers without an error of their own.
const BARE: [&str; 12] = [
    "remainder",
    "reach",
    "radius",
    "kink",
    "singularity",
    "hessian_norm",
    "lower_bound",
    "tangent_kernel",
    "weight_seed",
    "exponent",
    "low",
    "high",
];

/// The numbers of an answer: `(where, what)`.
fn numbers(place: &str, value: &Value, out: &mut Vec<(String, String)>) {
    match value {
        Value::Object(fields) => {
            if let (Some(Value::String(number)), Some(Value::String(error))) =
                (fields.get("value"), fields.get("error"))
            {
                // A share of the sum is shortened for people, to digits that its test looks at.
                if !place.ends_with("cumulative") {
                    out.push((place.to_string(), number.clone()));
                    // A rounded number shows its side instead.
                    if fields.get("rounded").is_none() && error != "0" {
                        out.push((format!("{place}, error"), error.clone()));
                    }
                }
            }
            for (key, inner) in fields {
                let place = format!("{place}.{key}");
                match inner {
                    Value::String(text) if BARE.contains(&key.as_str()) && text != "unbounded" => {
                        out.push((place, text.clone()))
                    }
                    Value::Number(number) if BARE.contains(&key.as_str()) => {
                        out.push((place, number.to_string()))
                    }
                    _ => numbers(&place, inner, out),
                }
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(i, inner)| numbers(&format!("{place}[{i}]"), inner, out));
        }
        _ => {}
    }
}

/// All numbers that stand in a text, with and without the sign before them.
fn stand_in(text: &str) -> HashSet<BigRational> {
    let text = text.replace("\\allowbreak ", "").replace("\\cdot 10^{", "e");
    let bytes = text.as_bytes();
    let digits = |mut i: usize| {
        while bytes.get(i).is_some_and(u8::is_ascii_digit) {
            i += 1;
        }
        i
    };
    let mut out = HashSet::new();
    let mut i = 0;
    while i < bytes.len() {
        if !bytes[i].is_ascii_digit() {
            i += 1;
            continue;
        }
        let mut end = digits(i);
        if bytes.get(end) == Some(&b'.') {
            end = digits(end + 1);
        }
        if bytes.get(end) == Some(&b'e') {
            let sign = end + 1 + usize::from(matches!(bytes.get(end + 1), Some(b'-' | b'+')));
            if digits(sign) > sign {
                end = digits(sign);
            }
        }
        if let Ok(number) = ntk_series::number::parse_rational(text[i..end].trim_end_matches('.')) {
            out.insert(-number.clone());
            out.insert(number);
        }
        i = end;
    }
    out
}

/// Is it the decimal of a variance that the network holds as an exact number?
fn is_given(answer: &Value, place: &str) -> bool {
    let Some(rest) = place.strip_prefix(".variances[") else { return false };
    let Some((layer, key)) = rest.split_once("].") else { return false };
    let layer: usize = layer.parse().unwrap();
    let key = key.trim_end_matches(", error");
    answer["network"]["layers"][layer][key]
        .as_str()
        .is_some_and(|text| ntk_series::number::parse_rational(text).is_ok())
}

fn all_formats_agree(args: &[&str]) {
    let with = |format: &str| {
        let said = ntk(&[args, &["--format", format]].concat());
        assert!(said.status == 0 || said.status == 3, "{args:?}: {}", said.stderr);
        said.stdout
    };
    let answer: Value = serde_json::from_str(&with("json")).unwrap();
    let mut wanted = vec![];
    numbers("", &answer, &mut wanted);
    // A variance that is given stands there as it was given.
    wanted.retain(|(place, _)| !is_given(&answer, place));
    assert!(!wanted.is_empty(), "{args:?}");
    for format in formats().iter().filter(|format| *format != "json") {
        let text = with(format);
        let found = stand_in(&text);
        for (place, number) in &wanted {
            assert!(
                found.contains(&exact(number)),
                "{args:?}: {place} = {number} is not in {format}:\n{text}"
            );
        }
    }
}

/// Commands that print no report, or one without a number.
const OTHERS: [&str; 3] = ["activations", "check", "plot"];

/// A new command asks for a case below.
#[test]
fn every_command_is_compared() {
    let here: String = include_str!("formats.rs").split_whitespace().collect();
    for command in commands().iter().filter(|command| !OTHERS.contains(&command.as_str())) {
        assert!(here.contains(&format!("&[\"{command}\",")), "no case of `{command}` in {}", file!());
    }
}

#[test]
fn tables() {
    for args in [
        &["table", "relu", "--hidden-layers", "2", "--cumulative"][..],
        &["table", "gelu", "--hidden-layers", "3", "--max-degree", "2", "--closed-forms", "expanded"],
        &[
            "table",
            "leaky-relu(1/10)",
            "--hidden-layers",
            "3",
            "--max-degree",
            "3",
            "--closed-forms",
            "layered",
        ],
        &[
            "table",
            "erf",
            "--hidden-layers",
            "12",
            "--sigma-w2",
            "3/7",
            "--sigma-b2",
            "1/7",
            "--max-degree",
            "2",
        ],
        &["table", "selu", "--digits", "120", "--max-degree", "2"],
        &["table", "exp", "--kernel", "nngp", "--max-degree", "30", "--absolute"],
    ] {
        all_formats_agree(args);
    }
}

#[test]
fn networks_of_a_file() {
    let folder = Folder::new();
    let layer = |name: &str| format!(r#"{{"activation": "{name}", "sigma_w2": "3/2", "sigma_b2": "1/3"}}"#);
    let layers = ["relu", "erf"].map(layer).into_iter().cycle().take(12).collect::<Vec<_>>().join(",");
    let file = folder.with("network.json", format!(r#"{{"layers": [{layers}]}}"#));
    all_formats_agree(&["table", "--network", &file, "--max-degree", "2"]);
}

#[test]
fn coefficients_and_eigenvalues() {
    all_formats_agree(&["hermite", "gelu", "--max-degree", "8"]);
    all_formats_agree(&["moments", "gelu", "--mean", "1/2", "--digits", "20"]);
    all_formats_agree(&["hermite", "selu", "--max-degree", "4", "--digits", "40"]);
    all_formats_agree(&["kernel", "relu", "--hidden-layers", "2", "--at", "1/2,-1,0.3,1"]);
    all_formats_agree(&["spectrum", "relu", "--hidden-layers", "2", "--dimension", "4", "--max-degree", "5"]);
    all_formats_agree(&["spectrum", "tanh", "--dimension", "3", "--max-degree", "3", "--sigma-b2", "1/3"]);
}

#[test]
fn gram_matrices() {
    let folder = Folder::new();
    let data = folder.with("data.csv", "1,2,3\n1,2,3.0001\n-3,1,1\n-1,-2,-3.5\n0.1,1e-300,2\n");
    all_formats_agree(&["gram", &data, "relu", "--normalize-rows", "--truncation", "1/100"]);
    all_formats_agree(&["gram", &data, "tanh", "--normalize-rows", "--digits", "3"]);
    for bounds in ["none", "cheap"] {
        all_formats_agree(&["gram", &data, "relu", "--normalize-rows", "--bounds", bounds]);
    }
    let antipodes = folder.with("antipodes.csv", "2\n-3\n");
    all_formats_agree(&["gram", &antipodes, "erf", "--hidden-layers", "2", "--normalize-rows"]);
}

#[test]
fn initializations() {
    all_formats_agree(&["critical", "x^2", "--sigma-w2", "1/3", "--sigma-b2", "3/16"]);
    all_formats_agree(&["critical", "erf", "--from", "1", "--to", "10"]);
}

#[test]
fn predictions() {
    let folder = Folder::new();
    let train = folder.with("train.csv", "a,b,y,z\n1,2,3,0\n1,0,-1,1/3\n-3,1,1,2\n0.1,1e-3,2,5\n");
    let test = folder.with("test.csv", "b,a,y\n1,1,2\n2,1,3\n0,2,1e-6\n");
    let asked = |more: &[&str]| {
        all_formats_agree(&[&["predict", &train, &test, "relu", "--target", "y"], more].concat());
        all_formats_agree(&[&["predict", &train, &train, "erf", "--target", "z,y"], more].concat());
    };
    asked(&["--columns", "a,b", "--loo"]);
    asked(&["--columns", "a,b", "--method", "nngp", "--noise", "1/10", "--loo", "--likelihood"]);
    asked(&["--columns", "a,b", "--time", "3", "--digits", "30"]);
}

#[test]
fn finite_networks() {
    all_formats_agree(&[
        "neighbourhood",
        "gelu",
        "--widths",
        "2,4,1",
        "--biases",
        "--at",
        "1,0",
        "--order",
        "3",
    ]);
    all_formats_agree(&[
        "neighbourhood",
        "relu",
        "--widths",
        "2,4,1",
        "--at",
        "1,1/3",
        "--step-size",
        "1/100",
    ]);
    all_formats_agree(&["linearity", "tanh", "--widths", "4,8", "--seeds", "3", "--inputs", "3"]);
}

#[test]
fn cells_are_numbers() {
    let folder = Folder::new();
    let data = folder.with("data.csv", "1,0\n-1e400,1\n");
    let text = printed_or_undecided(&["gram", &data, "erf", "--hidden-layers", "2", "--normalize-rows"]);
    // No blank before an exponent.
    assert!(!text.split(' ').any(|word| word.starts_with('e') && word[1..].parse::<i64>().is_ok()), "{text}");
    // Rounded, not exact.
    assert!(text.lines().any(|line| line.contains("pairwise") && line.ends_with("up")), "{text}");
}

fn printed_or_undecided(args: &[&str]) -> String {
    let said = ntk(args);
    assert!(said.status == 0 || said.status == 3, "{args:?}: {}", said.stderr);
    said.stdout
}

#[test]
fn what_is_known_to_be_rational_is_exact() {
    for (args, sum) in [
        (&["table", "leaky-relu(1/100)", "--hidden-layers", "2"][..], "3"),
        (&["table", "leaky-relu(1/7)", "--kernel", "nngp", "--radius2", "3"], "3"),
        (&["table", "leaky-relu(1/3)", "--hidden-layers", "4"], "5"),
    ] {
        let answer = json(args);
        assert_eq!(
            (&answer["sum"]["value"], &answer["sum"]["error"]),
            (&sum.into(), &"0".into()),
            "{args:?}"
        );
    }
}

#[test]
fn every_answer_names_its_network() {
    let folder = Folder::new();
    let data = folder.with("data.csv", "3/5,4/5\n1,0\n");
    for format in formats().iter().filter(|format| *format != "json") {
        for args in [
            &["table", "relu", "--sigma-b2", "1/7", "--sigma-w2", "5/7"][..],
            &[
                "spectrum",
                "relu",
                "--sigma-b2",
                "1/7",
                "--sigma-w2",
                "5/7",
                "--dimension",
                "3",
                "--max-degree",
                "2",
            ],
            &["gram", &data, "relu", "--sigma-b2", "1/7", "--sigma-w2", "5/7"],
            &["certify", "relu", "--sigma-b2", "1/7", "--sigma-w2", "5/7", "--points", &data],
        ] {
            let text = printed(&[args, &["--format", format]].concat());
            let found = stand_in(&text);
            for number in [1, 5, 7] {
                assert!(found.contains(&BigRational::from_integer(number.into())), "{args:?}: {text}");
            }
            assert!(
                ["σ_w² = 5/7", r"\sigma_w^2 = 5/7"].iter().any(|words| text.contains(words)),
                "{args:?}: {text}"
            );
        }
    }
}
