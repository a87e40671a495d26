//! Normal forms: polynomials over the rationals in `x` and in functions of normal forms. Equal normal forms are equal
//! functions (wherever both are defined); unequal ones may be equal, so that a normal form proves but never refutes.

use std::collections::{BTreeMap, HashMap};

use rug::{Integer, Rational};

use super::graph::{Function, Graph, Id, Node, bits};
use super::polynomial::Polynomial;

/// Past these sizes there is no normal form.
const MAX_TERMS: usize = 300;
const MAX_ATOMS: usize = 300;
const MAX_BITS: u64 = 1 << 13;
const MAX_WORK: usize = 20_000;
/// Square factors are searched up to this.
const MAX_SQUARE: u32 = 100;

/// Atoms with their exponents, by increasing atom.
pub(super) type Monomial = Vec<(usize, u32)>;

/// A polynomial in the atoms; no coefficient is zero.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Normal(BTreeMap<Monomial, Rational>);

/// What normal forms are polynomials in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Atom {
    X,
    Pi,
    /// Odd functions have an argument with a positive first coefficient, even ones too.
    Call(Function, Normal),
    /// `log(2 cosh u)`, the even part of `softplus(2u) = u + log(2 cosh u)`.
    LogCosh(Normal),
    /// `1/u`, the first coefficient of `u` being one.
    Reciprocal(Normal),
    /// The n-th root.
    Root(Normal, u32),
}

/// The atoms met so far; normal forms are compared within one table.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    atoms: Vec<Atom>,
    /// Does the atom depend on `x`?
    varies: Vec<bool>,
    index: HashMap<Atom, usize>,
    /// Products of monomials that may still be made.
    work: usize,
}

const X: usize = 0;

impl Table {
    /// The place of `x` among the atoms.
    pub(super) const X: usize = X;

    pub(crate) fn new() -> Table {
        let mut table = Table { atoms: vec![], varies: vec![], index: HashMap::new(), work: MAX_WORK };
        table.intern(Atom::X);
        table
    }

    fn intern(&mut self, atom: Atom) -> Option<usize> {
        if let Some(&i) = self.index.get(&atom) {
            return Some(i);
        }
        if self.atoms.len() >= MAX_ATOMS {
            return None;
        }
        let varies = match &atom {
            Atom::X => true,
            Atom::Pi => false,
            Atom::Call(_, u) | Atom::LogCosh(u) | Atom::Reciprocal(u) | Atom::Root(u, _) => {
                u.0.keys().flatten().any(|(i, _)| self.varies[*i])
            }
        };
        self.varies.push(varies);
        self.atoms.push(atom.clone());
        self.index.insert(atom, self.atoms.len() - 1);
        Some(self.atoms.len() - 1)
    }

    fn atom(&mut self, atom: Atom) -> Option<Normal> {
        let i = self.intern(atom)?;
        Some(Normal(BTreeMap::from([(vec![(i, 1)], Rational::from(1))])))
    }

    /// The atom that a normal form is, with coefficient one.
    pub(crate) fn as_atom(&self, n: &Normal) -> Option<&Atom> {
        let (monomial, c) = n.0.iter().next().filter(|_| n.0.len() == 1)?;
        match monomial.as_slice() {
            [(i, 1)] if *c == 1 => self.atoms.get(*i),
            _ => None,
        }
    }

    pub(super) fn atom_at(&self, i: usize) -> Option<&Atom> {
        self.atoms.get(i)
    }

    /// Does the atom depend on `x`?
    pub(super) fn varies_at(&self, i: usize) -> bool {
        self.varies[i]
    }

    /// The normal form of an expression without choices.
    pub(crate) fn of(&mut self, graph: &Graph, root: Id) -> Option<Normal> {
        let mut known: HashMap<Id, Normal> = HashMap::new();
        for id in graph.reachable(&[root]) {
            let n = self.node(graph.node(id), &known)?;
            if n.0.len() > MAX_TERMS || n.0.values().any(|c| bits(c) > MAX_BITS) {
                return None;
            }
            known.insert(id, n);
        }
        known.remove(&root)
    }

    fn node(&mut self, node: &Node, at: &HashMap<Id, Normal>) -> Option<Normal> {
        match node {
            Node::Variable => self.atom(Atom::X),
            Node::Number(r) => Some(Normal::number(r.clone())),
            Node::Pi => self.atom(Atom::Pi),
            Node::Add(a, b) => Some(at[a].plus(&at[b], &Rational::from(1))),
            Node::Sub(a, b) => Some(at[a].plus(&at[b], &Rational::from(-1))),
            Node::Mul(a, b) => self.times(&at[a], &at[b]),
            Node::Div(a, b) => {
                let reciprocal = self.reciprocal(&at[b])?;
                self.times(&at[a], &reciprocal)
            }
            Node::Power(a, n) => {
                let power = self.power(&at[a], n.unsigned_abs())?;
                if *n < 0 { self.reciprocal(&power) } else { Some(power) }
            }
            Node::Root(a, r) => self.root(&at[a], r),
            Node::Call(f, a) => self.call(*f, &at[a]),
            Node::Choose { .. } => None,
        }
    }

    pub(crate) fn times(&mut self, a: &Normal, b: &Normal) -> Option<Normal> {
        let mut out = Normal::default();
        for (p, c) in &a.0 {
            for (q, d) in &b.0 {
                let product = self.monomials(p, q)?;
                out.add(&product, &Rational::from(c * d));
                if out.0.len() > MAX_TERMS {
                    return None;
                }
            }
        }
        Some(out)
    }

    fn power(&mut self, a: &Normal, n: u32) -> Option<Normal> {
        let mut out = Normal::number(Rational::from(1));
        if a.0.len() > 1 && n > 64 {
            return None;
        }
        for bit in (0..u32::BITS - n.leading_zeros()).rev() {
            out = self.times(&out, &out.clone())?;
            if n >> bit & 1 == 1 {
                out = self.times(&out, a)?;
            }
        }
        Some(out)
    }

    /// The product of two monomials, with the rules of what the atoms are.
    fn monomials(&mut self, a: &Monomial, b: &Monomial) -> Option<Normal> {
        self.work = self.work.checked_sub(1)?;
        let mut powers: BTreeMap<usize, u32> = a.iter().copied().collect();
        for &(i, n) in b {
            let power = powers.entry(i).or_default();
            *power = power.checked_add(n).filter(|n| *n <= 10_000)?;
        }
        self.cancel(&mut powers);
        // The rules make factors of atoms that are further on or smaller, so this ends.
        let mut factor = Normal::number(Rational::from(1));
        let mut exponent = Normal::default();
        let mut exponentials = 0;
        for (i, n) in powers.clone() {
            match self.atoms[i].clone() {
                Atom::Call(Function::Exp, u) => {
                    powers.remove(&i);
                    exponentials += 1;
                    exponent = exponent.plus(&u, &Rational::from(n));
                }
                // u^{n/m} = u^{⌊n/m⌋} u^{(n mod m)/m} for u >= 0.
                Atom::Root(u, m) if n >= m => {
                    set(&mut powers, i, n % m);
                    let whole = self.power(&u, n / m)?;
                    factor = self.times(&factor, &whole)?;
                }
                // sin² = 1 - cos².
                Atom::Call(Function::Sin, u) if n >= 2 => {
                    set(&mut powers, i, n % 2);
                    let cosine = self.call(Function::Cos, &u)?;
                    let square = self.times(&cosine, &cosine)?;
                    let one = Normal::number(Rational::from(1)).plus(&square, &Rational::from(-1));
                    let whole = self.power(&one, n / 2)?;
                    factor = self.times(&factor, &whole)?;
                }
                _ => (),
            }
        }
        if exponentials > 0 {
            let exponential = self.exponential(&exponent)?;
            if let Some(i) = exponential {
                powers.insert(i, 1);
            }
        }
        let rest = Normal(BTreeMap::from([(powers.into_iter().collect::<Monomial>(), Rational::from(1))]));
        if factor.as_number() == Some(Rational::from(1)) { Some(rest) } else { self.times(&factor, &rest) }
    }

    /// `u · 1/u = 1` for an atom `u`.
    fn cancel(&self, powers: &mut BTreeMap<usize, u32>) {
        for i in powers.keys().copied().collect::<Vec<_>>() {
            let Atom::Reciprocal(u) = &self.atoms[i] else { continue };
            let Some((monomial, _)) = u.0.iter().next().filter(|_| u.0.len() == 1) else { continue };
            let [(j, 1)] = monomial.as_slice() else { continue };
            let common = powers.get(&i).copied().unwrap_or(0).min(powers.get(j).copied().unwrap_or(0));
            if common > 0 {
                let (left, right) = (powers[&i] - common, powers[j] - common);
                set(powers, i, left);
                set(powers, *j, right);
            }
        }
    }

    /// The atom `e^u`; `Some(None)` for the number one.
    fn exponential(&mut self, u: &Normal) -> Option<Option<usize>> {
        if u.0.is_empty() { Some(None) } else { self.intern(Atom::Call(Function::Exp, u.clone())).map(Some) }
    }

    pub(super) fn reciprocal(&mut self, u: &Normal) -> Option<Normal> {
        let (last, lead) = u.0.iter().next_back()?;
        let inverse = Rational::from(lead.recip_ref());
        if u.0.len() > 1 {
            let monic = u.scaled(&inverse);
            return Some(self.atom(Atom::Reciprocal(monic))?.scaled(&inverse));
        }
        let mut out = Normal::number(inverse);
        for &(i, n) in &last.clone() {
            let atom = Normal(BTreeMap::from([(vec![(i, 1)], Rational::from(1))]));
            let one = match self.atoms[i].clone() {
                Atom::Reciprocal(v) => v,
                Atom::Call(Function::Exp, v) => self.call(Function::Exp, &v.scaled(&Rational::from(-1)))?,
                // u^{-1/n} = u^{(n-1)/n}/u.
                Atom::Root(v, m) => {
                    let (top, bottom) = (self.power(&atom, m - 1)?, self.reciprocal(&v)?);
                    self.times(&top, &bottom)?
                }
                _ => self.atom(Atom::Reciprocal(atom))?,
            };
            let power = self.power(&one, n)?;
            out = self.times(&out, &power)?;
        }
        Some(out)
    }

    fn root(&mut self, u: &Normal, r: &Rational) -> Option<Normal> {
        let n = r.denom().to_u32()?;
        let p = r.numer().to_i32()?;
        let base = match u.as_number() {
            Some(number) if n == 2 && number > 0 => self.square_root(&number)?,
            _ => self.atom(Atom::Root(u.clone(), n))?,
        };
        let power = self.power(&base, p.unsigned_abs())?;
        if p < 0 { self.reciprocal(&power) } else { Some(power) }
    }

    /// `√(a/b) = √(ab)/b`, with square factors taken out.
    fn square_root(&mut self, r: &Rational) -> Option<Normal> {
        let mut inside = Integer::from(r.numer() * r.denom());
        let mut outside = Rational::from((Integer::from(1), r.denom().clone()));
        if inside.is_perfect_square() {
            return Some(Normal::number(Rational::from(inside.sqrt()) * outside));
        }
        for k in 2..=MAX_SQUARE {
            while inside.is_divisible_u(k * k) {
                inside /= k * k;
                outside *= k;
            }
        }
        let root = self.atom(Atom::Root(Normal::number(Rational::from(inside)), 2))?;
        Some(root.scaled(&outside))
    }

    fn call(&mut self, f: Function, u: &Normal) -> Option<Normal> {
        let half = Rational::from((1, 2));
        let flipped = u.0.values().next_back().is_some_and(|c| *c < 0);
        let minus = Rational::from(-1);
        let positive = if flipped { u.scaled(&minus) } else { u.clone() };
        match f {
            Function::Exp => match self.exponential(u)? {
                None => Some(Normal::number(Rational::from(1))),
                Some(i) => Some(Normal(BTreeMap::from([(vec![(i, 1)], Rational::from(1))]))),
            },
            Function::Sinh | Function::Cosh => {
                let (plus, less) =
                    (self.call(Function::Exp, u)?, self.call(Function::Exp, &u.scaled(&minus))?);
                let sign = if f == Function::Sinh { minus } else { Rational::from(1) };
                Some(plus.plus(&less, &sign).scaled(&half))
            }
            Function::Sigmoid => {
                let tanh = self.call(Function::Tanh, &u.scaled(&half))?;
                Some(tanh.scaled(&half).plus(&Normal::number(half), &Rational::from(1)))
            }
            Function::Softplus => {
                let argument = positive.scaled(&half);
                let even = self.atom(Atom::LogCosh(argument))?;
                Some(even.plus(u, &half))
            }
            Function::Log => match u.as_number() {
                Some(one) if one == 1 => Some(Normal::default()),
                _ => self.atom(Atom::Call(f, u.clone())),
            },
            Function::Cos => match u.0.is_empty() {
                true => Some(Normal::number(Rational::from(1))),
                false => self.atom(Atom::Call(f, positive)),
            },
            Function::Sin | Function::Tanh | Function::Atan | Function::Asinh | Function::Erf => {
                if u.0.is_empty() {
                    return Some(Normal::default());
                }
                let sign = if flipped { minus } else { Rational::from(1) };
                Some(self.atom(Atom::Call(f, positive))?.scaled(&sign))
            }
        }
    }

    /// The degree in `x`, if it is a polynomial with constant coefficients; zero has no degree.
    pub(crate) fn degree(&self, n: &Normal) -> Option<Option<u32>> {
        let mut degree = None;
        for monomial in n.0.keys() {
            if monomial.iter().any(|&(i, _)| i != X && self.varies[i]) {
                return None;
            }
            let here = monomial.iter().find(|(i, _)| *i == X).map_or(0, |(_, n)| *n);
            degree = degree.max(Some(here));
        }
        Some(degree)
    }
}

fn set(powers: &mut BTreeMap<usize, u32>, i: usize, n: u32) {
    if n == 0 {
        powers.remove(&i);
    } else {
        powers.insert(i, n);
    }
}

impl Normal {
    pub(crate) fn number(r: Rational) -> Normal {
        if r.is_zero() { Normal::default() } else { Normal(BTreeMap::from([(vec![], r)])) }
    }

    pub(super) fn term(monomial: Monomial, c: Rational) -> Normal {
        Normal(BTreeMap::from([(monomial, c)]))
    }

    pub(super) fn terms(&self) -> impl Iterator<Item = (&Monomial, &Rational)> {
        self.0.iter()
    }

    pub(crate) fn as_number(&self) -> Option<Rational> {
        match self.0.len() {
            0 => Some(Rational::new()),
            1 => self.0.get(&vec![]).cloned(),
            _ => None,
        }
    }

    pub(crate) fn plus(&self, other: &Normal, factor: &Rational) -> Normal {
        let mut out = self.clone();
        out.add(other, factor);
        out
    }

    fn add(&mut self, other: &Normal, factor: &Rational) {
        for (monomial, c) in &other.0 {
            let sum = self.0.entry(monomial.clone()).or_default();
            *sum += Rational::from(c * factor);
            if sum.is_zero() {
                self.0.remove(monomial);
            }
        }
    }

    pub(crate) fn scaled(&self, factor: &Rational) -> Normal {
        Normal::default().plus(self, factor)
    }

    /// The rational polynomial in `x` alone that it is.
    pub(crate) fn as_polynomial(&self) -> Option<Polynomial> {
        let mut out: Polynomial = vec![];
        for (monomial, c) in &self.0 {
            let degree = match monomial.as_slice() {
                [] => 0,
                [(X, n)] => *n as usize,
                _ => return None,
            };
            if out.len() <= degree {
                out.resize(degree + 1, Rational::new());
            }
            out[degree] = c.clone();
        }
        Some(out)
    }

    /// A polynomial `p` and a number `s > 0` where it is `√s p`: one product of square roots of numbers in all terms.
    pub(crate) fn root_multiple(&self, table: &Table) -> Option<(Polynomial, Rational)> {
        let roots =
            |monomial: &Monomial| monomial.iter().filter(|(i, _)| *i != X).copied().collect::<Monomial>();
        let common = roots(self.0.keys().next()?);
        let mut square = Rational::from(1);
        for &(i, n) in &common {
            let Atom::Root(inside, 2) = table.atoms.get(i)? else { return None };
            let inside = inside.as_number().filter(|r| *r > 0)?;
            square *= Rational::from(rug::ops::Pow::pow(&inside, n));
        }
        let mut out: Polynomial = vec![];
        for (monomial, c) in &self.0 {
            if roots(monomial) != common {
                return None;
            }
            let degree = monomial.iter().find(|(i, _)| *i == X).map_or(0, |(_, n)| *n as usize);
            if out.len() <= degree {
                out.resize(degree + 1, Rational::new());
            }
            out[degree] = c.clone();
        }
        Some((out, square))
    }

    /// The atom of a form `c · atom`, `c ≠ 0`.
    pub(crate) fn atom_of_multiple<'a>(&self, table: &'a Table) -> Option<&'a Atom> {
        let monomial = self.0.keys().next().filter(|_| self.0.len() == 1)?;
        match monomial.as_slice() {
            [(i, 1)] => table.atoms.get(*i),
            _ => None,
        }
    }

    /// `(line, c, n, atom)` of a form `line + c x^n atom`, where the line is a constant and a slope and `n <= 1`.
    pub(crate) fn line_and_atom<'a>(
        &self,
        table: &'a Table,
    ) -> Option<([Rational; 2], Rational, u32, &'a Atom)> {
        let mut line = [Rational::new(), Rational::new()];
        let mut rest = None;
        for (monomial, c) in &self.0 {
            let (n, i) = match monomial.as_slice() {
                [] => {
                    line[0] = c.clone();
                    continue;
                }
                [(X, 1)] => {
                    line[1] = c.clone();
                    continue;
                }
                [(i, 1)] => (0, *i),
                [(X, 1), (i, 1)] => (1, *i),
                _ => return None,
            };
            if rest.replace((c.clone(), n, table.atoms.get(i)?)).is_some() {
                return None;
            }
        }
        rest.map(|(c, n, atom)| (line, c, n, atom))
    }

    /// `Σ c e^{rx}` with the polynomial part at rate zero, if it is nothing else; `table` is the one it belongs to.
    pub(crate) fn exponentials(&self, table: &Table) -> Option<(Polynomial, Vec<(Rational, Rational)>)> {
        let (mut rest, mut out) = (Normal::default(), vec![]);
        for (monomial, c) in &self.0 {
            match monomial.as_slice() {
                [(i, 1)] if *i != X => {
                    let Atom::Call(Function::Exp, u) = &table.atoms[*i] else { return None };
                    match u.as_polynomial()?.as_slice() {
                        [constant, rate] if constant.is_zero() => out.push((rate.clone(), c.clone())),
                        _ => return None,
                    }
                }
                _ => {
                    rest.0.insert(monomial.clone(), c.clone());
                }
            }
        }
        Some((rest.as_polynomial()?, out))
    }
}
