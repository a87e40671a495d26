//! Closed forms with two variances.

use num_traits::{One, Signed, Zero};

use super::gate::Gate;
use super::half::Half;
use super::pair::Pair;
use super::piecewise::Piecewise;
use crate::activation::Activation;
use crate::expression::Op;
use crate::form::{Atom, Monomial};
use crate::function::Function;
use crate::integer::BigRational;
use crate::interval::Interval;
use crate::polynomial::derivative;
use crate::rational::{ratio, rational};

/// An activation with closed expectations.
pub(super) enum Closed {
    /// `α x + β |x|`.
    Homogeneous { alpha2: BigRational, beta2: BigRational },
    /// `E[φ^{(k)}]/k!` and the same of `φ'`, for every point, without a factor of φ with this square.
    Polynomial { means: Vec<Vec<Interval>>, slopes: Vec<Vec<Interval>>, square: BigRational },
    /// An error function, or `x` times one.
    Gate(Gate),
    /// A polynomial on each half of the line.
    Half(Half),
    /// Polynomials between breakpoints.
    Piecewise(Piecewise),
    /// `Σ c e^{ax+b}`.
    Exponentials(Vec<Exponential>),
    /// `cos(ax+b)` or `sin(ax+b)`.
    Wave { a: BigRational, b: BigRational, sine: bool },
    /// `e^{-x²/2}`.
    Gaussian,
}

/// `c e^{ax+b}`; `a` and `b` may be irrational, as in `2^x`.
pub(super) struct Exponential {
    c: Interval,
    a: Interval,
    b: Interval,
}

/// Most terms of a sum of exponentials.
const MAX_EXPONENTIALS: usize = 8;

impl Closed {
    pub(super) fn new(activation: &Activation, diagonal: &[Interval]) -> Option<Closed> {
        if let Some([up, down]) = activation.homogeneous() {
            let (alpha, beta) = ((up + down) * ratio(1, 2), (up - down) * ratio(1, 2));
            return Some(Closed::Homogeneous { alpha2: &alpha * &alpha, beta2: &beta * &beta });
        }
        if let Some((p, square)) = activation.root_multiple() {
            let slope = derivative(p);
            let means = diagonal.iter().map(|q| derivative_means(p, q)).collect();
            let slopes = diagonal.iter().map(|q| derivative_means(&slope, q)).collect();
            return Some(Closed::Polynomial { means, slopes, square: square.clone() });
        }
        let prec = diagonal.first()?.prec;
        if let Some(closed) = Closed::exponential(activation, prec) {
            return Some(closed);
        }
        // The forms are the function but for finitely many points: at the variance 0 they need its value at 0.
        if !activation.is_regular_at_zero() && !diagonal.iter().all(Interval::is_positive) {
            return None;
        }
        let gate = Gate::new(activation).map(Closed::Gate);
        gate.or_else(|| Half::new(activation).map(Closed::Half))
            .or_else(|| exponentials(activation, prec).map(Closed::Exponentials))
            .or_else(|| Piecewise::new(activation, diagonal.len()).map(Closed::Piecewise))
    }

    /// Exponentials and waves, by the form of the formula.
    fn exponential(activation: &Activation, prec: u32) -> Option<Closed> {
        let e = &activation.expression;
        let Op::Call(f, u) = &e.ops[e.root] else { return None };
        let p = e.polynomials[*u].as_ref()?;
        if *f == Function::Exp && *p == [rational(0), rational(0), ratio(-1, 2)] {
            return Some(Closed::Gaussian);
        }
        let [b, a] = match p.as_slice() {
            [b, a] => [b.clone(), a.clone()],
            _ => return None,
        };
        match f {
            Function::Exp => {
                let [a, b] = [a, b].map(|r| Interval::rational(&r, prec));
                Some(Closed::Exponentials(vec![Exponential { c: Interval::integer(1, prec), a, b }]))
            }
            Function::Sin => Some(Closed::Wave { a, b, sine: true }),
            Function::Cos => Some(Closed::Wave { a, b, sine: false }),
            _ => None,
        }
    }

    /// For `u = v`.
    pub(super) fn diagonal(&self, i: usize, q: &Interval) -> Pair {
        match self {
            Closed::Homogeneous { alpha2, beta2 } => {
                let sum = Interval::rational(&(alpha2 + beta2), q.prec);
                (sum.mul(q), sum)
            }
            Closed::Half(half) => half.proportional(q, &BigRational::one()),
            Closed::Piecewise(pieces) => pieces.proportional(q, &BigRational::one()),
            _ => self.pair(i, i, std::slice::from_ref(q), q),
        }
    }

    /// For `u` of variance `q` and `v = κu`, where the general form would lose digits.
    pub(super) fn proportional(&self, q: &Interval, kappa: &BigRational) -> Option<Pair> {
        match self {
            Closed::Homogeneous { alpha2, beta2 } => {
                let number = |r: &BigRational| Interval::rational(r, q.prec);
                let value = alpha2 * kappa + beta2 * kappa.abs();
                let slope = alpha2 + beta2 * kappa.signum();
                Some((q.mul(&number(&value)), number(&slope)))
            }
            Closed::Half(half) => Some(half.proportional(q, kappa)),
            Closed::Piecewise(pieces) => Some(pieces.proportional(q, kappa)),
            _ => None,
        }
    }

    pub(super) fn pair(&self, i: usize, j: usize, diagonal: &[Interval], c: &Interval) -> Pair {
        // On the diagonal one variance is given.
        let at = |k: usize| if diagonal.len() == 1 { &diagonal[0] } else { &diagonal[k] };
        let (p, q) = (at(i), at(j));
        match self {
            Closed::Homogeneous { alpha2, beta2 } => homogeneous(alpha2, beta2, p, q, c),
            Closed::Polynomial { means, slopes, square } => {
                let square = Interval::rational(square, c.prec);
                [(&means[i], &means[j]), (&slopes[i], &slopes[j])]
                    .map(|(a, b)| square.mul(&expectation(a, b, c)))
                    .into()
            }
            Closed::Gate(gate) => gate.pair(p, q, c),
            Closed::Half(half) => half.pair(p, q, c),
            Closed::Piecewise(pieces) => pieces.pair(p, q, c),
            Closed::Exponentials(terms) => sum_of_exponentials(terms, p, q, c),
            Closed::Wave { a, b, sine } => wave(a, b, *sine, p, q, c),
            Closed::Gaussian => {
                // det(I + Σ)^{-1/2}, and E[uv e^{..}] = c det(I + Σ)^{-3/2}.
                let one = Interval::integer(1, c.prec);
                let det = p.add(&one).mul(&q.add(&one)).sub(&c.square());
                let root = det.sqrt();
                (one.div(&root), c.div(&det.mul(&root)))
            }
        }
    }
}

/// `E[φφ] = α² c + β² E|u||v|`, `E|u||v| = 2/π (√(pq-c²) + c asin ρ)`, `E[φ'φ'] = α² + β² (2/π) asin ρ`,
/// `asin ρ = atan(c/√(pq-c²))`; the mixed terms vanish by symmetry.
fn homogeneous(alpha2: &BigRational, beta2: &BigRational, p: &Interval, q: &Interval, c: &Interval) -> Pair {
    let prec = c.prec;
    let (a, b) = (Interval::rational(alpha2, prec), Interval::rational(beta2, prec));
    if beta2.is_zero() {
        return (a.mul(c), a);
    }
    let zero = Interval::zero(prec);
    // pq >= c² (Cauchy-Schwarz).
    let det = p.mul(q).sub(&c.square()).max(&zero);
    let asin = if c.is_zero() { zero } else { c.over_root_atan(&det) };
    let scale = b.mul_integer(2).div(&Interval::pi(prec));
    let size = det.sqrt().add(&c.mul(&asin));
    (a.mul(c).add(&scale.mul(&size)), a.add(&scale.mul(&asin)))
}

/// `E[cos(au+b)cos(av+b)] = (e^{-a²(p+q-2c)/2} ± cos(2b) e^{-a²(p+q+2c)/2})/2`, `+` for cosines, `-` for sines; the
/// derivative exchanges them, with the factor `a²`.
fn wave(a: &BigRational, b: &BigRational, sine: bool, p: &Interval, q: &Interval, c: &Interval) -> Pair {
    let prec = c.prec;
    let a2 = Interval::rational(&(a * a), prec);
    let sum = p.add(q);
    let decay = |twice: &Interval| sum.add(twice).scaled(-1).mul(&a2).neg().exp();
    let (near, far) = (decay(&c.mul_integer(-2)), decay(&c.mul_integer(2)));
    let phase = b * rational(2);
    let cosine =
        if phase.is_zero() { Interval::integer(1, prec) } else { Interval::rational(&phase, prec).cos() };
    let far = far.mul(&cosine);
    let (plus, minus) = (near.add(&far).scaled(-1), near.sub(&far).scaled(-1));
    if sine { (minus, plus.mul(&a2)) } else { (plus, minus.mul(&a2)) }
}

/// The value of a product of constants.
fn constant(m: &Monomial, prec: u32) -> Option<Interval> {
    let factor = |(atom, e): (&Atom, &BigRational)| match atom {
        Atom::Pi => Some(Interval::pi(prec).root(e)),
        Atom::Prime(p) => Some(Interval::rational(&BigRational::from(p.clone()), prec).root(e)),
        Atom::Log(u) if e.is_one() => match u.as_polynomial()?.as_slice() {
            [r] => Some(Interval::rational(r, prec).log()),
            _ => None,
        },
        _ => None,
    };
    let one = Interval::integer(1, prec);
    let mut factors = m.atoms.iter().map(factor);
    factors.try_fold(one, |product, factor| Some(product.mul(&factor?))).filter(|_| m.exp.is_none())
}

/// Of the normal form: a constant is an exponential with `a = b = 0`.
fn exponentials(activation: &Activation, prec: u32) -> Option<Vec<Exponential>> {
    let [Some(form)] = activation.pieces.forms.as_slice() else { return None };
    let number = |r: &BigRational| Interval::rational(r, prec);
    let term = |(m, c): (&Monomial, &BigRational)| {
        if m.x != 0 {
            return None;
        }
        let mut exponent = [Interval::zero(prec), Interval::zero(prec)];
        for (n, d) in m.exp.iter().flat_map(|u| &u.terms) {
            let power = exponent.get_mut(usize::try_from(n.x).ok()?)?;
            *power = power.add(&constant(n, prec)?.mul(&number(d)));
        }
        let [b, a] = exponent;
        let factor = constant(&Monomial { exp: None, ..m.clone() }, prec)?;
        Some(Exponential { c: factor.mul(&number(c)), a, b })
    };
    let fits = !form.terms.is_empty() && form.terms.len() <= MAX_EXPONENTIALS;
    if fits { form.terms.iter().map(term).collect() } else { None }
}

/// `E[e^{au+b} e^{a'v+b'}] = e^{(a²p + a'²q + 2aa'c)/2 + b + b'}`.
fn sum_of_exponentials(terms: &[Exponential], p: &Interval, q: &Interval, c: &Interval) -> Pair {
    let (mut value, mut slope) = (Interval::zero(c.prec), Interval::zero(c.prec));
    for x in terms {
        for y in terms {
            let product = x.a.mul(&y.a).at(c.prec);
            let square = p.mul(&x.a.square()).add(&q.mul(&y.a.square()));
            let exponent = square.scaled(-1).add(&c.mul(&product)).add(&x.b.add(&y.b));
            let expectation = exponent.exp().mul(&x.c.mul(&y.c));
            slope = slope.add(&expectation.mul(&product));
            value = value.add(&expectation);
        }
    }
    (value, slope)
}

/// As in `exact_gram`, with an enclosed variance.
fn derivative_means(p: &[BigRational], q: &Interval) -> Vec<Interval> {
    let prec = q.prec;
    (0..p.len())
        .map(|k| {
            let mut sum = Interval::zero(prec);
            let mut factor = BigRational::one();
            let mut power = Interval::integer(1, prec);
            for i in (k..p.len()).step_by(2) {
                sum = sum.add(&Interval::rational(&(&p[i] * &factor), prec).mul(&power));
                let [a, b, c] = [i + 1, i + 2, i - k + 2].map(|n| rational(n as i64));
                factor = factor * a * b / c;
                power = power.mul(q);
            }
            sum
        })
        .collect()
}

/// `Σ k! c^k A_k B_k`.
fn expectation(a: &[Interval], b: &[Interval], c: &Interval) -> Interval {
    let mut factor = Interval::integer(1, c.prec);
    let mut sum = Interval::zero(c.prec);
    for (k, (x, y)) in a.iter().zip(b).enumerate() {
        sum = sum.add(&x.mul(y).mul(&factor));
        factor = factor.mul(c).mul_integer(k as i64 + 1);
    }
    sum
}
