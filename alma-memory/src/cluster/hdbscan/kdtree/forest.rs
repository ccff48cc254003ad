//! Components while they grow together, and the links known to lead from one to another.

use std::sync::atomic::AtomicU64;

use super::{
    super::sets::Sets,
    neighbours::{Lists, Near},
    space::{larger, square},
    tree::Tree,
};

/// No one component.
pub(super) const MIXED: u32 = u32::MAX;

/// An edge between two places, by squares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) weight: f64,
    pub(super) square: f64,
    pub(super) from: u32,
    pub(super) to: u32,
}

impl Link {
    const NONE: Self = Self {
        weight: f64::INFINITY,
        square: f64::INFINITY,
        from: 0,
        to: 0,
    };

    /// Whether it comes before another: by weight, by length, and by places, so that the order in which links are found
    /// decides nothing.
    fn is_before(&self, other: &Self) -> bool {
        if self.weight != other.weight {
            return self.weight < other.weight;
        }
        let rest = |link: &Self| {
            let (from, to) = (link.from, link.to);
            (link.square, from.min(to), from.max(to))
        };
        rest(self) < rest(other)
    }
}

/// A forest on its way to be a minimum spanning tree.
pub(super) struct Forest<'a, const D: usize> {
    pub(super) tree: &'a Tree<D>,
    /// Core distances by place.
    pub(super) core: &'a [f64],
    pub(super) links: Vec<Link>,
    sets: Sets,
    /// By place and by node of the tree, the component, named by a place within.
    pub(super) component: Vec<u32>,
    pub(super) node_component: Vec<u32>,
    /// By node, the smallest core distance within.
    pub(super) node_core: Vec<f64>,
    /// By place, what no link from it to another component is lighter than.
    pub(super) floor: Vec<AtomicU64>,
    /// Links between components that may be needed.
    pool: Vec<Link>,
    /// By component, its lightest known link.
    best: Vec<Link>,
    largest: u32,
}

impl<'a, const D: usize> Forest<'a, D> {
    /// The forest in which each row is joined to its nearest one whose core distance is no larger: none of its links is
    /// lighter than its own core distance.
    pub(super) fn new(tree: &'a Tree<D>, core: &'a [f64], lists: &Lists) -> Self {
        let n = tree.rows.len();
        let floors = core.iter().map(|core| AtomicU64::new(core.to_bits()));
        let mut forest = Self {
            tree,
            core,
            links: Vec::with_capacity(n - 1),
            sets: Sets::new(n),
            component: vec![0; n],
            node_component: vec![MIXED; tree.nodes.len()],
            node_core: tree.fold(|rows| least(&core[rows]), f64::min),
            floor: floors.collect(),
            pool: Vec::new(),
            best: vec![Link::NONE; n],
            largest: 0,
        };
        for place in 0..n {
            let mut of_row = lists.of_row(place).iter();
            let is_denser = |other: &&Near| core[other.place as usize] <= core[place];
            if let Some(other) = of_row.find(is_denser) {
                forest.join(forest.link(place, other.place as usize, other.square));
            }
        }
        forest.look_up();
        for place in 0..n {
            for other in lists.of_row(place) {
                let to = other.place as usize;
                if forest.component[place] != forest.component[to] {
                    forest.pool.push(forest.link(place, to, other.square));
                }
            }
        }
        forest
    }

    fn link(&self, from: usize, to: usize, square: f64) -> Link {
        Link {
            weight: larger(square, larger(self.core[from], self.core[to])),
            square,
            from: from as u32,
            to: to as u32,
        }
    }

    fn join(&mut self, link: Link) {
        if self.sets.join(link.from, link.to).is_some() {
            self.links.push(link);
        }
    }

    /// Looks up which component each row and node is in.
    fn look_up(&mut self) {
        for (component, place) in self.component.iter_mut().zip(0..) {
            *component = self.sets.find(place);
        }
        let shared = |components: &[u32]| {
            let first = components[0];
            let is_one = components.iter().all(|&other| other == first);
            if is_one { first } else { MIXED }
        };
        let component = &self.component;
        self.node_component = self.tree.fold(
            |rows| shared(&component[rows]),
            |left, right| if left == right { left } else { MIXED },
        );
    }

    /// What the best known link of a component weighs; none of the largest, which waits for others to join it.
    pub(super) fn best_of(&self, component: u32) -> Option<f64> {
        (component != self.largest).then(|| self.best[component as usize].weight)
    }

    /// Gives every component a link to be beaten.
    pub(super) fn begin_round(&mut self) {
        let mut sizes = vec![0_u32; self.component.len()];
        for &component in &self.component {
            sizes[component as usize] += 1;
        }
        let largest = (0..).zip(&sizes).max_by_key(|(_, size)| **size);
        self.largest = largest.map_or(0, |(component, _)| component);
        self.best.fill(Link::NONE);
        let mut known = std::mem::take(&mut self.pool);
        known.retain(|link| self.component[link.from as usize] != self.component[link.to as usize]);
        self.offer(known);
        // Rows that follow each other are near, and no component is without such a link.
        for to in 1..self.component.len() {
            if self.component[to - 1] != self.component[to] {
                let square = square(&self.tree.rows[to - 1], &self.tree.rows[to]);
                self.improve(self.link(to - 1, to, square));
            }
        }
    }

    /// Takes links between components into account.
    pub(super) fn offer(&mut self, mut links: Vec<Link>) {
        for link in &links {
            self.improve(*link);
        }
        if self.pool.is_empty() {
            self.pool = links;
        } else {
            self.pool.append(&mut links);
        }
    }

    fn improve(&mut self, link: Link) {
        for end in [link.from, link.to] {
            let best = &mut self.best[self.component[end as usize] as usize];
            if link.is_before(best) {
                *best = link;
            }
        }
    }

    /// Joins every component but the largest to another.
    pub(super) fn end_round(&mut self) {
        for component in 0..self.best.len() as u32 {
            let link = self.best[component as usize];
            if component != self.largest && link.weight < f64::INFINITY {
                self.join(link);
            }
        }
        self.look_up();
    }
}

fn least(numbers: &[f64]) -> f64 {
    numbers.iter().copied().fold(f64::INFINITY, f64::min)
}
