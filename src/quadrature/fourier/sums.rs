//! The sums of one segment of degrees, from degree to degree, in fixed point.
//!
//! A node's term is `m 2^{64 (e - A)}` in units of `2^T`, with a mantissa `m >= 2^{64 (W-1)}` of `W` limbs; a step
//! multiplies it by the integer `(2^r w)²` and divides by a power of two. Every mantissa is rounded down, by less than
//! `2^{-64 (W-1)}` of itself, and the sum is cut below one unit, `2^{-64 A}`, for every node.
//!
//! `log f` is concave for `w > 0`: its second derivative is `-k/w² - 1 + c²/sinh²(cw) <= -1`. Hence, when a node's term
//! is below one unit and at most half its inner neighbour's, all terms further out are less than one unit together.

use rug::integer::Order;
use rug::{Float, Integer};

use super::plan::{Segment, Shape};
use super::remainder::Remainder;
use super::{Kernel, integer};
use crate::number::{Ball, Mag};

/// Bits of a sum before the point, about.
const WHOLE: i64 = 24;

/// `f(0)/2 + Σ_{j>0} f(jh)` for every degree of the segment as enclosures of `∫ f/(2h)`; `None` where the limits do not
/// suffice.
pub(super) fn run(kernel: &Kernel, segment: &Segment) -> Option<Vec<Ball>> {
    // (W - 1) limbs pay for the steps, A limbs for the cuts, with a few bits to spare.
    let steps = usize::BITS - (segment.end - segment.first + 1).leading_zeros();
    let limbs = |bits: u32| (bits + 6).div_ceil(64) as usize;
    let (width, below) = (limbs(kernel.bits + steps) + 1, limbs(kernel.bits + 17 - WHOLE as u32));
    macro_rules! by_width {
        ($($w:literal),*) => {
            match width {
                $($w => Sums::new(kernel, segment, $w, below).run($w),)*
                _ => Sums::new(kernel, segment, width, below).run(width),
            }
        };
    }
    by_width!(2, 3, 4, 5, 6, 7, 8)
}

struct Sums<'a> {
    kernel: &'a Kernel,
    segment: &'a Segment,
    shape: Shape,
    width: usize,
    /// Limbs of the sum after the point.
    below: usize,
    /// `T`.
    unit: i64,
    walk: Walk,
    /// The active nodes, from the left.
    nodes: Vec<Node>,
    mantissas: Vec<u64>,
    /// How many at the left are negligible by now.
    gone: usize,
    /// The largest relative error of a start.
    start: Mag,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    exponent: i64,
    /// `(2^r w)²`.
    square: u64,
}

impl<'a> Sums<'a> {
    fn new(kernel: &'a Kernel, segment: &'a Segment, width: usize, below: usize) -> Sums<'a> {
        let shape = Shape {
            c: kernel.c.midpoint().to_f64(),
            nats: f64::from(kernel.bits + 3) * std::f64::consts::LN_2,
        };
        let k = segment.first;
        let (top, h) = (shape.top(k), segment.step.value());
        let largest = shape.ln_term(k, top.max(h));
        let unit = (largest / std::f64::consts::LN_2) as i64 - WHOLE + 4;
        // Falls by e^{-x²/2} at the distance x, at least.
        let left = top - (2.0 * shape.nats + 30.0).sqrt();
        let first = (left / h).floor().max(1.0) as u64;
        Sums {
            kernel,
            segment,
            shape,
            width,
            below,
            unit,
            walk: Walk::new(kernel, segment, first),
            nodes: vec![],
            mantissas: vec![],
            gone: 0,
            start: Mag::ZERO,
        }
    }

    #[inline(always)]
    fn run(mut self, width: usize) -> Option<Vec<Ball>> {
        let mut remainder = Remainder::new(self.kernel, self.segment, self.shape);
        let mut out = vec![];
        let mut sum = vec![0u64; self.below + 1];
        let from_zero = self.walk.j == 1;
        let (mut size, mut ratio) =
            (0.0, self.shape.top(self.segment.first).powi(2).max(self.segment.step.value().powi(2)));
        for k in (self.segment.first..self.segment.end).step_by(2) {
            self.extend(k)?;
            self.drop_left(from_zero)?;
            sum.fill(0);
            for i in self.gone..self.nodes.len() {
                accumulate(&mut sum, &self.mantissas[i * width..][..width], self.nodes[i].exponent)?;
            }
            out.push(self.read(k, &sum, &mut remainder));
            let new = top_limbs(&sum) * 2f64.powi(self.below.min(1) as i32 * -64);
            if new.is_nan() || new <= 0.0 {
                return None;
            }
            // The ratio of successive sums changes slowly.
            if size > 0.0 {
                ratio = new / size;
            }
            let fraction = 2 * self.segment.step.fraction as i64;
            let expected = (new.log2() + ratio.log2()).round() as i64;
            let shift = (fraction + expected - WHOLE).clamp(1, 63) as u32;
            self.step(width, shift);
            self.unit += i64::from(shift) - fraction;
            size = new * 2f64.powi((fraction - i64::from(shift)) as i32);
            remainder.advance();
        }
        Some(out)
    }

    /// New nodes until the rest is negligible.
    fn extend(&mut self, k: usize) -> Option<()> {
        loop {
            let n = self.nodes.len();
            if n >= self.gone + 2 && self.is_below(n - 1) && self.is_half(n - 1, n - 2) {
                return Some(());
            }
            if self.walk.j >= 1 << 30 {
                return None;
            }
            let w = self.walk.integer;
            let value = self.walk.term(k);
            self.walk.advance();
            self.push(&value, w)?;
        }
    }

    fn push(&mut self, value: &Ball, numerator: u64) -> Option<()> {
        let width = self.width as i64;
        let top = i64::from(value.midpoint().get_exp()?);
        let high = top - self.unit + 64 * self.below as i64;
        let exponent = (high - 1).div_euclid(64) - (width - 1);
        let shift = 64 * self.below as i64 - self.unit - 64 * exponent;
        let mantissa = (value.midpoint().clone() << i32::try_from(shift).ok()?)
            .to_integer_round(rug::float::Round::Down)?
            .0;
        self.start = self.start.max(value.radius().div_by_lower(Mag::from_float_lower(value.midpoint())));
        let at = self.mantissas.len();
        self.mantissas.resize(at + self.width, 0);
        mantissa.write_digits(&mut self.mantissas[at..], Order::Lsf);
        self.nodes.push(Node { exponent, square: numerator.checked_mul(numerator)? });
        Some(())
    }

    /// Forgets nodes at the left; `None` should those left out not be negligible.
    fn drop_left(&mut self, from_zero: bool) -> Option<()> {
        let negligible = |i: usize| self.is_below(i) && self.is_half(i, i + 1);
        // The unit is a power of two, so that a share of the sum that falls may rise in units for a while.
        let tiny = |i: usize| self.nodes[i].exponent + (self.width as i64) < i64::from(self.top(i) < 1 << 48);
        let mut gone = self.gone;
        while gone + 3 < self.nodes.len() && tiny(gone + 1) && negligible(gone + 1) {
            gone += 1;
        }
        let fine = from_zero && gone == 0 || negligible(gone);
        self.gone = gone;
        fine.then_some(())
    }

    /// The largest limb of a mantissa.
    fn top(&self, i: usize) -> u64 {
        self.mantissas[(i + 1) * self.width - 1]
    }

    fn is_below(&self, i: usize) -> bool {
        self.nodes[i].exponent + self.width as i64 <= 0
    }

    /// Is node `i` at most half of node `j`? Of the doubles' ratio 2^-50 may be wrong, and the mantissas' relative
    /// error is below 2^-10.
    fn is_half(&self, i: usize, j: usize) -> bool {
        let size = |i: usize| top_limbs(&self.mantissas[i * self.width..][..self.width]);
        let apart = self.nodes[i].exponent - self.nodes[j].exponent;
        apart < -1 || apart <= 1 && size(i) * 2f64.powi(64 * apart as i32) <= 0.49 * size(j)
    }

    #[inline(always)]
    fn step(&mut self, width: usize, shift: u32) {
        let nodes = self.nodes.iter_mut().skip(self.gone);
        let mantissas = self.mantissas.chunks_exact_mut(width).skip(self.gone);
        for (node, mantissa) in nodes.zip(mantissas) {
            node.exponent += multiply(mantissa, node.square, shift);
        }
    }

    /// The enclosure of the degree's value.
    fn read(&self, k: usize, sum: &[u64], remainder: &mut Remainder) -> Ball {
        let digits = Integer::from_digits(sum, Order::Lsf);
        let p = self.kernel.working;
        let scale = self.unit - 64 * self.below as i64;
        let ball = Ball::rounded(Float::with_val_round(p, &digits, rug::float::Round::Nearest), Mag::ZERO);
        // One unit for every active node, and one for the rest at either side.
        let cut = Mag::from_usize(self.nodes.len() - self.gone + 2);
        // Each term is too small by at most (n + 1) 2^{-64 (W-1)} of itself, and as wrong as its start; divided by one
        // less that.
        let steps = Mag::from_usize((k - self.segment.first) / 2 + 1).shl(-64 * (self.width as i64 - 1));
        let share = (steps + self.start) * Mag::from_f64(1.0 + 1.0 / 256.0);
        if share > Mag::pow2(-10) {
            return Ball::whole_line(p);
        }
        let size = ball.magnitude() + cut;
        let ball = ball.widened(cut + share * size).shl(scale as i32);
        let most = ball.mignitude().shl(-i64::from(self.kernel.bits));
        if remainder.bound() > most {
            remainder.renew();
        }
        let ball = ball.widened(remainder.bound());
        // f(0) = 1/c.
        if k == 1 { &ball + &self.kernel.c.recip().shl(-1) } else { ball }
    }
}

/// The largest limbs, as a double in units of `2^-64` of the last but one.
fn top_limbs(x: &[u64]) -> f64 {
    let n = x.len();
    let next = if n > 1 { x[n - 2] as f64 } else { 0.0 };
    x[n - 1] as f64 * 2f64.powi(64) + next
}

/// `m = m x / 2^shift`, rounded down, brought back to a leading limb other than zero: returns the limbs it moved by.
///
/// The shift is between 1 and 63, so that `m x / 2^shift >= 2^{64 (W-2)}`.
#[inline(always)]
fn multiply(m: &mut [u64], x: u64, shift: u32) -> i64 {
    let (width, back) = (m.len(), 64 - shift);
    let mut high = 0u64;
    for limb in m.iter_mut() {
        let product = u128::from(*limb) * u128::from(x) + u128::from(high);
        (*limb, high) = (product as u64, (product >> 64) as u64);
    }
    if high >> shift != 0 {
        for i in 0..width - 1 {
            let above = if i + 2 < width { m[i + 2] } else { high };
            m[i] = m[i + 1] >> shift | above << back;
        }
        m[width - 1] = high >> shift;
        return 1;
    }
    let top = m[width - 1] >> shift | high << back;
    if top != 0 {
        for i in 0..width - 1 {
            m[i] = m[i] >> shift | m[i + 1] << back;
        }
        m[width - 1] = top;
        return 0;
    }
    for i in (1..width).rev() {
        m[i] = m[i - 1] >> shift | m[i] << back;
    }
    m[0] <<= back;
    -1
}

/// Adds `m 2^{64 e}` without what is below one; `None` when it does not fit.
#[inline(always)]
fn accumulate(sum: &mut [u64], m: &[u64], exponent: i64) -> Option<()> {
    let (skip, at) = ((-exponent).max(0) as usize, exponent.max(0) as usize);
    if skip >= m.len() {
        return Some(());
    }
    let m = &m[skip..];
    if at + m.len() > sum.len() {
        return None;
    }
    let (low, high) = sum[at..].split_at_mut(m.len());
    let mut carry = false;
    for (a, b) in low.iter_mut().zip(m) {
        let (first, over) = a.overflowing_add(*b);
        let (second, again) = first.overflowing_add(u64::from(carry));
        (*a, carry) = (second, over | again);
    }
    for a in high {
        if !carry {
            return Some(());
        }
        (*a, carry) = a.overflowing_add(1);
    }
    (!carry).then_some(())
}

/// The nodes `w = jh` from some `j` on with their terms.
#[derive(Debug)]
struct Walk {
    j: u64,
    /// `2^r w`.
    integer: u64,
    numerator: u64,
    fraction: u32,
    working: u32,
    /// `e^{-w²/2}`, its next factor and the factor of that.
    bell: Ball,
    factor: Ball,
    ratio: Ball,
    /// `e^{-cw}` and its factor.
    decay: Ball,
    per_step: Ball,
}

impl Walk {
    fn new(kernel: &Kernel, segment: &Segment, j: u64) -> Walk {
        let (numerator, fraction) = (segment.step.numerator, segment.step.fraction);
        let nodes = ((segment.end as f64).sqrt() / segment.step.value()) as u64 + 1024;
        // The factors' errors add up along the way, and w^k has k times that of w.
        let working = kernel.working + 2 * (u64::BITS - nodes.leading_zeros()) + 8;
        let h = Ball::exact(Float::with_val(working, segment.step.value()));
        let w = h.mul_integer(j as i64);
        let square = h.square();
        Walk {
            j,
            integer: j * numerator,
            numerator,
            fraction,
            working,
            bell: (-w.square().shl(-1)).exp(),
            factor: (-square.mul_integer(2 * j as i64 + 1).shl(-1)).exp(),
            ratio: (-&square).exp(),
            decay: (-(&kernel.c * &w)).exp(),
            per_step: (-(&kernel.c * &h)).exp(),
        }
    }

    fn advance(&mut self) {
        self.j += 1;
        self.integer += self.numerator;
        self.bell = &self.bell * &self.factor;
        self.factor = &self.factor * &self.ratio;
        self.decay = &self.decay * &self.per_step;
    }

    /// `w^k e^{-w²/2}/sinh(cw)`.
    fn term(&self, k: usize) -> Ball {
        let w = integer(self.integer as i64, self.working).shl(-(self.fraction as i32));
        // 1/sinh x = 2 e^{-x}/(1 - e^{-2x}).
        let one = integer(1, self.working);
        let top = (&self.bell * &self.decay).shl(1);
        &(&w.pow(k as u64) * &top) / &(&one - &self.decay.square())
    }
}
