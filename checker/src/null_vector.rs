//! Why `K v = 0` for the kernel's matrix on given points: one of four exact reasons.

use std::collections::HashMap;

use num_traits::{ToPrimitive, Zero};

use crate::claims::Facts;
use crate::exact_gram;
use crate::format::Certificate;
use crate::integer::BigRational;
use crate::network::{Signs, Variances};
use crate::points::{Point, PointSet, direction, dot, up_to_sign};
use crate::rank;
use crate::support::{Most, Support};
use crate::symmetry::{self, Parity};

/// Most multiplications of one reason.
const WORK: usize = 30_000_000;

/// The first reason that works, in words.
pub(crate) fn reason(
    certificate: &Certificate,
    facts: &Facts,
    variances: &[Variances],
    support: &Support,
    set: &PointSet,
    v: &[BigRational],
) -> Option<String> {
    merged(certificate, facts, variances, set, v)
        .or_else(|| annihilates_polynomials(certificate, facts, variances, set, v))
        .or_else(|| on_sphere(support, set, v))
        .or_else(|| exact(certificate, facts, variances, set, v))
}

/// A symmetry of the kernel makes columns proportional; then the weights of equal columns add up to 0.
fn merged(
    c: &Certificate,
    facts: &Facts,
    variances: &[Variances],
    set: &PointSet,
    v: &[BigRational],
) -> Option<String> {
    let symmetry = symmetry::of_kernel(c, facts, variances);
    let mut weights: HashMap<Point, BigRational> = HashMap::new();
    for (x, weight) in set.rows.iter().zip(v) {
        let (mut point, mut weight) = (x.clone(), weight.clone());
        if symmetry.vanishes && x.iter().all(Zero::is_zero) {
            continue;
        }
        if let (Some(n), Some((size, u))) = (symmetry.degree, direction(&point)) {
            (point, weight) = (u, weight * size.pow(i32::try_from(n).ok()?));
        }
        if let Some(parity) = symmetry.parity {
            let (sign, u) = up_to_sign(&point);
            point = u;
            if parity == Parity::Odd {
                weight *= sign;
            }
        }
        *weights.entry(point).or_insert_with(BigRational::zero) += weight;
    }
    let how = match (symmetry.degree, symmetry.parity) {
        (Some(_), None) => "the kernel is homogeneous: points of one direction have proportional columns",
        (Some(_), Some(_)) => {
            "the kernel is homogeneous and even or odd: proportional points have proportional columns"
        }
        (None, Some(Parity::Even)) => "K(-x, y) = K(x, y): opposite points have equal columns",
        (None, Some(Parity::Odd)) => "K(-x, y) = -K(x, y): opposite points have opposite columns",
        (None, None) => "equal points have equal columns",
    };
    weights.values().all(Zero::is_zero).then(|| how.to_string())
}

/// `Σ v_j p(x_j) = 0` for every polynomial of the kernel's degree, by all monomials.
fn annihilates_polynomials(
    c: &Certificate,
    facts: &Facts,
    variances: &[Variances],
    set: &PointSet,
    v: &[BigRational],
) -> Option<String> {
    let signs: Vec<Signs> = variances.iter().map(Variances::signs).collect();
    let degree = rank::degree(c, facts, &signs)?.to_usize().filter(|d| *d <= 400)?;
    let dimension = set.rows.first()?.len();
    // The number of monomials is the binomial coefficient (degree + dimension choose dimension).
    let mut count = 1usize;
    for i in 1..=dimension {
        count = count.checked_mul(degree + i)? / i;
        if count.checked_mul(set.rows.len())? > WORK / 100 {
            return None;
        }
    }
    // Each row of values is that of a monomial times a coordinate, the coordinates in order.
    let mut open: Vec<(usize, usize, Vec<BigRational>)> = vec![(0, 0, v.to_vec())];
    while let Some((first, used, values)) = open.pop() {
        if !values.iter().fold(BigRational::zero(), |s, x| s + x).is_zero() {
            return None;
        }
        if used == degree {
            continue;
        }
        for k in first..dimension {
            let next = values.iter().zip(&set.rows).map(|(value, x)| value * &x[k]).collect();
            open.push((k, used + 1, next));
        }
    }
    Some(format!("K(x, ·) is a polynomial of degree at most {degree}, and v annihilates all of these"))
}

/// On a sphere `K = Σ κ_p (x·y)^p r^{-2p}` with even and odd powers as the supports say.
fn on_sphere(support: &Support, set: &PointSet, v: &[BigRational]) -> Option<String> {
    set.common_radius2()?;
    let classes = set.antipodal_classes();
    let total = |class: &[usize]| class.iter().fold(BigRational::zero(), |s, &i| s + &v[i]);
    for (most, sign) in [(support.most.even, 1), (support.most.odd, -1)] {
        let sums: Vec<BigRational> = classes
            .iter()
            .map(
                |[plus, minus]| {
                    if sign > 0 { total(plus) + total(minus) } else { total(plus) - total(minus) }
                },
            )
            .collect();
        if sums.iter().all(Zero::is_zero) {
            continue;
        }
        let last = match most {
            Most::Unknown => return None,
            Most::Empty => continue,
            Most::UpTo(last) => last,
        };
        if !powers_vanish(set, v, last, sign < 0)? {
            return None;
        }
    }
    Some("on the sphere every power of x·y in the kernel vanishes on v".to_string())
}

/// `Σ_j (x_i·x_j)^p v_j = 0` for every `i` and every even, or odd, `p <= last`.
fn powers_vanish(set: &PointSet, v: &[BigRational], last: u64, odd: bool) -> Option<bool> {
    let (n, last) = (set.rows.len(), usize::try_from(last).ok()?);
    if n.checked_mul(n)?.checked_mul(last + 1)? > WORK / 100 {
        return None;
    }
    for x in &set.rows {
        let products: Vec<BigRational> = set.rows.iter().map(|y| dot(x, y)).collect();
        let mut powers = v.to_vec();
        for p in 0..=last {
            if (p % 2 == 1) == odd && !powers.iter().fold(BigRational::zero(), |s, c| s + c).is_zero() {
                return Some(false);
            }
            powers.iter_mut().zip(&products).for_each(|(value, t)| *value *= t);
        }
    }
    Some(true)
}

/// The matrix in rational numbers, for polynomials.
fn exact(
    c: &Certificate,
    facts: &Facts,
    variances: &[Variances],
    set: &PointSet,
    v: &[BigRational],
) -> Option<String> {
    let matrix = exact_gram::matrix(c, facts, variances, set)?;
    let zero = |row: &Vec<BigRational>| dot(row, v).is_zero();
    matrix.iter().all(zero).then(|| "the matrix K is rational, and K v = 0".to_string())
}
