//! `ntk plot`: pictures of what the other commands print.
//!
//! Each kind of picture has a file; it makes a [`Figure`], and what is here writes that. A new kind is a variant of
//! [`Kind`].

mod gram;
mod kernel;
mod linearity;
mod spectrum;
mod table;

use std::io::{IsTerminal, stdout};
use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};
use ntk_plot::{Axis, Figure, Point, Scale, Value, sup, unknown_characters};
use ntk_series::Ball;
use ntk_series::number::Accuracy;

use crate::args::{allow_work, whole};
use crate::failure::Failure;
use crate::sink::Sink;

const EXAMPLES: &str = "\
Examples:
  ntk plot table relu tanh gelu --max-degree 40 --output coefficients.svg
  ntk plot table relu tanh --x-scale log --rate --max-degree 200 --output decay.png --scale 3
  ntk plot kernel relu --hidden-layers 1,3,5 --output kernel.svg
  ntk plot spectrum relu erf --dimension 3 --max-degree 30 --x-scale log > spectrum.svg
  ntk plot gram data.csv relu tanh --normalize-rows --output bounds.svg
  ntk plot linearity tanh --widths 64,128,256,512 --output linearity.svg

Every point is an enclosure: its error is drawn as a bar where it can be seen, else the largest is stated below the axes.";

/// Pictures, SVG or PNG: coefficients, kernels, spectra, bounds of Gram matrices, Hessians by width
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub struct PlotArgs {
    #[command(subcommand)]
    kind: Kind,
}

#[derive(Subcommand, Debug)]
enum Kind {
    Table(table::TablePlot),
    Kernel(kernel::KernelPlot),
    Spectrum(spectrum::SpectrumPlot),
    Gram(gram::GramPlot),
    Linearity(linearity::LinearityPlot),
}

impl PlotArgs {
    pub fn run(&self) -> Result<(), Failure> {
        match &self.kind {
            Kind::Table(args) => args.picture.write(|| args.figure()),
            Kind::Kernel(args) => args.picture.write(|| args.figure()),
            Kind::Spectrum(args) => args.picture.write(|| args.figure()),
            Kind::Gram(args) => args.picture.write(|| args.figure()),
            Kind::Linearity(args) => args.picture.write(|| args.figure()),
        }
    }
}

/// The format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum PictureFormat {
    /// Scalable, its text as text
    Svg,
    /// Pixels
    Png,
}

/// How values are placed along an axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum ScaleArg {
    /// In proportion
    Linear,
    /// By their logarithm
    Log,
}

impl From<ScaleArg> for Scale {
    fn from(scale: ScaleArg) -> Scale {
        match scale {
            ScaleArg::Linear => Scale::Linear,
            ScaleArg::Log => Scale::Log,
        }
    }
}

/// What every picture takes.
#[derive(Args, Debug)]
struct PictureArgs {
    /// Write to FILE, whole or not at all, instead of standard output; .svg or .png names the format
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Format, whatever the file is called: svg or png [default: svg on standard output]
    #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
    format: Option<PictureFormat>,
    /// Width in pixels of 1/96 inch
    #[arg(long, value_name = "W", default_value = "720", allow_hyphen_values = true, value_parser = side())]
    width: usize,
    /// Height in pixels of 1/96 inch
    #[arg(long, value_name = "H", default_value = "500", allow_hyphen_values = true, value_parser = side())]
    height: usize,
    /// Pixels of a PNG for each pixel of width and height
    #[arg(long, value_name = "S", default_value = "1", allow_hyphen_values = true, value_parser = whole(1, 10))]
    scale: usize,
    /// Words above the axes instead of the usual ones; empty for none
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    title: Option<String>,
    /// Horizontal axis: linear or log
    #[arg(long, value_enum, value_name = "SCALE", hide_possible_values = true)]
    x_scale: Option<ScaleArg>,
    /// Vertical axis: linear or log
    #[arg(long, value_enum, value_name = "SCALE", hide_possible_values = true)]
    y_scale: Option<ScaleArg>,
}

fn side() -> impl Fn(&str) -> Result<usize, String> + Clone + Send + Sync + 'static {
    whole(ntk_plot::MIN_SIDE as usize, ntk_plot::MAX_SIDE as usize)
}

impl PictureArgs {
    /// Draws the figure and writes it; what cannot be written is refused before the work.
    fn write(&self, figure: impl FnOnce() -> Result<Figure, Failure>) -> Result<(), Failure> {
        let format = self.picture_format()?;
        let sink = Sink::open("--output", self.output.as_deref())?;
        let pixels = (self.width.max(self.height) * self.scale) as u64;
        if format == PictureFormat::Png && pixels > u64::from(ntk_plot::MAX_SIDE) {
            return Err(Failure::input(format!(
                "--scale {}: a side of {pixels} pixels is too long; up to {} are accepted",
                self.scale,
                ntk_plot::MAX_SIDE
            )));
        }
        if let Some(title) = &self.title {
            known(format, title).map_err(|e| e.at("--title"))?;
        }
        let mut figure = figure()?;
        if let Some(title) = &self.title {
            figure.title = title.clone();
        }
        (figure.width, figure.height) = (self.width as u32, self.height as u32);
        figure.series.iter().try_for_each(|series| known(format, &series.label))?;
        match format {
            PictureFormat::Svg => sink.write(&figure.svg().map_err(refused)?),
            PictureFormat::Png => sink.write_bytes(&figure.png(self.scale as f64).map_err(refused)?),
        }
    }

    fn picture_format(&self) -> Result<PictureFormat, Failure> {
        let Some(path) = &self.output else {
            let format = self.format.unwrap_or(PictureFormat::Svg);
            if format == PictureFormat::Png && stdout().is_terminal() {
                return Err(Failure::input("a PNG is not for a terminal; --output FILE.png is accepted"));
            }
            return Ok(format);
        };
        let ending = path.extension().map(|e| e.to_string_lossy().to_lowercase()).unwrap_or_default();
        match (self.format, ending.as_str()) {
            (Some(format), _) => Ok(format),
            (None, "svg") => Ok(PictureFormat::Svg),
            (None, "png") => Ok(PictureFormat::Png),
            _ => Err(Failure::input(format!(
                "--output {}: a name that ends in .svg or .png is accepted, or any with --format svg or --format png",
                path.display()
            ))),
        }
    }

    fn x_axis(&self, label: impl Into<String>, usual: ScaleArg) -> Axis {
        Axis::new(label, self.x_scale.unwrap_or(usual).into())
    }

    fn y_axis(&self, label: impl Into<String>, usual: ScaleArg) -> Axis {
        Axis::new(label, self.y_scale.unwrap_or(usual).into())
    }
}

/// The font of a PNG has not every character.
fn known(format: PictureFormat, text: &str) -> Result<(), Failure> {
    let unknown = unknown_characters(text);
    match format == PictureFormat::Png && !unknown.is_empty() {
        true => {
            Err(Failure::input(format!("the font of a PNG has no `{unknown}`; in an SVG it is accepted")))
        }
        false => Ok(()),
    }
}

fn refused(error: ntk_plot::Error) -> Failure {
    Failure::input(error.to_string())
}

/// `--digits` of a picture: more than can be seen, so that errors can be seen where they matter.
#[derive(Args, Debug)]
struct PictureAccuracy {
    /// Relative error of every value at most 10^-D, proved
    #[arg(long, value_name = "D", default_value = "6", allow_hyphen_values = true, value_parser = whole(1, 1000))]
    digits: usize,
}

impl PictureAccuracy {
    fn accuracy(&self) -> Result<Accuracy, Failure> {
        // Of several networks, and of as many values as the eye can tell apart.
        allow_work(self.digits, PICTURE_VALUES);
        Ok(Accuracy::relative(self.digits as u32)?)
    }
}

/// Values that a picture may take the work of.
const PICTURE_VALUES: usize = 2000;

/// Where errors are large enough.
const BARS: &str = "Bars: the proved enclosures, where they can be seen.";
/// Bits of a picture's numbers, rounded outwards from what is proved.
const BITS: u32 = 53;

/// The middle of an enclosure and its ends.
fn values(ball: &Ball) -> (Value, (Value, Value)) {
    let value = |(mantissa, exponent): (f64, i32)| Value::scaled(mantissa, i64::from(exponent));
    let ends = (value(ball.lower().to_f64_exp()), value(ball.upper().to_f64_exp()));
    (value(ball.midpoint().to_f64_exp()), ends)
}

/// A point with an enclosed height.
fn point(x: f64, y: &Ball) -> Point {
    let (middle, ends) = values(y);
    Point { y_bounds: Some(ends), ..Point::new(x, middle) }
}

/// What is proved of the errors.
fn error_note<'a>(balls: impl Iterator<Item = &'a Ball>) -> String {
    let bits = balls.filter(|b| !b.is_exact()).map(|b| match b.contains_zero() {
        true => i64::MIN,
        false => b.relative_accuracy_bits(),
    });
    match bits.min() {
        None => "Every value is exact.".into(),
        // 2^-8 is less than a mark shows.
        Some(bits) if bits >= 8 => {
            let digits = (bits as f64 * std::f64::consts::LOG10_2).floor();
            let digits = digits.min(f64::from(BITS) * std::f64::consts::LOG10_2).floor();
            format!("Proved relative error of every value: at most 10{}.", sup(format!("−{digits}")))
        }
        Some(_) => BARS.into(),
    }
}

/// `what: of which networks`.
fn titled(what: &str, common: String) -> String {
    if common.is_empty() { what.into() } else { format!("{what}: {common}") }
}
