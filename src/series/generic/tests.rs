use num_rational::BigRational;
use proptest::prelude::*;

use super::{Field, Series};
use crate::number::{Ball, ClosedForm, parse_rational};

fn r(text: &str) -> BigRational {
    parse_rational(text).unwrap()
}

/// Same element: equality where it is decidable, a common member for balls.
trait Same: Field {
    fn same(&self, other: &Self) -> bool;
}

impl Same for BigRational {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Same for ClosedForm {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

impl Same for Ball {
    fn same(&self, other: &Self) -> bool {
        let narrow = |x: &Ball| x.radius() <= crate::number::Mag::pow2(-40);
        self.overlaps(other) && narrow(self) && narrow(other)
    }
}

fn same<R: Same>(a: &Series<R>, b: &Series<R>) -> bool {
    a.len() == b.len() && a.coefficients().iter().zip(b.coefficients()).all(|(x, y)| x.same(y))
}

/// The laws, on every ring; `u` has the constant term one.
fn laws<R: Same>(u: &Series<R>, v: &Series<R>, w: &Series<R>, alpha: &BigRational, beta: &BigRational) {
    let one = u.coefficients()[0].one_like();
    assert!(same(&u.mul(&v.add(w)), &u.mul(v).add(&u.mul(w))), "distributivity");
    assert!(same(&u.mul(v), &v.mul(u)), "commutativity");
    assert!(same(&u.sub(v).add(v), u), "difference");
    // Leibniz and the fundamental theorem.
    let short = |s: &Series<R>| s.truncated(s.len() - 1);
    let leibniz = u.derivative().mul(&short(v)).add(&short(u).mul(&v.derivative()));
    assert!(same(&u.mul(v).derivative(), &leibniz), "Leibniz");
    assert!(same(&v.derivative().integral(v.coefficients()[0].clone()), v), "integral");
    // Powers.
    let power = |a: &BigRational| u.power(a, one.clone()).unwrap();
    assert!(same(&power(alpha).mul(&power(beta)), &power(&(alpha + beta))), "exponents add");
    assert!(same(&power(&r("3")), &u.mul(u).mul(u)), "cube");
    let root = u.sqrt(one.clone()).unwrap();
    assert!(same(&root.mul(&root), u), "square root");
    assert!(same(&root.reciprocal().unwrap(), &u.rsqrt(one.clone()).unwrap()), "reciprocal root");
    let unit = u.mul(&u.reciprocal().unwrap());
    assert!(unit.coefficients()[0].same(&one));
    assert!(unit.coefficients()[1..].iter().all(|c| c.same(&one.zero_like())), "reciprocal");
    // Exponentials, with the constant terms taken away.
    let shifted = |s: &Series<R>| {
        let mut out = s.coefficients().to_vec();
        out[0] = out[0].zero_like();
        Series::new(out)
    };
    let (x, y) = (shifted(v), shifted(w));
    let product = x.exp(one.clone()).mul(&y.exp(one.clone()));
    assert!(same(&product, &x.add(&y).exp(one.clone())), "exp of a sum");
    // Composition: 1/(2 - v) about v_0 = 1 has the coefficients 1, and Horner agrees.
    let ones = vec![one.clone(); u.len()];
    let direct = Series::new(shifted(u).coefficients().iter().map(|c| c.neg()).collect());
    let mut direct = direct.coefficients().to_vec();
    direct[0] = one.clone();
    let direct = Series::new(direct).reciprocal().unwrap();
    assert!(same(&u.compose_into(&ones), &direct), "composition");
    // log u by the chain rule, then exp.
    let log = u.chain(&short(&u.reciprocal().unwrap()), one.zero_like());
    assert!(same(&log.exp(one), u), "exp log");
}

fn small() -> impl Strategy<Value = Vec<(i64, i64, usize)>> {
    prop::collection::vec((-5i64..=5, 1i64..=5, 0usize..4), 6)
}

fn exponent() -> impl Strategy<Value = BigRational> {
    (-7i64..=7, 1i64..=4).prop_map(|(a, b)| BigRational::new(a.into(), b.into()))
}

/// A series over a ring with the chosen generators mixed in; `unit` makes the constant term one.
fn series<R: Field>(parts: &[(i64, i64, usize)], generators: &[R], unit: bool) -> Series<R> {
    let term = |(i, &(a, b, g)): (usize, &(i64, i64, usize))| {
        let g = &generators[g % generators.len()];
        if unit && i == 0 { g.one_like() } else { g.scaled(&BigRational::new(a.into(), b.into())) }
    };
    Series::new(parts.iter().enumerate().map(term).collect())
}

proptest! {
    #![proptest_config(ntk_testing::cases(64))]
    #[test]
    fn laws_hold_on_every_ring(
        u in small(), v in small(), w in small(), alpha in exponent(), beta in exponent(), p in 80u32..200,
    ) {
        let exact = [r("1")];
        laws(&series(&u, &exact, true), &series(&v, &exact, false), &series(&w, &exact, false), &alpha, &beta);
        let forms =
            [ClosedForm::one(), ClosedForm::pi_power(-2), ClosedForm::sqrt(&r("2")).unwrap(), ClosedForm::exp(&r("1"))];
        laws(&series(&u, &forms, true), &series(&v, &forms, false), &series(&w, &forms, false), &alpha, &beta);
        let balls = forms.map(|f| f.to_ball(p));
        laws(&series(&u, &balls, true), &series(&v, &balls, false), &series(&w, &balls, false), &alpha, &beta);
    }

    #[test]
    fn balls_hold_the_exact_series(u in small(), alpha in exponent(), p in 20u32..200) {
        let exact = series(&u, &[r("1")], true).power(&alpha, r("1")).unwrap();
        let one = [Ball::from_integer(1, p)];
        let balls = series(&u, &one, true).power(&alpha, one[0].clone()).unwrap();
        for (ball, truth) in balls.coefficients().iter().zip(exact.coefficients()) {
            prop_assert!(ball.contains_rational(truth));
        }
    }
}

#[test]
fn empty_series_stay_empty() {
    let empty: Series<BigRational> = Series::new(vec![]);
    assert!(empty.derivative().is_empty() && empty.mul(&empty).is_empty());
    assert!(empty.reciprocal().unwrap().is_empty() && empty.exp(r("1")).is_empty());
    assert!(empty.compose_into(&[r("1")]).is_empty() && empty.chain(&empty, r("1")).is_empty());
}
