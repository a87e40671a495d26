//! Hermite coefficients of piecewise exponential polynomials by integration by parts.
//!
//! `h_k n = -(h_{k-1} n)'/√k`, so with the jumps `J_m(a)` of the m-th derivative at `a`
//! `μ_k(φ) = (Σ_a J_0(a) h_{k-1}(a) n(a) + μ_{k-1}(φ'))/√k`. Differentiating `D` times, once more than
//! the largest degree, leaves exponentials `ψ = Σ_c ψ_c`, and
//! `μ_k(φ) = Σ_{m < min(k, D)} F_{m+1}(k) S_m(k-1-m) + F_D(k) μ_{k-D}(ψ)`, where
//! `F_j(k) = (k (k-1) ... (k-j+1))^{-1/2}` and `S_m(j) = Σ_a J_m(a) h_j(a) n(a)`; for `k < D` the last term is
//! `F_k(k) E[φ^(k)]`. An exponential obeys `√k μ_k(ψ_c) = c μ_{k-1}(ψ_c) + Σ_a J(a) h_{k-1}(a) n(a)`.
//! All jumps are exact: where one vanishes, its term is absent, not a cancellation. At variance
//! `q`, breakpoints become `a/√q`, rates `c√q`, and the m-th derivative gains `q^{m/2}`.

use std::collections::BTreeMap;

use rug::{Float, Rational};

use super::moments::{Interval, combine, half_powers};
use super::pieces::{ExpPoly, ExpSum, Pieces, power};
use super::polynomial::{Roots, scaled_values};
use crate::number::{Ball, Mag};

/// The jumps at `±a`, `a >= 0`, joined for even and for odd `h_j`.
struct Place {
    at: Rational,
    /// `(m, [weight of even j, weight of odd j])`.
    jumps: Vec<(usize, [ExpSum; 2])>,
    /// The same for each exponential, by its index in the list of rates.
    tails: Vec<(usize, [ExpSum; 2])>,
}

/// `μ_k` of a polynomial `Σ c_j x^j` at variance `q`, `k < len`: a sum over `j >= k`, `j ≡ k (2)` of
/// `c_j q^{j/2} j!/(2^i i! √k!)` with `i = (j-k)/2`. Exact zeros beyond the degree.
pub(crate) fn polynomial_coefficients(p: &[Ball], q: &Ball, len: usize) -> Vec<Ball> {
    let prec = q.precision();
    let mut sums = vec![Ball::zero(prec); len.max(p.len())];
    for ((j, c), scale) in p.iter().enumerate().zip(half_powers(q, p.len())) {
        if c.is_exact_zero() {
            continue;
        }
        // j!/(2^i i! k!), stepping k down by two.
        let mut term = c * &scale;
        for k in (0..=j).rev().step_by(2) {
            sums[k] = &sums[k] + &term;
            if k >= 2 {
                let i = (j - k) / 2 + 1;
                term = term.mul_integer((k * (k - 1)) as i64).div_integer(2 * i as i64);
            }
        }
    }
    sums.truncate(len);
    let mut norm = Ball::from_integer(1, prec);
    for (k, sum) in sums.iter_mut().enumerate().take(p.len()) {
        if k > 0 {
            norm = norm * Ball::from_integer(k as i64, prec).sqrt();
        }
        *sum = &*sum * &norm;
    }
    sums
}

impl Pieces {
    /// `μ_0 .. μ_{len-1}` at variance `q`, at the precision of `q`. A parity whose part is a
    /// polynomial is computed as one, so that its zeros are exact.
    pub(crate) fn hermite(&self, q: &Ball, len: usize) -> Vec<Ball> {
        if len == 0 {
            return vec![];
        }
        let parts = [self.parity_part(false), self.parity_part(true)];
        let polynomial = [parts[0].as_polynomial(), parts[1].as_polynomial()];
        let mut out = if polynomial.iter().all(Option::is_some) {
            vec![Ball::zero(q.precision()); len]
        } else {
            self.by_parts(q, len, [polynomial[0].is_none(), polynomial[1].is_none()])
        };
        for (parity, p) in polynomial.iter().enumerate() {
            if let Some(p) = p {
                let p: Vec<Ball> = p.iter().map(|c| Ball::from_gmp_rational(c, q.precision())).collect();
                let exact = polynomial_coefficients(&p, q, len);
                for (k, value) in exact.into_iter().enumerate().skip(parity).step_by(2) {
                    out[k] = value;
                }
            }
        }
        out
    }

    /// The recurrence, for the parities asked for.
    fn by_parts(&self, q: &Ball, len: usize, wanted: [bool; 2]) -> Vec<Ball> {
        let prec = q.precision();
        let orders = self.degree() + 1;
        let sigma = q.sqrt();
        let roots = Roots::new(len, prec);
        let scales = half_powers(q, orders + 1);
        let mut out = self.low_coefficients(q, len.min(orders), &roots, &scales);
        out.resize(len, Ball::zero(prec));

        let rates = self.rates();
        let mut driven = vec![vec![Ball::zero(prec); len]; rates.len()];
        for place in self.places(orders, &rates) {
            let x = Ball::from_gmp_rational(&place.at, prec) / &sigma;
            let values = scaled_values(&x, &x.normal_density(), &roots, len);
            for (m, weights) in &place.jumps {
                let weights = [0, 1].map(|i| weights[i].to_ball(prec) * &scales[*m]);
                add_jump_terms(&mut out, *m, &weights, &values, &roots, wanted);
            }
            for (tail, weights) in &place.tails {
                let weights = [0, 1].map(|i| weights[i].to_ball(prec) * &scales[orders]);
                for (j, value) in values.iter().enumerate() {
                    driven[*tail][j] = &driven[*tail][j] + &(value * &weights[j % 2]);
                }
            }
        }
        for (rate, driven) in rates.iter().zip(driven) {
            let start = self.exponential_part(rate, orders).expectation(q) * &scales[orders];
            let rate = Ball::from_gmp_rational(rate, prec) * &sigma;
            add_tail(&mut out, orders, &rate, start, driven, &roots, wanted);
        }
        out
    }

    /// `F_k(k) E[φ^(k)] q^{k/2}` for the first few `k`.
    fn low_coefficients(&self, q: &Ball, len: usize, roots: &Roots, scales: &[Ball]) -> Vec<Ball> {
        let prec = q.precision();
        let sigma = q.sqrt();
        let mut out = vec![Ball::zero(prec); len];
        for (a, b, piece) in self.intervals() {
            let interval = Interval::new(a, b, &sigma);
            for (rate, p) in piece.terms() {
                let moments = interval.moments(rate, p.len());
                let mut derivative = p.to_vec();
                for (k, sum) in out.iter_mut().enumerate() {
                    if k > 0 {
                        derivative = ExpPoly::term(rate.clone(), derivative).derivative().into_term(rate);
                    }
                    *sum = &*sum + &combine(&derivative, &moments, scales, prec);
                }
            }
        }
        let mut factor = Ball::from_integer(1, prec);
        for (k, sum) in out.iter_mut().enumerate() {
            if k > 0 {
                factor = &factor / roots.of(k);
            }
            *sum = &(&*sum * &factor) * &scales[k];
        }
        out
    }

    /// The rates `c` of the exponentials.
    fn rates(&self) -> Vec<Rational> {
        let mut out: Vec<Rational> =
            self.pieces().iter().flat_map(|p| p.terms().map(|(c, _)| c.clone())).collect();
        out.retain(|c| !c.is_zero());
        out.sort();
        out.dedup();
        out
    }

    /// `ψ_c`: the `e^{cx}` terms of the D-th derivative.
    fn exponential_part(&self, rate: &Rational, orders: usize) -> Pieces {
        let factor = power(rate, orders);
        let only = |p: &ExpPoly| {
            let weight = p.terms().find(|(c, _)| *c == rate).map(|(_, w)| w[0].clone()).unwrap_or_default();
            ExpPoly::term(rate.clone(), vec![weight * &factor])
        };
        Pieces::new(self.breakpoints().to_vec(), self.pieces().iter().map(only).collect())
    }

    fn places(&self, orders: usize, rates: &[Rational]) -> Vec<Place> {
        let tails: Vec<Pieces> = rates.iter().map(|c| self.exponential_part(c, orders)).collect();
        let mut grouped: BTreeMap<Rational, Place> = BTreeMap::new();
        for (i, at) in self.breakpoints().iter().enumerate() {
            let negative = *at < 0;
            let key = at.clone().abs();
            let place = grouped.entry(key.clone()).or_insert(Place { at: key, jumps: vec![], tails: vec![] });
            for (m, jump) in self.jumps(i, orders) {
                join(&mut place.jumps, m, &jump, negative);
            }
            for (t, tail) in tails.iter().enumerate() {
                if let Some(i) = tail.breakpoints().iter().position(|b| b == at) {
                    for (_, jump) in tail.jumps(i, 1) {
                        join(&mut place.tails, t, &jump, negative);
                    }
                }
            }
        }
        grouped.into_values().collect()
    }
}

/// `h_j(-a) = (-1)^j h_j(a)`.
fn join(list: &mut Vec<(usize, [ExpSum; 2])>, index: usize, jump: &ExpSum, negative: bool) {
    let at = match list.iter().position(|(i, _)| *i == index) {
        Some(at) => at,
        None => {
            list.push((index, Default::default()));
            list.len() - 1
        }
    };
    let [even, odd] = &mut list[at].1;
    *even = even.plus(jump, 1);
    *odd = odd.plus(jump, if negative { -1 } else { 1 });
}

/// Adds `F_{m+1}(k) S_m(k-1-m)` for every `k > m` of the wanted parity.
fn add_jump_terms(
    out: &mut [Ball],
    m: usize,
    weights: &[Ball; 2],
    values: &[Ball],
    roots: &Roots,
    wanted: [bool; 2],
) {
    if out.len() <= m + 1 {
        return;
    }
    let mut falling = InverseFalling::new(m + 1, roots, values[0].precision());
    for k in m + 1..out.len() {
        if k > m + 1 {
            falling.advance();
        }
        let j = k - 1 - m;
        if wanted[k % 2] && !weights[j % 2].is_exact_zero() && !values[j].is_exact_zero() {
            out[k] = &out[k] + &(&(&values[j] * &weights[j % 2]) * &falling.ball());
        }
    }
}

/// Adds `F_D(k) μ_{k-D}(ψ_c)`; `driven[j]` is `Σ_a J(a) h_j(a) n(a)`, `rate` is `c√q`.
fn add_tail(
    out: &mut [Ball],
    orders: usize,
    rate: &Ball,
    start: Ball,
    driven: Vec<Ball>,
    roots: &Roots,
    wanted: [bool; 2],
) {
    if out.len() <= orders {
        return;
    }
    let mut value = start;
    let mut falling = InverseFalling::new(orders, roots, rate.precision());
    for k in orders..out.len() {
        if k > orders {
            falling.advance();
        }
        if wanted[k % 2] {
            out[k] = &out[k] + &(&value * &falling.ball());
        }
        let j = k - orders;
        value = &(&(rate * &value) + &driven[j]) / roots.of(j + 1);
    }
}

/// `F_j(k)` for `k = j, j + 1, ...`, in floats with an a-priori relative error.
struct InverseFalling<'a> {
    order: usize,
    k: usize,
    value: Float,
    roots: &'a Roots,
}

impl<'a> InverseFalling<'a> {
    /// `roots` must reach `order`.
    fn new(order: usize, roots: &'a Roots, precision: u32) -> Self {
        let mut value = Float::with_val(precision, 1);
        for i in 1..=order {
            value /= roots.of(i).midpoint();
        }
        InverseFalling { order, k: order, value, roots }
    }

    /// `F_j(k)` at the present `k`.
    fn ball(&self) -> Ball {
        // At most 4 roundings a step so far (two operations, two roots), 2 for each factor of the
        // first value, each of relative size 2^-p; (1 + 2^-p)^n - 1 <= 2n 2^-p for n 2^-p <= 1.
        let steps = Mag::from_usize(4 * self.k).shl(1 - i64::from(self.value.prec()));
        Ball::new(self.value.clone(), Mag::from_float(&self.value) * steps)
    }

    fn advance(&mut self) {
        self.k += 1;
        self.value *= self.roots.of(self.k - self.order).midpoint();
        self.value /= self.roots.of(self.k).midpoint();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// `E[φ(X) G_k(X)]/(√k! q^{k/2})` with `G_{k+1} = x G_k - k q G_{k-1}`: the definition, term by term.
    fn by_definition(f: &Pieces, q: &Rational, len: usize, prec: u32) -> Vec<Ball> {
        let x = ExpPoly::polynomial(vec![Rational::new(), Rational::from(1)]);
        let (mut before, mut now) = (ExpPoly::default(), ExpPoly::polynomial(vec![Rational::from(1)]));
        let variance = Ball::from_gmp_rational(q, prec);
        let mut norm = Ball::from_integer(1, prec);
        let mut out = vec![];
        for k in 0..len {
            if k > 0 {
                norm = norm * (&variance * &Ball::from_integer(k as i64, prec)).sqrt();
            }
            let product =
                Pieces::new(f.breakpoints().to_vec(), f.pieces().iter().map(|p| p.times(&now)).collect());
            out.push(product.expectation(&variance) / &norm);
            let next = x.times(&now).plus(&before, &Rational::from(q * -(k as i64)));
            before = std::mem::replace(&mut now, next);
        }
        out
    }

    fn number() -> impl Strategy<Value = Rational> {
        prop_oneof![3 => (-6i32..=6).prop_map(Rational::from), 2 => (-30i32..30, 1i32..9).prop_map(Rational::from)]
    }

    fn piece() -> impl Strategy<Value = ExpPoly> {
        let polynomial = prop::collection::vec(number(), 0..5);
        let exponentials = prop::collection::vec((-4i32..=4, number()), 0..3);
        (polynomial, exponentials).prop_map(|(p, exponentials)| {
            let start = ExpPoly::polynomial(p);
            exponentials.into_iter().fold(start, |sum, (rate, weight)| {
                sum.plus(&ExpPoly::term(Rational::from((rate, 2)), vec![weight]), &Rational::from(1))
            })
        })
    }

    /// Breakpoints are often symmetric, so that parities meet.
    fn pieces() -> impl Strategy<Value = Pieces> {
        (prop::collection::btree_set(number(), 0..4), any::<bool>()).prop_flat_map(|(set, mirror)| {
            let mut breaks = set.clone();
            if mirror {
                breaks.extend(set.iter().map(|b| Rational::from(-b)));
            }
            let breaks: Vec<Rational> = breaks.into_iter().collect();
            prop::collection::vec(piece(), breaks.len() + 1)
                .prop_map(move |list| Pieces::new(breaks.clone(), list))
        })
    }

    fn variance() -> impl Strategy<Value = Rational> {
        prop_oneof![Just(Rational::from(1)), (1i32..20, 1i32..20).prop_map(Rational::from)]
    }

    proptest! {
        #![proptest_config(ntk_testing::cases(12))]

        #[test]
        fn agrees_with_the_definition(f in pieces(), q in variance(), p in 60u32..300) {
            let len = 10;
            let truth = by_definition(&f, &q, len, 700);
            let got = f.hermite(&Ball::from_gmp_rational(&q, p), len);
            for (k, (g, t)) in got.iter().zip(&truth).enumerate() {
                prop_assert!(t.radius() < Mag::pow2(-320), "the reference is too wide: {t:?}");
                prop_assert!(g.overlaps(t), "μ_{k}: {g:?} against {t:?}");
                prop_assert!(!g.is_exact_zero() || t.contains_zero());
            }
        }

        #[test]
        fn two_precisions_overlap_and_the_higher_is_narrower(f in pieces(), q in variance(), p in 60u32..200) {
            let (low, high) = (Ball::from_gmp_rational(&q, p), Ball::from_gmp_rational(&q, p + 200));
            let (low, high) = (f.hermite(&low, 150), f.hermite(&high, 150));
            for (k, (a, b)) in low.iter().zip(&high).enumerate() {
                prop_assert!(a.overlaps(b), "μ_{k}");
                prop_assert!(a.is_exact() || b.radius() < a.radius(), "μ_{k}");
            }
        }

        #[test]
        fn parts_of_either_parity_share_out_the_coefficients(f in pieces(), q in variance()) {
            let q = Ball::from_gmp_rational(&q, 200);
            let all = f.hermite(&q, 20);
            let parts = [f.parity_part(false).hermite(&q, 20), f.parity_part(true).hermite(&q, 20)];
            for k in 0..20 {
                prop_assert!(parts[k % 2][k].overlaps(&all[k]), "μ_{k}");
                prop_assert!(parts[1 - k % 2][k].is_exact_zero(), "μ_{k}");
            }
        }

        #[test]
        fn a_polynomial_part_ends_at_its_degree(f in pieces(), p in prop::collection::vec(number(), 1..6), odd: bool) {
            // One parity from pieces, the other from a polynomial.
            let polynomial = Pieces::new(vec![], vec![ExpPoly::polynomial(p)]).parity_part(!odd);
            let sum = f.parity_part(odd).plus(&polynomial, &Rational::from(1));
            prop_assert_eq!(sum.parity_part(!odd), polynomial.clone());
            let degree = polynomial.degree();
            let mu = sum.hermite(&Ball::from_integer(1, 100), 20);
            for k in (usize::from(!odd)..20).step_by(2).filter(|k| *k > degree) {
                prop_assert!(mu[k].is_exact_zero(), "μ_{k}");
            }
        }

        #[test]
        fn closed_forms_agree(f in pieces(), q in variance()) {
            let got = f.hermite(&Ball::from_gmp_rational(&q, 300), 12);
            let exact = crate::number::rational::rational_from_gmp(&q);
            for (k, g) in got.iter().enumerate() {
                let closed = f.hermite_closed_form(k, &exact).expect("within the limits");
                prop_assert!(g.overlaps(&closed.to_ball(600)), "μ_{k}: {g:?} against {closed}");
                prop_assert!(!g.is_exact_zero() || closed.is_zero(), "μ_{k}: {closed}");
            }
        }
    }

    #[test]
    fn rates_of_an_exponential_reach_through_cancellation() {
        // e^{x} on the left of 0 at variance 400: the recurrence loses about 290 bits, and says so.
        let f = Pieces::new(
            vec![Rational::new()],
            vec![ExpPoly::term(Rational::from(1), vec![Rational::from(1)]), ExpPoly::default()],
        );
        let q = Rational::from(400);
        let truth = by_definition(&f, &q, 16, 1200);
        for prec in [200, 800] {
            for (g, t) in f.hermite(&Ball::from_gmp_rational(&q, prec), 30).iter().zip(&truth) {
                assert!(g.overlaps(t), "{g:?} against {t:?}");
            }
        }
    }

    /// At few bits every step's roundings show; `F_j(k)² = (k-j)!/k!`.
    #[test]
    fn falling_factors_hold_at_few_bits() {
        for precision in [14, 20, 30, 64] {
            for order in [0, 1, 2, 5] {
                let roots = Roots::new(1200, precision);
                let mut falling = InverseFalling::new(order, &roots, precision);
                let mut off = Mag::ZERO;
                for k in order..1200 {
                    let square =
                        (k - order + 1..=k).fold(Ball::from_integer(1, 300), |f, i| f.mul_integer(i as i64));
                    let (found, truth) = (falling.ball(), square.sqrt().recip());
                    assert!(
                        found.contains(&truth),
                        "{precision} bits, F_{order}({k}): {found} misses {truth}"
                    );
                    let missed = (Ball::exact(found.midpoint().clone()) - &truth).mignitude();
                    off = off.max(
                        missed.div_by_lower(found.mignitude().max(Mag::pow2(-40))).shl(i64::from(precision)),
                    );
                    falling.advance();
                }
                // The bound has something to bound.
                assert!(order == 0 || off > Mag::ONE, "{precision} bits, order {order}: {off:?}");
            }
        }
    }
}
