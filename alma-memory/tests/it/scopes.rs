//! Nothing of another scope is reached, counted, scored or hinted at.

use alma_core::{
    Consolidate, ConsolidationId, ErrorKind, Memory, Mode, Observation, Operator, PageRequest,
    Query, RecordId, RecordQuery, Scope, Selection, sqlite::Database,
};
use alma_memory::SqliteMemory;

use alma_memory::cluster::{ClusterError, Clusterer, Rows};

use crate::common::memory;

/// Groups by one sign: topics without the time that real ones take.
#[derive(Debug)]
struct Halves;

impl Clusterer for Halves {
    fn cluster(&self, rows: &Rows<'_>, _: usize) -> Result<Vec<Option<u32>>, ClusterError> {
        let half = |at: usize| u32::from((rows.row(at)[0] > 0.0) != (rows.row(0)[0] > 0.0));
        Ok((0..rows.len()).map(|at| Some(half(at))).collect())
    }
}

/// A repeatable stream of numbers.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

const WORDS: [&str; 12] = [
    "boiler", "garden", "letter", "music", "parrot", "train", "winter", "bread", "window", "river",
    "lamp", "story",
];

fn scopes() -> Vec<Scope> {
    // Names that begin with each other: no prefix may have a meaning.
    [
        "home",
        "home/ana",
        "home/ana/private",
        "home/an",
        "home/ana.b",
        "work/rui",
        "work",
        "w",
    ]
    .iter()
    .map(|path| Scope::new(path).unwrap())
    .collect()
}

/// A word that stands in every record of a scope and in no other.
fn marker(scope: usize) -> String {
    format!(
        "marker{}",
        [
            "alpha", "bravo", "carol", "delta", "echos", "foxtr", "golfs", "hotel"
        ][scope]
    )
}

async fn remember(memory: &SqliteMemory, scope: &Scope, at: usize, dice: &mut Dice) -> RecordId {
    let (a, b) = (WORDS[dice.roll(12)], WORDS[dice.roll(12)]);
    let mut observation = Observation::text(format!("{} {a} {b} {}", marker(at), dice.roll(500)))
        .with_source(format!("chat {}", dice.roll(3)));
    if dice.roll(2) == 0 {
        observation = observation.with_position(dice.roll(200) as u64);
    }
    memory.remember(scope, vec![observation]).await.unwrap()[0]
}

#[tokio::test]
async fn twenty_thousand_random_operations_leak_nothing() {
    let database = Database::in_memory().unwrap();
    let builder = SqliteMemory::builder(database).clusterer(std::sync::Arc::new(Halves));
    let memory = builder.open().await.unwrap();
    let scopes = scopes();
    let mut dice = Dice(7);
    let mut ids: Vec<Vec<RecordId>> = vec![Vec::new(); scopes.len()];
    let mut runs: Vec<Vec<ConsolidationId>> = vec![Vec::new(); scopes.len()];
    for step in 0..20_000 {
        let at = dice.roll(scopes.len());
        let other = (at + 1 + dice.roll(scopes.len() - 1)) % scopes.len();
        let (scope, own) = (&scopes[at], marker(at));
        match dice.roll(1_000) {
            0..150 => ids[at].push(remember(&memory, scope, at, &mut dice).await),
            150..600 => {
                let asked = if dice.roll(3) == 0 {
                    marker(other)
                } else {
                    WORDS[dice.roll(12)].into()
                };
                let recall = memory
                    .recall(scope, &Query::text(&asked).with_k(5))
                    .await
                    .unwrap();
                for hit in &recall.hits {
                    assert!(hit.record.scope == *scope && hit.record.text.contains(&own));
                }
                if asked == marker(other) {
                    let unknown = Query::text("neverheardof").with_k(5);
                    let unknown = memory.recall(scope, &unknown).await.unwrap();
                    assert_eq!(
                        recall.nothing_relevant, unknown.nothing_relevant,
                        "step {step}: a hint"
                    );
                }
            }
            600..750 => {
                let page = memory
                    .records(scope, &RecordQuery::all(), &PageRequest::first(20))
                    .await;
                for record in page.unwrap().items {
                    assert!(record.scope == *scope && record.text.contains(&own));
                }
            }
            750..880 => {
                let Some(foreign) = ids[other].last().copied() else {
                    continue;
                };
                let query = RecordQuery::ids(vec![foreign]);
                let page = memory
                    .records(scope, &query, &PageRequest::first(5))
                    .await
                    .unwrap();
                assert!(page.items.is_empty());
                // A source in another scope vouches for nothing and is no way into it.
                let mut derived = Observation::text(format!("{own} derived {step}"));
                derived.derived_from = vec![foreign];
                ids[at].push(memory.remember(scope, vec![derived]).await.unwrap()[0]);
            }
            880..980 => {
                let Some(foreign) = ids[other].last().copied() else {
                    continue;
                };
                let receipt = memory
                    .forget(scope, &Selection::id(foreign), Mode::Erase)
                    .await
                    .unwrap();
                assert!(receipt.records().is_empty());
                let query = RecordQuery::ids(vec![foreign]);
                let page = memory
                    .records(&scopes[other], &query, &PageRequest::first(5))
                    .await
                    .unwrap();
                assert_eq!(
                    page.items.len(),
                    1,
                    "step {step}: a foreign id was forgotten"
                );
            }
            980..990 => {
                let Some(mine) = ids[at].pop() else { continue };
                let receipt = memory
                    .forget(scope, &Selection::id(mine), Mode::Erase)
                    .await
                    .unwrap();
                let gone = receipt.records();
                ids[at].retain(|id| !gone.contains(id));
            }
            990..995 => {
                let run = memory
                    .consolidate(scope, &Consolidate::new(format!("{step}")))
                    .await
                    .unwrap();
                assert!(
                    run.topics
                        .iter()
                        .all(|topic| !topic.label.contains("marker") || topic.label.contains(&own))
                );
                runs[at].push(run.id);
            }
            _ => {
                let Some(foreign) = runs[other].last() else {
                    continue;
                };
                let refused = memory.undo(scope, *foreign).await.unwrap_err();
                assert_eq!(refused.kind(), ErrorKind::NotFound);
            }
        }
    }
    let listed = memory
        .scopes(&Operator::assume(), &PageRequest::first(100))
        .await
        .unwrap();
    let mut expected = scopes;
    expected.sort();
    assert_eq!(listed.items, expected);
}

#[tokio::test]
async fn another_scope_changes_no_score() {
    let memory = memory().await;
    let scopes = scopes();
    let mut dice = Dice(3);
    for _ in 0..50 {
        remember(&memory, &scopes[0], 0, &mut dice).await;
    }
    let query = Query::text("boiler garden letter");
    let before = memory.recall(&scopes[0], &query).await.unwrap();
    for _ in 0..200 {
        remember(&memory, &scopes[1], 1, &mut dice).await;
    }
    assert_eq!(memory.recall(&scopes[0], &query).await.unwrap(), before);
}
