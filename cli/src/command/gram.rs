//! `ntk gram`: the Gram matrix of data on the sphere, and bounds of its smallest eigenvalue.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use ntk_series::gram::{
    BoundMethod, EigenvalueBound, EigenvalueCeiling, GramMatrix, Points, Separation, Truncation,
    centred_effective_rank_bound, cheap_eigenvalue_bounds, effective_rank, effective_rank_bound,
    eigenvalue_bounds, eigenvalue_ceilings, largest_eigenvalue, smallest_eigenvalue, truncation_degree,
};
use ntk_series::kernel::{Convention, LayerVariances, Network};
use ntk_series::number::Accuracy;
use ntk_series::positivity::{Outcome, decide_points};
use ntk_series::{Ball, Error};
use num_rational::BigRational;
use serde_json::{Map, Value};

use crate::args::{AccuracyArgs, OutputArgs, exact, spelled};
use crate::data::{Data, DataArgs};
use crate::enclosure::{Enclosure, Side, decimal, on_safe_side};
use crate::failure::{Failure, Status};
use crate::network::words::{network_facts, title, variances_json};
use crate::network::{KernelArg, NetworkArgs, shared_activation};
use crate::progress;
use crate::report::{Cell, Column, Fact, Grid, Kind, Phrase, Places, Report, Total};

const EXAMPLES: &str = "\
Examples:
  ntk gram data.csv relu --normalize-rows
  ntk gram data.csv tanh --hidden-layers 2 --format json
  ntk gram data.csv --network network.json --truncation 1/100

A data file has one point a row: exact decimals or fractions (0.1, 1/3, 1e-3) between commas, semicolons, tabs or
blanks, perhaps under a header; or it is an array of numpy (.npy). FILE may be - for standard input.
The eigenvalues are those of the matrix K(x_i, x_j), to the digits asked for. A bound that is not known to so many
digits is rounded to its safe side. Exit status 3: an eigenvalue could not be enclosed to the digits asked for, and is
printed with the error that is proved.";

/// Powers of the cosine that the ceilings take.
const CEILING_POWER: usize = 100;

/// Gram matrix of data on the sphere: its extreme eigenvalues, and bounds of the smallest
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct GramArgs {
    /// The points, one a row
    #[arg(value_name = "FILE")]
    points: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    network: NetworkArgs,
    /// Kernel: ntk or nngp
    #[arg(long, value_enum, default_value_t = KernelArg::Ntk, value_name = "KERNEL", hide_possible_values = true)]
    kernel: KernelArg,
    /// Divide every row by its norm, and multiply it by the radius of the sphere
    #[arg(long)]
    normalize_rows: bool,
    /// Bounds to compute: none, cheap (those that only look at pairs of points) or all
    #[arg(long, value_enum, default_value_t = BoundsArg::All, value_name = "WHICH", hide_possible_values = true)]
    bounds: BoundsArg,
    /// Find how many terms of the power series leave an error of at most R in the 2-norm
    #[arg(long, value_name = "R", allow_hyphen_values = true)]
    truncation: Option<String>,
    #[command(flatten)]
    accuracy: AccuracyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// Which bounds of the smallest eigenvalue are computed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum BoundsArg {
    None,
    Cheap,
    All,
}

/// What was found.
struct Found {
    count: usize,
    dimension: usize,
    /// What the layers' variances came to.
    variances: Vec<LayerVariances>,
    separation: Option<Separation>,
    /// Eigenvalues and what follows from them, by their keys; `None` where it does not apply.
    numbers: Vec<(&'static str, &'static str, Option<Ball>)>,
    /// The keys of those that are not known to the digits asked for.
    undecided: Vec<&'static str>,
    bounds: Vec<EigenvalueBound>,
    ceilings: Vec<EigenvalueCeiling>,
    truncation: Option<(BigRational, Truncation)>,
}

impl Found {
    /// Every bound is on its side of the smallest eigenvalue.
    fn check(&self) -> Result<(), Error> {
        let smallest =
            self.numbers.iter().find(|(key, ..)| *key == "lambda_min").and_then(|(.., ball)| ball.as_ref());
        let Some(smallest) = smallest.filter(|ball| ball.is_finite()) else { return Ok(()) };
        let false_one = self.bounds.iter().filter(|bound| bound.value.is_finite()).find(|bound| match bound
            .method
            .is_upper()
        {
            true => bound.value.upper() < smallest.lower(),
            false => bound.value.lower() > smallest.upper(),
        });
        false_one.map_or(Ok(()), |bound| {
            let what = format!("the bound {}", bound.method.name());
            Err(Error::Inconsistent { what, law: "the smallest eigenvalue is on its other side".to_string() })
        })
    }
}

impl GramArgs {
    pub fn run(&self) -> Result<Status, Failure> {
        let sink = self.output.sink()?;
        let network = self.network.network()?;
        let accuracy = self.accuracy.accuracy(1)?;
        let place = format!("{}", self.points.display());
        let data = self.data.read(&self.points, &place)?;
        let points = &data.points;
        check_on_sphere(&network, points, self.normalize_rows).map_err(|e| e.at(&place))?;
        let what = format!("the Gram matrix of {} points", points.len());
        let found = progress::during(&what, || self.find(&network, points, accuracy))?;
        let report = self.report(&network, accuracy, &data, &found)?;
        sink.write(&report.render(self.output.format))?;
        Ok(if found.undecided.is_empty() { Status::Done } else { Status::Undecided })
    }

    fn find(&self, network: &Network, points: &Points, accuracy: Accuracy) -> Result<Found, Failure> {
        let epsilon = self.truncation.as_ref().map(|text| exact("--truncation", text)).transpose()?;
        let separation = points.separation()?;
        let kernel = self.kernel.into();
        // The smallest eigenvalue may be far below the entries.
        let finer = Accuracy::relative(accuracy.digits() + 10)?;
        let gram = GramMatrix::on_sphere(network, kernel, points, finer)?;
        let series = network.series(kernel, Convention::Standard, 0, finer)?;
        let mut undecided = vec![];
        let mut known = |key: &'static str, found: Result<Ball, Error>| match found {
            Ok(ball) => Ok(Some(ball)),
            Err(Error::AccuracyNotReached { best, .. }) => {
                undecided.push(key);
                Ok(Some(*best))
            }
            Err(other) => Err(Failure::from(other)),
        };
        let numbers = vec![
            ("lambda_min", "smallest eigenvalue", known("lambda_min", smallest(&gram, points, accuracy))?),
            ("lambda_max", "largest eigenvalue", known("lambda_max", largest_eigenvalue(&gram, accuracy))?),
            ("trace", "trace", Some(gram.trace())),
            ("effective_rank", "effective rank", known("effective_rank", effective_rank(&gram, accuracy))?),
            (
                "effective_rank_bound",
                "bound of the effective rank on any data",
                effective_rank_bound(&series),
            ),
            (
                "centred_effective_rank_bound",
                "bound of the effective rank without the constant term",
                match centred_effective_rank_bound(&gram, accuracy) {
                    // No bound is no answer that was asked for.
                    Err(Error::AccuracyNotReached { .. }) => None,
                    other => other?,
                },
            ),
        ];
        let truncation = match epsilon {
            None => None,
            Some(epsilon) => {
                let found = truncation_degree(&gram, &epsilon)?;
                Some((epsilon, found))
            }
        };
        let found = Found {
            count: points.len(),
            dimension: points.dimension(),
            variances: series.layer_variances(),
            separation,
            numbers,
            undecided,
            bounds: match self.bounds {
                BoundsArg::None => vec![],
                BoundsArg::Cheap => cheap_eigenvalue_bounds(&gram, accuracy)?,
                BoundsArg::All => eigenvalue_bounds(&gram, accuracy)?,
            },
            ceilings: match self.bounds {
                BoundsArg::All => eigenvalue_ceilings(&gram, CEILING_POWER, accuracy)?,
                _ => vec![],
            },
            truncation,
        };
        found.check()?;
        Ok(found)
    }

    fn report(
        &self,
        network: &Network,
        accuracy: Accuracy,
        data: &Data,
        found: &Found,
    ) -> Result<Report, Failure> {
        let fact = |label: &str, value: Phrase| Fact { label: label.into(), value };
        let words = |text: String| Phrase::new().words(text);
        let mut facts = vec![data.fact("points")];
        if self.normalize_rows {
            facts.push(fact("rows", words("each divided by its norm".into())));
        }
        facts.extend(network_facts(network, Some(&found.variances)));
        let working = Accuracy::relative(accuracy.digits() + 5)?;
        let delta = found.separation.as_ref().map(|s| s.delta(working)).transpose()?;
        let mut totals = vec![];
        let mut json = self.json_head(network, found);
        json.insert("data".into(), data.to_json());
        let separation = match &delta {
            Some(ball) => shown(ball, accuracy)?.to_json(),
            None => Value::Null,
        };
        json.insert("separation".into(), separation);
        if let (Some(s), Some(delta)) = (&found.separation, &delta) {
            facts.push(fact("closest", words(format!("points {} and {}", s.pair.0 + 1, s.pair.1 + 1))));
            let label = Phrase::new().words("separation, ").math("δ", r"\delta");
            totals.push(Total::new("separation", label, shown(delta, accuracy)?));
        }
        for (key, label, ball) in &found.numbers {
            let Some(ball) = ball else {
                json.insert((*key).into(), Value::Null);
                continue;
            };
            let value = shown(ball, accuracy)?;
            json.insert((*key).into(), value.to_json());
            totals.push(Total::new(key, words((*label).into()), value));
        }
        for key in &found.undecided {
            let text = format!("{key} could not be enclosed to the digits asked for");
            facts.push(fact("undecided", words(text)));
        }
        json.insert("undecided".into(), found.undecided.clone().into());
        if let Some((epsilon, truncation)) = &found.truncation {
            let text =
                format!("T = {} leaves at most {epsilon} of the matrix in the 2-norm", truncation.degree);
            facts.push(fact("terms", words(text)));
            let norm = shown_bound(&truncation.error, Side::Up, accuracy);
            json.insert("truncation".into(), truncation_json(epsilon, truncation, norm.as_ref()));
            totals.extend(norm.map(|norm| {
                Total::new("truncation", words("norm of what they leave, at most".into()), norm)
            }));
        }
        let (mut rows, mut bounds) = (vec![], vec![]);
        for bound in &found.bounds {
            let upper = bound.method.is_upper();
            let side = if upper { Side::Up } else { Side::Down };
            // What has no finite end bounds nothing.
            let Some(value) = shown_bound(&bound.value, side, accuracy) else { continue };
            let kind = if upper { "upper" } else { "lower" };
            let mut entry = Map::new();
            entry.insert("name".into(), bound.method.name().into());
            entry.insert("kind".into(), kind.into());
            value.insert_into(&mut entry);
            bounds.push(Value::Object(entry));
            let name = Cell::Words(bound.method.name().into());
            rows.push(vec![name, Cell::Words(kind.into()), Cell::Enclosure(value)]);
        }
        if self.bounds == BoundsArg::All && found.bounds.iter().all(|b| b.method != BoundMethod::Harmonic) {
            let text = "not computed: the eigenvalues on the sphere are not known well enough";
            facts.push(fact("harmonic bound", words(text.into())));
        }
        let text = match self.bounds {
            BoundsArg::None => "not asked for",
            _ => "down or up instead of an error: rounded to the side on which it is a bound as well",
        };
        facts.push(fact("bounds", words(text.into())));
        let (mut ceiling_rows, mut ceilings) = (vec![], vec![]);
        for c in &found.ceilings {
            let Some(value) = shown_bound(&c.value, Side::Up, accuracy) else { continue };
            let mut entry = Map::new();
            entry.insert("k".into(), c.index.into());
            entry.insert("power".into(), c.power.into());
            value.insert_into(&mut entry);
            ceilings.push(Value::Object(entry));
            ceiling_rows.push(vec![Cell::Index(c.index), Cell::Index(c.power), Cell::Enclosure(value)]);
        }
        json.insert("eigenvalue_upper_bounds".into(), ceilings.into());
        json.insert("bounds".into(), bounds.into());
        let column = |key, kind, heading: &str| Column::new(key, kind, Phrase::new().words(heading));
        let mut grids = vec![];
        let bounds = Grid {
            record: "bound",
            columns: vec![
                column("name", Kind::Words, "method"),
                column("kind", Kind::Words, "kind"),
                Column::new(
                    "value",
                    Kind::Bound,
                    Phrase::new().words("bound of ").math("λ_min", r"\lambda_{\min}"),
                ),
            ],
            rows,
        };
        if self.bounds != BoundsArg::None {
            grids.push(bounds);
        }
        if !ceiling_rows.is_empty() {
            let math = |text: &str, latex: &str| Phrase::new().math(text, latex);
            let power = Phrase::new().words("from the powers of ").math("ρ", r"\rho").words(" below");
            grids.push(Grid {
                record: "eigenvalue_upper_bound",
                columns: vec![
                    Column::new("k", Kind::Index, math("k", "k")),
                    Column::new("power", Kind::Index, power),
                    Column::new(
                        "value",
                        Kind::Bound,
                        Phrase::new().words("upper bound of ").math("λ_k", r"\lambda_k"),
                    ),
                ],
                rows: ceiling_rows,
            });
        }
        Ok(Report {
            title: title(self.kernel, network),
            facts,
            definitions: vec![],
            places: Places::of(accuracy),
            grids,
            totals,
            json,
        })
    }

    fn json_head(&self, network: &Network, found: &Found) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("schema".into(), "ntk-series/gram/1".into());
        json.insert("kernel".into(), spelled(self.kernel).into());
        json.insert("activation".into(), shared_activation(network).map_or(Value::Null, Value::String));
        json.insert("network".into(), network.to_json());
        json.insert("variances".into(), variances_json(&found.variances));
        json.insert("digits".into(), self.accuracy.digits.into());
        json.insert("absolute".into(), self.accuracy.absolute.into());
        json.insert("bounds_asked_for".into(), spelled(self.bounds).into());
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

/// The smallest eigenvalue; exactly zero where a null vector is known, which no enclosure could tell from a tiny
/// number.
fn smallest(gram: &GramMatrix, points: &Points, accuracy: Accuracy) -> Result<Ball, Error> {
    let found = smallest_eigenvalue(gram, accuracy);
    let (network, kernel) = (gram.network(), gram.kernel());
    // A verdict is on the points as they are.
    if matches!(found, Err(Error::AccuracyNotReached { .. }))
        && check_on_sphere(network, points, false).is_ok()
        && decide_points(network, kernel, points)?.outcome == Outcome::NotStrictlyPositiveDefinite
    {
        return Ok(Ball::zero(64));
    }
    found
}

/// As accurate as asked, or else with the error that is proved.
pub fn shown(ball: &Ball, accuracy: Accuracy) -> Result<Enclosure, Failure> {
    if let Ok(value) = decimal(String::new, ball, accuracy) {
        return Ok(value);
    }
    let short = ball.to_decimal(accuracy.digits() as usize + 2);
    let found = short.ok_or_else(|| Failure::undecided("a number could not be enclosed at all"))?;
    Ok(Enclosure::new(found.value, found.error))
}

/// A bound as accurate as asked, or else rounded to its safe side, which is a bound as well; `None` if it has no finite
/// end.
fn shown_bound(ball: &Ball, side: Side, accuracy: Accuracy) -> Option<Enclosure> {
    let plain = decimal(String::new, ball, accuracy).ok();
    plain.or_else(|| on_safe_side(ball, side, accuracy.digits() as usize + 2))
}

fn truncation_json(epsilon: &BigRational, truncation: &Truncation, norm: Option<&Enclosure>) -> Value {
    let mut entry = Map::new();
    entry.insert("epsilon".into(), epsilon.to_string().into());
    entry.insert("degree".into(), truncation.degree.into());
    entry.insert("norm".into(), norm.map_or(Value::Null, Enclosure::to_json));
    Value::Object(entry)
}
