//! Vectors of doubles with radii: every operation's error is bounded in the line.
//!
//! `u = 2^-53`. A sum of products in doubles, in any order in which no term passes through more than `k` roundings, is
//! off by at most `γ_k = k u/(1 - k u)` times the sum of the products' magnitudes (Higham, *Accuracy and Stability*,
//! §3.1), and by what underflows: at most `2^-1074` a product.

use crate::parallel::*;

/// The unit roundoff.
const U: f64 = 1.110_223_024_625_156_5e-16;
/// Covers all that underflows in one short line: a few multiples of `2^-1074`.
const TINY: f64 = f64::MIN_POSITIVE;
/// Covers up to 30 roundings of sums and products of non-negative numbers: `(1 - u)^-30 < 1 + 64 u`.
const UP: f64 = 1.0 + 64.0 * U;
/// Numbers summed at once, in eight lanes.
const BLOCK: usize = 128;
const LANES: usize = 8;
/// Columns and rows taken at once by a transposed product.
const COLUMNS: usize = 512;
const ROWS: usize = 64;
/// Matrices with fewer entries are not worth a second thread.
const SMALL: usize = 1 << 15;

/// A number `mid ± rad`. What overflows has an infinite radius or is not a number, which [`Enclosed::is_finite`] tells.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Enclosed {
    pub mid: f64,
    pub rad: f64,
}

impl Enclosed {
    pub fn exact(mid: f64) -> Enclosed {
        Enclosed { mid, rad: 0.0 }
    }

    pub fn is_finite(self) -> bool {
        self.mid.is_finite() && self.rad.is_finite()
    }

    pub fn add(self, other: Enclosed) -> Enclosed {
        let mid = self.mid + other.mid;
        // Rounding to nearest is off by at most u times the rounded sum.
        Enclosed { mid, rad: (self.rad + other.rad + mid.abs() * U) * UP + TINY }
    }

    pub fn mul(self, other: Enclosed) -> Enclosed {
        let mid = self.mid * other.mid;
        // |xy - ab| <= |a| s + r |b| + r s for |x - a| <= r, |y - b| <= s; rounding as for sums.
        let spread = self.mid.abs() * other.rad + self.rad * (other.mid.abs() + other.rad);
        Enclosed { mid, rad: (spread + mid.abs() * U) * UP + 4.0 * TINY }
    }

    /// An upper bound of the magnitude.
    pub fn upper(self) -> f64 {
        (self.mid.abs() + self.rad) * UP
    }

    /// A lower bound of the magnitude.
    pub fn lower(self) -> f64 {
        // Two roundings.
        ((self.mid.abs() - self.rad) * (1.0 - 4.0 * U)).max(0.0)
    }
}

/// A vector of such numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Vector {
    pub mid: Vec<f64>,
    pub rad: Vec<f64>,
}

impl Vector {
    pub fn exact(mid: Vec<f64>) -> Vector {
        Vector { rad: vec![0.0; mid.len()], mid }
    }

    pub fn len(&self) -> usize {
        self.mid.len()
    }

    pub fn get(&self, i: usize) -> Enclosed {
        Enclosed { mid: self.mid[i], rad: self.rad[i] }
    }

    pub fn collect(items: impl Iterator<Item = Enclosed>) -> Vector {
        let (mid, rad) = items.map(|e| (e.mid, e.rad)).unzip();
        Vector { mid, rad }
    }

    /// Entry by entry.
    pub fn zip(&self, other: &Vector, f: impl Fn(Enclosed, Enclosed) -> Enclosed) -> Vector {
        Vector::collect((0..self.len()).map(|i| f(self.get(i), other.get(i))))
    }

    pub fn scaled(&self, factor: Enclosed) -> Vector {
        Vector::collect((0..self.len()).map(|i| self.get(i).mul(factor)))
    }

    pub fn dot(&self, other: &Vector) -> Enclosed {
        let mid = dot(&self.mid, &other.mid);
        let gamma = gamma(self.len());
        let size = |i: usize| {
            let (x, y) = (self.get(i), other.get(i));
            x.mid.abs() * (gamma * y.mid.abs() + y.rad) + x.rad * (y.mid.abs() + y.rad)
        };
        let sum: f64 = (0..self.len()).map(size).sum();
        // This sum of n non-negative numbers has a relative error below γ_{n+6}; and each product may underflow.
        let n = self.len() as f64;
        Enclosed { mid, rad: sum * (1.0 + 2.0 * (n + 6.0) * U) * UP + (n + 1.0) * TINY }
    }

    /// An upper bound of the Euclidean norm.
    pub fn norm_upper(&self) -> f64 {
        (self.dot(self).upper().sqrt() + TINY) * UP
    }

    /// An upper bound of the largest magnitude.
    pub fn max_upper(&self) -> f64 {
        (0..self.len()).map(|i| self.get(i).upper()).fold(0.0, worst)
    }
}

/// The larger, or what is not a number.
pub(super) fn worst(a: f64, b: f64) -> f64 {
    if a.is_nan() || a > b { a } else { b }
}

/// An upper bound of `γ_k` for the sums of `n` products here.
pub(super) fn gamma(n: usize) -> f64 {
    // A product, 16 additions in a lane, 7 to join lanes, n/128 + 1 to join blocks; or a product, 64 additions in a
    // block of rows, n/64 + 1 to join them. k <= n/64 + 70, and γ_k <= 1.01 k u as k u < 2^-27.
    1.02 * (n as f64 / 64.0 + 70.0) * U
}

/// The scalar product.
pub(super) fn dot(x: &[f64], y: &[f64]) -> f64 {
    let block = |(x, y): (&[f64], &[f64])| {
        let mut lanes = [0.0; LANES];
        let (xs, ys) = (x.chunks_exact(LANES), y.chunks_exact(LANES));
        let rest: f64 = xs.remainder().iter().zip(ys.remainder()).map(|(x, y)| x * y).sum();
        for (x, y) in xs.zip(ys) {
            (0..LANES).for_each(|k| lanes[k] += x[k] * y[k]);
        }
        lanes.iter().sum::<f64>() + rest
    };
    x.chunks(BLOCK).zip(y.chunks(BLOCK)).map(block).sum()
}

/// `Σ |x_i| t_i`, the `t_i` non-negative.
fn dot_abs(x: &[f64], t: &[f64]) -> f64 {
    let block = |(x, t): (&[f64], &[f64])| {
        let mut lanes = [0.0; LANES];
        let (xs, ts) = (x.chunks_exact(LANES), t.chunks_exact(LANES));
        let rest: f64 = xs.remainder().iter().zip(ts.remainder()).map(|(x, t)| x.abs() * t).sum();
        for (x, t) in xs.zip(ts) {
            (0..LANES).for_each(|k| lanes[k] += x[k].abs() * t[k]);
        }
        lanes.iter().sum::<f64>() + rest
    };
    x.chunks(BLOCK).zip(t.chunks(BLOCK)).map(block).sum()
}

/// A matrix of exact doubles, row by row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Matrix<'a> {
    pub columns: usize,
    pub entries: &'a [f64],
}

impl Matrix<'_> {
    pub fn rows(&self) -> usize {
        self.entries.len() / self.columns.max(1)
    }

    /// Rows handed to a thread at once.
    fn share(&self) -> usize {
        if self.entries.len() < SMALL { self.rows().max(1) } else { ROWS }
    }

    /// `W x`, approximately.
    pub fn times(&self, x: &[f64]) -> Vec<f64> {
        let mut out = vec![0.0; self.rows()];
        let n = self.columns;
        let parts = out.par_chunks_mut(self.share()).zip(self.entries.par_chunks(n * self.share()));
        parts.for_each(|(out, w)| out.iter_mut().zip(w.chunks(n)).for_each(|(z, w)| *z = dot(w, x)));
        out
    }

    /// `Wᵀ y`, approximately.
    pub fn transposed_times(&self, y: &[f64]) -> Vec<f64> {
        self.by_columns(y, |x| x)
    }

    /// `Wᵀ y` or `|W|ᵀ y`, in blocks of rows and columns, the same for any number of threads.
    fn by_columns(&self, y: &[f64], entry: impl Fn(f64) -> f64 + Sync) -> Vec<f64> {
        let (n, mut out) = (self.columns, vec![0.0; self.columns]);
        let width = if self.entries.len() < SMALL { n } else { COLUMNS };
        out.par_chunks_mut(width).enumerate().for_each(|(k, out)| {
            let mut part = vec![0.0; out.len()];
            for (w, y) in self.entries.chunks(n * ROWS).zip(y.chunks(ROWS)) {
                part.fill(0.0);
                for (w, y) in w.chunks(n).zip(y) {
                    let w = &w[k * width..k * width + part.len()];
                    part.iter_mut().zip(w).for_each(|(sum, w)| *sum += entry(*w) * y);
                }
                out.iter_mut().zip(&part).for_each(|(sum, part)| *sum += part);
            }
        });
        out
    }

    /// `W x`, enclosed.
    pub fn enclosed_times(&self, x: &Vector) -> Vector {
        let (mid, n) = (self.times(&x.mid), self.columns);
        let spread = spreads(x, n);
        let mut rad = vec![0.0; mid.len()];
        let parts = rad.par_chunks_mut(self.share()).zip(self.entries.par_chunks(n * self.share()));
        parts
            .for_each(|(out, w)| out.iter_mut().zip(w.chunks(n)).for_each(|(z, w)| *z = dot_abs(w, &spread)));
        Vector { mid, rad: raised(rad, n) }
    }

    /// `Wᵀ y`, enclosed.
    pub fn enclosed_transposed_times(&self, y: &Vector) -> Vector {
        let (mid, n) = (self.transposed_times(&y.mid), self.rows());
        let rad = self.by_columns(&spreads(y, n), f64::abs);
        Vector { mid, rad: raised(rad, n) }
    }
}

/// `γ |x| + r`: what each entry of a matrix is multiplied by in the error of a product.
fn spreads(x: &Vector, n: usize) -> Vec<f64> {
    let gamma = gamma(n);
    x.mid.iter().zip(&x.rad).map(|(m, r)| (gamma * m.abs() + r) * UP + TINY).collect()
}

/// The sums of non-negative products raised above the exact ones (relative error at most γ, `2γ` covering `1/(1 - γ)`),
/// with what underflows there and in the midpoint.
fn raised(rad: Vec<f64>, n: usize) -> Vec<f64> {
    let factor = (1.0 + 2.0 * gamma(n)) * UP;
    rad.into_iter().map(|r| r * factor + (n as f64 + 1.0) * TINY).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Ball;
    use crate::finite::Generator;
    use rug::Float;

    fn ball(e: Enclosed) -> Ball {
        Ball::exact(Float::with_val(200, e.mid)).widened(crate::number::Mag::from_f64(e.rad))
    }

    /// Products with the midpoints and with the ends of the radii are inside, and the enclosure is not vacuous.
    #[test]
    fn matrix_products_are_enclosed() {
        let mut stream = Generator::new(3);
        for (rows, columns) in [(1, 1), (3, 7), (130, 257), (300, 600)] {
            let entries: Vec<f64> = (0..rows * columns).map(|_| stream.normal()).collect();
            let w = Matrix { columns, entries: &entries };
            for transposed in [false, true] {
                let n = if transposed { rows } else { columns };
                let mid: Vec<f64> = (0..n).map(|_| stream.normal()).collect();
                let rad: Vec<f64> = (0..n).map(|_| 1e-12 * stream.uniform().abs()).collect();
                let x = Vector { mid, rad };
                let z = if transposed { w.enclosed_transposed_times(&x) } else { w.enclosed_times(&x) };
                for i in 0..z.len() {
                    let entry =
                        |j: usize| entries[if transposed { j * columns + i } else { i * columns + j }];
                    let mut extreme = Ball::zero(200);
                    for j in 0..n {
                        // Towards the upper end, whatever the sign.
                        let x = Float::with_val(200, x.mid[j]) + entry(j).signum() * x.rad[j];
                        extreme = &extreme + &(Ball::exact(x) * Ball::exact(Float::with_val(200, entry(j))));
                    }
                    assert!(ball(z.get(i)).contains(&extreme) && z.rad[i] < 1e-9, "{rows} {columns} {i}");
                }
            }
        }
    }

    #[test]
    fn scalars_are_enclosed() {
        let mut stream = Generator::new(4);
        for _ in 0..2000 {
            let [a, b] =
                [(); 2].map(|()| Enclosed { mid: stream.normal(), rad: 1e-15 * stream.uniform().abs() });
            let [x, y] = [a, b].map(|e| Ball::exact(Float::with_val(200, e.mid) - e.rad));
            assert!(ball(a.add(b)).contains(&(&x + &y)) && ball(a.mul(b)).contains(&(&x * &y)));
            let v = Vector::collect([a, b, a].into_iter());
            let exact = &(&x * &x) * &Ball::from_integer(2, 200) + &y * &y;
            assert!(ball(v.dot(&v)).contains(&exact));
        }
        assert!(!Enclosed::exact(f64::MAX).mul(Enclosed::exact(2.0)).is_finite());
    }

    /// Radii as large as the midpoints, at all corners.
    #[test]
    fn wide_scalars_and_products_hold_their_corners() {
        let mut stream = Generator::new(5);
        let mut wide = |share: f64| {
            let mid = stream.normal();
            Enclosed { mid, rad: mid.abs() * share }
        };
        let corner = |e: Enclosed, upper: bool| {
            let rad = Float::with_val(200, e.rad);
            Ball::exact(Float::with_val(200, e.mid) + if upper { rad } else { -rad })
        };
        for i in 0..400 {
            let share = [0.0, 2f64.powi(-40), 0.5, 1.0, 3.0][i % 5];
            let [a, b, c] = [wide(share), wide(1.0), wide(share)];
            for (up, down) in [(false, false), (false, true), (true, false), (true, true)] {
                let [x, y, z] = [corner(a, up), corner(b, down), corner(c, up)];
                assert!(ball(a.add(b)).contains(&(&x + &y)) && ball(a.mul(b)).contains(&(&x * &y)));
                assert!(a.upper() >= x.midpoint().to_f64().abs() && a.lower() <= x.midpoint().to_f64().abs());
                let [v, w] = [[a, b, c], [c, a, b]].map(|v| Vector::collect(v.into_iter()));
                assert!(ball(v.dot(&w)).contains(&(&x * &z + &y * &x + &z * &y)), "{a:?} {b:?} {c:?}");
                assert!(ball(v.scaled(b).get(2)).contains(&(&z * &y)));
                let square = (&x * &x + &y * &y + &z * &z).sqrt();
                assert!(v.norm_upper() >= square.midpoint().to_f64() * (1.0 - 1e-15));
            }
            assert!(a.mul(b).rad <= (a.mid.abs() + a.rad) * (b.mid.abs() + b.rad) * 1.001);
        }
    }

    /// Values all but cancel while their radii add up: rows and columns of every length around lanes and blocks.
    #[test]
    fn radii_of_the_vector_reach_the_products() {
        for n in [1usize, LANES - 1, LANES, LANES + 1, BLOCK, BLOCK + 1, COLUMNS, COLUMNS + 1] {
            let entries: Vec<f64> = (0..n).map(|j| if j.is_multiple_of(2) { 1.0 } else { -1.0 }).collect();
            let x = Vector { mid: vec![0.75; n], rad: vec![0.5; n] };
            let row = Matrix { columns: n, entries: &entries }.enclosed_times(&x);
            let column = Matrix { columns: 1, entries: &entries }.enclosed_transposed_times(&x);
            let middle = if n.is_multiple_of(2) { 0.0 } else { 0.75 };
            for found in [row.get(0), column.get(0), Vector::exact(entries.clone()).dot(&x)] {
                let reach = 0.5 * n as f64;
                assert!(
                    found.mid == middle && found.rad >= reach && found.rad <= reach * (1.0 + 1e-9),
                    "{n}: {found:?}"
                );
            }
        }
    }
}
