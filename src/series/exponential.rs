//! The exponential of a series.

use super::error_bound::ErrorBound;
use super::fixed::{Fixed, Format, fixed_from_ball};
use super::limbs;
use super::multiply::{Multiplier, Operand};
use super::ntt::length_for;
use crate::number::{Ball, Mag};

/// Below this length the recurrence runs directly.
const BASE: usize = 32;

/// The same for coefficients of `width` limbs: long ones leave the multiplying to GMP sooner.
fn base_length(width: usize) -> usize {
    (4 * BASE / width.max(1)).clamp(1, BASE)
}

/// `e^y` for a series with non-negative coefficients past the constant one (up to its error bound), by
/// `k E_k = Σ_j j y_j E_{k-j}`, all terms positive, in `O(M(n) log n)`: each half of the coefficients
/// contributes to the next by one product.
///
/// With `ε_k` the rounding error of step `k`, the total error `m` satisfies `m' ⪯ y' m + Σ k ε_k t^{k-1}`
/// (coefficientwise). If `ε_k <= η E_k` then `m = η E (1 + y)` solves `m' = y' m + η E'`.
pub fn exponential(engine: &Multiplier, y: &Fixed) -> Fixed {
    // In t^g, where every power with a non-zero midpoint is a multiple of g, all E_k are positive: the relative bound
    // below asks for that.
    if !y.agrees_with(&engine.format()) {
        return Fixed::lost(y.format(), 0, 1);
    }
    let dense = y.dense();
    let whole = dense.format();
    let width = whole.width;
    let powers = dense.data.chunks_exact(width).enumerate().filter(|(_, x)| x.iter().any(|limb| *limb != 0));
    let g = powers.fold(0, |g, (power, _)| num_integer::gcd(g, power)).max(1);
    let thin = |x: &[u64]| x.chunks_exact(width).step_by(g).flatten().copied().collect();
    // In t^g, a bound that grows would be too small.
    let error = ErrorBound::flat(dense.worst_error());
    let inner = Fixed::exact(whole.of_degree(whole.degree / g), 0, 1, thin(&dense.data)).with_error(error);
    let out = exponential_of_dense(engine, &inner, whole.degree + 1);
    let mut data = Vec::with_capacity((whole.degree + 1) * width);
    for x in out.data.chunks_exact(width) {
        data.extend_from_slice(x);
        let gap = (data.len() + (g - 1) * width).min((whole.degree + 1) * width);
        data.resize(gap.max(data.len()), 0);
    }
    let spread = Fixed::exact(whole, 0, 1, data).with_error(out.error);
    if y.step == 2 && y.first == 0 { spread.even_part() } else { spread }
}

/// The exponential of a series stored with every power; its error bound is that of `count` coefficients.
fn exponential_of_dense(engine: &Multiplier, y: &Fixed, error_count: usize) -> Fixed {
    let format = y.format();
    let lost = Fixed::lost(format, 0, 1);
    let exact = y.midpoints();
    let start = exact.constant_midpoint().exp().with_precision(format.frac + 64 * format.width as u32);
    let (limbs, start_error) = fixed_from_ball(&format, &start);
    let (width, count) = (format.width, exact.capacity());
    let Some(derivative) = exact.derivative_of_midpoints() else { return lost };
    if !start_error.is_finite() {
        return lost;
    }
    // weights[j] = j y_j, so that k E_k = Σ_{j=1}^{k} weights[j] E_{k-j}.
    let mut weights = Fixed::zero(format, 0, 1);
    weights.data.resize(width, 0);
    weights.data.extend_from_slice(&derivative.data);
    weights.data.resize(count * width, 0);
    let mut out = Fixed::zero(format, 0, 1);
    out.data.resize(count * width, 0);
    out.data[..width].copy_from_slice(&limbs);
    let weights_norms = weights.norms();
    let mut work = Work { engine, format, weights, weights_norms, sums: vec![0; count * width] };
    if work.solve(&mut out.data, 0, count).is_none() {
        return lost;
    }
    // The k products of a sum are added in groups of one or more, each rounded once: the sum is off by at most k half
    // units, E_k by one half, and by another in the division.
    let step_error = format.ulp();
    let Some(total) = recurrence_error(&out, &exact, start_error, step_error) else { return lost };
    // Errors of y: e^{y+δ} - e^y is at most Σ|e^y| |δ| e^{n|δ|}, coefficientwise in δ.
    let y_error = y.worst_error();
    let spread = y_error * Mag::from_usize(error_count);
    if spread > Mag::pow2(-3) {
        return lost;
    }
    let inherited = (out.norms().1 + total * Mag::from_usize(error_count)) * y_error * Mag::from_f64(1.2);
    out.with_error(ErrorBound::flat(total + inherited))
}

/// What the error `ε_0 <= start_error` and the rounding errors `ε_k <= step_error` come to: the narrower of two bounds.
///
/// *Relative*: with `ε_k <= η E_k` the error is at most `η E (1 + y)`. *Absolute*: `m = e^y (ε_0 + ∫ e^{-y} Σ k ε_k
/// t^{k-1})`, and `|e^{-y}| ⪯ e^{|y|}`, so it is at most `ε_0 S + ε S²` with `S = e^{Σ|y_k|}`, which serves where some
/// `E_k` are tiny.
fn recurrence_error(out: &Fixed, y: &Fixed, start_error: Mag, step_error: Mag) -> Option<Mag> {
    let y_sum = y.sum_bound();
    let sum = Ball::exact(y_sum.to_float()).exp().magnitude();
    let absolute = start_error * sum + step_error * sum.pow(2);
    // η is measured on the computed coefficients, which are off by a factor of at most 1 ± 1/4.
    let relative = smallest(out).and_then(|smallest| {
        let eta = step_error.max(start_error).div_by_lower(smallest);
        let total = eta.shl(1) * out.norms().0 * (Mag::ONE + y_sum);
        (eta <= Mag::pow2(-2) && total <= smallest.shl(-2)).then_some(total)
    });
    let best = relative.filter(|r| *r < absolute).unwrap_or(absolute);
    best.is_finite().then_some(best)
}

/// A lower bound of the stored coefficients, if all are positive.
fn smallest(series: &Fixed) -> Option<Mag> {
    let mut out = Mag::INFINITY;
    for k in 0..series.len() {
        let x = series.midpoint(k, 64)?;
        if x.sign() != Some(std::cmp::Ordering::Greater) {
            return None;
        }
        let size = x.mignitude();
        out = if size < out { size } else { out };
    }
    Some(out)
}

struct Work<'a> {
    engine: &'a Multiplier,
    format: Format,
    weights: Fixed,
    weights_norms: (Mag, Mag),
    /// `Σ weights[j] E_{k-j}` over the pairs done so far.
    sums: Vec<u64>,
}

impl Work<'_> {
    /// Finds coefficients `from..to`, all contributions of earlier ones being in the sums.
    fn solve(&mut self, out: &mut [u64], from: usize, to: usize) -> Option<()> {
        let width = self.format.width;
        if to - from <= base_length(width) {
            for k in from..to {
                if k > 0 {
                    let target = &mut out[k * width..(k + 1) * width];
                    target.copy_from_slice(&self.sums[k * width..(k + 1) * width]);
                    if limbs::is_negative(target) {
                        return None;
                    }
                    limbs::div_small(target, k as u64);
                }
                if to > k + 1 && !self.fits(&out[k * width..(k + 1) * width]) {
                    return None;
                }
                for i in k + 1..to {
                    self.add_term(out, k, i)?;
                }
            }
            return Some(());
        }
        let middle = from.midpoint(to);
        self.solve(out, from, middle)?;
        let left = Fixed::exact(self.format, 0, 1, out[from * width..middle * width].to_vec());
        let span = to - from;
        let length = length_for(span + middle - from);
        let product = self.engine.cyclic(
            &mut Operand::whole(&left),
            Some(&mut Operand::part(&self.weights, 0..span, self.weights_norms)),
            length,
            middle - from..span,
        )?;
        for (sum, x) in
            self.sums[middle * width..to * width].chunks_exact_mut(width).zip(product.chunks_exact(width))
        {
            add_not_negative(sum, x)?;
        }
        self.solve(out, middle, to)
    }

    /// Can every product of this coefficient with a weight be stored?
    fn fits(&self, x: &[u64]) -> bool {
        let size = limbs::bits(x) as i64 - i64::from(self.format.frac);
        self.format.holds(self.weights_norms.0 * Mag::pow2(size))
    }

    /// `sums[i] += weights[i - k] E_k`, rounded.
    fn add_term(&mut self, out: &[u64], k: usize, i: usize) -> Option<()> {
        let width = self.format.width;
        let weight = &self.weights.data[(i - k) * width..(i - k + 1) * width];
        let product = limbs::multiply_shifted(weight, &out[k * width..(k + 1) * width], self.format.frac);
        add_not_negative(&mut self.sums[i * width..(i + 1) * width], &product)
    }
}

/// `x += y` for integers that are not negative; `None` where the sum has no room.
fn add_not_negative(x: &mut [u64], y: &[u64]) -> Option<()> {
    limbs::add(x, y);
    (!limbs::is_negative(x)).then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exponential_of_a_linear_series_is_the_known_one() {
        for degree in [0usize, 1, 5, 40, 150] {
            let format = Format { frac: 1000, width: 17, degree };
            // e^{1/3 + 8 t}.
            let third = Ball::from_integer(1, 1200).div_integer(3);
            let y = Fixed::from_balls(format, 0, 1, &[third.clone(), Ball::from_integer(8, 64)]);
            let engine = Multiplier::new(format);
            let e = exponential(&engine, &y);
            let mut truth = third.exp();
            for k in 0..=degree {
                let got = e.ball(k, 1200);
                assert!(got.overlaps(&truth), "{k}");
                assert!(got.radius() <= Mag::pow2(-60), "{k} {:?}", got.radius());
                truth = truth.mul_integer(8).div_integer(k as i64 + 1);
            }
        }
    }

    #[test]
    fn logarithmic_derivative_is_the_argument() {
        let format = Format { frac: 200, width: 5, degree: 200 };
        let y: Vec<Ball> = (0..=200).map(|k| Ball::from_integer(1, 300).div_integer(k * k + 1)).collect();
        let y = Fixed::from_balls(format, 0, 1, &y);
        let engine = Multiplier::new(format);
        let e = exponential(&engine, &y);
        assert!(e.worst_error() <= Mag::pow2(-140), "{:?}", e.error);
        let right = engine.product(&e, &y.derivative_of_midpoints().unwrap());
        for k in 0..200 {
            let left = e.ball(k + 1, 300).mul_integer(k as i64 + 1);
            assert!(left.overlaps(&right.ball(k, 300)), "{k}");
        }
    }
}
