//! Proofs of bounds in integers: a factor that a checker can verify again, and the way where doubles do not tell
//! enough.

use num_bigint::BigInt;
use num_rational::BigRational;
use rug::float::Round;
use rug::{Float, Integer, Rational};

use super::factor::{Factor, Rows, factor};
use super::solve::Triangle;
use super::tiles::Tiles;
use super::{GramMatrix, MAX_POINTS};
use crate::Error;
use crate::lanczos::{RESIDUAL, approx_leading_vector};
use crate::number::rational::{integer_from_gmp, rational_from_gmp};
use crate::number::{Accuracy, Ball, Mag};

/// Most points for a factor in integers.
pub const MAX_PROOF_POINTS: usize = 4000;
/// Bits of the factor at which the smallest eigenvalue is tried for, one after the other.
const LEVELS: [u32; 6] = [62, 128, 256, 512, 1024, 2048];
/// Steps of inverse iteration with long numbers.
const POLISHES: usize = 100;
/// Beyond the first two levels, `n³` times the bits squared is no more than this.
const MAX_WORK: f64 = (1u64 << 46) as f64;

/// A proof that the eigenvalues are at least `lower_bound`: `K - lower_bound · I = L Lᵀ + R` with
/// `L_ij = rows[i][j] / 2^exponent` (`j <= i`) and `R` diagonally dominant, `R_ii >= Σ_{j≠i} |R_ij|`.
///
/// The dominance holds with room to spare: `R_ii - Σ |R_ij| >= n · 2^-60 · max |K|` for a factor of 62 bits, and as
/// much less as a longer one has more bits, so that a checker can enclose `K` in its own arithmetic with a few bits
/// more than the factor has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GramBound {
    /// A number below every eigenvalue.
    pub lower_bound: BigRational,
    /// The power of two that the entries are multiplied by.
    pub exponent: u32,
    /// The lower triangle of `L`, row by row.
    pub rows: Vec<Vec<BigInt>>,
}

impl GramBound {
    /// A bound lower by the fraction `2^-bits`, with the same factor: `R` gains as much on its diagonal, so that a
    /// checker does with coarser enclosures of `K`.
    pub fn with_room(&self, bits: u32) -> GramBound {
        let lower_bound = &self.lower_bound - &self.lower_bound / (BigInt::from(1) << bits);
        GramBound { lower_bound, ..self.clone() }
    }
}

/// The smallest eigenvalue, and the proof of its lower end.
#[derive(Clone, Debug)]
pub struct SmallestEigenvalue {
    /// The enclosure.
    pub value: Ball,
    /// The proof that it is positive; `None` where it is zero.
    pub bound: Option<GramBound>,
}

/// The smallest eigenvalue, zero or certified to be positive, to within a few percent: what a certificate needs.
///
/// Equal points make it exactly zero, and so does a point at which the kernel vanishes. Otherwise the precision of the
/// matrix and of its factor is raised until a positive lower bound is proved.
///
/// # Errors
/// [`Error::AccuracyNotReached`] where no positive bound was proved within the limits, with the best enclosure found
/// (the matrix is positive semidefinite, so its lower end is not below 0): the eigenvalue may be zero or tiny.
/// [`Error::Parameter`] for more than 4000 points.
///
/// # Method
/// Upper bound: the Rayleigh quotient of an approximate eigenvector in balls. Lower bound: an integer Cholesky factor
/// of the matrix less a shift; its remainders are exact, and diagonal dominance (Gershgorin) pays for them and for the
/// radii of the entries.
///
/// # Examples
/// See [`gram`](crate::gram).
pub fn prove_smallest_eigenvalue(gram: &GramMatrix) -> Result<SmallestEigenvalue, Error> {
    smallest_in_integers(gram, 5)
}

/// The same to within `2^-bits` relatively, where the levels allow.
pub(super) fn smallest_in_integers(gram: &GramMatrix, bits: u32) -> Result<SmallestEigenvalue, Error> {
    if gram.has_zero_eigenvalue() {
        return Ok(SmallestEigenvalue { value: Ball::zero(64), bound: None });
    }
    check_count(gram)?;
    let mut upper = smallest_diagonal(gram);
    let mut raised = None;
    let mut best = None;
    for level in levels(gram) {
        raised = match at_level(gram, level)? {
            Some(better) => Some(better),
            None if level > LEVELS[0] => break,
            None => raised,
        };
        let gram = raised.as_ref().unwrap_or(gram);
        let matrix = Fixed::new(gram, level, largest_diagonal(gram));
        let found = matrix.smallest(&mut upper, bits);
        let precision = 128 + bits;
        let is_close = |bound: &GramBound| {
            let gap = Float::with_val(precision, &upper >> bits);
            lower_end(bound, precision) >= Float::with_val(precision, &upper - gap)
        };
        match found {
            Some(bound) if is_close(&bound) => {
                best = Some(bound);
                break;
            }
            // Positive, but the next level does better.
            Some(bound) => best = Some(bound),
            None => {}
        }
    }
    if let Some(bound) = best {
        let precision = 128 + bits;
        let value = Ball::from_bounds(&lower_end(&bound, precision), &upper, precision);
        return Ok(SmallestEigenvalue { value, bound: Some(bound) });
    }
    let best = Box::new(Ball::from_bounds(&Float::new(64), &upper, 128));
    let what = "the smallest eigenvalue, as a positive number,".to_string();
    Err(Error::AccuracyNotReached { what, best })
}

/// The largest eigenvalue to within `2^-bits` relatively, where the levels allow.
pub(super) fn largest_in_integers(gram: &GramMatrix, bits: u32) -> Result<Ball, Error> {
    check_count(gram)?;
    let tiles = Tiles::new(gram.entries(), gram.len());
    let vector = approx_leading_vector(gram.len(), RESIDUAL, |v| tiles.apply(v));
    let vector: Vec<Float> = vector.iter().map(|x| Float::with_val(53, *x)).collect();
    drop(tiles);
    let mut best: Option<Ball> = None;
    for level in levels(gram) {
        let raised = match at_level(gram, level)? {
            None if level > LEVELS[0] => break,
            raised => raised,
        };
        let gram = raised.as_ref().unwrap_or(gram);
        let quotient = rayleigh(gram, &vector);
        // The diagonal of a multiple of I less K.
        let matrix = Fixed::new(gram, level, gram.trace().magnitude().shl(1));
        let precision = 128 + bits;
        // λ_max <= trace: no eigenvalue is negative.
        let mut upper = gram.trace().upper();
        for slack in [level.saturating_sub(20).min(bits + 2), 36, 28, 20, 10] {
            let beyond = Float::with_val(precision, quotient.upper() * gram.len() as u32) >> slack;
            let shift = Float::with_val(precision, quotient.upper() + beyond);
            if let Some(bound) = matrix.bound_above(&shift) {
                let bound = Float::with_val_round(precision, &bound, Round::Up).0;
                upper = upper.min(&bound);
                break;
            }
        }
        let lower = quotient.lower();
        let found = Ball::from_bounds(&lower, &upper.max(&lower), precision);
        let enough = found.relative_accuracy_bits() > i64::from(bits);
        best = Some(found);
        if enough {
            break;
        }
    }
    Ok(best.unwrap_or_else(|| Ball::whole_line(64)))
}

fn check_count(gram: &GramMatrix) -> Result<(), Error> {
    if gram.len() <= MAX_PROOF_POINTS {
        return Ok(());
    }
    let accepted = "a factor in integers is kept whole: at most 4000 points are accepted";
    Err(Error::parameter("number of points", gram.len(), accepted))
}

/// The levels that are not too much work.
fn levels(gram: &GramMatrix) -> impl Iterator<Item = u32> + use<> {
    let cube = (gram.len() as f64).powi(3);
    let affordable = move |level: u32| cube * f64::from(level).powi(2) <= MAX_WORK;
    LEVELS.into_iter().filter(move |&level| level <= LEVELS[1] || affordable(level))
}

/// The matrix with the bits of the factor and those of n more; `None` at the first level, and where the entries cannot
/// be had.
fn at_level(gram: &GramMatrix, level: u32) -> Result<Option<GramMatrix>, Error> {
    let digits = (f64::from(level + 16) * std::f64::consts::LOG10_2) as u32;
    if level == LEVELS[0] || gram.accuracy().digits() >= digits && !gram.accuracy().is_absolute() {
        return Ok((level > LEVELS[0]).then(|| gram.clone()));
    }
    match gram.at_accuracy(Accuracy::relative(digits)?) {
        Ok(better) => Ok(Some(better)),
        Err(Error::AccuracyNotReached { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

fn lower_end(bound: &GramBound, precision: u32) -> Float {
    Ball::from_rational(&bound.lower_bound, precision).lower()
}

/// `e_iᵀ K e_i`: an upper bound.
fn smallest_diagonal(gram: &GramMatrix) -> Float {
    let diagonal = (0..gram.len()).map(|i| gram.get(i, i).upper());
    diagonal.reduce(|a, b| a.min(&b)).unwrap_or_else(|| Float::new(64))
}

fn largest_diagonal(gram: &GramMatrix) -> Mag {
    (0..gram.len()).fold(Mag::ZERO, |m, i| m.max(gram.get(i, i).magnitude()))
}

/// `vᵀKv / vᵀv`.
fn rayleigh(gram: &GramMatrix, vector: &[Float]) -> Ball {
    let precision = gram.get(0, 0).precision().max(64) + 32;
    let long = |x: &Float| Ball::exact(Float::with_val(precision.max(x.prec()), x));
    let v: Vec<Ball> = vector.iter().map(long).collect();
    let zero = || Ball::zero(precision);
    let terms = (0..gram.len()).map(|i| {
        let inner = (0..i).fold(zero(), |sum, j| sum + gram.get(i, j) * &v[j]);
        &v[i] * &(inner.shl(1) + gram.get(i, i) * &v[i])
    });
    let top = terms.fold(zero(), |sum, t| sum + t);
    top / v.iter().fold(zero(), |sum, v| sum + v.square())
}

/// The matrix in fixed point: `K_ij` is within `errors` of `entries[i][j] / 2^{2·exponent}`.
struct Fixed<'a> {
    gram: &'a GramMatrix,
    level: u32,
    exponent: u32,
    entries: Vec<Vec<Integer>>,
    /// For each row the sum of the entries' errors, in units of `2^{-2·exponent}`.
    errors: Vec<Integer>,
    /// `n · 2^{2-level} · max |K|` in these units.
    margin: Integer,
}

impl<'a> Fixed<'a> {
    /// In units that suit a factor of `level` bits, where the matrix to be factored has a diagonal below `diagonal`.
    fn new(gram: &'a GramMatrix, level: u32, diagonal: Mag) -> Fixed<'a> {
        // |K_ij| <= max K_ii < 2^top for a positive semidefinite matrix.
        let log = |m: Mag| m.log2_ceil().unwrap_or(0).clamp(-(1 << 20), 1 << 20);
        let top = log(largest_diagonal(gram));
        // l_ij <= √a_ii < 2^half.
        let half = (log(diagonal) + 1).div_euclid(2) + 1;
        let exponent = (i64::from(level) - half).max(0) as u32;
        let n = gram.len();
        let mut errors = vec![Integer::new(); n];
        let mut entries = Vec::with_capacity(n);
        for i in 0..n {
            let mut out = Vec::with_capacity(i + 1);
            for j in 0..=i {
                let (entry, error) = to_units(&gram.get(i, j), 2 * exponent);
                errors[i] += &error;
                if j != i {
                    errors[j] += error;
                }
                out.push(entry);
            }
            entries.push(out);
        }
        let unit = Integer::from(Integer::u_pow_u(2, 2 * exponent));
        let shift = top + 2 - i64::from(level);
        let scaled = unit * n as u32;
        let margin = if shift >= 0 { scaled << shift as u32 } else { scaled >> (-shift) as u32 };
        Fixed { gram, level, exponent, entries, errors, margin }
    }

    /// `sign · K + shift · I` in integers, factored; then the least number of units that, added to the diagonal, makes
    /// `sign · K + (shift + …) I` diagonally dominant beyond the factor.
    fn factored(&self, negative: bool, shift: &Integer) -> Option<(Factor, Integer)> {
        let entry = |(i, row): (usize, &Vec<Integer>)| {
            let mut row: Vec<Integer> =
                if negative { row.iter().map(|x| -x.clone()).collect() } else { row.clone() };
            row[i] += shift;
            row
        };
        let shifted: Vec<Vec<Integer>> = self.entries.iter().enumerate().map(entry).collect();
        let factor = factor(&shifted)?;
        // R_ii + x >= Σ |R_ij| for every matrix within the errors.
        let needs = factor.excess.iter().zip(&self.errors).map(|(r, e)| Integer::from(r + e));
        let most = needs.max()?;
        Some((factor, most))
    }

    /// A number that no eigenvalue exceeds, from a `shift` above them.
    fn bound_above(&self, shift: &Float) -> Option<Rational> {
        let units = to_units(&Ball::exact(shift.clone()), 2 * self.exponent).0;
        let (_, more) = self.factored(true, &units)?;
        Some(Rational::from((units + more, Integer::from(Integer::u_pow_u(2, 2 * self.exponent)))))
    }

    /// A proved positive lower bound; `upper` becomes the Rayleigh quotient if that is smaller.
    fn smallest(&self, upper: &mut Float, bits: u32) -> Option<GramBound> {
        // A little more on the diagonal: a singular matrix has eigenvectors too.
        let (whole, _) = self.factored(false, &self.margin)?;
        let triangle = Triangle::new(&whole.rows, self.level);
        let vector = approx_leading_vector(self.entries.len(), RESIDUAL, |v| triangle.solve_doubles(v));
        let vector = vector.iter().map(|x| Float::with_val(53, *x)).collect();
        let top = self.polished(&triangle, vector, bits);
        if top < *upper {
            *upper = top.clone();
        }
        if top <= 0 {
            return None;
        }
        drop((whole, triangle));
        let closest = (bits + 2).min(self.level.saturating_sub(26)).max(36);
        for closeness in [closest, 36, 28, 20, 12, 6, 3, 1] {
            let precision = top.prec().max(128 + bits);
            let gap = Float::with_val(precision, &top >> closeness);
            let below = Float::with_val(precision, &top - gap);
            let shift = to_units(&Ball::exact(below), 2 * self.exponent).0 - &self.margin * Integer::from(2);
            if shift <= 0 {
                continue;
            }
            let Some((factor, more)) = self.factored(false, &-shift.clone()) else { continue };
            let bound = shift - more - &self.margin;
            if bound > 0 {
                return Some(self.certificate(factor, &bound, bits));
            }
        }
        None
    }

    /// An upper end of the quotient after as many steps of inverse iteration as make it better by what counts.
    fn polished(&self, triangle: &Triangle, vector: Vec<Float>, bits: u32) -> Float {
        let mut vector = triangle.polish(&vector).unwrap_or(vector);
        let mut top = rayleigh(self.gram, &vector).upper();
        for _ in 0..POLISHES {
            let Some(better) = triangle.polish(&vector) else { break };
            let quotient = rayleigh(self.gram, &better).upper();
            let gained = Float::with_val(64, &top - &quotient);
            if gained <= Float::with_val(64, &top >> (bits + 4)) {
                break;
            }
            (vector, top) = (better, quotient);
        }
        top
    }

    /// With the bound rounded down to 40 bits, or a few more than are asked for: the dominance only grows.
    fn certificate(&self, factor: Factor, bound: &Integer, bits: u32) -> GramBound {
        let drop = bound.significant_bits().saturating_sub((bits + 4).max(40));
        let short = Integer::from(bound >> drop) << drop;
        let value = Rational::from((short, Integer::from(Integer::u_pow_u(2, 2 * self.exponent))));
        let rows = match factor.rows {
            Rows::Short(rows) => {
                rows.into_iter().map(|row| row.into_iter().map(BigInt::from).collect()).collect()
            }
            Rows::Long(rows) => rows.iter().map(|row| row.iter().map(integer_from_gmp).collect()).collect(),
        };
        GramBound { lower_bound: rational_from_gmp(&value), exponent: self.exponent, rows }
    }
}

/// The midpoint times `2^shift`, rounded down, and how far any member may be from it.
fn to_units(x: &Ball, shift: u32) -> (Integer, Integer) {
    let scaled = Float::with_val(x.precision(), x.midpoint() << shift);
    let radius = x.radius().shl(i64::from(shift)).to_float();
    let whole = |x: &Float, round| x.to_integer_round(round).map(|(n, _)| n).unwrap_or_default();
    // One more for the rounding down.
    (whole(&scaled, Round::Down), whole(&radius, Round::Up) + 1)
}

const _: () = assert!(MAX_PROOF_POINTS <= MAX_POINTS && MAX_PROOF_POINTS < 1 << 16);

#[cfg(test)]
mod tests;
