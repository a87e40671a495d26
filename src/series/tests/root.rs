//! Reciprocal square roots.

use rug::{Float, Integer};

use super::exact::*;
use crate::number::{Ball, Mag};
use crate::series::error_bound::ErrorBound;
use crate::series::fixed::{Fixed, Format};
use crate::series::multiply::Multiplier;
use crate::series::root::reciprocal_square_root;

/// `u^{-1/2}` by the plain recurrence in balls of many bits.
fn truth(u: &Exact, degree: usize) -> Vec<Ball> {
    let u = generic(u.balls(degree, 700));
    let constant = Ball::from_integer(1, 700) / u.coefficients()[0].sqrt();
    u.rsqrt(constant).unwrap().coefficients().to_vec()
}

fn checked(u: &Fixed) -> Fixed {
    let got = reciprocal_square_root(&Multiplier::new(u.format()), u);
    let what = || format!("the root of {} by {} with {:?} in {:?}", u.len(), u.step, u.error, u.format());
    assert_eq!((got.format(), got.step), (u.format(), u.step), "{}", what());
    if got.error.is_finite() {
        for sign in SIGNS {
            held_balls(&got, &truth(&perturbed(u, sign), u.format().degree), what);
        }
    }
    got
}

/// `1 + Σ c_j t^{step j}` with `|c_j| < 2^-decay`, or smaller towards the end.
fn drawn(random: &mut Random, format: Format, step: usize, length: usize, decay: u32) -> Fixed {
    let mut out =
        random.series(format, (0, step), length, Kind::Mixed, format.frac.saturating_sub(decay).max(1));
    out.data.resize(out.data.len().max(format.width), 0);
    out.data[..format.width].copy_from_slice(&limbs(&(Integer::from(1) << format.frac), format.width));
    out
}

#[test]
fn roots_hold_the_truth_under_the_worst_errors() {
    let lengths = [1, 2, 3, 4, 5, 7, 8, 9, 16, 17, 33, 49, 64];
    for round in 0..ntk_testing::count(2) {
        for frac in FRACTIONS {
            let mut random = Random::new(u64::from(round * 1000 + frac));
            let (length, step) = (random.pick(&lengths), 1 + random.below(2));
            // Of an even series the last power may be odd.
            let degree = step * (length - 1) + random.below(step);
            let format = Format { frac, width: random.width(frac, 14), degree };
            let decay = 2 + (length as u32).ilog2() + random.below(2) as u32;
            let stored = random.pick(&[length, 2, length.div_ceil(2)]);
            let mut u = drawn(&mut random, format, step, stored, decay);
            if random.below(3) == 0 {
                // Another constant term than one.
                let constant = random.integer(frac - 2) + (Integer::from(1) << (frac - 1));
                u.data[..format.width].copy_from_slice(&limbs(&constant, format.width));
            }
            let size = random.pick(&[-3, 0, 2]);
            u.error = random.error(format, size);
            let got = checked(&u);
            assert!(
                got.error.is_finite() || frac < 26,
                "nothing of {length} by {step} in {format:?} with {:?}",
                u.error
            );
        }
    }
}

/// The start from doubles at its two ends and next to them, at every parity of the degree; the result has the degree of
/// the series.
#[test]
fn the_start_from_doubles_keeps_format_and_degree() {
    for frac in [43, 44, 45, 63, 64, 65, 87, 88, 89] {
        for (degree, step) in [(9, 1), (8, 2), (9, 2), (63, 2), (64, 2)] {
            let mut random = Random::new(u64::from(frac) + degree as u64);
            let format = Format { frac, width: random.width(frac, 14), degree };
            let mut u = drawn(&mut random, format, step, degree / step + 1, 4);
            for error in [ErrorBound::ZERO, ErrorBound::flat(format.ulp())] {
                u.error = error;
                let got = checked(&u);
                assert!(got.error.is_finite(), "{format:?} by {step}");
                assert!(got.add(&u).error.is_finite());
            }
        }
    }
}

/// Large coefficients make the residual of the start large: its square counts.
#[test]
fn powers_of_the_residual_count() {
    for round in 0..ntk_testing::count(6) {
        for frac in FRACTIONS {
            let mut random = Random::new(u64::from(round * 1000 + frac));
            let length = random.pick(&[2, 3, 4, 5, 6, 8, 12]);
            let format = Format { frac, width: random.width(frac, 36), degree: length - 1 };
            let decay = random.pick(&[1, 6, 12, frac / 2]);
            let mut u = drawn(&mut random, format, 1, length, decay);
            // A spike where the second half begins, beside which nothing else counts, or throughout.
            let spike = random.pick(&[0, 4, 10]);
            let place = random.pick(&[length.div_ceil(2), 1]);
            let value = limbs(&((random.integer(frac) | 1u32) << spike), format.width);
            u.data[place * format.width..(place + 1) * format.width].copy_from_slice(&value);
            checked(&u);
        }
    }
}

#[test]
fn bounds_of_roots_are_narrow() {
    // (1 - t/2)² (1 + …): coefficients of the root are about one; a few hundred units are lost at most.
    for frac in FRACTIONS {
        let mut random = Random::new(u64::from(frac));
        let format = Format { frac, width: random.width(frac, 14), degree: 15 };
        let mut u = drawn(&mut random, format, 1, 16, 5);
        let got = checked(&u);
        assert!(got.worst_error() <= format.ulp().shl(6) || frac < 24, "{:?} in {format:?}", got.error);
        // An inherited error e becomes about e/2 times the sum of the cube of the root.
        u.error = ErrorBound::flat(Mag::pow2(-12));
        let got = checked(&u);
        assert!(got.worst_error() <= Mag::pow2(-8) || frac < 24, "{:?} in {format:?}", got.error);
    }
}

#[test]
fn binomials_hold_the_truth_under_the_worst_errors() {
    for round in 0..ntk_testing::count(2) {
        for frac in FRACTIONS {
            let mut random = Random::new(u64::from(round * 1000 + frac));
            let step = 1 + random.below(2);
            let format = Format { frac, width: random.width(frac, 16), degree: random.pick(&[1, 2, 3, 40]) };
            let one = Integer::from(1) << frac;
            let drawn = random.integer(frac);
            let w = random.pick(&[one.clone(), -one.clone(), one.clone() - 1u32, -drawn.clone(), drawn]);
            let mut u =
                Fixed::exact(format, 0, step, [limbs(&one, format.width), limbs(&w, format.width)].concat());
            u.data.truncate(u.capacity() * format.width);
            let size = random.pick(&[-3, 0]);
            u.error = random.error(format, size);
            checked(&u);
        }
    }
}

/// Where the plain recurrence takes too long: the root of `(1 - t/2 - t²/4)²` has one of three terms.
#[test]
fn long_roots_hold_the_truth() {
    for (frac, length) in [(44, 1535), (60, 1536), (88, 1537), (64, 3072), (72, 3073), (100, 1600), (40, 800)]
    {
        let format = Format { frac, width: (frac as usize + 20).div_ceil(64), degree: length - 1 };
        let quarters = |values: &[i32], bits: u32| {
            Fixed::exact(
                format,
                0,
                1,
                values
                    .iter()
                    .flat_map(|v| limbs(&(Integer::from(*v) << (frac - bits)), format.width))
                    .collect(),
            )
        };
        // (4 - 2t - t²)² = 16 - 16 t - 4 t² + 4 t³ + t⁴.
        let u = quarters(&[16, -16, -4, 4, 1], 4);
        let got = reciprocal_square_root(&Multiplier::new(format), &u);
        assert!(got.error.is_finite(), "{frac} {length}");
        let mut truth = vec![Ball::exact(Float::with_val(800, 1)), Ball::exact(Float::with_val(800, 0.5))];
        while truth.len() < length {
            let n = truth.len();
            truth.push(&truth[n - 1].shl(-1) + &truth[n - 2].shl(-2));
        }
        held_balls(&got, &truth, || format!("{length} coefficients of {frac} bits"));
    }
}
