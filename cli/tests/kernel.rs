//! `ntk kernel`: values at cosines and between points, against known ones.

mod common;

use common::{json, printed, refused};
use serde_json::Value;

fn near(entry: &Value, truth: f64) {
    let number = |key: &str| entry[key].as_str().unwrap().parse::<f64>().unwrap();
    assert!((number("value") - truth).abs() <= number("error") + 1e-14, "{entry} is not {truth}");
}

#[test]
fn values_at_cosines() {
    let answer = json(&["kernel", "relu", "--at", "0,1,-1,1/2"]);
    assert_eq!(answer["schema"], "ntk-series/kernel/1");
    let values = answer["values"].as_array().unwrap();
    assert_eq!(values.len(), 4);
    // Θ = (√(1-ρ²) + ρ(π-θ))/π + ρ(π-θ)/π.
    let theta = |rho: f64| {
        let angle = std::f64::consts::PI - rho.acos();
        ((1.0 - rho * rho).sqrt() + 2.0 * rho * angle) / std::f64::consts::PI
    };
    for (entry, (text, rho)) in values.iter().zip([("0", 0.0), ("1", 1.0), ("-1", -1.0), ("1/2", 0.5)]) {
        assert_eq!(entry["rho"], text);
        near(entry, theta(rho));
    }
    assert_eq!(values[1]["value"], "2");
    // No closed dual: the series, to many digits inside and few at the end.
    let tanh = json(&["kernel", "tanh", "--hidden-layers", "2", "--at", "0.9", "--digits", "25"]);
    assert!(tanh["values"][0]["value"].as_str().unwrap().len() > 25);
}

#[test]
fn values_between_points() {
    let dir = std::env::temp_dir().join(format!("ntk-kernel-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    std::fs::write(dir.join("a.csv"), "1,0\n1,1\n").unwrap();
    std::fs::write(dir.join("b.csv"), "0,2\n3,4\n1,1\n").unwrap();
    let path = |name: &str| dir.join(name).display().to_string();
    let erf = ["kernel", "erf", "--kernel", "nngp", "--sigma-w2", "1"];
    let answer = json(&[&erf[..], &["--points", &path("a.csv")]].concat());
    let kernel = |x: [f64; 2], y: [f64; 2]| {
        let dot = |a: [f64; 2], b: [f64; 2]| a[0] * b[0] + a[1] * b[1];
        let scale = ((1.0 + 2.0 * dot(x, x)) * (1.0 + 2.0 * dot(y, y))).sqrt();
        2.0 / std::f64::consts::PI * (2.0 * dot(x, y) / scale).asin()
    };
    let (a, b) = ([[1.0, 0.0], [1.0, 1.0]], [[0.0, 2.0], [3.0, 4.0], [1.0, 1.0]]);
    for i in 0..2 {
        for j in 0..2 {
            near(&answer["entries"][i][j], kernel(a[i], a[j]));
        }
    }
    let answer = json(&[&erf[..], &["--points", &path("a.csv"), "--with", &path("b.csv")]].concat());
    assert_eq!(answer["entries"].as_array().unwrap().len(), 2);
    for i in 0..2 {
        assert_eq!(answer["entries"][i].as_array().unwrap().len(), 3);
        for j in 0..3 {
            near(&answer["entries"][i][j], kernel(a[i], b[j]));
        }
    }
    // As a table every two points stand once.
    let text = printed(&[&erf[..], &["--points", &path("a.csv"), "--format", "csv"]].concat());
    assert_eq!(text.lines().filter(|line| line.contains("0.")).count(), 3, "{text}");
    std::fs::remove_dir_all(&dir).unwrap();
}

#[test]
fn what_is_missing_is_said() {
    refused(2, &["kernel", "relu", "--at", "2"], &["--at 2", "-1 to 1"]);
    refused(2, &["kernel", "relu", "--at", "x"], &["--at", "x"]);
    refused(2, &["kernel", "relu"], &["--at"]);
    refused(2, &["kernel", "relu", "--at", "1", "--points", "p.csv"], &["--at", "--points"]);
    refused(2, &["kernel", "relu", "--at", "1", "--with", "p.csv"], &["--points"]);
    refused(2, &["kernel", "step", "--at", "1/2"], &["no NTK"]);
}

/// Doubles in numpy's format, and points from standard input.
#[test]
fn arrays_of_doubles() {
    use std::io::Write;
    let dir = std::env::temp_dir().join(format!("ntk-kernel-npy-{}", std::process::id()));
    std::fs::create_dir_all(&dir).unwrap();
    let path = |name: &str| dir.join(name).display().to_string();
    std::fs::write(dir.join("a.csv"), "1 0\n1 1\n").unwrap();
    std::fs::write(dir.join("b.csv"), "x;y\n0;2\n3;4\n1;1\n").unwrap();
    let args = ["kernel", "relu", "--points", &path("a.csv"), "--with", &path("b.csv")];
    let output = path("k.npy");
    assert_eq!(printed(&[&args[..], &["--output", &output]].concat()), "");
    let array = ntk_series::finite::NpyArray::read(&std::fs::read(&output).unwrap()).unwrap();
    assert_eq!(array.shape, [2, 3]);
    let answer = json(&[&args[..], &["--digits", "20"]].concat());
    let entries = answer["entries"].as_array().unwrap().iter().flat_map(|row| row.as_array().unwrap());
    for (double, entry) in array.values.iter().zip(entries) {
        assert_eq!(*double, entry["value"].as_str().unwrap().parse::<f64>().unwrap());
    }
    let mut child = common::command(&["kernel", "relu", "--points", "-", "--format", "json"])
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(b"1 0\n1 1\n").unwrap();
    let said = child.wait_with_output().unwrap();
    let answer: Value = serde_json::from_slice(&said.stdout).unwrap();
    near(&answer["entries"][0][0], 2.0);
    std::fs::remove_dir_all(dir).unwrap();
}
