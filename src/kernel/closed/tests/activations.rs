//! A few activations, with nothing but what closed forms ask of them.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use crate::Error;
use crate::activation::{Activation, Definition, Support};
use crate::dual::{Dual, ExactDual};
use crate::number::{Ball, ClosedForm, parse_rational};

#[derive(Clone, Debug)]
pub(super) enum Simple {
    /// `αx + (1-α) relu(x)`.
    Leaky(BigRational),
    /// `relu(x)²`.
    SquaredRelu,
    Erf,
    Sin,
    Cos,
    /// `exp(-x²/2)`.
    Gaussian,
    Step,
    /// `x² + x`.
    Quadratic,
    /// ReLU, by its Hermite coefficients only.
    ReluByHermite,
    /// Sine, by its Hermite coefficients only.
    SinByHermite,
}

pub(super) fn r(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

impl Simple {
    pub(super) fn relu() -> Simple {
        Simple::Leaky(r("0"))
    }

    pub(super) fn activation(&self) -> Activation {
        Activation::new(self.clone())
    }

    /// `φ̂_q(x)` for a series of balls: composition at its plainest.
    pub(super) fn dual_at(&self, x: &crate::series::generic::Series<Ball>, q: &Ball) -> Vec<Ball> {
        use crate::series::generic::Series;
        let p = q.precision();
        let ball = |text: &str| Ball::from_rational(&r(text), p);
        let x0 = x.coefficients()[0].clone();
        // 1 - x², its inverse root, and the arcsine.
        let chain = |x: &Series<Ball>| {
            let x0 = &x.coefficients()[0];
            let square = x.mul(x);
            let rest: Vec<Ball> = square.coefficients().iter().map(|c| -c).collect();
            let mut rest = rest;
            rest[0] = &ball("1") + &rest[0];
            let root = Series::new(rest.clone()).rsqrt(rest[0].sqrt().recip()).unwrap();
            let asin = x.chain(&root.truncated(x.len() - 1), x0.asin());
            (Series::new(rest), root, asin)
        };
        let two_pi = Ball::pi(p).shl(1);
        match self {
            Simple::Leaky(alpha) => {
                let (rest, root, asin) = chain(x);
                // √(1-x²) + x(π/2 + asin x).
                let mut angle = asin.coefficients().to_vec();
                angle[0] = &angle[0] + &Ball::pi(p).shl(-1);
                let kernel = rest.mul(&root).add(&x.mul(&Series::new(angle)));
                let alpha = Ball::from_rational(alpha, p);
                let scale = &(&(&ball("1") - &alpha).square() * q) / &two_pi;
                x.scaled(&(&alpha * q)).add(&kernel.scaled(&scale)).coefficients().to_vec()
            }
            Simple::Erf => {
                let beta = &q.shl(1) / &(&ball("1") + &q.shl(1));
                let scaled = chain(&x.scaled(&beta)).2;
                scaled.scaled(&(&ball("2") / &Ball::pi(p))).coefficients().to_vec()
            }
            Simple::Sin | Simple::Cos => {
                let sign = if matches!(self, Simple::Sin) { ball("-1") } else { ball("1") };
                let up = x.scaled(q).exp((&x0 * q).exp());
                let down = x.scaled(&-q).exp((-(&x0 * q)).exp());
                let scale = (-q).exp().shl(-1);
                up.add(&down.scaled(&sign)).scaled(&scale).coefficients().to_vec()
            }
            Simple::Gaussian => {
                let one = ball("1");
                let beta = q / &(&one + q);
                chain(&x.scaled(&beta)).1.scaled(&(&one + q).recip()).coefficients().to_vec()
            }
            Simple::Quadratic => {
                let mut out = x.mul(x).scaled(&q.square().shl(1)).add(&x.scaled(q)).coefficients().to_vec();
                out[0] = &out[0] + &q.square();
                out
            }
            _ => vec![],
        }
    }
}

impl Definition for Simple {
    fn name(&self) -> String {
        format!("{self:?}")
    }
    fn formula(&self) -> String {
        self.name()
    }
    fn smoothness(&self) -> String {
        String::new()
    }
    fn method(&self) -> String {
        String::new()
    }
    fn support(&self) -> Support {
        Support::all()
    }
    fn hermite(&self, _: &Ball, _: usize, _: u32) -> Result<Vec<Ball>, Error> {
        Ok(vec![])
    }
    fn second_moment(&self, q: &Ball, _: u32) -> Result<Ball, Error> {
        Ok(q.clone())
    }
    fn derivative_second_moment(&self, q: &Ball, _: u32) -> Result<Ball, Error> {
        match self {
            Simple::Step => Err(Error::NoTangentKernel { activation: "step".into(), why: "it jumps".into() }),
            _ => Ok(q.clone()),
        }
    }
    fn dual(&self, _: &Ball, _: u32) -> Result<Dual, Error> {
        Ok(Dual::Hermite)
    }
    fn check_square_integrable(&self, _: &BigRational) -> Result<(), Error> {
        Ok(())
    }
    fn second_moment_closed_form(&self, q: &BigRational) -> Option<ClosedForm> {
        match self {
            Simple::ReluByHermite => Some(ClosedForm::from(q * r("1/2"))),
            Simple::SinByHermite => Simple::Sin.exact_dual(q)?.at_one(),
            _ => None,
        }
    }
    fn hermite_square_closed_form(&self, k: usize, q: &BigRational) -> Option<ClosedForm> {
        let product = |from: usize, step: usize, to: usize| {
            (from..=to).step_by(step).map(BigInt::from).product::<BigInt>()
        };
        let factorial = product(1, 1, k);
        match self {
            Simple::ReluByHermite if k == 1 => Some(ClosedForm::from(q * r("1/4"))),
            Simple::ReluByHermite if k % 2 == 1 => Some(ClosedForm::zero()),
            Simple::ReluByHermite => {
                let odd = if k >= 3 { product(1, 2, k - 3) } else { BigInt::one() };
                let c = BigRational::new(&odd * &odd, factorial) * q * r("1/2");
                Some(ClosedForm::pi_power(-2).scaled(&c))
            }
            Simple::SinByHermite if k % 2 == 0 => Some(ClosedForm::zero()),
            Simple::SinByHermite => {
                let power = num_traits::pow(q.clone(), k) / BigRational::from_integer(factorial);
                Some(ClosedForm::exp(&-q.clone()).scaled(&power))
            }
            _ => None,
        }
    }
    fn exact_dual(&self, q: &BigRational) -> Option<ExactDual> {
        let form = |x: BigRational| ClosedForm::from(x);
        let one = BigRational::one();
        Some(match self {
            Simple::Leaky(alpha) => ExactDual::ArcCosine {
                order: 1,
                linear: form(alpha * q),
                scale: form((&one - alpha) * (&one - alpha) * q),
            },
            Simple::SquaredRelu => {
                ExactDual::ArcCosine { order: 2, linear: ClosedForm::zero(), scale: form(q * q) }
            }
            Simple::Erf => ExactDual::ArcSine {
                constant: ClosedForm::zero(),
                scale: ClosedForm::pi_power(-2).scaled(&r("2")),
                beta: q * r("2") / (&one + q * r("2")),
            },
            Simple::Step => ExactDual::ArcSine {
                constant: form(r("1/4")),
                scale: ClosedForm::pi_power(-2).scaled(&r("1/2")),
                beta: one,
            },
            Simple::Sin | Simple::Cos => {
                let plus = ClosedForm::exp(&-q.clone()).scaled(&r("1/2"));
                let minus = if matches!(self, Simple::Sin) { -&plus } else { plus.clone() };
                ExactDual::Exponential { plus, minus, rate: q.clone() }
            }
            Simple::Gaussian => {
                ExactDual::InverseRoot { scale: form((&one + q).recip()), beta: q / (&one + q) }
            }
            Simple::Quadratic => {
                ExactDual::Polynomial(vec![form(q * q), form(q.clone()), form(q * q * r("2"))])
            }
            Simple::ReluByHermite | Simple::SinByHermite => return None,
        })
    }
}
