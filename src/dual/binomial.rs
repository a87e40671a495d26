//! A dual that is known through its Hermite coefficients, about any point, every term to relative accuracy.
//!
//! With `ρ = a + x`, `a + b = 1`, `0 <= b <= 1`, a sum in which nothing cancels:
//!
//! ```text
//! f(ρ) = Σ_k μ_k² ρ^k = Σ_j d_j x^j,    d_j = Σ_k μ_k² C(k,j) a^{k-j},    d_j b^j = Σ_k μ_k² P(Bin(k, b) = j).
//! ```
//!
//! It is cut at `K` terms. Of the others three sums are known, `m_0 = Σ_{k>=K} μ_k²`, `m_1 = Σ_{k>=K} k μ_k²` and `m_2 =
//! Σ_{k>=K} k(k-1) μ_k²`: the whole ones are `E[φ²]`, `q E[φ'²]` and `q² E[φ''²]`. They bound what is left out of `d_1` by
//! `m_1` and of `d_2` by `m_2/2`, however close to one `a` is.

use std::cell::OnceCell;

use crate::number::{Ball, Mag};

/// What is known of a layer's squares: the first `K`, and the three sums over the others, each from zero on.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    pub squares: Vec<Ball>,
    pub rest: [Ball; 3],
    /// `Σ_{k<K} C(k,j) μ_k²`, where `a` is all but one.
    limits: OnceCell<Vec<Ball>>,
}

/// The expansion of `f(a + x)`, `0 <= x(1) <= b`, in powers of `x` up to `x^n`.
#[derive(Clone, Debug)]
pub(crate) struct Expansion {
    /// `d_0 … d_n`.
    pub terms: Vec<Ball>,
    /// `Σ_{j>n} d_j b^j`.
    pub beyond: Ball,
    /// The same of the derivative: `(j+1) d_{j+1}`, and `Σ_{j>n} (j+1) d_{j+1} b^j`.
    pub slopes: Vec<Ball>,
    pub slopes_beyond: Ball,
    /// `(f(1) - f(a))/b`.
    pub chord: Ball,
}

impl Cut {
    /// From the squares and the whole sums; a sum that is not known is not finite.
    pub fn new(squares: Vec<Ball>, whole: [&Ball; 3]) -> Cut {
        let weight = |i: usize, k: usize| match i {
            0 => 1,
            1 => k as i64,
            _ => k as i64 * (k as i64 - 1),
        };
        let left = |i: usize| {
            let precision = whole[i].precision();
            if !whole[i].is_finite() {
                return Ball::whole_line(precision);
            }
            let terms: Vec<Ball> =
                squares.iter().enumerate().map(|(k, x)| x.mul_integer(weight(i, k))).collect();
            from_zero_on(&(whole[i] - &Ball::sum(precision, &terms)))
        };
        let rest = [0, 1, 2].map(left);
        Cut { squares, rest, limits: OnceCell::new() }
    }

    /// The expansion about `a = 1 - b` up to `x^degree`. Both are enclosed, each as well as it is known.
    pub fn expand(&self, a: &Ball, b: &Ball, degree: usize, precision: u32) -> Expansion {
        let Sums { mut terms, mut beyond, mut slopes_beyond, mut chord } =
            self.sums(a, b, degree + 1, precision);
        let bounds = Bounds::new(self, a, b, degree + 1);
        for (term, bound) in terms.iter_mut().zip(&bounds.terms) {
            *term = &*term + &up_to(*bound, precision);
        }
        beyond = beyond + bounds.beyond(&self.rest[0], precision);
        slopes_beyond = slopes_beyond + bounds.slopes_beyond(&self.rest[1], precision);
        chord = chord + bounds.chord(&self.rest[0], b, precision);
        let slope = |(j, d): (usize, &Ball)| d.mul_integer(j as i64);
        let slopes = terms.iter().enumerate().skip(1).map(slope).collect();
        // Past the degree n: d_{n+1} b^{n+1} and what is beyond it.
        let last = terms.pop().unwrap_or_else(|| Ball::zero(precision));
        let beyond = &last * &b.pow(degree as u64 + 1) + &beyond;
        Expansion { terms, beyond, slopes, slopes_beyond, chord }
    }

    /// The first `K` terms' part of all that, up to `d_m` and beyond it.
    fn sums(&self, a: &Ball, b: &Ball, m: usize, precision: u32) -> Sums {
        let zero = Ball::zero(precision);
        let mut terms = vec![zero.clone(); m + 1];
        if a.is_exact_zero() {
            // f(x) itself, and b = 1.
            for (term, square) in terms.iter_mut().zip(&self.squares) {
                *term = square.with_precision(precision);
            }
            let far: Vec<Ball> = self.squares.iter().skip(m + 1).cloned().collect();
            let weighted = |(i, x): (usize, &Ball)| x.mul_integer((m + 1 + i) as i64);
            let slopes: Vec<Ball> = far.iter().enumerate().map(weighted).collect();
            let [beyond, slopes_beyond] = [far, slopes].map(|list| Ball::sum(precision, &list));
            let chord = Ball::sum(precision, self.squares.get(1..).unwrap_or(&[]));
            return Sums { terms, beyond, slopes_beyond, chord };
        }
        let change = b.magnitude() * Mag::from_usize(self.squares.len());
        if change < Mag::pow2(-i64::from(precision)) {
            return self.near_one(b, m, change, precision);
        }
        let (mut beyond, mut slopes_beyond, mut chord) = (zero.clone(), zero.clone(), zero);
        let power = b.pow(m as u64);
        let (last, weighted) = (&power * b, power.mul_integer(m as i64 + 1));
        // Horner's rule: from g to ρ g + μ_k², ρ = a + x. The coefficients become a d_j + d_{j-1}; with a + b = 1
        //   Σ_{j>m} (a d_j + d_{j-1}) b^j = Σ_{j>m} d_j b^j + d_m b^{m+1},
        //   Σ_{j>m} j (a d_j + d_{j-1}) b^{j-1} = Σ_{j>m} j d_j b^{j-1} + Σ_{j>m} d_j b^j + (m+1) d_m b^m,
        // and (g(1) - a g(a))/b = (g(1) - g(a))/b + g(a).
        for square in self.squares.iter().rev() {
            slopes_beyond = slopes_beyond + &beyond + &(&weighted * &terms[m]);
            beyond = beyond + &(&last * &terms[m]);
            chord = chord + &terms[0];
            for j in (1..=m).rev() {
                terms[j] = a * &terms[j] + &terms[j - 1];
            }
            terms[0] = a * &terms[0] + square;
        }
        Sums { terms, beyond, slopes_beyond, chord }
    }

    /// The same where `1 - Kb` is all but one. With `C_j = Σ_{k<K} C(k,j) μ_k²` and `1 >= a^k >= 1 - Kb`, `d_j` is between
    /// `(1 - Kb) C_j` and `C_j`, and the chord likewise, as `k a^k <= (1 - a^k)/b <= k`. For X binomial, `P(X > m) <= E[C(X,
    /// m+1)] = C(k,m+1) b^{m+1}`, and `E[X; X > m] <= (m+1) E[C(X, m+1)]`.
    fn near_one(&self, b: &Ball, m: usize, change: Mag, precision: u32) -> Sums {
        let limits = self.limits.get_or_init(|| {
            let mut terms = vec![Ball::zero(precision); m + 2];
            for square in self.squares.iter().rev() {
                for j in (1..=m + 1).rev() {
                    terms[j] = &terms[j] + &terms[j - 1];
                }
                terms[0] = &terms[0] + square;
            }
            terms
        });
        let factor = Ball::from_integer(1, precision) - up_to(change, precision);
        let terms: Vec<Ball> = limits[..=m].iter().map(|c| c * &factor).collect();
        let top = limits[m + 1].magnitude() * b.magnitude().pow(m as u64);
        Sums {
            chord: terms[1].clone(),
            terms,
            beyond: up_to(top * b.magnitude(), precision),
            slopes_beyond: up_to(top * Mag::from_usize(m + 1), precision),
        }
    }
}

struct Sums {
    terms: Vec<Ball>,
    beyond: Ball,
    slopes_beyond: Ball,
    chord: Ball,
}

/// Upper bounds of what the terms from `K` on add.
struct Bounds {
    terms: Vec<Mag>,
    beyond: Mag,
    slopes_beyond: Mag,
    chord: Mag,
    /// Bounds of what they add to `Σ_{j<=m} d_j b^j` and to `Σ_{j<=m} j d_j b^{j-1}`, and of `a^K Σ_{k>=K} μ_k²`.
    taken: [Mag; 3],
}

impl Bounds {
    fn new(cut: &Cut, a: &Ball, b: &Ball, m: usize) -> Bounds {
        let count = cut.squares.len();
        let [m0, m1, m2] = [0, 1, 2].map(|i| cut.rest[i].magnitude());
        let size = b.magnitude();
        let over = |x: Mag, d: usize| x.div_by_lower(lower(d));
        let powers = Powers { a: a.magnitude(), b: b.mignitude() };
        // d_j has the terms C(k,j) a^{k-j} μ_k², and C(k,j) = k C(k-1,j-1)/j = k(k-1) C(k-2,j-2)/(j(j-1)).
        let term = |j: usize| {
            let mut bound = m0 * powers.most(count, j);
            if j >= 1 && count >= 1 {
                bound = bound.min(over(m1, j) * powers.most(count - 1, j - 1));
            }
            if j >= 2 && count >= 2 {
                bound = bound.min(over(m2, j * (j - 1)) * powers.most(count - 2, j - 2));
            }
            bound
        };
        let terms: Vec<Mag> = (0..=m).map(term).collect();
        // For X binomial, E[X] = kb: P(X > m) <= E[X]/(m+1), E[X(X-1)]/(m(m+1)), and E[X; X > m] <= E[X], E[X(X-1)]/m.
        let beyond = m0.min(over(size * m1, m + 1)).min(over(size * size * m2, m * (m + 1)));
        let slopes_beyond = m1.min(over(size * m2, m));
        // (1 - a^k)/b <= k and <= 1/b.
        let chord = m1.min(m0.div_by_lower(b.mignitude()));
        let mut taken = [Mag::ZERO, Mag::ZERO, m0 * powers.most(count, 0)];
        let mut power = Mag::ONE;
        for (j, bound) in terms.iter().enumerate() {
            taken[0] = taken[0] + *bound * power;
            if let Some(next) = terms.get(j + 1) {
                taken[1] = taken[1] + *next * power * Mag::from_usize(j + 1);
            }
            power = power * size;
        }
        Bounds { terms, beyond, slopes_beyond, chord, taken }
    }

    /// `Σ_{k>=K} μ_k² P(Bin(k,b) > m)`: all of `m_0` but for what the terms up to `m` take.
    fn beyond(&self, whole: &Ball, precision: u32) -> Ball {
        between(whole, self.taken[0], self.beyond, precision)
    }

    /// The same with the factor `j/b`: all of `m_1` but for what the terms up to `m` take.
    fn slopes_beyond(&self, whole: &Ball, precision: u32) -> Ball {
        between(whole, self.taken[1], self.slopes_beyond, precision)
    }

    /// `Σ_{k>=K} μ_k² (1 - a^k)/b`, `0 <= a^k <= a^K`.
    fn chord(&self, whole: &Ball, b: &Ball, precision: u32) -> Ball {
        let bounded = up_to(self.chord, precision);
        let known = between(whole, self.taken[2], Mag::INFINITY, precision) / b;
        if known.lower() >= 0 { known.intersection(&bounded) } else { bounded }
    }
}

/// `C(k,j) a^{k-j}` for all `k` from one on.
struct Powers {
    a: Mag,
    /// A lower bound of `b`.
    b: Mag,
}

impl Powers {
    /// A bound of `C(k,j) a^{k-j}` for every `k >= n`: at most `b^-j`, as it is a probability times that. From `k` to `k +
    /// 1` it changes by the factor `a (k+1)/(k+1-j)`, at most 1 where `(k+1) b >= j`: from there on it falls.
    fn most(&self, n: usize, j: usize) -> Mag {
        let most = Mag::ONE.div_by_lower(self.b).pow(j as u64);
        if n < j || Mag::from_usize(n + 1) * self.b < Mag::from_usize(j) * Mag::from_f64(1.0 + 1e-6) {
            return most;
        }
        let mut choose = Mag::ONE;
        for i in 0..j {
            choose = (choose * Mag::from_usize(n - i)).div_by_lower(lower(i + 1));
        }
        (choose * self.a.pow((n - j) as u64)).min(most)
    }
}

/// A lower bound of an integer.
fn lower(n: usize) -> Mag {
    Mag::from_float_lower(&rug::Float::with_val(64, n))
}

/// The enclosure of what lies between zero and a bound.
fn up_to(most: Mag, precision: u32) -> Ball {
    if !most.is_finite() {
        return Ball::whole_line(precision);
    }
    Ball::from_bounds(&rug::Float::new(53), &most.to_float(), precision)
}

/// `whole` less something between zero and `taken`, at least zero and at most `most`.
fn between(whole: &Ball, taken: Mag, most: Mag, precision: u32) -> Ball {
    let bounded = up_to(most, precision);
    if !whole.is_finite() || !taken.is_finite() {
        return bounded;
    }
    let less = whole - &up_to(taken, precision);
    from_zero_on(&less.with_precision(precision)).intersection(&bounded)
}

/// The part of an enclosure that is not negative: what it encloses is not.
fn from_zero_on(x: &Ball) -> Ball {
    if x.lower() >= 0 || !x.is_finite() {
        return x.clone();
    }
    let upper = x.upper();
    let upper = if upper.is_sign_negative() { rug::Float::new(53) } else { upper };
    Ball::from_bounds(&rug::Float::new(53), &upper, x.precision())
}

#[cfg(test)]
mod tests;
