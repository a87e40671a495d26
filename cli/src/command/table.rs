//! `ntk table`: the coefficients of a kernel's power series.

mod closed;
mod heading;

use clap::Args;
use ntk_series::Ball;
use ntk_series::kernel::{Kernel, KernelSeries, Network};
use ntk_series::number::Accuracy;
use serde_json::{Map, Value};

use crate::args::{AccuracyArgs, ClosedForms, MAX_DEGREE, OutputArgs, spelled, whole};
use crate::enclosure::{Enclosure, Miss, decimal, with_rising_accuracy};
use crate::failure::Failure;
use crate::network::words::{title, variances_json};
use crate::network::{ConventionArg, KernelArg, NetworkArgs, shared_activation};
use crate::progress;
use crate::report::{Cell, Column, Definition, Grid, Kind, Phrase, Places, Report, Total};
use closed::Closed;

const EXAMPLES: &str = "\
Examples:
  ntk table relu
  ntk table tanh --hidden-layers 3 --max-degree 20 --digits 30
  ntk table relu --sigma-w2 1 --sigma-b2 unit --cumulative --max-degree 5
  ntk table 'x*sigmoid(2*x)' --kernel nngp --format json --output swish.json
  ntk table --network layers.toml --format latex

Numbers are exact: 2, 1/10, 0.1 (which is 1/10), 1e-3.
A network file holds {\"input\": {\"gamma_w2\": 1, \"gamma_b2\": 0, \"radius2\": 1},
\"layers\": [{\"activation\": \"relu\", \"sigma_w2\": \"normalized\", \"sigma_b2\": 0}, ...]}, or the same in TOML;
the field `network` of the JSON output is such a file. Residual blocks, normalization layers, sums of branches and layers that
are frozen or trained at speeds of their own are described in docs/networks.md of the repository.";

/// Coefficients of the kernel's power series in ρ
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct TableArgs {
    #[command(flatten)]
    network: NetworkArgs,
    /// Kernel: ntk or nngp
    #[arg(long, value_enum, default_value_t = KernelArg::Ntk, value_name = "KERNEL", hide_possible_values = true)]
    kernel: KernelArg,
    /// Highest power of ρ
    #[arg(long, short = 'n', aliases = ["degree"], value_name = "T", default_value = "10", allow_hyphen_values = true, value_parser = whole(0, MAX_DEGREE))]
    max_degree: usize,
    /// Add the running share of the sum, in percent
    #[arg(long)]
    cumulative: bool,
    /// Variable of the series: standard (ρ) or murray2023 (the first-layer covariance γ_w² r² ρ + γ_b²)
    #[arg(long, value_enum, default_value_t = ConventionArg::Standard, value_name = "CONVENTION",
          hide_possible_values = true)]
    convention: ConventionArg,
    /// Closed forms: expanded (layered where that is not offered), layered (in named coefficients of
    /// the layers below), none, or auto (those that are short)
    #[arg(long, value_enum, default_value_t = ClosedForms::Auto, value_name = "MODE", hide_possible_values = true)]
    closed_forms: ClosedForms,
    #[command(flatten)]
    accuracy: AccuracyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What is printed: every enclosure within the accuracy asked for.
struct Numbers {
    coefficients: Vec<Enclosure>,
    shares: Vec<Enclosure>,
    sum: Enclosure,
    tail: Enclosure,
    /// The tail in percent of the sum, where neither is zero.
    tail_percent: Option<Enclosure>,
    definitions: Vec<Definition>,
    series: KernelSeries,
}

impl TableArgs {
    pub fn run(&self) -> Result<(), Failure> {
        let sink = self.output.sink()?;
        let network = self.network.network()?;
        let accuracy = self.accuracy.accuracy(self.max_degree + 1)?;
        let what = format!("coefficients 0 to {} of the {}", self.max_degree, self.kernel_name());
        let (closed, numbers) = progress::during(&what, || {
            let closed = Closed::find(self, &network)?;
            let numbers =
                with_rising_accuracy(accuracy, |working| self.numbers(&network, accuracy, working, &closed))?;
            Ok::<_, Failure>((closed, numbers))
        })?;
        let report = self.report(&network, accuracy, numbers, &closed);
        sink.write(&report.render(self.output.format))
    }

    fn numbers(
        &self,
        network: &Network,
        accuracy: Accuracy,
        working: Accuracy,
        closed: &Closed,
    ) -> Result<Numbers, Miss> {
        let series = network.series(self.kernel.into(), self.convention.into(), self.max_degree, working)?;
        let mut coefficients = vec![];
        for (p, ball) in series.coefficients().iter().enumerate() {
            coefficients.push(closed.enclosure(|| format!("coefficient {p}"), Some(p), ball, accuracy)?);
        }
        let hundred = Ball::from_integer(100, 64);
        let mut shares = vec![];
        // A kernel that is zero has no shares.
        if self.cumulative && !series.sum().is_exact_zero() {
            for (p, share) in series.shares().iter().enumerate() {
                let what = || format!("the share of the sum up to degree {p}");
                shares.push(decimal(what, &(share * &hundred), accuracy)?);
            }
        }
        let sum = closed.enclosure(|| "the sum".into(), None, series.sum(), accuracy)?;
        let what = || format!("the tail beyond degree {}", self.max_degree);
        let tail = closed.enclosure(what, None, series.tail(), accuracy)?;
        let tail_percent = match series.sum().contains_zero() || series.tail().is_exact_zero() {
            true => None,
            false => {
                let percent = &(series.tail() * &hundred) / series.sum();
                // For people only, next to the tail itself.
                decimal(|| "the tail's share".into(), &percent, Accuracy::relative(3)?).ok()
            }
        };
        let definitions = closed.definitions(accuracy);
        Ok(Numbers { definitions, coefficients, shares, sum, tail, tail_percent, series })
    }

    fn report(&self, network: &Network, accuracy: Accuracy, numbers: Numbers, closed: &Closed) -> Report {
        let json = self.json(network, &numbers);
        let symbol = self.coefficient_symbol();
        let mut columns = vec![
            Column::new("p", Kind::Index, Phrase::new().math("p", "p")),
            Column::new(
                "value",
                Kind::Value,
                Phrase::new().math(format!("{}_p", symbol.0), format!("{}_p", symbol.1)),
            ),
            Column::new("closed_form", Kind::ClosedForm, Phrase::new().words("closed form")),
        ];
        if !numbers.shares.is_empty() {
            columns.insert(2, Column::new("cumulative", Kind::Percent, Phrase::new().words("sum so far, %")));
        }
        let facts = heading::facts(self, network, &numbers.series, accuracy, closed);
        let mut shares = numbers.shares.into_iter();
        let rows = numbers.coefficients.into_iter().enumerate().map(|(p, value)| {
            let closed_form = value.closed_form.clone();
            let mut row = vec![Cell::Index(p), Cell::Enclosure(value)];
            row.extend(shares.next().map(Cell::Enclosure));
            row.push(Cell::ClosedForm(closed_form));
            row
        });
        let totals = vec![
            Total::new("sum", heading::sum_label(self), numbers.sum),
            Total {
                percent: numbers.tail_percent,
                ..Total::new(
                    "tail",
                    Phrase::new().words(format!("beyond degree {}", self.max_degree)),
                    numbers.tail,
                )
            },
        ];
        Report {
            title: title(self.kernel, network),
            facts,
            definitions: numbers.definitions,
            places: Places::of(accuracy),
            grids: vec![Grid { record: "coefficient", columns, rows: rows.collect() }],
            totals,
            json,
        }
    }

    fn json(&self, network: &Network, numbers: &Numbers) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("schema".into(), "ntk-series/table/1".into());
        json.insert("kernel".into(), spelled(self.kernel).into());
        json.insert("activation".into(), shared_activation(network).map_or(Value::Null, Value::String));
        json.insert("network".into(), network.to_json());
        json.insert("convention".into(), spelled(self.convention).into());
        json.insert("variances".into(), variances_json(&numbers.series.layer_variances()));
        json.insert("digits".into(), self.accuracy.digits.into());
        json.insert("absolute".into(), self.accuracy.absolute.into());
        let definitions = numbers.definitions.iter().map(Definition::to_json);
        json.insert("definitions".into(), definitions.collect());
        let mut shares = numbers.shares.iter();
        let coefficients = numbers.coefficients.iter().enumerate().map(|(p, value)| {
            let mut entry = Map::new();
            entry.insert("p".into(), p.into());
            value.insert_into(&mut entry);
            if self.cumulative {
                entry.insert("cumulative".into(), shares.next().map_or(Value::Null, Enclosure::bounds_json));
            }
            Value::Object(entry)
        });
        json.insert("coefficients".into(), coefficients.collect());
        json.insert("sum".into(), numbers.sum.to_json());
        json.insert("tail".into(), numbers.tail.to_json());
        json
    }

    fn kernel_name(&self) -> &'static str {
        match self.kernel.into() {
            Kernel::Ntk => "NTK",
            Kernel::Nngp => "NNGP kernel",
        }
    }

    /// The coefficients' letter, as text and as LaTeX.
    fn coefficient_symbol(&self) -> (&'static str, &'static str) {
        match self.kernel.into() {
            Kernel::Ntk => ("κ", r"\kappa"),
            Kernel::Nngp => ("α", r"\alpha"),
        }
    }
}
