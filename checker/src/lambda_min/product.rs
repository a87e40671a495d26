//! `L Lᵀ` for a factor of whole numbers, by limbs: far faster than number by number.

use num_traits::{Signed, ToPrimitive};

use crate::integer::BigInt;
use crate::work;

/// Bits of a limb.
const LIMB: u32 = 54;
/// Entries of more limbs are multiplied number by number.
const MAX_LIMBS: usize = 8;
/// Most terms: `2^14` products of two limbs, for `2^3` pairs of limbs, stay below `2^{108 + 17}`.
const MOST: usize = 1 << 14;

/// The rows of a lower triangle.
pub(super) struct Factor<'a> {
    rows: &'a [Vec<BigInt>],
    /// By row and limb, `Σ_l limbs[l][k] 2^{54 l}`; none where the numbers are too long.
    limbs: Option<Vec<Vec<Vec<i64>>>>,
}

impl<'a> Factor<'a> {
    pub(super) fn new(rows: &'a [Vec<BigInt>]) -> Factor<'a> {
        let bits = rows.iter().flatten().map(BigInt::bits).max().unwrap_or(0);
        let count = (bits / u64::from(LIMB) + 1) as usize;
        let split = |row: &Vec<BigInt>| {
            let mut out = vec![Vec::with_capacity(row.len()); count];
            for entry in row {
                let mut rest = entry.abs();
                for limb in &mut out {
                    let high = &rest >> LIMB;
                    let low = (&rest - (&high << LIMB)).to_i64()?;
                    limb.push(if entry.is_negative() { -low } else { low });
                    rest = high;
                }
            }
            Some(out)
        };
        let fits = count <= MAX_LIMBS && rows.len() <= MOST;
        Factor { rows, limbs: if fits { rows.iter().map(split).collect() } else { None } }
    }

    /// The product of rows `i >= j`: row `j` has `j + 1` entries.
    pub(super) fn entry(&self, i: usize, j: usize) -> BigInt {
        let Some(limbs) = &self.limbs else {
            return self.rows[i].iter().zip(&self.rows[j]).map(|(x, y)| x * y).sum();
        };
        let (a, b) = (&limbs[i], &limbs[j]);
        work::charge((a.len() * b.len() * (j + 1)) as u64);
        let mut sums = vec![0i128; 2 * a.len() - 1];
        for (l, x) in a.iter().enumerate() {
            for (m, y) in b.iter().enumerate() {
                sums[l + m] += x.iter().zip(y).map(|(x, y)| i128::from(*x) * i128::from(*y)).sum::<i128>();
            }
        }
        sums.iter().rev().fold(BigInt::from(0), |value, sum| (value << LIMB) + BigInt::from(*sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn triangle(numbers: &[(i64, u32)]) -> Vec<Vec<BigInt>> {
        let mut numbers = numbers.iter().map(|(n, shift)| BigInt::from(*n) << *shift);
        (1..)
            .map_while(|i| Some(numbers.by_ref().take(i).collect::<Vec<_>>()).filter(|r| r.len() == i))
            .collect()
    }

    proptest! {
        #![proptest_config(ntk_testing::cases(60))]
        #[test]
        fn by_limbs_as_number_by_number(
            numbers in prop::collection::vec((prop_oneof![any::<i64>(), -1i64..=1, Just(i64::MIN), Just(i64::MAX)], 0u32..420), 1..40),
            shorter in any::<bool>(),
        ) {
            let numbers: Vec<_> = numbers.iter().map(|(n, s)| (*n, if shorter { s % 60 } else { *s })).collect();
            let rows = triangle(&numbers);
            let factor = Factor::new(&rows);
            for i in 0..rows.len() {
                for j in 0..=i {
                    let truth: BigInt = rows[i].iter().zip(&rows[j]).map(|(x, y)| x * y).sum();
                    prop_assert_eq!(factor.entry(i, j), truth);
                }
            }
        }
    }
}
