//! The lines of a summary: sentences of the records themselves.

use super::Rarity;
use alma_core::text::sentences;

use crate::summary::summarise_among;

/// A text of one paragraph up to this many words is one unit; others are cut into sentences.
const WHOLE: usize = 60;
/// A unit with more bytes than this is no sentence.
const UNIT: usize = 2_000;
/// The words of a summary: a fifth of its records, within these bounds.
const WORDS: std::ops::RangeInclusive<usize> = 30..=120;

/// The lines that sum `texts` up, each with the place of the text that it stands in.
///
/// They are told word for word, with white space made single. Texts with a word in them
/// always give a line.
pub(super) fn extract(texts: &[&str], rarity: &Rarity) -> Vec<(usize, String)> {
    let mut units: Vec<(usize, &str)> = Vec::new();
    let mut words = 0;
    for (at, text) in texts.iter().enumerate() {
        let text = text.trim();
        let length = text.split_whitespace().count();
        words += length;
        if length <= WHOLE && !text.contains("\n\n") {
            units.push((at, text));
        } else {
            units.extend(sentences(text).into_iter().map(|range| (at, &text[range])));
        }
    }
    let first = units.first().copied();
    units.retain(|(_, text)| text.len() <= UNIT);
    let budget = (words / 5).clamp(*WORDS.start(), *WORDS.end());
    let plain: Vec<&str> = units.iter().map(|(_, text)| *text).collect();
    let picked = summarise_among(&plain, budget, |stem| rarity.of(stem));
    let mut lines: Vec<(usize, String)> = picked
        .into_iter()
        .map(|unit| (units[unit].0, single_spaced(units[unit].1, budget)))
        .collect();
    if lines.is_empty() {
        // Nothing reads like a sentence: the beginning of the first must do.
        lines.extend(first.map(|(at, text)| (at, single_spaced(text, budget))));
    }
    lines
}

/// At most `words` words of a text, and no more bytes than a unit may have.
fn single_spaced(text: &str, words: usize) -> String {
    let mut out = String::new();
    for word in text.split_whitespace().take(words) {
        if !out.is_empty() {
            out.push(' ');
        }
        out.push_str(word);
    }
    let mut end = out.len().min(UNIT);
    while !out.is_char_boundary(end) {
        end -= 1;
    }
    out.truncate(end);
    out
}
