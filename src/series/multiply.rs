//! Products of long fixed-point series.
//!
//! Up to [`MAX_PRIMES`] primes' worth of bits, products go through number-theoretic transforms modulo
//! 50-bit primes; beyond, and for short series, through one product of GMP integers. Either way the
//! integer convolution is exact and each coefficient is rounded once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::error_bound::ErrorBound;
use super::fixed::{Fixed, Format};
use super::modular::{Prime, primes};
use super::ntt::{Plan, length_for};
use super::residues::{Garner, digit_planes, residues};
use super::{limbs, packed};
use crate::number::Mag;

/// Beyond this many primes one product of large integers is faster.
pub(super) const MAX_PRIMES: usize = 40;
/// Below this length one product of integers is faster.
const SHORT: usize = 48;

/// What products of one computation share: primes and transform plans.
pub struct Multiplier {
    format: Format,
    shared: Rc<Shared>,
}

/// Plans by prime and length.
type Plans = HashMap<(usize, usize), Arc<Plan>>;

#[derive(Default)]
struct Shared {
    plans: RefCell<Plans>,
    /// By number of primes.
    garners: RefCell<HashMap<usize, Rc<Garner>>>,
    /// Long buffers to use again.
    buffers: RefCell<Vec<Vec<f64>>>,
}

thread_local! {
    /// Short buffers to use again: allocating them anew costs as much as short transforms.
    static BUFFERS: RefCell<Vec<Vec<f64>>> = const { RefCell::new(Vec::new()) };
}

/// Most short buffers that a thread keeps: 4 MiB of them.
const KEPT_BUFFERS: usize = 64;

impl Shared {
    /// A buffer of some length, whose contents are arbitrary.
    fn buffer(&self, len: usize) -> Vec<f64> {
        let kept = if len <= KEPT_LENGTH {
            BUFFERS.with_borrow_mut(Vec::pop)
        } else {
            self.buffers.borrow_mut().pop()
        };
        let mut out = kept.unwrap_or_default();
        out.resize(len, 0.0);
        out
    }

    fn give_back(&self, buffers: impl IntoIterator<Item = Vec<f64>>) {
        for buffer in buffers {
            match buffer.capacity() <= KEPT_LENGTH {
                true => BUFFERS.with_borrow_mut(|kept| {
                    if kept.len() < KEPT_BUFFERS {
                        kept.push(buffer);
                    }
                }),
                false => self.buffers.borrow_mut().push(buffer),
            }
        }
    }
}

/// Plans up to this length are kept for the life of the process: building them costs as much as using them a few times.
const KEPT_LENGTH: usize = 1 << 13;

/// The first [`MAX_PRIMES`] primes.
pub(super) fn all_primes() -> &'static [Prime] {
    static PRIMES: OnceLock<Vec<Prime>> = OnceLock::new();
    PRIMES.get_or_init(|| primes(MAX_PRIMES))
}

fn kept_plan(index: usize, length: usize) -> Arc<Plan> {
    static PLANS: OnceLock<Mutex<Plans>> = OnceLock::new();
    let plans = PLANS.get_or_init(Mutex::default);
    // A poisoned lock still guards a valid map: plans are inserted whole.
    let mut plans = plans.lock().unwrap_or_else(PoisonError::into_inner);
    plans.entry((index, length)).or_insert_with(|| Arc::new(Plan::new(all_primes()[index], length))).clone()
}

/// One factor, with what has been computed of its transform.
pub struct Operand<'a> {
    data: &'a [u64],
    /// Its own, which need not be that of the product.
    format: Format,
    /// Largest midpoint and sum of midpoints, in magnitude.
    norms: (Mag, Mag),
    length: usize,
    planes: Vec<Vec<f64>>,
    transforms: Vec<Vec<f64>>,
    shared: Option<Rc<Shared>>,
}

impl Drop for Operand<'_> {
    fn drop(&mut self) {
        if let Some(shared) = &self.shared {
            shared.give_back(self.planes.drain(..).chain(self.transforms.drain(..)));
        }
    }
}

impl<'a> Operand<'a> {
    /// The midpoints `range` (stored positions) of a series as a factor; `norms` bounds those of the series.
    pub fn part(series: &'a Fixed, range: Range<usize>, norms: (Mag, Mag)) -> Operand<'a> {
        let Format { width, .. } = series.format();
        let end = range.end.min(series.len());
        let data = &series.data[range.start.min(end) * width..end * width];
        Operand {
            data,
            format: series.format(),
            norms,
            length: 0,
            planes: Vec::new(),
            transforms: Vec::new(),
            shared: None,
        }
    }

    /// The whole series as a factor.
    pub fn whole(series: &'a Fixed) -> Operand<'a> {
        Operand::part(series, 0..series.len(), series.norms())
    }

    fn count(&self) -> usize {
        self.data.len() / self.format.width
    }
}

impl Multiplier {
    pub fn new(format: Format) -> Multiplier {
        Multiplier { format, shared: Rc::default() }
    }

    /// The format of the series that are multiplied.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The same for another degree; primes and plans are shared.
    pub fn with_degree(&self, degree: usize) -> Multiplier {
        Multiplier { format: self.format.of_degree(degree), shared: Rc::clone(&self.shared) }
    }

    /// The product, with its error: for `a + α`, `b + β` with `|α_k| <= e`, `|β_k| <= f`, each
    /// coefficient of the product is off by at most `e Σ|b| + f Σ|a| + n e f`.
    pub fn product(&self, a: &Fixed, b: &Fixed) -> Fixed {
        if a.step != b.step {
            return self.product(&a.dense(), &b.dense());
        }
        let same = std::ptr::eq(a, b);
        let mut left = Operand::whole(a);
        let mut right = Operand::whole(b);
        self.product_of(a, &mut left, b, if same { None } else { Some(&mut right) })
    }

    /// The square.
    pub fn square(&self, a: &Fixed) -> Fixed {
        self.product(a, a)
    }

    /// The product of two series whose operands (of the whole series) may already hold transforms.
    pub fn product_of(&self, a: &Fixed, left: &mut Operand, b: &Fixed, right: Option<&mut Operand>) -> Fixed {
        let agree = a.agrees_with(&self.format) && b.agrees_with(&self.format);
        let (sum_a, sum_b) = (left.norms.1, right.as_ref().map_or(left.norms.1, |r| r.norms.1));
        let carry = (a.first + b.first) / 2 * (a.step - 1);
        let first = if a.step == 2 { (a.first + b.first) % 2 } else { 0 };
        let mut out = Fixed::zero(self.format, first, a.step);
        let lead = if a.step == 2 { carry } else { a.first + b.first };
        let full = (a.len() + b.len()).saturating_sub(1) * usize::from(a.len().min(b.len()) > 0);
        let wanted = full.min(out.capacity().saturating_sub(lead));
        out.data.resize(lead.min(out.capacity()) * self.format.width, 0);
        let length = length_for(full);
        let product = if agree { self.cyclic(left, right, length, 0..wanted) } else { None };
        let n = Mag::from_usize(out.capacity());
        let error = match product {
            Some(data) => {
                out.data.extend(data);
                let flat = n * a.worst_error() * b.worst_error() + self.format.half_ulp();
                a.error.times(sum_b).plus(b.error.times(sum_a)).plus(ErrorBound::flat(flat))
            }
            None => ErrorBound::flat(Mag::INFINITY),
        };
        out.with_error(error).trimmed()
    }

    /// Coefficients `range` of the product modulo `t^length - 1`, rounded; `None` if one of them does
    /// not fit the format. Without a second factor, the square.
    pub fn cyclic(
        &self,
        a: &mut Operand,
        mut b: Option<&mut Operand>,
        length: usize,
        range: Range<usize>,
    ) -> Option<Vec<u64>> {
        let width = self.format.width;
        let counts = (a.count(), b.as_ref().map_or(a.count(), |b| b.count()));
        if counts.0 == 0 || counts.1 == 0 || range.is_empty() {
            return Some(vec![0; range.len() * width]);
        }
        let norms_b = b.as_ref().map_or(a.norms, |b| b.norms);
        // Largest coefficient of the product, also when it wraps around.
        let (first, second) = (a.norms.0 * norms_b.1, a.norms.1 * norms_b.0);
        let bound = if first < second { first } else { second };
        if !self.format.holds(bound) {
            return None;
        }
        let frac = a.format.frac + b.as_ref().map_or(a.format.frac, |b| b.format.frac);
        let shift = frac.checked_sub(self.format.frac)?;
        let bits = bound.log2_ceil().unwrap_or(0).max(-i64::from(frac)) + i64::from(frac) + 3;
        if let Some(b) = b.as_deref()
            && counts.0.min(counts.1) == 1
            && range.end <= length
        {
            let (one, many) = if counts.0 == 1 { (&*a, b) } else { (b, &*a) };
            return Some(self.by_one_coefficient(one, many, range, shift));
        }
        let count = primes_for(bits);
        if counts.0.min(counts.1) < SHORT || count > MAX_PRIMES {
            return Some(self.by_integers(a, b, length, range, bits, shift));
        }
        let mut product: Vec<Vec<f64>> = Vec::with_capacity(count);
        self.transform(a, length, count);
        if let Some(b) = b.as_deref_mut() {
            self.transform(b, length, count);
        }
        let right = b.as_ref().map_or(&a.transforms, |b| &b.transforms);
        for (i, (x, y)) in a.transforms.iter().zip(right).take(count).enumerate() {
            let mut z = self.shared.buffer(length);
            self.plan(i, length).multiply(&mut z, x, y);
            product.push(z);
        }
        let mut scratch = self.shared.buffer(length);
        for (i, z) in product.iter_mut().enumerate() {
            self.plan(i, length).inverse(z, &mut scratch);
            z.copy_within(range.clone(), 0);
        }
        let out = self.garner(count).rebuild(&mut product, range.len(), shift, width);
        self.shared.give_back(product);
        self.shared.give_back([scratch]);
        Some(out)
    }

    fn transform(&self, x: &mut Operand, length: usize, count: usize) {
        let shared = Rc::clone(x.shared.get_or_insert_with(|| Rc::clone(&self.shared)));
        if x.length != length {
            x.length = length;
            shared.give_back(x.transforms.drain(..));
        }
        if x.transforms.len() >= count {
            return;
        }
        if x.planes.is_empty() {
            let bits = x.norms.0.log2_ceil().map_or(0, |top| top + i64::from(x.format.frac) + 1);
            // As long as it will be: a short one that grows would end among the long ones.
            let stored = x.count();
            x.planes = digit_planes(x.data, x.format.width, bits, || {
                let mut out = shared.buffer(stored);
                out.clear();
                out
            });
        }
        let stored = x.planes[0].len();
        let mut scratch = shared.buffer(length);
        for i in x.transforms.len()..count {
            let plan = self.plan(i, length);
            let mut values = shared.buffer(length.max(stored));
            residues(&plan.prime, &x.planes, &mut values[..stored]);
            values[stored..].fill(0.0);
            plan.forward(&mut values, &mut scratch);
            x.transforms.push(values);
        }
        shared.give_back([scratch]);
    }

    /// A product with a series of one coefficient.
    fn by_one_coefficient(&self, one: &Operand, many: &Operand, range: Range<usize>, shift: u32) -> Vec<u64> {
        let width = self.format.width;
        let mut factor = one.data.to_vec();
        let negative = limbs::is_negative(&factor);
        if negative {
            limbs::negate(&mut factor);
        }
        let mut out = vec![0; range.len() * width];
        let mut x = vec![0; many.format.width.max(width)];
        let mut acc = vec![0; x.len() + factor.len() + 1];
        let terms = many.data.chunks_exact(many.format.width).skip(range.start);
        for (to, from) in out.chunks_exact_mut(width).zip(terms) {
            let minus = limbs::is_negative(from);
            x.fill(limbs::sign(from));
            x[..from.len()].copy_from_slice(from);
            if minus {
                limbs::negate(&mut x);
            }
            limbs::multiply_shifted_in_place(&mut x, &factor, shift, &mut acc);
            if minus != negative {
                limbs::negate(&mut x);
            }
            to.copy_from_slice(&x[..width]);
        }
        out
    }

    fn by_integers(
        &self,
        a: &Operand,
        b: Option<&mut Operand>,
        length: usize,
        range: Range<usize>,
        bits: i64,
        shift: u32,
    ) -> Vec<u64> {
        let width = self.format.width;
        let widest = a.format.width.max(b.as_ref().map_or(width, |b| b.format.width)).max(width);
        let slot = (bits.max(64 * widest as i64) as usize).div_ceil(64);
        let x = packed::pack(a.data, a.format.width, slot);
        let (product, full) = match b {
            Some(b) => (&x * packed::pack(b.data, b.format.width, slot), a.count() + b.count() - 1),
            None => (x.square(), 2 * a.count() - 1),
        };
        let mut out = Vec::with_capacity(range.len() * width);
        if full <= length {
            packed::unpack(&product, range, slot, shift, width, &mut out);
        } else {
            // Wrap around before rounding.
            let mut exact = Vec::new();
            packed::unpack(&product, 0..full, slot, 0, slot, &mut exact);
            for i in range {
                let mut sum = exact[i * slot..(i + 1) * slot].to_vec();
                let wrapped = (1..).map(|turn| i + turn * length).take_while(|j| *j < full);
                for j in wrapped {
                    limbs::add(&mut sum, &exact[j * slot..(j + 1) * slot]);
                }
                let start = out.len();
                out.resize(start + width, 0);
                limbs::shift_right_rounded(&sum, shift, &mut out[start..]);
            }
        }
        out
    }

    fn plan(&self, index: usize, length: usize) -> Arc<Plan> {
        let mut plans = self.shared.plans.borrow_mut();
        let make = || match length {
            ..=KEPT_LENGTH => kept_plan(index, length),
            _ => Arc::new(Plan::new(all_primes()[index], length)),
        };
        plans.entry((index, length)).or_insert_with(make).clone()
    }

    pub(super) fn garner(&self, count: usize) -> Rc<Garner> {
        let mut garners = self.shared.garners.borrow_mut();
        garners.entry(count).or_insert_with(|| Rc::new(Garner::new(&all_primes()[..count]))).clone()
    }
}

/// Primes whose product exceeds `2^(bits)`: each of the first forty is above `2^49.99`.
pub(super) fn primes_for(bits: i64) -> usize {
    (bits as f64 / 49.99).ceil().max(1.0) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::number::Ball;
    use num_rational::BigRational;
    use num_traits::Zero;
    use proptest::prelude::*;

    fn fixed(format: Format, first: usize, step: usize, values: &[i64]) -> Fixed {
        let balls: Vec<Ball> = values
            .iter()
            .map(|v| Ball::from_rational(&BigRational::new((*v).into(), 1_000_003.into()), 1300))
            .collect();
        Fixed::from_balls(format, first, step, &balls)
    }

    fn rational(first: usize, step: usize, values: &[i64], power: usize) -> BigRational {
        let offset = power.checked_sub(first).filter(|o| o % step == 0).map(|o| o / step);
        offset
            .and_then(|o| values.get(o))
            .map_or_else(BigRational::zero, |v| BigRational::new((*v).into(), 1_000_003.into()))
    }

    proptest! {
        #![proptest_config(ntk_testing::cases(24))]
        #[test]
        fn products_hold_the_exact_ones(
            a in prop::collection::vec(-1_000_000i64..1_000_000, 0..150),
            b in prop::collection::vec(-1_000_000i64..1_000_000, 0..150),
            (first_a, first_b) in (0usize..2, 0usize..2), step in 1usize..3,
            frac in prop::sample::select(vec![40u32, 64, 90, 128, 200, 1200]), degree in 0usize..320,
        ) {
            let format = Format { frac, width: (frac as usize + 40).div_ceil(64), degree };
            let (x, y) = (fixed(format, first_a, step, &a), fixed(format, first_b, step, &b));
            let product = Multiplier::new(format).product(&x, &y);
            prop_assert!(product.worst_error() <= Mag::pow2(10 - i64::from(frac)));
            for power in 0..=degree {
                let truth: BigRational = (0..=power)
                    .map(|i| rational(first_a, step, &a, i) * rational(first_b, step, &b, power - i))
                    .sum();
                prop_assert!(product.ball(power, 300).contains_rational(&truth), "power {}", power);
            }
        }
    }

    #[test]
    fn what_does_not_fit_is_lost_not_wrong() {
        let format = Format { frac: 20, width: 1, degree: 3 };
        let big = fixed(format, 0, 1, &[1_000_003 << 30]);
        assert!(!Multiplier::new(format).square(&big).error.is_finite());
    }
}
