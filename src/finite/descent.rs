//! Gradient descent, and the same sequence as learning in feature space.

mod bound;

use num_rational::BigRational;
use num_traits::Signed;
use rug::Rational;

use super::arithmetic::{Computed, Scalar, check_order, check_precision};
use super::kernel::gradient;
use super::neighbourhood::{Neighbourhood, norm};
use super::network::FiniteNetwork;
use crate::number::Mag;
use crate::number::rational::{rational_from_gmp, rational_to_gmp};
use crate::{Accuracy, Ball, Error};

pub use bound::UniformBound;

/// Most iterations.
pub(crate) const MAX_ITERATIONS: usize = 10_000;
/// Most points.
pub(crate) const MAX_SAMPLES: usize = 10_000;

/// The loss of an output `f` at a label `y`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Loss {
    /// $(f - y)^2/2$.
    Squared,
    /// $\log(1 + e^{-yf})$; labels are 1 and -1.
    Logistic,
}

/// Gradient descent on the mean loss of a sample, $L(W) = \frac1n \sum_i \ell(f(x_i; W), y_i)$,
/// $W_{k+1} = W_k - \eta \nabla L(W_k)$, next to sequential learning in feature space.
///
/// The learner never looks at the network's weights as weights. In the feature space around $W_k$, where $f(x; W_k +
/// \Delta) = f_k(x) + \sum_m \langle \Psi_m(\Delta), \Phi_m(x) \rangle$, it takes the minimizer of the regularized
/// linear loss
///
/// $$ \frac1n \sum_i \ell'(f_k(x_i), y_i)\, \langle \Psi_1(\Delta), \Phi_1(x_i) \rangle + \frac{1}{2\eta} \lVert \Psi_1(\Delta) \rVert^2, $$
///
/// which by the representer theorem is $\Delta = \sum_i c_i \Phi_1(x_i)$ with $c_i = -\frac{\eta}{n} \ell'(f_k(x_i),
/// y_i)$, and moves its outputs by the series, $f_{k+1}(x) = f_k(x) + \sum_m \langle \Psi_m(\Delta), \Phi_m(x)
/// \rangle$, what is left out past the order being enclosed. The features $\Phi_1$ come from series along the
/// coordinates, not from the chain rule backwards. Both sequences are computed side by side; they are the same, exactly
/// in rational arithmetic, and as enclosures that overlap otherwise.
///
/// That descent is such a sequence is the theorem of Shilton, Gupta, Rana and Venkatesh (arXiv 2302.00205); its
/// abstract alone was available, and the definitions here are our own.
///
/// # Examples
/// ```
/// use ntk_series::finite::{Descent, FiniteNetwork, Loss};
/// use ntk_series::number::parse_rational;
/// let text = r#"{"layers": [{"activation": "x^2", "weights": [["1/2"]]}, {"weights": [[3]]}]}"#;
/// let network = FiniteNetwork::from_json(text)?;
/// let number = |t: &str| parse_rational(t).unwrap();
/// let sample = vec![(vec![number("1")], number("1")), (vec![number("-1/2")], number("0"))];
/// let descent = Descent::new(Loss::Squared, sample, number("1/10"), 3)?;
/// let run = descent.run_exact(&network)?;
/// assert!(run.iter().all(|k| k.descent == k.learner));
/// assert!(run[3].loss < run[0].loss);
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Descent {
    loss: Loss,
    sample: Vec<(Vec<BigRational>, BigRational)>,
    rate: BigRational,
    iterations: usize,
    order: usize,
}

/// Weights (and biases, in the order in which they are numbered) and the outputs on the sample.
#[derive(Clone, Debug, PartialEq)]
pub struct State<T> {
    /// The parameters.
    pub weights: Vec<T>,
    /// The outputs, point by point.
    pub outputs: Vec<T>,
}

/// Where both sequences are after some iterations.
#[derive(Clone, Debug)]
pub struct Iteration<T> {
    /// Gradient descent, its outputs by evaluation.
    pub descent: State<T>,
    /// Learning in feature space, its outputs by the series.
    pub learner: State<T>,
    /// The mean loss of gradient descent; for logistic loss in exact arithmetic there is none.
    pub loss: T,
    /// $|\nabla L|^2$ of gradient descent here.
    pub gradient_squared: T,
}

impl Iteration<Ball> {
    /// Do all weights and outputs of the two overlap?
    pub fn coincide(&self) -> bool {
        let overlap =
            |a: &[Ball], b: &[Ball]| a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.overlaps(b));
        overlap(&self.descent.weights, &self.learner.weights)
            && overlap(&self.descent.outputs, &self.learner.outputs)
    }
}

impl Descent {
    /// A sample of inputs with labels, a learning rate η and a number of iterations; the learner's series are taken to
    /// order 12.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no points or more than 10,000, a rate that is not positive, more than 10,000
    /// iterations, and for logistic loss a label other than 1 and -1.
    pub fn new(
        loss: Loss,
        sample: Vec<(Vec<BigRational>, BigRational)>,
        rate: BigRational,
        iterations: usize,
    ) -> Result<Descent, Error> {
        if !(1..=MAX_SAMPLES).contains(&sample.len()) {
            return Err(Error::parameter("number of points", sample.len(), "1 to 10,000 are accepted"));
        }
        if !rate.is_positive() {
            return Err(Error::parameter("learning rate", rate, "a number above 0 is accepted"));
        }
        if iterations > MAX_ITERATIONS {
            return Err(Error::parameter("iterations", iterations, "at most 10,000 are accepted"));
        }
        let one = BigRational::from_integer(1.into());
        if loss == Loss::Logistic
            && let Some((_, y)) = sample.iter().find(|(_, y)| y.abs() != one)
        {
            return Err(Error::parameter("label", y, "1 and -1 are accepted for logistic loss"));
        }
        Ok(Descent { loss, sample, rate, iterations, order: 12 })
    }

    /// The same with another order of the learner's series.
    ///
    /// # Errors
    /// [`Error::Parameter`] for an order that is not from 1 to 200.
    pub fn with_order(mut self, order: usize) -> Result<Descent, Error> {
        self.order = check_order(order)?;
        Ok(self)
    }

    /// The two sequences from the network's weights on; iteration 0 is the start. Weights and outputs of the descent
    /// have the accuracy; those of the learner lack what its series leave out, which their errors contain.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`FiniteNetwork::tangent_kernel`], and for a step that leaves the neighbourhood in which
    /// its series is the network: a smaller rate is accepted.
    pub fn run(&self, network: &FiniteNetwork, accuracy: Accuracy) -> Result<Vec<Iteration<Ball>>, Error> {
        let attempt = |precision| self.run_with(network, precision);
        let what = "a number of the descent";
        accuracy.reach(
            what,
            |run| run.iter().flat_map(|k| k.descent.weights.iter().chain(&k.descent.outputs)).collect(),
            attempt,
        )
    }

    /// The same with `precision` bits.
    pub(crate) fn run_with(
        &self,
        network: &FiniteNetwork,
        precision: u32,
    ) -> Result<Vec<Iteration<Ball>>, Error> {
        self.sequences(network, check_precision(precision)?)
    }

    /// The same in rational arithmetic, for squared loss and polynomial activations: the two are equal. Numbers grow by
    /// the degree of the network with every iteration.
    ///
    /// # Errors
    /// [`Error::Parameter`] as [`FiniteNetwork::evaluate_exact`], for logistic loss, and for an activation of several
    /// pieces.
    pub fn run_exact(&self, network: &FiniteNetwork) -> Result<Vec<Iteration<BigRational>>, Error> {
        let found: Vec<Iteration<Rational>> = self.sequences(network, 0)?;
        let list = |l: &[Rational]| l.iter().map(rational_from_gmp).collect();
        let state = |s: &State<Rational>| State { weights: list(&s.weights), outputs: list(&s.outputs) };
        let outside = |k: &Iteration<Rational>| Iteration {
            descent: state(&k.descent),
            learner: state(&k.learner),
            loss: rational_from_gmp(&k.loss),
            gradient_squared: rational_from_gmp(&k.gradient_squared),
        };
        Ok(found.iter().map(outside).collect())
    }

    fn sequences<S: Learned>(
        &self,
        network: &FiniteNetwork,
        precision: u32,
    ) -> Result<Vec<Iteration<S>>, Error> {
        network.check_one_output()?;
        self.sample.iter().try_for_each(|(x, _)| network.check_input(x))?;
        let start = Computed::<S>::new(network, precision)?;
        let inputs: Vec<Vec<S>> = self.sample.iter().map(|(x, _)| start.input(x)).collect();
        let (mut by_descent, mut by_learner) = (start.clone(), start.clone());
        let mut learned = outputs(&by_learner, &inputs)?;
        let mut out = vec![];
        for k in 0..=self.iterations {
            let direct = outputs(&by_descent, &inputs)?;
            let gradients = inputs.iter().map(|x| gradient(&by_descent, x)).collect::<Result<Vec<_>, _>>()?;
            let slope = self.combined(&gradients, &self.slopes(&direct, precision)?, precision);
            out.push(Iteration {
                descent: State { weights: by_descent.list(), outputs: direct.clone() },
                learner: State { weights: by_learner.list(), outputs: learned.clone() },
                loss: self.mean_loss(&direct, precision)?,
                gradient_squared: slope.iter().fold(S::zero(precision), |sum, g| sum.add(&g.mul(g))),
            });
            if k == self.iterations {
                break;
            }
            let minus_rate = S::of(&-rational_to_gmp(&self.rate), precision);
            let moved: Vec<S> =
                by_descent.list().iter().zip(&slope).map(|(w, g)| w.add(&minus_rate.mul(g))).collect();
            by_descent = by_descent.at(&moved);

            let features =
                inputs.iter().map(|x| first_features(&by_learner, x)).collect::<Result<Vec<_>, _>>()?;
            let slopes = self.slopes(&learned, precision)?;
            let step = self.combined(&features, &slopes, precision);
            let step: Vec<S> = step.iter().map(|c| c.mul(&minus_rate)).collect();
            for (x, f) in inputs.iter().zip(&mut learned) {
                *f = f.add(&S::change(&by_learner, x, &step, self.order)?);
            }
            let moved: Vec<S> = by_learner.list().iter().zip(&step).map(|(w, d)| w.add(d)).collect();
            by_learner = by_learner.at(&moved);
        }
        Ok(out)
    }

    fn slopes<S: Learned>(&self, outputs: &[S], precision: u32) -> Result<Vec<S>, Error> {
        let labelled = outputs.iter().zip(&self.sample);
        labelled.map(|(f, (_, y))| S::slope(self.loss, f, &S::of(&rational_to_gmp(y), precision))).collect()
    }

    fn mean_loss<S: Learned>(&self, outputs: &[S], precision: u32) -> Result<S, Error> {
        let mut sum = S::zero(precision);
        for (f, (_, y)) in outputs.iter().zip(&self.sample) {
            sum = sum.add(&S::loss(self.loss, f, &S::of(&rational_to_gmp(y), precision))?);
        }
        Ok(sum.mul(&S::of(&Rational::from((1, self.sample.len())), precision)))
    }

    /// `1/n Σ_i slope_i v_i`.
    fn combined<S: Scalar>(&self, vectors: &[Vec<S>], slopes: &[S], precision: u32) -> Vec<S> {
        let part = S::of(&Rational::from((1, self.sample.len())), precision);
        let len = vectors.first().map_or(0, Vec::len);
        let entry = |p: usize| {
            let terms = vectors.iter().zip(slopes).map(|(v, s)| v[p].mul(s));
            terms.fold(S::zero(precision), |sum, term| sum.add(&term)).mul(&part)
        };
        (0..len).map(entry).collect()
    }
}

fn outputs<S: Scalar>(computed: &Computed<S>, inputs: &[Vec<S>]) -> Result<Vec<S>, Error> {
    inputs.iter().map(|x| Ok(computed.evaluate(x)?.swap_remove(0))).collect()
}

/// `Φ_1(x)`: the series along every coordinate, to first order.
fn first_features<S: Scalar>(computed: &Computed<S>, x: &[S]) -> Result<Vec<S>, Error> {
    let count = computed.parameters();
    let along = |p: usize| {
        let mut unit = vec![S::zero(computed.precision); count];
        unit[p] = S::of(&Rational::from(1), computed.precision);
        Ok(computed.along(x, &computed.cut(&unit), 1)?.swap_remove(0).swap_remove(1))
    };
    (0..count).map(along).collect()
}

/// What learning needs besides arithmetic.
trait Learned: Scalar {
    fn loss(loss: Loss, f: &Self, y: &Self) -> Result<Self, Error>;
    /// The derivative of the loss in the output.
    fn slope(loss: Loss, f: &Self, y: &Self) -> Result<Self, Error>;
    /// The change of the output by the series.
    fn change(computed: &Computed<Self>, x: &[Self], step: &[Self], order: usize) -> Result<Self, Error>;
}

impl Learned for Ball {
    fn loss(loss: Loss, f: &Ball, y: &Ball) -> Result<Ball, Error> {
        Ok(match loss {
            Loss::Squared => (f - y).square().shl(-1),
            Loss::Logistic => (-&(f * y)).exp().ln_1p(),
        })
    }

    fn slope(loss: Loss, f: &Ball, y: &Ball) -> Result<Ball, Error> {
        Ok(match loss {
            Loss::Squared => f - y,
            // -y/(1 + e^{yf}).
            Loss::Logistic => -&(y / &(Ball::from_integer(1, f.precision()) + (f * y).exp())),
        })
    }

    fn change(computed: &Computed<Ball>, x: &[Ball], step: &[Ball], order: usize) -> Result<Ball, Error> {
        let near = Neighbourhood::of(computed.clone(), x.to_vec())?;
        let series = near.series_of(&computed.cut(step), order)?;
        Ok(Ball::sum(computed.precision, &series.orders[1..]).widened(series.remainder))
    }
}

impl Learned for Rational {
    fn loss(loss: Loss, f: &Rational, y: &Rational) -> Result<Rational, Error> {
        let difference = Rational::slope(loss, f, y)?;
        Ok(Rational::from(difference.square_ref()) / 2u32)
    }

    fn slope(loss: Loss, f: &Rational, y: &Rational) -> Result<Rational, Error> {
        match loss {
            Loss::Squared => Ok(Rational::from(f - y)),
            Loss::Logistic => {
                Err(Error::parameter("loss", "logistic", "squared loss is accepted in exact arithmetic"))
            }
        }
    }

    fn change(
        computed: &Computed<Rational>,
        x: &[Rational],
        step: &[Rational],
        _: usize,
    ) -> Result<Rational, Error> {
        let degree = computed.degree().and_then(|d| check_order(d.max(1)).ok());
        let accepted = "in exact arithmetic polynomials are accepted, the network's degree in its weights being at most 200";
        let degree = degree
            .ok_or_else(|| Error::parameter("activation", "of several pieces or large degree", accepted))?;
        let orders = computed.along(x, &computed.cut(step), degree)?.swap_remove(0);
        Ok(orders[1..].iter().fold(Rational::new(), |sum, c| sum + c))
    }
}

/// The largest norm of the gradients along a run.
fn largest_gradient(run: &[Iteration<Ball>]) -> Mag {
    run.iter().map(|k| k.gradient_squared.magnitude().sqrt()).fold(Mag::ZERO, Mag::max)
}

/// How far the weights of gradient descent have come from the start.
fn distance(run: &[Iteration<Ball>], computed: &Computed<Ball>) -> Ball {
    let weights = |k: Option<&Iteration<Ball>>| k.map_or(vec![], |k| k.descent.weights.clone());
    let (first, last) = (weights(run.first()), weights(run.last()));
    let moved: Vec<Ball> = first.iter().zip(&last).map(|(a, b)| b - a).collect();
    norm(&computed.cut(&moved), computed.precision)
}

#[cfg(test)]
mod tests;
