//! Means and variances at the test inputs.

use std::collections::HashMap;

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::fit::{Fit, Ground, bits_of, targets};
use super::rounds::{Wanted, raised};
use super::{Prediction, Rule, Time, TrainingSet};
use crate::gram::system::{Block, Flow, Known, Matrix, Vector};
use crate::gram::{MAX_POINTS, Points};
use crate::kernel::{Kernel, Network};
use crate::number::Mag;
use crate::number::rational::rational_to_gmp;
use crate::parallel::*;
use crate::{Accuracy, Ball, Error};

/// Test inputs that are taken together: the kernel between any two of them is found along the way.
const LEAST_CHUNK: usize = 200;
/// Most points of any norms in one matrix.
const MAX_SEPARATE: usize = 4000;

/// What is asked of a chunk of test inputs.
struct Question<'a> {
    network: &'a Network,
    rule: &'a Rule,
    data: &'a TrainingSet,
    ground: &'a Ground,
    points: Points,
    /// The training input that a test input is, where that settles it.
    known: Vec<Option<usize>>,
}

pub(super) fn all(
    network: &Network,
    rule: &Rule,
    data: &TrainingSet,
    test: &Points,
    accuracy: Accuracy,
) -> Result<Vec<Prediction>, Error> {
    let settles = rule.is_infinite() && rule.noise.is_zero();
    let places: HashMap<&Vec<BigRational>, usize> = match settles {
        true => data.inputs().rows().iter().enumerate().map(|(i, row)| (row, i)).collect(),
        false => HashMap::new(),
    };
    // The scale of a mean that may be zero.
    let largest = |y: &Vec<BigRational>| y.iter().map(|y| y.abs()).max().unwrap_or_default();
    let sizes: Vec<Mag> = data.targets().iter().map(|y| magnitude(&largest(y))).collect();
    let n = data.len();
    let on_sphere = data.inputs().on_sphere().is_some_and(|r| test.on_sphere() == Some(r));
    let most = if on_sphere || n + LEAST_CHUNK > MAX_SEPARATE { MAX_POINTS } else { MAX_SEPARATE };
    let chunk = n.max(LEAST_CHUNK).min(most.saturating_sub(n)).max(1);
    let with =
        |rows: &[Vec<BigRational>]| Points::new(data.inputs().rows().iter().chain(rows).cloned().collect());
    let ground = match &rule.time {
        Time::Infinite => {
            let first = with(&test.rows()[..chunk.min(test.len())])?;
            Ground::new(network, rule, data, &first, accuracy)?
        }
        Time::Finite(_) => Ground::without_inverse(rule, accuracy),
    };
    let mut digits = ground.digits;
    let mut out = Vec::with_capacity(test.len());
    for (c, rows) in test.rows().chunks(chunk).enumerate() {
        let known = rows.iter().map(|row| places.get(row).copied()).collect();
        let question = Question { network, rule, data, ground: &ground, points: with(rows)?, known };
        let wanted = |found: &Vec<Prediction>| wanted(found, &sizes, c * chunk);
        out.extend(raised(accuracy, &mut digits, n, |digits| question.answer(digits), wanted)?);
    }
    Ok(out)
}

fn wanted(found: &[Prediction], sizes: &[Mag], first: usize) -> Vec<Wanted> {
    let of_row = |(j, p): (usize, &Prediction)| {
        let row = first + j + 1;
        let mean = |(k, (value, size)): (usize, (&Ball, &Mag))| {
            let of = if p.mean.len() > 1 { format!(" of target {}", k + 1) } else { String::new() };
            Wanted { name: format!("the mean{of} at test row {row}"), value: value.clone(), size: *size }
        };
        let name = format!("the variance at test row {row}");
        let variance = Wanted { name, value: p.variance.clone(), size: p.prior.magnitude() };
        p.mean.iter().zip(sizes).enumerate().map(mean).chain([variance]).collect::<Vec<_>>()
    };
    found.iter().enumerate().flat_map(of_row).collect()
}

fn magnitude(x: &BigRational) -> Mag {
    Ball::from_rational(x, 64).magnitude()
}

/// `w` with `w = A^{-1} Θ_*` or `∫ e^{-As} ds Θ_*`, and what the means need.
struct Weight {
    vector: Vector,
    /// `|w - vector|` is at most this.
    error: Mag,
}

impl Question<'_> {
    fn answer(&self, digits: u32) -> Result<Vec<Prediction>, Error> {
        let accuracy = Accuracy::relative(digits)?;
        let n = self.data.len();
        let block = |kernel, accuracy| Block::new(self.network, kernel, &self.points, n, accuracy);
        let theta = self.ground.block(digits, |accuracy| block(self.rule.kernel, accuracy))?;
        let matrix = theta.matrix();
        let posterior = self.rule.kernel == Kernel::Nngp && self.rule.is_infinite();
        let second = match self.rule.kernel {
            Kernel::Ntk => Some(block(Kernel::Nngp, accuracy)?),
            Kernel::Nngp => None,
        };
        let covariance = second.as_ref().unwrap_or(&theta);
        let prior_matrix = second.as_ref().map(Block::matrix);
        let round = Round {
            theta: &theta,
            covariance,
            matrix: prior_matrix.as_ref().unwrap_or(&matrix),
            precision: bits_of(digits) + 64,
        };
        let rows = 0..self.known.len();
        match &self.rule.time {
            Time::Finite(time) if time.is_zero() => Ok(rows.map(|j| round.untrained(j, self.data)).collect()),
            Time::Finite(time) => {
                let (time, ridge) = (rational_to_gmp(time), &self.ground.ridge);
                let flow = Flow::new(&matrix, ridge, &time, round.precision)?;
                let targets = targets(self.data, digits);
                let one = |j| {
                    let Known { vector, error } = flow.apply(&theta.cross(j));
                    let weight = Weight { vector, error };
                    let mean = targets.iter().map(|y| round.mean_of_weight(&weight, y)).collect();
                    round.prediction(j, mean, round.variance_of_weight(j, &weight))
                };
                Ok(rows.into_par_iter().map(one).collect())
            }
            Time::Infinite => {
                let fit = Fit::new(&matrix, self.ground, self.data, digits)?;
                let (known, data) = (&self.known, self.data);
                let one = |j: usize| match known[j] {
                    Some(i) => round.known(j, data, i),
                    None => round.in_the_end(j, &fit, posterior),
                };
                Ok(rows.into_par_iter().map(one).collect())
            }
        }
    }
}

/// What the numbers of one round are made of.
struct Round<'a> {
    theta: &'a Block,
    /// The NNGP kernel, and its matrix.
    covariance: &'a Block,
    matrix: &'a Matrix<'a>,
    precision: u32,
}

impl Round<'_> {
    fn prediction(&self, j: usize, mean: Vec<Ball>, variance: Ball) -> Prediction {
        Prediction { mean, variance, prior: self.covariance.own(j).clone() }
    }

    fn untrained(&self, j: usize, data: &TrainingSet) -> Prediction {
        let mean = data.targets().iter().map(|_| Ball::zero(self.precision)).collect();
        self.prediction(j, mean, self.covariance.own(j).clone())
    }

    /// A training input without noise: the residual of the flow is zero in the end.
    fn known(&self, j: usize, data: &TrainingSet, i: usize) -> Prediction {
        let mean = data.targets().iter().map(|y| Ball::from_rational(&y[i], self.precision)).collect();
        self.prediction(j, mean, Ball::zero(self.precision))
    }

    fn in_the_end(&self, j: usize, fit: &Fit, posterior: bool) -> Prediction {
        let cross = self.theta.cross(j);
        let own = self.covariance.own(j).magnitude();
        // The variance of the posterior has the square of the residual for an error, that of a network the residual.
        let unit = Mag::pow2(-i64::from(self.precision) + 64);
        let least = Mag::from_float_lower(fit.system.smallest());
        let goal = match posterior {
            true => (unit * least * own).sqrt(),
            false => unit * least * own.sqrt().min(Mag::ONE),
        };
        let solution = fit.system.solve(&cross, goal);
        let (w, r) = (&solution.vector, &solution.residual);
        let length = w.norm();
        let mean = fit.targets.iter().map(|target| {
            let (y, s) = (&target.values, &target.solution);
            // Θ_*ᵀ A^{-1} y = wᵀy + rᵀα + rᵀ A^{-1} s, and |rᵀ A^{-1} s| <= |r| |s|/λ.
            let error =
                length * y.error + r.error * s.vector.norm() + fit.system.solution_of(solution.size * s.size);
            (w.dot(&y.vector, self.precision) + r.vector.dot(&s.vector, self.precision)).widened(error)
        });
        let mean = mean.collect();
        if !posterior {
            let weight = Weight { vector: w.clone(), error: fit.system.solution_of(solution.size) };
            return self.prediction(j, mean, self.variance_of_weight(j, &weight));
        }
        // kᵀ A^{-1} k = kᵀw + wᵀr + rᵀ A^{-1} r, and 0 <= rᵀ A^{-1} r <= |r|²/λ.
        let explained = cross.vector.dot(w, self.precision) + w.dot(&r.vector, self.precision);
        let rest = fit.system.solution_of(solution.size * solution.size);
        let explained = explained.widened(length * (cross.error + r.error) + rest);
        self.prediction(j, mean, self.covariance.own(j) - &explained)
    }

    fn mean_of_weight(&self, weight: &Weight, y: &Known) -> Ball {
        let error = weight.vector.norm() * y.error + weight.error * (y.vector.norm() + y.error);
        weight.vector.dot(&y.vector, self.precision).widened(error)
    }

    /// `K_** - 2 wᵀK_* + wᵀ K w`.
    fn variance_of_weight(&self, j: usize, weight: &Weight) -> Ball {
        let cross = self.covariance.cross(j);
        let w = &weight.vector;
        // -2 wᵀk + wᵀKw = -wᵀk - wᵀs with s = k - K w.
        let s = self.matrix.residual(&cross, w, &rug::Rational::new());
        let length = w.norm();
        let taken = cross.vector.dot(w, self.precision) + w.dot(&s.vector, self.precision);
        // With w + d for w: -2 dᵀs + dᵀKd more, and |K| is at most its trace.
        let size = self.matrix.largest_diagonal() * Mag::from_usize(self.matrix.len());
        let left = s.vector.norm() + s.error;
        let moved = (weight.error * left).shl(1) + size * weight.error.pow(2);
        self.covariance.own(j) - &taken.widened(length * (cross.error + s.error) + moved)
    }
}
