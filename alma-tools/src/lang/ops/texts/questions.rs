//! What can be counted, found and asked in a text.

use crate::lang::{
    Meter, Stop, Value,
    op::{
        Shape::{Bool, Number, Text},
        Spec, Take,
    },
    ops::{integer, length, row, text},
};

use super::vowel;

const T: Take = Take::Subject(Text);
const ANY: Take = Take::Any(Text);
const P: Take = Take::Plain(Text);

pub(super) static TABLE: &[Spec] = &[
    row(
        "text_length",
        &[T],
        Number,
        2,
        |a, m| {
            m.step(text(a, 0)?.len() / 64)?;
            length(text(a, 0)?.chars().count())
        },
        "length long longer longest shorter shortest characters size letters count number",
    ),
    row(
        "count_of",
        &[T, P],
        Number,
        2,
        |a, m| count_of(text(a, 0)?, text(a, 1)?, m),
        "count how often occurrences number times depth",
    ),
    row(
        "index_of",
        &[T, P],
        Number,
        3,
        |a, m| index_of(text(a, 0)?, text(a, 1)?, m),
        "index position find where",
    ),
    row(
        "contains",
        &[T, ANY],
        Bool,
        2,
        |a, m| {
            m.step(text(a, 0)?.len() / 16)?;
            Ok(Value::Bool(text(a, 0)?.contains(text(a, 1)?)))
        },
        "contains includes whether has substring present",
    ),
    row(
        "starts_with",
        &[T, ANY],
        Bool,
        2,
        |a, _| Ok(Value::Bool(text(a, 0)?.starts_with(text(a, 1)?))),
        "starts begins prefix starting",
    ),
    row(
        "ends_with",
        &[T, ANY],
        Bool,
        2,
        |a, _| Ok(Value::Bool(text(a, 0)?.ends_with(text(a, 1)?))),
        "ends suffix ending",
    ),
    row(
        "is_upper",
        &[T],
        Bool,
        3,
        |a, _| every(text(a, 0)?, char::is_alphabetic, char::is_uppercase),
        "upper uppercase capital",
    ),
    row(
        "is_lower",
        &[T],
        Bool,
        3,
        |a, _| every(text(a, 0)?, char::is_alphabetic, char::is_lowercase),
        "lower lowercase",
    ),
    row(
        "is_digits",
        &[T],
        Bool,
        3,
        |a, _| every(text(a, 0)?, |_| true, |c| c.is_ascii_digit()),
        "digits digit numeric number",
    ),
    row(
        "is_letters",
        &[T],
        Bool,
        3,
        |a, _| every(text(a, 0)?, |_| true, char::is_alphabetic),
        "letters letter alphabetic",
    ),
    row(
        "is_vowel",
        &[T],
        Bool,
        3,
        |a, _| every(text(a, 0)?, |_| true, vowel),
        "vowel vowels",
    ),
];

fn count_of(text: &str, what: &str, meter: &mut Meter) -> Result<Value, Stop> {
    meter.step(text.len() / 16)?;
    if what.is_empty() {
        return Err(Stop::Domain("the text to look for is empty"));
    }
    length(text.matches(what).count())
}

fn index_of(text: &str, what: &str, meter: &mut Meter) -> Result<Value, Stop> {
    meter.step(text.len() / 16)?;
    match text.find(what) {
        Some(at) => length(text[..at].chars().count()),
        None => integer(-1),
    }
}

/// Whether `wanted` holds for all characters that matter, and some do.
#[expect(
    clippy::unnecessary_wraps,
    reason = "the shape of an operation's result"
)]
fn every(text: &str, matters: fn(char) -> bool, wanted: fn(char) -> bool) -> Result<Value, Stop> {
    let mut seen = text.chars().filter(|c| matters(*c)).peekable();
    Ok(Value::Bool(seen.peek().is_some() && seen.all(wanted)))
}
