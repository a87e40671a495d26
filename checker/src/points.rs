//! Exact facts about data points.

use std::collections::{HashMap, HashSet};

use num_traits::{One, Signed, Zero};

use crate::integer::BigRational;

pub(crate) type Point = Vec<BigRational>;

pub(crate) struct PointSet {
    pub(crate) rows: Vec<Point>,
}

pub(crate) fn dot(x: &[BigRational], y: &[BigRational]) -> BigRational {
    x.iter().zip(y).fold(BigRational::zero(), |sum, (a, b)| sum + a * b)
}

pub(crate) fn scaled(x: &[BigRational], r: &BigRational) -> Point {
    x.iter().map(|c| c * r).collect()
}

/// The first coordinate other than 0.
fn lead(x: &[BigRational]) -> Option<&BigRational> {
    x.iter().find(|c| !c.is_zero())
}

/// `(s, u)` with `x = s u`, `s > 0`, and u's first coordinate other than 0 being ±1; `None` for 0.
pub(crate) fn direction(x: &[BigRational]) -> Option<(BigRational, Point)> {
    let size = lead(x)?.abs();
    Some((size.clone(), scaled(x, &size.recip())))
}

/// `(±1, u)` with `x = ±u`, u's first coordinate other than 0 being positive.
pub(crate) fn up_to_sign(x: &[BigRational]) -> (BigRational, Point) {
    let minus = -BigRational::one();
    match lead(x) {
        Some(c) if c.is_negative() => (minus.clone(), scaled(x, &minus)),
        _ => (BigRational::one(), x.to_vec()),
    }
}

impl PointSet {
    pub(crate) fn is_distinct(&self) -> bool {
        let mut seen = HashSet::new();
        self.rows.iter().all(|x| seen.insert(x))
    }

    /// Pairwise non-proportional, none of them 0.
    pub(crate) fn is_non_proportional(&self) -> bool {
        let mut seen = HashSet::new();
        self.rows.iter().all(|x| direction(x).is_some_and(|(_, u)| seen.insert(up_to_sign(&u).1)))
    }

    pub(crate) fn is_without_origin(&self) -> bool {
        self.rows.iter().all(|x| lead(x).is_some())
    }

    pub(crate) fn has_antipodes(&self) -> bool {
        let all: HashSet<&Point> = self.rows.iter().collect();
        let minus = -BigRational::one();
        self.rows.iter().any(|x| all.contains(&scaled(x, &minus)))
    }

    /// The common squared norm, if it is positive.
    pub(crate) fn common_radius2(&self) -> Option<BigRational> {
        let first = self.rows.first().map(|x| dot(x, x)).filter(Signed::is_positive)?;
        self.rows.iter().all(|x| dot(x, x) == first).then_some(first)
    }

    /// Points up to sign, with the numbers of those that are `+u` and `-u`.
    pub(crate) fn antipodal_classes(&self) -> Vec<[Vec<usize>; 2]> {
        let mut classes: HashMap<Point, [Vec<usize>; 2]> = HashMap::new();
        for (i, x) in self.rows.iter().enumerate() {
            let (sign, u) = up_to_sign(x);
            classes.entry(u).or_default()[usize::from(sign.is_negative())].push(i);
        }
        classes.into_values().collect()
    }
}
