//! Gershgorin's bound of what remains of a kernel after a smooth part.

use crate::parallel::*;

use super::{MAX_HARMONIC_WORK, eigenvalues, larger};
use crate::Error;
use crate::gram::GramMatrix;
use crate::gram::inner::InnerProducts;
use crate::gram::parts::Clipped;
use crate::kernel::KernelSeries;
use crate::number::{Accuracy, Ball};

/// Most pairs of points times parts that are tried, and fewest parts worth trying.
const MAX_WORK: usize = 1 << 23;
const FEWEST: usize = 64;
/// Highest degree of the harmonics.
const MAX_HARMONIC: usize = 128;

/// A kernel on few points, in balls.
pub(super) struct Remainders<'a> {
    gram: &'a GramMatrix,
    inner: InnerProducts,
    precision: u32,
    /// How many parts may be tried for each pair.
    allowed: usize,
}

impl Remainders<'_> {
    /// `None` for too many points.
    pub fn new(gram: &GramMatrix, accuracy: Accuracy) -> Option<Remainders<'_>> {
        let pairs = gram.len() * gram.len() / 2;
        let allowed = MAX_WORK / pairs.max(1);
        let inner = || InnerProducts::new(gram.points(), gram.network().input());
        (allowed >= FEWEST).then(|| Remainders {
            gram,
            inner: inner(),
            precision: accuracy.bits() + 64,
            allowed,
        })
    }

    /// The largest of `K_m(1) - max_i Σ_{j≠i} |K_m(ρ_ij)|`, `K_m = K - f_m`, and zero: `K` is positive semidefinite.
    /// `parts` calls with each `f_m(ρ)`, `m < count`, in order.
    fn best(
        &self,
        count: usize,
        precision: u32,
        parts: impl Fn(&Ball, &mut dyn FnMut(&Ball)) + Sync,
    ) -> Ball {
        let n = self.gram.len();
        let zero = || vec![vec![Ball::zero(self.precision); count]; n];
        let add_row = |mut sums: Vec<Vec<Ball>>, i: usize| {
            for (j, rho) in self.inner.cosines(i, precision).iter().enumerate() {
                let entry = self.gram.get(i, j);
                let mut m = 0;
                parts(rho, &mut |part| {
                    let rest = (&entry - part).abs();
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
        let diagonal = self.gram.get(0, 0);
        parts(&Ball::from_integer(1, precision), &mut |part| wholes.push(&diagonal - part));
        let value = |m: usize| {
            let most = sums.iter().map(|row| row[m].clone()).reduce(|a, b| larger(&a, &b));
            &wholes[m] - &most.unwrap_or_else(|| Ball::zero(self.precision))
        };
        (0..count).map(value).fold(Ball::zero(self.precision), |best, value| larger(&best, &value))
    }

    /// Without the powers below `P`: `f_P(ρ) = Σ_{p<P} κ_p ρ^p`, for all small `P` and ever fewer large ones.
    pub fn without_powers(&self, series: &KernelSeries) -> Ball {
        let kappa = &series.coefficients()[..self.allowed.min(series.max_degree() + 1)];
        let cuts = std::iter::successors(Some(0usize), |p| Some(p + 1 + p / 32));
        let cuts: Vec<usize> = cuts.take_while(|p| *p <= kappa.len()).collect();
        self.best(cuts.len(), self.precision, |rho, visit| {
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
    pub fn without_harmonics(&self, accuracy: Accuracy) -> Result<Option<Ball>, Error> {
        let d = self.gram.points().dimension();
        if d < 2 {
            return Ok(None);
        }
        let top = MAX_HARMONIC.min(self.allowed).min(MAX_HARMONIC_WORK / d);
        let (network, kernel) = (self.gram.network(), self.gram.kernel());
        let Some(spectrum) = eigenvalues(network, kernel, d, top, accuracy)? else { return Ok(None) };
        // The recurrence of P_k loses two bits for each doubling of k.
        let precision = self.precision + 2 * usize::BITS - 2 * top.leading_zeros();
        let clipped = Clipped::new(&spectrum, precision);
        let parts = |rho: &Ball, visit: &mut dyn FnMut(&Ball)| clipped.excesses(rho, visit);
        Ok(Some(self.best(clipped.levels.len(), precision, parts)))
    }
}
