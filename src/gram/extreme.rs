//! The ends of the spectrum to many digits from factors in doubles.
//!
//! Let $v$ be a vector with Rayleigh quotient $\mu$ and residual $\varepsilon = |Mv - \mu v|/|v|$, and let
//! $w^{\mathsf T} M w \ge \nu |w|^2$ for all $w \perp v$, $\nu > \mu$. Then
//! $$ \mu - \frac{\varepsilon^2}{\nu - \mu} \le \lambda_{\min}(M) \le \mu : $$
//! in the basis of $v/|v|$ and one of its complement, $M - x$ has the corner $\mu - x$, beside it a vector of length
//! $\varepsilon$, and a block that is at least $\nu - x$; its Schur complement $\mu - x - \varepsilon^2/(\nu - x)$ is
//! not negative for that $x$. The quotient and the residual are found in integers; $\nu$ needs few digits, and is
//! proved by a Cholesky factor in doubles of $M + s v v^{\mathsf T} - \nu'$, which on the complement is $M - \nu'$.

use rug::{Float, Integer};

use super::scaled::{Quotient, Scaled};
use super::tiles::{Change, Factor, Tiles};
use crate::lanczos::{Leading, leading_pair};
use crate::number::{Ball, Mag};

/// Steps of inverse iteration with integers.
const REFINEMENTS: usize = 100;
/// `2^-53`, and a factor that covers sums of up to 10^8 terms relatively.
const UNIT: f64 = f64::EPSILON / 2.0;
const ROUNDED: f64 = 1.0 + 1e-6;

/// The smallest eigenvalue of `M = K` or `M = -K`.
pub(super) struct Extreme<'a> {
    scaled: &'a Scaled<'a>,
    tiles: &'a Tiles,
    negative: bool,
    /// A bound of the 2-norm of the matrix of magnitudes, and of the distance to the exact midpoints beyond roundings.
    row_sum: f64,
    distance: f64,
}

/// An integer vector over `2^bits`, about of norm one.
struct Vector {
    entries: Vec<Integer>,
    bits: u32,
}

impl Vector {
    fn new(v: &[f64], bits: u32) -> Vector {
        let whole = |x: &f64| (Float::with_val(53, *x) << bits).to_integer().unwrap_or_default();
        Vector { entries: v.iter().map(whole).collect(), bits }
    }

    /// Each entry to the nearest double.
    fn to_doubles(&self) -> Vec<f64> {
        let double = |x: &Integer| {
            let precision = x.significant_bits().max(64);
            (Float::with_val(precision, x) >> self.bits).to_f64()
        };
        self.entries.iter().map(double).collect()
    }
}

/// What steers: approximate ends.
struct Guess {
    vector: Vec<f64>,
    smallest: f64,
    gap: f64,
}

impl<'a> Extreme<'a> {
    /// `distance` bounds the distance in the 2-norm of `tiles` from `scaled`, roundings to doubles aside.
    pub fn new(scaled: &'a Scaled<'a>, tiles: &'a Tiles, distance: Mag, negative: bool) -> Extreme<'a> {
        let distance = distance.to_float().to_f64() * ROUNDED + f64::MIN_POSITIVE;
        Extreme { scaled, tiles, negative, row_sum: tiles.largest_row_sum() * ROUNDED, distance }
    }

    /// An enclosure of the eigenvalue of the midpoints' matrix, as good as `bits` relative bits if that can be had.
    pub fn enclose(&self, n: usize, bits: u32) -> Option<Ball> {
        let guess = self.guess(n)?;
        if self.negative {
            let vector = Vector::new(&guess.vector, 60);
            let (quotient, _) = self.scaled.quotient(&vector.entries);
            let found = self.by_norm(&quotient);
            if let Some(found) = found.filter(|x| x.relative_accuracy_bits() > i64::from(bits)) {
                return Some(found);
            }
        }
        let (vector, quotient, guess) = self.refined(guess, bits);
        let mut best: Option<Ball> = None;
        for part in [0.5, 0.1, 0.02] {
            let Some(beyond) = self.beyond(&vector, guess.smallest + part * guess.gap, 2.0 * guess.gap)
            else {
                continue;
            };
            best = self.between(&quotient, beyond);
            if best.is_some() {
                break;
            }
        }
        best.or_else(|| self.directly(&quotient))
    }

    /// `λ_max` where Frobenius' norm tells enough of the other eigenvalues: on the complement of `v` the matrix has a
    /// norm of at most `√(|K|_F² - μ²)`.
    fn by_norm(&self, quotient: &Quotient) -> Option<Ball> {
        let norm = self.tiles.squared_norm() * ROUNDED;
        let distance = Mag::from_f64(norm).sqrt() * Mag::from_f64(4.0 * UNIT) + Mag::from_f64(self.distance);
        let whole = Ball::exact(Float::with_val(64, norm)).sqrt().widened(distance);
        let rest = Ball::exact(whole.upper()).square() - Ball::exact(quotient.value.lower()).square();
        let other = rest.upper().max(&Float::new(64)).clone();
        self.between(quotient, -Ball::exact(other).sqrt().upper())
    }

    /// The eigenvalue of `K` from the quotient, given what `M` is at least on the complement.
    fn between(&self, quotient: &Quotient, beyond: Float) -> Option<Ball> {
        let value = if self.negative { -&quotient.value } else { quotient.value.clone() };
        let room = (Ball::exact(beyond) - &value).lower();
        if room <= 0 {
            return None;
        }
        let below = quotient.residual.div_by_lower(Mag::from_float_lower(&room)).to_float();
        let precision = value.precision().max(64);
        let lower = (Ball::exact(value.lower()) - Ball::exact(below)).lower();
        let found = Ball::from_bounds(&lower, &value.upper(), precision);
        Some(if self.negative { -found } else { found })
    }

    /// The eigenvalue of `K` without a gap to the next one.
    fn directly(&self, quotient: &Quotient) -> Option<Ball> {
        let value = if self.negative { -&quotient.value } else { quotient.value.clone() };
        let top = value.upper().to_f64();
        let slack = self.slack(&self.tiles.changed(&self.change(top, None)), top, 0.0);
        for room in [2.0, 64.0, 65536.0] {
            if let Some(lower) = self.proved(self.change(top - room * slack, None)) {
                let found = Ball::from_bounds(&lower, &value.upper(), value.precision().max(64));
                return Some(if self.negative { -found } else { found });
            }
        }
        None
    }

    fn change<'b>(&self, shift: f64, deflation: Option<(f64, &'b [f64])>) -> Change<'b> {
        Change { negative: self.negative, shift, deflation }
    }

    /// How far below `shift` an eigenvalue of the exact changed matrix may be where its factor in doubles exists;
    /// `length` is the weight of the deflation times the vector's squared length.
    fn slack(&self, changed: &Tiles, shift: f64, length: f64) -> f64 {
        // Every entry is the rounded |K_ij| with one rounding of relative size u, and is changed with at most four
        // more.
        let roundings = 6.0 * UNIT * (self.row_sum + length.abs() + shift.abs());
        (changed.slack() + roundings + self.distance) * ROUNDED
    }

    /// A lower bound of `wᵀMw/|w|²` for all `w`, or with a deflation for those orthogonal to its vector (of norm at
    /// most 2).
    fn proved(&self, change: Change) -> Option<Float> {
        let changed = self.tiles.changed(&change);
        let length = change.deflation.map_or(0.0, |(weight, _)| 4.0 * weight);
        // The vector in doubles is within 2^-53 of the exact one relatively, so that `weight (w·v)²` may be 2^-104 of
        // `length`.
        let slack = self.slack(&changed, change.shift, length) + length * UNIT;
        changed.factor()?;
        let lower = Ball::exact(Float::with_val(64, change.shift)) - Ball::exact(Float::with_val(64, slack));
        Some(lower.lower())
    }

    /// What `M` is at least on the complement of the vector.
    fn beyond(&self, vector: &Vector, shift: f64, weight: f64) -> Option<Float> {
        let v = vector.to_doubles();
        let norm: f64 = v.iter().map(|x| x * x).sum();
        if !(0.25..3.9).contains(&norm) || !shift.is_finite() || weight.is_nan() || weight <= 0.0 {
            return None;
        }
        self.proved(self.change(shift, Some((weight, &v))))
    }

    /// Both ends of `M`'s lower spectrum, approximately.
    fn guess(&self, n: usize) -> Option<Guess> {
        let first = match self.negative {
            true => {
                let leading = leading_pair(n, 6, None, |v| self.tiles.apply(v));
                Guess::new(leading, |x| -x)
            }
            false => {
                let margin = 2.0 * self.slack(self.tiles, 0.0, 0.0);
                let factor = self.tiles.changed(&self.change(-margin, None)).factor()?;
                let leading = leading_pair(n, 1, None, |v| factor.solve(v));
                Guess::new(leading, |x| 1.0 / x - margin)
            }
        };
        Some(first)
    }

    /// The factor of `M` less a shift that is just below the eigenvalue.
    fn shifted(&self, guess: &Guess) -> Option<(f64, Factor)> {
        // Roundings are mostly far below their bound.
        let slack = self.slack(self.tiles, 0.0, 0.0);
        [(0.1, 0.01), (0.5, 0.5), (4.0, 4.0), (30.0, 4.0)].into_iter().find_map(|(part, least)| {
            let shift = guess.smallest - (part * guess.gap).max(least * slack);
            Some((shift, self.tiles.changed(&self.change(shift, None)).factor()?))
        })
    }

    /// The vector made better by inverse iteration, first in doubles and then in integers; the guess of the gap with
    /// it.
    fn refined(&self, guess: Guess, bits: u32) -> (Vector, Quotient, Guess) {
        let plain = |v: &[f64]| {
            let vector = Vector::new(v, 60);
            let (quotient, product) = self.scaled.quotient(&vector.entries);
            (vector, quotient, product)
        };
        let Some((shift, factor)) = self.shifted(&guess) else {
            let (vector, quotient, _) = plain(&guess.vector);
            return (vector, quotient, guess);
        };
        let leading = leading_pair(guess.vector.len(), 3, Some(&guess.vector), |v| factor.solve(v));
        let better = Guess::new(leading, |x| 1.0 / x + shift);
        let (mut vector, mut quotient, mut product) = plain(&better.vector);
        for _ in 0..REFINEMENTS {
            // The goal is reached with half of its bits in the vector; some to spare.
            let goal = quotient.value.magnitude() * Mag::from_f64(better.gap.abs()).shl(-i64::from(bits) - 4);
            if quotient.residual <= goal || !quotient.residual.is_finite() {
                break;
            }
            let next = self.step(&vector, &quotient, &product, &factor, 64 + bits);
            let (found, after) = self.scaled.quotient(&next.entries);
            if found.residual >= quotient.residual * Mag::from_f64(0.9) {
                break;
            }
            (vector, quotient, product) = (next, found, after);
        }
        (vector, quotient, better)
    }

    /// `v - (M - shift)^{-1} (M - μ) v`.
    fn step(
        &self,
        vector: &Vector,
        quotient: &Quotient,
        product: &[Integer],
        factor: &Factor,
        bits: u32,
    ) -> Vector {
        let frac = match self.scaled {
            Scaled::Short(fixed) => fixed.frac,
            Scaled::Long { frac, .. } => *frac,
        };
        let value = quotient.value.midpoint();
        let precision = value.prec() + vector.bits + 64;
        let residual: Vec<Float> = product
            .iter()
            .zip(&vector.entries)
            .map(|(y, v)| {
                Float::with_val(precision, y)
                    - Float::with_val(precision, value * v)
                        * Float::with_val(64, Float::i_exp(1, frac as i32))
            })
            .collect();
        let top = residual.iter().filter_map(Float::get_exp).max().unwrap_or(0);
        let short: Vec<f64> = residual.into_iter().map(|x| (x >> top).to_f64()).collect();
        let sign = if self.negative { -1.0 } else { 1.0 };
        let change = factor.solve(&short);
        // In the units of the new vector.
        let bits = bits.max(vector.bits);
        let shift = top - frac as i32 + (bits - vector.bits) as i32;
        let entry = |(v, d): (&Integer, &f64)| {
            let d = Float::with_val(53, sign * d) << shift;
            Integer::from(v << (bits - vector.bits)) - d.to_integer().unwrap_or_default()
        };
        Vector { entries: vector.entries.iter().zip(&change).map(entry).collect(), bits }
    }
}

impl Guess {
    fn new(leading: Leading, back: impl Fn(f64) -> f64) -> Guess {
        let smallest = back(leading.value);
        Guess { smallest, gap: (back(leading.second) - smallest).abs(), vector: leading.vector }
    }
}
