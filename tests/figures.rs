//! `docs/figures` is what the examples draw.

// Both examples have the module that writes pictures.
#![allow(clippy::duplicate_mod)]

#[allow(dead_code)]
#[path = "../examples/spectrum_figure.rs"]
mod spectrum_figure;
#[allow(dead_code)]
#[path = "../examples/truncation_figure.rs"]
mod truncation_figure;

#[test]
fn the_pictures_are_what_the_examples_draw() {
    let pictures = [
        (include_str!("../docs/figures/truncation.svg"), truncation_figure::truncation()),
        (include_str!("../docs/figures/cut_sums.svg"), truncation_figure::cut_sums()),
        (include_str!("../docs/figures/spectra.svg"), spectrum_figure::spectra()),
    ];
    for (written, figure) in pictures {
        let figure = figure.unwrap();
        let title = figure.title.clone();
        assert!(
            figure.svg().unwrap() == written,
            "{title}: run the example and copy its SVG to docs/figures"
        );
    }
}
