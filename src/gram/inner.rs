//! Inner products of points, exactly.

use std::collections::HashMap;

use num_rational::BigRational;
use num_traits::Zero;
use rug::float::Round;
use rug::{Float, Integer};

use super::Points;
use super::points::over_common_denominator;
use crate::kernel::Input;
use crate::number::rational::integer_to_gmp;
use crate::number::{Ball, Mag};

/// `c_1(x, y) = γ_w² x·y + γ_b²` of all pairs, from exact integers.
#[derive(Debug)]
pub(super) struct InnerProducts {
    numerators: Numerators,
    denominators: Vec<Integer>,
    squares: Vec<Integer>,
    /// Equal points have equal numbers.
    identity: Vec<usize>,
    /// The class of `q_1 = c_1(x, x)` of each point, and the values.
    class: Vec<usize>,
    variances: Vec<BigRational>,
    input: Input,
    /// Are the points replaced by those of the input's sphere in the same directions?
    projected: bool,
}

/// `c_1` at a precision.
#[derive(Debug)]
pub(super) struct Covariances<'a> {
    inner: &'a InnerProducts,
    /// Of the denominators.
    inverses: Vec<Ball>,
    gamma_w2: Ball,
    gamma_b2: Ball,
    precision: u32,
}

impl Covariances<'_> {
    /// `c_1(x_i, x_j)`, exactly zero where it is and the bias is.
    pub fn get(&self, i: usize, j: usize) -> Ball {
        let product = whole(&self.inner.integer(i, j), self.precision);
        let scaled = product * &(&self.inverses[i] * &self.inverses[j]) * &self.gamma_w2;
        if self.gamma_b2.is_exact_zero() { scaled } else { scaled + &self.gamma_b2 }
    }
}

fn whole(n: &Integer, precision: u32) -> Ball {
    Ball::rounded(Float::with_val_round(precision, n, Round::Nearest), Mag::ZERO)
}

/// The points' coordinates over a common denominator each.
#[derive(Debug)]
enum Numerators {
    /// So short that inner products fit into 128 bits.
    Short(Vec<Vec<i64>>),
    Long(Vec<Vec<Integer>>),
}

impl InnerProducts {
    pub fn new(points: &Points, input: &Input) -> InnerProducts {
        let (mut rows, mut denominators) = (vec![], vec![]);
        for row in points.rows() {
            let (numerators, common) = over_common_denominator(row);
            rows.push(numerators.iter().map(integer_to_gmp).collect::<Vec<_>>());
            denominators.push(integer_to_gmp(&common));
        }
        let mut seen = HashMap::new();
        let identity =
            points.rows().iter().enumerate().map(|(i, row)| *seen.entry(row).or_insert(i)).collect();
        let mut classes = HashMap::new();
        let mut variances = vec![];
        let class = points.squared_norms().iter().map(|s| {
            *classes.entry(s).or_insert_with(|| {
                variances.push(&input.gamma_w2 * s + &input.gamma_b2);
                variances.len() - 1
            })
        });
        let class = class.collect();
        let numerators = Numerators::new(rows);
        let mut out = InnerProducts {
            numerators,
            denominators,
            squares: vec![],
            identity,
            class,
            variances,
            input: input.clone(),
            projected: false,
        };
        out.squares = (0..points.len()).map(|i| out.integer(i, i)).collect();
        out
    }

    /// The same for the points `r x/|x|` of the input's sphere; none of these is the origin, and equal directions are
    /// equal points.
    pub fn projected(points: &Points, input: &Input) -> InnerProducts {
        let mut out = InnerProducts::new(points, input);
        out.class = vec![0; points.len()];
        out.variances = vec![&input.gamma_w2 * &input.radius2 + &input.gamma_b2];
        out.projected = true;
        out
    }

    /// The number of points.
    pub fn len(&self) -> usize {
        self.class.len()
    }

    /// The coordinates of a point times its denominator, and the sum of their squares.
    pub fn row_and_square(&self, i: usize) -> (Vec<Integer>, &Integer) {
        let row = match &self.numerators {
            Numerators::Short(rows) => rows[i].iter().map(|x| Integer::from(*x)).collect(),
            Numerators::Long(rows) => rows[i].clone(),
        };
        (row, &self.squares[i])
    }

    pub fn class(&self, i: usize) -> usize {
        self.class[i]
    }

    /// `q_1` by class.
    pub fn variances(&self) -> &[BigRational] {
        &self.variances
    }

    /// `x_i·x_j` times the two denominators.
    fn integer(&self, i: usize, j: usize) -> Integer {
        match &self.numerators {
            Numerators::Short(rows) => {
                let terms = rows[i].iter().zip(&rows[j]);
                Integer::from(terms.map(|(x, y)| i128::from(*x) * i128::from(*y)).sum::<i128>())
            }
            Numerators::Long(rows) => rows[i].iter().zip(&rows[j]).fold(Integer::new(), |mut sum, (x, y)| {
                sum += x * y;
                sum
            }),
        }
    }

    /// `(x_i·x_j)²` and `|x_i|² |x_j|²`, both times the squares of the denominators.
    pub fn squared_cosine(&self, i: usize, j: usize) -> (Integer, Integer) {
        (self.integer(i, j).square(), Integer::from(&self.squares[i] * &self.squares[j]))
    }

    /// The cosines between point `i` and the points before it.
    pub fn cosines(&self, i: usize, precision: u32) -> Vec<Ball> {
        let cosine = |j| {
            let norms = Integer::from(&self.squares[i] * &self.squares[j]);
            let product = whole(&self.integer(i, j), precision);
            let root = Integer::from(norms.sqrt_ref());
            // Rational where the product of the norms is.
            match Integer::from(root.square_ref()) == norms {
                true => product / whole(&root, precision),
                false => product / whole(&norms, precision).sqrt(),
            }
        };
        (0..i).map(cosine).collect()
    }

    /// What `c_1` of all pairs needs at a precision.
    pub fn at(&self, precision: u32) -> Covariances<'_> {
        let inverse = |d: &Integer| whole(d, precision).recip();
        let (inverses, weight) = match self.projected {
            true => {
                let inverses = self.squares.iter().map(|s| whole(s, precision).sqrt().recip()).collect();
                (inverses, &self.input.gamma_w2 * &self.input.radius2)
            }
            false => (self.denominators.iter().map(inverse).collect(), self.input.gamma_w2.clone()),
        };
        Covariances {
            inner: self,
            inverses,
            gamma_w2: Ball::from_rational(&weight, precision),
            gamma_b2: Ball::from_rational(&self.input.gamma_b2, precision),
            precision,
        }
    }

    /// Are the two first-layer functions the same?
    pub fn are_same(&self, i: usize, j: usize) -> bool {
        self.identity[i] == self.identity[j] || self.input.gamma_w2.is_zero()
    }

    /// Is the first-layer correlation of two different points ±1 exactly, and then -1? `rho` encloses it: where that
    /// excludes ±1 no integer is looked at.
    pub fn proportional(&self, i: usize, j: usize, rho: &Ball) -> Option<bool> {
        // With a bias, (γ_w x, γ_b) and (γ_w y, γ_b) are proportional for equal points only.
        if !self.input.gamma_b2.is_zero() || rho.magnitude() < Mag::ONE {
            return None;
        }
        let product = self.integer(i, j);
        // Equality in the inequality of Cauchy and Schwarz; the denominators cancel.
        let equal = Integer::from(product.square_ref()) == Integer::from(&self.squares[i] * &self.squares[j]);
        equal.then(|| product.is_negative())
    }
}

impl Numerators {
    fn new(rows: Vec<Vec<Integer>>) -> Numerators {
        // 2^54 · 2^54 · 2^17 < 2^127: no more than 100000 columns are accepted.
        let short = |x: &Integer| x.significant_bits() <= 54;
        if !rows.iter().flatten().all(short) {
            return Numerators::Long(rows);
        }
        Numerators::Short(rows.iter().map(|row| row.iter().map(Integer::to_i64_wrapping).collect()).collect())
    }
}
