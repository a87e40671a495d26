//! The kernel at ρ = 1 as a rational number, where it is one: a ball around 3 that is not exact says less than is
//! known.

use num_rational::BigRational;
use num_traits::{One, Zero};

use crate::activation::Activation;
use crate::dual::ExactDual;
use crate::network::recursion::{Domain, Place, Role, Sum, run};
use crate::network::resolve::{Rationals, Resolution};
use crate::network::{BiasVariance, Kernel, Layer, Network, Training};

/// Most bits of a numerator or denominator on the way.
const MAX_BITS: u64 = 2048;

/// `q_{L+1}`, or `Θ_{L+1}(1)` by `Θ_{l+1} = c_{l+1} + Θ_l σ_w² E[φ'²]`; `None` where some number of the way is not
/// known to be rational, or is long.
pub(super) fn exact_sum(network: &Network, kernel: Kernel) -> Option<BigRational> {
    let first = network.first(|w, b| w * &network.input().radius2 + b);
    let exact = run(network, kernel, &mut Exact { kernel, norms: vec![] }, first).ok()?;
    Some(exact.kernel())
}

/// The recursion at ρ = 1 in rational numbers.
struct Exact {
    kernel: Kernel,
    /// The variances that are divided by.
    norms: Vec<BigRational>,
}

/// No rational number, or a long one.
struct Lost;

fn short(x: &BigRational) -> Result<(), Lost> {
    if x.numer().bits().max(x.denom().bits()) <= MAX_BITS { Ok(()) } else { Err(Lost) }
}

impl Domain for Exact {
    type Value = BigRational;
    type Slope = BigRational;
    type Stop = Lost;

    fn activate(
        &mut self,
        at: Place,
        variance: &BigRational,
    ) -> Result<(BigRational, Option<BigRational>), Lost> {
        short(variance)?;
        if variance.is_zero() {
            return Err(Lost);
        }
        let (weight, next) = weight_and_variance(at.layer, variance).ok_or(Lost)?;
        if self.kernel == Kernel::Nngp || weight.is_zero() {
            return Ok((next, None));
        }
        // dc_{l+1}/dc_l at 1, from the derivative of the dual in ρ.
        let dual = at.layer.activation.exact_dual(variance).ok_or(Lost)?;
        let slope = dual.slope_at_one().and_then(|slope| slope.as_rational()).ok_or(Lost)?;
        Ok((next, Some(weight * slope / variance)))
    }

    fn biased(&mut self, _: Place, next: BigRational) -> Result<BigRational, Lost> {
        Ok(next)
    }

    fn combined(&mut self, sum: &Sum, values: Vec<BigRational>, _: Role) -> Result<BigRational, Lost> {
        sum.rational(values.iter().map(Some)).ok_or(Lost)
    }

    fn normalized(&mut self, index: usize, value: BigRational, role: Role) -> Result<BigRational, Lost> {
        if role == Role::Tangent {
            return Ok(value / &self.norms[index]);
        }
        if value.is_zero() {
            return Err(Lost);
        }
        self.norms.push(value);
        Ok(BigRational::one())
    }

    fn trained(&mut self, at: Place, next: BigRational, training: &Training) -> Result<BigRational, Lost> {
        let BiasVariance::Exact(bias) = &at.layer.sigma_b2 else { return Err(Lost) };
        Ok((next - bias) * &training.weights + training.biases.as_ref().unwrap_or(bias))
    }

    fn through(
        &mut self,
        _: Place,
        own: &BigRational,
        theta: &BigRational,
        slope: BigRational,
    ) -> Result<BigRational, Lost> {
        short(theta)?;
        Ok(own + theta * slope)
    }
}

/// `σ_w²` and `q_{l+1}`.
fn weight_and_variance(layer: &Layer, variance: &BigRational) -> Option<(BigRational, BigRational)> {
    let moment = || Ok(moment(&layer.activation, variance));
    let resolution = Resolution { layer, number: 0, q: variance, moment: &moment };
    let weight = resolution.weight(&mut Rationals).ok()??;
    let next = resolution.next(&mut Rationals, &weight).ok()??;
    Some((weight, next))
}

fn moment(activation: &Activation, variance: &BigRational) -> Option<BigRational> {
    let known = activation.second_moment_closed_form(variance);
    let dual = || activation.exact_dual(variance).as_ref().and_then(ExactDual::at_one);
    known.or_else(dual)?.as_rational()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::Convention;
    use crate::network::samples::uniform;
    use crate::number::{Accuracy, parse_rational};

    #[test]
    fn sums_that_are_rational_are_exact() {
        for (name, weight, bias, depth) in [
            ("leaky-relu(1/10)", "normalized", "0", 2),
            ("leaky-relu(1/10)", "3/7", "1/5", 3),
            ("abs", "1/3", "0", 4),
            ("repu(2)", "normalized", "1/9", 2),
            ("repu(3)", "1/3", "0", 1),
            ("poly(1,1/3,-2/7)", "5/3", "1/9", 2),
            ("relu", "0", "2/3", 2),
            ("square", "normalized", "0", 3),
        ] {
            for kernel in [Kernel::Ntk, Kernel::Nngp] {
                let network = uniform(name, depth, weight, [bias, "1/7"]);
                let exact = exact_sum(&network, kernel).unwrap();
                let series =
                    network.series(kernel, Convention::Standard, 3, Accuracy::relative(20).unwrap()).unwrap();
                // Against the recursion in balls, which knows nothing of rationals.
                let profile = super::super::profile::Profile::new(&network, kernel, 200).unwrap();
                assert!(
                    profile.enclosed_sum(kernel).contains_rational(&exact),
                    "{name} {weight} {bias} {depth}"
                );
                assert!(series.sum().contains_rational(&exact));
                let integer = BigRational::from_integer(3.into());
                assert!(exact != integer || series.sum().is_exact());
            }
        }
        // Three times the variance, which `normalized` keeps.
        let sum =
            exact_sum(&uniform("leaky-relu(1/10)", 2, "normalized", ["0", "1/7"]), Kernel::Ntk).unwrap();
        assert_eq!(sum, parse_rational("24/7").unwrap());
    }

    #[test]
    fn others_are_not() {
        for name in ["erf", "gelu", "tanh", "hardtanh"] {
            assert!(exact_sum(&uniform(name, 1, "1", ["0", "1/7"]), Kernel::Ntk).is_none());
        }
    }
}
