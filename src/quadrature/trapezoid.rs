//! The trapezoidal rule, for functions without breakpoints.
//!
//! Let `f` be analytic on `[-R, R] × [-a, a]`, real on the real axis, `R = (n + 1/2) h`, and `F = f h_k n`. Around the
//! rectangle `∮ F(z)/(1 - e^{-2πiz/h}) dz = h Σ_{|j| <= n} F(jh)`, as the kernel has the residue `h/(2πi)` at every
//! `jh`. On the upper side the kernel is at most `1/(e^{2πa/h} - 1)` in modulus, and so is the kernel less one on the
//! lower side; moving the `F` that is left over from the lower side to the real axis turns the kernel on the lower
//! halves of the vertical sides into the kernel less one. On the vertical sides `e^{-2πiz/h} = -e^{2πy/h}`, so that
//! there both are at most `e^{-2π|y|/h}`:
//!
//! ```text
//! |∫_{-R}^R F - h Σ F(jh)| <= 2 ∫_{-R}^R |F(x+ia)| dx / (e^{2πa/h} - 1) + ∫_{-a}^a (|F(R+iy)| + |F(-R+iy)|) e^{-2π|y|/h} dy.
//! ```
//!
//! By the [weight's bound](super::weight) `|h_k n|` grows by at most `e^{y²/2 + √(K-1)|y|}` along a vertical side, at
//! most `e^{(a/2 + √(K-1))|y|}`.

use rug::Float;

use super::cover::Strip;
use super::integrand::Integrand;
use super::projection::Node;
use super::weight::{Weight, ln};
use super::{SHORT, Target};
use crate::number::{Ball, Mag};

/// Most evaluations of rectangles in the search for a strip.
const RECTANGLES: usize = 6000;
/// Bits of the step.
const STEP_BITS: i32 = 9;
/// Where they end, where possible.
const LAST_BIT: i32 = 20;

/// Below it are no steps with all their bits.
const LEAST_STEP: f64 = 1e-300;

/// A step, a number of nodes and what they prove.
#[derive(Clone, Debug)]
pub(super) struct Plan {
    /// The step, exactly.
    h: f64,
    /// Nodes on either side of zero.
    pub count: u64,
    /// A bound of the error of every coefficient, without the rounding of the sum.
    pub error: Mag,
}

/// A plan for an error of `2^-bits`, or `None` where no strip is proved or the nodes would be too many.
pub(super) fn plan(f: &Integrand, weight: &Weight, bits: i64, most: u64) -> Option<Plan> {
    let nats = (bits + 3) as f64 * std::f64::consts::LN_2;
    let need = f.envelope().reach(weight, nats)?;
    let reach = 1.005 * need + 1.0;
    let (a, strip) = best_strip(f, weight, reach, nats)?;
    let h = step(a, &strip, nats);
    let count = reach / h - 0.5;
    if !(count >= 0.0 && count < most as f64) {
        return None;
    }
    let mut plan = Plan { h, count: count as u64, error: Mag::ZERO };
    plan.error = plan.bound(f, weight, a, &strip, Mag::pow2(-bits - 4));
    plan.error.is_finite().then_some(plan)
}

/// The step that the strip allows, with few bits; zero where that is no double.
fn step(a: f64, strip: &Strip, nats: f64) -> f64 {
    let h = 2.0 * std::f64::consts::PI * a / (ln(strip.integral.shl(1)) + nats).max(1.0);
    if h < LEAST_STEP {
        return 0.0;
    }
    let top = h.log2().floor() as i32 + 1;
    // The squares of the nodes have at most 40 bits after the point while that costs the step little.
    let unit = 2f64.powi(if top > 4 - LAST_BIT { (top - STEP_BITS).max(-LAST_BIT) } else { top - STEP_BITS });
    (h / unit).floor() * unit
}

/// The half-width with the largest step.
fn best_strip(f: &Integrand, weight: &Weight, reach: f64, nats: f64) -> Option<(f64, Strip)> {
    let mut budget = RECTANGLES;
    // Beyond it the growth of the weight outweighs the gain.
    let widest = (2.0 * nats.max(1.0)).sqrt();
    if let Some(hint) = f.strip() {
        for share in [0.965, 0.93, 0.85, 0.75, 0.6, 0.4, 0.2] {
            let a = (share * hint).min(widest);
            if let Some(strip) = Strip::new(f, weight, reach, a, &mut budget) {
                return Some((a, strip));
            }
        }
    }
    search_strip(f, weight, reach, nats, widest, &mut budget)
}

/// Doubles the half-width while that helps; then a few steps between the last that did and the first that did not.
fn search_strip(
    f: &Integrand,
    weight: &Weight,
    reach: f64,
    nats: f64,
    widest: f64,
    budget: &mut usize,
) -> Option<(f64, Strip)> {
    let mut best: Option<(f64, Strip)> = None;
    let better = |a: f64, budget: &mut usize, best: &mut Option<(f64, Strip)>| -> bool {
        let Some(strip) = Strip::new(f, weight, reach, a, budget) else { return false };
        let improves = best.as_ref().is_none_or(|(b, old)| step(a, &strip, nats) > step(*b, old, nats));
        if improves {
            *best = Some((a, strip));
        }
        improves
    };
    let mut a = widest;
    while !better(a, budget, &mut best) {
        a *= 0.5;
        if a < 1e-3 * widest {
            return None;
        }
        *budget = (*budget).max(RECTANGLES / 8);
    }
    let mut factor = 1.5f64;
    for _ in 0..3 {
        let wider = (a * factor).min(widest);
        *budget = (*budget).max(RECTANGLES / 16);
        if wider > a && better(wider, budget, &mut best) {
            a = wider;
        }
        factor = factor.sqrt();
    }
    // Narrower may be better where the function grows.
    while best.is_some() && better(0.6 * a, budget, &mut best) {
        a *= 0.6;
    }
    best
}

/// `∫ |f(x + iy)| e^{-decay |y|} dy` over `|y| <= a`, in parts.
fn vertical(f: &Integrand, strip: &Strip, x: f64, a: f64, decay: &Ball) -> Mag {
    // 2^-10 a, 2^-9 a, ..., a, and between them so many that the damping varies little in each: where the function
    // grows almost as fast as the damping falls, a long part would have the growth of its end and the damping of its
    // start.
    let count = (0.5 * a * decay.midpoint().to_f64()).clamp(1.0, 256.0) as u32;
    let linear = (1..count).map(|i| a * f64::from(i) / f64::from(count));
    let mut ends: Vec<f64> = (0..=10).map(|i| a * 2f64.powi(i - 10)).chain(linear).collect();
    ends.sort_by(f64::total_cmp);
    let mut from = 0.0;
    let mut sum = Mag::ZERO;
    let whole = strip.bound_at(x.abs());
    for to in ends {
        // A little of the strip to the inner side of the line.
        let inner = if x > 0.0 { [x - 0.01 * to, x] } else { [x, x - 0.01 * x.signum() * to] };
        let size = f.bound(0, inner, [from, to]);
        // Both hold; the second is coarse in height, the first poor for a slope on a small rectangle.
        let size = if size < whole { size } else { whole };
        let damping = (-(decay * &Ball::exact(Float::with_val(SHORT, from)))).exp().magnitude();
        // Above and below, and a difference of doubles rounded to nearest.
        sum = sum + (size * damping * Mag::from_f64((to - from) * (1.0 + 1e-15))).shl(1);
        from = to;
    }
    sum
}

impl Plan {
    /// The inequality above, with the tails beyond `R`.
    fn bound(&self, f: &Integrand, weight: &Weight, a: f64, strip: &Strip, small: Mag) -> Mag {
        // R = (n + 1/2) h: both factors have few bits, the product is exact in a double.
        let r = (self.count as f64 + 0.5) * self.h;
        let exact = |x: f64| Ball::exact(Float::with_val(SHORT, x));
        let rate = Ball::pi(SHORT).shl(1) / exact(self.h);
        if weight.growth(a).upper() > rate.lower() {
            return Mag::INFINITY;
        }
        let kernel = (&rate * &exact(a)).exp() - Ball::from_integer(1, SHORT);
        let horizontal = strip.integral.shl(1).div_by_lower(kernel.mignitude());
        let decay = &rate - &weight.growth(a);
        let sides = if f.parity().is_some() { vec![r, r] } else { vec![r, -r] };
        let weighted = weight.bound(r, 0.0);
        let both =
            |side: &dyn Fn(f64) -> Mag| sides.iter().fold(Mag::ZERO, |sum, x| sum + side(*x)) * weighted;
        // ∫_{-a}^a e^{-decay |y|} dy <= 2/decay, times the largest value: mostly that is small enough.
        let coarse = both(&|x| strip.bound_at(x.abs()).shl(1).div_by_lower(decay.mignitude()));
        let vertical = if coarse <= small { coarse } else { both(&|x| vertical(f, strip, x, a, &decay)) };
        horizontal + vertical + f.envelope().tail(weight, r)
    }

    /// The nodes `x >= 0` with their weights. Where the parity of the degrees does not ask for it, a part is left out.
    pub fn nodes(&self, f: &Integrand, target: &Target) -> Vec<Node> {
        let p = target.working;
        let h = Ball::exact(Float::with_val(p, self.h));
        // n((j+1)h) = n(jh) u_j, u_j = e^{-(j + 1/2) h²}, u_{j+1} = u_j e^{-h²}.
        let wide = p + 2 * (64 - self.count.leading_zeros()) + 8;
        let square = h.with_precision(wide).square();
        let ratio = (-&square).exp();
        let mut factor = (-square.shl(-1)).exp();
        let mut density = Ball::zero(wide).normal_density() * &h;
        let mut nodes = Vec::with_capacity(self.count as usize + 1);
        for j in 0..=self.count {
            if j > 0 {
                density = &density * &factor;
                factor = &factor * &ratio;
            }
            let x = Float::with_val(53, j as f64 * self.h);
            nodes.push(self.node(f, target, x, &density.with_precision(p)));
        }
        nodes
    }

    fn node(&self, f: &Integrand, target: &Target, x: Float, density: &Ball) -> Node {
        let zero = Ball::zero(target.working);
        let argument = f.argument(&x);
        let value = |z: &Ball| f.value(0, z).with_precision(target.working);
        if x.is_zero() {
            return Node { x, even: &value(&argument) * density, odd: zero };
        }
        let right = value(&argument);
        let (even, odd) = match f.parity() {
            Some(1) => (right.shl(1), zero),
            Some(_) => (zero, right.shl(1)),
            None => {
                let left = value(&-&argument);
                (&right + &left, &right - &left)
            }
        };
        Node { x, even: &even * density, odd: &odd * density }
    }
}

#[cfg(test)]
mod tests;
