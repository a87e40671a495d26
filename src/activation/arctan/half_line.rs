//! `J_j(c) = ∫_0^∞ t^j e^{-t²/2 - ct} dt`, `c > 0`, by `J_{j+1} = j J_{j-1} - c J_j`.
//!
//! The ratios `r_j = J_{j+1}/J_j` obey `r_{j-1} = j/(c + r_j)`. They increase with `j`, as `J_{j+1}² <= J_j J_{j+2}`
//! (Cauchy and Schwarz), so that
//! * `r_j (c + r_j) <= r_j (c + r_{j+1}) = j + 1`, which bounds `r_j` from above,
//! * `r_j (c + r_j) >= r_{j-1} (c + r_j) = j`, which bounds it from below.
//!
//! Forward the recurrence loses `Σ log2(1 + c/r_j)` bits to the growing solution; backward the ratios gain as many. The
//! cheaper of the two is taken.

use rug::Float;

use crate::number::{Ball, Mag};

/// `J_0 .. J_{len-1}` to about `precision` bits, for every member of `c`; the whole line where that is not positive.
pub(super) fn half_line_moments(c: &Ball, len: usize, precision: u32) -> Vec<Ball> {
    if c.sign() != Some(std::cmp::Ordering::Greater) || !c.is_finite() {
        return vec![Ball::whole_line(precision); len];
    }
    let centre = Ball::exact(c.midpoint().clone());
    let size = centre.midpoint().to_f64();
    let loss: f64 = (0..len).map(|j| gain(size, j)).sum();
    let cheap = loss <= f64::from(precision) && size * size <= f64::from(precision);
    let mut out = if cheap {
        forward(&centre, len, precision, loss.ceil() as u32)
    } else {
        by_ratios(&centre, len, precision)
    };
    for (j, value) in out.iter_mut().enumerate() {
        // d ln J_j/dc = -r_j, and r_j (c + r_j) <= j + 1 makes r_j at most √(j+1) and (j+1)/c: over the radius the
        // value changes by a factor of at most e^y, y = r_j radius, and e^y - 1 <= 2y for y <= 1.
        let (near, far) = (Mag::from_usize(j + 1).sqrt(), Mag::from_usize(j + 1).div_by_lower(c.mignitude()));
        let y = if near < far { near } else { far } * c.radius();
        let change = if y <= Mag::ONE { y.shl(1) } else { Mag::INFINITY };
        *value = if y.is_zero() { value.clone() } else { value.widened(value.magnitude() * change) };
    }
    out
}

/// About `log2(1 + c/r_j)`: steers.
fn gain(c: f64, j: usize) -> f64 {
    let n = (4 * j + 2) as f64;
    let ratio = n / (2.0 * (c.hypot(n.sqrt()) + c));
    (1.0 + c / ratio).log2()
}

fn forward(c: &Ball, len: usize, precision: u32, loss: u32) -> Vec<Ball> {
    let working = precision + loss + 32;
    let wide = c.with_precision(working);
    // J_0 = √(2π) e^{c²/2} Φ(-c), J_1 = 1 - c J_0.
    let start = Ball::pi(working).shl(1).sqrt() * wide.square().shl(-1).exp() * (-&wide).normal_cdf();
    let mut before = start.clone();
    let mut now = Ball::from_integer(1, working) - c * &start;
    let mut out = vec![before.with_precision(precision)];
    for j in 1..len {
        let next = before.mul_integer(j as i64) - c * &now;
        out.push(now.with_precision(precision));
        before = std::mem::replace(&mut now, next);
    }
    out.truncate(len);
    out
}

fn by_ratios(c: &Ball, len: usize, precision: u32) -> Vec<Ball> {
    let working = precision + 16;
    let size = c.midpoint().to_f64();
    // A start that many steps above gains the bits that its bounds lack; the cap is never met where this is chosen.
    let (mut top, mut gained) = (len, 0.0);
    while gained < f64::from(working) && top < 8 * len + 64 * working as usize {
        gained += gain(size, top);
        top += 1;
    }
    let c = c.with_precision(working);
    let mut ratio = ratio_bounds(&c, top);
    let mut ratios = vec![Ball::zero(working); len];
    for j in (0..top).rev() {
        ratio = Ball::from_integer(j as i64 + 1, working) / (&c + &ratio);
        if j < len {
            ratios[j] = ratio.clone();
        }
    }
    // c J_0 + J_1 = 1.
    let mut value = (&c + &ratios[0]).recip();
    let mut out = Vec::with_capacity(len);
    for ratio in &ratios {
        let next = &value * ratio;
        out.push(value.with_precision(precision));
        value = next;
    }
    out
}

/// `r_j` between the positive roots of `r (c + r) = j` and `r (c + r) = j + 1`.
fn ratio_bounds(c: &Ball, j: usize) -> Ball {
    let root = |n: usize| {
        let n = Ball::from_integer(n as i64, c.precision());
        // (√(c²+4n) - c)/2, without cancellation.
        n.shl(1) / ((c.square() + n.shl(2)).sqrt() + c)
    };
    let (lower, upper) = (root(j).lower(), root(j + 1).upper());
    let lower = if lower.is_sign_negative() { Float::new(c.precision()) } else { lower };
    Ball::from_bounds(&lower, &upper, c.precision())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ntk_testing::cases(48))]

        #[test]
        fn both_directions_agree(exponent in -6.0f64..4.0, len in 1usize..80, p in 60u32..300) {
            let c = Ball::exact(Float::with_val(p, 2f64.powf(exponent)));
            let loss: f64 = (0..len).map(|j| gain(c.midpoint().to_f64(), j)).sum();
            // So that the forward recurrence is the accurate one even where it is not the cheaper.
            let forward = forward(&c, len, p, loss as u32 + 600);
            let backward = by_ratios(&c, len, p);
            let chosen = half_line_moments(&c, len, p);
            for j in 0..len {
                prop_assert!(forward[j].overlaps(&backward[j]), "J_{j}: {} {}", forward[j], backward[j]);
                prop_assert!(chosen[j].overlaps(&backward[j]));
                prop_assert!(chosen[j].relative_accuracy_bits() > i64::from(p) - 12, "J_{j}: {}", chosen[j]);
            }
        }

        #[test]
        fn members_of_an_enclosed_argument_are_covered(m in 0.1f64..20.0, share in -1.0f64..1.0, r in 4i32..60) {
            let wide = Ball::exact(Float::with_val(128, m)).widened(Mag::pow2(-i64::from(r)));
            let member = Float::with_val(128, share) * Float::with_val(128, Float::i_exp(1, -r));
            let member = Ball::exact(Float::with_val(128, m) + member);
            let (outer, inner) = (half_line_moments(&wide, 40, 100), half_line_moments(&member, 40, 100));
            for (j, (a, b)) in outer.iter().zip(&inner).enumerate() {
                prop_assert!(a.overlaps(b), "J_{j}");
                prop_assert!(a.relative_accuracy_bits() >= i64::from(r).min(100) - 14 || r < 6);
            }
        }
    }

    #[test]
    fn extremes() {
        // J_j ~ j!/c^{j+1} for large c.
        let large = Ball::from_integer(1, 128).shl(100_000);
        let moments = half_line_moments(&large, 3, 128);
        assert!((&moments[2] * &large.pow(3)).overlaps(&Ball::from_integer(2, 128)));
        assert!(moments[2].relative_accuracy_bits() > 110);
        // J_j(0) = 2^{(j-1)/2} Γ((j+1)/2): J_3 = 2.
        let small = Ball::from_integer(1, 128).shl(-100_000);
        let moments = half_line_moments(&small, 4, 128);
        assert!(moments[3].overlaps(&Ball::from_integer(2, 128).widened(Mag::pow2(-100))));
        assert!(moments[3].relative_accuracy_bits() > 110);
        assert!(!half_line_moments(&Ball::zero(64), 2, 64)[0].is_finite());
    }

    proptest! {
            #![proptest_config(ntk_testing::cases(48))]
            /// Both ends of an argument with a radius up to half of it, few bits, both directions of the recurrence.
            #[test]
            fn ends_of_a_wide_argument_are_covered(
                exponent in -8.0f64..6.0, share in prop_oneof![Just(0.0), 0.0f64..0.5], shift in 0i32..40, len in 1usize..40, p in 4u32..60,
            ) {
                let mid = Float::with_val(40, 2f64.powf(exponent));
                let rad = Float::with_val(30, &mid * share) >> shift;
                let c = Ball::exact(mid).widened(Mag::from_float(&rad));
                let found = half_line_moments(&c, len, p);
                for side in [-1i32, 0, 1] {
    let end = Float::with_val(200, c.radius().to_float()) * side + c.midpoint();
                    let end = Ball::exact(Float::with_val(400, end));
                    let loss: f64 = (0..len).map(|j| gain(end.midpoint().to_f64(), j)).sum();
                    let truth = forward(&end, len, 400, loss as u32 + 600);
                    for (j, (found, truth)) in found.iter().zip(&truth).enumerate() {
                        prop_assert!(truth.radius() < Mag::pow2(-200));
                        prop_assert!(found.overlaps(truth), "J_{}({}): {} misses {}", j, c, found, truth);
                        let narrow = rad.is_zero() || shift > 16;
                        prop_assert!(!narrow || found.relative_accuracy_bits() >= i64::from(p.min(12)) - 8, "J_{}: {}", j, found);
                    }
                }
            }
        }
}
