use super::*;
use crate::kernel::{BiasVariance, Convention, Input, Kernel, Layer, WeightVariance};
use crate::number::parse_rational;
use crate::{Accuracy, Ball, Network};

fn plan(name: &str) -> Linearity {
    let mut plan = Linearity::new(&Activation::parse(name).unwrap());
    plan.widths = vec![32, 64, 128, 256];
    plan.seeds = 8;
    plan.inputs = 8;
    plan
}

/// The theory's exponent is near the fit, and the three shapes are told apart.
#[test]
fn exponents_are_those_of_the_theory() {
    for name in ["tanh", "gelu"] {
        let report = plan(name).run(|_, _| ()).unwrap();
        assert_eq!((report.runs.len(), report.fits.len()), (96, 3));
        for fit in &report.fits {
            let law = &fit.law;
            assert!(law.low < law.exponent && law.exponent < law.high && law.high - law.low < 1.2, "{fit:?}");
            assert!((law.exponent - fit.expected).abs() < 0.35, "{name} {fit:?}");
        }
        assert!(report.fits[0].law.high < -0.3, "{name} {:?}", report.fits[0]);
        for run in &report.runs {
            assert!(
                run.norm.lower <= run.norm.value * (1.0 + 1e-12) && run.norm.lower > 0.999 * run.norm.value,
                "{run:?}"
            );
        }
    }
}

#[test]
fn runs_are_the_same_again() {
    let plan = plan("tanh");
    let [a, b] = [(); 2].map(|()| plan.measure(Shape::Bottleneck, 64, 3).unwrap());
    assert_eq!(a, b);
}

#[test]
fn plans_are_checked() {
    let with = |change: &dyn Fn(&mut Linearity)| {
        let mut plan = plan("tanh");
        change(&mut plan);
        let error = plan.run(|_, _| ()).unwrap_err().to_string();
        assert!(error.contains("accepted") && !error.contains('\n'), "{error}");
    };
    with(&|p| p.widths = vec![]);
    with(&|p| p.widths = vec![0]);
    with(&|p| p.widths = vec![1 << 20]);
    with(&|p| p.seeds = 0);
    with(&|p| p.seeds = u64::MAX);
    with(&|p| p.first_seed = u64::MAX);
    with(&|p| p.hidden_layers = 0);
    with(&|p| p.hidden_layers = 1);
    with(&|p| p.hidden_layers = usize::MAX);
    with(&|p| p.inputs = 0);
}

/// E|∇f|² is Θ(1) + o(1): the mean of 40 networks of width 512 within four standard errors and a percent for the width,
/// and the deviation falls like the root of the width.
#[test]
fn the_empirical_kernel_tends_to_the_infinite_one() {
    let mut plan = plan("erf");
    plan.hidden_layers = 2;
    let zero = || parse_rational("0").unwrap();
    let layer = Layer {
        activation: plan.activation.clone(),
        sigma_w2: WeightVariance::Exact(parse_rational("1").unwrap()),
        sigma_b2: BiasVariance::Exact(zero()),
    };
    let network = Network::uniform(Input::default(), layer, 2).unwrap();
    let series =
        network.series(Kernel::Ntk, Convention::Standard, 1, Accuracy::relative(10).unwrap()).unwrap();
    let limit = series.evaluate(&Ball::from_integer(1, 64)).unwrap().midpoint().to_f64();
    let kernels = |width: usize| -> Vec<f64> {
        (1..=40).map(|seed| plan.measure(Shape::LinearOutput, width, seed).unwrap().kernel.value).collect()
    };
    let deviation = |list: &[f64]| (list.iter().map(|k| (k - limit).powi(2)).sum::<f64>() / 40.0).sqrt();
    let (narrow, wide) = (kernels(32), kernels(512));
    let mean = wide.iter().sum::<f64>() / 40.0;
    assert!((mean - limit).abs() < 4.0 * deviation(&wide) / 40f64.sqrt() + 0.01 * limit, "{mean} {limit}");
    // √16 = 4, with the scatter of 40 samples.
    let ratio = deviation(&narrow) / deviation(&wide);
    assert!(ratio > 2.2 && ratio < 7.0, "{ratio}");
}
