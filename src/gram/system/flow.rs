//! `∫_0^t e^{-As} ds` for a positive semidefinite `A`, by doubling the time.
//!
//! With $F(h) = \frac1h \int_0^h e^{-As} ds$ and $P(h) = e^{-hA}$,
//! $$ F(2h) = \tfrac12 F(h) (I + P(h)), \qquad P(2h) = P(h)^2 . $$
//! No eigenvalue of $F$ or $P$ exceeds 1, so that an error at most doubles with the time, and no inverse is needed: $A$
//! may be singular. Both begin with their power series at a time where $|hA|$ is small. (Scaling and squaring: Moler
//! and Van Loan, *Nineteen dubious ways to compute the exponential of a matrix*, SIAM Review 2003, method 3.)

use crate::parallel::*;
use rug::float::Round;
use rug::{Float, Integer, Rational};

use super::{Known, Matrix, Vector};
use crate::number::Mag;
use crate::{Error, work};

/// At the start `|hA|` is about `2^-39` or more, if it is not below that by itself.
const MOST_SMALL: u32 = 40;
/// Most doublings, and bits of a number.
const MOST_DOUBLINGS: u32 = 4096;
const MOST_BITS: u32 = 1 << 16;

/// `F(t)`, and what turns it into the integral.
pub(crate) struct Flow {
    mean: Square,
    time: Rational,
}

/// A symmetric matrix of integers over `2^bits`, each row whole.
struct Square {
    rows: Vec<Vec<Integer>>,
    bits: u32,
    /// Of Frobenius' norm.
    error: Mag,
}

impl Flow {
    /// For `A = K + ridge` and a positive time, to about so many bits after the point of the integral.
    pub fn new(matrix: &Matrix, ridge: &Rational, time: &Rational, bits: u32) -> Result<Flow, Error> {
        let n = matrix.len();
        // |K| <= trace.
        let size = matrix.largest_diagonal() * Mag::from_usize(n) + upper(ridge);
        let turns = (upper(time) * size).log2_ceil().unwrap_or(0).clamp(-(1 << 20), 1 << 20);
        let growth = upper(time).log2_ceil().unwrap_or(0).max(0) + turns.max(0);
        let bits = i64::from(bits) + growth + 2 * i64::from(n.ilog2()) + 16;
        let too_much = |bits: i64| {
            let why = format!(
                "an exponential of {n} rows with {bits} bits is needed; fewer rows or digits, a shorter time or an \
                 infinite one take less"
            );
            Error::TooMuchWork { what: "training for a finite time".to_string(), why }
        };
        if bits > i64::from(MOST_BITS) {
            return Err(too_much(bits));
        }
        // The first steps lose what the later ones do.
        let bits = bits as u32 + Plan::new(turns, bits as u32).small.min(MOST_SMALL);
        let plan = Plan::new(turns, bits);
        let limbs = f64::from(bits) / 64.0;
        let each = (n as f64).powi(3) / 2.0 * (25.0 + 2.0 * limbs * limbs);
        let count = f64::from(plan.terms + 2 * plan.doublings + 1);
        if plan.doublings > MOST_DOUBLINGS || !work::spend(each * count) {
            return Err(too_much(bits.into()));
        }
        let (mut mean, mut power) = start(matrix, ridge, time, bits, &plan);
        for _ in 0..plan.doublings {
            let product = mean.times(&power);
            // F' - F̃' = ½ (F - F̃) + ½ (F P - F̃ P̃).
            let error = (mean.error + product.error).shl(-1) + Mag::from_usize(n).shl(-i64::from(bits));
            let half = |(x, y): (&Integer, &Integer)| Integer::from(x + y) >> 1u32;
            let rows = mean.rows.iter().zip(&product.rows);
            let rows = rows.map(|(x, y)| x.iter().zip(y).map(half).collect()).collect();
            mean = Square { rows, bits, error };
            power = power.squared();
        }
        Ok(Flow { mean, time: time.clone() })
    }

    /// `∫_0^t e^{-As} ds v`.
    pub fn apply(&self, v: &Known) -> Known {
        let row = |row: &Vec<Integer>| {
            let sum = dot(row, &v.vector.entries);
            sum * self.time.numer() / self.time.denom()
        };
        let entries: Vec<Integer> = self.mean.rows.par_iter().map(row).collect();
        let bits = self.mean.bits + v.vector.bits;
        // |F v - F̃ ṽ| <= |F - F̃| |ṽ| + |v - ṽ|, as |F| <= 1; and one unit for the division.
        let unit = Mag::from_usize(entries.len()).sqrt().shl(-i64::from(bits));
        let error = upper(&self.time) * (self.mean.error * v.vector.norm() + v.error) + unit;
        Known { vector: Vector { entries, bits }, error }
    }
}

fn upper(x: &Rational) -> Mag {
    Mag::from_float(&Float::with_val_round(64, x, Round::Up).0)
}

/// How often the time is doubled, and terms of the power series before.
struct Plan {
    doublings: u32,
    terms: u32,
    /// `|hA| <= 2^-small` at the start.
    small: u32,
}

impl Plan {
    /// For `|tA| <= 2^turns`.
    fn new(turns: i64, bits: u32) -> Plan {
        let plan = |small: u32| {
            let doublings = (turns + i64::from(small)).max(0) as u32;
            let small = (i64::from(doublings) - turns).min(1 << 20) as u32;
            let x = Mag::pow2(-i64::from(small));
            let enough = |&m: &u32| remainder(x, m) <= Mag::pow2(-i64::from(bits));
            let terms = (1..MOST_BITS).find(enough).unwrap_or(MOST_BITS);
            Plan { doublings, terms, small }
        };
        let all = (2..MOST_SMALL).map(plan).min_by_key(|plan| plan.terms + 2 * plan.doublings);
        all.unwrap_or(Plan { doublings: 0, terms: MOST_BITS, small: 1 })
    }
}

/// What `Σ_{k<=m} (-X)^k/(k+1)!` leaves out for `|X| <= x <= 1/2`: less than `2 x^{m+1}/(m+2)!`.
fn remainder(x: Mag, terms: u32) -> Mag {
    let factorial = (2..=terms + 2).fold(Mag::ONE, |f, k| f.div_by_lower(Mag::pow2(i64::from(k.ilog2()))));
    (factorial * x.pow(u64::from(terms) + 1)).shl(1)
}

/// `F(h)` and `P(h)` for `h = t/2^doublings`.
fn start(matrix: &Matrix, ridge: &Rational, time: &Rational, bits: u32, plan: &Plan) -> (Square, Square) {
    let n = matrix.len();
    let frac = matrix.scaled.frac();
    let step = Rational::from(time >> plan.doublings);
    // hA, rounded down in every entry: once for K, once for the ridge.
    let added = {
        let both = Rational::from(ridge * &step);
        (Integer::from(both.numer() << bits)) / both.denom()
    };
    let entry = |i: usize, j: usize| {
        let scaled = (matrix.scaled.entry(i.max(j), i.min(j)) << bits) * step.numer();
        let own = scaled / Integer::from(step.denom() << frac);
        if i == j { own + &added } else { own }
    };
    let rows: Vec<Vec<Integer>> =
        (0..n).into_par_iter().map(|i| (0..n).map(|j| entry(i, j)).collect()).collect();
    let unit = Mag::pow2(-i64::from(bits));
    let whole = Mag::from_usize(n) * unit;
    // How far hA is from these integers; `distance` bounds Frobenius' norm as well.
    let apart = upper(&step) * matrix.distance + whole.shl(1);
    let x = Square { rows, bits, error: Mag::ZERO };
    let size = Mag::pow2(-i64::from(plan.small)) + apart;
    // Horner's rule: S_m = I, S_{k-1} = I - X S_k/(k+1), F = S_0.
    let one = Integer::from(1) << bits;
    let mut sum = Square::identity(n, bits);
    for k in (1..=plan.terms).rev() {
        let product = x.times_exactly_known(&sum, size);
        let error = product.error.div_by_lower(Mag::pow2(i64::from((k + 1).ilog2()))) + whole;
        let mut rows: Vec<Vec<Integer>> =
            product.rows.into_iter().map(|row| row.into_iter().map(|x| -x / (k + 1)).collect()).collect();
        (0..n).for_each(|i| rows[i][i] += &one);
        sum = Square { rows, bits, error };
    }
    sum.error = sum.error + remainder(size, plan.terms) * Mag::from_usize(n).sqrt();
    // P = I - X F.
    let product = x.times_exactly_known(&sum, size);
    let mut rows: Vec<Vec<Integer>> =
        product.rows.into_iter().map(|row| row.into_iter().map(|x| -x).collect()).collect();
    (0..n).for_each(|i| rows[i][i] += &one);
    let mut power = Square { rows, bits, error: product.error };
    // For hA >= 0 and X within ε of it, e^{-hA} - e^{-X} = -∫ e^{-(1-s)hA} (hA - X) e^{-sX} ds has at most the norm ε e^ε,
    // and the mean of these over times up to 1 no more.
    let small = size <= Mag::pow2(-1);
    let moved = if small { apart * Mag::from_f64(2.72) } else { Mag::INFINITY };
    sum.error = sum.error + moved;
    power.error = power.error + moved;
    (sum, power)
}

impl Square {
    fn identity(n: usize, bits: u32) -> Square {
        let one = |i: usize, j: usize| if i == j { Integer::from(1) << bits } else { Integer::new() };
        let rows = (0..n).map(|i| (0..n).map(|j| one(i, j)).collect()).collect();
        Square { rows, bits, error: Mag::ZERO }
    }

    /// The lower triangle of the product, taken to both sides, each entry rounded down.
    fn product(&self, other: &Square) -> Vec<Vec<Integer>> {
        let n = self.rows.len();
        // Column j of a symmetric matrix is its row j.
        let row = |i: usize| (0..=i).map(|j| dot(&self.rows[i], &other.rows[j]) >> self.bits).collect();
        let lower: Vec<Vec<Integer>> = (0..n).into_par_iter().map(row).collect();
        (0..n).map(|i| (0..n).map(|j| lower[i.max(j)][i.min(j)].clone()).collect()).collect()
    }

    fn rounding(&self) -> Mag {
        Mag::from_usize(self.rows.len()).shl(-i64::from(self.bits))
    }

    /// Of two matrices of norm at most 1 that commute.
    fn times(&self, other: &Square) -> Square {
        // |F̃ P̃ - F P| <= |F̃ - F| |P̃| + |F| |P̃ - P|, and a triangle taken to both sides at most √2 times as much.
        let error = self.error * (Mag::ONE + other.error) + other.error;
        let error = error * Mag::from_f64(1.4143) + self.rounding().shl(1);
        Square { rows: self.product(other), bits: self.bits, error }
    }

    /// `P²`, which is symmetric whatever the errors.
    fn squared(&self) -> Square {
        // |P̃² - P²| <= (|P̃| + |P|) |P̃ - P|.
        let error = self.error * (Mag::from_f64(2.0) + self.error) + self.rounding();
        Square { rows: self.product(self), bits: self.bits, error }
    }

    /// Where this matrix is exact, of norm at most `size`, and commutes with what the other stands for.
    fn times_exactly_known(&self, other: &Square, size: Mag) -> Square {
        let error = size * other.error * Mag::from_f64(1.4143) + self.rounding().shl(1);
        Square { rows: self.product(other), bits: self.bits, error }
    }
}

fn dot(x: &[Integer], y: &[Integer]) -> Integer {
    let mut sum = Integer::new();
    for (x, y) in x.iter().zip(y) {
        sum += x * y;
    }
    sum
}
