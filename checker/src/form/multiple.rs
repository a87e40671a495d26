//! Polynomials with a common factor that is a product of roots.

use std::collections::BTreeMap;

use num_traits::{One, ToPrimitive, Zero};

use super::{Atom, Form};
use crate::integer::BigRational;
use crate::rational::rational;

/// The square of a product of roots, where it is rational.
pub(crate) fn square_of(atoms: &BTreeMap<Atom, BigRational>) -> Option<BigRational> {
    atoms.iter().try_fold(BigRational::one(), |square, (atom, e)| {
        let twice = e * rational(2);
        match atom {
            Atom::Prime(p) if twice.is_integer() => {
                Some(square * BigRational::from(p.clone()).pow(twice.to_integer().to_i64()?.try_into().ok()?))
            }
            _ => None,
        }
    })
}

impl Form {
    /// A polynomial and the square of a common factor of its coefficients, which may be a product of roots, as in
    /// Hermite polynomials: `√square` times the polynomial is the form, but for the sign.
    pub(crate) fn as_root_multiple(&self) -> Option<(Vec<BigRational>, BigRational)> {
        let Some((first, _)) = self.terms.iter().next() else { return Some((vec![], BigRational::one())) };
        let square = square_of(&first.atoms)?;
        let mut out = vec![];
        for (m, c) in &self.terms {
            let degree = usize::try_from(m.x).ok().filter(|d| *d <= 1000)?;
            if m.exp.is_some() || m.atoms != first.atoms {
                return None;
            }
            out.resize(out.len().max(degree + 1), BigRational::zero());
            out[degree] = c.clone();
        }
        Some((out, square))
    }
}
