//! What a certificate may ask for: a file beyond a limit is refused before any work is spent on it.

/// Limits on the size of a certificate and on the work of checking it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest file, in bytes.
    pub bytes: usize,
    /// Deepest nesting of the JSON text.
    pub nesting: usize,
    /// Most characters of one number.
    pub digits: usize,
    /// Most hidden layers.
    pub layers: usize,
    /// Most blocks and branches, and most blocks one in the other.
    pub blocks: usize,
    /// See `blocks`.
    pub depth: usize,
    /// Most data points.
    pub points: usize,
    /// Largest dimension of a point.
    pub dimension: usize,
    /// Largest degree, order, and number of coefficients or nodes of a claim.
    pub degree: usize,
    /// Largest exponent of two in the factor of `lambda_min`.
    pub exponent: u32,
    /// Most work for each megabyte that is begun, in operations on limbs of 64 bits; one takes about a nanosecond.
    pub work: u64,
    /// Most memory that numbers may take at a time, in bytes, for each megabyte that is begun.
    pub memory: u64,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            bytes: 256 << 20,
            // Three levels for each of the blocks that are one in the other, and some around them.
            nesting: 128,
            digits: 20_000,
            layers: 1000,
            blocks: 4000,
            depth: 32,
            points: 10_000,
            dimension: 5000,
            degree: 400,
            exponent: 4096,
            work: 3_000_000_000,
            memory: 512 << 20,
        }
    }
}
