//! Polynomials over the rationals in the one variable, from the constant term up, without trailing zeros.

use std::collections::HashMap;

use rug::Rational;

use super::graph::{Graph, Id, Node, bits};

/// Largest degree that is multiplied out, and most bits of a coefficient.
const MAX_DEGREE: usize = 1000;
const MAX_BITS: u64 = 1 << 14;

pub(crate) type Polynomial = Vec<Rational>;

pub(crate) fn trimmed(mut p: Polynomial) -> Polynomial {
    while p.last().is_some_and(|c| c.is_zero()) {
        p.pop();
    }
    p
}

pub(crate) fn plus(a: &[Rational], b: &[Rational], factor: &Rational) -> Polynomial {
    let mut out = a.to_vec();
    if out.len() < b.len() {
        out.resize(b.len(), Rational::new());
    }
    for (o, c) in out.iter_mut().zip(b) {
        *o += Rational::from(c * factor);
    }
    trimmed(out)
}

/// `None` when it would be too large.
pub(crate) fn times(a: &[Rational], b: &[Rational]) -> Option<Polynomial> {
    if a.is_empty() || b.is_empty() {
        return Some(vec![]);
    }
    let largest = |p: &[Rational]| p.iter().map(bits).max().unwrap_or(0);
    if a.len() + b.len() > MAX_DEGREE + 2 || largest(a) + largest(b) > MAX_BITS {
        return None;
    }
    let mut out = vec![Rational::new(); a.len() + b.len() - 1];
    for (i, c) in a.iter().enumerate().filter(|(_, c)| !c.is_zero()) {
        for (j, d) in b.iter().enumerate().filter(|(_, d)| !d.is_zero()) {
            out[i + j] += Rational::from(c * d);
        }
    }
    Some(trimmed(out))
}

pub(crate) fn derivative(p: &[Rational]) -> Polynomial {
    p.iter().enumerate().skip(1).map(|(i, c)| Rational::from(c * i as u64)).collect()
}

pub(crate) fn value(p: &[Rational], x: &Rational) -> Rational {
    p.iter().rev().fold(Rational::new(), |v, c| v * x + c)
}

/// Quotient and remainder; the divisor is not zero.
fn divided(a: &[Rational], b: &[Rational]) -> (Polynomial, Polynomial) {
    let mut rest = a.to_vec();
    let mut quotient = vec![Rational::new(); (a.len() + 1).saturating_sub(b.len())];
    let Some(lead) = b.last() else { return (vec![], rest) };
    while rest.len() >= b.len() {
        let shift = rest.len() - b.len();
        let factor = Rational::from(&rest[rest.len() - 1] / lead);
        for (i, c) in b.iter().enumerate() {
            rest[shift + i] -= Rational::from(c * &factor);
        }
        quotient[shift] = factor;
        rest.pop();
        rest = trimmed(rest);
    }
    (trimmed(quotient), rest)
}

/// The monic greatest common divisor.
pub(crate) fn gcd(a: &[Rational], b: &[Rational]) -> Polynomial {
    let (mut a, mut b) = (a.to_vec(), b.to_vec());
    while !b.is_empty() {
        let rest = monic(divided(&a, &b).1);
        (a, b) = (b, rest);
    }
    monic(a)
}

fn monic(p: Polynomial) -> Polynomial {
    match p.last().cloned() {
        Some(lead) => p.into_iter().map(|c| c / &lead).collect(),
        None => p,
    }
}

/// The same roots, each once.
pub(crate) fn squarefree(p: &[Rational]) -> Polynomial {
    let common = gcd(p, &derivative(p));
    if common.len() <= 1 { p.to_vec() } else { divided(p, &common).0 }
}

impl Graph {
    /// The polynomial that an expression without choices visibly is.
    pub(crate) fn as_polynomial(&self, root: Id) -> Option<Polynomial> {
        self.polynomials(root).remove(&root).flatten()
    }

    /// The polynomials that an expression and its parts visibly are.
    pub(crate) fn polynomials(&self, root: Id) -> HashMap<Id, Option<Polynomial>> {
        let mut known: HashMap<Id, Option<Polynomial>> = HashMap::new();
        for id in self.reachable(&[root]) {
            let at = |id: &Id| known[id].as_deref();
            let p = match self.node(id) {
                Node::Variable => Some(vec![Rational::new(), Rational::from(1)]),
                Node::Number(r) => Some(trimmed(vec![r.clone()])),
                Node::Add(a, b) => at(a).zip(at(b)).map(|(a, b)| plus(a, b, &Rational::from(1))),
                Node::Sub(a, b) => at(a).zip(at(b)).map(|(a, b)| plus(a, b, &Rational::from(-1))),
                Node::Mul(a, b) => at(a).zip(at(b)).and_then(|(a, b)| times(a, b)),
                Node::Div(a, b) => match (at(a), at(b)) {
                    (Some(a), Some([c])) => Some(plus(&[], a, &Rational::from(c.recip_ref()))),
                    _ => None,
                },
                Node::Power(a, n) if *n > 0 => at(a).and_then(|a| power(a, *n)),
                _ => None,
            };
            known.insert(id, p);
        }
        known
    }

    /// The quotient of two polynomials of degree one or more, where the division leaves no rest; only while the graph
    /// is small.
    pub(crate) fn polynomial_quotient(&self, a: Id, b: Id) -> Option<Polynomial> {
        /// More nodes are not looked through for every quotient.
        const FEW: usize = 500;
        let of =
            |id: Id| (self.len() <= FEW).then(|| self.as_polynomial(id)).flatten().filter(|p| p.len() >= 2);
        let (below, above) = (of(b)?, of(a)?);
        let (quotient, rest) = divided(&above, &below);
        rest.is_empty().then_some(quotient)
    }

    /// The expression of a polynomial, by Horner's rule.
    pub(crate) fn polynomial_expression(&mut self, p: &[Rational]) -> Id {
        let x = self.variable();
        let mut value = self.number(0);
        for c in p.iter().rev() {
            let product = self.mul(value, x);
            let c = self.number(c.clone());
            value = self.add(product, c);
        }
        value
    }
}

fn power(a: &[Rational], n: i32) -> Option<Polynomial> {
    if a.len().saturating_sub(1) * n as usize > MAX_DEGREE {
        return None;
    }
    // c x^i, without the zeros below.
    if let Some((c, zeros)) = a.split_last().filter(|(_, rest)| rest.iter().all(|c| c.is_zero())) {
        let factor = (1..n).try_fold(vec![c.clone()], |out, _| times(&out, std::slice::from_ref(c)))?;
        let mut out = vec![Rational::new(); zeros.len() * n as usize];
        out.extend(factor);
        return Some(out);
    }
    (1..n).try_fold(a.to_vec(), |out, _| times(&out, a))
}
