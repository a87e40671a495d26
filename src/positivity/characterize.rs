//! Is an activation, or a part of it, a polynomial? By exact means or by a witness; nothing rests on floating point.

use rug::Rational;

use super::characterization::{Characterization, HalfLine, Part, PolynomialPiece, RootMultiple, Witness};
use super::divided_difference::nonzero;
use super::gaps::{Gap, Gaps};
use super::source::Source;
use crate::activation::Activation;
use crate::expression::graph::Function;
use crate::expression::growth::bound;
use crate::expression::normal::{Atom, Normal};
use crate::expression::pieces::Pieces;
use crate::number::rational::rational_from_gmp;

/// How far out bounds are looked for, each time four times as far.
const FAR_TRIES: u32 = 4;
/// The degree that is excluded where growth is not known.
const UNBOUNDED_DEGREE: u32 = 12;
/// Largest order of growth that a divided difference is taken for.
const MAX_ORDER: u32 = 1000;

/// Is the activation, its even or its odd part a polynomial?
///
/// A polynomial in disguise is found by exact normal forms; that a function is none is shown by two different
/// polynomial pieces, by a bound `O(|x|^m)` on a half-line together with a divided difference of order `m + 1` that is
/// enclosed away from zero, or by growth beyond every power. Code without promised growth ([`PiecewiseAnalytic`] with
/// an exponential bound) can only be shown to be no polynomial of low degree.
///
/// [`PiecewiseAnalytic`]: crate::activation::PiecewiseAnalytic
///
/// # Examples
/// ```
/// use ntk_series::Activation;
/// use ntk_series::number::parse_rational;
/// use ntk_series::positivity::{Characterization, Part, characterize};
///
/// let disguised = Activation::parse("(x+1)^2 - (x-1)^2")?;
/// let coefficients = vec![parse_rational("0")?, parse_rational("4")?];
/// assert_eq!(characterize(&disguised, Part::Whole), Characterization::Polynomial { coefficients });
///
/// let relu = Activation::parse("relu")?;
/// println!("{}", characterize(&relu, Part::Whole)); // it is no polynomial: it is two different polynomials, ...
/// let coefficients = vec![parse_rational("0")?, parse_rational("1/2")?];
/// assert_eq!(characterize(&relu, Part::Odd), Characterization::Polynomial { coefficients });
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn characterize(activation: &Activation, part: Part) -> Characterization {
    of_source(activation, &mut Source::of(activation), part)
}

/// The same, where the source is at hand.
pub(super) fn of_source(activation: &Activation, source: &mut Source, part: Part) -> Characterization {
    let mut tried = vec![];
    let exactly = match source {
        Source::Formula(pieces) => by_normal_forms(pieces, part, &mut tried),
        Source::Values(_) => None,
        Source::Opaque => {
            tried.push("there is neither a formula that could be read nor code to evaluate".to_string());
            None
        }
    };
    if let Some(found) = exactly.map(|found| with_degree(source, part, found)) {
        return found;
    }
    // Pieces between irrational numbers are harder to check than values.
    let is_rational = |pieces: &Pieces| pieces.breakpoints.iter().all(|b| b.exact().is_some());
    if let Source::Formula(pieces) = source
        && is_rational(pieces)
        && let Some(found) = by_two_pieces(pieces, part)
    {
        return found;
    }
    if let Some(found) = by_growth(source, part, &mut tried) {
        return found;
    }
    if let Source::Formula(pieces) = source
        && let Some(found) = by_two_pieces(pieces, part)
    {
        return found;
    }
    if let Source::Formula(pieces) = source
        && let Some(half_line) = faster_than_powers(pieces, part)
    {
        return Characterization::NonPolynomial { witness: Witness::FasterThanPowers { half_line } };
    }
    if let Some(found) = by_support(activation, part) {
        return with_degree(source, part, found);
    }
    for degree in [UNBOUNDED_DEGREE, 2, 0] {
        if let Some(difference) = nonzero(source, part, degree as usize + 1) {
            return Characterization::NotOfDegree { degree, difference };
        }
        tried.push(format!("no divided difference of order {} could be enclosed away from zero", degree + 1));
    }
    Characterization::Undecided { tried }
}

/// A polynomial on the whole line.
fn by_normal_forms(pieces: &mut Pieces, part: Part, tried: &mut Vec<String>) -> Option<Characterization> {
    let gaps = Gaps::new(pieces, part);
    if let Some(form) = gaps.common() {
        if let Some(p) = form.as_polynomial() {
            return Some(Characterization::Polynomial {
                coefficients: p.iter().map(rational_from_gmp).collect(),
            });
        }
        if let Some(degree) = pieces.table.degree(form) {
            let multiple = form.root_multiple(&pieces.table).map(|(p, square)| RootMultiple {
                coefficients: p.iter().map(rational_from_gmp).collect(),
                square: rational_from_gmp(&square),
            });
            let degree = degree.unwrap_or(0);
            return Some(Characterization::PolynomialOfDegree { degree, exact: false, multiple });
        }
    }
    tried.push("its normal form is not that of a polynomial".to_string());
    None
}

/// Two different polynomials on two intervals.
fn by_two_pieces(pieces: &mut Pieces, part: Part) -> Option<Characterization> {
    let two = Gaps::new(pieces, part).two_polynomials()?;
    let piece = |(from, to, p): &(Rational, Rational, Vec<Rational>)| PolynomialPiece {
        from: rational_from_gmp(from),
        to: rational_from_gmp(to),
        coefficients: p.iter().map(rational_from_gmp).collect(),
    };
    let witness = Witness::TwoPieces(Box::new([piece(&two[0]), piece(&two[1])]));
    Some(Characterization::NonPolynomial { witness })
}

/// Is the degree of a polynomial just the bound?
fn with_degree(source: &Source, part: Part, found: Characterization) -> Characterization {
    match found {
        Characterization::PolynomialOfDegree { degree, multiple, .. } => {
            let exact = nonzero(source, part, degree as usize).is_some();
            Characterization::PolynomialOfDegree { degree, exact, multiple }
        }
        other => other,
    }
}

fn by_growth(source: &Source, part: Part, tried: &mut Vec<String>) -> Option<Characterization> {
    let [positive, negative] = [HalfLine::Positive, HalfLine::Negative].map(|side| order(source, side));
    let candidates: Vec<(HalfLine, u32)> = match part {
        Part::Whole => {
            let mut both: Vec<_> = (positive.map(|m| (HalfLine::Positive, m)).into_iter())
                .chain(negative.map(|m| (HalfLine::Negative, m)))
                .collect();
            both.sort_by_key(|c| c.1);
            both
        }
        _ => positive.zip(negative).map(|(a, b)| (HalfLine::Positive, a.max(b))).into_iter().collect(),
    };
    if candidates.is_empty() {
        tried.push("no bound by a power of |x| is known".to_string());
    }
    for (half_line, order) in candidates.into_iter().filter(|c| c.1 <= MAX_ORDER) {
        if let Some(difference) = nonzero(source, part, order as usize + 1) {
            return Some(Characterization::NonPolynomial {
                witness: Witness::Growth { half_line, order, difference },
            });
        }
        tried.push(format!(
            "it is O(|x|^{order}), but no divided difference of order {} could be enclosed away from zero",
            order + 1
        ));
    }
    None
}

/// `m` with `φ = O(|x|^m)` on a half-line.
fn order(source: &Source, side: HalfLine) -> Option<u32> {
    match source {
        Source::Formula(pieces) => {
            let left = side == HalfLine::Negative;
            let end = if left { pieces.pieces.first() } else { pieces.pieces.last() }?;
            let orders = (0..FAR_TRIES).filter_map(|i| {
                let from = Rational::from(&pieces.far.from * 4u32.pow(i));
                let far = bound(&pieces.graph, end.expression, left, &from)?;
                let power = far.linear <= 0 && far.quadratic <= 0 && far.constant.is_finite();
                power.then_some(far.degree)
            });
            orders.min()
        }
        Source::Values(activation) => {
            let growth = activation.analytic()?.growth();
            let zero = num_rational::BigRational::from_integer(0.into());
            let power = growth.linear <= zero && growth.quadratic <= zero && growth.constant.is_finite();
            power.then_some(growth.degree)
        }
        Source::Opaque => None,
    }
}

/// Finitely many Hermite coefficients of the part's parity differ from zero: it is a polynomial.
fn by_support(activation: &Activation, part: Part) -> Option<Characterization> {
    let support = activation.support();
    let (even, odd) = (part != Part::Odd, part != Part::Even);
    if (even && support.even_tail) || (odd && support.odd_tail) {
        return None;
    }
    let of_part = |k: &usize| if k.is_multiple_of(2) { even } else { odd };
    let last = (0..support.initial.len()).filter(of_part).filter(|&k| support.initial[k]).max();
    Some(match last {
        None => Characterization::Polynomial { coefficients: vec![] },
        Some(k) => Characterization::PolynomialOfDegree {
            degree: u32::try_from(k).ok()?,
            exact: false,
            multiple: None,
        },
    })
}

/// Exponentials with rational rates, none of which cancels, or one of a polynomial.
fn faster_than_powers(pieces: &mut Pieces, part: Part) -> Option<HalfLine> {
    let gaps = Gaps::new(pieces, part);
    let far = |gap: Option<&Gap>, negative: bool| {
        let form = gap?.form.as_ref()?;
        grows(pieces, form, negative).then_some(if negative {
            HalfLine::Negative
        } else {
            HalfLine::Positive
        })
    };
    far(gaps.gaps.last(), false).or_else(|| far(gaps.gaps.first(), true))
}

/// Does a form grow beyond every power? Distinct exponentials with constant factors: the one of the largest rate wins.
fn grows(pieces: &Pieces, form: &Normal, negative: bool) -> bool {
    let outward = |rate: &Rational| if negative { *rate < 0 } else { *rate > 0 };
    if let Some((_, exponentials)) = form.exponentials(&pieces.table) {
        return exponentials.iter().any(|(rate, _)| outward(rate));
    }
    // A multiple of e^p, p a polynomial that tends to infinity.
    match form.atom_of_multiple(&pieces.table) {
        Some(Atom::Call(Function::Exp, exponent)) => exponent.as_polynomial().is_some_and(|p| {
            let flipped = negative && p.len() % 2 == 0;
            p.len() > 1 && p.last().is_some_and(|c| (*c > 0) != flipped)
        }),
        _ => false,
    }
}
