//! Disjoint sets of rows.

/// Sets that only grow together (union by size, paths halved).
#[derive(Debug)]
pub(super) struct Sets {
    parent: Vec<u32>,
    size: Vec<u32>,
}

impl Sets {
    /// `rows` sets of one row each.
    pub(super) fn new(rows: usize) -> Self {
        Self {
            parent: (0..rows as u32).collect(),
            size: vec![1; rows],
        }
    }

    /// The row that stands for the set of `row`.
    pub(super) fn find(&mut self, mut row: u32) -> u32 {
        while self.parent[row as usize] != row {
            let above = self.parent[self.parent[row as usize] as usize];
            self.parent[row as usize] = above;
            row = above;
        }
        row
    }

    /// Joins two sets: which one stands for both now, and which one no longer stands; none when they were one.
    pub(super) fn join(&mut self, a: u32, b: u32) -> Option<(u32, u32)> {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return None;
        }
        let (into, from) = if self.size[a as usize] < self.size[b as usize] {
            (b, a)
        } else {
            (a, b)
        };
        self.parent[from as usize] = into;
        self.size[into as usize] += self.size[from as usize];
        Some((into, from))
    }
}
