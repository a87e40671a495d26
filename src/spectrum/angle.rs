//! The kernel as a function of the angle θ, in the complex plane: where it is proved analytic, and how large it is.
//!
//! Arc-cosine duals have a root singularity at `ρ = ±1`, which the angles undo. With `σ_l = sin(θ_l/2)`, so `1 - ρ_l =
//! 2σ_l²`, a layer of order one, `ρ' = w (a ρ + s k_1(ρ)) + b`, `w (a + s/2) + b = 1`, has
//!
//! ```text
//! k_1(cos θ) = (sin θ + (π-θ) cos θ)/(2π),    1/2 - k_1 = (2πσ² - (sin θ - θ cos θ))/(2π),
//! σ'² = (1 - ρ')/2 = σ² g,    g = w (a + s/2) - w s h(θ)/(4π),    h(θ) = (sin θ - θ cos θ)/sin²(θ/2),
//! ```
//!
//! and `h` is analytic at zero, `h = 4θ j(θ)/sinc²(θ/2)` with `j(θ) = (sin θ - θ cos θ)/θ³`. Hence `σ' = σ √g` and `θ'
//! = 2 asin σ'` are analytic wherever `θ` is, `g` stays off `(-∞, 0]` and `σ'` off the cuts of the arcsine. A
//! polynomial layer `Σ c_k ρ^k` has `g = w Σ c_k (1 + ρ + … + ρ^{k-1})`. The last layer needs no angle: its value and
//! slope are polynomials in `θ, cos θ, sin θ`.
//!
//! So every covariance has `σ² = sin²(z/2) G(z)`, `z` the angle of the inputs and `G` the product of the `g` on the
//! way. A sum of branches, `ρ = Σ s_i ρ_i` with `Σ s_i = 1`, has `1 - ρ = Σ s_i (1 - ρ_i)`, hence `G = Σ s_i G_i`, and
//! `σ = sin(z/2) √G` is analytic wherever the `G_i` are and `G` stays off `(-∞, 0]`. A normalization layer changes
//! nothing that is divided by the variances.

use crate::dual::{Dual, MAX_ORDER, arc_cosine_polynomials};
use crate::dual::{Enclosed, Parameters};
use crate::kernel::profile::{Profile, ResolvedLayer};
use crate::kernel::{Kernel, Network, Training};
use crate::network::recursion::{Domain, Kernels, Place, Role, Sum, run};
use crate::number::{Ball, ComplexBall, Mag};

/// Bits of what only bounds.
const SHORT: u32 = 64;
/// Terms of the Taylor series of `j` and sinc.
const TERMS: i64 = 16;

/// A kernel made of layers that the angles resolve.
pub(super) struct Angles {
    network: Network,
    kernel: Kernel,
    input_slope: Ball,
    input_constant: Ball,
    layers: Vec<Layer>,
    /// Of `Θ_1`, where it is another than `ρ_1`.
    input_tangent: Option<[Ball; 2]>,
    /// The shares of every sum's branches.
    sums: Vec<Vec<Ball>>,
    output_variance: Ball,
}

struct Layer {
    weight: Ball,
    bias: Ball,
    /// `η_w` and `τ_b²/q'`, where the layer is not trained as usual.
    training: Option<(Ball, Ball)>,
    shape: Shape,
}

enum Shape {
    /// `linear ρ + scale k_n`: the polynomials of `k_n` and of `k_{n-1}`.
    ArcCosine {
        order: u32,
        linear: Ball,
        scale: Ball,
        value: Polynomials,
        slope: Polynomials,
    },
    /// `constant + scale asin ρ`.
    ArcSine {
        constant: Ball,
        scale: Ball,
    },
    Polynomial(Vec<Ball>),
    /// A shape above and a polynomial.
    WithPolynomial(Box<Shape>, Vec<Ball>),
}

/// `k_n(cos θ) = (A(cos θ) sin θ + B(cos θ) (π - θ))/(2π)`.
struct Polynomials {
    a: Vec<Ball>,
    b: Vec<Ball>,
}

/// What a layer sees: `θ`, `σ = sin(θ/2)`, `cos θ` and `sin θ`.
#[derive(Clone)]
struct Point {
    theta: ComplexBall,
    sigma: ComplexBall,
    cos: ComplexBall,
    sin: ComplexBall,
    /// `G` in `σ² = sin²(z/2) G`.
    ratio: ComplexBall,
}

impl Angles {
    /// `None` where a layer is not of such a kind, or none needs it.
    pub fn new(profile: &Profile, kernel: Kernel) -> Option<Angles> {
        if !profile.input_slope.sign().is_some_and(|sign| sign.is_gt()) {
            return None;
        }
        let network = profile.network();
        // Within blocks a layer may be the last of its branch: where its angle is asked for, it is found to have none.
        let count = profile.layers.len();
        let needs_angle = |i: usize| network.is_chain() && i + 1 < count;
        let short = |balls: &[Ball]| balls.iter().map(|x| x.with_precision(SHORT)).collect::<Vec<_>>();
        let layer = |(i, layer): (usize, &ResolvedLayer)| {
            let training = network.training_of(i + 1).map(|training| layer.training(training));
            Layer::new(layer, !needs_angle(i), kernel, training)
        };
        let layers: Vec<Layer> = profile.layers.iter().enumerate().map(layer).collect::<Option<_>>()?;
        let kinked = |layer: &Layer| !matches!(layer.shape, Shape::Polynomial(_));
        layers.iter().any(kinked).then(|| Angles {
            network: network.clone(),
            kernel,
            input_tangent: profile
                .input_tangent
                .as_ref()
                .map(|[a, b]| [a, b].map(|x| x.with_precision(SHORT))),
            sums: profile.sums.iter().map(|shares| short(shares)).collect(),
            input_slope: profile.input_slope.with_precision(SHORT),
            input_constant: profile.input_constant.with_precision(SHORT),
            layers,
            output_variance: profile.output_variance.with_precision(SHORT),
        })
    }

    /// An upper bound of the kernel's modulus at all angles of a rectangle, where it is proved analytic; else infinite.
    pub fn bound(&self, z: &ComplexBall) -> Mag {
        let point = self.first_point(z);
        let tangent = self.input_tangent.as_ref().map(|[slope, constant]| {
            let value = &z.cos().scale(slope) + &ComplexBall::real(constant.clone());
            Turned { value, point: None }
        });
        let first = Turned { value: point.cos.clone(), point: Some(point) };
        let first = Kernels { covariance: first, tangent };
        let mut domain = Turns { angles: self, base: z.shl(-1).sin() };
        let Ok(out) = run(&self.network, self.kernel, &mut domain, first) else {
            return Mag::INFINITY;
        };
        let out = out.kernel().value;
        if out.is_finite() { out.magnitude() * self.output_variance.magnitude() } else { Mag::INFINITY }
    }

    /// `ρ_1 = a cos z + b`, `a + b = 1`: `1 - ρ_1 = 2a sin²(z/2)`, so `σ_1 = √a sin(z/2)`.
    fn first_point(&self, z: &ComplexBall) -> Point {
        let sigma = z.shl(-1).sin();
        if self.input_constant.is_exact_zero() {
            return Point { theta: z.clone(), sigma, cos: z.cos(), sin: z.sin(), ratio: one() };
        }
        let sigma = sigma.scale(&self.input_slope.sqrt());
        let mut point = Point::from_sigma(sigma, ComplexBall::real(self.input_slope.clone()));
        // Nearer than by the detour.
        point.cos = &z.cos().scale(&self.input_slope) + &ComplexBall::real(self.input_constant.clone());
        point
    }
}

/// The recursion in the complex plane of the angle.
struct Turns<'a> {
    angles: &'a Angles,
    /// `sin(z/2)`.
    base: ComplexBall,
}

/// A covariance or Θ at a complex angle.
#[derive(Clone)]
struct Turned {
    value: ComplexBall,
    /// What the next layer sees, of a covariance.
    point: Option<Point>,
}

/// It is not proved to be analytic.
struct NotAnalytic;

impl Domain for Turns<'_> {
    type Value = Turned;
    type Slope = ComplexBall;
    type Stop = NotAnalytic;

    fn activate(&mut self, at: Place, c: &Turned) -> Result<(Turned, Option<ComplexBall>), NotAnalytic> {
        let layer = &self.angles.layers[at.index];
        let point = c.point.as_ref().ok_or(NotAnalytic)?;
        let slope = (self.angles.kernel == Kernel::Ntk).then(|| layer.slope(point));
        let next = if at.is_last { None } else { layer.next(point) };
        Ok((Turned { value: layer.value(point), point: next }, slope))
    }

    fn biased(&mut self, at: Place, c: Turned) -> Result<Turned, NotAnalytic> {
        let bias = ComplexBall::real(self.angles.layers[at.index].bias.clone());
        Ok(Turned { value: &c.value + &bias, ..c })
    }

    fn combined(&mut self, sum: &Sum, mut values: Vec<Turned>, _: Role) -> Result<Turned, NotAnalytic> {
        let shares = &self.angles.sums[sum.index];
        if shares.len() == 1 {
            // Its share is one.
            return values.pop().ok_or(NotAnalytic);
        }
        let total = |parts: Vec<&ComplexBall>| {
            let zero = ComplexBall::real(Ball::zero(SHORT));
            parts.iter().zip(shares).fold(zero, |sum, (part, share)| &sum + &part.scale(share))
        };
        let ratios: Option<Vec<&ComplexBall>> =
            values.iter().map(|x| Some(&x.point.as_ref()?.ratio)).collect();
        let value = total(values.iter().map(|x| &x.value).collect());
        let point = ratios.and_then(|ratios| {
            let ratio = total(ratios);
            Point { cos: value.clone(), ..Point::from_sigma(&self.base * &ratio.sqrt(), ratio) }.finite()
        });
        Ok(Turned { value, point })
    }

    /// Values are divided by the variance already.
    fn normalized(&mut self, _: usize, value: Turned, _: Role) -> Result<Turned, NotAnalytic> {
        Ok(value)
    }

    fn trained(&mut self, at: Place, c: Turned, _: &Training) -> Result<Turned, NotAnalytic> {
        let (weights, biases) = self.angles.layers[at.index].training.as_ref().ok_or(NotAnalytic)?;
        Ok(Turned { value: &c.value.scale(weights) + &ComplexBall::real(biases.clone()), point: None })
    }

    fn through(
        &mut self,
        _: Place,
        own: &Turned,
        theta: &Turned,
        slope: ComplexBall,
    ) -> Result<Turned, NotAnalytic> {
        Ok(Turned { value: &own.value + &(&theta.value * &slope), point: None })
    }
}

impl Point {
    fn from_sigma(sigma: ComplexBall, ratio: ComplexBall) -> Point {
        let one = one();
        // asin w = -i asinh(iw).
        let theta = sigma.mul_i().asinh().div_i().shl(1);
        let square = sigma.square();
        let cos = &one - &square.shl(1);
        let sin = (&sigma * &(&one - &square).sqrt()).shl(1);
        Point { theta, sigma, cos, sin, ratio }
    }

    fn finite(self) -> Option<Point> {
        (self.theta.is_finite() && self.sin.is_finite()).then_some(self)
    }
}

impl Layer {
    fn new(
        layer: &ResolvedLayer,
        is_last: bool,
        kernel: Kernel,
        training: Option<(Ball, Ball)>,
    ) -> Option<Layer> {
        let short = |x: &Ball| x.with_precision(SHORT);
        let shape = Shape::new(&layer.dual, is_last, kernel)?;
        let training = training.map(|(weights, biases)| (short(&weights), short(&biases)));
        Some(Layer { weight: short(&layer.weight), bias: short(&layer.bias), training, shape })
    }

    /// `ρ'` less the bias.
    fn value(&self, at: &Point) -> ComplexBall {
        self.shape.value(at).scale(&self.weight)
    }

    /// `dρ'/dρ`.
    fn slope(&self, at: &Point) -> ComplexBall {
        self.shape.slope(at).scale(&self.weight)
    }

    /// What the next layer sees; `None` where it is not proved analytic.
    fn next(&self, at: &Point) -> Option<Point> {
        let growth = self.shape.growth(at)?.scale(&self.weight);
        Point::from_sigma(&at.sigma * &growth.sqrt(), &at.ratio * &growth).finite()
    }
}

impl Shape {
    fn new(dual: &Dual, is_last: bool, kernel: Kernel) -> Option<Shape> {
        let short = |x: &Ball| x.with_precision(SHORT);
        Some(match dual {
            Dual::ArcCosine { order, linear, scale } if *order == 1 || is_last && *order <= MAX_ORDER => {
                let mut polynomials = arc_cosine_polynomials(*order).into_iter().map(|(a, b)| {
                    let balls = |c: Vec<_>| c.iter().map(|c| Ball::from_rational(c, SHORT)).collect();
                    Polynomials { a: balls(a), b: balls(b) }
                });
                let slope = polynomials.nth(*order as usize - 1)?;
                let value = polynomials.next()?;
                Shape::ArcCosine { order: *order, linear: short(linear), scale: short(scale), value, slope }
            }
            // The slope 1/sin θ is not bounded; step-like activations have no NTK.
            Dual::ArcSine { constant, scale, beta }
                if is_last && kernel == Kernel::Nngp && beta.is_exact() && *beta.midpoint() == 1 =>
            {
                Shape::ArcSine { constant: short(constant), scale: short(scale) }
            }
            Dual::Polynomial(coefficients) => Shape::Polynomial(coefficients.iter().map(short).collect()),
            Dual::WithPolynomial { dual, terms } => {
                let shape = Shape::new(dual, is_last, kernel)?;
                let more = terms.iter().map(|term| short(&Enclosed::added(term))).collect();
                Shape::WithPolynomial(Box::new(shape), more)
            }
            _ => return None,
        })
    }

    /// The dual.
    fn value(&self, at: &Point) -> ComplexBall {
        match self {
            Shape::ArcCosine { linear, scale, value, .. } => {
                &at.cos.scale(linear) + &value.kernel(at).scale(scale)
            }
            Shape::ArcSine { constant, scale } => {
                let half_pi = ComplexBall::real(Ball::pi(SHORT).shl(-1));
                &ComplexBall::real(constant.clone()) + &(&half_pi - &at.theta).scale(scale)
            }
            Shape::Polynomial(c) => horner(c, &at.cos),
            Shape::WithPolynomial(shape, c) => &shape.value(at) + &horner(c, &at.cos),
        }
    }

    /// The derivative of the dual.
    fn slope(&self, at: &Point) -> ComplexBall {
        let derived = |c: &[Ball]| -> Vec<Ball> {
            c.iter().enumerate().skip(1).map(|(k, c)| c.mul_integer(k as i64)).collect()
        };
        match self {
            Shape::ArcCosine { order, linear, scale, slope, .. } => {
                let squared = i64::from(*order).pow(2);
                let below = slope.kernel(at).scale(&scale.mul_integer(squared));
                &ComplexBall::real(linear.clone()) + &below
            }
            Shape::ArcSine { .. } => ComplexBall::whole_plane(SHORT),
            Shape::Polynomial(c) => horner(&derived(c), &at.cos),
            Shape::WithPolynomial(shape, c) => &shape.slope(at) + &horner(&derived(c), &at.cos),
        }
    }

    /// `(f(1) - f(ρ))/(1 - ρ)` for the dual `f`; `None` where it is not known to be analytic.
    fn growth(&self, at: &Point) -> Option<ComplexBall> {
        Some(match self {
            Shape::ArcCosine { order: 1, linear, scale, .. } => {
                let at_one = linear + &scale.shl(-1);
                let share = scale / &Ball::pi(SHORT).shl(2);
                &ComplexBall::real(at_one) - &sine_less_cosine(at).scale(&share)
            }
            Shape::Polynomial(c) => polynomial_growth(c, at),
            Shape::WithPolynomial(shape, c) => &shape.growth(at)? + &polynomial_growth(c, at),
            _ => return None,
        })
    }
}

/// `Σ_k c_k (1 + … + ρ^{k-1})`: the coefficient of `ρ^i` is `Σ_{k>i} c_k`.
fn polynomial_growth(c: &[Ball], at: &Point) -> ComplexBall {
    let mut sums = vec![];
    let mut sum = Ball::zero(SHORT);
    for c in c.iter().skip(1).rev() {
        sum = &sum + c;
        sums.push(sum.clone());
    }
    sums.reverse();
    horner(&sums, &at.cos)
}

/// The kernel at a cosine in `[-1, 1]`, as by [`Profile::evaluate`], with one arcsine for a layer's value and slope.
pub(super) fn value(profile: &Profile, kernel: Kernel, cos: &Ball) -> Option<Ball> {
    let one = Ball::from_integer(1, profile.precision);
    let pi = Ball::pi(profile.precision);
    profile.evaluate_by(kernel, cos, |dual, rho, tangent| match dual {
        Dual::ArcCosine { order: 1, linear, scale } => {
            // k_1 = (√(1-ρ²) + ρ (π/2 + asin ρ))/(2π), k_0 = (π/2 + asin ρ)/(2π).
            let angle = pi.shl(-1) + rho.asin();
            let root = (&(&one - rho) * &(&one + rho)).sqrt();
            let scale = scale / &pi.shl(1);
            let slope = tangent.then(|| linear + &(&scale * &angle));
            Some((linear * rho + &scale * &(root + rho * &angle), slope))
        }
        dual if tangent => Some((dual.value(rho)?, Some(dual.derivative(rho)?))),
        dual => Some((dual.value(rho)?, None)),
    })
}

impl Polynomials {
    fn kernel(&self, at: &Point) -> ComplexBall {
        let rest = &ComplexBall::real(Ball::pi(SHORT)) - &at.theta;
        let sum = &(&horner(&self.a, &at.cos) * &at.sin) + &(&horner(&self.b, &at.cos) * &rest);
        sum.scale(&Ball::pi(SHORT).shl(1).recip())
    }
}

fn one() -> ComplexBall {
    ComplexBall::real(Ball::from_integer(1, SHORT))
}

fn horner(coefficients: &[Ball], z: &ComplexBall) -> ComplexBall {
    let zero = ComplexBall::real(Ball::zero(SHORT));
    coefficients.iter().rev().fold(zero, |sum, c| &(&sum * z) + &ComplexBall::real(c.clone()))
}

/// `h(θ) = (sin θ - θ cos θ)/sin²(θ/2)`.
fn sine_less_cosine(at: &Point) -> ComplexBall {
    let theta = &at.theta;
    if theta.magnitude() > Mag::ONE {
        return &(&at.sin - &(theta * &at.cos)) / &at.sigma.square();
    }
    // sin θ - θ cos θ = Σ_{i>=0} (-1)^i 2(i+1) θ^{2i+3}/(2i+3)!, sinc(θ/2) = Σ (-1)^i (θ/2)^{2i}/(2i+1)!.
    let square = theta.square();
    let j = alternating(&square, |i| 2 * (i + 1), 3);
    let sinc = alternating(&square.shl(-2), |_| 1, 1);
    &(theta * &j).shl(2) / &sinc.square()
}

/// `Σ_{i>=0} (-1)^i c(i) z^i/(2i+m)!` for `|z| <= 1`, `0 < c(i) <= 2(i+1)`.
fn alternating(z: &ComplexBall, c: impl Fn(i64) -> i64, m: i64) -> ComplexBall {
    // By Horner: term i is term i-1 times -z/((2i+m-1)(2i+m)), the factors c aside.
    let mut sum = ComplexBall::real(Ball::zero(SHORT));
    for i in (0..TERMS).rev() {
        let next = i + 1;
        let factor = Ball::from_integer(-1, SHORT).div_integer((2 * next + m - 1) * (2 * next + m));
        sum = &(&sum * z).scale(&factor) + &ComplexBall::real(Ball::from_integer(c(i), SHORT));
    }
    let factorial = (1..=m).product::<i64>();
    let sum = sum.scale(&Ball::from_integer(1, SHORT).div_integer(factorial));
    // The rest: Σ_{i>=16} 2(i+1)/(2i+1)! <= 34/33! · 2 < 2^{-100}, as each term is less than half the one before.
    let rest = Mag::pow2(-100);
    ComplexBall::new(sum.re().widened(rest), sum.im().widened(rest))
}
