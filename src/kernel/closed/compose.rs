//! A power series put into a dual activation, one coefficient at a time.

use num_rational::BigRational;
use num_traits::{One, Zero};

use super::root::{Point, RootSeries};
use super::setup::Source;
use super::work::{TooLarge, Work};
use crate::activation::Activation;
use crate::dual::image::polynomial_part;
use crate::dual::{ExactDual, MAX_ORDER, arc_cosine_polynomials};
use crate::number::{ClosedForm, Name, Symbol};

/// Why a composition cannot be continued.
pub(super) enum Stop {
    /// It is larger than the limits.
    TooLarge,
    /// It leaves the ring.
    NotInRing,
}

impl From<TooLarge> for Stop {
    fn from(_: TooLarge) -> Stop {
        Stop::TooLarge
    }
}

/// `φ̂(x)` and `φ̂'(x)` for a series `x` with non-negative coefficients.
pub(super) struct Composition {
    layer: usize,
    shape: Shape,
    /// Coefficients of `φ̂(x)`.
    pub(super) dual: Vec<ClosedForm>,
    /// Coefficients of `φ̂'(x)`.
    pub(super) slope: Vec<ClosedForm>,
}

enum Shape {
    ArcCosine {
        linear: ClosedForm,
        scale: ClosedForm,
        root: RootSeries,
        kernels: Vec<Vec<ClosedForm>>,
    },
    ArcSine {
        scale: ClosedForm,
        beta: BigRational,
        root: RootSeries,
    },
    InverseRoot {
        scale: ClosedForm,
        beta: BigRational,
        root: RootSeries,
    },
    /// `scale (u b + e √(1-u²) + f/√(1-u²))` with `b = π/2 + asin u`.
    Gelu {
        scale: ClosedForm,
        e: BigRational,
        f: BigRational,
        beta: BigRational,
        root: RootSeries,
        angle: Vec<ClosedForm>,
    },
    /// `even cosh(rate x) + odd sinh(rate x)`.
    Exponential {
        even: ClosedForm,
        odd: ClosedForm,
        rate: BigRational,
        x: Vec<ClosedForm>,
        cosh: Vec<ClosedForm>,
        sinh: Vec<ClosedForm>,
    },
    /// `Σ c_k x^k`, with the powers of `x` from the zeroth.
    Powers {
        coefficients: Vec<ClosedForm>,
        source: Option<(Activation, BigRational)>,
        powers: Vec<Vec<ClosedForm>>,
    },
    /// The sum of the two.
    WithPolynomial(Box<[Composition; 2]>),
}

fn rational(n: i64, d: i64) -> BigRational {
    BigRational::new(n.into(), d.into())
}

/// `(A(t) s + B(t) (π - a))/(2π)`.
fn kernel_at(point: &Point, (a, b): &(Vec<BigRational>, Vec<BigRational>)) -> ClosedForm {
    let at = |polynomial: &[BigRational]| {
        polynomial
            .iter()
            .rev()
            .fold(ClosedForm::zero(), |sum, c| &(&sum * &point.t) + &ClosedForm::from(c.clone()))
    };
    let supplement = &ClosedForm::pi() - &point.angle;
    let sum = at(a) * &point.sine + at(b) * &supplement;
    sum * &ClosedForm::pi_power(-2).scaled(&rational(1, 2))
}

impl Composition {
    /// Starts with the constant term of `x`.
    pub(super) fn start(
        layer: usize,
        source: &Source,
        variance: &BigRational,
        x: ClosedForm,
        level: &mut Option<Symbol>,
        work: &mut Work,
    ) -> Result<Composition, Stop> {
        let mut at = |t: ClosedForm| Point::at(t, layer, level).ok_or(Stop::NotInRing);
        let (shape, dual, slope) = match source {
            Source::Dual(ExactDual::ArcCosine { order, linear, scale }) => {
                if *order == 0 || *order > MAX_ORDER {
                    return Err(Stop::NotInRing);
                }
                let point = at(x)?;
                let all = arc_cosine_polynomials(*order);
                let kernels: Vec<Vec<ClosedForm>> =
                    all.iter().map(|ab| vec![kernel_at(&point, ab)]).collect();
                let n = *order as usize;
                let dual = linear * &point.t + scale * &kernels[n][0];
                let square = rational((n * n) as i64, 1);
                let slope = linear + &(scale * &kernels[n - 1][0]).scaled(&square);
                let root = RootSeries::new(layer, &point);
                (
                    Shape::ArcCosine { linear: linear.clone(), scale: scale.clone(), root, kernels },
                    dual,
                    slope,
                )
            }
            Source::Dual(ExactDual::ArcSine { constant, scale, beta }) => {
                let point = at(x.scaled(beta))?;
                let asin = &ClosedForm::pi().scaled(&rational(1, 2)) - &point.angle;
                let dual = constant + &(scale * &asin);
                let slope = (scale * &point.inverse_sine).scaled(beta);
                let root = RootSeries::new(layer, &point);
                (Shape::ArcSine { scale: scale.clone(), beta: beta.clone(), root }, dual, slope)
            }
            Source::Dual(ExactDual::InverseRoot { scale, beta }) => {
                let point = at(x.scaled(beta))?;
                let dual = scale * &point.inverse_sine;
                let root = RootSeries::new(layer, &point);
                let slope = (scale * &(&point.t * &root.cube[0])).scaled(beta);
                (Shape::InverseRoot { scale: scale.clone(), beta: beta.clone(), root }, dual, slope)
            }
            Source::Dual(ExactDual::Gelu { scale, variance: q }) => {
                let next = BigRational::one() + q;
                let (beta, e, f) = (q / &next, (q - BigRational::one()) / &next, (&next * &next).recip());
                let scale = scale * &ClosedForm::pi_power(-2).scaled(&(next / rational(2, 1)));
                let point = at(x.scaled(&beta))?;
                let angle = vec![&ClosedForm::pi() - &point.angle];
                let root = RootSeries::new(layer, &point);
                let shape = Shape::Gelu { scale, e, f, beta, root, angle };
                let (dual, slope) = gelu_coefficient(&shape, 0, work)?;
                (shape, dual, slope)
            }
            Source::Dual(ExactDual::Exponential { plus, minus, rate }) => {
                let (grow, fall) = exponentials(layer, x.scaled(rate), level)?;
                let cosh = (&grow + &fall).scaled(&rational(1, 2));
                let sinh = (&grow - &fall).scaled(&rational(1, 2));
                let (even, odd) = (plus + minus, plus - minus);
                let dual = &even * &cosh + &odd * &sinh;
                let slope = (&even * &sinh + &odd * &cosh).scaled(rate);
                let (x, cosh, sinh) = (vec![x.scaled(rate)], vec![cosh], vec![sinh]);
                (Shape::Exponential { even, odd, rate: rate.clone(), x, cosh, sinh }, dual, slope)
            }
            Source::Dual(ExactDual::Polynomial(coefficients)) => {
                let mut powers = vec![vec![ClosedForm::one()]];
                for _ in 1..coefficients.len() {
                    let next = work.times(&powers[powers.len() - 1][0], &x)?;
                    powers.push(vec![next]);
                }
                if powers.len() < 2 {
                    powers.push(vec![x]);
                }
                let (dual, slope) = powers_sum(coefficients, &powers, 0, work)?;
                (Shape::Powers { coefficients: coefficients.clone(), source: None, powers }, dual, slope)
            }
            Source::Dual(ExactDual::WithPolynomial { dual, terms }) => {
                let mut part =
                    |dual| Composition::start(layer, &Source::Dual(dual), variance, x.clone(), level, work);
                let [first, second] = [part((**dual).clone())?, part(polynomial_part(terms))?];
                let (dual, slope) = (&first.dual[0] + &second.dual[0], &first.slope[0] + &second.slope[0]);
                (Shape::WithPolynomial(Box::new([first, second])), dual, slope)
            }
            Source::Dual(ExactDual::Hermite) => return Err(Stop::NotInRing),
            Source::Hermite(activation) => {
                if !x.is_zero() {
                    return Err(Stop::NotInRing);
                }
                let coefficients = (0..2)
                    .map(|k| hermite_square(layer, activation, variance, k, work))
                    .collect::<Result<Vec<_>, Stop>>()?;
                let powers = vec![vec![ClosedForm::one()], vec![ClosedForm::zero()]];
                let (dual, slope) = powers_sum(&coefficients, &powers, 0, work)?;
                let source = Some((activation.clone(), variance.clone()));
                (Shape::Powers { coefficients, source, powers }, dual, slope)
            }
        };
        Ok(Composition { layer, shape, dual: vec![dual], slope: vec![slope] })
    }

    /// Appends coefficient `p >= 1` of `x`.
    pub(super) fn push(&mut self, x: ClosedForm, work: &mut Work) -> Result<(), Stop> {
        let (layer, p) = (self.layer, self.dual.len());
        let name = |base: &str| Name::indexed(base, &[layer, p]);
        let (dual, slope) = match &mut self.shape {
            Shape::ArcCosine { linear, scale, root, kernels } => {
                root.push(x, false, work)?;
                let over_two_pi = ClosedForm::pi_power(-2).scaled(&rational(1, 2));
                let first = work.chain(&root.u, &root.root, p)?;
                let first = work.times(&first, &over_two_pi)?;
                kernels[0].push(work.named(layer, || name("u"), first));
                let n = kernels.len() - 1;
                for m in 1..=n {
                    let next = work.chain(&root.u, &kernels[m - 1], p)?.scaled(&rational((m * m) as i64, 1));
                    let base = if m == 1 { "v".to_string() } else { format!("v{m}") };
                    // The last one goes into the sum that follows.
                    kernels[m].push(if m < n { work.named(layer, || name(&base), next) } else { next });
                }
                let dual = work.times(linear, &root.u[p])? + work.times(scale, &kernels[n][p])?;
                let slope = work.times(scale, &kernels[n - 1][p])?.scaled(&rational((n * n) as i64, 1));
                (dual, slope)
            }
            Shape::ArcSine { scale, beta, root } => {
                root.push(x.scaled(beta), false, work)?;
                let asin = work.chain(&root.u, &root.root, p)?;
                (work.times(scale, &asin)?, work.times(scale, &root.root[p])?.scaled(beta))
            }
            Shape::InverseRoot { scale, beta, root } => {
                root.push(x.scaled(beta), true, work)?;
                let slope = work.product(&root.u, &root.cube, p)?;
                (work.times(scale, &root.root[p])?, work.times(scale, &slope)?.scaled(beta))
            }
            Shape::Gelu { beta, root, angle, .. } => {
                root.push(x.scaled(beta), true, work)?;
                let next = work.chain(&root.u, &root.root, p)?;
                angle.push(work.named(layer, || name("b"), next));
                gelu_coefficient(&self.shape, p, work)?
            }
            Shape::Exponential { even, odd, rate, x: series, cosh, sinh } => {
                series.push(x.scaled(rate));
                let (c, s) = (work.chain(series, sinh, p)?, work.chain(series, cosh, p)?);
                cosh.push(work.named(layer, || name("C"), c));
                sinh.push(work.named(layer, || name("S"), s));
                let dual = work.times(even, &cosh[p])? + work.times(odd, &sinh[p])?;
                let slope = work.times(even, &sinh[p])? + work.times(odd, &cosh[p])?;
                (dual, slope.scaled(rate))
            }
            Shape::Powers { coefficients, source, powers } => {
                if let Some((activation, variance)) = source {
                    // Powers that begin at x^{p+1} take part from then on; the slope needs one more.
                    while coefficients.len() < p + 2 {
                        let k = coefficients.len();
                        coefficients.push(hermite_square(layer, activation, variance, k, work)?);
                        powers.push(vec![ClosedForm::zero(); p]);
                    }
                }
                powers[0].push(ClosedForm::zero());
                powers[1].push(x);
                for k in 2..powers.len() {
                    let (before, rest) = powers.split_at_mut(k);
                    // x^k begins at degree k where x has no constant term.
                    let next = match source.is_some() && k > p {
                        true => ClosedForm::zero(),
                        false => {
                            let next = work.product(&before[1], &before[k - 1], p)?;
                            work.named(layer, || Name::indexed("x", &[layer, k, p]), next)
                        }
                    };
                    rest[0].push(next);
                }
                powers_sum(coefficients, powers, p, work)?
            }
            Shape::WithPolynomial(parts) => {
                let [first, second] = &mut **parts;
                first.push(x.clone(), work)?;
                second.push(x, work)?;
                (&first.dual[p] + &second.dual[p], &first.slope[p] + &second.slope[p])
            }
        };
        self.dual.push(dual);
        self.slope.push(slope);
        Ok(())
    }
}

/// `μ_k²`, in layered form with a name for a `μ_k` of several terms.
fn hermite_square(
    layer: usize,
    activation: &Activation,
    variance: &BigRational,
    k: usize,
    work: &Work,
) -> Result<ClosedForm, Stop> {
    if work.gives_names()
        && let Some(mu) = activation.hermite_closed_form(k, variance)
    {
        let text = format!("mu_{layer}_{k}");
        let latex = format!("\\mu_{{{layer},{k}}}");
        let mu = work.named(layer, || Name { text, latex }, mu);
        return Ok(&mu * &mu);
    }
    activation.hermite_square_closed_form(k, variance).ok_or(Stop::NotInRing)
}

/// Coefficient `p` of GELU's dual and of its slope: the slope in `u` is
/// `scale (b + (1-e) u/√(1-u²) + f u (1-u²)^{-3/2})`.
fn gelu_coefficient(shape: &Shape, p: usize, work: &mut Work) -> Result<(ClosedForm, ClosedForm), Stop> {
    let Shape::Gelu { scale, e, f, beta, root, angle } = shape else { return Err(Stop::NotInRing) };
    let mut dual = work.product(&root.u, angle, p)? + root.root[p].scaled(f);
    let mut slope = &angle[p] + &work.product(&root.u, &root.cube, p)?.scaled(f);
    let one = BigRational::one();
    if !e.is_zero() {
        dual = dual + work.product(&root.rest, &root.root, p)?.scaled(e);
    }
    if *e != one {
        slope = slope + work.product(&root.u, &root.root, p)?.scaled(&(one - e));
    }
    Ok((work.times(scale, &dual)?, work.times(scale, &slope)?.scaled(beta)))
}

/// `e^x` and `e^{-x}`.
fn exponentials(
    layer: usize,
    x: ClosedForm,
    known: &mut Option<Symbol>,
) -> Result<(ClosedForm, ClosedForm), Stop> {
    let grow = match x.as_rational() {
        Some(r) => ClosedForm::exp(&r),
        None => {
            ClosedForm::base(known.get_or_insert_with(|| Symbol::exp(layer, Name::indexed("E", &[layer]), x)))
        }
    };
    let fall = grow.reciprocal().ok_or(Stop::NotInRing)?;
    Ok((grow, fall))
}

/// Coefficient `p` of `Σ c_k x^k` and of its derivative `Σ k c_k x^{k-1}`.
fn powers_sum(
    coefficients: &[ClosedForm],
    powers: &[Vec<ClosedForm>],
    p: usize,
    work: &mut Work,
) -> Result<(ClosedForm, ClosedForm), TooLarge> {
    let (mut dual, mut slope) = (ClosedForm::zero(), ClosedForm::zero());
    for (k, c) in coefficients.iter().enumerate() {
        dual = dual + work.times(c, &powers[k][p])?;
        if k > 0 {
            let factor = rational(k as i64, 1);
            slope = slope + work.times(&c.scaled(&factor), &powers[k - 1][p])?;
        }
    }
    Ok((dual, slope))
}
