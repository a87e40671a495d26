//! Networks and the power series of their kernels.

mod network;

pub use network::{BiasVariance, Convention, Input, Kernel, Layer, Network, WeightVariance};
