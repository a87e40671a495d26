//! What README.md shows is what the program prints, up to the error bounds, which improve from time to time.

mod common;

use std::process::Command;

use common::commands;

/// The lines without their error bounds and without the padding that depends on them.
fn lines(text: &str) -> Vec<String> {
    let bound = |word: &&str| word.parse::<f64>().is_ok_and(|x| x != 0.0 && x.abs() < 1e-12);
    let line = |l: &str| {
        l.split_whitespace().filter(|w| !bound(w) && !w.starts_with("──")).collect::<Vec<_>>().join(" ")
    };
    text.lines().map(line).filter(|l| !l.is_empty()).collect()
}

fn output(arguments: &str) -> String {
    let out = Command::new(env!("CARGO_BIN_EXE_ntk")).args(arguments.split(' ')).output().expect("ntk runs");
    assert!(out.status.success());
    String::from_utf8(out.stdout).expect("UTF-8")
}

fn assert_shown(output: &str) {
    let readme =
        std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).expect("README.md");
    let (readme, output) = (lines(&readme), lines(output));
    assert!(
        readme.windows(output.len()).any(|w| w == output),
        "README.md does not show\n{}",
        output.join("\n")
    );
}

#[test]
fn the_main_job_is_shown() {
    assert_shown(&output("table relu --hidden-layers 3 --digits 30 --closed-forms none"));
}

#[test]
fn the_closed_forms_are_shown() {
    let text = output("table relu --hidden-layers 2 --max-degree 1");
    assert_shown(&text[text.find("where").expect("definitions")..]);
}

fn readme() -> String {
    std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../README.md")).expect("README.md")
}

/// With line breaks as blanks: sentences go over lines.
fn assert_says(words: &str) {
    let text = readme().split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(text.contains(words), "README.md does not say `{words}`");
}

#[test]
fn limits_are_those_of_the_library() {
    use ntk_series::kernel::closed::{MAX_DEGREE_DEEP, MAX_DEGREE_SHALLOW};
    assert_says(&format!("up to degree {MAX_DEGREE_DEEP} ({MAX_DEGREE_SHALLOW} with one hidden layer)"));
    let manifest = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../Cargo.toml")).unwrap();
    let version = manifest.lines().find_map(|line| line.strip_prefix("rust-version = ")).unwrap();
    assert_says(&format!("Rust {} or later", version.trim_matches('"')));
}

#[test]
fn the_catalogue_is_whole() {
    let count = ntk_series::activation::catalogue().count();
    assert_says(&format!("{count} names and families of them"));
    let text = readme();
    let start = text.find("## The catalogue").unwrap();
    let section = &text[start..start + text[start..].find("Anything with an `x`").unwrap()];
    for entry in ntk_series::activation::catalogue() {
        let shown = [
            format!("`{}`", entry.signature()),
            format!("`{}`", entry.name()),
            format!("`{}(", entry.name()),
        ];
        assert!(
            shown.iter().any(|name| section.contains(name)),
            "{} is not in the catalogue",
            entry.signature()
        );
    }
}

/// Every command line is one that the program reads, and every file exists.
#[test]
fn commands_and_files_exist() {
    let text = readme();
    let commands = commands();
    let mut count = 0;
    for (i, _) in text.match_indices("`ntk ").chain(text.match_indices("\nntk ")) {
        let command: String = text[i + 5..].chars().take_while(char::is_ascii_lowercase).collect();
        assert!(commands.contains(&command), "`ntk {command}` is no command");
        count += 1;
    }
    assert!(count > 10);
    for (i, _) in text
        .match_indices("](docs/")
        .chain(text.match_indices("](plot/"))
        .chain(text.match_indices("](checker/"))
    {
        let path: String = text[i + 2..].chars().take_while(|c| *c != ')').collect();
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(&path);
        assert!(path.exists(), "{} is not there", path.display());
    }
}

/// Options that the README names belong to some command.
#[test]
fn options_exist() {
    let mut known = String::new();
    for command in commands().iter().map(String::as_str).chain(["plot table"]) {
        known += &output(&format!("{command} --help"));
    }
    let known: std::collections::HashSet<&str> = words(&known).collect();
    let text = readme();
    let (main, _) = text.split_once("## Speed").unwrap();
    for option in words(main).filter(|w| w.starts_with("--") && w.len() > 3) {
        // Those of cargo.
        let others = ["--release", "--quiet", "--workspace", "--example", "--path", "--open"];
        assert!(known.contains(option) || others.contains(&option), "{option}");
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_').filter(|w| !w.is_empty())
}
