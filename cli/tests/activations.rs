//! `ntk activations` in every format.

mod common;

use common::*;

#[test]
fn every_format_lists_every_name() {
    let answer = json(&["activations"]);
    assert_eq!(answer["schema"], "ntk-series/activations/1");
    let list = answer["activations"].as_array().unwrap();
    let signatures: Vec<&str> = list.iter().map(|entry| entry["signature"].as_str().unwrap()).collect();
    for name in ["relu", "gelu", "erf(a)", "gaussian", "sin(a,b)"] {
        assert!(signatures.contains(&name), "{name} in {signatures:?}");
    }
    for entry in list {
        for key in ["name", "formula", "smoothness", "growth", "method"] {
            assert!(!entry[key].as_str().unwrap().is_empty(), "{key} of {entry}");
        }
    }
    let records = csv(&printed(&["activations", "--format", "csv"]));
    assert_eq!(records[0][..6], ["name", "formula", "smoothness", "growth", "method", "closed_forms"]);
    let names = records.iter().filter(|r| r[6] == "activation").map(|r| r[0].as_str());
    assert_eq!(names.collect::<Vec<_>>(), signatures);
    let table = markdown_table(&printed(&["activations", "--format", "markdown"]));
    assert_eq!(table[1..].iter().map(|r| r[0].trim_matches('`')).collect::<Vec<_>>(), signatures);
    check_latex(&printed(&["activations", "--format", "latex"]));
    let text = printed(&["activations"]);
    assert!(signatures.iter().all(|s| text.contains(s.split(',').next().unwrap())));
    assert!(text.lines().all(|line| line.chars().count() <= 132 && !line.ends_with(' ')), "{text}");
}

#[test]
fn names_without_parameters_are_activations() {
    let answer = json(&["activations"]);
    for entry in answer["activations"].as_array().unwrap() {
        if entry["signature"].as_str().unwrap().contains('(') {
            continue;
        }
        let names = entry["aliases"].as_array().unwrap().iter().chain([&entry["name"]]);
        for name in names {
            let name = name.as_str().unwrap();
            let shown = json(&["hermite", name, "--max-degree", "0", "--digits", "3"]);
            assert_eq!(shown["activation"], entry["name"], "{name}");
            // The same name takes an expression, unless it is one.
            if name.contains('^') || name == "x" {
                continue;
            }
            assert!(
                printed(&["hermite", &format!("{name}(2*x)"), "--max-degree", "0"]).contains("E[φ"),
                "{name}"
            );
        }
    }
}
