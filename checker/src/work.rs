//! How much is still to be spent on formulas and claims: what goes beyond is given up, and so not proved.

use std::cell::Cell;

thread_local! {
    /// Steps of about a microsecond that are left to this thread's certificate.
    static LEFT: Cell<u64> = const { Cell::new(0) };
}

/// Begins a certificate.
pub(crate) fn start(steps: u64) {
    LEFT.set(steps);
}

/// `None` where nothing is left.
pub(crate) fn spend(steps: usize) -> Option<()> {
    let left = LEFT.get().checked_sub(steps as u64);
    LEFT.set(left.unwrap_or(0));
    left.map(|_| ())
}
