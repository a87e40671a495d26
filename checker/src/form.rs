//! Exact normal forms: rational combinations of products of powers of `x`, exponentials and opaque functions.
//!
//! Every rewriting is an identity of functions (up to single points), so that equal forms are equal functions; unequal
//! forms may be equal functions, which is then not found out. An expression with conditions is a form on each of
//! several intervals (`pieces`).

mod functions;
pub(crate) mod multiple;
pub(crate) mod pieces;
mod roots;

use std::collections::BTreeMap;

use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::integer::{BigInt, BigRational};
use crate::rational::{bits, rational};

/// Forms larger than this are given up.
const MAX_WEIGHT: usize = 4000;
/// Numbers longer than this are given up.
const MAX_BITS: u64 = 1 << 14;

/// A function of `x` that is not taken apart; an odd or even one has an argument whose first coefficient is positive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Atom {
    Pi,
    /// A whole number, to a power between 0 and 1.
    Prime(BigInt),
    /// A form, to a power that is not a whole number from 0 on.
    Base(Form),
    Tanh(Form),
    Erf(Form),
    Sin(Form),
    Cos(Form),
    Atan(Form),
    Asinh(Form),
    Log(Form),
    /// `log(1 + e^u) - u/2`, even in `u`.
    LogCosh(Form),
    Abs(Form),
}

/// `x^x e^exp Π atom^power`.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Monomial {
    pub(crate) x: i64,
    /// Not zero.
    pub(crate) exp: Option<Box<Form>>,
    pub(crate) atoms: BTreeMap<Atom, BigRational>,
}

/// `Σ coefficient · monomial`, no coefficient being zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Form {
    pub(crate) terms: BTreeMap<Monomial, BigRational>,
    /// The number of monomials and atoms in it, nested ones too.
    weight: usize,
}

impl Atom {
    fn inner(&self) -> Option<&Form> {
        match self {
            Atom::Pi | Atom::Prime(_) => None,
            Atom::Base(u)
            | Atom::Tanh(u)
            | Atom::Erf(u)
            | Atom::Sin(u)
            | Atom::Cos(u)
            | Atom::Atan(u)
            | Atom::Asinh(u)
            | Atom::Log(u)
            | Atom::LogCosh(u)
            | Atom::Abs(u) => Some(u),
        }
    }
}

impl Monomial {
    fn weight(&self) -> usize {
        let atoms: usize = self.atoms.keys().map(|a| 1 + a.inner().map_or(0, |u| u.weight)).sum();
        1 + atoms + self.exp.as_ref().map_or(0, |u| u.weight)
    }

    fn is_power_of_x(&self) -> bool {
        self.exp.is_none() && self.atoms.is_empty()
    }
}

impl Form {
    fn collected(terms: BTreeMap<Monomial, BigRational>) -> Option<Form> {
        let terms: BTreeMap<_, _> = terms.into_iter().filter(|(_, c)| !c.is_zero()).collect();
        let weight = terms.keys().map(Monomial::weight).sum();
        let short = terms.values().all(|c| bits(c) <= MAX_BITS);
        (short && weight <= MAX_WEIGHT).then_some(Form { terms, weight })
    }

    pub(crate) fn number(r: BigRational) -> Form {
        let mut out = Form::default();
        if !r.is_zero() {
            out.terms.insert(Monomial::default(), r);
            out.weight = 1;
        }
        out
    }

    pub(crate) fn integer(n: i64) -> Form {
        Form::number(rational(n))
    }

    pub(crate) fn variable() -> Form {
        Form::monomial(Monomial { x: 1, ..Monomial::default() })
    }

    fn monomial(m: Monomial) -> Form {
        let weight = m.weight();
        Form { terms: BTreeMap::from([(m, BigRational::one())]), weight }
    }

    fn atom(atom: Atom, power: BigRational) -> Form {
        if power.is_zero() {
            return Form::integer(1);
        }
        Form::monomial(Monomial { atoms: BTreeMap::from([(atom, power)]), ..Monomial::default() })
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// The coefficients, if it is a polynomial as it stands.
    pub(crate) fn as_polynomial(&self) -> Option<Vec<BigRational>> {
        let mut out = vec![];
        for (m, c) in &self.terms {
            let degree = usize::try_from(m.x).ok().filter(|d| m.is_power_of_x() && *d <= 1000)?;
            if out.len() <= degree {
                out.resize(degree + 1, BigRational::zero());
            }
            out[degree] = c.clone();
        }
        Some(out)
    }

    pub(crate) fn as_number(&self) -> Option<BigRational> {
        match self.as_polynomial()?.as_slice() {
            [] => Some(BigRational::zero()),
            [c] => Some(c.clone()),
            _ => None,
        }
    }

    pub(crate) fn add(&self, other: &Form) -> Option<Form> {
        let mut terms = self.terms.clone();
        for (m, c) in &other.terms {
            *terms.entry(m.clone()).or_insert_with(BigRational::zero) += c;
        }
        Form::collected(terms)
    }

    pub(crate) fn scaled(&self, r: &BigRational) -> Option<Form> {
        Form::collected(self.terms.iter().map(|(m, c)| (m.clone(), c * r)).collect())
    }

    pub(crate) fn neg(&self) -> Form {
        Form { terms: self.terms.iter().map(|(m, c)| (m.clone(), -c)).collect(), weight: self.weight }
    }

    pub(crate) fn sub(&self, other: &Form) -> Option<Form> {
        self.add(&other.neg())
    }

    pub(crate) fn mul(&self, other: &Form) -> Option<Form> {
        // A product of two terms takes some microseconds, more where they are large.
        let size = self.terms.len() * other.terms.len()
            + self.terms.len() * other.weight
            + other.terms.len() * self.weight;
        crate::work::spend(4 * size)?;
        let mut out: BTreeMap<Monomial, BigRational> = BTreeMap::new();
        for (m, c) in &self.terms {
            for (n, d) in &other.terms {
                let factor = c * d;
                for (monomial, coefficient) in product(m, n)?.terms {
                    *out.entry(monomial).or_insert_with(BigRational::zero) += coefficient * &factor;
                }
            }
        }
        Form::collected(out)
    }

    /// A whole power from 0 on.
    pub(crate) fn power(&self, n: u32) -> Option<Form> {
        if n > 1000 {
            return None;
        }
        // A power of a single term at once.
        if let Some((m, c)) = self.terms.iter().next().filter(|_| self.terms.len() == 1) {
            let raised = Monomial {
                x: in_range(m.x.checked_mul(i64::from(n))?)?,
                exp: match &m.exp {
                    Some(u) if n > 0 => Some(Box::new(u.scaled(&rational(i64::from(n)))?)),
                    _ => None,
                },
                atoms: m.atoms.iter().map(|(a, e)| (a.clone(), e * rational(i64::from(n)))).collect(),
            };
            return normalized(raised)?.scaled(&c.pow(n as i32));
        }
        (0..n).try_fold(Form::integer(1), |p, _| p.mul(self))
    }

    /// The first coefficient, whose sign is the form's for odd and even functions.
    fn lead(&self) -> BigRational {
        self.terms.values().next().cloned().unwrap_or_else(BigRational::zero)
    }

    pub(crate) fn reciprocal(&self) -> Option<Form> {
        if let Some((m, c)) = self.terms.iter().next().filter(|_| self.terms.len() == 1) {
            let inverse = Monomial {
                x: -m.x,
                exp: m.exp.as_ref().map(|u| Box::new(u.neg())),
                atoms: m.atoms.iter().map(|(a, e)| (a.clone(), -e)).collect(),
            };
            return normalized(inverse)?.scaled(&c.recip());
        }
        if self.is_zero() {
            return None;
        }
        let lead = self.lead();
        let monic = self.scaled(&lead.recip())?;
        // 1/(1 + e^u) = σ(-u).
        if let Some(u) = monic.one_plus_exponential() {
            return Form::sigmoid(&u.neg())?.scaled(&lead.recip());
        }
        Form::atom(Atom::Base(monic), rational(-1)).scaled(&lead.recip())
    }

    /// `u` where the form is `1 + e^u`.
    fn one_plus_exponential(&self) -> Option<Form> {
        if self.terms.len() != 2 || self.terms.get(&Monomial::default())? != &BigRational::one() {
            return None;
        }
        let (m, c) = self.terms.iter().find(|(m, _)| **m != Monomial::default())?;
        let plain = m.x == 0 && m.atoms.is_empty() && c.is_one();
        m.exp.as_ref().filter(|_| plain).map(|u| (**u).clone())
    }

    /// `f^r` for a form that is nowhere negative.
    pub(crate) fn root(&self, r: &BigRational) -> Option<Form> {
        if r.is_integer() {
            let n = r.numer().abs().to_u32()?;
            let base = if r.is_negative() { self.reciprocal()? } else { self.clone() };
            return base.power(n);
        }
        if self.is_zero() {
            return r.is_positive().then(Form::default);
        }
        let lead = self.lead().abs();
        let monic = self.scaled(&lead.recip())?;
        let scale = number_power(&lead, r)?;
        let positive =
            |m: &Monomial| m.x == 0 && m.atoms.keys().all(|a| matches!(a, Atom::Pi | Atom::Prime(_)));
        match monic.terms.iter().next() {
            // Powers of positive factors.
            Some((m, c)) if monic.terms.len() == 1 && c.is_one() && positive(m) => {
                let raised = Monomial {
                    x: 0,
                    exp: m
                        .exp
                        .as_ref()
                        .map(|u| u.scaled(r).map(Box::new))
                        .map_or(Some(None), |u| u.map(Some))?,
                    atoms: m.atoms.iter().map(|(a, e)| (a.clone(), e * r)).collect(),
                };
                normalized(raised)?.mul(&scale)
            }
            _ => normalized(Monomial {
                atoms: BTreeMap::from([(Atom::Base(monic), r.clone())]),
                ..Monomial::default()
            })?
            .mul(&scale),
        }
    }
}

/// `c^r` for `c > 0`, as powers of primes (as far as they are found: any factor does).
fn number_power(c: &BigRational, r: &BigRational) -> Option<Form> {
    let mut m = Monomial::default();
    for (n, sign) in [(c.numer(), 1), (c.denom(), -1)] {
        let mut rest = n.abs();
        let mut p = 2u32;
        while !rest.is_one() {
            if p > 2000 || rest.bits() > 2000 {
                *m.atoms.entry(Atom::Prime(rest)).or_insert_with(BigRational::zero) += r * rational(sign);
                break;
            }
            if (&rest % p).is_zero() {
                rest = &rest / p;
                *m.atoms.entry(Atom::Prime(p.into())).or_insert_with(BigRational::zero) += r * rational(sign);
            } else {
                p += 1;
            }
        }
    }
    normalized(m)
}

/// Larger powers are given up.
fn in_range(power: i64) -> Option<i64> {
    (power.abs() <= 1 << 20).then_some(power)
}

fn product(m: &Monomial, n: &Monomial) -> Option<Form> {
    let mut atoms = m.atoms.clone();
    for (a, e) in &n.atoms {
        *atoms.entry(a.clone()).or_insert_with(BigRational::zero) += e;
    }
    let exp = match (&m.exp, &n.exp) {
        (Some(u), Some(v)) => Some(Box::new(u.add(v)?)).filter(|w| !w.is_zero()),
        (u, v) => u.clone().or_else(|| v.clone()),
    };
    let out = Monomial { x: in_range(m.x.checked_add(n.x)?)?, exp, atoms };
    if out.atoms.is_empty() { Some(Form::monomial(out)) } else { normalized(out) }
}

/// Whole powers multiplied out, squares of sines and of absolute values replaced.
fn normalized(m: Monomial) -> Option<Form> {
    let mut kept = Monomial { x: m.x, exp: m.exp, atoms: BTreeMap::new() };
    let mut factors: Vec<(Form, u32)> = vec![];
    let mut coefficient = BigRational::one();
    for (atom, e) in m.atoms {
        if e.is_zero() {
            continue;
        }
        let whole = e.floor();
        let left = &e - &whole;
        let count = whole.numer().to_i32()?;
        match &atom {
            Atom::Prime(p) => {
                coefficient *= BigRational::from(p.clone()).pow(count);
                if !left.is_zero() {
                    kept.atoms.insert(atom, left);
                }
            }
            Atom::Base(u) if count > 0 => {
                factors.push((u.clone(), count as u32));
                if !left.is_zero() {
                    kept.atoms.insert(atom, left);
                }
            }
            Atom::Sin(u) if count >= 2 && left.is_zero() => {
                // sin² = 1 - cos².
                let square = Form::integer(1).sub(&Form::atom(Atom::Cos(u.clone()), rational(2)))?;
                factors.push((square, count as u32 / 2));
                if count % 2 == 1 {
                    kept.atoms.insert(atom, BigRational::one());
                }
            }
            Atom::Abs(u) if count >= 2 && left.is_zero() => {
                factors.push((u.mul(u)?, count as u32 / 2));
                if count % 2 == 1 {
                    kept.atoms.insert(atom, BigRational::one());
                }
            }
            _ => {
                kept.atoms.insert(atom, e);
            }
        }
    }
    let mut out = match exponential_times_tanh(&kept)? {
        Some(form) => form,
        None => Form::monomial(kept),
    };
    out = out.scaled(&coefficient)?;
    for (factor, count) in factors {
        for _ in 0..count {
            out = out.mul(&factor)?;
        }
    }
    Some(out)
}

/// With `T = tanh(u/2)`: `e^u (1 - T) = 1 + T` and `e^{-u} (1 + T) = 1 - T`, so that one product of `T` with an
/// exponential gives way: `e^u T = e^u - 1 - T`, `e^{-u} T = 1 - T - e^{-u}`. The inner `None` is for no such product.
fn exponential_times_tanh(m: &Monomial) -> Option<Option<Form>> {
    let Some(w) = &m.exp else { return Some(None) };
    for (atom, e) in &m.atoms {
        let Atom::Tanh(v) = atom else { continue };
        let u = v.scaled(&rational(2))?;
        let sign = if **w == u {
            1
        } else if **w == u.neg() {
            -1
        } else {
            continue;
        };
        if !e.is_integer() || !e.is_positive() {
            continue;
        }
        let mut rest = m.clone();
        rest.exp = None;
        rest.atoms.remove(atom);
        if *e > BigRational::one() {
            rest.atoms.insert(atom.clone(), e - BigRational::one());
        }
        let (one, tanh) = (Form::integer(1), Form::atom(atom.clone(), BigRational::one()));
        let exponential = Form::monomial(Monomial { exp: Some(w.clone()), ..Monomial::default() });
        let signed = exponential.sub(&one)?.scaled(&rational(sign))?.sub(&tanh)?;
        return Some(Some(Form::monomial(rest).mul(&signed)?));
    }
    Some(None)
}

#[cfg(test)]
mod tests;
