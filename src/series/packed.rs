//! Kronecker substitution: many fixed-point integers in one GMP integer.

use rug::Integer;
use rug::integer::Order;

use super::limbs;

/// `Σ c_i 2^{64 slot i}` for signed integers of `width` limbs.
pub fn pack(data: &[u64], width: usize, slot: usize) -> Integer {
    let count = data.len() / width;
    let mut out = vec![0u64; count * slot + 1];
    let mut borrow = false;
    for (i, x) in data.chunks_exact(width).enumerate() {
        let fill = limbs::sign(x);
        for (j, limb) in out[i * slot..(i + 1) * slot].iter_mut().enumerate() {
            let value = x.get(j).copied().unwrap_or(fill);
            let (value, under) = value.overflowing_sub(u64::from(borrow));
            (*limb, borrow) = (value, under);
        }
        // A negative slot borrows from the next one.
        borrow = limbs::is_negative(&out[i * slot..(i + 1) * slot]);
    }
    let negative = borrow;
    if negative {
        out[count * slot] = u64::MAX;
        limbs::negate(&mut out);
    }
    let magnitude = Integer::from_digits(&out, Order::Lsf);
    if negative { -magnitude } else { magnitude }
}

/// The slots `range` of a packed integer, each divided by `2^shift`, rounded, as `width` limbs.
pub fn unpack(
    packed: &Integer,
    range: std::ops::Range<usize>,
    slot: usize,
    shift: u32,
    width: usize,
    out: &mut Vec<u64>,
) {
    let mut digits = packed.as_abs().to_digits::<u64>(Order::Lsf);
    digits.resize(range.end * slot + 1, 0);
    if packed.is_negative() {
        limbs::negate(&mut digits);
    }
    let start = out.len();
    out.resize(start + range.len() * width, 0);
    for (i, target) in range.clone().zip(out[start..].chunks_exact_mut(width)) {
        let mut value = digits[i * slot..(i + 1) * slot].to_vec();
        // The slot below borrowed if it is negative.
        if i > 0 && limbs::is_negative(&digits[..i * slot]) {
            limbs::add(&mut value, &one(slot));
        }
        limbs::shift_right_rounded(&value, shift, target);
    }
}

fn one(len: usize) -> Vec<u64> {
    let mut out = vec![0; len];
    out[0] = 1;
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn there_and_back(values in prop::collection::vec(-(1i128 << 100)..1 << 100, 1..20), slot in 3usize..5) {
            let data: Vec<u64> = values.iter().flat_map(|v| [*v as u64, (*v >> 64) as u64]).collect();
            let packed = pack(&data, 2, slot);
            let expected = values.iter().enumerate().map(|(i, v)| Integer::from(*v) << (64 * slot * i) as u32).sum::<Integer>();
            prop_assert_eq!(&packed, &expected);
            let mut back = Vec::new();
            unpack(&packed, 0..values.len(), slot, 0, 2, &mut back);
            prop_assert_eq!(back, data);
        }
    }
}
