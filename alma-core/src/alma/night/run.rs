//! Running a night: one process at a time, from where the last one stopped.

use super::{
    NightOrder, NightReport, NightStep, StepReport,
    stream::{ENDED, STEP, STREAM, UNDONE},
};
use crate::{Error, ErrorKind, LedgerExt, RecordId, Result, Version, alma::Handle};

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
                NightStep::Consolidate => self.consolidate_all(order).await?,
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

    /// Takes back what a night added to memory; its report stays, marked as undone.
    ///
    /// # Errors
    /// `NotFound` when the scope had no such night; `Conflict` when it has not ended, or a later one builds on it.
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
        if let Some(id) = report
            .step(NightStep::Consolidate)
            .and_then(|step| step.consolidation)
        {
            match self.memory()?.undo(&self.scope, id).await {
                // Undone before a crash could be written down.
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                done => done?,
            }
        }
        self.note(&format!("{STREAM}{key}"), UNDONE, &(), Vec::new())
            .await?;
        Ok(())
    }
}
