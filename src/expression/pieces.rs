//! A formula with everything that is computed from it once.

use std::collections::HashMap;

use rug::Rational;

use super::continuity::{Seam, seam};
use super::graph::{Graph, Id};
use super::growth::{Bound, Polynomials, bound, bound_with};
use super::local::{Local, Place, local};
use super::normal::{Normal, Table};
use super::parity::{Part, parity};
use super::partition::{Partition, interval_in_words, partition};
use super::program::Program;
use super::removable::{Expansion, expansions};
use super::root::Root;
use super::strip::strip;
use super::syntax::{MAX_EXPONENT, Parsed, parse};
use super::token::SyntaxError;
use crate::number::{Ball, Mag};

/// How often the bounds far out are tried, each time four times as far out.
const FAR_TRIES: u32 = 5;

/// Most operations on all pieces together.
const MAX_GRAPH: usize = 40_000;

/// Why a formula is not accepted.
pub(crate) enum Refusal {
    Syntax(SyntaxError),
    /// Its square has no Gaussian expectation.
    TooLarge(String),
    /// Whether it has one could not be decided.
    Undecided(String),
}

impl From<SyntaxError> for Refusal {
    fn from(e: SyntaxError) -> Refusal {
        Refusal::Syntax(e)
    }
}

/// One analytic piece.
#[derive(Debug)]
pub(crate) struct Piece {
    pub(crate) expression: Id,
    pub(crate) value: Program,
    pub(crate) slope: Program,
    derivative: Id,
    /// The derivatives of all nodes of the expression, and of all nodes of its derivative.
    slopes: [HashMap<Id, Id>; 2],
    /// Where a quotient is 0/0 and the function analytic after all, as `sin(x)/x` at zero: exact points.
    pub(crate) removable: Vec<Ball>,
}

/// A bound of both sides: `|f(x)| <= bound` for `|x| >= from`.
#[derive(Clone, Debug)]
pub(crate) struct Far {
    pub(crate) bound: Bound,
    pub(crate) from: Rational,
}

/// A formula, cut into pieces.
#[derive(Debug)]
pub(crate) struct Pieces {
    pub(crate) graph: Graph,
    pub(crate) breakpoints: Vec<Root>,
    pub(crate) pieces: Vec<Piece>,
    /// How the pieces meet at each breakpoint.
    pub(crate) seams: Vec<Seam>,
    pub(crate) far: Far,
    /// `None` when the derivative's square has no expectation, or none that is known.
    pub(crate) far_derivative: Option<Far>,
    /// Why there is none.
    pub(crate) no_derivative: Option<NoDerivative>,
    /// What is known of the even and the odd part.
    pub(crate) parity: [Part; 2],
    /// The pieces' normal forms, and the table they belong to.
    pub(crate) forms: Vec<Option<Normal>>,
    pub(crate) table: Table,
}

/// Why the square of the derivative has no expectation that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NoDerivative {
    /// It has none.
    Infinite(String),
    /// It may have one.
    Undecided(String),
}

/// φ or its derivative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Which {
    Function,
    Derivative,
}

impl Pieces {
    /// Reads a formula and analyses it.
    pub(crate) fn parse(text: &str) -> Result<Pieces, Refusal> {
        let mut parsed = parse(text)?;
        let cut = partition(&mut parsed)?;
        let mut table = Table::new();
        let (cut, forms) = simplified(&mut parsed, cut, &mut table);
        let mut out = Pieces::assembled(parsed, cut)?;
        out.forms = forms;
        let removable = out.check_singularities()?;
        out.continue_analytically(&removable);
        let expressions: Vec<Id> = out.pieces.iter().map(|piece| piece.expression).collect();
        out.parity = parity(&mut out.graph, &mut table, &out.breakpoints, &expressions);
        out.table = table;
        Ok(out)
    }

    fn assembled(parsed: Parsed, cut: Partition) -> Result<Pieces, Refusal> {
        let Parsed { mut graph, root, .. } = parsed;
        for part in &cut.pieces {
            // Derivatives are a few times as large.
            if graph.len() > MAX_GRAPH {
                let why = format!("at most {MAX_GRAPH} operations on all pieces together are accepted");
                return Err(Refusal::Syntax(SyntaxError::at(1, why)));
            }
            graph.derivative(part.expression);
        }
        let seams = (0..cut.breakpoints.len()).map(|i| seam(&mut graph, root, &cut, i)).collect();
        let pieces: Vec<Piece> = cut.pieces.iter().map(|p| piece(&mut graph, p.expression)).collect();
        let outermost = cut.breakpoints.iter().map(|b| b.above().abs().max(b.below().abs())).max();
        let start = Rational::from(outermost.unwrap_or_default().ceil_ref()) + 1u32;
        let ends = [&pieces[0], &pieces[pieces.len() - 1]];
        let far = far_bound(&graph, ends.map(|p| p.expression), &start).ok_or_else(|| {
            let [left, right] = [true, false].map(|left| {
                let end = ends[usize::from(!left)];
                (0..FAR_TRIES).all(|i| bound(&graph, end.expression, left, &further(&start, i)).is_none())
            });
            let side = match (left, right) {
                (true, false) => "to the left",
                (false, true) => "to the right",
                _ => "on both sides",
            };
            let exceeds = [true, false]
                .map(|left| super::excess::excess(&graph, ends[usize::from(!left)].expression, left));
            match exceeds.iter().any(|e| *e == Some(super::excess::Excess::Any)) {
                true => Refusal::TooLarge(format!("it grows faster than any e^(c x^2) {side}")),
                false => {
                    Refusal::Undecided(format!("no bound of the form C e^(a|x| + c x^2) was found {side}"))
                }
            }
        })?;
        let far_derivative = far_bound(&graph, ends.map(|p| p.derivative), &start);
        let no_derivative = match far_derivative {
            Some(_) => None,
            None => {
                let why = "no bound of the form C e^(a|x| + c x^2) of its slope was found";
                Some(NoDerivative::Undecided(why.to_string()))
            }
        };
        Ok(Pieces {
            graph,
            breakpoints: cut.breakpoints,
            pieces,
            seams,
            far,
            far_derivative,
            no_derivative,
            parity: [Part::Unknown, Part::Unknown],
            forms: vec![],
            table: Table::new(),
        })
    }

    /// The derivative of a function without breakpoints as a function of its own; `None` where no bound of its size, or
    /// of its slope, is found.
    pub(crate) fn differentiated(&self) -> Option<Pieces> {
        let [only] = self.pieces.as_slice() else { return None };
        if !only.removable.is_empty() {
            return None;
        }
        let mut graph = self.graph.clone();
        let slope = piece(&mut graph, only.derivative);
        let start = Rational::from(1);
        let far = far_bound(&graph, [slope.expression; 2], &start)?;
        let far_derivative = far_bound(&graph, [slope.derivative; 2], &start)?;
        let part = |of: &Part| if *of == Part::Zero { Part::Zero } else { Part::Unknown };
        let [even, odd] = &self.parity;
        Some(Pieces {
            graph,
            breakpoints: vec![],
            pieces: vec![slope],
            seams: vec![],
            far,
            far_derivative: Some(far_derivative),
            no_derivative: None,
            parity: [part(odd), part(even)],
            forms: vec![None],
            table: Table::new(),
        })
    }

    /// Is the square integrable next to every singular breakpoint? And that of the derivative? The breakpoints that are
    /// none after all.
    fn check_singularities(&mut self) -> Result<Vec<usize>, Refusal> {
        let mut removable = vec![];
        for i in 0..self.breakpoints.len() {
            if !self.seams[i].singular {
                continue;
            }
            if self.is_removable(i) {
                removable.push(i);
                continue;
            }
            let vanishing = |piece| self.near(piece, i, Which::Function).order().is_some_and(|s| *s > 0);
            if self.seams[i].jump.is_none() && vanishing(i) && vanishing(i + 1) {
                // Both limits are zero.
                self.seams[i].jump = Some(false);
            }
            for piece in [i, i + 1] {
                let near = self.near(piece, i, Which::Function);
                if !near.is_square_integrable() {
                    let ends = [piece.checked_sub(1), Some(piece)].map(|j| self.breakpoints.get(j?));
                    let place = interval_in_words(ends[0], ends[1]);
                    let at = self.breakpoints[i].in_words();
                    let why = match near.is_too_large() {
                        true => format!("its square has no integral next to {at} on the piece {place}"),
                        false => format!("next to {at} on the piece {place} its size could not be bounded"),
                    };
                    return Err(if near.is_too_large() {
                        Refusal::TooLarge(why)
                    } else {
                        Refusal::Undecided(why)
                    });
                }
                let near = self.near(piece, i, Which::Derivative);
                if !near.is_square_integrable() {
                    let at = self.breakpoints[i].in_words();
                    self.without_derivative(match near.is_too_large() {
                        true => NoDerivative::Infinite(format!(
                            "the square of its slope has no integral next to {at}"
                        )),
                        false => NoDerivative::Undecided(format!(
                            "next to {at} the size of its slope could not be bounded"
                        )),
                    });
                }
            }
        }
        for i in 0..self.seams.len() {
            let at = self.breakpoints[i].in_words();
            match self.seams[i].jump {
                Some(false) => {}
                Some(true) => self.without_derivative(NoDerivative::Infinite(format!("it jumps at {at}"))),
                None => {
                    let why = format!("it may jump at {at}");
                    self.without_derivative(NoDerivative::Undecided(why));
                }
            }
        }
        Ok(removable)
    }

    /// Neighbours that are one analytic function become one piece.
    fn continue_analytically(&mut self, removable: &[usize]) {
        for &i in removable.iter().rev() {
            self.seams.remove(i);
            self.forms.remove(i + 1);
            let point = self.breakpoints.remove(i).enclose(128);
            let right = self.pieces.remove(i + 1);
            self.pieces[i].removable.push(point);
            self.pieces[i].removable.extend(right.removable);
        }
    }

    /// What is certain outweighs what is not.
    fn without_derivative(&mut self, why: NoDerivative) {
        self.far_derivative = None;
        if !matches!(self.no_derivative, Some(NoDerivative::Infinite(_))) {
            self.no_derivative = Some(why);
        }
    }

    /// Is the same expression on both sides analytic at the breakpoint after all, as `sin(x)/x` at zero? Where the
    /// sides have values there, it is known whether the function jumps.
    fn is_removable(&mut self, i: usize) -> bool {
        let at = self.breakpoints[i].enclose(128);
        let values: Vec<Option<Ball>> = [i, i + 1]
            .into_iter()
            .map(|piece| {
                let expression = self.pieces[piece].expression;
                let found = expansions(&self.graph, &[expression], &at, &at, 128).remove(&expression);
                found.as_ref().and_then(Expansion::value).cloned()
            })
            .collect();
        let [Some(left), Some(right)] = values.as_slice() else { return false };
        let one = self.pieces[i].expression == self.pieces[i + 1].expression;
        if one || left.is_same(right) && left.is_exact() {
            self.seams[i].jump = Some(false);
        } else if !left.overlaps(right) {
            self.seams[i].jump = Some(true);
        }
        one
    }

    /// About how far the nearest complex singularity is from the real axis, where that is easily told.
    pub(crate) fn strip_hint(&self) -> Option<f64> {
        if self.breakpoints.is_empty() { strip(&self.graph, self.pieces[0].expression) } else { None }
    }

    /// Smoothness in words.
    pub(crate) fn smoothness(&self) -> String {
        if self.breakpoints.is_empty() {
            let continued = self.pieces.iter().any(|piece| !piece.removable.is_empty());
            return if continued { "analytic, continued where it is 0/0" } else { "analytic" }.to_string();
        }
        let places = |chosen: &dyn Fn(&Seam) -> bool| {
            let all: Vec<String> = (self.seams.iter().zip(&self.breakpoints))
                .filter(|(s, _)| chosen(s))
                .map(|(_, b)| b.in_words())
                .collect();
            match all.len() {
                0..=4 => all.join(", "),
                n => format!("{}, ... ({n} points)", all[..3].join(", ")),
            }
        };
        let jumps = places(&|s| s.jump == Some(true));
        if !jumps.is_empty() {
            return format!("discontinuous, jump at {jumps}");
        }
        let singular = places(&|s| s.singular);
        if !singular.is_empty() {
            return format!("analytic but for a singularity at {singular}");
        }
        // A seam whose order is not known may be of the lowest that is not excluded.
        let known = self.seams.iter().map(|s| s.order).collect::<Option<Vec<usize>>>();
        match known.and_then(|orders| orders.into_iter().min()) {
            Some(1) => format!("C^0, kink at {}", places(&|s| s.order == Some(1))),
            Some(m) => format!("C^{}, derivative {m} jumps at {}", m - 1, places(&|s| s.order == Some(m))),
            None => format!("analytic between {}", places(&|_| true)),
        }
    }

    /// Bounds next to a breakpoint on a short interval in the piece.
    fn near(&self, piece: usize, breakpoint: usize, which: Which) -> Local {
        let point = self.breakpoints[breakpoint].enclose(128);
        let mut best = None;
        for scale in [6, 12, 20, 30] {
            // One sided: from the point by 2^-scale.
            let half = Mag::pow2(-scale - 1);
            let shift = Ball::exact(half.to_float()).with_precision(128);
            let centre = if piece > breakpoint { &point + &shift } else { &point - &shift };
            let found = self.local(piece, breakpoint, which, &point, &centre.widened(half));
            let done = found.is_square_integrable() || found.is_too_large();
            best = Some(found);
            if done {
                break;
            }
        }
        best.unwrap_or_else(|| self.local(piece, breakpoint, which, &point, &point))
    }

    fn local(&self, piece: usize, breakpoint: usize, which: Which, point: &Ball, interval: &Ball) -> Local {
        let p = &self.pieces[piece];
        let (root, slopes) = match which {
            Which::Function => (p.expression, &p.slopes[0]),
            Which::Derivative => (p.derivative, &p.slopes[1]),
        };
        let found =
            local(&Place { graph: &self.graph, slopes, point, right: piece > breakpoint, interval }, root);
        if which == Which::Function {
            return found;
        }
        // The slope of an expansion says more than the expansion of a slope, which is a longer expression.
        let prec = interval.precision().max(64);
        let whole = expansions(&self.graph, &[p.expression], point, interval, prec).remove(&p.expression);
        match whole.as_ref().and_then(Expansion::derivative) {
            Some(slope) => found.sharpened(&slope),
            None => found,
        }
    }

    /// Bounds of `(∫|f|, ∫f²)` over an interval that reaches to a singular breakpoint of the piece; `None` where there
    /// is none.
    pub(crate) fn singular_integrals(&self, piece: usize, interval: &Ball, which: Which) -> Option<[Mag; 2]> {
        let prec = interval.precision().max(128);
        let ends = [piece.checked_sub(1), Some(piece)].into_iter().flatten();
        for i in ends.filter(|&i| self.seams.get(i).is_some_and(|s| s.singular)) {
            let point = self.breakpoints[i].enclose(prec);
            if !point.overlaps(interval) {
                continue;
            }
            let near = self.local(piece, i, which, &point, interval);
            // The interval ends at most this far from the point.
            let reach = (interval - &point).magnitude();
            return Some([near.integral(1, reach), near.integral(2, reach)]);
        }
        None
    }
}

/// Pieces that are polynomials are written as such, and neighbours with one expression become one piece.
fn simplified(parsed: &mut Parsed, cut: Partition, table: &mut Table) -> (Partition, Vec<Option<Normal>>) {
    let mut out = Partition { breakpoints: vec![], pieces: vec![] };
    let mut forms: Vec<Option<Normal>> = vec![];
    let mut breakpoints = cut.breakpoints.into_iter();
    for mut piece in cut.pieces {
        let form = table.of(&parsed.graph, piece.expression);
        let polynomial = form.as_ref().and_then(Normal::as_polynomial);
        if let Some(p) = polynomial.or_else(|| parsed.graph.as_polynomial(piece.expression)) {
            piece.expression = parsed.graph.polynomial_expression(&p);
        }
        let seam = if out.pieces.is_empty() { None } else { breakpoints.next() };
        if let (Some(at), Some(last)) = (&seam, out.pieces.last()) {
            let same = last.expression == piece.expression || (form.is_some() && forms.last() == Some(&form));
            let regular = |e| !super::continuity::is_singular(&parsed.graph, e, at);
            if same && regular(piece.expression) && regular(last.expression) {
                continue;
            }
        }
        out.breakpoints.extend(seam);
        out.pieces.push(piece);
        forms.push(form);
    }
    (out, forms)
}

fn piece(graph: &mut Graph, expression: Id) -> Piece {
    let slopes = graph.derivatives(expression);
    let derivative = slopes[&expression];
    let second = graph.derivatives(derivative);
    Piece {
        expression,
        value: Program::new(graph, expression),
        slope: Program::new(graph, derivative),
        derivative,
        slopes: [slopes, second],
        removable: vec![],
    }
}

fn further(start: &Rational, tries: u32) -> Rational {
    Rational::from(start * 4u32.pow(tries))
}

/// The bounds of the outermost pieces, valid on both sides from one place on.
fn far_bound(graph: &Graph, ends: [Id; 2], start: &Rational) -> Option<Far> {
    let polynomials = ends.map(|end| graph.polynomials(end));
    let from = |place: Rational| far_bound_from(graph, ends, place, &polynomials);
    let found = (0..FAR_TRIES).find_map(|i| from(further(start, i)))?;
    // Of small variances the Gaussian has nothing left far out: from almost zero on, where the bound is no worse.
    let near = match *start == 1 {
        true => from(Rational::from((1, 1u64 << 48))),
        false => None,
    };
    let as_good = |near: &Far| {
        let (a, b) = (&near.bound, &found.bound);
        a.constant <= b.constant.shl(1)
            && a.degree <= b.degree
            && a.linear <= b.linear
            && a.quadratic <= b.quadratic
    };
    Some(near.filter(as_good).unwrap_or(found))
}

/// The bounds from one place on.
fn far_bound_from(
    graph: &Graph,
    [left, right]: [Id; 2],
    from: Rational,
    [of_left, of_right]: &[Polynomials; 2],
) -> Option<Far> {
    let a = bound_with(graph, left, true, &from, of_left)?;
    let b = bound_with(graph, right, false, &from, of_right)?;
    // e^{-a|x|} <= 1: no decay is promised.
    let mut both = a.sum(&b);
    for rate in [&mut both.linear, &mut both.quadratic] {
        if *rate < 0 {
            *rate = Rational::new();
        }
    }
    (both.constant.is_finite() && both.degree <= MAX_EXPONENT).then_some(Far { bound: both, from })
}
