//! Linear combinations.

use rug::{Integer, Rational};

use super::exact::*;
use crate::number::Mag;
use crate::series::combinations::{Row, combinations, rounding};
use crate::series::fixed::{Fixed, Format};
use crate::series::multiply::Multiplier;

#[test]
fn combinations_are_rounded_once() {
    for round in 0..ntk_testing::count(1) {
        for frac in FRACTIONS.into_iter().chain([900, 985, 990, 1000, 1010]) {
            let mut random = Random::new(u64::from(round * 1000 + frac));
            let length = random.pick(&[1, 2, 63, 64, 65, 130]);
            let count = random.pick(&[1, 2, 3, 4, 6, 7]);
            let format = Format { frac, width: random.width(frac, 20), degree: length - 1 };
            let kind = random.pick(&[Kind::Positive, Kind::Extreme]);
            let series: Vec<Fixed> = (0..count)
                .map(|_| {
                    let stored = random.pick(&[length, length / 2]);
                    random.series(format, (0, 1), stored, kind, frac + 3)
                })
                .collect();
            let scalars: Vec<Fixed> = (0..3)
                .map(|i| {
                    random.series(
                        format.of_degree(count),
                        (0, 1),
                        count.saturating_sub(i).max(1),
                        kind,
                        frac + 4,
                    )
                })
                .collect();
            let rows: Vec<Row> = scalars
                .iter()
                .enumerate()
                .map(|(i, s)| Row { scalars: &s.data, length: length.saturating_sub(i) })
                .collect();
            let bound = Mag::pow2(7) * Mag::from_usize(count);
            let got = combinations(&Multiplier::new(format), &rows, &series, bound);
            let allowed = rounding(format, count).to_float().to_rational().unwrap();
            assert!(rounding(format, count) <= format.half_ulp() * Mag::from_f64(1.001));
            for ((row, scalars), data) in rows.iter().zip(&scalars).zip(&got) {
                assert!(data.len() <= row.length * format.width);
                for p in 0..row.length {
                    let truth: Rational = series
                        .iter()
                        .enumerate()
                        .map(|(i, s)| Exact::midpoints(scalars).at(i) * coefficient(s, p))
                        .sum();
                    let x =
                        data.get(p * format.width..(p + 1) * format.width).map(integer).unwrap_or_default();
                    let off = (Rational::from((x, Integer::from(1) << frac)) - truth).abs();
                    assert!(
                        off <= allowed,
                        "t^{p}: {} of {count} series of {length} in {format:?}",
                        off.to_f64()
                    );
                }
            }
        }
    }
}

fn coefficient(series: &Fixed, power: usize) -> Rational {
    let Format { frac, width, .. } = series.format();
    let x = series.data.get(power * width..(power + 1) * width).map(integer).unwrap_or_default();
    Rational::from((x, Integer::from(1) << frac))
}

/// Halves of odd integers: every coefficient is half a unit off, in one direction.
#[test]
fn roundings_all_go_one_way() {
    for frac in FRACTIONS.into_iter().chain([1000, 1010]) {
        let mut random = Random::new(u64::from(frac));
        let format = Format { frac, width: random.width(frac, 20), degree: 65 };
        let odd = |random: &mut Random| limbs(&(random.integer(frac) | 1u32), format.width);
        let series = [Fixed::exact(format, 0, 1, (0..66).flat_map(|_| odd(&mut random)).collect())];
        let half = limbs(&(Integer::from(1) << (frac - 1)), format.width);
        let row = Row { scalars: &half, length: 66 };
        let got = combinations(&Multiplier::new(format), &[row], &series, Mag::ONE).remove(0);
        for (p, x) in got.chunks_exact(format.width).enumerate() {
            let off = Rational::from((integer(x), Integer::from(1) << frac)) - coefficient(&series[0], p) / 2;
            assert_eq!(off, Rational::from((1, Integer::from(2) << frac)));
        }
        assert!(rounding(format, 1) >= format.half_ulp());
    }
}
