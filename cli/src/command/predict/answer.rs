//! The answer in all formats.

use ntk_series::kernel::Network;
use ntk_series::number::Accuracy;
use ntk_series::predict::{LeftOut, Prediction, Rule, Time};
use ntk_series::{Ball, Kernel};
use num_rational::BigRational;
use num_traits::{Signed, Zero};
use serde_json::{Map, Value};

use super::files::Files;
use crate::args::spelled;
use crate::command::gram::shown;
use crate::enclosure::{Enclosure, Miss};
use crate::failure::Failure;
use crate::network::words::{network_facts, titled};
use crate::network::{KernelArg, shared_activation};
use crate::report::{Cell, Column, Fact, Grid, Kind, Phrase, Places, Report, Total};

/// What was found.
pub struct Answer {
    pub rule: Rule,
    pub method: KernelArg,
    pub absolute: bool,
    pub files: Files,
    pub predictions: Vec<Prediction>,
    pub left_out: Option<Vec<LeftOut>>,
    pub likelihood: Option<Vec<Ball>>,
}

/// Means and a variance on their way to print.
struct Row {
    mean: Vec<Enclosure>,
    variance: Option<Enclosure>,
}

fn printed(
    what: impl Fn() -> String,
    value: &Ball,
    size: &Ball,
    accuracy: Accuracy,
) -> Result<Enclosure, Failure> {
    match Enclosure::relative_to(what, value, size, accuracy) {
        Ok(value) => Ok(value),
        Err(Miss::Failed(failure)) => Err(failure),
        // Proved to the bits asked for, up to the rounding to decimals.
        Err(Miss::Short { .. }) => shown(value, accuracy),
    }
}

impl Answer {
    pub fn report(&self, network: &Network, accuracy: Accuracy, digits: usize) -> Result<Report, Failure> {
        let precision = 64;
        let largest = |y: &Vec<BigRational>| y.iter().map(|y| y.abs()).max().unwrap_or_default();
        let sizes: Vec<Ball> =
            self.files.set.targets().iter().map(|y| Ball::from_rational(&largest(y), precision)).collect();
        let means = |mean: &[Ball], what: &str| -> Result<Vec<Enclosure>, Failure> {
            mean.iter().zip(&sizes).map(|(m, size)| printed(|| what.to_string(), m, size, accuracy)).collect()
        };
        let rows = self.predictions.iter().map(|p| {
            let variance = printed(|| "the variance".into(), &p.variance, &p.prior, accuracy)?;
            Ok(Row { mean: means(&p.mean, "the mean")?, variance: Some(variance) })
        });
        let rows = rows.collect::<Result<Vec<Row>, Failure>>()?;
        let mut json = self.json_head(network, digits);
        json.insert("predictions".into(), rows.iter().map(Row::to_json).collect());
        let mut grids = vec![self.grid("prediction", &rows)];
        let mut totals = vec![];
        if let Some(observed) = &self.files.observed {
            let errors = self.squared_errors(observed, digits as u32);
            let values = errors.iter().map(|x| shown(x, accuracy)).collect::<Result<Vec<_>, _>>()?;
            self.add_totals(
                "mean_squared_error",
                "mean squared error on TEST",
                values,
                &mut json,
                &mut totals,
            );
        }
        if let Some(values) = &self.likelihood {
            let values = values.iter().map(|x| shown(x, accuracy)).collect::<Result<Vec<_>, _>>()?;
            self.add_totals(
                "log_marginal_likelihood",
                "log marginal likelihood",
                values,
                &mut json,
                &mut totals,
            );
        }
        if let Some(left_out) = &self.left_out {
            let rows = left_out.iter().map(|x| {
                let variance = x.variance.as_ref();
                let variance = variance.map(|v| printed(|| "a variance".into(), v, &x.prior, accuracy));
                Ok(Row { mean: means(&x.mean, "a mean")?, variance: variance.transpose()? })
            });
            let rows = rows.collect::<Result<Vec<Row>, Failure>>()?;
            json.insert("leave_one_out".into(), rows.iter().map(Row::to_json).collect());
            grids.push(self.grid("left_out", &rows));
        }
        Ok(Report {
            title: self.title(network),
            facts: self.facts(network, accuracy),
            definitions: vec![],
            places: Places::of(accuracy),
            grids,
            totals,
            json,
        })
    }

    fn several(&self) -> bool {
        self.files.targets.len() > 1
    }

    /// One value, or one for every target.
    fn add_totals(
        &self,
        key: &'static str,
        label: &str,
        values: Vec<Enclosure>,
        json: &mut Map<String, Value>,
        totals: &mut Vec<Total>,
    ) {
        let all: Vec<Value> = values.iter().map(Enclosure::to_json).collect();
        json.insert(key.into(), one_or_list(all));
        for (value, name) in values.into_iter().zip(&self.files.targets) {
            let label = Phrase::new().words(label);
            let label = if self.several() { label.words(", ").code(name.clone()) } else { label };
            totals.push(Total::new(key, label, value));
        }
    }

    fn squared_errors(&self, observed: &[Vec<BigRational>], digits: u32) -> Vec<Ball> {
        let precision = 64 + 8 * digits;
        let error = |(k, y): (usize, &Vec<BigRational>)| {
            let gap = |(p, y): (&Prediction, &BigRational)| {
                (&p.mean[k] - &Ball::from_rational(y, precision)).square()
            };
            let sum = self.predictions.iter().zip(y).map(gap);
            sum.fold(Ball::zero(precision), |sum, x| sum + x).div_integer(y.len() as i64)
        };
        observed.iter().enumerate().map(error).collect()
    }

    fn grid(&self, record: &'static str, rows: &[Row]) -> Grid {
        let words = |text: &str| Phrase::new().words(text);
        let left_out = record == "left_out";
        let first = if left_out { "row left out" } else { "test row" };
        let has_variance = rows.first().is_some_and(|row| row.variance.is_some());
        let mut columns = vec![Column::new("row", Kind::Index, words(first))];
        if self.several() {
            columns.push(Column::new("target", Kind::Code, words("target")));
        }
        columns.push(Column::new("mean", Kind::Value, words("mean")));
        if has_variance {
            columns.push(Column::new("variance", Kind::Value, words("variance")));
        }
        let cells = rows.iter().enumerate().flat_map(|(i, row)| {
            row.mean.iter().zip(&self.files.targets).map(move |(mean, name)| {
                let mut cells = vec![Cell::Index(i + 1)];
                if self.several() {
                    cells.push(Cell::Words(name.clone()));
                }
                cells.push(Cell::Enclosure(mean.clone()));
                cells.extend(row.variance.clone().map(Cell::Enclosure));
                cells
            })
        });
        Grid { record, rows: cells.collect(), columns }
    }

    fn title(&self, network: &Network) -> Phrase {
        let words = match (self.rule.kernel, &self.rule.time) {
            (Kernel::Nngp, Time::Infinite) => "Posterior of the Gaussian process of a network with ",
            (Kernel::Nngp, _) => "Predictions of a network whose last layer is trained, with ",
            (Kernel::Ntk, Time::Infinite) => "Predictions of a trained network with ",
            (Kernel::Ntk, _) => "Predictions of a network trained for a time, with ",
        };
        titled(words, network)
    }

    fn facts(&self, network: &Network, accuracy: Accuracy) -> Vec<Fact> {
        let fact = |label: &str, value: Phrase| Fact { label: label.into(), value };
        let words = |text: &str| Phrase::new().words(text);
        let names = self.files.targets.iter().enumerate();
        let targets = names.fold(Phrase::new(), |phrase, (i, name)| {
            if i > 0 { phrase.words(", ").code(name.clone()) } else { phrase.code(name.clone()) }
        });
        let method = match (self.rule.kernel, self.rule.noise.is_zero()) {
            (Kernel::Nngp, _) => "nngp",
            (Kernel::Ntk, true) => "ntk: kernel regression, mean and variance over random initializations",
            (Kernel::Ntk, false) => {
                "ntk: kernel ridge regression, mean and variance over random initializations"
            }
        };
        let mut facts = vec![
            self.files.training.fact("training"),
            fact("target", targets),
            self.files.test.fact("test"),
            fact("method", words(method)),
            fact("noise", words(&self.rule.noise.to_string())),
            fact("time", words(&time(&self.rule.time))),
        ];
        facts.extend(network_facts(network, None));
        facts.push(fact("accuracy", Phrase::accuracy(accuracy)));
        facts
    }

    fn json_head(&self, network: &Network, digits: usize) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("schema".into(), "ntk-series/predict/1".into());
        json.insert("method".into(), spelled(self.method).into());
        json.insert("noise".into(), self.rule.noise.to_string().into());
        json.insert("time".into(), time(&self.rule.time).into());
        json.insert("activation".into(), shared_activation(network).map_or(Value::Null, Value::String));
        json.insert("network".into(), network.to_json());
        json.insert("digits".into(), digits.into());
        json.insert("absolute".into(), self.absolute.into());
        json.insert("training".into(), self.files.training.to_json());
        json.insert("targets".into(), self.files.targets.clone().into());
        json.insert("test".into(), self.files.test.to_json());
        json
    }
}

fn time(time: &Time) -> String {
    match time {
        Time::Infinite => "infinity".to_string(),
        Time::Finite(time) => time.to_string(),
    }
}

/// A list of one is that one.
fn one_or_list(mut all: Vec<Value>) -> Value {
    match (all.len(), all.pop()) {
        (1, Some(one)) => one,
        (_, Some(last)) => {
            all.push(last);
            all.into()
        }
        (_, None) => Value::Null,
    }
}

impl Row {
    fn to_json(&self) -> Value {
        let mut entry = Map::new();
        entry.insert("mean".into(), one_or_list(self.mean.iter().map(Enclosure::to_json).collect()));
        entry.insert("variance".into(), self.variance.as_ref().map_or(Value::Null, Enclosure::to_json));
        Value::Object(entry)
    }
}
