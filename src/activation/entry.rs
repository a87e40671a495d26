//! What the catalogue says of an activation.

use super::Activation;
use super::arguments::Arguments;
use crate::Error;
use crate::expression::names::{Definition, definition};

/// One line of the catalogue.
///
/// # Examples
/// ```
/// use ntk_series::activation::{Activation, catalogue};
/// let leaky = catalogue().find(|e| e.name() == "leaky-relu").unwrap();
/// assert_eq!(leaky.signature(), "leaky-relu(a)");
/// assert_eq!(leaky.formula(), "max(0, x) + a min(0, x), a = 1/100");
/// assert!(leaky.closed_dual);
/// assert!(catalogue().all(|e| Activation::parse(&e.example()).is_ok()));
/// ```
#[derive(Debug)]
pub struct Entry {
    /// The name, which the table of names knows.
    pub(crate) name: &'static str,
    /// Smoothness in words.
    pub smoothness: &'static str,
    /// Growth at infinity in words.
    pub growth: &'static str,
    /// How the Hermite coefficients are found.
    pub method: &'static str,
    /// Are there closed forms of the Hermite coefficients?
    pub closed_coefficients: bool,
    /// Is there a closed form of the dual activation?
    pub closed_dual: bool,
    /// Reads the parameters.
    pub(crate) build: fn(&Arguments) -> Result<Activation, Error>,
}

impl Entry {
    /// The name without its parameters.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The name with its parameters: `leaky-relu(a)`.
    pub fn signature(&self) -> String {
        self.definition().map_or(self.name.to_string(), Definition::signature)
    }

    /// The name as [`Activation::parse`] reads it, with parameters where one has no default: `prelu(1/4)`.
    pub fn example(&self) -> String {
        self.definition().map_or(self.name.to_string(), Definition::example)
    }

    /// Other names for the same.
    pub fn aliases(&self) -> &'static [&'static str] {
        self.definition().and_then(|d| d.names.get(1..)).unwrap_or_default()
    }

    /// The formula in `x`, and what the parameters are if left out.
    pub fn formula(&self) -> String {
        self.definition().map_or(String::new(), Definition::described)
    }

    /// Names, parameters and formula: the table that the reader of formulas uses.
    pub(super) fn definition(&self) -> Option<&'static Definition> {
        definition(self.name)
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name).chain(self.aliases().iter().copied())
    }
}
