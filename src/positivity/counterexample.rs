//! Points and a vector `v ≠ 0` with `K v = 0`: as few points as are found, every one checked exactly.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::circle::Circle;
use super::exact_gram::{alternating_binomials, annihilates, null_vector, of_studies};
use super::largest::Largest;
use super::powers::Powers;
use super::setting::Setting;
use super::verdict::{Counterexample, Domain};

/// Most points that are listed.
pub(super) const MAX_POINTS: u64 = 64;
/// Up to so many points a smaller set than the general one is looked for.
const SEARCHED: u64 = 16;

pub(super) fn integer(n: i64) -> BigRational {
    BigRational::from_integer(n.into())
}

/// The points of a sequence and their null vector, as far as that reaches.
fn shortened(mut points: Vec<Vec<BigRational>>, mut v: Vec<BigRational>) -> Counterexample {
    while v.last().is_some_and(Zero::is_zero) {
        v.pop();
    }
    points.truncate(v.len());
    // Points of weight zero are not needed.
    let used: Vec<bool> = v.iter().map(|x| !x.is_zero()).collect();
    let mut keep = used.iter();
    points.retain(|_| keep.next().copied().unwrap_or(false));
    v.retain(|x| !x.is_zero());
    Counterexample { points, null_vector: v }
}

/// For a kernel that is a polynomial of at most this degree in each point: on a line.
pub(super) fn on_line(setting: &mut Setting, domain: Domain, degree: u64) -> Option<Counterexample> {
    let count = degree.checked_add(2).filter(|n| *n <= MAX_POINTS)?;
    let point = |t: i64| match domain {
        Domain::NonProportional => vec![integer(1), integer(t)],
        _ => vec![integer(t)],
    };
    let n = count as i64;
    let alternating = |k: i64| if k % 2 == 1 { (k + 1) / 2 } else { -k / 2 };
    let sequences: [Vec<i64>; 3] =
        [(0..n).collect(), (0..n).map(alternating).collect(), (1..=n).map(alternating).collect()];
    let mut best: Option<Counterexample> = None;
    for sequence in &sequences {
        let points: Vec<Vec<BigRational>> =
            sequence.iter().take(count.min(SEARCHED) as usize).map(|t| point(*t)).collect();
        let Some(gram) = of_studies(setting.network, setting.kernel, &points, &mut setting.studies) else {
            continue;
        };
        let Some(v) = null_vector(&gram).filter(|v| annihilates(&gram, v)) else { continue };
        let found = shortened(points, v);
        if best.as_ref().is_none_or(|b| found.points.len() < b.points.len()) {
            best = Some(found);
        }
    }
    best.or_else(|| {
        // The polynomials of degree below count - 1 along the line.
        let points: Vec<Vec<BigRational>> = (0..n).map(point).collect();
        let v = alternating_binomials(count as u32 - 1);
        let gram = of_studies(setting.network, setting.kernel, &points, &mut setting.studies);
        let proved = gram.is_none_or(|gram| annihilates(&gram, &v));
        proved.then_some(Counterexample { points, null_vector: v })
    })
}

/// Two points for a constant kernel.
pub(super) fn of_constant(domain: Domain) -> Counterexample {
    let points = match domain {
        Domain::NonProportional => vec![vec![integer(1), integer(0)], vec![integer(1), integer(1)]],
        _ => vec![vec![integer(0)], vec![integer(1)]],
    };
    Counterexample { points, null_vector: vec![integer(1), integer(-1)] }
}

/// `{x, s x}` and their weights.
pub(super) fn proportional_pair(factor: i64, weights: [BigRational; 2]) -> Counterexample {
    Counterexample { points: vec![vec![integer(1)], vec![integer(factor)]], null_vector: weights.to_vec() }
}

/// What `K v = 0` asks for on a sphere, by parity of the powers: with every power there may be, `K v = 0`.
#[derive(Clone, Copy)]
pub(super) struct Bounds {
    pub(super) even: Largest,
    pub(super) odd: Largest,
}

impl Bounds {
    /// Bounds too large to compute with are left out: what holds for every power holds for those.
    pub(super) fn of(powers: &Powers) -> Bounds {
        let short =
            |l: Largest| if l.bound().is_some_and(|b| b > 4 * MAX_POINTS) { Largest::Open } else { l };
        Bounds { even: short(powers.largest_even), odd: short(powers.largest_odd) }
    }

    /// The sum of the largest even and the largest odd power that there may be, at `ρ`. Its null vectors are those of
    /// every lower power of the same parity: on the sphere homogeneous polynomials of degree `p` are homogeneous of
    /// degree `p + 2`. Without a bound it is the limit of `ρ^p`: 1 at 1, ±1 at -1, else 0.
    fn at(self, rho: &BigRational) -> BigRational {
        let one = BigRational::one();
        let limit = |odd: bool| match () {
            _ if *rho == one => one.clone(),
            _ if *rho == -one.clone() => {
                if odd {
                    -one.clone()
                } else {
                    one.clone()
                }
            }
            _ => BigRational::zero(),
        };
        let part = |largest: Largest, odd: bool| match largest {
            Largest::None => BigRational::zero(),
            Largest::AtMost(p) => num_traits::pow(rho.clone(), p as usize),
            Largest::Open => limit(odd),
        };
        part(self.even, false) + part(self.odd, true)
    }

    /// A null vector of every such kernel on points of one norm.
    pub(super) fn null_vector(self, points: &[Vec<BigRational>]) -> Option<Vec<BigRational>> {
        let r2 = dot(points.first()?, points.first()?);
        if r2.is_zero() {
            return None;
        }
        let row = |x: &Vec<BigRational>| points.iter().map(|y| self.at(&(dot(x, y) / &r2))).collect();
        let gram: Vec<Vec<BigRational>> = points.iter().map(row).collect();
        null_vector(&gram).filter(|v| annihilates(&gram, v))
    }
}

pub(super) fn dot(x: &[BigRational], y: &[BigRational]) -> BigRational {
    x.iter().zip(y).map(|(a, b)| a * b).sum()
}

/// Points of the sphere for powers of which those of one parity, or all, are bounded.
pub(super) fn on_sphere(powers: &Powers, r2: &BigRational, antipodes: bool) -> Option<Counterexample> {
    let circle = Circle::on_sphere(r2)?;
    let bounds = Bounds::of(powers);
    // On a great circle the polynomials of degree p of one parity are of dimension p + 1, on another one those of
    // degree at most p are of dimension 2p + 1; of both parities in turn.
    let dimension = |l: Largest| match l {
        Largest::None => Some(0),
        Largest::AtMost(p) if circle.is_great() => p.checked_add(1),
        Largest::AtMost(p) => p.checked_mul(2).and_then(|n| n.checked_add(1)),
        Largest::Open => None,
    };
    let (even, odd) = (dimension(bounds.even), dimension(bounds.odd));
    let mut found: Vec<Counterexample> = vec![];
    if let Some(n) = even.zip(odd).map(|(a, b)| a + b + 1).filter(|n| *n <= MAX_POINTS) {
        let points = circle.points(n as usize);
        if let Some(v) = bounds.null_vector(&points) {
            found.push(shortened(points, v));
        }
    }
    // Weights that are antisymmetric (symmetric) annihilate all even (odd) powers.
    for (size, sign, kept) in [
        (odd, -1, Bounds { even: Largest::None, odd: bounds.odd }),
        (even, 1, Bounds { even: bounds.even, odd: Largest::None }),
    ] {
        let Some(n) = size.map(|n| n + 1).filter(|n| antipodes && 2 * n <= MAX_POINTS) else { continue };
        let points = circle.points(n as usize);
        let Some(v) = kept.null_vector(&points) else { continue };
        let half = shortened(points, v);
        let mirrored = half.points.iter().map(|p| p.iter().map(|x| -x).collect());
        let weights = half.null_vector.iter().map(|x| x * integer(sign));
        found.push(Counterexample {
            points: half.points.iter().cloned().chain(mirrored).collect(),
            null_vector: half.null_vector.iter().cloned().chain(weights).collect(),
        });
    }
    let checked = found.into_iter().filter(|c| holds(bounds, c));
    checked.min_by_key(|c| c.points.len())
}

/// Does every power that there may be annihilate the vector?
fn holds(bounds: Bounds, c: &Counterexample) -> bool {
    let Some(r2) = c.points.first().map(|p| dot(p, p)) else { return false };
    let row = |x: &Vec<BigRational>| c.points.iter().map(|y| bounds.at(&(dot(x, y) / &r2))).collect();
    let gram: Vec<Vec<BigRational>> = c.points.iter().map(row).collect();
    annihilates(&gram, &c.null_vector)
}
