//! A zero of an expression as an exact number or as an enclosure that can be narrowed at will.

use std::cmp::Ordering;
use std::sync::Arc;

use rug::{Float, Rational};

use super::interval::Interval;
use super::polynomial::{Polynomial, gcd, value};
use super::program::Program;
use crate::number::Ball;
use crate::number::rational::abridged;

/// The most bits with which two roots are told apart.
const MAX_COMPARED: u32 = 2048;

/// A real number at which pieces meet.
#[derive(Clone, Debug)]
pub(crate) enum Root {
    Exact(Rational),
    /// The only zero of a function between two numbers, where its derivative keeps its sign.
    Simple(Arc<Simple>),
}

#[derive(Debug)]
pub(crate) struct Simple {
    pub(crate) function: Arc<Program>,
    pub(crate) derivative: Arc<Program>,
    pub(crate) low: Rational,
    pub(crate) high: Rational,
    /// The function, where it is a polynomial without multiple roots.
    pub(crate) polynomial: Option<Polynomial>,
}

impl Root {
    /// An enclosure at about `precision` bits.
    pub(crate) fn enclose(&self, precision: u32) -> Ball {
        match self {
            Root::Exact(r) => Ball::from_gmp_rational(r, precision),
            Root::Simple(simple) => simple.enclose(precision),
        }
    }

    pub(crate) fn exact(&self) -> Option<&Rational> {
        match self {
            Root::Exact(r) => Some(r),
            Root::Simple(_) => None,
        }
    }

    /// As a fraction or a short decimal.
    pub(crate) fn in_words(&self) -> String {
        match self {
            Root::Exact(r) => abridged(&r.to_string()),
            Root::Simple(_) => self.enclose(64).to_decimal(6).map(|d| d.value).unwrap_or_default(),
        }
    }

    /// A rational number at most as large and close to it.
    pub(crate) fn below(&self) -> Rational {
        match self {
            Root::Exact(r) => r.clone(),
            Root::Simple(_) => self.enclose(128).lower().to_rational().unwrap_or_default(),
        }
    }

    /// A rational number at least as large and close to it.
    pub(crate) fn above(&self) -> Rational {
        match self {
            Root::Exact(r) => r.clone(),
            Root::Simple(_) => self.enclose(128).upper().to_rational().unwrap_or_default(),
        }
    }

    /// Which is larger? `None` when that stays open.
    pub(crate) fn compare(&self, other: &Root) -> Option<Ordering> {
        if let (Root::Exact(a), Root::Exact(b)) = (self, other) {
            return Some(a.cmp(b));
        }
        if self.is_same(other) {
            return Some(Ordering::Equal);
        }
        let mut precision = 64;
        while precision <= MAX_COMPARED {
            let gap = self.enclose(precision) - other.enclose(precision);
            if let Some(sign) = gap.sign() {
                return Some(sign);
            }
            precision *= 4;
        }
        None
    }

    /// Is it known to be minus the other?
    pub(crate) fn is_minus(&self, other: &Root) -> bool {
        match (self, other) {
            (Root::Exact(a), Root::Exact(b)) => *a == Rational::from(-b),
            (Root::Simple(a), Root::Simple(b)) => {
                let Some(p) = &b.polynomial else { return false };
                let flip =
                    |(i, c): (usize, &Rational)| if i % 2 == 1 { Rational::from(-c) } else { c.clone() };
                let mirrored = Simple {
                    function: Arc::clone(&b.function),
                    derivative: Arc::clone(&b.derivative),
                    low: Rational::from(-&b.high),
                    high: Rational::from(-&b.low),
                    polynomial: Some(p.iter().enumerate().map(flip).collect()),
                };
                a.has_root_of(&mirrored)
            }
            _ => false,
        }
    }

    /// Are they known to be one number?
    fn is_same(&self, other: &Root) -> bool {
        let (Root::Simple(a), Root::Simple(b)) = (self, other) else { return false };
        Arc::ptr_eq(a, b) || a.has_root_of(b)
    }
}

impl Simple {
    /// Do two polynomials share the one root that each has in its interval?
    fn has_root_of(&self, other: &Simple) -> bool {
        let (Some(p), Some(q)) = (&self.polynomial, &other.polynomial) else { return false };
        // In the overlap of the two intervals each polynomial has at most its one root; a common factor that changes
        // its sign there has a root, which is both.
        let (low, high) = ((&self.low).max(&other.low), (&self.high).min(&other.high));
        let common = gcd(p, q);
        low < high && common.len() > 1 && {
            let signs = [low, high].map(|x| value(&common, x).cmp0());
            signs[0] != signs[1]
        }
    }

    /// Interval Newton steps; the enclosure is never wider than the given one.
    fn enclose(&self, precision: u32) -> Ball {
        let start = Interval::between(Some(&self.low), Some(&self.high), 64);
        let mut x = Ball::from_bounds(start.low(), start.high(), 64);
        for round in 0..64 {
            let target = precision.min(64u32.saturating_mul(1 << round.min(20))) + 16;
            x = x.with_precision(target);
            let middle = Ball::exact(x.midpoint().clone());
            let slope = self.derivative.run(&x, target);
            let value = self.function.run(&middle, target);
            // For a root r in x: 0 = f(r) = f(m) + f'(ξ)(r - m) for some ξ in x.
            let next = &middle - &(&value / &slope);
            if next.is_finite() && next.radius() <= x.radius().shl(-1) {
                x = next;
            } else if x.relative_accuracy_bits() + 24 < i64::from(target) {
                // Too wide for a step of Newton's.
                match self.halved(&x) {
                    Some(half) => x = half,
                    None => break,
                }
            } else if target > precision {
                break;
            }
            if x.relative_accuracy_bits() >= i64::from(precision) {
                break;
            }
        }
        x.with_precision(precision)
    }

    /// The half of an enclosure in which the function changes its sign.
    fn halved(&self, x: &Ball) -> Option<Ball> {
        let sign = |at: &Float| self.function.run(&Ball::exact(at.clone()), 256).sign();
        let (low, high) = (x.lower(), x.upper());
        let middle = x.midpoint().clone();
        let left = sign(&low)?;
        let (from, to) = if sign(&middle)? == left { (middle, high) } else { (low, middle) };
        Some(Ball::from_bounds(&from, &to, x.precision()))
    }
}
