//! Which variances of a network are zero, which are positive.

use num_rational::BigRational;
use num_traits::Signed;

use super::truth::Truth;
use crate::kernel::profile::{Profile, next_rational};
use crate::kernel::{BiasVariance, Kernel, Network, WeightVariance};
use crate::{Activation, Ball, Error};

/// Bits at which the network is resolved, tried in turn.
const PRECISIONS: [u32; 2] = [96, 320];

/// Signs of the variances after one hidden layer.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Signs {
    /// Is `σ_w² > 0`?
    pub(super) weight: Truth,
    /// Is `σ_b² > 0`?
    pub(super) bias: Truth,
}

/// Does every activation have a second moment at all variances?
pub(super) fn is_integrable_everywhere(network: &Network) -> bool {
    let huge = num_traits::pow(BigRational::from_integer(2.into()), 64);
    network.layers().iter().all(|l| l.activation.check_square_integrable(&huge).is_ok())
}

/// Does `E[φ'²]` exist? Where `φ²` is integrable at all variances, one variance tells for all: only a jump or a singular
/// point is in the way.
fn check_tangent_kernel(network: &Network) -> Result<(), Error> {
    let mut checked: Vec<&Activation> = vec![];
    for layer in network.layers() {
        if !checked.iter().any(|known| known.is_same(&layer.activation)) {
            layer.activation.derivative_second_moment(&Ball::from_integer(1, 64), 32)?;
            checked.push(&layer.activation);
        }
    }
    Ok(())
}

/// The signs where all variances are given as numbers.
fn given(network: &Network) -> Option<Vec<Signs>> {
    let layers = network.layers().iter();
    layers
        .map(|layer| match (&layer.sigma_w2, &layer.sigma_b2) {
            (WeightVariance::Exact(w), BiasVariance::Exact(b)) => {
                Some(Signs { weight: w.is_positive().into(), bias: b.is_positive().into() })
            }
            _ => None,
        })
        .collect()
}

/// The signs at every hidden layer. Large variances of given size are not computed: they may be astronomical.
///
/// # Errors
/// Where the kernel does not exist.
pub(super) fn signs(network: &Network, kernel: Kernel) -> Result<Vec<Signs>, Error> {
    if let Some(exact) = given(network)
        && is_integrable_everywhere(network)
    {
        if kernel == Kernel::Ntk {
            check_tangent_kernel(network)?;
        }
        return Ok(exact);
    }
    let mut profile = Profile::new(network, kernel, PRECISIONS[0]);
    if matches!(profile, Err(Error::AccuracyNotReached { .. })) {
        profile = Profile::new(network, kernel, PRECISIONS[1]);
    }
    let profile = profile?;
    let input = network.input();
    let mut variance: Option<BigRational> = Some(&input.gamma_w2 * &input.radius2 + &input.gamma_b2);
    let mut out = vec![];
    for (layer, resolved) in network.layers().iter().zip(&profile.layers) {
        let positive = |r: &BigRational| Truth::from(r.is_positive());
        let weight = match (&layer.sigma_w2, &layer.sigma_b2) {
            (WeightVariance::Exact(w), _) => positive(w),
            // (q - σ_b²)/E[φ²].
            (WeightVariance::Normalized, BiasVariance::Exact(b)) => match &variance {
                Some(q) => positive(&(q - b)),
                None if resolved.variance.lower() > Ball::from_rational(b, 128).upper() => Truth::True,
                None => Truth::Unknown,
            },
            (WeightVariance::Normalized, BiasVariance::Unit) => Truth::Unknown,
        };
        let bias = match (&layer.sigma_b2, &layer.sigma_w2) {
            (BiasVariance::Exact(b), _) => positive(b),
            _ if resolved.sigma_b2.lower() > 0 => Truth::True,
            // q - σ_w² E[φ²], which is not negative.
            (BiasVariance::Unit, WeightVariance::Exact(w)) => {
                let rest = variance.as_ref().and_then(|q| {
                    let moment = layer.activation.second_moment_closed_form(q)?;
                    Some(&crate::ClosedForm::from(q.clone()) - &moment.scaled(w))
                });
                match rest {
                    Some(rest) if rest.is_zero() => Truth::False,
                    Some(rest) if rest.sign().is_some_and(|s| s.is_gt()) => Truth::True,
                    _ => Truth::Unknown,
                }
            }
            _ => Truth::Unknown,
        };
        out.push(Signs { weight, bias });
        variance = variance.and_then(|q| next_rational(layer, q));
    }
    Ok(out)
}
