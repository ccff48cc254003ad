//! From lists of neighbours to a minimum spanning tree, with one sweep that proves it.

use std::{
    ops::Range,
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{
    super::{
        engine::Effort,
        sets::Sets,
        watch::{Cancelled, Watch},
    },
    Codes, Edge, Number, Space,
    coded::Coded,
    codes::Seen,
    neighbours::Neighbours,
    sweep::{Pass, Sweep},
};

/// Better edges are folded into the tree once there are enough: at first few, since one may rule out many pairs, and
/// then ever more, up to this many times the rows.
const FOLD: usize = 4;

/// The minimum spanning tree of the distinct rows; `coded` are their codes, in the order of `rows`. Some `edges` are known
/// to begin with: at least those from every row to the nearer ones in its list, or what rules them out.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn certify<F: Number>(
    space: &Space<'_, F>,
    mut coded: Coded,
    rows: &[u32],
    near: &Neighbours,
    mut edges: Vec<Edge>,
    watch: Watch<'_>,
    effort: &mut Effort,
) -> Result<Vec<Edge>, Cancelled> {
    let unique = space.unique;
    let n = unique.len();
    let measure = |from: u32, to: u32| {
        let distance = space.points.distance(unique.row(from), unique.row(to));
        near.edge(from, to, distance)
    };
    let tree = lightest(&mut edges, n);
    drop(edges);
    let tree = connected(tree, n, measure);
    let leaves = leaves(&tree, n);
    let order: Vec<u32> = leaves.iter().map(|&row| unique.row(row) as u32).collect();
    let mut now = vec![0; n];
    for (&row, place) in rows.iter().zip(0..) {
        now[row as usize] = place;
    }
    now = leaves.iter().map(|&row| now[row as usize]).collect();
    coded.reorder(&now);
    drop(now);
    let mut places = vec![0; n];
    for (&row, place) in leaves.iter().zip(0..) {
        places[row as usize] = place;
    }
    let known = Known::new(places, tree);
    let task = Task {
        codes: &coded.whole,
        measure,
        core: leaves.iter().map(|&row| near.core[row as usize]).collect(),
        leaves,
        known: Mutex::new(known),
    };
    let sweep = Sweep {
        space,
        order: &order,
        coded: &coded,
    };
    let mut passes = sweep.run(0, watch, || Certify::new(&task))?;
    let mut known = task.known();
    let mut better = Vec::new();
    for pass in &mut passes {
        effort.add(pass.effort);
        better.append(&mut pass.better);
    }
    known.fold(&mut better);
    Ok(std::mem::take(&mut known.tree))
}

/// The edges of a minimum spanning forest.
pub(in super::super) fn lightest(edges: &mut [Edge], n: usize) -> Vec<Edge> {
    edges.sort_unstable_by(Edge::order);
    let mut sets = Sets::new(n);
    let joins = edges
        .iter()
        .filter(|edge| sets.join(edge.from, edge.to).is_some());
    joins.copied().collect()
}

/// A forest made one tree, by edges between whatever row stands for each part: any will do to begin with.
pub(in super::super) fn connected(
    mut tree: Vec<Edge>,
    n: usize,
    measure: impl Fn(u32, u32) -> Edge,
) -> Vec<Edge> {
    let mut sets = Sets::new(n);
    for edge in &tree {
        sets.join(edge.from, edge.to);
    }
    for row in 1..n as u32 {
        let (stands, first) = (sets.find(row), sets.find(0));
        if stands != first {
            tree.push(measure(first, stands));
            sets.join(first, stands);
        }
    }
    tree
}

/// The rows in an order in which every part of the tree below some weight stands together.
pub(in super::super) fn leaves(tree: &[Edge], n: usize) -> Vec<u32> {
    let mut sorted: Vec<&Edge> = tree.iter().collect();
    sorted.sort_unstable_by(|a, b| a.order(b));
    let mut sets = Sets::new(n);
    let mut last: Vec<u32> = (0..n as u32).collect();
    let mut first = last.clone();
    let mut next = vec![u32::MAX; n];
    for edge in sorted {
        if let Some((into, from)) = sets.join(edge.from, edge.to) {
            let (into, from) = (into as usize, from as usize);
            next[last[into] as usize] = first[from];
            last[into] = last[from];
        }
    }
    let mut at = first[sets.find(0) as usize];
    first.clear();
    while at != u32::MAX {
        first.push(at);
        at = next[at as usize];
    }
    first
}

/// By place, a limit: exact, and in units of the codes and rounded up.
struct Limits {
    exact: Vec<f64>,
    coded: Vec<f32>,
}

impl Limits {
    fn new(len: usize) -> Self {
        Self {
            exact: vec![0.0; len],
            coded: vec![0.0; len],
        }
    }

    fn set(&mut self, at: usize, limit: f64, codes: &Codes) {
        if self.exact[at] != limit {
            self.exact[at] = limit;
            self.coded[at] = codes.scaled(limit);
        }
    }
}

/// The lightest tree so far.
pub(in super::super) struct Known {
    pub(in super::super) tree: Vec<Edge>,
    /// The place of each row in the order of the first tree's leaves.
    pub(in super::super) places: Vec<u32>,
    /// By place, the heaviest edge on the tree's way to the next place.
    pub(in super::super) heights: Vec<f64>,
}

struct Task<'a, M> {
    codes: &'a Codes,
    measure: M,
    /// Core distances by place.
    core: Vec<f64>,
    /// The rows in the order of the first tree's leaves.
    leaves: Vec<u32>,
    known: Mutex<Known>,
}

impl<M> Task<'_, M> {
    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Certify<'a, M> {
    task: &'a Task<'a, M>,
    /// What was known when the walk last looked; heights never rise, so these are as safe.
    heights: Vec<f64>,
    of_rows: Limits,
    of_columns: Limits,
    better: Vec<Edge>,
    patience: usize,
    /// The rows and columns at hand.
    rows: Range<usize>,
    columns: Range<usize>,
    effort: Effort,
}

impl<'a, M> Certify<'a, M> {
    fn new(task: &'a Task<'a, M>) -> Self {
        Self {
            task,
            heights: vec![0.0; task.codes.len()],
            of_rows: Limits::new(task.codes.padded()),
            of_columns: Limits::new(task.codes.padded()),
            better: Vec::new(),
            patience: 64 + task.codes.len() / 16,
            rows: 0..0,
            columns: 0..0,
            effort: Effort::default(),
        }
    }

    /// Takes up what is known by now.
    fn refresh(&mut self) {
        let (rows, columns) = (self.rows.clone(), self.columns.clone());
        let all = rows.start..columns.end;
        self.heights[all.clone()].copy_from_slice(&self.task.known().heights[all]);
        // The heaviest edge between two places is the larger of what lies between them and the first column. Rows
        // among the columns have no part before it.
        let codes = self.task.codes;
        let mut heaviest = 0.0_f64;
        for column in columns.clone() {
            self.of_columns.set(column, heaviest, codes);
            heaviest = heaviest.max(self.heights[column]);
        }
        for row in columns.start..rows.end {
            self.of_rows.set(row, 0.0, codes);
        }
        let mut heaviest = 0.0_f64;
        for row in (rows.start..columns.start.min(rows.end)).rev() {
            heaviest = heaviest.max(self.heights[row]);
            self.of_rows.set(row, heaviest, codes);
        }
    }
}

impl<M: Fn(u32, u32) -> Edge + Sync> Pass for Certify<'_, M> {
    fn begin(&mut self, rows: Range<usize>, columns: Range<usize>) {
        (self.rows, self.columns) = (rows, columns);
        self.refresh();
    }

    fn limits(&self) -> (&[f32], &[f32]) {
        (&self.of_rows.coded, &self.of_columns.coded)
    }

    fn pair(&mut self, row: usize, column: usize, _seen: Seen) {
        self.effort.survivors += 1;
        let task = self.task;
        let limit = self.of_rows.exact[row].max(self.of_columns.exact[column]);
        // A tie needs no second look: where a core distance is the weight and the rows are closer, each is in the
        // other's list, and those edges were there from the start.
        if task.core[row].max(task.core[column]) < limit {
            self.effort.distances += 1;
            let edge = (task.measure)(task.leaves[row], task.leaves[column]);
            if edge.weight < limit {
                self.better.push(edge);
                if self.better.len() > self.patience {
                    self.patience = (2 * self.patience).min(FOLD * task.leaves.len());
                    task.known().fold(&mut self.better);
                    self.refresh();
                }
            }
        }
    }
}

impl Known {
    /// A tree, and by row its place among the leaves.
    pub(super) fn new(places: Vec<u32>, tree: Vec<Edge>) -> Self {
        let mut known = Self {
            heights: vec![0.0; places.len()],
            places,
            tree,
        };
        known.fold(&mut Vec::new());
        known
    }

    /// Takes better edges into the tree, which lowers the heights.
    pub(in super::super) fn fold(&mut self, better: &mut Vec<Edge>) {
        let n = self.heights.len();
        let mut edges = std::mem::take(&mut self.tree);
        edges.append(better);
        self.tree = lightest(&mut edges, n);
        // When two parts meet, the heaviest edge between neighbours that they tear apart is the one that joins them;
        // the smaller part looks for its neighbours in the larger one.
        let mut sets = Sets::new(n);
        let mut members: Vec<Vec<u32>> = (0..n as u32).map(|place| vec![place]).collect();
        for edge in &self.tree {
            let a = sets.find(self.places[edge.from as usize]);
            let b = sets.find(self.places[edge.to as usize]);
            let is_smaller = members[a as usize].len() < members[b as usize].len();
            let (small, large) = if is_smaller { (a, b) } else { (b, a) };
            let moved = std::mem::take(&mut members[small as usize]);
            for &place in &moved {
                let place = place as usize;
                if place + 1 < n && sets.find(place as u32 + 1) == large {
                    self.heights[place] = edge.weight;
                }
                if place > 0 && sets.find(place as u32 - 1) == large {
                    self.heights[place - 1] = edge.weight;
                }
            }
            let mut all = std::mem::take(&mut members[large as usize]);
            all.extend(moved);
            sets.join(a, b);
            members[sets.find(a) as usize] = all;
        }
    }
}
