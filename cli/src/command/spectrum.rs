//! `ntk spectrum`: the eigenvalues of a kernel on the sphere.

use clap::{Args, ValueEnum};
use ntk_series::kernel::{LayerVariances, Network};
use ntk_series::number::Accuracy;
use ntk_series::spectrum::{MAX_DEGREE, MAX_DIMENSION, Measure, Spectrum};
use serde_json::{Map, Value};

use crate::args::{AccuracyArgs, OutputArgs, spelled, whole};
use crate::enclosure::{Enclosure, Exactly, Miss, with_rising_accuracy};
use crate::failure::Failure;
use crate::network::words::{network_facts, title, variances_json};
use crate::network::{KernelArg, NetworkArgs, shared_activation};
use crate::progress;
use crate::report::{Cell, Column, Fact, Grid, Kind, Phrase, Places, Report, Total};

const EXAMPLES: &str = "\
Examples:
  ntk spectrum relu --dimension 3 --max-degree 20
  ntk spectrum relu --hidden-layers 5 --dimension 10 --digits 30 --format json
  ntk spectrum tanh --dimension 4 --measure surface

The kernel multiplies the harmonics of degree k, a space of the dimension given as multiplicity, by λ_k.
For the uniform probability measure the eigenvalues, each as often as its multiplicity says, add up to Θ(1).";

/// Longest closed form that is shown, in characters.
const MAX_FORM_CHARS: usize = 300;

/// Which measure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum MeasureArg {
    /// The uniform probability measure
    Probability,
    /// The surface measure
    Surface,
}

impl From<MeasureArg> for Measure {
    fn from(measure: MeasureArg) -> Measure {
        match measure {
            MeasureArg::Probability => Measure::Probability,
            MeasureArg::Surface => Measure::Surface,
        }
    }
}

/// Eigenvalues λ_k of the kernel on the sphere S^{d-1}
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct SpectrumArgs {
    #[command(flatten)]
    network: NetworkArgs,
    /// Kernel: ntk or nngp
    #[arg(long, value_enum, default_value_t = KernelArg::Ntk, value_name = "KERNEL", hide_possible_values = true)]
    kernel: KernelArg,
    /// Dimension d of the space around the sphere: the inputs are vectors of d numbers
    #[arg(long, value_name = "D", allow_hyphen_values = true, value_parser = whole(2, MAX_DIMENSION))]
    dimension: usize,
    /// Highest degree k of the harmonics
    #[arg(long, short = 'n', aliases = ["degree"], value_name = "K", default_value = "10", allow_hyphen_values = true, value_parser = whole(0, MAX_DEGREE))]
    max_degree: usize,
    /// Measure on the sphere: probability or surface
    #[arg(long, value_enum, default_value_t = MeasureArg::Probability, value_name = "MEASURE", hide_possible_values = true)]
    measure: MeasureArg,
    #[command(flatten)]
    accuracy: AccuracyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// What is printed: every enclosure within the accuracy asked for.
struct Numbers {
    eigenvalues: Vec<Enclosure>,
    trace: Enclosure,
    /// `None` where nothing is left, as far as can be told.
    rest: Option<Enclosure>,
    spectrum: Spectrum,
    /// What the layers' variances came to.
    variances: Vec<LayerVariances>,
}

impl SpectrumArgs {
    pub fn run(&self) -> Result<(), Failure> {
        let sink = self.output.sink()?;
        let network = self.network.network()?;
        let accuracy = self.accuracy.accuracy(self.max_degree + 1)?;
        let what =
            format!("eigenvalues 0 to {} on the sphere of dimension {}", self.max_degree, self.dimension - 1);
        let numbers = progress::during(&what, || {
            with_rising_accuracy(accuracy, |working| self.numbers(&network, accuracy, working))
        })?;
        let report = self.report(&network, accuracy, numbers);
        sink.write(&report.render(self.output.format))
    }

    fn numbers(&self, network: &Network, accuracy: Accuracy, working: Accuracy) -> Result<Numbers, Miss> {
        let (kernel, measure) = (self.kernel.into(), self.measure.into());
        let spectrum = network.spectrum(kernel, self.dimension, self.max_degree, working, measure)?;
        let mut eigenvalues = vec![];
        for e in spectrum.eigenvalues() {
            let what = || format!("the eigenvalue of degree {}", e.degree);
            let mut shown = Enclosure::of(what, &e.value, Exactly::of(&e.closed_form, true), accuracy)?;
            shown.closed_form = shown.closed_form.filter(|form| form.text.chars().count() <= MAX_FORM_CHARS);
            eigenvalues.push(shown);
        }
        let trace = Enclosure::of(|| "the trace".into(), spectrum.trace(), Exactly::IfRational, accuracy)?;
        let left = spectrum.rest();
        let name = || "what the eigenvalues leave of the trace".into();
        let rest = match Enclosure::of(name, &left, Exactly::NotWanted, accuracy) {
            Ok(value) => Some(value),
            // A difference that is there needs more digits; else there may be nothing left.
            Err(miss) if left.lower() > 0 => return Err(miss),
            Err(_) => None,
        };
        let variances = network.layer_variances(kernel, accuracy)?;
        Ok(Numbers { eigenvalues, trace, rest, spectrum, variances })
    }

    fn report(&self, network: &Network, accuracy: Accuracy, numbers: Numbers) -> Report {
        let json = self.json(network, &numbers);
        let math = |text: &str, latex: &str| Phrase::new().math(text, latex);
        let columns = vec![
            Column::new("k", Kind::Index, math("k", "k")),
            Column::new("multiplicity", Kind::Words, Phrase::new().words("multiplicity")),
            Column::new("value", Kind::Value, math("λ_k", r"\lambda_k")),
            Column::new("closed_form", Kind::ClosedForm, Phrase::new().words("closed form")),
        ];
        let facts = self.facts(network, accuracy, &numbers.spectrum, &numbers.variances);
        let rows = numbers.eigenvalues.into_iter().zip(numbers.spectrum.eigenvalues()).map(|(value, e)| {
            let form = value.closed_form.clone();
            vec![
                Cell::Index(e.degree),
                Cell::Words(e.multiplicity.to_string()),
                Cell::Enclosure(value),
                Cell::ClosedForm(form),
            ]
        });
        let label = math("Σ N(d,k) λ_k", r"\sum_k N(d,k)\,\lambda_k").words(", all degrees");
        let mut totals = vec![Total::new("trace", label, numbers.trace)];
        if let Some(value) = numbers.rest {
            let label = Phrase::new().words(format!("of it beyond degree {}", self.max_degree));
            totals.push(Total::new("rest", label, value));
        }
        Report {
            title: title(self.kernel, network),
            facts,
            definitions: vec![],
            places: Places::of(accuracy),
            grids: vec![Grid { record: "eigenvalue", columns, rows: rows.collect() }],
            totals,
            json,
        }
    }

    fn facts(
        &self,
        network: &Network,
        accuracy: Accuracy,
        spectrum: &Spectrum,
        variances: &[LayerVariances],
    ) -> Vec<Fact> {
        let fact = |label: &str, value: Phrase| Fact { label: label.into(), value };
        let d = self.dimension;
        let operator = Phrase::new()
            .math(
                "∫ K(⟨x,y⟩) Y(y) dσ(y) = λ_k Y(x)",
                r"\int K(\langle x, y\rangle)\, Y(y)\, d\sigma(y) = \lambda_k Y(x)",
            )
            .words(", ")
            .math("Y", "Y")
            .words(" a harmonic of degree ")
            .math("k", "k")
            .words(" on the unit sphere of ")
            .math(format!("R^{d}"), format!(r"\mathbb{{R}}^{{{d}}}"));
        let measure = match self.measure {
            MeasureArg::Probability => "the uniform probability measure",
            MeasureArg::Surface => "the surface measure",
        };
        let mut facts = vec![fact("operator", operator), fact("measure", Phrase::new().words(measure))];
        facts.extend(network_facts(network, Some(variances)));
        facts.push(fact("method", Phrase::new().words(spectrum.route().words())));
        facts.push(fact("accuracy", Phrase::accuracy(accuracy)));
        facts
    }

    fn json(&self, network: &Network, numbers: &Numbers) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("schema".into(), "ntk-series/spectrum/1".into());
        json.insert("kernel".into(), spelled(self.kernel).into());
        json.insert("activation".into(), shared_activation(network).map_or(Value::Null, Value::String));
        json.insert("network".into(), network.to_json());
        json.insert("variances".into(), variances_json(&numbers.variances));
        json.insert("dimension".into(), self.dimension.into());
        json.insert("measure".into(), spelled(self.measure).into());
        json.insert("method".into(), numbers.spectrum.route().name().into());
        json.insert("digits".into(), self.accuracy.digits.into());
        json.insert("absolute".into(), self.accuracy.absolute.into());
        let eigenvalues = numbers.eigenvalues.iter().zip(numbers.spectrum.eigenvalues()).map(|(value, e)| {
            let mut entry = Map::new();
            entry.insert("k".into(), e.degree.into());
            entry.insert("multiplicity".into(), e.multiplicity.to_string().into());
            value.insert_into(&mut entry);
            Value::Object(entry)
        });
        json.insert("eigenvalues".into(), eigenvalues.collect());
        json.insert("trace".into(), numbers.trace.to_json());
        json.insert("rest".into(), numbers.rest.as_ref().map_or(Value::Null, Enclosure::bounds_json));
        json
    }
}
