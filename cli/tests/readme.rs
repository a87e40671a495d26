//! What README.md shows is what the program prints, up to the error bounds, which improve from time to time.

use std::process::Command;

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
