//! Square root, logarithm and the inverse functions made of them: principal branches. A rectangle that touches a cut
//! has no finite image.

use rug::Float;
use rug::float::Round;

use super::super::ball::Ball;
use super::super::mag::Mag;
use super::ComplexBall;

impl ComplexBall {
    /// The principal logarithm, cut along `(-∞, 0]`.
    pub fn log(&self) -> ComplexBall {
        if self.touches_negative_axis() {
            return ComplexBall::whole_plane(self.precision());
        }
        // |z|, at the nearest and at the farthest member; a ball of its square would lose the near end in its radius.
        let near = |x: &Ball| if x.contains_zero() { Float::new(x.precision()) } else { x.abs().lower() };
        let log_modulus = |x: Float, y: Float, round| {
            let mut size = Float::with_val(self.precision(), x);
            size.hypot_round(&y, round);
            size.ln_round(round);
            size
        };
        let least = log_modulus(near(&self.re), near(&self.im), Round::Down);
        let greatest = log_modulus(self.re.abs().upper(), self.im.abs().upper(), Round::Up);
        // Between the cut and itself the argument is monotone along each edge, and without critical points inside.
        let argument = self.hull_of_corners(|x, y, round| {
            let mut out = y.clone();
            out.atan2_round(x, round);
            out
        });
        ComplexBall::new(Ball::from_bounds(&least, &greatest, self.precision()), argument)
    }

    /// The principal square root, cut along `(-∞, 0]`: `√((|z|+x)/2) ± i √((|z|-x)/2)`.
    pub fn sqrt(&self) -> ComplexBall {
        if self.touches_negative_axis() {
            return ComplexBall::whole_plane(self.precision());
        }
        let [a, b, c, d] = self.ends();
        let nearest =
            if self.im.contains_zero() { Float::new(self.precision()) } else { self.im.abs().lower() };
        let farthest = self.im.abs().upper();
        // The real part increases with x and with |y|.
        let least = root_at(&a, &nearest).re;
        let greatest = root_at(&b, &farthest).re;
        // The imaginary part increases with y, and its modulus decreases with x.
        let low = root_at(if c < 0 { &a } else { &b }, &c).im;
        let high = root_at(if d > 0 { &a } else { &b }, &d).im;
        ComplexBall::new(Ball::hull(&[least, greatest]), Ball::hull(&[low, high]))
    }

    /// The arctangent `(log(1+iz) - log(1-iz))/(2i)`, cut along `±i[1, ∞)`.
    pub fn atan(&self) -> ComplexBall {
        let one = ComplexBall::real(Ball::from_integer(1, self.precision()));
        let directly = |z: &ComplexBall| {
            let iz = z.mul_i();
            (&(&one + &iz).log() - &(&one - &iz).log()).div_i().shl(-1)
        };
        let iz = self.mul_i();
        // |atan'| = 1/(|1+iz| |1-iz|).
        let slope = Mag::ONE.div_by_lower((&one + &iz).mignitude()).div_by_lower((&one - &iz).mignitude());
        self.centred(directly(self), slope, |c| directly(&c))
    }

    /// The inverse hyperbolic sine `log(z + √(1+z²))`, cut along `±i[1, ∞)`.
    pub fn asinh(&self) -> ComplexBall {
        // Odd: on the right the sum does not cancel.
        if self.re.midpoint().is_sign_negative() {
            return -(-self).asinh();
        }
        let one = ComplexBall::real(Ball::from_integer(1, self.precision()));
        // √(1+z²) = √(1+iz) √(1-iz) on principal branches, as the two arguments have opposite signs.
        let root = |z: &ComplexBall| (&one + &z.mul_i()).sqrt() * (&one - &z.mul_i()).sqrt();
        let own_root = root(self);
        if !own_root.is_finite() {
            return ComplexBall::whole_plane(self.precision());
        }
        // |asinh'| = 1/|√(1+z²)|.
        let slope = Mag::ONE.div_by_lower(own_root.mignitude());
        self.centred((self + &own_root).log(), slope, |c| (&c + &root(&c)).log())
    }

    /// Does the rectangle hold a number that is real and not positive?
    fn touches_negative_axis(&self) -> bool {
        !self.is_finite() || (self.im.contains_zero() && self.re.lower() <= 0)
    }
}

/// The principal square root of `x + iy`, which is not zero, without cancellation.
fn root_at(x: &Float, y: &Float) -> ComplexBall {
    let (x, y) = (Ball::exact(x.clone()), Ball::exact(y.clone()));
    let modulus = if y.is_exact_zero() { x.abs() } else { (x.square() + y.square()).sqrt() };
    // The larger part, then the other from 2 re im = y.
    let large = (modulus + x.abs()).shl(-1).sqrt();
    let small = &y.abs().shl(-1) / &large;
    let (re, im) = if x.midpoint().is_sign_negative() { (small, large) } else { (large, small) };
    ComplexBall::new(re, if y.midpoint().is_sign_negative() { -im } else { im })
}
