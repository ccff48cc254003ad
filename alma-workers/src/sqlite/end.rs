//! The one place where a job ends: its state, its outcome and the counters, in the caller's transaction.

use alma_core::{ErrorKind, Fault, Result};
use rusqlite::Connection;

use super::{
    row::{Stored, signed},
    schema::CANCELLED,
    scope,
    time::Moment,
};

/// The longest fault that is kept, in bytes of its message; what is longer is cut.
const LONGEST: usize = 16 * 1024;

/// What a job ended with, written out.
#[derive(Debug)]
pub(super) enum Ending<'a> {
    /// Its result.
    Result(&'a str),
    /// What it failed of.
    Fault(&'a str),
}

pub(super) fn end(
    tx: &Connection,
    job: &Stored,
    state: i64,
    ending: &Ending<'_>,
    now: Moment,
) -> Result<()> {
    let place = scope::take(tx, job.scope_number(), 1, -1)?;
    let (result, fault) = match ending {
        Ending::Result(text) => (Some(*text), None),
        Ending::Fault(text) => (None, Some(*text)),
    };
    tx.prepare_cached(
        "INSERT INTO job_outcomes (place, number, family, token, attempts, result, fault, finished, previous)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
    )?
    .execute((
        place,
        job.number,
        &job.family,
        signed(job.token),
        job.attempts,
        result,
        fault,
        now.wall,
        job.outcome,
    ))?;
    tx.prepare_cached(
        "UPDATE jobs SET state = ?2, ended = ?3, outcome = ?4, fault = coalesce(?5, fault) WHERE number = ?1",
    )?
    .execute((job.number, state, now.wall, place, fault))?;
    Ok(())
}

/// Ends a job by its owner's will.
pub(super) fn cancel(tx: &Connection, job: &Stored, now: Moment) -> Result<()> {
    let fault = Fault::new(
        ErrorKind::Cancelled,
        format!("cannot finish job '{}': it was cancelled", job.key),
    );
    end(tx, job, CANCELLED, &Ending::Fault(&written(fault)), now)
}

/// A fault as it is stored, within bounds.
pub(super) fn written(mut fault: Fault) -> String {
    cut(&mut fault.message, LONGEST);
    if let Some(remedy) = &mut fault.remedy {
        cut(remedy, LONGEST);
    }
    fault.chain.truncate(16);
    for cause in &mut fault.chain {
        cut(cause, LONGEST / 16);
    }
    // Plain strings and numbers always have a JSON form.
    serde_json::to_string(&fault).unwrap_or_default()
}

fn cut(text: &mut String, most: usize) {
    if text.len() > most {
        text.truncate(text.floor_char_boundary(most));
        text.push('…');
    }
}
