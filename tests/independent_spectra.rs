//! The eigenvalues of `reference/spectrum_independent.json`, integrals by mpmath: every value must be inside our
//! enclosure.

use ntk_series::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
use ntk_series::number::{Mag, parse_rational};
use ntk_series::spectrum::Measure;
use ntk_series::{Accuracy, Activation, Ball};
use num_traits::Zero;
use serde_json::Value;

#[test]
fn values_of_mpmath_are_inside() {
    let file: Value =
        serde_json::from_str(include_str!("reference/spectrum_independent.json")).expect("JSON");
    let rows = file["eigenvalues"].as_array().expect("a list");
    assert!(rows.len() > 10);
    for row in rows {
        let whole = |key: &str| row[key].as_u64().expect(key) as usize;
        let text = |key: &str| row[key].as_str().expect(key);
        let layer = Layer {
            activation: Activation::parse(text("activation")).expect("an activation"),
            sigma_w2: WeightVariance::Normalized,
            sigma_b2: BiasVariance::Exact(Zero::zero()),
        };
        let network = Network::uniform(Input::default(), layer, whole("hidden_layers")).expect("a network");
        let (d, k) = (whole("dimension"), whole("k"));
        let accuracy = Accuracy::relative(25).expect("digits");
        let spectrum =
            network.spectrum(Kernel::Ntk, d, k, accuracy, Measure::Probability).expect("eigenvalues");
        let ours = &spectrum.eigenvalues()[k].value;
        let theirs = Ball::from_rational(&parse_rational(text("value")).expect("a number"), 160);
        // Theirs is given to 30 digits.
        let theirs = theirs.widened(theirs.magnitude() * Mag::from_f64(1e-29));
        assert!(ours.overlaps(&theirs) && accuracy.is_met_by(ours), "{row}: {ours}");
    }
}
