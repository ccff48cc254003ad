//! Ranking, apart from any store: postings, lexical and dense scores, and their fusion.

mod dense;
mod fuse;
mod lexical;
mod postings;
mod table;

pub(crate) use dense::{Quantised, Vectors, quantise};
pub(crate) use fuse::{Arm, Fused, fuse, keep_best};
pub(crate) use lexical::{Lexical, Matches};
pub(crate) use postings::{Posting, decode, encode};
pub(crate) use table::{Entry, Table};
