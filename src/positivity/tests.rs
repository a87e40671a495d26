//! Tests that need more than one file of this module.

mod activations;
mod supports;
mod verdicts;
