//! What an act of forgetting reaches: records by way of memory, and what was told without being remembered.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::{
    Handle,
    need::{self, AskedNeed},
    outcome,
};
use crate::{
    ErasureId, Error, ErrorKind, Event, LedgerExt, MemoryExt, MissionId, Mode, PageRequest, Query,
    Receipt, RecordId, RecordKind, RecordQuery, Result, Selection, StreamId, Version,
};

const MISSIONS: &str = "mission/";
/// Shorter words tell nothing.
const WORD: usize = 3;
/// Records that are read at once.
const BATCH: usize = 500;

impl Handle {
    /// What forgetting `selection` takes, as the receipt of a dry run.
    pub(super) async fn reach(&self, selection: &Selection) -> Result<Receipt> {
        let memory = self.memory()?;
        let mut receipt = memory.forget(&self.scope, selection, Mode::DryRun).await?;
        if self.parts.ledger.is_none() {
            return Ok(receipt);
        }
        let missions = self.bare_missions(selection).await?;
        let mut derived: BTreeSet<RecordId> = receipt.derived.iter().copied().collect();
        let cases = missions.iter().map(|id| format!("{MISSIONS}{id}"));
        let mut made: Vec<Selection> = cases.map(Selection::Source).collect();
        made.push(Selection::Ids(self.results_of(&missions).await?));
        for made in &made {
            let made = memory.forget(&self.scope, made, Mode::DryRun).await?;
            derived.extend(made.records());
        }
        let mut told: BTreeSet<RecordId> = missions.iter().map(|id| id.stand_in()).collect();
        let questions = self.questions().await?;
        told.extend(
            questions
                .iter()
                .filter(|question| question.is_meant(selection))
                .map(|question| question.id),
        );
        if !told.is_empty() {
            let mut parts: Vec<&[u8]> = vec![receipt.id.as_bytes()];
            parts.extend(told.iter().map(|id| id.as_bytes().as_slice()));
            receipt.id = ErasureId::of_parts(&parts);
        }
        let mut selected: BTreeSet<RecordId> = receipt.selected.iter().copied().collect();
        selected.extend(told);
        let records = selected.union(&derived).copied().collect();
        derived.extend(self.speaking_of(&questions, &records).await?);
        receipt.derived = derived.difference(&selected).copied().collect();
        receipt.selected = selected.into_iter().collect();
        Ok(receipt)
    }

    /// The missions that were made of no record and are selected: by their time, or by their own ids.
    async fn bare_missions(&self, selection: &Selection) -> Result<Vec<MissionId>> {
        let ledger = self.ledger()?;
        let candidates: Vec<MissionId> = match selection {
            Selection::Ids(ids) => ids
                .iter()
                .map(|id| MissionId::from_bytes(*id.as_bytes()))
                .collect(),
            Selection::Time(_) | Selection::All => {
                let streams = ledger.all_streams(&self.scope, MISSIONS).await?;
                streams
                    .iter()
                    .filter_map(|info| info.id.as_str()[MISSIONS.len()..].parse().ok())
                    .collect()
            }
            Selection::Source(_) => Vec::new(),
        };
        let mut found = Vec::new();
        for id in candidates {
            let stream = StreamId::new(format!("{MISSIONS}{id}"))?;
            let events = ledger.read(&self.scope, &stream, Version(0), 1).await?;
            let own = events.first().filter(|event| {
                event.sources == [id.stand_in()] && is_meant(selection, event, id.stand_in())
            });
            found.extend(own.map(|_| id));
        }
        Ok(found)
    }

    /// The results of the jobs of these missions, which outlive the log of outcomes.
    async fn results_of(&self, missions: &[MissionId]) -> Result<Vec<RecordId>> {
        let groups: HashSet<String> = missions
            .iter()
            .map(|id| format!("{MISSIONS}{id}"))
            .collect();
        let mut found = Vec::new();
        if groups.is_empty() {
            return Ok(found);
        }
        let memory = self.memory()?;
        let mut query = RecordQuery::kinds(vec![RecordKind::Event]);
        query.superseded = true;
        let mut request = PageRequest::first(PageRequest::MAX);
        loop {
            let page = memory.records(&self.scope, &query, &request).await?;
            let own = page.items.iter().filter(|record| {
                let group = record.metadata.get(outcome::GROUP);
                let group = group.and_then(serde_json::Value::as_str);
                group.is_some_and(|group| groups.contains(group))
            });
            found.extend(own.map(|record| record.id));
            if !page.more {
                return Ok(found);
            }
            request.after = page.next;
        }
    }

    /// The questions that were asked in vain of memory alone; those that were forgotten, too.
    async fn questions(&self) -> Result<Vec<Question>> {
        let stream = StreamId::new(need::STREAM)?;
        let events = self.ledger()?.read_all(&self.scope, &stream).await?;
        let mut questions = Vec::new();
        for event in events.into_iter().filter(|event| event.kind == need::ASKED) {
            let Some(id) = event.sources.first().copied() else {
                continue;
            };
            let text = if event.erased {
                String::new()
            } else {
                let need: AskedNeed =
                    serde_json::from_value(event.body.clone()).map_err(|error| {
                        Error::new(ErrorKind::Corrupt, "cannot read a question asked in vain")
                            .with_source(error)
                    })?;
                need.text
            };
            questions.push(Question { id, text, event });
        }
        Ok(questions)
    }

    /// The questions with a word of what is forgotten that nothing else in the scope says.
    async fn speaking_of(
        &self,
        questions: &[Question],
        records: &HashSet<RecordId>,
    ) -> Result<Vec<RecordId>> {
        let open: Vec<&Question> = questions
            .iter()
            .filter(|question| !question.event.erased && !records.contains(&question.id))
            .collect();
        if open.is_empty() {
            return Ok(Vec::new());
        }
        let memory = self.memory()?;
        let mut forgotten: BTreeSet<String> = BTreeSet::new();
        let ids: Vec<RecordId> = records.iter().copied().collect();
        for batch in ids.chunks(BATCH) {
            let mut query = RecordQuery::ids(batch.to_vec());
            query.superseded = true;
            for record in memory.all_records(&self.scope, &query).await? {
                forgotten.extend(words(&record.text));
            }
        }
        let mut stays: BTreeMap<String, bool> = BTreeMap::new();
        let mut found = Vec::new();
        for question in open {
            for word in words(&question.text).filter(|word| forgotten.contains(word)) {
                let known = match stays.get(&word) {
                    Some(known) => *known,
                    None => {
                        let k = (records.len() + 1).min(Query::MAX_K);
                        let query = Query::text(&word).with_k(k);
                        let hits = memory.recall(&self.scope, &query).await?.hits;
                        let said = hits.iter().any(|hit| {
                            !records.contains(&hit.record.id)
                                && words(&hit.record.text).any(|one| one == word)
                        });
                        stays.insert(word, said);
                        said
                    }
                };
                if !known {
                    found.push(question.id);
                    break;
                }
            }
        }
        Ok(found)
    }
}

/// A question that was asked in vain.
struct Question {
    id: RecordId,
    text: String,
    event: Event,
}

impl Question {
    fn is_meant(&self, selection: &Selection) -> bool {
        is_meant(selection, &self.event, self.id)
    }
}

/// Whether the selection means what `event` told under `id`.
fn is_meant(selection: &Selection, event: &Event, id: RecordId) -> bool {
    match selection {
        // Also when it was forgotten before, so that its receipt can be completed.
        Selection::Ids(ids) => ids.contains(&id),
        Selection::Time(range) => !event.erased && range.contains(event.recorded),
        Selection::All => !event.erased,
        Selection::Source(_) => false,
    }
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(|c: char| !c.is_alphanumeric() && c != '_')
        .filter(|word| word.chars().count() >= WORD)
        .map(str::to_lowercase)
}
