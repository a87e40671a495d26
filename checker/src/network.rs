//! The variances of the layers: given, or such that a fixed point of the recursion comes out.

use num_traits::{One, Signed, Zero};

use crate::Rejection;
use crate::activation::Activation;
use crate::claims::Facts;
use crate::format::{BiasVariance, Certificate, Layer, WeightVariance};
use crate::gram::moments::second_moment;
use crate::integer::{BigInt, BigRational};
use crate::interval::Interval;
use crate::polynomial;
use crate::recursion::{Steps, run};

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

/// Which of them are positive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Signs {
    /// `σ_w² > 0`; else it is 0.
    pub(crate) weight: bool,
    /// `σ_b² > 0`, or 0, where that is known.
    pub(crate) bias: Option<bool>,
}

impl Variances {
    pub(crate) fn signs(&self) -> Signs {
        Signs { weight: !self.weight.is_zero(), bias: self.bias.is_positive() }
    }
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

    /// Of numbers that are not negative.
    fn product(&self, other: &Number, prec: u32) -> Number {
        match (self, other) {
            _ if self.is_zero() => self.clone(),
            (_, Number::Positive) => Number::Positive,
            _ => self.combine(other, prec, |a, b| a * b, Interval::mul),
        }
    }

    /// Of numbers that are not negative.
    fn plus(&self, other: &Number, prec: u32) -> Number {
        match (self, other) {
            (Number::Positive, _) | (_, Number::Positive) => Number::Positive,
            _ => self.combine(other, prec, |a, b| a + b, Interval::add),
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
    let (p, square) = a.root_multiple()?;
    Some(Number::Exact(polynomial::second_moment(p, q) * square))
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
    let last = network.layers.iter().rposition(|layer| given(layer).is_none());
    let q = Number::Exact(&network.gamma_w2 * &network.radius2 + &network.gamma_b2);
    let mut walk = Walk { facts, prec, purpose, last, last_moment: None, out: vec![] };
    run(network, &mut walk, Some(q))?;
    Ok(walk.out)
}

fn given(layer: &Layer) -> Option<Variances> {
    match (&layer.sigma_w2, &layer.sigma_b2) {
        (WeightVariance::Given(w), BiasVariance::Given(b)) => {
            Some(Variances { weight: Number::Exact(w.clone()), bias: Number::Exact(b.clone()) })
        }
        _ => None,
    }
}

/// The recursion of the variance of a point of squared norm `radius2`.
struct Walk<'a> {
    facts: &'a Facts,
    prec: u32,
    purpose: Purpose,
    /// The last layer whose variances are not given: after it no variance is needed.
    last: Option<usize>,
    /// The last moment that was enclosed: at a fixed point the next layer asks for it again.
    last_moment: Option<(String, BigRational, Option<Number>)>,
    out: Vec<Variances>,
}

impl Walk<'_> {
    fn enclosed(&mut self, activation: &Activation, name: &str, q: &Number) -> Option<Number> {
        if let Some((known, at, moment)) = &self.last_moment
            && (known.as_str(), Some(at)) == (name, q.exact())
        {
            return moment.clone();
        }
        let moment = second_moment(activation, &q.interval(self.prec)).map(Number::Enclosed);
        if let Some(at) = q.exact() {
            self.last_moment = Some((name.to_string(), at.clone(), moment.clone()));
        }
        moment
    }

    /// `E[φ(√q Z)²]`.
    fn moment(&mut self, layer: &Layer, activation: &Activation, q: &Number) -> Option<Number> {
        if let Some(moment) = exact_moment(activation, q) {
            return Some(moment);
        }
        // Of a function other than zero it is positive at `q > 0`, however little else is known of it. The variance
        // after a normalized layer does not depend on it: for the sign of the weights it is not computed.
        let nonzero = q.is_positive() == Some(true) && self.facts.is_nonzero(&layer.activation);
        let known = nonzero.then_some(Number::Positive);
        if self.purpose == Purpose::Signs && layer.sigma_w2 == WeightVariance::Normalized && nonzero {
            return known;
        }
        let enclosed = self.enclosed(activation, &layer.activation, q);
        enclosed.filter(|m| m.is_positive() == Some(true)).or(known)
    }
}

impl Steps for Walk<'_> {
    /// Where it is known, and needed.
    type State = Option<Number>;
    type Stop = Rejection;
    /// Every layer has variances.
    const EVERY_BRANCH: bool = true;

    fn layer(
        &mut self,
        index: usize,
        layer: &Layer,
        before: Option<Number>,
    ) -> Result<Option<Number>, Rejection> {
        let prec = self.prec;
        if let Some(variances) = given(layer).filter(|_| self.last.is_none_or(|last| index > last)) {
            self.out.push(variances);
            return Ok(None);
        }
        let unknown = |what: &str| {
            Rejection::refuted(format!("{}.{what}", layer.path), "this variance is not enclosed well enough")
        };
        let activation = self.facts.activation(&layer.activation).ok_or_else(|| unknown("activation"))?;
        let moment = before.as_ref().and_then(|q| self.moment(layer, activation, q));
        if let Some(variances) = given(layer) {
            let product = moment.map(|moment| variances.weight.product(&moment, prec));
            let next = product.map(|product| product.plus(&variances.bias, prec));
            // A bias makes it positive, whatever else it is.
            let biased = variances.bias.is_positive() == Some(true);
            self.out.push(variances);
            return Ok(next.or(biased.then_some(Number::Positive)));
        }
        let (Some(q), Some(moment)) = (before, moment.filter(|m| m.is_positive() == Some(true))) else {
            return Err(unknown("activation"));
        };
        let variances = match (&layer.sigma_w2, &layer.sigma_b2) {
            (WeightVariance::Normalized, BiasVariance::Given(b)) => {
                let bias = Number::Exact(b.clone());
                let rest = q.difference(&bias, prec);
                // Zero only exactly; negative never.
                if rest.is_zero() {
                    Variances { weight: rest, bias }
                } else if rest.is_positive() == Some(true) {
                    Variances { weight: rest.quotient(&moment, prec), bias }
                } else {
                    return Err(unknown("sigma_b2"));
                }
            }
            (WeightVariance::Given(w), BiasVariance::Unit) => {
                let weight = Number::Exact(w.clone());
                let bias = q.difference(&weight.product(&moment, prec), prec);
                // Zero only exactly; negative never.
                if !(bias.is_zero() || bias.is_positive() == Some(true)) {
                    return Err(unknown("sigma_b2"));
                }
                Variances { weight, bias }
            }
            _ => return Err(unknown("sigma_w2")),
        };
        self.out.push(variances);
        Ok(Some(q))
    }

    fn joined(
        &mut self,
        sum: Option<Option<Number>>,
        weight: &BigRational,
        branch: Option<Number>,
    ) -> Result<Option<Number>, Rejection> {
        let term = branch.map(|q| Number::Exact(weight.clone()).product(&q, self.prec));
        Ok(match sum {
            None => term,
            Some(sum) => match (sum, term) {
                (Some(sum), Some(term)) => Some(sum.plus(&term, self.prec)),
                // Variances are not negative.
                (Some(q), None) | (None, Some(q)) => {
                    (q.is_positive() == Some(true)).then_some(Number::Positive)
                }
                (None, None) => None,
            },
        })
    }

    fn normalized(&mut self, before: Option<Number>) -> Result<Option<Number>, Rejection> {
        let positive = before.is_some_and(|q| q.is_positive() == Some(true));
        Ok(positive.then(|| Number::Exact(BigRational::one())))
    }
}
