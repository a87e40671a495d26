//! Any piecewise polynomial with rational breakpoints.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::Activation;
use super::arguments::Arguments;
use super::entry::Entry;
use super::from_pieces::{BY_PARTS, FromPieces, KnownDual};
use crate::Error;
use crate::hermite::pieces::{ExpPoly, Pieces};
use crate::number::parse_rational;
use crate::number::rational::rational_to_gmp;

/// Most breakpoints, largest degree, most coefficients in all.
const MAX_BREAKPOINTS: usize = 1000;
const MAX_DEGREE: usize = 200;
const MAX_COEFFICIENTS: usize = 4000;
/// Bounds the size of exact values at the breakpoints: degree times bits of the largest number.
const MAX_VALUE_BITS: u64 = 1 << 16;

pub(super) const ENTRIES: &[Entry] = &[Entry {
    name: "piecewise",
    smoothness: "as the pieces meet",
    growth: "polynomial",
    method: BY_PARTS,
    closed_coefficients: true,
    closed_dual: false,
    build,
}];

impl Activation {
    /// The piecewise polynomial with the given breakpoints and, from left to right, coefficients
    /// from the constant term up. Values at the breakpoints do not matter.
    ///
    /// # Errors
    /// [`Error::Parameter`] unless there is one list more than breakpoints, and these increase;
    /// at most 1000 breakpoints, degree 200 and 4000 coefficients are accepted.
    pub(crate) fn piecewise(
        breakpoints: &[BigRational],
        pieces: &[Vec<BigRational>],
    ) -> Result<Activation, Error> {
        check(breakpoints, pieces)?;
        let lists: Vec<String> = pieces.iter().map(|p| format!("[{}]", joined(p))).collect();
        let name = format!("piecewise([{}];{})", joined(breakpoints), lists.join(","));
        let mut formula: Vec<String> =
            pieces.iter().zip(breakpoints).map(|(p, b)| format!("{} if x < {b}", in_x(p))).collect();
        let last = in_x(&pieces[pieces.len() - 1]);
        formula.push(if breakpoints.is_empty() { last } else { format!("else {last}") });
        let function = Pieces::new(
            breakpoints.iter().map(rational_to_gmp).collect(),
            pieces.iter().map(|p| ExpPoly::polynomial(p.iter().map(rational_to_gmp).collect())).collect(),
        );
        Ok(FromPieces::activation(name, formula.join("; "), function, KnownDual::Hermite))
    }
}

fn check(breakpoints: &[BigRational], pieces: &[Vec<BigRational>]) -> Result<(), Error> {
    if pieces.len() != breakpoints.len() + 1 {
        let accepted = format!("{} lists, one more than breakpoints, are accepted", breakpoints.len() + 1);
        return Err(Error::parameter("number of pieces", pieces.len(), &accepted));
    }
    if breakpoints.len() > MAX_BREAKPOINTS {
        return Err(Error::parameter(
            "number of breakpoints",
            breakpoints.len(),
            "at most 1000 are accepted",
        ));
    }
    if let Some(pair) = breakpoints.windows(2).find(|pair| pair[0] >= pair[1]) {
        return Err(Error::parameter(
            "breakpoint",
            &pair[1],
            &format!("a number above {} is accepted", pair[0]),
        ));
    }
    let longest = pieces.iter().map(Vec::len).max().unwrap_or(0);
    if longest > MAX_DEGREE + 1 {
        return Err(Error::parameter("degree", longest - 1, "at most 200 is accepted"));
    }
    let total: usize = pieces.iter().map(Vec::len).sum();
    if total > MAX_COEFFICIENTS {
        return Err(Error::parameter("number of coefficients", total, "at most 4000 are accepted"));
    }
    let largest = breakpoints.iter().max_by_key(|b| bits(b));
    if let Some(b) = largest.filter(|b| bits(b) * longest as u64 > MAX_VALUE_BITS) {
        return Err(Error::parameter(
            "breakpoint",
            b,
            "numbers of fewer digits are accepted with this degree",
        ));
    }
    Ok(())
}

fn bits(x: &BigRational) -> u64 {
    x.numer().bits().max(x.denom().bits())
}

fn joined(list: &[BigRational]) -> String {
    list.iter().map(BigRational::to_string).collect::<Vec<_>>().join(",")
}

/// A polynomial in `x`, from the constant term up.
pub(super) fn in_x(p: &[BigRational]) -> String {
    let mut out = String::new();
    for (i, c) in p.iter().enumerate().filter(|(_, c)| !c.is_zero()) {
        let negative = *c < BigRational::zero();
        let size = if negative { -c } else { c.clone() };
        out += match (out.is_empty(), negative) {
            (true, true) => "-",
            (true, false) => "",
            (false, true) => " - ",
            (false, false) => " + ",
        };
        let power = match i {
            0 => String::new(),
            1 => "x".to_string(),
            _ => format!("x^{i}"),
        };
        out += &match (size.is_one() && i > 0, i) {
            (true, _) => power,
            (false, 0) => size.to_string(),
            (false, _) => format!("{size} {power}"),
        };
    }
    if out.is_empty() { "0".to_string() } else { out }
}

/// Reads bracketed lists separated by `,` or `;`.
fn build(args: &Arguments) -> Result<Activation, Error> {
    let mut lists: Vec<Vec<BigRational>> = vec![];
    let mut rest = args.text();
    loop {
        let inside = rest.strip_prefix('[').ok_or_else(|| args.wrong())?;
        let (list, tail) = inside.split_once(']').ok_or_else(|| args.wrong())?;
        let numbers = list.split(',').filter(|n| !(n.is_empty() && list.is_empty()));
        lists.push(numbers.map(parse_rational).collect::<Result<_, _>>()?);
        if tail.is_empty() {
            break;
        }
        rest = tail.strip_prefix([',', ';']).ok_or_else(|| args.wrong())?;
    }
    let (breakpoints, pieces) = lists.split_first().ok_or_else(|| args.wrong())?;
    Activation::piecewise(breakpoints, pieces)
}
