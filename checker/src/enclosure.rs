//! What Taylor coefficients are computed with: intervals of any precision, or coarse ones.

use num_traits::Signed;

use crate::function::Function;
use crate::integer::BigRational;
use crate::interval::Interval;

/// A set of real numbers between two ends. The result of every operation contains that of all numbers of the operands.
pub(crate) trait Enclosure: Clone {
    /// Limb operations of one multiplication with an addition that nothing else is charged for.
    const COST: u64;
    /// A number, with the precision of this one.
    fn like_integer(&self, n: i64) -> Self;
    fn like_rational(&self, r: &BigRational) -> Self;
    fn like_pi(&self) -> Self;
    fn add(&self, other: &Self) -> Self;
    fn neg(&self) -> Self;
    fn mul(&self, other: &Self) -> Self;
    fn div(&self, other: &Self) -> Self;
    fn recip(&self) -> Self;
    fn mul_integer(&self, n: i64) -> Self;
    fn div_integer(&self, n: u64) -> Self;
    /// Times `2^k`.
    fn scaled(&self, k: i32) -> Self;
    fn abs(&self) -> Self;
    fn root(&self, r: &BigRational) -> Self;
    fn call(&self, f: Function) -> Self;
    /// `[-m, m]` with the largest absolute value `m`.
    fn symmetric(&self) -> Option<Self>;
    /// What both contain; the other one where rounding has left nothing in common.
    fn meet_or(&self, other: &Self) -> Self;
    fn is_positive(&self) -> bool;
    fn is_negative(&self) -> bool;
    fn is_non_negative(&self) -> bool;
    fn is_non_positive(&self) -> bool;
    /// About the middle, of finite ones.
    fn middle(&self) -> Option<BigRational>;

    fn sub(&self, other: &Self) -> Self {
        self.add(&other.neg())
    }

    fn is_zero(&self) -> bool {
        self.is_non_negative() && self.is_non_positive()
    }

    fn has_zero(&self) -> bool {
        !self.is_positive() && !self.is_negative()
    }

    fn square(&self) -> Self {
        let size = self.abs();
        size.mul(&size)
    }

    fn power(&self, n: i32) -> Self {
        let base = if n % 2 == 0 { self.abs() } else { self.clone() };
        let (mut out, mut square, mut left) = (self.like_integer(1), base, n.unsigned_abs());
        while left > 0 {
            if left % 2 == 1 {
                out = out.mul(&square);
            }
            left /= 2;
            if left > 0 {
                square = square.mul(&square);
            }
        }
        if n < 0 { out.recip() } else { out }
    }
}

impl Enclosure for Interval {
    /// Its integers are charged for.
    const COST: u64 = 0;

    fn like_integer(&self, n: i64) -> Interval {
        Interval::integer(n, self.prec)
    }
    fn like_rational(&self, r: &BigRational) -> Interval {
        Interval::rational(r, self.prec)
    }
    fn like_pi(&self) -> Interval {
        Interval::pi(self.prec)
    }
    fn add(&self, other: &Interval) -> Interval {
        Interval::add(self, other)
    }
    fn neg(&self) -> Interval {
        Interval::neg(self)
    }
    fn mul(&self, other: &Interval) -> Interval {
        Interval::mul(self, other)
    }
    fn div(&self, other: &Interval) -> Interval {
        Interval::div(self, other)
    }
    fn recip(&self) -> Interval {
        Interval::recip(self)
    }
    fn mul_integer(&self, n: i64) -> Interval {
        Interval::mul_integer(self, n)
    }
    fn div_integer(&self, n: u64) -> Interval {
        Interval::div_integer(self, n)
    }
    fn scaled(&self, k: i32) -> Interval {
        Interval::scaled(self, k)
    }
    fn abs(&self) -> Interval {
        Interval::abs(self)
    }
    fn root(&self, r: &BigRational) -> Interval {
        Interval::root(self, r)
    }
    fn call(&self, f: Function) -> Interval {
        f.interval(self)
    }
    fn symmetric(&self) -> Option<Interval> {
        Some(Interval::zero(self.prec).widened(&self.magnitude()?))
    }
    fn meet_or(&self, other: &Interval) -> Interval {
        Interval::meet_or(self, other)
    }
    fn is_positive(&self) -> bool {
        Interval::is_positive(self)
    }
    fn is_negative(&self) -> bool {
        Interval::is_negative(self)
    }
    fn is_non_negative(&self) -> bool {
        self.lo.as_ref().is_some_and(|n| !n.is_negative())
    }
    fn is_non_positive(&self) -> bool {
        self.hi.as_ref().is_some_and(|n| !n.is_positive())
    }
    fn middle(&self) -> Option<BigRational> {
        Some((self.lower()? + self.upper()?) / BigRational::from_integer(2.into()))
    }
}
