//! `ntk kernel`: values of a kernel.

use std::path::{Path, PathBuf};

use clap::Args;
use ntk_series::Ball;
use ntk_series::finite::NpyArray;
use ntk_series::gram::{GramMatrix, Points};
use ntk_series::kernel::Network;
use ntk_series::number::Accuracy;
use num_rational::BigRational;
use num_traits::{One, Signed};
use serde_json::{Map, Value};

use crate::args::{AccuracyArgs, OutputArgs, exact, spelled};
use crate::data::{Data, DataArgs};
use crate::enclosure::{Enclosure, Miss, with_rising_accuracy};
use crate::failure::Failure;
use crate::network::words::{network_facts, title};
use crate::network::{KernelArg, NetworkArgs, shared_activation};
use crate::progress;
use crate::report::{Cell, Column, Fact, Grid, Kind, Phrase, Places, Report};

const EXAMPLES: &str = "\
Examples:
  ntk kernel relu --at 1/2,-1,0.3
  ntk kernel tanh --hidden-layers 3 --at 0.9 --digits 30 --format json
  ntk kernel gelu --points train.csv
  ntk kernel gelu --points test.csv --with train.csv --format csv

--at takes cosines of the angle between two inputs on the sphere. --points takes points of any norms, a row each,
and prints the kernel of every two of them, or of every row with every row of the file that --with names.
Files are read as `ntk gram` reads them. --output FILE.npy writes doubles, each the nearest to its value to within a
thousandth of the distance to the next; one that is nearly zero is within 1e-20 of the root of K(x, x) K(y, y).
A value that may be zero has an error relative to the root of K(x, x) K(y, y).";

/// Digits behind every double.
const DOUBLE_DIGITS: u32 = 20;
/// Most values that are printed.
const MAX_VALUES: usize = 1_000_000;

/// Values of the kernel, at cosines or between points
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
#[group(id = "where", required = true, multiple = false, args = ["at", "points"])]
pub struct KernelArgs {
    #[command(flatten)]
    network: NetworkArgs,
    /// Kernel: ntk or nngp
    #[arg(long, value_enum, default_value_t = KernelArg::Ntk, value_name = "KERNEL", hide_possible_values = true)]
    kernel: KernelArg,
    /// Cosines of the angle between two inputs, from -1 to 1
    #[arg(long, value_name = "R,R,...", allow_hyphen_values = true)]
    at: Option<String>,
    /// Points, a row of numbers each
    #[arg(long, value_name = "FILE")]
    points: Option<PathBuf>,
    /// The points to take the kernel with, instead of the points themselves
    #[arg(long, value_name = "FILE")]
    with: Option<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    accuracy: AccuracyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What is printed.
enum Found {
    At(Vec<(BigRational, Enclosure)>),
    Between { entries: Vec<Vec<Enclosure>>, data: Box<Data>, with: Option<Box<Data>> },
}

/// Rows and columns of a matrix of values.
struct Pairs {
    data: Data,
    with: Option<Data>,
    all: Points,
    rows: usize,
    columns: usize,
    /// The place of the first column among all points.
    first_column: usize,
}

fn cosines(list: &str) -> Result<Vec<BigRational>, Failure> {
    let cosine = |text: &str| {
        let value = exact("--at", text.trim())?;
        match value.abs() <= BigRational::one() {
            true => Ok(value),
            false => Err(Failure::input(format!("--at {text}: a cosine from -1 to 1 is accepted"))),
        }
    };
    list.split(',').map(cosine).collect()
}

impl KernelArgs {
    pub fn run(&self) -> Result<(), Failure> {
        let sink = self.output.sink()?;
        let network = self.network.network()?;
        if self.with.is_some() && self.points.is_none() {
            return Err(Failure::input("--with needs --points, the points that it is taken with"));
        }
        if self.output.output.as_ref().is_some_and(|path| path.extension().is_some_and(|e| e == "npy")) {
            return sink.write_bytes(&self.array(&network)?.to_bytes());
        }
        let (found, accuracy) = match (&self.at, &self.points) {
            (Some(list), _) => self.at(&network, list)?,
            (None, Some(path)) => self.between(&network, path)?,
            (None, None) => return Err(Failure::input("--at or --points is needed")),
        };
        let report = self.report(&network, accuracy, &found);
        sink.write(&report.render(self.output.format))
    }

    /// The values as doubles. With three digits more than a double has, the double nearest to the midpoint is the one
    /// nearest to the value, or its neighbour where the value lies half-way to within a thousandth of their distance.
    fn array(&self, network: &Network) -> Result<NpyArray, Failure> {
        let accuracy = Accuracy::relative(DOUBLE_DIGITS)?;
        let double = |ball: &Ball| ball.midpoint().to_f64();
        let array = match (&self.at, &self.points) {
            (Some(list), _) => {
                let cosines = cosines(list)?;
                let values = progress::during("the kernel", || {
                    network.values(self.kernel.into(), &cosines, accuracy)
                })?;
                NpyArray { shape: vec![cosines.len()], values: values.iter().map(double).collect() }
            }
            (None, Some(path)) => {
                let pairs = self.pairs(path)?;
                let matrix = progress::during("the kernel", || {
                    GramMatrix::new(network, self.kernel.into(), &pairs.all, accuracy)
                })?;
                let entries = (0..pairs.rows).flat_map(|i| (0..pairs.columns).map(move |j| (i, j)));
                let values = entries.map(|(i, j)| double(&matrix.get(i, pairs.first_column + j))).collect();
                NpyArray { shape: vec![pairs.rows, pairs.columns], values }
            }
            (None, None) => return Err(Failure::input("--at or --points is needed")),
        };
        match array.values.iter().all(|x| x.is_finite()) {
            true => Ok(array),
            false => Err(Failure::input(
                "--output: a value is beyond the largest double; --format csv is accepted",
            )),
        }
    }

    fn at(&self, network: &Network, list: &str) -> Result<(Found, Accuracy), Failure> {
        let cosines = cosines(list)?;
        let accuracy = self.accuracy.accuracy(cosines.len())?;
        let values = progress::during("the kernel", || {
            with_rising_accuracy(accuracy, |working| {
                let values = network.values(self.kernel.into(), &cosines, working)?;
                let size = network.at_one(self.kernel.into(), working)?;
                let shown = cosines.iter().zip(&values).map(|(rho, value)| {
                    Enclosure::relative_to(|| format!("the kernel at {rho}"), value, &size, accuracy)
                });
                shown.collect::<Result<Vec<_>, Miss>>()
            })
        })?;
        Ok((Found::At(cosines.into_iter().zip(values).collect()), accuracy))
    }

    /// The points of the files.
    fn pairs(&self, path: &Path) -> Result<Pairs, Failure> {
        let data = self.data.read(path, &format!("--points {}", path.display()))?;
        let with = match &self.with {
            Some(path) => Some(self.data.read(path, &format!("--with {}", path.display()))?),
            None => None,
        };
        let (rows, columns) = (data.points.len(), with.as_ref().unwrap_or(&data).points.len());
        // One matrix of all points, of which a block is shown.
        let all = match &with {
            Some(with) => {
                Points::new(data.points.rows().iter().chain(with.points.rows()).cloned().collect())?
            }
            None => data.points.clone(),
        };
        let first_column = if with.is_some() { rows } else { 0 };
        Ok(Pairs { data, with, all, rows, columns, first_column })
    }

    fn between(&self, network: &Network, path: &Path) -> Result<(Found, Accuracy), Failure> {
        let Pairs { data, with, all, rows, columns, first_column } = self.pairs(path)?;
        let count = rows.saturating_mul(columns);
        if count > MAX_VALUES {
            let accepted = format!(
                "{count} values are too many to print: up to {MAX_VALUES} are accepted, and more with --output FILE.npy"
            );
            return Err(Failure::input(accepted));
        }
        let accuracy = self.accuracy.accuracy(count)?;
        let entries = progress::during("the kernel", || {
            with_rising_accuracy(accuracy, |working| {
                let matrix = GramMatrix::new(network, self.kernel.into(), &all, working)?;
                let entry = |i: usize, j: usize| {
                    let (what, j) =
                        (format!("the kernel of row {} with row {}", i + 1, j + 1), first_column + j);
                    let size = (matrix.get(i, i) * matrix.get(j, j)).sqrt();
                    Enclosure::relative_to(|| what.clone(), &matrix.get(i, j), &size, accuracy)
                };
                let row = |i: usize| (0..columns).map(|j| entry(i, j)).collect::<Result<Vec<_>, Miss>>();
                (0..rows).map(row).collect::<Result<Vec<_>, Miss>>()
            })
        })?;
        Ok((Found::Between { entries, data: Box::new(data), with: with.map(Box::new) }, accuracy))
    }

    fn report(&self, network: &Network, accuracy: Accuracy, found: &Found) -> Report {
        let math = |text: &str, latex: &str| Phrase::new().math(text, latex);
        let of = match self.kernel {
            KernelArg::Ntk => ["Θ", r"\Theta"],
            KernelArg::Nngp => ["Σ", r"\Sigma"],
        };
        let (columns, rows): (Vec<Column>, Vec<Vec<Cell>>) = match found {
            Found::At(values) => {
                let row = |(rho, value): &(BigRational, Enclosure)| {
                    vec![Cell::Words(rho.to_string()), Cell::Enclosure(value.clone())]
                };
                let columns = vec![
                    Column::new("rho", Kind::Words, math("ρ", r"\rho")),
                    Column::new(
                        "value",
                        Kind::Value,
                        math(&format!("{}(ρ)", of[0]), &format!(r"{}(\rho)", of[1])),
                    ),
                ];
                (columns, values.iter().map(row).collect())
            }
            Found::Between { entries, with, .. } => {
                let cells = entries.iter().enumerate().flat_map(|(i, row)| {
                    // A symmetric matrix is printed once.
                    let most = if with.is_some() { row.len() } else { i + 1 };
                    row.iter().take(most).enumerate().map(move |(j, value)| {
                        vec![Cell::Index(i + 1), Cell::Index(j + 1), Cell::Enclosure(value.clone())]
                    })
                });
                let columns = vec![
                    Column::new("row", Kind::Index, Phrase::new().words("row")),
                    Column::new("column", Kind::Index, Phrase::new().words("column")),
                    Column::new(
                        "value",
                        Kind::Value,
                        math(&format!("{}(x, y)", of[0]), &format!("{}(x, y)", of[1])),
                    ),
                ];
                (columns, cells.collect())
            }
        };
        let mut facts = vec![];
        if let Found::Between { data, with, .. } = found {
            facts.push(data.fact("points"));
            match with {
                Some(with) => facts.push(with.fact("with")),
                None => {
                    let text = "the points themselves, each two once";
                    facts.push(Fact { label: "with".into(), value: Phrase::new().words(text) });
                }
            }
        }
        facts.extend(network_facts(network, None));
        facts.push(Fact { label: "accuracy".into(), value: Phrase::accuracy(accuracy) });
        Report {
            title: title(self.kernel, network),
            facts,
            definitions: vec![],
            places: Places::of(accuracy),
            grids: vec![Grid { record: "value", columns, rows }],
            totals: vec![],
            json: self.json(network, found),
        }
    }

    fn json(&self, network: &Network, found: &Found) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("schema".into(), "ntk-series/kernel/1".into());
        json.insert("kernel".into(), spelled(self.kernel).into());
        json.insert("activation".into(), shared_activation(network).map_or(Value::Null, Value::String));
        json.insert("network".into(), network.to_json());
        json.insert("digits".into(), self.accuracy.digits.into());
        json.insert("absolute".into(), self.accuracy.absolute.into());
        match found {
            Found::At(values) => {
                let entry = |(rho, value): &(BigRational, Enclosure)| {
                    let mut entry = Map::new();
                    entry.insert("rho".into(), rho.to_string().into());
                    value.insert_into(&mut entry);
                    Value::Object(entry)
                };
                json.insert("values".into(), values.iter().map(entry).collect());
            }
            Found::Between { entries, data, with } => {
                json.insert("data".into(), data.to_json());
                if let Some(with) = with {
                    json.insert("with".into(), with.to_json());
                }
                let row = |row: &Vec<Enclosure>| row.iter().map(Enclosure::to_json).collect::<Value>();
                json.insert("entries".into(), entries.iter().map(row).collect());
            }
        }
        json
    }
}
