//! The nearest rows of every row, exactly.

use std::{
    ops::Range,
    sync::{Mutex, PoisonError},
};

use super::{
    super::{
        engine::Effort,
        kdtree::parallel::in_parts,
        watch::{Cancelled, Watch},
    },
    Edge, Number, Space,
    codes::{Codes, Seen},
    floors::Floors,
    kernel::{Limits, array},
    shortlists::{Rows, Shortlists, nearest},
    sweep::{Pass, Sweep},
};

/// A row and its distance.
pub(in super::super) type Near = (f64, u32);

/// For every row, by distance and then by place, its nearest others: as few as reach its core distance.
#[derive(Clone, Debug)]
pub(in super::super) struct Neighbours {
    pub(in super::super) lists: Vec<Vec<Near>>,
    /// By row, the distance to its `k`-th nearest other row, counting rows that are equal.
    pub(in super::super) core: Vec<f64>,
}

impl Neighbours {
    /// An edge between two rows at this distance.
    pub(in super::super) fn edge(&self, from: u32, to: u32, distance: f64) -> Edge {
        let core = self.core[from as usize].max(self.core[to as usize]);
        Edge {
            from,
            to,
            weight: distance.max(core),
            distance,
        }
    }

    /// The edges from every row to those in its list.
    pub(in super::super) fn edges(&self) -> Vec<Edge> {
        let count = self.lists.iter().map(Vec::len).sum();
        let mut edges = Vec::with_capacity(count);
        for (row, list) in (0..).zip(&self.lists) {
            edges.extend(
                list.iter()
                    .map(|&(distance, other)| self.edge(row, other, distance)),
            );
        }
        edges
    }
}

/// How many more candidates of a row are held than it takes.
const SPARE: usize = 76;

/// What is searched, and how deep.
struct Task<'a, F> {
    space: &'a Space<'a, F>,
    codes: &'a Codes,
    /// By place in the codes, the distinct row.
    rows: &'a [u32],
    k: usize,
    /// By row, what its `k`-th nearest is sure to lie within, as far as threads have told each other.
    limits: Mutex<Vec<f32>>,
    /// What the walk leaves for the next one.
    floors: Option<&'a Floors>,
}

impl<F: Number> Rows for Task<'_, F> {
    fn k(&self) -> usize {
        self.k
    }

    fn codes(&self) -> &Codes {
        self.codes
    }

    fn count(&self, row: u32) -> usize {
        self.space.unique.count(row) as usize
    }

    fn distance(&self, a: u32, b: u32) -> f64 {
        let unique = self.space.unique;
        self.space.points.distance(unique.row(a), unique.row(b))
    }
}

struct Search<'a, F> {
    task: &'a Task<'a, F>,
    lists: Shortlists,
    /// The tile at hand, and what none of its distances is below.
    tile: (usize, f32),
    effort: Effort,
}

impl<'a, F: Number> Search<'a, F> {
    fn new(task: &'a Task<'a, F>) -> Self {
        let known = task.limits.lock().unwrap_or_else(PoisonError::into_inner);
        let mut limits = known.clone();
        drop(known);
        limits.resize(task.codes.padded(), f32::INFINITY);
        Self {
            task,
            lists: Shortlists::new(task, task.codes.len(), limits, SPARE),
            tile: (0, 0.0),
            effort: Effort::default(),
        }
    }

    fn meet(&mut self, at: usize, other: usize, (lower, upper): (f32, f32)) {
        if lower <= self.lists.limits[at] {
            let rows = self.task.rows;
            self.lists.hear(at, upper);
            let met = (lower, rows[other]);
            self.lists
                .meet(self.task, (at, rows[at]), met, &mut self.effort);
        }
    }
}

impl<F: Number> Pass for Search<'_, F> {
    fn begin(&mut self, rows: Range<usize>, columns: Range<usize>) {
        let shared = self.task.limits.lock();
        let mut shared = shared.unwrap_or_else(PoisonError::into_inner);
        for range in [rows, columns] {
            let own = self.lists.limits[range.clone()].iter_mut();
            for (own, shared) in own.zip(&mut shared[range]) {
                *own = own.min(*shared);
                *shared = *own;
            }
        }
    }

    fn limits(&mut self, row: usize, column: usize) -> Option<Limits<'_>> {
        Some(Limits {
            rows: array(&self.lists.limits, row),
            columns: array(&self.lists.limits, column),
        })
    }

    fn pair(&mut self, row: usize, column: usize, seen: Seen) {
        let bounds = seen.bounds();
        self.effort.survivors += 1;
        self.meet(row, column, bounds);
        self.meet(column, row, bounds);
        if let Some(floors) = self.task.floors
            && bounds.0 < self.tile.1
        {
            self.tile.1 = bounds.0;
            floors.set(self.tile.0, bounds.0);
        }
    }

    fn rest(&mut self, row: usize, column: usize, floor: f32) {
        if let Some(floors) = self.task.floors {
            self.tile = (Floors::tile(row, column), floor);
            floors.set(self.tile.0, floor);
        }
    }
}

/// Finds the nearest rows of every row; the codes of `sweep` are those of the distinct `rows`, in this order. What it
/// learns of tiles goes to `floors`.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn neighbours<F: Number>(
    sweep: &Sweep<'_, F>,
    rows: &[u32],
    k: usize,
    floors: Option<&Floors>,
    watch: Watch<'_>,
    effort: &mut Effort,
) -> Result<Neighbours, Cancelled> {
    search(sweep, rows, &[], k, floors, watch, effort)
}

/// Finds the nearest rows of those behind the first ones, of which `reach` tells, in units of the codes, how far they
/// look themselves: their lists are of what is as near among the rows behind them.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn neighbours_from<F: Number>(
    sweep: &Sweep<'_, F>,
    rows: &[u32],
    reach: &[f32],
    k: usize,
    watch: Watch<'_>,
    effort: &mut Effort,
) -> Result<Neighbours, Cancelled> {
    search(sweep, rows, reach, k, None, watch, effort)
}

fn search<F: Number>(
    sweep: &Sweep<'_, F>,
    rows: &[u32],
    reach: &[f32],
    k: usize,
    floors: Option<&Floors>,
    watch: Watch<'_>,
    effort: &mut Effort,
) -> Result<Neighbours, Cancelled> {
    let codes = &sweep.coded.whole;
    let mut limits = reach.to_vec();
    limits.resize(codes.len(), f32::INFINITY);
    let task = Task {
        space: sweep.space,
        codes,
        rows,
        k,
        limits: Mutex::new(limits),
        floors,
    };
    let searches = sweep.run(reach.len(), watch, || Search::new(&task))?;
    let mut found = Neighbours {
        lists: vec![Vec::new(); rows.len()],
        core: vec![0.0; rows.len()],
    };
    let parts = in_parts(sweep.space.threads, rows.len(), |part| {
        let (mut candidates, mut effort) = (Vec::new(), Effort::default());
        let lists = part.map(|place| {
            candidates.clear();
            for search in &searches {
                candidates.extend_from_slice(search.lists.candidates(place));
            }
            nearest(&task, rows[place], &mut candidates, &mut effort)
        });
        (lists.collect::<Vec<_>>(), effort)
    });
    let mut rows = rows.iter();
    for (lists, looked) in parts {
        effort.add(looked);
        for ((list, core), &row) in lists.into_iter().zip(&mut rows) {
            found.lists[row as usize] = list;
            found.core[row as usize] = core;
        }
    }
    for search in searches {
        effort.add(search.effort);
    }
    Ok(found)
}
