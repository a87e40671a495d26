//! Exponents and precisions at the ends of their ranges.

use rug::Float;

use super::super::*;
use crate::number::ComplexBall;
use crate::number::truth::{holds, holds_rational};

const TOP: i32 = super::super::EXPONENT;

/// `2^exp`, with a mantissa of some bits.
fn power(exp: i32) -> Ball {
    Ball::exact(Float::with_val(20, Float::i_exp(1, exp)))
}

/// Does the ball hold `2^exp`, and is it no wider than the range of exponents makes it?
fn check(name: &str, ball: &Ball, exp: i64) {
    let least = Mag::pow2(-i64::from(TOP));
    if exp >= i64::from(TOP) {
        assert!(!ball.is_finite(), "{name}: {ball:?} for 2^{exp}");
    } else if exp < -i64::from(TOP) - 1 {
        // Positive, and smaller than every float that a midpoint may be.
        assert!(ball.contains_zero() && ball.radius() >= least, "{name}: {ball:?} for 2^{exp}");
        assert!(ball.radius() <= least.shl(2), "{name}: {ball:?} for 2^{exp}");
    } else {
        let truth = Float::with_val(9, Float::i_exp(1, exp as i32));
        assert!(holds(ball, &[truth.clone(), truth]), "{name}: {ball:?} for 2^{exp}");
        assert!(ball.is_exact() || exp == -i64::from(TOP) - 1, "{name}: {ball:?} for 2^{exp}");
    }
}

#[test]
fn products_and_quotients_saturate_outward() {
    let exponents =
        [-TOP - 1, -TOP, -TOP + 1, -TOP / 2 - 1, -TOP / 2, -1, 0, 1, TOP / 2, TOP / 2 + 1, TOP - 2, TOP - 1];
    for a in exponents {
        let x = power(a);
        check("itself", &x, a.into());
        check("square", &x.square(), 2 * i64::from(a));
        check("square_range", &x.square_range(), 2 * i64::from(a));
        check("recip", &x.recip(), -i64::from(a));
        check("pow", &x.pow(5), 5 * i64::from(a));
        check("mul_integer", &x.mul_integer(4), i64::from(a) + 2);
        check("div_integer", &x.div_integer(4), i64::from(a) - 2);
        for shift in [i32::MIN, -TOP, -1, 0, 1, TOP, i32::MAX] {
            check("shl", &x.shl(shift), i64::from(a) + i64::from(shift));
        }
        for b in exponents {
            let y = power(b);
            check("*", &(&x * &y), i64::from(a) + i64::from(b));
            check("product_range", &x.product_range(&y), i64::from(a) + i64::from(b));
            check("/", &(&x / &y), i64::from(a) - i64::from(b));
            check("quotient_range", &x.quotient_range(&y), i64::from(a) - i64::from(b));
            let sum = &x + &y;
            assert!(holds(&sum, &[x.midpoint().clone(), Float::with_val(20, Float::i_exp(1, a.max(b) + 1))]));
            assert_eq!(sum.contains(&x), sum.lower() <= *x.midpoint() && sum.upper() >= *x.midpoint());
        }
    }
    // Zero stays exact, whatever the other exponent.
    assert!(
        (Ball::zero(9) * power(TOP - 1)).is_exact_zero() && (Ball::zero(9) / power(-TOP)).is_exact_zero()
    );
    assert!(Ball::zero(9).shl(i32::MAX).is_exact_zero() && Ball::zero(9).pow(u64::MAX).is_exact_zero());
    assert!(!power(1).pow(u64::MAX).is_finite() && power(0).pow(u64::MAX).is_exact());
    let tiny = power(-1).pow(u64::MAX);
    assert!(tiny.contains_zero() && !tiny.is_exact());
}

#[test]
fn exponentials_saturate_outward() {
    for e in [31, 40, TOP - 1] {
        let x = power(e);
        let small = (-&x).exp();
        assert!(
            small.contains_zero() && !small.is_exact() && small.magnitude() <= Mag::pow2(1 - i64::from(TOP)),
            "{small:?}"
        );
        assert!(!x.exp().is_finite() && !x.sinh().is_finite() && !x.cosh().is_finite());
        let one = Float::with_val(9, 1);
        for image in [x.tanh(), x.erf(), x.normal_cdf()] {
            let below = one.clone() - Float::with_val(9, Float::i_exp(1, -2));
            assert!(
                holds(&image, &[below, one.clone()])
                    && !image.is_exact()
                    && image.relative_accuracy_bits() > 15
            );
        }
        let tail = (-&x).normal_cdf();
        assert!(tail.contains_zero() && !tail.is_exact() && tail.magnitude() <= Mag::pow2(-1000), "{tail:?}");
        assert!(x.sin().is_finite() && x.atan().is_finite() && x.asinh().is_finite() && x.ln().is_finite());
    }
    // Functions close to the identity at the smallest arguments.
    let x = power(-TOP);
    for image in [x.sin(), x.tan(), x.sinh(), x.tanh(), x.asin(), x.atan(), x.asinh(), x.exp_m1(), x.ln_1p()]
    {
        assert!(image.overlaps(&x) && !image.is_exact() && image.is_finite(), "{image:?}");
    }
}

#[test]
fn membership_is_exact_at_every_distance() {
    let around = |mid: i64, rad: Mag| Ball::from_integer(mid, 9).widened(rad);
    let unit = around(0, Mag::ONE);
    for exp in [-10i64, -(1 << 24), -(1 << 25), -i64::from(TOP)] {
        let beyond = Ball::new(Float::with_val(9, 1), Mag::pow2(exp));
        assert!(!unit.contains(&beyond) && unit.overlaps(&beyond), "{exp}");
        let next = Ball::new(Float::with_val(9, 2), Mag::ONE);
        assert!(
            unit.overlaps(&next) && !unit.overlaps(&Ball::new(Float::with_val(9, 2), Mag::from_f64(0.999)))
        );
        let wider = Ball::new(Float::new(9), Mag::pow2(exp));
        assert!(wider.contains(&Ball::zero(9)) && !wider.contains(&unit) && unit.contains(&wider));
        assert!(wider.contains(&wider) && !wider.contains(&Ball::new(Float::new(9), Mag::pow2(exp + 1))));
    }
    assert!(unit.contains(&Ball::from_integer(1, 9)) && unit.contains(&Ball::from_integer(-1, 9)));
    // Radii beyond the range of floats.
    assert!(!around(0, Mag::pow2(i64::from(TOP))).is_finite());
    let least = around(0, Mag::pow2(-(1 << 40)));
    assert!(least.radius() == Mag::pow2(-i64::from(TOP)) && !least.is_exact());
}

#[test]
fn moduli_next_to_underflow_stay_below() {
    // The near end of the real part is far below every midpoint.
    let rad = Mag::from_f64(2.0 - f64::EPSILON).shl(9 - i64::from(TOP));
    let x = Ball::new(Float::with_val(200, Float::i_exp(1, 10 - TOP)), rad);
    let near = x.mignitude();
    assert!(!near.is_zero() && near < Mag::pow2(-i64::from(TOP) - 40));
    let z = ComplexBall::real(x);
    assert!(z.mignitude() <= near && z.magnitude() >= z.re().magnitude());
}

#[test]
fn precisions_outside_their_range_are_brought_into_it() {
    let third = num_rational::BigRational::new(1.into(), 3.into());
    for (asked, given) in [(0, 1), (1, 1), (2, 2), (MAX_PRECISION, MAX_PRECISION), (u32::MAX, MAX_PRECISION)]
    {
        let balls = [
            Ball::zero(asked),
            Ball::from_integer(5, asked),
            Ball::from_rational(&third, asked),
            Ball::whole_line(asked),
            Ball::from_integer(3, 64).with_precision(asked),
            ComplexBall::whole_plane(asked).re().clone(),
        ];
        for ball in &balls {
            assert_eq!(ball.precision(), given);
        }
        assert!(holds_rational(&balls[1], &rug::Rational::from(5)) && balls[2].contains_rational(&third));
    }
    for p in 0..=4 {
        let ball = Ball::from_rational(&third, p);
        let text = ball.to_string();
        assert!(text.contains('±'), "{text}");
        assert!(Ball::pi(p).overlaps(&Ball::pi(64)) && format!("{:.3}", Ball::pi(p)).contains('±'));
    }
}

#[test]
fn decimals_at_the_ends_of_their_ranges() {
    let third = Ball::from_rational(&num_rational::BigRational::new(1.into(), 3.into()), 60);
    for digits in [1000, 1 << 20, usize::MAX] {
        let all = third.to_decimal(digits).unwrap();
        assert!(all.value.len() > 50 && all.value.len() < 200, "{}", all.value.len());
        assert!(Mag::from_f64(0.1).to_decimal_above(digits).unwrap().len() < 200);
        assert!(Mag::from_f64(0.1).to_decimal_below(digits).unwrap().len() < 200);
        assert_eq!(Ball::zero(9).to_decimal(digits).unwrap().value, "0");
    }
    assert_eq!(Ball::from_integer(1, 9).shl(-3).to_decimal(usize::MAX).unwrap().value, "0.125");
    for digits in [0, 1, 2] {
        assert_eq!(third.to_decimal(digits).unwrap().value, "0.33");
    }
    for exp in [TOP - 1, -TOP] {
        let shown = power(exp).to_decimal(5).unwrap();
        assert!(shown.value.contains('e') && shown.error != "0" && shown.error.contains('e'), "{shown:?}");
    }
}
