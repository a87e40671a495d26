//! Truncated power series in fixed point.

use rug::float::Round;
use rug::{Float, Integer, integer::Order};

use super::error_bound::ErrorBound;
use super::{limbs, packed};
use crate::number::{Ball, Mag};

/// Beyond this many limbs a product of two coefficients is left to GMP.
const LONG: usize = 24;

/// How the coefficients of one computation are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Format {
    /// Fractional bits: a coefficient is an integer times `2^-frac`.
    pub frac: u32,
    /// 64-bit limbs of a coefficient.
    pub width: usize,
    /// Largest power of the variable that is kept.
    pub degree: usize,
}

impl Format {
    /// Are coefficients of the two formats stored alike? Only then may their limbs meet in one operation.
    pub fn agrees_with(&self, other: &Format) -> bool {
        self.frac == other.frac && self.width == other.width
    }

    /// The same for another degree.
    pub fn of_degree(self, degree: usize) -> Format {
        Format { degree, ..self }
    }

    /// One unit in the last place.
    pub fn ulp(&self) -> Mag {
        Mag::pow2(-i64::from(self.frac))
    }

    /// Half a unit in the last place: the error of one rounding.
    pub fn half_ulp(&self) -> Mag {
        Mag::pow2(-i64::from(self.frac) - 1)
    }

    /// Can a coefficient of this size be stored?
    pub fn holds(&self, bound: Mag) -> bool {
        bound < Mag::pow2(64 * self.width as i64 - i64::from(self.frac) - 2)
    }
}

/// A power series modulo `t^(degree + 1)`: midpoints in fixed point, and one bound for the error of
/// every coefficient.
///
/// Stored are the coefficients of `t^first, t^(first + step), …`; the others are exactly zero, and
/// those past the stored ones have midpoint zero.
///
/// The format is private: only this file can pair limbs with it, and no series changes its point or its width. An
/// operation on two series whose formats do not agree loses all (an infinite error): limbs of different meaning never
/// meet.
#[derive(Clone, Debug)]
pub struct Fixed {
    format: Format,
    /// Power of the first stored coefficient: 0 or 1.
    pub first: usize,
    /// 1, or 2 for a series of one parity.
    pub step: usize,
    /// Limbs of the midpoints, `width` each.
    pub data: Vec<u64>,
    /// Bounds for `|truth - midpoint|`.
    pub error: ErrorBound,
}

impl Fixed {
    /// The series zero, of the given parity pattern.
    pub fn zero(format: Format, first: usize, step: usize) -> Fixed {
        Fixed { format, first, step, data: Vec::new(), error: ErrorBound::ZERO }
    }

    /// An exact series from the limbs of the coefficients of `t^first, t^(first + step), …`.
    pub fn exact(format: Format, first: usize, step: usize, data: Vec<u64>) -> Fixed {
        debug_assert!(data.len().is_multiple_of(format.width));
        Fixed { data, ..Fixed::zero(format, first, step) }
    }

    /// A series from the coefficients of `t^first, t^(first + step), …`.
    pub fn from_balls(format: Format, first: usize, step: usize, coefficients: &[Ball]) -> Fixed {
        let mut out = Fixed::zero(format, first, step);
        let capacity = out.capacity();
        let mut worst = Mag::ZERO;
        for c in coefficients.iter().take(capacity) {
            let (integer, error) = fixed_from_ball(&format, c);
            worst = worst.max(error);
            out.data.extend(integer);
        }
        out.with_error(ErrorBound::flat(worst)).trimmed()
    }

    /// Every coefficient given, also past the degree: an outer series, which is not truncated.
    pub fn unbounded(format: Format, coefficients: &[Ball]) -> Fixed {
        let long = format.of_degree(coefficients.len().saturating_sub(1).max(format.degree));
        Fixed { format, ..Fixed::from_balls(long, 0, 1, coefficients) }
    }

    /// How the coefficients are stored.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Is every limb of both series stored alike? In debug builds it is an error that they are not.
    pub fn agrees_with(&self, format: &Format) -> bool {
        let agree = self.format.agrees_with(format);
        debug_assert!(agree, "series in two formats meet: {:?} and {format:?}", self.format);
        agree
    }

    /// Negative midpoints replaced by zero.
    pub fn without_negatives(mut self) -> Fixed {
        let width = self.format.width;
        self.data.chunks_exact_mut(width).filter(|x| limbs::is_negative(x)).for_each(|x| x.fill(0));
        self
    }

    /// The series less its constant term.
    pub fn without_constant(mut self) -> Fixed {
        let end = self.format.width.min(self.data.len());
        self.data[..end].fill(0);
        self
    }

    /// No information about any coefficient.
    pub fn lost(format: Format, first: usize, step: usize) -> Fixed {
        Fixed { error: ErrorBound::flat(Mag::INFINITY), ..Fixed::zero(format, first, step) }
    }

    /// Most coefficients that can be stored.
    pub fn capacity(&self) -> usize {
        (self.format.degree + self.step).saturating_sub(self.first) / self.step
    }

    /// Is this the series zero? One whose midpoints alone are zero is not: its error counts.
    pub fn is_zero(&self) -> bool {
        self.data.is_empty() && self.error.is_zero()
    }

    /// Number of stored coefficients.
    pub fn len(&self) -> usize {
        self.data.len() / self.format.width
    }

    /// The same series with `error` in place of its own.
    pub fn with_error(self, error: ErrorBound) -> Fixed {
        if error.is_finite() {
            Fixed { error, ..self }
        } else {
            Fixed::lost(self.format, self.first, self.step)
        }
    }

    /// The midpoints alone, as an exact series.
    pub fn midpoints(&self) -> Fixed {
        Fixed { error: ErrorBound::ZERO, ..self.clone() }
    }

    /// An exact series of the same pattern with other midpoints.
    pub fn with_data(&self, data: Vec<u64>) -> Fixed {
        Fixed::exact(self.format, self.first, self.step, data)
    }

    /// The same series known to a lower degree.
    pub fn shortened(self, degree: usize) -> Fixed {
        let degree = degree.min(self.format.degree);
        self.of_degree(degree)
    }

    /// The stored coefficients up to `degree`; those past the stored ones have midpoint zero, whatever the degree was.
    pub fn of_degree(mut self, degree: usize) -> Fixed {
        self.format.degree = degree;
        self.data.truncate(self.capacity() * self.format.width);
        self
    }

    /// An even series as one in `t²`, with the same bound for every coefficient.
    pub fn in_square(&self) -> Fixed {
        debug_assert!(self.step == 2 && self.first == 0);
        let format = self.format.of_degree(self.format.degree / 2);
        Fixed { format, first: 0, step: 1, error: ErrorBound::flat(self.worst_error()), ..self.clone() }
    }

    /// A series in `t²` as an even one in `t`, up to `degree`.
    pub fn of_square(self, degree: usize) -> Fixed {
        debug_assert!(self.step == 1 && self.first == 0);
        Fixed { step: 2, ..self }.of_degree(degree)
    }

    /// Drops trailing zero midpoints, which saves work later.
    pub fn trimmed(mut self) -> Fixed {
        let width = self.format.width;
        while self.data.len() >= width && self.data[self.data.len() - width..].iter().all(|x| *x == 0) {
            self.data.truncate(self.data.len() - width);
        }
        self
    }

    /// The midpoint of the coefficient of `t^power`, if it is stored.
    fn limbs_of(&self, power: usize) -> Option<&[u64]> {
        let offset = power.checked_sub(self.first)?;
        let width = self.format.width;
        if offset % self.step != 0 {
            return None;
        }
        self.data.get(offset / self.step * width..(offset / self.step + 1) * width)
    }

    /// Is the coefficient of `t^power` zero by the parity pattern?
    fn vanishes(&self, power: usize) -> bool {
        power < self.first || !(power - self.first).is_multiple_of(self.step)
    }

    /// The enclosure of the coefficient of `t^power`, at `precision` bits.
    pub fn ball(&self, power: usize, precision: u32) -> Ball {
        if self.vanishes(power) {
            return Ball::zero(precision);
        }
        let mid = match self.limbs_of(power) {
            Some(x) => float_from_limbs(x, self.format.frac, precision),
            None => (Float::new(precision), std::cmp::Ordering::Equal),
        };
        Ball::rounded(mid, self.error.at(power))
    }

    /// The midpoint of the constant term, exactly.
    pub fn constant_midpoint(&self) -> Ball {
        let bits = 64 * self.format.width as u32;
        self.midpoint(0, bits).unwrap_or_else(|| Ball::zero(bits))
    }

    /// The midpoint of the coefficient of `t^power`, if it is stored, rounded to `precision` bits.
    pub fn midpoint(&self, power: usize, precision: u32) -> Option<Ball> {
        let x = self.limbs_of(power)?;
        Some(Ball::rounded(float_from_limbs(x, self.format.frac, precision), Mag::ZERO))
    }

    /// The bound for the error of the last coefficient, and so of all.
    pub fn worst_error(&self) -> Mag {
        self.error.at(self.format.degree)
    }

    /// An upper bound of the sum of the magnitudes of all coefficients (midpoints and errors).
    pub fn sum_bound(&self) -> Mag {
        self.norms().1 + self.worst_error() * Mag::from_usize(self.capacity())
    }

    /// The same series stored with every power.
    pub fn dense(&self) -> Fixed {
        if self.first == 0 && self.step == 1 {
            return self.clone();
        }
        let width = self.format.width;
        let mut out = Fixed { error: self.error, ..Fixed::zero(self.format, 0, 1) };
        let length = if self.len() == 0 { 0 } else { self.first + (self.len() - 1) * self.step + 1 };
        out.data.resize(length * width, 0);
        for (j, x) in self.data.chunks_exact(width).enumerate() {
            let at = (self.first + j * self.step) * width;
            out.data[at..at + width].copy_from_slice(x);
        }
        out
    }

    /// A series whose odd coefficients are known to vanish, stored as such.
    pub fn even_part(&self) -> Fixed {
        let width = self.format.width;
        let dense = self.dense();
        let data = dense.data.chunks_exact(width).step_by(2).flatten().copied().collect();
        Fixed { data, error: self.error, ..Fixed::zero(self.format, 0, 2) }
    }

    /// A series whose even coefficients are known to vanish, stored as such.
    pub fn odd_part(&self) -> Fixed {
        let width = self.format.width;
        let dense = self.dense();
        let data = dense.data.chunks_exact(width).skip(1).step_by(2).flatten().copied().collect();
        Fixed { data, error: self.error, ..Fixed::zero(self.format, 1, 2) }
    }

    /// The derivative of the midpoints, exactly; `None` if it does not fit the format.
    pub fn derivative_of_midpoints(&self) -> Option<Fixed> {
        let width = self.format.width;
        if !self.format.holds(self.norms().0 * Mag::from_usize(self.format.degree + 1)) {
            return None;
        }
        if self.step == 1 && self.first == 1 {
            return self.dense().derivative_of_midpoints();
        }
        // A series of one parity has a derivative of the other.
        let mut out = Fixed::zero(self.format, self.first ^ (self.step - 1), self.step);
        let mut buffer = vec![0; width];
        for (j, x) in self.data.chunks_exact(width).enumerate() {
            let power = self.first + j * self.step;
            if power == 0 {
                continue;
            }
            buffer.copy_from_slice(x);
            limbs::scale(&mut buffer, power as u64, 1);
            out.data.extend_from_slice(&buffer);
        }
        Some(out)
    }

    /// `constant + ∫_0^t`: the antiderivative with the given value at zero.
    pub fn integral(&self, constant: &Ball) -> Fixed {
        let width = self.format.width;
        let constant_vanishes = constant.is_exact_zero() && self.step == 2 && self.first == 0;
        let needs_every_power =
            (self.step == 2 && self.first == 0 && !constant_vanishes) || (self.step == 1 && self.first == 1);
        let source = if needs_every_power { self.dense() } else { self.clone() };
        let first = if source.step == 2 { 1 - source.first } else { 0 };
        let (integer, error) = fixed_from_ball(&self.format, constant);
        let mut out = Fixed::zero(self.format, first, source.step);
        let capacity = out.capacity();
        if first == 0 {
            out.data.extend(integer);
        }
        let (known, kept) = (out.data.len(), source.len().min(capacity - out.len()));
        out.data.extend_from_slice(&source.data[..kept * width]);
        for (j, x) in out.data[known..].chunks_exact_mut(width).enumerate() {
            limbs::scale(x, 1, (source.first + j * source.step + 1) as u64);
        }
        out.error = self.error.integrated().plus(ErrorBound::flat(self.format.half_ulp() + error));
        out
    }

    /// Both series with one parity pattern.
    fn aligned(&self, other: &Fixed) -> (Fixed, Fixed) {
        if (self.first, self.step) == (other.first, other.step) {
            (self.clone(), other.clone())
        } else {
            (self.dense(), other.dense())
        }
    }

    /// The sum.
    pub fn add(&self, other: &Fixed) -> Fixed {
        if !self.agrees_with(&other.format) || self.format.degree != other.format.degree {
            debug_assert_eq!(self.format.degree, other.format.degree);
            return Fixed::lost(self.format, 0, 1);
        }
        if other.is_zero() {
            return self.clone();
        }
        let (mut a, mut b) = self.aligned(other);
        if a.len() < b.len() {
            std::mem::swap(&mut a, &mut b);
        }
        let width = a.format.width;
        for (x, y) in a.data.chunks_exact_mut(width).zip(b.data.chunks_exact(width)) {
            limbs::add(x, y);
        }
        let error = a.error.plus(b.error);
        let fits = a.format.holds(self.norms().0 + other.norms().0);
        a.with_error(if fits { error } else { ErrorBound::flat(Mag::INFINITY) })
    }

    /// The series with its sign changed.
    pub fn negated(mut self) -> Fixed {
        let width = self.format.width;
        self.data.chunks_exact_mut(width).for_each(limbs::negate);
        self
    }

    /// The series at `-t`.
    pub fn reflected(&self) -> Fixed {
        let width = self.format.width;
        let mut out = self.clone();
        for (j, x) in out.data.chunks_exact_mut(width).enumerate() {
            if (self.first + j * self.step) % 2 == 1 {
                limbs::negate(x);
            }
        }
        out
    }

    /// The sum with a constant.
    pub fn add_constant(&self, value: &Ball) -> Fixed {
        if value.is_exact_zero() {
            return self.clone();
        }
        let step = if self.first == 0 { self.step } else { 1 };
        self.add(&Fixed::from_balls(self.format, 0, step, std::slice::from_ref(value)))
    }

    /// Every coefficient times a number.
    pub fn scaled(&self, factor: &Ball) -> Fixed {
        if factor.is_exact() && *factor.midpoint() == 1 {
            return self.clone();
        }
        if factor.is_exact_zero() {
            return Fixed::zero(self.format, self.first, self.step);
        }
        let Format { frac, width, .. } = self.format;
        let (sup, _) = self.norms();
        // The factor as mantissa * 2^exponent, with at most 64 width bits.
        let short = Float::with_val_round(64 * width as u32 - 1, factor.midpoint(), Round::Nearest);
        let factor_error = factor.radius()
            + if short.1 == std::cmp::Ordering::Equal {
                Mag::ZERO
            } else {
                crate::number::half_ulp(&short.0)
            };
        let magnitude = Mag::from_float(&short.0);
        let flat = factor_error * sup + self.format.half_ulp();
        let error = self.error.times(magnitude + factor_error).plus(ErrorBound::flat(flat));
        let Some((mantissa, exponent)) = short.0.to_integer_exp() else {
            return Fixed::lost(self.format, self.first, self.step);
        };
        // A tiny factor rounds everything to zero; one that is too large is only held by zeros.
        if !self.format.holds(magnitude * sup) || exponent > (4 * frac + 64 * width as u32) as i32 {
            return Fixed::lost(self.format, self.first, self.step);
        }
        let (mantissa, shift) =
            if exponent > 0 { (mantissa << exponent as u32, 0) } else { (mantissa, exponent.unsigned_abs()) };
        if width > LONG {
            let slot = width + mantissa.significant_digits::<u64>() + 1;
            let product = packed::pack(&self.data, width, slot) * mantissa;
            let mut out = Fixed { data: Vec::with_capacity(self.data.len()), ..self.midpoints() };
            packed::unpack(&product, 0..self.len(), slot, shift, width, &mut out.data);
            return out.with_error(error).trimmed();
        }
        let negative = mantissa.is_negative();
        let digits = mantissa.as_abs().to_digits::<u64>(Order::Lsf);
        let mut out = self.midpoints();
        let mut acc = vec![0; width + digits.len() + 1];
        for x in out.data.chunks_exact_mut(width) {
            let minus = limbs::is_negative(x);
            if minus {
                limbs::negate(x);
            }
            limbs::multiply_shifted_in_place(x, &digits, shift, &mut acc);
            if minus != negative {
                limbs::negate(x);
            }
        }
        out.with_error(error).trimmed()
    }

    /// Every midpoint halved, rounded.
    pub fn halved(mut self) -> Fixed {
        let width = self.format.width;
        let mut buffer = vec![0; width];
        for x in self.data.chunks_exact_mut(width) {
            limbs::shift_right_rounded(x, 1, &mut buffer);
            x.copy_from_slice(&buffer);
        }
        let error = self.error.times(Mag::pow2(-1)).plus(ErrorBound::flat(self.format.half_ulp()));
        self.with_error(error)
    }
}

/// A number in the format, with its error.
pub fn fixed_from_ball(format: &Format, x: &Ball) -> (Vec<u64>, Mag) {
    let mut out = vec![0; format.width];
    if !x.is_finite() || !format.holds(x.magnitude()) {
        return (out, Mag::INFINITY);
    }
    let scaled = x.midpoint().clone() << format.frac as i32;
    let Some((integer, direction)) = scaled.to_integer_round(Round::Nearest) else {
        return (out, Mag::INFINITY);
    };
    let digits = integer.as_abs().to_digits::<u64>(Order::Lsf);
    out[..digits.len()].copy_from_slice(&digits);
    if integer.is_negative() {
        limbs::negate(&mut out);
    }
    let rounding = if direction == std::cmp::Ordering::Equal { Mag::ZERO } else { format.half_ulp() };
    (out, x.radius() + rounding)
}

fn float_from_limbs(x: &[u64], frac: u32, precision: u32) -> (Float, std::cmp::Ordering) {
    let (float, direction) = match *x {
        [low] => Float::with_val_round(precision, low as i64, Round::Nearest),
        [low, high] => {
            let integer = (u128::from(low) | u128::from(high) << 64) as i128;
            Float::with_val_round(precision, integer, Round::Nearest)
        }
        _ => {
            let mut magnitude = x.to_vec();
            let negative = limbs::is_negative(x);
            if negative {
                limbs::negate(&mut magnitude);
            }
            let integer = Integer::from_digits(&magnitude, Order::Lsf);
            let integer = if negative { -integer } else { integer };
            Float::with_val_round(precision, &integer, Round::Nearest)
        }
    };
    (float >> frac as i32, direction)
}
