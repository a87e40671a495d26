//! Verdicts against data: where a kernel is said to be strictly positive definite its Gram matrix on exact points has a
//! smallest eigenvalue proved positive, by numbers that the verdict does not use; where it is said not to be, the null
//! vector of the counterexample is one of the enclosed matrix.

use ntk_series::activation::catalogue;
use ntk_series::gram::{GramMatrix, Points, smallest_eigenvalue};
use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
use ntk_series::number::{Ball, parse_rational};
use ntk_series::positivity::{Domain, Outcome, Verdict, decide};
use ntk_series::{Accuracy, Activation, Error, Kernel, Network};

const OF_A_LINE: &str = "1\n0.3\n-2\n0\n3/2\n";
const OF_A_PLANE: &str = "1,0\n0.6,0.8\n-1/2,2\n3,1\n";
const OF_THE_CIRCLE: &str = "1,0\n-1,0\n0.6,0.8\n-0.6,-0.8\n5/13,-12/13\n";
const OF_THE_CIRCLE_WITHOUT_ANTIPODES: &str = "1,0\n0.6,0.8\n-4/5,3/5\n5/13,-12/13\n";

fn network(activation: &Activation, depth: usize, biases: bool) -> Network {
    let number = |text| parse_rational(text).unwrap();
    let bias = number(if biases { "1/2" } else { "0" });
    let layer = Layer {
        activation: activation.clone(),
        sigma_w2: WeightVariance::Exact(number("1")),
        sigma_b2: BiasVariance::Exact(bias.clone()),
    };
    Network::uniform(Input { gamma_b2: bias, ..Input::default() }, layer, depth).unwrap()
}

/// Every activation, with parameters where the family needs some, and a few formulas.
fn activations() -> Vec<Activation> {
    let names = catalogue().map(|entry| match entry.name() {
        "prelu" => "prelu(1/4)".to_string(),
        "repu" => "repu(2)".to_string(),
        "threshold" => "threshold(1,1/2)".to_string(),
        "piecewise" => "piecewise([-1,1];[0],[1,1],[2])".to_string(),
        "poly" => "poly(1,0,2)".to_string(),
        "hermite" => "hermite(3)".to_string(),
        name => name.to_string(),
    });
    let formulas = ["x*sigmoid(2*x)", "max(0,x)^2+x/3", "where(x<1,x,2-x)", "abs(x)*tanh(x)", "x/(1+x^2)"];
    names.chain(formulas.map(String::from)).map(|name| Activation::parse(&name).unwrap()).collect()
}

fn gram(network: &Network, kernel: Kernel, points: &Points) -> Result<GramMatrix, Error> {
    GramMatrix::new(network, kernel, points, Accuracy::relative(12)?)
}

/// Does the verdict agree with numbers? Counts what was looked at.
fn compare(verdict: &Verdict, data: &str, seen: &mut [usize; 2]) {
    let (network, kernel) = (&verdict.network, verdict.kernel);
    let what = || format!("{} {kernel:?} {:?}", network.layers()[0].activation, verdict.domain);
    match verdict.outcome {
        Outcome::StrictlyPositiveDefinite => {
            let matrix = match gram(network, kernel, &Points::from_csv(data).unwrap()) {
                Ok(matrix) => matrix,
                // Slow series, and variances like e^(10^8), are honest errors; so is a matrix of a vast range below.
                Err(Error::AccuracyNotReached { .. } | Error::NotSquareIntegrable { .. }) => return,
                Err(error) => panic!("{}: {error}", what()),
            };
            let smallest = match smallest_eigenvalue(&matrix) {
                Ok(smallest) => smallest,
                Err(Error::AccuracyNotReached { .. }) => return,
                Err(error) => panic!("{}: {error}", what()),
            };
            assert!(smallest.value.lower() > 0 && smallest.bound.is_some(), "{}: {}", what(), smallest.value);
            seen[0] += 1;
        }
        Outcome::NotStrictlyPositiveDefinite => {
            let Some(example) = &verdict.counterexample else { return };
            assert!(example.null_vector.iter().any(|x| *x != parse_rational("0").unwrap()));
            let points = Points::new(example.points.clone()).unwrap();
            let Ok(matrix) = gram(network, kernel, &points) else { return };
            for i in 0..points.len() {
                let product = |(j, v)| matrix.get(i, j) * &Ball::from_rational(v, 128);
                let terms = example.null_vector.iter().enumerate().map(product);
                let sum = terms.fold(Ball::zero(128), |sum, term| sum + term);
                assert!(sum.contains_zero(), "{}: row {i} of K v is {sum}", what());
            }
            seen[1] += 1;
        }
        Outcome::Undecided => panic!("{}: undecided", what()),
    }
}

#[test]
fn verdicts_agree_with_numbers() {
    let mut seen = [0, 0];
    for activation in activations() {
        for depth in [1, 2] {
            for biases in [false, true] {
                let network = network(&activation, depth, biases);
                let kernel = match decide(&network, Kernel::Ntk, Domain::Sphere) {
                    Err(Error::NoTangentKernel { .. }) => Kernel::Nngp,
                    _ => Kernel::Ntk,
                };
                for (domain, data) in [
                    (Domain::Distinct, OF_A_LINE),
                    (Domain::NonProportional, OF_A_PLANE),
                    (Domain::Sphere, OF_THE_CIRCLE),
                    (Domain::SphereWithoutAntipodes, OF_THE_CIRCLE_WITHOUT_ANTIPODES),
                ] {
                    if domain == Domain::Distinct && !biases {
                        continue;
                    }
                    compare(&decide(&network, kernel, domain).unwrap(), data, &mut seen);
                }
            }
        }
    }
    assert!(seen[0] > 500 && seen[1] > 50, "{seen:?}");
}
