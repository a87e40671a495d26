//! The lower triangle of a Gram matrix, row by row in one piece.

use rug::Float;
use rug::float::Round;

use super::fixed_point::to_ball;
use crate::Error;
use crate::consistency::{not_negative, require};
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

    /// What the theory says: `K_ii >= 0` and `|K_ij| <= √(K_ii K_jj)`.
    pub fn check(&self, n: usize) -> Result<(), Error> {
        let law = "it is at most the geometric mean of its two entries on the diagonal";
        let name = |i: usize, j: usize| format!("K(x_{}, x_{})", i + 1, j + 1);
        match self {
            Entries::Balls(balls) => {
                let own: Vec<&Ball> = (0..n).map(|i| &balls[start(i) + i]).collect();
                own.iter().enumerate().try_for_each(|(i, x)| not_negative(x, || name(i, i)))?;
                let roots: Vec<Mag> = own.iter().map(|x| Mag::from_float(&x.upper()).sqrt()).collect();
                let obeys = |((i, j), x): ((usize, usize), &Ball)| {
                    require(x.mignitude() <= roots[i] * roots[j], || name(i, j), law)
                };
                pairs(n).zip(balls).try_for_each(obeys)
            }
            Entries::Fixed(fixed) => {
                not_negative(&fixed.diagonal, || name(0, 0))?;
                let largest = pairs(n).zip(fixed.values()).max_by_key(|(_, value)| value.unsigned_abs());
                largest.map_or(Ok(()), |((i, j), value)| {
                    let obeys = fixed.ball(*value).mignitude() <= fixed.diagonal.magnitude();
                    require(obeys, || name(i, j), law)
                })
            }
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

    /// Row `i` up to the diagonal in doubles, each within `2^-53` of its midpoint relatively (or a double's least
    /// absolute step).
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_above_its_diagonal_is_caught() {
        let ball = |n: i64, error: f64| Ball::from_integer(n, 64).widened(Mag::from_f64(error));
        let balls = |off: Ball| Entries::Balls(vec![ball(4, 0.0), off, ball(9, 0.0)]).check(2);
        assert!(balls(ball(6, 0.0)).is_ok() && balls(ball(-6, 0.0)).is_ok() && balls(ball(7, 1.5)).is_ok());
        for off in [ball(7, 0.0), ball(-7, 0.5)] {
            let message = balls(off).unwrap_err().to_string();
            assert!(message.contains("K(x_2, x_1)"), "{message}");
        }
        assert!(Entries::Balls(vec![ball(-1, 0.5)]).check(1).is_err());
        let mut fixed = FixedEntries::new(2, 10, ball(3, 0.0));
        fixed.set(1, 0, &ball(-3, 0.0));
        assert!(Entries::Fixed(fixed.clone()).check(2).is_ok());
        fixed.set(1, 0, &ball(-4, 0.0));
        assert!(Entries::Fixed(fixed).check(2).is_err());
    }
}
