//! Linear systems with a Gram matrix, solved with proof.
//!
//! For $A = K + \sigma^2 I$ and any $\tilde v$ the residual $r = b - A \tilde v$ is found in integers, with the errors
//! of the entries, and $|A^{-1} b - \tilde v| \le |r|/\lambda_{\min}(A)$. An approximate factor makes $\tilde v$ and
//! improves it with its own residual (iterative refinement: Wilkinson, *Rounding Errors in Algebraic Processes*, 1963),
//! so that the proof rests on $\lambda_{\min}$ and on the residual alone.

mod approximate;
mod block;
mod determinant;
mod flow;
mod matrix;
mod vector;

use rug::{Float, Rational};

use crate::Error;
use crate::number::Mag;
use approximate::Approximate;
pub(crate) use approximate::smallest_in_doubles;
pub(crate) use block::Block;
pub(crate) use determinant::log_determinant;
pub(crate) use flow::Flow;
pub(crate) use matrix::Matrix;
pub(crate) use vector::{Known, Vector};

/// Steps of refinement.
const STEPS: usize = 200;

/// `A = K + ridge · I`, a lower bound of its eigenvalues, and an approximate inverse.
pub(crate) struct System<'a> {
    matrix: &'a Matrix<'a>,
    ridge: Rational,
    /// Not above any eigenvalue, and positive.
    smallest: Float,
    approximate: Approximate,
}

/// An approximate solution.
#[derive(Clone, Debug)]
pub(crate) struct Solution {
    pub vector: Vector,
    /// `b - A v`.
    pub residual: Known,
    /// An upper bound of `|b - A v|`.
    pub size: Mag,
}

impl<'a> System<'a> {
    /// Given a positive lower bound of the eigenvalues; in `long` numbers also where doubles seem to do.
    pub fn new(
        matrix: &'a Matrix<'a>,
        ridge: &Rational,
        smallest: &Float,
        long: bool,
    ) -> Result<System<'a>, Error> {
        let approximate = Approximate::new(matrix, ridge, smallest, long)?;
        Ok(System { matrix, ridge: ridge.clone(), smallest: smallest.clone(), approximate })
    }

    /// A positive lower bound of the eigenvalues.
    pub fn smallest(&self) -> &Float {
        &self.smallest
    }

    /// Is the factor one in doubles?
    pub fn is_short(&self) -> bool {
        matches!(self.approximate, Approximate::Doubles(_))
    }

    /// `|A^{-1} r|` for `|r|` at most `size`.
    pub fn solution_of(&self, size: Mag) -> Mag {
        size.div_by_lower(Mag::from_float_lower(&self.smallest))
    }

    /// The solution for `b`, refined until the residual is at most `goal` or what the entries' errors make of it.
    pub fn solve(&self, b: &Known, goal: Mag) -> Solution {
        let mut best = self.at(b, Vector::zero(self.matrix.len()));
        for _ in 0..STEPS {
            // Twice the error that is in the residual anyway.
            if best.size <= goal || best.size <= best.residual.error.shl(1) {
                break;
            }
            let Some(change) = self.approximate.solve(&best.residual.vector) else { break };
            let next = self.at(b, best.vector.plus(&change, self.approximate.keep()));
            if next.size >= best.size * Mag::from_f64(0.9) {
                break;
            }
            best = next;
        }
        best
    }

    /// Did refinement end for want of a better factor?
    pub fn is_stuck(&self, solution: &Solution) -> bool {
        solution.size > solution.residual.error.shl(1)
    }

    fn at(&self, b: &Known, vector: Vector) -> Solution {
        let residual = self.matrix.residual(b, &vector, &self.ridge);
        let size = residual.vector.norm() + residual.error;
        Solution { vector, residual, size }
    }
}

#[cfg(test)]
mod tests;
