//! Hermite coefficients at one variance, by Taylor polynomials on short panels with explicit remainders.
//!
//! With `s = √q`, `H_k(x) = h_k(x/s) e^{-x²/2q}/√(2πq)` and `μ_k = ∫ φ H_k`. The Taylor coefficients of `H_k` are
//! known: `H_k^{(j)} = (-1/s)^j √((k+1)...(k+j)) H_{k+j}`. Cramér: `|h_k(z)| <= 1.0865 e^{z²/4}`, so
//! `|H_k(x)| <= 0.4335 e^{-z²/4}/s`.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::Pair;
use crate::activation::Activation;
use crate::expression::bounds::Majorant;
use crate::expression::jet::{Jet, mul};
use crate::interval::Interval;
use crate::rational::{ratio, rational};

/// Bits of the integrals; of the recurrence for the Hermite functions, which loses many.
const PRECISION: u32 = 128;
const RECURRENCE: u32 = 640;
/// Length of the Taylor polynomials.
const LENGTH: usize = 24;
/// Most Hermite coefficients.
const MAX_DEGREE: usize = 160;
/// Panels are halved at most so often.
const MAX_DEPTH: u32 = 10;

/// The Hermite coefficients at one variance.
pub(super) struct Moments {
    /// `μ_0, ..., μ_T`.
    mu: Vec<Interval>,
    /// `E[φ²]`, `E[φ'²]`.
    second: Interval,
    slope: Interval,
    /// Upper bounds of what Parseval leaves: `E[φ²] - Σ μ_k²`, and of `φ'`.
    rest: Interval,
    slope_rest: Interval,
    /// The coefficients `√((k+1)/q) μ_{k+1}` of `φ'`.
    nu: Vec<Interval>,
}

/// How many coefficients, for cosines of this size.
pub(super) fn length(cosine: f64) -> usize {
    let terms = 64.0 * std::f64::consts::LN_2 / -cosine.clamp(0.05, 0.999).ln();
    (terms.ceil() as usize).clamp(8, MAX_DEGREE)
}

/// `Σ_{k<=T} μ_k μ'_k ρ^k`, and for `φ'`; what is left is at most `|ρ|^{T+1} √(rest rest')` (Cauchy-Schwarz).
pub(super) fn pair(a: &Moments, b: &Moments, cosine: &Interval, tangent: bool) -> Pair {
    let rho = cosine.at(PRECISION);
    let value = series(&a.mu, &b.mu, &rho, &a.rest, &b.rest);
    let slope = if tangent {
        series(&a.nu, &b.nu, &rho, &a.slope_rest, &b.slope_rest)
    } else {
        Interval::zero(PRECISION)
    };
    (value, slope)
}

fn series(a: &[Interval], b: &[Interval], rho: &Interval, rest: &Interval, other: &Interval) -> Interval {
    let sum = a.iter().zip(b).rev().fold(Interval::zero(PRECISION), |s, (x, y)| s.mul(rho).add(&x.mul(y)));
    let size = rho.power(a.len() as i32).abs().mul(&rest.mul(other).sqrt());
    match size.magnitude() {
        Some(size) => sum.widened(&size),
        None => Interval::whole(PRECISION),
    }
}

impl Moments {
    /// `None` where the integrals are not enclosed.
    pub(super) fn new(
        a: &Activation,
        q: &Interval,
        degree: usize,
        tangent: bool,
        work: u64,
    ) -> Option<Moments> {
        let q = q.at(RECURRENCE.max(q.prec));
        if q.is_zero() {
            return Moments::at_zero(a, degree);
        }
        if !q.is_positive() || q.hi.is_none() {
            return None;
        }
        let mut integrals = Integrals::new(a, &q, degree, tangent)?;
        integrals.work = work;
        integrals.run()?;
        Some(integrals.finish(&q))
    }

    /// For the variance 0: the value at 0 is all there is; the derivative is not used there.
    fn at_zero(a: &Activation, degree: usize) -> Option<Moments> {
        let zero = Interval::zero(PRECISION);
        let value = a.expression.value(&BigRational::zero(), PRECISION)?;
        let mu = std::iter::once(value.clone()).chain(std::iter::repeat_n(zero.clone(), degree)).collect();
        let nu = vec![zero.clone(); degree];
        Some(Moments {
            mu,
            second: value.square(),
            slope: zero.clone(),
            rest: zero.clone(),
            slope_rest: zero,
            nu,
        })
    }

    pub(super) fn diagonal(&self) -> Pair {
        (self.second.clone(), self.slope.clone())
    }
}

struct Integrals<'a> {
    activation: &'a Activation,
    degree: usize,
    tangent: bool,
    /// `√q` at both precisions.
    s: Interval,
    s_long: Interval,
    /// `√(k+1)` for the recurrence.
    roots: Vec<Interval>,
    /// `√((k+1)...(k+j))/j!`.
    factors: Vec<Vec<Interval>>,
    mu: Vec<Interval>,
    second: Interval,
    slope: Interval,
    work: u64,
}

/// A Taylor polynomial on `[c - h, c + h]` in `τ = t/h`, and a bound of the remainder there.
struct Model {
    terms: Jet,
    /// `∫_{-1}^1 Σ_i a_i τ^{i+j} dτ` for every `j`.
    weights: Vec<Interval>,
    rest: Interval,
}

impl Model {
    fn new(point: &[Interval], wide: &[Interval], h: &Interval) -> Model {
        let mut power = Interval::integer(1, PRECISION);
        let mut terms = vec![];
        for a in point.iter().take(LENGTH) {
            terms.push(a.mul(&power));
            power = power.mul(h);
        }
        // The integral is 2/(i+j+1) for even i+j, else 0.
        let weight = |j: usize| {
            (j % 2..LENGTH).step_by(2).fold(Interval::zero(PRECISION), |s, i| {
                s.add(&terms[i].mul_integer(2).div_integer((i + j + 1) as u64))
            })
        };
        Model { weights: (0..LENGTH).map(weight).collect(), rest: wide[LENGTH].mul(&power).abs(), terms }
    }
}

impl<'a> Integrals<'a> {
    fn new(activation: &'a Activation, q: &Interval, degree: usize, tangent: bool) -> Option<Integrals<'a>> {
        activation.bounds.size.as_ref()?;
        if tangent && !activation.has_derivative() {
            return None;
        }
        let s_long = q.sqrt().at(RECURRENCE);
        let whole = |n: usize, prec: u32| Interval::integer(n as i64, prec);
        let factors = (0..=degree)
            .map(|k| {
                let mut out = vec![whole(1, PRECISION)];
                for j in 1..=LENGTH {
                    let last = &out[j - 1];
                    out.push(last.mul(&whole(k + j, PRECISION).sqrt()).div_integer(j as u64));
                }
                out
            })
            .collect();
        Some(Integrals {
            activation,
            degree,
            tangent,
            s: s_long.at(PRECISION),
            s_long,
            roots: (0..=degree + LENGTH + 1).map(|k| whole(k, RECURRENCE).sqrt()).collect(),
            factors,
            mu: vec![Interval::zero(PRECISION); degree + 1],
            second: Interval::zero(PRECISION),
            slope: Interval::zero(PRECISION),
            work: 0,
        })
    }

    fn run(&mut self) -> Option<()> {
        let scale = self.s.upper()?;
        let size = self.activation.bounds.size.clone()?;
        let slope = self.activation.bounds.slope.clone().filter(|_| self.tangent);
        let rate = slope.as_ref().map_or(&size.rate, |m| (&m.rate).max(&size.rate));
        // Far enough that e^{-z²/2} outweighs e^{2a|x|}.
        let reach = (rational(13) + rate * &scale * rational(2)).ceil();
        if reach > rational(400) {
            return None;
        }
        // Dyadic numbers near √q/8 for the panels.
        let step = BigRational::new((&scale * rational(1 << 20)).ceil().to_integer(), BigInt::one() << 23);
        let edge = &step * (&reach * rational(8)).ceil();
        let mut ends: Vec<BigRational> = vec![];
        let mut at = -&edge;
        while at <= edge {
            ends.push(at.clone());
            at += &step;
        }
        let inner = self.activation.pieces.breaks.iter().filter(|b| b.abs() < edge).cloned();
        ends.extend(inner);
        ends.sort();
        ends.dedup();
        for pair in ends.windows(2) {
            self.panel(&pair[0], &pair[1], 0)?;
        }
        self.tails(&size, slope.as_ref(), &edge)
    }

    /// `∫_{|x|>X} f² <= C² e^{by - y²/2}` for `|f| <= C e^{a|x|}`, with `y = X/s`, `b = 2as`, `y >= b`: it is
    /// `2C² e^{b²/2} Q(y-b)`, and `Q(t) <= e^{-t²/2}/2`. The tail of `μ_k` is at most its root (Cauchy-Schwarz).
    fn tails(&mut self, size: &Majorant, slope: Option<&Majorant>, edge: &BigRational) -> Option<()> {
        let y = Interval::rational(edge, PRECISION).div(&self.s);
        let tail = |m: &Majorant| {
            let b = Interval::rational(&(&m.rate * rational(2)), PRECISION).mul(&self.s);
            if !y.sub(&b).is_non_negative() {
                return None;
            }
            let c2 = Interval::rational(&(&m.constant * &m.constant), PRECISION);
            let exponent = b.mul(&y).sub(&y.square().scaled(-1));
            Some(c2.mul(&exponent.exp()))
        };
        let zero = Interval::zero(PRECISION);
        let bound = tail(size)?;
        let root = bound.sqrt().magnitude()?;
        let slope_bound = match slope {
            Some(m) => tail(m)?,
            None => zero.clone(),
        };
        self.second = self.second.add(&zero.hull(&bound));
        self.slope = self.slope.add(&zero.hull(&slope_bound));
        self.mu.iter_mut().for_each(|mu| *mu = mu.widened(&root));
        Some(())
    }

    /// Adds the integrals over a panel, or over its halves where the remainder is large.
    fn panel(&mut self, low: &BigRational, high: &BigRational, depth: u32) -> Option<()> {
        let steps = (self.degree as u64 + 10) * LENGTH as u64 * 2;
        self.work = self.work.checked_sub(steps)?;
        let half = (high - low) * ratio(1, 2);
        let middle = (low + high) * ratio(1, 2);
        let region = Interval::between(Some(low), Some(high), PRECISION);
        let inside = Interval::rational(&middle, PRECISION);
        let point = self.activation.expression.jet(&inside, LENGTH + 2);
        let wide = self.activation.expression.jet(&region, LENGTH + 2);
        let both = point.zip(wide);
        let h = Interval::rational(&half, PRECISION);
        let models = both.map(|(p, w)| self.models(&p, &w, &h));
        // The remainder's size is compared with a unit that is small beside the results.
        let unit = BigInt::one() << (PRECISION - 84);
        let fine =
            models.as_ref().is_some_and(|m| m.iter().all(|m| m.rest.magnitude().is_some_and(|r| r <= unit)));
        if !fine && depth < MAX_DEPTH {
            self.panel(low, &middle, depth + 1)?;
            return self.panel(&middle, high, depth + 1);
        }
        let models = models?;
        if models.iter().any(|m| !m.rest.is_finite() || m.terms.iter().any(|t| !t.is_finite())) {
            return None;
        }
        self.integrate(&models, &inside, &region, &h)
    }

    /// `φ`, `φ²` and `φ'²` as Taylor models.
    fn models(&self, point: &Jet, wide: &Jet, h: &Interval) -> Vec<Model> {
        let slope = |jet: &Jet| -> Jet { (1..jet.len()).map(|i| jet[i].mul_integer(i as i64)).collect() };
        let mut out = vec![Model::new(point, wide, h), Model::new(&mul(point, point), &mul(wide, wide), h)];
        if self.tangent {
            let (p, w) = (slope(point), slope(wide));
            out.push(Model::new(&mul(&p, &p), &mul(&w, &w), h));
        }
        out
    }

    fn integrate(
        &mut self,
        models: &[Model],
        middle: &Interval,
        region: &Interval,
        h: &Interval,
    ) -> Option<()> {
        let values = self.hermite_values(middle);
        // |H_k| <= 0.4335 e^{-z²/4}/s on the panel.
        let z = region.abs().div(&self.s);
        let cramer = Interval::rational(&ratio(4335, 10_000), PRECISION);
        let most = cramer.mul(&z.square().scaled(-2).neg().exp()).div(&self.s);
        // (-h/s)^j.
        let ratio = h.div(&self.s).neg();
        let mut powers = vec![Interval::integer(1, PRECISION)];
        for j in 0..LENGTH {
            powers.push(powers[j].mul(&ratio));
        }
        let shared = Shared { values, powers, most, h: h.clone() };
        for k in 0..=self.degree {
            self.mu[k] = self.mu[k].add(&shared.integral(&models[0], k, &self.factors[k])?);
        }
        self.second = self.second.add(&shared.integral(&models[1], 0, &self.factors[0])?);
        if let Some(model) = models.get(2) {
            self.slope = self.slope.add(&shared.integral(model, 0, &self.factors[0])?);
        }
        Some(())
    }

    /// `H_m` at the middle, for `m <= degree + LENGTH`: `√(m+1) h_{m+1} = z h_m - √m h_{m-1}`.
    fn hermite_values(&self, middle: &Interval) -> Vec<Interval> {
        let z = middle.at(RECURRENCE).div(&self.s_long);
        let weight = z.square().scaled(-1).neg().exp().div(&Interval::pi(RECURRENCE).mul_integer(2).sqrt());
        let mut last = Interval::zero(RECURRENCE);
        let mut this = weight.div(&self.s_long);
        let mut out = vec![];
        for m in 0..=self.degree + LENGTH {
            out.push(this.at(PRECISION));
            let next = z.mul(&this).sub(&self.roots[m].mul(&last)).div(&self.roots[m + 1]);
            (last, this) = (this, next);
        }
        out
    }

    fn finish(self, q: &Interval) -> Moments {
        let q = q.at(PRECISION);
        let zero = Interval::zero(PRECISION);
        let nu: Vec<Interval> = (1..=self.degree)
            .map(|k| Interval::integer(k as i64, PRECISION).div(&q).sqrt().mul(&self.mu[k]))
            .collect();
        let rest = |second: &Interval, list: &[Interval]| {
            list.iter().fold(second.clone(), |r, mu| r.sub(&mu.square())).max(&zero)
        };
        let (rest, slope_rest) = (rest(&self.second, &self.mu), rest(&self.slope, &nu));
        Moments {
            second: self.second.max(&zero),
            slope: self.slope.max(&zero),
            mu: self.mu,
            rest,
            slope_rest,
            nu,
        }
    }
}

/// What the integrals over one panel share.
struct Shared {
    values: Vec<Interval>,
    powers: Vec<Interval>,
    most: Interval,
    h: Interval,
}

impl Shared {
    /// `∫ f H_k` over the panel, with `t = hτ`: `f = Σ a_i τ^i + A τ^n`, `H_k = Σ b_j τ^j + B τ^n`.
    fn integral(&self, f: &Model, k: usize, factors: &[Interval]) -> Option<Interval> {
        let b = |j: usize| self.values[k + j].mul(&self.powers[j]).mul(&factors[j]);
        let sum = (0..LENGTH).fold(Interval::zero(PRECISION), |s, j| s.add(&b(j).mul(&f.weights[j])));
        let length = LENGTH as u64 + 1;
        // |∫ A τ^n H_k| <= |A| max|H_k| 2/(n+1).
        let first = f.rest.mul(&self.most);
        // |∫ Σ a_i τ^i B τ^n| <= Σ|a_i| |B| 2/(n+1), |B| <= (h/s)^n √((k+1)...(k+n))/n! max|H_{k+n}|.
        let size = f.terms.iter().fold(Interval::zero(PRECISION), |s, a| s.add(&a.abs()));
        let second = size.mul(&self.powers[LENGTH].abs()).mul(&factors[LENGTH]).mul(&self.most);
        let error = first.add(&second).mul_integer(2).div_integer(length);
        Some(sum.widened(&error.magnitude()?).mul(&self.h))
    }
}
