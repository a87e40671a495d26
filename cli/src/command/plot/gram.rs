//! `ntk plot gram`: the smallest eigenvalue of a Gram matrix beside its bounds.

use std::path::PathBuf;

use clap::Args;
use ntk_plot::{Axis, Figure, Line, Mark, Point, Scale, Series, sub};
use ntk_series::gram::{GramMatrix, Points, eigenvalue_bounds, smallest_eigenvalue};
use ntk_series::kernel::{Kernel, Network};
use ntk_series::number::Accuracy;
use ntk_series::{Ball, Error};

use super::{PictureAccuracy, PictureArgs, ScaleArg, error_note, titled, values};
use crate::command::gram::check_on_sphere;
use crate::data::DataArgs;
use crate::failure::Failure;
use crate::network::{KernelArg, NetworksArgs};
use crate::progress;

/// The smallest eigenvalue of the Gram matrix of data on the sphere, beside its bounds
#[derive(Args, Debug)]
pub struct GramPlot {
    /// The points, one a row
    #[arg(value_name = "FILE")]
    points: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    #[command(flatten)]
    networks: NetworksArgs,
    /// Kernel: ntk or nngp
    #[arg(long, value_enum, default_value_t = KernelArg::Ntk, value_name = "KERNEL", hide_possible_values = true)]
    kernel: KernelArg,
    /// Divide every row by its norm, and multiply it by the radius of the sphere
    #[arg(long)]
    normalize_rows: bool,
    #[command(flatten)]
    accuracy: PictureAccuracy,
    #[command(flatten)]
    pub(super) picture: PictureArgs,
}

/// A row of the picture.
struct Row {
    name: String,
    /// Lower bounds, the eigenvalue, upper bounds.
    order: u8,
    value: Ball,
}

impl GramPlot {
    pub fn figure(&self) -> Result<Figure, Failure> {
        if self.picture.y_scale.is_some() {
            return Err(Failure::input(
                "--y-scale: the rows of this picture have names; --x-scale is accepted",
            ));
        }
        let networks = self.networks.networks()?;
        let accuracy = self.accuracy.accuracy()?;
        let place = format!("{}", self.points.display());
        let points = self.data.read(&self.points, &place)?.points;
        let mut found = vec![];
        for named in &networks {
            check_on_sphere(&named.network, &points, self.normalize_rows).map_err(|e| e.at(&place))?;
            let what = format!("the Gram matrix of {} points, {}", points.len(), named.name);
            found.push(progress::during(&what, || self.rows(&named.network, &points, accuracy))?);
        }
        let mut names: Vec<(u8, String)> = vec![];
        for row in found.iter().flatten() {
            let name = (row.order, row.name.clone());
            if !names.contains(&name) {
                names.push(name);
            }
        }
        names.sort_by_key(|(order, _)| *order);
        let count = networks.len() as f64;
        let series = networks.iter().zip(&found).enumerate().map(|(i, (named, rows))| {
            // The networks one below the other within a row.
            let shift = (i as f64 - (count - 1.0) / 2.0) * 0.6 / count;
            let points = rows.iter().filter_map(|row| {
                let at = names.iter().position(|(_, name)| *name == row.name)?;
                let (middle, ends) = values(&row.value);
                Some(Point { x_bounds: Some(ends), ..Point::new(middle, at as f64 + shift) })
            });
            let label = if networks.len() == 1 { String::new() } else { named.name.clone() };
            Series::new(label, points.collect()).style(Mark::Shown, Line::None)
        });
        let series = series.collect();
        let name = match self.kernel.into() {
            Kernel::Ntk => "Neural tangent kernel",
            Kernel::Nngp => "NNGP kernel",
        };
        Ok(Figure {
            title: titled(&format!("{name} on {} points", points.len()), self.networks.common(&networks)),
            notes: vec![error_note(found.iter().flatten().map(|row| &row.value))],
            x: self
                .picture
                .x_axis(format!("smallest eigenvalue λ{} and its bounds", sub("min")), ScaleArg::Log),
            y: Axis::new("", Scale::Names(names.into_iter().map(|(_, name)| name).collect())),
            series,
            ..Figure::default()
        })
    }

    /// The eigenvalue and its bounds.
    fn rows(&self, network: &Network, points: &Points, accuracy: Accuracy) -> Result<Vec<Row>, Failure> {
        // The smallest eigenvalue may be far below the entries.
        let entries = Accuracy::relative(accuracy.digits() + 10)?;
        let gram = GramMatrix::on_sphere(network, self.kernel.into(), points, entries)?;
        let smallest = match smallest_eigenvalue(&gram, accuracy) {
            Ok(found) => found,
            // Enclosed, though not proved to be positive.
            Err(Error::AccuracyNotReached { best, .. }) => *best,
            Err(other) => return Err(other.into()),
        };
        let mut rows = vec![Row { name: format!("λ{}", sub("min")), order: 1, value: smallest }];
        for bound in eigenvalue_bounds(&gram, accuracy)? {
            let (order, sign) = if bound.method.is_upper() { (2, "≤") } else { (0, "≥") };
            rows.push(Row { name: format!("{sign} {}", bound.method.name()), order, value: bound.value });
        }
        Ok(rows)
    }
}
