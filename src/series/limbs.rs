//! Two's-complement integers of a fixed number of 64-bit limbs, least significant first.

/// Is the integer negative?
#[inline]
pub fn is_negative(x: &[u64]) -> bool {
    x.last().is_some_and(|top| top >> 63 == 1)
}

/// A limb of nothing but the sign.
#[inline]
pub fn sign(x: &[u64]) -> u64 {
    if is_negative(x) { u64::MAX } else { 0 }
}

/// Bits of an integer that is not negative, the leading one included.
pub fn bits(x: &[u64]) -> usize {
    x.iter().rposition(|limb| *limb != 0).map_or(0, |top| 64 * (top + 1) - x[top].leading_zeros() as usize)
}

/// `x = -x`.
#[inline]
pub fn negate(x: &mut [u64]) {
    let mut carry = true;
    for limb in x {
        let (value, over) = (!*limb).overflowing_add(u64::from(carry));
        (*limb, carry) = (value, over);
    }
}

/// `x += y`.
#[inline]
pub fn add(x: &mut [u64], y: &[u64]) {
    let mut carry = 0;
    for (a, b) in x.iter_mut().zip(y) {
        let sum = u128::from(*a) + u128::from(*b) + carry;
        (*a, carry) = (sum as u64, sum >> 64);
    }
}

/// `x *= m` for a non-negative integer below `2^(64 len)`; returns the limb that overflows.
#[inline]
pub fn mul_small(x: &mut [u64], m: u64) -> u64 {
    mul_add_small(x, m, 0)
}

/// `x = x m + c` modulo `2^(64 len)`, which also does for signed `x`; returns the limb that overflows.
#[inline]
pub fn mul_add_small(x: &mut [u64], m: u64, c: u64) -> u64 {
    let mut carry = u128::from(c);
    for limb in x {
        let product = u128::from(*limb) * u128::from(m) + carry;
        (*limb, carry) = (product as u64, product >> 64);
    }
    carry as u64
}

/// `x /= d`, rounded to nearest, for a non-negative integer.
#[inline]
pub fn div_small(x: &mut [u64], d: u64) {
    if d < 1 << 32 {
        return div_half(x, d);
    }
    let mut remainder = 0u128;
    for limb in x.iter_mut().rev() {
        let part = remainder << 64 | u128::from(*limb);
        (*limb, remainder) = ((part / u128::from(d)) as u64, part % u128::from(d));
    }
    if remainder * 2 >= u128::from(d) {
        increment(x);
    }
}

/// The same for `d < 2^32`: machine divisions of half limbs do.
#[inline]
fn div_half(x: &mut [u64], d: u64) {
    let mut remainder = 0;
    for limb in x.iter_mut().rev() {
        if remainder == 0 && *limb < d {
            // The leading limb, as a rule.
            remainder = std::mem::take(limb);
            continue;
        }
        let high = (remainder << 32) | (*limb >> 32);
        let low = ((high % d) << 32) | (*limb & 0xffff_ffff);
        (*limb, remainder) = (((high / d) << 32) | (low / d), low % d);
    }
    if remainder * 2 >= d {
        increment(x);
    }
}

/// `x = x m / d`, rounded to nearest, for a signed integer; the product must fit.
pub fn scale(x: &mut [u64], m: u64, d: u64) {
    let negative = is_negative(x);
    if negative {
        negate(x);
    }
    if m > 1 {
        mul_small(x, m);
    }
    div_small(x, d);
    if negative {
        negate(x);
    }
}

#[inline]
fn increment(x: &mut [u64]) {
    for limb in x {
        let (value, over) = limb.overflowing_add(1);
        *limb = value;
        if !over {
            break;
        }
    }
}

/// `acc += y * x`, unsigned; the carry runs on into the limbs of `acc` past those of `x`.
#[inline]
pub fn add_mul(acc: &mut [u64], x: &[u64], y: u64) {
    let mut carry = 0u128;
    let (low, high) = acc.split_at_mut(x.len());
    for (a, b) in low.iter_mut().zip(x) {
        let sum = u128::from(*b) * u128::from(y) + u128::from(*a) + carry;
        (*a, carry) = (sum as u64, sum >> 64);
    }
    for a in high {
        if carry == 0 {
            break;
        }
        let sum = u128::from(*a) + carry;
        (*a, carry) = (sum as u64, sum >> 64);
    }
}

/// `out = x / 2^shift`, rounded to nearest (ties up), for a signed integer whose quotient fits.
#[inline]
pub fn shift_right_rounded(x: &[u64], shift: u32, out: &mut [u64]) {
    let (limbs, bits) = ((shift / 64) as usize, shift % 64);
    let fill = if is_negative(x) { u64::MAX } else { 0 };
    let at = |i: usize| x.get(i).copied().unwrap_or(fill);
    for (i, limb) in out.iter_mut().enumerate() {
        *limb =
            if bits == 0 { at(i + limbs) } else { at(i + limbs) >> bits | at(i + limbs + 1) << (64 - bits) };
    }
    let half = if shift == 0 { 0 } else { at(((shift - 1) / 64) as usize) >> ((shift - 1) % 64) & 1 };
    if half == 1 {
        increment(out);
    }
}

/// `x y / 2^shift`, rounded, for signed integers of one width; the result must fit.
pub fn multiply_shifted(x: &[u64], y: &[u64], shift: u32) -> Vec<u64> {
    let magnitude = |z: &[u64]| {
        let mut z = z.to_vec();
        let negative = is_negative(&z);
        if negative {
            negate(&mut z);
        }
        (z, negative)
    };
    let ((a, minus_a), (b, minus_b)) = (magnitude(x), magnitude(y));
    let mut acc = vec![0; a.len() + b.len() + 1];
    for (i, digit) in b.iter().enumerate() {
        add_mul(&mut acc[i..], &a, *digit);
    }
    let mut out = vec![0; x.len()];
    shift_right_rounded(&acc, shift, &mut out);
    if minus_a != minus_b {
        negate(&mut out);
    }
    out
}

/// `x = x y / 2^shift`, rounded to nearest, for non-negative integers; `acc` has room for both and one limb more.
#[inline]
pub fn multiply_shifted_in_place(x: &mut [u64], y: &[u64], shift: u32, acc: &mut [u64]) {
    if let ([low, high], [y_low, y_high], 1..=127) = (&mut *x, y, shift) {
        let product = multiply_pairs([*low, *high], [*y_low, *y_high], 1 << (shift - 1));
        let part = |i: usize| u128::from(product[i]) | u128::from(product[i + 1]) << 64;
        let quotient = part(0) >> shift | part(2) << (128 - shift);
        (*low, *high) = (quotient as u64, (quotient >> 64) as u64);
        return;
    }
    acc.fill(0);
    for (i, digit) in y.iter().enumerate() {
        add_mul(&mut acc[i..], x, *digit);
    }
    shift_right_rounded(acc, shift, x);
}

/// `x y + c`, which fits.
#[inline]
fn multiply_pairs(x: [u64; 2], y: [u64; 2], c: u128) -> [u64; 4] {
    let wide = |a: u64, b: u64| u128::from(a) * u128::from(b);
    let low = wide(x[0], y[0]) + u128::from(c as u64);
    // Each sum of a product, a limb and a carry stays below 2^128.
    let first = wide(x[0], y[1]) + (low >> 64) + (c >> 64);
    let second = wide(x[1], y[0]) + u128::from(first as u64);
    let high = wide(x[1], y[1]) + (first >> 64) + (second >> 64);
    [low as u64, second as u64, high as u64, (high >> 64) as u64]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn to_limbs(x: i128) -> Vec<u64> {
        let fill = if x < 0 { u64::MAX } else { 0 };
        vec![x as u64, (x >> 64) as u64, fill]
    }

    fn from_limbs(x: &[u64]) -> i128 {
        (u128::from(x[0]) | u128::from(x[1]) << 64) as i128
    }

    proptest! {
        #[test]
        fn agrees_with_machine_integers(a in -(1i128 << 100)..1 << 100, b in -(1i128 << 100)..1 << 100, m in 1u64..1 << 20, d in prop_oneof![1u64..1 << 20, (1u64 << 31)..1 << 33], s in 0u32..110) {
            let (mut x, y) = (to_limbs(a), to_limbs(b));
            add(&mut x, &y);
            prop_assert_eq!(from_limbs(&x), a + b);
            negate(&mut x);
            prop_assert_eq!(from_limbs(&x), -a - b);
            prop_assert_eq!(is_negative(&x), a + b > 0);
            let mut out = [0; 2];
            shift_right_rounded(&to_limbs(a), s, &mut out);
            let expected = if s == 0 { a } else { (a >> (s - 1)).wrapping_add(1) >> 1 };
            prop_assert_eq!(from_limbs(&out), expected);
            let mut x = to_limbs(a.abs());
            mul_small(&mut x, m);
            prop_assert_eq!(from_limbs(&x), a.abs() * i128::from(m));
            // A product of two limbs each, and the same with a limb of zeros in front.
            let magnitude = [a.unsigned_abs() as u64, (a.unsigned_abs() >> 64) as u64];
            let factor = [b.unsigned_abs() as u64, (b.unsigned_abs() >> 64) as u64];
            let (mut short, mut long) = (magnitude.to_vec(), vec![magnitude[0], magnitude[1], 0]);
            let shift = 100 + s / 6;
            multiply_shifted_in_place(&mut short, &factor, shift, &mut [0; 5]);
            multiply_shifted_in_place(&mut long, &[factor[0], factor[1], 0], shift, &mut [0; 7]);
            prop_assert_eq!(&short[..], &long[..2]);
            let mut x = to_limbs(a.abs());
            div_small(&mut x, d);
            prop_assert_eq!(from_limbs(&x), (2 * a.abs() + i128::from(d)) / (2 * i128::from(d)));
            let mut x = to_limbs(a);
            add_mul(&mut x, &to_limbs(b.abs())[..2], m);
            prop_assert_eq!(from_limbs(&x), a + b.abs() * i128::from(m));
            let mut x = to_limbs(a);
            mul_add_small(&mut x, m, 17);
            prop_assert_eq!(from_limbs(&x), a.wrapping_mul(i128::from(m)).wrapping_add(17));
        }
    }
}
