//! Bounds of the smallest eigenvalue from the number of points, the dimension and the separation alone.

use num_rational::BigRational;
use num_traits::{One, Signed};

use super::bounds::{BoundMethod, EigenvalueBound, harmonic_apriori, larger, powers_apriori, powers_worth};
use crate::Error;
use crate::kernel::{Convention, Kernel, KernelSeries, Network};
use crate::number::{Accuracy, Ball};
use crate::spectrum::MAX_DIMENSION;

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
/// - [`HadamardGershgorinApriori`](BoundMethod::HadamardGershgorinApriori), of no dimension: `Σ_p κ_p max(0, 1 - (n-1)
///   ρ*^p)`;
/// - [`HarmonicApriori`](BoundMethod::HarmonicApriori): `max_c (K_c(1) - (n-1) sup_{|ρ|<=ρ*} |K_c(ρ)|)`, `K_c = Σ_k
///   min(λ_k, c) N(d,k) P_k` up to a degree that δ asks for; the idea of \[K24\] with every constant explicit. The
///   supremum is bounded on cells of the angle by Taylor polynomials, what they leave out by Bernstein's inequality;
/// - [`PairwiseApriori`](BoundMethod::PairwiseApriori), an upper bound, from the pair that attains `δ`: `K(1) -
///   min(|K(ρ*)|, |K(-ρ*)|)`.
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
    let (count, dimension) = (shape.count, shape.dimension);
    if let Some(value) = harmonic_apriori(network, kernel, [count, dimension], &rho, accuracy)? {
        out.push(bound(BoundMethod::HarmonicApriori, value));
    }
    out.push(bound(BoundMethod::PairwiseApriori, pairwise(&series, &rho)?));
    super::bounds::check(&out)?;
    Ok(out)
}

fn pairwise(series: &KernelSeries, rho: &Ball) -> Result<Ball, Error> {
    let [one, other] = [rho.clone(), -rho].map(|rho| series.evaluate(&rho));
    Ok(series.sum() + &larger(&-one?.abs(), &-other?.abs()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::gram::{GramMatrix, Points, smallest_eigenvalue};
    use crate::network::samples::normalized;

    proptest! {
        #![proptest_config(ntk_testing::cases(24))]
        #[test]
        fn every_data_set_is_within(
            planar in prop::collection::vec([-9i64..9, -9i64..9, 1i64..9], 2..7),
            name in prop::sample::select(vec!["relu", "erf", "sin"]),
            depth in 1usize..3,
        ) {
            // Images of (a/c, b/c) under stereographic projection: rational points of the sphere, so that δ² is
            // rational.
            let row = |[a, b, c]: &[i64; 3]| format!("{},{},{}", 2 * a * c, 2 * b * c, a * a + b * b - c * c);
            let text: Vec<String> = planar.iter().map(row).collect();
            let points = Points::from_csv(&text.join("\n")).unwrap();
            let collinearity_squared = points.separation().unwrap().unwrap().collinearity_squared;
            prop_assume!(!collinearity_squared.is_one());
            let collinearity = BigRational::new(collinearity_squared.numer().sqrt(), collinearity_squared.denom().sqrt());
            prop_assert_eq!(&collinearity * &collinearity, collinearity_squared);
            let accuracy = Accuracy::relative(15).unwrap();
            let network = normalized(name, depth);
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
            let found = apriori_bounds(&normalized("relu", 1), Kernel::Ntk, &bad, accuracy);
            assert!(matches!(found, Err(Error::Parameter { .. })), "{bad:?}");
        }
    }
}
