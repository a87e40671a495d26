//! Straight-line programs: an expression without choices, ready to be evaluated on real balls, complex rectangles or
//! intervals.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rug::Rational;

use super::graph::{Function, Graph, Id, Node};
use crate::number::Ball;
use crate::work;

/// How many precisions the constants are kept for.
const KEPT: usize = 8;

/// What a program is evaluated on. Every operation encloses its results for all members of its operands, and is not
/// finite where the function is not defined (not analytic) on all of them.
pub(crate) trait Value: Clone {
    /// What a product and what a function of few bits take, in units of [work].
    const PRODUCT: f64 = 1.5e2;
    const FUNCTION: f64 = 3e3;

    fn constant(value: &Ball) -> Self;
    fn add(&self, other: &Self) -> Self;
    fn sub(&self, other: &Self) -> Self;
    fn mul(&self, other: &Self) -> Self;
    fn div(&self, other: &Self) -> Self;
    fn whole_power(&self, n: i32) -> Self;
    fn root(&self, r: &Rational) -> Self;
    fn call(&self, f: Function) -> Self;
}

/// An operation on earlier registers.
#[derive(Clone, Debug)]
enum Step {
    Number(Rational),
    Pi,
    Add(usize, usize),
    Sub(usize, usize),
    Mul(usize, usize),
    Div(usize, usize),
    Power(usize, i32),
    Root(usize, Rational),
    Call(Function, usize),
}

impl Step {
    /// How many products and functions take about as long.
    fn counts(&self) -> [f64; 2] {
        match self {
            Step::Number(_) | Step::Pi | Step::Add(..) | Step::Sub(..) | Step::Mul(..) => [1.0, 0.0],
            Step::Div(..) => [2.0, 0.0],
            Step::Power(_, n) => [1.0 + 1.5 * f64::from(n.unsigned_abs()).log2(), 0.0],
            Step::Root(..) => [0.0, 2.0],
            Step::Call(..) => [0.0, 1.0],
        }
    }
}

/// Registers: first the constants, then the variable, then the steps.
#[derive(Debug)]
pub(crate) struct Program {
    constants: Vec<Step>,
    steps: Vec<Step>,
    result: usize,
    /// How many products and functions take about as long.
    counts: [f64; 2],
    known: Mutex<Vec<(u32, Arc<Vec<Ball>>)>>,
}

impl Program {
    /// The program of an expression without choices.
    pub(crate) fn new(graph: &Graph, root: Id) -> Program {
        let order = graph.reachable(&[root]);
        let mut varies: HashMap<Id, bool> = HashMap::new();
        for &id in &order {
            let node = graph.node(id);
            let depends = *node == Node::Variable || node.children().iter().any(|c| varies[c]);
            varies.insert(id, depends);
        }
        let constant: Vec<Id> = order.iter().copied().filter(|id| !varies[id]).collect();
        let variable: Vec<Id> =
            order.iter().copied().filter(|id| varies[id] && *graph.node(*id) != Node::Variable).collect();
        let mut register: HashMap<Id, usize> = constant.iter().enumerate().map(|(i, &id)| (id, i)).collect();
        let place = constant.len();
        order.iter().filter(|id| *graph.node(**id) == Node::Variable).for_each(|&id| {
            register.insert(id, place);
        });
        variable.iter().enumerate().for_each(|(i, &id)| {
            register.insert(id, place + 1 + i);
        });
        let compile =
            |ids: &[Id]| ids.iter().map(|&id| step(graph.node(id), &register)).collect::<Vec<Step>>();
        let steps = compile(&variable);
        Program {
            constants: compile(&constant),
            counts: [0, 1].map(|i| steps.iter().map(|step| step.counts()[i]).sum()),
            steps,
            result: register[&root],
            known: Mutex::default(),
        }
    }

    /// An enclosure of the values for the members of `x`; constants are taken to `precision` bits.
    pub(crate) fn run<V: Value>(&self, x: &V, precision: u32) -> V {
        let constants = self.constants_at(precision);
        let mut registers: Vec<V> = Vec::with_capacity(constants.len() + 1 + self.steps.len());
        registers.extend(constants.iter().map(V::constant));
        registers.push(x.clone());
        for step in &self.steps {
            let value = apply(step, &registers, precision);
            registers.push(value);
        }
        let [products, functions] = self.counts;
        let work = products * V::PRODUCT + functions * V::FUNCTION;
        work::spend(work * (1.0 + f64::from(precision) / 128.0));
        registers.swap_remove(self.result)
    }

    fn constants_at(&self, precision: u32) -> Arc<Vec<Ball>> {
        // A list of enclosures is whole whenever it is seen: a panic elsewhere does not spoil it.
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, values)) = known.iter().find(|(p, _)| *p == precision) {
            return Arc::clone(values);
        }
        let mut values: Vec<Ball> = Vec::with_capacity(self.constants.len());
        for step in &self.constants {
            let value = apply(step, &values, precision);
            values.push(value);
        }
        let values = Arc::new(values);
        if known.len() == KEPT {
            known.remove(0);
        }
        known.push((precision, Arc::clone(&values)));
        values
    }
}

fn step(node: &Node, register: &HashMap<Id, usize>) -> Step {
    let at = |id: &Id| register[id];
    match node {
        Node::Number(r) => Step::Number(r.clone()),
        Node::Add(a, b) => Step::Add(at(a), at(b)),
        Node::Sub(a, b) => Step::Sub(at(a), at(b)),
        Node::Mul(a, b) => Step::Mul(at(a), at(b)),
        Node::Div(a, b) => Step::Div(at(a), at(b)),
        Node::Power(a, n) => Step::Power(at(a), *n),
        Node::Root(a, r) => Step::Root(at(a), r.clone()),
        Node::Call(f, a) => Step::Call(*f, at(a)),
        // The variable has its register, and choices are made before.
        Node::Pi | Node::Variable | Node::Choose { .. } => Step::Pi,
    }
}

fn apply<V: Value>(step: &Step, at: &[V], precision: u32) -> V {
    match step {
        Step::Number(r) => V::constant(&Ball::from_gmp_rational(r, precision)),
        Step::Pi => V::constant(&Ball::pi(precision)),
        Step::Add(a, b) => at[*a].add(&at[*b]),
        Step::Sub(a, b) => at[*a].sub(&at[*b]),
        Step::Mul(a, b) => at[*a].mul(&at[*b]),
        Step::Div(a, b) => at[*a].div(&at[*b]),
        Step::Power(a, n) => at[*a].whole_power(*n),
        Step::Root(a, r) => at[*a].root(r),
        Step::Call(f, a) => at[*a].call(*f),
    }
}

/// The values of all nodes of expressions without choices.
pub(crate) fn node_values<V: Value>(graph: &Graph, roots: &[Id], x: &V, precision: u32) -> HashMap<Id, V> {
    node_values_with(graph, roots, x, precision, |_| None)
}

/// The same, where some nodes' values are known.
pub(crate) fn node_values_with<V: Value>(
    graph: &Graph,
    roots: &[Id],
    x: &V,
    precision: u32,
    known: impl Fn(Id) -> Option<V>,
) -> HashMap<Id, V> {
    let mut values: HashMap<Id, V> = HashMap::new();
    for id in graph.reachable(roots) {
        if let Some(value) = known(id) {
            values.insert(id, value);
            continue;
        }
        let value = match graph.node(id) {
            Node::Variable | Node::Choose { .. } => x.clone(),
            Node::Number(r) => V::constant(&Ball::from_gmp_rational(r, precision)),
            Node::Pi => V::constant(&Ball::pi(precision)),
            Node::Add(a, b) => values[a].add(&values[b]),
            Node::Sub(a, b) => values[a].sub(&values[b]),
            Node::Mul(a, b) => values[a].mul(&values[b]),
            Node::Div(a, b) => values[a].div(&values[b]),
            Node::Power(a, n) => values[a].whole_power(*n),
            Node::Root(a, r) => values[a].root(r),
            Node::Call(f, a) => values[a].call(*f),
        };
        values.insert(id, value);
    }
    values
}
