//! What is written where, whatever the notation.

use num_bigint::BigInt;
use num_integer::Integer;
use num_rational::BigRational;
use num_traits::{One, Signed, Zero};

use super::super::monomial::{Monomial, Trig};
use super::super::{ClosedForm, Name};

/// A factor as it is written; its exponent, positive, goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Factor {
    /// `√n`, or `√(nπ)`.
    Sqrt(BigInt, bool),
    Pi,
    Exp(BigRational),
    Trig(Trig),
    /// `Φ(√x)`.
    Phi(BigRational),
    Asin(BigRational),
    Named(Name),
}

type Product = Vec<(Factor, i64)>;

/// `(Σ c · factors) / (denominator · factors_below)`, integers `c`, `denominator > 0`.
pub(super) struct Fraction {
    pub(super) numerator: Vec<(BigInt, Product)>,
    pub(super) denominator: BigInt,
    pub(super) factors_below: Product,
}

/// The terms in the order they are written, those over one irrational denominator together.
pub(super) fn layout(form: &ClosedForm) -> Vec<Fraction> {
    let mut terms: Vec<(&Monomial, &BigRational)> = form.terms.iter().collect();
    terms.sort_by(|a, b| order(a.0).cmp(&order(b.0)));
    let mut out: Vec<Fraction> = vec![];
    for (monomial, coefficient) in terms {
        let fraction = single(monomial, coefficient);
        let group = match fraction.factors_below.is_empty() {
            true => None,
            false => out.iter_mut().find(|f| f.factors_below == fraction.factors_below),
        };
        match group {
            Some(group) => join(group, fraction),
            None => out.push(fraction),
        }
    }
    for fraction in &mut out {
        cancel(fraction);
        lead(&mut fraction.numerator, |(c, _)| c.is_negative());
    }
    lead(&mut out, |fraction| fraction.numerator[0].0.is_negative());
    out
}

/// Simple before involved: names, functions, e, π, roots.
fn order(m: &Monomial) -> impl Ord + '_ {
    (
        (&m.powers, &m.phi, &m.asin, &m.trig),
        (m.exp.abs(), &m.exp),
        (m.pi.abs(), std::cmp::Reverse(m.pi), &m.root),
    )
}

fn join(group: &mut Fraction, other: Fraction) {
    let common = group.denominator.lcm(&other.denominator);
    let (mine, theirs) = (&common / &group.denominator, &common / &other.denominator);
    group.numerator.iter_mut().for_each(|(c, _)| *c *= &mine);
    group.numerator.extend(other.numerator.into_iter().map(|(c, f)| (c * &theirs, f)));
    group.denominator = common;
}

/// A sum begins with a positive term, if it has one.
fn lead<T>(terms: &mut [T], negative: impl Fn(&T) -> bool) {
    if let Some(first) = terms.iter().position(|t| !negative(t)) {
        terms[..=first].rotate_right(1);
    }
}

/// Removes the factor that the denominator shares with every coefficient above.
fn cancel(fraction: &mut Fraction) {
    let shared = fraction.numerator.iter().fold(fraction.denominator.clone(), |g, (c, _)| g.gcd(c));
    if !shared.is_one() {
        fraction.denominator /= &shared;
        fraction.numerator.iter_mut().for_each(|(c, _)| *c /= &shared);
    }
}

/// One term as a fraction.
fn single(m: &Monomial, coefficient: &BigRational) -> Fraction {
    let (mut top, mut bottom) = (coefficient.numer().clone(), coefficient.denom().clone());
    let (mut above, mut below) = (vec![], vec![]);
    // An odd half power of π: √π goes below if the power is negative, and takes along what it can
    // of √n: √n/(kd) = √(n/d)/(k√d).
    let mut root_above = m.root.clone();
    if m.pi.is_odd() {
        if m.pi < 0 {
            // A factor two always goes along: √(2π) is what densities are written with.
            let two = m.root.gcd(&BigInt::from(2));
            let down = m.root.gcd(&bottom).lcm(&two);
            root_above /= &down;
            top *= &down;
            let shared = top.gcd(&bottom);
            (top, bottom) = (top / &shared, bottom / &shared);
            below.push((Factor::Sqrt(down, true), 1));
        } else {
            above.push((Factor::Sqrt(root_above, true), 1));
            root_above = BigInt::one();
        }
    }
    if !root_above.is_one() {
        above.insert(0, (Factor::Sqrt(root_above, false), 1));
    }
    let mut put = |factor: Factor, n: i64| {
        if n > 0 {
            above.push((factor, n));
        } else if n < 0 {
            below.push((factor, -n));
        }
    };
    // What √π leaves: towards zero.
    put(Factor::Pi, m.pi / 2);
    for power in &m.powers {
        let exponents = [power.base, power.root, power.angle];
        for (name, n) in power.symbol.names().iter().zip(exponents) {
            put(Factor::Named(name.clone()), n);
        }
    }
    if !m.exp.is_zero() {
        put(Factor::Exp(m.exp.clone()), 1);
    }
    if m.trig != Trig::None {
        put(Factor::Trig(m.trig.clone()), 1);
    }
    for (x, &n) in &m.phi {
        put(Factor::Phi(x.clone()), n);
    }
    for (x, &n) in &m.asin {
        put(Factor::Asin(x.clone()), n);
    }
    Fraction { numerator: vec![(top, above)], denominator: bottom, factors_below: below }
}
