//! Arc-cosine kernels of any order.

use rug::Integer;

use crate::number::Ball;

/// The arc-cosine kernel `k_n(ρ) = (P_n(ρ) (π/2 + asin ρ) + Q_n(ρ) √(1-ρ²)) / (2π)`, `P_n` and `Q_n` with
/// integer coefficients (Cho and Saul, *Kernel methods for deep learning*, 2009, in another form).
#[derive(Clone, Debug)]
pub struct ArcCosineKernel {
    p: Vec<Integer>,
    q: Vec<Integer>,
}

impl ArcCosineKernel {
    /// The kernels of order `0..=order`.
    ///
    /// From `k_n' = n² k_{n-1}`: `P_n' = n² P_{n-1}` and
    /// `(1-ρ²) Q_n' - ρ Q_n = n² (1-ρ²) Q_{n-1} - P_n`. At zero `k_n(0) = E[relu(Z)^n]²`, so `P_n(0) = (n-1)!!²`
    /// for even and `Q_n(0) = (n-1)!!²` for odd `n`, the other one being zero.
    pub fn up_to(order: u32) -> Vec<ArcCosineKernel> {
        let mut out = vec![ArcCosineKernel { p: vec![Integer::from(1)], q: vec![Integer::new()] }];
        for n in 1..=order {
            let (previous, n2) = (&out[n as usize - 1], n * n);
            let at_zero = Integer::from(Integer::factorial_2(n.saturating_sub(1))).square();
            let (p0, q0) = if n % 2 == 0 { (at_zero, Integer::new()) } else { (Integer::new(), at_zero) };
            let mut p = vec![p0];
            p.extend(previous.p.iter().enumerate().map(|(j, c)| Integer::from(c * n2) / (j as u32 + 1)));
            let at = |v: &[Integer], j: usize| v.get(j).cloned().unwrap_or_default();
            let mut q = vec![q0];
            for j in 0..n as usize {
                let down = |v: &[Integer]| if j >= 2 { at(v, j - 2) } else { Integer::new() };
                let below = if j >= 1 { Integer::from(&q[j - 1] * j as u32) } else { Integer::new() };
                let right = (at(&previous.q, j) - down(&previous.q)) * n2 - at(&p, j);
                q.push((below + right) / (j as u32 + 1));
            }
            out.push(ArcCosineKernel { p, q });
        }
        out
    }

    /// The value at ρ in `[-1, 1]`.
    pub fn at(&self, rho: &Ball) -> Ball {
        let one = Ball::from_integer(1, rho.precision());
        let angle = &Ball::pi(rho.precision()).shl(-1) + &rho.asin();
        let root = (&(&one - rho) * &(&one + rho)).sqrt();
        self.at_angle(rho, &angle, &root)
    }

    /// The value at ρ, given `π/2 + asin ρ` and `√(1-ρ²)`.
    pub fn at_angle(&self, rho: &Ball, angle: &Ball, root: &Ball) -> Ball {
        let precision = rho.precision();
        let horner = |coefficients: &[Integer]| {
            coefficients.iter().rev().fold(Ball::zero(precision), |acc, c| {
                &(&acc * rho) + &Ball::from_gmp_rational(&rug::Rational::from(c), precision)
            })
        };
        (&(&horner(&self.p) * angle) + &(&horner(&self.q) * root)) / Ball::pi(precision).shl(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_three_are_the_published_ones() {
        let kernels = ArcCosineKernel::up_to(3);
        let int = |v: &[i32]| v.iter().map(|x| Integer::from(*x)).collect::<Vec<_>>();
        // J_0 = π - θ, J_1 = sin θ + (π-θ) cos θ, J_2 = 3 sin θ cos θ + (π-θ)(1 + 2 cos² θ).
        assert_eq!(
            (&kernels[0].p, &kernels[1].p, &kernels[2].p),
            (&int(&[1]), &int(&[0, 1]), &int(&[1, 0, 2]))
        );
        assert_eq!((&kernels[1].q, &kernels[2].q), (&int(&[1, 0]), &int(&[0, 3, 0])));
        // k_n(1) = E[relu^{2n}] = (2n-1)!!/2.
        for (n, kernel) in kernels.iter().enumerate() {
            let double_factorial = [1, 1, 3, 15][n];
            let expected = Ball::from_integer(double_factorial, 100).shl(-1);
            assert!(kernel.at(&Ball::from_integer(1, 100)).overlaps(&expected), "order {n}");
        }
    }
}
