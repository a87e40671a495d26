//! Every command's LaTeX compiles with the packages that it names, and nothing runs off the page. Skipped without
//! pdflatex.

mod common;

use std::collections::BTreeMap;
use std::fs;
use std::process::{Command, Stdio};

use common::*;

/// Points that a line may be too wide.
const TOO_WIDE: f64 = 10.0;

/// Commands that print no LaTeX.
const OTHERS: [&str; 2] = ["check", "plot"];

/// `DATA` and `NETWORK` are files.
const CASES: &[&str] = &[
    "table relu",
    "table relu --hidden-layers 2 --cumulative",
    "table relu --hidden-layers 3 --max-degree 60 --closed-forms layered",
    "table gelu --hidden-layers 3",
    "table gelu --hidden-layers 3 --max-degree 2 --closed-forms expanded",
    "table selu --max-degree 4",
    "table selu --max-degree 3 --closed-forms expanded",
    "table leaky-relu --hidden-layers 4 --max-degree 4 --closed-forms layered",
    "table erf --digits 60 --cumulative",
    "table gelu --digits 300 --max-degree 3",
    "table exp --max-degree 100 --kernel nngp",
    "table x*tanh(x)+sigmoid(x)^2-log(1+exp(x))+sin(x)*cos(x)+abs(x)-relu(x-1)+relu(x+2) --max-degree 1 --digits 5",
    "table --network NETWORK --max-degree 2 --digits 5",
    "hermite relu --max-degree 60",
    "moments gelu --digits 60",
    "hermite gelu --digits 100 --max-degree 4",
    "hermite selu --closed-forms expanded --max-degree 3",
    "hermite piecewise([0];[0],[0,1])",
    "kernel gelu --hidden-layers 2 --at 1/2,-1/3,0.123456789",
    "spectrum relu --dimension 7 --hidden-layers 2",
    "spectrum relu --dimension 100000 --max-degree 8 --digits 40",
    "gram DATA relu --normalize-rows --truncation 1/100",
    "gram DATA erf --normalize-rows --digits 80",
    "critical tanh --sigma-w2 2 --sigma-b2 1/10",
    "critical gelu --from 1 --to 10",
    "predict DATA DATA relu --target 3 --noise 1 --loo",
    "predict DATA DATA erf --target 3,2 --method nngp --noise 1/10 --likelihood",
    "certify relu --hidden-layers 2 --on sphere",
    "certify tanh --biases",
    "certify x*sigmoid(2*x)+abs(x) --points DATA",
    "certify poly(1,2) --on distinct",
    "neighbourhood tanh --widths 2,8,8,1 --at 1/2,-1/3 --order 3",
    "neighbourhood gelu --widths 2,4,1 --at 1/2,-1/3 --digits 60 --order 2",
    "linearity tanh --widths 4,8 --seeds 3 --inputs 3",
    "activations",
];

#[test]
fn every_command_is_compiled() {
    for command in commands().iter().filter(|command| !OTHERS.contains(&command.as_str())) {
        let has = CASES.iter().any(|case| case.split(' ').next() == Some(command));
        assert!(has, "no case of `{command}` in {}", file!());
    }
}

/// What the snippets say that they need.
fn packages(snippet: &str) -> &str {
    let line = snippet.lines().find(|line| line.starts_with("% Needs ")).expect("a line on packages");
    line.trim_start_matches("% Needs ").trim_end_matches('.')
}

/// What TeX complains of: lines of the log after the name of the snippet.
fn complaints(log: &str) -> Vec<String> {
    let mut out = vec![];
    let mut current = "";
    for line in log.lines() {
        if let Some(name) = line.strip_prefix("SNIPPET ") {
            current = name;
        }
        let too_wide = line
            .strip_prefix("Overfull ")
            .and_then(|rest| rest.split('(').nth(1)?.split("pt").next()?.parse().ok());
        let lost = line.starts_with('!') || line.contains("Missing character");
        if lost || too_wide.is_some_and(|points: f64| points > TOO_WIDE) {
            out.push(format!("{current}: {line}"));
        }
    }
    out
}

/// Compiles a plain article of the snippets; the log.
fn compile(folder: &Folder, packages: &str, snippets: &[(String, String)]) -> String {
    let body: String = snippets
        .iter()
        .map(|(name, snippet)| format!("\\typeout{{SNIPPET {name}}}\n{snippet}\\clearpage\n"))
        .collect();
    let preamble = if packages == "no package" { String::new() } else { packages.replace(", ", "\n") };
    let source =
        format!("\\documentclass{{article}}\n{preamble}\n\\begin{{document}}\n{body}\\end{{document}}\n");
    fs::write(folder.path().join("all.tex"), source).unwrap();
    // Twice: a long table finds its widths in the second run.
    for _ in 0..2 {
        let arguments = ["-interaction=nonstopmode", "all.tex"];
        let mut latex = Command::new("pdflatex");
        let status = latex.args(arguments).env("max_print_line", "1000").current_dir(folder.path());
        status.stdin(Stdio::null()).stdout(Stdio::null()).status().unwrap();
    }
    String::from_utf8_lossy(&fs::read(folder.path().join("all.log")).unwrap()).into_owned()
}

#[test]
fn every_command_fits_the_page() {
    if Command::new("pdflatex").arg("--version").stdout(Stdio::null()).status().is_err() {
        eprintln!("skipped: there is no pdflatex");
        return;
    }
    let folder = Folder::new();
    let data = folder.with("data.csv", "1,2,3\n1,2,3.0001\n-3,1,1\n-1,-2,-3.5\n0.1,1e-300,2\n");
    let network = folder.with(
        "network.json",
        r#"{"layers": [{"activation": "x*sigmoid(2*x)+log(1+exp(x))*tanh(x)-min(x,3)^2/7", "sigma_w2": 2, "sigma_b2": "1/3"},
            {"activation": "relu", "sigma_w2": "123456789123456789/1000000007", "sigma_b2": "1/123456789"}]}"#,
    );
    let mut documents: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for case in CASES {
        let args: Vec<&str> = case
            .split(' ')
            .map(|word| match word {
                "DATA" => data.as_str(),
                "NETWORK" => network.as_str(),
                other => other,
            })
            .chain(["--format", "latex"])
            .collect();
        let said = ntk(&args);
        assert!([0, 1, 3].contains(&said.status) && !said.stdout.is_empty(), "{case}: {}", said.stderr);
        check_latex(&said.stdout);
        let name = case.replace(['^', '_', '#', '%'], " ");
        documents.entry(packages(&said.stdout).to_string()).or_default().push((name, said.stdout));
    }
    // The test can fail: a line of 700 points does.
    let bad = ("too wide".to_string(), format!("\\noindent ${}$\n", "{1234567890}".repeat(14)));
    assert_eq!(complaints(&compile(&folder, "no package", &[bad])).len(), 1);
    let bad = ("unknown".to_string(), "$\\mathbb{R}$\n".to_string());
    assert!(!complaints(&compile(&folder, "no package", &[bad])).is_empty());
    for (packages, snippets) in &documents {
        let log = compile(&folder, packages, snippets);
        assert!(log.contains("Output written on all.pdf"), "{log}");
        if let Ok(keep) = std::env::var("NTK_LATEX_PAGES") {
            let name = packages.matches("usepackage").count();
            fs::copy(folder.path().join("all.pdf"), format!("{keep}/{name}-{}.pdf", snippets.len())).unwrap();
        }
        let complaints = complaints(&log);
        assert!(complaints.is_empty(), "with {packages}: {complaints:#?}");
    }
}
