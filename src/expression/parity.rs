//! The even and the odd part of a function that is given in pieces: is either a polynomial?

use rug::Rational;

use super::graph::{Graph, Id};
use super::normal::{Normal, Table};
use super::root::Root;

/// What is known of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    Unknown,
    Zero,
    /// A polynomial of this degree.
    Polynomial(u32),
}

/// `(f(x) + f(-x))/2` and `(f(x) - f(-x))/2`.
pub(crate) fn parity(graph: &mut Graph, table: &mut Table, breakpoints: &[Root], pieces: &[Id]) -> [Part; 2] {
    let last = breakpoints.len().wrapping_sub(1);
    let symmetric = breakpoints.iter().enumerate().all(|(i, b)| b.is_minus(&breakpoints[last - i]));
    if !symmetric {
        return [Part::Unknown, Part::Unknown];
    }
    let x = graph.variable();
    let minus_x = graph.neg(x);
    let mut forms: Vec<[Normal; 2]> = vec![];
    for &piece in pieces {
        let reflected = graph.substituted(piece, minus_x);
        match (table.of(graph, piece), table.of(graph, reflected)) {
            (Some(there), Some(reflected)) => forms.push([there, reflected]),
            _ => return [Part::Unknown, Part::Unknown],
        }
    }
    [1, -1].map(|sign| part(table, &forms, &Rational::from(sign)))
}

/// The part as one polynomial on the whole line, if it is one.
fn part(table: &Table, forms: &[[Normal; 2]], sign: &Rational) -> Part {
    let count = forms.len();
    // On piece i the reflected function is given by the mirror image of piece count - 1 - i.
    let mut sums = (0..count).map(|i| forms[i][0].plus(&forms[count - 1 - i][1], sign));
    let Some(first) = sums.next() else { return Part::Unknown };
    match table.degree(&first) {
        Some(degree) if sums.all(|s| s == first) => degree.map_or(Part::Zero, Part::Polynomial),
        _ => Part::Unknown,
    }
}
