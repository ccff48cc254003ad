//! Reading goals: words and their stems, the values a goal states, and its clauses.

mod clause;
mod date;
mod names;
mod stem;
mod thesaurus;
mod token;
mod value;

pub(crate) use clause::{Clause, clauses};
pub(crate) use stem::stem;
pub(crate) use thesaurus::{is_action, is_change, senses};
pub(crate) use token::{Token, TokenKind, is_stop, name_words, read};
pub(crate) use value::{Stated, ValueKind};
