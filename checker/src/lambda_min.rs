//! A lower bound of the least eigenvalue: `K - b I = L Lᵀ + R` with `R` diagonally dominant.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use crate::Rejection;
use crate::claims::Facts;
use crate::format::{Certificate, LambdaMin};
use crate::gram::Gram;
use crate::interval::Interval;
use crate::limits::Limits;
use crate::points::PointSet;
use crate::rational::shown;

/// Verifies the bound; returns the largest entry of `|R|` in words.
pub(crate) fn verify(
    certificate: &Certificate,
    facts: &Facts,
    set: &PointSet,
    bound: &LambdaMin,
    limits: &Limits,
) -> Result<String, Rejection> {
    if work(bound) > u128::from(limits.work) {
        return Err(Rejection::malformed(
            "lambda_min.factor.rows",
            "the factor is too long to be multiplied out",
        ));
    }
    let refuse =
        || Rejection::refuted("lambda_min.lower_bound", "K - b I - L Lᵀ is not proved diagonally dominant");
    // The residual is compared with the bound: 64 more bits than either needs.
    let small = bound.lower_bound.denom().bits().saturating_sub(bound.lower_bound.numer().bits()) as u32;
    let first = (64 + bound.exponent.min(256)).max(small + 64).max(128).min(limits.exponent);
    for prec in [first, (2 * first).min(limits.exponent)] {
        let gram = Gram::new(certificate, facts, set, prec, limits)?;
        if let Some(residual) = dominant(&gram, bound, prec) {
            return Ok(shown(&residual));
        }
        if gram.is_coarse {
            break;
        }
    }
    Err(refuse())
}

/// Multiplications in `L Lᵀ`, counted by the length of the numbers.
fn work(bound: &LambdaMin) -> u128 {
    let n = bound.rows.len() as u128;
    let bits = bound.rows.iter().flatten().map(BigInt::bits).max().unwrap_or(0);
    let limbs = u128::from(bits / 64 + 1);
    n * n * n / 6 * limbs * limbs
}

/// `max |R_ij|`, where `R_ii >= Σ_{j≠i} |R_ij|` is proved for every `i`: then `R` is positive semidefinite.
fn dominant(gram: &Gram, bound: &LambdaMin, prec: u32) -> Option<BigRational> {
    let n = bound.rows.len();
    let shift = Interval::rational(&bound.lower_bound, prec);
    let residual = |i: usize, j: usize| -> Interval {
        let (a, b) = (&bound.rows[i], &bound.rows[j]);
        // j <= i: the factor's rows end at the diagonal.
        let product = a.iter().zip(b).take(j + 1).fold(BigInt::zero(), |s, (x, y)| s + x * y);
        let product = fixed(&product, 2 * bound.exponent, prec);
        let entry = gram.entry(i, j).sub(&product);
        if i == j { entry.sub(&shift) } else { entry }
    };
    let rows = parallel(n, |i| (0..=i).map(|j| residual(i, j)).collect::<Vec<_>>());
    let mut off = vec![BigInt::zero(); n];
    let mut largest = BigInt::zero();
    for (i, row) in rows.iter().enumerate() {
        for (j, entry) in row.iter().enumerate() {
            let size = entry.magnitude()?;
            largest = largest.max(size.clone());
            if i != j {
                off[i] += &size;
                off[j] += &size;
            }
        }
    }
    let holds = rows
        .iter()
        .enumerate()
        .all(|(i, row)| row[i].lo.as_ref().is_some_and(|low| !low.is_negative() && *low >= off[i]));
    holds.then(|| BigRational::new(largest, BigInt::one() << prec))
}

/// `n / 2^exponent`.
fn fixed(n: &BigInt, exponent: u32, prec: u32) -> Interval {
    if exponent <= prec {
        let n = n << (prec - exponent);
        return Interval::new(n.clone(), n, prec);
    }
    Interval::rounded(n, exponent - prec, prec)
}

/// Row by row on two threads: row `i` costs about `i²`.
pub(crate) fn parallel<T: Send>(n: usize, row: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let part = |first: usize| (first..n).step_by(2).map(|i| (i, row(i))).collect::<Vec<_>>();
    let mut all = std::thread::scope(|scope| {
        let other = scope.spawn(|| part(1));
        let mut all = part(0);
        match other.join() {
            Ok(rows) => all.extend(rows),
            Err(panic) => std::panic::resume_unwind(panic),
        }
        all
    });
    all.sort_by_key(|r| r.0);
    all.into_iter().map(|r| r.1).collect()
}
