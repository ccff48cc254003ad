//! The suite of every memory.

mod consolidate;
mod forget;
mod leaks;
mod list;
mod recall;
mod remember;

pub use leaks::leaks;

use super::clause::Clause as _;
use crate::{Memory, MemoryExt as _, Observation, Record, RecordId, RecordQuery, Scope};

/// Holds a memory against every clause of [`Memory`].
///
/// `fresh` makes an empty one; it is called once a clause. Its clock must go on (real or
/// [leaping](super::ManualClock::leaping)), since the suite waits for a later time of storing.
///
/// # Panics
/// When a clause is broken, with a message that names it.
pub async fn memory<M: Memory>(fresh: impl AsyncFn() -> M) {
    remember::keeps_what_it_is_given(&fresh().await).await;
    remember::is_idempotent(&fresh().await).await;
    remember::supersedes_by_key(&fresh().await).await;
    remember::refuses_bad_observations(&fresh().await).await;
    remember::bounds_trust(&fresh().await).await;
    remember::stands_concurrency(&fresh().await).await;
    recall::finds_what_was_said(&fresh().await).await;
    recall::gives_k_hits(&fresh().await).await;
    recall::keeps_filters(&fresh().await).await;
    recall::takes_any_question(&fresh().await).await;
    recall::knows_the_past(&fresh().await).await;
    recall::reaches_named_scopes(&fresh().await).await;
    list::meets_each_record_once(&fresh().await).await;
    list::filters(&fresh().await).await;
    list::lists_scopes(&fresh().await).await;
    list::exports_and_imports(&fresh().await, &fresh().await).await;
    consolidate::only_adds(&fresh().await).await;
    consolidate::is_idempotent_by_key(&fresh().await).await;
    consolidate::keeps_topics_across_nights(&fresh().await).await;
    consolidate::undoes_as_a_whole(&fresh().await).await;
    forget::follows_provenance(&fresh().await).await;
    forget::never_takes_back(&fresh().await).await;
    forget::selects(&fresh().await).await;
    forget::tries_dry(&fresh().await).await;
    forget::distrusts(&fresh().await).await;
    forget::takes_summaries_along(&fresh().await).await;
    leaks(&fresh().await, 7, 300).await;
}

async fn remember(memory: &dyn Memory, scope: &Scope, what: Vec<Observation>) -> Vec<RecordId> {
    memory
        .remember(scope, what)
        .await
        .must("Memory: observations are remembered")
}

/// All records of a scope, replaced ones included.
async fn everything(memory: &dyn Memory, scope: &Scope) -> Vec<Record> {
    let query = RecordQuery {
        superseded: true,
        ..RecordQuery::all()
    };
    memory
        .all_records(scope, &query)
        .await
        .must("Memory: records are listed")
}

/// The records that are current.
async fn current(memory: &dyn Memory, scope: &Scope) -> Vec<Record> {
    memory
        .all_records(scope, &RecordQuery::all())
        .await
        .must("Memory: records are listed")
}

fn ids(records: &[Record]) -> Vec<RecordId> {
    records.iter().map(|record| record.id).collect()
}

/// Texts about three subjects, so far apart that any grouping keeps them apart.
fn three_subjects() -> Vec<Observation> {
    let garden = [
        "tomatoes", "basil", "beans", "carrots", "pumpkins", "lettuce", "radishes", "leeks",
    ];
    let harbour = [
        "ferry", "trawler", "yacht", "tugboat", "dinghy", "schooner", "barge", "kayak",
    ];
    let orchestra = [
        "violin", "cello", "oboe", "trumpet", "harp", "bassoon", "timpani", "clarinet",
    ];
    let texts = [
        garden.map(|plant| format!("gardening: the {plant} in the vegetable garden need water and compost in the garden soil")),
        harbour.map(|boat| format!("harbour: the {boat} left the harbour quay at high tide past the harbour lighthouse")),
        orchestra.map(|part| format!("orchestra: the {part} rehearsed the symphony with the orchestra and its orchestra conductor")),
    ];
    let all = texts.into_iter().flatten().enumerate();
    all.map(|(place, text)| {
        Observation::text(text)
            .with_source("notes")
            .with_position(place as u64)
    })
    .collect()
}
