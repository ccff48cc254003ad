//! Random operations by random scopes: nothing of one may show in another.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Consolidate, ConsolidationId, ErrorKind, Memory, MemoryExt as _, Mode, Observation,
    PageRequest, Query, Record, RecordId, RecordQuery, Scope, Selection,
    testkit::{Draws, clause::Clause as _},
};

use super::everything;

/// Scopes whose paths are prefixes, neighbours or look-alikes of each other.
const PATHS: [&str; 7] = [
    "home",
    "home/ana",
    "home/ana/x",
    "home/an",
    "home/anab",
    "Home/ana",
    "home-ana",
];
const WORDS: [&str; 6] = ["river", "mountain", "letter", "bread", "window", "music"];

/// What one scope should hold, and what the others must not see.
struct Shadow {
    scope: Scope,
    /// Stands in every text of this scope, and nowhere else.
    mark: String,
    /// Every id that was ever made here.
    made: BTreeSet<RecordId>,
    /// Those that must still be there; summaries left aside.
    live: BTreeMap<RecordId, String>,
    gone: BTreeSet<RecordId>,
    runs: Vec<ConsolidationId>,
    nights: usize,
}

/// Works `ops` random operations by seven scopes and proves after each that nothing leaked.
///
/// Scopes ask for each other's words, ids and consolidations, forget each other's records and
/// undo each other's nights, beside honest work. At the end each scope holds exactly what it
/// should. Answers how many records were looked at, so that a caller can see that it was no
/// empty walk. The same seed works the same operations.
///
/// # Panics
/// When something leaks, with the operation's number and the seed.
pub async fn leaks(memory: &dyn Memory, seed: u64, ops: u64) -> u64 {
    let mut draws = Draws::new(seed);
    let mut shadows: Vec<Shadow> = PATHS
        .iter()
        .enumerate()
        .map(|(place, path)| Shadow {
            scope: Scope::new(path).must("Scope: the suite's paths are valid"),
            mark: format!("mark{place}x{}", draws.below(1_000_000)),
            made: BTreeSet::new(),
            live: BTreeMap::new(),
            gone: BTreeSet::new(),
            runs: Vec::new(),
            nights: 0,
        })
        .collect();
    let mut looked_at = 0;
    for op in 0..ops {
        let (mine, other) = (draws.below(PATHS.len()), draws.below(PATHS.len()));
        let seen = step(memory, &mut shadows, mine, other, &mut draws).await;
        looked_at += seen.len() as u64;
        for record in seen {
            check(
                &shadows,
                mine,
                &record,
                &format!("operation {op} of seed {seed}"),
            );
        }
    }
    for shadow in &shadows {
        let mut held = everything(memory, &shadow.scope).await;
        held.retain(|record| record.kind != crate::RecordKind::Summary);
        let held: BTreeMap<_, _> = held
            .into_iter()
            .map(|record| (record.id, record.text))
            .collect();
        assert_eq!(
            held, shadow.live,
            "Memory, scope: after {ops} operations of seed {seed} {} holds exactly what it should",
            shadow.scope
        );
    }
    looked_at
}

/// One operation of `mine`, with an eye on `other`; the records that came back.
async fn step(
    memory: &dyn Memory,
    shadows: &mut [Shadow],
    mine: usize,
    other: usize,
    draws: &mut Draws,
) -> Vec<Record> {
    let scope = shadows[mine].scope.clone();
    let foreign: Vec<RecordId> = shadows[other].made.iter().copied().collect();
    match draws.below(100) {
        0..40 => {
            remember(memory, &mut shadows[mine], draws, &foreign).await;
            Vec::new()
        }
        40..65 => {
            let word = draws.pick(&WORDS).copied().unwrap_or_default();
            let query =
                Query::text(format!("{word} {}", shadows[other].mark)).with_k(1 + draws.below(20));
            let recall = memory
                .recall(&scope, &query)
                .await
                .must("Memory: recall answers");
            recall.hits.into_iter().map(|hit| hit.record).collect()
        }
        65..75 => {
            let query = RecordQuery::ids(foreign.into_iter().take(20).collect());
            let query = if query.ids.is_empty() {
                RecordQuery::all()
            } else {
                query
            };
            let page = memory
                .records(&scope, &query, &PageRequest::first(50))
                .await;
            page.must("Memory: records are listed").items
        }
        75..82 => {
            let query = RecordQuery::source(format!("source-{}", draws.below(3)));
            let page = memory
                .records(&scope, &query, &PageRequest::first(50))
                .await;
            page.must("Memory: records are listed").items
        }
        82..88 => {
            forget(memory, shadows, mine, draws.pick(&foreign).copied()).await;
            Vec::new()
        }
        88..92 => {
            let own: Vec<_> = shadows[mine].made.iter().copied().collect();
            forget(memory, shadows, mine, draws.pick(&own).copied()).await;
            Vec::new()
        }
        92..96 => consolidate(memory, &mut shadows[mine]).await,
        _ => {
            if let Some(run) = draws.pick(&shadows[other].runs).copied()
                && mine != other
            {
                let clause = "Memory, scope: a foreign consolidation is not found";
                memory
                    .undo(&scope, run)
                    .await
                    .must_fail(ErrorKind::NotFound, clause);
            }
            Vec::new()
        }
    }
}

async fn remember(
    memory: &dyn Memory,
    shadow: &mut Shadow,
    draws: &mut Draws,
    foreign: &[RecordId],
) {
    let batch: Vec<Observation> = (0..=draws.below(3))
        .map(|_| {
            let text = format!(
                "{} {} {}",
                shadow.mark,
                WORDS[draws.below(6)],
                draws.below(4)
            );
            // Equal sources and positions in every scope: keys must not meet across scopes.
            let mut observation = Observation::text(text)
                .with_source(format!("source-{}", draws.below(3)))
                .with_position(draws.below(12) as u64);
            if draws.below(5) == 0
                && let Some(id) = draws.pick(foreign)
            {
                observation.derived_from = vec![*id];
            }
            observation
        })
        .collect();
    match memory.remember(&shadow.scope, batch.clone()).await {
        Ok(ids) => {
            for (id, observation) in ids.into_iter().zip(batch) {
                shadow.made.insert(id);
                shadow.live.insert(id, observation.text);
            }
        }
        answer => {
            answer.must_fail(
                ErrorKind::Gone,
                "Memory: observations are remembered or were forgotten",
            );
            let mut named = batch.iter().flat_map(|one| {
                one.derived_from
                    .iter()
                    .copied()
                    .chain([one.id(&shadow.scope)])
            });
            assert!(
                named.any(|id| shadow.gone.contains(&id)),
                "Memory, scope: what another scope forgot is unknown here, not gone"
            );
        }
    }
}

async fn forget(memory: &dyn Memory, shadows: &mut [Shadow], mine: usize, id: Option<RecordId>) {
    let Some(id) = id else { return };
    let shadow = &mut shadows[mine];
    let receipt = memory
        .forget(&shadow.scope, &Selection::id(id), Mode::Erase)
        .await;
    for id in receipt.must("Memory: forgetting answers").records() {
        assert!(
            shadow.made.contains(&id),
            "Memory, scope: a receipt names records of its own scope alone"
        );
        shadow.live.remove(&id);
        shadow.gone.insert(id);
    }
}

async fn consolidate(memory: &dyn Memory, shadow: &mut Shadow) -> Vec<Record> {
    shadow.nights += 1;
    let order = Consolidate::new(format!("night-{}", shadow.nights)).with_min_topic(3);
    let made = memory
        .consolidate(&shadow.scope, &order)
        .await
        .must("Memory: consolidates");
    shadow.runs.push(made.id);
    let mut seen = Vec::new();
    for topic in made.topics {
        shadow.made.insert(topic.summary);
        assert!(
            topic.members.iter().all(|id| shadow.made.contains(id)),
            "Memory, scope: a topic has members of its own scope alone"
        );
        let summary = memory.record(&shadow.scope, topic.summary).await;
        seen.push(summary.must("Memory: a summary is a record"));
    }
    seen
}

fn check(shadows: &[Shadow], mine: usize, record: &Record, when: &str) {
    let own = &shadows[mine];
    assert_eq!(
        record.scope, own.scope,
        "Memory, scope: {when} answered with a foreign record"
    );
    assert!(
        own.made.contains(&record.id),
        "Memory, scope: {when} answered with an id that was never made here"
    );
    let shown = format!("{} {:?}", record.text, record.metadata);
    for (place, other) in shadows.iter().enumerate() {
        assert!(
            place == mine || !shown.contains(&other.mark),
            "Memory, scope: {when} showed words of {}",
            other.scope
        );
    }
}
