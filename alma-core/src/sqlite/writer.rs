//! The one writer of a process: group commit, a savepoint for each operation, answers after the sync.

use std::{
    ops::Deref,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::{
    changes::Commits,
    fault,
    faults::Boundaries,
    locks::Locks,
    mirror::Mirror,
    queue::{Queue, Serving},
    reply::Sender,
};
use crate::{Error, ErrorKind, Fault, Result};

/// The most operations that share one commit.
const GROUP: usize = 256;

/// What an operation of [`Database::write`](super::Database::write) works on: a connection inside a transaction.
///
/// It derefs to [`rusqlite::Connection`]. Never send `BEGIN`, `COMMIT` or `ROLLBACK` through it; use no deferred
/// constraints, which would fail the whole group.
#[derive(Debug)]
pub struct WriteTx<'a> {
    connection: &'a Connection,
    pub(super) mirror: Option<&'a Mirror>,
}

impl Deref for WriteTx<'_> {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.connection
    }
}

/// What the writer's thread is asked to do.
pub(super) enum Command {
    /// One operation, together with others in one transaction.
    Operation(Box<dyn Job>),
    /// Something that needs the connection for itself, outside of a transaction.
    Alone(Alone),
}

/// Work outside of a transaction, during this process's turn.
pub(super) type Alone = Box<dyn FnOnce(Result<(&Connection, &Boundaries)>) + Send>;

/// One operation, its result, and who waits for it.
pub(super) trait Job: Send {
    /// Runs it; whether its changes are to be kept.
    fn run(&mut self, tx: &WriteTx<'_>) -> bool;
    /// Answers, once the fate of the transaction is known.
    fn answer(self: Box<Self>, fate: Result<(), &Fault>);
}

pub(super) struct Operation<T, F> {
    work: Option<F>,
    result: Option<Result<T>>,
    reply: Sender<Result<T>>,
    path: PathBuf,
}

impl<T, F> Operation<T, F> {
    pub(super) const fn new(work: F, reply: Sender<Result<T>>, path: PathBuf) -> Self {
        Self {
            work: Some(work),
            result: None,
            reply,
            path,
        }
    }
}

impl<T, F> Job for Operation<T, F>
where
    T: Send,
    F: FnOnce(&WriteTx<'_>) -> Result<T> + Send,
{
    fn run(&mut self, tx: &WriteTx<'_>) -> bool {
        let Some(work) = self.work.take() else {
            return false;
        };
        // What a panic leaves half done in the database is rolled back by the caller of this function.
        let result = catch_unwind(AssertUnwindSafe(|| work(tx)))
            .unwrap_or_else(|panic| Err(fault::panicked(&*panic)))
            .map_err(|error| fault::locate(error, &self.path));
        let keep = result.is_ok();
        self.result = Some(result);
        keep
    }

    fn answer(self: Box<Self>, fate: Result<(), &Fault>) {
        let result = match (self.result, fate) {
            (Some(Err(error)), _) => Err(error),
            (Some(Ok(value)), Ok(())) => Ok(value),
            (_, Err(fault)) => Err(fault.clone().into()),
            (None, Ok(())) => Err(fault::stopped()),
        };
        self.reply.send(result);
    }
}

/// All that the writer's thread owns.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) connection: Arc<Mutex<Connection>>,
    pub(super) locks: Option<Locks>,
    pub(super) mirror: Option<Mirror>,
    pub(super) boundaries: Boundaries,
    pub(super) commits: Arc<Commits>,
    pub(super) path: PathBuf,
}

impl Writer {
    /// Serves the queue until it is closed and empty.
    pub(super) fn serve(self, queue: Arc<Queue<Command>>) {
        let serving = Serving(queue);
        while let Some(first) = serving.0.wait() {
            let mut next = Some(first);
            let turn = self.locks.as_ref().map(Locks::turn).transpose();
            let mut connection = self
                .connection
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            match turn {
                Ok(_turn) => {
                    let mut room = GROUP;
                    // One turn serves at most one group, however it is cut by work that needs to be alone.
                    while room > 0
                        && let Some(command) = next.take()
                    {
                        match command {
                            Command::Operation(job) => {
                                next = self.group(&mut connection, job, &serving.0, &mut room);
                            }
                            Command::Alone(work) => {
                                room -= 1;
                                work(Ok((&connection, &self.boundaries)));
                            }
                        }
                    }
                }
                Err(error) => refuse(next, error),
            }
        }
    }

    /// Runs `first` and what is queued behind it in one transaction; the command that could not join is returned.
    fn group(
        &self,
        connection: &mut Connection,
        first: Box<dyn Job>,
        queue: &Queue<Command>,
        room: &mut usize,
    ) -> Option<Command> {
        let tx = match connection.transaction_with_behavior(TransactionBehavior::Immediate) {
            Ok(tx) => tx,
            Err(error) => {
                *room -= 1;
                let fault = fault::locate(error.into(), &self.path).into();
                first.answer(Err(&fault));
                return None;
            }
        };
        let mut jobs = vec![first];
        let mut kept = 0_usize;
        let mut over = None;
        let mut broken = None;
        loop {
            *room -= 1;
            if let Some(job) = jobs.last_mut() {
                match self.run(&tx, &mut **job) {
                    Ok(keep) => kept += usize::from(keep),
                    Err(error) => broken = Some(error),
                }
            }
            if *room == 0 || broken.is_some() {
                break;
            }
            match queue.next() {
                Some(Command::Operation(job)) => jobs.push(job),
                other => {
                    over = other;
                    break;
                }
            }
        }
        let fate = match broken {
            // Dropping the transaction rolls back what is left of it.
            Some(error) => Err(error),
            None if kept == 0 => tx.rollback().map_err(Error::from),
            None => self.commit(tx),
        };
        let fate = fate.map_err(|error| Fault::from(fault::locate(error, &self.path)));
        tracing::trace!(jobs = jobs.len(), kept, failed = fate.is_err(), "group");
        if kept > 0 {
            self.commits.announce();
        }
        for job in jobs {
            job.answer(fate.as_ref().copied());
        }
        over
    }

    fn commit(&self, tx: Transaction<'_>) -> Result<()> {
        self.boundaries.pass()?;
        tx.commit()?;
        self.boundaries.pass()
    }

    /// One job in its savepoint. An error means that the transaction is lost, and with it the whole group.
    fn run(&self, tx: &Transaction<'_>, job: &mut dyn Job) -> Result<bool> {
        tx.prepare_cached("SAVEPOINT operation")?.execute([])?;
        let keep = job.run(&WriteTx {
            connection: tx,
            mirror: self.mirror.as_ref(),
        });
        if tx.is_autocommit() {
            // SQLite rolls back by itself on a full disk or a failing one.
            return Err(Error::new(
                ErrorKind::Unavailable,
                "cannot commit: an operation of the same group ended the transaction",
            )
            .with_remedy("try again"));
        }
        if !keep {
            tx.prepare_cached("ROLLBACK TO operation")?.execute([])?;
        }
        tx.prepare_cached("RELEASE operation")?.execute([])?;
        Ok(keep)
    }
}

fn refuse(command: Option<Command>, error: Error) {
    match command {
        Some(Command::Operation(job)) => job.answer(Err(&error.into())),
        Some(Command::Alone(work)) => work(Err(error)),
        None => {}
    }
}
