//! Values of a kernel at cosines of angles.

use num_rational::BigRational;

use super::{Convention, Kernel, Network};
use crate::Error;
use crate::number::{Accuracy, Ball};

/// Degrees of the series that are tried, where no closed dual gives the kernel: the tail falls with them.
const DEGREES: [usize; 4] = [30, 120, 500, 2000];

impl Network {
    /// The kernel at each cosine ρ of the angle between two inputs on the sphere, by the recursion of closed duals or
    /// by the power series with its tail. `accuracy` is absolute, or relative to the kernel at 1, which no value
    /// exceeds; what a series of degree 2000 does not reach (close to ±1, for activations with kinks but without closed
    /// dual) comes back as narrow as it gives it.
    ///
    /// # Errors
    /// [`Error::Parameter`] for a cosine outside `[-1, 1]`, and those of [`Network::series`].
    ///
    /// # Examples
    /// ```
    /// use ntk_series::{Accuracy, Kernel, Network, number::parse_rational};
    /// let at = [parse_rational("0")?, parse_rational("1")?];
    /// let values = Network::relu(1)?.values(Kernel::Nngp, &at, Accuracy::relative(15)?)?;
    /// // 2 k_1(0) = 1/π, and 2 k_1(1) = 1.
    /// assert!(values[0].to_string().starts_with("0.31830988618379067"));
    /// assert_eq!(values[1].to_string(), "1");
    /// # Ok::<(), ntk_series::Error>(())
    /// ```
    pub fn values(
        &self,
        kernel: Kernel,
        cosines: &[BigRational],
        accuracy: Accuracy,
    ) -> Result<Vec<Ball>, Error> {
        let bits = accuracy.bits() + 64;
        let points: Vec<Ball> = cosines.iter().map(|cosine| Ball::from_rational(cosine, bits)).collect();
        let mut best: Vec<Ball> = vec![];
        for degree in DEGREES {
            let series = self.series(kernel, Convention::Standard, degree, accuracy)?;
            let values = points.iter().map(|rho| series.evaluate(rho)).collect::<Result<Vec<_>, _>>()?;
            best = match best.is_empty() {
                true => values,
                false => best.iter().zip(&values).map(|(a, b)| a.intersection(b)).collect(),
            };
            let size = series.sum();
            let is_met = |x: &Ball| match accuracy.is_absolute() {
                true => accuracy.is_met_by(x),
                // As if the value were as large as the kernel at 1.
                false => accuracy.is_met_by(&Ball::exact(size.midpoint().clone()).widened(x.radius())),
            };
            if best.iter().all(is_met) {
                break;
            }
        }
        Ok(best)
    }
}
