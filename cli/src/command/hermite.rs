//! `ntk hermite`: the Hermite coefficients of an activation.

use clap::Args;
use ntk_series::moments::second_moment;
use ntk_series::number::{Accuracy, ClosedForm};
use ntk_series::{Activation, hermite};
use num_rational::BigRational;
use serde_json::{Map, Value};

use crate::args::{AccuracyArgs, ClosedForms, MAX_DEGREE, OutputArgs, activation, exact, whole};
use crate::enclosure::{Enclosure, Exactly, Miss, is_short, with_rising_accuracy};
use crate::failure::Failure;
use crate::progress;
use crate::report::{Cell, Column, Fact, Grid, Kind, Phrase, Places, Report, Total};

const EXAMPLES: &str = "\
Examples:
  ntk hermite relu --max-degree 8
  ntk hermite gelu --variance 1/2 --digits 40 --format json

The coefficients are those of φ(√q Z) in the polynomials h_k, orthonormal under the standard Gaussian:
μ_k = E[φ(√q Z) h_k(Z)], Σ μ_k² = E[φ(√q Z)²].";

/// Hermite coefficients μ_k of an activation
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct HermiteArgs {
    /// A name such as `relu` or `leaky-relu(1/10)` (see `ntk activations`), or a formula in x
    #[arg(value_name = "ACTIVATION", allow_hyphen_values = true)]
    activation: String,
    /// Highest k
    #[arg(long, short = 'n', aliases = ["degree"], value_name = "K", default_value = "10", allow_hyphen_values = true, value_parser = whole(0, MAX_DEGREE))]
    max_degree: usize,
    /// Variance q of the pre-activation
    #[arg(long, value_name = "Q", default_value = "1", allow_hyphen_values = true)]
    variance: String,
    /// Closed forms: auto (short ones, of the first thousand), none, or expanded or layered (all of them)
    #[arg(long, value_enum, default_value_t = ClosedForms::Auto, value_name = "MODE", hide_possible_values = true)]
    closed_forms: ClosedForms,
    #[command(flatten)]
    accuracy: AccuracyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// How many closed forms are given unless asked otherwise.
const SHORT: usize = 1000;

/// What is known exactly.
struct Closed {
    coefficients: Vec<Option<ClosedForm>>,
    squares: Vec<Option<ClosedForm>>,
    second_moment: Option<ClosedForm>,
}

/// What is printed: every enclosure within the accuracy asked for.
struct Numbers {
    coefficients: Vec<Enclosure>,
    squares: Vec<Enclosure>,
    second_moment: Enclosure,
}

impl HermiteArgs {
    pub fn run(&self) -> Result<(), Failure> {
        let sink = self.output.sink()?;
        let activation = activation("ACTIVATION", &self.activation)?;
        let q = exact("--variance", &self.variance)?;
        let accuracy = self.accuracy.accuracy(2 * (self.max_degree + 1))?;
        let what = format!("Hermite coefficients 0 to {} of {activation}", self.max_degree);
        let numbers = progress::during(&what, || {
            // The cheap checks of the input come with the first coefficients.
            hermite::coefficients(&activation, &q, 1, Accuracy::relative(1)?)?;
            let closed = self.closed(&activation, &q);
            with_rising_accuracy(accuracy, |working| {
                self.numbers(&activation, &q, accuracy, working, &closed)
            })
        })?;
        let report = self.report(&activation, &q, accuracy, numbers);
        sink.write(&report.render(self.output.format))
    }

    fn closed(&self, activation: &Activation, q: &BigRational) -> Closed {
        let wanted = self.closed_forms != ClosedForms::None;
        let len = match self.closed_forms {
            ClosedForms::None => 0,
            ClosedForms::Auto => SHORT,
            ClosedForms::Expanded | ClosedForms::Layered => usize::MAX,
        };
        // Unless asked otherwise, those that are short.
        let shown = |form: &ClosedForm| self.closed_forms != ClosedForms::Auto || is_short(form);
        let of = |form: &dyn Fn(usize) -> Option<ClosedForm>| {
            (0..=self.max_degree).map(|k| if k < len { form(k).filter(shown) } else { None }).collect()
        };
        Closed {
            coefficients: of(&|k| activation.hermite_closed_form(k, q)),
            squares: of(&|k| activation.hermite_square_closed_form(k, q)),
            second_moment: activation.second_moment_closed_form(q).filter(|form| wanted && shown(form)),
        }
    }

    fn numbers(
        &self,
        activation: &Activation,
        q: &BigRational,
        accuracy: Accuracy,
        working: Accuracy,
        closed: &Closed,
    ) -> Result<Numbers, Miss> {
        let wanted = self.closed_forms != ClosedForms::None;
        let balls = hermite::coefficients(activation, q, self.max_degree + 1, working)?;
        let mut numbers = Numbers {
            coefficients: vec![],
            squares: vec![],
            second_moment: {
                let ball = second_moment(activation, q, working)?;
                Enclosure::of(
                    || "the second moment".into(),
                    &ball,
                    Exactly::of(&closed.second_moment, wanted),
                    accuracy,
                )?
            },
        };
        for (k, ball) in balls.iter().enumerate() {
            let what = || format!("Hermite coefficient {k}");
            numbers.coefficients.push(Enclosure::of(
                what,
                ball,
                Exactly::of(&closed.coefficients[k], wanted),
                accuracy,
            )?);
            let what = || format!("the square of Hermite coefficient {k}");
            numbers.squares.push(Enclosure::of(
                what,
                &(ball * ball),
                Exactly::of(&closed.squares[k], wanted),
                accuracy,
            )?);
        }
        Ok(numbers)
    }

    fn report(
        &self,
        activation: &Activation,
        q: &BigRational,
        accuracy: Accuracy,
        numbers: Numbers,
    ) -> Report {
        let json = self.json(activation, q, &numbers);
        let name = activation.name();
        let title = Phrase::new().words("Hermite coefficients of ").code(name.clone());
        let fact = |label: &str, value: Phrase| Fact { label: label.into(), value };
        let facts = vec![
            fact(
                "series",
                Phrase::new()
                    .math("φ(√q z) = Σ μ_k h_k(z)", r"\varphi(\sqrt{q}\,z) = \sum_k \mu_k h_k(z)")
                    .words(", ")
                    .math("h_k", "h_k")
                    .words(" orthonormal under the standard Gaussian"),
            ),
            fact("activation", Phrase::activation(activation)),
            fact("variance", Phrase::new().math(format!("q = {q}"), format!("q = {q}"))),
            fact("accuracy", Phrase::accuracy(accuracy)),
        ];
        let math = |text: &str, latex: &str| Phrase::new().math(text, latex);
        let columns = vec![
            Column::new("k", Kind::Index, math("k", "k")),
            Column::new("value", Kind::Value, math("μ_k", r"\mu_k")),
            Column::new("closed_form", Kind::ClosedForm, Phrase::new().words("closed form")),
            Column::new("square", Kind::Value, math("μ_k²", r"\mu_k^2")),
            Column::new("square_closed_form", Kind::ClosedForm, Phrase::new().words("closed form")),
        ];
        let rows =
            numbers.coefficients.into_iter().zip(numbers.squares).enumerate().map(|(k, (value, square))| {
                let forms = (value.closed_form.clone(), square.closed_form.clone());
                vec![
                    Cell::Index(k),
                    Cell::Enclosure(value),
                    Cell::ClosedForm(forms.0),
                    Cell::Enclosure(square),
                    Cell::ClosedForm(forms.1),
                ]
            });
        let label = math("Σ μ_k² = E[φ(√q Z)²]", r"\sum_k \mu_k^2 = E[\varphi(\sqrt{q}\,Z)^2]");
        let totals = vec![Total::new("second_moment", label, numbers.second_moment)];
        Report {
            title,
            facts,
            definitions: vec![],
            places: Places::of(accuracy),
            grids: vec![Grid { record: "coefficient", columns, rows: rows.collect() }],
            totals,
            json,
        }
    }

    fn json(&self, activation: &Activation, q: &BigRational, numbers: &Numbers) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("schema".into(), "ntk-series/hermite/1".into());
        json.insert("activation".into(), activation.name().into());
        json.insert("variance".into(), q.to_string().into());
        json.insert("digits".into(), self.accuracy.digits.into());
        json.insert("absolute".into(), self.accuracy.absolute.into());
        let coefficients =
            numbers.coefficients.iter().zip(&numbers.squares).enumerate().map(|(k, (value, square))| {
                let mut entry = Map::new();
                entry.insert("k".into(), k.into());
                value.insert_into(&mut entry);
                entry.insert("square".into(), square.to_json());
                Value::Object(entry)
            });
        json.insert("coefficients".into(), coefficients.collect());
        json.insert("second_moment".into(), numbers.second_moment.to_json());
        json
    }
}
