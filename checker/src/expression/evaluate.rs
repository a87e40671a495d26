//! Values at exact points, and the divided differences made of them.

use num_traits::{One, Signed, Zero};

use super::range::PRECISION;
use super::{Expression, Id, Op};
use crate::enclosure::Enclosure;
use crate::format::Part;
use crate::function::Function;
use crate::integer::BigRational;
use crate::interval::Interval;
use crate::rational::{bits, ratio};

/// Exact values longer than this go on as intervals.
const MAX_BITS: u64 = 1 << 14;

/// A value: exactly where it is a short rational number, and an enclosure.
#[derive(Clone)]
struct Value {
    exact: Option<BigRational>,
    interval: Interval,
}

impl Value {
    fn exact(r: BigRational, prec: u32) -> Value {
        let interval = Interval::rational(&r, prec);
        Value { exact: Some(r).filter(|r| bits(r) <= MAX_BITS), interval }
    }

    fn sign(&self) -> Option<i32> {
        if let Some(r) = &self.exact {
            return Some(if r.is_zero() {
                0
            } else if r.is_positive() {
                1
            } else {
                -1
            });
        }
        match (self.interval.is_positive(), self.interval.is_negative()) {
            (true, _) => Some(1),
            (_, true) => Some(-1),
            _ => None,
        }
    }
}

impl Expression {
    /// Encloses the value at `x`. `None` where a condition changes at `x`, or may: the function may jump there, and
    /// values at jumps say nothing.
    pub(crate) fn value(&self, x: &BigRational, prec: u32) -> Option<Interval> {
        let mut values: Vec<Option<Value>> = vec![];
        for (id, op) in self.ops.iter().enumerate() {
            let next = self.continued(id, x, prec).or_else(|| step(op, &values, x, prec));
            values.push(next);
        }
        values.get(self.root)?.as_ref().map(|v| v.interval.clone())
    }

    /// The value at `x` itself, on whichever side of a jump that is; where it is found to be a short rational number.
    pub(crate) fn exact_value(&self, x: &BigRational) -> Option<BigRational> {
        let mut values: Vec<Option<Value>> = vec![];
        for (id, op) in self.ops.iter().enumerate() {
            let next = match op {
                _ if x.is_zero() && self.removable[id].is_some() => self.continued(id, x, PRECISION),
                Op::Where(condition, yes, no) => {
                    let at = |id: Id| values.get(id).and_then(Option::as_ref);
                    let decide = |id: Id, strict: bool| {
                        let sign = at(id)?.sign()?;
                        Some(sign > 0 || (sign == 0 && !strict))
                    };
                    condition.holds(&decide).and_then(|holds| at(if holds { *yes } else { *no }).cloned())
                }
                _ => step(op, &values, x, PRECISION),
            };
            values.push(next);
        }
        values.get(self.root)?.as_ref()?.exact.clone()
    }

    /// The value at 0 of a quotient that is continued there.
    fn continued(&self, id: Id, x: &BigRational, prec: u32) -> Option<Value> {
        let removable = self.removable[id].as_ref().filter(|_| x.is_zero())?;
        if let Some(value) = &removable.value {
            return Some(Value::exact(value.clone(), prec));
        }
        let jet = self.jet_to(id, &Interval::zero(prec), &Interval::integer(1, prec), 1)?;
        Some(Value { exact: None, interval: jet[0].clone() })
    }

    /// The value of a part at `x`.
    fn part_value(&self, part: Part, x: &BigRational, prec: u32) -> Option<Interval> {
        let there = self.value(x, prec)?;
        if part == Part::Whole {
            return Some(there);
        }
        let back = self.value(&-x, prec)?;
        Some(if part == Part::Even { there.add(&back) } else { there.sub(&back) }.scaled(-1))
    }

    /// Encloses `Σ_i f(x_i)/Π_{j≠i} (x_i - x_j)` of a part.
    pub(crate) fn divided_difference(
        &self,
        part: Part,
        nodes: &[BigRational],
        prec: u32,
    ) -> Option<Interval> {
        let mut sum = Interval::zero(prec);
        for (i, x) in nodes.iter().enumerate() {
            let others = nodes.iter().enumerate().filter(|(j, _)| *j != i);
            let denominator = others.fold(BigRational::one(), |p, (_, y)| p * (x - y));
            let weight = denominator.recip();
            // The value is multiplied exactly, so that small weights keep their digits.
            let value = self.part_value(part, x, prec)?;
            let top = Interval::rational(&BigRational::from(weight.numer().clone()), prec);
            let bottom = Interval::rational(&BigRational::from(weight.denom().clone()), prec);
            sum = sum.add(&value.mul(&top).div(&bottom));
        }
        Some(sum)
    }
}

fn step(op: &Op, values: &[Option<Value>], x: &BigRational, prec: u32) -> Option<Value> {
    let at = |id: Id| values.get(id).and_then(Option::as_ref);
    let pair = |a: Id, b: Id| Some((at(a)?, at(b)?));
    let both = |a: &Value, b: &Value| a.exact.clone().zip(b.exact.clone());
    let is_zero = |a: &Value| a.exact.as_ref().is_some_and(Zero::is_zero);
    let inexact = |interval: Interval| Some(Value { exact: None, interval });
    match op {
        Op::X => Some(Value::exact(x.clone(), prec)),
        Op::Number(r) => Some(Value::exact(r.clone(), prec)),
        Op::Pi => inexact(Interval::pi(prec)),
        Op::Add(a, b) => {
            let (a, b) = pair(*a, *b)?;
            match both(a, b) {
                Some((r, s)) => Some(Value::exact(r + s, prec)),
                None => inexact(a.interval.add(&b.interval)),
            }
        }
        Op::Sub(a, b) => {
            let (a, b) = pair(*a, *b)?;
            match both(a, b) {
                Some((r, s)) => Some(Value::exact(r - s, prec)),
                None => inexact(a.interval.sub(&b.interval)),
            }
        }
        Op::Mul(a, b) => {
            let (a, b) = pair(*a, *b)?;
            match both(a, b) {
                Some((r, s)) => Some(Value::exact(r * s, prec)),
                None if is_zero(a) || is_zero(b) => Some(Value::exact(BigRational::zero(), prec)),
                None => inexact(a.interval.mul(&b.interval)),
            }
        }
        Op::Div(a, b) => {
            let (a, b) = pair(*a, *b)?;
            match both(a, b) {
                Some((_, s)) if s.is_zero() => None,
                Some((r, s)) => Some(Value::exact(r / s, prec)),
                None if is_zero(a) && !b.interval.has_zero() => Some(Value::exact(BigRational::zero(), prec)),
                None => inexact(a.interval.div(&b.interval)),
            }
        }
        Op::Power(a, n) => {
            let a = at(*a)?;
            match a.exact.as_ref().filter(|r| bits(r) * u64::from(n.unsigned_abs()) <= MAX_BITS) {
                Some(r) if r.is_zero() && *n < 0 => None,
                Some(r) => Some(Value::exact(r.pow(*n), prec)),
                None => inexact(a.interval.power(*n)),
            }
        }
        Op::Root(a, r) => {
            let a = at(*a)?;
            // Of a negative number there is no root.
            if a.interval.is_negative() || !(a.interval.is_non_negative() || a.exact.is_some()) {
                return None;
            }
            match &a.exact {
                Some(s) if s.is_one() || (s.is_zero() && r.is_positive()) => Some(a.clone()),
                _ => inexact(a.interval.root(r)),
            }
        }
        Op::Call(f, a) => {
            let a = at(*a)?;
            if *f == Function::Log && !a.interval.is_positive() {
                return None;
            }
            match a.exact.as_ref().and_then(|r| f.exact(r)) {
                Some(value) => Some(Value::exact(value, prec)),
                None => inexact(f.interval(&a.interval)),
            }
        }
        Op::Abs(a) => {
            let a = at(*a)?;
            Some(Value { exact: a.exact.as_ref().map(BigRational::abs), interval: a.interval.abs() })
        }
        Op::Max(a, b) => {
            let (a, b) = pair(*a, *b)?;
            let exact = both(a, b).map(|(r, s)| r.max(s));
            Some(Value { exact, interval: a.interval.max(&b.interval) })
        }
        Op::Min(a, b) => {
            let (a, b) = pair(*a, *b)?;
            let exact = both(a, b).map(|(r, s)| r.min(s));
            Some(Value { exact, interval: a.interval.min(&b.interval) })
        }
        Op::Where(condition, yes, no) => {
            // With every guard different from 0 the condition holds in a neighbourhood or fails in one.
            let decide = |id: Id, _| match at(id)?.sign()? {
                0 => None,
                sign => Some(sign > 0),
            };
            let branch = if condition.holds(&decide)? { yes } else { no };
            at(*branch).cloned()
        }
    }
}

impl Function {
    /// The value where it is known to be rational.
    fn exact(self, u: &BigRational) -> Option<BigRational> {
        match self {
            Function::Log => u.is_one().then(BigRational::zero),
            _ if !u.is_zero() => None,
            Function::Exp | Function::Cos | Function::Cosh | Function::Sinc => Some(BigRational::one()),
            Function::Sigmoid => Some(ratio(1, 2)),
            Function::Softplus => None,
            Function::Sin | Function::Sinh | Function::Tanh => Some(BigRational::zero()),
            Function::Atan | Function::Asinh | Function::Erf => Some(BigRational::zero()),
        }
    }

    pub(crate) fn interval(self, u: &Interval) -> Interval {
        match self {
            Function::Exp => u.exp(),
            Function::Log => u.log(),
            Function::Sin => u.sin(),
            Function::Cos => u.cos(),
            Function::Sinh => u.sinh(),
            Function::Cosh => u.cosh(),
            Function::Tanh => u.tanh(),
            Function::Atan => u.atan(),
            Function::Asinh => u.asinh(),
            Function::Erf => u.erf(),
            Function::Sigmoid => u.sigmoid(),
            Function::Softplus => u.softplus(),
            Function::Sinc => u.sinc(),
        }
    }

    /// A bound of the absolute value of the derivative, where there is one.
    pub(crate) fn slope(self) -> Option<BigRational> {
        match self {
            // 2/√π < 1.13.
            Function::Erf => Some(ratio(113, 100)),
            Function::Exp | Function::Log | Function::Sinh | Function::Cosh => None,
            _ => Some(BigRational::one()),
        }
    }
}
