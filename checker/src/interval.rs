//! Intervals with dyadic ends `n / 2^prec`, or infinite ones, rounded outwards.
//!
//! An interval encloses real numbers; an infinite end says that nothing is known on that side. The result of
//! every operation contains the result for all numbers of the operands. Operands of one operation share `prec`
//! (the first one's is taken).

mod constants;
mod elementary;
mod inverse;

use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use crate::integer::{BigInt, BigRational};

/// Series go on until a term is at most `2^UNIT - 1` units of the last place; what is left out is bounded wherever they
/// end.
const UNIT: u64 = 1;
/// Ends beyond `2^CAP` are taken for infinite, so that numbers stay short.
const CAP: u64 = 16_384;

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Interval {
    /// `None` is minus infinity.
    pub(crate) lo: Option<BigInt>,
    /// `None` is infinity.
    pub(crate) hi: Option<BigInt>,
    pub(crate) prec: u32,
}

/// `⌈n / 2^k⌉`; `>>` rounds down.
pub(crate) fn shift_up(n: &BigInt, k: u32) -> BigInt {
    -((-n) >> k)
}

fn div_up(a: &BigInt, b: &BigInt) -> BigInt {
    -((-a).div_floor(b))
}

impl Interval {
    pub(crate) fn new(lo: BigInt, hi: BigInt, prec: u32) -> Interval {
        Interval { lo: Some(lo), hi: Some(hi), prec }.capped()
    }

    pub(crate) fn whole(prec: u32) -> Interval {
        Interval { lo: None, hi: None, prec }
    }

    pub(crate) fn integer(n: i64, prec: u32) -> Interval {
        let n = BigInt::from(n) << prec;
        Interval { lo: Some(n.clone()), hi: Some(n), prec }
    }

    pub(crate) fn pi(prec: u32) -> Interval {
        constants::pi(prec)
    }

    /// `log 2`.
    pub(crate) fn log2(prec: u32) -> Interval {
        constants::log2(prec)
    }

    pub(crate) fn zero(prec: u32) -> Interval {
        Interval::integer(0, prec)
    }

    pub(crate) fn rational(r: &BigRational, prec: u32) -> Interval {
        let top = r.numer() << prec;
        Interval::new(top.div_floor(r.denom()), div_up(&top, r.denom()), prec)
    }

    /// Between two numbers; `None` for no bound.
    pub(crate) fn between(lo: Option<&BigRational>, hi: Option<&BigRational>, prec: u32) -> Interval {
        let (lo, hi) = (lo.map(|r| Interval::rational(r, prec)), hi.map(|r| Interval::rational(r, prec)));
        Interval { lo: lo.and_then(|i| i.lo), hi: hi.and_then(|i| i.hi), prec }
    }

    /// Ends that are too long become weaker ones.
    fn capped(mut self) -> Interval {
        let most = u64::from(self.prec) + CAP;
        let clip = |end: BigInt| -> BigInt {
            let top = BigInt::one() << most;
            if end.is_negative() { -top } else { top }
        };
        if let Some(hi) = self.hi.take_if(|hi| hi.bits() > most) {
            self.hi = hi.is_negative().then(|| clip(hi));
        }
        if let Some(lo) = self.lo.take_if(|lo| lo.bits() > most) {
            self.lo = lo.is_positive().then(|| clip(lo));
        }
        self
    }

    pub(crate) fn at(&self, prec: u32) -> Interval {
        let (lo, hi) = if prec >= self.prec {
            let k = prec - self.prec;
            (self.lo.as_ref().map(|n| n << k), self.hi.as_ref().map(|n| n << k))
        } else {
            let k = self.prec - prec;
            (self.lo.as_ref().map(|n| n >> k), self.hi.as_ref().map(|n| shift_up(n, k)))
        };
        Interval { lo, hi, prec }
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.lo.is_some() && self.hi.is_some()
    }

    pub(crate) fn is_positive(&self) -> bool {
        self.lo.as_ref().is_some_and(Signed::is_positive)
    }

    pub(crate) fn is_negative(&self) -> bool {
        self.hi.as_ref().is_some_and(Signed::is_negative)
    }

    pub(crate) fn is_non_negative(&self) -> bool {
        self.lo.as_ref().is_some_and(|n| !n.is_negative())
    }

    pub(crate) fn is_non_positive(&self) -> bool {
        self.hi.as_ref().is_some_and(|n| !n.is_positive())
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.is_non_negative() && self.is_non_positive()
    }

    pub(crate) fn has_zero(&self) -> bool {
        !self.is_positive() && !self.is_negative()
    }

    #[cfg(test)]
    pub(crate) fn contains(&self, r: &BigRational) -> bool {
        let scaled = BigRational::from(BigInt::one() << self.prec) * r;
        self.lo.as_ref().is_none_or(|lo| BigRational::from(lo.clone()) <= scaled)
            && self.hi.as_ref().is_none_or(|hi| BigRational::from(hi.clone()) >= scaled)
    }

    /// The lower end as a number.
    pub(crate) fn lower(&self) -> Option<BigRational> {
        self.lo.as_ref().map(|n| BigRational::new(n.clone(), BigInt::one() << self.prec))
    }

    /// The upper end as a number.
    pub(crate) fn upper(&self) -> Option<BigRational> {
        self.hi.as_ref().map(|n| BigRational::new(n.clone(), BigInt::one() << self.prec))
    }

    /// The largest absolute value, as the upper end of `[0, m]`.
    pub(crate) fn magnitude(&self) -> Option<BigInt> {
        Some(self.lo.as_ref()?.abs().max(self.hi.as_ref()?.abs()))
    }

    /// The length, as an end.
    #[cfg(test)]
    pub(crate) fn width(&self) -> Option<BigInt> {
        Some(self.hi.as_ref()? - self.lo.as_ref()?)
    }

    pub(crate) fn hull(&self, other: &Interval) -> Interval {
        let other = other.at(self.prec);
        let lo = self.lo.clone().zip(other.lo).map(|(a, b)| a.min(b));
        let hi = self.hi.clone().zip(other.hi).map(|(a, b)| a.max(b));
        Interval { lo, hi, prec: self.prec }
    }

    /// What both contain; both enclose one number, so it is not empty.
    pub(crate) fn meet(&self, other: &Interval) -> Interval {
        let other = other.at(self.prec);
        let lo = match (&self.lo, other.lo) {
            (Some(a), Some(b)) => Some(a.clone().max(b)),
            (a, b) => a.clone().or(b),
        };
        let hi = match (&self.hi, other.hi) {
            (Some(a), Some(b)) => Some(a.clone().min(b)),
            (a, b) => a.clone().or(b),
        };
        Interval { lo, hi, prec: self.prec }
    }

    /// [`Interval::meet`] where rounding may have left nothing in common: then the other one.
    pub(crate) fn meet_or(&self, other: &Interval) -> Interval {
        let both = self.meet(other);
        match (&both.lo, &both.hi) {
            (Some(lo), Some(hi)) if lo > hi => other.at(self.prec),
            _ => both,
        }
    }

    pub(crate) fn neg(&self) -> Interval {
        Interval { lo: self.hi.as_ref().map(|n| -n), hi: self.lo.as_ref().map(|n| -n), prec: self.prec }
    }

    pub(crate) fn add(&self, other: &Interval) -> Interval {
        if other.prec != self.prec {
            return self.add(&other.at(self.prec));
        }
        let lo = self.lo.as_ref().zip(other.lo.as_ref()).map(|(a, b)| a + b);
        let hi = self.hi.as_ref().zip(other.hi.as_ref()).map(|(a, b)| a + b);
        Interval { lo, hi, prec: self.prec }.capped()
    }

    pub(crate) fn sub(&self, other: &Interval) -> Interval {
        self.add(&other.neg())
    }

    pub(crate) fn mul(&self, other: &Interval) -> Interval {
        if other.prec != self.prec {
            return self.mul(&other.at(self.prec));
        }
        let p = self.prec;
        if self.is_zero() || other.is_zero() {
            return Interval::zero(p);
        }
        if let (Some(a), Some(b), Some(c), Some(d)) = (&self.lo, &self.hi, &other.lo, &other.hi) {
            let (lo, hi) = finite_product(a, b, c, d);
            return Interval::new(lo >> p, shift_up(&hi, p), p);
        }
        // With an infinite end: the signs decide; 0 times unbounded numbers is 0, but they are not all 0 here.
        let lo = match (self.sign(), other.sign()) {
            (1, 1) => self.lo.as_ref().zip(other.lo.as_ref()).map(|(a, b)| (a * b) >> p),
            (-1, -1) => self.hi.as_ref().zip(other.hi.as_ref()).map(|(a, b)| (a * b) >> p),
            _ => None,
        };
        let hi = match (self.sign(), other.sign()) {
            (1, -1) => self.lo.as_ref().zip(other.hi.as_ref()).map(|(a, b)| shift_up(&(a * b), p)),
            (-1, 1) => self.hi.as_ref().zip(other.lo.as_ref()).map(|(a, b)| shift_up(&(a * b), p)),
            _ => None,
        };
        Interval { lo, hi, prec: p }.capped()
    }

    /// 1 where all numbers are `>= 0`, -1 where they are `<= 0`, else 0.
    fn sign(&self) -> i32 {
        match (self.is_non_negative(), self.is_non_positive()) {
            (true, _) => 1,
            (_, true) => -1,
            _ => 0,
        }
    }

    pub(crate) fn mul_integer(&self, n: i64) -> Interval {
        let scaled = |end: &Option<BigInt>| end.as_ref().map(|e| e * n);
        let (lo, hi) = match n.signum() {
            0 => return Interval::zero(self.prec),
            1 => (scaled(&self.lo), scaled(&self.hi)),
            _ => (scaled(&self.hi), scaled(&self.lo)),
        };
        Interval { lo, hi, prec: self.prec }.capped()
    }

    /// Divides by a positive number.
    pub(crate) fn div_integer(&self, n: u64) -> Interval {
        let n = BigInt::from(n.max(1));
        let lo = self.lo.as_ref().map(|e| e.div_floor(&n));
        let hi = self.hi.as_ref().map(|e| div_up(e, &n));
        Interval { lo, hi, prec: self.prec }
    }

    /// `2^k` times the interval, for `k` of either sign.
    pub(crate) fn scaled(&self, k: i32) -> Interval {
        if k >= 0 {
            let shifted = |end: &Option<BigInt>| end.as_ref().map(|e| e << k);
            return Interval { lo: shifted(&self.lo), hi: shifted(&self.hi), prec: self.prec }.capped();
        }
        let k = k.unsigned_abs();
        let (lo, hi) = (self.lo.as_ref().map(|e| e >> k), self.hi.as_ref().map(|e| shift_up(e, k)));
        Interval { lo, hi, prec: self.prec }
    }

    /// `1/x`; the whole line where 0 cannot be excluded.
    pub(crate) fn recip(&self) -> Interval {
        if self.is_negative() {
            return self.neg().recip().neg();
        }
        if !self.is_positive() {
            return Interval::whole(self.prec);
        }
        // For 0 < a <= x <= b: 1/b <= 1/x <= 1/a.
        let one = BigInt::one() << (2 * self.prec);
        let hi = self.lo.as_ref().map(|a| div_up(&one, a));
        let lo = self.hi.as_ref().map_or(BigInt::zero(), |b| one.div_floor(b));
        Interval { lo: Some(lo), hi, prec: self.prec }.capped()
    }

    /// The whole line where a divisor 0 cannot be excluded, also for a dividend 0.
    pub(crate) fn div(&self, other: &Interval) -> Interval {
        let p = self.prec;
        if other.has_zero() {
            return Interval::whole(p);
        }
        if let (Some(a), Some(b), Some(c), Some(d)) = (&self.lo, &self.hi, &other.lo, &other.hi)
            && other.prec == p
            && other.is_positive()
        {
            // For 0 < c <= y <= d the quotient of an end by y is extreme at c or d by the end's sign.
            let lo = (a << p).div_floor(if a.is_negative() { c } else { d });
            let hi = div_up(&(b << p), if b.is_negative() { d } else { c });
            return Interval::new(lo, hi, p);
        }
        if other.is_negative() {
            return self.neg().div(&other.neg());
        }
        self.mul(&other.recip())
    }

    pub(crate) fn square(&self) -> Interval {
        let size = self.abs();
        size.mul(&size)
    }

    pub(crate) fn abs(&self) -> Interval {
        match self.sign() {
            1 => self.clone(),
            -1 => self.neg(),
            _ => Interval { lo: Some(BigInt::zero()), hi: self.magnitude(), prec: self.prec },
        }
    }

    pub(crate) fn max(&self, other: &Interval) -> Interval {
        let other = other.at(self.prec);
        let lo = match (&self.lo, other.lo) {
            (Some(a), Some(b)) => Some(a.clone().max(b)),
            (a, b) => a.clone().or(b),
        };
        let hi = self.hi.clone().zip(other.hi).map(|(a, b)| a.max(b));
        Interval { lo, hi, prec: self.prec }
    }

    pub(crate) fn min(&self, other: &Interval) -> Interval {
        self.neg().max(&other.neg()).neg()
    }

    /// Wider by `radius / 2^prec` on both sides.
    pub(crate) fn widened(&self, radius: &BigInt) -> Interval {
        let (lo, hi) = (self.lo.as_ref().map(|n| n - radius), self.hi.as_ref().map(|n| n + radius));
        Interval { lo, hi, prec: self.prec }
    }
}

/// The least and the greatest product of a number in `[a, b]` with one in `[c, d]`.
fn finite_product(a: &BigInt, b: &BigInt, c: &BigInt, d: &BigInt) -> (BigInt, BigInt) {
    match (!a.is_negative(), !b.is_positive(), !c.is_negative(), !d.is_positive()) {
        (true, _, true, _) => (a * c, b * d),
        (true, _, _, true) => (b * c, a * d),
        (_, true, true, _) => (a * d, b * c),
        (_, true, _, true) => (b * d, a * c),
        _ => {
            let all = [a * c, a * d, b * c, b * d];
            let lo = all.iter().min().cloned().unwrap_or_default();
            (lo, all.into_iter().max().unwrap_or_default())
        }
    }
}

#[cfg(test)]
mod tests;
