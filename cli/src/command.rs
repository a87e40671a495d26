//! The commands, a file each: options in, a [`Report`](crate::report::Report) out.

pub mod activations;
pub mod certify;
pub mod check;
pub mod critical;
pub mod gram;
pub mod hermite;
pub mod kernel;
pub mod linearity;
pub mod moments;
pub mod neighbourhood;
pub mod plot;
pub mod predict;
pub mod spectrum;
pub mod table;
