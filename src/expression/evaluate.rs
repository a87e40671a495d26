//! Values of a piece, at points where a quotient of it is 0/0 too.
//!
//! Next to such a point the expression loses bits: where numerator and denominator have zeros of order `n`, about `n`
//! times those by which the distance `t` is below one. Within one of the point the expression is evaluated with three
//! times the bits, and by its Taylor polynomial at the point as well, which is the better the nearer it is: the
//! narrower result counts.

use super::pieces::Piece;
use super::program::Program;
use super::removable::Expansion;
use crate::number::{Ball, ComplexBall, Mag};

impl Piece {
    /// The function on a ball; not finite where it is not defined on all of it.
    pub(crate) fn evaluate(&self, x: &Ball) -> Ball {
        self.near_a_point(&self.value, x, |point| Expansion::on_interval(&self.value, point, x).at(point, x))
    }

    /// Its derivative.
    pub(crate) fn derivative(&self, x: &Ball) -> Ball {
        self.near_a_point(&self.slope, x, |point| {
            Expansion::on_interval(&self.value, point, x).derivative()?.at(point, x)
        })
    }

    fn near_a_point(&self, program: &Program, x: &Ball, by_series: impl Fn(&Ball) -> Option<Ball>) -> Ball {
        let precision = x.precision();
        let Some(point) = self.removable.iter().find(|point| (x - *point).magnitude() <= Mag::ONE) else {
            return program.run(x, precision);
        };
        let more = 3 * precision + 64;
        let direct = program.run(&x.with_precision(more), more).with_precision(precision);
        match by_series(point) {
            Some(series)
                if series.is_finite() && (!direct.is_finite() || series.radius() < direct.radius()) =>
            {
                series
            }
            _ => direct,
        }
    }

    /// The function on a rectangle; not finite unless it is analytic on all of it.
    pub(crate) fn evaluate_complex(&self, z: &ComplexBall) -> ComplexBall {
        let direct = self.value.run(z, z.precision());
        let distance = |point: &Ball| (z - &ComplexBall::real(point.clone())).magnitude();
        let Some(point) = self.removable.iter().find(|point| distance(point) <= Mag::ONE) else {
            return direct;
        };
        let expansion = Expansion::on_rectangle(&self.value, point, z);
        match expansion.whole() {
            Some(whole) if !direct.is_finite() || whole.magnitude() < direct.magnitude() => whole.clone(),
            _ => direct,
        }
    }
}

#[cfg(test)]
mod tests {
    use rug::Float;

    use super::*;
    use crate::expression::pieces::Pieces;

    /// The sign of a term and the `m` of its `m!`, if there is one.
    type Term = fn(u32) -> Option<(i64, u64)>;

    /// A formula and the same written without a quotient that is 0/0, by a series with what is left out: `Σ_{k<30} a_k
    /// t^k`.
    const CONTINUED: [(&str, Term); 4] = [
        // (-1)^k (2t)^{2k}/(2k+1)!
        ("sin(2*x)/(2*x)", |k| {
            k.is_multiple_of(2).then(|| (if k % 4 == 0 { 1 } else { -1 }, u64::from(k) + 1))
        }),
        ("(exp(2*x)-1)/(2*x)", |k| Some((1, u64::from(k) + 1))),
        ("(1-cos(2*x))/(2*x)^2", |k| {
            k.is_multiple_of(2).then(|| (if k % 4 == 0 { 1 } else { -1 }, u64::from(k) + 2))
        }),
        ("(exp(2*x)-1-2*x)/(2*x)^2", |k| Some((1, u64::from(k) + 2))),
    ];

    fn piece(formula: &str) -> Piece {
        let Ok(mut pieces) = Pieces::parse(formula) else { panic!("{formula}") };
        assert_eq!(pieces.pieces.len(), 1, "{formula}");
        let piece = pieces.pieces.remove(0);
        assert_eq!(piece.removable.len(), 1, "{formula}");
        piece
    }

    /// `Σ_{k<80} ± (2x)^k/m_k!` for |x| <= 2, the rest below 4^80/80! < 2^-200, and its derivative.
    fn truth(term: Term, x: &Ball) -> [Ball; 2] {
        let precision = 600;
        let y = x.with_precision(precision).shl(1);
        let factorial =
            |n: u64| (1..=n).fold(Ball::from_integer(1, precision), |f, j| f.mul_integer(j as i64));
        let mut out = [Ball::zero(precision), Ball::zero(precision)];
        for (k, (sign, m)) in (0..80).filter_map(|k| Some((k, term(k)?))) {
            let c = Ball::from_integer(sign, precision) / factorial(m);
            out[0] = &out[0] + &(&c * &y.pow(u64::from(k)));
            if k > 0 {
                out[1] = &out[1] + &(&c * &y.pow(u64::from(k) - 1)).mul_integer(2 * i64::from(k));
            }
        }
        out.map(|sum| sum.widened(Mag::pow2(-200)))
    }

    #[test]
    fn values_at_and_next_to_the_point_have_their_bits() {
        for (formula, term) in CONTINUED {
            let piece = piece(formula);
            for exponent in [0u32, 1, 2, 5, 9, 10, 15, 30, 64, 200, 2000] {
                for sign in [-1, 1] {
                    let x = Ball::exact(Float::with_val(64, sign) >> exponent);
                    for precision in [64, 192] {
                        let x = x.with_precision(precision);
                        let [value, slope] = truth(term, &x);
                        for (found, truth) in [(piece.evaluate(&x), value), (piece.derivative(&x), slope)] {
                            let (gap, good) =
                                ((&found - &truth).magnitude(), Mag::pow2(6 - i64::from(precision)));
                            assert!(
                                found.overlaps(&truth) && gap <= good.max(Mag::pow2(-190)),
                                "{formula}, {x}: {found}"
                            );
                        }
                    }
                }
            }
            let zero = Ball::zero(64);
            assert!(piece.evaluate(&zero).overlaps(&truth(term, &zero)[0]), "{formula}");
            assert!(piece.derivative(&zero).overlaps(&truth(term, &zero)[1]), "{formula}");
        }
    }

    /// On balls around the point and on rectangles, the values at the corners and in the middle lie in what is found.
    #[test]
    fn intervals_and_rectangles_hold_the_values() {
        for (formula, term) in CONTINUED {
            let piece = piece(formula);
            for exponent in [-1i64, 0, 1, 3, 8, 60] {
                let half = Mag::pow2(-exponent);
                for shift in [-1, 0, 1] {
                    let centre = Ball::from_integer(shift, 64).shl(-exponent as i32 - 1);
                    let interval = centre.widened(half);
                    let (whole, slope) = (piece.evaluate(&interval), piece.derivative(&interval));
                    let side = Ball::zero(64).widened(half);
                    let rectangle = piece.evaluate_complex(&ComplexBall::new(interval.clone(), side));
                    for end in [interval.lower(), interval.upper(), centre.midpoint().clone()] {
                        let [value, derivative] = truth(term, &Ball::exact(end));
                        assert!(whole.overlaps(&value), "{formula} on {interval}: {whole}, {value}");
                        assert!(
                            slope.overlaps(&derivative),
                            "{formula} on {interval}: {slope}, {derivative}"
                        );
                        assert!(rectangle.re().overlaps(&value), "{formula} on {interval}: {value}");
                    }
                    assert!(exponent < 1 || rectangle.is_finite(), "{formula} on {interval}");
                    assert!(exponent < 3 || whole.radius() < half.shl(4), "{formula} on {interval}: {whole}");
                }
            }
        }
    }

    /// A pole is no removable point, and a cut next to one is seen.
    #[test]
    fn what_is_not_analytic_is_not_continued() {
        let piece = piece("sin(x)/x*log(x^2 + 1/100)");
        let square = |half: Mag| {
            let side = Ball::zero(64).widened(half);
            piece.evaluate_complex(&ComplexBall::new(side.clone(), side))
        };
        assert!(square(Mag::pow2(-5)).is_finite());
        // The cut starts at i/10.
        assert!(!square(Mag::pow2(-3)).is_finite());
    }
}
