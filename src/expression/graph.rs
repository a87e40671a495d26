//! Expressions as directed acyclic graphs: equal sub-expressions are one node, children come before parents.

use std::cmp::Ordering;
use std::collections::HashMap;

use rug::Rational;
use rug::ops::Pow;

/// The place of a node in its graph.
pub(crate) type Id = usize;

/// Numbers longer than this are not multiplied out.
const MAX_FOLDED_BITS: u64 = 1 << 13;

/// A function of one argument.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Function {
    Exp,
    /// On positive arguments only.
    Log,
    Sin,
    Cos,
    Sinh,
    Cosh,
    Tanh,
    Atan,
    Asinh,
    Erf,
    /// `1/(1 + e^{-u})`.
    Sigmoid,
    /// `log(1 + e^u)`.
    Softplus,
}

/// How a number compares with zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Comparison {
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Comparison {
    pub(crate) fn holds(self, sign: Ordering) -> bool {
        match self {
            Comparison::Less => sign == Ordering::Less,
            Comparison::LessOrEqual => sign != Ordering::Greater,
            Comparison::Greater => sign == Ordering::Greater,
            Comparison::GreaterOrEqual => sign != Ordering::Less,
        }
    }
}

/// What a choice depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Condition {
    /// The node compared with zero.
    Compare(Id, Comparison),
    And(Box<[Condition; 2]>),
    Or(Box<[Condition; 2]>),
}

impl Condition {
    /// The nodes whose signs decide.
    pub(crate) fn guards(&self) -> Vec<Id> {
        match self {
            Condition::Compare(id, _) => vec![*id],
            Condition::And(both) | Condition::Or(both) => both.iter().flat_map(Condition::guards).collect(),
        }
    }

    /// Does it hold with these signs? `None` where one is not known.
    pub(crate) fn holds(&self, signs: &HashMap<Id, Ordering>) -> Option<bool> {
        Some(match self {
            Condition::Compare(id, comparison) => comparison.holds(*signs.get(id)?),
            Condition::And(both) => both[0].holds(signs)? & both[1].holds(signs)?,
            Condition::Or(both) => both[0].holds(signs)? | both[1].holds(signs)?,
        })
    }
}

/// One operation.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Node {
    Variable,
    Number(Rational),
    Pi,
    Add(Id, Id),
    Sub(Id, Id),
    Mul(Id, Id),
    Div(Id, Id),
    /// A whole power other than 0 and 1.
    Power(Id, i32),
    /// A fractional power of a non-negative number.
    Root(Id, Rational),
    Call(Function, Id),
    /// The first where the condition holds, else the second; `continuous` when the two agree where it changes.
    Choose {
        condition: Condition,
        yes: Id,
        no: Id,
        continuous: bool,
    },
}

impl Node {
    /// What it is computed from; a condition's guards come last.
    pub(crate) fn children(&self) -> Vec<Id> {
        match self {
            Node::Variable | Node::Number(_) | Node::Pi => vec![],
            Node::Add(a, b) | Node::Sub(a, b) | Node::Mul(a, b) | Node::Div(a, b) => vec![*a, *b],
            Node::Power(a, _) | Node::Root(a, _) | Node::Call(_, a) => vec![*a],
            Node::Choose { condition, yes, no, .. } => {
                [*yes, *no].into_iter().chain(condition.guards()).collect()
            }
        }
    }
}

/// Nodes, each stored once, children before parents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    nodes: Vec<Node>,
    index: HashMap<Node, Id>,
}

impl Graph {
    pub(crate) fn node(&self, id: Id) -> &Node {
        &self.nodes[id]
    }

    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn insert(&mut self, node: Node) -> Id {
        if let Some(&id) = self.index.get(&node) {
            return id;
        }
        self.nodes.push(node.clone());
        self.index.insert(node, self.nodes.len() - 1);
        self.nodes.len() - 1
    }

    pub(crate) fn variable(&mut self) -> Id {
        self.insert(Node::Variable)
    }

    pub(crate) fn number(&mut self, r: impl Into<Rational>) -> Id {
        self.insert(Node::Number(r.into()))
    }

    pub(crate) fn pi(&mut self) -> Id {
        self.insert(Node::Pi)
    }

    /// The value of a node that is a number.
    pub(crate) fn as_number(&self, id: Id) -> Option<&Rational> {
        match self.node(id) {
            Node::Number(r) => Some(r),
            _ => None,
        }
    }

    fn is_number(&self, id: Id, n: i32) -> bool {
        self.as_number(id).is_some_and(|r| *r == n)
    }

    /// Two numbers that are short enough to compute with.
    fn short_numbers(&self, a: Id, b: Id) -> Option<(&Rational, &Rational)> {
        let (r, s) = (self.as_number(a)?, self.as_number(b)?);
        (bits(r) + bits(s) < MAX_FOLDED_BITS).then_some((r, s))
    }

    pub(crate) fn add(&mut self, a: Id, b: Id) -> Id {
        if let Some((r, s)) = self.short_numbers(a, b) {
            let sum = Rational::from(r + s);
            return self.number(sum);
        }
        match () {
            _ if self.is_number(a, 0) => b,
            _ if self.is_number(b, 0) => a,
            // Sums are ordered, so that equal ones are one node.
            _ => self.insert(Node::Add(a.min(b), a.max(b))),
        }
    }

    pub(crate) fn sub(&mut self, a: Id, b: Id) -> Id {
        if a == b {
            return self.number(0);
        }
        if let Some((r, s)) = self.short_numbers(a, b) {
            let difference = Rational::from(r - s);
            return self.number(difference);
        }
        match () {
            _ if self.is_number(b, 0) => a,
            _ if self.is_number(a, 0) => self.neg(b),
            _ => self.insert(Node::Sub(a, b)),
        }
    }

    pub(crate) fn neg(&mut self, a: Id) -> Id {
        let minus = self.number(-1);
        self.mul(minus, a)
    }

    pub(crate) fn mul(&mut self, a: Id, b: Id) -> Id {
        if let Some((r, s)) = self.short_numbers(a, b) {
            let product = Rational::from(r * s);
            return self.number(product);
        }
        if self.is_number(a, 0) || self.is_number(b, 0) {
            return self.number(0);
        }
        if self.is_number(a, 1) {
            return b;
        }
        if self.is_number(b, 1) {
            return a;
        }
        if a == b {
            return self.power(a, 2);
        }
        // e^u/(1 + e^u) = 1/(1 + e^{-u}).
        for (exponential, other) in [(a, b), (b, a)] {
            if let (&Node::Call(Function::Exp, u), &Node::Call(Function::Sigmoid, v)) =
                (self.node(exponential), self.node(other))
                && (self.neg(u) == v || self.neg(v) == u)
            {
                return self.call(Function::Sigmoid, u);
            }
        }
        // Two numeric factors become one.
        for (number, other) in [(a, b), (b, a)] {
            if self.as_number(number).is_some()
                && let Node::Mul(c, d) = *self.node(other)
                && self.short_numbers(number, c).is_some()
            {
                let factor = self.mul(number, c);
                return self.mul(factor, d);
            }
        }
        let (a, b) = if self.as_number(b).is_some() { (b, a) } else { (a, b) };
        let ordered = self.as_number(a).is_some() || a < b;
        self.insert(if ordered { Node::Mul(a, b) } else { Node::Mul(b, a) })
    }

    /// `a / b`; the caller sees to it that `b` is not the number zero.
    pub(crate) fn div(&mut self, a: Id, b: Id) -> Id {
        if let Some((r, s)) = self.short_numbers(a, b).filter(|(_, s)| !s.is_zero()) {
            let quotient = Rational::from(r / s);
            return self.number(quotient);
        }
        if self.is_number(b, 1) || (self.is_number(a, 0) && !self.is_number(b, 0)) {
            return a;
        }
        // Equal to the polynomial but where it is 0/0.
        if let Some(quotient) = self.polynomial_quotient(a, b) {
            return self.polynomial_expression(&quotient);
        }
        match *self.node(b) {
            // 1/e^u = e^{-u} has no pole to look for.
            Node::Call(Function::Exp, u) => {
                let minus = self.neg(u);
                let exponential = self.call(Function::Exp, minus);
                self.mul(a, exponential)
            }
            Node::Add(c, d) if self.one_plus_exponential(c, d).is_some() => {
                let exponent = self.one_plus_exponential(c, d).unwrap_or(b);
                let minus = self.neg(exponent);
                let sigmoid = self.call(Function::Sigmoid, minus);
                self.mul(a, sigmoid)
            }
            _ => self.insert(Node::Div(a, b)),
        }
    }

    /// `u`, if the two terms are 1 and `e^u`.
    fn one_plus_exponential(&self, a: Id, b: Id) -> Option<Id> {
        [(a, b), (b, a)].into_iter().find_map(|(one, other)| match *self.node(other) {
            Node::Call(Function::Exp, u) if self.is_number(one, 1) => Some(u),
            _ => None,
        })
    }

    pub(crate) fn power(&mut self, a: Id, n: i32) -> Id {
        match n {
            0 => return self.number(1),
            1 => return a,
            _ => (),
        }
        let folded = match self.node(a) {
            Node::Number(r)
                if bits(r) * u64::from(n.unsigned_abs()) < MAX_FOLDED_BITS && (n > 0 || !r.is_zero()) =>
            {
                Some(Rational::from(r.pow(n)))
            }
            _ => None,
        };
        match (folded, self.node(a)) {
            (Some(number), _) => self.number(number),
            (None, &Node::Power(base, m)) if (m > 0 && n > 0) && i64::from(m) * i64::from(n) < 1000 => {
                self.power(base, m * n)
            }
            (None, &Node::Call(Function::Exp, u)) => {
                let factor = self.number(n);
                let exponent = self.mul(factor, u);
                self.call(Function::Exp, exponent)
            }
            _ => self.insert(Node::Power(a, n)),
        }
    }

    /// `a^r`; whole powers become [`Node::Power`].
    pub(crate) fn root(&mut self, a: Id, r: &Rational) -> Id {
        if r.is_integer()
            && let Some(n) = r.numer().to_i32()
        {
            return self.power(a, n);
        }
        let folded = match self.node(a) {
            Node::Number(base) if base.is_zero() && *r > 0 => Some(Rational::new()),
            Node::Number(base) if *base == 1 => Some(Rational::from(1)),
            // A square root of a square.
            Node::Number(base) if *r == Rational::from((1, 2)) && *base > 0 => perfect_root(base),
            _ => None,
        };
        match (folded, self.node(a)) {
            (Some(number), _) => self.number(number),
            // A root of e^u, which is positive.
            (None, &Node::Call(Function::Exp, u)) => {
                let factor = self.number(r.clone());
                let exponent = self.mul(factor, u);
                self.call(Function::Exp, exponent)
            }
            _ => self.insert(Node::Root(a, r.clone())),
        }
    }

    pub(crate) fn call(&mut self, f: Function, a: Id) -> Id {
        if self.is_number(a, 0) {
            match f {
                Function::Exp | Function::Cos | Function::Cosh => return self.number(1),
                Function::Sigmoid => return self.number((1, 2)),
                Function::Log | Function::Softplus => (),
                _ => return self.number(0),
            }
        }
        if f == Function::Log && self.is_number(a, 1) {
            return self.number(0);
        }
        match (f, self.node(a)) {
            // Equal but where the logarithm has no value, for squares.
            (Function::Exp, &Node::Call(Function::Log, u)) if matches!(self.node(u), Node::Power(_, n) if *n > 0 && n % 2 == 0) => {
                u
            }
            // log e^u = u for all real u.
            (Function::Log, &Node::Call(Function::Exp, u)) => u,
            (Function::Log, &Node::Call(Function::Sigmoid, u)) => {
                let minus = self.neg(u);
                let softplus = self.call(Function::Softplus, minus);
                self.neg(softplus)
            }
            (Function::Log, &Node::Add(b, c)) if self.one_plus_exponential(b, c).is_some() => {
                let exponent = self.one_plus_exponential(b, c).unwrap_or(a);
                self.call(Function::Softplus, exponent)
            }
            _ => self.insert(Node::Call(f, a)),
        }
    }

    /// The choice; where a guard is a number it is made at once.
    pub(crate) fn choose(&mut self, condition: Condition, yes: Id, no: Id, continuous: bool) -> Id {
        let known: HashMap<Id, Ordering> =
            condition.guards().into_iter().filter_map(|g| Some((g, self.as_number(g)?.cmp0()))).collect();
        match condition.holds(&known) {
            _ if yes == no => yes,
            Some(true) => yes,
            Some(false) => no,
            None => self.insert(Node::Choose { condition, yes, no, continuous }),
        }
    }

    /// The larger of two (the smaller with `flip`).
    pub(crate) fn extremum(&mut self, a: Id, b: Id, flip: bool) -> Id {
        let difference = self.sub(a, b);
        let comparison = if flip { Comparison::Less } else { Comparison::Greater };
        self.choose(Condition::Compare(difference, comparison), a, b, true)
    }

    pub(crate) fn abs(&mut self, a: Id) -> Id {
        let minus = self.neg(a);
        self.choose(Condition::Compare(a, Comparison::GreaterOrEqual), a, minus, true)
    }

    /// 1, 0 or -1.
    pub(crate) fn sign(&mut self, a: Id) -> Id {
        let [one, zero, minus] = [1, 0, -1].map(|n| self.number(n));
        let below = self.choose(Condition::Compare(a, Comparison::Less), minus, zero, false);
        self.choose(Condition::Compare(a, Comparison::Greater), one, below, false)
    }

    /// The nodes that `roots` are made of, children first.
    pub(crate) fn reachable(&self, roots: &[Id]) -> Vec<Id> {
        let mut seen = vec![false; self.len()];
        roots.iter().for_each(|&id| seen[id] = true);
        for id in (0..self.len()).rev() {
            if seen[id] {
                self.node(id).children().into_iter().for_each(|c| seen[c] = true);
            }
        }
        (0..self.len()).filter(|&id| seen[id]).collect()
    }

    /// The same expression with every node passed through `change`, which may replace it.
    fn rebuilt(&mut self, root: Id, change: impl Fn(&mut Graph, &Node) -> Option<Id>) -> Id {
        let mut new: HashMap<Id, Id> = HashMap::new();
        for id in self.reachable(&[root]) {
            let node = self.node(id).clone();
            let made = match change(self, &node) {
                Some(made) => made,
                None => self.rebuild(&node, |child| new.get(&child).copied().unwrap_or(child)),
            };
            new.insert(id, made);
        }
        new[&root]
    }

    /// A node of the same kind on other children.
    fn rebuild(&mut self, node: &Node, at: impl Fn(Id) -> Id) -> Id {
        match node {
            Node::Variable | Node::Number(_) | Node::Pi => self.insert(node.clone()),
            Node::Add(a, b) => self.add(at(*a), at(*b)),
            Node::Sub(a, b) => self.sub(at(*a), at(*b)),
            Node::Mul(a, b) => self.mul(at(*a), at(*b)),
            Node::Div(a, b) => self.div(at(*a), at(*b)),
            Node::Power(a, n) => self.power(at(*a), *n),
            Node::Root(a, r) => self.root(at(*a), r),
            Node::Call(f, a) => self.call(*f, at(*a)),
            Node::Choose { condition, yes, no, continuous } => {
                let condition = moved(condition, &at);
                self.choose(condition, at(*yes), at(*no), *continuous)
            }
        }
    }

    /// The expression with `with` in the place of the variable.
    pub(crate) fn substituted(&mut self, root: Id, with: Id) -> Id {
        self.rebuilt(root, |_, node| (*node == Node::Variable).then_some(with))
    }

    /// The expression with its choices made by known signs.
    pub(crate) fn resolved(&mut self, root: Id, signs: &HashMap<Id, Ordering>) -> Id {
        let mut new: HashMap<Id, Id> = HashMap::new();
        for id in self.reachable(&[root]) {
            let node = self.node(id).clone();
            let at = |child: Id| new.get(&child).copied().unwrap_or(child);
            let made = match &node {
                Node::Choose { condition, yes, no, .. } => match condition.holds(signs) {
                    Some(true) => at(*yes),
                    Some(false) => at(*no),
                    None => id,
                },
                _ => self.rebuild(&node, at),
            };
            new.insert(id, made);
        }
        new[&root]
    }

    /// Does the expression depend on the variable?
    pub(crate) fn is_constant(&self, root: Id) -> bool {
        !self.reachable(&[root]).iter().any(|&id| *self.node(id) == Node::Variable)
    }
}

fn moved(condition: &Condition, at: &impl Fn(Id) -> Id) -> Condition {
    let both = |c: &[Condition; 2]| Box::new([moved(&c[0], at), moved(&c[1], at)]);
    match condition {
        Condition::Compare(id, comparison) => Condition::Compare(at(*id), *comparison),
        Condition::And(c) => Condition::And(both(c)),
        Condition::Or(c) => Condition::Or(both(c)),
    }
}

pub(crate) fn bits(r: &Rational) -> u64 {
    u64::from(r.numer().significant_bits()) + u64::from(r.denom().significant_bits())
}

fn perfect_root(r: &Rational) -> Option<Rational> {
    (r.numer().is_perfect_square() && r.denom().is_perfect_square())
        .then(|| Rational::from((r.numer().clone().sqrt(), r.denom().clone().sqrt())))
}
