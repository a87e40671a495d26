//! Numbers with 128 bits: coordinates and cosines on a sphere, and entries.

use rug::Float;

use crate::number::{Ball, Mag};

/// Bits after the point of a coordinate, and of a cosine.
pub(super) const COORDINATE_BITS: u32 = 126;
pub(super) const COSINE_BITS: u32 = 2 * COORDINATE_BITS - 128;

/// `a b / 2^128`, rounded down by less than three.
#[inline]
pub(super) fn product(a: i128, b: i128) -> i128 {
    let halves = |x: i128| (x >> 64, x & i128::from(u64::MAX));
    let ((ah, al), (bh, bl)) = (halves(a), halves(b));
    // a b = ah bh 2^128 + (ah bl + al bh) 2^64 + al bl: what is dropped is below one in each of the last three terms.
    ah * bh + ((ah * bl) >> 64) + ((al * bh) >> 64)
}

/// A fixed-point number as a ball.
pub(super) fn to_ball(value: i128, frac: u32, error: Mag) -> Ball {
    Ball::new(Float::with_val(128, value) >> frac, error)
}
