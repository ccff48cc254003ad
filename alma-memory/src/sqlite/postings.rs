//! Postings in their table: appended in blocks, read by term, rewritten when records go.

use std::collections::{BTreeMap, HashSet};

use alma_core::{Error, ErrorKind, Result};
use rusqlite::{Connection, OptionalExtension};

use crate::index::{Posting, decode, encode};

/// Postings in one block; more begin a new one.
const BLOCK: usize = 128;

/// Postings per term, sorted by number.
pub(super) type Additions = BTreeMap<String, Vec<Posting>>;

/// Appends postings whose numbers are higher than all that the scope has.
pub(super) fn append(connection: &Connection, scope: i64, additions: &Additions) -> Result<()> {
    let mut last_block = connection.prepare_cached(
        "SELECT first, last, count, body FROM memory_posting
         WHERE scope = ?1 AND term = ?2 ORDER BY first DESC LIMIT 1",
    )?;
    for (term, postings) in additions {
        let open: Option<(i64, i64, u32, Vec<u8>)> = last_block
            .query_row((scope, term), |row| {
                Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?))
            })
            .optional()?;
        let mut rest = postings.as_slice();
        if let Some((first, last, count, mut body)) = open
            && (count as usize) < BLOCK
        {
            let count = count as usize;
            let (fit, more) = rest.split_at(rest.len().min(BLOCK - count));
            encode(last, fit, &mut body);
            let last = fit.last().map_or(last, |posting| posting.number);
            put(
                connection,
                scope,
                term,
                (first, last, count + fit.len(), &body),
            )?;
            rest = more;
        }
        put_blocks(connection, scope, term, rest)?;
    }
    Ok(())
}

/// The postings of `term` in a scope, sorted by number.
pub(super) fn read(connection: &Connection, scope: i64, term: &str) -> Result<Vec<Posting>> {
    let mut blocks = connection.prepare_cached(
        "SELECT first, body FROM memory_posting WHERE scope = ?1 AND term = ?2 ORDER BY first",
    )?;
    let mut rows = blocks.query((scope, term))?;
    let mut postings = Vec::new();
    while let Some(row) = rows.next()? {
        let body = row.get_ref(1)?.as_blob().map_err(rusqlite::Error::from)?;
        decode(row.get(0)?, body, |posting| postings.push(posting)).ok_or_else(broken)?;
    }
    Ok(postings)
}

/// Takes `numbers` out of every block of a scope.
///
/// All blocks are read, and not only those of terms that the records' texts have now: what
/// an earlier version split differently must go too.
pub(super) fn remove(connection: &Connection, scope: i64, numbers: &HashSet<i64>) -> Result<()> {
    let mut touched: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    {
        let mut blocks = connection
            .prepare_cached("SELECT term, first, body FROM memory_posting WHERE scope = ?1")?;
        let mut rows = blocks.query([scope])?;
        while let Some(row) = rows.next()? {
            let first: i64 = row.get(1)?;
            let body = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
            let mut hit = false;
            decode(first, body, |posting| {
                hit |= numbers.contains(&posting.number)
            })
            .ok_or_else(broken)?;
            if hit {
                touched.entry(row.get(0)?).or_default().push(first);
            }
        }
    }
    for (term, firsts) in touched {
        for first in firsts {
            let body: Vec<u8> = connection
                .prepare_cached(
                    "DELETE FROM memory_posting WHERE scope = ?1 AND term = ?2 AND first = ?3
                     RETURNING body",
                )?
                .query_row((scope, &term, first), |row| row.get(0))?;
            let mut kept = Vec::new();
            decode(first, &body, |posting| {
                if !numbers.contains(&posting.number) {
                    kept.push(posting);
                }
            })
            .ok_or_else(broken)?;
            put_blocks(connection, scope, &term, &kept)?;
        }
    }
    Ok(())
}

fn put_blocks(connection: &Connection, scope: i64, term: &str, postings: &[Posting]) -> Result<()> {
    for block in postings.chunks(BLOCK) {
        let (Some(first), Some(last)) = (block.first(), block.last()) else {
            continue;
        };
        let mut body = Vec::new();
        encode(first.number, block, &mut body);
        put(
            connection,
            scope,
            term,
            (first.number, last.number, block.len(), &body),
        )?;
    }
    Ok(())
}

fn put(
    connection: &Connection,
    scope: i64,
    term: &str,
    (first, last, count, body): (i64, i64, usize, &[u8]),
) -> Result<()> {
    connection
        .prepare_cached(
            "INSERT OR REPLACE INTO memory_posting (scope, term, first, last, count, body)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((scope, term, first, last, count as i64, body))?;
    Ok(())
}

fn broken() -> Error {
    Error::new(ErrorKind::Corrupt, "cannot read a block of postings")
        .with_remedy("restore the last backup")
}
