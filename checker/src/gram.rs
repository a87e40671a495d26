//! Enclosures of the kernel's matrix on given points, of any norms.
//!
//! `c_1 = γ_w² x·y + γ_b²` exactly; then layer by layer `E[φ(u)φ(v)]` and `E[φ'(u)φ'(v)]` for `(u, v)` Gaussian with
//! covariance `(p, c; c, q)`: in closed form (`closed`), or by Hermite coefficients and Parseval's remainder (`moments`).

mod closed;
mod moments;

use std::collections::HashMap;

use num_bigint::BigInt;
use num_traits::{One, ToPrimitive};

use crate::Rejection;
use crate::activation::Activation;
use crate::claims::Facts;
use crate::format::{Certificate, Kernel};
use crate::interval::Interval;
use crate::lambda_min::parallel;
use crate::limits::Limits;
use crate::network::variances;
use crate::points::{PointSet, dot};
use closed::Closed;
use moments::Moments;

/// The lower triangle of the matrix.
pub(crate) struct Gram {
    rows: Vec<Vec<Interval>>,
    /// Quadrature was used, which more precision does not sharpen.
    pub(crate) is_coarse: bool,
}

/// `E[φφ]` and `E[φ'φ']` of a pair.
type Pair = (Interval, Interval);

/// How a layer's expectations are found.
enum Layer<'a> {
    Closed(Closed<'a>),
    /// Moments by variance, and the place of every point's.
    Series {
        moments: Vec<Moments>,
        place: Vec<usize>,
    },
}

impl Gram {
    pub(crate) fn entry(&self, i: usize, j: usize) -> &Interval {
        &self.rows[i.max(j)][i.min(j)]
    }

    pub(crate) fn new(
        certificate: &Certificate,
        facts: &Facts,
        set: &PointSet,
        prec: u32,
        limits: &Limits,
    ) -> Result<Gram, Rejection> {
        let network = &certificate.network;
        let n = set.rows.len();
        // A layer on a pair takes some hundred steps.
        let work = (n as u64).saturating_pow(2).saturating_mul(100 * network.layers.len() as u64);
        if work > limits.work {
            return Err(Rejection::malformed(
                "points",
                "the matrix on so many points and layers is too large",
            ));
        }
        let tangent = certificate.kernel == Kernel::Ntk;
        let variances = variances(certificate, facts, prec, limits)?;
        let first = |i: usize, j: usize| {
            let value = &network.gamma_w2 * dot(&set.rows[i], &set.rows[j]) + &network.gamma_b2;
            Interval::rational(&value, prec)
        };
        let mut c = parallel(n, |i| (0..=i).map(|j| first(i, j)).collect::<Vec<_>>());
        let mut theta = c.clone();
        let mut is_coarse = false;
        for (l, (layer, variance)) in network.layers.iter().zip(&variances).enumerate() {
            let field = || format!("network.layers[{l}].activation");
            let activation = facts
                .activation(&layer.activation)
                .ok_or_else(|| Rejection::malformed(field(), "unknown"))?;
            let diagonal: Vec<Interval> = (0..n).map(|i| c[i][i].clone()).collect();
            let kind = match Closed::new(activation, &diagonal) {
                Some(closed) => Layer::Closed(closed),
                None => {
                    is_coarse = true;
                    Layer::series(activation, &c, tangent, limits).ok_or_else(|| {
                        Rejection::refuted(
                            field(),
                            "the Gaussian integrals of this activation are not enclosed",
                        )
                    })?
                }
            };
            let (weight, bias) = (variance.weight.interval(prec), variance.bias.interval(prec));
            let next = parallel(n, |i| {
                let entry = |j: usize| {
                    let (value, slope) = kind.pair(i, j, &diagonal, &c[i][j], tangent);
                    let value = value.at(prec).mul(&weight).add(&bias);
                    if !tangent {
                        return (value.clone(), value);
                    }
                    // With no variance at a point, Θ is 0 there too (Cauchy-Schwarz), whatever φ' is.
                    let none = diagonal[i].is_zero() || diagonal[j].is_zero();
                    let product = theta[i][j].mul(&slope.at(prec)).mul(&weight);
                    let tangent = if none { value.clone() } else { value.add(&product) };
                    (value, tangent)
                };
                (0..=i).map(entry).unzip::<Interval, Interval, Vec<_>, Vec<_>>()
            });
            (c, theta) = next.into_iter().unzip();
        }
        Ok(Gram { rows: if tangent { theta } else { c }, is_coarse })
    }
}

impl<'a> Layer<'a> {
    fn series(a: &Activation, c: &[Vec<Interval>], tangent: bool, limits: &Limits) -> Option<Layer<'a>> {
        let n = c.len();
        let mut order: HashMap<(Option<BigInt>, Option<BigInt>), usize> = HashMap::new();
        let mut different: Vec<Interval> = vec![];
        let mut place = vec![];
        for (i, row) in c.iter().enumerate() {
            let q = &row[i];
            let key = (q.lo.clone(), q.hi.clone());
            place.push(*order.entry(key).or_insert_with(|| {
                different.push(q.clone());
                different.len() - 1
            }));
        }
        let length = moments::length(largest_cosine(c));
        let budget = limits.work / (different.len() as u64 + 1) / 4;
        let moments = parallel(different.len(), |i| Moments::new(a, &different[i], length, tangent, budget));
        let moments = moments.into_iter().collect::<Option<Vec<_>>>()?;
        debug_assert_eq!(place.len(), n);
        Some(Layer::Series { moments, place })
    }

    fn pair(&self, i: usize, j: usize, diagonal: &[Interval], c: &Interval, tangent: bool) -> Pair {
        match self {
            Layer::Closed(closed) if i == j => closed.diagonal(i, &diagonal[i]),
            Layer::Closed(closed) => closed.pair(i, j, diagonal, c),
            Layer::Series { moments, place } => {
                let (a, b) = (&moments[place[i]], &moments[place[j]]);
                if i == j {
                    return a.diagonal();
                }
                moments::pair(a, b, &cosine(&diagonal[i], &diagonal[j], c), tangent)
            }
        }
    }
}

/// `c/√(pq)`, at most 1 in size (Cauchy-Schwarz).
fn cosine(p: &Interval, q: &Interval, c: &Interval) -> Interval {
    let one = Interval::integer(1, c.prec);
    c.div(&p.mul(q).sqrt()).meet_or(&one.hull(&one.neg()))
}

/// About the largest cosine between two points; it steers only.
fn largest_cosine(c: &[Vec<Interval>]) -> f64 {
    let size = |x: &Interval| {
        let top = x.magnitude().unwrap_or_else(BigInt::one);
        num_rational::BigRational::new(top, BigInt::one() << x.prec).to_f64().unwrap_or(1.0)
    };
    let mut largest = 0f64;
    for (i, row) in c.iter().enumerate() {
        for (j, entry) in row.iter().take(i).enumerate() {
            let cosine = size(entry) / (size(&c[i][i]) * size(&c[j][j])).sqrt();
            // Equal points do not count: no number of terms is enough for them.
            if cosine < 1.0 - 1e-9 {
                largest = largest.max(cosine);
            }
        }
    }
    largest
}

/// `E[φ(√q Z)²]`.
pub(crate) fn second_moment(a: &Activation, q: &Interval, limits: &Limits) -> Option<Interval> {
    if let Some(closed) = Closed::new(a, std::slice::from_ref(q)) {
        return Some(closed.diagonal(0, q).0);
    }
    Some(Moments::new(a, q, 0, false, limits.work / 4)?.diagonal().0)
}

#[cfg(test)]
mod tests;
