//! Characters of a text kept by what they are, or moved along the alphabet.

use crate::lang::{
    Meter, Stop, Value,
    op::{
        Shape::{Number, Text},
        Spec, Take,
    },
    ops::{row, text, whole},
};

use super::{cuts::left, vowel};

const T: Take = Take::Subject(Text);
const K: Take = Take::Setting(Number);

pub(super) static TABLE: &[Spec] = &[
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
];

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
