//! The reciprocal square root of a series.

use super::error_bound::ErrorBound;
use super::fixed::{Fixed, Format, fixed_from_ball};
use super::multiply::{Multiplier, Operand};
use super::ntt::length_for;
use super::{limbs, seed};
use crate::number::{Ball, Mag};

/// `u^{-1/2}` for a series with a positive constant term.
///
/// Newton's step `r ← r + r(1 - u r²)/2` doubles the number of good coefficients, or of good bits in all of them: the
/// start comes from doubles where two of their precisions suffice. Nothing is proved on the way. In the last step the
/// residual `e = 1 - u r²` of the first half of `r` is computed to full length, which proves the result: `u^{-1/2} = r
/// (1 - e)^{-1/2}` exactly.
///
/// The answer is lost (infinite error) when the constant term is not positive or the errors are too
/// large for the bound.
pub fn reciprocal_square_root(engine: &Multiplier, u: &Fixed) -> Fixed {
    let format = u.format();
    let lost = || Fixed::lost(format, 0, u.step);
    let start = u.constant_midpoint();
    if !u.agrees_with(&engine.format())
        || u.first != 0
        || !u.error.is_finite()
        || start.sign() != Some(std::cmp::Ordering::Greater)
    {
        return lost();
    }
    let exact = u.midpoints();
    if let Some(root) = root_of_binomial(&exact) {
        return inherit(root, u.worst_error()).unwrap_or_else(lost);
    }
    let norms = exact.norms();
    let full = exact.capacity();
    // full, …, 2, 1: each at most twice the next.
    let sizes: Vec<usize> = std::iter::successors(Some(full), |n| (*n > 1).then(|| n.div_ceil(2))).collect();
    let by_doubles = sizes
        .iter()
        .position(|n| *n <= seed::MAX_LENGTH)
        .filter(|_| seed::FRACTION_BITS.contains(&format.frac));
    let seeded = by_doubles.and_then(|at| {
        // The whole series keeps its degree, which need not be that of its last coefficient.
        let degree = if at == 0 { format.degree } else { exact.step * (sizes[at] - 1) };
        let part = exact.clone().shortened(degree);
        let r = seed::reciprocal_root(&part, sizes[at])?;
        let error = if at == 0 { u.worst_error() } else { Mag::ZERO };
        Some((at, proving_step(&engine.with_degree(part.format().degree), &part, norms, error, &r)?))
    });
    let (mut at, mut r) = match seeded {
        // An even series of odd degree was cut to its last even power.
        Some((0, proved)) => return proved.of_degree(format.degree),
        Some((at, r)) => (at, r),
        None => {
            let root = Ball::from_integer(1, start.precision()) / start.sqrt();
            (sizes.len() - 1, Fixed::from_balls(format, 0, u.step, &[root]))
        }
    };
    r = r.midpoints().of_degree(format.degree);
    r.data.resize(sizes[at] * format.width, 0);
    // The step to `full` proves, also when it is the only one.
    while at > 1 {
        at -= 1;
        if newton_step(engine, &exact, norms, &mut r, sizes[at]).is_none() {
            return lost();
        }
    }
    proving_step(engine, &exact, norms, u.worst_error(), &r).unwrap_or_else(lost)
}

/// Extends `r` from `known` to `wanted <= 2 known` coefficients.
fn newton_step(
    engine: &Multiplier,
    u: &Fixed,
    u_norms: (Mag, Mag),
    r: &mut Fixed,
    wanted: usize,
) -> Option<()> {
    let known = r.len();
    let length = length_for(2 * known);
    let correction = {
        let mut factor = Operand::whole(r);
        let square = r.with_data(engine.cyclic(&mut factor, None, length, 0..wanted)?);
        // Of u r² only the part from `known` on is wanted: below it is 1, 0, 0, …, so it may be overwritten
        // by what wraps around.
        let product = engine.cyclic(
            &mut Operand::part(u, 0..wanted, u_norms),
            Some(&mut Operand::whole(&square)),
            length_for(known + wanted),
            known..wanted,
        )?;
        let residual = r.with_data(product);
        let data =
            engine.cyclic(&mut factor, Some(&mut Operand::whole(&residual)), length, 0..wanted - known)?;
        r.with_data(data).negated().halved()
    };
    r.data.extend_from_slice(&correction.data);
    Some(())
}

/// The last step, with proof. `r` has at least half of the coefficients, and a format of its own.
fn proving_step(
    engine: &Multiplier,
    u: &Fixed,
    u_norms: (Mag, Mag),
    u_error: Mag,
    r: &Fixed,
) -> Option<Fixed> {
    let format = u.format();
    let (half_ulp, width) = (format.half_ulp(), format.width);
    let (half, full) = (r.len(), u.capacity());
    let series = |data: Vec<u64>| Fixed::exact(format, 0, u.step, data);
    let n = Mag::from_usize(full);
    let r_norms = r.norms();
    if !format.holds(r_norms.0) {
        return None;
    }
    let mut factor = Operand::part(r, 0..half, r_norms);
    let square = series(engine.cyclic(&mut factor, None, length_for(2 * half), 0..full.min(2 * half))?);
    let residual = series(engine.cyclic(
        &mut Operand::part(u, 0..full, u_norms),
        Some(&mut Operand::whole(&square)),
        length_for(2 * full),
        0..full,
    )?);
    let one = Ball::from_integer(1, 64);
    let residual = residual.negated().add_constant(&one);
    // r² is off by half an ulp each coefficient, and so is the product.
    let rounding = half_ulp * (u_norms.1 + Mag::ONE);
    let (low, high) = residual.data.split_at(half.min(residual.len()) * width);
    let (low, high) = (series(low.to_vec()), series(high.to_vec()));
    let small = low.norms().0 + rounding;
    let high_sum = if half < full { high.norms().1 + n * rounding } else { Mag::ZERO };
    let r_sum = r_norms.1;
    // r (1 - e)^{-1/2} = r (1 + e/2 + Σ_{j>=2} c_j e^j), 0 < c_j <= 3/8. With e = low + high, where high² = 0 to
    // this length, every |low_k| <= small and n small <= 1/16:
    // |e^j|_k <= small (n small)^{j-1} + j small (n small)^{j-2} Σ|high|, and Σ_{j>=2} j 16^{2-j} < 2.5.
    let spread = n * small;
    if spread > Mag::pow2(-4) {
        return None;
    }
    let beyond = small * (spread.shl(1) + high_sum * Mag::from_f64(2.5)) * Mag::from_f64(0.375);
    let mut error_factor = Operand::whole(&residual);
    let data = engine.cyclic(&mut factor, Some(&mut error_factor), length_for(half + full), 0..full)?;
    let out = refined(r, format).add(&series(data).halved());
    let step = rounding.shl(-1) + beyond;
    let ulp = ErrorBound::flat(format.ulp());
    let flat = ErrorBound::flat(r_sum * step).plus(ulp);
    // The first k + 1 coefficients alone give the same bound for the k-th, and their sum is at most C (k+1)^{1/2}.
    let growing = ErrorBound::growing(step * r.partial_sum_growth(), 1).plus(ulp);
    inherit(out.with_error(narrower_integral(flat, growing, format.degree)), u_error)
}

/// An exact series in a format with as many limbs or more and up to 63 fractional bits more, which holds it.
fn refined(r: &Fixed, format: Format) -> Fixed {
    let own = r.format();
    let shift = format.frac - own.frac;
    let mut data = vec![0; r.len() * format.width];
    for (x, to) in r.data.chunks_exact(own.width).zip(data.chunks_exact_mut(format.width)) {
        to.fill(limbs::sign(x));
        to[..x.len()].copy_from_slice(x);
        limbs::mul_small(to, 1 << shift);
    }
    Fixed::exact(format, r.first, r.step, data)
}

/// `(1 + w t^g)^{-1/2}` for `|w| <= 1`, by `r_{j+1} = -w r_j (2j+1)/(2j+2)`: each step rounds twice.
fn root_of_binomial(u: &Fixed) -> Option<Fixed> {
    let format = u.format();
    let width = format.width;
    let one = Ball::from_integer(1, 64);
    let (start, rest) = u.data.split_at_checked(width)?;
    let (unit, _) = fixed_from_ball(&format, &one);
    if start != unit || rest.len() > width {
        return None;
    }
    let mut w = u.with_data(rest.to_vec()).negated();
    w.data.resize(width, 0);
    if *w.constant_midpoint().midpoint().as_abs() > 1 {
        return None;
    }
    let exact_one = w.data == unit;
    let mut out = u.with_data(unit.clone());
    let mut last = unit;
    for j in 0..out.capacity().saturating_sub(1) as u64 {
        if !exact_one {
            last = limbs::multiply_shifted(&last, &w.data, format.frac);
        }
        limbs::scale(&mut last, 2 * j + 1, 2 * j + 2);
        out.data.extend_from_slice(&last);
    }
    Some(out.trimmed().with_error(ErrorBound::growing(format.ulp(), 2)))
}

/// Adds the error of `u` itself to a root of its midpoints: `(u + δ)^{-1/2} = v (1 + δ v²)^{-1/2}` with `v = u^{-1/2}`.
///
/// `d` bounds the coefficients of `δ v²`, `|binomial(-1/2, j)| <= 1/2`, and `n d <= 1/2`.
fn inherit(root: Fixed, u_error: Mag) -> Option<Fixed> {
    let n = Mag::from_usize(root.capacity());
    let worst = root.worst_error();
    let sum = root.norms().1 + n * worst;
    let d = u_error * sum.pow(2);
    if n * d > Mag::pow2(-1) {
        return None;
    }
    let c = root.partial_sum_growth() + n * worst;
    let growing = ErrorBound::growing(u_error * c.pow(3), 3);
    let inherited = narrower_integral(ErrorBound::flat(sum * d), growing, root.format().degree);
    let error = root.error.plus(inherited);
    Some(root.with_error(error).trimmed())
}

/// Of two bounds the one whose integral is narrower at the last coefficient.
fn narrower_integral(a: ErrorBound, b: ErrorBound, degree: usize) -> ErrorBound {
    if a.integrated().at(degree) < b.integrated().at(degree) { a } else { b }
}

#[cfg(test)]
mod tests {
    use super::*;
    use num_rational::BigRational;
    use proptest::prelude::*;

    /// `u^{-1/2}` in rationals, `u_0 = 1`: `n r_n = Σ_{k>=1} (n - k/2 - … )`, from `2 u r' + u' r = 0`.
    fn by_recurrence(u: &[BigRational]) -> Vec<BigRational> {
        let int = |n: usize| BigRational::from_integer(n.into());
        let mut r = vec![int(1)];
        for n in 1..u.len() {
            let sum: BigRational = (1..=n).map(|k| (int(2 * (n - k)) + int(k)) * &u[k] * &r[n - k]).sum();
            r.push(-sum / int(2 * n));
        }
        r
    }

    proptest! {
        #![proptest_config(ntk_testing::cases(24))]
        /// Around both ends of the precisions that start from doubles, and with limbs to spare or not.
        #[test]
        fn encloses_the_exact_root(
            u in prop::collection::vec(-20i64..20, 0..90), frac in prop::sample::select(vec![43u32, 44, 45, 64, 80, 87, 88, 89, 128, 150]),
            spare in prop::sample::select(vec![12u32, 20, 100]), step in 1usize..3, past in 0usize..2, error in 0u32..2,
        ) {
            let mut exact = vec![BigRational::from_integer(1.into())];
            exact.extend(u.iter().map(|v| BigRational::new((*v).into(), 64.into())));
            // An even series may have an odd degree.
            let degree = step * (exact.len() - 1) + past * (step - 1);
            let format = Format { frac, width: (frac + spare).div_ceil(64) as usize, degree };
            let balls: Vec<Ball> = exact.iter().map(|v| Ball::from_rational(v, 100)).collect();
            let mut series = Fixed::from_balls(format, 0, step, &balls);
            if error == 1 {
                series.error = series.error.plus(ErrorBound::flat(Mag::pow2(-70)));
            }
            let root = reciprocal_square_root(&Multiplier::new(format), &series);
            prop_assert_eq!(root.format(), format);
            for (j, truth) in by_recurrence(&exact).iter().enumerate() {
                prop_assert!(root.ball(step * j, 400).contains_rational(truth), "coefficient {}", j);
            }
        }
    }

    #[test]
    fn the_bound_is_narrow_where_coefficients_decay_slowly() {
        // (1 - t)^{-1/2}: n = 2001 coefficients, their sum is about 50.
        let format = Format { frac: 100, width: 3, degree: 2000 };
        let u = Fixed::from_balls(format, 0, 1, &[Ball::from_integer(1, 64), Ball::from_integer(-1, 64)]);
        let root = reciprocal_square_root(&Multiplier::new(format), &u);
        assert!(root.worst_error() <= Mag::pow2(-83), "{:?}", root.error);
        let mut truth = Ball::from_integer(1, 200);
        for k in 0..=2000 {
            assert!(root.ball(k, 200).overlaps(&truth));
            truth = truth.mul_integer(2 * k as i64 + 1).div_integer(2 * k as i64 + 2);
        }
    }

    #[test]
    fn binomials_take_two_roundings_a_coefficient() {
        let format = Format { frac: 100, width: 2, degree: 1000 };
        let unit = Ball::from_integer(1, 64);
        for w in [unit.shl(-1), unit.clone(), -unit.clone()] {
            let u = Fixed::from_balls(format, 0, 2, &[unit.clone(), w]);
            assert!(root_of_binomial(&u).unwrap().worst_error() <= Mag::pow2(-89));
        }
        let u = Fixed::from_balls(format, 0, 2, &[unit.clone(), unit.mul_integer(2)]);
        assert!(root_of_binomial(&u).is_none());
    }

    #[test]
    fn a_constant_term_that_may_vanish_gives_nothing() {
        let format = Format { frac: 60, width: 2, degree: 4 };
        let u = Fixed::from_balls(format, 0, 1, &[Ball::zero(64), Ball::from_integer(1, 64)]);
        assert!(!reciprocal_square_root(&Multiplier::new(format), &u).error.is_finite());
    }
}
