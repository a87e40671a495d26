//! Functions as an embedding crate would write them.

use num_rational::BigRational;

use crate::activation::{Growth, PiecewiseAnalytic, Support};
use crate::number::{Ball, ComplexBall, Mag};

type OnReal = fn(usize, &Ball) -> Ball;
type OnComplex = fn(usize, &ComplexBall) -> ComplexBall;

/// A function given by closures.
#[derive(Clone, Debug)]
pub struct Sample {
    pub name: &'static str,
    pub breaks: &'static [(i64, i64)],
    pub on_real: OnReal,
    pub slope: OnReal,
    pub on_complex: OnComplex,
    pub growth: Growth,
    pub slope_growth: Option<Growth>,
    pub strip: Option<f64>,
    pub support: Support,
    /// `|φ(x)| <= |x|^power`, `|φ'| <= |x|^(power - 1)` next to a singularity at zero.
    pub root_power: Option<(i64, i64)>,
}

impl PiecewiseAnalytic for Sample {
    fn name(&self) -> String {
        self.name.to_string()
    }
    fn formula(&self) -> String {
        self.name.to_string()
    }
    fn smoothness(&self) -> String {
        String::new()
    }
    fn breakpoints(&self, precision: u32) -> Vec<Ball> {
        let rational = |(a, b): &(i64, i64)| BigRational::new((*a).into(), (*b).into());
        self.breaks.iter().map(|r| Ball::from_rational(&rational(r), precision)).collect()
    }
    fn evaluate(&self, piece: usize, x: &Ball) -> Ball {
        (self.on_real)(piece, x)
    }
    fn derivative(&self, piece: usize, x: &Ball) -> Ball {
        (self.slope)(piece, x)
    }
    fn evaluate_complex(&self, piece: usize, z: &ComplexBall) -> ComplexBall {
        (self.on_complex)(piece, z)
    }
    fn growth(&self) -> Growth {
        self.growth.clone()
    }
    fn derivative_growth(&self) -> Option<Growth> {
        self.slope_growth.clone()
    }
    fn integral_bounds(&self, piece: usize, interval: &Ball) -> [Mag; 2] {
        match self.root_power {
            Some((a, b)) => root_bounds(interval, a, b),
            None => {
                let (size, length) = (self.evaluate(piece, interval).magnitude(), interval.radius().shl(1));
                [length * size, length * size * size]
            }
        }
    }
    fn derivative_integral_bounds(&self, piece: usize, interval: &Ball) -> [Mag; 2] {
        match self.root_power {
            Some((a, b)) => root_bounds(interval, a - b, b),
            None => {
                let (size, length) = (self.derivative(piece, interval).magnitude(), interval.radius().shl(1));
                [length * size, length * size * size]
            }
        }
    }
    fn support(&self) -> Support {
        self.support.clone()
    }
    fn strip_hint(&self) -> Option<f64> {
        self.strip
    }
}

/// `∫ |x|^{a/b}` and `∫ |x|^{2a/b}` over an interval, `a/b >= -1/4`: by the integral from zero to its far end, twice
/// for both signs.
fn root_bounds(interval: &Ball, a: i64, b: i64) -> [Mag; 2] {
    let far = Ball::exact(interval.magnitude().to_float()).with_precision(64);
    let power = |n: i64| {
        // x^{1 + n/b}/(1 + n/b) = exp((b+n)/b ln x) b/(b+n).
        let exponent = far.ln().mul_integer(b + n).div_integer(b);
        exponent.exp().mul_integer(2 * b).div_integer(b + n).magnitude()
    };
    [power(a), power(2 * a)]
}

fn one(x: &Ball) -> Ball {
    Ball::from_integer(1, x.precision())
}

fn complex_one(z: &ComplexBall) -> ComplexBall {
    ComplexBall::real(Ball::from_integer(1, z.precision()))
}

fn flat(constant: f64) -> Growth {
    Growth::polynomial(Mag::from_f64(constant), 0)
}

fn linear() -> Growth {
    Growth::polynomial(Mag::ONE, 1)
}

fn sigmoid(x: &Ball) -> Ball {
    (one(x) + (-x).exp()).recip()
}

fn complex_sigmoid(z: &ComplexBall) -> ComplexBall {
    // 1/2 + tanh(z/2)/2.
    (complex_one(z) + z.shl(-1).tanh()).shl(-1)
}

pub fn tanh() -> Sample {
    Sample {
        name: "tanh",
        breaks: &[],
        on_real: |_, x| x.tanh(),
        slope: |_, x| one(x) - x.tanh().square(),
        on_complex: |_, z| z.tanh(),
        growth: flat(1.0),
        slope_growth: Some(flat(1.0)),
        strip: Some(std::f64::consts::FRAC_PI_2),
        support: Support { initial: vec![], even_tail: false, odd_tail: true },
        root_power: None,
    }
}

pub fn silu() -> Sample {
    Sample {
        name: "silu",
        on_real: |_, x| x * &sigmoid(x),
        slope: |_, x| {
            let s = sigmoid(x);
            &s + &(&(x * &s) * &(one(x) - &s))
        },
        on_complex: |_, z| z * &complex_sigmoid(z),
        growth: linear(),
        slope_growth: Some(flat(2.0)),
        strip: Some(std::f64::consts::PI),
        support: Support { initial: vec![true, true], even_tail: true, odd_tail: false },
        ..tanh()
    }
}

pub fn softplus() -> Sample {
    Sample {
        name: "softplus",
        on_real: |_, x| {
            // Beyond any danger of losing the one: log(1 + e^x) = x + log(1 + e^-x).
            let positive = x.midpoint().is_sign_positive();
            let size = if positive { -x } else { x.clone() };
            let log = (one(x) + size.exp()).ln();
            if positive { x + &log } else { log }
        },
        slope: |_, x| sigmoid(x),
        on_complex: |_, z| (complex_one(z) + z.exp()).log(),
        growth: linear(),
        slope_growth: Some(flat(1.0)),
        strip: None,
        support: Support { initial: vec![true, true], even_tail: true, odd_tail: false },
        ..tanh()
    }
}

/// Entire, with growth.
pub fn gaussian_times_sine() -> Sample {
    Sample {
        name: "exp(x/3) sin(2x) + 1",
        on_real: |_, x| x.div_integer(3).exp() * x.shl(1).sin() + one(x),
        slope: |_, x| x.div_integer(3).exp() * (x.shl(1).sin().div_integer(3) + x.shl(1).cos().shl(1)),
        on_complex: |_, z| {
            let third = Ball::from_integer(1, z.precision()).div_integer(3);
            z.scale(&third).exp() * z.shl(1).sin() + complex_one(z)
        },
        growth: Growth { linear: BigRational::new(1.into(), 3.into()), ..flat(2.0) },
        slope_growth: Some(Growth { linear: BigRational::new(1.into(), 3.into()), ..flat(3.0) }),
        strip: None,
        support: Support::all(),
        ..tanh()
    }
}

/// `x/(1 + |x|)`, with a kink of the second derivative at zero.
pub fn softsign() -> Sample {
    Sample {
        name: "x/(1+|x|)",
        breaks: &[(0, 1)],
        on_real: |piece, x| if piece == 0 { x / &(one(x) - x) } else { x / &(one(x) + x) },
        slope: |piece, x| {
            if piece == 0 { (one(x) - x).square().recip() } else { (one(x) + x).square().recip() }
        },
        on_complex: |piece, z| if piece == 0 { z / &(complex_one(z) - z) } else { z / &(complex_one(z) + z) },
        strip: None,
        ..tanh()
    }
}

/// `cos x` up to 1/3, the logistic function beyond.
pub fn jump() -> Sample {
    Sample {
        name: "cos x, from 1/3 on 1/(1+exp(-x))",
        breaks: &[(1, 3)],
        on_real: |piece, x| if piece == 0 { x.cos() } else { sigmoid(x) },
        slope: |_, x| Ball::whole_line(x.precision()),
        on_complex: |piece, z| if piece == 0 { z.cos() } else { complex_sigmoid(z) },
        slope_growth: None,
        strip: None,
        support: Support::all(),
        ..tanh()
    }
}

pub fn relu() -> Sample {
    Sample {
        name: "max(x, 0)",
        breaks: &[(0, 1)],
        on_real: |piece, x| if piece == 0 { Ball::zero(x.precision()) } else { x.clone() },
        slope: |piece, x| Ball::from_integer(piece as i64, x.precision()),
        on_complex: |piece, z| {
            if piece == 0 { ComplexBall::real(Ball::zero(z.precision())) } else { z.clone() }
        },
        growth: linear(),
        strip: None,
        support: Support::all(),
        ..tanh()
    }
}

/// `√|x|`, singular at zero.
pub fn root() -> Sample {
    Sample {
        name: "sqrt(|x|)",
        breaks: &[(0, 1)],
        on_real: |_, x| x.abs().sqrt(),
        slope: |piece, x| {
            let size = x.abs().sqrt().shl(1).recip();
            if piece == 0 { -size } else { size }
        },
        on_complex: |piece, z| if piece == 0 { (-z).sqrt() } else { z.sqrt() },
        growth: linear(),
        slope_growth: None,
        strip: None,
        support: Support { initial: vec![], even_tail: true, odd_tail: false },
        root_power: Some((1, 2)),
    }
}

/// The hyperbolic tangent with breakpoints where there is nothing, one of them irrational to the reader.
pub fn tanh_in_pieces() -> Sample {
    Sample { name: "tanh in pieces", breaks: &[(-5, 7), (1, 3), (2, 1)], strip: None, ..tanh() }
}

/// Steep: the strip is narrow.
pub fn steep() -> Sample {
    Sample {
        name: "tanh(1000 x)",
        on_real: |_, x| x.mul_integer(1000).tanh(),
        slope: |_, x| (one(x) - x.mul_integer(1000).tanh().square()).mul_integer(1000),
        on_complex: |_, z| z.scale(&Ball::from_integer(1000, z.precision())).tanh(),
        slope_growth: Some(flat(1000.0)),
        strip: Some(0.001_570_796),
        ..tanh()
    }
}

/// `exp(x²/5)`: square-integrable for variances below 5/4.
pub fn wild() -> Sample {
    Sample {
        name: "exp(x^2/5)",
        on_real: |_, x| x.square().div_integer(5).exp(),
        slope: |_, x| x.square().div_integer(5).exp() * x.shl(1).div_integer(5),
        on_complex: |_, z| z.square().scale(&Ball::from_integer(1, z.precision()).div_integer(5)).exp(),
        growth: Growth { quadratic: BigRational::new(1.into(), 5.into()), ..flat(1.0) },
        slope_growth: Some(Growth {
            degree: 1,
            quadratic: BigRational::new(1.into(), 5.into()),
            ..flat(1.0)
        }),
        strip: None,
        support: Support { initial: vec![], even_tail: true, odd_tail: false },
        ..tanh()
    }
}

/// `1/|x|`, claimed without any bound of its integral.
pub fn pole() -> Sample {
    Sample {
        name: "1/|x|",
        on_real: |_, x| x.abs().recip(),
        on_complex: |piece, z| if piece == 0 { (-z).recip() } else { z.recip() },
        root_power: None,
        ..root()
    }
}
