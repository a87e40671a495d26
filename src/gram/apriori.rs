//! Bounds of the smallest eigenvalue from the number of points, the dimension and the separation alone.

use num_rational::BigRational;
use num_traits::{One, Signed};
use rayon::prelude::*;
use rug::Float;

use super::bounds::{BoundMethod, EigenvalueBound, MAX_HARMONIC_WORK, larger, powers_apriori, powers_worth};
use super::parts::Clipped;
use crate::Error;
use crate::kernel::{Convention, Kernel, KernelSeries, Network};
use crate::number::{Accuracy, Ball, Mag};
use crate::spectrum::{MAX_DIMENSION, Measure};

/// Highest degree of the harmonics.
const MAX_HARMONIC: usize = 192;
/// Terms of the Taylor polynomials on the cells.
const JET: usize = 8;

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
/// - [`HadamardGershgorinApriori`](BoundMethod::HadamardGershgorinApriori), of no dimension: `Σ_p κ_p max(0, 1 - (n-1) ρ*^p)`;
/// - [`HarmonicApriori`](BoundMethod::HarmonicApriori): `max_c (K_c(1) - (n-1) sup_{|ρ|<=ρ*} |K_c(ρ)|)`, `K_c = Σ_k min(λ_k, c) N(d,k) P_k` up to
///   a degree that δ asks for; the idea of \[K24\] with every constant explicit. The supremum is bounded on cells of the angle by
///   Taylor polynomials, what they leave out by Bernstein's inequality;
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
/// let bounds = apriori_bounds(&network, Kernel::Ntk, &shape, Accuracy::relative(10)?)?;
/// let [gershgorin, harmonic, pairwise] = &bounds[..] else { panic!() };
/// assert!(gershgorin.value.lower() > 0.2 && harmonic.value.lower() > 0.2);
/// assert!(pairwise.method == BoundMethod::PairwiseApriori && pairwise.value.upper() < 3);
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn apriori_bounds(
    network: &Network,
    kernel: Kernel,
    shape: &DataShape,
    accuracy: Accuracy,
) -> Result<Vec<EigenvalueBound>, Error> {
    shape.check()?;
    let rho = shape.collinearity(accuracy.bits() + 64);
    let degree = powers_worth(shape.count, &rho);
    let series = network.series(kernel, Convention::Standard, degree, accuracy)?;
    let bound = |method, value| EigenvalueBound { method, value };
    let value = powers_apriori(&series, shape.count, &rho);
    let mut out = vec![bound(BoundMethod::HadamardGershgorinApriori, value)];
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
fn harmonic_bound(
    network: &Network,
    kernel: Kernel,
    shape: &DataShape,
    rho: &Ball,
    accuracy: Accuracy,
) -> Result<Option<Ball>, Error> {
    let d = shape.dimension;
    // Harmonics resolve the angle between the points well from about this degree on.
    let worth = (16.0 / rho.acos().midpoint().to_f64().max(1e-9)) as usize;
    let top = worth.clamp(16, MAX_HARMONIC).min(MAX_HARMONIC_WORK / d);
    let spectrum = match network.spectrum(kernel, d, top, accuracy, Measure::Probability) {
        Err(Error::AccuracyNotReached { .. }) => return Ok(None),
        other => other?,
    };
    // The recurrence of P_k loses 1.3 bits a step.
    let clipped = Clipped::new(&spectrum, rho.precision() + 2 * top as u32);
    let suprema = suprema(&clipped, rho);
    let others = shape.count as i64 - 1;
    let value = |(whole, most): (Ball, Mag)| whole - Ball::exact(most.to_float()).mul_integer(others);
    let values = clipped.at_one().into_iter().zip(suprema).map(value);
    Ok(Some(values.fold(Ball::zero(rho.precision()), |best, value| larger(&best, &value))))
}

/// Upper bounds of `sup |K_c(ρ)|` over `|ρ| <= ρ*`, for every level `c`.
fn suprema(clipped: &Clipped, rho: &Ball) -> Vec<Mag> {
    let precision = clipped.precision();
    let radius = 0.3 / (clipped.top().max(1) as f64);
    let first = rho.acos().lower();
    let span = Float::with_val(64, std::f64::consts::FRAC_PI_2) - &first;
    // One cell more than fits: they overlap the right angle, whatever the roundings of the count.
    let count = (span.to_f64().max(0.0) / (2.0 * radius)) as usize + 2;
    let cell = |i: usize| {
        let offset = Float::with_val(precision, radius) * (2 * i + 1) as u32;
        on_cell(clipped, &(offset + &first), radius)
    };
    let wholes = clipped.at_one();
    let zero = || vec![Mag::ZERO; wholes.len()];
    let larger = |a: Vec<Mag>, b: Vec<Mag>| a.into_iter().zip(b).map(|(a, b)| a.max(b)).collect();
    let polynomials: Vec<Mag> = (0..count).into_par_iter().map(cell).reduce(zero, larger);
    let bound = |(polynomial, whole): (Mag, &Ball)| {
        // |K_c| <= K_c(1) everywhere, as |P_k| <= 1.
        (polynomial + left_out(clipped.top(), radius, whole)).min(whole.magnitude())
    };
    polynomials.into_iter().zip(&wholes).map(bound).collect()
}

/// Bounds of the Taylor polynomials of `θ ↦ K_c(±cos θ)` about the center.
fn on_cell(clipped: &Clipped, center: &Float, radius: f64) -> Vec<Mag> {
    let jets = polynomials(clipped.dimension(), clipped.top(), &cosine_jet(&Ball::exact(center.clone())));
    let of_power = |j: usize| clipped.by_parity(|k| jets[k][j].clone());
    let (even, odd): (Vec<Vec<Ball>>, Vec<Vec<Ball>>) = (0..JET).map(of_power).unzip();
    let bound = |m: usize| {
        let mut power = Mag::ONE;
        let mut sums = [Mag::ZERO; 2];
        for (e, o) in even.iter().zip(&odd) {
            // P_k(-ρ) = (-1)^k P_k(ρ): the two signs of ρ give even + odd and even - odd.
            let values = [&e[m] + &o[m], &e[m] - &o[m]];
            sums.iter_mut().zip(values).for_each(|(sum, x)| *sum = *sum + x.magnitude() * power);
            power = power * Mag::from_f64(radius);
        }
        sums[0].max(sums[1])
    };
    (0..clipped.levels.len()).map(bound).collect()
}

/// The Taylor polynomials of `P_0 … P_top` along that of the cosine.
fn polynomials(dimension: usize, top: usize, t: &[Ball; JET]) -> Vec<[Ball; JET]> {
    let shift = dimension as i64 - 2;
    let mut constant = [(); JET].map(|_| Ball::zero(t[0].precision()));
    constant[0] = Ball::from_integer(1, t[0].precision());
    let mut out = vec![constant, t.clone()];
    for k in 1..top as i64 {
        let [before, now] = [&out[k as usize - 1], &out[k as usize]];
        let product = multiply(t, now);
        let next = std::array::from_fn(|j| {
            (&product[j].mul_integer(2 * k + shift) - &before[j].mul_integer(k)).div_integer(k + shift)
        });
        out.push(next);
    }
    out
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

/// What a Taylor polynomial leaves out: `K_c` is a trigonometric polynomial of that degree in θ with `|K_c| <= K_c(1)`, so by Bernstein's
/// inequality its `J`-th derivative is at most `degree^J K_c(1)`, and Taylor's remainder `(radius · degree)^J/J! · K_c(1)`.
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
            sigma_b2: BiasVariance::Exact(num_traits::Zero::zero()),
        };
        Network::uniform(Input::default(), layer, depth).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(40))]
        #[test]
        fn suprema_bound_the_values_closely(d in 2usize..7, depth in 1usize..3, top in 4usize..20, rho in 0.0f64..1.0) {
            let accuracy = Accuracy::relative(15).unwrap();
            let spectrum = network("relu", depth).spectrum(Kernel::Ntk, d, top, accuracy, Measure::Probability);
            let clipped = Clipped::new(&spectrum.unwrap(), 160);
            let suprema = suprema(&clipped, &Ball::exact(Float::with_val(64, rho)));
            // The cells go beyond the ends by less than two of them.
            let beyond = (rho.acos() - 1.2 / top as f64).max(0.0).cos();
            let (mut within, mut around) = (vec![0.0f64; clipped.levels.len()], vec![0.0f64; clipped.levels.len()]);
            for i in 0..=400 {
                let t = beyond * (f64::from(i) / 200.0 - 1.0);
                let values = clipped.remainders(&Ball::exact(Float::with_val(160, t)));
                for (m, value) in values.iter().map(|x| x.midpoint().to_f64().abs()).enumerate() {
                    around[m] = around[m].max(value);
                    within[m] = if t.abs() <= rho { within[m].max(value) } else { within[m] };
                }
            }
            for (m, whole) in clipped.at_one().iter().enumerate() {
                let bound = suprema[m].to_float().to_f64();
                prop_assert!(bound >= within[m] * (1.0 - 1e-12), "{} {}", bound, within[m]);
                let close = 1.2 * around[m] + 1e-6 * whole.midpoint().to_f64();
                prop_assert!(bound <= close, "{} {}", bound, around[m]);
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(24))]
        #[test]
        fn every_data_set_is_within(
            planar in prop::collection::vec([-9i64..9, -9i64..9, 1i64..9], 2..7),
            name in prop::sample::select(vec!["relu", "erf", "sin"]),
            depth in 1usize..3,
        ) {
            // Images of (a/c, b/c) under stereographic projection: rational points of the sphere, so that δ² is rational.
            let row = |[a, b, c]: &[i64; 3]| format!("{},{},{}", 2 * a * c, 2 * b * c, a * a + b * b - c * c);
            let text: Vec<String> = planar.iter().map(row).collect();
            let points = Points::from_csv(&text.join("\n")).unwrap();
            let collinearity_squared = points.separation().unwrap().unwrap().collinearity_squared;
            prop_assume!(!collinearity_squared.is_one());
            let collinearity = BigRational::new(collinearity_squared.numer().sqrt(), collinearity_squared.denom().sqrt());
            prop_assert_eq!(&collinearity * &collinearity, collinearity_squared);
            let accuracy = Accuracy::relative(15).unwrap();
            let network = network(name, depth);
            let gram = GramMatrix::on_sphere(&network, Kernel::Ntk, &points, accuracy).unwrap();
            let smallest = smallest_eigenvalue(&gram, accuracy).unwrap();
            let separation_squared = (BigRational::one() - collinearity) * BigRational::from_integer(2.into());
            let shape = DataShape { count: planar.len(), dimension: 3, separation_squared };
            for bound in apriori_bounds(&network, Kernel::Ntk, &shape, accuracy).unwrap() {
                if bound.method.is_upper() {
                    prop_assert!(bound.value.upper() >= smallest.lower(), "{:?}", bound);
                } else {
                    prop_assert!(bound.value.lower() <= smallest.upper(), "{:?}", bound);
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
            let found = apriori_bounds(&network("relu", 1), Kernel::Ntk, &bad, accuracy);
            assert!(matches!(found, Err(Error::Parameter { .. })), "{bad:?}");
        }
    }
}
