//! The power series of a network's kernel: accuracy in, precision inside.

use num_traits::One;

use super::profile::{Profile, ResolvedLayer};
use super::search::{Attempt, Search};
use crate::Error;
use crate::consistency::{agree, at_most};
use crate::network::{Convention, Kernel, Network};
use crate::number::{Accuracy, Ball};

/// Highest degree that can be asked for.
pub const MAX_DEGREE: usize = 1_000_000;

/// The power series `Σ κ_p ρ^p` of a kernel up to a degree, with its value at one: every number an enclosure.
///
/// # Examples
/// ```
/// use ntk_series::kernel::{BiasVariance, Convention, Input, Kernel, Layer, Network, WeightVariance};
/// use ntk_series::{Accuracy, Activation};
/// let layer = Layer {
///     activation: Activation::parse("relu")?,
///     sigma_w2: WeightVariance::Normalized,
///     sigma_b2: BiasVariance::Exact(num_traits::Zero::zero()),
/// };
/// let network = Network::uniform(Input::default(), layer, 3)?;
/// let series = network.series(Kernel::Ntk, Convention::Standard, 10, Accuracy::relative(30)?)?;
/// assert!(series.coefficients()[0].to_string().starts_with("1.0603881"));
/// // Θ(1) = 4 for three hidden ReLU layers; the part of it beyond ρ^10 is known, not estimated.
/// assert_eq!(series.sum().to_string(), "4");
/// assert!(*series.tail().midpoint() > 0.3);
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct KernelSeries {
    network: Network,
    kernel: Kernel,
    convention: Convention,
    accuracy: Accuracy,
    coefficients: Vec<Ball>,
    sum: Ball,
    tail: Ball,
    profile: Profile,
}

impl Network {
    /// The kernel's coefficients `κ_0 … κ_{max_degree}` (`α_p` for the NNGP), each as accurate as asked; one that is
    /// exactly zero comes back exact.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a degree above 1,000,000 or a convention that does not apply,
    /// [`Error::NoTangentKernel`] where `E[φ'φ']` does not exist, [`Error::NotSquareIntegrable`], and
    /// [`Error::AccuracyNotReached`] with the best enclosure found.
    ///
    /// # Method
    /// One hidden layer without first-layer bias: `κ_p` from `μ_p²` directly (\[M23\], Theorem 3.1 with `l = 2`).
    /// Otherwise the duals are composed layer by layer about `ρ_l(0)`, so that the infinite sums are complete, in fixed
    /// point whose precision is raised until every enclosure is narrow enough.
    pub fn series(
        &self,
        kernel: Kernel,
        convention: Convention,
        max_degree: usize,
        accuracy: Accuracy,
    ) -> Result<KernelSeries, Error> {
        if max_degree > MAX_DEGREE {
            return Err(Error::parameter("max degree", max_degree, "0 to 1000000 are accepted"));
        }
        if convention == Convention::Murray2023 {
            self.check_murray2023()?;
        }
        let search = Search::new(self, kernel, convention, max_degree, accuracy)?;
        let Attempt { coefficients, sum, tail, profile } = search.run()?;
        Ok(KernelSeries {
            network: self.clone(),
            kernel,
            convention,
            accuracy,
            coefficients,
            sum,
            tail,
            profile,
        })
    }

    pub(super) fn check_murray2023(&self) -> Result<(), Error> {
        let input = self.input();
        let variance = &input.gamma_w2 * &input.radius2 + &input.gamma_b2;
        if self.plain_layers().is_none_or(|layers| layers.len() != 1) {
            return Err(Error::parameter(
                "convention",
                "murray2023",
                "with one hidden layer only: the published series has no other case",
            ));
        }
        if !variance.is_one() || !input.radius2.is_one() {
            return Err(Error::parameter(
                "convention",
                "murray2023",
                "with gamma_w2 + gamma_b2 = 1 and radius2 = 1 only, as in the published tables",
            ));
        }
        Ok(())
    }
}

impl KernelSeries {
    /// `κ_0 … κ_T`.
    pub fn coefficients(&self) -> &[Ball] {
        &self.coefficients
    }

    /// The highest degree listed.
    pub fn max_degree(&self) -> usize {
        self.coefficients.len() - 1
    }

    /// Which kernel this is.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// The kernel at ρ = 1: the sum of all coefficients, by its own closed recursion.
    pub fn sum(&self) -> &Ball {
        &self.sum
    }

    /// The sum less the listed coefficients: what they leave out of the kernel at ρ = 1.
    pub fn tail(&self) -> &Ball {
        &self.tail
    }

    /// `Σ_{p > degree} κ_p`, for a degree up to the listed one.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a higher degree.
    pub fn tail_after(&self, degree: usize) -> Result<Ball, Error> {
        self.check_degree(degree)?;
        // Adding the terms in between keeps relative accuracy: nothing cancels.
        Ok(self.coefficients[degree + 1..].iter().fold(self.tail.clone(), |acc, c| &acc + c))
    }

    /// The share of the kernel at ρ = 1 that the terms up to a degree make up, in `[0, 1]`.
    ///
    /// # Errors
    /// As [`KernelSeries::tail_after`].
    pub fn share(&self, degree: usize) -> Result<Ball, Error> {
        self.check_degree(degree)?;
        let partial = Ball::sum(self.sum.precision(), &self.coefficients[..=degree]);
        Ok(&partial / &self.sum)
    }

    /// [`KernelSeries::share`] of every listed degree, in one pass.
    pub fn shares(&self) -> Vec<Ball> {
        let mut partial = Ball::zero(self.sum.precision());
        let mut share = |c: &Ball| {
            partial = &partial + c;
            &partial / &self.sum
        };
        self.coefficients.iter().map(&mut share).collect()
    }

    /// What the series cut after `degree` leaves out at ρ: at most `|ρ|^{degree+1} (Θ(1) - Σ_{p<=degree} κ_p)` in
    /// magnitude, as all coefficients are `>= 0`. The result encloses the difference `Θ(ρ) - Σ_{p<=degree} κ_p ρ^p`.
    ///
    /// # Errors
    /// As [`KernelSeries::tail_after`], and for ρ outside `[-1, 1]`.
    pub fn truncation_error(&self, rho: &Ball, degree: usize) -> Result<Ball, Error> {
        check_rho(rho)?;
        self.check_degree(degree)?;
        let mut power = rho.pow(degree as u64 + 1);
        let mut out = Ball::zero(self.sum.precision());
        for coefficient in &self.coefficients[degree + 1..] {
            out = out + &power * coefficient;
            power = &power * rho;
        }
        // The rest is |ρ|^{n+1} times something between zero and the tail, for ρ >= 0 of its sign.
        let rest = &power * &self.tail;
        if rho.lower() >= 0 {
            let half = rest.shl(-1);
            return Ok((out + &half).widened(half.magnitude()));
        }
        Ok(out.widened(rest.magnitude()))
    }

    /// The kernel at ρ in `[-1, 1]`: by the recursion of closed duals where every layer has one, else by the series
    /// with its tail.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a ball that leaves `[-1, 1]`.
    pub fn evaluate(&self, rho: &Ball) -> Result<Ball, Error> {
        check_rho(rho)?;
        if rho.is_exact() && *rho.midpoint() == 1 {
            return Ok(self.sum.clone());
        }
        let by_series = self.evaluate_by_series(rho)?;
        let name = || format!("the kernel at {rho:.8}");
        let value = match self.evaluate_by_recursion(rho)? {
            Some(value) => {
                agree(&value, &by_series, name, "its recursion and its series are one function")?;
                if value.radius() < by_series.radius() { value } else { by_series }
            }
            None => by_series,
        };
        at_most(&value.abs(), &self.sum, name, "it is at most the kernel at 1")?;
        Ok(value)
    }

    /// The kernel at ρ by the listed coefficients and the bound for the rest.
    ///
    /// # Errors
    /// As [`KernelSeries::evaluate`].
    pub fn evaluate_by_series(&self, rho: &Ball) -> Result<Ball, Error> {
        check_rho(rho)?;
        let partial =
            self.coefficients.iter().rev().fold(Ball::zero(self.sum.precision()), |acc, c| &acc * rho + c);
        Ok(&partial + &self.truncation_error(rho, self.max_degree())?)
    }

    /// The kernel at ρ by the recursion `c_{l+1} = σ_w² φ̂(c_l/q_l) + σ_b²`, `Θ_{l+1} = c_{l+1} + Θ_l ċ_{l+1}` with
    /// closed duals; `None` if a layer has none, or in the convention `murray2023`, whose variable is another.
    ///
    /// # Errors
    /// As [`KernelSeries::evaluate`].
    pub fn evaluate_by_recursion(&self, rho: &Ball) -> Result<Option<Ball>, Error> {
        check_rho(rho)?;
        if self.convention == Convention::Murray2023 {
            return Ok(None);
        }
        // Close to ρ = 1 the root of 1 - ρ² keeps half the bits of ρ.
        let precision = 2 * self.accuracy.bits() + 64;
        let profile = Profile::new(&self.network, self.kernel, precision)?;
        Ok(profile.evaluate(self.kernel, &rho.with_precision(precision.max(rho.precision()))))
    }

    /// The variances that each hidden layer ends up with.
    pub fn layer_variances(&self) -> Vec<LayerVariances> {
        layer_variances(&self.profile)
    }

    /// The same with other numbers: those that no network gives.
    #[cfg(test)]
    pub(crate) fn with_numbers(mut self, coefficients: Vec<Ball>, tail: Ball) -> KernelSeries {
        self.sum = Ball::sum(self.sum.precision(), &coefficients) + &tail;
        (self.coefficients, self.tail) = (coefficients, tail);
        self
    }

    fn check_degree(&self, degree: usize) -> Result<(), Error> {
        if degree > self.max_degree() {
            let accepted = format!("0 to {} are listed", self.max_degree());
            return Err(Error::parameter("degree", degree, &accepted));
        }
        Ok(())
    }
}

impl Network {
    /// The kernel at ρ = 1, by its closed recursion: no coefficient is computed.
    ///
    /// # Errors
    /// Those of [`Network::series`].
    ///
    /// # Examples
    /// ```
    /// use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
    /// use ntk_series::{Accuracy, Activation, Kernel, Network};
    /// let sigma_b2 = BiasVariance::Exact(num_traits::Zero::zero());
    /// let layer = Layer { activation: Activation::relu(), sigma_w2: WeightVariance::Normalized, sigma_b2 };
    /// let network = Network::uniform(Input::default(), layer, 5)?;
    /// assert_eq!(network.at_one(Kernel::Ntk, Accuracy::relative(15)?)?.to_string(), "6");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn at_one(&self, kernel: Kernel, accuracy: Accuracy) -> Result<Ball, Error> {
        let sum = |profile: &Profile| vec![profile.sum(kernel)];
        Ok(self.resolved(kernel, accuracy, "the kernel at 1", sum)?.sum(kernel))
    }

    /// The variances that each hidden layer ends up with, without any series.
    ///
    /// # Errors
    /// Those of [`Network::series`].
    pub fn layer_variances(&self, kernel: Kernel, accuracy: Accuracy) -> Result<Vec<LayerVariances>, Error> {
        let all = |profile: &Profile| {
            let numbers = profile.layers.iter().flat_map(|l| [&l.variance, &l.sigma_w2, &l.sigma_b2]);
            numbers.cloned().collect()
        };
        Ok(layer_variances(&self.resolved(kernel, accuracy, "a layer's variance", all)?))
    }

    /// The network with its variances, precise enough for these numbers.
    fn resolved(
        &self,
        kernel: Kernel,
        accuracy: Accuracy,
        what: &str,
        numbers: impl Fn(&Profile) -> Vec<Ball>,
    ) -> Result<Profile, Error> {
        /// How often the precision is doubled.
        const DOUBLINGS: u32 = 6;
        let mut worst = Ball::whole_line(64);
        for n in 0..=DOUBLINGS {
            let profile = match Profile::new(self, kernel, (accuracy.bits() + 64) << n) {
                Err(Error::AccuracyNotReached { best, .. }) => {
                    worst = *best;
                    continue;
                }
                other => other?,
            };
            match numbers(&profile).into_iter().find(|x| accuracy.missing_bits(x) > 0) {
                None => return Ok(profile),
                Some(short) => worst = short,
            }
        }
        Err(Error::AccuracyNotReached { what: what.to_string(), best: Box::new(worst) })
    }
}

fn layer_variances(profile: &Profile) -> Vec<LayerVariances> {
    let of = |l: &ResolvedLayer| LayerVariances {
        variance: l.variance.clone(),
        sigma_w2: l.sigma_w2.clone(),
        sigma_b2: l.sigma_b2.clone(),
    };
    profile.layers.iter().map(of).collect()
}

/// What `normalized` and `unit` come to at one hidden layer.
#[derive(Clone, Debug)]
pub struct LayerVariances {
    /// `q_l`, the variance of the pre-activations.
    pub variance: Ball,
    /// `σ_w²`.
    pub sigma_w2: Ball,
    /// `σ_b²`.
    pub sigma_b2: Ball,
}

fn check_rho(rho: &Ball) -> Result<(), Error> {
    if rho.is_finite() && rho.lower() >= -1 && rho.upper() <= 1 {
        return Ok(());
    }
    Err(Error::parameter("rho", format!("{rho:.8}"), "the cosine of an angle is in [-1, 1]"))
}

#[cfg(test)]
mod tests;
