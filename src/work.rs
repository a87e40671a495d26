//! How much work a call may take before it is refused with [`Error::TooMuchWork`](crate::Error::TooMuchWork).
//!
//! Work is counted, not timed, so that an answer does not depend on the machine: a unit is about a nanosecond of one core. There is
//! no limit unless one is set; it holds for the thread that sets it.
//!
//! # Examples
//! ```
//! use ntk_series::{Accuracy, Activation, Error, hermite, work};
//! let far = Activation::parse("max(x, pi + 4)")?;
//! let one = num_rational::BigRational::from_integer(1.into());
//! let found = work::within(1e6, || hermite::coefficients(&far, &one, 500, Accuracy::relative(15)?));
//! assert!(matches!(found, Err(Error::TooMuchWork { .. })));
//! # Ok::<(), Error>(())
//! ```

use std::cell::Cell;

thread_local! {
    static LEFT: Cell<f64> = const { Cell::new(f64::INFINITY) };
}

/// What `f` gives with so many units at most; what it leaves is given back to the limit around it, if there is one.
pub fn within<T>(units: f64, f: impl FnOnce() -> T) -> T {
    /// Puts the outer limit back, on a panic too.
    struct Outer(f64, f64);
    impl Drop for Outer {
        fn drop(&mut self) {
            let Outer(outer, granted) = *self;
            LEFT.with(|left| left.set(outer - (granted - left.get().max(0.0))));
        }
    }
    let outer = LEFT.get();
    let granted = units.max(0.0).min(outer);
    LEFT.set(granted);
    // Without a limit there is nothing to give back.
    let _guard = (granted < f64::INFINITY).then(|| Outer(outer, granted));
    f()
}

/// From now on this thread has so many units left.
pub fn allow(units: f64) {
    LEFT.set(units.max(0.0));
}

/// Takes so many units; `false` where they are not left.
pub(crate) fn spend(units: f64) -> bool {
    let left = LEFT.get();
    if left == f64::INFINITY {
        return true;
    }
    LEFT.set(left - units);
    left >= units
}

/// Is more spent than was allowed? Where work is known only once it is done, it is spent then, and whoever repeats it
/// asks here.
pub(crate) fn is_exhausted() -> bool {
    LEFT.get() < 0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_nested_and_end() {
        assert!(spend(1e300));
        within(10.0, || {
            assert!(spend(4.0));
            assert!(within(100.0, || spend(6.0)));
            assert!(!spend(1.0));
        });
        within(10.0, || {
            assert!(!within(3.0, || spend(4.0)));
            // Only what was granted is gone.
            assert!(spend(7.0) && !spend(0.5));
        });
        assert!(spend(1e300));
    }
}
