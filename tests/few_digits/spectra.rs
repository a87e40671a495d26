//! Eigenvalues on the sphere.

use ntk_series::spectrum::{Measure, Spectrum};
use ntk_series::{Accuracy, Error, Kernel, Network};
use proptest::prelude::*;
use rayon::prelude::*;

use super::{MANY, SETTINGS, network, relative, same_number};

const NAMES: [&str; 14] = [
    "relu",
    "leaky-relu(1/10)",
    "abs",
    "step",
    "repu(2)",
    "erf",
    "gelu",
    "sin(1/2,1)",
    "exp(1/4)",
    "gaussian",
    "poly(1,2,-1/3)",
    "tanh",
    "softplus",
    "elu",
];

const DIMENSIONS: [usize; 6] = [2, 3, 4, 5, 10, 50];

fn spectrum(
    network: &Network,
    kernel: Kernel,
    dimension: usize,
    degree: usize,
    accuracy: Accuracy,
    measure: Measure,
) -> Result<Spectrum, Error> {
    network.spectrum(kernel, dimension, degree, accuracy, measure)
}

const TOP: usize = 8;

fn fine(network: &Network, kernel: Kernel, dimension: usize, measure: Measure) -> Option<Spectrum> {
    match spectrum(network, kernel, dimension, TOP, relative(MANY), measure) {
        Ok(fine) => Some(fine),
        // A kink without closed dual in low dimension.
        Err(Error::AccuracyNotReached { .. } | Error::NoTangentKernel { .. } | Error::Parameter { .. }) => {
            None
        }
        Err(other) => panic!("{network:?}: {other}"),
    }
}

fn fault(
    network: &Network,
    kernel: Kernel,
    fine: &Spectrum,
    degree: usize,
    accuracy: Accuracy,
) -> Option<String> {
    let coarse = match spectrum(network, kernel, fine.dimension(), degree, accuracy, fine.measure()) {
        Ok(coarse) => coarse,
        Err(error) => return Some(format!("refused: {error}")),
    };
    for (x, y) in coarse.eigenvalues().iter().zip(fine.eigenvalues()) {
        let good = same_number(&x.value, &y.value)
            && accuracy.is_met_by(&x.value)
            && x.multiplicity == y.multiplicity;
        if !good {
            return Some(format!(
                "λ_{} by {:?} is {}, by {:?} {}",
                x.degree,
                coarse.route(),
                x.value,
                fine.route(),
                y.value
            ));
        }
    }
    let rests = [&coarse, fine]
        .map(|s| if s.eigenvalues().len() == coarse.eigenvalues().len() { s.rest() } else { coarse.rest() });
    let good = same_number(coarse.trace(), fine.trace())
        && accuracy.is_met_by(coarse.trace())
        && super::holds(&rests[0], &rests[1]);
    (!good).then(|| format!("the trace is {}, not {}; the rest {rests:?}", coarse.trace(), fine.trace()))
}

proptest! {
    #![proptest_config(ntk_testing::cases(8))]

    #[test]
    fn spectra(
        name in prop::sample::select(NAMES.to_vec()), setting in 0..SETTINGS.len(), depth in 1usize..3, nngp in any::<bool>(),
        dimension in prop::sample::select(DIMENSIONS.to_vec()), surface in any::<bool>(),
        asked in prop::collection::vec((0..=TOP, 1u32..15, any::<bool>()), 3),
    ) {
        let network = network(name, SETTINGS[setting], depth);
        let kernel = if nngp { Kernel::Nngp } else { Kernel::Ntk };
        let measure = if surface { Measure::Surface } else { Measure::Probability };
        let Some(fine) = fine(&network, kernel, dimension, measure) else { return Ok(()) };
        for (degree, digits, absolute) in asked {
            let accuracy = if absolute { Accuracy::absolute(digits).unwrap() } else { relative(digits) };
            let fault = fault(&network, kernel, &fine, degree, accuracy);
            prop_assert!(fault.is_none(), "{} to {} with {:?}: {}", name, degree, accuracy, fault.unwrap_or_default());
        }
    }
}

#[test]
#[ignore = "thousands of spectra: see the header of main.rs"]
fn every_spectrum() {
    let mut cases = vec![];
    for (name, setting) in NAMES.into_iter().flat_map(|name| SETTINGS.map(|setting| (name, setting))) {
        for (depth, dimension) in [1, 2].into_iter().flat_map(|depth| DIMENSIONS.map(|d| (depth, d))) {
            cases.extend([Kernel::Ntk, Kernel::Nngp].map(|kernel| (name, setting, depth, dimension, kernel)));
        }
    }
    let found: Vec<(usize, Vec<String>)> = cases
        .into_par_iter()
        .map(|(name, setting, depth, dimension, kernel)| {
            let network = network(name, setting, depth);
            let Some(fine) = fine(&network, kernel, dimension, Measure::Probability) else {
                return (0, vec![]);
            };
            let label = format!("{name}, {setting:?}, depth {depth}, d = {dimension}, {kernel:?}");
            let fault = |digits| {
                let fault = fault(&network, kernel, &fine, TOP, relative(digits))?;
                Some(format!("{label}, {digits} digits: {fault}"))
            };
            let faults: Vec<String> = (1..15).filter_map(fault).collect();
            println!("{label}: {} faults", faults.len());
            (14, faults)
        })
        .collect();
    let compared: usize = found.iter().map(|(count, _)| count).sum();
    let without = found.iter().filter(|(count, _)| *count == 0).count();
    let faults: Vec<String> = found.into_iter().flat_map(|(_, faults)| faults).collect();
    println!("{compared} spectra compared, {without} without the fine one, {} faults", faults.len());
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}
