//! Ranges over wide balls: the images of intervals, found at their ends and not by a first-order bound.

use rug::Float;
use rug::float::Round;

use super::super::mag::Mag;
use super::Ball;

/// A radius from which the ends give a narrower image than the slope does.
const WIDE: Mag = Mag::pow2(-12);

impl Ball {
    /// The smallest ball, up to rounding, that holds all of `parts`, which must not be empty.
    pub(crate) fn hull(parts: &[Ball]) -> Ball {
        let prec = parts.iter().map(Ball::precision).max().unwrap_or(53);
        if parts.is_empty() || parts.iter().any(|x| !x.is_finite()) {
            return Ball::whole_line(prec);
        }
        let least = parts.iter().map(Ball::lower).reduce(|a, b| if b < a { b } else { a });
        let greatest = parts.iter().map(Ball::upper).reduce(|a, b| if b > a { b } else { a });
        match (least, greatest) {
            (Some(a), Some(b)) => Ball::from_bounds(&a, &b, prec),
            _ => Ball::whole_line(prec),
        }
    }

    /// What both enclosures of one number leave; `self` where they contradict each other.
    pub(crate) fn intersection(&self, other: &Ball) -> Ball {
        if !other.is_finite() || self.is_exact() {
            return self.clone();
        }
        if !self.is_finite() || other.is_exact() {
            return other.clone();
        }
        let (a, b) = (self.lower(), other.lower());
        let (c, d) = (self.upper(), other.upper());
        let (lower, upper) = (if a < b { b } else { a }, if d < c { d } else { c });
        if upper < lower {
            return self.clone();
        }
        let both = Ball::from_bounds(&lower, &upper, self.precision().max(other.precision()));
        // Rounding may make the intersection of nested balls wider than the inner one.
        let narrower = if other.rad < self.rad { other } else { self };
        if both.rad < narrower.rad { both } else { narrower.clone() }
    }

    /// Is the radius so large, absolutely, that the ends are worth the time?
    pub(crate) fn is_wide(&self) -> bool {
        self.rad >= WIDE
    }

    /// The same, relatively.
    fn is_relatively_wide(&self) -> bool {
        self.rad > Mag::from_float_lower(&self.mid) * WIDE
    }

    /// The product, from the four products of the ends where a factor is wide.
    pub(crate) fn product_range(&self, other: &Ball) -> Ball {
        let wide = self.is_relatively_wide() || other.is_relatively_wide();
        if !wide || self.is_exact() || other.is_exact() || !self.is_finite() || !other.is_finite() {
            return self * other;
        }
        self.of_ends(other, |a, b, round| Float::with_val_round(a.prec().max(b.prec()), a * b, round).0)
    }

    /// The quotient, from the four quotients of the ends where an operand is wide.
    pub(crate) fn quotient_range(&self, other: &Ball) -> Ball {
        let wide = self.is_relatively_wide() || other.is_relatively_wide();
        if !wide || other.is_exact() || !self.is_finite() || !other.is_finite() || other.contains_zero() {
            return self / other;
        }
        if self.is_exact_zero() {
            return self.clone();
        }
        self.of_ends(other, |a, b, round| Float::with_val_round(a.prec().max(b.prec()), a / b, round).0)
    }

    /// The range of a function of two variables that is monotone in each of them.
    fn of_ends(&self, other: &Ball, f: impl Fn(&Float, &Float, Round) -> Float) -> Ball {
        let (xs, ys) = ([self.lower(), self.upper()], [other.lower(), other.upper()]);
        let corners = [(0, 0), (0, 1), (1, 0), (1, 1)];
        let at = |round| corners.map(|(i, j): (usize, usize)| f(&xs[i], &ys[j], round));
        let least = at(Round::Down).into_iter().reduce(|a, b| if b < a { b } else { a });
        let greatest = at(Round::Up).into_iter().reduce(|a, b| if b > a { b } else { a });
        match (least, greatest) {
            (Some(a), Some(b)) => Ball::from_bounds(&a, &b, self.precision().max(other.precision())),
            _ => Ball::whole_line(self.precision()),
        }
    }

    /// The square, from the ends where the ball is wide: its members are not negative.
    pub(crate) fn square_range(&self) -> Ball {
        if !self.is_relatively_wide() || !self.is_finite() {
            return self.square();
        }
        let size = self.abs();
        let lower = if self.contains_zero() { Float::new(self.precision()) } else { size.lower() };
        let upper = size.upper();
        let prec = self.precision();
        let square = |x: &Float, round| Float::with_val_round(prec, x.square_ref(), round).0;
        Ball::from_bounds(&square(&lower, Round::Down), &square(&upper, Round::Up), prec)
    }

    /// Sine and cosine, at a lower price than each by itself where the ball is wide.
    pub(crate) fn sin_cos(&self) -> [Ball; 2] {
        if !self.is_wide() || self.covers_a_period() {
            return [self.sin(), self.cos()];
        }
        let ends = self.close_ends();
        let [[s, c], [t, d]] = [sin_cos_at(&ends[0]), sin_cos_at(&ends[1])];
        let prec = self.precision();
        [wave_range(1, &ends, [s, t], prec), wave_range(0, &ends, [c, d], prec)]
    }
}

/// The range of `cos(x - peak π/2)` between two ends, from its values there: where no maximum is inside, the largest
/// value is at an end, and likewise the smallest.
pub(super) fn wave_range(peak: i64, ends: &[Float; 2], values: [Ball; 2], prec: u32) -> Ball {
    let one = Ball::from_integer(1, prec);
    let mut parts = values.to_vec();
    if meets_quarter_turn(ends, peak) {
        parts.push(one.clone());
    }
    if meets_quarter_turn(ends, peak + 2) {
        parts.push(-one);
    }
    Ball::hull(&parts).with_precision(prec)
}

/// May some `(quarters + 4k) π/2`, `k` an integer, be between the ends?
fn meets_quarter_turn([lower, upper]: &[Float; 2], quarters: i64) -> bool {
    // Each of four roundings has a relative error of at most 2^-53, so that together they are below the slack.
    let turns = |x: &Float| x.to_f64() / (2.0 * std::f64::consts::PI) - quarters as f64 / 4.0;
    let (first, last) = (turns(lower), turns(upper));
    let slack = (first.abs() + last.abs() + 2.0) * 2f64.powi(-49);
    // Not a number where the ball is out of the range of doubles: then it may.
    let apart = (first - slack).ceil() > (last + slack).floor();
    !apart
}

/// Sine and cosine of a float.
fn sin_cos_at(x: &Float) -> [Ball; 2] {
    let (mut sin, mut cos) = (x.clone(), Float::new(x.prec()));
    let (one, other) = sin.sin_cos_round(&mut cos, Round::Nearest);
    [Ball::rounded((sin, one), Mag::ZERO), Ball::rounded((cos, other), Mag::ZERO)]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ball(m: f64, r: f64) -> Ball {
        Ball::exact(Float::with_val(64, m)).widened(Mag::from_f64(r))
    }

    fn members(m: f64, r: f64) -> impl Iterator<Item = f64> {
        (-8..=8).map(move |k| m + r * f64::from(k) / 8.0)
    }

    proptest! {
        #[test]
        fn ranges_are_the_images(m in -9.0f64..9.0, r in 0.0f64..3.0, n in -3.0f64..3.0, s in 0.0f64..2.0) {
            let (x, y) = (ball(m, r), ball(n, s));
            let unary = [
                (x.sin(), f64::sin as fn(f64) -> f64), (x.cos(), f64::cos), (x.square_range(), |x| x * x),
                (x.sinh(), f64::sinh), (x.cosh(), f64::cosh), (x.tanh(), f64::tanh), (x.asinh(), f64::asinh),
            ];
            for (i, (image, f)) in unary.into_iter().enumerate() {
                let values: Vec<f64> = members(m, r).map(f).collect();
                // Samples miss the extremes a little; narrow balls have first-order bounds.
                let share = if r < 3e-4 { 1.0 } else { 0.1 };
                check(&image, &values, share * r * (1.0 + image.magnitude().to_float().to_f64())).map_err(|e|
                    TestCaseError::fail(format!("function {i}: {e}")))?;
            }
            let pairs = || members(m, r).flat_map(|x| members(n, s).map(move |y| (x, y)));
            let products: Vec<f64> = pairs().map(|(x, y)| x * y).collect();
            check(&x.product_range(&y), &products, 0.0).map_err(TestCaseError::fail)?;
            if y.contains_zero() {
                prop_assert!(!x.quotient_range(&y).is_finite());
            } else {
                let quotients: Vec<f64> = pairs().map(|(x, y)| x / y).collect();
                check(&x.quotient_range(&y), &quotients, 0.0).map_err(TestCaseError::fail)?;
            }
        }

        #[test]
        fn intersections_hold_what_both_hold(m in -1.0f64..1.0, r in 0.0f64..1.0, n in -1.0f64..1.0, s in 0.0f64..1.0) {
            let both = ball(m, r).intersection(&ball(n, s));
            for x in members(m, 0.999 * r).filter(|x| (x - n).abs() <= 0.999 * s) {
                prop_assert!(both.overlaps(&ball(x, 0.0)), "{x}");
            }
            let least = r.min(s) * (1.0 + 1e-12) + 1e-15;
            prop_assert!((m - n).abs() > r + s - 1e-9 || both.radius() <= Mag::from_f64(least));
        }
    }

    /// Holds all of `values` and little more: their hull with `slack` on either side.
    fn check(image: &Ball, values: &[f64], slack: f64) -> Result<(), String> {
        let least = values.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let tiny = 1e-12 * (1.0 + least.abs().max(greatest.abs()));
        let (lower, upper) = (image.lower().to_f64(), image.upper().to_f64());
        let holds = lower <= least + tiny && greatest - tiny <= upper;
        let tight = lower >= least - slack - tiny && upper <= greatest + slack + tiny;
        if holds && tight { Ok(()) } else { Err(format!("[{lower}, {upper}] is not [{least}, {greatest}]")) }
    }

    #[test]
    fn huge_arguments_cost_little() {
        let huge = Ball::from_integer(1, 64).shl((1 << 29) - 1);
        assert!(huge.sin().is_finite() && huge.cos().magnitude() <= Mag::ONE);
        assert!(!huge.tan().is_finite() && huge.tanh().relative_accuracy_bits() > 50);
    }
}
