//! The parameters in the parentheses after a name.

use num_rational::BigRational;
use num_traits::ToPrimitive;

use crate::Error;
use crate::number::parse_rational;
use crate::number::rational::abridged;

/// The text between the parentheses, not yet read.
pub(crate) struct Arguments<'a> {
    signature: &'static str,
    text: &'a str,
}

impl<'a> Arguments<'a> {
    pub(super) fn new(signature: &'static str, text: &'a str) -> Arguments<'a> {
        Arguments { signature, text }
    }

    /// The text as it stands.
    pub(crate) fn text(&self) -> &'a str {
        self.text
    }

    /// An error about the number or shape of the parameters.
    pub(crate) fn wrong(&self) -> Error {
        let name = self.signature.split('(').next().unwrap_or("");
        let (given, missing) = match self.text {
            "" => (name.to_string(), "its parameters are missing: "),
            text => (format!("{name}({text})"), ""),
        };
        Error::UnknownActivation {
            name: abridged(&given),
            why: format!("{missing}it is written `{}` with exact numbers", self.signature),
        }
    }

    /// Nothing may be given.
    pub(crate) fn none(&self) -> Result<(), Error> {
        if self.text.is_empty() { Ok(()) } else { Err(self.wrong()) }
    }

    /// All parameters, each an exact number.
    pub(crate) fn rationals(&self) -> Result<Vec<BigRational>, Error> {
        if self.text.is_empty() {
            return Ok(vec![]);
        }
        self.text.split(',').map(parse_rational).collect()
    }

    /// Exactly `N` parameters; those left out at the end are taken from `defaults`.
    pub(crate) fn with_defaults<const N: usize>(
        &self,
        defaults: [i64; N],
    ) -> Result<[BigRational; N], Error> {
        let given = self.rationals()?;
        if given.len() > N {
            return Err(self.wrong());
        }
        let mut out = defaults.map(|d| BigRational::from_integer(d.into()));
        out.iter_mut().zip(given).for_each(|(o, g)| *o = g);
        Ok(out)
    }

    /// Exactly one parameter.
    pub(crate) fn one(&self) -> Result<BigRational, Error> {
        if self.rationals()?.len() != 1 {
            return Err(self.wrong());
        }
        Ok(self.with_defaults([0])?[0].clone())
    }

    /// Exactly one parameter: a whole number from 0 (or 1) to `most`.
    pub(crate) fn whole(&self, name: &str, least: u32, most: u32) -> Result<u32, Error> {
        let value = self.one()?;
        let whole = if value.is_integer() { value.to_integer().to_u32() } else { None };
        whole.filter(|n| (least..=most).contains(n)).ok_or_else(|| {
            Error::parameter(name, &value, &format!("a whole number from {least} to {most} is accepted"))
        })
    }
}
