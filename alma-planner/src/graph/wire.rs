//! Wiring: tools that find what others need, and where every input comes from.

use std::rc::Rc;

use super::{
    Fill, Sketch, Step,
    fill::Filled,
    goal::{Choice, Goal},
    link::{by_name, echoes, fits, mention, points_back, precedes, related},
    port::Slot,
    retrieve,
};
use crate::text::Token;

/// The least strength at which an output is taken.
const LINK: f64 = 0.44;
/// The least likeness of names at which a tool is added only for its output.
const SUPPLY: f64 = 0.8;
/// How deep tools are added for tools that were added.
const DEPTH: usize = 3;

/// What speaks for a link: it lies near, kinds are alike, the clause names the output or points back.
const NEAR: f64 = 0.2;
const ALIKE: f64 = 0.1;
const SAID: f64 = 0.6;
const BACK: f64 = 0.35;
/// The likeness of names from which they are kindred.
const NAMED: f64 = 0.4;

/// What an input of one tool may take of another, wherever that stands.
#[derive(Clone, Copy, Debug)]
pub(super) struct Feed {
    input: usize,
    output: usize,
    strength: f64,
    named: bool,
}

/// An output of an earlier step that an input may take.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    /// How much speaks for it.
    pub(super) strength: f64,
    /// Whether the names are kindred.
    named: bool,
    step: usize,
    output: usize,
}

impl Goal<'_> {
    /// Orders the choices, adds what they lack, and fills all inputs.
    pub(super) fn wire(&self, chosen: Vec<Choice>) -> Sketch {
        let served = |clause: &usize| chosen.iter().any(|choice| choice.clause == *clause);
        let unserved = (0..self.clauses.len())
            .filter(|clause| self.clauses[*clause].verb && !served(clause))
            .count();
        let mut ordered: Vec<Choice> = Vec::new();
        for choice in chosen {
            // What finds a thing stands before what uses it, in whatever order they were asked for.
            let this = self.entry(choice.tool);
            let at = ordered.iter().position(|other| {
                let other = self.entry(other.tool);
                precedes(this, other) && !precedes(other, this)
            });
            ordered.insert(at.unwrap_or(ordered.len()), choice);
        }
        let mut choices: Vec<Choice> = Vec::new();
        for choice in ordered {
            self.supply(&choice, &mut choices, &[]);
            choices.push(choice);
        }
        let steps = (0..choices.len())
            .map(|at| self.step(&choices[at], &choices[..at]))
            .collect();
        Sketch { steps, unserved }
    }

    /// For each wanted input that no value fills, the output of an earlier step that it takes.
    ///
    /// An output goes into one input only; and without a kindred name at most one input takes what a
    /// word such as *it* points at.
    pub(super) fn links(
        &self,
        choice: &Choice,
        filled: &Filled,
        before: &[Choice],
    ) -> Vec<Option<Link>> {
        let consumer = self.entry(choice.tool);
        let mut links: Vec<Option<Link>> = vec![None; consumer.inputs.len()];
        if before.is_empty() {
            return links;
        }
        let mut found: Vec<(usize, Link)> = Vec::new();
        for (step, other) in before.iter().enumerate() {
            let near = NEAR - 0.03 * (before.len() - step) as f64;
            for offer in self.feeds(choice.clause, choice.tool, other.tool).iter() {
                let strength = offer.strength + near;
                if filled[offer.input].is_none() && strength >= LINK {
                    let Feed { named, output, .. } = *offer;
                    found.push((
                        offer.input,
                        Link {
                            strength,
                            named,
                            step,
                            output,
                        },
                    ));
                }
            }
        }
        found.sort_by(|a, b| b.1.strength.total_cmp(&a.1.strength).then(a.0.cmp(&b.0)));
        let both = self
            .said(choice.clause)
            .iter()
            .any(|token| token.word == "both");
        let mut pointed = false;
        for (port, link) in found {
            let used = links
                .iter()
                .flatten()
                .any(|other| (other.step, other.output) == (link.step, link.output));
            if links[port].is_none() && !used && (link.named || both || !pointed) {
                pointed |= !link.named;
                links[port] = Some(link);
            }
        }
        links
    }

    /// All that one tool may take of another in a clause; kept, for the search asks often.
    fn feeds(&self, clause: usize, consumer: usize, producer: usize) -> Rc<Vec<Feed>> {
        let key = (clause, consumer, producer);
        if let Some(known) = self.fed.borrow().get(&key) {
            return Rc::clone(known);
        }
        let tokens = self.said(clause);
        let back = BACK * points_back(tokens);
        let (taker, giver) = (self.entry(consumer), self.entry(producer));
        let siblings = related(giver, taker);
        let mut feeds = Vec::new();
        for input in self.wanted(consumer, tokens) {
            let port = &taker.inputs[input];
            for (output, given) in giver.outputs.iter().enumerate() {
                let name = by_name(giver, given, taker, port);
                if name == 0.0 && !fits(given, port, siblings) {
                    continue;
                }
                let alike = if given.slot == port.slot { ALIKE } else { 0.0 };
                let strength = name + alike + SAID * mention(giver, given, tokens) + back;
                if strength + NEAR >= LINK {
                    feeds.push(Feed {
                        input,
                        output,
                        strength,
                        named: name >= NAMED,
                    });
                }
            }
        }
        let feeds = Rc::new(feeds);
        self.fed.borrow_mut().insert(key, Rc::clone(&feeds));
        feeds
    }

    /// The needed inputs and those that the clause names.
    fn wanted(&self, tool: usize, tokens: &[Token]) -> Vec<usize> {
        let mut wanted = self.needed(tool);
        for (at, port) in self.entry(tool).inputs.iter().enumerate() {
            let last = port.stems.last();
            let said = tokens
                .iter()
                .any(|token| token.is_content() && Some(&token.stem) == last);
            if said && !matches!(port.slot, Slot::Control | Slot::Flag) && !wanted.contains(&at) {
                wanted.push(at);
            }
        }
        wanted
    }

    /// Inserts tools that find what a step needs and nobody stated; never one that changes something.
    ///
    /// `users` are the tools for which this one was itself inserted: none of them is inserted again.
    fn supply(&self, choice: &Choice, before: &mut Vec<Choice>, users: &[usize]) {
        if users.len() == DEPTH {
            return;
        }
        let mut users = users.to_vec();
        users.push(choice.tool);
        let entry = self.entry(choice.tool);
        let filled = self.fill(choice);
        for port in self.needed(choice.tool) {
            if filled[port].is_some() || self.links(choice, &filled, before)[port].is_some() {
                continue;
            }
            let tool = if matches!(entry.inputs[port].slot, Slot::Text | Slot::List) {
                self.named_supplier(choice, port, before)
            } else {
                None
            };
            let tool = tool.or_else(|| self.supplier(choice, port, before));
            let tool = tool.filter(|tool| !users.contains(tool));
            if let Some(tool) = tool {
                let added = Choice {
                    tool,
                    ..choice.clone()
                };
                self.supply(&added, before, &users);
                before.push(added);
            }
        }
    }

    /// A tool that gives exactly what an input is called: a sibling, or whoever gives the id.
    fn supplier(&self, choice: &Choice, port: usize, before: &[Choice]) -> Option<usize> {
        let consumer = self.entry(choice.tool);
        let input = &consumer.inputs[port];
        let mut best: Option<(f64, usize)> = None;
        for (tool, producer) in self.catalog.entries.iter().enumerate() {
            let eligible = related(producer, consumer) || input.slot == Slot::Id;
            if tool == choice.tool
                || producer.changes
                || !eligible
                || before.iter().any(|step| step.tool == tool)
            {
                continue;
            }
            for output in &producer.outputs {
                let strength = by_name(producer, output, consumer, input);
                if strength >= SUPPLY && best.is_none_or(|(other, _)| strength > other) {
                    best = Some((strength, tool));
                }
            }
        }
        best.map(|(_, tool)| tool)
    }

    /// `the sentiment of the latest headlines`: the tool whose output the clause names after its own thing.
    fn named_supplier(&self, choice: &Choice, port: usize, before: &[Choice]) -> Option<usize> {
        let consumer = self.entry(choice.tool);
        let tokens = self.said(choice.clause);
        let own = tokens
            .iter()
            .rposition(|token| consumer.stems.contains(&token.stem));
        let free: Vec<&Token> = tokens[own.map_or(0, |at| at + 1)..]
            .iter()
            .filter(|token| token.is_content())
            .collect();
        let scores = self.scores(&retrieve::query(tokens, &[]));
        let mut best: Option<usize> = None;
        for (tool, producer) in self.catalog.entries.iter().enumerate() {
            let named = producer.outputs.iter().any(|output| {
                !output.stems.is_empty()
                    && !echoes(producer, output)
                    && fits(output, &consumer.inputs[port], false)
                    && output
                        .stems
                        .iter()
                        .all(|stem| free.iter().any(|token| token.stem == *stem))
            });
            if named
                && !producer.changes
                && tool != choice.tool
                && !before.iter().any(|step| step.tool == tool)
                && self.grounded(choice, tool)
                && best.is_none_or(|best| scores[tool] > scores[best])
            {
                best = Some(tool);
            }
        }
        best
    }

    /// Whether the goal states all that a tool needs.
    fn grounded(&self, choice: &Choice, tool: usize) -> bool {
        let choice = Choice {
            tool,
            ..choice.clone()
        };
        let filled = self.fill(&choice);
        self.needed(tool)
            .into_iter()
            .all(|port| filled[port].is_some() || self.unquoted(&choice, port).is_some())
    }

    fn step(&self, choice: &Choice, before: &[Choice]) -> Step {
        let entry = self.entry(choice.tool);
        let filled = self.fill(choice);
        let links = self.links(choice, &filled, before);
        let needed = self.needed(choice.tool);
        let everywhere = self.fill(&Choice {
            values: (0..self.stated.len()).collect(),
            ..choice.clone()
        });
        let mut inputs = Vec::new();
        for (at, port) in entry.inputs.iter().enumerate() {
            // From another clause only what is of the right kind: no date for a text.
            let everywhere = everywhere
                .get(at)
                .copied()
                .flatten()
                .filter(|&value| port.takes(self.stated[value].kind) >= 0.5);
            let stated = |at: usize| Fill::Literal(self.stated[at].value.clone());
            let fill = match (filled[at], links[at], everywhere) {
                (Some(value), ..) => stated(value),
                // What was said earlier beats an output of a sibling that is called otherwise.
                (None, Some(link), Some(value))
                    if !link.named
                        && needed.contains(&at)
                        && related(self.entry(before[link.step].tool), entry) =>
                {
                    stated(value)
                }
                (None, Some(link), _) => Fill::Output {
                    step: link.step,
                    port: self.entry(before[link.step].tool).outputs[link.output]
                        .name
                        .clone(),
                },
                (None, None, _) if !needed.contains(&at) => continue,
                (None, None, Some(value)) => stated(value),
                (None, None, None) => self.unquoted(choice, at).map_or(Fill::Ask, Fill::Literal),
            };
            inputs.push((port.name.clone(), fill));
        }
        Step {
            tool: choice.tool,
            inputs,
        }
    }
}
