//! Limits on the size of what is multiplied out, and names that keep it short.

use num_rational::BigRational;

use crate::number::{ClosedForm, Name, Symbol};
use crate::series::generic::step;

/// Longest numerator or denominator, in bits: polynomials of polynomials square their coefficients.
pub(super) const MAX_BITS: u64 = 4096;

/// The expansion became larger than the limits.
#[derive(Debug)]
pub(super) struct TooLarge;

/// Counts products of terms, and names what would grow.
pub(super) struct Work {
    products_left: usize,
    max_terms: usize,
    /// Are the series of each layer named?
    names: bool,
}

impl Work {
    pub(super) fn new(max_products: usize, max_terms: usize, names: bool) -> Work {
        Work { products_left: max_products, max_terms, names }
    }

    /// Coefficient `p` of `a b`.
    pub(super) fn product(
        &mut self,
        a: &[ClosedForm],
        b: &[ClosedForm],
        p: usize,
    ) -> Result<ClosedForm, TooLarge> {
        self.spend(a, b, p)?;
        self.checked(step::product(a, b, p))
    }

    /// Coefficient `p` of the `y` with `y' = d u'`.
    pub(super) fn chain(
        &mut self,
        u: &[ClosedForm],
        d: &[ClosedForm],
        p: usize,
    ) -> Result<ClosedForm, TooLarge> {
        self.spend(&u[1..], d, p - 1)?;
        self.checked(step::chain(u, d, p))
    }

    /// Coefficient `p` of `y = u^α`.
    pub(super) fn power(
        &mut self,
        u: &[ClosedForm],
        y: &[ClosedForm],
        alpha: &BigRational,
        inverse: &ClosedForm,
        p: usize,
    ) -> Result<ClosedForm, TooLarge> {
        self.spend(&u[1..], y, p - 1)?;
        self.checked(step::power(u, y, alpha, inverse, p))
    }

    /// The product of two numbers.
    pub(super) fn times(&mut self, a: &ClosedForm, b: &ClosedForm) -> Result<ClosedForm, TooLarge> {
        self.product(std::slice::from_ref(a), std::slice::from_ref(b), 0)
    }

    /// Gives a number of several terms a name, where names are given at all.
    pub(super) fn named(&self, rank: usize, name: impl FnOnce() -> Name, value: ClosedForm) -> ClosedForm {
        if self.names && value.term_count() > 1 {
            ClosedForm::base(&Symbol::named(rank, name(), value))
        } else {
            value
        }
    }

    /// Are series named here?
    pub(super) fn gives_names(&self) -> bool {
        self.names
    }

    fn spend(&mut self, a: &[ClosedForm], b: &[ClosedForm], p: usize) -> Result<(), TooLarge> {
        let cost: usize = (0..=p).map(|i| a[i].term_count() * b[p - i].term_count()).sum();
        self.products_left = self.products_left.checked_sub(cost).ok_or(TooLarge)?;
        Ok(())
    }

    fn checked(&self, value: ClosedForm) -> Result<ClosedForm, TooLarge> {
        let large = value.term_count() > self.max_terms || value.coefficient_bits() > MAX_BITS;
        if large { Err(TooLarge) } else { Ok(value) }
    }
}
