//! Functions that are integrated against the Gaussian: by pieces, with their growth, and which coefficients can be
//! there.

use std::fmt;

use num_rational::BigRational;

use crate::number::{Ball, ComplexBall, Mag};

/// A function that is analytic between finitely many breakpoints: what an embedding crate implements to bring its own
/// activation.
///
/// [`Activation::from_analytic`](crate::Activation::from_analytic) makes an activation of it, whose Hermite
/// coefficients are found by quadrature with a proved error. The proof rests on what is promised here: every enclosure
/// holds the truth, and a finite [`evaluate_complex`](PiecewiseAnalytic::evaluate_complex) means analytic.
pub trait PiecewiseAnalytic: fmt::Debug + Send + Sync {
    /// The name, as messages give it.
    fn name(&self) -> String;
    /// The formula in `x`.
    fn formula(&self) -> String;
    /// Smoothness in words: `C^0, kink at 0`, `analytic`, ...
    fn smoothness(&self) -> String;
    /// The breakpoints b_1 < b_2 < … as enclosures at about `precision` bits (a rational one exact or to the last bit);
    /// disjoint once precision is large.
    fn breakpoints(&self, precision: u32) -> Vec<Ball>;
    /// φ on piece `piece` (0 is left of b_1, breakpoints.len() right of the last) at a real ball inside the closed
    /// piece; the analytic expression of the piece is used even if the ball protrudes a little beyond a breakpoint. Not
    /// finite where it cannot be enclosed.
    fn evaluate(&self, piece: usize, x: &Ball) -> Ball;
    /// φ' likewise.
    fn derivative(&self, piece: usize, x: &Ball) -> Ball;
    /// An enclosure of the analytic continuation of the piece on a complex rectangle; a finite answer promises that the
    /// continuation is analytic on all of it.
    fn evaluate_complex(&self, piece: usize, z: &ComplexBall) -> ComplexBall;
    /// A bound of |φ| far out.
    fn growth(&self) -> Growth;
    /// A bound of |φ'| far out; None when φ jumps or E[φ'²] is infinite (no tangent kernel), or, with
    /// [`derivative_undecided`](PiecewiseAnalytic::derivative_undecided), when no bound is known.
    fn derivative_growth(&self) -> Option<Growth>;
    /// Why it is open whether there is a tangent kernel, where it is: an answer in the place of "there is none".
    fn derivative_undecided(&self) -> Option<String> {
        None
    }
    /// A `c` with `|φ(x)| >= exp(c x² - b|x|)` for some `b` and all large `x` of one sign: with `4 c q > 1` it is
    /// certain that `φ(√q Z)` is not square-integrable.
    fn growth_from_below(&self) -> Option<BigRational> {
        None
    }
    /// Bounds of (∫|φ| dx, ∫φ² dx) over a short interval next to a singular breakpoint. Default: length × magnitude of
    /// `evaluate`.
    fn integral_bounds(&self, piece: usize, interval: &Ball) -> [Mag; 2] {
        bounds_by_magnitude(interval, self.evaluate(piece, interval).magnitude())
    }
    /// The same for φ'.
    fn derivative_integral_bounds(&self, piece: usize, interval: &Ball) -> [Mag; 2] {
        bounds_by_magnitude(interval, self.derivative(piece, interval).magnitude())
    }
    /// Which Hermite coefficients can be non-zero, by structure (parity).
    fn support(&self) -> Support {
        Support::all()
    }
    /// The half-width of the strip around the real axis on which the function is analytic, when there is no breakpoint:
    /// steers the choice of the step, never decides.
    fn strip_hint(&self) -> Option<f64> {
        None
    }
    /// The function as a formula in `x` that [`Activation::parse`](super::Activation::parse) reads as exactly this
    /// function. A certificate of positivity names the activation by it; without one there is no certificate.
    fn expression(&self) -> Option<String> {
        None
    }
    /// A hint (column / sub-expression) for messages: which part is not square-integrable.
    fn describe_growth(&self) -> String {
        String::new()
    }
}

/// Length times size, and length times its square.
fn bounds_by_magnitude(interval: &Ball, size: Mag) -> [Mag; 2] {
    let length = interval.radius().shl(1);
    [length * size, length * size * size]
}

/// |φ(x)| <= constant · (1+|x|)^degree · exp(linear·|x| + quadratic·x²) for all real x with |x| >= from.
///
/// `φ(√q Z)` is square-integrable if `quadratic · q < 1/4`.
#[derive(Clone, Debug, PartialEq)]
pub struct Growth {
    /// The factor in front.
    pub constant: Mag,
    /// The power of `1 + |x|`.
    pub degree: u32,
    /// The factor of `|x|` in the exponent.
    pub linear: BigRational,
    /// The factor of `x²` in the exponent.
    pub quadratic: BigRational,
    /// From which `|x|` on the bound holds.
    pub from: BigRational,
}

impl Growth {
    /// `|φ(x)| <= constant · (1+|x|)^degree` everywhere.
    pub fn polynomial(constant: Mag, degree: u32) -> Growth {
        let zero = || BigRational::from_integer(0.into());
        Growth { constant, degree, linear: zero(), quadratic: zero(), from: zero() }
    }
}

/// Which Hermite coefficients can be non-zero: exact knowledge, by structure, not by rounding.
///
/// `μ_k = 0` exactly when the pattern says so; where it says "may", the number decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Support {
    /// `initial[k]`: may `μ_k` differ from zero, for the first few `k`.
    pub initial: Vec<bool>,
    /// The same for every later even `k`.
    pub even_tail: bool,
    /// The same for every later odd `k`.
    pub odd_tail: bool,
}

impl Support {
    /// Every coefficient may differ from zero.
    pub fn all() -> Support {
        Support { initial: vec![], even_tail: true, odd_tail: true }
    }

    /// That of an even function: `μ_k = 0` for odd `k`.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::activation::Support;
    /// assert!(Support::even().may_be_nonzero(2) && !Support::even().may_be_nonzero(3));
    /// ```
    pub fn even() -> Support {
        Support { initial: vec![], even_tail: true, odd_tail: false }
    }

    /// That of an odd function: `μ_k = 0` for even `k`.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::activation::Support;
    /// assert!(Support::odd().may_be_nonzero(3) && !Support::odd().may_be_nonzero(2));
    /// ```
    pub fn odd() -> Support {
        Support { initial: vec![], even_tail: false, odd_tail: true }
    }

    /// The support of the dual's derivative: `k` is in it iff `k + 1` is in the support.
    pub fn derivative(&self) -> Support {
        let initial = self.initial.iter().skip(1).copied();
        // One more position, so that the tails change places on the right parity.
        let last = self.may_be_nonzero(self.initial.len().max(1));
        let initial: Vec<bool> = initial.chain([last]).collect();
        Support { initial, even_tail: self.odd_tail, odd_tail: self.even_tail }
    }

    /// Is the activation a constant: can only `μ_0` differ from zero?
    pub(crate) fn is_constant(&self) -> bool {
        !self.even_tail && !self.odd_tail && self.initial.iter().skip(1).all(|may| !may)
    }

    /// May a coefficient of even (`parity` 0) or odd (1) order differ from zero?
    pub(crate) fn has_parity(&self, parity: usize) -> bool {
        let tail = if parity == 0 { self.even_tail } else { self.odd_tail };
        tail || self.initial.iter().skip(parity).step_by(2).any(|may| *may)
    }

    /// Takes `k` out.
    pub(crate) fn exclude(&mut self, k: usize) {
        while self.initial.len() <= k {
            self.initial.push(self.may_be_nonzero(self.initial.len()));
        }
        self.initial[k] = false;
    }

    /// Makes the coefficients that vanish exact zeros.
    pub(crate) fn clear(&self, coefficients: &mut [Ball]) {
        for (_, mu) in coefficients.iter_mut().enumerate().filter(|(k, _)| !self.may_be_nonzero(*k)) {
            *mu = Ball::zero(mu.precision());
        }
    }

    /// May `μ_k` differ from zero?
    pub fn may_be_nonzero(&self, k: usize) -> bool {
        match self.initial.get(k) {
            Some(&may) => may,
            None if k.is_multiple_of(2) => self.even_tail,
            None => self.odd_tail,
        }
    }
}
