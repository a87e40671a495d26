//! Proved Gaussian quadrature.
mod projection;
