//! Case and blanks of a whole text.

use crate::lang::{
    Meter, Stop, Value,
    op::{Shape::Text, Spec, Take},
    ops::{char_end, row, text},
};

const T: Take = Take::Subject(Text);

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
];

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
