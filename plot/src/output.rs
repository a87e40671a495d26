//! Figures as files.

use crate::figure::Figure;
use crate::{Error, MAX_SERIES, MAX_SIDE, MIN_SIDE, canvas, draw, raster};

impl Figure {
    /// The figure as SVG. Its text is text, in DejaVu Sans where there is that font.
    ///
    /// # Errors
    /// [`Error::Size`], [`Error::TooMany`], [`Error::NoRoom`], and [`Error::Empty`] if no point can be placed, as when
    /// all values of a logarithmic axis are zero.
    pub fn svg(&self) -> Result<String, Error> {
        self.check()?;
        canvas::svg(self.width, self.height, |canvas| draw::figure(self, canvas))
    }

    /// The figure as PNG, `scale` pixels for each pixel of the SVG.
    ///
    /// # Errors
    /// Those of [`Figure::svg`].
    pub fn png(&self, scale: f64) -> Result<Vec<u8>, Error> {
        let side = |length: u32| (f64::from(length) * scale).round().clamp(0.0, 1e9) as u32;
        let (width, height) = (side(self.width), side(self.height));
        check_size(width, height, 1)?;
        raster::png(&self.svg()?, width, height)
    }

    fn check(&self) -> Result<(), Error> {
        check_size(self.width, self.height, MIN_SIDE)?;
        match self.series.len() {
            n if n > MAX_SERIES => Err(Error::TooMany(n)),
            _ => Ok(()),
        }
    }
}

fn check_size(width: u32, height: u32, least: u32) -> Result<(), Error> {
    let fits = |side| (least..=MAX_SIDE).contains(&side);
    match fits(width) && fits(height) {
        true => Ok(()),
        false => Err(Error::Size { width, height }),
    }
}
