//! A power law through positive points, with a confidence interval of its exponent.

use crate::Error;

/// The level of the interval.
const LEVEL: f64 = 0.95;
/// Intervals of Simpson's rule; even.
const PANELS: usize = 4000;

/// `y = C x^exponent` by least squares on the logarithms.
///
/// The interval is exponent ± t s, with s the standard error of the slope and t the 97.5 % quantile of Student's law
/// with two degrees of freedom fewer than there are points. It covers the true exponent with probability 95 % if the
/// logarithms are independent with normal errors of one variance. This is statistics in doubles, not a proof.
#[derive(Clone, Debug, PartialEq)]
pub struct PowerLaw {
    /// The exponent.
    pub exponent: f64,
    /// The lower end of the 95 % interval.
    pub low: f64,
    /// Its upper end.
    pub high: f64,
    /// `C`.
    pub factor: f64,
}

impl PowerLaw {
    /// Fits points `(x, y)`.
    ///
    /// # Errors
    /// [`Error::Parameter`] for fewer than three points, a coordinate that is not finite and positive, or one `x` only.
    ///
    /// # Examples
    /// ```
    /// use ntk_series::finite::PowerLaw;
    /// let law = PowerLaw::fit(&[(1.0, 3.0), (4.0, 1.5), (16.0, 0.75)])?;
    /// assert!((law.exponent + 0.5).abs() < 1e-12 && law.low <= law.exponent && law.exponent <= law.high);
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn fit(points: &[(f64, f64)]) -> Result<PowerLaw, Error> {
        let n = points.len();
        if n < 3 {
            return Err(Error::parameter("number of points", n, "3 or more are accepted"));
        }
        if let Some(bad) = points.iter().flat_map(|(x, y)| [x, y]).find(|x| !(x.is_finite() && **x > 0.0)) {
            return Err(Error::parameter("coordinate", bad, "a positive number is accepted"));
        }
        let logs: Vec<(f64, f64)> = points.iter().map(|(x, y)| (x.ln(), y.ln())).collect();
        let mean = |f: &dyn Fn(&(f64, f64)) -> f64| logs.iter().map(f).sum::<f64>() / n as f64;
        let (u, v) = (mean(&|p| p.0), mean(&|p| p.1));
        let spread: f64 = logs.iter().map(|p| (p.0 - u).powi(2)).sum();
        if points.iter().all(|p| p.0 == points[0].0) || spread == 0.0 {
            return Err(Error::parameter("first coordinate", points[0].0, "two different ones are accepted"));
        }
        let exponent = logs.iter().map(|p| (p.0 - u) * (p.1 - v)).sum::<f64>() / spread;
        let residual: f64 = logs.iter().map(|p| (p.1 - v - exponent * (p.0 - u)).powi(2)).sum();
        let freedom = (n - 2) as f64;
        let half = student_quantile(freedom) * (residual / freedom / spread).sqrt();
        Ok(PowerLaw {
            exponent,
            low: exponent - half,
            high: exponent + half,
            factor: (v - exponent * u).exp(),
        })
    }
}

/// `t` with `P(|T| <= t) = 95 %`. With `T = √ν tan θ` the density of `θ` on (-π/2, π/2) is proportional to `cos^{ν-1}
/// θ`, which is summed on `|θ| <= min(π/2, 40/√ν)`.
fn student_quantile(freedom: f64) -> f64 {
    let end = std::f64::consts::FRAC_PI_2.min(40.0 / freedom.sqrt());
    let step = end / PANELS as f64;
    let value = |i: usize| (i as f64 * step).cos().max(0.0).powf(freedom - 1.0);
    let pieces: Vec<f64> =
        (0..PANELS / 2).map(|k| value(2 * k) + 4.0 * value(2 * k + 1) + value(2 * k + 2)).collect();
    let target = LEVEL * pieces.iter().sum::<f64>();
    let mut sum = 0.0;
    for (k, piece) in pieces.iter().enumerate() {
        if sum + piece >= target {
            return freedom.sqrt() * ((2.0 * k as f64 + 2.0 * (target - sum) / piece) * step).tan();
        }
        sum += piece;
    }
    f64::INFINITY
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::finite::Generator;

    /// The tabulated quantiles.
    #[test]
    fn student() {
        let table = [
            (1.0, 12.7062),
            (2.0, 4.30265),
            (5.0, 2.57058),
            (10.0, 2.22814),
            (48.0, 2.01063),
            (1e4, 1.96020),
        ];
        for (freedom, truth) in table {
            assert!((student_quantile(freedom) - truth).abs() < 2e-4 * truth, "{freedom}");
        }
    }

    /// 95 % of the intervals hold the truth, within five standard deviations.
    #[test]
    fn coverage() {
        let mut stream = Generator::new(9);
        let covered = (0..2000).filter(|_| {
            let y = |x: f64, noise: f64| 2.0 * x.powf(-0.5) * (0.3 * noise).exp();
            let points: Vec<_> =
                (0..12).map(|i| 2f64.powi(i / 3)).map(|x| (x, y(x, stream.normal()))).collect();
            let law = PowerLaw::fit(&points).unwrap();
            law.low <= -0.5 && -0.5 <= law.high
        });
        let share = covered.count() as f64 / 2000.0;
        assert!((share - 0.95).abs() < 0.025, "{share}");
    }

    #[test]
    fn what_cannot_be_fitted() {
        for points in
            [&[][..], &[(1.0, 1.0); 5], &[(1.0, 1.0), (2.0, 0.0), (3.0, 1.0)], &[(1.0, f64::NAN); 3]]
        {
            assert!(PowerLaw::fit(points).unwrap_err().to_string().contains("accepted"));
        }
    }
}
