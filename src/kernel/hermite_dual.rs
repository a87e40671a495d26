//! Composition with a dual that is known through its Hermite coefficients only.
//!
//! `f(ρ) = Σ μ_k² ρ^k` with `ρ = a + b ŝ(t)`, `a = ρ(0)`, `b = 1 - a`, `ŝ(0) = 0`. Every coefficient is an infinite sum
//! over `k`. It is cut at `K` terms with a proved tail; what remains is expanded about `a` and composed with `ŝ`.

use super::profile::ResolvedLayer;
use crate::Error;
use crate::activation::Activation;
use crate::dual::compose::{Composed, with_inherited_error};
use crate::number::rational::abridged;
use crate::number::{Ball, Mag};
use crate::series::compose::{compose, taylor_shift};
use crate::series::error_bound::ErrorBound;
use crate::series::fixed::Fixed;
use crate::series::multiply::Multiplier;
use crate::series::root::reciprocal_square_root;
use crate::work;

/// Most Hermite coefficients that one composition may use.
pub(crate) const MAX_TERMS: usize = 1_000_000;

/// Powers computed beyond the degree, so that the derivative has them all; even, to keep the parity.
const MARGIN: usize = 2;

/// A quotient is used when the coefficients of the divisor's inverse sum to no more.
const MOST_AMPLIFIED: usize = 64;

/// Most bits that they may take together.
const MAX_BITS: u64 = 1 << 31;

/// The squares `μ_k²`, `k < K`, of a layer's activation, and bounds for what they leave out.
pub(crate) struct HermiteDual {
    squares: Vec<Ball>,
    /// Bounds for the part of a coefficient of `f(ρ)`, and of `f'(ρ)`, that the terms from `K` on contribute.
    tails: [Mag; 2],
    /// An upper bound of `Σ_{k>=K} μ_k²`.
    mass: Mag,
}

impl HermiteDual {
    /// As many terms as the coefficients `0..=degree` of `f(ρ)` need to `frac` bits.
    pub fn new(
        layer: &ResolvedLayer,
        frac: u32,
        degree: usize,
        rho: &Fixed,
        squares: &mut Squares,
    ) -> Result<HermiteDual, Error> {
        let precision = frac + 32;
        let a = rho.constant_midpoint();
        if a.midpoint().is_zero() {
            // ρ^k starts at t^k.
            let squares = squares.of(layer, degree + MARGIN + 2, precision)?;
            return Ok(HermiteDual { squares, tails: [Mag::ZERO; 2], mass: layer.moment.magnitude() });
        }
        let powers = (degree + MARGIN) / if rho.step == 2 && rho.first == 0 { 2 } else { 1 };
        let (enough, z) = choose_terms(a.midpoint().to_f64(), powers, frac);
        let mut count = enough.min(terms_by_decay(layer, frac).max(16));
        let slope_moment = layer.slope_moment.as_ref().map(|m| m * &layer.variance);
        loop {
            if count > MAX_TERMS || count as u64 * u64::from(precision) > MAX_BITS {
                return Err(too_many(layer, count, &a));
            }
            if !work::spend(count as f64 * (4e3 + 16.0 * f64::from(precision))) {
                return Err(too_many(layer, count, &a));
            }
            let squares = squares.of(layer, count, precision)?;
            let [mass, slope_mass] = rest(&squares, &layer.moment, slope_moment.as_ref());
            // Every coefficient of a power of ρ is at most 1.
            let far = tail_bounds(&a.widened(rho.error.at(0)), count, powers, z, mass);
            let tails = [far[0].min(mass), far[1].min(slope_mass)];
            let good = Mag::pow2(-i64::from(frac) - 4);
            if count >= enough || tails[0] <= good && (tails[1] <= good || slope_moment.is_none()) {
                return Ok(HermiteDual { squares, tails, mass });
            }
            count = (count + count / 2).min(enough);
        }
    }

    /// `factor · f(ρ)` and `factor · f'(ρ)`.
    pub fn compose(&self, engine: &Multiplier, rho: &Fixed, factor: &Ball) -> Composed {
        let format = rho.format();
        let wide = format.of_degree(format.degree + MARGIN);
        // The truth is not negative: a negative midpoint is brought closer to it.
        let exact = rho.midpoints().without_negatives().of_degree(wide.degree);
        let engine = &engine.with_degree(wide.degree);
        let alone = outer(engine, &[&self.squares], &exact).pop();
        let quotient = alone.as_ref().and_then(|value| derivative_by_division(engine, value, &exact));
        let [value, derivative] = match (alone, quotient) {
            (Some(value), Some(derivative)) => [value, derivative],
            _ => self.value_and_derivative(engine, &exact),
        }
        .map(|series| series.shortened(format.degree).scaled(factor));
        let widen = |series: Fixed, tail: Mag| {
            let error = series.error.plus(ErrorBound::flat(tail * factor.magnitude()));
            series.with_error(error)
        };
        let local =
            Composed { value: widen(value, self.tails[0]), derivative: widen(derivative, self.tails[1]) };
        with_inherited_error(local, rho, |x| self.derivative_bounds(x).map(|b| b * factor.magnitude()))
    }

    /// `f(ρ)` and `f'(ρ)` for an exact ρ by one composition of both.
    fn value_and_derivative(&self, engine: &Multiplier, rho: &Fixed) -> [Fixed; 2] {
        let slopes: Vec<Ball> =
            self.squares.iter().enumerate().skip(1).map(|(k, c)| c.mul_integer(k as i64)).collect();
        let mut composed = outer(engine, &[&self.squares, &slopes], rho).into_iter();
        [0, 1].map(|_| composed.next().unwrap_or_else(|| Fixed::lost(rho.format(), 0, 1)))
    }

    /// Upper bounds of `Σ k(k-1) μ_k² x^{k-2}` and `Σ k(k-1)(k-2) μ_k² x^{k-3}`, `x` up to the upper end of the ball.
    fn derivative_bounds(&self, x: &Ball) -> [Mag; 2] {
        if x.upper() >= 1 {
            return [Mag::INFINITY; 2];
        }
        let gap = (&Ball::from_integer(1, x.precision()) - x).mignitude();
        let x = x.magnitude();
        let count = self.squares.len();
        let mut sums = [Mag::ZERO; 2];
        let mut power = Mag::ONE;
        for k in 2..count {
            let weight =
                self.squares[k].magnitude() * Mag::from_f64(k as f64 * (k - 1) as f64 * (1.0 + 1e-15));
            sums[0] = sums[0] + weight * power;
            if k + 1 < count {
                let next = self.squares[k + 1].magnitude()
                    * Mag::from_f64((k + 1) as f64 * k as f64 * (k - 1) as f64 * (1.0 + 1e-15));
                sums[1] = sums[1] + next * power;
            }
            power = power * x;
        }
        // k(k-1)...(k-m+1) x^{k-m} <= Σ_k of the same = m!/(1-x)^{m+1}; past K also by its largest term: with
        // k >= K > m/(1-x) the terms decrease, so K^m x^{K-m} bounds them.
        [2u64, 3].map(|m| {
            let i = m as usize - 2;
            let steep = Mag::from_usize(6).div_by_lower(gap) * Mag::ONE.div_by_lower(gap).pow(m);
            let decreasing = Mag::from_usize(m as usize).div_by_lower(gap) < Mag::from_usize(count);
            let at_cut = Mag::from_usize(count).pow(m) * x.pow((count as u64).saturating_sub(m));
            let largest = if decreasing && at_cut < steep { at_cut } else { steep };
            sums[i] + self.mass * largest
        })
    }
}

/// Where ρ_l is all but constant, the coefficients of a slowly decaying dual are wanted far out.
pub(crate) fn too_many(layer: &ResolvedLayer, count: usize, a: &Ball) -> Error {
    let gap = (Ball::from_integer(1, a.precision()) - a).midpoint().to_f64();
    Error::TooMuchWork {
        what: format!("the composition with `{}`", abridged(&layer.activation.name())),
        why: format!(
            "it takes {count} Hermite coefficients, or more, where the normalized kernel at rho = 0 lies {gap:.1e} below 1; a \
             smaller bias, fewer layers, fewer digits or an activation with a closed dual are accepted"
        ),
    }
}

/// The squares `μ_k²` of the last layer that asked for them: the next one may be like it.
#[derive(Default)]
pub(crate) struct Squares {
    known: Option<(Activation, Ball, u32, Vec<Ball>)>,
}

impl Squares {
    fn of(&mut self, layer: &ResolvedLayer, count: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        match &self.known {
            Some((activation, variance, bits, squares))
                if activation.is_same(&layer.activation)
                    && variance.is_same(&layer.variance)
                    && *bits >= precision
                    && squares.len() >= count =>
            {
                Ok(squares[..count].to_vec())
            }
            _ => {
                let coefficients = to_absolute_bits(&layer.activation, &layer.variance, count, precision)?;
                let squares: Vec<Ball> = coefficients.iter().map(Ball::square).collect();
                self.known =
                    Some((layer.activation.clone(), layer.variance.clone(), precision, squares.clone()));
                Ok(squares)
            }
        }
    }
}

/// The first Hermite coefficients with radii of about `2^-precision`.
pub(crate) fn to_absolute_bits(
    activation: &Activation,
    variance: &Ball,
    count: usize,
    precision: u32,
) -> Result<Vec<Ball>, Error> {
    let of = |bits: u32| activation.hermite(variance, count, bits);
    // Where all radii are alike and bits are counted for the last, small coefficients, fewer do.
    let small = activation.decay_bits(variance.midpoint().to_f64(), count) / 2.0;
    let fewer = precision.saturating_sub(small as u32).max(64);
    let coefficients = of(fewer)?;
    let good = Mag::pow2(8 - i64::from(precision));
    if fewer == precision || coefficients.iter().all(|mu| mu.radius() <= good) {
        return Ok(coefficients);
    }
    of(precision)
}

/// Upper bounds of `Σ_{k>=K} μ_k²` and `Σ_{k>=K} k μ_k²`: the whole sums, `E[φ²]` and `q E[φ'²]`, less the terms.
fn rest(squares: &[Ball], moment: &Ball, slope_moment: Option<&Ball>) -> [Mag; 2] {
    let left = |whole: &Ball, terms: &[Ball]| {
        let upper = (whole - &Ball::sum(whole.precision(), terms)).upper();
        if upper.is_sign_negative() { Mag::ZERO } else { Mag::from_float(&upper) }
    };
    let weighted = |(k, c): (usize, &Ball)| c.mul_integer(k as i64);
    let slopes = || squares.iter().enumerate().map(weighted).collect::<Vec<_>>();
    [left(moment, squares), slope_moment.map_or(Mag::INFINITY, |whole| left(whole, &slopes()))]
}

/// About as many terms as lie above `2^-(frac + 8)`.
pub(crate) fn terms_by_decay(layer: &ResolvedLayer, frac: u32) -> usize {
    let q = layer.variance.midpoint().to_f64();
    let small = |k: usize| layer.activation.decay_bits(q, k) > f64::from(frac + 8);
    if !small(MAX_TERMS) {
        return MAX_TERMS;
    }
    let (mut low, mut high) = (0, MAX_TERMS);
    while high - low > 1 + low / 16 {
        let middle = (low + high) / 2;
        if small(middle) { high = middle } else { low = middle }
    }
    high
}

/// `f'(ρ) = (f(ρ))'/ρ'` for an exact ρ, from `f(ρ)` to one power more; `None` where that would amplify errors.
fn derivative_by_division(engine: &Multiplier, value: &Fixed, rho: &Fixed) -> Option<Fixed> {
    if rho.step == 2 && rho.first == 0 {
        // In t², where ρ may have a derivative that starts with a constant.
        let inner = rho.in_square();
        let engine = engine.with_degree(inner.format().degree);
        let quotient = derivative_by_division(&engine, &value.in_square(), &inner)?;
        return Some(quotient.of_square(rho.format().degree));
    }
    let slope = rho.derivative_of_midpoints().filter(|slope| slope.first == 0)?;
    let inverse = engine.square(&reciprocal_square_root(engine, &slope));
    if inverse.sum_bound() > Mag::from_usize(MOST_AMPLIFIED) {
        return None;
    }
    let error = value.worst_error() * Mag::from_usize(rho.format().degree + 1);
    let numerator = value.derivative_of_midpoints()?.with_error(ErrorBound::flat(error));
    Some(engine.product(&numerator, &inverse))
}

/// `Σ c_k ρ^k` for an exact ρ and each list, keeping its parity.
fn outer(engine: &Multiplier, lists: &[&[Ball]], rho: &Fixed) -> Vec<Fixed> {
    if rho.step == 1 || rho.first == 0 {
        let lists: Vec<Vec<Ball>> = lists.iter().map(|list| list.to_vec()).collect();
        return about_constant(engine, &lists, rho);
    }
    // In z = ρ²: even terms, and ρ times odd terms.
    let z = engine.square(rho);
    let part =
        |list: &[Ball], odd: usize| -> Vec<Ball> { list.iter().skip(odd).step_by(2).cloned().collect() };
    let parts: Vec<Vec<Ball>> = lists.iter().flat_map(|list| [part(list, 0), part(list, 1)]).collect();
    let used = |terms: &Vec<Ball>| terms.iter().any(|c| !c.is_exact_zero());
    let chosen: Vec<Vec<Ball>> = parts.iter().filter(|terms| used(terms)).cloned().collect();
    let mut composed = about_constant(engine, &chosen, &z).into_iter();
    let mut next = |terms: &Vec<Ball>| if used(terms) { composed.next() } else { None };
    let join =
        |pair: &[Vec<Ball>]| match (next(&pair[0]), next(&pair[1]).map(|odd| engine.product(rho, &odd))) {
            (Some(even), Some(odd)) => even.add(&odd),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => Fixed::zero(rho.format(), 0, 1),
        };
    parts.chunks(2).map(join).collect()
}

/// `Σ c_k ρ^k` for each list by expansion about the constant term of ρ, in `t` or in `t²`.
fn about_constant(engine: &Multiplier, lists: &[Vec<Ball>], rho: &Fixed) -> Vec<Fixed> {
    let inner = if rho.step == 2 { rho.in_square() } else { rho.clone() };
    let format = inner.format();
    let a = inner.constant_midpoint();
    let b = Ball::from_integer(1, a.precision()) - &a;
    if b.sign() != Some(std::cmp::Ordering::Greater) {
        return vec![Fixed::lost(rho.format(), rho.first, rho.step); lists.len()];
    }
    let engine = engine.with_degree(format.degree);
    let shifted: Vec<Fixed> =
        lists.iter().map(|list| taylor_shift(&engine, &Fixed::unbounded(format, list), &a, &b)).collect();
    let centred = inner.without_constant().scaled(&b.recip());
    let restore = |series: Fixed| if rho.step == 2 { series.of_square(rho.format().degree) } else { series };
    compose(&engine, &shifted, &centred).into_iter().map(restore).collect()
}

/// A number of terms whose tail is below `2^-(frac+8)`, and the `z` that shows it: steers only.
pub(crate) fn choose_terms(a: f64, degree: usize, frac: u32) -> (usize, f64) {
    let (a, b, n) = (a.clamp(1e-300, 1.0), (1.0 - a).max(1e-12), degree as f64);
    let best = |count: f64| (a * n.max(1e-3) / (b * (count - n).max(1e-9))).min(1.0);
    let bound = |count: f64| {
        let z = best(count);
        count * (a + b * z).ln() - n * z.ln() + count.ln()
    };
    let target = -(f64::from(frac) + 8.0) * std::f64::consts::LN_2;
    let (mut low, mut high) = (n + 2.0, 2.0 * n + 16.0);
    while bound(high) > target && high < 4.0 * MAX_TERMS as f64 {
        (low, high) = (high, 2.0 * high);
    }
    while high - low > 1.0 + low * 1e-3 {
        let middle = 0.5 * (low + high);
        if bound(middle) > target { low = middle } else { high = middle }
    }
    let count = high.ceil();
    (count as usize, best(count))
}

/// `[t^p] Σ_{k>=K} μ_k² ρ^k <= mass · P(Bin(k, b) <= degree)` for the worst `k >= K`, as `ρ = a + b ŝ` with `ŝ` of
/// coefficient sum one and no constant term. For every `0 < z <= 1`, `P(Bin(k,b) <= N) <= (a + bz)^k z^{-N}`, which
/// decreases in `k`; with the factor `k` of the derivative (and one `b` less) it does from `k >= 1/(1 - a - bz)` on.
fn tail_bounds(a: &Ball, count: usize, degree: usize, z: f64, mass: Mag) -> [Mag; 2] {
    let z = Ball::exact(rug::Float::with_val(64, z));
    let one = Ball::from_integer(1, a.precision());
    let c = a + &((&one - a) * &z);
    let gap = (&one - &c).mignitude();
    if c.upper() >= 1 || Mag::ONE.div_by_lower(gap) >= Mag::from_usize(count) {
        return [Mag::INFINITY; 2];
    }
    let growth = Mag::ONE.div_by_lower(z.mignitude()).pow(degree as u64) * mass;
    let decay = c.magnitude().pow(count as u64 - 1);
    [growth * decay, growth * decay * Mag::from_usize(count)]
}

#[cfg(test)]
mod tests;
