//! Closed forms of a table's coefficients, and the names that they use.

use ntk_series::Ball;
use ntk_series::kernel::Network;
use ntk_series::kernel::closed::{ClosedFormMode, ClosedFormTable, MAX_DEGREE_DEEP, MAX_DEGREE_SHALLOW};
use ntk_series::number::{Accuracy, ClosedForm, DefinitionLine};

use super::TableArgs;
use crate::args::ClosedForms;
use crate::enclosure::{Enclosure, Exactly, Formula, Miss};
use crate::failure::Failure;
use crate::report::Definition;

/// Highest degrees of the closed forms shown unless asked otherwise, by the number of hidden layers from one.
const SHORT: [usize; 4] = [MAX_DEGREE_SHALLOW, 10, 3, 1];
/// Longest of those forms, and of the definitions that they use, in characters: three lines of a terminal.
const MAX_CHARS: usize = 300;
/// Bits beyond those asked for, in the values of definitions.
const GUARD_BITS: u32 = 128;

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
        let (mode, limit) = match args.closed_forms {
            ClosedForms::Expanded => (ClosedFormMode::Expanded, usize::MAX),
            ClosedForms::Layered => (ClosedFormMode::Layered, usize::MAX),
            ClosedForms::None => return Ok(nothing(false)),
            ClosedForms::Auto => {
                let Some(&limit) = SHORT.get(layers - 1) else {
                    // Degree zero tells whether there are any.
                    let more = Closed::table(args, network, 0, ClosedFormMode::Layered)?.is_some();
                    return Ok(Closed { more, ..nothing(true) });
                };
                (ClosedFormMode::Expanded, limit)
            }
        };
        let degree = args.max_degree.min(limit);
        let Some(mut table) = Closed::table(args, network, degree, mode)? else { return Ok(nothing(true)) };
        if args.closed_forms == ClosedForms::Auto {
            // Fewer forms need fewer definitions.
            loop {
                let short = short_forms(&table);
                if short == table.coefficients().len() {
                    break;
                }
                let fewer = match short.checked_sub(1) {
                    Some(degree) => Closed::table(args, network, degree, mode)?,
                    None => None,
                };
                match fewer {
                    Some(fewer) => table = fewer,
                    None => return Ok(Closed { more: true, ..nothing(true) }),
                }
            }
        }
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

    /// The definitions above the table with their values, which are left out should one resist.
    pub fn definitions(&self, accuracy: Accuracy) -> Vec<Definition> {
        let bits = (f64::from(accuracy.digits()) * std::f64::consts::LOG2_10) as u32;
        let balls = ClosedForm::to_balls(self.definitions.iter().map(|line| &line.value), bits + GUARD_BITS);
        let define = |(line, ball): (&DefinitionLine, &Ball)| Definition {
            name: Formula { text: line.name.text.clone(), latex: line.name.latex.clone() },
            formula: Formula { text: line.text.clone(), latex: line.latex.clone() },
            value: Enclosure::of(String::new, ball, Exactly::NotWanted, accuracy).ok(),
        };
        self.definitions.iter().zip(&balls).map(define).collect()
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

/// How many forms to show for a start, short ones all, in short definitions: at least one fewer than there are if one
/// is long.
fn short_forms(table: &ClosedFormTable) -> usize {
    let long = |text: &str| text.chars().count() > MAX_CHARS;
    let first = table.coefficients().iter().position(|form| long(&form.to_string()));
    let short = first.unwrap_or(table.coefficients().len());
    let defined = table.definitions().iter().all(|line| !long(&line.text));
    if defined { short } else { short.min(table.coefficients().len() - 1) }
}

/// The highest degree that the library gives in closed form.
fn most_degree(layers: usize) -> usize {
    if layers == 1 { MAX_DEGREE_SHALLOW } else { MAX_DEGREE_DEEP }
}
