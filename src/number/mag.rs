//! Magnitudes: non-negative upper bounds with a wide exponent and few bits.

use rug::Float;
use rug::float::Round;
use rug::ops::AssignRound;
use std::cmp::Ordering;

/// Relative slack that pays for the two roundings to nearest of one operation:
/// `(1 - 2^-53)^2 (1 + 2^-50) > 1`.
const UP: f64 = 1.0 + 1.0 / (1u64 << 50) as f64;

/// Bounds from here on are infinite; MPFR's own exponents are far below.
const MOST_EXPONENT: i64 = 1 << 50;
/// Bounds from here down are rounded up.
const LEAST_EXPONENT: i64 = -MOST_EXPONENT;
/// The exponents of bounds that floats hold.
const FLOAT_EXPONENT: i64 = 1 << 29;
const LEAST_FLOAT_EXPONENT: i64 = -FLOAT_EXPONENT;

/// A non-negative upper bound `man * 2^exp`, `man` in `[1, 2)`, or zero, or infinity.
///
/// Every operation rounds up, so a chain of operations on upper bounds is an upper bound. The exponent stays between
/// `-2^50` and `2^50`: what is larger is infinite, what is smaller is rounded up.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mag {
    man: f64,
    exp: i64,
}

impl Mag {
    /// Exactly zero.
    pub const ZERO: Mag = Mag { man: 0.0, exp: 0 };
    /// No bound at all.
    pub const INFINITY: Mag = Mag { man: f64::INFINITY, exp: 0 };
    /// Exactly one.
    pub const ONE: Mag = Mag { man: 1.0, exp: 0 };

    /// `2^exp`, exactly where the range of exponents has it.
    pub const fn pow2(exp: i64) -> Mag {
        Mag::in_range(1.0, exp)
    }

    /// An upper bound of `|x|`; NaN gives infinity.
    pub fn from_f64(x: f64) -> Mag {
        Mag { man: x.abs(), exp: 0 }.normalized()
    }

    /// An upper bound of `n`.
    pub(crate) fn from_usize(n: usize) -> Mag {
        // The conversion rounds to nearest; UP pays for it.
        Mag { man: n as f64 * UP, exp: 0 }.normalized()
    }

    /// An upper bound of `|x|`.
    pub(crate) fn from_float(x: &Float) -> Mag {
        let mut top = Float::new(53);
        let _ = top.assign_round(x, if x.is_sign_negative() { Round::Down } else { Round::Up });
        Mag::from_exact(&top)
    }

    /// A lower bound of `|x|`.
    pub fn from_float_lower(x: &Float) -> Mag {
        let mut top = Float::new(53);
        let _ = top.assign_round(x, Round::Zero);
        if top.is_finite() { Mag::from_exact(&top) } else { Mag::ZERO }
    }

    /// `|x|` for a float of at most 53 bits.
    fn from_exact(x: &Float) -> Mag {
        if x.is_zero() {
            return Mag::ZERO;
        }
        if !x.is_finite() {
            return Mag::INFINITY;
        }
        let (man, exp) = x.to_f64_exp();
        Mag { man: man.abs(), exp: i64::from(exp) }.normalized()
    }

    fn normalized(self) -> Mag {
        let Mag { man, exp } = self;
        if man == 0.0 {
            return Mag::ZERO;
        }
        if !man.is_finite() {
            return Mag::INFINITY;
        }
        // Exact: only the exponent field of the double changes.
        let shift = ((man.to_bits() >> 52) & 0x7ff) as i64 - 1023;
        if shift == -1023 {
            return Mag { man: man * (2f64.powi(200)), exp: exp - 200 }.normalized();
        }
        let bits = (man.to_bits() & !(0x7ffu64 << 52)) | (1023u64 << 52);
        Mag::in_range(f64::from_bits(bits), exp + shift)
    }

    /// `man * 2^exp`, rounded up where the exponent is out of range: a tower of powers in a deep network is no error,
    /// but its exponent must not wrap.
    const fn in_range(man: f64, exp: i64) -> Mag {
        match exp {
            MOST_EXPONENT.. => Mag::INFINITY,
            ..=LEAST_EXPONENT => Mag { man: 1.0, exp: LEAST_EXPONENT + 1 },
            _ => Mag { man, exp },
        }
    }

    /// Is this exactly zero?
    pub fn is_zero(self) -> bool {
        self.man == 0.0
    }

    /// Is this a finite bound?
    pub fn is_finite(self) -> bool {
        self.man.is_finite()
    }

    /// An upper bound of the base-two logarithm; `None` for zero.
    pub fn log2_ceil(self) -> Option<i64> {
        match (self.is_zero(), self.is_finite()) {
            (true, _) => None,
            (_, false) => Some(i64::MAX),
            _ => Some(self.exp + i64::from(self.man > 1.0)),
        }
    }

    /// `self * 2^exp`, exactly where the range of exponents has it.
    // Named as for balls, which shift by reference.
    #[allow(clippy::should_implement_trait)]
    pub fn shl(self, exp: i64) -> Mag {
        if self.is_zero() || !self.is_finite() {
            return self;
        }
        Mag::in_range(self.man, self.exp.saturating_add(exp))
    }

    /// The smaller of the two.
    pub(crate) fn min(self, other: Mag) -> Mag {
        if other < self { other } else { self }
    }

    /// The larger of the two.
    pub fn max(self, other: Mag) -> Mag {
        if self.partial_cmp(&other) == Some(Ordering::Less) { other } else { self }
    }

    /// The quotient by a *lower* bound of the divisor; infinite when that is zero.
    pub(crate) fn div_by_lower(self, lower: Mag) -> Mag {
        if self.is_zero() {
            return Mag::ZERO;
        }
        if lower.is_zero() {
            return Mag::INFINITY;
        }
        // An infinite lower bound has left the range of exponents and says as much as their end.
        let lower = if lower.is_finite() { lower } else { Mag::pow2(MOST_EXPONENT - 1) };
        Mag { man: self.man / lower.man * UP, exp: self.exp - lower.exp }.normalized()
    }

    /// An upper bound of the square root.
    pub(crate) fn sqrt(self) -> Mag {
        let odd = self.exp.rem_euclid(2);
        Mag { man: (self.man * (1 + odd) as f64).sqrt() * UP, exp: (self.exp - odd) / 2 }.normalized()
    }

    /// An upper bound of `self^n`.
    pub(crate) fn pow(self, mut n: u64) -> Mag {
        let (mut base, mut out) = (self, Mag::ONE);
        while n > 0 {
            if n & 1 == 1 {
                out = out * base;
            }
            n >>= 1;
            if n > 0 {
                base = base * base;
            }
        }
        out
    }

    /// The bound as a float of 53 bits: exactly from `2^-2^29` to `2^2^29`, which MPFR's exponents reach; infinite
    /// above, a positive upper bound below.
    pub fn to_float(self) -> Float {
        if self.is_zero() || !self.is_finite() {
            return Float::with_val(53, self.man);
        }
        match self.exp {
            FLOAT_EXPONENT.. => Float::with_val(53, f64::INFINITY),
            ..LEAST_FLOAT_EXPONENT => Float::with_val(53, Float::i_exp(1, LEAST_FLOAT_EXPONENT as i32)),
            exp => Float::with_val(53, self.man) << exp as i32,
        }
    }

    /// The bound where floats hold it exactly: infinite above their range, its lower end below it.
    pub(crate) fn in_float_range(self) -> Mag {
        match self.exp {
            FLOAT_EXPONENT.. => Mag::INFINITY,
            ..LEAST_FLOAT_EXPONENT => Mag::pow2(LEAST_FLOAT_EXPONENT),
            _ => self,
        }
    }

    /// As [`Mag::to_float`], a lower bound also where the float's exponents end: zero below, finite above.
    pub(crate) fn to_float_below(self) -> Float {
        match (self.is_finite(), self.exp) {
            (false, _) | (true, FLOAT_EXPONENT..) => Mag::pow2(FLOAT_EXPONENT - 1).to_float(),
            (true, ..LEAST_FLOAT_EXPONENT) => Float::new(53),
            _ => self.to_float(),
        }
    }
}

impl std::ops::Add for Mag {
    type Output = Mag;
    fn add(self, other: Mag) -> Mag {
        let (big, small) = if self.is_zero() || (!other.is_zero() && self.exp < other.exp) {
            (other, self)
        } else {
            (self, other)
        };
        if small.is_zero() || !big.is_finite() {
            return big;
        }
        if !small.is_finite() {
            return Mag::INFINITY;
        }
        let gap = big.exp - small.exp;
        // small < 2^(small.exp + 1): past the doubles' reach 2^-60 relative covers it.
        // 2^-gap by its exponent field.
        let scale = f64::from_bits((1023 - gap.min(60) as u64) << 52);
        let tail = if gap > 62 { scale } else { small.man * scale };
        Mag { man: (big.man + tail) * UP, exp: big.exp }.normalized()
    }
}

impl std::ops::Mul for Mag {
    type Output = Mag;
    fn mul(self, other: Mag) -> Mag {
        if self.is_zero() || other.is_zero() {
            return Mag::ZERO;
        }
        let man = self.man * other.man;
        if !man.is_finite() {
            return Mag::INFINITY;
        }
        // Powers of two stay exact.
        let man = if self.man == 1.0 || other.man == 1.0 { man } else { man * UP };
        Mag { man, exp: self.exp + other.exp }.normalized()
    }
}

impl PartialOrd for Mag {
    fn partial_cmp(&self, other: &Mag) -> Option<Ordering> {
        let class = |m: &Mag| (!m.is_zero()) as u8 + (!m.is_finite()) as u8;
        Some(class(self).cmp(&class(other)).then_with(|| {
            if class(self) == 1 {
                self.exp.cmp(&other.exp).then(self.man.total_cmp(&other.man))
            } else {
                Ordering::Equal
            }
        }))
    }
}

#[cfg(test)]
mod tests;
