//! The power series of a network's kernel: accuracy in, precision inside.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::engine::{Run, Supports};
use super::network::{Convention, Kernel, Network, WeightVariance};
use super::profile::{Profile, ResolvedLayer};
use super::radius;
use crate::Error;
use crate::dual::Dual;
use crate::number::{Accuracy, Ball, Mag};

/// Highest degree that can be asked for.
pub const MAX_DEGREE: usize = 1_000_000;

/// How often the working precision is raised before giving up.
const ATTEMPTS: u32 = 12;

/// Most bits of working precision.
const MAX_PRECISION: u32 = 1 << 22;

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
    /// One hidden layer without first-layer bias: `κ_p` from `μ_p²` directly (\[M23\], Theorem 3.1 with `l = 2`). Otherwise the
    /// duals are composed layer by layer about `ρ_l(0)`, so that the infinite sums are complete, in fixed point whose
    /// precision is raised until every enclosure is narrow enough.
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
        if self.layers().len() != 1 {
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

/// The loop that raises the precision until everything is accurate enough.
struct Search<'a> {
    network: &'a Network,
    kernel: Kernel,
    convention: Convention,
    degree: usize,
    accuracy: Accuracy,
    /// Is the kernel a polynomial of at most this degree?
    ends: bool,
    /// The circle on which the series is computed.
    radius: f64,
    /// About how many bits the coefficients on that circle differ by, from the largest to the constant one.
    growth: u32,
    /// About how many bits the coefficient of the highest degree lies below 1.
    decay: u32,
}

/// What one working precision gives.
struct Attempt {
    coefficients: Vec<Ball>,
    sum: Ball,
    tail: Ball,
    profile: Profile,
}

impl<'a> Search<'a> {
    fn new(
        network: &'a Network,
        kernel: Kernel,
        convention: Convention,
        degree: usize,
        accuracy: Accuracy,
    ) -> Result<Search<'a>, Error> {
        // Θ has the degree of c: Θ_l ċ_{l+1} has degree d_l + d_l (k - 1). What is constant stays so, whatever follows.
        let first = usize::from(convention == Convention::Murray2023 || !network.input().gamma_w2.is_zero());
        let mut polynomial_degree = Some(first);
        for layer in network.layers() {
            let support = layer.activation.support();
            let weightless = matches!(&layer.sigma_w2, WeightVariance::Exact(w) if w.is_zero());
            let top = support.initial.iter().rposition(|x| *x).unwrap_or(0);
            polynomial_degree = match polynomial_degree {
                Some(0) => Some(0),
                _ if weightless || support.is_constant() => Some(0),
                Some(d) if !support.even_tail && !support.odd_tail => Some(d.saturating_mul(top)),
                _ => None,
            };
        }
        let ends = polynomial_degree.is_some_and(|d| d <= degree);
        let rough = Profile::new(network, kernel, 64)?;
        let radius = radius::guess(&rough, degree.max(1));
        let growth = if radius == 1.0 { 0 } else { growth_bits(&rough, radius) };
        // The slowest decay of all layers survives their composition.
        let decay = |layer: &ResolvedLayer| match layer.dual {
            Dual::Hermite => layer.activation.decay_bits(layer.variance.midpoint().to_f64(), degree),
            _ => 0.0,
        };
        let decay = rough.layers.iter().map(decay).fold(f64::from(MAX_PRECISION), f64::min) as u32;
        Ok(Search { network, kernel, convention, degree, accuracy, ends, radius, growth, decay })
    }

    fn run(&self) -> Result<Attempt, Error> {
        let direct = self.network.layers().len() == 1
            && (self.convention == Convention::Murray2023 || self.network.input().gamma_b2.is_zero());
        // Guesses, which the loop corrects.
        let length_bits = ((self.degree + 2) as f64).log2();
        let depth_bits = (self.network.layers().len() as f64).log2();
        let extra = if direct { 24.0 + length_bits } else { 4.0 + 2.2 * length_bits + 1.5 * depth_bits };
        let growth = if direct { 0 } else { self.growth + self.growth / 2 + self.decay };
        let mut bits = self.accuracy.bits() + extra as u32 + growth;
        let most_bits = (8 * bits + (1 << 14)).min(MAX_PRECISION);
        let (mut patience, mut room) = (1, 0);
        let mut worst = (String::new(), Ball::whole_line(64));
        for _ in 0..ATTEMPTS {
            let attempt = if direct {
                self.by_hermite(bits, patience)?
            } else {
                self.by_composition(bits, patience, room)?
            };
            let named = |p: usize| format!("the coefficient of degree {p}");
            let lacks = attempt.coefficients.iter().map(|c| self.accuracy.missing_bits(c));
            let (index, lack) = lacks.enumerate().max_by_key(|(_, lack)| *lack).unwrap_or((0, 0));
            let lack_of_sum = self.accuracy.missing_bits(&attempt.sum);
            let lack_of_tail = self.accuracy.missing_bits(&attempt.tail);
            let most = lack.max(lack_of_sum).max(lack_of_tail);
            if most <= 0 {
                return Ok(attempt);
            }
            worst = if lack == most {
                (named(index), attempt.coefficients[index].clone())
            } else if lack_of_sum == most {
                ("the kernel at 1".to_string(), attempt.sum)
            } else {
                patience *= 2;
                ("the tail of the series".to_string(), attempt.tail)
            };
            if most == i64::MAX && !worst.1.is_finite() {
                // Some number of the way did not fit: room above the point may help more than bits below it.
                room = 2 * room + 64;
            }
            // Where the midpoint is visible the lack is known; else double.
            bits = if most < i64::from(bits) { bits + most as u32 + 3 } else { 2 * bits + 64 };
            if bits > most_bits {
                break;
            }
        }
        Err(Error::AccuracyNotReached { what: worst.0, best: Box::new(worst.1) })
    }

    /// `ρ_1 = ρ`, or the variable is `c_1` itself: `κ_p` is a combination of `μ_p²` and `μ_{p+1}²`.
    fn by_hermite(&self, precision: u32, patience: usize) -> Result<Attempt, Error> {
        let profile = Profile::new(self.network, self.kernel, precision)?;
        let reach = Reach::new(self, &profile, patience);
        let layer = &profile.layers[0];
        let support = &layer.support;
        let mu = layer.activation.hermite(&layer.variance, reach.degree + 2, precision)?;
        let alpha = |k: usize| {
            if support.may_be_nonzero(k) { &layer.sigma_w2 * &mu[k].square() } else { Ball::zero(precision) }
        };
        let input = self.network.input();
        let (weight, bias) = match self.convention {
            Convention::Standard => (BigRational::one(), BigRational::zero()),
            Convention::Murray2023 => (input.gamma_w2.clone(), input.gamma_b2.clone()),
        };
        let (weight, bias) = (Ball::from_rational(&weight, precision), Ball::from_rational(&bias, precision));
        let coefficient = |p: usize| {
            let a = alpha(p);
            let mut out = a.clone();
            if self.kernel == Kernel::Ntk {
                // Θ = G + (γ_b² + γ_w² t) G'(t), G = Σ α_p t^p.
                out = out + &weight * &a.mul_integer(p as i64);
                if !bias.is_exact_zero() {
                    out = out + &bias * &alpha(p + 1).mul_integer(p as i64 + 1);
                }
            }
            if p == 0 { out + &layer.sigma_b2 } else { out }
        };
        let coefficients = (0..=reach.degree).map(coefficient).collect();
        Ok(self.attempt(coefficients, reach, profile))
    }

    fn by_composition(&self, frac: u32, patience: usize, room: u32) -> Result<Attempt, Error> {
        let profile = Profile::new(self.network, self.kernel, frac + 32)?;
        let reach = Reach::new(self, &profile, patience);
        let supports = Supports::new(&profile, self.kernel, reach.degree);
        let run = Run {
            profile: &profile,
            kernel: self.kernel,
            degree: reach.degree,
            radius: reach.radius,
            frac,
            room,
        };
        let coefficients = run.coefficients(&supports)?;
        Ok(self.attempt(coefficients, reach, profile))
    }

    /// Splits off the coefficients that only serve the tail.
    fn attempt(&self, mut coefficients: Vec<Ball>, reach: Reach, profile: Profile) -> Attempt {
        let sum = profile.sum(self.kernel);
        let extra = coefficients.split_off(self.degree + 1);
        let zero = Ball::zero(sum.precision());
        let tail = match reach.beyond {
            _ if self.ends => zero,
            Some(bound) => Ball::sum(sum.precision(), &extra).widened(bound),
            None => &sum - &Ball::sum(sum.precision(), &coefficients),
        };
        Attempt { coefficients, sum, tail, profile }
    }
}

/// How far the series is computed, and on which circle.
struct Reach {
    degree: usize,
    radius: f64,
    /// A bound of `Σ_{p > degree} κ_p` where that does better than the sum less the terms.
    beyond: Option<Mag>,
}

impl Reach {
    /// Where the kernel is analytic past 1, `Σ_{p>n} κ_p <= R^{-n-1} Θ(R)` for some `R > 1`: the tail beyond the listed
    /// coefficients is the sum of a few more of them and a small rest. The subtraction `Θ(1) - Σ κ_p` would cancel.
    fn new(search: &Search, profile: &Profile, patience: usize) -> Reach {
        let radius = search.radius;
        let fallback = Reach { degree: search.degree, radius, beyond: None };
        if search.ends || radius <= 1.0 + 1e-9 || search.convention == Convention::Murray2023 {
            return fallback;
        }
        let more = f64::from(search.accuracy.bits() + 16) * std::f64::consts::LN_2 / radius.ln() + 8.0;
        let more = more * patience as f64 + 4.0 * ((search.degree + 2) as f64).log2();
        if more > 4.0 * search.degree as f64 + 4096.0 {
            return fallback;
        }
        // Either more terms, or more bits for the subtraction to cancel: whichever is the smaller factor.
        let lost = tail_bits(profile, radius, search.degree);
        let bits = f64::from(search.accuracy.bits()) + 2.2 * ((search.degree + 2) as f64).log2();
        if lost / bits < more / (search.degree as f64 + 1.0) {
            return fallback;
        }
        let degree = search.degree + more as usize;
        let at = Ball::exact(rug::Float::with_val(64, radius)).with_precision(profile.precision);
        let Some(value) = profile.evaluate_past_one(search.kernel, &at).filter(Ball::is_finite) else {
            return fallback;
        };
        let bound = value.magnitude() * Mag::ONE.div_by_lower(at.mignitude()).pow(degree as u64 + 1);
        Reach { degree, radius, beyond: Some(bound) }
    }
}

/// Bits of the NNGP kernel on a circle past 1.
fn growth_bits(profile: &Profile, radius: f64) -> u32 {
    let at = Ball::exact(rug::Float::with_val(64, radius));
    let bits = profile.evaluate_past_one(Kernel::Nngp, &at).and_then(|value| value.magnitude().log2_ceil());
    bits.unwrap_or(0).clamp(0, i64::from(MAX_PRECISION / 4)) as u32
}

/// About how many bits the tail past `degree` is below the sum: `R^{-degree-1} c(R)` against `c(1)`, `c` the NNGP kernel.
fn tail_bits(profile: &Profile, radius: f64, degree: usize) -> f64 {
    let at = Ball::exact(rug::Float::with_val(64, radius));
    let value = profile.evaluate_past_one(Kernel::Nngp, &at).and_then(|value| value.magnitude().log2_ceil());
    let (top, one) =
        (value.unwrap_or(0) as f64, profile.output_variance.magnitude().log2_ceil().unwrap_or(0) as f64);
    ((degree as f64 + 1.0) * radius.log2() - top + one).max(0.0)
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

    /// The kernel at ρ in `[-1, 1]`: by the recursion of closed duals where every layer has one, else by the series with
    /// its tail.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a ball that leaves `[-1, 1]`.
    pub fn evaluate(&self, rho: &Ball) -> Result<Ball, Error> {
        check_rho(rho)?;
        if rho.is_exact() && *rho.midpoint() == 1 {
            return Ok(self.sum.clone());
        }
        let by_series = self.evaluate_by_series(rho)?;
        Ok(match self.evaluate_by_recursion(rho)? {
            Some(value) if value.radius() < by_series.radius() => value,
            _ => by_series,
        })
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

    /// The kernel at ρ by the recursion `c_{l+1} = σ_w² φ̂(c_l/q_l) + σ_b²`, `Θ_{l+1} = c_{l+1} + Θ_l ċ_{l+1}` with closed
    /// duals; `None` if a layer has none, or in the convention `murray2023`, whose variable is another.
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
        let layers = self.profile.layers.iter();
        layers
            .map(|l| LayerVariances {
                variance: l.variance.clone(),
                sigma_w2: l.sigma_w2.clone(),
                sigma_b2: l.sigma_b2.clone(),
            })
            .collect()
    }

    fn check_degree(&self, degree: usize) -> Result<(), Error> {
        if degree > self.max_degree() {
            let accepted = format!("0 to {} are listed", self.max_degree());
            return Err(Error::parameter("degree", degree, &accepted));
        }
        Ok(())
    }
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
