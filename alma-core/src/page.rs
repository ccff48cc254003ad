//! Pages: how every list is read in bounded pieces.

use serde::{Deserialize, Serialize};

/// A place in a list: opaque text that only the backend that gave it can read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// The start of every list.
    #[must_use]
    pub const fn start() -> Self {
        Self(String::new())
    }

    /// A cursor that a backend writes and reads again.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text; empty at the start.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the start.
    #[must_use]
    pub fn is_start(&self) -> bool {
        self.0.is_empty()
    }
}

/// Which piece of a list is wanted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct PageRequest {
    /// Where to go on.
    pub after: Cursor,
    /// At most this many items; backends may return fewer. Never zero.
    pub limit: usize,
}

impl PageRequest {
    /// The largest page that any backend returns.
    pub const MAX: usize = 1_000;

    /// The first `limit` items; `limit` is brought into 1..=[`MAX`](Self::MAX).
    #[must_use]
    pub fn first(limit: usize) -> Self {
        Self::after(Cursor::start(), limit)
    }

    /// `limit` items after `cursor`; `limit` is brought into 1..=[`MAX`](Self::MAX).
    #[must_use]
    pub fn after(cursor: Cursor, limit: usize) -> Self {
        Self {
            after: cursor,
            limit: limit.clamp(1, Self::MAX),
        }
    }
}

impl Default for PageRequest {
    fn default() -> Self {
        Self::first(100)
    }
}

/// One piece of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// The items, in the stable order of the list.
    pub items: Vec<T>,
    /// Where the next piece begins; it advances on an empty page too.
    pub next: Cursor,
    /// Whether more is known to follow.
    pub more: bool,
}

impl<T> Page<T> {
    /// A page of `items` after which `next` goes on.
    #[must_use]
    pub const fn new(items: Vec<T>, next: Cursor, more: bool) -> Self {
        Self { items, next, more }
    }
}
