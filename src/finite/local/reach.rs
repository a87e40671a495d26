//! How far an analytic piece goes into the complex plane, and how much it varies there.

use std::collections::HashMap;

use rug::{Float, Rational};

use crate::expression::graph::{Function, Graph, Id, Node};
use crate::expression::program::Program;
use crate::number::{Ball, ComplexBall, Mag};

/// Most rectangles examined for one disc.
const MAX_BOXES: usize = 160;
/// Arcs of a quarter circle.
const ARCS: usize = 8;
/// Radii that are not told apart from infinity, and from zero.
const LARGEST: f64 = 64.0;
const LEAST: f64 = 1e-6;
/// Bits of what only bounds.
const PRECISION: u32 = 64;

/// Where one operation of an expression may fail to be analytic.
#[derive(Clone, Debug)]
pub(super) enum Singularity {
    /// At `u(x) = ± i h`, with `u = slope x + offset` and `h = quarters π/2`, or `h = 1` for no quarters.
    Affine { slope: Rational, offset: Rational, quarters: Option<u32> },
    /// At the zeros of `x² + linear x + constant`.
    Quadratic { linear: Rational, constant: Rational },
    /// Somewhere.
    Unknown,
}

/// The singularities of an expression without choices: those of its operations, each of which is analytic wherever its
/// argument is and avoids the operation's own singular values. A logarithm or root of a function without zeros on a
/// disc has a branch on all of it.
pub(super) fn singularities(graph: &Graph, root: Id) -> Vec<Singularity> {
    let polynomials = graph.polynomials(root);
    let of = |id: Id| singularity(graph, graph.node(id), &polynomials);
    graph.reachable(&[root]).into_iter().filter_map(of).collect()
}

fn singularity(
    graph: &Graph,
    node: &Node,
    known: &HashMap<Id, Option<Vec<Rational>>>,
) -> Option<Singularity> {
    // The argument, and the height of the singular values ± i h on the imaginary axis: zero, multiples of π/2, or 1.
    let (argument, height) = match node {
        Node::Div(_, b) => (*b, Some(0)),
        Node::Power(a, n) if *n < 0 => (*a, Some(0)),
        Node::Root(a, _) | Node::Call(Function::Log, a) => (*a, Some(0)),
        Node::Call(Function::Tanh, a) => (*a, Some(1)),
        Node::Call(Function::Sigmoid | Function::Softplus, a) => (*a, Some(2)),
        Node::Call(Function::Atan | Function::Asinh, a) => (*a, None),
        _ => return None,
    };
    if graph.is_constant(argument) {
        return None;
    }
    Some(match (known.get(&argument).and_then(Option::as_deref), height) {
        (Some([offset, slope]), _) => {
            Singularity::Affine { slope: slope.clone(), offset: offset.clone(), quarters: height }
        }
        (Some([constant, linear, lead]), Some(0)) => Singularity::Quadratic {
            linear: Rational::from(linear / lead),
            constant: Rational::from(constant / lead),
        },
        _ => Singularity::Unknown,
    })
}

/// A lower bound of the distance from every member of `z` to the nearest singularity.
pub(super) fn distance(program: &Program, all: &[Singularity], z: &Ball) -> Mag {
    let told = all.iter().map(|s| known_distance(s, z)).fold(Mag::INFINITY, Mag::min);
    match all.iter().any(|s| matches!(s, Singularity::Unknown)) {
        true => told.min(covered(program, z)),
        false => told,
    }
}

fn known_distance(singularity: &Singularity, z: &Ball) -> Mag {
    let p = z.precision().max(PRECISION);
    let ball = |r: &Rational| Ball::from_gmp_rational(r, p);
    let lower = |x: Ball| Mag::from_float_lower(&x.lower().max(&Float::new(53)));
    match singularity {
        // |x - (± i h - offset)/slope| = |u ∓ i h|/|slope|; the next poles and the cuts along the axis are further away.
        Singularity::Affine { slope, offset, quarters } => {
            let u = &(z * &ball(slope)) + &ball(offset);
            let height = match quarters {
                Some(n) => Ball::pi(p).mul_integer(i64::from(*n)).shl(-1),
                None => Ball::from_integer(1, p),
            };
            lower((u.square() + height.square()).sqrt() / ball(slope).abs())
        }
        Singularity::Quadratic { linear, constant } => {
            let half = Rational::from(linear / 2u32);
            let square = Rational::from(&half * &half) - constant;
            let u = z + &ball(&half);
            // Zeros at -half ± sqrt(square).
            if square < 0 {
                return lower((u.square() - ball(&square)).sqrt());
            }
            lower((u.abs() - ball(&square).sqrt()).abs())
        }
        Singularity::Unknown => Mag::INFINITY,
    }
}

/// The radius of a disc on which rectangles prove the program analytic; it is sought in doubles, each candidate being
/// proved by [`is_analytic`].
fn covered(program: &Program, z: &Ball) -> Mag {
    let holds = |r: f64| is_analytic(program, z, r);
    let mut low = 1.0;
    while low > LEAST && !holds(low) {
        low /= 2.0;
    }
    if low <= LEAST {
        return Mag::ZERO;
    }
    let mut high = 2.0 * low;
    while low >= 1.0 && high <= LARGEST && holds(high) {
        (low, high) = (high, 2.0 * high);
    }
    for _ in 0..6 {
        let middle = (low + high) / 2.0;
        if holds(middle) { low = middle } else { high = middle }
    }
    // An upper bound that is a double is itself.
    Mag::from_f64(low)
}

/// Is the program proved analytic on the closed discs of radius `r` around the members of `z`? Their upper halves are
/// covered by rectangles; on the mirror image the values are the conjugates.
fn is_analytic(program: &Program, z: &Ball, r: f64) -> bool {
    let z = z.with_precision(PRECISION);
    // x, y, half-width in units of r: the disc's upper half lies in two squares.
    let mut open: Vec<[f64; 3]> = vec![[-0.5, 0.5, 0.5], [0.5, 0.5, 0.5]];
    let mut examined = 0;
    while let Some([x, y, half]) = open.pop() {
        let nearest: f64 = (x.abs() - half).max(0.0).hypot((y - half).max(0.0));
        // Well outside the disc, by more than the rounding of this line.
        if nearest > 1.000001 {
            continue;
        }
        examined += 1;
        if examined + open.len() > MAX_BOXES {
            return false;
        }
        // Dyadic numbers of few bits times r: exact at this precision.
        let side = |centre: f64| {
            let centre = Ball::exact(Float::with_val(PRECISION, centre) * r);
            centre.widened(Mag::from_f64(half) * Mag::from_f64(r))
        };
        let rectangle = ComplexBall::new(&z + &side(x), side(y));
        if program.run(&rectangle, PRECISION).is_finite() {
            continue;
        }
        let quarter = half / 2.0;
        let parts = [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)];
        open.extend(parts.map(|(a, b)| [x + a * quarter, y + b * quarter, quarter]));
    }
    true
}

/// `|p(z + ζ) - p(z)| <= Σ_{m>=1} |p^{(m)}(z)/m!| rho^m`.
pub(super) fn polynomial_variation(p: &[Rational], z: &Ball, rho: Mag) -> Mag {
    let precision = z.precision().max(PRECISION);
    let mut a: Vec<Ball> = p.iter().map(|c| Ball::from_gmp_rational(c, precision)).collect();
    // Taylor shift by repeated synthetic division.
    for i in 0..a.len() {
        for j in (i..a.len() - 1).rev() {
            a[j] = &a[j] + &(&a[j + 1] * z);
        }
    }
    let sizes = a.iter().skip(1).map(Ball::magnitude).rev();
    sizes.fold(Mag::ZERO, |sum, size| (sum + size) * rho)
}

/// The same for any program that is analytic on the closed disc: by the maximum principle the largest value is on the
/// circle, whose upper half is covered by rectangles around its arcs.
pub(super) fn variation(program: &Program, z: &Ball, rho: Mag) -> Mag {
    if rho.is_zero() {
        return Mag::ZERO;
    }
    let z = z.with_precision(z.precision().max(PRECISION));
    let centre = program.run(&z, z.precision());
    let radius = Ball::exact(rho.to_float()).with_precision(PRECISION);
    let bounds = (0..2 * ARCS).map(|i| {
        let [from, to] = [i, i + 1].map(|k| std::f64::consts::FRAC_PI_2 * k as f64 / ARCS as f64);
        // Cosine and sine are monotone on a quarter; the doubles' error is far below the 2^-40 that is added.
        let side = |a: f64, b: f64| {
            let centre = Ball::exact(Float::with_val(PRECISION, (a + b) / 2.0));
            centre.widened(Mag::from_f64((a - b).abs() / 2.0) + Mag::pow2(-40)) * &radius
        };
        let rectangle = ComplexBall::new(&z + &side(from.cos(), to.cos()), side(from.sin(), to.sin()));
        let value = program.run(&rectangle, PRECISION);
        (value - ComplexBall::real(centre.clone())).magnitude()
    });
    bounds.fold(Mag::ZERO, Mag::max)
}
