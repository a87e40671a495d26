//! More digits until every number is as accurate as asked.

use crate::number::Mag;
use crate::{Accuracy, Ball, Error};

/// Most rounds, and most digits beyond those asked for.
const ROUNDS: usize = 12;
const MAX_EXTRA_DIGITS: u32 = 20_000;
/// How many digits more than asked for are tried to tell a number from zero, where few rows make that cheap.
const ZERO_DIGITS: u32 = 100;
const FEW_ROWS: usize = 300;

/// A number that was asked for: its name, an enclosure, and what its error is measured by should it be zero.
pub(super) struct Wanted {
    pub name: String,
    pub value: Ball,
    pub size: Mag,
}

/// How many bits are missing of a number, and would be of one that is zero.
fn missing(wanted: &Wanted, accuracy: Accuracy) -> (i64, i64) {
    let lacking = accuracy.missing_bits(&wanted.value);
    if accuracy.is_absolute() || !wanted.value.contains_zero() || lacking <= 0 {
        return (lacking, lacking);
    }
    // A decimal that is no closer than that to zero is printed with an error of 10^-D times the size; some bits more for
    // what printing rounds.
    let radius = wanted.value.radius().log2_ceil().unwrap_or(i64::MIN / 4);
    let size = wanted.size.log2_ceil().unwrap_or(0);
    let as_zero = match wanted.value.is_finite() {
        true => radius + i64::from(accuracy.bits()) + 8 - size,
        false => i64::MAX,
    };
    (as_zero.max(1), as_zero)
}

/// Runs `attempt` with rising digits from `start` on.
pub(super) fn raised<T>(
    accuracy: Accuracy,
    start: &mut u32,
    rows: usize,
    attempt: impl Fn(u32) -> Result<T, Error>,
    wanted: impl Fn(&T) -> Vec<Wanted>,
) -> Result<T, Error> {
    let mut best: Option<(T, Error, bool)> = None;
    for round in 0..ROUNDS {
        let found = match attempt(*start) {
            Ok(found) => found,
            // More digits cannot be had.
            Err(Error::AccuracyNotReached { .. } | Error::TooMuchWork { .. } | Error::Parameter { .. })
                if best.is_some() =>
            {
                break;
            }
            Err(other) => return Err(other),
        };
        let all = wanted(&found);
        let lacks = |w: &Wanted| missing(w, accuracy);
        let most = all.iter().map(lacks).map(|(full, _)| full).max().unwrap_or(0);
        if most <= 0 {
            return Ok(found);
        }
        let worst = all.iter().max_by_key(|w| lacks(w).1);
        let as_zero = worst.map_or(0, |w| lacks(w).1);
        let error = worst
            .map(|w| Error::AccuracyNotReached { what: w.name.clone(), best: Box::new(w.value.clone()) });
        let Some(error) = error else { return Ok(found) };
        let enough = as_zero <= 0;
        let tried = if rows <= FEW_ROWS { ZERO_DIGITS } else { 0 };
        if enough && *start >= accuracy.digits() + tried {
            return Ok(found);
        }
        best = Some((found, error, enough));
        let more = match as_zero {
            i64::MAX => *start,
            // What is told apart from zero needs its own size more.
            bits if enough => {
                tried.saturating_sub(start.saturating_sub(accuracy.digits())).max(4) / 2 + bits.max(0) as u32
            }
            bits => (bits as f64 * std::f64::consts::LOG10_2) as u32 + 3 + 4 * round as u32,
        };
        *start = start.saturating_add(more.max(2));
        if *start > accuracy.digits() + MAX_EXTRA_DIGITS {
            break;
        }
    }
    match best {
        Some((found, _, true)) => Ok(found),
        Some((_, error, false)) => Err(error),
        None => Err(Error::TooMuchWork { what: "the prediction".into(), why: "no round ended".into() }),
    }
}
