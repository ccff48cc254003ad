//! The words of a text, as simply as they can be compared.

use std::collections::BTreeSet;

/// Words that say nothing of what a text is about.
const EMPTY: &str = " a about an and are as at be been but by can could did do does for from had has \
    have he her him his how i if in into is it its me my no not of on or our out please she so some \
    that the their them then there these they this those to up us was we were what when where which \
    who whom whose why will with would you your ";

/// The distinct telling words of a text, in lower case and without a plural's s.
pub(super) fn words(text: &str) -> BTreeSet<String> {
    text.to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !EMPTY.contains(&format!(" {word} ")))
        .map(|word| match word.strip_suffix('s') {
            Some(stem) if stem.chars().count() > 2 && !stem.ends_with('s') => stem.to_owned(),
            _ => word.to_owned(),
        })
        .collect()
}

/// Which share of `wanted` is among `given`; 0 when nothing is wanted.
pub(super) fn coverage(wanted: &BTreeSet<String>, given: &BTreeSet<String>) -> f64 {
    if wanted.is_empty() {
        return 0.0;
    }
    wanted.intersection(given).count() as f64 / wanted.len() as f64
}
