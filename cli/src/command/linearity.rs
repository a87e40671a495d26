//! `ntk linearity`: how the Hessian of a network flattens with its width.

use clap::{Args, ValueEnum};
use ntk_series::finite::{
    Convergence, Fit, Linearity, LinearityReport, Parametrization, PowerLaw, Run, Shape,
};
use ntk_series::number::Accuracy;
use serde_json::{Map, Value, json};

use crate::args::{OutputArgs, activation, spelled, whole};
use crate::enclosure::Enclosure;
use crate::failure::Failure;
use crate::progress;
use crate::report::{Cell, Column, Fact, Grid, Kind, Phrase, Places, Report, Total};

const EXAMPLES: &str = "\
Examples:
  ntk linearity tanh
  ntk linearity gelu --widths 64,256,1024 --seeds 5 --architectures linear-output,bottleneck
  ntk linearity tanh --widths 64,128,256,512,1024,2048,4096,8192 --format json --output linearity.json

The Hessian is that of the output in all weights, at the input (1, ..., 1), for random weights. Its spectral norm is measured
by Lanczos' method and proved from below. For a linear output it falls like the root of the width, so that the tangent kernel is
nearly constant; for a non-linear output, or past a hidden layer of width 1, it does not fall. A fitted exponent comes with
its 95 % confidence interval (Student's law): statistics, not a proof. The theory's exponent is for large widths and up to a
logarithm, so that small widths alone may miss it by a few hundredths.";

/// Significant digits of the kernel of infinite width.
const LIMIT_DIGITS: usize = 12;
/// Most seeds.
const MAX_SEEDS: usize = 10_000;
/// Most entries of the list of widths.
const MAX_WIDTHS: usize = 100;

/// What weights are multiplied by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ParametrizationArg {
    /// By 1/sqrt(number of inputs)
    Ntk,
    /// By 1
    Standard,
}

/// Which networks.
#[derive(Args, Debug)]
pub struct PlanArgs {
    /// A name such as `tanh` (see `ntk activations`), or a formula in x such as `x*sigmoid(2*x)`
    #[arg(value_name = "ACTIVATION", allow_hyphen_values = true)]
    activation: String,
    /// Widths of the hidden layers
    #[arg(long, value_name = "M,M,...", default_value = "64,128,256,512,1024")]
    widths: String,
    /// Networks of each architecture and width
    #[arg(long, value_name = "N", default_value = "10", value_parser = whole(1, MAX_SEEDS))]
    seeds: usize,
    /// The first seed
    #[arg(long, value_name = "S", default_value = "1", value_parser = whole(0, 1 << 31))]
    first_seed: usize,
    /// Architectures: linear-output, nonlinear-output, bottleneck (default: all that there are for the number of hidden
    /// layers)
    #[arg(long, value_name = "NAME,...")]
    architectures: Option<String>,
    /// Hidden layers
    #[arg(long, value_name = "L", default_value = "3", value_parser = whole(1, 1000))]
    hidden_layers: usize,
    /// Inputs
    #[arg(long, value_name = "D", default_value = "32", value_parser = whole(1, 1_000_000))]
    inputs: usize,
    /// The activation of a non-linear output
    #[arg(long, value_name = "ACTIVATION", default_value = "softplus", allow_hyphen_values = true)]
    output_activation: String,
    /// Biases in every layer
    #[arg(long)]
    biases: bool,
    /// Parametrization: ntk or standard
    #[arg(long, value_enum, default_value_t = ParametrizationArg::Ntk, value_name = "P", hide_possible_values = true)]
    parametrization: ParametrizationArg,
}

/// The norm of the Hessian of random networks by width, with the fitted exponent
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct LinearityArgs {
    #[command(flatten)]
    plan: PlanArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// All networks, with their number on the way.
pub fn measured(plan: &Linearity) -> Result<LinearityReport, Failure> {
    Ok(progress::counted("networks", |tell| plan.run(tell))?)
}

impl PlanArgs {
    pub fn plan(&self) -> Result<Linearity, Failure> {
        let mut plan = Linearity::new(&activation("ACTIVATION", &self.activation)?);
        plan.output = activation("--output-activation", &self.output_activation)?;
        let width = |text: &str| text.trim().parse::<usize>().ok().filter(|m| *m > 0);
        let widths: Option<Vec<usize>> = self.widths.split(',').map(width).collect();
        let widths = widths.filter(|list| list.len() <= MAX_WIDTHS);
        plan.widths = widths.ok_or_else(|| {
            let accepted = "at most 100 positive whole numbers such as 64,128,256 are accepted";
            Failure::input(format!("--widths {}: {accepted}", self.widths))
        })?;
        plan.shapes = self.shapes()?;
        plan.seeds = self.seeds as u64;
        plan.first_seed = self.first_seed as u64;
        plan.hidden_layers = self.hidden_layers;
        plan.inputs = self.inputs;
        plan.biases = self.biases;
        plan.parametrization = match self.parametrization {
            ParametrizationArg::Ntk => Parametrization::Ntk,
            ParametrizationArg::Standard => Parametrization::Standard,
        };
        Ok(plan)
    }

    fn shapes(&self) -> Result<Vec<Shape>, Failure> {
        let Some(text) = &self.architectures else {
            let possible = |s: &Shape| self.hidden_layers > 1 || *s != Shape::Bottleneck;
            return Ok(Shape::ALL.into_iter().filter(possible).collect());
        };
        let mut shapes = vec![];
        for name in text.split(',').map(str::trim) {
            let shape = Shape::ALL.into_iter().find(|s| s.name() == name && !shapes.contains(s));
            shapes.push(shape.ok_or_else(|| {
                let accepted = "linear-output, nonlinear-output and bottleneck are accepted, each once";
                Failure::input(format!("--architectures {text}: {accepted}"))
            })?);
        }
        Ok(shapes)
    }
}

impl LinearityArgs {
    pub fn run(&self) -> Result<(), Failure> {
        let sink = self.output.sink()?;
        let plan = self.plan.plan()?;
        let report = measured(&plan)?;
        sink.write(&self.report(&plan, &report)?.render(self.output.format))
    }

    fn report(&self, plan: &Linearity, report: &LinearityReport) -> Result<Report, Failure> {
        let words = |text: String| Phrase::new().words(text);
        let fact = |label: &str, text: String| Fact { label: label.into(), value: words(text) };
        let layers = if plan.hidden_layers == 1 { "layer" } else { "layers" };
        let biases = if plan.biases { "with biases" } else { "no biases" };
        let parametrization = spelled(self.plan.parametrization);
        let mut facts = vec![
            Fact { label: "activation".into(), value: Phrase::activation(&plan.activation) },
            Fact { label: "non-linear output".into(), value: Phrase::activation(&plan.output) },
            fact(
                "networks",
                format!(
                    "{} inputs, {} hidden {layers}, {biases}, {parametrization} parametrization; {} seeds from {} on",
                    plan.inputs, plan.hidden_layers, plan.seeds, plan.first_seed
                ),
            ),
        ];
        for shape in &plan.shapes {
            let fit = report.fits.iter().find(|f| f.shape == *shape);
            facts.push(fact(&format!("exponent, {}", shape.name()), in_words(fit, *shape)));
        }
        if let Some(found) = &report.convergence {
            let text = format!("exponent {}", law_in_words(&found.law, found.expected));
            facts.push(fact("deviation from it", text));
        }
        let column = |key, kind, heading: &str| Column::new(key, kind, Phrase::new().words(heading));
        let limit = report.convergence.as_ref().and_then(limit);
        let total = |limit| Total::new("limit", words("tangent kernel of infinite width".into()), limit);
        let mut json = self.head(plan);
        json.insert("runs".into(), report.runs.iter().map(run_json).collect::<Vec<_>>().into());
        json.insert("fits".into(), report.fits.iter().map(fit_json).collect::<Vec<_>>().into());
        json.insert("convergence".into(), report.convergence.as_ref().map_or(Value::Null, convergence_json));
        Ok(Report {
            title: words("Norm of the Hessian of random networks".into()),
            facts,
            definitions: vec![],
            places: Places::of(Accuracy::relative(6)?),
            grids: vec![Grid {
                record: "run",
                columns: vec![
                    column("architecture", Kind::Words, "architecture"),
                    column("width", Kind::Index, "width"),
                    column("seed", Kind::Index, "seed"),
                    column("weight_seed", Kind::Words, "seed of weights"),
                    column("hessian_norm", Kind::Words, "Hessian norm, about"),
                    column("lower_bound", Kind::Words, "at least"),
                    column("tangent_kernel", Kind::Words, "tangent kernel"),
                ],
                rows: report.runs.iter().map(row).collect(),
            }],
            totals: limit.map(total).into_iter().collect(),
            json,
        })
    }

    fn head(&self, plan: &Linearity) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("schema".into(), "ntk-series/linearity/1".into());
        json.insert("activation".into(), plan.activation.name().into());
        json.insert("output_activation".into(), plan.output.name().into());
        json.insert("widths".into(), plan.widths.clone().into());
        json.insert("seeds".into(), plan.seeds.into());
        json.insert("first_seed".into(), plan.first_seed.into());
        json.insert("hidden_layers".into(), plan.hidden_layers.into());
        json.insert("inputs".into(), plan.inputs.into());
        json.insert("biases".into(), plan.biases.into());
        json.insert("parametrization".into(), spelled(self.plan.parametrization).into());
        json.insert("confidence".into(), json!(0.95));
        json
    }
}

fn in_words(fit: Option<&Fit>, shape: Shape) -> String {
    match fit {
        Some(fit) => law_in_words(&fit.law, fit.expected),
        None => format!(
            "not fitted (three networks, two widths and no Hessian of zero are needed); expected {}",
            shape.expected()
        ),
    }
}

fn law_in_words(law: &PowerLaw, expected: f64) -> String {
    format!("{}, 95 % interval {} to {}; expected {expected}", law.exponent, law.low, law.high)
}

fn row(run: &Run) -> Vec<Cell> {
    // The doubles as they are: no digit is lost, and a lower bound stays one.
    let double = |x: f64| Cell::Words(format!("{x:?}"));
    vec![
        Cell::Words(run.shape.name().into()),
        Cell::Index(run.width),
        Cell::Index(run.seed as usize),
        Cell::Words(Linearity::weight_seed(run.seed, run.width).to_string()),
        double(run.norm.value),
        double(run.norm.lower),
        double(run.kernel.value),
    ]
}

fn run_json(run: &Run) -> Value {
    json!({
        "architecture": run.shape.name(),
        "width": run.width,
        "seed": run.seed,
        "weight_seed": Linearity::weight_seed(run.seed, run.width),
        "hessian_norm": run.norm.value,
        "lower_bound": run.norm.lower,
        "tangent_kernel": run.kernel.value,
    })
}

/// The kernel of infinite width.
fn limit(found: &Convergence) -> Option<Enclosure> {
    found.limit.to_decimal(LIMIT_DIGITS).map(|d| Enclosure::new(d.value, d.error))
}

fn convergence_json(found: &Convergence) -> Value {
    json!({
        "limit": limit(found).as_ref().map(Enclosure::bounds_json),
        "exponent": found.law.exponent,
        "low": found.law.low,
        "high": found.law.high,
        "expected": found.expected,
    })
}

fn fit_json(fit: &Fit) -> Value {
    json!({
        "architecture": fit.shape.name(),
        "exponent": fit.law.exponent,
        "low": fit.law.low,
        "high": fit.law.high,
        "expected": fit.expected,
    })
}
