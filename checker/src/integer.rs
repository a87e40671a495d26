//! Whole numbers whose every operation is charged to the budget of [`crate::work`], and rational numbers made of them.
//!
//! A thin cover of `num_bigint`, the only place where that is used.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::iter::Sum;
use std::ops::{
    Add, AddAssign, Div, DivAssign, Mul, MulAssign, Neg, Rem, RemAssign, Shl, ShlAssign, Shr, Sub, SubAssign,
};
use std::str::FromStr;

use num_bigint::{BigInt as Raw, ToBigInt};
use num_integer::Integer;
use num_traits::{Num, One, Pow, Signed, ToPrimitive, Zero};

use crate::work;

/// Exact fractions.
pub(crate) type BigRational = num_rational::Ratio<BigInt>;

/// What an operation costs besides its limbs, in limb operations.
const CALL: u64 = 16;
/// What a number takes besides its limbs, in bytes.
const OVERHEAD: u64 = 64;

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct BigInt(Raw);

fn limbs(n: &Raw) -> u64 {
    n.bits() / 64 + 1
}

fn bytes(n: &Raw) -> u64 {
    OVERHEAD + 8 * limbs(n)
}

fn made(n: Raw) -> BigInt {
    work::hold(bytes(&n));
    BigInt(n)
}

/// An operation with a machine integer.
fn charge_small(n: &Raw) {
    linear(2 * limbs(n));
}

/// Before a result of so many limbs is made.
fn linear(limbs: u64) {
    work::charge(CALL + limbs);
    // What does not fit is not begun.
    work::hold(8 * limbs);
    work::release(8 * limbs);
}

fn charge_sum(a: &Raw, b: &Raw) {
    linear(limbs(a).max(limbs(b)));
}

fn charge_product(a: &Raw, b: &Raw) {
    work::charge(CALL + limbs(a).saturating_mul(limbs(b)));
}

fn charge_quotient(a: &Raw, b: &Raw) {
    let (a, b) = (limbs(a), limbs(b));
    work::charge(3 * CALL + 2 * b * (a.saturating_sub(b) + 1));
}

impl Drop for BigInt {
    fn drop(&mut self) {
        work::release(bytes(&self.0));
    }
}

impl Clone for BigInt {
    fn clone(&self) -> BigInt {
        work::charge(CALL + limbs(&self.0));
        made(self.0.clone())
    }
}

impl Default for BigInt {
    fn default() -> BigInt {
        BigInt::zero()
    }
}

impl Hash for BigInt {
    fn hash<H: Hasher>(&self, state: &mut H) {
        work::charge(CALL + limbs(&self.0));
        self.0.hash(state);
    }
}

impl fmt::Display for BigInt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        work::charge(CALL + limbs(&self.0).saturating_mul(limbs(&self.0)).saturating_mul(4));
        self.0.fmt(f)
    }
}

impl FromStr for BigInt {
    type Err = num_bigint::ParseBigIntError;

    fn from_str(text: &str) -> Result<BigInt, Self::Err> {
        // 19 digits to a limb, read one limb after another.
        let limbs = text.len() as u64 / 19 + 1;
        work::charge(CALL + text.len() as u64 + limbs.saturating_mul(limbs));
        text.parse().map(made)
    }
}

macro_rules! operator {
    ($op:ident, $method:ident, $assign:ident, $assign_method:ident, $charge:ident) => {
        impl $op<&BigInt> for &BigInt {
            type Output = BigInt;
            fn $method(self, other: &BigInt) -> BigInt {
                $charge(&self.0, &other.0);
                made((&self.0).$method(&other.0))
            }
        }
        impl $op<BigInt> for BigInt {
            type Output = BigInt;
            fn $method(self, other: BigInt) -> BigInt {
                (&self).$method(&other)
            }
        }
        impl $op<&BigInt> for BigInt {
            type Output = BigInt;
            fn $method(self, other: &BigInt) -> BigInt {
                (&self).$method(other)
            }
        }
        impl $op<BigInt> for &BigInt {
            type Output = BigInt;
            fn $method(self, other: BigInt) -> BigInt {
                self.$method(&other)
            }
        }
        impl $assign<BigInt> for BigInt {
            fn $assign_method(&mut self, other: BigInt) {
                *self = (&*self).$method(&other);
            }
        }
        impl $assign<&BigInt> for BigInt {
            fn $assign_method(&mut self, other: &BigInt) {
                *self = (&*self).$method(other);
            }
        }
        operator!(@small $op, $method, i64, $charge);
        operator!(@small $op, $method, u64, $charge);
        operator!(@small $op, $method, u32, $charge);
        operator!(@small $op, $method, i32, $charge);
        operator!(@small $op, $method, usize, $charge);
    };
    (@small $op:ident, $method:ident, $small:ty, $charge:ident) => {
        impl $op<$small> for &BigInt {
            type Output = BigInt;
            fn $method(self, other: $small) -> BigInt {
                charge_small(&self.0);
                made((&self.0).$method(other))
            }
        }
        impl $op<$small> for BigInt {
            type Output = BigInt;
            fn $method(self, other: $small) -> BigInt {
                (&self).$method(other)
            }
        }
    };
}

operator!(Add, add, AddAssign, add_assign, charge_sum);
operator!(Sub, sub, SubAssign, sub_assign, charge_sum);
operator!(Mul, mul, MulAssign, mul_assign, charge_product);
operator!(Div, div, DivAssign, div_assign, charge_quotient);
operator!(Rem, rem, RemAssign, rem_assign, charge_quotient);

macro_rules! shift {
    ($($count:ty),*) => {$(
        impl Shl<$count> for &BigInt {
            type Output = BigInt;
            fn shl(self, count: $count) -> BigInt {
                let more = u64::try_from(count).unwrap_or(u64::MAX) / 64;
                linear(limbs(&self.0).saturating_add(more));
                made(&self.0 << count)
            }
        }
        impl Shl<$count> for BigInt {
            type Output = BigInt;
            fn shl(self, count: $count) -> BigInt {
                &self << count
            }
        }
        impl Shr<$count> for &BigInt {
            type Output = BigInt;
            fn shr(self, count: $count) -> BigInt {
                linear(limbs(&self.0));
                made(&self.0 >> count)
            }
        }
        impl Shr<$count> for BigInt {
            type Output = BigInt;
            fn shr(self, count: $count) -> BigInt {
                &self >> count
            }
        }
    )*};
}

shift!(i32, u32, u64, usize);

impl ShlAssign<usize> for BigInt {
    fn shl_assign(&mut self, count: usize) {
        *self = &*self << count;
    }
}

impl Neg for &BigInt {
    type Output = BigInt;
    fn neg(self) -> BigInt {
        linear(limbs(&self.0));
        made(-&self.0)
    }
}

impl Neg for BigInt {
    type Output = BigInt;
    fn neg(self) -> BigInt {
        -&self
    }
}

macro_rules! from {
    ($($small:ty),*) => {$(
        impl From<$small> for BigInt {
            fn from(n: $small) -> BigInt {
                work::charge(CALL);
                made(Raw::from(n))
            }
        }
    )*};
}

from!(i32, i64, u32, u64, i128, usize);

impl Sum for BigInt {
    fn sum<I: Iterator<Item = BigInt>>(all: I) -> BigInt {
        all.fold(BigInt::zero(), |sum, n| sum + n)
    }
}

impl Zero for BigInt {
    fn zero() -> BigInt {
        made(Raw::zero())
    }
    fn is_zero(&self) -> bool {
        self.0.is_zero()
    }
}

impl One for BigInt {
    fn one() -> BigInt {
        made(Raw::one())
    }
    fn is_one(&self) -> bool {
        self.0.is_one()
    }
}

impl Num for BigInt {
    type FromStrRadixErr = num_bigint::ParseBigIntError;
    fn from_str_radix(text: &str, radix: u32) -> Result<BigInt, Self::FromStrRadixErr> {
        if radix == 10 {
            return text.parse();
        }
        work::charge(CALL + text.len() as u64);
        Raw::from_str_radix(text, radix).map(made)
    }
}

impl Signed for BigInt {
    fn abs(&self) -> BigInt {
        linear(limbs(&self.0));
        made(self.0.abs())
    }
    fn abs_sub(&self, other: &BigInt) -> BigInt {
        let difference = self - other;
        if difference.is_negative() { BigInt::zero() } else { difference }
    }
    fn signum(&self) -> BigInt {
        made(self.0.signum())
    }
    fn is_positive(&self) -> bool {
        self.0.is_positive()
    }
    fn is_negative(&self) -> bool {
        self.0.is_negative()
    }
}

impl Integer for BigInt {
    fn div_floor(&self, other: &BigInt) -> BigInt {
        charge_quotient(&self.0, &other.0);
        made(self.0.div_floor(&other.0))
    }
    fn mod_floor(&self, other: &BigInt) -> BigInt {
        charge_quotient(&self.0, &other.0);
        made(self.0.mod_floor(&other.0))
    }
    fn gcd(&self, other: &BigInt) -> BigInt {
        made(greatest_common_divisor(&self.0, &other.0))
    }
    fn lcm(&self, other: &BigInt) -> BigInt {
        if self.is_zero() && other.is_zero() {
            return BigInt::zero();
        }
        (self / self.gcd(other) * other).abs()
    }
    fn is_multiple_of(&self, other: &BigInt) -> bool {
        charge_quotient(&self.0, &other.0);
        self.0.is_multiple_of(&other.0)
    }
    fn is_even(&self) -> bool {
        self.0.is_even()
    }
    fn is_odd(&self) -> bool {
        self.0.is_odd()
    }
    fn div_rem(&self, other: &BigInt) -> (BigInt, BigInt) {
        charge_quotient(&self.0, &other.0);
        let (quotient, rest) = self.0.div_rem(&other.0);
        (made(quotient), made(rest))
    }
    fn div_mod_floor(&self, other: &BigInt) -> (BigInt, BigInt) {
        charge_quotient(&self.0, &other.0);
        let (quotient, rest) = self.0.div_mod_floor(&other.0);
        (made(quotient), made(rest))
    }
}

/// Numbers of one limb by Euclid's algorithm, longer ones bit by bit.
fn greatest_common_divisor(a: &Raw, b: &Raw) -> Raw {
    if let (Some(mut a), Some(mut b)) = (a.magnitude().to_u64(), b.magnitude().to_u64()) {
        work::charge(4 * CALL);
        while b != 0 {
            (a, b) = (b, a % b);
        }
        return Raw::from(a);
    }
    let (long, short) = if a.bits() < b.bits() { (b, a) } else { (a, b) };
    if short.is_zero() {
        return long.abs();
    }
    // After one division both are as short as the shorter one; then a step takes a bit off, a pass over its limbs.
    charge_quotient(long, short);
    let length = limbs(short);
    work::charge(64 * length.saturating_mul(length + CALL));
    short.gcd(&(long % short))
}

impl Pow<u32> for &BigInt {
    type Output = BigInt;
    fn pow(self, n: u32) -> BigInt {
        let limbs = self.0.bits().saturating_mul(u64::from(n)) / 64 + 1;
        linear(limbs);
        work::charge(limbs.saturating_mul(limbs));
        made(Pow::pow(&self.0, n))
    }
}

impl ToPrimitive for BigInt {
    fn to_i64(&self) -> Option<i64> {
        self.0.to_i64()
    }
    fn to_u64(&self) -> Option<u64> {
        self.0.to_u64()
    }
    fn to_i128(&self) -> Option<i128> {
        self.0.to_i128()
    }
    fn to_f64(&self) -> Option<f64> {
        self.0.to_f64()
    }
}

impl ToBigInt for BigInt {
    fn to_bigint(&self) -> Option<Raw> {
        work::charge(CALL + limbs(&self.0));
        Some(self.0.clone())
    }
}

impl BigInt {
    pub(crate) fn bits(&self) -> u64 {
        self.0.bits()
    }

    /// `self^n`.
    pub(crate) fn pow(&self, n: u32) -> BigInt {
        Pow::pow(self, n)
    }

    /// The whole part of the square root, of a number from 0 on.
    pub(crate) fn sqrt(&self) -> BigInt {
        self.charge_root();
        made(self.0.sqrt())
    }

    /// The whole part of the `n`-th root, of a number from 0 on.
    pub(crate) fn nth_root(&self, n: u32) -> BigInt {
        self.charge_root();
        self.charge_root();
        made(self.0.nth_root(n))
    }

    /// Newton's steps: a few divisions.
    fn charge_root(&self) {
        let limbs = limbs(&self.0);
        work::charge(20 * CALL + limbs.saturating_mul(limbs).saturating_mul(4));
    }
}
