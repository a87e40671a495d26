//! Truncated power series.
//!
//! Long series live in [`fixed::Fixed`]: fixed-point midpoints with one error bound for all
//! coefficients, multiplied through number-theoretic transforms or GMP.

pub(crate) mod compose;
mod dispatch;
pub(crate) mod fixed;
mod limbs;
mod modular;
pub(crate) mod multiply;
mod ntt;
mod packed;
mod residues;
pub(crate) mod root;
pub(crate) mod exponential;
