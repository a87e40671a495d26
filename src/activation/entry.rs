//! What the catalogue says of an activation.

use super::Activation;
use super::arguments::Arguments;
use crate::Error;

/// One line of the catalogue.
///
/// # Examples
/// ```
/// use ntk_series::activation::catalogue;
/// let relu = catalogue().find(|e| e.signature == "relu").unwrap();
/// assert_eq!(relu.formula, "max(0, x)");
/// assert!(relu.closed_dual);
/// ```
#[derive(Debug)]
pub struct Entry {
    /// The name with its parameters: `leaky-relu(a)`.
    pub signature: &'static str,
    /// Other names for the same.
    pub aliases: &'static [&'static str],
    /// The formula in `x`.
    pub formula: &'static str,
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
        self.signature.split('(').next().unwrap_or_default()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.name()).chain(self.aliases.iter().copied())
    }
}
