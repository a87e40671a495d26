//! Compositions of series with non-negative coefficients.

use rug::Rational;

use super::exact::*;
use crate::series::compose::compose;
use crate::series::error_bound::ErrorBound;
use crate::series::fixed::{Fixed, Format};
use crate::series::multiply::Multiplier;

/// The series moved by its whole error where that leaves a number that is not negative, and from `first` on.
fn moved(series: &Fixed, sign: fn(usize) -> i32, first: usize) -> Exact {
    let mut out = perturbed(series, sign);
    for (k, x) in out.values.iter_mut().enumerate() {
        if k < first || *x < 0 {
            *x = rug::Integer::new();
        }
    }
    out
}

struct Case {
    format: Format,
    outers: Vec<Fixed>,
    inner: Fixed,
}

impl Case {
    fn check(&self) -> Vec<(Fixed, Rational)> {
        let Case { format, outers, inner } = self;
        let got = compose(&Multiplier::new(*format), outers, inner);
        assert_eq!(got.len(), outers.len());
        let of = |(got, outer): (Fixed, &Fixed)| {
            assert!(got.error.is_finite());
            let mut worst = Rational::new();
            for [sign, other] in PAIRS {
                let truth = moved(inner, sign, 1).inside(&moved(outer, other, 0), format.degree);
                let what = || {
                    let errors = [outer, inner].map(|series| series.error);
                    format!("{} of {} in {format:?}, {errors:?}", outer.len(), inner.len())
                };
                worst = worst.max(held(&got, &truth, what));
            }
            (got, worst)
        };
        got.into_iter().zip(outers).map(of).collect()
    }
}

/// An inner series without constant term whose coefficients sum to about one.
fn inner(random: &mut Random, format: Format, length: usize) -> Fixed {
    let size = format.frac.saturating_sub((length as u32).max(2).ilog2()).max(2);
    random.series(format, (0, 1), length, Kind::Positive, size).without_constant()
}

#[test]
fn compositions_hold_the_truth_under_the_worst_errors() {
    // Blocks of 64, groups of three powers, the four cuts; with one series of n terms √(n/2) baby steps.
    let (short, long) = ([1, 2, 3, 4, 5, 8, 9, 18, 19], [32, 33, 63, 64, 65]);
    for round in 0..ntk_testing::count(1) {
        for frac in FRACTIONS {
            let mut random = Random::new(u64::from(round * 1000 + frac));
            let length = if frac % 6 == 2 { random.pick(&long) } else { random.pick(&short) };
            let format = Format { frac, width: random.width(frac, 16), degree: length - 1 };
            let count = 1 + random.below(3);
            let error = |random: &mut Random| {
                let size = i64::from(random.pick(&[0, 8, frac / 2]));
                random.error(format, size)
            };
            let outers = (0..count)
                .map(|_| {
                    let terms = random.pick(&[0, 1, length / 2, length, length + 1]);
                    let mut out = random.series(format, (0, 1), terms, Kind::Positive, frac - 4);
                    out.error = error(&mut random);
                    out
                })
                .collect();
            let terms = random.pick(&[length, length / 2, 2]);
            let mut inner = inner(&mut random, format, terms);
            inner.error = error(&mut random);
            Case { format, outers, inner }.check();
        }
    }
}

#[test]
fn beyond_the_primes_compositions_hold_the_truth() {
    for frac in [985, 990, 1000, 1010] {
        let mut random = Random::new(u64::from(frac));
        let format = Format { frac, width: random.width(frac, 16), degree: 20 };
        let mut outer = random.series(format, (0, 1), 21, Kind::Positive, frac);
        outer.error = ErrorBound::flat(format.ulp().shl(1));
        let mut inner = inner(&mut random, format, 21);
        inner.error = ErrorBound::flat(format.ulp().shl(1));
        Case { format, outers: vec![outer], inner }.check();
    }
}

/// An error of the outer series alone, and one of the inner series alone: the bound is a few times the truth.
#[test]
fn bounds_of_compositions_are_narrow() {
    for (frac, length) in [(20, 8), (44, 20), (64, 33), (89, 50), (128, 64)] {
        for which in 0..2 {
            let mut random = Random::new(u64::from(frac));
            let format = Format { frac, width: random.width(frac, 16), degree: length - 1 };
            let error = ErrorBound::flat(format.ulp().shl(i64::from(frac) - 8));
            let mut outer = random.series(format, (0, 1), length, Kind::Extreme, frac - 6);
            let mut inner = Fixed::exact(
                format,
                0,
                1,
                [vec![0; format.width], limbs(&(rug::Integer::from(1) << (frac - 1)), format.width)].concat(),
            );
            if which == 0 {
                outer.error = error
            } else {
                inner.error = error
            }
            for (got, worst) in (Case { format, outers: vec![outer.clone()], inner: inner.clone() }).check() {
                assert!(
                    narrow(&got, &worst, 20.0, 2.0 * length as f64),
                    "{which} {:?} {worst} in {format:?}",
                    got.error
                );
            }
        }
    }
}

#[test]
fn the_identity_changes_nothing() {
    for frac in FRACTIONS {
        let mut random = Random::new(u64::from(frac));
        let format = Format { frac, width: random.width(frac, 16), degree: 9 };
        let t = Fixed::exact(
            format,
            0,
            1,
            [vec![0; format.width], limbs(&(rug::Integer::from(1) << frac), format.width)].concat(),
        );
        let mut outer = random.series(format.of_degree(12), (0, 1), 13, Kind::Positive, frac);
        outer.error = ErrorBound::flat(format.ulp());
        let got = compose(&Multiplier::new(format), &[outer.clone()], &t).remove(0);
        assert_eq!((got.len(), got.worst_error(), got.format()), (10, format.ulp(), format));
        held(&got, &perturbed(&outer.shortened(9), |_| -1), || format!("{format:?}"));
    }
}
