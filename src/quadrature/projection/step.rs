//! One node's recurrence in fixed point: the inner loop of the quadrature.

/// One step's integers, shared by all nodes: `β` and the shift `b + t`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// `k(k-1) 2^{b - t'}`.
    pub beta: u64,
    /// `b + t`, between 1 and 63.
    pub shift: u32,
    /// `2k + 1`.
    pub degree: u64,
}

/// `x²` of one node: `2^b x²` as an integer and a fraction of as many limbs as the values have.
#[derive(Clone, Debug)]
pub(super) struct Square {
    pub whole: i64,
    /// The fraction and what it lacks to one; empty when the fraction is zero.
    pub fraction: Vec<u64>,
    pub complement: Vec<u64>,
    pub scale: u32,
}

/// `P_{k+2} = (α P_k - β P_{k-2}) / 2^shift`, `α = 2^b (x² - 2k - 1)`, added to the sums as it goes: for every step,
/// `sums` holds one number of `W + 1` limbs, and the node's values enter shifted down by `offset` limbs.
///
/// Every step is exact but for at most one unit in the last place, and `(W + 1) 2^-b` units where `x²` has a fraction.
pub(super) fn run(start: &[u64], square: &Square, steps: &[Step], offset: usize, sums: &mut [u64]) {
    macro_rules! by_width {
        ($($w:literal),*) => {
            match start.len() {
                $($w => run_arrays([0; $w], start, square, steps, offset, sums),)*
                _ => run_vectors(start, square, steps, offset, sums),
            }
        };
    }
    by_width!(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 14, 16, 20, 24)
}

fn run_arrays<const W: usize>(
    mut other: [u64; W],
    start: &[u64],
    square: &Square,
    steps: &[Step],
    offset: usize,
    sums: &mut [u64],
) {
    let mut current = [0; W];
    current.copy_from_slice(start);
    let mut scratch = [0; W];
    run_buffers(&mut current, &mut other, &mut scratch, square, steps, offset, sums);
}

fn run_vectors(start: &[u64], square: &Square, steps: &[Step], offset: usize, sums: &mut [u64]) {
    let mut current = start.to_vec();
    let (mut other, mut scratch) = (vec![0; start.len()], vec![0; start.len()]);
    run_buffers(&mut current, &mut other, &mut scratch, square, steps, offset, sums);
}

#[inline(always)]
fn run_buffers(
    current: &mut [u64],
    other: &mut [u64],
    scratch: &mut [u64],
    square: &Square,
    steps: &[Step],
    offset: usize,
    sums: &mut [u64],
) {
    let width = current.len() + 1;
    let (first, rest) = sums.split_at_mut(width);
    accumulate(first, current, offset);
    let mut pairs = steps.chunks_exact(2);
    let mut sums = rest.chunks_exact_mut(width);
    for pair in &mut pairs {
        step(other, current, scratch, square, pair[0]);
        sums.next().into_iter().for_each(|sum| accumulate(sum, other, offset));
        step(current, other, scratch, square, pair[1]);
        sums.next().into_iter().for_each(|sum| accumulate(sum, current, offset));
    }
    if let [last] = pairs.remainder() {
        step(other, current, scratch, square, *last);
        sums.next().into_iter().for_each(|sum| accumulate(sum, other, offset));
    }
}

/// `sum += x / 2^(64 offset)`, rounded down.
#[inline(always)]
fn accumulate(sum: &mut [u64], x: &[u64], offset: usize) {
    let fill = if is_negative(x) { u64::MAX } else { 0 };
    let (mut carry, kept) = (false, x.len().saturating_sub(offset));
    for i in 0..kept {
        (sum[i], carry) = add_carry(sum[i], x[i + offset], carry);
    }
    for limb in &mut sum[kept..] {
        (*limb, carry) = add_carry(*limb, fill, carry);
    }
}

/// Replaces `P_{k-2}` by `P_{k+2}`.
#[inline(always)]
fn step(before: &mut [u64], now: &[u64], scratch: &mut [u64], square: &Square, step: Step) {
    let alpha = square.whole - ((step.degree << square.scale) as i64);
    if square.fraction.is_empty() {
        if alpha >= 0 {
            combine::<false, false>(before, now, scratch, alpha as u64, step);
        } else {
            combine::<true, false>(before, now, scratch, alpha.unsigned_abs(), step);
        }
    } else if alpha >= 0 {
        high_product(scratch, now, &square.fraction);
        combine::<false, true>(before, now, scratch, alpha as u64, step);
    } else {
        // α + fraction = -(|α + 1| + complement).
        high_product(scratch, now, &square.complement);
        combine::<true, true>(before, now, scratch, (alpha + 1).unsigned_abs(), step);
    }
}

/// `before = ±(m now + extra) - β before`, shifted down: the sign is minus with `MINUS`.
#[inline(always)]
fn combine<const MINUS: bool, const EXTRA: bool>(
    before: &mut [u64],
    now: &[u64],
    extra: &[u64],
    m: u64,
    step: Step,
) {
    let (width, shift, beta) = (before.len(), step.shift, step.beta);
    let (minus_now, minus_before) = (is_negative(now), is_negative(before));
    let fill = if EXTRA && is_negative(extra) { u64::MAX } else { 0 };
    let (mut high, mut high_before) = (0u64, 0u64);
    let (mut carry, mut carry_extra) = (false, false);
    let mut last = 0u64;
    for i in 0..width {
        let (mut limb, product_before);
        (limb, high) = multiply_add(m, now[i], high);
        (product_before, high_before) = multiply_add(beta, before[i], high_before);
        if EXTRA {
            (limb, carry_extra) = add_carry(limb, extra[i], carry_extra);
        }
        let limb = if MINUS {
            // -s - 1 is the complement of s: one unit before the shift.
            let (sum, c) = add_carry(limb, product_before, carry);
            carry = c;
            !sum
        } else {
            let (difference, c) = sub_borrow(limb, product_before, carry);
            carry = c;
            difference
        };
        if i > 0 {
            before[i - 1] = last >> shift | limb << (64 - shift);
        }
        last = limb;
    }
    // A negative factor stands for itself plus 2^(64 W).
    let mut top = high.wrapping_sub(if minus_now { m } else { 0 });
    if EXTRA {
        top = top.wrapping_add(fill).wrapping_add(u64::from(carry_extra));
    }
    let top_before = high_before.wrapping_sub(if minus_before { beta } else { 0 });
    let top = if MINUS {
        !top.wrapping_add(top_before).wrapping_add(u64::from(carry))
    } else {
        top.wrapping_sub(top_before).wrapping_sub(u64::from(carry))
    };
    before[width - 1] = last >> shift | top << (64 - shift);
}

/// `out = x f / 2^(64 W)` for a fraction `f` of `W` limbs, at most `W + 1` units too low or too high.
///
/// Of the `W²` products of limbs those below column `W - 1` are left out: column `s` has `s + 1` of them, each below
/// `2^128`, so together they are below `W 2^(64 W)`.
#[inline(always)]
fn high_product(out: &mut [u64], x: &[u64], f: &[u64]) {
    let width = x.len();
    out.fill(0);
    // Column `W - 1`, whose high half is carried on.
    let mut lowest = 0u64;
    for i in 0..width {
        // Limb i of f meets the limbs of x from W-1-i on: columns W-1 .. W-1+i.
        let (meets, factor) = (&x[width - 1 - i..], f[i]);
        let mut carry;
        (lowest, carry) = multiply_add(meets[0], factor, lowest);
        for (limb, digit) in out[..i].iter_mut().zip(&meets[1..]) {
            let (low, high) = multiply_add(*digit, factor, carry);
            let (sum, over) = limb.overflowing_add(low);
            // The high half of a product plus a limb is below 2^64 - 1.
            (*limb, carry) = (sum, high.wrapping_add(u64::from(over)));
        }
        out[i] = carry;
    }
    if is_negative(x) {
        // x stands for itself plus 2^(64 W).
        let mut borrow = false;
        for (limb, digit) in out.iter_mut().zip(f) {
            (*limb, borrow) = sub_borrow(*limb, *digit, borrow);
        }
    }
}

/// `a b + c`, low and high half: it cannot overflow.
#[inline(always)]
fn multiply_add(a: u64, b: u64, c: u64) -> (u64, u64) {
    let sum = u128::from(a).wrapping_mul(u128::from(b)).wrapping_add(u128::from(c));
    (sum as u64, (sum >> 64) as u64)
}

#[inline(always)]
fn is_negative(x: &[u64]) -> bool {
    x.last().is_some_and(|top| top >> 63 == 1)
}

#[inline(always)]
fn add_carry(a: u64, b: u64, carry: bool) -> (u64, bool) {
    let (sum, first) = a.overflowing_add(b);
    let (sum, second) = sum.overflowing_add(u64::from(carry));
    (sum, first | second)
}

#[inline(always)]
fn sub_borrow(a: u64, b: u64, borrow: bool) -> (u64, bool) {
    let (difference, first) = a.overflowing_sub(b);
    let (difference, second) = difference.overflowing_sub(u64::from(borrow));
    (difference, first | second)
}
