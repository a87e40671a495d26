//! Signed fixed point of 128 bits: products with a proved error, and unit vectors.

use crate::parallel::*;
use rug::Integer;
use rug::ops::DivRounding;

use super::entries::pairs;
use super::fixed_point::{COORDINATE_BITS, COSINE_BITS, product, to_ball};
use super::inner::InnerProducts;
use crate::number::{Ball, Mag};

/// Unit vectors along points, in fixed point.
#[derive(Debug)]
pub(super) struct Directions {
    dimension: usize,
    coordinates: Vec<i128>,
}

impl Directions {
    /// None of the points is the origin.
    pub fn new(inner: &InnerProducts) -> Directions {
        let rows: Vec<Vec<i128>> = (0..inner.len())
            .into_par_iter()
            .map(|i| {
                let (row, square) = inner.row_and_square(i);
                // √square with 139 bits and more, rounded down.
                let more = 140u32.saturating_sub(square.significant_bits() / 2);
                let root = Integer::from(square << (2 * more)).sqrt();
                let quotient =
                    |x: Integer| (x << (COORDINATE_BITS + more)).div_trunc(&root).to_i128_wrapping();
                row.into_iter().map(quotient).collect()
            })
            .collect();
        Directions { dimension: rows.first().map_or(0, Vec::len), coordinates: rows.concat() }
    }

    fn row(&self, i: usize) -> &[i128] {
        &self.coordinates[i * self.dimension..(i + 1) * self.dimension]
    }

    /// The cosine between two points in units of `2^-124`, within [`Directions::error`] of them.
    pub fn cosine(&self, i: usize, j: usize) -> i128 {
        // Each product is below 2^124 in magnitude, and so is, by Cauchy and Schwarz, up to the error every partial
        // sum.
        self.row(i).iter().zip(self.row(j)).map(|(x, y)| product(*x, *y)).sum()
    }

    /// `Uᵀ U` for the matrix `U` of the unit vectors' rows, as the lower triangle.
    pub fn column_products(&self) -> Vec<Ball> {
        const SHIFT: u32 = 14;
        let rows = self.coordinates.chunks(self.dimension.max(1));
        let count = rows.len();
        let entries: Vec<(usize, usize)> = pairs(self.dimension).collect();
        // Fewer than 2^14 products, each below 2^110 after the shift. A coordinate is off by less than two units of
        // 2^-126, so that a product of two is off by less than one unit of 2^-124 and one for the second order, three
        // for its rounding and 2^14 for the shift: less than two units of 2^-110.
        let error = Mag::from_usize(2 * count).shl(-i64::from(COSINE_BITS - SHIFT));
        let entry = |&(a, b): &(usize, usize)| {
            let sum: i128 = rows.clone().map(|row| product(row[a], row[b]) >> SHIFT).sum();
            to_ball(sum, COSINE_BITS - SHIFT, error)
        };
        entries.par_iter().map(entry).collect()
    }

    /// A coordinate is off by less than one for the truncation and |x| 2^126 2^-138 < 1 for the root, so that a cosine
    /// is off by at most √d · 2 · 2 · 2^-126 (1 + 2^-60) for these by Cauchy and Schwarz, that is 2 √d <= 2 d units of
    /// 2^-124, and by less than 3 d for the products; one more for the second order.
    pub fn error(&self) -> i128 {
        5 * self.dimension as i128 + 1
    }

    /// The same as a magnitude.
    pub fn error_bound(&self) -> Mag {
        Mag::from_usize(self.error() as usize).shl(-i64::from(COSINE_BITS))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gram::Points;
    use crate::kernel::Input;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn products_are_low_by_less_than_three(a: i128, b: i128) {
            let exact = Integer::from(a) * Integer::from(b);
            let gap: Integer = exact - (Integer::from(product(a, b)) << 128);
            prop_assert!(gap >= 0 && gap < Integer::from(3) << 128);
        }

        #[test]
        fn cosines_are_within_their_error(
            rows in prop::collection::vec(prop::collection::vec(-1000i64..1000, 4), 2..6), power in 0u32..60,
        ) {
            let scale = |(i, x): (usize, &i64)| format!("{}e-{}", x, if i == 2 { power } else { 3 });
            let text: Vec<String> = rows.iter().map(|row| {
                format!("1e-3,{}", row.iter().enumerate().map(scale).collect::<Vec<_>>().join(","))
            }).collect();
            let inner = InnerProducts::new(&Points::from_csv(&text.join("\n")).unwrap(), &Input::default());
            let directions = Directions::new(&inner);
            for i in 0..rows.len() {
                for (j, rho) in inner.cosines(i, 300).iter().enumerate() {
                    let found = rug::Float::with_val(300, directions.cosine(i, j)) >> COSINE_BITS;
                    let gap = (rho - &crate::Ball::exact(found)).magnitude();
                    prop_assert!(gap <= directions.error_bound());
                }
            }
        }
    }

    /// Roundings all of one sign: equal coordinates, in dimensions from one to many.
    #[test]
    fn errors_of_one_sign_are_within_the_bound() {
        for d in [1, 2, 3, 7, 64, 300, 1000] {
            let rows = [
                vec!["1"; d].join(","),
                vec!["3"; d].join(","),
                (1..=d).map(|k| k.to_string()).collect::<Vec<_>>().join(","),
            ];
            let inner = InnerProducts::new(&Points::from_csv(&rows.join("\n")).unwrap(), &Input::default());
            let directions = Directions::new(&inner);
            for i in 0..3 {
                for (j, rho) in inner.cosines(i, 400).iter().enumerate() {
                    let found =
                        crate::Ball::exact(rug::Float::with_val(300, directions.cosine(i, j)) >> COSINE_BITS);
                    let gap = (rho - &found).magnitude();
                    assert!(gap <= directions.error_bound(), "{d}: {gap:?} {:?}", directions.error_bound());
                }
            }
            assert!(directions.error_bound() < Mag::from_usize(d).shl(-121));
        }
    }

    /// `Uᵀ U` over many rows that are all the same, and over rows that alternate in sign.
    #[test]
    fn products_of_columns_are_enclosed() {
        for (count, signs) in [(1usize, false), (63, false), (700, false), (700, true)] {
            let sign = |k: usize| if signs && k % 2 == 1 { "-" } else { "" };
            let rows: Vec<String> = (0..count).map(|k| format!("1,{}{},-2", sign(k), 3 + k % 2)).collect();
            let inner = InnerProducts::new(&Points::from_csv(&rows.join("\n")).unwrap(), &Input::default());
            let found = Directions::new(&inner).column_products();
            for (found, (a, b)) in found.iter().zip(pairs(3)) {
                let truth = (0..count).fold(rug::Rational::new(), |sum, k| {
                    let second = (3 + (k % 2) as i64) * if signs && k % 2 == 1 { -1 } else { 1 };
                    let row = [1, second, -2];
                    sum + rug::Rational::from((row[a] * row[b], 5 + second * second))
                });
                let truth = crate::number::rational::rational_from_gmp(&truth);
                assert!(found.contains_rational(&truth), "{count} rows, {a} {b}: {found} misses {truth}");
                assert!(found.radius() <= Mag::from_usize(count).shl(-108));
            }
        }
    }
}
