use super::*;
use crate::gram::moments::second_moment;
use crate::rational::{parse, rational};

// By tensor Gauss-Legendre quadrature in doubles, split at the kinks: about 12 digits.
include!("reference.rs");

fn values(name: &str, q: [&str; 3]) -> (bool, Pair) {
    let activation = Activation::parse(name).unwrap();
    let [p, q, c] = q.map(|t| Interval::rational(&parse(t, 99).unwrap(), 160));
    let diagonal = [p.clone(), q.clone()];
    if let Some(closed) = Closed::new(&activation, &diagonal) {
        return (true, closed.pair(0, 1, &diagonal, &c));
    }
    let rows = vec![vec![p], vec![c, q]];
    let layer = Layer::series(&activation, &rows, &[], true, Effort { bits: 84, terms: 300 })
        .unwrap_or_else(|| panic!("{name}"));
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
        let a = Activation::parse(name).unwrap();
        close(&second_moment(&a, &q).unwrap(), truth, name, 1e-14);
    }
}

fn number(text: &str) -> Interval {
    Interval::rational(&parse(text, 99).unwrap(), 160)
}

fn agree(name: &str, series: &Interval, closed: &Interval, bits: u32) {
    let gap = series.sub(closed);
    assert!(
        gap.has_zero() && gap.width().unwrap() < BigInt::one() << (128 - bits),
        "{name}: {series:?} {closed:?}"
    );
}

/// Without closed forms the same comes out: the closed ones against the series.
#[test]
fn series_agree_with_closed_forms() {
    for name in [
        "erf",
        "exp(1/2)",
        "exp(x/3) - 1",
        "cosh(x/2) + 2",
        "sinh(x/3 + 1/5) - exp(-x)/7",
        "2^x/4 - pi*exp(sqrt(3)*x/4)",
        "sin(2,1/3)",
        "gaussian",
        "relu",
        "poly(1,2,3)",
        "gelu",
        "x*erf(2*x/3)/5 - 3*x",
        "normal-cdf",
        "erfc",
        "repu(3)",
        "x*abs(x) + 1",
        "where(x > 0, x^2 + x, 3*x - x^3)",
        "hermite(3)",
        "step",
        "sign(x)*(1 + x^2)",
    ] {
        let activation = Activation::parse(name).unwrap();
        let tangent = activation.has_derivative();
        for [p, q, c] in [["5/4", "1/2", "1/4"], ["1/3", "2", "-1/5"], ["1", "1", "1/2"], ["1", "3/2", "0"]] {
            let [p, q, c] = [p, q, c].map(number);
            let rows = vec![vec![p.clone()], vec![c.clone(), q.clone()]];
            let diagonal = [p, q];
            let layer =
                Layer::series(&activation, &rows, &[], tangent, Effort { bits: 84, terms: 300 }).unwrap();
            let closed = Closed::new(&activation, &diagonal).unwrap();
            let ((a, b), (x, y)) =
                (layer.pair(1, 0, &diagonal, &c, tangent), closed.pair(1, 0, &diagonal, &c));
            agree(name, &a, &x.at(128), 40);
            if tangent {
                agree(name, &b, &y.at(128), 40);
            }
            for i in [0, 1] {
                let (x, y) = closed.pair(i, i, &diagonal, &diagonal[i]);
                let (a, b) = layer.pair(i, i, &diagonal, &diagonal[i], tangent);
                agree(name, &a, &x.at(128), 40);
                if tangent {
                    agree(name, &b, &y.at(128), 40);
                }
            }
        }
    }
}

/// Few terms and a large cosine: what the series leaves out is visible, and counts.
#[test]
fn short_series_hold_the_closed_forms() {
    for name in ["relu", "erf", "sin(2,1/3)", "gaussian", "exp(1/2)", "gelu", "step", "x*abs(x) + 1"] {
        let activation = Activation::parse(name).unwrap();
        let tangent = activation.has_derivative();
        let mut visible = false;
        for c in ["9/10", "-1/2"] {
            let [q, c] = ["1", c].map(number);
            let rows = vec![vec![q.clone()], vec![c.clone(), q.clone()]];
            let diagonal = [q.clone(), q];
            for terms in [8, 9] {
                let layer =
                    Layer::series(&activation, &rows, &[], tangent, Effort { bits: 84, terms }).unwrap();
                let closed = Closed::new(&activation, &diagonal).unwrap();
                let ((a, b), (x, y)) =
                    (layer.pair(1, 0, &diagonal, &c, tangent), closed.pair(1, 0, &diagonal, &c));
                agree(name, &a, &x.at(128), 0);
                visible |= a.width().unwrap() > BigInt::one() << 64u32;
                if tangent {
                    assert!(b.sub(&y.at(128)).has_zero(), "{name}: {b:?} {y:?}");
                }
            }
        }
        assert!(visible, "{name} needs no rest");
    }
}

/// Proportional variables: by an integral over one of them, and in closed form.
#[test]
fn proportional_variables() {
    for name in ["gelu", "relu", "repu(2)", "erf", "gaussian", "cos", "poly(1,1,1)", "step"] {
        let activation = Activation::parse(name).unwrap();
        let tangent = activation.has_derivative();
        for kappa in [rational(2), rational(-1), BigRational::new(BigInt::from(-1), BigInt::from(3))] {
            let p = Interval::rational(&rational(2), 160);
            let c = Interval::rational(&(&kappa * rational(2)), 160);
            let q = Interval::rational(&(&kappa * &kappa * rational(2)), 160);
            let (a, b) = moments::proportional(&activation, &p, &kappa, tangent, 84).unwrap();
            let diagonal = [p, q];
            let (x, y) = Closed::new(&activation, &diagonal).unwrap().pair(1, 0, &diagonal, &c);
            agree(name, &a, &x.at(128), 40);
            if tangent {
                agree(name, &b, &y.at(128), 40);
            }
        }
    }
}

/// A variance that is enclosed widely: the moments at both ends lie in the enclosures.
#[test]
fn wide_variances_enclose_those_inside() {
    for name in ["tanh", "hardtanh", "softplus", "x^2*sin(x)"] {
        let activation = Activation::parse(name).unwrap();
        let low = rational(3);
        let high = &low + BigRational::new(BigInt::one(), BigInt::one() << 20u32);
        let [from, to] = [&low, &high].map(|q| Interval::rational(q, 160));
        let wide = Moments::new(&activation, &from.hull(&to), 60, true, 84).unwrap();
        for q in [&from, &to] {
            let thin = Moments::new(&activation, q, 60, true, 84).unwrap();
            let cosine = number("1/3");
            for (thin, wide) in [
                (thin.diagonal(), wide.diagonal()),
                (moments::pair(&thin, &thin, &cosine, true), moments::pair(&wide, &wide, &cosine, true)),
            ] {
                for (thin, wide) in [(thin.0, wide.0), (thin.1, wide.1)] {
                    assert!(thin.lo >= wide.lo && thin.hi <= wide.hi, "{name}");
                    assert!(wide.width().unwrap() < BigInt::one() << 118, "{name}");
                }
            }
        }
    }
}

#[test]
fn halves_of_proportional_variables() {
    // Beside the general form, which loses half of its digits there.
    for name in ["where(x>0, 1+2*x-x^3, x^2/3-2)", "x^2+max(0,x)", "repu(3)", "relu", "leaky-relu(1/10)"] {
        let a = Activation::parse(name).unwrap();
        let p = Interval::rational(&parse("5/7", 9).unwrap(), 400);
        for kappa in ["1", "-1", "3/5", "-7/3"].map(|k| parse(k, 9).unwrap()) {
            let q = p.mul(&Interval::rational(&(&kappa * &kappa), 400));
            let c = p.mul(&Interval::rational(&kappa, 400));
            let diagonal = [p.clone(), q];
            let closed = Closed::new(&a, &diagonal).unwrap();
            let special = closed.proportional(&p, &kappa).unwrap();
            let general = closed.pair(0, 1, &diagonal, &c);
            for (s, g) in [(&special.0, &general.0), (&special.1, &general.1)] {
                let width = |x: &Interval| x.width().unwrap();
                assert!(s.sub(g).has_zero(), "{name} {kappa}: {s:?} {g:?}");
                assert!(
                    width(s) < BigInt::one() << 20u32 && width(g) < BigInt::one() << 230u32,
                    "{name} {kappa}"
                );
            }
        }
    }
}

/// Few standard deviations: what lies beyond is visible, and counts in every coefficient.
#[test]
fn tails_count() {
    let q = number("3/2");
    for name in ["relu", "tanh", "x^2*sin(x)", "softplus"] {
        let activation = Activation::parse(name).unwrap();
        let sharp = Moments::new(&activation, &q, 30, true, 84).unwrap();
        for bits in [1, 2, 6, 12] {
            let wide = Moments::new(&activation, &q, 30, true, bits).unwrap();
            assert!(wide.holds(&sharp), "{name} {bits}");
        }
    }
}

/// One with few terms and one with many: what the longer one has beyond the shorter is part of what is left.
#[test]
fn lists_of_different_lengths() {
    for name in ["relu", "erf", "gelu", "x*abs(x) + 1"] {
        let activation = Activation::parse(name).unwrap();
        for [p, q, c] in [["1", "1", "99/100"], ["1", "4", "-199/100"]].map(|t| t.map(number)) {
            let short = Moments::new(&activation, &p, 8, true, 84).unwrap();
            let long = Moments::new(&activation, &q, 60, true, 84).unwrap();
            let diagonal = [p.clone(), q.clone()];
            let (x, y) = Closed::new(&activation, &diagonal).unwrap().pair(0, 1, &diagonal, &c);
            let rho = cosine(&p, &q, &c);
            for (a, b) in [(&short, &long), (&long, &short)] {
                let (value, slope) = moments::pair(a, b, &rho, true);
                assert!(value.sub(&x.at(128)).has_zero() && slope.sub(&y.at(128)).has_zero(), "{name}");
            }
        }
    }
}
