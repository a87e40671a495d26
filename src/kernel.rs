//! Networks and the power series of their kernels.

pub mod closed;
mod engine;
mod exact_sum;
pub(crate) mod hermite_dual;
mod moment_slope;
pub(crate) mod profile;
mod radius;
mod relative;
mod search;
mod series;
mod support;
mod values;

#[cfg(feature = "serde")]
pub use crate::network::NETWORK_SHAPE;
pub use crate::network::{
    BiasVariance, Block, Chain, Convention, Input, Kernel, Layer, Network, NetworkBuilder, Training,
    WeightVariance,
};
pub use series::{KernelSeries, LayerVariances, MAX_DEGREE};

#[cfg(test)]
mod tests;
