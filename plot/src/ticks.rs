//! Where an axis is marked, and what is written there.

use crate::text::sup;

/// The marks of an axis, at transformed values: logarithms on a logarithmic axis.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Ticks {
    /// With a label.
    pub major: Vec<(f64, String)>,
    /// Without.
    pub minor: Vec<f64>,
}

/// Below a decade fraction like this, ends of the range count as inside it.
const SLACK: f64 = 1e-9;
/// Most decades of which the parts are marked.
const MAX_SPLIT_DECADES: f64 = 6.5;

/// Round steps for an axis from `low` to `high`, at most `most` labels.
pub fn linear(low: f64, high: f64, most: usize, whole: bool) -> Ticks {
    let (step, per_step) = round_step((high - low) / most.max(1) as f64, whole);
    let inside = |step: f64| {
        let (first, last) = ((low / step - SLACK).ceil(), (high / step + SLACK).floor());
        let count = if (last - first).is_finite() { (last - first + 1.0).max(0.0) as usize } else { 0 };
        (0..count.min(200)).map(move |i| (first + i as f64) * step)
    };
    let largest = low.abs().max(high.abs());
    let major = inside(step).map(|x| (x, decimal(x, step, largest))).collect();
    let fine = step / per_step;
    let minor = if whole && fine < 1.0 { vec![] } else { inside(fine).collect() };
    Ticks { major, minor }
}

/// The next of 1, 2, 5 times a power of ten, and how many parts it is split into.
fn round_step(least: f64, whole: bool) -> (f64, f64) {
    let least = if whole { least.max(1.0) } else { least.max(f64::MIN_POSITIVE) };
    let power = 10f64.powf(least.log10().floor());
    let steps = [(1.0, 5.0), (2.0, 4.0), (5.0, 5.0), (10.0, 5.0)];
    let (factor, parts) =
        steps.into_iter().find(|(f, _)| f * power >= least * (1.0 - SLACK)).unwrap_or(steps[3]);
    (factor * power, parts)
}

/// A multiple of `step`, with as many decimals as the step has.
fn decimal(x: f64, step: f64, largest: f64) -> String {
    if x.abs() < step * SLACK {
        return "0".into();
    }
    if (1e-3..1e5).contains(&largest) && step > 1e-5 {
        let places = (-(step * (1.0 + SLACK)).log10().floor()).max(0.0) as usize;
        return signed(format!("{x:.places$}"));
    }
    let exponent = (largest * (1.0 + SLACK)).log10().floor();
    let unit = 10f64.powf(exponent);
    let places = (-(step / unit * (1.0 + SLACK)).log10().floor()).max(0.0) as usize;
    scientific(&format!("{:.places$}", x / unit), exponent as i64)
}

/// With a minus sign instead of a hyphen.
pub fn signed(text: String) -> String {
    text.replace('-', "−")
}

/// `mantissa·10^exponent`.
fn scientific(mantissa: &str, exponent: i64) -> String {
    let power = format!("10{}", sup(signed(exponent.to_string())));
    match mantissa {
        "1" => power,
        _ => format!("{}·{power}", signed(mantissa.to_string())),
    }
}

/// Marks for logarithms from `low` to `high`: at powers of ten, or finer where there are not enough.
pub fn logarithmic(low: f64, high: f64, most: usize) -> Ticks {
    let (first, last) = ((low - SLACK).ceil() as i64, (high + SLACK).floor() as i64);
    let powers = last - first + 1;
    // With fewer than three powers the range is below three decades.
    let parts = if powers < 3 { multiples(low, high, &[1, 2, 5]) } else { vec![] };
    if powers >= 3 || (powers == 2 && parts.len() > most) {
        return decades(low, high, first, last, most.max(1));
    }
    match parts.len() {
        0..=2 => narrow(low, high, most),
        _ => Ticks {
            minor: multiples(low, high, &[1, 2, 3, 4, 5, 6, 7, 8, 9]).into_iter().map(|(x, _)| x).collect(),
            major: parts,
        },
    }
}

fn decades(low: f64, high: f64, first: i64, last: i64, most: usize) -> Ticks {
    let count = (last - first) as usize + 1;
    let strides = [1, 2, 3, 4, 5, 10, 20, 25, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 100_000];
    let stride =
        strides.into_iter().find(|s| count.div_ceil(*s) <= most).unwrap_or(count.div_ceil(most)) as i64;
    let plain = first >= 0 && last <= 4;
    let label = |n: i64| match plain {
        true => 10u32.pow(n as u32).to_string(),
        false => scientific("1", n),
    };
    let major = (first..=last).filter(|n| n.rem_euclid(stride) == 0).map(|n| (n as f64, label(n)));
    let minor = match stride {
        1 if high - low <= MAX_SPLIT_DECADES => {
            multiples(low, high, &[2, 3, 4, 5, 6, 7, 8, 9]).into_iter().map(|(x, _)| x).collect()
        }
        1 => vec![],
        // As many as can be told apart.
        _ if count <= 80 => (first..=last).map(|n| n as f64).collect(),
        _ => vec![],
    };
    Ticks { major: major.collect(), minor }
}

/// Multiples of powers of ten between the ends.
fn multiples(low: f64, high: f64, factors: &[u32]) -> Vec<(f64, String)> {
    let mut out = vec![];
    for decade in (low - SLACK).floor() as i64..=(high + SLACK).floor() as i64 {
        for factor in factors {
            let at = decade as f64 + f64::from(*factor).log10();
            if (low - SLACK..=high + SLACK).contains(&at) {
                out.push((at, short(*factor, decade)));
            }
        }
    }
    out
}

fn short(factor: u32, decade: i64) -> String {
    match decade {
        0..=3 => (factor * 10u32.pow(decade as u32)).to_string(),
        -2..=-1 => format!("{:.*}", -decade as usize, f64::from(factor) * 10f64.powi(decade as i32)),
        _ => scientific(&factor.to_string(), decade),
    }
}

/// Within a part of a decade: round numbers, as on a linear axis.
fn narrow(low: f64, high: f64, most: usize) -> Ticks {
    let decade = (low + SLACK).floor();
    let ends = (10f64.powf(low - decade), 10f64.powf(high - decade));
    let (step, _) = round_step((ends.1 - ends.0) / most.max(1) as f64, false);
    let places = (-(step * (1.0 + SLACK)).log10().floor()).max(0.0) as usize;
    let label = |x: f64| match decade as i64 {
        0 => format!("{x:.places$}"),
        n @ -2..=-1 => format!("{:.*}", places + -n as usize, x * 10f64.powi(n as i32)),
        n => scientific(&format!("{x:.places$}"), n),
    };
    let values = linear(ends.0, ends.1, most, false).major;
    Ticks { major: values.into_iter().map(|(x, _)| (x.log10() + decade, label(x))).collect(), minor: vec![] }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(ticks: &Ticks) -> Vec<String> {
        let plain = |s: &String| s.replace('\u{E000}', "^").replace('\u{E002}', "");
        ticks.major.iter().map(|(_, label)| plain(label)).collect()
    }

    #[test]
    fn linear_steps_are_round() {
        assert_eq!(labels(&linear(-1.0, 1.0, 5, false)), ["−1.0", "−0.5", "0", "0.5", "1.0"]);
        assert_eq!(labels(&linear(0.0, 10.4, 6, true)), ["0", "2", "4", "6", "8", "10"]);
        assert_eq!(labels(&linear(-0.1, 2.1, 9, true)), ["0", "1", "2"]);
        assert_eq!(
            labels(&linear(0.0, 2.1e-7, 3, false)),
            ["0", "1·10^−7", "2·10^−7"].map(|s| s.replace("1·", ""))
        );
        assert_eq!(labels(&linear(0.0, 3e6, 3, false)), ["0", "10^6", "2·10^6", "3·10^6"]);
    }

    #[test]
    fn logarithmic_labels_are_powers_where_there_are_several() {
        assert_eq!(labels(&logarithmic(-3.2, 0.1, 8)), ["10^−3", "10^−2", "10^−1", "10^0"]);
        assert_eq!(labels(&logarithmic(0.0, 3.0, 8)), ["1", "10", "100", "1000"]);
        assert_eq!(labels(&logarithmic(-375.0, -300.0, 4)), ["10^−360", "10^−340", "10^−320", "10^−300"]);
        assert_eq!(labels(&logarithmic(-0.4, 0.5, 8)), ["0.5", "1", "2"]);
        assert_eq!(labels(&logarithmic(-7.01, -6.1, 8)), ["10^−7", "2·10^−7", "5·10^−7"]);
        assert_eq!(labels(&logarithmic(0.1, 0.25, 4)), ["1.4", "1.6"]);
        assert_eq!(labels(&logarithmic(0.0, 1.5, 8)), ["1", "2", "5", "10", "20"]);
        assert_eq!(labels(&logarithmic(0.0, 1.5, 4)), ["1", "10"]);
        assert_eq!(labels(&logarithmic(-1.4, 0.97, 8)), ["0.05", "0.1", "0.2", "0.5", "1", "2", "5"]);
        assert_eq!(labels(&logarithmic(-1.4, 0.97, 4)), ["10^−1", "10^0"]);
    }

    #[test]
    fn every_range_has_marks_inside_it_and_not_too_many() {
        let mut state = 7u64;
        let mut random = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 53) as f64
        };
        for _ in 0..2000 {
            let low = (random() - 0.5) * 10f64.powf(8.0 * random() - 4.0);
            let high = low + 10f64.powf(8.0 * random() - 4.0);
            let most = 2 + (random() * 10.0) as usize;
            for ticks in [linear(low, high, most, false), logarithmic(low, high, most)] {
                let wide = 1e-6 * (high - low).max(1.0);
                assert!(
                    ticks.major.iter().all(|(x, _)| (low - wide..=high + wide).contains(x)),
                    "{low} {high}"
                );
                assert!(ticks.major.len() <= most.max(6) + 2, "{low} {high} {most}: {ticks:?}");
                // No half of the axis goes without.
                let gap = |x: &f64| (low + high - 2.0 * x) / (high - low);
                let ends = [ticks.major.first(), ticks.major.last()].map(|t| t.map_or(1.0, |(x, _)| gap(x)));
                assert!(
                    most < 4 || !(1.0..3.0).contains(&(high - low)) || ends[0] > -0.1 && ends[1] < 0.1,
                    "{low} {high} {most}: {ticks:?}"
                );
            }
        }
    }
}
