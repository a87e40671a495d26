//! What a layer is asked for.

use crate::interval::Interval;

/// `E[φφ]` and `E[φ'φ']` of a pair of points.
pub(super) type Pair = (Interval, Interval);
