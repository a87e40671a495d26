//! The layers composed, in fixed point.

use std::convert::Infallible;

use super::hermite_dual::{HermiteDual, Squares};
use super::profile::{Profile, ResolvedLayer};
use super::support::Support;
use crate::Error;
use crate::dual::Dual;
use crate::dual::compose::Composed;
use crate::network::recursion::{self, Domain, Kernels, Place, Role, Sum, run};
use crate::network::{Kernel, Training};
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

/// Supports of `ρ_{l+1}` after every hidden layer, and of the kernel.
pub(crate) struct Supports {
    pub layers: Vec<Support>,
    /// Is what a hidden layer sees, `ρ_l`, the same for every pair of inputs? Known from the layers: a support that is
    /// cut at the degree does not show it, as its first power may lie beyond.
    pub constant: Vec<bool>,
    pub kernel: Support,
}

impl Supports {
    pub fn new(profile: &Profile, kernel: Kernel, degree: usize) -> Supports {
        let first = |slope: &Ball, constant: &Ball| {
            let there = [!constant.is_exact_zero(), !slope.is_exact_zero()];
            let support = Support::from_fn(degree, |p| p < 2 && there[p]);
            Powers { support, constant: slope.is_exact_zero() }
        };
        let tangent = profile.input_tangent.as_ref().map(|[slope, constant]| first(slope, constant));
        let first = Kernels { covariance: first(&profile.input_slope, &profile.input_constant), tangent };
        let mut domain = Structure { profile, degree, layers: vec![], constant: vec![] };
        let Ok(kernels) = run(profile.network(), kernel, &mut domain, first);
        let kernel = kernels.kernel().support;
        Supports { layers: domain.layers, constant: domain.constant, kernel }
    }
}

/// The recursion of the supports.
struct Structure<'a> {
    profile: &'a Profile,
    degree: usize,
    layers: Vec<Support>,
    constant: Vec<bool>,
}

#[derive(Clone)]
struct Powers {
    support: Support,
    constant: bool,
}

impl Domain for Structure<'_> {
    type Value = Powers;
    type Slope = Support;
    type Stop = Infallible;

    fn activate(&mut self, at: Place, rho: &Powers) -> Result<(Powers, Option<Support>), Infallible> {
        self.constant.push(rho.constant);
        let layer = &self.profile.layers[at.index];
        if layer.weight.is_exact_zero() {
            let support = Support::from_fn(self.degree, |_| false);
            return Ok((Powers { support, constant: true }, None));
        }
        let outer = &layer.support;
        let constant = rho.constant || outer.is_constant();
        let value = Powers { support: rho.support.compose(outer), constant };
        Ok((value, Some(rho.support.compose(&outer.derivative()))))
    }

    fn biased(&mut self, at: Place, value: Powers) -> Result<Powers, Infallible> {
        let bias = !self.profile.layers[at.index].bias.is_exact_zero();
        let bias = Support::from_fn(self.degree, |p| p == 0 && bias);
        let support = value.support.union(&bias);
        self.layers.push(support.clone());
        Ok(Powers { support, ..value })
    }

    fn combined(&mut self, _: &Sum, values: Vec<Powers>, _: Role) -> Result<Powers, Infallible> {
        let none = Powers { support: Support::from_fn(self.degree, |_| false), constant: true };
        Ok(values.into_iter().fold(none, |all, x| Powers {
            support: all.support.union(&x.support),
            constant: all.constant && x.constant,
        }))
    }

    fn normalized(&mut self, _: usize, value: Powers, _: Role) -> Result<Powers, Infallible> {
        Ok(value)
    }

    fn trained(&mut self, at: Place, value: Powers, training: &Training) -> Result<Powers, Infallible> {
        let (weights, biases) = self.profile.layers[at.index].training(training);
        let [weights, biases] = [weights, biases].map(|x| !x.is_exact_zero());
        let there = |p| weights && value.support.contains(p) || biases && p == 0;
        Ok(Powers { support: Support::from_fn(self.degree, there), ..value })
    }

    fn through(
        &mut self,
        _: Place,
        own: &Powers,
        theta: &Powers,
        slope: Support,
    ) -> Result<Powers, Infallible> {
        let support = own.support.union(&theta.support.product(&slope));
        Ok(Powers { support, constant: own.constant })
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
        let first = |slope: &Ball, constant: &Ball| match constant.is_exact_zero() {
            true => Fixed::from_balls(format, 1, 2, &[slope * &scale]),
            false => Fixed::from_balls(format, 0, 1, &[constant.clone(), slope * &scale]),
        };
        let tangent = profile.input_tangent.as_ref().map(|[slope, constant]| first(slope, constant));
        let first = Kernels { covariance: first(&profile.input_slope, &profile.input_constant), tangent };
        let mut domain = Composition { run: self, supports, engine, squares: Squares::default() };
        let result = recursion::run(profile.network(), kernel, &mut domain, first)?.kernel();
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

/// The recursion in power series.
struct Composition<'a> {
    run: &'a Run<'a>,
    supports: &'a Supports,
    engine: Multiplier,
    squares: Squares,
}

/// What multiplies Θ.
enum Slope {
    Series(Fixed),
    /// ρ_l = 1 for every pair of inputs.
    Constant(Ball),
}

impl Composition<'_> {
    fn layer(&self, at: Place) -> &ResolvedLayer {
        &self.run.profile.layers[at.index]
    }
}

impl Domain for Composition<'_> {
    type Value = Fixed;
    type Slope = Slope;
    type Stop = Error;

    fn activate(&mut self, at: Place, rho: &Fixed) -> Result<(Fixed, Option<Slope>), Error> {
        let Run { profile, degree, frac, .. } = *self.run;
        let layer = &profile.layers[at.index];
        if self.supports.constant[at.index] {
            let value = Fixed::from_balls(rho.format(), 0, 1, &[&layer.weight * &layer.moment]);
            return Ok((value, layer.slope_at_one.clone().map(Slope::Constant)));
        }
        let composed = match &layer.dual {
            // Nothing is known from here on.
            _ if !rho.error.is_finite() => Composed::lost(rho),
            Dual::Hermite => HermiteDual::new(layer, frac, degree, rho, &mut self.squares)?.compose(
                &self.engine,
                rho,
                &layer.weight,
            ),
            closed => closed.compose(&self.engine, rho, &layer.weight),
        };
        Ok((composed.value, Some(Slope::Series(composed.derivative))))
    }

    fn biased(&mut self, at: Place, value: Fixed) -> Result<Fixed, Error> {
        if self.supports.constant[at.index] {
            let one = Ball::from_integer(1, self.run.profile.precision);
            return Ok(Fixed::from_balls(value.format(), 0, 1, &[one]));
        }
        Ok(parity(value.add_constant(&self.layer(at).bias), &self.supports.layers[at.index]))
    }

    fn combined(&mut self, sum: &Sum, values: Vec<Fixed>, _: Role) -> Result<Fixed, Error> {
        let terms = self.run.profile.sums[sum.index].iter().zip(&values);
        let total = terms.map(|(share, x)| x.scaled(share)).reduce(|a, b| a.add(&b));
        Ok(total.unwrap_or_else(|| Fixed::zero(self.engine.format(), 0, 1)))
    }

    /// Values are divided by the variance already.
    fn normalized(&mut self, _: usize, value: Fixed, _: Role) -> Result<Fixed, Error> {
        Ok(value)
    }

    fn trained(&mut self, at: Place, value: Fixed, training: &Training) -> Result<Fixed, Error> {
        let (weights, biases) = self.layer(at).training(training);
        Ok(value.scaled(&weights).add_constant(&biases))
    }

    fn through(&mut self, _: Place, own: &Fixed, theta: &Fixed, slope: Slope) -> Result<Fixed, Error> {
        Ok(match slope {
            Slope::Constant(slope) => own.add(&theta.scaled(&slope)),
            Slope::Series(slope) => own.add(&self.engine.product(theta, &slope)),
        })
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
