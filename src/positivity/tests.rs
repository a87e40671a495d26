//! Tests that need more than one file of this module.

pub(crate) mod activations;
mod supports;
mod verdicts;
