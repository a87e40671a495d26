//! `(1 - u²)^{-1/2}` for a series `u`, and the point of the tower that it is expanded around.

use std::cmp::Ordering;

use num_rational::BigRational;
use num_traits::One;

use super::work::{TooLarge, Work};
use crate::number::{ClosedForm, Name, Symbol};

/// `t`, `1/√(1-t²)`, `√(1-t²)` and `arccos t`.
#[derive(Clone, Debug)]
pub(super) struct Point {
    pub(super) t: ClosedForm,
    pub(super) sine: ClosedForm,
    pub(super) inverse_sine: ClosedForm,
    pub(super) angle: ClosedForm,
}

impl Point {
    /// The point at `t`: by rational arithmetic where `t` is rational, else as level `layer - 1` of
    /// the tower, which is kept in `level` for the next time. `None` unless `-1 < t < 1` is proved.
    pub(super) fn at(t: ClosedForm, layer: usize, level: &mut Option<Symbol>) -> Option<Point> {
        if let Some(r) = t.as_rational() {
            let sine = ClosedForm::sqrt(&(BigRational::one() - &r * &r)).filter(|s| !s.is_zero())?;
            return Some(Point { inverse_sine: sine.reciprocal()?, sine, angle: ClosedForm::acos(&r)?, t });
        }
        if level.is_none() {
            let one = ClosedForm::one();
            if (&one - &t).sign() != Some(Ordering::Greater) || (&one + &t).sign() != Some(Ordering::Greater)
            {
                return None;
            }
            *level = Some(Symbol::level(layer - 1, t));
        }
        let symbol = level.as_ref()?;
        let sine = ClosedForm::sine(symbol);
        Some(Point {
            t: ClosedForm::base(symbol),
            inverse_sine: sine.reciprocal()?,
            sine,
            angle: ClosedForm::angle(symbol),
        })
    }
}

/// The series `u` and `(1 - u²)^{-1/2}`, extended together. All coefficients of `u` are non-negative,
/// and no recurrence here subtracts.
#[derive(Debug)]
pub(super) struct RootSeries {
    layer: usize,
    pub(super) u: Vec<ClosedForm>,
    /// `1 - u²`.
    pub(super) rest: Vec<ClosedForm>,
    pub(super) root: Vec<ClosedForm>,
    /// `1/(1 - t²)`.
    inverse: ClosedForm,
    /// `(1 - u²)^{-3/2}`, where asked for.
    pub(super) cube: Vec<ClosedForm>,
}

impl RootSeries {
    pub(super) fn new(layer: usize, point: &Point) -> RootSeries {
        let inverse = &point.inverse_sine * &point.inverse_sine;
        RootSeries {
            layer,
            u: vec![point.t.clone()],
            rest: vec![&point.sine * &point.sine],
            root: vec![point.inverse_sine.clone()],
            cube: vec![&point.inverse_sine * &inverse],
            inverse,
        }
    }

    /// Appends coefficient `p >= 1` of `u`; `u` itself is a multiple of a named series.
    pub(super) fn push(&mut self, u: ClosedForm, cube: bool, work: &mut Work) -> Result<(), TooLarge> {
        let p = self.u.len();
        self.u.push(u);
        let half = BigRational::new(One::one(), 2.into());
        let square = work.product(&self.u, &self.u, p)?;
        let square = work.named(self.layer, || Name::indexed("h", &[self.layer, p]), square);
        self.rest.push(-square);
        let root = work.power(&self.rest, &self.root, &-half.clone(), &self.inverse, p)?;
        self.root.push(work.named(self.layer, || Name::indexed("r", &[self.layer, p]), root));
        if cube {
            let alpha = -(half + BigRational::one());
            let value = work.power(&self.rest, &self.cube, &alpha, &self.inverse, p)?;
            self.cube.push(work.named(self.layer, || Name::indexed("w", &[self.layer, p]), value));
        } else {
            self.cube.push(ClosedForm::zero());
        }
        Ok(())
    }
}
