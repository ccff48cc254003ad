//! What scopes remember and write down.

use alma_core::{
    Case, Consolidate, ConsolidationId, Draft, Erasure, ErasureId, MissionId, Mode, NewEvent,
    Observation, PageRequest, Query, RecordId, RecordQuery, Selection, StreamId, Version,
};
use serde_json::json;

use super::walk::{LEDGER, MEMORY, Step, Walk};

impl Walk<'_> {
    pub(super) async fn memory(&mut self, mine: usize, other: usize) -> Step {
        let memory = &self.parts.memory;
        let scope = self.shadows[mine].scope.clone();
        let foreign = self.draws.pick(&self.shadows[other].records).copied();
        let (known, unknown) = (
            foreign.unwrap_or(RecordId::from_bytes([1; 16])),
            RecordId::from_bytes(self.bytes()),
        );
        let ids = |id| RecordQuery::ids(vec![id]);
        let first = PageRequest::first(50);
        match self.draws.below(300) {
            0..130 => {
                let text = self.text(mine);
                let mut observation = if self.draws.below(8) == 0 {
                    let id = MissionId::from_bytes([self.draws.below(20) as u8; 16]);
                    let case = Case::new(id, text, Draft::default(), true);
                    case.to_observation(Vec::new()).unwrap()
                } else {
                    Observation::text(text)
                        .with_source(format!("source-{}", self.draws.below(3)))
                        .with_position(self.draws.below(12) as u64)
                };
                if self.draws.below(6) == 0 {
                    observation.derived_from = vec![known];
                }
                let made = memory.remember(&scope, vec![observation]).await;
                self.shadows[mine].records.extend(made.unwrap_or_default());
                Ok(())
            }
            130..210 => {
                let text = format!("{} {}", self.text(other), self.text(mine));
                let query = Query::text(text).with_k(1 + self.draws.below(10));
                let hits = memory.recall(&scope, &query).await.map(|found| found.hits);
                self.look(MEMORY, mine, &hits)
            }
            210..240 => {
                let query = RecordQuery::source(format!("source-{}", self.draws.below(3)));
                let page = memory.records(&scope, &query, &first).await;
                self.look(MEMORY, mine, &page)
            }
            240..270 if mine != other => {
                let foreign = memory.records(&scope, &ids(known), &first).await;
                let nobodys = memory.records(&scope, &ids(unknown), &first).await;
                self.alike(
                    MEMORY,
                    mine,
                    (foreign, known.to_string()),
                    (nobodys, unknown.to_string()),
                )
            }
            270..290 if mine != other && !self.shadows[mine].erased.contains(&known) => {
                let forget = async |id, mode| memory.forget(&scope, &Selection::id(id), mode).await;
                let mode = *self
                    .draws
                    .pick(&[Mode::DryRun, Mode::Erase, Mode::Distrust])
                    .unwrap();
                let theirs = self.shadows[other].scope.clone();
                let before = memory.records(&theirs, &ids(known), &first).await;
                let foreign = forget(known, mode).await;
                let nobodys = forget(unknown, mode).await;
                let after = memory.records(&theirs, &ids(known), &first).await;
                if format!("{before:?}") != format!("{after:?}") {
                    return Err(format!("memory: {scope} changed a record of {theirs}"));
                }
                self.alike(
                    MEMORY,
                    mine,
                    (foreign, known.to_string()),
                    (nobodys, unknown.to_string()),
                )
            }
            290..294 if mine != other => {
                let run = self.draws.pick(&self.shadows[other].runs).copied();
                let Some(run) = run else { return Ok(()) };
                let unknown = ConsolidationId::from_bytes(self.bytes());
                let foreign = memory.undo(&scope, run).await;
                let nobodys = memory.undo(&scope, unknown).await;
                self.alike(
                    MEMORY,
                    mine,
                    (foreign, run.to_string()),
                    (nobodys, unknown.to_string()),
                )
            }
            294 => {
                let own = self.draws.pick(&self.shadows[mine].records).copied();
                let Some(own) = own else { return Ok(()) };
                let receipt = memory
                    .forget(&scope, &Selection::id(own), Mode::Erase)
                    .await;
                self.look(MEMORY, mine, &receipt)
            }
            295 => {
                let order = Consolidate::new(format!("night-{}", self.shadows[mine].runs.len()));
                let made = memory.consolidate(&scope, &order.with_min_topic(3)).await;
                self.shadows[mine]
                    .runs
                    .extend(made.iter().map(|made| made.id));
                self.look(MEMORY, mine, &made)
            }
            _ => Ok(()),
        }
    }

    pub(super) async fn ledger(&mut self, mine: usize, other: usize) -> Step {
        let ledger = &self.parts.ledger;
        let scope = self.shadows[mine].scope.clone();
        let name = match self.draws.below(2) {
            0 => format!("common/{}", self.draws.below(10)),
            _ => format!("{}/{}", self.shadows[mine].mark, self.draws.below(10)),
        };
        let stream = StreamId::new(name).unwrap();
        match self.draws.below(20) {
            0..9 => {
                let at = self.shadows[mine].streams.get(&stream).copied();
                let made_of = self.draws.pick(&self.shadows[mine].records).copied();
                let event = NewEvent::new("said", json!({"text": self.text(mine)}))
                    .with_sources(made_of.into_iter().collect());
                let at = at.unwrap_or_default();
                let version = ledger.append(&scope, &stream, at, vec![event]).await;
                if let Ok(version) = version {
                    self.shadows[mine].streams.insert(stream, version);
                }
                Ok(())
            }
            9..14 => {
                let events = ledger.read(&scope, &stream, Version(0), 20).await;
                self.look(LEDGER, mine, &events)
            }
            14..16 => {
                let page = PageRequest::first(50);
                let streams = ledger.streams(&scope, "", &page).await;
                self.look(LEDGER, mine, &streams)
            }
            16..18 if mine != other => {
                let foreign = StreamId::new(format!("{}/1", self.shadows[other].mark)).unwrap();
                let unknown = StreamId::new("nobody/1").unwrap();
                let theirs = ledger.read(&scope, &foreign, Version(0), 20).await;
                let nobodys = ledger.read(&scope, &unknown, Version(0), 20).await;
                self.alike(
                    LEDGER,
                    mine,
                    (theirs, foreign.to_string()),
                    (nobodys, unknown.to_string()),
                )
            }
            18 if mine != other => {
                let foreign = self.draws.pick(&self.shadows[other].records).copied();
                let Some(foreign) = foreign else {
                    return Ok(());
                };
                let unknown = RecordId::from_bytes(self.bytes());
                let erase = async |id: RecordId| {
                    let what = Erasure::new(ErasureId::of_parts(&[id.as_bytes()]), vec![id]);
                    ledger.erase(&scope, &what.with_more_following()).await
                };
                self.shadows[mine].erased.insert(foreign);
                let theirs = erase(foreign).await;
                let nobodys = erase(unknown).await;
                self.alike(
                    LEDGER,
                    mine,
                    (theirs, foreign.to_string()),
                    (nobodys, unknown.to_string()),
                )
            }
            _ => Ok(()),
        }
    }
}
