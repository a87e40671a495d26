//! `ntk plot linearity`: how the Hessian of a network flattens with its width.

use clap::Args;
use ntk_plot::{Figure, Line, Mark, Point, Series, sup};
use ntk_series::finite::{Fit, Linearity, LinearityReport, Shape};

use super::{PictureArgs, ScaleArg};
use crate::command::linearity::{PlanArgs, measured};
use crate::failure::Failure;

/// The norm of the Hessian of random networks against their width, with the fitted powers
#[derive(Args, Debug)]
pub struct LinearityPlot {
    #[command(flatten)]
    plan: PlanArgs,
    #[command(flatten)]
    pub(super) picture: PictureArgs,
}

impl LinearityPlot {
    pub fn figure(&self) -> Result<Figure, Failure> {
        let plan = self.plan.plan()?;
        let report = measured(&plan)?;
        let mut series = vec![];
        for (place, shape) in plan.shapes.iter().enumerate() {
            let of = report.runs.iter().filter(|r| r.shape == *shape);
            let points = of.map(|r| Point::new(r.width as f64, r.norm.value)).collect();
            let fit = report.fits.iter().find(|f| f.shape == *shape);
            let label = fit.map_or(shape.name().into(), |fit| format!("{}: {}", shape.name(), power(fit)));
            series.push(Series::new(label, points).style(Mark::Shown, Line::None).colour(place));
            if let Some(fit) = fit {
                let line = line(&plan, fit, fit.law.exponent);
                series.push(Series::new("", line).style(Mark::None, Line::Solid).colour(place));
            }
            if let Some(fit) = fit.filter(|fit| fit.shape == Shape::LinearOutput) {
                let label = format!("m{}", sup("−1/2"));
                let line = line(&plan, fit, fit.expected);
                series.push(Series::new(label, line).style(Mark::None, Line::Dashed).colour(place));
            }
        }
        let x = self.picture.x_axis("width m", ScaleArg::Log);
        Ok(Figure {
            title: format!("Spectral norm of the Hessian, {}", layers(&plan)),
            notes: vec![
                format!(
                    "{} random networks of each kind and width, {} inputs. Lines: least squares, exponents with 95 % intervals.",
                    plan.seeds, plan.inputs
                ),
                lower_bounds(&report),
            ],
            x: x.whole(),
            y: self.picture.y_axis("‖H‖", ScaleArg::Log),
            series,
            ..Figure::default()
        })
    }
}

/// The power law with this exponent that agrees with the fit at the middle of the widths' logarithms.
fn line(plan: &Linearity, fit: &Fit, exponent: f64) -> Vec<Point> {
    let logs: Vec<f64> = plan.widths.iter().map(|m| (*m as f64).ln()).collect();
    let middle = logs.iter().sum::<f64>() / logs.len() as f64;
    let height = fit.law.factor.ln() + fit.law.exponent * middle;
    logs.iter().map(|u| Point::new(u.exp(), (height + exponent * (u - middle)).exp())).collect()
}

fn power(fit: &Fit) -> String {
    let law = &fit.law;
    format!("m{}", sup(format!("{:.2} ± {:.2}", law.exponent, law.high - law.exponent).replace('-', "−")))
}

fn layers(plan: &Linearity) -> String {
    let count = plan.hidden_layers;
    format!("{count} hidden layer{} of {}", if count == 1 { "" } else { "s" }, plan.activation.name())
}

fn lower_bounds(report: &LinearityReport) -> String {
    let gap = |lower: f64, value: f64| if value > 0.0 { 1.0 - lower / value } else { 0.0 };
    let most = report.runs.iter().map(|r| gap(r.norm.lower, r.norm.value)).fold(0.0, f64::max);
    // Rounded up, to at least a hundredth of a percent.
    format!(
        "Each norm is proved from below, to within {:.2} % of what is drawn.",
        (1e4 * most).ceil().max(1.0) / 100.0
    )
}
