//! Cholesky factors in doubles, by tiles, and what they prove.
//!
//! Where the factorization of a symmetric $A$ of doubles runs to its end, $\hat L \hat L^{\mathsf T} = A + \Delta$ with
//! $|\Delta| \le \gamma_{n+1} |\hat L| |\hat L|^{\mathsf T}$, $\gamma_k = k u/(1 - k u)$, $u = 2^{-53}$ (Higham,
//! *Accuracy and Stability of Numerical Algorithms*, Theorem 10.3), in whatever order the conventional sums are formed
//! and with or without fused products. So $(1-\gamma_{n+1}) \|\hat L\|_F^2 \le \operatorname{tr} A$, and as
//! $\||\hat L| |\hat L|^{\mathsf T}\|_2 \le \|\hat L\|_F^2$, no eigenvalue of $A$ is below
//! $-\gamma_{n+1}/(1-\gamma_{n+1}) \operatorname{tr} A$ (Rump, *Verification of positive definiteness*, 2006).

use crate::parallel::*;
use nalgebra::{DMatrix, DVector};

use super::entries::Entries;

/// Order of a tile, and of the blocks within it.
const SIZE: usize = 192;
const BLOCK: usize = 32;
/// Entries beyond this are left alone: nothing overflows, and what underflow takes stays below [`TINY`].
const MOST: f64 = 1e100;
/// More than n² times what underflow takes from an entry, (n + √MOST) 2^-1074.
const TINY: f64 = 1e-200;

/// The lower triangle of a symmetric matrix, or of its factor, by tiles.
#[derive(Clone, Debug)]
pub(super) struct Tiles {
    n: usize,
    tiles: Vec<DMatrix<f64>>,
}

/// What is added to the matrix: `sign K - shift I + weight v vᵀ`.
pub(super) struct Change<'a> {
    pub negative: bool,
    pub shift: f64,
    pub deflation: Option<(f64, &'a [f64])>,
}

fn place(i: usize, j: usize) -> usize {
    i * (i + 1) / 2 + j
}

impl Tiles {
    /// The entries rounded to doubles.
    pub fn new(entries: &Entries, n: usize) -> Tiles {
        let count = n.div_ceil(SIZE);
        let size = |i: usize| SIZE.min(n - i * SIZE);
        let band = |i: usize| {
            let rows: Vec<Vec<f64>> = (0..size(i)).map(|r| entries.row_in_doubles(i * SIZE + r)).collect();
            let entry = |j: usize, r: usize, c: usize| rows.get(r)?.get(j * SIZE + c).copied();
            // Above the diagonal as below it.
            let tile = |j: usize| {
                DMatrix::from_fn(size(i), size(j), |r, c| {
                    entry(j, r, c).or_else(|| entry(j, c, r)).unwrap_or(0.0)
                })
            };
            (0..=i).map(tile).collect::<Vec<_>>()
        };
        let bands: Vec<Vec<DMatrix<f64>>> = (0..count).into_par_iter().map(band).collect();
        Tiles { n, tiles: bands.into_iter().flatten().collect() }
    }

    /// The place of every tile: its row and column of tiles.
    fn indices(&self) -> Vec<(usize, usize)> {
        let count = self.n.div_ceil(SIZE);
        (0..count).flat_map(|i| (0..=i).map(move |j| (i, j))).collect()
    }

    /// The greatest sum of magnitudes in a row: a bound of the 2-norm of the matrix of magnitudes, but for roundings
    /// (`n u` relatively).
    pub fn largest_row_sum(&self) -> f64 {
        let magnitudes = Tiles { n: self.n, tiles: self.tiles.par_iter().map(DMatrix::abs).collect() };
        magnitudes.apply(&vec![1.0; self.n]).into_iter().fold(0.0, f64::max)
    }

    /// The sum of the squares of all entries, but for roundings (`n² u` relatively at most).
    pub fn squared_norm(&self) -> f64 {
        let part = |(tile, (i, j)): (&DMatrix<f64>, (usize, usize))| {
            tile.norm_squared() * if i == j { 1.0 } else { 2.0 }
        };
        self.tiles.par_iter().zip(self.indices()).map(part).sum()
    }

    /// The sum of the diagonal's magnitudes, but for roundings.
    fn trace(&self) -> f64 {
        let count = self.n.div_ceil(SIZE);
        (0..count).map(|i| self.tiles[place(i, i)].diagonal().iter().map(|x| x.abs()).sum::<f64>()).sum()
    }

    /// `A v`.
    pub fn apply(&self, v: &[f64]) -> Vec<f64> {
        let v = DVector::from_column_slice(v);
        let part = |i: usize, tile: &DMatrix<f64>| (v.rows(i * SIZE, tile.ncols()), tile.nrows());
        let sums = self.tiles.par_iter().zip(self.indices()).fold(
            || DVector::zeros(self.n),
            |mut sum, (tile, (i, j))| {
                let (right, rows) = part(j, tile);
                sum.rows_mut(i * SIZE, rows).gemv(1.0, tile, &right, 1.0);
                if i != j {
                    let left = v.rows(i * SIZE, rows);
                    sum.rows_mut(j * SIZE, tile.ncols()).gemv_tr(1.0, tile, &left, 1.0);
                }
                sum
            },
        );
        sums.reduce(|| DVector::zeros(self.n), |a, b| a + b).as_slice().to_vec()
    }

    /// The matrix changed.
    pub fn changed(&self, change: &Change) -> Tiles {
        let sign = if change.negative { -1.0 } else { 1.0 };
        let tile = |(tile, (i, j)): (&DMatrix<f64>, (usize, usize))| {
            let mut tile = tile * sign;
            if let Some((weight, v)) = change.deflation {
                let v = |i: usize, len| nalgebra::DVectorView::from_slice(&v[i * SIZE..i * SIZE + len], len);
                tile.ger(weight, &v(i, tile.nrows()), &v(j, tile.ncols()), 1.0);
            }
            if i == j {
                (0..tile.nrows()).for_each(|k| tile[(k, k)] -= change.shift);
            }
            tile
        };
        Tiles { n: self.n, tiles: self.tiles.par_iter().zip(self.indices()).map(tile).collect() }
    }

    /// How far below zero, at most, an eigenvalue of this matrix may be should its factorization succeed.
    pub fn slack(&self) -> f64 {
        // γ_{n+1}/(1-γ_{n+1}) <= 1.001 (n+1) u for n < 10^6, and as much again for the roundings of the trace.
        (self.n + 1) as f64 * f64::EPSILON * 0.51 * self.trace() * (1.0 + 1e-6) + TINY
    }

    /// The factor; `None` where a pivot is not positive.
    pub fn factor(mut self) -> Option<Factor> {
        let count = self.n.div_ceil(SIZE);
        if !self.tiles.iter().flat_map(DMatrix::iter).all(|x| x.abs() <= MOST) {
            return None;
        }
        for k in 0..count {
            if !factor_tile(&mut self.tiles[place(k, k)]) {
                return None;
            }
            let mut column: Vec<DMatrix<f64>> =
                (k..count).map(|i| std::mem::take(&mut self.tiles[place(i, k)])).collect();
            let (pivot, below) = column.split_first_mut()?;
            below.par_iter_mut().for_each(|tile| solve_tile(tile, pivot));
            let column = &column;
            self.tiles.par_iter_mut().enumerate().for_each(|(at, tile)| {
                let i = row_of(at);
                let j = at - place(i, 0);
                if j > k {
                    tile.gemm(-1.0, &column[i - k], &column[j - k].transpose(), 1.0);
                }
            });
            for (i, tile) in column.iter().enumerate() {
                self.tiles[place(i + k, k)] = tile.clone();
            }
        }
        Some(Factor(self))
    }
}

/// The `i` with `i(i+1)/2 <= at < (i+1)(i+2)/2`.
fn row_of(at: usize) -> usize {
    let mut i = ((2 * at) as f64).sqrt() as usize;
    while place(i, 0) > at {
        i -= 1;
    }
    while place(i + 1, 0) <= at {
        i += 1;
    }
    i
}

/// The Cholesky factor of a tile on the diagonal.
fn factor_tile(a: &mut DMatrix<f64>) -> bool {
    let n = a.nrows();
    for start in (0..n).step_by(BLOCK) {
        let width = BLOCK.min(n - start);
        let rows = n - start;
        if start > 0 {
            let left = a.view((start, 0), (rows, start)).into_owned();
            let top = left.rows(0, width).transpose();
            a.view_mut((start, start), (rows, width)).gemm(-1.0, &left, &top, 1.0);
        }
        for j in start..start + width {
            for k in start..j {
                let factor = a[(j, k)];
                let (before, after) = a.as_mut_slice().split_at_mut(j * n);
                let (x, y) = (&before[k * n + j..(k + 1) * n], &mut after[j..n]);
                y.iter_mut().zip(x).for_each(|(y, x)| *y -= factor * x);
            }
            let left = a[(j, j)];
            if left.is_nan() || left <= 0.0 {
                return false;
            }
            let pivot = left.sqrt();
            a[(j, j)] = pivot;
            a.as_mut_slice()[j * n + j + 1..(j + 1) * n].iter_mut().for_each(|x| *x /= pivot);
        }
    }
    true
}

/// `B ← B L^{-T}`.
fn solve_tile(b: &mut DMatrix<f64>, l: &DMatrix<f64>) {
    let (rows, n) = b.shape();
    for start in (0..n).step_by(BLOCK) {
        let end = n.min(start + BLOCK);
        if start > 0 {
            let above = l.view((start, 0), (end - start, start)).transpose();
            let (left, mut right) = b.columns_range_pair_mut(0..start, start..end);
            right.gemm(-1.0, &left, &above, 1.0);
        }
        for j in start..end {
            let (before, after) = b.as_mut_slice().split_at_mut(j * rows);
            let y = &mut after[..rows];
            for k in start..j {
                let factor = l[(j, k)];
                y.iter_mut().zip(&before[k * rows..]).for_each(|(y, x)| *y -= factor * x);
            }
            y.iter_mut().for_each(|x| *x /= l[(j, j)]);
        }
    }
}

/// A Cholesky factor.
#[derive(Debug)]
pub(super) struct Factor(Tiles);

impl Factor {
    /// `(L Lᵀ)^{-1} v`, approximately.
    pub fn solve(&self, v: &[f64]) -> Vec<f64> {
        let Tiles { n, tiles } = &self.0;
        let count = n.div_ceil(SIZE);
        let mut x = DVector::from_column_slice(v);
        for i in 0..count {
            let pivot = &tiles[place(i, i)];
            let (before, mut here) = x.rows_range_pair_mut(0..i * SIZE, i * SIZE..i * SIZE + pivot.nrows());
            for j in 0..i {
                here.gemv(-1.0, &tiles[place(i, j)], &before.rows(j * SIZE, SIZE), 1.0);
            }
            pivot.solve_lower_triangular_mut(&mut here);
        }
        for i in (0..count).rev() {
            let pivot = &tiles[place(i, i)];
            let (mut before, mut here) =
                x.rows_range_pair_mut(0..i * SIZE, i * SIZE..i * SIZE + pivot.nrows());
            pivot.tr_solve_lower_triangular_mut(&mut here);
            for j in 0..i {
                before.rows_mut(j * SIZE, SIZE).gemv_tr(-1.0, &tiles[place(i, j)], &here, 1.0);
            }
        }
        x.as_slice().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(n: usize) -> (Tiles, DMatrix<f64>) {
        let mut state = 5u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            (state >> 11) as f64 / (1u64 << 53) as f64 - 0.5
        };
        let g = DMatrix::from_fn(n, n + 3, |_, _| next());
        let a = &g * g.transpose();
        let rows = (0..n).flat_map(|i| (0..=i).map(move |j| (i, j)));
        let ball = |(i, j)| crate::Ball::exact(rug::Float::with_val(53, a[(i, j)]));
        (Tiles::new(&Entries::Balls(rows.map(ball).collect()), n), a)
    }

    #[test]
    fn tiles_are_the_matrix() {
        let n = 2 * SIZE + 37;
        let (tiles, a) = sample(n);
        let v: Vec<f64> = (0..n).map(|i| (i % 7) as f64 - 2.5).collect();
        let expected = &a * DVector::from_column_slice(&v);
        let gap =
            |x: &[f64], y: &DVector<f64>| x.iter().zip(y).fold(0.0f64, |m, (x, y)| m.max((x - y).abs()));
        assert!(gap(&tiles.apply(&v), &expected) < 1e-9);
        assert!((tiles.squared_norm() / a.norm_squared() - 1.0).abs() < 1e-12);
        // With something on the diagonal the system is solved.
        let change = Change { negative: false, shift: -1.0, deflation: Some((2.0, &v)) };
        let factor = tiles.changed(&change).factor().unwrap();
        let column = DVector::from_column_slice(&v);
        let whole = &a + DMatrix::identity(n, n) + 2.0 * &column * column.transpose();
        assert!(gap(&factor.solve((&whole * &column).as_slice()), &column) < 1e-8);
    }

    #[test]
    fn success_depends_on_the_sign_of_the_smallest_eigenvalue() {
        for n in [1, 31, SIZE, SIZE + 1, 300] {
            let (tiles, a) = sample(n);
            let smallest = a.symmetric_eigenvalues().min();
            for (shift, works) in [(smallest - 1e-9, true), (smallest + 1e-9, false)] {
                let changed = tiles.changed(&Change { negative: false, shift, deflation: None });
                assert!(changed.slack() < 1e-9);
                assert_eq!(changed.factor().is_some(), works, "order {n}");
            }
        }
    }

    /// Entries that single out the first or last row or column of a tile, around the sizes of tiles and blocks: the
    /// sums are those of the rows.
    #[test]
    fn row_sums_are_those_of_the_whole_matrix() {
        for n in [1, 2, BLOCK - 1, BLOCK, BLOCK + 1, SIZE - 1, SIZE, SIZE + 1, 2 * SIZE, 2 * SIZE + 1] {
            let kinds: [fn(usize, usize) -> f64; 5] = [
                |i, j| f64::from(((i * 7 + j * 3) % 11) as u32) - 5.0,
                |_, j| if j.is_multiple_of(SIZE) { -64.0 } else { 0.0 },
                |i, _| if i.is_multiple_of(SIZE) { 64.0 } else { 0.0 },
                |i, j| if j % SIZE == SIZE - 1 || i % SIZE == SIZE - 1 { -32.0 } else { 0.0 },
                |i, j| if i == j { 8.0 } else { 0.0 },
            ];
            for (kind, entry) in kinds.iter().enumerate() {
                let balls = super::super::entries::pairs(n)
                    .map(|(i, j)| crate::Ball::exact(rug::Float::with_val(53, entry(i, j))));
                let tiles = Tiles::new(&Entries::Balls(balls.collect()), n);
                let all = |i: usize, j: usize| entry(i.max(j), i.min(j));
                let row = |i: usize| (0..n).map(|j| all(i, j).abs()).sum::<f64>();
                // Sums of small integers: exact in doubles.
                assert_eq!(
                    tiles.largest_row_sum(),
                    (0..n).map(row).fold(0.0, f64::max),
                    "order {n}, kind {kind}"
                );
                let squares: f64 = (0..n).flat_map(|i| (0..n).map(move |j| all(i, j).powi(2))).sum();
                assert_eq!(tiles.squared_norm(), squares, "order {n}, kind {kind}");
                assert_eq!(tiles.trace(), (0..n).map(|i| entry(i, i).abs()).sum::<f64>());
            }
        }
    }

    /// `L Lᵀ - A` in long numbers: no entry, and so no less the norm, is beyond what the slack allows; and the slack is
    /// small.
    #[test]
    fn factors_are_within_their_slack() {
        for n in [2, BLOCK + 1, SIZE + 1] {
            let (tiles, _) = sample(n);
            let changed = tiles.changed(&Change { negative: false, shift: -0.125, deflation: None });
            let slack = changed.slack();
            let trace = changed.trace();
            let entry =
                |t: &[DMatrix<f64>], i: usize, j: usize| t[place(i / SIZE, j / SIZE)][(i % SIZE, j % SIZE)];
            let Factor(factor) = changed.clone().factor().unwrap();
            let mut square = 0.0;
            for i in 0..n {
                for j in 0..=i {
                    let mut sum = rug::Float::with_val(160, -entry(&changed.tiles, i, j));
                    for k in 0..=j {
                        sum += rug::Float::with_val(160, entry(&factor.tiles, i, k))
                            * entry(&factor.tiles, j, k);
                    }
                    square += sum.to_f64().powi(2) * if i == j { 1.0 } else { 2.0 };
                }
            }
            // Frobenius' norm is at least the other.
            assert!(square.sqrt() <= slack && square > 0.0, "order {n}: {:e} {slack:e}", square.sqrt());
            assert!(slack <= n as f64 * 1e-15 * trace, "order {n}: {slack:e}");
        }
    }
}
