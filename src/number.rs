//! What the library computes with: balls, exact rationals and closed forms.

mod accuracy;
mod ball;
mod closed_form;
mod complex;
mod double;
pub(crate) mod mag;
pub(crate) mod model;
pub(crate) mod rational;
#[cfg(test)]
pub(crate) mod truth;

pub use accuracy::{Accuracy, MAX_DIGITS};
pub(crate) use ball::half_ulp;
pub use ball::{Ball, Decimal};
pub(crate) use closed_form::symbols_of;
pub use closed_form::{ClosedForm, Definition, DefinitionLine, Name, Symbol};
pub use complex::ComplexBall;
pub use mag::Mag;
pub use rational::parse_rational;
