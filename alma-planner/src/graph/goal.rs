//! A goal, read against the tools on offer.

use std::{
    cell::RefCell,
    collections::{BTreeMap, HashMap},
    ops::Range,
    rc::Rc,
};

use serde_json::Value;

use super::{
    catalog::{Catalog, Entry},
    fill::{Filled, fill, unquoted},
    port::Slot,
    retrieve,
    wire::Feed,
};
use crate::text::{
    Clause, Stated, Token, TokenKind, ValueKind, clauses, is_action, name_words, read, stem,
};

/// A clause, the tool that takes and the tool that gives.
pub(super) type Feeding = (usize, usize, usize);

/// A tool in the place of a clause.
#[derive(Clone, Debug)]
pub(super) struct Choice {
    /// The clause that asks for it.
    pub(super) clause: usize,
    /// The tool.
    pub(super) tool: usize,
    /// The stated values that it may take.
    pub(super) values: Vec<usize>,
}

/// A goal in parts.
pub(super) struct Goal<'a> {
    pub(super) catalog: &'a Catalog,
    pub(super) text: &'a str,
    pub(super) tokens: Vec<Token>,
    pub(super) stated: Vec<Stated>,
    pub(super) clauses: Vec<Clause>,
    /// For a clause that is one item of a list, the tool that answers it.
    pub(super) answers: HashMap<usize, usize>,
    /// What tools may take of each other, by clause, taker and giver.
    pub(super) fed: RefCell<HashMap<Feeding, Rc<Vec<Feed>>>>,
    /// The scores of every tool for a word, kept because words recur.
    words: RefCell<HashMap<String, Rc<Vec<f64>>>>,
}

impl<'a> Goal<'a> {
    /// Reads `text`; `given` are further values by name.
    pub(super) fn read(
        catalog: &'a Catalog,
        text: &'a str,
        given: &BTreeMap<String, Value>,
    ) -> Self {
        let (tokens, mut stated) = read(text);
        // `SMS` and `GCD` are capitalised, but they name tools rather than values.
        stated.retain(|value| {
            value.kind != ValueKind::Name
                || !tokens[value.first..value.end]
                    .iter()
                    .all(|token| catalog.knows(&token.stem))
        });
        let end = tokens.len();
        stated.extend(given.iter().map(|(name, value)| Stated {
            kind: ValueKind::Quoted,
            quoted: true,
            name: name_words(name).iter().map(|word| stem(word)).collect(),
            value: value.clone(),
            first: end,
            end,
        }));
        let clauses = clauses(&tokens, &stated, &|stem| catalog.is_verb(stem));
        Self {
            catalog,
            text,
            tokens,
            stated,
            clauses,
            answers: HashMap::new(),
            fed: RefCell::default(),
            words: RefCell::default(),
        }
    }

    pub(super) fn entry(&self, tool: usize) -> &'a Entry {
        &self.catalog.entries[tool]
    }

    pub(super) fn said(&self, clause: usize) -> &[Token] {
        &self.tokens[self.clauses[clause].tokens.clone()]
    }

    /// The values that stand in a part of the text, and those given by name.
    pub(super) fn values_in(&self, part: &Range<usize>) -> Vec<usize> {
        (0..self.stated.len())
            .filter(|&at| {
                let value = &self.stated[at];
                !value.name.is_empty() || part.contains(&value.first) && value.end <= part.end
            })
            .collect()
    }

    /// The scores of all tools for weighted words.
    pub(super) fn scores(&self, words: &[(String, f64)]) -> Vec<f64> {
        let mut total = vec![0.0; self.catalog.entries.len()];
        for (word, weight) in words {
            let known = self.words.borrow().get(word).map(Rc::clone);
            let scores = known.unwrap_or_else(|| {
                let scores = Rc::new(retrieve::scores(self.catalog, word));
                self.words
                    .borrow_mut()
                    .insert(word.clone(), Rc::clone(&scores));
                scores
            });
            for (sum, score) in total.iter_mut().zip(scores.iter()) {
                *sum += weight * score;
            }
        }
        total
    }

    pub(super) fn fill(&self, choice: &Choice) -> Filled {
        fill(
            &self.entry(choice.tool).inputs,
            &self.tokens,
            &self.stated,
            &choice.values,
        )
    }

    /// The inputs without which a tool makes no sense: the required ones, or the main one where all are optional.
    pub(super) fn needed(&self, tool: usize) -> Vec<usize> {
        let inputs = &self.entry(tool).inputs;
        let required: Vec<usize> = (0..inputs.len())
            .filter(|&at| inputs[at].required)
            .collect();
        if !required.is_empty() {
            return required;
        }
        let first = |test: &dyn Fn(usize) -> bool| (0..inputs.len()).find(|&at| test(at));
        first(&|at| inputs[at].slot == Slot::Id)
            .or_else(|| first(&|at| inputs[at].slot == Slot::Query))
            .or_else(|| {
                first(&|at| {
                    inputs[at]
                        .stems
                        .iter()
                        .any(|stem| matches!(stem.as_str(), "usernam" | "name"))
                })
            })
            .into_iter()
            .collect()
    }

    /// Words of the clause that stand where an input is named: `genre comedy`; or what a search is for.
    pub(super) fn unquoted(&self, choice: &Choice, port: usize) -> Option<Value> {
        let port = &self.entry(choice.tool).inputs[port];
        let tokens = self.said(choice.clause);
        let known = |stem: &str| self.catalog.knows(stem) || is_action(stem);
        if let Some((first, end)) = unquoted(port, tokens, &known) {
            let words: Vec<&str> = tokens[first..end]
                .iter()
                .map(|token| token.word.as_str())
                .collect();
            return Some(Value::from(words.join(" ").replace(" ,", ",")));
        }
        (port.slot == Slot::Query).then(|| self.remainder(tokens))?
    }

    /// What a clause asks for, without its verb.
    fn remainder(&self, tokens: &[Token]) -> Option<Value> {
        let first = tokens
            .iter()
            .position(|token| token.is_content() && !is_action(&token.stem))?;
        let last = tokens
            .iter()
            .rposition(|token| token.is_content() || matches!(token.kind, TokenKind::Value(_)))?;
        (first <= last).then(|| Value::from(&self.text[tokens[first].start..tokens[last].end]))
    }
}
