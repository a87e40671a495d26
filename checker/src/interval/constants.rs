//! π and logarithms of small numbers.

use std::sync::Mutex;

use super::Interval;
use super::UNIT;
use crate::work;

/// Precisions are rounded up to such multiples, so that few are kept.
const STEP: u32 = 128;

/// π and log 2 at the precisions that were asked for.
static KNOWN: Mutex<Vec<(u32, Interval, Interval)>> = Mutex::new(Vec::new());

fn known(prec: u32) -> (Interval, Interval) {
    let most = prec.next_multiple_of(STEP);
    let mut known = KNOWN.lock().unwrap_or_else(|e| e.into_inner());
    let place = known.iter().position(|k| k.0 == most).unwrap_or_else(|| {
        known.push(work::free(|| (most, machin(most + 16).at(most), log_two(most + 16).at(most))));
        known.len() - 1
    });
    (known[place].1.at(prec), known[place].2.at(prec))
}

pub(crate) fn pi(prec: u32) -> Interval {
    known(prec).0
}

pub(super) fn log2(prec: u32) -> Interval {
    known(prec).1
}

/// `Σ s^n z^{2n+1}/(2n+1)` for `z = 1/m`, `m >= 2`: the inverse tangent for `s = -1`, the hyperbolic one for `s = 1`.
pub(super) fn inverse_series(m: u64, s: i64, prec: u32, unit: u64) -> Interval {
    let mut power = Interval::integer(1, prec).div_integer(m);
    let mut sum = Interval::zero(prec);
    let mut n = 0u64;
    // Every step makes the power smaller, and it ends at one unit.
    while power.hi.as_ref().is_some_and(|hi| hi.bits() > unit) {
        let term = power.div_integer(2 * n + 1);
        sum = if s < 0 && n % 2 == 1 { sum.sub(&term) } else { sum.add(&term) };
        power = power.div_integer(m * m);
        n += 1;
    }
    // The rest is at most Σ_{j>=0} power m^{-2j} <= power/(1 - 1/4) <= 2 power.
    let rest = power.hi.unwrap_or_default() * 2;
    sum.widened(&rest)
}

/// Machin: `π/4 = 4 atan(1/5) - atan(1/239)`.
fn machin(prec: u32) -> Interval {
    let five = inverse_series(5, -1, prec, UNIT).mul_integer(16);
    five.sub(&inverse_series(239, -1, prec, UNIT).mul_integer(4))
}

/// `log 2 = 2 atanh(1/3)`.
fn log_two(prec: u32) -> Interval {
    inverse_series(3, 1, prec, UNIT).mul_integer(2)
}
