//! Compositions hold the truth under the worst errors of the inner series, its parameters being exact.

use rug::{Integer, Rational};

use super::Dual;
use super::arc_cosine::ArcCosineKernel;
use super::compose::{Composed, with_inherited_error};
use crate::number::{Ball, Mag};
use crate::series::error_bound::ErrorBound;
use crate::series::fixed::{Fixed, Format};
use crate::series::generic::Series;
use crate::series::multiply::Multiplier;
use crate::series::tests::exact::*;

/// Bits of the truth.
const PRECISION: u32 = 700;

fn b(n: i64, d: i64) -> Ball {
    Ball::from_integer(n, PRECISION).div_integer(d)
}

fn duals() -> Vec<Dual> {
    let arc_cosine = |order, linear, scale| Dual::ArcCosine { order, linear, scale };
    vec![
        arc_cosine(1, b(1, 8), b(3, 2)),
        arc_cosine(2, b(0, 1), b(1, 1)),
        arc_cosine(3, b(0, 1), b(1, 4)),
        Dual::ArcSine { constant: b(1, 4), scale: b(3, 8), beta: b(3, 4) },
        Dual::ArcSine { constant: b(0, 1), scale: b(1, 1), beta: b(1, 1) },
        Dual::Gelu { scale: b(1, 1), variance: b(1, 1) },
        Dual::Gelu { scale: b(4, 9), variance: b(5, 4) },
        Dual::Exponential { plus: b(2, 1), minus: b(-2, 1), rate: b(3, 2) },
        Dual::Exponential { plus: b(1, 1), minus: b(1, 2), rate: b(1, 2) },
        Dual::Exponential { plus: b(1, 1), minus: b(0, 1), rate: b(1, 1) },
        Dual::InverseRoot { scale: b(1, 2), beta: b(1, 2) },
        Dual::Polynomial(vec![b(1, 1), b(0, 1), b(2, 1), b(1, 8), b(3, 1)]),
        Dual::Polynomial(vec![b(0, 1), b(1, 2), b(0, 1), b(2, 1)]),
        Dual::Polynomial(vec![b(1, 2), b(0, 1), b(3, 1)]),
        // m_k and p_k of opposite signs: coefficients of the polynomial part that are negative.
        Dual::Gelu { scale: b(1, 4), variance: b(1, 1) }.with_polynomial(vec![
            [b(1, 2), b(-1, 2)],
            [b(1, 2), b(-3, 4)],
            [b(0, 1), b(0, 1)],
            [b(0, 1), b(1, 2)],
        ]),
        Dual::Exponential { plus: b(1, 1), minus: b(-1, 1), rate: b(1, 2) }
            .with_polynomial(vec![[b(0, 1), b(0, 1)], [b(1, 1), b(-1, 1)]]),
    ]
}

fn constant(x: &Ball, like: &Series<Ball>) -> Series<Ball> {
    let zero = Ball::zero(PRECISION);
    Series::new((0..like.len()).map(|k| if k == 0 { x.clone() } else { zero.clone() }).collect())
}

fn times(x: &Series<Ball>, factor: &Ball) -> Series<Ball> {
    Series::new(x.coefficients().iter().map(|c| c * factor).collect())
}

/// `(c² - x²)^{-1/2}`.
fn root(x: &Series<Ball>, c: &Ball) -> Series<Ball> {
    let u = constant(&c.square(), x).sub(&x.mul(x));
    u.rsqrt(u.coefficients()[0].sqrt().recip()).unwrap()
}

/// `asin(x/c)`.
fn asin(x: &Series<Ball>, c: &Ball) -> Series<Ball> {
    x.chain(&root(x, c), (&x.coefficients()[0] / c).asin())
}

/// `f(ρ)` and `f'(ρ)` by the plain algorithms, from the formulas of the duals in ρ.
fn truth(dual: &Dual, rho: &Series<Ball>) -> [Series<Ball>; 2] {
    let one = b(1, 1);
    let start = &rho.coefficients()[0];
    match dual {
        Dual::ArcCosine { order, linear, scale } => {
            let kernels = ArcCosineKernel::up_to(*order);
            let over_two_pi = Ball::pi(PRECISION).shl(1).recip();
            let mut below = constant(&b(1, 4), rho).add(&times(&asin(rho, &one), &over_two_pi));
            let mut slope = below.clone();
            for n in 1..=*order {
                slope = times(&below, &b(i64::from(n * n), 1));
                below = rho.chain(&slope, kernels[n as usize].at(start));
            }
            [times(rho, linear).add(&times(&below, scale)), constant(linear, rho).add(&times(&slope, scale))]
        }
        Dual::ArcSine { constant: c, scale, beta } => {
            let y = times(rho, beta);
            [constant(c, rho).add(&times(&asin(&y, &one), scale)), times(&root(&y, &one), &(scale * beta))]
        }
        Dual::Gelu { scale, variance: q } => {
            let (big, s) = (&one + q, times(rho, q));
            let (over_two_pi, ratio) = (Ball::pi(PRECISION).shl(1).recip(), (q - &one) / (&one + q));
            let angle = constant(&Ball::pi(PRECISION).shl(-1), rho).add(&asin(&s, &big));
            let r = root(&s, &big);
            let whole = constant(&big.square(), rho).sub(&s.mul(&s)).mul(&r);
            let value = s.mul(&angle).add(&times(&whole, &ratio)).add(&r);
            // d√D/ds = -s/√D, d(1/√D)/ds = s/D^{3/2}.
            let sr = s.mul(&r);
            let slope = angle.add(&times(&sr, &(&one - &ratio))).add(&sr.mul(&r.mul(&r)));
            let factor = scale * &over_two_pi;
            [times(&value, &factor), times(&slope, &(q * &factor))]
        }
        Dual::Exponential { plus, minus, rate } => {
            let y = times(rho, rate);
            let z = times(&y, &b(-1, 1));
            let exp = |x: &Series<Ball>| x.exp(x.coefficients()[0].exp());
            let (up, down) = (times(&exp(&y), plus), times(&exp(&z), minus));
            [up.add(&down), times(&up.sub(&down), rate)]
        }
        Dual::InverseRoot { scale, beta } => {
            let y = times(rho, beta);
            let r = root(&y, &one);
            [times(&r, scale), times(&y.mul(&r.mul(&r).mul(&r)), &(scale * beta))]
        }
        Dual::Polynomial(c) => {
            let horner = |c: &[Ball]| {
                c.iter().rev().fold(constant(&b(0, 1), rho), |acc, c| acc.mul(rho).add(&constant(c, rho)))
            };
            let slopes: Vec<Ball> =
                c.iter().enumerate().skip(1).map(|(k, c)| c.mul_integer(k as i64)).collect();
            [horner(c), horner(&slopes)]
        }
        Dual::WithPolynomial { dual, terms } => {
            let squares = terms.iter().map(|[m, p]| (m + p).square() - m.square()).collect();
            let [f, g] = [truth(dual, rho), truth(&Dual::Polynomial(squares), rho)];
            [f[0].add(&g[0]), f[1].add(&g[1])]
        }
        Dual::Hermite => unreachable!(),
    }
}

/// Coefficients that are not negative and sum to 7/8 at most; all bits of the constant term count.
fn inner(random: &mut Random, format: Format, pattern: (usize, usize)) -> Fixed {
    let fit = Fixed::zero(format, pattern.0, pattern.1).capacity();
    let size = format.frac - 1 - (fit.max(1) as u32).ilog2();
    let stored = random.pick(&[fit, fit, 2, 1]);
    random.series(format, pattern, stored, Kind::Positive, size - 1)
}

fn check(dual: &Dual, rho: &Fixed, factor: &Ball) -> Composed {
    let format = rho.format();
    let got = dual.compose(&Multiplier::new(format), rho, factor);
    let what = || format!("{dual:?} of {} by {} with {:?} in {format:?}", rho.len(), rho.step, rho.error);
    for sign in SIGNS {
        // Balls of a few units more hold the parity of the inner series and of the answer.
        let exact = generic(perturbed(rho, sign).balls(format.degree, PRECISION));
        let [value, slope] = truth(dual, &exact);
        for (got, truth) in [(&got.value, value), (&got.derivative, slope)] {
            assert_eq!(got.format(), format, "{}", what());
            held_balls(got, times(&truth, factor).coefficients(), what);
        }
    }
    got
}

#[test]
fn compositions_hold_the_truth_under_the_worst_errors() {
    let duals = duals();
    for round in 0..ntk_testing::count(1) {
        for frac in FRACTIONS {
            let mut random = Random::new(u64::from(round * 1000 + frac));
            for _ in 0..5 {
                let dual = &random.pick(&duals);
                let degree = random.pick(&[0, 1, 2, 5, 8, 9]);
                let format = Format { frac, width: random.width(frac, 20), degree };
                let pattern = random.pick(&[(0, 1), (0, 1), (0, 2), (1, 2)]);
                let mut rho = inner(&mut random, format, pattern);
                let size = i64::from(random.pick(&[0, 1, frac / 2]));
                rho.error = random.error(format, size);
                let factor = random.pick(&[b(1, 1), b(3, 4)]);
                let got = check(dual, &rho, &factor);
                let due = rho.worst_error() <= format.ulp().shl(2) && frac >= 30;
                assert!(
                    got.value.error.is_finite() && got.derivative.error.is_finite() || !due,
                    "{dual:?} {rho:?}"
                );
                // A few thousand units, or as many errors of the inner series.
                let unit = rho.worst_error() + format.ulp();
                let wide = got.value.worst_error().max(got.derivative.worst_error()) > unit.shl(14);
                assert!(
                    !wide || !due,
                    "{dual:?} {format:?}: {:?} {:?}",
                    got.value.error,
                    got.derivative.error
                );
            }
        }
    }
}

/// Odd and even series have two powers' worth of degrees; all parts of an answer have that of the question.
#[test]
fn every_degree_is_kept_at_both_parities() {
    for frac in [30, 44, 60, 88, 89] {
        for degree in 0..12 {
            for pattern in [(0, 1), (0, 2), (1, 2)] {
                let mut random = Random::new(u64::from(frac) + degree as u64);
                let format = Format { frac, width: random.width(frac, 20), degree };
                let fit = Fixed::zero(format, pattern.0, pattern.1).capacity();
                let rho = random.series(format, pattern, fit, Kind::Positive, frac - 5);
                for dual in duals() {
                    let got = check(&dual, &rho, &b(1, 1));
                    let sum = got.value.add(&got.derivative);
                    assert!(sum.error.is_finite(), "{dual:?} of degree {degree} by {pattern:?}");
                }
            }
        }
    }
}

fn stored(format: Format, power: usize, value: &Rational) -> Fixed {
    let units = Rational::from(value << format.frac).into_numer_denom().0;
    let mut values = vec![Integer::new(); power + 1];
    values[power] = units;
    Fixed::exact(format, 0, 1, values.iter().flat_map(|x| limbs(x, format.width)).collect())
}

/// Of ρ² at zero nothing but the square of the error remains; of a high power at `t` the second derivative comes with
/// the last coefficient alone.
#[test]
fn the_second_order_counts() {
    for (frac, degree) in [(20, 0), (20, 1), (44, 5), (64, 20), (89, 60)] {
        let format = Format { frac, width: 3, degree };
        let error = ErrorBound::flat(Mag::pow2(-9));
        let mut zero = Fixed::zero(format, 0, 1);
        zero.error = error;
        let got = check(&Dual::Polynomial(vec![b(0, 1), b(0, 1), b(1, 1)]), &zero, &b(1, 1));
        let most = Mag::pow2(-18) * Mag::from_usize(degree + 1);
        assert!(
            got.value.worst_error() >= most
                && got.value.worst_error() <= most * Mag::from_f64(2.8) + format.ulp().shl(2)
        );
        let mut t = stored(format, degree.min(1), &Rational::from(1));
        t.error = ErrorBound::flat(format.ulp());
        let mut power = vec![b(0, 1); degree + 3];
        power[degree + 2] = b(1, 1);
        let got = check(&Dual::Polynomial(power), &t, &b(1, 1));
        assert!(got.derivative.error.is_finite());
    }
}

/// The same with nothing else in the bound: `f = ρ^k` about `y = t`, whose local part is exact.
#[test]
fn inherited_errors_hold_the_worst() {
    for degree in [1usize, 2, 3, 10, 50] {
        for power in [2usize, 3, degree + 1, degree + 2, degree + 3] {
            let format = Format { frac: 80, width: 3, degree };
            for error in [Mag::pow2(-60), Mag::pow2(-20), Mag::pow2(-10)] {
                let mut y = stored(format, 1, &Rational::from(1));
                y.error = ErrorBound::flat(error);
                let place = |k: usize, x: u64| match k <= degree {
                    true => stored(format, k, &Rational::from(x)),
                    false => Fixed::zero(format, 0, 1),
                };
                let local = Composed { value: place(power, 1), derivative: place(power - 1, power as u64) };
                let bounds = |x: &Ball| {
                    let x = x.magnitude();
                    let k = power as u64;
                    let part = |m: u64| match k >= m {
                        true => Mag::from_usize((k - m + 1..=k).product::<u64>() as usize) * x.pow(k - m),
                        false => Mag::ZERO,
                    };
                    [part(2), part(3)]
                };
                let got = with_inherited_error(local, &y, bounds);
                for sign in SIGNS {
                    let exact = perturbed(&y, sign);
                    let of = |k: usize, factor: usize| {
                        let outer = (0..=k).map(|j| Integer::from(if j == k { factor } else { 0 })).collect();
                        exact.inside(&Exact::new(0, outer), degree)
                    };
                    held(&got.value, &of(power, 1), || format!("t^{power} to {degree} with {error:?}"));
                    held(&got.derivative, &of(power - 1, power), || {
                        format!("the slope of t^{power} to {degree} with {error:?}")
                    });
                }
            }
        }
    }
}

/// The start of an integral is the value at the midpoint of the constant term, all bits of it.
#[test]
fn starts_have_all_bits_of_the_constant_term() {
    for frac in [60, 100, 150, 250] {
        let mut random = Random::new(u64::from(frac));
        let format = Format { frac, width: 5, degree: 2 };
        let odd = (random.integer(frac - 3) | 1u32) + (Integer::from(1) << (frac - 2));
        let rho = Fixed::exact(format, 0, 1, [limbs(&odd, 5), limbs(&random.integer(frac - 3), 5)].concat());
        for dual in duals() {
            let got = check(&dual, &rho, &b(1, 1));
            assert!(got.value.worst_error() <= format.ulp().shl(10), "{dual:?}: {:?}", got.value.error);
        }
    }
}
