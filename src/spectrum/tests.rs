use proptest::prelude::*;

use super::*;
use crate::network::samples::{normalized, uniform};
use crate::number::Mag;

fn request(network: &Network, kernel: Kernel, d: usize, top: usize, digits: u32) -> Request<'_> {
    let accuracy = Accuracy::relative(digits).unwrap();
    Request::new(network, kernel, d, top, accuracy, Measure::Probability).unwrap()
}

fn integral(request: &Request) -> Vec<Ball> {
    let (values, enough) = integral::eigenvalues(request).unwrap().unwrap();
    assert!(enough);
    values
}

fn overlap(a: &[Ball], b: &[Ball], what: &str) {
    assert_eq!(a.len(), b.len());
    for (k, (a, b)) in a.iter().zip(b).enumerate() {
        assert!(a.overlaps(b), "{what}, degree {k}: {a} and {b}");
    }
}

#[test]
fn eigenvalues_against_the_theory_are_a_fault() {
    let accuracy = Accuracy::relative(10).unwrap();
    let spectrum = normalized("relu", 2).spectrum(Kernel::Ntk, 4, 6, accuracy, Measure::Probability).unwrap();
    let spoilt = |k: usize, by: f64| {
        let mut spectrum = spectrum.clone();
        let value = &mut spectrum.eigenvalues[k].value;
        *value = &*value + &Ball::exact(rug::Float::with_val(64, by));
        matches!(spectrum.check(), Err(Error::Inconsistent { .. }))
    };
    assert!(spectrum.check().is_ok());
    assert!(spoilt(2, -1.0), "a negative eigenvalue");
    assert!((0..=6).all(|k| spoilt(k, 3.0)), "a sum above the trace");
    assert!(!spoilt(6, 1e-9), "less than what the listed eigenvalues leave");
}

#[test]
fn closed_forms_are_what_the_integral_says() {
    for (activation, kernel, d) in [
        ("relu", Kernel::Ntk, 2),
        ("relu", Kernel::Ntk, 3),
        ("relu", Kernel::Nngp, 6),
        ("leaky-relu(1/10)", Kernel::Ntk, 5),
        ("abs", Kernel::Ntk, 4),
        ("repu(2)", Kernel::Ntk, 4),
        ("repu(3)", Kernel::Nngp, 7),
        ("step", Kernel::Nngp, 3),
        ("sign", Kernel::Nngp, 8),
    ] {
        let network = normalized(activation, 1);
        let request = request(&network, kernel, d, 12, 20);
        let forms = closed::eigenvalues(&request).unwrap().unwrap();
        let balls: Vec<Ball> = forms.iter().map(|form| form.to_ball(160)).collect();
        overlap(&balls, &integral(&request), activation);
        for (k, form) in forms.iter().enumerate() {
            assert_eq!(form.is_zero(), request.powers.eigenvalue_is_zero(k), "{activation}, degree {k}");
        }
    }
}

#[test]
fn hemisphere_transform() {
    // c_{r,d} of Karhadkar, Murray, Montúfar (2024): Γ(d/2)/(2 Γ(1-r/2) Γ((r+d)/2)) for the step, squared here. d = 3:
    // 1/2, 1/4, 0, -1/16.
    let network = uniform("step", 1, "1", ["0", "0"]);
    let request = request(&network, Kernel::Nngp, 3, 3, 20);
    let texts: Vec<String> =
        closed::eigenvalues(&request).unwrap().unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(texts, ["1/4", "1/16", "0", "1/256"]);
}

#[test]
fn the_integral_and_the_sum_agree() {
    for (activation, layers, gamma_b2, b, d) in [
        ("relu", 2, "0", "0", 60),
        ("relu", 3, "1/2", "1/10", 60),
        ("leaky-relu(-1/3)", 3, "0", "0", 80),
        ("abs", 2, "0", "0", 70),
        ("abs", 2, "1", "0", 70),
    ] {
        let network = uniform(activation, layers, "1", [b, gamma_b2]);
        let request = request(&network, Kernel::Ntk, d, 12, 15);
        let (by_sum, enough) = sum::eigenvalues(&request).unwrap();
        assert!(enough, "{activation}");
        let by_integral = integral(&request);
        overlap(&by_sum, &by_integral, activation);
        for (k, value) in by_integral.iter().enumerate() {
            assert!(request.accuracy.is_met_by(value), "{activation}, degree {k}");
            assert_eq!(value.is_exact_zero(), activation == "abs" && gamma_b2 == "0" && k % 2 == 1);
        }
    }
}

#[test]
fn exponential_on_the_sphere() {
    // exp at variance one has the dual e^{1+ρ}: with σ_w² = 1, e times e^ρ. On S² λ_0 of e^ρ is sinh 1, for the surface
    // measure 4π sinh 1.
    let network = uniform("exp", 1, "1", ["0", "0"]);
    for (measure, known) in
        [(Measure::Probability, 1.175201193643801), (Measure::Surface, 14.768013745765253)]
    {
        let accuracy = Accuracy::relative(25).unwrap();
        let spectrum = network.spectrum(Kernel::Nngp, 3, 6, accuracy, measure).unwrap();
        let value = &spectrum.eigenvalues()[0].value / &Ball::from_integer(1, 128).exp();
        assert!((value.midpoint().to_f64() - known).abs() < 1e-13, "{value}");
        assert!(spectrum.eigenvalues().iter().all(|e| accuracy.is_met_by(&e.value)));
        assert_eq!(spectrum.route(), Route::Sum);
        let rest = spectrum.rest();
        assert!(rest.lower() > 0 && rest.upper() < 1e-3);
    }
}

#[test]
fn smooth_activations_by_the_sum() {
    for (activation, layers) in [("tanh", 1), ("erf", 3), ("gelu", 2), ("gaussian", 1), ("x^3-x", 2)] {
        let network = normalized(activation, layers);
        let accuracy = Accuracy::relative(20).unwrap();
        let spectrum = network.spectrum(Kernel::Ntk, 3, 8, accuracy, Measure::Probability).unwrap();
        assert!(spectrum.eigenvalues().iter().all(|e| accuracy.is_met_by(&e.value)), "{activation}");
        assert!(spectrum.rest().upper() >= 0);
        let odd = ["tanh", "erf", "x^3-x"].contains(&activation);
        let zeros = spectrum.eigenvalues().iter().map(|e| e.value.is_exact_zero());
        let expected = (0..=8).map(|k| odd && k % 2 == 0 || activation == "gaussian" && k % 2 == 1);
        assert!(zeros.eq(expected), "{activation}");
    }
    // A polynomial of degree 9 and no further.
    let network = normalized("x^3", 2);
    let spectrum =
        network.spectrum(Kernel::Ntk, 4, 12, Accuracy::relative(20).unwrap(), Measure::Probability).unwrap();
    assert!(spectrum.eigenvalues()[9].value.lower() > 0 && spectrum.eigenvalues()[11].value.is_exact_zero());
    assert!(spectrum.rest().magnitude() < Mag::pow2(-40));
}

#[test]
fn what_converges_too_slowly_is_an_error_with_the_best_enclosure() {
    let network = normalized("elu", 1);
    let result = network.spectrum(Kernel::Ntk, 3, 3, Accuracy::relative(30).unwrap(), Measure::Probability);
    let Err(Error::AccuracyNotReached { what, best }) = result else { panic!() };
    assert!(what.contains("eigenvalue") && best.is_finite() && best.relative_accuracy_bits() > 8, "{best}");
    // In high dimension it converges fast.
    assert!(
        network.spectrum(Kernel::Ntk, 500, 3, Accuracy::relative(30).unwrap(), Measure::Probability).is_ok()
    );
}

#[test]
fn out_of_range_is_refused() {
    let network = normalized("relu", 1);
    let accuracy = Accuracy::relative(5).unwrap();
    for (d, top) in [(0, 3), (1, 3), (2_000_000, 3), (3, 20_000), (1_000_000, 10_000)] {
        let refused = network.spectrum(Kernel::Ntk, d, top, accuracy, Measure::Probability);
        assert!(matches!(refused, Err(Error::Parameter { .. })), "d = {d}, K = {top}");
    }
    let step = uniform("step", 1, "1", ["0", "0"]);
    let refused = step.spectrum(Kernel::Ntk, 3, 3, accuracy, Measure::Probability);
    assert!(matches!(refused, Err(Error::NoTangentKernel { .. })));
}

proptest! {
    #![proptest_config(ntk_testing::cases(12))]

    #[test]
    fn two_accuracies_overlap_and_the_trace_bounds_the_sum(
        layers in 1usize..4, d in 2usize..40, top in 0usize..20, a in 1u32..30, b in 1u32..30, leak in -3i64..3, surface in any::<bool>(),
    ) {
        let network = normalized(&format!("leaky-relu({leak}/7)"), layers);
        let measure = if surface { Measure::Surface } else { Measure::Probability };
        let of = |digits| {
            let accuracy = Accuracy::relative(digits).unwrap();
            let spectrum = network.spectrum(Kernel::Ntk, d, top, accuracy, measure).unwrap();
            prop_assert!(spectrum.eigenvalues().iter().all(|e| accuracy.is_met_by(&e.value) && e.value.upper() >= 0));
            prop_assert!(spectrum.rest().upper() >= 0);
            Ok(spectrum)
        };
        let (first, second) = (of(a)?, of(b)?);
        for (x, y) in first.eigenvalues().iter().zip(second.eigenvalues()) {
            prop_assert!(x.value.overlaps(&y.value), "degree {}", x.degree);
        }
    }
}

/// Eigenvalues that are zero by parity are met by any accuracy, for both measures.
#[test]
fn zeros_lack_nothing() {
    let network = normalized("tanh", 1);
    for measure in [Measure::Probability, Measure::Surface] {
        for accuracy in [Accuracy::absolute(1).unwrap(), Accuracy::relative(1).unwrap()] {
            for top in [0, 3] {
                let found = network.spectrum(Kernel::Ntk, 2, top, accuracy, measure).unwrap();
                assert!(found.eigenvalues()[0].value.is_exact_zero());
            }
        }
    }
}
