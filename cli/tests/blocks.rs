//! Networks of blocks, and layers that are trained at speeds of their own, through every command.

mod common;

use common::*;
use serde_json::{Value, json as value};

/// Blocks within blocks, of every kind, all of it said.
const NESTED: &str = r#"{"input": {"gamma_w2": "1", "gamma_b2": "1/4", "radius2": "1", "train_w": "1/2"}, "layers": [
    {"activation": "relu", "sigma_w2": "2", "sigma_b2": "0", "train_b": "1/3"},
    {"residual": [{"normalize": true}, {"activation": "relu", "sigma_w2": "2", "sigma_b2": "1/5"},
                  {"residual": [{"activation": "relu", "sigma_w2": "1", "sigma_b2": "0"}], "skip": "-1/2"}], "skip": "3/2"},
    {"sum": [[], [{"activation": "relu", "sigma_w2": "1", "sigma_b2": "1/7", "train_w": "0", "train_b": "0"}]], "weights": ["1", "2/3"]},
    {"activation": "relu", "sigma_w2": "normalized", "sigma_b2": "0"}]}"#;

/// `ρ + 2 k_1(ρ)`, which has the odd power 1 alone.
const RESIDUAL: &str = r#"{"layers": [{"residual": [{"activation": "relu", "sigma_w2": 2}]}]}"#;

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn every_answer_states_the_whole_network() {
    let folder = Folder::new();
    let file = folder.with("nested.json", NESTED);
    let points = folder.with("points.csv", "1,0\n0.6,0.8\n0,1\n");
    let commands: [&[&str]; 3] = [
        &["table", "--max-degree", "2"],
        &["spectrum", "--dimension", "6", "--max-degree", "2", "--digits", "3"],
        &["gram", &points, "--digits", "4"],
    ];
    for command in commands {
        let asked = [command, &["--network", &file]].concat();
        let answer = json(&asked);
        assert_eq!(answer["network"], parsed(NESTED), "{command:?}");
        assert_eq!(answer["variances"].as_array().map(Vec::len), Some(5), "{command:?}");
        // Read back it is the same network, with the same numbers.
        let again = folder.with("again.json", answer["network"].to_string());
        assert_eq!(json(&[command, &["--network", &again]].concat()), answer);
        for format in ["text", "markdown", "csv", "latex"] {
            let text = printed(&[&asked[..], &["--format", format]].concat());
            let words = ["5 hidden layers", "in blocks", "3/2", "-1/2", "normalization", "2/3", "1/3"];
            for word in words {
                assert!(text.contains(word), "{command:?} {format}: {word} is not in {text}");
            }
        }
        // Lines end where the terminal does.
        let text = printed(&asked).split_whitespace().collect::<Vec<_>>().join(" ");
        let blocks = "layer 1, residual block (skip 3/2, branch: normalization, layer 2, residual block (skip -1/2, \
                      branch: layer 3)), sum of branches (weight 1: nothing; weight 2/3: layer 4), layer 5";
        assert!(text.contains(blocks) && text.contains("η_w = 1/2") && text.contains("τ_b² = 1/3"), "{text}");
        assert!(text.contains("η_w = 0, τ_b² = 0") && text.contains("speeds of their own"), "{text}");
    }
    let said = ntk(&["certify", "--network", &file]);
    assert!(said.status == 0 && said.stdout.contains("residual block (skip 3/2"), "{}", said.stdout);
}

#[test]
fn a_chain_is_said_as_before() {
    let folder = Folder::new();
    let plain = r#"{"layers": [{"activation": "relu"}, {"activation": "gelu", "sigma_b2": "1/3"}]}"#;
    // What is usual changes nothing when it is said.
    let said = r#"{"input": {"train_w": 1, "train_b": 0}, "layers": [{"activation": "relu", "train_b": "0", "train_w": "1"},
                   {"activation": "gelu", "sigma_b2": "1/3", "train_b": "2/6"}]}"#;
    let [plain, said] =
        [("plain.json", plain), ("said.json", said)].map(|(name, text)| folder.with(name, text));
    let [a, b] = [plain, said].map(|file| json(&["table", "--network", &file]));
    assert_eq!(a, b);
    assert!(
        a["network"]["layers"][0].get("train_w").is_none() && a["network"]["input"].get("train_b").is_none()
    );
}

#[test]
fn toml_says_the_same() {
    let folder = Folder::new();
    let toml = "[input]\ntrain_w = 0.5\ntrain_b = '1/3'\n\
                [[layers]]\nskip = 0.5\n[[layers.residual]]\nactivation = 'relu'\nsigma_w2 = 2\n\
                [[layers.residual]]\nnormalize = true\n\
                [[layers]]\nsum = [[{activation = 'erf'}], []]\nweights = [2, '1/7']\n";
    let json_text = r#"{"input": {"train_w": "1/2", "train_b": "1/3"}, "layers": [
        {"residual": [{"activation": "relu", "sigma_w2": 2}, {"normalize": true}], "skip": "1/2"},
        {"sum": [[{"activation": "erf"}], []], "weights": [2, "1/7"]}]}"#;
    let answers = [("a.toml", toml), ("a.json", json_text)]
        .map(|(name, text)| json(&["table", "--network", &folder.with(name, text), "--max-degree", "3"]));
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn closed_forms_and_known_values() {
    let folder = Folder::new();
    let file = folder.with("residual.json", RESIDUAL);
    let answer = json(&["table", "--network", &file, "--kernel", "nngp", "--max-degree", "3"]);
    let forms: Vec<&Value> =
        answer["coefficients"].as_array().unwrap().iter().map(|c| &c["closed_form"]).collect();
    assert_eq!(forms, [&value!("1/pi"), &value!("3/2"), &value!("1/(2*pi)"), &value!("0")]);
    // Only the first layer is trained, on the circle and on the sphere: Basri et al. 2019.
    let basri = r#"{"layers": [{"activation": "relu", "sigma_w2": 1, "train_w": 0, "train_b": 0}]}"#;
    let file = folder.with("basri.json", basri);
    for (dimension, values) in
        [("2", ["1/pi^2", "1/8", "5/(9*pi^2)", "0"]), ("3", ["1/16", "1/12", "7/256", "0"])]
    {
        let answer = json(&["spectrum", "--network", &file, "--dimension", dimension, "--max-degree", "3"]);
        for (k, value) in values.iter().enumerate() {
            assert_eq!(answer["eigenvalues"][k]["closed_form"], *value, "d = {dimension}, k = {k}");
        }
    }
    // Biases that begin at zero and are trained: Geifman et al. 2020.
    let geifman =
        r#"{"input": {"train_b": 1}, "layers": [{"activation": "relu", "sigma_w2": 2, "train_b": 1}]}"#;
    let file = folder.with("geifman.json", geifman);
    let answer = json(&["spectrum", "--network", &file, "--dimension", "3", "--max-degree", "4"]);
    for (k, value) in ["2", "11/24", "5/64", "1/128", "1/192"].iter().enumerate() {
        encloses(&answer["eigenvalues"][k], &exact(value), 15, false);
    }
}

#[test]
fn verdicts() {
    let folder = Folder::new();
    let file = folder.with("residual.json", RESIDUAL);
    let verdict = |options: &[&str]| ntk(&[&["certify", "--network", &file], options].concat());
    let all = verdict(&[]);
    assert!(
        all.status == 0 && all.stdout.contains("strictly positive definite on all finite sets"),
        "{}",
        all.stdout
    );
    assert_eq!(verdict(&["--on", "sphere"]).status, 1);
    assert_eq!(verdict(&["--on", "sphere-without-antipodes"]).status, 0);
    let trained = r#"{"layers": [{"activation": "relu", "train_w": 0, "train_b": 0}]}"#;
    let file = folder.with("trained.json", trained);
    let said = ntk(&["certify", "--network", &file]);
    assert!(
        said.status == 0 && said.stdout.contains("E[φ'φ'] of layer 1 is strictly positive"),
        "{}",
        said.stdout
    );
}

/// What a certificate says of blocks is checked, and holds for no other network.
#[test]
fn a_certificate_says_no_other_network() {
    let folder = Folder::new();
    for (name, text) in [("residual.json", RESIDUAL), ("nested.json", NESTED)] {
        let file = folder.with(name, text);
        let certificate = folder.file("certificate.json");
        let said = ntk(&["certify", "--network", &file, "--certificate", &certificate]);
        assert_eq!(said.status, 0, "{}", said.stderr);
        assert!(!said.stdout.contains("certificate"), "{}", said.stdout);
        let text = std::fs::read_to_string(&certificate).unwrap();
        assert_eq!(ntk(&["check", &certificate]).status, 0);
        // A skip of the branch around its only layers, a normalization more: another network.
        for (what, instead) in [
            ("\"skip\": \"1\"", "\"skip\": \"1/0\""),
            ("\"residual\"", "\"residue\""),
            ("\"verdict\": \"s", "\"verdict\": \"not_s"),
        ] {
            let other = text.replacen(what, instead, 1);
            if other != text {
                assert_ne!(ntk(&["check", &folder.with("other.json", &other)]).status, 0, "{what}");
            }
        }
    }
}

#[test]
fn pictures() {
    let folder = Folder::new();
    let points = folder.with("points.csv", "1,0\n0.6,0.8\n0,1\n");
    let file = folder.with("nested.json", NESTED);
    let pictures: [&[&str]; 4] =
        [&["table"], &["spectrum", "--dimension", "3"], &["kernel"], &["gram", &points]];
    for picture in pictures {
        let out = folder.file("out.svg");
        printed(&[&["plot"], picture, &["--network", &file, "--output", &out]].concat());
        let svg = std::fs::read_to_string(&out).unwrap();
        // A long title has several lines.
        assert!(svg.contains("in blocks") && svg.contains("speeds of"), "{picture:?}");
    }
}

#[test]
fn what_cannot_be_answered_is_said() {
    let folder = Folder::new();
    let residual = folder.with("residual.json", RESIDUAL);
    refused(2, &["table", "--network", &residual, "--convention", "murray2023"], &["murray2023"]);
    let normalized = folder.with("n.json", r#"{"layers": [{"normalize": true}, {"activation": "relu"}]}"#);
    let origin = folder.with("origin.csv", "0,0\n1,0\n");
    refused(2, &["certify", "--network", &normalized, "--points", &origin], &["normalization", "origin"]);
    refused(2, &["certify", "--network", &normalized, "--on", "distinct"], &["normalization", "origin"]);
    // At the origin φ' of a trained bias is not known.
    let trained = r#"{"input": {"train_b": 1}, "layers": [{"activation": "erf"}]}"#;
    let trained = folder.with("t.json", trained);
    let said = ntk(&["certify", "--network", &trained, "--points", &origin]);
    assert!(
        said.status == 3 && said.stdout.contains("biases are trained"),
        "{} {}",
        said.status,
        said.stdout
    );
}

#[test]
fn bad_blocks() {
    let folder = Folder::new();
    let bad = |text: &str, words: &[&str]| {
        let file = folder.with("bad.json", text);
        refused(2, &["table", "--network", &file], &[&["--network", "bad.json"][..], words].concat());
    };
    let layers = |text: &str, words: &[&str]| bad(&format!(r#"{{"layers": [{text}]}}"#), words);
    let relu = r#"{"activation": "relu"}"#;
    layers("{}", &["exactly one of", "residual"]);
    layers(r#"{"activation": "relu", "normalize": true}"#, &["exactly one of"]);
    layers(r#"{"activation": "relu", "skip": 1}"#, &["`skip`", "`activation`"]);
    layers(&format!(r#"{{"residual": [{relu}], "sigma_w2": 1}}"#), &["`sigma_w2`", "`residual`"]);
    layers(&format!(r#"{{"residual": [{relu}], "weights": [1]}}"#), &["`weights`", "`residual`"]);
    layers(&format!(r#"{relu}, {{"normalize": false}}"#), &["`normalize`", "true"]);
    layers(&format!(r#"{relu}, {{"normalize": true, "train_b": 1}}"#), &["`train_b`", "`normalize`"]);
    layers(&format!(r#"{relu}, {{"normalize": null}}"#), &["null"]);
    layers(r#"{"residual": null}"#, &["null"]);
    layers(r#"{"residual": 3}"#, &["sequence"]);
    layers(&format!(r#"{{"sum": [{relu}]}}"#), &["sequence"]);
    layers(&format!(r#"{{"sum": [[{relu}]], "weights": [1, 2]}}"#), &["`weights`", "`sum`"]);
    layers(&format!(r#"{{"sum": [[{relu}]], "weights": [-1]}}"#), &["weight", "-1"]);
    layers(&format!(r#"{{"sum": [[{relu}]], "weights": [0]}}"#), &["sum", "positive"]);
    layers(&format!(r#"{{"sum": [[{relu}]], "weights": ["x"]}}"#), &["layers[0].weights[0]", "x"]);
    layers(&format!(r#"{relu}, {{"sum": []}}"#), &["sum", "positive"]);
    layers(&format!(r#"{relu}, {{"sum": [[], []]}}"#), &["sum", "without a layer"]);
    layers(&format!(r#"{relu}, {{"residual": []}}"#), &["sum", "without a layer"]);
    layers(r#"{"normalize": true}"#, &["hidden layers"]);
    layers(
        &format!(r#"{{"residual": [{relu}, {{"activation": "rellu"}}]}}"#),
        &["layers[0].residual[1].activation", "rellu"],
    );
    layers(
        &format!(r#"{{"sum": [[], [{relu}, {{"activation": "relu", "sigma_w2": "y"}}]]}}"#),
        &["layers[0].sum[1][1].sigma_w2"],
    );
    layers(r#"{"activation": "relu", "train_w": -1}"#, &["train_w", "-1"]);
    layers(r#"{"activation": "relu", "train_b": "unit"}"#, &["layers[0].train_b", "unit"]);
    bad(r#"{"input": {"train_w": "z"}, "layers": [{"activation": "relu"}]}"#, &["input.train_w"]);
    bad(
        r#"{"input": {"train_w": 0}, "layers": [{"activation": "relu", "train_w": 0}]}"#,
        &["train_w", "one layer at least is trained"],
    );
    let opening = format!(r#"{{"residual": [{relu}, "#);
    let nested = |count: usize| format!("{}{relu}{}", opening.repeat(count), "]}".repeat(count));
    json(&[
        "table",
        "--max-degree",
        "0",
        "--network",
        &folder.with("deep.json", format!(r#"{{"layers": [{}]}}"#, nested(32))),
    ]);
    layers(&nested(33), &["nesting", "32"]);
    layers(&nested(10_000), &["recursion limit"]);
    layers(&vec![r#"{"normalize": true}"#; 5000].join(","), &["blocks and branches", "4000"]);
    let deep = format!(
        "layers = [{}{{activation = 'relu'}}{}]",
        "{residual = [".repeat(10_000),
        "]}".repeat(10_000)
    );
    refused(2, &["table", "--network", &folder.with("deep.toml", deep)], &["--network", "recurs"]);
    let header = format!("[[layers{}]]\nactivation = 'relu'\n", ".residual".repeat(10_000));
    refused(2, &["table", "--network", &folder.with("header.toml", header)], &["--network", "recurs"]);
}
