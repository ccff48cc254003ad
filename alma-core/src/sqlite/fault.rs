//! What SQLite and the file system say, as errors that name the file and the remedy.

use std::{error::Error as _, fmt, io, path::Path, time::Duration};

use rusqlite::ErrorCode;

use crate::{Error, ErrorKind};

impl From<rusqlite::Error> for Error {
    /// Lets `?` carry SQLite's errors out of an operation; the database adds the path and the remedy.
    fn from(error: rusqlite::Error) -> Self {
        let kind = kind(&error);
        let message = match kind {
            ErrorKind::NotFound => "cannot find the row",
            ErrorKind::Conflict => "cannot write: a constraint of the schema refuses it",
            ErrorKind::Corrupt => "cannot read what was stored",
            ErrorKind::InvalidInput => "cannot store a value of this size",
            _ => "cannot run a statement",
        };
        Self::new(kind, message).with_source(error)
    }
}

fn kind(error: &rusqlite::Error) -> ErrorKind {
    use rusqlite::Error as Sqlite;
    match error {
        Sqlite::QueryReturnedNoRows => ErrorKind::NotFound,
        Sqlite::FromSqlConversionFailure(..)
        | Sqlite::IntegralValueOutOfRange(..)
        | Sqlite::InvalidColumnType(..)
        | Sqlite::Utf8Error(..) => ErrorKind::Corrupt,
        other => match other.sqlite_error_code() {
            Some(ErrorCode::ConstraintViolation) => ErrorKind::Conflict,
            Some(ErrorCode::DiskFull | ErrorCode::OutOfMemory) => ErrorKind::Overloaded,
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => ErrorKind::Corrupt,
            Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => {
                ErrorKind::Denied
            }
            Some(
                ErrorCode::DatabaseBusy
                | ErrorCode::DatabaseLocked
                | ErrorCode::SystemIoFailure
                | ErrorCode::FileLockingProtocolFailed,
            ) => ErrorKind::Unavailable,
            Some(ErrorCode::TooBig) => ErrorKind::InvalidInput,
            _ => ErrorKind::Internal,
        },
    }
}

/// `error` with the file's name and what to do, where the cause lies in the file and not in the statement.
pub(super) fn locate(error: Error, path: &Path) -> Error {
    let code = error
        .source()
        .and_then(|source| source.downcast_ref::<rusqlite::Error>())
        .and_then(rusqlite::Error::sqlite_error_code);
    let file = path.display();
    let (message, remedy) = match code {
        Some(ErrorCode::DiskFull) => (
            format!("cannot write {file}: the disk is full"),
            "free some space there; nothing stored before is lost",
        ),
        Some(ErrorCode::DatabaseCorrupt) => (
            format!("cannot read {file}: the file is damaged"),
            "keep a copy of the file, then restore the last backup",
        ),
        Some(ErrorCode::NotADatabase) => (
            format!("cannot read {file}: it is no database"),
            "choose another path, or restore the last backup",
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => (
            format!("cannot open {file} for writing"),
            "choose a path in a folder that you may write to",
        ),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => (
            format!("cannot write {file}: another program holds its lock"),
            "close that program, or try again",
        ),
        Some(ErrorCode::SystemIoFailure) => (
            format!("cannot reach {file}: the disk answers with an error"),
            "check the disk and its free space, then try again",
        ),
        _ => return error,
    };
    let retry = error.kind().is_transient();
    let located = Error::new(error.kind(), message)
        .with_remedy(remedy)
        .with_source(error);
    if retry {
        located.with_retry_after(Duration::from_secs(1))
    } else {
        located
    }
}

/// A file system's error about `path`.
pub(super) fn io(error: io::Error, verb: &str, path: &Path) -> Error {
    let file = path.display();
    let (kind, remedy) = match error.kind() {
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => (
            ErrorKind::Denied,
            "choose a path in a folder that you may write to",
        ),
        io::ErrorKind::NotFound
        | io::ErrorKind::NotADirectory
        | io::ErrorKind::IsADirectory
        | io::ErrorKind::InvalidFilename => (ErrorKind::InvalidInput, "check the path"),
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded | io::ErrorKind::FileTooLarge => {
            (
                ErrorKind::Overloaded,
                "free some space there; nothing stored before is lost",
            )
        }
        io::ErrorKind::AlreadyExists => (ErrorKind::Conflict, "choose another path"),
        _ => (ErrorKind::Unavailable, "check the disk, then try again"),
    };
    Error::new(kind, format!("cannot {verb} {file}"))
        .with_remedy(remedy)
        .with_source(error)
}

/// An operation that panicked: a defect in the backend, told to its caller alone.
pub(super) fn panicked(panic: &(dyn std::any::Any + Send)) -> Error {
    let said = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    Error::new(
        ErrorKind::Internal,
        format!("cannot finish an operation on the database: it panicked: {said}"),
    )
}

/// A full queue.
pub(super) fn overloaded(what: impl fmt::Display, limit: usize) -> Error {
    Error::new(
        ErrorKind::Overloaded,
        format!("cannot queue another {what}: {limit} are waiting"),
    )
    .with_remedy("slow down and try again")
    .with_retry_after(Duration::from_millis(100))
}

/// The serving thread is gone.
pub(super) fn stopped() -> Error {
    Error::new(
        ErrorKind::Unavailable,
        "cannot reach the database: its thread has stopped",
    )
    .with_remedy("open the database again")
}
