//! Hermite coefficients and moments by quadrature, with a proved error.
//!
//! `μ_k = ∫ φ(√q x) h_k(x) n(x) dx`, `n` the standard normal density, for all `k < K` at once and for every function
//! that is analytic between breakpoints ([`PiecewiseAnalytic`]):
//! 1. An absolute error is chosen that leaves the smallest coefficient its digits, as far as that can be foreseen.
//! 2. Nodes: the [trapezoidal rule](trapezoid) where there are no breakpoints and the strip of analyticity is wide
//!    enough, otherwise [Gauss–Legendre panels](panels). Both bounds rest on rectangles on which the function is proved
//!    analytic and bounded ([`cover`]), on a [bound](weight) of `|h_k n|` in the complex plane, and on one of `φ` far
//!    out.
//! 3. All sums `Σ_j w_j φ(√q x_j) h_k(x_j) n(x_j)` by the recurrence of the Hermite polynomials in fixed point
//!    ([`projection`]).
//! 4. What the [radius of the variance](variance) changes.

mod cover;
mod ellipse;
mod foresee;
pub(crate) mod fourier;
mod integrand;
pub(crate) mod legendre;
mod panels;
mod projection;
mod trapezoid;
mod variance;
mod weight;

use rug::Float;

use crate::Error;
use crate::function::PiecewiseAnalytic;
use crate::number::rational::abridged;
use crate::number::{Ball, Mag};
use crate::work;
use integrand::{Integrand, Kind};
use projection::Node;
use weight::Weight;

/// Bits of what only bounds.
const SHORT: u32 = 64;

/// Most bits that an integral is asked for: those of all digits that can be asked for, and as many for small
/// coefficients.
const MOST_BITS: i64 = 1 << 20;

/// What an integral is asked for.
#[derive(Clone, Debug)]
struct Target {
    /// The error may be `2^-bits`.
    bits: i64,
    /// Bits for the values at the nodes.
    working: u32,
}

/// `μ_k`, `k < max(lens)`, of `φ(√q Z)`: for even `k` below the first length, for odd `k` below the second; the others
/// come as zero. The smallest has about `precision` bits of relative accuracy where that could be foreseen.
pub(crate) fn hermite(
    function: &dyn PiecewiseAnalytic,
    q: &Ball,
    lens: [usize; 2],
    precision: u32,
) -> Result<Vec<Ball>, Error> {
    integrals(function, Kind::Value, q, lens, precision)
}

/// `E[φ(√q Z)²]`.
pub(crate) fn second_moment(
    function: &dyn PiecewiseAnalytic,
    q: &Ball,
    precision: u32,
) -> Result<Ball, Error> {
    moment(function, Kind::Square, q, precision)
}

/// `E[φ'(√q Z)²]`.
pub(crate) fn derivative_second_moment(
    function: &dyn PiecewiseAnalytic,
    q: &Ball,
    precision: u32,
) -> Result<Ball, Error> {
    moment(function, Kind::DerivativeSquare, q, precision)
}

fn moment(function: &dyn PiecewiseAnalytic, kind: Kind, q: &Ball, precision: u32) -> Result<Ball, Error> {
    let list = integrals(function, kind, q, [1, 0], precision)?;
    Ok(list.into_iter().next().unwrap_or_else(|| Ball::whole_line(precision)))
}

fn integrals(
    function: &dyn PiecewiseAnalytic,
    kind: Kind,
    q: &Ball,
    lens: [usize; 2],
    precision: u32,
) -> Result<Vec<Ball>, Error> {
    let len = lens[0].max(lens[1]);
    if len == 0 {
        return Ok(vec![]);
    }
    if !q.is_finite() || q.lower() <= 0 {
        return Ok(vec![Ball::whole_line(precision); len]);
    }
    let weight = Weight::new(len);
    let mut job = Job { function, kind, q, lens, len, precision, weight, scale: Scale::default() };
    job.scale = Scale::new(&job.integrand(SHORT)?, &job.weight);
    job.run()
}

/// One call: what is integrated against which degrees, and how precisely.
struct Job<'a> {
    function: &'a dyn PiecewiseAnalytic,
    kind: Kind,
    q: &'a Ball,
    lens: [usize; 2],
    /// The larger of them.
    len: usize,
    precision: u32,
    weight: Weight,
    scale: Scale,
}

impl Job<'_> {
    fn run(&self) -> Result<Vec<Ball>, Error> {
        if !self.function.breakpoints(SHORT).is_empty() {
            // Coefficients of functions with a kink decay like a small power of the degree.
            return self.by_panels(4.0 + 2.0 * (self.len as f64).log2());
        }
        let foreseen = if self.len <= 1 {
            4.0
        } else {
            foresee::missing_bits(&self.integrand(SHORT)?, &self.weight, self.len)
        };
        match self.by_trapezoid(foreseen)? {
            Some(out) => Ok(out),
            None => self.by_panels(foreseen),
        }
    }

    /// `None` where the strip is too narrow.
    fn by_trapezoid(&self, foreseen: f64) -> Result<Option<Vec<Ball>>, Error> {
        let target = self.target(foreseen)?;
        let f = self.integrand(self.root_bits(&target))?;
        match trapezoid::plan(&f, &self.weight, target.bits, most_nodes(target.bits)) {
            Some(plan) if !work::spend(plan.count as f64 * node_work(target.working)) => {
                Err(self.too_much(FEWER_NODES))
            }
            Some(plan) => self.sums(&f, &target, &plan.nodes(&f, &target), plan.error).map(Some),
            None => Ok(None),
        }
    }

    fn by_panels(&self, foreseen: f64) -> Result<Vec<Ball>, Error> {
        let mut target = self.target(foreseen)?;
        // For what the bounds on ellipses exceed those on the line.
        target.working += 24;
        let f = self.integrand(self.root_bits(&target))?;
        let panels =
            panels::panels(&f, &self.weight, &target, self.len).map_err(|failure| match failure {
                panels::Failure::Work => self.too_much(&failure.to_string()),
                _ => self.failure(&failure.to_string()),
            })?;
        self.sums(&f, &target, &panels.nodes, panels.error)
    }

    fn sums(&self, f: &Integrand, target: &Target, nodes: &[Node], error: Mag) -> Result<Vec<Ball>, Error> {
        let error = error + variance::effect(f, self.q, self.len);
        let sums = projection::project(nodes, self.lens, target.bits, target.working)
            .ok_or_else(|| self.too_much("fewer digits or degrees are accepted"))?;
        let asked = |k: usize| k < self.lens[k % 2];
        Ok(sums.into_iter().enumerate().map(|(k, x)| if asked(k) { x.widened(error) } else { x }).collect())
    }

    /// The integrand at the square of a root of so many bits.
    fn integrand(&self, bits: u32) -> Result<Integrand<'_>, Error> {
        let root = Float::with_val(bits, self.q.midpoint().sqrt_ref());
        Integrand::new(self.function, self.kind, root).ok_or_else(|| no_tangent_kernel(self.function))
    }

    /// The rounding of the root changes less than what is asked for.
    fn root_bits(&self, target: &Target) -> u32 {
        target.working + 2 * (usize::BITS - self.len.leading_zeros()) + 8
    }

    fn target(&self, foreseen: f64) -> Result<Target, Error> {
        let bits = i64::from(self.precision) + (foreseen - self.scale.norm).ceil() as i64 + 4;
        // Small values may be differences of large ones, as those of log(cosh(x)) are near zero.
        let working = (bits + self.scale.mass.max(0.0).ceil() as i64 + 12).max(SHORT.into());
        if bits.abs() > MOST_BITS || working > MOST_BITS {
            return Err(self.failure("so many digits of so small or large numbers are out of reach"));
        }
        Ok(Target { bits, working: working as u32 })
    }

    fn too_much(&self, why: &str) -> Error {
        let what = format!("the quadrature of `{}`", abridged(&self.function.name()));
        Error::TooMuchWork { what, why: why.to_string() }
    }

    fn failure(&self, why: &str) -> Error {
        Error::Quadrature { activation: abridged(&self.function.name()), why: why.to_string() }
    }
}

/// Why there is no bound of the derivative.
pub(crate) fn no_tangent_kernel(function: &dyn PiecewiseAnalytic) -> Error {
    let activation = abridged(&function.name());
    match function.derivative_undecided() {
        Some(why) => Error::Undecided {
            what: format!("whether `{activation}` has an NTK, E[φ'(√q Z)²] being finite,"),
            why: format!("{why}; the NNGP kernel needs no derivative"),
        },
        None => Error::NoTangentKernel {
            activation,
            why: "it jumps, or its slope is not square-integrable: E[φ'(√q Z)²] is infinite".to_string(),
        },
    }
}

/// What would take less work.
const FEWER_NODES: &str = "it takes too many nodes; fewer digits or a simpler formula are accepted";

/// What a node takes in units of [work], besides the function.
fn node_work(working: u32) -> f64 {
    3e3 * (1.0 + f64::from(working) / 128.0)
}

/// Most nodes of the trapezoidal rule: with more of them, panels are better.
fn most_nodes(bits: i64) -> u64 {
    20_000 + 40 * bits.unsigned_abs()
}

/// The order of size of what is integrated, in bits: steers only.
#[derive(Default)]
struct Scale {
    /// Of the largest coefficient.
    norm: f64,
    /// Of the sum of the values times the bound of the weight.
    mass: f64,
}

impl Scale {
    fn new(f: &Integrand, weight: &Weight) -> Scale {
        let breaks = f.function.breakpoints(SHORT);
        // Squares of small values may be too small for doubles.
        let (mut norm, mut mass) = (Float::new(53), Float::new(53));
        let reach = f.envelope().reach(weight, 40.0).unwrap_or(12.0);
        let step = (reach / 40.0).clamp(0.05, 0.5);
        // What cancels near zero leaves some digits of the powers up to the fourth.
        let precision = SHORT + (4.0 * -f.log2_root()).clamp(0.0, 1e5) as u32;
        // No node at a place that is likely to be special.
        for i in -40..40 {
            let x = (f64::from(i) + 0.618) * step;
            let argument = f.argument(&Float::with_val(53, x)).with_precision(precision);
            let piece = breaks.iter().filter(|b| b.midpoint() < argument.midpoint()).count();
            let size = Float::with_val(53, f.value(piece, &argument).midpoint().abs_ref());
            if size.is_finite() {
                let density = (-0.5 * x * x).exp() * step;
                mass += Float::with_val(53, (-weight.gamma() * x * x).exp() * step * &size);
                norm += density * if f.kind == Kind::Value { size.square() } else { size };
            }
        }
        let norm = if f.kind == Kind::Value { norm.sqrt() } else { norm };
        let least = -(MOST_BITS as f64) / 2.0;
        let bits = |x: Float| if x > 0 && x.is_finite() { x.log2().to_f64().max(least) } else { 0.0 };
        Scale { norm: bits(norm), mass: bits(mass) }
    }
}

#[cfg(test)]
mod tests;
