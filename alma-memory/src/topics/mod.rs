//! Topics: drafted out of clusters, matched with those of the night before.

mod draft;
mod matching;

pub(crate) use draft::{Draft, Earlier, Input, Member, draft};
