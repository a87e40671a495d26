//! Number-theoretic transforms: Stockham's self-sorting scheme, radix 4, with one pass of radix 2,
//! 3 or 5 where the length asks for it.
//!
//! The passes are written once in plain Rust and compiled for several instruction sets; the best
//! one is chosen at run time.

use super::modular::{Multiplier, Prime};

/// Lengths that a transform can have: the least `2^m`, `3 · 2^m` or `5 · 2^m` that is `>= n`.
pub fn length_for(n: usize) -> usize {
    let power = n.max(4).next_power_of_two();
    [power / 8 * 5, power / 4 * 3, power].into_iter().find(|&len| len >= n && len % 4 == 0).unwrap_or(power)
}

/// One pass: `radix` interleaved sub-transforms.
struct Pass {
    radix: usize,
    /// Number of butterflies that use different twiddles.
    count: usize,
    /// Distance of neighbouring elements of one sub-transform: the inner, contiguous loop.
    stride: usize,
    /// `twiddles[(radix - 1) p + j - 1] = w^{j p}`.
    twiddles: Vec<Multiplier>,
    /// Powers of the primitive root of order `radix`.
    roots: Vec<Multiplier>,
}

/// Everything that transforms of one length modulo one prime share.
pub struct Plan {
    pub prime: Prime,
    forward: Vec<Pass>,
    inverse: Vec<Pass>,
    /// `1/length`.
    scale: Multiplier,
}

impl Plan {
    /// The plan for a length given by [`length_for`].
    pub fn new(prime: Prime, length: usize) -> Plan {
        let root = prime.root_of_unity(length as u64);
        Plan {
            prime,
            forward: passes(prime, length, root),
            inverse: passes(prime, length, prime.invert(root)),
            scale: prime.multiplier(prime.invert(length as u64)),
        }
    }

    /// Transforms `data` in place, using `scratch` of the same length. Entries must be at most `p`
    /// in magnitude, and are so afterwards.
    pub fn forward(&self, data: &mut Vec<f64>, scratch: &mut Vec<f64>) {
        run(&self.prime, &self.forward, data, scratch);
    }

    /// The inverse of [`Plan::forward`], including the division by the length.
    pub fn inverse(&self, data: &mut Vec<f64>, scratch: &mut Vec<f64>) {
        run(&self.prime, &self.inverse, data, scratch);
        kernels::scale(&self.prime, self.scale, data);
    }

    /// `x[i] *= y[i]`.
    pub fn multiply(&self, x: &mut [f64], y: &[f64]) {
        kernels::multiply(&self.prime, x, y);
    }
}

fn passes(prime: Prime, length: usize, root: u64) -> Vec<Pass> {
    let (mut left, mut stride) = (length, 1);
    let mut out = Vec::new();
    while left > 1 {
        let radix = if left % 5 == 0 {
            5
        } else if left % 3 == 0 {
            3
        } else if left % 4 == 0 {
            4
        } else {
            2
        };
        let count = left / radix;
        // The primitive root of order `left`.
        let step = prime.pow(root, stride as u64);
        let mut twiddles = Vec::with_capacity(count * (radix - 1));
        let first = prime.multiplier(step);
        let mut w = 1.0;
        for _ in 0..count {
            let base = Multiplier { w, over_p: w / prime.p };
            let mut power = w;
            for j in 1..radix {
                twiddles.push(Multiplier { w: power, over_p: power / prime.p });
                if j + 1 < radix {
                    power = prime.reduce(prime.mul(power, base));
                }
            }
            w = prime.reduce(prime.mul(w, first));
        }
        let order = prime.pow(step, count as u64);
        let roots = (0..radix as u64).map(|j| prime.multiplier(prime.pow(order, j))).collect();
        out.push(Pass { radix, count, stride, twiddles, roots });
        left = count;
        stride *= radix;
    }
    out
}

fn run(prime: &Prime, passes: &[Pass], data: &mut Vec<f64>, scratch: &mut Vec<f64>) {
    scratch.resize(data.len(), 0.0);
    for pass in passes {
        kernels::pass(prime, pass, data, scratch);
        std::mem::swap(data, scratch);
    }
}

/// `y[q + s(r p + j)] = w^{jp} Σ_i x[q + s(p + i m)] ω^{ij}`, `q < s`, `p < m`.
#[inline(always)]
fn pass_generic(prime: &Prime, pass: &Pass, x: &[f64], y: &mut [f64]) {
    match pass.radix {
        4 if pass.stride == 1 => first_pass_of_radix_4(prime, pass, x, y),
        4 => pass_of_radix_4(prime, pass, x, y),
        2 => pass_of_radix_2(prime, pass, x, y),
        _ => pass_of_small_odd_radix(prime, pass, x, y),
    }
}

#[inline(always)]
fn butterfly_4(prime: &Prime, i: Multiplier, w: [Multiplier; 3], x: [f64; 4]) -> [f64; 4] {
    let (a, c) = (x[0] + x[2], x[0] - x[2]);
    let (b, d) = (x[1] + x[3], prime.mul(x[1] - x[3], i));
    [prime.reduce(a + b), prime.mul(c + d, w[0]), prime.mul(a - b, w[1]), prime.mul(c - d, w[2])]
}

#[inline(always)]
fn first_pass_of_radix_4(prime: &Prime, pass: &Pass, x: &[f64], y: &mut [f64]) {
    let m = pass.count;
    let i = pass.roots[1];
    let (x0, x1, x2, x3) = (&x[..m], &x[m..2 * m], &x[2 * m..3 * m], &x[3 * m..4 * m]);
    let outputs = y.chunks_exact_mut(4).zip(pass.twiddles.chunks_exact(3));
    for (p, (out, w)) in outputs.enumerate().take(m) {
        let z = butterfly_4(prime, i, [w[0], w[1], w[2]], [x0[p], x1[p], x2[p], x3[p]]);
        out.copy_from_slice(&z);
    }
}

#[inline(always)]
fn pass_of_radix_4(prime: &Prime, pass: &Pass, x: &[f64], y: &mut [f64]) {
    let (m, s) = (pass.count, pass.stride);
    let i = pass.roots[1];
    for (p, out) in y.chunks_exact_mut(4 * s).enumerate().take(m) {
        let w = [pass.twiddles[3 * p], pass.twiddles[3 * p + 1], pass.twiddles[3 * p + 2]];
        let row = |k: usize| &x[s * (p + k * m)..s * (p + k * m) + s];
        let (x0, x1, x2, x3) = (row(0), row(1), row(2), row(3));
        let (y0, rest) = out.split_at_mut(s);
        let (y1, rest) = rest.split_at_mut(s);
        let (y2, y3) = rest.split_at_mut(s);
        for q in 0..s {
            let z = butterfly_4(prime, i, w, [x0[q], x1[q], x2[q], x3[q]]);
            (y0[q], y1[q], y2[q], y3[q]) = (z[0], z[1], z[2], z[3]);
        }
    }
}

#[inline(always)]
fn pass_of_radix_2(prime: &Prime, pass: &Pass, x: &[f64], y: &mut [f64]) {
    let (m, s) = (pass.count, pass.stride);
    for (p, out) in y.chunks_exact_mut(2 * s).enumerate().take(m) {
        let w = pass.twiddles[p];
        let (x0, x1) = (&x[s * p..s * p + s], &x[s * (p + m)..s * (p + m) + s]);
        let (y0, y1) = out.split_at_mut(s);
        for q in 0..s {
            y0[q] = prime.reduce(x0[q] + x1[q]);
            y1[q] = prime.mul(x0[q] - x1[q], w);
        }
    }
}

#[inline(always)]
fn pass_of_small_odd_radix(prime: &Prime, pass: &Pass, x: &[f64], y: &mut [f64]) {
    let (r, m, s) = (pass.radix, pass.count, pass.stride);
    for j in 0..r {
        for p in 0..m {
            let w = if j == 0 { prime.multiplier(1) } else { pass.twiddles[(r - 1) * p + j - 1] };
            let out = &mut y[s * (r * p + j)..s * (r * p + j) + s];
            let row = |k: usize| &x[s * (p + k * m)..s * (p + k * m) + s];
            for (q, z) in out.iter_mut().enumerate() {
                // At most five terms, reduced after every second: never beyond 3p.
                let mut sum = row(0)[q] + prime.mul(row(1)[q], pass.roots[j]);
                sum = prime.reduce(sum + prime.mul(row(2)[q], pass.roots[2 * j % r]));
                if r == 5 {
                    sum += prime.mul(row(3)[q], pass.roots[3 * j % r]);
                    sum += prime.mul(row(4)[q], pass.roots[4 * j % r]);
                }
                *z = prime.mul(sum, w);
            }
        }
    }
}

/// The same code for each instruction set.
mod kernels {
    use super::{Multiplier, Pass, Prime, pass_generic};
    use crate::series::dispatch::for_each_instruction_set;

    #[inline(always)]
    fn multiply_generic(prime: &Prime, x: &mut [f64], y: &[f64]) {
        for (a, b) in x.iter_mut().zip(y) {
            *a = prime.mul_pair(*a, *b);
        }
    }

    #[inline(always)]
    fn scale_generic(prime: &Prime, m: Multiplier, x: &mut [f64]) {
        for a in x {
            *a = prime.mul(*a, m);
        }
    }

    for_each_instruction_set! {
        pass = pass_generic(prime: &Prime, pass: &Pass, x: &[f64], y: &mut [f64]);
        multiply = multiply_generic(prime: &Prime, x: &mut [f64], y: &[f64]);
        scale = scale_generic(prime: &Prime, m: Multiplier, x: &mut [f64]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::modular::primes;

    fn pseudorandom(len: usize, p: u64, mut seed: u64) -> Vec<f64> {
        (0..len)
            .map(|_| {
                seed = seed.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
                ((seed >> 13) % p) as f64 - (p / 2) as f64
            })
            .collect()
    }

    #[test]
    fn transforms_are_those_of_the_definition() {
        let prime = primes(1)[0];
        for len in [4usize, 8, 12, 16, 20, 24, 32, 40, 48, 64, 80] {
            let plan = Plan::new(prime, len);
            let x = pseudorandom(len, prime.value, len as u64);
            let root = prime.root_of_unity(len as u64);
            let mut got = x.clone();
            plan.forward(&mut got, &mut vec![]);
            for (k, value) in got.iter().enumerate() {
                let mut sum = 0i128;
                for (j, a) in x.iter().enumerate() {
                    let w = prime.pow(root, (j * k) as u64);
                    sum += *a as i128 * i128::from(w) % i128::from(prime.value);
                }
                assert_eq!((sum - *value as i128) % i128::from(prime.value), 0, "length {len}, entry {k}");
            }
        }
    }

    #[test]
    fn inverse_undoes_forward_at_every_length() {
        for prime in primes(3) {
            for len in [1000, 1025, 2001, 5000, 20001].map(length_for) {
                let plan = Plan::new(prime, len);
                let x = pseudorandom(len, prime.value, 7);
                let mut y = x.clone();
                plan.forward(&mut y, &mut vec![]);
                assert!(y.iter().all(|v| v.abs() <= prime.p));
                plan.inverse(&mut y, &mut vec![]);
                assert!(x.iter().zip(&y).all(|(a, b)| prime.reduce(a - b) == 0.0), "length {len}");
            }
        }
    }

    #[test]
    fn lengths_are_tight() {
        assert_eq!(length_for(2001), 2048);
        assert_eq!(length_for(20001), 20480);
        assert_eq!(length_for(20481), 24576);
        assert_eq!(length_for(3), 4);
        for n in 1..2000 {
            assert!(length_for(n) >= n && (length_for(n) < 2 * n || n < 4));
        }
    }
}
