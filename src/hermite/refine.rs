//! Raising the working precision until cancellation is paid for.

use super::MAX_LENGTH;
use crate::Error;
use crate::number::Ball;

/// Largest working precision, in bits.
const MAX_PRECISION: u32 = 1 << 26;

/// Working bits that leave `precision` after the rounding errors of `len` steps.
///
/// # Errors
/// [`Error::Parameter`] when more coefficients or bits are asked for than memory is made for.
pub(crate) fn guarded(precision: u32, len: usize) -> Result<u32, Error> {
    if len > MAX_LENGTH {
        return Err(Error::parameter("number of coefficients", len, "at most 1000001 are accepted"));
    }
    if precision > MAX_PRECISION {
        return Err(Error::parameter("precision", precision, "at most 67108864 bits are accepted"));
    }
    Ok(precision + 16 + (usize::BITS - len.leading_zeros()))
}

/// The relative accuracy to hope for in `len` coefficients, in bits, when the variance is `q`: where
/// that is only enclosed, its radius limits them whatever the working precision.
pub(crate) fn attainable(precision: u32, q: &Ball, len: usize) -> u32 {
    let slack = 16 + 2 * i64::from(usize::BITS - len.leading_zeros());
    let limit = q.relative_accuracy_bits().saturating_sub(slack).clamp(1, i64::from(u32::MAX));
    precision.min(limit as u32)
}

/// Evaluates `f` at growing precisions until the enclosure has `precision` bits of relative
/// accuracy, or more precision no longer helps (an input is only enclosed, or the value is zero).
pub(crate) fn refine(precision: u32, f: impl Fn(u32) -> Ball) -> Ball {
    let precision = precision.min(MAX_PRECISION);
    let list = refine_all(precision, precision + 32, 1, 6, |p, _| vec![f(p)]);
    list.into_iter().next().unwrap_or_else(|| Ball::whole_line(precision))
}

/// The same for a list: `f(p, n)` is its first `n` members at `p` bits. Only the members up to the
/// last that lacks accuracy are computed again; the precision doubles at most `rounds` times.
pub(crate) fn refine_all(
    precision: u32,
    start: u32,
    len: usize,
    rounds: u32,
    f: impl Fn(u32, usize) -> Vec<Ball>,
) -> Vec<Ball> {
    let lacks = |x: &Ball| !x.is_exact() && x.relative_accuracy_bits() < i64::from(precision);
    let mut working = start;
    let mut out = f(working, len);
    for _ in 0..rounds {
        let Some(last) = out.iter().rposition(lacks) else { break };
        working = working.saturating_mul(2).min(MAX_PRECISION);
        let mut helped = false;
        for (old, new) in out.iter_mut().zip(f(working, last + 1)) {
            // Where rounding was what limited the last round, this one has many more bits.
            helped |= lacks(old) && new.radius() < old.radius().shl(-16);
            if new.radius() < old.radius() {
                *old = new.with_precision(start);
            }
        }
        if !helped {
            break;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Mag;

    /// `(1 + 2^-200) - 1`.
    fn cancelling(p: u32) -> Ball {
        let one = Ball::from_integer(1, p);
        (&one + &Ball::from_integer(1, p).shl(-200)) - &one
    }

    #[test]
    fn cancellation_is_paid_for() {
        let x = refine(100, cancelling);
        assert!(x.relative_accuracy_bits() >= 100, "{x:?}");
        assert!(x.overlaps(&Ball::from_integer(1, 300).shl(-200)));
    }

    #[test]
    fn an_enclosed_input_ends_the_search() {
        let calls = std::cell::Cell::new(0);
        let x = refine(100, |p| {
            calls.set(calls.get() + 1);
            Ball::from_integer(3, p).widened(Mag::pow2(-40))
        });
        assert!(x.relative_accuracy_bits() >= 40 && calls.get() == 2);
    }

    #[test]
    fn only_what_lacks_accuracy_is_repeated() {
        let asked = std::cell::RefCell::new(vec![]);
        let list = refine_all(100, 120, 5, 6, |p, n| {
            asked.borrow_mut().push(n);
            let exact = Ball::from_integer(7, p);
            [cancelling(p), exact.clone(), cancelling(p), exact.clone(), exact][..n].to_vec()
        });
        assert_eq!(list.len(), 5);
        assert_eq!(asked.borrow()[..2], [5, 3]);
        assert!(list[2].relative_accuracy_bits() >= 100);
    }

    #[test]
    fn an_enclosed_variance_lowers_the_aim() {
        let q = Ball::from_integer(1, 200);
        assert_eq!(attainable(150, &q, 1000), 150);
        assert_eq!(attainable(150, &q.widened(Mag::pow2(-150)), 1000), 114);
        assert_eq!(attainable(150, &Ball::whole_line(200), 1000), 1);
    }

    #[test]
    fn limits() {
        assert!(guarded(100, 10).unwrap() >= 116);
        assert!(guarded(100, usize::MAX).is_err() && guarded(u32::MAX, 1).is_err());
    }
}
