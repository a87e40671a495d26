//! Words with mathematics in them, which each format writes its own way.

use ntk_series::Activation;
use ntk_series::number::Accuracy;

use super::latex::{code, escaped};

/// Words, formulas and code, one after another.
#[derive(Clone, Debug, Default)]
pub struct Phrase(Vec<Part>);

#[derive(Clone, Debug)]
enum Part {
    Words(String),
    Math { text: String, latex: String },
    Code(String),
}

impl Phrase {
    pub fn new() -> Phrase {
        Phrase::default()
    }

    /// Plain words.
    pub fn words(mut self, words: impl Into<String>) -> Phrase {
        self.0.push(Part::Words(words.into()));
        self
    }

    /// A formula as text and as LaTeX without dollars.
    pub fn math(mut self, text: impl Into<String>, latex: impl Into<String>) -> Phrase {
        self.0.push(Part::Math { text: text.into(), latex: latex.into() });
        self
    }

    /// Words as typed, such as a formula in x.
    pub fn code(mut self, code: impl Into<String>) -> Phrase {
        self.0.push(Part::Code(code.into()));
        self
    }

    /// An activation: its name, formula, smoothness, and how its coefficients are found.
    pub fn activation(activation: &Activation) -> Phrase {
        let (name, formula) = (activation.name(), activation.formula());
        let phrase = Phrase::new().code(name.clone());
        let phrase = if formula == name { phrase } else { phrase.words(": ").code(formula) };
        phrase.words(format!(" ({}; {})", activation.smoothness(), activation.method()))
    }

    /// What is promised of every value.
    pub fn accuracy(accuracy: Accuracy) -> Phrase {
        let digits = accuracy.digits();
        let kind = if accuracy.is_absolute() { "an absolute" } else { "a relative" };
        Phrase::new()
            .words(format!("each value is proved to within its ±, {kind} error of at most "))
            .math(format!("1e-{digits}"), format!("10^{{-{digits}}}"))
    }

    /// For a terminal.
    pub fn text(&self) -> String {
        self.written(|part| match part {
            Part::Words(text) | Part::Code(text) | Part::Math { text, .. } => text.clone(),
        })
    }

    /// For Markdown, within a line of a list or a cell of a table.
    pub fn markdown(&self) -> String {
        self.written(|part| match part {
            Part::Words(text) => text.replace('|', r"\|").replace('*', r"\*"),
            Part::Math { latex, .. } => markdown_math(latex),
            Part::Code(text) => markdown_code(text),
        })
    }

    /// For LaTeX.
    pub fn latex(&self) -> String {
        self.written(|part| match part {
            Part::Words(text) => escaped(text),
            Part::Math { latex, .. } => format!("${latex}$"),
            Part::Code(text) => code(text),
        })
    }

    fn written(&self, write: impl Fn(&Part) -> String) -> String {
        self.0.iter().map(write).collect()
    }
}

/// A formula within a table: a bar would end the cell.
pub fn markdown_math(latex: &str) -> String {
    format!("${}$", latex.replace('|', r"\vert "))
}

/// Code within a table, where the bar has to be escaped even so. No backtick comes in: no formula has one.
pub fn markdown_code(text: &str) -> String {
    format!("`{}`", text.replace('|', r"\|").replace('`', "'"))
}
