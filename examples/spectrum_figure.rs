//! Spectra on S² and the slopes that are predicted for them.
//!
//! Murray, Jin, Bowman and Montúfar (ICLR 2023) predict from the decay of the coefficients that of the eigenvalues, and
//! plot it for uniform data on S²: `ℓ^{-3/2}` for ReLU, `ℓ^{-3/4} e^{-(π/2) ℓ^{1/4}}` for tanh and `ℓ^{-1/2} 2^{-√ℓ}`
//! for the Gaussian. This draws certified eigenvalues beside those. Conventions: theirs are for the surface measure, 4π
//! times the eigenvalues for the uniform probability measure. The eigenvalues are sorted and counted with multiplicity,
//! `2k + 1` harmonics of degree `k`, so that `ℓ` is about `k²`, or `k²/2` where all eigenvalues of one parity are zero;
//! the predictions take `k = √ℓ`. The predictions for tanh and the Gaussian are upper bounds.
//!
//! ```text
//! cargo run --example spectrum_figure -- FOLDER
//! ```

#[path = "shared/picture.rs"]
mod picture;

use ntk_plot::{Axis, Figure, Line, Mark, Point, Scale, Series, Value, sub, sup};
use ntk_series::kernel::{BiasVariance, Input, Kernel, Layer, Network, WeightVariance};
use ntk_series::number::parse_rational;
use ntk_series::spectrum::decay::local_exponents;
use ntk_series::spectrum::{Measure, Spectrum};
use ntk_series::{Accuracy, Activation, Ball, Error};

const MAX_DEGREE: usize = 60;
/// The predictions start here, in the middle of the eigenvalues of about this degree.
const ANCHOR: usize = 8;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    picture::write(&[("spectra", spectra()?)])
}

/// Eigenvalues of one degree, at places `first` to `last` of the sorted spectrum.
struct Block {
    degree: usize,
    first: usize,
    last: usize,
    value: Ball,
}

impl Block {
    fn middle(&self) -> f64 {
        ((self.first as f64) * (self.last as f64)).sqrt()
    }
}

/// The picture.
pub fn spectra() -> Result<Figure, Error> {
    let power = |exponent: &str| format!("ℓ{}", sup(exponent));
    // The logarithm of the prediction, up to a constant.
    type Shape = fn(f64) -> f64;
    let predictions: [(&str, String, Shape); 3] = [
        ("relu", power("−3/2"), |l| -1.5 * l.ln()),
        ("tanh", format!("{} e{}", power("−3/4"), sup("−(π/2)∜ℓ")), |l| {
            -0.75 * l.ln() - std::f64::consts::FRAC_PI_2 * l.powf(0.25)
        }),
        ("gaussian", format!("{} 2{}", power("−1/2"), sup("−√ℓ")), |l| {
            -0.5 * l.ln() - 2f64.ln() * l.sqrt()
        }),
    ];
    let (mut series, mut references, mut balls) = (vec![], vec![], vec![]);
    for (place, (name, label, shape)) in predictions.into_iter().enumerate() {
        let spectrum = spectrum(name)?;
        let blocks = sorted(&spectrum);
        report(name, &spectrum, &blocks, shape);
        // A step for each degree, its ends marked.
        let ends = blocks.iter().flat_map(|b| [(b.first, &b.value), (b.last, &b.value)]);
        series.push(Series::new(name, ends.map(|(l, v)| picture::point(l as f64, v)).collect()));
        references.push(reference(label, &blocks, shape).colour(place));
        balls.extend(blocks.into_iter().map(|b| b.value));
    }
    let error = picture::largest_error(balls.iter());
    series.extend(references);
    Ok(Figure {
        title: format!("NTK on S{}: eigenvalues and the slopes predicted in [M23]", sup("2")),
        notes: vec![
            format!(
                "One hidden layer, σ{}² = 1/E[φ²], surface measure, degrees k ≤ {MAX_DEGREE}. Proved relative error: at most {error}.",
                sub("w")
            ),
            format!(
                "Sorted; degree k counts 2k + 1 times, zeros come last. Dashed: predictions of [M23] with k = √ℓ, scaled to degree \
                 {ANCHOR}; those for tanh and the Gaussian are upper bounds."
            ),
        ],
        x: Axis::new("index ℓ", Scale::Log),
        y: Axis::new(format!("eigenvalue λ{}", sub("ℓ")), Scale::Log),
        series,
        ..Figure::default()
    })
}

fn spectrum(name: &str) -> Result<Spectrum, Error> {
    let layer = Layer {
        activation: Activation::parse(name)?,
        sigma_w2: WeightVariance::Normalized,
        sigma_b2: BiasVariance::Exact(parse_rational("0")?),
    };
    let network = Network::uniform(Input::default(), layer, 1)?;
    network.spectrum(Kernel::Ntk, 3, MAX_DEGREE, Accuracy::relative(15)?, Measure::Surface)
}

/// The eigenvalues that are not zero, in order: the enclosures are disjoint, so that the order is proved among these
/// degrees.
fn sorted(spectrum: &Spectrum) -> Vec<Block> {
    let mut found: Vec<_> = spectrum.eigenvalues().iter().filter(|e| !e.value.is_exact_zero()).collect();
    found.sort_by(|a, b| b.value.midpoint().total_cmp(a.value.midpoint()));
    assert!(found.windows(2).all(|pair| pair[0].value.lower() > pair[1].value.upper()));
    let mut before = 0;
    let block = |e: &&ntk_series::spectrum::Eigenvalue| {
        let first = before + 1;
        before += 2 * e.degree + 1;
        Block { degree: e.degree, first, last: before, value: e.value.clone() }
    };
    found.iter().map(block).collect()
}

/// The prediction, scaled to the eigenvalues of the anchor's degree.
fn reference(label: String, blocks: &[Block], shape: fn(f64) -> f64) -> Series {
    let anchor = blocks.iter().find(|b| b.degree >= ANCHOR);
    let shift = anchor.map_or(0.0, |b| ln(&b.value) - shape(b.middle()));
    let later = blocks.iter().filter(|b| b.degree >= ANCHOR);
    let points = later.map(|b| {
        let log2 = (shape(b.middle()) + shift) / std::f64::consts::LN_2;
        Point::new(b.middle(), Value::scaled((log2 - log2.floor()).exp2(), log2.floor() as i64))
    });
    Series::new(label, points.collect()).style(Mark::None, Line::Dashed)
}

fn ln(value: &Ball) -> f64 {
    value.ln().midpoint().to_f64()
}

/// How the slopes compare, in numbers.
fn report(name: &str, spectrum: &Spectrum, blocks: &[Block], shape: fn(f64) -> f64) {
    let values: Vec<Ball> = spectrum.eigenvalues().iter().map(|e| e.value.clone()).collect();
    let local = local_exponents(&values);
    println!("{name}: -d ln λ/d ln ℓ certified and predicted");
    for pair in blocks.windows(2).filter(|pair| pair[0].degree >= ANCHOR).step_by(8) {
        let (from, to) = (&pair[0], &pair[1]);
        let slope = |a: f64, b: f64| -(b - a) / (to.middle() / from.middle()).ln();
        let certified = slope(ln(&from.value), ln(&to.value));
        let predicted = slope(shape(from.middle()), shape(to.middle()));
        println!("  k = {:>2}, ℓ ≈ {:>4.0}: {certified:>8.3} {predicted:>8.3}", to.degree, to.middle());
    }
    if let Some(last) = local.last() {
        println!("  against k, from {} to {}: the exponent is {:.12}", last.from, last.to, last.exponent);
    }
}
