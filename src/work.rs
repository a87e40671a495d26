//! How much work a call may take before it is refused with [`Error::TooMuchWork`].
//!
//! Work is counted, not timed, so that an answer does not depend on the machine: a unit is about a nanosecond of one
//! core. There is no limit unless one is set; it holds for the thread that sets it.
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
//!
//! [`watched`] tells of the work while it is done, and can stop it.

use std::cell::{Cell, RefCell};
use std::ops::ControlFlow;

use crate::Error;

thread_local! {
    static LEFT: Cell<f64> = const { Cell::new(f64::INFINITY) };
    static WATCHER: RefCell<Option<Watcher>> = const { RefCell::new(None) };
}

/// What is told of the work of a thread.
struct Watcher {
    tell: Box<dyn FnMut(f64) -> ControlFlow<()>>,
    done: f64,
    stopped: bool,
}

/// What `f` gives, while `tell` is called before each larger piece of counted work with the units done so far, on this
/// thread. Where it answers [`ControlFlow::Break`], the work ends as soon as it can, with [`Error::Cancelled`].
///
/// Matrices and networks of finite width count only the work of their layers: between two calls many seconds may pass
/// there.
///
/// # Errors
/// [`Error::Cancelled`], and those of `f`.
///
/// # Examples
/// ```
/// use ntk_series::{Accuracy, Activation, Error, hermite, work};
/// use std::ops::ControlFlow;
/// let phi = Activation::parse("tanh(x)^2/(1 + x^2)")?;
/// let one = num_rational::BigRational::from_integer(1.into());
/// let ask = |digits| hermite::coefficients(&phi, &one, 8, Accuracy::absolute(digits)?);
/// let mut calls = 0;
/// let found = work::watched(move |_| { calls += 1; if calls > 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) } }, || ask(10));
/// assert!(matches!(found, Err(Error::Cancelled)));
/// assert!(work::watched(|_| ControlFlow::Continue(()), || ask(10)).is_ok());
/// # Ok::<(), Error>(())
/// ```
pub fn watched<T>(
    tell: impl FnMut(f64) -> ControlFlow<()> + 'static,
    f: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    /// Puts the outer watcher back, on a panic too.
    struct Outer(Option<Watcher>);
    impl Drop for Outer {
        fn drop(&mut self) {
            WATCHER.with(|watcher| *watcher.borrow_mut() = self.0.take());
        }
    }
    let new = Watcher { tell: Box::new(tell), done: 0.0, stopped: false };
    let _guard = Outer(WATCHER.replace(Some(new)));
    let found = f();
    let stopped = WATCHER.with(|watcher| watcher.borrow().as_ref().is_some_and(|w| w.stopped));
    match found {
        Err(_) if stopped => Err(Error::Cancelled),
        found => found,
    }
}

/// Tells the watcher, if there is one; `false` where it stops the work.
fn told(units: f64) -> bool {
    WATCHER.with(|watcher| {
        // A watcher that does work of its own is not told of it.
        let Ok(mut watcher) = watcher.try_borrow_mut() else { return true };
        let Some(watcher) = watcher.as_mut() else { return true };
        watcher.stopped |= (watcher.tell)(watcher.done).is_break();
        watcher.done += units;
        !watcher.stopped
    })
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

/// So many units are left.
pub(crate) fn left() -> f64 {
    LEFT.get().max(0.0)
}

/// Takes so many units; `false` where they are not left.
pub(crate) fn spend(units: f64) -> bool {
    if !told(units) {
        return false;
    }
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
    LEFT.get() < 0.0 || WATCHER.with(|w| w.try_borrow().is_ok_and(|w| w.as_ref().is_some_and(|w| w.stopped)))
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
