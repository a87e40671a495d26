//! The exponential, trigonometric and hyperbolic functions.
//!
//! Where the parts of a function are products of functions of `x` and of `y`, those are evaluated over the sides, which
//! loses nothing but rounding.

use rug::Float;
use rug::float::Round;

use super::super::ball::Ball;
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
    /// With `t = tanh x`, `w = sech² x = 1 - t²`, `c = cos² y`, `s = sin² y`: `tanh z = (t + i w sin y cos y) / d`,
    /// where `d = t² + c w = 1 - s w`.
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
