//! HDBSCAN*: clusters of any shape and density, and noise, as a property of the data alone.
//!
//! # Map
//! - `params`, `fit`, `model`: what is chosen, done and found, in the manner of linfa.
//! - `prepare`, `distance`, `spanning`: rows, the one distance, and the edges between them.
//! - `engine`: which way the tree is grown; `kdtree` for few dimensions, `exact` for any, `approximate` for many rows, `dense` for any distance,
//!   with `prim` for its tree, `sparse` for those of some pairs; `distances`: those that are given; `unique`: equal rows as one;
//!   `heights`: the heaviest edge between any two leaves of a tree.
//! - `tree`: what a fit computes once; `hierarchy`, `condense`, `select`: from there to clusters, without ties.
//! - `scores`, `tables`, `layers`: what else the tree tells.
//! - `predict`, `membership`: what it takes the rows for; `seal` knows them again.
//! - `stored`, `stored_incremental`: a model, or one that rows come to, in a file.
//! - `incremental`: rows that come and go.
//! - `watch`: progress of a long fit, and its end before time.
//! - `clusterer`: behind [`Clusterer`](super::Clusterer), for the night.

mod approximate;
mod clusterer;
mod condense;
mod dense;
mod distance;
mod distances;
mod engine;
mod exact;
mod fit;
mod heights;
mod hierarchy;
mod incremental;
mod kdtree;
mod layers;
mod membership;
mod model;
mod nearest;
mod params;
mod predict;
mod prepare;
mod prim;
mod scores;
mod seal;
mod select;
mod sets;
mod spanning;
mod sparse;
mod stored;
mod stored_incremental;
mod tables;
mod tree;
mod unique;
mod watch;

pub use approximate::Recall;
pub use distances::{Distances, DistancesError};
pub use incremental::Incremental;
pub use layers::Layer;
pub use model::Hdbscan;
pub(super) use nearest::nearest;
pub use params::{
    HdbscanError, HdbscanParams, HdbscanValidParams, Kernel, Metric, Missing, Search, Selection,
};
pub use predict::Predictor;
pub(super) use prepare::direction;
pub use spanning::Edge;
pub use stored::{StoredError, StoredHdbscan};
pub use stored_incremental::StoredIncremental;
pub use tables::{CondensedRow, Merge};
pub use tree::Stats;
