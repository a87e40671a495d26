//! Hermite polynomials and Hermite coefficients `μ_k = E[φ(√q Z) h_k(Z)]`.
//!
//! `h_k` is the probabilists' Hermite polynomial of degree `k`, orthonormal under the standard
//! Gaussian: `E[h_j(Z) h_k(Z)] = δ_jk`, `√(k+1) h_{k+1} = x h_k - √k h_{k-1}`.

pub(crate) mod closed_form;
pub(crate) mod moments;
pub(crate) mod pieces;
pub(crate) mod polynomial;
mod recurrence;
mod refine;

pub use crate::activation::coefficients::{MAX_LENGTH, coefficients};
pub use polynomial::polynomials;
pub(crate) use recurrence::polynomial_coefficients;
pub(crate) use refine::{attainable, guarded, refine, refine_all};
