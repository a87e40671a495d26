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

use std::fmt::Debug;

use num_rational::BigRational;

use crate::number::{Ball, ClosedForm};

pub(crate) use exact::{MAX_ORDER, arc_cosine_polynomials};

/// The numbers that a dual is written with.
pub(crate) trait Parameters: Clone + Debug + PartialEq {
    /// Factors and values of the dual.
    type Scale: Clone + Debug + PartialEq;
    /// What stands inside of a function: rates, factors of ρ, variances.
    type Inside: Clone + Debug + PartialEq;
    /// What a coefficient `p` of a polynomial that is added to ψ does to the dual of ψ, whose coefficient is `m`.
    type Added: Clone + Debug + PartialEq;

    /// `x + y`.
    fn sum(x: &Self::Scale, y: &Self::Scale) -> Self::Scale;
    /// `x y`.
    fn product(x: &Self::Scale, y: &Self::Scale) -> Self::Scale;
    /// `(m + p)² - m² = p (2m + p)`.
    fn added(term: &Self::Added) -> Self::Scale;
    /// The same for `a m` and `a p`, given `factor = a²`.
    fn scaled(term: &Self::Added, factor: &Self::Scale) -> Self::Added;
}

/// Enclosures, so that a variance that is only enclosed (deeper layers) serves as well as an exact one.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Enclosed;

impl Parameters for Enclosed {
    type Scale = Ball;
    type Inside = Ball;
    /// `[m, p]`, since two variances have products of them.
    type Added = [Ball; 2];

    fn sum(x: &Ball, y: &Ball) -> Ball {
        x + y
    }

    fn product(x: &Ball, y: &Ball) -> Ball {
        x * y
    }

    fn added([m, p]: &[Ball; 2]) -> Ball {
        p * &(m.shl(1) + p)
    }

    fn scaled([m, p]: &[Ball; 2], factor: &Ball) -> [Ball; 2] {
        let root = factor.sqrt();
        [m * &root, p * &root]
    }
}

/// Exact numbers: closed forms (the dual of erf has a factor `2/π`), and rationals where a power series is expanded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Exact;

impl Parameters for Exact {
    type Scale = ClosedForm;
    type Inside = BigRational;
    /// `p (2m + p)`.
    type Added = ClosedForm;

    fn sum(x: &ClosedForm, y: &ClosedForm) -> ClosedForm {
        x + y
    }

    fn product(x: &ClosedForm, y: &ClosedForm) -> ClosedForm {
        x * y
    }

    fn added(term: &ClosedForm) -> ClosedForm {
        term.clone()
    }

    fn scaled(term: &ClosedForm, factor: &ClosedForm) -> ClosedForm {
        term * factor
    }
}

/// The dual activation of an activation at one variance, by shape.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Dual<N: Parameters = Enclosed> {
    /// `linear · ρ + scale · k_n(ρ)` with the arc-cosine kernel `k_n(ρ) = E[relu(U)^n relu(V)^n]`
    /// of unit variance and order `n >= 1`; `k_1 = (√(1-ρ²) + ρ(π/2 + asin ρ))/(2π)`. Leaky ReLU
    /// `αx + (1-α)relu(x)` at variance `q`: order 1, `linear = αq`, `scale = (1-α)²q`.
    ArcCosine {
        /// The order `n`.
        order: u32,
        /// Coefficient of ρ.
        linear: N::Scale,
        /// Coefficient of `k_n`.
        scale: N::Scale,
    },
    /// `constant + scale · asin(βρ)`, `0 < β <= 1`.
    ArcSine {
        /// Value at ρ = 0.
        constant: N::Scale,
        /// Coefficient of the arcsine.
        scale: N::Scale,
        /// The factor β inside.
        beta: N::Inside,
    },
    /// `scale · E[UΦ(U) VΦ(V)]` for variance `q`: with `s = qρ` and `D = (1+q)² - s²`,
    /// `scale · (s(π/2 + asin(s/(1+q))) + (q-1)/(q+1) √D + 1/√D) / (2π)`.
    Gelu {
        /// The factor of the whole.
        scale: N::Scale,
        /// The variance `q`.
        variance: N::Inside,
    },
    /// `plus · e^{rate·ρ} + minus · e^{-rate·ρ}`, `rate >= 0`.
    Exponential {
        /// Coefficient of the growing exponential.
        plus: N::Scale,
        /// Coefficient of the falling exponential.
        minus: N::Scale,
        /// The rate.
        rate: N::Inside,
    },
    /// `scale · (1 - (βρ)²)^{-1/2}`, `0 <= β < 1`.
    InverseRoot {
        /// Value at ρ = 0.
        scale: N::Scale,
        /// The factor β.
        beta: N::Inside,
    },
    /// `Σ c_k ρ^k`, finite.
    Polynomial(Vec<N::Scale>),
    /// `f(ρ) + Σ_k p_k (2 m_k + p_k) ρ^k`: the dual of `ψ + p` with a polynomial `p`, where `f` is that of ψ.
    WithPolynomial {
        /// `f`, of a shape above.
        dual: Box<Dual<N>>,
        /// What the Hermite coefficients `p_k` of `p` do to those of ψ, up to the degree of `p`.
        terms: Vec<N::Added>,
    },
    /// No closed form: known through its Hermite coefficients only.
    Hermite,
}

/// A dual in closed form, at a rational variance.
pub(crate) type ExactDual = Dual<Exact>;

#[cfg(test)]
mod tests;
