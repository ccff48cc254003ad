//! Work in parts, one a thread.

use std::{ops::Range, panic::resume_unwind, thread};

/// What `work` makes of each of the parts of `0..len`, in order; as many as there are threads.
pub(in super::super) fn in_parts<T: Send>(
    threads: usize,
    len: usize,
    work: impl Fn(Range<usize>) -> T + Sync,
) -> Vec<T> {
    let threads = threads.clamp(1, len.max(1));
    if threads == 1 {
        return vec![work(0..len)];
    }
    let part = |at: usize| len * at / threads..len * (at + 1) / threads;
    thread::scope(|scope| {
        let work = &work;
        let others: Vec<_> = (1..threads)
            .map(|at| thread::Builder::new().spawn_scoped(scope, move || work(part(at))))
            .collect();
        let mut out = vec![work(part(0))];
        for (at, other) in (1..).zip(others) {
            out.push(match other {
                Ok(other) => other.join().unwrap_or_else(|panic| resume_unwind(panic)),
                // The system has no more threads; this one does the part itself.
                Err(_) => work(part(at)),
            });
        }
        out
    })
}
