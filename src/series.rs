//! Truncated power series.
//!
//! Long series live in `fixed`: fixed-point midpoints with one error bound for all
//! coefficients, multiplied through number-theoretic transforms or GMP. `generic` holds the steps
//! of short series over any ring.

mod combinations;
pub(crate) mod compose;
mod dispatch;
pub(crate) mod error_bound;
pub(crate) mod exponential;
pub(crate) mod fixed;
pub(crate) mod generic;
mod limbs;
mod modular;
pub(crate) mod multiply;
mod norms;
mod ntt;
mod packed;
mod residues;
pub(crate) mod root;
mod seed;
#[cfg(test)]
pub(crate) mod tests;
