//! Segments of degrees, each with its step: steers only, [`Remainder`](super::remainder::Remainder) decides.

use std::f64::consts::{LN_2, PI};

use super::Kernel;

/// Significant bits of a step, so that it is a short integer over a power of two.
const STEP_BITS: i32 = 6;
/// Least step: `2^-r` times an integer with `r` at most this, so that shifts stay below a limb.
const MOST_FRACTION: i32 = 20;
/// Most nodes of one segment.
const MOST_NODES: f64 = 1e5;
/// Most poles that are passed.
const MOST_POLES: usize = 100;
/// Half-widths that are tried.
const WIDTHS: usize = 24;

/// `numerator / 2^fraction`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    pub numerator: u64,
    pub fraction: u32,
}

impl Step {
    fn below(h: f64) -> Option<Step> {
        let fraction = STEP_BITS - 1 - h.log2().floor() as i32;
        let numerator = (h * 2f64.powi(fraction)).floor();
        let fits = h.is_finite() && (0..=MOST_FRACTION).contains(&fraction);
        fits.then_some(Step { numerator: numerator as u64, fraction: fraction as u32 })
    }

    /// Exact: few bits.
    pub fn value(self) -> f64 {
        self.numerator as f64 / 2f64.powi(self.fraction as i32)
    }
}

/// The degrees `first, first + 2, ..` below `end`.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    pub first: usize,
    pub end: usize,
    pub step: Step,
    /// The line `Im w = a` on which the integrand is bounded.
    pub a: f64,
}

/// Segments for all odd degrees below `end`.
pub(super) fn segments(kernel: &Kernel, end: usize) -> Option<Vec<Segment>> {
    let shape = Shape { c: kernel.c.midpoint().to_f64(), nats: f64::from(kernel.bits + 3) * LN_2 };
    let mut out: Vec<Segment> = vec![];
    let mut first = 1;
    while first < end {
        let next = (4 * first + 5).min(end);
        let (h, a) = shape.step(first, end);
        let h = h.min(1.0);
        match out.last_mut() {
            // A longer step would not pay for another start.
            Some(last) if h < 1.25 * last.step.value() => last.end = next,
            _ => out.push(Segment { first, end: next, step: Step::below(h)?, a }),
        }
        first = next + usize::from(next.is_multiple_of(2));
    }
    out.iter().all(|s| shape.nodes(s) < MOST_NODES).then_some(out)
}

/// What the sums of a segment take, in units of [work](crate::work): a few for every limb of every node at every
/// degree, and the starts, which are functions of so many bits.
pub(super) fn work(kernel: &Kernel, segment: &Segment) -> f64 {
    let shape = Shape { c: kernel.c.midpoint().to_f64(), nats: f64::from(kernel.bits + 3) * LN_2 };
    let limbs = f64::from(kernel.bits) / 64.0 + 2.0;
    let degrees = (segment.end - segment.first) as f64 / 2.0 + 1.0;
    shape.nodes(segment) * (3.0 * degrees * limbs + 100.0 * limbs * limbs)
}

/// The integrand in doubles.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub c: f64,
    pub nats: f64,
}

impl Shape {
    /// About how many nodes a segment takes.
    fn nodes(&self, s: &Segment) -> f64 {
        ((s.end as f64).sqrt() + (2.0 * self.nats).sqrt()) / s.step.value()
    }

    /// The longest step for the degrees from `first` up to `end`, and its half-width.
    fn step(&self, first: usize, end: usize) -> (f64, f64) {
        let s = PI / (2.0 * self.c);
        let degrees = std::iter::successors(Some(first), |k| Some(3 * k / 2 + 4)).take_while(|k| *k < end);
        let samples: Vec<(usize, f64)> = degrees.map(|k| (k, self.ln_integral(k))).collect();
        let widest = 1.5 * self.nats.sqrt();
        let mut best = (0.0, s);
        let (mut poles, mut by_poles) = (0, f64::INFINITY);
        for i in 1..=WIDTHS {
            let mut a = widest * i as f64 / WIDTHS as f64;
            if a > s {
                // Half-way between poles.
                a = s * (2.0 * ((a / s - 1.0) / 2.0).round() + 1.0);
            }
            while 2.0 * s * ((poles + 1) as f64) < a {
                poles += 1;
                by_poles = by_poles.min(self.step_for_pole(2.0 * s * poles as f64, first, end));
            }
            if poles > MOST_POLES {
                break;
            }
            let line = |&(k, integral): &(usize, f64)| {
                let size = (8.0 * (k as f64).sqrt() + 16.0).ln() - (self.c * a).sin().abs().ln();
                2.0 * PI * a / (self.nats + size + 0.5 * a * a + self.peak(k, a).1 - integral)
            };
            let h = samples.iter().map(line).fold(by_poles, f64::min);
            if h > best.0 {
                best = (h, a);
            }
        }
        best
    }

    /// The step that leaves the pole `iy` negligible.
    fn step_for_pole(&self, y: f64, first: usize, end: usize) -> f64 {
        // Where y^k is largest against the integral.
        let worst = (y * (y + self.c)) as usize;
        let k = worst.clamp(first, end.max(first)) | 1;
        let size = (4.0 * PI / self.c).ln() + k as f64 * y.ln() + 0.5 * y * y - self.ln_integral(k);
        2.0 * PI * y / (self.nats + size + 2.0).max(1.0)
    }

    /// `log f(w)`.
    pub fn ln_term(&self, k: usize, w: f64) -> f64 {
        let x = self.c * w;
        k as f64 * w.ln() - 0.5 * w * w - x - (-(-2.0 * x).exp_m1()).ln() + LN_2
    }

    /// Where the integrand is largest.
    pub fn top(&self, k: usize) -> f64 {
        let k = k as f64;
        let slope = |w: f64| k / w - w - self.c / (self.c * w).tanh();
        root(1e-3 / (1.0 + self.c), k.sqrt(), slope)
    }

    fn ln_integral(&self, k: usize) -> f64 {
        let w = self.top(k);
        let curvature = k as f64 / (w * w) + 1.0 - (self.c / (self.c * w).sinh()).powi(2);
        self.ln_term(k, w) + 0.5 * (8.0 * PI / curvature.max(1.0)).ln()
    }

    /// Where `(k/2) log(w² + a²) - w²/2 - cw` is largest for `w >= a`, and an estimate of its maximum for `w >= 0`.
    pub fn peak(&self, k: usize, a: f64) -> (f64, f64) {
        let k = k as f64;
        let slope = |w: f64| k * w / (w * w + a * a) - w - self.c;
        let w = if slope(a) <= 0.0 { a } else { root(a, k.sqrt().max(a), slope) };
        let square = k.clamp(a * a, 2.0 * a * a);
        let low = 0.5 * k * square.ln() - 0.5 * (square - a * a);
        let high = 0.5 * k * (w * w + a * a).ln() - 0.5 * w * w - self.c * w;
        (w, low.max(high))
    }
}

/// Where a decreasing function changes its sign.
fn root(mut from: f64, mut to: f64, f: impl Fn(f64) -> f64) -> f64 {
    for _ in 0..30 {
        let middle = 0.5 * (from + to);
        if f(middle) > 0.0 {
            from = middle;
        } else {
            to = middle;
        }
    }
    0.5 * (from + to)
}
