//! Composition of series with non-negative coefficients whose sums are about one.

use super::combinations::{combinations, rounding};
use super::error_bound::ErrorBound;
use super::fixed::{Fixed, Format};
use super::multiply::{Multiplier, Operand};
use crate::number::{Ball, Mag};

/// Blocks of this many coefficients are shifted directly.
const LEAF: usize = 16;

/// The coefficients `g_j`, `j <= degree`, of `Σ_k c_k (a + b s)^k` in `s`, for `a, b >= 0`, `a + b = 1`.
///
/// By halves: `p(x) = p_0(x) + x^m p_1(x)`; the powers of `a + b s` have non-negative coefficients of sum one, so nothing
/// grows and nothing cancels.
pub fn taylor_shift(engine: &Multiplier, outer: &Fixed, a: &Ball, b: &Ball) -> Fixed {
    let format = engine.format();
    if a.midpoint().is_zero() && a.is_exact() {
        let mut out = Fixed { format, ..outer.clone() };
        out.data.truncate(out.capacity() * format.width);
        return out;
    }
    let line = Fixed::from_balls(format, 0, 1, &[a.clone(), b.clone()]);
    let mut power = line.clone();
    let mut blocks: Vec<Fixed> = outer
        .data
        .chunks(LEAF * format.width)
        .map(|chunk| {
            let terms = chunk.chunks_exact(format.width).rev();
            terms.fold(Fixed::zero(format, 0, 1), |acc, c| {
                let next = if acc.data.is_empty() { acc } else { engine.product(&acc, &line) };
                next.add(&Fixed { data: c.to_vec(), ..Fixed::zero(format, 0, 1) })
            })
        })
        .collect();
    for _ in 0..LEAF.ilog2() {
        power = engine.square(&power);
    }
    while blocks.len() > 1 {
        blocks = blocks
            .chunks(2)
            .map(|pair| match pair {
                [low, high] => low.add(&engine.product(high, &power)),
                rest => rest[0].clone(),
            })
            .collect();
        power = engine.square(&power);
    }
    let out = blocks.pop().unwrap_or_else(|| Fixed::zero(format, 0, 1));
    // Each coefficient of the outer series is off by its error; its power of the line has coefficients below one, and
    // for a fixed j the probabilities P(Bin(k, b) = j) sum to 1/b over all k.
    let spread = Mag::ONE.div_by_lower(b.mignitude()).max(Mag::ONE);
    let error = out.error.plus(ErrorBound::flat(outer.worst_error() * spread));
    out.with_error(error)
}

/// `Σ_j g_j s^j` for several outer series and one `s` without constant term, all with non-negative coefficients (up to
/// their errors): Brent and Kung's baby steps and giant steps (*J. ACM* 25, 1978). The powers of `s` are shared.
pub fn compose(engine: &Multiplier, outers: &[Fixed], inner: &Fixed) -> Vec<Fixed> {
    let format = engine.format();
    let one = Fixed::from_balls(format, 0, 1, &[Ball::from_integer(1, 64)]);
    if inner.error.is_zero() && inner.data[..] == [vec![0; format.width], one.data.clone()].concat()[..] {
        // s = t.
        return outers
            .iter()
            .map(|outer| Fixed { format, ..outer.clone() }.shortened(format.degree))
            .collect();
    }
    let longest = outers.iter().map(Fixed::len).max().unwrap_or(0);
    // `baby` products for the powers, and for each outer series as many as it has rows.
    let baby = ((longest * outers.len()) as f64).sqrt().ceil().max(1.0) as usize;
    let mut powers = vec![one, inner.clone()];
    while powers.len() <= baby {
        let half = powers.len() / 2;
        powers.push(engine.product(&powers[half], &powers[powers.len() - half]));
    }
    let giant = powers.pop().unwrap_or_else(|| inner.clone());
    let basis = Basis::new(format, &powers);
    let rows: Vec<Vec<&[u64]>> =
        outers.iter().map(|outer| outer.data.chunks(powers.len() * format.width).collect()).collect();
    let bound = outers.iter().fold(Mag::ZERO, |acc, outer| acc.max(outer.norms().1)) * basis.sup;
    let all: Vec<&[u64]> = rows.iter().flatten().copied().collect();
    let mut sums = combinations(engine, &all, &powers, bound).into_iter();
    let mut factor = Operand::whole(&giant);
    let horner = |(outer, rows): (&Fixed, &Vec<&[u64]>)| {
        let error = ErrorBound::flat(basis.row_error(outer));
        let series = |data| Fixed { data, ..Fixed::zero(format, 0, 1) }.with_error(error).trimmed();
        let rows: Vec<Fixed> = sums.by_ref().take(rows.len()).map(series).collect();
        let step = |acc: Fixed, row: &Fixed| {
            row.add(&engine.product_of(&acc, &mut Operand::whole(&acc), &giant, Some(&mut factor)))
        };
        match rows.split_last() {
            Some((last, rest)) => rest.iter().rev().fold(last.clone(), step),
            None => Fixed::zero(format, 0, 1).with_error(outer.error),
        }
    };
    outers.iter().zip(&rows).map(horner).collect()
}

/// What bounds the error of a combination of the baby powers `s^i`.
struct Basis {
    /// The largest coefficient, and the largest error of one.
    sup: Mag,
    worst: Mag,
    /// `Σ_i sup_p |[t^p] s^i|`, errors included.
    sup_sum: Mag,
    rounding: Mag,
}

impl Basis {
    fn new(format: Format, powers: &[Fixed]) -> Basis {
        let sups: Vec<Mag> = powers.iter().map(|s| s.norms().0).collect();
        let worst = powers.iter().fold(Mag::ZERO, |acc, s| acc.max(s.worst_error()));
        Basis {
            sup: sups.iter().fold(Mag::ZERO, |acc, s| acc.max(*s)),
            worst,
            sup_sum: sups.iter().fold(Mag::ZERO, |acc, s| acc + *s + worst),
            rounding: rounding(format, powers.len()),
        }
    }

    /// `|Σ g_i s_i - Σ g̃_i s̃_i| <= Σ |g̃_i| e + ε Σ (sup s̃_i + e)`, and what the sum loses.
    fn row_error(&self, outer: &Fixed) -> Mag {
        outer.norms().1 * self.worst + outer.worst_error() * self.sup_sum + self.rounding
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_rational::BigRational;
    use proptest::prelude::*;

    fn exact_composition(outer: &[BigRational], inner: &[BigRational]) -> Vec<BigRational> {
        let n = inner.len();
        let zero = || BigRational::from_integer(0.into());
        outer.iter().rev().fold(vec![zero(); n], |acc, c| {
            let mut next: Vec<BigRational> =
                (0..n).map(|p| (0..=p).map(|i| &acc[i] * &inner[p - i]).sum()).collect();
            next[0] += c;
            next
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(16))]
        #[test]
        fn shift_and_composition_hold_the_exact_ones(
            outer in prop::collection::vec(0i64..100, 1..70), inner in prop::collection::vec(0i64..100, 2..30), share in 0i64..10,
        ) {
            let fraction = |a: i64, b: i64| BigRational::new(a.into(), b.into());
            let outer: Vec<_> = outer.iter().map(|v| fraction(*v, 4000)).collect();
            let total: i64 = inner.iter().sum::<i64>() + 1;
            let a = fraction(share, 10);
            let b = fraction(10 - share, 10);
            let mut rho = vec![a.clone()];
            rho.extend(inner.iter().map(|v| &b * fraction(*v, total)));
            let format = Format { frac: 120, width: 3, degree: rho.len() - 1 };
            let balls = |v: &[BigRational]| v.iter().map(|x| Ball::from_rational(x, 200)).collect::<Vec<_>>();
            let engine = Multiplier::new(format);
            let mut centred: Vec<BigRational> = rho.iter().map(|x| x / &b).collect();
            centred[0] = fraction(0, 1);
            let shifted = taylor_shift(&engine, &Fixed::unbounded(format, &balls(&outer)), &Ball::from_rational(&a, 200), &Ball::from_rational(&b, 200));
            let inner = Fixed::from_balls(format, 0, 1, &balls(&centred));
            let both = compose(&engine, &[shifted.clone(), Fixed::zero(format, 0, 1)], &inner);
            prop_assert!(both[1].data.is_empty());
            let got = &both[0];
            prop_assert!(got.worst_error() <= Mag::pow2(-100));
            for (p, truth) in exact_composition(&outer, &rho).iter().enumerate() {
                prop_assert!(got.ball(p, 300).contains_rational(truth), "coefficient {}", p);
            }
        }
    }
}
