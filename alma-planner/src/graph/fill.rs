//! Filling the inputs of a tool with the values that the goal states.

use super::{
    port::{Port, Slot},
    retrieve::similar,
};
use crate::text::{Stated, Token, TokenKind, ValueKind};

/// Where the value of each input was found, by index among the stated values.
pub(super) type Filled = Vec<Option<usize>>;

/// The least fit at which a value is taken.
const ENOUGH: f64 = 0.32;
/// The fit of a value that was given under the name of the input.
const GIVEN: f64 = 3.0;

/// Assigns the values among `mine` to inputs, best pairs first.
pub(super) fn fill(inputs: &[Port], tokens: &[Token], stated: &[Stated], mine: &[usize]) -> Filled {
    let mut pairs = Vec::new();
    for (port_index, port) in inputs.iter().enumerate() {
        for &value_index in mine {
            let fit = fit(port, &stated[value_index], tokens);
            if fit > ENOUGH {
                let eager = if port.required { 0.15 } else { 0.0 };
                pairs.push((fit + eager, port_index, value_index));
            }
        }
    }
    // Ties go to what was said first and to what stands first in the schema.
    pairs.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.2.cmp(&b.2)).then(a.1.cmp(&b.1)));
    let mut filled: Filled = vec![None; inputs.len()];
    let mut used: Vec<usize> = Vec::new();
    for (_, port, value) in pairs {
        let taken = used
            .iter()
            .any(|&other| overlap(&stated[other], &stated[value]));
        if filled[port].is_none() && !taken {
            filled[port] = Some(value);
            used.push(value);
        }
    }
    filled
}

fn overlap(a: &Stated, b: &Stated) -> bool {
    a.first < b.end && b.first < a.end || !a.name.is_empty() && a.name == b.name
}

/// How well a value suits an input: by kind, and by the words that stand around it.
fn fit(port: &Port, value: &Stated, tokens: &[Token]) -> f64 {
    if !value.name.is_empty() {
        return if value.name == port.stems { GIVEN } else { 0.0 };
    }
    let mut kind = port.takes(value.kind);
    if value.quoted {
        kind = kind.max(0.8 * port.takes(ValueKind::Quoted));
    }
    let words = value
        .value
        .as_str()
        .is_some_and(|text| text.contains(char::is_whitespace));
    if kind == 0.0 || port.slot == Slot::Id && words {
        return 0.0;
    }
    kind * 0.6
        + named(port, value, tokens)
        + role(port, value, tokens)
        + measure(port, value, tokens)
}

/// Whether the words around a value name the input: `a due date of 2023-05-01`, `5% interest`.
fn named(port: &Port, value: &Stated, tokens: &[Token]) -> f64 {
    let worth = |token: &Token| {
        if port.stems.contains(&token.stem) {
            0.5
        } else if token.is_content() && port.about.contains(&token.stem) {
            0.2
        } else {
            0.0
        }
    };
    let mut total = 0.0_f64;
    let mut distance = 0.0;
    for token in tokens[..value.first].iter().rev().take(7) {
        match token.kind {
            TokenKind::Mark('.' | ';' | ',') => break,
            TokenKind::Value(_) => distance += 2.0,
            _ => {}
        }
        total += worth(token) / (1.0 + 0.25 * distance);
        distance += 1.0;
    }
    let after = tokens[value.end..]
        .iter()
        .skip_while(|token| token.is_mark('-'));
    for token in after.take(2) {
        if token.kind != TokenKind::Word || matches!(token.word.as_str(), "and" | "with" | "for") {
            break;
        }
        total += 0.6 * worth(token);
    }
    total.min(1.0)
}

/// Small words before a value that tell its part: *from*, *to*, *in*, *by*.
fn role(port: &Port, value: &Stated, tokens: &[Token]) -> f64 {
    let word = |back: usize| {
        let at = value.first.checked_sub(back);
        at.map_or("", |at| tokens[at].word.as_str())
    };
    let before = if matches!(word(1), "the" | "a" | "an") {
        word(2)
    } else {
        word(1)
    };
    let has = |words: &[&str]| port.stems.iter().any(|stem| words.contains(&stem.as_str()));
    let placed =
        value.kind == ValueKind::Name && matches!(port.slot, Slot::Name | Slot::Id | Slot::Number);
    match before {
        "from" | "between" | "starting" | "since"
            if has(&[
                "origin", "from", "start", "sourc", "source", "pickup", "begin", "min", "departur",
            ]) =>
        {
            0.45
        }
        "to" | "until" | "till" | "into" | "through"
            if has(&[
                "destin",
                "destination",
                "to",
                "end",
                "target",
                "dropoff",
                "return",
            ]) =>
        {
            0.45
        }
        "and" if has(&["end", "destin"]) => 0.2,
        "in" | "at" | "near" | "around" | "for" | "of" if port.slot == Slot::Place => 0.25,
        "in" | "at" | "near" | "around" | "on" | "from" | "to" | "my" if placed => -1.0,
        "by" if has(&["artist", "author", "director", "direct"]) => 0.4,
        "by" if placed => -0.5,
        "called" | "named" | "titled" | "title" if has(&["name", "title", "query"]) => 0.3,
        _ => 0.0,
    }
}

/// Percentages are rates, sums of money are prices, and a number of miles is a distance.
fn measure(port: &Port, value: &Stated, tokens: &[Token]) -> f64 {
    let unit = match value.kind {
        ValueKind::Percent => Some(Measure::Share),
        ValueKind::Money => Some(Measure::Money),
        ValueKind::Number => tokens.get(value.end).and_then(|token| {
            UNITS
                .iter()
                .find(|(_, stems)| stems.contains(&token.stem.as_str()))
                .map(|(unit, _)| *unit)
        }),
        _ => None,
    };
    let Some(unit) = unit else {
        return 0.0;
    };
    let measured = QUANTITIES
        .iter()
        .filter(|(_, stems)| port.stems.iter().any(|stem| stems.contains(&stem.as_str())));
    let units: Vec<Measure> = measured.map(|(unit, _)| *unit).collect();
    if units.contains(&unit) {
        0.3
    } else if !units.is_empty() {
        -0.4
    } else if matches!(unit, Measure::Share | Measure::Money) {
        0.0
    } else {
        -0.3
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Measure {
    Share,
    Money,
    Time,
    Distance,
    Weight,
}

/// Units after a number, by what they measure.
const UNITS: &[(Measure, &[&str])] = &[
    (Measure::Share, &["percent"]),
    (
        Measure::Money,
        &[
            "dollar",
            "euro",
            "pound-sterling",
            "usd",
            "eur",
            "gbp",
            "cent",
        ],
    ),
    (
        Measure::Time,
        &[
            "year", "month", "week", "day", "night", "hour", "minut", "second",
        ],
    ),
    (
        Measure::Distance,
        &[
            "mile",
            "kilometer",
            "kilometr",
            "km",
            "meter",
            "metr",
            "feet",
            "m",
        ],
    ),
    (
        Measure::Weight,
        &["pound", "lb", "kilogram", "kg", "gram", "ounc"],
    ),
];

/// Words in the names of inputs, by what they measure.
const QUANTITIES: &[(Measure, &[&str])] = &[
    (
        Measure::Share,
        &[
            "rate",
            "percentag",
            "percent",
            "discount",
            "interest",
            "tip",
            "tax",
        ],
    ),
    (
        Measure::Money,
        &[
            "amount",
            "price",
            "cost",
            "salary",
            "principal",
            "bill",
            "loan",
            "revenu",
            "fee",
            "budget",
            "allowanc",
            "payment",
            "expens",
            "total",
        ],
    ),
    (
        Measure::Time,
        &[
            "period", "term", "duration", "dur", "time", "day", "night", "year", "hour", "month",
        ],
    ),
    (
        Measure::Distance,
        &["distanc", "radiu", "radius", "length", "mile", "width"],
    ),
    (Measure::Weight, &["weight", "mass"]),
];

/// Whether a value of the kind can only be meant for an input of its own kind.
pub(super) fn is_typed(kind: ValueKind) -> bool {
    matches!(
        kind,
        ValueKind::Date
            | ValueKind::Time
            | ValueKind::Url
            | ValueKind::Email
            | ValueKind::Phone
            | ValueKind::Percent
            | ValueKind::Language
            | ValueKind::Currency
    )
}

/// Words that follow the name of an input and that no tool knows: `genre comedy`, `the user anna`.
pub(super) fn unquoted(
    port: &Port,
    tokens: &[Token],
    known: &dyn Fn(&str) -> bool,
) -> Option<(usize, usize)> {
    if !matches!(
        port.slot,
        Slot::Text
            | Slot::Query
            | Slot::Name
            | Slot::List
            | Slot::Code
            | Slot::Place
            | Slot::Address
    ) {
        return None;
    }
    let name = port.stems.last()?;
    let names = |token: &Token| {
        token.kind == TokenKind::Word
            && (token.stem == *name
                || token.stem.len() > 3 && port.stems.iter().any(|stem| similar(stem, &token.stem)))
    };
    let at = tokens.iter().position(names)? + 1;
    let first = at
        + tokens[at..]
            .iter()
            .take_while(|token| {
                matches!(token.word.as_str(), "is" | "of" | "as") || token.is_mark(':')
            })
            .count();
    let new = |token: &Token| token.is_content() && !known(&token.stem);
    let mut end = first;
    while end < tokens.len() {
        let joins = matches!(tokens[end].word.as_str(), "and" | "or") || tokens[end].is_mark(',');
        if new(&tokens[end]) || joins && end > first && tokens.get(end + 1).is_some_and(new) {
            end += 1;
        } else {
            break;
        }
    }
    (end > first).then_some((first, end))
}
