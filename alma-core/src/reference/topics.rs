//! Consolidation in the reference memory: records that share a word are a topic.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    memory::{Entry, Shelf},
    words::words,
};
use crate::{
    Consolidate, Consolidation, ConsolidationId, Observation, RecordId, RecordKind, Scope, Tally,
    Timestamp, Topic, TopicChange, TopicId, Trust,
};

/// A consolidation, with what it takes to undo it.
pub(super) struct Run {
    pub(super) made: Consolidation,
    pub(super) added: Vec<RecordId>,
    pub(super) replaced: Vec<RecordId>,
}

/// Groups what is current, sums each group up, and keeps the run.
pub(super) fn summaries(
    shelf: &mut Shelf,
    scope: &Scope,
    id: ConsolidationId,
    order: &Consolidate,
    now: Timestamp,
) -> Consolidation {
    let (groups, input) = groups(shelf, order.min_topic.max(2));
    let mut before: Vec<Topic> = shelf
        .runs
        .last()
        .map(|run| run.made.topics.clone())
        .unwrap_or_default();
    let mut run = Run {
        made: Consolidation::new(id, Vec::new(), Tally::default()),
        added: Vec::new(),
        replaced: Vec::new(),
    };
    for (label, members) in groups {
        let ancestor = take_ancestor(&mut before, &members);
        let topic = match ancestor {
            Some(old) if old.members == members && shelf.records.contains_key(&old.summary) => {
                Topic {
                    change: TopicChange::Kept,
                    ..old
                }
            }
            old => {
                let change = match &old {
                    None => TopicChange::New,
                    Some(old) if old.members.len() <= members.len() => TopicChange::Grown,
                    Some(_) => TopicChange::Shrunk,
                };
                let fresh = || TopicId::of_parts(&[id.as_bytes(), label.as_bytes()]);
                let name = old.as_ref().map_or_else(fresh, |old| old.id);
                let summary = sum_up(shelf, scope, name, &label, &members, now);
                run.added.push(summary);
                if let Some(old) = old
                    && let Some(entry) = shelf.records.get_mut(&old.summary)
                {
                    // Replaced, and current again when this run is undone.
                    entry.record.superseded = Some(now);
                    run.replaced.push(old.summary);
                }
                Topic::new(name, label, members, summary, change)
            }
        };
        run.made.topics.push(topic);
    }
    run.made
        .topics
        .sort_by_key(|topic| (std::cmp::Reverse(topic.members.len()), topic.id));
    let grouped = run
        .made
        .topics
        .iter()
        .map(|topic| topic.members.len() as u64)
        .sum();
    run.made.tally = Tally::new(input, grouped, input - grouped);
    let made = run.made.clone();
    shelf.runs.push(run);
    made
}

/// The records that share a word, the most common word first; and how many were looked at.
fn groups(shelf: &Shelf, least: usize) -> (Vec<(String, Vec<RecordId>)>, u64) {
    let mut left: BTreeMap<RecordId, BTreeSet<String>> = shelf
        .records
        .values()
        .map(|entry| &entry.record)
        .filter(|record| record.superseded.is_none())
        .filter(|record| !matches!(record.kind, RecordKind::Summary | RecordKind::Case))
        .map(|record| (record.id, words(&record.text)))
        .collect();
    let input = left.len() as u64;
    let mut groups = Vec::new();
    loop {
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for word in left.values().flatten() {
            *counts.entry(word).or_default() += 1;
        }
        let common = counts
            .into_iter()
            .max_by_key(|(word, count)| (*count, std::cmp::Reverse(*word)));
        let Some((word, count)) = common else { break };
        if count < least {
            break;
        }
        let word = word.to_owned();
        let members: Vec<_> = left
            .iter()
            .filter(|(_, has)| has.contains(&word))
            .map(|(id, _)| *id)
            .collect();
        left.retain(|id, _| !members.contains(id));
        groups.push((word, members));
    }
    (groups, input)
}

/// The earlier topic that this group continues: the one with which it shares most, and at least half of either.
fn take_ancestor(before: &mut Vec<Topic>, members: &[RecordId]) -> Option<Topic> {
    let shared = |topic: &Topic| {
        topic
            .members
            .iter()
            .filter(|id| members.contains(id))
            .count()
    };
    let (place, most) = before
        .iter()
        .map(shared)
        .enumerate()
        .max_by_key(|(place, shared)| (*shared, std::cmp::Reverse(*place)))?;
    (2 * most >= members.len().min(before[place].members.len())).then(|| before.remove(place))
}

/// Stores the summary of a group: its label and the start of its first texts.
fn sum_up(
    shelf: &mut Shelf,
    scope: &Scope,
    topic: TopicId,
    label: &str,
    members: &[RecordId],
    now: Timestamp,
) -> RecordId {
    let records = || {
        members
            .iter()
            .filter_map(|id| shelf.records.get(id))
            .map(|entry| &entry.record)
    };
    let starts: Vec<String> = records()
        .take(3)
        .map(|record| record.text.chars().take(120).collect())
        .collect();
    let trust = Trust::derived(records().map(|record| record.trust));
    let text = format!(
        "{label} ({} records): {}",
        members.len(),
        starts.join(" / ")
    );
    let observation = Observation::text(text)
        .with_kind(RecordKind::Summary)
        .with_source(format!("topic/{topic}"))
        .with_position(shelf.counted)
        .with_derived_from(members.to_vec())
        .with_trust(trust);
    let entry = Entry::new(scope, observation, now);
    let id = entry.record.id;
    shelf.records.insert(id, entry);
    id
}
