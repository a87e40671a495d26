//! The Gram matrix: enclosures of every entry, to the accuracy asked for.

use std::sync::{Arc, OnceLock};

use num_traits::Zero;

use super::Points;
use super::bounds::sums::PowerSums;
use super::build::Builder;
use super::entries::Entries;
use super::layers;
use crate::Error;
use crate::kernel::profile::Profile;
use crate::kernel::{Kernel, Network};
use crate::number::{Accuracy, Ball};
use crate::spectrum::parity::Powers;

/// Most points: the matrix is dense, with 8 n² bytes for its entries in fixed point and 4 n² for each factor in
/// doubles.
pub(crate) const MAX_POINTS: usize = 10_000;

/// Enclosures of `K(x_i, x_j)` for the NTK or NNGP kernel of a network on points of any norms.
///
/// # Examples
/// ```
/// use ntk_series::gram::{GramMatrix, Points};
/// use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
/// use ntk_series::number::parse_rational;
/// use ntk_series::{Accuracy, Activation, Kernel, Network};
/// let layer = Layer {
///     activation: Activation::parse("erf")?,
///     sigma_w2: WeightVariance::Exact(parse_rational("1")?),
///     sigma_b2: BiasVariance::Exact(parse_rational("0")?),
/// };
/// let network = Network::uniform(Input::default(), layer, 1)?;
/// let points = Points::from_csv("1, 0\n1, 1")?;
/// let gram = GramMatrix::new(&network, Kernel::Nngp, &points, Accuracy::absolute(12)?)?;
/// // (2/π) asin(2 x·y/√((1 + 2 x·x)(1 + 2 y·y))) = (2/π) asin(2/√15).
/// assert_eq!(gram.get(0, 1).to_decimal(10).unwrap().value, "0.3454547818");
/// # Ok::<(), ntk_series::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct GramMatrix {
    network: Network,
    kernel: Kernel,
    points: Points,
    accuracy: Accuracy,
    /// Are the points stood for by those of the sphere in the same directions?
    projected: bool,
    entries: Entries,
    /// What the bounds share.
    pub(super) power_sums: OnceLock<Arc<PowerSums>>,
}

impl GramMatrix {
    /// The matrix with every entry as accurate as asked: an absolute error, or one relative to `√(K_ii K_jj)`.
    ///
    /// `normalized` and `unit` variances are those of the network on its own sphere, whatever the points' norms.
    ///
    /// # Errors
    /// [`Error::Parameter`] for more than 10000 points (4000 of different norms, or with more than 27 digits), or a
    /// point at the origin where the activation's value there is not known; [`Error::NoTangentKernel`],
    /// [`Error::NotSquareIntegrable`], and [`Error::AccuracyNotReached`] with the best enclosure found: an activation
    /// with a kink and no closed dual needs ever more Hermite coefficients as points come close.
    ///
    /// # Method
    /// `c_1` exactly from integer inner products; then layer by layer
    /// `c_{l+1} = σ_w² Σ_k μ_k(q) μ_k(q') ρ^k + σ_b²`, `Θ_{l+1} = c_{l+1} + Θ_l dc_{l+1}/dc_l`, in closed form where
    /// the dual has one, else by Hermite coefficients, the rest bounded by
    /// `|ρ|^T √(Σ_{k>=T} μ_k(q)²) √(Σ_{k>=T} μ_k(q')²)`. Precision and number of coefficients are raised for the
    /// entries that need it. Many points of one sphere share a function of the cosine: it is interpolated by piecewise
    /// polynomials with a proved error, and the entries are kept in fixed point.
    pub fn new(
        network: &Network,
        kernel: Kernel,
        points: &Points,
        accuracy: Accuracy,
    ) -> Result<GramMatrix, Error> {
        check_count(points)?;
        let entries = Builder::new(network, kernel, points, accuracy, false).run()?;
        entries.check(points.len())?;
        let (network, points) = (network.clone(), points.clone());
        Ok(GramMatrix {
            network,
            kernel,
            points,
            accuracy,
            projected: false,
            entries,
            power_sums: OnceLock::new(),
        })
    }

    /// The matrix for the points `r x/|x|`, `r²` the input's `radius2`: rows normalized, without rounding them. The
    /// matrix keeps the [directions](Points::directions) of the points.
    ///
    /// # Errors
    /// As [`GramMatrix::new`], and [`Error::Parameter`] for a point at the origin.
    ///
    /// # Examples
    /// ```
    /// # use ntk_series::gram::{GramMatrix, Points};
    /// # use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
    /// # use ntk_series::{Accuracy, Activation, Ball, Kernel, Network};
    /// # let sigma_b2 = BiasVariance::Exact(num_traits::Zero::zero());
    /// # let layer = Layer { activation: Activation::relu(), sigma_w2: WeightVariance::Normalized, sigma_b2 };
    /// # let network = Network::uniform(Input::default(), layer, 1)?;
    /// let points = Points::from_csv("1, 1\n0, 3")?;
    /// let gram = GramMatrix::on_sphere(&network, Kernel::Ntk, &points, Accuracy::relative(15)?)?;
    /// assert!(gram.get(0, 0).overlaps(&Ball::from_integer(2, 64)));
    /// // √(1-ρ²)/π + 2ρ(π - acos ρ)/π at ρ = 1/√2.
    /// assert!(gram.get(0, 1).to_string().starts_with("1.2857392"));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn on_sphere(
        network: &Network,
        kernel: Kernel,
        points: &Points,
        accuracy: Accuracy,
    ) -> Result<GramMatrix, Error> {
        check_count(points)?;
        let points = points.directions()?;
        let entries = Builder::new(network, kernel, &points, accuracy, true).run()?;
        entries.check(points.len())?;
        Ok(GramMatrix {
            network: network.clone(),
            kernel,
            points,
            accuracy,
            projected: true,
            entries,
            power_sums: OnceLock::new(),
        })
    }

    /// Are all points on the network's own sphere?
    pub fn is_on_sphere(&self) -> bool {
        self.projected || self.points.on_sphere().is_some_and(|r| r == self.network.input().radius2)
    }

    /// The number of points.
    // Never empty: points are not.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.points.len()
    }

    /// `K(x_i, x_j)`.
    ///
    /// # Panics
    /// When an index is `len()` or more, as a slice.
    pub fn get(&self, i: usize, j: usize) -> Ball {
        self.entries.get(i.max(j), i.min(j))
    }

    pub(super) fn entries(&self) -> &Entries {
        &self.entries
    }

    pub(super) fn into_entries(self) -> Entries {
        self.entries
    }

    /// The sum of the diagonal, which is the sum of the eigenvalues.
    ///
    /// # Examples
    /// ```
    /// # use ntk_series::gram::{GramMatrix, Points};
    /// # use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
    /// # use ntk_series::{Accuracy, Activation, Kernel, Network};
    /// # let sigma_b2 = BiasVariance::Exact(num_traits::Zero::zero());
    /// # let layer = Layer { activation: Activation::relu(), sigma_w2: WeightVariance::Normalized, sigma_b2 };
    /// # let network = Network::uniform(Input::default(), layer, 1)?;
    /// let points = Points::from_csv("3/5, 4/5\n0, 1")?;
    /// let gram = GramMatrix::new(&network, Kernel::Ntk, &points, Accuracy::relative(15)?)?;
    /// assert!(gram.trace().overlaps(&ntk_series::Ball::from_integer(4, 64))); // Θ(1) = 2 on the unit sphere
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn trace(&self) -> Ball {
        self.entries.trace(self.len())
    }

    /// The same points with other entries: those that no kernel gives.
    #[cfg(test)]
    pub(super) fn with_entries(self, entries: Entries) -> GramMatrix {
        GramMatrix { entries, power_sums: OnceLock::new(), ..self }
    }

    /// The same matrix to another accuracy.
    pub(super) fn at_accuracy(&self, accuracy: Accuracy) -> Result<GramMatrix, Error> {
        match self.projected {
            true => GramMatrix::on_sphere(&self.network, self.kernel, &self.points, accuracy),
            false => GramMatrix::new(&self.network, self.kernel, &self.points, accuracy),
        }
    }

    /// `σ_w²` and `σ_b²` of every layer.
    pub(super) fn layer_weights(&self, precision: u32) -> Result<Vec<(Ball, Ball)>, Error> {
        layers::layer_weights(&self.network, self.kernel, precision)
    }

    /// Is an eigenvalue zero for sure: are two first-layer functions the same (equal points, or weights that are zero),
    /// is a row zero, or are there antipodes under a kernel of one parity?
    pub(super) fn has_zero_eigenvalue(&self) -> bool {
        let weightless = self.network.input().gamma_w2.is_zero() && self.len() > 1;
        weightless
            || !self.points.duplicates().is_empty()
            || (0..self.len()).any(|i| self.get(i, i).is_exact_zero())
            || self.is_on_sphere() && !self.points.antipodal_pairs().is_empty() && self.has_one_parity()
    }

    /// Has the kernel on the sphere only even, or only odd powers of ρ? Then `K(x, -x) = ±K(x, x)`, and `x` and `-x`
    /// have the null vector `(1, ∓1)`.
    fn has_one_parity(&self) -> bool {
        let Ok(profile) = Profile::rough(&self.network, self.kernel, 64) else { return false };
        let powers = Powers::of(&profile, self.kernel);
        powers.has_no(0) || powers.has_no(1)
    }

    /// The network.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Which kernel.
    pub fn kernel(&self) -> Kernel {
        self.kernel
    }

    /// The points.
    pub fn points(&self) -> &Points {
        &self.points
    }

    /// The accuracy asked for.
    pub fn accuracy(&self) -> Accuracy {
        self.accuracy
    }
}

fn check_count(points: &Points) -> Result<(), Error> {
    match points.len() > MAX_POINTS {
        true => {
            let accepted = "a Gram matrix is dense, of n² entries: at most 10000 points are accepted";
            Err(Error::parameter("number of points", points.len(), accepted))
        }
        false => Ok(()),
    }
}
