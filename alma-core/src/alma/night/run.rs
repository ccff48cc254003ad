//! Running a night: one process at a time, from where the last one stopped.

use serde::{Deserialize, Serialize};

use super::{NightOrder, NightReport, NightStep, StepReport, TopicNote};
use crate::{
    Consolidate, Error, ErrorKind, Event, LedgerExt, RecordId, Result, StreamId, Timestamp,
    Version, alma::Handle,
};

const STREAM: &str = "night/";
const CLAIMED: &str = "claimed";
const STEP: &str = "step";
const ENDED: &str = "ended";
const UNDONE: &str = "undone";

#[derive(Serialize, Deserialize)]
struct Claimed {
    holder: String,
    until: Timestamp,
}

/// A night's stream as it stands.
struct Night {
    version: Version,
    claim: Option<Claimed>,
    report: NightReport,
    done: Vec<NightStep>,
}

/// What a step leaves behind: its report and the records that it speaks of.
pub(super) type Done = (StepReport, Vec<RecordId>);

impl Handle {
    /// Works through a night: observe, consolidate, reflect, upgrade, feed back.
    ///
    /// Each step is written down once it is done; after a crash the next call goes on with the
    /// step that was not. A night that was worked through answers with its report.
    ///
    /// # Errors
    /// `Conflict` while another process works on it (its lease says until when), `Missing`
    /// without a ledger, `InvalidInput` for a key that names no stream, and those of the parts.
    ///
    /// # Cancel safety
    /// A dropped call leaves a night that goes on when its lease has ended.
    pub async fn night(&self, order: &NightOrder) -> Result<NightReport> {
        let holder = format!("{:032x}", self.parts.ids.next());
        loop {
            let night = self.load_night(&order.key).await?;
            let next = NightStep::ALL
                .into_iter()
                .find(|step| !night.done.contains(step));
            let (Some(step), false) = (next, night.report.complete) else {
                if !night.report.complete {
                    self.write_night(&order.key, night.version, ENDED, &(), Vec::new())
                        .await?;
                }
                return Ok(self.load_night(&order.key).await?.report);
            };
            let version = self.claim_night(order, &night, &holder).await?;
            let (report, sources) = match step {
                NightStep::Observe => self.look(&order.key).await?,
                NightStep::Consolidate => self.consolidate_all(order).await?,
                NightStep::Reflect => self.reflect(&order.key).await?,
                NightStep::Upgrade => self.upgrade(order).await?,
                NightStep::FeedBack => self.feed_back(&order.key).await?,
            };
            tracing::info!(night = %order.key, step = ?step, input = report.tally.input,
                output = report.tally.output, skipped = report.tally.skipped, "night step");
            self.write_night(&order.key, version, STEP, &report, sources)
                .await?;
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
    /// `NotFound` when the scope had no such night; `Conflict` when a later one builds on it.
    pub async fn undo_night(&self, key: &str) -> Result<()> {
        let report = self.night_report(key).await?;
        if report.undone {
            return Ok(());
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

    /// When the last complete night before this one ended; nothing when there was none.
    pub(super) async fn last_night(&self, key: &str) -> Result<Option<Timestamp>> {
        let mut last = None;
        for info in self.ledger()?.all_streams(&self.scope, STREAM).await? {
            if &info.id.as_str()[STREAM.len()..] != key {
                last = last.max(Some(info.updated));
            }
        }
        Ok(last)
    }

    async fn load_night(&self, key: &str) -> Result<Night> {
        let id = StreamId::new(format!("{STREAM}{key}"))?;
        let report = NightReport {
            key: key.to_owned(),
            steps: Vec::new(),
            complete: false,
            undone: false,
        };
        let mut night = Night {
            version: Version::default(),
            claim: None,
            report,
            done: Vec::new(),
        };
        for (place, event) in self
            .ledger()?
            .read_all(&self.scope, &id)
            .await?
            .into_iter()
            .enumerate()
        {
            night.version = event.version;
            match event.kind.as_str() {
                CLAIMED => night.claim = Some(read(&event, place)?),
                // A step whose records were forgotten was still done; its place tells which it was.
                STEP if event.erased => {
                    night
                        .done
                        .extend(NightStep::ALL.get(night.done.len()).copied());
                }
                STEP => {
                    let step: StepReport = read(&event, place)?;
                    night.done.push(step.step);
                    night.report.steps.push(step);
                }
                ENDED => night.report.complete = true,
                UNDONE => night.report.undone = true,
                _ => {}
            }
        }
        Ok(night)
    }

    async fn claim_night(
        &self,
        order: &NightOrder,
        night: &Night,
        holder: &str,
    ) -> Result<Version> {
        let now = self.parts.clock.now();
        if let Some(claim) = &night.claim
            && claim.holder != holder
            && claim.until > now
        {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!(
                    "cannot work on night '{}': another process does until {}",
                    order.key, claim.until
                ),
            )
            .with_remedy("wait for it, or for its lease to end")
            .with_retry_after(claim.until.since(now)));
        }
        let claim = Claimed {
            holder: holder.to_owned(),
            until: now.plus(order.lease),
        };
        self.write_night(&order.key, night.version, CLAIMED, &claim, Vec::new())
            .await
    }

    async fn write_night<T: Serialize>(
        &self,
        key: &str,
        at: Version,
        kind: &str,
        body: &T,
        sources: Vec<RecordId>,
    ) -> Result<Version> {
        self.note_at(&format!("{STREAM}{key}"), at, kind, body, sources)
            .await
    }

    /// Step one: what came in since the last night.
    async fn look(&self, key: &str) -> Result<Done> {
        let mut report = StepReport::new(NightStep::Observe);
        let since = self.last_night(key).await?;
        if self.parts.memory.is_some() && self.parts.executor.is_some() {
            report.tally = self.observe_outcomes().await?;
        }
        for receipt in self.complete_forgetting().await? {
            report.tally.input += 1;
            if receipt.is_erased() {
                report.tally.output += 1;
            } else {
                report.skip(format!("erasure {} is still pending", receipt.id));
            }
        }
        for prefix in [
            "mission/",
            super::super::need::STREAM,
            super::super::feedback::STREAM,
        ] {
            let streams = self.ledger()?.all_streams(&self.scope, prefix).await?;
            report.tally.input += streams
                .iter()
                .filter(|info| since.is_none_or(|since| info.updated > since))
                .count() as u64;
        }
        Ok((report, Vec::new()))
    }

    /// Step two: topics and summaries.
    async fn consolidate_all(&self, order: &NightOrder) -> Result<Done> {
        let mut report = StepReport::new(NightStep::Consolidate);
        if self.parts.memory.is_none() {
            report.skip("there is no memory");
            return Ok((report, Vec::new()));
        }
        let consolidate =
            Consolidate::new(format!("{STREAM}{}", order.key)).with_min_topic(order.min_topic);
        let made = self
            .memory()?
            .consolidate(&self.scope, &consolidate)
            .await?;
        report.tally = made.tally;
        if made.tally.skipped > 0 {
            report
                .skipped
                .push(format!("{} records belong to no topic", made.tally.skipped));
        }
        report.consolidation = Some(made.id);
        let sources = made.topics.iter().map(|topic| topic.summary).collect();
        report.topics = made
            .topics
            .into_iter()
            .map(|topic| TopicNote {
                topic: topic.id,
                label: topic.label,
                size: topic.members.len() as u64,
                change: topic.change,
            })
            .collect();
        Ok((report, sources))
    }
}

fn read<T: serde::de::DeserializeOwned>(event: &Event, place: usize) -> Result<T> {
    serde_json::from_value(event.body.clone()).map_err(|error| {
        Error::new(
            ErrorKind::Corrupt,
            format!("cannot read event {place} of a night"),
        )
        .with_source(error)
    })
}
