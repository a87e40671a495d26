//! Enclosures of the kernel's matrix on given points, of any norms.
//!
//! `c_1 = γ_w² x·y + γ_b²` exactly; then layer by layer `E[φ(u)φ(v)]` and `E[φ'(u)φ'(v)]` for `(u, v)` Gaussian with
//! covariance `(p, c; c, q)`: in closed form (`closed`, `gate`, `half`), or by Hermite coefficients and Parseval's
//! remainder (`moments`), which are sums over panels (`panels`, `legendre`, `hermite`).

mod closed;
mod gate;
mod half;
mod hermite;
mod legendre;
pub(crate) mod moments;
mod pair;
mod panels;
mod piecewise;
mod quadrant;

use std::collections::{HashMap, HashSet};

use num_traits::{One, Signed, ToPrimitive, Zero};

use crate::Rejection;
use crate::activation::Activation;
use crate::claims::Facts;
use crate::format::{self, Certificate, Kernel};
use crate::integer::{BigInt, BigRational};
use crate::interval::Interval;
use crate::network::{Purpose, Variances, variances};
use crate::points::{PointSet, dot};
use crate::recursion::{Steps, run};
use crate::work::parallel;
use closed::Closed;
pub(crate) use moments::Effort;
use moments::Moments;
use pair::Pair;

/// The lower triangle of the matrix.
pub(crate) struct Gram {
    rows: Rows,
}

/// A lower triangle.
type Rows = Vec<Vec<Interval>>;

/// How a layer's expectations are found.
enum Layer {
    /// With the pairs of proportional points that it has a form of its own for (the larger number first).
    Closed { closed: Closed, proportional: HashMap<(usize, usize), Pair> },
    /// Moments by variance, the place of every point's, and the pairs of proportional points (the larger number first).
    Series { moments: Vec<Moments>, place: Vec<usize>, proportional: HashMap<(usize, usize), Pair> },
}

/// `c/p` where `c² = pq`, exactly: then `v = (c/p) u`.
fn factor(p: &BigRational, c: &BigRational, q: &BigRational) -> Option<BigRational> {
    (!c.is_zero() && c * c == p * q).then(|| c / p)
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
        effort: Effort,
    ) -> Result<Gram, Rejection> {
        let network = &certificate.network;
        let n = set.rows.len();
        let tangent = certificate.kernel == Kernel::Ntk;
        let variances = variances(certificate, facts, prec, Purpose::Values)?;
        let dots: Vec<Vec<BigRational>> =
            parallel(n, |i| (0..=i).map(|j| dot(&set.rows[i], &set.rows[j])).collect());
        let first =
            |weight: &BigRational, bias: &BigRational, i: usize, j: usize| weight * &dots[i][j] + bias;
        let (weight, bias) = (&network.gamma_w2, &network.gamma_b2);
        let norms: Vec<BigRational> = (0..n).map(|i| first(weight, bias, i, i)).collect();
        // The first layer's covariances, and where they are of proportional variables.
        let start = parallel(n, |i| {
            let pair = |j: usize| {
                let value = first(weight, bias, i, j);
                let kappa = if i == j { None } else { factor(&norms[i], &value, &norms[j]) };
                (Interval::rational(&value, prec), kappa.map(|kappa| (j, kappa)))
            };
            (0..=i).map(pair).unzip::<_, _, Vec<_>, Vec<_>>()
        });
        let (c, kappas): (Rows, Vec<_>) = start.into_iter().unzip();
        let kappas: Vec<Kappa> = (kappas.into_iter().enumerate())
            .flat_map(|(i, row)| row.into_iter().flatten().map(move |(j, kappa)| (i, j, kappa)))
            .collect();
        let usual = network.first_tangent() == (weight.clone(), bias.clone());
        let theta = if usual || !tangent {
            c.clone()
        } else {
            let (weight, bias) = network.first_tangent();
            parallel(n, |i| (0..=i).map(|j| Interval::rational(&first(&weight, &bias, i, j), prec)).collect())
        };
        let mut walk = Walk { facts, variances, tangent, prec, effort };
        let last = run(network, &mut walk, Matrices { c, theta, kappas })?;
        Ok(Gram { rows: if tangent { last.theta } else { last.c } })
    }
}

/// `(i, j, κ)` with `i > j` and `v = κu` exactly, for the Gaussian variables of two points.
type Kappa = (usize, usize, BigRational);

/// The lower triangles of `C` and `Θ`, and the pairs that are known to be proportional.
#[derive(Clone)]
struct Matrices {
    c: Rows,
    theta: Rows,
    kappas: Vec<Kappa>,
}

struct Walk<'a> {
    facts: &'a Facts,
    variances: Vec<Variances>,
    tangent: bool,
    prec: u32,
    effort: Effort,
}

impl Steps for Walk<'_> {
    type State = Matrices;
    type Stop = Rejection;

    fn layer(
        &mut self,
        index: usize,
        layer: &format::Layer,
        before: Matrices,
    ) -> Result<Matrices, Rejection> {
        let (prec, tangent, variance) = (self.prec, self.tangent, &self.variances[index]);
        let Matrices { c, theta, kappas } = before;
        let n = c.len();
        let field = || format!("{}.activation", layer.path);
        let activation = self
            .facts
            .activation(&layer.activation)
            .ok_or_else(|| Rejection::malformed(field(), "unknown"))?;
        let diagonal: Vec<Interval> = (0..n).map(|i| c[i][i].clone()).collect();
        // With no variance at a point φ' there is that at 0, where it need not exist; where Θ is 0 there too, it is no
        // matter.
        let unknown = |i: usize| diagonal[i].is_zero() && !theta[i][i].is_zero();
        if tangent && (0..n).any(unknown) {
            let why = "biases are trained where this layer is sent 0, and what the derivative is there is not known";
            return Err(Rejection::refuted(field(), why));
        }
        let kind = match Closed::new(activation, &diagonal) {
            Some(closed) => {
                let pair =
                    |(i, j, kappa): &Kappa| Some(((*i, *j), closed.proportional(&diagonal[*i], kappa)?));
                let proportional = kappas.iter().filter_map(pair).collect();
                Layer::Closed { closed, proportional }
            }
            None => Layer::series(activation, &c, &kappas, tangent, self.effort).ok_or_else(|| {
                Rejection::refuted(field(), "the Gaussian integrals of this activation are not enclosed")
            })?,
        };
        let (weight, bias) = (variance.weight.interval(prec), variance.bias.interval(prec));
        let training = &layer.training;
        let usual = training.weights.is_one() && training.biases.is_none();
        let speed = Interval::rational(&training.weights, prec);
        let biases = training.biases.as_ref().map_or(bias.clone(), |biases| Interval::rational(biases, prec));
        let next = parallel(n, |i| {
            let entry = |j: usize| {
                let (value, slope) = kind.pair(i, j, &diagonal, &c[i][j], tangent);
                let value = value.at(prec).mul(&weight);
                let covariance = value.add(&bias);
                if !tangent {
                    return (covariance.clone(), covariance);
                }
                let own = if usual { covariance.clone() } else { value.mul(&speed).add(&biases) };
                // With no variance at a point Θ is 0 there (as seen above), and so is its product (Cauchy-Schwarz).
                let none = diagonal[i].is_zero() || diagonal[j].is_zero();
                let product = theta[i][j].mul(&slope.at(prec)).mul(&weight);
                let tangent = if none { own } else { own.add(&product) };
                (covariance, tangent)
            };
            (0..=i).map(entry).unzip::<Interval, Interval, Vec<_>, Vec<_>>()
        });
        let (c, theta) = next.into_iter().unzip();
        // What is proportional before an activation need not be so after it.
        Ok(Matrices { c, theta, kappas: vec![] })
    }

    fn joined(
        &mut self,
        sum: Option<Matrices>,
        weight: &BigRational,
        branch: Matrices,
    ) -> Result<Matrices, Rejection> {
        let factor = Interval::rational(weight, self.prec);
        let add = |sum: Option<Rows>, branch: Rows| -> Rows {
            let term = |x: &Interval| if weight.is_one() { x.clone() } else { x.mul(&factor) };
            match sum {
                None => branch.iter().map(|row| row.iter().map(term).collect()).collect(),
                Some(mut sum) => {
                    let entries = sum.iter_mut().flatten().zip(branch.iter().flatten());
                    entries.for_each(|(total, x)| *total = total.add(&term(x)));
                    sum
                }
            }
        };
        let (c, theta) = sum.map_or((None, None), |sum| (Some(sum.c), Some(sum.theta)));
        Ok(Matrices { c: add(c, branch.c), theta: add(theta, branch.theta), kappas: vec![] })
    }

    fn normalized(&mut self, before: Matrices) -> Result<Matrices, Rejection> {
        let Matrices { mut c, mut theta, mut kappas } = before;
        let n = c.len();
        if !(0..n).all(|i| c[i][i].is_positive()) {
            let why = "a variance before a normalization is not enclosed well enough";
            return Err(Rejection::refuted("network.layers", why));
        }
        let roots: Vec<Interval> = (0..n).map(|i| c[i][i].sqrt().recip()).collect();
        let one = Interval::integer(1, self.prec);
        let all = one.hull(&one.neg());
        for i in 0..n {
            for j in 0..=i {
                let scale = roots[i].mul(&roots[j]);
                // At most 1 in size, by Cauchy and Schwarz.
                c[i][j] = if i == j { one.clone() } else { c[i][j].mul(&scale).meet_or(&all) };
                theta[i][j] = theta[i][j].mul(&scale);
            }
        }
        for (i, j, kappa) in &mut kappas {
            *kappa = kappa.signum();
            c[*i][*j] = Interval::rational(kappa, self.prec);
        }
        Ok(Matrices { c, theta, kappas })
    }
}

impl Layer {
    fn series(
        a: &Activation,
        c: &[Vec<Interval>],
        kappas: &[Kappa],
        tangent: bool,
        effort: Effort,
    ) -> Option<Layer> {
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
        let most = moments::most_degree(a, &different, tangent, effort.bits)?;
        let exact: HashSet<(usize, usize)> = kappas.iter().map(|k| (k.0, k.1)).collect();
        let is_apart = |i: usize, j: usize| !exact.contains(&(i, j));
        let cosine = largest_cosine(c, is_apart);
        let length = moments::length(cosine, effort, most);
        let found = parallel(different.len(), |i| {
            Moments::adapted(a, &different[i], length, cosine, tangent, effort.bits)
        });
        let pairs = parallel(kappas.len(), |k| {
            let (i, _, kappa) = &kappas[k];
            moments::proportional(a, &c[*i][*i], kappa, tangent, effort.bits)
        });
        let proportional = kappas.iter().zip(pairs).map(|((i, j, _), pair)| Some(((*i, *j), pair?)));
        Some(Layer::Series {
            moments: found.into_iter().collect::<Option<_>>()?,
            place,
            proportional: proportional.collect::<Option<_>>()?,
        })
    }

    fn pair(&self, i: usize, j: usize, diagonal: &[Interval], c: &Interval, tangent: bool) -> Pair {
        match self {
            Layer::Closed { closed, .. } if i == j => closed.diagonal(i, &diagonal[i]),
            Layer::Closed { closed, proportional } => match proportional.get(&(i.max(j), i.min(j))) {
                Some(pair) => pair.clone(),
                None => closed.pair(i, j, diagonal, c),
            },
            Layer::Series { moments, place, proportional } => {
                let (a, b) = (&moments[place[i]], &moments[place[j]]);
                if i == j {
                    return a.diagonal();
                }
                match proportional.get(&(i.max(j), i.min(j))) {
                    Some(pair) => pair.clone(),
                    None => moments::pair(a, b, &cosine(&diagonal[i], &diagonal[j], c), tangent),
                }
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
fn largest_cosine(c: &[Vec<Interval>], counts: impl Fn(usize, usize) -> bool) -> f64 {
    let size = |x: &Interval| {
        let top = x.magnitude().unwrap_or_else(BigInt::one);
        BigRational::new(top, BigInt::one() << x.prec).to_f64().unwrap_or(1.0)
    };
    let mut largest = 0f64;
    for (i, row) in c.iter().enumerate() {
        for (j, entry) in row.iter().take(i).enumerate() {
            let cosine = size(entry) / (size(&c[i][i]) * size(&c[j][j])).sqrt();
            // No number of terms is enough for points that are nearly proportional.
            if cosine < 1.0 - 1e-9 && counts(i, j) {
                largest = largest.max(cosine);
            }
        }
    }
    largest
}

#[cfg(test)]
mod tests;
