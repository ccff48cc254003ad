//! Operations that make a text out of a text.

use super::{
    super::{
        Meter, Stop, Value,
        op::{
            Shape::{Bool, Number, Text, Texts},
            Spec, Take,
        },
    },
    char_end, count, integer, length, list, row, text, whole,
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
        "upper",
        &[T],
        Text,
        2,
        |a, m| m.text(&text(a, 0)?.to_uppercase()),
        "upper uppercase capital capitals capitalized",
    ),
    row(
        "lower",
        &[T],
        Text,
        2,
        |a, m| m.text(&text(a, 0)?.to_lowercase()),
        "lower lowercase small case insensitive ignoring",
    ),
    row(
        "title",
        &[T],
        Text,
        3,
        |a, m| title(text(a, 0)?, m),
        "title capitalize capitalization case word",
    ),
    row(
        "capitalize",
        &[T],
        Text,
        2,
        |a, m| first_letter(text(a, 0)?, m, str::to_uppercase),
        "capitalize capitalise capital sentence first",
    ),
    row(
        "decapitalize",
        &[T],
        Text,
        3,
        |a, m| first_letter(text(a, 0)?, m, str::to_lowercase),
        "lower first camel camelcase",
    ),
    row(
        "swap_case",
        &[T],
        Text,
        3,
        |a, m| m.text(&swap_case(text(a, 0)?)),
        "swap invert toggle case",
    ),
    row(
        "trim",
        &[T],
        Text,
        2,
        |a, m| m.text(text(a, 0)?.trim()),
        "trim strip surrounding leading trailing blanks spaces whitespace padding",
    ),
    row(
        "squeeze",
        &[T],
        Text,
        3,
        |a, m| squeeze(text(a, 0)?, m),
        "squeeze collapse normalize whitespace spaces blanks single runs",
    ),
    row(
        "reverse_text",
        &[T],
        Text,
        3,
        |a, m| m.text(&text(a, 0)?.chars().rev().collect::<String>()),
        "reverse reversed backwards palindrome mirror",
    ),
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
    row(
        "digits",
        &[T],
        Text,
        2,
        |a, m| keep(text(a, 0)?, |c| c.is_ascii_digit(), m),
        "digits numbers numeric only phone",
    ),
    row(
        "letters",
        &[T],
        Text,
        3,
        |a, m| keep(text(a, 0)?, char::is_alphabetic, m),
        "letters alphabetic only",
    ),
    row(
        "letters_and_digits",
        &[T],
        Text,
        3,
        |a, m| keep(text(a, 0)?, char::is_alphanumeric, m),
        "alphanumeric punctuation special symbols only remove",
    ),
    row(
        "capitals",
        &[T],
        Text,
        3,
        |a, m| keep(text(a, 0)?, char::is_uppercase, m),
        "capitals capital capitalised acronym abbreviation upper only initials",
    ),
    row(
        "without_vowels",
        &[T],
        Text,
        4,
        |a, m| keep(text(a, 0)?, |c| !vowel(c), m),
        "vowels vowel consonants disemvowel without remove",
    ),
    row(
        "only_vowels",
        &[T],
        Text,
        4,
        |a, m| keep(text(a, 0)?, vowel, m),
        "vowels vowel",
    ),
    row(
        "shift_letters",
        &[T, K],
        Text,
        4,
        |a, m| shift(text(a, 0)?, whole(a, 1)?, m),
        "caesar rot13 cipher shift encrypt decrypt letters rotate",
    ),
    row(
        "common_prefix",
        &[T, T],
        Text,
        4,
        |a, m| common_prefix(text(a, 0)?, text(a, 1)?, m),
        "common prefix shared",
    ),
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

pub(super) fn vowel(c: char) -> bool {
    matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u')
}

fn title(text: &str, meter: &mut Meter) -> Result<Value, Stop> {
    meter.step(text.len())?;
    let mut out = String::with_capacity(text.len());
    let mut start = true;
    for c in text.chars() {
        if start {
            out.extend(c.to_uppercase());
        } else {
            out.extend(c.to_lowercase());
        }
        start = c.is_whitespace();
    }
    meter.text(&out)
}

fn first_letter(text: &str, meter: &mut Meter, change: fn(&str) -> String) -> Result<Value, Stop> {
    let (first, rest) = text.split_at(char_end(text, 1));
    meter.text(&(change(first) + rest))
}

fn swap_case(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if c.is_uppercase() {
            out.extend(c.to_lowercase());
        } else {
            out.extend(c.to_uppercase());
        }
    }
    out
}

fn squeeze(text: &str, meter: &mut Meter) -> Result<Value, Stop> {
    let words: Vec<_> = text.split_whitespace().collect();
    meter.text(&words.join(" "))
}

fn left(text: &str, count: usize, meter: &mut Meter) -> Result<Value, Stop> {
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

fn keep(text: &str, wanted: fn(char) -> bool, meter: &mut Meter) -> Result<Value, Stop> {
    meter.step(text.len() / 16)?;
    let kept: String = text.chars().filter(|c| wanted(*c)).collect();
    meter.text(&kept)
}

fn shift(text: &str, by: i64, meter: &mut Meter) -> Result<Value, Stop> {
    meter.step(text.len() / 16)?;
    // Within 0..26 after the remainder.
    let by = u8::try_from(by.rem_euclid(26)).unwrap_or(0);
    let turn = |c: char, base: u8| match u8::try_from(c) {
        Ok(byte) => char::from((byte - base + by) % 26 + base),
        Err(_) => c,
    };
    let turned: String = text
        .chars()
        .map(|c| match c {
            'a'..='z' => turn(c, b'a'),
            'A'..='Z' => turn(c, b'A'),
            _ => c,
        })
        .collect();
    meter.text(&turned)
}

fn common_prefix(a: &str, b: &str, meter: &mut Meter) -> Result<Value, Stop> {
    let shared = a.chars().zip(b.chars()).take_while(|(a, b)| a == b).count();
    left(a, shared, meter)
}

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
