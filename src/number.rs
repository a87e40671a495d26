//! What the library computes with: balls, exact rationals and closed forms.

mod accuracy;
mod ball;
pub(crate) mod mag;
pub(crate) mod rational;

pub use accuracy::{Accuracy, MAX_DIGITS};
pub use ball::{Ball, Decimal};
pub use mag::Mag;
pub use rational::parse_rational;
