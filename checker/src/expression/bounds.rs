//! Explicit bounds on the whole line, `|f(x)| <= C e^{a|x|}`, of the function and of its derivative.
//!
//! Where they exist the function is defined everywhere and square-integrable under every Gaussian; with a bound of
//! the derivative it is absolutely continuous between its jumps, and so is its square-integrable derivative.

use num_traits::{One, Signed, ToPrimitive, Zero};

use super::range::{PRECISION, Points};
use super::removable::Removable;
use super::{Expression, Id, Op};
use crate::function::Function;
use crate::integer::{BigInt, BigRational};
use crate::interval::Interval;
use crate::rational::{ratio, rational};

/// `C e^{a|x|}` with `C, a >= 0`.
#[derive(Clone, Debug)]
pub(crate) struct Majorant {
    pub(crate) constant: BigRational,
    pub(crate) rate: BigRational,
}

/// What is known of one operation on the whole line.
#[derive(Clone, Debug, Default)]
struct Known {
    size: Option<Majorant>,
    slope: Option<Majorant>,
    /// `f(x) >= c e^{-a|x|}` with `c > 0`.
    low: Option<Majorant>,
}

/// Bounds of the value and of the derivative.
#[derive(Default)]
pub(crate) struct Bounds {
    pub(crate) size: Option<Majorant>,
    pub(crate) slope: Option<Majorant>,
}

/// Short upper bounds keep the numbers from growing.
fn rounded_up(r: &BigRational) -> Option<BigRational> {
    let top = Interval::rational(r, 64).upper()?;
    (top.numer().bits() < 4000).then_some(top)
}

fn rounded_down(r: &BigRational) -> Option<BigRational> {
    Interval::rational(r, 512).lower().filter(|r| r.is_positive())
}

impl Majorant {
    fn new(constant: BigRational, rate: BigRational) -> Option<Majorant> {
        let (constant, rate) = (rounded_up(&constant)?, rounded_up(&rate)?);
        // Zero does not grow: the derivative of a constant factor, as in 2^x, leaves no rate behind.
        let rate = if constant.is_zero() { BigRational::zero() } else { rate };
        // Larger rates are of no use: e^{a|x|} is integrated against a Gaussian.
        (rate <= rational(10_000)).then_some(Majorant { constant, rate })
    }

    fn constant(c: BigRational) -> Option<Majorant> {
        Majorant::new(c, BigRational::zero())
    }

    fn sum(&self, other: &Majorant) -> Option<Majorant> {
        Majorant::new(&self.constant + &other.constant, (&self.rate).max(&other.rate).clone())
    }

    fn product(&self, other: &Majorant) -> Option<Majorant> {
        Majorant::new(&self.constant * &other.constant, &self.rate + &other.rate)
    }

    fn power(&self, n: u32) -> Option<Majorant> {
        let mut out = Majorant::constant(BigRational::one())?;
        if n > 1000 {
            return None;
        }
        for _ in 0..n {
            out = out.product(self)?;
        }
        Some(out)
    }

    /// Of the reciprocal of something at least `self`'s lower form: `1/f <= (1/c) e^{a|x|}`.
    fn reciprocal(&self) -> Option<Majorant> {
        Majorant::new(self.constant.recip(), self.rate.clone())
    }

    fn scaled(&self, c: &BigRational) -> Option<Majorant> {
        Majorant::new(&self.constant * c, self.rate.clone())
    }
}

/// Where bounds hold.
struct Place {
    ranges: Vec<Interval>,
    points: Points,
    /// Of `|x|`.
    x: Majorant,
}

impl Expression {
    /// At all points.
    pub(crate) fn bounds(&self) -> Bounds {
        self.bounds_on(&Interval::whole(PRECISION), Points::All, &ratio(1, 4)).unwrap_or_default()
    }

    /// At almost all points, for integrals against a Gaussian of about this standard deviation: each half of the line
    /// by itself, with the branches that are taken there, and powers of `x` below exponentials that such a Gaussian
    /// outweighs.
    pub(crate) fn bounds_near(&self, deviation: &BigRational) -> Bounds {
        // About 1/(4s), a power of 2.
        let bits = deviation.denom().bits() as i64 - deviation.numer().bits() as i64 - 2;
        let rate = rational(2).pow(bits.clamp(-200, 10) as i32);
        let zero = BigRational::zero();
        let half = |low, high| {
            let region = Interval::between(low, high, PRECISION);
            self.bounds_on(&region, Points::AlmostAll, &rate).unwrap_or_default()
        };
        let (left, right, whole) = (half(None, Some(&zero)), half(Some(&zero), None), self.bounds());
        let larger = |a: Option<Majorant>, b: Option<Majorant>| {
            a.zip(b).map(|(a, b)| Majorant { constant: a.constant.max(b.constant), rate: a.rate.max(b.rate) })
        };
        Bounds {
            size: larger(left.size, right.size).or(whole.size),
            slope: larger(left.slope, right.slope).or(whole.slope),
        }
    }

    fn bounds_on(&self, region: &Interval, points: Points, rate: &BigRational) -> Option<Bounds> {
        // t <= e^{at}/(ea) < 3/(8a) e^{at}.
        let x = Majorant::new(ratio(3, 8) / rate, rate.clone())?;
        let place = Place { ranges: self.ranges_where(region, points), points, x };
        let mut known: Vec<Known> = vec![];
        for (id, op) in self.ops.iter().enumerate() {
            let next = self.known(op, id, &known, &place);
            known.push(next);
        }
        let root = known.swap_remove(self.root);
        Some(Bounds { size: root.size, slope: root.slope })
    }

    fn known(&self, op: &Op, id: Id, known: &[Known], place: &Place) -> Known {
        let ranges = &place.ranges;
        let found = match (op, &self.removable[id]) {
            (Op::Div(a, _), Some(removable)) => self.continued_bounds(id, removable, &known[*a]),
            _ => self.structural(op, known, place),
        };
        let mut out = found.unwrap_or_default();
        // Only a value that is defined on the whole line is bounded by its range.
        if out.size.is_some()
            && let Some(size) = ranges[id].magnitude()
        {
            let size = BigRational::new(size, BigInt::one() << PRECISION);
            out.size = Majorant::constant(size).or(out.size);
        }
        if out.low.is_none() && out.size.is_some() && ranges[id].is_positive() {
            let low = ranges[id].lower().and_then(|c| rounded_down(&c));
            out.low = low.map(|constant| Majorant { constant, rate: BigRational::zero() });
        }
        out
    }

    fn structural(&self, op: &Op, known: &[Known], place: &Place) -> Option<Known> {
        let ranges = &place.ranges;
        let at = |id: &Id| &known[*id];
        let pair =
            |a: &Option<Majorant>, b: &Option<Majorant>, f: fn(&Majorant, &Majorant) -> Option<Majorant>| {
                a.as_ref().zip(b.as_ref()).and_then(|(a, b)| f(a, b))
            };
        let one = || Majorant::constant(BigRational::one());
        let plain = |size, slope| Some(Known { size, slope, low: None });
        match op {
            Op::X => plain(Some(place.x.clone()), one()),
            Op::Number(r) => plain(Majorant::constant(r.abs()), Majorant::constant(BigRational::zero())),
            Op::Pi => plain(Majorant::constant(ratio(22, 7)), Majorant::constant(BigRational::zero())),
            Op::Add(a, b) => {
                let (u, v) = (at(a), at(b));
                let low = match (&u.low, &v.low) {
                    // The smaller of two lower bounds of positive terms, or one with a term that is >= 0.
                    (Some(low), _) if ranges[*b].is_non_negative() => Some(low.clone()),
                    (_, Some(low)) if ranges[*a].is_non_negative() => Some(low.clone()),
                    _ => None,
                };
                Some(Known {
                    size: pair(&u.size, &v.size, Majorant::sum),
                    slope: pair(&u.slope, &v.slope, Majorant::sum),
                    low,
                })
            }
            Op::Sub(a, b) => {
                let (u, v) = (at(a), at(b));
                plain(pair(&u.size, &v.size, Majorant::sum), pair(&u.slope, &v.slope, Majorant::sum))
            }
            Op::Mul(a, b) => {
                let (u, v) = (at(a), at(b));
                let size = pair(&u.size, &v.size, Majorant::product);
                let first = pair(&u.slope, &v.size, Majorant::product);
                let second = pair(&u.size, &v.slope, Majorant::product);
                let low = u.low.as_ref().zip(v.low.as_ref()).and_then(|(a, b)| {
                    Some(Majorant {
                        constant: rounded_down(&(&a.constant * &b.constant))?,
                        rate: &a.rate + &b.rate,
                    })
                });
                Some(Known { size, slope: pair(&first, &second, Majorant::sum), low })
            }
            Op::Div(a, b) => {
                let (u, v) = (at(a), at(b));
                let inverse = reciprocal(v, &ranges[*b])?;
                let size = pair(&u.size, &inverse.size, Majorant::product);
                let first = pair(&u.slope, &inverse.size, Majorant::product);
                let second = pair(&u.size, &inverse.slope, Majorant::product);
                plain(size, pair(&first, &second, Majorant::sum))
            }
            Op::Power(a, n) => {
                let u = at(a);
                let inverse = if *n < 0 { Some(reciprocal(u, &ranges[*a])?) } else { None };
                let u = inverse.as_ref().unwrap_or(u);
                let n = n.unsigned_abs();
                let size = u.size.as_ref()?.power(n);
                let outer = u.size.as_ref()?.power(n - 1)?.scaled(&rational(i64::from(n)));
                plain(size, pair(&outer, &u.slope, Majorant::product))
            }
            Op::Root(a, r) => self.root_bounds(at(a), &ranges[*a], r),
            Op::Call(f, a) => call(*f, at(a), self.polynomials[*a].as_deref(), &ranges[*a]),
            Op::Abs(a) => plain(at(a).size.clone(), at(a).slope.clone()),
            Op::Max(a, b) | Op::Min(a, b) | Op::Where(_, a, b) => {
                let (u, v) = (at(a), at(b));
                // A condition is computed from values that are defined.
                if let Op::Where(condition, ..) = op {
                    condition.guards().iter().find(|g| at(g).size.is_none()).map_or(Some(()), |_| None)?;
                    let decide =
                        |id: Id, strict: bool| self.decided_where(id, &ranges[id], strict, place.points);
                    // A branch that is not taken need not be defined almost everywhere.
                    if place.points == Points::AlmostAll
                        && let Some(holds) = condition.holds(&decide)
                    {
                        let taken = if holds { u } else { v };
                        return plain(taken.size.clone(), taken.slope.clone());
                    }
                }
                plain(pair(&u.size, &v.size, Majorant::sum), pair(&u.slope, &v.slope, Majorant::sum))
            }
        }
    }

    /// Of `u/(c x^n)`, continued at 0: up to some distance by its Taylor coefficients, and beyond it `|x| >= d` makes
    /// it at most `|u|/(|c| d^n)`, and its derivative at most `(|u'| + n|u|/d)/(|c| d^n)`.
    fn continued_bounds(&self, id: Id, removable: &Removable, u: &Known) -> Option<Known> {
        let size = u.size.as_ref()?;
        let order = removable.order as i32;
        let near = |distance: &BigRational| {
            let minus = -distance;
            let region = Interval::between(Some(&minus), Some(distance), PRECISION);
            let jet = self.jet_to(id, &region, &Interval::integer(1, PRECISION), 2)?;
            let most = |i: usize| {
                let size = BigRational::new(jet[i].magnitude()?, BigInt::one() << PRECISION);
                Majorant::constant(size)
            };
            Some((most(0)?, most(1)?, distance.clone()))
        };
        let (value, slope, distance) = [1, 4, 32].iter().find_map(|d| near(&ratio(1, *d)))?;
        let scale = (removable.factor.abs() * distance.pow(order)).recip();
        let far = size.scaled(&scale)?;
        let more = far.scaled(&(rational(i64::from(order)) / &distance))?;
        let derivative = u.slope.as_ref().and_then(|s| s.scaled(&scale)?.sum(&more)?.sum(&slope));
        Some(Known { size: far.sum(&value), slope: derivative, low: None })
    }

    /// `u^r` for `u >= 0`.
    fn root_bounds(&self, u: &Known, range: &Interval, r: &BigRational) -> Option<Known> {
        if !range.is_non_negative() {
            return None;
        }
        let inverse = if r.is_negative() { Some(reciprocal(u, range)?) } else { None };
        let base = inverse.as_ref().unwrap_or(u);
        let size = r.abs();
        // u^r <= (1 + u)^{⌈r⌉}.
        let one = Majorant::constant(BigRational::one())?;
        let more = base.size.as_ref()?.sum(&one)?;
        let value = more.power(size.ceil().to_integer().to_u32()?);
        // (u^r)' = r u^{r-1} u': u^{r-1} <= (1+u)^{⌈r⌉} for r >= 1, else (1/u)^{1-r} <= 1 + 1/u needs u bounded below.
        let outer = if *r >= BigRational::one() {
            value.clone()
        } else {
            u.low.as_ref().and_then(Majorant::reciprocal).and_then(|inverse| {
                let most = size.ceil().to_integer().to_u32()? + 1;
                inverse.sum(&one)?.power(most)
            })
        };
        let slope = outer.zip(u.slope.as_ref()).and_then(|(o, s)| o.product(s)?.scaled(&size));
        Some(Known { size: value, slope, low: None })
    }
}

/// Of `1/u`, for `u` bounded away from 0, or of a sign and bounded below by an exponential.
fn reciprocal(u: &Known, range: &Interval) -> Option<Known> {
    let negative = || range.is_negative().then(|| range.upper()).flatten().map(|r| -r);
    let low = match (&u.low, negative()) {
        (Some(low), _) => low.clone(),
        (None, Some(c)) => Majorant { constant: rounded_down(&c)?, rate: BigRational::zero() },
        _ => return None,
    };
    u.size.as_ref()?;
    let size = low.reciprocal()?;
    // (1/u)' = -u'/u².
    let slope = u.slope.as_ref().and_then(|s| s.product(&size)?.product(&size));
    Some(Known { size: Some(size), slope, low: None })
}

/// `[c, a]` with `sign·u <= c + a|x|`.
fn linear_bound(
    u: &Known,
    p: Option<&[BigRational]>,
    range: &Interval,
    sign: i64,
) -> Option<[BigRational; 2]> {
    u.size.as_ref()?;
    let most = if sign > 0 { range.upper() } else { range.lower().map(|r| -r) };
    if let Some(most) = most {
        return Some([most, BigRational::zero()]);
    }
    if let Some(p) = p.filter(|p| p.len() <= 2) {
        let at = |i: usize| p.get(i).cloned().unwrap_or_else(BigRational::zero);
        return Some([at(0) * rational(sign), at(1).abs()]);
    }
    // By the mean value theorem, |u(x)| <= |u(0)| + |x| sup|u'|; |u(0)| <= C.
    let slope = u.slope.as_ref().filter(|s| s.rate.is_zero())?;
    Some([u.size.as_ref()?.constant.clone(), slope.constant.clone()])
}

/// `C e^{a|x|}` for `e^{c + a|x|}`.
fn exponential(bound: &[BigRational; 2]) -> Option<Majorant> {
    let c = Interval::rational(&bound[0], 64).exp().upper()?;
    Majorant::new(c, bound[1].clone())
}

fn call(f: Function, u: &Known, p: Option<&[BigRational]>, range: &Interval) -> Option<Known> {
    let one = Majorant::constant(BigRational::one())?;
    let up = |sign: i64| linear_bound(u, p, range, sign).and_then(|b| exponential(&b));
    let inner = u.size.as_ref()?;
    let lipschitz = f.slope().and_then(|c| u.slope.as_ref().and_then(|s| s.scaled(&c)));
    let product = |a: &Option<Majorant>| a.as_ref().zip(u.slope.as_ref()).and_then(|(a, s)| a.product(s));
    match f {
        Function::Exp => {
            let size = up(1);
            // e^u = 1/e^{-u}.
            let low = up(-1)
                .and_then(|m| Some(Majorant { constant: rounded_down(&m.constant.recip())?, rate: m.rate }));
            Some(Known { slope: product(&size), size, low })
        }
        Function::Sinh | Function::Cosh => {
            let size = up(1)?.sum(&up(-1)?);
            Some(Known { slope: product(&size), size, low: None })
        }
        Function::Log => {
            // Of what is known to be positive only, not of what is known to be negative: |log u| <= u + 1/u.
            u.low.as_ref()?;
            let inverse = reciprocal(u, range)?.size;
            let size = inverse.as_ref().and_then(|i| i.sum(inner));
            Some(Known { slope: product(&inverse), size, low: None })
        }
        Function::Sigmoid | Function::Softplus => {
            // σ(u) >= e^{-|u|}/2 and log(1+e^u) >= σ(u), both with |u| <= c + a|x|.
            let both = up(1).zip(up(-1)).and_then(|(a, b)| a.sum(&b));
            let low = both.and_then(|m| {
                Some(Majorant { constant: rounded_down(&(m.constant * rational(2)).recip())?, rate: m.rate })
            });
            // 0 < softplus(u) <= 1 + |u|.
            let size = if f == Function::Sigmoid { Some(one) } else { inner.sum(&one) };
            Some(Known { size, slope: lipschitz, low })
        }
        // |asinh u| <= |u|.
        Function::Asinh => Some(Known { size: Some(inner.clone()), slope: lipschitz, low: None }),
        Function::Atan => Some(Known { size: Majorant::constant(rational(2)), slope: lipschitz, low: None }),
        Function::Sin | Function::Cos | Function::Tanh | Function::Erf | Function::Sinc => {
            Some(Known { size: Some(one), slope: lipschitz, low: None })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::activation::Activation;

    /// Both bounds at points on both sides, beside the function and its derivative.
    #[test]
    fn bounds_hold_near_and_far() {
        for name in [
            "relu",
            "x^3-2",
            "elu",
            "celu(2)",
            "selu",
            "where(x>0, x^2, exp(x/2)-1)",
            "where(x<=0, sinh(x), 2-x)",
            "exp(-x^2)*x",
            "softplus",
            "max(x^2, x^4)",
            "abs(x)^(3/2)",
            "cosh(x/3)",
            "log(1+x^2)",
        ] {
            let a = Activation::parse(name).unwrap();
            for s in [ratio(1, 1_000_000_000), ratio(1, 3), rational(1), rational(22), rational(5_000_000)] {
                let bounds = a.expression.bounds_near(&s);
                let (size, slope) = (bounds.size.unwrap(), bounds.slope.unwrap());
                for t in [ratio(-9, 1), ratio(-1, 1), ratio(-1, 77), ratio(1, 77), ratio(1, 2), ratio(11, 1)]
                {
                    let x = Interval::rational(&(&s * t), 2000);
                    let jet = a.expression.jet(&x, &Interval::integer(1, 2000), 2).unwrap();
                    for (m, value) in [(&size, &jet[0]), (&slope, &jet[1])] {
                        let rate = Interval::rational(&m.rate, 2000).mul(&x.abs());
                        let bound = Interval::rational(&m.constant, 2000).mul(&rate.exp());
                        assert!(!value.abs().sub(&bound).is_positive(), "{name} {s} {x:?}");
                    }
                }
            }
        }
        // Near a Gaussian of a large deviation, what grows like a power is not bounded by a steep exponential.
        for name in ["x^3-2", "celu(2)", "elu", "where(x<=0, 3*x, 2-x)"] {
            let bounds = Activation::parse(name).unwrap().expression.bounds_near(&rational(1000));
            assert!(bounds.size.unwrap().rate < ratio(1, 200), "{name}");
        }
        assert!(Activation::parse("log(x)").unwrap().expression.bounds_near(&rational(1)).size.is_none());
    }
}
