//! From lists of neighbours to a minimum spanning tree, with one walk that proves it.
//!
//! A pair is needed in no minimum spanning tree unless it is lighter than the heaviest edge on a tree's way between its
//! rows (the cycle property). Of three such heaviest edges between three rows none is heavier than both others, so within
//! a block of columns the ways to one of them, the pivot, bound all; where a pair passes, the very edge decides. A way that
//! is no heavier than the core distance at its end bounds no pair that is needed, so it does not count.

use std::{
    ops::Range,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{
    super::{
        engine::Effort,
        heights::Heights,
        sets::Sets,
        spanning::Edge,
        watch::{Cancelled, Watch},
    },
    Number,
    codes::{Codes, Seen},
    floors::Floors,
    kernel::{BLOCK, Limits, ROWS},
    neighbours::Neighbours,
    sweep::{Pass, Sweep},
};

/// Better edges are folded into the tree once there are enough: at first few, since one may rule out many pairs, and
/// then ever more, up to this many times the rows.
const FOLD: usize = 4;

/// The minimum spanning tree of the distinct `rows`, which the sweep walks over in this order, when some `edges` are known:
/// of pairs before the row `from` those of such a tree; of others at least those from every row to the nearer ones in its
/// list, or what rules them out. `floors` are what an earlier walk learned.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn certify<F: Number>(
    sweep: &Sweep<'_, F>,
    rows: &[u32],
    near: &Neighbours,
    mut edges: Vec<Edge>,
    (from, floors): (usize, Option<&Floors>),
    watch: Watch<'_>,
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
    drop(edges);
    if from == n {
        return Ok(tree);
    }
    let mut places = vec![0; n];
    for (&row, place) in leaves(&tree, n).iter().zip(0..) {
        places[row as usize] = place;
    }
    let leaves = rows.iter().map(|&row| places[row as usize]).collect();
    let task = Task {
        codes: &sweep.coded.whole,
        measure,
        rows,
        leaves,
        core: rows.iter().map(|&row| near.core[row as usize]).collect(),
        floors,
        known: Mutex::new((Known::new(places, tree), Arc::default())),
    };
    task.fold(&mut Vec::new());
    let passes = sweep.run(from, watch, || Certify::new(&task))?;
    let mut better = Vec::new();
    for mut pass in passes {
        effort.add(pass.effort);
        better.append(&mut pass.better);
    }
    let mut tree = std::mem::take(&mut task.known().0.tree);
    tree.append(&mut better);
    Ok(lightest(&mut tree, n))
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
    /// By place in the walk, the distinct row, its place among the leaves, and its core distance.
    rows: &'a [u32],
    leaves: Vec<u32>,
    core: Vec<f64>,
    floors: Option<&'a Floors>,
    known: Mutex<(Known, Arc<Heights>)>,
}

impl<M> Task<'_, M> {
    fn known(&self) -> MutexGuard<'_, (Known, Arc<Heights>)> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes better edges into the tree, which lowers the heights.
    fn fold(&self, better: &mut Vec<Edge>) {
        let mut known = self.known();
        known.0.fold(better);
        known.1 = Arc::new(Heights::new(&known.0.heights));
    }

    /// The ways from one of some rows to the others.
    fn bundle<const N: usize>(&self, heights: &Heights, rows: Range<usize>) -> Bundle<N> {
        let first = rows.start;
        // From a dense place ways are light.
        let densest = rows
            .clone()
            .min_by(|&a, &b| self.core[a].total_cmp(&self.core[b]));
        let pivot = densest.unwrap_or(first);
        let mut limits = [0.0; N];
        for (limit, row) in limits.iter_mut().zip(rows) {
            let way = heights.between(self.leaves[row], self.leaves[pivot]);
            *limit = self.limit(way, row);
        }
        Bundle {
            first,
            pivot,
            limits,
            largest: limits.iter().copied().fold(0.0, f32::max),
        }
    }

    /// The heaviest edge of a way that ends at this row, in units of the codes, where that counts.
    fn limit(&self, way: f64, row: usize) -> f32 {
        if way > self.core[row] {
            self.codes.scaled(way)
        } else {
            0.0
        }
    }
}

/// Some rows one after another, and the ways from one of them, the pivot, to the others.
struct Bundle<const N: usize> {
    first: usize,
    pivot: usize,
    limits: [f32; N],
    largest: f32,
}

struct Certify<'a, M> {
    task: &'a Task<'a, M>,
    /// What was known when the walk last looked; heights never rise, so these are as safe.
    heights: Arc<Heights>,
    columns: Range<usize>,
    /// The blocks of the columns at hand, and the rows.
    blocks: Vec<Bundle<BLOCK>>,
    rows: Option<Bundle<ROWS>>,
    /// The limits of the rows in a tile.
    limits: [f32; ROWS],
    better: Vec<Edge>,
    patience: usize,
    effort: Effort,
}

impl<'a, M> Certify<'a, M> {
    fn new(task: &'a Task<'a, M>) -> Self {
        Self {
            task,
            heights: Arc::default(),
            columns: 0..0,
            blocks: Vec::new(),
            rows: None,
            limits: [0.0; ROWS],
            better: Vec::new(),
            patience: 64 + task.rows.len() / 16,
            effort: Effort::default(),
        }
    }

    /// Takes up what is known by now.
    fn refresh(&mut self) {
        self.heights = Arc::clone(&self.task.known().1);
        self.rows = None;
        let (task, columns) = (self.task, self.columns.clone());
        let firsts = columns.clone().step_by(BLOCK);
        let blocks = firsts.map(|first| first..(first + BLOCK).min(columns.end));
        self.blocks.clear();
        self.blocks
            .extend(blocks.map(|block| task.bundle(&self.heights, block)));
    }
}

impl<M: Fn(u32, u32) -> Edge + Sync> Pass for Certify<'_, M> {
    fn begin(&mut self, _rows: Range<usize>, columns: Range<usize>) {
        self.columns = columns;
        self.refresh();
    }

    fn limits(&mut self, row: usize, column: usize) -> Option<Limits<'_>> {
        let (task, heights) = (self.task, &self.heights);
        let block = &self.blocks[(column - self.columns.start) / BLOCK];
        let rows = match self.rows.take() {
            Some(rows) if rows.first == row => rows,
            _ => task.bundle(heights, row..(row + ROWS).min(task.rows.len())),
        };
        let rows = self.rows.insert(rows);
        // The pivots have the smallest core distances, so what does not count for one of them counts for no pair.
        let way = heights.between(task.leaves[rows.pivot], task.leaves[block.pivot]);
        let between = task
            .limit(way, rows.pivot)
            .min(task.limit(way, block.pivot));
        let largest = between.max(rows.largest).max(block.largest);
        let floor = task
            .floors
            .map_or(0.0, |floors| floors.get(Floors::tile(row, column)));
        if floor >= largest {
            return None;
        }
        for ((limit, &own), row) in self.limits.iter_mut().zip(&rows.limits).zip(row..) {
            let counts = task.core.get(row).is_some_and(|&core| way > core);
            *limit = if counts { own.max(between) } else { own };
        }
        self.effort.pairs += (ROWS * BLOCK) as u64;
        Some(Limits {
            rows: &self.limits,
            columns: &block.limits,
        })
    }

    fn pair(&mut self, row: usize, column: usize, seen: Seen) {
        self.effort.survivors += 1;
        let task = self.task;
        let way = (task.leaves[row], task.leaves[column]);
        let limit = self.heights.between(way.0, way.1);
        // A tie needs no second look: where a core distance is the weight and the rows are closer, each is in the
        // other's list, and those edges were there from the start.
        if task.core[row].max(task.core[column]) < limit
            && seen.bounds().0 <= task.codes.scaled(limit)
        {
            self.effort.distances += 1;
            let edge = (task.measure)(task.rows[row], task.rows[column]);
            if edge.weight < limit {
                self.better.push(edge);
                if self.better.len() > self.patience {
                    self.patience = (2 * self.patience).min(FOLD * task.rows.len());
                    task.fold(&mut self.better);
                    self.refresh();
                }
            }
        }
    }

    fn rest(&mut self, _row: usize, _column: usize, _floor: f32) {}
}

impl Known {
    /// A tree, and by row its place among the leaves.
    pub(in super::super) fn new(places: Vec<u32>, tree: Vec<Edge>) -> Self {
        Self {
            heights: vec![0.0; places.len()],
            places,
            tree,
        }
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
