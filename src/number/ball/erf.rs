//! The error function and the normal distribution function.

use rug::Float;
use rug::float::Round;

use super::super::mag::Mag;
use super::Ball;

impl Ball {
    /// The error function.
    pub fn erf(&self) -> Ball {
        if !self.is_finite() {
            return Ball::zero(self.precision()).widened(Mag::ONE);
        }
        if !self.needs_erf_series() {
            return self.increasing(None, None, Float::erf_round);
        }
        if self.is_wide() {
            let ends = self.close_ends().map(|end| Ball::exact(end).erf());
            return Ball::hull(&ends).with_precision(self.precision());
        }
        // 0 <= erfc(|x|) <= e^{-x²}, which may be all that the precision shows.
        let small = (-Ball::exact(self.mignitude().to_float()).with_precision(64).square()).exp().magnitude();
        let one = Ball::from_integer(1, self.precision());
        let size = match small <= Mag::pow2(-i64::from(self.precision())) {
            true => one.widened(small),
            false => &one - &self.abs().erfc_far_out(),
        };
        if self.mid.is_sign_negative() { -size } else { size }
    }

    /// The standard normal distribution function `Φ(x) = erfc(-x/√2)/2`.
    pub fn normal_cdf(&self) -> Ball {
        if !self.is_finite() {
            return Ball::from_integer(1, self.precision()).widened(Mag::ONE).shl(-1);
        }
        // A relative error of the argument is one of x² times the size in the far tail.
        let growth = self.mid.get_exp().unwrap_or(0).clamp(0, 32) as u32;
        let scaled = self / &Ball::from_integer(2, self.precision() + 2 * growth + 8).sqrt();
        if scaled.needs_erf_series() {
            if self.is_wide() {
                let ends = self.close_ends().map(|end| Ball::exact(end).normal_cdf());
                return Ball::hull(&ends).with_precision(self.precision());
            }
            let tail = scaled.abs().erfc_far_out().shl(-1);
            let one = Ball::from_integer(1, self.precision());
            return if self.mid.is_sign_negative() { tail } else { &one - &tail }
                .with_precision(self.precision());
        }
        scaled.increasing(None, None, erfc_of_negated).shl(-1).with_precision(self.precision())
    }

    /// MPFR's error function aborts where its alternating series meets a partial sum of zero, 1 - x²/3 at x = √3, or
    /// its error count leaves the range of a double, for arguments from about 26 on at precisions of the order of their
    /// square. (Far below those it has the asymptotic series.)
    fn needs_erf_series(&self) -> bool {
        let near_root_of_three = |x: &Float| (x.to_f64().powi(2) - 3.0).abs() < 1e-6;
        let size = self.magnitude().to_float().to_f64();
        let large = size >= 16.0 && f64::from(self.precision()) + 64.0 >= 0.125 * size * size;
        self.is_finite() && (large || [&self.lower(), &self.upper()].into_iter().any(near_root_of_three))
    }

    /// `erfc(x)` for `x >= 0`: at the midpoint, and over the ball it moves by at most the radius times the largest
    /// slope.
    fn erfc_far_out(&self) -> Ball {
        if self.rad >= Mag::ONE || self.lower() < 0 {
            // Too wide to say more than the range.
            return Ball::from_bounds(&Float::new(53), &Float::with_val(53, 2), self.precision());
        }
        let size = self.mid.to_f64();
        // Terms of the asymptotic series fall to about e^{-x²}, and e^{x²} > 2^{1.44 x²}.
        let falls = 1.44 * size * size > f64::from(self.precision()) + 128.0;
        let tail = if falls { erfc_asymptotic(&self.mid) } else { erfc_by_series(&self.mid) };
        let steepest = slope(&Ball::exact(self.lower()).with_precision(64)).magnitude();
        tail.widened(self.rad * steepest)
    }
}

/// The slope of the error function, `2/√π e^{-x²}`.
fn slope(x: &Ball) -> Ball {
    (-x.square()).exp().shl(1) / Ball::pi(x.precision()).sqrt()
}

/// `erfc(m) = 1 - 2/√π e^{-m²} Σ_k 2^k m^{2k+1}/(2k+1)!!` for `m >= 0`, all terms positive.
fn erfc_by_series(m: &Float) -> Ball {
    let (size, prec) = (m.to_f64(), m.prec());
    // The difference is about e^{-m²}.
    let working = prec + (1.5 * size * size) as u32 + 64;
    let m = Ball::exact(m.clone()).with_precision(working);
    let square = m.square();
    let (mut term, mut sum) = (m.clone(), m.clone());
    // Past k = 2 m² each term is less than half the one before, so that the rest is less than the last term.
    for k in 0i64.. {
        term = (&term * &square).shl(1).div_integer(2 * k + 3);
        sum = &sum + &term;
        let small = term.magnitude() < sum.mignitude().shl(-i64::from(working));
        if k as f64 > 2.0 * size * size && small {
            break;
        }
    }
    let sum = sum.widened(term.magnitude());
    (&Ball::from_integer(1, working) - &(&slope(&m) * &sum)).with_precision(prec)
}

/// `erfc(m) = e^{-m²}/(m √π) Σ_k (-1)^k (2k-1)!!/(2m²)^k` for `m > 0`: the rest has the sign of the first term left out
/// and is not larger [DLMF 7.12.1 and below].
fn erfc_asymptotic(m: &Float) -> Ball {
    // A relative error of m² is one of m² times the size in the exponential.
    let growth = m.get_exp().unwrap_or(0).clamp(0, 64) as u32;
    let working = m.prec() + 2 * growth + 32;
    let x = Ball::exact(m.clone()).with_precision(working);
    let square = x.square();
    let inverse = -square.shl(1).recip();
    let one = Ball::from_integer(1, working);
    let (mut term, mut sum) = (one.clone(), one);
    for k in 0i64.. {
        let next = (&term * &inverse).mul_integer(2 * k + 1);
        let done = next.magnitude() >= term.magnitude() || next.magnitude() <= Mag::pow2(-i64::from(working));
        term = next;
        if done {
            break;
        }
        sum = &sum + &term;
    }
    let sum = sum.widened(term.magnitude());
    ((-square).exp() * sum / (x * Ball::pi(working).sqrt())).with_precision(m.prec())
}

/// `x ↦ erfc(-x)`, which is increasing.
fn erfc_of_negated(x: &mut Float, round: Round) -> std::cmp::Ordering {
    *x = Float::with_val(x.prec(), -&*x);
    x.erfc_round(round)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn normal_distribution_in_the_far_tail_keeps_relative_accuracy() {
        let x = Ball::from_integer(-40, 128);
        assert!(x.normal_cdf().relative_accuracy_bits() > 110);
        // Φ(-40), 20 digits, from the continued fraction.
        let truth = Float::with_val(128, Float::parse("3.6558935409150297e-350").unwrap());
        assert!(
            x.normal_cdf().overlaps(
                &Ball::exact(truth)
                    .widened(Mag::from_float(&Float::with_val(64, Float::parse("1e-365").unwrap())))
            )
        );
    }

    #[test]
    fn error_function_of_large_arguments_at_high_precision() {
        for (x, precision) in
            [(17i64, 300u32), (27, 3000), (40, 5000), (-30, 2500), (30, 300), (60, 500), (100, 1100)]
        {
            let ball = Ball::from_integer(x, precision);
            // Mills: φ(x)/x (1 - 1/x²) < 1 - Φ(x) < φ(x)/x.
            let tail = if x > 0 { (-&ball).normal_cdf() } else { ball.normal_cdf() };
            let upper = ball.normal_density() / ball.abs();
            assert!(tail.relative_accuracy_bits() > i64::from(precision) - 40, "{x}");
            assert!(tail.upper() < upper.upper());
            assert!((&tail / &upper).lower() > 1.0 - 1.01 / (x * x) as f64);
            let whole = &ball.normal_cdf() + &(-&ball).normal_cdf();
            assert!(whole.overlaps(&Ball::from_integer(1, precision)));
            // Both routes at a precision where MPFR is sound.
            let scaled = Ball::from_integer(x, 100);
            assert!(scaled.normal_cdf().overlaps(&ball.normal_cdf()));
            assert!(scaled.erf().overlaps(&ball.erf()));
            for short in [64, 200, 330] {
                let size = Ball::from_integer(x, short).erf();
                assert!(
                    size.overlaps(&ball.erf()) && size.radius() <= Mag::pow2(2 - i64::from(short)),
                    "{x}"
                );
            }
            let wide = ball.widened(Mag::pow2(-60));
            assert!(
                wide.normal_cdf().contains(&ball.normal_cdf())
                    || wide.normal_cdf().overlaps(&ball.normal_cdf())
            );
        }
    }

    #[test]
    fn error_function_at_the_root_of_three() {
        for precision in [53u32, 100, 1624, 5000] {
            let root = Ball::from_integer(3, precision).sqrt();
            for x in [root.clone(), Ball::exact(root.midpoint().clone()), root.widened(Mag::pow2(-10))] {
                let value = x.erf();
                // erf(√3) = 0.985694118...
                let truth = Ball::exact(Float::with_val(64, 0.985_694_118)).widened(Mag::pow2(-9));
                assert!(value.overlaps(&truth), "{value}");
                let both = &(&x * &Ball::from_integer(2, precision).sqrt()).normal_cdf().shl(1)
                    - &Ball::from_integer(1, precision);
                assert!(both.overlaps(&value));
            }
            assert!(root.erf().relative_accuracy_bits() > i64::from(precision) - 12);
        }
    }
}
