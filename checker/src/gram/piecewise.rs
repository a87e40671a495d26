//! Polynomials between finitely many breakpoints.
//!
//! `φ = Σ P(±x) 1[±x > a]` with thresholds `a >= 0` (or none), outward from 0. So it takes `M(i,j) = E[u^i v^j 1[u > a]
//! 1[v > b]]`, by Gaussian integration by parts: for `i >= 1` `M(i,j) = p ((i-1) M(i-2,j) + a^{i-1} E[δ(u-a) v^j
//! 1[v>b]]) + c (j M(i-1,j-1) + b^j E[δ(v-b) u^{i-1} 1[u>a]])`, likewise in `j`; `M(0,0)` is in `quadrant`. Where `u =
//! a`, `v` has the mean `ca/p` and the variance `(pq - c²)/p`.

use num_traits::{One, Signed, Zero};

use super::pair::Pair;
use super::quadrant;
use crate::activation::Activation;
use crate::expression::build::sum;
use crate::integer::BigRational;
use crate::interval::Interval;
use crate::polynomial::derivative;
use crate::rational::{rational, trimmed};

/// Largest degree, and most breakpoints.
const MAX_DEGREE: usize = 30;
const MAX_BREAKS: usize = 12;
/// Series are cheaper for many points: a pair of breakpoints at a pair of points takes about the twentieth part of the
/// moments of a point.
const MAX_PAIRS: usize = 50;

/// `P(y)` where `y > threshold`, for `y = x` or `y = -x`.
struct Term {
    negative: bool,
    threshold: Option<BigRational>,
    p: Vec<BigRational>,
}

pub(super) struct Piecewise {
    value: Vec<Term>,
    slope: Vec<Term>,
}

/// `P(-y)`.
fn reflected(p: &[BigRational]) -> Vec<BigRational> {
    p.iter().enumerate().map(|(i, c)| if i % 2 == 1 { -c } else { c.clone() }).collect()
}

fn product(a: &[BigRational], b: &[BigRational]) -> Vec<BigRational> {
    let mut out = vec![BigRational::zero(); (a.len() + b.len()).saturating_sub(1)];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            out[i + j] += x * y;
        }
    }
    out
}

/// `P(cy)`.
fn stretched(p: &[BigRational], c: &BigRational) -> Vec<BigRational> {
    p.iter().enumerate().map(|(i, x)| x * c.pow(i as i32)).collect()
}

/// `E[W^i 1[W > b]]` for `W` of this mean and variance: `T_0 = Q((b-m)/τ)`, `T_i = m T_{i-1} + τ² (i-1) T_{i-2} +
/// τ b^{i-1} g` with `g = e^{-(b-m)²/2τ²}/√(2π)`.
fn truncated(mean: &Interval, variance: &Interval, b: Option<&BigRational>, count: usize) -> Vec<Interval> {
    let prec = mean.prec;
    let one = Interval::integer(1, prec);
    let (first, b, edge) = match b {
        None => (one, Interval::zero(prec), Interval::zero(prec)),
        Some(b) => {
            let (b, tau) = (Interval::rational(b, prec), variance.sqrt());
            let x = b.sub(mean).div(&tau);
            let density = x.square().scaled(-1).neg().exp().div(&Interval::pi(prec).mul_integer(2).sqrt());
            (quadrant::upper_tail(&x), b, tau.mul(&density))
        }
    };
    let mut out = vec![first];
    let mut power = edge;
    for i in 1..count {
        let mut next = mean.mul(&out[i - 1]).add(&power);
        if i >= 2 {
            next = next.add(&variance.mul(&out[i - 2]).mul_integer(i as i64 - 1));
        }
        out.push(next);
        power = power.mul(&b);
    }
    out
}

/// A pair of variables with a threshold each.
struct Corner<'a> {
    p: &'a Interval,
    q: &'a Interval,
    c: &'a Interval,
    /// `pq - c²`.
    det: &'a Interval,
    a: Option<&'a BigRational>,
    b: Option<&'a BigRational>,
}

impl Corner<'_> {
    /// `E[δ(u-a) v^j 1[v>b]]` for `j < count`.
    fn boundary(&self, count: usize) -> Vec<Interval> {
        let prec = self.c.prec;
        let Some(a) = self.a else { return vec![Interval::zero(prec); count] };
        let a = Interval::rational(a, prec);
        let norm = Interval::pi(prec).mul_integer(2).mul(self.p).sqrt();
        let density = a.square().div(self.p).scaled(-1).neg().exp().div(&norm);
        let (mean, variance) = (self.c.mul(&a).div(self.p), self.det.div(self.p));
        truncated(&mean, &variance, self.b, count).iter().map(|m| m.mul(&density)).collect()
    }

    fn swapped(&self) -> Corner<'_> {
        Corner { p: self.q, q: self.p, c: self.c, det: self.det, a: self.b, b: self.a }
    }

    /// `P(u > a, v > b)`.
    fn probability(&self) -> Interval {
        let prec = self.c.prec;
        let standard = |a: &BigRational, p: &Interval| Interval::rational(a, prec).div(&p.sqrt());
        match (self.a, self.b) {
            (None, None) => Interval::integer(1, prec),
            (Some(a), None) => quadrant::upper_tail(&standard(a, self.p)),
            (None, Some(b)) => quadrant::upper_tail(&standard(b, self.q)),
            (Some(a), Some(b)) => {
                let beta = if self.c.is_zero() { self.c.clone() } else { self.c.over_root_atan(self.det) };
                quadrant::probability(&standard(a, self.p), &standard(b, self.q), &beta)
            }
        }
    }

    /// `M(i,j)` for `i < rows`, `j < columns`.
    fn moments(&self, rows: usize, columns: usize) -> Vec<Vec<Interval>> {
        let (p, q, c) = (self.p, self.q, self.c);
        let powers = |a: Option<&BigRational>, count: usize| -> Vec<Interval> {
            // Without a threshold there is no boundary, so that these numbers do not matter.
            let a = a.cloned().unwrap_or_else(BigRational::zero);
            (0..count).map(|i| Interval::rational(&a.pow(i as i32), c.prec)).collect()
        };
        let (at_u, at_v) = (self.boundary(columns), self.swapped().boundary(rows));
        let (of_a, of_b) = (powers(self.a, rows), powers(self.b, columns));
        let mut out: Vec<Vec<Interval>> = vec![];
        for i in 0..rows {
            let mut row: Vec<Interval> = vec![];
            for j in 0..columns {
                let entry = match (i, j) {
                    (0, 0) => self.probability(),
                    (0, _) => {
                        let mut own = of_b[j - 1].mul(&at_v[0]);
                        if j >= 2 {
                            own = own.add(&row[j - 2].mul_integer(j as i64 - 1));
                        }
                        q.mul(&own).add(&c.mul(&at_u[j - 1]))
                    }
                    _ => {
                        let mut own = of_a[i - 1].mul(&at_u[j]);
                        if i >= 2 {
                            own = own.add(&out[i - 2][j].mul_integer(i as i64 - 1));
                        }
                        let mut cross = of_b[j].mul(&at_v[i - 1]);
                        if j >= 1 {
                            cross = cross.add(&out[i - 1][j - 1].mul_integer(j as i64));
                        }
                        p.mul(&own).add(&c.mul(&cross))
                    }
                };
                row.push(entry);
            }
            out.push(row);
        }
        out
    }
}

/// `Σ a_i b_j M(i,j)`.
fn weighted(a: &[BigRational], b: &[BigRational], moments: &[Vec<Interval>], prec: u32) -> Interval {
    let mut sum = Interval::zero(prec);
    for (x, row) in a.iter().zip(moments) {
        for (y, moment) in b.iter().zip(row) {
            let factor = x * y;
            if !factor.is_zero() {
                sum = sum.add(&moment.mul(&Interval::rational(&factor, prec)));
            }
        }
    }
    sum
}

/// For `v = κu`: every product of two terms is a polynomial on a half-line, on the line, or nowhere.
fn proportional(terms: &[Term], q: &Interval, kappa: &BigRational) -> Interval {
    let (zero, size) = (Interval::zero(q.prec), kappa.abs());
    let mut total = zero.clone();
    for x in terms {
        for y in terms {
            let same = x.negative == (y.negative != kappa.is_negative());
            let (first, second) = (x.p.clone(), stretched(&y.p, &size));
            let limit = y.threshold.as_ref().map(|b| b / &size);
            let (threshold, p) = match (&x.threshold, limit) {
                _ if same => (
                    x.threshold.clone().max(y.threshold.as_ref().map(|b| b / &size)),
                    product(&first, &second),
                ),
                (Some(_), Some(_)) => continue,
                (_, None) => (x.threshold.clone(), product(&first, &reflected(&second))),
                // In the other one's variable.
                (None, limit) => (limit, product(&reflected(&first), &second)),
            };
            let moments = truncated(&zero, q, threshold.as_ref(), p.len());
            total = total.add(&weighted(&p, &[BigRational::one()], &column(moments), q.prec));
        }
    }
    total
}

fn column(moments: Vec<Interval>) -> Vec<Vec<Interval>> {
    moments.into_iter().map(|m| vec![m]).collect()
}

/// For `u = 0`: `φ(0) E[φ(v)]`, where φ does not jump there.
fn at_zero(terms: &[Term], q: &Interval) -> Interval {
    let mut value = BigRational::zero();
    for term in terms {
        let constant = term.p.first().cloned().unwrap_or_else(BigRational::zero);
        match &term.threshold {
            None => value += constant,
            Some(a) if a.is_zero() && !constant.is_zero() => return Interval::whole(q.prec),
            Some(_) => (),
        }
    }
    let value = Interval::rational(&value, q.prec);
    if q.is_zero() {
        return value.square();
    }
    let zero = Interval::zero(q.prec);
    let mean = terms.iter().fold(zero.clone(), |sum, term| {
        let moments = column(truncated(&zero, q, term.threshold.as_ref(), term.p.len()));
        sum.add(&weighted(&term.p, &[BigRational::one()], &moments, q.prec))
    });
    value.mul(&mean)
}

impl Piecewise {
    /// For so many points.
    pub(super) fn new(activation: &Activation, points: usize) -> Option<Piecewise> {
        let breaks = &activation.pieces.breaks;
        if breaks.is_empty()
            || breaks.len() > MAX_BREAKS
            || points.saturating_sub(1) * breaks.len().pow(2) > MAX_PAIRS
        {
            return None;
        }
        let polynomial = |form: &Option<_>| {
            let form: &crate::form::Form = form.as_ref()?;
            form.as_polynomial().filter(|p| p.len() <= MAX_DEGREE + 1)
        };
        let pieces: Vec<_> = activation.pieces.forms.iter().map(polynomial).collect::<Option<_>>()?;
        let middle = breaks.iter().filter(|b| b.is_negative()).count();
        let mut value = vec![Term { negative: false, threshold: None, p: trimmed(&pieces[middle]) }];
        for (i, b) in breaks.iter().enumerate() {
            let negative = i < middle;
            let (inner, outer) = if negative { (i + 1, i) } else { (i, i + 1) };
            let step = sum(&pieces[outer], &pieces[inner], -1);
            let p = trimmed(&if negative { reflected(&step) } else { step });
            value.push(Term { negative, threshold: Some(b.abs()), p });
        }
        let slope = |term: &Term| {
            let sign = rational(if term.negative { -1 } else { 1 });
            let p = derivative(&term.p).iter().map(|c| c * &sign).collect();
            Term { negative: term.negative, threshold: term.threshold.clone(), p }
        };
        Some(Piecewise { slope: value.iter().map(slope).collect(), value })
    }

    /// For `v = κu`.
    pub(super) fn proportional(&self, q: &Interval, kappa: &BigRational) -> Pair {
        if q.is_zero() {
            return (at_zero(&self.value, q), Interval::zero(q.prec));
        }
        (proportional(&self.value, q, kappa), proportional(&self.slope, q, kappa))
    }

    pub(super) fn pair(&self, p: &Interval, q: &Interval, c: &Interval) -> Pair {
        let prec = c.prec;
        match (p.is_zero(), q.is_zero()) {
            (true, _) => return (at_zero(&self.value, q), Interval::zero(prec)),
            (_, true) => return (at_zero(&self.value, p), Interval::zero(prec)),
            _ => (),
        }
        let det = p.mul(q).sub(&c.square()).max(&Interval::zero(prec));
        let minus = c.neg();
        let (mut value, mut slope) = (Interval::zero(prec), Interval::zero(prec));
        for (x, dx) in self.value.iter().zip(&self.slope) {
            for (y, dy) in self.value.iter().zip(&self.slope) {
                if x.p.is_empty() || y.p.is_empty() {
                    continue;
                }
                let c = if x.negative == y.negative { c } else { &minus };
                let (a, b) = (x.threshold.as_ref(), y.threshold.as_ref());
                let moments = Corner { p, q, c, det: &det, a, b }.moments(x.p.len(), y.p.len());
                value = value.add(&weighted(&x.p, &y.p, &moments, prec));
                slope = slope.add(&weighted(&dx.p, &dy.p, &moments, prec));
            }
        }
        (value, slope)
    }
}

#[cfg(test)]
mod tests;
