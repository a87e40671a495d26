//! Roots and inverse tangents.

use num_traits::{One, Signed, ToPrimitive, Zero};

use super::UNIT;
use super::constants::pi;
use super::{Interval, shift_up};
use crate::enclosure::Enclosure;
use crate::integer::{BigInt, BigRational};

/// Roots of higher order go by the logarithm.
const MAX_ORDER: u32 = 8;

/// `atan` of an interval within `[-3/2, 3/2]`.
fn atan_small(x: &Interval) -> Interval {
    let prec = x.prec;
    let w = prec + 24;
    let one = Interval::integer(1, w);
    // atan x = 2 atan(x/(1 + √(1+x²))), three times: |x| falls below 1/6.
    let mut y = x.at(w);
    for _ in 0..3 {
        y = y.div(&one.add(&one.add(&y.square()).sqrt()));
    }
    atan_series(&y, UNIT).mul_integer(8).at(prec)
}

/// `atan y` for `|y| <= 1/5`.
pub(super) fn atan_series(y: &Interval, unit: u64) -> Interval {
    let y2 = y.square();
    let mut power = y.clone();
    let mut sum = Interval::zero(y.prec);
    let mut n = 0u64;
    while power.magnitude().is_some_and(|size| size.bits() > unit) {
        sum = sum.add(&power.div_integer(2 * n + 1));
        power = power.mul(&y2).neg();
        n += 1;
    }
    // The rest is at most |power|/(1 - y²) <= 2 |power|.
    let rest = power.magnitude().unwrap_or_default() * 2;
    sum.widened(&rest)
}

/// `[atan x]` for one dyadic number.
fn atan_end(x: &BigInt, prec: u32) -> Interval {
    if x.is_negative() {
        return atan_end(&-x, prec).neg();
    }
    let point = Interval { lo: Some(x.clone()), hi: Some(x.clone()), prec };
    if *x <= BigInt::one() << prec {
        return atan_small(&point);
    }
    // atan x = π/2 - atan(1/x) for x > 0.
    pi(prec).scaled(-1).sub(&atan_small(&point.recip()))
}

impl Interval {
    /// The square root; of what is negative nothing is known but that it is no number.
    pub(crate) fn sqrt(&self) -> Interval {
        let p = self.prec;
        let lo = self.lo.as_ref().filter(|a| a.is_positive()).map_or(BigInt::zero(), |a| (a << p).sqrt());
        let hi = self.hi.as_ref().map(|b| {
            let scaled = b.clone().max(BigInt::zero()) << p;
            let root = scaled.sqrt();
            if &root * &root < scaled { root + 1u32 } else { root }
        });
        Interval { lo: Some(lo), hi, prec: p }
    }

    /// `x^r` for `x >= 0`.
    pub(crate) fn root(&self, r: &BigRational) -> Interval {
        if r.is_negative() {
            return self.root(&-r).recip();
        }
        let (top, order) = (r.numer().to_i32(), r.denom().to_u32());
        let (Some(top), Some(order)) = (top, order) else { return Interval::whole(self.prec) };
        let base = self.max(&Interval::zero(self.prec));
        match order {
            1 => base.power(top),
            2 => base.sqrt().power(top),
            3..=MAX_ORDER => base.order_root(order).power(top),
            _ if base.is_positive() => {
                let w = self.prec + 32;
                base.at(w).log().mul(&Interval::rational(r, w)).exp().at(self.prec)
            }
            // 0 <= x <= b: 0 <= x^r <= max(1, b)^{⌈r⌉}.
            _ => {
                let most = base.max(&Interval::integer(1, self.prec)).power(top / order as i32 + 1);
                Interval { lo: Some(BigInt::zero()), hi: most.hi, prec: self.prec }
            }
        }
    }

    /// The root of a whole order, of numbers from 0 on.
    fn order_root(&self, order: u32) -> Interval {
        let p = self.prec;
        // (x/2^p)^{1/n} = (x 2^{p(n-1)})^{1/n}/2^p.
        let lift = u64::from(p) * u64::from(order - 1);
        let down = |n: &BigInt| (n << lift).nth_root(order);
        let lo = self.lo.as_ref().map(down);
        let hi = self.hi.as_ref().map(|b| down(b) + 1u32);
        Interval { lo, hi, prec: p }
    }

    pub(crate) fn atan(&self) -> Interval {
        let quarter = pi(self.prec).scaled(-1);
        let p = self.prec;
        let lo = self.lo.as_ref().map_or_else(|| quarter.neg().lo, |a| atan_end(a, p).lo);
        if let (Some(a), Some(b)) = (&self.lo, &self.hi)
            && b - a <= BigInt::one() << (p / 2)
        {
            // atan increases by at most as much as its argument.
            return atan_end(a, p).add(&Interval::new(BigInt::zero(), b - a, p));
        }
        let hi = self.hi.as_ref().map_or_else(|| quarter.hi.clone(), |b| atan_end(b, p).hi);
        Interval { lo, hi, prec: p }
    }

    /// `atan(x/√s)` for `s >= 0` (not both 0): `±π/2` where `s = 0`.
    pub(crate) fn over_root_atan(&self, s: &Interval) -> Interval {
        let quarter = pi(self.prec).scaled(-1);
        let root = s.sqrt();
        if self.is_positive() {
            // π/2 - atan(√s/x).
            return quarter.sub(&root.div(self).atan());
        }
        if self.is_negative() {
            return self.neg().over_root_atan(s).neg();
        }
        if root.is_positive() {
            return self.div(&root).atan();
        }
        quarter.hull(&quarter.neg())
    }

    /// `asinh x = log(x + √(1+x²))` for `x >= 0`, odd.
    pub(crate) fn asinh(&self) -> Interval {
        let f = |x: &BigInt, prec: u32| {
            let size = Interval { lo: Some(x.abs()), hi: Some(x.abs()), prec };
            let one = Interval::integer(1, prec);
            let value = size.add(&one.add(&size.square()).sqrt()).log();
            if x.is_negative() { value.neg() } else { value }
        };
        let lo = self.lo.as_ref().and_then(|a| f(a, self.prec).lo);
        let hi = self.hi.as_ref().and_then(|b| f(b, self.prec).hi);
        Interval { lo, hi, prec: self.prec }
    }

    /// `n / 2^{down + prec}`.
    pub(crate) fn rounded(n: &BigInt, down: u32, prec: u32) -> Interval {
        Interval::new(n >> down, shift_up(n, down), prec)
    }
}
