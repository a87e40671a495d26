//! Names and formulas in `x`, and what is made of them.

use num_rational::BigRational;
use num_traits::Zero;

use super::Activation;
use crate::Error;

/// Does a text use the variable `x`?
pub(super) fn mentions_x(text: &str) -> bool {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .any(|word| word.trim_start_matches(|c: char| !c.is_alphabetic()) == "x")
}

/// A name with its parameters, applied to `x`: `leaky-relu(1/10)` becomes `leaky_relu(x,1/10)`. A formula stays.
pub(super) fn applied(name: &str) -> String {
    if mentions_x(name) {
        return name.to_string();
    }
    match name.split_once('(') {
        None => format!("{}(x)", name.replace('-', "_")),
        Some((word, rest)) => format!("{}(x,{rest}", word.replace('-', "_")),
    }
}

/// The formula with `inside` for the variable.
fn substituted(formula: &str, inside: &str) -> String {
    let mut out = String::with_capacity(formula.len() + inside.len());
    let mut word = String::new();
    for c in formula.chars().chain([' ']) {
        if c.is_alphanumeric() || c == '_' {
            word.push(c);
            continue;
        }
        out.push_str(if word == "x" { inside } else { &word });
        word.clear();
        out.push(c);
    }
    out.pop();
    out
}

impl Activation {
    /// `x ↦ φ(x + by)`.
    ///
    /// # Errors
    /// [`Error::Parameter`] where the activation has no formula, as one that is made of a function of yours; those of
    /// [`Activation::parse`].
    ///
    /// # Examples
    /// ```
    /// use ntk_series::{Accuracy, Activation, hermite, number::parse_rational};
    /// let (half, one) = (parse_rational("1/2")?, parse_rational("1")?);
    /// let mean = |of: &Activation| hermite::coefficients(of, &one, 1, Accuracy::relative(20)?);
    /// let shifted = mean(&Activation::parse("tanh")?.shifted(&half)?)?;
    /// assert!(shifted[0].overlaps(&mean(&Activation::parse("tanh(x + 1/2)")?)?[0]));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn shifted(&self, by: &BigRational) -> Result<Activation, Error> {
        if by.is_zero() {
            return Ok(self.clone());
        }
        Activation::parse(&substituted(&self.in_x()?, &format!("(x+({by}))")))
    }

    /// `x ↦ φ(x)²`.
    pub(crate) fn squared(&self) -> Result<Activation, Error> {
        Activation::parse(&format!("({})^2", self.in_x()?))
    }

    fn in_x(&self) -> Result<String, Error> {
        self.expression().ok_or_else(|| {
            let accepted = "a name or a formula in x is accepted, not a function without a formula";
            Error::parameter("activation", self.name(), accepted)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_variable() {
        for text in ["x", "x^2", "2*x", "2x", "exp(x^2)", "1-x", "max(0,x)", "abs(x-pi)", "x-exp(x)"] {
            assert!(mentions_x(text), "{text}");
        }
        for text in ["exp", "relu6", "1/10", "exp(2)", "", "max"] {
            assert!(!mentions_x(text), "{text}");
        }
    }

    #[test]
    fn the_variable_is_a_word() {
        assert_eq!(substituted("x*exp(x)-max(x,1)", "(x+1)"), "(x+1)*exp((x+1))-max((x+1),1)");
        assert_eq!(substituted("x", "y"), "y");
    }

    #[test]
    fn names_are_applied() {
        assert_eq!(applied("relu"), "relu(x)");
        assert_eq!(applied("leaky-relu(-1/10)"), "leaky_relu(x,-1/10)");
        assert_eq!(applied("max(0,x)^2"), "max(0,x)^2");
    }
}
