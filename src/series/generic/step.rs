//! The recurrences, one coefficient at a time: each uses earlier coefficients only, so several
//! series that depend on each other can be extended together.

use num_rational::BigRational;

use super::Ring;

fn rational(n: usize) -> BigRational {
    BigRational::from_integer(n.into())
}

/// Coefficient `p` of `a b`. Both must be known up to there.
pub fn product<R: Ring>(a: &[R], b: &[R], p: usize) -> R {
    let mut out = a[0].zero_like();
    for i in 0..=p {
        if !a[i].is_exactly_zero() && !b[p - i].is_exactly_zero() {
            out.add_product(&a[i], &b[p - i]);
        }
    }
    out
}

/// Coefficient `p >= 1` of the `y` with `y' = d u'`: `p y_p = Σ_{k=1..p} k u_k d_{p-k}`. With
/// `d = f'(u)` it is that of `f(u)`; with `d = y`, that of `exp u`.
pub fn chain<R: Ring>(u: &[R], d: &[R], p: usize) -> R {
    let mut out = u[0].zero_like();
    for k in 1..=p {
        if !u[k].is_exactly_zero() && !d[p - k].is_exactly_zero() {
            // The weight k/p is put on u_k, which is usually the shorter.
            out.add_product(&u[k].scaled(&(rational(k) / rational(p))), &d[p - k]);
        }
    }
    out
}

/// Coefficient `p >= 1` of `y = u^α`, from `u y' = α u' y`:
/// `p u_0 y_p = Σ_{k=1..p} (α k - (p - k)) u_k y_{p-k}`. `inverse` is `1/u_0`.
pub fn power<R: Ring>(u: &[R], y: &[R], alpha: &BigRational, inverse: &R, p: usize) -> R {
    let mut out = u[0].zero_like();
    for k in 1..=p {
        if !u[k].is_exactly_zero() && !y[p - k].is_exactly_zero() {
            let weight = (alpha * rational(k) - rational(p - k)) / rational(p);
            out.add_product(&u[k].scaled(&weight), &y[p - k]);
        }
    }
    out.mul(inverse)
}
