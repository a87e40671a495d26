//! Tables of the kernel: every coefficient, the sum and the tail.

use std::sync::atomic::{AtomicUsize, Ordering};

use ntk_series::activation::catalogue;
use ntk_series::kernel::{Convention, Kernel, KernelSeries, Network};
use ntk_series::{Accuracy, Error};
use proptest::prelude::*;
use rayon::prelude::*;

use super::{MANY, SETTINGS, Setting, network, relative, same_number};

/// Every entry of the catalogue with a closed dual.
const CLOSED: [&str; 31] = [
    "relu",
    "leaky-relu(1/10)",
    "leaky-relu(3)",
    "prelu(-1/2)",
    "rrelu(1/8,1/3)",
    "abs",
    "step",
    "sign",
    "repu(1)",
    "repu(2)",
    "repu(3)",
    "repu(4)",
    "erf",
    "erf(1/3)",
    "erf(2)",
    "gelu",
    "sin",
    "sin(1/2,1)",
    "cos",
    "cos(2,1/3)",
    "exp",
    "exp(1/4)",
    "gaussian",
    "normal-pdf",
    "identity",
    "square",
    "cube",
    "poly(1,2,-1/3)",
    "poly(1,0,1/2,0,-1/9)",
    "hermite(3)",
    "hermite(4)",
];

/// Some without.
const OPEN: [&str; 6] = ["tanh", "sigmoid", "softplus", "elu", "hardtanh", "x*cos(2*x)"];

/// The settings of those in the sample: tiny variances cost them seconds a table, and are left to the exhaustive run.
const OPEN_SETTINGS: &[Setting] = &[SETTINGS[0], SETTINGS[1]];

const DEGREES: [usize; 33] = [
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
    29, 30, 40, 60, 100,
];

const MOST_DIGITS: u32 = 14;
const MOST_DEPTH: usize = 3;

/// Every network of the grid with its kernel.
fn grid(names: &[&'static str], settings: &[Setting]) -> Vec<(String, Network, Kernel)> {
    let mut out = vec![];
    for name in names {
        for (i, &setting) in settings.iter().enumerate() {
            for depth in 1..=MOST_DEPTH {
                for kernel in [Kernel::Ntk, Kernel::Nngp] {
                    let label = format!("{name}, setting {i}, depth {depth}, {kernel:?}");
                    out.push((label, network(name, setting, depth), kernel));
                }
            }
        }
    }
    out
}

fn series(
    network: &Network,
    kernel: Kernel,
    degree: usize,
    accuracy: Accuracy,
) -> Result<KernelSeries, Error> {
    network.series(kernel, Convention::Standard, degree, accuracy)
}

/// The fine table that all of one network are compared with; `None` where the network has no such kernel.
fn fine(label: &str, network: &Network, kernel: Kernel) -> Option<KernelSeries> {
    match series(network, kernel, DEGREES[DEGREES.len() - 1], relative(MANY)) {
        Ok(fine) => Some(fine),
        // step and sign have no NTK; a variance without E[φ²], a kernel that is all zero.
        Err(Error::NoTangentKernel { .. } | Error::NotSquareIntegrable { .. } | Error::Parameter { .. }) => {
            None
        }
        Err(other) => panic!("{label}: {other}"),
    }
}

/// What is false of a coarse table, in words.
fn fault(coarse: &KernelSeries, fine: &KernelSeries, accuracy: Accuracy) -> Option<String> {
    let degree = coarse.max_degree();
    let tail = fine.tail_after(degree).expect("a listed degree");
    let numbers = coarse.coefficients().iter().zip(fine.coefficients()).enumerate();
    let mut pairs: Vec<_> = numbers.map(|(p, (x, y))| (format!("κ_{p}"), x, y)).collect();
    pairs.push(("the sum".to_string(), coarse.sum(), fine.sum()));
    pairs.push(("the tail".to_string(), coarse.tail(), &tail));
    pairs.into_iter().find_map(|(what, x, y)| {
        if !same_number(x, y) {
            return Some(format!("{what} is {x:?}, not {y}"));
        }
        (!accuracy.is_met_by(x)).then(|| format!("{what} is not accurate: {x}"))
    })
}

/// Compares one table; the fault with its name if there is one.
fn compare(
    label: &str,
    network: &Network,
    kernel: Kernel,
    fine: &KernelSeries,
    degree: usize,
    accuracy: Accuracy,
) -> Option<String> {
    let fault = match series(network, kernel, degree, accuracy) {
        Ok(coarse) => fault(&coarse, fine, accuracy),
        Err(error) => Some(format!("refused: {error}")),
    };
    fault.map(|fault| format!("{label}, degree {degree}, {accuracy:?}: {fault}"))
}

#[test]
fn the_list_has_every_closed_dual() {
    for entry in catalogue().filter(|entry| entry.closed_dual) {
        let named = |text: &&&str| text.split('(').next() == Some(entry.name());
        assert!(CLOSED.iter().any(|text| named(&text)) || entry.name() == "poly", "{}", entry.signature());
    }
}

/// The networks of the sample.
fn sampled() -> Vec<(String, Network, Kernel)> {
    [grid(&CLOSED, &SETTINGS), grid(&OPEN, OPEN_SETTINGS)].concat()
}

/// The sample: a network, and a few tables of it.
fn tables() -> impl Strategy<Value = (usize, Vec<(usize, u32)>)> {
    let networks = (CLOSED.len() * SETTINGS.len() + OPEN.len() * OPEN_SETTINGS.len()) * MOST_DEPTH * 2;
    let table = (prop::sample::select(DEGREES.to_vec()), 1..=MOST_DIGITS);
    (0..networks, prop::collection::vec(table, 25))
}

proptest! {
    #![proptest_config(ntk_testing::cases(40))]

    #[test]
    fn a_thousand_tables((at, tables) in tables()) {
        let (label, network, kernel) = &sampled()[at];
        let Some(fine) = fine(label, network, *kernel) else { return Ok(()) };
        for (degree, digits) in tables {
            let fault = compare(label, network, *kernel, &fine, degree, relative(digits));
            prop_assert!(fault.is_none(), "{}", fault.unwrap_or_default());
        }
    }

    #[test]
    fn absolute_accuracy((at, tables) in tables()) {
        let (label, network, kernel) = &sampled()[at];
        let Some(fine) = fine(label, network, *kernel) else { return Ok(()) };
        for (degree, digits) in tables {
            let accuracy = Accuracy::absolute(digits).expect("digits");
            let fault = compare(label, network, *kernel, &fine, degree, accuracy);
            prop_assert!(fault.is_none(), "{}", fault.unwrap_or_default());
        }
    }
}

/// Every table of a grid; the counts, and all faults.
fn every_table(names: &[&'static str]) {
    let (compared, without) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let faults: Vec<String> = grid(names, &SETTINGS)
        .into_par_iter()
        .flat_map_iter(|(label, network, kernel)| {
            let fine = fine(&label, &network, kernel);
            without.fetch_add(usize::from(fine.is_none()), Ordering::Relaxed);
            let mut faults = vec![];
            for (degree, digits) in DEGREES.into_iter().flat_map(|n| (1..=MOST_DIGITS).map(move |d| (n, d))) {
                let Some(fine) = &fine else { break };
                compared.fetch_add(1, Ordering::Relaxed);
                faults.extend(compare(&label, &network, kernel, fine, degree, relative(digits)));
            }
            println!("{label}: {} faults", faults.len());
            faults
        })
        .collect();
    println!(
        "{compared:?} tables compared, {without:?} networks without the kernel, {} faults",
        faults.len()
    );
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
#[ignore = "some two hundred thousand tables: see the header of main.rs"]
fn every_table_of_closed_duals() {
    every_table(&CLOSED);
}

#[test]
#[ignore = "tens of thousands of tables: see the header of main.rs"]
fn every_table_without_closed_duals() {
    every_table(&OPEN);
}
