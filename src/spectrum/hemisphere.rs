//! The hemisphere transform and its eigenvalues on the harmonics, in closed form.
//!
//! The transform of order $n$ takes a measure on $S^{d-1}$ to $(T_n\mu)(u) = \int \langle u, x\rangle_+^n\,
//! \mathrm{d}\mu(x)$: the share of a hemisphere ($n = 0$), or what a layer of ReLUs sees ($n = 1$). By Funk and Hecke
//! it multiplies harmonics of degree $k$ by
//!
//! $$ c_k = \frac{\Gamma(d/2)}{\sqrt\pi\, \Gamma((d-1)/2)} \int_0^1 t^n P_k(t)\, (1-t^2)^{(d-3)/2}\, \mathrm{d}t
//!   = \frac{n!\, \Gamma(d/2)}{2^{n+1}\, \Gamma\!\left(\frac{n-k}{2}+1\right) \Gamma\!\left(\frac{d+n+k}{2}\right)}, \qquad \frac{c_{k+2}}{c_k} = \frac{n-k}{d+n+k}, $$
//!
//! zero for $k > n$, $k \equiv n$ (mod 2). For a measure $\mu_z = \sum_i z_i \delta_{x_i}$ on data, $z^{\mathsf T} K z
//! = \lVert T \mu_z\rVert^2$ with $K$ the matrix of $\mathsf{E}[\langle u,x_i\rangle_+^n \langle u,x_j\rangle_+^n]$,
//! whose own eigenvalues are therefore $c_k^2$: that is how \[K24\] bounds the smallest eigenvalue for ReLU. In its
//! notation $\psi = \sigma'$ is $n = 0$, and $\psi = \sqrt d\,\sigma$ is $n = 1$ with every $c_k$ times $\sqrt d$.

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::One;

use crate::Error;
use crate::number::ClosedForm;

/// Highest order of the transform.
pub const MAX_ORDER: u32 = 100;
/// Highest dimension, and most bits of all closed forms together, about.
pub(super) const MAX_DIMENSION: usize = 1 << 14;
const MAX_BITS: u64 = 100_000_000;

/// `c_0 … c_{max_degree}` of the transform of order `order` on `S^{d-1}`, for the uniform probability measure.
///
/// They are rational, or rational multiples of `1/π`.
///
/// # Errors
/// [`Error::Parameter`] for an order above 100, a dimension below 2 or above 16384, and numbers that together fill more
/// than about 100 million bits.
///
/// # Examples
/// ```
/// use ntk_series::spectrum::hemisphere;
/// let text = |order, d| -> Result<Vec<String>, ntk_series::Error> {
///     Ok(hemisphere::eigenvalues(order, d, 5)?.iter().map(ToString::to_string).collect())
/// };
/// assert_eq!(text(0, 3)?, ["1/2", "1/4", "0", "-1/16", "0", "1/32"]);
/// assert_eq!(text(1, 2)?, ["1/pi", "1/4", "1/(3*pi)", "0", "-1/(15*pi)", "0"]);
/// # Ok::<(), ntk_series::Error>(())
/// ```
pub fn eigenvalues(order: u32, dimension: usize, max_degree: usize) -> Result<Vec<ClosedForm>, Error> {
    if order > MAX_ORDER {
        return Err(Error::parameter("order", order, "0 to 100 are accepted"));
    }
    if dimension < 2 || !is_feasible(dimension, max_degree) {
        let accepted =
            "2 to 16384 are accepted, and a degree so low that the closed forms do not fill the memory";
        return Err(Error::parameter("dimension", format!("{dimension}, degree {max_degree}"), accepted));
    }
    let form = |(value, roots): &(BigRational, i32)| ClosedForm::pi_power(*roots).scaled(value);
    Ok(coefficients(order, dimension, max_degree).iter().map(form).collect())
}

/// Are the closed forms of all degrees small enough to write down?
pub(super) fn is_feasible(dimension: usize, max_degree: usize) -> bool {
    // About the logarithm of √N(d,k), twice, for each.
    let degrees = max_degree as u64 + 1;
    let logarithm = u64::from((dimension.saturating_add(max_degree)).ilog2() + 1);
    dimension <= MAX_DIMENSION && degrees.saturating_mul(degrees).saturating_mul(4 * logarithm) <= MAX_BITS
}

/// `c_k`, `k <= top`, as a rational and the power of `√π`.
pub(super) fn coefficients(order: u32, dimension: usize, top: usize) -> Vec<(BigRational, i32)> {
    let (n, d) = (order as usize, dimension);
    let factorial = (1..=n).fold(BigInt::one(), |product, i| product * i);
    let head = BigRational::new(factorial, BigInt::one() << (n + 1));
    // Γ((n-k)/2 + 1): its argument is positive for k <= 1 and n >= 0, in halves n - k + 2 >= 1.
    let first = |k: usize| {
        let [above, one, other] = [d, n + 2 - k, d + n + k].map(gamma_of_half);
        (&head * above.0 / (one.0 * other.0), above.1 - one.1 - other.1)
    };
    let mut halves = [first(0), first(1)];
    let step = |k: usize| {
        let here = halves[k % 2].clone();
        halves[k % 2].0 *= ratio(order, d, k);
        here
    };
    (0..=top).map(step).collect()
}

/// `c_{k+2}/c_k`.
pub(super) fn ratio(order: u32, dimension: usize, k: usize) -> BigRational {
    let n = order as usize;
    BigRational::new(BigInt::from(n) - BigInt::from(k), BigInt::from(dimension + n + k))
}

/// `Γ(m/2)`, `m >= 1`, as a rational and the power of `√π`.
fn gamma_of_half(m: usize) -> (BigRational, i32) {
    let start = if m.is_multiple_of(2) { 2 } else { 1 };
    // Γ(x+1) = x Γ(x) from Γ(1) = 1 or Γ(1/2) = √π.
    let steps = (start..m).step_by(2);
    let count = steps.len();
    let product = steps.fold(BigInt::one(), |product, i| product * i);
    (BigRational::new(product, BigInt::one() << count), i32::from(m % 2 == 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::kernel::Kernel;
    use crate::network::samples::uniform;
    use crate::number::rational::rational_from_gmp;
    use crate::number::{Accuracy, Ball, Mag};
    use crate::spectrum::{Measure, harmonic};

    /// The coefficients of `P_0 … P_top` by powers of `t`, from the recurrence.
    fn polynomials(d: usize, top: usize) -> Vec<Vec<BigRational>> {
        let whole = |n: usize| BigRational::from_integer(n.into());
        let mut all = vec![vec![whole(1)], vec![whole(0), whole(1)]];
        for k in 1..top {
            let mut next = vec![whole(0); k + 2];
            for (i, c) in all[k].iter().enumerate() {
                next[i + 1] += c * whole(2 * k + d - 2) / whole(k + d - 2);
            }
            for (i, c) in all[k - 1].iter().enumerate() {
                next[i] -= c * whole(k) / whole(k + d - 2);
            }
            all.push(next);
        }
        all
    }

    /// `∫_0^1 t^m (1-t²)^{(d-3)/2} dt` for odd `d`, term by term.
    fn moment(m: usize, d: usize) -> BigRational {
        let half = (d - 3) / 2;
        let mut binomial = BigRational::one();
        let mut sum = BigRational::from_integer(0.into());
        for j in 0..=half {
            sum += &binomial / BigRational::from_integer((m + 2 * j + 1).into());
            binomial *= BigRational::new(BigInt::from(j) - BigInt::from(half), BigInt::from(j + 1));
        }
        sum
    }

    proptest! {
        #![proptest_config(ntk_testing::cases(24))]
        /// In odd dimensions the integral is one of polynomials, and rational.
        #[test]
        fn eigenvalues_are_the_integrals(order in 0u32..5, half in 0usize..8, top in 1usize..12) {
            let d = 2 * half + 3;
            // ω = 1/(2 ∫_0^1 (1-t²)^{(d-3)/2} dt).
            let density = (moment(0, d) * BigRational::from_integer(2.into())).recip();
            let closed = eigenvalues(order, d, top).unwrap();
            for (k, p) in polynomials(d, top).iter().enumerate() {
                let terms = p.iter().enumerate().map(|(i, c)| c * moment(i + order as usize, d));
                let integral = terms.sum::<BigRational>() * &density;
                prop_assert_eq!(closed[k].as_rational(), Some(integral), "degree {}", k);
            }
        }

        /// In all dimensions by the midpoint rule in the angle, whose integrand is smooth up to one end.
        #[test]
        fn eigenvalues_are_near_the_quadrature(order in 0u32..4, d in 2usize..9, k in 0usize..8) {
            let steps = 4000;
            let h = std::f64::consts::FRAC_PI_2 / f64::from(steps);
            let mut sum = 0.0;
            for i in 0..steps {
                let theta = (f64::from(i) + 0.5) * h;
                let t = Ball::exact(rug::Float::with_val(64, theta.cos()));
                harmonic::legendre(d, &t, k, |j, p| {
                    if j == k {
                        let power = theta.cos().powi(order as i32) * theta.sin().powi(d as i32 - 2);
                        sum += h * power * p.midpoint().to_f64();
                    }
                });
            }
            let density = harmonic::density_constant(d, 64).midpoint().to_f64();
            let closed = eigenvalues(order, d, k).unwrap()[k].to_ball(64).midpoint().to_f64();
            prop_assert!((closed - density * sum).abs() < 1e-5, "{} {}", closed, density * sum);
        }
    }

    #[test]
    fn squares_are_the_eigenvalues_of_the_kernels() {
        // E[σ(g·x)σ(g·y)] = d E[σ(u·x)σ(u·y)], by the sum over the powers of ρ.
        let accuracy = Accuracy::absolute(6).unwrap();
        for (name, order, d) in [("relu", 1, 6), ("step", 0, 9)] {
            let network = uniform(name, 1, "1", ["0", "0"]);
            let request =
                super::super::Request::new(&network, Kernel::Nngp, d, 6, accuracy, Measure::Probability);
            let (values, _) = super::super::sum::eigenvalues(&request.unwrap()).unwrap();
            for (value, c) in values.iter().zip(eigenvalues(order, d, 6).unwrap()) {
                let squared = (&c * &c).scaled(&BigRational::from_integer(d.pow(order).into()));
                assert!(value.overlaps(&squared.to_ball(128)), "{name}: {value} and {squared}");
                assert!(value.radius() < Mag::pow2(-13), "{value}");
            }
        }
    }

    #[test]
    fn lower_bounds_of_the_source_hold() {
        // [K24]: for σ', |c_{2r+1}| >= Γ(d/2)Γ(R+1/2)/(2πΓ((d+2R+1)/2)), r <= R.
        let gamma = |m: usize| {
            let (value, roots) = gamma_of_half(m);
            ClosedForm::pi_power(roots).scaled(&value).to_ball(128)
        };
        for d in 3..9 {
            let c = eigenvalues(0, d, 21).unwrap();
            for top in 0..=10 {
                let bound = gamma(d) * gamma(2 * top + 1) / (Ball::pi(128).shl(1) * gamma(d + 2 * top + 1));
                for r in 0..=top {
                    let value = c[2 * r + 1].to_ball(128).abs();
                    assert!(value.upper() >= bound.lower(), "d = {d}, r = {r}, R = {top}");
                }
                // With equality for the last.
                assert!(c[2 * top + 1].to_ball(128).abs().overlaps(&bound), "d = {d}, R = {top}");
            }
        }
    }

    #[test]
    fn what_cannot_be_written_down_is_refused() {
        for (order, d, k) in [(101, 3, 1), (0, 1, 1), (0, 1 << 15, 1), (1, 3, 1_000_000), (0, usize::MAX, 0)]
        {
            assert!(matches!(eigenvalues(order, d, k), Err(crate::Error::Parameter { .. })));
        }
        assert_eq!(
            eigenvalues(0, 7, 0).unwrap()[0].as_rational(),
            Some(rational_from_gmp(&rug::Rational::from((1, 2))))
        );
    }

    /// `∫_0^1 t^m (1-t²)^{(d-3)/2} dt` over that with `m = 0`: a rational, for odd `m` times `√π^-2` in even and none
    /// in odd dimensions.
    fn share(m: usize, d: usize) -> (BigRational, i32) {
        let whole = |n: usize| BigRational::from_integer(n.into());
        // I_m = (m-1)/(m+d-2) I_{m-2}; I_1 = 1/(d-1).
        let steps = |from: usize| {
            (from + 2..=m)
                .step_by(2)
                .fold(BigRational::one(), |product, j| product * whole(j - 1) / whole(j + d - 2))
        };
        if m.is_multiple_of(2) {
            return (steps(0), 0);
        }
        // I_0 = π/2 for d = 2 and 1 for d = 3, and (d-1)/d times that for d + 2.
        let first = if d.is_multiple_of(2) { BigRational::new(1.into(), 2.into()) } else { whole(1) };
        let zeroth = (2 + d % 2..d).step_by(2).fold(first, |product, j| product * whole(j - 1) / whole(j));
        (steps(1) / whole(d - 1) / zeroth, if d.is_multiple_of(2) { -2 } else { 0 })
    }

    /// Every dimension, order and degree of a grid, term by term: exactly.
    #[test]
    fn closed_forms_are_the_integrals_in_all_dimensions() {
        for d in [2usize, 3, 4, 5, 6, 7, 10, 16, 17] {
            let polynomials = polynomials(d, 14);
            for order in 0..7u32 {
                let closed = eigenvalues(order, d, 14).unwrap();
                for (k, p) in polynomials.iter().enumerate() {
                    let mut truth = ClosedForm::pi_power(0).scaled(&BigRational::from_integer(0.into()));
                    for (i, c) in p.iter().enumerate() {
                        let (value, roots) = share(i + order as usize, d);
                        // The density is 1/(2 I_0).
                        let half = c * value / BigRational::from_integer(2.into());
                        truth = &truth + &ClosedForm::pi_power(roots).scaled(&half);
                    }
                    assert_eq!(
                        closed[k].to_string(),
                        truth.to_string(),
                        "order {order}, d = {d}, degree {k}"
                    );
                }
            }
        }
    }
}
