//! Exact functions that are, between rational breakpoints, `p(x) + Σ_c p_c(x) e^{cx}` with rational
//! polynomials and rates: what activations of this kind are made of, and what is known of them
//! without rounding (jumps, parity, derivatives).

use std::collections::BTreeMap;

use rug::Rational;
use rug::ops::Pow;

use crate::number::Ball;
use crate::number::rational::abridged;

/// `Σ_c p_c(x) e^{cx}` (`c = 0` is the polynomial part); no zero polynomial and no trailing zero is
/// stored, so equal functions compare equal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExpPoly(BTreeMap<Rational, Vec<Rational>>);

impl ExpPoly {
    pub(crate) fn polynomial(coefficients: Vec<Rational>) -> ExpPoly {
        ExpPoly::term(Rational::new(), coefficients)
    }

    /// `p(x) e^{rate·x}`.
    pub(crate) fn term(rate: Rational, coefficients: Vec<Rational>) -> ExpPoly {
        let mut out = ExpPoly::default();
        out.add_term(&rate, coefficients);
        out
    }

    fn add_term(&mut self, rate: &Rational, coefficients: Vec<Rational>) {
        let sum = self.0.entry(rate.clone()).or_default();
        if sum.len() < coefficients.len() {
            sum.resize(coefficients.len(), Rational::new());
        }
        for (s, c) in sum.iter_mut().zip(coefficients) {
            *s += c;
        }
        while sum.last().is_some_and(|c| c.is_zero()) {
            sum.pop();
        }
        if sum.is_empty() {
            self.0.remove(rate);
        }
    }

    pub(crate) fn terms(&self) -> impl Iterator<Item = (&Rational, &[Rational])> {
        self.0.iter().map(|(c, p)| (c, p.as_slice()))
    }

    /// The polynomial that multiplies `e^{rate·x}`.
    pub(crate) fn into_term(mut self, rate: &Rational) -> Vec<Rational> {
        self.0.remove(rate).unwrap_or_default()
    }

    /// The polynomial, if there is nothing else.
    pub(crate) fn as_polynomial(&self) -> Option<&[Rational]> {
        match self.0.len() {
            0 => Some(&[]),
            1 => self.0.get(&Rational::new()).map(Vec::as_slice),
            _ => None,
        }
    }

    pub(crate) fn plus(&self, other: &ExpPoly, factor: &Rational) -> ExpPoly {
        let mut out = self.clone();
        for (rate, p) in other.terms() {
            out.add_term(rate, p.iter().map(|c| Rational::from(c * factor)).collect());
        }
        out
    }

    pub(crate) fn scaled(&self, factor: &Rational) -> ExpPoly {
        ExpPoly::default().plus(self, factor)
    }

    pub(crate) fn times(&self, other: &ExpPoly) -> ExpPoly {
        let mut out = ExpPoly::default();
        for (r, p) in self.terms() {
            for (s, q) in other.terms() {
                let mut product = vec![Rational::new(); p.len() + q.len() - 1];
                for (i, a) in p.iter().enumerate().filter(|(_, a)| !a.is_zero()) {
                    for (j, b) in q.iter().enumerate() {
                        product[i + j] += Rational::from(a * b);
                    }
                }
                out.add_term(&Rational::from(r + s), product);
            }
        }
        out
    }

    /// `f(-x)`.
    pub(crate) fn reflected(&self) -> ExpPoly {
        let flip = |p: &Vec<Rational>| -> Vec<Rational> {
            p.iter()
                .enumerate()
                .map(|(i, c)| if i % 2 == 1 { Rational::from(-c) } else { c.clone() })
                .collect()
        };
        ExpPoly(self.0.iter().map(|(c, p)| (Rational::from(-c), flip(p))).collect())
    }

    pub(crate) fn derivative(&self) -> ExpPoly {
        let mut out = ExpPoly::default();
        for (rate, p) in self.terms() {
            let inner = p.iter().enumerate().skip(1).map(|(i, c)| Rational::from(c * i as u64)).collect();
            out.add_term(rate, inner);
            out.add_term(rate, p.iter().map(|c| Rational::from(c * rate)).collect());
        }
        out
    }
}

/// `Σ_j w_j e^{r_j}` with distinct rational `r_j` and non-zero rational `w_j`. By
/// Lindemann–Weierstrass these exponentials are linearly independent over the rationals, so the
/// number is zero exactly when no term is left.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExpSum(BTreeMap<Rational, Rational>);

impl ExpSum {
    pub(crate) fn add(&mut self, exponent: Rational, weight: &Rational) {
        let sum = self.0.entry(exponent.clone()).or_default();
        *sum += weight;
        if sum.is_zero() {
            self.0.remove(&exponent);
        }
    }

    /// `self + sign·other`.
    pub(crate) fn plus(&self, other: &ExpSum, sign: i32) -> ExpSum {
        let mut out = self.clone();
        for (r, w) in &other.0 {
            out.add(r.clone(), &Rational::from(w * sign));
        }
        out
    }

    pub(crate) fn is_zero(&self) -> bool {
        self.0.is_empty()
    }

    /// The pairs `(w_j, r_j)`.
    pub(crate) fn terms(&self) -> impl Iterator<Item = (&Rational, &Rational)> {
        self.0.iter().map(|(r, w)| (w, r))
    }

    pub(crate) fn to_ball(&self, precision: u32) -> Ball {
        let mut out = Ball::zero(precision);
        for (w, r) in self.terms() {
            let weight = Ball::from_gmp_rational(w, precision);
            out = if r.is_zero() {
                out + weight
            } else {
                out + weight * Ball::from_gmp_rational(r, precision).exp()
            };
        }
        out
    }
}

/// A function given by pieces between increasing rational breakpoints; its values at the breakpoints
/// do not matter. Adjacent pieces differ, so equal functions compare equal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pieces {
    breakpoints: Vec<Rational>,
    pieces: Vec<ExpPoly>,
}

impl Pieces {
    /// `pieces.len() == breakpoints.len() + 1`, breakpoints strictly increasing.
    pub(crate) fn new(breakpoints: Vec<Rational>, pieces: Vec<ExpPoly>) -> Pieces {
        debug_assert_eq!(pieces.len(), breakpoints.len() + 1);
        let mut out = Pieces { breakpoints: vec![], pieces: vec![] };
        let mut breaks = breakpoints.into_iter();
        for piece in pieces {
            let left = if out.pieces.is_empty() { None } else { breaks.next() };
            if out.pieces.last() == Some(&piece) {
                continue;
            }
            out.breakpoints.extend(left);
            out.pieces.push(piece);
        }
        out
    }

    /// Pieces that are polynomials with small integer data.
    pub(crate) fn small(breakpoints: &[i64], pieces: &[&[i64]]) -> Pieces {
        let rationals = |list: &[i64]| list.iter().map(|&n| Rational::from(n)).collect::<Vec<_>>();
        Pieces::new(
            rationals(breakpoints),
            pieces.iter().map(|p| ExpPoly::polynomial(rationals(p))).collect(),
        )
    }

    pub(crate) fn breakpoints(&self) -> &[Rational] {
        &self.breakpoints
    }

    pub(crate) fn pieces(&self) -> &[ExpPoly] {
        &self.pieces
    }

    /// Every piece with the interval it lives on; `None` is infinite.
    pub(crate) fn intervals(&self) -> impl Iterator<Item = (Option<&Rational>, Option<&Rational>, &ExpPoly)> {
        self.pieces.iter().enumerate().map(|(i, piece)| {
            (i.checked_sub(1).map(|j| &self.breakpoints[j]), self.breakpoints.get(i), piece)
        })
    }

    fn map(&self, f: impl Fn(&ExpPoly) -> ExpPoly) -> Pieces {
        Pieces::new(self.breakpoints.clone(), self.pieces.iter().map(f).collect())
    }

    /// The derivative away from the breakpoints.
    pub(crate) fn derivative(&self) -> Pieces {
        self.map(ExpPoly::derivative)
    }

    pub(crate) fn square(&self) -> Pieces {
        self.map(|p| p.times(p))
    }

    pub(crate) fn scaled(&self, factor: &Rational) -> Pieces {
        self.map(|p| p.scaled(factor))
    }

    pub(crate) fn reflected(&self) -> Pieces {
        let breakpoints = self.breakpoints.iter().rev().map(|b| Rational::from(-b)).collect();
        Pieces::new(breakpoints, self.pieces.iter().rev().map(ExpPoly::reflected).collect())
    }

    /// `self + factor·other`.
    pub(crate) fn plus(&self, other: &Pieces, factor: &Rational) -> Pieces {
        let (mut i, mut j) = (0, 0);
        let mut breakpoints = vec![];
        let mut pieces = vec![self.pieces[0].plus(&other.pieces[0], factor)];
        while i < self.breakpoints.len() || j < other.breakpoints.len() {
            let next = match (self.breakpoints.get(i), other.breakpoints.get(j)) {
                (Some(a), Some(b)) => a.min(b),
                (Some(a), None) | (None, Some(a)) => a,
                (None, None) => break,
            }
            .clone();
            i += usize::from(self.breakpoints.get(i) == Some(&next));
            j += usize::from(other.breakpoints.get(j) == Some(&next));
            breakpoints.push(next);
            pieces.push(self.pieces[i].plus(&other.pieces[j], factor));
        }
        Pieces::new(breakpoints, pieces)
    }

    /// `(f(x) + f(-x))/2`, or with a minus sign for the odd part.
    pub(crate) fn parity_part(&self, odd: bool) -> Pieces {
        let sign = Rational::from(if odd { -1 } else { 1 });
        self.plus(&self.reflected(), &sign).scaled(&Rational::from((1, 2)))
    }

    /// The polynomial, if the function is one everywhere.
    pub(crate) fn as_polynomial(&self) -> Option<&[Rational]> {
        if self.breakpoints.is_empty() { self.pieces[0].as_polynomial() } else { None }
    }

    /// The largest degree of a polynomial part; 0 when there is none.
    pub(crate) fn degree(&self) -> usize {
        let degree = |p: &ExpPoly| p.0.get(&Rational::new()).map_or(0, |c| c.len() - 1);
        self.pieces.iter().map(degree).max().unwrap_or(0)
    }

    /// `(m, jump of the m-th derivative)` at breakpoint `i`, for `m < orders`, without the zeros.
    pub(crate) fn jumps(&self, i: usize, orders: usize) -> Vec<(usize, ExpSum)> {
        let at = &self.breakpoints[i];
        let difference = self.pieces[i + 1].plus(&self.pieces[i], &Rational::from(-1));
        let mut out = vec![ExpSum::default(); orders];
        for (rate, p) in difference.terms() {
            let exponent = Rational::from(rate * at);
            let taylor = taylor_shift(p, at);
            let mut factorial = Rational::from(1);
            // (p e^{cx})^{(m)} = Σ_i C(m, i) p^{(i)} c^{m-i} e^{cx}; here p is constant or c = 0.
            for (m, jump) in out.iter_mut().enumerate() {
                if m > 0 {
                    factorial *= m as u64;
                }
                let value = if rate.is_zero() {
                    taylor.get(m).map(|t| Rational::from(t * &factorial)).unwrap_or_default()
                } else {
                    &taylor[0] * power(rate, m)
                };
                if !value.is_zero() {
                    jump.add(exponent.clone(), &value);
                }
            }
        }
        out.into_iter().enumerate().filter(|(_, jump)| !jump.is_zero()).collect()
    }

    /// The places of the kinks and the jumps of the slope, where the function is continuous and linear by pieces.
    pub(crate) fn kinks(&self) -> Option<Vec<[Rational; 2]>> {
        let slopes = self.derivative();
        let slope = |piece: &ExpPoly| match piece.as_polynomial()? {
            [] => Some(Rational::new()),
            [slope] => Some(slope.clone()),
            _ => None,
        };
        let values: Vec<Rational> = slopes.pieces.iter().map(slope).collect::<Option<_>>()?;
        if self.first_discontinuity().is_some() {
            return None;
        }
        let jump =
            |(place, pair): (&Rational, &[Rational])| [place.clone(), Rational::from(&pair[1] - &pair[0])];
        Some(slopes.breakpoints.iter().zip(values.windows(2)).map(jump).collect())
    }

    /// Where the function itself jumps, if anywhere.
    pub(crate) fn first_discontinuity(&self) -> Option<&Rational> {
        (0..self.breakpoints.len()).find(|&i| !self.jumps(i, 1).is_empty()).map(|i| &self.breakpoints[i])
    }

    /// Smoothness in words.
    pub(crate) fn smoothness(&self) -> String {
        if self.breakpoints.is_empty() {
            return "analytic".to_string();
        }
        // One order beyond the degree always jumps where an exponential starts or ends.
        let orders = self.degree() + 2;
        let lowest = (0..self.breakpoints.len())
            .filter_map(|i| self.jumps(i, orders).first().map(|&(m, _)| (m, &self.breakpoints[i])))
            .collect::<Vec<_>>();
        let order = lowest.iter().map(|l| l.0).min().unwrap_or(orders);
        let places: Vec<String> =
            lowest.iter().filter(|l| l.0 == order).map(|l| abridged(&l.1.to_string())).collect();
        let places = match places.len() {
            0..=4 => places.join(", "),
            n => format!("{}, ... ({n} points)", places[..3].join(", ")),
        };
        match order {
            0 => format!("discontinuous, jump at {places}"),
            1 => format!("C^0, kink at {places}"),
            m => format!("C^{}, derivative {m} jumps at {places}", m - 1),
        }
    }
}

/// `c^m`.
pub(crate) fn power(c: &Rational, m: usize) -> Rational {
    Rational::from(Pow::pow(c, m as u32))
}

/// Coefficients of `p(x + a)`.
fn taylor_shift(p: &[Rational], a: &Rational) -> Vec<Rational> {
    let mut out = p.to_vec();
    if a.is_zero() {
        return out;
    }
    for i in 0..out.len() {
        for j in (i..out.len() - 1).rev() {
            let term = Rational::from(&out[j + 1] * a);
            out[j] += term;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rational(n: i64) -> Rational {
        Rational::from(n)
    }

    /// ELU with α = 1, times two.
    fn elu() -> Pieces {
        let below = ExpPoly::term(rational(1), vec![rational(2)])
            .plus(&ExpPoly::polynomial(vec![rational(1)]), &rational(-2));
        Pieces::new(vec![rational(0)], vec![below, ExpPoly::polynomial(vec![rational(0), rational(2)])])
    }

    #[test]
    fn jumps_that_vanish_are_absent() {
        let orders: Vec<usize> = elu().jumps(0, 5).iter().map(|(m, _)| *m).collect();
        assert_eq!(orders, [2, 3, 4]);
        assert!(elu().first_discontinuity().is_none());
        assert_eq!(elu().smoothness(), "C^1, derivative 2 jumps at 0");
        // x² and 2x - 1 meet at 1 with one derivative in common, away from zero.
        let spline = Pieces::small(&[1], &[&[0, 0, 1], &[-1, 2]]);
        let jumps = spline.jumps(0, 4);
        assert_eq!((jumps.len(), jumps[0].0), (1, 2));
        assert_eq!(jumps[0].1.terms().collect::<Vec<_>>(), [(&rational(-2), &rational(0))]);
    }

    #[test]
    fn exponentials_of_different_rationals_do_not_cancel() {
        let mut sum = ExpSum::default();
        sum.add(rational(1), &rational(3));
        sum.add(rational(2), &rational(-1));
        assert!(!sum.is_zero());
        let zero = sum.plus(&sum, -1);
        assert!(zero.is_zero() && zero.to_ball(64).is_exact_zero());
        let e = Ball::from_integer(1, 100).exp();
        assert!(sum.to_ball(100).overlaps(&(e.mul_integer(3) - e.square())));
    }

    #[test]
    fn pieces_that_agree_are_joined() {
        let line: &[i64] = &[0, 1];
        let joined = Pieces::small(&[-1, 0, 2], &[line, line, &[5], &[5]]);
        assert_eq!(joined, Pieces::small(&[0], &[line, &[5]]));
        assert_eq!(Pieces::small(&[3], &[line, line]).as_polynomial().map(<[_]>::len), Some(2));
    }

    #[test]
    fn parity_parts_add_up() {
        let relu = Pieces::small(&[0], &[&[], &[0, 1]]);
        let odd = relu.parity_part(true);
        assert_eq!(odd.as_polynomial(), Some(&[rational(0), Rational::from((1, 2))][..]));
        assert_eq!(relu.parity_part(false).plus(&odd, &rational(1)), relu);
        for f in [relu, elu(), Pieces::small(&[-3, 1, 3], &[&[], &[1, 2], &[0, 0, 1], &[7]])] {
            let sum = f.parity_part(false).plus(&f.parity_part(true), &rational(1));
            assert_eq!(sum, f);
            assert_eq!(f.parity_part(true).reflected(), f.parity_part(true).scaled(&rational(-1)));
        }
    }

    #[test]
    fn products_and_derivatives() {
        // (e^x - 1)² = e^{2x} - 2e^x + 1, and its derivative.
        let f = ExpPoly::term(rational(1), vec![rational(1)])
            .plus(&ExpPoly::polynomial(vec![rational(1)]), &rational(-1));
        let term = |c, w| ExpPoly::term(rational(c), vec![rational(w)]);
        let square = term(2, 1).plus(&term(1, -2), &rational(1)).plus(&term(0, 1), &rational(1));
        assert_eq!(f.times(&f), square);
        assert_eq!(square.derivative(), term(2, 2).plus(&term(1, -2), &rational(1)));
        // (x e^{3x})' = (1 + 3x) e^{3x}.
        let g = ExpPoly::term(rational(3), vec![rational(0), rational(1)]);
        assert_eq!(g.derivative(), ExpPoly::term(rational(3), vec![rational(1), rational(3)]));
        assert_eq!(g.reflected().reflected(), g);
    }
}
