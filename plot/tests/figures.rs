//! Figures as their reader gets them: well-formed, complete, always the same.

use ntk_plot::{Axis, Error, Figure, Line, MAX_SERIES, Mark, Point, Scale, Series, Value, sub, sup};

fn figure() -> Figure {
    let curve = |slope: f64| (0..20).map(|p| Point::new(f64::from(p), slope.powi(p))).collect::<Vec<_>>();
    Figure {
        title: "Two <series> & \"more\"".into(),
        notes: vec![format!("κ{} < 10{}", sub("p"), sup("−3"))],
        x: Axis::new("p", Scale::Linear).whole(),
        y: Axis::new(format!("κ{}", sub("p")), Scale::Log),
        series: vec![Series::new("first", curve(0.5)), Series::new("second", curve(0.3))],
        ..Figure::default()
    }
}

/// The texts of a drawing, and how often each element is in it.
fn parsed(svg: &str) -> (Vec<String>, impl Fn(&str) -> usize + use<>) {
    let document = roxmltree::Document::parse(svg).unwrap();
    let text = |n: roxmltree::Node| -> String {
        let all: String = n.descendants().filter(|d| d.is_text()).filter_map(|d| d.text()).collect();
        all.replace('\u{200B}', "").trim().to_string()
    };
    let texts = document.descendants().filter(|n| n.has_tag_name("text")).map(text).collect();
    let tags: Vec<String> = document.descendants().map(|n| n.tag_name().name().to_string()).collect();
    (texts, move |tag: &str| tags.iter().filter(|t| *t == tag).count())
}

#[test]
fn everything_is_there() {
    let svg = figure().svg().unwrap();
    let (texts, count) = parsed(&svg);
    assert!(svg.starts_with("<svg width=\"720\" height=\"500\" viewBox=\"0 0 7200 5000\""));
    for expected in ["Two <series> & \"more\"", "κp < 10−3", "p", "κp", "first", "second", "10−4", "15"]
    {
        assert!(texts.iter().any(|t| t == expected), "{expected} in {texts:?}");
    }
    // The first series has circles, one of them in the legend; squares are polygons.
    assert_eq!((count("circle"), count("polygon")), (21, 21));
    assert_eq!(svg, figure().svg().unwrap());
}

#[test]
fn pictures_have_the_size_asked_for() {
    let png = figure().png(1.5).unwrap();
    assert_eq!(&png[..8], b"\x89PNG\r\n\x1a\n");
    let side = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().unwrap());
    assert_eq!((side(16), side(20)), (1080, 750));
    assert_eq!(png, figure().png(1.5).unwrap());
}

#[test]
fn zeros_are_left_out_and_counted() {
    let mut with_zeros = figure();
    with_zeros.series[1].points[3].y = Value::from(0.0);
    with_zeros.series[1].points[5].y = Value::from(0.0);
    let (texts, count) = parsed(&with_zeros.svg().unwrap());
    assert_eq!((count("circle"), count("polygon")), (21, 19));
    assert!(texts.iter().any(|t| t.starts_with("2 values that are exactly zero are left out")));
    for series in &mut with_zeros.series {
        series.points.iter_mut().for_each(|p| p.y = Value::from(0.0));
    }
    assert!(matches!(with_zeros.svg(), Err(Error::Empty(why)) if why.contains("logarithmic")));
    with_zeros.y.scale = Scale::Linear;
    with_zeros.svg().unwrap();
}

#[test]
fn values_beyond_the_range_of_floating_point_have_their_place() {
    let points = (1..9).map(|p| Point::new(f64::from(p), Value::scaled(0.7, -1000 * i64::from(p)))).collect();
    let tiny = Figure { series: vec![Series::new("", points)], ..figure() };
    let (texts, count) = parsed(&tiny.svg().unwrap());
    assert_eq!(count("circle"), 8);
    assert!(texts.iter().any(|t| t == "10−2000"), "{texts:?}");
}

#[test]
fn error_bars_are_drawn_where_they_can_be_seen() {
    let lines = |relative: f64| {
        let point = |x: f64| Point::with_error(x, x, x * (1.0 - relative), x * (1.0 + relative));
        let points = (1..=5).map(|x| point(f64::from(x))).collect();
        let series = Series::new("", points).style(Mark::Shown, Line::None);
        let y = Axis::new("", Scale::Linear).range(0.0, 8.0);
        let bars = Figure { series: vec![series], y, ..figure() };
        parsed(&bars.svg().unwrap()).1("line") + parsed(&bars.svg().unwrap()).1("polyline")
    };
    assert_eq!(lines(0.2), lines(1e-9) + 15);
}

#[test]
fn what_cannot_be_drawn_is_refused() {
    let none = Figure { series: vec![], ..figure() };
    assert!(matches!(none.svg(), Err(Error::Empty(_))));
    for (width, height) in [(0, 500), (199, 500), (500, 8001), (u32::MAX, u32::MAX)] {
        assert_eq!(Figure { width, height, ..figure() }.svg(), Err(Error::Size { width, height }));
    }
    assert!(matches!(figure().png(1e9), Err(Error::Size { .. })));
    assert!(matches!(figure().png(f64::NAN), Err(Error::Size { .. })));
    let many = Figure { series: vec![figure().series[0].clone(); MAX_SERIES + 1], ..figure() };
    assert_eq!(many.svg(), Err(Error::TooMany(MAX_SERIES + 1)));
    let wordy = Figure { title: "word ".repeat(2000), ..figure() };
    assert!(matches!(wordy.svg(), Err(Error::NoRoom { .. })));
    let odd = Figure { title: "\u{0} \u{E000}\u{1b}[31m \u{FFFF}".into(), ..figure() };
    assert_eq!(parsed(&odd.svg().unwrap()).1("svg"), 1);
}
