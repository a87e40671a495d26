//! Gershgorin's bound of what remains of a kernel after a smooth part, for many points: in fixed point.
//!
//! Whatever non-negative multiples of positive semidefinite matrices are taken away from $K$, Gershgorin's bound of
//! what remains is one of $\lambda_{\min}(K)$. So the multiples may be rounded to fixed point beforehand; what that
//! changes counts as error all the same, for the bound to be that of its formula.

use crate::parallel::*;
use num_bigint::BigInt;
use num_traits::Zero;
use rug::float::Round;
use rug::{Float, Integer};

use super::sums::{POWERS, SUM_BITS, fixed_largest, fixed_powers, power_error, to_sum};
use super::{MAX_HARMONIC_WORK, eigenvalues, larger};
use crate::Error;
use crate::gram::fixed::Directions;
use crate::gram::fixed_point::{COSINE_BITS, product};
use crate::gram::inner::InnerProducts;
use crate::gram::parts::{Level, levels};
use crate::gram::{Entries, GramMatrix};
use crate::kernel::KernelSeries;
use crate::number::rational::integer_to_gmp;
use crate::number::{Accuracy, Ball, Mag};
use crate::spectrum::harmonic::{self, Growth};

/// Bits after the point of a multiple; of a value with the kernel's size as unit.
const MULTIPLE_BITS: u32 = 126;
const VALUE_BITS: u32 = MULTIPLE_BITS + COSINE_BITS - 128;
/// Most pairs times degrees of harmonics.
const MAX_WORK: usize = 1 << 31;
/// Highest degree of the harmonics, the one that is always taken, and how many harmonics are enough for a point.
const MAX_HARMONIC: usize = 128;
const LEAST_HARMONIC: usize = 24;
const HARMONICS_PER_POINT: usize = 16;
/// Most parts that are taken away.
const MAX_PARTS: usize = MAX_HARMONIC + 1;

/// A kernel on many points.
pub(super) struct FixedRemainders<'a> {
    gram: &'a GramMatrix,
    directions: Directions,
    /// `K(1) <= 2^size`, the unit of all values.
    size: i64,
    /// How far an entry may be off, in this unit.
    entry_error: Mag,
}

impl FixedRemainders<'_> {
    pub fn new(gram: &GramMatrix) -> FixedRemainders<'_> {
        let size = gram.get(0, 0).magnitude().log2_ceil().unwrap_or(0);
        let radius = match gram.entries() {
            Entries::Fixed(fixed) => fixed.error,
            Entries::Balls(_) => {
                let of_row = |i: usize| (0..=i).map(|j| gram.get(i, j).radius()).fold(Mag::ZERO, Mag::max);
                (0..gram.len()).into_par_iter().map(of_row).reduce(|| Mag::ZERO, Mag::max)
            }
        };
        let inner = InnerProducts::new(gram.points(), gram.network().input());
        // A unit for the rounding.
        let entry_error = radius.shl(-size) + Mag::pow2(-i64::from(VALUE_BITS));
        FixedRemainders { gram, directions: Directions::new(&inner), size, entry_error }
    }

    /// An entry off the diagonal in units of `2^-122`, within [`FixedRemainders::entry_error`].
    fn entry(&self, i: usize, j: usize) -> i128 {
        let (i, j) = (i.max(j), i.min(j));
        match self.gram.entries() {
            Entries::Fixed(fixed) => {
                let shift = i64::from(VALUE_BITS) - self.size - i64::from(fixed.frac);
                let value = fixed.row(i)[j];
                if shift >= 0 { value << shift } else { value >> -shift }
            }
            Entries::Balls(_) => {
                let shift = i64::from(VALUE_BITS) - self.size;
                // |K_ij| <= K(1) fits; where a midpoint does not, its radius is above 1.
                let value = self.gram.get(i, j).midpoint().clone() << shift as i32;
                value.to_integer_round(Round::Nearest).and_then(|(n, _)| n.to_i128()).unwrap_or(0)
            }
        }
    }

    /// The largest of `K_m(1) - max_i Σ_{j≠i} |K_m(ρ_ij)|`, `K_m = K - Σ_{k<m} a_k f_k`, and zero. The multiples `a_k`
    /// are in units of `2^-126` and at most one in all; `values` fills in the `f_k(ρ)` in units of `2^-124`, with
    /// `f_k(1) = 1`, `|f_k| <= 1` and an error of at most `value_error`, and says from where on they are zero. The
    /// multiples are off by `slack` in all.
    fn best(
        &self,
        multiples: &[i128],
        slack: Mag,
        value_error: Mag,
        values: impl Fn(i128, &mut [i128]) -> usize + Sync,
    ) -> Ball {
        let (n, count) = (self.gram.len(), multiples.len());
        let shift = VALUE_BITS - SUM_BITS;
        let sums = fixed_largest(&self.directions, n, count + 1, |[i, j], rho, sums| {
            let mut parts = [0i128; MAX_PARTS];
            let parts = &mut parts[..count];
            let some = values(rho, parts);
            let mut rest = self.entry(i, j);
            sums[0] = rest.abs() >> shift;
            let (changing, constant) = sums[1..].split_at_mut(some);
            for ((sum, part), multiple) in changing.iter_mut().zip(parts).zip(multiples) {
                rest -= product(*part, *multiple);
                *sum = rest.abs() >> shift;
            }
            constant.fill(rest.abs() >> shift);
            count + 1
        });
        // A product is low by less than three units of 2^-122, and a sum by less than one of 2^-112 in the shift.
        let products = Mag::from_usize(3 * count).shl(-i64::from(VALUE_BITS));
        let each = self.entry_error + value_error + slack + products + Mag::pow2(-i64::from(SUM_BITS));
        // One for each of the others, and the slack once more for the diagonal.
        let error = each * Mag::from_usize(n);
        let mut whole = self.gram.get(0, 0);
        let zero = Ball::zero(whole.precision());
        let taken = [0].iter().chain(multiples);
        sums.into_iter().zip(taken).fold(zero, |best, (sum, taken)| {
            let taken = Float::with_val(128, *taken) >> MULTIPLE_BITS;
            whole = &whole - &Ball::exact(taken).shl(self.size as i32);
            larger(&best, &(&whole - &to_sum(sum, error).shl(self.size as i32)))
        })
    }

    /// A multiple in units of `2^-126` of the kernel's size, rounded down by less than one; zero for what is not
    /// positive.
    fn multiple(&self, x: &Float) -> i128 {
        let shift = i64::from(MULTIPLE_BITS) - self.size;
        let scaled = x.clone() << shift as i32;
        scaled.to_integer_round(Round::Down).and_then(|(n, _)| n.to_i128()).unwrap_or(0).max(0)
    }

    /// What using the lower ends of numbers with these radii, and rounding those to multiples, changes in all.
    fn slack(&self, radii: impl Iterator<Item = Mag>, count: usize) -> Mag {
        let radii = radii.fold(Mag::ZERO, |sum, radius| sum + radius.shl(1));
        radii.shl(-self.size) + Mag::from_usize(2 * count).shl(-i64::from(MULTIPLE_BITS))
    }

    /// Without the powers below `P`: `Σ_{p<P} κ_p ρ^p`, `P <= 101`.
    pub fn without_powers(&self, series: &KernelSeries) -> Ball {
        let kappa = &series.coefficients()[..series.coefficients().len().min(POWERS + 1)];
        let multiples: Vec<i128> = kappa.iter().map(|kappa| self.multiple(&kappa.lower())).collect();
        let slack = self.slack(kappa.iter().map(Ball::radius), kappa.len());
        let shift = 126 - COSINE_BITS;
        // The powers that are left out as below 2^-112, and the bits of the others that are dropped.
        let left_out = Mag::pow2(-i64::from(SUM_BITS)) + Mag::pow2(-i64::from(COSINE_BITS));
        let error = power_error(&self.directions, POWERS) + left_out;
        self.best(&multiples, slack, error, |rho, out| {
            let mut some = 0;
            let all = std::iter::once(1 << 126).chain(fixed_powers(rho));
            for (p, (out, power)) in out.iter_mut().zip(all).enumerate() {
                *out = if rho < 0 && p % 2 == 1 { -(power >> shift) } else { power >> shift };
                some = p + 1;
            }
            some
        })
    }

    /// Without what the eigenvalues exceed a level by; `None` where these are not to be had.
    pub fn without_harmonics(&self, accuracy: Accuracy) -> Result<Option<Ball>, Error> {
        let d = self.gram.points().dimension();
        if d < 2 {
            return Ok(None);
        }
        let top = top_degree(self.gram.len(), d);
        let (network, kernel) = (self.gram.network(), self.gram.kernel());
        let Some(spectrum) = eigenvalues(network, kernel, d, top, accuracy)? else { return Ok(None) };
        let levels = levels(&spectrum);
        let order: Vec<usize> = levels.iter().map(|level| level.degree).collect();
        let averages = Averages::new(d, &order, self.directions.error());
        // Σ_{j<m} (c_j - c_m) N_j P_j = Σ_{k<m} (c_k - c_{k+1}) W_k A_k.
        let multiple = |(pair, whole): (&[Level], &Integer)| {
            self.multiple(&(Float::with_val(256, &pair[0].value - &pair[1].value) * whole))
        };
        let multiples: Vec<i128> = levels.windows(2).zip(&averages.wholes).map(multiple).collect();
        let numbers = harmonic::multiplicity_balls(d, top, 64);
        let radius = |level: &Level| level.eigenvalue.radius() * numbers[level.degree].magnitude();
        let slack = self.slack(levels.iter().map(radius), levels.len());
        Ok(Some(self.best(&multiples, slack, averages.error(), |rho, out| averages.fill(rho, out))))
    }
}

/// So many degrees that there are some times more harmonics than points, within what work allows.
fn top_degree(n: usize, d: usize) -> usize {
    let most = MAX_HARMONIC.min(MAX_WORK / (n * n)).min(MAX_HARMONIC_WORK / d);
    let enough = BigInt::from(HARMONICS_PER_POINT * n);
    let mut total = BigInt::zero();
    let few = harmonic::multiplicities(d, most).iter().position(|number| {
        total += number;
        total >= enough
    });
    few.map_or(most, |few| few.max(LEAST_HARMONIC)).min(most)
}

/// The averages `A_m = Σ_k N(d,k) P_k / W_m`, `W_m = Σ_k N(d,k)`, over the first `m + 1` degrees of an order.
struct Averages {
    order: Vec<usize>,
    /// `W_m`.
    wholes: Vec<Integer>,
    /// `W_{m-1}/W_m` and `N(d, k_m)/W_m` in units of `2^-126`.
    shares: Vec<[i128; 2]>,
    recurrence: Recurrence,
}

impl Averages {
    fn new(d: usize, order: &[usize], cosine_error: i128) -> Averages {
        let top = order.iter().copied().max().unwrap_or(0);
        let numbers: Vec<Integer> = harmonic::multiplicities(d, top).iter().map(integer_to_gmp).collect();
        let add = |whole: &mut Integer, k: &usize| {
            *whole += &numbers[*k];
            Some(whole.clone())
        };
        let wholes: Vec<Integer> = order.iter().scan(Integer::new(), add).collect();
        // A_m = A_{m-1} W_{m-1}/W_m + P_k N_k/W_m.
        let share = |(k, whole): (&usize, &Integer)| {
            let before = Integer::from(whole - &numbers[*k]);
            [ratio(&before, whole), ratio(&numbers[*k], whole)]
        };
        let shares = order.iter().zip(&wholes).map(share).collect();
        Averages { order: order.to_vec(), wholes, shares, recurrence: Recurrence::new(d, top, cosine_error) }
    }

    /// `A_0(ρ), A_1(ρ), …` in units of `2^-124`, as many as fit.
    fn fill(&self, rho: i128, out: &mut [i128]) -> usize {
        let mut values = [0i128; MAX_HARMONIC + 1];
        self.recurrence.values(rho, &mut values[..self.recurrence.errors.len()]);
        let mut average = 0;
        for ((out, [old, new]), k) in out.iter_mut().zip(&self.shares).zip(&self.order) {
            average = (product(average, *old) << 2) + (product(values[*k], *new) << 2);
            *out = average;
        }
        out.len()
    }

    /// An average of what went in, and at each step two products and two constants: less than 32 units of `2^-124`.
    fn error(&self) -> Mag {
        let worst = self.recurrence.errors.iter().copied().fold(Mag::ZERO, Mag::max);
        (worst + Mag::from_usize(32 * self.order.len())).shl(-i64::from(COSINE_BITS))
    }
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
        let mut growth = Growth::new(delta);
        for k in 1..=top {
            errors.push(growth.error());
            let (two, below) = (Integer::from(2 * k + d - 2), Integer::from(k + d - 2));
            let step = [ratio(&two, &Integer::from(&below << 1)), ratio(&Integer::from(k), &below)];
            steps.push(step);
            // |P_k|, |t| <= 1, and (2k+d-2)/(k+d-2) <= 2. Three shifted products with an error below 12, 24 and 12, and one below 8 and
            // 4 for the two constants.
            growth.step((delta + Mag::from_usize(13)).shl(1) + Mag::from_usize(50));
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::gram::Points;
    use crate::gram::bounds::remainder::Remainders;
    use crate::kernel::{Convention, Kernel};
    use crate::network::samples::normalized;

    proptest! {
        #![proptest_config(ntk_testing::cases(24))]
        #[test]
        fn as_in_balls(
            rows in prop::collection::vec(prop::collection::vec(-9i64..9, 5), 2..16),
            name in prop::sample::select(vec!["relu", "erf", "gelu"]),
            depth in 1usize..3,
        ) {
            let network = normalized(name, depth);
            // Off the axes, so that no row is zero.
            let line = |row: &Vec<i64>| row.iter().map(|x| (2 * x + 1).to_string()).collect::<Vec<_>>().join(",");
            let points = Points::from_csv(&rows.iter().map(line).collect::<Vec<_>>().join("\n")).unwrap();
            let accuracy = Accuracy::relative(15).unwrap();
            let gram = GramMatrix::on_sphere(&network, Kernel::Ntk, &points, accuracy).unwrap();
            let series = network.series(Kernel::Ntk, Convention::Standard, 100, accuracy).unwrap();
            let (many, few) = (FixedRemainders::new(&gram), Remainders::new(&gram, accuracy).unwrap());
            let powers = [many.without_powers(&series), few.without_powers(&series)];
            let harmonics = [many.without_harmonics(accuracy), few.without_harmonics(accuracy)];
            let harmonics = harmonics.map(|found| found.unwrap().unwrap());
            for [many, few] in [powers, harmonics] {
                prop_assert!(many.overlaps(&few), "{} {}", many, few);
                prop_assert!(many.radius() < Mag::pow2(-40), "{}", many);
            }
        }
    }

    #[test]
    fn averages_are_one_at_the_pole() {
        for d in [2, 3, 50, 1000] {
            let order = [0, 3, 1, 2, 8, 5, 24, 17];
            let averages = Averages::new(d, &order, 6);
            let mut out = [0; 8];
            averages.fill((1 << COSINE_BITS) - 1, &mut out);
            for value in out {
                let gap = Ball::exact(Float::with_val(128, (1i128 << COSINE_BITS) - value) >> COSINE_BITS);
                assert!(
                    gap.magnitude() <= averages.error() && averages.error() < Mag::pow2(-60),
                    "{d}: {gap}"
                );
            }
        }
    }

    /// The averages over degrees against the polynomials in long balls, at cosines from end to end.
    #[test]
    fn averages_are_within_their_error() {
        for d in [2, 3, 7, 60] {
            let order = [0, 1, 2, 5, 3, 9, 4, 16, 30];
            let averages = Averages::new(d, &order, 5 * d as i128 + 1);
            let numbers = harmonic::multiplicity_balls(d, 30, 400);
            let unit = 1i128 << COSINE_BITS;
            // The cosine itself may be off to either side; next to one the polynomials are steepest.
            for (i, shift) in (-21i128..=20).flat_map(|i| [-1, 0, 1].map(|shift| (i, shift))) {
                let rho = if i == -21 { unit - (1 << 100) } else { unit / 21 * i + 12345 };
                let mut out = [0; 9];
                assert_eq!(averages.fill(rho, &mut out), 9);
                let exact =
                    Ball::exact(Float::with_val(400, rho + shift * (5 * d as i128 + 1)) >> COSINE_BITS);
                let mut polynomials = vec![];
                harmonic::legendre(d, &exact, 30, |_, p| polynomials.push(p.clone()));
                let (mut sum, mut whole) = (Ball::zero(400), Ball::zero(400));
                for (found, k) in out.into_iter().zip(order) {
                    sum = sum + &numbers[k] * &polynomials[k];
                    whole = whole + &numbers[k];
                    let gap =
                        (&sum / &whole - Ball::exact(Float::with_val(128, found) >> COSINE_BITS)).magnitude();
                    assert!(gap <= averages.error(), "{d}, {i}, degree {k}: {gap:?} {:?}", averages.error());
                }
            }
            assert!(averages.error() < Mag::pow2(-60));
        }
    }
}
