//! Schemas: each component counts its own versions.

use rusqlite::{Connection, OptionalExtension};

use crate::{Digest, Error, ErrorKind, Result};

/// The component that holds what all others share.
pub(super) const DATABASE: &str = "database";

/// Its steps. Released steps never change; what is new is appended.
pub(super) const STEPS: &[&str] = &["
    CREATE TABLE alma_state (
        key TEXT PRIMARY KEY,
        value ANY NOT NULL
    ) STRICT, WITHOUT ROWID;
    CREATE TABLE alma_tombstones (
        scope TEXT NOT NULL,
        record BLOB NOT NULL,
        erasure BLOB NOT NULL,
        finished INTEGER NOT NULL,
        PRIMARY KEY (scope, record)
    ) STRICT, WITHOUT ROWID;
    CREATE INDEX alma_tombstones_unfinished
        ON alma_tombstones (scope, erasure) WHERE finished = 0;
"];

const TABLE: &str = "
    CREATE TABLE IF NOT EXISTS alma_schema (
        component TEXT PRIMARY KEY,
        version INTEGER NOT NULL,
        digest BLOB NOT NULL,
        program TEXT NOT NULL
    ) STRICT, WITHOUT ROWID;
";

/// The version of one component's tables in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ComponentVersion {
    /// The component's name, as given to [`migrate`](super::Database::migrate).
    pub component: String,
    /// How many steps were applied.
    pub version: u32,
    /// The version of `alma-core` that applied the last one.
    pub program: String,
}

fn stored(connection: &Connection, component: &str) -> Result<Option<(u32, Digest, String)>> {
    let table = "SELECT 1 FROM sqlite_schema WHERE name = 'alma_schema'";
    if !connection.prepare_cached(table)?.exists([])? {
        return Ok(None);
    }
    Ok(connection
        .prepare_cached("SELECT version, digest, program FROM alma_schema WHERE component = ?1")?
        .query_row([component], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?))
        })
        .optional()?)
}

fn digest(steps: &[&str]) -> Digest {
    let parts: Vec<&[u8]> = steps.iter().map(|step| step.as_bytes()).collect();
    Digest::of_parts(&parts)
}

/// Which of `steps` are still to be applied.
pub(super) fn missing(connection: &Connection, component: &str, steps: &[&str]) -> Result<usize> {
    let Some((version, applied, program)) = stored(connection, component)? else {
        return Ok(steps.len());
    };
    let known = version as usize;
    if known > steps.len() {
        return Err(Error::new(
            ErrorKind::Incompatible,
            format!(
                "cannot use the tables of '{component}': they have version {version}, this program knows {}",
                steps.len()
            ),
        )
        .with_remedy(format!(
            "use alma {program} or newer, or restore a backup that this version made"
        )));
    }
    if digest(&steps[..known]) != applied {
        return Err(Error::new(
            ErrorKind::Incompatible,
            format!(
                "cannot use the tables of '{component}': another program made version {version} of them"
            ),
        )
        .with_remedy(format!("use the program that made them, alma {program}, or another path")));
    }
    Ok(steps.len() - known)
}

/// Applies what is missing, inside the caller's transaction.
pub(super) fn apply(connection: &Connection, component: &str, steps: &[&str]) -> Result<()> {
    let missing = missing(connection, component, steps)?;
    if missing == 0 {
        return Ok(());
    }
    let from = steps.len() - missing;
    for (index, step) in steps.iter().enumerate().skip(from) {
        connection.execute_batch(step).map_err(|error| {
            Error::new(
                ErrorKind::Internal,
                format!(
                    "cannot apply step {} of the tables of '{component}'",
                    index + 1
                ),
            )
            .with_source(error)
        })?;
    }
    connection.execute_batch(TABLE)?;
    let version = u32::try_from(steps.len())
        .map_err(|_| Error::invalid(format!("cannot count the steps of '{component}'")))?;
    connection.execute(
        "INSERT INTO alma_schema (component, version, digest, program) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (component) DO UPDATE
         SET version = excluded.version, digest = excluded.digest, program = excluded.program",
        (component, version, digest(steps), env!("CARGO_PKG_VERSION")),
    )?;
    tracing::info!(component, from, to = version, "schema migrated");
    Ok(())
}

/// All components and their versions.
pub(super) fn versions(connection: &Connection) -> Result<Vec<ComponentVersion>> {
    let mut statement = connection
        .prepare_cached("SELECT component, version, program FROM alma_schema ORDER BY component")?;
    let rows = statement.query_map([], |row| {
        Ok(ComponentVersion {
            component: row.get(0)?,
            version: row.get(1)?,
            program: row.get(2)?,
        })
    })?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}
