//! Text: words, terms, sentences and chunks.

mod chunk;
mod prose;
mod stop;
mod words;

pub use chunk::{Chunk, Chunker};
pub use prose::prose;
pub use words::{stem, terms, words};

pub(crate) use stop::is_stop_word;
