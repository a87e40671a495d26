use proptest::prelude::*;
use rug::Float;
use rug::float::{Constant, Round};

use super::super::*;
use crate::number::truth::*;

/// `erf |x|` and `erfc |x|` by the series of positive terms `2/√π e^{-x²} Σ 2^k |x|^{2k+1}/(2k+1)!!`, every step
/// rounded to one side; for `|x| <= 45`.
fn erf_and_complement(x: &Float, bits: u32) -> [Between; 2] {
    let size = Float::with_val(64, x.abs_ref());
    let bits = bits + (3.0 * size.to_f64().powi(2)) as u32 + 64;
    let x = Float::with_val(x.prec(), x.abs_ref());
    let square = Float::with_val(2 * x.prec(), x.square_ref());
    let side = |round: Round| {
        let other = if round == Round::Down { Round::Up } else { Round::Down };
        let mut term = Float::with_val_round(bits, &x, round).0;
        let mut sum = term.clone();
        for k in 0u32.. {
            let next = Float::with_val_round(bits, &term * &square, round).0 * 2u32;
            term = Float::with_val_round(bits, next / (2 * k + 3), round).0;
            sum = Float::with_val_round(bits, &sum + &term, round).0;
            let settled = term.is_zero() || term.get_exp() < sum.get_exp().map(|e| e - bits as i32);
            if f64::from(k) > 2.0 * size.to_f64().powi(2) && settled {
                break;
            }
        }
        if round == Round::Up {
            // From here on each term is less than half the one before.
            sum = Float::with_val_round(bits, &sum + &term, round).0;
        }
        let mut factor = Float::with_val_round(bits, -&square, round).0;
        factor.exp_round(round);
        let mut root = Float::with_val_round(bits, Constant::Pi, other).0;
        root.sqrt_round(other);
        let product = Float::with_val_round(bits, &sum * &factor, round).0 * 2u32;
        Float::with_val_round(bits, &product / &root, round).0
    };
    let erf = [side(Round::Down), side(Round::Up)];
    let complement = |x: &Float, round| Float::with_val_round(bits, 1 - x, round).0;
    [erf.clone(), [complement(&erf[1], Round::Down), complement(&erf[0], Round::Up)]]
}

fn negated([a, b]: Between) -> Between {
    [-b, -a]
}

fn hard() -> Vec<Float> {
    let root_of_three = Float::with_val(320, 3).sqrt();
    let some = [0.0, 1.0, -5.0, 15.9, 16.0, 16.5, -27.0].map(|x| Float::with_val(320, x));
    some.into_iter().chain([root_of_three.clone(), -root_of_three]).collect()
}

fn erf(x: &Float, bits: u32) -> Between {
    let [value, _] = erf_and_complement(x, bits);
    if x.is_sign_negative() { negated(value) } else { value }
}

/// `Φ(x)`, with `x/√2` between two floats.
fn normal_cdf(x: &Float, bits: u32) -> Between {
    let wide = bits.max(x.prec()) + 100;
    let root = Float::with_val(wide, 2).sqrt();
    let argument = Float::with_val(wide, x / root);
    // x/√2 is within a relative 2^(2 - wide) of the float, and Φ' <= |Φ| (|x| + 2) for negative x.
    let [_, tail] = erf_and_complement(&argument, bits);
    let tails = tail.map(|t| t / 2u32);
    let slack = Float::with_val(64, Float::i_exp(1, 16 - wide as i32));
    let widened = |[a, b]: Between| {
        let grow = |x: Float, sign: i32, round| {
            let share = Float::with_val_round(64, x.abs_ref(), Round::Up).0 * &slack * sign;
            Float::with_val_round(x.prec(), &x + &share, round).0
        };
        [grow(a, -1, Round::Down), grow(b, 1, Round::Up)]
    };
    if x.is_sign_negative() {
        return widened(tails);
    }
    let [a, b] = widened(tails);
    let one_minus = |x: &Float, round| Float::with_val_round(wide + 2000, 1 - x, round).0;
    [one_minus(&b, Round::Down), one_minus(&a, Round::Up)]
}

proptest! {
    #![proptest_config(ntk_testing::cases(200))]

    #[test]
    fn error_function_and_normal_distribution(a in draw()) {
        let x = a.ball(&hard());
        if x.magnitude() > Mag::from_f64(40.0) {
            // Far out both are next to their limits.
            if x.mignitude() > Mag::from_f64(40.0) {
                let sign = if x.midpoint().is_sign_negative() { -1 } else { 1 };
                let near = Float::with_val(3000, 1) - (Float::with_val(53, 1) >> 1000u32);
                let truth = if sign > 0 { [near, Float::with_val(9, 1)] } else { [Float::with_val(9, -1), -near] };
                prop_assert!(holds(&x.erf(), &truth), "{x:?}: {:?}", x.erf());
                let phi = Ball::from_integer(1, 60) + x.erf();
                prop_assert!(x.normal_cdf().overlaps(&phi.shl(-1)));
            }
            prop_assert!(x.erf().magnitude() <= Mag::from_f64(2.1) && x.normal_cdf().magnitude() <= Mag::from_f64(2.1));
            return Ok(());
        }
        let at = members(&x, &hard());
        let bits = 4 * a.precision + 64;
        let (values, cdf) = (x.erf(), x.normal_cdf());
        let truths: Vec<Between> = at.iter().map(|m| erf(m, bits)).collect();
        for (m, truth) in at.iter().zip(&truths) {
            prop_assert!(holds(&values, truth), "erf of {x:?} misses {m}: {values:?}");
        }
        prop_assert!(is_tight(&values, &truths, 1.5, 4.0, a.precision), "erf of {x:?} is too wide: {values:?}");
        let truths: Vec<Between> = at.iter().map(|m| normal_cdf(m, bits)).collect();
        for (m, truth) in at.iter().zip(&truths) {
            prop_assert!(holds(&cdf, truth), "Φ of {x:?} misses {m}: {cdf:?}");
        }
        prop_assert!(is_tight(&cdf, &truths, 1.5, 6.0, a.precision), "Φ of {x:?} is too wide: {cdf:?}");
    }
}

/// Where the two series take turns, and where each is slow: both against the series of positive terms.
#[test]
fn far_tails_at_many_digits() {
    for (x, precision) in
        [(-20i64, 800u32), (-24, 600), (-24, 700), (-24, 800), (-30, 1200), (-30, 3000), (-16, 60)]
    {
        let ball = Ball::from_integer(x, precision);
        let truth = normal_cdf(ball.midpoint(), 4 * precision);
        let value = ball.normal_cdf();
        assert!(holds(&value, &truth), "Φ({x}) at {precision} bits: {value:?}");
        assert!(is_tight(&value, &[truth], 1.0, 4.0, precision), "Φ({x}) at {precision} bits: {value:?}");
    }
    // The steepest slope over a ball is that at its near end.
    for x in [-24i64, -30] {
        let ball = Ball::from_integer(x, 300).widened(Mag::pow2(-13));
        let (value, [lower, upper]) = (ball.normal_cdf(), ends(&ball));
        let truths = [lower, upper].map(|end| normal_cdf(&end, 1200));
        assert!(
            truths.iter().all(|t| holds(&value, t)) && is_tight(&value, &truths, 1.02, 1.0, 300),
            "{x}: {value:?}"
        );
    }
    // Mills: φ(x)/x (1 - 1/x²) < 1 - Φ(x) < φ(x)/x.
    for x in [200i64, 280, 5000] {
        let ball = Ball::from_integer(x, 5000);
        let (tail, upper) = ((-&ball).normal_cdf(), ball.normal_density() / &ball);
        assert!(tail.relative_accuracy_bits() > 4990 && tail.upper() < upper.upper(), "{x}: {tail:?}");
        assert!((&tail / &upper).lower() > 1.0 - 1.01 / (x * x) as f64);
    }
}
