//! Dual activations of two variances through Hermite coefficients, the rest bounded by Parseval's identity.

use rug::{Float, Integer};

use crate::Error;
use crate::activation::Activation;
use crate::kernel::hermite_dual::to_absolute_bits;
use crate::number::{Ball, Mag};

/// `μ_k(φ; q)`, `k < K`, in fixed point, with bounds of what they leave out.
#[derive(Clone, Debug)]
pub(super) struct SeriesHalf {
    /// Bits after the point.
    frac: u32,
    coefficients: Vec<Integer>,
    squares: Vec<Integer>,
    value: Sums,
    /// The same with the weights `k`, for the derivative.
    slope: Sums,
    /// `√Σ_{k<T} k μ_k²` and `√Σ_{k<T} k(k-1) μ_k²` for `T = 0 ..= K`.
    first: Vec<Mag>,
    second: Vec<Mag>,
    /// Are the terms past the last coefficient zero?
    complete: bool,
    /// Only even, or only odd, coefficients?
    parity: Option<usize>,
    moment: Ball,
    slope_moment: Option<Ball>,
}

/// Upper bounds with weights `w_k` that are 1 or `k`, for coefficients `m_k ± r_k`.
#[derive(Clone, Debug)]
struct Sums {
    /// `√Σ w_k m_k²` and `√Σ w_k r_k²`.
    norm: Mag,
    spread: Mag,
    /// `√Σ_{k>=T} w_k μ_k²` for `T = 0 ..= K`, and about the same as a logarithm to base two, which steers.
    rests: Vec<Mag>,
    logs: Vec<f64>,
    /// Are there terms past the last coefficient, as far as the bits tell? If not, more bits help and more terms do
    /// not.
    more: bool,
}

/// A value and a derivative in ρ, with whether more coefficients would have made them more accurate.
pub(super) struct Crossed {
    pub value: Ball,
    pub slope: Option<Ball>,
    pub short: bool,
}

impl SeriesHalf {
    /// The first `terms` coefficients at variance `q`, to about `precision` bits absolutely.
    pub fn new(
        activation: &Activation,
        q: &Ball,
        moment: &Ball,
        slope_moment: Option<&Ball>,
        terms: usize,
        precision: u32,
    ) -> Result<SeriesHalf, Error> {
        let support = activation.support();
        let complete = !support.even_tail && !support.odd_tail;
        let terms = match complete {
            true => support.initial.len().max(1),
            false => few_enough(terms, |k| activation.decay_bits(q.midpoint().to_f64(), k), precision),
        };
        let mu = to_absolute_bits(activation, q, terms, precision)?;
        let parity = (0..2).find(|odd| {
            let tail = [support.even_tail, support.odd_tail][1 - odd];
            !tail && (0..support.initial.len()).all(|k| k % 2 == *odd || !support.initial[k])
        });
        let slope_whole = slope_moment.map(|m| m * q);
        let value = Sums::new(&mu, |_| 1, Some(moment), complete, precision);
        let slope = Sums::new(&mu, |k| k as i64, slope_whole.as_ref(), complete, precision);
        let coefficients: Vec<Integer> = mu.iter().map(|m| to_fixed(m.midpoint(), precision)).collect();
        let squares = coefficients.iter().map(|m| Integer::from(m.square_ref()) >> precision).collect();
        Ok(SeriesHalf {
            frac: precision,
            coefficients,
            squares,
            value,
            slope,
            first: partial_norms(&mu, |k| k),
            second: partial_norms(&mu, |k| k * k.saturating_sub(1)),
            complete,
            parity,
            moment: moment.clone(),
            slope_moment: slope_whole,
        })
    }

    /// `Σ μ_k(q) μ_k(q') ρ^k` and its derivative, to about `bits` bits relative to their largest possible values.
    /// Nothing is known where the two halves have not the same bits after the point.
    pub fn cross(&self, other: &SeriesHalf, rho: &Ball, bits: u32) -> Crossed {
        let same = std::ptr::eq(self, other);
        if self.frac != other.frac {
            debug_assert_eq!(self.frac, other.frac, "coefficients in two formats meet");
            let whole = Ball::whole_line(self.frac);
            return Crossed { value: whole.clone(), slope: Some(whole), short: false };
        }
        if let Some(crossed) = self.antipodal(same, rho) {
            return crossed;
        }
        let with_slope = self.slope_moment.is_some() && other.slope_moment.is_some();
        let count = self.coefficients.len().min(other.coefficients.len());
        let size = rho.magnitude().min(Mag::ONE);
        let log_size = size.to_float().to_f64().max(f64::MIN_POSITIVE).log2();
        // Steers only: fewest terms whose rest is below the goal.
        let goal = f64::from(bits);
        let enough = |t: usize| {
            let rest = |a: &Sums, b: &Sums, k: f64| {
                k * log_size + a.logs[t] + b.logs[t] <= a.logs[0] + b.logs[0] - goal
            };
            rest(&self.value, &other.value, t as f64)
                && (!with_slope || rest(&self.slope, &other.slope, t as f64 - 1.0))
        };
        let (mut low, mut high) = (0, count);
        while low < high {
            let middle = (low + high) / 2;
            if enough(middle) { high = middle } else { low = middle + 1 }
        }
        let terms = high.max(1);
        let complete = self.complete && other.complete;
        let more = |a: &Sums, b: &Sums| a.more || b.more;
        let more = more(&self.value, &other.value) || with_slope && more(&self.slope, &other.slope);
        let short = more && !(complete || enough(terms));

        // ρ is within `radius` of the fixed-point number x.
        let x = to_fixed(rho.midpoint(), self.frac);
        let ulp = Mag::pow2(-i64::from(self.frac));
        let radius = rho.radius() + ulp;
        let mut value = Integer::new();
        let mut slope = Integer::new();
        let mut product = Integer::new();
        for k in (0..terms).rev() {
            if with_slope {
                slope *= &x;
                slope >>= self.frac;
                slope += &value;
            }
            value *= &x;
            value >>= self.frac;
            if same {
                value += &self.squares[k];
            } else {
                product.assign_product(&self.coefficients[k], &other.coefficients[k]);
                product >>= self.frac;
                value += &product;
            }
        }
        let n = Mag::from_usize(terms);
        // A step of Horner's rule multiplies an error by |x| <= 1 and adds less than two units (two shifts).
        let value_rounding = n * ulp.shl(1);
        // Here it adds one unit and the error of the value so far.
        let slope_rounding = n * (value_rounding + ulp);
        // Σ_{k>=T} |μ μ' ρ^k| <= |ρ|^T √Σμ² √Σμ'² (Cauchy and Schwarz), and for the rounded coefficients
        // Σ |μμ' - mm'| <= |m||r'| + |r||m'| + |r||r'| in the norms; the same with weights k.
        let error = |a: &Sums, b: &Sums, power: u64| {
            let tail = size.pow(power) * a.rests[terms] * b.rests[terms];
            tail + a.norm * b.spread + a.spread * (b.norm + b.spread)
        };
        let value_error = error(&self.value, &other.value, terms as u64) + value_rounding;
        // From x to ρ the first terms move by at most the radius times Σ_{k<T} k |μμ'| (their derivative by Σ k(k-1) |μμ'|),
        // again by Cauchy and Schwarz.
        let moved = |a: &[Mag], b: &[Mag]| radius * a[terms] * b[terms];
        let slope = with_slope.then(|| {
            let e = error(&self.slope, &other.slope, terms as u64 - 1) + slope_rounding;
            self.to_ball(&slope).widened(e + moved(&self.second, &other.second))
        });
        let value_error = value_error + moved(&self.first, &other.first);
        Crossed { value: self.to_ball(&value).widened(value_error), slope, short }
    }

    /// `x` and `-x` under a function of one parity: the mean square with a sign.
    fn antipodal(&self, same: bool, rho: &Ball) -> Option<Crossed> {
        let parity = self.parity.filter(|_| same && rho.is_exact() && *rho.midpoint() == -1)?;
        let signed = |x: &Ball, negative: bool| if negative { -x } else { x.clone() };
        let slope = self.slope_moment.as_ref().map(|m| signed(m, parity == 0));
        Some(Crossed { value: signed(&self.moment, parity == 1), slope, short: false })
    }

    fn to_ball(&self, x: &Integer) -> Ball {
        let precision = x.significant_bits().max(self.frac) + 1;
        Ball::exact(Float::with_val(precision, x) >> self.frac).with_precision(self.frac)
    }
}

impl Sums {
    /// `whole` is `Σ w_k μ_k²`, where it is known and finite.
    fn new(
        mu: &[Ball],
        weight: impl Fn(usize) -> i64,
        whole: Option<&Ball>,
        complete: bool,
        frac: u32,
    ) -> Sums {
        // The coefficients are rounded once more, to fixed point.
        let radius = |m: &Ball| m.radius() + Mag::pow2(-i64::from(frac));
        let weighted: Vec<Ball> =
            mu.iter().enumerate().map(|(k, m)| m.square().mul_integer(weight(k))).collect();
        let norm = weighted.iter().fold(Mag::ZERO, |sum, w| sum + w.magnitude()).sqrt();
        let spread = mu
            .iter()
            .enumerate()
            .fold(Mag::ZERO, |sum, (k, m)| sum + radius(m) * radius(m) * Mag::from_usize(weight(k) as usize));
        let (last, more) = match whole {
            _ if complete => (Mag::ZERO, false),
            None => (Mag::INFINITY, true),
            Some(whole) => {
                let left = whole - &Ball::sum(whole.precision(), &weighted);
                let upper = left.upper();
                let last = if upper.is_sign_negative() { Mag::ZERO } else { Mag::from_float(&upper) };
                (last, left.lower() > 0)
            }
        };
        let mut sum = last;
        let mut rests = vec![sum.sqrt()];
        for w in weighted.iter().rev() {
            sum = sum + w.magnitude();
            rests.push(sum.sqrt());
        }
        rests.reverse();
        let log = |m: &Mag| m.to_float().log2().to_f64().max(f64::MIN);
        let logs = rests.iter().map(log).collect();
        // The rounded midpoints may be larger than the enclosures by a unit: the norm takes the spread in.
        let spread = spread.sqrt();
        Sums { norm: norm + spread, spread, rests, logs, more }
    }
}

/// `√Σ_{k<T} w_k μ_k²` for `T = 0 ..= K`, from above.
fn partial_norms(mu: &[Ball], weight: impl Fn(usize) -> usize) -> Vec<Mag> {
    let mut sum = Mag::ZERO;
    let mut out = vec![sum];
    for (k, m) in mu.iter().enumerate() {
        sum = sum + m.magnitude() * m.magnitude() * Mag::from_usize(weight(k));
        out.push(sum.sqrt());
    }
    out
}

/// At small variances the coefficients are too small to matter after a few: only as many as that, and at least a
/// sixteenth of what was asked for, since the decay is an estimate.
fn few_enough(terms: usize, decay_bits: impl Fn(usize) -> f64, precision: u32) -> usize {
    let goal = 2.0 * f64::from(precision);
    let least = (terms / 16).max(1);
    (least..terms).find(|&k| decay_bits(k) > goal).unwrap_or(terms)
}

/// To nearest below, within one unit.
fn to_fixed(x: &Float, frac: u32) -> Integer {
    let scaled = Float::with_val(x.prec(), x << frac);
    scaled.floor().to_integer().unwrap_or_default()
}

/// In place, so that the loop allocates nothing.
trait AssignProduct {
    fn assign_product(&mut self, a: &Integer, b: &Integer);
}

impl AssignProduct for Integer {
    fn assign_product(&mut self, a: &Integer, b: &Integer) {
        use rug::Assign;
        self.assign(a * b);
    }
}
