//! Nothing of another scope is reached, counted, scored or hinted at.

use std::sync::Arc;

use alma_core::{Memory, Observation, Query, Scope, sqlite::Database, testkit};
use alma_memory::{
    SqliteMemory,
    cluster::{ClusterError, Clusterer, Rows},
};

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

#[tokio::test]
async fn twenty_thousand_random_operations_leak_nothing() {
    let database = Database::in_memory().unwrap();
    let builder = SqliteMemory::builder(database).clusterer(Arc::new(Halves));
    let memory = builder.open().await.unwrap();
    let looked_at = testkit::leaks(&memory, 7, 20_000).await;
    assert!(
        looked_at > 20_000,
        "an empty walk: {looked_at} records seen"
    );
}

#[tokio::test]
async fn another_scope_changes_no_score_and_gives_no_hint() {
    let memory = memory().await;
    let [one, two] = ["home", "home/ana"].map(|path| Scope::new(path).unwrap());
    let words = ["boiler", "garden", "letter", "music", "parrot", "train"];
    let note = |at: usize, mark: &str| {
        let (a, b) = (words[at % 6], words[(at / 6) % 6]);
        Observation::text(format!("{a} {b} {mark} {at}"))
    };
    let mine = (0..50).map(|at| note(at, "mine")).collect();
    memory.remember(&one, mine).await.unwrap();
    let questions = ["boiler garden letter", "theirs", "theirs boiler", ""];
    let ask = async || {
        let mut answers = Vec::new();
        for question in questions {
            answers.push(memory.recall(&one, &Query::text(question)).await.unwrap());
        }
        answers
    };
    let before = ask().await;
    let theirs = (0..200).map(|at| note(at, "theirs")).collect();
    memory.remember(&two, theirs).await.unwrap();
    assert_eq!(ask().await, before);
}
