//! How two pieces meet.

use std::cmp::Ordering;

use super::graph::{Graph, Id, Node};
use super::partition::{Partition, critical_values};
use super::program::Program;
use super::root::Root;
use crate::number::Ball;

/// Highest order of a derivative that is compared.
const MAX_ORDER: usize = 4;
/// Graphs larger than this are not differentiated again.
const MAX_GRAPH: usize = 20_000;
/// Working precision of comparisons by value.
const PRECISION: u32 = 512;

/// What happens at a breakpoint.
#[derive(Clone, Debug)]
pub(crate) struct Seam {
    /// One of the neighbours is not analytic there.
    pub(crate) singular: bool,
    /// Does the function jump? `None` where that stays open.
    pub(crate) jump: Option<bool>,
    /// The order of the first derivative that jumps, where the neighbours are analytic and that is known.
    pub(crate) order: Option<usize>,
}

/// Is the expression not analytic at the point, as far as one can tell?
pub(crate) fn is_singular(graph: &Graph, expression: Id, at: &Root) -> bool {
    critical_values(graph, expression, &at.enclose(PRECISION))
}

/// How pieces `i` and `i + 1` meet.
pub(crate) fn seam(graph: &mut Graph, root: Id, cut: &Partition, i: usize) -> Seam {
    let sides = [&cut.pieces[i], &cut.pieces[i + 1]];
    let expressions = sides.map(|p| p.expression);
    let at = &cut.breakpoints[i];
    if expressions.iter().any(|&e| is_singular(graph, e, at)) {
        return Seam { singular: true, jump: singular_jump(graph, expressions, at), order: None };
    }
    let structural = graph.reachable(&[root]).into_iter().all(|id| match graph.node(id) {
        Node::Choose { condition, continuous, .. } => {
            let choices = sides.map(|p| condition.holds(&p.signs));
            *continuous || choices[0] == choices[1]
        }
        _ => true,
    });
    let mut difference = graph.sub(expressions[0], expressions[1]);
    let mut equal_so_far = structural;
    for order in 0..=MAX_ORDER {
        match vanishes(graph, difference, at) {
            Some(false) => {
                return Seam { singular: false, jump: Some(order == 0), order: Some(order) };
            }
            None if !(order == 0 && structural) => {
                let jump = if order > 0 || equal_so_far { Some(false) } else { None };
                return Seam { singular: false, jump, order: None };
            }
            _ => equal_so_far = true,
        }
        if graph.len() > MAX_GRAPH {
            break;
        }
        difference = graph.derivative(difference);
    }
    let jump = if equal_so_far { Some(false) } else { None };
    Seam { singular: false, jump, order: None }
}

/// Is the expression zero at the point? Exactly, by folding, or by an enclosure away from zero.
fn vanishes(graph: &mut Graph, expression: Id, at: &Root) -> Option<bool> {
    if let Some(r) = at.exact() {
        let there = graph.number(r.clone());
        let value = graph.substituted(expression, there);
        if let Some(number) = graph.as_number(value) {
            return Some(number.is_zero());
        }
    }
    let value = Program::new(graph, expression).run(&at.enclose(PRECISION), PRECISION);
    match value.sign() {
        Some(Ordering::Equal) => Some(true),
        Some(_) => Some(false),
        None => None,
    }
}

/// Where a neighbour is singular: continuous if both sides have the same value there by the expressions themselves,
/// which are then continuous up to the end (roots of non-negative numbers).
fn singular_jump(graph: &mut Graph, expressions: [Id; 2], at: &Root) -> Option<bool> {
    let only_roots = expressions.iter().all(|&e| {
        graph.reachable(&[e]).into_iter().all(|id| match graph.node(id) {
            Node::Root(_, r) => *r > 0,
            Node::Div(..) | Node::Power(..) | Node::Call(super::graph::Function::Log, _) => {
                super::partition::critical_argument(graph.node(id)).is_none_or(|argument| {
                    let value: Ball = Program::new(graph, argument).run(&at.enclose(PRECISION), PRECISION);
                    value.is_finite() && !value.contains_zero()
                })
            }
            _ => true,
        })
    });
    if !only_roots {
        return None;
    }
    let difference = graph.sub(expressions[0], expressions[1]);
    vanishes(graph, difference, at).map(|equal| !equal)
}
