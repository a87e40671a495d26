//! The integral over the angle: `λ_k = ω_d ∫_0^π K(cos θ) P_k(cos θ) sin^{d-2} θ dθ` by certified Gauss–Legendre
//! panels.
//!
//! The integrand `F` of a panel of half length `ℓ`, moved to `[-1, 1]`, is analytic on a Bernstein ellipse with
//! half-axes `(r ± 1/r)/2` on which `|F| <= M`. Its Chebyshev coefficients are at most `2M r^{-j}`. The rule of `n >=
//! 2` nodes is exact below the degree `2n`; both it and the integral vanish on odd polynomials; on `T_j`, `j >= 4`
//! even, the integral is `-2/(j²-1)` and the rule at most 2: together at most `32/15`. Summing over `j = 2n, 2n+2, …`:
//!
//! ```text
//! |∫ F - rule| <= ℓ · (64/15) M r^{-2n}/(1 - r^{-2}).
//! ```
//!
//! `M` comes from rectangles that cover the ellipse: `|K|` by [`Angles`], `|sin z|^{d-2}`, and `|P_k(cos z)| <= cosh(k
//! Im z)`, since `P_k(cos θ)` is a convex combination of cosines of multiples of θ up to `k` (for `d > 2` by `C_k^λ(cos
//! θ) = Σ (λ)_j (λ)_{k-j}/(j! (k-j)!) cos (k-2j)θ`, `λ > 0`).

use std::collections::HashMap;

use rug::Float;

use super::Request;
use super::angle::Angles;
use super::harmonic::{density_constant, legendre};
use crate::Error;
use crate::kernel::profile::Profile;
use crate::number::model::Model;
use crate::number::{Ball, Mag};
use crate::parallel::*;
use crate::quadrature::legendre::rule;

/// Bits of what only bounds.
const SHORT: u32 = 64;
/// Ellipses that are tried, from the narrowest.
const RADII: [f64; 8] = [1.4, 1.7, 2.1, 2.6, 3.2, 4.0, 5.0, 7.0];
/// The first panels: `[0, 1]` in so many halvings.
const FIRST_DEPTH: u32 = 2;
/// Most halvings.
const MOST_DEPTH: u32 = 120;
/// Most nodes of a panel.
const MOST_NODES: u64 = 384;
/// Most layers of cells, panels, and bits of values of polynomials at nodes.
const MOST_CELLS: usize = 120_000;
const MOST_PANELS: usize = 2_000;
const MOST_VALUE_BITS: u64 = 20_000_000_000;
/// Attempts with rising precision.
const ATTEMPTS: u32 = 5;

/// A part `[from, to]` of `[0, 1]`, in units of π.
struct Panel {
    from: Float,
    to: Float,
    nodes: u32,
}

/// `λ_0 … λ_K` for the probability measure, and whether they are accurate enough; `None` where the method does not
/// apply.
pub(super) fn eigenvalues(request: &Request<'_>) -> Result<Option<(Vec<Ball>, bool)>, Error> {
    let rough = Profile::rough(request.network, request.kernel, SHORT)?;
    let Some(angles) = Angles::new(&rough, request.kernel) else { return Ok(None) };
    // λ_k is about 1/N(d,k), times a power of k; a guess.
    let bits = |x: &Ball| x.magnitude().log2_ceil().unwrap_or(0).max(0) as u64;
    let smallest =
        bits(&request.multiplicity(request.max_degree)) + 6 * u64::from((request.max_degree + 2).ilog2());
    let mut target = u64::from(request.accuracy.bits()) + smallest + 8;
    let mut best = None;
    let most = rough.sum(request.kernel).magnitude();
    let mut cells = Cells { request, angles, most, known: HashMap::new() };
    for _ in 0..ATTEMPTS {
        let Some(values) = attempt(&mut cells, target)? else { break };
        let lack = request.lack(&values);
        best = Some((values, lack <= 0));
        if lack <= 0 {
            break;
        }
        target = if lack < target as i64 { target + lack as u64 + 4 } else { 2 * target };
        if target > 1 << 20 {
            break;
        }
    }
    Ok(best)
}

/// Enclosures with an absolute error of about `2^-target`; `None` beyond the limits.
fn attempt(cells: &mut Cells, target: u64) -> Result<Option<Vec<Ball>>, Error> {
    let request = cells.request;
    let (d, top) = (request.dimension, request.max_degree);
    let omega = density_constant(d, SHORT + 2 * u64::BITS).magnitude();
    let allowed = Mag::pow2(-(target as i64) - omega.log2_ceil().unwrap_or(0).max(0) - 1);
    let size = ((target / 2).clamp(16, MOST_NODES) as u32).next_multiple_of(16);
    // What the widest ellipse could prove with so many nodes, log2(7) < 2.81 twice for each, and what the panel's
    // length adds.
    if target > u64::from(size) * 6 + 64 {
        return Ok(None);
    }
    let half_range = request.powers.has_no(0) || request.powers.has_no(1);
    let mut builder = Builder { request, cells, allowed, size, error: Mag::ZERO, panels: vec![] };
    if !builder.run(half_range) {
        return Ok(None);
    }
    let nodes: usize = builder.panels.iter().map(|panel| panel.nodes as usize).sum();
    // Guard bits: for the recurrence of P_k, and for sums and the ends of the interval.
    let loss = 2 * u64::from(top.max(1).ilog2()) + 2 * u64::from(d.ilog2()) + 48;
    let Ok(precision) = u32::try_from(target + loss) else { return Ok(None) };
    if (nodes as u64 * (top as u64 + 1)).saturating_mul(precision.into()) > MOST_VALUE_BITS {
        return Ok(None);
    }
    let working = builder.cells.angles.working_bits(target as u32);
    let profile = Profile::new(request.network, request.kernel, working)?;
    let Some(angles) = Angles::new(&profile, request.kernel) else { return Ok(None) };
    let Some(sums) = builder.sums(&angles, profile.precision, precision) else { return Ok(None) };
    let omega = density_constant(d, precision);
    let factor = if half_range { omega.shl(1) } else { omega };
    let finish = |(k, sum): (usize, Ball)| match request.powers.eigenvalue_is_zero(k) {
        true => Ball::zero(precision),
        false => &sum.widened(builder.error) * &factor,
    };
    Ok(Some(sums.into_iter().enumerate().map(finish).collect()))
}

struct Builder<'a, 'b> {
    request: &'a Request<'a>,
    cells: &'b mut Cells<'a>,
    /// Bound of the error of all panels together, those at the ends aside.
    allowed: Mag,
    /// Most nodes of a panel.
    size: u32,
    error: Mag,
    panels: Vec<Panel>,
}

impl Builder<'_, '_> {
    /// Panels for `[0, 1]`, or for its left half where the integrand is symmetric about the middle.
    fn run(&mut self, half_range: bool) -> bool {
        let first = 1u128 << (FIRST_DEPTH - u32::from(half_range));
        let mut open: Vec<(u128, u32)> = (0..first).rev().map(|index| (index, FIRST_DEPTH)).collect();
        while let Some((index, depth)) = open.pop() {
            if self.accept_end(index, depth) || self.accept(index, depth) {
                continue;
            }
            let cells = self.cells.known.len() * self.cells.request.network.layers().len();
            let too_many = self.panels.len() + open.len() > MOST_PANELS || cells > MOST_CELLS;
            if depth >= MOST_DEPTH || too_many {
                return false;
            }
            open.push((2 * index + 1, depth + 1));
            open.push((2 * index, depth + 1));
        }
        true
    }

    /// An end of `[0, π]` where the kernel may be singular: takes the panel if the integral over it is within a quarter
    /// of what is allowed. There `|K| <= K(1)`, `|P_k| <= 1`, and the sine is at most the distance from the end.
    fn accept_end(&mut self, index: u128, depth: u32) -> bool {
        if index != 0 && index != (1u128 << depth) - 1 {
            return false;
        }
        // π < 3.15.
        let length = Mag::pow2(-i64::from(depth)) * Mag::from_f64(3.15);
        let integral = self.cells.most * length.pow(self.cells.request.dimension as u64 - 1);
        let is_small = integral <= self.allowed.shl(-2);
        if is_small {
            self.error = self.error + integral;
        }
        is_small
    }

    /// Takes the panel `[index, index + 1]/2^depth` if some ellipse proves its share of the error: the one with the
    /// fewest nodes.
    fn accept(&mut self, index: u128, depth: u32) -> bool {
        let length = Mag::pow2(-i64::from(depth));
        let share = self.allowed * length;
        // ℓ in θ is π/2 times the length, and π/2 < 1.58.
        let half = length * Mag::from_f64(1.58);
        let mut best: Option<(u32, Mag)> = None;
        for r in RADII {
            let Some(bound) = self.cells.ellipse_bound(index, depth, r) else { break };
            // The ellipse holds the panel, over which the integral is at most 2ℓM.
            let integral = half.shl(1) * bound;
            if integral <= share {
                self.error = self.error + integral;
                return true;
            }
            let inverse = Mag::ONE.div_by_lower(Mag::from_float_lower(&Float::with_val(53, r)));
            // 1/(1 - r^{-2}), the double rounded by less than 10^-12; and 64/15 < 4.27.
            let below = Mag::from_float_lower(&Float::with_val(53, 1.0 - 1.0 / (r * r) - 1e-12));
            let constant = half * bound * Mag::ONE.div_by_lower(below) * Mag::from_f64(4.27);
            let error_of = |n: u32| constant * inverse.pow(2 * u64::from(n));
            let most = best.map_or(self.size, |(nodes, _)| nodes - 16);
            let fewest = (1..=most / 16).map(|i| 16 * i).find(|n| error_of(*n) <= share);
            match fewest {
                Some(nodes) => best = Some((nodes, error_of(nodes))),
                None if best.is_some() => break,
                None => {}
            }
        }
        if let Some((nodes, error)) = best {
            self.error = self.error + error;
            // Exactly: the depth is at most 120.
            let at = |i: u128| Float::with_val(128, i) >> depth;
            self.panels.push(Panel { from: at(index), to: at(index + 1), nodes });
        }
        best.is_some()
    }

    /// `Σ_j w_j F_k(θ_j)` over all panels, for all `k`.
    fn sums(&self, angles: &Angles<Ball>, short: u32, precision: u32) -> Option<Vec<Ball>> {
        let of_panel = |panel: &Panel| self.panel_sums(panel, angles, short, precision);
        let parts: Vec<Option<Vec<Ball>>> = self.panels.par_iter().map(of_panel).collect();
        let mut sums = vec![Ball::zero(precision); self.request.max_degree + 1];
        for part in parts {
            for (sum, value) in sums.iter_mut().zip(part?) {
                *sum = &*sum + &value;
            }
        }
        Some(sums)
    }

    /// Over one panel; the kernel, which takes no part in the recurrence of `P_k`, with `short` bits.
    fn panel_sums(
        &self,
        panel: &Panel,
        angles: &Angles<Ball>,
        short: u32,
        precision: u32,
    ) -> Option<Vec<Ball>> {
        let (d, top) = (self.request.dimension, self.request.max_degree);
        let mut sums = vec![Ball::zero(precision); top + 1];
        let pi = Ball::pi(precision);
        let centre = Ball::exact(Float::with_val(precision.max(128), &panel.from + &panel.to)).shl(-1);
        let half = Ball::exact(Float::with_val(precision.max(128), &panel.to - &panel.from)).shl(-1);
        let scale = &half * &pi;
        let mirrored = panel.from >= 0.5;
        let start = if mirrored { Ball::from_integer(1, precision) - &centre } else { centre.clone() };
        for root in rule(panel.nodes, precision)?.iter() {
            let weight = &scale * &root.weight;
            for offset in [&half * &root.x, -(&half * &root.x)] {
                let theta = &(&centre + &offset) * &pi;
                let (cos, sin) = (theta.cos(), theta.sin());
                let short = |x: &Ball| x.with_precision(short);
                let nearer = if mirrored { &start - &offset } else { &start + &offset };
                let kernel = angles.value(&short(&(&nearer * &pi)), mirrored)?;
                let factor = &kernel * &short(&weight) * short(&sin).pow(d as u64 - 2);
                legendre(d, &cos, top, |k, value| sums[k] = &sums[k] + &(&factor * value));
            }
        }
        Some(sums)
    }
}

/// Bounds of the integrand, for all `k <= K`, on squares of side `2^{-depth-2}` (in units of π) above the real axis;
/// infinite where it is not proved analytic. The lower half plane is the mirror image.
struct Cells<'a> {
    request: &'a Request<'a>,
    angles: Angles<Model>,
    /// `K(1)`.
    most: Mag,
    known: HashMap<(u32, i128, i64), Mag>,
}

impl Cells<'_> {
    /// A bound on the ellipse of radius `r` about the panel `[index, index + 1]/2^depth`.
    fn ellipse_bound(&mut self, index: u128, depth: u32, r: f64) -> Option<Mag> {
        // In sides of cells, two to half the panel; wider by 10^-9, which covers the roundings of doubles, of relative
        // size 10^-15.
        let (wide, high) = ((r + 1.0 / r) * (1.0 + 1e-9), (r - 1.0 / r) * (1.0 + 1e-9));
        let centre = 4 * index as i128 + 2;
        let columns = wide.ceil() as i64;
        let mut out = Mag::ZERO;
        for column in -columns..columns {
            // The point of the column nearest to the centre.
            let nearest = if column >= 0 { column } else { -column - 1 } as f64 / wide;
            let height = high * (1.0 - nearest * nearest).max(0.0).sqrt();
            for row in 0..(height.ceil() as i64).max(1) {
                let bound = self.bound(depth, centre + i128::from(column), row);
                if !bound.is_finite() {
                    return None;
                }
                out = out.max(bound);
            }
        }
        Some(out)
    }

    fn bound(&mut self, depth: u32, column: i128, row: i64) -> Mag {
        if let Some(known) = self.known.get(&(depth, column, row)) {
            return *known;
        }
        let bound = self.compute(depth, column, row);
        self.known.insert((depth, column, row), bound);
        bound
    }

    fn compute(&self, depth: u32, column: i128, row: i64) -> Mag {
        // The square [i, i + 1] × [j, j + 1] times 2^{-depth-2} π lies in the disc about its middle through its
        // corners; √½ < 0.7072, and the roundings are far less than the difference and those of the middle.
        let side = std::f64::consts::PI * 0.5f64.powi(depth as i32 + 2);
        // Measured from the nearer end, which the conjugate disc serves as well.
        let last = (4i128 << depth) - 1;
        let mirrored = column > last / 2;
        let nearer = if mirrored { last - column } else { column };
        let centre = [nearer as f64, row as f64].map(|i| (i + 0.5) * side);
        let z = Model::disc(centre, 0.7072 * side + 1e-15 * (centre[0].abs() + centre[1].abs()));
        let plain = self.angles.bound(&z, mirrored);
        if !plain.is_finite() {
            return plain;
        }
        // |P_k(cos z)| <= cosh(k Im z) <= e^{K |Im z|}.
        let height = Ball::exact(Float::with_val(SHORT, z.height()));
        let growth = height.mul_integer(self.request.max_degree as i64).exp().magnitude();
        let [sin, _] = z.sin_cos();
        plain * growth * sin.bound().pow(self.request.dimension as u64 - 2)
    }
}

#[cfg(test)]
mod tests;
