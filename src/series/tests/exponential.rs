//! Exponentials.

use rug::Integer;

use super::exact::*;
use crate::number::{Ball, Mag};
use crate::series::error_bound::ErrorBound;
use crate::series::exponential::exponential;
use crate::series::fixed::{Fixed, Format};
use crate::series::multiply::Multiplier;

fn truth(y: &Exact, degree: usize) -> Vec<Ball> {
    let y = generic(y.balls(degree, y.bits + 400));
    let start = y.coefficients()[0].exp();
    y.exp(start).coefficients().to_vec()
}

fn checked(y: &Fixed) -> Fixed {
    let got = exponential(&Multiplier::new(y.format()), y);
    let what =
        || format!("the exponential of {} by {} with {:?} in {:?}", y.len(), y.step, y.error, y.format());
    assert_eq!(got.format(), y.format(), "{}", what());
    if got.error.is_finite() {
        for sign in SIGNS {
            held_balls(&got, &truth(&perturbed(y, sign), y.format().degree), what);
        }
    }
    got
}

#[test]
fn exponentials_hold_the_truth_under_the_worst_errors() {
    // 32 coefficients by the recurrence, then halves; fewer with many limbs.
    let lengths = [1, 2, 3, 8, 16, 31, 32, 33, 34, 63, 64, 65, 66];
    for round in 0..ntk_testing::count(2) {
        for frac in FRACTIONS.into_iter().chain(if round == 0 { vec![400, 1000] } else { vec![] }) {
            let mut random = Random::new(u64::from(round * 1000 + frac));
            let length = random.pick(&lengths);
            let step = 1 + random.below(2);
            let first = random.below(2);
            let format = Format { frac, width: random.width(frac, 20), degree: length - 1 + random.below(2) };
            let size = frac - (length as u32).ilog2();
            let stored = random.pick(&[length, length / 2, 2]);
            let mut y = random.series(format, (first, step), stored, Kind::Positive, size);
            // In powers of t³ alone, too.
            if random.below(3) == 0 {
                let width = format.width;
                for (i, x) in y.data.chunks_exact_mut(width).enumerate() {
                    if !(first + i * step).is_multiple_of(3) {
                        x.fill(0);
                    }
                }
            }
            let scale = random.pick(&[-2, 0, 3]);
            y.error = random.error(format, scale);
            let got = checked(&y);
            let growth = i64::from(format.degree as u32 + 1).pow(2) * 64;
            let due = y.worst_error().shl(3) * Mag::from_f64(growth as f64) < Mag::ONE;
            assert!(got.error.is_finite() || !due, "{y:?}");
        }
    }
}

/// A sum of two products that are both rounded up by all but half a unit, halved and rounded up again.
#[test]
fn roundings_of_the_recurrence_go_one_way() {
    let mut tightest = 0.0f64;
    for frac in FRACTIONS {
        let mut random = Random::new(u64::from(frac));
        let format = Format { frac, width: random.width(frac, 20), degree: 3 };
        for _ in 0..ntk_testing::count(60) {
            let size = frac / 2 + 2;
            let y = random.series(format, (1, 1), 3, Kind::Positive, size);
            let got = exponential(&Multiplier::new(format), &y);
            let exact = truth(&Exact::midpoints(&y), 3);
            held_balls(&got, &exact, || format!("{y:?}"));
            for (power, truth) in exact.iter().enumerate() {
                let ball = got.ball(power, 700);
                let off = (&Ball::exact(ball.midpoint().clone()) - truth).mignitude();
                tightest = tightest.max(off.to_float().to_f64() / ball.radius().to_float().to_f64());
            }
        }
    }
    // The bound is met to a good part: one half as large would have failed above.
    assert!(tightest > 0.55, "{tightest}");
}

#[test]
fn bounds_of_exponentials_are_narrow() {
    for (frac, length) in [(30, 8), (44, 31), (45, 32), (64, 33), (88, 64), (129, 65)] {
        let mut random = Random::new(u64::from(frac));
        let format = Format { frac, width: random.width(frac, 20), degree: length - 1 };
        let mut y = random.series(format, (1, 1), length - 1, Kind::Positive, frac - 8);
        assert!(checked(&y).worst_error() <= format.ulp().shl(1), "{format:?}");
        // An error of y alone: e^y is about one, so the error comes through about as it is.
        let error = format.ulp().shl(i64::from(frac / 2));
        y.error = ErrorBound::flat(error);
        let got = checked(&y);
        assert!(
            got.worst_error() <= error.shl(1) && got.worst_error() >= error,
            "{:?} in {format:?}",
            got.error
        );
    }
}

/// A bound that grows is that of the highest power, also where only every third power is stored.
#[test]
fn growing_errors_survive_the_thinning() {
    for step in [1usize, 2, 3] {
        let format = Format { frac: 60, width: 2, degree: 24 };
        let mut values = vec![Integer::new(); 25];
        for k in (0..25).step_by(2 * step) {
            values[k] = Integer::from(1) << 50;
        }
        let mut y = Fixed::exact(format, 0, 1, values.iter().flat_map(|v| limbs(v, 2)).collect());
        y.error = ErrorBound::growing(format.ulp().shl(30), 3);
        assert!(checked(&y).error.is_finite());
    }
}

/// What has no room is lost. Products that outgrow their limbs may come out positive again and look like any other.
#[test]
fn what_has_no_room_is_lost() {
    let mut kept = 0;
    for degree in [1, 2, 40] {
        let format = Format { frac: 40, width: 1, degree };
        for constant in [0, 1, 8, 10, 13, 14, 15, 16, 40] {
            for slope in [1, 5, 6, 7, 9, 12, 13, 17, 30, 300, 3000, 1 << 20] {
                let y = [constant, slope].map(|n| Ball::from_integer(n, 64));
                let y = Fixed::from_balls(format, 0, 1, &y);
                let got = exponential(&Multiplier::new(format), &y);
                if got.error.is_finite() {
                    kept += 1;
                    let exact = truth(&Exact::midpoints(&y), degree);
                    held_balls(&got, &exact, || format!("{constant} + {slope} t to {degree}"));
                }
            }
        }
    }
    assert!(kept > 20);
}
