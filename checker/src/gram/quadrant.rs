//! `P(U > h, V > k)` for standard Gaussian variables of correlation `sin β`, and `h, k >= 0`.
//!
//! `∂P/∂ρ` is the density at `(h, k)` (Plackett), so `P = Q(h) Q(k) + (1/2π) ∫_0^β e^{-f(θ)} dθ` with
//! `f = (h² + k² - 2hk sin θ)/(2 cos² θ)`, which is
//! * `(h-k)²/(2 cos² θ) + hk/(1 + sin θ)` and
//! * `(h+k)²/(2 cos² θ) - hk/(1 - sin θ)`,
//!
//! the first for angles from 0 on, the second for others: neither subtracts what grows at `±π/2`. `f >= 0`.

use num_traits::{One, Signed, Zero};

use super::legendre::{self, NODES, PRECISION};
use crate::coarse::Coarse;
use crate::enclosure::Enclosure;
use crate::expression::jet::{Jet, div, exp};
use crate::integer::{BigInt, BigRational};
use crate::interval::Interval;
use crate::rational::ratio;

const ORDER: usize = 2 * NODES;
/// Bits of the integral.
const BITS: u32 = 112;
/// The integral is given up in parts of `2^-MAX_DEPTH` of it, and beyond so many of them.
const MAX_DEPTH: u32 = 24;
const MAX_PANELS: usize = 200;

/// `Q(x) = (1 - erf(x/√2))/2`.
pub(super) fn upper_tail(x: &Interval) -> Interval {
    let half = Interval::rational(&ratio(1, 2), x.prec);
    Interval::integer(1, x.prec).sub(&x.mul(&half.sqrt()).erf()).scaled(-1)
}

/// Sine and cosine on an interval of angles, as far as those are within `[-π/2, π/2]`: by the ends.
fn sin_cos(region: &Interval) -> [Interval; 2] {
    let prec = region.prec;
    let (zero, one) = (Interval::zero(prec), Interval::integer(1, prec));
    let most: BigInt = (BigInt::from(157) << prec) / BigInt::from(100);
    let at = |x: BigInt| {
        let x = Interval::new(x.clone(), x, prec);
        [x.sin(), x.cos()]
    };
    // An end beyond ±1.57 counts as ±π/2 where it is the outer one, and as ±1.57 where it is the inner one.
    let (lo, hi) = (region.lo.clone(), region.hi.clone());
    let low = match lo.clone().map(|x| x.min(most.clone())).filter(|x| *x >= -&most) {
        Some(x) => at(x),
        None => [one.neg(), zero.clone()],
    };
    let high = match hi.clone().map(|x| x.max(-&most)).filter(|x| *x <= most) {
        Some(x) => at(x),
        None => [one.clone(), zero],
    };
    let cos = low[1].hull(&high[1]);
    let one_side = lo.is_some_and(|x| !x.is_negative()) || hi.is_some_and(|x| !x.is_positive());
    [low[0].hull(&high[0]), if one_side { cos } else { cos.hull(&one) }]
}

/// `P`, given `h`, `k` and `β`.
pub(super) fn probability(h: &Interval, k: &Interval, beta: &Interval) -> Interval {
    let prec = beta.prec;
    let product = upper_tail(h).mul(&upper_tail(k));
    if beta.is_zero() {
        return product;
    }
    let mut integral = Integral::new(h, k, beta);
    integral.part(&BigRational::zero(), &BigRational::one(), 0);
    let value = product.add(&integral.sum.div(&Interval::pi(PRECISION).mul_integer(2)).at(prec));
    // Whatever rounding and giving up have left: a probability.
    value.meet_or(&Interval::new(BigInt::zero(), BigInt::one() << prec, prec))
}

struct Integral {
    /// `(h-k)²/2` or `(h+k)²/2`, and `hk` or `-hk`.
    first: Interval,
    second: Interval,
    beta: Interval,
    negative: bool,
    sum: Interval,
    panels: usize,
}

impl Integral {
    fn new(h: &Interval, k: &Interval, beta: &Interval) -> Integral {
        let [h, k, beta] = [h, k, beta].map(|x| x.at(PRECISION));
        // Whichever form is taken, it is right on both sides.
        let negative = !beta.is_non_negative();
        let (gap, product) = if negative { (h.add(&k), h.mul(&k).neg()) } else { (h.sub(&k), h.mul(&k)) };
        let (first, sum) = (gap.square().scaled(-1), Interval::zero(PRECISION));
        Integral { first, second: product, beta, negative, sum, panels: 0 }
    }

    /// `-f`, for `sin θ` and `cos² θ`.
    fn exponent<E: Enclosure>(&self, [first, second]: [&E; 2], sin: &Jet<E>, cos2: &Jet<E>) -> Jet<E> {
        let zero = first.like_integer(0);
        let constant = |c: &E| {
            let mut out = vec![zero.clone(); sin.len()];
            out[0] = c.clone();
            out
        };
        let mut shifted: Jet<E> = if self.negative { sin.iter().map(E::neg).collect() } else { sin.clone() };
        shifted[0] = shifted[0].add(&zero.like_integer(1));
        let (a, b) = (div(&constant(first), cos2), div(&constant(second), &shifted));
        a.iter().zip(&b).map(|(x, y)| x.add(y).neg()).collect()
    }

    /// Over the angles `β t` with `low <= t <= high`.
    fn part(&mut self, low: &BigRational, high: &BigRational, depth: u32) {
        self.panels += 1;
        let number = |r: &BigRational| Interval::rational(r, PRECISION);
        let half = self.beta.mul(&number(&((high - low) * ratio(1, 2))));
        let region = self.beta.mul(&number(low)).hull(&self.beta.mul(&number(high)));
        let small = BigInt::one() << (PRECISION - BITS);
        // 0 < e^{-f} <= most on the whole panel.
        let most = self.largest(&region);
        let crude = Interval::zero(PRECISION).hull(&half.scaled(1).mul(&most));
        let negligible = crude.magnitude().is_some_and(|size| size <= small);
        let last = depth >= MAX_DEPTH || self.panels >= MAX_PANELS;
        if negligible {
            self.sum = self.sum.add(&crude);
            return;
        }
        match self.error(&region, &half).filter(|error| last || *error <= small) {
            Some(error) => self.rule(low, high, &half, &error),
            None if last => self.sum = self.sum.add(&crude),
            None => {
                let middle = (low + high) * ratio(1, 2);
                self.part(low, &middle, depth + 1);
                self.part(&middle, high, depth + 1);
            }
        }
    }

    /// An upper bound of `e^{-f}`, as an interval of no width to speak of.
    fn largest(&self, region: &Interval) -> Interval {
        let one = Interval::integer(1, PRECISION);
        let [sin, cos] = sin_cos(region);
        // The first term of f is least where the cosine is largest, and may be infinite where it is least.
        let cos2 = cos.square().hi;
        let cos2 = Interval { lo: cos2.clone(), hi: cos2, prec: PRECISION };
        let exponent = self.exponent([&self.first, &self.second], &vec![sin], &vec![cos2]);
        // f >= 0.
        let top = exponent[0].min(&Interval::zero(PRECISION)).exp();
        Interval { lo: top.hi.clone(), hi: top.hi, prec: PRECISION }.min(&one)
    }

    /// `c h |F_{2n}|` with `F` the Taylor coefficients of `e^{-f}` on the panel.
    fn error(&self, region: &Interval, half: &Interval) -> Option<BigInt> {
        let h = Coarse::from(half);
        let [s, c] = sin_cos(region).map(|x| Coarse::from(&x));
        // From the values on the panel, and the derivatives' cycle.
        let taylor = |values: [Coarse; 2], h: Coarse| {
            let (mut cycle, mut power) = (values, h.like_integer(1));
            let mut out: Jet<Coarse> = vec![];
            for n in 0..=ORDER {
                out.push(power.mul(&cycle[0]));
                cycle = [cycle[1], cycle[0].neg()];
                power = power.mul(&h).div_integer(n as u64 + 1);
            }
            out
        };
        let sin = taylor([s, c], h);
        // cos² θ = (1 + cos 2θ)/2, with cos 2θ = 1 - 2 sin² θ and sin 2θ = 2 sin θ cos θ.
        let double = [s.square().scaled(1).neg().add(&h.like_integer(1)), s.mul(&c).scaled(1).neg()];
        let mut cos2: Jet<Coarse> = taylor(double, h.scaled(1)).iter().map(|c| c.scaled(-1)).collect();
        cos2[0] = c.square();
        let factors = [Coarse::from(&self.first), Coarse::from(&self.second)];
        let jet = exp(&self.exponent([&factors[0], &factors[1]], &sin, &cos2));
        let scale = h.abs().mul(&h.like_rational(&legendre::rule().error));
        let error = scale.mul(&jet[ORDER].abs());
        if error.is_finite() { error.interval(PRECISION).magnitude() } else { None }
    }

    fn rule(&mut self, low: &BigRational, high: &BigRational, half: &Interval, error: &BigInt) {
        let one = Interval::integer(1, PRECISION);
        let middle = self.beta.mul(&Interval::rational(&((low + high) * ratio(1, 2)), PRECISION));
        for (t, w) in &legendre::rule().points {
            let sin = middle.add(&half.mul(t)).sin();
            let cos2 = one.sub(&sin.square());
            let exponent = self.exponent([&self.first, &self.second], &vec![sin], &vec![cos2]);
            self.sum = self.sum.add(&w.mul(half).mul(&exponent[0].exp()));
        }
        self.sum = self.sum.widened(error);
    }
}

#[cfg(test)]
mod tests;
