//! Hermite coefficients `μ_k = E[φ(√q Z) h_k(Z)]` at one variance, and what Parseval's sums leave.

use num_traits::{One, Signed, ToPrimitive, Zero};

use super::closed::Closed;
use super::hermite::PRECISION;
use super::pair::Pair;
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

/// Most standard deviations.
const MOST_REACH: f64 = 50.0;
/// Terms to begin with.
const FEW: usize = 320;
/// Bits beyond those asked for, so that errors of the coefficients do not hide how they fall.
const SPARE: u32 = 12;

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
    let value = series((&a.mu, &a.rest), (&b.mu, &b.rest), &rho);
    let slope = if tangent {
        series((&a.nu, &a.slope_rest), (&b.nu, &b.slope_rest), &rho)
    } else {
        Interval::zero(PRECISION)
    };
    (value, slope)
}

/// Coefficients, and a bound of what Parseval leaves.
type Half<'a> = (&'a [Interval], &'a Interval);

/// With as many terms as both have: the others of the longer one are part of what is left.
fn series(a: Half, b: Half, rho: &Interval) -> Interval {
    let terms = a.0.len().min(b.0.len());
    let rest = |(list, rest): Half| list[terms..].iter().fold(rest.clone(), |r, x| r.add(&x.square()));
    let products = a.0[..terms].iter().zip(&b.0[..terms]);
    let sum = products.rev().fold(Interval::zero(PRECISION), |s, (x, y)| s.mul(rho).add(&x.mul(y)));
    let size = rho.power(terms as i32).abs().mul(&rest(a).mul(&rest(b)).sqrt());
    match size.magnitude() {
        Some(size) => sum.widened(&size),
        None => Interval::whole(PRECISION),
    }
}

/// How many terms leave at most `2^-bits` of the whole, by how what is left has fallen so far: like a power of the
/// number of terms, as of functions with kinks, or like an exponential of its root, as of analytic ones. `None` where
/// there are enough of them.
fn predicted(list: &[Interval], whole: &Interval, rest: &Interval, cosine: f64, bits: u32) -> Option<usize> {
    let size = |x: &Interval| x.magnitude().and_then(|n| n.to_f64()).unwrap_or(f64::INFINITY);
    let whole = size(whole);
    if whole == 0.0 {
        return None;
    }
    let n = list.len();
    let target = -f64::from(bits) * std::f64::consts::LN_2;
    let per_term = cosine.clamp(0.0, 1.0).max(1e-6).ln();
    // The logarithm of what is left after so many terms.
    let left = |terms: usize| {
        let squares: f64 = list[terms..].iter().map(size).map(|x| x * x).sum();
        // Both are in units, the squares in their squares.
        ((size(rest) + squares / 2f64.powi(PRECISION as i32)) / whole).ln()
    };
    let [quarter, half, full] = [n / 4, n / 2, n].map(left);
    // What is left is not told apart from errors: more terms do not diminish it, but for the power of the cosine.
    let unknown = rest.lower().is_none_or(|low| low.is_zero());
    let slack = if unknown { 6.0 * std::f64::consts::LN_2 } else { 0.0 };
    if full + n as f64 * per_term <= target + slack {
        return None;
    }
    let root = |n: f64| n.sqrt();
    let n = n as f64;
    let (early, late) =
        ((quarter - half) / (root(n / 2.0) - root(n / 4.0)), (half - full) / (root(n) - root(n / 2.0)));
    let analytic = late > 0.85 * early;
    let fall = |m: f64| {
        if unknown {
            0.0
        } else if analytic {
            late * (root(m) - root(n))
        } else {
            (half - full) * (m / n).log2()
        }
    };
    let mut m = n;
    while full - fall(m) + m * per_term > target && m < 1e5 {
        m *= 1.1;
    }
    Some(m as usize + 8)
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

/// So many standard deviations that what lies beyond is small: the tails' bound `e^{bz - z²/2}` with `b = a(1+κ)s` is
/// at most `2^{-2 bits}`, as coefficients have its root.
fn reach(
    bounds: &Bounds,
    s: &BigRational,
    kappa: &BigRational,
    tangent: bool,
    bits: u32,
) -> Option<BigRational> {
    let size = &bounds.size.as_ref()?.rate;
    let slope = bounds.slope.as_ref().filter(|_| tangent);
    let rate = slope.map_or(size, |m| (&m.rate).max(size));
    let b = (rate * s * (rational(1) + kappa.abs())).to_f64().filter(|b| *b <= MOST_REACH)?;
    let reach = (b + (b * b + 4.0 * std::f64::consts::LN_2 * f64::from(bits)).sqrt()).ceil();
    (reach <= MOST_REACH).then(|| rational(reach as i64))
}

/// Rounded up to some bits, so that the panels' ends are short.
fn coarse(s: &BigRational) -> BigRational {
    let scale = BigRational::new(BigInt::one() << 12u32, BigInt::one());
    let size = s.denom().bits() as i32 - s.numer().bits() as i32;
    let power = rational(2).pow(size) * scale;
    (s * &power).ceil() / power
}

/// The largest degree for which the recurrence's numbers fit at every one of the variances.
pub(super) fn most_degree(a: &Activation, variances: &[Interval], tangent: bool, bits: u32) -> Option<usize> {
    let mut most = usize::MAX;
    for q in variances.iter().filter(|q| !q.is_zero()) {
        let s = q.sqrt().upper()?;
        let bounds = a.expression.bounds_near(&s);
        let reach = reach(&bounds, &s, &rational(1), tangent, bits + SPARE)?.to_integer().to_u32()?;
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
        let reach = reach(bounds, &scale, &self.kappa, self.tangent, bits)?;
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
        // Its root, which a rounding of the whole would hide.
        let tail = |m: &Majorant| {
            let b = Interval::rational(&(&m.rate * &both), PRECISION).mul(panels.s());
            if !y.sub(&b).is_non_negative() {
                return None;
            }
            let exponent = b.mul(&y).sub(&y.square().scaled(-1));
            Some(Interval::rational(&m.constant, PRECISION).mul(&exponent.scaled(-1).exp()))
        };
        let root = tail(size)?;
        let slope_root = slope.map(tail).map_or(Some(None), |t| t.map(Some))?;
        // The tail of μ_k is at most the root of that of φ² (Cauchy-Schwarz).
        if self.alone {
            panels.left = panels.left.add(&root);
        }
        let mut tails = if self.alone { vec![root.clone()] } else { vec![] };
        tails.push(root.square());
        tails.extend(slope_root.map(|root| root.square()));
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

    /// With as many terms as this function needs for cosines of this size, and at most so many: a few tell how fast the
    /// coefficients fall. Whatever is chosen here, what is left out is bounded.
    pub(super) fn adapted(
        a: &Activation,
        q: &Interval,
        most: usize,
        cosine: f64,
        tangent: bool,
        bits: u32,
    ) -> Option<Moments> {
        let mut degree = FEW.min(most);
        loop {
            let moments = Moments::new(a, q, degree, tangent, bits + SPARE)?;
            if q.is_zero() || degree == most {
                return Some(moments);
            }
            let value = predicted(&moments.mu, &moments.second, &moments.rest, cosine, bits);
            let slope = predicted(&moments.nu, &moments.slope, &moments.slope_rest, cosine, bits);
            let Some(needed) = value.max(slope) else { return Some(moments) };
            degree = if needed > most / 2 { most } else { needed.max(2 * degree) };
        }
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

    /// Does every enclosure contain that of the other one?
    #[cfg(test)]
    pub(super) fn holds(&self, other: &Moments) -> bool {
        let inside = |x: &Interval, y: &Interval| y.lo >= x.lo && y.hi <= x.hi;
        let all = |x: &[Interval], y: &[Interval]| x.iter().zip(y).all(|(x, y)| inside(x, y));
        all(&self.mu, &other.mu)
            && all(&self.nu, &other.nu)
            && inside(&self.second, &other.second)
            && inside(&self.slope, &other.slope)
    }
}

/// `E[φ(√q Z)²]`.
pub(crate) fn second_moment(a: &Activation, q: &Interval) -> Option<Interval> {
    if let Some(closed) = Closed::new(a, std::slice::from_ref(q)) {
        return Some(closed.diagonal(0, q).0);
    }
    Moments::second_moment(a, q)
}
