//! What can go wrong, and with which input.

use crate::number::Ball;

/// Every failure of the library: names the input at fault and what would do.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A text that is not an exact number.
    #[error("`{text}` {why}")]
    Number {
        /// The text, abridged.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// What is wrong in one place of a larger input.
    #[error("{place}: {error}")]
    At {
        /// The place, as `layers[0].activation`.
        place: String,
        /// What is wrong there.
        error: Box<Error>,
    },
    /// An input that has not the shape that is read.
    #[error("{why}")]
    Shape {
        /// What is wrong, and what is accepted.
        why: String,
    },
    /// A parameter out of its range.
    #[error("{name} = {value} is out of range: {accepted}")]
    Parameter {
        /// The parameter's name.
        name: String,
        /// What was given, abridged.
        value: String,
        /// What would be accepted.
        accepted: String,
    },
    /// An activation that the catalogue does not know, or with the wrong parameters.
    #[error("activation `{name}`: {why}")]
    UnknownActivation {
        /// What was asked for, abridged.
        name: String,
        /// What would be accepted.
        why: String,
    },
    /// A formula in `x` that cannot be read, or has no meaning somewhere.
    #[error("`{formula}`, column {column}: {why}")]
    Formula {
        /// The formula, abridged.
        formula: String,
        /// Where, counted from 1 in characters.
        column: usize,
        /// What is wrong, or what would be accepted.
        why: String,
    },
    /// `E[φ(√q Z)²]` is infinite.
    #[error("`{activation}` is not square-integrable under the Gaussian: {why}")]
    NotSquareIntegrable {
        /// The activation.
        activation: String,
        /// The part at fault.
        why: String,
    },
    /// `E[φ'(√q Z)²]` is infinite, so the NTK does not exist.
    #[error("`{activation}` has no NTK: {why}; ask for the NNGP kernel instead")]
    NoTangentKernel {
        /// The activation.
        activation: String,
        /// Why `E[φ'φ']` does not exist.
        why: String,
    },
    /// Whether something that is needed holds could not be decided: it may, or may not.
    #[error("{what} could not be decided: {why}")]
    Undecided {
        /// The question.
        what: String,
        /// How far it was answered, and what would help.
        why: String,
    },
    /// It would take more time or memory than is allowed.
    #[error("{what} is too much work: {why}")]
    TooMuchWork {
        /// What was not attempted, or not finished.
        what: String,
        /// How much, and what would do.
        why: String,
    },
    /// An activation from outside says of itself what is not so.
    #[error("`{activation}` breaks a promise: {why}")]
    WrongPromise {
        /// The activation.
        activation: String,
        /// What it says, and what was found.
        why: String,
    },
    /// A watcher stopped the work: see [`work::watched`](crate::work::watched).
    #[error("the work was stopped")]
    Cancelled,
    /// The quadrature of an activation cannot be proved.
    #[error("the integrals of `{activation}` could not be proved: {why}")]
    Quadrature {
        /// The activation.
        activation: String,
        /// What stands in the way.
        why: String,
    },
    /// A verdict that the certificate format cannot express.
    #[error("no certificate for `{activation}`: {why}")]
    Certificate {
        /// The activation at fault.
        activation: String,
        /// What stands in the way.
        why: String,
    },
    /// The accuracy asked for could not be proved within the limits.
    #[error("{what} could not be enclosed to the accuracy asked for: best found is {best}")]
    AccuracyNotReached {
        /// Which number.
        what: String,
        /// The best enclosure found.
        best: Box<Ball>,
    },
    /// A result that contradicts an identity which holds by theory: a fault of this library, never of the input.
    #[error(
        "{what} came out against the theory ({law}): this is a fault in ntk-series, please report it; nothing is printed"
    )]
    Inconsistent {
        /// Which number.
        what: String,
        /// The identity that it violates.
        law: String,
    },
}

impl Error {
    /// The same, said to be about a place.
    #[cfg(feature = "serde")]
    pub(crate) fn at(self, place: &str) -> Error {
        Error::At { place: place.to_string(), error: Box::new(self) }
    }

    /// A parameter out of range.
    pub(crate) fn parameter(name: &str, value: impl ToString, accepted: &str) -> Error {
        Error::Parameter {
            name: name.to_string(),
            value: crate::number::rational::abridged(&value.to_string()),
            accepted: accepted.to_string(),
        }
    }
}
