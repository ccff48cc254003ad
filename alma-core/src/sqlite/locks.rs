//! Fair turns between processes, and who has the file open, by lock files that the system frees when a process dies.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::fault;
use crate::{Error, ErrorKind, Result};

/// The lock files of one database, in the folder `<file>.locks` beside it.
///
/// SQLite's own lock is polled, so that under load one process can starve the others.
/// Here whoever wants to write waits at the gate, and only the holder of the gate waits for the turn:
/// the kernel hands both on, and nobody takes two turns while another waits.
#[derive(Debug)]
pub(super) struct Locks {
    folder: PathBuf,
    gate: File,
    turn: File,
    users: File,
}

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn<'a>(&'a File);

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        // A lock that cannot be released goes with the process.
        let _ = self.0.unlock();
    }
}

impl Locks {
    pub(super) fn open(database: &Path) -> Result<Self> {
        let folder = super::beside(database, ".locks");
        std::fs::create_dir_all(&folder).map_err(|error| fault::io(error, "create", &folder))?;
        let open = |name: &str| {
            let path = folder.join(name);
            OpenOptions::new()
                .create(true)
                .truncate(false)
                .write(true)
                .open(&path)
                .map_err(|error| fault::io(error, "open", &path))
        };
        Ok(Self {
            gate: open("gate")?,
            turn: open("turn")?,
            users: open("users")?,
            folder,
        })
    }

    /// Waits for this database's turn to write.
    pub(super) fn turn(&self) -> Result<Turn<'_>> {
        self.gate.lock().map_err(|error| self.fault(error))?;
        let turn = self.turn.lock();
        let opened = self.gate.unlock();
        turn.map_err(|error| self.fault(error))?;
        let turn = Turn(&self.turn);
        opened.map_err(|error| self.fault(error))?;
        Ok(turn)
    }

    /// Counts this database among the users of the file; waits while it is being replaced.
    pub(super) fn join(&self) -> Result<()> {
        self.users.lock_shared().map_err(|error| self.fault(error))
    }

    /// Succeeds if nobody uses the file, and keeps everybody out until these locks are dropped.
    pub(super) fn alone(&self) -> Result<bool> {
        match self.users.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => Err(self.fault(error)),
        }
    }

    fn fault(&self, error: io::Error) -> Error {
        let kind = match error.kind() {
            io::ErrorKind::Unsupported => ErrorKind::Unsupported,
            _ => ErrorKind::Unavailable,
        };
        Error::new(kind, format!("cannot lock in {}", self.folder.display()))
            .with_remedy("keep the database on a local file system that supports file locks")
            .with_source(error)
    }
}
