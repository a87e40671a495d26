//! Dual activations in closed form, at a rational variance.

use num_rational::BigRational;

use crate::number::ClosedForm;

/// The dual activation of an activation at one rational variance, with exact parameters.
///
/// The shapes are those of [`super::Dual`]; a parameter is a closed form where a catalogue entry
/// needs one (erf has `2/π`), a rational where a power series is expanded around it.
#[derive(Clone, Debug, PartialEq)]
pub enum ExactDual {
    /// `linear · ρ + scale · k_n(ρ)` with the arc-cosine kernel of unit variance and order
    /// `n >= 1`, `k_1 = (√(1-ρ²) + ρ(π/2 + asin ρ))/(2π)`. Leaky ReLU `αx + (1-α)relu(x)` at variance
    /// `q`: order 1, `linear = αq`, `scale = (1-α)²q`.
    ArcCosine {
        /// The order `n`.
        order: u32,
        /// Coefficient of ρ.
        linear: ClosedForm,
        /// Coefficient of `k_n`.
        scale: ClosedForm,
    },
    /// `constant + scale · asin(βρ)`, `0 < β <= 1`.
    ArcSine {
        /// Value at ρ = 0.
        constant: ClosedForm,
        /// Coefficient of the arcsine.
        scale: ClosedForm,
        /// The factor β inside.
        beta: BigRational,
    },
    /// `plus · e^{rate·ρ} + minus · e^{-rate·ρ}`, `rate >= 0`.
    Exponential {
        /// Coefficient of the growing exponential.
        plus: ClosedForm,
        /// Coefficient of the falling exponential.
        minus: ClosedForm,
        /// The rate.
        rate: BigRational,
    },
    /// `scale · (1 - (βρ)²)^{-1/2}`, `0 <= β < 1`.
    InverseRoot {
        /// Value at ρ = 0.
        scale: ClosedForm,
        /// The factor β.
        beta: BigRational,
    },
    /// `Σ c_k ρ^k`, finite.
    Polynomial(Vec<ClosedForm>),
}
