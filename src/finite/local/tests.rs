//! Taylor coefficients and radii of the whole catalogue.

use proptest::prelude::*;

use super::*;
use crate::number::parse_rational;
use crate::positivity::catalogue_samples;

fn ball(text: &str) -> Ball {
    Ball::from_rational(&parse_rational(text).unwrap(), 256)
}

fn local(text: &str) -> LocalActivation {
    LocalActivation::new(&Activation::parse(text).unwrap()).unwrap()
}

/// Central differences `Δ_h^m φ(z)/h^m = φ^{(m)}(z) + O(h²)`, with `h = 2^-60` at 1000 bits.
#[test]
fn coefficients_against_finite_differences() {
    let precision = 1000;
    for phi in catalogue_samples() {
        let local = LocalActivation::new(&phi).unwrap();
        for at in ["13/40", "-7/10", "5/2"] {
            let z = Ball::from_rational(&parse_rational(at).unwrap(), precision);
            let a = local.taylor(&z, 6).unwrap_or_else(|e| panic!("{phi}: {e}"));
            let mut factorial = 1;
            for (m, a) in a.iter().enumerate() {
                factorial *= m.max(1) as i64;
                let mut binomial = 1i64;
                let mut sum = Ball::zero(precision);
                for j in 0..=m {
                    let shift = Ball::from_integer(2 * j as i64 - m as i64, precision).shl(-61);
                    let term = local.value(&(&z + &shift)).unwrap().mul_integer(binomial);
                    sum = if (m - j) % 2 == 0 { sum + term } else { sum - term };
                    binomial = binomial * (m - j) as i64 / (j as i64 + 1);
                }
                let difference = sum.shl(60 * m as i32).div_integer(factorial);
                let error = (a - &difference).magnitude();
                assert!(error < Mag::pow2(-90), "{phi} at {at}, {m}: {a} and {difference}");
                assert!(a.radius() < Mag::pow2(-800), "{phi} at {at}, {m}: {a}");
            }
        }
    }
}

/// Where the nearest singularity is known.
#[test]
fn radii() {
    for (formula, at, kink, singularity) in [
        ("tanh", "1", None, Some((1.0f64 + 2.4674011002723395).sqrt())),
        ("sigmoid", "0", None, Some(std::f64::consts::PI)),
        ("softplus(2)", "1/2", None, Some((0.25f64 + 2.4674011002723395).sqrt())),
        ("erf", "3", None, None),
        ("gelu", "3", None, None),
        ("relu", "-1/4", Some(0.25), None),
        ("elu", "1/2", Some(0.5), None),
        ("hardtanh", "3/4", Some(0.25), None),
        ("softsign", "1/2", Some(0.5), Some(1.5)),
        ("atan(2*x)", "1", None, Some(1.25f64.sqrt())),
        ("squareplus", "1", None, Some(5f64.sqrt())),
        ("x^3 - x", "1", None, None),
        ("exp(-x^2)", "1", None, None),
        // The quotient is 0/0 at zero: its jets end there, though the function does not.
        ("sinc", "2", None, Some(2.0)),
    ] {
        let radius = local(formula).radius(&ball(at)).unwrap();
        for (found, truth) in [(radius.kink, kink), (radius.singularity, singularity)] {
            match truth {
                None => assert!(!found.is_finite(), "{formula}: {radius:?}"),
                Some(t) => {
                    assert!((found.to_float().to_f64() - t).abs() < 1e-12, "{formula}: {found:?}, {t}")
                }
            }
        }
    }
    // Rectangles come within a quarter of the truth: log(1 + e^x) = iπ/2 next to x = 0.3465 + 2.356i for mish.
    let mish = local("mish").radius(&ball("0")).unwrap().singularity.to_float().to_f64();
    assert!(mish <= 2.3816 && mish > 1.7, "{mish}");
}

#[test]
fn breakpoints_are_refused() {
    let relu = local("relu");
    let zero = ball("0");
    assert!(relu.taylor(&zero, 2).is_err() && relu.radius(&zero).is_err());
    assert!(relu.value(&zero).unwrap().contains_zero());
    assert!(local("step").value(&zero).is_err());
    assert!(relu.taylor(&ball("1"), MAX_TAYLOR + 1).is_err());
    let error = relu.taylor(&zero, 2).unwrap_err().to_string();
    assert!(error.contains("relu") && !error.contains('\n'), "{error}");
    assert!(relu.exact_piece(&Rational::new()).is_err());
    assert_eq!(relu.exact_piece(&Rational::from(1)).unwrap(), 1);
}

proptest! {
    #![proptest_config(ntk_testing::cases(40))]
    /// The bound on a disc holds on the real line and for the series itself: `|Σ_{m>=1} a_m ζ^m|` at complex ζ.
    #[test]
    fn variations_bound(i in 0usize..60, a in -200i64..200, part in 1i64..90, angle in 0.0f64..3.0) {
        let samples = catalogue_samples();
        let phi = &samples[i % samples.len()];
        let local = LocalActivation::new(phi).unwrap();
        let z = Ball::from_rational(&num_rational::BigRational::new((2 * a + 1).into(), 37.into()), 128);
        let Ok(piece) = local.piece(&z) else { return Ok(()) };
        let radius = local.radius(&z).unwrap();
        let reach = radius.least().min(Mag::from_f64(3.0)).to_float().to_f64() * part as f64 / 100.0;
        let rho = Mag::from_f64(reach);
        let bound = local.variation(piece, &z, rho);
        let centre = local.value(&z).unwrap();
        for sign in [1.0, -1.0] {
            let there = &z + &Ball::exact(rug::Float::with_val(128, sign * reach));
            let change = local.value(&there).unwrap() - &centre;
            prop_assert!(change.mignitude() <= bound, "{}: {} {:?}", phi, change, bound);
        }
        // Not by much more than what the first terms are.
        let coefficients = local.taylor(&z, 12).unwrap();
        let (mut re, mut im) = (0.0, 0.0);
        for (m, c) in coefficients.iter().enumerate().skip(1) {
            let size = c.midpoint().to_f64() * reach.powi(m as i32);
            re += size * (angle * m as f64).cos();
            im += size * (angle * m as f64).sin();
        }
        if part < 40 {
            prop_assert!(bound.to_float() >= re.hypot(im) * 0.99 - 1e-4 * reach, "{}: {} {:?}", phi, re.hypot(im), bound);
            let sizes: f64 = coefficients.iter().enumerate().skip(1)
                .map(|(m, c)| c.midpoint().to_f64().abs() * reach.powi(m as i32)).sum();
            prop_assert!(bound.to_float() <= 3.0 * sizes + 0.5 * reach, "{}: {:?} {}", phi, bound, sizes);
        }
    }
}

/// `|φ(z + ζ) - φ(z)|` for every member of a wide `z`, attained on the circle by `exp`, `x²` and `cos`.
#[test]
fn variations_hold_for_the_ends_of_wide_arguments() {
    type OfReal = fn(f64) -> f64;
    type Case = (&'static str, fn(f64, f64) -> f64, OfReal);
    let cases: [Case; 3] = [
        ("exp", |z, r| z.exp() * (r.exp() - 1.0), |z| z.exp()),
        ("x^2", |z, r| 2.0 * z.abs() * r + r * r, |z| z * z),
        // At the end of the imaginary axis, from z = 0.
        ("cos(x)", |z, r| z.cos().abs() * (r.cosh() - 1.0), |z| z.cos()),
    ];
    for (name, truth, _) in cases {
        let local = local(name);
        for (mid, rad) in [(0.0, 0.0), (1.0, 0.0), (1.0, 0.25), (-2.0, 1.0), (0.5, 2.0)] {
            for rho in [2f64.powi(-20), 0.25, 1.0, 3.0] {
                let z = Ball::exact(rug::Float::with_val(128, mid)).widened(Mag::from_f64(rad));
                let found = local.variation(0, &z, Mag::from_f64(rho)).to_float().to_f64();
                for end in [mid - rad, mid, mid + rad] {
                    let truth = truth(end, rho);
                    assert!(found >= truth * (1.0 - 1e-9), "{name} at {mid} ± {rad}, {rho}: {found} {truth}");
                    assert!(
                        rad > 0.0 || name == "cos(x)" || found <= truth * 1.5 + 1e-3,
                        "{name} at {mid}, {rho}: {found} {truth}"
                    );
                }
            }
        }
    }
}
