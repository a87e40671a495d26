//! Variances as text: a number, or the word for what preserves the variance.

use std::fmt;
use std::str::FromStr;

use num_rational::BigRational;

use super::{BiasVariance, WeightVariance};
use crate::Error;
use crate::number::parse_rational;

const NORMALIZED: &str = "normalized";
const UNIT: &str = "unit";

/// A number; the refusal names the word that would do as well.
fn number_or(text: &str, word: &str) -> Result<BigRational, Error> {
    parse_rational(text).map_err(|error| match error {
        Error::Number { text, why } => Error::Number { text, why: format!("{why}, or `{word}`") },
        error => error,
    })
}

/// Reads a number or `normalized`.
impl FromStr for WeightVariance {
    type Err = Error;

    fn from_str(text: &str) -> Result<WeightVariance, Error> {
        match text.trim() {
            NORMALIZED => Ok(WeightVariance::Normalized),
            text => number_or(text, NORMALIZED).map(WeightVariance::Exact),
        }
    }
}

/// Reads a number or `unit`.
impl FromStr for BiasVariance {
    type Err = Error;

    fn from_str(text: &str) -> Result<BiasVariance, Error> {
        match text.trim() {
            UNIT => Ok(BiasVariance::Unit),
            text => number_or(text, UNIT).map(BiasVariance::Exact),
        }
    }
}

impl fmt::Display for WeightVariance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WeightVariance::Exact(value) => value.fmt(f),
            WeightVariance::Normalized => f.write_str(NORMALIZED),
        }
    }
}

impl fmt::Display for BiasVariance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BiasVariance::Exact(value) => value.fmt(f),
            BiasVariance::Unit => f.write_str(UNIT),
        }
    }
}
