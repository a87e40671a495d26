//! Hermite coefficients `μ_k = E[φ(√q Z) h_k(Z)]` at one variance, and what Parseval's sums leave.

use num_traits::{One, Signed, ToPrimitive, Zero};

use super::Pair;
use super::panels::{Integrands, Panels};
use crate::activation::Activation;
use crate::enclosure::Enclosure;
use crate::expression::bounds::{Bounds, Majorant};
use crate::expression::jet::{Jet, mul};
use crate::form::Form;
use crate::integer::{BigInt, BigRational};
use crate::interval::Interval;
use crate::rational::rational;
use crate::work;

/// Bits of the integrals.
pub(super) const PRECISION: u32 = 128;

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

/// Bits of a result that nothing else is derived from.
const FULL: u32 = 84;

/// How much is computed.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Effort {
    /// Bits of the expectations, beside their size.
    pub(crate) bits: u32,
    /// Most terms of Hermite series.
    pub(crate) terms: usize,
}

/// How many coefficients, for cosines of this size.
pub(super) fn length(cosine: f64, effort: Effort, most: usize) -> usize {
    let most = most.min(effort.terms);
    let terms = f64::from(effort.bits) * std::f64::consts::LN_2 / -cosine.clamp(0.05, 0.9999).ln();
    (terms.ceil() as usize).clamp(8.min(most), most)
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

/// `φ(x) φ(κx)`, and with `φ'`; for the moments `φ(x)` before them, and `κ = 1`.
struct Products<'a> {
    activation: &'a Activation,
    /// Almost everywhere, for a Gaussian of this variance.
    bounds: Bounds,
    /// The pieces that are polynomials, whose Taylor coefficients need no decisions.
    polynomials: Vec<Option<Vec<BigRational>>>,
    kappa: BigRational,
    alone: bool,
    tangent: bool,
}

/// `C e^{a|x|}`.
fn on(m: &Majorant, x: &Interval) -> Interval {
    let rate = Interval::rational(&m.rate, x.prec);
    Interval::rational(&m.constant, x.prec).mul(&rate.mul(&x.abs()).exp())
}

/// So many standard deviations that what lies beyond is small: `e^{-z²/2}` outweighs `e^{a(1+κ)|x|}`.
fn reach(bounds: &Bounds, s: &BigRational, kappa: &BigRational, tangent: bool) -> Option<BigRational> {
    let size = &bounds.size.as_ref()?.rate;
    let slope = bounds.slope.as_ref().filter(|_| tangent);
    let rate = slope.map_or(size, |m| (&m.rate).max(size));
    let reach = (rational(13) + rate * s * (rational(1) + kappa.abs())).ceil();
    (reach <= rational(50)).then_some(reach)
}

/// Rounded up to some bits, so that the panels' ends are short.
fn coarse(s: &BigRational) -> BigRational {
    let scale = BigRational::new(BigInt::one() << 12u32, BigInt::one());
    let size = s.denom().bits() as i32 - s.numer().bits() as i32;
    let power = rational(2).pow(size) * scale;
    (s * &power).ceil() / power
}

/// The largest degree for which the recurrence's numbers fit at every one of the variances.
pub(super) fn most_degree(a: &Activation, variances: &[Interval], tangent: bool) -> Option<usize> {
    let mut most = usize::MAX;
    for q in variances.iter().filter(|q| !q.is_zero()) {
        let s = q.sqrt().upper()?;
        let bounds = a.expression.bounds_near(&s);
        let reach = reach(&bounds, &s, &rational(1), tangent)?.to_integer().to_u32()?;
        most = most.min((super::hermite::RANGE - 4 - reach).pow(2) as usize);
    }
    Some(most)
}

/// Taylor coefficients of a polynomial, by repeated division.
fn polynomial_jet<E: Enclosure>(p: &[BigRational], x: &E, slope: &E, len: usize) -> Jet<E> {
    work::charge(E::COST * (p.len() * len.min(p.len())) as u64);
    let mut rest: Jet<E> = p.iter().map(|c| x.like_rational(c)).collect();
    let mut out = vec![];
    let mut power = x.like_integer(1);
    while out.len() < len && !rest.is_empty() {
        for i in (0..rest.len() - 1).rev() {
            rest[i] = rest[i].add(&x.mul(&rest[i + 1]));
        }
        out.push(rest.remove(0).mul(&power));
        power = power.mul(slope);
    }
    out.resize(len, x.like_integer(0));
    out
}

impl Products<'_> {
    fn new<'a>(
        a: &'a Activation,
        q: &Interval,
        kappa: BigRational,
        alone: bool,
        tangent: bool,
    ) -> Option<Products<'a>> {
        let polynomial = |form: &Option<Form>| form.as_ref().and_then(Form::as_polynomial);
        let polynomials = a.pieces.forms.iter().map(polynomial).collect();
        let bounds = a.expression.bounds_near(&q.sqrt().upper()?);
        Some(Products { activation: a, bounds, polynomials, kappa, alone, tangent })
    }

    fn product<E: Enclosure>(&self, a: &Jet<E>, b: &Jet<E>) -> Jet<E> {
        if !self.alone {
            return mul(a, b);
        }
        // A square, every mixed product once.
        work::charge(E::COST * (a.len() * a.len() / 2) as u64);
        let coefficient = |n: usize| {
            let half = (0..n.div_ceil(2)).fold(a[0].like_integer(0), |s, i| s.add(&a[i].mul(&a[n - i])));
            if n.is_multiple_of(2) { half.scaled(1).add(&a[n / 2].square()) } else { half.scaled(1) }
        };
        (0..a.len()).map(coefficient).collect()
    }

    /// Of φ on a part of a panel, which no break divides: so the piece around its middle is all of it.
    fn jet<E: Enclosure>(&self, x: &E, slope: &E, len: usize) -> Option<Jet<E>> {
        let middle = x.middle()?;
        let breaks = &self.activation.pieces.breaks;
        let piece = breaks.iter().filter(|b| **b < middle).count();
        match &self.polynomials[piece] {
            Some(p) => Some(polynomial_jet(p, x, slope, len)),
            None => self.activation.expression.jet(x, slope, len),
        }
    }
}

impl Integrands for Products<'_> {
    fn jets<E: Enclosure>(&self, x: &E, slope: &E, len: usize) -> Option<Vec<Jet<E>>> {
        let more = len + usize::from(self.tangent);
        let first = self.jet(x, slope, more)?;
        let second = if self.alone {
            None
        } else {
            let kappa = x.like_rational(&self.kappa);
            Some(self.jet(&kappa.mul(x), &kappa.mul(slope), more)?)
        };
        let second = second.as_ref().unwrap_or(&first);
        let cut = |jet: &Jet<E>| jet[..len].to_vec();
        let mut out = if self.alone { vec![cut(&first)] } else { vec![] };
        out.push(self.product(&cut(&first), &cut(second)));
        if self.tangent {
            // d/dτ φ(x + slope τ) = slope φ'.
            let prime = |jet: &Jet<E>, scale: &E| -> Jet<E> {
                (1..=len).map(|i| jet[i].mul_integer(i as i64).div(scale)).collect()
            };
            let kappa = x.like_rational(&self.kappa).mul(slope);
            out.push(self.product(&prime(&first, slope), &prime(second, &kappa)));
        }
        Some(out)
    }

    fn values(&self, region: &Interval) -> Option<Vec<Interval>> {
        let expression = &self.activation.expression;
        let scaled = Interval::rational(&self.kappa, region.prec).mul(region);
        let value = |x: &Interval| {
            Some(expression.ranges(x).swap_remove(expression.root)).filter(Interval::is_finite)
        };
        let first = value(region)?;
        let mut out = if self.alone { vec![first.clone()] } else { vec![] };
        out.push(first.mul(&value(&scaled)?));
        if self.tangent {
            let slope = self.bounds.slope.as_ref()?;
            let size = on(slope, region).mul(&on(slope, &scaled));
            out.push(size.neg().hull(&size));
        }
        Some(out)
    }
}

impl Products<'_> {
    /// The integrals over the whole line, with tails: `∫_{|x|>X} f g <= C² e^{by - y²/2}` for `|f| <= C e^{a|x|}`, `|g|
    /// <= C e^{aκ|x|}`, `y = X/s`, `b = (1+κ) a s`, `y >= b`: it is `2C² e^{b²/2} Q(y-b)`, and `Q(t) <= e^{-t²/2}/2`.
    fn integrate(&self, q: &Interval, degree: usize, bits: u32) -> Option<Panels<'_, Self>> {
        let bounds = &self.bounds;
        let size = bounds.size.as_ref()?;
        if self.tangent && !self.activation.has_derivative() {
            return None;
        }
        let slope = bounds.slope.as_ref().filter(|_| self.tangent);
        let count = usize::from(self.alone) + 1 + usize::from(self.tangent);
        let mut panels = Panels::new(self, count, q, degree, bits);
        let scale = panels.s().upper()?;
        let reach = reach(bounds, &scale, &self.kappa, self.tangent)?;
        let both = rational(1) + self.kappa.abs();
        let step = coarse(&scale);
        let edge = &step * reach;
        let mut breaks = self.activation.pieces.breaks.clone();
        if !self.alone {
            let moved: Vec<BigRational> = breaks.iter().map(|b| b / &self.kappa).collect();
            breaks.extend(moved);
        }
        panels.run(&step, &edge, &breaks)?;
        let y = Interval::rational(&edge, PRECISION).div(panels.s());
        let tail = |m: &Majorant| {
            let b = Interval::rational(&(&m.rate * &both), PRECISION).mul(panels.s());
            if !y.sub(&b).is_non_negative() {
                return None;
            }
            let c2 = Interval::rational(&(&m.constant * &m.constant), PRECISION);
            let exponent = b.mul(&y).sub(&y.square().scaled(-1));
            Some(c2.mul(&exponent.exp()))
        };
        let bound = tail(size)?;
        let slope_bound = slope.map(tail).map_or(Some(None), |t| t.map(Some))?;
        // The tail of μ_k is at most the root of that of φ² (Cauchy-Schwarz).
        let root = bound.sqrt();
        if self.alone {
            panels.left = panels.left.add(&root);
        }
        let mut tails = if self.alone { vec![root] } else { vec![] };
        tails.push(bound);
        tails.extend(slope_bound);
        for (sum, tail) in panels.sums.iter_mut().zip(tails) {
            *sum = sum.widened(&tail.magnitude()?);
        }
        Some(panels)
    }
}

/// `E[φ(u)φ(κu)]` and `E[φ'(u)φ'(κu)]` for `u` of variance `q`.
pub(super) fn proportional(
    a: &Activation,
    q: &Interval,
    kappa: &BigRational,
    tangent: bool,
    bits: u32,
) -> Option<Pair> {
    if !q.is_positive() || !q.is_finite() {
        return None;
    }
    let products = Products::new(a, q, kappa.clone(), false, tangent)?;
    let panels = products.integrate(q, 0, bits)?;
    let slope = if tangent { panels.sums[1].clone() } else { Interval::zero(PRECISION) };
    Some((panels.sums[0].clone(), slope))
}

impl Moments {
    /// `None` where the integrals are not enclosed.
    pub(super) fn new(
        a: &Activation,
        q: &Interval,
        degree: usize,
        tangent: bool,
        bits: u32,
    ) -> Option<Moments> {
        if q.is_zero() {
            return Moments::at_zero(a, degree);
        }
        if !q.is_positive() || !q.is_finite() {
            return None;
        }
        let products = Products::new(a, q, rational(1), true, tangent)?;
        let panels = products.integrate(q, degree, bits)?;
        let mu = panels.coefficients()?;
        let zero = Interval::zero(PRECISION);
        let q = q.at(PRECISION);
        let nu: Vec<Interval> =
            (1..=degree).map(|k| Interval::integer(k as i64, PRECISION).div(&q).sqrt().mul(&mu[k])).collect();
        let rest = |second: &Interval, list: &[Interval]| {
            list.iter().fold(second.clone(), |r, mu| r.sub(&mu.square())).max(&zero)
        };
        let second = panels.sums[1].max(&zero);
        let slope = if tangent { panels.sums[2].max(&zero) } else { zero.clone() };
        let (rest, slope_rest) = (rest(&second, &mu), rest(&slope, &nu));
        Some(Moments { mu, second, slope, rest, slope_rest, nu })
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

    /// `E[φ(√q Z)²]`.
    pub(super) fn second_moment(a: &Activation, q: &Interval) -> Option<Interval> {
        Some(Moments::new(a, q, 0, false, FULL)?.second)
    }

    pub(super) fn diagonal(&self) -> Pair {
        (self.second.clone(), self.slope.clone())
    }
}
