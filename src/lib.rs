//! Power series of neural tangent kernels, exact or rigorously enclosed.

pub mod error;
pub mod number;

pub use error::Error;
pub use number::Ball;
