//! Taylor shifts.

use rug::{Integer, Rational};

use super::exact::*;
use crate::number::{Ball, Mag};
use crate::series::compose::taylor_shift;
use crate::series::error_bound::ErrorBound;
use crate::series::fixed::{Fixed, Format};
use crate::series::multiply::Multiplier;

/// `LEAF` = 16 terms are shifted directly; past that, powers of two of leaves.
const TERMS: [usize; 14] = [0, 1, 2, 15, 16, 17, 31, 32, 33, 48, 63, 64, 65, 100];

fn line(a: &Rational, b: &Rational) -> Exact {
    let bits = a.denom().significant_bits().max(b.denom().significant_bits());
    let whole = |x: &Rational| Rational::from(x << bits).into_numer_denom().0;
    Exact::new(bits, vec![whole(a), whole(b)])
}

/// All terms, also those past the degree, each off by its whole error.
fn outer_at(values: &[Integer], frac: u32, error: &Rational, sign: fn(usize) -> i32) -> Exact {
    let bits = frac + 100;
    let off = Rational::from(error << bits).into_numer_denom();
    let off = off.0.div_rem_floor(off.1).0;
    Exact::new(
        bits,
        values
            .iter()
            .enumerate()
            .map(|(k, v)| Integer::from(v << 100) + &off * Integer::from(sign(k)))
            .collect(),
    )
}

#[test]
fn shifts_hold_the_truth_under_the_worst_errors() {
    for round in 0..ntk_testing::count(2) {
        for frac in FRACTIONS {
            let mut random = Random::new(u64::from(round * 1000 + frac));
            let terms = random.pick(&TERMS);
            let degree = random.pick(&[0, 1, 5, 16, 40]);
            let format = Format { frac, width: random.width(frac, 14), degree };
            let values: Vec<Integer> = (0..terms).map(|_| random.integer(frac - 4)).collect();
            let balls: Vec<Ball> = values
                .iter()
                .map(|v| {
                    Ball::from_gmp_rational(&Rational::from((v.clone(), Integer::from(1) << frac)), frac + 8)
                })
                .collect();
            let error = random.pick(&[Mag::ZERO, format.ulp().shl(-2), format.ulp().shl(12), Mag::pow2(-6)]);
            let widened: Vec<Ball> = balls.iter().map(|x| x.widened(error)).collect();
            let outer = Fixed::unbounded(format, &widened);
            // A start with few bits, or with more than the format holds; one of a sixteenth makes 1/b large.
            let bits = random.pick(&[1, 4, frac, frac + 40]);
            let a = match random.below(4) {
                0 => Rational::from((15, 16)),
                1 => Rational::new(),
                _ => Rational::from((random.integer(bits), Integer::from(1) << bits)),
            };
            let b = Rational::from(1) - &a;
            if b == 0 {
                continue;
            }
            let radius = random.pick(&[Mag::ZERO, Mag::ZERO, format.ulp().shl(3)]);
            let of =
                |x: &Rational| Ball::from_gmp_rational(x, 64 * format.width as u32 + frac).widened(radius);
            let got = taylor_shift(&Multiplier::new(format), &outer, &of(&a), &of(&b));
            assert!(got.error.is_finite());
            let (error, radius) =
                (error.to_float().to_rational().unwrap(), radius.to_float().to_rational().unwrap());
            for sign in SIGNS {
                let exact = outer_at(&values, frac, &error, sign);
                for moved in [Rational::new(), radius.clone(), -radius.clone()] {
                    let (a, b) = (Rational::from(&a + &moved), Rational::from(&b - &moved));
                    // The line keeps its sum one and stays in the square.
                    if a < 0 || b < 0 {
                        continue;
                    }
                    let truth = line(&a, &b).inside(&exact, degree);
                    held(&got, &truth, || format!("{terms} terms about {a} in {format:?} with {error}"));
                }
            }
        }
    }
}

#[test]
fn the_bound_of_a_shift_is_nearly_attained() {
    for (frac, terms) in [(20, 200), (44, 256), (63, 257), (64, 150), (89, 300), (128, 240)] {
        let mut random = Random::new(u64::from(frac));
        let format = Format { frac, width: random.width(frac, 14), degree: 3 };
        let values: Vec<Integer> = (0..terms).map(|_| random.integer(frac - 8)).collect();
        let error = format.ulp().shl(i64::from(frac) - 6);
        let balls: Vec<Ball> = values
            .iter()
            .map(|v| {
                Ball::from_gmp_rational(&Rational::from((v.clone(), Integer::from(1) << frac)), frac + 8)
                    .widened(error)
            })
            .collect();
        let outer = Fixed::unbounded(format, &balls);
        let (a, b) = (Rational::from((3, 4)), Rational::from((1, 4)));
        let of = |x: &Rational| Ball::from_gmp_rational(x, 64);
        let got = taylor_shift(&Multiplier::new(format), &outer, &of(&a), &of(&b));
        let exact = outer_at(&values, frac, &error.to_float().to_rational().unwrap(), |_| 1);
        let worst = held(&got, &line(&a, &b).inside(&exact, 3), || format!("{terms} terms"));
        // Four times the error for the terms; what the products lose is next to nothing here.
        assert!(
            narrow(&got, &worst, 1.3, 0.0) && got.worst_error() >= error.shl(2),
            "{:?} for {worst}",
            got.error
        );
    }
}

/// Terms past the degree count with their own errors, which a bound that grows makes larger.
#[test]
fn errors_that_grow_count_past_the_degree() {
    let format = Format { frac: 60, width: 2, degree: 1 };
    let mut outer = Fixed::exact(format, 0, 1, vec![0; 2 * 64]);
    outer.error = ErrorBound::growing(format.ulp().shl(20), 3);
    let got = taylor_shift(
        &Multiplier::new(format),
        &outer,
        &Ball::from_integer(1, 64).shl(-1),
        &Ball::from_integer(1, 64).shl(-1),
    );
    let long = Fixed::exact(format.of_degree(63), 0, 1, outer.data.clone()).with_error(outer.error);
    let half = Exact::new(1, vec![Integer::from(1), Integer::from(1)]);
    held(&got, &half.inside(&perturbed(&long, |_| 1), 1), || "growing errors".into());
}
