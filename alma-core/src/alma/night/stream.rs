//! A night's stream in the ledger: who works on it, what is done, and which span of time it is about.

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{GateNote, NightOrder, NightReport, NightStep, StepReport, upgrade::Searched};
use crate::{
    ConsolidationId, Cursor, Error, ErrorKind, Event, LedgerExt, RecordId, Result, StreamId,
    Timestamp, Version, alma::Handle,
};

pub(super) const STREAM: &str = "night/";
const CLAIMED: &str = "claimed";
pub(super) const OBSERVING: &str = "observing";
pub(super) const STEP: &str = "step";
pub(super) const SEARCHED: &str = "searched";
pub(super) const JUDGED: &str = "judged";
pub(super) const ENDED: &str = "ended";
pub(super) const CONSOLIDATED: &str = "consolidated";
pub(super) const UNDOING: &str = "undoing";
pub(super) const KEPT: &str = "kept";
pub(super) const UNDONE: &str = "undone";

#[derive(Serialize, Deserialize)]
struct Claimed {
    holder: String,
    until: Timestamp,
}

/// A night's stream as it stands.
pub(super) struct Night {
    pub(super) version: Version,
    pub(super) report: NightReport,
    pub(super) done: Vec<NightStep>,
    /// From where step one takes in what jobs gave.
    pub(super) observing: Option<Cursor>,
    /// The consolidation of step two, which is known even if what it made is forgotten.
    pub(super) consolidated: Option<ConsolidationId>,
    /// Whether memory may have taken that back already.
    pub(super) undoing: bool,
    /// What step four has searched and judged so far.
    pub(super) searched: Vec<Searched>,
    pub(super) judged: Vec<GateNote>,
    began: Option<Timestamp>,
    claim: Option<Claimed>,
}

/// The time that a night thinks over: after the last complete one began, until it began itself.
///
/// It does not move while the night works, so that a night that was cut off goes on with what it
/// started with, and what comes in meanwhile is left to the next.
pub(super) struct Span {
    after: Option<Timestamp>,
    until: Timestamp,
}

impl Span {
    /// Whether something that happened then is of this night.
    pub(super) fn holds(&self, time: Timestamp) -> bool {
        self.began_before(time) && time <= self.until
    }

    /// Whether something that was touched then last may hold what is of this night.
    pub(super) fn began_before(&self, last: Timestamp) -> bool {
        self.after.is_none_or(|after| last > after)
    }
}

impl Handle {
    pub(super) async fn load_night(&self, key: &str) -> Result<Night> {
        let id = StreamId::new(format!("{STREAM}{key}"))?;
        let mut night = Night {
            version: Version::default(),
            report: NightReport {
                key: key.to_owned(),
                steps: Vec::new(),
                complete: false,
                undone: false,
            },
            done: Vec::new(),
            observing: None,
            consolidated: None,
            undoing: false,
            searched: Vec::new(),
            judged: Vec::new(),
            began: None,
            claim: None,
        };
        for event in self.ledger()?.read_all(&self.scope, &id).await? {
            night.version = event.version;
            night.began = night.began.or(Some(event.recorded));
            match event.kind.as_str() {
                CLAIMED => night.claim = Some(read(event)?),
                // A step whose records were forgotten was still done; its place tells which it was.
                STEP if event.erased => {
                    night
                        .done
                        .extend(NightStep::ALL.get(night.done.len()).copied());
                }
                STEP => {
                    let step: StepReport = read(event)?;
                    night.done.push(step.step);
                    night.consolidated = night.consolidated.or(step.consolidation);
                    night.report.steps.push(step);
                }
                OBSERVING => night.observing = Some(read(event)?),
                CONSOLIDATED => night.consolidated = Some(read(event)?),
                UNDOING => night.undoing = true,
                KEPT => night.undoing = false,
                SEARCHED => night.searched.push(read(event)?),
                JUDGED => night.judged.push(read(event)?),
                ENDED => night.report.complete = true,
                UNDONE => night.report.undone = true,
                _ => {}
            }
        }
        Ok(night)
    }

    /// Claims the next step, as long as nobody else holds the night.
    pub(super) async fn claim_night(
        &self,
        order: &NightOrder,
        night: &mut Night,
        holder: &str,
    ) -> Result<()> {
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
        self.write_night(night, CLAIMED, &claim, Vec::new()).await
    }

    /// Writes down what was done, unless somebody else took the night over.
    pub(super) async fn write_night<T: Serialize>(
        &self,
        night: &mut Night,
        kind: &str,
        body: &T,
        sources: Vec<RecordId>,
    ) -> Result<()> {
        let key = &night.report.key;
        let written = self
            .note_at(
                &format!("{STREAM}{key}"),
                night.version,
                kind,
                body,
                sources,
            )
            .await;
        night.version = written.map_err(|error| match error.kind() {
            ErrorKind::Conflict => Error::new(
                ErrorKind::Conflict,
                format!("cannot go on with night '{key}': another process took it over"),
            )
            .with_remedy("let it finish, and ask for the report then")
            .with_source(error),
            _ => error,
        })?;
        Ok(())
    }

    /// The span of time that a night is about; one that was claimed just now reaches until now.
    pub(super) async fn span(&self, night: &Night) -> Result<Span> {
        let mut others = self.ledger()?.all_streams(&self.scope, STREAM).await?;
        others.retain(|info| info.id.as_str()[STREAM.len()..] != night.report.key);
        others.sort_by_key(|info| std::cmp::Reverse(info.updated));
        let mut after = None;
        for info in others {
            // A night ends after it began: no other one can have begun later.
            if after.is_some_and(|after| info.updated < after) {
                break;
            }
            let other = self.load_night(&info.id.as_str()[STREAM.len()..]).await?;
            if other.report.complete {
                after = after.max(other.began);
            }
        }
        let until = match night.began {
            None => self.load_night(&night.report.key).await?.began,
            began => began,
        };
        Ok(Span {
            after,
            until: until.unwrap_or_else(|| self.parts.clock.now()),
        })
    }
}

fn read<T: DeserializeOwned>(event: Event) -> Result<T> {
    let place = event.version.0;
    serde_json::from_value(event.body).map_err(|error| {
        Error::new(
            ErrorKind::Corrupt,
            format!("cannot read event {place} of a night"),
        )
        .with_source(error)
    })
}
