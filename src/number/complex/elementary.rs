//! The exponential, trigonometric and hyperbolic functions, and the error function.
//!
//! Where the parts of a function are products of functions of `x` and of `y`, those are evaluated over the sides, which
//! loses nothing but rounding.

use rug::Float;
use rug::float::Round;

use super::super::ball::Ball;
use super::super::mag::Mag;
use super::ComplexBall;

impl ComplexBall {
    /// The exponential `e^x (cos y + i sin y)`.
    pub fn exp(&self) -> ComplexBall {
        let size = self.re.exp();
        let [sin, cos] = self.im.sin_cos();
        ComplexBall::new(size.product_range(&cos), size.product_range(&sin))
    }

    /// The sine `sin x cosh y + i cos x sinh y`.
    pub fn sin(&self) -> ComplexBall {
        let ([sin, cos], y) = (self.re.sin_cos(), &self.im);
        ComplexBall::new(sin.product_range(&y.cosh()), cos.product_range(&y.sinh()))
    }

    /// The cosine `cos x cosh y - i sin x sinh y`.
    pub fn cos(&self) -> ComplexBall {
        let ([sin, cos], y) = (self.re.sin_cos(), &self.im);
        ComplexBall::new(cos.product_range(&y.cosh()), -sin.product_range(&y.sinh()))
    }

    /// The hyperbolic sine `-i sin(iz)`.
    pub fn sinh(&self) -> ComplexBall {
        self.mul_i().sin().div_i()
    }

    /// The hyperbolic cosine `cos(iz)`.
    pub fn cosh(&self) -> ComplexBall {
        self.mul_i().cos()
    }

    /// The tangent `-i tanh(iz)`; the whole plane where a pole is inside.
    pub fn tan(&self) -> ComplexBall {
        self.mul_i().tanh().div_i()
    }

    /// The hyperbolic tangent; the whole plane where a pole is inside.
    ///
    /// With `t = tanh x`, `w = sech² x = 1 - t²`, `c = cos² y`, `s = sin² y`: `tanh z = (t + i w sin y cos y) / d`, where
    /// `d = t² + c w = 1 - s w`.
    pub fn tanh(&self) -> ComplexBall {
        let one = Ball::from_integer(1, self.precision());
        let t = self.re.tanh();
        let [sin, cos] = self.im.sin_cos();
        let (c, s) = (cos.square_range(), sin.square_range());
        let w = squared_sech(&self.re);
        // The first has no cancellation next to a pole, the second loses nothing on wide sides.
        let d = (t.square_range() + c.product_range(&w)).intersection(&(&one - &s.product_range(&w)));
        if d.lower() <= 0 {
            return ComplexBall::whole_plane(self.precision());
        }
        let mut re = t.quotient_range(&d);
        if self.re.is_wide() && !t.contains_zero() {
            // d = c + s t², so that t/d = 1/(c/t + s t), where t is once in each term.
            let apart = c.quotient_range(&t) + s.product_range(&t);
            re = re.intersection(&one.quotient_range(&apart));
        }
        // sin y cos y = sin(2y)/2.
        let numerator = self.im.shl(1).sin().shl(-1).product_range(&w);
        ComplexBall::new(re, numerator.quotient_range(&d))
    }

    /// The error function, entire.
    ///
    /// `erf(x + iy) = erf(x) + (2/√π) e^{-x²} ∫_0^y e^{t²} (sin 2xt + i cos 2xt) dt`, and where the rectangle is near the
    /// origin also its series about the centre.
    pub fn erf(&self) -> ComplexBall {
        if !self.is_finite() {
            return ComplexBall::whole_plane(self.precision());
        }
        let direct = self.erf_along_the_imaginary_axis();
        let near = self.magnitude() <= Mag::pow2(4);
        if self.im.is_exact_zero() || !near {
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
        let centre = self.centre().erf_by_series();
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

    /// `erf(z) = (2/√π) e^{-z²} Σ_k 2^k z^{2k+1}/(2k+1)!!` at an exact `z` of modulus at most 16.
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

/// `sech² x = 4e/(1 + e)²` with `e = e^{-2|x|}`, increasing in `e <= 1`: nothing overflows.
fn squared_sech(x: &Ball) -> Ball {
    let prec = x.precision();
    if !x.is_finite() {
        return Ball::from_bounds(&Float::new(prec), &Float::with_val(prec, 1), prec);
    }
    let at = |size: Float, round| {
        let mut e = -(size << 1u32);
        e.exp_round(round);
        e
    };
    let size = x.abs();
    let value = |e: Float| {
        let e = Ball::exact(e);
        let sum = &Ball::from_integer(1, prec) + &e;
        e.shl(2) / sum.square()
    };
    let nearest = if x.contains_zero() { Float::new(prec) } else { size.lower() };
    Ball::hull(&[value(at(size.upper(), Round::Down)), value(at(nearest, Round::Up))])
}
