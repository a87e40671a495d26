//! Means, variances and gains of the whole catalogue under the standard Gaussian, as a page of the documentation:
//!
//!     cargo run --release --example moments -- docs/moments.md

use ntk_series::activation::{Activation, catalogue};
use ntk_series::moments::Moments;
use ntk_series::number::parse_rational;
use ntk_series::{Accuracy, Ball, Error};

/// Digits of every number.
const DIGITS: u32 = 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    match std::env::args().nth(1) {
        Some(path) => std::fs::write(path, page()?)?,
        None => print!("{}", page()?),
    }
    Ok(())
}

/// The page.
pub fn page() -> Result<String, Error> {
    let mut out = String::from(
        "# Gaussian moments of activations\n\n\
         For `Z` a standard Gaussian: the mean `E[φ(Z)]`, the second moment, the variance, `E[φ'(Z)²]`, and the gains \
         `1/√E[φ²]` and `1/√Var`, by which an activation is multiplied for unit second moment or unit variance. Every \
         number is proved to within one unit of its last place. Where a name takes parameters they have their usual \
         values, or those that are shown. `ntk moments` prints more digits, and those at any mean and variance.\n\n\
         | φ | E[φ] | E[φ²] | Var φ | E[φ'²] | 1/√E[φ²] | 1/√Var φ |\n|---|---|---|---|---|---|---|\n",
    );
    let [zero, one] = [parse_rational("0")?, parse_rational("1")?];
    for name in catalogue().map(|entry| entry.example()) {
        let activation = Activation::parse(&name)?;
        let found = Moments::new(&activation, &zero, &one, Accuracy::relative(DIGITS)?)?;
        let optional = |ball: Option<&Ball>| ball.map_or("—".to_string(), shown);
        let row = [
            format!("`{name}`"),
            shown(&found.mean),
            shown(&found.second_moment),
            shown(&found.variance),
            optional(found.derivative_second_moment.as_ref()),
            optional(found.gain.as_ref()),
            optional(found.gain_variance.as_ref()),
        ];
        out.push_str(&format!("| {} |\n", row.join(" | ")));
    }
    Ok(out)
}

fn shown(ball: &Ball) -> String {
    if ball.is_exact_zero() {
        return "0".to_string();
    }
    ball.to_decimal(DIGITS as usize - 4).map_or("—".to_string(), |decimal| decimal.value)
}
