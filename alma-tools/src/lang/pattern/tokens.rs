//! Patterns as rows of fields and literal signs.

use std::fmt;

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token<F> {
    Field(F),
    Literal(String),
    Rest,
}

pub(super) trait Field: Copy + PartialEq + 'static {
    /// Names, longer ones before their own beginnings.
    const NAMES: &'static [(&'static str, Self)];
}

pub(super) fn tokens<F: Field>(pattern: &str) -> Option<Vec<Token<F>>> {
    let mut out: Vec<Token<F>> = Vec::new();
    let literal = |out: &mut Vec<Token<F>>, text: &str| match out.last_mut() {
        Some(Token::Literal(before)) => before.push_str(text),
        _ => out.push(Token::Literal(text.to_owned())),
    };
    let mut rest = pattern;
    while let Some(c) = rest.chars().next() {
        if let Some((name, field)) = F::NAMES.iter().find(|(name, _)| rest.starts_with(name)) {
            out.push(Token::Field(*field));
            rest = &rest[name.len()..];
        } else if c == '[' {
            let end = rest.find(']')?;
            literal(&mut out, &rest[1..end]);
            rest = &rest[end + 1..];
        } else if rest == "*" {
            out.push(Token::Rest);
            rest = "";
        } else if c.is_alphabetic() {
            return None;
        } else {
            let (sign, after) = rest.split_at(c.len_utf8());
            literal(&mut out, sign);
            rest = after;
        }
    }
    out.iter()
        .any(|token| matches!(token, Token::Field(_)))
        .then_some(out)
}

pub(super) fn write_tokens<F: Field>(
    tokens: &[Token<F>],
    f: &mut fmt::Formatter<'_>,
) -> fmt::Result {
    for token in tokens {
        match token {
            Token::Field(field) => {
                let name = F::NAMES.iter().find(|(_, other)| other == field);
                f.write_str(name.map_or("", |(name, _)| name))?;
            }
            Token::Literal(text) if text.contains(|c: char| c.is_alphabetic() || c == '*') => {
                write!(f, "[{text}]")?;
            }
            Token::Literal(text) => f.write_str(text)?,
            Token::Rest => f.write_str("*")?,
        }
    }
    Ok(())
}

/// Reads `least` to `most` digits off the front.
pub(super) fn digits(rest: &mut &str, least: usize, most: usize) -> Option<i32> {
    let length = rest
        .bytes()
        .take(most)
        .take_while(u8::is_ascii_digit)
        .count();
    if length < least {
        return None;
    }
    let (number, after) = rest.split_at(length);
    *rest = after;
    number.parse().ok()
}
