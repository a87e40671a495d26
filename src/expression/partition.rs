//! Cuts the line where a choice of the expression changes or an argument leaves the domain of analyticity, until every
//! piece has one expression without choices.

use std::cmp::Ordering;
use std::collections::HashMap;

use rug::Rational;

use super::graph::{Function, Graph, Id, Node};
use super::program::Program;
use super::root::Root;
use super::syntax::Parsed;
use super::token::SyntaxError;
use super::zeros::{Undecided, Zeros, zeros};
use crate::number::Ball;

/// Most pieces.
const MAX_PIECES: usize = 200;
/// Working precisions for the sign of a function between its zeros.
const PRECISIONS: [u32; 4] = [64, 256, 1024, 4096];

/// The line, cut.
#[derive(Clone, Debug)]
pub(crate) struct Partition {
    /// Increasing.
    pub(crate) breakpoints: Vec<Root>,
    /// One more than breakpoints.
    pub(crate) pieces: Vec<Piece>,
}

/// An expression without choices, and the choices that made it.
#[derive(Clone, Debug)]
pub(crate) struct Piece {
    pub(crate) expression: Id,
    pub(crate) signs: HashMap<Id, Ordering>,
}

/// A piece in the making.
#[derive(Clone, Debug)]
struct Open {
    left: Option<Root>,
    right: Option<Root>,
    signs: HashMap<Id, Ordering>,
}

/// The pieces of a formula.
pub(crate) fn partition(parsed: &mut Parsed) -> Result<Partition, SyntaxError> {
    let mut open = vec![Open { left: None, right: None, signs: HashMap::new() }];
    let mut out = Partition { breakpoints: vec![], pieces: vec![] };
    // The last open piece is the leftmost.
    while let Some(piece) = open.pop() {
        if open.len() + out.pieces.len() > MAX_PIECES {
            return Err(SyntaxError::at(1, format!("formulas of at most {MAX_PIECES} pieces are accepted")));
        }
        match next_critical(&parsed.graph, parsed.root, &piece.signs) {
            Some(id) => open.extend(cut(parsed, piece, id)?.into_iter().rev()),
            None => {
                check_domain(parsed, &piece)?;
                let expression = parsed.graph.resolved(parsed.root, &piece.signs);
                out.breakpoints.extend(piece.right.clone());
                out.pieces.push(Piece { expression, signs: piece.signs });
            }
        }
    }
    Ok(out)
}

/// The nodes that matter where the signs are as told, parents first.
fn live_nodes(graph: &Graph, root: Id, signs: &HashMap<Id, Ordering>) -> Vec<Id> {
    let mut live = vec![false; root + 1];
    live[root] = true;
    let mut out = vec![];
    for id in (0..=root).rev() {
        if !live[id] {
            continue;
        }
        out.push(id);
        match graph.node(id) {
            Node::Choose { condition, yes, no, .. } => match condition.holds(signs) {
                Some(holds) => live[if holds { *yes } else { *no }] = true,
                None => condition.guards().into_iter().for_each(|guard| live[guard] = true),
            },
            node => node.children().into_iter().for_each(|c| live[c] = true),
        }
    }
    out
}

/// The first node whose sign has to be known on the piece and is not: all it is made of is decided.
fn next_critical(graph: &Graph, root: Id, signs: &HashMap<Id, Ordering>) -> Option<Id> {
    let watched = live_nodes(graph, root, signs).into_iter().flat_map(|id| match graph.node(id) {
        Node::Choose { condition, .. } => condition.guards(),
        node => critical_argument(node).into_iter().collect(),
    });
    watched.filter(|id| !signs.contains_key(id) && graph.as_number(*id).is_none()).min()
}

/// Is every function of the piece defined on it?
fn check_domain(parsed: &Parsed, piece: &Open) -> Result<(), SyntaxError> {
    for id in live_nodes(&parsed.graph, parsed.root, &piece.signs) {
        let node = parsed.graph.node(id);
        let Some(argument) = critical_argument(node) else { continue };
        let number = parsed.graph.as_number(argument).map(Rational::cmp0);
        let sign = piece.signs.get(&argument).copied().or(number).unwrap_or(Ordering::Equal);
        let (defined, what) = match node {
            Node::Call(..) => (sign.is_gt(), "the logarithm of a number that is not positive"),
            Node::Root(_, r) if *r > 0 => (sign.is_ge(), "the root of a negative number (`cbrt` has one)"),
            Node::Root(..) => (sign.is_gt(), "a fractional power of a number that is not positive"),
            _ => (sign.is_ne(), "a division by zero"),
        };
        if !defined {
            let column = parsed.columns.get(&id).copied().unwrap_or(1);
            let place = interval_in_words(piece.left.as_ref(), piece.right.as_ref());
            return Err(SyntaxError::at(
                column,
                format!("this is {what} for {place}, so it is not defined there"),
            ));
        }
    }
    Ok(())
}

/// `x < 0`, `0 < x < 1`, ...
pub(crate) fn interval_in_words(left: Option<&Root>, right: Option<&Root>) -> String {
    match (left.map(Root::in_words), right.map(Root::in_words)) {
        (None, None) => "all x".to_string(),
        (Some(a), None) => format!("x > {a}"),
        (None, Some(b)) => format!("x < {b}"),
        (Some(a), Some(b)) => format!("{a} < x < {b}"),
    }
}

/// What may not be zero where the node is analytic.
pub(crate) fn critical_argument(node: &Node) -> Option<Id> {
    match node {
        Node::Div(_, b) => Some(*b),
        Node::Power(a, n) if *n < 0 => Some(*a),
        Node::Root(a, _) | Node::Call(Function::Log, a) => Some(*a),
        _ => None,
    }
}

/// Cuts a piece at the zeros of a node.
fn cut(parsed: &mut Parsed, piece: Open, id: Id) -> Result<Vec<Open>, SyntaxError> {
    let expression = parsed.graph.resolved(id, &piece.signs);
    let column = parsed.columns.get(&id).copied().unwrap_or(1);
    let undecided = |Undecided| {
        SyntaxError::at(
            column,
            "the sign of this argument could not be decided: it may have zeros without end or a multiple zero",
        )
    };
    let (low, high) = (piece.left.as_ref().map(Root::below), piece.right.as_ref().map(Root::above));
    let found = zeros(&mut parsed.graph, expression, low.as_ref(), high.as_ref()).map_err(undecided)?;
    let mut roots = match found {
        Zeros::Everywhere => {
            let mut signs = piece.signs;
            signs.insert(id, Ordering::Equal);
            return Ok(vec![Open { signs, ..piece }]);
        }
        Zeros::Among(roots) => inside(roots, &piece).map_err(undecided)?,
    };
    roots.sort_by(|a, b| a.compare(b).unwrap_or(Ordering::Equal));
    let program = Program::new(&parsed.graph, expression);
    let mut ends = vec![piece.left.clone()];
    ends.extend(roots.into_iter().map(Some));
    ends.push(piece.right.clone());
    let mut out = vec![];
    for pair in ends.windows(2) {
        let sign =
            sign_between(&program, pair[0].as_ref(), pair[1].as_ref()).ok_or(Undecided).map_err(undecided)?;
        let mut signs = piece.signs.clone();
        signs.insert(id, sign);
        out.push(Open { left: pair[0].clone(), right: pair[1].clone(), signs });
    }
    Ok(out)
}

/// The roots in the interior of a piece, each once.
fn inside(roots: Vec<Root>, piece: &Open) -> Result<Vec<Root>, Undecided> {
    let mut out: Vec<Root> = vec![];
    for root in roots {
        let right_of = |end: &Option<Root>| match end {
            Some(end) => root.compare(end).ok_or(Undecided),
            None => Ok(Ordering::Greater),
        };
        let left_of = |end: &Option<Root>| match end {
            Some(end) => root.compare(end).ok_or(Undecided),
            None => Ok(Ordering::Less),
        };
        if right_of(&piece.left)? != Ordering::Greater || left_of(&piece.right)? != Ordering::Less {
            continue;
        }
        let mut known = false;
        for other in &out {
            known |= root.compare(other).ok_or(Undecided)? == Ordering::Equal;
        }
        if !known {
            out.push(root);
        }
    }
    Ok(out)
}

/// The sign of a function without zeros between two numbers.
fn sign_between(program: &Program, left: Option<&Root>, right: Option<&Root>) -> Option<Ordering> {
    samples(left, right)
        .into_iter()
        .find_map(|x| PRECISIONS.iter().find_map(|&p| program.run(&Ball::from_gmp_rational(&x, p), p).sign()))
}

/// A few numbers strictly between two.
pub(crate) fn samples(left: Option<&Root>, right: Option<&Root>) -> Vec<Rational> {
    match (left.map(Root::above), right.map(Root::below)) {
        (None, None) => [0, 1, -1].map(Rational::from).to_vec(),
        (Some(a), None) => [1u32, 4, 64].map(|d| Rational::from(a.floor_ref()) + d).to_vec(),
        (None, Some(b)) => [1u32, 4, 64].map(|d| Rational::from(b.ceil_ref()) - d).to_vec(),
        // Closer than the roots are known: none.
        (Some(a), Some(b)) if a >= b => vec![],
        (Some(a), Some(b)) => [(1u32, 2u32), (1, 3), (7, 8)]
            .map(|(n, d)| Rational::from(&b - &a) * Rational::from((n, d)) + &a)
            .to_vec(),
    }
}

/// Does the expression fail to be analytic at the point?
pub(crate) fn critical_values(graph: &Graph, expression: Id, at: &Ball) -> bool {
    let order = graph.reachable(&[expression]);
    let critical: Vec<Id> = order.iter().filter_map(|&id| critical_argument(graph.node(id))).collect();
    if critical.is_empty() {
        return false;
    }
    let values = super::program::node_values(graph, &critical, at, at.precision());
    critical.iter().any(|id| values[id].contains_zero() || !values[id].is_finite())
}
