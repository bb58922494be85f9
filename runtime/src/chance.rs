//! How tests with random inputs draw them: the same ones in every run, unless `PROPTEST_RNG_SEED` and
//! `PROPTEST_CASES` ask for others, as `cargo xtask attack` does. Knows no test.

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// As many cases as `usual`, or as the environment says.
pub fn cases(usual: u32) -> ProptestConfig {
    let asked = |name| std::env::var_os(name).is_some();
    let mut config = ProptestConfig {
        // Failures print their input; nothing is written into the tree.
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    if !asked("PROPTEST_CASES") {
        config.cases = usual;
    }
    if !asked("PROPTEST_RNG_SEED") {
        config.rng_seed = RngSeed::Fixed(1);
    }
    config
}
