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

/// Elements that are worked on together: one AVX-512 register, two of AVX2.
const LANES: usize = 8;

/// One pass: `radix` interleaved sub-transforms. With `m = length / (stride · radix)`,
/// `y[q + s(r p + j)] = w^{jp} Σ_i x[q + s(p + i m)] ω^{ij}` for `q < s = stride`, `p < m`, `j < r = radix`.
struct Pass {
    radix: usize,
    count: usize,
    stride: usize,
    /// `w^{jp}` for `1 <= j < radix`: one per `p`, or, for strides below [`LANES`], one per element `sp + q`.
    twiddles: Vec<Twiddles>,
    /// Powers of the primitive root of order `radix`.
    roots: Vec<Multiplier>,
}

/// Many multipliers, apart for vector loads.
struct Twiddles {
    w: Vec<f64>,
    over_p: Vec<f64>,
}

impl Twiddles {
    #[inline(always)]
    fn at(&self, i: usize) -> Multiplier {
        Multiplier { w: self.w[i], over_p: self.over_p[i] }
    }
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

    /// `z[i] = x[i] y[i]`.
    pub fn multiply(&self, z: &mut [f64], x: &[f64], y: &[f64]) {
        kernels::multiply(&self.prime, z, x, y);
    }
}

fn passes(prime: Prime, length: usize, root: u64) -> Vec<Pass> {
    let (mut left, mut stride) = (length, 1);
    let mut out = Vec::new();
    while left > 1 {
        // Odd radices last, where the stride is long.
        let radix = [4, 2, 3, 5].into_iter().find(|r| left % r == 0).unwrap_or(left);
        let count = left / radix;
        // The primitive root of order `left`.
        let step = prime.pow(root, stride as u64);
        let repeat = if stride < LANES { stride } else { 1 };
        let twiddles = (1..radix).map(|j| powers(&prime, prime.pow(step, j as u64), count, repeat)).collect();
        let order = prime.pow(step, count as u64);
        let roots = (0..radix as u64).map(|j| prime.multiplier(prime.pow(order, j))).collect();
        out.push(Pass { radix, count, stride, twiddles, roots });
        left = count;
        stride *= radix;
    }
    out
}

/// `w^p`, `p < count`, each `repeat` times.
fn powers(prime: &Prime, w: u64, count: usize, repeat: usize) -> Twiddles {
    // By doubling: w^{p + 2^i} = w^p w^{2^i}, in loops that vectorize.
    let mut plain = vec![1.0; count];
    let (mut known, mut factor) = (1, w);
    while known < count {
        let (done, rest) = plain.split_at_mut(known);
        let m = prime.multiplier(factor);
        for (a, b) in rest.iter_mut().zip(done.iter()) {
            *a = prime.reduce(prime.mul(*b, m));
        }
        known *= 2;
        factor = prime.pow(factor, 2);
    }
    let w: Vec<f64> = plain.iter().flat_map(|x| std::iter::repeat_n(*x, repeat)).collect();
    let over_p = w.iter().map(|x| x / prime.p).collect();
    Twiddles { w, over_p }
}

fn run(prime: &Prime, passes: &[Pass], data: &mut Vec<f64>, scratch: &mut Vec<f64>) {
    scratch.resize(data.len(), 0.0);
    for pass in passes {
        kernels::pass(prime, pass, data, scratch);
        std::mem::swap(data, scratch);
    }
}

#[inline(always)]
fn pass_generic(prime: &Prime, pass: &Pass, x: &[f64], y: &mut [f64]) {
    match pass.radix {
        4 if pass.stride == 1 && pass.count.is_multiple_of(LANES) => {
            short_stride_pass::<1>(prime, pass, x, y)
        }
        4 if pass.stride == 4 && pass.count.is_multiple_of(LANES / 4) => {
            short_stride_pass::<4>(prime, pass, x, y)
        }
        4 if pass.stride.is_multiple_of(LANES) => long_stride_pass(prime, pass, x, y),
        _ => any_pass(prime, pass, x, y),
    }
}

type Lanes = [f64; LANES];

#[inline(always)]
fn load(x: &[f64]) -> Lanes {
    let mut out = [0.0; LANES];
    out.copy_from_slice(&x[..LANES]);
    out
}

/// The butterfly of radix 4 on eight neighbours; `twiddles(j, lane)` multiplies output `j`.
#[inline(always)]
fn butterfly(prime: &Prime, i: Multiplier, x: [Lanes; 4], w: [Lanes; 3], over_p: [Lanes; 3]) -> [Lanes; 4] {
    let mut z = [[0.0; LANES]; 4];
    for l in 0..LANES {
        let (a, c) = (x[0][l] + x[2][l], x[0][l] - x[2][l]);
        let (b, d) = (x[1][l] + x[3][l], prime.mul(x[1][l] - x[3][l], i));
        z[0][l] = prime.reduce(a + b);
        z[1][l] = prime.mul(c + d, Multiplier { w: w[0][l], over_p: over_p[0][l] });
        z[2][l] = prime.mul(a - b, Multiplier { w: w[1][l], over_p: over_p[1][l] });
        z[3][l] = prime.mul(c - d, Multiplier { w: w[2][l], over_p: over_p[2][l] });
    }
    z
}

/// Radix 4, stride `S` below the number of lanes: each element has its own twiddle.
#[inline(always)]
fn short_stride_pass<const S: usize>(prime: &Prime, pass: &Pass, x: &[f64], y: &mut [f64]) {
    let quarter = pass.count * S;
    let i = pass.roots[1];
    let (x0, x1, x2, x3) =
        (&x[..quarter], &x[quarter..2 * quarter], &x[2 * quarter..3 * quarter], &x[3 * quarter..]);
    let [t1, t2, t3] = &pass.twiddles[..] else { return };
    for (block, out) in y.chunks_exact_mut(4 * LANES).enumerate() {
        let at = block * LANES;
        let w = [load(&t1.w[at..]), load(&t2.w[at..]), load(&t3.w[at..])];
        let over_p = [load(&t1.over_p[at..]), load(&t2.over_p[at..]), load(&t3.over_p[at..])];
        let inputs = [load(&x0[at..]), load(&x1[at..]), load(&x2[at..]), load(&x3[at..])];
        let z = butterfly(prime, i, inputs, w, over_p);
        // Element sp + q goes to q + s(4p + j).
        for p in 0..LANES / S {
            for (j, row) in z.iter().enumerate() {
                out[S * (4 * p + j)..S * (4 * p + j) + S].copy_from_slice(&row[S * p..S * p + S]);
            }
        }
    }
}

/// Radix 4, stride a multiple of the number of lanes: one twiddle for a whole row.
#[inline(always)]
fn long_stride_pass(prime: &Prime, pass: &Pass, x: &[f64], y: &mut [f64]) {
    let (m, s) = (pass.count, pass.stride);
    let i = pass.roots[1];
    let [t1, t2, t3] = &pass.twiddles[..] else { return };
    for (p, out) in y.chunks_exact_mut(4 * s).enumerate() {
        let w = [t1.w[p], t2.w[p], t3.w[p]].map(|v| [v; LANES]);
        let over_p = [t1.over_p[p], t2.over_p[p], t3.over_p[p]].map(|v| [v; LANES]);
        let row = |k: usize| &x[s * (p + k * m)..s * (p + k * m) + s];
        let (x0, x1, x2, x3) = (row(0), row(1), row(2), row(3));
        let (y0, rest) = out.split_at_mut(s);
        let (y1, rest) = rest.split_at_mut(s);
        let (y2, y3) = rest.split_at_mut(s);
        for q in (0..s).step_by(LANES) {
            let z = butterfly(
                prime,
                i,
                [load(&x0[q..]), load(&x1[q..]), load(&x2[q..]), load(&x3[q..])],
                w,
                over_p,
            );
            y0[q..q + LANES].copy_from_slice(&z[0]);
            y1[q..q + LANES].copy_from_slice(&z[1]);
            y2[q..q + LANES].copy_from_slice(&z[2]);
            y3[q..q + LANES].copy_from_slice(&z[3]);
        }
    }
}

/// Any radix up to five, any stride, by the definition.
#[inline(always)]
fn any_pass(prime: &Prime, pass: &Pass, x: &[f64], y: &mut [f64]) {
    let (r, m, s) = (pass.radix, pass.count, pass.stride);
    let one = prime.multiplier(1);
    for p in 0..m {
        for j in 0..r {
            let w = match j {
                0 => one,
                _ if s < LANES => pass.twiddles[j - 1].at(s * p),
                _ => pass.twiddles[j - 1].at(p),
            };
            let out = &mut y[s * (r * p + j)..s * (r * p + j) + s];
            let row = |k: usize| &x[s * (p + k * m)..s * (p + k * m) + s];
            let root = |k: usize| pass.roots[k * j % r];
            // Sums of at most four terms, each up to p.
            match r {
                2 if j == 0 => {
                    out.iter_mut().zip(row(0)).zip(row(1)).for_each(|((z, a), b)| *z = prime.reduce(a + b))
                }
                2 => out.iter_mut().zip(row(0)).zip(row(1)).for_each(|((z, a), b)| *z = prime.mul(a - b, w)),
                _ => {
                    for ((z, a), b) in out.iter_mut().zip(row(0)).zip(row(1)) {
                        *z = a + prime.mul(*b, root(1));
                    }
                    for k in 2..r {
                        for (z, a) in out.iter_mut().zip(row(k)) {
                            *z = prime.reduce(*z + prime.mul(*a, root(k)));
                        }
                    }
                    out.iter_mut().for_each(|z| *z = prime.mul(*z, w));
                }
            }
        }
    }
}

/// The same code for each instruction set.
mod kernels {
    use super::{Multiplier, Pass, Prime, pass_generic};
    use crate::series::dispatch::for_each_instruction_set;

    #[inline(always)]
    fn multiply_generic(prime: &Prime, z: &mut [f64], x: &[f64], y: &[f64]) {
        for ((c, a), b) in z.iter_mut().zip(x).zip(y) {
            *c = prime.mul_pair(*a, *b);
        }
    }

    #[inline(always)]
    fn scale_generic(prime: &Prime, m: Multiplier, x: &mut [f64]) {
        for a in x {
            *a = prime.mul(*a, m);
        }
    }

    for_each_instruction_set! {
        pass / pass_with = pass_generic(prime: &Prime, pass: &Pass, x: &[f64], y: &mut [f64]);
        multiply / multiply_with = multiply_generic(prime: &Prime, z: &mut [f64], x: &[f64], y: &[f64]);
        scale / scale_with = scale_generic(prime: &Prime, m: Multiplier, x: &mut [f64]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::series::dispatch::InstructionSet;
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

    /// Every step is exact, so that not a bit differs: strides and radices of all kinds, the parts of a vector too.
    #[test]
    fn instruction_sets_agree_bit_for_bit() {
        let sets = InstructionSet::all();
        for prime in primes(2) {
            for len in
                [4usize, 8, 12, 16, 20, 24, 32, 40, 48, 64, 80, 96, 128, 160, 192, 256, 320, 640, 1536, 2560]
            {
                let plan = Plan::new(prime, len);
                let x = pseudorandom(len, prime.value, len as u64);
                let y = pseudorandom(len, prime.value, 1 + len as u64);
                let results: Vec<Vec<f64>> = sets
                    .iter()
                    .map(|set| {
                        let (mut data, mut scratch) = (x.clone(), vec![0.0; len]);
                        for pass in plan.forward.iter().chain(&plan.inverse) {
                            kernels::pass_with(*set, &prime, pass, &data, &mut scratch);
                            std::mem::swap(&mut data, &mut scratch);
                        }
                        kernels::scale_with(*set, &prime, plan.scale, &mut data);
                        kernels::multiply_with(*set, &prime, &mut scratch, &data, &y);
                        data.extend(scratch);
                        data
                    })
                    .collect();
                for (set, result) in sets.iter().zip(&results) {
                    assert_eq!(result, &results[0], "{set:?}, length {len}");
                }
                let undone = x.iter().zip(&results[0]).all(|(a, b)| prime.reduce(a - b) == 0.0);
                assert!(undone, "length {len}");
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
