//! Products.

use rug::{Integer, Rational};

use super::exact::*;
use crate::number::Mag;
use crate::series::error_bound::ErrorBound;
use crate::series::fixed::{Fixed, Format};
use crate::series::multiply::{Multiplier, Operand};
use crate::series::ntt::length_for;

/// At, below and above: one coefficient, `SHORT`, and with two of them the lengths of transforms and the blocks of
/// digits.
const LENGTHS: [usize; 20] = [0, 1, 2, 3, 15, 31, 32, 33, 47, 48, 49, 50, 63, 64, 65, 80, 81, 96, 128, 129];

struct Case {
    format: Format,
    a: Fixed,
    b: Fixed,
}

impl Case {
    fn new(random: &mut Random, frac: u32, lengths: (usize, usize), kind: Kind) -> Case {
        let width = random.width(frac, 12);
        let step = 1 + random.below(2);
        let full = step * (lengths.0 + lengths.1).max(1);
        let degree = random.pick(&[full, full - 1, full / 2, full / 3, 0]);
        let format = Format { frac, width, degree };
        // Bits of both that leave room for the sum of their products.
        let room = 64 * width as u32 + frac - 3 - (lengths.0.max(lengths.1) as u32 + 1).ilog2() - 1;
        let top = 64 * width as u32 - 3;
        let size = random.pick(&[room / 2, frac.min(top), 3]).min(top);
        let other = (room - size).min(top).min(random.pick(&[top, frac, 2]));
        let pattern = |random: &mut Random| (random.below(2), step);
        let mut series = |len: usize, size: u32| {
            let pattern = pattern(random);
            let mut out = random.series(format, pattern, len, kind, size);
            let errors = i64::from(random.pick(&[1, size / 2 + 1, size + 2]));
            out.error = random.error(format, errors.min(i64::from(room / 2)));
            out
        };
        let (a, b) = (series(lengths.0, size), series(lengths.1, other));
        Case { format, a, b }
    }

    fn describe(&self) -> String {
        let part = |x: &Fixed| format!("{} from {} by {} with {:?}", x.len(), x.first, x.step, x.error);
        format!("a product of {} and {} in {:?}", part(&self.a), part(&self.b), self.format)
    }

    /// Must there be an answer? The least of two bounds of a coefficient has to fit, which leaves two bits.
    fn fits(&self) -> bool {
        let norms = |x: &Fixed| {
            let values = Exact::midpoints(x);
            let sizes = (0..=self.format.degree).map(|k| values.at(k).abs());
            let largest = sizes.clone().max().unwrap_or_default();
            (largest, sizes.sum::<Rational>())
        };
        let (a, b) = (norms(&self.a), norms(&self.b));
        let bound = Rational::from(&a.0 * &b.1).min(Rational::from(&a.1 * &b.0));
        let room = 64 * self.format.width as i32 - self.format.frac as i32 - 2;
        bound.to_f64() < 0.999 * f64::from(room).exp2()
    }

    fn check(&self) -> (Fixed, Rational) {
        let got = Multiplier::new(self.format).product(&self.a, &self.b);
        assert!(got.error.is_finite() || !self.fits(), "nothing is known of {}", self.describe());
        let mut worst = Rational::new();
        for sign in SIGNS {
            for other in [sign, |_| 1] {
                let truth = perturbed(&self.a, sign).times(&perturbed(&self.b, other), self.format.degree);
                worst = worst.max(held(&got, &truth, || self.describe()));
            }
        }
        (got, worst)
    }
}

#[test]
fn products_hold_the_truth_under_the_worst_errors() {
    for round in 0..ntk_testing::count(3) {
        for frac in FRACTIONS {
            let mut random = Random::new(u64::from(round * 1000 + frac));
            let lengths = (random.pick(&LENGTHS), random.pick(&LENGTHS));
            let kind = random.pick(&[Kind::Mixed, Kind::Positive, Kind::Extreme]);
            Case::new(&mut random, frac, lengths, kind).check();
        }
    }
}

#[test]
fn squares_hold_the_truth_under_the_worst_errors() {
    for round in 0..ntk_testing::count(1) {
        for frac in FRACTIONS {
            let mut random = Random::new(u64::from(round * 1000 + frac) + 17);
            let length = random.pick(&LENGTHS);
            let kind = random.pick(&[Kind::Mixed, Kind::Extreme]);
            let case = Case::new(&mut random, frac, (length, length), kind);
            let got = Multiplier::new(case.format).square(&case.a);
            for sign in SIGNS {
                let truth = perturbed(&case.a, sign);
                held(&got, &truth.times(&truth, case.format.degree), || case.describe());
            }
        }
    }
}

#[test]
fn the_bound_of_a_product_is_attained() {
    for (frac, length) in [(20, 5), (44, 48), (45, 47), (63, 1), (64, 60), (88, 50), (89, 20), (128, 64)] {
        let mut random = Random::new(u64::from(frac));
        let format = Format { frac, width: random.width(frac, 12), degree: length - 1 };
        for (e, f) in [(frac, 1), (1, frac), (frac - 3, frac - 3), (1, 0), (frac + 5, frac + 4)] {
            let [mut a, mut b] = [0; 2].map(|_| random.series(format, (0, 1), length, Kind::Positive, frac));
            a.error = ErrorBound::flat(format.ulp().shl(i64::from(e)));
            b.error = ErrorBound::flat(format.ulp().shl(i64::from(f)));
            let case = Case { format, a, b };
            let (got, worst) = case.check();
            assert!(narrow(&got, &worst, 1.001, 0.51), "{:?} for {worst} in {}", got.error, case.describe());
        }
    }
}

/// Odd integers times one half and units: each coefficient of the product lies half a unit off, and the bound says no
/// more.
#[test]
fn roundings_all_go_one_way() {
    for frac in FRACTIONS.into_iter().chain([200, 985, 990, 1000, 1010]) {
        for (one, other) in [(1, 60), (60, 1), (2, 47), (47, 47), (48, 48), (49, 130)] {
            let mut random = Random::new(u64::from(frac));
            let format = Format { frac, width: random.width(frac, 12), degree: 200 };
            let integers = |values: &mut dyn Iterator<Item = Integer>| {
                Fixed::exact(format, 0, 1, values.flat_map(|x| limbs(&x, format.width)).collect())
            };
            let sign = random.pick(&[1, -1]);
            let a = integers(&mut (0..one).map(|_| (random.integer(frac - 8) | 1u32) * sign));
            let half = Integer::from(1) << (frac - 1);
            let b = integers(
                &mut (0..other).map(|j| if j == 0 { half.clone() } else { Integer::from(1) << frac }),
            );
            let got = Multiplier::new(format).product(&a, &b);
            let truth = Exact::midpoints(&a).times(&Exact::midpoints(&b), 200);
            let worst = held(&got, &truth, || format!("{one} by {other} in {format:?}"));
            assert_eq!(
                worst,
                Rational::from((1, Integer::from(2) << frac)),
                "{one} by {other} in {format:?}"
            );
            assert_eq!(got.worst_error(), format.half_ulp());
        }
    }
}

/// Coefficients as large as they fit, of one sign: the integers come close to what the primes can tell apart.
#[test]
fn the_largest_products_come_back_right() {
    for round in 0..ntk_testing::count(1) {
        for frac in FRACTIONS.into_iter().chain([400, 980, 990, 997, 1000, 1003]) {
            let mut random = Random::new(u64::from(frac + 7919 * round));
            let (m, n) = (random.pick(&[48, 64, 65]), random.pick(&[48, 100, 128]));
            let width = random.width(frac, 12);
            let format = Format { frac, width, degree: 240 };
            let room = 64 * width as u32 + frac - 2 - 7;
            let size = (frac + random.below(12) as u32).min(64 * width as u32 - 3);
            let other = (room - size).min(64 * width as u32 - 3);
            let a = random.series(format, (0, 1), m, Kind::Extreme, size);
            let mut b = random.series(format, (0, 1), n, Kind::Extreme, other);
            if random.below(2) == 1 {
                b = b.negated();
            }
            let case = Case { format, a, b };
            assert!(case.check().0.error.is_finite() || !case.fits());
        }
    }
}

#[test]
fn long_products_hold_the_truth() {
    // Transforms of 2^13 are the longest kept; 1536, 2048 and 2560 are the three shapes of a length.
    let mut lengths =
        vec![(768, 769), (769, 769), (1024, 1024), (1025, 1025), (1280, 1281), (4096, 4097), (4097, 4097)];
    lengths.push((5, 8200));
    for (i, lengths) in lengths.into_iter().enumerate() {
        let mut random = Random::new(i as u64);
        let frac = random.pick(&[44, 64, 88, 128]);
        let format = Format { frac, width: random.width(frac, 14), degree: lengths.0 + lengths.1 };
        let mut series = |length| {
            let mut out = random.series(format, (0, 1), length, Kind::Extreme, frac - 5);
            out.error = ErrorBound::flat(format.ulp());
            out
        };
        let (a, b) = (series(lengths.0), series(lengths.1));
        let got = Multiplier::new(format).product(&a, &b);
        let truth = perturbed(&a, |_| 1).times(&perturbed(&b, |_| 1), format.degree);
        let worst = held(&got, &truth, || format!("a product of {lengths:?} in {format:?}"));
        assert!(narrow(&got, &worst, 1.1, 1.0), "{lengths:?} in {format:?}: {:?}", got.error);
    }
}

#[test]
fn cyclic_products_wrap_around_before_they_are_rounded() {
    for round in 0..ntk_testing::count(2) {
        for frac in FRACTIONS {
            let mut random = Random::new(u64::from(round * 1000 + frac) + 5);
            let (m, n) = (random.pick(&LENGTHS).max(1), random.pick(&LENGTHS).max(1));
            let length =
                random.pick(&[length_for(m.max(n)), length_for(m + n - 1), length_for(m.max(n) + 5)]);
            let format = Format { frac, width: random.width(frac, 12), degree: length - 1 };
            // A factor may have a format of its own, as the start of a root has.
            let own = Format { frac: 44, width: 1, degree: length - 1 };
            let a = match random.below(3) {
                0 => random.series(own, (0, 1), m, Kind::Mixed, 45),
                _ => random.series(format, (0, 1), m, Kind::Mixed, frac),
            };
            let b = random.series(format, (0, 1), n, Kind::Mixed, frac);
            let from = random.below(length);
            let range = from..from + random.below(length - from + 1);
            let engine = Multiplier::new(format);
            let (mut left, mut right) = (Operand::whole(&a), Operand::whole(&b));
            let product = Exact::midpoints(&a).times(&Exact::midpoints(&b), m + n);
            let truth: Vec<Rational> =
                (0..length).map(|i| (i..m + n).step_by(length).map(|k| product.at(k)).sum()).collect();
            for _ in 0..2 {
                // The second time with the transforms that were kept.
                let data = engine.cyclic(&mut left, Some(&mut right), length, range.clone()).unwrap();
                assert_eq!(data.len(), range.len() * format.width);
                for (i, x) in range.clone().zip(data.chunks_exact(format.width)) {
                    let off = Rational::from((integer(x), Integer::from(1) << frac)) - &truth[i];
                    let half = Rational::from((1, Integer::from(2) << frac));
                    assert!(off.abs() <= half, "{i} of {m} by {n} modulo {length} in {format:?}");
                }
            }
        }
    }
}

#[test]
fn kept_transforms_serve_for_several_lengths() {
    let format = Format { frac: 80, width: 2, degree: 400 };
    let mut random = Random::new(3);
    let engine = Multiplier::new(format);
    let a = random.series(format, (0, 1), 60, Kind::Mixed, 80);
    let mut left = Operand::whole(&a);
    for n in [60, 49, 200, 48, 20, 1, 64] {
        let b = random.series(format, (0, 1), n, Kind::Mixed, 80);
        let got = engine.product_of(&a, &mut left, &b, Some(&mut Operand::whole(&b)));
        let truth = Exact::midpoints(&a).times(&Exact::midpoints(&b), 400);
        held(&got, &truth, || format!("60 by {n}"));
        assert_eq!(got.worst_error(), format.half_ulp());
    }
    assert!(engine.product(&a, &Fixed::lost(format, 0, 1)).worst_error() == Mag::INFINITY);
}
