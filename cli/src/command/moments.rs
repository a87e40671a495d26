//! `ntk moments`: means, variances and gains of an activation under a Gaussian.

use clap::Args;
use ntk_series::moments::{Moments, variance_closed_form};
use ntk_series::number::{Accuracy, ClosedForm};
use ntk_series::{Activation, Ball};
use num_rational::BigRational;
use num_traits::Zero;
use serde_json::{Map, Value};

use crate::args::{AccuracyArgs, OutputArgs, activation, exact};
use crate::enclosure::{Enclosure, Exactly, Miss, is_short, with_rising_accuracy};
use crate::failure::Failure;
use crate::progress;
use crate::report::{Fact, Phrase, Places, Report, Total};

const EXAMPLES: &str = "\
Examples:
  ntk moments tanh
  ntk moments relu --variance 2 --mean 1/2 --digits 30 --format json

X is Gaussian of mean m and variance q. The gain 1/√E[φ(X)²] gives the activation unit second moment, 1/√Var φ(X) unit
variance. E[φφ''] counts the point masses of φ'' at kinks: E[φ'²] + E[φφ''] is the derivative of E[φ(√q Z)²] in q. It
may be zero: its error is relative to E[φ'²].";

/// Moments and gains of an activation under a Gaussian
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct MomentsArgs {
    /// A name such as `relu` or `leaky-relu(1/10)` (see `ntk activations`), or a formula in x
    #[arg(value_name = "ACTIVATION", allow_hyphen_values = true)]
    activation: String,
    /// Variance q of the pre-activation
    #[arg(long, value_name = "Q", default_value = "1", allow_hyphen_values = true)]
    variance: String,
    /// Mean m of the pre-activation
    #[arg(long, value_name = "M", default_value = "0", allow_hyphen_values = true)]
    mean: String,
    #[command(flatten)]
    accuracy: AccuracyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// A line of the answer; `None` where the number does not exist or is not known to.
struct Line {
    key: &'static str,
    text: &'static str,
    latex: &'static str,
    value: Option<Enclosure>,
}

impl MomentsArgs {
    pub fn run(&self) -> Result<(), Failure> {
        let sink = self.output.sink()?;
        let activation = activation("ACTIVATION", &self.activation)?;
        let q = exact("--variance", &self.variance)?;
        let mean = exact("--mean", &self.mean)?;
        let accuracy = self.accuracy.accuracy(8)?;
        let what = format!("moments of {activation}");
        let lines = progress::during(&what, || {
            with_rising_accuracy(accuracy, |working| {
                let found = Moments::new(&activation, &mean, &q, working)?;
                lines(&activation, &found, &mean, &q, accuracy)
            })
        })?;
        let report = self.report(&activation, &mean, &q, accuracy, lines);
        sink.write(&report.render(self.output.format))
    }

    fn report(
        &self,
        activation: &Activation,
        mean: &BigRational,
        q: &BigRational,
        accuracy: Accuracy,
        lines: Vec<Line>,
    ) -> Report {
        let fact = |label: &str, value: Phrase| Fact { label: label.into(), value };
        let mut json = Map::new();
        json.insert("schema".into(), "ntk-series/moments/1".into());
        json.insert("activation".into(), activation.name().into());
        json.insert("variance_of_x".into(), q.to_string().into());
        json.insert("mean_of_x".into(), mean.to_string().into());
        json.insert("digits".into(), self.accuracy.digits.into());
        json.insert("absolute".into(), self.accuracy.absolute.into());
        for line in &lines {
            let value = line.value.as_ref().map_or(Value::Null, Enclosure::to_json);
            json.insert(line.key.into(), value);
        }
        let mut facts = vec![
            fact("activation", Phrase::activation(activation)),
            fact("X", Phrase::new().words(format!("Gaussian of mean {mean} and variance {q}"))),
            fact("accuracy", Phrase::accuracy(accuracy)),
        ];
        let missing: Vec<&str> =
            lines.iter().filter(|line| line.value.is_none()).map(|line| line.text).collect();
        if !missing.is_empty() {
            facts.push(fact(
                "not given",
                Phrase::new().words(format!("{}: infinite, or not defined", missing.join(", "))),
            ));
        }
        let totals = lines.into_iter().filter_map(|line| {
            Some(Total::new(line.key, Phrase::new().math(line.text, line.latex), line.value?))
        });
        Report {
            title: Phrase::new().words("Gaussian moments of ").code(activation.name()),
            facts,
            definitions: vec![],
            places: Places::of(accuracy),
            grids: vec![],
            totals: totals.collect(),
            json,
        }
    }
}

/// What is known in closed form, where the mean of the pre-activation is zero.
#[derive(Default)]
struct Closed {
    mean: Option<ClosedForm>,
    second_moment: Option<ClosedForm>,
    variance: Option<ClosedForm>,
}

impl Closed {
    fn of(activation: &Activation, mean: &BigRational, q: &BigRational) -> Closed {
        if !mean.is_zero() {
            return Closed::default();
        }
        let short = |form: Option<ClosedForm>| form.filter(is_short);
        Closed {
            mean: short(activation.hermite_closed_form(0, q)),
            second_moment: short(activation.second_moment_closed_form(q)),
            variance: short(variance_closed_form(activation, q)),
        }
    }
}

fn lines(
    activation: &Activation,
    found: &Moments,
    mean: &BigRational,
    q: &BigRational,
    accuracy: Accuracy,
) -> Result<Vec<Line>, Miss> {
    let closed = Closed::of(activation, mean, q);
    let none = None;
    let shown = |text: &str, ball: &Ball, form: &Option<ClosedForm>| {
        Enclosure::of(|| text.to_string(), ball, Exactly::of(form, true), accuracy)
    };
    let line = |key, text, latex, ball: Option<&Ball>, form: &Option<ClosedForm>| {
        let value = ball.map(|ball| shown(text, ball, form)).transpose()?;
        Ok::<Line, Miss>(Line { key, text, latex, value })
    };
    let slope = found.derivative_second_moment.as_ref();
    let curvature = match (&found.curvature, slope) {
        (Some(ball), Some(slope)) => {
            Some(Enclosure::relative_to(|| "E[φφ'']".into(), ball, slope, accuracy)?)
        }
        _ => None,
    };
    Ok(vec![
        line("mean", "E[φ]", r"E[\varphi]", Some(&found.mean), &closed.mean)?,
        line("second_moment", "E[φ²]", r"E[\varphi^2]", Some(&found.second_moment), &closed.second_moment)?,
        line("variance", "Var φ", r"\operatorname{Var}\varphi", Some(&found.variance), &closed.variance)?,
        line(
            "standard_deviation",
            "√Var φ",
            r"\sqrt{\operatorname{Var}\varphi}",
            Some(&found.standard_deviation),
            &none,
        )?,
        line("derivative_second_moment", "E[φ'²]", r"E[\varphi'^2]", slope, &none)?,
        Line {
            key: "second_derivative_product",
            text: "E[φφ'']",
            latex: r"E[\varphi\varphi'']",
            value: curvature,
        },
        line("gain", "1/√E[φ²]", r"1/\sqrt{E[\varphi^2]}", found.gain.as_ref(), &none)?,
        line(
            "gain_variance",
            "1/√Var φ",
            r"1/\sqrt{\operatorname{Var}\varphi}",
            found.gain_variance.as_ref(),
            &none,
        )?,
    ])
}
