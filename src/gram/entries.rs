//! The lower triangle of a Gram matrix, row by row in one piece.

use rug::Float;
use rug::float::Round;

use super::panels::to_ball;
use crate::number::{Ball, Mag};

/// How the entries are kept.
#[derive(Clone, Debug)]
pub(super) enum Entries {
    /// Each with its own radius.
    Balls(Vec<Ball>),
    /// Those of points on one sphere.
    Fixed(FixedEntries),
}

/// All index pairs `i >= j`, in the order of the entries.
pub(super) fn pairs(n: usize) -> impl Iterator<Item = (usize, usize)> {
    (0..n).flat_map(|i| (0..=i).map(move |j| (i, j)))
}

fn start(i: usize) -> usize {
    i * (i + 1) / 2
}

impl Entries {
    /// For `j <= i`.
    pub fn get(&self, i: usize, j: usize) -> Ball {
        match self {
            Entries::Balls(balls) => balls[start(i) + j].clone(),
            Entries::Fixed(fixed) => fixed.get(i, j),
        }
    }

    pub fn trace(&self, n: usize) -> Ball {
        match self {
            Entries::Balls(balls) => {
                let diagonal: Vec<Ball> = (0..n).map(|i| balls[start(i) + i].clone()).collect();
                Ball::sum(diagonal[0].precision() + 16, &diagonal)
            }
            Entries::Fixed(fixed) => fixed.diagonal.mul_integer(n as i64),
        }
    }

    /// Row `i` up to the diagonal in doubles, each within `2^-53` of its midpoint relatively (or a double's least absolute step).
    pub fn row_in_doubles(&self, i: usize) -> Vec<f64> {
        match self {
            Entries::Balls(balls) => {
                balls[start(i)..start(i + 1)].iter().map(|x| x.midpoint().to_f64()).collect()
            }
            Entries::Fixed(fixed) => {
                // A power of two: exact. An integer of 128 bits is converted to the nearest double.
                let unit = 2f64.powi(-(fixed.frac as i32));
                fixed.row(i).iter().map(|x| *x as f64 * unit).collect()
            }
        }
    }
}

/// Entries within one error of `values / 2^frac`.
#[derive(Clone, Debug)]
pub(super) struct FixedEntries {
    n: usize,
    pub frac: u32,
    pub error: Mag,
    values: Vec<i128>,
    /// What all entries of the diagonal are.
    diagonal: Ball,
}

impl FixedEntries {
    pub fn new(n: usize, frac: u32, diagonal: Ball) -> FixedEntries {
        FixedEntries { n, frac, error: Mag::pow2(-i64::from(frac)), values: vec![0; start(n)], diagonal }
    }

    pub fn values(&self) -> &[i128] {
        &self.values
    }

    /// Row `i`, up to the diagonal.
    pub fn row(&self, i: usize) -> &[i128] {
        &self.values[start(i)..start(i + 1)]
    }

    /// All rows, to be filled in.
    pub fn rows_mut(&mut self) -> Vec<&mut [i128]> {
        let mut rest = self.values.as_mut_slice();
        (0..self.n)
            .map(|i| {
                let (row, after) = std::mem::take(&mut rest).split_at_mut(i + 1);
                rest = after;
                row
            })
            .collect()
    }

    /// All entries may be off by so much.
    pub fn widen(&mut self, error: Mag) {
        self.error = self.error.max(error);
    }

    /// The midpoint in units; the error grows by what that leaves out.
    pub fn rounded(&mut self, x: &Ball) -> i128 {
        let scaled = Float::with_val(x.precision(), x.midpoint() << self.frac);
        let value = scaled.to_integer_round(Round::Nearest).and_then(|(n, _)| n.to_i128());
        // The rounding is off by at most half a unit.
        let error =
            if value.is_some() { x.radius() + Mag::pow2(-i64::from(self.frac)) } else { Mag::INFINITY };
        self.widen(error);
        value.unwrap_or(0)
    }

    pub fn set(&mut self, i: usize, j: usize, x: &Ball) {
        self.values[start(i) + j] = self.rounded(x);
    }

    fn get(&self, i: usize, j: usize) -> Ball {
        match i == j {
            true => self.diagonal.clone(),
            false => self.ball(self.values[start(i) + j]),
        }
    }

    /// What a number in units stands for.
    pub fn ball(&self, value: i128) -> Ball {
        to_ball(value, self.frac, self.error)
    }
}
