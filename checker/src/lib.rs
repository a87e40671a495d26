#![forbid(unsafe_code)]
mod error;
mod format;
mod interval;
mod json;
mod limits;
mod rational;
pub use error::Rejection;
pub use limits::Limits;
