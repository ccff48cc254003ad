//! Topics: found, summed up, continued, taken back.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
};

use alma_core::sqlite::Database;
use alma_core::{
    Consolidate, ConsolidationId, ErrorKind, Memory, MemoryExt, Mode, Query, Record, RecordKind,
    RecordQuery, Scope, Selection, TopicChange, Trust,
};
use alma_memory::{
    SqliteMemory,
    cluster::{ClusterError, Clusterer, Rows},
};

use crate::common::{ana, memory, rui, three_subjects};

async fn summaries(memory: &SqliteMemory, scope: &Scope) -> Vec<Record> {
    memory
        .all_records(scope, &RecordQuery::kinds(vec![RecordKind::Summary]))
        .await
        .unwrap()
}

#[tokio::test]
async fn topics_are_found_named_and_summed_up_from_their_sources() {
    let memory = memory().await;
    let ids = memory.remember(&ana(), three_subjects(12)).await.unwrap();
    let run = memory
        .consolidate(&ana(), &Consolidate::new("night 1"))
        .await
        .unwrap();
    assert_eq!(run.topics.len(), 3);
    assert_eq!(
        (run.tally.input, run.tally.output + run.tally.skipped),
        (36, 36)
    );
    let mut seen = HashSet::new();
    for topic in &run.topics {
        assert_eq!(topic.change, TopicChange::New);
        assert!(!topic.label.is_empty());
        let subject = ids.iter().position(|id| *id == topic.members[0]).unwrap() % 3;
        for member in &topic.members {
            assert!(seen.insert(*member), "one record in two topics");
            assert_eq!(ids.iter().position(|id| id == member).unwrap() % 3, subject);
        }
        let summary = memory.record(&ana(), topic.summary).await.unwrap();
        assert_eq!(summary.kind, RecordKind::Summary);
        assert!(summary.trust <= Trust::Derived);
        assert!(!summary.derived_from.is_empty());
        for line in summary.text.lines() {
            let mut said = false;
            for source in &summary.derived_from {
                assert!(topic.members.contains(source));
                said |= memory
                    .record(&ana(), *source)
                    .await
                    .unwrap()
                    .text
                    .contains(line);
            }
            assert!(said, "nobody said {line:?}");
        }
        for word in topic.label.split(", ") {
            assert!(
                summary.text.to_lowercase().contains(word),
                "{word} is not in its summary"
            );
        }
    }
    for id in ids {
        memory.record(&ana(), id).await.unwrap();
    }
}

#[tokio::test]
async fn a_key_names_one_run_and_an_unchanged_topic_keeps_its_summary() {
    let memory = memory().await;
    memory.remember(&ana(), three_subjects(12)).await.unwrap();
    let first = memory
        .consolidate(&ana(), &Consolidate::new("night 1"))
        .await
        .unwrap();
    assert_eq!(
        memory
            .consolidate(&ana(), &Consolidate::new("night 1"))
            .await
            .unwrap(),
        first
    );
    let second = memory
        .consolidate(&ana(), &Consolidate::new("night 2"))
        .await
        .unwrap();
    assert_ne!(second.id, first.id);
    for topic in &second.topics {
        assert_eq!(topic.change, TopicChange::Kept);
        let before = first
            .topics
            .iter()
            .find(|before| before.id == topic.id)
            .unwrap();
        assert_eq!(
            (topic.summary, &topic.label),
            (before.summary, &before.label)
        );
    }
    assert_eq!(summaries(&memory, &ana()).await.len(), 3);
}

#[tokio::test]
async fn a_grown_topic_keeps_its_identity_and_replaces_its_summary() {
    let memory = memory().await;
    memory.remember(&ana(), three_subjects(8)).await.unwrap();
    let first = memory
        .consolidate(&ana(), &Consolidate::new("night 1"))
        .await
        .unwrap();
    memory.remember(&ana(), three_subjects(14)).await.unwrap();
    let second = memory
        .consolidate(&ana(), &Consolidate::new("night 2"))
        .await
        .unwrap();
    let before: HashSet<_> = first.topics.iter().map(|topic| topic.id).collect();
    let after: HashSet<_> = second.topics.iter().map(|topic| topic.id).collect();
    assert_eq!(before, after);
    assert!(
        second
            .topics
            .iter()
            .all(|topic| topic.change == TopicChange::Grown)
    );
    let current: HashSet<_> = summaries(&memory, &ana())
        .await
        .iter()
        .map(|one| one.id)
        .collect();
    assert_eq!(
        current,
        second.topics.iter().map(|topic| topic.summary).collect()
    );
}

#[tokio::test]
async fn undo_takes_a_run_back_as_a_whole() {
    let memory = memory().await;
    memory.remember(&ana(), three_subjects(8)).await.unwrap();
    let first = memory
        .consolidate(&ana(), &Consolidate::new("night 1"))
        .await
        .unwrap();
    let before = memory
        .all_records(&ana(), &RecordQuery::all())
        .await
        .unwrap();
    memory.remember(&ana(), three_subjects(14)).await.unwrap();
    let grown = memory
        .all_records(&ana(), &RecordQuery::all())
        .await
        .unwrap()
        .len();
    let second = memory
        .consolidate(&ana(), &Consolidate::new("night 2"))
        .await
        .unwrap();
    let early = memory.undo(&ana(), first.id).await.unwrap_err();
    assert_eq!(early.kind(), ErrorKind::Conflict);
    let foreign = memory.undo(&rui(), second.id).await.unwrap_err();
    assert_eq!(foreign.kind(), ErrorKind::NotFound);

    memory.undo(&ana(), second.id).await.unwrap();
    let after = memory
        .all_records(&ana(), &RecordQuery::all())
        .await
        .unwrap();
    assert_eq!(after.len(), grown);
    for record in &before {
        assert!(after.contains(record), "lost {record:?}");
    }
    let missing = memory.undo(&ana(), second.id).await.unwrap_err();
    assert_eq!(missing.kind(), ErrorKind::NotFound);
    let recall = memory
        .recall(&ana(), &Query::text("boiler").with_k(100))
        .await
        .unwrap();
    assert_eq!(recall.hits.len(), after.len());
    // It may be done again under the same key.
    let again = memory
        .consolidate(&ana(), &Consolidate::new("night 2"))
        .await
        .unwrap();
    assert_eq!(again, second);
    memory.undo(&ana(), second.id).await.unwrap();
    memory.undo(&ana(), first.id).await.unwrap();
    assert!(summaries(&memory, &ana()).await.is_empty());
}

#[tokio::test]
async fn few_and_no_records_make_no_topic() {
    let memory = memory().await;
    let run = memory
        .consolidate(&ana(), &Consolidate::new("night 1"))
        .await
        .unwrap();
    assert!(run.topics.is_empty());
    memory.remember(&ana(), three_subjects(1)).await.unwrap();
    let run = memory
        .consolidate(&ana(), &Consolidate::new("night 2"))
        .await
        .unwrap();
    assert_eq!((run.topics.len(), run.tally.skipped), (0, 3));
    let unknown = ConsolidationId::of_parts(&[b"none"]);
    assert_eq!(
        memory.undo(&ana(), unknown).await.unwrap_err().kind(),
        ErrorKind::NotFound
    );
}

/// Gives out labels as they were written down, a line a night.
#[derive(Debug)]
struct Written(Mutex<Vec<Vec<Option<u32>>>>);

impl Clusterer for Written {
    fn cluster(&self, _: &Rows<'_>, _: usize) -> Result<Vec<Option<u32>>, ClusterError> {
        Ok(self.0.lock().unwrap().remove(0))
    }
}

#[tokio::test]
async fn topics_that_merge_and_split_go_on_and_what_did_not_change_is_left_alone() {
    let row =
        |text: &str| -> Vec<Option<u32>> { text.chars().map(|label| label.to_digit(10)).collect() };
    let nights = [
        "000000011111222222",
        "000000000000222222",
        "000000011111222222",
        "000000011111222222",
        "0000000-----222222",
    ];
    let clusterer = Written(Mutex::new(nights.map(row).to_vec()));
    let memory = SqliteMemory::builder(Database::in_memory().unwrap())
        .clusterer(Arc::new(clusterer))
        .open()
        .await
        .unwrap();
    memory.remember(&ana(), three_subjects(6)).await.unwrap();
    let mut runs = Vec::new();
    for night in 0..nights.len() {
        let order = Consolidate::new(format!("night {night}"));
        runs.push(memory.consolidate(&ana(), &order).await.unwrap());
        let told: HashSet<_> = runs[night].topics.iter().map(|one| one.summary).collect();
        let current = summaries(&memory, &ana()).await;
        assert_eq!(
            current.iter().map(|one| one.id).collect::<HashSet<_>>(),
            told
        );
    }
    let topic = |night: usize, size: usize| {
        let mut found = runs[night]
            .topics
            .iter()
            .filter(|one| one.members.len() == size);
        found.next().unwrap()
    };
    let (large, small) = (topic(0, 7).id, topic(0, 5).id);
    // The one that shares more goes on; the other ended in it.
    assert_eq!(
        (topic(1, 12).id, topic(1, 12).change),
        (large, TopicChange::Merged)
    );
    assert_eq!(
        (topic(2, 7).id, topic(2, 7).change),
        (large, TopicChange::Shrunk)
    );
    let apart = topic(2, 5);
    assert_eq!(apart.change, TopicChange::Split);
    assert!(
        apart.id != small && apart.id != large,
        "no identity is given twice"
    );
    for topic in &runs[3].topics {
        assert_eq!(topic.change, TopicChange::Kept);
    }
    assert_eq!(runs[4].topics.len(), 2);
    // What never changed has one summary all the time.
    let still: HashSet<_> = (0..nights.len())
        .map(|night| topic(night, 6).summary)
        .collect();
    assert_eq!(still.len(), 1);
    assert!((1..nights.len()).all(|night| topic(night, 6).change == TopicChange::Kept));
}

#[tokio::test]
async fn the_last_consolidation_can_be_looked_at() {
    let memory = memory().await;
    let unknown = ConsolidationId::of_parts(&[b"none"]);
    assert_eq!(memory.picture(&ana(), unknown).await.unwrap(), None);
    memory.remember(&ana(), three_subjects(12)).await.unwrap();
    let order = Consolidate::new("night 1");
    let first = memory.consolidate(&ana(), &order).await.unwrap();
    let drawn = memory.picture(&ana(), first.id).await.unwrap().unwrap();
    assert!(drawn.contains("36 rows: 3 clusters"));
    for topic in &first.topics {
        assert!(drawn.contains(&topic.label), "{}", topic.label);
    }
    assert_eq!(memory.picture(&rui(), first.id).await.unwrap(), None);
    // A topic whose summary is forgotten is in no picture that is drawn later.
    let gone = &first.topics[0];
    let what = Selection::id(gone.members[0]);
    memory.forget(&ana(), &what, Mode::Erase).await.unwrap();
    let drawn = memory.picture(&ana(), first.id).await.unwrap().unwrap();
    assert!(drawn.contains("24 rows: 2 clusters") && !drawn.contains(&gone.label));
    let order = Consolidate::new("night 2");
    memory.consolidate(&ana(), &order).await.unwrap();
    assert_eq!(memory.picture(&ana(), first.id).await.unwrap(), None);
}
