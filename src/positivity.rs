//! Is a kernel strictly positive definite? Verdicts with their hypotheses checked one by one, and certificates of them.
//!
//! * [`characterize`] tells whether an activation, its even or its odd part is a polynomial.
//! * [`decide`] answers for all finite sets of a domain, [`decide_points`] for given data. A [`Verdict`] holds what was
//!   checked and, for a refutation, explicit rational points with a vector `v ≠ 0` and `K v = 0`.
//! * [`Verdict::certificate`] writes all of it down for an independent checker.
//!
//! The theorems, in words: [`Theorem::statement`]. No verdict rests on floating point: enclosures decide signs,
//! everything else is exact.

mod certificate;
mod characterization;
mod characterize;
mod circle;
mod counterexample;
mod decide;
mod divided_difference;
mod exact_gram;
mod features;
mod gaps;
mod hermite_support;
mod largest;
mod points;
mod powers;
mod setting;
mod source;
mod structure;
mod study;
mod truth;
mod variances;
mod verdict;

#[cfg(test)]
mod tests;
#[cfg(test)]
pub(crate) use tests::activations::samples as catalogue_samples;

pub use certificate::{Certificate, SCHEMA};
pub use characterization::{
    Characterization, DividedDifference, HalfLine, Part, PolynomialPiece, RootMultiple, Witness,
};
pub use characterize::characterize;
pub use decide::decide;
pub use exact_gram::{exact_gram, null_vector};
pub use points::decide_points;
pub use verdict::{Claim, Counterexample, Domain, Hypothesis, Outcome, Theorem, Verdict};

/// The degree `n` of a function that is `a |x|^n` left of zero and `b x^n` right of it.
pub(crate) fn homogeneous(activation: &crate::Activation) -> Option<u32> {
    source::Source::of(activation).homogeneous()
}
