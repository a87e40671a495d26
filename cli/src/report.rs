//! A command's answer, independent of the format it is written in.

mod csv;
mod json;
mod latex;
mod markdown;
mod number;
mod phrase;
mod text;

use number::Parts;
pub use number::Places;
pub use phrase::Phrase;
use serde_json::{Map, Value};

use crate::args::Format;
use crate::enclosure::{Enclosure, Formula};

/// Everything that a command has to say.
pub struct Report {
    /// One line.
    pub title: Phrase,
    /// What the answer rests on.
    pub facts: Vec<Fact>,
    /// Named quantities that the closed forms use.
    pub definitions: Vec<Definition>,
    /// How many digits a value that is not exact shows.
    pub places: Places,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
    /// Values that belong to the whole: the sum, the tail.
    pub totals: Vec<Total>,
    /// The JSON object, in order.
    pub json: Map<String, Value>,
}

/// A line of the heading.
pub struct Fact {
    pub label: String,
    pub value: Phrase,
}

/// `name = formula`.
#[derive(Clone)]
pub struct Definition {
    pub name: Formula,
    pub formula: Formula,
}

/// A column: its key for scripts and its heading for people.
pub struct Column {
    pub key: &'static str,
    pub heading: Phrase,
    pub kind: Kind,
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A number that counts.
    Index,
    /// An enclosure: the value and its error.
    Value,
    /// An enclosure in percent, shortened for people.
    Percent,
    /// The closed form of an enclosure, where there is one.
    ClosedForm,
    /// Words.
    Words,
    /// Words as typed, such as a formula in x.
    Code,
}

/// One entry of the grid; its variant fits the column's [`Kind`].
pub enum Cell {
    Index(usize),
    /// Of a value or a percentage.
    Enclosure(Enclosure),
    ClosedForm(Option<Formula>),
    /// Of words or code.
    Words(String),
}

/// A value below the table.
pub struct Total {
    pub label: Phrase,
    pub value: Enclosure,
    /// What part of the whole it is, in percent.
    pub percent: Option<Enclosure>,
}

impl Column {
    pub fn new(key: &'static str, kind: Kind, heading: Phrase) -> Column {
        Column { key, heading, kind }
    }
}

impl Report {
    /// The whole answer as text, ending with a newline.
    pub fn render(&self, format: Format) -> String {
        match format {
            Format::Text => text::render(self),
            Format::Markdown => markdown::render(self),
            Format::Latex => latex::render(self),
            Format::Csv => csv::render(self),
            Format::Json => json::render(&self.json),
        }
    }

    /// The columns that people want to see: closed forms only where one says more than the decimals.
    fn visible_columns(&self) -> Vec<usize> {
        let telling = |cell: &Cell| match cell {
            Cell::ClosedForm(Some(formula)) => {
                formula.text.contains(|c: char| !c.is_ascii_digit() && c != '-')
            }
            _ => false,
        };
        let shown = |j: &usize| {
            self.columns[*j].kind != Kind::ClosedForm
                || self.rows.iter().any(|row| row.get(*j).is_some_and(telling))
        };
        (0..self.columns.len()).filter(shown).collect()
    }

    /// The values of column `j`, laid out alike.
    fn values(&self, j: usize) -> Vec<Parts> {
        number::layout(
            self.rows.iter().filter_map(|row| match row.get(j) {
                Some(Cell::Enclosure(x)) => Some((x.value.as_str(), x.error == "0")),
                _ => None,
            }),
            self.places,
        )
    }
}
