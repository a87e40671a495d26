//! What `ntk certify` writes, `ntk check` accepts: activations and formulas, on domains and data, in all settings.
//!
//! A sample of all cases runs by default. All of them, with a list of what is left out of which certificate:
//!
//! ```text
//! PROPTEST_CASES=150000 cargo test --release -p ntk-cli --test certificates -- --nocapture
//! ```

mod common;

use common::*;
use ntk_series::activation::catalogue;
use ntk_testing::Random;
use serde_json::{Value, json};

/// Cases by default.
const USUAL: u32 = 20;
/// Networks of blocks by default.
const NETWORKS: u32 = 12;

/// Beside the catalogue: families with parameters of their own.
const PARAMETERS: [&str; 9] = [
    "leaky-relu(1/10)",
    "prelu(-1/2)",
    "repu(3)",
    "threshold(1/3,-1)",
    "celu(2)",
    "piecewise([-1,1];[0,1],[1,2,1],[2,0,2])",
    "erf(1/2)",
    "sin(2,1/3)",
    "exp(1/2)",
];

const FORMULAS: [&str; 43] = [
    "x + sin(x)",
    "x*sigmoid(2*x)",
    "tanh(x)^2",
    "tanh(x) + x^3/10",
    "max(x^2, x^4)",
    "abs(x)^(3/2)",
    "where(x^2 > 2, 1, 0)",
    "cbrt(x)",
    "max(0, x)^2 - x/3",
    "x^2 + max(0, x)",
    "x*erf(x)",
    "1 + erf(x)/2",
    "log(1 + x^2)",
    "sqrt(1 + x^2)",
    "1/(1 + x^2)",
    "x/(1 + x^2)",
    "exp(-x^2)*x",
    "exp(x/3) - 1",
    "cosh(x/2)",
    "sinh(x/3)",
    "asinh(x)",
    "sin(x)*cos(2*x)",
    "sin(3*x) + 1/2",
    "x^3 - 3*x",
    "(x + 1)^2 - (x - 1)^2",
    "x^5 + x^2",
    "sign(x)*x^2",
    "min(max(x, -2), 3)",
    "where(x > 1, x, x^2)",
    "where(abs(x) < 1, 1 - x^2, 0)",
    "max(x, sin(x))",
    "softplus(3*x) - x",
    "sigmoid(x)*(1 - sigmoid(x))",
    "erf(x)^3",
    "exp(-abs(x))",
    "x*tanh(x/2) + cos(x)",
    "atan(x) - x/4",
    "2^x/4",
    "max(x, x/2 - 1, -3*x - 5)",
    "(exp(x) - 1)/x",
    "log(1 + x^2)/x",
    "(1 - cos(x))/x^2",
    "tanh(x)/x",
];

const DOMAINS: [&str; 4] = ["distinct", "non-proportional", "sphere", "sphere-without-antipodes"];

/// Points of different scale and shape: on a sphere, a few measurements, far apart, close together, on a line.
const DATA: [&str; 5] = [
    "1,0\n0.6,0.8\n0,1\n-0.6,0.8\n",
    "5.1,3.5,1.4,0.2\n7.0,3.2,4.7,1.4\n6.3,3.3,6.0,2.5\n",
    "10,0\n6,8\n20,10\n",
    "0.3,0.1\n-0.5,0.2\n0.1,0.9\n0.7,-0.6\n0.35,0.2\n",
    "1\n-2\n1/3\n",
];

const DEPTHS: [&str; 3] = ["1", "2", "4"];
const SETTINGS: [&str; 2] = ["--biases", "--no-biases"];
const KERNELS: [&str; 2] = ["ntk", "nngp"];

struct Case {
    activation: String,
    /// A domain, or else the number of a set of points.
    place: Result<&'static str, usize>,
    depth: &'static str,
    biases: &'static str,
    kernel: &'static str,
}

fn all() -> Vec<Case> {
    let mut out = vec![];
    let written = PARAMETERS.into_iter().chain(FORMULAS).map(str::to_string);
    for activation in catalogue().map(|entry| entry.example()).chain(written) {
        for place in DOMAINS.into_iter().map(Ok).chain((0..DATA.len()).map(Err)) {
            for depth in DEPTHS {
                for biases in SETTINGS {
                    let case = |kernel| Case { activation: activation.clone(), place, depth, biases, kernel };
                    out.extend(KERNELS.map(case));
                }
            }
        }
    }
    out
}

/// What the checker does not do, and why. Nothing else may be left out.
fn excuse(case: &Case, words: &str) -> Option<&'static str> {
    let data = case.place.is_err();
    if data && words.contains("too much work") {
        return Some("the checker's limit of work");
    }
    // A kink or a product of many scales: the eigenvalue is a smaller part of the matrix than 2^-84.
    if data && words.contains("not proved diagonally dominant") && case.depth == "4" {
        return Some("expectations are enclosed to within 2^-84 of their size, or 2^-112 with breakpoints");
    }
    None
}

/// The checker has a table of names of its own.
#[test]
fn the_checker_knows_every_name() {
    let folder = Folder::new();
    let file = folder.file("certificate.json");
    for name in catalogue().map(|entry| entry.example()) {
        let said = ntk(&["certify", &name, "--kernel", "nngp", "--certificate", &file]);
        assert!(said.status < 2, "{name}: {}", said.stderr);
        let checked = ntk(&["check", &file]);
        assert_eq!(checked.status, 0, "{name}: {}", checked.stderr);
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn what_is_certified_is_accepted() {
    let folder = Folder::new();
    let data: Vec<String> =
        DATA.iter().enumerate().map(|(i, rows)| folder.with(&format!("{i}.csv"), *rows)).collect();
    let cases = all();
    let asked = (ntk_testing::count(USUAL) as usize).min(cases.len());
    let (mut certified, mut on_domains, mut left_out, mut bounds_left_out) = (0, 0, vec![], 0);
    // A stride without a common divisor meets every case once.
    for i in 0..asked {
        let case = &cases[(i * 7919 + 4) % cases.len()];
        let file = folder.file(&format!("{i}.json"));
        let mut args = vec!["certify", &case.activation, "--hidden-layers", case.depth, case.biases];
        args.extend(["--kernel", case.kernel, "--certificate", &file]);
        match case.place {
            Ok(domain) => args.extend(["--on", domain]),
            Err(set) => args.extend(["--points", &data[set]]),
        }
        let said = ntk(&args);
        if said.status == 2 {
            // No kernel: a step has no tangent kernel.
            assert!(
                said.stderr.contains(case.kernel) || said.stderr.contains("NTK"),
                "{args:?}: {}",
                said.stderr
            );
            continue;
        }
        assert!(said.stderr.is_empty(), "{args:?}: {}", said.stderr);
        certified += 1;
        on_domains += usize::from(case.place.is_ok());
        let line = said.stdout.lines().position(|line| line.trim_start().starts_with("certificate "));
        if let Some(line) = line {
            let words: Vec<&str> = said.stdout.lines().skip(line).take(4).map(str::trim).collect();
            let words = words.join(" ");
            let reason = excuse(case, &words);
            println!("{args:?}: {words}");
            assert!(reason.is_some(), "{args:?}: {words}");
            match case.place {
                Ok(_) => left_out.push(args.join(" ")),
                Err(_) => bounds_left_out += 1,
            }
        }
        if std::path::Path::new(&file).exists() {
            let checked = ntk(&["check", &file]);
            assert_eq!(checked.status, 0, "{args:?}: {}", checked.stderr);
            std::fs::remove_file(&file).unwrap();
        } else {
            assert!(line.is_some(), "{args:?}: no certificate, and nothing is said of it");
        }
    }
    println!(
        "{certified} certificates, {on_domains} on domains: something left out of {} on domains, {bounds_left_out} on data",
        left_out.len()
    );
    assert!(certified * 2 > asked, "{certified} of {asked}");
    // On domains nearly everything is accepted; on data the bound of the eigenvalue may take more work than is allowed.
    assert!(left_out.len() <= on_domains / 100 + 1, "{} of {on_domains}: {left_out:#?}", left_out.len());
}

/// Activations that come into blocks.
const IN_BLOCKS: [&str; 20] = [
    "relu",
    "abs",
    "tanh",
    "erf",
    "gelu",
    "x",
    "x^2",
    "x^3 - 3*x",
    "cos",
    "sin",
    "exp(1/2)",
    "step",
    "softplus",
    "poly(1,2,0,1)",
    "repu(2)",
    "x*erf(x)",
    "sinh(x/3)",
    "poly(2)",
    "max(0,x)^2 - x/3",
    "sigmoid",
];

/// A hidden layer, often trained at a speed of its own.
fn layer(dice: &mut Random) -> Value {
    let mut out = json!({
        "activation": dice.pick(&IN_BLOCKS),
        "sigma_w2": dice.pick(&["normalized", "1", "2", "1/3", "0"]),
        "sigma_b2": dice.pick(&["0", "0", "1/10", "1"]),
    });
    if out["sigma_w2"] == "0" {
        // Else nothing is left, of which `normalized` may be asked to keep the variance.
        out["sigma_b2"] = json!("1/10");
    }
    if dice.below(3) == 0 {
        out["train_w"] = json!(dice.pick(&["0", "1/2", "1"]));
    }
    if dice.below(3) == 0 {
        out["train_b"] = json!(dice.pick(&["0", "1", "1/3"]));
    }
    out
}

fn blocks(depth: usize, size: usize, dice: &mut Random) -> Vec<Value> {
    (0..=dice.below(size)).map(|_| block(depth, dice)).collect()
}

fn block(depth: usize, dice: &mut Random) -> Value {
    match dice.below(if depth == 0 { 1 } else { 7 }) {
        0..=2 => layer(dice),
        3 | 4 => {
            json!({ "residual": blocks(depth - 1, 2, dice), "skip": dice.pick(&["1", "-1/2", "0", "2"]) })
        }
        5 => json!({ "normalize": true }),
        _ => {
            let mut branches: Vec<Vec<Value>> =
                (0..=dice.below(2)).map(|_| blocks(depth - 1, 2, dice)).collect();
            if dice.below(3) == 0 {
                branches.push(vec![]);
            }
            let weights: Vec<&str> = branches.iter().map(|_| dice.pick(&["1", "0", "1/2", "3"])).collect();
            json!({ "sum": branches, "weights": weights })
        }
    }
}

fn network(dice: &mut Random) -> Value {
    let mut input = json!({
        "gamma_w2": dice.pick(&["1", "2"]), "gamma_b2": dice.pick(&["0", "0", "1/4"]), "radius2": dice.pick(&["1", "4"]),
    });
    if dice.below(3) == 0 {
        input["train_w"] = json!(dice.pick(&["0", "2"]));
    }
    if dice.below(3) == 0 {
        input["train_b"] = json!(dice.pick(&["0", "1"]));
    }
    let depth = 1 + dice.below(3);
    json!({ "input": input, "layers": blocks(depth, 3, dice) })
}

#[test]
fn certificates_of_blocks_are_accepted() {
    let folder = Folder::new();
    let data: Vec<String> = [DATA[0], DATA[2], DATA[4], "1,0\n-1,0\n0.6,0.8\n", "0,0\n1,0\n0,2\n"]
        .iter()
        .enumerate()
        .map(|(i, rows)| folder.with(&format!("{i}.csv"), *rows))
        .collect();
    let (mut asked, mut certified, mut left_out) = (0, 0, vec![]);
    for seed in 0..u64::from(ntk_testing::count(NETWORKS)) {
        let mut dice = Random::new(seed);
        let network = network(&mut dice).to_string();
        let file = folder.with("network.json", &network);
        let certificate = folder.file("certificate.json");
        let mut args = vec!["certify", "--network", &file, "--certificate", &certificate];
        args.extend(["--kernel", dice.pick(&KERNELS)]);
        match dice.below(6) {
            place @ 0..=3 => args.extend(["--on", DOMAINS[place]]),
            _ => args.extend(["--points", &data[dice.below(data.len())]]),
        }
        let said = ntk(&args);
        asked += 1;
        if said.status == 2 {
            // No network, or no kernel.
            continue;
        }
        certified += 1;
        if let Some(line) = said.stdout.lines().position(|line| line.trim_start().starts_with("certificate "))
        {
            let words: Vec<&str> = said.stdout.lines().skip(line).take(4).map(str::trim).collect();
            left_out.push(format!("{args:?} {network}: {}", words.join(" ")));
        }
        if std::path::Path::new(&certificate).exists() {
            let checked = ntk(&["check", &certificate]);
            assert_eq!(checked.status, 0, "{args:?} {network}: {}", checked.stderr);
            std::fs::remove_file(&certificate).unwrap();
        } else {
            assert!(!left_out.is_empty(), "{args:?} {network}: no certificate, and nothing is said of it");
        }
    }
    println!("{certified} certificates of blocks, something left out of {}:\n{left_out:#?}", left_out.len());
    assert!(certified * 3 > asked, "{certified} of {asked}");
    assert!(left_out.len() <= certified / 50, "{} of {certified}: {left_out:#?}", left_out.len());
}
