//! A factor in long integers with its exact remainders, and the logarithm of the determinant by it.

use rug::float::Round;
use rug::{Float, Integer, Rational};

use super::super::factor::{Factor, Rows, factor};
use super::Matrix;
use crate::number::{Ball, Mag};
use crate::{Error, work};

/// `A = (L Lᵀ + R)/2^{2·exponent}` for the midpoints of `A = K + ridge`, up to one unit in every entry.
pub(super) struct LongFactor {
    pub factor: Factor,
    pub exponent: u32,
    pub level: u32,
}

impl LongFactor {
    /// With pivots of about `level` bits.
    pub fn new(matrix: &Matrix, ridge: &Rational, level: u32) -> Result<LongFactor, Error> {
        let (n, level) = (matrix.len(), level.max(128));
        let limbs = f64::from(level).max(64.0) / 64.0;
        if !work::spend((n as f64).powi(3) / 6.0 * (25.0 + 2.0 * limbs * limbs)) {
            let why = format!(
                "a factor of {n} rows with {level} bits is needed; fewer rows or digits, or a larger noise, take less"
            );
            return Err(Error::TooMuchWork { what: "the linear system".to_string(), why });
        }
        let top = matrix.largest_diagonal() + Mag::from_float(&Float::with_val(64, ridge));
        let half = (top.log2_ceil().unwrap_or(0).clamp(-(1 << 20), 1 << 20) + 1).div_euclid(2) + 1;
        let exponent = (i64::from(level) - half).max(0) as u32;
        let (bits, frac) = (2 * exponent, matrix.scaled.frac());
        let added = (Integer::from(ridge.numer() << bits)) / ridge.denom();
        let entry = |i: usize, j: usize| {
            let own = matrix.scaled.entry(i, j);
            let own = if bits >= frac { own << (bits - frac) } else { own >> (frac - bits) };
            if i == j { own + &added } else { own }
        };
        let a: Vec<Vec<Integer>> = (0..n).map(|i| (0..=i).map(|j| entry(i, j)).collect()).collect();
        let factor = factor(&a).filter(|f| matches!(f.rows, Rows::Long(_)));
        let factor = factor.ok_or_else(|| Error::AccuracyNotReached {
            what: "a factor of the kernel matrix".to_string(),
            best: Box::new(Ball::whole_line(64)),
        })?;
        Ok(LongFactor { factor, exponent, level })
    }

    fn rows(&self) -> &[Vec<Integer>] {
        match &self.factor.rows {
            Rows::Long(rows) => rows,
            Rows::Short(_) => &[],
        }
    }

    /// How far in the 2-norm `L Lᵀ/2^{2·exponent}` may be from the true `A`.
    fn distance(&self, matrix: &Matrix) -> Mag {
        let n = matrix.len();
        // Σ_j |r_ij| = (Σ_{j≠i} |r_ij| - r_ii) + 2 r_ii, and r_ii <= 2 l_ii as the remainder of a square root.
        let row = |(excess, row): (&Integer, &Vec<Integer>)| {
            let pivot = row.last().cloned().unwrap_or_default();
            excess + (pivot << 2)
        };
        let most = self.factor.excess.iter().zip(self.rows()).map(row).max().unwrap_or_default();
        // One unit for the shift of an entry, one for the ridge.
        let most = most + 2 * Integer::from(n);
        let most = Mag::from_float(&Float::with_val_round(64, most, Round::Up).0);
        most.shl(-2 * i64::from(self.exponent)) + matrix.distance
    }
}

/// `log det (K + ridge)`, given a positive lower bound of its eigenvalues; to about so many bits after the point, as
/// far as the entries allow.
pub(crate) fn log_determinant(
    matrix: &Matrix,
    ridge: &Rational,
    smallest: &Float,
    bits: u32,
) -> Result<Ball, Error> {
    let n = matrix.len();
    let size = (matrix.largest_diagonal() * Mag::from_usize(n)
        + Mag::from_float(&Float::with_val(64, ridge)))
    .div_by_lower(Mag::from_float_lower(smallest));
    let condition = size.log2_ceil().unwrap_or(0).clamp(0, 1 << 20) as u32;
    let long = LongFactor::new(matrix, ridge, bits + condition + 2 * n.ilog2() + 16)?;
    let precision = bits + 64;
    let pivot = |row: &Vec<Integer>| {
        let pivot = row.last().cloned().unwrap_or_default();
        Ball::exact(Float::with_val(pivot.significant_bits().max(1), pivot)).with_precision(precision).ln()
    };
    let logs: Vec<Ball> = long.rows().iter().map(pivot).collect();
    let two = Ball::from_integer(2, precision).ln();
    let whole = Ball::sum(precision, &logs) - two.mul_integer(n as i64 * i64::from(long.exponent));
    // A = L Lᵀ + E with |E| <= d, so that the eigenvalues of L Lᵀ are at least λ - d, and A = L (I + X) Lᵀ with
    // |X| <= x = d/(λ - d): |log det(I + X)| <= n x/(1 - x).
    let distance = long.distance(matrix).to_float();
    let room = Float::with_val_round(64, smallest - &distance, Round::Down).0;
    if room <= 0 {
        return Ok(Ball::whole_line(precision));
    }
    let x = Mag::from_float(&distance).div_by_lower(Mag::from_float_lower(&room));
    if x >= Mag::pow2(-1) {
        return Ok(Ball::whole_line(precision));
    }
    let error = Mag::from_usize(n) * x.shl(1);
    Ok(whole.shl(1).widened(error))
}
