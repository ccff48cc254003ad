//! Which cells every row probes, and who probes a cell.

use std::ops::Range;

/// By row, the cells that it probes, its own first.
#[derive(Debug)]
pub(super) struct Probes {
    cells: Vec<u32>,
    count: usize,
}

impl Probes {
    pub(super) const fn new(cells: Vec<u32>, count: usize) -> Self {
        Self { cells, count }
    }

    /// The position at which a row probes a cell.
    pub(super) fn rank(&self, row: u32, cell: u32) -> Option<usize> {
        let first = row as usize * self.count;
        let cells = &self.cells[first..first + self.count];
        cells.iter().position(|&other| other == cell)
    }

    /// By cell, the rows that probe it at one of these positions, ascending.
    pub(super) fn visitors(&self, ranks: Range<usize>, cells: usize) -> Visitors {
        let probed = || {
            let rows = self.cells.chunks_exact(self.count).zip(0_u32..);
            rows.flat_map(|(cells, row)| cells[ranks.clone()].iter().map(move |&cell| (cell, row)))
        };
        let mut begins = vec![0_usize; cells + 1];
        for (cell, _) in probed() {
            begins[cell as usize + 1] += 1;
        }
        for cell in 0..cells {
            begins[cell + 1] += begins[cell];
        }
        let mut rows = vec![0; begins[cells]];
        let mut next = begins.clone();
        for (cell, row) in probed() {
            rows[next[cell as usize]] = row;
            next[cell as usize] += 1;
        }
        Visitors { begins, rows }
    }
}

/// The rows that probe each cell.
#[derive(Debug)]
pub(super) struct Visitors {
    begins: Vec<usize>,
    rows: Vec<u32>,
}

impl Visitors {
    pub(super) fn of(&self, cell: usize) -> &[u32] {
        &self.rows[self.begins[cell]..self.begins[cell + 1]]
    }
}
