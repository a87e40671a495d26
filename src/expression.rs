//! Formulas in `x`: reading, cutting into analytic pieces, and what is known of each exactly or by bounds.
//!
//! A formula is read into a [graph](graph) ([syntax]); the zeros of what decides its choices and of what its functions
//! are not analytic at cut the line ([partition]); on each piece an expression without choices is left, which
//! [programs](program) evaluate and whose size far out ([growth]) and next to a singular point ([local]) is bounded; a
//! point where a quotient is 0/0 and analytic after all is [removable].

mod ball_value;
mod complex_value;
mod continuity;
mod derivative;
mod evaluate;
pub(crate) mod excess;
pub(crate) mod graph;
pub(crate) mod growth;
pub(crate) mod image;
mod interval;
pub(crate) mod jet;
pub(crate) mod local;
pub(crate) mod names;
pub(crate) mod normal;
pub(crate) mod parity;
pub(crate) mod partition;
pub(crate) mod pieces;
pub(crate) mod polynomial;
pub(crate) mod program;
mod removable;
pub(crate) mod root;
mod strip;
pub(crate) mod syntax;
mod token;
mod zeros;

pub(crate) use zeros::simplest_between;

#[cfg(test)]
mod tests;
