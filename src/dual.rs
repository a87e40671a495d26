//! Dual activations: `φ̂_q(ρ) = E[φ(√q U) φ(√q V)] = Σ μ_k(φ; q)² ρ^k`, corr(U, V) = ρ.
//!
//! A dual is described by its shape; the shape decides how it is evaluated at a number and how a
//! power series is substituted into it.

pub(crate) mod arc_cosine;
pub(crate) mod binomial;
pub(crate) mod compose;
mod evaluate;
mod exact;
pub(crate) mod image;
pub(crate) mod kinks;

use crate::number::Ball;

pub(crate) use exact::ExactDual;
pub(crate) use exact::{MAX_ORDER, arc_cosine_polynomials};

/// The dual activation of an activation at one variance, by shape.
///
/// Every parameter is an enclosure, so a variance that is only enclosed (deeper layers) serves as
/// well as an exact one.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub(crate) enum Dual {
    /// `linear · ρ + scale · k_n(ρ)` with the arc-cosine kernel `k_n(ρ) = E[relu(U)^n relu(V)^n]`
    /// of unit variance and order `n >= 1`; `k_1 = (√(1-ρ²) + ρ(π/2 + asin ρ))/(2π)`.
    ArcCosine {
        /// The order `n`.
        order: u32,
        /// Coefficient of ρ.
        linear: Ball,
        /// Coefficient of `k_n`.
        scale: Ball,
    },
    /// `constant + scale · asin(βρ)`, `0 < β <= 1`.
    ArcSine {
        /// Value at ρ = 0.
        constant: Ball,
        /// Coefficient of the arcsine.
        scale: Ball,
        /// The factor β inside.
        beta: Ball,
    },
    /// `scale · E[UΦ(U) VΦ(V)]` for variance `q`: with `s = qρ` and `D = (1+q)² - s²`,
    /// `scale · (s(π/2 + asin(s/(1+q))) + (q-1)/(q+1) √D + 1/√D) / (2π)`.
    Gelu {
        /// The factor of the whole.
        scale: Ball,
        /// The variance `q`.
        variance: Ball,
    },
    /// `plus · e^{rate·ρ} + minus · e^{-rate·ρ}`, `rate >= 0`.
    Exponential {
        /// Coefficient of the growing exponential.
        plus: Ball,
        /// Coefficient of the falling exponential.
        minus: Ball,
        /// The rate.
        rate: Ball,
    },
    /// `scale · (1 - (βρ)²)^{-1/2}`, `0 <= β < 1`.
    InverseRoot {
        /// Value at ρ = 0.
        scale: Ball,
        /// The factor β.
        beta: Ball,
    },
    /// `Σ c_k ρ^k`, finite.
    Polynomial(Vec<Ball>),
    /// `f(ρ) + Σ_k p_k (2 m_k + p_k) ρ^k`: the dual of `ψ + p` with a polynomial `p`, where `f` is that of ψ.
    WithPolynomial {
        /// `f`, of a shape above.
        dual: Box<Dual>,
        /// `m_k` and `p_k`, the Hermite coefficients of ψ and of `p`, up to the degree of `p`.
        terms: Vec<[Ball; 2]>,
    },
    /// No closed form: known through its Hermite coefficients only.
    Hermite,
}

#[cfg(test)]
mod tests;
