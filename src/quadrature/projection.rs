//! Sums `Σ_j h_k(x_j) v_j` for all `k < K` at once, in fixed point.
//!
//! The nodes come as `x >= 0` with the even and the odd part of what is summed, so that even and odd `k` go their own
//! ways: `He_{k+2} = (x² - 2k - 1) He_k - k(k-1) He_{k-2}`. The recurrence is linear in its start, which is therefore
//! the weight itself: nothing is left but to add up. The values are `P_k = v He_k/c_k` with powers of two `c_k`, `ω_k =
//! c_k/√k!` between 1/2 and 1, so that a step is two products with one-limb integers (three where `x²` has a long
//! fraction) and a shift.
//!
//! # Rounding
//! Let `p_k = ω_k P_k`, the orthonormal scale, and let a rounding change `P_i`, `i >= 2`, by `ε`. From there on the
//! change of `p_k` is `ω_i ε G_k`, where `G` solves the recurrence with `G_i = 1`, `G_{i-2} = 0`. For every `x >= 0`,
//! `k <= K`,
//!
//! ```text
//! |G_k| <= 2 (K+2) e^{x²/4}.
//! ```
//!
//! Proof. For `x > 0`, `G` is also the solution of `a_{n+1} G_{n+1} = x G_n - a_n G_{n-1}`, `a_n = √n`, with `G_i = 1`,
//! `G_{i-1} = a_i/x`. Let `N` be the integer part of `x²/4` and `B = 1.0865 e^{x²/4}`, Cramér's bound of all
//! `|h_m(x)|`.
//! 1. Growth, `n <= N + 1`. While `4n <= x²`, `a_n G_n/G_{n-1} >= x/2` implies `a_{n+1} G_{n+1}/G_n >= x - 2n/x >=
//!    x/2`; it holds at the start. With `t_m = a_{i+m} G_{i+m}/G_{i+m-1}` and `τ_m = a_m h_m/h_{m-1}`: `t_1 = x - i/x
//!    <= x = τ_1`, and `t_{m+1} = x - (i+m)/t_m <= x - m/τ_m = τ_{m+1}`. Hence `0 < G_{i+m} <= h_m √(i! m!/(i+m)!) <=
//!    B`.
//! 2. `T_n = n (G_n² + G_{n-1}²) - x a_n G_n G_{n-1}` satisfies `T_{n+1} = T_n + G_n²` exactly. With `D_n = n - x²/4 >
//!    0`, `T_n >= (D_n/2)(G_n² + G_{n-1}²)`, so `T_{n+1} <= T_n (1 + 2/D_n)`. For `n >= N + 2`, `D_n > n - N - 1 >= 1`.
//! 3. Start at `i <= N + 1`, `N >= 1`: by 1, `T_{N+1} <= 2(N+1) B²` (at `i = N + 1` it is `i²/x² <= (N+1)/2`), so
//!    `T_{N+2} <= (2N+3) B²`; the product of the `1 + 2/D_n` is at most `(k-N-1)(k-N)/2`, and `G_k² <= 2T_k/D_k <=
//!    (2N+3)(k-N) B² <= (k+3/2)² B²/2`.
//! 4. Start at `i >= N + 2`: `T_i = i²/x²`, the product is at most `(k-N-1)(k-N)/((i-N-1)(i-N))`, and
//!    `i²/((i-N-1)(i-N))` decreases in `i`, so `G_k² <= (N+2)² (k-N)/x²`. With `N >= 1`, `x² >= 4N`, that is at most
//!    `(3/4)(N+2)(k-N) <= (3/16)(k+2)²`. With `N = 0` it is `4k/x²`, at most `4 K²` when `x² >= 1/K`.
//! 5. `x² < 1/K` (zero too): let `s_n = ±G_n` with alternating signs, `c_n = √(n(n-1))`, `u_n = c_n(s_n - s_{n-2})`.
//!    Then `u_{n+2} = u_n + (δ_n - x²) s_n`, `0 <= δ_n = 2n+1-c_{n+2}-c_n <= 2/(3n)`, and by induction from
//!    `|u_i|, |s_i| <= i`: `|u_{n+2}| <= n + 1`, `|s_{n+2}| <= n + (n+1)/c_{n+2} <= n + 2`.
//!
//! An error `ε` of the start changes `p_k` by `ε h_k` in the even case, and in the odd one, where the start is `P_1 = x
//! v`, by `ε h_k/x`, at most `ε √K B` by the mean value theorem (`h_k' = √k h_{k-1}`, `h_k(0) = 0`).
//!
//! The values of a node are shifted by a whole number of limbs, about `x²/(4 ln 2)` bits, so that after their growth
//! they are of the order of one and the error `2^-A e^{x²/4}` of a node is shifted back to `2^-A`.

mod step;

use rug::integer::Order;
use rug::{Float, Integer};

use crate::number::{Ball, Mag};
use crate::work;
use step::{Square, Step};

/// Most products of limbs that one projection may take: some minutes.
const MAX_WORK: f64 = 3e11;

/// Fewest bits of `2^b`: what the steps divide by exceeds what they lose.
const MIN_SCALE: u32 = 22;
/// Most bits of it: a step's shift is below 64 for every `k` in range.
const MAX_SCALE: u32 = 40;

/// One node `x >= 0` of a symmetric rule, and what the rule gives the pair `±x`.
#[derive(Clone, Debug)]
pub(super) struct Node {
    pub x: Float,
    /// `w (f(x) + f(-x)) n(x)`.
    pub even: Ball,
    /// `w (f(x) - f(-x)) n(x)`.
    pub odd: Ball,
}

/// `Σ_j h_k(x_j) v_j`, `v` the even or odd part as `k` has it, for even `k` below the first and odd `k` below the
/// second length, each to about `2^-target` and enclosed; the others up to the larger length as zero. `None` when that
/// takes more work than is allowed.
pub(super) fn project(nodes: &[Node], lens: [usize; 2], target: i64, precision: u32) -> Option<Vec<Ball>> {
    // h_0 = 1.
    let constant = lens[0].max(lens[1]) <= 1;
    let largest = |node: &Node| if constant { Mag::ONE } else { cramer(&node.x) };
    let growth: Vec<Mag> = nodes.iter().map(largest).collect();
    let classes =
        [0, 1].map(|parity| Class::new(nodes, &growth, parity, lens[parity], target)?.sums(precision));
    let [even, odd] = classes;
    let (mut even, mut odd) = (even?.into_iter(), odd?.into_iter());
    let next = |k: usize| if k.is_multiple_of(2) { even.next() } else { odd.next() };
    let len = lens[0].max(lens[1]);
    Some((0..len).map(next).map(|x| x.unwrap_or_else(|| Ball::zero(precision))).collect())
}

/// `1.0865 e^{x²/4}`, an upper bound of every `|h_k(x)|`.
fn cramer(x: &Float) -> Mag {
    let x = Ball::exact(x.clone()).with_precision(64);
    x.square().shl(-2).exp().magnitude() * Mag::from_f64(1.0865)
}

/// The even or the odd degrees.
struct Class<'a> {
    parity: usize,
    /// How many degrees.
    count: usize,
    nodes: Vec<Scaled<'a>>,
    /// Limbs of a value.
    width: usize,
    /// The last bit of the sums is `2^-last`.
    last: i64,
    /// Bits of `2^b`.
    scale: u32,
    /// A bound of the error of every sum.
    error: Mag,
}

struct Scaled<'a> {
    x: &'a Float,
    start: &'a Ball,
    /// Limbs by which the values are shifted up.
    offset: usize,
}

impl<'a> Class<'a> {
    fn new(nodes: &'a [Node], growth: &[Mag], parity: usize, len: usize, target: i64) -> Option<Class<'a>> {
        let count = (len + 1).saturating_sub(parity) / 2;
        let small = Mag::pow2(-target - 4).div_by_lower(Mag::from_f64(nodes.len().max(1) as f64));
        let degrees = Mag::from_usize(len);
        // At most one unit and (W + 2) 2^-22 of one in each of `count` steps, amplified as above; half a unit at the
        // start.
        let steps = Mag::from_f64(2.02) * Mag::from_usize(count) * Mag::from_usize(len + 2);
        let start = if parity == 1 { degrees.sqrt() } else { Mag::ONE };
        let units = |growth: Mag| growth * (steps + start.shl(-1));
        let (mut error, mut rounding, mut bits) = (Mag::ZERO, Mag::from_usize(nodes.len()), (i64::MIN, 2));
        let mut out = Vec::with_capacity(nodes.len());
        for (node, &growth) in nodes.iter().zip(growth) {
            let start = if parity == 1 { &node.odd } else { &node.even };
            // |Σ_k| of the node: |v h_k(x)|.
            let peak = start.magnitude() * growth;
            if !peak.is_finite() {
                return None;
            }
            if peak <= small {
                error = error + peak;
                continue;
            }
            let top = peak.log2_ceil().unwrap_or(0);
            let offset = ((32 - top).max(0) / 64) as usize;
            let shift = 64 * offset as i64;
            error = error + start.radius() * growth;
            rounding = rounding + units(growth).shl(-shift);
            bits = (bits.0.max(top + shift + 1), bits.1.max(units(growth).log2_ceil().unwrap_or(0)));
            out.push(Scaled { x: &node.x, start, offset });
        }
        let last = target + 2 + rounding.log2_ceil()?;
        // |P_k| <= 2 |p_k|, with the error at most half the range, and one bit to spare.
        let width = (last.saturating_add(bits.0).max(bits.1) + 4).div_euclid(64).max(0) as usize + 1;
        let scale = scale(&out)?;
        // In the orthonormal scale: ω_k <= 1 + 10^-9.
        let error = error + rounding.shl(-last) * Mag::from_f64(1.0 + 1e-8);
        Some(Class { parity, count, nodes: out, width, last, scale, error })
    }

    /// Are there nodes whose `x²` has a fraction beyond `2^-scale`?
    fn work(&self) -> f64 {
        let width = self.width as f64;
        let short = self.nodes.iter().all(|node| fraction_bits(node.x) <= self.scale);
        let per_step = if short { 2.0 * width + 4.0 } else { 2.0 * width + 4.0 + 0.5 * width * width };
        per_step * self.count as f64 * (self.nodes.len() as f64 + 1.0)
    }

    fn sums(&self, precision: u32) -> Option<Vec<Ball>> {
        if self.count == 0 {
            return Some(vec![]);
        }
        // (W + 2) 2^-22 < 1/100.
        if self.nodes.is_empty() {
            return Some(vec![Ball::zero(precision).widened(self.error); self.count]);
        }
        if self.work() > MAX_WORK || self.width > 40_000 || !work::spend(self.work()) {
            return None;
        }
        let (steps, shifts) = steps(self.parity, self.count, self.scale);
        let mut sums = vec![0; self.count * (self.width + 1)];
        for node in &self.nodes {
            let square = self.square(node.x)?;
            step::run(&self.start(node), &square, &steps, node.offset, &mut sums);
        }
        Some(self.read(&sums, &shifts, precision))
    }

    /// The start in units of the node.
    fn start(&self, node: &Scaled) -> Vec<u64> {
        let mid = node.start.midpoint();
        let mut value = if self.parity == 1 {
            // Exact.
            Float::with_val(mid.prec() + node.x.prec(), mid * node.x)
        } else {
            mid.clone()
        };
        value <<= (self.last + 64 * node.offset as i64) as i32;
        let integer = value.to_integer().unwrap_or_default();
        limbs(&integer, self.width)
    }

    fn square(&self, x: &Float) -> Option<Square> {
        let (mantissa, exponent) = x.to_integer_exp()?;
        let fraction_bits = 64 * self.width as u32;
        let exponent = 2 * i64::from(exponent) + i64::from(self.scale) + i64::from(fraction_bits);
        let square = mantissa.square();
        // Rounded down.
        let square = if exponent >= 0 {
            square << u32::try_from(exponent).ok()?
        } else {
            square >> u32::try_from(-exponent).ok()?
        };
        let fraction = square.clone().keep_bits(fraction_bits);
        let whole = (square >> fraction_bits).to_i64().filter(|w| *w < 1 << 62)?;
        if fraction.is_zero() {
            return Some(Square { whole, fraction: vec![], complement: vec![], scale: self.scale });
        }
        let complement = (Integer::from(1) << fraction_bits) - &fraction;
        let [fraction, complement] = [fraction, complement].map(|f| limbs(&f, self.width));
        Some(Square { whole, fraction, complement, scale: self.scale })
    }

    /// The sums times `ω_k`.
    fn read(&self, sums: &[u64], shifts: &[u32], precision: u32) -> Vec<Ball> {
        let working = precision + 24;
        // k!/c_k² = ω_k^-2.
        let mut square = Ball::from_integer(1, working);
        let mut out = Vec::with_capacity(self.count);
        for (i, sum) in sums.chunks_exact(self.width + 1).enumerate() {
            if i > 0 {
                let k = (self.parity + 2 * i) as i64;
                square = square.mul_integer(k * (k - 1)).shl(-2 * shifts[i - 1] as i32);
            }
            let sum = Float::with_val_round(working, signed(sum), rug::float::Round::Nearest);
            let sum = Ball::rounded(sum, Mag::ZERO).shl(-self.last as i32);
            out.push((sum / square.sqrt()).with_precision(precision).widened(self.error));
        }
        out
    }
}

/// The steps from the first degree to the last, and the powers of two between the `c_k`.
///
/// `ω` is followed in doubles, whose error stays below `10^6 · 4 · 2^-53 < 10^-9`: the true one is between `1/2` and
/// `1` up to that, which the slack of the bounds covers.
fn steps(parity: usize, count: usize, scale: u32) -> (Vec<Step>, Vec<u32>) {
    let (mut steps, mut shifts) = (Vec::with_capacity(count), Vec::with_capacity(count));
    let (mut omega, mut before) = (1.0f64, 0u32);
    for i in 0..count - 1 {
        let k = (parity + 2 * i) as u64;
        omega /= (((k + 1) * (k + 2)) as f64).sqrt();
        let mut shift = 0;
        while omega < 0.5 {
            omega *= 2.0;
            shift += 1;
        }
        // 2^before >= √(k(k-1))/2, so β <= 2^(scale+1) k.
        let beta = (k * k.saturating_sub(1)) << (scale - before);
        steps.push(Step { beta, shift: scale + shift, degree: 2 * k + 1 });
        shifts.push(shift);
        before = shift;
    }
    (steps, shifts)
}

/// `b`: the bits after the point of the squares where they are few.
fn scale(nodes: &[Scaled]) -> Option<u32> {
    let most = nodes.iter().map(|node| fraction_bits(node.x)).max().unwrap_or(0);
    let scale = if most <= MAX_SCALE { most.max(MIN_SCALE) } else { MIN_SCALE };
    // 2^b (x² + 2k + 1) must stay below 2^63.
    let large = nodes.iter().any(|node| node.x.to_f64() >= f64::from(1u32 << ((60 - scale) / 2)));
    (!large).then_some(scale)
}

/// Bits after the point of `x²`.
fn fraction_bits(x: &Float) -> u32 {
    let Some((mantissa, exponent)) = x.to_integer_exp() else { return 0 };
    let trailing = mantissa.find_one(0).unwrap_or(0);
    let last = i64::from(exponent) + i64::from(trailing);
    if mantissa.is_zero() { 0 } else { (-2 * last).clamp(0, i64::from(u32::MAX)) as u32 }
}

/// Two's complement of `width` limbs.
fn limbs(x: &Integer, width: usize) -> Vec<u64> {
    let wrapped = x.clone().keep_bits(64 * width as u32);
    let mut out = wrapped.to_digits::<u64>(Order::Lsf);
    out.resize(width, 0);
    out
}

/// The integer of a two's complement.
fn signed(limbs: &[u64]) -> Integer {
    let value = Integer::from_digits(limbs, Order::Lsf);
    let negative = limbs.last().is_some_and(|top| top >> 63 == 1);
    if negative { value - (Integer::from(1) << (64 * limbs.len() as u32)) } else { value }
}

#[cfg(test)]
mod tests;
