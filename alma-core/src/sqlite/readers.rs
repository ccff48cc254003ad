//! Readers: one snapshot a call, on pooled connections, beside the writer.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
};

use rusqlite::Connection;

use super::{
    connection, fault,
    queue::{Queue, Refused},
    reply,
};
use crate::{Error, ErrorKind, Result};

/// Reads that may wait for a thread.
const WAITING: usize = 4_096;

/// Connections that are kept open while nobody reads.
const IDLE: usize = 8;

/// Where a reader's connection comes from.
#[derive(Debug)]
pub(super) enum Source {
    /// As many as needed, on the file.
    File(PathBuf),
    /// The one connection there is.
    Memory(Arc<Mutex<Connection>>),
}

/// The connections that read, and how many of them are reading.
#[derive(Debug)]
pub(super) struct Pool {
    source: Source,
    idle: Mutex<Vec<Connection>>,
    active: AtomicUsize,
}

impl Pool {
    pub(super) const fn new(source: Source) -> Self {
        Self {
            source,
            idle: Mutex::new(Vec::new()),
            active: AtomicUsize::new(0),
        }
    }

    /// How many reads of this process are under way.
    pub(super) fn active(&self) -> usize {
        self.active.load(Ordering::SeqCst)
    }

    /// Runs `work` on one snapshot.
    pub(super) fn read<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        match &self.source {
            Source::File(path) => {
                let connection = match self.idle().pop() {
                    Some(connection) => connection,
                    None => connection::reader(path)?,
                };
                let result = {
                    let _active = Active::new(&self.active);
                    snapshot(&connection, work).map_err(|error| fault::locate(error, path))
                };
                let mut idle = self.idle();
                if idle.len() < IDLE {
                    idle.push(connection);
                }
                result
            }
            Source::Memory(connection) => {
                let connection = connection.lock().unwrap_or_else(PoisonError::into_inner);
                let _only = ReadOnly::new(&connection)?;
                snapshot(&connection, work)
            }
        }
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Connection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn path(&self) -> Option<&Path> {
        match &self.source {
            Source::File(path) => Some(path),
            Source::Memory(_) => None,
        }
    }
}

fn snapshot<T>(connection: &Connection, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
    // Dropping it ends the snapshot, after a panic too.
    let tx = connection.unchecked_transaction()?;
    work(&tx)
}

/// Counts a read while it lasts.
struct Active<'a>(&'a AtomicUsize);

impl<'a> Active<'a> {
    fn new(count: &'a AtomicUsize) -> Self {
        count.fetch_add(1, Ordering::SeqCst);
        Self(count)
    }
}

impl Drop for Active<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::SeqCst);
    }
}

/// Makes the one connection of a database in memory refuse writes for a while, as a reader on a file does.
struct ReadOnly<'a>(&'a Connection);

impl<'a> ReadOnly<'a> {
    fn new(connection: &'a Connection) -> Result<Self> {
        connection.pragma_update(None, "query_only", true)?;
        Ok(Self(connection))
    }
}

impl Drop for ReadOnly<'_> {
    fn drop(&mut self) {
        // Setting a flag of the connection touches no file and cannot fail.
        let _ = self.0.pragma_update(None, "query_only", false);
    }
}

type Work = Box<dyn FnOnce(&Pool) + Send>;

/// A few threads that read for async callers; they start with the first read.
pub(super) struct Readers {
    pub(super) pool: Arc<Pool>,
    threads: OnceLock<Threads>,
}

struct Threads {
    queue: Arc<Queue<Work>>,
    handles: Vec<JoinHandle<()>>,
}

impl Readers {
    pub(super) const fn new(pool: Arc<Pool>) -> Self {
        Self {
            pool,
            threads: OnceLock::new(),
        }
    }

    /// Runs `work` on a reader's thread.
    pub(super) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Pool) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let (send, receive) = reply::channel();
        let work: Work = Box::new(move |pool| {
            let result = catch_unwind(AssertUnwindSafe(|| work(pool)))
                .unwrap_or_else(|panic| Err(fault::panicked(&*panic)));
            send.send(result);
        });
        match self.queue().push(work) {
            Ok(()) => receive.await.unwrap_or_else(|| Err(fault::stopped())),
            Err(Refused::Full) => Err(fault::overloaded("read", WAITING)),
            Err(Refused::Closed) => Err(fault::stopped()),
        }
    }

    fn queue(&self) -> &Queue<Work> {
        let start = || {
            let queue = Arc::new(Queue::<Work>::new(WAITING));
            let count =
                thread::available_parallelism().map_or(2, |count| count.get().clamp(2, IDLE));
            let start = |_| {
                let (queue, pool) = (Arc::clone(&queue), Arc::clone(&self.pool));
                let thread = thread::Builder::new().name("alma-reader".into());
                thread
                    .spawn(move || {
                        while let Some(work) = queue.wait() {
                            work(&pool);
                        }
                    })
                    .ok()
            };
            let handles: Vec<_> = (0..count).filter_map(start).collect();
            if handles.is_empty() {
                queue.abandon();
            }
            Threads { queue, handles }
        };
        &self.threads.get_or_init(start).queue
    }
}

impl Readers {
    /// Lets the threads end by themselves.
    pub(super) fn leave(&mut self) {
        if let Some(Threads { queue, .. }) = self.threads.take() {
            queue.close();
        }
    }
}

impl Drop for Readers {
    fn drop(&mut self) {
        if let Some(Threads { queue, handles }) = self.threads.take() {
            queue.close();
            super::join(handles);
        }
    }
}

/// A read that asks for a file where there is none.
pub(super) fn needs_file(what: &str) -> Error {
    Error::new(
        ErrorKind::Unsupported,
        format!("cannot {what} a database in memory"),
    )
    .with_remedy("open it with a path")
}
