//! What an activation is asked: in words and in closed forms by everyone, for numbers with a precision by this crate.

use num_rational::BigRational;

use super::{Activation, PiecewiseAnalytic, Support};
use crate::Error;
use crate::dual::{Dual, ExactDual};
use crate::number::{Ball, ClosedForm};

impl Activation {
    /// The canonical name with its parameters, as [`Activation::parse`] reads it.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Activation;
    /// assert_eq!(Activation::parse("Leaky_ReLU(0.1)")?.name(), "leaky-relu(1/10)");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn name(&self) -> String {
        self.0.name()
    }

    /// The formula in `x`, for people; [`Activation::expression`] is the one to read again.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(ntk_series::Activation::relu().formula(), "max(0, x)");
    /// ```
    pub fn formula(&self) -> String {
        self.0.formula()
    }

    /// The function as a formula in `x` that [`Activation::parse`] reads as exactly this function; `None` where there
    /// is none, as for code.
    ///
    /// # Examples
    /// ```
    /// assert_eq!(ntk_series::Activation::parse("gelu")?.expression().as_deref(), Some("gelu(x)"));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn expression(&self) -> Option<String> {
        self.0.expression()
    }

    /// Smoothness in words: `C^0, kink at 0`, `analytic`, ...
    ///
    /// # Examples
    /// ```
    /// assert_eq!(ntk_series::Activation::parse("selu")?.smoothness(), "C^0, kink at 0");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn smoothness(&self) -> String {
        self.0.smoothness()
    }

    /// How the Hermite coefficients are found, in words: `closed form`, `recurrence`, ...
    ///
    /// # Examples
    /// ```
    /// assert_eq!(ntk_series::Activation::parse("gaussian")?.method(), "closed form");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn method(&self) -> String {
        self.0.method()
    }

    /// Which Hermite coefficients can be non-zero, at every variance `q > 0`.
    ///
    /// # Examples
    /// ```
    /// assert!(!ntk_series::Activation::parse("erf")?.support().may_be_nonzero(2)); // odd
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn support(&self) -> Support {
        self.0.support()
    }

    /// `μ_k` at the variance `q` in closed form, where one is known.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::{Activation, number::parse_rational};
    /// let mu = Activation::relu().hermite_closed_form(0, &parse_rational("1")?);
    /// assert_eq!(mu.unwrap().to_string(), "1/sqrt(2*pi)");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn hermite_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        self.0.hermite_closed_form(k, q)
    }

    /// `μ_k²` at the variance `q` in closed form: often simpler than `μ_k`, and known more often.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::{Activation, number::parse_rational};
    /// let square = Activation::relu().hermite_square_closed_form(0, &parse_rational("1")?);
    /// assert_eq!(square.unwrap().to_string(), "1/(2*pi)");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn hermite_square_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        self.0.hermite_square_closed_form(k, q)
    }

    /// `E[φ(√q Z)²]` in closed form, where one is known.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::{Activation, number::parse_rational};
    /// let moment = Activation::relu().second_moment_closed_form(&parse_rational("3")?);
    /// assert_eq!(moment.unwrap().to_string(), "3/2");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        self.0.second_moment_closed_form(q)
    }

    /// The methods of [`Definition`](super::Definition) follow, for this crate.
    pub(crate) fn hermite(&self, q: &Ball, len: usize, precision: u32) -> Result<Vec<Ball>, Error> {
        self.0.hermite(q, len, precision)
    }

    pub(crate) fn second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        self.0.second_moment(q, precision)
    }

    pub(crate) fn derivative_second_moment(&self, q: &Ball, precision: u32) -> Result<Ball, Error> {
        self.0.derivative_second_moment(q, precision)
    }

    pub(crate) fn dual(&self, q: &Ball, precision: u32) -> Result<Dual, Error> {
        self.0.dual(q, precision)
    }

    pub(crate) fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        self.0.exact_dual(q)
    }

    pub(crate) fn at_zero(&self, precision: u32) -> Option<Ball> {
        self.0.at_zero(precision)
    }

    pub(crate) fn check_square_integrable(&self, q: &BigRational) -> Result<(), Error> {
        self.0.check_square_integrable(q)
    }

    pub(crate) fn decay_bits(&self, q: f64, k: usize) -> f64 {
        self.0.decay_bits(q, k)
    }

    pub(crate) fn half_strip(&self, precision: u32) -> Option<Ball> {
        self.0.half_strip(precision)
    }

    pub(crate) fn kinks(&self, precision: u32) -> Option<Vec<[Ball; 2]>> {
        self.0.kinks(precision)
    }

    pub(crate) fn most_bits(&self, asked: u32) -> u32 {
        self.0.most_bits(asked)
    }

    pub(crate) fn analytic(&self) -> Option<&dyn PiecewiseAnalytic> {
        self.0.analytic()
    }
}
