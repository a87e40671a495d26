//! Bounds of the smallest eigenvalue of a Gram matrix on the sphere, side by side.
//!
//! With $G$ the matrix of the cosines $\rho_{ij}$, $K = \sum_p \kappa_p G^{\circ p} = \sum_k \lambda_k N(d,k)\,
//! [P_k(\rho_{ij})]$, every summand positive semidefinite, so that a summand's own lower bound (Gershgorin) never
//! counts below zero; and whatever smooth part is taken away, with coefficients no larger than these, Gershgorin's
//! bound of what remains is one of $\lambda_{\min}(K)$.

mod fixed_remainder;
mod harmonic_apriori;
mod rank;
mod remainder;
pub(super) mod sums;

use std::borrow::Cow;

use crate::parallel::*;

use super::{Entries, GramMatrix};
use crate::Error;
use crate::consistency::{at_most, not_negative};
use crate::kernel::{Convention, Kernel, KernelSeries, Network};
use crate::number::{Accuracy, Ball};
use crate::spectrum::{Measure, Spectrum};

use fixed_remainder::FixedRemainders;
pub(super) use harmonic_apriori::harmonic_apriori;
pub use rank::{
    EigenvalueCeiling, Truncation, centred_effective_rank_bound, eigenvalue_ceilings, truncation_degree,
};
use remainder::Remainders;
pub(in crate::gram) use sums::larger;
use sums::{Cosines, first_powers};

/// Highest power of the cosine.
const MAX_POWER: usize = 4096;
/// Up to so many points balls are as fast as fixed point.
pub(super) const FEW_POINTS: usize = 32;
/// Most bits of the multiplicities' growth: dimension times degree.
pub(super) const MAX_HARMONIC_WORK: usize = 1 << 16;

/// Where a bound comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BoundMethod {
    /// The larger of `Σ_p κ_p max(0, 1 - max_i Σ_{j≠i} |ρ_ij|^p)` and `max_P (K_P(1) - max_i Σ_{j≠i} |K_P(ρ_ij)|)` with
    /// `K_P = Σ_{p>=P} κ_p ρ^p`, a lower bound.
    HadamardGershgorin,
    /// `Σ_p κ_p max(0, 1 - (n-1) ρ*^p)`, a lower bound from the number of points and their collinearity alone.
    HadamardGershgorinApriori,
    /// `max_c (K_c(1) - max_i Σ_{j≠i} |K_c(ρ_ij)|)` with `K_c = Σ_k min(λ_k, c) N(d,k) P_k(ρ)`, a lower bound.
    Harmonic,
    /// The harmonic bound from the number of points, their dimension and collinearity alone; see
    /// [`apriori_bounds`](super::apriori_bounds).
    HarmonicApriori,
    /// `R_m Σ_{j>=m} κ_j` for the greatest `m` whose lower powers have a rank below `n`, an upper bound: see
    /// [`eigenvalue_ceilings`].
    LowRank,
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
            BoundMethod::LowRank => "low-rank",
            BoundMethod::Pairwise => "pairwise",
            BoundMethod::PairwiseApriori => "pairwise-apriori",
        }
    }

    /// Is it an upper bound of the smallest eigenvalue?
    pub fn is_upper(self) -> bool {
        matches!(self, BoundMethod::Pairwise | BoundMethod::PairwiseApriori | BoundMethod::LowRank)
    }
}

/// A bound of the smallest eigenvalue, enclosed: every member of `value` above (below) the true number of the formula
/// counts as rounding, so a lower bound holds from `value.lower()` down and an upper one from `value.upper()` up.
#[derive(Clone, Debug)]
pub struct EigenvalueBound {
    /// Where it comes from.
    pub method: BoundMethod,
    /// The enclosure.
    pub value: Ball,
}

/// The bounds that apply.
///
/// The powers and degrees of harmonics that are tried go as far as the points' separation asks for, and less far for
/// many points (beyond some hundred, `P <= 101`, and of the powers past the 100th only every doubling is formed and
/// counts for those up to the next).
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
/// for bound in eigenvalue_bounds(&gram, Accuracy::relative(15)?)? {
///     match bound.method.is_upper() {
///         true => assert!(bound.value.upper() >= smallest.lower()),
///         false => assert!(bound.value.lower() <= smallest.upper()),
///     }
/// }
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn eigenvalue_bounds(gram: &GramMatrix, accuracy: Accuracy) -> Result<Vec<EigenvalueBound>, Error> {
    check_sphere(gram)?;
    let accuracy = Accuracy::relative(accuracy.digits())?;
    if gram.has_zero_eigenvalue() {
        return Ok(of_singular(gram));
    }
    let rho = collinearity(gram, accuracy)?;
    let degree = powers_worth(gram.len(), &rho);
    // The error of a coefficient counts once for every point.
    let finer = Accuracy::relative(accuracy.digits() + 3 + gram.len().ilog10())?;
    let series = gram.network().series(gram.kernel(), Convention::Standard, degree, finer)?;
    let sums = Cosines::power_sums_of(gram, accuracy.bits() + 64);
    let (gershgorin, harmonic) = of_remainders(gram, &series, accuracy, finer)?;
    let mut out = vec![];
    let mut add = |method, value| out.push(EigenvalueBound { method, value });
    let term_by_term = powers(&series, |p| Cow::Borrowed(sums.at(p)));
    add(BoundMethod::HadamardGershgorin, larger(&term_by_term, &gershgorin));
    add(BoundMethod::HadamardGershgorinApriori, powers_apriori(&series, gram.len(), &rho));
    if let Some(value) = harmonic {
        add(BoundMethod::Harmonic, value);
    }
    let shape = [gram.len(), gram.points().dimension()];
    if let Some(value) = harmonic_apriori(gram.network(), gram.kernel(), shape, &rho, accuracy)? {
        add(BoundMethod::HarmonicApriori, value);
    }
    if let Some(ceiling) = rank::ceilings(gram, &series, &sums)?.pop() {
        add(BoundMethod::LowRank, ceiling.value);
    }
    if let Some(value) = pairwise(gram) {
        add(BoundMethod::Pairwise, value);
    }
    check(&out)?;
    Ok(out)
}

/// The bounds that take no more than a look at every pair of points: that from the number of points and their
/// collinearity alone, and that of the Rayleigh quotients of pairs.
///
/// # Errors
/// As [`eigenvalue_bounds`], of which these are a part.
///
/// # Examples
/// ```
/// use ntk_series::gram::{GramMatrix, Points, cheap_eigenvalue_bounds, smallest_eigenvalue};
/// use ntk_series::{Accuracy, Kernel, Network};
/// let accuracy = Accuracy::relative(10)?;
/// let points = Points::from_csv("1,0\n0,1\n-3/5,4/5")?;
/// let gram = GramMatrix::on_sphere(&Network::relu(2)?, Kernel::Ntk, &points, accuracy)?;
/// let smallest = smallest_eigenvalue(&gram, accuracy)?;
/// for bound in cheap_eigenvalue_bounds(&gram, accuracy)? {
///     let order = bound.value.compare(&smallest).unwrap();
///     assert!(if bound.method.is_upper() { order.is_gt() } else { order.is_lt() });
/// }
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn cheap_eigenvalue_bounds(gram: &GramMatrix, accuracy: Accuracy) -> Result<Vec<EigenvalueBound>, Error> {
    check_sphere(gram)?;
    let accuracy = Accuracy::relative(accuracy.digits())?;
    let is_cheap = |bound: &EigenvalueBound| {
        matches!(bound.method, BoundMethod::HadamardGershgorinApriori | BoundMethod::Pairwise)
    };
    if gram.has_zero_eigenvalue() {
        return Ok(of_singular(gram).into_iter().filter(is_cheap).collect());
    }
    let rho = collinearity(gram, accuracy)?;
    let degree = powers_worth(gram.len(), &rho);
    let series = gram.network().series(gram.kernel(), Convention::Standard, degree, accuracy)?;
    let method = BoundMethod::HadamardGershgorinApriori;
    let mut out = vec![EigenvalueBound { method, value: powers_apriori(&series, gram.len(), &rho) }];
    out.extend(pairwise(gram).map(|value| EigenvalueBound { method: BoundMethod::Pairwise, value }));
    check(&out)?;
    Ok(out)
}

/// The largest `|ρ_ij|` of two points, 0 for one.
fn collinearity(gram: &GramMatrix, accuracy: Accuracy) -> Result<Ball, Error> {
    let bits = accuracy.bits() + 64;
    Ok(gram.points().separation()?.map_or(Ball::zero(bits), |separation| separation.collinearity(bits)))
}

/// Where the smallest eigenvalue is zero, so are its lower bounds; that by pairs is as well, where two points are what
/// makes it so.
fn of_singular(gram: &GramMatrix) -> Vec<EigenvalueBound> {
    let zero = |method| EigenvalueBound { method, value: Ball::zero(64) };
    let of_data = [BoundMethod::HadamardGershgorin, BoundMethod::HadamardGershgorinApriori].map(zero);
    let harmonic = [BoundMethod::Harmonic, BoundMethod::HarmonicApriori].map(zero);
    let harmonic = harmonic.into_iter().filter(|_| gram.points().dimension() >= 2);
    let pairs = (gram.len() > 1).then(|| zero(BoundMethod::Pairwise));
    of_data.into_iter().chain(harmonic).chain(pairs).collect()
}

/// Gershgorin's bound of what remains without powers, and without harmonics: for few points in balls, for more of them
/// in fixed point, and in balls after all where that is not accurate enough and the points are not too many. What is
/// known of the kernel is `finer` than what is asked for.
fn of_remainders(
    gram: &GramMatrix,
    series: &KernelSeries,
    accuracy: Accuracy,
    finer: Accuracy,
) -> Result<(Ball, Option<Ball>), Error> {
    let balls = Remainders::new(gram, accuracy);
    if let Some(balls) = balls.as_ref().filter(|_| gram.len() <= FEW_POINTS) {
        return Ok((balls.without_powers(series), balls.without_harmonics(accuracy)?));
    }
    let fixed = FixedRemainders::new(gram);
    let powers = fixed.without_powers(series);
    let powers = match &balls {
        Some(balls) if !accuracy.is_met_by(&powers) => balls.without_powers(series),
        _ => powers,
    };
    let harmonics = fixed.without_harmonics(finer)?;
    let harmonics = match (&balls, harmonics) {
        (Some(balls), Some(found)) if !accuracy.is_met_by(&found) => balls.without_harmonics(accuracy)?,
        (_, found) => found,
    };
    Ok((powers, harmonics))
}

/// No lower bound is above an upper one, and no upper one below zero: there is an eigenvalue between them.
pub(super) fn check(bounds: &[EigenvalueBound]) -> Result<(), Error> {
    let (above, below): (Vec<_>, Vec<_>) = bounds.iter().partition(|bound| bound.method.is_upper());
    for upper in above {
        let name = || format!("the bound {}", upper.method.name());
        not_negative(&upper.value, name)?;
        for lower in &below {
            let law = "no lower bound of the smallest eigenvalue is above an upper one";
            at_most(&lower.value, &upper.value, || format!("the bound {}", lower.method.name()), law)?;
        }
    }
    Ok(())
}

/// How many powers of the cosine matter: from `n ρ*^p = 1` on the points are as good as orthogonal.
pub(super) fn powers_worth(count: usize, rho: &Ball) -> usize {
    let gap = 1.0 - rho.midpoint().to_f64();
    let powers = 2.0 * (4.0 * count as f64).ln() / gap.max(1e-9);
    (powers as usize).clamp(100, MAX_POWER)
}

/// `Σ_{p<=T} κ_p max(0, 1 - (n-1) ρ*^p) + (Σ_{p>T} κ_p) max(0, 1 - (n-1) ρ*^{T+1})`.
pub(super) fn powers_apriori(series: &KernelSeries, count: usize, rho: &Ball) -> Ball {
    let all = first_powers(rho, series.max_degree() + 2);
    powers(series, |p| Cow::Owned(all[p].mul_integer(count as i64 - 1)))
}

/// A bound of the effective rank on every data set of the sphere: `Σ_p κ_p / κ_0`, \[M23\]; `None` where `κ_0` may be
/// zero.
///
/// The trace is `n Σ κ_p`, and the largest eigenvalue is at least `1ᵀK1/n >= κ_0 n`, the other summands being positive
/// semidefinite.
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

fn check_sphere(gram: &GramMatrix) -> Result<(), Error> {
    if !gram.is_on_sphere() {
        let accepted = "the bounds hold for points of one sphere, that of the network's radius2";
        return Err(Error::parameter("points", "not on the sphere", accepted));
    }
    Ok(())
}

/// The eigenvalues on `S^{d-1}` up to a degree; `None` where they are not to be had.
fn eigenvalues(
    network: &Network,
    kernel: Kernel,
    d: usize,
    top: usize,
    accuracy: Accuracy,
) -> Result<Option<Spectrum>, Error> {
    match network.spectrum(kernel, d, top, accuracy, Measure::Probability) {
        Err(Error::AccuracyNotReached { .. }) => Ok(None),
        other => other.map(Some),
    }
}

/// `Σ_{p<=T} κ_p max(0, 1 - s_p) + (Σ_{p>T} κ_p) max(0, 1 - s_{T+1})`: the sums `s_p` fall with `p`, as |ρ| <= 1.
fn powers<'a>(series: &KernelSeries, sums: impl Fn(usize) -> Cow<'a, Ball>) -> Ball {
    let precision = series.sum().precision();
    let one = Ball::from_integer(1, precision);
    let terms = series.coefficients().iter().chain([series.tail()]);
    terms.enumerate().fold(Ball::zero(precision), |total, (p, kappa)| {
        let factor = larger(&Ball::zero(precision), &(&one - sums(p).as_ref()));
        if factor.is_exact_zero() { total } else { total + kappa * &factor }
    })
}

fn pairwise(gram: &GramMatrix) -> Option<Ball> {
    if let Entries::Fixed(fixed) = gram.entries() {
        // One diagonal for all.
        let largest =
            (1..gram.len()).into_par_iter().map(|i| fixed.row(i)[..i].iter().map(|k| k.abs()).max());
        return largest.max().flatten().map(|k| gram.get(0, 0) - fixed.ball(k));
    }
    let row = |i: usize| {
        let pair = |j: usize| (gram.get(i, i) + gram.get(j, j)).shl(-1) - gram.get(i, j).abs();
        (0..i).map(pair).map(|x| -x).reduce(|a, b| larger(&a, &b))
    };
    (1..gram.len()).filter_map(row).reduce(|a, b| larger(&a, &b)).map(|x| -x)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gram::{Points, smallest_eigenvalue};
    use crate::kernel::Kernel;
    use crate::network::samples::normalized;
    use proptest::prelude::*;

    fn gram(rows: &[[i64; 3]], name: &str, depth: usize) -> GramMatrix {
        let network = normalized(name, depth);
        let text: Vec<String> = rows.iter().map(|[a, b, c]| format!("{a},{b},{c}")).collect();
        let points = Points::from_csv(&text.join("\n")).unwrap();
        GramMatrix::on_sphere(&network, Kernel::Ntk, &points, Accuracy::relative(15).unwrap()).unwrap()
    }

    #[test]
    fn orthogonal_points_leave_no_gap() {
        // Θ(1) - Θ(0) = 2 - 1/π is the smallest eigenvalue, and the bounds are sharp but that of the rank and that
        // on cells of the angle.
        let truth = Ball::from_integer(2, 80) - Ball::pi(80).recip();
        let bounds =
            eigenvalue_bounds(&gram(&[[1, 0, 0], [0, 2, 0]], "relu", 1), Accuracy::relative(15).unwrap())
                .unwrap();
        assert_eq!(bounds.len(), 6);
        let coarse = [BoundMethod::LowRank, BoundMethod::HarmonicApriori];
        for bound in bounds.iter().filter(|b| !coarse.contains(&b.method)) {
            assert!(bound.value.overlaps(&truth), "{bound:?}");
            assert!(bound.value.relative_accuracy_bits() > 45, "{bound:?}");
        }
    }

    #[test]
    fn points_off_the_sphere_are_refused() {
        let on = gram(&[[1, 0, 0], [0, 2, 0]], "relu", 1);
        let points = Points::from_csv("1,0\n0,2").unwrap();
        let off = GramMatrix::new(on.network(), Kernel::Ntk, &points, on.accuracy()).unwrap();
        assert!(eigenvalue_bounds(&off, on.accuracy()).is_err());
        assert!(eigenvalue_bounds(&gram(&[[3, 4, 0]], "relu", 1), on.accuracy()).is_ok());
    }

    /// Equal points, and antipodes under a kernel of one parity: zero is known, and no bound is a small number that is
    /// not.
    #[test]
    fn singular_matrices_are_decided() {
        let accuracy = Accuracy::relative(15).unwrap();
        for (rows, name, singular) in [
            (vec![[1, 2, 0], [1, 2, 0], [0, 1, 1]], "elu", true),
            (vec![[1, 2, 0], [2, 4, 0]], "tanh", true),
            (vec![[1, 2, 0], [-1, -2, 0], [0, 1, 1]], "erf", true),
            (vec![[1, 2, 0], [-2, -4, 0]], "abs", true),
            (vec![[1, 2, 0], [-1, -2, 0]], "cos", true),
            (vec![[1, 2, 0], [-1, -2, 0]], "relu", false),
            (vec![[1, 2, 0], [-1, -2, 0]], "gelu", false),
        ] {
            let gram = gram(&rows, name, 2);
            let smallest = smallest_eigenvalue(&gram, accuracy);
            assert_eq!(smallest.is_ok_and(|x| x.is_exact_zero()), singular, "{name}");
            let bounds = eigenvalue_bounds(&gram, accuracy).unwrap();
            assert!(check(&bounds).is_ok());
            assert_eq!(
                bounds.iter().all(|bound| bound.value.is_exact_zero()),
                singular,
                "{name}: {bounds:?}"
            );
        }
    }

    #[test]
    fn bounds_that_cross_are_a_fault() {
        let bounds = eigenvalue_bounds(
            &gram(&[[1, 0, 0], [0, 2, 0], [1, 1, 1]], "relu", 1),
            Accuracy::relative(15).unwrap(),
        )
        .unwrap();
        assert!(check(&bounds).is_ok());
        let moved = |upper: bool, by: i64| {
            let mut bounds = bounds.clone();
            let one = bounds.iter_mut().find(|bound| bound.method.is_upper() == upper).unwrap();
            one.value = &one.value + &Ball::from_integer(by, 64);
            matches!(check(&bounds), Err(Error::Inconsistent { .. }))
        };
        assert!(moved(false, 9), "a lower bound above the upper ones");
        assert!(moved(true, -9), "an upper bound below zero");
        assert!(!moved(true, 9) && !moved(false, -9), "bounds that only became weak");
    }

    proptest! {
        #![proptest_config(ntk_testing::cases(24))]
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
            let bounds = eigenvalue_bounds(&gram, gram.accuracy()).unwrap();
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

#[cfg(test)]
mod worst;
