//! Why a certificate is rejected.

/// Why a certificate is rejected; the message names the field.
///
/// # Examples
/// ```
/// use ntk_checker::{Rejection, check};
/// let rejection = check("{}").unwrap_err();
/// assert!(matches!(rejection, Rejection::Malformed { .. }));
/// assert!(rejection.to_string().contains("schema"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// Not a certificate: wrong JSON, wrong shape, or beyond a limit.
    #[error("malformed certificate: {field}: {why}")]
    Malformed {
        /// Where, like `claims[2].witness.bound`.
        field: String,
        /// What would be accepted.
        why: String,
    },
    /// A certificate that does not prove what it says.
    #[error("not proved: {field}: {why}")]
    Refuted {
        /// Where, like `claims[2].witness.bound`.
        field: String,
        /// What is missing.
        why: String,
    },
    /// A certificate that may well be one: it was not checked to the end.
    #[error(
        "too much work: the limit of {} million limb operations and {} MiB of numbers ({limit}) is reached; shorter numbers, \
         fewer points or layers, or a simpler formula would do",
        work / 1_000_000,
        bytes >> 20
    )]
    TooMuchWork {
        /// Which of the two: `limb operations` or `bytes of memory`.
        limit: String,
        /// Limb operations allowed.
        work: u64,
        /// Bytes allowed.
        bytes: u64,
    },
}

impl Rejection {
    pub(crate) fn malformed(field: impl Into<String>, why: impl Into<String>) -> Rejection {
        Rejection::Malformed { field: field.into(), why: why.into() }
    }

    pub(crate) fn refuted(field: impl Into<String>, why: impl Into<String>) -> Rejection {
        Rejection::Refuted { field: field.into(), why: why.into() }
    }
}
