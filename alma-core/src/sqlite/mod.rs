//! One SQLite file for everything: durable, shared by processes, erasable.
//!
//! All backends of a home live in one [`Database`]. What holds:
//!
//! - **Acknowledged is durable**: [`write`](Database::write) answers after the commit is synced; `kill -9` takes nothing of it.
//! - **One writer a process**: operations queue (bounded; full is `Overloaded`), and whatever is queued shares one
//!   commit, each operation in its own savepoint. An error or a panic in one undoes that one alone.
//! - **Fair between processes**: writers take turns by lock files; no process starves, none hears "database is locked".
//! - **Readers never wait**: [`read`](Database::read) sees one snapshot, on a thread of its own; no runtime is needed.
//! - **Schemas by component**: [`migrate`](Database::migrate); a newer program's tables are refused, never changed.
//! - **Forgotten stays forgotten**: [`erase`](Database::erase) leaves tombstones, in the file and beside it, and no bytes.
//!   [`tombstones::check`] refuses what is made of something forgotten.
//!
//! Beside `alma.db` stand SQLite's `-wal` and `-shm`, the folder `alma.db.locks`, and `alma.db.forgotten`
//! (the ids of what was forgotten, once more). Keep them together; copy with [`backup_to`](Database::backup_to) and
//! put back with [`restore`](Database::restore).
//!
//! Ids, digests, scopes and timestamps go in and out of statements as they are, and `?` turns `rusqlite::Error`
//! into [`Error`].
//!
//! # Examples
//! A backend keeps a handle, migrates its tables when it opens, and takes `scope` in every statement:
//!
//! ```
//! use alma_core::{Erased, Erasure, RecordId, Result, Scope, sqlite::{Database, tombstones}};
//!
//! struct Notes(Database);
//!
//! impl Notes {
//!     async fn open(database: Database) -> Result<Self> {
//!         // One entry a released version; only ever append.
//!         database.migrate("notes", &["
//!             CREATE TABLE notes (
//!                 id INTEGER PRIMARY KEY, scope TEXT NOT NULL, record BLOB NOT NULL, text TEXT NOT NULL,
//!                 UNIQUE (scope, record)
//!             ) STRICT;
//!         "]).await?;
//!         Ok(Self(database))
//!     }
//!
//!     async fn add(&self, scope: &Scope, record: RecordId, text: &str) -> Result<()> {
//!         let (scope, text) = (scope.clone(), text.to_owned());
//!         self.0.write(move |tx| {
//!             tombstones::check(tx, &scope, &[record])?;
//!             tx.prepare_cached("INSERT INTO notes (scope, record, text) VALUES (?1, ?2, ?3)")?
//!                 .execute((&scope, record, &text))?;
//!             Ok(())
//!         }).await
//!     }
//!
//!     async fn count(&self, scope: &Scope) -> Result<u64> {
//!         let scope = scope.clone();
//!         self.0.read(move |db| {
//!             let count: i64 = db
//!                 .prepare_cached("SELECT count(*) FROM notes WHERE scope = ?1")?
//!                 .query_row([&scope], |row| row.get(0))?;
//!             Ok(count.unsigned_abs())
//!         }).await
//!     }
//!
//!     async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
//!         let (of, records) = (scope.clone(), what.records.clone());
//!         self.0.erase("notes", scope, what, move |tx| {
//!             let mut delete = tx.prepare_cached("DELETE FROM notes WHERE scope = ?1 AND record = ?2")?;
//!             let mut removed = 0;
//!             for record in records {
//!                 removed += delete.execute((&of, record))? as u64;
//!             }
//!             Ok(removed)
//!         }).await
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<()> {
//! let notes = Notes::open(Database::in_memory()?).await?;
//! let (ana, record) = (Scope::new("home/ana")?, RecordId::of_parts(&[b"a"]));
//! notes.add(&ana, record, "likes tea").await?;
//! assert_eq!(notes.count(&ana).await?, 1);
//! notes.erase(&ana, &Erasure::new(alma_core::ErasureId::of_parts(&[b"e"]), vec![record])).await?;
//! assert_eq!(notes.count(&ana).await?, 0);
//! assert!(notes.add(&ana, record, "likes tea").await.is_err());
//! # Ok(()) }
//! ```

mod backup;
mod changes;
mod connection;
mod database;
mod fault;
mod faults;
mod locks;
mod migrate;
mod mirror;
mod queue;
mod readers;
mod reply;
mod settle;
mod state;
pub mod tombstones;
mod values;
mod writer;

use std::{
    ffi::OsString,
    path::{Path, PathBuf},
    thread::{self, JoinHandle},
};

pub use changes::Changes;
pub use database::{Database, Options};
#[cfg(feature = "testkit")]
pub use faults::FaultPlan;
pub use migrate::ComponentVersion;
pub use mirror::Tombstone;
pub use writer::WriteTx;

use crate::{Error, Result};

/// `path` with `end` behind its name.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    name.into()
}

/// The one name of a database, so that all processes find the same lock files.
fn canonical(path: &Path) -> Result<PathBuf> {
    if let Ok(found) = path.canonicalize() {
        return Ok(found);
    }
    let name = path.file_name().ok_or_else(|| {
        Error::invalid(format!(
            "cannot open {}: the path names no file",
            path.display()
        ))
    })?;
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let folder = folder
        .canonicalize()
        .map_err(|error| fault::io(error, "open the folder", folder))?;
    Ok(folder.join(name))
}

/// Waits for threads to end; false when one of them is the one that asks.
fn join(threads: impl IntoIterator<Item = JoinHandle<()>>) -> bool {
    let mut all = true;
    for thread in threads {
        if thread.thread().id() == thread::current().id() {
            all = false;
        } else {
            // A panic of the thread has been answered to every caller already.
            let _ = thread.join();
        }
    }
    all
}

/// Makes the name of a new file durable.
fn sync_folder(path: &Path) -> Result<()> {
    #[cfg(unix)]
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(|error| fault::io(error, "sync", folder))?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}
