//! The database: one handle for everything that lives in one file.

use std::{
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    thread::{self, JoinHandle},
};

use async_trait::async_trait;
use rusqlite::{Connection, TransactionBehavior};

use super::{
    backup, canonical,
    changes::{Changes, Commits},
    connection, fault,
    faults::Boundaries,
    locks::Locks,
    migrate::{self, ComponentVersion},
    mirror::Mirror,
    queue::{Queue, Refused},
    readers::{Pool, Readers, Source},
    reply, settle, tombstones,
    writer::{Command, Operation, WriteTx, Writer},
};
use crate::{Clock, Erased, ErasedState, Erasure, ErasureId, Result, Scope, Tombstones};

/// Operations that may wait for the writer.
const WAITING: usize = 8_192;

/// How a database is opened, where the defaults do not fit.
#[derive(Debug)]
#[non_exhaustive]
pub struct Options {
    /// How many writes may wait; one more is answered `Overloaded`. 8,192 by default.
    pub queue: usize,
    /// The most pages of 4,096 bytes that the file may have; reaching it is a full disk. No limit by default.
    pub max_pages: Option<u32>,
    boundaries: Boundaries,
}

impl Options {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self {
            queue: WAITING,
            max_pages: None,
            boundaries: Boundaries::default(),
        }
    }

    /// Lets `plan` strike this database.
    #[cfg(feature = "testkit")]
    #[must_use]
    pub fn with_faults(mut self, plan: super::FaultPlan) -> Self {
        self.boundaries.plan = Some(plan);
        self
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}

/// One SQLite file that all components of a home share; `Clone` clones the handle.
///
/// See the [module](crate::sqlite) for the contract and an example.
#[derive(Clone)]
pub struct Database(Arc<Shared>);

struct Shared {
    queue: Arc<Queue<Command>>,
    readers: Readers,
    commits: Arc<Commits>,
    path: PathBuf,
    thread: Option<JoinHandle<()>>,
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Database").field(&self.0.path).finish()
    }
}

impl Database {
    /// Opens the database at `path`, or makes it there; its folder must exist.
    ///
    /// Any number of processes may open it, also for the first time at once. It blocks while another process writes.
    ///
    /// # Errors
    /// `Denied` when the place is not writable, `Corrupt` when the file is damaged or no database, `Incompatible` when
    /// it is another program's or a newer version's, `Overloaded` when the disk is full, `InvalidInput` when the folder
    /// is missing. What is there stays as it is.
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Self::open_with(path, Options::new())
    }

    /// [`open`](Self::open) with options.
    ///
    /// # Errors
    /// Those of [`open`](Self::open).
    pub fn open_with(path: impl AsRef<Path>, options: Options) -> Result<Self> {
        let path = canonical(path.as_ref())?;
        let locks = Locks::open(&path)?;
        locks.join()?;
        backup::clear(&path)?;
        let mirror = Mirror::of(&path);
        let connection = {
            let _turn = locks.turn()?;
            let mut connection = connection::writer(&path)?;
            if let Some(pages) = options.max_pages {
                connection
                    .pragma_update_and_check(None, "max_page_count", pages, |_| Ok(()))
                    .map_err(|error| fault::locate(error.into(), &path))?;
            }
            prepare(&mut connection, Some(&mirror)).map_err(|error| fault::locate(error, &path))?;
            connection
        };
        tracing::debug!(path = %path.display(), "database opened");
        let source = Source::File(path.clone());
        let connection = Arc::new(Mutex::new(connection));
        Self::start(path, connection, source, Some((locks, mirror)), options)
    }

    /// A database that is gone with its last handle; for tests and examples.
    ///
    /// It keeps the same contract with one connection: reads wait for writes.
    ///
    /// # Errors
    /// `Unavailable` when no thread can be started.
    pub fn in_memory() -> Result<Self> {
        let mut connection = connection::memory()?;
        prepare(&mut connection, None)?;
        let connection = Arc::new(Mutex::new(connection));
        let source = Source::Memory(Arc::clone(&connection));
        Self::start(":memory:".into(), connection, source, None, Options::new())
    }

    fn start(
        path: PathBuf,
        connection: Arc<Mutex<Connection>>,
        source: Source,
        file: Option<(Locks, Mirror)>,
        options: Options,
    ) -> Result<Self> {
        let queue = Arc::new(Queue::new(options.queue));
        let commits = Arc::new(Commits::default());
        let (locks, mirror) = file.unzip();
        let writer = Writer {
            connection,
            locks,
            mirror,
            boundaries: options.boundaries,
            commits: Arc::clone(&commits),
            path: path.clone(),
        };
        let serve = Arc::clone(&queue);
        let thread = thread::Builder::new()
            .name("alma-writer".into())
            .spawn(move || writer.serve(serve))
            .map_err(|error| fault::io(error, "start a thread for", &path))?;
        Ok(Self(Arc::new(Shared {
            queue,
            readers: Readers::new(Arc::new(Pool::new(source))),
            commits,
            path,
            thread: Some(thread),
        })))
    }

    /// Where the file is; `:memory:` when there is none.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Brings the tables of `component` to the version that `steps` describe, in one transaction.
    ///
    /// Version n is what the first n steps make. Released steps never change and are never removed; a new version
    /// appends a step. Steps hold no `PRAGMA` and no transaction of their own. Call it whenever the component opens:
    /// when nothing is missing it only reads.
    ///
    /// # Errors
    /// `Incompatible`, naming the version that can read the file, when a newer program has been there; the errors of
    /// [`write`](Self::write) otherwise.
    pub async fn migrate(
        &self,
        component: &'static str,
        steps: &'static [&'static str],
    ) -> Result<()> {
        let missing = self
            .read(move |connection| migrate::missing(connection, component, steps))
            .await?;
        if missing == 0 {
            return Ok(());
        }
        self.write(move |tx| migrate::apply(tx, component, steps))
            .await
    }

    /// The components in this file and the versions of their tables.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub async fn versions(&self) -> Result<Vec<ComponentVersion>> {
        self.read(migrate::versions).await
    }

    /// Runs `work` in a transaction of its own and answers once its commit is on disk.
    ///
    /// When it returns an error or panics, its changes are rolled back and nobody else notices. It runs on the
    /// writer's thread beside other operations: keep it short, compute before it, and never call the database from
    /// inside it.
    ///
    /// # Errors
    /// What `work` returns; `Overloaded` when too many operations wait or the disk is full; `Unavailable` when another
    /// program holds the lock, the disk fails, or another operation of the same group met one of these.
    /// After `Unavailable` from a commit the changes may still have been made.
    ///
    /// # Cancel safety
    /// A dropped write is done wholly or not at all, and once queued it is done.
    pub async fn write<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&WriteTx<'_>) -> Result<T> + Send + 'static,
    {
        let (send, receive) = reply::channel();
        let operation = Operation::new(work, send, self.0.path.clone());
        self.queue(Command::Operation(Box::new(operation)))?;
        receive.await.unwrap_or_else(|| Err(fault::stopped()))
    }

    /// Runs `work` on one snapshot of the database, on a reader's thread.
    ///
    /// Readers never wait for the writer, and never see half of an operation.
    ///
    /// # Errors
    /// What `work` returns; `Overloaded` when too many reads wait.
    ///
    /// # Cancel safety
    /// Safe; a dropped read that was queued still runs.
    pub async fn read<T, F>(&self, work: F) -> Result<T>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T> + Send + 'static,
    {
        self.on_reader(move |pool| pool.read(work)).await
    }

    /// [`read`](Self::read) on the calling thread, which it blocks; for code that is not async, never inside of async code.
    ///
    /// # Errors
    /// What `work` returns, and those of opening a connection.
    pub fn read_blocking<T>(&self, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        self.0.readers.pool.read(work)
    }

    pub(super) async fn on_reader<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Pool) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        self.0.readers.run(work).await
    }

    /// Tells when somebody commits, in this process or another.
    ///
    /// # Errors
    /// Those of opening a connection.
    pub fn changes(&self, clock: Arc<dyn Clock>) -> Result<Changes> {
        let path = self.0.readers.pool.path();
        Changes::new(Arc::clone(&self.0.commits), clock, path)
    }

    /// Forgets `what` in one component: tombstones, `delete` and its commit, then [`settle`](Self::settle).
    ///
    /// `delete` removes or blanks every copy that the component holds, tells its full-text tables to `optimize`, and
    /// returns how many things it touched. Repeating the call with the same erasure completes it. When more calls
    /// follow, settling is left to them.
    ///
    /// # Errors
    /// Those of [`write`](Self::write). After the commit there is no error: what is left to do is
    /// [`Pending`](ErasedState::Pending).
    ///
    /// # Cancel safety
    /// A dropped call may leave the files unsettled; repeat it.
    pub async fn erase<F>(
        &self,
        component: &'static str,
        scope: &Scope,
        what: &Erasure,
        delete: F,
    ) -> Result<Erased>
    where
        F: FnOnce(&WriteTx<'_>) -> Result<u64> + Send + 'static,
    {
        let (scope, what, later) = (scope.clone(), what.clone(), what.more_follows);
        let removed = self
            .write(move |tx| {
                let fresh = tx.forget(&scope, &what)?;
                let removed = delete(tx)?;
                if fresh > 0 || removed > 0 {
                    tx.unsettle()?;
                }
                Ok(removed)
            })
            .await?;
        if later {
            let why = "the file is rewritten once, when every part has erased its rows";
            return Ok(Erased::pending(component, removed, why));
        }
        Ok(match self.settle().await {
            Ok(ErasedState::Erased) => Erased::done(component, removed),
            Ok(ErasedState::Pending(why)) => Erased::pending(component, removed, why),
            Err(error) => Erased::pending(component, removed, error.to_string()),
        })
    }

    /// Rewrites the file and empties the log, so that a byte search finds nothing of what was erased.
    ///
    /// It does nothing when nothing was [erased](Self::erase) since the last time. It needs the file's size again
    /// as free space. Rewriting may renumber rows whose table has no `INTEGER PRIMARY KEY`.
    ///
    /// # Errors
    /// Those of [`write`](Self::write). An open reader is no error but `Pending`, with the reader named.
    ///
    /// # Cancel safety
    /// Safe; once queued it is done.
    pub async fn settle(&self) -> Result<ErasedState> {
        let (send, receive) = reply::channel();
        let readers = Arc::clone(&self.0.readers.pool);
        let path = self.0.path.clone();
        self.queue(Command::Alone(Box::new(move |at| {
            let settled = at.and_then(|(connection, boundaries)| {
                settle::settle(connection, boundaries, &readers)
            });
            send.send(settled.map_err(|error| fault::locate(error, &path)));
        })))?;
        receive.await.unwrap_or_else(|| Err(fault::stopped()))
    }

    /// The acts of forgetting that were begun, here or in a state that a restore replaced, and not
    /// [reported as finished](Self::finish_erasure).
    ///
    /// After opening, run each again through every component: that completes what a crash cut short, and takes back
    /// out what a restore brought back.
    ///
    /// # Errors
    /// Those of [`read`](Self::read).
    pub async fn unfinished_erasures(&self) -> Result<Vec<(Scope, Erasure)>> {
        self.read(tombstones::unfinished).await
    }

    /// Notes that every component has answered *erased* to this act; its tombstones stay.
    ///
    /// # Errors
    /// Those of [`write`](Self::write).
    pub async fn finish_erasure(&self, scope: &Scope, id: ErasureId) -> Result<()> {
        let scope = scope.clone();
        self.write(move |tx| tombstones::finish(tx, &scope, id))
            .await
    }

    fn queue(&self, command: Command) -> Result<()> {
        self.0.queue.push(command).map_err(|refused| match refused {
            Refused::Full => fault::overloaded("write", self.0.queue.limit()),
            Refused::Closed => fault::stopped(),
        })
    }
}

#[async_trait]
impl Tombstones for Database {
    async fn unfinished(&self) -> Result<Vec<(Scope, Erasure)>> {
        self.unfinished_erasures().await
    }

    async fn finish(&self, scope: &Scope, id: ErasureId) -> Result<()> {
        self.finish_erasure(scope, id).await
    }
}

/// The tables that every component shares, and what was forgotten behind this file's back.
fn prepare(connection: &mut Connection, mirror: Option<&Mirror>) -> Result<()> {
    let mut due = migrate::missing(connection, migrate::DATABASE, migrate::STEPS)? > 0;
    if !due && let Some(mirror) = mirror {
        due = tombstones::differs(connection, mirror)?;
    }
    if due {
        let tx = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        migrate::apply(&tx, migrate::DATABASE, migrate::STEPS)?;
        if let Some(mirror) = mirror {
            tombstones::reconcile(&tx, mirror)?;
        }
        tx.commit()?;
    }
    Ok(())
}

impl Drop for Shared {
    fn drop(&mut self) {
        self.queue.close();
        // Whoever drops the last handle may move or search the files next, so no connection may linger.
        if super::join(self.thread.take()) {
            return;
        }
        // The last handle goes inside of an operation, for which a reader may be waiting.
        self.readers.leave();
    }
}
