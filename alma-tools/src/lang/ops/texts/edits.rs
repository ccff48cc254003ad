//! Texts changed in places, padded and joined.

use crate::lang::{
    Meter, Stop, Value,
    op::{
        Shape::{Number, Text, Texts},
        Spec, Take,
    },
    ops::{count, list, row, text},
};

const T: Take = Take::Subject(Text);
const ANY: Take = Take::Any(Text);
const P: Take = Take::Plain(Text);
const FILL: Take = Take::Setting(Text);
const N: Take = Take::Any(Number);
const K: Take = Take::Setting(Number);
const TS: Take = Take::Any(Texts);

pub(super) static TABLE: &[Spec] = &[
    row(
        "replace",
        &[T, P, P],
        Text,
        3,
        |a, m| replace(text(a, 0)?, text(a, 1)?, text(a, 2)?, usize::MAX, m),
        "replace substitute change convert swap",
    ),
    row(
        "replace_first",
        &[T, P, P],
        Text,
        4,
        |a, m| replace(text(a, 0)?, text(a, 1)?, text(a, 2)?, 1, m),
        "replace first substitute",
    ),
    row(
        "remove",
        &[T, P],
        Text,
        2,
        |a, m| replace(text(a, 0)?, text(a, 1)?, "", usize::MAX, m),
        "remove delete strip without drop",
    ),
    row(
        "strip_prefix",
        &[T, P],
        Text,
        3,
        |a, m| strip(text(a, 0)?, text(a, 1)?, true, m),
        "prefix remove strip leading",
    ),
    row(
        "strip_suffix",
        &[T, P],
        Text,
        3,
        |a, m| strip(text(a, 0)?, text(a, 1)?, false, m),
        "suffix extension remove strip trailing",
    ),
    row(
        "trim_start",
        &[T, P],
        Text,
        3,
        |a, m| trim_text(text(a, 0)?, text(a, 1)?, true, m),
        "strip leading zeros trim remove",
    ),
    row(
        "trim_end",
        &[T, P],
        Text,
        3,
        |a, m| trim_text(text(a, 0)?, text(a, 1)?, false, m),
        "strip trailing trim remove",
    ),
    row(
        "pad_left",
        &[T, K, FILL],
        Text,
        2,
        |a, m| pad(text(a, 0)?, count(a, 1)?, text(a, 2)?, true, m),
        "pad padding zeros width fixed leading align fill",
    ),
    row(
        "pad_right",
        &[T, K, FILL],
        Text,
        3,
        |a, m| pad(text(a, 0)?, count(a, 1)?, text(a, 2)?, false, m),
        "pad padding width fixed trailing align fill",
    ),
    row(
        "repeat",
        &[ANY, N],
        Text,
        2,
        |a, m| repeat(text(a, 0)?, count(a, 1)?, m),
        "repeat times mask hide stars bar",
    ),
    row(
        "concat",
        &[ANY, ANY],
        Text,
        2,
        |a, m| concat(text(a, 0)?, text(a, 1)?, m),
        "concatenate append join prefix suffix combine",
    ),
    row(
        "join",
        &[TS, P],
        Text,
        2,
        |a, m| join(list(a, 0)?, text(a, 1)?, m),
        "join combine separated list",
    ),
    row(
        "join_with_last",
        &[TS, P, P],
        Text,
        3,
        |a, m| join_with_last(list(a, 0)?, text(a, 1)?, text(a, 2)?, m),
        "join and or enumerate sentence list",
    ),
];

fn replace(
    text: &str,
    from: &str,
    to: &str,
    times: usize,
    meter: &mut Meter,
) -> Result<Value, Stop> {
    meter.step(text.len() / 16)?;
    if from.is_empty() {
        return meter.text(text);
    }
    let found = text.matches(from).take(times).count();
    meter.bytes(found.saturating_mul(to.len()))?;
    meter.text(&text.replacen(from, to, times))
}

fn strip(text: &str, what: &str, front: bool, meter: &mut Meter) -> Result<Value, Stop> {
    let rest = if front {
        text.strip_prefix(what)
    } else {
        text.strip_suffix(what)
    };
    meter.text(rest.unwrap_or(text))
}

fn trim_text(text: &str, what: &str, front: bool, meter: &mut Meter) -> Result<Value, Stop> {
    if what.is_empty() {
        return meter.text(text);
    }
    meter.text(if front {
        text.trim_start_matches(what)
    } else {
        text.trim_end_matches(what)
    })
}

fn pad(
    text: &str,
    width: usize,
    fill: &str,
    front: bool,
    meter: &mut Meter,
) -> Result<Value, Stop> {
    let missing = width.saturating_sub(text.chars().count());
    let mut fills = fill.chars();
    let (Some(c), None) = (fills.next(), fills.next()) else {
        return Err(Stop::Domain("padding is not one character"));
    };
    meter.bytes(missing.saturating_mul(4))?;
    let filling: String = std::iter::repeat_n(c, missing).collect();
    meter.text(&if front {
        filling + text
    } else {
        text.to_owned() + &filling
    })
}

fn repeat(text: &str, times: usize, meter: &mut Meter) -> Result<Value, Stop> {
    meter.bytes(text.len().saturating_mul(times))?;
    meter.text(&text.repeat(times))
}

fn concat(a: &str, b: &str, meter: &mut Meter) -> Result<Value, Stop> {
    meter.bytes(a.len() + b.len())?;
    meter.text(&(a.to_owned() + b))
}

fn pieces<'a>(items: &'a [Value], meter: &mut Meter, extra: usize) -> Result<Vec<&'a str>, Stop> {
    meter.step(items.len())?;
    let mut out = Vec::with_capacity(items.len());
    for (at, _) in items.iter().enumerate() {
        let piece = text(items, at)?;
        meter.bytes(piece.len() + extra)?;
        out.push(piece);
    }
    Ok(out)
}

fn join(items: &[Value], separator: &str, meter: &mut Meter) -> Result<Value, Stop> {
    let pieces = pieces(items, meter, separator.len())?;
    meter.text(&pieces.join(separator))
}

fn join_with_last(
    items: &[Value],
    separator: &str,
    last: &str,
    meter: &mut Meter,
) -> Result<Value, Stop> {
    let pieces = pieces(items, meter, separator.len().max(last.len()))?;
    match pieces.split_last() {
        Some((end, rest)) if !rest.is_empty() => {
            meter.text(&format!("{}{last}{end}", rest.join(separator)))
        }
        _ => meter.text(&pieces.concat()),
    }
}
