//! What the commands' options share.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ntk_series::activation::Activation;
use ntk_series::number::{Accuracy, MAX_DIGITS, parse_rational};
use num_rational::BigRational;

use crate::failure::Failure;
use crate::sink::Sink;

/// Highest degree that can be asked for.
pub const MAX_DEGREE: usize = 1_000_000;
/// Most decimal digits in one answer: keeps degree and digits together from asking for all the memory.
const MAX_TOTAL_DIGITS: u64 = 200_000_000;

/// How a report is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people, on a terminal
    Text,
    /// A Markdown table, formulas as `$...$`
    Markdown,
    /// A LaTeX snippet; its second line names the packages that it needs
    Latex,
    /// Comma-separated values with a header row (RFC 4180); `record` tells values from totals, definitions and facts
    Csv,
    /// For scripts: exact decimals as strings
    Json,
}

/// `--format` and `--output`.
#[derive(Args, Debug)]
pub struct OutputArgs {
    #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT", hide_possible_values = true,
          help = format!("Output format: {}", one_of::<Format>()))]
    pub format: Format,
    /// Write to FILE, whole or not at all, instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}

impl OutputArgs {
    /// The place to write to, checked before the work.
    pub fn sink(&self) -> Result<Sink, Failure> {
        Sink::open("--output", self.output.as_deref())
    }
}

/// `--digits` and `--absolute`.
#[derive(Args, Debug)]
pub struct AccuracyArgs {
    /// Relative error of every printed value at most 10^-D, proved
    #[arg(long, aliases = ["precision"], value_name = "D", default_value = "15", allow_hyphen_values = true, value_parser = whole(1, MAX_DIGITS as usize))]
    pub digits: usize,
    /// Let --digits bound the absolute error instead
    #[arg(long)]
    pub absolute: bool,
}

impl AccuracyArgs {
    /// The accuracy, for an answer of `values` numbers.
    pub fn accuracy(&self, values: usize) -> Result<Accuracy, Failure> {
        let total = values as u64 * self.digits as u64;
        if total > MAX_TOTAL_DIGITS {
            return Err(Failure::input(format!(
                "--digits {} for {values} values is too much: up to {MAX_TOTAL_DIGITS} digits in all are accepted",
                self.digits
            )));
        }
        allow_work(self.digits, values);
        let digits = self.digits as u32;
        let accuracy = if self.absolute { Accuracy::absolute(digits) } else { Accuracy::relative(digits) };
        Ok(accuracy?)
    }
}

/// Work that an answer of few digits may take: some seconds, and less where tests ask very many questions.
pub const USUAL_WORK: f64 = if cfg!(test) { 4e7 } else { 4e9 };

/// Lets more digits and more values take more work.
pub fn allow_work(digits: usize, values: usize) {
    let digits = (digits as f64 / 15.0).max(1.0);
    ntk_series::work::allow(USUAL_WORK * digits.powi(2) * (1.0 + values as f64 / 500.0).powi(2));
}

/// The same for matrices of so many rows, of which the cube is the work: ten minutes or so at most.
pub fn allow_work_of_rows(digits: usize, rows: usize, values: usize) {
    let digits = (digits as f64 / 15.0).max(1.0);
    let size = (1.0 + rows as f64 / 60.0 + values as f64 / 500.0).powi(2).min(250.0);
    ntk_series::work::allow(USUAL_WORK * digits.powi(2) * size);
}

/// How far closed forms are written out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ClosedForms {
    /// Those that are short
    Auto,
    /// In π, roots and rationals; `layered` where that is not offered
    Expanded,
    /// In named quantities of the layers, defined above the table
    Layered,
    /// Not at all
    None,
}

/// A parser of whole numbers from `low` to `high` that says so when it refuses.
pub fn whole(
    low: usize,
    high: usize,
) -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    move |text| match text.parse() {
        Ok(n) if (low..=high).contains(&n) => Ok(n),
        _ => Err(format!("a whole number from {low} to {high} is accepted")),
    }
}

/// Reads an exact number, naming the place it came from.
pub fn exact(place: &str, text: &str) -> Result<BigRational, Failure> {
    parse_rational(text).map_err(|error| Failure::from(error).at(place))
}

/// Reads an activation, naming the place it came from.
pub fn activation(place: &str, text: &str) -> Result<Activation, Failure> {
    if text.trim().is_empty() {
        return Err(Failure::input(
            "is empty; a name such as `relu` (`ntk activations` lists them) or a formula in x is accepted",
        )
        .at(place));
    }
    // Leading `-` is welcome in a formula, so a mistyped option can end up here.
    if text.starts_with("--") {
        return Err(Failure::input(format!("unexpected option `{text}`; see `ntk --help`")));
    }
    Activation::parse(text).map_err(|error| Failure::from(error).at(place))
}

/// The text of a file of at most `most` bytes; a refusal says what is `accepted`.
pub fn contents(path: &Path, most: u64, accepted: &str) -> Result<String, Failure> {
    let mut text = String::new();
    File::open(path)
        .and_then(|file| file.take(most + 1).read_to_string(&mut text))
        .map_err(|error| Failure::input(format!("{error}; {accepted}")))?;
    if text.len() as u64 > most {
        return Err(Failure::input(format!("is longer than {most} bytes; {accepted}")));
    }
    // A byte-order mark is no part of the text.
    if text.starts_with('\u{feff}') {
        text.drain(..'\u{feff}'.len_utf8());
    }
    Ok(text)
}

/// The names of all kinds: `text, csv or json`.
fn one_of<E: ValueEnum>() -> String {
    let names: Vec<String> = E::value_variants().iter().cloned().map(spelled).collect();
    match names.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} or {last}", others.join(", ")),
        None => String::new(),
    }
}

/// The name of a kind of value as typed on the command line.
pub fn spelled(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|v| v.get_name().to_string()).unwrap_or_default()
}
