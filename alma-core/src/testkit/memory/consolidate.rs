//! Clauses on consolidation.

use std::collections::BTreeSet;

use crate::{
    Consolidate, Consolidation, ErrorKind, Memory, MemoryExt as _, Observation, Query, Record,
    RecordId, RecordKind, RecordQuery, Scope, TopicChange, Trust,
    testkit::{ana, ben, clause::Clause as _, join_all},
};

use super::{current, everything, ids, remember, three_subjects};

async fn consolidate(memory: &dyn Memory, scope: &Scope, key: &str) -> Consolidation {
    let made = memory.consolidate(scope, &Consolidate::new(key)).await;
    made.must("Memory, consolidate: an order is carried out")
}

async fn summaries(memory: &dyn Memory, scope: &Scope) -> Vec<Record> {
    let query = RecordQuery::kinds(vec![RecordKind::Summary]);
    memory
        .all_records(scope, &query)
        .await
        .must("Memory: records are listed")
}

fn topics(made: &Consolidation) -> BTreeSet<crate::TopicId> {
    made.topics.iter().map(|topic| topic.id).collect()
}

pub(super) async fn only_adds(memory: &dyn Memory) {
    let scope = ana();
    let nothing = consolidate(memory, &scope, "empty").await;
    assert!(
        nothing.topics.is_empty(),
        "Memory, consolidate: nothing in, no topics"
    );
    let old = Observation::text("the orchestra was late")
        .with_source("notes")
        .with_position(0);
    let old = remember(memory, &scope, vec![old]).await[0];
    let mut said = three_subjects();
    for observation in &mut said {
        observation.trust = Trust::Owner;
    }
    remember(memory, &scope, said).await;
    let case = Observation::text("gardening in the garden soil")
        .with_kind(RecordKind::Case)
        .with_source("mission/1");
    let case = remember(memory, &scope, vec![case]).await[0];
    let before = everything(memory, &scope).await;
    let made = consolidate(memory, &scope, "night-1").await;
    assert!(
        !made.topics.is_empty(),
        "Memory, consolidate: three plain subjects give a topic"
    );
    assert_eq!(
        made.tally.input,
        made.tally.output + made.tally.skipped,
        "Memory, consolidate: the tally is complete: in a topic or left out"
    );
    assert_eq!(
        made.tally.input, 24,
        "Memory, consolidate: every current record is looked at, replaced ones and cases are not"
    );
    let sizes: Vec<_> = made
        .topics
        .iter()
        .map(|topic| (std::cmp::Reverse(topic.members.len()), topic.id))
        .collect();
    assert!(
        sizes.is_sorted(),
        "Memory, consolidate: topics come largest first, ties by id"
    );
    let mut seen = BTreeSet::new();
    for topic in &made.topics {
        assert!(
            topic.members.len() >= 5,
            "Memory, consolidate: no topic is smaller than asked"
        );
        assert!(
            !topic.label.trim().is_empty(),
            "Memory, consolidate: a topic has a label"
        );
        assert_eq!(
            topic.change,
            TopicChange::New,
            "Memory, consolidate: a first topic is new"
        );
        assert!(
            !topic.members.contains(&old) && !topic.members.contains(&case),
            "Memory, consolidate: replaced records and cases are no input"
        );
        assert!(
            topic.members.iter().all(|id| seen.insert(*id)),
            "Memory, consolidate: a record has one topic"
        );
        let summary = memory
            .record(&scope, topic.summary)
            .await
            .must("Memory, consolidate: a summary is a record");
        assert_eq!(
            summary.kind,
            RecordKind::Summary,
            "Memory, consolidate: a summary is of kind Summary"
        );
        assert!(
            summary.trust <= Trust::Derived,
            "Memory, trust: a summary is derived"
        );
        let sources: BTreeSet<RecordId> = summary.derived_from.iter().copied().collect();
        let members = topic.members.iter().copied().collect();
        assert!(
            sources.is_subset(&members),
            "Memory, consolidate: a summary names its sources among the members"
        );
        assert!(
            !sources.is_empty(),
            "Memory, consolidate: a summary names its sources"
        );
    }
    let after = everything(memory, &scope).await;
    let kept: Vec<_> = after
        .iter()
        .filter(|record| record.kind != RecordKind::Summary)
        .cloned()
        .collect();
    assert_eq!(kept, before, "Memory, consolidate: no source is changed");
    assert_eq!(
        after.len(),
        before.len() + made.topics.len(),
        "Memory, consolidate: one summary a topic, and nothing else, is added"
    );
    let query = Query::text("orchestra")
        .with_kinds(vec![RecordKind::Message])
        .with_k(50);
    let hits = memory
        .recall(&scope, &query)
        .await
        .must("Memory: recall answers")
        .hits;
    assert_eq!(
        hits.len(),
        24,
        "Memory, consolidate: no source becomes unreachable"
    );
    let foreign = everything(memory, &ben()).await;
    assert!(
        foreign.is_empty(),
        "Memory, scope: a consolidation stays in its scope"
    );
}

pub(super) async fn is_idempotent_by_key(memory: &dyn Memory) {
    let scope = ana();
    remember(memory, &scope, three_subjects()).await;
    let order = Consolidate::new("night-1");
    let many = join_all((0..4).map(|_| memory.consolidate(&scope, &order))).await;
    let mut many = many
        .into_iter()
        .map(|made| made.must("Memory, consolidate: an order is carried out"));
    let first = many.next().must_be_there();
    assert!(
        many.all(|made| made == first),
        "Memory, consolidate: one key, one consolidation, also at once"
    );
    assert_eq!(
        summaries(memory, &scope).await.len(),
        first.topics.len(),
        "Memory, consolidate: the work is done once"
    );
    let more = Observation::text("the garden needs rain").with_source("late");
    remember(memory, &scope, vec![more]).await;
    let again = consolidate(memory, &scope, "night-1").await;
    assert_eq!(
        again, first,
        "Memory, consolidate: a repeated key answers with what is stored"
    );
    let other = consolidate(memory, &ben(), "night-1").await;
    assert!(
        other.topics.is_empty() && other.id != first.id,
        "Memory, scope: the same key elsewhere is another consolidation"
    );
}

pub(super) async fn keeps_topics_across_nights(memory: &dyn Memory) {
    let scope = ana();
    remember(memory, &scope, three_subjects()).await;
    let first = consolidate(memory, &scope, "night-1").await;
    let second = consolidate(memory, &scope, "night-2").await;
    assert_ne!(
        first.id, second.id,
        "Memory, consolidate: another key is another consolidation"
    );
    assert_eq!(
        topics(&first),
        topics(&second),
        "Memory, consolidate: a topic that has a successor keeps its id"
    );
    for topic in &second.topics {
        let before = first.topics.iter().find(|one| one.id == topic.id);
        if before.is_some_and(|before| before.members == topic.members) {
            assert_eq!(
                topic.change,
                TopicChange::Kept,
                "Memory, consolidate: the same members are Kept"
            );
            assert_eq!(
                Some(topic.summary),
                before.map(|before| before.summary),
                "Memory, consolidate: a topic that did not change keeps its summary"
            );
        }
    }
    let input = second.tally.input;
    assert_eq!(input, 24, "Memory, consolidate: summaries are no input");
    let more = ["spinach", "onions", "peas", "potatoes"].map(|plant| {
        Observation::text(format!(
            "gardening: the {plant} in the vegetable garden need water and compost in the garden soil"
        ))
    });
    remember(memory, &scope, more.into()).await;
    let third = consolidate(memory, &scope, "night-3").await;
    let living: BTreeSet<_> = topics(&third)
        .intersection(&topics(&first))
        .copied()
        .collect();
    assert_eq!(
        living,
        topics(&first),
        "Memory, consolidate: topics live on when records come in"
    );
    let now = summaries(memory, &scope).await;
    for topic in &third.topics {
        let own = now
            .iter()
            .filter(|summary| summary.id == topic.summary)
            .count();
        assert_eq!(
            own, 1,
            "Memory, consolidate: the summary of every topic is current"
        );
    }
    let grown = third
        .topics
        .iter()
        .filter(|topic| topic.change == TopicChange::Grown);
    for topic in grown {
        let before = second.topics.iter().find(|one| one.id == topic.id);
        let replaced =
            before.is_some_and(|before| !now.iter().any(|summary| summary.id == before.summary));
        assert!(
            replaced,
            "Memory, consolidate: a changed topic's old summary is no longer current"
        );
    }
}

pub(super) async fn undoes_as_a_whole(memory: &dyn Memory) {
    let scope = ana();
    remember(memory, &scope, three_subjects()).await;
    let before = current(memory, &scope).await;
    let first = consolidate(memory, &scope, "night-1").await;
    let between = current(memory, &scope).await;
    let more = (0..6).map(|n| {
        Observation::text(format!(
            "harbour: boat {n} left the harbour quay at high tide past the harbour lighthouse"
        ))
    });
    let more = remember(memory, &scope, more.collect()).await;
    let second = consolidate(memory, &scope, "night-2").await;
    let clause = "Memory, undo: what a later one builds on is a conflict";
    memory
        .undo(&scope, first.id)
        .await
        .must_fail(ErrorKind::Conflict, clause);
    let clause = "Memory, undo: a foreign consolidation is not found";
    memory
        .undo(&ben(), second.id)
        .await
        .must_fail(ErrorKind::NotFound, clause);
    memory
        .undo(&scope, second.id)
        .await
        .must("Memory, undo: the last one is undone");
    let mut left = current(memory, &scope).await;
    left.retain(|record| !more.contains(&record.id));
    assert_eq!(
        left, between,
        "Memory, undo: the summaries that it replaced are current again"
    );
    let clause = "Memory, undo: what is undone is not found";
    memory
        .undo(&scope, second.id)
        .await
        .must_fail(ErrorKind::NotFound, clause);
    memory
        .undo(&scope, first.id)
        .await
        .must("Memory, undo: then the one before");
    let mut left = everything(memory, &scope).await;
    left.retain(|record| !more.contains(&record.id));
    assert_eq!(
        left, before,
        "Memory, undo: nothing is left of a consolidation"
    );
    let hits = memory
        .recall(&scope, &Query::text("harbour").with_k(100))
        .await;
    let hits = hits.must("Memory: recall answers").hits;
    assert!(
        hits.iter()
            .all(|hit| hit.record.kind != RecordKind::Summary),
        "Memory, undo: recall finds nothing of it"
    );
    let again = consolidate(memory, &scope, "night-1").await;
    let now = ids(&current(memory, &scope).await);
    assert!(
        again
            .topics
            .iter()
            .all(|topic| now.contains(&topic.summary)),
        "Memory, undo: the same key may be used again"
    );
}

trait MustBeThere<T> {
    fn must_be_there(self) -> T;
}

impl<T> MustBeThere<T> for Option<T> {
    fn must_be_there(self) -> T {
        match self {
            Some(value) => value,
            None => panic!("testkit: the list has a first item"),
        }
    }
}
