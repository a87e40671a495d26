//! Few digits against many: every number at 1 to 14 digits encloses the same number at 30.
//!
//! A question asked for few digits takes other formats, other degrees and other routes than one asked for many, so a
//! fault may sit where no check at comfortable precision ever looks. The ordinary run takes random samples, as many as
//! `PROPTEST_CASES` says. All tables of the grid, some hundred thousand, are compared by
//!
//! ```text
//! cargo test --release --test few_digits -- --ignored --nocapture
//! ```
//!
//! which prints how many it compared.
//!
//! # Where the algorithm changes
//!
//! | what | where | what changes | steered by |
//! |---|---|---|---|
//! | one hidden layer, `γ_b² = 0` | `kernel/search.rs`, `run` | Hermite coefficients or composition | `straight_and_composed` |
//! | radius 1 | `kernel/radius.rs`, `Reach::new` | the circle of the series; subtraction or more terms for the tail | `circles_of_every_radius`, `tables` |
//! | 44 … 88 fractional bits | `series/seed.rs`, `FRACTION_BITS` | a root's start from doubles | `tables`, `widths_of_coefficients` |
//! | 1536 coefficients | `series/seed.rs`, `MAX_LENGTH` | the same | `lengths_of_series` |
//! | 48 coefficients | `series/multiply.rs`, `SHORT` | one product of integers or number-theoretic transforms | `lengths_of_series` |
//! | 16, 32 coefficients | `series/compose.rs`, `LEAF`; `series/exponential.rs`, `BASE` | blocks of a composition, of an exponential | `lengths_of_series` |
//! | 24 limbs | `series/fixed.rs`, `LONG` | products by GMP | `widths_of_coefficients` |
//! | a limb more | `kernel/engine.rs`, `coefficients` | the width of every coefficient | `widths_of_coefficients` |
//! | `ρ(0) = 0`; 64 | `dual/hermite.rs`, `choose_terms`, `MOST_AMPLIFIED` | how many terms; derivative by division or composition | `compositions_of_hermite_coefficients` |
//! | degree 0, 1, 2 | `dual/hermite.rs`, `MARGIN` | powers beyond the degree | `compositions_of_hermite_coefficients` |
//! | steps, nodes, panels, strips | `quadrature/` | trapezoid, panels, the Fourier side | `variances_of_hermite_coefficients` |
//! | the variance | `hermite/recurrence.rs` | places of the breakpoints `a/√q`, rates `c√q` | `variances_of_hermite_coefficients` |
//! | power 3000 | `spectrum.rs`, `QUICK_POWER` | sum or integral first | `spectra` |
//! | closed forms that suffice | `spectrum/closed.rs` | closed form, sum or integral | `spectra` |
//! | 48 points, 96 bits | `gram/build.rs`, `TABULATED`, `MAX_FIXED_BITS` | a tabulated kernel and entries in fixed point | `tables_of_the_kernel_and_entries_one_by_one` |
//! | `2^±100` | `gram/build.rs`, `MAX_SCALE` | the same | `scales_of_matrices` |

mod hermite;
mod matrices;
mod networks;
mod spectra;
mod tables;
mod thresholds;
mod values;

use ntk_series::kernel::{BiasVariance, Input, Layer, Network, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Activation, Ball};
use num_rational::BigRational;

/// Digits that stand for the truth.
const MANY: u32 = 30;

fn q(text: &str) -> BigRational {
    parse_rational(text).expect("a number")
}

fn relative(digits: u32) -> Accuracy {
    Accuracy::relative(digits).expect("digits")
}

fn activation(name: &str) -> Activation {
    Activation::parse(name).unwrap_or_else(|e| panic!("{name}: {e}"))
}

/// The first layer's weights and biases, and those of every other.
#[derive(Clone, Copy, Debug)]
struct Setting {
    gamma_w2: &'static str,
    gamma_b2: &'static str,
    /// `None`: normalized.
    sigma_w2: Option<&'static str>,
    sigma_b2: &'static str,
}

const SETTINGS: [Setting; 3] = [
    Setting { gamma_w2: "1", gamma_b2: "0", sigma_w2: None, sigma_b2: "0" },
    Setting { gamma_w2: "3/2", gamma_b2: "1/3", sigma_w2: Some("3"), sigma_b2: "3/2" },
    Setting { gamma_w2: "1/50", gamma_b2: "1/300", sigma_w2: Some("1/20"), sigma_b2: "1/7000" },
];

fn network(name: &str, setting: Setting, depth: usize) -> Network {
    let layer = Layer {
        activation: activation(name),
        sigma_w2: setting.sigma_w2.map_or(WeightVariance::Normalized, |w| WeightVariance::Exact(q(w))),
        sigma_b2: BiasVariance::Exact(q(setting.sigma_b2)),
    };
    let input = Input { gamma_w2: q(setting.gamma_w2), gamma_b2: q(setting.gamma_b2), radius2: q("1") };
    Network::uniform(input, layer, depth).expect("a network")
}

/// Is the number that `fine` encloses surely in `coarse`, up to the radius of `fine`?
fn holds(coarse: &Ball, fine: &Ball) -> bool {
    coarse.widened(fine.radius()).contains(&Ball::exact(fine.midpoint().clone()))
}

/// `holds`, and both are exactly zero or neither.
fn same_number(coarse: &Ball, fine: &Ball) -> bool {
    holds(coarse, fine) && coarse.is_exact_zero() == fine.is_exact_zero()
}

#[test]
fn a_ball_beside_the_truth_does_not_hold_it() {
    let ball = |text: &str, error: &str| {
        let radius = Ball::from_rational(&q(error), 64).magnitude();
        Ball::from_rational(&q(text), 64).widened(radius)
    };
    assert!(holds(&ball("1", "1/8"), &ball("9/8", "0")));
    assert!(!holds(&ball("1", "1/8"), &ball("9/8", "0").widened(ball("0", "0").radius()).shl(1)));
    // Overlap is not enough: the fine one may stick out by no more than its own radius.
    assert!(
        !holds(&ball("1", "1/8"), &ball("1.2", "1/20")) && ball("1", "1/8").overlaps(&ball("1.2", "1/10"))
    );
    assert!(!same_number(&ball("0", "1/8"), &ball("0", "0")));
}
