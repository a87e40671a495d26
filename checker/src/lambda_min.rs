//! A lower bound of the least eigenvalue: `K - b I = L Lᵀ + R` with `R` diagonally dominant.

use num_traits::{One, Signed, Zero};

mod product;

use crate::Rejection;
use crate::claims::Facts;
use crate::format::{Certificate, LambdaMin};
use crate::gram::{Effort, Gram};
use crate::integer::{BigInt, BigRational};
use crate::interval::Interval;
use crate::limits::Limits;
use crate::points::PointSet;
use crate::rational::shown;
use crate::work::parallel;
use product::Factor;

/// Most terms of Hermite series.
const TERMS: usize = 1300;
/// Least and most bits of expectations.
const BITS: [u32; 2] = [32, 84];

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
    // And the largest entries keep so many bits beside the bound.
    let span = spanned_bits(bound).clamp(0, 4096) as u32;
    let first = (64 + bound.exponent.min(256)).max(small + 64).max(span + 96).max(128).min(limits.exponent);
    // At first with the bits that the room for errors needs, where they do not grow from layer to layer.
    let needed = needed_bits(bound, certificate.network.layers.len());
    for (prec, bits) in [(first, needed), ((2 * first).min(limits.exponent), BITS[1])] {
        let gram = Gram::new(certificate, facts, set, prec, Effort { bits, terms: TERMS })?;
        if let Some(residual) = dominant(&gram, bound, prec) {
            return Ok(shown(&residual));
        }
    }
    Err(refuse())
}

/// About the bits of the largest entry of `K` down to the bound, by its factor.
fn spanned_bits(bound: &LambdaMin) -> i64 {
    let bits = |n: &BigInt| n.bits() as i64;
    let largest = bound.rows.iter().flatten().map(bits).max().unwrap_or(0);
    let least = bits(bound.lower_bound.numer()) - bits(bound.lower_bound.denom());
    2 * (largest - i64::from(bound.exponent)) - least
}

/// The bits of expectations that the room of a bound needs, which is a part in 2^14 of it.
fn needed_bits(bound: &LambdaMin, layers: usize) -> u32 {
    let spare = 22 + i64::from(bound.rows.len().max(1).ilog2()) + 2 * layers as i64;
    (spanned_bits(bound) + spare).clamp(BITS[0].into(), BITS[1].into()) as u32
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
