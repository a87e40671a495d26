//! From enclosures to pictures.

use std::error::Error;
use std::fs;
use std::path::PathBuf;

use ntk_plot::{Figure, Point, Value, sup};
use ntk_series::Ball;

/// A point with an enclosed height, of which the sign is left out.
pub fn point(x: f64, y: &Ball) -> Point {
    let value = |(mantissa, exponent): (f64, i32)| Value::scaled(mantissa, i64::from(exponent));
    let y = if y.midpoint().is_sign_negative() { -y } else { y.clone() };
    let ends = (value(y.lower().to_f64_exp()), value(y.upper().to_f64_exp()));
    Point { y_bounds: Some(ends), ..Point::new(x, value(y.midpoint().to_f64_exp())) }
}

/// `10^-n`, no less than the relative error of any of the enclosures.
pub fn largest_error<'a>(balls: impl Iterator<Item = &'a Ball>) -> String {
    let bits = balls.filter(|b| !b.is_exact()).map(Ball::relative_accuracy_bits).min().unwrap_or(i64::MAX);
    format!("10{}", sup(format!("−{}", (bits.clamp(0, 1000) as f64 * std::f64::consts::LOG10_2).floor())))
}

/// Writes the figures into the folder that the command line names, else into `target/figures`.
pub fn write(figures: &[(&str, Figure)]) -> Result<(), Box<dyn Error>> {
    let usual = || concat!(env!("CARGO_MANIFEST_DIR"), "/target/figures").into();
    let folder: PathBuf = std::env::args_os().nth(1).map_or_else(usual, PathBuf::from);
    fs::create_dir_all(&folder)?;
    for (name, figure) in figures {
        for (ending, content) in [("svg", figure.svg()?.into_bytes()), ("png", figure.png(2.0)?)] {
            let path = folder.join(name).with_extension(ending);
            fs::write(&path, content)?;
            println!("wrote {}", path.display());
        }
    }
    Ok(())
}
