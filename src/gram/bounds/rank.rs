//! What the first powers of the cosine leave: truncation, and eigenvalues beyond a rank, \[M23\].
//!
//! With $G$ the matrix of the cosines and $R_p = 1 + \max_i \sum_{j \ne i} |\rho_{ij}|^p \ge \|G^{\circ p}\|$, which
//! falls with $p$: $\|K - K_T\| \le \sum_{p>T} \kappa_p \|G^{\circ p}\| \le R_{T+1} \sum_{p>T} \kappa_p$.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

use super::Cosines;
use super::sums::PowerSums;
use crate::Activation;
use crate::Error;
use crate::gram::eigen::largest_in_doubles;
use crate::gram::fixed::Directions;
use crate::gram::inner::InnerProducts;
use crate::gram::{Entries, GramMatrix, largest_eigenvalue};
use crate::kernel::{BiasVariance, Convention, Input, Kernel, KernelSeries, Layer, Network, WeightVariance};
use crate::number::{Accuracy, Ball};
use crate::spectrum::harmonic;

/// Highest degree at which a series is cut.
const MAX_TRUNCATION: usize = 100_000;
/// From so many points on the matrix of the columns is tried.
const SMALL: usize = 100;
/// The error of a cut series is bounded to so many digits.
const DIGITS: u32 = 15;

/// Where the series may be cut: `‖K - K_T‖ <= error`.
#[derive(Clone, Debug)]
pub struct Truncation {
    /// The degree `T` of the last term.
    pub degree: usize,
    /// The proved bound, an enclosure of `R_{T+1} Σ_{p>T} κ_p`: what counts is its upper end.
    pub error: Ball,
}

/// The least `T` for which `R_{T+1} Σ_{p>T} κ_p <= epsilon` is proved, so that `‖K - K_T‖ <= epsilon` in the 2-norm:
/// the data sharpen the factor `n` to `R_{T+1} = 1 + max_i Σ_{j≠i} |ρ_ij|^{T+1}`.
///
/// # Errors
/// [`Error::Parameter`] for points off the network's sphere, an `epsilon` that is not positive, or one that takes more
/// than 100,000 terms; those of [`Network::series`].
///
/// # Examples
/// ```
/// use ntk_series::gram::{GramMatrix, Points, truncation_degree};
/// use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
/// use ntk_series::{Accuracy, Activation, Kernel, Network, number::parse_rational};
/// let sigma_b2 = BiasVariance::Exact(num_traits::Zero::zero());
/// let layer = Layer { activation: Activation::relu(), sigma_w2: WeightVariance::Normalized, sigma_b2 };
/// let network = Network::uniform(Input::default(), layer, 1)?;
/// let points = Points::from_csv("1, 0, 0\n0, 1, 0\n1, 2, 2")?;
/// let gram = GramMatrix::on_sphere(&network, Kernel::Ntk, &points, Accuracy::relative(15)?)?;
/// let found = truncation_degree(&gram, &parse_rational("0.1")?)?;
/// assert!(found.error.upper() <= 0.1 && found.degree > 3);
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn truncation_degree(gram: &GramMatrix, epsilon: &BigRational) -> Result<Truncation, Error> {
    super::check_sphere(gram)?;
    if !epsilon.is_positive() {
        return Err(Error::parameter("truncation", epsilon, "a number above 0 is accepted"));
    }
    let accuracy = Accuracy::relative(DIGITS)?;
    let sums = Cosines::power_sums_of(gram, gram.accuracy().bits() + 64);
    let mut top = 64;
    loop {
        let series = gram.network().series(gram.kernel(), Convention::Standard, top, accuracy)?;
        let error =
            |t: usize| -> Result<Ball, Error> { Ok(series.tail_after(t)? * norm_bound(&sums, t + 1)) };
        let enough = |t: usize| -> Result<bool, Error> {
            Ok(error(t)?.upper() <= Ball::from_rational(epsilon, 128).lower())
        };
        if enough(top)? {
            let (mut low, mut high) = (0, top);
            while low < high {
                let middle = (low + high) / 2;
                if enough(middle)? { high = middle } else { low = middle + 1 }
            }
            return Ok(Truncation { degree: high, error: error(high)? });
        }
        if top == MAX_TRUNCATION {
            let least = error(top)?.to_decimal(3).map_or("?".into(), |d| d.value);
            let accepted = format!("100000 terms leave {least}: a number above that is accepted");
            return Err(Error::parameter("truncation", epsilon, &accepted));
        }
        top = (8 * top).min(MAX_TRUNCATION);
    }
}

/// `R_p`.
fn norm_bound(sums: &PowerSums, p: usize) -> Ball {
    let sum = sums.at(p);
    sum + &Ball::from_integer(1, sum.precision())
}

/// An upper bound of all eigenvalues past a rank.
#[derive(Clone, Debug)]
pub struct EigenvalueCeiling {
    /// `λ_k <= value` for this `k` and all greater ones, the eigenvalues falling from `λ_1` on.
    pub index: usize,
    /// The powers below this one make a matrix of rank less than `index`.
    pub power: usize,
    /// An enclosure of `R_m Σ_{j>=m} κ_j`.
    pub value: Ball,
}

/// Upper bounds of eigenvalues for any data, \[M23\]: `λ_k(K) <= ‖G^{∘m}‖ Σ_{j>=m} κ_j` for `k > rank Σ_{j<m} κ_j
/// G^{∘j}`; one for each `m` with a rank that is bounded below `n`, up to `max_degree`.
///
/// The rank is at most the number of harmonics on the sphere of `R^d` in the degrees that the powers `j < m` with `κ_j
/// ≠ 0` reach: a `ρ^j` is made of the degrees `j, j-2, …`. That is sharper than the `2 m^d` of the paper, and than
/// `C(d+m-1, d)`.
///
/// # Errors
/// As [`eigenvalue_bounds`](crate::gram::eigenvalue_bounds).
///
/// # Examples
/// ```
/// use ntk_series::gram::{GramMatrix, Points, eigenvalue_ceilings, smallest_eigenvalue};
/// use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
/// use ntk_series::{Accuracy, Activation, Kernel, Network};
/// let sigma_b2 = BiasVariance::Exact(num_traits::Zero::zero());
/// let layer = Layer { activation: Activation::relu(), sigma_w2: WeightVariance::Normalized, sigma_b2 };
/// let network = Network::uniform(Input::default(), layer, 1)?;
/// let points = Points::from_csv("1, 0\n0, 1\n1, 2\n2, -1\n3, 1\n1, 5")?;
/// let accuracy = Accuracy::relative(15)?;
/// let gram = GramMatrix::on_sphere(&network, Kernel::Ntk, &points, accuracy)?;
/// let smallest = smallest_eigenvalue(&gram, accuracy)?;
/// let ceilings = eigenvalue_ceilings(&gram, 50, accuracy)?;
/// // κ_3 = 0: with 1, ρ and ρ² come five harmonics of the circle.
/// assert!(ceilings.iter().any(|c| c.index == 6 && c.power == 4));
/// assert!(ceilings.iter().all(|c| c.value.upper() >= smallest.lower()));
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn eigenvalue_ceilings(
    gram: &GramMatrix,
    max_degree: usize,
    accuracy: Accuracy,
) -> Result<Vec<EigenvalueCeiling>, Error> {
    super::check_sphere(gram)?;
    let accuracy = Accuracy::relative(accuracy.digits())?;
    let sums = Cosines::power_sums_of(gram, accuracy.bits() + 64);
    let series = gram.network().series(gram.kernel(), Convention::Standard, max_degree, accuracy)?;
    ceilings(gram, &series, &sums)
}

pub(super) fn ceilings(
    gram: &GramMatrix,
    series: &KernelSeries,
    sums: &PowerSums,
) -> Result<Vec<EigenvalueCeiling>, Error> {
    let (n, max_degree) = (gram.len(), series.max_degree());
    // On the two points of R^1 the harmonics are no more than those of the circle.
    let dimension = gram.points().dimension().max(2);
    let mut present = [None, None];
    let mut out: Vec<EigenvalueCeiling> = vec![];
    let mut numbers = vec![];
    for power in 0..=max_degree {
        // With the powers below `power`: the highest of each parity.
        if power > 0 && !series.coefficients()[power - 1].is_exact_zero() {
            present[(power - 1) % 2] = Some(power - 1);
        }
        while numbers.len() <= power {
            numbers = harmonic::multiplicities(dimension, 2 * power + 8);
        }
        let parts = present.iter().flatten().flat_map(|&top| (0..=top).rev().step_by(2));
        let rank: BigInt = parts.map(|k| numbers[k].clone()).fold(BigInt::zero(), |sum, x| sum + x);
        let Some(rank) = rank.to_usize().filter(|rank| *rank < n) else { break };
        let tail = match power {
            0 => series.sum().clone(),
            _ => series.tail_after(power - 1)?,
        };
        // A power that is not there leaves the rank, and the better bound.
        if out.last().is_some_and(|last| last.index == rank + 1) {
            out.pop();
        }
        out.push(EigenvalueCeiling { index: rank + 1, power, value: tail * norm_bound(sums, power) });
    }
    Ok(out)
}

/// A bound of the effective rank of `K - κ_0 11ᵀ` for these data, \[M23\]: `eff(XXᵀ) Σ_{p>=1} κ_p / κ_1` for unit rows;
/// `None` where `κ_1` may be zero.
///
/// The trace is `n Σ_{p>=1} κ_p`, and the largest eigenvalue is at least that of `κ_1 XXᵀ`, the other summands being
/// positive semidefinite.
///
/// # Errors
/// As [`eigenvalue_bounds`](crate::gram::eigenvalue_bounds) and [`largest_eigenvalue`].
///
/// # Examples
/// ```
/// use ntk_series::gram::{GramMatrix, Points, centred_effective_rank_bound};
/// use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
/// use ntk_series::{Accuracy, Activation, Kernel, Network};
/// let sigma_b2 = BiasVariance::Exact(num_traits::Zero::zero());
/// let layer = Layer { activation: Activation::relu(), sigma_w2: WeightVariance::Normalized, sigma_b2 };
/// let network = Network::uniform(Input::default(), layer, 1)?;
/// let accuracy = Accuracy::relative(15)?;
/// let gram = GramMatrix::on_sphere(&network, Kernel::Ntk, &Points::from_csv("1, 0\n0, 1")?, accuracy)?;
/// // eff(I) = 2, Σ_{p>=1} κ_p = 2 - 1/π, κ_1 = 1.
/// let bound = centred_effective_rank_bound(&gram, accuracy)?.unwrap();
/// assert!(bound.to_string().starts_with("3.3633802"));
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn centred_effective_rank_bound(gram: &GramMatrix, accuracy: Accuracy) -> Result<Option<Ball>, Error> {
    super::check_sphere(gram)?;
    let finer = Accuracy::relative(accuracy.digits() + 2)?;
    let series = gram.network().series(gram.kernel(), Convention::Standard, 1, finer)?;
    let (zero, one) = (&series.coefficients()[0], &series.coefficients()[1]);
    if one.lower() <= 0 {
        return Ok(None);
    }
    let rank = Ball::from_integer(gram.len() as i64, 64) / largest_of_cosines(gram, finer)?;
    Ok(Some(rank * ((series.sum() - zero) / one)))
}

/// The largest eigenvalue of the matrix of cosines `U Uᵀ`, which is that of `Uᵀ U`.
fn largest_of_cosines(gram: &GramMatrix, accuracy: Accuracy) -> Result<Ball, Error> {
    let (n, d) = (gram.len(), gram.points().dimension());
    if n > SMALL && d < n {
        let inner = InnerProducts::new(gram.points(), gram.network().input());
        let columns = Entries::Balls(Directions::new(&inner).column_products());
        let found = largest_in_doubles(&columns, d, accuracy);
        if let Some(found) = found.filter(|found| accuracy.is_met_by(found)) {
            return Ok(found);
        }
    }
    // The NNGP kernel of the identity is the cosine.
    let layer = Layer {
        activation: Activation::parse("x")?,
        sigma_w2: WeightVariance::Normalized,
        sigma_b2: BiasVariance::Exact(BigRational::zero()),
    };
    let linear = Network::uniform(Input::default(), layer, 1)?;
    let finer = Accuracy::relative(accuracy.digits() + 4)?;
    largest_eigenvalue(&GramMatrix::on_sphere(&linear, Kernel::Nngp, gram.points(), finer)?, accuracy)
}
