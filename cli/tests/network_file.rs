//! Networks from files.

mod common;

use common::*;

#[test]
fn a_file_says_what_the_options_say() {
    let folder = Folder::new();
    let options = json(&["table", "relu", "--hidden-layers", "2", "--sigma-w2", "1.5", "--sigma-b2", "0.1"]);
    let toml = "[[layers]]\nactivation = 'relu'\nsigma_w2 = 1.5\nsigma_b2 = 1_0e-2\n\
                [[layers]]\nactivation = 'relu'\nsigma_w2 = '3/2'\nsigma_b2 = 0.1\n";
    let json_text = r#"{"input": {"gamma_w2": 1, "gamma_b2": 0.0, "radius2": "1"}, "layers": [
        {"activation": "relu", "sigma_w2": 1.5, "sigma_b2": 0.1},
        {"activation": "ReLU", "sigma_w2": "3/2", "sigma_b2": 1e-1}]}"#;
    for (name, text) in [("a.toml", toml), ("a.json", json_text), ("a.net", json_text), ("b.TOML", toml)] {
        let file = folder.with(name, text);
        assert_eq!(json(&["table", "--network", &file]), options, "{name}");
    }
}

#[test]
fn the_answer_is_a_network_file() {
    let folder = Folder::new();
    let file = folder.with(
        "mixed.json",
        r#"{"input": {"gamma_w2": "9/10", "gamma_b2": "1/10"},
            "layers": [{"activation": "relu"}, {"activation": "gelu", "sigma_w2": 2, "sigma_b2": "1/7"}]}"#,
    );
    let answer = json(&["table", "--network", &file]);
    assert!(answer["activation"].is_null());
    assert_eq!(answer["network"]["layers"][1]["activation"], "gelu");
    assert_eq!(answer["network"]["layers"][0]["sigma_w2"], "normalized");
    let again = folder.with("again.json", answer["network"].to_string());
    assert_eq!(json(&["table", "--network", &again]), answer);
    let text = printed(&["table", "--network", &file]);
    assert!(text.contains("layer 1") && text.contains("gelu, variance"), "{text}");
}

#[test]
fn numbers_are_exact() {
    let folder = Folder::new();
    // As doubles these would be other numbers.
    let digits = "0.1000000000000000000000000000000000000001";
    for (name, text) in [
        ("a.json", format!(r#"{{"layers": [{{"activation": "relu", "sigma_w2": {digits}}}]}}"#)),
        ("a.toml", format!("[[layers]]\nactivation = 'relu'\nsigma_w2 = {digits}\n")),
    ] {
        let answer = json(&["table", "--network", &folder.with(name, text), "--max-degree", "1"]);
        assert_eq!(exact(answer["network"]["layers"][0]["sigma_w2"].as_str().unwrap()), exact(digits));
    }
}

#[test]
fn bad_files() {
    let folder = Folder::new();
    let bad = |name: &str, text: &[u8], words: &[&str]| {
        let file = folder.with(name, text);
        refused(2, &["table", "--network", &file], &[&["--network", name][..], words].concat());
    };
    bad("empty.json", b"", &["layers"]);
    bad("empty.toml", b"", &["layers"]);
    bad("array.json", b"[1, 2]", &["layers"]);
    bad("none.json", br#"{"layers": []}"#, &["hidden layers", "1 to 1000"]);
    bad("cut.json", br#"{"layers": [{"activation": "relu""#, &["line 1"]);
    bad("cut.toml", b"[[layers]]\nactivation = ", &["line 2"]);
    bad("field.json", br#"{"layers": [{"activation": "relu", "sigma": 1}]}"#, &["`sigma`", "sigma_w2"]);
    bad("field.toml", b"[[layers]]\nactivation = 'relu'\nsigma = 1\n", &["`sigma`", "sigma_w2"]);
    bad("top.json", br#"{"layers": [{"activation": "relu"}], "depth": 3}"#, &["`depth`"]);
    bad("twice.json", br#"{"layers": [{"activation": "relu", "activation": "gelu"}]}"#, &["duplicate"]);
    bad("ragged.json", br#"{"layers": [{"activation": "relu"}, {"sigma_w2": 1}]}"#, &["activation"]);
    bad("ragged.json", br#"{"layers": [{"activation": "relu"}, 3]}"#, &["layers"]);
    bad("null.json", br#"{"layers": [{"activation": "relu", "sigma_w2": null}]}"#, &["null", "number"]);
    bad("bool.json", br#"{"layers": [{"activation": "relu", "sigma_w2": true}]}"#, &["number"]);
    bad("nan.json", br#"{"layers": [{"activation": "relu", "sigma_w2": NaN}]}"#, &["line 1"]);
    bad("nan.toml", b"[[layers]]\nactivation = 'relu'\nsigma_w2 = nan\n", &["layers[0].sigma_w2", "nan"]);
    bad("hex.toml", b"[[layers]]\nactivation = 'relu'\nsigma_w2 = 0x10\n", &["decimal"]);
    bad(
        "huge.json",
        br#"{"layers": [{"activation": "relu", "sigma_w2": 1e99999}]}"#,
        &["layers[0].sigma_w2"],
    );
    bad("word.json", br#"{"layers": [{"activation": "relu", "sigma_w2": "unit"}]}"#, &["normalized"]);
    bad("negative.json", br#"{"layers": [{"activation": "relu", "sigma_w2": -1}]}"#, &["sigma_w2", "-1"]);
    bad("gamma.json", br#"{"input": {"gamma_w2": 0}, "layers": [{"activation": "relu"}]}"#, &["gamma"]);
    bad(
        "name.json",
        br#"{"layers": [{"activation": "relu"}, {"activation": "rellu"}]}"#,
        &["layers[1]", "rellu"],
    );
    bad("blank.json", br#"{"layers": [{"activation": " "}]}"#, &["layers[0].activation", "empty"]);
    bad("binary.json", &[0xff, 0xfe, 0], &["UTF-8"]);
    bad("deep.json", "[".repeat(100_000).as_bytes(), &[]);
    bad("deep.toml", format!("a = {}", "[".repeat(100_000)).as_bytes(), &[]);
    bad("long.json", " ".repeat(5_000_000).as_bytes(), &["longer"]);
    let many = format!(r#"{{"layers": [{}]}}"#, vec![r#"{"activation": "relu"}"#; 1001].join(","));
    bad("many.json", many.as_bytes(), &["1 to 1000"]);
    refused(2, &["table", "--network", &folder.file("missing.json")], &["missing.json", ".json or .toml"]);
    refused(2, &["table", "--network", folder.path().to_str().unwrap()], &["--network"]);
}

#[test]
fn options_that_a_file_settles_are_refused() {
    let folder = Folder::new();
    let file = folder.with("a.json", r#"{"layers": [{"activation": "relu"}]}"#);
    refused(2, &["table", "relu", "--network", &file], &["--network"]);
    for option in ["--hidden-layers", "--sigma-w2", "--sigma-b2", "--gamma-w2", "--gamma-b2", "--radius2"] {
        refused(2, &["table", "--network", &file, option, "1"], &[option, "--network"]);
    }
    printed(&["table", "--network", &file, "--kernel", "nngp", "--convention", "murray2023"]);
}
