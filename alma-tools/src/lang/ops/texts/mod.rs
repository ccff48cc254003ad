//! Operations that make a text out of a text, and those that ask about one.

mod case;
mod cuts;
mod edits;
mod questions;
mod sieves;

use crate::lang::op::Spec;

/// The tables in the order in which a search tries them.
pub(super) static TABLES: [&[Spec]; 5] = [
    case::TABLE,
    cuts::TABLE,
    edits::TABLE,
    sieves::TABLE,
    questions::TABLE,
];

pub(super) fn vowel(c: char) -> bool {
    matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u')
}
