//! Topics of sentence embeddings: every row assigned, or left as noise by choice.
//!
//! The graph of nearest neighbours is parted into communities; which resolution is right is asked
//! of the rows themselves, and which topics stand is asked of the two halves of the graph.
//!
//! # Map
//! - `params`, `fit`, `model`, `predict`: what is chosen, done and found, in the manner of linfa.
//! - `directions`: rows on the sphere around their mean, in an order of their own.
//! - `graph`, `communities`: who is near whom, and who belongs together at a resolution (Leiden).
//! - `silhouette`: how well rows lie in their topics; it chooses the resolution.
//! - `standing`: what of it would be found again.
//! - `clusterer`: behind [`Clusterer`](super::Clusterer), for the night.

mod clusterer;
mod communities;
mod directions;
mod fit;
mod graph;
mod model;
mod params;
mod predict;
mod silhouette;
mod standing;

pub use model::Topics;
pub use params::{Noise, TopicsError, TopicsParams, TopicsValidParams};
