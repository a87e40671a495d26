//! The entries of a Gram matrix, all as accurate as asked.

use std::convert::Infallible;

use crate::parallel::*;
use num_rational::BigRational;
use num_traits::Zero;
use rug::Float;

use super::Points;
use super::entries::{Entries, FixedEntries, pairs};
use super::fixed::Directions;
use super::inner::{Covariances, InnerProducts};
use super::layers::{Class, Effort, Layers};
use super::panels::{NODE_BITS, Panels};
use crate::Error;
use crate::kernel::{Input, Kernel, Network, Training};
use crate::network::recursion::{Domain, Kernels, Place, Role, Sum, run};
use crate::number::{Accuracy, Ball, Mag};

/// Most points whose entries are enclosed one by one: some 100 bytes each.
pub(super) const MAX_SEPARATE: usize = 4000;
/// From so many points on a sphere on, the kernel is tabulated.
const TABULATED: usize = 48;
/// Most bits of entries in fixed point.
const MAX_FIXED_BITS: u32 = 96;
/// Largest size of entries in fixed point, as a power of two, and of its inverse.
const MAX_SCALE: i64 = 100;
/// Most Hermite coefficients of one variance, and of all together.
const MAX_TERMS: usize = 1 << 14;
const MAX_ALL_TERMS: usize = 1 << 22;
/// Entries that the panels leave out are enclosed so many at a time.
const CHUNK: usize = 1 << 16;
/// The same for all entries of points of any norms.
const LARGE_CHUNK: usize = 1 << 21;

/// An entry, and whether more Hermite coefficients would have made it more accurate.
type Entry = (Ball, bool);

/// The work on the entries: more precision and more coefficients until all are accurate enough.
pub(super) struct Builder<'a> {
    network: &'a Network,
    kernel: Kernel,
    accuracy: Accuracy,
    inner: InnerProducts,
    n: usize,
    effort: Effort,
    most_precision: u32,
    most_terms: usize,
}

impl<'a> Builder<'a> {
    pub fn new(
        network: &'a Network,
        kernel: Kernel,
        points: &Points,
        accuracy: Accuracy,
        projected: bool,
    ) -> Builder<'a> {
        let inner = match projected {
            true => InnerProducts::projected(points, network.input()),
            false => InnerProducts::new(points, network.input()),
        };
        let bits = accuracy.bits();
        // A layer loses a bit or two, a sum of Hermite coefficients a few more.
        let precision = bits + 40 + 2 * network.layers().len() as u32;
        let classes = inner.variances().len();
        Builder {
            network,
            kernel,
            accuracy,
            n: points.len(),
            effort: Effort { precision, terms: 256, bits: bits + 12 },
            most_precision: precision.saturating_mul(16) + 4096,
            most_terms: MAX_TERMS.min(MAX_ALL_TERMS / classes).max(256),
            inner,
        }
    }

    pub fn run(mut self) -> Result<Entries, Error> {
        if self.n >= TABULATED && self.accuracy.bits() <= MAX_FIXED_BITS && self.inner.variances().len() == 1
        {
            let layers = self.layers()?;
            let vanishes = layers.layers.iter().any(|layer| layer.classes[0].is_zero());
            if !vanishes && self.fits(&layers.diagonal[0]) {
                return self.fixed(&layers.diagonal[0]).map(Entries::Fixed);
            }
        }
        if self.n > MAX_SEPARATE {
            let accepted = "at most 4000 points are accepted, or 10000 on one sphere to at most 27 digits";
            return Err(Error::parameter("number of points", self.n, accepted));
        }
        let precision = self.effort.precision;
        let entries = self.solve(&pairs(self.n).collect::<Vec<_>>())?;
        let keep = |x: &Ball| precision.saturating_add(self.bits_before_the_point(x));
        Ok(Entries::Balls(entries.into_iter().map(|x| x.with_precision(keep(&x))).collect()))
    }

    /// The entries of points of any norms in fixed point with one error, and those of the diagonal; `None` where 128
    /// bits do not hold them.
    pub fn compact(mut self) -> Result<Option<(FixedEntries, Vec<Ball>)>, Error> {
        let sizes = self.layers()?.diagonal;
        let top = sizes.iter().fold(Mag::ZERO, |m, x| m.max(x.magnitude())).log2_ceil().unwrap_or(0);
        let bits = i64::from(self.accuracy.bits()) + if self.accuracy.is_absolute() { top } else { 0 };
        if !(-MAX_SCALE..=MAX_SCALE).contains(&top) || bits > i64::from(MAX_FIXED_BITS) {
            return Ok(None);
        }
        // |K_ij| <= max K_ii < 2^top.
        let mut out = FixedEntries::new(self.n, (116 - top) as u32, Ball::whole_line(64));
        let (mut rest, mut diagonal) = (pairs(self.n), vec![]);
        loop {
            let chunk: Vec<(usize, usize)> = rest.by_ref().take(LARGE_CHUNK).collect();
            if chunk.is_empty() {
                return Ok(Some((out, diagonal)));
            }
            for ((i, j), value) in chunk.iter().zip(self.solve(&chunk)?) {
                out.set(*i, *j, &value);
                if i == j {
                    diagonal.push(value);
                }
            }
        }
    }

    /// Those that an absolute accuracy needs besides its own.
    fn bits_before_the_point(&self, x: &Ball) -> u32 {
        let size = x.magnitude().log2_ceil().unwrap_or(0).clamp(0, self.most_precision.into());
        if self.accuracy.is_absolute() { size as u32 } else { 0 }
    }

    /// Do 128 bits hold the entries and the accuracy?
    fn fits(&self, diagonal: &Ball) -> bool {
        let size = diagonal.magnitude().log2_ceil().unwrap_or(i64::MIN);
        let bits = i64::from(self.accuracy.bits()) + if self.accuracy.is_absolute() { size } else { 0 };
        (-MAX_SCALE..=MAX_SCALE).contains(&size) && bits <= i64::from(MAX_FIXED_BITS)
    }

    /// On a sphere, where the kernel is a function of the cosine: by piecewise polynomials, and one by one where these
    /// fail.
    fn fixed(mut self, diagonal: &Ball) -> Result<FixedEntries, Error> {
        const MISSING: i128 = i128::MIN;
        let effort = Effort {
            precision: NODE_BITS + 32 + 2 * self.network.layers().len() as u32,
            bits: NODE_BITS,
            ..self.effort
        };
        let layers = Layers::new(self.network, self.kernel, self.inner.variances(), effort)?;
        let directions = Directions::new(&self.inner);
        let unit = if self.accuracy.is_absolute() { Mag::ONE } else { diagonal.mignitude() };
        let tolerance = unit.shl(-i64::from(self.accuracy.bits()));
        let along = |rho: &Ball| self.along(&layers, effort, rho);
        let panels = Panels::new(along, layers.diagonal[0].magnitude(), directions.error_bound(), tolerance);
        let mut out = FixedEntries::new(self.n, panels.frac, layers.diagonal[0].clone());
        let own = out.rounded(diagonal);
        out.rows_mut().into_par_iter().enumerate().for_each(|(i, row)| {
            let entry = |j| match i == j || self.inner.are_same(i, j) {
                true => own,
                false => panels.value(directions.cosine(i, j)).unwrap_or(MISSING),
            };
            row.iter_mut().enumerate().for_each(|(j, value)| *value = entry(j));
        });
        out.widen(panels.error());
        drop(panels);
        let missing: Vec<(usize, usize)> =
            pairs(self.n).zip(out.values()).filter(|(_, v)| **v == MISSING).map(|(p, _)| p).collect();
        for chunk in missing.chunks(CHUNK) {
            for ((i, j), value) in chunk.iter().zip(self.solve(chunk)?) {
                out.set(*i, *j, &value);
            }
        }
        Ok(out)
    }

    /// Enclosures of some entries.
    fn solve(&mut self, pairs: &[(usize, usize)]) -> Result<Vec<Ball>, Error> {
        let mut layers = self.layers()?;
        let covariances = self.inner.at(self.effort.precision);
        let entry = |&(i, j): &(usize, usize)| self.entry(&layers, &covariances, i, j);
        let mut entries: Vec<Entry> = pairs.par_iter().map(entry).collect();
        loop {
            let lacking = self.lacking(&layers, pairs, &entries);
            let Some(&at) = lacking.iter().find(|&&at| entries[at].1).or(lacking.first()) else {
                return Ok(entries.into_iter().map(|(x, _)| x).collect());
            };
            if !self.raise(entries[at].1) {
                let what = format!("K(x_{}, x_{})", pairs[at].0 + 1, pairs[at].1 + 1);
                return Err(Error::AccuracyNotReached { what, best: Box::new(entries[at].0.clone()) });
            }
            layers = self.layers()?;
            let covariances = self.inner.at(self.effort.precision);
            let entry = |&at: &usize| self.entry(&layers, &covariances, pairs[at].0, pairs[at].1);
            let better: Vec<Entry> = lacking.par_iter().map(entry).collect();
            for (at, new) in lacking.into_iter().zip(better) {
                entries[at] = new;
            }
        }
    }

    fn layers(&self) -> Result<Layers, Error> {
        Layers::new(self.network, self.kernel, self.inner.variances(), self.effort)
    }

    /// More Hermite coefficients or more bits; `false` at the limit.
    fn raise(&mut self, short: bool) -> bool {
        let effort = &mut self.effort;
        if short {
            let more = (4 * effort.terms).min(self.most_terms);
            let raised = more > effort.terms;
            effort.terms = more;
            return raised;
        }
        let more = effort.precision.saturating_mul(2).min(self.most_precision);
        let raised = more > effort.precision;
        effort.precision = more;
        raised
    }

    /// The entries that are not accurate enough.
    fn lacking(&self, layers: &Layers, pairs: &[(usize, usize)], entries: &[Entry]) -> Vec<usize> {
        let bits = i64::from(self.accuracy.bits());
        // √(K_ii K_jj) >= the product of these; the accuracy's bits have four to spare for the roundings here.
        let root = |x: &Ball| Mag::from_float_lower(&x.lower().max(&Float::new(53)).clone().sqrt());
        let roots: Vec<Mag> = layers.diagonal.iter().map(root).collect();
        let lacks = |&at: &usize| {
            let ((i, j), x) = (pairs[at], &entries[at].0);
            let unit = match self.accuracy.is_absolute() {
                true => Mag::ONE,
                false => roots[self.inner.class(i)] * roots[self.inner.class(j)],
            };
            !x.is_exact() && x.radius() > unit.shl(-bits)
        };
        (0..pairs.len()).into_par_iter().filter(lacks).collect()
    }

    /// The kernel on the sphere at a cosine other than ±1.
    fn along(&self, layers: &Layers, effort: Effort, rho: &Ball) -> Ball {
        let input = self.network.input();
        let weight = &self.inner.variances()[0] - &input.gamma_b2;
        let [weight, bias] = [&weight, &input.gamma_b2].map(|x| Ball::from_rational(x, effort.precision));
        self.propagate(layers, effort, [0, 0], rho * &weight + bias, |_| None).0
    }

    fn entry(&self, layers: &Layers, covariances: &Covariances, i: usize, j: usize) -> Entry {
        let (a, b) = (self.inner.class(i), self.inner.class(j));
        if self.inner.are_same(i, j) {
            return (layers.diagonal[a].clone(), false);
        }
        let proportional = |rho: &Ball| self.inner.proportional(i, j, rho);
        self.propagate(layers, self.effort, [a, b], covariances.get(i, j).clone(), proportional)
    }

    /// The kernel from `c_1` of two classes; `is_proportional` tells of `ρ_1` whether it is ±1 exactly.
    fn propagate(
        &self,
        layers: &Layers,
        effort: Effort,
        classes: [usize; 2],
        first: Ball,
        is_proportional: impl Fn(&Ball) -> Option<bool>,
    ) -> Entry {
        let tangent = self.kernel == Kernel::Ntk;
        let mut pair = Pair { layers, effort, classes, tangent, is_proportional, short: false };
        let joint = |value: Ball| Joint { value, correlation: Correlation::First };
        let Input { gamma_w2, gamma_b2, .. } = self.network.input();
        let ball = |x: &BigRational| Ball::from_rational(x, effort.precision);
        // <x, y> is known through c_1.
        let theta = self.network.first(|w, b| match gamma_w2.is_zero() {
            true => ball(b),
            false => (&first - &ball(gamma_b2)) * &ball(&(w / gamma_w2)) + &ball(b),
        });
        let first = Kernels { tangent: theta.tangent.map(joint), covariance: joint(first) };
        let Ok(kernels) = run(self.network, self.kernel, &mut pair, first);
        (kernels.kernel().value, pair.short)
    }
}

/// The recursion for two points of any norms.
struct Pair<'a, F> {
    layers: &'a Layers,
    effort: Effort,
    /// The classes of their variances.
    classes: [usize; 2],
    /// Is Θ wanted?
    tangent: bool,
    /// Tells of `ρ_1` whether it is 1 or -1 exactly.
    is_proportional: F,
    /// Would more Hermite coefficients have made it more accurate?
    short: bool,
}

/// A covariance, or Θ.
#[derive(Clone)]
struct Joint {
    value: Ball,
    correlation: Correlation,
}

/// What is known of the correlation besides its enclosure.
#[derive(Clone, Copy)]
enum Correlation {
    /// The covariance is that of the first layer.
    First,
    /// It is exactly 1, or (`true`) -1.
    Proportional(bool),
    Any,
}

impl<F: Fn(&Ball) -> Option<bool>> Domain for Pair<'_, F> {
    type Value = Joint;
    type Slope = Ball;
    type Stop = Infallible;

    fn activate(&mut self, at: Place, c: &Joint) -> Result<(Joint, Option<Ball>), Infallible> {
        let layer = &self.layers.layers[at.index];
        let (x, y) = (&layer.classes[self.classes[0]], &layer.classes[self.classes[1]]);
        if x.is_zero() || y.is_zero() {
            // E[φ(0) φ(v)]; Θ and its slope's factor are zero.
            let value = &layer.sigma_w2 * &product_of_means(x, y, self.effort.precision);
            return Ok((Joint { value, correlation: Correlation::Any }, None));
        }
        let scale = &x.inverse_root * &y.inverse_root;
        let enclosed = clipped(&c.value * &scale);
        let proportional = match c.correlation {
            Correlation::First => (self.is_proportional)(&enclosed),
            Correlation::Proportional(opposite) => Some(opposite),
            Correlation::Any => None,
        };
        let rho = proportional.map_or(enclosed, |opposite| {
            Ball::from_integer(if opposite { -1 } else { 1 }, self.effort.precision)
        });
        let crossed = x.half.cross(&y.half, &rho, self.tangent, &layer.kernels, self.effort.bits);
        self.short |= crossed.short;
        let keeps = |opposite: &bool| layer.sigma_b2.is_exact_zero() && x.half.keeps_proportion(*opposite);
        let correlation = proportional.filter(keeps).map_or(Correlation::Any, Correlation::Proportional);
        // dc_{l+1}/dc_l = σ_w² F'(ρ)/√(q q').
        let slope = crossed.slope.map(|slope| &layer.sigma_w2 * &(slope * &scale));
        Ok((Joint { value: &layer.sigma_w2 * &crossed.value, correlation }, slope))
    }

    fn biased(&mut self, at: Place, c: Joint) -> Result<Joint, Infallible> {
        Ok(Joint { value: c.value + &self.layers.layers[at.index].sigma_b2, ..c })
    }

    fn combined(&mut self, sum: &Sum, values: Vec<Joint>, _: Role) -> Result<Joint, Infallible> {
        let weight = |w: &BigRational| Ball::from_rational(w, self.effort.precision);
        let terms: Vec<Ball> = sum.weights.iter().zip(&values).map(|(w, x)| &weight(w) * &x.value).collect();
        Ok(Joint { value: Ball::sum(self.effort.precision, &terms), correlation: Correlation::Any })
    }

    fn normalized(&mut self, index: usize, c: Joint, _: Role) -> Result<Joint, Infallible> {
        let [x, y] = self.classes.map(|class| &self.layers.norms[index][class]);
        Ok(Joint { value: c.value * &(x * y), ..c })
    }

    fn trained(&mut self, at: Place, c: Joint, training: &Training) -> Result<Joint, Infallible> {
        let (weights, biases) = self.layers.layers[at.index].training(training);
        Ok(Joint { value: c.value * &weights + &biases, ..c })
    }

    fn through(&mut self, _: Place, own: &Joint, theta: &Joint, slope: Ball) -> Result<Joint, Infallible> {
        Ok(Joint { value: &own.value + &(&theta.value * &slope), correlation: own.correlation })
    }
}

fn product_of_means(x: &Class, y: &Class, precision: u32) -> Ball {
    match (&x.mean, &y.mean) {
        (Some(x), Some(y)) => x * y,
        _ => Ball::whole_line(precision),
    }
}

/// A correlation is in `[-1, 1]`: a midpoint outside is no closer to any of its members than the end.
fn clipped(rho: Ball) -> Ball {
    let end = match rho.midpoint() {
        x if *x > 1 => 1,
        x if *x < -1 => -1,
        _ => return rho,
    };
    Ball::from_integer(end, rho.precision()).widened(rho.radius())
}
