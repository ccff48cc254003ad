//! The nearest candidates of every row.

use std::{
    ops::Range,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU32, Ordering},
    },
};

use super::{
    super::{
        distance::Number,
        engine::Effort,
        exact::{
            codes::Seen,
            neighbours::{Near, Neighbours},
            shortlists::Shortlists,
        },
        watch::{Cancelled, Progress, Watch},
    },
    Space,
    walk::{Visit, Walk, padded},
};

/// How many more candidates of a row are held than it takes.
const SPARE: usize = 12;

/// At most so many lists are put in order between two questions to the watcher.
const ROWS: usize = 256;

/// Empty shortlists for `count` rows.
pub(super) fn shortlists<F: Number>(space: &Space<'_, F>, count: usize) -> Shortlists {
    Shortlists::new(space, count, vec![f32::INFINITY; count], SPARE)
}

/// The shortlists of all rows, by cell, so that threads seldom wait for each other.
#[derive(Debug)]
pub(super) struct Lists {
    cells: Vec<Mutex<Shortlists>>,
    /// By place, a limit as bits.
    limits: Vec<AtomicU32>,
}

impl Lists {
    pub(super) fn new<F: Number>(space: &Space<'_, F>) -> Self {
        let cells = 0..space.cells.len();
        let limits = || AtomicU32::new(f32::INFINITY.to_bits());
        Self {
            cells: cells
                .map(|cell| Mutex::new(shortlists(space, space.cells.places(cell).len())))
                .collect(),
            limits: std::iter::repeat_with(limits)
                .take(space.codes.len())
                .collect(),
        }
    }

    fn cell(&self, cell: usize) -> MutexGuard<'_, Shortlists> {
        self.cells[cell]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn limit(&self, place: usize) -> f32 {
        f32::from_bits(self.limits[place].load(Ordering::Relaxed))
    }

    /// The nearest candidates of a row so far, and its core distance as far as they tell.
    pub(super) fn nearest<F: Number>(
        &self,
        space: &Space<'_, F>,
        place: u32,
        effort: &mut Effort,
    ) -> (Vec<Near>, f64) {
        let cell = space.cells.home(place) as usize;
        let at = place as usize - space.cells.places(cell).start;
        self.cell(cell).nearest(space, (at, place), effort)
    }

    /// The lists of all rows, by place.
    ///
    /// # Errors
    /// `Cancelled` when the watcher stops it.
    pub(super) fn finish<F: Number>(
        &self,
        space: &Space<'_, F>,
        watch: Watch<'_>,
        effort: &mut Effort,
    ) -> Result<Neighbours, Cancelled> {
        let n = space.codes.len();
        let progress = Progress::new(watch, n, ROWS);
        let mut found = Neighbours {
            lists: Vec::with_capacity(n),
            core: Vec::with_capacity(n),
        };
        for place in 0..n as u32 {
            let (list, core) = self.nearest(space, place, effort);
            found.lists.push(list);
            found.core.push(core);
            progress.did_one()?;
        }
        Ok(found)
    }
}

/// One thread's part in filling the lists.
pub(super) struct Fill<'a, F> {
    space: &'a Space<'a, F>,
    walk: &'a Walk<'a, F>,
    lists: &'a Lists,
    rows: Vec<u32>,
    columns: Range<usize>,
    of_rows: Vec<f32>,
    of_columns: Vec<f32>,
    /// Who met whom, and between what the distance lies.
    for_rows: Vec<(u32, u32, (f32, f32))>,
    for_columns: Vec<(u32, u32, (f32, f32))>,
    pub(super) effort: Effort,
}

impl<'a, F: Number> Fill<'a, F> {
    pub(super) fn new(space: &'a Space<'a, F>, walk: &'a Walk<'a, F>, lists: &'a Lists) -> Self {
        Self {
            space,
            walk,
            lists,
            rows: Vec::new(),
            columns: 0..0,
            of_rows: Vec::new(),
            of_columns: Vec::new(),
            for_rows: Vec::new(),
            for_columns: Vec::new(),
            effort: Effort::default(),
        }
    }

    fn settle(&mut self, met: &[(u32, u32, (f32, f32))]) {
        let cells = self.space.cells;
        for met in met.chunk_by(|a, b| cells.home(a.0) == cells.home(b.0)) {
            let cell = cells.home(met[0].0) as usize;
            let first = cells.places(cell).start;
            let mut lists = self.lists.cell(cell);
            // All are heard of before any is met, so that only those are held that may be among the nearest.
            for &(place, _, (_, upper)) in met {
                lists.hear(place as usize - first, upper);
            }
            for &(place, other, (lower, _)) in met {
                let at = place as usize - first;
                lists.meet(self.space, (at, place), (lower, other), &mut self.effort);
                let limit = lists.limits[at].to_bits();
                self.lists.limits[place as usize].store(limit, Ordering::Relaxed);
            }
        }
    }
}

impl<F: Number> Visit for Fill<'_, F> {
    fn begin(&mut self, rows: &[u32], columns: Range<usize>) {
        self.rows.clear();
        self.rows.extend_from_slice(rows);
        self.of_rows.clear();
        self.of_rows
            .extend(rows.iter().map(|&row| self.lists.limit(row as usize)));
        self.of_rows.resize(padded(rows.len()), 0.0);
        self.of_columns.clear();
        self.of_columns
            .extend(columns.clone().map(|place| self.lists.limit(place)));
        self.of_columns.resize(padded(columns.len()), 0.0);
        self.columns = columns;
    }

    fn limits(&self) -> (&[f32], &[f32]) {
        (&self.of_rows, &self.of_columns)
    }

    fn pair(&mut self, row: usize, column: usize, seen: Seen) {
        let place = self.rows[row];
        let other = (self.columns.start + column) as u32;
        if place == other {
            return;
        }
        self.effort.survivors += 1;
        // The other may probe the cell of this one too. Each row is to meet each candidate once: in an earlier walk
        // both met; later in this one, the other will.
        let home = self.space.cells.home(place);
        let rank = self.walk.probes.rank(other, home);
        if rank.is_some_and(|rank| rank < self.walk.ranks.start) {
            return;
        }
        let bounds = seen.bounds();
        if bounds.0 <= self.of_rows[row] {
            self.for_rows.push((place, other, bounds));
        }
        if rank.is_none() && bounds.0 <= self.of_columns[column] {
            self.for_columns.push((other, place, bounds));
        }
    }

    fn end(&mut self) {
        let mut met = std::mem::take(&mut self.for_rows);
        self.settle(&met);
        met.clear();
        self.for_rows = met;
        let mut met = std::mem::take(&mut self.for_columns);
        self.settle(&met);
        met.clear();
        self.for_columns = met;
    }
}
