//! Duals of a function with a factor, and of a function plus a polynomial.

use super::{Dual, ExactDual};
use crate::number::{Ball, ClosedForm};

/// `(m + p)² - m² = p (2m + p)`: what a coefficient of the polynomial adds to that of the dual.
pub(crate) fn added([m, p]: &[Ball; 2]) -> Ball {
    p * &(m.shl(1) + p)
}

/// `Σ p_k (2 m_k + p_k) ρ^k`.
pub(super) fn polynomial_part(terms: &[[Ball; 2]]) -> Dual {
    Dual::Polynomial(terms.iter().map(added).collect())
}

impl Dual {
    /// The dual of `aψ`, given that of ψ and `factor = a²`.
    pub(crate) fn scaled(self, factor: &Ball) -> Dual {
        match self {
            Dual::ArcCosine { order, linear, scale } => {
                Dual::ArcCosine { order, linear: &linear * factor, scale: &scale * factor }
            }
            Dual::ArcSine { constant, scale, beta } => {
                Dual::ArcSine { constant: &constant * factor, scale: &scale * factor, beta }
            }
            Dual::Gelu { scale, variance } => Dual::Gelu { scale: &scale * factor, variance },
            // Parameters that are the same ball, or opposite ones, stay so: the parity is exact.
            Dual::Exponential { plus, minus, rate } => {
                Dual::Exponential { plus: &plus * factor, minus: &minus * factor, rate }
            }
            Dual::InverseRoot { scale, beta } => Dual::InverseRoot { scale: &scale * factor, beta },
            Dual::Polynomial(c) => Dual::Polynomial(c.iter().map(|c| c * factor).collect()),
            Dual::WithPolynomial { dual, terms } => {
                let root = factor.sqrt();
                let terms = terms.iter().map(|[m, p]| [m * &root, p * &root]).collect();
                Dual::WithPolynomial { dual: Box::new(dual.scaled(factor)), terms }
            }
            Dual::Hermite => Dual::Hermite,
        }
    }

    /// The dual of `ψ + p`, given that of ψ and the coefficients `[m_k, p_k]` of both up to the degree of `p`.
    pub(crate) fn with_polynomial(self, terms: Vec<[Ball; 2]>) -> Dual {
        match self {
            Dual::Hermite => Dual::Hermite,
            // What jumps like a sign has the same mean at every variance, and an odd one has none.
            Dual::ArcSine { constant, scale, beta } if terms.len() == 1 => {
                Dual::ArcSine { constant: constant + added(&terms[0]), scale, beta }
            }
            dual => Dual::WithPolynomial { dual: Box::new(dual), terms },
        }
    }
}

impl ExactDual {
    /// The dual of `aψ`, given that of ψ and `factor = a²`.
    pub(crate) fn scaled(self, factor: &ClosedForm) -> ExactDual {
        match self {
            ExactDual::ArcCosine { order, linear, scale } => {
                ExactDual::ArcCosine { order, linear: &linear * factor, scale: &scale * factor }
            }
            ExactDual::ArcSine { constant, scale, beta } => {
                ExactDual::ArcSine { constant: &constant * factor, scale: &scale * factor, beta }
            }
            ExactDual::Gelu { scale, variance } => ExactDual::Gelu { scale: &scale * factor, variance },
            ExactDual::Exponential { plus, minus, rate } => {
                ExactDual::Exponential { plus: &plus * factor, minus: &minus * factor, rate }
            }
            ExactDual::InverseRoot { scale, beta } => ExactDual::InverseRoot { scale: &scale * factor, beta },
            ExactDual::Polynomial(c) => ExactDual::Polynomial(c.iter().map(|c| c * factor).collect()),
            ExactDual::WithPolynomial { dual, coefficients } => ExactDual::WithPolynomial {
                dual: Box::new(dual.scaled(factor)),
                coefficients: coefficients.iter().map(|c| c * factor).collect(),
            },
        }
    }

    /// The dual of `ψ + p`, given that of ψ and the coefficients `p_k (2 m_k + p_k)` up to the degree of `p`.
    pub(crate) fn with_polynomial(self, coefficients: Vec<ClosedForm>) -> ExactDual {
        match self {
            ExactDual::ArcSine { constant, scale, beta } if coefficients.len() == 1 => {
                ExactDual::ArcSine { constant: &constant + &coefficients[0], scale, beta }
            }
            dual => ExactDual::WithPolynomial { dual: Box::new(dual), coefficients },
        }
    }
}
