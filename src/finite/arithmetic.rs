//! The network in one arithmetic or another: balls, or exact rationals.

use std::sync::Arc;

use num_rational::BigRational;
use rug::{Integer, Rational};

use super::local::LocalActivation;
use super::network::FiniteNetwork;
use super::weights::Numbers;
use crate::activation::Activation;
use crate::number::rational::{rational_from_gmp, rational_to_gmp};
use crate::{Accuracy, Ball, Error};

/// Most parameters of a network whose series, features or descent are computed.
pub(crate) const MAX_SERIES_PARAMETERS: usize = 1 << 20;
/// Highest order of a series around the weights.
pub const MAX_ORDER: usize = 200;
/// Longest rational that exact arithmetic goes on with.
const MAX_BITS: u64 = 1 << 22;

/// What a network is computed in.
pub(crate) trait Scalar: Clone + Send + Sync {
    fn of(r: &Rational, precision: u32) -> Self;
    fn add(&self, other: &Self) -> Self;
    fn mul(&self, other: &Self) -> Self;
    /// `1/√n`, where the arithmetic has it.
    fn inverse_root(n: usize, precision: u32) -> Result<Self, Error>;
    /// The activation of a series.
    fn along(local: &LocalActivation, z: Vec<Self>, precision: u32) -> Result<Vec<Self>, Error>;
    /// The activation of a number, at breakpoints by continuity.
    fn activated(local: &LocalActivation, z: &Self) -> Result<Self, Error>;
    /// Is the number certainly zero?
    fn is_zero(&self) -> bool;

    fn zero(precision: u32) -> Self {
        Self::of(&Rational::new(), precision)
    }
}

impl Scalar for Ball {
    fn of(r: &Rational, precision: u32) -> Ball {
        Ball::from_gmp_rational(r, precision)
    }

    fn add(&self, other: &Ball) -> Ball {
        self + other
    }

    fn mul(&self, other: &Ball) -> Ball {
        self * other
    }

    fn inverse_root(n: usize, precision: u32) -> Result<Ball, Error> {
        Ok(Ball::from_integer(n as i64, precision).sqrt().recip())
    }

    fn along(local: &LocalActivation, z: Vec<Ball>, _: u32) -> Result<Vec<Ball>, Error> {
        local.along(local.piece(&z[0])?, z)
    }

    fn activated(local: &LocalActivation, z: &Ball) -> Result<Ball, Error> {
        local.value(z)
    }

    fn is_zero(&self) -> bool {
        self.is_exact_zero()
    }
}

impl Scalar for Rational {
    fn of(r: &Rational, _: u32) -> Rational {
        r.clone()
    }

    fn add(&self, other: &Rational) -> Rational {
        Rational::from(self + other)
    }

    fn mul(&self, other: &Rational) -> Rational {
        Rational::from(self * other)
    }

    fn inverse_root(n: usize, _: u32) -> Result<Rational, Error> {
        let whole = Integer::from(n);
        if whole.is_perfect_square() {
            return Ok(Rational::from((1, whole.sqrt())));
        }
        let accepted = "exact arithmetic needs a rational 1/sqrt(n): the standard parametrization, or square numbers, are accepted";
        Err(Error::parameter("number of inputs of a layer", n, accepted))
    }

    fn along(local: &LocalActivation, z: Vec<Rational>, _: u32) -> Result<Vec<Rational>, Error> {
        let longest = z.iter().map(crate::expression::graph::bits).max().unwrap_or(0);
        if longest > MAX_BITS {
            return Err(Error::parameter(
                "length of exact numbers",
                longest,
                "at most 2^22 bits are accepted",
            ));
        }
        let polynomial = local.polynomial(local.exact_piece(&z[0])?)?;
        // Horner's rule on truncated series.
        let mut out = vec![Rational::new(); z.len()];
        for c in polynomial.iter().rev() {
            out = product(&out, &z, 0);
            out[0] += c;
        }
        Ok(out)
    }

    fn activated(local: &LocalActivation, z: &Rational) -> Result<Rational, Error> {
        Ok(<Rational as Scalar>::along(local, vec![z.clone()], 0)?.swap_remove(0))
    }

    fn is_zero(&self) -> bool {
        self.cmp0().is_eq()
    }
}

/// The product of two series of one length, up to that length.
pub(crate) fn product<S: Scalar>(a: &[S], b: &[S], precision: u32) -> Vec<S> {
    let mut out = vec![S::zero(precision); a.len()];
    for (i, x) in a.iter().enumerate().filter(|(_, x)| !x.is_zero()) {
        for (j, y) in b.iter().take(a.len() - i).enumerate().filter(|(_, y)| !y.is_zero()) {
            out[i + j] = out[i + j].add(&x.mul(y));
        }
    }
    out
}

/// The weights and biases of one layer, or a step of them.
#[derive(Clone, Debug)]
pub(crate) struct Affine<S> {
    /// Row by row.
    pub(crate) weights: Vec<S>,
    pub(crate) biases: Option<Vec<S>>,
}

impl<S> Affine<S> {
    /// All numbers in their order.
    pub(crate) fn numbers(&self) -> impl Iterator<Item = &S> {
        self.weights.iter().chain(self.biases.iter().flatten())
    }

    pub(crate) fn map(&self, f: impl Fn(&S) -> S) -> Affine<S> {
        Affine {
            weights: self.weights.iter().map(&f).collect(),
            biases: self.biases.as_ref().map(|b| b.iter().map(&f).collect()),
        }
    }
}

/// One layer.
#[derive(Clone, Debug)]
pub(crate) struct Layer<S> {
    pub(crate) inputs: usize,
    pub(crate) outputs: usize,
    pub(crate) scale: S,
    pub(crate) at: Affine<S>,
    pub(crate) local: Option<Arc<LocalActivation>>,
}

/// A network in one arithmetic.
#[derive(Clone, Debug)]
pub(crate) struct Computed<S> {
    pub(crate) layers: Vec<Layer<S>>,
    pub(crate) precision: u32,
}

impl<S: Scalar> Computed<S> {
    /// The network at `precision` bits, which only balls have.
    pub(crate) fn new(network: &FiniteNetwork, precision: u32) -> Result<Computed<S>, Error> {
        if network.parameters() > MAX_SERIES_PARAMETERS {
            let accepted = "at most 2^20 are accepted where every one is enclosed";
            return Err(Error::parameter("number of parameters", network.parameters(), accepted));
        }
        let mut prepared: Vec<(Activation, Arc<LocalActivation>)> = vec![];
        let mut layers = vec![];
        for (l, layer) in network.layers().iter().enumerate() {
            let local = layer.activation().map(|phi| prepare(&mut prepared, phi)).transpose()?;
            let scale = match network.inverse_square_scale(l) {
                1 => S::of(&Rational::from(1), precision),
                n => S::inverse_root(n, precision)?,
            };
            layers.push(Layer {
                inputs: layer.inputs(),
                outputs: layer.outputs(),
                scale,
                at: Affine {
                    weights: all(layer.weights(), precision),
                    biases: layer.biases().map(|b| all(b, precision)),
                },
                local,
            });
        }
        Ok(Computed { layers, precision })
    }

    /// The number of parameters.
    pub(crate) fn parameters(&self) -> usize {
        self.layers.iter().map(|l| l.at.weights.len() + l.at.biases.as_ref().map_or(0, Vec::len)).sum()
    }

    /// All parameters in their order.
    pub(crate) fn list(&self) -> Vec<S> {
        self.layers.iter().flat_map(|l| l.at.numbers()).cloned().collect()
    }

    /// The network at other parameters, of which there are as many.
    pub(crate) fn at(&self, list: &[S]) -> Computed<S> {
        let layers = self.layers.iter().zip(self.cut(list)).map(|(layer, at)| Layer { at, ..layer.clone() });
        Computed { layers: layers.collect(), precision: self.precision }
    }

    /// A list of all parameters in their order, cut into layers.
    pub(crate) fn cut(&self, list: &[S]) -> Vec<Affine<S>> {
        let mut rest = list;
        let mut take = |n: usize| {
            let (head, tail) = rest.split_at(n);
            rest = tail;
            head.to_vec()
        };
        let part = |layer: &Layer<S>| Affine {
            weights: take(layer.at.weights.len()),
            biases: layer.at.biases.as_ref().map(|b| take(b.len())),
        };
        self.layers.iter().map(part).collect()
    }

    /// The degree of the outputs in a step, if all activations are polynomials.
    pub(crate) fn degree(&self) -> Option<usize> {
        self.layers.iter().try_fold(0usize, |degree, layer| {
            let factor = layer.local.as_ref().map_or(Some(1), |local| local.whole_degree())?;
            degree.checked_add(1)?.checked_mul(factor)
        })
    }

    pub(crate) fn input(&self, x: &[BigRational]) -> Vec<S> {
        x.iter().map(|c| S::of(&rational_to_gmp(c), self.precision)).collect()
    }

    /// `s W α`.
    fn linear(&self, layer: &Layer<S>, weights: &[S], alpha: &[S]) -> Vec<S> {
        let row = |i: usize| {
            let terms = weights[i * layer.inputs..(i + 1) * layer.inputs].iter().zip(alpha);
            let terms = terms.filter(|(w, a)| !w.is_zero() && !a.is_zero());
            terms.fold(S::zero(self.precision), |sum, (w, a)| sum.add(&w.mul(a))).mul(&layer.scale)
        };
        (0..layer.outputs).map(row).collect()
    }

    /// `s W α + b`.
    pub(crate) fn affine(&self, layer: &Layer<S>, at: &Affine<S>, alpha: &[S]) -> Vec<S> {
        let mut out = self.linear(layer, &at.weights, alpha);
        if let Some(biases) = &at.biases {
            out.iter_mut().zip(biases).for_each(|(z, b)| *z = z.add(b));
        }
        out
    }

    /// The outputs.
    pub(crate) fn evaluate(&self, x: &[S]) -> Result<Vec<S>, Error> {
        let mut alpha = x.to_vec();
        for layer in &self.layers {
            alpha = self.affine(layer, &layer.at, &alpha);
            if let Some(local) = &layer.local {
                alpha = alpha.iter().map(|z| S::activated(local, z)).collect::<Result<_, _>>()?;
            }
        }
        Ok(alpha)
    }

    /// The outputs' coefficients in `t` at the weights plus `t` times the step.
    pub(crate) fn along(&self, x: &[S], step: &[Affine<S>], order: usize) -> Result<Vec<Vec<S>>, Error> {
        self.along_by(x, step, order, |_, local, z| S::along(local, z, self.precision))
    }

    /// The same where `through` is the activation of a neuron, which is told by its layer and its place there.
    pub(crate) fn along_by(
        &self,
        x: &[S],
        step: &[Affine<S>],
        order: usize,
        through: impl Fn([usize; 2], &LocalActivation, Vec<S>) -> Result<Vec<S>, Error>,
    ) -> Result<Vec<Vec<S>>, Error> {
        let zero = || S::zero(self.precision);
        let constant = |c: &S| std::iter::once(c.clone()).chain((0..order).map(|_| zero())).collect();
        let mut alpha: Vec<Vec<S>> = x.iter().map(constant).collect();
        for (l, (layer, step)) in self.layers.iter().zip(step).enumerate() {
            let mut z = vec![vec![]; layer.outputs];
            let column = |m: usize| alpha.iter().map(|a| a[m].clone()).collect::<Vec<S>>();
            for m in 0..=order {
                // Biases move with order 0, and their step with order 1.
                let mut sum = self.linear(layer, &layer.at.weights, &column(m));
                let mut add = |other: &[S]| sum.iter_mut().zip(other).for_each(|(a, b)| *a = a.add(b));
                if m > 0 {
                    add(&self.linear(layer, &step.weights, &column(m - 1)));
                }
                match m {
                    0 => layer.at.biases.iter().for_each(|b| add(b)),
                    1 => step.biases.iter().for_each(|b| add(b)),
                    _ => (),
                }
                z.iter_mut().zip(sum).for_each(|(z, c)| z.push(c));
            }
            alpha = match &layer.local {
                None => z,
                Some(local) => {
                    let neurons = z.into_iter().enumerate();
                    neurons.map(|(i, z)| through([l, i], local, z)).collect::<Result<_, _>>()?
                }
            };
        }
        Ok(alpha)
    }
}

impl Computed<Ball> {
    /// The same with fewer bits.
    pub(crate) fn rounded(&self, precision: u32) -> Computed<Ball> {
        let round = |x: &Ball| x.with_precision(precision);
        let layer = |l: &Layer<Ball>| Layer { scale: round(&l.scale), at: l.at.map(round), ..l.clone() };
        Computed { layers: self.layers.iter().map(layer).collect(), precision }
    }
}

/// One preparation for layers that share an activation.
fn prepare(
    known: &mut Vec<(Activation, Arc<LocalActivation>)>,
    phi: &Activation,
) -> Result<Arc<LocalActivation>, Error> {
    if let Some((_, local)) = known.iter().find(|(other, _)| phi.is_same(other)) {
        return Ok(Arc::clone(local));
    }
    let local = Arc::new(LocalActivation::new(phi)?);
    known.push((phi.clone(), Arc::clone(&local)));
    Ok(local)
}

pub(crate) fn all<S: Scalar>(numbers: &Numbers, precision: u32) -> Vec<S> {
    (0..numbers.len()).map(|i| S::of(&numbers.gmp(i), precision)).collect()
}

impl FiniteNetwork {
    /// Enclosures of the outputs at an exact input, each to the accuracy.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an input of the wrong length, more than 2^20 parameters, an activation without a
    /// formula, or a pre-activation at which it jumps; [`Error::AccuracyNotReached`] for an output that is zero without
    /// its being known.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::finite::FiniteNetwork;
    /// use ntk_series::number::parse_rational;
    /// let accuracy = ntk_series::Accuracy::relative(20)?;
    /// let text = r#"{"layers": [{"activation": "exp", "weights": [[2]]}, {"weights": [[3]]}]}"#;
    /// let network = FiniteNetwork::from_json(text)?;
    /// let output = network.evaluate(&[parse_rational("1/2")?], accuracy)?;
    /// assert_eq!(output[0].to_decimal(16).unwrap().value, "8.154845485377136"); // 3e
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn evaluate(&self, x: &[BigRational], accuracy: Accuracy) -> Result<Vec<Ball>, Error> {
        let attempt = |precision| self.evaluate_with(x, precision);
        accuracy.reach("an output of the network", |list| list.iter().collect(), attempt)
    }

    /// The same with `precision` bits.
    pub(crate) fn evaluate_with(&self, x: &[BigRational], precision: u32) -> Result<Vec<Ball>, Error> {
        self.check_input(x)?;
        let computed = Computed::<Ball>::new(self, check_precision(precision)?)?;
        computed.evaluate(&computed.input(x))
    }

    /// The outputs at an exact input in rational arithmetic.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`FiniteNetwork::evaluate`], for an activation that is not made of polynomials with
    /// rational coefficients (or one at a breakpoint), and where the NTK parametrization has an irrational `1/√n`.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::finite::FiniteNetwork;
    /// use ntk_series::number::parse_rational;
    /// let text = r#"{"layers": [{"activation": "relu", "weights": [["1/3"]]}, {"weights": [[0.5]]}]}"#;
    /// let output = FiniteNetwork::from_json(text)?.evaluate_exact(&[parse_rational("7")?])?;
    /// assert_eq!(output[0].to_string(), "7/6");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn evaluate_exact(&self, x: &[BigRational]) -> Result<Vec<BigRational>, Error> {
        self.check_input(x)?;
        let computed = Computed::<Rational>::new(self, 0)?;
        Ok(computed.evaluate(&computed.input(x))?.iter().map(rational_from_gmp).collect())
    }
}

/// Bits that are worth computing with, and do not ask for all the memory.
pub(crate) fn check_precision(precision: u32) -> Result<u32, Error> {
    match precision {
        2..=1_000_000 => Ok(precision.max(64)),
        _ => Err(Error::parameter("precision", precision, "2 to 1,000,000 bits are accepted")),
    }
}

/// Orders that are accepted.
pub(crate) fn check_order(order: usize) -> Result<usize, Error> {
    match order {
        1..=MAX_ORDER => Ok(order),
        _ => Err(Error::parameter("order", order, "1 to 200 is accepted")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finite::Architecture;
    use crate::number::parse_rational;
    use crate::positivity::catalogue_samples;

    fn point(text: &str) -> Vec<BigRational> {
        text.split(',').map(|c| parse_rational(c).unwrap()).collect()
    }

    /// The same in doubles by the plain formula.
    #[test]
    fn outputs_in_doubles() {
        let shape = Architecture::new(&Activation::parse("tanh").unwrap(), &[2, 3, 4, 1]).unwrap();
        let network = FiniteNetwork::from_seed(&shape.with_biases(true), 3).unwrap();
        let mut alpha = vec![0.5, -0.25];
        for layer in network.layers() {
            let n = layer.inputs();
            let z = |i: usize| {
                let sum: f64 = (0..n).map(|j| layer.weights().double(i * n + j) * alpha[j]).sum();
                sum / (n as f64).sqrt() + layer.biases().unwrap().double(i)
            };
            let z: Vec<f64> = (0..layer.outputs()).map(z).collect();
            alpha = z.iter().map(|z| if layer.activation().is_some() { z.tanh() } else { *z }).collect();
        }
        let found = network.evaluate_with(&point("1/2,-1/4"), 200).unwrap();
        assert!((found[0].midpoint().to_f64() - alpha[0]).abs() < 1e-14);
        assert!(found[0].relative_accuracy_bits() > 180);
        assert!(
            network.evaluate_with(&point("1/2"), 200).is_err()
                && network.evaluate_with(&point("1,1"), 0).is_err()
        );
    }

    #[test]
    fn every_activation_is_evaluated() {
        for phi in catalogue_samples() {
            let shape = Architecture::new(&phi, &[2, 2, 1]).unwrap();
            let network = FiniteNetwork::from_seed(&shape, 8).unwrap();
            let [low, high] = [80, 300].map(|p| network.evaluate_with(&point("1/2,-1/4"), p).unwrap());
            assert!(low[0].contains(&high[0]) || low[0].overlaps(&high[0]), "{phi}");
            assert!(high[0].is_exact_zero() || high[0].radius() < crate::number::Mag::pow2(-250), "{phi}");
        }
    }

    #[test]
    fn exact_outputs() {
        let shape = Architecture::new(&Activation::parse("x^2 - x").unwrap(), &[4, 4, 1]).unwrap();
        let network = FiniteNetwork::from_seed(&shape, 8).unwrap();
        let x = point("1,1/2,-1/3,0");
        let exact = network.evaluate_exact(&x).unwrap();
        assert!(network.evaluate_with(&x, 100).unwrap()[0].contains_rational(&exact[0]));
        let irrational = Architecture::new(&Activation::parse("x^2").unwrap(), &[2, 1]).unwrap();
        let irrational = FiniteNetwork::from_seed(&irrational, 8).unwrap();
        assert!(irrational.evaluate_exact(&point("1,1")).unwrap_err().to_string().contains("standard"));
        let tanh = Architecture::new(&Activation::parse("tanh").unwrap(), &[1, 1, 1]).unwrap();
        let tanh = FiniteNetwork::from_seed(&tanh, 8).unwrap();
        assert!(tanh.evaluate_exact(&point("1")).unwrap_err().to_string().contains("tanh"));
    }
}
