//! Expressions on real balls.

use rug::float::Round;
use rug::{Float, Rational};

use super::graph::Function;
use super::program::Value;
use crate::number::{Ball, Mag, half_ulp};

/// Balls narrower than this are evaluated at the midpoint, with a bound of the slope; wider ones at both ends.
const NARROW: Mag = Mag::pow2(-12);

/// MPFR's function in place.
type Rounded = fn(&mut Float, Round) -> std::cmp::Ordering;

impl Value for Ball {
    fn constant(value: &Ball) -> Ball {
        value.clone()
    }

    fn add(&self, other: &Ball) -> Ball {
        self + other
    }

    fn sub(&self, other: &Ball) -> Ball {
        self - other
    }

    fn mul(&self, other: &Ball) -> Ball {
        self * other
    }

    fn div(&self, other: &Ball) -> Ball {
        self / other
    }

    fn whole_power(&self, n: i32) -> Ball {
        let power = power(self, n.unsigned_abs());
        if n < 0 { power.recip() } else { power }
    }

    fn root(&self, r: &Rational) -> Ball {
        root(self, r)
    }

    fn call(&self, f: Function) -> Ball {
        match f {
            Function::Exp => exp(self),
            Function::Log => log(self),
            Function::Sin => self.sin(),
            Function::Cos => self.cos(),
            Function::Sinh => monotone(self, |x| rounded(x, Float::sinh_round), || Mag::INFINITY),
            Function::Cosh => even_part_of_exp(self),
            // 0 < tanh' <= 1, 0 < atan' <= 1, 0 < asinh' <= 1.
            Function::Tanh => monotone(self, |x| rounded(x, Float::tanh_round), || Mag::ONE),
            Function::Atan => monotone(self, Ball::atan, || Mag::ONE),
            Function::Asinh => monotone(self, |x| rounded(x, Float::asinh_round), || Mag::ONE),
            // erf' <= 2/√π < 1.2.
            Function::Erf => monotone(self, Ball::erf, || Mag::from_f64(1.2)),
            // σ' = σ(1-σ) <= 1/4.
            Function::Sigmoid => monotone(self, sigmoid, || Mag::pow2(-2)),
            // The slope is σ < 1.
            Function::Softplus => monotone(self, softplus, || Mag::ONE),
        }
    }
}

/// `f` on a ball, from its values at exact arguments: at the midpoint with a bound of the slope, or, `f` being
/// increasing, at both ends.
fn monotone(x: &Ball, f: impl Fn(&Ball) -> Ball, slope: impl Fn() -> Mag) -> Ball {
    let prec = x.precision();
    if !x.is_finite() {
        return Ball::whole_line(prec);
    }
    if x.is_exact() {
        return f(x);
    }
    let slope = slope();
    if x.radius() <= NARROW && slope.is_finite() {
        return f(&Ball::exact(x.midpoint().clone())).widened(x.radius() * slope);
    }
    let (low, high) = (f(&Ball::exact(x.lower())), f(&Ball::exact(x.upper())));
    if !low.is_finite() || !high.is_finite() {
        return Ball::whole_line(prec);
    }
    Ball::from_bounds(&low.lower(), &high.upper(), prec)
}

/// One correctly rounded evaluation.
fn rounded(x: &Ball, f: Rounded) -> Ball {
    let mut mid = x.midpoint().clone();
    let direction = f(&mut mid, Round::Nearest);
    if !mid.is_finite() {
        return Ball::whole_line(x.precision());
    }
    let rad = if direction.is_eq() { Mag::ZERO } else { half_ulp(&mid) };
    Ball::new(mid, rad)
}

fn exp(x: &Ball) -> Ball {
    if x.is_exact() || x.radius() > NARROW {
        return x.exp();
    }
    let mid = Ball::exact(x.midpoint().clone()).exp();
    // |e^x - e^m| <= e^m (e^r - 1) <= 2 r e^m for r <= 1.
    let spread = mid.magnitude() * x.radius().shl(1);
    mid.widened(spread)
}

fn log(x: &Ball) -> Ball {
    let low = x.mignitude();
    if x.is_exact() || low.is_zero() || x.midpoint().is_sign_negative() || x.radius() > low * NARROW {
        return x.ln();
    }
    // |log x - log m| <= r / min(x, m).
    Ball::exact(x.midpoint().clone()).ln().widened(x.radius().div_by_lower(low))
}

/// `cosh u = (e^u + e^{-u})/2`.
fn even_part_of_exp(x: &Ball) -> Ball {
    if x.is_exact() {
        return rounded(x, Float::cosh_round);
    }
    // Increasing in |u|; an end that rounding carried below zero stands for zero.
    let one = Ball::from_integer(1, x.precision());
    let at = |x: &Ball| if *x.midpoint() < 0 { one.clone() } else { rounded(x, Float::cosh_round) };
    monotone(&x.abs(), at, || Mag::INFINITY)
}

/// At an exact argument; the exponential is of a number <= 0.
fn sigmoid(x: &Ball) -> Ball {
    let one = Ball::from_integer(1, x.precision());
    if x.midpoint().is_sign_negative() {
        let small = x.exp();
        return &small / &(&one + &small);
    }
    &one / &(&one + &(-x).exp())
}

/// At an exact argument: `max(u, 0) + log(1 + e^{-|u|})`.
fn softplus(x: &Ball) -> Ball {
    let small = (-x.abs()).exp();
    let mut mid = small.midpoint().clone();
    let direction = mid.ln_1p_round(Round::Nearest);
    // |log(1+s) - log(1+m)| <= |s - m| for s, m >= 0; the midpoint of a value in (0, 1] is not negative.
    let tail = if direction.is_eq() { Mag::ZERO } else { half_ulp(&mid) } + small.radius();
    let tail = Ball::new(mid, tail);
    if x.midpoint().is_sign_negative() { tail } else { &tail + x }
}

/// `x^n` with one rounding where `x` is exact, never negative for even `n`.
fn power(x: &Ball, n: u32) -> Ball {
    match n {
        2 => x.square(),
        _ if n.is_multiple_of(2) && x.contains_zero() && !x.is_exact() => {
            // 0 <= x^n <= |x|^n.
            Ball::from_bounds(&Float::new(53), &x.magnitude().pow(u64::from(n)).to_float(), x.precision())
        }
        _ if x.is_exact() || x.contains_zero() => x.pow(u64::from(n)),
        _ => {
            let mid = Ball::exact(x.midpoint().clone()).pow(u64::from(n));
            // |x^n - m^n| <= n r max(|x|, |m|)^{n-1}.
            let slope = Mag::from_usize(n as usize) * x.magnitude().pow(u64::from(n) - 1);
            mid.widened(slope * x.radius())
        }
    }
}

/// `x^r` of the non-negative members.
fn root(x: &Ball, r: &Rational) -> Ball {
    let prec = x.precision();
    if !x.is_finite() || x.upper() < 0 {
        return Ball::whole_line(prec);
    }
    if *r < 0 {
        return root(x, &Rational::from(-r)).recip();
    }
    // Parsed exponents have numerators and denominators of at most four digits; derivatives add little.
    let (Some(p), Some(n)) = (r.numer().to_u32(), r.denom().to_u32()) else {
        return Ball::whole_line(prec);
    };
    let at = |value: &Float, round: Round| {
        let mut out = value.clone();
        if n == 2 {
            out.sqrt_round(round)
        } else {
            out.root_round(n, round)
        };
        out
    };
    let low = x.mignitude();
    let base = if !x.midpoint().is_sign_negative() && (x.is_exact() || x.radius() < low * NARROW) {
        let mut mid = x.midpoint().clone();
        let direction =
            if n == 2 { mid.sqrt_round(Round::Nearest) } else { mid.root_round(n, Round::Nearest) };
        let rounding = if direction.is_eq() { Mag::ZERO } else { half_ulp(&mid) };
        // |x^{1/n} - m^{1/n}| <= r/n · min^{1/n - 1} <= r · min^{1/n}/min <= r · max^{1/n}/min.
        let spread = if x.is_exact() {
            Mag::ZERO
        } else {
            x.radius() * root_of_mag(x.magnitude(), n).div_by_lower(low)
        };
        Ball::new(mid, rounding + spread)
    } else {
        let lower = x.lower();
        let lower = if lower.is_sign_negative() { Float::new(prec) } else { lower };
        Ball::from_bounds(&at(&lower, Round::Down), &at(&x.upper(), Round::Up), prec)
    };
    power(&base, p)
}

/// An upper bound of the n-th root.
fn root_of_mag(x: Mag, n: u32) -> Mag {
    let mut out = x.to_float();
    out.root_round(n, Round::Up);
    Mag::from_float(&out)
}
