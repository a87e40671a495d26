//! `ntk certify` and `ntk check`: verdicts, certificates, what is refused.

mod common;

use common::*;
use serde_json::Value;

/// Ends with this status and nothing on standard error.
fn verdict(status: i32, args: &[&str]) -> String {
    let said = ntk(&[&["certify"], args].concat());
    assert_eq!((said.status, said.stderr.as_str()), (status, ""), "{args:?}");
    said.stdout
}

/// Writes the certificate, which the checker takes.
fn certified(folder: &Folder, status: i32, args: &[&str]) -> Value {
    let file = folder.file("certificate.json");
    verdict(status, &[args, &["--certificate", &file]].concat());
    let checked = printed(&["check", &file]);
    assert!(checked.starts_with("verified"), "{checked}");
    serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap()
}

#[test]
fn known_truths() {
    let folder = Folder::new();
    for (status, args) in [
        (0, &["relu"][..]),
        (0, &["relu", "--on", "sphere-without-antipodes"]),
        (1, &["relu", "--on", "sphere"]),
        (0, &["relu", "--hidden-layers", "2", "--on", "sphere"]),
        (0, &["relu", "--biases"]),
        (1, &["tanh", "--on", "sphere"]),
        (1, &["tanh", "--on", "sphere", "--hidden-layers", "4"]),
        (1, &["erf", "--on", "sphere", "--hidden-layers", "3"]),
        (0, &["tanh", "--biases", "--on", "sphere"]),
        (1, &["square"]),
        (1, &["square", "--biases", "--hidden-layers", "3"]),
        (1, &["(x+1)^2 - (x-1)^2", "--biases"]),
        (0, &["x*sigmoid(2*x)", "--hidden-layers", "2"]),
        (0, &["step", "--kernel", "nngp"]),
    ] {
        let json = certified(&folder, status, args);
        assert_eq!(json["schema"], "ntk-series/certificate/1", "{args:?}");
        let words = ["strictly_positive_definite", "not_strictly_positive_definite"];
        assert_eq!(json["verdict"], words[status as usize], "{args:?}");
    }
}

#[test]
fn domains_by_default() {
    let folder = Folder::new();
    assert_eq!(certified(&folder, 0, &["relu"])["domain"], "non-proportional");
    assert_eq!(certified(&folder, 0, &["relu", "--no-biases"])["domain"], "non-proportional");
    assert_eq!(certified(&folder, 0, &["relu", "--biases"])["domain"], "distinct");
    assert_eq!(certified(&folder, 0, &["relu", "--gamma-b2", "1/2"])["domain"], "distinct");
}

#[test]
fn json_is_the_certificate() {
    let folder = Folder::new();
    let file = folder.file("certificate.json");
    let printed = verdict(1, &["cube", "--format", "json", "--certificate", &file]);
    assert_eq!(printed, std::fs::read_to_string(&file).unwrap());
}

#[test]
fn every_format() {
    for args in [&["relu", "--on", "sphere"][..], &["square"], &["tanh", "--on", "sphere"]] {
        let of = |format| verdict(1, &[args, &["--format", format]].concat());
        check_latex(&of("latex"));
        assert_eq!(csv(&of("csv"))[0][..3], ["hypothesis", "holds", "evidence"]);
        assert!(markdown_table(&of("markdown")).len() > 1);
        assert!(of("text").contains("not strictly positive definite"));
    }
    check_latex(&verdict(0, &["gelu", "--format", "latex"]));
}

#[test]
fn points() {
    let folder = Folder::new();
    let data = folder.with("data.csv", "x,y\n1,0\n0.6,0.8\n-1/2,2\n3,1\n");
    for activation in ["relu", "erf", "square"] {
        for biases in ["--biases", "--no-biases"] {
            let layers = if activation == "square" { "3" } else { "2" };
            let json =
                certified(&folder, 0, &[activation, biases, "--hidden-layers", layers, "--points", &data]);
            assert_eq!(json["domain"], "points");
            assert!(exact(json["lambda_min"]["lower_bound"].as_str().unwrap()) > exact("0"), "{activation}");
        }
    }
    let text = verdict(0, &["relu", "--points", &data]);
    assert!(text.contains("smallest eigenvalue, λ_min"), "{text}");
}

#[test]
fn points_with_a_null_vector() {
    let folder = Folder::new();
    for (rows, vector) in
        [("1,0\n0.6,0.8\n1,0\n", vec!["1", "0", "-1"]), ("1,0\n3,1\n2,0\n", vec!["2", "0", "-1"])]
    {
        let data = folder.with("data.csv", rows);
        let json = certified(&folder, 1, &["relu", "--points", &data]);
        let found: Vec<&str> =
            json["null_vector"].as_array().unwrap().iter().map(|x| x.as_str().unwrap()).collect();
        let negated: Vec<String> = found.iter().map(|x| (-exact(x)).to_string()).collect();
        assert!(found == vector || negated == vector, "{found:?}");
    }
}

#[test]
fn changed_certificates_are_refused() {
    let folder = Folder::new();
    let data = folder.with("data.csv", "1,0\n0.6,0.8\n");
    let file = folder.file("c.json");
    verdict(0, &["relu", "--points", &data, "--certificate", &file]);
    let text = std::fs::read_to_string(&file).unwrap();
    let json: Value = serde_json::from_str(&text).unwrap();
    let bound = json["lambda_min"]["lower_bound"].as_str().unwrap();
    let higher = text.replace(bound, &(exact(bound) * exact("1.01")).to_string());
    refused(1, &["check", &folder.with("d.json", higher)], &["lambda_min"]);
    refused(1, &["check", &folder.with("d.json", text.replace("\"relu\"", "\"square\""))], &["not proved"]);
    refused(2, &["check", &folder.with("d.json", &text[..text.len() / 2])], &["malformed"]);
    refused(
        2,
        &["check", &folder.with("d.json", text.replace("certificate/1", "certificate/9"))],
        &["schema"],
    );
    refused(2, &["check", &folder.with("d.json", b"\xff\xfe")], &["d.json"]);
    refused(2, &["check", &folder.file("none.json")], &["none.json"]);
}

#[test]
fn bad_points() {
    let folder = Folder::new();
    for (rows, words) in [
        ("1,2\n3\n", &["line 2"][..]),
        ("1,2\n3,nan\n", &["line 2", "nan"]),
        ("1,2\n3,1e999999999\n", &["line 2"]),
        ("", &["points"]),
        ("1,2\n3,\n", &["line 2"]),
    ] {
        let data = folder.with("data.csv", rows);
        refused(2, &["certify", "relu", "--points", &data], &[words, &["data.csv"]].concat());
    }
    refused(2, &["certify", "relu", "--points", &folder.file("none.csv")], &["none.csv"]);
}

#[test]
fn bad_usage() {
    refused(2, &["certify", "relu", "--biases", "--gamma-b2", "0"], &["--biases", "--gamma-b2"]);
    refused(2, &["certify", "relu", "--biases", "--no-biases"], &["--biases"]);
    refused(2, &["certify", "relu", "--on", "moon"], &["moon", "sphere"]);
    refused(2, &["certify", "step"], &["step", "NTK"]);
    refused(2, &["certify", "exp(x^2)"], &["square-integrable"]);
    refused(2, &["check"], &["FILE"]);
}
