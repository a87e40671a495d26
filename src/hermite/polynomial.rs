//! Values `h_0(x), h_1(x), ...` at one point, with radii that do not explode.
//!
//! Ball arithmetic on the three-term recurrence would let the radii grow like `e^{|x|√k}`. Two
//! facts avoid that. With `X = x²/4`:
//! * for `k <= X` the ratios `r_k = √(k+1) h_{k+1}/h_k` obey `r_0 = x`, `r_k = x - k/r_{k-1}`, stay
//!   at least `x/2`, and one step multiplies an error by `k/r_{k-1}² <= 1`;
//! * every solution `e` of the recurrence has the energy
//!   `E_k = k e_k² - x√k e_k e_{k-1} + k e_{k-1}²`, for which `E_{k+1} = E_k + e_k²`. Completing the
//!   square, `e_k² <= E_k/(k - X)` for `k > X`, hence `E_k/(k - X)` never increases: an error made
//!   at step `j > X` is amplified by at most `√(j/(j - X))`, for ever.

use rug::ops::NegAssign;
use rug::{Assign, Float};

use super::guarded;
use crate::Error;
use crate::number::{Ball, Mag};

/// `√0, √1, ..., √len`, shared between points.
pub(crate) struct Roots(Vec<Ball>);

impl Roots {
    pub(crate) fn new(len: usize, precision: u32) -> Roots {
        Roots((0..=len).map(|k| Ball::from_integer(k as i64, precision).sqrt()).collect())
    }

    /// Working precision of the roots, in bits.
    fn precision(&self) -> u32 {
        self.0[0].precision()
    }

    /// `√k`.
    pub(crate) fn of(&self, k: usize) -> &Ball {
        &self.0[k]
    }
}

/// `h_0(x), ..., h_{len-1}(x)`: Hermite polynomials, orthonormal under the standard Gaussian, at
/// the working precision of `x` (or 128 bits, if that is more).
///
/// # Errors
/// [`Error::Parameter`] when `len > 1_000_001`.
///
/// # Method
/// `√(k+1) h_{k+1} = x h_k - √k h_{k-1}`: `len` steps, with an a-priori bound of how rounding errors
/// and the radius of `x` propagate (linearly in `k`). At `x = 0` exactly, odd values are exact zeros.
///
/// # Examples
/// ```
/// use ntk_series::{Ball, hermite::polynomials};
/// let h = polynomials(&Ball::from_integer(2, 128), 4)?; // h_2 = (x² - 1)/√2, h_3 = (x³ - 3x)/√6
/// assert!(h[2].overlaps(&(Ball::from_integer(3, 128) / Ball::from_integer(2, 128).sqrt())));
/// assert!(h[3].overlaps(&(Ball::from_integer(2, 128) / Ball::from_integer(6, 128).sqrt())));
/// assert!(h[3].relative_accuracy_bits() > 110);
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn polynomials(x: &Ball, len: usize) -> Result<Vec<Ball>, Error> {
    guarded(x.precision(), len)?;
    // The error bounds below assume that 2^precision exceeds a small multiple of len.
    let precision = x.precision().max(128);
    let roots = Roots::new(len, precision);
    let start = Ball::from_integer(1, precision);
    let mut out = scaled_values(&flipped(&x.with_precision(precision)), &start, &roots, len);
    if x.midpoint().is_sign_negative() {
        out.iter_mut().skip(1).step_by(2).for_each(|h| *h = -&*h);
    }
    Ok(out)
}

fn flipped(x: &Ball) -> Ball {
    if x.midpoint().is_sign_negative() { -x } else { x.clone() }
}

/// `start · h_k(x)`, `k < len`, for `x` with a non-negative midpoint. `roots` must reach `len`.
pub(crate) fn scaled_values(x: &Ball, start: &Ball, roots: &Roots, len: usize) -> Vec<Ball> {
    if x.is_exact_zero() {
        return values_at_zero(start, roots, len);
    }
    let quarter_square = x.magnitude() * x.magnitude().shl(-2);
    // The smallest x²/4 over the ball: the ratios are used below it, the energy above the largest.
    let low = x.mignitude().to_float();
    let ratio_end = Float::with_val_round(53, low.square_ref(), rug::float::Round::Down).0 / 4u32;
    let ratio_end = ratio_end.to_f64().min(len as f64) as usize;
    let energy_start = quarter_square.to_float().to_f64_round(rug::float::Round::Up);

    let mut out: Vec<Ball> = Vec::with_capacity(len);
    out.push(start.clone());
    // By ratios: out[k + 1] for k <= x²/4.
    let mut ratio = x.clone();
    while out.len() < len && out.len() <= ratio_end + 1 {
        let k = out.len() - 1;
        if k > 0 {
            ratio = x - &(&Ball::from_integer(k as i64, x.precision()) / &ratio);
        }
        out.push(&(&out[k] * &ratio) / roots.of(k + 1));
    }
    // In balls, until the energy bound holds with a margin of one.
    while out.len() < len && (out.len() as f64) < energy_start + 2.0 {
        let k = out.len() - 1;
        let next = &(x * &out[k]) - &(roots.of(k) * &out[k - 1]);
        out.push(&next / roots.of(k + 1));
    }
    if out.len() < len {
        by_energy(x, energy_start, roots, len, &mut out);
    }
    out.truncate(len);
    out
}

/// Continues the recurrence in plain floats, with the bound of the module's introduction.
/// `out.len() - 1 > top >= x²/4` for every member of `x`.
fn by_energy(x: &Ball, top: f64, roots: &Roots, len: usize, out: &mut Vec<Ball>) {
    let prec = out[out.len() - 1].precision().max(x.precision());
    let first = out.len() - 1;
    let amplification = |j: usize| {
        if j as f64 > 2.0 * top {
            return Mag::from_f64(1.5); // √2 at most
        }
        // The factor pays for the rounding of the difference.
        let gap = Mag::from_f64((j as f64 - top) * (1.0 - 1e-12));
        Mag::from_usize(j).div_by_lower(gap).sqrt()
    };
    // Errors at entry: √(E/(k - X)) with E <= k (e_k + e_{k-1})², as |x| <= 2√k here.
    let mut error = (out[first].radius() + out[first - 1].radius()) * amplification(first);
    let midpoint = |b: &Ball| Float::with_val(prec, b.midpoint());
    let (mut before, mut now) = (midpoint(&out[first - 1]), midpoint(&out[first]));
    // with_val above rounds nothing: prec is the larger precision.
    let m = midpoint(x);
    let unit = Mag::pow2(2 - i64::from(prec.min(roots.precision())));
    let x_error = Mag::from_float(&m) * unit + x.radius();
    let mut product = Float::new(prec);
    for k in first..len - 1 {
        // next = (m·now - √k·before)/√(k+1). Each of the six roundings (three operations, two
        // roots, the quotient) is relative, so the step's own error is at most
        // 2^(2-prec) (|m·now|/√(k+1) + |before| + |next|), plus radius(x)·|now|/√(k+1).
        product.assign(&m * &now);
        before *= roots.of(k).midpoint();
        let before_size = Mag::from_float(&before);
        before -= &product;
        before.neg_assign();
        before /= roots.of(k + 1).midpoint();
        let inverse_root =
            Mag::ONE.div_by_lower(Mag::from_float_lower(roots.of(k + 1).midpoint())) * Mag::from_f64(1.1);
        let step = (x_error * Mag::from_float(&now) + unit * before_size) * inverse_root
            + unit * Mag::from_float(&before);
        std::mem::swap(&mut before, &mut now);
        error = error + step * amplification(k + 1);
        out.push(Ball::new(now.clone(), error));
    }
}

/// `h_{k+2}(0) = -√((k+1)/(k+2)) h_k(0)`; odd values vanish. `start` is not zero.
fn values_at_zero(start: &Ball, roots: &Roots, len: usize) -> Vec<Ball> {
    let prec = start.precision();
    let mut value = start.midpoint().clone();
    let relative = start.radius().div_by_lower(Mag::from_float_lower(start.midpoint()));
    (0..len)
        .map(|k| {
            if k % 2 == 1 {
                return Ball::zero(prec);
            }
            if k > 0 {
                value *= roots.of(k - 1).midpoint();
                value /= roots.of(k).midpoint();
                value.neg_assign();
            }
            // Four relative errors of 2^-p every second k, on top of the start's; the factor 2 pays
            // for (1 + 2^-p)^(2k) - 1 and for the products of errors.
            let rounding = Mag::from_usize(2 * k).shl(1 - i64::from(prec.min(roots.precision())));
            let error = Mag::from_float(&value) * (rounding + relative.shl(i64::from(k > 0)));
            Ball::new(value.clone(), if k == 0 { start.radius() } else { error })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_rational::BigRational;
    use proptest::prelude::*;

    /// The obvious recurrence, exact up to the normalisation: He_{k+1} = x He_k - k He_{k-1}.
    fn reference(x: &BigRational, len: usize, prec: u32) -> Vec<Ball> {
        let (mut before, mut now) =
            (BigRational::from_integer(0.into()), BigRational::from_integer(1.into()));
        let mut norm = Ball::from_integer(1, prec);
        let mut out = vec![];
        for k in 0..len {
            if k > 0 {
                norm = &norm * &Ball::from_integer(k as i64, prec).sqrt();
            }
            out.push(&Ball::from_rational(&now, prec) / &norm);
            let next = x * &now - BigRational::from_integer(k.into()) * &before;
            before = std::mem::replace(&mut now, next);
        }
        out
    }

    proptest! {
        #![proptest_config(ntk_testing::cases(40))]
        #[test]
        fn every_phase_encloses_the_exact_values(a in -120i64..120, b in 1i64..12, p in 40u32..200) {
            let x = BigRational::new(a.into(), b.into());
            let got = polynomials(&Ball::from_rational(&x, p), 90).unwrap();
            for (k, (g, r)) in got.iter().zip(reference(&x, 90, p + 60)).enumerate() {
                prop_assert!(g.overlaps(&r), "h_{k}({x}): {g:?} misses {r:?}");
                // Narrow next to the energy √(h_k² + h_{k-1}²) or the value itself.
                let scale = if k == 0 { g.magnitude() } else { g.magnitude().max(got[k - 1].magnitude()) };
                let lost = g.radius().div_by_lower(scale).log2_ceil().unwrap_or(i64::MIN) + i64::from(p);
                prop_assert!(lost < 28, "h_{k}({x}) lost {lost} bits");
            }
        }
    }

    #[test]
    fn an_enclosed_point_gives_an_enclosure_of_all_members() {
        let x = BigRational::new(7.into(), 3.into());
        let wide = Ball::from_rational(&x, 100).widened(Mag::pow2(-30));
        for shift in [-1i64, 1] {
            let member = &x + BigRational::new(shift.into(), (1i64 << 30).into());
            for (got, truth) in polynomials(&wide, 200).unwrap().iter().zip(reference(&member, 200, 200)) {
                assert!(got.overlaps(&truth));
            }
        }
        assert!(polynomials(&wide, 200).unwrap()[199].radius() < Mag::pow2(-24));
        // Far out, where the members' values have drifted apart by √k times the radius.
        let member = Ball::from_rational(&(&x + BigRational::new(1.into(), (1i64 << 30).into())), 300);
        let far = polynomials(&member, 20_000).unwrap();
        assert!(polynomials(&wide, 20_000).unwrap().iter().zip(&far).all(|(got, truth)| got.overlaps(truth)));
    }

    #[test]
    fn radii_stay_small_over_long_runs() {
        let h = polynomials(&Ball::from_integer(3, 200), 20_000).unwrap();
        let loss = h.iter().filter_map(|v| v.radius().log2_ceil()).max().unwrap() + 200;
        assert!(loss < 24, "{loss}");
        assert!(polynomials(&Ball::zero(64), 4).unwrap()[3].is_exact_zero());
        assert!(
            polynomials(&Ball::zero(64), 0).unwrap().is_empty()
                && polynomials(&Ball::pi(64), usize::MAX).is_err()
        );
    }

    #[test]
    fn rounding_errors_of_long_runs_are_accounted_for() {
        // At 64 bits an exact point leaves nothing but rounding in the radii.
        for x in ["0", "3/2", "17/4"] {
            let x = crate::number::parse_rational(x).unwrap();
            let (start, roots) = (Ball::from_integer(1, 64), Roots::new(500, 64));
            let got = scaled_values(&Ball::from_rational(&x, 64), &start, &roots, 500);
            let truth = reference(&x, 500, 300);
            let missed = got.iter().zip(&truth).filter(|(g, t)| !g.overlaps(t)).count();
            assert_eq!(missed, 0, "at {x}");
            // The bounds are not idle: midpoints are off by much of them somewhere.
            let share = |g: &Ball, t: &Ball| Ball::exact(g.midpoint().clone()) - t;
            let used =
                got.iter().zip(&truth).any(|(g, t)| share(g, t).magnitude() > g.radius() * Mag::pow2(-9));
            assert!(used, "at {x}");
        }
    }

    proptest! {
            #![proptest_config(ntk_testing::cases(24))]
            /// Few bits, a start and a point as wide as they are large, in every phase: both ends of both.
            #[test]
            fn wide_starts_and_points_hold_their_members(
                a in 0i64..320, radius in prop_oneof![Just(0i64), 0i64..96], shift in 5i32..30,
                start in 1i64..9, spread in prop_oneof![Just(0i64), 0i64..16], p in 20u32..64, len in 1usize..70,
            ) {
                let x = Ball::from_integer(a, 64).shl(-5).widened(Mag::from_usize(radius as usize).shl(-i64::from(shift)));
                let start = Ball::from_integer(start, p).widened(Mag::from_usize(spread as usize));
                let got = scaled_values(&x, &start, &Roots::new(len, p), len);
                let ends = |x: &Ball| {
                [-1i32, 0, 1].map(|side| -> Float { Float::with_val(200, x.radius().to_float()) * side + x.midpoint() })
            };
    for x in ends(&x) {
                    let x = crate::number::rational::rational_from_gmp(&x.to_rational().unwrap());
                    for (k, h) in reference(&x, len, 300).iter().enumerate() {
                        for end in ends(&start) {
                            let truth = h * &Ball::exact(end);
                            prop_assert!(got[k].overlaps(&truth), "h_{}({}) times {}: {} misses {}", k, x, start, got[k], truth);
                        }
                    }
                }
            }
        }
}
