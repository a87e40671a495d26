//! Series in exact integers, and what is drawn at random for the tests.

use rug::integer::Order;
use rug::ops::Pow;
use rug::{Integer, Rational};

use super::super::error_bound::ErrorBound;
use super::super::fixed::{Fixed, Format};
use crate::number::{Ball, Mag};

/// Fractional bits at which everything is tried: from 20 to 90, and about two limbs.
pub(crate) const FRACTIONS: [u32; 75] = {
    let mut out = [0; 75];
    let mut i = 0;
    while i < 71 {
        out[i] = 20 + i as u32;
        i += 1;
    }
    out[71] = 127;
    out[72] = 128;
    out[73] = 129;
    out[74] = 150;
    out
};

/// Bits that an exact value has past those of the format, for errors that are no multiples of a unit.
const EXTRA: u32 = 64;

/// A polynomial `Σ values[k] 2^-bits t^k`.
#[derive(Clone, Debug)]
pub(crate) struct Exact {
    pub bits: u32,
    pub values: Vec<Integer>,
}

impl Exact {
    pub fn new(bits: u32, values: Vec<Integer>) -> Exact {
        Exact { bits, values }
    }

    /// The midpoints up to the degree.
    pub fn midpoints(series: &Fixed) -> Exact {
        perturbed(series, |_| 0)
    }

    pub fn at(&self, power: usize) -> Rational {
        let value = self.values.get(power).cloned().unwrap_or_default();
        Rational::from((value, Integer::from(1) << self.bits))
    }

    fn with_bits(&self, bits: u32) -> Exact {
        let shift = bits - self.bits;
        Exact::new(bits, self.values.iter().map(|x| Integer::from(x << shift)).collect())
    }

    pub fn plus(&self, other: &Exact) -> Exact {
        let bits = self.bits.max(other.bits);
        let (a, b) = (self.with_bits(bits), other.with_bits(bits));
        let at = |x: &Exact, k: usize| x.values.get(k).cloned().unwrap_or_default();
        Exact::new(bits, (0..a.values.len().max(b.values.len())).map(|k| at(&a, k) + at(&b, k)).collect())
    }

    /// The product up to `t^degree`, by one product of integers: `t` is a power of two past every coefficient.
    pub fn times(&self, other: &Exact, degree: usize) -> Exact {
        let size = |x: &Exact| x.values.iter().map(Integer::significant_bits).max().unwrap_or(0);
        let slot = size(self) + size(other) + 34;
        let mut rest = pack(&self.values, slot) * pack(&other.values, slot);
        let full = (self.values.len() + other.values.len()).saturating_sub(1);
        let mut values = Vec::new();
        unpack(&mut rest, full, slot, &mut values);
        values.truncate(degree + 1);
        Exact::new(self.bits + other.bits, values)
    }

    /// `Σ_k outer_k self^k` up to `t^degree`, by Horner's rule.
    pub fn inside(&self, outer: &Exact, degree: usize) -> Exact {
        let start = Exact::new(0, Vec::new());
        outer
            .values
            .iter()
            .rev()
            .fold(start, |acc, c| acc.times(self, degree).plus(&Exact::new(outer.bits, vec![c.clone()])))
    }

    /// Enclosures of the coefficients `0..=degree` at so many bits.
    pub fn balls(&self, degree: usize, precision: u32) -> Vec<Ball> {
        (0..=degree).map(|k| Ball::from_gmp_rational(&self.at(k), precision)).collect()
    }
}

fn pack(values: &[Integer], slot: u32) -> Integer {
    match values {
        [] => Integer::new(),
        [one] => one.clone(),
        _ => {
            let (low, high) = values.split_at(values.len() / 2);
            pack(low, slot) + (pack(high, slot) << (slot * low.len() as u32))
        }
    }
}

/// Takes `count` signed slots apart.
fn unpack(x: &mut Integer, count: usize, slot: u32, out: &mut Vec<Integer>) {
    if count <= 1 {
        out.extend((count == 1).then(|| std::mem::take(x)));
        return;
    }
    let half = count / 2;
    let bits = slot * half as u32;
    let mut low = Integer::from(x.keep_bits_ref(bits));
    if low.get_bit(bits - 1) {
        low -= Integer::from(1) << bits;
    }
    let mut high = Integer::from(&*x - &low) >> bits;
    unpack(&mut low, half, slot, out);
    unpack(&mut high, count - half, slot, out);
}

/// The integer that limbs in two's complement stand for.
pub(crate) fn integer(limbs: &[u64]) -> Integer {
    let value = Integer::from_digits(limbs, Order::Lsf);
    let top = 64 * limbs.len() as u32;
    if top > 0 && value.get_bit(top - 1) { value - (Integer::from(1) << top) } else { value }
}

/// The limbs of an integer that fits.
pub(crate) fn limbs(value: &Integer, width: usize) -> Vec<u64> {
    let wrapped = if *value < 0 { Integer::from(1) << (64 * width as u32) } else { Integer::new() };
    let mut digits = (wrapped + value).to_digits::<u64>(Order::Lsf);
    assert!(digits.len() <= width, "does not fit");
    digits.resize(width, 0);
    digits
}

/// The series with every coefficient moved by its whole error in the direction `sign(power)`.
pub(crate) fn perturbed(series: &Fixed, sign: impl Fn(usize) -> i32) -> Exact {
    let Format { frac, width, degree } = series.format();
    let bits = frac + EXTRA;
    let mut values = vec![Integer::new(); degree + 1];
    let flat = (0..=degree).all(|k| series.error.at(k) == series.error.at(0));
    // What rounding up adds to a bound that grows is no part of the bound.
    let share = if flat {
        Rational::from(1)
    } else {
        Rational::from(1) - Rational::from((1, Integer::from(2).pow(40)))
    };
    for (i, power) in (series.first..=degree).step_by(series.step).enumerate() {
        if let Some(x) = series.data.get(i * width..(i + 1) * width) {
            values[power] = integer(x) << EXTRA;
        }
        let error = series.error.at(power).to_float().to_rational().unwrap() * &share;
        let (numerator, denominator) = error.into_numer_denom();
        let error = (numerator << bits).div_rem_floor(denominator).0;
        values[power] += error * sign(power);
    }
    Exact::new(bits, values)
}

/// Signs of the errors: all up, all down, by turns.
pub(crate) const SIGNS: [fn(usize) -> i32; 3] = [|_| 1, |_| -1, |k| 1 - 2 * (k as i32 % 2)];

/// The sign of an error by its position.
type Sign = fn(usize) -> i32;

/// Signs of the errors of two series: alike, and by turns against all up.
pub(crate) const PAIRS: [[Sign; 2]; 3] = [[SIGNS[0], SIGNS[0]], [SIGNS[1], SIGNS[1]], [SIGNS[2], SIGNS[0]]];

/// Is the number in the ball?
pub(crate) fn holds(ball: &Ball, truth: &Rational) -> bool {
    !ball.is_finite() || distance(ball, truth) <= ball.radius().to_float().to_rational().unwrap()
}

fn distance(ball: &Ball, truth: &Rational) -> Rational {
    (ball.midpoint().to_rational().unwrap() - truth).abs()
}

/// Asks that every coefficient up to the degree holds the truth; the largest distance of a midpoint from it.
pub(crate) fn held(got: &Fixed, truth: &Exact, what: impl Fn() -> String) -> Rational {
    let Format { frac, width, degree } = got.format();
    let precision = 64 * width as u32 + frac;
    let mut worst = Rational::new();
    for power in 0..=degree {
        let (ball, truth) = (got.ball(power, precision), truth.at(power));
        assert!(
            holds(&ball, &truth),
            "coefficient {power} of {}: off by {} times the bound {:?}",
            what(),
            distance(&ball, &truth).to_f64() / ball.radius().to_float().to_f64(),
            got.error
        );
        worst = worst.max(distance(&ball, &truth));
    }
    worst
}

/// The same where the truth is known to be in narrow balls.
pub(crate) fn held_balls(got: &Fixed, truth: &[Ball], what: impl Fn() -> String) {
    let Format { frac, width, degree } = got.format();
    assert!(truth.len() > degree, "too few: {}", what());
    for (power, truth) in truth.iter().enumerate().take(degree + 1) {
        let ball = got.ball(power, 64 * width as u32 + frac);
        assert!(ball.contains(truth), "coefficient {power} of {}: {ball} does not hold {truth}", what());
    }
}

/// Is the error at most `factor` times as large as the worst that was seen, and `units` in the last place?
pub(crate) fn narrow(got: &Fixed, worst: &Rational, factor: f64, units: f64) -> bool {
    let ulp = got.format().ulp().to_float().to_f64();
    got.worst_error().to_float().to_f64() <= factor * worst.to_f64() + units * ulp
}

/// Pseudorandom numbers, the same in every run.
pub(crate) struct Random(ntk_testing::Random);

impl Random {
    pub fn new(seed: u64) -> Random {
        Random(ntk_testing::Random::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d) ^ 0x1234_5678))
    }

    pub fn next(&mut self) -> u64 {
        self.0.next_u64()
    }

    /// Below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0.below(n)
    }

    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }

    /// Below `2^bits`.
    pub fn integer(&mut self, bits: u32) -> Integer {
        let digits: Vec<u64> = (0..bits.div_ceil(64)).map(|_| self.next()).collect();
        Integer::from_digits(&digits, Order::Lsf).keep_bits(bits)
    }

    /// Limbs enough for the fractional bits and `room` bits before the point, or up to two more.
    pub fn width(&mut self, frac: u32, room: u32) -> usize {
        (frac + room + 2).div_ceil(64) as usize + self.pick(&[0, 0, 1, 2])
    }

    /// A series of `len` stored coefficients below `2^size` units (their sign as `kind` says) with the given error.
    pub fn series(
        &mut self,
        format: Format,
        pattern: (usize, usize),
        len: usize,
        kind: Kind,
        size: u32,
    ) -> Fixed {
        let (first, step) = pattern;
        let fit = Fixed::zero(format, first, step).capacity();
        let mut data = Vec::new();
        for _ in 0..len.min(fit) {
            let magnitude = match kind {
                Kind::Extreme => (Integer::from(1) << size) - 1u32,
                _ => self.integer(size),
            };
            let negative = kind == Kind::Mixed && self.next().is_multiple_of(2);
            data.extend(limbs(&if negative { -magnitude } else { magnitude }, format.width));
        }
        Fixed::exact(format, first, step, data)
    }

    /// An error bound of `2^size` units, flat, growing or both; zero now and then.
    pub fn error(&mut self, format: Format, size: i64) -> ErrorBound {
        let scale = Mag::from_f64(1.0 + self.below(1000) as f64 / 1000.0).shl(size - i64::from(format.frac));
        match self.below(6) {
            0 => ErrorBound::ZERO,
            1 => ErrorBound::growing(scale, 1),
            2 => ErrorBound::growing(scale, 2).plus(ErrorBound::flat(scale.shl(-1))),
            3 => ErrorBound::growing(scale, 3),
            _ => ErrorBound::flat(scale),
        }
    }
}

/// The coefficients that are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Of either sign.
    Mixed,
    /// Not negative.
    Positive,
    /// Not negative, and all as large as they may be.
    Extreme,
}

/// The generic series of these balls.
pub(crate) fn generic(balls: Vec<Ball>) -> super::super::generic::Series<Ball> {
    super::super::generic::Series::new(balls)
}
