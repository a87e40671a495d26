//! Every enclosure of a series is asked to hold the truth under the worst errors: inputs at the very ends of their
//! errors, all of one sign or alternating, and exact inputs whose roundings all go one way. The truth is computed in
//! integers times a power of two, or where it is irrational in balls of far more bits. Errors with random signs, or
//! bits to spare, would hide a bound that is too small by the square root of the length.
//!
//! Formats are those of [`exact::FRACTIONS`], with as many limbs as they need and with more. Lengths lie at, just below
//! and just above every change of algorithm:
//!
//! | where | constant | what changes |
//! |---|---|---|
//! | `multiply` | one stored coefficient | a product limb by limb |
//! | `multiply` | `SHORT` = 48 coefficients | below: one product of packed integers |
//! | `multiply` | `MAX_PRIMES` = 40, about 1999 bits | beyond: packed integers; `combinations`: limb by limb |
//! | `multiply` | `KEPT_LENGTH` = 8192 | longer plans and buffers are not kept |
//! | `ntt` | lengths 2^m, 3·2^m, 5·2^m; `LANES` = 8 | other passes |
//! | `residues` | `BLOCK` = 256 coefficients; 3, 4, 8, 12, 32 limbs | digits in blocks, sums of fixed width |
//! | `combinations` | `BLOCK` = 64 coefficients, `TOGETHER` = 3 series | blocks, partly filled groups |
//! | `fixed` | `LONG` = 24 limbs | longer: scaled by one packed product |
//! | `compose` | `LEAF` = 16 terms | shifted directly, then by halves |
//! | `compose` | baby steps: `√(terms · series / 2)`; `CUTS` = 4 | another row, another cut of the giant step |
//! | `root` | two coefficients | a binomial has its own recurrence |
//! | `seed` | `FRACTION_BITS` = 44..=88, `MAX_LENGTH` = 1536 | the start from doubles |
//! | `root` | 1, 2, 3, 4, 5, … coefficients | the halves of Newton's steps |
//! | `exponential` | `base_length(width)` = 32, 32, 32, 32, 25, … | recurrence directly, then by halves |
//! | `limbs` | 2 limbs by 2, shifts 1..=127; divisors from 2^32 | machine products, machine divisions |

mod combinations;
mod composition;
mod elementwise;
pub(crate) mod exact;
mod exponential;
mod formats;
mod products;
mod root;
mod shift;
