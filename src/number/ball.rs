//! Balls: an MPFR midpoint and a radius; every operation rounds outward.

mod arithmetic;
mod bounds;
mod elementary;
mod erf;
mod format;
mod range;

use std::cmp::Ordering;

use num_rational::BigRational;
use rug::float::Round;
use rug::ops::{AddAssignRound, SubAssignRound};
use rug::{Float, Rational};

use super::mag::Mag;
use super::rational::rational_to_gmp;

pub use format::Decimal;

/// Most bits of working precision.
const MAX_PRECISION: u32 = 1 << 24;

/// Midpoints that are not zero have exponents of at most this size, far within those of MPFR: what overflows there is
/// infinite and what underflows is smaller than this.
const EXPONENT: i32 = 1 << 29;

/// An enclosure of a real number: every `x` with `|x - midpoint| <= radius`.
///
/// The midpoint is an MPFR float, the radius a short upper bound. Every operation encloses the
/// result for *all* members of its operands; functions with a restricted domain (square root,
/// logarithm, arcsine) act on the members inside the domain. What has no finite enclosure becomes
/// the whole line, which [`Ball::is_finite`] tells. The working precision of a result is the
/// larger of its operands'.
///
/// Precisions reach from 1 to 2^24 bits; one outside is brought to the nearer end. Exponents reach from `-2^29` to
/// `2^29`: a midpoint or radius beyond makes the whole line, a smaller midpoint becomes zero and its size, at most
/// `2^(-2^29)`, part of the radius.
///
/// # Examples
/// ```
/// use ntk_series::{Ball, number::parse_rational};
/// let third = Ball::from_rational(&parse_rational("1/3")?, 128);
/// let one = &third * &Ball::from_integer(3, 128);
/// assert!(one.contains_rational(&parse_rational("1")?));
/// assert!(one.relative_accuracy_bits() > 120);
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Ball {
    mid: Float,
    rad: Mag,
}

impl Ball {
    /// Exactly zero, at a working precision of `prec` bits.
    pub fn zero(prec: u32) -> Ball {
        Ball::exact(Float::new(bits(prec)))
    }

    /// Exactly `n` (enclosed, should `prec` bits not hold it).
    pub fn from_integer(n: i64, prec: u32) -> Ball {
        Ball::exact(Float::with_val(bits(prec).max(64), n)).with_precision(prec)
    }

    /// The enclosure of an exact rational at `prec` bits; exact when they suffice.
    pub fn from_rational(r: &BigRational, prec: u32) -> Ball {
        Ball::from_gmp_rational(&rational_to_gmp(r), prec)
    }

    /// The enclosure of an exact GMP rational at `prec` bits.
    pub(crate) fn from_gmp_rational(r: &Rational, prec: u32) -> Ball {
        Ball::rounded(Float::with_val_round(bits(prec), r, Round::Nearest), Mag::ZERO)
    }

    /// The ball of radius zero around a float.
    pub fn exact(mid: Float) -> Ball {
        Ball::new(mid, Mag::ZERO)
    }

    /// The ball around `mid`; the whole line if either is not finite.
    pub fn new(mid: Float, rad: Mag) -> Ball {
        let (rad, top) = (rad.in_float_range(), mid.get_exp().unwrap_or(0));
        if !mid.is_finite() || !rad.is_finite() || top > EXPONENT {
            return Ball::whole_line(mid.prec());
        }
        if top < -EXPONENT {
            // |mid| < 2^top <= 2^(-EXPONENT - 1), and an underflow on the way to it has cost far less than that.
            return Ball { mid: Float::new(mid.prec()), rad: rad + Mag::pow2(-i64::from(EXPONENT)) };
        }
        Ball { mid, rad }
    }

    /// No information: every real number.
    pub fn whole_line(prec: u32) -> Ball {
        Ball { mid: Float::new(bits(prec)), rad: Mag::INFINITY }
    }

    /// The ball that holds `[lower, upper]`.
    pub(crate) fn from_bounds(lower: &Float, upper: &Float, prec: u32) -> Ball {
        let mid = Float::with_val(prec, lower + upper) >> 1u32;
        let up = Mag::from_float(&Float::with_val_round(53, upper - &mid, Round::Up).0);
        let down = Mag::from_float(&Float::with_val_round(53, &mid - lower, Round::Up).0);
        Ball::new(mid, up.max(down))
    }

    /// A midpoint rounded to nearest, with the error of that rounding added to `rad`.
    pub(crate) fn rounded((mid, direction): (Float, Ordering), rad: Mag) -> Ball {
        let rad = if direction == Ordering::Equal { rad } else { rad + half_ulp(&mid) };
        Ball::new(mid, rad)
    }

    /// The centre.
    pub fn midpoint(&self) -> &Float {
        &self.mid
    }

    /// The radius, an upper bound of the distance to the truth.
    pub fn radius(&self) -> Mag {
        self.rad
    }

    /// Working precision in bits.
    pub fn precision(&self) -> u32 {
        self.mid.prec()
    }

    /// The same enclosure with its midpoint rounded to `prec` bits.
    pub fn with_precision(&self, prec: u32) -> Ball {
        if bits(prec) == self.precision() {
            return self.clone();
        }
        Ball::rounded(Float::with_val_round(bits(prec), &self.mid, Round::Nearest), self.rad)
    }

    /// The ball with `extra` added to its radius.
    pub fn widened(&self, extra: Mag) -> Ball {
        Ball::new(self.mid.clone(), self.rad + extra)
    }

    /// A lower bound of every member.
    pub fn lower(&self) -> Float {
        let mut out = self.mid.clone();
        let _ = out.sub_assign_round(self.rad.to_float(), Round::Down);
        out
    }

    /// An upper bound of every member.
    pub fn upper(&self) -> Float {
        let mut out = self.mid.clone();
        let _ = out.add_assign_round(self.rad.to_float(), Round::Up);
        out
    }

    /// An upper bound of every `|x|`.
    pub fn magnitude(&self) -> Mag {
        Mag::from_float(&self.mid) + self.rad
    }

    /// A lower bound of every `|x|`: zero if the ball holds zero.
    pub fn mignitude(&self) -> Mag {
        if self.contains_zero() {
            return Mag::ZERO;
        }
        Mag::from_float_lower(&if self.mid.is_sign_negative() { self.upper() } else { self.lower() })
    }

    /// Is this a bounded enclosure?
    pub fn is_finite(&self) -> bool {
        self.rad.is_finite()
    }

    /// Is the radius zero?
    pub fn is_exact(&self) -> bool {
        self.rad.is_zero()
    }

    /// Is this exactly the number zero?
    pub fn is_exact_zero(&self) -> bool {
        self.is_exact() && self.mid.is_zero()
    }

    /// Could the number be zero?
    pub fn contains_zero(&self) -> bool {
        self.mid.is_zero()
            || self.rad >= Mag::from_float_lower(&self.mid) && self.rad.to_float() >= *self.mid.as_abs()
    }

    /// The sign, where the enclosure decides it.
    pub fn sign(&self) -> Option<Ordering> {
        if self.is_exact_zero() {
            return Some(Ordering::Equal);
        }
        if self.contains_zero() { None } else { self.mid.cmp0() }
    }

    /// Is the exact rational a member?
    pub fn contains_rational(&self, r: &BigRational) -> bool {
        if !self.is_finite() {
            return true;
        }
        // |m - p/q| <= r exactly where |q m - p| <= q r; no product is rounded.
        let (p, q) = rational_to_gmp(r).into_numer_denom();
        let times = |x: &Float| Float::with_val(x.prec().saturating_add(q.significant_bits()), x * &q);
        let p = Float::with_val(p.significant_bits().max(1), p);
        is_within(&times(&self.mid), &p, [&times(&self.rad.to_float())])
    }

    /// Is every member of `other` a member of this ball?
    pub fn contains(&self, other: &Ball) -> bool {
        let [r, s] = [self.rad.to_float(), -other.rad.to_float()];
        !self.is_finite() || other.is_finite() && is_within(&self.mid, &other.mid, [&r, &s])
    }

    /// Do the two enclosures share a member? Two enclosures of one number always do.
    pub fn overlaps(&self, other: &Ball) -> bool {
        let [r, s] = [self, other].map(|x| x.rad.to_float());
        !self.is_finite() || !other.is_finite() || is_within(&self.mid, &other.mid, [&r, &s])
    }

    /// Is this the very same enclosure?
    pub(crate) fn is_same(&self, other: &Ball) -> bool {
        self.mid == other.mid && self.rad == other.rad
    }

    /// Bits of relative accuracy: `-log2(radius / |midpoint|)`, rounded down; negative when the
    /// ball says nothing, `i64::MAX` when it is exact.
    pub fn relative_accuracy_bits(&self) -> i64 {
        match (self.rad.log2_ceil(), self.mid.get_exp()) {
            (None, _) => i64::MAX,
            (Some(i64::MAX), _) => i64::MIN,
            (Some(rad), Some(mid)) => i64::from(mid) - 1 - rad,
            (Some(_), None) => i64::MIN,
        }
    }
}

/// A precision within the range.
fn bits(prec: u32) -> u32 {
    prec.clamp(1, MAX_PRECISION)
}

/// Is `|a - b|` at most the sum of `radii`? MPFR rounds a sum once, so that its sign is that of the exact sum.
fn is_within<const N: usize>(a: &Float, b: &Float, radii: [&Float; N]) -> bool {
    let (more, less) = if a < b { (b, a) } else { (a, b) };
    let less = -less.clone();
    let terms = radii.map(|r| -r.clone());
    let excess = Float::with_val(53, Float::sum([more, &less].into_iter().chain(&terms)));
    excess <= 0
}

/// Half a unit in the last place of a float: bounds the error of one rounding to nearest.
pub(crate) fn half_ulp(x: &Float) -> Mag {
    match x.get_exp() {
        Some(exp) => Mag::pow2(i64::from(exp) - i64::from(x.prec()) - 1),
        // An inexact zero is an underflow.
        None if x.is_zero() => Mag::pow2(i64::from(rug::float::exp_min())),
        None => Mag::INFINITY,
    }
}

#[cfg(test)]
mod tests;
