//! Closed forms as a mathematician writes them, in text and in LaTeX.
//!
//! The layout (order of terms, fractions, common denominators) is one; the two notations differ in
//! [`Notation`] only.

mod latex;
mod layout;
mod text;

use std::fmt;

use num_bigint::BigInt;
use num_traits::{One, Signed};

use super::ClosedForm;
use layout::{Factor, Fraction, layout};

/// How the parts of a layout are written.
trait Notation {
    fn factor(&self, base: &Factor, exponent: i64) -> String;
    fn product(&self, parts: &[String]) -> String;
    fn sum(&self, parts: &[(bool, String)]) -> String;
    /// `top / bottom`; a denominator of several factors may need parentheses.
    fn fraction(&self, top: &str, bottom: &str, bottom_is_product: bool) -> String;
    fn parenthesized(&self, inner: &str) -> String;
    /// Does a fraction show where its numerator ends, so that a sum needs no parentheses?
    const FRACTION_DELIMITS: bool;
}

impl fmt::Display for ClosedForm {
    /// As text that sympy reads: `1/2 + 3/(4*pi)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&write(self, &text::Text))
    }
}

impl fmt::Debug for ClosedForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl ClosedForm {
    /// As LaTeX for mathematics mode, with no package needed.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::ClosedForm;
    /// let root = ClosedForm::sqrt(&num_rational::BigRational::from_integer(3.into())).unwrap();
    /// assert_eq!((&root * &ClosedForm::pi_power(-2)).to_latex(), r"\frac{\sqrt{3}}{\pi}");
    /// ```
    pub fn to_latex(&self) -> String {
        write(self, &latex::Latex)
    }
}

fn write<N: Notation>(form: &ClosedForm, notation: &N) -> String {
    let fractions = layout(form);
    if fractions.is_empty() {
        return "0".to_string();
    }
    let parts: Vec<(bool, String)> =
        fractions.iter().map(|fraction| write_fraction(fraction, notation)).collect();
    notation.sum(&parts)
}

/// Is the fraction negative, and its absolute value.
fn write_fraction<N: Notation>(fraction: &Fraction, notation: &N) -> (bool, String) {
    let negative = fraction.numerator[0].0.is_negative();
    let mut terms: Vec<(bool, String)> = fraction
        .numerator
        .iter()
        .map(|(c, factors)| (c.is_negative() != negative, write_product(&c.abs(), factors, notation)))
        .collect();
    let bare = fraction.denominator.is_one() && fraction.factors_below.is_empty();
    let top = match terms.len() {
        1 => terms.remove(0).1,
        _ if N::FRACTION_DELIMITS && !bare => notation.sum(&terms),
        _ => notation.parenthesized(&notation.sum(&terms)),
    };
    if bare {
        return (negative, top);
    }
    let count = fraction.factors_below.len() + usize::from(!fraction.denominator.is_one());
    let bottom = write_product(&fraction.denominator, &fraction.factors_below, notation);
    (negative, notation.fraction(&top, &bottom, count > 1))
}

fn write_product<N: Notation>(c: &BigInt, factors: &[(Factor, i64)], notation: &N) -> String {
    let mut parts = vec![];
    if !c.is_one() || factors.is_empty() {
        parts.push(c.to_string());
    }
    parts.extend(factors.iter().map(|(base, n)| notation.factor(base, *n)));
    notation.product(&parts)
}
