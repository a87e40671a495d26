use super::*;
use proptest::prelude::*;

/// `Σ_j h_k(x_j) v_j` in balls of four times the precision.
fn by_balls(nodes: &[Node], len: usize, precision: u32) -> Vec<Ball> {
    let mut out = vec![Ball::zero(precision); len];
    for node in nodes {
        let x = Ball::exact(node.x.clone()).with_precision(precision.max(node.x.prec()));
        let h = crate::hermite::polynomials(&x, len).unwrap();
        for (k, (sum, h)) in out.iter_mut().zip(h).enumerate() {
            let v = if k % 2 == 1 { &node.odd } else { &node.even };
            *sum = &*sum + &(&h * v);
        }
    }
    out
}

fn node(x: Float, even: f64, odd: f64) -> Node {
    let density = Ball::exact(x.clone()).with_precision(400).normal_density();
    let times = |v: f64| &density * &Ball::exact(Float::with_val(53, v));
    Node { x, even: times(even), odd: times(odd) }
}

fn check(nodes: &[Node], len: usize, target: i64) {
    let got = project(nodes, [len; 2], target, 300).unwrap();
    let truth = by_balls(nodes, len, 1200 + 8 * len as u32);
    assert_eq!(got.len(), len);
    for (k, (got, truth)) in got.iter().zip(&truth).enumerate() {
        assert!(got.overlaps(truth), "{k}: {got} misses {truth}");
        assert!(got.radius() <= Mag::pow2(-target), "{k}: {:?} against 2^-{target}", got.radius());
        // The bound is not off by many orders: the truth is within it, and rounding is there.
        assert!(truth.radius() < Mag::pow2(-target - 40));
    }
}

#[test]
fn short_and_long_nodes_near_and_far() {
    for x in [0.0, 2f64.powi(-300), 2f64.powi(-30), 0.01171875, 0.5, 1.999, 2.0, 2.001, 3.25, 9.0, 20.0] {
        check(&[node(Float::with_val(53, x), 0.75, -1.5)], 300, 140);
        let root = Float::with_val(280, x) * Float::with_val(280, 2).sqrt();
        check(&[node(root, 0.75, -1.5)], 300, 140);
    }
}

#[test]
fn many_nodes_and_high_degrees() {
    let nodes: Vec<Node> = (0..40).map(|j| node(Float::with_val(53, 0.59375 * j as f64), 1.0, 2.0)).collect();
    check(&nodes, 2000, 100);
    let irrational = |j: u32| Float::with_val(260, 17 * j + 1).sqrt();
    let nodes: Vec<Node> = (0..20).map(|j| node(irrational(j), 1.0, 2.0)).collect();
    check(&nodes, 2000, 170);
}

proptest! {
    #![proptest_config(ntk_testing::cases(24))]
    #[test]
    fn random_nodes(
        x in proptest::collection::vec((0.0f64..25.0, -3.0f64..3.0, -3.0f64..3.0, 20u32..200), 1..6),
        len in 0usize..150, target in 10i64..400,
    ) {
        let nodes: Vec<Node> = x.iter().map(|(x, even, odd, p)| {
            let x = Float::with_val(*p, Float::with_val(*p, *x).sqrt().square());
            node(x, *even, *odd)
        }).collect();
        // The density has 400 bits.
        let got = project(&nodes, [len; 2], target, 500).unwrap();
        for (got, truth) in got.iter().zip(by_balls(&nodes, len, 2000)) {
            prop_assert!(got.overlaps(&truth));
            prop_assert!(got.radius() <= Mag::pow2(-target.min(380)));
        }
    }
}

/// Values off by as much as they are, and all to the side that makes the sum larger: each degree has its own worst
/// case.
#[test]
fn radii_of_the_values_count_in_every_degree() {
    let places = [0.0, 0.5, 1.25, 3.0, 6.5];
    for size in [2f64.powi(-20), 0.125, 1.0, 3.0] {
        let wide = |x: f64, sign: f64| {
            let Node { x, even, odd } = node(Float::with_val(53, x), sign, 0.75 * sign);
            let [even, odd] = [even, odd].map(|v| v.widened(v.magnitude() * Mag::from_f64(size)));
            Node { x, even, odd }
        };
        let nodes: Vec<Node> = places.iter().map(|x| wide(*x, if *x == 1.25 { -1.0 } else { 1.0 })).collect();
        for lens in [[40, 40], [1, 0], [0, 8], [2, 2]] {
            let got = project(&nodes, lens, 80, 200).unwrap();
            for side in [false, true] {
                for (k, got) in got.iter().enumerate().filter(|(k, _)| *k < lens[k % 2]) {
                    let mut truth = Ball::zero(600);
                    let mut whole = Mag::ZERO;
                    for node in &nodes {
                        let x = Ball::exact(node.x.clone()).with_precision(600);
                        let h = crate::hermite::polynomials(&x, k + 1).unwrap().swap_remove(k);
                        let v = if k % 2 == 1 { &node.odd } else { &node.even };
                        let up = h.midpoint().is_sign_positive() == side;
                        let end = if up { v.upper() } else { v.lower() };
                        truth = truth + &h * &Ball::exact(end);
                        // Cramér's bound stands for |h_k|, with one for h_0 alone.
                        let growth = (x.square().shl(-2)).exp().magnitude() * Mag::from_f64(1.0866);
                        whole = whole + v.radius() * growth;
                    }
                    assert!(got.contains(&truth), "{size}, {k}: {got} misses {truth}");
                    assert!(got.radius() <= whole + Mag::pow2(-79), "{size}, {k}: {got}");
                }
            }
        }
    }
}
