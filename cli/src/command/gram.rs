//! `ntk gram`: the Gram matrix of data on the sphere, and bounds of its smallest eigenvalue.

use std::path::PathBuf;

use clap::Args;
use ntk_series::gram::{
    EigenvalueBound, GramMatrix, Points, Separation, effective_rank, effective_rank_bound, eigenvalue_bounds,
    largest_eigenvalue, smallest_eigenvalue,
};
use ntk_series::kernel::{Convention, Network};
use ntk_series::number::Accuracy;
use ntk_series::{Ball, Error};
use serde_json::{Map, Value};

use super::certify::read_points;
use crate::args::{AccuracyArgs, OutputArgs, spelled};
use crate::enclosure::{Enclosure, decimal};
use crate::failure::Failure;
use crate::network::words::{input_phrase, title};
use crate::network::{KernelArg, NetworkArgs, shared_activation, to_json};
use crate::progress;
use crate::report::{Cell, Column, Fact, Kind, Phrase, Places, Report, Total};

const EXAMPLES: &str = "\
Examples:
  ntk gram data.csv relu --normalize-rows
  ntk gram data.csv tanh --hidden-layers 2 --format json

A data file has one point a row: exact decimals or fractions between commas (0.1, 1/3, 1e-3).
The eigenvalues are those of the matrix K(x_i, x_j); every number is printed with the error that is proved.";

/// Gram matrix of data on the sphere: its extreme eigenvalues, and bounds of the smallest
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct GramArgs {
    /// The points, one a row
    #[arg(value_name = "FILE.csv")]
    points: PathBuf,
    #[command(flatten)]
    network: NetworkArgs,
    /// Kernel: ntk or nngp
    #[arg(long, value_enum, default_value_t = KernelArg::Ntk, value_name = "KERNEL", hide_possible_values = true)]
    kernel: KernelArg,
    /// Divide every row by its norm, and multiply it by the radius of the sphere
    #[arg(long)]
    normalize_rows: bool,
    #[command(flatten)]
    accuracy: AccuracyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What was found.
struct Found {
    count: usize,
    dimension: usize,
    separation: Option<Separation>,
    smallest: Ball,
    largest: Ball,
    trace: Ball,
    rank: Ball,
    rank_bound: Option<Ball>,
    bounds: Vec<EigenvalueBound>,
}

impl GramArgs {
    pub fn run(&self) -> Result<(), Failure> {
        let sink = self.output.sink()?;
        let network = self.network.network()?;
        let accuracy = self.accuracy.accuracy(1)?;
        let place = format!("{}", self.points.display());
        let points = read_points(&self.points, &place)?;
        check_on_sphere(&network, &points, self.normalize_rows).map_err(|e| e.at(&place))?;
        let what = format!("the Gram matrix of {} points", points.len());
        let found = progress::during(&what, || self.find(&network, &points, accuracy))?;
        let report = self.report(&network, accuracy, &found)?;
        sink.write(&report.render(self.output.format))
    }

    fn find(&self, network: &Network, points: &Points, accuracy: Accuracy) -> Result<Found, Failure> {
        let separation = points.separation()?;
        let kernel = self.kernel.into();
        // The smallest eigenvalue may be far below the entries.
        let gram =
            GramMatrix::on_sphere(network, kernel, points, Accuracy::relative(accuracy.digits() + 10)?)?;
        let series =
            network.series(kernel, Convention::Standard, 0, Accuracy::relative(accuracy.digits())?)?;
        let smallest = match smallest_eigenvalue(&gram) {
            Ok(found) => found.value,
            // Enclosed, though not proved to be positive.
            Err(Error::AccuracyNotReached { best, .. }) => *best,
            Err(other) => return Err(other.into()),
        };
        Ok(Found {
            count: points.len(),
            dimension: points.dimension(),
            separation,
            smallest,
            largest: largest_eigenvalue(&gram)?,
            trace: gram.trace(),
            rank: effective_rank(&gram)?,
            rank_bound: effective_rank_bound(&series),
            bounds: eigenvalue_bounds(&gram)?,
        })
    }

    fn report(&self, network: &Network, accuracy: Accuracy, found: &Found) -> Result<Report, Failure> {
        let fact = |label: &str, value: Phrase| Fact { label: label.into(), value };
        let words = |text: String| Phrase::new().words(text);
        let mut facts = vec![
            fact("points", words(format!("{} in {} dimensions", found.count, found.dimension))),
            fact("input", input_phrase(network)),
        ];
        let precision = 64 + 4 * accuracy.digits();
        let delta = found.separation.as_ref().map(|s| s.delta(precision));
        let mut totals = vec![];
        let mut json = self.json_head(network, found);
        let separation = match &delta {
            Some(ball) => shown(ball, accuracy)?.to_json(),
            None => Value::Null,
        };
        json.insert("separation".into(), separation);
        if let (Some(s), Some(delta)) = (&found.separation, &delta) {
            facts.push(fact("closest", words(format!("points {} and {}", s.pair.0 + 1, s.pair.1 + 1))));
            let label = Phrase::new().words("separation, ").math("δ", r"\delta");
            totals.push(Total { label, value: shown(delta, accuracy)?, percent: None });
        }
        let numbers = [
            ("lambda_min", "smallest eigenvalue", Some(&found.smallest)),
            ("lambda_max", "largest eigenvalue", Some(&found.largest)),
            ("trace", "trace", Some(&found.trace)),
            ("effective_rank", "effective rank", Some(&found.rank)),
            ("effective_rank_bound", "bound of the effective rank on any data", found.rank_bound.as_ref()),
        ];
        for (key, label, ball) in numbers {
            let Some(ball) = ball else {
                json.insert(key.into(), Value::Null);
                continue;
            };
            let value = shown(ball, accuracy)?;
            json.insert(key.into(), value.to_json());
            totals.push(Total { label: words(label.into()), value, percent: None });
        }
        let (mut rows, mut bounds) = (vec![], vec![]);
        for bound in &found.bounds {
            let value = shown(&bound.value, accuracy)?;
            let kind = if bound.method.is_upper() { "upper" } else { "lower" };
            let mut entry = Map::new();
            entry.insert("name".into(), bound.method.name().into());
            entry.insert("kind".into(), kind.into());
            value.insert_into(&mut entry);
            bounds.push(Value::Object(entry));
            let name = Cell::Words(bound.method.name().into());
            rows.push(vec![name, Cell::Words(kind.into()), Cell::Enclosure(value)]);
        }
        json.insert("bounds".into(), bounds.into());
        let column = |key, kind, heading: &str| Column::new(key, kind, Phrase::new().words(heading));
        let heading = Phrase::new().words("bound of ").math("λ_min", r"\lambda_{\min}");
        Ok(Report {
            title: title(self.kernel, network),
            facts,
            definitions: vec![],
            places: Places::of(accuracy),
            columns: vec![
                column("name", Kind::Words, "method"),
                column("kind", Kind::Words, "kind"),
                Column::new("value", Kind::Value, heading),
            ],
            rows,
            totals,
            json,
        })
    }

    fn json_head(&self, network: &Network, found: &Found) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("schema".into(), "ntk-series/gram/1".into());
        json.insert("kernel".into(), spelled(self.kernel).into());
        json.insert("activation".into(), shared_activation(network).map_or(Value::Null, Value::String));
        json.insert("network".into(), to_json(network));
        json.insert("digits".into(), self.accuracy.digits.into());
        json.insert("absolute".into(), self.accuracy.absolute.into());
        json.insert("normalized_rows".into(), self.normalize_rows.into());
        json.insert("points".into(), found.count.into());
        json.insert("dimension".into(), found.dimension.into());
        json
    }
}

/// Are the points on the network's sphere, or to be put there?
pub fn check_on_sphere(network: &Network, points: &Points, normalize_rows: bool) -> Result<(), Failure> {
    let radius2 = &network.input().radius2;
    let off = points.squared_norms().iter().position(|s| s != radius2);
    match off {
        Some(i) if !normalize_rows => Err(Failure::input(format!(
            "point {} is not on the sphere of squared radius {radius2}; --normalize-rows puts it there",
            i + 1
        ))),
        _ => Ok(()),
    }
}

/// As accurate as asked, or else with the error that is proved.
pub fn shown(ball: &Ball, accuracy: Accuracy) -> Result<Enclosure, Failure> {
    if let Ok(value) = decimal(String::new, ball, accuracy) {
        return Ok(value);
    }
    let short = ball.to_decimal(accuracy.digits() as usize + 2);
    let found = short.ok_or_else(|| Failure::undecided("a number could not be enclosed at all"))?;
    Ok(Enclosure { value: found.value, error: found.error, closed_form: None })
}
