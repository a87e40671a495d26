//! Formulas in `x` as activations.

use num_rational::BigRational;
use num_traits::One;

use super::applied::applied;
use super::image::Image;
use super::recognize::{Known, image, sigmoidal};
use super::{Activation, Support};
use super::{Growth, PiecewiseAnalytic};
use crate::Error;
use crate::expression::excess::{Excess, excess};
use crate::expression::parity::Part;
use crate::expression::pieces::{Far, NoDerivative, Pieces, Refusal, Which};
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
            Refusal::Undecided(why) => Error::Undecided {
                what: format!("whether `{}` is square-integrable under the Gaussian", abridged(formula)),
                why,
            },
        })?;
        Ok(Formula { name: name.to_string(), formula: formula.to_string(), pieces })
    }

    /// An exact activation where the formula is recognized, else one by quadrature.
    pub(super) fn activation(self) -> Activation {
        let known = Known::of(&self.pieces);
        if let Some(exact) = known.as_ref().and_then(|known| known.exact(&self.name, &self.formula)) {
            return exact;
        }
        if let Some(shape) = sigmoidal(&self.pieces) {
            return shape.activation(self);
        }
        let multiple = || {
            let (factor, known) = known.as_ref()?.without_factor()?;
            let of = known.exact(&self.name, &self.formula)?;
            Some(Image { of, factor, rate_squared: BigRational::one(), polynomial: vec![] })
        };
        match image(&self.pieces).or_else(multiple) {
            Some(image) => image.activation(Activation::from_analytic(self)),
            None => Activation::from_analytic(self),
        }
    }

    /// The derivative of an activation without breakpoints as a function of its own, where its formula tells.
    pub(crate) fn slope_of(activation: &Activation) -> Option<Formula> {
        let text = activation.expression()?;
        let pieces = Formula::parse(&activation.name(), &text).ok()?.pieces.differentiated()?;
        Some(Formula { name: format!("the slope of {}", activation.name()), formula: text, pieces })
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
            Some(p) => p.evaluate(x),
            None => Ball::whole_line(x.precision()),
        }
    }

    fn derivative(&self, piece: usize, x: &Ball) -> Ball {
        match self.pieces.pieces.get(piece) {
            Some(p) => p.derivative(x),
            None => Ball::whole_line(x.precision()),
        }
    }

    fn evaluate_complex(&self, piece: usize, z: &ComplexBall) -> ComplexBall {
        match self.pieces.pieces.get(piece) {
            Some(p) => p.evaluate_complex(z),
            None => ComplexBall::whole_plane(z.precision()),
        }
    }

    fn growth(&self) -> Growth {
        Formula::growth_of(&self.pieces.far)
    }

    fn derivative_growth(&self) -> Option<Growth> {
        self.pieces.far_derivative.as_ref().map(Formula::growth_of)
    }

    fn derivative_undecided(&self) -> Option<String> {
        match &self.pieces.no_derivative {
            Some(NoDerivative::Undecided(why)) => Some(why.clone()),
            _ => None,
        }
    }

    fn growth_from_below(&self) -> Option<BigRational> {
        let ends = [self.pieces.pieces.first()?, self.pieces.pieces.last()?];
        let sides =
            [true, false].map(|left| excess(&self.pieces.graph, ends[usize::from(!left)].expression, left));
        let quadratic = sides.into_iter().flatten().filter_map(|e| match e {
            Excess::Quadratic(c) => Some(rational_from_gmp(&c)),
            Excess::Any => None,
        });
        quadratic.max()
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
        support_of(self.pieces.parity)
    }

    fn expression(&self) -> Option<String> {
        Some(applied(&self.name))
    }

    fn strip_hint(&self) -> Option<f64> {
        self.pieces.strip_hint()
    }
}

/// A part that is a polynomial has no coefficients past its degree; up to it they may be zero or not.
fn support_of(parts: [Part; 2]) -> Support {
    let degree = |part: Part| match part {
        Part::Unknown => None,
        Part::Zero => Some(None),
        Part::Polynomial(degree) => Some(Some(degree as usize)),
    };
    let parts = parts.map(degree);
    let len = parts.iter().flatten().flatten().max().map_or(0, |d| d + 1);
    let initial = (0..len).map(|k| parts[k % 2].is_none_or(|last| last.is_some_and(|d| k <= d))).collect();
    Support { initial, even_tail: parts[0].is_none(), odd_tail: parts[1].is_none() }
}

/// The activation that a formula is.
pub(super) fn activation(text: &str) -> Result<Activation, Error> {
    let mut formula = Formula::parse(&shortest(text), text)?;
    formula.formula = text.trim().to_string();
    Ok(formula.activation())
}

/// The formula in small letters, without spaces where they separate no words.
fn shortest(text: &str) -> String {
    let mut out = String::new();
    for word in text.to_lowercase().split_whitespace() {
        let apart = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        if apart(out.chars().next_back()) && apart(word.chars().next()) {
            out.push(' ');
        }
        out += word;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse_rational;
    use crate::{Accuracy, hermite};

    fn named(text: &str) -> String {
        Activation::parse(text).map(|a| a.name()).unwrap_or_else(|e| panic!("{text}: {e}"))
    }

    #[test]
    fn disguises_are_recognized() {
        for (text, name) in [
            ("(x+1)^2 - (x-1)^2", "poly(0,4)"),
            ("abs(x)^2", "poly(0,0,1)"),
            ("max(x,0) + min(x,0)", "poly(0,1)"),
            ("sin(x)^2 + cos(x)^2", "poly(1)"),
            ("cbrt(x)^3", "poly(0,1)"),
            ("exp(x)*exp(-x) + x", "poly(1,1)"),
            ("sqrt(2)*x*sqrt(1/2)", "poly(0,1)"),
            ("max(0, x)", "relu"),
            ("(x + abs(x))/2", "relu"),
            ("x*step(x)", "relu"),
            ("relu(x)^3", "repu(3)"),
            ("max(x, x/10)", "leaky-relu(1/10)"),
            ("leaky_relu(2*x, 1/10)/2", "leaky-relu(1/10)"),
            ("where(x > 0, 1, -1)", "sign"),
            ("sqrt(x^2)", "abs"),
            ("x*(1 + erf(x*sqrt(1/2)))/2", "gelu"),
            ("exp(-x*x/2)", "gaussian"),
            ("exp(-x^2/2)/sqrt(2*pi)", "normal-pdf"),
            ("-sin(2*x + 1)", "sin(-2,-1)"),
            ("erf(x/2)", "erf(1/2)"),
            ("1/exp(x)", "exp(-1)"),
            ("atan(x)", "arctan"),
            ("sin(x)/x", "sinc"),
            ("snake(x)", "snake"),
            ("x + (1-cos(4*x))/4", "snake(2)"),
            ("snake(x, -1/3)", "snake(-1/3)"),
            ("(x^2-1)/(x-1)", "poly(1,1)"),
            ("exp(log(x^2))", "poly(0,0,1)"),
            ("sqrt(exp(2*x))", "exp"),
            ("x^3/x", "poly(0,0,1)"),
            ("x/(1 + abs(x))", "softsign"),
            ("sparse_plus(x)", "sparse_plus(x)"),
            ("2*max(0, x)", "2*max(0,x)"),
            ("where(X < 0 or x > 1, 0, x)", "where(x<0 or x>1,0,x)"),
            ("0*x", "poly(0)"),
        ] {
            assert_eq!(named(text), name, "{text}");
        }
    }

    #[test]
    fn parity_is_known() {
        for (text, even, odd) in [
            ("x*sigmoid(2*x)", true, false),
            ("sigmoid(x)", false, true),
            ("exp(x)/(1 + exp(x))", false, true),
            ("x/(1 + exp(-x))", true, false),
            ("log(1 + exp(3*x))", true, false),
            ("tanh(x)*x", true, false),
            ("x + tanh(x)^3", false, true),
            ("mish(x)", true, true),
            ("x*sigmoid(2*sqrt(2/pi)*(x + 0.044715*x^3))", true, false),
            ("(x + sqrt(x^2 + 4))/2", true, false),
            ("x/(1 + abs(x))", false, true),
            ("sin(x)/x", true, false),
            ("log(abs(x))", true, false),
            ("max(0, 1 - abs(x))*cosh(x)", true, false),
            ("(exp(x) - exp(-x))/(exp(x) + exp(-x))", false, true),
            ("x^2*tanh(x) + x^4", false, true),
            ("abs(x^2 - 2)*exp(-x^2)", true, false),
        ] {
            let support = Activation::parse(text).unwrap_or_else(|e| panic!("{text}: {e}")).support();
            assert_eq!((support.even_tail, support.odd_tail), (even, odd), "{text}");
        }
        let silu = Activation::parse("x*sigmoid(x)").unwrap().support();
        assert!(silu.may_be_nonzero(1) && !silu.may_be_nonzero(3) && silu.may_be_nonzero(4));
        assert!(!Activation::parse("sigmoid(x)").unwrap().support().may_be_nonzero(2));
    }

    /// Quotients that are 0/0 somewhere, and analytic there after all: against mpmath's quadrature between the zeros.
    #[test]
    fn removable_singularities_are_none() {
        let one = parse_rational("1").unwrap();
        for (text, moment, slope) in [
            ("sinc(2*x)", "0.5016593074711022", "0.3771984323519736"),
            ("tanh(x)/x", "0.7035606454708523", "0.06798681289755497"),
            ("(exp(x)-1)/x", "1.976286689869988", "0.705108955886802"),
            ("log(1+x^2)/x", "0.3154870360201426", "0.3993523142896064"),
            ("sinc(pi*x)", "0.3482816885834642", "0.8293543593826096"),
            ("cosh(x)/sinh(x)-1/x", "0.0827552666680249", "0.08452025160903289"),
            ("(1-cos(x))/x^2", "0.2159738082591841", "0.004828825401467015"),
            ("(cosh(x-1)-1)/(x-1)", "1.32022759978593", "0.9855029646092105"),
        ] {
            let phi = Activation::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            assert!(phi.smoothness().starts_with("analytic"), "{text}: {}", phi.smoothness());
            let q = Ball::from_rational(&one, 64);
            let near = |ball: &Ball, truth: &str| {
                let truth = Ball::from_rational(&parse_rational(truth).unwrap(), 64);
                assert!(ball.radius() < Mag::from_f64(1e-11), "{text}: {ball}");
                assert!((ball - &truth).magnitude() < Mag::from_f64(1e-11), "{text}: {ball} and {truth}");
            };
            near(&phi.second_moment(&q, 40).unwrap_or_else(|e| panic!("{text}: {e}")), moment);
            near(&phi.derivative_second_moment(&q, 40).unwrap_or_else(|e| panic!("{text}: {e}")), slope);
        }
    }

    /// Proved, open, and by which words.
    #[test]
    fn what_is_open_is_not_denied() {
        let one = parse_rational("1").unwrap();
        let slope = |text: &str| {
            let phi = Activation::parse(text).unwrap_or_else(|e| panic!("{text}: {e}"));
            phi.derivative_second_moment(&Ball::from_rational(&one, 64), 40).unwrap_err()
        };
        for text in ["sqrt(abs(x))", "log(abs(x))", "sign(x)*exp(x)", "where(x>1,tanh(x),0)"] {
            let error = slope(text);
            assert!(matches!(error, Error::NoTangentKernel { .. }), "{text}: {error}");
        }
        let size = |text: &str| match Activation::parse(text) {
            Ok(phi) => phi.check_square_integrable(&one).unwrap_err(),
            Err(error) => error,
        };
        for text in ["exp(x^2)", "exp(x^3)", "1/x", "cosh(x^2/2)"] {
            let error = size(text);
            assert!(matches!(error, Error::NotSquareIntegrable { .. }), "{text}: {error}");
        }
    }

    #[test]
    fn errors_are_one_line() {
        for (text, part) in [
            ("x*tahn(x)", "column 3"),
            ("  x*tahn(x)", "column 5"),
            ("exp(x^2)", "exp(x^2)"),
            ("1/x", "not square-integrable"),
            ("sqrt(x)", "x < 0"),
            ("exp(x^3)", "to the right"),
        ] {
            let phi = Activation::parse(text);
            let one = parse_rational("1").unwrap();
            let error = phi.and_then(|phi| phi.check_square_integrable(&one)).unwrap_err().to_string();
            assert!(error.contains(part) && !error.contains('\n'), "{text}: {error}");
        }
        let narrow = parse_rational("1/8").unwrap();
        assert!(Activation::parse("exp(x^2)").unwrap().check_square_integrable(&narrow).is_ok());
    }

    /// `E[φ''(Z)²]` by mpmath's quadrature; none where φ' has a kink or a jump.
    #[test]
    fn slopes_are_functions_of_their_own() {
        let slope = |name: &str| Formula::slope_of(&Activation::parse(name).unwrap());
        for (name, truth) in [
            ("tanh", "0.3002038120041874"),
            ("softplus", "0.04483624135019437"),
            ("arctan", "0.2185598474729328"),
        ] {
            let found = crate::quadrature::derivative_second_moment(
                &slope(name).unwrap(),
                &Ball::from_integer(1, 64),
                60,
            );
            let truth = Ball::from_rational(&parse_rational(truth).unwrap(), 64);
            assert!((found.unwrap() - &truth).magnitude() < Mag::from_f64(1e-14), "{name}");
        }
        for name in ["relu", "elu", "celu", "abs", "step"] {
            assert!(slope(name).is_none(), "{name}");
        }
    }

    /// `E[φ(Z) h_k(Z)]` by mpmath's tanh-sinh quadrature between the breakpoints.
    #[test]
    fn coefficients_by_quadrature() {
        let one = parse_rational("1").unwrap();
        for (text, k, truth) in [
            ("tanh(x)", 1, "0.605705509602"),
            ("silu(x)", 0, "0.206620964142"),
            ("abs(x)*exp(-x^2)", 2, "-0.06268773150531"),
            ("log(abs(x))", 0, "-0.63518142273074"),
            ("log(abs(x))", 2, "0.70710678118655"),
            ("sqrt(abs(x))", 4, "-0.12586993287349"),
            ("where(x > 1, tanh(x), 0)", 3, "0.01056373883522"),
            ("sqrt(abs(x^2 - 2))", 2, "0.00855966252739"),
            ("abs(x - exp(-x))", 1, "-1.88507016885221"),
            ("exp(x^2/5)", 2, "0.60858061945018"),
        ] {
            let phi = Activation::parse(text).unwrap();
            let mu = hermite::coefficients(&phi, &one, 6, Accuracy::absolute(14).unwrap());
            let mu = mu.unwrap_or_else(|e| panic!("{text}: {e}"));
            let truth =
                Ball::from_rational(&parse_rational(truth).unwrap(), 64).widened(Mag::from_f64(1e-12));
            assert!(mu[k].overlaps(&truth), "{text}: {} and {truth}", mu[k]);
        }
        let phi = Activation::parse("x*log(abs(x))").unwrap();
        let moment = phi.derivative_second_moment(&Ball::from_integer(1, 64), 64).unwrap();
        assert!((moment.midpoint().to_f64() - 1.366793144456937).abs() < 1e-12, "{moment}");
        let phi = Activation::parse("exp(x^2/5)").unwrap();
        let moment = phi.second_moment(&Ball::from_integer(1, 64), 64).unwrap();
        assert!((moment.midpoint().to_f64() - 5f64.sqrt()).abs() < 1e-12, "{moment}");
    }
}
