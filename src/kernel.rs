//! Networks and the power series of their kernels.

mod engine;
mod network;
pub(crate) mod profile;
mod radius;
mod support;

pub use network::{BiasVariance, Convention, Input, Kernel, Layer, Network, WeightVariance};
