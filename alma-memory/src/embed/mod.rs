//! The embedder that is always there: vectors out of words alone.

mod lexical;

pub use lexical::LexicalEmbedder;
