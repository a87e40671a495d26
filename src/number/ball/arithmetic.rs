//! Ring operations, quotients and powers of two.

use std::cmp::Ordering;
use std::ops::{Add, Div, Mul, Neg, Sub};

use rug::Float;
use rug::float::Round;
use rug::ops::AddAssignRound;

use super::super::mag::Mag;
use super::{Ball, EXPONENT, half_ulp};

impl Ball {
    fn common_precision(&self, other: &Ball) -> u32 {
        self.precision().max(other.precision())
    }

    /// `self * 2^exp`, exactly within the range of exponents.
    pub fn shl(&self, exp: i32) -> Ball {
        let rad = self.rad.shl(i64::from(exp));
        // MPFR underflows to zero without a word.
        match self.mid.get_exp() {
            Some(top) if i64::from(top) + i64::from(exp) < i64::from(-EXPONENT) => {
                Ball::new(Float::new(self.precision()), rad + Mag::pow2(i64::from(-EXPONENT)))
            }
            _ => Ball::new(self.mid.clone() << exp, rad),
        }
    }

    /// The sum of a list, at a working precision of `prec` bits.
    pub(crate) fn sum(prec: u32, terms: &[Ball]) -> Ball {
        let (mut mid, mut rad) = (Float::new(prec), Mag::ZERO);
        for term in terms {
            if mid.add_assign_round(&term.mid, Round::Nearest) != Ordering::Equal {
                rad = rad + half_ulp(&mid);
            }
            rad = rad + term.rad;
        }
        Ball::new(mid, rad)
    }

    /// The absolute value.
    pub fn abs(&self) -> Ball {
        if !self.contains_zero() || self.is_exact() {
            return Ball::new(self.mid.clone().abs(), self.rad);
        }
        let top = self.magnitude().to_float();
        Ball::from_bounds(&Float::new(53), &top, self.precision())
    }

    /// The square, never negative.
    pub fn square(&self) -> Ball {
        let mid = Float::with_val_round(self.precision(), self.mid.square_ref(), Round::Nearest);
        // |x^2 - m^2| <= r (2|m| + r).
        let rad = self.rad * (Mag::from_float(&self.mid).shl(1) + self.rad);
        Ball::rounded(mid, rad)
    }

    /// `1 / self`.
    pub fn recip(&self) -> Ball {
        &Ball::from_integer(1, self.precision()) / self
    }

    /// `self^n`.
    pub fn pow(&self, mut n: u64) -> Ball {
        let mut out = Ball::from_integer(1, self.precision());
        let mut base = self.clone();
        while n > 0 {
            if n & 1 == 1 {
                out = &out * &base;
            }
            n >>= 1;
            if n > 0 {
                base = base.square();
            }
        }
        out
    }

    /// `self * n`.
    pub fn mul_integer(&self, n: i64) -> Ball {
        let mid = Float::with_val_round(self.precision(), &self.mid * n, Round::Nearest);
        Ball::rounded(mid, self.rad * Mag::from_f64(n as f64 * (1.0 + 1e-15)))
    }

    /// `self / n`; the whole line for `n = 0`.
    pub fn div_integer(&self, n: i64) -> Ball {
        let mid = Float::with_val_round(self.precision(), &self.mid / n, Round::Nearest);
        let lower = Mag::from_float_lower(&Float::with_val(64, n));
        Ball::rounded(mid, self.rad.div_by_lower(lower))
    }
}

impl Add for &Ball {
    type Output = Ball;
    fn add(self, other: &Ball) -> Ball {
        let prec = self.common_precision(other);
        let mid = Float::with_val_round(prec, &self.mid + &other.mid, Round::Nearest);
        Ball::rounded(mid, self.rad + other.rad)
    }
}

impl Sub for &Ball {
    type Output = Ball;
    fn sub(self, other: &Ball) -> Ball {
        let prec = self.common_precision(other);
        let mid = Float::with_val_round(prec, &self.mid - &other.mid, Round::Nearest);
        Ball::rounded(mid, self.rad + other.rad)
    }
}

impl Mul for &Ball {
    type Output = Ball;
    fn mul(self, other: &Ball) -> Ball {
        if self.is_exact_zero() || other.is_exact_zero() {
            return Ball::zero(self.common_precision(other));
        }
        let prec = self.common_precision(other);
        let mid = Float::with_val_round(prec, &self.mid * &other.mid, Round::Nearest);
        if self.is_exact() && other.is_exact() {
            return Ball::rounded(mid, Mag::ZERO);
        }
        // |xy - ab| <= |a| s + r (|b| + s).
        let (a, b) = (Mag::from_float(&self.mid), Mag::from_float(&other.mid));
        Ball::rounded(mid, a * other.rad + self.rad * (b + other.rad))
    }
}

impl Div for &Ball {
    type Output = Ball;
    fn div(self, other: &Ball) -> Ball {
        let prec = self.common_precision(other);
        if other.contains_zero() || !other.is_finite() || !self.is_finite() {
            return Ball::whole_line(prec);
        }
        if self.is_exact_zero() {
            return Ball::zero(prec);
        }
        let mid = Float::with_val_round(prec, &self.mid / &other.mid, Round::Nearest);
        // |x/y - a/b| <= (r + |a/b| s) / |y|.
        let quotient = Mag::from_float(&self.mid).div_by_lower(Mag::from_float_lower(&other.mid));
        let rad = if self.is_exact() && other.is_exact() {
            Mag::ZERO
        } else {
            (self.rad + quotient * other.rad).div_by_lower(other.mignitude())
        };
        Ball::rounded(mid, rad)
    }
}

impl Neg for &Ball {
    type Output = Ball;
    fn neg(self) -> Ball {
        Ball { mid: Float::with_val(self.precision(), -&self.mid), rad: self.rad }
    }
}

macro_rules! forward_owned {
    ($($op:ident $f:ident),*) => {$(
        impl $op for Ball {
            type Output = Ball;
            fn $f(self, other: Ball) -> Ball { (&self).$f(&other) }
        }
        impl $op<&Ball> for Ball {
            type Output = Ball;
            fn $f(self, other: &Ball) -> Ball { (&self).$f(other) }
        }
    )*};
}
forward_owned!(Add add, Sub sub, Mul mul, Div div);

impl Neg for Ball {
    type Output = Ball;
    fn neg(self) -> Ball {
        -&self
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_rational::BigRational;
    use proptest::prelude::*;

    fn rational() -> impl Strategy<Value = BigRational> {
        (-1000i64..1000, 1i64..1000).prop_map(|(a, b)| BigRational::new(a.into(), b.into()))
    }

    proptest! {
        #[test]
        fn exact_results_are_contained_and_tight(a in rational(), b in rational(), p in 20u32..300, n in 0u64..9) {
            let (x, y) = (Ball::from_rational(&a, p), Ball::from_rational(&b, p));
            let mut cases = vec![
                (&x + &y, &a + &b), (&x - &y, &a - &b), (&x * &y, &a * &b),
                (x.square(), &a * &a), (x.mul_integer(-7), &a * BigRational::from_integer((-7).into())),
                (x.div_integer(12), &a / BigRational::from_integer(12.into())),
                (-&x, -&a), (x.pow(n), num_traits::pow(a.clone(), n as usize)),
            ];
            if b != BigRational::from_integer(0.into()) {
                cases.push((&x / &y, &a / &b));
            }
            for (i, (ball, truth)) in cases.iter().enumerate() {
                prop_assert!(ball.contains_rational(truth), "case {i}");
                // Sums may cancel; products may not lose more than a few bits.
                if i > 1 && *truth != BigRational::from_integer(0.into()) {
                    prop_assert!(ball.relative_accuracy_bits() >= i64::from(p) - 8, "case {i}");
                }
            }
        }

        #[test]
        fn wide_balls_hold_the_results_of_their_members(
            a in rational(), b in rational(), r in 0u32..20, s in 0u32..20, u in -100i64..=100, v in -100i64..=100,
        ) {
            let share = |k: i64, r: u32| BigRational::new(k.into(), 100.into()) * BigRational::new(1.into(), (1i64 << r).into());
            let x = Ball::from_rational(&a, 200).widened(Mag::pow2(-i64::from(r)));
            let y = Ball::from_rational(&b, 200).widened(Mag::pow2(-i64::from(s)));
            let (c, d) = (&a + share(u, r), &b + share(v, s));
            prop_assert!((&x + &y).contains_rational(&(&c + &d)));
            prop_assert!((&x * &y).contains_rational(&(&c * &d)));
            prop_assert!(x.square().contains_rational(&(&c * &c)));
            prop_assert!(x.abs().contains_rational(&num_traits::Signed::abs(&c)));
            let quotient = &x / &y;
            if quotient.is_finite() {
                prop_assert!(quotient.contains_rational(&(&c / &d)));
            }
        }
    }

    #[test]
    fn dividing_by_a_ball_around_zero_says_nothing() {
        let around = Ball::zero(64).widened(Mag::ONE);
        assert!(!(&Ball::from_integer(1, 64) / &around).is_finite());
        assert!(!Ball::zero(64).recip().is_finite());
    }
}
