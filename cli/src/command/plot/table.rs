//! `ntk plot table`: coefficients against their degree.

use clap::Args;
use ntk_plot::{Figure, Line, Mark, Point, Series, Value, sub, sup};
use ntk_series::Ball;
use ntk_series::kernel::{Convention, Kernel, Network};
use ntk_series::number::Accuracy;
use ntk_series::spectrum::decay::{Rate, rate};

use super::{PictureAccuracy, PictureArgs, ScaleArg, error_note, point, titled};
use crate::args::whole;
use crate::failure::Failure;
use crate::network::{KernelArg, NetworksArgs};
use crate::progress;

/// Highest degree in a picture.
const MAX_DEGREE: usize = 100_000;
/// Ends the name of a rate of which the constant is not known.
const ANCHORED: &str = ", through the last point";

/// Coefficients κ_p of the kernel's power series against p
#[derive(Args, Debug)]
pub struct TablePlot {
    #[command(flatten)]
    networks: NetworksArgs,
    /// Kernel: ntk or nngp
    #[arg(long, value_enum, default_value_t = KernelArg::Ntk, value_name = "KERNEL", hide_possible_values = true)]
    kernel: KernelArg,
    /// Highest power of ρ
    #[arg(long, value_name = "T", default_value = "30", allow_hyphen_values = true, value_parser = whole(0, MAX_DEGREE))]
    max_degree: usize,
    /// Add the proved rate of decay as a dashed line, where one is known: for one hidden layer
    /// without first-layer bias
    #[arg(long)]
    rate: bool,
    #[command(flatten)]
    accuracy: PictureAccuracy,
    #[command(flatten)]
    pub(super) picture: PictureArgs,
}

impl TablePlot {
    pub fn figure(&self) -> Result<Figure, Failure> {
        let networks = self.networks.networks()?;
        let accuracy = self.accuracy.accuracy()?;
        let kernel = self.kernel.into();
        let (mut series, mut rates, mut balls) = (vec![], vec![], vec![]);
        for (i, named) in networks.iter().enumerate() {
            let what = format!("coefficients of {}", named.name);
            let found = progress::during(&what, || {
                named.network.series(kernel, Convention::Standard, self.max_degree, accuracy)
            })?;
            let coefficients = found.coefficients();
            let points = coefficients.iter().enumerate().map(|(p, c)| point(p as f64, c)).collect();
            series.push(Series::new(named.name.clone(), points));
            if self.rate {
                rates.extend(reference(&named.network, kernel, coefficients, accuracy)?.map(|r| r.colour(i)));
            }
            balls.extend(coefficients.to_vec());
        }
        let mut notes = vec![error_note(balls.iter())];
        if self.rate {
            notes.push(match rates.is_empty() {
                true => "No rate of decay is known for these networks.".into(),
                false if rates.iter().any(|r| r.label.ends_with(ANCHORED)) => {
                    "Dashed: proved rates of decay as p → ∞; where a line is laid through a point, of the exponent alone.".into()
                }
                false => "Dashed: proved rates of decay as p → ∞.".into(),
            });
        }
        if series.len() == 1 && rates.is_empty() {
            series[0].label.clear();
        }
        series.extend(rates);
        let (name, symbol) = match kernel {
            Kernel::Ntk => ("Neural tangent kernel", "κ"),
            Kernel::Nngp => ("NNGP kernel", "α"),
        };
        Ok(Figure {
            title: titled(name, self.networks.common(&networks)),
            notes,
            x: self.picture.x_axis("degree p", ScaleArg::Linear).whole(),
            y: self.picture.y_axis(format!("coefficient {symbol}{}", sub("p")), ScaleArg::Log),
            series,
            ..Figure::default()
        })
    }
}

/// The proved rate as a dashed line over the degrees of the coefficients.
fn reference(
    network: &Network,
    kernel: Kernel,
    coefficients: &[Ball],
    accuracy: Accuracy,
) -> Result<Option<Series>, Failure> {
    let top = coefficients.len() - 1;
    // For pictures: nothing is proved with these numbers.
    let log10 = |ball: &Ball| {
        let (mantissa, exponent) = ball.midpoint().to_f64_exp();
        mantissa.log10() + f64::from(exponent) * std::f64::consts::LOG10_2
    };
    let line = |label: String, from: usize, height: &dyn Fn(f64) -> f64| {
        let points = (from.max(1)..=top).map(|p| {
            let log2 = height(p as f64) / std::f64::consts::LOG10_2;
            Point::new(p as f64, Value::scaled((log2 - log2.floor()).exp2(), log2.floor() as i64))
        });
        Some(Series::new(label, points.collect()).style(Mark::None, Line::Dashed))
    };
    let (symbol, p) = (if kernel == Kernel::Ntk { "κ" } else { "α" }, sub("p"));
    Ok(match rate(network, kernel, accuracy)? {
        Some(Rate::Power { exponent, base, constant, .. }) => {
            let a = *exponent.numer().to_string().parse::<f64>().as_ref().unwrap_or(&0.0)
                / exponent.denom().to_string().parse::<f64>().unwrap_or(1.0);
            let (scale, slope) = (log10(&constant), log10(&base));
            let power = format!("p{}", sup(exponent.to_string().replace('-', "−")));
            let geometric =
                if slope == 0.0 { String::new() } else { format!(" · {}{p0}", short(slope), p0 = sup("p")) };
            let label = format!("{symbol}{p} ~ {} {power}{geometric}", short(scale));
            line(label, 1, &|p| scale + a * p.log10() + slope * p)
        }
        Some(Rate::RootExponential { rate }) => {
            let rate = rate.midpoint().to_f64();
            // The constant is not known: through the last coefficient that is not zero.
            let Some(last) = coefficients.iter().rposition(|c| !c.contains_zero()) else { return Ok(None) };
            let at = log10(&coefficients[last]) + rate * (last as f64).sqrt() * std::f64::consts::LOG10_E;
            let label = format!("e{}{ANCHORED}", sup(format!("−{rate:.4}√p")));
            line(label, 1, &|p| at - rate * p.sqrt() * std::f64::consts::LOG10_E)
        }
        Some(Rate::Factorial { rate, exponent, constants }) => {
            let place = usize::from(log10(&constants[1]) > log10(&constants[0]));
            let (scale, slope) = (log10(&constants[place]), log10(&rate));
            let heights = factorials(top);
            let power = if slope == 0.0 { "1".into() } else { format!("{}{}", short(slope), sup("p")) };
            let factor = if exponent == 0 { "" } else { "p · " };
            let label = format!("{symbol}{p} ~ {} {factor}{power}/p!", short(scale));
            line(label, 1, &|p| scale + f64::from(exponent) * p.log10() + slope * p - heights[p as usize])
        }
        _ => None,
    })
}

/// `log10 p!`.
fn factorials(top: usize) -> Vec<f64> {
    let mut sum = 0.0;
    (0..=top)
        .map(|p| {
            sum += (p.max(1) as f64).log10();
            sum
        })
        .collect()
}

/// `10^log10` with three digits.
fn short(log10: f64) -> String {
    let x = 10f64.powf(log10);
    match (1e-3..1e4).contains(&x) {
        true => {
            let text = format!("{x:.*}", (2 - log10.floor() as i64).clamp(0, 6) as usize);
            if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').into() } else { text }
        }
        false => {
            let exponent = log10.floor();
            format!("{:.2}·10{}", 10f64.powf(log10 - exponent), sup(exponent.to_string().replace('-', "−")))
        }
    }
}
