//! Formulas in `x` as activations.

use num_rational::BigRational;

use super::piecewise_analytic::{Growth, PiecewiseAnalytic};
use super::{Activation, Support};
use crate::Error;
use crate::expression::pieces::{Far, Pieces, Refusal, Which};
use crate::number::rational::{abridged, rational_from_gmp};
use crate::number::{Ball, ComplexBall, Mag};

/// A formula that has no more special shape: analytic between breakpoints.
#[derive(Debug)]
pub(crate) struct Formula {
    name: String,
    formula: String,
    pieces: Pieces,
}

impl Formula {
    /// Reads a formula; `name` is how the activation is called.
    pub(crate) fn parse(name: &str, formula: &str) -> Result<Formula, Error> {
        let pieces = Pieces::parse(formula).map_err(|refusal| match refusal {
            Refusal::Syntax(e) => Error::Formula { formula: abridged(formula), column: e.column, why: e.why },
            Refusal::TooLarge(why) => Error::NotSquareIntegrable { activation: abridged(formula), why },
        })?;
        Ok(Formula { name: name.to_string(), formula: formula.to_string(), pieces })
    }

    fn growth_of(far: &Far) -> Growth {
        Growth {
            constant: far.bound.constant,
            degree: far.bound.degree,
            linear: rational_from_gmp(&far.bound.linear),
            quadratic: rational_from_gmp(&far.bound.quadratic),
            from: rational_from_gmp(&far.from),
        }
    }

    /// Length times size, and length times its square.
    fn by_magnitude(interval: &Ball, size: Mag) -> [Mag; 2] {
        let length = interval.radius().shl(1);
        [length * size, length * size * size]
    }
}

impl PiecewiseAnalytic for Formula {
    fn name(&self) -> String {
        self.name.clone()
    }

    fn formula(&self) -> String {
        self.formula.clone()
    }

    fn smoothness(&self) -> String {
        self.pieces.smoothness()
    }

    fn breakpoints(&self, precision: u32) -> Vec<Ball> {
        self.pieces.breakpoints.iter().map(|b| b.enclose(precision)).collect()
    }

    fn evaluate(&self, piece: usize, x: &Ball) -> Ball {
        match self.pieces.pieces.get(piece) {
            Some(p) => p.value.run(x, x.precision()),
            None => Ball::whole_line(x.precision()),
        }
    }

    fn derivative(&self, piece: usize, x: &Ball) -> Ball {
        match self.pieces.pieces.get(piece) {
            Some(p) => p.slope.run(x, x.precision()),
            None => Ball::whole_line(x.precision()),
        }
    }

    fn evaluate_complex(&self, piece: usize, z: &ComplexBall) -> ComplexBall {
        match self.pieces.pieces.get(piece) {
            Some(p) => p.value.run(z, z.precision()),
            None => ComplexBall::whole_plane(z.precision()),
        }
    }

    fn growth(&self) -> Growth {
        Formula::growth_of(&self.pieces.far)
    }

    fn derivative_growth(&self) -> Option<Growth> {
        self.pieces.far_derivative.as_ref().map(Formula::growth_of)
    }

    fn integral_bounds(&self, piece: usize, interval: &Ball) -> [Mag; 2] {
        self.pieces
            .singular_integrals(piece, interval, Which::Function)
            .unwrap_or_else(|| Formula::by_magnitude(interval, self.evaluate(piece, interval).magnitude()))
    }

    fn derivative_integral_bounds(&self, piece: usize, interval: &Ball) -> [Mag; 2] {
        self.pieces
            .singular_integrals(piece, interval, Which::Derivative)
            .unwrap_or_else(|| Formula::by_magnitude(interval, self.derivative(piece, interval).magnitude()))
    }

    fn support(&self) -> Support {
        Support::all()
    }
}
