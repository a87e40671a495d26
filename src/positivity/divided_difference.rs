//! Divided differences on rational nodes, enclosed away from zero.

use num_rational::BigRational;
use num_traits::One;
use rug::{Integer, Rational};

use super::characterization::{DividedDifference, Part};
use super::source::Source;
use crate::number::Ball;
use crate::number::rational::rational_from_gmp;

/// Working precisions, tried in turn.
const PRECISIONS: [u32; 3] = [128, 512, 2048];
/// Distances of neighbouring nodes.
const STEPS: [(u32, u32); 6] = [(1, 1), (1, 2), (2, 1), (1, 4), (4, 1), (1, 8)];
/// Most nodes.
pub(super) const MAX_NODES: usize = 1002;
/// Nodes beyond which one precision and one step have to do.
const MANY: usize = 64;

/// A divided difference of the given order that is not zero, if one is found.
pub(super) fn nonzero(source: &Source, part: Part, order: usize) -> Option<DividedDifference> {
    if matches!(source, Source::Opaque) || order + 1 > MAX_NODES {
        return None;
    }
    // Many nodes cancel as many bits and more.
    let extra = 4 * order as u32;
    let (tries, precisions) = if order < MANY { (STEPS.len(), PRECISIONS.len()) } else { (1, 1) };
    let all = PRECISIONS.iter().take(precisions);
    for precision in all.map(|p| p + extra) {
        for step in &STEPS[..tries] {
            for both_sides in [false, true] {
                let Some(nodes) = nodes(source, part, order + 1, &Rational::from(*step), both_sides) else {
                    continue;
                };
                if let Some(found) = enclosed(source, part, nodes, precision) {
                    return Some(found);
                }
            }
        }
    }
    None
}

/// The first multiples of the step at which the part has values: `0, 1, 2, …` or `0, 1, -1, 2, …`; of an odd or even
/// part the positive ones.
fn nodes(
    source: &Source,
    part: Part,
    count: usize,
    step: &Rational,
    both_sides: bool,
) -> Option<Vec<Rational>> {
    if both_sides && part != Part::Whole {
        return None;
    }
    let first = i64::from(part != Part::Whole);
    let multiple = |k: i64| {
        if !both_sides {
            return k + first;
        }
        if k % 2 == 1 { (k + 1) / 2 } else { -k / 2 }
    };
    let all = (0..2 * count as i64 + 64).map(|k| Rational::from(step * Integer::from(multiple(k))));
    let admitted: Vec<Rational> = all.filter(|x| source.value(part, x, 64).is_some()).take(count).collect();
    (admitted.len() == count).then_some(admitted)
}

fn enclosed(
    source: &Source,
    part: Part,
    mut nodes: Vec<Rational>,
    precision: u32,
) -> Option<DividedDifference> {
    nodes.sort();
    let mut sum = Ball::zero(precision);
    for (i, x) in nodes.iter().enumerate() {
        let others = nodes.iter().enumerate().filter(|(j, _)| *j != i);
        let product = others.fold(Rational::from(1), |p, (_, y)| p * Rational::from(x - y));
        sum = sum + source.value(part, x, precision)? / Ball::from_gmp_rational(&product, precision);
    }
    let least = sum.mignitude().to_float().to_rational()?;
    (least > 0).then(|| DividedDifference {
        nodes: nodes.iter().map(rational_from_gmp).collect(),
        bound: below(&least),
    })
}

/// A short fraction a little below a positive number: a checker may compute with fewer bits.
fn below(r: &Rational) -> BigRational {
    let lower = r * Rational::from((9, 10));
    let short = |n: &Integer, up: bool| {
        // Two digits, the rest zeros.
        let digits = n.to_string().len() as u32;
        let unit = Integer::from(Integer::u_pow_u(10, digits.saturating_sub(2)));
        let (whole, rest) = n.clone().div_rem(unit.clone());
        (whole + Integer::from(up && !rest.is_zero())) * unit
    };
    let out = if lower >= 1 {
        Rational::from(short(&Integer::from(lower.floor_ref()), false))
    } else {
        let inverse = Rational::from(lower.recip_ref());
        Rational::from((Integer::from(1), short(&Integer::from(inverse.ceil_ref()), true)))
    };
    debug_assert!(out <= *r);
    let out = rational_from_gmp(&out);
    if out.numer().is_one() || out.is_integer() { out } else { out.reduced() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Activation;

    fn source(text: &str) -> Source {
        Source::of(&Activation::parse(text).unwrap())
    }

    #[test]
    fn polynomials_have_none_beyond_their_degree() {
        for (text, degree) in [("x^2 + x/3", 2), ("poly(1,2,3,4)", 3), ("exp(x)*exp(-x)", 0)] {
            let source = source(text);
            assert!(nonzero(&source, Part::Whole, degree).is_some(), "{text}");
            assert!(nonzero(&source, Part::Whole, degree + 1).is_none(), "{text}");
        }
    }

    #[test]
    fn bounds_are_short_and_true() {
        // tanh on 0, 1, 2: (tanh 2 - 2 tanh 1)/2 = -0.2796...
        let found = nonzero(&source("tanh"), Part::Whole, 2).unwrap();
        let f = |x: f64| x.tanh();
        assert_eq!(found.nodes.len(), 3);
        let truth = (f(2.0) - 2.0 * f(1.0)) / 2.0;
        let bound = num_traits::ToPrimitive::to_f64(&found.bound).unwrap();
        assert!(bound <= truth.abs() && bound > 0.8 * truth.abs(), "{bound} {truth}");
        assert!(found.bound.to_string().len() < 8);
    }

    #[test]
    fn nodes_keep_off_the_breakpoints() {
        let source = source("relu6");
        let found = nonzero(&source, Part::Whole, 3).unwrap();
        for b in [0, 6] {
            assert!(!found.nodes.contains(&BigRational::from_integer(b.into())));
        }
    }
}
