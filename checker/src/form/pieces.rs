//! Expressions with conditions: a normal form on each of finitely many intervals.

use num_traits::{Signed, Zero};

use super::roots::real_roots;
use super::{Atom, Form};
use crate::expression::{Condition, Expression, Id, Op};
use crate::format::Part;
use crate::integer::BigRational;
use crate::rational::{polynomial_at, ratio, rational};

/// Most intervals.
const MAX_PIECES: usize = 600;

/// Forms between breakpoints; `None` where none is found.
#[derive(Clone, Debug)]
pub(crate) struct Pieces {
    pub(crate) breaks: Vec<BigRational>,
    pub(crate) forms: Vec<Option<Form>>,
}

impl Pieces {
    fn one(form: Option<Form>) -> Pieces {
        Pieces { breaks: vec![], forms: vec![form] }
    }

    /// The ends of an interval.
    fn ends(&self, i: usize) -> (Option<&BigRational>, Option<&BigRational>) {
        (i.checked_sub(1).and_then(|j| self.breaks.get(j)), self.breaks.get(i))
    }

    fn at(&self, x: &BigRational) -> usize {
        self.breaks.partition_point(|b| b < x)
    }

    fn map(&self, f: impl Fn(&Form) -> Option<Form>) -> Pieces {
        Pieces {
            breaks: self.breaks.clone(),
            forms: self.forms.iter().map(|u| u.as_ref().and_then(&f)).collect(),
        }
    }

    /// The breakpoints of all, and a number inside every interval.
    fn common(all: &[&Pieces]) -> Option<(Vec<BigRational>, Vec<BigRational>)> {
        let mut breaks: Vec<BigRational> = all.iter().flat_map(|p| p.breaks.iter().cloned()).collect();
        breaks.sort();
        breaks.dedup();
        if breaks.len() >= MAX_PIECES {
            return None;
        }
        let inner = |i: usize| inside(i.checked_sub(1).and_then(|j| breaks.get(j)), breaks.get(i));
        let middles = (0..=breaks.len()).map(inner).collect();
        Some((breaks, middles))
    }

    fn zip(&self, other: &Pieces, f: impl Fn(&Form, &Form) -> Option<Form>) -> Pieces {
        let Some((breaks, middles)) = Pieces::common(&[self, other]) else { return Pieces::one(None) };
        let form = |x: &BigRational| {
            let (u, v) = (self.forms[self.at(x)].as_ref()?, other.forms[other.at(x)].as_ref()?);
            f(u, v)
        };
        Pieces { forms: middles.iter().map(form).collect(), breaks }.merged()
    }

    /// Without breakpoints between equal forms.
    fn merged(self) -> Pieces {
        let mut out = Pieces { breaks: vec![], forms: vec![] };
        let mut breaks = self.breaks.into_iter();
        for form in self.forms {
            match out.forms.last() {
                Some(last) if *last == form && form.is_some() => {
                    breaks.next();
                }
                Some(_) => {
                    // Between this form and the last kept one lies the last breakpoint passed.
                    out.breaks.extend(breaks.next());
                    out.forms.push(form);
                }
                None => out.forms.push(form),
            }
        }
        out
    }

    /// The pieces of a part.
    pub(crate) fn part(&self, part: Part) -> Pieces {
        if part == Part::Whole {
            return self.clone();
        }
        let reflected = Pieces {
            breaks: self.breaks.iter().rev().map(|b| -b).collect(),
            forms: self.forms.iter().rev().map(|u| u.as_ref().and_then(Form::reflected)).collect(),
        };
        let half = ratio(1, 2);
        self.zip(&reflected, |u, v| {
            let both = if part == Part::Even { u.add(v)? } else { u.sub(v)? };
            both.scaled(&half)
        })
    }

    /// The coefficients, if it is one polynomial on the whole line.
    pub(crate) fn as_polynomial(&self) -> Option<Vec<BigRational>> {
        let first = self.forms.first()?.as_ref()?.as_polynomial()?;
        self.forms.iter().all(|u| u.as_ref() == self.forms[0].as_ref()).then_some(first)
    }

    /// The same with a common factor that may be irrational (see the form).
    pub(crate) fn as_root_multiple(&self) -> Option<(Vec<BigRational>, BigRational)> {
        let first = self.forms.first()?.as_ref()?.as_root_multiple()?;
        self.forms.iter().all(|u| u.as_ref() == self.forms[0].as_ref()).then_some(first)
    }

    /// Is it this polynomial on the interval from `a` to `b`?
    pub(crate) fn equals_between(&self, a: &BigRational, b: &BigRational, p: &[BigRational]) -> bool {
        let p = crate::rational::trimmed(p);
        (0..self.forms.len()).all(|i| {
            let (low, high) = self.ends(i);
            let apart = low.is_some_and(|l| l >= b) || high.is_some_and(|h| h <= a);
            apart || self.forms[i].as_ref().and_then(Form::as_polynomial).as_ref() == Some(&p)
        })
    }

    /// Do the forms agree where they meet? `None` where a form, or a value at a breakpoint, is not known.
    pub(crate) fn meet(&self) -> Option<bool> {
        if self.forms.iter().any(Option::is_none) {
            return None;
        }
        let mut all = true;
        for (pair, b) in self.forms.windows(2).zip(&self.breaks) {
            let [left, right] = [pair[0].as_ref()?.at(b)?, pair[1].as_ref()?.at(b)?];
            all &= left == right;
        }
        Some(all)
    }

    /// The common value at `x` of all forms whose intervals reach it, where it is known and rational.
    pub(crate) fn limit(&self, x: &BigRational) -> Option<BigRational> {
        let mut found = None;
        for (i, form) in self.forms.iter().enumerate() {
            let (low, high) = self.ends(i);
            if low.is_some_and(|l| l > x) || high.is_some_and(|h| h < x) {
                continue;
            }
            let value = form.as_ref()?.at(x)?.as_number()?;
            if found.as_ref().is_some_and(|f| *f != value) {
                return None;
            }
            found = Some(value);
        }
        found
    }
}

/// A number strictly between two ends.
fn inside(low: Option<&BigRational>, high: Option<&BigRational>) -> BigRational {
    match (low, high) {
        (Some(a), Some(b)) => (a + b) * ratio(1, 2),
        (Some(a), None) => a + rational(1),
        (None, Some(b)) => b - rational(1),
        (None, None) => BigRational::zero(),
    }
}

impl Expression {
    /// The forms of the whole expression.
    pub(crate) fn pieces(&self) -> Pieces {
        let mut known: Vec<Pieces> = vec![];
        for op in &self.ops {
            let next = pieces_of(op, &known);
            known.push(next);
        }
        known.swap_remove(self.root)
    }
}

fn pieces_of(op: &Op, known: &[Pieces]) -> Pieces {
    let at = |id: &Id| &known[*id];
    match op {
        Op::X => Pieces::one(Some(Form::variable())),
        Op::Number(r) => Pieces::one(Some(Form::number(r.clone()))),
        Op::Pi => Pieces::one(Some(Form::atom(Atom::Pi, rational(1)))),
        Op::Add(a, b) => at(a).zip(at(b), Form::add),
        Op::Sub(a, b) => at(a).zip(at(b), Form::sub),
        Op::Mul(a, b) => at(a).zip(at(b), Form::mul),
        Op::Div(a, b) => at(a).zip(at(b), |u, v| u.mul(&v.reciprocal()?)),
        Op::Power(a, n) if *n >= 0 => at(a).map(|u| u.power(n.unsigned_abs())),
        Op::Power(a, n) => at(a).map(|u| u.reciprocal()?.power(n.unsigned_abs())),
        Op::Root(a, r) => at(a).map(|u| u.root(r)),
        Op::Call(f, a) => at(a).map(|u| Form::call(*f, u)),
        Op::Abs(a) => {
            let split = split_by(at(a), &[at(a)]);
            split.map_with(&[at(a)], |signs, u| match signs[0] {
                Some(sign) => u[0].scaled(&rational(i64::from(sign))),
                None => Some(u[0].abs()),
            })
        }
        Op::Max(a, b) => extremum(at(a), at(b), 1),
        Op::Min(a, b) => extremum(at(a), at(b), -1),
        Op::Where(condition, yes, no) => choice(condition, at(yes), at(no), known),
    }
}

fn extremum(a: &Pieces, b: &Pieces, sign: i32) -> Pieces {
    let difference = a.zip(b, Form::sub);
    let split = split_by(&difference, &[&difference]);
    let half = ratio(1, 2);
    split.map_with(&[&difference, a, b], |signs, u| match signs[0] {
        Some(s) if s == sign || s == 0 => Some(u[1].clone()),
        Some(_) => Some(u[2].clone()),
        // max = (a + b + |a-b|)/2.
        None => u[1].add(u[2])?.add(&u[0].abs().scaled(&rational(i64::from(sign)))?)?.scaled(&half),
    })
}

fn choice(condition: &Condition, yes: &Pieces, no: &Pieces, known: &[Pieces]) -> Pieces {
    let ids = condition.guards();
    let guards: Vec<&Pieces> = ids.iter().map(|&id| &known[id]).collect();
    let split = split_by(yes, &guards);
    let Some((breaks, middles)) = Pieces::common(&[&split.pieces, yes, no]) else { return Pieces::one(None) };
    let form = |x: &BigRational| {
        let signs = &split.signs[split.pieces.at(x)];
        let decide = |id: Id, strict: bool| {
            let sign = signs[ids.iter().position(|&g| g == id)?]?;
            Some(sign > 0 || (sign == 0 && !strict))
        };
        let branch = if condition.holds(&decide)? { yes } else { no };
        branch.forms[branch.at(x)].clone()
    };
    Pieces { forms: middles.iter().map(form).collect(), breaks }.merged()
}

/// Intervals on each of which the guards have known signs, or unknown ones.
struct Split {
    pieces: Pieces,
    signs: Vec<Vec<Option<i32>>>,
}

impl Split {
    fn map_with(&self, operands: &[&Pieces], f: impl Fn(&[Option<i32>], &[&Form]) -> Option<Form>) -> Pieces {
        let mut all = vec![&self.pieces];
        all.extend(operands);
        let Some((breaks, middles)) = Pieces::common(&all) else { return Pieces::one(None) };
        let form = |x: &BigRational| {
            let forms: Option<Vec<&Form>> = operands.iter().map(|p| p.forms[p.at(x)].as_ref()).collect();
            f(&self.signs[self.pieces.at(x)], &forms?)
        };
        Pieces { forms: middles.iter().map(form).collect(), breaks }.merged()
    }
}

/// Splits at the zeros of the guards, where these are rational.
fn split_by(like: &Pieces, guards: &[&Pieces]) -> Split {
    let mut breaks: Vec<BigRational> = like.breaks.clone();
    for guard in guards {
        breaks.extend(guard.breaks.iter().cloned());
        for form in guard.forms.iter().flatten() {
            breaks.extend(sign_changes(form).unwrap_or_default());
        }
    }
    let rough = Pieces { forms: vec![None; breaks.len() + 1], breaks };
    let Some((breaks, middles)) = Pieces::common(&[&rough]) else {
        return Split { pieces: Pieces::one(None), signs: vec![vec![None; guards.len()]] };
    };
    let sign =
        |guard: &Pieces, x: &BigRational| guard.forms[guard.at(x)].as_ref().and_then(|u| sign_at(u, x));
    let signs = middles.iter().map(|x| guards.iter().map(|g| sign(g, x)).collect()).collect();
    Split { pieces: Pieces { forms: vec![None; breaks.len() + 1], breaks }, signs }
}

/// The polynomial whose sign a form has: the form itself, or the power of `x` of a single term with positive factors.
fn sign_polynomial(form: &Form) -> Option<Vec<BigRational>> {
    if let Some(p) = form.as_polynomial() {
        return Some(p);
    }
    let (m, c) = form.terms.iter().next().filter(|_| form.terms.len() == 1)?;
    let positive = m.atoms.keys().all(|a| matches!(a, Atom::Pi | Atom::Prime(_)));
    // The sign of x^{-1} is that of x.
    let power = usize::from(m.x % 2 != 0);
    positive.then(|| (0..power).map(|_| BigRational::zero()).chain([c.clone()]).collect())
}

fn sign_changes(form: &Form) -> Option<Vec<BigRational>> {
    real_roots(&sign_polynomial(form)?)
}

/// The sign on the interval around `x` that no zero divides; `None` where the zeros are not known.
fn sign_at(form: &Form, x: &BigRational) -> Option<i32> {
    let p = sign_polynomial(form)?;
    if p.iter().all(Zero::is_zero) {
        return Some(0);
    }
    real_roots(&p)?;
    let value = polynomial_at(&p, x);
    Some(if value.is_positive() {
        1
    } else if value.is_negative() {
        -1
    } else {
        0
    })
}
