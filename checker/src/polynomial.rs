//! Gaussian expectations of polynomials with rational coefficients, in rational numbers.

use num_traits::Zero;

use crate::integer::BigRational;
use crate::rational::rational;

/// `E[φ^{(k)}(√q Z)]/k!` for every `k`: `Σ_i φ_i C(i,k) q^{(i-k)/2} (i-k-1)!!` over even `i - k`.
pub(crate) fn derivative_means(p: &[BigRational], q: &BigRational) -> Vec<BigRational> {
    let mut out = vec![];
    for k in 0..p.len() {
        let mut sum = BigRational::zero();
        // C(i,k) (i-k-1)!! q^{(i-k)/2}, from i to i+2.
        let mut factor = rational(1);
        let mut i = k;
        while i < p.len() {
            sum += &p[i] * &factor;
            let [a, b, c] = [i + 1, i + 2, i - k + 2].map(|n| rational(n as i64));
            // C(i+2,k)/C(i,k) = (i+1)(i+2)/((i+1-k)(i+2-k)), and the double factorial gains i-k+1.
            factor = factor * a * b / c * q;
            i += 2;
        }
        out.push(sum);
    }
    out
}

/// `E[φ(u)φ(v)] = Σ_k c^k/k! E[φ^{(k)}(u)] E[φ^{(k)}(v)] = Σ_k k! c^k A_k B_k`.
pub(crate) fn expectation(a: &[BigRational], b: &[BigRational], c: &BigRational) -> BigRational {
    let (mut sum, mut factor) = (BigRational::zero(), rational(1));
    for (k, (x, y)) in a.iter().zip(b).enumerate() {
        sum += x * y * &factor;
        factor = factor * c * rational(k as i64 + 1);
    }
    sum
}

pub(crate) fn derivative(p: &[BigRational]) -> Vec<BigRational> {
    p.iter().enumerate().skip(1).map(|(i, c)| c * rational(i as i64)).collect()
}

/// `E[φ(√q Z)²]`.
pub(crate) fn second_moment(p: &[BigRational], q: &BigRational) -> BigRational {
    let a = derivative_means(p, q);
    expectation(&a, &a, q)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rational::ratio;

    #[test]
    fn moments_of_polynomials() {
        // E[(√q Z)^4] = 3q², E[(qZ²)²] = 3q².
        let q = ratio(5, 3);
        let square = [rational(0), rational(0), rational(1)];
        assert_eq!(second_moment(&square, &q), ratio(25, 3));
        assert_eq!(derivative_means(&square, &q), vec![q.clone(), rational(0), rational(1)]);
        // E[Z^6] = 15.
        let cube = [rational(0), rational(0), rational(0), rational(1)];
        assert_eq!(second_moment(&cube, &rational(1)), rational(15));
        assert_eq!(second_moment(&cube, &rational(0)), rational(0));
        // E[(1 + Z)^2 (1 + W)^2] with covariance c: Hermite coefficients 2, 2, 1·√2.
        let p = [rational(1), rational(2), rational(1)];
        let a = derivative_means(&p, &rational(1));
        assert_eq!(expectation(&a, &a, &ratio(1, 2)), ratio(13, 2));
    }
}
