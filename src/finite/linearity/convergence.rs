//! The empirical tangent kernel against that of infinite width.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::{Linearity, PowerLaw, Run, Shape};
use crate::finite::Parametrization;
use crate::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
use crate::number::Accuracy;
use crate::{Ball, Error};

/// How fast the empirical tangent kernel of the networks with a linear output comes close to that of infinite width.
#[derive(Clone, Debug)]
pub struct Convergence {
    /// The kernel of infinite width, enclosed.
    pub limit: Ball,
    /// The power law of the root mean square of the deviations at each width.
    pub law: PowerLaw,
    /// The exponent by the theory.
    pub expected: f64,
}

impl Linearity {
    /// The tangent kernel `Θ(x, x)` of the plan's networks with a linear output as their width goes to infinity; `None`
    /// for the standard parametrization, in which it grows with the width.
    ///
    /// # Errors
    /// Those of [`Network::series`]: [`Error::NoTangentKernel`] for an activation with jumps, for example.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Activation;
    /// use ntk_series::finite::Linearity;
    /// let plan = Linearity::new(&Activation::relu());
    /// // Three hidden layers, E[relu²] = E[relu'²] = 1/2: Θ = 4/8.
    /// assert!(plan.limit()?.unwrap().to_string().starts_with("0.5"));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn limit(&self) -> Result<Option<Ball>, Error> {
        if self.parametrization != Parametrization::Ntk {
            return Ok(None);
        }
        let bias = if self.biases { BigRational::one() } else { BigRational::zero() };
        let layer = Layer {
            activation: self.activation.clone(),
            sigma_w2: WeightVariance::Exact(BigRational::one()),
            sigma_b2: BiasVariance::Exact(bias.clone()),
        };
        // |x|² over the number of inputs is one for x = (1, …, 1).
        let input = Input { gamma_b2: bias, ..Input::default() };
        let network = Network::uniform(input, layer, self.hidden_layers)?;
        network.at_one(Kernel::Ntk, Accuracy::relative(12)?).map(Some)
    }

    /// `None` without a limit, or with fewer than three widths that deviate from it.
    pub(super) fn convergence(&self, runs: &[Run]) -> Option<Convergence> {
        let limit = self.limit().ok().flatten()?;
        let center = limit.midpoint().to_f64();
        let point = |width: usize| {
            let of = runs.iter().filter(|r| r.shape == Shape::LinearOutput && r.width == width);
            let squares: Vec<f64> = of.map(|r| (r.kernel.value - center).powi(2)).collect();
            let mean = squares.iter().sum::<f64>() / squares.len() as f64;
            (mean > 0.0).then(|| (width as f64, mean.sqrt()))
        };
        let points: Vec<(f64, f64)> = self.widths.iter().filter_map(|width| point(*width)).collect();
        let law = PowerLaw::fit(&points).ok()?;
        Some(Convergence { limit, law, expected: -0.5 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;

    #[test]
    fn kernels_come_close_like_the_root_of_the_width() {
        for biases in [false, true] {
            let mut plan = Linearity::new(&Activation::parse("erf").unwrap());
            plan.widths = vec![16, 32, 64, 128, 256];
            (plan.seeds, plan.inputs, plan.hidden_layers, plan.biases) = (30, 3, 2, biases);
            plan.shapes = vec![Shape::LinearOutput];
            let found = plan.run(|_, _| ()).unwrap().convergence.unwrap();
            assert!(found.law.low > -0.8 && found.law.high < -0.2, "{found:?}");
            // At width 256 the root mean square deviation is some percent of the limit.
            let share = found.law.factor * 256f64.powf(found.law.exponent) / found.limit.midpoint().to_f64();
            assert!(share < 0.2 && share > 0.01, "{found:?}");
        }
    }

    #[test]
    fn the_standard_parametrization_has_no_limit() {
        let mut plan = Linearity::new(&Activation::parse("erf").unwrap());
        plan.parametrization = Parametrization::Standard;
        assert!(plan.limit().unwrap().is_none());
        plan.parametrization = Parametrization::Ntk;
        plan.activation = Activation::step();
        assert!(plan.limit().is_err());
    }
}
