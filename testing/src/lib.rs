//! What the tests of this workspace share.

pub mod fuzz;
mod random;

pub use random::Random;

use proptest::test_runner::{Config, RngSeed};

/// The number of cases that `PROPTEST_CASES` counts from: proptest's own default.
const PER_TEST: u32 = 256;

/// The seed of every property where `PROPTEST_RNG_SEED` names no other.
const SEED: u64 = 20_180_620;

/// How many cases a property runs: `usual`, times `PROPTEST_CASES / 256` where that is set.
///
/// So one number makes every property of the workspace run deeper: with `PROPTEST_CASES=25600` each tries a hundred
/// times its usual cases. At least one case runs.
///
/// The cases are the same in every run, so that a change is judged by what it changes. `PROPTEST_RNG_SEED=7` tries
/// others.
pub fn cases(usual: u32) -> Config {
    let asked = Config::default();
    let rng_seed = match asked.rng_seed {
        RngSeed::Random => RngSeed::Fixed(SEED),
        chosen => chosen,
    };
    Config { cases: scaled(usual, asked.cases), rng_seed, ..asked }
}

/// As [`cases`], for a property that is not written with proptest.
pub fn count(usual: u32) -> u32 {
    scaled(usual, Config::default().cases)
}

fn scaled(usual: u32, asked: u32) -> u32 {
    let cases = u64::from(usual) * u64::from(asked) / u64::from(PER_TEST);
    u32::try_from(cases).unwrap_or(u32::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cases_grow_in_proportion_and_never_vanish() {
        assert_eq!([scaled(12, 256), scaled(12, 25600), scaled(12, 1)], [12, 1200, 1]);
        assert_eq!(scaled(u32::MAX, u32::MAX), u32::MAX);
    }
}
