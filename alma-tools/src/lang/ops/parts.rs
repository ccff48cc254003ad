//! Operations that take texts apart.

use super::{
    super::{
        Meter, Stop, Value,
        op::{
            Shape::{Numbers, Text, Texts},
            Spec, Take,
        },
    },
    row, text,
};

const T: Take = Take::Subject(Text);
const P: Take = Take::Plain(Text);

pub(super) static TABLE: &[Spec] = &[
    row(
        "split",
        &[T, P],
        Texts,
        2,
        |a, m| split(text(a, 0)?, text(a, 1)?, m),
        "split separated fields parts delimiter field comma",
    ),
    row(
        "words",
        &[T],
        Texts,
        2,
        |a, m| texts(text(a, 0)?.split_whitespace(), m),
        "words word whitespace",
    ),
    row(
        "lines",
        &[T],
        Texts,
        3,
        |a, m| texts(text(a, 0)?.lines(), m),
        "lines line newline",
    ),
    row(
        "chars",
        &[T],
        Texts,
        2,
        |a, m| chars(text(a, 0)?, m),
        "characters letters each character letter",
    ),
    row(
        "alphanumerics",
        &[T],
        Texts,
        3,
        |a, m| {
            texts(
                text(a, 0)?
                    .split(|c: char| !c.is_alphanumeric())
                    .filter(|part| !part.is_empty()),
                m,
            )
        },
        "slug slugify url words punctuation snake kebab camel case identifier",
    ),
    row(
        "humps",
        &[T],
        Texts,
        4,
        |a, m| humps(text(a, 0)?, m),
        "camel camelcase pascal humps snake kebab case identifier",
    ),
    row(
        "numbers_in",
        &[T],
        Numbers,
        3,
        |a, m| numbers(text(a, 0)?, m),
        "numbers number numeric extract",
    ),
    row(
        "before",
        &[T, P],
        Text,
        2,
        |a, m| cut(text(a, 0)?, text(a, 1)?, Side::BeforeFirst, m),
        "before until front",
    ),
    row(
        "after",
        &[T, P],
        Text,
        2,
        |a, m| cut(text(a, 0)?, text(a, 1)?, Side::AfterFirst, m),
        "after from rest domain host",
    ),
    row(
        "before_last",
        &[T, P],
        Text,
        2,
        |a, m| cut(text(a, 0)?, text(a, 1)?, Side::BeforeLast, m),
        "last folder parent directory stem without extension",
    ),
    row(
        "after_last",
        &[T, P],
        Text,
        2,
        |a, m| cut(text(a, 0)?, text(a, 1)?, Side::AfterLast, m),
        "last extension file base name final",
    ),
];

fn texts<'a>(parts: impl Iterator<Item = &'a str>, meter: &mut Meter) -> Result<Value, Stop> {
    let mut out = Vec::new();
    for part in parts {
        meter.step(1)?;
        out.push(meter.text(part)?);
    }
    meter.list(out)
}

fn split(text: &str, separator: &str, meter: &mut Meter) -> Result<Value, Stop> {
    if separator.is_empty() {
        return Err(Stop::Domain("the separator is empty"));
    }
    texts(text.split(separator), meter)
}

fn chars(text: &str, meter: &mut Meter) -> Result<Value, Stop> {
    // One value a character: pay for the spine before it is made.
    meter.bytes(text.len().saturating_mul(16))?;
    let mut buffer = [0; 4];
    let mut out = Vec::new();
    for c in text.chars() {
        out.push(meter.text(c.encode_utf8(&mut buffer))?);
    }
    meter.list(out)
}

/// The words of an identifier in any style: at signs that are neither letter nor digit, and before capitals.
fn humps(text: &str, meter: &mut Meter) -> Result<Value, Stop> {
    let mut cuts = Vec::new();
    let mut previous = None::<char>;
    let mut start = None;
    for (at, c) in text.char_indices() {
        meter.step(1)?;
        if !c.is_alphanumeric() {
            cuts.extend(start.take().map(|from| (from, at)));
        } else if let Some(from) = start {
            if c.is_uppercase() && previous.is_some_and(|p| !p.is_uppercase()) {
                cuts.push((from, at));
                start = Some(at);
            }
        } else {
            start = Some(at);
        }
        previous = Some(c);
    }
    cuts.extend(start.map(|from| (from, text.len())));
    texts(cuts.into_iter().map(|(from, to)| &text[from..to]), meter)
}

/// Decimal numbers in the text; a minus sign counts where no letter or digit stands before it.
fn numbers(text: &str, meter: &mut Meter) -> Result<Value, Stop> {
    let bytes = text.as_bytes();
    let mut out = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        meter.step(1)?;
        if !bytes[at].is_ascii_digit() {
            at += 1;
            continue;
        }
        let digits = |from: usize| {
            from + bytes[from..]
                .iter()
                .take_while(|byte| byte.is_ascii_digit())
                .count()
        };
        let start = at;
        at = digits(at);
        if bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
            at = digits(at + 1);
        }
        let minus = start > 0
            && bytes[start - 1] == b'-'
            && !(start > 1 && bytes[start - 2].is_ascii_alphanumeric());
        let from = if minus { start - 1 } else { start };
        // Digits and a point always parse; very long ones become infinite and are left out.
        if let Some(number) = text[from..at]
            .parse::<f64>()
            .ok()
            .filter(|number| number.is_finite())
        {
            out.push(Value::Number(number));
        }
    }
    meter.list(out)
}

#[derive(Clone, Copy)]
enum Side {
    BeforeFirst,
    AfterFirst,
    BeforeLast,
    AfterLast,
}

/// One side of a separator; the whole text where the separator is missing.
fn cut(text: &str, separator: &str, side: Side, meter: &mut Meter) -> Result<Value, Stop> {
    meter.step(text.len() / 16)?;
    if separator.is_empty() {
        return Err(Stop::Domain("the separator is empty"));
    }
    let parts = match side {
        Side::BeforeFirst | Side::AfterFirst => text.split_once(separator),
        Side::BeforeLast | Side::AfterLast => text.rsplit_once(separator),
    };
    meter.text(match (side, parts) {
        (_, None) => text,
        (Side::BeforeFirst | Side::BeforeLast, Some((before, _))) => before,
        (Side::AfterFirst | Side::AfterLast, Some((_, after))) => after,
    })
}
