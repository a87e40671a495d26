//! Power series of neural tangent kernels, exact or rigorously enclosed.

pub mod activation;
pub mod dual;
pub mod error;
pub mod hermite;
pub mod kernel;
pub mod number;
pub mod series;

pub use activation::Activation;
pub use error::Error;
pub use kernel::{Kernel, KernelSeries, Network};
pub use number::{Accuracy, Ball, ClosedForm};
