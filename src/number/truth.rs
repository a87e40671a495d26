//! What the tests of enclosures share: balls drawn up to every edge, their exact ends, and the question whether the
//! truth, known to lie between two floats, is a member.

use proptest::prelude::*;
use rug::float::Round;
use rug::{Float, Integer, Rational};

use super::{Ball, Mag};

/// A number that is known to lie between two floats.
pub(crate) type Between = [Float; 2];

/// Every precision from one bit on, the smallest the most often.
pub(crate) fn precision() -> impl Strategy<Value = u32> {
    prop_oneof![1 => 1u32..=3, 3 => 4u32..=12, 3 => 13u32..=200, 1 => Just(53), 1 => Just(64)]
}

/// A bound with a mantissa of all lengths.
pub(crate) fn mantissa() -> impl Strategy<Value = f64> {
    prop_oneof![
        Just(1.0),
        (0u32..8).prop_map(|k| 1.0 + f64::from(k) / 8.0),
        Just(2.0 - f64::EPSILON),
        1.0f64..2.0
    ]
}

/// What a ball is made of; its place depends on the points that its function finds hard.
#[derive(Clone, Debug)]
pub(crate) struct Draw {
    pub(crate) precision: u32,
    middle: u8,
    bits: [u64; 4],
    exponent: i32,
    steps: i32,
    radius: u8,
    mantissa: f64,
    size: i64,
}

/// Balls of radius zero, tiny, comparable with and larger than the midpoint; around zero, at small dyadics, at full
/// mantissas, far out and far in, and within some units in the last place of given points.
pub(crate) fn draw() -> impl Strategy<Value = Draw> {
    let middle = (0u8..9, any::<[u64; 4]>(), -8i32..=8, -3i32..=3);
    (precision(), middle, 0u8..8, mantissa(), 0i64..100).prop_map(
        |(precision, (middle, bits, exponent, steps), radius, mantissa, size)| Draw {
            precision,
            middle,
            bits,
            exponent,
            steps,
            radius,
            mantissa,
            size,
        },
    )
}

impl Draw {
    fn midpoint(&self, near: &[Float]) -> Float {
        let p = self.precision;
        let small = (self.bits[0] % 31) as i64 - 15;
        let full = || {
            let wide = Integer::from_digits(&self.bits, rug::integer::Order::Lsf);
            let sign = if self.steps < 0 { -1 } else { 1 };
            Float::with_val(p, wide * sign) >> 256u32
        };
        let point = near.get(self.bits[1] as usize % near.len().max(1));
        match (self.middle, point) {
            (0, _) => Float::new(p),
            (1, _) => Float::with_val(p, small),
            (2, _) => Float::with_val(p, small) >> (1 + self.bits[1] as u32 % 4),
            (3 | 4, _) | (6.., None) => full() << self.exponent,
            (5, _) => full() << (40 * self.exponent),
            (_, Some(point)) if point.is_zero() => {
                Float::with_val(p, self.steps) >> (self.bits[2] as u32 % 100)
            }
            (_, Some(point)) => {
                let mut out = Float::with_val(p, point);
                for _ in 0..self.steps.abs() {
                    if self.steps < 0 { out.next_down() } else { out.next_up() }
                }
                out
            }
        }
    }

    /// The ball, for a function that finds the points `near` hard.
    pub(crate) fn ball(&self, near: &[Float]) -> Ball {
        let mid = self.midpoint(near);
        let ulp = Mag::pow2(i64::from(mid.get_exp().unwrap_or(1)) - i64::from(self.precision));
        let man = Mag::from_f64(self.mantissa);
        let just = |x: &Float| match self.size % 2 {
            0 => Mag::from_float(x),
            _ => Mag::from_float_lower(x),
        };
        let rad = match self.radius {
            0 => Mag::ZERO,
            // Zero is an end of the ball.
            1 => just(&mid),
            2 => (ulp * man).shl(-self.size),
            3 => (ulp * man).shl(self.size % (i64::from(self.precision) + 1)),
            4 => (Mag::from_float(&mid) * man).shl(-(self.size % 4)),
            5 => (Mag::from_float(&mid) * man).shl(self.size % 7),
            6 => man.shl(self.size % 16 - 12),
            // A hard point is an end, as nearly as a radius can tell.
            _ => match near.get(self.bits[2] as usize % near.len().max(1)) {
                Some(point) if mid.get_exp().unwrap_or(0) < 12 => just(&difference(&mid, point)),
                _ => man.shl(-self.size),
            },
        };
        Ball::new(mid, rad)
    }
}

/// `a + b`, exactly.
pub(crate) fn sum(a: &Float, b: &Float) -> Float {
    let spans = [a, b].map(|x| x.get_exp().map(|top| (top, top - x.prec() as i32)));
    let top = spans.iter().flatten().map(|s| s.0).max().unwrap_or(0);
    let low = spans.iter().flatten().map(|s| s.1).min().unwrap_or(0);
    let bits = (top - low) as u32 + 2;
    assert!(bits < 100_000, "too far apart to add exactly");
    Float::with_val(bits, a + b)
}

/// `a - b`, exactly.
pub(crate) fn difference(a: &Float, b: &Float) -> Float {
    sum(a, &Float::with_val(b.prec(), -b))
}

/// The exact ends of a ball that is finite.
pub(crate) fn ends(x: &Ball) -> [Float; 2] {
    let rad = x.radius().to_float();
    [difference(x.midpoint(), &rad), sum(x.midpoint(), &rad)]
}

/// Members of a finite ball: its ends, its midpoint, the middle of either half, and those of `near` that are inside.
pub(crate) fn members(x: &Ball, near: &[Float]) -> Vec<Float> {
    let [lower, upper] = ends(x);
    let halves = [&lower, &upper].map(|end| sum(end, x.midpoint()) >> 1u32);
    let inside = near.iter().filter(|p| lower <= **p && **p <= upper).cloned();
    let mut out: Vec<Float> = inside.collect();
    out.extend(halves);
    out.extend([x.midpoint().clone(), lower, upper]);
    out
}

/// Could the truth be a member? `false` is a proof that it is not.
pub(crate) fn holds(ball: &Ball, [low, high]: &Between) -> bool {
    let rad = ball.radius().to_float();
    let sign = |terms: [&Float; 3]| Float::with_val(64, Float::sum(terms.into_iter())).cmp0();
    let (minus_rad, minus_low, minus_high) = (-rad.clone(), -low.clone(), -high.clone());
    assert!(low.is_finite() && high.is_finite() && low <= high);
    !ball.is_finite()
        || sign([ball.midpoint(), &rad, &minus_low]) >= Some(std::cmp::Ordering::Equal)
            && sign([ball.midpoint(), &minus_rad, &minus_high]) <= Some(std::cmp::Ordering::Equal)
}

/// Is a rational that is known exactly a member?
pub(crate) fn holds_rational(ball: &Ball, truth: &Rational) -> bool {
    let exact = |x: &Float| x.to_rational().unwrap();
    !ball.is_finite() || (exact(ball.midpoint()) - truth).abs() <= exact(&ball.radius().to_float())
}

/// Both roundings of a value at `bits`.
pub(crate) fn between(bits: u32, f: impl Fn(u32, Round) -> Float) -> Between {
    [f(bits, Round::Down), f(bits, Round::Up)]
}

/// Is the ball at most `factor` times as wide as the true range, but for `ulps` units in the last place of its largest
/// value at `precision`?
pub(crate) fn is_tight(ball: &Ball, truths: &[Between], factor: f64, ulps: f64, precision: u32) -> bool {
    let least = truths.iter().map(|t| &t[0]).min_by(|a, b| a.total_cmp(b)).unwrap();
    let greatest = truths.iter().map(|t| &t[1]).max_by(|a, b| a.total_cmp(b)).unwrap();
    let half = Float::with_val(100, greatest - least) / 2;
    let size = least.as_abs().get_exp().max(greatest.as_abs().get_exp());
    let ulp = size.map_or(Float::new(53), |e| Float::with_val(53, Float::i_exp(1, e - precision as i32)));
    ball.is_finite() && ball.radius().to_float() <= half * factor + ulp * ulps
}
