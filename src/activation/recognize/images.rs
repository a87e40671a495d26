//! Formulas that are images of an activation of the catalogue, `a ψ(bx) + p(x)`.

use num_rational::BigRational;
use num_traits::{One, Zero};
use rug::Rational;

use super::Activation;
use crate::activation::bell::Bell;
use crate::activation::image::Image;
use crate::activation::waves::{Kind, Waves};
use crate::expression::graph::Function;
use crate::expression::image::Product;
use crate::expression::normal::{Atom, Normal, Table};
use crate::expression::pieces::Pieces;
use crate::hermite::pieces::ExpPoly;
use crate::number::ClosedForm;
use crate::number::rational::rational_from_gmp;

/// Most coefficients of a polynomial beside a kink.
const MAX_LENGTH: usize = 65;

/// The image that the formula is; one without any change to ψ is not looked for.
pub(in crate::activation) fn image(pieces: &Pieces) -> Option<Image> {
    let forms: Vec<&Normal> = pieces.forms.iter().map(Option::as_ref).collect::<Option<_>>()?;
    match forms.as_slice() {
        [form] => {
            let (products, polynomial) = pieces.table.as_products(form)?;
            match products.as_slice() {
                [product] => of_product(&pieces.table, product, polynomial),
                _ => of_waves(&products, polynomial),
            }
        }
        [left, right] if pieces.breakpoints[0].exact().is_some_and(Rational::is_zero) => {
            let [left, right] = [left, right].map(|form| pieces.table.as_products(form));
            of_softsign(left?, right?)
        }
        _ => None,
    }
}

/// Products and a polynomial.
type Pieced = (Vec<Product>, Vec<ClosedForm>);

/// `product = multiple · ψ(bx) + polynomial`.
struct Known {
    of: Activation,
    rate_squared: BigRational,
    multiple: ClosedForm,
    polynomial: Vec<ClosedForm>,
}

impl Known {
    fn new(of: Activation, rate_squared: BigRational) -> Known {
        Known { of, rate_squared, multiple: ClosedForm::one(), polynomial: vec![] }
    }

    fn times(self, multiple: ClosedForm) -> Known {
        Known { multiple, ..self }
    }

    fn and(self, polynomial: Vec<ClosedForm>) -> Known {
        Known { polynomial, ..self }
    }
}

fn of_product(table: &Table, product: &Product, mut sum: Vec<ClosedForm>) -> Option<Image> {
    let known = known(table, product)?;
    let factor = &product.factor;
    if sum.len() < known.polynomial.len() {
        sum.resize(known.polynomial.len(), ClosedForm::zero());
    }
    for (sum, c) in sum.iter_mut().zip(&known.polynomial) {
        *sum = &*sum + &(factor * c);
    }
    let factor = factor * &known.multiple;
    Some(Image { of: known.of, factor, rate_squared: known.rate_squared, polynomial: sum })
}

fn known(table: &Table, product: &Product) -> Option<Known> {
    let rate = |u: &Normal| table.squared_rate(u).map(|r| rational_from_gmp(&r));
    let root = |r: &BigRational| ClosedForm::sqrt(r);
    let whole = |n: i64| BigRational::from_integer(n.into());
    let named = |name: &str| Activation::parse(name).ok();
    Some(match (product.power, product.atoms.as_slice()) {
        (0, [Atom::Call(Function::Erf, u)]) => Known::new(Activation::erf(&whole(1)).ok()?, rate(u)?),
        // gelu(bx) = bx/2 (1 + erf(bx/√2)).
        (1, [Atom::Call(Function::Erf, u)]) => {
            let square = rate(u)? * whole(2);
            let multiple = root(&(whole(4) / &square))?;
            Known::new(Activation::gelu(), square)
                .times(multiple)
                .and(vec![ClosedForm::zero(), ClosedForm::integer(-1)])
        }
        (0, [Atom::Call(Function::Atan, u)]) => Known::new(Activation::arctan(), rate(u)?),
        (
            0,
            [Atom::Call(Function::Sin, u), Atom::Reciprocal(x)]
            | [Atom::Reciprocal(x), Atom::Call(Function::Sin, u)],
        ) if matches!(table.as_atom(x), Some(Atom::X)) => {
            let square = rate(u)?;
            let multiple = root(&square)?;
            Known::new(Activation::sinc(), square).times(multiple)
        }
        (0, [Atom::Call(f @ (Function::Sin | Function::Cos), u)]) => {
            let wave = if *f == Function::Sin { Activation::sin } else { Activation::cos };
            match rate(u) {
                Some(square) => Known::new(wave(&whole(1), &whole(0)).ok()?, square),
                None => {
                    let [b, a] = line(u)?;
                    Known::new(wave(&a, &b).ok()?, whole(1))
                }
            }
        }
        (0, [Atom::Call(Function::Exp, u)]) => exponential(u)?,
        (0, [Atom::Call(Function::Tanh, u)]) => Known::new(named("tanh")?, rate(u)?),
        // x tanh(bx) = (bx) tanh(bx)/b.
        (1, [Atom::Call(Function::Tanh, u)]) => {
            let square = rate(u)?;
            let multiple = root(&square.recip())?;
            Known::new(named("lisht")?, square).times(multiple)
        }
        // log(2 cosh(bx)) = softplus(2bx) - bx.
        (0, [Atom::LogCosh(u)]) => {
            let square = rate(u)?;
            let slope = root(&square)?;
            Known::new(named("softplus")?, square * whole(4)).and(vec![ClosedForm::zero(), -slope])
        }
        _ => return None,
    })
}

/// `e^{c+rx}`, and `e^{c+rx-sx²}` with `s > 0`: for `r = 0` the bell of `√(2s) x`.
fn exponential(u: &Normal) -> Option<Known> {
    let p: Vec<BigRational> = u.as_polynomial()?.iter().map(rational_from_gmp).collect();
    if p.iter().any(|c| c.numer().bits().max(c.denom().bits()) > 64) {
        return None;
    }
    match p.as_slice() {
        [c, r] => Some(Known::new(Activation::exp(r).ok()?, BigRational::one()).times(ClosedForm::exp(c))),
        [c, r, s] if r.is_zero() && *s < BigRational::zero() => {
            let square = s * BigRational::from_integer((-2).into());
            Some(Known::new(Activation::gaussian(), square).times(ClosedForm::exp(c)))
        }
        [c, r, s] => {
            let bell = Bell::activation(r.clone(), -s)?;
            Some(Known::new(bell, BigRational::one()).times(ClosedForm::exp(c)))
        }
        _ => None,
    }
}

fn line(u: &Normal) -> Option<[BigRational; 2]> {
    match u.as_polynomial()?.as_slice() {
        [b, a] => Some([b, a].map(rational_from_gmp)),
        _ => None,
    }
}

/// Exponentials of the rates `±r`, or sines and cosines of one rate with any phases.
fn of_waves(products: &[Product], polynomial: Vec<ClosedForm>) -> Option<Image> {
    let (mut even, mut odd) = (ClosedForm::zero(), ClosedForm::zero());
    let mut found: Option<(Kind, BigRational)> = None;
    for product in products {
        let (0, [Atom::Call(f, u)]) = (product.power, product.atoms.as_slice()) else { return None };
        let [b, a] = line(u)?;
        let negative = a < BigRational::zero();
        // E cosh + O sinh with E = O = e^b for e^{ax+b}; sin(ax+b) = sin b cos ax + cos b sin ax, and likewise the
        // cosine.
        let (kind, [e, o]) = match f {
            Function::Exp => (Kind::Hyperbolic, [ClosedForm::exp(&b), ClosedForm::exp(&b)]),
            Function::Sin => (Kind::Circular, [ClosedForm::sin(&b), ClosedForm::cos(&b)]),
            Function::Cos => (Kind::Circular, [ClosedForm::cos(&b), -ClosedForm::sin(&b)]),
            _ => return None,
        };
        if *found.get_or_insert((kind, &a * &a)) != (kind, &a * &a) {
            return None;
        }
        even = &even + &(&product.factor * &e);
        let o = &product.factor * &o;
        odd = if negative { &odd - &o } else { &odd + &o };
    }
    let (kind, rate_squared) = found?;
    let of = Waves::activation(kind, rate_squared, even, odd);
    Some(Image { of, factor: ClosedForm::one(), rate_squared: BigRational::one(), polynomial })
}

/// `x/(1 + b|x|)` times a number: right of zero `f x/(x + 1/b)`, left of it `-f x/(x - 1/b)`.
fn of_softsign(left: Pieced, right: Pieced) -> Option<Image> {
    let pole = |product: &Product| match (product.power, product.atoms.as_slice()) {
        (1, [Atom::Reciprocal(u)]) => {
            let [shift, slope] = line(u)?;
            slope.is_one().then_some(shift)
        }
        _ => None,
    };
    let ([f], [g]) = (left.0.as_slice(), right.0.as_slice()) else { return None };
    let (a, b) = (pole(f)?, pole(g)?);
    let symmetric = -&f.factor == g.factor && a == -&b && b > BigRational::zero();
    if !symmetric || left.1 != right.1 {
        return None;
    }
    let rate_squared = (&b * &b).recip();
    let factor = g.factor.clone();
    Some(Image { of: Activation::softsign(), factor, rate_squared, polynomial: right.1 })
}

/// `p(x) + d max(0, x)^n`: a polynomial left of zero, and another right of it that differs from it in one term.
pub(super) fn of_kink(breakpoints: &[Rational], parts: &[ExpPoly]) -> Option<Image> {
    let ([at], [left, right]) = (breakpoints, parts) else { return None };
    if !at.is_zero() {
        return None;
    }
    let (left, right) = (left.as_polynomial()?, right.as_polynomial()?);
    let coefficient = |p: &[Rational], k: usize| p.get(k).cloned().unwrap_or_default();
    let mut differences = (0..left.len().max(right.len()))
        .map(|k| (k, coefficient(right, k) - coefficient(left, k)))
        .filter(|(_, difference)| !difference.is_zero());
    let (n, d) = differences.next()?;
    if differences.next().is_some() || left.len() > MAX_LENGTH {
        return None;
    }
    let of = match n {
        0 => Activation::step(),
        1 => Activation::relu(),
        _ => Activation::repu(u32::try_from(n).ok()?).ok()?,
    };
    let closed = |c: &Rational| ClosedForm::from(rational_from_gmp(c));
    let polynomial = left.iter().map(closed).collect();
    Some(Image { of, factor: closed(&d), rate_squared: BigRational::one(), polynomial })
}
