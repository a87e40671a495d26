//! A polynomial on each half of the line: steps, powers of ReLU and their like.
//!
//! `M(i,j) = E[u₊^i v₊^j]` by Gaussian integration by parts, `M(i,j) = p ((i-1) M(i-2,j) or, for i = 1, E[δ(u) v₊^j]) +
//! c (j M(i-1,j-1) or, for j = 0, E[δ(v) u₊^{i-1}])` for `i >= 1`, likewise in `j`, and `M(0,0) = 1/4 + asin(ρ)/(2π)`.
//! With `u = 0`, `v` has the variance `(pq - c²)/p`.

use num_traits::{Signed, Zero};

use super::pair::Pair;
use crate::activation::Activation;
use crate::enclosure::Enclosure;
use crate::integer::BigRational;
use crate::interval::Interval;
use crate::polynomial::derivative;
use crate::rational::trimmed;

/// Largest degree.
const MAX_DEGREE: usize = 60;

/// `R(x)` for `x > 0` and `L(-x)` for `x < 0`.
struct Halves {
    right: Vec<BigRational>,
    left: Vec<BigRational>,
}

pub(super) struct Half {
    value: Halves,
    slope: Halves,
}

/// `E[(τW)₊^i]` without the power of `τ`: `m_0 = 1/2`, `m_1 = 1/√(2π)`, `m_i = (i-1) m_{i-2}`.
fn half_moments(count: usize, prec: u32) -> Vec<Interval> {
    let one = Interval::integer(1, prec);
    let mut out = vec![one.scaled(-1), one.div(&Interval::pi(prec).mul_integer(2).sqrt())];
    for i in 2..count {
        out.push(out[i - 2].mul_integer(i as i64 - 1));
    }
    out
}

/// `M(i,j)` for `i, j <= degree`.
fn table(p: &Interval, q: &Interval, c: &Interval, degree: usize) -> Vec<Vec<Interval>> {
    let prec = c.prec;
    let (zero, one) = (Interval::zero(prec), Interval::integer(1, prec));
    let det = p.mul(q).sub(&c.square()).max(&zero);
    let two_pi = Interval::pi(prec).mul_integer(2);
    let moments = half_moments(degree + 1, prec);
    // E[δ(u) v₊^j] and E[δ(v) u₊^i].
    let boundary = |own: &Interval| {
        let (density, tau) = (one.div(&two_pi.mul(own).sqrt()), det.div(own).sqrt());
        (0..=degree).map(|j| density.mul(&moments[j]).mul(&tau.power(j as i32))).collect::<Vec<_>>()
    };
    let (at_u, at_v) = (boundary(p), boundary(q));
    let asin = if c.is_zero() { zero.clone() } else { c.over_root_atan(&det) };
    let mut out = vec![vec![zero; degree + 1]; degree + 1];
    out[0][0] = one.scaled(-2).add(&asin.div(&two_pi));
    for j in 1..=degree {
        let own = if j == 1 { at_v[0].clone() } else { out[0][j - 2].mul_integer(j as i64 - 1) };
        out[0][j] = q.mul(&own).add(&c.mul(&at_u[j - 1]));
    }
    for i in 1..=degree {
        for j in 0..=degree {
            let own = if i == 1 { at_u[j].clone() } else { out[i - 2][j].mul_integer(i as i64 - 1) };
            let cross = if j == 0 { at_v[i - 1].clone() } else { out[i - 1][j - 1].mul_integer(j as i64) };
            out[i][j] = p.mul(&own).add(&c.mul(&cross));
        }
    }
    out
}

impl Halves {
    fn derivative(&self) -> Halves {
        // d/dx L(-x) = -L'(-x).
        let minus = |c: &BigRational| -c;
        Halves { right: derivative(&self.right), left: derivative(&self.left).iter().map(minus).collect() }
    }

    fn expectation(&self, p: &Interval, q: &Interval, c: &Interval) -> Interval {
        let degree = self.right.len().max(self.left.len()).max(1) - 1;
        let (same, opposite) = (table(p, q, c, degree), table(p, q, &c.neg(), degree));
        let sum = |a: &[BigRational], b: &[BigRational], table: &[Vec<Interval>]| {
            let mut sum = Interval::zero(c.prec);
            for (i, x) in a.iter().enumerate() {
                for (j, y) in b.iter().enumerate() {
                    let factor = x * y;
                    if !factor.is_zero() {
                        sum = sum.add(&table[i][j].mul(&Interval::rational(&factor, c.prec)));
                    }
                }
            }
            sum
        };
        let (right, left) = (&self.right, &self.left);
        sum(right, right, &same)
            .add(&sum(left, left, &same))
            .add(&sum(right, left, &opposite))
            .add(&sum(left, right, &opposite))
    }

    /// For `v = κu`, on the line where both lie: `E[u₊^i v₊^j] = κ^j m_{i+j} q^{(i+j)/2}` for `κ > 0`, and with a half
    /// of the other side for `κ < 0`.
    fn proportional(&self, q: &Interval, kappa: &BigRational) -> Interval {
        let size = kappa.abs();
        let others = if kappa.is_negative() { [&self.left, &self.right] } else { [&self.right, &self.left] };
        let count = 2 * self.right.len().max(self.left.len()) + 1;
        let (moments, root) = (half_moments(count, q.prec), q.sqrt());
        let mut sum = Interval::zero(q.prec);
        for (a, b) in [&self.right, &self.left].into_iter().zip(others) {
            // Exact coefficients of the product come first: they cancel without a loss.
            let mut product = vec![BigRational::zero(); count];
            for (i, x) in a.iter().enumerate() {
                for (j, y) in b.iter().enumerate() {
                    product[i + j] += x * y * size.pow(j as i32);
                }
            }
            for (k, c) in product.iter().enumerate().filter(|(_, c)| !c.is_zero()) {
                let power = if k % 2 == 0 { q.power(k as i32 / 2) } else { root.power(k as i32) };
                sum = sum.add(&Interval::rational(c, q.prec).mul(&moments[k]).mul(&power));
            }
        }
        sum
    }

    /// For `u = 0`: `φ(0) E[φ(v)]`, where φ does not jump there.
    fn at_zero(&self, q: &Interval) -> Interval {
        let constant = |p: &[BigRational]| p.first().cloned().unwrap_or_else(BigRational::zero);
        let value = constant(&self.right);
        if value != constant(&self.left) {
            return Interval::whole(q.prec);
        }
        let value = Interval::rational(&value, q.prec);
        if q.is_zero() {
            return value.square();
        }
        let count = self.right.len().max(self.left.len());
        let (moments, root) = (half_moments(count, q.prec), q.sqrt());
        let mean = |p: &[BigRational]| {
            p.iter().enumerate().fold(Interval::zero(q.prec), |s, (i, a)| {
                s.add(&Interval::rational(a, q.prec).mul(&moments[i]).mul(&root.power(i as i32)))
            })
        };
        value.mul(&mean(&self.right).add(&mean(&self.left)))
    }
}

impl Half {
    pub(super) fn new(activation: &Activation) -> Option<Half> {
        let pieces = &activation.pieces;
        let one_break = matches!(pieces.breaks.as_slice(), [zero] if zero.is_zero());
        let polynomial = |i: usize| {
            let p = trimmed(&pieces.forms.get(i)?.as_ref()?.as_polynomial()?);
            (p.len() <= MAX_DEGREE + 1).then_some(p)
        };
        if !one_break {
            return None;
        }
        let mut left = polynomial(0)?;
        left.iter_mut().skip(1).step_by(2).for_each(|c| *c = -&*c);
        let value = Halves { right: polynomial(1)?, left };
        Some(Half { slope: value.derivative(), value })
    }

    /// For `v = κu`: `E[uv]² = E[u²] E[v²]`, and a root of their difference would be all rounding.
    pub(super) fn proportional(&self, q: &Interval, kappa: &BigRational) -> Pair {
        if q.is_zero() {
            return (self.value.at_zero(q), Interval::zero(q.prec));
        }
        (self.value.proportional(q, kappa), self.slope.proportional(q, kappa))
    }

    pub(super) fn pair(&self, p: &Interval, q: &Interval, c: &Interval) -> Pair {
        match (p.is_zero(), q.is_zero()) {
            (true, _) => (self.value.at_zero(q), Interval::zero(c.prec)),
            (_, true) => (self.value.at_zero(p), Interval::zero(c.prec)),
            _ => (self.value.expectation(p, q, c), self.slope.expectation(p, q, c)),
        }
    }
}
