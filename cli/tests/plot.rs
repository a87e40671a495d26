//! `ntk plot`: the pictures as their reader gets them.

mod common;

use std::fs;

use common::*;

/// The words of a drawing and its elements, which have to be well-formed XML.
struct Picture {
    texts: Vec<String>,
    tags: Vec<String>,
}

impl Picture {
    fn of(svg: &str) -> Picture {
        let document = roxmltree::Document::parse(svg).unwrap();
        let words = |n: roxmltree::Node| -> String {
            let all: String = n.descendants().filter(|d| d.is_text()).filter_map(|d| d.text()).collect();
            all.replace('\u{200B}', "").trim().to_string()
        };
        let texts = document.descendants().filter(|n| n.has_tag_name("text")).map(words).collect();
        let tags = document.descendants().map(|n| n.tag_name().name().to_string()).collect();
        Picture { texts, tags }
    }

    fn drawn(args: &[&str]) -> Picture {
        Picture::of(&printed(&[&["plot"], args].concat()))
    }

    fn count(&self, tag: &str) -> usize {
        self.tags.iter().filter(|t| *t == tag).count()
    }

    fn says(&self, words: &[&str]) {
        for word in words {
            assert!(self.texts.iter().any(|text| text.contains(word)), "`{word}` is not in {:?}", self.texts);
        }
    }
}

fn png_size(png: &[u8]) -> (u32, u32) {
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    (side(16), side(20))
}

#[test]
fn coefficients() {
    // ReLU: 0, 1, 2, 4, ..., 20; the odd ones from 3 on are zero.
    let one = Picture::drawn(&["table", "relu", "--max-degree", "20"]);
    assert_eq!((one.count("circle"), one.count("polygon")), (12, 0));
    one.says(&[
        "1 hidden layer of relu",
        "degree p",
        "coefficient κp",
        "10−2",
        "relative error of every value",
    ]);
    one.says(&["9 values that are exactly zero are left out"]);
    let linear = Picture::drawn(&["table", "relu", "--max-degree", "20", "--y-scale", "linear"]);
    assert_eq!(linear.count("circle"), 21);
    assert!(!linear.texts.iter().any(|text| text.contains("left out")));
    // Every series has one more mark, in the legend.
    let two = Picture::drawn(&["table", "relu", "gelu", "--hidden-layers", "2,3", "--max-degree", "9"]);
    assert_eq!((two.count("circle"), two.count("polygon")), (11, 33));
    two.says(&["relu, 2 hidden layers", "gelu, 3 hidden layers"]);
    let nngp = Picture::drawn(&["table", "relu", "--kernel", "nngp", "--max-degree", "4"]);
    nngp.says(&["NNGP", "αp"]);
}

#[test]
fn rates() {
    let rates = Picture::drawn(&["table", "relu", "tanh", "exp", "--x-scale", "log", "--rate"]);
    rates.says(&[
        "κp ~ 0.254 p−3/2",
        "e−3.1416√p, through the last point",
        "p · 1/p!",
        "Dashed: proved rates",
    ]);
    let none = Picture::drawn(&["table", "relu", "--hidden-layers", "2", "--rate"]);
    none.says(&["No rate of decay is known"]);
}

#[test]
fn kernels_and_spectra() {
    let kernel = Picture::drawn(&["kernel", "relu", "tanh", "--normalize"]);
    kernel.says(&["Θ(ρ)/Θ(1)", "−0.5", "relu", "tanh", "Proved error of every value"]);
    let spectrum = Picture::drawn(&["spectrum", "relu", "--dimension", "4", "--max-degree", "8"]);
    spectrum.says(&["S3", "degree k", "λk", "uniform probability measure"]);
    // 0, 1, 2, 4, 6, 8.
    assert_eq!(spectrum.count("circle"), 6);
}

#[test]
fn bounds_of_gram_matrices() {
    let folder = Folder::new();
    let data = folder.with("data.csv", "1,0,0\n0,1,0\n0,0,2\n1,1,1\n");
    let gram = Picture::drawn(&["gram", &data, "relu", "tanh", "--normalize-rows"]);
    gram.says(&["λmin", "≥ harmonic", "≤ pairwise", "on 4 points"]);
    assert!(gram.count("circle") >= 4);
    refused(2, &["plot", "gram", &data, "relu"], &["point 3", "--normalize-rows"]);
    refused(2, &["plot", "gram", &data, "relu", "--normalize-rows", "--y-scale", "log"], &["--y-scale"]);
}

#[test]
fn large_errors_are_drawn() {
    // A step away from zero has no closed dual and a slow series: its error can be seen close to |ρ| = 1.
    let drawn =
        |name: &str| Picture::drawn(&["kernel", name, "--kernel", "nngp", "--points", "41", "--digits", "1"]);
    let (bars, none) = (drawn("where(x<1, 0, 1)"), drawn("step"));
    bars.says(&["Bars: the proved enclosures"]);
    assert!(bars.count("polyline") + bars.count("line") > none.count("polyline") + none.count("line"));
}

#[test]
fn files_and_formats() {
    let folder = Folder::new();
    let svg = folder.file("a.svg");
    let args = ["plot", "table", "relu", "--max-degree", "6"];
    let to = |more: &[&str]| printed(&[&args[..], more].concat());
    assert_eq!(to(&["--output", &svg]), "");
    assert_eq!(fs::read_to_string(&svg).unwrap(), to(&[]));
    assert_eq!(to(&[]), to(&[]));
    let png = folder.file("a.PNG");
    to(&["--output", &png, "--width", "400", "--height", "300", "--scale", "3"]);
    assert_eq!(png_size(&fs::read(&png).unwrap()), (1200, 900));
    let odd = folder.file("picture");
    to(&["--output", &odd, "--format", "png"]);
    let first = fs::read(&odd).unwrap();
    assert_eq!(png_size(&first), (720, 500));
    to(&["--output", &odd, "--format", "png"]);
    assert_eq!(first, fs::read(&odd).unwrap());
    let piped = command(&["plot", "table", "relu", "--format", "png"]).output().unwrap();
    assert_eq!(png_size(&piped.stdout), (720, 500));
    assert_eq!(folder.names(), ["a.PNG", "a.svg", "picture"]);
}

#[test]
fn names_are_escaped() {
    let picture =
        Picture::drawn(&["table", "where(x<1, x, 2-x)", "relu", "--title", "a < b & \"c\" > 'd' \u{1}"]);
    picture.says(&["where(x<1", "a < b & \"c\" > 'd'"]);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let folder = Folder::new();
    let file = folder.file("a.svg");
    let table = |more: &[&str], words: &[&str]| {
        let args = [&["plot", "table", "relu", "--output", &file], more].concat();
        refused(2, &args, words);
    };
    table(&["--width", "100"], &["--width", "200 to 8000"]);
    table(&["--height", "1000000000"], &["--height", "200 to 8000"]);
    table(&["--format", "png", "--width", "8000", "--scale", "2"], &["--scale", "16000"]);
    table(&["--format", "gif"], &["gif", "svg"]);
    table(&["--x-scale", "sqrt"], &["sqrt", "linear"]);
    table(&["--hidden-layers", "1,0"], &["--hidden-layers", "1 to 1000"]);
    table(&["--hidden-layers", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25"], &["25"]);
    table(&["--max-degree", "0", "--x-scale", "log"], &["nothing to draw", "logarithmic"]);
    table(&["--title", &"word ".repeat(2000)], &["no room"]);
    table(&["--format", "png", "--title", "\u{6f22}"], &["--title", "\u{6f22}"]);
    table(&["rellu"], &["`rellu`"]);
    assert_eq!(folder.names(), Vec::<String>::new());
    refused(2, &["plot", "table", "relu", "--output", &folder.file("a.pdf")], &[".svg", ".png", "--format"]);
    refused(2, &["plot", "table", "relu", "--output", &folder.file("no/a.svg")], &["folder"]);
    // The kernel of an identity is ρ, that of x² has no part that is odd: neither is above zero for ρ < 0.
    refused(2, &["plot", "kernel", "x", "--to", "-1/2", "--y-scale", "log"], &["logarithmic"]);
    refused(2, &["plot", "kernel", "relu", "--from", "2"], &["--from", "-1 to 1"]);
    refused(2, &["plot"], &["ntk plot table relu", "ntk plot --help"]);
    refused(2, &["plot", "pie"], &["`pie`", "kernel", "spectrum"]);
    refused(2, &["plot", "table"], &["ACTIVATION", "ntk plot table --help"]);
    refused(2, &["plot", "table", "relu", "--bogus"], &["--bogus", "ntk plot table --help"]);
    refused(2, &["plot", "spectrum", "relu"], &["--dimension"]);
    refused(2, &["plot", "gram", &folder.file("none.csv"), "relu"], &["none.csv"]);
}

#[test]
fn the_picture_of_the_readme_is_what_its_command_draws() {
    let args = ["plot", "table", "relu", "tanh", "gelu", "--max-degree", "40", "--rate"];
    let shown = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/figures/coefficients.svg"));
    assert!(
        printed(&args) == shown.unwrap(),
        "ntk {} --output docs/figures/coefficients.svg",
        args.join(" ")
    );
}

#[test]
fn hessians_by_width() {
    let some = ["linearity", "tanh", "--widths", "8,16,32", "--seeds", "3", "--inputs", "4"];
    let all = Picture::drawn(&some);
    // Three networks of each width: circles, squares and triangles, with one of each in the legend.
    assert!(all.count("circle") > 3 && all.count("polygon") > 3);
    all.says(&["width m", "‖H‖", "linear-output: m−0", "nonlinear-output", "bottleneck", "m−1/2"]);
    all.says(&["3 random networks of each kind and width, 4 inputs", "proved from below"]);
    refused(2, &["plot", "linearity", "tanh", "--widths", "8,x"], &["--widths 8,x"]);
}
