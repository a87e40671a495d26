//! Sums over the rows of the matrix of cosines: of their powers, and of harmonic polynomials.

use std::sync::Arc;

use rayon::prelude::*;
use rug::{Float, Integer};

use crate::gram::GramMatrix;
use crate::gram::fixed::{COSINE_BITS, Directions, product};
use crate::gram::inner::InnerProducts;
use crate::number::{Ball, Mag};
use crate::spectrum::harmonic;

/// Powers one by one up to this one, and then how often it is doubled.
const POWERS: usize = 100;
const DOUBLINGS: usize = 12;
/// Highest degree of harmonics in fixed point.
const MAX_FIXED_DEGREE: usize = 128;
/// Up to so many pairs in balls; for more of them 128 bits must do.
const MAX_BALLS: usize = 1 << 14;
/// Bits after the point of a sum: below 2^14 numbers of at most one each fit.
const SUM_BITS: u32 = 112;

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
        match n * n <= MAX_BALLS {
            true => {
                let rows = (0..n).into_par_iter().map(|i| inner.cosines(i, precision)).collect();
                Cosines::Balls { rows, precision }
            }
            false => Cosines::Fixed { directions: Directions::new(&inner), n },
        }
    }

    /// The sums for a matrix, formed once.
    pub fn power_sums_of(gram: &GramMatrix, precision: u32) -> Arc<PowerSums> {
        gram.power_sums.get_or_init(|| Arc::new(Cosines::new(gram, precision).power_sums())).clone()
    }

    /// Are the cosines short numbers, and work with them quick?
    pub fn is_fixed(&self) -> bool {
        matches!(self, Cosines::Fixed { .. })
    }

    pub fn power_sums(&self) -> PowerSums {
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
        PowerSums { exponents, values }
    }

    /// For the degrees in this order, `max_i Σ_{j≠i} |A_m(ρ_ij)|` of the averages `A_m = Σ_{k in the first m} N(d,k) P_k / Σ N(d,k)`.
    pub fn harmonic_sums(&self, d: usize, order: &[usize]) -> Vec<Ball> {
        let top = order.iter().copied().max().unwrap_or(0);
        let numbers = harmonic::multiplicities(d, top);
        match self {
            Cosines::Balls { rows, precision } => {
                // The recurrence of P_k loses 1.3 bits a step.
                let precision = precision + 2 * top as u32;
                let ball = |k: &usize| Ball::from_rational(&numbers[*k].clone().into(), precision);
                let weights: Vec<Ball> = order.iter().map(ball).collect();
                largest_sums(rows, order.len(), precision, |rho| {
                    let mut parts = Vec::with_capacity(top + 1);
                    harmonic::legendre(d, &rho.with_precision(precision), top, |_, p| parts.push(p.clone()));
                    let zero = (Ball::zero(precision), Ball::zero(precision));
                    let averages = order.iter().zip(&weights).scan(zero, |(sum, whole), (k, weight)| {
                        *sum = &*sum + &(weight * &parts[*k]);
                        *whole = &*whole + weight;
                        Some(&*sum / &*whole)
                    });
                    averages.collect()
                })
            }
            Cosines::Fixed { directions, n } => {
                let whole: Vec<Integer> =
                    numbers.iter().map(crate::number::rational::integer_to_gmp).collect();
                fixed_harmonic_sums(directions, *n, d, order, &whole)
            }
        }
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

/// The greatest sum of each kind over the rows; `add` adds what a pair contributes, in units of `2^-112`.
fn fixed_largest(
    directions: &Directions,
    n: usize,
    count: usize,
    add: impl Fn(i128, &mut [i128]) + Sync,
) -> Vec<i128> {
    let most = (1i128 << COSINE_BITS) - 1;
    let row = |i: usize| {
        let mut sums = vec![0i128; count];
        for j in (0..n).filter(|&j| j != i) {
            // One unit off at most: a cosine is at most 1.
            add(directions.cosine(i, j).clamp(-most, most), &mut sums);
        }
        sums
    };
    let larger = |a: Vec<i128>, b: Vec<i128>| a.into_iter().zip(b).map(|(a, b)| a.max(b)).collect();
    (0..n).into_par_iter().map(row).reduce(|| vec![0; count], larger)
}

fn to_sum(value: i128, error: Mag) -> Ball {
    Ball::new(Float::with_val(128, value) >> SUM_BITS, error)
}

fn fixed_power_sums(directions: &Directions, n: usize, exponents: &[usize]) -> Vec<Ball> {
    let sums = fixed_largest(directions, n, exponents.len(), |rho, sums| {
        // Powers in units of 2^-126, the cosine in those of 2^-127.
        let (rho, mut power) = (rho.abs() << 3, rho.abs() << 2);
        sums[0] += 1 << SUM_BITS;
        sums[1] += power >> 14;
        for sum in &mut sums[2..=POWERS] {
            power = product(power, rho) << 1;
            // All that follow are less than what a shift may drop.
            if power < 1 << 14 {
                return;
            }
            *sum += power >> 14;
        }
        for sum in &mut sums[POWERS + 1..] {
            power = product(power, power) << 2;
            *sum += power >> 14;
        }
    });
    // A power p is off by at most p c units of 2^-126, c = 4 δ + 24 where the cosine is off by δ units of 2^-124: a step to p + 1 adds
    // 4 δ for the cosine, 6 for the product and less than one for the second order, and keeps e_p <= p c - 13; a
    // square has 2 e_p, 12 for the product and less than one: at most 2 p c - 13. Less than one unit of 2^-112 goes in the shift.
    let unit = Mag::from_usize((4 * (directions.error() + 1) + 24) as usize).shl(-126);
    let error = |p: usize| (unit * Mag::from_usize(p) + Mag::pow2(-i64::from(SUM_BITS))) * Mag::from_usize(n);
    sums.into_iter().zip(exponents).map(|(sum, p)| to_sum(sum, error(*p))).collect()
}

/// Steps of `P_{k+1} = ((2k+d-2) t P_k - k P_{k-1})/(k+d-2)` in fixed point, with the errors that they cannot exceed.
struct Recurrence {
    /// `(2k+d-2)/(2(k+d-2))` and `k/(k+d-2)` in units of `2^-126`.
    steps: Vec<[i128; 2]>,
    /// The largest error up to each degree, in units of `2^-124`.
    errors: Vec<Mag>,
}

fn ratio(above: &Integer, below: &Integer) -> i128 {
    (Integer::from(above << 126) / below).to_i128_wrapping()
}

impl Recurrence {
    fn new(d: usize, top: usize, cosine_error: i128) -> Recurrence {
        let (mut steps, mut errors) = (vec![], vec![Mag::ZERO]);
        let delta = Mag::from_usize(cosine_error as usize + 1);
        let (mut before, mut now) = (Mag::ZERO, delta);
        for k in 1..=top {
            errors.push(errors[k - 1].max(now));
            let (two, below) = (Integer::from(2 * k + d - 2), Integer::from(k + d - 2));
            let step = [ratio(&two, &Integer::from(&below << 1)), ratio(&Integer::from(k), &below)];
            steps.push(step);
            // |P_k|, |t| <= 1. Three shifted products with an error below 12, 24 and 12, and one below 8 and 4 for the two constants.
            let [a, b] = [2 * k + d - 2, k]
                .map(|x| Mag::from_usize(x).div_by_lower(Mag::from_f64((k + d - 2) as f64)));
            let next = a * (now + delta + Mag::from_usize(13)) + b * before + Mag::from_usize(50);
            (before, now) = (now, next);
        }
        Recurrence { steps, errors }
    }

    /// `P_0(t), P_1(t), …` in units of `2^-124`.
    fn values(&self, t: i128, out: &mut [i128]) {
        out[0] = 1 << COSINE_BITS;
        if out.len() > 1 {
            out[1] = t;
        }
        for k in 1..out.len().saturating_sub(1) {
            let [a, b] = self.steps[k - 1];
            let inner = product(out[k], t << 2) << 2;
            out[k + 1] = (product(inner, a) << 3) - (product(out[k - 1], b) << 2);
        }
    }
}

/// The highest degree up to which the values are accurate to some 40 bits.
pub(super) fn highest_fixed_degree(d: usize, top: usize) -> usize {
    let errors = Recurrence::new(d, top, 1 << 10).errors;
    errors.partition_point(|e| *e <= Mag::pow2(84)).saturating_sub(1).min(MAX_FIXED_DEGREE)
}

fn fixed_harmonic_sums(
    directions: &Directions,
    n: usize,
    d: usize,
    order: &[usize],
    numbers: &[Integer],
) -> Vec<Ball> {
    let top = order.iter().copied().max().unwrap_or(0);
    let recurrence = Recurrence::new(d, top, directions.error());
    // A_m = A_{m-1} W_{m-1}/W_m + P_k N_k/W_m.
    let mut whole = Integer::new();
    let shares: Vec<[i128; 2]> = order
        .iter()
        .map(|&k| {
            let before = whole.clone();
            whole += &numbers[k];
            [ratio(&before, &whole), ratio(&numbers[k], &whole)]
        })
        .collect();
    let sums = fixed_largest(directions, n, order.len(), |rho, sums| {
        let mut values = [0i128; MAX_FIXED_DEGREE + 1];
        recurrence.values(rho, &mut values[..=top]);
        let mut average = 0;
        for ((sum, [old, new]), k) in sums.iter_mut().zip(&shares).zip(order) {
            average = (product(average, *old) << 2) + (product(values[*k], *new) << 2);
            *sum += average.abs() >> (COSINE_BITS - SUM_BITS);
        }
    });
    let error = |m: usize| {
        // An average of what went in, and at each step two products and two constants: less than 32 units of 2^-124.
        let own = recurrence.errors[top] + Mag::from_usize(32 * (m + 1));
        (own.shl(-i64::from(COSINE_BITS)) + Mag::pow2(-i64::from(SUM_BITS))) * Mag::from_usize(n)
    };
    sums.into_iter().enumerate().map(|(m, sum)| to_sum(sum, error(m))).collect()
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
            let order: Vec<usize> = vec![0, 3, 1, 2, 8, 5, 24, 17];
            let pairs = [
                (balls.power_sums().values, fixed.power_sums().values, -80),
                (balls.harmonic_sums(d, &order), fixed.harmonic_sums(d, &order), -50),
            ];
            for (a, b, bits) in pairs {
                assert_eq!(a.len(), b.len());
                for (m, (x, y)) in a.iter().zip(&b).enumerate() {
                    assert!(x.overlaps(y), "{d} {m}: {x} {y}");
                    assert!(y.radius() < Mag::pow2(bits), "{d} {m}: {y}");
                }
            }
        }
    }
}
