//! Tests that need more than one file of this module.

pub(crate) mod activations;
mod certificates;
mod supports;
mod verdicts;
