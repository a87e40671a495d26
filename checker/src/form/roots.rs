//! The real roots of a polynomial, where all of them are rational (Sturm's theorem).

use num_integer::Integer;
use num_traits::{One, Signed, Zero};

use crate::integer::{BigInt, BigRational};
use crate::rational::{bits, polynomial_at, ratio, rational, trimmed};

const MAX_DEGREE: usize = 24;
const MAX_BITS: u64 = 600;

/// All real roots in increasing order; `None` where one is irrational, or the polynomial is too large, or zero.
pub(super) fn real_roots(p: &[BigRational]) -> Option<Vec<BigRational>> {
    let p = trimmed(p);
    match p.as_slice() {
        [] => return None,
        [_] => return Some(vec![]),
        [c, d] => return Some(vec![-(c / d)]),
        [rest @ .., _] if rest.iter().all(Zero::is_zero) => return Some(vec![BigRational::zero()]),
        _ => (),
    }
    if p.len() > MAX_DEGREE + 1 || p.iter().any(|c| bits(c) > MAX_BITS) {
        return None;
    }
    let squarefree = divided(&p, &common_divisor(&p, &derivative(&p)));
    let chain = sturm_chain(&squarefree);
    let scale = squarefree.iter().fold(BigInt::one(), |l, c| l.lcm(c.denom()));
    let lead = (squarefree.last()? * BigRational::from(scale)).abs();
    // Rational roots have denominators up to `lead`; two such numbers are at least 1/lead² apart.
    let width = (&lead * &lead * rational(2)).recip();
    let last = squarefree.last()?;
    let bound = squarefree.iter().map(|c| (c / last).abs()).max()? + rational(2);
    let mut out = vec![];
    let mut open = vec![(-&bound, bound)];
    while let Some((a, b)) = open.pop() {
        // Sturm: the number of roots in (a, b].
        let count = changes(&chain, &a) - changes(&chain, &b);
        if count == 0 {
            continue;
        }
        if count == 1 && &b - &a < width {
            // At most one fraction with so small a denominator is inside: if the root is one, it is the simplest.
            let candidate = if polynomial_at(&squarefree, &b).is_zero() { b } else { simplest(&a, &b)? };
            if !polynomial_at(&squarefree, &candidate).is_zero() {
                return None;
            }
            out.push(candidate);
            continue;
        }
        let middle = (&a + &b) * ratio(1, 2);
        open.push((a, middle.clone()));
        open.push((middle, b));
    }
    out.sort();
    Some(out)
}

fn derivative(p: &[BigRational]) -> Vec<BigRational> {
    p.iter().enumerate().skip(1).map(|(i, c)| c * rational(i as i64)).collect()
}

/// Quotient and remainder.
fn long_division(a: &[BigRational], b: &[BigRational]) -> (Vec<BigRational>, Vec<BigRational>) {
    let (mut rest, b) = (trimmed(a), trimmed(b));
    let Some(lead) = b.last().cloned() else { return (vec![], rest) };
    let mut quotient = vec![BigRational::zero(); rest.len().saturating_sub(b.len()) + 1];
    while rest.len() >= b.len() {
        let shift = rest.len() - b.len();
        let factor = rest.last().cloned().unwrap_or_else(BigRational::zero) / &lead;
        for (i, c) in b.iter().enumerate() {
            rest[shift + i] -= &factor * c;
        }
        quotient[shift] = factor;
        rest = trimmed(&rest);
    }
    (quotient, rest)
}

fn divided(a: &[BigRational], b: &[BigRational]) -> Vec<BigRational> {
    trimmed(&long_division(a, b).0)
}

/// Monic.
fn common_divisor(a: &[BigRational], b: &[BigRational]) -> Vec<BigRational> {
    let (mut a, mut b) = (trimmed(a), trimmed(b));
    while let Some(lead) = b.last().cloned() {
        let monic: Vec<BigRational> = b.iter().map(|c| c / &lead).collect();
        let rest = long_division(&a, &monic).1;
        (a, b) = (monic, rest);
    }
    a
}

fn sturm_chain(p: &[BigRational]) -> Vec<Vec<BigRational>> {
    let mut chain = vec![p.to_vec(), derivative(p)];
    loop {
        let n = chain.len();
        let rest = long_division(&chain[n - 2], &chain[n - 1]).1;
        // Positive factors change no sign.
        let Some(size) = rest.last().map(Signed::abs) else { return chain };
        chain.push(rest.iter().map(|c| -c / &size).collect());
    }
}

/// Changes of sign along the chain, zeros left out.
fn changes(chain: &[Vec<BigRational>], x: &BigRational) -> i64 {
    let signs: Vec<bool> =
        chain.iter().map(|p| polynomial_at(p, x)).filter(|v| !v.is_zero()).map(|v| v.is_positive()).collect();
    signs.windows(2).filter(|w| w[0] != w[1]).count() as i64
}

/// The fraction with the least denominator strictly between `a < b`, by continued fractions.
fn simplest(a: &BigRational, b: &BigRational) -> Option<BigRational> {
    if a.is_negative() && b.is_positive() {
        return Some(BigRational::zero());
    }
    if !b.is_positive() {
        return Some(-simplest(&-b, &-a)?);
    }
    let mut digits = vec![];
    let (mut a, mut b) = (a.clone(), Some(b.clone()));
    for _ in 0..10_000 {
        let next = a.floor() + BigRational::one();
        if b.as_ref().is_none_or(|b| next < *b) {
            digits.push(next);
            let mut value = digits.pop()?;
            while let Some(digit) = digits.pop() {
                value = digit + value.recip();
            }
            return Some(value);
        }
        // a and b agree in the whole part (b may be the next whole number itself).
        let whole = a.floor();
        let upper = b.map(|b| b - &whole);
        let lower = &a - &whole;
        digits.push(whole);
        // 1/(b - whole) < y < 1/(a - whole).
        a = upper.map_or_else(BigRational::zero, |u| u.recip());
        b = if lower.is_zero() { None } else { Some(lower.recip()) };
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poly(c: &[i64]) -> Vec<BigRational> {
        c.iter().map(|&c| rational(c)).collect()
    }

    #[test]
    fn finds_rational_roots() {
        assert_eq!(real_roots(&poly(&[-1, 0, 1])).unwrap(), poly(&[-1, 1]));
        assert_eq!(real_roots(&poly(&[0, 0, 1, -2, 1])).unwrap(), poly(&[0, 1]));
        assert_eq!(real_roots(&poly(&[1, -5, 6])).unwrap(), vec![ratio(1, 3), ratio(1, 2)]);
        assert_eq!(real_roots(&poly(&[1, 0, 1])).unwrap(), vec![]);
        assert_eq!(real_roots(&poly(&[-6, 11, -6, 1])).unwrap(), poly(&[1, 2, 3]));
        assert!(real_roots(&poly(&[-2, 0, 1])).is_none());
        assert!(real_roots(&[]).is_none());
        assert_eq!(real_roots(&[ratio(-22, 7), rational(0), ratio(1, 1)]).map(|r| r.len()), None);
        assert_eq!(real_roots(&poly(&[-9, 0, 0, 0, 4, 0, 0])).map(|r| r.len()), None);
    }

    #[test]
    fn simplest_fractions() {
        assert_eq!(simplest(&ratio(31, 10), &ratio(32, 10)).unwrap(), ratio(19, 6));
        assert_eq!(simplest(&ratio(-1, 3), &ratio(-1, 4)).unwrap(), ratio(-2, 7));
        assert_eq!(simplest(&ratio(1, 2), &rational(1)).unwrap(), ratio(2, 3));
        assert_eq!(simplest(&rational(0), &ratio(1, 5)).unwrap(), ratio(1, 6));
    }
}
