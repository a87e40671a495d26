//! A lower bound of the least eigenvalue: `K - b I = L Lᵀ + R` with `R` diagonally dominant.

use num_traits::{One, Signed, Zero};

mod product;

use crate::Rejection;
use crate::claims::Facts;
use crate::format::{Certificate, LambdaMin};
use crate::gram::Gram;
use crate::integer::{BigInt, BigRational};
use crate::interval::Interval;
use crate::limits::Limits;
use crate::points::PointSet;
use crate::rational::shown;
use crate::work::parallel;
use product::Factor;

/// Terms of Hermite series at first, and at last.
const FEW: usize = 300;
const MANY: usize = 1300;

/// Verifies the bound; returns the largest entry of `|R|` in words.
pub(crate) fn verify(
    certificate: &Certificate,
    facts: &Facts,
    set: &PointSet,
    bound: &LambdaMin,
    limits: &Limits,
) -> Result<String, Rejection> {
    let refuse =
        || Rejection::refuted("lambda_min.lower_bound", "K - b I - L Lᵀ is not proved diagonally dominant");
    // The residual is compared with the bound: 64 more bits than either needs.
    let small = bound.lower_bound.denom().bits().saturating_sub(bound.lower_bound.numer().bits()) as u32;
    let first = (64 + bound.exponent.min(256)).max(small + 64).max(128).min(limits.exponent);
    // More bits, and more terms of Hermite series where there are any.
    for (prec, degree) in [(first, FEW), ((2 * first).min(limits.exponent), MANY)] {
        let gram = Gram::new(certificate, facts, set, prec, degree)?;
        if let Some(residual) = dominant(&gram, bound, prec) {
            return Ok(shown(&residual));
        }
    }
    Err(refuse())
}

/// `max |R_ij|`, where `R_ii >= Σ_{j≠i} |R_ij|` is proved for every `i`: then `R` is positive semidefinite.
fn dominant(gram: &Gram, bound: &LambdaMin, prec: u32) -> Option<BigRational> {
    let n = bound.rows.len();
    let shift = Interval::rational(&bound.lower_bound, prec);
    let factor = Factor::new(&bound.rows);
    let residual = |i: usize, j: usize| -> Interval {
        let product = fixed(&factor.entry(i, j), 2 * bound.exponent, prec);
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
