//! Exact numbers in closed form: canonical elements of a ring over Q.

mod arithmetic;
mod equality;
mod evaluate;
mod expand;
mod generators;
mod monomial;
mod print;
mod symbol;

use std::collections::{BTreeMap, HashSet};

use num_rational::BigRational;
use num_traits::{One, Zero};

use monomial::Monomial;
pub use symbol::{Definition, DefinitionLine, Name, Symbol};

/// A number in closed form: a polynomial with rational coefficients in
///
/// | generator | canonical form |
/// |---|---|
/// | `π^{k/2}` | any integer `k` |
/// | `√n` | `n` squarefree, one root a term |
/// | `e^r` | rational `r`, one power a term |
/// | `sin r`, `cos r` | rational `r > 0`, products turned into sums |
/// | `Φ(√x)`, the normal distribution function | rational `x > 0`; `Φ(-a) = 1 - Φ(a)`, `Φ(0) = 1/2` |
/// | `asin r` | rational `0 < r < 1`, any integer power; `asin(1/2) = π/6` |
/// | a named value | any integer power |
/// | a level of the tower: `t`, `s = √(1-t²)`, `a = arccos t` | `t^i s^j` with `j <= 1`, and `i <= 1` where `j < 0` |
///
/// Equality and [`ClosedForm::is_zero`] compare canonical forms, so "equal" is a proof; named generators made apart are
/// one where names and definitions agree. The
/// generators may satisfy further relations (nobody knows whether e and π do), so "different"
/// is not; [`ClosedForm::sign`] proves that a number is not zero.
///
/// Exponents of generators are integers of 64 bits. [`ClosedForm::pow`] refuses to come near their ends; a product
/// beyond them, which needs dozens of squarings, panics as one of integers does.
///
/// As text it reads as sympy does, with `Phi` for the normal distribution function:
/// `1/2 + 3/(4*pi)`, `exp(-1/2)/sqrt(2*pi)`, `asin(2/3)`.
///
/// # Examples
/// ```
/// use ntk_series::number::{ClosedForm, parse_rational};
/// let x = &ClosedForm::from(parse_rational("1/2")?)
///     + &ClosedForm::pi_power(-2).scaled(&parse_rational("3/4")?);
/// assert_eq!(x.to_string(), "1/2 + 3/(4*pi)");
/// assert_eq!(x.to_latex(), r"\frac{1}{2}+\frac{3}{4\pi}");
/// assert_eq!(x.to_ball(100).to_decimal(10).unwrap().value, "0.7387324146");
/// assert!((&x - &x).is_zero());
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Default)]
pub struct ClosedForm {
    /// No zero coefficient.
    terms: BTreeMap<Monomial, BigRational>,
}

impl ClosedForm {
    /// Zero.
    pub fn zero() -> ClosedForm {
        ClosedForm::default()
    }

    /// One.
    pub fn one() -> ClosedForm {
        ClosedForm::from(BigRational::one())
    }

    /// An integer.
    pub fn integer(n: i64) -> ClosedForm {
        ClosedForm::from(BigRational::from_integer(n.into()))
    }

    /// Is the canonical form zero? `true` is a proof; see [`ClosedForm::sign`] for the other answer.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// Is the canonical form one?
    pub fn is_one(&self) -> bool {
        self.as_rational().is_some_and(|r| r.is_one())
    }

    /// The number of terms of the canonical form.
    pub(crate) fn term_count(&self) -> usize {
        self.terms.len()
    }

    /// Bits of the longest numerator or denominator among the coefficients.
    pub(crate) fn coefficient_bits(&self) -> u64 {
        self.terms.values().map(|c| c.numer().bits().max(c.denom().bits())).max().unwrap_or(0)
    }

    /// The value, if the canonical form is a rational number.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::number::ClosedForm;
    /// let root = ClosedForm::sqrt(&num_rational::BigRational::from_integer(2.into())).unwrap();
    /// assert_eq!((&root * &root).as_rational(), Some(num_rational::BigRational::from_integer(2.into())));
    /// assert_eq!(root.as_rational(), None);
    /// ```
    pub fn as_rational(&self) -> Option<BigRational> {
        match self.terms.len() {
            0 => Some(BigRational::zero()),
            1 => self.terms.first_key_value().filter(|(m, _)| m.is_one()).map(|(_, c)| c.clone()),
            _ => None,
        }
    }

    /// The named generators that the number refers to, directly or through definitions, each after
    /// those that its definition refers to.
    pub(crate) fn symbols(&self) -> Vec<Symbol> {
        symbols_of([self])
    }

    /// The definitions that the number needs, each after those that it refers to itself.
    pub fn definitions(&self) -> Vec<DefinitionLine> {
        self.symbols().iter().flat_map(DefinitionLine::of).collect()
    }

    fn own_symbols(&self) -> impl Iterator<Item = &Symbol> {
        self.terms.keys().flat_map(|m| m.powers.iter().map(|p| &p.symbol))
    }

    fn single(monomial: Monomial, coefficient: BigRational) -> ClosedForm {
        let mut out = ClosedForm::zero();
        out.add_term(monomial, coefficient);
        out
    }

    fn add_term(&mut self, monomial: Monomial, coefficient: BigRational) {
        use std::collections::btree_map::Entry;
        if coefficient.is_zero() {
            return;
        }
        match self.terms.entry(monomial) {
            Entry::Vacant(slot) => {
                slot.insert(coefficient);
            }
            Entry::Occupied(mut slot) => {
                *slot.get_mut() += coefficient;
                if slot.get().is_zero() {
                    slot.remove();
                }
            }
        }
    }
}

/// The named generators that several numbers need, in the order of their definitions.
pub(crate) fn symbols_of<'a>(forms: impl IntoIterator<Item = &'a ClosedForm>) -> Vec<Symbol> {
    let mut seen = HashSet::new();
    let mut out: Vec<Symbol> = vec![];
    let mut visit = |form: &ClosedForm, out: &mut Vec<Symbol>| {
        for symbol in form.own_symbols() {
            if seen.insert(symbol.serial()) {
                out.push(symbol.clone());
            }
        }
    };
    forms.into_iter().for_each(|form| visit(form, &mut out));
    let mut next = 0;
    while next < out.len() {
        let symbol = out[next].clone();
        visit(symbol.definition().form(), &mut out);
        next += 1;
    }
    out.sort_by_key(Symbol::serial);
    out
}

impl From<BigRational> for ClosedForm {
    fn from(r: BigRational) -> ClosedForm {
        ClosedForm::single(Monomial::one(), r)
    }
}

#[cfg(test)]
pub(crate) mod tests;
