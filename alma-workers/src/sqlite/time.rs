//! The store's one clock: it never goes back, in no process, and never stands still.

use alma_core::{Clock, Result, Timestamp};
use rusqlite::Connection;

/// One moment, twice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    /// By the injected clock: what people are told.
    pub(super) wall: Timestamp,
    /// By the store's clock: what leases and pauses are measured by.
    pub(super) store: Timestamp,
    /// Whether the injected clock was set back and no write has noticed yet.
    pub(super) stale: bool,
}

impl Moment {
    /// The store's time when the injected clock will show `wall`.
    pub(super) fn at(self, wall: Timestamp) -> Timestamp {
        self.store.plus(wall.since(self.wall))
    }
}

/// The moment of a write.
///
/// When the injected clock was set back, the store's goes on from where it stood, ahead by as much: frozen at the
/// latest time seen, no lease would end for as long as the step was wide.
pub(super) fn tick(tx: &Connection, clock: &dyn Clock) -> Result<Moment> {
    let (last, ahead) = stored(tx)?;
    let wall = clock.now();
    let mut moved = wall.as_millis().saturating_add(ahead);
    if moved < last {
        tx.prepare_cached("UPDATE job_clock SET ahead = ?1")?
            .execute([ahead.saturating_add(last - moved)])?;
        moved = last;
    } else if moved > last {
        tx.prepare_cached("UPDATE job_clock SET last = ?1")?
            .execute([moved])?;
    }
    Ok(Moment {
        wall,
        store: Timestamp::from_millis(moved),
        stale: false,
    })
}

/// The moment of a read.
pub(super) fn look(db: &Connection, clock: &dyn Clock) -> Result<Moment> {
    let (last, ahead) = stored(db)?;
    let wall = clock.now();
    let moved = wall.as_millis().saturating_add(ahead);
    Ok(Moment {
        wall,
        store: Timestamp::from_millis(moved.max(last)),
        stale: moved < last,
    })
}

fn stored(db: &Connection) -> Result<(i64, i64)> {
    Ok(db
        .prepare_cached("SELECT last, ahead FROM job_clock")?
        .query_row([], |row| Ok((row.get(0)?, row.get(1)?)))?)
}
