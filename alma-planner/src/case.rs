//! Cases: the plan of a past mission, with the values of the new goal in their places.

use std::collections::BTreeMap;

use alma_core::{Binding, Case, Draft, Mission, Offer};
use serde_json::Value;

use crate::{
    assemble::{coerce, schemas},
    text::{Stated, Token, ValueKind, read},
};

/// How much of the words of two goals must be common, from 0 to 1.
const ALIKE: f64 = 0.8;

/// A goal as far as cases are compared: its words without values, and its values.
struct Outline {
    words: BTreeMap<String, usize>,
    values: Vec<Stated>,
}

/// The plan of the most similar past mission that went well, made to fit this one.
///
/// A case fits when nearly the same words ask for it, each value of its goal has a counterpart of
/// the same kind, every input of the mission has a place, and the result passes the check.
pub(crate) fn reuse(mission: &Mission, offer: &Offer) -> Option<Draft> {
    let wanted = outline(&mission.goal);
    let mut candidates: Vec<(f64, &Case)> = offer
        .cases
        .iter()
        .filter(|case| case.succeeded && case.feedback >= 0)
        .map(|case| (likeness(&wanted, &outline(&case.goal)), case))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    candidates.sort_by(|a, b| b.0.total_cmp(&a.0).then(b.1.feedback.cmp(&a.1.feedback)));
    candidates.into_iter().find_map(|(_, case)| {
        let exchange = exchange(&outline(&case.goal).values, &wanted.values)?;
        let mut draft = case.plan.clone();
        substitute(&mut draft, &exchange, mission, offer)?;
        draft.reason = format!("as in mission {}", case.mission);
        draft.follows = Some(case.mission);
        draft.clone().check(offer).ok()?;
        Some(draft)
    })
}

fn outline(goal: &str) -> Outline {
    let (tokens, stated) = read(goal);
    // Of values that overlap the longest counts: a list rather than its items.
    let mut values: Vec<Stated> = Vec::new();
    for value in stated {
        match values.last_mut() {
            Some(last) if value.first < last.end => {
                if value.end - value.first > last.end - last.first {
                    *last = value;
                }
            }
            _ => values.push(value),
        }
    }
    let inside = |at: usize| {
        values
            .iter()
            .any(|value| (value.first..value.end).contains(&at))
    };
    let mut words = BTreeMap::new();
    let said = |(at, token): &(usize, Token)| token.is_content() && !inside(*at);
    for (_, token) in tokens.into_iter().enumerate().filter(said) {
        *words.entry(token.stem).or_insert(0) += 1;
    }
    Outline { words, values }
}

/// The share of words that two goals have in common (Dice).
fn likeness(a: &Outline, b: &Outline) -> f64 {
    let common: usize = a
        .words
        .iter()
        .map(|(word, count)| (*count).min(b.words.get(word).copied().unwrap_or(0)))
        .sum();
    let all: usize = a.words.values().sum::<usize>() + b.words.values().sum::<usize>();
    if all == 0 {
        0.0
    } else {
        2.0 * common as f64 / all as f64
    }
}

/// The values of an old goal with those of the new one that take their places: per kind, in order.
fn exchange(old: &[Stated], new: &[Stated]) -> Option<Vec<(Value, Value)>> {
    let of = |values: &[Stated], kind: ValueKind| -> Vec<Value> {
        values
            .iter()
            .filter(|value| value.kind == kind)
            .map(|value| value.value.clone())
            .collect()
    };
    let mut kinds: Vec<ValueKind> = Vec::new();
    for value in old.iter().chain(new) {
        if !kinds.contains(&value.kind) {
            kinds.push(value.kind);
        }
    }
    let mut pairs = Vec::new();
    for kind in kinds {
        let (old, new) = (of(old, kind), of(new, kind));
        if old.len() != new.len() {
            return None;
        }
        pairs.extend(old.into_iter().zip(new));
    }
    Some(pairs)
}

/// Puts new values into a plan; nothing when an input of the mission finds no place.
fn substitute(
    draft: &mut Draft,
    exchange: &[(Value, Value)],
    mission: &Mission,
    offer: &Offer,
) -> Option<()> {
    let mut open: Vec<&String> = mission
        .inputs
        .keys()
        .filter(|name| !name.contains('.'))
        .collect();
    for task in &mut draft.tasks {
        let (schema, _) = schemas(&task.action, offer)?;
        for (input, binding) in &mut task.inputs {
            let Binding::Value(value) = binding else {
                continue;
            };
            let given = mission.inputs.get(input);
            open.retain(|name| *name != input);
            let new = given.cloned().or_else(|| exchanged(value, exchange));
            if let Some(new) = new {
                *value = coerce(&new, &schema.property(input)?)?;
            }
        }
    }
    open.is_empty().then_some(())
}

/// What stands in the new goal for a value of the old plan.
fn exchanged(value: &Value, exchange: &[(Value, Value)]) -> Option<Value> {
    let text = |value: &Value| {
        value
            .as_str()
            .map_or_else(|| value.to_string(), str::to_owned)
    };
    if let Some((_, new)) = exchange.iter().find(|(old, _)| text(old) == text(value)) {
        return Some(new.clone());
    }
    // `gyms in London` holds the value `London`.
    let whole = value.as_str()?;
    let mut changed = whole.to_owned();
    for (old, new) in exchange {
        let old = text(old);
        if old.chars().count() >= 3 && whole.contains(&old) {
            changed = changed.replace(&old, &text(new));
        }
    }
    (changed != whole).then(|| Value::from(changed))
}
