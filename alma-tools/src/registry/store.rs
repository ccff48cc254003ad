//! Reading and writing the registry's rows.

use alma_core::{
    Digest, Error, ErrorKind, ForgeOutcome, ForgeReport, RecordId, Result, Schema, Scope,
    Timestamp, Tool, ToolInfo, ToolName, ToolState, sqlite::WriteTx,
};
use rusqlite::{Connection, OptionalExtension};

use crate::lang::Program;

/// A built tool as it is stored.
#[derive(Clone, Debug)]
pub(super) struct Stored {
    pub(super) tool: Tool,
    pub(super) program: Option<Program>,
}

const COLUMNS: &str = "tools.id, tools.digest, tools.info, tools.origin, tools.admitted, tools.program, \
     EXISTS (SELECT 1 FROM tools_retired AS r WHERE r.scope = tools.scope AND r.digest = tools.digest)";

type Row = (i64, Digest, String, String, Timestamp, Option<String>, bool);

/// Every built tool of a scope.
pub(super) fn all(db: &Connection, scope: &Scope) -> Result<Vec<Stored>> {
    let sql = format!("SELECT {COLUMNS} FROM tools WHERE scope = ?1 ORDER BY name, digest");
    let mut select = db.prepare_cached(&sql)?;
    let rows = select
        .query_map([scope], read)?
        .collect::<Result<Vec<Row>, _>>()?;
    rows.into_iter().map(|row| stored(db, row)).collect()
}

/// One built tool.
pub(super) fn one(db: &Connection, scope: &Scope, digest: &Digest) -> Result<Option<Stored>> {
    let sql = format!("SELECT {COLUMNS} FROM tools WHERE scope = ?1 AND digest = ?2");
    let row = db
        .prepare_cached(&sql)?
        .query_row((scope, digest), read)
        .optional()?;
    row.map(|row| stored(db, row)).transpose()
}

fn read(row: &rusqlite::Row<'_>) -> rusqlite::Result<Row> {
    Ok((
        row.get(0)?,
        row.get(1)?,
        row.get(2)?,
        row.get(3)?,
        row.get(4)?,
        row.get(5)?,
        row.get(6)?,
    ))
}

fn stored(db: &Connection, row: Row) -> Result<Stored> {
    let (id, digest, info, origin, admitted, program, retired) = row;
    let info: ToolInfo =
        serde_json::from_str(&info).map_err(|error| corrupt(&digest).with_source(error))?;
    let program = program.map(|text| text.parse::<Program>()).transpose();
    // A row that was changed behind the gate's back is shown, and runs no more.
    let drifted = info.digest != digest
        || info.computed_digest() != digest
        || match &program {
            Ok(Some(program)) => Digest::of(program.to_string().as_bytes()) != info.code,
            Ok(None) => false,
            Err(_) => true,
        };
    let program = program.unwrap_or_default();
    let state = if retired {
        ToolState::Retired
    } else if drifted || program.is_none() {
        ToolState::Quarantined
    } else {
        ToolState::Active
    };
    let sources = db
        .prepare_cached("SELECT record FROM tool_sources WHERE tool = ?1 ORDER BY record")?
        .query_map([id], |row| row.get(0))?
        .collect::<Result<Vec<RecordId>, _>>()?;
    Ok(Stored {
        tool: Tool::new(info, state, admitted, sources, origin),
        program,
    })
}

fn corrupt(digest: &Digest) -> Error {
    Error::new(
        ErrorKind::Corrupt,
        format!("cannot read tool {}", digest.short()),
    )
    .with_remedy("restore the home from a backup")
}

/// The report that a built tool was admitted with; none when it was erased.
pub(super) fn report(
    db: &Connection,
    scope: &Scope,
    digest: &Digest,
) -> Result<Option<ForgeReport>> {
    let text: Option<Option<String>> = db
        .prepare_cached("SELECT report FROM tools WHERE scope = ?1 AND digest = ?2")?
        .query_row((scope, digest), |row| row.get(0))
        .optional()?;
    let parsed = text
        .flatten()
        .map(|text| serde_json::from_str(&text))
        .transpose();
    parsed.map_err(|error| corrupt(digest).with_source(error))
}

/// The digests that were taken out of use, natives included.
pub(super) fn retired(db: &Connection, scope: &Scope) -> Result<Vec<Digest>> {
    let mut select = db.prepare_cached("SELECT digest FROM tools_retired WHERE scope = ?1")?;
    Ok(select
        .query_map([scope], |row| row.get(0))?
        .collect::<Result<_, _>>()?)
}

/// Keeps an admitted tool; one that is there already gets the further sources.
pub(super) fn admit(
    tx: &WriteTx<'_>,
    scope: &Scope,
    tool: &Tool,
    program: &Program,
    report: &ForgeReport,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO tools (scope, digest, name, info, origin, admitted, program, report)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT (scope, digest) DO NOTHING",
    )?
    .execute((
        scope,
        tool.info.digest,
        tool.info.name.as_str(),
        json(&tool.info)?,
        &tool.origin,
        tool.admitted,
        program.to_string(),
        json(report)?,
    ))?;
    let id: i64 = tx
        .prepare_cached("SELECT id FROM tools WHERE scope = ?1 AND digest = ?2")?
        .query_row((scope, tool.info.digest), |row| row.get(0))?;
    let mut insert =
        tx.prepare_cached("INSERT OR IGNORE INTO tool_sources (record, tool) VALUES (?1, ?2)")?;
    for source in &tool.sources {
        insert.execute((source, id))?;
    }
    Ok(())
}

/// Keeps what was tried for an order that made no tool.
pub(super) fn refuse(
    tx: &WriteTx<'_>,
    scope: &Scope,
    name: &str,
    outcome: &ForgeOutcome,
    sources: &[RecordId],
    now: Timestamp,
) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO tool_refusals (scope, name, recorded, outcome) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute((scope, name, now, json(outcome)?))?;
    let id = tx.last_insert_rowid();
    let mut insert = tx.prepare_cached(
        "INSERT OR IGNORE INTO tool_refusal_sources (record, refusal) VALUES (?1, ?2)",
    )?;
    for source in sources {
        insert.execute((source, id))?;
    }
    Ok(())
}

/// What was tried for orders of this name, newest first.
pub(super) fn refusals(db: &Connection, scope: &Scope, name: &str) -> Result<Vec<ForgeOutcome>> {
    let mut select = db.prepare_cached(
        "SELECT outcome FROM tool_refusals WHERE scope = ?1 AND name = ?2 ORDER BY id DESC LIMIT 100",
    )?;
    let rows = select
        .query_map((scope, name), |row| row.get(0))?
        .collect::<Result<Vec<String>, _>>()?;
    let read = |text: &String| {
        serde_json::from_str(text).map_err(|error| {
            Error::new(
                ErrorKind::Corrupt,
                format!("cannot read what was tried for '{name}'"),
            )
            .with_remedy("restore the home from a backup")
            .with_source(error)
        })
    };
    rows.iter().map(read).collect()
}

/// Takes a tool out of use.
pub(super) fn retire(tx: &WriteTx<'_>, scope: &Scope, digest: &Digest) -> Result<()> {
    tx.prepare_cached("INSERT OR IGNORE INTO tools_retired (scope, digest) VALUES (?1, ?2)")?
        .execute((scope, digest))?;
    Ok(())
}

/// Retires and blanks every tool made of these records, and drops what was tried with them.
pub(super) fn erase(tx: &WriteTx<'_>, scope: &Scope, records: &[RecordId]) -> Result<u64> {
    let mut removed = 0;
    for record in records {
        let tools: Vec<(i64, Digest, String)> = tx
            .prepare_cached(
                "SELECT tools.id, digest, info FROM tool_sources JOIN tools ON tools.id = tool
                 WHERE record = ?1 AND scope = ?2 AND program IS NOT NULL",
            )?
            .query_map((record, scope), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?))
            })?
            .collect::<Result<_, _>>()?;
        for (id, digest, info) in tools {
            retire(tx, scope, &digest)?;
            // Its name, its description and the names of its inputs come from the order, and may say what was
            // forgotten; the digest tells nothing of them.
            let mut blank: ToolInfo =
                serde_json::from_str(&info).map_err(|error| corrupt(&digest).with_source(error))?;
            blank.name = ToolName::new(format!("forgotten-{}", digest.short()))?;
            blank.description.clear();
            blank.input = Schema::any();
            blank.output = Schema::any();
            tx.prepare_cached(
                "UPDATE tools SET program = NULL, report = NULL, name = ?3, info = ?2 WHERE id = ?1",
            )?
            .execute((id, json(&blank)?, blank.name.as_str()))?;
            removed += 1;
        }
        let refusals: Vec<i64> = tx
            .prepare_cached(
                "SELECT tool_refusals.id FROM tool_refusal_sources
                 JOIN tool_refusals ON tool_refusals.id = refusal WHERE record = ?1 AND scope = ?2",
            )?
            .query_map((record, scope), |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        for id in refusals {
            tx.prepare_cached("DELETE FROM tool_refusal_sources WHERE refusal = ?1")?
                .execute([id])?;
            removed += tx
                .prepare_cached("DELETE FROM tool_refusals WHERE id = ?1")?
                .execute([id])? as u64;
        }
    }
    Ok(removed)
}

fn json<T: serde::Serialize>(value: &T) -> Result<String> {
    serde_json::to_string(value).map_err(|error| {
        Error::new(ErrorKind::Internal, "cannot write a tool as JSON").with_source(error)
    })
}
