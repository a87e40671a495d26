//! Constants and elementary functions.
//!
//! Monotone functions are evaluated by MPFR at both ends with directed rounding; an exact argument
//! costs one correctly rounded evaluation.

use rug::Float;
use rug::float::{Constant, Round};

use super::super::mag::Mag;
use super::Ball;

/// MPFR's function in place, rounded as told.
type Rounded = fn(&mut Float, Round) -> std::cmp::Ordering;

impl Ball {
    /// π to `prec` bits.
    pub fn pi(prec: u32) -> Ball {
        Ball::rounded(Float::with_val_round(prec, Constant::Pi, Round::Nearest), Mag::ZERO)
    }

    /// The natural exponential.
    pub fn exp(&self) -> Ball {
        self.increasing(None, None, Float::exp_round)
    }

    /// The natural logarithm of the positive members.
    pub fn ln(&self) -> Ball {
        if self.sign() != Some(std::cmp::Ordering::Greater) {
            return Ball::whole_line(self.precision());
        }
        self.increasing(None, None, Float::ln_round)
    }

    /// The square root of the non-negative members.
    pub fn sqrt(&self) -> Ball {
        self.increasing(Some(0), None, Float::sqrt_round)
    }

    /// The arcsine of the members in `[-1, 1]`.
    pub fn asin(&self) -> Ball {
        self.increasing(Some(-1), Some(1), Float::asin_round)
    }

    /// The arccosine of the members in `[-1, 1]`.
    pub fn acos(&self) -> Ball {
        let half_pi = Ball::pi(self.precision() + 8).shl(-1);
        if self.is_exact() {
            let mid = Float::with_val_round(self.precision(), self.mid.acos_ref(), Round::Nearest);
            return if mid.0.is_nan() {
                Ball::whole_line(self.precision())
            } else {
                Ball::rounded(mid, Mag::ZERO)
            };
        }
        (half_pi - self.asin()).with_precision(self.precision())
    }

    /// The arctangent.
    pub fn atan(&self) -> Ball {
        self.increasing(None, None, Float::atan_round)
    }

    /// The error function.
    pub fn erf(&self) -> Ball {
        self.increasing(None, None, Float::erf_round)
    }

    /// The standard normal distribution function `Φ(x) = erfc(-x/√2)/2`.
    pub fn normal_cdf(&self) -> Ball {
        let scaled = self / &Ball::from_integer(2, self.precision() + 8).sqrt();
        scaled.increasing(None, None, erfc_of_negated).shl(-1).with_precision(self.precision())
    }

    /// The standard normal density `exp(-x²/2)/√(2π)`.
    pub fn normal_density(&self) -> Ball {
        let two_pi = Ball::pi(self.precision() + 8).shl(1);
        ((-self.square()).shl(-1).exp() / two_pi.sqrt()).with_precision(self.precision())
    }

    /// The sine.
    pub fn sin(&self) -> Ball {
        self.bounded_lipschitz(Float::sin_round)
    }

    /// The cosine.
    pub fn cos(&self) -> Ball {
        self.bounded_lipschitz(Float::cos_round)
    }

    /// A non-decreasing function on the members within `[least, greatest]`.
    fn increasing(&self, least: Option<i32>, greatest: Option<i32>, f: Rounded) -> Ball {
        let prec = self.precision();
        if !self.is_finite() {
            return match (least, greatest) {
                (Some(a), Some(b)) => Ball::from_bounds(
                    &at(Float::with_val(prec, a), f, Round::Down),
                    &at(Float::with_val(prec, b), f, Round::Up),
                    prec,
                ),
                _ => Ball::whole_line(prec),
            };
        }
        if self.is_exact() {
            let mut mid = self.mid.clone();
            let direction = f(&mut mid, Round::Nearest);
            return if mid.is_finite() {
                Ball::rounded((mid, direction), Mag::ZERO)
            } else {
                Ball::whole_line(prec)
            };
        }
        let (mut lower, mut upper) = (self.lower(), self.upper());
        if least.is_some_and(|a| upper < a) || greatest.is_some_and(|b| lower > b) {
            return Ball::whole_line(prec);
        }
        if let Some(a) = least.filter(|a| lower < *a) {
            lower = Float::with_val(prec, a);
        }
        if let Some(b) = greatest.filter(|b| upper > *b) {
            upper = Float::with_val(prec, b);
        }
        Ball::from_bounds(&at(lower, f, Round::Down), &at(upper, f, Round::Up), prec)
    }

    /// A function with values in `[-1, 1]` and slope at most one.
    fn bounded_lipschitz(&self, f: Rounded) -> Ball {
        let mut mid = self.mid.clone();
        let direction = f(&mut mid, Round::Nearest);
        let rad = if self.rad < Mag::pow2(1) { self.rad } else { Mag::pow2(1) };
        Ball::rounded((mid, direction), rad)
    }
}

fn at(mut x: Float, f: Rounded, round: Round) -> Float {
    f(&mut x, round);
    x
}

/// `x ↦ erfc(-x)`, which is increasing.
fn erfc_of_negated(x: &mut Float, round: Round) -> std::cmp::Ordering {
    *x = Float::with_val(x.prec(), -&*x);
    x.erfc_round(round)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    type Pair = (fn(&Ball) -> Ball, fn(Float) -> Float);

    fn functions() -> Vec<Pair> {
        vec![
            (Ball::exp, Float::exp),
            (Ball::atan, Float::atan),
            (Ball::erf, Float::erf),
            (Ball::sin, Float::sin),
            (Ball::cos, Float::cos),
            (Ball::asin, Float::asin),
            (Ball::acos, Float::acos),
            (|x| x.square().sqrt(), Float::abs),
            (|x| x.exp().ln(), |x| x),
            (Ball::normal_cdf, |x| (-(x / Float::with_val(600, 2).sqrt())).erfc() / 2),
        ]
    }

    proptest! {
        #[test]
        fn members_map_into_the_image(m in -0.9f64..0.9, share in -1.0f64..1.0, r in 4i64..200, p in 30u32..300) {
            let ball = Ball::exact(Float::with_val(p, m)).widened(Mag::pow2(-r));
            let member = Float::with_val(600, ball.midpoint()) + (Float::with_val(600, share) >> r as u32);
            for (i, (on_ball, on_float)) in functions().into_iter().enumerate() {
                let (image, truth) = (on_ball(&ball), on_float(member.clone()));
                let truth = Ball::exact(truth).widened(Mag::pow2(-560));
                prop_assert!(image.overlaps(&truth), "function {i}: {image:?} misses {truth:?}");
                let widest = Mag::pow2(5 - r.min(i64::from(p)));
                prop_assert!(image.radius() <= widest || i == 7, "function {i} is too wide: {image:?}");
            }
        }
    }

    #[test]
    fn normal_distribution_in_the_far_tail_keeps_relative_accuracy() {
        let x = Ball::from_integer(-40, 128);
        assert!(x.normal_cdf().relative_accuracy_bits() > 110);
        // Φ(-40), 20 digits, from the continued fraction.
        let truth = Float::with_val(128, Float::parse("3.6558935409150297e-350").unwrap());
        assert!(
            x.normal_cdf().overlaps(
                &Ball::exact(truth)
                    .widened(Mag::from_float(&Float::with_val(64, Float::parse("1e-365").unwrap())))
            )
        );
    }

    #[test]
    fn domains() {
        assert!(!Ball::from_integer(-1, 64).sqrt().is_finite());
        assert!(!Ball::from_integer(2, 64).asin().is_finite());
        assert!(!Ball::zero(64).ln().is_finite());
        let about_one = Ball::from_integer(1, 64).widened(Mag::pow2(-20));
        assert!(about_one.asin().overlaps(&Ball::pi(64).shl(-1)));
    }
}
