//! `ntk plot spectrum`: eigenvalues on the sphere against the degree of the harmonics.

use clap::Args;
use ntk_plot::{Figure, Series, sub, sup};
use ntk_series::Ball;
use ntk_series::kernel::Kernel;
use ntk_series::spectrum::{MAX_DEGREE, MAX_DIMENSION};

use super::{PictureAccuracy, PictureArgs, ScaleArg, error_note, point, titled};
use crate::args::whole;
use crate::command::spectrum::MeasureArg;
use crate::failure::Failure;
use crate::network::{KernelArg, NetworksArgs};
use crate::progress;

/// Eigenvalues λ_k of the kernel on the sphere S^{d-1} against k
#[derive(Args, Debug)]
pub struct SpectrumPlot {
    #[command(flatten)]
    networks: NetworksArgs,
    /// Kernel: ntk or nngp
    #[arg(long, value_enum, default_value_t = KernelArg::Ntk, value_name = "KERNEL", hide_possible_values = true)]
    kernel: KernelArg,
    /// Dimension d of the space around the sphere: the inputs are vectors of d numbers
    #[arg(long, value_name = "D", allow_hyphen_values = true, value_parser = whole(2, MAX_DIMENSION))]
    dimension: usize,
    /// Highest degree k of the harmonics
    #[arg(long, value_name = "K", default_value = "30", allow_hyphen_values = true, value_parser = whole(0, MAX_DEGREE))]
    max_degree: usize,
    /// Measure on the sphere: probability or surface
    #[arg(long, value_enum, default_value_t = MeasureArg::Probability, value_name = "MEASURE", hide_possible_values = true)]
    measure: MeasureArg,
    #[command(flatten)]
    accuracy: PictureAccuracy,
    #[command(flatten)]
    pub(super) picture: PictureArgs,
}

impl SpectrumPlot {
    pub fn figure(&self) -> Result<Figure, Failure> {
        let networks = self.networks.networks()?;
        let accuracy = self.accuracy.accuracy()?;
        let (kernel, measure) = (self.kernel.into(), self.measure.into());
        let (mut series, mut balls): (Vec<Series>, Vec<Ball>) = (vec![], vec![]);
        for named in &networks {
            let what = format!("eigenvalues of {}", named.name);
            let found = progress::during(&what, || {
                named.network.spectrum(kernel, self.dimension, self.max_degree, accuracy, measure)
            })?;
            let points = found.eigenvalues().iter().map(|e| point(e.degree as f64, &e.value)).collect();
            let label = if networks.len() == 1 { String::new() } else { named.name.clone() };
            series.push(Series::new(label, points));
            balls.extend(found.eigenvalues().iter().map(|e| e.value.clone()));
        }
        let name = match kernel {
            Kernel::Ntk => "Neural tangent kernel",
            Kernel::Nngp => "NNGP kernel",
        };
        let sphere = format!("S{}", sup((self.dimension - 1).to_string()));
        let measure = match self.measure {
            MeasureArg::Probability => "uniform probability measure",
            MeasureArg::Surface => "surface measure",
        };
        Ok(Figure {
            title: titled(&format!("{name} on {sphere}"), self.networks.common(&networks)),
            notes: vec![format!(
                "Eigenvalue on the harmonics of degree k, {measure}. {}",
                error_note(balls.iter())
            )],
            x: self.picture.x_axis("degree k", ScaleArg::Linear).whole(),
            y: self.picture.y_axis(format!("eigenvalue λ{}", sub("k")), ScaleArg::Log),
            series,
            ..Figure::default()
        })
    }
}
