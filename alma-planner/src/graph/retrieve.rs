//! Which tools a clause may mean: BM25 over names, descriptions and ports, with stems and everyday synonyms.

use super::catalog::Catalog;
use crate::text::{Stated, Token, ValueKind, name_words, senses, stem};

/// What a word counts that is merely akin to the one that was said.
const SYNONYM: f64 = 0.45;
const SIMILAR: f64 = 0.6;
const SATURATION: f64 = 1.4;
const GIVEN: f64 = 0.5;
const HINT: f64 = 0.4;

/// The scores of all tools for one word.
pub(super) fn scores(catalog: &Catalog, word: &str) -> Vec<f64> {
    let mut best = vec![0.0_f64; catalog.entries.len()];
    let said = catalog.rarity(word);
    let rows = senses(word);
    for (term, entry) in &catalog.terms {
        let kinship = if term == word {
            1.0
        } else if similar(term, word) {
            SIMILAR
        } else if entry.senses.iter().any(|row| rows.contains(row)) {
            SYNONYM
        } else {
            continue;
        };
        let rarity = if term == word {
            said
        } else {
            said.min(catalog.rarity(term))
        };
        for (tool, amount) in &entry.postings {
            let score = kinship * rarity * amount / (amount + SATURATION);
            best[*tool] = best[*tool].max(score);
        }
    }
    best
}

/// Whether two words are one, nearly one, or may mean the same.
pub(super) fn akin(a: &str, b: &str) -> bool {
    a == b || similar(a, b) || senses(a).iter().any(|row| senses(b).contains(row))
}

/// Whether one stem is the start of the other, with little after it: `rent` and `rental`.
pub(super) fn similar(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short.len() >= 4 && long.len() - short.len() <= 3 && long.starts_with(short)
}

/// What the kinds of the values in a clause say: a currency speaks for tools that take currencies.
pub(super) fn hints(values: &[&Stated], tokens: &[Token]) -> Vec<(String, f64)> {
    let mut words = Vec::new();
    for value in values {
        let before = value
            .first
            .checked_sub(1)
            .map_or("", |at| tokens[at].word.as_str());
        let hint: &[&str] = match value.kind {
            ValueKind::Currency => &["currency"],
            ValueKind::Language => &["language"],
            ValueKind::Email => &["email"],
            ValueKind::Phone => &["phone"],
            ValueKind::Url => &["url", "website"],
            ValueKind::Name if matches!(before, "in" | "near" | "around") => {
                &["location", "city", "address"]
            }
            _ => &[],
        };
        for word in hint {
            let word = stem(word);
            if !words.iter().any(|(other, _)| *other == word) {
                words.push((word, HINT));
            }
        }
    }
    words
}

/// The words of a clause that count, with weights.
///
/// What opens a clause says most; what was said `before` counts less, for it points back.
pub(super) fn query(tokens: &[Token], before: &[Token]) -> Vec<(String, f64)> {
    let mut words: Vec<(String, f64)> = Vec::new();
    for (at, token) in tokens.iter().filter(|token| token.is_content()).enumerate() {
        let place = (1.0 - 0.04 * at.saturating_sub(2) as f64).max(0.7);
        let repeated = before.iter().any(|other| other.stem == token.stem);
        let weight = place * if repeated { GIVEN } else { 1.0 };
        let parts = if token.word.contains(['-', '/']) {
            name_words(&token.word)
                .iter()
                .map(|part| stem(part))
                .collect()
        } else {
            vec![token.stem.clone()]
        };
        for part in parts {
            if !words.iter().any(|(word, _)| *word == part) {
                words.push((part, weight));
            }
        }
    }
    words
}
