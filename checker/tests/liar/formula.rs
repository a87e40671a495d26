//! Formulas that can be written down and computed in doubles, and disguises of simple ones.

use std::fmt;
use std::rc::Rc;

use ntk_testing::Random;

/// Numbers that repeat with the seed.
pub struct Dice(Random);

impl Dice {
    pub fn new(seed: u64) -> Dice {
        Dice(Random::new(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d))
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0.below(n)
    }

    pub fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        self.0.pick(all)
    }

    /// A small fraction other than 0.
    pub fn fraction(&mut self) -> (i64, i64) {
        let n = 1 + self.below(6) as i64;
        (if self.below(2) == 0 { n } else { -n }, 1 + self.below(4) as i64)
    }
}

#[derive(Clone, Debug)]
pub enum Formula {
    X,
    Number(i64, i64),
    Call(&'static str, Rc<Formula>),
    Binary(char, Rc<Formula>, Rc<Formula>),
    Power(Rc<Formula>, u32),
    /// `where(g > 0, a, b)` with one of `>`, `>=`, `<`, `<=`.
    Choice(&'static str, Rc<Formula>, Rc<Formula>, Rc<Formula>),
}

use Formula::*;

pub fn x() -> Formula {
    X
}

pub fn number(n: i64) -> Formula {
    Number(n, 1)
}

pub fn call(name: &'static str, u: Formula) -> Formula {
    Call(name, Rc::new(u))
}

pub fn binary(sign: char, a: Formula, b: Formula) -> Formula {
    Binary(sign, Rc::new(a), Rc::new(b))
}

pub fn power(u: Formula, n: u32) -> Formula {
    Power(Rc::new(u), n)
}

pub fn choice(sign: &'static str, g: Formula, a: Formula, b: Formula) -> Formula {
    Choice(sign, Rc::new(g), Rc::new(a), Rc::new(b))
}

impl fmt::Display for Formula {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            X => write!(f, "x"),
            Number(n, 1) => write!(f, "({n})"),
            Number(n, d) => write!(f, "({n}/{d})"),
            Call(name, u) => write!(f, "{name}({u})"),
            Binary(sign @ ('<' | '>'), a, b) => {
                write!(f, "{}({a},{b})", if *sign == '>' { "max" } else { "min" })
            }
            Binary(sign, a, b) => write!(f, "({a} {sign} {b})"),
            Power(u, n) => write!(f, "({u})^{n}"),
            Choice(sign, g, a, b) => write!(f, "where({g} {sign} 0, {a}, {b})"),
        }
    }
}

/// Doubles do not tell the sign of what should be 0, or has overflowed.
fn unclear(g: f64) -> bool {
    g.is_nan() || g.abs() < 1e-7
}

fn error_function(x: f64) -> f64 {
    if x.abs() > 4.0 {
        return x.signum();
    }
    let (mut term, mut sum) = (x, x);
    for n in 1..120 {
        term *= 2.0 * x * x / f64::from(2 * n + 1);
        sum += term;
    }
    sum * (-x * x).exp() * 2.0 / std::f64::consts::PI.sqrt()
}

impl Formula {
    /// The value in doubles; no number where they do not tell on which side of a jump it is.
    pub fn at(&self, x: f64) -> f64 {
        match self {
            X => x,
            Number(n, d) => *n as f64 / *d as f64,
            Call(name, u) => {
                let u = u.at(x);
                if u.is_nan() {
                    return u;
                }
                match *name {
                    "exp" => u.exp(),
                    "log" => u.ln(),
                    "sin" => u.sin(),
                    "cos" => u.cos(),
                    "sinh" => u.sinh(),
                    "cosh" => u.cosh(),
                    "tanh" => u.tanh(),
                    "atan" => u.atan(),
                    "asinh" => u.asinh(),
                    "erf" => error_function(u),
                    "sigmoid" => 1.0 / (1.0 + (-u).exp()),
                    "softplus" => u.max(0.0) + (-u.abs()).exp().ln_1p(),
                    "abs" => u.abs(),
                    "sqrt" => u.sqrt(),
                    "relu" => u.max(0.0),
                    "sign" if unclear(u) => f64::NAN,
                    "sign" => u.signum(),
                    _ => panic!("{name}"),
                }
            }
            Binary(sign, a, b) => {
                let (a, b) = (a.at(x), b.at(x));
                if a.is_nan() || b.is_nan() {
                    return f64::NAN;
                }
                match sign {
                    '+' => a + b,
                    '-' => a - b,
                    '*' => a * b,
                    '/' => a / b,
                    '>' => a.max(b),
                    _ => a.min(b),
                }
            }
            Power(u, n) => u.at(x).powi(*n as i32),
            Choice(sign, g, a, b) => {
                let g = g.at(x);
                if unclear(g) {
                    return f64::NAN;
                }
                let holds = match *sign {
                    ">" => g > 0.0,
                    ">=" => g >= 0.0,
                    "<" => g < 0.0,
                    _ => g <= 0.0,
                };
                if holds { a.at(x) } else { b.at(x) }
            }
        }
    }
}

/// Functions with the sign of their argument.
const ODD: [&str; 5] = ["sinh", "tanh", "atan", "asinh", "erf"];

/// A function of `u` that is positive.
pub fn positive(u: Formula, dice: &mut Dice) -> Formula {
    match dice.below(7) {
        0 => call("exp", u),
        1 => call("cosh", u),
        2 => call("sigmoid", u),
        3 => call("softplus", u),
        4 => binary('+', number(1), power(u, 2)),
        5 => call("exp", binary('-', number(0), power(call("tanh", u), 2))),
        _ => call("sqrt", binary('+', power(u, 2), number(2))),
    }
}

/// A function with the sign of `x`, and odd where `odd`.
pub fn signed(depth: usize, odd: bool, dice: &mut Dice) -> Formula {
    if depth == 0 {
        return x();
    }
    let inner = signed(depth - 1, odd, dice);
    match dice.below(if odd { 5 } else { 9 }) {
        0 | 1 => call(dice.of(&ODD), inner),
        2 => power(inner, 3),
        3 => binary('*', Number(1 + dice.below(5) as i64, 1 + dice.below(3) as i64), inner),
        4 => binary('*', inner, call("cosh", call("tanh", x()))),
        5 => binary('*', inner, positive(call("tanh", x()), dice)),
        6 => binary('-', call("exp", call("tanh", inner)), number(1)),
        7 => binary('-', call("sigmoid", inner), Number(1, 2)),
        _ => binary('+', inner.clone(), call("tanh", inner)),
    }
}

/// `a` right of 0, `b` left of it, behind a guard.
pub fn split(a: Formula, b: Formula, dice: &mut Dice) -> Formula {
    let depth = dice.below(4);
    let guard = signed(depth, false, dice);
    let minus = binary('-', number(0), guard.clone());
    match dice.below(6) {
        0 => choice(">", guard, a, b),
        1 => choice(">=", guard, a, b),
        2 => choice("<", guard, b, a),
        3 => choice("<=", guard, b, a),
        4 => choice("<", minus, a, b),
        _ => choice(">", minus, b, a),
    }
}

/// A step from `b` to `a`, both different numbers.
pub fn step(dice: &mut Dice) -> Formula {
    let a = dice.fraction();
    let b = loop {
        let b = dice.fraction();
        if a.0 * b.1 != b.0 * a.1 {
            break b;
        }
    };
    match dice.below(4) {
        0 => {
            let depth = dice.below(3);
            let sign = call("sign", signed(depth, false, dice));
            binary('+', binary('*', Number(a.0, a.1), sign), Number(b.0, b.1))
        }
        _ => split(Number(a.0, a.1), Number(b.0, b.1), dice),
    }
}

/// Something equal to `u`, for almost every `x`.
pub fn disguised(u: Formula, dice: &mut Dice) -> Formula {
    let both = |f: &'static str| power(call(f, x()), 2);
    let relu = |u: Formula| binary('>', u, number(0));
    let minus = |u: Formula| binary('-', number(0), u);
    let one = match dice.below(12) {
        // Equal to u.
        0 => return binary('-', relu(u.clone()), relu(minus(u))),
        1 => return choice(dice.of(&[">", ">=", "<", "<="]), signed(1, false, dice), u.clone(), u),
        2 => {
            return binary(
                '+',
                binary('>', u.clone(), number(1)),
                binary('-', binary('<', u, number(1)), number(1)),
            );
        }
        3 => return binary('*', call("abs", u.clone()), call("sign", u)),
        4 => return binary('-', call("softplus", u.clone()), call("softplus", minus(u))),
        5 => return call("log", call("exp", u)),
        6 => return binary('-', binary('+', u, call("tanh", x())), call("tanh", x())),
        7 => return binary('/', binary('*', u, call("cosh", x())), call("cosh", x())),
        // Equal to 1.
        8 => binary('-', both("cosh"), both("sinh")),
        9 => binary('+', both("sin"), both("cos")),
        10 => binary('+', call("sigmoid", x()), call("sigmoid", minus(x()))),
        _ => binary('*', call("exp", x()), call("exp", minus(x()))),
    };
    if dice.below(2) == 0 { binary('*', u, one) } else { binary('-', binary('+', u, one), number(1)) }
}

/// `Σ c_i x^i` with `c_n ≠ 0`, plainly or in disguise.
pub fn polynomial(degree: usize, dice: &mut Dice) -> Formula {
    let mut out = Number(dice.below(4) as i64, 1 + dice.below(2) as i64);
    for i in 1..=degree {
        if i == degree || dice.below(2) == 0 {
            let (n, d) = dice.fraction();
            let power = if i == 1 { x() } else { power(x(), i as u32) };
            out = binary('+', out, binary('*', Number(n, d), power));
        }
    }
    (0..dice.below(3)).fold(out, |u, _| disguised(u, dice))
}

/// An odd function that is no polynomial, or an even one.
pub fn with_parity(odd: bool, dice: &mut Dice) -> Formula {
    let depth = 1 + dice.below(3);
    let inner = match dice.below(3) {
        0 => call(dice.of(&ODD), signed(depth - 1, true, dice)),
        1 => call("sin", x()),
        _ => call("tanh", signed(depth - 1, true, dice)),
    };
    match (odd, dice.below(4)) {
        (true, 0) => binary('*', inner, call("abs", call("tanh", x()))),
        (true, _) => inner,
        (false, 0) => call("abs", inner),
        (false, 1) => call("cos", inner),
        (false, 2) => binary('*', inner, x()),
        (false, _) => power(inner, 2),
    }
}

/// No constant: what may follow a singular layer.
pub fn any(dice: &mut Dice) -> Formula {
    match dice.below(6) {
        0 => call("relu", x()),
        1 => call("tanh", x()),
        2 => call("sigmoid", x()),
        3 => binary('+', x(), power(x(), 2)),
        4 => call("softplus", x()),
        _ => binary('*', x(), call("sigmoid", x())),
    }
}
