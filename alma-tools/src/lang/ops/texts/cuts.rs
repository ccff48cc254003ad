//! Parts of a text by position.

use crate::lang::{
    Meter, Stop, Value,
    op::{
        Shape::{Number, Text},
        Spec, Take,
    },
    ops::{char_end, count, row, text, whole},
};

const T: Take = Take::Subject(Text);
const N: Take = Take::Any(Number);

pub(super) static TABLE: &[Spec] = &[
    row(
        "left",
        &[T, N],
        Text,
        2,
        |a, m| left(text(a, 0)?, count(a, 1)?, m),
        "first left prefix initial initials start truncate shorten",
    ),
    row(
        "right",
        &[T, N],
        Text,
        2,
        |a, m| right(text(a, 0)?, count(a, 1)?, m),
        "last right suffix end",
    ),
    row(
        "skip",
        &[T, N],
        Text,
        2,
        |a, m| skip(text(a, 0)?, count(a, 1)?, m),
        "skip drop remove without first",
    ),
    row(
        "chop",
        &[T, N],
        Text,
        2,
        |a, m| chop(text(a, 0)?, count(a, 1)?, m),
        "chop drop remove without last",
    ),
    row(
        "char_at",
        &[T, N],
        Text,
        3,
        |a, m| char_at(text(a, 0)?, whole(a, 1)?, m),
        "character letter position index nth",
    ),
];

pub(super) fn left(text: &str, count: usize, meter: &mut Meter) -> Result<Value, Stop> {
    meter.text(&text[..char_end(text, count)])
}

fn skip(text: &str, count: usize, meter: &mut Meter) -> Result<Value, Stop> {
    meter.text(&text[char_end(text, count)..])
}

fn right(text: &str, count: usize, meter: &mut Meter) -> Result<Value, Stop> {
    let drop = text.chars().count().saturating_sub(count);
    skip(text, drop, meter)
}

fn chop(text: &str, count: usize, meter: &mut Meter) -> Result<Value, Stop> {
    let keep = text.chars().count().saturating_sub(count);
    left(text, keep, meter)
}

fn char_at(text: &str, at: i64, meter: &mut Meter) -> Result<Value, Stop> {
    let at = usize::try_from(at).map_err(|_| Stop::Domain("a position is below zero"))?;
    match text.chars().nth(at) {
        Some(c) => meter.text(c.encode_utf8(&mut [0; 4])),
        None => Err(Stop::Domain("a position is past the end")),
    }
}
