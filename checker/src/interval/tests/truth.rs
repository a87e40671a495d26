//! Elementary functions between two numbers `lo/2^bits <= f(x) <= hi/2^bits`, by other series than the intervals use
//! and without reduction of the argument: slow and plain.

use crate::integer::BigInt;
use crate::integer::BigRational;
use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use super::super::Interval;

#[derive(Clone, Debug)]
pub(super) struct Truth {
    lo: BigInt,
    hi: BigInt,
    bits: u32,
}

fn ceiling(a: &BigInt, b: &BigInt) -> BigInt {
    -((-a).div_floor(b))
}

impl Truth {
    pub(super) fn of(x: &BigRational, bits: u32) -> Truth {
        let top = x.numer() << bits;
        Truth { lo: top.div_floor(x.denom()), hi: ceiling(&top, x.denom()), bits }
    }

    /// Times a rational number `>= 0`, for values `>= 0`.
    fn times(&self, r: &BigRational) -> Truth {
        let [lo, hi] = [&self.lo, &self.hi].map(|n| n * r.numer());
        Truth { lo: lo.div_floor(r.denom()), hi: ceiling(&hi, r.denom()), bits: self.bits }
    }

    pub(super) fn plus(&self, o: &Truth) -> Truth {
        Truth { lo: &self.lo + &o.lo, hi: &self.hi + &o.hi, bits: self.bits }
    }

    pub(super) fn minus(&self, o: &Truth) -> Truth {
        Truth { lo: &self.lo - &o.hi, hi: &self.hi - &o.lo, bits: self.bits }
    }

    fn negated(&self) -> Truth {
        Truth { lo: -&self.hi, hi: -&self.lo, bits: self.bits }
    }

    /// The quotient by something positive, the least and the greatest of all corners.
    pub(super) fn over(&self, o: &Truth) -> Truth {
        let tops = [&self.lo << self.bits, &self.hi << self.bits];
        let bottoms = [&o.lo, &o.hi];
        let all = |f: fn(&BigInt, &BigInt) -> BigInt| -> Vec<BigInt> {
            tops.iter().flat_map(|a| bottoms.iter().map(move |b| f(a, b))).collect()
        };
        let lo = all(|a, b| a.div_floor(b)).into_iter().min().unwrap();
        Truth { lo, hi: all(ceiling).into_iter().max().unwrap(), bits: self.bits }
    }

    fn root(&self) -> Truth {
        let [lo, hi] = [&self.lo, &self.hi].map(|n| (n << self.bits).sqrt());
        Truth { lo, hi: hi + 1u32, bits: self.bits }
    }

    /// Is it possible that the truth lies in the interval? The truth is known so well that this is hardly ever wrong.
    pub(super) fn may_lie_in(&self, x: &Interval) -> bool {
        self.may_exceed(x.lo.as_ref(), x.prec)
            && self.negated().may_exceed(x.hi.as_ref().map(|n| -n).as_ref(), x.prec)
    }

    /// Is `f(x) >= end` possible? `None` is minus infinity.
    pub(super) fn may_exceed(&self, end: Option<&BigInt>, prec: u32) -> bool {
        end.is_none_or(|n| n << (self.bits - prec) <= self.hi)
    }

    /// `Σ ± |x|^n/n!` over `n ≡ start` modulo `step`, with signs in turn or all positive.
    fn exponential(x: &BigRational, start: u32, step: u32, alternating: bool, bits: u32) -> Truth {
        let x = x.abs();
        let mut term = Truth::of(&BigRational::one(), bits);
        let mut sum = Truth::of(&BigRational::zero(), bits);
        let mut n = 0u32;
        let mut sign = true;
        loop {
            if n >= start && (n - start).is_multiple_of(step) {
                sum = if sign { sum.plus(&term) } else { sum.minus(&term) };
                sign = !alternating || !sign;
            }
            n += 1;
            term = term.times(&(&x / BigRational::from_integer(n.into())));
            // From here on the ratio is at most 1/2: everything left is at most twice this term.
            if term.hi <= BigInt::one()
                && BigRational::from_integer((n + 1).into()) >= &x * BigRational::from_integer(2.into())
            {
                let rest = &term.hi * 2;
                return Truth { lo: sum.lo - &rest, hi: sum.hi + rest, bits };
            }
        }
    }

    pub(super) fn exp(x: &BigRational, bits: u32) -> Truth {
        let size = Truth::exponential(x, 0, 1, false, bits);
        if x.is_negative() { Truth::of(&BigRational::one(), bits).over(&size) } else { size }
    }

    pub(super) fn cos(x: &BigRational, bits: u32) -> Truth {
        Truth::exponential(x, 0, 2, true, bits)
    }

    pub(super) fn sin(x: &BigRational, bits: u32) -> Truth {
        let size = Truth::exponential(x, 1, 2, true, bits);
        if x.is_negative() { size.negated() } else { size }
    }

    pub(super) fn sinh(x: &BigRational, bits: u32) -> Truth {
        let size = Truth::exponential(x, 1, 2, false, bits);
        if x.is_negative() { size.negated() } else { size }
    }

    pub(super) fn cosh(x: &BigRational, bits: u32) -> Truth {
        Truth::exponential(x, 0, 2, false, bits)
    }

    pub(super) fn tanh(x: &BigRational, bits: u32) -> Truth {
        Truth::sinh(x, bits).over(&Truth::cosh(x, bits))
    }

    pub(super) fn sinc(x: &BigRational, bits: u32) -> Truth {
        if x.is_zero() {
            return Truth::of(&BigRational::one(), bits);
        }
        Truth::sin(&x.abs(), bits).over(&Truth::of(&x.abs(), bits))
    }

    /// Euler: `atan x = Σ 2^{2n} (n!)²/(2n+1)! x^{2n+1}/(1+x²)^{n+1}`, the ratio being below 1/2 for `|x| <= 1`.
    pub(super) fn atan(x: &BigRational, bits: u32) -> Truth {
        let one = BigRational::one();
        if x.is_negative() {
            return Truth::atan(&-x, bits).negated();
        }
        if *x > one {
            let quarter = Truth::pi(bits).times(&BigRational::new(1.into(), 2.into()));
            return quarter.minus(&Truth::atan(&x.recip(), bits));
        }
        let w = &one + x * x;
        let mut term = Truth::of(x, bits).times(&w.recip());
        let mut sum = term.clone();
        let mut n = 1u32;
        while term.hi > BigInt::one() {
            let factor = BigRational::new((2 * n).into(), (2 * n + 1).into());
            term = term.times(&(factor * x * x / &w));
            sum = sum.plus(&term);
            n += 1;
        }
        Truth { hi: sum.hi + &term.hi, ..sum }
    }

    /// Hutton: `π/4 = 2 atan(1/3) + atan(1/7)`.
    pub(super) fn pi(bits: u32) -> Truth {
        let [three, seven] = [3, 7].map(|n| Truth::atan(&BigRational::new(1.into(), n.into()), bits));
        let [eight, four] = [8, 4].map(|n| BigRational::from_integer(n.into()));
        three.times(&eight).plus(&seven.times(&four))
    }

    /// `2/√π Σ (-1)^n x^{2n+1}/(n! (2n+1))`, alternating.
    pub(super) fn erf(x: &BigRational, bits: u32) -> Truth {
        let size = x.abs();
        let mut power = Truth::of(&size, bits);
        let mut sum = power.clone();
        let mut n = 1u32;
        loop {
            power = power.times(&(&size * &size / BigRational::from_integer(n.into())));
            let term = power.times(&BigRational::new(1.into(), (2 * n + 1).into()));
            sum = if n % 2 == 1 { sum.minus(&term) } else { sum.plus(&term) };
            if term.hi <= BigInt::one() && BigRational::from_integer(n.into()) > &size * &size {
                break;
            }
            n += 1;
        }
        // The terms alternate and fall, the last one below a unit.
        let sum = Truth { lo: sum.lo - 1u32, hi: sum.hi + 1u32, bits };
        let two = BigRational::from_integer(2.into());
        let value = sum.times(&two).over(&Truth::pi(bits).root());
        if x.is_negative() { value.negated() } else { value }
    }
}
