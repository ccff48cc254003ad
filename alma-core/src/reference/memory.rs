//! The reference memory.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::{Arc, Mutex},
};

use async_trait::async_trait;

use super::{
    lock,
    paging::page,
    topics::{Run, summaries},
    words::{coverage, words},
};
use crate::{
    Clock, Consolidate, Consolidation, ConsolidationId, Erased, ErasureId, Error, ErrorKind,
    Memory, Mode, Observation, Operator, Page, PageRequest, Query, Rank, Recall, Receipt,
    Recollection, Record, RecordId, RecordQuery, Result, Scope, Selection, SystemClock, Timestamp,
    Trust,
};

/// A memory in memory: nothing is kept beyond the process.
///
/// It recalls by shared words and groups records by the word that most of them share.
///
/// # Examples
/// ```
/// use alma_core::{MemoryExt, Memory, Query, Scope, reference::ReferenceMemory};
/// # async fn example() -> alma_core::Result<()> {
/// let (memory, scope) = (ReferenceMemory::default(), Scope::new("home/ana")?);
/// memory.remember_text(&scope, "The spare key hangs behind the clock.").await?;
/// let recall = memory.recall(&scope, &Query::text("where is the spare key?")).await?;
/// assert!(recall.hits[0].record.text.contains("behind the clock"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct ReferenceMemory {
    clock: Arc<dyn Clock>,
    state: Arc<Mutex<BTreeMap<Scope, Shelf>>>,
}

/// What one scope holds.
#[derive(Default)]
pub(super) struct Shelf {
    pub(super) records: BTreeMap<RecordId, Entry>,
    /// What was forgotten, and what it had been derived from: ids alone.
    gone: BTreeMap<RecordId, Vec<RecordId>>,
    pub(super) runs: Vec<Run>,
    /// How many consolidations there ever were; never falls, so that no summary's id comes twice.
    pub(super) counted: u64,
}

pub(super) struct Entry {
    pub(super) record: Record,
    /// Equal keys are versions of one thing.
    pub(super) key: String,
}

impl Entry {
    pub(super) fn new(scope: &Scope, observation: Observation, now: Timestamp) -> Self {
        Self {
            key: observation.key(),
            record: Record::new(scope, observation, now),
        }
    }
}

impl ReferenceMemory {
    /// An empty memory that takes its times from `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self {
            clock,
            state: Arc::default(),
        }
    }
}

impl Default for ReferenceMemory {
    fn default() -> Self {
        Self::new(Arc::new(SystemClock))
    }
}

impl fmt::Debug for ReferenceMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReferenceMemory").finish_non_exhaustive()
    }
}

#[async_trait]
impl Memory for ReferenceMemory {
    async fn remember(
        &self,
        scope: &Scope,
        observations: Vec<Observation>,
    ) -> Result<Vec<RecordId>> {
        for observation in &observations {
            observation.check()?;
        }
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let shelf = state.entry(scope.clone()).or_default();
        for observation in &observations {
            let mut ids = observation.derived_from.clone();
            ids.push(observation.id(scope));
            if let Some(id) = ids.iter().find(|id| shelf.gone.contains_key(id)) {
                return Err(
                    Error::new(ErrorKind::Gone, format!("cannot remember {id} again"))
                        .with_remedy("it was forgotten; leave out what derives from it"),
                );
            }
        }
        Ok(observations
            .into_iter()
            .map(|observation| shelf.store(scope, observation, now))
            .collect())
    }

    async fn recall(&self, scope: &Scope, query: &Query) -> Result<Recall> {
        let mut scopes: Vec<&Scope> = query.reach.iter().chain([scope]).collect();
        scopes.sort_unstable();
        scopes.dedup();
        let state = lock(&self.state);
        let entries = scopes
            .into_iter()
            .filter_map(|scope| state.get(scope))
            .flat_map(|shelf| shelf.records.values());
        let mut found: Vec<&Record> = entries
            .map(|entry| &entry.record)
            .filter(|record| stood(record, query.as_of))
            .filter(|record| query.kinds.is_empty() || query.kinds.contains(&record.kind))
            .filter(|record| query.time.contains(record.occurred))
            .collect();
        found.sort_by_key(|record| (std::cmp::Reverse(record.occurred), record.id));
        let asked = words(&query.text);
        let mut hits: Vec<(f64, &Record)> = if asked.is_empty() {
            // Nothing to compare: the newest is the best answer.
            let newest = |(place, record)| (1.0 / (place as f64 + 1.0), record);
            found.into_iter().enumerate().map(newest).collect()
        } else {
            let score = |record: &Record| coverage(&asked, &words(&record.text));
            found
                .into_iter()
                .map(|record| (score(record), record))
                .collect()
        };
        hits.sort_by(|(a, left), (b, right)| b.total_cmp(a).then(left.id.cmp(&right.id)));
        hits.truncate(query.k.clamp(1, Query::MAX_K));
        let mut left = query.token_budget.map(|tokens| tokens.saturating_mul(4));
        let mut kept = Vec::new();
        for (place, (score, record)) in hits.into_iter().enumerate() {
            if let Some(left) = &mut left {
                if place > 0 && record.text.len() > *left {
                    break;
                }
                *left = left.saturating_sub(record.text.len());
            }
            let rank = Rank::new("lexical", place + 1, score);
            kept.push(Recollection::new(record.clone(), score, vec![rank]));
        }
        let best = kept.first().map_or(0.0, |hit| hit.score);
        Ok(Recall::new(kept, 1.0 - best))
    }

    async fn records(
        &self,
        scope: &Scope,
        query: &RecordQuery,
        request: &PageRequest,
    ) -> Result<Page<Record>> {
        let state = lock(&self.state);
        let entries = state
            .get(scope)
            .into_iter()
            .flat_map(|shelf| shelf.records.values());
        let mut found: Vec<_> = entries
            .map(|entry| &entry.record)
            .filter(|record| query.superseded || record.superseded.is_none())
            .filter(|record| query.ids.is_empty() || query.ids.contains(&record.id))
            .filter(|record| {
                query
                    .source
                    .as_ref()
                    .is_none_or(|one| *one == record.source)
            })
            .filter(|record| query.kinds.is_empty() || query.kinds.contains(&record.kind))
            .filter(|record| query.time.contains(record.occurred))
            .map(|record| (place(record), record.clone()))
            .collect();
        found.sort_unstable_by(|(a, _), (b, _)| a.cmp(b));
        page(found, request, |key| key.len() == 52 && key.is_ascii())
    }

    async fn consolidate(&self, scope: &Scope, order: &Consolidate) -> Result<Consolidation> {
        let now = self.clock.now();
        let mut state = lock(&self.state);
        let shelf = state.entry(scope.clone()).or_default();
        let id = ConsolidationId::of_parts(&[scope.as_str().as_bytes(), order.key.as_bytes()]);
        if let Some(run) = shelf.runs.iter().find(|run| run.made.id == id) {
            let mut made = run.made.clone();
            made.topics
                .retain(|topic| shelf.records.contains_key(&topic.summary));
            return Ok(made);
        }
        shelf.counted += 1;
        Ok(summaries(shelf, scope, id, order, now))
    }

    async fn undo(&self, scope: &Scope, id: ConsolidationId) -> Result<()> {
        let mut state = lock(&self.state);
        let shelf = state.entry(scope.clone()).or_default();
        let place = shelf.runs.iter().position(|run| run.made.id == id);
        let place = place.ok_or_else(|| {
            Error::new(
                ErrorKind::NotFound,
                format!("cannot find consolidation {id}"),
            )
        })?;
        if place + 1 < shelf.runs.len() {
            return Err(Error::new(
                ErrorKind::Conflict,
                format!("cannot undo consolidation {id}: a later one builds on it"),
            )
            .with_remedy("undo the later one first"));
        }
        let run = shelf.runs.remove(place);
        for added in &run.added {
            shelf.records.remove(added);
        }
        for replaced in &run.replaced {
            if let Some(entry) = shelf.records.get_mut(replaced) {
                entry.record.superseded = None;
            }
        }
        Ok(())
    }

    async fn forget(&self, scope: &Scope, selection: &Selection, mode: Mode) -> Result<Receipt> {
        let mut state = lock(&self.state);
        let shelf = state.entry(scope.clone()).or_default();
        let selected = shelf.select(selection);
        let derived = shelf.derived(&selected);
        let mut parts = vec![scope.as_str().as_bytes()];
        parts.extend(
            selected
                .iter()
                .chain(&derived)
                .map(|id| id.as_bytes().as_slice()),
        );
        let id = ErasureId::of_parts(&parts);
        let all: BTreeSet<RecordId> = selected.union(&derived).copied().collect();
        let list = |ids: BTreeSet<RecordId>| ids.into_iter().collect();
        let mut receipt = Receipt::new(id, mode, list(selected), list(derived));
        match mode {
            Mode::DryRun => {}
            Mode::Distrust => {
                for id in &all {
                    if let Some(entry) = shelf.records.get_mut(id) {
                        entry.record.trust = Trust::External;
                    }
                }
            }
            Mode::Erase => receipt
                .components
                .push(Erased::done("memory", shelf.erase(&all))),
        }
        Ok(receipt)
    }

    async fn scopes(&self, _operator: &Operator, request: &PageRequest) -> Result<Page<Scope>> {
        let state = lock(&self.state);
        let held = state
            .iter()
            .filter(|(_, shelf)| !shelf.records.is_empty())
            .map(|(scope, _)| (scope.to_string(), scope.clone()));
        page(held, request, |path| Scope::new(path).is_ok())
    }
}

impl Shelf {
    fn store(&mut self, scope: &Scope, mut observation: Observation, now: Timestamp) -> RecordId {
        if !observation.derived_from.is_empty() {
            // A source that is not here vouches for nothing.
            let trust = |id| {
                self.records
                    .get(id)
                    .map_or(Trust::External, |entry| entry.record.trust)
            };
            let most = Trust::derived(observation.derived_from.iter().map(trust));
            observation.trust = observation.trust.min(most);
        }
        let entry = Entry::new(scope, observation, now);
        let id = entry.record.id;
        if !self.records.contains_key(&id) {
            for old in self.records.values_mut().filter(|old| old.key == entry.key) {
                old.record.superseded.get_or_insert(now);
            }
            self.records.insert(id, entry);
        }
        id
    }

    fn select(&self, selection: &Selection) -> BTreeSet<RecordId> {
        let mut all = self.records.values().map(|entry| &entry.record);
        let ids = |records: &mut dyn Iterator<Item = &Record>| records.map(|one| one.id).collect();
        match selection {
            Selection::Ids(ids) => ids
                .iter()
                .filter(|id| self.records.contains_key(id) || self.gone.contains_key(id))
                .copied()
                .collect(),
            Selection::Source(source) => ids(&mut all.filter(|one| one.source == *source)),
            Selection::Time(range) => ids(&mut all.filter(|one| range.contains(one.occurred))),
            Selection::All => ids(&mut all),
        }
    }

    /// All that was derived from `sources`, directly or not, gone things included.
    fn derived(&self, sources: &BTreeSet<RecordId>) -> BTreeSet<RecordId> {
        let live = self
            .records
            .iter()
            .map(|(id, entry)| (id, &entry.record.derived_from));
        let links: Vec<_> = live.chain(&self.gone).collect();
        let mut derived = BTreeSet::new();
        loop {
            let before = derived.len();
            for (id, made_of) in &links {
                let hit = |one: &RecordId| sources.contains(one) || derived.contains(one);
                if !sources.contains(id) && made_of.iter().any(hit) {
                    derived.insert(**id);
                }
            }
            if derived.len() == before {
                return derived;
            }
        }
    }

    fn erase(&mut self, ids: &BTreeSet<RecordId>) -> u64 {
        let mut removed = 0;
        for id in ids {
            if let Some(entry) = self.records.remove(id) {
                self.gone.insert(*id, entry.record.derived_from);
                removed += 1;
            }
        }
        for run in &mut self.runs {
            // What is left of a topic keeps its identity until the next consolidation.
            for topic in &mut run.made.topics {
                topic.members.retain(|member| !ids.contains(member));
            }
            run.made.topics.retain(|topic| !topic.members.is_empty());
        }
        removed
    }
}

/// Whether a record counted at `as_of`, or counts now.
fn stood(record: &Record, as_of: Option<Timestamp>) -> bool {
    match as_of {
        None => record.superseded.is_none(),
        Some(then) => record.recorded <= then && record.superseded.is_none_or(|end| end > then),
    }
}

/// Time of storing, then id, as text that sorts like both.
fn place(record: &Record) -> String {
    let shifted = record.recorded.as_millis().abs_diff(i64::MIN);
    format!("{shifted:020}{}", record.id)
}
