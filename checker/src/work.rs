//! One budget for the check of one certificate: limb operations done, and memory held by numbers.
//!
//! Every operation on [`crate::integer::BigInt`] is charged here before it is done, and so every rational number and
//! every interval: nothing that computes can forget it. Past the budget the thread unwinds to [`within`], which
//! turns that into [`Rejection::TooMuchWork`]. The charges depend on the lengths of the numbers only, never on a clock,
//! so that a certificate is within the budget always or never.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use crate::Rejection;

/// What a step of [`spend`] is worth in limb operations: about a microsecond.
const STEP: u64 = 1000;

/// What is left to this thread.
#[derive(Clone, Copy)]
struct Budget {
    /// Limb operations.
    work: u64,
    /// Limb operations for normal forms and claims, which may be given up without giving up the certificate.
    optional: u64,
    /// Bytes in numbers: less than nothing where a thread drops numbers that another one has made.
    memory: i64,
}

const BOUNDLESS: Budget = Budget { work: u64::MAX, optional: u64::MAX, memory: i64::MAX / 2 };

thread_local! {
    static LEFT: Cell<Budget> = const { Cell::new(BOUNDLESS) };
}

/// The payload of the unwinding.
struct Exhausted {
    what: &'static str,
}

/// Runs a check that may do so much work and hold so many bytes in numbers.
pub(crate) fn within<T>(
    work: u64,
    bytes: u64,
    check: impl FnOnce() -> Result<T, Rejection>,
) -> Result<T, Rejection> {
    let memory = i64::try_from(bytes).unwrap_or(i64::MAX / 2);
    let before = LEFT.replace(Budget { work, optional: work / 4, memory });
    let result = catch_unwind(AssertUnwindSafe(check));
    LEFT.set(before);
    result.unwrap_or_else(|payload| match payload.downcast::<Exhausted>() {
        Ok(exhausted) => Err(Rejection::TooMuchWork { limit: exhausted.what.to_string(), work, bytes }),
        Err(payload) => resume_unwind(payload),
    })
}

fn exhausted(what: &'static str) -> ! {
    // Quietly: this is no failure of the program.
    resume_unwind(Box::new(Exhausted { what }))
}

/// So many limb operations are about to be done.
pub(crate) fn charge(operations: u64) {
    let left = LEFT.get();
    match left.work.checked_sub(operations) {
        Some(work) => LEFT.set(Budget { work, ..left }),
        None => exhausted("limb operations"),
    }
}

/// A number of so many bytes is about to be made.
pub(crate) fn hold(bytes: u64) {
    let left = LEFT.get();
    let memory = left.memory.saturating_sub_unsigned(bytes);
    if memory < 0 {
        exhausted("bytes of memory");
    }
    LEFT.set(Budget { memory, ..left });
}

/// A number of so many bytes is gone.
pub(crate) fn release(bytes: u64) {
    let left = LEFT.get();
    LEFT.set(Budget { memory: left.memory.saturating_add_unsigned(bytes), ..left });
}

/// Computes a constant that is kept: that is paid for by nobody, so that no certificate's work depends on what was
/// checked before.
pub(crate) fn free<T>(compute: impl FnOnce() -> T) -> T {
    let before = LEFT.replace(BOUNDLESS);
    let value = compute();
    LEFT.set(before);
    value
}

/// Charges work that may be given up; `None` where its share is used up.
pub(crate) fn spend(steps: usize) -> Option<()> {
    let operations = (steps as u64).saturating_mul(STEP);
    let left = LEFT.get();
    let optional = left.optional.checked_sub(operations);
    LEFT.set(Budget { optional: optional.unwrap_or(0), ..left });
    optional?;
    charge(operations);
    Some(())
}

/// Row by row on two threads. Each may use what is left, both together no more: whether that is enough does not depend
/// on which is faster.
pub(crate) fn parallel<T: Send>(n: usize, row: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let part = |first: usize| (first..n).step_by(2).map(|i| (i, row(i))).collect::<Vec<_>>();
    let start = LEFT.get();
    let mut all = std::thread::scope(|scope| {
        let other = scope.spawn(|| {
            LEFT.set(start);
            let rows = part(1);
            (rows, LEFT.get())
        });
        let mut all = part(0);
        match other.join() {
            Ok((rows, left)) => {
                all.extend(rows);
                let own = LEFT.get();
                let optional = own.optional.saturating_sub(start.optional - left.optional);
                LEFT.set(Budget { optional, memory: own.memory - (start.memory - left.memory), ..own });
                charge(start.work - left.work);
            }
            Err(payload) => resume_unwind(payload),
        }
        all
    });
    all.sort_by_key(|r| r.0);
    all.into_iter().map(|r| r.1).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integer::BigInt;

    fn power(bits: u32) -> Result<u64, Rejection> {
        Ok((BigInt::from(1) << bits).bits())
    }

    #[test]
    fn the_budget_ends_what_is_too_long() {
        assert_eq!(within(1 << 20, 1 << 20, || power(1000)), Ok(1001));
        for (work, bytes, what) in [(100, 1 << 20, "limb operations"), (1 << 30, 1000, "bytes of memory")] {
            let Err(Rejection::TooMuchWork { limit, .. }) = within(work, bytes, || power(100_000)) else {
                panic!("{what} have no limit");
            };
            assert_eq!(limit, what);
        }
        // Nothing is left over, neither of the limit nor of what was spent.
        assert_eq!(power(1_000_000), Ok(1_000_001));
    }

    #[test]
    fn both_threads_are_charged() {
        let rows = |n: usize| Ok(parallel(n, |i| (BigInt::from(1) << (64 * i as u32)).bits()));
        assert_eq!(
            within(1 << 20, 1 << 20, || rows(9)).unwrap(),
            (0..9).map(|i| 64 * i + 1).collect::<Vec<u64>>()
        );
        let spent = |i: usize| {
            within(1 << 30, 1 << 30, || {
                let before = LEFT.get().work;
                parallel(2, |k| if k == i { power(1 << 20) } else { Ok(0) });
                Ok(before - LEFT.get().work)
            })
        };
        assert!(spent(0).unwrap() > 1 << 14);
        assert_eq!(spent(0), spent(1));
        assert!(within(1 << 14, 1 << 30, || Ok(parallel(2, |k| power(1 << (20 * k))))).is_err());
    }

    #[test]
    fn numbers_that_are_gone_weigh_nothing() {
        let many = || {
            (0..1000).for_each(|_| drop(BigInt::from(1) << 10_000u32));
            Ok(parallel(1000, |_| (BigInt::from(1) << 10_000u32).bits()).len())
        };
        assert_eq!(within(1 << 30, 10_000, many), Ok(1000));
    }

    #[test]
    fn other_panics_go_on() {
        let result =
            catch_unwind(|| within(1, 1, || -> Result<(), Rejection> { resume_unwind(Box::new("else")) }));
        assert_eq!(*result.unwrap_err().downcast::<&str>().unwrap(), "else");
    }
}
