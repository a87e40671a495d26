//! Predictions of infinitely wide networks from data, every number between proved bounds.
//!
//! Let $X$ be $n$ training inputs with targets $y$, and $x$ a new input. With $K$ the NNGP kernel and $\Theta$ the
//! neural tangent kernel of the same network, write $K = K(X, X)$, $K_* = K(X, x)$, $K_{**} = K(x, x)$, and so for
//! $\Theta$.
//!
//! **The Gaussian process** ([`Kernel::Nngp`], infinite time). A network of random weights is, as its width grows, a
//! sample of the Gaussian process with covariance $K$ (Neal 1996; Lee et al. 2018). Given $y = f(X) + \varepsilon$ with
//! noise of variance $\sigma^2$ the posterior of $f(x)$ has
//! $$ m = K_*^{\mathsf T} (K + \sigma^2 I)^{-1} y, \qquad v = K_{**} - K_*^{\mathsf T} (K + \sigma^2 I)^{-1} K_* $$
//! (Rasmussen and Williams, *Gaussian Processes for Machine Learning*, (2.25) and (2.26)). The variance is that of
//! $f(x)$; one of a new noisy observation has $\sigma^2$ more.
//!
//! **The trained network** ([`Kernel::Ntk`]). All weights follow the gradient flow of $\frac12 \sum_i (f(x_i) - y_i)^2 + \frac{\sigma^2}{2}
//! |\theta - \theta_0|^2$ for a time $t$ from random $\theta_0$, in the parametrization of the kernel. As the width grows, $f_t(x)$ is
//! Gaussian over the initializations with, for $B = \int_0^t e^{-(\Theta + \sigma^2 I)s}\, ds$ and $w = B\, \Theta_*$,
//! $$ m = w^{\mathsf T} y, \qquad v = K_{**} - 2 w^{\mathsf T} K_* + w^{\mathsf T} K w $$
//! (Jacot, Gabriel, Hongler 2018; Lee et al. 2019, (14) to (16), for $\sigma^2 = 0$, where
//! $B = \Theta^{-1} (I - e^{-\Theta t})$). In the end $B = (\Theta + \sigma^2 I)^{-1}$, and the mean is kernel
//! regression, or kernel ridge regression with $\sigma^2 > 0$.
//!
//! **The trained last layer** ([`Kernel::Nngp`], finite time, no noise). Where only the last layer is trained, $\Theta$
//! is $K$ itself: the formulas above with $K$ for $\Theta$, and in the end the posterior.
//!
//! Several targets are predicted one by one, and share the variance: outputs of a wide network are independent, with
//! one kernel.
//!
//! # How it is proved
//! The entries of the kernels are balls as accurate as need be. For $A = \Theta + \sigma^2 I$ an approximate factor gives $\tilde w \approx
//! A^{-1} \Theta_*$ and $\tilde\alpha \approx A^{-1} y$; their residuals $r$ and $s$ are found in integers, and
//! $$ \Theta_*^{\mathsf T} A^{-1} y = \tilde w^{\mathsf T} y + r^{\mathsf T} \tilde\alpha + r^{\mathsf T} A^{-1} s, \qquad
//! |r^{\mathsf T} A^{-1} s| \le |r|\, |s| / \lambda_{\min}(A), $$
//! with a proved lower bound of $\lambda_{\min}$. Where doubles cannot factor $A$, long integers do, and everything is
//! repeated with more digits until all that was asked for is proved. A finite time is integrated by doubling it,
//! without an inverse.
//!
//! # Examples
//! ```
//! use ntk_series::gram::Points;
//! use ntk_series::number::parse_rational;
//! use ntk_series::predict::{Rule, TrainingSet, predict};
//! use ntk_series::{Accuracy, Kernel, Network};
//!
//! let inputs = Points::from_csv("1, 0\n0, 1\n1, 1")?;
//! let targets = ["1", "0", "1/2"].map(parse_rational).into_iter().collect::<Result<Vec<_>, _>>()?;
//! let data = TrainingSet::new(inputs, vec![targets])?;
//! let test = Points::from_csv("2, 1\n0, 1")?;
//! let network = Network::relu(2)?;
//! let found = predict(&network, &Rule::new(Kernel::Ntk), &data, &test, Accuracy::relative(15)?)?;
//! assert!(found[0].mean[0].to_string().starts_with("1.42759840873137"));
//! // The second is a training input: its target, and no doubt.
//! assert!(found[1].mean[0].is_exact_zero() && found[1].variance.is_exact_zero());
//! # Ok::<(), ntk_series::Error>(())
//! ```

mod fit;
mod left_out;
mod likelihood;
mod posterior;
mod rounds;
mod singular;

use num_rational::BigRational;
use num_traits::{Signed, Zero};

use crate::gram::Points;
use crate::kernel::{Kernel, Network};
use crate::{Accuracy, Ball, Error};

pub use left_out::{LeftOut, leave_one_out};
pub use likelihood::log_marginal_likelihood;

/// Most targets.
pub(crate) const MAX_TARGETS: usize = 10_000;
/// Longest numerator or denominator of a target, the noise or the time, in bits.
const MAX_BITS: u64 = 8192;

/// Training inputs and their targets, exactly.
///
/// # Examples
/// ```
/// use ntk_series::gram::Points;
/// use ntk_series::number::parse_rational;
/// use ntk_series::predict::TrainingSet;
/// let y = |a: &str, b: &str| Ok::<_, ntk_series::Error>(vec![parse_rational(a)?, parse_rational(b)?]);
/// let inputs = Points::from_csv("0, 1\n1, 1")?;
/// let data = TrainingSet::new(inputs.clone(), vec![y("1", "0.1")?, y("0", "2")?])?;
/// assert_eq!((data.len(), data.targets().len()), (2, 2));
/// assert!(TrainingSet::new(inputs, vec![vec![]]).is_err());
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrainingSet {
    inputs: Points,
    targets: Vec<Vec<BigRational>>,
}

impl TrainingSet {
    /// `targets[k][i]` is the target number `k` of input `i`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for no target or more than 10,000, for a target that has not one number for every input,
    /// and for numbers of more than 8192 bits.
    pub fn new(inputs: Points, targets: Vec<Vec<BigRational>>) -> Result<TrainingSet, Error> {
        if targets.is_empty() || targets.len() > MAX_TARGETS {
            return Err(Error::parameter("number of targets", targets.len(), "1 to 10000 are accepted"));
        }
        for (k, target) in targets.iter().enumerate() {
            if target.len() != inputs.len() {
                let name = format!("number of values of target {}", k + 1);
                let accepted = format!("{} are accepted, one for every input", inputs.len());
                return Err(Error::parameter(&name, target.len(), &accepted));
            }
            target.iter().try_for_each(|y| check_bits(&format!("value of target {}", k + 1), y))?;
        }
        Ok(TrainingSet { inputs, targets })
    }

    /// The number of inputs.
    // Never empty: points are not.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.inputs.len()
    }

    /// The inputs.
    pub fn inputs(&self) -> &Points {
        &self.inputs
    }

    /// The targets, a list of one number for every input each.
    pub fn targets(&self) -> &[Vec<BigRational>] {
        &self.targets
    }
}

fn check_bits(name: &str, x: &BigRational) -> Result<(), Error> {
    match x.numer().bits().max(x.denom().bits()) > MAX_BITS {
        true => Err(Error::parameter(name, x, "numbers of up to 8192 bits are accepted")),
        false => Ok(()),
    }
}

/// How long a network is trained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Time {
    /// For a time, with learning rate 1 on half the sum of the squared errors.
    Finite(BigRational),
    /// To the end.
    Infinite,
}

/// What is predicted: see [`predict`](crate::predict) for the formulas.
///
/// # Examples
/// ```
/// use ntk_series::number::parse_rational;
/// use ntk_series::predict::{Rule, Time};
/// use ntk_series::Kernel;
/// let ridge = Rule { noise: parse_rational("1/10")?, ..Rule::new(Kernel::Ntk) };
/// let early = Rule { time: Time::Finite(parse_rational("100")?), ..Rule::new(Kernel::Ntk) };
/// assert_eq!((ridge.time, early.noise), (Time::Infinite, parse_rational("0")?));
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The trained network, or the Gaussian process (with a finite time: the network whose last layer is trained).
    pub kernel: Kernel,
    /// `σ²`: the variance of the noise, or the ridge.
    pub noise: BigRational,
    /// How long the network is trained.
    pub time: Time,
}

impl Rule {
    /// Without noise, to the end.
    pub fn new(kernel: Kernel) -> Rule {
        Rule { kernel, noise: BigRational::zero(), time: Time::Infinite }
    }

    fn check(&self) -> Result<(), Error> {
        check_bits("noise", &self.noise)?;
        if self.noise.is_negative() {
            return Err(Error::parameter("noise", &self.noise, "zero or a positive number is accepted"));
        }
        let Time::Finite(time) = &self.time else { return Ok(()) };
        check_bits("time", time)?;
        if time.is_negative() {
            return Err(Error::parameter("time", time, "zero, a positive number or infinity is accepted"));
        }
        if self.kernel == Kernel::Nngp && !self.noise.is_zero() {
            let accepted = "with noise the Gaussian process has a posterior, and no training of the last layer for a \
                            time leads to its variance: an infinite time, no noise, or the NTK is accepted";
            return Err(Error::parameter("time", time, accepted));
        }
        Ok(())
    }

    /// Is the inverse of the kernel matrix needed, or its exponential?
    fn is_infinite(&self) -> bool {
        self.time == Time::Infinite
    }
}

/// What is known of the function at one input.
#[derive(Clone, Debug)]
pub struct Prediction {
    /// The mean, one for every target.
    pub mean: Vec<Ball>,
    /// The variance, which the targets share.
    pub variance: Ball,
    /// `K(x, x)`, the variance before training.
    pub prior: Ball,
}

/// Means and variances at the test inputs, each as accurate as asked.
///
/// A number that may be zero has an error relative to the largest target, or to the prior variance. An input that is
/// one of the training inputs has, without noise and at infinite time, exactly its target for a mean and no variance.
///
/// # Errors
/// [`Error::Parameter`] for inputs of different dimensions, a negative noise or time, noise with [`Kernel::Nngp`] and a
/// finite time, and as [`GramMatrix::new`](crate::gram::GramMatrix::new); [`Error::Shape`] for a singular kernel matrix
/// without noise at infinite time, with the rows of a null vector; [`Error::Undecided`] where it may be singular;
/// [`Error::AccuracyNotReached`] with the best enclosure found; [`Error::TooMuchWork`].
///
/// # Examples
/// See [`predict`](crate::predict).
pub fn predict(
    network: &Network,
    rule: &Rule,
    data: &TrainingSet,
    test: &Points,
    accuracy: Accuracy,
) -> Result<Vec<Prediction>, Error> {
    rule.check()?;
    let dimension = data.inputs.dimension();
    if test.dimension() != dimension {
        let accepted = format!("{dimension} is accepted, as the training inputs have");
        return Err(Error::parameter("dimension of the test inputs", test.dimension(), &accepted));
    }
    posterior::all(network, rule, data, test, accuracy)
}
