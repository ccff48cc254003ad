//! A tree that takes in rows: one walk over the pairs of those that are new.

use std::ops::Range;

use super::{
    super::{
        distance::Number,
        engine::Effort,
        heights::Heights,
        spanning::Edge,
        watch::{Cancelled, Watch},
    },
    certify::{Known, connected, leaves, lightest},
    codes::Seen,
    neighbours::Neighbours,
    sweep::{Pass, Sweep},
};

/// Among so many rows the one is sought by which pairs are ruled out.
const PIVOTS: usize = 16;

/// The minimum spanning tree, when `edges` hold one of all pairs before the row `from`; the codes of the sweep are in the
/// order of distinct rows.
///
/// As in a certification, a pair is needed only if it is lighter than the heaviest edge on the tree's way between its
/// rows. That is at most the heavier of those on the ways to a third row; where a pair passes, the very edge decides.
pub(super) fn join<F: Number>(
    sweep: &Sweep<'_, F>,
    near: &Neighbours,
    mut edges: Vec<Edge>,
    from: usize,
    effort: &mut Effort,
) -> Result<Vec<Edge>, Cancelled> {
    let unique = sweep.space.unique;
    let n = unique.len();
    let measure = |from: u32, to: u32| {
        let points = sweep.space.points;
        let distance = points.distance(unique.row(from), unique.row(to));
        near.edge(from, to, distance)
    };
    let tree = connected(lightest(&mut edges, n), n, measure);
    if from == n {
        return Ok(tree);
    }
    let mut places = vec![0; n];
    for (&row, place) in leaves(&tree, n).iter().zip(0..) {
        places[row as usize] = place;
    }
    let known = Known::new(places, tree);
    let heights = Heights::new(&known.heights);
    let (codes, padded) = (&sweep.coded.whole, sweep.coded.whole.padded());
    let pivot = pivot(&heights, n);
    let mut limits: Vec<f32> = known
        .places
        .iter()
        .map(|&place| codes.scaled(heights.between(place, pivot)))
        .collect();
    limits.resize(padded, 0.0);
    let pass = || Join {
        heights: &heights,
        places: &known.places,
        near,
        measure: &measure,
        limits: &limits,
        unit: |distance| codes.scaled(distance),
        better: Vec::new(),
        effort: Effort::default(),
    };
    let passes = sweep.run(from, Watch::NOBODY, pass)?;
    edges = known.tree;
    for mut pass in passes {
        effort.add(pass.effort);
        edges.append(&mut pass.better);
    }
    Ok(lightest(&mut edges, n))
}

struct Join<'a, M, U> {
    heights: &'a Heights,
    places: &'a [u32],
    near: &'a Neighbours,
    measure: &'a M,
    limits: &'a [f32],
    /// From distances to units of the codes.
    unit: U,
    better: Vec<Edge>,
    effort: Effort,
}

impl<M: Fn(u32, u32) -> Edge + Sync, U: Fn(f64) -> f32 + Send> Pass for Join<'_, M, U> {
    fn begin(&mut self, _rows: Range<usize>, _columns: Range<usize>) {}

    fn limits(&self) -> (&[f32], &[f32]) {
        (self.limits, self.limits)
    }

    fn pair(&mut self, row: usize, column: usize, seen: Seen) {
        self.effort.survivors += 1;
        let limit = self.heights.between(self.places[row], self.places[column]);
        // No tie needs a look, as in a certification.
        let core = self.near.core[row].max(self.near.core[column]);
        if core < limit && seen.bounds().0 <= (self.unit)(limit) {
            self.effort.distances += 1;
            let edge = (self.measure)(row as u32, column as u32);
            if edge.weight < limit {
                self.better.push(edge);
            }
        }
    }
}

/// A place with light ways to most of the `n` places.
fn pivot(heights: &Heights, n: usize) -> u32 {
    let sum = |place: u32| -> f64 { (0..n as u32).map(|to| heights.between(place, to)).sum() };
    let some = (0..n).step_by(n.div_ceil(PIVOTS)).map(|place| place as u32);
    some.map(|place| (sum(place), place))
        .min_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(0, |(_, place)| place)
}
