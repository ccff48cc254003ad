//! Running a night: one process at a time, from where the last one stopped.

use super::{
    NightOrder, NightReport, NightStep, StepReport,
    stream::{ENDED, KEPT, STEP, STREAM, UNDOING, UNDONE},
};
use crate::{
    ConsolidationId, Error, ErrorKind, LedgerExt, RecordId, Result, Version, alma::Handle,
};

/// What a step leaves behind: its report and the records that it speaks of.
pub(super) type Done = (StepReport, Vec<RecordId>);

impl Handle {
    /// Works through a night: observe, consolidate, reflect, upgrade, feed back.
    ///
    /// It is about what happened since the last complete night began, until this one did. Each
    /// step is written down once it is done; after a crash the next call goes on with the step
    /// that was not, and ends with the report that it would have had.
    ///
    /// # Errors
    /// `Conflict` while another process works on it (its lease says until when), `Missing`
    /// without a ledger, `InvalidInput` for a key that names no stream, and those of the parts.
    ///
    /// # Cancel safety
    /// A dropped call leaves a night that goes on when its lease has ended.
    pub async fn night(&self, order: &NightOrder) -> Result<NightReport> {
        let holder = match &order.holder {
            Some(name) => name.clone(),
            None => format!("{:032x}", self.parts.ids.next()),
        };
        loop {
            let mut night = self.load_night(&order.key).await?;
            if night.report.complete {
                return Ok(night.report);
            }
            self.claim_night(order, &mut night, &holder).await?;
            let next = NightStep::ALL
                .into_iter()
                .find(|step| !night.done.contains(step));
            let Some(step) = next else {
                self.write_night(&mut night, ENDED, &(), Vec::new()).await?;
                continue;
            };
            let span = self.span(&night).await?;
            let (report, sources) = match step {
                NightStep::Observe => self.look(&mut night, &span).await?,
                NightStep::Consolidate => self.consolidate_all(order, &mut night).await?,
                NightStep::Reflect => self.reflect(&span).await?,
                NightStep::Upgrade => self.upgrade(order, &mut night).await?,
                NightStep::FeedBack => self.feed_back(&span).await?,
            };
            tracing::info!(night = %order.key, step = ?step, input = report.tally.input,
                output = report.tally.output, skipped = report.tally.skipped, "night step");
            self.write_night(&mut night, STEP, &report, sources).await?;
        }
    }

    /// The report of a night.
    ///
    /// # Errors
    /// `NotFound` when the scope had no such night.
    pub async fn night_report(&self, key: &str) -> Result<NightReport> {
        let night = self.load_night(key).await?;
        if night.version == Version::default() {
            return Err(Error::new(
                ErrorKind::NotFound,
                format!("cannot find a night '{key}'"),
            ));
        }
        Ok(night.report)
    }

    /// The keys of the nights there were, in the order of their text.
    ///
    /// # Errors
    /// `Missing` without a ledger.
    pub async fn nights(&self) -> Result<Vec<String>> {
        let streams = self.ledger()?.all_streams(&self.scope, STREAM).await?;
        Ok(streams
            .into_iter()
            .map(|info| info.id.as_str()[STREAM.len()..].to_owned())
            .collect())
    }

    /// Takes back the topics and summaries that a night made; its report stays, marked as undone.
    ///
    /// Nothing else is taken back: the cases and the results of jobs that it kept are what happened, and are
    /// [forgotten](Self::forget) by `mission/ID` and `job/ID`; a setting that was approved is taken back by
    /// [`rollback`](Self::rollback).
    ///
    /// # Errors
    /// `NotFound` when the scope had no such night; `Conflict` when it has not ended, or a later one builds on it;
    /// `Gone` when memory no longer knows what the night made.
    pub async fn undo_night(&self, key: &str) -> Result<()> {
        let report = self.night_report(key).await?;
        if report.undone {
            return Ok(());
        }
        if !report.complete {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("cannot take night '{key}' back: it has not ended"),
            )
            .with_remedy("run it to its end first"));
        }
        let night = self.load_night(key).await?;
        match night.consolidated {
            Some(id) => self.take_back(key, id, night.undoing).await?,
            None if report.step(NightStep::Consolidate).is_none() => return Err(unknown(key)),
            None => {}
        }
        self.note(&format!("{STREAM}{key}"), UNDONE, &(), Vec::new())
            .await?;
        Ok(())
    }

    /// Takes a consolidation back. That memory does not know it means success only when a call before this one,
    /// which broke off, may have had it.
    async fn take_back(&self, key: &str, id: ConsolidationId, again: bool) -> Result<()> {
        let stream = format!("{STREAM}{key}");
        if !again {
            self.note(&stream, UNDOING, &(), Vec::new()).await?;
        }
        match self.memory()?.undo(&self.scope, id).await {
            Err(error) if error.kind() == ErrorKind::NotFound && again => Ok(()),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::Conflict) => {
                self.note(&stream, KEPT, &(), Vec::new()).await?;
                Err(match error.kind() {
                    ErrorKind::NotFound => unknown(key).with_source(error),
                    _ => error,
                })
            }
            done => done,
        }
    }
}

fn unknown(key: &str) -> Error {
    Error::new(
        ErrorKind::Gone,
        format!("cannot take night '{key}' back: memory no longer knows what it made"),
    )
    .with_remedy("its summaries stay; forget those that should not")
}
