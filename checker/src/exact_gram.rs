//! The kernel's matrix in rational numbers, where every activation is a polynomial with a verified claim.

use num_traits::Signed;

use crate::claims::Facts;
use crate::format::{Certificate, Kernel, Layer};
use crate::integer::BigRational;
use crate::network::Variances;
use crate::points::{PointSet, dot};
use crate::polynomial::{derivative, derivative_means, expectation};
use crate::rational::bits;
use crate::recursion::{Steps, run};

/// Most multiplications, and longest number.
const WORK: usize = 2_000_000;
const MAX_BITS: u64 = 200_000;

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
