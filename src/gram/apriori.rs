//! Bounds of the smallest eigenvalue from the number of points, the dimension and the separation alone.

use num_rational::BigRational;
use num_traits::{One, Signed, Zero};
use rayon::prelude::*;
use rug::Float;

use super::bounds::{BoundMethod, EigenvalueBound, first_powers, larger, powers};
use crate::Error;
use crate::kernel::{Convention, Kernel, KernelSeries, Network};
use crate::number::{Accuracy, Ball, Mag};
use crate::spectrum::{MAX_DIMENSION, Measure, harmonic};

/// Most powers of the cosine, and highest degree of the harmonics.
const MAX_POWER: usize = 1 << 12;
const MAX_HARMONIC: usize = 128;
/// Most bits of the multiplicities' growth: dimension times degree.
const MAX_HARMONIC_WORK: usize = 1 << 16;
/// Terms of the Taylor polynomials on the cells.
const JET: usize = 6;

/// What is known of a data set before it is there: `count` points in directions of `S^{dimension-1}` of separation
/// `δ = min_{i≠j} min(|x_i - x_j|, |x_i + x_j|)` on the unit sphere, attained by some pair.
///
/// # Examples
/// See [`apriori_bounds`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DataShape {
    /// The number of points `n`.
    pub count: usize,
    /// The dimension `d`.
    pub dimension: usize,
    /// `δ²`, above 0 and at most 2.
    pub separation_squared: BigRational,
}

impl DataShape {
    fn check(&self) -> Result<(), Error> {
        if self.count < 2 || self.count > 1 << 40 {
            return Err(Error::parameter("number of points", self.count, "2 to 2^40 are accepted"));
        }
        if !(2..=MAX_DIMENSION).contains(&self.dimension) {
            return Err(Error::parameter("dimension", self.dimension, "2 to 1000000 are accepted"));
        }
        let delta2 = &self.separation_squared;
        if !delta2.is_positive() || *delta2 > BigRational::from_integer(2.into()) {
            let accepted = "the square of a separation is above 0 and at most 2: of x and -x one is within √2 of any direction";
            return Err(Error::parameter("separation squared", delta2, accepted));
        }
        Ok(())
    }

    /// `ρ* = 1 - δ²/2`.
    fn collinearity(&self, precision: u32) -> Ball {
        let half = BigRational::new(1.into(), 2.into());
        Ball::from_rational(&(BigRational::one() - &self.separation_squared * half), precision)
    }
}

/// Bounds of the smallest eigenvalue of the Gram matrix of *every* data set of that shape on the network's sphere.
///
/// With `ρ* = 1 - δ²/2`, all cosines of different points are within `±ρ*`:
/// - [`HadamardGershgorinApriori`](BoundMethod::HadamardGershgorinApriori), of no dimension: `Σ_p κ_p max(0, 1 - (n-1) ρ*^p)`, powers up to
///   `max_degree`;
/// - [`HarmonicApriori`](BoundMethod::HarmonicApriori): `max_S min_{k∈S} λ_k (Σ_{k∈S} N(d,k) - (n-1) sup_{|ρ|<=ρ*} |Σ_{k∈S} N(d,k) P_k(ρ)|)`, the
///   `S` being those of the largest eigenvalues; \[K24\] with explicit constants. Here the supremum is bounded on cells
///   of the angle by Taylor polynomials, what they leave out by Bernstein's inequality;
/// - [`PairwiseApriori`](BoundMethod::PairwiseApriori), an upper bound, from the pair that attains `δ`: `K(1) - min(|K(ρ*)|, |K(-ρ*)|)`.
///
/// # Errors
/// [`Error::Parameter`] for fewer than two points, a dimension below 2, `δ²` outside `(0, 2]`; those of
/// [`Network::series`].
///
/// # Examples
/// ```
/// use ntk_series::gram::{BoundMethod, DataShape, apriori_bounds};
/// use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
/// use ntk_series::{Accuracy, Activation, Kernel, Network, number::parse_rational};
/// let sigma_b2 = BiasVariance::Exact(num_traits::Zero::zero());
/// let layer = Layer { activation: Activation::relu(), sigma_w2: WeightVariance::Normalized, sigma_b2 };
/// let network = Network::uniform(Input::default(), layer, 2)?;
/// let shape = DataShape { count: 20, dimension: 10, separation_squared: parse_rational("1/2")? };
/// let bounds = apriori_bounds(&network, Kernel::Ntk, &shape, 100, Accuracy::relative(10)?)?;
/// let [gershgorin, harmonic, pairwise] = &bounds[..] else { panic!() };
/// assert!(gershgorin.value.lower() > 0.4 && harmonic.value.lower() > 0);
/// assert!(pairwise.method == BoundMethod::PairwiseApriori && pairwise.value.upper() < 2);
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn apriori_bounds(
    network: &Network,
    kernel: Kernel,
    shape: &DataShape,
    max_degree: usize,
    accuracy: Accuracy,
) -> Result<Vec<EigenvalueBound>, Error> {
    shape.check()?;
    let series = network.series(kernel, Convention::Standard, max_degree.min(MAX_POWER), accuracy)?;
    let rho = shape.collinearity(accuracy.bits() + 64);
    let others = shape.count as i64 - 1;
    let gershgorin =
        powers(&series, |count| first_powers(&rho, count).iter().map(|x| x.mul_integer(others)).collect());
    let bound = |method, value| EigenvalueBound { method, value };
    let mut out = vec![bound(BoundMethod::HadamardGershgorinApriori, gershgorin)];
    if let Some(value) = harmonic_bound(network, kernel, shape, &rho, accuracy)? {
        out.push(bound(BoundMethod::HarmonicApriori, value));
    }
    out.push(bound(BoundMethod::PairwiseApriori, pairwise(&series, &rho)?));
    Ok(out)
}

fn pairwise(series: &KernelSeries, rho: &Ball) -> Result<Ball, Error> {
    let [one, other] = [rho.clone(), -rho].map(|rho| series.evaluate(&rho));
    Ok(series.sum() + &larger(&-one?.abs(), &-other?.abs()))
}

/// `None` where the eigenvalues are not to be had.
pub(super) fn harmonic_bound(
    network: &Network,
    kernel: Kernel,
    shape: &DataShape,
    rho: &Ball,
    accuracy: Accuracy,
) -> Result<Option<Ball>, Error> {
    let d = shape.dimension;
    let top = MAX_HARMONIC.min(MAX_HARMONIC_WORK / d);
    let spectrum = match network.spectrum(kernel, d, top, accuracy, Measure::Probability) {
        Err(Error::AccuracyNotReached { .. }) => return Ok(None),
        other => other?,
    };
    let values: Vec<&Ball> = spectrum.eigenvalues().iter().map(|e| &e.value).collect();
    let mut order: Vec<usize> = (0..=top).collect();
    order.sort_by(|a, b| values[*b].midpoint().total_cmp(values[*a].midpoint()));
    // The recurrence of P_k loses 1.3 bits a step.
    let precision = rho.precision() + 2 * top as u32;
    let sums = PartialSums { dimension: d, weights: harmonic::multiplicity_balls(d, top, precision), order };
    let suprema = sums.suprema(rho);
    let mut least = values[sums.order[0]].clone();
    let mut best = Ball::zero(rho.precision());
    for ((k, whole), most) in sums.order.iter().zip(sums.at_one()).zip(suprema) {
        least = -larger(&-&least, &-values[*k]);
        let rest = whole - Ball::exact(most.to_float()).mul_integer(shape.count as i64 - 1);
        best = larger(&best, &(&least * &rest));
    }
    Ok(Some(best))
}

/// `F_m(ρ) = Σ_{k among the first m} N(d,k) P_k(ρ)`, the degrees in a given order.
struct PartialSums {
    dimension: usize,
    weights: Vec<Ball>,
    order: Vec<usize>,
}

impl PartialSums {
    /// `F_m(1)`, which also bounds every `|F_m|`.
    fn at_one(&self) -> Vec<Ball> {
        let add = |sum: &mut Ball, k: &usize| {
            *sum = &*sum + &self.weights[*k];
            Some(sum.clone())
        };
        self.order.iter().scan(Ball::zero(self.weights[0].precision()), add).collect()
    }

    /// Upper bounds of `sup |F_m|` over `|ρ| <= ρ*`.
    fn suprema(&self, rho: &Ball) -> Vec<Mag> {
        let precision = self.weights[0].precision();
        let top = self.weights.len() - 1;
        let radius = 0.1 / (top.max(1) as f64);
        let first = rho.acos().lower();
        let span = Float::with_val(64, std::f64::consts::FRAC_PI_2) - &first;
        // One cell more than fits: they overlap the right angle, whatever the roundings of the count.
        let count = (span.to_f64().max(0.0) / (2.0 * radius)) as usize + 2;
        let wholes = self.at_one();
        let left_out: Vec<Mag> = (self.order.iter().scan(0, |most, k| {
            *most = (*most).max(*k);
            Some(*most)
        }))
        .zip(&wholes)
        .map(|(degree, whole)| left_out(degree, radius, whole))
        .collect();
        let cell = |i: usize| {
            let center =
                Float::with_val(precision, &first) + Float::with_val(precision, radius) * (2 * i + 1) as u32;
            self.on_cell(&center, radius)
        };
        let zero = || vec![Mag::ZERO; wholes.len()];
        let larger = |a: Vec<Mag>, b: Vec<Mag>| a.into_iter().zip(b).map(|(a, b)| a.max(b)).collect();
        let polynomials: Vec<Mag> = (0..count).into_par_iter().map(cell).reduce(zero, larger);
        // |F| <= F(1) everywhere.
        let bound = |((a, b), whole): ((Mag, Mag), &Ball)| (a + b).min(whole.magnitude());
        polynomials.into_iter().zip(left_out).zip(&wholes).map(bound).collect()
    }

    /// Bounds of the Taylor polynomials of `θ ↦ F_m(±cos θ)` about the center.
    fn on_cell(&self, center: &Float, radius: f64) -> Vec<Mag> {
        let precision = self.weights[0].precision();
        let theta = Ball::exact(center.clone());
        let jets = self.polynomials(&cosine_jet(&theta));
        let zero = || [(); JET].map(|_| Ball::zero(precision));
        let (mut even, mut odd) = (zero(), zero());
        let step = |k: &usize| {
            let sum = if k.is_multiple_of(2) { &mut even } else { &mut odd };
            sum.iter_mut().zip(&jets[*k]).for_each(|(s, p)| *s = &*s + &(p * &self.weights[*k]));
            // P_k(-ρ) = (-1)^k P_k(ρ): the two signs of ρ give even + odd and even - odd.
            let bound = |combine: fn(&Ball, &Ball) -> Ball| {
                let mut power = Mag::ONE;
                even.iter().zip(&odd).fold(Mag::ZERO, |sum, (e, o)| {
                    let term = combine(e, o).magnitude() * power;
                    power = power * Mag::from_f64(radius);
                    sum + term
                })
            };
            bound(|e, o| e + o).max(bound(|e, o| e - o))
        };
        self.order.iter().map(step).collect()
    }

    /// The Taylor polynomials of `P_0 … P_top` along that of the cosine.
    fn polynomials(&self, t: &[Ball; JET]) -> Vec<[Ball; JET]> {
        let shift = self.dimension as i64 - 2;
        let mut constant = [(); JET].map(|_| Ball::zero(t[0].precision()));
        constant[0] = Ball::from_integer(1, t[0].precision());
        let mut out = vec![constant, t.clone()];
        for k in 1..self.weights.len() as i64 - 1 {
            let [before, now] = [&out[k as usize - 1], &out[k as usize]];
            let product = multiply(t, now);
            let next = std::array::from_fn(|j| {
                (&product[j].mul_integer(2 * k + shift) - &before[j].mul_integer(k)).div_integer(k + shift)
            });
            out.push(next);
        }
        out
    }
}

/// `cos(θ + h)` in powers of `h`.
fn cosine_jet(theta: &Ball) -> [Ball; JET] {
    let (cos, sin) = (theta.cos(), theta.sin());
    let mut factorial = 1i64;
    std::array::from_fn(|j| {
        factorial *= (j as i64).max(1);
        let derivative = match j % 4 {
            0 => cos.clone(),
            1 => -&sin,
            2 => -&cos,
            _ => sin.clone(),
        };
        derivative.div_integer(factorial)
    })
}

fn multiply(a: &[Ball; JET], b: &[Ball; JET]) -> [Ball; JET] {
    std::array::from_fn(|j| {
        let zero = Ball::zero(a[0].precision());
        (0..=j).fold(zero, |sum, i| sum + &a[i] * &b[j - i])
    })
}

/// What a Taylor polynomial leaves out: `F` is a trigonometric polynomial of that degree in θ with `|F| <= F(1)`, so by Bernstein
/// `|F^{(J)}| <= degree^J F(1)`, and Taylor's remainder is at most `(radius · degree)^J/J! · F(1)`.
fn left_out(degree: usize, radius: f64, whole: &Ball) -> Mag {
    let factorial: usize = (1..=JET).product();
    let power = (Mag::from_f64(radius) * Mag::from_usize(degree)).pow(JET as u64);
    (power * whole.magnitude()).div_by_lower(Mag::from_usize(factorial))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::Activation;
    use crate::gram::{GramMatrix, Points, smallest_eigenvalue};
    use crate::kernel::{BiasVariance, Input, Layer, WeightVariance};

    fn network(name: &str, depth: usize) -> Network {
        let layer = Layer {
            activation: Activation::parse(name).unwrap(),
            sigma_w2: WeightVariance::Normalized,
            sigma_b2: BiasVariance::Exact(Zero::zero()),
        };
        Network::uniform(Input::default(), layer, depth).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn suprema_bound_the_values_closely(
            d in 2usize..7,
            order in Just((0usize..12).collect::<Vec<_>>()).prop_shuffle(),
            rho in 0.0f64..1.0,
        ) {
            let precision = 128;
            let weights = harmonic::multiplicity_balls(d, 11, precision);
            let sums = PartialSums { dimension: d, weights, order };
            let suprema = sums.suprema(&Ball::exact(Float::with_val(64, rho)));
            let mut largest = [0.0f64; 12];
            for i in 0..=400 {
                let t = rho * (f64::from(i) / 200.0 - 1.0);
                let mut values = vec![];
                let point = Ball::exact(Float::with_val(precision, t));
                harmonic::legendre(d, &point, 11, |_, p| values.push(p.midpoint().to_f64()));
                let mut sum = 0.0;
                for (m, k) in sums.order.iter().enumerate() {
                    sum += values[*k] * sums.weights[*k].midpoint().to_f64();
                    largest[m] = largest[m].max(sum.abs());
                }
            }
            for (m, (bound, value)) in suprema.iter().zip(largest).enumerate() {
                let bound = bound.to_float().to_f64();
                prop_assert!(bound >= value * (1.0 - 1e-12), "m = {}: {} {}", m, bound, value);
                // A grid sees most of the supremum, and a cell exceeds it by its own width.
                prop_assert!(bound <= 1.5 * value + 1e-6 * sums.at_one()[m].midpoint().to_f64(), "m = {}: {} {}", m, bound, value);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(8))]
        #[test]
        fn every_data_set_is_within(
            rows in prop::collection::vec([1i64..9, -9i64..9, -9i64..9], 2..7),
            name in prop::sample::select(vec!["relu", "erf", "sin"]),
            depth in 1usize..3,
        ) {
            let text: Vec<String> = rows.iter().map(|[a, b, c]| format!("{a},{b},{c}")).collect();
            let points = Points::from_csv(&text.join("\n")).unwrap();
            let separation = points.separation().unwrap().unwrap();
            prop_assume!(!separation.collinearity_squared.is_one());
            let accuracy = Accuracy::relative(15).unwrap();
            let network = network(name, depth);
            let gram = GramMatrix::on_sphere(&network, Kernel::Ntk, &points, accuracy).unwrap();
            let smallest = smallest_eigenvalue(&gram).unwrap().value;
            // From below and from above the separation: rational to forty bits.
            let delta2 = separation.delta(128).square();
            for (scale, lower) in [(1.0 - 1e-9, true), (1.0 + 1e-9, false)] {
                let squared: Float = Float::with_val(40, delta2.midpoint()) * scale;
                let separation_squared = crate::number::rational::rational_from_gmp(&squared.to_rational().unwrap());
                if separation_squared > BigRational::from_integer(2.into()) {
                    continue;
                }
                let shape = DataShape { count: rows.len(), dimension: 3, separation_squared };
                for bound in apriori_bounds(&network, Kernel::Ntk, &shape, 40, accuracy).unwrap() {
                    match bound.method.is_upper() {
                        false if lower => prop_assert!(bound.value.lower() <= smallest.upper(), "{:?}", bound),
                        true if !lower => prop_assert!(bound.value.upper() >= smallest.lower(), "{:?}", bound),
                        _ => {}
                    }
                }
            }
        }
    }

    #[test]
    fn shapes_that_no_data_has_are_refused() {
        let shape = |count, dimension, delta2: i64| DataShape {
            count,
            dimension,
            separation_squared: BigRational::new(delta2.into(), 10.into()),
        };
        let accuracy = Accuracy::relative(10).unwrap();
        for bad in [shape(1, 3, 1), shape(3, 1, 1), shape(3, 3, 0), shape(3, 3, 21), shape(usize::MAX, 3, 1)]
        {
            let found = apriori_bounds(&network("relu", 1), Kernel::Ntk, &bad, 10, accuracy);
            assert!(matches!(found, Err(Error::Parameter { .. })), "{bad:?}");
        }
    }
}
