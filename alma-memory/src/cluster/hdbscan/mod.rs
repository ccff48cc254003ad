//! HDBSCAN*: clusters of any shape and density, and noise, as a property of the data alone.
//!
//! # Map
//! - `params`, `model`: what is chosen and what is found, in the manner of linfa.
//! - `prepare`, `distance`, `spanning`: rows, the one distance, and the edges between them.
//! - `engine`: which way the tree is grown; `exact` for any dimension.
//! - `hierarchy`, `condense`, `select`: from the tree to clusters, without ties.
//! - `clusterer`: behind [`Clusterer`](super::Clusterer), for the night.

mod clusterer;
mod condense;
mod distance;
mod engine;
mod exact;
mod hierarchy;
mod model;
mod params;
mod prepare;
mod select;
mod sets;
mod spanning;

pub use model::Hdbscan;
pub use params::{HdbscanError, HdbscanParams, HdbscanValidParams, Kernel, Metric, Selection};
pub use spanning::Edge;
