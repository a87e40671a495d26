//! Rational points of a sphere.

use num_bigint::BigInt;
use num_integer::Roots;
use num_rational::BigRational;
use num_traits::{One, Signed, ToPrimitive, Zero};

/// Integers up to this are searched for sums of squares.
const MAX_SEARCHED: u64 = 1 << 36;
/// How many coordinates are tried besides the circle's.
const TRIES: i64 = 200;

/// A circle on the sphere: all `(p, rest)` with `|p|² = a² + b²`.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Circle {
    start: [BigRational; 2],
    /// The other coordinates, of which the sphere has more where its squared radius is no sum of two squares.
    rest: Vec<BigRational>,
}

impl Circle {
    /// A circle on the sphere of squared radius `r2`, in the plane if it has rational points there.
    pub(super) fn on_sphere(r2: &BigRational) -> Option<Circle> {
        // r2 = n/d² with n = numerator · denominator.
        let (n, d) = (r2.numer() * r2.denom(), r2.denom());
        let scaled = |k: u64| BigRational::new(k.into(), d.clone());
        let circle = |[a, b]: [u64; 2], rest: &[u64]| Circle {
            start: [scaled(a), scaled(b)],
            rest: rest.iter().map(|k| scaled(*k)).collect(),
        };
        if let Some(pair) = two_squares(&n) {
            return Some(circle(pair, &[]));
        }
        let largest = n.sqrt().to_i64()?;
        let tries = |top: i64| (0..=top.min(TRIES)).map(move |k| top - k).filter(|k| *k > 0);
        for z in tries(largest) {
            if let Some(pair) = two_squares(&(&n - BigInt::from(z) * z)).filter(|p| p[0] + p[1] > 0) {
                return Some(circle(pair, &[z as u64]));
            }
        }
        for z in tries(largest) {
            let left = &n - BigInt::from(z) * z;
            for w in tries(left.sqrt().to_i64()?) {
                if let Some(pair) = two_squares(&(&left - BigInt::from(w) * w)).filter(|p| p[0] + p[1] > 0) {
                    return Some(circle(pair, &[z as u64, w as u64]));
                }
            }
        }
        None
    }

    /// Is this a great circle?
    pub(super) fn is_great(&self) -> bool {
        self.rest.is_empty()
    }

    /// Points of the circle, pairwise distinct and none the antipode of another: `((1-t²)/(1+t²), 2t/(1+t²))` for
    /// rational `t >= 0` of small height, turned and scaled.
    pub(super) fn points(&self, count: usize) -> Vec<Vec<BigRational>> {
        parameters(count).iter().map(|t| self.point(t)).collect()
    }

    fn point(&self, t: &BigRational) -> Vec<BigRational> {
        let square = t * t;
        let norm = BigRational::one() + &square;
        let cosine = (BigRational::one() - &square) / &norm;
        let sine = (t + t) / &norm;
        let [a, b] = &self.start;
        let turned = [a * &cosine - b * &sine, b * &cosine + a * &sine];
        turned.into_iter().chain(self.rest.iter().cloned()).collect()
    }
}

/// `0, 1, 1/2, 2, 1/3, 3, 2/3, 3/2, …`.
fn parameters(count: usize) -> Vec<BigRational> {
    let mut out = vec![BigRational::zero(), BigRational::one()];
    for height in 2i64.. {
        if out.len() >= count {
            break;
        }
        for low in (1..height).filter(|low| num_integer::gcd(*low, height) == 1) {
            out.push(BigRational::new(low.into(), height.into()));
            out.push(BigRational::new(height.into(), low.into()));
        }
    }
    out.truncate(count);
    out
}

/// `a >= b` with `a² + b² = n`, if `n` is small enough to search.
fn two_squares(n: &BigInt) -> Option<[u64; 2]> {
    if n.is_negative() {
        return None;
    }
    if let Some(root) = Some(n.sqrt()).filter(|r| r * r == *n) {
        return root.to_u64().map(|a| [a, 0]);
    }
    let n = n.to_u64().filter(|n| *n <= MAX_SEARCHED)?;
    let top = n.sqrt();
    (0..=top).rev().take_while(|a| 2 * a * a >= n).find_map(|a| {
        let rest = n - a * a;
        let b = rest.sqrt();
        (b * b == rest).then_some([a, b])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse_rational;

    #[test]
    fn points_lie_on_the_sphere() {
        for (r2, dimension) in [
            ("1", 2),
            ("2", 2),
            ("5/2", 2),
            ("3", 3),
            ("7", 4),
            ("1/3", 3),
            ("10000000000000000000000000007", 0),
        ] {
            let r2 = parse_rational(r2).unwrap();
            let Some(circle) = Circle::on_sphere(&r2) else {
                assert_eq!(dimension, 0, "{r2}");
                continue;
            };
            let points = circle.points(12);
            for (i, p) in points.iter().enumerate() {
                assert!(dimension == 0 || p.len() == dimension, "{r2}: {p:?}");
                assert_eq!(p.iter().map(|x| x * x).sum::<BigRational>(), r2);
                for q in &points[..i] {
                    assert!(p != q && p.iter().zip(q).any(|(x, y)| *x != -y), "{r2}: {p:?} and {q:?}");
                }
            }
        }
    }
}
