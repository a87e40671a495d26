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
pub(crate) mod coefficients;
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

pub use crate::function::{Growth, PiecewiseAnalytic, Support};
pub use catalogue::catalogue;
pub(crate) use definition::Definition;
pub use entry::Entry;
pub(crate) use formula::Formula;

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
