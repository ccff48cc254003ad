//! Small facts about the file itself, in the table `alma_state`.

use rusqlite::{Connection, OptionalExtension, ToSql, types::FromSql};

use crate::Result;

pub(super) fn get<T: FromSql>(connection: &Connection, key: &str) -> Result<Option<T>> {
    Ok(connection
        .prepare_cached("SELECT value FROM alma_state WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()?)
}

pub(super) fn set(connection: &Connection, key: &str, value: impl ToSql) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO alma_state (key, value) VALUES (?1, ?2)
             ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        )?
        .execute((key, value))?;
    Ok(())
}
