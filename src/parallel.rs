//! Loops over all cores with the feature `parallel` (rayon), and one step after the other without.

#[cfg(feature = "parallel")]
pub(crate) use rayon::prelude::*;

#[cfg(not(feature = "parallel"))]
pub(crate) use sequential::{InParallel, Slices};

/// What the library uses of rayon's iterators, on one core.
#[cfg(not(feature = "parallel"))]
mod sequential {
    pub(crate) struct Sequential<I>(I);

    /// `into_par_iter`.
    pub(crate) trait InParallel: IntoIterator + Sized {
        fn into_par_iter(self) -> Sequential<Self::IntoIter> {
            Sequential(self.into_iter())
        }
    }

    impl<I: IntoIterator> InParallel for I {}

    /// `par_iter` and its like.
    pub(crate) trait Slices<T> {
        fn par_iter(&self) -> Sequential<std::slice::Iter<'_, T>>;
        fn par_iter_mut(&mut self) -> Sequential<std::slice::IterMut<'_, T>>;
        fn par_chunks(&self, size: usize) -> Sequential<std::slice::Chunks<'_, T>>;
        fn par_chunks_mut(&mut self, size: usize) -> Sequential<std::slice::ChunksMut<'_, T>>;
    }

    impl<T> Slices<T> for [T] {
        fn par_iter(&self) -> Sequential<std::slice::Iter<'_, T>> {
            Sequential(self.iter())
        }

        fn par_iter_mut(&mut self) -> Sequential<std::slice::IterMut<'_, T>> {
            Sequential(self.iter_mut())
        }

        fn par_chunks(&self, size: usize) -> Sequential<std::slice::Chunks<'_, T>> {
            Sequential(self.chunks(size))
        }

        fn par_chunks_mut(&mut self, size: usize) -> Sequential<std::slice::ChunksMut<'_, T>> {
            Sequential(self.chunks_mut(size))
        }
    }

    impl<I: Iterator> IntoIterator for Sequential<I> {
        type Item = I::Item;
        type IntoIter = I;
        fn into_iter(self) -> I {
            self.0
        }
    }

    impl<I: Iterator> Sequential<I> {
        pub(crate) fn map<T>(self, f: impl FnMut(I::Item) -> T) -> Sequential<impl Iterator<Item = T>> {
            Sequential(self.0.map(f))
        }

        pub(crate) fn filter(
            self,
            f: impl FnMut(&I::Item) -> bool,
        ) -> Sequential<impl Iterator<Item = I::Item>> {
            Sequential(self.0.filter(f))
        }

        pub(crate) fn enumerate(self) -> Sequential<std::iter::Enumerate<I>> {
            Sequential(self.0.enumerate())
        }

        pub(crate) fn zip<J: IntoIterator>(self, other: J) -> Sequential<std::iter::Zip<I, J::IntoIter>> {
            Sequential(self.0.zip(other))
        }

        pub(crate) fn with_min_len(self, _: usize) -> Sequential<I> {
            self
        }

        /// As rayon's, of which several parts may come; here one does.
        pub(crate) fn fold<T>(
            self,
            start: impl Fn() -> T,
            f: impl FnMut(T, I::Item) -> T,
        ) -> Sequential<std::iter::Once<T>> {
            Sequential(std::iter::once(self.0.fold(start(), f)))
        }

        pub(crate) fn reduce(
            self,
            start: impl Fn() -> I::Item,
            f: impl FnMut(I::Item, I::Item) -> I::Item,
        ) -> I::Item {
            self.0.fold(start(), f)
        }

        pub(crate) fn for_each(self, f: impl FnMut(I::Item)) {
            self.0.for_each(f)
        }

        pub(crate) fn collect<C: FromIterator<I::Item>>(self) -> C {
            self.0.collect()
        }

        pub(crate) fn sum<S: std::iter::Sum<I::Item>>(self) -> S {
            self.0.sum()
        }

        pub(crate) fn max(self) -> Option<I::Item>
        where
            I::Item: Ord,
        {
            self.0.max()
        }
    }
}
