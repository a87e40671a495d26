//! `ntk critical`: fixed points of the variance from layer to layer, and the critical line.

use clap::Args;
use ntk_series::initialization::{CriticalPoint, FixedPoint, FixedPoints, VarianceMap};
use ntk_series::initialization::{critical_line, half_stable_points};
use ntk_series::number::Accuracy;
use ntk_series::{Activation, Ball};
use num_rational::BigRational;
use num_traits::Signed;
use serde_json::{Map, Value, json};

use crate::args::{AccuracyArgs, OutputArgs, activation, exact};
use crate::enclosure::{Enclosure, Exactly, Miss, with_rising_accuracy};
use crate::failure::{Failure, Status};
use crate::progress;
use crate::report::{Cell, Column, Fact, Grid, Kind, Phrase, Places, Report};

const EXAMPLES: &str = "\
Examples:
  ntk critical tanh --sigma-w2 1.76 --sigma-b2 0.05
  ntk critical selu --sigma-w2 9/16 --sigma-b2 0 --from 1/100 --to 10
  ntk critical gelu

With both variances: the fixed points q* of V(q) = σ_w² E[φ(√q Z)²] + σ_b² between --from and --to, with a proof that there
is no other; V'(q*), χ = σ_w² E[φ'(√q* Z)²], and the depths ξ_c = -1/ln χ and ξ_q = -1/ln V'(q*) where they exist.
Without: the critical line, for every q the variances for which q is fixed and χ = 1, and the points on it where V' = 1
as well.";

/// Most variances of the critical line.
const MAX_LINE: usize = 200;

/// Fixed points of the variance, stability, depth scales, and the critical line
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct CriticalArgs {
    /// A name such as `relu` or `leaky-relu(1/10)` (see `ntk activations`), or a formula in x
    #[arg(value_name = "ACTIVATION", allow_hyphen_values = true)]
    activation: String,
    /// Variance of the weights
    #[arg(long, value_name = "R", requires = "sigma_b2", allow_hyphen_values = true)]
    sigma_w2: Option<String>,
    /// Variance of the biases
    #[arg(long, value_name = "R", requires = "sigma_w2", allow_hyphen_values = true)]
    sigma_b2: Option<String>,
    /// Smallest variance q of the pre-activations
    #[arg(long, value_name = "Q", default_value = "1/1000", allow_hyphen_values = true)]
    from: String,
    /// Largest variance q of the pre-activations
    #[arg(long, value_name = "Q", default_value = "1000", allow_hyphen_values = true)]
    to: String,
    #[command(flatten)]
    accuracy: AccuracyArgs,
    #[command(flatten)]
    output: OutputArgs,
}

/// A fixed point, ready to print.
struct Shown {
    q: Enclosure,
    slope: Enclosure,
    stable: Option<bool>,
    phase: &'static str,
    chi: Option<Enclosure>,
    xi_c: Option<Enclosure>,
    xi_q: Option<Enclosure>,
}

/// A point of the critical line, ready to print.
struct OnLine {
    q: Enclosure,
    sigma_w2: Enclosure,
    sigma_b2: Enclosure,
    /// Is `σ_b² >= 0`?
    exists: Option<bool>,
}

impl CriticalArgs {
    pub fn run(&self) -> Result<Status, Failure> {
        let sink = self.output.sink()?;
        let activation = activation("ACTIVATION", &self.activation)?;
        let ends = [exact("--from", &self.from)?, exact("--to", &self.to)?];
        let accuracy = self.accuracy.accuracy(8)?;
        let (report, status) = match (&self.sigma_w2, &self.sigma_b2) {
            (Some(w), Some(b)) => {
                let variances = [exact("--sigma-w2", w)?, exact("--sigma-b2", b)?];
                self.fixed_points(&activation, &variances, &ends, accuracy)?
            }
            _ => (self.line(&activation, &ends, accuracy)?, Status::Done),
        };
        sink.write(&report.render(self.output.format))?;
        Ok(status)
    }

    fn fixed_points(
        &self,
        activation: &Activation,
        [sigma_w2, sigma_b2]: &[BigRational; 2],
        [from, to]: &[BigRational; 2],
        accuracy: Accuracy,
    ) -> Result<(Report, Status), Failure> {
        let map = VarianceMap::new(activation, sigma_w2.clone(), sigma_b2.clone())?;
        let (found, shown) = progress::during(&format!("fixed points of {activation}"), || {
            with_rising_accuracy(accuracy, |working| {
                let found = map.fixed_points(from, to, working)?;
                let shown: Result<Vec<Shown>, Miss> =
                    found.points.iter().map(|point| Shown::of(point, accuracy)).collect();
                Ok((found, shown?))
            })
        })?;
        let mut json = self.head(activation, [from, to]);
        json.insert("sigma_w2".into(), sigma_w2.to_string().into());
        json.insert("sigma_b2".into(), sigma_b2.to_string().into());
        json.insert("fixed_points".into(), shown.iter().map(Shown::to_json).collect());
        json.insert("complete".into(), found.complete.into());
        let undecided = found.undecided.iter().map(|[a, b]| json!([rounded(a), rounded(b)]));
        json.insert("undecided".into(), undecided.collect());
        json.insert("everywhere".into(), found.everywhere.into());
        json.insert("zero_is_fixed".into(), map.zero_is_fixed().into());
        let mut facts = self.facts(activation, [from, to], accuracy);
        let words = |text: String| Phrase::new().words(text);
        let variances = Phrase::new()
            .math(format!("σ_w² = {sigma_w2}"), format!(r"\sigma_w^2 = {sigma_w2}"))
            .words(", ")
            .math(format!("σ_b² = {sigma_b2}"), format!(r"\sigma_b^2 = {sigma_b2}"));
        facts.insert(1, Fact { label: "variances".into(), value: variances });
        facts.push(Fact { label: "fixed points".into(), value: words(said(&found)) });
        if map.zero_is_fixed() == Some(true) {
            facts.push(Fact { label: "besides".into(), value: words("q = 0 is fixed".into()) });
        }
        let report = Report {
            title: Phrase::new().words("Fixed points of the variance for ").code(activation.name()),
            facts,
            definitions: vec![],
            places: Places::of(accuracy),
            grids: grids(shown),
            totals: vec![],
            json,
        };
        let decided = found.complete || found.everywhere;
        Ok((report, if decided { Status::Done } else { Status::Undecided }))
    }

    fn line(
        &self,
        activation: &Activation,
        [from, to]: &[BigRational; 2],
        accuracy: Accuracy,
    ) -> Result<Report, Failure> {
        let variances = round_numbers(from, to)?;
        let (line, half_stable) = progress::during(&format!("critical line of {activation}"), || {
            with_rising_accuracy(accuracy, |working| {
                let shown = |points: Vec<CriticalPoint>| {
                    points.iter().map(|point| OnLine::of(point, accuracy)).collect::<Result<Vec<_>, Miss>>()
                };
                let line = shown(critical_line(activation, &variances, working)?)?;
                Ok((line, shown(half_stable_points(activation, from, to, working)?)?))
            })
        })?;
        let mut json = self.head(activation, [from, to]);
        json.insert("line".into(), line.iter().map(OnLine::to_json).collect());
        json.insert("half_stable".into(), half_stable.iter().map(OnLine::to_json).collect());
        let mut facts = self.facts(activation, [from, to], accuracy);
        let value = Phrase::new().math(
            "σ_w² = 1/E[φ'(√q Z)²], σ_b² = q - σ_w² E[φ(√q Z)²]",
            r"\sigma_w^2 = 1/E[\varphi'(\sqrt{q} Z)^2],\ \sigma_b^2 = q - \sigma_w^2 E[\varphi(\sqrt{q} Z)^2]",
        );
        facts.push(Fact { label: "line".into(), value });
        let mut grids = vec![line_grid("critical", line)];
        if !half_stable.is_empty() {
            let value = Phrase::new()
                .words("the last ")
                .words(if half_stable.len() == 1 { "row" } else { "rows" })
                .words(", where ")
                .math("E[φφ''] = 0", r"E[\varphi\varphi''] = 0");
            facts.push(Fact { label: "V' = 1 as well".into(), value });
            grids.push(line_grid("half_stable", half_stable));
        }
        Ok(Report {
            title: Phrase::new().words("Critical line of ").code(activation.name()),
            facts,
            definitions: vec![],
            places: Places::of(accuracy),
            grids,
            totals: vec![],
            json,
        })
    }

    fn head(&self, activation: &Activation, [from, to]: [&BigRational; 2]) -> Map<String, Value> {
        let mut json = Map::new();
        json.insert("schema".into(), "ntk-series/critical/1".into());
        json.insert("activation".into(), activation.name().into());
        json.insert("from".into(), from.to_string().into());
        json.insert("to".into(), to.to_string().into());
        json.insert("digits".into(), self.accuracy.digits.into());
        json.insert("absolute".into(), self.accuracy.absolute.into());
        json
    }

    fn facts(&self, activation: &Activation, [from, to]: [&BigRational; 2], accuracy: Accuracy) -> Vec<Fact> {
        let fact = |label: &str, value: Phrase| Fact { label: label.into(), value };
        vec![
            fact("activation", Phrase::activation(activation)),
            fact(
                "interval",
                Phrase::new().math(format!("{from} <= q <= {to}"), format!(r"{from} \le q \le {to}")),
            ),
            fact("accuracy", Phrase::accuracy(accuracy)),
        ]
    }
}

/// What is proved of their number.
fn said(found: &FixedPoints) -> String {
    let count = match found.points.len() {
        0 => "none".to_string(),
        1 => "one".to_string(),
        n => n.to_string(),
    };
    if found.everywhere {
        return "every q is fixed".to_string();
    }
    if found.complete {
        return format!("{count}; it is proved that there is no other in the interval");
    }
    let open: Vec<String> =
        found.undecided.iter().map(|[a, b]| format!("{} <= q <= {}", rounded(a), rounded(b))).collect();
    format!("{count} proved; undecided whether there are any with {}", open.join(" or "))
}

/// An end of an interval for people.
fn rounded(x: &BigRational) -> String {
    Ball::from_rational(x, 64).to_decimal(10).map_or_else(|| x.to_string(), |decimal| decimal.value)
}

impl Shown {
    fn of(point: &FixedPoint, accuracy: Accuracy) -> Result<Shown, Miss> {
        let shown = |what: &'static str, ball: &Ball| {
            Enclosure::of(|| what.to_string(), ball, Exactly::NotWanted, accuracy)
        };
        let optional = |what, ball: &Option<Ball>| ball.as_ref().map(|ball| shown(what, ball)).transpose();
        let one = Ball::from_integer(1, 64);
        Ok(Shown {
            q: shown("a fixed point", &point.q)?,
            slope: Enclosure::relative_to(|| "V'(q*)".into(), &point.slope, &one, accuracy)?,
            stable: point.stable,
            phase: match point.phase() {
                Some(std::cmp::Ordering::Less) => "ordered",
                Some(std::cmp::Ordering::Greater) => "chaotic",
                _ => "undecided",
            },
            chi: optional("χ", &point.chi)?,
            xi_c: optional("ξ_c", &point.xi_c)?,
            xi_q: optional("ξ_q", &point.xi_q)?,
        })
    }

    fn to_json(&self) -> Value {
        let optional = |x: &Option<Enclosure>| x.as_ref().map_or(Value::Null, Enclosure::to_json);
        json!({
            "q": self.q.to_json(),
            "slope": self.slope.to_json(),
            "stable": self.stable,
            "phase": self.phase,
            "chi": optional(&self.chi),
            "xi_c": optional(&self.xi_c),
            "xi_q": optional(&self.xi_q),
        })
    }
}

/// A table of the points, and one for each number that only some of them have.
fn grids(points: Vec<Shown>) -> Vec<Grid> {
    let math = |text: &str, latex: &str| Phrase::new().math(text, latex);
    let number = || Column::new("number", Kind::Index, Phrase::new().words("number"));
    let mut rows = vec![];
    let mut optional: [Vec<Vec<Cell>>; 3] = Default::default();
    for (i, point) in points.into_iter().enumerate() {
        let stable = match point.stable {
            Some(true) => "stable",
            Some(false) => "unstable",
            None => "undecided",
        };
        rows.push(vec![
            Cell::Index(i + 1),
            Cell::Enclosure(point.q),
            Cell::Enclosure(point.slope),
            Cell::Words(stable.to_string()),
            Cell::Words(point.phase.to_string()),
        ]);
        for (list, value) in optional.iter_mut().zip([point.chi, point.xi_c, point.xi_q]) {
            list.extend(value.map(|value| vec![Cell::Index(i + 1), Cell::Enclosure(value)]));
        }
    }
    let columns = vec![
        number(),
        Column::new("q", Kind::Value, math("q*", "q^*")),
        Column::new("slope", Kind::Value, math("V'(q*)", "V'(q^*)")),
        Column::new("stability", Kind::Words, Phrase::new().words("variance")),
        Column::new("phase", Kind::Words, Phrase::new().words("phase")),
    ];
    let mut out = vec![];
    if !rows.is_empty() {
        out.push(Grid { record: "fixed_point", columns, rows });
    }
    let names = [("chi", "χ", r"\chi"), ("xi_c", "ξ_c", r"\xi_c"), ("xi_q", "ξ_q", r"\xi_q")];
    for ((key, text, latex), rows) in names.into_iter().zip(optional) {
        if !rows.is_empty() {
            let columns = vec![number(), Column::new(key, Kind::Value, math(text, latex))];
            out.push(Grid { record: key, columns, rows });
        }
    }
    out
}

impl OnLine {
    fn of(point: &CriticalPoint, accuracy: Accuracy) -> Result<OnLine, Miss> {
        let shown = |what: &'static str, ball: &Ball| {
            Enclosure::of(|| what.to_string(), ball, Exactly::IfRational, accuracy)
        };
        Ok(OnLine {
            q: shown("q", &point.q)?,
            sigma_w2: shown("σ_w²", &point.sigma_w2)?,
            sigma_b2: Enclosure::relative_to(|| "σ_b²".into(), &point.sigma_b2, &point.q, accuracy)?,
            exists: point.sigma_b2.sign().map(|sign| sign.is_ge()),
        })
    }

    fn to_json(&self) -> Value {
        json!({
            "q": self.q.to_json(),
            "sigma_w2": self.sigma_w2.to_json(),
            "sigma_b2": self.sigma_b2.to_json(),
            "exists": self.exists,
        })
    }
}

fn line_grid(record: &'static str, points: Vec<OnLine>) -> Grid {
    let math = |text: &str, latex: &str| Phrase::new().math(text, latex);
    let columns = vec![
        Column::new("number", Kind::Index, Phrase::new().words("number")),
        Column::new("q", Kind::Value, math("q", "q")),
        Column::new("sigma_w2", Kind::Value, math("σ_w²", r"\sigma_w^2")),
        Column::new("sigma_b2", Kind::Value, math("σ_b²", r"\sigma_b^2")),
        Column::new("exists", Kind::Words, math("σ_b² >= 0", r"\sigma_b^2 \ge 0")),
    ];
    let rows = points.into_iter().enumerate().map(|(i, point)| {
        let exists = match point.exists {
            Some(true) => "yes",
            Some(false) => "no",
            None => "undecided",
        };
        vec![
            Cell::Index(i + 1),
            Cell::Enclosure(point.q),
            Cell::Enclosure(point.sigma_w2),
            Cell::Enclosure(point.sigma_b2),
            Cell::Words(exists.to_string()),
        ]
    });
    Grid { record, columns, rows: rows.collect() }
}

/// 1, 2 and 5 times the powers of ten between two numbers, and the two.
fn round_numbers(from: &BigRational, to: &BigRational) -> Result<Vec<BigRational>, Failure> {
    if !from.is_positive() || to <= from {
        return Err(Failure::input("`--from` and `--to`: two positive numbers in rising order are accepted"));
    }
    let ten = BigRational::from_integer(10.into());
    let mut power = BigRational::from_integer(1.into());
    for _ in 0..MAX_LINE {
        match () {
            _ if power > *from => power /= &ten,
            _ if &power * &ten <= *from => power *= &ten,
            _ => break,
        }
    }
    let mut out = vec![from.clone()];
    for step in (0..MAX_LINE).map(|i| [1, 2, 5][i % 3]) {
        let next = &power * BigRational::from_integer(step.into());
        if step == 5 {
            power *= &ten;
        }
        match () {
            _ if next >= *to => break,
            _ if next > *from => out.push(next),
            _ => {}
        }
    }
    out.push(to.clone());
    Ok(out)
}
