//! Constants and elementary functions.
//!
//! Monotone functions are evaluated by MPFR at both ends with directed rounding; an exact argument
//! costs one correctly rounded evaluation.

use rug::Float;
use rug::float::{Constant, Round};

use super::super::mag::Mag;
use super::Ball;
use super::range::wave_range;

/// MPFR's function in place, rounded as told.
type Rounded = fn(&mut Float, Round) -> std::cmp::Ordering;

impl Ball {
    /// π to `prec` bits.
    pub fn pi(prec: u32) -> Ball {
        Ball::rounded(Float::with_val_round(super::bits(prec), Constant::Pi, Round::Nearest), Mag::ZERO)
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
        (-self).increasing(Some(-1), Some(1), acos_of_negated)
    }

    /// The arctangent.
    pub fn atan(&self) -> Ball {
        if !self.is_finite() {
            let half_pi = Ball::pi(self.precision()).magnitude().shl(-1);
            return Ball::zero(self.precision()).widened(half_pi);
        }
        self.increasing(None, None, Float::atan_round)
    }

    /// The standard normal density `exp(-x²/2)/√(2π)`.
    pub fn normal_density(&self) -> Ball {
        // A relative error of x² is one of x²/2 times the size in the density.
        let growth = self.mid.get_exp().unwrap_or(0).clamp(0, 32) as u32;
        let x = self.with_precision(self.precision() + 2 * growth + 16);
        let two_pi = Ball::pi(x.precision()).shl(1);
        ((-x.square_range()).shl(-1).exp() / two_pi.sqrt()).with_precision(self.precision())
    }

    /// The sine.
    pub fn sin(&self) -> Ball {
        self.wave(Float::sin_round, 1)
    }

    /// The cosine.
    pub fn cos(&self) -> Ball {
        self.wave(Float::cos_round, 0)
    }

    /// The tangent; the whole line where a pole may be inside.
    pub fn tan(&self) -> Ball {
        if self.is_beyond_reduction() {
            return Ball::whole_line(self.precision());
        }
        if self.is_exact() {
            return self.increasing(None, None, Float::tan_round);
        }
        // Between ends less than π apart there is at most one pole, and there the cosine changes its sign. The ends are
        // the very floats at which the tangent is taken: the ball itself may end just before the pole.
        let [lower, upper] = self.close_ends();
        let [left, right] = [&lower, &upper].map(|x| Float::with_val(2, x.cos_ref()).is_sign_negative());
        if Float::with_val(53, &upper - &lower) >= 3 || left != right {
            return Ball::whole_line(self.precision());
        }
        let [lower, upper] =
            [(lower, Round::Down), (upper, Round::Up)].map(|(x, round)| at(x, Float::tan_round, round));
        Ball::from_bounds(&lower, &upper, self.precision())
    }

    /// `e^x - 1`.
    pub fn exp_m1(&self) -> Ball {
        self.increasing(None, None, Float::exp_m1_round)
    }

    /// `ln(1 + x)` of the members above -1.
    pub fn ln_1p(&self) -> Ball {
        if !self.is_finite() || self.close_ends()[0] <= -1 {
            return Ball::whole_line(self.precision());
        }
        self.increasing(None, None, Float::ln_1p_round)
    }

    /// The hyperbolic sine.
    pub fn sinh(&self) -> Ball {
        self.increasing(None, None, Float::sinh_round)
    }

    /// The hyperbolic cosine.
    pub fn cosh(&self) -> Ball {
        if self.is_exact() || !self.is_finite() {
            return self.increasing(None, None, Float::cosh_round);
        }
        // Even, and increasing from 1 at zero.
        let [lower, upper] = self.close_ends();
        let crosses = lower <= 0 && upper >= 0;
        let (near, far) = if *lower.as_abs() < *upper.as_abs() { (lower, upper) } else { (upper, lower) };
        let near = if crosses { Float::new(near.prec()) } else { near };
        let least = at(near, Float::cosh_round, Round::Down);
        Ball::from_bounds(&least, &at(far, Float::cosh_round, Round::Up), self.precision())
    }

    /// The hyperbolic tangent.
    pub fn tanh(&self) -> Ball {
        if !self.is_finite() {
            return Ball::zero(self.precision()).widened(Mag::ONE);
        }
        self.increasing(None, None, Float::tanh_round)
    }

    /// The inverse hyperbolic sine.
    pub fn asinh(&self) -> Ball {
        self.increasing(None, None, Float::asinh_round)
    }

    /// A non-decreasing function on the members within `[least, greatest]`.
    pub(super) fn increasing(&self, least: Option<i32>, greatest: Option<i32>, f: Rounded) -> Ball {
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
        let [mut lower, mut upper] = self.close_ends();
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

    /// The ends, rounded outward by a small share of the radius: at the midpoint's precision a radius below a unit in
    /// the last place would grow to one.
    pub(super) fn close_ends(&self) -> [Float; 2] {
        let prec = self.precision();
        // The ends are below 2^(top + 1), and a unit at 2^(radius - 1 - 6) is less than 1/64 of the radius.
        let needed = match (self.mid.get_exp(), self.rad.log2_ceil()) {
            (Some(top), Some(radius)) => i64::from(top) + 1 - (radius - 7),
            _ => 0,
        };
        // One limb costs no more than a part of it.
        let prec = needed.clamp(i64::from(prec.max(64)), 2 * i64::from(prec) + 64) as u32;
        let rad = self.rad.to_float();
        [
            Float::with_val_round(prec, &self.mid - &rad, Round::Down).0,
            Float::with_val_round(prec, &self.mid + &rad, Round::Up).0,
        ]
    }

    /// Is the argument so large that finding its place in the period would take long?
    pub(super) fn is_beyond_reduction(&self) -> bool {
        let most = 1 << 16;
        !self.is_finite() || self.mid.get_exp().is_some_and(|exp| exp > most)
    }

    /// Does a sine take all its values, or is the argument beyond reduction?
    pub(super) fn covers_a_period(&self) -> bool {
        // 4 > π.
        self.rad >= Mag::pow2(2) || self.is_beyond_reduction()
    }

    /// Sine or cosine: values in `[-1, 1]`, slope at most one, maxima from `peak` quarter turns on.
    fn wave(&self, f: Rounded, peak: i64) -> Ball {
        if self.covers_a_period() {
            return Ball::zero(self.precision()).widened(Mag::ONE);
        }
        if self.is_wide() {
            let ends = self.close_ends();
            let values = [&ends[0], &ends[1]].map(|x| Ball::exact(x.clone()).wave(f, peak));
            return wave_range(peak, &ends, values, self.precision());
        }
        let mut mid = self.mid.clone();
        let direction = f(&mut mid, Round::Nearest);
        Ball::rounded((mid, direction), self.rad)
    }
}

fn at(mut x: Float, f: Rounded, round: Round) -> Float {
    f(&mut x, round);
    x
}

/// `x ↦ acos(-x)`, which is increasing.
fn acos_of_negated(x: &mut Float, round: Round) -> std::cmp::Ordering {
    *x = Float::with_val(x.prec(), -&*x);
    x.acos_round(round)
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
    fn domains() {
        assert!(!Ball::from_integer(-1, 64).sqrt().is_finite());
        assert!(!Ball::from_integer(2, 64).asin().is_finite());
        assert!(!Ball::zero(64).ln().is_finite());
        let about_one = Ball::from_integer(1, 64).widened(Mag::pow2(-20));
        assert!(about_one.asin().overlaps(&Ball::pi(64).shl(-1)));
    }
}
