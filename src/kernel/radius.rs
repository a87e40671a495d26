//! The circle on which a kernel's series is computed.
//!
//! Coefficients in ρ may fall off geometrically (erf: κ_9999 is about 3·10^-935); in `t = ρ/R` with a suitable `R` they
//! stay within reach of fixed point. Any `R` gives valid enclosures, so a guess in doubles is good enough.

use super::profile::Profile;
use crate::dual::Dual;
use crate::number::Ball;

/// The `R >= 1` where the term of the highest degree is about the largest: the logarithmic derivative of
/// `ρ_{L+1}` equals the degree (at least 1) there, or `R` is the radius of convergence.
pub(crate) fn guess(profile: &Profile, degree: usize) -> f64 {
    let singular_at_one = |dual: &Dual| match dual {
        Dual::ArcCosine { .. } | Dual::Hermite => true,
        Dual::ArcSine { beta, .. } => beta.upper() >= 1,
        _ => false,
    };
    if profile.layers.iter().any(|layer| singular_at_one(&layer.dual)) {
        return 1.0;
    }
    let too_far = |radius: f64| elasticity(profile, radius).is_none_or(|e| e > degree as f64);
    let mut reach = 1.0f64;
    while !too_far(2.0 * reach) {
        reach *= 2.0;
        if reach > 1e12 {
            return reach;
        }
    }
    let (mut low, mut high) = (reach, 2.0 * reach);
    // R^degree is then known to a small factor.
    for _ in 0..(degree as f64).log2() as u32 + 7 {
        let middle = 0.5 * (low + high);
        if too_far(middle) { high = middle } else { low = middle }
    }
    low
}

/// `R ρ_{L+1}'(R)/ρ_{L+1}(R)`; `None` outside the domain.
fn elasticity(profile: &Profile, radius: f64) -> Option<f64> {
    let precision = 64;
    let at = Ball::exact(rug::Float::with_val(precision, radius));
    let shorten = |b: &Ball| b.with_precision(precision);
    let mut rho = &shorten(&profile.input_slope) * &at + &shorten(&profile.input_constant);
    let mut slope = shorten(&profile.input_slope);
    for layer in &profile.layers {
        if !layer.dual.in_domain(&rho) {
            return None;
        }
        let weight = shorten(&layer.weight);
        let value = &weight * &layer.dual.value(&rho)? + &shorten(&layer.bias);
        slope = &slope * &weight * layer.dual.derivative(&rho)?;
        if !value.is_finite() || !slope.is_finite() {
            return None;
        }
        rho = Ball::exact(value.with_precision(precision).midpoint().clone());
        slope = Ball::exact(slope.with_precision(precision).midpoint().clone());
    }
    let e = (&at * &slope / &rho).midpoint().to_f64();
    (rho.midpoint().to_f64() < 1e250 && e.is_finite()).then_some(e)
}
