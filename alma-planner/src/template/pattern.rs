//! Whether a goal is of the kind that a template serves.

use std::collections::BTreeSet;

use crate::text::stem;

/// How many words of a pattern a goal has; nothing when one is missing.
pub(super) fn matches(pattern: &str, goal: &BTreeSet<String>) -> Option<usize> {
    let mut words = 0;
    for word in pattern.split_whitespace() {
        let said = word
            .split('|')
            .any(|one| goal.contains(&stem(&one.to_lowercase())));
        if !said {
            return None;
        }
        words += 1;
    }
    (words > 0).then_some(words)
}
