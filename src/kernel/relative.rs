//! The layers composed for low degrees, every coefficient to relative accuracy.
//!
//! In deep networks the coefficients of `ρ_l` tend to `1, 0, 0, …` or to `ρ*, 0, 0, …`, geometrically: in fixed point
//! that takes ever more bits, and as many of every integral. Here all numbers are enclosures with exponents of their
//! own, and all that is done to them are sums and products of numbers that are not negative. What lies above the degree
//! is carried along as one number, so that the tail does not come from a subtraction either. With `a = ρ_l(0)`,
//! `b = 1 - a` and `x = ρ_l - a` a layer is `Σ_j d_j x^j` ([`Expansion`]). `b` is carried along as well: in the ordered
//! phase it follows from `b`, in the chaotic one from `a`.

use std::cmp::Ordering;

use super::engine::Supports;
use super::hermite_dual::{self as hermite, MAX_TERMS};
use super::profile::{Profile, ResolvedLayer};
use crate::Error;
use crate::activation::{Activation, Formula};
use crate::dual::binomial::{Cut, Expansion};
use crate::dual::kinks;
use crate::network::recursion::{Domain, Kernels, Place, Role, Sum, run};
use crate::network::{Kernel, Training};
use crate::number::{Ball, Mag};
use crate::{quadrature, work};

/// Terms that are tried first where nothing is known of their decay.
const FEW: usize = 256;

/// More terms than these are left to another way where they fall slowly.
const MANY: usize = 4096;

/// So many are taken at once where an expansion between kinks follows.
const MANY_AT_KINKS: usize = 1 << 16;

/// Units of work of an expansion between kinks, for a square of the degree.
const KINKS: f64 = 1e4;

/// A series without negative coefficients: those up to the degree, and the sum of all others.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub terms: Vec<Ball>,
    pub beyond: Ball,
    /// The sum of all but the constant one once more, for a covariance: it may be known better than its parts.
    gap: Ball,
}

impl Series {
    fn constant(value: Ball, degree: usize) -> Series {
        let zero = Ball::zero(value.precision());
        let mut terms = vec![zero.clone(); degree + 1];
        terms[0] = value;
        Series { terms, beyond: zero.clone(), gap: zero }
    }

    fn scaled(&self, factor: &Ball) -> Series {
        Series {
            terms: self.terms.iter().map(|x| x * factor).collect(),
            beyond: &self.beyond * factor,
            gap: &self.gap * factor,
        }
    }

    fn add(&self, other: &Series) -> Series {
        let terms = self.terms.iter().zip(&other.terms).map(|(x, y)| x + y).collect();
        Series { terms, beyond: &self.beyond + &other.beyond, gap: &self.gap + &other.gap }
    }

    fn plus_constant(mut self, constant: &Ball) -> Series {
        self.terms[0] = &self.terms[0] + constant;
        self
    }

    /// `Σ_{p>=from}` of all coefficients.
    fn sum_from(&self, from: usize) -> Ball {
        Ball::sum(self.beyond.precision(), &self.terms[from..]) + &self.beyond
    }

    /// The product. Beyond the degree `n` is all that has a factor beyond it, and `Σ_p x_p Σ_{q>n-p} y_q` of the
    /// others.
    fn product(&self, other: &Series) -> Series {
        let precision = self.beyond.precision();
        let degree = self.terms.len() - 1;
        let mut terms = vec![Ball::zero(precision); degree + 1];
        // y_n, y_{n-1} + y_n, ...
        let mut last = Ball::zero(precision);
        let mut beyond = &self.beyond * &other.sum_from(0);
        for (p, x) in self.terms.iter().enumerate() {
            if p > 0 {
                last = last + &other.terms[degree + 1 - p];
            }
            if x.is_exact_zero() {
                continue;
            }
            for (q, y) in other.terms[..=degree - p].iter().enumerate() {
                if !y.is_exact_zero() {
                    terms[p + q] = &terms[p + q] + &(x * y);
                }
            }
            beyond = beyond + &(x * &(&last + &other.beyond));
        }
        let gap = Ball::whole_line(precision);
        Series { terms, beyond, gap }
    }
}

/// `Σ_j d_j x^j` and `Σ_j (j+1) d_{j+1} x^j`, where `x` has no constant term.
fn composed(expansion: &Expansion, inner: &Series) -> [Series; 2] {
    let degree = inner.terms.len() - 1;
    let start = |terms: &[Ball], beyond: &Ball| {
        let mut out = Series::constant(terms[0].clone(), degree);
        out.beyond = beyond.clone();
        out
    };
    let mut value = start(&expansion.terms, &expansion.beyond);
    let mut slope = start(&expansion.slopes, &expansion.slopes_beyond);
    let mut power = inner.clone();
    for j in 1..=degree {
        if j > 1 {
            power = power.product(inner);
        }
        for (sum, terms) in [(&mut value, &expansion.terms), (&mut slope, &expansion.slopes)] {
            if !terms[j].is_exact_zero() {
                *sum = sum.add(&power.scaled(&terms[j]));
            }
        }
    }
    [value, slope]
}

/// The kernel's coefficients up to the degree, and the sum of all others; `None` where it is too much work this way,
/// and an error where it is in any way.
pub(crate) fn coefficients(
    profile: &Profile,
    kernel: Kernel,
    degree: usize,
    supports: &Supports,
) -> Result<Option<Series>, Error> {
    let precision = profile.precision;
    let first = |slope: &Ball, constant: &Ball| {
        let mut out = Series::constant(constant.clone(), degree);
        match out.terms.get_mut(1) {
            Some(term) => *term = slope.clone(),
            None => out.beyond = slope.clone(),
        }
        out.gap = slope.clone();
        out
    };
    let tangent = profile.input_tangent.as_ref().map(|[slope, constant]| first(slope, constant));
    let first = Kernels { covariance: first(&profile.input_slope, &profile.input_constant), tangent };
    let mut domain =
        Composition { profile, degree, kernel, supports, known: None, slopes: vec![], hopeless: false };
    let normalized = match run(profile.network(), kernel, &mut domain, first) {
        Err(Error::TooMuchWork { .. }) if !domain.hopeless => return Ok(None),
        other => other?.kernel(),
    };
    let mut series = normalized.scaled(&profile.output_variance);
    for (p, term) in series.terms.iter_mut().enumerate() {
        if !supports.kernel.contains(p) {
            *term = Ball::zero(precision);
        }
    }
    Ok(Some(series))
}

struct Composition<'a> {
    profile: &'a Profile,
    degree: usize,
    kernel: Kernel,
    supports: &'a Supports,
    /// What was found last: the next layer may be like it.
    known: Option<Known>,
    /// The derivatives of activations, as far as they were asked for.
    slopes: Vec<(Activation, Option<Formula>)>,
    /// Would another way take as many Hermite coefficients, too many?
    hopeless: bool,
}

struct Known {
    activation: Activation,
    variance: Ball,
    cut: Cut,
    /// `E[φ²]`, `q E[φ'²]` and `q² E[φ''²]`, not finite where it is not known.
    whole: [Ball; 3],
    asked_for_curvature: bool,
}

impl Known {
    fn is_of(&self, layer: &ResolvedLayer) -> bool {
        self.activation.is_same(&layer.activation) && self.variance.is_same(&layer.variance)
    }
}

impl Composition<'_> {
    /// The expansion of a layer's dual about `a = 1 - b`.
    fn expansion(&mut self, layer: &ResolvedLayer, a: &Ball, b: &Ball) -> Result<Expansion, Error> {
        let precision = self.profile.precision;
        let (rough_a, rough_b) = (a.midpoint().to_f64(), b.midpoint().to_f64());
        let top = self.degree + 1;
        let kinks = layer.activation.kinks(precision);
        if let Some(kinks) = &kinks
            && work::spend(KINKS * (top * top) as f64)
        {
            let [moment, slope, _] = &self.whole(layer, false);
            let near = kinks::expansion(kinks, &layer.variance, [moment, slope], b, self.degree, precision);
            if let Some(expansion) = near {
                return Ok(expansion);
            }
        }
        // So many leave out nothing that counts, wherever a layer's squares are.
        let relative = precision + (2.0 * -rough_b.max(1e-300).log2()).clamp(0.0, 2e3) as u32;
        let by_place = match a.is_exact_zero() {
            true => top + 2,
            false => hermite::choose_terms(rough_a, top, relative).0.max(top + 2),
        };
        let by_decay = hermite::terms_by_decay(layer, precision);
        // Kinks are too close for their expansion in a few layers only, which take all they need.
        let passing = kinks.is_some() && by_place <= MANY_AT_KINKS;
        // Where nothing is known of the decay a few are tried.
        let first = if by_decay == MAX_TERMS && !passing { FEW } else { by_decay };
        // What is there already costs nothing.
        let there =
            self.known.as_ref().filter(|known| known.is_of(layer)).map_or(0, |known| known.cut.squares.len());
        let (mut count, enough) = (by_place.min(first.max(top + 2)).max(there), by_place);
        let mut before: Option<Mag> = None;
        loop {
            // Coefficients that are there already are summed only.
            let each = if count > there { 4e3 } else { 0.0 } + 100.0 * top as f64;
            if count > MAX_TERMS || !work::spend(count as f64 * each) {
                return Err(hermite::too_many(layer, count, a));
            }
            let (degree, curvature) = (self.degree, count < enough && self.kernel == Kernel::Ntk);
            let known = self.cut(layer, count, curvature)?;
            let expansion = known.cut.expand(a, b, degree, precision);
            let good = |i: usize| {
                let [rest, whole] = [&known.cut.rest[i], &known.whole[i]];
                let small = whole.mignitude() * Mag::pow2(24 - i64::from(precision));
                // What is uncertain does not get smaller with more terms.
                !whole.is_finite() || rest.magnitude() <= small.max(rest.radius().shl(2))
            };
            // About zero every term is one square; what is beyond is the difference of two sums, which may cancel.
            let cancels =
                a.is_exact_zero() && expansion.beyond.relative_accuracy_bits() < i64::from(precision) - 24;
            if count >= enough && !cancels || known.whole[1].is_finite() && (0..3).all(good) {
                return Ok(expansion);
            }
            // The squares of kinks fall like a power. Many are summed faster in fixed point; twice as many as are
            // accepted are too many there as well.
            let left = known.cut.rest[1].magnitude();
            if first == FEW && enough > MANY && before.is_some_and(|before| left.shl(1) > before) {
                self.hopeless = enough / 2 > MAX_TERMS;
                return Err(hermite::too_many(layer, enough, a));
            }
            before = Some(left);
            count += count / 2;
            if !cancels {
                count = count.min(enough);
            }
        }
    }

    /// The squares and what is left of their sums.
    fn cut(&mut self, layer: &ResolvedLayer, count: usize, curvature: bool) -> Result<&Known, Error> {
        let precision = self.profile.precision;
        let reusable = self.known.take().filter(|known| {
            known.is_of(layer)
                && known.cut.squares.len() >= count
                && (known.asked_for_curvature || !curvature)
        });
        let known = match reusable {
            Some(known) => known,
            None => {
                let coefficients =
                    hermite::to_absolute_bits(&layer.activation, &layer.variance, count, precision)?;
                let squares: Vec<Ball> = coefficients.iter().map(Ball::square).collect();
                let whole = self.whole(layer, curvature);
                let cut = Cut::new(squares, [&whole[0], &whole[1], &whole[2]]);
                Known {
                    activation: layer.activation.clone(),
                    variance: layer.variance.clone(),
                    cut,
                    whole,
                    asked_for_curvature: curvature,
                }
            }
        };
        Ok(self.known.insert(known))
    }

    fn whole(&mut self, layer: &ResolvedLayer, curvature: bool) -> [Ball; 3] {
        let precision = self.profile.precision;
        let (q, lost) = (&layer.variance, || Ball::whole_line(precision));
        let slope = match &layer.slope_moment {
            Some(moment) => moment * q,
            None => layer
                .activation
                .derivative_second_moment(q, precision)
                .map_or_else(|_| lost(), |moment| &moment * q),
        };
        let second = if curvature { self.curvature(layer) } else { None };
        [layer.moment.clone(), slope, second.map_or_else(lost, |moment| &moment * &q.square())]
    }

    /// `E[φ''²]`, where it is known.
    fn curvature(&mut self, layer: &ResolvedLayer) -> Option<Ball> {
        let activation = &layer.activation;
        let place = match self.slopes.iter().position(|(known, _)| known.is_same(activation)) {
            Some(place) => place,
            None => {
                self.slopes.push((activation.clone(), Formula::slope_of(activation)));
                self.slopes.len() - 1
            }
        };
        let slope = self.slopes[place].1.as_ref()?;
        quadrature::derivative_second_moment(slope, &layer.variance, self.profile.precision).ok()
    }
}

impl Domain for Composition<'_> {
    type Value = Series;
    type Slope = Series;
    type Stop = Error;

    fn activate(&mut self, at: Place, rho: &Series) -> Result<(Series, Option<Series>), Error> {
        let layer = &self.profile.layers[at.index];
        let b = rho.gap.clone();
        if self.supports.constant[at.index] || b.is_exact_zero() {
            let value = Series::constant(&layer.weight * &layer.moment, self.degree);
            let slope = layer.slope_at_one.clone().map(|slope| Series::constant(slope, self.degree));
            return Ok((value, slope));
        }
        let a = &rho.terms[0];
        if b.sign() != Some(Ordering::Greater) {
            let what = format!("1 less the normalized kernel at rho = 0 in hidden layer {}", at.index + 1);
            return Err(Error::AccuracyNotReached { what, best: Box::new(b) });
        }
        let mut inner = rho.clone();
        inner.terms[0] = Ball::zero(self.profile.precision);
        let expansion = self.expansion(layer, a, &b)?;
        let [mut value, slope] = composed(&expansion, &inner);
        value.gap = &b * &expansion.chord;
        Ok((value.scaled(&layer.weight), Some(slope.scaled(&layer.weight))))
    }

    fn biased(&mut self, at: Place, value: Series) -> Result<Series, Error> {
        let precision = self.profile.precision;
        let one = Ball::from_integer(1, precision);
        if self.supports.constant[at.index] {
            return Ok(Series::constant(one, self.degree));
        }
        let mut out = value.plus_constant(&self.profile.layers[at.index].bias);
        if !out.terms[0].is_exact_zero() {
            // All coefficients together are 1.
            out.gap = out.gap.intersection(&(&one - &out.terms[0]));
            out.terms[0] = out.terms[0].intersection(&(one - &out.gap));
        }
        Ok(out)
    }

    fn combined(&mut self, sum: &Sum, values: Vec<Series>, _: Role) -> Result<Series, Error> {
        let terms = self.profile.sums[sum.index].iter().zip(&values);
        let total = terms.map(|(share, x)| x.scaled(share)).reduce(|a, b| a.add(&b));
        Ok(total.unwrap_or_else(|| Series::constant(Ball::zero(self.profile.precision), self.degree)))
    }

    /// Values are divided by the variance already.
    fn normalized(&mut self, _: usize, value: Series, _: Role) -> Result<Series, Error> {
        Ok(value)
    }

    fn trained(&mut self, at: Place, value: Series, training: &Training) -> Result<Series, Error> {
        let (weights, biases) = self.profile.layers[at.index].training(training);
        Ok(value.scaled(&weights).plus_constant(&biases))
    }

    fn through(&mut self, _: Place, own: &Series, theta: &Series, slope: Series) -> Result<Series, Error> {
        Ok(own.add(&theta.product(&slope)))
    }
}

#[cfg(test)]
mod tests;
