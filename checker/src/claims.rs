//! The claims about activations: each is proved here, or the certificate is rejected.
//!
//! "Polynomial" is meant almost everywhere, and for the whole activation also at 0 itself (see `activation`); "no
//! polynomial" means not almost everywhere equal to one. The even and the odd part are `(φ(x) ± φ(-x))/2`.

use std::collections::HashMap;

use num_traits::One;

use crate::Rejection;
use crate::activation::Activation;
use crate::expression::parity::Parity;
use crate::format::{Certificate, Claim, HalfLine, Kernel, Part, PolynomialPiece, Statement, Witness};
use crate::integer::BigRational;
use crate::rational::{abridged, shown, trimmed};

/// A proved claim.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Fact {
    /// A polynomial, but for a factor other than 0; without zeros at the end.
    Polynomial(Vec<BigRational>),
    /// No polynomial of at most this degree (zero has degree -1 here).
    NotOfDegree(i64),
    NonPolynomial,
}

/// The activations by name, and what is proved of their parts.
pub(crate) struct Facts {
    pub(crate) activations: HashMap<String, Activation>,
    proved: HashMap<(String, Part), Fact>,
    /// The squares of the factors that are left out of the polynomials of wholes.
    squares: HashMap<String, BigRational>,
    /// What was verified, line by line.
    pub(crate) lines: Vec<String>,
}

/// Precisions that are tried, in bits.
const PRECISIONS: [u32; 4] = [128, 384, 1152, 3456];

impl Facts {
    pub(crate) fn verify(certificate: &Certificate) -> Result<Facts, Rejection> {
        let mut facts = Facts {
            activations: HashMap::new(),
            proved: HashMap::new(),
            squares: HashMap::new(),
            lines: vec![],
        };
        for layer in &certificate.network.layers {
            facts.admit(&layer.activation, certificate.kernel, &format!("{}.activation", layer.path))?;
        }
        for (i, claim) in certificate.claims.iter().enumerate() {
            facts.prove(claim, &format!("claims[{i}]"))?;
        }
        Ok(facts)
    }

    /// Reads an activation and makes sure that the kernel exists with it.
    fn admit(&mut self, name: &str, kernel: Kernel, field: &str) -> Result<(), Rejection> {
        if self.activations.contains_key(name) {
            return Ok(());
        }
        let activation = Activation::parse(name).map_err(|why| Rejection::malformed(field, why))?;
        let shown = abridged(name);
        if !activation.is_defined() {
            let why =
                format!("it is not proved that `{shown}` is defined everywhere and at most C exp(a|x|)");
            return Err(Rejection::refuted(field, why));
        }
        if kernel == Kernel::Ntk && !activation.has_derivative() {
            let why = format!(
                "it is not proved that `{shown}` has no jumps and a derivative of at most C exp(a|x|)"
            );
            return Err(Rejection::refuted(field, why));
        }
        let more = if kernel == Kernel::Ntk { ", absolutely continuous, derivative likewise" } else { "" };
        self.lines.push(format!("{shown}: defined everywhere, at most C exp(a|x|){more}"));
        self.activations.insert(name.to_string(), activation);
        Ok(())
    }

    fn prove(&mut self, claim: &Claim, field: &str) -> Result<(), Rejection> {
        let Some(activation) = self.activations.get(&claim.activation) else {
            let why = "this activation is not in the network";
            return Err(Rejection::malformed(format!("{field}.activation"), why));
        };
        let (fact, how) = match &claim.statement {
            Statement::Polynomial { coefficients, square } => {
                let fact = polynomial(activation, claim.part, coefficients, square.as_ref(), field)?;
                let root = square
                    .as_ref()
                    .map_or(String::new(), |s| format!("a square root of {} times ", shown(s)));
                if let (Part::Whole, Some(square)) = (claim.part, square) {
                    self.squares.insert(claim.activation.clone(), square.clone());
                }
                (fact, root + &polynomial_words(coefficients))
            }
            Statement::NotOfDegree { degree, nodes, bound } => {
                let how = difference(activation, claim.part, nodes, bound, &format!("{field}.witness"))?;
                (
                    Fact::NotOfDegree(sharpened(claim.part, *degree)),
                    format!("no polynomial of degree at most {degree}: {how}"),
                )
            }
            Statement::NonPolynomial(witness) => {
                let how = non_polynomial(activation, claim.part, witness, &format!("{field}.witness"))?;
                (Fact::NonPolynomial, format!("no polynomial: {how}"))
            }
        };
        let part = if claim.part == Part::Whole { String::new() } else { format!(" ({} part)", claim.part) };
        self.lines.push(format!("{}{part} is {how}", abridged(&claim.activation)));
        self.proved.insert((claim.activation.clone(), claim.part), fact);
        Ok(())
    }

    pub(crate) fn activation(&self, name: &str) -> Option<&Activation> {
        self.activations.get(name)
    }

    fn of(&self, name: &str, part: Part) -> Option<&Fact> {
        self.proved.get(&(name.to_string(), part))
    }

    /// The square of what the polynomial of the whole is to be multiplied by.
    pub(crate) fn square(&self, name: &str) -> BigRational {
        self.squares.get(name).cloned().unwrap_or_else(BigRational::one)
    }

    /// The coefficients, but for a factor, where the whole is claimed to be a polynomial.
    pub(crate) fn polynomial(&self, name: &str) -> Option<&[BigRational]> {
        match self.of(name, Part::Whole)? {
            Fact::Polynomial(p) => Some(p),
            _ => None,
        }
    }

    /// What is proved of the even or odd part, also by a claim on the whole.
    pub(crate) fn half(&self, name: &str, part: Part) -> Option<Fact> {
        if let Some(p) = self.polynomial(name) {
            let parity = usize::from(part == Part::Odd);
            let keep = |(i, c): (usize, &BigRational)| {
                if i % 2 == parity { c.clone() } else { BigRational::from_integer(0.into()) }
            };
            return Some(Fact::Polynomial(trimmed(&p.iter().enumerate().map(keep).collect::<Vec<_>>())));
        }
        self.of(name, part).cloned()
    }

    pub(crate) fn is_constant(&self, name: &str) -> bool {
        self.polynomial(name).is_some_and(|p| p.len() <= 1)
    }

    /// Is it proved that the whole is no polynomial of degree at most `n`?
    pub(crate) fn exceeds_degree(&self, name: &str, n: i64) -> bool {
        let beyond = |fact: &Fact| match fact {
            Fact::Polynomial(p) => p.len() as i64 - 1 > n,
            Fact::NotOfDegree(degree) => *degree >= n,
            Fact::NonPolynomial => true,
        };
        // Where a part has a larger degree, so has the whole.
        [Part::Whole, Part::Even, Part::Odd].iter().any(|&part| self.of(name, part).is_some_and(beyond))
    }

    /// Is it proved that the whole is not almost everywhere 0, by a claim or by a value?
    pub(crate) fn is_nonzero(&self, name: &str) -> bool {
        self.exceeds_degree(name, -1) || self.activation(name).is_some_and(Activation::has_nonzero_value)
    }

    pub(crate) fn is_non_constant(&self, name: &str) -> bool {
        self.exceeds_degree(name, 0)
    }

    pub(crate) fn is_non_polynomial(&self, name: &str) -> bool {
        [Part::Whole, Part::Even, Part::Odd]
            .iter()
            .any(|&part| self.of(name, part) == Some(&Fact::NonPolynomial))
    }

    pub(crate) fn is_even(&self, name: &str) -> bool {
        self.half(name, Part::Odd) == Some(Fact::Polynomial(vec![]))
    }

    pub(crate) fn is_odd(&self, name: &str) -> bool {
        self.half(name, Part::Even) == Some(Fact::Polynomial(vec![]))
    }

    pub(crate) fn is_not_even(&self, name: &str) -> bool {
        match self.half(name, Part::Odd) {
            Some(Fact::Polynomial(p)) => !p.is_empty(),
            Some(_) => true,
            None => false,
        }
    }
}

/// An odd polynomial has no degree 0, 2, ..., an even one no degree 1, 3, ...
fn sharpened(part: Part, degree: i64) -> i64 {
    let odd = degree.rem_euclid(2) == 1;
    match part {
        Part::Odd if odd => degree + 1,
        Part::Even if !odd => degree + 1,
        _ => degree,
    }
}

fn polynomial_words(p: &[BigRational]) -> String {
    match trimmed(p).len() {
        0 => "zero".to_string(),
        1 => format!("the constant {}", shown(&p[0])),
        n => format!("a polynomial of degree {}", n - 1),
    }
}

/// Theorem. If the normal form of `f` is known on the whole line and is the polynomial `p`, then `f = p` almost
/// everywhere. If moreover `f` is continuous at 0, or its value there is `p(0)`, then `f(0) = p(0)`.
///
/// Theorem. The odd part of an even function is 0, and so is the even part of an odd one.
///
/// With a square the same is proved of one of its roots times the polynomial: the normal form is `√s` times `λp`, and
/// `λ² s` is the square. Kernels are quadratic in the activation: they do not see which root it is.
fn polynomial(
    a: &Activation,
    part: Part,
    p: &[BigRational],
    square: Option<&BigRational>,
    field: &str,
) -> Result<Fact, Rejection> {
    let p = trimmed(p);
    let refuse = |why: &str| Err(Rejection::refuted(format!("{field}.coefficients"), why));
    let vanishes = match a.expression.parity() {
        Some(Parity::Even) => part == Part::Odd,
        Some(Parity::Odd) => part == Part::Even,
        None => false,
    };
    if p.is_empty() && vanishes {
        return Ok(Fact::Polynomial(p));
    }
    let pieces = a.pieces.part(part);
    let is_it = match square {
        None => pieces.as_polynomial().as_ref() == Some(&p),
        Some(square) => pieces.as_root_multiple().is_some_and(|(q, s)| is_multiple(&q, &s, &p, square)),
    };
    if !is_it {
        return refuse("the normal form is not this polynomial");
    }
    // At the variance 0 the kernel sees the value at 0. Parts are used for supports and symmetries only.
    if part == Part::Whole && !a.is_regular_at_zero() {
        return refuse("the function is not known to have the polynomial's value at 0");
    }
    Ok(Fact::Polynomial(p))
}

/// Is `√s q = ±√t p`?
fn is_multiple(q: &[BigRational], s: &BigRational, p: &[BigRational], t: &BigRational) -> bool {
    match (q.last(), p.last()) {
        (Some(top), Some(below)) => {
            let factor = top / below;
            q.len() == p.len()
                && q.iter().zip(p).all(|(q, p)| *q == &factor * p)
                && s * &factor * &factor == *t
        }
        (None, None) => true,
        _ => false,
    }
}

/// Theorem. Let `f` be continuous at different numbers `x_0, ..., x_n`, with `|f[x_0, ..., x_n]| >= bound > 0`. Then
/// `f` is not almost everywhere a polynomial of degree below `n`: it would be equal to it at the nodes, and divided
/// differences of order `n` annihilate such polynomials.
fn difference(
    a: &Activation,
    part: Part,
    nodes: &[BigRational],
    bound: &BigRational,
    field: &str,
) -> Result<String, Rejection> {
    for prec in PRECISIONS {
        let words = prec as usize / 64;
        if crate::work::spend(nodes.len() * (a.expression.ops.len() + nodes.len()) * words * 4).is_none() {
            return Err(Rejection::refuted(field, "this takes too long"));
        }
        let Some(value) = a.expression.divided_difference(part, nodes, prec) else {
            let why = "the function is not known to be continuous at these nodes";
            return Err(Rejection::refuted(format!("{field}.nodes"), why));
        };
        let size = value.abs();
        if size.lower().is_some_and(|low| low >= *bound) {
            return Ok(format!("divided difference of order {} at least {}", nodes.len() - 1, shown(bound)));
        }
        if size.upper().is_some_and(|high| high < *bound) {
            break;
        }
    }
    Err(Rejection::refuted(format!("{field}.bound"), "the divided difference is not proved to be this large"))
}

/// Theorem (growth). Let `f = O(|x|^m)` on a half-line, with a divided difference of order `m + 1` other than 0 at
/// nodes anywhere on the line where `f` is continuous. Then `f` is no polynomial: its degree would be at most `m`. A
/// part of an activation is `O(|x|^m)` on a half-line if the activation is on both.
///
/// Theorem (growth beyond powers). If `|f(x)| >= |x|^n` far out on a half-line for every `n`, `f` is no polynomial.
fn non_polynomial(a: &Activation, part: Part, witness: &Witness, field: &str) -> Result<String, Rejection> {
    match witness {
        Witness::Growth { half_line, order, nodes, bound } => {
            let both = [HalfLine::Positive, HalfLine::Negative];
            // A part takes its values from both sides.
            let sides = if part == Part::Whole { std::slice::from_ref(half_line) } else { &both };
            let slow = |side: &HalfLine| a.expression.growth(*side).is_some_and(|g| g.is_within(*order));
            if !sides.iter().all(slow) {
                let why = format!("growth of at most order {order} is not proved on this half-line");
                return Err(Rejection::refuted(format!("{field}.order"), why));
            }
            let how = difference(a, part, nodes, bound, field)?;
            Ok(format!("O(|x|^{order}) on the {half_line} side, {how}"))
        }
        Witness::TwoPieces(pieces) => two_pieces(a, part, pieces, field),
        Witness::FasterThanPowers { half_line } => {
            if !a.outgrows_powers(part, *half_line) {
                let why = "growth beyond every power is not proved on this half-line";
                return Err(Rejection::refuted(format!("{field}.half_line"), why));
            }
            Ok(format!("faster than every power on the {half_line} side"))
        }
    }
}

/// Theorem. If `f` is almost everywhere equal to `p` on one interval and to `q ≠ p` on another, it is no polynomial: it
/// would be equal to both.
fn two_pieces(
    a: &Activation,
    part: Part,
    pieces: &[PolynomialPiece; 2],
    field: &str,
) -> Result<String, Rejection> {
    if trimmed(&pieces[0].coefficients) == trimmed(&pieces[1].coefficients) {
        return Err(Rejection::refuted(format!("{field}.pieces"), "the two polynomials are equal"));
    }
    let forms = a.pieces.part(part);
    for (i, piece) in pieces.iter().enumerate() {
        if !forms.equals_between(&piece.from, &piece.to, &piece.coefficients) {
            let why = "the normal form is not this polynomial on this interval";
            return Err(Rejection::refuted(format!("{field}.pieces[{i}]"), why));
        }
    }
    Ok("two different polynomials on two intervals".to_string())
}

#[cfg(test)]
pub(crate) mod tests;
