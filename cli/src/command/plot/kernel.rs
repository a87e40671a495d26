//! `ntk plot kernel`: the kernel against the cosine of the angle.

use clap::Args;
use ntk_plot::{Figure, Line, Mark, Point, Series, sup};
use ntk_series::kernel::{Kernel, Network};
use ntk_series::number::{Accuracy, Mag, parse_rational};
use ntk_series::{Ball, Error};
use num_rational::BigRational;

use super::{BARS, PictureAccuracy, PictureArgs, ScaleArg, titled, values};
use crate::args::{exact, whole};
use crate::failure::Failure;
use crate::network::{KernelArg, NetworksArgs};
use crate::progress;

/// The kernel against ρ, the cosine of the angle between two inputs
#[derive(Args, Debug)]
pub struct KernelPlot {
    #[command(flatten)]
    networks: NetworksArgs,
    /// Kernel: ntk or nngp
    #[arg(long, value_enum, default_value_t = KernelArg::Ntk, value_name = "KERNEL", hide_possible_values = true)]
    kernel: KernelArg,
    /// First ρ
    #[arg(long, value_name = "R", default_value = "-1", allow_hyphen_values = true)]
    from: String,
    /// Last ρ
    #[arg(long, value_name = "R", default_value = "1", allow_hyphen_values = true)]
    to: String,
    /// Values of ρ
    #[arg(long, value_name = "N", default_value = "161", allow_hyphen_values = true, value_parser = whole(2, 2000))]
    points: usize,
    /// Divide by the value at ρ = 1
    #[arg(long)]
    normalize: bool,
    #[command(flatten)]
    accuracy: PictureAccuracy,
    #[command(flatten)]
    pub(super) picture: PictureArgs,
}

impl KernelPlot {
    pub fn figure(&self) -> Result<Figure, Failure> {
        let networks = self.networks.networks()?;
        let accuracy = self.accuracy.accuracy()?;
        let cosines = self.cosines()?;
        let (mut series, mut balls) = (vec![], vec![]);
        for named in &networks {
            let what = format!("the kernel of {}", named.name);
            let found = progress::during(&what, || self.values(&named.network, &cosines, accuracy))?;
            let points = cosines.iter().zip(&found).map(|((x, _), y)| {
                let (middle, ends) = values(y);
                Point { y_bounds: Some(ends), ..Point::new(*x, middle) }
            });
            let label = if networks.len() == 1 { String::new() } else { named.name.clone() };
            series.push(Series::new(label, points.collect()).style(Mark::None, Line::Solid));
            balls.extend(found);
        }
        let (name, symbol) = match self.kernel.into() {
            Kernel::Ntk => ("Neural tangent kernel", "Θ"),
            Kernel::Nngp => ("NNGP kernel", "Σ"),
        };
        let label =
            if self.normalize { format!("{symbol}(ρ)/{symbol}(1)") } else { format!("{symbol}(ρ)") };
        let mut figure = Figure {
            title: titled(name, self.networks.common(&networks)),
            notes: vec![largest_error(&balls)],
            x: self.picture.x_axis("ρ, the cosine of the angle", ScaleArg::Linear),
            y: self.picture.y_axis(label, ScaleArg::Linear),
            series,
            ..Figure::default()
        };
        if let (Some(first), Some(last)) = (cosines.first(), cosines.last()) {
            figure.x = figure.x.range(first.0, last.0);
        }
        Ok(figure)
    }

    /// Values of ρ, for the picture and exact.
    fn cosines(&self) -> Result<Vec<(f64, BigRational)>, Failure> {
        let (from, to) = (exact("--from", &self.from)?, exact("--to", &self.to)?);
        let one = parse_rational("1")?;
        if !(-one.clone() <= from && from < to && to <= one) {
            return Err(Failure::input(
                "--from and --to: numbers from -1 to 1 are accepted, the first smaller",
            ));
        }
        let steps = self.points - 1;
        let at = |i: usize| {
            // Closer together at the ends, where the kernel of a kinked activation is steep; `t` is an exact fraction.
            let t = 0.5 - 0.5 * (std::f64::consts::PI * i as f64 / steps as f64).cos();
            let t = BigRational::new(((t * 1e9).round() as i64).into(), 1_000_000_000.into());
            let cosine = &from + (&to - &from) * t;
            (Ball::from_rational(&cosine, 64).midpoint().to_f64(), cosine)
        };
        Ok((0..=steps).map(at).collect())
    }

    /// The kernel at every ρ, as narrow as the largest series gives it where there is no closed dual.
    fn values(
        &self,
        network: &Network,
        cosines: &[(f64, BigRational)],
        accuracy: Accuracy,
    ) -> Result<Vec<Ball>, Error> {
        let cosines: Vec<BigRational> = cosines.iter().map(|(_, cosine)| cosine.clone()).collect();
        let values = network.values(self.kernel.into(), &cosines, accuracy)?;
        if !self.normalize {
            return Ok(values);
        }
        let whole = network.at_one(self.kernel.into(), accuracy)?;
        Ok(values.iter().map(|value| value / &whole).collect())
    }
}

/// What is proved of the errors: relative ones mean nothing where the kernel is zero.
fn largest_error(balls: &[Ball]) -> String {
    let largest = |size: fn(&Ball) -> Mag| balls.iter().map(size).fold(Mag::ZERO, Mag::max);
    let (radius, size) = (largest(Ball::radius), largest(Ball::magnitude));
    match (radius.log2_ceil(), size.log2_ceil()) {
        (None, _) => "Every value is exact.".into(),
        (Some(radius), Some(size)) if radius > size - 9 => BARS.into(),
        _ => {
            // One digit, rounded up by more than the logarithm and the power can be off.
            let radius = radius.to_float().to_f64() * (1.0 + 1e-9);
            let power = radius.log10().floor();
            let (digit, power) = match (radius / 10f64.powf(power)).ceil() {
                10.0 => (1.0, power + 1.0),
                digit => (digit, power),
            };
            let power = sup(power.to_string().replace('-', "−"));
            format!("Proved error of every value: at most {digit}·10{power}.")
        }
    }
}
