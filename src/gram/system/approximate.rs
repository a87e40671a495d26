//! Approximate inverses: a factor in doubles where these suffice, else one in long numbers.

use rug::{Float, Rational};

use super::super::solve::Triangle;
use super::super::tiles::{Change, Factor, Tiles};
use super::determinant::LongFactor;
use super::{Matrix, Vector};
use crate::Error;
use crate::number::Mag;

/// Bits of a correction by doubles that are kept.
const DOUBLE_BITS: u32 = 60;
/// With a condition number below this, refinement in doubles gains some bits with every step.
const MOST_CONDITION: f64 = 1e13;
/// Bits of a long factor beyond those of the condition number: what a step of refinement gains.
const GAIN: u32 = 96;

pub(super) enum Approximate {
    Doubles(Factor),
    Long { triangle: Triangle, exponent: u32, precision: u32 },
}

impl Approximate {
    pub fn new(
        matrix: &Matrix,
        ridge: &Rational,
        smallest: &Float,
        long: bool,
    ) -> Result<Approximate, Error> {
        let size = matrix.largest_diagonal() * Mag::from_usize(matrix.len());
        let condition = (size + Mag::from_float(&Float::with_val(64, ridge)))
            .div_by_lower(Mag::from_float_lower(smallest));
        if !long && condition < Mag::from_f64(MOST_CONDITION) {
            let tiles = Tiles::new(matrix.entries, matrix.len());
            let change = Change { negative: false, shift: -ridge.to_f64(), deflation: None };
            if let Some(factor) = tiles.changed(&change).factor() {
                return Ok(Approximate::Doubles(factor));
            }
        }
        let bits = condition.log2_ceil().unwrap_or(0).clamp(0, 1 << 20) as u32;
        let long = LongFactor::new(matrix, ridge, bits + GAIN)?;
        let (exponent, level) = (long.exponent, long.level);
        let triangle = Triangle::new(&long.factor.rows, level);
        Ok(Approximate::Long { triangle, exponent, precision: level })
    }

    /// Bits that a correction is worth.
    pub fn keep(&self) -> u32 {
        match self {
            Approximate::Doubles(_) => DOUBLE_BITS,
            Approximate::Long { precision, .. } => *precision,
        }
    }

    /// `A^{-1} r`, approximately; `None` where nothing comes out.
    pub fn solve(&self, r: &Vector) -> Option<Vec<Float>> {
        match self {
            Approximate::Doubles(factor) => {
                let top = r.entries.iter().map(|x| x.significant_bits()).max().unwrap_or(0);
                let short: Vec<f64> =
                    r.entries.iter().map(|x| (Float::with_val(64, x) >> top).to_f64()).collect();
                let found = factor.solve(&short);
                let back = top as i32 - r.bits as i32;
                found.iter().all(|x| x.is_finite()).then_some(())?;
                Some(found.into_iter().map(|x| Float::with_val(53, x) << back).collect())
            }
            Approximate::Long { triangle, exponent, precision } => {
                let found = triangle.solve(&r.to_floats(precision + 32))?;
                Some(found.into_iter().map(|x| x << (2 * exponent)).collect())
            }
        }
    }
}

/// A positive lower bound of the eigenvalues of `K`, as far as doubles tell.
pub(crate) fn smallest_in_doubles(matrix: &Matrix) -> Option<Float> {
    const UNIT: f64 = f64::EPSILON / 2.0;
    const ROUNDED: f64 = 1.0 + 1e-6;
    let n = matrix.len();
    let tiles = Tiles::new(matrix.entries, n);
    let row_sum = tiles.largest_row_sum() * ROUNDED;
    let distance = matrix.distance.to_float().to_f64() * ROUNDED + f64::MIN_POSITIVE;
    let slack = |changed: &Tiles, shift: f64| {
        // Every entry is the midpoint rounded to a double, and those on the diagonal are changed with one rounding
        // more: what is left out is a matrix of magnitudes of at most 4u |K|, and 4u of the shift.
        let roundings = 6.0 * UNIT * (row_sum + shift.abs());
        (changed.slack() + roundings + distance) * ROUNDED
    };
    let least = slack(&tiles, 0.0);
    let factor = tiles.changed(&Change { negative: false, shift: 0.0, deflation: None }).factor()?;
    let guess = 1.0 / crate::lanczos::leading_pair(n, 1, None, |v| factor.solve(v)).value;
    drop(factor);
    if guess.is_nan() || guess <= 3.0 * least {
        return None;
    }
    [0.75, 0.4].into_iter().find_map(|part| {
        let shift = part * guess;
        let changed = tiles.changed(&Change { negative: false, shift, deflation: None });
        let slack = slack(&changed, shift);
        changed.factor()?;
        // λ_min >= shift - slack.
        let lower = Float::with_val_round(53, Float::with_val(64, shift) - slack, rug::float::Round::Down).0;
        (lower > 0).then_some(lower)
    })
}
