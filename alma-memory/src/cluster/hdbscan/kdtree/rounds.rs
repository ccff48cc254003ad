//! A minimum spanning tree in rounds (Borůvka): every component but the largest takes the lightest link that leaves it.
//!
//! Lists of neighbours hold every pair that is nearer than a core distance of its rows. So of the links that leave a
//! component the search has to find only those that are lighter than all in lists, and those are as heavy as they are
//! long: where a shorter link is as heavy, it is in a list.

use std::{ops::Range, sync::atomic::Ordering};

use super::{
    super::watch::{Cancelled, Progress, Watch},
    UNASKED,
    forest::{Forest, Link, MIXED},
    neighbours::Lists,
    parallel::in_parts,
    search::{Search, descend},
    space::{larger, square},
    tree::{Node, Tree},
};

/// Leaves are searched in batches, the later ones knowing what the earlier found: first each 64th, last every second.
/// What a batch knows is the same for any number of threads.
const BATCHES: u32 = 6;

/// Fewer leaves are not worth a thread.
const SHARE: usize = 32;

/// The links of a minimum spanning tree, in no order, and how many distances were computed.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn grow<const D: usize>(
    tree: &Tree<D>,
    core: &[f64],
    lists: Lists,
    threads: usize,
    watch: Watch<'_>,
) -> Result<(Vec<Link>, u64), Cancelled> {
    let mut distances = 0;
    // How much of the step is left: each round takes half of it, since there is no telling how many.
    let mut left = 1.0;
    let mut forest = Forest::new(tree, core, &lists);
    drop(lists);
    while forest.links.len() + 1 < tree.rows.len() {
        forest.begin_round();
        let progress = Progress::new(
            watch.step(1.0 - left, left / 2.0),
            tree.leaves.len(),
            UNASKED,
        );
        left /= 2.0;
        for batch in (0..=BATCHES).rev() {
            let first = if batch == BATCHES { 0 } else { 1 << batch };
            let step = if batch == BATCHES {
                1 << batch
            } else {
                2 << batch
            };
            let leaves = tree.leaves.len().saturating_sub(first).div_ceil(step);
            let parts = in_parts(threads.min(leaves / SHARE), leaves, |part| {
                let mut finder = Finder::new(&forest);
                for at in part {
                    finder.search(tree.leaves[first + at * step]);
                    progress.did_one()?;
                }
                Ok((finder.found, finder.distances))
            });
            for part in parts {
                let (found, computed) = part?;
                forest.offer(found);
                distances += computed;
            }
        }
        forest.end_round();
    }
    Ok((forest.links, distances))
}

/// Finds links that leave the components of leaves.
struct Finder<'a, const D: usize> {
    forest: &'a Forest<'a, D>,
    found: Vec<Link>,
    distances: u64,
    around: Vec<u32>,
    open: Vec<(f64, u32)>,
}

impl<'a, const D: usize> Finder<'a, D> {
    const fn new(forest: &'a Forest<'a, D>) -> Self {
        Self {
            forest,
            found: Vec::new(),
            distances: 0,
            around: Vec::new(),
            open: Vec::new(),
        }
    }

    fn search(&mut self, leaf: u32) {
        let (forest, tree) = (self.forest, self.forest.tree);
        let node = &tree.nodes[leaf as usize];
        let shared = forest.node_component[leaf as usize];
        let known = self.found.len();
        self.around.clear();
        for place in node.rows() {
            let component = forest.component[place];
            let Some(best) = forest.best_of(component) else {
                continue;
            };
            let here = self.found[known..].iter();
            let limit = here
                .filter(|link| forest.component[link.from as usize] == component)
                .map(|link| link.weight)
                .fold(best, f64::min);
            let floor = &forest.floor[place];
            if f64::from_bits(floor.load(Ordering::Relaxed)) >= limit {
                continue;
            }
            if self.around.is_empty() {
                self.around.push(leaf);
                self.around.extend(tree.around(leaf));
                self.around.retain(|&other| {
                    let beside = &tree.nodes[other as usize];
                    shared == MIXED
                        || forest.node_component[other as usize] != shared
                            && node.bounds.square_between(&beside.bounds) < limit
                });
            }
            let mut outside = Outside {
                forest,
                core: forest.core,
                row: tree.rows[place],
                component,
                link: Link {
                    weight: limit,
                    square: 0.0,
                    from: place as u32,
                    to: place as u32,
                },
                distances: 0,
            };
            for &node in &self.around {
                descend(tree, node, &mut self.open, &mut outside);
            }
            self.distances += outside.distances;
            let link = outside.link;
            if link.to != link.from {
                self.found.push(link);
            }
            floor.store(link.weight.to_bits(), Ordering::Relaxed);
        }
    }
}

/// The lightest link from a row to another component, lighter than what is known.
struct Outside<'a, const D: usize> {
    forest: &'a Forest<'a, D>,
    core: &'a [f64],
    row: [f64; D],
    component: u32,
    link: Link,
    distances: u64,
}

impl<const D: usize> Search<D> for Outside<'_, D> {
    #[inline(always)]
    fn limit(&self) -> f64 {
        self.link.weight
    }

    #[inline(always)]
    fn bound(&self, node: &Node<D>, number: u32) -> f64 {
        let core = self.forest.node_core[number as usize];
        if core >= self.link.weight || self.forest.node_component[number as usize] == self.component
        {
            return f64::INFINITY;
        }
        larger(node.bounds.square_to(&self.row), core)
    }

    #[inline(always)]
    fn meet(&mut self, tree: &Tree<D>, rows: Range<usize>) {
        for place in rows {
            if self.forest.component[place] == self.component
                || self.core[place] >= self.link.weight
            {
                continue;
            }
            self.distances += 1;
            let square = square(&self.row, &tree.rows[place]);
            let core = larger(self.core[self.link.from as usize], self.core[place]);
            let weight = larger(square, core);
            if weight < self.link.weight {
                self.link.weight = weight;
                self.link.square = square;
                self.link.to = place as u32;
            }
        }
    }
}
