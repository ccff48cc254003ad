//! Measuring Alma on files of others: what is read, and how answers are scored.

pub mod beir;
pub mod score;
