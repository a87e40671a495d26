//! The system that all predictions share: its matrix, a lower bound of the eigenvalues, and the targets solved for.

use std::cell::RefCell;

use num_traits::{Signed, Zero};
use rug::float::Round;
use rug::{Float, Rational};

use super::singular;
use super::{Rule, TrainingSet};
use crate::gram::system::{Block, Known, Matrix, Solution, System, smallest_in_doubles};
use crate::gram::{GramMatrix, Points, prove_smallest_eigenvalue};
use crate::kernel::Network;
use crate::number::Mag;
use crate::number::rational::rational_to_gmp;
use crate::{Accuracy, Error};

/// Digits beyond those asked for, at first.
const SPARE_DIGITS: u32 = 8;
/// Digits of the entries for an eigenvalue in long integers, which takes more where it needs them.
const EIGENVALUE_DIGITS: u32 = 15;
/// Digits up to which entries are kept in fixed point of 128 bits.
const SHORT_DIGITS: u32 = 27;
/// With this condition number, as a power of ten, doubles come to their end.
const LONG: f64 = 13.0;

/// What the rounds share.
pub(super) struct Ground {
    /// A positive lower bound of the eigenvalues of `K + σ²`, where an inverse is needed.
    pub smallest: Float,
    pub ridge: Rational,
    /// Digits of the first round.
    pub digits: u32,
    /// A block that was needed to begin with, with its digits.
    first: RefCell<Option<(u32, Block)>>,
}

impl Ground {
    /// For an infinite time; `points` are the training inputs and perhaps others after them.
    pub fn new(
        network: &Network,
        rule: &Rule,
        data: &TrainingSet,
        points: &Points,
        accuracy: Accuracy,
    ) -> Result<Ground, Error> {
        let mut digits = accuracy.digits().saturating_add(SPARE_DIGITS);
        if accuracy.digits() + 4 <= SHORT_DIGITS {
            digits = digits.min(SHORT_DIGITS);
        }
        let known = digits;
        let ridge = rational_to_gmp(&rule.noise);
        let block = Block::new(network, rule.kernel, points, data.len(), Accuracy::relative(digits)?)?;
        let (smallest, size) = {
            let matrix = block.matrix();
            let size = matrix.largest_diagonal() * Mag::from_usize(data.len());
            // `K` is positive semidefinite: σ² is a lower bound.
            let noise = Float::with_val_round(64, &ridge, Round::Down).0;
            let enough = rule.noise.is_positive()
                && size.div_by_lower(Mag::from_float_lower(&noise)) < Mag::from_f64(10f64.powf(LONG - 1.0));
            let smallest = match enough {
                true => noise,
                false => match smallest_in_doubles(&matrix) {
                    Some(smallest) => Float::with_val_round(64, smallest + noise, Round::Down).0,
                    None if rule.noise.is_positive() => noise,
                    None => proved(network, rule, data)?,
                },
            };
            (smallest, size)
        };
        let whole = size.div_by_lower(Mag::from_float_lower(&smallest));
        let condition = whole.log2_ceil().unwrap_or(0).max(0) as f64 * std::f64::consts::LOG10_2;
        if condition > LONG {
            digits = digits.max(accuracy.digits().saturating_add(condition as u32 + 6));
        }
        let first = RefCell::new(Some((known, block)));
        Ok(Ground { smallest, ridge, digits, first })
    }

    /// For a finite time, which needs no inverse.
    pub fn without_inverse(rule: &Rule, accuracy: Accuracy) -> Ground {
        let digits = accuracy.digits().saturating_add(SPARE_DIGITS);
        let ridge = rational_to_gmp(&rule.noise);
        Ground { smallest: Float::new(64), ridge, digits, first: RefCell::new(None) }
    }

    /// The block that was needed to begin with, should it have so many digits; else one that is made.
    pub fn block(
        &self,
        digits: u32,
        make: impl FnOnce(Accuracy) -> Result<Block, Error>,
    ) -> Result<Block, Error> {
        match self.first.take() {
            Some((known, block)) if known == digits => Ok(block),
            _ => make(Accuracy::relative(digits)?),
        }
    }
}

/// A positive lower bound by long integers, or why there is none.
fn proved(network: &Network, rule: &Rule, data: &TrainingSet) -> Result<Float, Error> {
    singular::check(network, rule.kernel, data)?;
    let gram = GramMatrix::new(network, rule.kernel, data.inputs(), Accuracy::relative(EIGENVALUE_DIGITS)?)?;
    let found = match prove_smallest_eigenvalue(&gram) {
        Err(Error::AccuracyNotReached { best, .. }) => return Err(singular::undecided(&best)),
        found => found?,
    };
    let lower = found.value.lower();
    match found.bound {
        Some(_) if lower > 0 => Ok(lower),
        _ => Err(singular::undecided(&found.value)),
    }
}

/// The system with the targets solved for, at one accuracy of the entries.
pub(super) struct Fit<'a> {
    pub system: System<'a>,
    pub targets: Vec<Target>,
}

/// A target, and the approximate `A^{-1} y`.
pub(super) struct Target {
    pub values: Known,
    pub solution: Solution,
}

impl<'a> Fit<'a> {
    pub fn new(
        matrix: &'a Matrix<'a>,
        ground: &Ground,
        data: &TrainingSet,
        digits: u32,
    ) -> Result<Fit<'a>, Error> {
        let targets = targets(data, digits);
        let solved = |long: bool| -> Result<(System<'a>, Vec<Solution>), Error> {
            let system = System::new(matrix, &ground.ridge, &ground.smallest, long)?;
            let solutions = targets.iter().map(|y| system.solve(y, Mag::ZERO)).collect();
            Ok((system, solutions))
        };
        let (mut system, mut solutions) = solved(false)?;
        if system.is_short() && solutions.iter().any(|x| system.is_stuck(x)) {
            (system, solutions) = solved(true)?;
        }
        let targets = targets.into_iter().zip(solutions);
        let targets = targets.map(|(values, solution)| Target { values, solution }).collect();
        Ok(Fit { system, targets })
    }
}

/// The targets, with bits to spare for digits relative to the largest.
pub(super) fn targets(data: &TrainingSet, digits: u32) -> Vec<Known> {
    let known = |values: &Vec<num_rational::BigRational>| {
        let least =
            values.iter().filter(|y| !y.is_zero()).map(|y| y.denom().bits() as i64 - y.numer().bits() as i64);
        let small = least.min().unwrap_or(0).max(0) as u32;
        Known::of_rationals(values, bits_of(digits) + 64 + small)
    };
    data.targets().iter().map(known).collect()
}

/// Bits of so many digits.
pub(super) fn bits_of(digits: u32) -> u32 {
    (f64::from(digits) * std::f64::consts::LOG2_10).ceil() as u32
}
