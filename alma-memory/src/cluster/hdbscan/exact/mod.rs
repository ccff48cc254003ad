//! The exact engine for any dimension: bounds from eight-bit codes rule out nearly all pairs, the rest is computed.
//!
//! 1. Equal rows become one, with a count.
//! 2. `codes`: rows in eight bits with a bound of what that loses; `kernel`: their products; `sweep`: over all pairs.
//!    `head` makes shorter ones that are compared first, `coded` holds both. `order` brings near rows together first, and `fine` looks closer where codes tell too little.
//! 3. `neighbours`: one sweep keeps what bounds cannot rule out; core distances and lists are exact. `floors`: what it
//!    learns of tiles on the way.
//! 4. `certify`: the lists give a spanning tree. In the order of its leaves the heaviest edge between two rows is a
//!    maximum over a range, and a pair not lighter than that is needed in no minimum spanning tree (the cycle
//!    property); a second sweep, over the tiles whose floors leave that open, computes those that may be lighter.
//!
//! `kept` is what rows that come (`insert`) or go (`remove`) need of a search before.
//!
//! Codes decide what is looked at and never what is answered: every number that leaves is a distance of the data.

pub(super) mod certify;
mod coded;
pub(super) mod codes;
mod fine;
mod floors;
mod head;
mod insert;
mod kept;
pub(super) mod kernel;
mod nearest;
pub(super) mod neighbours;
pub(super) mod order;
mod remove;
pub(super) mod shortlists;
mod sweep;

pub(super) use kept::Kept;
pub(super) use nearest::nearest;

use self::{
    certify::certify,
    coded::Coded,
    codes::Frame,
    floors::Floors,
    neighbours::{Neighbours, neighbours},
    sweep::Sweep,
};
use super::{
    distance::Number,
    engine::{Effort, Engine, Grown},
    spanning::{Edge, Points},
    unique::Unique,
    watch::{Cancelled, Watch},
};

/// What both sweeps work on.
#[derive(Debug)]
struct Space<'a, F> {
    points: &'a Points<'a, F>,
    unique: &'a Unique,
    frame: &'a Frame,
    threads: usize,
}

/// A minimum spanning tree by (weight, distance) under the mutual reachability with `k` neighbours.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn spanning_tree<F: Number>(
    points: &Points<'_, F>,
    k: usize,
    engine: Engine<'_>,
) -> Result<Grown, Cancelled> {
    let n = points.len();
    let mut effort = Effort::default();
    if n < 2 {
        return Ok(Grown {
            core: vec![0.0; n],
            ..Grown::default()
        });
    }
    let k = k.min(n - 1);
    let space = Space {
        points,
        unique: &Unique::of(points),
        frame: &Frame::of(points),
        threads: engine.threads,
    };
    let unique = space.unique;
    let mut coded = Coded::new(points, space.frame, &unique.firsts(), space.threads);
    let rows = order::near_together(coded.first(), points.kernel());
    coded.reorder(&rows);
    let (near, tree) = search(&space, (&coded, &rows), k, engine.watch, &mut effort)?;
    Ok(Grown {
        recall: None,
        edges: unique.spread(tree, &near.core),
        core: unique.each(&near.core),
        effort,
    })
}

/// The nearest others of all distinct rows, and their minimum spanning tree; `coded` are the codes of these `rows`, in an
/// order in which near ones stand together.
fn search<F: Number>(
    space: &Space<'_, F>,
    (coded, rows): (&Coded, &[u32]),
    k: usize,
    watch: Watch<'_>,
    effort: &mut Effort,
) -> Result<(Neighbours, Vec<Edge>), Cancelled> {
    let sweep = Sweep {
        space,
        order: &space.unique.firsts_of(rows),
        coded,
    };
    let floors = Floors::new(rows.len(), coded.whole.bytes());
    let floors = floors.as_ref();
    let near = neighbours(&sweep, rows, k, floors, watch.step(0.0, 0.5), effort)?;
    let (edges, watch) = (near.edges(), watch.step(0.5, 0.5));
    let tree = certify(&sweep, rows, &near, edges, (0, floors), watch, effort)?;
    let distinct = rows.len() as u64;
    effort.pairs += distinct * (distinct - 1) / 2;
    Ok((near, tree))
}
