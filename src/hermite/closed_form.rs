//! Hermite coefficients and expectations of piecewise exponential polynomials in closed form.
//!
//! Integrating by parts `k` times, with the jumps `J_m(a)` of the m-th derivative and
//! `q^{j/2} He_j(a/√q) = G_j`, `G_{j+1} = a G_j - j q G_{j-1}` (rational),
//! `√k! μ_k = q^{k/2} E[φ^(k)(√q Z)] + q^{-(k-1)/2} Σ_a n(a/√q) Σ_{m<k} q^m J_m(a) G_{k-1-m}(a)`.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use rug::{Integer, Rational};

use super::pieces::{ExpPoly, Pieces};
use crate::number::ClosedForm;
use crate::number::rational::{rational_from_gmp, rational_to_gmp};

/// Largest `k` of a coefficient in closed form, and the same where exponentials make it a long sum.
pub(crate) const MAX_DEGREE: usize = 1000;
const MAX_EXPONENTIAL_DEGREE: usize = 200;
/// Most pieces of a closed form: more are no longer readable.
const MAX_PIECES: usize = 64;
/// Most coefficients of an expectation in closed form.
const MAX_TERMS: usize = 500;
/// Largest degree of a polynomial whose dual is listed in closed form.
pub(crate) const MAX_DUAL_DEGREE: usize = 200;
/// Largest variance and breakpoint, in bits: they are raised to powers.
const MAX_BITS: u64 = 512;

/// Is the variance short enough for its powers to be?
pub(crate) fn is_short(q: &BigRational) -> bool {
    q.numer().bits().max(q.denom().bits()) <= MAX_BITS
}

/// `1/√k!`, for `k <= 1000`.
pub(crate) fn inverse_root_factorial(k: usize) -> Option<ClosedForm> {
    if k > MAX_DEGREE {
        return None;
    }
    // √k! = outside √inside: the exponent of p in k! is Σ_i ⌊k/p^i⌋ (Legendre).
    let (mut outside, mut inside) = (BigInt::one(), BigInt::one());
    for p in (2..=k).filter(|p| (2..*p).take_while(|d| d * d <= *p).all(|d| !p.is_multiple_of(d))) {
        let (mut exponent, mut rest) = (0, k / p);
        while rest > 0 {
            exponent += rest;
            rest /= p;
        }
        outside *= BigInt::from(p).pow(exponent as u32 / 2);
        inside *= BigInt::from(p).pow(exponent as u32 % 2);
    }
    let root = ClosedForm::sqrt(&BigRational::from(inside.clone()))?;
    Some(root.scaled(&BigRational::new(BigInt::one(), outside * inside)))
}

/// `q^{n/2}` for `q > 0`.
pub(crate) fn half_power(q: &BigRational, n: i64) -> Option<ClosedForm> {
    let whole = BigRational::pow(q, i32::try_from(n.div_euclid(2)).ok()?);
    let root = if n.rem_euclid(2) == 1 { ClosedForm::sqrt(q)? } else { ClosedForm::one() };
    Some(root.scaled(&whole))
}

/// `(2j-1)!! = 1·3···(2j-1)`.
pub(crate) fn odd_factorial(j: usize) -> BigRational {
    BigRational::from((1..=j).map(|i| BigInt::from(2 * i - 1)).product::<BigInt>())
}

impl Pieces {
    /// `μ_k` at variance `q`; `None` beyond the limits on `k` and sizes.
    pub(crate) fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        let exponentials = self.pieces().iter().any(|p| p.terms().any(|(c, _)| !c.is_zero()));
        let most = if exponentials { MAX_EXPONENTIAL_DEGREE } else { MAX_DEGREE };
        if k > most || !self.is_presentable() || !is_short(q) {
            return None;
        }
        let mut derivative = self.clone();
        for _ in 0..k {
            if derivative.as_polynomial().is_some_and(<[Rational]>::is_empty) {
                break;
            }
            derivative = derivative.derivative();
        }
        let mut total = &half_power(q, k as i64)? * &derivative.expectation_closed_form(q)?;
        if k > 0 {
            let scale = half_power(q, 1 - k as i64)?;
            for i in 0..self.breakpoints().len() {
                total = &total + &(&scale * &self.jump_terms(i, k, q));
            }
        }
        Some(&total * &inverse_root_factorial(k)?)
    }

    /// `n(a/√q) Σ_{m<k} q^m J_m(a) G_{k-1-m}(a)` at breakpoint `i`.
    fn jump_terms(&self, i: usize, k: usize, q: &BigRational) -> ClosedForm {
        let a = &self.breakpoints()[i];
        let variance = rational_to_gmp(q);
        // G_j = g_j/w^j with integer g_j, w a common denominator of a and q.
        let w = Integer::from(a.denom().lcm_ref(variance.denom()));
        let step = Integer::from(Rational::from(a * &w).numer());
        let fall = Integer::from(Rational::from(&variance * &w).numer()) * &w;
        let (mut before, mut now) = (Integer::new(), Integer::from(1));
        let mut values = Vec::with_capacity(k);
        for j in 0..k {
            let next = Integer::from(&step * &now) - Integer::from(&fall * j as u64) * &before;
            before = std::mem::replace(&mut now, next);
            values.push(before.clone());
        }
        let mut sum = ClosedForm::zero();
        for (m, jump) in self.jumps(i, k) {
            let j = k - 1 - m;
            if values[j].is_zero() {
                continue;
            }
            let power = rug::ops::Pow::pow(w.clone(), j as u32);
            let g = Rational::from((values[j].clone(), power)) * super::pieces::power(&variance, m);
            for (weight, exponent) in jump.terms() {
                let term = ClosedForm::exp(&rational_from_gmp(exponent));
                sum = &sum + &term.scaled(&rational_from_gmp(&Rational::from(weight * &g)));
            }
        }
        let a = rational_from_gmp(a);
        &sum * &ClosedForm::normal_density_of_square(&(&a * &a / q))
    }

    /// `E[f(√q Z)]`; `None` where an exponential has a polynomial factor, or the numbers are long.
    pub(crate) fn expectation_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        let terms = self.pieces().iter().flat_map(|p| p.terms()).flat_map(|(_, p)| p);
        if !self.is_presentable() || !is_short(q) || terms.filter(|c| !c.is_zero()).count() > MAX_TERMS {
            return None;
        }
        let mut out = ClosedForm::zero();
        for (a, b, piece) in self.intervals() {
            let ends = [a.map(rational_from_gmp), b.map(rational_from_gmp)];
            out = &out + &piece_expectation(piece, &ends, q)?;
        }
        Some(out)
    }

    fn is_presentable(&self) -> bool {
        let bits = |r: &Rational| r.numer().significant_bits().max(r.denom().significant_bits());
        self.pieces().len() <= MAX_PIECES
            && self.breakpoints().iter().all(|b| u64::from(bits(b)) <= MAX_BITS)
            && self.pieces().iter().all(|p| p.terms().all(|(c, _)| u64::from(bits(c)) <= MAX_BITS))
    }
}

/// `E[f(X); a < X < b]`, `X = √q Z`.
fn piece_expectation(f: &ExpPoly, ends: &[Option<BigRational>; 2], q: &BigRational) -> Option<ClosedForm> {
    let mut out = ClosedForm::zero();
    for (rate, p) in f.terms() {
        if !rate.is_zero() {
            if p.len() > 1 {
                return None;
            }
            // e^{c²q/2} (Φ((b - cq)/√q) - Φ((a - cq)/√q)).
            let c = rational_from_gmp(rate);
            let shift = &c * q;
            let tilt = ClosedForm::exp(&(&c * &shift / BigRational::from_integer(2.into())));
            let term = &tilt * &mass(ends, &shift, q)?;
            out = &out + &term.scaled(&rational_from_gmp(&p[0]));
            continue;
        }
        // m_j = q (j-1) m_{j-2} - q [x^{j-1} ν]: m_j = P_j mass - Σ_ends ± R_j ν(end), and ν is the
        // density of N(0, q).
        let (mut on_mass, mut on_ends) = (BigRational::zero(), [BigRational::zero(), BigRational::zero()]);
        let mut rows = [Row::new(BigRational::one()), Row::new(BigRational::zero())];
        for (j, coefficient) in p.iter().enumerate() {
            if j > 0 {
                rows[j % 2].raise(j, ends, q);
            }
            if !coefficient.is_zero() {
                let coefficient = rational_from_gmp(coefficient);
                on_mass += &coefficient * &rows[j % 2].mass;
                for (sum, r) in on_ends.iter_mut().zip(&rows[j % 2].ends) {
                    *sum += &coefficient * r;
                }
            }
        }
        out = &out + &mass(ends, &BigRational::zero(), q)?.scaled(&on_mass);
        for (end, (weight, sign)) in ends.iter().zip(on_ends.iter().zip([1, -1])) {
            if let Some(x) = end {
                let density = ClosedForm::normal_density_of_square(&(x * x / q));
                let density = &density * &half_power(q, -1)?;
                out = &out + &density.scaled(&(weight * BigRational::from_integer(sign.into())));
            }
        }
    }
    Some(out)
}

/// One moment `P mass + R_a ν(a) - R_b ν(b)`, the latest of its parity.
struct Row {
    mass: BigRational,
    ends: [BigRational; 2],
}

impl Row {
    /// Moment 0, or "moment -1", which is multiplied by zero.
    fn new(mass: BigRational) -> Row {
        Row { mass, ends: [BigRational::zero(), BigRational::zero()] }
    }

    /// From moment `j - 2` to moment `j`.
    fn raise(&mut self, j: usize, at: &[Option<BigRational>; 2], q: &BigRational) {
        let factor = q * BigRational::from_integer((j - 1).into());
        self.mass = &self.mass * &factor;
        for (r, x) in self.ends.iter_mut().zip(at) {
            let power = x.as_ref().map_or_else(BigRational::zero, |x| num_traits::pow(x.clone(), j - 1));
            *r = &*r * &factor + q * power;
        }
    }
}

/// `Φ((b - shift)/√q) - Φ((a - shift)/√q)`.
fn mass(ends: &[Option<BigRational>; 2], shift: &BigRational, q: &BigRational) -> Option<ClosedForm> {
    let cdf = |x: &BigRational| {
        let y = x - shift;
        ClosedForm::normal_cdf_of_root(y.is_negative(), &(&y * &y / q))
    };
    let upper = ends[1].as_ref().map_or_else(|| Some(ClosedForm::one()), cdf)?;
    let lower = ends[0].as_ref().map_or_else(|| Some(ClosedForm::zero()), cdf)?;
    Some(&upper - &lower)
}

/// `μ_k` of the polynomial `Σ c_j x^j` at variance `q`.
pub(crate) fn polynomial_closed_form(p: &[ClosedForm], k: usize, q: &BigRational) -> Option<ClosedForm> {
    if !is_short(q) {
        return None;
    }
    // Σ_j c_j q^{(j-k)/2} j!/(2^i i!), times q^{k/2}/√k!; i = (j-k)/2.
    let variance = rational_to_gmp(q);
    let mut sum = ClosedForm::zero();
    let mut factor = Rational::from(Integer::from(Integer::factorial(k as u32)));
    for (i, c) in p.get(k..).unwrap_or_default().iter().step_by(2).enumerate() {
        if i > 0 {
            let j = (k + 2 * i) as u64;
            factor *= Rational::from((j * (j - 1), 2 * i as u64)) * &variance;
        }
        sum = sum + c.scaled(&rational_from_gmp(&factor));
    }
    if sum.is_zero() {
        return Some(ClosedForm::zero());
    }
    let scale = &half_power(q, k as i64)? * &inverse_root_factorial(k)?;
    Some(&scale * &sum)
}
