//! Closed forms of a table's coefficients, and the names that they use.

use ntk_series::Ball;
use ntk_series::kernel::Network;
use ntk_series::kernel::closed::{ClosedFormMode, ClosedFormTable, MAX_DEGREE_DEEP, MAX_DEGREE_SHALLOW};
use ntk_series::number::{Accuracy, ClosedForm, DefinitionLine};
use serde_json::{Value, json};

use super::TableArgs;
use crate::args::{ClosedForms, Format};
use crate::enclosure::{Enclosure, Exactly, Formula, Miss};
use crate::failure::Failure;
use crate::report::Definition;

/// Highest degrees of the closed forms shown unless asked otherwise, by the number of hidden layers from
/// one: to people expanded ones, ...
const SHORT: [usize; 4] = [MAX_DEGREE_SHALLOW, 10, 3, 1];
/// ... to scripts layered ones where they are deep.
const QUICK: [usize; 10] = [MAX_DEGREE_SHALLOW, 10, 10, 10, 10, 10, 10, 10, 10, 10];
/// Bits beyond those asked for, in the values of definitions.
const GUARD_BITS: u32 = 128;
/// Layers from which on scripts are given layered forms.
const DEEP: usize = 3;

/// What is known exactly; empty where the network leaves the ring of closed forms.
pub struct Closed {
    wanted: bool,
    coefficients: Vec<ClosedForm>,
    definitions: Vec<DefinitionLine>,
    /// Are there more than these, for the asking?
    pub more: bool,
}

impl Closed {
    pub fn find(args: &TableArgs, network: &Network) -> Result<Closed, Failure> {
        let nothing = |wanted| Closed { wanted, coefficients: vec![], definitions: vec![], more: false };
        let layers = network.layers().len();
        let for_scripts = matches!(args.output.format, Format::Csv | Format::Json);
        let (mode, limit) = match args.closed_forms {
            ClosedForms::Expanded => (ClosedFormMode::Expanded, usize::MAX),
            ClosedForms::Layered => (ClosedFormMode::Layered, usize::MAX),
            ClosedForms::None => return Ok(nothing(false)),
            ClosedForms::Auto => {
                let limits: &[usize] = if for_scripts { &QUICK } else { &SHORT };
                let Some(&limit) = limits.get(layers - 1) else {
                    // Degree zero tells whether there are any.
                    let more = Closed::table(args, network, 0, ClosedFormMode::Layered)?.is_some();
                    return Ok(Closed { more, ..nothing(true) });
                };
                let layered = for_scripts && layers >= DEEP;
                (if layered { ClosedFormMode::Layered } else { ClosedFormMode::Expanded }, limit)
            }
        };
        let degree = args.max_degree.min(limit);
        let Some(table) = Closed::table(args, network, degree, mode)? else { return Ok(nothing(true)) };
        let coefficients = table.coefficients().to_vec();
        let more = coefficients.len() <= args.max_degree.min(most_degree(layers));
        Ok(Closed { wanted: true, coefficients, definitions: table.definitions().to_vec(), more })
    }

    fn table(
        args: &TableArgs,
        network: &Network,
        degree: usize,
        mode: ClosedFormMode,
    ) -> Result<Option<ClosedFormTable>, Failure> {
        Ok(ClosedFormTable::new(network, args.kernel.into(), args.convention.into(), degree, mode)?)
    }

    /// How many coefficients have closed forms here.
    pub fn len(&self) -> usize {
        self.coefficients.len()
    }

    fn exactly(&self, p: Option<usize>) -> Exactly<'_> {
        match p.and_then(|p| self.coefficients.get(p)) {
            Some(form) => Exactly::Form(form),
            None if self.wanted => Exactly::IfRational,
            None => Exactly::NotWanted,
        }
    }

    /// The definitions above the table.
    pub fn definitions(&self) -> Vec<Definition> {
        let define = |line: &DefinitionLine| Definition {
            name: Formula { text: line.name.text.clone(), latex: line.name.latex.clone() },
            formula: Formula { text: line.text.clone(), latex: line.latex.clone() },
        };
        self.definitions.iter().map(define).collect()
    }

    /// The definitions with their values, which are null should one resist.
    pub fn definitions_json(&self, accuracy: Accuracy) -> Value {
        let bits = (f64::from(accuracy.digits()) * std::f64::consts::LOG2_10) as u32;
        let balls = ClosedForm::to_balls(self.definitions.iter().map(|line| &line.value), bits + GUARD_BITS);
        let entry = |(line, ball): (&DefinitionLine, &Ball)| {
            let shown = Enclosure::of(String::new, ball, Exactly::NotWanted, accuracy).ok();
            let (value, error) =
                shown.map_or((Value::Null, Value::Null), |x| (x.value.into(), x.error.into()));
            json!({
                "name": line.name.text,
                "name_latex": line.name.latex,
                "value": value,
                "error": error,
                "closed_form": line.text,
                "latex": line.latex,
            })
        };
        self.definitions.iter().zip(&balls).map(entry).collect()
    }

    /// The enclosure of the value of degree `p`, or with `None` of one that belongs to the whole.
    pub fn enclosure(
        &self,
        what: impl Fn() -> String,
        p: Option<usize>,
        ball: &Ball,
        accuracy: Accuracy,
    ) -> Result<Enclosure, Miss> {
        Enclosure::of(what, ball, self.exactly(p), accuracy)
    }
}

/// The highest degree that the library gives in closed form.
fn most_degree(layers: usize) -> usize {
    if layers == 1 { MAX_DEGREE_SHALLOW } else { MAX_DEGREE_DEEP }
}
