use super::*;
use crate::Activation;
use crate::finite::{Architecture, Neighbourhood, Parametrization};
use crate::number::parse_rational;
use crate::positivity::catalogue_samples;

fn point(text: &str) -> Vec<BigRational> {
    text.split(',').map(|c| parse_rational(c).unwrap()).collect()
}

/// The first order is the empirical tangent kernel, for every activation; exactly where arithmetic is exact.
#[test]
fn first_order_is_the_tangent_kernel() {
    let [x, y] = [point("1/2,-1/3"), point("1,1/5")];
    for (i, phi) in catalogue_samples().iter().enumerate() {
        let shape = Architecture::new(phi, &[2, 4, 3, 1]).unwrap().with_biases(i % 2 == 0);
        let network = FiniteNetwork::from_seed(&shape, 30 + i as u64).unwrap();
        let kernel = network.feature_kernel_with(&x, &y, 3, 128).unwrap_or_else(|e| panic!("{phi}: {e}"));
        let tangent = network.tangent_kernel_with(&x, &y, 128).unwrap();
        assert!(kernel[1].overlaps(&tangent) && kernel[0].is_exact_zero(), "{phi}: {} {tangent}", kernel[1]);
        assert!(tangent.is_exact_zero() || tangent.relative_accuracy_bits() > 80, "{phi}: {tangent}");
    }
    let shape = Architecture::new(&Activation::parse("x^3 - x").unwrap(), &[2, 3, 3, 1]).unwrap();
    let shape = shape.with_parametrization(Parametrization::Standard).with_biases(true);
    let network = FiniteNetwork::from_seed(&shape, 2).unwrap();
    let kernel = network.feature_kernel_exact(&x, &y, 4).unwrap();
    assert_eq!(kernel[1], network.tangent_kernel_exact(&x, &y).unwrap());
    let balls = network.feature_kernel_with(&x, &y, 4, 200).unwrap();
    assert!(kernel.iter().zip(&balls).all(|(e, b)| b.contains_rational(e)));
}

/// One hidden layer without biases: `Σ_j v_j² a_m b_m (s² x·y)^m + Σ_j a_{m-1} b_{m-1} (s² x·y)^{m-1}`, times
/// `1/n`.
#[test]
fn one_hidden_layer_in_closed_form() {
    let [x, y] = [point("1/2,-1/3"), point("1,1/5")];
    let shape = Architecture::new(&Activation::parse("x^3 + x^2").unwrap(), &[2, 3, 1]).unwrap();
    let network =
        FiniteNetwork::from_seed(&shape.with_parametrization(Parametrization::Standard), 2).unwrap();
    let found = network.feature_kernel_exact(&x, &y, 4).unwrap();
    let dot: BigRational = x.iter().zip(&y).map(|(a, b)| a * b).sum();
    let zero = || parse_rational("0").unwrap();
    let taylor = |z: &BigRational| {
        let [one, two, three] = ["1", "2", "3"].map(|t| parse_rational(t).unwrap());
        [z * z * z + z * z, &three * z * z + &two * z, &three * z + &one, one, zero()]
    };
    let layers = network.layers();
    for m in 1..=4 {
        let mut sum = zero();
        for j in 0..3 {
            let z = |p: &[BigRational]| -> BigRational {
                (0..2).map(|i| layers[0].weights().rational(2 * j + i) * &p[i]).sum()
            };
            let (a, b) = (taylor(&z(&x)), taylor(&z(&y)));
            let v = layers[1].weights().rational(j);
            sum += &v * &v * &a[m] * &b[m] * num_traits::pow(dot.clone(), m);
            sum += &a[m - 1] * &b[m - 1] * num_traits::pow(dot.clone(), m - 1);
        }
        assert_eq!(found[m], sum, "{m}");
    }
}

/// `|g_m| <= |Ψ_m| |Φ_m|`.
#[test]
fn cauchy_schwarz() {
    let x = point("1/2,-1/3");
    for (i, name) in ["tanh", "gelu", "x^2", "relu"].iter().enumerate() {
        let shape = Architecture::new(&Activation::parse(name).unwrap(), &[2, 4, 3, 1]).unwrap();
        let network = FiniteNetwork::from_seed(&shape.with_biases(i % 2 == 0), 3).unwrap();
        let kernel = network.feature_kernel_with(&x, &x, 5, 128).unwrap();
        let near = Neighbourhood::with(&network, &x, 128).unwrap();
        for seed in 0..5 {
            let step = Step::from_seed(&network, seed, &parse_rational("1/1000").unwrap()).unwrap();
            let norms = network.step_kernel_with([&step, &step], 5, 128).unwrap();
            let length = step.norm(Accuracy::relative(30).unwrap()).unwrap();
            assert!(norms[1].overlaps(&length.square()));
            for (m, g) in near.series(&step, 5).unwrap().orders.iter().enumerate().skip(1) {
                assert!(g.square().lower() <= (&norms[m] * &kernel[m]).upper(), "{name}, {m}");
            }
        }
    }
}
