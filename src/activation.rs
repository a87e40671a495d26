//! Activations: what each one is, in one place.
//!
//! One activation or family is one file in `activation/`. To add another:
//! 1. Write the file. A function that is piecewise `p(x) + Σ w e^{cx}` needs its pieces only
//!    (`FromPieces`, as in `hard.rs`); anything else implements [`Definition`] (as in `gaussian.rs`).
//!    One without structure is its definition as a formula, a line in `expression/names.rs` and one in `smooth.rs`.
//! 2. Give it a constructor on [`Activation`] and its `ENTRIES` for the catalogue.
//! 3. Register it: a line in `FAMILIES` in `catalogue.rs`, with its `mod`.
//! 4. Add it to `tests/reference/hermite_independent.py` and run that; a test fails until this is done.

mod applied;
mod arctan;
mod arguments;
mod bell;
mod catalogue;
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

use num_rational::BigRational;

use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::number::{Ball, ClosedForm};

pub use catalogue::catalogue;
pub(crate) use catalogue::distance;
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
    pub fn is_constant(&self) -> bool {
        !self.even_tail && !self.odd_tail && self.initial.iter().skip(1).all(|may| !may)
    }

    /// Takes `k` out.
    pub fn exclude(&mut self, k: usize) {
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

mod sealed {
    /// Proofs rest on what a definition promises, so only the library's own types are definitions.
    pub trait Sealed {}
}

/// What the library knows of an activation φ. Each catalogue entry implements it in one file; the trait is sealed, and
/// functions from outside come as [`PiecewiseAnalytic`] by [`Activation::from_analytic`]. `q` is the variance of the
/// pre-activation: coefficients are those of `φ(√q Z)`.
pub trait Definition: sealed::Sealed + fmt::Debug + Send + Sync {
    /// The canonical name with its parameters, as the command line reads it: `leaky-relu(1/10)`.
    fn name(&self) -> String;
    /// The formula in `x`.
    fn formula(&self) -> String;
    /// Smoothness in words: `C^0, kink at 0`, `analytic`, ...
    fn smoothness(&self) -> String;
    /// How the Hermite coefficients are found, in words: `closed form`, `recurrence`, ...
    fn method(&self) -> String;
    /// Which Hermite coefficients can be non-zero (at every variance q > 0).
    fn support(&self) -> Support;
    /// `μ_0 .. μ_{len-1}` at variance `q`, computed with about `precision` bits. An enclosure is
    /// valid at any precision; exact zeros by [`Definition::support`] come back exact.
    fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error>;
    /// `E[φ(√q Z)²]`.
    fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error>;
    /// `E[φ'(√q Z)²]`; [`Error::NoTangentKernel`] where it is infinite.
    fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error>;
    /// The dual activation at variance `q`.
    fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error>;
    /// `φ(0)`, where it is known: the value at a point that the layers before take to zero.
    fn at_zero(&self, _precision: u32) -> Option<Ball> {
        None
    }
    /// Is `q ↦ E[φ(√q Z)²]` finite here? Says why not otherwise.
    fn check_square_integrable(&self, q: &BigRational) -> Result<(), Error>;
    /// About how many bits `μ_k²` lies below 1 at variance `q`. It steers precisions and numbers of terms and proves
    /// nothing; 0 where the coefficients fall off like a power of `k`.
    fn decay_bits(&self, _q: f64, _k: usize) -> f64 {
        0.0
    }
    /// Half the width of the widest strip about the real axis in which the function is analytic, where it is analytic
    /// on the line and that is known.
    fn half_strip(&self, _precision: u32) -> Option<Ball> {
        None
    }
    /// Most bits to try for where accuracy is missing: a coefficient may vanish without its being known.
    fn most_bits(&self, asked: u32) -> u32 {
        4 * asked + 20_000
    }
    /// `μ_k` at a rational variance in closed form, where one is known.
    fn hermite_closed_form(&self, _k: usize, _q: &BigRational) -> Option<ClosedForm> {
        None
    }
    /// `μ_k²` in closed form: often simpler than `μ_k`, and known more often.
    fn hermite_square_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        self.hermite_closed_form(k, q).map(|mu| &mu * &mu)
    }
    /// The function as a formula in `x` that [`Activation::parse`] reads as exactly this function; `None` where there
    /// is none, as for code.
    fn expression(&self) -> Option<String> {
        None
    }
    /// The function by its values between breakpoints, where that is how it is given.
    fn analytic(&self) -> Option<&dyn PiecewiseAnalytic> {
        None
    }
    /// `E[φ(√q Z)²]` in closed form, where one is known.
    fn second_moment_closed_form(&self, _q: &BigRational) -> Option<ClosedForm> {
        None
    }
    /// The dual activation at a rational variance with exact parameters, where it has a shape.
    fn exact_dual(&self, _q: &BigRational) -> Option<ExactDual> {
        None
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

impl std::ops::Deref for Activation {
    type Target = dyn Definition;
    fn deref(&self) -> &Self::Target {
        &*self.0
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}
