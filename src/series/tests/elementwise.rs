//! What is done to one coefficient at a time.

use rug::{Float, Integer, Rational};

use super::exact::*;
use crate::number::{Ball, Mag};
use crate::series::error_bound::ErrorBound;
use crate::series::fixed::{Fixed, Format};

const PATTERNS: [(usize, usize); 4] = [(0, 1), (1, 1), (0, 2), (1, 2)];

/// A format and a series in it, with `room` bits to spare.
fn drawn(random: &mut Random, frac: u32, room: u32) -> Fixed {
    let width = random.width(frac, room + 8);
    let format = Format { frac, width, degree: random.pick(&[0, 1, 2, 7, 8, 20]) };
    another(random, format, room)
}

fn another(random: &mut Random, format: Format, room: u32) -> Fixed {
    let size = random.pick(&[1, 2, format.frac / 2, format.frac, 64 * format.width as u32 - room - 4]);
    let kind = random.pick(&[Kind::Mixed, Kind::Mixed, Kind::Extreme]);
    let (length, pattern) = (random.below(25), random.pick(&PATTERNS));
    let mut out = random.series(format, pattern, length, kind, size);
    let scale = i64::from(random.pick(&[0, size, format.frac]));
    out.error = random.error(format, scale);
    out
}

fn each(usual: u32, room: u32, check: impl Fn(&mut Random, Fixed)) {
    for round in 0..ntk_testing::count(usual) {
        for frac in FRACTIONS {
            let mut random = Random::new(u64::from(round * 1000 + frac));
            let series = drawn(&mut random, frac, room);
            check(&mut random, series);
        }
    }
}

fn map(x: &Exact, f: impl Fn(usize, &Integer) -> Integer) -> Exact {
    Exact::new(x.bits, x.values.iter().enumerate().map(|(k, v)| f(k, v)).collect())
}

/// Are there no coefficients, or so few that a bound that grows is far larger at the degree than at the last of them?
fn is_short(series: &Fixed) -> bool {
    series.capacity() == 0 || series.step == 2 && series.format().degree < 3
}

/// A ball at the working precision or far beyond it, and its two ends.
fn ball(random: &mut Random, size: i32, precision: u32) -> (Ball, [Rational; 2]) {
    let mut mid = Float::with_val(precision, random.integer(precision) | 1u32);
    mid >>= precision as i32 - size;
    if random.below(3) == 0 {
        mid = -mid;
    }
    let radius = match random.below(3) {
        0 => Mag::ZERO,
        1 => Mag::pow2(i64::from(size) - random.below(70) as i64),
        _ => Mag::pow2(i64::from(size) - random.below(9) as i64),
    };
    let (middle, reach) = (mid.to_rational().unwrap(), radius.to_float().to_rational().unwrap());
    let ends = [Rational::from(&middle + &reach), middle - reach];
    (Ball::new(mid, radius), ends)
}

/// A dyadic number as a constant polynomial.
fn constant(x: &Rational) -> Exact {
    assert!(x.denom().is_power_of_two());
    Exact::new(x.denom().significant_bits() - 1, vec![x.numer().clone()])
}

#[test]
fn sums_hold_the_truth_and_are_narrow() {
    each(4, 2, |random, a| {
        let b = another(random, a.format(), 2);
        let got = a.add(&b);
        let mut worst = Rational::new();
        for sign in SIGNS {
            for other in [sign, |_| 1] {
                let truth = perturbed(&a, sign).plus(&perturbed(&b, other));
                worst = worst.max(held(&got, &truth, || format!("{a:?} + {b:?}")));
            }
        }
        let short = [&a, &b, &got].into_iter().any(is_short);
        assert!(narrow(&got, &worst, 6.0, 0.0) || short, "{:?} for {worst}", got.error);
    });
}

#[test]
fn what_has_no_room_in_a_sum_is_lost() {
    for width in 1..4 {
        let format = Format { frac: 40, width, degree: 3 };
        let big = Random::new(1).series(format, (0, 1), 4, Kind::Extreme, 64 * width as u32 - 1);
        assert!(!big.add(&big).error.is_finite());
        assert!(!big.scaled(&Ball::from_integer(3, 64)).error.is_finite());
        assert!(big.derivative_of_midpoints().is_none());
    }
}

#[test]
fn constants_are_added_with_their_errors() {
    each(4, 4, |random, a| {
        let precision = random.pick(&[30, 64, 300]);
        let (value, ends) = ball(random, 2, precision);
        let got = a.add_constant(&value);
        for sign in SIGNS {
            for end in &ends {
                held(&got, &perturbed(&a, sign).plus(&constant(end)), || format!("{a:?} + {value}"));
            }
        }
    });
}

#[test]
fn scaled_series_hold_the_truth_and_are_narrow() {
    each(6, 6, |random, a| {
        let size = random.pick(&[3, 0, -10, -60]);
        let precision = random.pick(&[10, 63, 64, 65, 127, 128, 129, 400]);
        let (factor, ends) = ball(random, size, precision);
        let got = a.scaled(&factor);
        let mut worst = Rational::new();
        for sign in SIGNS {
            for end in &ends {
                let (exact, end) = (perturbed(&a, sign), constant(end));
                let truth = exact.times(&end, a.format().degree);
                worst = worst.max(held(&got, &truth, || format!("{a:?} times {factor}")));
            }
        }
        // The factor's error meets the largest coefficient, the series' error the largest factor.
        assert!(narrow(&got, &worst, 4.0, 1.01) || is_short(&got), "{:?} for {worst}", got.error);
    });
}

#[test]
fn a_factor_is_shortened_at_a_price() {
    for width in [1, 2, 3, 24, 25, 26] {
        let bits = 64 * width as u32;
        let format = Format { frac: 20, width, degree: 0 };
        // 1.5 less all but half a unit of its 64 width - 1 bits becomes 1.5; an odd integer times that is rounded up.
        let odd = (Integer::from(5) << (bits - 5)) - 1u32;
        let series = Fixed::exact(format, 0, 1, limbs(&odd, width));
        let less = Float::with_val(2 * bits, Float::i_exp(1, 1 - bits as i32)) * (1.0 - f64::exp2(-20.0));
        let factor = Float::with_val(3 * bits, 1.5) - less;
        let got = series.scaled(&Ball::exact(factor.clone()));
        let truth = constant(&factor.to_rational().unwrap()).times(&Exact::midpoints(&series), 0);
        let worst = held(&got, &truth, || format!("{width} limbs"));
        assert!(
            narrow(&got, &worst, 1.3, 0.0) && worst > Rational::from((1, Integer::from(2) << 20)),
            "{width}"
        );
    }
}

#[test]
fn tiny_factors_leave_something() {
    for frac in FRACTIONS {
        let format = Format { frac, width: 3, degree: 4 };
        let series = Random::new(1).series(format, (0, 1), 5, Kind::Extreme, frac);
        for exponent in [-300, -1000, -100_000, -1_000_000_000] {
            let got = series.scaled(&Ball::from_integer(3, 64).shl(exponent));
            assert!(got.error.is_finite() && got.worst_error() <= format.ulp());
        }
    }
}

#[test]
fn integrals_hold_the_truth_and_are_narrow() {
    each(8, 6, |random, a| {
        let precision = random.pick(&[30, 300]);
        let (value, ends) = match random.below(3) {
            0 => (Ball::zero(64), [Rational::new(), Rational::new()]),
            _ => ball(random, 2, precision),
        };
        let got = a.integral(&value);
        let Format { frac, degree, .. } = a.format();
        let mut worst = Rational::new();
        for sign in SIGNS {
            let source = perturbed(&a, sign);
            for end in &ends {
                for power in 0..=degree {
                    let truth = match power {
                        0 => end.clone(),
                        _ => source.at(power - 1) / power as u32,
                    };
                    let ball = got.ball(power, 400);
                    assert!(holds(&ball, &truth), "t^{power} of the integral of {a:?}: {ball} {truth}");
                    worst = worst.max((ball.midpoint().to_rational().unwrap() - truth).abs());
                }
            }
        }
        // A bound that grows like k^{3/2} grows like k^{1/2} when integrated.
        let sum = ErrorBound::flat(a.error.at(0)).plus(ErrorBound::growing(a.error.at(0), 1));
        let most = sum.at(degree) + value.radius() + Mag::pow2(1 - i64::from(frac));
        assert!(got.worst_error() <= most * Mag::from_f64(1.000001), "{:?} for {worst}", got.error);
    });
}

#[test]
fn each_part_of_a_bound_is_integrated() {
    for growth in 0..4 {
        for frac in [20, 44, 64, 100] {
            let format = Format { frac, width: 2, degree: 30 };
            let scale = format.ulp().shl(10);
            let a = Fixed::zero(format, 0, 1).with_error(ErrorBound::growing(scale, growth));
            let got = a.integral(&Ball::zero(64));
            let source = perturbed(&a, |_| 1);
            for power in 1..=30usize {
                assert!(
                    holds(&got.ball(power, 200), &(source.at(power - 1) / power as u32)),
                    "{growth} {power}"
                );
            }
            assert!(got.worst_error() <= scale * Mag::from_f64(if growth < 3 { 1.01 } else { 5.6 }));
        }
    }
}

#[test]
fn halves_are_rounded_once() {
    each(3, 2, |_, a| {
        let got = a.clone().halved();
        let mut worst = Rational::new();
        for sign in SIGNS {
            let truth = perturbed(&a, sign);
            let half = Exact::new(truth.bits + 1, truth.values);
            worst = worst.max(held(&got, &half, || format!("half of {a:?}")));
        }
        assert!(narrow(&got, &worst, 2.0, 0.51) || is_short(&got), "{:?} for {worst}", got.error);
    });
}

#[test]
fn numbers_are_stored_with_their_errors() {
    for round in 0..ntk_testing::count(4) {
        for frac in FRACTIONS {
            let mut random = Random::new(u64::from(round * 1000 + frac));
            let format = Format { frac, width: random.width(frac, 8), degree: 9 };
            let precision = random.pick(&[20, 64, 200]);
            let size = random.pick(&[5, 0, -(frac as i32), -(frac as i32) - 3]);
            let drawn: Vec<_> = (0..random.below(13)).map(|_| ball(&mut random, size, precision)).collect();
            let balls: Vec<Ball> = drawn.iter().map(|(ball, _)| ball.clone()).collect();
            let (first, step) = random.pick(&PATTERNS);
            let got = Fixed::from_balls(format, first, step, &balls);
            let outer = Fixed::unbounded(format, &balls);
            for (i, (_, ends)) in drawn.iter().enumerate() {
                for end in ends {
                    let power = first + step * i;
                    assert!(power > 9 || holds(&got.ball(power, 400), end), "{power} of {got:?}");
                    assert!(holds(&outer.ball(i, 400), end), "{i} of {outer:?}");
                    // However few bits are asked for.
                    assert!(holds(&outer.ball(i, 2), end) && holds(&outer.ball(i, 53), end));
                }
            }
        }
    }
}

#[test]
fn the_smallest_integers_keep_their_sign() {
    for width in 1..5 {
        let bits = 64 * width as u32;
        for value in
            [-(Integer::from(1) << (bits - 1)), (Integer::from(1) << (bits - 1)) - 1u32, Integer::from(-1)]
        {
            let format = Format { frac: 30, width, degree: 0 };
            let series = Fixed::exact(format, 0, 1, limbs(&value, width));
            let ball = series.ball(0, bits);
            assert!(ball.is_exact());
            assert_eq!(
                ball.midpoint().to_rational().unwrap(),
                Rational::from((value.clone(), Integer::from(1) << 30))
            );
            assert!(holds(&series.ball(0, 17), &Rational::from((value, Integer::from(1) << 30))));
        }
    }
}

#[test]
fn patterns_keep_values_and_errors() {
    each(4, 10, |random, a| {
        let Format { degree, .. } = a.format();
        for sign in SIGNS {
            let truth = perturbed(&a, sign);
            held(&a, &truth, || format!("{a:?}"));
            held(&a.dense(), &truth, || format!("dense {a:?}"));
            let odd = map(&truth, |k, v| if k % 2 == 1 { v.clone() } else { Integer::new() });
            let even = map(&truth, |k, v| if k % 2 == 0 { v.clone() } else { Integer::new() });
            held(&a.even_part(), &even, || format!("even {a:?}"));
            held(&a.odd_part(), &odd, || format!("odd {a:?}"));
            held(&a.clone().negated(), &map(&truth, |_, v| Integer::from(-v)), || format!("-{a:?}"));
            let reflected = map(&truth, |k, v| if k % 2 == 1 { Integer::from(-v) } else { v.clone() });
            held(&a.reflected(), &reflected, || format!("{a:?} at -t"));
            let shorter = random.below(degree + 1);
            let cut = Exact::new(truth.bits, truth.values[..=shorter].to_vec());
            held(&a.clone().shortened(shorter), &cut, || format!("{shorter} of {a:?}"));
            held(&a.clone().trimmed(), &truth, || format!("trimmed {a:?}"));
            if (a.first, a.step) == (0, 2) {
                let square = a.in_square();
                let thin = Exact::new(truth.bits, truth.values.iter().step_by(2).cloned().collect());
                held(&square, &thin, || format!("{a:?} in the square"));
                held(&square.of_square(degree), &truth, || format!("{a:?} there and back"));
            }
            // A truth that is not negative stays, whatever the sign of its midpoint.
            if truth.values.iter().all(|x| *x >= 0) {
                held(&a.clone().without_negatives(), &truth, || format!("{a:?} without negatives"));
            }
        }
        let midpoints = Exact::midpoints(&a);
        if let Some(derivative) = a.derivative_of_midpoints() {
            for k in 0..degree {
                let truth = midpoints.at(k + 1) * (k as u32 + 1);
                assert_eq!(derivative.ball(k, 500).midpoint().to_rational().unwrap(), truth, "{k} of {a:?}");
            }
        }
        let sum: Rational = midpoints.values.iter().enumerate().map(|(k, _)| midpoints.at(k).abs()).sum();
        let bound = a.norms().1.to_float().to_rational().unwrap();
        assert!(sum <= bound, "{a:?}: {sum} {bound}");
        let worst = perturbed(&a, |_| 1)
            .plus(&perturbed(&a, |_| -1).times(&Exact::new(0, vec![Integer::from(-1)]), degree));
        let errors: Rational = (0..=degree).map(|k| worst.at(k) / 2).sum();
        assert!(sum + errors <= a.sum_bound().to_float().to_rational().unwrap());
    });
}
