//! Gram matrices of networks of polynomials, in exact rationals, and their null vectors.

use std::convert::Infallible;

use num_rational::BigRational;
use num_traits::{Signed, Zero};
use rug::ops::Pow;
use rug::{Integer, Rational};

use super::characterization::{Characterization, Part};
use super::study::Studies;
use crate::kernel::{BiasVariance, Kernel, Network, Training, WeightVariance};
use crate::network::recursion::{Domain, Place, Role, Sum, covariance, run};
use crate::network::resolve::{Rationals, Resolution};
use crate::number::rational::{integer_from_gmp, rational_from_gmp, rational_to_gmp};

/// Most points, largest degree of the kernel in a point, and most bits of an entry, roughly.
const MAX_POINTS: usize = 1000;
const MAX_DEGREE: u64 = 4096;
const MAX_BITS: u64 = 1 << 17;

/// A hidden layer with rational variances.
struct Layer {
    /// From the constant term up.
    coefficients: Vec<Rational>,
    sigma_w2: Rational,
    sigma_b2: Rational,
}

/// The kernel's Gram matrix on the points in exact rationals, for a network whose activations are all polynomials with
/// rational coefficients.
///
/// For Gaussian `u`, `v` with covariances `a`, `c`, `b`: `E[φ(u) φ(v)] = Σ_k c^k/k! E[φ^{(k)}(u)] E[φ^{(k)}(v)]`, a
/// finite sum of rational numbers. `None` for other networks, points of different dimensions, and what would be too
/// large (over 1000 points, degrees in the thousands).
///
/// # Examples
/// ```
/// use ntk_series::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
/// use ntk_series::number::parse_rational;
/// use ntk_series::positivity::{exact_gram, null_vector};
/// use ntk_series::Activation;
///
/// let layer = Layer {
///     activation: Activation::parse("square")?,
///     sigma_w2: WeightVariance::Exact(parse_rational("1")?),
///     sigma_b2: BiasVariance::Exact(parse_rational("0")?),
/// };
/// let network = Network::new(Input::default(), vec![layer])?;
/// let points = [["1", "0"], ["1", "1"], ["1", "2"], ["1", "3"]];
/// let points: Vec<Vec<_>> = points.iter().map(|p| p.iter().map(|x| parse_rational(x)).collect::<Result<_, _>>()).collect::<Result<_, _>>()?;
/// // E[u² v²] = |x|² |y|² + 2 <x, y>²: quadratic along the line.
/// let gram = exact_gram(&network, Kernel::Nngp, &points).unwrap();
/// assert_eq!(gram[0][1], parse_rational("4")?);
/// let v: Vec<String> = null_vector(&gram).unwrap().iter().map(|x| x.to_string()).collect();
/// assert_eq!(v, ["1", "-3", "3", "-1"]);
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn exact_gram(
    network: &Network,
    kernel: Kernel,
    points: &[Vec<BigRational>],
) -> Option<Vec<Vec<BigRational>>> {
    let mut studies = Studies::new(network.layers().iter().map(|l| &l.activation));
    of_studies(network, kernel, points, &mut studies)
}

/// The same, where the activations are known.
pub(super) fn of_studies(
    network: &Network,
    kernel: Kernel,
    points: &[Vec<BigRational>],
    studies: &mut Studies,
) -> Option<Vec<Vec<BigRational>>> {
    let dimension = points.first()?.len();
    if points.len() > MAX_POINTS || points.iter().any(|p| p.len() != dimension) {
        return None;
    }
    // A kernel of degree D in each point has about D times the bits of what it is made of, whence the check comes
    // first.
    let longest = points.iter().flatten().map(|x| x.numer().bits() + x.denom().bits()).max().unwrap_or(0);
    let (degree, bits) = size(network, studies)?;
    if degree > MAX_DEGREE || degree.checked_mul(bits + longest + 1)? > MAX_BITS {
        return None;
    }
    let layers = layers(network, studies)?;
    let points: Vec<Vec<Rational>> = points.iter().map(|p| p.iter().map(rational_to_gmp).collect()).collect();
    let first = network.first(|w, b| {
        let (w, b) = (rational_to_gmp(w), rational_to_gmp(b));
        let entry = |i: usize, j: usize| {
            let dot =
                points[i].iter().zip(&points[j]).fold(Rational::new(), |s, (x, y)| s + Rational::from(x * y));
            dot * &w + &b
        };
        lower(points.len(), entry)
    });
    let mut domain = Matrices { layers, kernel, norms: vec![] };
    let out = run(network, kernel, &mut domain, first).ok()?.kernel();
    let n = points.len();
    Some((0..n).map(|i| (0..n).map(|j| rational_from_gmp(&out[i.max(j)][i.min(j)])).collect()).collect())
}

/// A symmetric matrix by its lower half.
fn lower(n: usize, entry: impl Fn(usize, usize) -> Rational) -> Vec<Vec<Rational>> {
    (0..n).map(|i| (0..=i).map(|j| entry(i, j)).collect()).collect()
}

/// The product of the degrees, and the bits of the network's longest numbers.
fn size(network: &Network, studies: &mut Studies) -> Option<(u64, u64)> {
    let input = network.input();
    let longest = bits(&input.gamma_w2).max(bits(&input.gamma_b2)).max(bits(&input.radius2));
    let mut domain = Size { studies, longest };
    let degree = covariance(network, &mut domain, 1).ok()?;
    Some((degree, domain.longest))
}

/// The recursion of the degrees in a point.
struct Size<'a> {
    studies: &'a mut Studies,
    longest: u64,
}

fn bits(r: &BigRational) -> u64 {
    r.numer().bits() + r.denom().bits()
}

impl Domain for Size<'_> {
    type Value = u64;
    type Slope = Infallible;
    type Stop = Lost;

    fn activate(&mut self, at: Place, degree: &u64) -> Result<(u64, Option<Infallible>), Lost> {
        let Characterization::Polynomial { coefficients } = self.studies.layer(at.index).part(Part::Whole)
        else {
            return Err(Lost);
        };
        let of_layer = coefficients.iter().map(bits).max().unwrap_or(0);
        let weight = if let WeightVariance::Exact(w) = &at.layer.sigma_w2 { bits(w) } else { 0 };
        let bias = if let BiasVariance::Exact(b) = &at.layer.sigma_b2 { bits(b) } else { 0 };
        // Along layers of degree one numbers grow by a few bits each.
        self.longest += of_layer.max(weight).max(bias);
        Ok((degree.saturating_mul(coefficients.len().max(2) as u64 - 1), None))
    }

    fn biased(&mut self, _: Place, degree: u64) -> Result<u64, Lost> {
        Ok(degree)
    }

    fn combined(&mut self, sum: &Sum, degrees: Vec<u64>, _: Role) -> Result<u64, Lost> {
        self.longest += sum.weights.iter().map(bits).max().unwrap_or(0);
        Ok(degrees.into_iter().max().unwrap_or(0))
    }

    fn normalized(&mut self, _: usize, degree: u64, _: Role) -> Result<u64, Lost> {
        Ok(degree)
    }
}

/// The layers, `normalized` and `unit` resolved, which come out rational.
fn layers(network: &Network, studies: &mut Studies) -> Option<Vec<Layer>> {
    let mut domain = Resolver { studies, layers: vec![] };
    covariance(network, &mut domain, rational_to_gmp(&network.first_variance())).ok()?;
    Some(domain.layers)
}

/// The recursion of the variances.
struct Resolver<'a> {
    studies: &'a mut Studies,
    layers: Vec<Layer>,
}

/// Not rational.
struct Lost;

impl Domain for Resolver<'_> {
    type Value = Rational;
    type Slope = Infallible;
    type Stop = Lost;

    fn activate(&mut self, at: Place, variance: &Rational) -> Result<(Rational, Option<Infallible>), Lost> {
        let Characterization::Polynomial { coefficients } = self.studies.layer(at.index).part(Part::Whole)
        else {
            return Err(Lost);
        };
        let coefficients: Vec<Rational> = coefficients.iter().map(rational_to_gmp).collect();
        let derivatives = expectations(&coefficients, variance);
        let moment = paired(&derivatives, &derivatives, variance);
        let q = rational_from_gmp(variance);
        let known = || Ok(Some(rational_from_gmp(&moment)));
        let resolution = Resolution { layer: at.layer, number: at.index + 1, q: &q, moment: &known };
        let weight = resolution.weight(&mut Rationals).ok().flatten().ok_or(Lost)?;
        let bias = resolution.bias(&mut Rationals, &weight).ok().flatten().ok_or(Lost)?;
        let (sigma_w2, sigma_b2) = (rational_to_gmp(&weight), rational_to_gmp(&bias));
        let value = Rational::from(&sigma_w2 * &moment);
        self.layers.push(Layer { coefficients, sigma_w2, sigma_b2 });
        Ok((value, None))
    }

    fn biased(&mut self, at: Place, value: Rational) -> Result<Rational, Lost> {
        Ok(value + &self.layers[at.index].sigma_b2)
    }

    fn combined(&mut self, sum: &Sum, values: Vec<Rational>, _: Role) -> Result<Rational, Lost> {
        Ok(sum.weights.iter().zip(&values).map(|(w, x)| rational_to_gmp(w) * x).sum())
    }

    fn normalized(&mut self, _: usize, variance: Rational, _: Role) -> Result<Rational, Lost> {
        if variance.is_zero() { Err(Lost) } else { Ok(Rational::from(1)) }
    }
}

/// The recursion of the matrices, by their lower halves.
struct Matrices {
    layers: Vec<Layer>,
    kernel: Kernel,
    /// The variances that are divided by.
    norms: Vec<Rational>,
}

type Matrix = Vec<Vec<Rational>>;

impl Domain for Matrices {
    type Value = Matrix;
    type Slope = Matrix;
    type Stop = Lost;

    fn activate(&mut self, at: Place, c: &Matrix) -> Result<(Matrix, Option<Matrix>), Lost> {
        let Layer { coefficients, sigma_w2, .. } = &self.layers[at.index];
        let each: Vec<Vec<Rational>> = (0..c.len()).map(|i| expectations(coefficients, &c[i][i])).collect();
        let value = lower(c.len(), |i, j| paired(&each[i], &each[j], &c[i][j]) * sigma_w2);
        // The derivatives of φ' are those of φ, one order on.
        let slope = |i: usize, j: usize| match (each[i].get(1..), each[j].get(1..)) {
            (Some(a), Some(b)) => paired(a, b, &c[i][j]) * sigma_w2,
            _ => Rational::new(),
        };
        Ok((value, (self.kernel == Kernel::Ntk).then(|| lower(c.len(), slope))))
    }

    fn biased(&mut self, at: Place, mut value: Matrix) -> Result<Matrix, Lost> {
        let bias = &self.layers[at.index].sigma_b2;
        value.iter_mut().flatten().for_each(|x| *x += bias);
        Ok(value)
    }

    fn combined(&mut self, sum: &Sum, values: Vec<Matrix>, _: Role) -> Result<Matrix, Lost> {
        let weights: Vec<Rational> = sum.weights.iter().map(rational_to_gmp).collect();
        let entry =
            |i: usize, j: usize| weights.iter().zip(&values).map(|(w, x)| Rational::from(w * &x[i][j])).sum();
        Ok(lower(values.first().map_or(0, Vec::len), entry))
    }

    /// Rational where all variances are one.
    fn normalized(&mut self, index: usize, mut value: Matrix, role: Role) -> Result<Matrix, Lost> {
        if role == Role::Covariance {
            let norm = value.first().map(|row| row[0].clone()).filter(|q| !q.is_zero()).ok_or(Lost)?;
            if value.iter().enumerate().any(|(i, row)| row[i] != norm) {
                return Err(Lost);
            }
            self.norms.push(norm);
        }
        value.iter_mut().flatten().for_each(|x| *x /= &self.norms[index]);
        Ok(value)
    }

    fn trained(&mut self, at: Place, mut value: Matrix, training: &Training) -> Result<Matrix, Lost> {
        let weights = rational_to_gmp(&training.weights);
        let bias =
            training.biases.as_ref().map_or_else(|| self.layers[at.index].sigma_b2.clone(), rational_to_gmp);
        value.iter_mut().flatten().for_each(|x| *x = Rational::from(&*x * &weights) + &bias);
        Ok(value)
    }

    fn through(&mut self, _: Place, own: &Matrix, theta: &Matrix, slope: Matrix) -> Result<Matrix, Lost> {
        Ok(lower(own.len(), |i, j| Rational::from(&theta[i][j] * &slope[i][j]) + &own[i][j]))
    }
}

/// `E[φ^{(k)}(√a Z)]` for every `k` up to the degree: `Σ_j c_j j!/(j-k)! E[(√a Z)^{j-k}]`, the moments being
/// `a^i (2i-1)!!` for even exponents `2i` and zero for odd ones.
fn expectations(coefficients: &[Rational], a: &Rational) -> Vec<Rational> {
    let mut out = vec![];
    let mut derivative = coefficients.to_vec();
    while !derivative.is_empty() {
        let (mut sum, mut moment) = (Rational::new(), Rational::from(1));
        for (i, c) in derivative.iter().step_by(2).enumerate() {
            if i > 0 {
                moment *= Rational::from(a * (2 * i as u64 - 1));
            }
            sum += Rational::from(c * &moment);
        }
        out.push(sum);
        derivative = crate::expression::polynomial::derivative(&derivative);
    }
    out
}

/// `Σ_k c^k/k! a_k b_k`, by Horner's rule.
fn paired(a: &[Rational], b: &[Rational], c: &Rational) -> Rational {
    let terms = a.iter().zip(b).enumerate().rev();
    terms.fold(Rational::new(), |sum, (k, (x, y))| sum * c / (k as u64 + 1) + Rational::from(x * y))
}

/// A vector `v ≠ 0` with `K v = 0`, in whole numbers without a common factor, the first that is not zero being
/// positive; `None` for a matrix of full column rank, or one whose rows differ in length.
///
/// Of the columns the first that is a combination of earlier ones decides, so that `v` ends as early as it can.
///
/// # Examples
/// ```
/// use ntk_series::number::parse_rational;
/// use ntk_series::positivity::null_vector;
/// let matrix = |rows: &[[&str; 2]; 2]| -> Vec<Vec<_>> {
///     rows.iter().map(|r| r.iter().map(|x| parse_rational(x).unwrap()).collect()).collect()
/// };
/// let v = null_vector(&matrix(&[["1", "1/2"], ["2", "1"]])).unwrap();
/// assert_eq!(v[0].to_string() + "," + &v[1].to_string(), "1,-2");
/// assert!(null_vector(&matrix(&[["1", "2"], ["2", "1"]])).is_none());
/// ```
pub fn null_vector(matrix: &[Vec<BigRational>]) -> Option<Vec<BigRational>> {
    let columns = matrix.first()?.len();
    if matrix.iter().any(|row| row.len() != columns) {
        return None;
    }
    let mut rows: Vec<Vec<Integer>> = matrix.iter().map(|row| whole(row)).collect();
    // Bareiss: after step r every entry below is a minor, and the division is exact.
    let mut previous = Integer::from(1);
    for step in 0..columns {
        let pivot = (step..rows.len()).find(|&i| !rows[i][step].is_zero());
        let Some(pivot) = pivot else { return Some(dependence(&rows, step, columns)) };
        rows.swap(step, pivot);
        let (above, below) = rows.split_at_mut(step + 1);
        let lead = &above[step];
        for row in below.iter_mut() {
            let factor = std::mem::take(&mut row[step]);
            for (x, y) in row.iter_mut().zip(lead).skip(step + 1) {
                *x *= &lead[step];
                *x -= Integer::from(&factor * y);
                x.div_exact_mut(&previous);
            }
        }
        previous = lead[step].clone();
    }
    None
}

/// A row times the common denominator.
fn whole(row: &[BigRational]) -> Vec<Integer> {
    let row: Vec<Rational> = row.iter().map(rational_to_gmp).collect();
    let common = row.iter().fold(Integer::from(1), |l, x| l.lcm(x.denom()));
    row.iter().map(|x| x.numer() * Integer::from(&common / x.denom())).collect()
}

/// Column `last` as a combination of the earlier ones, by the upper triangle.
fn dependence(rows: &[Vec<Integer>], last: usize, columns: usize) -> Vec<BigRational> {
    let mut v = vec![Rational::new(); columns];
    v[last] = Rational::from(1);
    for i in (0..last).rev() {
        let sum = (i + 1..=last).fold(Rational::new(), |s, j| s + Rational::from(&v[j] * &rows[i][j]));
        v[i] = -sum / &rows[i][i];
    }
    primitive(&v)
}

/// The multiple in whole numbers without a common factor, the first that is not zero being positive.
fn primitive(v: &[Rational]) -> Vec<BigRational> {
    let common = v.iter().fold(Integer::from(1), |l, x| l.lcm(x.denom()));
    let whole: Vec<Integer> = v.iter().map(|x| x.numer() * Integer::from(&common / x.denom())).collect();
    let divisor = whole.iter().fold(Integer::new(), |g, x| g.gcd(x));
    let first = whole.iter().find(|x| !x.is_zero());
    let divisor = if first.is_some_and(Integer::is_negative) { -divisor } else { divisor };
    whole.iter().map(|x| BigRational::from_integer(integer_from_gmp(&Integer::from(x / &divisor)))).collect()
}

/// Is `K v` zero?
pub(super) fn annihilates(matrix: &[Vec<BigRational>], v: &[BigRational]) -> bool {
    matrix.iter().all(|row| {
        let sum =
            row.iter().zip(v).fold(Rational::new(), |s, (x, y)| s + rational_to_gmp(x) * rational_to_gmp(y));
        sum.is_zero()
    })
}

/// `(-1)^i C(n, i)` for `i = 0 … n`: annihilates polynomials of degree below `n` on `n + 1` equidistant points.
pub(super) fn alternating_binomials(n: u32) -> Vec<BigRational> {
    let term = |i: u32| Integer::from(-1).pow(i) * Integer::from(n).binomial(i);
    (0..=n).map(|i| BigRational::from_integer(integer_from_gmp(&term(i)))).collect()
}

/// The sign of a point's first coordinate that is not zero.
pub(super) fn leading(point: &[BigRational]) -> Option<(&BigRational, bool)> {
    point.iter().find(|x| !x.is_zero()).map(|x| (x, x.is_negative()))
}
