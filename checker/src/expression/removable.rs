//! Quotients `u/(c x^n)` that are 0/0 at 0 and continued there.
//!
//! Theorem. Let `u` be analytic on an interval around 0, its Taylor coefficients at 0 of degree below `n` being 0. Then
//! `g(x) = u(x)/x^n`, continued at 0, is `∫_0^1 n (1-s)^{n-1} u^{(n)}(sx)/n! ds` there (Taylor's formula), and so
//! analytic. Its k-th Taylor coefficient at `x` is an average of those of `u` of degree `n + k` between 0 and `x`:
//! differentiate below the integral, and `(n+k)!/((n-1)! k!) ∫_0^1 (1-s)^{n-1} s^k ds = 1`.
//!
//! Whether coefficients are 0 is decided in rational numbers: an enclosure that holds 0 says nothing.

use num_traits::{One, Signed, Zero};

use super::jet::Jet;
use super::{Expression, Id, Op};
use crate::enclosure::Enclosure;
use crate::function::Function;
use crate::integer::BigRational;
use crate::rational::{ratio, rational};

/// Most orders of all such quotients together, and largest power that is expanded.
const MAX_ORDERS: usize = 16;
const MAX_POWER: u32 = 32;

/// A quotient by `factor x^order` that is continued at 0.
#[derive(Clone, Debug)]
pub(crate) struct Removable {
    pub(crate) order: usize,
    pub(crate) factor: BigRational,
    /// At 0, where it is found to be rational.
    pub(crate) value: Option<BigRational>,
}

/// The first Taylor coefficients at 0 of a function that is analytic there; those that are not found to be rational are
/// unknown.
type Expansion = Vec<Option<BigRational>>;

/// `n` and `c` of `c x^n`, `n > 0`.
fn power_of_x(p: Option<&Vec<BigRational>>) -> Option<(usize, BigRational)> {
    let (lead, rest) = p?.split_last()?;
    (!rest.is_empty() && !lead.is_zero() && rest.iter().all(Zero::is_zero))
        .then(|| (rest.len(), lead.clone()))
}

/// Which operations are quotients that are continued at 0.
pub(super) fn find(ops: &[Op], polynomials: &[Option<Vec<BigRational>>]) -> Vec<Option<Removable>> {
    let candidate = |op: &Op| match op {
        Op::Div(_, b) => power_of_x(polynomials[*b].as_ref()),
        _ => None,
    };
    let orders: usize = ops.iter().filter_map(candidate).fold(0, |sum, (n, _)| sum.saturating_add(n));
    let mut out = vec![None; ops.len()];
    if orders == 0 || orders > MAX_ORDERS {
        return out;
    }
    let mut known: Vec<Option<Expansion>> = vec![];
    for (id, op) in ops.iter().enumerate() {
        let next = match (op, candidate(op)) {
            (Op::Div(a, _), Some((order, factor))) => known[*a].as_ref().and_then(|u| {
                let zero = u.len() > order && u[..order].iter().all(is_zero);
                let quotient: Expansion =
                    u.get(order..)?.iter().map(|c| c.as_ref().map(|c| c / &factor)).collect();
                let value = quotient.first().cloned().flatten();
                zero.then(|| {
                    out[id] = Some(Removable { order, factor, value });
                    quotient
                })
            }),
            _ => expansion(op, &known, orders + 1),
        };
        known.push(next);
    }
    out
}

fn is_zero(c: &Option<BigRational>) -> bool {
    c.as_ref().is_some_and(Zero::is_zero)
}

fn constant(value: Option<BigRational>, len: usize) -> Expansion {
    std::iter::once(value).chain(std::iter::repeat(Some(BigRational::zero()))).take(len).collect()
}

fn sum(a: &Option<BigRational>, b: &Option<BigRational>) -> Option<BigRational> {
    Some(a.as_ref()? + b.as_ref()?)
}

/// Zero times anything is zero.
fn product(a: &Option<BigRational>, b: &Option<BigRational>) -> Option<BigRational> {
    if is_zero(a) || is_zero(b) { Some(BigRational::zero()) } else { Some(a.as_ref()? * b.as_ref()?) }
}

fn total(
    mut range: std::ops::RangeInclusive<usize>,
    term: impl Fn(usize) -> Option<BigRational>,
) -> Option<BigRational> {
    range.try_fold(BigRational::zero(), |total, i| Some(total + term(i)?))
}

fn scaled(a: &Expansion, c: i64) -> Expansion {
    a.iter().map(|x| x.as_ref().map(|x| x * rational(c))).collect()
}

fn added(a: &Expansion, b: &Expansion) -> Expansion {
    a.iter().zip(b).map(|(x, y)| sum(x, y)).collect()
}

fn multiplied(a: &Expansion, b: &Expansion) -> Expansion {
    let coefficient = |n: usize| total(0..=n, |i| product(&a[i], &b[n - i]));
    (0..a.len().min(b.len())).map(coefficient).collect()
}

/// Where `b` is not 0.
fn divided(a: &Expansion, b: &Expansion) -> Option<Expansion> {
    let first = b.first()?.clone().filter(|b| !b.is_zero())?;
    let mut out: Expansion = vec![];
    for n in 0..a.len().min(b.len()) {
        let taken = |rest: Option<BigRational>, i: usize| Some(rest? - product(&out[i], &b[n - i])?);
        let rest = (0..n).fold(a[n].clone(), taken);
        out.push(rest.map(|r| r / &first));
    }
    Some(out)
}

/// `y` with `y' = w u'`: `n y_n = Σ_{i=1}^n i u_i w_{n-i}`, where `w` may need the `y` found so far.
fn integrated(
    first: Option<BigRational>,
    u: &Expansion,
    w: impl Fn(usize, &Expansion) -> Option<BigRational>,
) -> Expansion {
    let mut out = vec![first];
    let mut weights: Expansion = vec![];
    for n in 1..u.len() {
        weights.push(w(n - 1, &out));
        let term = |i: usize| product(&u[i].as_ref().map(|c| c * rational(i as i64)), &weights[n - i]);
        let all = total(1..=n, term);
        out.push(all.map(|c| c / rational(n as i64)));
    }
    out
}

/// `u^r` for `u_0 = 1`: `n y_n = Σ_{i=1}^n (r i - (n-i)) u_i y_{n-i}`.
fn root(u: &Expansion, r: &BigRational) -> Expansion {
    let mut y = vec![Some(BigRational::one())];
    for n in 1..u.len() {
        let factor = |i: usize| r * rational(i as i64) - rational((n - i) as i64);
        let term = |i: usize| product(&u[i].as_ref().map(|c| c * factor(i)), &y[n - i]);
        let all = total(1..=n, term);
        y.push(all.map(|c| c / rational(n as i64)));
    }
    y
}

/// `None` where it is not known to be analytic around 0.
fn expansion(op: &Op, known: &[Option<Expansion>], len: usize) -> Option<Expansion> {
    let at = |id: &Id| known[*id].as_ref();
    match op {
        Op::X => Some((0..len).map(|i| Some(rational(i64::from(i == 1)))).collect()),
        Op::Number(r) => Some(constant(Some(r.clone()), len)),
        Op::Pi => Some(constant(None, len)),
        Op::Add(a, b) => Some(added(at(a)?, at(b)?)),
        Op::Sub(a, b) => Some(added(at(a)?, &scaled(at(b)?, -1))),
        Op::Mul(a, b) => Some(multiplied(at(a)?, at(b)?)),
        Op::Div(a, b) => divided(at(a)?, at(b)?),
        Op::Power(a, n) => {
            let base = at(a)?;
            let one = constant(Some(BigRational::one()), base.len());
            let steps = 0..Some(n.unsigned_abs()).filter(|n| *n <= MAX_POWER)?;
            let power = steps.fold(one.clone(), |power, _| multiplied(&power, base));
            if *n < 0 { divided(&one, &power) } else { Some(power) }
        }
        Op::Root(a, r) => {
            let u = at(a)?;
            let first = u.first()?.clone().filter(Signed::is_positive)?;
            Some(if first.is_one() { root(u, r) } else { vec![None; u.len()] })
        }
        Op::Call(f, a) => call(*f, at(a)?),
        // Analytic on each side at most.
        Op::Abs(_) | Op::Max(..) | Op::Min(..) | Op::Where(..) => None,
    }
}

fn call(f: Function, u: &Expansion) -> Option<Expansion> {
    let first = u.first()?;
    // The value where `u_0` is the number at which it is rational.
    let given = |at: i64, value: BigRational| first.as_ref().filter(|u| **u == rational(at)).map(|_| value);
    let one = || constant(Some(BigRational::one()), u.len());
    let exp = |u: &Expansion| {
        let first = u.first().filter(|c| is_zero(c)).map(|_| BigRational::one());
        integrated(first, u, |i, y| y[i].clone())
    };
    let square = |y: &Expansion, i: usize| multiplied(y, y).swap_remove(i);
    Some(match f {
        Function::Exp => exp(u),
        Function::Sinh | Function::Cosh => {
            let sign = if f == Function::Sinh { -1 } else { 1 };
            let twice = added(&exp(u), &scaled(&exp(&scaled(u, -1)), sign));
            twice.iter().map(|c| c.as_ref().map(|c| c * ratio(1, 2))).collect()
        }
        Function::Sin | Function::Cos => {
            let (mut s, mut c) = (vec![given(0, rational(0))], vec![given(0, rational(1))]);
            for n in 1..u.len() {
                let part = |y: &Expansion| {
                    let term = |i: usize| product(&u[i].as_ref().map(|c| c * rational(i as i64)), &y[n - i]);
                    let all = total(1..=n, term);
                    all.map(|c| c / rational(n as i64))
                };
                let (next_s, next_c) = (part(&c), part(&s).map(|c| -c));
                s.push(next_s);
                c.push(next_c);
            }
            if f == Function::Sin { s } else { c }
        }
        Function::Tanh => {
            integrated(given(0, rational(0)), u, |i, y| Some(rational(i64::from(i == 0)) - square(y, i)?))
        }
        Function::Sigmoid => integrated(given(0, ratio(1, 2)), u, |i, y| Some(y[i].clone()? - square(y, i)?)),
        Function::Softplus => {
            let w = call(Function::Sigmoid, u)?;
            integrated(None, u, |i, _| w[i].clone())
        }
        Function::Log => {
            first.as_ref().filter(|u| u.is_positive())?;
            let w = divided(&one(), u)?;
            integrated(given(1, rational(0)), u, |i, _| w[i].clone())
        }
        Function::Atan => {
            let w = divided(&one(), &added(&one(), &multiplied(u, u)));
            integrated(given(0, rational(0)), u, |i, _| w.as_ref()?.get(i)?.clone())
        }
        Function::Asinh => {
            let below = root(&added(&one(), &multiplied(u, u)), &ratio(-1, 2));
            integrated(given(0, rational(0)), u, |i, _| below[i].clone().filter(|_| is_zero(first)))
        }
        // All coefficients are irrational but those that are 0.
        Function::Erf => {
            let density = exp(&scaled(&multiplied(u, u), -1));
            let plain = integrated(given(0, rational(0)), u, |i, _| density[i].clone());
            plain.into_iter().map(|c| c.filter(Zero::is_zero)).collect()
        }
        // 1 + O(u²).
        Function::Sinc => {
            let unknown = (0..u.len()).map(|i| match i {
                0 => given(0, rational(1)),
                1 => given(0, rational(0)),
                _ => None,
            });
            unknown.collect()
        }
    })
}

/// The values an operation is computed from.
fn operands(op: &Op) -> Vec<Id> {
    match op {
        Op::X | Op::Number(_) | Op::Pi => vec![],
        Op::Power(a, _) | Op::Root(a, _) | Op::Call(_, a) | Op::Abs(a) => vec![*a],
        Op::Add(a, b) | Op::Sub(a, b) | Op::Mul(a, b) | Op::Div(a, b) | Op::Max(a, b) | Op::Min(a, b) => {
            vec![*a, *b]
        }
        Op::Where(condition, yes, no) => [condition.guards(), vec![*yes, *no]].concat(),
    }
}

impl Expression {
    /// How many Taylor coefficients of every operation make so many of one of them, where 0 is in the interval.
    pub(super) fn needed(&self, root: Id, len: usize) -> Vec<usize> {
        let mut needed = vec![0; self.ops.len()];
        needed[root] = len;
        for id in (0..=root).rev().filter(|id| self.ops[*id] != Op::X) {
            let (want, order) = (needed[id], self.removable[id].as_ref().map_or(0, |r| r.order));
            for operand in operands(&self.ops[id]).into_iter().filter(|_| want > 0) {
                needed[operand] = needed[operand].max(want + order);
            }
        }
        needed
    }
}

impl Removable {
    /// Of `u/(c x^n)` in `τ`, by the theorem above, where `x + slope τ` and an interval with 0 in it are given: those
    /// of `u` have the factors `slope^i`.
    pub(super) fn continued<E: Enclosure>(&self, u: &[E], slope: &E, len: usize) -> Option<Jet<E>> {
        let power = (0..self.order).fold(slope.like_integer(1), |power, _| power.mul(slope));
        let scale = power.mul(&slope.like_rational(&self.factor));
        Some(u.get(self.order..self.order + len)?.iter().map(|c| c.div(&scale)).collect())
    }
}

#[cfg(test)]
mod tests;
