//! Integrals against Gaussian weights, panel by panel: Gauss-Legendre rules with the error bounded by a Taylor
//! coefficient.
//!
//! With `s = √q` and `H_k(x) = h_k(x/s) e^{-x²/2q}/√(2πq)`: `H_k^{(j)} = (-1/s)^j √((k+1)...(k+j)) H_{k+j}`, and by
//! Cramér's `|h_k(z)| <= 1.0865 e^{z²/4}`, `|H_k(x)| <= 0.4335 e^{-z²/4}/s` for `z = x/s`.

use num_traits::Signed;

use super::hermite::{Node, PRECISION};
use super::legendre::{self, NODES};
use crate::coarse::Coarse;
use crate::enclosure::Enclosure;
use crate::expression::jet::Jet;
use crate::integer::{BigInt, BigRational};
use crate::interval::Interval;
use crate::rational::ratio;

/// The Taylor coefficient in the error of the rule.
const ORDER: usize = 2 * NODES;
/// Functions are taken for no smaller than `2^LEAST_SIZE`.
const LEAST_SIZE: i32 = -24;
/// Panels are halved at most so often: what a kink at an irrational place leaves is then small.
const MAX_DEPTH: u32 = 44;
/// Most panels.
const MAX_PANELS: usize = 3000;

/// What is integrated: the first function against `H_0, ..., H_degree`, all others against `H_0`.
pub(super) trait Integrands {
    /// The first `len` Taylor coefficients in `τ` of every function at `x + slope τ`.
    fn jets<E: Enclosure>(&self, x: &E, slope: &E, len: usize) -> Option<Vec<Jet<E>>>;
    /// The functions' values on a short interval, where they have no Taylor coefficients.
    fn values(&self, region: &Interval) -> Option<Vec<Interval>>;
}

pub(super) struct Panels<'a, F> {
    functions: &'a F,
    /// `√q`, and with the bits of the nodes.
    s: Interval,
    s_long: Interval,
    /// `√(2π) s`.
    scale: Interval,
    /// `√((k+1)...(k+j))/j!` for the largest `k`, and for 0.
    growth: [Vec<Coarse>; 2],
    degree: usize,
    /// The first function's nodes, and a bound of what the rule leaves of each of its integrals.
    pub(super) nodes: Vec<Node>,
    pub(super) left: Interval,
    /// The integrals of all functions against `H_0`.
    pub(super) sums: Vec<Interval>,
    panels: usize,
    /// For every function, how large an error of one panel may be.
    units: Vec<Coarse>,
}

/// `2^-bits` of the functions' sizes at a few points; whatever they are, the results are right.
fn units<F: Integrands>(functions: &F, count: usize, s: &Interval, bits: u32) -> Vec<Coarse> {
    let one = Coarse::ZERO.like_integer(1);
    let mut sizes = vec![one.scaled(LEAST_SIZE); count];
    let s = Coarse::from(s);
    for k in -6..=2 {
        for x in [s.scaled(k), s.scaled(k).neg()] {
            let Some(values) = functions.jets(&x, &one, 1) else { continue };
            for (size, jet) in sizes.iter_mut().zip(&values).filter(|(_, jet)| jet[0].is_finite()) {
                *size = size.larger(&jet[0]);
            }
        }
    }
    sizes.iter().map(|size| size.scaled(-(bits as i32))).collect()
}

impl<'a, F: Integrands> Panels<'a, F> {
    /// Errors are to be at most `2^-bits` of the functions' sizes.
    pub(super) fn new(
        functions: &'a F,
        count: usize,
        q: &Interval,
        degree: usize,
        bits: u32,
    ) -> Panels<'a, F> {
        let s_long = q.at(legendre::PRECISION.max(q.prec)).sqrt().at(legendre::PRECISION);
        let s = s_long.at(PRECISION);
        let growth = [degree, 0].map(|k| {
            let mut out = vec![Interval::integer(1, PRECISION)];
            for j in 1..=ORDER {
                let factor = Interval::integer((k + j) as i64, PRECISION).sqrt();
                out.push(out[j - 1].mul(&factor).div_integer(j as u64));
            }
            out.iter().map(Coarse::from).collect()
        });
        let zero = Interval::zero(PRECISION);
        Panels {
            functions,
            scale: Interval::pi(PRECISION).mul_integer(2).sqrt().mul(&s),
            s: s.clone(),
            s_long,
            growth,
            degree,
            nodes: vec![],
            left: zero.clone(),
            sums: vec![zero; count],
            panels: 0,
            units: units(functions, count, &s, bits),
        }
    }

    pub(super) fn s(&self) -> &Interval {
        &self.s
    }

    /// Integrates over `[-edge, edge]` by panels of a length, divided at the breaks.
    pub(super) fn run(
        &mut self,
        step: &BigRational,
        edge: &BigRational,
        breaks: &[BigRational],
    ) -> Option<()> {
        let mut ends: Vec<BigRational> = breaks.iter().filter(|b| b.abs() < *edge).cloned().collect();
        let mut at = -edge;
        while at < *edge {
            ends.push(at.clone());
            at += step;
        }
        ends.push(edge.clone());
        ends.sort();
        ends.dedup();
        ends.windows(2).try_for_each(|pair| self.panel(&pair[0], &pair[1], 0))
    }

    /// Adds the integrals over a panel, or over its halves where the error is large.
    fn panel(&mut self, low: &BigRational, high: &BigRational, depth: u32) -> Option<()> {
        self.panels += 1;
        if self.panels > MAX_PANELS {
            return None;
        }
        let middle = (low + high) * ratio(1, 2);
        let half = (high - low) * ratio(1, 2);
        let errors = self.errors(low, high, &half);
        let small = |e: &Vec<Coarse>| e.iter().zip(&self.units).all(|(e, unit)| e.is_within(unit));
        if depth < MAX_DEPTH && !errors.as_ref().is_some_and(small) {
            self.panel(low, &middle, depth + 1)?;
            return self.panel(&middle, high, depth + 1);
        }
        let errors = errors
            .and_then(|e| e.iter().map(|e| e.interval(PRECISION).magnitude()).collect::<Option<Vec<_>>>());
        match errors {
            Some(errors) => self.rule(&middle, &half, &errors),
            None => self.crude(low, high),
        }
    }

    /// `0.4335 e^{-z²/4}/s`, and `e^{-z²/2}/(√(2π) s)`, the largest on the panel.
    fn weights(&self, region: &Interval) -> [Interval; 2] {
        let z2 = region.abs().div(&self.s).square();
        let cramer = Interval::rational(&ratio(4335, 10_000), PRECISION).div(&self.s);
        [cramer.mul(&z2.scaled(-2).neg().exp()), z2.scaled(-1).neg().exp().div(&self.scale)]
    }

    /// `c h |F_{2n}|` for every function against `H_0`, the first one against all `H_k`: with `x = m + hτ`,
    /// `F_{2n} = Σ_j f_{2n-j} H_{k,j}` and `|H_{k,j}| <= (h/s)^j √((k+1)...(k+j))/j! max|H|`, which grows with `k`.
    fn errors(&self, low: &BigRational, high: &BigRational, half: &BigRational) -> Option<Vec<Coarse>> {
        let [from, to, h] = [low, high, half].map(|r| Coarse::ZERO.like_rational(r));
        let jets = self.functions.jets(&from.hull(&to), &h, ORDER + 1)?;
        let [most, _] = self.weights(&Interval::between(Some(low), Some(high), PRECISION));
        let scale = Coarse::ZERO.like_rational(&legendre::rule().error).mul(&h).mul(&Coarse::from(&most));
        let ratio = h.div(&Coarse::from(&self.s));
        let mut powers = vec![Coarse::ZERO.like_integer(1)];
        for j in 0..ORDER {
            powers.push(powers[j].mul(&ratio));
        }
        let bound = |(i, jet): (usize, &Jet<Coarse>)| {
            let growth = &self.growth[usize::from(i > 0)];
            let size = (0..=ORDER)
                .fold(Coarse::ZERO, |sum, j| sum.add(&powers[j].mul(&growth[j]).mul(&jet[ORDER - j].abs())));
            size.mul(&scale)
        };
        let errors: Vec<Coarse> = jets.iter().enumerate().map(bound).collect();
        errors.iter().all(Coarse::is_finite).then_some(errors)
    }

    fn rule(&mut self, middle: &BigRational, half: &BigRational, errors: &[BigInt]) -> Option<()> {
        let long = |r: &BigRational| Interval::rational(r, legendre::PRECISION);
        let (middle, h) = (long(middle), long(half));
        let one = Interval::integer(1, PRECISION);
        for (t, w) in &legendre::rule().points {
            let x = middle.add(&h.mul(t));
            let values = self.functions.jets(&x.at(PRECISION), &one, 1)?;
            let z = x.div(&self.s_long);
            // e^{-z²/4}, and twice.
            let decay = z.at(PRECISION).square().scaled(-2).neg().exp();
            let weight = w.mul(&h).at(PRECISION).mul(&decay).div(&self.scale);
            for (sum, value) in self.sums.iter_mut().zip(&values) {
                *sum = sum.add(&value[0].mul(&weight).mul(&decay));
            }
            self.nodes.push(Node { z, weight: weight.mul(&values[0][0]) });
        }
        self.left = self.left.add(&Interval::new(errors[0].clone(), errors[0].clone(), PRECISION));
        for (sum, error) in self.sums.iter_mut().zip(errors) {
            *sum = sum.widened(error);
        }
        Some(())
    }

    /// A short panel with a function that has no derivatives there: by its values.
    fn crude(&mut self, low: &BigRational, high: &BigRational) -> Option<()> {
        let region = Interval::between(Some(low), Some(high), PRECISION);
        let values = self.functions.values(&region)?;
        let [most, density] = self.weights(&region);
        let length = Interval::rational(&(high - low), PRECISION);
        self.left = self.left.add(&values[0].abs().mul(&length).mul(&most));
        for (sum, value) in self.sums.iter_mut().zip(&values) {
            // The density lies between 0 and its largest value.
            let weight = Interval::zero(PRECISION).hull(&density);
            *sum = sum.add(&value.mul(&length).mul(&weight));
        }
        (self.left.is_finite() && self.sums.iter().all(Interval::is_finite)).then_some(())
    }

    /// The integrals of the first function against `H_0, ..., H_degree`.
    pub(super) fn coefficients(&self) -> Option<Vec<Interval>> {
        let left = self.left.magnitude()?;
        let sums = super::hermite::sums(&self.nodes, self.degree)?;
        Some(sums.iter().map(|sum| sum.widened(&left)).collect())
    }
}
