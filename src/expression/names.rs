//! Names of activations and functions, and what they stand for.

mod table;

use num_rational::BigRational;
use rug::Rational;

use crate::Error;
use crate::number::parse_rational;
use crate::number::rational::rational_to_gmp;
use crate::text::distance;
use table::{BUILT_IN, DEFINITIONS};

/// Which values of a parameter make sense.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Range {
    Any,
    NonZero,
    Positive,
    NonNegative,
    /// A whole number between these two.
    Whole(u32, u32),
}

impl Range {
    pub(crate) fn holds(self, r: &Rational) -> bool {
        match self {
            Range::Any => true,
            Range::NonZero => !r.is_zero(),
            Range::Positive => *r > 0,
            Range::NonNegative => *r >= 0,
            Range::Whole(least, most) => r.is_integer() && *r >= least && *r <= most,
        }
    }

    /// [`Error::Parameter`] for a value that makes no sense.
    pub(crate) fn check(self, name: &str, value: &Rational) -> Result<(), Error> {
        let accepted = || Error::parameter(name, value, &format!("{} is accepted", self.words()));
        if self.holds(value) { Ok(()) } else { Err(accepted()) }
    }

    pub(crate) fn words(self) -> String {
        match self {
            Range::Any => "an exact number".to_string(),
            Range::NonZero => "a number other than 0".to_string(),
            Range::Positive => "a positive number".to_string(),
            Range::NonNegative => "a number from 0 on".to_string(),
            Range::Whole(least, most) => format!("a whole number from {least} to {most}"),
        }
    }
}

/// Powers of ReLU.
pub(crate) const POWERS: Range = Range::Whole(1, 1000);

/// Degrees of a Hermite polynomial.
pub(crate) const DEGREES: Range = Range::Whole(0, 1000);

/// A parameter after the expression.
#[derive(Debug)]
pub(crate) struct Parameter {
    pub(crate) name: &'static str,
    pub(crate) default: Option<&'static str>,
    /// A value that makes sense: the default where there is one.
    pub(crate) example: &'static str,
    pub(crate) range: Range,
}

/// A name with its definition in `x` and the parameters.
#[derive(Debug)]
pub(crate) struct Definition {
    pub(crate) names: &'static [&'static str],
    pub(crate) parameters: &'static [Parameter],
    body: Body,
}

/// What a name stands for.
#[derive(Debug)]
enum Body {
    /// A formula in `x` and the parameters.
    Formula(&'static str),
    /// A formula in a function that the reader makes by itself, and what that means.
    Primitive(&'static str, &'static str),
    /// Words, where there is no formula of a fixed length.
    Words(&'static str),
}

impl Definition {
    /// The canonical name.
    pub(crate) fn name(&self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }

    /// The name with its parameters: `leaky-relu(a)`.
    pub(crate) fn signature(&self) -> String {
        let list: Vec<&str> = self.parameters.iter().map(|p| p.name).collect();
        if list.is_empty() { self.name().to_string() } else { format!("{}({})", self.name(), list.join(",")) }
    }

    /// The name as it can be typed, with parameters where one has no default: `prelu(1/4)`.
    pub(crate) fn example(&self) -> String {
        let list: Vec<&str> = self.parameters.iter().map(|p| p.example).collect();
        match self.parameters.iter().all(|p| p.default.is_some()) {
            true => self.name().to_string(),
            false => format!("{}({})", self.name(), list.join(",")),
        }
    }

    /// The formula as people write it, with what the parameters are if left out: `max(0, x) + a min(0, x), a = 1/100`.
    pub(crate) fn described(&self) -> String {
        let formula = match self.body {
            Body::Formula(formula) => formula.replace('*', " "),
            Body::Primitive(_, words) | Body::Words(words) => words.to_string(),
        };
        let defaults = self.parameters.iter().filter_map(|p| Some(format!(", {} = {}", p.name, p.default?)));
        formula + &defaults.collect::<String>()
    }

    /// The formula, in the language of formulas.
    pub(crate) fn formula(&self) -> Option<&'static str> {
        match self.body {
            Body::Formula(formula) | Body::Primitive(formula, _) => Some(formula),
            Body::Words(_) => None,
        }
    }

    /// What is given, then the defaults; `None` if there are too many or too few.
    pub(crate) fn values(&self, given: &[BigRational]) -> Option<Vec<BigRational>> {
        let default = |p: &Parameter| parse_rational(p.default?).ok();
        let value = |(i, p): (usize, &Parameter)| given.get(i).cloned().or_else(|| default(p));
        let values = self.parameters.iter().enumerate().map(value).collect();
        if given.len() > self.parameters.len() { None } else { values }
    }
}

/// What the table says of a name.
pub(crate) fn definition(name: &str) -> Option<&'static Definition> {
    DEFINITIONS.iter().find(|d| d.names.contains(&name))
}

/// The formula with numbers for the parameters.
pub(crate) fn written_out(definition: &Definition, values: &[String]) -> String {
    let mut out = String::new();
    let mut word = String::new();
    for c in definition.formula().unwrap_or_default().chars().chain([' ']) {
        if c.is_alphanumeric() || c == '_' || c == '.' {
            word.push(c);
            continue;
        }
        let place = definition.parameters.iter().position(|p| p.name == word);
        match place.and_then(|i| values.get(i)) {
            Some(value) if value.bytes().all(|b| b.is_ascii_digit()) => out += value,
            Some(value) => out += &format!("({value})"),
            None => out += &word,
        }
        word.clear();
        out.push(c);
    }
    // A parameter of one leaves no trace.
    out.trim_end().replace("(1*x)", "(x)").trim_end_matches("/1").to_string()
}

/// The names that stand for formulas.
fn formulas() -> impl Iterator<Item = &'static Definition> {
    DEFINITIONS.iter().filter(|d| d.formula().is_some())
}

/// Does a name take an expression?
pub(crate) fn is_name(word: &str) -> bool {
    definition(word).is_some_and(|d| d.formula().is_some()) || BUILT_IN.iter().any(|b| b.0 == word)
}

/// How a name is written.
pub(crate) fn usage(name: &str) -> String {
    match (BUILT_IN.iter().find(|b| b.0 == name), definition(name)) {
        (Some((_, usage)), _) => usage.to_string(),
        (None, Some(d)) => {
            let list: Vec<&str> = std::iter::once("x").chain(d.parameters.iter().map(|p| p.name)).collect();
            format!("{name}({})", list.join(", "))
        }
        (None, None) => name.to_string(),
    }
}

/// A number of the tables above.
pub(crate) fn number(text: &str) -> Rational {
    parse_rational(text).map(|r| rational_to_gmp(&r)).unwrap_or_default()
}

/// What an unknown word may have meant.
pub(crate) fn near(word: &str) -> String {
    let all = BUILT_IN.iter().map(|b| b.0).chain(formulas().flat_map(|d| d.names.iter().copied()));
    let closest = all.map(|name| (distance(word, name), name)).min();
    match closest {
        Some((gap, name)) if gap <= 1 + word.chars().count() / 3 && word.len() > 1 => {
            format!("did you mean `{}`?", usage(name))
        }
        _ => "the variable is `x`, and functions are like exp, log, sqrt, sin, tanh, erf, max, where"
            .to_string(),
    }
}
