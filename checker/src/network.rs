//! The variances of the layers: given, or such that a fixed point of the recursion comes out.

use num_traits::{Signed, Zero};

use crate::Rejection;
use crate::activation::Activation;
use crate::claims::Facts;
use crate::exact_gram;
use crate::format::{BiasVariance, Certificate, WeightVariance};
use crate::gram;
use crate::integer::{BigInt, BigRational};
use crate::interval::Interval;

/// A number, exactly where it is rational.
#[derive(Clone, Debug)]
pub(crate) enum Number {
    Exact(BigRational),
    Enclosed(Interval),
    /// Positive, which is all that is known.
    Positive,
}

/// `σ_w²` and `σ_b²` of a layer.
#[derive(Clone, Debug)]
pub(crate) struct Variances {
    pub(crate) weight: Number,
    pub(crate) bias: Number,
}

impl Number {
    pub(crate) fn exact(&self) -> Option<&BigRational> {
        match self {
            Number::Exact(r) => Some(r),
            Number::Enclosed(_) | Number::Positive => None,
        }
    }

    pub(crate) fn interval(&self, prec: u32) -> Interval {
        match self {
            Number::Exact(r) => Interval::rational(r, prec),
            Number::Enclosed(i) => i.at(prec),
            Number::Positive => Interval { lo: Some(BigInt::zero()), hi: None, prec },
        }
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.exact().is_some_and(Zero::is_zero)
    }

    /// Positive, or zero, where that is known.
    pub(crate) fn is_positive(&self) -> Option<bool> {
        match self {
            Number::Exact(r) => Some(r.is_positive()),
            Number::Enclosed(i) => i.is_positive().then_some(true),
            Number::Positive => Some(true),
        }
    }

    fn difference(&self, other: &Number, prec: u32) -> Number {
        if other.is_zero() {
            return self.clone();
        }
        self.combine(other, prec, |a, b| a - b, Interval::sub)
    }

    /// Of positive numbers.
    fn quotient(&self, other: &Number, prec: u32) -> Number {
        match (self, other) {
            (Number::Positive, _) | (_, Number::Positive) => Number::Positive,
            _ => self.combine(other, prec, |a, b| a / b, Interval::div),
        }
    }

    fn combine(
        &self,
        other: &Number,
        prec: u32,
        exact: fn(&BigRational, &BigRational) -> BigRational,
        enclosed: fn(&Interval, &Interval) -> Interval,
    ) -> Number {
        match (self, other) {
            (Number::Exact(a), Number::Exact(b)) => Number::Exact(exact(a, b)),
            _ => Number::Enclosed(enclosed(&self.interval(prec), &other.interval(prec))),
        }
    }
}

/// `E[φ(√q Z)²]`, where it is rational.
fn exact_moment(a: &Activation, q: &Number) -> Option<Number> {
    let q = q.exact()?;
    if let Some([up, down]) = a.homogeneous() {
        // Half the Gaussian on each side.
        let sum = up * up + down * down;
        return Some(Number::Exact(sum * q / BigRational::from_integer(2.into())));
    }
    Some(Number::Exact(exact_gram::second_moment(a.polynomial()?, q)))
}

/// What variances are wanted for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// Which of them are zero.
    Signs,
    Values,
}

/// The variances of all layers; those that are not given are computed with `prec` bits.
pub(crate) fn variances(
    c: &Certificate,
    facts: &Facts,
    prec: u32,
    purpose: Purpose,
) -> Result<Vec<Variances>, Rejection> {
    let network = &c.network;
    let given = |i: usize| match (&network.layers[i].sigma_w2, &network.layers[i].sigma_b2) {
        (WeightVariance::Given(w), BiasVariance::Given(b)) => {
            Some(Variances { weight: Number::Exact(w.clone()), bias: Number::Exact(b.clone()) })
        }
        _ => None,
    };
    let last = (0..network.layers.len()).rev().find(|&i| given(i).is_none());
    let mut q = Number::Exact(&network.gamma_w2 * &network.radius2 + &network.gamma_b2);
    // The last moment that was enclosed: at a fixed point the next layer asks for it again.
    let mut last_moment: Option<(&str, BigRational, Option<Number>)> = None;
    let mut out = vec![];
    for (i, layer) in network.layers.iter().enumerate() {
        // After the last layer that is not given, no variance is needed.
        if let Some(variances) = given(i).filter(|_| last.is_none_or(|l| i > l)) {
            out.push(variances);
            continue;
        }
        let unknown = |what: &str| {
            Rejection::refuted(
                format!("network.layers[{i}].{what}"),
                "this variance is not enclosed well enough",
            )
        };
        let activation = facts.activation(&layer.activation).ok_or_else(|| unknown("activation"))?;
        // Of a function other than zero the second moment is positive, however little else is known of it. The variance
        // after a normalized layer does not depend on it: for the sign of the weights it is not computed.
        let known = facts.exceeds_degree(&layer.activation, -1).then_some(Number::Positive);
        let signs = purpose == Purpose::Signs && layer.sigma_w2 == WeightVariance::Normalized;
        let mut enclosed = || {
            let exact = q.exact();
            if let Some((name, at, moment)) = &last_moment
                && (*name, Some(at)) == (layer.activation.as_str(), exact)
            {
                return moment.clone();
            }
            let moment = gram::second_moment(activation, &q.interval(prec)).map(Number::Enclosed);
            last_moment = exact.map(|at| (layer.activation.as_str(), at.clone(), moment.clone()));
            moment
        };
        let moment = match exact_moment(activation, &q) {
            Some(moment) => Some(moment),
            None if signs && known.is_some() => known,
            None => enclosed().filter(|m| m.is_positive() == Some(true)).or(known),
        };
        let moment = moment.filter(|m| m.is_positive() == Some(true)).ok_or_else(|| unknown("activation"))?;
        let variances = match (&layer.sigma_w2, &layer.sigma_b2) {
            (WeightVariance::Given(w), BiasVariance::Given(b)) => {
                let (weight, bias) = (Number::Exact(w.clone()), Number::Exact(b.clone()));
                q = match moment {
                    Number::Positive => Number::Positive,
                    moment => {
                        let product = weight.combine(&moment, prec, |a, b| a * b, Interval::mul);
                        product.combine(&bias, prec, |a, b| a + b, Interval::add)
                    }
                };
                Variances { weight, bias }
            }
            (WeightVariance::Normalized, BiasVariance::Given(b)) => {
                let bias = Number::Exact(b.clone());
                let rest = q.difference(&bias, prec);
                if rest.is_positive() != Some(true) {
                    return Err(unknown("sigma_b2"));
                }
                Variances { weight: rest.quotient(&moment, prec), bias }
            }
            (WeightVariance::Given(w), BiasVariance::Unit) => {
                let weight = Number::Exact(w.clone());
                let product = weight.combine(&moment, prec, |a, b| a * b, Interval::mul);
                let bias = q.combine(&product, prec, |a, b| a - b, Interval::sub);
                // Zero only exactly; negative never.
                if !(bias.is_zero() || bias.is_positive() == Some(true)) {
                    return Err(unknown("sigma_b2"));
                }
                Variances { weight, bias }
            }
            (WeightVariance::Normalized, BiasVariance::Unit) => return Err(unknown("sigma_w2")),
        };
        out.push(variances);
    }
    Ok(out)
}
