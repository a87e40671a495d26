//! Coefficients in product form: each is a ratio times an earlier one, so nothing cancels and tiny
//! coefficients keep their relative accuracy.

use crate::number::Ball;

/// `c_first = start`, `c_{k+stride} = ratio(k) c_k`; exact zeros elsewhere.
pub(super) fn by_ratios(
    start: Ball,
    first: usize,
    stride: usize,
    len: usize,
    ratio: impl Fn(usize) -> Ball,
) -> Vec<Ball> {
    let mut out = vec![Ball::zero(start.precision()); len];
    let mut value = start;
    let mut k = first;
    while k < len {
        if k > first {
            value = &value * &ratio(k - stride);
        }
        out[k] = value.clone();
        k += stride;
    }
    out
}

/// `√((k+1)(k+2))`.
pub(super) fn root_of_next_two(k: usize, precision: u32) -> Ball {
    Ball::from_integer(((k + 1) * (k + 2)) as i64, precision).sqrt()
}
