//! The series against the network itself.

use proptest::prelude::*;

use super::*;
use crate::Activation;
use crate::finite::{Architecture, Numbers, Parametrization};
use crate::number::parse_rational;
use crate::positivity::catalogue_samples;

fn point(text: &str) -> Vec<BigRational> {
    text.split(',').map(|c| parse_rational(c).unwrap()).collect()
}

fn network(activation: &Activation, widths: &[usize], seed: u64) -> FiniteNetwork {
    let shape = Architecture::new(activation, widths).unwrap().with_biases(seed.is_multiple_of(2));
    let shape =
        if seed.is_multiple_of(3) { shape.with_parametrization(Parametrization::Standard) } else { shape };
    let shape = if seed.is_multiple_of(5) { shape.with_output(Some(activation.clone())) } else { shape };
    FiniteNetwork::from_seed(&shape, seed).unwrap()
}

/// Inside the reach the direct value is in the enclosure, for every activation; outside the step is refused.
#[test]
fn series_against_direct_evaluation() {
    let x = point("1/2,-1/3");
    for (i, phi) in catalogue_samples().iter().enumerate() {
        let network = network(phi, &[2, 2, 2, 1], 6 + 2 * i as u64);
        let Ok(near) = Neighbourhood::with(&network, &x, 160) else { panic!("{phi}") };
        let unit = Step::from_seed(&network, i as u64, &parse_rational("1").unwrap()).unwrap();
        let reach = near.reach(&unit).unwrap();
        assert!(!reach.is_zero(), "{phi}");
        let reach = reach.min(Mag::from_f64(2.0)).to_float().to_f64();
        for part in [0.05, 0.9] {
            let length = BigRational::from_float(part * reach).unwrap();
            let step = unit.scaled(&length);
            let series = near.series(&step, 8).unwrap_or_else(|e| panic!("{phi}: {e}"));
            let direct = network.after(&step).unwrap().evaluate_with(&x, 160).unwrap().swap_remove(0);
            assert!(series.sum().overlaps(&direct), "{phi}, {part}: {} and {direct}", series.sum());
            assert!(series.orders[0].overlaps(near.output()) && series.reach > Mag::ONE);
            if part < 0.1 {
                let size = series.orders[1].magnitude() + Mag::from_f64(1e-3);
                assert!(series.remainder < size, "{phi}: {:?} {:?}", series.remainder, size);
            }
        }
        if reach < 2.0 {
            let error = near.series(&unit.scaled(&parse_rational("4").unwrap()), 3).unwrap_err().to_string();
            assert!(error.contains("length of the step") && !error.contains('\n'), "{error}");
        }
        // A step of less than the radius in any direction is accepted.
        let radius = near.radius();
        assert!(!radius.is_zero(), "{phi}");
        let radius = radius.min(Mag::from_f64(3.0)).to_float().to_f64();
        let step = unit.scaled(&BigRational::from_float(0.999 * radius).unwrap());
        assert!(near.series(&step, 2).is_ok(), "{phi}");
    }
}

/// What is left out is not overestimated without measure.
#[test]
fn remainders_are_useful() {
    let x = point("1/2,-1/3");
    for name in ["tanh", "gelu", "softplus", "sin", "silu", "exp(x/2)"] {
        let network = network(&Activation::parse(name).unwrap(), &[2, 8, 8, 1], 1);
        let near = Neighbourhood::with(&network, &x, 160).unwrap();
        let step = Step::from_seed(&network, 2, &parse_rational("1/4").unwrap()).unwrap();
        let [few, more] = [6, 12].map(|order| near.series(&step, order).unwrap());
        let truth = (few.partial(7) - more.partial(13)).magnitude();
        assert!(
            few.remainder >= truth && few.remainder < truth * Mag::from_f64(1.7),
            "{name}: {:?} {truth:?}",
            few.remainder
        );
        assert!(more.remainder < Mag::from_f64(1e-6), "{name}: {:?}", more.remainder);
    }
}

/// A function that grows fast off the real line, within another that does: bounds on complex discs are of no use.
#[test]
fn remainders_of_fast_growing_functions() {
    let text = r#"{"layers": [{"activation": "leaky-relu(1/10)", "weights": [[1, -0.3], [2, -3.4], ["-5/3", 4.5]]},
        {"activation": "gelu", "weights": [[1, "-5/7", "6/7"]]}, {"activation": "cos", "weights": [["8/11"]]}]}"#;
    let network = FiniteNetwork::from_json(text).unwrap();
    let step = [-0.0888, 0.05, 0.35, 0.057, 0.6, 0.22, -0.1, -0.2, 0.167, 0.033];
    let step = Step::new(&network, Numbers::doubles(step.to_vec()).unwrap()).unwrap();
    for (x, most) in [("1,-1", 0.005), ("6,-3", 1e-5)] {
        let near = Neighbourhood::with(&network, &point(x), 160).unwrap();
        let series = near.series(&step, 4).unwrap();
        let direct = network.after(&step).unwrap().evaluate_with(&point(x), 160).unwrap().swap_remove(0);
        let truth = (series.partial(5) - direct).magnitude();
        assert!(
            series.remainder >= truth && series.remainder < Mag::from_f64(most),
            "{x}: {:?}",
            series.remainder
        );
    }
}

/// Polynomials: the series ends, and is the network.
#[test]
fn polynomial_series_end() {
    let x = point("1/2,-1/3,1,2");
    let shape =
        Architecture::new(&Activation::parse("x^2/3 - x").unwrap(), &[4, 4, 4, 1]).unwrap().with_biases(true);
    let network = FiniteNetwork::from_seed(&shape, 4).unwrap();
    let near = Neighbourhood::with(&network, &x, 300).unwrap();
    assert!(!near.radius().is_finite());
    let step = Step::from_seed(&network, 9, &parse_rational("2").unwrap()).unwrap();
    let series = near.series(&step, 7).unwrap();
    assert!(series.remainder.is_zero() && near.series(&step, 6).unwrap().remainder > Mag::ZERO);
    let exact = network.series_exact(&x, &step, 7).unwrap();
    assert!(exact.iter().zip(&series.orders).all(|(e, b)| b.contains_rational(e)));
    let direct = network.after(&step).unwrap().evaluate_exact(&x).unwrap();
    assert_eq!(exact.iter().sum::<BigRational>(), direct[0]);
}

/// Coefficients against central differences of the network itself in many bits.
#[test]
fn orders_against_finite_differences() {
    let x = point("1/2,-1/3");
    for name in ["tanh", "softplus", "elu", "relu", "snake"] {
        let network = network(&Activation::parse(name).unwrap(), &[2, 3, 1], 2);
        let near = Neighbourhood::with(&network, &x, 600).unwrap();
        let step = Step::from_seed(&network, 5, &parse_rational("1/10").unwrap()).unwrap();
        let series = near.series(&step, 2).unwrap();
        let h = parse_rational("1e-30").unwrap();
        let at = |factor: &BigRational| {
            network.after(&step.scaled(factor)).unwrap().evaluate_with(&x, 600).unwrap().swap_remove(0)
        };
        let (up, down) = (at(&h), at(&-&h));
        let width = Ball::from_rational(&h, 600);
        let first = (&up - &down).shl(-1) / &width;
        let second = ((&up + &down).shl(-1) - &series.orders[0]) / width.square();
        for (found, truth) in [(&series.orders[1], first), (&series.orders[2], second)] {
            assert!((found - &truth).magnitude() < Mag::from_f64(1e-25), "{name}: {found} {truth}");
        }
    }
}

#[test]
fn what_does_not_fit_is_refused() {
    let network = network(&Activation::parse("relu").unwrap(), &[2, 3, 1], 1);
    assert!(Neighbourhood::with(&network, &point("0,0"), 64).unwrap_err().to_string().contains("relu"));
    let near = Neighbourhood::with(&network, &point("1,0"), 64).unwrap();
    let step = Step::from_seed(&network, 5, &parse_rational("1e-9").unwrap()).unwrap();
    assert!(near.series(&step, 0).is_err() && near.series(&step, 1000).is_err());
    let wide = Architecture::new(&Activation::parse("relu").unwrap(), &[2, 3, 2]).unwrap();
    let wide = FiniteNetwork::from_seed(&wide, 1).unwrap();
    assert!(Neighbourhood::with(&wide, &point("1,0"), 64).unwrap_err().to_string().contains("outputs"));
    assert!(near.series(&Step::from_seed(&wide, 1, &parse_rational("1").unwrap()).unwrap(), 1).is_err());
}

proptest! {
    #![proptest_config(ntk_testing::cases(6))]
    #[test]
    fn two_precisions_agree(seed in 0u64..1000, which in 0usize..4, order in 1usize..9) {
        let name = ["tanh", "gelu", "mish", "sigmoid"][which];
        let x = point("1/7,3/5");
        let network = network(&Activation::parse(name).unwrap(), &[2, 3, 2, 1], seed);
        let step = Step::from_seed(&network, seed, &parse_rational("1/50").unwrap()).unwrap();
        let [a, b] = [90, 210].map(|p| Neighbourhood::with(&network, &x, p).unwrap().series(&step, order).unwrap());
        for (c, d) in a.orders.iter().zip(&b.orders) {
            prop_assert!(c.overlaps(d) && c.radius() < Mag::pow2(-60));
        }
        prop_assert!(a.sum().overlaps(&b.sum()));
    }
}

fn rational(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

/// `Σ_{k>m} δ^k/k!` times `e`, both signs of the step: for growing terms of one sign and for alternating ones each
/// bound is at least the rest, and the smaller one is close to it.
#[test]
fn remainders_hold_a_known_rest() {
    let network = FiniteNetwork::from_json(
        r#"{"layers": [{"activation": "exp", "weights": [[1]]}, {"weights": [[1]]}]}"#,
    );
    let network = network.unwrap();
    let near = Neighbourhood::with(&network, &[rational("1")], 200).unwrap();
    for delta in ["1/100", "1/3", "1", "2", "5", "-1/3", "-1", "-5"] {
        let step = Step::new(&network, Numbers::rationals(&[rational(delta), rational("0")])).unwrap();
        let cut = near.cut(&step).unwrap();
        let delta = Ball::from_rational(&rational(delta), 400);
        let one = Ball::from_integer(1, 400);
        let (moved, sizes) = near.sizes_of(&cut);
        let movement = Movement::Along { moved: &moved, sizes: &sizes };
        let by_growth = near.remainders(&movement, Mag::ONE, Mag::INFINITY, 9);
        let on_segment = near.remainders_on_segment(&cut, 9);
        let (mut term, mut partial) = (one.exp(), Ball::zero(400));
        for m in 0..=9usize {
            partial = partial + &term;
            term = (&term * &delta).div_integer(m as i64 + 1);
            let rest = ((&one + &delta).exp() - &partial).abs();
            for (bound, name) in [(by_growth[m], "growth"), (on_segment[m], "derivatives")] {
                assert!(bound.to_float() >= rest.lower(), "{delta}, order {m}, by {name}: {bound:?} {rest}");
            }
            // Derivatives on cells are known to the factor e^{|δ|/64}, or as well as work allows.
            let close =
                rest.magnitude() * Mag::from_f64(if delta.magnitude() > Mag::ONE { 2.0 } else { 1.4 });
            assert!(on_segment[m] <= close, "{delta}, order {m}: {:?} {rest}", on_segment[m]);
        }
    }
}

/// Polynomial networks in rational arithmetic: the rest after every order, exactly.
#[test]
fn remainders_hold_the_rest_of_polynomials() {
    let x = point("1/2,-1/3");
    for (seed, name) in [(1u64, "x^2 + x"), (2, "x^3"), (3, "x^2"), (4, "x^3 - x")] {
        let phi = Activation::parse(name).unwrap();
        let shape = Architecture::new(&phi, &[2, 2, 2, 1]).unwrap().with_biases(seed.is_multiple_of(2));
        let shape = shape.with_parametrization(Parametrization::Standard);
        let network = FiniteNetwork::from_seed(&shape, seed).unwrap();
        let near = Neighbourhood::with(&network, &x, 128).unwrap();
        for length in ["1/100", "1/2", "2"] {
            let step = Step::from_seed(&network, seed, &rational(length)).unwrap();
            let found = near.series(&step, 12).unwrap();
            let exact = network.series_exact(&x, &step, 40).unwrap();
            for m in 0..=12 {
                let rest = Ball::from_rational(&exact[m + 1..].iter().sum(), 200).abs();
                let bound = found.remainders[m];
                assert!(bound.to_float() >= rest.lower(), "{name}, {length}, order {m}: {bound:?} {rest}");
                assert!(found.partial(m + 1).overlaps(&Ball::from_rational(&exact[..=m].iter().sum(), 200)));
            }
        }
    }
}
