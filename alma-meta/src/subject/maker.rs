//! What makes a fresh part of Alma under given settings.

use std::{fmt, pin::Pin, sync::Arc};

use alma_core::Result;

type Made<T> = Pin<Box<dyn Future<Output = Result<Arc<T>>> + Send>>;

/// A closure that makes a fresh, empty part out of `I`.
pub(super) struct Maker<I, T: ?Sized>(Box<dyn Fn(I) -> Made<T> + Send + Sync>);

impl<I, T: ?Sized + 'static> Maker<I, T> {
    pub(super) fn new<F>(make: impl Fn(I) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Result<Arc<T>>> + Send + 'static,
    {
        Self(Box::new(move |input| Box::pin(make(input))))
    }

    pub(super) fn make(&self, input: I) -> Made<T> {
        (self.0)(input)
    }
}

impl<I, T: ?Sized> fmt::Debug for Maker<I, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Maker")
    }
}
