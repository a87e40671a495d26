//! Compiles plain Rust loops for several instruction sets and chooses the best one at run time.

/// Defines `pub fn name(args)` that runs `generic(args)`, compiled for AVX-512, for AVX2 with FMA and
/// for the baseline; `generic` must be `#[inline(always)]`.
macro_rules! for_each_instruction_set {
    ($($name:ident = $generic:ident($($arg:ident: $ty:ty),*);)*) => {
        #[cfg(target_arch = "x86_64")]
        mod avx2 {
            use super::*;
            $(#[target_feature(enable = "avx2,fma")]
            pub fn $name($($arg: $ty),*) { $generic($($arg),*) })*
        }
        #[cfg(target_arch = "x86_64")]
        mod avx512 {
            use super::*;
            $(#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
            pub fn $name($($arg: $ty),*) { $generic($($arg),*) })*
        }
        $(pub fn $name($($arg: $ty),*) {
            #[cfg(target_arch = "x86_64")]
            {
                if is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("fma")
                {
                    // SAFETY: the features were just detected.
                    return unsafe { avx512::$name($($arg),*) };
                }
                if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                    // SAFETY: the features were just detected.
                    return unsafe { avx2::$name($($arg),*) };
                }
            }
            $generic($($arg),*)
        })*
    };
}
pub(crate) use for_each_instruction_set;
