//! Bounds of the smallest eigenvalue of a Gram matrix on the sphere, side by side.
//!
//! With $G$ the matrix of the cosines $\rho_{ij}$, $K = \sum_p \kappa_p G^{\circ p} = \sum_k \lambda_k N(d,k)\, [P_k(\rho_{ij})]$, every summand positive
//! semidefinite. So whatever smooth part is taken away, with coefficients no larger than these, Gershgorin's bound of what
//! remains is one of $\lambda_{\min}(K)$: the part is chosen to leave the matrix as close to a diagonal one as possible.

use rayon::prelude::*;
use rug::Float;

use super::GramMatrix;
use super::inner::InnerProducts;
use super::parts::Clipped;
use crate::Error;
use crate::kernel::{Convention, KernelSeries};
use crate::number::{Accuracy, Ball};
use crate::spectrum::Measure;

/// Most pairs of points times parts that are tried.
const MAX_WORK: usize = 1 << 23;
/// Highest power of the cosine, and highest degree of the harmonics.
const MAX_POWER: usize = 4096;
const MAX_HARMONIC: usize = 256;
/// Most bits of the multiplicities' growth: dimension times degree.
pub(super) const MAX_HARMONIC_WORK: usize = 1 << 16;

/// Where a bound comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoundMethod {
    /// `max_P (K_P(1) - max_i Σ_{j≠i} |K_P(ρ_ij)|)` with `K_P = Σ_{p>=P} κ_p ρ^p`, a lower bound; at least
    /// `Σ_p κ_p max(0, 1 - max_i Σ_{j≠i} |ρ_ij|^p)`.
    HadamardGershgorin,
    /// `Σ_p κ_p max(0, 1 - (n-1) ρ*^p)`, a lower bound from the number of points and their collinearity alone.
    HadamardGershgorinApriori,
    /// `max_c (K_c(1) - max_i Σ_{j≠i} |K_c(ρ_ij)|)` with `K_c = Σ_k min(λ_k, c) N(d,k) P_k(ρ)`, a lower bound.
    Harmonic,
    /// The harmonic bound from the number of points, their dimension and collinearity alone; see
    /// [`apriori_bounds`](super::apriori_bounds).
    HarmonicApriori,
    /// `min_{i≠j} (K_ii + K_jj)/2 - |K_ij|`, an upper bound: the Rayleigh quotients of `(e_i ± e_j)/√2`.
    Pairwise,
    /// `K(1) - min(|K(ρ*)|, |K(-ρ*)|)`, the same from the collinearity alone, an upper bound.
    PairwiseApriori,
}

impl BoundMethod {
    /// The name in reports.
    pub fn name(self) -> &'static str {
        match self {
            BoundMethod::HadamardGershgorin => "hadamard-gershgorin",
            BoundMethod::HadamardGershgorinApriori => "hadamard-gershgorin-apriori",
            BoundMethod::Harmonic => "harmonic",
            BoundMethod::HarmonicApriori => "harmonic-apriori",
            BoundMethod::Pairwise => "pairwise",
            BoundMethod::PairwiseApriori => "pairwise-apriori",
        }
    }

    /// Is it an upper bound of the smallest eigenvalue?
    pub fn is_upper(self) -> bool {
        matches!(self, BoundMethod::Pairwise | BoundMethod::PairwiseApriori)
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

/// The bounds that apply.
///
/// The powers and degrees of harmonics that are tried go as far as the points' separation asks for, and less far for many points.
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
/// let smallest = smallest_eigenvalue(&gram)?.value;
/// for bound in eigenvalue_bounds(&gram)? {
///     match bound.method.is_upper() {
///         true => assert!(bound.value.upper() >= smallest.lower()),
///         false => assert!(bound.value.lower() <= smallest.upper()),
///     }
/// }
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn eigenvalue_bounds(gram: &GramMatrix) -> Result<Vec<EigenvalueBound>, Error> {
    if !gram.is_on_sphere() {
        let accepted = "the bounds hold for points of one sphere, that of the network's radius2";
        return Err(Error::parameter("points", "not on the sphere", accepted));
    }
    let accuracy = Accuracy::relative(gram.accuracy().digits())?;
    let cosines = Cosines::new(gram, accuracy.bits() + 64);
    let rho = cosines.largest();
    let degree = powers_worth(gram.len(), &rho);
    let series = gram.network().series(gram.kernel(), Convention::Standard, degree, accuracy)?;
    let mut out = vec![];
    let mut add = |method, value| out.push(EigenvalueBound { method, value });
    add(BoundMethod::HadamardGershgorin, cosines.without_powers(gram, &series));
    add(BoundMethod::HadamardGershgorinApriori, gershgorin(&series, gram.len(), &rho));
    if let Some(value) = cosines.without_harmonics(gram, accuracy)? {
        add(BoundMethod::Harmonic, value);
    }
    if let Some(value) = pairwise(gram) {
        add(BoundMethod::Pairwise, value);
    }
    Ok(out)
}

/// How many powers of the cosine matter: from `n ρ*^p = 1` on the points are as good as orthogonal.
pub(super) fn powers_worth(count: usize, rho: &Ball) -> usize {
    let gap = 1.0 - rho.midpoint().to_f64();
    let powers = 2.0 * (4.0 * count as f64).ln() / gap.max(1e-9);
    (powers as usize).clamp(32, MAX_POWER)
}

/// `Σ_{p<=T} κ_p max(0, 1 - (n-1) ρ*^p) + (Σ_{p>T} κ_p) max(0, 1 - (n-1) ρ*^{T+1})`: the powers fall.
pub(super) fn gershgorin(series: &KernelSeries, count: usize, rho: &Ball) -> Ball {
    let precision = series.sum().precision();
    let one = Ball::from_integer(1, precision);
    let mut power = Ball::from_integer(count as i64 - 1, rho.precision());
    let terms = series.coefficients().iter().chain([series.tail()]);
    terms.fold(Ball::zero(precision), |total, kappa| {
        let factor = larger(&Ball::zero(precision), &(&one - &power));
        power = &power * rho;
        if factor.is_exact_zero() { total } else { total + kappa * &factor }
    })
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

    /// `ρ* = max |ρ_ij|`.
    fn largest(&self) -> Ball {
        let all = self.rows.iter().flatten().map(Ball::abs);
        all.reduce(|a, b| larger(&a, &b)).unwrap_or_else(|| Ball::zero(self.precision))
    }

    /// How many parts may be tried for each pair.
    fn parts_allowed(&self) -> usize {
        let pairs = self.rows.len() * self.rows.len() / 2;
        MAX_WORK / pairs.max(1)
    }

    /// The largest of `K_m(1) - max_i Σ_{j≠i} |K_m(ρ_ij)|`, `K_m = K - f_m`, and zero: `K` is positive semidefinite. `parts` calls
    /// with each `f_m(ρ)`, `m < count`, in order.
    fn best_remainder(
        &self,
        gram: &GramMatrix,
        count: usize,
        parts: impl Fn(&Ball, &mut dyn FnMut(&Ball)) + Sync,
    ) -> Ball {
        let n = self.rows.len();
        let zero = || vec![vec![Ball::zero(self.precision); count]; n];
        let add_row = |mut sums: Vec<Vec<Ball>>, i: usize| {
            for (j, rho) in self.rows[i].iter().enumerate() {
                let entry = gram.get(i, j);
                let mut m = 0;
                parts(rho, &mut |part| {
                    let rest = (entry - part).abs();
                    sums[i][m] = &sums[i][m] + &rest;
                    sums[j][m] = &sums[j][m] + &rest;
                    m += 1;
                });
            }
            sums
        };
        let add = |mut a: Vec<Vec<Ball>>, b: Vec<Vec<Ball>>| {
            a.iter_mut().flatten().zip(b.iter().flatten()).for_each(|(a, b)| *a = &*a + b);
            a
        };
        let sums = (0..n).into_par_iter().fold(zero, add_row).reduce(zero, add);
        let mut wholes = Vec::with_capacity(count);
        parts(&Ball::from_integer(1, self.precision), &mut |part| wholes.push(gram.get(0, 0) - part));
        let value = |m: usize| {
            let most = sums.iter().map(|row| row[m].clone()).reduce(|a, b| larger(&a, &b));
            &wholes[m] - &most.unwrap_or_else(|| Ball::zero(self.precision))
        };
        (0..count).map(value).fold(Ball::zero(self.precision), |best, value| larger(&best, &value))
    }

    /// Without the powers below `P`: `f_P(ρ) = Σ_{p<P} κ_p ρ^p`, for all small `P` and ever fewer large ones.
    fn without_powers(&self, gram: &GramMatrix, series: &KernelSeries) -> Ball {
        let kappa = &series.coefficients()[..self.parts_allowed().clamp(1, series.max_degree() + 1)];
        let cuts = std::iter::successors(Some(0usize), |p| Some(p + 1 + p / 32));
        let cuts: Vec<usize> = cuts.take_while(|p| *p <= kappa.len()).collect();
        self.best_remainder(gram, cuts.len(), |rho, visit| {
            let mut power = Ball::from_integer(1, rho.precision());
            let mut sum = Ball::zero(rho.precision());
            let mut next = 0;
            for cut in &cuts {
                for kappa in &kappa[next..*cut] {
                    sum = &sum + &(kappa * &power);
                    power = &power * rho;
                }
                next = *cut;
                visit(&sum);
            }
        })
    }

    /// Without what the eigenvalues exceed `c` by; `None` where these are not to be had.
    fn without_harmonics(&self, gram: &GramMatrix, accuracy: Accuracy) -> Result<Option<Ball>, Error> {
        let d = gram.points().dimension();
        let top = MAX_HARMONIC.min(self.parts_allowed()).min(MAX_HARMONIC_WORK / d);
        if d < 2 {
            return Ok(None);
        }
        let spectrum = match gram.network().spectrum(gram.kernel(), d, top, accuracy, Measure::Probability) {
            Err(Error::AccuracyNotReached { .. }) => return Ok(None),
            other => other?,
        };
        // The recurrence of P_k loses 1.3 bits a step.
        let precise = Cosines::new(gram, self.precision + 2 * top as u32);
        let clipped = Clipped::new(&spectrum, precise.precision);
        let parts = |rho: &Ball, visit: &mut dyn FnMut(&Ball)| clipped.excesses(rho, visit);
        Ok(Some(precise.best_remainder(gram, clipped.levels.len(), parts)))
    }
}

fn pairwise(gram: &GramMatrix) -> Option<Ball> {
    let row = |i: usize| {
        let pair = |j: usize| (gram.get(i, i) + gram.get(j, j)).shl(-1) - gram.get(i, j).abs();
        (0..i).map(pair).map(|x| -x).reduce(|a, b| larger(&a, &b))
    };
    (1..gram.len()).filter_map(row).reduce(|a, b| larger(&a, &b)).map(|x| -x)
}

/// The maximum of two enclosed numbers.
pub(super) fn larger(a: &Ball, b: &Ball) -> Ball {
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
        // Θ(1) - Θ(0) = 2 - 1/π is the smallest eigenvalue, and all bounds are sharp.
        let truth = Ball::from_integer(2, 80) - Ball::pi(80).recip();
        let bounds = eigenvalue_bounds(&gram(&[[1, 0, 0], [0, 2, 0]], "relu", 1)).unwrap();
        assert_eq!(bounds.len(), 4);
        for bound in &bounds {
            assert!(bound.value.overlaps(&truth), "{bound:?}");
            assert!(bound.value.relative_accuracy_bits() > 45, "{bound:?}");
        }
    }

    #[test]
    fn points_off_the_sphere_are_refused() {
        let on = gram(&[[1, 0, 0], [0, 2, 0]], "relu", 1);
        let points = Points::from_csv("1,0\n0,2").unwrap();
        let off = GramMatrix::new(on.network(), Kernel::Ntk, &points, on.accuracy()).unwrap();
        assert!(eigenvalue_bounds(&off).is_err());
        assert!(eigenvalue_bounds(&gram(&[[3, 4, 0]], "relu", 1)).is_ok());
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
            let smallest = match smallest_eigenvalue(&gram) {
                Ok(found) => found.value,
                Err(Error::AccuracyNotReached { best, .. }) => *best,
                Err(other) => panic!("{other}"),
            };
            let bounds = eigenvalue_bounds(&gram).unwrap();
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
