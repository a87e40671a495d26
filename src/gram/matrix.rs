//! The Gram matrix: enclosures of every entry, to the accuracy asked for.

use num_traits::Zero;
use rayon::prelude::*;
use rug::Float;

use super::Points;
use super::inner::{Covariances, InnerProducts};
use super::layers::{self, Class, Effort, Layers};
use crate::Error;
use crate::kernel::{Kernel, Network};
use crate::number::{Accuracy, Ball, Mag};

/// Most points: the matrix is dense.
pub const MAX_POINTS: usize = 4000;
/// Most Hermite coefficients of one variance, and of all together.
const MAX_TERMS: usize = 1 << 14;
const MAX_ALL_TERMS: usize = 1 << 22;

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
    /// `rows[i][j]`, `j <= i`.
    rows: Vec<Vec<Ball>>,
}

/// An entry, and whether more Hermite coefficients would have made it more accurate.
type Entry = (Ball, bool);

impl GramMatrix {
    /// The matrix with every entry as accurate as asked: an absolute error, or one relative to `√(K_ii K_jj)`.
    ///
    /// `normalized` and `unit` variances are those of the network on its own sphere, whatever the points' norms.
    ///
    /// # Errors
    /// [`Error::Parameter`] for more than 4000 points, or a point at the origin where the activation's value there is not known;
    /// [`Error::NoTangentKernel`], [`Error::NotSquareIntegrable`], and [`Error::AccuracyNotReached`] with the best
    /// enclosure found: an activation with a kink and no closed dual needs ever more Hermite coefficients as points
    /// come close.
    ///
    /// # Method
    /// `c_1` exactly from integer inner products; then layer by layer
    /// `c_{l+1} = σ_w² Σ_k μ_k(q) μ_k(q') ρ^k + σ_b²`, `Θ_{l+1} = c_{l+1} + Θ_l dc_{l+1}/dc_l`, in closed form where the dual has
    /// one, else by Hermite coefficients, the rest bounded by `|ρ|^T √(Σ_{k>=T} μ_k(q)²) √(Σ_{k>=T} μ_k(q')²)`. Precision and number
    /// of coefficients are raised for the entries that need it.
    pub fn new(
        network: &Network,
        kernel: Kernel,
        points: &Points,
        accuracy: Accuracy,
    ) -> Result<GramMatrix, Error> {
        if points.len() > MAX_POINTS {
            return Err(Error::parameter(
                "number of points",
                points.len(),
                "a Gram matrix is dense, of n² entries: at most 4000 points are accepted",
            ));
        }
        let rows = Builder::new(network, kernel, points, accuracy, false).run()?;
        let (network, points) = (network.clone(), points.clone());
        Ok(GramMatrix { network, kernel, points, accuracy, projected: false, rows })
    }

    /// The matrix for the points `r x/|x|`, `r²` the input's `radius2`: rows normalized, without rounding them. The matrix keeps
    /// the [directions](Points::directions) of the points.
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
        if points.len() > MAX_POINTS {
            return GramMatrix::new(network, kernel, points, accuracy);
        }
        let points = points.directions()?;
        let rows = Builder::new(network, kernel, &points, accuracy, true).run()?;
        Ok(GramMatrix { network: network.clone(), kernel, points, accuracy, projected: true, rows })
    }

    /// Are all points on the network's own sphere?
    pub fn is_on_sphere(&self) -> bool {
        self.projected || self.points.on_sphere().is_some_and(|r| r == self.network.input().radius2)
    }

    /// The number of points.
    // Never empty: points are not.
    #[allow(clippy::len_without_is_empty)]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// `K(x_i, x_j)`.
    ///
    /// # Panics
    /// When an index is `len()` or more, as a slice.
    pub fn get(&self, i: usize, j: usize) -> &Ball {
        &self.rows[i.max(j)][i.min(j)]
    }

    /// The lower triangle: row `i` has the entries `j = 0 ..= i`.
    pub fn rows(&self) -> &[Vec<Ball>] {
        &self.rows
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
        let diagonal: Vec<Ball> = self.rows.iter().enumerate().map(|(i, row)| row[i].clone()).collect();
        Ball::sum(diagonal[0].precision() + 16, &diagonal)
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

    /// Are two of the first-layer functions the same: equal points, or weights that are zero?
    pub(super) fn has_equal_functions(&self) -> bool {
        let weightless = self.network.input().gamma_w2.is_zero() && self.len() > 1;
        weightless || !self.points.duplicates().is_empty()
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

/// The work on the entries: more precision and more coefficients until all are accurate enough.
struct Builder<'a> {
    network: &'a Network,
    kernel: Kernel,
    accuracy: Accuracy,
    inner: InnerProducts,
    n: usize,
    effort: Effort,
    most_precision: u32,
    most_terms: usize,
}

impl<'a> Builder<'a> {
    fn new(
        network: &'a Network,
        kernel: Kernel,
        points: &Points,
        accuracy: Accuracy,
        projected: bool,
    ) -> Builder<'a> {
        let inner = match projected {
            true => InnerProducts::projected(points, network.input()),
            false => InnerProducts::new(points, network.input()),
        };
        let bits = accuracy.bits();
        // A layer loses a bit or two, a sum of Hermite coefficients a few more.
        let precision = bits + 40 + 2 * network.layers().len() as u32;
        let classes = inner.variances().len();
        Builder {
            network,
            kernel,
            accuracy,
            n: points.len(),
            effort: Effort { precision, terms: 256, bits: bits + 12 },
            most_precision: precision.saturating_mul(16) + 4096,
            most_terms: MAX_TERMS.min(MAX_ALL_TERMS / classes).max(256),
            inner,
        }
    }

    fn run(mut self) -> Result<Vec<Vec<Ball>>, Error> {
        let keep = self.effort.precision;
        let mut layers = self.layers()?;
        let covariances = self.inner.at(keep);
        let row = |i: usize| (0..=i).map(|j| self.entry(&layers, &covariances, i, j)).collect();
        let mut rows: Vec<Vec<Entry>> = (0..self.n).into_par_iter().map(row).collect();
        loop {
            let lacking = self.lacking(&layers, &rows);
            let Some(&(i, j)) = lacking.iter().find(|(i, j)| rows[*i][*j].1).or(lacking.first()) else {
                break;
            };
            if !self.raise(rows[i][j].1) {
                let what = format!("K(x_{}, x_{})", i + 1, j + 1);
                return Err(Error::AccuracyNotReached { what, best: Box::new(rows[i][j].0.clone()) });
            }
            layers = self.layers()?;
            let covariances = self.inner.at(self.effort.precision);
            let entry = |&(i, j): &(usize, usize)| self.entry(&layers, &covariances, i, j);
            let better: Vec<Entry> = lacking.par_iter().map(entry).collect();
            for (&(i, j), new) in lacking.iter().zip(better) {
                rows[i][j] = new;
            }
        }
        let finished = |row: Vec<Entry>| row.into_iter().map(|(x, _)| x.with_precision(keep)).collect();
        Ok(rows.into_iter().map(finished).collect())
    }

    fn layers(&self) -> Result<Layers, Error> {
        Layers::new(self.network, self.kernel, self.inner.variances(), self.effort)
    }

    /// More Hermite coefficients or more bits; `false` at the limit.
    fn raise(&mut self, short: bool) -> bool {
        let effort = &mut self.effort;
        if short {
            let more = (4 * effort.terms).min(self.most_terms);
            let raised = more > effort.terms;
            effort.terms = more;
            return raised;
        }
        let more = effort.precision.saturating_mul(2).min(self.most_precision);
        let raised = more > effort.precision;
        effort.precision = more;
        raised
    }

    /// The entries that are not accurate enough.
    fn lacking(&self, layers: &Layers, rows: &[Vec<Entry>]) -> Vec<(usize, usize)> {
        let bits = i64::from(self.accuracy.bits());
        // √(K_ii K_jj) >= the product of these; the accuracy's bits have four to spare for the roundings here.
        let root = |x: &Ball| Mag::from_float_lower(&x.lower().max(&Float::new(53)).clone().sqrt());
        let roots: Vec<Mag> = layers.diagonal.iter().map(root).collect();
        let lacks = |i: usize, j: usize| {
            let x = &rows[i][j].0;
            let unit = match self.accuracy.is_absolute() {
                true => Mag::ONE,
                false => roots[self.inner.class(i)] * roots[self.inner.class(j)],
            };
            !x.is_exact() && x.radius() > unit.shl(-bits)
        };
        let of_row = |i: usize| (0..=i).filter(|&j| lacks(i, j)).map(|j| (i, j)).collect::<Vec<_>>();
        (0..self.n).into_par_iter().flat_map_iter(of_row).collect()
    }

    fn entry(&self, layers: &Layers, covariances: &Covariances, i: usize, j: usize) -> Entry {
        let (a, b) = (self.inner.class(i), self.inner.class(j));
        if self.inner.are_same(i, j) {
            return (layers.diagonal[a].clone(), false);
        }
        let ntk = self.kernel == Kernel::Ntk;
        let mut c = covariances.get(i, j);
        let mut theta = c.clone();
        let mut short = false;
        // Is ρ exactly ±1?
        let mut proportional = None;
        for (l, layer) in layers.layers.iter().enumerate() {
            let (x, y) = (&layer.classes[a], &layer.classes[b]);
            let (value, slope) = if x.is_zero() || y.is_zero() {
                // E[φ(0) φ(v)]; Θ and its slope's factor are zero.
                (product_of_means(x, y, self.effort.precision), None)
            } else {
                let scale = &x.inverse_root * &y.inverse_root;
                let enclosed = clipped(&c * &scale);
                if l == 0 {
                    proportional = self.inner.proportional(i, j, &enclosed);
                }
                let rho = proportional.map_or(enclosed, |opposite| {
                    Ball::from_integer(if opposite { -1 } else { 1 }, self.effort.precision)
                });
                let crossed = x.half.cross(&y.half, &rho, ntk, &layer.kernels, self.effort.bits);
                short |= crossed.short;
                proportional = proportional
                    .filter(|&opposite| layer.sigma_b2.is_exact_zero() && x.half.keeps_proportion(opposite));
                (crossed.value, crossed.slope.map(|slope| slope * &scale))
            };
            c = &layer.sigma_w2 * &value + &layer.sigma_b2;
            if ntk {
                theta = match slope {
                    // dc_{l+1}/dc_l = σ_w² F'(ρ)/√(q q').
                    Some(slope) => &c + &(&theta * &(&layer.sigma_w2 * &slope)),
                    None => c.clone(),
                };
            }
        }
        (if ntk { theta } else { c }, short)
    }
}

fn product_of_means(x: &Class, y: &Class, precision: u32) -> Ball {
    match (&x.mean, &y.mean) {
        (Some(x), Some(y)) => x * y,
        _ => Ball::whole_line(precision),
    }
}

/// A correlation is in `[-1, 1]`: a midpoint outside is no closer to any of its members than the end.
fn clipped(rho: Ball) -> Ball {
    let end = match rho.midpoint() {
        x if *x > 1 => 1,
        x if *x < -1 => -1,
        _ => return rho,
    };
    Ball::from_integer(end, rho.precision()).widened(rho.radius())
}
