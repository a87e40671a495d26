//! What is integrated: an activation at a variance, its square, or the square of its derivative.

use num_rational::BigRational;
use num_traits::Zero;
use rug::Float;

use super::SHORT;
use super::weight::Envelope;
use crate::function::{Growth, PiecewiseAnalytic};
use crate::number::{Ball, ComplexBall, Mag};

/// Which function of φ.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Value,
    Square,
    DerivativeSquare,
}

/// `f(x) = φ(rx)`, `φ(rx)²` or `φ'(rx)²` for an exact `r`, about `√q`.
#[derive(Clone, Debug)]
pub(super) struct Integrand<'a> {
    pub function: &'a dyn PiecewiseAnalytic,
    pub kind: Kind,
    pub root: Float,
    /// `r` with few bits, enclosed.
    short: Ball,
    growth: Growth,
}

/// A bound that begins so many standard deviations out, or more, says nothing of most of the integral.
const FAR: f64 = 16.0;

/// Parts of the line up to where the bound begins.
const PARTS: u32 = 64;

/// The bound far out made to hold from zero on, by enclosures of the values up to where it begins.
fn from_zero_on(function: &dyn PiecewiseAnalytic, kind: Kind, growth: &Growth) -> Option<Growth> {
    let from = Ball::from_rational(&growth.from, SHORT).upper();
    let breaks = function.breakpoints(SHORT);
    let place = |i: u32| Float::with_val(SHORT, &from * (2.0 * f64::from(i) / f64::from(PARTS) - 1.0));
    let mut constant = growth.constant;
    for i in 0..PARTS {
        for piece in 0..=breaks.len() {
            let (mut left, mut right) = (place(i), place(i + 1));
            if piece > 0 {
                left = left.max(&breaks[piece - 1].lower());
            }
            if let Some(next) = breaks.get(piece) {
                right = right.min(&next.upper());
            }
            if left <= right {
                let part = Ball::from_bounds(&left, &right, SHORT);
                let value = match kind {
                    Kind::DerivativeSquare => function.derivative(piece, &part),
                    Kind::Value | Kind::Square => function.evaluate(piece, &part),
                };
                constant = constant.max(value.magnitude());
            }
        }
    }
    let rising = |rate: &BigRational| rate.clone().max(BigRational::zero());
    constant.is_finite().then(|| Growth {
        constant,
        degree: growth.degree,
        linear: rising(&growth.linear),
        quadratic: rising(&growth.quadratic),
        from: BigRational::zero(),
    })
}

impl<'a> Integrand<'a> {
    /// `None` for the derivative of a function that jumps.
    pub fn new(function: &'a dyn PiecewiseAnalytic, kind: Kind, root: Float) -> Option<Integrand<'a>> {
        let growth =
            if kind == Kind::DerivativeSquare { function.derivative_growth()? } else { function.growth() };
        let short = Ball::exact(root.clone()).with_precision(SHORT);
        let far = (&Ball::from_rational(&growth.from, SHORT) / &short).upper() > FAR;
        let growth = if far { from_zero_on(function, kind, &growth).unwrap_or(growth) } else { growth };
        Some(Integrand { function, kind, root, short, growth })
    }

    /// The logarithm of `r` to base two, to within one.
    pub fn log2_root(&self) -> f64 {
        f64::from(self.root.get_exp().unwrap_or(0))
    }

    /// `r x`, exactly.
    pub fn argument(&self, x: &Float) -> Ball {
        Ball::exact(Float::with_val(self.root.prec() + x.prec(), &self.root * x))
    }

    /// `f` at the argument `r x`.
    pub fn value(&self, piece: usize, argument: &Ball) -> Ball {
        match self.kind {
            Kind::Value => self.function.evaluate(piece, argument),
            Kind::Square => self.function.evaluate(piece, argument).square(),
            Kind::DerivativeSquare => self.function.derivative(piece, argument).square(),
        }
    }

    /// A bound of `|f|` on the rectangle `[x_0, x_1] × [y_0, y_1]`; infinite unless `f` is proved analytic on it.
    pub fn bound(&self, piece: usize, x: [f64; 2], y: [f64; 2]) -> Mag {
        let [x0, x1, y0, y1] = [x[0], x[1], y[0], y[1]].map(|t| Float::with_val(SHORT, t));
        self.bound_at(piece, [&x0, &x1], [&y0, &y1], SHORT)
    }

    /// The same at a precision of choice.
    pub fn bound_at(&self, piece: usize, x: [&Float; 2], y: [&Float; 2], precision: u32) -> Mag {
        let root = if precision == SHORT {
            self.short.clone()
        } else {
            Ball::exact(self.root.clone()).with_precision(precision)
        };
        let side = |[from, to]: [&Float; 2]| &Ball::from_bounds(from, to, precision) * &root;
        let (mut re, mut im) = (side(x), side(y));
        let mut scale = Mag::ONE;
        if self.kind == Kind::DerivativeSquare {
            // |φ'(z)| <= sup |φ|/s over the circle of radius s about z, which the rectangle wider by s holds.
            let narrow = if re.radius() < im.radius() { re.radius() } else { im.radius() };
            let reach = narrow.shl(-1);
            (re, im) = (re.widened(reach), im.widened(reach));
            scale = Mag::ONE.div_by_lower(reach);
        }
        let value = self.function.evaluate_complex(piece, &ComplexBall::new(re, im));
        if !value.is_finite() {
            return Mag::INFINITY;
        }
        let size = value.magnitude() * scale;
        if self.kind == Kind::Value { size } else { size * size }
    }

    /// A bound of `∫ |f| dx` over an interval of `x` in one piece.
    pub fn integral_bound(&self, piece: usize, interval: &Ball) -> Mag {
        let argument =
            &interval.with_precision(SHORT.max(interval.precision())) * &Ball::exact(self.root.clone());
        let [first, second] = match self.kind {
            Kind::DerivativeSquare => self.function.derivative_integral_bounds(piece, &argument),
            _ => self.function.integral_bounds(piece, &argument),
        };
        let bound = if self.kind == Kind::Value { first } else { second };
        // dx = dz/r.
        bound.div_by_lower(self.short.mignitude())
    }

    /// The bound far out, in `x`.
    pub fn envelope(&self) -> Envelope {
        let rational = |r: &BigRational| Ball::from_rational(r, SHORT);
        let g = &self.growth;
        let power = if self.kind == Kind::Value { 0 } else { 1 };
        Envelope {
            constant: if power == 1 { g.constant * g.constant } else { g.constant },
            degree: g.degree.saturating_mul(1 << power),
            root: self.short.clone(),
            linear: (&rational(&g.linear) * &self.short).shl(power),
            quadratic: (&rational(&g.quadratic) * &self.short.square()).shl(power),
            from: &rational(&g.from) / &self.short,
        }
    }

    /// Half the width of the strip where `f` is analytic, as far as it is known: steers only.
    pub fn strip(&self) -> Option<f64> {
        let hint = self.function.strip_hint().filter(|a| *a > 0.0 && a.is_finite())?;
        Some(hint / self.root.to_f64())
    }

    /// Is the bound far out the exponential of a positive multiple of a square?
    pub fn grows_fast(&self) -> bool {
        num_traits::Signed::is_positive(&self.growth.quadratic)
    }

    /// Is `f(-x) = ±f(x)`, exactly? The sign, if so.
    pub fn parity(&self) -> Option<i8> {
        let support = self.function.support();
        let none = |odd: usize| {
            let may = support.initial.iter().enumerate().any(|(k, may)| k % 2 == odd && *may);
            !may && !(if odd == 1 { support.odd_tail } else { support.even_tail })
        };
        match (none(1), none(0), self.kind) {
            (true, _, Kind::Value) => Some(1),
            (_, true, Kind::Value) => Some(-1),
            (true, _, _) | (_, true, _) => Some(1),
            _ => None,
        }
    }
}
