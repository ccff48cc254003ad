//! What is computed of an observation before it is stored: its terms, its head, its likeness.

use std::collections::BTreeMap;

use alma_core::{Digest, Observation, RecordKind, Timestamp};
use serde_json::Value;

use crate::text::{terms, words as split_words};

/// The facts whose words are searched beside the text.
const HEAD: [&str; 7] = [
    "title", "heading", "speaker", "author", "caption", "label", "tags",
];

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// What ranking needs of one observation.
#[derive(Debug)]
pub(super) struct Analysis {
    /// Per term: how often it stands in the text, and whether it stands in the head.
    pub(super) counts: BTreeMap<String, (u32, bool)>,
    pub(super) terms: u32,
    pub(super) head_terms: u32,
    pub(super) asks: bool,
    /// Equal for texts that say the same in the same words.
    pub(super) likeness: i64,
}

impl Analysis {
    pub(super) fn of(observation: &Observation) -> Self {
        let mut counts: BTreeMap<String, (u32, bool)> = BTreeMap::new();
        let text = terms(&observation.text);
        let joined = text.join(" ");
        let length = text.len();
        for term in text {
            counts.entry(term).or_default().0 += 1;
        }
        let head = terms(&head(observation));
        let head_terms = head.len();
        for term in head {
            counts.entry(term).or_default().1 = true;
        }
        Self {
            counts,
            terms: u32::try_from(length).unwrap_or(u32::MAX),
            head_terms: u32::try_from(head_terms).unwrap_or(u32::MAX),
            asks: observation.text.trim_end().ends_with(['?', '\u{FF1F}']),
            likeness: Digest::of(joined.as_bytes()).number().cast_signed(),
        }
    }
}

/// Who says it, under which title, when, and where it stands: what people name when they ask.
fn head(observation: &Observation) -> String {
    let mut words = String::new();
    for (key, value) in &observation.metadata {
        // `image_caption` is a caption, too.
        let name = key.rsplit('_').next().unwrap_or(key);
        if HEAD.contains(&name) {
            for word in strings(value) {
                words.push_str(word);
                words.push('\n');
            }
        }
    }
    // The day of storing, which stands in when no time is known, tells nothing of a text.
    if let Some(occurred) = observation.occurred
        && matches!(observation.kind, RecordKind::Message | RecordKind::Event)
    {
        words.push_str(&date_words(occurred));
    }
    if matches!(observation.kind, RecordKind::Document | RecordKind::Chunk) {
        words.push_str(&source_words(&observation.source));
    }
    words
}

/// The words in the last two steps of a path: people ask for a document by its name.
fn source_words(source: &str) -> String {
    let steps: Vec<&str> = source.rsplit(['/', '\\']).take(2).collect();
    // Numbers in a name are versions and counters; they would meet every number in a question.
    let named = |word: &String| word.starts_with(char::is_alphabetic);
    let found: Vec<String> = steps
        .into_iter()
        .flat_map(split_words)
        .filter(named)
        .collect();
    found.join(" ")
}

fn strings(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) => vec![text],
        Value::Array(items) => items.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    }
}

/// A day as people write it, such as `8 may 2023`; nothing for years that have no such form.
fn date_words(time: Timestamp) -> String {
    let date = time.date();
    let mut parts = date.split('-').map(str::parse::<usize>);
    match (parts.next(), parts.next(), parts.next()) {
        (Some(Ok(year)), Some(Ok(month @ 1..=12)), Some(Ok(day))) => {
            format!("{day} {} {year}", MONTHS[month - 1])
        }
        _ => String::new(),
    }
}
