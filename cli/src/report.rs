//! A command's answer, independent of the format it is written in: no format lacks a number that another has.

mod csv;
mod json;
mod latex;
mod markdown;
mod number;
mod phrase;
mod text;

use number::Parts;
pub use number::{Places, in_latex};
pub use phrase::Phrase;
use serde_json::{Map, Value, json};

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
    /// The tables, one below the other.
    pub grids: Vec<Grid>,
    /// Values that belong to the whole: the sum, the tail.
    pub totals: Vec<Total>,
    /// The JSON object, in order.
    pub json: Map<String, Value>,
}

/// A line of the heading.
#[derive(Clone)]
pub struct Fact {
    pub label: String,
    pub value: Phrase,
}

/// `name = formula`.
pub struct Definition {
    pub name: Formula,
    pub formula: Formula,
    /// The decimals, should they not resist.
    pub value: Option<Enclosure>,
}

/// A table.
pub struct Grid {
    /// What one of its rows is called where rows of several kinds share a file.
    pub record: &'static str,
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
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
    /// An enclosure, or a number that is rounded to the safe side of what it bounds.
    Bound,
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
    /// Of a value, a bound or a percentage.
    Enclosure(Enclosure),
    ClosedForm(Option<Formula>),
    /// Of words or code.
    Words(String),
}

/// A value below the table.
pub struct Total {
    /// What scripts call it.
    pub key: &'static str,
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

impl Definition {
    pub fn to_json(&self) -> Value {
        let text = |pick: fn(&Enclosure) -> &String| {
            self.value.as_ref().map(pick).cloned().map_or(Value::Null, Value::String)
        };
        json!({
            "name": self.name.text,
            "name_latex": self.name.latex,
            "value": text(|x| &x.value),
            "error": text(|x| &x.error),
            "closed_form": self.formula.text,
            "latex": self.formula.latex,
        })
    }
}

impl Kind {
    /// Is it one of the two that show a value beside its error?
    fn has_error(self) -> bool {
        matches!(self, Kind::Value | Kind::Bound)
    }
}

impl Total {
    pub fn new(key: &'static str, label: Phrase, value: Enclosure) -> Total {
        Total { key, label, value, percent: None }
    }
}

impl Enclosure {
    /// What stands beside the value: its error, or the side to which it is rounded.
    fn beside(&self) -> &str {
        match self.rounded {
            Some(side) => side.name(),
            None => &self.error,
        }
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
}

impl Grid {
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
    fn values(&self, j: usize, places: Places) -> Vec<Parts> {
        number::layout(
            self.rows.iter().filter_map(|row| match row.get(j) {
                // A rounded number is as long as it is: a zero more would be no digit of the truth.
                Some(Cell::Enclosure(x)) => Some((x.value.as_str(), x.error == "0" || x.rounded.is_some())),
                _ => None,
            }),
            places,
        )
    }
}
