//! Numbers of any size.

use std::cmp::Ordering;

/// A real number `mantissa · 2^exponent`, to the precision of a picture but of any size.
///
/// # Examples
/// ```
/// use ntk_plot::Value;
/// let tiny = Value::scaled(0.5, -3320);
/// assert!((tiny.log10().unwrap() + 999.7).abs() < 0.1);
/// assert_eq!(Value::from(100.0).log10(), Some(2.0));
/// assert_eq!(Value::from(0.0).log10(), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Value {
    mantissa: f64,
    exponent: i64,
}

impl Value {
    /// `mantissa · 2^exponent`.
    pub fn scaled(mantissa: f64, exponent: i64) -> Value {
        Value { mantissa, exponent }
    }

    /// The decimal logarithm of a positive number.
    pub fn log10(self) -> Option<f64> {
        let log = self.mantissa.log10() + self.exponent as f64 * std::f64::consts::LOG10_2;
        (self.mantissa > 0.0 && log.is_finite()).then_some(log)
    }

    /// The number, zero or infinite where it is beyond the range of `f64`.
    pub fn to_f64(self) -> f64 {
        // In two steps, so that a subnormal result is not lost to an underflow of the factor.
        let half = (self.exponent / 2).clamp(-2000, 2000) as i32;
        let rest = (self.exponent - i64::from(half)).clamp(-2000, 2000) as i32;
        match self.mantissa == 0.0 {
            true => 0.0,
            false => self.mantissa * 2f64.powi(half) * 2f64.powi(rest),
        }
    }

    /// Whether it is exactly zero.
    pub fn is_zero(self) -> bool {
        self.mantissa == 0.0
    }
}

impl From<f64> for Value {
    fn from(x: f64) -> Value {
        Value::scaled(x, 0)
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Value) -> Option<Ordering> {
        match (self.log10(), other.log10()) {
            (Some(a), Some(b)) => a.partial_cmp(&b),
            _ => self.to_f64().partial_cmp(&other.to_f64()),
        }
    }
}
