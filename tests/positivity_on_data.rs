//! Verdicts against data: where a kernel is said to be strictly positive definite its Gram matrix on exact points has a
//! smallest eigenvalue proved positive, by numbers that the verdict does not use; where it is said not to be, the null
//! vector of the counterexample is one of the enclosed matrix.

use ntk_series::activation::catalogue;
use ntk_series::gram::{GramMatrix, Points, prove_smallest_eigenvalue};
use ntk_series::kernel::{BiasVariance, Input, Layer, WeightVariance};
use ntk_series::number::{Ball, parse_rational};
use ntk_series::positivity::{Domain, Outcome, Verdict, decide};
use ntk_series::{Accuracy, Activation, Error, Kernel, Network};
use num_rational::BigRational;
use num_traits::Zero;

/// Random exact points, the same in every run: a linear congruential generator's high bits.
struct Random(u64);

impl Random {
    /// A fraction between -3 and 3.
    fn number(&mut self) -> BigRational {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let (numerator, denominator) = ((self.0 >> 33) % 61, 1 + (self.0 >> 50) % 7);
        BigRational::new((numerator as i64 - 30).into(), (10 * denominator).into())
    }

    /// On the unit circle, by its rational parametrization.
    fn on_circle(&mut self) -> Vec<BigRational> {
        let (t, one) = (self.number(), BigRational::from_integer(1.into()));
        let scale = (&one + &t * &t).recip();
        vec![(&one - &t * &t) * &scale, (&t + &t) * &scale]
    }

    /// Points of the domain; antipodal pairs where it has them.
    fn points(&mut self, domain: Domain) -> Points {
        loop {
            let mut rows: Vec<Vec<BigRational>> = match domain {
                Domain::Distinct => (0..5).map(|_| vec![self.number()]).collect(),
                Domain::NonProportional => (0..4).map(|_| vec![self.number(), self.number()]).collect(),
                _ => (0..4).map(|_| self.on_circle()).collect(),
            };
            if domain == Domain::Sphere {
                rows[3] = rows[0].iter().map(|x| -x).collect();
            }
            let points = Points::new(rows).unwrap();
            let separate = domain != Domain::NonProportional
                || points.proportional_pairs().is_empty()
                    && points.squared_norms().iter().all(|n| !n.is_zero());
            let antipodes = points.antipodal_pairs().len();
            let allowed = match domain {
                Domain::Sphere => antipodes == 1,
                Domain::SphereWithoutAntipodes => antipodes == 0,
                _ => true,
            };
            if points.duplicates().is_empty() && separate && allowed {
                return points;
            }
        }
    }
}

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
    let names = catalogue().map(|entry| entry.example());
    let formulas = ["x*sigmoid(2*x)", "max(0,x)^2+x/3", "where(x<1,x,2-x)", "abs(x)*tanh(x)", "x/(1+x^2)"];
    names.chain(formulas.map(String::from)).map(|name| Activation::parse(&name).unwrap()).collect()
}

fn gram(network: &Network, kernel: Kernel, points: &Points) -> Result<GramMatrix, Error> {
    GramMatrix::new(network, kernel, points, Accuracy::relative(12)?)
}

/// Does the verdict agree with numbers? Counts what was looked at.
fn compare(verdict: &Verdict, points: &Points, seen: &mut [usize; 2]) {
    let (network, kernel) = (&verdict.network, verdict.kernel);
    let what = || format!("{} {kernel:?} {:?}", network.layers()[0].activation, verdict.domain);
    match verdict.outcome {
        Outcome::StrictlyPositiveDefinite => {
            let matrix = match gram(network, kernel, points) {
                Ok(matrix) => matrix,
                // Slow series, and variances like e^(10^8), are honest errors; so is a matrix of a vast range below.
                Err(Error::AccuracyNotReached { .. } | Error::NotSquareIntegrable { .. }) => return,
                Err(error) => panic!("{}: {error}", what()),
            };
            let smallest = match prove_smallest_eigenvalue(&matrix) {
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
    let (mut seen, mut random) = ([0, 0], Random(2026));
    for activation in activations() {
        for depth in [1, 2] {
            for biases in [false, true] {
                let network = network(&activation, depth, biases);
                let kernel = match decide(&network, Kernel::Ntk, Domain::Sphere) {
                    Err(Error::NoTangentKernel { .. }) => Kernel::Nngp,
                    _ => Kernel::Ntk,
                };
                use Domain::{Distinct, NonProportional, Sphere, SphereWithoutAntipodes};
                for domain in [Distinct, NonProportional, Sphere, SphereWithoutAntipodes] {
                    if domain == Distinct && !biases {
                        continue;
                    }
                    let points = random.points(domain);
                    compare(&decide(&network, kernel, domain).unwrap(), &points, &mut seen);
                }
            }
        }
    }
    assert!(seen[0] > 500 && seen[1] > 50, "{seen:?}");
}
