//! What is proved of an activation or of its even or odd part.

use std::fmt;

use num_rational::BigRational;

/// The function itself, `(φ(x) + φ(-x))/2` or `(φ(x) - φ(-x))/2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// `φ(x)`.
    Whole,
    /// `(φ(x) + φ(-x))/2`.
    Even,
    /// `(φ(x) - φ(-x))/2`.
    Odd,
}

impl Part {
    /// The word that certificates use.
    pub fn name(self) -> &'static str {
        match self {
            Part::Whole => "whole",
            Part::Even => "even",
            Part::Odd => "odd",
        }
    }
}

/// One side of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HalfLine {
    /// `x -> +∞`.
    Positive,
    /// `x -> -∞`.
    Negative,
}

impl HalfLine {
    /// The word that certificates use.
    pub fn name(self) -> &'static str {
        match self {
            HalfLine::Positive => "positive",
            HalfLine::Negative => "negative",
        }
    }
}

/// A divided difference on `k + 1` distinct nodes, of order `k`: at least `bound > 0` in modulus, so that no polynomial
/// of degree below `k` has these values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DividedDifference {
    /// Distinct numbers at which the function is continuous.
    pub nodes: Vec<BigRational>,
    /// A positive lower bound of the modulus.
    pub bound: BigRational,
}

/// A polynomial that a function is on `from <= x <= to`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolynomialPiece {
    /// The left end.
    pub from: BigRational,
    /// The right end.
    pub to: BigRational,
    /// From the constant term up.
    pub coefficients: Vec<BigRational>,
}

/// Why a function is not a polynomial.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Witness {
    /// It is two different polynomials on two intervals.
    TwoPieces(Box<[PolynomialPiece; 2]>),
    /// It is `O(|x|^order)` on a half-line (an even or odd part: on both), so that a polynomial would have degree
    /// `<= order`, and a divided difference of order `order + 1` is not zero.
    Growth {
        /// Where the bound holds.
        half_line: HalfLine,
        /// The exponent.
        order: u32,
        /// On `order + 2` nodes.
        difference: DividedDifference,
    },
    /// It grows beyond every power there.
    FasterThanPowers {
        /// Where.
        half_line: HalfLine,
    },
}

/// `√square` times a polynomial, or minus that: kernels do not see the sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RootMultiple {
    /// From the constant term up.
    pub coefficients: Vec<BigRational>,
    /// It is positive.
    pub square: BigRational,
}

/// What is proved of a part of an activation.
///
/// Functions that differ at single points only, as at a jump, are one function here: Gaussian expectations do not see
/// the difference.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Characterization {
    /// It is this polynomial.
    Polynomial {
        /// From the constant term up, without trailing zeros: none for zero.
        coefficients: Vec<BigRational>,
    },
    /// It is a polynomial whose coefficients are not all known to be rational, like `sqrt(2)*x^2`.
    PolynomialOfDegree {
        /// The degree is at most this.
        degree: u32,
        /// Is the degree known to be just this?
        exact: bool,
        /// The coefficients, where they are rational but for a root that they have in common.
        multiple: Option<RootMultiple>,
    },
    /// It is no polynomial.
    NonPolynomial {
        /// Why.
        witness: Witness,
    },
    /// It is no polynomial of degree at most `degree`; more is not known.
    NotOfDegree {
        /// The degree.
        degree: u32,
        /// On `degree + 2` nodes.
        difference: DividedDifference,
    },
    /// Nothing is proved.
    Undecided {
        /// What was tried.
        tried: Vec<String>,
    },
}

impl Characterization {
    /// Is it a polynomial? `None` where that is not known.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::Activation;
    /// use ntk_series::positivity::{Part, characterize};
    /// let silu = Activation::parse("silu")?;
    /// assert_eq!(characterize(&silu, Part::Even).is_polynomial(), Some(false));
    /// assert_eq!(characterize(&silu, Part::Odd).is_polynomial(), Some(true));
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn is_polynomial(&self) -> Option<bool> {
        match self {
            Characterization::Polynomial { .. } | Characterization::PolynomialOfDegree { .. } => Some(true),
            Characterization::NonPolynomial { .. } => Some(false),
            _ => None,
        }
    }

    /// Is it constant? `None` where that is not known.
    pub fn is_constant(&self) -> Option<bool> {
        match self {
            Characterization::Polynomial { coefficients } => Some(coefficients.len() <= 1),
            Characterization::PolynomialOfDegree { degree: 0, .. } => Some(true),
            Characterization::PolynomialOfDegree { exact: true, .. } => Some(false),
            Characterization::NonPolynomial { .. } | Characterization::NotOfDegree { .. } => Some(false),
            _ => None,
        }
    }

    /// Is it zero? `None` where that is not known.
    pub fn is_zero(&self) -> Option<bool> {
        match self {
            Characterization::Polynomial { coefficients } => Some(coefficients.is_empty()),
            Characterization::PolynomialOfDegree { exact: true, .. } => Some(false),
            _ if self.is_constant() == Some(false) => Some(false),
            _ => None,
        }
    }

    /// The degree of a polynomial, or a bound of it; `None` for zero and for anything else.
    pub fn degree(&self) -> Option<usize> {
        match self {
            Characterization::Polynomial { coefficients } => coefficients.len().checked_sub(1),
            Characterization::PolynomialOfDegree { degree, .. } => Some(*degree as usize),
            _ => None,
        }
    }
}

fn list(numbers: &[BigRational]) -> String {
    let shown: Vec<String> =
        numbers.iter().take(8).map(|r| crate::number::rational::abridged(&r.to_string())).collect();
    let more = if numbers.len() > 8 { ", ..." } else { "" };
    format!("{}{more}", shown.join(", "))
}

impl fmt::Display for DividedDifference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let order = self.nodes.len() - 1;
        write!(
            f,
            "its divided difference of order {order} on {} is at least {} in modulus",
            list(&self.nodes),
            self.bound
        )
    }
}

impl fmt::Display for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Witness::TwoPieces(pieces) => {
                let [a, b] = &**pieces;
                let shown =
                    |p: &PolynomialPiece| format!("({}) on [{}, {}]", list(&p.coefficients), p.from, p.to);
                write!(f, "it is two different polynomials, with coefficients {} and {}", shown(a), shown(b))
            }
            Witness::Growth { half_line, order, difference } => {
                write!(f, "it is O(|x|^{order}) on the {} half-line, and {difference}", half_line.name())
            }
            Witness::FasterThanPowers { half_line } => {
                write!(f, "it grows beyond every power on the {} half-line", half_line.name())
            }
        }
    }
}

impl fmt::Display for Characterization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Characterization::Polynomial { coefficients } if coefficients.is_empty() => {
                f.write_str("it is zero")
            }
            Characterization::Polynomial { coefficients } => {
                write!(f, "it is the polynomial with coefficients {}", list(coefficients))
            }
            Characterization::PolynomialOfDegree { degree, exact, .. } => {
                write!(f, "it is a polynomial of degree {}{degree}", if *exact { "" } else { "at most " })
            }
            Characterization::NonPolynomial { witness } => write!(f, "it is no polynomial: {witness}"),
            Characterization::NotOfDegree { degree, difference } => {
                write!(f, "it is no polynomial of degree {degree} or less: {difference}")
            }
            Characterization::Undecided { tried } => write!(f, "undecided: {}", tried.join("; ")),
        }
    }
}
