//! Finding: which tools' words cover a need, and silence when none does.

use std::collections::BTreeSet;

use alma_core::{Need, Schema, ToolInfo, ToolMatch};

/// From this share of the need's words on a tool fits it.
const FITS: f64 = 0.5;

/// Words that say nothing about what is needed.
const STOP: [&str; 34] = [
    "a", "an", "and", "as", "at", "be", "by", "can", "do", "for", "from", "give", "i", "in",
    "into", "is", "it", "its", "me", "my", "of", "on", "or", "our", "please", "some", "that",
    "the", "this", "to", "tool", "want", "with", "you",
];

/// The tools that fit a need, best first, ties by name and digest.
pub(super) fn find(tools: Vec<ToolInfo>, need: &Need, k: usize) -> Vec<ToolMatch> {
    let wanted = words(&need.text);
    let feeds =
        |from: &Option<Schema>, to: &Schema| from.as_ref().is_none_or(|from| from.may_feed(to));
    let mut found: Vec<ToolMatch> = tools
        .into_iter()
        .filter(|tool| feeds(&need.input, &tool.input))
        .filter(|tool| {
            need.output
                .as_ref()
                .is_none_or(|wanted| tool.output.may_feed(wanted))
        })
        .filter_map(|tool| {
            let score = score(&wanted, &tool, &need.text);
            (score >= FITS).then(|| ToolMatch::new(tool, score))
        })
        .collect();
    found.sort_by(|a, b| {
        b.score
            .total_cmp(&a.score)
            .then_with(|| (&a.tool.name, a.tool.digest).cmp(&(&b.tool.name, b.tool.digest)))
    });
    found.truncate(k);
    found
}

/// The share of the need's words that the tool's name or description holds; 1 for its very name.
fn score(wanted: &BTreeSet<String>, tool: &ToolInfo, text: &str) -> f64 {
    if text.trim() == tool.name.as_str() {
        return 1.0;
    }
    if wanted.is_empty() {
        return 0.0;
    }
    let mut own = words(&tool.description);
    own.extend(words(tool.name.as_str()));
    wanted.intersection(&own).count() as f64 / wanted.len() as f64
}

fn words(text: &str) -> BTreeSet<String> {
    let mut out = BTreeSet::new();
    for word in text.split(|c: char| !c.is_alphanumeric()) {
        let word = word.to_lowercase();
        if !word.is_empty() && !STOP.contains(&word.as_str()) {
            out.insert(stem(&word).to_owned());
        }
    }
    out
}

/// A word without its most common endings; crude, and the same on both sides.
fn stem(word: &str) -> &str {
    for ending in [
        "isation", "ization", "ing", "ies", "ise", "ize", "ed", "es", "er", "s", "e",
    ] {
        if let Some(rest) = word.strip_suffix(ending)
            && rest.chars().count() >= 3
        {
            return rest;
        }
    }
    word
}
