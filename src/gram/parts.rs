//! The smooth parts of a kernel that its spectrum allows to take away.

use rug::Float;

use crate::number::Ball;
use crate::spectrum::{Spectrum, harmonic};

/// The harmonics by falling eigenvalue. Above a level `c` the part `Σ_{λ_k > c} (λ_k - c) N(d,k) P_k(ρ)` may be taken
/// away and leaves `Σ_k min(λ_k, c) N(d,k) P_k(ρ)`.
pub(super) struct Clipped {
    dimension: usize,
    precision: u32,
    /// `N(d,k)` by degree.
    weights: Vec<Ball>,
    /// The levels, which fall.
    pub levels: Vec<Level>,
}

/// One level, and the degree that it lets in.
pub(super) struct Level {
    pub degree: usize,
    pub eigenvalue: Ball,
    /// The lower end of the eigenvalue, so that no excess over a level is negative.
    pub value: Float,
}

/// The levels at the eigenvalues that are proved to be positive.
pub(super) fn levels(spectrum: &Spectrum) -> Vec<Level> {
    let level = |degree: usize, eigenvalue: &Ball| {
        let value = eigenvalue.lower();
        (value > 0).then(|| Level { degree, eigenvalue: eigenvalue.clone(), value })
    };
    let all = spectrum.eigenvalues().iter().enumerate();
    let mut levels: Vec<Level> = all.filter_map(|(k, e)| level(k, &e.value)).collect();
    levels.sort_by(|a, b| b.value.total_cmp(&a.value));
    levels
}

impl Clipped {
    pub fn new(spectrum: &Spectrum, precision: u32) -> Clipped {
        let top = spectrum.eigenvalues().len() - 1;
        let weights = harmonic::multiplicity_balls(spectrum.dimension(), top, precision);
        Clipped { dimension: spectrum.dimension(), precision, weights, levels: levels(spectrum) }
    }

    pub fn dimension(&self) -> usize {
        self.dimension
    }

    /// The highest degree.
    pub fn top(&self) -> usize {
        self.weights.len() - 1
    }

    /// The excess over every level in turn.
    pub fn excesses(&self, rho: &Ball, visit: &mut dyn FnMut(&Ball)) {
        let polynomials = self.polynomials(rho);
        let (mut weighted, mut plain) = (Ball::zero(self.precision), Ball::zero(self.precision));
        for level in &self.levels {
            let polynomial = &self.weights[level.degree] * &polynomials[level.degree];
            weighted = &weighted + &(&level.eigenvalue * &polynomial);
            plain = &plain + &polynomial;
            visit(&(&weighted - &(&level.ball() * &plain)));
        }
    }

    /// `min(λ_k, c) N(d,k)` by degree, for the level number `m`; zero where no eigenvalue is known to be positive.
    pub fn heights(&self, m: usize) -> Vec<Ball> {
        let mut out = vec![Ball::zero(self.precision); self.weights.len()];
        let clip = self.levels[m].ball();
        for (i, level) in self.levels.iter().enumerate() {
            let height = if i <= m { &clip } else { &level.eigenvalue };
            out[level.degree] = height * &self.weights[level.degree];
        }
        out
    }

    /// What is left up to the highest degree at `ρ = 1`, `K_c(1) = Σ_k min(λ_k, c) N(d,k)`, for every level `c`.
    pub fn at_one(&self) -> Vec<Ball> {
        (0..self.levels.len()).map(|m| Ball::sum(self.precision, &self.heights(m))).collect()
    }

    fn polynomials(&self, rho: &Ball) -> Vec<Ball> {
        let mut out = Vec::with_capacity(self.weights.len());
        let rho = rho.with_precision(self.precision);
        harmonic::legendre(self.dimension, &rho, self.top(), |_, p| out.push(p.clone()));
        out
    }
}

impl Level {
    fn ball(&self) -> Ball {
        Ball::exact(self.value.clone())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::number::Mag;

    proptest! {
        #![proptest_config(ntk_testing::cases(64))]
        /// For every member of wide eigenvalues nothing is taken away that is not there, and what is left is enclosed.
        #[test]
        fn no_excess_is_negative_for_any_member(
            values in prop::collection::vec((1i64..64, 0i64..80), 1..7), d in 2usize..6, upper: bool, rho in -8i64..=8,
        ) {
            let ball = |(mid, rad): &(i64, i64)| Ball::from_integer(*mid, 64).widened(Mag::from_usize(*rad as usize)).shl(-6);
            let balls: Vec<Ball> = values.iter().map(ball).collect();
            let clipped = Clipped::new(&Spectrum::of_values(d, balls.clone()), 120);
            let proved = balls.iter().filter(|x| x.lower() > 0).count();
            prop_assert_eq!(clipped.levels.len(), proved);
            let member = |k: usize| Ball::exact(if upper { balls[k].upper() } else { balls[k].lower() });
            let numbers = harmonic::multiplicity_balls(d, clipped.top(), 120);
            let rho = Ball::from_integer(rho, 120).shl(-3);
            let mut polynomials = vec![];
            harmonic::legendre(d, &rho, clipped.top(), |_, p| polynomials.push(p.clone()));
            let mut found = vec![];
            clipped.excesses(&rho, &mut |x| found.push(x.clone()));
            let at_one = clipped.at_one();
            for (m, level) in clipped.levels.iter().enumerate() {
                let c = Ball::exact(level.value.clone());
                let (mut excess, mut whole) = (Ball::zero(200), Ball::zero(200));
                let heights = clipped.heights(m);
                for (i, inside) in clipped.levels.iter().enumerate() {
                    let k = inside.degree;
                    let own = member(k);
                    prop_assert!(i > m || own.lower() >= c.upper(), "degree {} at level {}: {} below {}", k, m, own, c);
                    let left = if i <= m { c.clone() } else { own.clone() };
                    excess = excess + (&own - &left) * &numbers[k] * &polynomials[k];
                    let height = left * &numbers[k];
                    prop_assert!(heights[k].overlaps(&height), "degree {} at level {}", k, m);
                    whole = whole + height;
                }
                prop_assert!(found[m].overlaps(&excess), "level {}: {} for {}", m, found[m], excess);
                prop_assert!(at_one[m].overlaps(&whole));
            }
        }
    }
}
