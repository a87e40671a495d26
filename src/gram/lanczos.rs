//! An approximate largest eigenvector of a symmetric operator, in doubles: steers, proves nothing.

use nalgebra::{DMatrix, SymmetricEigen};

/// Dimension of the Krylov space, and how often it is started again.
const STEPS: usize = 50;
const RESTARTS: usize = 6;

/// An approximate eigenvector of norm one, its eigenvalue, and the next one (the same where there is none).
pub(super) struct Leading {
    pub vector: Vec<f64>,
    pub value: f64,
    pub second: f64,
    residual: f64,
}

/// The eigenvector of the largest eigenvalue in magnitude, of norm one, as Lanczos' method finds it.
pub(super) fn approx_leading_vector(n: usize, apply: impl Fn(&[f64]) -> Vec<f64>) -> Vec<f64> {
    leading_pair(n, RESTARTS, None, apply).vector
}

/// The same with the two largest eigenvalues, from so many Krylov spaces at most.
pub(super) fn leading_pair(
    n: usize,
    spaces: usize,
    start: Option<&[f64]>,
    apply: impl Fn(&[f64]) -> Vec<f64>,
) -> Leading {
    // Any start that is not orthogonal to it: a fixed pseudo-random one.
    let mut state = 0x9e37_79b9_7f4a_7c15u64;
    let mut next = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
    };
    let random = normalized((0..n).map(|_| next()).collect());
    // A little of everything with what is known: else the next eigenvalue would not be seen.
    let vector = match start {
        Some(start) => normalized(start.iter().zip(&random).map(|(x, r)| x + 1e-3 * r).collect()),
        None => random,
    };
    let mut out = Leading { vector, value: f64::NAN, second: f64::NAN, residual: f64::INFINITY };
    for _ in 0..spaces {
        let better = krylov(&normalized(out.vector.clone()), &apply);
        if better.vector.iter().any(|x| !x.is_finite()) {
            break;
        }
        // Late spaces start from nearly the eigenvector alone and know little of the second.
        let known = out.second;
        out = better;
        if known.is_finite() && (out.second.is_nan() || known.abs() > out.second.abs()) {
            out.second = known;
        }
        if out.residual < 1e-14 {
            break;
        }
    }
    out.vector = normalized(out.vector);
    out
}

/// One Krylov space: its best vector and the relative residual.
fn krylov(start: &[f64], apply: impl Fn(&[f64]) -> Vec<f64>) -> Leading {
    let mut basis = vec![start.to_vec()];
    let (mut diagonal, mut off) = (vec![], vec![]);
    loop {
        let last = &basis[basis.len() - 1];
        let mut w = apply(last);
        diagonal.push(dot(last, &w));
        // Twice is enough to keep the basis orthogonal.
        for _ in 0..2 {
            for v in &basis {
                let along = dot(v, &w);
                w.iter_mut().zip(v).for_each(|(w, v)| *w -= along * v);
            }
        }
        let norm = dot(&w, &w).sqrt();
        let size = diagonal.iter().fold(0.0f64, |m, d: &f64| m.max(d.abs()));
        off.push(norm);
        if basis.len() == STEPS.min(start.len()) || norm.is_nan() || norm <= 1e-15 * size {
            break;
        }
        w.iter_mut().for_each(|x| *x /= norm);
        basis.push(w);
    }
    let m = basis.len();
    let tridiagonal = DMatrix::from_fn(m, m, |i, j| match i.abs_diff(j) {
        0 => diagonal[i],
        1 => off[i.min(j)],
        _ => 0.0,
    });
    if tridiagonal.iter().any(|x| !x.is_finite()) {
        let vector = start.to_vec();
        return Leading { vector, value: f64::NAN, second: f64::NAN, residual: f64::INFINITY };
    }
    let eigen = SymmetricEigen::new(tridiagonal);
    let best = eigen.eigenvalues.iamax();
    let weights = eigen.eigenvectors.column(best);
    let mut out = vec![0.0; start.len()];
    for (v, weight) in basis.iter().zip(weights.iter()) {
        out.iter_mut().zip(v).for_each(|(x, v)| *x += weight * v);
    }
    let value = eigen.eigenvalues[best];
    let residual = (off[m - 1] * weights[m - 1] / value).abs();
    let others = (0..m).filter(|&i| i != best).map(|i| eigen.eigenvalues[i]);
    let second = others.max_by(|a, b| a.abs().total_cmp(&b.abs())).unwrap_or(value);
    Leading { vector: out, value, second, residual }
}

fn normalized(mut v: Vec<f64>) -> Vec<f64> {
    let norm = dot(&v, &v).sqrt();
    v.iter_mut().for_each(|x| *x /= norm);
    v
}

fn dot(x: &[f64], y: &[f64]) -> f64 {
    x.iter().zip(y).map(|(x, y)| x * y).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_leading_vector_of_a_diagonal_matrix() {
        let apply = |v: &[f64]| v.iter().enumerate().map(|(i, x)| (i + 1) as f64 * x).collect();
        let v = approx_leading_vector(200, apply);
        assert!(v[199].abs() > 1.0 - 1e-12, "{}", v[199]);
        assert_eq!(approx_leading_vector(1, |v| v.to_vec())[0].abs(), 1.0);
    }
}
