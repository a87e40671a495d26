//! Sums over the rows of the matrix of cosines.

use std::sync::{Arc, Mutex, PoisonError};

use crate::parallel::*;
use rug::Float;

use super::FEW_POINTS;
use crate::gram::GramMatrix;
use crate::gram::entries::pairs;
use crate::gram::fixed::Directions;
use crate::gram::fixed_point::{COSINE_BITS, product};
use crate::gram::inner::InnerProducts;
use crate::number::{Ball, Mag};

/// Powers one by one up to this one, and then how often it is doubled.
pub(super) const POWERS: usize = 100;
const DOUBLINGS: usize = 12;
/// Up to so many points in balls, where 128 bits do not give the accuracy; for more points they must do.
const MAX_BALLS: usize = 128;
/// Most bits that 128 bits give.
const FIXED_PRECISION: u32 = 128;
/// Rows whose sums a thread keeps at hand.
const BLOCK: usize = 64;
/// Bits after the point of a sum: below 2^14 numbers of at most one each fit.
pub(super) const SUM_BITS: u32 = 112;

/// The cosines between all points.
pub(super) enum Cosines {
    /// Row by row below the diagonal.
    Balls {
        rows: Vec<Vec<Ball>>,
        precision: u32,
    },
    Fixed {
        directions: Directions,
        n: usize,
    },
}

/// `s_p = max_i Σ_{j≠i} |ρ_ij|^p` for some `p`, ascending from 0.
#[derive(Debug)]
pub(in crate::gram) struct PowerSums {
    exponents: Vec<usize>,
    values: Vec<Ball>,
    /// Bits that were asked for.
    precision: u32,
}

impl PowerSums {
    /// A bound of `s_p`, which falls with `p`: that of the nearest power below.
    pub fn at(&self, p: usize) -> &Ball {
        &self.values[self.exponents.partition_point(|e| *e <= p) - 1]
    }
}

fn exponents() -> Vec<usize> {
    (0..=POWERS).chain((1..=DOUBLINGS).map(|k| POWERS << k)).collect()
}

impl Cosines {
    pub fn new(gram: &GramMatrix, precision: u32) -> Cosines {
        let inner = InnerProducts::new(gram.points(), gram.network().input());
        let n = gram.len();
        let most = if precision > FIXED_PRECISION { MAX_BALLS } else { FEW_POINTS };
        match n <= most {
            true => {
                let rows = (0..n).into_par_iter().map(|i| inner.cosines(i, precision)).collect();
                Cosines::Balls { rows, precision }
            }
            false => Cosines::Fixed { directions: Directions::new(&inner), n },
        }
    }

    /// The sums for a matrix, formed once, and again where more bits are asked for.
    pub fn power_sums_of(gram: &GramMatrix, precision: u32) -> Arc<PowerSums> {
        let form = || Arc::new(Cosines::new(gram, precision).power_sums(precision));
        let known = gram.power_sums.get_or_init(form);
        if known.precision >= precision { known.clone() } else { form() }
    }

    pub fn power_sums(&self, precision: u32) -> PowerSums {
        let exponents = exponents();
        let values = match self {
            Cosines::Balls { rows, precision } => largest_sums(rows, exponents.len(), *precision, |rho| {
                let mut powers = first_powers(&rho.abs(), POWERS + 1);
                let mut last = powers[POWERS].clone();
                powers.extend((0..DOUBLINGS).map(|_| {
                    last = last.square();
                    last.clone()
                }));
                powers
            }),
            Cosines::Fixed { directions, n } => fixed_power_sums(directions, *n, &exponents),
        };
        PowerSums { exponents, values, precision }
    }
}

/// `max_i Σ_{j≠i} |f_m(ρ_ij)|` for `m < count`.
fn largest_sums(
    rows: &[Vec<Ball>],
    count: usize,
    precision: u32,
    values: impl Fn(&Ball) -> Vec<Ball> + Sync,
) -> Vec<Ball> {
    let n = rows.len();
    let row = |i: usize| {
        let zero = vec![Ball::zero(precision); count];
        (0..n).filter(|&j| j != i).fold(zero, |sums, j| {
            let rho = &rows[i.max(j)][i.min(j)];
            sums.into_iter().zip(values(rho)).map(|(sum, v)| sum + v.abs()).collect()
        })
    };
    let sums: Vec<Vec<Ball>> = (0..n).into_par_iter().map(row).collect();
    let largest = |m: usize| sums.iter().map(|s| s[m].clone()).reduce(|a, b| larger(&a, &b));
    (0..count).map(|m| largest(m).unwrap_or_else(|| Ball::zero(precision))).collect()
}

/// `x^p`, `p < count`.
pub(super) fn first_powers(x: &Ball, count: usize) -> Vec<Ball> {
    let one = Ball::from_integer(1, x.precision());
    std::iter::successors(Some(one), |power| Some(power * x)).take(count).collect()
}

/// The maximum of two enclosed numbers.
pub(in crate::gram) fn larger(a: &Ball, b: &Ball) -> Ball {
    if a.lower() >= b.upper() {
        return a.clone();
    }
    if b.lower() >= a.upper() {
        return b.clone();
    }
    let max = |x: Float, y: Float| if x < y { y } else { x };
    let precision = a.precision().max(b.precision());
    Ball::from_bounds(&max(a.lower(), b.lower()), &max(a.upper(), b.upper()), precision)
}

/// The greatest sum of each kind over the rows. `fill` sets what a pair with its cosine contributes, in units of
/// `2^-112`, and says from where on it left zeros.
pub(super) fn fixed_largest(
    directions: &Directions,
    n: usize,
    count: usize,
    fill: impl Fn([usize; 2], i128, &mut [i128]) -> usize + Sync,
) -> Vec<i128> {
    let most = (1i128 << COSINE_BITS) - 1;
    let blocks = n.div_ceil(BLOCK);
    let zero = || vec![0i128; BLOCK * count];
    let sums: Vec<Mutex<Vec<i128>>> = (0..blocks).map(|_| Mutex::new(zero())).collect();
    // Every pair once, for the rows of both.
    let block = |(a, b): (usize, usize)| {
        let (mut of_a, mut of_b, mut part) = (zero(), zero(), vec![0i128; count]);
        let rows = |block: usize| block * BLOCK..n.min((block + 1) * BLOCK);
        for i in rows(a) {
            for j in rows(b).take_while(|j| *j < i) {
                // One unit off at most: a cosine is at most 1.
                let some = fill([i, j], directions.cosine(i, j).clamp(-most, most), &mut part);
                let part = &mut part[..some];
                add(&mut of_a[(i % BLOCK) * count..], part);
                add(&mut of_b[(j % BLOCK) * count..], part);
                part.fill(0);
            }
        }
        for (block, found) in [(a, of_a), (b, of_b)] {
            add(&mut sums[block].lock().unwrap_or_else(PoisonError::into_inner), &found);
        }
    };
    pairs(blocks).collect::<Vec<_>>().into_par_iter().for_each(block);
    let mut largest = vec![0i128; count];
    for block in sums {
        let block = block.into_inner().unwrap_or_else(PoisonError::into_inner);
        for row in block.chunks(count) {
            largest.iter_mut().zip(row).for_each(|(most, sum)| *most = (*most).max(*sum));
        }
    }
    largest
}

fn add(sums: &mut [i128], parts: &[i128]) {
    sums.iter_mut().zip(parts).for_each(|(sum, part)| *sum += part);
}

pub(super) fn to_sum(value: i128, error: Mag) -> Ball {
    Ball::new(Float::with_val(128, value) >> SUM_BITS, error)
}

/// `|ρ|, |ρ|², …` in units of `2^-126`, a power `p` within [`power_error`]; they end before the first one below
/// `2^-112`.
pub(super) fn fixed_powers(rho: i128) -> impl Iterator<Item = i128> {
    // The cosine in units of 2^-127, and as the first power in those of 2^-126.
    let (rho, first) = (rho.abs() << 3, rho.abs() << 2);
    std::iter::successors(Some(first), move |power| Some(product(*power, rho) << 1))
        .take_while(|power| *power >= 1 << (126 - SUM_BITS))
}

/// A power `p` is off by at most `p c` units of `2^-126`, `c = 4 δ + 24` where the cosine is off by δ units of
/// `2^-124`: a step to `p + 1` adds 4 δ for the cosine, 6 for the product and less than one for the second order, and
/// keeps `e_p <= p c - 13`; a square has `2 e_p`, 12 for the product and less than one: at most `2 p c - 13`.
pub(super) fn power_error(directions: &Directions, p: usize) -> Mag {
    Mag::from_usize((4 * (directions.error() + 1) + 24) as usize).shl(-126) * Mag::from_usize(p)
}

fn fixed_power_sums(directions: &Directions, n: usize, exponents: &[usize]) -> Vec<Ball> {
    let shift = 126 - SUM_BITS;
    let sums = fixed_largest(directions, n, exponents.len(), |_, rho, sums| {
        sums[0] = 1 << SUM_BITS;
        let mut last = (0, 0);
        for (p, (sum, power)) in sums[1..=POWERS].iter_mut().zip(fixed_powers(rho)).enumerate() {
            *sum = power >> shift;
            last = (p + 1, power);
        }
        let (p, mut power) = last;
        if p < POWERS {
            // All that follow are less than what a shift may drop.
            return p + 1;
        }
        for sum in &mut sums[POWERS + 1..] {
            power = product(power, power) << 2;
            *sum = power >> shift;
        }
        sums.len()
    });
    // Less than one unit of 2^-112 goes in the shift, or with the powers left out.
    let error =
        |p: usize| (power_error(directions, p) + Mag::pow2(-i64::from(SUM_BITS))) * Mag::from_usize(n);
    sums.into_iter().zip(exponents).map(|(sum, p)| to_sum(sum, error(*p))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gram::Points;
    use crate::kernel::Input;

    #[test]
    fn both_kinds_agree() {
        let mut state = 3u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((state >> 33) % 2001) as i64 - 1000
        };
        for d in [2, 3, 9] {
            let rows: Vec<String> =
                (0..12).map(|_| (0..d).map(|_| next().to_string()).collect::<Vec<_>>().join(",")).collect();
            let inner = InnerProducts::new(&Points::from_csv(&rows.join("\n")).unwrap(), &Input::default());
            let balls =
                Cosines::Balls { rows: (0..12).map(|i| inner.cosines(i, 200)).collect(), precision: 200 };
            let fixed = Cosines::Fixed { directions: Directions::new(&inner), n: 12 };
            let (a, b) = (balls.power_sums(200).values, fixed.power_sums(100).values);
            assert_eq!(a.len(), b.len());
            for (m, (x, y)) in a.iter().zip(&b).enumerate() {
                assert!(x.overlaps(y), "{d} {m}: {x} {y}");
                assert!(y.radius() < Mag::pow2(-80), "{d} {m}: {y}");
            }
        }
    }

    fn inner(n: usize, d: usize) -> InnerProducts {
        let mut state = n as u64;
        let mut next = || {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
            ((state >> 33) % 2001) as i64 - 1000
        };
        let row = |_| (0..d).map(|_| next().to_string()).collect::<Vec<_>>().join(",");
        let rows: Vec<String> = (0..n).map(row).collect();
        InnerProducts::new(&Points::from_csv(&rows.join("\n")).unwrap(), &Input::default())
    }

    /// Numbers of points around every block, and for every pair a number of its own: the sums are those of the rows,
    /// exactly.
    #[test]
    fn every_pair_counts_for_both_rows() {
        for n in [1, 2, 63, 64, 65, 127, 128, 129, 192, 193, 200] {
            let directions = Directions::new(&inner(n, 2));
            // Each pair is the whole of some row's largest sum for one kind of weight: those that single out a column.
            let weight = |kind: usize, [i, j]: [usize; 2]| -> i128 {
                let (i, j) = (i.max(j), i.min(j));
                match kind {
                    0 => (i * 1000 + j) as i128,
                    1 => i128::from(j.is_multiple_of(BLOCK)) << 40,
                    2 => i128::from(i.is_multiple_of(BLOCK)) << 40,
                    3 => 1i128 << (100 - (j % 64) as u32),
                    _ => i128::from(i % BLOCK == BLOCK - 1 || i + 1 == n) << 40,
                }
            };
            let kinds = 5;
            let found = fixed_largest(&directions, n, kinds, |pair, _, out| {
                (0..kinds).for_each(|kind| out[kind] = weight(kind, pair));
                kinds
            });
            for (kind, found) in found.into_iter().enumerate() {
                let row = |i: usize| (0..n).filter(|&j| j != i).map(|j| weight(kind, [i, j])).sum::<i128>();
                assert_eq!(Some(found), (0..n).map(row).max(), "{n} points, weights of kind {kind}");
            }
        }
    }

    /// The sums of powers in fixed point against rows of exact cosines, around the block sizes.
    #[test]
    fn power_sums_hold_the_dense_sums() {
        for (n, d) in [(2, 3), (64, 2), (65, 4), (129, 3), (130, 70)] {
            let inner = inner(n, d);
            let found = Cosines::Fixed { directions: Directions::new(&inner), n }.power_sums(100);
            let rows: Vec<Vec<Ball>> = (0..n).map(|i| inner.cosines(i, 300)).collect();
            for p in [0, 1, 2, 7, 60, 99, 100, 200, 800, 100 << DOUBLINGS] {
                let sum = |i: usize| {
                    let terms =
                        (0..n).filter(|j| *j != i).map(|j| rows[i.max(j)][i.min(j)].abs().pow(p as u64));
                    terms.fold(Ball::zero(300), |sum, x| sum + x)
                };
                let truth = (0..n).map(sum).reduce(|a, b| larger(&a, &b)).unwrap();
                let found = found.at(p);
                assert!(found.contains(&truth), "{n} points of R^{d}, power {p}: {found} misses {truth}");
                assert!(found.radius() < Mag::pow2(-75), "{n} points of R^{d}, power {p}: {found}");
            }
        }
    }

    /// Roundings in fixed point all go one way: near ±1 and near 0, powers up to the last that is formed one by one.
    #[test]
    fn powers_in_fixed_point_are_within_their_error() {
        let directions = Directions::new(&inner(3, 2));
        let unit = 1i128 << COSINE_BITS;
        for rho in [
            1,
            3,
            1 << 20,
            1 << 100,
            unit / 3,
            unit / 2 + 1,
            unit - (1 << 100),
            unit - (1 << 60) - 1,
            unit - 1,
        ] {
            for sign in [1, -1] {
                let exact = Ball::exact(Float::with_val(300, rho) >> COSINE_BITS);
                let mut last = 0;
                for (p, power) in fixed_powers(sign * rho).enumerate().take(POWERS).map(|(p, x)| (p + 1, x)) {
                    let gap =
                        (exact.pow(p as u64) - Ball::exact(Float::with_val(300, power) >> 126)).magnitude();
                    assert!(gap <= power_error(&directions, p), "{rho}, power {p}: {gap:?}");
                    last = p;
                }
                // Past the last, nothing that a shift would keep, but for the error.
                let left = exact.pow(last as u64 + 1).magnitude();
                assert!(
                    last == POWERS
                        || left <= Mag::pow2(-i64::from(SUM_BITS)) + power_error(&directions, last + 1)
                );
            }
        }
        assert!(power_error(&directions, 1) < Mag::pow2(-118));
    }
}
