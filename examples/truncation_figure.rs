//! The error of the truncated ReLU NTK against ρ, and how far off it is with the published coefficients.
//!
//! Murray, Jin, Bowman and Montúfar (ICLR 2023) plot the error of the series cut at T = 5 and T = 50 for networks of
//! depth 1, 3 and 5. The first picture does so from enclosures, so that the error at small ρ is no rounding error. From
//! the second hidden layer on their script also cuts the sums within the coefficients; the second picture shows what
//! error the kernel has then.
//!
//! ```text
//! cargo run --example truncation_figure -- FOLDER
//! ```

#[path = "shared/picture.rs"]
mod picture;
#[path = "shared/relu.rs"]
mod relu;

use ntk_plot::{Axis, Figure, Line, Mark, Scale, Series, sub};
use ntk_series::kernel::KernelSeries;
use ntk_series::{Ball, Error};

/// Values of ρ in a picture; an even number, so that none is zero, where the error of the series is as well.
const STEPS: usize = 240;
/// The error is next to nothing here.
const NEXT_TO_ZERO: f64 = 1.0 / 1024.0;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    picture::write(&[("truncation", truncation()?), ("cut_sums", cut_sums()?)])
}

/// The error of `Σ_{p≤T} κ_p ρ^p`.
pub fn truncation() -> Result<Figure, Error> {
    let mut figure = figure("ReLU NTK, error of the series cut at degree T");
    let mut errors = vec![];
    for (top, line) in [(5, Line::Solid), (50, Line::Dashed)] {
        for (place, depth) in [1, 3, 5].into_iter().enumerate() {
            let series = relu::complete(depth, top)?;
            let found = distances(&series, series.coefficients())?;
            let at_one = found.last().map(|(_, e)| e.midpoint().to_f64()).unwrap_or_default();
            println!(
                "T = {top:>2}, {}: the error at ρ = 1 is {:.2} % of Θ(1)",
                layers(depth),
                100.0 * at_one
            );
            figure.series.push(curve(format!("T = {top}, {}", layers(depth)), &found, line, place));
            errors.extend(found.into_iter().map(|(_, error)| error));
        }
    }
    figure.notes.push(format!(
        "σ{}² = 2, no biases; dips are changes of sign. {}",
        sub("w"),
        enclosed(&errors)
    ));
    Ok(figure)
}

/// The error with coefficients of which the inner sums are cut as well.
pub fn cut_sums() -> Result<Figure, Error> {
    let mut figure = figure("ReLU NTK cut at degree T, with complete and with cut coefficients");
    let mut errors = vec![];
    for (i, (depth, top)) in [(3, 5), (5, 5), (3, 50), (5, 50)].into_iter().enumerate() {
        let series = relu::complete(depth, top)?;
        let complete = distances(&series, series.coefficients())?;
        let cut = distances(&series, &relu::cut_sums(depth, top)?)?;
        let half =
            |found: &[(f64, Ball)]| found.iter().find(|(x, _)| *x > 0.5).map(|(_, e)| e.midpoint().to_f64());
        if let (Some(a), Some(b)) = (half(&complete), half(&cut)) {
            println!(
                "T = {top:>2}, {depth} hidden layers: at ρ = 1/2 an error of {a:.1e} Θ(1), with cut sums {b:.1e} Θ(1)"
            );
        }
        figure.series.push(curve(format!("T = {top}, {}", layers(depth)), &complete, Line::Solid, i));
        figure.series.push(curve("the same, inner sums cut".to_string(), &cut, Line::Dashed, i));
        errors.extend(complete.into_iter().chain(cut).map(|(_, error)| error));
    }
    figure.notes.push(format!(
        "Dashed: the sums within κ{} stop at k = T too, as in the published script.",
        sub("p")
    ));
    figure.notes.push(format!(
        "σ{}² = 2, no biases; dips are changes of sign. {}",
        sub("w"),
        enclosed(&errors)
    ));
    Ok(figure)
}

/// What is proved of the errors in a picture.
fn enclosed(errors: &[Ball]) -> String {
    // 2^-60 is at the bottom of the axis.
    let shown = errors.iter().filter(|e| e.mignitude().log2_ceil() > Some(-60));
    let within = picture::largest_error(shown);
    format!("Each error is enclosed, to within {within} of itself where it is above the axis.")
}

fn layers(depth: usize) -> String {
    if depth == 1 { "1 hidden layer".into() } else { format!("{depth} hidden layers") }
}

fn figure(title: &str) -> Figure {
    Figure {
        title: title.into(),
        x: Axis::new("ρ, the cosine of the angle", Scale::Linear).range(-1.0, 1.0),
        y: Axis::new("|error| / Θ(1)", Scale::Log).range(1e-18, 1.0),
        width: 860,
        ..Figure::default()
    }
}

fn curve(label: String, found: &[(f64, Ball)], line: Line, place: usize) -> Series {
    let points = found.iter().map(|(x, error)| picture::point(*x, error)).collect();
    Series::new(label, points).style(Mark::None, line).colour(place)
}

/// `(Θ(ρ) - Σ c_p ρ^p) / Θ(1)` at every ρ: the kernel from its closed dual, so exact up to rounding.
fn distances(series: &KernelSeries, coefficients: &[Ball]) -> Result<Vec<(f64, Ball)>, Error> {
    // Closer together at the ends, and two on either side of zero; the numbers themselves are exact.
    let mut places: Vec<f64> =
        (0..STEPS).map(|i| -(std::f64::consts::PI * i as f64 / (STEPS - 1) as f64).cos()).collect();
    places.splice(STEPS / 2..STEPS / 2, [-NEXT_TO_ZERO, NEXT_TO_ZERO]);
    let at = |x: f64| {
        let rho = Ball::exact(rug::Float::with_val(53, x)).with_precision(relu::PRECISION);
        let partial = coefficients.iter().rev().fold(Ball::zero(relu::PRECISION), |acc, c| &acc * &rho + c);
        Ok((x, (series.evaluate(&rho)? - partial) / series.sum()))
    };
    places.into_iter().map(at).collect()
}
