//! Making operations: equal ones are one, and numbers are computed.

use std::collections::HashMap;

use num_traits::{One, Signed, ToPrimitive, Zero};

use super::{Expression, Id, Op};
use crate::function::Function;
use crate::integer::BigRational;
use crate::rational::{bits, rational};

/// Numbers longer than this are not multiplied out.
const MAX_BITS: u64 = 1 << 13;
/// Most operations.
pub(super) const MAX_OPS: usize = 6000;
/// Largest degree that is multiplied out.
const MAX_DEGREE: usize = 80;
/// Largest numerator and denominator of an exponent.
const MAX_EXPONENT: i64 = 1000;

#[derive(Default)]
pub(crate) struct Builder {
    ops: Vec<Op>,
    known: HashMap<Op, Id>,
}

impl Builder {
    pub(crate) fn len(&self) -> usize {
        self.ops.len()
    }

    pub(crate) fn put(&mut self, op: Op) -> Id {
        if let Some(&id) = self.known.get(&op) {
            return id;
        }
        self.ops.push(op.clone());
        self.known.insert(op, self.ops.len() - 1);
        self.ops.len() - 1
    }

    pub(crate) fn number(&mut self, r: BigRational) -> Id {
        self.put(Op::Number(r))
    }

    pub(crate) fn value(&self, id: Id) -> Option<&BigRational> {
        match &self.ops[id] {
            Op::Number(r) => Some(r),
            _ => None,
        }
    }

    pub(crate) fn op(&self, id: Id) -> &Op {
        &self.ops[id]
    }

    fn short(&self, a: Id, b: Id) -> Option<(&BigRational, &BigRational)> {
        let (r, s) = (self.value(a)?, self.value(b)?);
        (bits(r) + bits(s) < MAX_BITS).then_some((r, s))
    }

    fn is(&self, id: Id, n: i64) -> bool {
        self.value(id).is_some_and(|r| *r == rational(n))
    }

    pub(crate) fn add(&mut self, a: Id, b: Id) -> Id {
        if let Some((r, s)) = self.short(a, b) {
            let sum = r + s;
            return self.number(sum);
        }
        match (self.is(a, 0), self.is(b, 0)) {
            (true, _) => b,
            (_, true) => a,
            _ => self.put(Op::Add(a, b)),
        }
    }

    pub(crate) fn sub(&mut self, a: Id, b: Id) -> Id {
        if let Some((r, s)) = self.short(a, b) {
            let difference = r - s;
            return self.number(difference);
        }
        if self.is(b, 0) { a } else { self.put(Op::Sub(a, b)) }
    }

    pub(crate) fn neg(&mut self, a: Id) -> Id {
        let minus = self.number(rational(-1));
        self.mul(minus, a)
    }

    pub(crate) fn mul(&mut self, a: Id, b: Id) -> Id {
        if let Some((r, s)) = self.short(a, b) {
            let product = r * s;
            return self.number(product);
        }
        match () {
            _ if self.is(a, 1) => b,
            _ if self.is(b, 1) => a,
            _ if a == b => self.put(Op::Power(a, 2)),
            _ => self.put(Op::Mul(a, b)),
        }
    }

    pub(crate) fn div(&mut self, a: Id, b: Id) -> Result<Id, String> {
        if self.is(b, 0) {
            return Err("a formula divides by zero".into());
        }
        if let Some((r, s)) = self.short(a, b) {
            let quotient = r / s;
            return Ok(self.number(quotient));
        }
        if self.is(b, 1) {
            return Ok(a);
        }
        if self.ops[a] == Op::Call(Function::Sin, b) {
            return Ok(self.put(Op::Call(Function::Sinc, b)));
        }
        Ok(self.put(Op::Div(a, b)))
    }

    /// `a^r` for a number `r`.
    pub(crate) fn raised(&mut self, a: Id, r: &BigRational) -> Result<Id, String> {
        let small = r.numer().abs() <= MAX_EXPONENT.into() && *r.denom() <= MAX_EXPONENT.into();
        let exponent = r.numer().to_i32().filter(|_| small);
        let Some(n) = exponent else {
            return Err(format!(
                "exponents of at most {MAX_EXPONENT} in numerator and denominator are accepted"
            ));
        };
        if let Some(b) = self.value(a) {
            if b.is_zero() && n < 0 {
                return Err("a formula divides by zero".into());
            }
            if b.is_negative() && !r.is_integer() {
                return Err("a negative number has no fractional power".into());
            }
        }
        if r.is_integer() {
            return Ok(self.whole_power(a, n));
        }
        match self.ops[a] {
            // (u^m)^r = |u|^{mr} for even m.
            Op::Power(u, m) if m % 2 == 0 && m > 0 => {
                let size = self.put(Op::Abs(u));
                self.raised(size, &(r * rational(i64::from(m))))
            }
            _ => Ok(self.put(Op::Root(a, r.clone()))),
        }
    }

    fn whole_power(&mut self, a: Id, n: i32) -> Id {
        match n {
            0 => return self.number(BigRational::one()),
            1 => return a,
            _ => (),
        }
        let folded =
            self.value(a).filter(|b| bits(b) * u64::from(n.unsigned_abs()) < MAX_BITS).map(|b| b.pow(n));
        match folded {
            Some(r) => self.number(r),
            None => self.put(Op::Power(a, n)),
        }
    }

    pub(crate) fn finish(self, root: Id) -> Expression {
        let mut polynomials: Vec<Option<Vec<BigRational>>> = vec![];
        for op in &self.ops {
            let next = polynomial(op, &polynomials);
            polynomials.push(next);
        }
        let removable = super::removable::find(&self.ops, &polynomials);
        Expression { ops: self.ops, root, polynomials, removable }
    }
}

/// The coefficients of an operation whose operands are polynomials.
fn polynomial(op: &Op, known: &[Option<Vec<BigRational>>]) -> Option<Vec<BigRational>> {
    let at = |id: Id| known.get(id).and_then(Option::as_ref);
    let out = match op {
        Op::X => vec![rational(0), rational(1)],
        Op::Number(r) => vec![r.clone()],
        Op::Add(a, b) => sum(at(*a)?, at(*b)?, 1),
        Op::Sub(a, b) => sum(at(*a)?, at(*b)?, -1),
        Op::Mul(a, b) => product(at(*a)?, at(*b)?)?,
        Op::Div(a, b) => match crate::rational::trimmed(at(*b)?).as_slice() {
            [c] => at(*a)?.iter().map(|r| r / c).collect(),
            _ => return None,
        },
        Op::Power(a, n) if *n > 0 => {
            let base = at(*a)?;
            if base.len().saturating_sub(1) * *n as usize > MAX_DEGREE {
                return None;
            }
            (1..*n).try_fold(base.clone(), |power, _| product(&power, base))?
        }
        _ => return None,
    };
    let out = crate::rational::trimmed(&out);
    out.iter().all(|c| bits(c) < 4 * MAX_BITS).then_some(out)
}

pub(crate) fn sum(a: &[BigRational], b: &[BigRational], sign: i64) -> Vec<BigRational> {
    let at = |p: &[BigRational], i: usize| p.get(i).cloned().unwrap_or_else(BigRational::zero);
    (0..a.len().max(b.len())).map(|i| at(a, i) + at(b, i) * rational(sign)).collect()
}

fn product(a: &[BigRational], b: &[BigRational]) -> Option<Vec<BigRational>> {
    if a.is_empty() || b.is_empty() {
        return Some(vec![]);
    }
    if a.len() + b.len() > MAX_DEGREE + 2 {
        return None;
    }
    crate::work::spend(a.len() * b.len())?;
    let mut out = vec![BigRational::zero(); a.len() + b.len() - 1];
    for (i, r) in a.iter().enumerate().filter(|(_, r)| !r.is_zero()) {
        for (j, s) in b.iter().enumerate() {
            out[i + j] += r * s;
        }
    }
    Some(out)
}
