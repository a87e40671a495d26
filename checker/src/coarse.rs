//! Intervals whose ends have 62 significant bits: for bounds of errors, of which a few digits are enough.
//!
//! An end is `m 2^e` in machine integers, rounded outwards; so an operation takes nanoseconds.

use std::cmp::Ordering;

use num_traits::ToPrimitive;

use crate::enclosure::Enclosure;
use crate::function::Function;
use crate::integer::{BigInt, BigRational};
use crate::interval::{Interval, shift_up};

/// Significant bits.
const BITS: i32 = 62;
/// Exponents stay within these bounds; what is larger is infinite.
const RANGE: i32 = 1 << 24;
/// Bits after the point of what is computed as a long interval.
const PRECISION: u32 = 96;

/// `m 2^e`, with `2^61 <= |m| < 2^62`, or 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct End {
    m: i64,
    e: i32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Toward {
    Down,
    Up,
}
use Toward::{Down, Up};

const ZERO: End = End { m: 0, e: 0 };

impl End {
    /// `m 2^e` rounded; `None` beyond the largest numbers.
    fn round(m: i128, e: i32, to: Toward) -> Option<End> {
        if m == 0 {
            return Some(ZERO);
        }
        let length = |m: i128| 128 - m.unsigned_abs().leading_zeros() as i32;
        let mut shift = length(m) - BITS;
        let mut short = m;
        if shift > 0 {
            short = m >> shift;
            if to == Up && (short << shift) != m {
                short += 1;
            }
            // One more may be one bit more, all others of which are 0.
            if length(short) > BITS {
                short >>= 1;
                shift += 1;
            }
        } else {
            short <<= -shift;
        }
        let e = e + shift;
        if e > RANGE {
            return match (short > 0, to) {
                (true, Down) => Some(End { m: 1 << (BITS - 1), e: RANGE }),
                (false, Up) => Some(End { m: -(1 << (BITS - 1)), e: RANGE }),
                _ => None,
            };
        }
        if e < -RANGE {
            return Some(match (short > 0, to) {
                (true, Up) => End { m: 1 << (BITS - 1), e: -RANGE },
                (false, Down) => End { m: -(1 << (BITS - 1)), e: -RANGE },
                _ => ZERO,
            });
        }
        Some(End { m: short as i64, e })
    }

    fn sum(self, other: End, to: Toward) -> Option<End> {
        if self.m == 0 {
            return Some(other);
        }
        if other.m == 0 {
            return Some(self);
        }
        let (big, small) = if self.e >= other.e { (self, other) } else { (other, self) };
        let gap = big.e - small.e;
        if gap <= 64 {
            return End::round((i128::from(big.m) << gap) + i128::from(small.m), small.e, to);
        }
        // |small| < 2^{62 - 65} in units of big's last place: less than a quarter of one.
        let quarter = match (to, small.m > 0) {
            (Up, true) => 1,
            (Down, false) => -1,
            _ => 0,
        };
        End::round((i128::from(big.m) << 2) + quarter, big.e - 2, to)
    }

    fn product(self, other: End, to: Toward) -> Option<End> {
        End::round(i128::from(self.m) * i128::from(other.m), self.e + other.e, to)
    }

    /// `1/x` of a number other than 0.
    fn recip(self, to: Toward) -> Option<End> {
        // 2^124/m, between 2^62 and 2^63 in size; the rest decides the last place.
        let (top, m) = (1i128 << 124, i128::from(self.m));
        let floor = top.div_euclid(m) - i128::from(m < 0 && top.rem_euclid(m) != 0);
        let exact = floor * m == top;
        // Two more bits say on which side of the quotient it lies.
        End::round((floor << 2) + i128::from(!exact), -124 - self.e - 2, to)
    }

    fn neg(self) -> End {
        End { m: -self.m, e: self.e }
    }

    fn cmp(self, other: End) -> Ordering {
        let signs = self.m.signum().cmp(&other.m.signum());
        let sizes = || (self.e, self.m.abs()).cmp(&(other.e, other.m.abs()));
        signs.then_with(|| match self.m.signum() {
            0 => Ordering::Equal,
            1 => sizes(),
            _ => sizes().reverse(),
        })
    }

    fn max(self, other: End) -> End {
        if self.cmp(other) == Ordering::Less { other } else { self }
    }

    fn min(self, other: End) -> End {
        if self.cmp(other) == Ordering::Greater { other } else { self }
    }

    /// `e^x`, as `2^k e^r` with a small `r`: so that tiny values have as many digits as others.
    fn exp(self, to: Toward) -> Option<End> {
        const FAR: i32 = 20;
        if self.m != 0 && self.e + BITS > FAR {
            // |x| >= 2^20, and e > 2.
            return match (self.m > 0, to) {
                (true, Up) => None,
                (true, Down) => End::round(1, 1 << FAR, to),
                (false, Up) => End::round(1, -(1 << FAR), to),
                (false, Down) => Some(ZERO),
            };
        }
        let about = self.m as f64 * 2f64.powi(self.e.max(-200));
        // Whichever whole number this is, the result is right.
        let k = (about / std::f64::consts::LN_2).floor() as i32;
        let x = Coarse { lo: Some(self), hi: Some(self) }.interval(PRECISION + 32);
        let y = x.sub(&Interval::log2(x.prec).mul_integer(k.into())).exp();
        let end = End::long(if to == Up { y.hi.as_ref()? } else { y.lo.as_ref()? }, y.prec, to)?;
        End::round(end.m.into(), end.e + k, to)
    }

    /// `n 2^-prec` rounded.
    fn long(n: &BigInt, prec: u32, to: Toward) -> Option<End> {
        let spare = n.bits().saturating_sub(BITS as u64) as u32;
        let short = if to == Up { shift_up(n, spare) } else { n >> spare };
        End::round(short.to_i128()?, i32::try_from(spare).ok()? - i32::try_from(prec).ok()?, to)
    }

    /// In units of `2^-prec`; `None` for what is too long.
    fn units(self, prec: u32, to: Toward) -> Option<BigInt> {
        let shift = self.e + prec as i32;
        let m = BigInt::from(self.m);
        match shift {
            20_000.. => None,
            0.. => Some(m << shift as u32),
            _ if to == Up => Some(shift_up(&m, shift.unsigned_abs().min(64))),
            _ => Some(m >> shift.unsigned_abs().min(64)),
        }
    }
}

/// An interval; `None` is an end at infinity.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Coarse {
    lo: Option<End>,
    hi: Option<End>,
}

const WHOLE: Coarse = Coarse { lo: None, hi: None };

impl From<&Interval> for Coarse {
    fn from(x: &Interval) -> Coarse {
        let end = |n: &Option<BigInt>, to| n.as_ref().and_then(|n| End::long(n, x.prec, to));
        Coarse { lo: end(&x.lo, Down), hi: end(&x.hi, Up) }
    }
}

impl Coarse {
    pub(crate) const ZERO: Coarse = Coarse { lo: Some(ZERO), hi: Some(ZERO) };

    pub(crate) fn interval(&self, prec: u32) -> Interval {
        let end = |end: Option<End>, to| end.and_then(|e| e.units(prec, to));
        Interval { lo: end(self.lo, Down), hi: end(self.hi, Up), prec }
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.lo.is_some() && self.hi.is_some()
    }

    fn magnitude(&self) -> Option<End> {
        let (lo, hi) = (self.lo?, self.hi?);
        Some(lo.max(lo.neg()).max(hi.max(hi.neg())))
    }

    /// The larger of both sizes.
    pub(crate) fn larger(&self, other: &Coarse) -> Coarse {
        let (a, b) = (self.abs(), other.abs());
        Coarse { lo: a.lo.zip(b.lo).map(|(a, b)| a.max(b)), hi: a.hi.zip(b.hi).map(|(a, b)| a.max(b)) }
    }

    /// Are all its numbers at most all of the other's in size?
    pub(crate) fn is_within(&self, other: &Coarse) -> bool {
        self.magnitude().zip(other.lo).is_some_and(|(a, b)| a.cmp(b) != Ordering::Greater)
    }

    pub(crate) fn hull(&self, other: &Coarse) -> Coarse {
        Coarse {
            lo: self.lo.zip(other.lo).map(|(a, b)| a.min(b)),
            hi: self.hi.zip(other.hi).map(|(a, b)| a.max(b)),
        }
    }
}

impl Enclosure for Coarse {
    /// Of one multiplication and one addition.
    const COST: u64 = 16;

    fn like_integer(&self, n: i64) -> Coarse {
        Coarse { lo: End::round(n.into(), 0, Down), hi: End::round(n.into(), 0, Up) }
    }

    fn like_rational(&self, r: &BigRational) -> Coarse {
        let size = r.denom().bits().saturating_sub(r.numer().bits()).min(20_000) as u32;
        Coarse::from(&Interval::rational(r, PRECISION + size))
    }

    fn like_pi(&self) -> Coarse {
        Coarse::from(&Interval::pi(PRECISION))
    }

    fn add(&self, other: &Coarse) -> Coarse {
        let end = |a: Option<End>, b: Option<End>, to| a?.sum(b?, to);
        Coarse { lo: end(self.lo, other.lo, Down), hi: end(self.hi, other.hi, Up) }
    }

    fn neg(&self) -> Coarse {
        Coarse { lo: self.hi.map(End::neg), hi: self.lo.map(End::neg) }
    }

    fn mul(&self, other: &Coarse) -> Coarse {
        if self.is_zero() || other.is_zero() {
            return Coarse::ZERO;
        }
        let (Some(a), Some(b), Some(c), Some(d)) = (self.lo, self.hi, other.lo, other.hi) else {
            return match (self.is_non_negative(), other.is_non_negative()) {
                (true, true) => {
                    let end = |a: Option<End>, b: Option<End>, to| a?.product(b?, to);
                    Coarse { lo: end(self.lo, other.lo, Down), hi: end(self.hi, other.hi, Up) }
                }
                _ => WHOLE,
            };
        };
        // Which ends give the least and the greatest product.
        let ends = match (a.m >= 0, b.m <= 0, c.m >= 0, d.m <= 0) {
            (true, _, true, _) => [(a, c), (b, d)],
            (true, _, _, true) => [(b, c), (a, d)],
            (_, true, true, _) => [(a, d), (b, c)],
            (_, true, _, true) => [(b, d), (a, c)],
            (true, ..) => [(b, c), (b, d)],
            (_, true, ..) => [(a, d), (a, c)],
            (_, _, true, _) => [(a, d), (b, d)],
            (_, _, _, true) => [(b, c), (a, c)],
            _ => {
                let low = |x: End, y: End| x.product(y, Down);
                let high = |x: End, y: End| x.product(y, Up);
                return Coarse {
                    lo: low(a, d).zip(low(b, c)).map(|(x, y)| x.min(y)),
                    hi: high(a, c).zip(high(b, d)).map(|(x, y)| x.max(y)),
                };
            }
        };
        Coarse { lo: ends[0].0.product(ends[0].1, Down), hi: ends[1].0.product(ends[1].1, Up) }
    }

    /// The whole line where a divisor 0 cannot be excluded, but for a dividend 0: that is 0 wherever it is defined.
    fn div(&self, other: &Coarse) -> Coarse {
        self.mul(&other.recip())
    }

    fn recip(&self) -> Coarse {
        let (Some(lo), Some(hi)) = (self.lo, self.hi) else {
            // Beyond a number other than 0 on one side.
            return match (self.is_positive(), self.is_negative()) {
                (true, _) => Coarse { lo: Some(ZERO), hi: self.lo.and_then(|a| a.recip(Up)) },
                (_, true) => Coarse { lo: self.hi.and_then(|b| b.recip(Down)), hi: Some(ZERO) },
                _ => WHOLE,
            };
        };
        if self.has_zero() {
            return WHOLE;
        }
        Coarse { lo: hi.recip(Down), hi: lo.recip(Up) }
    }

    fn mul_integer(&self, n: i64) -> Coarse {
        self.mul(&self.like_integer(n))
    }

    fn div_integer(&self, n: u64) -> Coarse {
        i64::try_from(n).map_or(WHOLE, |n| self.div(&self.like_integer(n)))
    }

    fn scaled(&self, k: i32) -> Coarse {
        let end = |end: Option<End>, to| end.and_then(|x| End::round(x.m.into(), x.e.saturating_add(k), to));
        Coarse { lo: end(self.lo, Down), hi: end(self.hi, Up) }
    }

    fn abs(&self) -> Coarse {
        if self.is_non_negative() {
            *self
        } else if self.is_non_positive() {
            self.neg()
        } else {
            Coarse { lo: Some(ZERO), hi: self.magnitude() }
        }
    }

    fn root(&self, r: &BigRational) -> Coarse {
        Coarse::from(&self.interval(PRECISION).root(r))
    }

    fn call(&self, f: Function) -> Coarse {
        if f == Function::Exp {
            let lo = self.lo.map_or(Some(ZERO), |x| x.exp(Down));
            return Coarse { lo, hi: self.hi.and_then(|x| x.exp(Up)) };
        }
        Coarse::from(&f.interval(&self.interval(PRECISION)))
    }

    fn symmetric(&self) -> Option<Coarse> {
        let size = self.magnitude()?;
        Some(Coarse { lo: Some(size.neg()), hi: Some(size) })
    }

    fn meet_or(&self, other: &Coarse) -> Coarse {
        let pick = |a: Option<End>, b: Option<End>, f: fn(End, End) -> End| match (a, b) {
            (Some(a), Some(b)) => Some(f(a, b)),
            (a, b) => a.or(b),
        };
        let both = Coarse { lo: pick(self.lo, other.lo, End::max), hi: pick(self.hi, other.hi, End::min) };
        match (both.lo, both.hi) {
            (Some(lo), Some(hi)) if lo.cmp(hi) == Ordering::Greater => *other,
            _ => both,
        }
    }

    fn is_positive(&self) -> bool {
        self.lo.is_some_and(|x| x.m > 0)
    }

    fn is_negative(&self) -> bool {
        self.hi.is_some_and(|x| x.m < 0)
    }

    fn is_non_negative(&self) -> bool {
        self.lo.is_some_and(|x| x.m >= 0)
    }

    fn is_non_positive(&self) -> bool {
        self.hi.is_some_and(|x| x.m <= 0)
    }

    fn middle(&self) -> Option<BigRational> {
        let x = self.interval(PRECISION);
        Some((x.lower()? + x.upper()?) / BigRational::from_integer(2.into()))
    }
}

#[cfg(test)]
mod tests;
