//! Formulas that are activations of the catalogue, polynomials or piecewise polynomials in disguise.

use num_rational::BigRational;
use rug::Rational;

use super::Activation;
use super::from_pieces::{FromPieces, KnownDual};
use super::sigmoidal::{Part, Shape};
use crate::expression::graph::Function;
use crate::expression::names::definition;
use crate::expression::normal::{Atom, Normal, Table};
use crate::expression::pieces::Pieces;
use crate::expression::syntax::parse;
use crate::hermite::pieces::{ExpPoly, Pieces as ExactPieces};
use crate::number::ClosedForm;
use crate::number::rational::rational_from_gmp;

mod images;

pub(super) use images::image;

/// Largest degree, and most coefficients in all, of a piecewise polynomial that is computed exactly.
const MAX_DEGREE: usize = 200;
const MAX_COEFFICIENTS: usize = 4000;

/// What a formula is between its breakpoints.
pub(super) struct Known {
    breakpoints: Vec<Rational>,
    forms: Vec<Normal>,
    table: Table,
}

impl Known {
    /// `None` without rational breakpoints and a normal form for every piece.
    pub(super) fn of(pieces: &Pieces) -> Option<Known> {
        let breakpoints = pieces.breakpoints.iter().map(|b| b.exact().cloned()).collect::<Option<_>>()?;
        let forms = pieces.forms.iter().cloned().collect::<Option<_>>()?;
        Some(Known { breakpoints, forms, table: pieces.table.clone() })
    }

    /// The exact activation, if the formula is one.
    pub(super) fn exact(&self, name: &str, formula: &str) -> Option<Activation> {
        match self.forms.as_slice() {
            [form] => polynomial(form).or_else(|| known(&self.table, form)),
            _ => self.softsign().or_else(|| self.piecewise(name, formula)),
        }
    }

    /// An irrational factor of the whole, and the rest, which has none.
    pub(super) fn without_factor(&self) -> Option<(ClosedForm, Known)> {
        let mut table = self.table.clone();
        let (factor, forms) = table.common_factor(&self.forms)?;
        Some((factor, Known { breakpoints: self.breakpoints.clone(), forms, table }))
    }
}

/// `constant + slope x` and a multiple of `tanh(rx)`, `x tanh(rx)` or `log(2 cosh(rx))`.
pub(super) fn sigmoidal(pieces: &Pieces) -> Option<Shape> {
    if !pieces.breakpoints.is_empty() {
        return None;
    }
    let form = pieces.forms.first()?.as_ref()?;
    let (line, factor, n, atom) = form.line_and_atom(&pieces.table)?;
    let (part, argument) = match (atom, n) {
        (Atom::Call(Function::Tanh, u), 0) => (Part::Tanh, u),
        (Atom::Call(Function::Tanh, u), 1) => (Part::Product, u),
        (Atom::LogCosh(u), 0) => (Part::Primitive, u),
        _ => return None,
    };
    let rate = argument.as_polynomial().filter(|p| p.len() == 2 && p[0].is_zero())?.swap_remove(1);
    let [constant, slope, factor, rate] = [&line[0], &line[1], &factor, &rate].map(rational_from_gmp);
    Some(Shape::new(constant, slope, factor, rate, part))
}

fn polynomial(form: &Normal) -> Option<Activation> {
    let p = form.as_polynomial()?;
    let constant = if p.is_empty() { vec![Rational::new()] } else { p };
    let coefficients: Vec<BigRational> = constant.iter().map(rational_from_gmp).collect();
    Activation::polynomial(&coefficients).ok()
}

/// Is it the normal form of this formula?
fn is_defined_by(table: &mut Table, definition: &str, form: &Normal) -> bool {
    let parsed = parse(definition).ok();
    parsed.and_then(|p| table.of(&p.graph, p.root)).is_some_and(|n| n == *form)
}

/// `f(ax + b)` and what else has a closed form.
fn known(table: &Table, form: &Normal) -> Option<Activation> {
    let mut table = table.clone();
    let mut is = |definition: &str| is_defined_by(&mut table, definition, form);
    type Make = fn() -> Activation;
    const NAMED: [(&str, Make); 4] = [
        ("gelu", Activation::gelu),
        ("gaussian", Activation::gaussian),
        ("normal-pdf", Activation::normal_pdf),
        ("sinc", Activation::sinc),
    ];
    for (name, make) in NAMED {
        if definition(name).and_then(|d| d.formula()).is_some_and(&mut is) {
            return Some(make());
        }
    }
    if is("x + sin(x)^2") {
        return Activation::snake(&BigRational::from_integer(1.into())).ok();
    }
    // x + (1 - cos 2ax)/(2a).
    if let Some((line, factor, 0, Atom::Call(Function::Cos, u))) = form.line_and_atom(&table)
        && let Some([b, rate]) = u.as_polynomial().as_deref()
        && b.is_zero()
        && line[1] == 1
        && factor == Rational::from(-&line[0])
        && Rational::from(&line[0] * rate).abs() == 1
    {
        let a = Rational::from(&line[0] * 2u32).recip();
        return Activation::snake(&rational_from_gmp(&a)).ok();
    }
    let minus = table.as_atom(form).is_none();
    let positive = if minus { form.scaled(&Rational::from(-1)) } else { form.clone() };
    let Atom::Call(f, argument) = table.as_atom(&positive)? else { return None };
    let line = argument.as_polynomial().filter(|p| p.len() == 2)?;
    let [b, a] = [&line[0], &line[1]].map(rational_from_gmp);
    match f {
        // -sin(u) = sin(-u).
        Function::Sin if minus => Activation::sin(&-a, &-b).ok(),
        Function::Sin => Activation::sin(&a, &b).ok(),
        Function::Cos if !minus => Activation::cos(&a, &b).ok(),
        Function::Exp if !minus && line[0].is_zero() => Activation::exp(&a).ok(),
        Function::Atan if !minus && line[0].is_zero() && line[1] == 1 => Some(Activation::arctan()),
        Function::Erf if line[0].is_zero() => Activation::erf(&if minus { -a } else { a }).ok(),
        _ => None,
    }
}

impl Known {
    /// `x/(1+|x|)`, which has a breakpoint as a formula.
    fn softsign(&self) -> Option<Activation> {
        let ([at], [left, right]) = (self.breakpoints.as_slice(), self.forms.as_slice()) else { return None };
        let mut table = self.table.clone();
        let mut is = |definition: &str, form: &Normal| is_defined_by(&mut table, definition, form);
        let softsign = at.is_zero() && is("x/(1 - x)", left) && is("x/(1 + x)", right);
        softsign.then(Activation::softsign)
    }

    /// Polynomials and exponentials between rational breakpoints.
    fn piecewise(&self, name: &str, formula: &str) -> Option<Activation> {
        let parts: Vec<ExpPoly> = self.forms.iter().map(|form| self.part(form)).collect::<Option<_>>()?;
        let lengths = parts.iter().map(|p| p.terms().map(|(_, c)| c.len()).sum::<usize>());
        let (longest, total) = (lengths.clone().max()?, lengths.sum::<usize>());
        let bits = |b: &Rational| b.numer().significant_bits().max(b.denom().significant_bits());
        let widest = self.breakpoints.iter().map(bits).max()?;
        // Exact values at the breakpoints stay short.
        if longest > MAX_DEGREE + 1
            || total > MAX_COEFFICIENTS
            || u64::from(widest) * longest as u64 > 1 << 16
        {
            return None;
        }
        let dual = match homogeneous(&self.breakpoints, &parts) {
            Some((0, a, b)) if a == 0 && b == 1 => return Some(Activation::step()),
            Some((0, a, b)) if a == -1 && b == 1 => return Some(Activation::sign()),
            Some((1, a, b)) if a == 0 && b == 1 => return Some(Activation::relu()),
            Some((1, a, b)) if a == -1 && b == 1 => return Some(Activation::abs()),
            Some((1, a, b)) if b == 1 => return Some(Activation::leaky_relu(&rational_from_gmp(&a))),
            Some((n, a, b)) if n > 1 && a == 0 && b == 1 => return Activation::repu(n).ok(),
            Some((n, a, b)) => shape(n, &a, &b),
            None => KnownDual::Hermite,
        };
        let image = match dual {
            KnownDual::Hermite => images::of_kink(&self.breakpoints, &parts),
            _ => None,
        };
        let function = ExactPieces::new(self.breakpoints.clone(), parts);
        let general = FromPieces::activation(name, formula, function, dual);
        Some(match image {
            Some(image) => image.activation(general),
            None => general,
        })
    }

    fn part(&self, form: &Normal) -> Option<ExpPoly> {
        let (polynomial, exponentials) = form.exponentials(&self.table)?;
        let start = ExpPoly::polynomial(polynomial);
        let one = Rational::from(1);
        let term = |(rate, weight)| ExpPoly::term(rate, vec![weight]);
        Some(exponentials.into_iter().map(term).fold(start, |sum, term| sum.plus(&term, &one)))
    }
}

/// `(n, a, b)` for `a x^n` left of zero and `b x^n` right of it.
fn homogeneous(breakpoints: &[Rational], parts: &[ExpPoly]) -> Option<(u32, Rational, Rational)> {
    let ([at], [left, right]) = (breakpoints, parts) else { return None };
    let term = |p: &ExpPoly| {
        let coefficients = p.as_polynomial()?;
        let (n, c) = coefficients.iter().enumerate().find(|(_, c)| !c.is_zero())?;
        (n + 1 == coefficients.len()).then(|| (n, c.clone()))
    };
    if !at.is_zero() {
        return None;
    }
    let (n, a, b) = match (term(left), term(right)) {
        (Some((n, a)), Some((m, b))) if n == m => (n, a, b),
        (None, Some((n, b))) if left.as_polynomial()?.is_empty() => (n, Rational::new(), b),
        (Some((n, a)), None) if right.as_polynomial()?.is_empty() => (n, a, Rational::new()),
        _ => return None,
    };
    Some((u32::try_from(n).ok()?, a, b))
}

/// The dual of `a x^n + (b - a) max(0, x)^n`, where it has a shape: with `E[u max(0, v)] = ρ/2` the linear part is
/// `a² + a(b-a) = ab`, and `E[step] = 1/2` makes the constant `ab + (b-a)²/4`.
fn shape(n: u32, a: &Rational, b: &Rational) -> KnownDual {
    let square = Rational::from(b - a).square();
    let product = Rational::from(a * b);
    match n {
        0 => {
            KnownDual::ArcSine { constant: product + Rational::from(&square / 4u32), over_pi: square / 2u32 }
        }
        1 => KnownDual::ArcCosine { order: 1, linear: product, scale: square },
        _ if a.is_zero() => KnownDual::ArcCosine { order: n, linear: Rational::new(), scale: square },
        _ => KnownDual::Hermite,
    }
}
