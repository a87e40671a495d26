//! Identities that every result obeys by theory, asked of the enclosures before they are handed out.
//!
//! They cost next to nothing beside the numbers themselves. A true result never fails them, however wide its
//! enclosures: each question is whether *any* member of the enclosures obeys. So a failure is a fault of this library,
//! and is reported as such instead of a number.

use crate::Error;
use crate::number::Ball;

/// The error of a result that contradicts the theory.
fn contradiction(what: &str, law: &str) -> Error {
    Error::Inconsistent { what: what.to_string(), law: law.to_string() }
}

/// What the caller has compared.
pub(crate) fn require(holds: bool, what: impl Fn() -> String, law: &str) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(contradiction(&what(), law)) }
}

/// `x >= 0`.
pub(crate) fn not_negative(x: &Ball, what: impl Fn() -> String) -> Result<(), Error> {
    require(!x.is_finite() || x.upper() >= 0, what, "it cannot be negative")
}

/// `x <= bound`; `law` says why.
pub(crate) fn at_most(x: &Ball, bound: &Ball, what: impl Fn() -> String, law: &str) -> Result<(), Error> {
    require(!x.is_finite() || !bound.is_finite() || x.lower() <= bound.upper(), what, law)
}

/// Two enclosures of one number: they have a member in common.
pub(crate) fn agree(x: &Ball, y: &Ball, what: impl Fn() -> String, law: &str) -> Result<(), Error> {
    at_most(x, y, &what, law)?;
    at_most(y, x, &what, law)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ball(text: &str, radius: f64) -> Ball {
        let value = crate::number::parse_rational(text).unwrap();
        Ball::from_rational(&value, 64).widened(crate::number::Mag::from_f64(radius))
    }

    #[test]
    fn only_what_is_surely_false_is_refused() {
        let name = || "x".to_string();
        assert!(not_negative(&ball("-1", 1.0), name).is_ok());
        assert!(not_negative(&ball("-1", 0.5), name).is_err());
        assert!(not_negative(&Ball::whole_line(64), name).is_ok());
        assert!(at_most(&ball("1.5", 0.25), &ball("1", 0.25), name, "").is_ok());
        assert!(at_most(&ball("1.5", 0.2), &ball("1", 0.2), name, "").is_err());
        assert!(agree(&ball("1", 0.1), &ball("1.15", 0.1), name, "").is_ok());
        assert!(agree(&ball("1", 0.1), &ball("1.25", 0.1), name, "").is_err());
        assert!(agree(&ball("1.25", 0.1), &ball("1", 0.1), name, "").is_err());
        assert!(agree(&ball("1.25", 0.1), &Ball::whole_line(64), name, "").is_ok());
    }

    #[test]
    fn the_message_says_whose_fault_it_is() {
        let message = not_negative(&ball("-1", 0.0), || "κ_3".to_string()).unwrap_err().to_string();
        assert!(message.contains("κ_3") && message.contains("fault in ntk-series"), "{message}");
    }
}
