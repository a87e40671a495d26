use super::*;
use crate::rational::parse;

// By tensor Gauss-Legendre quadrature in doubles, split at the kinks: about 12 digits.
include!("reference.rs");

fn values(name: &str, q: [&str; 3]) -> (bool, Pair) {
    crate::work::start(1_000_000);
    let activation = Activation::parse(name).unwrap();
    let [p, q, c] = q.map(|t| Interval::rational(&parse(t, 99).unwrap(), 160));
    let diagonal = [p.clone(), q.clone()];
    if let Some(closed) = Closed::new(&activation, &diagonal) {
        return (true, closed.pair(0, 1, &diagonal, &c));
    }
    let rows = vec![vec![p], vec![c, q]];
    let layer =
        Layer::series(&activation, &rows, true, &Limits::default()).unwrap_or_else(|| panic!("{name}"));
    (false, layer.pair(1, 0, &[rows[0][0].clone(), rows[1][1].clone()], &rows[1][0], true))
}

fn close(x: &Interval, truth: f64, name: &str, width: f64) {
    let (lo, hi) = (x.lower().unwrap().to_f64().unwrap(), x.upper().unwrap().to_f64().unwrap());
    // The references have 14 digits.
    let slack = 1e-11 * (1.0 + truth.abs());
    assert!(lo <= truth + slack && truth - slack <= hi, "{name}: {truth} outside [{lo}, {hi}]");
    assert!(hi - lo <= width, "{name}: [{lo}, {hi}] is wide");
}

#[test]
fn expectations_are_enclosed() {
    for (name, q, [value, slope]) in GAUSSIAN {
        let (closed, (a, b)) = values(name, *q);
        let width = if closed { 1e-20 } else { 1e-9 };
        close(&a, *value, name, width);
        close(&b, *slope, name, width);
    }
}

#[test]
fn second_moments() {
    let q = Interval::rational(&parse("3/4", 9).unwrap(), 160);
    for (name, truth) in [
        ("relu", 0.375),
        ("square", 27.0 / 16.0),
        ("exp", 1.5f64.exp()),
        ("step", 0.5),
        ("x*abs(x)", 27.0 / 16.0),
    ] {
        crate::work::start(1_000_000);
        let a = Activation::parse(name).unwrap();
        close(&second_moment(&a, &q, &Limits::default()).unwrap(), truth, name, 1e-14);
    }
}

/// Without closed forms the same comes out: the closed ones against the series.
#[test]
fn series_agree_with_closed_forms() {
    for name in ["erf", "exp(1/2)", "sin(2,1/3)", "gaussian", "relu", "poly(1,2,3)"] {
        crate::work::start(1_000_000);
        let activation = Activation::parse(name).unwrap();
        let [p, q, c] = ["5/4", "1/2", "1/4"].map(|t| Interval::rational(&parse(t, 9).unwrap(), 160));
        let rows = vec![vec![p.clone()], vec![c.clone(), q.clone()]];
        let diagonal = [p, q];
        let layer = Layer::series(&activation, &rows, true, &Limits::default()).unwrap();
        let (a, b) = layer.pair(1, 0, &diagonal, &c, true);
        let (x, y) = Closed::new(&activation, &diagonal).unwrap().pair(0, 1, &diagonal, &c);
        for (a, x) in [(a, x), (b, y)] {
            let gap = a.sub(&x);
            assert!(gap.has_zero() && gap.width().unwrap() < BigInt::one() << 110, "{name}");
        }
    }
}
