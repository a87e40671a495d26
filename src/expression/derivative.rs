//! Symbolic differentiation of expressions without choices.

use std::collections::HashMap;

use rug::Rational;

use super::graph::{Function, Graph, Id, Node};

impl Graph {
    /// The derivative with respect to the variable.
    pub(crate) fn derivative(&mut self, root: Id) -> Id {
        self.derivatives(root)[&root]
    }

    /// The derivatives of an expression and of all it is made of.
    pub(crate) fn derivatives(&mut self, root: Id) -> HashMap<Id, Id> {
        let mut slopes: HashMap<Id, Id> = HashMap::new();
        for id in self.reachable(&[root]) {
            let node = self.node(id).clone();
            let slope = self.slope(id, &node, &slopes);
            slopes.insert(id, slope);
        }
        slopes
    }

    fn slope(&mut self, id: Id, node: &Node, at: &HashMap<Id, Id>) -> Id {
        match node {
            Node::Variable => self.number(1),
            Node::Number(_) | Node::Pi => self.number(0),
            Node::Add(a, b) => self.add(at[a], at[b]),
            Node::Sub(a, b) => self.sub(at[a], at[b]),
            Node::Mul(a, b) => {
                let (left, right) = (self.mul(at[a], *b), self.mul(*a, at[b]));
                self.add(left, right)
            }
            // (a/b)' = (a' - (a/b) b')/b.
            Node::Div(a, b) => {
                let carried = self.mul(id, at[b]);
                let top = self.sub(at[a], carried);
                self.div(top, *b)
            }
            Node::Power(a, n) => {
                let power = self.power(*a, n - 1);
                self.chain(Rational::from(*n), power, at[a])
            }
            Node::Root(a, r) => {
                let power = self.root(*a, &Rational::from(r - 1));
                self.chain(r.clone(), power, at[a])
            }
            Node::Call(f, a) => {
                if self.as_number(at[a]).is_some_and(|s| s.is_zero()) {
                    return self.number(0);
                }
                let outer = self.outer_slope(id, *f, *a);
                self.mul(outer, at[a])
            }
            // Choices are made before expressions are differentiated.
            Node::Choose { .. } => id,
        }
    }

    fn chain(&mut self, factor: Rational, outer: Id, inner: Id) -> Id {
        let factor = self.number(factor);
        let outer = self.mul(factor, outer);
        self.mul(outer, inner)
    }

    /// `f'(u)`; `id` is `f(u)`.
    fn outer_slope(&mut self, id: Id, f: Function, u: Id) -> Id {
        let one = self.number(1);
        match f {
            Function::Exp => id,
            Function::Log => self.div(one, u),
            Function::Sin => self.call(Function::Cos, u),
            Function::Cos => {
                let sine = self.call(Function::Sin, u);
                self.neg(sine)
            }
            Function::Sinh => self.call(Function::Cosh, u),
            Function::Cosh => self.call(Function::Sinh, u),
            Function::Tanh => {
                let square = self.power(id, 2);
                self.sub(one, square)
            }
            Function::Atan => {
                let bottom = self.one_plus_square(u);
                self.div(one, bottom)
            }
            Function::Asinh => {
                let bottom = self.one_plus_square(u);
                self.root(bottom, &Rational::from((-1, 2)))
            }
            Function::Erf => {
                let pi = self.pi();
                let scale = self.root(pi, &Rational::from((-1, 2)));
                let square = self.power(u, 2);
                let exponent = self.neg(square);
                let bell = self.call(Function::Exp, exponent);
                self.chain(Rational::from(2), scale, bell)
            }
            Function::Sigmoid => {
                let rest = self.sub(one, id);
                self.mul(id, rest)
            }
            Function::Softplus => self.call(Function::Sigmoid, u),
        }
    }

    fn one_plus_square(&mut self, u: Id) -> Id {
        let (one, square) = (self.number(1), self.power(u, 2));
        self.add(one, square)
    }
}
