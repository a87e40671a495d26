use rug::{Integer, Rational};

use super::*;
use crate::series::fixed::Format;
use crate::series::tests::exact::*;

const PRECISION: u32 = 700;

fn b(n: i64, d: i64) -> Ball {
    Ball::from_integer(n, PRECISION).div_integer(d)
}

/// The dual `1/(2 - ρ)` by its first `count` squares `2^{-k-1}`, which is as good as a closed form to test against.
fn geometric(count: usize, a: &Ball, powers: usize, frac: u32) -> HermiteDual {
    let squares = (0..count).map(|k| b(1, 1).shl(-(k as i32) - 1)).collect();
    let mass = Mag::pow2(-(count as i64));
    if a.is_exact_zero() {
        return HermiteDual { squares, tails: [Mag::ZERO; 2], mass };
    }
    // Σ_{k>=K} k 2^{-k-1} = (K + 1) 2^{-K}.
    let slope_mass = mass * Mag::from_usize(count + 1);
    let (_, z) = choose_terms(a.midpoint().to_f64(), powers, frac);
    let far = tail_bounds(a, count, powers, z, mass);
    HermiteDual { squares, tails: [far[0].min(mass), far[1].min(slope_mass)], mass }
}

fn truth(rho: &Exact, degree: usize, factor: &Ball) -> [Vec<Ball>; 2] {
    let mut gap: Vec<Ball> = rho.balls(degree, PRECISION).iter().map(|x| -x.clone()).collect();
    gap[0] = &gap[0] + &b(2, 1);
    let value = generic(gap).reciprocal().unwrap();
    let slope = value.mul(&value);
    [value, slope].map(|x| x.coefficients().iter().map(|c| c * factor).collect())
}

#[test]
fn compositions_hold_the_truth_under_the_worst_errors() {
    for round in 0..ntk_testing::count(1) {
        for frac in FRACTIONS {
            let mut random = Random::new(u64::from(round * 1000 + frac));
            let degree = random.pick(&[0, 1, 2, 7, 8, 17]);
            let format = Format { frac, width: random.width(frac, 20), degree };
            let (first, step) = random.pick(&[(0, 1), (0, 2), (1, 2)]);
            let fit = Fixed::zero(format, first, step).capacity();
            // Coefficients that sum to one at most, the constant term up to three quarters.
            let size = frac - 3 - (fit.max(1) as u32).ilog2();
            let mut rho = random.series(format, (first, step), fit, Kind::Positive, size);
            if first == 0 {
                let constant = random.integer(frac - 1) + (Integer::from(1) << (frac - 2)) - 1u32;
                rho.data[..format.width].copy_from_slice(&limbs(&constant, format.width));
            }
            let error = random.pick(&[0, 1, i64::from(frac) / 2]);
            rho.error = random.error(format, error);
            let count = random.pick(&[3, 20, 60, 150]).max(if first == 1 { degree + MARGIN + 2 } else { 0 });
            let a = rho.constant_midpoint();
            let powers = (degree + MARGIN) / if (first, step) == (0, 2) { 2 } else { 1 };
            let dual = geometric(
                count,
                &a.widened(if first == 0 { rho.error.at(0) } else { Mag::ZERO }),
                powers,
                frac,
            );
            let factor = random.pick(&[b(1, 1), b(3, 8)]);
            let got = dual.compose(&Multiplier::new(format), &rho, &factor);
            let what = || format!("{count} terms, {first} by {step} with {:?} in {format:?}", rho.error);
            for sign in SIGNS {
                // The truth is not negative.
                let mut exact = perturbed(&rho, sign);
                exact.values.iter_mut().filter(|x| **x < 0).for_each(|x| *x = Integer::new());
                let [value, slope] = truth(&exact, degree, &factor);
                held_balls(&got.value, &value, what);
                held_balls(&got.derivative, &slope, what);
            }
            let due = frac >= 40 && count == 150 && rho.worst_error() <= format.ulp().shl(2);
            let wide = got.value.worst_error().max(got.derivative.worst_error()) > format.ulp().shl(16);
            assert!(!due || !wide, "{}: {:?} {:?}", what(), got.value.error, got.derivative.error);
        }
    }
}

/// All that is left out may sit in the first term that is left out, or in any later one.
#[test]
fn tails_hold_the_worst_term() {
    for (a, count, degree) in [
        ((1, 2), 8, 0),
        ((3, 4), 40, 0),
        ((1, 4), 30, 3),
        ((1, 2), 60, 6),
        ((7, 8), 300, 10),
        ((1, 16), 5, 0),
    ] {
        let a = Rational::from(a);
        let ball = Ball::from_gmp_rational(&a, 64);
        let gap = Rational::from(1) - &a;
        let line =
            Exact::new(10, [&a, &gap].map(|x| Rational::from(x << 10u32).into_numer_denom().0).to_vec());
        let (_, best) = choose_terms(a.to_f64(), degree, 20);
        for z in [best, 1e-9, 0.01, 0.3, 1.0] {
            let bounds = tail_bounds(&ball, count, degree, z, Mag::ONE);
            for k in [count, count + 1, count + 7, 3 * count] {
                let power = |k: usize| {
                    let outer = (0..=k).map(|j| Integer::from(u32::from(j == k))).collect();
                    line.inside(&Exact::new(0, outer), degree)
                };
                let (value, slope) = (power(k), power(k - 1));
                for p in 0..=degree {
                    let reach =
                        |bound: Mag| bound.is_finite().then(|| bound.to_float().to_rational().unwrap());
                    assert!(reach(bounds[0]).is_none_or(|r| value.at(p) <= r), "{a} {count} {degree} {z}");
                    assert!(
                        reach(bounds[1]).is_none_or(|r| slope.at(p) * k as u32 <= r),
                        "{a} {count} {degree} {z}"
                    );
                }
            }
        }
        if degree == 0 {
            // At the constant term the bound is met: a^K and K a^{K-1}.
            let bounds = tail_bounds(&ball, count, 0, 1e-12, Mag::ONE);
            let exact = a.to_f64().powi(count as i32 - 1);
            assert!(bounds[0].to_float().to_f64() <= exact * 1.001);
            assert!(bounds[1].to_float().to_f64() <= exact * count as f64 * 1.001);
        }
    }
    assert_eq!(tail_bounds(&Ball::from_integer(1, 64), 100, 0, 0.5, Mag::ONE), [Mag::INFINITY; 2]);
}

/// What is left of a sum whose terms are all at their lower ends, and the whole at its upper one.
#[test]
fn what_is_left_is_taken_at_its_worst() {
    for bits in [4i64, 10, 40] {
        let radius = Mag::pow2(-bits);
        let squares: Vec<Ball> = (0..6).map(|k| b(1, 1).shl(-k - 1).widened(radius)).collect();
        let weights: i64 = (0..6).sum();
        let sum: Rational = (0..6u32).map(|k| Rational::from((1, Integer::from(1) << (k + 1)))).sum();
        let slopes: Rational = (0..6u32).map(|k| Rational::from((k, Integer::from(1) << (k + 1)))).sum();
        let reach = radius.to_float().to_rational().unwrap();
        let [mass, slope_mass] = rest(&squares, &b(1, 1).widened(radius), Some(&b(1, 1).widened(radius)));
        let most = |sum: &Rational, count: i64| Rational::from(1) - sum + &reach * Rational::from(count + 1);
        for (got, most) in [(mass, most(&sum, 6)), (slope_mass, most(&slopes, weights))] {
            let got = got.to_float().to_rational().unwrap();
            assert!(got >= most && got <= most * Rational::from((1_000_001, 1_000_000)), "{bits} {got}");
        }
        // More than the whole is nothing left; without the whole nothing is known.
        assert_eq!(
            rest(&squares, &b(1, 2), None),
            [Mag::ZERO.max(Mag::from_float(&least(&squares))), Mag::INFINITY]
        );
    }
}

/// The upper end of one half less the terms, or zero.
fn least(squares: &[Ball]) -> rug::Float {
    let upper = (b(1, 2) - Ball::sum(PRECISION, squares)).upper();
    if upper.is_sign_negative() { rug::Float::new(53) } else { upper }
}

#[test]
fn derivative_bounds_hold_the_sums_and_what_is_left() {
    for count in [0usize, 1, 2, 3, 10, 40] {
        let dual = geometric(count, &Ball::zero(64), 0, 20);
        for x in [0i64, 1, 8, 15] {
            // f = 1/(2 - x): f'' = 2/(2-x)³, f''' = 6/(2-x)⁴.
            let gap = b(32 - x, 16);
            let bounds = dual.derivative_bounds(&b(x, 16));
            assert!(bounds[0] >= (b(2, 1) / gap.pow(3)).mignitude(), "{count} {x}");
            assert!(bounds[1] >= (b(6, 1) / gap.pow(4)).mignitude(), "{count} {x}");
        }
        assert_eq!(dual.derivative_bounds(&b(1, 1)), [Mag::INFINITY; 2]);
    }
}
