//! Measuring Alma on files of others: what is read, what is asked of the traits, how answers are scored.

pub mod beir;
pub mod forge;
pub mod planner;
pub mod retrieval;
pub mod score;
