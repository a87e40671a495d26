//! Eigenvalues of a kernel's integral operator on the sphere.
//!
//! A kernel $K(\langle x, y\rangle)$ on $S^{d-1}$ is diagonal in the spherical harmonics: on those of degree $k$, a
//! space of dimension $N(d, k)$, it multiplies by (Funk and Hecke)
//!
//! $$ \lambda_k = \omega_d \int_{-1}^{1} K(t)\, P_k(t)\, (1-t^2)^{(d-3)/2}\, \mathrm{d}t = \sum_{p \ge k,\; p \equiv k\,(2)} \kappa_p\, b_{p,k},
//! \qquad \omega_d = \frac{\Gamma(d/2)}{\sqrt\pi\, \Gamma((d-1)/2)}, $$
//!
//! with $P_k$ the ultraspherical polynomial of $S^{d-1}$, $P_k(1) = 1$, and rational $b_{p,k} \ge 0$. This is for the
//! uniform probability measure, for which $\sum_k N(d,k)\, \lambda_k = K(1)$.
//!
//! Three routes, each with a proved error, and which is taken follows from the kernel: closed forms for one hidden
//! layer with an arc-cosine dual (ReLU and its relatives); the integral over the angle, in which deep networks of such
//! layers are analytic up to both ends; and the sum over $p$ with a bound of its tail, which converges fast for smooth
//! activations, and for all in high dimension.
//!
//! # Examples
//! ```
//! use ntk_series::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
//! use ntk_series::spectrum::Measure;
//! use ntk_series::{Accuracy, Activation};
//!
//! let layer = Layer {
//!     activation: Activation::parse("relu")?,
//!     sigma_w2: WeightVariance::Normalized,
//!     sigma_b2: BiasVariance::Exact(num_traits::Zero::zero()),
//! };
//! let network = Network::uniform(Input::default(), layer, 3)?;
//! let spectrum = network.spectrum(Kernel::Ntk, 3, 10, Accuracy::relative(30)?, Measure::Probability)?;
//! for eigenvalue in spectrum.eigenvalues() {
//!     println!("{}: {} times {}", eigenvalue.degree, eigenvalue.multiplicity, eigenvalue.value);
//! }
//! // Σ N(d,k) λ_k = Θ(1) = 4: what the degrees up to 10 leave is known.
//! assert!(spectrum.rest().upper() < 0.5 && spectrum.rest().lower() > 0);
//! # Ok::<(), ntk_series::Error>(())
//! ```

mod angle;
mod closed;
pub mod decay;
pub(crate) mod harmonic;
pub mod hemisphere;
mod integral;
pub(crate) mod parity;
mod sum;

use num_bigint::BigInt;

use crate::Error;
use crate::consistency::{at_most, not_negative};
use crate::kernel::profile::Profile;
use crate::kernel::{Kernel, Network};
use crate::number::rational::integer_to_gmp;
use crate::number::{Accuracy, Ball, ClosedForm};
use parity::Powers;

/// Highest dimension `d` of the space around the sphere `S^{d-1}`.
pub const MAX_DIMENSION: usize = 1_000_000;
/// Highest degree of the harmonics.
pub const MAX_DEGREE: usize = 10_000;

/// Powers of ρ up to which the sum comes before the integral.
const QUICK_POWER: usize = 3000;

/// Degrees and dimensions of which the multiplicities together fill too much memory, in bits.
const MAX_MULTIPLICITY_BITS: u64 = 1 << 30;

/// The measure on the sphere that the integral operator integrates over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Measure {
    /// The uniform probability measure.
    #[default]
    Probability,
    /// The surface measure: eigenvalues are larger by the area `2π^{d/2}/Γ(d/2)` of the sphere.
    Surface,
}

/// The eigenvalue on the harmonics of one degree.
#[derive(Clone, Debug)]
pub struct Eigenvalue {
    /// The degree `k`.
    pub degree: usize,
    /// The dimension `N(d, k)` of the space of harmonics.
    pub multiplicity: BigInt,
    /// The enclosure of `λ_k`.
    pub value: Ball,
    /// `λ_k` in closed form, where it is known.
    pub closed_form: Option<ClosedForm>,
}

/// How the eigenvalues were found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Route {
    /// From closed forms.
    ClosedForm,
    /// By the integral over the angle.
    Integral,
    /// By the sum over the powers of ρ.
    Sum,
}

impl Route {
    /// The name, as outputs give it.
    pub fn name(self) -> &'static str {
        match self {
            Route::ClosedForm => "closed-form",
            Route::Integral => "integral",
            Route::Sum => "sum",
        }
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Route::ClosedForm => "closed forms",
            Route::Integral => "certified quadrature over the angle",
            Route::Sum => "the sum over the powers of ρ, its tail bounded",
        }
    }
}

/// The eigenvalues `λ_0 … λ_K` of a kernel's integral operator on `S^{d-1}`.
#[derive(Clone, Debug)]
pub struct Spectrum {
    dimension: usize,
    measure: Measure,
    route: Route,
    eigenvalues: Vec<Eigenvalue>,
    trace: Ball,
}

impl Network {
    /// The eigenvalues `λ_0 … λ_{max_degree}` of a kernel on the sphere `S^{d-1}`, `d = dimension`, each as accurate as
    /// asked; one that is zero by the parity of the kernel, or beyond its degree, comes back exact.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a dimension below 2 or above a million, a degree above 10,000, and both so large that
    /// the multiplicities fill the memory; those of [`Network::series`]; and [`Error::AccuracyNotReached`] with the
    /// best enclosure: for activations with kinks but without closed dual the sum converges slowly in low dimension.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
    /// use ntk_series::number::parse_rational;
    /// use ntk_series::spectrum::Measure;
    /// use ntk_series::{Accuracy, Activation};
    /// let zero = || BiasVariance::Exact(num_traits::Zero::zero());
    /// let layer = Layer { activation: Activation::parse("relu")?, sigma_w2: WeightVariance::Normalized, sigma_b2: zero() };
    /// let network = Network::uniform(Input::default(), layer, 1)?;
    /// let spectrum = network.spectrum(Kernel::Ntk, 3, 3, Accuracy::relative(20)?, Measure::Probability)?;
    /// let texts: Vec<String> = spectrum.eigenvalues().iter().map(|e| e.closed_form.as_ref().unwrap().to_string()).collect();
    /// assert_eq!(texts, ["1/2", "1/3", "5/64", "0"]);
    ///
    /// // exp at variance one, weights e^{-1}: the NNGP kernel is e^t. On S² the eigenvalue λ_0 is sinh(1).
    /// let sigma_w2 = WeightVariance::Exact(parse_rational("1")?);
    /// let layer = Layer { activation: Activation::parse("exp")?, sigma_w2, sigma_b2: zero() };
    /// let network = Network::uniform(Input::default(), layer, 1)?;
    /// let spectrum = network.spectrum(Kernel::Nngp, 3, 4, Accuracy::relative(12)?, Measure::Probability)?;
    /// let e = spectrum.trace() / &spectrum.eigenvalues()[0].value; // e²/(e sinh(1))
    /// assert!((e.midpoint().to_f64() - 1f64.exp() / 1f64.sinh()).abs() < 1e-10);
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn spectrum(
        &self,
        kernel: Kernel,
        dimension: usize,
        max_degree: usize,
        accuracy: Accuracy,
        measure: Measure,
    ) -> Result<Spectrum, Error> {
        let request = Request::new(self, kernel, dimension, max_degree, accuracy, measure)?;
        let (route, values, forms) = request.solve()?;
        let precision = values.iter().map(Ball::precision).max().unwrap_or(64).max(64);
        let total = request.total(precision);
        let values: Vec<Ball> = match measure {
            Measure::Probability => values,
            Measure::Surface => values.iter().map(|value| value * &total).collect(),
        };
        if let Some((k, lack)) =
            values.iter().map(|value| accuracy.missing_bits(value)).enumerate().max_by_key(|(_, lack)| *lack)
            && lack > 0
        {
            let what = format!("the eigenvalue of degree {k}");
            return Err(Error::AccuracyNotReached { what, best: Box::new(values[k].clone()) });
        }
        let trace = request.trace()?;
        let mut forms = forms.into_iter();
        let eigenvalues = values.into_iter().zip(request.multiplicities).enumerate();
        let eigenvalue = |(degree, (value, multiplicity))| {
            let closed_form = forms.next().flatten();
            Eigenvalue { degree, multiplicity, value, closed_form }
        };
        let eigenvalues = eigenvalues.map(eigenvalue).collect();
        let spectrum = Spectrum { dimension, measure, route, eigenvalues, trace };
        spectrum.check()?;
        Ok(spectrum)
    }
}

impl Spectrum {
    /// The dimension `d` of the space around the sphere `S^{d-1}`.
    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The measure.
    pub fn measure(&self) -> Measure {
        self.measure
    }

    /// How the eigenvalues were found.
    pub fn route(&self) -> Route {
        self.route
    }

    /// `λ_0 … λ_K` with their multiplicities.
    pub fn eigenvalues(&self) -> &[Eigenvalue] {
        &self.eigenvalues
    }

    /// The sum of all eigenvalues, each as often as its multiplicity says: the kernel at ρ = 1, times the measure of
    /// the sphere.
    pub fn trace(&self) -> &Ball {
        &self.trace
    }

    /// Eigenvalues that no network gives.
    #[cfg(test)]
    pub(crate) fn of_values(dimension: usize, values: Vec<Ball>) -> Spectrum {
        let multiplicities = harmonic::multiplicities(dimension, values.len() - 1);
        let trace = Ball::whole_line(64);
        let eigenvalue =
            |(degree, (value, multiplicity))| Eigenvalue { degree, multiplicity, value, closed_form: None };
        let eigenvalues = values.into_iter().zip(multiplicities).enumerate().map(eigenvalue).collect();
        Spectrum { dimension, measure: Measure::Probability, route: Route::Sum, eigenvalues, trace }
    }

    /// What the listed eigenvalues leave of the trace: `Σ_{k>K} N(d,k) λ_k >= 0`.
    pub fn rest(&self) -> Ball {
        let listed = self.eigenvalues.iter().fold(Ball::zero(self.trace.precision()), |sum, e| {
            sum + &e.value * &from_big(&e.multiplicity, e.value.precision().max(self.trace.precision()))
        });
        &self.trace - &listed
    }

    /// What the theory says: `0 <= λ_k`, and `Σ N(d,k) λ_k` is at most the trace.
    fn check(&self) -> Result<(), Error> {
        let mut sum = Ball::zero(64);
        for e in &self.eigenvalues {
            let name = || format!("the eigenvalue of degree {}", e.degree);
            not_negative(&e.value, name)?;
            sum = sum + e.value.with_precision(64) * from_big(&e.multiplicity, 64);
            at_most(
                &sum,
                &self.trace,
                name,
                "with its multiplicity and those before it is at most the trace",
            )?;
        }
        Ok(())
    }
}

fn from_big(n: &BigInt, precision: u32) -> Ball {
    Ball::from_gmp_rational(&rug::Rational::from(integer_to_gmp(n)), precision)
}

/// The route, the eigenvalues for the probability measure, and closed forms for the one asked for.
type Solution = (Route, Vec<Ball>, Vec<Option<ClosedForm>>);

/// What is asked for, and what follows from it at once.
struct Request<'a> {
    network: &'a Network,
    kernel: Kernel,
    dimension: usize,
    max_degree: usize,
    accuracy: Accuracy,
    measure: Measure,
    powers: Powers,
    multiplicities: Vec<BigInt>,
    /// Bits of the measure of the sphere, rounded up.
    total_bits: i64,
}

impl<'a> Request<'a> {
    fn new(
        network: &'a Network,
        kernel: Kernel,
        dimension: usize,
        max_degree: usize,
        accuracy: Accuracy,
        measure: Measure,
    ) -> Result<Request<'a>, Error> {
        if !(2..=MAX_DIMENSION).contains(&dimension) {
            return Err(Error::parameter("dimension", dimension, "2 to 1000000 are accepted"));
        }
        if max_degree > MAX_DEGREE {
            return Err(Error::parameter("max degree", max_degree, "0 to 10000 are accepted"));
        }
        // N(d,k) <= C(k+d-1, m) <= (k+d)^m, m the smaller of k and d.
        let logarithm = u64::from((max_degree + dimension).ilog2() + 1);
        if (max_degree as u64 + 1) * max_degree.min(dimension) as u64 * logarithm > MAX_MULTIPLICITY_BITS {
            let accepted =
                "with so high a degree the multiplicities fill the memory; a lower one is accepted";
            return Err(Error::parameter("dimension", dimension, accepted));
        }
        let powers = Powers::of(&Profile::rough(network, kernel, 64)?, kernel);
        let multiplicities = harmonic::multiplicities(dimension, max_degree);
        let total_bits = match measure {
            Measure::Probability => 0,
            Measure::Surface => harmonic::sphere_area(dimension, 64).magnitude().log2_ceil().unwrap_or(0),
        };
        Ok(Request {
            network,
            kernel,
            dimension,
            max_degree,
            accuracy,
            measure,
            powers,
            multiplicities,
            total_bits,
        })
    }

    /// Eigenvalues for the probability measure, by the route that suits.
    fn solve(&self) -> Result<Solution, Error> {
        if let Some(forms) = closed::eigenvalues(self)? {
            let working = Accuracy::relative((self.accuracy.digits() + 3).min(crate::number::MAX_DIGITS))?;
            let values: Vec<Ball> =
                forms.iter().map(|form| form.enclose(working)).collect::<Result<_, _>>()?;
            if self.lack(&values) <= 0 {
                let forms = forms.into_iter().map(|form| self.form_for_measure(form)).collect();
                return Ok((Route::ClosedForm, values, forms));
            }
        }
        if let Some(values) = closed::enclosures(self)?.filter(|values| self.lack(values) <= 0) {
            return Ok((Route::ClosedForm, values, vec![]));
        }
        // Few powers are as quick as the integral.
        let sum_first = sum::foreseen_power(self).is_some_and(|power| power <= QUICK_POWER);
        let mut best: Option<(Route, Vec<Ball>)> = None;
        for by_sum in [sum_first, !sum_first] {
            let (route, found) = match by_sum {
                true => (Route::Sum, Some(sum::eigenvalues(self)?)),
                false => (Route::Integral, integral::eigenvalues(self)?),
            };
            let Some((values, enough)) = found else { continue };
            if enough {
                return Ok((route, values, vec![]));
            }
            best = match best {
                Some(best) if self.lack(&best.1) <= self.lack(&values) => Some(best),
                _ => Some((route, values)),
            };
        }
        let (route, values) = best.unwrap_or((Route::Sum, vec![]));
        Ok((route, values, vec![]))
    }

    /// The closed form times the area of the sphere for the surface measure.
    fn form_for_measure(&self, form: ClosedForm) -> Option<ClosedForm> {
        match self.measure {
            Measure::Probability => Some(form),
            Measure::Surface => Some(&form * &harmonic::sphere_area_form(self.dimension)),
        }
    }

    fn multiplicity(&self, k: usize) -> Ball {
        from_big(&self.multiplicities[k], 64)
    }

    /// The measure of the sphere.
    fn total(&self, precision: u32) -> Ball {
        match self.measure {
            Measure::Probability => Ball::from_integer(1, precision),
            Measure::Surface => harmonic::sphere_area(self.dimension, precision),
        }
    }

    /// How many more bits an eigenvalue for the probability measure needs.
    fn lack_of(&self, value: &Ball) -> i64 {
        let lack = self.accuracy.missing_bits(value);
        match self.measure {
            Measure::Probability => lack,
            // An eigenvalue that is zero stays so.
            Measure::Surface if value.is_exact() => lack,
            // A factor changes an absolute error, and its rounding a relative one.
            Measure::Surface if self.accuracy.is_absolute() => lack.saturating_add(self.total_bits + 1),
            Measure::Surface => lack.saturating_add(1),
        }
    }

    /// The most bits that any eigenvalue lacks.
    fn lack(&self, values: &[Ball]) -> i64 {
        values.iter().map(|value| self.lack_of(value)).max().unwrap_or(0)
    }

    /// The kernel at 1 times the measure of the sphere.
    fn trace(&self) -> Result<Ball, Error> {
        let mut bits = self.accuracy.bits() + 32;
        for _ in 0..4 {
            let trace = &Profile::new(self.network, self.kernel, bits)?.sum(self.kernel) * &self.total(bits);
            let lack = self.accuracy.missing_bits(&trace);
            if lack <= 0 {
                return Ok(trace);
            }
            bits = if lack < i64::from(bits) { bits + lack as u32 + 8 } else { 2 * bits };
        }
        let trace = &Profile::new(self.network, self.kernel, bits)?.sum(self.kernel) * &self.total(bits);
        if self.accuracy.is_met_by(&trace) {
            return Ok(trace);
        }
        Err(Error::AccuracyNotReached { what: "the trace".into(), best: Box::new(trace) })
    }
}

#[cfg(test)]
mod tests;
