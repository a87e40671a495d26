//! The error function.

use super::super::ball::Ball;
use super::super::mag::Mag;
use super::ComplexBall;

impl ComplexBall {
    /// The error function, entire.
    ///
    /// `erf(x + iy) = erf(x) + (2/√π) e^{-x²} ∫_0^y e^{t²} (sin 2xt + i cos 2xt) dt`, and also its value at the centre
    /// with the largest slope.
    pub fn erf(&self) -> ComplexBall {
        if !self.is_finite() {
            return ComplexBall::whole_plane(self.precision());
        }
        let direct = self.erf_along_the_imaginary_axis();
        if self.im.is_exact_zero() {
            return direct;
        }
        // |erf'(z)| = (2/√π) |e^{-z²}| = (2/√π) e^{y² - x²}, and 2/√π < 1.13.
        let exponent = self.im.square_range() - self.re.square_range();
        let slope = exponent.exp().magnitude() * Mag::from_f64(1.13);
        let reach = self.re.radius().max(self.im.radius());
        // Half a diagonal is at most √2 times the longer half side.
        let reach = reach * Mag::from_f64(1.4143) * slope;
        if reach >= direct.re.radius().max(direct.im.radius()) {
            return direct;
        }
        let Some(centre) = self.centre().erf_at_point() else { return direct };
        direct.intersection(&ComplexBall::new(centre.re.widened(reach), centre.im.widened(reach)))
    }

    fn erf_along_the_imaginary_axis(&self) -> ComplexBall {
        let (x, y) = (&self.re, &self.im);
        let prec = self.precision();
        let erf = x.erf();
        if y.is_exact_zero() {
            return ComplexBall::real(erf);
        }
        // The mean of e^{t²} (...) over t between 0 and y is in its range.
        let path = Ball::hull(&[Ball::zero(prec), y.clone()]);
        let angle = x.product_range(&path).shl(1);
        let growth = path.square_range().exp();
        let density = (-x.square_range()).exp().shl(1) / Ball::pi(prec).sqrt();
        let length = density.product_range(y);
        ComplexBall::new(
            erf + length.product_range(&growth.product_range(&angle.sin())),
            length.product_range(&growth.product_range(&angle.cos())),
        )
    }

    /// At an exact `z`; `None` far out on the imaginary axis.
    fn erf_at_point(&self) -> Option<ComplexBall> {
        let size = self.magnitude().to_float().to_f64();
        // The asymptotic series falls to about e^{-|z|²}, and e^{|z|²} > 2^{1.44 |z|²}.
        let falls = 1.44 * size * size > f64::from(self.precision()) + 64.0;
        if size <= 16.0 || size <= 64.0 && !falls {
            return Some(self.erf_by_series());
        }
        if self.re.is_exact_zero() || !self.magnitude().is_finite() {
            return None;
        }
        // Odd; the series is one to the right.
        let left = self.re.midpoint().is_sign_negative();
        let value = if left { -(-self).erf_asymptotic() } else { self.erf_asymptotic() };
        Some(value)
    }

    /// `erf(z) = 1 - e^{-z²}/(z√π) (Σ_{k<n} (-1)^k (2k-1)!!/(2z²)^k + R)` at an exact `z = x + iy`, `x > 0`, where
    /// `|R|` is at most the first term left out for `|y| <= x`, and else as much times
    /// `1/sin(2 |arg z|) = |z|²/(2x|y|)` [DLMF 7.12].
    fn erf_asymptotic(&self) -> ComplexBall {
        // A relative error of z² is one of |z|² times the size in the exponential.
        let growth = self.magnitude().log2_ceil().unwrap_or(0).clamp(0, 64) as u32;
        let working = self.precision() + 2 * growth + 32;
        let z = ComplexBall::new(self.re.with_precision(working), self.im.with_precision(working));
        let square = z.square();
        let inverse = -square.shl(1).recip();
        let one = ComplexBall::real(Ball::from_integer(1, working));
        let (mut term, mut sum) = (one.clone(), one.clone());
        for k in 0i64.. {
            let next = &term * &inverse;
            let next = ComplexBall::new(next.re.mul_integer(2 * k + 1), next.im.mul_integer(2 * k + 1));
            let (now, before) = (next.magnitude(), term.magnitude());
            term = next;
            if now >= before || now <= Mag::pow2(-i64::from(working)) {
                break;
            }
            sum = &sum + &term;
        }
        let (x, y) = (z.re.mignitude(), z.im.mignitude());
        let steep = if z.im.magnitude() <= x {
            Mag::ONE
        } else {
            (z.magnitude() * z.magnitude()).shl(-1).div_by_lower(x).div_by_lower(y)
        };
        let rest = term.magnitude() * steep;
        let sum = ComplexBall::new(sum.re.widened(rest), sum.im.widened(rest));
        let factor = &(-square).exp() * &z.scale(&Ball::pi(working).sqrt()).recip();
        let out = &one - &(&factor * &sum);
        ComplexBall::new(out.re.with_precision(self.precision()), out.im.with_precision(self.precision()))
    }

    /// `erf(z) = (2/√π) e^{-z²} Σ_k 2^k z^{2k+1}/(2k+1)!!` at an exact `z` of modulus at most 64.
    fn erf_by_series(&self) -> ComplexBall {
        let size = self.magnitude().to_float().to_f64();
        // The largest term is about e^{|z|²}, and so is e^{-z²} at most.
        let working = self.precision() + (3.0 * size * size) as u32 + 16;
        let z = ComplexBall::new(self.re.with_precision(working), self.im.with_precision(working));
        let square = z.square();
        let (mut term, mut sum) = (z.clone(), z);
        // Past k = 2|z|² each term is less than half the one before, so that the rest is less than the last term.
        for k in 0i64.. {
            let next = (&term * &square).shl(1);
            term = ComplexBall::new(next.re.div_integer(2 * k + 3), next.im.div_integer(2 * k + 3));
            sum = &sum + &term;
            let small = term.magnitude() <= Mag::pow2(-i64::from(working));
            if k as f64 > 2.0 * size * size && small {
                break;
            }
        }
        let rest = term.magnitude();
        let sum = ComplexBall::new(sum.re.widened(rest), sum.im.widened(rest));
        let factor = (-square).exp().shl(1).scale(&Ball::pi(working).sqrt().recip());
        let out = &factor * &sum;
        ComplexBall::new(out.re.with_precision(self.precision()), out.im.with_precision(self.precision()))
    }
}
