//! Files and whole command lines that nobody would write: they end with a result or with one line that says what is
//! wrong, and what they print can be read again. The examples, and how to run longer, are those of the library's
//! `tests/fuzz`:
//!
//! ```text
//! PROPTEST_CASES=1000000 cargo test --release -p ntk-cli --bin ntk fuzz -- --nocapture
//! ```

use std::cell::RefCell;
use std::ffi::OsString;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{CommandFactory, Parser, ValueEnum};
use ntk_checker::Rejection;
use ntk_testing::Random;
use ntk_testing::fuzz::{DICTIONARY, changed, examples, lines, run};
use serde_json::Value;

use crate::args::{Format, spelled};
use crate::failure::{Failure, Status};
use crate::network::file;
use crate::{Cli, answer};

thread_local! {
    static PRINTED: RefCell<Vec<u8>> = const { RefCell::new(vec![]) };
}

/// What stands for standard output in tests.
pub struct Printed;

impl Write for Printed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        PRINTED.with_borrow_mut(|all| all.extend(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn corpus(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "..", "tests", "fuzz", "corpus", name].iter().collect()
}

/// One short line of characters that are seen.
fn check_failure(failure: &Failure) {
    let text = failure.message();
    let hidden = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{feff}')
    };
    assert!(!text.is_empty() && text.chars().count() <= 500 && !text.contains(hidden), "{text:?}");
    assert!((1..=3).contains(&failure.status), "{}: {text}", failure.status);
}

/// Fields of the files.
const FIELDS: [&str; 34] = [
    "\"layers\":",
    "\"input\":",
    "\"activation\":",
    "\"sigma_w2\":",
    "\"sigma_b2\":",
    "\"gamma_w2\":",
    "\"radius2\":",
    "\"normalized\"",
    "\"unit\"",
    "\"relu\"",
    "\"x^2\"",
    "layers = ",
    "[[layers]]\n",
    "[input]\n",
    "activation = 'tanh'\n",
    "sigma_w2 = 2\n",
    "sigma_b2 = 1e-3\n",
    "radius2 = inf\n",
    "gamma_b2 = 1979-05-27\n",
    "0b1",
    "\"\"\"",
    "{}",
    "[]",
    "a.b = 1\n",
    "\"residual\":",
    "\"skip\":",
    "{\"normalize\":true}",
    "\"sum\":[[]]",
    "\"weights\":",
    "\"train_w\":0",
    "\"train_b\":",
    "[[layers.residual]]\n",
    "normalize = true\n",
    "sum = [[{normalize = true}], []]\n",
];

/// A network of blocks by the form of network files; what the numbers are makes many of them no network.
fn blocks_file(random: &mut Random, is_toml: bool) -> String {
    let depth = if random.one_in(16) { 30 + random.below(20) } else { random.below(4) };
    let layers = chain(random, depth, is_toml);
    match is_toml {
        true => format!("layers = {layers}\n[input]\ntrain_w = {}\n", number(random)),
        false => format!("{{\"input\": {{\"train_b\": {}}}, \"layers\": {layers}}}", number(random)),
    }
}

fn number(random: &mut Random) -> &'static str {
    random.pick(&["0", "1", "2", "\"1/3\"", "\"7/2\"", "\"-1\"", "0.5", "1e-3", "\"1e30\"", "\"normalized\""])
}

/// A list of entries, so many levels deep.
fn chain(random: &mut Random, depth: usize, is_toml: bool) -> String {
    // One alone where many levels follow.
    let count = if depth > 4 { 1 } else { random.below(4) };
    let entries: Vec<String> = (0..count).map(|_| entry(random, depth, is_toml)).collect();
    format!("[{}]", entries.join(", "))
}

fn entry(random: &mut Random, depth: usize, is_toml: bool) -> String {
    let inner = |random: &mut Random| chain(random, depth.saturating_sub(1), is_toml);
    let fields = match random.below(if depth == 0 { 3 } else { 6 }) {
        0 | 1 => {
            let name = random.pick(&["relu", "erf", "x", "tanh", "x^2"]);
            let mut fields = vec![("activation", format!("\"{name}\""))];
            for field in ["sigma_w2", "sigma_b2", "train_w", "train_b"] {
                if random.one_in(3) {
                    fields.push((field, number(random).to_string()));
                }
            }
            fields
        }
        2 if depth < 5 => vec![("normalize", "true".to_string())],
        3 => {
            let branches: Vec<String> = (0..1 + random.below(2)).map(|_| inner(random)).collect();
            let weights: Vec<&str> = branches.iter().map(|_| number(random)).collect();
            vec![
                ("sum", format!("[{}]", branches.join(", "))),
                ("weights", format!("[{}]", weights.join(", "))),
            ]
        }
        _ => vec![("residual", inner(random)), ("skip", number(random).to_string())],
    };
    let written = fields.into_iter().map(|(name, value)| match is_toml {
        true => format!("{name} = {value}"),
        false => format!("\"{name}\": {value}"),
    });
    format!("{{{}}}", written.collect::<Vec<_>>().join(", "))
}

fn networks(name: &str, is_toml: bool, count: u32) {
    let examples = examples(&corpus(name));
    let make = |random: &mut Random| match random.below(3) {
        0 => blocks_file(random, is_toml).into_bytes(),
        1 => {
            let made = [blocks_file(random, is_toml).into_bytes()];
            changed(random, &made, &FIELDS)
        }
        _ => changed(random, &examples, &FIELDS),
    };
    run(name, ntk_testing::count(count), &examples, make, |input| {
        let text = String::from_utf8_lossy(input);
        match ntk_series::work::within(1e8, || file::from_text(&text, is_toml)) {
            Err(failure) => check_failure(&failure),
            Ok(network) => {
                let printed = network.to_json();
                let again = file::from_text(&printed.to_string(), false)
                    .unwrap_or_else(|e| panic!("{printed}: {}", e.message()));
                assert_eq!(again.to_json(), printed);
            }
        }
    });
}

#[test]
fn networks_in_json() {
    networks("network", false, 1000);
}

#[test]
fn networks_in_toml() {
    networks("toml", true, 1000);
}

#[test]
fn certificates() {
    let examples = examples(&corpus("certificate"));
    let make = |random: &mut Random| {
        let words = ["\"relu\"", "\"x\"", "\"verdict\":", "\"points\":", "true", "[]", "{}", "\"1/3\""];
        changed(random, &examples, &words)
    };
    run("certificates", ntk_testing::count(300), &examples, make, |input| {
        let text = String::from_utf8_lossy(input);
        if let Err(rejection) = ntk_checker::check(&text) {
            let line = rejection.to_string();
            let status = match rejection {
                Rejection::Refuted { .. } => Failure::check_failed(&line),
                Rejection::TooMuchWork { .. } => Failure::undecided(&line),
                Rejection::Malformed { .. } => Failure::input(&line),
            };
            check_failure(&status);
        }
    });
}

/// Commands, with what they cannot do without.
const COMMANDS: [&str; 29] = [
    "moments ACTIVATION",
    "critical ACTIVATION",
    "critical ACTIVATION --sigma-w2 NUMBER --sigma-b2 NUMBER",
    "moments ACTIVATION --mean NUMBER --variance NUMBER",
    "table ACTIVATION",
    "table --network NETWORK",
    "hermite ACTIVATION",
    "certify ACTIVATION",
    "certify --network NETWORK",
    "certify ACTIVATION --points POINTS",
    "check FILE",
    "kernel ACTIVATION --at NUMBER",
    "kernel ACTIVATION --points POINTS",
    "spectrum ACTIVATION --dimension NUMBER",
    "gram POINTS ACTIVATION",
    "gram POINTS --network NETWORK",
    "plot table ACTIVATION --output out.svg",
    "plot spectrum ACTIVATION --dimension 3 --output out.png",
    "plot kernel ACTIVATION --output out.svg",
    "plot gram POINTS ACTIVATION --output out.svg",
    "plot linearity ACTIVATION --widths 2,3 --seeds 2 --inputs 2 --output out.svg",
    "neighbourhood ACTIVATION --widths 2,3,1 --at 1/2,NUMBER",
    "neighbourhood --weights FILE --at NUMBER",
    "neighbourhood ACTIVATION --widths 1,2,1 --biases --weights FILE --at NUMBER",
    "linearity ACTIVATION --widths 2,3 --seeds 2 --inputs 2",
    "predict POINTS POINTS ACTIVATION --target COUNT",
    "predict circle.csv circle.csv ACTIVATION --target 2",
    "activations",
    "",
];

const OPTIONS: [&str; 65] = [
    "--mean NUMBER",
    "--columns COUNT",
    "--drop-duplicates",
    "--with POINTS",
    "--format json",
    "--format json",
    "--format csv",
    "--format latex",
    "--format markdown",
    "--kernel nngp",
    "--kernel ntk",
    "--hidden-layers COUNT",
    "--max-degree COUNT",
    "--sigma-w2 NUMBER",
    "--sigma-b2 NUMBER",
    "--sigma-b2 unit",
    "--gamma-w2 NUMBER",
    "--gamma-b2 NUMBER",
    "--radius2 NUMBER",
    "--digits COUNT",
    "--absolute",
    "--convention murray2023",
    "--cumulative",
    "--closed-forms layered",
    "--closed-forms none",
    "--variance NUMBER",
    "--biases",
    "--no-biases",
    "--on sphere",
    "--on distinct",
    "--on sphere-without-antipodes",
    "--points POINTS",
    "--certificate out.json",
    "--output out.txt",
    "--dimension COUNT",
    "--measure surface",
    "--normalize-rows",
    "--truncation NUMBER",
    "--bounds none",
    "--bounds cheap",
    "--order COUNT",
    "--step-size NUMBER",
    "--step FILE",
    "--seed COUNT",
    "--parametrization standard",
    "--component COUNT",
    "--output-activation ACTIVATION",
    "--noise NUMBER",
    "--time NUMBER",
    "--method nngp",
    "--loo",
    "--likelihood",
    "--title WORD",
    "--width COUNT",
    "--scale COUNT",
    "--height COUNT",
    "--x-scale log",
    "--y-scale log",
    "--normalize",
    "--rate",
    "--from NUMBER",
    "--to NUMBER",
    "--first-seed COUNT",
    "--step-seed COUNT",
    "--architectures linear-output,bottleneck",
];

const ACTIVATIONS: [&str; 20] = [
    "relu",
    "tanh",
    "gelu",
    "abs",
    "sin",
    "x",
    "x^2",
    "0",
    "2",
    "hermite(3)",
    "leaky-relu(1/10)",
    "sign",
    "exp",
    "max(x,1)",
    "erf",
    "x*sigmoid(2*x)",
    "exp(x^2/5)",
    "where(x>0,x,exp(x)-1)",
    "(exp(x)-1)/x",
    "cos(100*x)",
];

/// Options of a command and of its own commands.
fn options(command: &clap::Command) -> Vec<String> {
    let own =
        command.get_arguments().filter_map(|argument| argument.get_long().map(|name| format!("--{name}")));
    own.chain(command.get_subcommands().flat_map(options)).collect()
}

#[test]
fn every_command_and_option_is_tried() {
    let lines = || COMMANDS.iter().chain(&OPTIONS);
    for command in Cli::command().get_subcommands() {
        let name = command.get_name();
        let has = COMMANDS.iter().any(|line| line.split(' ').next() == Some(name));
        assert!(has, "no line of `{name}` in COMMANDS");
        for option in options(command) {
            let has = lines().any(|line| line.split(' ').any(|word| word == option));
            assert!(has, "`{option}` of `{name}` in neither COMMANDS nor OPTIONS");
        }
    }
    for format in Format::value_variants() {
        let option = format!("--format {}", spelled(*format));
        assert!(*format == Format::Text || OPTIONS.contains(&option.as_str()), "no `{option}` in OPTIONS");
    }
}

fn word(random: &mut Random, kind: &str, names: &[String]) -> String {
    let odd = random.one_in(8);
    match kind {
        "ACTIVATION" if odd => {
            String::from_utf8_lossy(&changed(random, &lines("relu(x)*2\nx^3+1"), &ACTIVATIONS)).into()
        }
        "ACTIVATION" => random.pick(&ACTIVATIONS).to_string(),
        "COUNT" if odd => {
            random.pick(&["1000", "1000000", "200", "100000", "2147483648", "1048577"]).to_string()
        }
        "COUNT" => random.below(20).to_string(),
        "NUMBER" if odd => random.pick(&DICTIONARY).to_string(),
        "NUMBER" => random.pick(&["0", "1", "2", "1/3", "-1", "1e-3", "1e6", "1e-30", "3"]).to_string(),
        "FILE" | "POINTS" | "NETWORK" => {
            let fitting = |name: &&String| match kind {
                "POINTS" => name.ends_with("csv"),
                "NETWORK" => name.ends_with("toml") || name.ends_with("d.json") || name.ends_with("t.json"),
                _ => true,
            };
            let fitting: Vec<&str> = names.iter().filter(|n| odd || fitting(n)).map(String::as_str).collect();
            random.pick(&fitting).to_string()
        }
        "WORD" => random.pick(&DICTIONARY).to_string(),
        _ => kind.to_string(),
    }
}

/// A command line, its words separated by zeros.
fn command_line(random: &mut Random, names: &[String]) -> Vec<u8> {
    let mut template = random.pick(&COMMANDS).to_string();
    for _ in 0..random.below(5) {
        template = format!("{template} {}", random.pick(&OPTIONS));
    }
    let mut words: Vec<String> = vec![];
    for part in template.split_whitespace() {
        let filled = part.split(',').map(|kind| word(random, kind, names)).collect::<Vec<_>>();
        words.push(filled.join(","));
    }
    if random.one_in(12) {
        let at = random.below(words.len() + 1);
        words.insert(at, random.pick(&DICTIONARY).to_string());
    }
    words.join("\0").into_bytes()
}

#[test]
fn command_lines() {
    let folder = std::env::temp_dir().join(format!("ntk-fuzz-{}", std::process::id()));
    fs::create_dir_all(&folder).expect("a folder");
    let mut names = vec!["missing.csv".to_string(), ".".to_string(), "/dev/null".to_string()];
    for part in ["points", "npy", "finite", "network", "toml", "certificate"] {
        for entry in fs::read_dir(corpus(part)).expect("examples") {
            let path = entry.expect("an example").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            fs::copy(&path, folder.join(&name)).expect("a copy");
            names.push(name);
        }
    }
    names.sort();
    let text = fs::read_to_string(corpus("commands.txt")).expect("examples");
    let examples: Vec<Vec<u8>> = lines(&text.replace(' ', "\0"));
    let make = |random: &mut Random| {
        if random.one_in(3) { changed(random, &examples, &ACTIVATIONS) } else { command_line(random, &names) }
    };
    run("command lines", ntk_testing::count(60), &examples, make, |input| ask(input, &folder, &names));
    fs::remove_dir_all(&folder).expect("the folder");
}

fn ask(input: &[u8], folder: &Path, names: &[String]) {
    let text = String::from_utf8_lossy(input);
    // Files are those of the folder; nothing is written elsewhere.
    let place = |word: &str| {
        let known = names.iter().any(|n| n == word) || word.starts_with("out.");
        if known { folder.join(word).to_string_lossy().into_owned() } else { word.to_string() }
    };
    let words: Vec<String> = text.split('\0').filter(|w| !w.is_empty()).map(place).collect();
    let mut previous = "";
    for word in &words {
        let (option, value) = word.split_once('=').unwrap_or((previous, word));
        let writes = ["--output", "--certificate"].contains(&option);
        if writes && !Path::new(value).starts_with(folder) {
            return;
        }
        previous = word;
    }
    let args: Vec<OsString> = std::iter::once("ntk".into()).chain(words.iter().map(OsString::from)).collect();
    let asks_for_help =
        |e: &clap::Error| matches!(e.kind(), ErrorKind::DisplayHelp | ErrorKind::DisplayVersion);
    if Cli::try_parse_from(&args).err().as_ref().is_some_and(asks_for_help) {
        return;
    }
    PRINTED.with_borrow_mut(Vec::clear);
    let outcome = answer(&args);
    let printed = PRINTED.with_borrow(Clone::clone);
    let printed = String::from_utf8(printed).expect("text");
    let hidden: Vec<PathBuf> = fs::read_dir(folder)
        .expect("the folder")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|e| e == "tmp"))
        .collect();
    assert!(hidden.is_empty(), "{hidden:?} is left");
    match outcome {
        Err(failure) => {
            check_failure(&failure);
            assert_eq!(printed, "", "a failure prints nothing");
        }
        Ok(status) => check_printed(&words, status, &printed),
    }
}

fn check_printed(words: &[String], status: Status, printed: &str) {
    let follows =
        |a: &str, b: &str| words.windows(2).any(|pair| pair == [a, b]) || words.contains(&format!("{a}={b}"));
    assert!(!printed.contains(|c: char| c.is_control() && !"\n\r".contains(c)), "{printed:?}");
    let to_file = words.iter().any(|w| w.starts_with("--output"));
    if !to_file {
        assert!(printed.ends_with('\n'), "{printed:?}");
    }
    if follows("--format", "json") && !to_file && words[0] != "plot" && words[0] != "check" {
        let value: Value = serde_json::from_str(printed).unwrap_or_else(|e| panic!("{e}: {printed}"));
        // What it says of the network is a network file, and the same network; certificates have a shape of their own.
        if let Some(network) = value.get("network").filter(|_| words[0] != "certify") {
            let read = file::from_text(&network.to_string(), false);
            let read = read.unwrap_or_else(|e| panic!("{network}: {}", e.message()));
            assert_eq!(read.to_json(), *network);
        }
        assert!(status != Status::Undecided || ["certify", "gram"].contains(&words[0].as_str()), "{printed}");
    }
}
