//! The nearest rows of every row.

use std::ops::Range;

use super::{
    super::watch::{Cancelled, Progress, Watch},
    UNASKED,
    parallel::in_parts,
    search::{Search, descend},
    space::square,
    tree::{Node, Tree},
};

/// At most so many leaves tell what all will take, and at most one in as many.
const FEW: usize = 32;

/// A row and the square of its distance.
#[derive(Clone, Copy, Debug)]
pub(super) struct Near {
    pub(super) square: f64,
    pub(super) place: u32,
}

impl Near {
    /// None, farther than any.
    const NONE: Self = Self {
        square: f64::INFINITY,
        place: 0,
    };
}

/// By place, the nearest other rows: all whose square is below the core distance's, and enough that are as near.
#[derive(Debug, Default)]
pub(super) struct Lists {
    near: Vec<Near>,
    /// Where each row's end; they begin where those of the row before end.
    ends: Vec<usize>,
}

impl Lists {
    /// The nearest of the row at a place, ascending.
    pub(super) fn of_row(&self, place: usize) -> &[Near] {
        let begin = place.checked_sub(1).map_or(0, |before| self.ends[before]);
        &self.near[begin..self.ends[place]]
    }
}

/// The nearest rows of every row.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    pub(super) lists: Lists,
    /// By place, the square of the distance to the `k`-th nearest row, counting rows that are equal.
    pub(super) core: Vec<f64>,
    /// How many distances were computed.
    pub(super) distances: u64,
}

impl Neighbours {
    /// Those of every row of a tree; `counts` says by place how many rows are equal to it, itself included, and is empty
    /// when all differ.
    ///
    /// # Errors
    /// `Cancelled` when the watcher stops it.
    pub(super) fn of<const D: usize>(
        tree: &Tree<D>,
        counts: &[u32],
        k: usize,
        threads: usize,
        watch: Watch<'_>,
    ) -> Result<Self, Cancelled> {
        let progress = Progress::new(watch, tree.leaves.len(), UNASKED);
        let part = |leaves: Range<usize>| Self::of_leaves(tree, counts, k, leaves, &progress);
        let mut parts = in_parts(threads, tree.leaves.len(), part).into_iter();
        let first = parts.next().unwrap_or_else(|| Ok(Self::default()))?;
        parts.try_fold(first, |all, part| Ok(all.followed_by(part?)))
    }

    /// How many distances a row takes, told from a few leaves.
    ///
    /// # Errors
    /// `Cancelled` when the watcher stops it.
    pub(super) fn effort<const D: usize>(
        tree: &Tree<D>,
        counts: &[u32],
        k: usize,
        watch: Watch<'_>,
    ) -> Result<u64, Cancelled> {
        let leaves = tree.leaves.len();
        let few = (leaves / FEW).clamp(1, FEW);
        let progress = Progress::new(watch, few, UNASKED);
        let some = (0..few).map(|at| leaves * at / few);
        let found = Self::of_leaves(tree, counts, k, some, &progress)?;
        Ok(found.distances / found.core.len().max(1) as u64)
    }

    fn of_leaves<const D: usize>(
        tree: &Tree<D>,
        counts: &[u32],
        k: usize,
        leaves: impl Iterator<Item = usize> + Clone,
        progress: &Progress<'_>,
    ) -> Result<Self, Cancelled> {
        let rows_of = |leaf: usize| tree.leaf(leaf).rows();
        let rows = leaves.clone().map(|leaf| rows_of(leaf).len()).sum();
        let mut found = Self::default();
        found.lists.near.reserve(rows * k);
        found.lists.ends.reserve(rows);
        found.core.reserve(rows);
        let mut list = List::new(counts, k);
        let (mut around, mut open) = (Vec::new(), Vec::new());
        for leaf in leaves {
            let rows = rows_of(leaf);
            around.clear();
            around.extend(tree.around(tree.leaves[leaf]));
            for place in rows.clone() {
                list.begin(place, tree.rows[place]);
                list.meet(tree, rows.start..place);
                list.meet(tree, place + 1..rows.end);
                for &node in &around {
                    descend(tree, node, &mut open, &mut list);
                }
                found.lists.near.extend(list.found());
                found.lists.ends.push(found.lists.near.len());
                found.core.push(list.limit);
            }
            progress.did_one()?;
        }
        found.distances = list.distances;
        Ok(found)
    }

    fn followed_by(mut self, other: Self) -> Self {
        let before = self.lists.near.len();
        self.lists.near.extend(other.lists.near);
        self.lists
            .ends
            .extend(other.lists.ends.into_iter().map(|end| before + end));
        self.core.extend(other.core);
        self.distances += other.distances;
        self
    }
}

/// The nearest rows of one row so far.
struct List<'a, const D: usize> {
    counts: &'a [u32],
    k: usize,
    row: [f64; D],
    /// As many as are looked for.
    near: Vec<Near>,
    /// What a row must be nearer than to be one of them.
    limit: f64,
    distances: u64,
}

impl<'a, const D: usize> List<'a, D> {
    fn new(counts: &'a [u32], k: usize) -> Self {
        Self {
            counts,
            k,
            row: [0.0; D],
            near: Vec::with_capacity(k),
            limit: f64::INFINITY,
            distances: 0,
        }
    }

    /// Begins anew, for the row at a place.
    fn begin(&mut self, place: usize, row: [f64; D]) {
        let copies = self
            .counts
            .get(place)
            .map_or(0, |&count| count as usize - 1);
        let wanted = self.k.saturating_sub(copies);
        self.row = row;
        self.near.clear();
        self.near.resize(wanted, Near::NONE);
        self.limit = if wanted == 0 { 0.0 } else { f64::INFINITY };
    }

    #[inline(always)]
    fn insert(&mut self, new: Near) {
        let near = &mut self.near[..];
        let mut at = near.len() - 1;
        while at > 0 && near[at - 1].square > new.square {
            near[at] = near[at - 1];
            at -= 1;
        }
        near[at] = new;
        if self.counts.is_empty() {
            self.limit = near[near.len() - 1].square;
        } else {
            self.trim();
        }
    }

    /// Leaves off what is not needed when the rows before it stand for enough.
    #[cold]
    fn trim(&mut self) {
        let mut wanted = self.near.len();
        for at in 0..self.near.len() {
            let near = self.near[at];
            if near.square == f64::INFINITY {
                return;
            }
            wanted = wanted.saturating_sub(self.counts[near.place as usize] as usize);
            if wanted == 0 {
                self.limit = near.square;
                self.near[at + 1..].fill(Near::NONE);
                return;
            }
        }
    }

    /// The rows that were found, ascending.
    fn found(&self) -> impl Iterator<Item = Near> {
        let rows = self.near.iter().copied();
        rows.take_while(|near| near.square < f64::INFINITY)
    }
}

impl<const D: usize> Search<D> for List<'_, D> {
    #[inline(always)]
    fn limit(&self) -> f64 {
        self.limit
    }

    #[inline(always)]
    fn bound(&self, node: &Node<D>, _number: u32) -> f64 {
        node.bounds.square_to(&self.row)
    }

    #[inline(always)]
    fn meet(&mut self, tree: &Tree<D>, rows: Range<usize>) {
        self.distances += rows.len() as u64;
        for (row, place) in tree.rows[rows.clone()].iter().zip(rows.start as u32..) {
            let square = square(&self.row, row);
            if square < self.limit {
                self.insert(Near { square, place });
            }
        }
    }
}
