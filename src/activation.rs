//! Activations: what each one is, in one place.
//!
//! One activation or family is one file in `activation/`. To add another:
//! 1. Write the file. A function that is piecewise `p(x) + Σ w e^{cx}` needs its pieces only
//!    (`FromPieces`, as in `hard.rs`); anything else implements `Definition` (as in `gaussian.rs`).
//!    One without structure is its definition as a formula, a line in `expression/names.rs` and one in `smooth.rs`.
//! 2. Give it a constructor on [`Activation`] and its `ENTRIES` for the catalogue.
//! 3. Register it: a line in `FAMILIES` in `catalogue.rs`, with its `mod`.
//! 4. Add it to `tests/reference/hermite_independent.py` and run that; a test fails until this is done.

mod applied;
mod arctan;
mod arguments;
mod bell;
mod catalogue;
mod definition;
mod elu;
mod entry;
mod erf;
mod exponential;
mod formula;
mod from_pieces;
mod gaussian;
mod gelu;
mod hard;
mod hermite_polynomial;
mod image;
mod numeric;
mod piecewise;
mod piecewise_analytic;
mod polynomial;
mod questions;
mod ratios;
mod recognize;
mod relu;
mod repu;
mod shrink;
mod sigmoidal;
mod sinc;
mod sine;
mod smooth;
mod snake;
mod softsign;
mod sparse;
mod spelling;
mod step;
mod waves;

use std::fmt;
use std::sync::Arc;

use crate::number::Ball;

pub use catalogue::catalogue;
pub(crate) use catalogue::distance;
pub(crate) use definition::Definition;
pub use entry::Entry;
pub(crate) use formula::Formula;
pub use piecewise_analytic::{Growth, PiecewiseAnalytic};

/// Which Hermite coefficients can be non-zero: exact knowledge, by structure, not by rounding.
///
/// `μ_k = 0` exactly when the pattern says so; where it says "may", the number decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// `initial[k]`: may `μ_k` differ from zero, for the first few `k`.
    pub initial: Vec<bool>,
    /// The same for every later even `k`.
    pub even_tail: bool,
    /// The same for every later odd `k`.
    pub odd_tail: bool,
}

impl Support {
    /// Every coefficient may differ from zero.
    pub fn all() -> Support {
        Support { initial: vec![], even_tail: true, odd_tail: true }
    }

    /// That of an even function: `μ_k = 0` for odd `k`.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::activation::Support;
    /// assert!(Support::even().may_be_nonzero(2) && !Support::even().may_be_nonzero(3));
    /// ```
    pub fn even() -> Support {
        Support { initial: vec![], even_tail: true, odd_tail: false }
    }

    /// That of an odd function: `μ_k = 0` for even `k`.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::activation::Support;
    /// assert!(Support::odd().may_be_nonzero(3) && !Support::odd().may_be_nonzero(2));
    /// ```
    pub fn odd() -> Support {
        Support { initial: vec![], even_tail: false, odd_tail: true }
    }

    /// The support of the dual's derivative: `k` is in it iff `k + 1` is in the support.
    pub fn derivative(&self) -> Support {
        let initial = self.initial.iter().skip(1).copied();
        // One more position, so that the tails change places on the right parity.
        let last = self.may_be_nonzero(self.initial.len().max(1));
        let initial: Vec<bool> = initial.chain([last]).collect();
        Support { initial, even_tail: self.odd_tail, odd_tail: self.even_tail }
    }

    /// Is the activation a constant: can only `μ_0` differ from zero?
    pub(crate) fn is_constant(&self) -> bool {
        !self.even_tail && !self.odd_tail && self.initial.iter().skip(1).all(|may| !may)
    }

    /// Takes `k` out.
    pub(crate) fn exclude(&mut self, k: usize) {
        while self.initial.len() <= k {
            self.initial.push(self.may_be_nonzero(self.initial.len()));
        }
        self.initial[k] = false;
    }

    /// Makes the coefficients that vanish exact zeros.
    pub(crate) fn clear(&self, coefficients: &mut [Ball]) {
        for (_, mu) in coefficients.iter_mut().enumerate().filter(|(k, _)| !self.may_be_nonzero(*k)) {
            *mu = Ball::zero(mu.precision());
        }
    }

    /// May `μ_k` differ from zero?
    pub fn may_be_nonzero(&self, k: usize) -> bool {
        match self.initial.get(k) {
            Some(&may) => may,
            None if k.is_multiple_of(2) => self.even_tail,
            None => self.odd_tail,
        }
    }
}

/// An activation function: cheap to clone, shared between threads.
#[derive(Clone, Debug)]
pub struct Activation(Arc<dyn Definition>);

impl Activation {
    /// Wraps a definition.
    pub(crate) fn new(definition: impl Definition + 'static) -> Activation {
        Activation(Arc::new(definition))
    }

    /// Are the two clones of one?
    pub(crate) fn is_same(&self, other: &Activation) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

#[cfg(test)]
mod tests;
