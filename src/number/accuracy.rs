//! Accuracy in: what a caller asks of every returned enclosure.

use super::Ball;
use crate::Error;

/// Most digits that can be asked for.
pub const MAX_DIGITS: u32 = 100_000;

/// Most bits that are tried for an accuracy that is not met.
const MOST_BITS: u32 = 1_000_000;

/// How accurate every returned enclosure must be: decimal digits, relative or absolute.
///
/// # Examples
/// ```
/// use ntk_series::number::Accuracy;
/// assert_eq!(Accuracy::relative(30)?.digits(), 30);
/// assert!(Accuracy::relative(0).is_err());
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Accuracy {
    digits: u32,
    absolute: bool,
}

impl Accuracy {
    /// Relative error at most `10^-digits`, for every value that is not exactly zero.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `1 <= digits <= 100_000`.
    pub fn relative(digits: u32) -> Result<Accuracy, Error> {
        Accuracy::new(digits, false)
    }

    /// Absolute error at most `10^-digits`.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless `1 <= digits <= 100_000`.
    pub fn absolute(digits: u32) -> Result<Accuracy, Error> {
        Accuracy::new(digits, true)
    }

    fn new(digits: u32, absolute: bool) -> Result<Accuracy, Error> {
        if !(1..=MAX_DIGITS).contains(&digits) {
            return Err(Error::parameter("digits", digits, "1 to 100000 are accepted"));
        }
        Ok(Accuracy { digits, absolute })
    }

    /// The number of decimal digits.
    pub fn digits(self) -> u32 {
        self.digits
    }

    /// Is the error bound absolute?
    pub fn is_absolute(self) -> bool {
        self.absolute
    }

    /// Bits of accuracy that imply the digits, with four to spare for the rounding to decimals.
    pub(crate) fn bits(self) -> u32 {
        (f64::from(self.digits) * std::f64::consts::LOG2_10).ceil() as u32 + 4
    }

    /// What `attempt` finds with about so many bits, and again with more while one of its values lacks accuracy.
    pub(crate) fn reach<T>(
        self,
        what: &str,
        values: impl Fn(&T) -> Vec<&Ball>,
        attempt: impl Fn(u32) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let first = self.bits() + 32;
        // A value may be zero without its being known: then no precision is enough.
        let most = (16 * first).min(MOST_BITS).max(first);
        let mut precision = first;
        loop {
            let found = attempt(precision)?;
            let lack =
                values(&found).into_iter().map(|x| (self.missing_bits(x), x)).max_by_key(|(lack, _)| *lack);
            let worst = match lack {
                Some((lack, worst)) if lack > 0 => (lack, worst.clone()),
                _ => return Ok(found),
            };
            if precision >= most {
                return Err(Error::AccuracyNotReached { what: what.to_string(), best: Box::new(worst.1) });
            }
            let more = u32::try_from(worst.0).unwrap_or(u32::MAX).clamp(16, precision);
            precision = (precision + more + 16).min(most);
        }
    }

    /// Does an enclosure meet the demand?
    pub fn is_met_by(self, x: &Ball) -> bool {
        self.missing_bits(x) <= 0
    }

    /// How many more bits of accuracy the enclosure needs; at most zero when it is good enough.
    pub(crate) fn missing_bits(self, x: &Ball) -> i64 {
        let bits = i64::from(self.bits());
        match x.radius().log2_ceil() {
            None => 0,
            Some(i64::MAX) => i64::MAX,
            Some(radius) if self.absolute => radius + bits,
            Some(_) if x.relative_accuracy_bits() == i64::MIN => i64::MAX,
            Some(_) => bits - x.relative_accuracy_bits(),
        }
    }
}
