//! The network with exact parameters: variances that stay rational, weights in the ring.

use std::cmp::Ordering;

use num_rational::BigRational;
use num_traits::Zero;

use super::work::MAX_BITS;
use crate::Error;
use crate::activation::Activation;
use crate::dual::ExactDual;
use crate::kernel::{BiasVariance, Kernel, Layer, Network, WeightVariance};
use crate::number::{Ball, ClosedForm, Name, Symbol};

/// What is known of the dual activation of a layer.
#[derive(Clone, Debug)]
pub(super) enum Source {
    Dual(ExactDual),
    /// Its coefficients `μ_k²`, one by one.
    Hermite(Activation),
}

/// A hidden layer with exact parameters.
#[derive(Clone, Debug)]
pub(super) struct ExactLayer {
    /// `q_l`.
    pub(super) variance: BigRational,
    pub(super) source: Source,
    /// `σ_w²`.
    pub(super) weight: ClosedForm,
    /// `σ_b²`.
    pub(super) bias: ClosedForm,
}

/// The hidden layers with exact parameters; `None` if the ring does not hold them.
pub(super) fn exact_layers(network: &Network, kernel: Kernel) -> Result<Option<Vec<ExactLayer>>, Error> {
    let input = network.input();
    let mut variance = &input.gamma_w2 * &input.radius2 + &input.gamma_b2;
    let mut out = vec![];
    let mut moments = Moments::default();
    for (i, layer) in network.layers().iter().enumerate() {
        if variance.is_zero() || variance.numer().bits().max(variance.denom().bits()) > MAX_BITS {
            return Ok(None);
        }
        let last = i + 1 == network.layers().len();
        let Some(exact) = exact_layer(i + 1, layer, &variance, kernel, &mut moments)? else {
            return Ok(None);
        };
        if !last {
            match next_variance(layer, &exact) {
                Some(next) => variance = next,
                None => return Ok(None),
            }
        }
        out.push(exact);
    }
    Ok(Some(out))
}

fn exact_layer(
    index: usize,
    layer: &Layer,
    variance: &BigRational,
    kernel: Kernel,
    moments: &mut Moments,
) -> Result<Option<ExactLayer>, Error> {
    let activation = &layer.activation;
    let source = match activation.exact_dual(variance) {
        Some(dual) => Source::Dual(dual),
        None if activation.hermite_square_closed_form(0, variance).is_some() => {
            Source::Hermite(activation.clone())
        }
        None => return Ok(None),
    };
    if kernel == Kernel::Ntk {
        let refused = activation.derivative_second_moment(&Ball::from_rational(variance, 64), 64);
        if let Err(error @ Error::NoTangentKernel { .. }) = refused {
            return Err(error);
        }
    }
    let moment = || second_moment(activation, &source, variance);
    let bias = match &layer.sigma_b2 {
        BiasVariance::Exact(b) => Some(b),
        BiasVariance::Unit => None,
    };
    let weight = match &layer.sigma_w2 {
        WeightVariance::Exact(w) => ClosedForm::from(w.clone()),
        WeightVariance::Normalized => {
            let kept = match bias {
                Some(b) if b > variance => {
                    let accepted =
                        "`normalized` weights need a bias variance of at most the layer's variance";
                    return Err(Error::parameter("sigma_b2", b, accepted));
                }
                Some(b) => variance - b,
                None => return Ok(None),
            };
            let Some(inverse) = moment().and_then(|m| moments.inverse(index, m)) else { return Ok(None) };
            inverse.scaled(&kept)
        }
    };
    let bias = match bias {
        Some(b) => ClosedForm::from(b.clone()),
        None => {
            let Some(m) = moment() else { return Ok(None) };
            let rest = &ClosedForm::from(variance.clone()) - &(&weight * &m);
            match rest.sign() {
                Some(Ordering::Less) => {
                    let accepted = "`unit` needs sigma_w2 E[phi^2] of at most the layer's variance";
                    return Err(Error::parameter("sigma_b2", "unit", accepted));
                }
                Some(_) => rest,
                None => return Ok(None),
            }
        }
    };
    Ok(Some(ExactLayer { variance: variance.clone(), source, weight, bias }))
}

/// `q_{l+1}`, if it is rational.
fn next_variance(layer: &Layer, exact: &ExactLayer) -> Option<BigRational> {
    if layer.sigma_w2 == WeightVariance::Normalized || layer.sigma_b2 == BiasVariance::Unit {
        return Some(exact.variance.clone());
    }
    let moment = second_moment(&layer.activation, &exact.source, &exact.variance)?;
    (&exact.weight * &moment + &exact.bias).as_rational()
}

fn second_moment(activation: &Activation, source: &Source, variance: &BigRational) -> Option<ClosedForm> {
    activation.second_moment_closed_form(variance).or_else(|| match source {
        Source::Dual(dual) => dual.at_one(),
        Source::Hermite(_) => None,
    })
}

/// The second moments that have a name, since the ring has no reciprocal of them: layers alike
/// share one.
#[derive(Default)]
struct Moments(Vec<(ClosedForm, Symbol)>);

impl Moments {
    /// `1/moment`.
    fn inverse(&mut self, index: usize, moment: ClosedForm) -> Option<ClosedForm> {
        if moment.sign() != Some(Ordering::Greater) {
            return None;
        }
        if let Some(inverse) = moment.reciprocal() {
            return Some(inverse);
        }
        if let Some((_, symbol)) = self.0.iter().find(|(known, _)| *known == moment) {
            return ClosedForm::base(symbol).reciprocal();
        }
        let symbol = Symbol::named(index, Name::indexed("m", &[index]), moment.clone());
        let inverse = ClosedForm::base(&symbol).reciprocal();
        self.0.push((moment, symbol));
        inverse
    }
}
