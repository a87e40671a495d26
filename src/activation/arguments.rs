//! The parameters in the parentheses after a name.

use num_rational::BigRational;
use num_traits::ToPrimitive;

use crate::Error;
use crate::expression::names::Definition;
use crate::number::parse_rational;
use crate::number::rational::{abridged, rational_to_gmp};

/// The text between the parentheses, not yet read.
pub(crate) struct Arguments<'a> {
    definition: &'static Definition,
    text: &'a str,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(definition: &'static Definition, text: &'a str) -> Arguments<'a> {
        Arguments { definition, text }
    }

    /// What the table of names says.
    pub(crate) fn definition(&self) -> &'static Definition {
        self.definition
    }

    /// The text as it stands.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// An error about the number or shape of the parameters.
    pub(crate) fn wrong(&self) -> Error {
        let name = self.definition.name();
        let (given, missing) = match self.text {
            "" => (name.to_string(), "its parameters are missing: "),
            text => (format!("{name}({text})"), ""),
        };
        Error::UnknownActivation {
            name: abridged(&given),
            why: format!("{missing}it is written `{}` with exact numbers", self.definition.signature()),
        }
    }

    /// All parameters, each an exact number.
    pub(crate) fn rationals(&self) -> Result<Vec<BigRational>, Error> {
        if self.text.is_empty() {
            return Ok(vec![]);
        }
        self.text.split(',').map(parse_rational).collect()
    }

    /// The `N` parameters of the table; those left out at the end have their defaults.
    pub(crate) fn values<const N: usize>(&self) -> Result<[BigRational; N], Error> {
        let values = self.definition.values(&self.rationals()?);
        values.and_then(|values| values.try_into().ok()).ok_or_else(|| self.wrong())
    }

    /// One parameter: a whole number in its range.
    pub(crate) fn whole(&self) -> Result<u32, Error> {
        let [value] = self.values()?;
        for parameter in self.definition.parameters {
            parameter.range.check(parameter.name, &rational_to_gmp(&value))?;
        }
        value.to_u32().ok_or_else(|| self.wrong())
    }
}
