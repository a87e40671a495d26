//! Analytic functions on a small disc of the complex plane, in doubles: a first-order Taylor polynomial and a bound of
//! the rest. For coverings of a domain by many discs, where only bounds are asked for.
//!
//! A model `m + d u + e𝔻` holds every function `f` of the disc with `|f(u) - m - d u| <= e` for `|u| <= 1`. What
//! depends on `u` in first order is followed exactly, so that recursions do not widen as enclosures do: the width after
//! a layer is that of the function, and only its curvature is lost.
//!
//! Roundings: an operation of complex doubles errs by less than `ROUNDING` times the moduli of what goes in (a product:
//! `(|ac| + |bd|) 2^-52 <= |x||y| 2^-52` in each part), which is added to `e`. Sums of bounds have non-negative terms
//! and at most sixteen roundings, which [`up`] covers.

use super::double::{self, ERROR};
use super::{Ball, Mag};

/// Relative error of an operation of complex doubles.
const ROUNDING: f64 = f64::EPSILON * 4.0;

/// Covers the roundings of a bound, and what is lost below the normal numbers.
fn up(x: f64) -> f64 {
    x * (1.0 + 16.0 * f64::EPSILON) + 1e-290
}

/// A real number, as a double with a bound of its error.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Approximation {
    middle: f64,
    error: f64,
}

impl Approximation {
    pub(crate) const PI: Approximation = Approximation::near(std::f64::consts::PI);

    /// What at most 64 roundings have made of a number.
    pub(crate) const fn near(middle: f64) -> Approximation {
        Approximation { middle, error: middle.abs() * 32.0 * f64::EPSILON }
    }
}

impl From<&Ball> for Approximation {
    fn from(x: &Ball) -> Approximation {
        let middle = x.midpoint().to_f64();
        // What doubles cannot hold is not known; the rest is rounded to nearest.
        let error = up(middle.abs() * f64::EPSILON + x.radius().to_float().to_f64());
        Approximation { middle, error }
    }
}

/// A complex double.
type Complex = [f64; 2];

fn modulus(x: Complex) -> f64 {
    (x[0] * x[0] + x[1] * x[1]).sqrt()
}

fn product(x: Complex, y: Complex) -> Complex {
    [x[0] * y[0] - x[1] * y[1], x[0] * y[1] + x[1] * y[0]]
}

fn sum(x: Complex, y: Complex) -> Complex {
    [x[0] + y[0], x[1] + y[1]]
}

fn scaled(x: Complex, factor: f64) -> Complex {
    x.map(|part| part * factor)
}

/// The root with a non-negative real part, to [`ROUNDING`] of itself.
fn root(x: Complex) -> Complex {
    let t = ((x[0].abs() + modulus(x)) / 2.0).sqrt();
    match (t == 0.0, x[0] >= 0.0) {
        (true, _) => [0.0; 2],
        (false, true) => [t, x[1] / (2.0 * t)],
        (false, false) => [x[1].abs() / (2.0 * t), t.copysign(x[1])],
    }
}

/// The reciprocal, to [`ROUNDING`] of itself.
fn reciprocal(x: Complex) -> Complex {
    let square = x[0] * x[0] + x[1] * x[1];
    [x[0] / square, -x[1] / square]
}

/// `m + d u + e𝔻`, `|u| <= 1`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Model {
    /// `m`.
    middle: Complex,
    /// `d`.
    slope: Complex,
    /// `e`.
    rest: f64,
}

impl Model {
    /// Nothing is known.
    pub(crate) const UNKNOWN: Model = Model { middle: [0.0; 2], slope: [0.0; 2], rest: f64::INFINITY };

    /// The constant `x`.
    pub(crate) fn exact(x: f64) -> Model {
        Model { middle: [x, 0.0], slope: [0.0; 2], rest: 0.0 }
    }

    pub(crate) fn constant(x: Approximation) -> Model {
        Model { rest: x.error, ..Model::exact(x.middle) }
    }

    /// `centre + radius · u`, which is the identity on the disc.
    pub(crate) fn disc(centre: [f64; 2], radius: f64) -> Model {
        Model { middle: centre, slope: [radius, 0.0], rest: 0.0 }
    }

    /// A bound of `|f - m|`.
    fn spread(&self) -> f64 {
        up(modulus(self.slope) + self.rest)
    }

    /// A bound of `|f|`.
    pub(crate) fn magnitude(&self) -> f64 {
        up(modulus(self.middle) + self.spread())
    }

    /// A bound of the imaginary part's modulus.
    pub(crate) fn height(&self) -> f64 {
        up(self.middle[1].abs() + self.spread())
    }

    pub(crate) fn bound(&self) -> Mag {
        if self.is_finite() { Mag::from_f64(self.magnitude()) } else { Mag::INFINITY }
    }

    pub(crate) fn is_finite(&self) -> bool {
        self.magnitude() < f64::INFINITY
    }

    pub(crate) fn scale(&self, factor: Approximation) -> Model {
        let size = self.magnitude();
        Model {
            middle: scaled(self.middle, factor.middle),
            slope: scaled(self.slope, factor.middle),
            rest: up(self.rest * factor.middle.abs() + size * (factor.error + ROUNDING * factor.middle.abs())),
        }
    }

    /// Times a double.
    pub(crate) fn times_double(&self, factor: f64) -> Model {
        self.scale(Approximation { middle: factor, error: 0.0 })
    }

    pub(crate) fn square(&self) -> Model {
        self * self
    }

    /// `f` with a rest that is larger by `more`.
    pub(crate) fn widened(self, more: f64) -> Model {
        Model { rest: up(self.rest + more), ..self }
    }

    /// `f + c`.
    pub(crate) fn plus(&self, constant: Approximation) -> Model {
        self + &Model::constant(constant)
    }

    /// `F(f)` for an analytic `F` with `F(m) = value ± error`, `F'(m) = slope` up to [`ROUNDING`] of its own, and
    /// `|F''| <= second` on the disc: `F(m + w) = F(m) + F'(m) w + F''w²/2`.
    fn composed(&self, value: Complex, error: f64, slope: Complex, second: f64) -> Model {
        let spread = self.spread();
        let steepness = modulus(slope);
        Model {
            middle: value,
            slope: product(slope, self.slope),
            rest: up(error
                + steepness * (self.rest + 16.0 * ROUNDING * spread)
                + 0.5 * second * spread * spread),
        }
    }

    /// A lower bound of the distance from a point `p` of the real line to the values; zero if they may meet the ray
    /// that begins there, away from zero, or for `p = 0` to the left.
    fn clearance(&self, p: f64) -> f64 {
        let [x, y] = self.middle;
        let spread = self.spread();
        let beyond = if p > 0.0 { x >= p } else { x <= p };
        let to_ray = if beyond { y.abs() } else { modulus([x - p, y]) };
        // The roundings of a distance.
        let less = |distance: f64| distance * (1.0 - 8.0 * ROUNDING) - spread;
        if less(to_ray) > 0.0 { less(modulus([x - p, y])) } else { 0.0 }
    }

    /// `1/f`; unknown where `f` may vanish.
    pub(crate) fn recip(&self) -> Model {
        let near = modulus(self.middle) * (1.0 - 4.0 * ROUNDING) - self.spread();
        let value = reciprocal(self.middle);
        let slope = scaled(product(value, value), -1.0);
        match near > 0.0 {
            true => self.composed(value, ROUNDING * modulus(value), slope, 2.0 / (near * near * near)),
            false => Model::UNKNOWN,
        }
    }

    /// The principal root; unknown where `f` may meet `(-∞, 0]`.
    pub(crate) fn sqrt(&self) -> Model {
        let near = self.clearance(0.0);
        let value = root(self.middle);
        let slope = scaled(reciprocal(value), 0.5);
        match near > 0.0 {
            true => self.composed(value, ROUNDING * modulus(value), slope, 0.25 / (near * near.sqrt())),
            false => Model::UNKNOWN,
        }
    }

    /// Sine and cosine.
    pub(crate) fn sin_cos(&self) -> [Model; 2] {
        let [x, y] = self.middle;
        let [sin, cos] = double::sin_cos(x);
        let [cosh, sinh] = double::cosh_sinh(y);
        let error = 8.0 * ERROR * cosh;
        let value = [sin * cosh, cos * sinh];
        // Next to zero both parts of the sine are known relative to themselves.
        let error_of_sine =
            if x.abs() <= 0.75 && y.abs() <= 0.5 { 8.0 * ERROR * modulus(value) } else { error };
        let other = [cos * cosh, -sin * sinh];
        // |sin|, |cos| <= cosh of the imaginary part.
        let height = self.height();
        let second = (double::exp(height) + double::exp(-height)) / 2.0 * (1.0 + 2.0 * ERROR);
        // The derivative's error is absolute; it is paid for with the spread.
        let slip = error * self.spread();
        [
            self.composed(value, error_of_sine + slip, other, second),
            self.composed(other, error + slip, scaled(value, -1.0), second),
        ]
    }

    /// The exponential.
    pub(crate) fn exp(&self) -> Model {
        let [x, y] = self.middle;
        let ([sin, cos], size) = (double::sin_cos(y), double::exp(x));
        let value = scaled([cos, sin], size);
        // |exp| is the exponential of the real part.
        let second = double::exp(up(x + self.spread())) * (1.0 + ERROR);
        let error = 4.0 * ERROR * size;
        self.composed(value, error * (1.0 + self.spread()), value, second)
    }

    /// The principal arcsine `-i ln(if + √(1-f²))`; unknown where `f` may meet `(-∞, -1]` or `[1, ∞)`.
    pub(crate) fn asin(&self) -> Model {
        let [below, above] = [self.clearance(-1.0), self.clearance(1.0)];
        if !(below > 0.0 && above > 0.0) {
            return Model::UNKNOWN;
        }
        let [x, y] = self.middle;
        let complement = root(product([1.0 - x, -y], [1.0 + x, y]));
        let size = modulus(self.middle);
        let (value, error) = if size <= 0.3 {
            // Σ_{k<16} w^{2k+1} c_k with c_k/c_{k-1} = (2k-1)²/(2k (2k+1)) < 1: the rest is below 0.09^16 of w.
            let square = product(self.middle, self.middle);
            let step = |sum: Complex, k: f64| {
                let factor = (2.0 * k - 1.0) * (2.0 * k - 1.0) / (2.0 * k * (2.0 * k + 1.0));
                let [re, im] = scaled(product(sum, square), factor);
                [1.0 + re, im]
            };
            let series = (1..16).rev().fold([1.0, 0.0], |sum, k| step(sum, f64::from(k)));
            (product(self.middle, series), 4.0 * ROUNDING * size)
        } else {
            let inside = sum([-y, x], complement);
            let long = modulus(inside);
            let value = [double::angle(inside[0], inside[1]), -double::ln(long)];
            // Both terms within 4 ROUNDING of themselves, and the logarithm's own error.
            let terms = size + modulus(complement);
            (value, 8.0 * ROUNDING * terms / long + 2.0 * ERROR * (1.0 + value[1].abs()))
        };
        let slope = reciprocal(complement);
        // F'' = w (1-w²)^{-3/2}.
        let product = below * above;
        let second = self.magnitude() / (product * product.sqrt());
        self.composed(value, error, slope, second)
    }
}

impl std::ops::Add for &Model {
    type Output = Model;

    fn add(self, other: &Model) -> Model {
        Model {
            middle: sum(self.middle, other.middle),
            slope: sum(self.slope, other.slope),
            rest: up(self.rest + other.rest + ROUNDING * (self.magnitude() + other.magnitude())),
        }
    }
}

impl std::ops::Sub for &Model {
    type Output = Model;

    fn sub(self, other: &Model) -> Model {
        self + &other.times_double(-1.0)
    }
}

impl std::ops::Mul for &Model {
    type Output = Model;

    fn mul(self, other: &Model) -> Model {
        let [m, n] = [modulus(self.middle), modulus(other.middle)];
        let [s, t] = [modulus(self.slope), modulus(other.slope)];
        Model {
            middle: product(self.middle, other.middle),
            slope: sum(product(self.middle, other.slope), product(self.slope, other.middle)),
            rest: up(s * t
                + self.rest * (n + t + other.rest)
                + other.rest * (m + s)
                + 2.0 * ROUNDING * (m + s) * (n + t)),
        }
    }
}

#[cfg(test)]
mod tests;
