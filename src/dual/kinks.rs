//! The dual of a continuous, piecewise linear function near ρ = 1, without Hermite coefficients.
//!
//! Let `φ` have jumps `s_i` of its slope at `a_i`, `α_i = a_i/√q`. By Price's theorem `f''(ρ) = q Σ_ij s_i s_j n(α_i, α_j; ρ)`
//! with the density `n` of two normal variables of correlation ρ. With `t = 1 - ρ` the terms `i = j` are
//!
//! ```text
//! t^{-1/2} Σ_k h_k t^k,    Σ_k h_k t^k = Σ_i q s_i²/(2π) e^{-α_i²/(2-t)} (2-t)^{-1/2},
//! ```
//!
//! and those with `i ≠ j` have a factor `e^{-(α_i - α_j)²/(2t(2-t))}`, which is below every power of `t`. Without them
//!
//! ```text
//! f = f(1) - f'(1) t + Σ_k H_k t^{k+3/2},    H_k = h_k/((k+1/2)(k+3/2)).
//! ```
//!
//! About `ρ = a`, `b = 1 - a`, with `ρ = a + b y` it is `t = b (1 - y)`, and the coefficients of `(1 - y)^s` are binomial.
//! Those beyond `y^n` sum to `-[y^n] (1 - y)^{s-1}`, as all of them sum to zero. So nothing cancels however small `b` is.

use super::binomial::Expansion;
use crate::number::{Ball, Mag};

/// The largest `b`, as a power of two.
const LARGEST: i64 = -3;

/// More terms, and more kinks, are left to the Hermite coefficients.
const MOST_TERMS: usize = 2000;
const MOST_KINKS: usize = 32;

/// The expansion about `1 - b` up to `x^degree`, as [`Cut::expand`](super::binomial::Cut::expand) gives it, of a function
/// with these places and jumps of its slope, from `f(1)` and `f'(1)`; `None` where `b` is too large for it.
pub(crate) fn expansion(
    kinks: &[[Ball; 2]],
    q: &Ball,
    [moment, slope]: [&Ball; 2],
    b: &Ball,
    degree: usize,
    precision: u32,
) -> Option<Expansion> {
    let known = moment.is_finite() && slope.is_finite() && q.lower() > 0 && b.lower() > 0;
    if kinks.is_empty() || kinks.len() > MOST_KINKS || !known || b.magnitude() > Mag::pow2(LARGEST) {
        return None;
    }
    let q = &q.with_precision(precision);
    let kinks: Vec<Kink> = kinks.iter().map(|kink| Kink::new(kink, q)).collect();
    let first =
        Ball::sum(precision, &kinks.iter().map(|kink| &kink.weight * &kink.first()).collect::<Vec<_>>());
    // With |2 - t| >= 1/2 and Re 1/(2-t) >= 2/7 on |t| = 3/2, |h_k| <= size (2/3)^k.
    let size = kinks.iter().map(Kink::bound).fold(Mag::ZERO, |sum, bound| sum + bound);
    let count = terms(b, size, &first, precision)?;
    let others = others(&kinks, b);
    if others * Mag::from_usize(8 * (degree + 2)) > first.mignitude() * Mag::pow2(-i64::from(precision)) {
        return None;
    }
    let near = Near { h: coefficients(&kinks, count, precision), size, others, b, root: b.sqrt(), precision };
    Some(near.expansion(moment, slope, degree))
}

struct Kink {
    alpha: Ball,
    /// `√q s`.
    jump: Ball,
    /// `q s²/(2π)`.
    weight: Ball,
}

impl Kink {
    fn new([place, jump]: &[Ball; 2], q: &Ball) -> Kink {
        let root = q.sqrt();
        let jump = jump * &root;
        let weight = jump.square() / Ball::pi(q.precision()).shl(1);
        Kink { alpha: place / &root, jump, weight }
    }

    /// `e^{-α²/2} 2^{-1/2}`.
    fn first(&self) -> Ball {
        let half = Ball::from_integer(1, self.alpha.precision()).shl(-1);
        (-&(&self.alpha.square() * &half)).exp() * half.sqrt()
    }

    /// A bound of its part on `|t| = 3/2`, `√2 e^{-2α²/7}` times the weight.
    fn bound(&self) -> Mag {
        let decay = (-&self.alpha.square().mul_integer(2).div_integer(7)).exp();
        (self.weight.magnitude() * decay.magnitude()).shl(1)
    }
}

/// So many that what is left out, `(4b/3)^K` times the size, is small against the first.
fn terms(b: &Ball, size: Mag, first: &Ball, precision: u32) -> Option<usize> {
    let above = size.div_by_lower(first.mignitude()).log2_ceil()?.max(0) as f64;
    let each = -(4.0 / 3.0 * b.midpoint().to_f64().max(1e-300)).log2();
    let count = 2.0 + (f64::from(precision) + 16.0 + above) / each;
    (count < MOST_TERMS as f64).then_some(count as usize)
}

/// A bound `N` of the terms `i ≠ j`: for `|y| <= 1` they are at most `N b^{-1/2} |1 - y|^{-1/2}`, as `|2 - t| >= 1`, `0 <= Re
/// 1/(2-t) <= 1` and `Re 1/(t(2-t)) >= Re 1/(2t) = Re 1/(1-y) / (2b) >= 1/(4b)`.
fn others(kinks: &[Kink], b: &Ball) -> Mag {
    let mut sum = Mag::ZERO;
    for (i, x) in kinks.iter().enumerate() {
        for y in &kinks[..i] {
            let apart = (&x.alpha - &y.alpha).square() / b.shl(3);
            let product = &x.alpha * &y.alpha;
            let exponent = if product.lower() >= 0 { -&apart } else { -&(apart + product) };
            // For i, j and j, i; and 1/(2π) < 1/4.
            let size = (&x.jump * &y.jump).magnitude() * exponent.exp().magnitude();
            sum = sum + size.shl(-1);
        }
    }
    sum
}

/// `h_0 … h_{K-1}`. With `e(t) = e^{-α²/(2-t)} (2-t)^{-1/2}` it is `(2-t)² e' = (1 - α² - t/2) e`.
fn coefficients(kinks: &[Kink], count: usize, precision: u32) -> Vec<Ball> {
    let mut h = vec![Ball::zero(precision); count];
    for kink in kinks {
        let square = kink.alpha.square();
        let (mut before, mut now) = (Ball::zero(precision), &kink.weight * &kink.first());
        for (k, sum) in h.iter_mut().enumerate() {
            *sum = &*sum + &now;
            let k = k as i64;
            let factor = Ball::from_integer(4 * k + 1, precision) - &square;
            let next = (factor * &now - before.mul_integer(2 * k - 1).shl(-1)).div_integer(4 * (k + 1));
            before = std::mem::replace(&mut now, next);
        }
    }
    h
}

struct Near<'a> {
    h: Vec<Ball>,
    size: Mag,
    others: Mag,
    b: &'a Ball,
    root: Ball,
    precision: u32,
}

impl Near<'_> {
    fn expansion(&self, moment: &Ball, slope: &Ball, degree: usize) -> Expansion {
        let b = self.b;
        // Of the terms i ≠ j: on the real line at most N t^{-1/2}, which integrates to 2N √b, and then to 2N b^{3/2}.
        let other = self.others.shl(1);
        let chord = slope - &self.sum(degree, 1, Part::Chord).widened(other * self.root.magnitude());
        let zero = moment - &(b * &chord);
        let one = slope - &self.sum(degree, 1, Part::Slope).widened(other * self.root.magnitude());
        let mut terms = vec![zero, one];
        // [y^j] of the terms i ≠ j is b²/(j(j-1)) [y^{j-2}] of theirs in f'', at most 2N b^{-1/2}: the mean of |1 - y|^{-1/2}
        // over the circle is below 2.
        for j in 2..=degree + 1 {
            let wide = other
                * self
                    .root
                    .pow(3)
                    .magnitude()
                    .div_by_lower(Mag::from_float_lower(&rug::Float::with_val(64, j * (j - 1))));
            terms.push((self.sum(j, 3, Part::Term).widened(wide)) / b.pow(j as u64));
        }
        let slopes = terms.iter().enumerate().skip(1).map(|(j, d)| d.mul_integer(j as i64)).collect();
        terms.truncate(degree + 1);
        // Σ_{j>n} 1/(j(j-1)) = 1/n.
        let beyond = match degree {
            0 => b * &chord,
            _ => self.sum(degree, 3, Part::Beyond).widened(other * self.root.pow(3).magnitude()),
        };
        // Less those up to n: 2N √b of f'(a), and 2N √b/j for 1 <= j <= n.
        let wide = other * self.root.magnitude() * Mag::from_usize(degree + 1);
        let slopes_beyond = self.sum(degree, 1, Part::SlopesBeyond).widened(wide);
        Expansion { terms, beyond, slopes, slopes_beyond, chord }
    }

    /// `b^{m/2} Σ_k w_k b^k`. All factors of `h_k` are at most `2^{k+m/2}` for `k >= 1`, as the mean of `|1 - y|^s` over the
    /// circle is at most `2^s`; with `4b/3 <= 1/2` what is left out is at most `2 size (2b)^{m/2} (4b/3)^K`.
    fn sum(&self, n: usize, m: u64, part: Part) -> Ball {
        let Near { b, precision, .. } = *self;
        let weighted = |(k, h): (usize, &Ball)| {
            let k = k as i64;
            // Twice the exponents k + 1/2 and k + 3/2.
            let (low, high) = (2 * k + 1, 2 * k + 3);
            let of = |numerator: Ball, divisor: i64| (h * &numerator).div_integer(divisor);
            match part {
                Part::Chord => h.mul_integer(4).div_integer(low * high),
                Part::Slope => h.mul_integer(2).div_integer(low),
                Part::Term => of(binomial(high, n, precision).mul_integer(4), low * high),
                Part::Beyond => of(binomial(low, n, precision).mul_integer(-4), low * high),
                Part::SlopesBeyond => of(binomial(low - 2, n, precision).mul_integer(2), low),
            }
        };
        let list: Vec<Ball> = self.h.iter().enumerate().map(weighted).collect();
        let sum = list.iter().rev().fold(Ball::zero(precision), |sum, x| sum * b + x);
        let power = b.magnitude().shl(2).div_by_lower(Mag::from_float_lower(&rug::Float::with_val(64, 3)));
        let rest = self.size.shl(1) * b.magnitude().shl(1).sqrt().pow(m) * power.pow(self.h.len() as u64);
        (sum * self.root.pow(m)).widened(rest)
    }
}

#[derive(Clone, Copy)]
enum Part {
    /// `(f(1) - f(a))/b = f'(1) - Σ_k H_k b^{k+1/2}`.
    Chord,
    /// `f'(a) = f'(1) - Σ_k h_k b^{k+1/2}/(k+1/2)`.
    Slope,
    /// `d_n b^n`, `n >= 2`.
    Term,
    /// `Σ_{j>n} d_j b^j`, `n >= 1`.
    Beyond,
    /// `Σ_{j>n} (j+1) d_{j+1} b^j`.
    SlopesBeyond,
}

/// `[y^n] (1 - y)^{s/2}`.
fn binomial(s: i64, n: usize, precision: u32) -> Ball {
    (0..n as i64)
        .fold(Ball::from_integer(1, precision), |x, i| x.mul_integer(2 * i - s).div_integer(2 * (i + 1)))
}

#[cfg(test)]
mod tests;
