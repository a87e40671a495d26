//! Systems with a Cholesky factor, approximately: steers, proves nothing.

use rug::Float;
use rug::ops::NegAssign;

use super::factor::Rows;

/// `L` in floating point.
pub(super) enum Triangle {
    Doubles(Vec<Vec<f64>>),
    Floats { rows: Vec<Vec<Float>>, precision: u32 },
}

impl Triangle {
    pub fn new(rows: &Rows, level: u32) -> Triangle {
        match rows {
            Rows::Short(rows) => {
                Triangle::Doubles(rows.iter().map(|row| row.iter().map(|x| *x as f64).collect()).collect())
            }
            Rows::Long(rows) => {
                let precision = level + 64;
                let float =
                    |row: &Vec<rug::Integer>| row.iter().map(|x| Float::with_val(precision, x)).collect();
                Triangle::Floats { rows: rows.iter().map(float).collect(), precision }
            }
        }
    }

    /// `(L Lᵀ)^{-1} v` up to a factor, for Lanczos' method.
    pub fn solve_doubles(&self, v: &[f64]) -> Vec<f64> {
        match self {
            Triangle::Doubles(rows) => {
                let scale = rows.iter().fold(0.0f64, |m, row| m.max(row[row.len() - 1]));
                let scaled: Vec<f64> = v.iter().map(|x| x * scale).collect();
                solve_f64(rows, scaled)
            }
            Triangle::Floats { rows, precision } => {
                let v = v.iter().map(|x| Float::with_val(*precision, *x)).collect();
                let x = solve_float(rows, v, *precision);
                // To the size of numbers that doubles hold: the last pivot's square is what the inverse is about.
                let least = rows.iter().filter_map(|row| row[row.len() - 1].get_exp()).min().unwrap_or(0);
                x.iter().map(|x| Float::with_val(53, x << (2 * least)).to_f64()).collect()
            }
        }
    }

    /// `(L Lᵀ)^{-1} v` with all bits, `L` in its own units; `None` where doubles are all there is.
    pub fn solve(&self, v: &[Float]) -> Option<Vec<Float>> {
        let Triangle::Floats { rows, precision } = self else { return None };
        let v = v.iter().map(|x| Float::with_val(*precision, x)).collect();
        Some(solve_float(rows, v, *precision))
    }

    /// One more step of inverse iteration with all bits, the vector with its largest entry about one; `None` where
    /// doubles have no more to give.
    pub fn polish(&self, v: &[Float]) -> Option<Vec<Float>> {
        let Triangle::Floats { rows, precision } = self else { return None };
        let v = v.iter().map(|x| Float::with_val(*precision, x)).collect();
        let x = solve_float(rows, v, *precision);
        let top = x.iter().filter_map(Float::get_exp).max().unwrap_or(0);
        Some(x.into_iter().map(|x| x >> top).collect())
    }
}

fn solve_f64(rows: &[Vec<f64>], mut x: Vec<f64>) -> Vec<f64> {
    for (i, row) in rows.iter().enumerate() {
        let sum: f64 = row[..i].iter().zip(&x).map(|(l, x)| l * x).sum();
        x[i] = (x[i] - sum) / row[i];
    }
    for (i, row) in rows.iter().enumerate().rev() {
        x[i] /= row[i];
        let xi = x[i];
        row[..i].iter().zip(&mut x).for_each(|(l, x)| *x -= l * xi);
    }
    x
}

fn solve_float(rows: &[Vec<Float>], mut x: Vec<Float>, precision: u32) -> Vec<Float> {
    for (i, row) in rows.iter().enumerate() {
        let mut sum = Float::new(precision);
        for (l, x) in row[..i].iter().zip(&x) {
            sum += l * x;
        }
        sum.neg_assign();
        sum += &x[i];
        x[i] = sum / &row[i];
    }
    for (i, row) in rows.iter().enumerate().rev() {
        x[i] /= &row[i];
        let xi = x[i].clone();
        for (l, x) in row[..i].iter().zip(&mut x) {
            *x -= l * &xi;
        }
    }
    x
}
