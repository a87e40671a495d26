//! Kernels with balls alone, at their plainest: duals from their formulas, series by the generic
//! algorithms, and the tangent kernel by `Θ_{L+1} = c_{L+1}' Σ c_l/c_l'`.

use num_rational::BigRational;

use crate::kernel::{BiasVariance, Network, WeightVariance};
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
        _ if name.starts_with("poly") => {
            plus(&x.mul(x).scaled(&q.square().shl(1)).add(&x.scaled(q)), &q.square())
        }
        _ => {
            let alpha = match name.strip_prefix("leaky-relu(").and_then(|rest| rest.strip_suffix(')')) {
                Some(alpha) => Ball::from_rational(&parse_rational(alpha).unwrap(), p),
                None if name == "abs" => -&one,
                None => Ball::zero(p),
            };
            let [root, _, angle] = around(x);
            let scale = (&(&one - &alpha).square() * q) / Ball::pi(p).shl(1);
            root.add(&x.mul(&angle)).scaled(&scale).add(&x.scaled(&(&alpha * q)))
        }
    }
}

/// The coefficients of the NNGP and the tangent kernel; the latter needs `c_l'` not to vanish at 0.
pub(super) fn kernels(network: &Network, len: usize, p: u32) -> (Vec<Ball>, Option<Vec<Ball>>) {
    let ball = |x: &BigRational| Ball::from_rational(x, p);
    let input = network.input();
    let mut c = vec![Ball::zero(p); len + 1];
    (c[0], c[1]) = (ball(&input.gamma_b2), ball(&(&input.gamma_w2 * &input.radius2)));
    let mut q = &c[0] + &c[1];
    let mut all = vec![Series::new(c)];
    for layer in network.layers() {
        let moment = layer.activation.second_moment(&q, p).unwrap();
        let (weight, bias) = match (&layer.sigma_w2, &layer.sigma_b2) {
            (WeightVariance::Exact(w), BiasVariance::Exact(b)) => (ball(w), ball(b)),
            (WeightVariance::Exact(w), BiasVariance::Unit) => (ball(w), &q - &(&ball(w) * &moment)),
            (WeightVariance::Normalized, BiasVariance::Exact(b)) => (&(&q - &ball(b)) / &moment, ball(b)),
            (WeightVariance::Normalized, BiasVariance::Unit) => unreachable!("refused by Network::new"),
        };
        let x = all[all.len() - 1].scaled(&q.recip());
        let mut next = dual(&layer.activation.name(), &x, &q).scaled(&weight).coefficients().to_vec();
        next[0] = &next[0] + &bias;
        q = &(&weight * &moment) + &bias;
        all.push(Series::new(next));
    }
    let last = &all[all.len() - 1];
    let terms = all.iter().map(|c| Some(c.truncated(len).mul(&c.derivative().reciprocal()?)));
    let sum = terms.reduce(|a, b| Some(a?.add(&b?))).flatten();
    let ntk = sum.map(|sum| last.derivative().mul(&sum).coefficients().to_vec());
    (last.truncated(len).coefficients().to_vec(), ntk)
}
