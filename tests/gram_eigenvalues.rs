//! Eigenvalues of Gram matrices on the sphere to the digits asked, against doubles, exactly known ones and each other;
//! and their bounds on thousands of data sets.

use nalgebra::{DMatrix, SymmetricEigen};
use ntk_series::gram::{
    BoundMethod, GramMatrix, Points, centred_effective_rank_bound, effective_rank, effective_rank_bound,
    eigenvalue_bounds, eigenvalue_ceilings, largest_eigenvalue, smallest_eigenvalue, truncation_degree,
};
use ntk_series::kernel::{Convention, Input, Layer};
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Activation, Ball, Error, Kernel, Network};
use rayon::prelude::*;
use serde_json::Value;

fn network(name: &str, depth: usize) -> Network {
    Network::uniform(Input::default(), Layer::new(Activation::parse(name).unwrap()), depth).unwrap()
}

fn digits(n: u32) -> Accuracy {
    Accuracy::relative(n).unwrap()
}

fn gram(network: &Network, text: &str, n: u32) -> GramMatrix {
    GramMatrix::on_sphere(network, Kernel::Ntk, &Points::from_csv(text).unwrap(), digits(n)).unwrap()
}

/// Numbers in [-1, 1) from a fixed sequence.
fn random(mut state: u64) -> impl FnMut() -> f64 {
    state = state.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    move || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 52) as f64 - 1.0
    }
}

/// Points of which some are close to others or to their opposites, down to 10^-9.
fn close_points(n: usize, d: usize, seed: u64) -> String {
    let mut next = random(seed);
    let mut rows: Vec<Vec<f64>> = vec![];
    for i in 0..n {
        let fresh: Vec<f64> = (0..d).map(|_| next()).collect();
        let size = 10f64.powf(-9.0 * next().abs());
        let sign = if next() > 0.0 { 1.0 } else { -1.0 };
        let row = match next() > 0.4 && i > 0 {
            true => rows[i - 1].iter().zip(&fresh).map(|(x, f)| sign * x + size * f).collect(),
            false => fresh,
        };
        rows.push(row);
    }
    let line = |row: &Vec<f64>| row.iter().map(|x| format!("{x:.12}")).collect::<Vec<_>>().join(",");
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn eigenvalues_in_doubles(gram: &GramMatrix) -> Vec<f64> {
    let n = gram.len();
    let matrix = DMatrix::from_fn(n, n, |i, j| gram.get(i, j).midpoint().to_f64());
    let mut values: Vec<f64> = SymmetricEigen::new(matrix).eigenvalues.iter().copied().collect();
    values.sort_by(f64::total_cmp);
    values
}

#[test]
fn numpy_agrees_up_to_its_rounding() {
    let file: Value = serde_json::from_str(include_str!("reference/gram_numpy.json")).unwrap();
    for case in file.as_array().unwrap() {
        let depth = case["hidden_layers"].as_u64().unwrap() as usize;
        let network = network(case["activation"].as_str().unwrap(), depth);
        let gram = gram(&network, case["points"].as_str().unwrap(), 25);
        let number = |key: &str| -> f64 { case[key].to_string().parse().unwrap() };
        let high = number("largest");
        for (j, value) in case["first_row"].as_array().unwrap().iter().enumerate() {
            let value: f64 = value.to_string().parse().unwrap();
            // √(1-ρ²) turns a rounding of ρ into its root.
            let gap = (gram.get(0, j).midpoint().to_f64() - value).abs();
            assert!(
                gap < 1e-13
                    || gap < 1e-8
                        && gram.get(0, j).midpoint().to_f64().abs()
                            > 0.99 * gram.get(0, 0).midpoint().to_f64()
            );
            assert!(gram.get(0, j).radius().to_float() < 1e-24);
        }
        let smallest = smallest_eigenvalue(&gram, digits(15)).unwrap();
        let largest = largest_eigenvalue(&gram, digits(15)).unwrap();
        assert!(digits(15).is_met_by(&smallest) && digits(15).is_met_by(&largest));
        for (found, value) in [(&smallest, number("smallest")), (&largest, high)] {
            let gap = (found.midpoint().to_f64() - value).abs();
            assert!(gap < 1e-12 * high, "{found} and {value}");
        }
    }
}

#[test]
fn more_digits_agree_with_fewer_and_with_doubles() {
    for (name, depth, n, d) in
        [("relu", 2, 60, 3), ("erf", 1, 20, 2), ("gelu", 1, 70, 4), ("tanh", 1, 12, 5), ("sin", 2, 50, 9)]
    {
        let network = network(name, depth);
        let gram = gram(&network, &close_points(n, d, n as u64), 25);
        let values = eigenvalues_in_doubles(&gram);
        let high = values[n - 1];
        let ends = [12, 40]
            .map(|d| (smallest_eigenvalue(&gram, digits(d)), largest_eigenvalue(&gram, digits(d)), d));
        let mut found = vec![];
        for (smallest, largest, d) in ends {
            let largest = largest.unwrap();
            assert!(
                digits(d).is_met_by(&largest) && (largest.midpoint().to_f64() - high).abs() < 1e-12 * high
            );
            let smallest = match smallest {
                Ok(found) => {
                    assert!(digits(d).is_met_by(&found) && found.lower() > 0, "{name} {found}");
                    found
                }
                Err(other) => panic!("{name}: {other}"),
            };
            assert!(
                (smallest.midpoint().to_f64() - values[0]).abs() < 1e-12 * high,
                "{name} {smallest} {}",
                values[0]
            );
            found.push([smallest, largest]);
        }
        assert!((0..2).all(|end| found[0][end].overlaps(&found[1][end])), "{name}");
        let rank = effective_rank(&gram, digits(20)).unwrap();
        assert!(digits(20).is_met_by(&rank) && rank.overlaps(&(gram.trace() / &found[1][1])));
    }
}

#[test]
fn eigenvalues_that_are_not_simple() {
    // Orthogonal points: Θ(1) - Θ(0) = 2 - 1/π five times, and 2 + 5/π.
    let row = |i: usize| (0..6).map(|j| if i == j { "3" } else { "0" }).collect::<Vec<_>>().join(",");
    let text: Vec<String> = (0..6).map(row).collect();
    let matrix = gram(&network("relu", 1), &text.join("\n"), 25);
    let part = Ball::pi(200).recip();
    let smallest = smallest_eigenvalue(&matrix, digits(30)).unwrap();
    assert!(digits(30).is_met_by(&smallest) && smallest.overlaps(&(Ball::from_integer(2, 200) - &part)));
    let largest = largest_eigenvalue(&matrix, digits(30)).unwrap();
    assert!(
        digits(30).is_met_by(&largest)
            && largest.overlaps(&(Ball::from_integer(2, 200) + part.mul_integer(5)))
    );
    // Two orthogonal pairs, each alike: both ends are double.
    let square = gram(&network("x^2", 1), "1,0\n0,1", 25);
    let both =
        [smallest_eigenvalue(&square, digits(15)).unwrap(), largest_eigenvalue(&square, digits(15)).unwrap()];
    assert!(both.iter().all(|x| digits(15).is_met_by(x)) && both[0].upper() <= both[1].upper());
    // Equal directions, and rank one.
    let equal = gram(&network("relu", 2), "1,2\n2,4\n0,1", 15);
    assert!(smallest_eigenvalue(&equal, digits(15)).unwrap().is_exact_zero());
    let singular = gram(&network("x", 1), "1,2\n2,1\n0,1", 15);
    match smallest_eigenvalue(&singular, digits(15)) {
        Err(Error::AccuracyNotReached { best, .. }) => {
            assert!(best.contains_zero() && best.upper() < 1e-30, "{best}")
        }
        other => panic!("{other:?}"),
    }
    let one = gram(&network("relu", 2), "1,2", 25);
    assert!(smallest_eigenvalue(&one, digits(15)).unwrap().overlaps(&Ball::from_integer(3, 64)));
}

#[test]
fn points_as_close_as_decimals_allow() {
    // Two at a distance of 10^-60: the eigenvalue is of that size for a kernel with a kink, and to 15 digits.
    let mut text = close_points(60, 4, 9);
    text.push_str(&format!("\n1,2,3,4\n1,2,3,4.{}1", "0".repeat(59)));
    let gram = gram(&network("relu", 1), &text, 25);
    let smallest = smallest_eigenvalue(&gram, digits(15)).unwrap();
    assert!(
        digits(15).is_met_by(&smallest) && smallest.lower() > 1e-63 && smallest.upper() < 1e-59,
        "{smallest}"
    );
}

#[test]
fn bounds_are_on_their_sides() {
    let networks =
        [("relu", 1), ("relu", 2), ("erf", 1), ("sin", 2)].map(|(name, depth)| network(name, depth));
    let check = |seed: usize| {
        let (network, n, d) = (&networks[seed % 4], 2 + seed % 5, 2 + seed / 5 % 3);
        let gram = gram(network, &close_points(n, d, seed as u64), 25);
        let smallest = match smallest_eigenvalue(&gram, digits(8)) {
            Ok(found) => found,
            Err(Error::AccuracyNotReached { best, .. }) => *best,
            Err(other) => panic!("{other}"),
        };
        let bounds = eigenvalue_bounds(&gram, gram.accuracy()).unwrap();
        assert!(bounds.len() >= 4);
        for bound in bounds {
            let right = match bound.method.is_upper() {
                true => bound.value.upper() >= smallest.lower(),
                false => bound.value.lower() <= smallest.upper(),
            };
            assert!(right, "seed {seed}: {bound:?} of {smallest}");
        }
    };
    (0..400usize).into_par_iter().for_each(check);
}

#[test]
fn lower_bounds_of_many_points_are_worth_having() {
    let mut next = random(5);
    let mut row = || (0..20).map(|_| format!("{:.6}", next())).collect::<Vec<_>>().join(",");
    let text = (0..700).map(|_| row()).collect::<Vec<_>>().join("\n");
    for (name, depth) in [("relu", 2), ("relu", 1)] {
        let gram = gram(&network(name, depth), &text, 15);
        let smallest = smallest_eigenvalue(&gram, digits(8)).unwrap();
        for bound in eigenvalue_bounds(&gram, gram.accuracy()).unwrap() {
            let within = match bound.method {
                BoundMethod::HadamardGershgorin | BoundMethod::Harmonic => {
                    bound.value.lower() > smallest.lower() / 2u32 && bound.value.lower() <= smallest.upper()
                }
                method if method.is_upper() => bound.value.upper() >= smallest.lower(),
                _ => bound.value.lower() <= smallest.upper(),
            };
            assert!(within, "{name} {depth}: {bound:?} of {smallest}");
        }
    }
}

#[test]
fn many_points_and_their_bounds() {
    // Enough of them for fixed point throughout.
    let network = network("relu", 2);
    let gram = gram(&network, &close_points(150, 6, 77), 25);
    let values = eigenvalues_in_doubles(&gram);
    let (n, high) = (gram.len(), values[149]);
    let bounds = eigenvalue_bounds(&gram, gram.accuracy()).unwrap();
    assert_eq!(bounds.len(), 6);
    for bound in &bounds {
        let value = bound.value.midpoint().to_f64();
        assert!(if bound.method.is_upper() {
            value >= values[0] - 1e-12 * high
        } else {
            value <= values[0] + 1e-12 * high
        });
    }
    let ceilings = eigenvalue_ceilings(&gram, 100, gram.accuracy()).unwrap();
    assert!(ceilings.len() >= 3);
    for ceiling in ceilings {
        assert!(values[n - ceiling.index] <= ceiling.value.upper().to_f64() + 1e-12 * high, "{ceiling:?}");
    }
    // The effective ranks, of the matrix and of what the constant term leaves.
    let accuracy = digits(15);
    let series = network.series(Kernel::Ntk, Convention::Standard, 400, accuracy).unwrap();
    let rank = effective_rank(&gram, accuracy).unwrap();
    assert!(rank.lower() <= effective_rank_bound(&series).unwrap().upper());
    let constant = series.coefficients()[0].midpoint().to_f64();
    let centred = DMatrix::from_fn(n, n, |i, j| gram.get(i, j).midpoint().to_f64() - constant);
    let top = SymmetricEigen::new(centred.clone()).eigenvalues.max();
    let bound = centred_effective_rank_bound(&gram, accuracy).unwrap().unwrap();
    assert!(centred.trace() / top <= bound.upper().to_f64() + 1e-9);
    // Cut where it is said, the series is as close as it is said; the bound is not far off.
    let found = truncation_degree(&gram, &parse_rational("1/2").unwrap()).unwrap();
    assert!(found.error.upper() <= 0.5 && found.degree < 400);
    let cosine = |i: usize, j: usize| {
        let rows = gram.points().rows();
        let dot = |i: usize, j: usize| {
            let products = rows[i].iter().zip(&rows[j]).map(|(x, y)| x * y);
            Ball::from_rational(&products.sum(), 128).midpoint().to_f64()
        };
        dot(i, j) / (dot(i, i) * dot(j, j)).sqrt()
    };
    let cut = DMatrix::from_fn(n, n, |i, j| {
        let rho = if i == j { 1.0 } else { cosine(i, j) };
        let terms = series.coefficients()[..=found.degree].iter().rev();
        let sum = terms.fold(0.0, |sum, kappa| sum * rho + kappa.midpoint().to_f64());
        gram.get(i, j).midpoint().to_f64() - sum
    });
    let norm = SymmetricEigen::new(cut).eigenvalues.max();
    assert!(norm <= 0.5 && norm > 0.05, "{norm}");
    assert!(truncation_degree(&gram, &parse_rational("1e-9").unwrap()).is_err());
}
