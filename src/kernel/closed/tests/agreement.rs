//! Closed forms against numbers found in other ways.

use num_rational::BigRational;
use proptest::prelude::*;
use serde_json::Value;

use super::activations::{Simple, r};
use super::*;
use crate::number::{Mag, parse_rational};
use crate::series::generic::Series;

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Is the reference value inside the enclosure widened by the reference radius?
fn confirms(ball: &Ball, pair: &Value) -> bool {
    let (value, radius) = (parse_rational(text(&pair[0])).unwrap(), parse_rational(text(&pair[1])).unwrap());
    let reference = Ball::from_rational(&value, 300);
    let radius = Ball::from_rational(&radius, 64).magnitude();
    ball.relative_accuracy_bits() > 100 && ball.widened(radius).overlaps(&reference)
        || ball.is_exact_zero() && value == BigRational::default()
}

#[test]
fn reference_values() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference/ntk_reference.json");
    let all: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    let mut confirmed = 0;
    for (name, simple) in [("relu", Simple::relu()), ("erf", Simple::Erf)] {
        for entry in all["activations"][name]["kernels"].as_array().unwrap() {
            let depth = entry["L"].as_u64().unwrap() as usize;
            let network = match text(&entry["setting"]) {
                "normalized" => normalized(&simple, depth),
                _ => biased(&simple, depth),
            };
            for (kernel, field) in [(Kernel::Nngp, "nngp"), (Kernel::Ntk, "ntk")] {
                for mode in [ClosedFormMode::Expanded, ClosedFormMode::Layered] {
                    let found =
                        ClosedFormTable::new(&network, kernel, Convention::Standard, 12, mode).unwrap();
                    let Some(found) = found else {
                        // The variance of the second layer is an arcsine.
                        assert!(name == "erf" && text(&entry["setting"]) == "biased" && depth > 1);
                        continue;
                    };
                    assert_eq!(found.coefficients().len(), 13);
                    for (p, ball) in found.to_balls(200).iter().enumerate() {
                        let pair = &entry[field][p];
                        assert!(confirms(ball, pair), "{name} L={depth} {field} {p}: {ball} is not {pair}");
                        confirmed += 1;
                    }
                }
            }
        }
    }
    assert_eq!(confirmed, (6 + 4) * 2 * 2 * 13);
}

#[test]
fn deep_constant_terms() {
    for (depth, value) in
        [(1, "0.318309886184"), (2, "0.685708636283"), (3, "1.0603881068"), (5, "1.79219596684")]
    {
        let input = Input::default();
        let network = Network::uniform(input, layer(&Simple::relu(), exact("2"), "0"), depth).unwrap();
        for mode in [ClosedFormMode::Expanded, ClosedFormMode::Layered] {
            let ball = &table(&network, Kernel::Ntk, 0, mode).to_balls(100)[0];
            let known = Ball::from_rational(&r(value), 100).widened(Mag::from_f64(6e-12));
            assert!(known.contains(ball), "L = {depth}: {ball} is not {value}");
        }
    }
}

/// The kernel with balls alone, by the other formula for the tangent kernel,
/// `Θ_{L+1} = c_{L+1}' Σ c_l/c_l'`.
fn numeric(
    simple: &Simple,
    input: &Input,
    weight: &BigRational,
    bias: &BigRational,
    depth: usize,
    len: usize,
    p: u32,
) -> (Vec<Ball>, Vec<Ball>) {
    let ball = |x: &BigRational| Ball::from_rational(x, p);
    let zero = Ball::zero(p);
    let mut c = vec![zero.clone(); len + 1];
    (c[0], c[1]) = (ball(&input.gamma_b2), ball(&(&input.gamma_w2 * &input.radius2)));
    let mut q = &c[0] + &c[1];
    let mut all = vec![Series::new(c)];
    for _ in 0..depth {
        let x = all[all.len() - 1].scaled(&q.recip());
        let scaled = |list: Vec<Ball>| {
            let mut out: Vec<Ball> = list.iter().map(|y| y * &ball(weight)).collect();
            out[0] = &out[0] + &ball(bias);
            out
        };
        let next = scaled(simple.dual_at(&x, &q));
        q = &(&ball(weight) * &moment(simple, &q)) + &ball(bias);
        all.push(Series::new(next));
    }
    let last = all[all.len() - 1].clone();
    let mut sum = Series::new(vec![zero; len]);
    for c in &all {
        sum = sum.add(&c.truncated(len).mul(&c.derivative().reciprocal().unwrap()));
    }
    (last.truncated(len).coefficients().to_vec(), last.derivative().mul(&sum).coefficients().to_vec())
}

/// `E[φ(√q Z)²]`.
fn moment(simple: &Simple, q: &Ball) -> Ball {
    let p = q.precision();
    let one = Ball::from_integer(1, p);
    match simple {
        Simple::Leaky(a) => (q * &(&one + &Ball::from_rational(&(a * a), p))).shl(-1),
        Simple::Quadratic => &q.square().mul_integer(3) + q,
        Simple::Gaussian => (&one + &q.shl(1)).sqrt().recip(),
        Simple::Erf => (&(&q.shl(1) / &(&one + &q.shl(1))).asin() / &Ball::pi(p)).shl(1),
        Simple::Sin => (&one - &(-q).shl(1).exp()).shl(-1),
        _ => (&one + &(-q).shl(1).exp()).shl(-1),
    }
}

fn small() -> impl Strategy<Value = BigRational> {
    (1i64..6, 1i64..6).prop_map(|(a, b)| BigRational::new(a.into(), b.into()))
}

fn zero_or_small() -> impl Strategy<Value = BigRational> {
    prop_oneof![Just(BigRational::default()), small()]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn tangent_kernels_agree_with_the_chain_rule(
        which in 0usize..6, alpha in -3i64..4, depth in 1usize..4, gamma_w2 in small(), gamma_b2 in zero_or_small(),
        weight in small(), bias in zero_or_small(), layered in any::<bool>(),
    ) {
        let simple = [
            Simple::Leaky(BigRational::new(alpha.into(), 4.into())),
            Simple::relu(),
            Simple::Erf,
            Simple::Sin,
            Simple::Gaussian,
            Simple::Quadratic,
        ][which].clone();
        // c' must not vanish at zero for the formula.
        let odd_bias = if which == 4 { gamma_b2.clone() + r("1/3") } else { gamma_b2 };
        let input = Input { gamma_w2, gamma_b2: odd_bias, radius2: r("3/2") };
        let net = Network::uniform(input.clone(), layer(&simple, WeightVariance::Exact(weight.clone()), "0"), depth).unwrap();
        let mut layers = net.layers().to_vec();
        layers.iter_mut().for_each(|l| l.sigma_b2 = BiasVariance::Exact(bias.clone()));
        let net = Network::new(input.clone(), layers).unwrap();
        let len = 5;
        let (nngp, ntk) = numeric(&simple, &input, &weight, &bias, depth, len, 300);
        let mode = if layered { ClosedFormMode::Layered } else { ClosedFormMode::Expanded };
        for (kernel, truth) in [(Kernel::Nngp, nngp), (Kernel::Ntk, ntk)] {
            let found = ClosedFormTable::new(&net, kernel, Convention::Standard, len - 1, mode).unwrap();
            let Some(found) = found else {
                prop_assert!(depth > 1 && (2..5).contains(&which));
                continue;
            };
            prop_assert_eq!(found.coefficients().len(), len);
            for (p, (ball, truth)) in found.to_balls(200).iter().zip(&truth).enumerate() {
                prop_assert!(ball.overlaps(truth), "{kernel:?} {p}: {ball} is not {truth}");
                prop_assert!(ball.radius() < Mag::pow2(-80), "{ball}");
            }
        }
    }
}
