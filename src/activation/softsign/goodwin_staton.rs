//! The integral of Goodwin and Staton.

use rug::Float;
use rug::float::{Constant, Round};

use crate::number::{Ball, Mag};

/// `G(c) = ∫_0^∞ e^{-x²/2}/(x+c) dx` for `c > 0`, at the precision of `c`.
pub(super) fn goodwin_staton(c: &Ball) -> Ball {
    let bits = f64::from(c.precision());
    // The smallest term of the asymptotic series is about e^{-c²/2}.
    if c.midpoint().to_f64().powi(2) / 2.0 > bits { asymptotic(c) } else { series(c) }
}

/// `Σ_m (-1)^m b_m`, `b_m = ∫_0^∞ x^m e^{-x²/2} dx / c^{m+1}`: cut anywhere, the rest has the sign of the first term
/// left out and is smaller, as `1/(x+c) = Σ_{m<M} (-x)^m/c^{m+1} + (-x)^M/(c^M (x+c))`.
fn asymptotic(c: &Ball) -> Ball {
    let prec = c.precision();
    let inverse_square = c.square().recip();
    // b_0 = √(π/2)/c, b_1 = 1/c², b_{m+2} = (m+1)/c² b_m.
    let mut terms = [Ball::pi(prec).shl(-1).sqrt() / c, inverse_square.clone()];
    let mut sum = Ball::zero(prec);
    for m in 0i64.. {
        let [now, next] = terms;
        let small = now.magnitude() <= sum.magnitude().shl(-i64::from(prec));
        let growing = m > 2 && next.magnitude() >= now.magnitude();
        if small || growing {
            return sum.widened(now.magnitude());
        }
        sum = if m % 2 == 0 { &sum + &now } else { &sum - &now };
        terms = [next, (&now * &inverse_square).mul_integer(m + 1)];
    }
    sum
}

/// With `y = c²/2`: `√π D(√y) - e^{-y} Ei(y)/2`, Dawson's integral `D(z) = e^{-z²} Σ_n z^{2n+1}/(n! (2n+1))` and
/// `Ei(y) = γ + ln y + Σ_{n>=1} y^n/(n n!)`; all terms but the logarithm are positive.
fn series(c: &Ball) -> Ball {
    let prec = c.precision() + 16;
    let c = c.with_precision(prec);
    let y = c.square().shl(-1);
    let size = y.magnitude();
    let mut power = Ball::from_integer(1, prec);
    let (mut dawson, mut exponential) = (power.clone(), Ball::zero(prec));
    for n in 1i64.. {
        power = (&power * &y).div_integer(n);
        dawson = dawson + power.div_integer(2 * n + 1);
        exponential = exponential + power.div_integer(n);
        // From n >= 2y on each power is at most half of the one before, so that the rest is at most the last one.
        let halving = size.shl(1) <= Mag::from_usize(n as usize);
        let small = power.magnitude() <= dawson.magnitude().shl(-i64::from(prec));
        if halving && small {
            break;
        }
    }
    let rest = power.magnitude();
    let dawson = dawson.widened(rest) * y.sqrt() * Ball::pi(prec).sqrt();
    let (gamma, direction) = Float::with_val_round(prec, Constant::Euler, Round::Nearest);
    let logarithm = y.ln() + Ball::rounded((gamma, direction), Mag::ZERO);
    let exponential = (exponential.widened(rest) + logarithm).shl(-1);
    (-y).exp() * (dawson - exponential)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn two_series_agree(c in 4.0f64..25.0, p in 60u32..500) {
            let c = Ball::exact(Float::with_val(p, c));
            let (far, near) = (asymptotic(&c), series(&c));
            prop_assert!(far.overlaps(&near), "{far} {near}");
            prop_assert!(near.relative_accuracy_bits() > i64::from(p) - 16, "{near}");
            let best = (0.72 * c.midpoint().to_f64().powi(2)).min(f64::from(p));
            prop_assert!(far.relative_accuracy_bits() > best as i64 - 16, "{far}");
        }
    }

    /// mpmath 1.3: `quad(lambda x: exp(-x*x/2)/(x+c), [0, 1, 5, inf])` at 40 digits.
    #[test]
    fn known_values() {
        for (c, value) in KNOWN {
            let truth = Ball::exact(Float::with_val(120, Float::parse(value).unwrap()));
            let truth = truth.widened(truth.magnitude() * Mag::pow2(-95));
            let got = goodwin_staton(&Ball::exact(Float::with_val(128, c)));
            assert!(got.overlaps(&truth), "{c}: {got}");
            assert!(got.relative_accuracy_bits() > 110);
        }
    }

    const KNOWN: [(f64, &str); 4] = [
        (0.0009765625, "6.990657931385557231594779181363"),
        (0.5, "1.1828821323718344683383308339324"),
        (1.0, "0.77062593981967640452657269179065"),
        (30.0, "0.040710121254477639643776019088569"),
    ];
}
