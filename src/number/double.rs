//! Elementary functions of doubles with proved errors, for bounds that are asked for by the thousand.
//!
//! Those of the platform come without a promise. Here every argument is reduced exactly up to one rounding, and a
//! Taylor polynomial follows whose rest is below `2^-60`. A polynomial by Horner's rule, with terms that fall by a
//! factor of at least two, errs by less than four roundings of its value; the reduction and the last operations add
//! less than eight more. So all errors are below `16 · 2^-53 = ERROR`.

/// Every function below errs by at most this, times what its description says.
pub(crate) const ERROR: f64 = f64::EPSILON * 8.0;

/// Arguments beyond are not taken: reductions would lose bits.
const LARGEST: f64 = 1e5;

/// `ln 2` in 32 bits and the rest.
const LN_2: [f64; 2] = [0.693_147_180_369_123_8, 1.908_214_929_270_587_7e-10];
/// `π/2` in two times 33 bits and the rest.
const HALF_PI: [f64; 3] = [1.570_796_326_734_125_6, 6.077_100_506_303_966e-11, 2.022_266_248_795_950_6e-21];

/// `Σ_{i<n} x^i c_i` with `c_i = c_{i-1} · factor(i)`, `c_0 = 1`.
fn taylor(x: f64, n: i32, factor: impl Fn(f64) -> f64) -> f64 {
    (1..n).rev().fold(1.0, |sum, i| 1.0 + sum * x * factor(f64::from(i)))
}

/// `e^x` with an error of [`ERROR`] times itself; infinite above `e^700`, and zero below `e^-700` (an error of less than
/// `10^-304`). NaN for what is no number.
pub(crate) fn exp(x: f64) -> f64 {
    if x.abs() > 700.0 {
        return if x > 0.0 { f64::INFINITY } else { 0.0 };
    }
    let k = (x * std::f64::consts::LOG2_E).round();
    // |k| < 2^10: its product with 32 bits is exact.
    let r = (x - k * LN_2[0]) - k * LN_2[1];
    let power = f64::from_bits(((1023 + k as i64) as u64) << 52);
    // 0.35^16/16! < 2^-60.
    taylor(r, 16, |i| 1.0 / i) * power
}

/// `sin x` and `cos x` with errors of at most [`ERROR`], and for `|x| <= 3/4` times themselves; NaN beyond `10^5`.
pub(crate) fn sin_cos(x: f64) -> [f64; 2] {
    if x.abs() > LARGEST {
        return [f64::NAN; 2];
    }
    let k = (x * std::f64::consts::FRAC_2_PI).round();
    // |k| < 2^17: its products with 33 bits are exact.
    let r = ((x - k * HALF_PI[0]) - k * HALF_PI[1]) - k * HALF_PI[2];
    let y = -r * r;
    // 0.79^20/20! < 2^-60.
    let sin = r * taylor(y, 10, |i| 1.0 / (2.0 * i * (2.0 * i + 1.0)));
    let cos = taylor(y, 11, |i| 1.0 / (2.0 * i * (2.0 * i - 1.0)));
    match (k as i64).rem_euclid(4) {
        0 => [sin, cos],
        1 => [cos, -sin],
        2 => [-sin, -cos],
        _ => [-cos, sin],
    }
}

/// `cosh x` and `sinh x` with errors of at most [`ERROR`]` cosh x`, and for `|x| <= 1/2` times themselves.
pub(crate) fn cosh_sinh(x: f64) -> [f64; 2] {
    let (grow, fall) = (exp(x), exp(-x));
    let y = x * x;
    // 0.5^20/21! < 2^-60.
    let near = || x * taylor(y, 10, |i| 1.0 / (2.0 * i * (2.0 * i + 1.0)));
    [(grow + fall) / 2.0, if x.abs() <= 0.5 { near() } else { (grow - fall) / 2.0 }]
}

/// `ln x` of a normal number `x > 0` with an error of [`ERROR`]` (1 + |ln x|)`; NaN for others.
pub(crate) fn ln(x: f64) -> f64 {
    if !x.is_normal() || x < 0.0 {
        return f64::NAN;
    }
    let bits = x.to_bits();
    let mut exponent = (bits >> 52) as i64 - 1023;
    let mut m = f64::from_bits(bits & ((1 << 52) - 1) | 1023 << 52);
    if m > std::f64::consts::SQRT_2 {
        m /= 2.0;
        exponent += 1;
    }
    // ln m = 2 artanh t, |t| < 0.172: 0.172^26/27 < 2^-60.
    let t = (m - 1.0) / (m + 1.0);
    let y = t * t;
    let series = (0..13).rev().fold(0.0, |sum, i| 1.0 / f64::from(2 * i + 1) + sum * y);
    exponent as f64 * std::f64::consts::LN_2 + 2.0 * t * series
}

/// The angle of the point `(x, y)`, in `[-π, π]`, with an error of at most [`ERROR`]; NaN at the origin.
pub(crate) fn angle(x: f64, y: f64) -> f64 {
    use std::f64::consts::{FRAC_PI_2, FRAC_PI_4, PI};
    let (small, large) = if x.abs() < y.abs() { (x.abs(), y.abs()) } else { (y.abs(), x.abs()) };
    let mut t = small / large;
    // tan(π/8) = 0.4142…: beyond, atan t = π/4 + atan((t-1)/(t+1)).
    let turned = t > 0.4142;
    if turned {
        t = (small - large) / (small + large);
    }
    let y2 = -t * t;
    // 0.4143^52/53 < 2^-60.
    let series = (0..26).rev().fold(0.0, |sum, i| 1.0 / f64::from(2 * i + 1) + sum * y2);
    let first = t * series + if turned { FRAC_PI_4 } else { 0.0 };
    let quarter = if x.abs() < y.abs() { FRAC_PI_2 - first } else { first };
    let half = if x < 0.0 { PI - quarter } else { quarter };
    if y < 0.0 { -half } else { half }
}

#[cfg(test)]
mod tests {
    use rug::Float;
    use rug::ops::CompleteRound;

    use super::*;

    /// Arguments over the whole range, thick about the ends of every reduction.
    fn arguments() -> impl Iterator<Item = f64> {
        let mut state = 1u64;
        let random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        let mut random = random;
        let near = move |i: usize| {
            let u = random();
            match i % 5 {
                0 => (u - 0.5) * 10.0,
                1 => (u - 0.5) * 1300.0,
                // Next to a multiple of π/4 and of ln(2)/2.
                2 => (1.0 + (u - 0.5) * 1e-12) * std::f64::consts::FRAC_PI_4 * (i % 1000) as f64,
                3 => (1.0 + (u - 0.5) * 1e-12) * std::f64::consts::LN_2 / 2.0 * (i % 1000) as f64,
                _ => (u - 0.5) * exp(-600.0 * random()),
            }
        };
        (0..50_000).map(near)
    }

    /// The error of `value` against a truth of 200 bits, in units of what is allowed.
    fn off(value: f64, truth: &Float, scale: f64) -> f64 {
        Float::with_val(200, truth - value).abs().to_f64() / (ERROR * scale)
    }

    #[test]
    fn functions_are_within_their_error() {
        let mut worst = [0f64; 4];
        for x in arguments() {
            let wide = Float::with_val(200, x);
            let e = Float::with_val(200, wide.exp_ref());
            if x.abs() <= 700.0 {
                worst[0] = worst[0].max(off(exp(x), &e, e.to_f64()));
            }
            let [s, c] = sin_cos(x);
            let sine = Float::with_val(200, wide.sin_ref());
            let scale = if x.abs() <= 0.75 && x.abs() > 1e-290 { x.abs() } else { 1.0 };
            worst[1] = worst[1].max(off(s, &sine, scale));
            worst[1] = worst[1].max(off(c, &Float::with_val(200, wide.cos_ref()), 1.0));
            if x.abs() < 690.0 {
                let [cosh, sinh] = cosh_sinh(x);
                worst[1] = worst[1].max(off(cosh, &Float::with_val(200, wide.cosh_ref()), cosh));
                let scale = if x.abs() <= 0.5 && x.abs() > 1e-290 { x.abs() } else { cosh };
                worst[1] = worst[1].max(off(sinh, &Float::with_val(200, wide.sinh_ref()), scale));
            }
            if x.abs() > 1e-300 {
                let l = wide.abs_ref().complete(200).ln();
                worst[2] = worst[2].max(off(ln(x.abs()), &l, 1.0 + l.to_f64().abs()));
            }
            for (a, b) in [(x, 1.0), (1.0, x), (-1.0, x), (x, -2.5), (x, 0.0), (0.0, x), (3.0 * x, x)] {
                if a == 0.0 && b == 0.0 {
                    continue;
                }
                let truth = Float::with_val(200, b).atan2(&Float::with_val(200, a));
                worst[3] = worst[3].max(off(angle(a, b), &truth, 1.0));
            }
        }
        assert!(worst.iter().all(|w| *w < 0.5), "{worst:?}");
    }

    #[test]
    fn outside_of_the_range_nothing_is_claimed() {
        assert!(exp(f64::NAN).is_nan() && exp(1e4) == f64::INFINITY && exp(-1e4) == 0.0);
        assert!(sin_cos(1e6)[0].is_nan() && sin_cos(f64::INFINITY)[1].is_nan());
        assert!(ln(0.0).is_nan() && ln(-1.0).is_nan() && ln(f64::INFINITY).is_nan() && ln(1e-310).is_nan());
        assert!(angle(0.0, 0.0).is_nan() && angle(f64::NAN, 1.0).is_nan());
    }
}
