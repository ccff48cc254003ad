//! The first sweep alone, for whoever needs no tree.

use super::{
    super::{
        distance::Number,
        engine::{Effort, Engine},
        spanning::Points,
        unique::Unique,
        watch::Cancelled,
    },
    Space,
    coded::Coded,
    codes::Frame,
    neighbours::{Near, neighbours},
    order,
    sweep::Sweep,
};

/// For each row, which all must be distinct, its `k` nearest others by distance and then by place.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(in super::super) fn nearest<F: Number>(
    points: &Points<'_, F>,
    k: usize,
    engine: Engine<'_>,
) -> Result<Vec<Vec<Near>>, Cancelled> {
    let n = points.len();
    if n < 2 || k == 0 {
        return Ok(vec![Vec::new(); n]);
    }
    let space = Space {
        points,
        unique: &Unique::of(points),
        frame: &Frame::of(points),
        threads: engine.threads,
    };
    let coded = Coded::new(points, space.frame, &space.unique.firsts(), space.threads);
    let order = order::near_together(coded.first(), points.kernel());
    let sweep = Sweep {
        space: &space,
        order: &order,
        coded: &coded.ordered(&order),
    };
    let (k, watch) = (k.min(n - 1), engine.watch);
    Ok(neighbours(&sweep, &order, k, None, watch, &mut Effort::default())?.lists)
}
