//! The layers composed, in fixed point.

use super::network::Kernel;
use super::profile::Profile;
use super::support::Support;
use crate::Error;
use crate::dual::Dual;
use crate::dual::hermite::{HermiteDual, Squares};
use crate::number::{Ball, Mag};
use crate::series::fixed::{Fixed, Format};
use crate::series::multiply::Multiplier;

/// Most 64-bit limbs of one coefficient, and of one series: bounds for memory and time.
const MAX_WIDTH: usize = 1 << 13;
const MAX_LIMBS: usize = 1 << 24;

/// The coefficients of `ρ^0 … ρ^degree`, at one working precision.
pub(crate) struct Run<'a> {
    pub profile: &'a Profile,
    pub kernel: Kernel,
    pub degree: usize,
    /// The series is computed in `t = ρ/radius`.
    pub radius: f64,
    pub frac: u32,
    /// Bits above the point beyond those that are expected to do.
    pub room: u32,
}

/// Supports of every layer's `ρ_l` (first to last, `ρ_{L+1}` included) and of the kernel.
pub(crate) struct Supports {
    pub layers: Vec<Support>,
    /// Is `ρ_l` the same for every pair of inputs? Known from the layers: a support that is cut at the degree does not
    /// show it, as its first power may lie beyond.
    pub constant: Vec<bool>,
    pub kernel: Support,
}

impl Supports {
    pub fn new(profile: &Profile, kernel: Kernel, degree: usize) -> Supports {
        let mut inner = Support::from_fn(degree, |p| {
            p == 0 && !profile.input_constant.is_exact_zero()
                || p == 1 && !profile.input_slope.is_exact_zero()
        });
        let mut theta = inner.clone();
        let mut layers = vec![inner.clone()];
        let mut constant = vec![profile.input_slope.is_exact_zero()];
        for layer in &profile.layers {
            let outer = layer.support.clone();
            let none = layer.weight.is_exact_zero();
            let empty = Support::from_fn(degree, |_| false);
            let bias = Support::from_fn(degree, |p| p == 0 && !layer.bias.is_exact_zero());
            let value = if none { bias } else { inner.compose(&outer).union(&bias) };
            let slope = if none { empty } else { inner.compose(&outer.derivative()) };
            theta = value.union(&theta.product(&slope));
            inner = value;
            layers.push(inner.clone());
            constant.push(constant[constant.len() - 1] || none || outer.is_constant());
        }
        Supports { layers, constant, kernel: if kernel == Kernel::Ntk { theta } else { inner } }
    }
}

impl Run<'_> {
    /// Enclosures of the kernel's coefficients; those outside the support are exactly zero.
    pub fn coefficients(&self, supports: &Supports) -> Result<Vec<Ball>, Error> {
        let Run { profile, kernel, degree, radius, frac, room } = *self;
        // Room for the sum of the series in t, for a derivative's factor, and a margin.
        let spare = 24 + (degree as f64 + 2.0).log2() as u32 + self.growth_bits() + room;
        let width = (frac + spare).div_ceil(64) as usize;
        if width > MAX_WIDTH || width.saturating_mul(degree + 1) > MAX_LIMBS {
            return Err(Error::parameter(
                "max degree",
                degree,
                &format!(
                    "its coefficients would take {} bits each: a smaller degree or fewer digits are accepted",
                    frac + spare
                ),
            ));
        }
        let format = Format { frac, width, degree };
        let engine = Multiplier::new(format);
        let scale = Ball::exact(rug::Float::with_val(64, radius));
        let slope = &profile.input_slope * &scale;
        let mut rho = match profile.input_constant.is_exact_zero() {
            true => Fixed::from_balls(format, 1, 2, &[slope]),
            false => Fixed::from_balls(format, 0, 1, &[profile.input_constant.clone(), slope]),
        };
        let mut theta = rho.clone();
        let mut squares = Squares::default();
        for (index, layer) in profile.layers.iter().enumerate() {
            if supports.constant[index] {
                // ρ_l = 1 for every pair of inputs.
                let one = Ball::from_integer(1, profile.precision);
                rho = Fixed::from_balls(format, 0, 1, &[one]);
                if let Some(slope) = &layer.slope_at_one {
                    theta = rho.add(&theta.scaled(slope));
                }
                continue;
            }
            let composed = match &layer.dual {
                Dual::Hermite => HermiteDual::new(layer, frac, degree, &rho, &mut squares)?.compose(
                    &engine,
                    &rho,
                    &layer.weight,
                ),
                closed => closed.compose(&engine, &rho, &layer.weight),
            };
            rho = parity(composed.value.add_constant(&layer.bias), &supports.layers[index + 1]);
            if kernel == Kernel::Ntk {
                theta = rho.add(&engine.product(&theta, &composed.derivative));
            }
            if !rho.error.is_finite() {
                // Nothing is known from here on, of theta neither.
                break;
            }
        }
        let result = if kernel == Kernel::Ntk { theta } else { rho };
        Ok(self.unscaled(&result, &supports.kernel))
    }

    /// Coefficients in ρ from those in t: `κ_p = q_{L+1} radius^{-p} [t^p]`.
    fn unscaled(&self, series: &Fixed, support: &Support) -> Vec<Ball> {
        let precision = self.profile.precision;
        let shrink = Ball::exact(rug::Float::with_val(64, self.radius)).with_precision(precision).recip();
        let mut factor = self.profile.output_variance.clone();
        let unit = self.radius == 1.0 && factor.is_exact() && *factor.midpoint() == 1;
        (0..=self.degree)
            .map(|p| {
                let coefficient = match support.contains(p) {
                    false => Ball::zero(precision),
                    true if unit => series.ball(p, precision),
                    true => &series.ball(p, precision) * &factor,
                };
                if self.radius != 1.0 {
                    factor = &factor * &shrink;
                }
                coefficient
            })
            .collect()
    }

    /// Bits that hold the kernel at `t = 1`, that is at ρ = radius.
    fn growth_bits(&self) -> u32 {
        let depth = self.profile.layers.len() as f64;
        let at_one =
            self.profile.sum(self.kernel).magnitude().log2_ceil().unwrap_or(0).clamp(0, 1 << 20) as u32;
        if self.radius == 1.0 {
            return at_one + depth.log2() as u32 + 2;
        }
        let rho = Ball::exact(rug::Float::with_val(64, self.radius));
        let at_radius = self.profile.evaluate_past_one(self.kernel, &rho).map_or(Mag::ONE, |b| b.magnitude());
        at_one + at_radius.log2_ceil().unwrap_or(0).clamp(0, 1 << 20) as u32 + depth.log2() as u32 + 2
    }
}

/// Stores a series that its support shows to be odd or even as such.
fn parity(series: Fixed, support: &Support) -> Fixed {
    if series.step == 2 {
        return series;
    }
    if support.has_no(1) {
        series.even_part()
    } else if support.has_no(0) {
        series.odd_part()
    } else {
        series
    }
}
