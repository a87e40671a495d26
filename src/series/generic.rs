//! Truncated power series over any ring: the plain algorithms, quadratic at best.
//!
//! Kernels in closed form are built on them, and the fast series are tested against them.

#[cfg(test)]
mod plain;
mod ring;
pub(crate) mod step;

#[cfg(test)]
pub(crate) use plain::{Field, Series};
pub(crate) use ring::Ring;

#[cfg(test)]
mod tests;
