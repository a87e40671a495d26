//! Ring operations and quotients of rectangles.

use std::ops::{Add, Div, Mul, Neg, Sub};

use super::super::ball::Ball;
use super::super::mag::Mag;
use super::ComplexBall;

impl ComplexBall {
    /// The square.
    pub fn square(&self) -> ComplexBall {
        let re = self.re.square_range() - self.im.square_range();
        ComplexBall::new(re, self.re.product_range(&self.im).shl(1))
    }

    /// `self^n`.
    pub fn pow(&self, n: u32) -> ComplexBall {
        match n {
            0 => return ComplexBall::real(Ball::from_integer(1, self.precision())),
            1 => return self.clone(),
            2 => return self.square(),
            _ => {}
        }
        let slope = Mag::from_usize(n as usize) * self.magnitude().pow(u64::from(n - 1));
        self.centred(self.power_by_squaring(n), slope, |c| c.power_by_squaring(n))
    }

    fn power_by_squaring(&self, mut n: u32) -> ComplexBall {
        let mut out = ComplexBall::real(Ball::from_integer(1, self.precision()));
        let mut base = self.clone();
        while n > 0 {
            if n & 1 == 1 {
                out = &out * &base;
            }
            n >>= 1;
            if n > 0 {
                base = base.square();
            }
        }
        out
    }

    /// `1 / self`; the whole plane where zero is inside.
    pub fn recip(&self) -> ComplexBall {
        if self.contains_zero() || !self.is_finite() {
            return ComplexBall::whole_plane(self.precision());
        }
        // 1/(x + iy) = (x - iy)/(x² + y²), and y/(x² + y²) is the first part with x and y exchanged.
        ComplexBall::new(real_of_recip(&self.re, &self.im), -real_of_recip(&self.im, &self.re))
    }

    /// The product by a real number.
    pub fn scale(&self, factor: &Ball) -> ComplexBall {
        ComplexBall::new(self.re.product_range(factor), self.im.product_range(factor))
    }

    /// `self * 2^exp`, exactly.
    pub fn shl(&self, exp: i32) -> ComplexBall {
        ComplexBall::new(self.re.shl(exp), self.im.shl(exp))
    }
}

/// The range of `x/(x² + y²)` on a rectangle without zero. It has no critical point, so the extremes are on the edges:
/// for a fixed `x` at the smallest and the largest `|y|`; for a fixed `y` at the corners or at `x = ±y`, where it is
/// `±1/(2|y|)`.
fn real_of_recip(x: &Ball, y: &Ball) -> Ball {
    let value = |x: &Ball, y: &Ball| x / &(x.square() + y.square());
    if !x.is_wide() && !y.is_wide() && x.mignitude().max(y.mignitude()) >= Mag::ONE {
        return value(x, y);
    }
    let prec = x.precision().max(y.precision());
    let exact = |end| Ball::exact(end).with_precision(prec);
    let size = y.abs();
    let nearest = if y.contains_zero() { Ball::zero(prec) } else { exact(size.lower()) };
    let mut values = vec![];
    for height in [nearest, exact(size.upper())] {
        for end in [x.lower(), x.upper()] {
            let end = exact(end);
            // Zero itself is not in the rectangle, but a corner of (x, |y| = nearest) may be next to it.
            values.push(value(&end, &height));
        }
        for critical in [height.clone(), -&height] {
            if !critical.is_exact_zero() && x.overlaps(&critical) {
                values.push(critical.shl(1).recip());
            }
        }
    }
    Ball::hull(&values)
}

impl Add for &ComplexBall {
    type Output = ComplexBall;
    fn add(self, other: &ComplexBall) -> ComplexBall {
        ComplexBall::new(&self.re + &other.re, &self.im + &other.im)
    }
}

impl Sub for &ComplexBall {
    type Output = ComplexBall;
    fn sub(self, other: &ComplexBall) -> ComplexBall {
        ComplexBall::new(&self.re - &other.re, &self.im - &other.im)
    }
}

impl Mul for &ComplexBall {
    type Output = ComplexBall;
    fn mul(self, other: &ComplexBall) -> ComplexBall {
        // The four sides are independent and each is in a part once: nothing is lost but rounding.
        let re = self.re.product_range(&other.re) - self.im.product_range(&other.im);
        let im = self.re.product_range(&other.im) + self.im.product_range(&other.re);
        ComplexBall::new(re, im)
    }
}

impl Div for &ComplexBall {
    type Output = ComplexBall;
    fn div(self, other: &ComplexBall) -> ComplexBall {
        if other.im.is_exact_zero() && !other.re.contains_zero() {
            return ComplexBall::new(self.re.quotient_range(&other.re), self.im.quotient_range(&other.re));
        }
        if other.contains_zero() || !other.is_finite() {
            return ComplexBall::whole_plane(self.precision().max(other.precision()));
        }
        self * &other.recip()
    }
}

impl Neg for &ComplexBall {
    type Output = ComplexBall;
    fn neg(self) -> ComplexBall {
        ComplexBall::new(-&self.re, -&self.im)
    }
}

macro_rules! forward_owned {
    ($($op:ident $f:ident),*) => {$(
        impl $op for ComplexBall {
            type Output = ComplexBall;
            fn $f(self, other: ComplexBall) -> ComplexBall { (&self).$f(&other) }
        }
        impl $op<&ComplexBall> for ComplexBall {
            type Output = ComplexBall;
            fn $f(self, other: &ComplexBall) -> ComplexBall { (&self).$f(other) }
        }
    )*};
}
forward_owned!(Add add, Sub sub, Mul mul, Div div);

impl Neg for ComplexBall {
    type Output = ComplexBall;
    fn neg(self) -> ComplexBall {
        -&self
    }
}
