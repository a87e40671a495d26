//! The search for a working precision: attempts until every number is accurate enough.

use std::convert::Infallible;

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::engine::{Run, Supports};
use super::profile::{Profile, ResolvedLayer};
use super::{radius, relative};
use crate::Error;
use crate::activation::Activation;
use crate::consistency::{agree, at_most, not_negative};
use crate::dual::Dual;
use crate::network::recursion::{Domain, Place, Role, Sum, covariance};
use crate::network::{Convention, Kernel, Network, WeightVariance};
use crate::number::{Accuracy, Ball, Mag};
use crate::work;

/// How often the working precision is raised before giving up.
const ATTEMPTS: u32 = 12;

/// Most bits of working precision.
const MAX_PRECISION: u32 = 1 << 22;

/// From so many hidden layers on, and up to which degree, the layers are composed with relative accuracy first.
const LEAST_LAYERS: usize = 4;
const MOST_RELATIVE: usize = 64;

/// The loop that raises the precision until everything is accurate enough.
pub(super) struct Search<'a> {
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
    /// The layers' activations without closed dual.
    open: Vec<Activation>,
}

/// What one working precision gives.
pub(super) struct Attempt {
    pub coefficients: Vec<Ball>,
    pub sum: Ball,
    pub tail: Ball,
    pub profile: Profile,
}

impl<'a> Search<'a> {
    pub fn new(
        network: &'a Network,
        kernel: Kernel,
        convention: Convention,
        degree: usize,
        accuracy: Accuracy,
    ) -> Result<Search<'a>, Error> {
        // What is constant stays so, whatever follows.
        let first = usize::from(convention == Convention::Murray2023 || !network.input().gamma_w2.is_zero());
        let Ok(polynomial_degree) = covariance(network, &mut Degrees, Some(first));
        let ends = polynomial_degree.is_some_and(|d| d <= degree);
        let rough = Profile::rough(network, kernel, 64)?;
        let radius = radius::guess(&rough, degree.max(1));
        let growth = if radius == 1.0 { 0 } else { growth_bits(&rough, radius) };
        let decay = decay(&rough, degree);
        let is_open = |layer: &&ResolvedLayer| matches!(layer.dual, Dual::Hermite);
        let open = rough.layers.iter().filter(is_open).map(|layer| layer.activation.clone()).collect();
        Ok(Search { network, kernel, convention, degree, accuracy, ends, radius, growth, decay, open })
    }

    /// Where to give up that starts with `bits`.
    fn most_bits(&self, bits: u32) -> u32 {
        let general = (8 * bits + (1 << 14)).min(MAX_PRECISION);
        self.open.iter().fold(general, |most, activation| most.min(activation.most_bits(bits)))
    }

    pub fn run(&self) -> Result<Attempt, Error> {
        if self.is_for_relative()
            && let Some(attempt) = work::within(0.6 * work::left(), || self.by_relative())?
        {
            return Ok(attempt);
        }
        self.by_fixed_point()
    }

    /// Is the degree low, the network deep and some dual not closed?
    fn is_for_relative(&self) -> bool {
        self.convention == Convention::Standard
            && !self.open.is_empty()
            && self.network.layers().len() >= LEAST_LAYERS
            && self.degree <= MOST_RELATIVE
    }

    /// The layers [composed with relative accuracy](relative); `None` where that does not do.
    fn by_relative(&self) -> Result<Option<Attempt>, Error> {
        /// How often the precision is raised.
        const ROUNDS: u32 = 4;
        let depth_bits = (self.network.layers().len() as f64).log2();
        let mut bits = self.accuracy.bits() + 24 + (2.0 * depth_bits) as u32 + self.decay / 2;
        // The variances are listed as well, whose bits cost little.
        bits = bits.max(100);
        for _ in 0..ROUNDS {
            let profile = match Profile::new(self.network, self.kernel, bits) {
                Err(Error::AccuracyNotReached { .. }) => {
                    bits *= 2;
                    continue;
                }
                Err(Error::TooMuchWork { .. }) => return Ok(None),
                other => other?,
            };
            let supports = Supports::new(&profile, self.kernel, self.degree);
            let series = match relative::coefficients(&profile, self.kernel, self.degree, &supports) {
                Err(Error::AccuracyNotReached { .. }) => {
                    bits *= 2;
                    continue;
                }
                // Few absolute digits may take fewer terms.
                Err(Error::TooMuchWork { .. }) if self.accuracy.is_absolute() => return Ok(None),
                other => match other? {
                    Some(series) => series,
                    None => return Ok(None),
                },
            };
            let tail = if self.ends { Ball::zero(bits) } else { series.beyond };
            let sum = profile.sum(self.kernel);
            let attempt = Attempt { coefficients: series.terms, sum, tail, profile };
            self.check(&attempt)?;
            let numbers = attempt.coefficients.iter().chain([&attempt.sum, &attempt.tail]);
            let lack = numbers.map(|x| self.accuracy.missing_bits(x)).max().unwrap_or(0);
            if lack <= 0 {
                return Ok(Some(attempt));
            }
            if lack > i64::from(bits) {
                return Ok(None);
            }
            bits += lack as u32 + 8;
        }
        Ok(None)
    }

    fn by_fixed_point(&self) -> Result<Attempt, Error> {
        let direct = self.network.plain_layers().is_some_and(|layers| layers.len() == 1)
            && (self.convention == Convention::Murray2023 || self.network.input().gamma_b2.is_zero());
        // Guesses, which the loop corrects.
        let length_bits = ((self.degree + 2) as f64).log2();
        let depth_bits = (self.network.layers().len() as f64).log2();
        let extra = if direct { 24.0 + length_bits } else { 4.0 + 2.2 * length_bits + 1.8 * depth_bits };
        let growth = if direct { 0 } else { self.growth + self.growth / 2 + self.decay };
        let mut bits = self.accuracy.bits() + extra as u32 + growth;
        let most_bits = self.most_bits(bits);
        let (mut patience, mut room) = (1, 0);
        let mut worst = (String::new(), Ball::whole_line(64));
        for _ in 0..ATTEMPTS {
            let attempt = if direct {
                self.by_hermite(bits, patience)
            } else {
                self.by_composition(bits, patience, room)
            };
            let attempt = match attempt {
                // Some number of the way is not told from zero: more bits may do.
                Err(Error::AccuracyNotReached { what, best }) if 2 * bits + 64 <= most_bits => {
                    worst = (what, *best);
                    bits = 2 * bits + 64;
                    continue;
                }
                other => other?,
            };
            self.check(&attempt)?;
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
            // Where the midpoint is visible the lack is known; else double. That of a ball around zero is noise, which
            // shrinks with the radius.
            let known = self.accuracy.is_absolute() || !worst.1.contains_zero();
            bits = if known && most < i64::from(bits) { bits + most as u32 + 3 } else { 2 * bits + 64 };
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

    /// What the theory says of every attempt: `0 <= κ_p <= Θ(1)`, `0 <= Σ_{p>T} κ_p`, `Σ κ_p + tail = Θ(1)`, and the
    /// series at ρ = 1/2 is the kernel there, which the closed duals give without any series.
    fn check(&self, attempt: &Attempt) -> Result<(), Error> {
        let Attempt { coefficients, sum, tail, profile } = attempt;
        for (p, coefficient) in coefficients.iter().enumerate() {
            let name = || format!("the coefficient of degree {p}");
            not_negative(coefficient, name)?;
            at_most(coefficient, sum, name, "it is at most the kernel at 1")?;
        }
        not_negative(tail, || "the tail of the series".to_string())?;
        let precision = sum.precision();
        let whole = Ball::sum(precision, coefficients) + tail;
        agree(&whole, sum, || "the sum of the series".to_string(), "it is the kernel at 1")?;
        if self.convention == Convention::Murray2023 {
            return Ok(());
        }
        let half = Ball::from_integer(1, precision).shl(-1);
        let Some(value) = profile.evaluate(self.kernel, &half) else { return Ok(()) };
        // Terms below the precision count for the rest: Σ_{p>n} κ_p 2^-p is between 0 and 2^-(n+1) Θ(1).
        let listed = &coefficients[..coefficients.len().min(precision as usize)];
        let series = listed.iter().rev().fold(Ball::zero(precision), |acc, c| acc.shl(-1) + c);
        let rest = sum.shl(-(listed.len() as i32) - 1);
        let series = (series + &rest).widened(rest.magnitude());
        agree(&series, &value, || "the series at 1/2".to_string(), "it is the kernel at 1/2")
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

/// The recursion of the degrees of polynomials, `None` for a series without end. Θ has the degree of c: `Θ_l ċ_{l+1}`
/// has degree `d_l + d_l (k - 1)`.
struct Degrees;

impl Domain for Degrees {
    type Value = Option<usize>;
    type Slope = Infallible;
    type Stop = Infallible;

    fn activate(
        &mut self,
        at: Place,
        degree: &Option<usize>,
    ) -> Result<(Option<usize>, Option<Infallible>), Infallible> {
        let support = at.layer.activation.support();
        let weightless = matches!(&at.layer.sigma_w2, WeightVariance::Exact(w) if w.is_zero());
        let top = support.initial.iter().rposition(|x| *x).unwrap_or(0);
        let next = match degree {
            Some(0) => Some(0),
            _ if weightless || support.is_constant() => Some(0),
            Some(d) if !support.even_tail && !support.odd_tail => Some(d.saturating_mul(top)),
            _ => None,
        };
        Ok((next, None))
    }

    fn biased(&mut self, _: Place, degree: Option<usize>) -> Result<Option<usize>, Infallible> {
        Ok(degree)
    }

    fn combined(
        &mut self,
        _: &Sum,
        values: Vec<Option<usize>>,
        _: Role,
    ) -> Result<Option<usize>, Infallible> {
        Ok(values.into_iter().try_fold(0, |top, degree| Some(degree?.max(top))))
    }

    fn normalized(&mut self, _: usize, degree: Option<usize>, _: Role) -> Result<Option<usize>, Infallible> {
        Ok(degree)
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

/// About how many bits the coefficient of `t^degree` lies below 1. The slowest decay of all layers survives their
/// composition; the degree is `ρ_l'(1)` for each factor ρ_l, on average.
fn decay(profile: &Profile, degree: usize) -> u32 {
    let mut slope = profile.input_slope.midpoint().to_f64();
    let mut least = f64::from(MAX_PRECISION);
    for layer in &profile.layers {
        let factors = (degree as f64 / slope.max(1e-3)).min(1e9) as usize;
        least = least.min(match layer.dual {
            Dual::Hermite => layer.activation.decay_bits(layer.variance.midpoint().to_f64(), factors),
            _ => 0.0,
        });
        slope *= layer.slope_at_one.as_ref().map_or(1.0, |s| s.midpoint().to_f64());
    }
    // The tail, too, is wanted to its own relative accuracy: it is smaller than the last coefficient.
    let margin = if least > 0.0 { 18 } else { 0 };
    least as u32 + margin
}

/// Bits of the NNGP kernel on a circle past 1.
fn growth_bits(profile: &Profile, radius: f64) -> u32 {
    let at = Ball::exact(rug::Float::with_val(64, radius));
    let bits = profile.evaluate_past_one(Kernel::Nngp, &at).and_then(|value| value.magnitude().log2_ceil());
    bits.unwrap_or(0).clamp(0, i64::from(MAX_PRECISION / 4)) as u32
}

/// About how many bits the tail past `degree` is below the sum: `R^{-degree-1} c(R)` against `c(1)`, `c` the NNGP
/// kernel.
fn tail_bits(profile: &Profile, radius: f64, degree: usize) -> f64 {
    let at = Ball::exact(rug::Float::with_val(64, radius));
    let value = profile.evaluate_past_one(Kernel::Nngp, &at).and_then(|value| value.magnitude().log2_ceil());
    let (top, one) =
        (value.unwrap_or(0) as f64, profile.output_variance.magnitude().log2_ceil().unwrap_or(0) as f64);
    ((degree as f64 + 1.0) * radius.log2() - top + one).max(0.0)
}

#[cfg(test)]
mod tests;
