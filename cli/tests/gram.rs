//! `ntk gram` in JSON and text, against known values, and what it refuses.

mod common;

use common::*;

#[test]
fn orthogonal_points_in_json() {
    let folder = Folder::new();
    let file = folder.with("data.csv", "2,0,0\n0,1/2,0\n0,0,3\n");
    let answer = json(&["gram", &file, "relu", "--normalize-rows"]);
    assert_eq!(answer["schema"], "ntk-series/gram/1");
    assert_eq!((answer["points"].to_string(), answer["dimension"].to_string()), ("3".into(), "3".into()));
    // Θ(1) = 2, Θ(0) = 1/π.
    let near = |value: &serde_json::Value, truth: f64| {
        let read: f64 = value["value"].as_str().unwrap().parse().unwrap();
        assert!((read - truth).abs() < 1e-8, "{value} against {truth}");
    };
    let off = std::f64::consts::FRAC_1_PI;
    near(&answer["separation"], 2f64.sqrt());
    near(&answer["lambda_min"], 2.0 - off);
    near(&answer["lambda_max"], 2.0 + 2.0 * off);
    near(&answer["effective_rank"], 6.0 / (2.0 + 2.0 * off));
    near(&answer["effective_rank_bound"], 2.0 / off);
    let (smallest, error) = enclosure(&answer["lambda_min"]);
    let mut names = vec![];
    for bound in answer["bounds"].as_array().unwrap() {
        names.push(bound["name"].as_str().unwrap().to_string());
        let (value, slack) = enclosure(bound);
        let slack = slack + &error;
        match bound["kind"].as_str().unwrap() {
            "lower" => assert!(value <= &smallest + slack, "{bound}"),
            "upper" => assert!(value + slack >= smallest, "{bound}"),
            other => panic!("{other}"),
        }
    }
    assert_eq!(names, ["hadamard-gershgorin", "hadamard-gershgorin-apriori", "harmonic", "pairwise"]);
}

#[test]
fn other_formats_and_options() {
    let folder = Folder::new();
    let file = folder.with("data.csv", "3/5,4/5\n1,0\n");
    let text = printed(&["gram", &file, "tanh", "--kernel", "nngp", "--digits", "8"]);
    assert!(text.contains("harmonic") && text.contains("smallest eigenvalue"), "{text}");
    check_latex(&printed(&["gram", &file, "erf", "--format", "latex"]));
    markdown_table(&printed(&["gram", &file, "erf", "--format", "markdown"]));
    assert_eq!(csv(&printed(&["gram", &file, "erf", "--format", "csv"]))[0][0], "name");
}

#[test]
fn refusals() {
    let folder = Folder::new();
    let off = folder.with("off.csv", "1,0\n0,2\n");
    refused(2, &["gram", &off, "relu"], &["point 2", "--normalize-rows"]);
    let origin = folder.with("origin.csv", "1,0\n0,0\n");
    refused(2, &["gram", &origin, "relu", "--normalize-rows"], &["point 2"]);
    refused(2, &["gram", &folder.file("none.csv"), "relu"], &["none.csv"]);
    refused(2, &["gram", &folder.with("empty.csv", ""), "relu"], &["empty.csv"]);
}
