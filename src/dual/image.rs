//! Duals of a function with a factor, and of a function plus a polynomial.

use super::{Dual, Parameters};

/// What the polynomial adds: `Σ p_k (2 m_k + p_k) ρ^k`.
pub(crate) fn polynomial_part<N: Parameters>(terms: &[N::Added]) -> Dual<N> {
    Dual::Polynomial(terms.iter().map(N::added).collect())
}

impl<N: Parameters> Dual<N> {
    /// The dual of `aψ`, given that of ψ and `factor = a²`.
    pub(crate) fn scaled(self, factor: &N::Scale) -> Dual<N> {
        let times = |x: &N::Scale| N::product(x, factor);
        match self {
            Dual::ArcCosine { order, linear, scale } => {
                Dual::ArcCosine { order, linear: times(&linear), scale: times(&scale) }
            }
            Dual::ArcSine { constant, scale, beta } => {
                Dual::ArcSine { constant: times(&constant), scale: times(&scale), beta }
            }
            Dual::Gelu { scale, variance } => Dual::Gelu { scale: times(&scale), variance },
            // Parameters that are the same ball, or opposite ones, stay so: the parity is exact.
            Dual::Exponential { plus, minus, rate } => {
                Dual::Exponential { plus: times(&plus), minus: times(&minus), rate }
            }
            Dual::InverseRoot { scale, beta } => Dual::InverseRoot { scale: times(&scale), beta },
            Dual::Polynomial(c) => Dual::Polynomial(c.iter().map(times).collect()),
            Dual::WithPolynomial { dual, terms } => Dual::WithPolynomial {
                dual: Box::new(dual.scaled(factor)),
                terms: terms.iter().map(|term| N::scaled(term, factor)).collect(),
            },
            Dual::Hermite => Dual::Hermite,
        }
    }

    /// The dual of `ψ + p`, given that of ψ and what the coefficients of `p` do to it, up to the degree of `p`.
    pub(crate) fn with_polynomial(self, terms: Vec<N::Added>) -> Dual<N> {
        match self {
            Dual::Hermite => Dual::Hermite,
            // What jumps like a sign has the same mean at every variance, and an odd one has none.
            Dual::ArcSine { constant, scale, beta } if terms.len() == 1 => {
                Dual::ArcSine { constant: N::sum(&constant, &N::added(&terms[0])), scale, beta }
            }
            dual => Dual::WithPolynomial { dual: Box::new(dual), terms },
        }
    }
}
