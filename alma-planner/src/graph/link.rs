//! Linking: which output of an earlier step an input of a later one may take.

use super::{
    catalog::Entry,
    port::{Port, Slot},
};
use crate::text::{Token, is_action, senses};

/// How well an output suits an input by name alone, from 0 to 1.
pub(super) fn by_name(producer: &Entry, output: &Port, consumer: &Entry, input: &Port) -> f64 {
    let name = names(output, input, producer);
    if name == 0.0 {
        return 0.0;
    }
    let kin = if related(producer, consumer) {
        0.15
    } else {
        0.0
    };
    let echo = if echoes(producer, output) { 0.3 } else { 0.0 };
    (name + kin - echo).clamp(0.0, 1.0)
}

/// Whether an output merely repeats what the tool was given.
pub(super) fn echoes(producer: &Entry, output: &Port) -> bool {
    producer
        .inputs
        .iter()
        .any(|port| port.required && port.stems == output.stems)
}

/// Whether the first tool finds something, not known before, that the second requires by the same name.
pub(super) fn precedes(first: &Entry, second: &Entry) -> bool {
    related(first, second)
        && first.outputs.iter().any(|output| {
            !echoes(first, output)
                && second
                    .inputs
                    .iter()
                    .any(|input| input.required && input.stems == output.stems)
        })
}

/// Whether two tools belong together.
pub(super) fn related(a: &Entry, b: &Entry) -> bool {
    !a.family.is_empty() && a.family == b.family
}

fn names(output: &Port, input: &Port, producer: &Entry) -> f64 {
    if output.stems == input.stems {
        return if input.stems.len() > 1 { 0.9 } else { 0.65 };
    }
    let bare = |port: &Port| -> Vec<String> {
        let bare: Vec<String> = port
            .stems
            .iter()
            .filter(|stem| *stem != "id")
            .cloned()
            .collect();
        if bare.is_empty() {
            port.stems.clone()
        } else {
            bare
        }
    };
    let (from, to) = (bare(output), bare(input));
    let shared = to.iter().filter(|stem| from.contains(stem)).count();
    if input.slot == Slot::Id {
        // `author_id` may be found in `author`, and in the `id` of the tool that finds authors.
        let own = output.stems == ["id"] && to.iter().any(|stem| producer.stems.contains(stem));
        return if from == to || own { 0.7 } else { 0.0 };
    }
    if shared == 0 || matches!(output.slot, Slot::Id) {
        return 0.0;
    }
    if shared == to.len() || shared == from.len() {
        0.4
    } else {
        0.2
    }
}

/// Whether a value of one kind may stand where the other is wanted; between siblings also as an id.
pub(super) fn fits(output: &Port, input: &Port, siblings: bool) -> bool {
    use Slot as S;
    match (output.slot, input.slot) {
        (a, b) if a == b => true,
        (S::Control, _) | (_, S::Control) | (S::Flag, _) | (_, S::Flag) => false,
        (_, S::Text | S::List | S::Query) => true,
        (S::Text | S::List, S::Number | S::Name | S::Place | S::Date | S::Address | S::Code) => {
            true
        }
        (S::Name, S::Place | S::Code) | (S::Place | S::Code, S::Name) => true,
        (S::Id, S::Code) | (S::Address, S::Name) => true,
        (S::Text | S::Name, S::Id) => siblings,
        _ => false,
    }
}

/// How clearly the words of a clause name an output of an earlier step, or what that step makes.
pub(super) fn mention(producer: &Entry, output: &Port, tokens: &[Token]) -> f64 {
    if output.stems.is_empty() {
        return 0.0;
    }
    let said = |stem: &String| {
        tokens.iter().any(|token| {
            token.is_content()
                && (token.stem == *stem
                    || !is_action(stem)
                        && senses(&token.stem)
                            .iter()
                            .any(|row| senses(stem).contains(row)))
        })
    };
    let share = |stems: &[&String]| {
        if stems.is_empty() {
            return 0.0;
        }
        stems.iter().filter(|stem| said(stem)).count() as f64 / stems.len() as f64
    };
    // `the translated joke` is what the translator made.
    let made = tokens
        .iter()
        .any(|token| token.stem == producer.verb && token.word.ends_with("ed"));
    let own: Vec<&String> = output.stems.iter().collect();
    let nouns: Vec<&String> = producer
        .stems
        .iter()
        .filter(|stem| **stem != producer.verb)
        .collect();
    share(&own).max(0.6 * share(&nouns)) + if made { 0.5 } else { 0.0 }
}

/// How clearly a clause points back at what came before, from 0 to 1.
pub(super) fn points_back(tokens: &[Token]) -> f64 {
    let strong = |token: &Token| {
        matches!(
            token.word.as_str(),
            "it" | "them"
                | "that"
                | "this"
                | "those"
                | "these"
                | "their"
                | "its"
                | "her"
                | "his"
                | "him"
                | "result"
                | "results"
                | "resulting"
                | "both"
                | "same"
                | "selected"
                | "output"
        )
    };
    let weak = |token: &Token| {
        matches!(
            token.word.as_str(),
            "list"
                | "options"
                | "value"
                | "values"
                | "total"
                | "amount"
                | "answer"
                | "outcome"
                | "findings"
                | "one"
                | "ones"
                | "file"
        )
    };
    if tokens.iter().any(strong) {
        1.0
    } else if tokens.iter().any(weak) {
        0.8
    } else {
        0.0
    }
}
