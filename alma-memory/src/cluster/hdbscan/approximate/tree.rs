//! From lists of candidates to a spanning tree, and one walk in which every candidate pair may better it.

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    super::{
        distance::Number,
        engine::Effort,
        exact::{
            certify::{Known, connected, leaves, lightest},
            codes::Seen,
            neighbours::Neighbours,
            shortlists::Rows,
        },
        heights::Heights,
        spanning::Edge,
        watch::{Cancelled, Watch},
    },
    Space,
    walk::{Visit, Walk, padded},
};

/// Better edges are folded into the tree once there are so many of them, a share of the rows.
const FOLD: usize = 2;

/// A minimum spanning tree of the lists and all candidate pairs of a walk, by place.
pub(super) fn grow<F: Number>(
    space: &Space<'_, F>,
    walk: &Walk<'_, F>,
    near: &Neighbours,
    watch: Watch<'_>,
    effort: &mut Effort,
) -> Result<Vec<Edge>, Cancelled> {
    let n = space.codes.len();
    let measure = |from: u32, to: u32| near.edge(from, to, space.distance(from, to));
    let tree = lightest(&mut near.edges(), n);
    let tree = connected(tree, n, measure);
    let mut places = vec![0; n];
    for (&row, at) in leaves(&tree, n).iter().zip(0..) {
        places[row as usize] = at;
    }
    let known = Known {
        places: places.clone(),
        heights: vec![0.0; n],
        tree,
    };
    let task = Task {
        space,
        near,
        places,
        known: Mutex::new((known, Arc::new(Heights::default()))),
    };
    task.fold(&mut Vec::new());
    let passes = walk.run(watch, || Better::new(&task, walk), effort)?;
    let mut better = Vec::new();
    for mut pass in passes {
        effort.add(pass.effort);
        better.append(&mut pass.better);
    }
    task.fold(&mut better);
    Ok(std::mem::take(&mut task.known().0.tree))
}

struct Task<'a, F> {
    space: &'a Space<'a, F>,
    near: &'a Neighbours,
    /// By place among the cells, the place among the first tree's leaves.
    places: Vec<u32>,
    known: Mutex<(Known, Arc<Heights>)>,
}

impl<F: Number> Task<'_, F> {
    fn known(&self) -> MutexGuard<'_, (Known, Arc<Heights>)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fold(&self, better: &mut Vec<Edge>) {
        let mut known = self.known();
        known.0.fold(better);
        known.1 = Arc::new(Heights::new(&known.0.heights));
    }
}

/// One thread's part.
struct Better<'a, F> {
    task: &'a Task<'a, F>,
    walk: &'a Walk<'a, F>,
    heights: Arc<Heights>,
    rows: Vec<u32>,
    columns: Range<usize>,
    of_rows: Vec<f32>,
    of_columns: Vec<f32>,
    better: Vec<Edge>,
    effort: Effort,
}

impl<'a, F: Number> Better<'a, F> {
    fn new(task: &'a Task<'a, F>, walk: &'a Walk<'a, F>) -> Self {
        Self {
            task,
            walk,
            heights: Arc::clone(&task.known().1),
            rows: Vec::new(),
            columns: 0..0,
            of_rows: Vec::new(),
            of_columns: Vec::new(),
            better: Vec::new(),
            effort: Effort::default(),
        }
    }
}

impl<F: Number> Visit for Better<'_, F> {
    fn begin(&mut self, rows: &[u32], columns: Range<usize>) {
        let task = self.task;
        self.heights = Arc::clone(&task.known().1);
        // The heaviest edge between two leaves is no heavier than the heavier of the two ways to any third one: here
        // to one in the middle of the cell.
        let middle = columns.start + columns.len() / 2;
        let pivot = task.places[middle];
        let limit = |place: usize| {
            let height = self.heights.between(task.places[place], pivot);
            task.space.codes.scaled(height)
        };
        self.of_rows.clear();
        self.of_rows
            .extend(rows.iter().map(|&row| limit(row as usize)));
        self.of_rows.resize(padded(rows.len()), 0.0);
        self.of_columns.clear();
        self.of_columns.extend(columns.clone().map(limit));
        self.of_columns.resize(padded(columns.len()), 0.0);
        self.rows.clear();
        self.rows.extend_from_slice(rows);
        self.columns = columns;
    }

    fn limits(&self) -> (&[f32], &[f32]) {
        (&self.of_rows, &self.of_columns)
    }

    fn pair(&mut self, row: usize, column: usize, seen: Seen) {
        let task = self.task;
        let (from, to) = (self.rows[row], (self.columns.start + column) as u32);
        let core = &task.near.core;
        self.effort.survivors += 1;
        let limit = self
            .heights
            .between(task.places[from as usize], task.places[to as usize]);
        if core[from as usize].max(core[to as usize]) >= limit
            || seen.bounds().0 > task.space.codes.scaled(limit)
        {
            return;
        }
        // Where each probes the cell of the other, one look is enough.
        if from > to
            && self
                .walk
                .probes
                .rank(to, task.space.cells.home(from))
                .is_some()
        {
            return;
        }
        self.effort.distances += 1;
        let edge = task.near.edge(from, to, task.space.distance(from, to));
        if edge.weight < limit {
            self.better.push(edge);
        }
    }

    fn end(&mut self) {
        if self.better.len() > FOLD * self.task.places.len() / 4 + 64 {
            self.task.fold(&mut self.better);
        }
    }
}
