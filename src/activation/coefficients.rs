//! Accuracy in, precision inside.

use num_rational::BigRational;
use num_traits::Signed;

use super::Activation;
use crate::Error;
use crate::consistency::{agree, at_most};
use crate::number::rational::abridged;
use crate::number::{Accuracy, Ball};

/// Most coefficients that are computed at once: a kernel's series of degree 1,000,000 needs one more
/// for its derivative.
pub const MAX_LENGTH: usize = 1_000_002;

/// Largest numerator or denominator of a variance, in bits.
const MAX_VARIANCE_BITS: u64 = 40_000;

/// Hermite coefficients `μ_k = E[φ(√q Z) h_k(Z)]`, `k < len`, `Z ~ N(0, 1)`, `h_k` orthonormal.
///
/// `out[k]` encloses the `k`-th; `out.len() == len`. One that is exactly zero comes back exact.
///
/// # Errors
/// [`Error::Parameter`] when `q <= 0` or `len > 1_000_002`; [`Error::NotSquareIntegrable`];
/// [`Error::AccuracyNotReached`] holds the best enclosure found.
///
/// # Method
/// The activation's own way ([`Activation::method`]) at a working precision that is
/// raised until every enclosure is as narrow as asked.
///
/// # Examples
/// ```
/// use ntk_series::{Accuracy, Activation, hermite, number::parse_rational};
/// let mu = hermite::coefficients(&Activation::relu(), &parse_rational("1")?, 4, Accuracy::relative(20)?)?;
/// assert_eq!(mu[0].to_decimal(12).unwrap().value, "0.398942280401"); // 1/√(2π)
/// assert!(mu[1].contains_rational(&parse_rational("1/2")?));
/// assert!(mu[3].is_exact_zero());
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn coefficients(
    activation: &Activation,
    q: &BigRational,
    len: usize,
    accuracy: Accuracy,
) -> Result<Vec<Ball>, Error> {
    if len > MAX_LENGTH {
        return Err(Error::parameter("max-degree", len - 1, "0 to 1000001 are accepted"));
    }
    if !q.is_positive() || q.numer().bits().max(q.denom().bits()) > MAX_VARIANCE_BITS {
        return Err(Error::parameter(
            "variance",
            q,
            "a positive number of at most 12,000 digits is accepted",
        ));
    }
    activation.check_square_integrable(q)?;
    let first = accuracy.bits() + 4;
    // Bits times coefficients: bounds time and memory.
    let most = (4_000_000_000 / len.max(1) as u64).min(u64::from(activation.most_bits(first)));
    let most = (most as u32).max(2 * first);
    let mut precision = first;
    // The definitions work with more than `precision` bits: the variance must not be what limits them.
    // Where it is small, an integral's coefficients fall by its root from one to the next, but its error does not.
    let halvings = q.denom().bits().saturating_sub(q.numer().bits()) / 2;
    let falls =
        if activation.analytic().is_some() { halvings.saturating_mul(len as u64).min(50_000) } else { 0 };
    let variance = |precision| Ball::from_rational(q, 2 * precision + 128 + falls as u32);
    let mut out = activation.hermite(&variance(precision), len, precision)?;
    // A zero by accident of the variance would have the precision raised in vain: the closed form knows it.
    let zeros: Vec<usize> = (0..len)
        .filter(|&k| out[k].contains_zero() && !out[k].is_exact_zero())
        .filter(|&k| activation.hermite_closed_form(k, q).is_some_and(|exact| exact.is_zero()))
        .collect();
    loop {
        for &k in &zeros {
            out[k] = Ball::zero(precision);
        }
        let missing = |x: &Ball| accuracy.missing_bits(x);
        let Some(last) = out.iter().rposition(|x| missing(x) > 0) else { break };
        if precision >= most {
            settle(activation, q, &mut out, accuracy)?;
            break;
        }
        let worst = out.iter().map(missing).max().unwrap_or(0);
        precision = match u32::try_from(worst) {
            Ok(bits) if bits < precision => precision + bits + 16,
            _ => precision.saturating_mul(2),
        }
        .min(most);
        // Often only the first few want more: a low coefficient may be close to zero.
        let better = activation.hermite(&variance(precision), last + 1, precision)?;
        out.splice(..=last, better);
    }
    check(activation, &variance(precision), &out)?;
    Ok(out)
}

/// What the theory says of the list: `μ_k = 0` off the support, and `Σ_{k<K} μ_k² <= E[φ²]`, with equality where all
/// others are zero.
fn check(activation: &Activation, variance: &Ball, out: &[Ball]) -> Result<(), Error> {
    let support = activation.support();
    let zero = Ball::zero(64);
    for (k, x) in out.iter().enumerate().filter(|(k, _)| !support.may_be_nonzero(*k)) {
        agree(x, &zero, || format!("Hermite coefficient {k}"), "it is off the support of the activation")?;
    }
    // A formula costs nothing, an integral may cost as much as all coefficients.
    if activation.analytic().is_some() {
        return Ok(());
    }
    let Ok(moment) = activation.second_moment(variance, 64) else { return Ok(()) };
    let squares: Vec<Ball> = out.iter().map(|x| x.with_precision(64).square()).collect();
    let sum = Ball::sum(64, &squares);
    let name = || "the sum of the squared Hermite coefficients".to_string();
    at_most(&sum, &moment, name, "it is at most the second moment")?;
    let all = !support.even_tail && !support.odd_tail && support.initial.len() <= out.len();
    if all { agree(&sum, &moment, name, "of all of them it is the second moment") } else { Ok(()) }
}

/// Replaces what the closed form decides (it may be exactly zero, at this variance only); the first
/// that cannot be settled is the error.
fn settle(
    activation: &Activation,
    q: &BigRational,
    out: &mut [Ball],
    accuracy: Accuracy,
) -> Result<(), Error> {
    for (k, x) in out.iter_mut().enumerate() {
        if accuracy.is_met_by(x) {
            continue;
        }
        if let Some(exact) = activation.hermite_closed_form(k, q) {
            if exact.is_zero() {
                *x = Ball::zero(x.precision());
                continue;
            }
            if let Ok(ball) = exact.enclose(accuracy) {
                *x = ball;
                continue;
            }
        }
        return Err(Error::AccuracyNotReached {
            what: format!(
                "Hermite coefficient {k} of `{}` at variance {}",
                abridged(&activation.name()),
                abridged(&q.to_string())
            ),
            best: Box::new(x.clone()),
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::parse_rational;

    #[test]
    fn false_coefficients_are_not_handed_out() {
        for (name, k) in [("relu", 3), ("erf", 2), ("hermite(3)", 2), ("poly(1,2)", 1), ("gelu", 0)] {
            let activation = Activation::parse(name).unwrap();
            let q = parse_rational("2").unwrap();
            let mut out = coefficients(&activation, &q, 40, Accuracy::relative(10).unwrap()).unwrap();
            let variance = Ball::from_integer(2, 100);
            assert!(check(&activation, &variance, &out).is_ok());
            out[k] = &out[k] + &Ball::from_integer(1, 64);
            let error = check(&activation, &variance, &out).unwrap_err();
            assert!(matches!(error, Error::Inconsistent { .. }), "{error}");
        }
        // Too small is false as well, where the list is complete.
        let cube = Activation::parse("cube").unwrap();
        let few = vec![Ball::zero(64), Ball::from_integer(1, 64), Ball::zero(64), Ball::from_integer(1, 64)];
        assert!(check(&cube, &Ball::from_integer(1, 64), &few).is_err());
        assert!(check(&cube, &Ball::from_integer(1, 64), &few[..2]).is_ok());
    }
}
