//! The matrix of a system: its midpoints as integers, and how far in the 2-norm it may be from them.

use rug::float::Round;
use rug::{Float, Integer, Rational};

use super::super::entries::Entries;
use super::super::scaled::Scaled;
use super::{Known, Vector};
use crate::number::Mag;

/// The Gram matrix `K` of the first points of a block.
pub(crate) struct Matrix<'a> {
    n: usize,
    pub(super) entries: &'a Entries,
    pub(super) scaled: Scaled<'a>,
    /// `|K - midpoints|` in the 2-norm is at most this.
    pub(super) distance: Mag,
}

impl<'a> Matrix<'a> {
    pub(super) fn new(entries: &'a Entries, n: usize) -> Matrix<'a> {
        let (scaled, distance) = Scaled::new(entries, n);
        Matrix { n, entries, scaled, distance }
    }

    /// The order.
    pub fn len(&self) -> usize {
        self.n
    }

    /// `K_ii` is at most this, for all `i`; and `|K|` at most `len()` times as much.
    pub fn largest_diagonal(&self) -> Mag {
        let own = |i: usize| self.scaled.entry(i, i);
        let most = (0..self.n).map(own).max().unwrap_or_default();
        let top = Mag::from_float(&Float::with_val_round(64, most, Round::Up).0);
        top.shl(-i64::from(self.scaled.frac())) + self.distance
    }

    /// `b - (K + ridge) v`.
    pub fn residual(&self, b: &Known, v: &Vector, ridge: &Rational) -> Known {
        if v.entries.iter().all(|x| x.is_zero()) {
            return b.clone();
        }
        let frac = self.scaled.frac();
        let bits = frac + v.bits;
        let (product, error) = self.scaled.apply(&v.entries);
        let entry = |((y, v), b_i): ((Integer, &Integer), &Integer)| {
            let r = at_bits(b_i, b.vector.bits, bits) - y;
            match ridge.is_zero() {
                true => r,
                false => r - (Integer::from(v * ridge.numer()) << frac) / ridge.denom(),
            }
        };
        let entries = product.into_iter().zip(&v.entries).zip(&b.vector.entries).map(entry).collect();
        // The product, and one unit for the ridge and for the right side each.
        let each = Mag::from_float(&Float::with_val_round(64, error + 2, Round::Up).0);
        let rounding = each.shl(-i64::from(bits)) * Mag::from_usize(self.n).sqrt();
        let error = rounding + self.distance * v.norm() + b.error;
        Known { vector: Vector { entries, bits }, error }
    }
}

/// `n / 2^from` in units of `2^-to`, rounded down.
fn at_bits(n: &Integer, from: u32, to: u32) -> Integer {
    if to >= from { Integer::from(n << (to - from)) } else { Integer::from(n >> (from - to)) }
}
