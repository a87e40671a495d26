//! The error of the panels in the angle, panel by panel, and closed forms at few digits.

use super::*;
use crate::Accuracy;
use crate::kernel::Kernel;
use crate::network::samples::uniform;
use crate::number::ComplexBall;
use crate::spectrum::Measure;
use crate::spectrum::closed;

/// The largest `|K(cos z) sin^{d-2} z|` at points of an ellipse about `[index, index+1]/2^depth` (times π), for the
/// kernel of one ReLU layer `(sin z + (π - z) cos z)/π`, from below.
fn on_the_ellipse(d: u64, index: u128, depth: u32, r: f64) -> f64 {
    let float = |x: f64| Ball::exact(Float::with_val(120, x));
    let pi = Ball::pi(120);
    let scale = pi.shl(-(depth as i32) - 1);
    let centre = &scale * &float(2.0 * index as f64 + 1.0);
    let mut most = 0.0f64;
    for i in 0..=48 {
        let angle = (&pi * &Ball::from_integer(i, 120)).div_integer(48);
        let re = &centre + &(&scale * &(float(0.5 * (r + 1.0 / r)) * angle.cos()));
        let im = &scale * &(float(0.5 * (r - 1.0 / r)) * angle.sin());
        let z = ComplexBall::new(re, im);
        let kernel = z.sin() + (ComplexBall::real(pi.clone()) - z.clone()) * z.cos();
        let value = kernel.mignitude().to_float().to_f64() / std::f64::consts::PI;
        most = most.max(value * z.sin().mignitude().to_float().to_f64().powi(d as i32 - 2));
    }
    most
}

/// Every panel has an error of its own that some ellipse gives: `ℓ (64/15) M r^{-2n}/(1 - r^{-2})`, or `2ℓM` where it
/// has no nodes.
#[test]
fn every_panel_counts() {
    let network = uniform("relu", 1, "2", ["0", "0"]);
    for (d, digits) in [(3usize, 1u32), (5, 4), (12, 9), (60, 2)] {
        let accuracy = Accuracy::relative(digits).unwrap();
        let request = Request::new(&network, Kernel::Nngp, d, 0, accuracy, Measure::Probability).unwrap();
        let rough = Profile::new(&network, Kernel::Nngp, SHORT).unwrap();
        let angles = Angles::new(&rough, Kernel::Nngp).unwrap();
        let most = rough.sum(Kernel::Nngp).magnitude();
        let mut cells = Cells { request: &request, angles, most, known: HashMap::new() };
        let allowed = Mag::pow2(-3 - 4 * i64::from(digits));
        let mut builder = Builder {
            request: &request,
            cells: &mut cells,
            allowed,
            size: 16,
            error: Mag::ZERO,
            panels: vec![],
        };
        for depth in 2..6 {
            for index in [0, 1, (1 << depth) / 2, (1 << depth) - 1] {
                let (before, panels) = (builder.error, builder.panels.len());
                if !builder.accept(index, depth) {
                    continue;
                }
                let half = std::f64::consts::PI / 2f64.powi(depth as i32 + 1);
                let least = RADII.map(|r| {
                    let most = on_the_ellipse(d as u64, index, depth, r);
                    match builder.panels.get(panels) {
                        Some(panel) => {
                            half * 64.0 / 15.0 * most * r.powi(-2 * panel.nodes as i32) / (1.0 - r.powi(-2))
                        }
                        None => 2.0 * half * most,
                    }
                });
                let least = least.into_iter().fold(f64::INFINITY, f64::min);
                // The difference of two sums that are rounded up.
                let gained = builder.error.to_float().to_f64() - before.to_float().to_f64();
                let room = 1e-8 * builder.error.to_float().to_f64();
                assert!(gained + room >= least, "d = {d}, {index}/2^{depth}: {gained:e} {least:e}");
            }
        }
        assert!(builder.error <= allowed.shl(1) && !builder.error.is_zero());
    }
}

/// What the panels leave is in every eigenvalue, also where the enclosures are wide.
#[test]
fn few_digits_hold_the_closed_forms() {
    for (name, kernel) in [
        ("relu", Kernel::Ntk),
        ("relu", Kernel::Nngp),
        ("leaky-relu(1/10)", Kernel::Ntk),
        ("abs", Kernel::Ntk),
    ] {
        let network = uniform(name, 1, "1", ["0", "0"]);
        for (d, top) in [(2usize, 5usize), (3, 9), (6, 4), (20, 3)] {
            for digits in [1, 2, 5] {
                let accuracy = Accuracy::relative(digits).unwrap();
                let request = Request::new(&network, kernel, d, top, accuracy, Measure::Probability).unwrap();
                let forms = closed::eigenvalues(&request).unwrap().unwrap();
                let (values, _) = eigenvalues(&request).unwrap().unwrap();
                let rough = Profile::new(&network, kernel, SHORT).unwrap();
                let mut cells = Cells {
                    request: &request,
                    angles: Angles::new(&rough, kernel).unwrap(),
                    most: rough.sum(kernel).magnitude(),
                    known: HashMap::new(),
                };
                let coarse = attempt(&mut cells, 4).unwrap().unwrap();
                for (k, form) in forms.iter().enumerate() {
                    let truth = form.to_ball(300);
                    assert!(
                        values[k].contains(&truth),
                        "{name}, d = {d}, {digits} digits, degree {k}: {} {truth}",
                        values[k]
                    );
                    assert!(
                        coarse[k].contains(&truth),
                        "{name}, d = {d}, 4 bits, degree {k}: {} {truth}",
                        coarse[k]
                    );
                    assert!(
                        coarse[k].radius() <= Mag::pow2(-4),
                        "{name}, d = {d}, degree {k}: {}",
                        coarse[k]
                    );
                    // An error of the panels is in all that is not zero for its parity.
                    assert!(truth.is_exact_zero() || coarse[k].radius() >= Mag::pow2(-60));
                }
            }
        }
    }
}
