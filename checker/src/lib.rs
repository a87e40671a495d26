//! Checks certificates of strict positive definiteness of neural tangent and NNGP kernels.
//!
//! A certificate (JSON, schema `ntk-series/certificate/1`) names a network, a verdict, a theorem and the evidence for
//! its hypotheses. [`check`] proves every claim again, in exact rational and integer arithmetic and with intervals of
//! its own, and derives the verdict from the claims. It shares no code with the library that writes certificates.
//! What is not proved is rejected.
//!
//! ```
//! let text = include_str!("../tests/certificates/relu-distinct.json");
//! println!("{}", ntk_checker::check(text)?);
//! # Ok::<(), ntk_checker::Rejection>(())
//! ```

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod activation;
mod check;
mod claims;
mod coarse;
mod diagonal;
mod enclosure;
mod error;
mod exact_gram;
mod expression;
mod form;
mod format;
mod function;
mod gram;
mod integer;
mod interval;
mod json;
mod lambda_min;
mod limits;
mod network;
mod null_vector;
mod points;
mod polynomial;
mod rank;
mod rational;
mod recursion;
mod report;
mod separation;
mod support;
mod symmetry;
mod work;

pub use check::{check, check_with_limits};
pub use error::Rejection;
pub use format::{Domain, HalfLine, Kernel, Part, Theorem, Verdict};
pub use limits::Limits;
pub use report::Report;
