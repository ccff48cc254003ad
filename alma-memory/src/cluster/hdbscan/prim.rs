//! A minimum spanning tree of all pairs, row by row (Prim), by threads that go from row to row together.

use std::{
    cmp::Ordering,
    ops::Range,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::{Barrier, Mutex, OnceLock, PoisonError},
    thread,
};

use super::{
    dense::UNASKED,
    spanning::Edge,
    watch::{Cancelled, Progress, Watch},
};

/// Fewer rows are not worth a thread, which waits for the others at every row.
const SHARE: usize = 1024;

/// Grows the forest row by row, each by the least (weight, distance, row) to those that it has.
///
/// # Errors
/// `Cancelled` when the watcher stops it.
pub(super) fn prim(
    core: &[f64],
    threads: usize,
    watch: Watch<'_>,
    distance: impl Fn(usize, usize) -> f64 + Sync,
) -> Result<Vec<Edge>, Cancelled> {
    let progress = Progress::new(watch, core.len(), UNASKED);
    let distance = &distance;
    let start = &OnceLock::<Team<'_, _>>::new();
    thread::scope(|scope| {
        // Where the system has no more threads, those that came share the rows.
        let others: Vec<_> = (1..threads.min(core.len() / SHARE))
            .map_while(|member| {
                let work = move || start.wait().grow(member, None);
                thread::Builder::new().spawn_scoped(scope, work).ok()
            })
            .collect();
        let team = start.get_or_init(|| Team::new(core, distance, others.len() + 1));
        let edges = team.grow(0, Some(&progress));
        for other in others {
            if let Err(panic) = other.join() {
                resume_unwind(panic);
            }
        }
        edges
    })
}

/// What a member says at a row: its nearest row outside, or that all are to stop.
type Said = Result<Option<Edge>, Cancelled>;

/// Threads that each know the best edges to some of the rows outside.
struct Team<'a, M> {
    core: &'a [f64],
    distance: &'a M,
    /// What members say, at even rows and at odd ones: nobody speaks at the next but one before all have heard.
    said: [Vec<Mutex<Said>>; 2],
    turn: Barrier,
}

impl<'a, M: Fn(usize, usize) -> f64> Team<'a, M> {
    fn new(core: &'a [f64], distance: &'a M, members: usize) -> Self {
        let silence = || (0..members).map(|_| Mutex::new(Ok(None))).collect();
        Self {
            core,
            distance,
            said: [silence(), silence()],
            turn: Barrier::new(members),
        }
    }

    /// Does the part of a member; returns all edges, and tells `progress` of each.
    fn grow(&self, member: usize, progress: Option<&Progress<'_>>) -> Result<Vec<Edge>, Cancelled> {
        let mut edges = Vec::new();
        let mut own = Part::new(self.rows(member));
        let mut joined = 0;
        for turn in 1..self.core.len() {
            // A panic must not leave the others waiting.
            let found = catch_unwind(AssertUnwindSafe(|| {
                progress.map_or(Ok(()), Progress::did_one)?;
                Ok(own.nearest(joined, |from, to| self.reach(from, to)))
            }));
            let (said, panic) = match found {
                Ok(said) => (said, None),
                Err(panic) => (Err(Cancelled), Some(panic)),
            };
            let all = &self.said[turn % 2];
            *all[member].lock().unwrap_or_else(PoisonError::into_inner) = said;
            self.turn.wait();
            if let Some(panic) = panic {
                resume_unwind(panic);
            }
            let mut least: Option<Edge> = None;
            for said in all {
                let said = *said.lock().unwrap_or_else(PoisonError::into_inner);
                if let Some(edge) = said?
                    && least.is_none_or(|least| order(&edge, &least).is_lt())
                {
                    least = Some(edge);
                }
            }
            let Some(edge) = least else { break };
            joined = edge.to;
            if edge.weight.is_finite() {
                edges.push(edge);
            }
        }
        Ok(edges)
    }

    /// The rows of a member, without the first one of all, where the tree begins.
    fn rows(&self, member: usize) -> Range<usize> {
        let (n, members) = (self.core.len(), self.said[0].len());
        (n * member / members).max(1)..n * (member + 1) / members
    }

    fn reach(&self, from: u32, to: u32) -> Edge {
        let distance = (self.distance)(from as usize, to as usize);
        let core = self.core[from as usize].max(self.core[to as usize]);
        Edge {
            from,
            to,
            weight: distance.max(core),
            distance,
        }
    }
}

/// Rows that are outside, with the best edge to each.
struct Part {
    outside: Vec<Edge>,
    /// Which of them was the nearest.
    nearest: usize,
}

impl Part {
    fn new(rows: Range<usize>) -> Self {
        let unknown = |row: usize| Edge {
            from: 0,
            to: row as u32,
            weight: f64::INFINITY,
            distance: f64::INFINITY,
        };
        Self {
            outside: rows.map(unknown).collect(),
            nearest: 0,
        }
    }

    /// The edge to the nearest row, now that one more has joined.
    fn nearest(&mut self, joined: u32, reach: impl Fn(u32, u32) -> Edge) -> Option<Edge> {
        let last = self.outside.get(self.nearest);
        if last.is_some_and(|last| last.to == joined) {
            self.outside.swap_remove(self.nearest);
        }
        let mut least: Option<Edge> = None;
        for (at, best) in self.outside.iter_mut().enumerate() {
            let next = reach(joined, best.to);
            if next.order(best).is_lt() {
                *best = next;
            }
            if least.is_none_or(|least| order(best, &least).is_lt()) {
                least = Some(*best);
                self.nearest = at;
            }
        }
        least
    }
}

fn order(a: &Edge, b: &Edge) -> Ordering {
    a.order(b).then(a.to.cmp(&b.to))
}
