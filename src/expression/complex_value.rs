//! Expressions on complex rectangles: a finite result promises that the function is analytic on all of the rectangle.

use rug::Rational;

use super::graph::Function;
use super::program::Value;
use crate::number::{Ball, ComplexBall};

impl Value for ComplexBall {
    const PRODUCT: f64 = 2.5e3;
    const FUNCTION: f64 = 7e3;

    fn constant(value: &Ball) -> ComplexBall {
        ComplexBall::real(value.clone())
    }

    fn add(&self, other: &ComplexBall) -> ComplexBall {
        self + other
    }

    fn sub(&self, other: &ComplexBall) -> ComplexBall {
        self - other
    }

    fn mul(&self, other: &ComplexBall) -> ComplexBall {
        self * other
    }

    fn div(&self, other: &ComplexBall) -> ComplexBall {
        self / other
    }

    fn whole_power(&self, n: i32) -> ComplexBall {
        let power = self.pow(n.unsigned_abs());
        if n < 0 { power.recip() } else { power }
    }

    /// The principal branch, `e^{r log z}`: on the positive axis the real power.
    fn root(&self, r: &Rational) -> ComplexBall {
        match (r.numer().to_i32(), r.denom().to_u32()) {
            (Some(p), Some(2)) => self.sqrt().whole_power(p),
            _ => {
                let exponent = ComplexBall::real(Ball::from_gmp_rational(r, self.precision()));
                (&self.log() * &exponent).exp()
            }
        }
    }

    fn call(&self, f: Function) -> ComplexBall {
        match f {
            Function::Exp => self.exp(),
            Function::Log => self.log(),
            Function::Sin => self.sin(),
            Function::Cos => self.cos(),
            Function::Sinh => self.sinh(),
            Function::Cosh => self.cosh(),
            Function::Tanh => self.tanh(),
            Function::Atan => self.atan(),
            Function::Asinh => self.asinh(),
            Function::Erf => self.erf(),
            Function::Sigmoid => sigmoid(self),
            Function::Softplus => softplus(self),
        }
    }
}

/// `1/(1+e^{-z}) = (1 + tanh(z/2))/2`.
fn sigmoid(z: &ComplexBall) -> ComplexBall {
    let half = ComplexBall::real(Ball::from_integer(1, z.precision()).shl(-1));
    half.clone() + half.clone() * (z * &half).tanh()
}

/// `log(1 + e^z)`, cut along `iy`, `|y| >= π`.
///
/// For `Re z > 0` it is `z + log(1+e^{-z})`, for `Re z < 0` it is `log(1+e^z)`: in both `|e^{∓z}| < 1`, so the
/// logarithm's argument has a positive real part and the principal branch is analytic. The two agree across
/// `Re z = 0`, `|Im z| < π`, where `1 + e^z` meets the negative axis nowhere: `log(1+e^{iy}) = iy/2 + log(2 cos(y/2))`.
fn softplus(z: &ComplexBall) -> ComplexBall {
    let one = ComplexBall::real(Ball::from_integer(1, z.precision()));
    if z.re().lower() > 0 {
        return z + &(&one + &(-z).exp()).log();
    }
    let inside = z.im().abs().upper() < *Ball::pi(64).lower().as_abs();
    if z.re().upper() < 0 || inside {
        return (&one + &z.exp()).log();
    }
    ComplexBall::whole_plane(z.precision())
}
