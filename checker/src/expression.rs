//! Activations as expressions in `x`: the language of the command line, read by a parser of its own.

use crate::function::Function;
use crate::integer::BigRational;

pub(crate) mod bounds;
pub(crate) mod build;
pub(crate) mod evaluate;
pub(crate) mod growth;
pub(crate) mod jet;
mod names;
pub(crate) mod parity;
mod parse;
pub(crate) mod range;
pub(crate) mod removable;
mod token;

pub(crate) use parse::activation;

/// The place of an operation; operands come before.
pub(crate) type Id = usize;

/// When the first branch is taken.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Condition {
    /// The value is `> 0`, or `>= 0` where not strict.
    Positive {
        id: Id,
        strict: bool,
    },
    And(Box<[Condition; 2]>),
    Or(Box<[Condition; 2]>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Op {
    X,
    Number(BigRational),
    Pi,
    Add(Id, Id),
    Sub(Id, Id),
    Mul(Id, Id),
    Div(Id, Id),
    Power(Id, i32),
    /// A fractional power of a number from 0 on.
    Root(Id, BigRational),
    Call(Function, Id),
    Abs(Id),
    Max(Id, Id),
    Min(Id, Id),
    Where(Condition, Id, Id),
}

/// An activation: operations in order, the last of which need not be the result.
#[derive(Clone, Debug)]
pub(crate) struct Expression {
    pub(crate) ops: Vec<Op>,
    pub(crate) root: Id,
    /// The coefficients of the operations that are polynomials by their construction, from the constant term up.
    pub(crate) polynomials: Vec<Option<Vec<BigRational>>>,
    /// The quotients that are 0/0 at 0 and continued there.
    pub(crate) removable: Vec<Option<removable::Removable>>,
}

impl Condition {
    /// The values whose signs decide.
    pub(crate) fn guards(&self) -> Vec<Id> {
        match self {
            Condition::Positive { id, .. } => vec![*id],
            Condition::And(both) | Condition::Or(both) => both.iter().flat_map(Condition::guards).collect(),
        }
    }

    /// Three-valued: `decide` says whether one value is positive.
    pub(crate) fn holds(&self, decide: &impl Fn(Id, bool) -> Option<bool>) -> Option<bool> {
        match self {
            Condition::Positive { id, strict } => decide(*id, *strict),
            Condition::And(both) => match (both[0].holds(decide), both[1].holds(decide)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            },
            Condition::Or(both) => match (both[0].holds(decide), both[1].holds(decide)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            },
        }
    }
}
