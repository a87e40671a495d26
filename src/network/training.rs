//! How fast the layers of a network are trained.

use num_rational::BigRational;
use num_traits::{One, Zero};

/// How a layer is trained: its own weights and biases add `η_w σ_w² E[φφ] + τ_b²` to the tangent kernel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Training {
    /// `η_w >= 0`: 1 in the NTK parametrization, 0 for frozen weights.
    pub weights: BigRational,
    /// `τ_b² >= 0`; `None` for `σ_b²`, biases that are trained as they are initialized. Biases that begin at zero and
    /// are trained at the scale β have `σ_b² = 0` and `τ_b² = β²`.
    pub biases: Option<BigRational>,
}

impl Default for Training {
    /// `η_w = 1`, `τ_b² = σ_b²`.
    fn default() -> Training {
        Training { weights: BigRational::one(), biases: None }
    }
}

impl Training {
    /// Neither weights nor biases are trained.
    pub fn frozen() -> Training {
        Training { weights: BigRational::zero(), biases: Some(BigRational::zero()) }
    }

    pub(crate) fn is_usual(&self) -> bool {
        self.weights.is_one() && self.biases.is_none()
    }
}
