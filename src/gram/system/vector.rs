//! Vectors of integers over a power of two, and sums of products without rounding.

use num_rational::BigRational;
use rug::float::Round;
use rug::{Float, Integer};

use crate::number::rational::rational_to_gmp;
use crate::number::{Ball, Mag};

/// The vector `entries / 2^bits`, exactly.
#[derive(Clone, Debug)]
pub(crate) struct Vector {
    pub entries: Vec<Integer>,
    pub bits: u32,
}

/// Every vector within `error` of `vector` in the 2-norm.
#[derive(Clone, Debug)]
pub(crate) struct Known {
    pub vector: Vector,
    pub error: Mag,
}

impl Vector {
    pub fn zero(n: usize) -> Vector {
        Vector { entries: vec![Integer::new(); n], bits: 0 }
    }

    /// `self · other`, rounded once.
    pub fn dot(&self, other: &Vector, precision: u32) -> Ball {
        let mut sum = Integer::new();
        for (x, y) in self.entries.iter().zip(&other.entries) {
            sum += x * y;
        }
        to_ball(&sum, self.bits + other.bits, precision)
    }

    /// An upper bound of the 2-norm.
    pub fn norm(&self) -> Mag {
        let mut sum = Integer::new();
        for x in &self.entries {
            sum += x.square_ref();
        }
        Mag::from_float(&Float::with_val_round(64, sum, Round::Up).0).sqrt().shl(-i64::from(self.bits))
    }

    /// The entries as floats, as precise as asked.
    pub fn to_floats(&self, precision: u32) -> Vec<Float> {
        self.entries.iter().map(|x| Float::with_val(precision, x) >> self.bits).collect()
    }

    /// The sum with floats, whose largest keeps so many bits.
    pub fn plus(&self, change: &[Float], keep: u32) -> Vector {
        let top = change.iter().filter_map(Float::get_exp).max().unwrap_or(0);
        let bits = self.bits.max((i64::from(keep) - i64::from(top)).clamp(0, 1 << 20) as u32);
        let entry = |(v, d): (&Integer, &Float)| {
            let scaled = Float::with_val(d.prec(), d << bits);
            Integer::from(v << (bits - self.bits)) + scaled.to_integer().unwrap_or_default()
        };
        Vector { entries: self.entries.iter().zip(change).map(entry).collect(), bits }
    }
}

impl Known {
    /// Rational numbers, to so many bits after the point.
    pub fn of_rationals(values: &[BigRational], bits: u32) -> Known {
        let mut inexact = 0;
        let entry = |x: &BigRational| {
            let (top, bottom) = rational_to_gmp(x).into_numer_denom();
            let (quotient, rest) = (top << bits).div_rem(bottom);
            inexact += usize::from(!rest.is_zero());
            quotient
        };
        let entries = values.iter().map(entry).collect();
        // Each of those is off by less than a unit.
        let error = Mag::from_usize(inexact).sqrt().shl(-i64::from(bits));
        Known { vector: Vector { entries, bits }, error }
    }

    /// A unit vector.
    pub fn unit(n: usize, i: usize) -> Known {
        let mut vector = Vector::zero(n);
        vector.entries[i] += 1;
        Known { vector, error: Mag::ZERO }
    }
}

/// `n / 2^bits`.
pub(crate) fn to_ball(n: &Integer, bits: u32, precision: u32) -> Ball {
    let exact = Ball::exact(Float::with_val(n.significant_bits().max(1), n));
    exact.with_precision(precision).shl(-(bits as i32))
}
