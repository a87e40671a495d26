//! exp, log, sin, cos, erf and what is made of them.

use num_traits::{One, Signed, ToPrimitive, Zero};

use super::constants::{log2, pi};
use super::{CAP, Interval, UNIT, shift_up};
use crate::integer::BigInt;

/// `⌊|x|⌋` as a small number, for choices of precision.
fn whole_part(x: &BigInt, prec: u32) -> u64 {
    (x.abs() >> prec).to_u64().unwrap_or(u64::MAX)
}

/// The interval of one dyadic number.
fn point(x: &BigInt, prec: u32) -> Interval {
    Interval { lo: Some(x.clone()), hi: Some(x.clone()), prec }
}

/// Squarings after the series of `e^r`.
const HALVINGS: u32 = 8;

/// `e^x = 2^k e^r` for a dyadic `x` of at most `CAP` in size.
fn exp_point(x: &BigInt, prec: u32) -> Interval {
    // About x/log 2, whose whole part need not be right: 1/log 2 = 1512775.4/2^20.
    let mut k = ((x * 1_512_775i64) >> (prec + 20)).to_i32().unwrap_or(0);
    // The squarings multiply a relative error by 2^HALVINGS, k log 2 has one of k units, and e^x < 2^{k+2}.
    let w = prec + k.max(0) as u32 + HALVINGS + 24 + (32 - k.unsigned_abs().leading_zeros());
    let log = log2(w);
    let mut r = Interval::new(x << (w - prec), x << (w - prec), w).sub(&log.mul_integer(k.into()));
    if !r.is_non_negative() {
        k -= 1;
        r = r.add(&log);
    }
    // 0 <= r < 2, so that r/2^HALVINGS < 1/2.
    let mut sum = exp_series(&r.scaled(-(HALVINGS as i32)), UNIT);
    for _ in 0..HALVINGS {
        sum = sum.mul(&sum);
    }
    sum.scaled(k).at(prec)
}

/// `e^r` for an interval within `[0, 1/2]`.
pub(super) fn exp_series(r: &Interval, unit: u64) -> Interval {
    let mut term = Interval::integer(1, r.prec);
    let mut sum = term.clone();
    let mut n = 1u64;
    while term.hi.as_ref().is_some_and(|hi| hi.bits() > unit) {
        term = term.mul(r).div_integer(n);
        sum = sum.add(&term);
        n += 1;
    }
    // Σ_{j>=1} term r^j <= term, as r < 1/2; the terms are positive.
    let rest = term.hi.unwrap_or_default();
    sum.hi = sum.hi.map(|hi| hi + rest);
    sum
}

/// `[e^x]` for one dyadic number.
fn exp_end(x: &BigInt, prec: u32) -> Interval {
    let size = whole_part(x, prec);
    if !x.is_negative() {
        // Beyond, e^x > 2^{CAP/2} and no upper bound is kept.
        if size >= CAP / 2 {
            return Interval { lo: Some(BigInt::one() << (u64::from(prec) + CAP / 2)), hi: None, prec };
        }
        return exp_point(x, prec);
    }
    // e^{-size} < 2^{-size}.
    if size > u64::from(prec) {
        return Interval::new(BigInt::zero(), BigInt::one(), prec);
    }
    exp_point(x, prec)
}

/// `log x` for a dyadic `x > 0`.
fn log_end(x: &BigInt, prec: u32) -> Interval {
    log_with(x, prec, prec + 32).at(prec)
}

/// `log (x/2^prec)`, computed with `w` bits.
pub(super) fn log_with(x: &BigInt, prec: u32, w: u32) -> Interval {
    let bits = x.bits() as i64;
    // x/2^prec = m 2^e with m in [1, 2), then in [2/3, 4/3].
    let mut e = bits - 1 - i64::from(prec);
    let shift = i64::from(w) - (bits - 1);
    let mut m = if shift >= 0 { point(&(x << shift as u64), w) } else { point(x, (bits - 1) as u32).at(w) };
    if m.mul_integer(3).sub(&Interval::integer(4, w)).is_positive() {
        m = m.scaled(-1);
        e += 1;
    }
    // log m = 2 atanh z, z = (m-1)/(m+1), |z| <= 1/5.
    let one = Interval::integer(1, w);
    let z = m.sub(&one).div(&m.add(&one));
    atanh_series(&z, UNIT).mul_integer(2).add(&log2(w).mul_integer(e))
}

/// `atanh z` for `|z| <= 1/2`.
pub(super) fn atanh_series(z: &Interval, unit: u64) -> Interval {
    let z2 = z.square();
    let mut power = z.clone();
    let mut sum = Interval::zero(z.prec);
    let mut n = 0u64;
    while power.magnitude().is_some_and(|size| size.bits() > unit) {
        sum = sum.add(&power.div_integer(2 * n + 1));
        power = power.mul(&z2);
        n += 1;
    }
    // The rest is at most |power|/(1 - z²) <= 2 |power|.
    let rest = power.magnitude().unwrap_or_default() * 2;
    sum.widened(&rest)
}

/// `cos` of an interval that is short, around a number that is not large.
fn cos_near(x: &Interval, bits: u32) -> Interval {
    let prec = x.prec;
    let k = bits + 5;
    // k doublings multiply an error by 4^k.
    let w = prec + 2 * k + 16;
    let mut cos = cos_series(&x.at(w).scaled(-(k as i32)), UNIT);
    let one = Interval::integer(1, w);
    for _ in 0..k {
        cos = cos.square().mul_integer(2).sub(&one);
    }
    cos.at(prec)
}

/// `cos r` for `|r| <= 1/16`.
pub(super) fn cos_series(r: &Interval, unit: u64) -> Interval {
    let r2 = r.square();
    let mut term = Interval::integer(1, r.prec);
    let mut sum = term.clone();
    let mut n = 1u64;
    while term.magnitude().is_some_and(|size| size.bits() > unit) {
        term = term.mul(&r2).div_integer((2 * n - 1) * (2 * n)).neg();
        sum = sum.add(&term);
        n += 1;
    }
    // The rest is at most |term| Σ_{j>=1} r^{2j} <= |term|.
    let rest = term.magnitude().unwrap_or_default();
    sum.widened(&rest)
}

/// `erf x` for a dyadic `x >= 0`.
fn erf_end(x: &BigInt, prec: u32) -> Interval {
    let one = BigInt::one() << prec;
    let size = whole_part(x, prec);
    // 1 - erf(x) <= e^{-x²} for x >= 0, and e^{-x²} < 2^{-prec} where x² >= prec.
    if size.saturating_mul(size) >= u64::from(prec) {
        return Interval::new(&one - 1u32, one, prec);
    }
    // e^{x²} < 4^{(size+1)²}.
    let w = prec + 32 + 2 * ((size + 1) * (size + 1)) as u32;
    let x = point(x, prec).at(w);
    // erf(x) = 2/√π e^{-x²} Σ 2^n x^{2n+1}/(2n+1)!!.
    let sum = erf_series(&x, 2 * (size + 1) * (size + 1), UNIT);
    let value = sum.mul(&x.square().neg().exp()).mul_integer(2).div(&pi(w).sqrt()).at(prec);
    value.meet(&Interval::new(BigInt::zero(), one, prec))
}

/// `Σ 2^n x^{2n+1}/(2n+1)!!` for `x >= 0`, at least `enough >= 2x²` terms, all of them positive.
pub(super) fn erf_series(x: &Interval, enough: u64, unit: u64) -> Interval {
    let x2 = x.square();
    let mut term = x.clone();
    let mut sum = term.clone();
    let mut n = 1u64;
    while n < enough || term.hi.as_ref().is_some_and(|hi| hi.bits() > unit) {
        term = term.mul(&x2).mul_integer(2).div_integer(2 * n + 1);
        sum = sum.add(&term);
        n += 1;
    }
    // From here on 2x²/(2n+1) <= 1/2, as n >= enough >= 2x²: the rest is at most the last term.
    let rest = term.hi.unwrap_or_default();
    sum.hi = sum.hi.map(|hi| hi + rest);
    sum
}

impl Interval {
    /// An increasing function by its values at the ends.
    fn increasing(
        &self,
        f: impl Fn(&BigInt, u32) -> Interval,
        low: Option<BigInt>,
        high: Option<BigInt>,
    ) -> Interval {
        if let (Some(a), Some(b)) = (&self.lo, &self.hi)
            && a == b
        {
            return f(a, self.prec);
        }
        let lo = self.lo.as_ref().map_or(low, |a| f(a, self.prec).lo);
        let hi = self.hi.as_ref().map_or(high, |b| f(b, self.prec).hi);
        Interval { lo, hi, prec: self.prec }
    }

    /// [`Interval::increasing`] for a function with a slope of at most `quarters/4`: on a short interval one value is
    /// enough.
    fn gentle(
        &self,
        quarters: i64,
        f: impl Fn(&BigInt, u32) -> Interval,
        low: Option<BigInt>,
        high: Option<BigInt>,
    ) -> Interval {
        let Some((a, width)) = self.short() else { return self.increasing(f, low, high) };
        let value = f(a, self.prec);
        let more = shift_up(&(width * quarters), 2);
        let hi = value.hi.map(|hi| hi + more);
        let hi = match (hi, high) {
            (Some(hi), Some(most)) => Some(hi.min(most)),
            (hi, _) => hi,
        };
        Interval { lo: value.lo, hi, prec: self.prec }
    }

    /// The lower end and the width, where that is small but not 0, and a unit or two more do not matter.
    fn short(&self) -> Option<(&BigInt, BigInt)> {
        if self.prec < 64 {
            return None;
        }
        let a = self.lo.as_ref()?;
        let width = self.hi.as_ref()? - a;
        (width.is_positive() && width.bits() <= u64::from(self.prec / 4)).then_some((a, width))
    }

    pub(crate) fn exp(&self) -> Interval {
        let Some((a, width)) = self.short() else {
            return self.increasing(exp_end, Some(BigInt::zero()), None);
        };
        // e^{a+w} <= e^a (1 + w + w²) for 0 <= w <= 1.
        let value = exp_end(a, self.prec);
        let more = &width + shift_up(&(&width * &width), self.prec);
        let hi = value.hi.map(|hi| &hi + shift_up(&(&hi * more), self.prec));
        Interval { lo: value.lo, hi, prec: self.prec }
    }

    /// The whole line where a number may be `<= 0`.
    pub(crate) fn log(&self) -> Interval {
        if !self.is_positive() {
            return Interval {
                lo: None,
                hi: self.hi.as_ref().filter(|b| b.is_positive()).and_then(|b| log_end(b, self.prec).hi),
                prec: self.prec,
            };
        }
        self.increasing(log_end, None, None)
    }

    pub(crate) fn tanh(&self) -> Interval {
        let one = BigInt::one() << self.prec;
        let f = |x: &BigInt, prec: u32| {
            // tanh x = 2/(1 + e^{-2x}) - 1 for x >= 0, by symmetry for others: large numbers do not arise.
            let small = exp_end(&(x.abs() * -2i64), prec);
            let one = Interval::integer(1, prec);
            let value = Interval::integer(2, prec).div(&one.add(&small)).sub(&one);
            if x.is_negative() { value.neg() } else { value }
        };
        self.gentle(4, f, Some(-&one), Some(one))
    }

    pub(crate) fn sigmoid(&self) -> Interval {
        let f = |x: &BigInt, prec: u32| {
            let one = Interval::integer(1, prec);
            // For x >= 0; σ(-x) = 1 - σ(x).
            let value = one.add(&exp_end(&-x.abs(), prec)).recip();
            if x.is_negative() { one.sub(&value) } else { value }
        };
        let one = BigInt::one() << self.prec;
        // 0 < σ < 1.
        self.gentle(1, f, Some(BigInt::zero()), Some(one.clone())).meet(&Interval::new(
            BigInt::zero(),
            one,
            self.prec,
        ))
    }

    pub(crate) fn softplus(&self) -> Interval {
        // log(1 + e^x) = max(x, 0) + log(1 + e^{-|x|}).
        let f = |x: &BigInt, prec: u32| {
            let one = Interval::integer(1, prec);
            let small = one.add(&exp_end(&-x.abs(), prec)).log();
            point(&x.clone().max(BigInt::zero()), prec).add(&small)
        };
        self.gentle(4, f, Some(BigInt::zero()), None)
    }

    pub(crate) fn erf(&self) -> Interval {
        let f = |x: &BigInt, prec: u32| {
            if x.is_negative() { erf_end(&-x, prec).neg() } else { erf_end(x, prec) }
        };
        let one = BigInt::one() << self.prec;
        // 2/√π < 5/4.
        self.gentle(5, f, Some(-&one), Some(one))
    }

    pub(crate) fn cos(&self) -> Interval {
        let all = Interval::integer(1, self.prec).hull(&Interval::integer(-1, self.prec));
        let (Some(lo), Some(hi)) = (&self.lo, &self.hi) else { return all };
        let size = lo.abs().max(hi.abs()).bits().saturating_sub(u64::from(self.prec));
        let width = hi - lo;
        if size > 64 || width.bits() > u64::from(self.prec) + 1 {
            return all;
        }
        // |cos x - cos m| <= |x - m| <= width for m the lower end.
        cos_near(&point(lo, self.prec), size as u32).widened(&width).meet(&all)
    }

    pub(crate) fn sin(&self) -> Interval {
        // sin x = cos(x - π/2); 8 more bits keep π's rounding small.
        let w = self.prec + 8;
        self.at(w).sub(&pi(w).scaled(-1)).cos().at(self.prec)
    }

    pub(crate) fn sinh(&self) -> Interval {
        // (e^x - e^{-x})/2 increases, so each end is taken by itself.
        let f = |x: &BigInt, prec: u32| exp_end(x, prec).sub(&exp_end(&-x, prec)).scaled(-1);
        self.increasing(f, None, None)
    }

    pub(crate) fn cosh(&self) -> Interval {
        // Even, and increasing on [0, ∞).
        let f = |x: &BigInt, prec: u32| exp_end(x, prec).add(&exp_end(&-x, prec)).scaled(-1);
        self.abs().increasing(f, None, None)
    }

    /// `sin(x)/x`, 1 at 0.
    pub(crate) fn sinc(&self) -> Interval {
        let all = Interval::integer(1, self.prec).hull(&Interval::integer(-1, self.prec));
        if !self.has_zero() {
            return self.sin().div(self).meet(&all);
        }
        // |sinc x - 1| <= |x|/2.
        match self.magnitude() {
            Some(size) => Interval::integer(1, self.prec).widened(&size).meet(&all),
            None => all,
        }
    }
}
