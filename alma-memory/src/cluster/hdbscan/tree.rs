//! What a fit computes once and every cut shares.

use super::{
    approximate::Recall, engine::Grown, hierarchy::Hierarchy, prepare::shift, spanning::Edge,
};

/// A spanning tree, its hierarchy, and where its rows stand in the input.
#[derive(Clone, Debug)]
pub(super) struct Tree {
    /// By weight, distance and ends, between rows of the input, in units of the tree.
    pub(super) edges: Vec<Edge>,
    /// The same in units of the input, where those are others.
    outer: Option<Vec<Edge>>,
    /// A length of the tree times two to this power is one of the input.
    pub(super) exponent: i32,
    pub(super) hierarchy: Hierarchy,
    /// By row of the tree, its core distance, in units of the tree.
    pub(super) core: Vec<f64>,
    /// The checksum of the rows; none of distances.
    pub(super) seal: Option<u64>,
    /// Where the rows of the tree stand in the input, ascending.
    pub(super) places: Vec<u32>,
    /// How many rows the input has.
    pub(super) len: usize,
    pub(super) stats: Stats,
}

/// What a fit met and what it took.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Stats {
    /// Rows that were given.
    pub rows: usize,
    /// Rows with NaN or infinities: noise, and left out of the geometry.
    pub missing: usize,
    /// Rows of zeros under the cosine: noise, and left out of the geometry.
    pub directionless: usize,
    /// Pairs of rows that were compared by bounds.
    pub pairs: u64,
    /// Pairs that bounds could not rule out.
    pub survivors: u64,
    /// Distances that were computed.
    pub distances: u64,
    /// How much of the truth an approximate search found; none of an exact one.
    pub recall: Option<Recall>,
}

impl Tree {
    /// The tree that was grown over the rows at `places` of an input of `len`.
    pub(super) fn new(grown: Grown, places: Vec<u32>, len: usize, exponent: i32) -> Self {
        let Grown {
            mut edges,
            core,
            effort,
            recall,
        } = grown;
        for edge in &mut edges {
            let ends = (edge.from.min(edge.to), edge.from.max(edge.to));
            (edge.from, edge.to) = ends;
        }
        edges.sort_unstable_by(|a, b| a.order(b).then((a.from, a.to).cmp(&(b.from, b.to))));
        let hierarchy = Hierarchy::new(&edges, places.len());
        for edge in &mut edges {
            edge.from = places[edge.from as usize];
            edge.to = places[edge.to as usize];
        }
        let outer = (exponent != 0).then(|| {
            let moved = edges.iter().map(|edge| Edge {
                weight: scaled(edge.weight, exponent),
                distance: scaled(edge.distance, exponent),
                ..*edge
            });
            moved.collect()
        });
        Self {
            edges,
            outer,
            exponent,
            hierarchy,
            core,
            seal: None,
            places,
            len,
            stats: Stats {
                rows: len,
                missing: 0,
                directionless: 0,
                pairs: effort.pairs,
                survivors: effort.survivors,
                distances: effort.distances,
                recall,
            },
        }
    }

    /// The edges in units of the input.
    pub(super) fn spanning(&self) -> &[Edge] {
        self.outer.as_ref().unwrap_or(&self.edges)
    }

    /// A length of the tree in units of the input.
    pub(super) fn distance(&self, length: f64) -> f64 {
        scaled(length, self.exponent)
    }

    /// A λ of the tree in units of the input.
    pub(super) fn lambda(&self, lambda: f64) -> f64 {
        scaled(lambda, -self.exponent)
    }
}

/// A number of the tree in other units, or the largest there is.
fn scaled(number: f64, exponent: i32) -> f64 {
    shift(number, exponent).min(f64::MAX)
}
