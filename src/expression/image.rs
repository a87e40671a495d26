//! Normal forms as products of functions plus a polynomial, with numbers in closed form.

use std::collections::BTreeMap;

use rug::Rational;

use super::graph::Function;
use super::normal::{Atom, Monomial, Normal, Table};
use crate::number::ClosedForm;
use crate::number::rational::rational_from_gmp;

/// Largest degree of the polynomial.
const MAX_DEGREE: usize = 64;
/// Longest number under a root or in an exponential, in bits.
const MAX_BITS: u32 = 64;

/// `factor · x^power · atoms`.
#[derive(Debug)]
pub(crate) struct Product {
    pub(crate) factor: ClosedForm,
    pub(crate) power: u32,
    pub(crate) atoms: Vec<Atom>,
}

impl Table {
    /// The form as a sum of products and a polynomial.
    pub(crate) fn as_products(&self, form: &Normal) -> Option<(Vec<Product>, Vec<ClosedForm>)> {
        let mut products = vec![];
        let mut polynomial = vec![];
        for (varying, constant) in self.by_variable_part(form) {
            let factor = self.closed_form(&constant)?;
            let (power, atoms) = self.split(&varying)?;
            if !atoms.is_empty() {
                products.push(Product { factor, power, atoms });
                continue;
            }
            let degree = power as usize;
            if degree > MAX_DEGREE {
                return None;
            }
            if polynomial.len() <= degree {
                polynomial.resize(degree + 1, ClosedForm::zero());
            }
            polynomial[degree] = factor;
        }
        Some((products, polynomial))
    }

    /// The irrational number that all the forms are rational multiples of, and the forms divided by it.
    pub(crate) fn common_factor(&mut self, forms: &[Normal]) -> Option<(ClosedForm, Vec<Normal>)> {
        let (_, constant) = forms.iter().find_map(|form| self.by_variable_part(form).pop_first())?;
        let factor = self.closed_form(&constant).filter(|factor| factor.as_rational().is_none())?;
        let inverse = self.reciprocal(&constant)?;
        let divided: Vec<Normal> =
            forms.iter().map(|form| self.times(form, &inverse)).collect::<Option<_>>()?;
        let is_rational =
            |form: &Normal| self.by_variable_part(form).values().all(|c| c.as_number().is_some());
        divided.iter().all(is_rational).then_some((factor, divided))
    }

    /// The square of `c` in `u = c x`, if it is rational and not zero.
    pub(crate) fn squared_rate(&self, u: &Normal) -> Option<Rational> {
        let parts = self.by_variable_part(u);
        let (monomial, c) = parts.first_key_value().filter(|_| parts.len() == 1)?;
        if !matches!(monomial.as_slice(), [(Table::X, 1)]) {
            return None;
        }
        let c = self.closed_form(c)?;
        (&c * &c).as_rational().map(|square| crate::number::rational::rational_to_gmp(&square))
    }

    /// The value of a form without `x`.
    pub(crate) fn closed_form(&self, constant: &Normal) -> Option<ClosedForm> {
        let mut sum = ClosedForm::zero();
        for (monomial, c) in constant.terms() {
            let mut product = ClosedForm::from(rational_from_gmp(c));
            for &(i, n) in monomial {
                let value = self.closed_atom(self.atom_at(i)?)?;
                product = &product * &value.pow(n).filter(|_| n <= 64)?;
            }
            sum = &sum + &product;
        }
        Some(sum)
    }

    fn closed_atom(&self, atom: &Atom) -> Option<ClosedForm> {
        let number = |u: &Normal| {
            let r = u.as_number()?;
            let short = r.numer().significant_bits().max(r.denom().significant_bits()) <= MAX_BITS;
            short.then(|| rational_from_gmp(&r))
        };
        match atom {
            Atom::Pi => Some(ClosedForm::pi()),
            Atom::Reciprocal(u) => self.closed_form(u)?.reciprocal(),
            Atom::Root(u, 2) if matches!(self.as_atom(u), Some(Atom::Pi)) => Some(ClosedForm::pi_power(1)),
            Atom::Root(u, 2) => ClosedForm::sqrt(&number(u)?),
            Atom::Call(Function::Exp, u) => Some(ClosedForm::exp(&number(u)?)),
            Atom::Call(Function::Sin, u) => Some(ClosedForm::sin(&number(u)?)),
            Atom::Call(Function::Cos, u) => Some(ClosedForm::cos(&number(u)?)),
            _ => None,
        }
    }

    /// The power of `x` and the other atoms, each to the first power.
    fn split(&self, monomial: &Monomial) -> Option<(u32, Vec<Atom>)> {
        let (mut power, mut atoms) = (0, vec![]);
        for &(i, n) in monomial {
            match (i, n) {
                (Table::X, n) => power = n,
                (i, 1) => atoms.push(self.atom_at(i)?.clone()),
                _ => return None,
            }
        }
        Some((power, atoms))
    }

    /// The terms by what varies with `x`, with the factor of each.
    fn by_variable_part(&self, form: &Normal) -> BTreeMap<Monomial, Normal> {
        let mut out: BTreeMap<Monomial, Normal> = BTreeMap::new();
        for (monomial, c) in form.terms() {
            let (varying, constant): (Monomial, Monomial) =
                monomial.iter().partition(|(i, _)| self.varies_at(*i));
            let sum = out.entry(varying).or_default();
            *sum = sum.plus(&Normal::term(constant, c.clone()), &Rational::from(1));
        }
        out
    }
}
