//! Copies of the file: made while it is in use, and put back while it is not.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use rusqlite::{Connection, OpenFlags};

use super::{
    Database, beside, connection, fault,
    locks::Locks,
    readers::{Pool, needs_file},
    settle, sync_folder,
};
use crate::{Error, ErrorKind, Result};

/// The end of a backup's name while it is put in place.
const PART: &str = ".restoring";

/// Removes what a restore that was killed left beside `path`: it may hold what was forgotten since.
///
/// Only for those that are among the [users](Locks::join) of the file, since no restore is under way then.
pub(super) fn clear(path: &Path) -> Result<()> {
    remove(&beside(path, PART))
}

impl Database {
    /// Writes a copy of the present state to `to`, while everybody goes on reading and writing.
    ///
    /// The copy is compact, holds nothing that was deleted, and appears whole or not at all.
    /// What is forgotten later stays in it; [`restore`](Self::restore) sees to that.
    ///
    /// # Errors
    /// `Conflict` when `to` exists already; `Denied` when it cannot be written; `Overloaded` when the disk is full;
    /// `Unsupported` for a database in memory.
    ///
    /// # Cancel safety
    /// A dropped call may still finish the copy.
    pub async fn backup_to(&self, to: impl Into<PathBuf>) -> Result<()> {
        let to = to.into();
        self.on_reader(move |pool| backup(pool, &to)).await
    }

    /// Puts the backup `from` in the place of the database `path`, which nobody may have open.
    ///
    /// What was forgotten since the backup was made is listed by the restored database as
    /// [unfinished](Self::unfinished_erasures) and refused as a source from the first moment; run those erasures again.
    ///
    /// # Errors
    /// `Conflict` while any process has the database open; `Corrupt` when the backup is damaged, `Incompatible` when it
    /// is no database of Alma's; then `path` keeps what it has.
    pub fn restore(from: impl AsRef<Path>, path: impl AsRef<Path>) -> Result<()> {
        let path = super::canonical(path.as_ref())?;
        let locks = Locks::open(&path)?;
        if !locks.alone()? {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("cannot restore {}: it is in use", path.display()),
            )
            .with_remedy("stop every program that has it open, then try again"));
        }
        let part = beside(&path, PART);
        let restored = bring(from.as_ref(), &part).and_then(|()| replace(&part, &path));
        remove(&part)?;
        restored
    }

    /// Reads the whole file and lists what is wrong with it; empty when all is well.
    ///
    /// # Errors
    /// Those of reading the file.
    pub async fn check(&self) -> Result<Vec<String>> {
        self.read(problems).await
    }
}

fn backup(pool: &Pool, to: &Path) -> Result<()> {
    let path = pool.path().ok_or_else(|| needs_file("back up"))?;
    if to
        .try_exists()
        .map_err(|error| fault::io(error, "read", to))?
    {
        return Err(fault::io(
            io::ErrorKind::AlreadyExists.into(),
            "back up to",
            to,
        ));
    }
    let part = beside(to, ".part");
    let copied = copy_into(path, &part).and_then(|()| {
        File::open(&part)
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&part, to))
            .map_err(|error| fault::io(error, "write", to))?;
        sync_folder(to)
    });
    remove(&part)?;
    copied
}

fn copy_into(path: &Path, part: &Path) -> Result<()> {
    // An earlier attempt that was killed may have left its part.
    remove(part)?;
    let name = part.to_str().ok_or_else(|| {
        Error::invalid(format!("cannot back up to {}", part.display()))
            .with_remedy("choose a path in UTF-8")
    })?;
    connection::plain(path)?
        .execute("VACUUM INTO ?1", [name])
        .map(drop)
        .map_err(|error| fault::locate(error.into(), part))
}

fn bring(from: &Path, part: &Path) -> Result<()> {
    fs::copy(from, part).map_err(|error| fault::io(error, "read", from))?;
    let open = || -> Result<Vec<String>> {
        let connection = Connection::open_with_flags(part, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        connection::known(&connection, from)?;
        problems(&connection)
    };
    let problems = open().map_err(|error| fault::locate(error, from))?;
    if let Some(problem) = problems.first() {
        return Err(Error::new(
            ErrorKind::Corrupt,
            format!("cannot restore {}: {problem}", from.display()),
        )
        .with_remedy("choose another backup"));
    }
    File::open(part)
        .and_then(|file| file.sync_all())
        .map_err(|error| fault::io(error, "write", part))
}

/// The log goes before the file is replaced: the log of one file must never meet another.
fn replace(part: &Path, path: &Path) -> Result<()> {
    if let Ok(connection) = connection::plain(path) {
        // What is damaged beyond this is about to be replaced.
        let _ = settle::empty_log(&connection);
    }
    for end in LOGS {
        gone(&beside(path, end))?;
    }
    fs::rename(part, path).map_err(|error| fault::io(error, "replace", path))?;
    sync_folder(path)
}

/// The files that SQLite keeps beside a database.
const LOGS: [&str; 2] = ["-wal", "-shm"];

/// Removes a file and its logs, as far as they are there.
fn remove(path: &Path) -> Result<()> {
    for end in LOGS {
        gone(&beside(path, end))?;
    }
    gone(path)
}

fn gone(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(fault::io(error, "remove", path))
        }
        _ => Ok(()),
    }
}

fn problems(connection: &Connection) -> Result<Vec<String>> {
    let mut statement = connection.prepare("PRAGMA integrity_check(20)")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    let mut problems: Vec<String> = rows.collect::<rusqlite::Result<_>>()?;
    problems.retain(|line| line != "ok");
    let mut statement = connection.prepare("PRAGMA foreign_key_check")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (table, parent): (String, String) = (row.get(0)?, row.get(2)?);
        problems.push(format!("a row of {table} points to nothing in {parent}"));
    }
    Ok(problems)
}
