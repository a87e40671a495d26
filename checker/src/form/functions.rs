//! Functions of forms, with the identities that bring parities and disguises to light.

use num_traits::{Signed, ToPrimitive};

use super::{Atom, Form, Monomial};
use crate::function::Function;
use crate::integer::BigRational;
use crate::rational::{ratio, rational};

impl Form {
    pub(super) fn exp(&self) -> Form {
        if self.is_zero() {
            return Form::integer(1);
        }
        Form::monomial(Monomial { exp: Some(Box::new(self.clone())), ..Monomial::default() })
    }

    /// An odd function, as one of an argument with a positive first coefficient.
    fn odd(&self, atom: fn(Form) -> Atom) -> Form {
        if self.is_zero() {
            return Form::default();
        }
        if self.lead().is_negative() {
            return Form::atom(atom(self.neg()), rational(1)).neg();
        }
        Form::atom(atom(self.clone()), rational(1))
    }

    /// An even function, likewise.
    fn even(&self, atom: fn(Form) -> Atom) -> Form {
        let argument = if self.lead().is_negative() { self.neg() } else { self.clone() };
        Form::atom(atom(argument), rational(1))
    }

    /// `σ(u) = 1/2 + tanh(u/2)/2`.
    pub(super) fn sigmoid(u: &Form) -> Option<Form> {
        let half = ratio(1, 2);
        Form::number(half.clone()).add(&u.scaled(&half)?.odd(Atom::Tanh).scaled(&half)?)
    }

    /// `log(1+e^u) = u/2 + log(2 cosh(u/2))`.
    fn softplus(u: &Form) -> Option<Form> {
        u.scaled(&ratio(1, 2))?.add(&u.even(Atom::LogCosh))
    }

    pub(super) fn abs(&self) -> Form {
        self.even(Atom::Abs)
    }

    fn log(&self) -> Option<Form> {
        if self.as_number() == Some(rational(1)) {
            return Some(Form::default());
        }
        if let Some(u) = self.one_plus_exponential() {
            return Form::softplus(&u);
        }
        // log(e^u) = u.
        match self.terms.iter().next() {
            Some((m, c)) if self.terms.len() == 1 && *c == rational(1) && m.x == 0 && m.atoms.is_empty() => {
                m.exp.as_ref().map(|u| (**u).clone())
            }
            _ => Some(Form::atom(Atom::Log(self.clone()), rational(1))),
        }
    }

    pub(super) fn call(f: Function, u: &Form) -> Option<Form> {
        let half = ratio(1, 2);
        Some(match f {
            Function::Exp => u.exp(),
            Function::Log => u.log()?,
            Function::Sin => u.odd(Atom::Sin),
            Function::Cos if u.is_zero() => Form::integer(1),
            Function::Cos => u.even(Atom::Cos),
            Function::Sinh => u.exp().sub(&u.neg().exp())?.scaled(&half)?,
            Function::Cosh => u.exp().add(&u.neg().exp())?.scaled(&half)?,
            Function::Tanh => u.odd(Atom::Tanh),
            Function::Atan => u.odd(Atom::Atan),
            Function::Asinh => u.odd(Atom::Asinh),
            Function::Erf => u.odd(Atom::Erf),
            Function::Sigmoid => Form::sigmoid(u)?,
            Function::Softplus => Form::softplus(u)?,
            Function::Sinc if u.is_zero() => Form::integer(1),
            Function::Sinc => u.odd(Atom::Sin).mul(&u.reciprocal()?)?,
        })
    }

    /// The form with another one for `x`.
    pub(crate) fn substituted(&self, x: &Form) -> Option<Form> {
        let mut out = Form::default();
        for (m, c) in &self.terms {
            let mut term = Form::number(c.clone());
            if m.x != 0 {
                let base = if m.x < 0 { x.reciprocal()? } else { x.clone() };
                term = term.mul(&base.power(m.x.unsigned_abs().to_u32()?)?)?;
            }
            if let Some(u) = &m.exp {
                term = term.mul(&u.substituted(x)?.exp())?;
            }
            for (atom, e) in &m.atoms {
                term = term.mul(&atom.substituted(x)?.raised(e)?)?;
            }
            out = out.add(&term)?;
        }
        Some(out)
    }

    /// A power of what an atom has become.
    fn raised(&self, e: &BigRational) -> Option<Form> {
        if e.is_integer() && !e.is_negative() { self.power(e.numer().to_u32()?) } else { self.root(e) }
    }

    pub(crate) fn reflected(&self) -> Option<Form> {
        self.substituted(&Form::variable().neg())
    }

    /// The form at a number: equal forms are equal numbers.
    pub(crate) fn at(&self, x: &BigRational) -> Option<Form> {
        self.substituted(&Form::number(x.clone()))
    }
}

impl Atom {
    fn substituted(&self, x: &Form) -> Option<Form> {
        Some(match self {
            Atom::Pi | Atom::Prime(_) => Form::atom(self.clone(), rational(1)),
            Atom::Base(u) => u.substituted(x)?,
            Atom::Tanh(u) => u.substituted(x)?.odd(Atom::Tanh),
            Atom::Erf(u) => u.substituted(x)?.odd(Atom::Erf),
            Atom::Sin(u) => u.substituted(x)?.odd(Atom::Sin),
            Atom::Atan(u) => u.substituted(x)?.odd(Atom::Atan),
            Atom::Asinh(u) => u.substituted(x)?.odd(Atom::Asinh),
            Atom::Cos(u) => Form::call(Function::Cos, &u.substituted(x)?)?,
            Atom::Log(u) => u.substituted(x)?.log()?,
            Atom::LogCosh(u) => {
                let v = u.substituted(x)?;
                Form::softplus(&v)?.sub(&v.scaled(&ratio(1, 2))?)?
            }
            Atom::Abs(u) => {
                let v = u.substituted(x)?;
                match v.as_number() {
                    Some(r) => Form::number(r.abs()),
                    None => v.abs(),
                }
            }
        })
    }
}
