use proptest::prelude::*;
use rug::ops::Pow;
use rug::{Float, Rational};

use super::super::*;
use crate::number::truth::*;

/// Exact ends as rationals, with the midpoint and, where it is a member, zero.
fn points(x: &Ball) -> Vec<Rational> {
    let zero = Float::new(53);
    members(x, &[zero]).iter().map(|m| m.to_rational().unwrap()).collect()
}

/// Rationals as intervals of floats, to measure widths.
fn intervals(truths: &[Rational]) -> Vec<Between> {
    truths.iter().map(|t| between(300, |p, round| Float::with_val_round(p, t, round).0)).collect()
}

/// Contained, and at most `factor` times as wide as the truth but for some units in the last place at `precision`.
fn check(
    name: &str,
    ball: &Ball,
    truths: &[Rational],
    factor: f64,
    ulps: f64,
    precision: u32,
) -> Result<(), TestCaseError> {
    for truth in truths {
        prop_assert!(holds_rational(ball, truth), "{name}: {ball:?} misses {}", truth.to_f64());
    }
    prop_assert!(
        is_tight(ball, &intervals(truths), factor, ulps, precision),
        "{name}: {ball:?} is too wide for {:?}",
        truths.iter().map(Rational::to_f64).collect::<Vec<_>>()
    );
    Ok(())
}

/// `f` at all pairs of points.
fn pairs(xs: &[Rational], ys: &[Rational], f: impl Fn(Rational, &Rational) -> Rational) -> Vec<Rational> {
    xs.iter().flat_map(|x| ys.iter().map(|y| f(x.clone(), y)).collect::<Vec<_>>()).collect()
}

/// Rounding the ends outward, the midpoint to nearest and the radius up: at most three units in the last place where
/// the ends are used, one half where they are not; the factors are those of the first-order bounds.
const ULPS: f64 = 3.0;

proptest! {
    #![proptest_config(ntk_testing::cases(3000))]

    #[test]
    fn sums_and_products(a in draw(), b in draw()) {
        let (x, y) = (a.ball(&[]), b.ball(&[]));
        // The ends of an operand are rounded at its own precision.
        let p = a.precision.min(b.precision);
        let (xs, ys) = (points(&x), points(&y));
        check("+", &(&x + &y), &pairs(&xs, &ys, |u, v| u + v), 1.001, ULPS, p)?;
        check("-", &(&x - &y), &pairs(&xs, &ys, |u, v| u - v), 1.001, ULPS, p)?;
        // |a|s + |b|r + rs is at most 3/2 of the half width of the four products.
        let products = pairs(&xs, &ys, |u, v| u * v);
        check("*", &(&x * &y), &products, 1.501, ULPS, p)?;
        check("product_range", &x.product_range(&y), &products, 1.01, 2.0 * ULPS, p)?;
        prop_assert!((&x + &y).is_same(&(&y + &x)));
        let most = a.precision.max(b.precision);
        prop_assert_eq!([(&x + &y).precision(), (&x * &y).precision()], [most; 2]);
    }

    #[test]
    fn quotients(a in draw(), b in draw()) {
        let (x, y) = (a.ball(&[]), b.ball(&[]));
        // The ends of an operand are rounded at its own precision.
        let p = a.precision.min(b.precision);
        let zero = holds_rational(&y, &Rational::new());
        prop_assert_eq!(zero, y.contains_zero());
        for (name, quotient) in [("/", &x / &y), ("quotient_range", x.quotient_range(&y))] {
            if zero {
                prop_assert!(!quotient.is_finite(), "{}", name);
                continue;
            }
            let truths = pairs(&points(&x), &points(&y), |u, v| u / v);
            // (r + |a/b| s)/(|b| - s) is at most twice the half width; next to zero the ends are rounded as well.
            let near = y.mignitude() < y.magnitude().shl(3 - i64::from(y.precision()));
            let factor = if near { 16.0 } else { 2.1 };
            check(name, &quotient, &truths, factor, 4.0 * ULPS, p)?;
        }
        let one = Ball::from_integer(1, 1).with_precision(y.precision());
        prop_assert!(y.recip().is_same(&(&one / &y)));
    }

    #[test]
    fn squares_powers_and_absolute_values(a in draw(), n in 0u32..=9) {
        let x = a.ball(&[]);
        let (xs, p) = (points(&x), a.precision);
        let map = |f: fn(Rational) -> Rational| xs.iter().cloned().map(f).collect::<Vec<_>>();
        check("neg", &-&x, &map(|u| -u), 1.001, 0.0, p)?;
        check("abs", &x.abs(), &map(Rational::abs), 1.01, ULPS, p)?;
        check("square", &x.square(), &map(Rational::square), 2.001, ULPS, p)?;
        check("square_range", &x.square_range(), &map(Rational::square), 1.01, 2.0 * ULPS, p)?;
        let powers: Vec<Rational> = xs.iter().map(|u| u.clone().pow(n as i32)).collect();
        let power = x.pow(u64::from(n));
        for truth in &powers {
            prop_assert!(holds_rational(&power, truth), "pow {n} of {x:?}: {power:?}");
        }
        // Each of the products holds at most twice the products of the largest moduli, and each rounds once.
        prop_assert!(power.is_finite() && power.magnitude() <= x.magnitude().pow(n.into()).shl(1 + 2 * i64::from(n)));
        if x.radius().shl(6) <= x.mignitude() && a.precision > 8 {
            prop_assert!(is_tight(&power, &intervals(&powers), 1.3, 4.0 * f64::from(n), a.precision), "pow {n} of {x:?}: {power:?}");
        }
    }

    #[test]
    fn products_with_integers_and_powers_of_two(
        a in draw(), n in prop_oneof![-9i64..=9, any::<i64>(), Just(i64::MIN), Just(i64::MAX)], e in -400i32..=400,
    ) {
        let x = a.ball(&[]);
        let (xs, p) = (points(&x), a.precision);
        let map = |f: &dyn Fn(Rational) -> Rational| xs.iter().cloned().map(f).collect::<Vec<_>>();
        check("mul_integer", &x.mul_integer(n), &map(&|u| u * n), 1.001, 2.0, p)?;
        if n == 0 {
            prop_assert!(!x.div_integer(n).is_finite());
        } else {
            check("div_integer", &x.div_integer(n), &map(&|u| u / n), 1.001, 2.0, p)?;
        }
        check("shl", &x.shl(e), &map(&|u| if e < 0 { u >> e.unsigned_abs() } else { u << e as u32 }), 1.001, 0.0, p)?;
    }

    #[test]
    fn sums_of_lists(list in prop::collection::vec(draw(), 0..6), p in precision()) {
        let balls: Vec<Ball> = list.iter().map(|d| d.ball(&[])).collect();
        let total = Ball::sum(p, &balls);
        prop_assert_eq!(total.precision(), p);
        let mut range = [Rational::new(), Rational::new()];
        for ball in &balls {
            for (sum, end) in range.iter_mut().zip(ends(ball)) {
                *sum += end.to_rational().unwrap();
            }
        }
        // Every partial sum rounds once, by half a unit of the largest of them.
        let largest = balls.iter().fold(Mag::ZERO, |m, x| m + x.magnitude());
        let rounding = largest.shl(i64::from(3 - p as i32)).to_float();
        for truth in &range {
            prop_assert!(holds_rational(&total, truth), "{balls:?}: {total:?}");
        }
        let half = Rational::from(&range[1] - &range[0]) / 2u32 * Rational::from((1001, 1000));
        prop_assert!(total.radius().to_float() <= half + rounding.to_rational().unwrap());
    }

    #[test]
    fn hulls_and_intersections(a in draw(), b in draw(), c in draw()) {
        let p = a.precision.min(b.precision).min(c.precision);
        let balls = [a, b, c].map(|d| d.ball(&[]));
        let hull = Ball::hull(&balls);
        let all: Vec<Rational> = balls.iter().flat_map(points).collect();
        check("hull", &hull, &all, 1.01, 2.0 * ULPS, p)?;
        let [x, y, _] = &balls;
        let both = x.intersection(y);
        let common: Vec<Rational> = points(x).into_iter().chain(points(y))
            .filter(|u| holds_rational(x, u) && holds_rational(y, u)).collect();
        for member in &common {
            prop_assert!(holds_rational(&both, member), "{x:?} {y:?} {both:?}");
        }
        prop_assert_eq!(x.overlaps(y), !common.is_empty());
        if !common.is_empty() {
            prop_assert!(both.radius() <= x.radius().min(y.radius()));
            check("intersection", &both, &common, 1.01, 2.0 * ULPS, p)?;
        }
    }

    #[test]
    fn bounds_enclose_what_is_between(a in draw(), b in draw(), p in precision()) {
        let [lower, upper] = [a.ball(&[]), b.ball(&[])].map(|x| x.midpoint().clone());
        let (lower, upper) = if upper < lower { (upper, lower) } else { (lower, upper) };
        let ball = Ball::from_bounds(&lower, &upper, p);
        let truths = [&lower, &upper].map(|x| x.to_rational().unwrap());
        check("from_bounds", &ball, &truths, 1.001, 2.0, p)?;
        prop_assert_eq!(ball.precision(), p);
    }
}
