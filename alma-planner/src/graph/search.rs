//! Choosing a tool for every clause, all clauses together: a beam search.

use super::{
    fill::{Filled, is_typed},
    goal::{Choice, Goal},
    link::related,
    retrieve,
};
use crate::text::{Stated, Token, is_action, is_change, senses};

/// Tools considered for a clause, and partial plans kept.
const CANDIDATES: usize = 8;
const BEAM: usize = 12;

/// What a clause counts that gets no tool: less when it opens with a verb, much when it only tells something.
const SKIP_VERB: f64 = 1.0;
const SKIP_PLAIN: f64 = 4.0;
const SKIP_TOLD: f64 = 12.0;
/// What it counts more when the step before gives all that it asks for.
const GIVEN_ANYWAY: f64 = 9.0;
/// The same tool once more, for nothing new or with inputs of its own.
const REPEAT: f64 = 8.0;
const REPEAT_ANEW: f64 = 0.5;
/// Neither a thing nor the verb speaks for the tool.
const THINGLESS: f64 = 3.0;
/// The verb asks for a change that is not the tool's.
const OPPOSED: f64 = 3.0;
/// A date, an address, a currency that the tool takes, or leaves.
const TYPED: f64 = 1.2;
/// The verb of the clause is the tool's.
const VERB: f64 = 1.5;
/// The whole name of the tool was said.
const COVER: f64 = 2.0;
/// All needed inputs are stated, or open.
const NEED: f64 = 2.0;
const OPEN: f64 = 0.6;
/// A tool of the same family was chosen before.
const KIN: f64 = 1.5;
/// The tool was found to answer this item of a list.
const ANSWER: f64 = 3.0;
/// The share of the score for the whole goal.
const WHOLE: f64 = 0.15;

/// A tool for a clause, with all that does not depend on the other clauses.
struct Candidate {
    choice: Choice,
    filled: Filled,
    /// The needed inputs for which the clause says nothing.
    open: Vec<usize>,
    score: f64,
}

#[derive(Clone, Debug, Default)]
struct State {
    steps: Vec<Choice>,
    score: f64,
}

impl Goal<'_> {
    /// The best tools for the clauses, in the order of the clauses.
    pub(super) fn search(&self) -> Vec<Choice> {
        let whole = self.scores(&retrieve::query(&self.tokens, &[]));
        let mut beam = vec![State::default()];
        for clause in 0..self.clauses.len() {
            let candidates = self.candidates(clause, &whole);
            let mut next = Vec::new();
            for state in &beam {
                next.push(self.skipped(state, clause));
                for candidate in &candidates {
                    next.push(self.taken(state, candidate));
                }
            }
            // A stable sort: of equals the earlier stays, so the result is always the same.
            next.sort_by(|a, b| b.score.total_cmp(&a.score));
            next.truncate(BEAM);
            beam = next;
        }
        beam.into_iter().next().unwrap_or_default().steps
    }

    /// The tools that the words of a clause speak for, with their scores.
    fn candidates(&self, clause: usize, whole: &[f64]) -> Vec<Candidate> {
        let part = &self.clauses[clause];
        let said: Vec<&Stated> = self
            .values_in(&part.tokens)
            .into_iter()
            .map(|at| &self.stated[at])
            .collect();
        let mut words = retrieve::query(self.said(clause), &self.tokens[..part.tokens.start]);
        words.extend(retrieve::hints(&said, &self.tokens));
        let own = self.scores(&words);
        words.retain(|(word, _)| !is_action(word));
        let things = self.scores(&words);
        let mut ranked: Vec<(usize, f64)> = (0..own.len())
            .filter(|&tool| own[tool] > 0.0)
            .map(|tool| {
                let form = self.form(tool, clause, things[tool] > 0.0);
                let answer = if self.answers.get(&clause) == Some(&tool) {
                    ANSWER
                } else {
                    0.0
                };
                (tool, own[tool] + WHOLE * whole[tool] + form + answer)
            })
            .collect();
        ranked.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
        ranked.truncate(CANDIDATES);
        let values = self.values_in(&part.values);
        let candidate = |(tool, score)| {
            let choice = Choice {
                clause,
                tool,
                values: values.clone(),
            };
            let filled = self.fill(&choice);
            let score = score + self.typed(&choice, &filled);
            let open =
                |&port: &usize| filled[port].is_none() && self.unquoted(&choice, port).is_none();
            let open = self.needed(tool).into_iter().filter(open).collect();
            Candidate {
                choice,
                filled,
                open,
                score,
            }
        };
        ranked.into_iter().map(candidate).collect()
    }

    /// The clause adds its values to the step before and nothing else.
    fn skipped(&self, state: &State, clause: usize) -> State {
        let part = &self.clauses[clause];
        let mut state = state.clone();
        state.score += if part.tells {
            SKIP_TOLD
        } else if part.verb {
            SKIP_VERB
        } else {
            SKIP_PLAIN
        };
        if let Some(last) = state.steps.last_mut() {
            if self.gives_anyway(last, self.said(clause)) {
                state.score += GIVEN_ANYWAY;
            }
            last.values.extend(self.values_in(&part.values));
            // Given values belong to every clause.
            last.values.sort_unstable();
            last.values.dedup();
        }
        state
    }

    fn taken(&self, state: &State, candidate: &Candidate) -> State {
        let mut state = state.clone();
        state.score += candidate.score + self.suits(candidate, &state.steps);
        let again = |step: &Choice| step.tool == candidate.choice.tool;
        if state.steps.iter().any(again) {
            state.score -= if self.anew(candidate) {
                REPEAT_ANEW
            } else {
                REPEAT
            };
        }
        state.steps.push(candidate.choice.clone());
        state
    }

    /// Whether a clause states all that a tool needs, so that a second run of it is meant.
    fn anew(&self, candidate: &Candidate) -> bool {
        let needed = self.needed(candidate.choice.tool);
        self.clauses[candidate.choice.clause].verb
            && !needed.is_empty()
            && needed.iter().all(|&port| candidate.filled[port].is_some())
    }

    /// Whether a clause asks for no more than an earlier step gives anyway.
    fn gives_anyway(&self, step: &Choice, tokens: &[Token]) -> bool {
        let mut things = tokens
            .iter()
            .filter(|token| token.is_content() && !is_action(&token.stem))
            .peekable();
        // Only outputs that are named in full: `reviews_link` gives no reviews.
        let named = |stem: &String| tokens.iter().any(|token| token.stem == *stem);
        let outputs = &self.entry(step.tool).outputs;
        let told: Vec<&String> = outputs
            .iter()
            .filter(|port| port.stems.iter().all(named))
            .flat_map(|port| &port.stems)
            .collect();
        things.peek().is_some() && things.all(|token| told.contains(&&token.stem))
    }

    /// What the form of a clause says for a tool: its verb, and how much of the tool's name it tells.
    fn form(&self, tool: usize, clause: usize, thing: bool) -> f64 {
        let entry = self.entry(tool);
        let tokens = self.said(clause);
        let earlier = &self.tokens[..self.clauses[clause].tokens.start];
        let verb = tokens.iter().find(|token| {
            token.is_content() && (is_action(&token.stem) || self.catalog.is_verb(&token.stem))
        });
        let same = verb
            .is_some_and(|verb| verb.stem == entry.verb || entry.stems.first() == Some(&verb.stem));
        let akin = verb.is_some_and(|verb| {
            senses(&verb.stem)
                .iter()
                .any(|row| senses(&entry.verb).contains(row))
        });
        let mut score = 0.0;
        if same {
            score += VERB;
        } else if akin {
            score += 0.5 * VERB;
        }
        if !thing && !same {
            score -= THINGLESS;
        }
        // Who says *delete* means no tool that records.
        if verb.is_some_and(|verb| is_change(&verb.stem)) && !same && !akin {
            score -= OPPOSED;
        }
        let (mut all, mut told) = (0.0, 0.0);
        for stem in &entry.stems {
            let rarity = self.catalog.rarity(stem);
            let share = if tokens.iter().any(|token| token.stem == *stem) {
                1.0
            } else if earlier.iter().any(|token| token.stem == *stem) {
                0.5
            } else if entry.family.contains(stem) {
                continue;
            } else {
                0.0
            };
            told += share * rarity;
            all += rarity;
        }
        score + COVER * told / f64::max(all, 1.0)
    }

    /// Whether the values that have a kind of their own find inputs of that kind.
    fn typed(&self, choice: &Choice, filled: &Filled) -> f64 {
        let inputs = &self.entry(choice.tool).inputs;
        let mut score: f64 = 0.0;
        for &value in &choice.values {
            let stated = &self.stated[value];
            if is_typed(stated.kind) && stated.name.is_empty() {
                let taken = (0..filled.len())
                    .any(|at| filled[at] == Some(value) && inputs[at].takes(stated.kind) >= 0.8);
                score += if taken { TYPED } else { -TYPED };
            }
        }
        score.clamp(-3.0 * TYPED, 3.0 * TYPED)
    }

    /// What speaks for a tool after others: inputs that they can fill, and kinship.
    fn suits(&self, candidate: &Candidate, before: &[Choice]) -> f64 {
        let Candidate {
            choice,
            filled,
            open,
            ..
        } = candidate;
        let mut score = 0.0;
        let needed = self.needed(choice.tool);
        if !needed.is_empty() {
            let links = self.links(choice, filled, before);
            let share = 1.0 / needed.len() as f64;
            for port in needed {
                let worth = match links[port] {
                    _ if filled[port].is_some() => NEED,
                    Some(link) => NEED * link.strength.min(1.2),
                    None if open.contains(&port) => -OPEN,
                    None => 0.75 * NEED,
                };
                score += share * worth;
            }
        }
        let entry = self.entry(choice.tool);
        if before
            .iter()
            .any(|step| related(self.entry(step.tool), entry))
        {
            let theirs =
                |token: &Token| matches!(token.word.as_str(), "their" | "its" | "her" | "his");
            let tokens = self.said(choice.clause);
            score += if tokens.iter().any(theirs) {
                2.0 * KIN
            } else {
                KIN
            };
        }
        score
    }
}
