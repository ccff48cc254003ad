//! Lists of things: `the forecast and the time zone for Tokyo` asks twice, if two sibling tools answer.

use std::ops::Range;

use super::{goal::Goal, link::related, retrieve};
use crate::text::{Clause, Token, is_action, senses};

/// The least score by which a tool answers an item of a list.
const ANSWERS: f64 = 1.0;
/// More items than this are no request.
const MOST: usize = 6;

impl Goal<'_> {
    /// Splits the clauses whose items are each answered by another tool of one family.
    pub(super) fn split_lists(&mut self) {
        let mut out = Vec::new();
        for clause in std::mem::take(&mut self.clauses) {
            match self.items(&clause) {
                Some(items) => {
                    for (tokens, tool) in items {
                        self.answers.insert(out.len(), tool);
                        out.push(Clause {
                            tokens,
                            tells: false,
                            ..clause.clone()
                        });
                    }
                }
                None => out.push(clause),
            }
        }
        self.clauses = out;
    }

    fn items(&self, clause: &Clause) -> Option<Vec<(Range<usize>, usize)>> {
        let parts = self.parts(&clause.tokens);
        if parts.len() < 2 || parts.len() > MOST {
            return None;
        }
        let whole = self.scores(&retrieve::query(&self.tokens[clause.tokens.clone()], &[]));
        let top =
            (0..whole.len()).max_by(|&a, &b| whole[a].total_cmp(&whole[b]).then(b.cmp(&a)))?;
        let family: Vec<usize> = (0..whole.len())
            .filter(|&tool| related(self.entry(tool), self.entry(top)))
            .collect();
        if family.len() < parts.len() {
            return None;
        }
        // The clearest pairs first; every item needs a tool of its own.
        let mut pairs = Vec::new();
        let mut named = vec![0; parts.len()];
        for (item, part) in parts.iter().enumerate() {
            let tokens = &self.tokens[part.clone()];
            let mut words = retrieve::query(tokens, &[]);
            words.retain(|(word, _)| !is_action(word));
            let scores = self.scores(&words);
            for &tool in &family {
                let own = usize::from(self.names_own(tool, tokens));
                named[item] = named[item].max(own);
                pairs.push((scores[tool] + own as f64, item, tool));
            }
        }
        // One item may be named by the family alone (`the current weather`), unless it is no thing at all.
        let nameless = (0..parts.len()).filter(|&item| named[item] == 0);
        let predicate = |item: usize| {
            let first = self
                .tokens
                .get(parts[item].start)
                .map(|token| token.word.as_str());
            matches!(first, Some("is" | "are" | "was" | "has" | "have" | "that"))
        };
        if nameless.clone().count() > 1 || nameless.clone().any(predicate) {
            return None;
        }
        pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then((a.1, a.2).cmp(&(b.1, b.2))));
        let mut answered = vec![None; parts.len()];
        for (score, item, tool) in pairs {
            if score >= ANSWERS && answered[item].is_none() && !answered.contains(&Some(tool)) {
                answered[item] = Some(tool);
            }
        }
        parts
            .into_iter()
            .zip(answered)
            .map(|(part, tool)| Some((part, tool?)))
            .collect()
    }

    /// Whether the words name what sets a tool apart from its family.
    fn names_own(&self, tool: usize, tokens: &[Token]) -> bool {
        let entry = self.entry(tool);
        let own = entry.stems.iter().skip(entry.family.len());
        own.filter(|stem| **stem != entry.verb && !entry.family.contains(stem))
            .any(|stem| tokens.iter().any(|token| retrieve::akin(&token.stem, stem)))
    }

    /// The parts between commas and *and* that hold a word of their own.
    fn parts(&self, range: &Range<usize>) -> Vec<Range<usize>> {
        let mut parts: Vec<Range<usize>> = Vec::new();
        let mut start = range.start;
        let inside = |at: usize| {
            self.stated
                .iter()
                .any(|value| value.first < at && at < value.end)
        };
        let content = |part: &Range<usize>| {
            self.tokens[part.clone()].iter().any(|token| {
                token.is_content()
                    && (self.catalog.has(&token.stem) || !senses(&token.stem).is_empty())
            })
        };
        for at in range.clone() {
            let cut = self.tokens[at].is_mark(',') || self.tokens[at].word == "and";
            if cut && !inside(at) {
                if content(&(start..at)) {
                    parts.push(start..at);
                } else if let Some(last) = parts.last_mut() {
                    last.end = at;
                }
                start = at + 1;
            }
        }
        if content(&(start..range.end)) {
            parts.push(start..range.end);
        } else if let Some(last) = parts.last_mut() {
            last.end = range.end;
        }
        parts
    }
}
