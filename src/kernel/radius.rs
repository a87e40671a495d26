//! The circle on which a kernel's series is computed.
//!
//! Coefficients in ρ may fall off geometrically (erf: κ_9999 is about 3·10^-935); in `t = ρ/R` with a suitable `R` they
//! stay within reach of fixed point. Any `R` gives valid enclosures, so a guess in doubles is good enough.

use std::convert::Infallible;

use super::profile::Profile;
use crate::dual::Dual;
use crate::network::recursion::{Domain, Place, Role, Sum, covariance};
use crate::number::Ball;

/// The `R >= 1` where the term of the highest degree is about the largest: the logarithmic derivative of
/// `ρ_{L+1}` equals the degree (at least 1) there, or `R` is the radius of convergence.
pub(crate) fn guess(profile: &Profile, degree: usize) -> f64 {
    fn singular_at_one(dual: &Dual) -> bool {
        match dual {
            Dual::ArcCosine { .. } | Dual::Hermite => true,
            Dual::ArcSine { beta, .. } => beta.upper() >= 1,
            Dual::WithPolynomial { dual, .. } => singular_at_one(dual),
            _ => false,
        }
    }
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
    let at = Ball::exact(rug::Float::with_val(PRECISION, radius));
    let first = Jet {
        value: &shorten(&profile.input_slope) * &at + &shorten(&profile.input_constant),
        slope: shorten(&profile.input_slope),
    };
    let last = covariance(profile.network(), &mut Jets(profile), first).ok()?;
    let e = (&at * &last.slope / &last.value).midpoint().to_f64();
    (last.value.midpoint().to_f64() < 1e250 && e.is_finite()).then_some(e)
}

/// Bits of what only steers.
const PRECISION: u32 = 64;

fn shorten(x: &Ball) -> Ball {
    x.with_precision(PRECISION)
}

/// A function of ρ and its derivative, by their midpoints.
#[derive(Clone)]
struct Jet {
    value: Ball,
    slope: Ball,
}

/// The recursion of the covariance with its derivative in ρ.
struct Jets<'a>(&'a Profile);

/// Outside the domain of a dual, or beyond all numbers.
struct Outside;

impl Domain for Jets<'_> {
    type Value = Jet;
    type Slope = Infallible;
    type Stop = Outside;

    fn activate(&mut self, at: Place, rho: &Jet) -> Result<(Jet, Option<Infallible>), Outside> {
        let layer = &self.0.layers[at.index];
        if !layer.dual.in_domain(&rho.value) {
            return Err(Outside);
        }
        let weight = shorten(&layer.weight);
        let value = &weight * &layer.dual.value(&rho.value).ok_or(Outside)?;
        let slope = &rho.slope * &weight * layer.dual.derivative(&rho.value).ok_or(Outside)?;
        Ok((Jet { value, slope }, None))
    }

    fn biased(&mut self, at: Place, jet: Jet) -> Result<Jet, Outside> {
        let value = jet.value + &shorten(&self.0.layers[at.index].bias);
        if !value.is_finite() || !jet.slope.is_finite() {
            return Err(Outside);
        }
        let middle = |x: &Ball| Ball::exact(shorten(x).midpoint().clone());
        Ok(Jet { value: middle(&value), slope: middle(&jet.slope) })
    }

    fn combined(&mut self, sum: &Sum, values: Vec<Jet>, _: Role) -> Result<Jet, Outside> {
        let all = |part: fn(&Jet) -> &Ball| {
            let parts: Vec<Ball> = values.iter().map(|x| part(x).clone()).collect();
            Ball::exact(shorten(&self.0.combined(sum, &parts)).midpoint().clone())
        };
        Ok(Jet { value: all(|x| &x.value), slope: all(|x| &x.slope) })
    }

    fn normalized(&mut self, _: usize, value: Jet, _: Role) -> Result<Jet, Outside> {
        Ok(value)
    }
}
