//! Connections: one way to open them, so that each keeps the same promises.

use std::{path::Path, time::Duration};

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::fault;
use crate::{Error, ErrorKind, Result};

/// `Alma` in ASCII, in the header of each file that is ours.
const APPLICATION: i32 = 0x416c_6d61;

/// How long a statement waits for the lock of a program that takes no turns.
const PATIENCE: Duration = Duration::from_secs(10);

/// Statements kept compiled per connection.
const STATEMENTS: usize = 128;

/// The connection that writes; makes the file if there is none, for its owner alone.
pub(super) fn writer(path: &Path) -> Result<Connection> {
    create(path)?;
    let connection = Connection::open_with_flags(path, flags())
        .map_err(|error| fault::locate(error.into(), path))?;
    prepare_file(&connection, path).map_err(|error| fault::locate(error, path))?;
    Ok(connection)
}

/// The connection of a database that lives in memory.
pub(super) fn memory() -> Result<Connection> {
    let connection = Connection::open_in_memory()?;
    settings(&connection)?;
    Ok(connection)
}

/// A connection that reads only.
pub(super) fn reader(path: &Path) -> Result<Connection> {
    let connection = plain(path)?;
    connection
        .pragma_update(None, "query_only", true)
        .map_err(|error| fault::locate(error.into(), path))?;
    Ok(connection)
}

/// A connection for work on the whole file.
pub(super) fn plain(path: &Path) -> Result<Connection> {
    let open = || -> Result<Connection> {
        let connection = Connection::open_with_flags(path, flags())?;
        settings(&connection)?;
        Ok(connection)
    };
    open().map_err(|error| fault::locate(error, path))
}

fn flags() -> OpenFlags {
    // Without CREATE: a file that vanished must not come back empty. Without URI: a path is a path.
    OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX
}

fn create(path: &Path) -> Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.create(true).truncate(false).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
        .open(path)
        .map(drop)
        .map_err(|error| fault::io(error, "open", path))
}

fn prepare_file(connection: &Connection, path: &Path) -> Result<()> {
    settings(connection)?;
    own(connection, path)?;
    let mode: String =
        connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0))?;
    if mode != "wal" {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("cannot keep a write-ahead log beside {}", path.display()),
        )
        .with_remedy("keep the database on a local file system"));
    }
    Ok(())
}

/// Marks a new file as ours, and refuses the database of another program.
fn own(connection: &Connection, path: &Path) -> Result<()> {
    let objects: i64 =
        connection.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    if objects == 0 && application(connection)? == 0 {
        connection.pragma_update(None, "application_id", APPLICATION)?;
    }
    known(connection, path)
}

/// Refuses what is no database of Alma's.
pub(super) fn known(connection: &Connection, path: &Path) -> Result<()> {
    if application(connection)? == APPLICATION {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Incompatible,
        format!(
            "cannot use {}: it is the database of another program",
            path.display()
        ),
    )
    .with_remedy("choose another path"))
}

fn application(connection: &Connection) -> Result<i32> {
    Ok(connection.pragma_query_value(None, "application_id", |row| row.get(0))?)
}

fn settings(connection: &Connection) -> Result<()> {
    connection.busy_timeout(PATIENCE)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    // Otherwise many a cached statement is compiled anew for each value that is bound to it. Plans follow from the
    // query alone.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    // Durable before it is acknowledged; freed bytes are overwritten; nothing remembered goes to temporary files.
    connection.execute_batch(
        "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY;
         PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cache_size = -8192;",
    )?;
    Ok(())
}

/// How long the checkpoint of a settling waits for readers.
pub(super) fn with_patience<T>(
    connection: &Connection,
    patience: Duration,
    work: impl FnOnce() -> Result<T>,
) -> Result<T> {
    connection.busy_timeout(patience)?;
    let result = work();
    connection.busy_timeout(PATIENCE)?;
    result
}
