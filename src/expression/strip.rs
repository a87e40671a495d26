//! A guess of the distance of an analytic expression's complex singularities from the real axis, in doubles.

use std::collections::HashMap;
use std::f64::consts::PI;

use super::graph::{Function, Graph, Id, Node};
use super::program::Program;
use crate::number::Ball;

/// Largest degree of an argument that is looked at.
const MAX_DEGREE: usize = 12;
/// Poles of tanh are looked at up to this multiple of π.
const POLES: i32 = 4;

/// A complex number.
type Point = (f64, f64);

/// The least distance; `None` where an argument is no polynomial, or nothing is singular.
pub(super) fn strip(graph: &Graph, root: Id) -> Option<f64> {
    let order = graph.reachable(&[root]);
    let mut polynomials: HashMap<Id, Option<Vec<f64>>> = HashMap::new();
    let mut nearest: Option<f64> = None;
    for &id in &order {
        let p = polynomial(graph, id, &polynomials);
        polynomials.insert(id, p);
        let Some((argument, values)) = singular_values(graph.node(id)) else { continue };
        if graph.is_constant(argument) {
            continue;
        }
        let p = polynomials[&argument].as_ref()?;
        for value in values {
            for (_, im) in roots(p, value)? {
                nearest = Some(nearest.map_or(im.abs(), |n| n.min(im.abs())));
            }
        }
    }
    nearest.filter(|n| n.is_finite() && *n > 0.0)
}

/// The values of the argument at which a function is singular.
fn singular_values(node: &Node) -> Option<(Id, Vec<Point>)> {
    let odd_multiples = |unit: f64| (0..POLES).map(move |k| (0.0, f64::from(2 * k + 1) * unit)).collect();
    Some(match node {
        Node::Div(_, b) => (*b, vec![(0.0, 0.0)]),
        Node::Power(a, n) if *n < 0 => (*a, vec![(0.0, 0.0)]),
        Node::Root(a, _) | Node::Call(Function::Log, a) => (*a, vec![(0.0, 0.0)]),
        Node::Call(Function::Tanh, a) => (*a, odd_multiples(PI / 2.0)),
        Node::Call(Function::Sigmoid | Function::Softplus, a) => (*a, odd_multiples(PI)),
        Node::Call(Function::Atan | Function::Asinh, a) => (*a, vec![(0.0, 1.0)]),
        _ => return None,
    })
}

fn polynomial(graph: &Graph, id: Id, at: &HashMap<Id, Option<Vec<f64>>>) -> Option<Vec<f64>> {
    let of = |id: &Id| at[id].as_ref();
    let sum = |a: &[f64], b: &[f64], sign: f64| {
        let term = |i: usize| a.get(i).unwrap_or(&0.0) + sign * b.get(i).unwrap_or(&0.0);
        (0..a.len().max(b.len())).map(term).collect::<Vec<f64>>()
    };
    match graph.node(id) {
        Node::Variable => Some(vec![0.0, 1.0]),
        Node::Add(a, b) => Some(sum(of(a)?, of(b)?, 1.0)),
        Node::Sub(a, b) => Some(sum(of(a)?, of(b)?, -1.0)),
        Node::Mul(a, b) => product(of(a)?, of(b)?),
        Node::Div(a, b) => match of(b)?.as_slice() {
            [c] => Some(of(a)?.iter().map(|x| x / c).collect()),
            _ => None,
        },
        Node::Power(a, n) if *n > 0 && *n as usize <= MAX_DEGREE => {
            let base = of(a)?;
            (1..*n).try_fold(base.clone(), |out, _| product(&out, base))
        }
        node => {
            // A constant: its children are numbers.
            let constant = node.children().iter().all(|c| at[c].as_ref().is_some_and(|p| p.len() == 1));
            let value = || Program::new(graph, id).run(&Ball::zero(64), 64).midpoint().to_f64();
            constant.then(|| vec![value()])
        }
    }
}

fn product(a: &[f64], b: &[f64]) -> Option<Vec<f64>> {
    if a.len() + b.len() > MAX_DEGREE + 2 {
        return None;
    }
    let mut out = vec![0.0; (a.len() + b.len()).saturating_sub(1)];
    for (i, x) in a.iter().enumerate() {
        for (j, y) in b.iter().enumerate() {
            out[i + j] += x * y;
        }
    }
    Some(out)
}

/// The roots of `p - value`, by Weierstrass' iteration.
fn roots(p: &[f64], value: Point) -> Option<Vec<Point>> {
    let degree = p.iter().rposition(|c| *c != 0.0).filter(|d| *d > 0)?;
    let mut c: Vec<Point> = p[..=degree].iter().map(|x| (x / p[degree], 0.0)).collect();
    c[0] = (c[0].0 - value.0 / p[degree], -value.1 / p[degree]);
    let radius = 1.0 + c[..degree].iter().map(|z| z.0.hypot(z.1)).fold(0.0, f64::max);
    let start = |k: usize| {
        let angle = 0.4 + 2.0 * PI * k as f64 / degree as f64;
        (radius * angle.cos(), radius * angle.sin())
    };
    let mut z: Vec<Point> = (0..degree).map(start).collect();
    for _ in 0..200 {
        for k in 0..degree {
            let top = c.iter().rev().fold((0.0, 0.0), |v, a| plus(times(v, z[k]), *a));
            let others = (0..degree).filter(|j| *j != k);
            let bottom = others.fold((1.0, 0.0), |v, j| times(v, (z[k].0 - z[j].0, z[k].1 - z[j].1)));
            let size = bottom.0 * bottom.0 + bottom.1 * bottom.1;
            let step = times(top, (bottom.0 / size, -bottom.1 / size));
            z[k] = (z[k].0 - step.0, z[k].1 - step.1);
        }
    }
    z.iter().all(|w| w.0.is_finite() && w.1.is_finite()).then_some(z)
}

fn plus(a: Point, b: Point) -> Point {
    (a.0 + b.0, a.1 + b.1)
}

fn times(a: Point, b: Point) -> Point {
    (a.0 * b.0 - a.1 * b.1, a.0 * b.1 + a.1 * b.0)
}
