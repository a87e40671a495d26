//! Kernel matrices that have no inverse, and what would do.

use num_traits::Zero;

use super::TrainingSet;
use crate::Error;
use crate::kernel::{Kernel, Network};
use crate::positivity::{Outcome, decide_points};

/// Most entries of a null vector that are named.
const SHOWN: usize = 6;

/// An error that names the rows of a null vector of the kernel matrix, should there be one that is known.
pub(super) fn check(network: &Network, kernel: Kernel, data: &TrainingSet) -> Result<(), Error> {
    let verdict = decide_points(network, kernel, data.inputs())?;
    if verdict.outcome != Outcome::NotStrictlyPositiveDefinite {
        return Ok(());
    }
    let why = match verdict.counterexample {
        None => "the kernel matrix of the training rows is singular".to_string(),
        Some(found) => {
            let entries = found.null_vector.iter().enumerate().filter(|(_, x)| !x.is_zero());
            let all: Vec<String> = entries
                .map(|(i, x)| {
                    format!("{} for row {}", crate::number::rational::abridged(&x.to_string()), i + 1)
                })
                .collect();
            let list = match all.len() {
                n if n <= SHOWN => all.join(", "),
                n => format!("{}, and {} more", all[..SHOWN].join(", "), n - SHOWN),
            };
            format!("the kernel matrix of the training rows is singular: a null vector has {list}")
        }
    };
    let accepted = match data.inputs().duplicates().is_empty() {
        true => "a positive noise, a finite time or other rows are accepted",
        false => "a positive noise or a finite time is accepted, or rows without those that equal others",
    };
    Err(Error::Shape { why: format!("{why}; {accepted}") })
}

/// The matrix may be singular, and is not known to be.
pub(super) fn undecided(smallest: &crate::Ball) -> Error {
    Error::Undecided {
        what: "whether the kernel matrix of the training rows is regular".to_string(),
        why: format!(
            "its smallest eigenvalue was found to be {}; a positive noise or a finite time needs no answer",
            smallest.to_decimal(3).map_or("unknown".to_string(), |d| format!("{} ± {}", d.value, d.error))
        ),
    }
}
