//! The kernel's matrix in rational numbers, where every activation is a polynomial with a verified claim.

use num_traits::{Signed, Zero};

use crate::claims::Facts;
use crate::format::{Certificate, Kernel, Layer};
use crate::integer::BigRational;
use crate::network::Variances;
use crate::points::{PointSet, dot};
use crate::rational::{bits, rational};
use crate::recursion::{Steps, run};

/// Most multiplications, and longest number.
const WORK: usize = 2_000_000;
const MAX_BITS: u64 = 200_000;

/// `E[φ^{(k)}(√q Z)]/k!` for every `k`: `Σ_i φ_i C(i,k) q^{(i-k)/2} (i-k-1)!!` over even `i - k`.
pub(crate) fn derivative_means(p: &[BigRational], q: &BigRational) -> Vec<BigRational> {
    let mut out = vec![];
    for k in 0..p.len() {
        let mut sum = BigRational::zero();
        // C(i,k) (i-k-1)!! q^{(i-k)/2}, from i to i+2.
        let mut factor = rational(1);
        let mut i = k;
        while i < p.len() {
            sum += &p[i] * &factor;
            let [a, b, c] = [i + 1, i + 2, i - k + 2].map(|n| rational(n as i64));
            // C(i+2,k)/C(i,k) = (i+1)(i+2)/((i+1-k)(i+2-k)), and the double factorial gains i-k+1.
            factor = factor * a * b / c * q;
            i += 2;
        }
        out.push(sum);
    }
    out
}

/// `E[φ(u)φ(v)] = Σ_k c^k/k! E[φ^{(k)}(u)] E[φ^{(k)}(v)] = Σ_k k! c^k A_k B_k`.
fn expectation(a: &[BigRational], b: &[BigRational], c: &BigRational) -> BigRational {
    let (mut sum, mut factor) = (BigRational::zero(), rational(1));
    for (k, (x, y)) in a.iter().zip(b).enumerate() {
        sum += x * y * &factor;
        factor = factor * c * rational(k as i64 + 1);
    }
    sum
}

pub(crate) fn derivative(p: &[BigRational]) -> Vec<BigRational> {
    p.iter().enumerate().skip(1).map(|(i, c)| c * rational(i as i64)).collect()
}

/// `E[φ(√q Z)²]`.
pub(crate) fn second_moment(p: &[BigRational], q: &BigRational) -> BigRational {
    let a = derivative_means(p, q);
    expectation(&a, &a, q)
}

/// The matrix; `None` where an activation or a variance is not rational, or the work too large.
pub(crate) fn matrix(
    certificate: &Certificate,
    facts: &Facts,
    variances: &[Variances],
    set: &PointSet,
) -> Option<Matrix> {
    let network = &certificate.network;
    let products: Matrix = set.rows.iter().map(|x| set.rows.iter().map(|y| dot(x, y)).collect()).collect();
    let first = |w: &BigRational, b: &BigRational| mapped(&products, |_, _, dot| w * dot + b);
    let (weight, bias) = network.first_tangent();
    let state = Pair { c: first(&network.gamma_w2, &network.gamma_b2), theta: first(&weight, &bias) };
    let mut walk = Walk { facts, variances, work: 0 };
    let pair = run(network, &mut walk, state).ok()?;
    Some(if certificate.kernel == Kernel::Ntk { pair.theta } else { pair.c })
}

type Matrix = Vec<Vec<BigRational>>;

fn mapped(matrix: &Matrix, entry: impl Fn(usize, usize, &BigRational) -> BigRational) -> Matrix {
    let row =
        |(i, row): (usize, &Vec<BigRational>)| row.iter().enumerate().map(|(j, x)| entry(i, j, x)).collect();
    matrix.iter().enumerate().map(row).collect()
}

/// `C` and `Θ`.
#[derive(Clone)]
struct Pair {
    c: Matrix,
    theta: Matrix,
}

struct Walk<'a> {
    facts: &'a Facts,
    variances: &'a [Variances],
    work: usize,
}

/// Not rational, or too much work.
struct Lost;

impl Walk<'_> {
    /// So many multiplications of every entry are about to be done.
    fn spend(&mut self, n: usize, each: usize) -> Result<(), Lost> {
        let more = n.checked_mul(n).and_then(|squares| squares.checked_mul(each));
        self.work = more.and_then(|more| self.work.checked_add(more)).ok_or(Lost)?;
        if self.work > WORK { Err(Lost) } else { Ok(()) }
    }
}

impl Steps for Walk<'_> {
    type State = Pair;
    type Stop = Lost;

    fn layer(&mut self, index: usize, layer: &Layer, before: Pair) -> Result<Pair, Lost> {
        let Pair { c, theta } = before;
        let p = self.facts.polynomial(&layer.activation).ok_or(Lost)?;
        let variance = &self.variances[index];
        // The kernel is quadratic in the activation.
        let weight = &(variance.weight.exact().ok_or(Lost)? * self.facts.square(&layer.activation));
        let bias = variance.bias.exact().ok_or(Lost)?;
        self.spend(c.len(), p.len() + 1)?;
        let longest = c.iter().flatten().map(bits).max().unwrap_or(0);
        if longest * (p.len() as u64 + 1) > MAX_BITS {
            return Err(Lost);
        }
        let slope = derivative(p);
        let each = |p: &[BigRational]| -> Matrix {
            c.iter().enumerate().map(|(i, row)| derivative_means(p, &row[i])).collect()
        };
        let (means, slopes) = (each(p), each(&slope));
        let value = mapped(&c, |i, j, c| weight * expectation(&means[i], &means[j], c));
        let speed = &layer.training.weights;
        let biases = layer.training.biases.as_ref().unwrap_or(bias);
        let theta = mapped(&theta, |i, j, theta| {
            let slope = weight * expectation(&slopes[i], &slopes[j], &c[i][j]);
            speed * &value[i][j] + biases + theta * slope
        });
        Ok(Pair { c: mapped(&value, |_, _, x| x + bias), theta })
    }

    fn joined(&mut self, sum: Option<Pair>, weight: &BigRational, branch: Pair) -> Result<Pair, Lost> {
        self.spend(branch.c.len(), 2)?;
        let add = |sum: Option<&Matrix>, branch: &Matrix| {
            mapped(branch, |i, j, x| {
                let term = weight * x;
                sum.map_or(term.clone(), |sum| &sum[i][j] + term)
            })
        };
        let before = sum.as_ref();
        Ok(Pair {
            c: add(before.map(|sum| &sum.c), &branch.c),
            theta: add(before.map(|sum| &sum.theta), &branch.theta),
        })
    }

    /// Where all variances are the same, their root is no matter.
    fn normalized(&mut self, before: Pair) -> Result<Pair, Lost> {
        let Pair { c, theta } = before;
        self.spend(c.len(), 2)?;
        let norm = c.first().map(|row| row[0].clone()).filter(Signed::is_positive).ok_or(Lost)?;
        if c.iter().enumerate().any(|(i, row)| row[i] != norm) {
            return Err(Lost);
        }
        let [c, theta] = [c, theta].map(|matrix| mapped(&matrix, |_, _, x| x / &norm));
        Ok(Pair { c, theta })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rational::ratio;

    #[test]
    fn moments_of_polynomials() {
        // E[(√q Z)^4] = 3q², E[(qZ²)²] = 3q².
        let q = ratio(5, 3);
        let square = [rational(0), rational(0), rational(1)];
        assert_eq!(second_moment(&square, &q), ratio(25, 3));
        assert_eq!(derivative_means(&square, &q), vec![q.clone(), rational(0), rational(1)]);
        // E[Z^6] = 15.
        let cube = [rational(0), rational(0), rational(0), rational(1)];
        assert_eq!(second_moment(&cube, &rational(1)), rational(15));
        assert_eq!(second_moment(&cube, &rational(0)), rational(0));
        // E[(1 + Z)^2 (1 + W)^2] with covariance c: Hermite coefficients 2, 2, 1·√2.
        let p = [rational(1), rational(2), rational(1)];
        let a = derivative_means(&p, &rational(1));
        assert_eq!(expectation(&a, &a, &ratio(1, 2)), ratio(13, 2));
    }
}
