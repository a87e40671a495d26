//! Runs the binary as a user would, and reads back what it printed.
#![allow(dead_code)] // Each test file uses its share.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use ntk_series::number::parse_rational;
use num_rational::BigRational;
use num_traits::Signed;
use serde_json::Value;

/// What the program said.
pub struct Said {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

pub fn command(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ntk"));
    command.args(args).stdin(Stdio::null());
    command
}

pub fn ntk(args: &[&str]) -> Said {
    let Output { status, stdout, stderr } = command(args).output().unwrap();
    Said {
        status: status.code().expect("ended by itself"),
        stdout: String::from_utf8(stdout).unwrap(),
        stderr: String::from_utf8(stderr).unwrap(),
    }
}

/// What it printed, having succeeded without a word on standard error.
pub fn printed(args: &[&str]) -> String {
    let said = ntk(args);
    assert_eq!((said.status, said.stderr.as_str()), (0, ""), "{args:?}");
    said.stdout
}

/// The same as JSON.
pub fn json(args: &[&str]) -> Value {
    let mut all = args.to_vec();
    all.extend(["--format", "json"]);
    serde_json::from_str(&printed(&all)).unwrap()
}

/// It refused: one line that has all of `words`, nothing on standard output.
pub fn refused(status: i32, args: &[&str], words: &[&str]) {
    let said = ntk(args);
    assert_eq!(said.status, status, "{args:?}: {}", said.stderr);
    assert_eq!(said.stdout, "", "{args:?}");
    assert_eq!(said.stderr.matches('\n').count(), 1, "{args:?}: {}", said.stderr);
    assert!(said.stderr.starts_with("error: ") && said.stderr.ends_with('\n'), "{args:?}: {}", said.stderr);
    assert!(said.stderr.len() < 1000, "{args:?}: {}", said.stderr);
    for word in words {
        assert!(said.stderr.contains(word), "{args:?}: `{word}` is not in {}", said.stderr);
    }
}

/// The commands, as the program lists them.
pub fn commands() -> Vec<String> {
    listed(&["nothing"], "is no command; ", " are;")
}

/// The formats of a report, as the program lists them.
pub fn formats() -> Vec<String> {
    listed(&["hermite", "relu", "--format", "nothing"], "[possible values: ", "]")
}

/// What stands between commas in a refusal.
fn listed(args: &[&str], before: &str, after: &str) -> Vec<String> {
    let words = ntk(args).stderr;
    let rest = words.split_once(before).and_then(|(_, rest)| rest.split_once(after));
    let (list, _) = rest.unwrap_or_else(|| panic!("no list in {words}"));
    list.split(", ").map(str::to_string).collect()
}

pub fn exact(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

/// An enclosure read back: `(value, error)`.
pub fn enclosure(value: &Value) -> (BigRational, BigRational) {
    let decimal = |key: &str| exact(value[key].as_str().unwrap_or_else(|| panic!("{key} in {value}")));
    (decimal("value"), decimal("error"))
}

/// `truth` is inside, and the enclosure meets the accuracy, relative or absolute.
pub fn encloses(value: &Value, truth: &BigRational, digits: u32, absolute: bool) {
    let (center, error) = enclosure(value);
    assert!((&center - truth).abs() <= error, "{value} misses {truth}");
    narrow(value, digits, absolute);
}

/// The error is within the accuracy asked for.
pub fn narrow(value: &Value, digits: u32, absolute: bool) {
    let (center, error) = enclosure(value);
    let unit = exact(&format!("1e-{digits}"));
    let bound = if absolute { unit } else { unit * (center.abs() - &error) };
    assert!(error <= bound, "{value} is not accurate to {digits} digits");
}

/// Records of RFC 4180.
pub fn csv(text: &str) -> Vec<Vec<String>> {
    let (mut records, mut record, mut field) = (vec![], vec![], String::new());
    let mut chars = text.chars().peekable();
    let mut quoted = false;
    while let Some(c) = chars.next() {
        match (c, quoted) {
            ('"', true) if chars.peek() == Some(&'"') => field.push(chars.next().unwrap()),
            ('"', _) => quoted = !quoted,
            (',', false) => record.push(std::mem::take(&mut field)),
            ('\r', false) => {
                assert_eq!(chars.next(), Some('\n'));
                record.push(std::mem::take(&mut field));
                records.push(std::mem::take(&mut record));
            }
            (c, _) => field.push(c),
        }
    }
    assert!(record.is_empty() && field.is_empty() && !quoted, "the last record ends");
    assert!(records.iter().all(|r| r.len() == records[0].len()), "records are of one length");
    records
}

/// The cells of the one table of a Markdown text, heading first; checks that it is one.
pub fn markdown_table(text: &str) -> Vec<Vec<String>> {
    let rows: Vec<Vec<String>> = text
        .lines()
        .filter(|line| line.starts_with('|'))
        .map(|line| {
            let inner = line.strip_prefix('|').unwrap().strip_suffix('|').expect("ends with a bar");
            let inner = inner.replace(r"\|", "\u{1}");
            inner.split('|').map(|cell| cell.trim().replace('\u{1}', "|")).collect()
        })
        .collect();
    assert!(rows.iter().all(|r| r.len() == rows[0].len()), "rows are of one length: {text}");
    assert!(
        rows[1].iter().all(|c| c.trim_matches(':').chars().all(|d| d == '-')),
        "a rule under the heading"
    );
    [vec![rows[0].clone()], rows[2..].to_vec()].concat()
}

/// Braces and environments of a LaTeX snippet are closed, dollars come in pairs, and every row of the
/// tables has as many cells as the heading.
pub fn check_latex(text: &str) {
    let mut open: Vec<&str> = vec![];
    let mut cells = None;
    for line in text.lines().filter(|line| !line.starts_with('%')) {
        let bare = line.replace(r"\{", "").replace(r"\}", "").replace(r"\$", "").replace(r"\&", "");
        assert_eq!(bare.matches('{').count(), bare.matches('}').count(), "{line}");
        assert_eq!(bare.matches('$').count() % 2, 0, "{line}");
        assert!(line.is_ascii(), "plain LaTeX needs ASCII here: {line}");
        if let Some(rest) = line.strip_prefix(r"\begin{") {
            open.push(rest.split('}').next().unwrap());
            cells = None;
        } else if let Some(rest) = line.strip_prefix(r"\end{") {
            assert_eq!(open.pop(), Some(rest.trim_end_matches('}')), "{line}");
        } else if line.ends_with(r"\\") && open.last().is_some_and(|e| *e != "align*") {
            let count = bare.matches('&').count();
            assert_eq!(*cells.get_or_insert(count), count, "{line}");
        }
    }
    assert!(open.is_empty(), "{open:?} not closed");
}

/// A folder that goes away again.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Folder {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("ntk-test-{}-{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        fs::create_dir(&path).unwrap();
        Folder(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    /// The path of a file in it, as text.
    pub fn file(&self, name: &str) -> String {
        self.0.join(name).to_str().unwrap().to_string()
    }

    /// The same, written.
    pub fn with(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        fs::write(self.0.join(name), content).unwrap();
        self.file(name)
    }

    /// Everything in it by name.
    pub fn names(&self) -> Vec<String> {
        let mut names: Vec<String> =
            fs::read_dir(&self.0).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
