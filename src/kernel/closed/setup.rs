//! The network with exact parameters: variances that stay rational, weights in the ring.

use std::cmp::Ordering;
use std::convert::Infallible;

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::work::MAX_BITS;
use crate::Error;
use crate::activation::Activation;
use crate::dual::ExactDual;
use crate::network::recursion::{Domain, Place, Role, Sum, covariance};
use crate::network::resolve::{Numbers, Resolution, Rest};
use crate::network::{Kernel, Layer, Network};
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

/// The hidden layers, and the variances that normalization layers divide by.
pub(super) struct ExactNetwork {
    pub(super) layers: Vec<ExactLayer>,
    pub(super) norms: Vec<BigRational>,
}

/// The network with exact parameters; `None` if the ring does not hold them.
pub(super) fn exact_layers(network: &Network, kernel: Kernel) -> Result<Option<ExactNetwork>, Error> {
    let mut domain = Exact { kernel, layers: vec![], norms: vec![], moments: Moments::default() };
    match covariance(network, &mut domain, network.first_variance()) {
        Ok(_) => Ok(Some(ExactNetwork { layers: domain.layers, norms: domain.norms })),
        Err(None) => Ok(None),
        Err(Some(error)) => Err(error),
    }
}

/// The recursion of rational variances.
struct Exact {
    kernel: Kernel,
    layers: Vec<ExactLayer>,
    norms: Vec<BigRational>,
    moments: Moments,
}

impl Domain for Exact {
    type Value = BigRational;
    type Slope = Infallible;
    /// An error; `None` where the network leaves the ring.
    type Stop = Option<Error>;

    fn activate(
        &mut self,
        at: Place,
        variance: &BigRational,
    ) -> Result<(BigRational, Option<Infallible>), Option<Error>> {
        if variance.is_zero() || variance.numer().bits().max(variance.denom().bits()) > MAX_BITS {
            return Err(None);
        }
        let exact =
            exact_layer(at.index + 1, at.layer, variance, self.kernel, &mut self.moments)?.ok_or(None)?;
        // The last variance need not be rational.
        let next = match at.is_last {
            true => variance.clone(),
            false => next_variance(at.layer, &exact)?.ok_or(None)?,
        };
        self.layers.push(exact);
        Ok((next, None))
    }

    fn biased(&mut self, _: Place, next: BigRational) -> Result<BigRational, Option<Error>> {
        Ok(next)
    }

    fn combined(
        &mut self,
        sum: &Sum,
        values: Vec<BigRational>,
        _: Role,
    ) -> Result<BigRational, Option<Error>> {
        sum.rational(values.iter().map(Some)).ok_or(None)
    }

    fn normalized(&mut self, _: usize, value: BigRational, _: Role) -> Result<BigRational, Option<Error>> {
        if value.is_zero() {
            return Err(None);
        }
        self.norms.push(value);
        Ok(BigRational::one())
    }
}

fn exact_layer(
    number: usize,
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
    let moment = || Ok(second_moment(activation, &source, variance));
    let q = ClosedForm::from(variance.clone());
    let resolution = Resolution { layer, number, q: &q, moment: &moment };
    let ring = &mut ClosedForms { number, moments: Some(moments) };
    let Some(weight) = resolution.weight(ring)? else { return Ok(None) };
    let Some(bias) = resolution.bias(ring, &weight)? else { return Ok(None) };
    Ok(Some(ExactLayer { variance: variance.clone(), source, weight, bias }))
}

/// `q_{l+1}`, if it is rational.
fn next_variance(layer: &Layer, exact: &ExactLayer) -> Result<Option<BigRational>, Error> {
    let moment = || Ok(second_moment(&layer.activation, &exact.source, &exact.variance));
    let q = ClosedForm::from(exact.variance.clone());
    let resolution = Resolution { layer, number: 0, q: &q, moment: &moment };
    let next = resolution.next(&mut ClosedForms { number: 0, moments: None }, &exact.weight)?;
    Ok(next.and_then(|next| next.as_rational()))
}

fn second_moment(activation: &Activation, source: &Source, variance: &BigRational) -> Option<ClosedForm> {
    activation.second_moment_closed_form(variance).or_else(|| match source {
        Source::Dual(dual) => dual.at_one(),
        Source::Hermite(_) => None,
    })
}

/// The ring of closed forms.
pub(crate) struct ClosedForms<'a> {
    pub(crate) number: usize,
    /// Where a moment without reciprocal in the ring gets a name, if it may.
    pub(crate) moments: Option<&'a mut Moments>,
}

impl Numbers for ClosedForms<'_> {
    type Number = ClosedForm;

    fn exact(&mut self, x: &BigRational) -> ClosedForm {
        ClosedForm::from(x.clone())
    }

    fn rest(&mut self, q: &ClosedForm, x: &ClosedForm) -> Rest<ClosedForm> {
        let rest = q - x;
        match rest.sign() {
            Some(Ordering::Less) => Rest::Negative,
            Some(_) => Rest::Is(rest),
            None => Rest::Unknown,
        }
    }

    fn product(&mut self, w: &ClosedForm, m: &ClosedForm) -> ClosedForm {
        w * m
    }

    fn quotient(&mut self, x: &ClosedForm, m: &ClosedForm) -> Option<ClosedForm> {
        let inverse = match &mut self.moments {
            Some(moments) => moments.inverse(self.number, m.clone())?,
            None => m.reciprocal()?,
        };
        Some(x * &inverse)
    }

    fn affine(&mut self, w: &ClosedForm, m: &ClosedForm, b: &ClosedForm) -> ClosedForm {
        w * m + b
    }

    fn is_zero(&self, x: &ClosedForm) -> Option<bool> {
        x.sign().map(Ordering::is_eq)
    }

    fn shown(&self, x: &ClosedForm) -> String {
        x.to_string()
    }
}

/// The second moments that have a name, since the ring has no reciprocal of them: layers alike
/// share one.
#[derive(Default)]
pub(crate) struct Moments(Vec<(ClosedForm, Symbol)>);

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
