//! Raising the working precision until cancellation is paid for.

use crate::number::Ball;

/// Evaluates `f` at growing precisions until the enclosure has `precision` bits of relative
/// accuracy, or more precision no longer helps (an input is only enclosed, or the value is zero).
/// The number of rounds is capped; the narrowest enclosure is returned.
pub(crate) fn refine(precision: u32, f: impl Fn(u32) -> Ball) -> Ball {
    let mut working = precision + 32;
    let mut best = f(working);
    for _ in 0..6 {
        let accuracy = best.relative_accuracy_bits();
        if accuracy >= i64::from(precision) {
            break;
        }
        working *= 2;
        let next = f(working);
        let gained = next.relative_accuracy_bits().saturating_sub(accuracy.max(0));
        let narrower = next.radius() < best.radius();
        if narrower {
            best = next;
        }
        // Each round adds at least 32 bits where rounding was what limited the last one.
        if !narrower || (accuracy > 0 && gained < 16) {
            break;
        }
    }
    best.with_precision(precision + 32)
}
