//! `ntk neighbourhood`: a finite network around its weights, order by order.

use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use ntk_series::finite::{
    Architecture, FiniteNetwork, MAX_JSON_BYTES, Neighbourhood, Neuron, NpyArray, Numbers, Parametrization,
    Step, StepSeries,
};
use ntk_series::number::{Accuracy, Mag};
use ntk_series::{Ball, Error};
use num_rational::BigRational;
use serde_json::{Map, Value, json};

use super::gram::shown;
use crate::args::{AccuracyArgs, OutputArgs, activation, contents, exact, spelled, whole};
use crate::enclosure::decimal;
use crate::failure::Failure;
use crate::progress;
use crate::report::{Cell, Column, Fact, Grid, Kind, Phrase, Places, Report, Total};

const EXAMPLES: &str = "\
Examples:
  ntk neighbourhood tanh --widths 2,8,8,1 --at 1/2,-1/3
  ntk neighbourhood gelu --widths 2,8,1 --biases --seed 7 --at 1,0 --step-size 1/4 --order 10
  ntk neighbourhood --weights network.json --at 1/2,-1/3 --step step.csv --format json

The network's output is a power series in a step of all its weights and biases. Within the radius of validity the series is
the network; what is left out after each order is bounded, and a step that is too long is refused.
A JSON file of weights holds the whole network with exact numbers; a .npy file lists all parameters layer by layer, weights
row by row, then biases. A step is a .npy file or exact numbers between commas, in the same order.";

/// Longest file of doubles, in bytes.
const MAX_BYTES: u64 = 1 << 28;
/// Longest file of exact numbers, in bytes: each takes a hundred times the memory of its digits.
const MAX_TEXT_BYTES: u64 = MAX_JSON_BYTES as u64;

/// Largest number of an output.
const MAX_OUTPUTS: usize = 1 << 28;

/// What weights are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ParametrizationArg {
    /// By 1/sqrt(number of inputs)
    Ntk,
    /// By 1
    Standard,
}

/// The exact power series of a finite network around its weights, with what is left out
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct NeighbourhoodArgs {
    /// A name such as `tanh` (see `ntk activations`), or a formula in x such as `x*sigmoid(2*x)`
    #[arg(value_name = "ACTIVATION", allow_hyphen_values = true)]
    activation: Option<String>,
    /// Widths from the input to the output
    #[arg(long, value_name = "N,N,...", allow_hyphen_values = true)]
    widths: Option<String>,
    /// Seed of the weights
    #[arg(
        long,
        value_name = "S",
        default_value = "0",
        allow_hyphen_values = true,
        conflicts_with = "weights"
    )]
    seed: u64,
    /// Weights from a file: a network in JSON, or all parameters in .npy
    #[arg(long, value_name = "FILE")]
    weights: Option<PathBuf>,
    /// Biases in every layer
    #[arg(long)]
    biases: bool,
    /// Parametrization: ntk or standard
    #[arg(long, value_enum, default_value_t = ParametrizationArg::Ntk, value_name = "P", hide_possible_values = true)]
    parametrization: ParametrizationArg,
    /// An activation of the output, which is linear without
    #[arg(long, value_name = "ACTIVATION", allow_hyphen_values = true)]
    output_activation: Option<String>,
    /// Which output to take if there are several, from 1 on; the other outputs' weights are then left out
    #[arg(long, value_name = "K", allow_hyphen_values = true, value_parser = whole(1, MAX_OUTPUTS))]
    component: Option<usize>,
    /// The input
    #[arg(long, value_name = "X,X,...", allow_hyphen_values = true)]
    at: String,
    /// Euclidean length of a step in a random direction
    #[arg(
        long,
        value_name = "R",
        default_value = "1/10",
        allow_hyphen_values = true,
        conflicts_with = "step"
    )]
    step_size: String,
    /// Seed of that direction
    #[arg(long, value_name = "S", default_value = "1", allow_hyphen_values = true, conflicts_with = "step")]
    step_seed: u64,
    /// The step from a file instead
    #[arg(long, value_name = "FILE")]
    step: Option<PathBuf>,
    /// Highest order
    #[arg(long, value_name = "M", default_value = "6", allow_hyphen_values = true, value_parser = whole(1, 200))]
    order: usize,
    #[command(flatten)]
    accuracy: AccuracyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What was found.
struct Found {
    series: StepSeries,
    direct: Ball,
    /// Of too large a network there is none.
    kernel: Result<Vec<Ball>, Error>,
    radius: Mag,
    neurons: Vec<Neuron>,
}

impl NeighbourhoodArgs {
    pub fn run(&self) -> Result<(), Failure> {
        let sink = self.output.sink()?;
        let network = self.one_output(self.network()?)?;
        let x = numbers("--at", &self.at)?;
        let step = self.read_step(&network)?;
        let accuracy = self.accuracy.accuracy(self.order + 1)?;
        let found = progress::during("the series", || self.accurate(&network, &x, &step, accuracy))?;
        let report = self.report(&network, &x, &step, accuracy, &found)?;
        sink.write(&report.render(self.output.format))
    }

    fn network(&self) -> Result<FiniteNetwork, Failure> {
        if let Some(path) = self.weights.as_deref().filter(|p| !is_array(p)) {
            if self.activation.is_some() || self.widths.is_some() || self.output_activation.is_some() {
                let why = "names its own activations and widths: give those, or a .npy file";
                return Err(Failure::input(why).at(&format!("--weights {}", path.display())));
            }
            let place = format!("--weights {}", path.display());
            let text =
                contents(path, MAX_TEXT_BYTES, "a network in JSON, or a larger one in .npy, is accepted")
                    .map_err(|e| e.at(&place))?;
            return FiniteNetwork::from_json(&text).map_err(|e| Failure::from(e).at(&place));
        }
        let name = self.activation.as_deref();
        let name = name.ok_or_else(|| Failure::input("an activation is expected, or --weights FILE.json"))?;
        let phi = activation("ACTIVATION", name)?;
        let widths = self.widths.as_deref();
        let widths =
            widths.ok_or_else(|| Failure::input("--widths is expected, such as --widths 2,8,8,1"))?;
        let width = |text: &str| {
            let accepted =
                || Failure::input(format!("--widths {widths}: whole numbers such as 2,8,8,1 are accepted"));
            text.trim().parse::<usize>().map_err(|_| accepted())
        };
        let list = widths.split(',').map(width).collect::<Result<Vec<usize>, Failure>>()?;
        let last = self.output_activation.as_deref();
        let last = last.map(|text| activation("--output-activation", text)).transpose()?;
        let shape = Architecture::new(&phi, &list).map_err(|e| Failure::from(e).at("--widths"))?;
        let parametrization = match self.parametrization {
            ParametrizationArg::Ntk => Parametrization::Ntk,
            ParametrizationArg::Standard => Parametrization::Standard,
        };
        let shape = shape.with_biases(self.biases).with_output(last).with_parametrization(parametrization);
        match &self.weights {
            None => Ok(FiniteNetwork::from_seed(&shape, self.seed)?),
            Some(path) => {
                let place = format!("--weights {}", path.display());
                let bytes = bytes(path).map_err(|e| e.at(&place))?;
                FiniteNetwork::from_npy(&shape, &bytes).map_err(|e| Failure::from(e).at(&place))
            }
        }
    }

    /// The output that was asked for, if there are several.
    fn one_output(&self, network: FiniteNetwork) -> Result<FiniteNetwork, Failure> {
        let outputs = network.outputs();
        match self.component {
            Some(k) => network.component(k - 1).map_err(|_| {
                Failure::input(format!("--component {k}: the network's outputs are 1 to {outputs}"))
            }),
            None if outputs > 1 => Err(Failure::input(format!(
                "the network has {outputs} outputs: --component K takes one of them"
            ))),
            None => Ok(network),
        }
    }

    fn read_step(&self, network: &FiniteNetwork) -> Result<Step, Failure> {
        let Some(path) = &self.step else {
            let size = exact("--step-size", &self.step_size)?;
            return Step::from_seed(network, self.step_seed, &size)
                .map_err(|e| Failure::from(e).at("--step-size"));
        };
        let place = format!("--step {}", path.display());
        let list = if is_array(path) {
            let array = bytes(path).and_then(|b| Ok(NpyArray::read(&b)?)).map_err(|e| e.at(&place))?;
            Numbers::doubles(array.values)?
        } else {
            let text =
                contents(path, MAX_TEXT_BYTES, "exact numbers between commas, or more in .npy, are accepted");
            let text = text.map_err(|e| e.at(&place))?;
            let entries = text.split([',', '\n']).map(str::trim).filter(|t| !t.is_empty());
            Numbers::rationals(&entries.map(|t| exact(&place, t)).collect::<Result<Vec<_>, _>>()?)
        };
        Step::new(network, list).map_err(|e| Failure::from(e).at(&place))
    }

    /// With enough digits that those asked for are proved, as far as that can be had.
    fn accurate(
        &self,
        network: &FiniteNetwork,
        x: &[BigRational],
        step: &Step,
        accuracy: Accuracy,
    ) -> Result<Found, Error> {
        let mut digits = accuracy.digits() + 20;
        loop {
            let found = self.find(network, x, step, Accuracy::absolute(digits)?)?;
            let all = found.series.orders.iter().chain(found.kernel.iter().flatten()).chain([&found.direct]);
            let enough = all.into_iter().all(|ball| decimal(String::new, ball, accuracy).is_ok());
            if enough || digits > 4 * (20 + accuracy.digits()) {
                return Ok(found);
            }
            digits *= 2;
        }
    }

    fn find(
        &self,
        network: &FiniteNetwork,
        x: &[BigRational],
        step: &Step,
        working: Accuracy,
    ) -> Result<Found, Error> {
        let near = Neighbourhood::new(network, x, working)?;
        let series = near.series(step, self.order)?;
        Ok(Found {
            series,
            direct: network.after(step)?.evaluate(x, working)?.swap_remove(0),
            kernel: network.feature_kernel(x, x, self.order, working),
            radius: near.radius(),
            neurons: near.neurons().to_vec(),
        })
    }

    fn report(
        &self,
        network: &FiniteNetwork,
        x: &[BigRational],
        step: &Step,
        accuracy: Accuracy,
        found: &Found,
    ) -> Result<Report, Failure> {
        let words = |text: String| Phrase::new().words(text);
        let fact = |label: &str, text: String| Fact { label: label.into(), value: words(text) };
        let norm = shown(&step.norm(Accuracy::relative(accuracy.digits() + 5)?)?, accuracy)?;
        let length = step.norm(Accuracy::relative(15)?)?;
        let stretched = |by: Mag| Mag::from_float_lower(&(&length * &Ball::exact(by.to_float())).lower());
        let reach = Some(found.series.reach).filter(|by| by.is_finite());
        let most = reach.map_or("any length".into(), |by| {
            format!("up to {}, {} times its own,", below(stretched(by)), below(by))
        });
        let shorter = |radius: Mag| {
            if radius.is_finite() { format!(" shorter than {}", below(radius)) } else { "".into() }
        };
        let coordinates: Vec<String> = x.iter().map(BigRational::to_string).collect();
        let mut facts = vec![
            fact("network", format!("{}, {} parameters", shape(network), network.parameters())),
            fact("weights", self.weights_in_words(network)),
            fact("input", format!("({})", coordinates.join(", "))),
            fact("step", format!("in this direction {most} is proved")),
            fact("radius of validity", format!("every step{}", shorter(found.radius))),
        ];
        if let Some(n) = closest(&found.neurons) {
            let place = format!("neuron {} of layer {}", n.index + 1, n.layer + 1);
            let limits = [("kink", n.radius.kink), ("singularity", n.radius.singularity)];
            let limits = limits.iter().filter(|(_, radius)| radius.is_finite());
            let limits: Vec<String> =
                limits.map(|(what, r)| format!("{what} at a distance of {}", below(*r))).collect();
            facts.push(fact("closest limit", format!("{place}: {}", limits.join(", "))));
        }
        if let Err(error) = &found.kernel {
            facts.push(fact("kernel", format!("left out: {error}")));
        }
        let (mut rows, mut orders) = (vec![], vec![]);
        for (m, part) in found.series.orders.iter().enumerate() {
            let value = shown(part, accuracy)?;
            let left = above(found.series.remainders[m]);
            let mut entry = Map::new();
            entry.insert("m".into(), m.into());
            value.insert_into(&mut entry);
            entry.insert("remainder".into(), left.clone().into());
            let mut row = vec![Cell::Index(m), Cell::Enclosure(value), Cell::Words(left)];
            if let Ok(kernel) = &found.kernel {
                let kernel = shown(&kernel[m], accuracy)?;
                entry.insert("kernel".into(), kernel.to_json());
                row.push(Cell::Enclosure(kernel));
            } else {
                entry.insert("kernel".into(), Value::Null);
            }
            rows.push(row);
            orders.push(Value::Object(entry));
        }
        let sum = found.series.sum();
        if !sum.is_finite() {
            let why = format!(
                "what is left out after order {} has no finite bound: a shorter step would do",
                self.order
            );
            let place = if self.step.is_some() { "--step" } else { "--step-size" };
            return Err(Failure::undecided(why).at(place));
        }
        let sum = shown(&sum, accuracy)?;
        let direct = shown(&found.direct, accuracy)?;
        let mut json = self.head(network, x);
        json.insert("digits".into(), self.accuracy.digits.into());
        json.insert("step".into(), norm.to_json());
        json.insert("reach".into(), bound_json(found.series.reach));
        json.insert("radius".into(), bound_json(found.radius));
        json.insert("orders".into(), orders.into());
        json.insert("sum".into(), sum.to_json());
        json.insert("direct".into(), direct.to_json());
        json.insert("neurons".into(), self.neurons(found, accuracy)?);
        let heading = |text: &str| Phrase::new().words(text);
        let mut columns = vec![
            Column::new("m", Kind::Index, Phrase::new().math("m", "m")),
            Column::new("value", Kind::Value, heading("part of order m")),
            Column::new("remainder", Kind::Words, heading("left out after it, at most")),
        ];
        if found.kernel.is_ok() {
            columns.push(Column::new("kernel", Kind::Value, Phrase::new().math("K_m(x, x)", "K_m(x, x)")));
        }
        Ok(Report {
            title: heading("Power series of a finite network around its weights"),
            facts,
            definitions: vec![],
            places: Places::of(accuracy),
            grids: vec![Grid { record: "order", columns, rows }, self.neuron_grid(found, accuracy)?],
            totals: vec![
                Total::new("step", heading("length of the step"), norm),
                Total::new("sum", heading("output after the step, by the series"), sum),
                Total::new("direct", heading("output after the step, directly"), direct),
            ],
            json,
        })
    }

    fn head(&self, network: &FiniteNetwork, x: &[BigRational]) -> Map<String, Value> {
        let mut json = Map::new();
        let layers = network.layers();
        let name =
            |l: &ntk_series::finite::FiniteLayer| l.activation().map_or(Value::Null, |a| a.name().into());
        let widths: Vec<usize> =
            std::iter::once(network.inputs()).chain(layers.iter().map(|l| l.outputs())).collect();
        json.insert("schema".into(), "ntk-series/neighbourhood/1".into());
        json.insert("widths".into(), widths.into());
        json.insert("activations".into(), layers.iter().map(name).collect::<Vec<_>>().into());
        json.insert("biases".into(), layers.iter().any(|l| l.biases().is_some()).into());
        json.insert("parametrization".into(), spelled(parametrization(network)).into());
        json.insert("parameters".into(), network.parameters().into());
        json.insert("seed".into(), if self.weights.is_none() { self.seed.into() } else { Value::Null });
        json.insert("component".into(), self.component.map_or(Value::Null, Value::from));
        json.insert("at".into(), x.iter().map(BigRational::to_string).collect::<Vec<_>>().into());
        json.insert("order".into(), self.order.into());
        json
    }

    /// Biases, parametrization, and where the numbers are from.
    fn weights_in_words(&self, network: &FiniteNetwork) -> String {
        let biases =
            if network.layers().iter().any(|l| l.biases().is_some()) { "with biases" } else { "no biases" };
        let parametrization = spelled(parametrization(network));
        let source = match &self.weights {
            Some(path) => format!("from {}", path.display()),
            None => format!("seed {}", self.seed),
        };
        let component = self.component.map_or(String::new(), |k| format!("; output {k}"));
        format!("{source}; {biases}, {parametrization} parametrization{component}")
    }

    fn neuron_grid(&self, found: &Found, accuracy: Accuracy) -> Result<Grid, Failure> {
        let column = |key, kind, heading: &str| Column::new(key, kind, Phrase::new().words(heading));
        let limit = |x: Mag| Cell::Words(x.to_decimal_below(3).unwrap_or_else(|| "none".into()));
        let row = |n: &Neuron| {
            Ok(vec![
                Cell::Index(n.layer + 1),
                Cell::Index(n.index + 1),
                Cell::Enclosure(shown(&n.preactivation, accuracy)?),
                limit(n.radius.kink),
                limit(n.radius.singularity),
            ])
        };
        Ok(Grid {
            record: "neuron",
            columns: vec![
                column("layer", Kind::Index, "layer"),
                column("neuron", Kind::Index, "neuron"),
                column("value", Kind::Value, "pre-activation"),
                column("kink", Kind::Words, "kink, beyond"),
                column("singularity", Kind::Words, "singularity, beyond"),
            ],
            rows: found.neurons.iter().map(row).collect::<Result<Vec<_>, Failure>>()?,
        })
    }

    fn neurons(&self, found: &Found, accuracy: Accuracy) -> Result<Value, Failure> {
        let entry = |n: &Neuron| {
            Ok(json!({
                "layer": n.layer + 1,
                "neuron": n.index + 1,
                "preactivation": shown(&n.preactivation, accuracy)?.to_json(),
                "kink": bound_json(n.radius.kink),
                "singularity": bound_json(n.radius.singularity),
            }))
        };
        found.neurons.iter().map(entry).collect::<Result<Vec<Value>, Failure>>().map(Value::Array)
    }
}

fn parametrization(network: &FiniteNetwork) -> ParametrizationArg {
    match network.parametrization() {
        Parametrization::Ntk => ParametrizationArg::Ntk,
        Parametrization::Standard => ParametrizationArg::Standard,
    }
}

/// `2-8-8-1 (tanh, tanh, linear)`.
fn shape(network: &FiniteNetwork) -> String {
    let layers = network.layers();
    let widths = std::iter::once(network.inputs()).chain(layers.iter().map(|l| l.outputs()));
    let widths: Vec<String> = widths.map(|n| n.to_string()).collect();
    let names: Vec<String> =
        layers.iter().map(|l| l.activation().map_or("linear".into(), |a| a.name())).collect();
    format!("{} ({})", widths.join("-"), names.join(", "))
}

/// The neuron with the smallest radius, if there is a limit at all.
fn closest(neurons: &[Neuron]) -> Option<&Neuron> {
    let limited = neurons.iter().filter(|n| n.radius.least().is_finite());
    limited
        .min_by(|a, b| a.radius.least().partial_cmp(&b.radius.least()).unwrap_or(std::cmp::Ordering::Equal))
}

/// An upper bound for people and scripts.
fn above(x: Mag) -> String {
    x.to_decimal_above(3).unwrap_or_else(|| "unbounded".into())
}

/// A lower bound for people.
fn below(x: Mag) -> String {
    x.to_decimal_below(3).unwrap_or_else(|| "infinity".into())
}

/// A lower bound for scripts; `null` where there is no limit.
fn bound_json(x: Mag) -> Value {
    x.to_decimal_below(3).map_or(Value::Null, Value::from)
}

fn numbers(place: &str, text: &str) -> Result<Vec<BigRational>, Failure> {
    text.split(',').map(|t| exact(place, t)).collect()
}

fn is_array(path: &Path) -> bool {
    path.extension().is_some_and(|e| e.eq_ignore_ascii_case("npy"))
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let accepted = "a readable .npy file of at most 2^28 bytes is accepted";
    let mut out = vec![];
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut out));
    read.map_err(|error| Failure::input(format!("{error}; {accepted}")))?;
    match out.len() as u64 > MAX_BYTES {
        true => Err(Failure::input(format!("is too long; {accepted}"))),
        false => Ok(out),
    }
}
