//! Compiles plain Rust loops for several instruction sets and chooses the best one at run time.

/// An instruction set that the machine at hand has: there is no other way to get a value of this type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct InstructionSet(Kind);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Baseline,
    #[cfg(target_arch = "x86_64")]
    Avx2,
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl InstructionSet {
    /// What every machine of the architecture has.
    const BASELINE: InstructionSet = InstructionSet(Kind::Baseline);

    /// The widest one.
    #[inline]
    pub fn best() -> InstructionSet {
        [Self::avx512(), Self::avx2()].into_iter().flatten().next().unwrap_or(Self::BASELINE)
    }

    /// All of them, the baseline first.
    #[cfg(test)]
    pub fn all() -> Vec<InstructionSet> {
        [Some(Self::BASELINE), Self::avx2(), Self::avx512()].into_iter().flatten().collect()
    }

    /// For the match in [`for_each_instruction_set`].
    #[inline]
    pub(super) fn kind(self) -> Kind {
        self.0
    }

    #[inline]
    fn avx2() -> Option<InstructionSet> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return Some(InstructionSet(Kind::Avx2));
        }
        None
    }

    #[inline]
    fn avx512() -> Option<InstructionSet> {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
        {
            return Self::avx2().map(|_| InstructionSet(Kind::Avx512));
        }
        None
    }
}

/// Defines `pub fn name(args)` that runs `generic(args)`, compiled for AVX-512, for AVX2 with FMA and
/// for the baseline, and `name_with(set, args)`, which runs one of them; `generic` must be `#[inline(always)]`.
macro_rules! for_each_instruction_set {
    ($($name:ident / $name_with:ident = $generic:ident($($arg:ident: $ty:ty),*);)*) => {
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
            $name_with($crate::series::dispatch::InstructionSet::best(), $($arg),*)
        }
        #[allow(unsafe_code)]
        #[inline]
        pub fn $name_with(set: $crate::series::dispatch::InstructionSet, $($arg: $ty),*) {
            use $crate::series::dispatch::Kind;
            match set.kind() {
                Kind::Baseline => $generic($($arg),*),
                // SAFETY: a value of `InstructionSet` is made only where the features that it enables were detected.
                #[cfg(target_arch = "x86_64")]
                Kind::Avx2 => unsafe { avx2::$name($($arg),*) },
                // SAFETY: as above; its features are those of AVX2 and the three of AVX-512.
                #[cfg(target_arch = "x86_64")]
                Kind::Avx512 => unsafe { avx512::$name($($arg),*) },
            }
        })*
    };
}
pub(crate) use for_each_instruction_set;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_the_last_and_the_baseline_is_there() {
        let all = InstructionSet::all();
        assert_eq!(all[0], InstructionSet::BASELINE);
        assert_eq!(all.last(), Some(&InstructionSet::best()));
    }
}
