//! Summaries and labels without a model: sentences picked, words counted.

mod label;
mod summarise;

pub use label::{Group, labels};
pub use summarise::{summarise, summarise_among};
