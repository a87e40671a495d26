//! Rectangles of complex numbers.

mod arithmetic;
mod elementary;
mod erf;
mod inverse;

use rug::Float;
use rug::float::Round;

use super::ball::Ball;
use super::mag::Mag;

/// An enclosure of a complex number: every `x + iy` with `x` in the real and `y` in the imaginary ball.
///
/// Made to *bound* analytic functions on boxes: every operation encloses the result for all members, and where the
/// function is not analytic on the whole rectangle (a pole inside, a branch cut touched) the result is the whole plane,
/// which [`ComplexBall::is_finite`] tells. So a finite result proves analyticity.
///
/// # Examples
/// ```
/// use ntk_series::number::{Ball, ComplexBall, Mag, parse_rational};
/// let side = |x: &str| Ball::from_rational(&parse_rational(x).unwrap(), 64).widened(Mag::from_f64(0.1));
/// let box_ = ComplexBall::new(side("1"), side("1/2"));
/// assert!(box_.tanh().is_finite() && box_.tanh().magnitude() < Mag::from_f64(1.2));
/// // The pole of the hyperbolic tangent is iπ/2.
/// assert!(!ComplexBall::new(side("0"), side("157/100")).tanh().is_finite());
/// ```
#[derive(Clone, Debug)]
pub struct ComplexBall {
    re: Ball,
    im: Ball,
}

impl ComplexBall {
    /// The rectangle with these sides.
    pub fn new(re: Ball, im: Ball) -> ComplexBall {
        ComplexBall { re, im }
    }

    /// A ball of real numbers.
    pub fn real(re: Ball) -> ComplexBall {
        let im = Ball::zero(re.precision());
        ComplexBall { re, im }
    }

    /// No information: every complex number.
    pub(crate) fn whole_plane(prec: u32) -> ComplexBall {
        ComplexBall::new(Ball::whole_line(prec), Ball::whole_line(prec))
    }

    /// The real parts.
    pub fn re(&self) -> &Ball {
        &self.re
    }

    /// The imaginary parts.
    pub fn im(&self) -> &Ball {
        &self.im
    }

    /// Working precision in bits: the larger of the two parts'.
    pub fn precision(&self) -> u32 {
        self.re.precision().max(self.im.precision())
    }

    /// Is this a bounded enclosure?
    pub fn is_finite(&self) -> bool {
        self.re.is_finite() && self.im.is_finite()
    }

    /// An upper bound of every `|z|`.
    pub fn magnitude(&self) -> Mag {
        let (x, y) = (self.re.magnitude(), self.im.magnitude());
        if x.is_zero() || y.is_zero() {
            return x + y;
        }
        (x * x + y * y).sqrt()
    }

    /// A lower bound of every `|z|`: zero if the rectangle holds zero.
    pub fn mignitude(&self) -> Mag {
        // Downwards, as the two terms are lower bounds.
        let mut x = self.re.mignitude().to_float_below();
        x.hypot_round(&self.im.mignitude().to_float_below(), Round::Down);
        Mag::from_float_lower(&x)
    }

    /// Could the number be zero?
    pub fn contains_zero(&self) -> bool {
        self.re.contains_zero() && self.im.contains_zero()
    }

    /// Is every member of `other` a member of this rectangle?
    pub fn contains_complex(&self, other: &ComplexBall) -> bool {
        self.re.contains(&other.re) && self.im.contains(&other.im)
    }

    /// Do the two enclosures share a member?
    pub fn overlaps(&self, other: &ComplexBall) -> bool {
        self.re.overlaps(&other.re) && self.im.overlaps(&other.im)
    }

    /// The complex conjugate.
    pub fn conj(&self) -> ComplexBall {
        ComplexBall::new(self.re.clone(), -&self.im)
    }

    /// `i z`.
    pub(crate) fn mul_i(&self) -> ComplexBall {
        ComplexBall::new(-&self.im, self.re.clone())
    }

    /// `-i z`.
    pub(crate) fn div_i(&self) -> ComplexBall {
        ComplexBall::new(self.im.clone(), -&self.re)
    }

    /// The rectangle's centre, exactly.
    fn centre(&self) -> ComplexBall {
        let exact = |x: &Ball| Ball::exact(x.midpoint().clone());
        ComplexBall::new(exact(&self.re), exact(&self.im))
    }

    /// Is the rectangle so wide that bounds beyond rounding are worth the time?
    fn is_wide(&self) -> bool {
        self.re.is_wide() || self.im.is_wide()
    }

    /// Both enclose the result: what they leave.
    fn intersection(&self, other: &ComplexBall) -> ComplexBall {
        ComplexBall::new(self.re.intersection(&other.re), self.im.intersection(&other.im))
    }

    /// The enclosure of `f` on this rectangle from `f(centre)` and a bound of `|f'|` on the rectangle, where that adds
    /// to `direct`, which decides whether the function is analytic.
    fn centred(
        &self,
        direct: ComplexBall,
        slope: Mag,
        at_centre: impl FnOnce(ComplexBall) -> ComplexBall,
    ) -> ComplexBall {
        if !self.is_wide() || !slope.is_finite() || !direct.is_finite() {
            return direct;
        }
        let (r, s) = (self.re.radius(), self.im.radius());
        // |f(z) - f(c)| <= |z - c| sup |f'|, as the rectangle is convex.
        let reach = if r.is_zero() || s.is_zero() { r + s } else { (r * r + s * s).sqrt() } * slope;
        if reach >= direct.re.radius().max(direct.im.radius()) {
            return direct;
        }
        let centre = at_centre(self.centre());
        direct.intersection(&ComplexBall::new(centre.re.widened(reach), centre.im.widened(reach)))
    }

    /// Ends of the sides: left, right, lower, upper.
    fn ends(&self) -> [Float; 4] {
        [self.re.lower(), self.re.upper(), self.im.lower(), self.im.upper()]
    }

    /// The hull of values at the four corners.
    fn hull_of_corners(&self, f: impl Fn(&Float, &Float, Round) -> Float) -> Ball {
        let [a, b, c, d] = self.ends();
        let corners = [(&a, &c), (&a, &d), (&b, &c), (&b, &d)];
        let at = |round| corners.map(|(x, y)| f(x, y, round));
        let least = at(Round::Down).into_iter().reduce(|x, y| if y < x { y } else { x });
        let greatest = at(Round::Up).into_iter().reduce(|x, y| if y > x { y } else { x });
        match (least, greatest) {
            (Some(least), Some(greatest)) => Ball::from_bounds(&least, &greatest, self.precision()),
            _ => Ball::whole_line(self.precision()),
        }
    }
}

#[cfg(test)]
mod tests;
