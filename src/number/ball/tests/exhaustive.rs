//! All balls with midpoints and radii of three bits, at a precision of three.

use rug::{Float, Rational};

use super::super::*;
use crate::number::truth::holds_rational;

/// Midpoints `-7..=7` and radii `0..=7`, with their ends.
fn balls() -> Vec<(Ball, [i64; 2])> {
    let ends = (-7i64..=7).flat_map(|m| (0i64..=7).map(move |r| (m, r)));
    ends.map(|(m, r)| (Ball::new(Float::with_val(3, m), Mag::from_f64(r as f64)), [m - r, m + r])).collect()
}

/// Is a small integer a member? Everything is exact in doubles but the radius, which is one.
fn holds(ball: &Ball, truth: i64) -> bool {
    (ball.midpoint().to_f64() - truth as f64).abs() <= ball.radius().to_float().to_f64()
}

/// Contained also after rounding to one and two bits, and never more than 3/2 of the half width and some units in the
/// last place too wide.
fn check(name: &str, ball: &Ball, truths: &[i64]) {
    let (least, greatest) = (*truths.iter().min().unwrap(), *truths.iter().max().unwrap());
    let (half, size) = ((greatest - least) as f64 / 2.0, least.abs().max(greatest.abs()) as f64);
    for ball in [ball.with_precision(1), ball.with_precision(2), ball.clone()] {
        assert!(
            holds(&ball, least) && holds(&ball, greatest),
            "{name}: {ball:?} misses {least} or {greatest}"
        );
        let most = 1.501 * half + 3.0 * size * 2f64.powi(1 - ball.precision() as i32);
        assert!(ball.radius().to_float() <= most, "{name}: {ball:?} is too wide for {least} to {greatest}");
    }
}

#[test]
fn sums_and_products() {
    let balls = balls();
    for (a, x) in &balls {
        for (b, y) in &balls {
            let corners =
                |f: fn(i64, i64) -> i64| [f(x[0], y[0]), f(x[0], y[1]), f(x[1], y[0]), f(x[1], y[1])];
            check("+", &(a + b), &corners(|u, v| u + v));
            check("-", &(a - b), &corners(|u, v| u - v));
            check("*", &(a * b), &corners(|u, v| u * v));
            check("product_range", &a.product_range(b), &corners(|u, v| u * v));
            check("hull", &Ball::hull(&[a.clone(), b.clone()]), &[x[0], x[1], y[0], y[1]]);
            let common = [x[0].max(y[0]), x[1].min(y[1])];
            assert_eq!(a.overlaps(b), common[0] <= common[1], "{a:?} {b:?}");
            assert_eq!(a.contains(b), x[0] <= y[0] && y[1] <= x[1], "{a:?} {b:?}");
            if common[0] <= common[1] {
                let both = a.intersection(b);
                assert!(holds(&both, common[0]) && holds(&both, common[1]), "{a:?} {b:?}: {both:?}");
                assert!(both.radius() <= a.radius().min(b.radius()));
            }
        }
    }
}

#[test]
fn quotients() {
    let balls = balls();
    for (a, x) in &balls {
        for (b, y) in &balls {
            let zero = y[0] <= 0 && 0 <= y[1];
            assert_eq!(b.contains_zero(), zero);
            for quotient in [a / b, a.quotient_range(b)] {
                assert_eq!(quotient.is_finite(), !zero, "{a:?} / {b:?}");
                if zero {
                    continue;
                }
                let corners = [(0, 0), (0, 1), (1, 0), (1, 1)]
                    .map(|(i, j): (usize, usize)| Rational::from((x[i], y[j])));
                assert!(corners.iter().all(|t| holds_rational(&quotient, t)), "{a:?} / {b:?}: {quotient:?}");
            }
        }
    }
}

#[test]
fn functions_of_one_ball() {
    for (a, [low, high]) in balls() {
        let crosses = low <= 0 && 0 <= high;
        let with_zero = |list: [i64; 2]| if crosses { vec![list[0], list[1], 0] } else { list.to_vec() };
        check("neg", &-&a, &[-low, -high]);
        check("abs", &a.abs(), &with_zero([low.abs(), high.abs()]));
        check("square_range", &a.square_range(), &with_zero([low * low, high * high]));
        for n in [2u32, 3, 4, 5] {
            let power = a.pow(n.into());
            assert!([low.pow(n), high.pow(n)].iter().all(|t| holds(&power, *t)), "{a:?}^{n}: {power:?}");
            assert!(!crosses || holds(&power, 0), "{a:?}^{n}: {power:?}");
        }
        for (name, square) in [("square", a.square()), ("pow", a.pow(2))] {
            assert!(holds(&square, low * low) && holds(&square, high * high), "{name} of {a:?}: {square:?}");
            assert!(!crosses || holds(&square, 0), "{name} of {a:?}: {square:?}");
        }
        let mags = [a.mignitude(), a.magnitude()].map(|m| m.to_float().to_f64());
        assert_eq!(mags[0], if crosses { 0.0 } else { low.abs().min(high.abs()) as f64 });
        let most = low.abs().max(high.abs()) as f64;
        assert!(most <= mags[1] && mags[1] <= most * (1.0 + 1e-14));
        let root = a.sqrt();
        if high < 0 {
            assert!(!root.is_finite());
            continue;
        }
        // Squares of the ends of the root.
        let [lower, upper] = [root.lower(), root.upper()].map(|x| x.to_f64());
        assert!(upper * upper >= high as f64, "sqrt of {a:?}: {root:?}");
        assert!(lower <= 0.0 || lower * lower <= low.max(0) as f64, "sqrt of {a:?}: {root:?}");
        assert!(
            upper - lower <= 3.0 * ((high as f64).sqrt() - (low.max(0) as f64).sqrt()) + 2.0 * upper,
            "{root:?}"
        );
    }
}
