//! Who committed? Woken at once within the process, by polling across processes.

use std::{
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    task::{Poll, Waker},
    time::Duration,
};

use rusqlite::Connection;

use super::connection;
use crate::{Clock, Result};

const SHORTEST: Duration = Duration::from_millis(20);
const LONGEST: Duration = Duration::from_millis(500);

/// The commits of this process, and who waits for the next.
#[derive(Debug, Default)]
pub(super) struct Commits {
    count: AtomicU64,
    waiting: Mutex<Vec<Waker>>,
}

impl Commits {
    pub(super) fn announce(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
        let waiting =
            std::mem::take(&mut *self.waiting.lock().unwrap_or_else(PoisonError::into_inner));
        for waker in waiting {
            waker.wake();
        }
    }

    fn count(&self) -> u64 {
        self.count.load(Ordering::SeqCst)
    }

    fn wake_by_next(&self, waker: &Waker) {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if !waiting.iter().any(|known| known.will_wake(waker)) {
            waiting.push(waker.clone());
        }
    }
}

/// Tells when somebody, in this process or another, has committed to the database.
///
/// Make it before the first read: what is committed after that read is then never missed.
#[derive(Debug)]
pub struct Changes {
    commits: Arc<Commits>,
    clock: Arc<dyn Clock>,
    seen: u64,
    // Its own connection, that never writes: SQLite tells a connection of the commits of all others.
    connection: Option<Mutex<Connection>>,
    version: i64,
}

impl Changes {
    pub(super) fn new(
        commits: Arc<Commits>,
        clock: Arc<dyn Clock>,
        path: Option<&Path>,
    ) -> Result<Self> {
        let mut changes = Self {
            seen: commits.count(),
            commits,
            clock,
            connection: path.map(connection::reader).transpose()?.map(Mutex::new),
            version: 0,
        };
        changes.version = changes.data_version()?;
        Ok(changes)
    }

    /// Waits for a commit, but not longer than `at_most` on the clock; whether there was one.
    ///
    /// It may answer `true` once without need, never `false` when something was committed before it looked last.
    /// Commits of this process are seen at once, those of others within 20 to 500 ms, rising while nothing happens.
    ///
    /// # Errors
    /// Those of reading the file.
    ///
    /// # Cancel safety
    /// A dropped wait forgets no commit.
    pub async fn wait(&mut self, at_most: Duration) -> Result<bool> {
        let mut left = at_most;
        let mut step = SHORTEST;
        loop {
            let (count, version) = (self.commits.count(), self.data_version()?);
            if count != self.seen || version != self.version {
                (self.seen, self.version) = (count, version);
                return Ok(true);
            }
            if left.is_zero() {
                return Ok(false);
            }
            let pause = if self.connection.is_some() {
                step.min(left)
            } else {
                left
            };
            self.pause(pause).await;
            left = left.saturating_sub(pause);
            step = (step * 2).min(LONGEST);
        }
    }

    /// Sleeps for `pause`, or until this process commits.
    async fn pause(&self, pause: Duration) {
        let mut sleep = self.clock.sleep(pause);
        std::future::poll_fn(|context| {
            self.commits.wake_by_next(context.waker());
            if self.commits.count() != self.seen {
                return Poll::Ready(());
            }
            sleep.as_mut().poll(context)
        })
        .await;
    }

    fn data_version(&mut self) -> Result<i64> {
        match &mut self.connection {
            Some(connection) => {
                let connection = connection.get_mut().unwrap_or_else(PoisonError::into_inner);
                Ok(connection.pragma_query_value(None, "data_version", |row| row.get(0))?)
            }
            None => Ok(0),
        }
    }
}
