//! Kernels with balls alone, at their plainest: duals from their formulas, series by the generic
//! algorithms, and the tangent kernel by `Θ_{L+1} = c_{L+1}' Σ c_l/c_l'`.

use num_rational::BigRational;

use crate::activation::Activation;
use crate::kernel::Input;
use crate::number::{Ball, parse_rational};
use crate::series::generic::Series;

/// `(√(1-x²), 1/√(1-x²), π/2 + asin x)`.
fn around(x: &Series<Ball>) -> [Series<Ball>; 3] {
    let x0 = &x.coefficients()[0];
    let one = Ball::from_integer(1, x0.precision());
    let mut rest: Vec<Ball> = x.mul(x).coefficients().iter().map(|c| -c).collect();
    rest[0] = &one + &rest[0];
    let rest = Series::new(rest);
    let root = rest.rsqrt(rest.coefficients()[0].sqrt().recip()).unwrap();
    let angle = Ball::pi(x0.precision()).shl(-1) + x0.asin();
    [rest.mul(&root), root.clone(), x.chain(&root.truncated(x.len() - 1), angle)]
}

/// `φ̂_q(x)`.
fn dual(name: &str, x: &Series<Ball>, q: &Ball) -> Series<Ball> {
    let p = q.precision();
    let one = Ball::from_integer(1, p);
    let plus = |s: &Series<Ball>, c: &Ball| {
        let mut list = s.coefficients().to_vec();
        list[0] = &list[0] + c;
        Series::new(list)
    };
    match name {
        "erf" => {
            let beta = &q.shl(1) / &(&one + &q.shl(1));
            let asin = plus(&around(&x.scaled(&beta))[2], &-Ball::pi(p).shl(-1));
            asin.scaled(&Ball::pi(p).recip().shl(1))
        }
        "sin" => {
            let x0 = &x.coefficients()[0] * q;
            let (up, down) = (x.scaled(q).exp(x0.exp()), x.scaled(&-q).exp((-&x0).exp()));
            up.sub(&down).scaled(&(-q).exp().shl(-1))
        }
        "gaussian" => {
            let beta = q / &(&one + q);
            around(&x.scaled(&beta))[1].scaled(&(&one + q).recip())
        }
        "gelu" => {
            let next = &one + q;
            let u = x.scaled(&(q / &next));
            let [root, inverse, angle] = around(&u);
            let sum = u.mul(&angle).add(&root.scaled(&(&(q - &one) / &next)));
            let sum = sum.add(&inverse.scaled(&next.square().recip()));
            sum.scaled(&(next / Ball::pi(p).shl(1)))
        }
        "poly(0,1,1)" => plus(&x.mul(x).scaled(&q.square().shl(1)).add(&x.scaled(q)), &q.square()),
        _ => {
            let alpha = match name.strip_prefix("leaky-relu(").and_then(|rest| rest.strip_suffix(')')) {
                Some(alpha) => Ball::from_rational(&parse_rational(alpha).unwrap(), p),
                None => Ball::zero(p),
            };
            let [root, _, angle] = around(x);
            let scale = (&(&one - &alpha).square() * q) / Ball::pi(p).shl(1);
            root.add(&x.mul(&angle)).scaled(&scale).add(&x.scaled(&(&alpha * q)))
        }
    }
}

/// The coefficients of the NNGP and the tangent kernel of `depth` layers alike.
pub(super) fn kernels(
    name: &str,
    input: &Input,
    weight: &BigRational,
    bias: &BigRational,
    depth: usize,
    len: usize,
    p: u32,
) -> (Vec<Ball>, Vec<Ball>) {
    let ball = |x: &BigRational| Ball::from_rational(x, p);
    let (weight, bias) = (ball(weight), ball(bias));
    let mut c = vec![Ball::zero(p); len + 1];
    (c[0], c[1]) = (ball(&input.gamma_b2), ball(&(&input.gamma_w2 * &input.radius2)));
    let mut q = &c[0] + &c[1];
    let mut all = vec![Series::new(c)];
    for _ in 0..depth {
        let x = all[all.len() - 1].scaled(&q.recip());
        let mut next = dual(name, &x, &q).scaled(&weight).coefficients().to_vec();
        next[0] = &next[0] + &bias;
        let moment = Activation::parse(name).unwrap().second_moment(&q, p).unwrap();
        q = &(&weight * &moment) + &bias;
        all.push(Series::new(next));
    }
    let last = &all[all.len() - 1];
    let mut sum = Series::new(vec![Ball::zero(p); len]);
    for c in &all {
        sum = sum.add(&c.truncated(len).mul(&c.derivative().reciprocal().unwrap()));
    }
    let (nngp, ntk) = (last.truncated(len), last.derivative().mul(&sum));
    (nngp.coefficients().to_vec(), ntk.coefficients().to_vec())
}
