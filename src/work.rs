//! How much work a call may take before it is refused with [`Error::TooMuchWork`].
//!
//! Work is counted, not timed, so that an answer does not depend on the machine: a unit is about a nanosecond of one
//! core. There is no limit unless one is set; it holds for the thread that sets it and for those that share the work of
//! its calls.
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

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};

use crate::Error;

thread_local! {
    static HERE: RefCell<Meter> = const { RefCell::new(Meter { left: None, watcher: None }) };
}

/// What is allowed and who watches. Every thread that works for the same question holds the same.
#[derive(Clone, Default)]
pub(crate) struct Meter {
    /// Units left; `None` without a limit.
    left: Option<Arc<Mutex<f64>>>,
    watcher: Option<Arc<Watcher>>,
}

type Tell = Box<dyn FnMut(f64) -> ControlFlow<()> + Send>;

struct Watcher {
    tell: Mutex<Tell>,
    done: Mutex<f64>,
    stopped: AtomicBool,
}

impl Meter {
    /// That of this thread, to be handed to others.
    pub(crate) fn here() -> Meter {
        HERE.with_borrow(Meter::clone)
    }

    /// What `f` gives on this thread with this meter.
    pub(crate) fn with<T>(&self, f: impl FnOnce() -> T) -> T {
        /// Puts the meter before back, on a panic too.
        struct Before(Meter);
        impl Drop for Before {
            fn drop(&mut self) {
                HERE.set(std::mem::take(&mut self.0));
            }
        }
        let _before = Before(HERE.replace(self.clone()));
        f()
    }

    fn left(&self) -> f64 {
        self.left.as_deref().map_or(f64::INFINITY, |left| *lock(left))
    }
}

impl Watcher {
    /// `false` where it stops the work.
    fn is_told(&self, units: f64) -> bool {
        let done = {
            let mut done = lock(&self.done);
            *done += units;
            *done - units
        };
        // A watcher that does work of its own is not told of it, nor is one that another thread is telling.
        if let Ok(mut tell) = self.tell.try_lock()
            && tell(done).is_break()
        {
            self.stopped.store(true, Relaxed);
        }
        !self.stopped.load(Relaxed)
    }
}

/// A number is whole whatever happened to the thread that wrote it.
fn lock(number: &Mutex<f64>) -> std::sync::MutexGuard<'_, f64> {
    number.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What `f` gives, while `tell` is called before each larger piece of counted work with the units done so far, on the
/// thread that does the piece. Where it answers [`ControlFlow::Break`], the work ends as soon as it can, with
/// [`Error::Cancelled`].
///
/// Between two calls many seconds may pass in eigenvalues of large matrices and in networks of finite width.
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
    tell: impl FnMut(f64) -> ControlFlow<()> + Send + 'static,
    f: impl FnOnce() -> Result<T, Error>,
) -> Result<T, Error> {
    let watcher = Arc::new(Watcher {
        tell: Mutex::new(Box::new(tell)),
        done: Mutex::new(0.0),
        stopped: AtomicBool::new(false),
    });
    let found = Meter { watcher: Some(watcher.clone()), ..Meter::here() }.with(f);
    match found {
        Err(_) if watcher.stopped.load(Relaxed) => Err(Error::Cancelled),
        found => found,
    }
}

/// What `f` gives with so many units at most; what it leaves is given back to the limit around it, if there is one.
pub fn within<T>(units: f64, f: impl FnOnce() -> T) -> T {
    /// Takes what was spent from the limit around, on a panic too.
    struct Spent<'a> {
        outer: &'a Meter,
        granted: f64,
        left: Arc<Mutex<f64>>,
    }
    impl Drop for Spent<'_> {
        fn drop(&mut self) {
            if let Some(outer) = &self.outer.left {
                *lock(outer) -= self.granted - lock(&self.left).max(0.0);
            }
        }
    }
    let outer = Meter::here();
    let granted = units.max(0.0).min(outer.left());
    if granted == f64::INFINITY {
        return f();
    }
    let left = Arc::new(Mutex::new(granted));
    let _spent = Spent { outer: &outer, granted, left: left.clone() };
    Meter { left: Some(left), ..outer.clone() }.with(f)
}

/// From now on this thread, and those that work for it, have so many units left.
pub fn allow(units: f64) {
    let left = (units < f64::INFINITY).then(|| Arc::new(Mutex::new(units.max(0.0))));
    HERE.with_borrow_mut(|here| here.left = left);
}

/// So many units are left.
pub(crate) fn left() -> f64 {
    Meter::here().left().max(0.0)
}

/// Takes so many units; `false` where they are not left.
pub(crate) fn spend(units: f64) -> bool {
    let here = Meter::here();
    if here.watcher.is_some_and(|watcher| !watcher.is_told(units)) {
        return false;
    }
    let Some(left) = here.left else { return true };
    let mut left = lock(&left);
    let before = *left;
    *left -= units;
    before >= units
}

/// Is more spent than was allowed? Where work is known only once it is done, it is spent then, and whoever repeats it
/// asks here.
pub(crate) fn is_exhausted() -> bool {
    let here = Meter::here();
    here.left() < 0.0 || here.watcher.is_some_and(|watcher| watcher.stopped.load(Relaxed))
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
