//! Listing records, page by page, in the order of storing.

use alma_core::{
    Cursor, Error, Page, PageRequest, Record, RecordId, RecordQuery, Result, Scope, Timestamp,
};
use rusqlite::{Connection, OptionalExtension, ToSql};

use super::schema::{RECORD, kind_code, record, scope_number};

/// A place in the list: after the record stored then, with that id.
type Place = (Timestamp, RecordId);

pub(super) fn records(
    connection: &Connection,
    scope: &Scope,
    query: &RecordQuery,
    page: &PageRequest,
) -> Result<Page<Record>> {
    let after = place(&page.after)?;
    let Some(number) = scope_number(connection, scope)? else {
        return Ok(Page::new(Vec::new(), page.after.clone(), false));
    };
    let limit = page.limit.clamp(1, PageRequest::MAX);
    let mut items = if query.ids.is_empty() {
        scan(connection, scope, number, query, after, limit + 1)?
    } else {
        by_ids(connection, scope, number, query, after, limit + 1)?
    };
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items.last().map_or_else(
        || page.after.clone(),
        |last| Cursor::new(format!("{}:{}", last.recorded.as_millis(), last.id)),
    );
    Ok(Page::new(items, next, more))
}

/// The scopes that hold records, in the order of their text.
pub(super) fn scopes(connection: &Connection, page: &PageRequest) -> Result<Page<Scope>> {
    let limit = page.limit.clamp(1, PageRequest::MAX);
    let mut statement = connection.prepare_cached(
        "SELECT path FROM memory_scope s
         WHERE path > ?1 AND EXISTS (SELECT 1 FROM memory_record WHERE scope = s.id)
         ORDER BY path LIMIT ?2",
    )?;
    let rows = statement.query_map((page.after.as_str(), limit as i64 + 1), |row| row.get(0))?;
    let mut items: Vec<Scope> = rows.collect::<rusqlite::Result<_>>()?;
    let more = items.len() > limit;
    items.truncate(limit);
    let next = items
        .last()
        .map_or_else(|| page.after.clone(), |last| Cursor::new(last.as_str()));
    Ok(Page::new(items, next, more))
}

fn place(cursor: &Cursor) -> Result<Option<Place>> {
    if cursor.is_start() {
        return Ok(None);
    }
    let read = || {
        let (recorded, id) = cursor.as_str().split_once(':')?;
        Some((
            Timestamp::from_millis(recorded.parse().ok()?),
            id.parse().ok()?,
        ))
    };
    read().map(Some).ok_or_else(|| {
        Error::invalid("cannot go on from this cursor: it is none of this list")
            .with_remedy("start at the beginning, or use the `next` of a page")
    })
}

fn scan(
    connection: &Connection,
    scope: &Scope,
    number: i64,
    query: &RecordQuery,
    after: Option<Place>,
    limit: usize,
) -> Result<Vec<Record>> {
    let mut sql = format!("{RECORD} WHERE r.scope = ?");
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(number)];
    if let Some((recorded, id)) = after {
        sql.push_str(" AND (r.recorded, r.id) > (?, ?)");
        values.push(Box::new(recorded));
        values.push(Box::new(id));
    }
    let mut filter = |condition: &str, value: Box<dyn ToSql>| {
        sql.push_str(" AND ");
        sql.push_str(condition);
        values.push(value);
    };
    if let Some(name) = &query.source {
        let Some(source) = source(connection, number, name)? else {
            return Ok(Vec::new());
        };
        filter("r.source IS ?", Box::new(source));
    }
    if let Some(from) = query.time.from {
        filter("r.occurred >= ?", Box::new(from));
    }
    if let Some(until) = query.time.until {
        filter("r.occurred < ?", Box::new(until));
    }
    if !query.kinds.is_empty() {
        let codes: Vec<i64> = query
            .kinds
            .iter()
            .map(|&kind| kind_code(kind))
            .collect::<Result<_>>()?;
        let mask: i64 = codes.iter().fold(0, |mask, code| mask | 1 << code);
        filter("(1 << r.kind) & ? != 0", Box::new(mask));
    }
    if !query.superseded {
        sql.push_str(" AND r.superseded IS NULL");
    }
    sql.push_str(" ORDER BY r.recorded, r.id LIMIT ?");
    values.push(Box::new(limit as i64));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(rusqlite::params_from_iter(values))?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(record(scope, row)?);
    }
    Ok(found)
}

/// The number of a source; `Some(None)` for records without one, `None` when there is no such source.
#[expect(
    clippy::option_option,
    reason = "no source and an unknown one are two things"
)]
pub(super) fn source(
    connection: &Connection,
    scope: i64,
    name: &str,
) -> Result<Option<Option<i64>>> {
    if name.is_empty() {
        return Ok(Some(None));
    }
    let number: Option<i64> = connection
        .prepare_cached("SELECT id FROM memory_source WHERE scope = ?1 AND name = ?2")?
        .query_row((scope, name), |row| row.get(0))
        .optional()?;
    Ok(number.map(Some))
}

fn by_ids(
    connection: &Connection,
    scope: &Scope,
    number: i64,
    query: &RecordQuery,
    after: Option<Place>,
    limit: usize,
) -> Result<Vec<Record>> {
    let mut ids = query.ids.clone();
    ids.sort_unstable();
    ids.dedup();
    let sql = format!("{RECORD} WHERE r.scope = ?1 AND r.id = ?2");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut found = Vec::new();
    for id in ids {
        let mut rows = statement.query((number, id))?;
        if let Some(row) = rows.next()? {
            let record = record(scope, row)?;
            let fits = (query.superseded || record.superseded.is_none())
                && query
                    .source
                    .as_ref()
                    .is_none_or(|source| *source == record.source)
                && (query.kinds.is_empty() || query.kinds.contains(&record.kind))
                && query.time.contains(record.occurred)
                && after.is_none_or(|after| (record.recorded, record.id) > after);
            if fits {
                found.push(record);
            }
        }
    }
    found.sort_unstable_by_key(|record| (record.recorded, record.id));
    found.truncate(limit);
    Ok(found)
}
