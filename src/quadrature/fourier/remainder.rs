//! The error of the trapezoidal rule on the Fourier side.
//!
//! With kernels that are at most `1/(e^{2πy/h} - 1)` in modulus on the lines `Im w = ±y`, the residue theorem gives `h
//! Σ_j f(jh) = ∫ f + ∫_{Im w = ε} f g + ∫_{Im w = -ε} f g'`; moving these lines to `±a` passes the poles `±iy`, `y =
//! 2sm < a`, of `1/sinh(cw)`, whose residues are `±1/c`. As `|sinh(c(w+ia))|² = sinh²(cw) + sin²(ca) >= sin²(ca)
//! cosh²(cw)`,
//!
//! ```text
//! |h Σ_j f(jh) - ∫ f| <= 2 ∫_R |w+ia|^k e^{(a²-w²)/2}/(|sin ca| cosh cw) dw / (e^{2πa/h} - 1) + Σ_y (4π/c) y^k e^{y²/2}/(e^{2πy/h} - 1).
//! ```
//!
//! Let `ψ_k(w) = (k/2) log(w²+a²) - w²/2 - cw`. For `w >= √k + 1`, `ψ_k' <= k/w - w <= -1`, so `∫_0^∞ e^ψ <= (√k + 2)
//! e^{sup ψ}`, and with `1/cosh x <= 2 e^{-x}` the integral over the real line is at most `4 e^{a²/2} (√k + 2) e^{sup
//! ψ}/|sin ca|`.
//!
//! `sup ψ`: for `w >= a`, `ψ'' <= -1`, hence `ψ <= ψ(v) + ψ'(v)²/2` for every `v >= a`, and `ψ <= ψ(a)` where `ψ'(a) <=
//! 0`. For `w <= a` leave out `-cw` and replace the logarithm by a tangent in `u = w²`: what is left is linear in `u`,
//! largest at an end.
//!
//! From `k` to `k + 2`: `ψ_{k+2}` is largest at `w = 0`, where it is `(k+2) log a`, or where `w² + a² = (k+2) w/(w+c)`.
//! There `w (w+c) < k+2`, so `w < v` with `v (v+c) = k+2`, and `w² + a² < (k+2) v/(v+c) = v²`. Hence `sup ψ_{k+2} <=
//! max((k+2) log a, sup ψ_k + log v²)`, `v = 2(k+2)/(c + √(c² + 4(k+2)))`.

use rug::Float;
use rug::float::Round;

use super::super::SHORT;
use super::Kernel;
use super::plan::{Segment, Shape};
use crate::number::{Ball, Mag};

/// A bound of the error of `f(0)/2 + Σ_{j>0} f(jh)`, from degree to degree.
#[derive(Debug)]
pub(super) struct Remainder {
    k: usize,
    a: Ball,
    /// Lower bound of `c`.
    least_c: f64,
    shape: Shape,
    c: Ball,
    /// `4 e^{a²/2}/(h |sin ca| (e^{2πa/h} - 1))`.
    factor: Mag,
    /// `e^{sup ψ}`.
    largest: Mag,
    /// `a^k`.
    power: Mag,
    /// When that was last found directly.
    fresh: usize,
    /// Each pole's part and its `y²`.
    poles: Vec<[Mag; 2]>,
}

impl Remainder {
    pub fn new(kernel: &Kernel, segment: &Segment, shape: Shape) -> Remainder {
        let a = short(segment.a);
        let c = kernel.c.with_precision(SHORT);
        let rate = Ball::pi(SHORT).shl(1) / short(segment.step.value());
        let damping = |y: &Ball| (&rate * y).exp() - Ball::from_integer(1, SHORT);
        let sine = (&c * &a).sin().mignitude();
        let below = damping(&a).mignitude() * short(segment.step.value()).mignitude() * sine;
        // A product of lower bounds, each rounded up by less than 2^-49.
        let below = below * Mag::from_f64(1.0 - 1e-14);
        let factor = a.square().shl(-1).exp().magnitude().shl(2).div_by_lower(below);
        let pole = |m: usize| {
            let y = kernel.s.with_precision(SHORT).mul_integer(2 * m as i64);
            // (4π/c)/(2h) = 4s/h.
            let four = &kernel.s.with_precision(SHORT).shl(2) / &short(segment.step.value());
            let size = &y.pow(segment.first as u64) * &y.square().shl(-1).exp();
            [(&(&four * &size) / &damping(&y)).magnitude(), y.square().magnitude()]
        };
        let spacing = kernel.s.with_precision(SHORT).shl(1);
        // Every pole with y <= a.
        let most = (&a / &spacing).upper().to_f64().clamp(0.0, 1e6) as usize;
        let poles = (1..=most).map(pole).collect();
        let least_c = Float::with_val_round(53, c.lower(), Round::Down).0.to_f64();
        let (k, power) = (segment.first, a.pow(segment.first as u64).magnitude());
        let mut out =
            Remainder { k, a, least_c, shape, c, factor, largest: Mag::ZERO, power, fresh: 0, poles };
        out.refresh();
        out
    }

    /// The bound for the present degree.
    pub fn bound(&self) -> Mag {
        let line = self.factor * (Mag::from_usize(self.k).sqrt() + Mag::pow2(1)) * self.largest;
        self.poles.iter().fold(line, |sum, pole| sum + pole[0])
    }

    /// On to `k + 2`.
    pub fn advance(&mut self) {
        self.k += 2;
        // Each of the seven operations is wrong by at most 2^-53 of its result, which the square doubles: 2e-15 in all.
        let (c, four) = (self.least_c, 4.0 * self.k as f64);
        let v = 0.5 * four / (c + (c * c + four).sqrt());
        self.power = self.power * self.a.square().magnitude();
        self.largest = (self.largest * Mag::from_f64(v * v * (1.0 + 4e-15))).max(self.power);
        for [size, square] in &mut self.poles {
            *size = *size * *square;
        }
    }

    /// Finds the maximum anew, unless it was not long ago.
    pub fn renew(&mut self) -> bool {
        let due = self.k > self.fresh + self.fresh / 16 + 3;
        if due {
            self.refresh();
        }
        due
    }

    fn refresh(&mut self) {
        self.fresh = self.k;
        let high = self.beyond();
        let low = self.before();
        let top = if high > low { high } else { low };
        self.largest = Ball::exact(top).exp().magnitude();
    }

    /// `sup ψ`, `w >= a`.
    fn beyond(&self) -> Float {
        let a = self.a.midpoint().to_f64();
        let (v, _) = self.shape.peak(self.k, a);
        let v = v.max(a);
        let w = short(v);
        let square = w.square() + self.a.square();
        let value = &(&square.ln().mul_integer(self.k as i64) - &w.square()).shl(-1) - &(&self.c * &w);
        let slope = &(&w.mul_integer(self.k as i64) / &square) - &(&w + &self.c);
        let falls = v == a && slope.upper() <= 0;
        if falls { value.upper() } else { (&value + &slope.square().shl(-1)).upper() }
    }

    /// `sup ψ`, `0 <= w <= a`.
    fn before(&self) -> Float {
        let square = self.a.square();
        let size = square.midpoint().to_f64();
        let at = short((self.k as f64 - size).clamp(0.0, size));
        let y = &at + &square;
        let value = &y.ln().mul_integer(self.k as i64) - &at;
        let slope = &(&Ball::from_integer(self.k as i64, SHORT) / &y) - &Ball::from_integer(1, SHORT);
        let ends = [-&at, &square - &at].map(|gap| (&value + &(&slope * &gap)).shl(-1).upper());
        let [left, right] = ends;
        if left > right { left } else { right }
    }
}

fn short(x: f64) -> Ball {
    Ball::exact(Float::with_val(SHORT, x))
}
