//! The smallest and the largest eigenvalue, to as many digits as asked.

use rug::Float;

use super::extreme::Extreme;
use super::proof::{MAX_PROOF_POINTS, largest_in_integers, smallest_in_integers};
use super::scaled::Scaled;
use super::tiles::Tiles;
use super::{Entries, GramMatrix};
use crate::Error;
use crate::consistency::{agree, at_most, not_negative};
use crate::number::{Accuracy, Ball, Mag};

/// How often the entries are made more accurate, and most digits that are added to those asked for.
const RAISES: usize = 4;
const MAX_EXTRA_DIGITS: u32 = 400;

/// Entries beyond `2^±1000` may differ by so much that the diagonal tells all; beyond `2^±100000` nothing else is
/// tried.
const BEYOND_DOUBLES: i64 = 1000;
const FAR: i64 = 100_000;

/// Enclosures from other entries, or from integers after doubles.
const TWO_WAYS: &str = "two enclosures of it have a member in common";

/// Which end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Smallest,
    Largest,
}

impl End {
    fn name(self) -> &'static str {
        match self {
            End::Smallest => "the smallest eigenvalue",
            End::Largest => "the largest eigenvalue",
        }
    }
}

/// The smallest eigenvalue, as accurate as asked.
///
/// Equal points make it exactly zero, and so does a point at which the kernel vanishes.
///
/// # Errors
/// [`Error::AccuracyNotReached`] with the best enclosure found: where the eigenvalue may be zero, where it is not
/// simple and there are too many points for a long factor in integers, or where the entries cannot be had so
/// accurately.
///
/// # Method
/// The Rayleigh quotient and the residual of an approximate eigenvector in integers; the next eigenvalue is bounded by
/// a verified Cholesky factor in doubles, so that the error is the square of the residual over the gap. Without a gap
/// that doubles can see, a factor in integers. The entries are made more accurate where the eigenvalue needs that.
///
/// # Examples
/// See [`gram`](crate::gram).
pub fn smallest_eigenvalue(gram: &GramMatrix, accuracy: Accuracy) -> Result<Ball, Error> {
    if gram.has_zero_eigenvalue() {
        return Ok(Ball::zero(64));
    }
    checked(gram, solve(gram, accuracy, End::Smallest), End::Smallest)
}

/// The largest eigenvalue, as accurate as asked.
///
/// # Errors
/// As [`smallest_eigenvalue`].
///
/// # Examples
/// ```
/// # use ntk_series::gram::{GramMatrix, Points, effective_rank, largest_eigenvalue};
/// # use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
/// # use ntk_series::{Accuracy, Activation, Ball, Kernel, Network};
/// # let sigma_b2 = BiasVariance::Exact(num_traits::Zero::zero());
/// let layer = Layer { activation: Activation::parse("x")?, sigma_w2: WeightVariance::Normalized, sigma_b2 };
/// let network = Network::uniform(Input::default(), layer, 1)?;
/// // A linear network: Θ = 2 x·y.
/// let accuracy = Accuracy::relative(20)?;
/// let gram = GramMatrix::new(&network, Kernel::Ntk, &Points::from_csv("1, 0\n0, 2")?, accuracy)?;
/// assert!(largest_eigenvalue(&gram, accuracy)?.overlaps(&Ball::from_integer(8, 64)));
/// assert!(effective_rank(&gram, accuracy)?.to_string().starts_with("1.25"));
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn largest_eigenvalue(gram: &GramMatrix, accuracy: Accuracy) -> Result<Ball, Error> {
    checked(gram, solve(gram, accuracy, End::Largest), End::Largest)
}

/// The trace over the largest eigenvalue.
///
/// # Errors
/// As [`largest_eigenvalue`].
///
/// # Examples
/// See [`largest_eigenvalue`].
pub fn effective_rank(gram: &GramMatrix, accuracy: Accuracy) -> Result<Ball, Error> {
    // Both relative errors may double, and the rank may have a digit or four before the point.
    let finer = Accuracy::relative(accuracy.digits() + if accuracy.is_absolute() { 5 } else { 1 })?;
    let rank = gram.trace() / largest_eigenvalue(gram, finer)?;
    let (name, number) = (|| "the effective rank".to_string(), |n: usize| Ball::from_integer(n as i64, 64));
    at_most(&number(1), &rank, name, "it is at least 1")?;
    at_most(&rank, &number(gram.len()), name, "it is at most the number of points")?;
    match accuracy.is_met_by(&rank) {
        true => Ok(rank),
        false => Err(Error::AccuracyNotReached { what: "the effective rank".into(), best: Box::new(rank) }),
    }
}

/// What was found, if it obeys the theory: the eigenvalues are not negative, the entries of the diagonal lie between
/// the two ends, and the trace is their sum.
fn checked(gram: &GramMatrix, found: Result<Ball, Error>, end: End) -> Result<Ball, Error> {
    let value = match &found {
        Ok(value) => value,
        Err(Error::AccuracyNotReached { best, .. }) => best,
        Err(_) => return found,
    };
    let name = || end.name().to_string();
    not_negative(value, name)?;
    for own in (0..gram.len()).map(|i| gram.get(i, i)) {
        match end {
            End::Smallest => at_most(value, &own, name, "it is at most every entry of the diagonal")?,
            End::Largest => at_most(&own, value, name, "it is at least every entry of the diagonal")?,
        }
    }
    at_most(value, &gram.trace(), name, "it is at most the trace")?;
    found
}

fn solve(gram: &GramMatrix, accuracy: Accuracy, end: End) -> Result<Ball, Error> {
    if gram.len() == 1 {
        let own = gram.get(0, 0);
        return if accuracy.is_met_by(&own) { Ok(own) } else { finished(gram, accuracy, end, own) };
    }
    let size = gram.trace().magnitude().log2_ceil().map_or(0, i64::abs);
    if size > BEYOND_DOUBLES {
        let found = by_the_diagonal(gram, accuracy, end);
        if found.is_ok() || size > FAR {
            return found;
        }
    }
    let mut raised: Option<GramMatrix> = None;
    let mut best = Ball::whole_line(64);
    for _ in 0..RAISES {
        let gram = raised.as_ref().unwrap_or(gram);
        let (found, distance) = in_doubles(gram, accuracy, end);
        if let Some(found) = found {
            agree(&best, &found, || end.name().to_string(), TWO_WAYS)?;
            best = best.intersection(&found);
        }
        if accuracy.is_met_by(&best) {
            return Ok(best);
        }
        // Are the entries what is missing?
        let missing = accuracy.missing_bits(&Ball::exact(best.midpoint().clone()).widened(distance));
        let blurred = best.contains_zero() || !best.is_finite() || missing > -8;
        let own = gram.accuracy().digits();
        let more = match missing {
            _ if best.contains_zero() => 2 * own,
            missing => own + (missing.max(0) as f64 / 3.3) as u32 + 4,
        };
        if !blurred || more > accuracy.digits() + MAX_EXTRA_DIGITS || gram.len() > MAX_PROOF_POINTS {
            break;
        }
        let finer = match gram.accuracy().is_absolute() {
            true => Accuracy::absolute(more)?,
            false => Accuracy::relative(more)?,
        };
        raised = match gram.at_accuracy(finer) {
            Err(Error::AccuracyNotReached { .. }) => break,
            other => Some(other?),
        };
    }
    finished(raised.as_ref().unwrap_or(gram), accuracy, end, best)
}

/// Of a matrix without negative eigenvalues the largest is at least every entry of the diagonal and at most their sum,
/// and the smallest at most every entry. Where they differ by thousands of digits that is all there is to say.
fn by_the_diagonal(gram: &GramMatrix, accuracy: Accuracy, end: End) -> Result<Ball, Error> {
    let own: Vec<Ball> = (0..gram.len()).map(|i| gram.get(i, i)).collect();
    let ends = match end {
        End::Largest => {
            own.iter().map(Ball::lower).reduce(|x, y| x.max(&y)).map(|low| (low, gram.trace().upper()))
        }
        End::Smallest => {
            own.iter().map(Ball::upper).reduce(|x, y| x.min(&y)).map(|high| (Float::new(64), high))
        }
    };
    let best = match ends {
        Some((low, high)) if low <= high => Ball::from_bounds(&low, &high, gram.get(0, 0).precision()),
        _ => Ball::whole_line(64),
    };
    match accuracy.is_met_by(&best) {
        true => Ok(best),
        false => Err(Error::AccuracyNotReached { what: end.name().to_string(), best: Box::new(best) }),
    }
}

/// By integers, where doubles did not do.
fn finished(gram: &GramMatrix, accuracy: Accuracy, end: End, best: Ball) -> Result<Ball, Error> {
    let mut best = best;
    if gram.len() <= MAX_PROOF_POINTS {
        let bits = wanted_bits(accuracy, &best);
        let found = match end {
            End::Largest => largest_in_integers(gram, bits)?,
            End::Smallest => match smallest_in_integers(gram, bits) {
                Ok(found) => found.value,
                Err(Error::AccuracyNotReached { best, .. }) => *best,
                Err(other) => return Err(other),
            },
        };
        agree(&best, &found, || end.name().to_string(), TWO_WAYS)?;
        best = if best.is_finite() { best.intersection(&found) } else { found };
    }
    if accuracy.is_met_by(&best) {
        return Ok(best);
    }
    Err(Error::AccuracyNotReached { what: end.name().to_string(), best: Box::new(best) })
}

/// Relative bits.
fn wanted_bits(accuracy: Accuracy, value: &Ball) -> u32 {
    let relative = i64::from(accuracy.bits()) + 2;
    let size = if accuracy.is_absolute() {
        value.magnitude().log2_ceil().unwrap_or(0).clamp(-4096, 4096)
    } else {
        0
    };
    (relative + size).max(8) as u32
}

/// What a factor in doubles tells, and how much of the error is due to the entries.
fn in_doubles(gram: &GramMatrix, accuracy: Accuracy, end: End) -> (Option<Ball>, Mag) {
    // A guess for an absolute accuracy: any eigenvalue is at most the trace.
    let bits = wanted_bits(accuracy, &gram.trace());
    of_entries(gram.entries(), gram.len(), bits, end)
}

/// The largest eigenvalue of a positive semidefinite matrix, as far as doubles tell.
pub(super) fn largest_in_doubles(entries: &Entries, n: usize, accuracy: Accuracy) -> Option<Ball> {
    of_entries(entries, n, accuracy.bits() + 2, End::Largest).0
}

fn of_entries(entries: &Entries, n: usize, bits: u32, end: End) -> (Option<Ball>, Mag) {
    let (scaled, distance) = Scaled::new(entries, n);
    let tiles = Tiles::new(entries, n);
    let found = Extreme::new(&scaled, &tiles, distance, end == End::Largest).enclose(n, bits);
    // Weyl's inequality; and no eigenvalue is negative.
    let found = found.map(|found| found.widened(distance)).map(|found| match found.lower() < 0 {
        true if found.upper() >= 0 => Ball::from_bounds(&Float::new(64), &found.upper(), found.precision()),
        _ => found,
    });
    (found, distance)
}

#[cfg(test)]
mod tests;
