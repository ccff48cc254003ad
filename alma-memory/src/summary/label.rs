//! Labels: the words that set one group of texts apart from the others.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::text::{is_stop_word, stem, words};

/// A group of texts that wants a label.
#[derive(Clone, Debug, Default)]
pub struct Group<'a> {
    /// All its texts: what is counted.
    pub texts: Vec<&'a str>,
    /// Only words that stand in these may be shown, so that a label says nothing that they don't.
    pub shown: Vec<&'a str>,
}

/// The words that tell most about each group against the others, most telling first.
///
/// Counts are class-based TF-IDF over stems: how often a group says a word, against how
/// often all groups say it. A stem is shown as the form that its group uses most.
///
/// # Examples
/// ```
/// use alma_memory::summary::{Group, labels};
/// let group = |texts: &[&'static str]| Group { texts: texts.to_vec(), shown: texts.to_vec() };
/// let groups = [group(&["the dog barks", "dogs run"]), group(&["rain today", "more rain"])];
/// assert_eq!(labels(&groups, 1), [["dog"], ["rain"]]);
/// ```
#[must_use]
pub fn labels(groups: &[Group<'_>], count: usize) -> Vec<Vec<String>> {
    let counted: Vec<BTreeMap<String, f64>> = groups.iter().map(count_stems).collect();
    let mut overall: HashMap<&str, f64> = HashMap::new();
    for (stem, count) in counted.iter().flatten() {
        *overall.entry(stem).or_default() += count;
    }
    let mean = overall.values().sum::<f64>() / groups.len().max(1) as f64;
    let telling = |stem: &str, count: f64| {
        let frequency = overall.get(stem).copied().unwrap_or(count);
        count * (1.0 + mean / frequency).ln()
    };
    groups
        .iter()
        .zip(&counted)
        .map(|(group, counts)| {
            let forms = forms(group);
            let mut ranked: Vec<(f64, &String)> = counts
                .iter()
                .filter(|(stem, _)| forms.contains_key(*stem))
                .map(|(stem, &count)| (telling(stem, count), stem))
                .collect();
            ranked.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
            ranked
                .into_iter()
                .take(count)
                .filter_map(|(_, stem)| forms.get(stem).cloned())
                .collect()
        })
        .collect()
}

/// In how many texts each stem stands; a text that repeats one word gets no second vote.
fn count_stems(group: &Group<'_>) -> BTreeMap<String, f64> {
    let mut counts = BTreeMap::new();
    for text in &group.texts {
        let stems: HashSet<String> = words(text)
            .filter(|word| may_label(word))
            .map(|word| stem(&word).into_owned())
            .collect();
        for stem in stems {
            *counts.entry(stem).or_insert(0.0) += 1.0;
        }
    }
    counts
}

/// The most used form of each stem in the texts that may be shown; the first in the alphabet of equals.
fn forms(group: &Group<'_>) -> HashMap<String, String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for word in group.shown.iter().flat_map(|text| words(text)) {
        if may_label(&word) {
            *counts.entry(word).or_default() += 1;
        }
    }
    let mut best: HashMap<String, (usize, String)> = HashMap::new();
    for (word, count) in counts {
        let form = best.entry(stem(&word).into_owned()).or_default();
        if count > form.0 {
            *form = (count, word);
        }
    }
    best.into_iter()
        .map(|(stem, (_, word))| (stem, word))
        .collect()
}

fn may_label(word: &str) -> bool {
    word.chars().count() >= 3
        && !word.starts_with(|c: char| c.is_ascii_digit())
        && !is_stop_word(word)
}
