//! Bounds of the smallest eigenvalue of a Gram matrix on the sphere, side by side.
//!
//! With $G$ the matrix of the cosines $\rho_{ij}$, $K = \sum_p \kappa_p G^{\circ p} = \sum_k \lambda_k N(d,k)\, [P_k(\rho_{ij})]$, every summand positive
//! semidefinite, so that a summand's own lower bound (Gershgorin) never counts below zero.

use rayon::prelude::*;
use rug::Float;

use super::GramMatrix;
use super::inner::InnerProducts;
use crate::Error;
use crate::kernel::{Convention, KernelSeries};
use crate::number::{Accuracy, Ball};
use crate::spectrum::{Measure, harmonic};

/// Most cosines times degrees.
const MAX_WORK: usize = 1 << 26;
/// Highest degree of the harmonics.
const MAX_HARMONIC: usize = 64;
/// Most bits of the multiplicities' growth: dimension times degree.
const MAX_HARMONIC_WORK: usize = 1 << 16;

/// Where a bound comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundMethod {
    /// `Σ_p κ_p max(0, 1 - max_i Σ_{j≠i} |ρ_ij|^p)`, a lower bound.
    HadamardGershgorin,
    /// `Σ_p κ_p max(0, 1 - (n-1) ρ*^p)`, a lower bound from the number of points and their collinearity alone.
    HadamardGershgorinApriori,
    /// `max_S min_{k∈S} λ_k (Σ_{k∈S} N(d,k) - max_i Σ_{j≠i} |Σ_{k∈S} N(d,k) P_k(ρ_ij)|)`, a lower bound.
    Harmonic,
    /// `min_{i≠j} (K_ii + K_jj)/2 - |K_ij|`, an upper bound: the Rayleigh quotients of `(e_i ± e_j)/√2`.
    Pairwise,
}

impl BoundMethod {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            BoundMethod::HadamardGershgorin => "hadamard-gershgorin",
            BoundMethod::HadamardGershgorinApriori => "hadamard-gershgorin-apriori",
            BoundMethod::Harmonic => "harmonic",
            BoundMethod::Pairwise => "pairwise",
        }
    }

    /// Is it an upper bound of the smallest eigenvalue?
    pub fn is_upper(self) -> bool {
        self == BoundMethod::Pairwise
    }
}

/// A bound of the smallest eigenvalue, enclosed: every member of `value` above (below) the true number of the formula counts as
/// rounding, so a lower bound holds from `value.lower()` down and an upper one from `value.upper()` up.
#[derive(Clone, Debug)]
pub struct EigenvalueBound {
    /// Where it comes from.
    pub method: BoundMethod,
    /// The enclosure.
    pub value: Ball,
}

/// The bounds that apply, with powers of the cosine up to `max_degree` (fewer for many points: what is cut off counts with the
/// factor of the next power).
///
/// # Errors
/// [`Error::Parameter`] for points off the network's sphere, and those of [`Network::series`](crate::Network::series).
///
/// # Examples
/// ```
/// use ntk_series::gram::{BoundMethod, GramMatrix, Points, eigenvalue_bounds, smallest_eigenvalue};
/// use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
/// use ntk_series::{Accuracy, Activation, Kernel, Network};
/// let sigma_b2 = BiasVariance::Exact(num_traits::Zero::zero());
/// let layer = Layer { activation: Activation::relu(), sigma_w2: WeightVariance::Normalized, sigma_b2 };
/// let network = Network::uniform(Input::default(), layer, 1)?;
/// let points = Points::from_csv("1, 0, 0\n0, 1, 0\n1, 2, 2")?;
/// let gram = GramMatrix::on_sphere(&network, Kernel::Ntk, &points, Accuracy::relative(15)?)?;
/// let smallest = smallest_eigenvalue(&gram, Accuracy::relative(15)?)?;
/// for bound in eigenvalue_bounds(&gram, 50)? {
///     match bound.method.is_upper() {
///         true => assert!(bound.value.upper() >= smallest.lower()),
///         false => assert!(bound.value.lower() <= smallest.upper()),
///     }
/// }
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn eigenvalue_bounds(gram: &GramMatrix, max_degree: usize) -> Result<Vec<EigenvalueBound>, Error> {
    if !gram.is_on_sphere() {
        let accepted = "the bounds hold for points of one sphere, that of the network's radius2";
        return Err(Error::parameter("points", "not on the sphere", accepted));
    }
    let n = gram.len();
    let degree = max_degree.min(MAX_WORK / (n * n));
    let accuracy = Accuracy::relative(gram.accuracy().digits())?;
    let series = gram.network().series(gram.kernel(), Convention::Standard, degree, accuracy)?;
    let cosines = Cosines::new(gram, accuracy.bits() + 64);
    let mut out = vec![];
    let mut add = |method, value| out.push(EigenvalueBound { method, value });
    add(BoundMethod::HadamardGershgorin, powers(&series, |t| cosines.row_sums(t)));
    add(BoundMethod::HadamardGershgorinApriori, powers(&series, |t| cosines.largest_powers(t)));
    if let Some(value) = cosines.harmonic(gram, accuracy)? {
        add(BoundMethod::Harmonic, value);
    }
    if let Some(value) = pairwise(gram) {
        add(BoundMethod::Pairwise, value);
    }
    Ok(out)
}

/// A bound of the effective rank on every data set of the sphere: `Σ_p κ_p / κ_0`, \[M23\]; `None` where `κ_0` may be zero.
///
/// The trace is `n Σ κ_p`, and the largest eigenvalue is at least `1ᵀK1/n >= κ_0 n`, the other summands being positive semidefinite.
///
/// # Examples
/// ```
/// # use ntk_series::gram::effective_rank_bound;
/// # use ntk_series::kernel::{BiasVariance, Convention, Input, Layer, WeightVariance};
/// # use ntk_series::{Accuracy, Activation, Kernel, Network};
/// # let sigma_b2 = BiasVariance::Exact(num_traits::Zero::zero());
/// # let layer = Layer { activation: Activation::relu(), sigma_w2: WeightVariance::Normalized, sigma_b2 };
/// let network = Network::uniform(Input::default(), layer, 1)?;
/// let series = network.series(Kernel::Ntk, Convention::Standard, 0, Accuracy::relative(15)?)?;
/// assert!(effective_rank_bound(&series).unwrap().to_string().starts_with("6.2831853")); // 2/(1/π)
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn effective_rank_bound(series: &KernelSeries) -> Option<Ball> {
    let first = &series.coefficients()[0];
    (first.lower() > 0).then(|| series.sum() / first)
}

/// The cosines, row by row below the diagonal.
struct Cosines {
    rows: Vec<Vec<Ball>>,
    precision: u32,
}

impl Cosines {
    fn new(gram: &GramMatrix, precision: u32) -> Cosines {
        let inner = InnerProducts::new(gram.points(), gram.network().input());
        let rows = (0..gram.len()).into_par_iter().map(|i| inner.cosines(i, precision)).collect();
        Cosines { rows, precision }
    }

    /// `max_i Σ_{j≠i} |f_m(ρ_ij)|` for `m < count`, where `visit` calls with `m` and `f_m(ρ)` in order.
    fn largest_sums(&self, count: usize, values: impl Fn(&Ball) -> Vec<Ball> + Sync) -> Vec<Ball> {
        let n = self.rows.len();
        let zero = || vec![Ball::zero(self.precision); count];
        let row = |i: usize| {
            let others = (0..n).filter(|&j| j != i);
            others.fold(zero(), |sums, j| {
                let rho = &self.rows[i.max(j)][i.min(j)];
                sums.into_iter().zip(values(rho)).map(|(sum, v)| sum + v.abs()).collect()
            })
        };
        let sums: Vec<Vec<Ball>> = (0..n).into_par_iter().map(row).collect();
        (0..count).map(|m| sums.iter().map(|s| s[m].clone()).reduce(|a, b| larger(&a, &b)).unwrap()).collect()
    }

    /// `max_i Σ_{j≠i} |ρ_ij|^p`, `p < count`.
    fn row_sums(&self, count: usize) -> Vec<Ball> {
        self.largest_sums(count, |rho| first_powers(&rho.abs(), count))
    }

    /// `(n-1) ρ*^p`, `p < count`.
    fn largest_powers(&self, count: usize) -> Vec<Ball> {
        let all = self.rows.iter().flatten().map(Ball::abs);
        let rho = all.reduce(|a, b| larger(&a, &b)).unwrap_or_else(|| Ball::zero(self.precision));
        let others = self.rows.len() as i64 - 1;
        first_powers(&rho, count).iter().map(|x| x.mul_integer(others)).collect()
    }

    /// The best of the sets of the `m` degrees with the largest eigenvalues; `None` where these are not to be had.
    fn harmonic(&self, gram: &GramMatrix, accuracy: Accuracy) -> Result<Option<Ball>, Error> {
        let (n, d) = (self.rows.len(), gram.points().dimension());
        let top = MAX_HARMONIC.min(MAX_WORK / (n * n)).min(MAX_HARMONIC_WORK / d);
        if d < 2 {
            return Ok(None);
        }
        let spectrum = match gram.network().spectrum(gram.kernel(), d, top, accuracy, Measure::Probability) {
            Err(Error::AccuracyNotReached { .. }) => return Ok(None),
            other => other?,
        };
        let mut order: Vec<usize> = (0..=top).collect();
        let size = |k: &usize| spectrum.eigenvalues()[*k].value.midpoint().clone();
        order.sort_by(|a, b| size(b).total_cmp(&size(a)));
        // The recurrence of P_k loses 1.3 bits a step.
        let precision = self.precision + 2 * top as u32;
        let weights = harmonic::multiplicities(d, top);
        let weights: Vec<Ball> =
            weights.iter().map(|n| Ball::from_rational(&n.clone().into(), precision)).collect();
        let partial = |parts: &[Ball]| -> Vec<Ball> {
            let mut sum = Ball::zero(precision);
            let mut add = |k: &usize| {
                sum = &sum + &parts[*k];
                sum.clone()
            };
            order.iter().map(&mut add).collect()
        };
        let sums = self.largest_sums(top + 1, |rho| {
            let mut parts = Vec::with_capacity(top + 1);
            harmonic::legendre(d, &rho.with_precision(precision), top, |k, p| parts.push(&weights[k] * p));
            partial(&parts)
        });
        let wholes = partial(&weights);
        let mut least = spectrum.eigenvalues()[order[0]].value.clone();
        let mut best = Ball::zero(self.precision);
        for (m, k) in order.iter().enumerate() {
            let value = &spectrum.eigenvalues()[*k].value;
            least = -larger(&-&least, &-value);
            best = larger(&best, &(&least * &(&wholes[m] - &sums[m])));
        }
        Ok(Some(best))
    }
}

/// `Σ_{p<=T} κ_p max(0, 1 - s_p) + (Σ_{p>T} κ_p) max(0, 1 - s_{T+1})`: the sums `s_p` fall with `p`, as |ρ| <= 1.
fn powers(series: &KernelSeries, sums: impl Fn(usize) -> Vec<Ball>) -> Ball {
    let precision = series.sum().precision();
    let one = Ball::from_integer(1, precision);
    let terms = series.coefficients().iter().chain([series.tail()]);
    let sums = sums(series.max_degree() + 2);
    terms.zip(&sums).fold(Ball::zero(precision), |total, (kappa, s)| {
        let factor = larger(&Ball::zero(precision), &(&one - s));
        if factor.is_exact_zero() { total } else { total + kappa * &factor }
    })
}

/// `x^p`, `p < count`.
fn first_powers(x: &Ball, count: usize) -> Vec<Ball> {
    let one = Ball::from_integer(1, x.precision());
    std::iter::successors(Some(one), |power| Some(power * x)).take(count).collect()
}

fn pairwise(gram: &GramMatrix) -> Option<Ball> {
    let row = |i: usize| {
        let pair = |j: usize| (gram.get(i, i) + gram.get(j, j)).shl(-1) - gram.get(i, j).abs();
        (0..i).map(pair).map(|x| -x).reduce(|a, b| larger(&a, &b))
    };
    (1..gram.len()).filter_map(row).reduce(|a, b| larger(&a, &b)).map(|x| -x)
}

/// The maximum of two enclosed numbers.
fn larger(a: &Ball, b: &Ball) -> Ball {
    if a.lower() >= b.upper() {
        return a.clone();
    }
    if b.lower() >= a.upper() {
        return b.clone();
    }
    let max = |x: Float, y: Float| if x < y { y } else { x };
    let precision = a.precision().max(b.precision());
    Ball::from_bounds(&max(a.lower(), b.lower()), &max(a.upper(), b.upper()), precision)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gram::{Points, smallest_eigenvalue};
    use crate::kernel::{BiasVariance, Input, Layer, WeightVariance};
    use crate::{Activation, Kernel, Network};
    use proptest::prelude::*;

    fn gram(rows: &[[i64; 3]], name: &str, depth: usize) -> GramMatrix {
        let layer = Layer {
            activation: Activation::parse(name).unwrap(),
            sigma_w2: WeightVariance::Normalized,
            sigma_b2: BiasVariance::Exact(num_traits::Zero::zero()),
        };
        let network = Network::uniform(Input::default(), layer, depth).unwrap();
        let text: Vec<String> = rows.iter().map(|[a, b, c]| format!("{a},{b},{c}")).collect();
        let points = Points::from_csv(&text.join("\n")).unwrap();
        GramMatrix::on_sphere(&network, Kernel::Ntk, &points, Accuracy::relative(15).unwrap()).unwrap()
    }

    #[test]
    fn orthogonal_points_leave_no_gap() {
        // Θ(1) - Θ(0) = 2 - 1/π is the smallest eigenvalue, and the bounds from the powers and the pairs are sharp.
        let truth = Ball::from_integer(2, 80) - Ball::pi(80).recip();
        let bounds = eigenvalue_bounds(&gram(&[[1, 0, 0], [0, 2, 0]], "relu", 1), 20).unwrap();
        assert_eq!(bounds.len(), 4);
        for bound in bounds.iter().filter(|b| b.method != BoundMethod::Harmonic) {
            assert!(bound.value.overlaps(&truth), "{bound:?}");
            assert!(bound.value.relative_accuracy_bits() > 45, "{bound:?}");
        }
        let harmonic = bounds.iter().find(|b| b.method == BoundMethod::Harmonic).unwrap();
        assert!(harmonic.value.lower() > 0.1 && harmonic.value.upper() < truth.lower(), "{harmonic:?}");
    }

    #[test]
    fn points_off_the_sphere_are_refused() {
        let on = gram(&[[1, 0, 0], [0, 2, 0]], "relu", 1);
        let points = Points::from_csv("1,0\n0,2").unwrap();
        let off = GramMatrix::new(on.network(), Kernel::Ntk, &points, on.accuracy()).unwrap();
        assert!(eigenvalue_bounds(&off, 5).is_err());
        assert!(eigenvalue_bounds(&gram(&[[3, 4, 0]], "relu", 1), 5).is_ok());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn bounds_are_on_their_sides(
            rows in prop::collection::vec([1i64..9, -9i64..9, -9i64..9], 2..7),
            name in prop::sample::select(vec!["relu", "erf", "sin"]),
            depth in 1usize..3,
        ) {
            let gram = gram(&rows, name, depth);
            // Where two points are proportional the smallest eigenvalue is zero.
            let smallest = match smallest_eigenvalue(&gram, Accuracy::relative(10).unwrap()) {
                Ok(found) => found,
                Err(Error::AccuracyNotReached { best, .. }) => *best,
                Err(other) => panic!("{other}"),
            };
            let bounds = eigenvalue_bounds(&gram, 30).unwrap();
            let of = |m: BoundMethod| bounds.iter().find(|b| b.method == m).unwrap().value.clone();
            for bound in &bounds {
                let right = match bound.method.is_upper() {
                    true => bound.value.upper() >= smallest.lower(),
                    false => bound.value.lower() <= smallest.upper(),
                };
                prop_assert!(right, "{:?} of {}", bound, smallest);
            }
            let (data, apriori) = (of(BoundMethod::HadamardGershgorin), of(BoundMethod::HadamardGershgorinApriori));
            prop_assert!(apriori.lower() <= data.upper());
        }
    }
}
