//! Gauss–Legendre panels, for functions with breakpoints.
//!
//! The half-line is cut at zero, at the breakpoints and their mirror images, and far out; the nodes of the left half
//! are the mirror image of those of the right. A panel `[c - ℓ, c + ℓ]` is halved until on both sides some Bernstein
//! ellipse, with foci at its ends and half-axes `ℓ(ρ ± 1/ρ)/2`, is covered by rectangles on which the function is
//! proved analytic. With `M` a bound of `|F|` there, the Chebyshev coefficients of `F` are at most `2M ρ^-k`; the rule
//! of `n` nodes is exact below the degree `2n`, and integral and rule are at most 2 on a Chebyshev polynomial, so that
//!
//! ```text
//! |∫ F - rule| <= ℓ · 8 M ρ^{-2n}/(1 - 1/ρ).
//! ```
//!
//! The distance of the panel to the ellipse is `ℓ(ρ - 1)²/(2ρ)` (that of a focus), so `|f'| <= sup |f|/distance` by
//! Cauchy, which bounds what rounding the nodes changes. Next to a singularity the panels shrink until the integral
//! over the last is negligible.

use rug::Float;

use super::ellipse::{Bound, ellipse_bound};
use super::integrand::Integrand;
use super::legendre;
use super::projection::Node;
use super::weight::{Weight, ln};
use super::{FEWER_NODES, SHORT, Target, node_work};
use crate::number::{Ball, Mag};
use crate::work;

/// Most panels.
const MOST_PANELS: usize = 20_000;
/// Most evaluations of rectangles.
const RECTANGLES: usize = 400_000;
/// Most nodes.
const MOST_NODES: usize = 2_000_000;

/// What a rectangle takes in units of [work], besides the function.
const RECTANGLE: f64 = 2e3;

/// Ellipses that are tried, from the widest.
const RHOS: [f64; 6] = [12.0, 7.0, 4.5, 3.0, 2.2, 1.6];

/// An ellipse for the slope on the panel, where the function is large far from it.
const NARROW: f64 = 1.3;

/// Numbers of nodes.
const SIZES: [u32; 18] = [8, 12, 16, 24, 32, 48, 64, 80, 96, 128, 160, 192, 256, 384, 512, 768, 1024, 1536];

/// Nodes and what they prove.
#[derive(Debug)]
pub(super) struct Panels {
    pub nodes: Vec<Node>,
    /// A bound of the error of every coefficient, without the rounding of the sum.
    pub error: Mag,
}

/// Why there are no panels.
#[derive(Debug)]
pub(super) enum Failure {
    /// The function is not proved analytic and its integral not proved small near here.
    Singular(f64),
    /// Too many panels or nodes.
    Work,
    /// No bound far out.
    Growth,
}

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Failure::Singular(x) => {
                write!(f, "it is not proved analytic, nor its integral small, near x = {x:.6}")
            }
            Failure::Work => f.write_str(FEWER_NODES),
            Failure::Growth => f.write_str("it is not known to grow slowly enough"),
        }
    }
}

struct Panel {
    from: Float,
    to: Float,
    depth: u32,
}

impl Panel {
    /// Centre and half length, exactly.
    fn shape(&self) -> Option<(Float, Float)> {
        let exponent = |x: &Float| i64::from(x.get_exp().unwrap_or(0));
        let apart = if self.from.is_zero() { 0 } else { exponent(&self.to).abs_diff(exponent(&self.from)) };
        // The bits between the first of one end and the last of the other, and a carry.
        let bits = u32::try_from(apart).ok()?.checked_add(self.to.prec().max(self.from.prec()) + 2)?;
        let half = |x: Float| x >> 1u32;
        (bits < 1 << 24).then(|| {
            let centre = Float::with_val(bits, &self.from + &self.to);
            (half(centre), half(Float::with_val(bits, &self.to - &self.from)))
        })
    }
}

struct Builder<'a> {
    f: &'a Integrand<'a>,
    weight: &'a Weight,
    target: &'a Target,
    len: usize,
    breaks: Vec<Ball>,
    largest: usize,
    /// Evaluations of rectangles left.
    budget: usize,
    out: Panels,
}

/// Panels with an error of about `2^-target.bits`.
pub(super) fn panels(f: &Integrand, weight: &Weight, target: &Target, len: usize) -> Result<Panels, Failure> {
    let breaks = disjoint_breakpoints(f, target.working)?;
    let largest = largest_size(target.bits);
    let out = Panels { nodes: vec![], error: Mag::ZERO };
    let mut builder = Builder { f, weight, target, len, breaks, largest, budget: RECTANGLES, out };
    builder.run()?;
    Ok(builder.out)
}

/// The breakpoints, precise enough to tell them apart.
fn disjoint_breakpoints(f: &Integrand, precision: u32) -> Result<Vec<Ball>, Failure> {
    let mut breaks = vec![];
    for factor in [1, 2, 4, 8] {
        breaks = f.function.breakpoints(factor * precision);
        if breaks.windows(2).all(|pair| pair[0].upper() < pair[1].lower()) {
            return Ok(breaks);
        }
    }
    let touches = |pair: &&[Ball]| pair[0].upper() >= pair[1].lower();
    let near = breaks.windows(2).find(touches).map_or(0.0, |pair| pair[0].midpoint().to_f64());
    Err(Failure::Singular(near))
}

/// The index of the largest rule to be used: a longer panel saves nodes, a larger rule costs to be found.
fn largest_size(bits: i64) -> usize {
    let wanted = (0.7 * bits as f64).clamp(48.0, 192.0).max(0.25 * bits as f64);
    SIZES.iter().rposition(|n| f64::from(*n) <= wanted).unwrap_or(0)
}

fn short(x: f64) -> Ball {
    Ball::exact(Float::with_val(SHORT, x))
}

/// A lower bound of `ℓ(ρ - 1)²/(2ρ)`.
fn distance(half: &Float, rho: f64) -> Mag {
    let gap = (short(rho) - short(1.0)).square() / short(rho).shl(1);
    (gap * Ball::exact(half.clone()).with_precision(SHORT)).mignitude()
}

impl Builder<'_> {
    fn run(&mut self) -> Result<(), Failure> {
        let nats = (self.target.bits + 4) as f64 * std::f64::consts::LN_2;
        let reach = self.f.envelope().reach(self.weight, nats).ok_or(Failure::Growth)?;
        self.out.error = self.f.envelope().tail(self.weight, reach);
        let cuts = self.cuts(reach)?;
        let mut pending: Vec<Panel> = cuts
            .windows(2)
            .rev()
            .map(|pair| Panel { from: pair[0].clone(), to: pair[1].clone(), depth: 0 })
            .collect();
        let mut count = 0;
        while let Some(panel) = pending.pop() {
            count += 1;
            if count > MOST_PANELS || self.budget == 0 || self.out.nodes.len() > MOST_NODES {
                return Err(Failure::Work);
            }
            let before = (self.budget, self.out.nodes.len());
            let settled = self.settle(&panel);
            let [rectangles, nodes] =
                [before.0 - self.budget, self.out.nodes.len() - before.1].map(|n| n as f64);
            if !work::spend(rectangles * RECTANGLE + nodes * node_work(self.target.working)) {
                return Err(Failure::Work);
            }
            // Where the work ran out, nothing was proved for want of it.
            if settled? {
                continue;
            }
            let middle = Float::with_val(self.precision(), &panel.from + &panel.to) >> 1u32;
            let depth = panel.depth + 1;
            pending.push(Panel { from: middle.clone(), to: panel.to, depth });
            pending.push(Panel { from: panel.from, to: middle, depth });
        }
        Ok(())
    }

    fn precision(&self) -> u32 {
        self.target.working + 32
    }

    /// Zero, the moduli of the breakpoints, and `reach`; what lies between a breakpoint and its rounded place is
    /// bounded.
    fn cuts(&mut self, reach: f64) -> Result<Vec<Float>, Failure> {
        let p = self.precision();
        let mut cuts = vec![Float::new(p), Float::with_val(p, reach)];
        let root = Ball::exact(self.f.root.clone());
        for (i, b) in self.breaks.clone().iter().enumerate() {
            let place = (b / &root).with_precision(p);
            let cut = place.midpoint().clone();
            if !place.is_exact() {
                // On the other side of the true place the panel has the wrong piece.
                let hull = place.widened(place.radius());
                let gap = self.f.integral_bound(i, &hull) + self.f.integral_bound(i + 1, &hull);
                let density = self.weight.bound(place.mignitude().to_float().to_f64().min(1e6), 0.0);
                let gap = gap * density;
                if !gap.is_finite() {
                    return Err(Failure::Singular(cut.to_f64()));
                }
                self.out.error = self.out.error + gap;
            }
            if *cut.as_abs() < reach {
                cuts.push(cut.abs());
            }
        }
        cuts.sort_by(Float::total_cmp);
        cuts.dedup();
        Ok(cuts)
    }

    /// The pieces at `x` and at `-x`.
    fn pieces(&self, x: &Float) -> [usize; 2] {
        let z = self.f.argument(x);
        [z.clone(), -z].map(|z| self.breaks.iter().filter(|b| b.midpoint() < z.midpoint()).count())
    }

    /// Nodes for the panel, or a proof that it is negligible; `false` if it has to be halved.
    fn settle(&mut self, panel: &Panel) -> Result<bool, Failure> {
        let p = self.precision();
        let (centre, half) = panel.shape().ok_or(Failure::Work)?;
        let pieces = self.pieces(&centre);
        if !self.ends_in_singularity(panel, pieces)
            && let Some((rule, bound, rho)) = self.best_rule(&centre, &half, pieces)
        {
            return self.add_nodes(&centre, &half, pieces, rule, bound, rho).map(|()| true);
        }
        if panel.depth > 4 && self.is_negligible(panel, pieces) {
            return Ok(true);
        }
        // Halves that cannot be told apart.
        if half < Float::with_val(53, &centre >> (p - 8)) || panel.depth > 4 * p {
            return Err(Failure::Singular(centre.to_f64() * self.f.root.to_f64()));
        }
        Ok(false)
    }

    /// Is the function not enclosed next to an end, on either side? Then it is on no ellipse, which holds more: this
    /// saves the search.
    fn ends_in_singularity(&self, panel: &Panel, pieces: [usize; 2]) -> bool {
        let p = self.precision();
        let tip = Float::with_val(p, &panel.to - &panel.from) >> 10u32;
        let inner = [Float::with_val(p, &panel.from + &tip), Float::with_val(p, &panel.to - &tip)];
        [[&panel.from, &inner[0]], [&inner[1], &panel.to]].into_iter().any(|[from, to]| {
            let argument =
                Ball::from_bounds(from, to, p) * Ball::exact(self.f.root.clone()).with_precision(p);
            let open = |piece: usize, z: &Ball| !self.f.function.evaluate(piece, z).is_finite();
            open(pieces[0], &argument) || (self.f.parity().is_none() && open(pieces[1], &-&argument))
        })
    }

    /// Adds the panel to the error if that is small enough.
    fn is_negligible(&mut self, panel: &Panel, pieces: [usize; 2]) -> bool {
        let interval = Ball::from_bounds(&panel.from, &panel.to, self.precision());
        let right = self.f.integral_bound(pieces[0], &interval);
        let left =
            if self.f.parity().is_some() { right } else { self.f.integral_bound(pieces[1], &-&interval) };
        let nearest = panel.from.to_f64_round(rug::float::Round::Down).max(0.0);
        let size = (left + right) * self.weight.bound(nearest, 0.0);
        let small = size <= Mag::pow2(-self.target.bits - 6);
        if small {
            self.out.error = self.out.error + size;
        }
        small
    }

    /// The smallest rule that is good enough, with its ellipse.
    fn best_rule(&mut self, centre: &Float, half: &Float, pieces: [usize; 2]) -> Option<(u32, Bound, f64)> {
        let mut best: Option<(u32, Bound, f64)> = None;
        let nats = (self.target.bits + 8) as f64 * std::f64::consts::LN_2;
        for rho in RHOS {
            let Some(bound) = self.both_sides(centre, half, pieces, rho) else { continue };
            let size = bound.weighted * Mag::from_float(half);
            let needed = ((ln(size) + nats + 2.1 - (1.0 - 1.0 / rho).ln()) / (2.0 * rho.ln())).max(1.0);
            let fits = SIZES[..=self.largest].iter().find(|n| f64::from(**n) >= needed);
            match (fits, &best) {
                (Some(n), None) => best = Some((*n, bound, rho)),
                (Some(n), Some((least, ..))) if n < least => best = Some((*n, bound, rho)),
                // Narrower ellipses will not do better.
                (_, Some(_)) => break,
                (None, None) if needed > 3.0 * f64::from(SIZES[self.largest]) && rho < 4.0 => break,
                (None, None) => {}
            }
        }
        best
    }

    fn both_sides(&mut self, centre: &Float, half: &Float, pieces: [usize; 2], rho: f64) -> Option<Bound> {
        let (f, weight) = (self.f, self.weight);
        let right = ellipse_bound(f, weight, pieces[0], centre, half, rho, &mut self.budget)?;
        if f.parity().is_some() {
            return Some(right.plus(right));
        }
        let mirrored = Float::with_val(centre.prec(), -centre);
        let left = ellipse_bound(f, weight, pieces[1], &mirrored, half, rho, &mut self.budget)?;
        Some(right.plus(left))
    }

    fn add_nodes(
        &mut self,
        centre: &Float,
        half: &Float,
        pieces: [usize; 2],
        n: u32,
        bound: Bound,
        rho: f64,
    ) -> Result<(), Failure> {
        let working = self.target.working;
        let rule = legendre::rule(n, working + 16).ok_or(Failure::Work)?;
        let length = Mag::from_float(half);
        // ρ is a double with a short inverse bound: ρ^{-2n}.
        let inverse = Mag::ONE.div_by_lower(Mag::from_f64(rho));
        let rest = (&short(1.0) - &short(rho).recip()).mignitude();
        let truncation = (length * bound.weighted * inverse.pow(2 * u64::from(n))).shl(3).div_by_lower(rest);
        let (middle, reach) = (Ball::exact(centre.clone()), Ball::exact(half.clone()));
        // The weights of a rule add up to the panel's length.
        let (mut node_shift, mut argument_shift) = (Mag::ZERO, Mag::ZERO);
        for root in rule.iter() {
            let offset = &reach * &root.x;
            let weight = (&reach * &root.weight).with_precision(working);
            for x in [&middle - &offset, &middle + &offset] {
                let x = x.with_precision(working);
                node_shift = node_shift.max(x.radius());
                let x = x.midpoint().clone();
                let shift = self.push(x, &weight, pieces);
                argument_shift = argument_shift.max(shift);
            }
        }
        let nearest = (middle - reach).lower().to_f64_round(rug::float::Round::Down).max(0.0);
        // (h_k n)' = -√(k+1) h_{k+1} n, at most √K times the bound for degrees up to K; |f'| <= sup |f|/distance by
        // Cauchy.
        let density = Weight::new(self.len + 1).bound(nearest, 0.0) * Mag::from_usize(self.len).sqrt();
        let moved = |bound: Bound, rho: f64| {
            let slope = Mag::ONE.div_by_lower(distance(half, rho));
            let shift = node_shift * (slope + Mag::ONE) + argument_shift * slope;
            (shift * bound.plain * density * length).shl(1)
        };
        let mut rounding = moved(bound, rho);
        if rounding > Mag::pow2(-self.target.bits - 8)
            && let Some(narrow) = self.both_sides(centre, half, pieces, NARROW)
        {
            rounding = moved(narrow, NARROW);
        }
        self.out.error = self.out.error + truncation + rounding;
        Ok(())
    }

    /// Adds a node; the result bounds how far `x` is from where the function was taken.
    fn push(&mut self, x: Float, weight: &Ball, pieces: [usize; 2]) -> Mag {
        let working = self.target.working;
        let exact = self.f.argument(&x);
        let z = Ball::exact(Float::with_val(working, exact.midpoint()));
        let shift = (&exact - &z).magnitude().div_by_lower(Mag::from_float_lower(&self.f.root));
        let density = Ball::exact(x.clone()).with_precision(working).normal_density() * weight;
        let right = self.f.value(pieces[0], &z).with_precision(working);
        let zero = || Ball::zero(working);
        let (even, odd) = match self.f.parity() {
            Some(1) => (right.shl(1), zero()),
            Some(_) => (zero(), right.shl(1)),
            None => {
                let left = self.f.value(pieces[1], &-&z).with_precision(working);
                (&right + &left, &right - &left)
            }
        };
        self.out.nodes.push(Node { x, even: &even * &density, odd: &odd * &density });
        shift
    }
}

#[cfg(test)]
mod tests;
