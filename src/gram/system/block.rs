//! A kernel on some points and on others: the matrix of the former, and a vector and a number for each of the latter.

use rug::float::Round;
use rug::{Float, Integer};

use super::super::build::{Builder, MAX_SEPARATE};
use super::super::entries::{Entries, FixedEntries, pairs};
use super::super::{GramMatrix, MAX_POINTS, Points};
use super::{Known, Matrix, Vector};
use crate::Error;
use crate::kernel::{Kernel, Network};
use crate::number::{Accuracy, Ball, Mag};

/// Bits of entries that are kept in fixed point of 128 bits, and the sizes of those.
const SHORT_BITS: u32 = 96;
const MOST_SCALE: i64 = 100;

/// The kernel of `n` points and of `m` others.
pub(crate) struct Block {
    n: usize,
    entries: Entries,
    /// `K(x, x)` of the others.
    own: Vec<Ball>,
}

impl Block {
    /// Of the first `n` points and the rest.
    pub fn new(
        network: &Network,
        kernel: Kernel,
        points: &Points,
        n: usize,
        accuracy: Accuracy,
    ) -> Result<Block, Error> {
        if points.len() > MAX_SEPARATE && points.len() <= MAX_POINTS && points.on_sphere().is_none() {
            let builder = Builder::new(network, kernel, points, accuracy, false);
            if let Some((fixed, diagonal)) = builder.compact()? {
                let own = diagonal.into_iter().skip(n).collect();
                return Ok(Block { n, entries: Entries::Fixed(fixed), own });
            }
        }
        let gram = GramMatrix::new(network, kernel, points, accuracy)?;
        let own = (n..points.len()).map(|i| gram.get(i, i)).collect();
        let entries = gram.into_entries();
        let entries = match compact(&entries, points.len(), accuracy) {
            Some(fixed) => Entries::Fixed(fixed),
            None => entries,
        };
        Ok(Block { n, entries, own })
    }

    /// Of the first points.
    pub fn matrix(&self) -> Matrix<'_> {
        Matrix::new(&self.entries, self.n)
    }

    /// `K(x, x_i)` of another point and the first ones.
    pub fn cross(&self, j: usize) -> Known {
        let row = self.n + j;
        match &self.entries {
            Entries::Fixed(fixed) => {
                let entries = fixed.row(row)[..self.n].iter().map(|x| Integer::from(*x)).collect();
                let error = fixed.error * Mag::from_usize(self.n).sqrt();
                Known { vector: Vector { entries, bits: fixed.frac }, error }
            }
            Entries::Balls(_) => {
                let balls: Vec<Ball> = (0..self.n).map(|i| self.entries.get(row, i)).collect();
                let top = balls.iter().fold(Mag::ZERO, |m, x| m.max(x.magnitude())).log2_ceil().unwrap_or(0);
                let precision = balls.iter().map(Ball::precision).max().unwrap_or(64);
                let bits = (i64::from(precision) - top).clamp(0, 1 << 24) as u32;
                let whole = |x: &Ball| {
                    let scaled = Float::with_val(x.precision(), x.midpoint() << bits);
                    scaled.to_integer_round(Round::Nearest).map(|(n, _)| n).unwrap_or_default()
                };
                let unit = Mag::pow2(-i64::from(bits));
                let square = balls.iter().fold(Mag::ZERO, |sum, x| sum + (x.radius() + unit).pow(2));
                let entries = balls.iter().map(whole).collect();
                Known { vector: Vector { entries, bits }, error: square.sqrt() }
            }
        }
    }

    /// `K(x, x)` of another point.
    pub fn own(&self, j: usize) -> &Ball {
        &self.own[j]
    }
}

/// In fixed point of 128 bits, where these hold what is known; the diagonal's own enclosure is not kept.
fn compact(entries: &Entries, n: usize, accuracy: Accuracy) -> Option<FixedEntries> {
    let Entries::Balls(balls) = entries else { return None };
    let top = balls.iter().fold(Mag::ZERO, |m, x| m.max(x.magnitude())).log2_ceil()?;
    let bits = i64::from(accuracy.bits()) + if accuracy.is_absolute() { top } else { 0 };
    if !(-MOST_SCALE..=MOST_SCALE).contains(&top) || bits > i64::from(SHORT_BITS) {
        return None;
    }
    let mut fixed = FixedEntries::new(n, (116 - top) as u32, Ball::whole_line(64));
    pairs(n).zip(balls).for_each(|((i, j), x)| fixed.set(i, j, x));
    Some(fixed)
}
