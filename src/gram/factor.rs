//! Cholesky factors in integers, whose residual is exact.
//!
//! For integers `a_ij` the recurrence `l_ij = round((a_ij - Σ_{k<j} l_ik l_jk)/l_jj)`, `l_ii = floor(√…)` leaves
//! remainders `r_ij`: `A = L Lᵀ + R` with nothing else left out. What is dominated by the diagonal of a shift of `A`
//! then proves that the shift is positive semidefinite; no rounding has to be bounded.

use crate::parallel::*;
use rug::Integer;
use rug::ops::DivRounding;

/// Columns with fewer multiplications than this are not worth sharing out.
const SHARED: usize = 1 << 14;

/// `A = L Lᵀ + R`: the lower triangle of `L`, and for each row `Σ_{j≠i} |r_ij| - r_ii`.
#[derive(Debug)]
pub(super) struct Factor {
    pub rows: Rows,
    pub excess: Vec<Integer>,
}

/// The lower triangle of `L`.
#[derive(Debug)]
pub(super) enum Rows {
    Short(Vec<Vec<i64>>),
    Long(Vec<Vec<Integer>>),
}

/// Factors the lower triangle `a`; `None` when a pivot is not positive.
pub(super) fn factor(a: &[Vec<Integer>]) -> Option<Factor> {
    let short = a.iter().flatten().all(|x| x.significant_bits() <= 124);
    if short { factor_short(a) } else { factor_long(a) }
}

fn factor_short(a: &[Vec<Integer>]) -> Option<Factor> {
    let n = a.len();
    let mut rows: Vec<Vec<i64>> = vec![vec![]; n];
    // The remainders of each row off the diagonal, and those of each column below it.
    let mut of_row = vec![Integer::new(); n];
    let mut excess = vec![Integer::new(); n];
    // a_ii - Σ_k l_ik² of the columns so far. While none is negative, all sums of products Σ_k l_ik l_jk are by Cauchy
    // and Schwarz within the largest a_ii < 2^124: nothing overflows.
    let mut left: Vec<i128> = a.iter().map(|row| row.last()?.to_i128()).collect::<Option<_>>()?;
    for j in 0..n {
        if left[j] <= 0 {
            return None;
        }
        let (done, below) = rows.split_at_mut(j + 1);
        let pivot_row = &mut done[j];
        let root = isqrt(left[j]);
        let pivot = i64::try_from(root).ok()?;
        excess[j] -= left[j] - root * root;
        let (_, left_below) = left.split_at_mut(j + 1);
        let step = |((row, left), i): ((&mut Vec<i64>, &mut i128), usize)| -> Option<i128> {
            // Both terms are below 2^124.
            let (quotient, remainder) = nearest(a[i][j].to_i128()? - dot(row, pivot_row), root);
            row.push(i64::try_from(quotient).ok()?);
            *left -= quotient * quotient;
            (*left >= 0).then_some(remainder.abs())
        };
        let indices = j + 1..n;
        let remainders: Option<Vec<i128>> = match (n - j) * j > SHARED {
            true => below.par_iter_mut().zip(left_below).zip(indices).map(step).collect(),
            false => below.iter_mut().zip(left_below).zip(indices).map(step).collect(),
        };
        let mut column = Integer::new();
        for (i, r) in (j + 1..n).zip(remainders?) {
            of_row[i] += r;
            column += r;
        }
        excess[j] += column;
        rows[j].push(pivot);
    }
    for (e, r) in excess.iter_mut().zip(of_row) {
        *e += r;
    }
    Some(Factor { rows: Rows::Short(rows), excess })
}

fn dot(x: &[i64], y: &[i64]) -> i128 {
    // A partial sum over the first k columns is bounded like the whole.
    x.iter().zip(y).map(|(x, y)| i128::from(*x) * i128::from(*y)).sum()
}

/// The quotient rounded to nearest, and what remains.
fn nearest(a: i128, b: i128) -> (i128, i128) {
    let quotient = (2 * a + b).div_euclid(2 * b);
    (quotient, a - quotient * b)
}

fn isqrt(x: i128) -> i128 {
    (x as u128).isqrt() as i128
}

fn factor_long(a: &[Vec<Integer>]) -> Option<Factor> {
    let n = a.len();
    let mut rows: Vec<Vec<Integer>> = vec![vec![]; n];
    let mut excess = vec![Integer::new(); n];
    for j in 0..n {
        let (done, below) = rows.split_at_mut(j + 1);
        let pivot_row = &mut done[j];
        let left = &a[j][j] - long_dot(pivot_row, pivot_row);
        if left <= 0 {
            return None;
        }
        let (pivot, rest) = left.sqrt_rem(Integer::new());
        let step = |(row, i): (&mut Vec<Integer>, usize)| -> Integer {
            let left = &a[i][j] - long_dot(row, pivot_row);
            let quotient = (Integer::from(&left << 1) + &pivot).div_floor(Integer::from(&pivot << 1));
            let remainder = left - Integer::from(&quotient * &pivot);
            row.push(quotient);
            remainder.abs()
        };
        let indices = j + 1..n;
        let remainders: Vec<Integer> = match (n - j) * j > SHARED / 16 {
            true => below.par_iter_mut().zip(indices).map(step).collect(),
            false => below.iter_mut().zip(indices).map(step).collect(),
        };
        excess[j] -= rest;
        for (i, r) in (j + 1..n).zip(remainders) {
            excess[i] += &r;
            excess[j] += r;
        }
        rows[j].push(pivot);
    }
    Some(Factor { rows: Rows::Long(rows), excess })
}

fn long_dot(x: &[Integer], y: &[Integer]) -> Integer {
    let mut sum = Integer::new();
    for (x, y) in x.iter().zip(y) {
        sum += x * y;
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rows_of(factor: &Factor) -> Vec<Vec<Integer>> {
        match &factor.rows {
            Rows::Short(rows) => {
                rows.iter().map(|row| row.iter().map(|x| Integer::from(*x)).collect()).collect()
            }
            Rows::Long(rows) => rows.clone(),
        }
    }

    /// The excess, from the factor alone.
    fn excess_of(a: &[Vec<Integer>], l: &[Vec<Integer>]) -> Vec<Integer> {
        let n = a.len();
        let residual = |i: usize, j: usize| {
            let (i, j) = (i.max(j), i.min(j));
            &a[i][j] - long_dot(&l[i][..=j], &l[j][..=j])
        };
        let row = |i: usize| {
            (0..n).fold(-residual(i, i), |sum, j| if i == j { sum } else { sum + residual(i, j).abs() })
        };
        (0..n).map(row).collect()
    }

    proptest! {
        #[test]
        fn the_residual_is_what_is_left(
            entries in prop::collection::vec(-1000i64..1000, 36),
            shift in 0u32..150,
        ) {
            // G Gᵀ + I, times a power of two.
            let g: Vec<&[i64]> = entries.chunks(6).collect();
            let entry = |i: usize, j: usize| {
                let sum: i64 = g[i].iter().zip(g[j]).map(|(x, y)| x * y).sum();
                Integer::from(sum + i64::from(i == j)) << shift
            };
            let a: Vec<Vec<Integer>> = (0..6).map(|i| (0..=i).map(|j| entry(i, j)).collect()).collect();
            for factored in [factor(&a), factor_long(&a)].into_iter().flatten() {
                prop_assert_eq!(&factored.excess, &excess_of(&a, &rows_of(&factored)));
            }
            // With room for the remainders it is found positive definite.
            prop_assert!(shift < 60 || factor(&a).is_some());
        }
    }

    #[test]
    fn what_is_not_positive_is_refused() {
        let matrix =
            |rows: [&[i64]; 2]| rows.map(|row| row.iter().map(|x| Integer::from(*x)).collect::<Vec<_>>());
        assert!(factor(&matrix([&[1 << 40], &[1 << 41, 1 << 40]])).is_none());
        assert!(factor(&matrix([&[-4], &[0, 4]])).is_none());
        assert!(factor(&matrix([&[4], &[0, 4]])).is_some());
    }

    /// Orders around the sizes from which columns are shared out: short ones from 256 rows on, long ones from 64.
    #[test]
    fn shared_columns_leave_the_same_residual() {
        for (n, bits) in [(3usize, 100), (64, 110), (65, 300), (130, 200), (257, 110)] {
            let mut state = 9u64;
            let mut next = || {
                state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                Integer::from((state >> 20) as i64 - (1 << 43)) << (bits - 60)
            };
            let a: Vec<Vec<Integer>> = (0..n)
                .map(|i| {
                    (0..=i)
                        .map(|j| if i == j { Integer::from(1) << bits } else { next() / n as u32 })
                        .collect()
                })
                .collect();
            let found = factor(&a).unwrap();
            assert_eq!(matches!(found.rows, Rows::Short(_)), bits < 124);
            assert_eq!(found.excess, excess_of(&a, &rows_of(&found)), "order {n}");
            // No remainder is above half a pivot, or twice a root: 2^(bits/2 + 1).
            let most = Integer::from(n) << (bits / 2 + 2);
            assert!(found.excess.iter().all(|e| Integer::from(e.abs_ref()) <= most));
        }
    }
}
