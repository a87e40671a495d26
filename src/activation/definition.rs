//! What an activation has to say of itself.

use std::fmt;

use num_rational::BigRational;

use super::{PiecewiseAnalytic, Support};
use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::number::{Ball, ClosedForm};

/// What the library knows of an activation φ. Each catalogue entry implements it in one file; functions from outside
/// come as [`PiecewiseAnalytic`](super::PiecewiseAnalytic) by [`Activation::from_analytic`]. `q` is the variance of the
/// pre-activation: coefficients are those of `φ(√q Z)`.
pub(crate) trait Definition: fmt::Debug + Send + Sync {
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
    /// Where the function is continuous and piecewise linear: the places of its kinks, and by how much the slope jumps
    /// there.
    fn kinks(&self, _precision: u32) -> Option<Vec<[Ball; 2]>> {
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
