//! Composition of series with non-negative coefficients whose sums are about one.

use super::combinations::{Row, combinations, rounding};
use super::error_bound::ErrorBound;
use super::fixed::{Fixed, Format};
use super::multiply::{Multiplier, Operand};
use crate::number::{Ball, Mag};

/// Blocks of this many coefficients are shifted directly.
const LEAF: usize = 16;

/// The coefficients `g_j`, `j <= degree`, of `Σ_k c_k (a + b s)^k` in `s`, for `a, b >= 0`, `a + b = 1`.
///
/// By halves: `p(x) = p_0(x) + x^m p_1(x)`; the powers of `a + b s` have non-negative coefficients of sum one, so
/// nothing grows and nothing cancels.
pub fn taylor_shift(engine: &Multiplier, outer: &Fixed, a: &Ball, b: &Ball) -> Fixed {
    let format = engine.format();
    if !outer.agrees_with(&format) {
        return Fixed::lost(format, 0, 1);
    }
    if a.midpoint().is_zero() && a.is_exact() {
        return outer.clone().of_degree(format.degree);
    }
    let line = Fixed::from_balls(format, 0, 1, &[a.clone(), b.clone()]);
    let mut power = line.clone();
    let mut blocks: Vec<Fixed> = outer
        .data
        .chunks(LEAF * format.width)
        .map(|chunk| {
            let terms = chunk.chunks_exact(format.width).rev();
            terms.fold(Fixed::zero(format, 0, 1), |acc, c| {
                let next = if acc.is_zero() { acc } else { engine.product(&acc, &line) };
                next.add(&Fixed::exact(format, 0, 1, c.to_vec()))
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
    // Those past the degree count as well.
    let worst = outer.error.at(format.degree.max(outer.len()));
    let error = out.error.plus(ErrorBound::flat(worst * spread));
    out.with_error(error)
}

/// `Σ_j g_j s^j` for several outer series and one `s` without constant term, all with non-negative coefficients (up to
/// their errors): Brent and Kung's baby steps and giant steps (*J. ACM* 25, 1978). The powers of `s` are shared.
pub fn compose(engine: &Multiplier, outers: &[Fixed], inner: &Fixed) -> Vec<Fixed> {
    let format = engine.format();
    if !inner.agrees_with(&format) || !outers.iter().all(|outer| outer.agrees_with(&format)) {
        return vec![Fixed::lost(format, 0, 1); outers.len()];
    }
    let one = Fixed::from_balls(format, 0, 1, &[Ball::from_integer(1, 64)]);
    if inner.error.is_zero() && inner.data[..] == [vec![0; format.width], one.data.clone()].concat()[..] {
        // s = t.
        return outers.iter().map(|outer| outer.clone().of_degree(format.degree)).collect();
    }
    let length = format.degree + 1;
    let outers: Vec<Fixed> = outers.iter().map(|outer| filled(outer, length)).collect();
    let longest = outers.iter().map(Fixed::len).max().unwrap_or(0);
    // `baby` products for the powers, and for each outer series as many as it has rows, of half that length on average.
    let baby = ((longest * outers.len()) as f64 / 2.0).sqrt().ceil().max(1.0) as usize;
    let mut powers = powers(engine, one, inner, baby + 1);
    let giant = powers.pop().unwrap_or_else(|| inner.clone());
    let basis = Basis::new(format, &powers);
    // s^baby starts at t^baby, so the row of s^(baby r) is wanted to degree - baby r only.
    let row_length = |r: usize| length.saturating_sub(baby * r);
    let all: Vec<Row> = outers
        .iter()
        .flat_map(|outer| outer.data.chunks(baby * format.width).enumerate())
        .map(|(r, scalars)| Row { scalars, length: row_length(r) })
        .collect();
    let bound = outers.iter().fold(Mag::ZERO, |acc, outer| acc.max(outer.norms().1)) * basis.sup;
    if !format.holds(bound) {
        return vec![Fixed::lost(format, 0, 1); outers.len()];
    }
    let mut sums = combinations(engine, &all, &powers, bound).into_iter();
    let step = GiantStep::new(&giant, baby);
    let mut factors = step.factors();
    let horner = |outer: &Fixed| {
        let error = ErrorBound::flat(basis.row_error(outer));
        let count = outer.len().div_ceil(baby);
        let of_degree = |r: usize, data| {
            let format = format.of_degree(row_length(r).saturating_sub(1));
            Fixed::exact(format, 0, 1, data).with_error(error).trimmed()
        };
        let rows: Vec<Fixed> =
            sums.by_ref().take(count).enumerate().map(|(r, data)| of_degree(r, data)).collect();
        match rows.split_last() {
            Some((last, rest)) => rest.iter().rev().fold(last.clone(), |acc, row| {
                row.add(&step.apply(engine, &acc, row.format(), &mut factors))
            }),
            None => Fixed::zero(format, 0, 1).with_error(outer.error),
        }
    };
    outers.iter().map(horner).collect()
}

/// The first `length` coefficients of an outer series, stored in full where those not stored are only known to be
/// small.
fn filled(outer: &Fixed, length: usize) -> Fixed {
    let mut out = outer.clone();
    let width = out.format().width;
    out.data.truncate(length * width);
    if !out.error.is_zero() {
        out.data.resize(length * width, 0);
    }
    out
}

/// `s^0 … s^(count-1)`: an even power is a square, an odd one that of before times `s`.
fn powers(engine: &Multiplier, one: Fixed, s: &Fixed, count: usize) -> Vec<Fixed> {
    let mut factor = Operand::whole(s);
    let mut out = vec![one, s.clone()];
    while out.len() < count {
        let k = out.len();
        out.push(match k % 2 {
            0 => engine.square(&out[k / 2]),
            _ => engine.product_of(&out[k - 1], &mut Operand::whole(&out[k - 1]), s, Some(&mut factor)),
        });
    }
    out.truncate(count.max(1));
    out
}

/// Multiplication by `s^baby`, which starts at `t^baby`.
struct GiantStep {
    baby: usize,
    /// `s^baby / t^baby`, cut to several lengths: the shorter the other factor, the shorter the transforms.
    cuts: Vec<Fixed>,
}

impl GiantStep {
    /// Numbers of lengths.
    const CUTS: usize = 4;

    fn new(giant: &Fixed, baby: usize) -> GiantStep {
        let Format { width, degree, .. } = giant.format();
        let length = (degree + 1).saturating_sub(baby).max(1);
        let data = giant.data.get(baby * width..).unwrap_or_default();
        // Moved down by t^baby, a bound that grows would be too small.
        let error = ErrorBound::flat(giant.worst_error());
        let cut = |i: usize| {
            let format = giant.format().of_degree((length * (i + 1)).div_ceil(Self::CUTS) - 1);
            let data = data[..data.len().min((format.degree + 1) * width)].to_vec();
            Fixed::exact(format, 0, 1, data).with_error(error)
        };
        GiantStep { baby, cuts: (0..Self::CUTS).map(cut).collect() }
    }

    /// Where the transforms of the cuts are kept.
    fn factors(&self) -> Vec<Operand<'_>> {
        self.cuts.iter().map(Operand::whole).collect()
    }

    /// `acc · s^baby` in a format whose degree is that of `acc` and `baby` more.
    fn apply<'a>(
        &'a self,
        engine: &Multiplier,
        acc: &Fixed,
        format: Format,
        factors: &mut [Operand<'a>],
    ) -> Fixed {
        let degree = format.degree - self.baby.min(format.degree);
        let cut = self.cuts.iter().position(|cut| cut.format().degree >= degree).unwrap_or(Self::CUTS - 1);
        let product = engine.with_degree(degree).product_of(
            acc,
            &mut Operand::whole(acc),
            &self.cuts[cut],
            Some(&mut factors[cut]),
        );
        let mut data = vec![0; self.baby * format.width];
        data.extend_from_slice(&product.data);
        Fixed::exact(format, 0, 1, data).with_error(product.error)
    }
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
        #![proptest_config(ntk_testing::cases(16))]
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
