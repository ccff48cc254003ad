//! How times of day and durations are written.

use std::{fmt, str::FromStr};

use super::{
    super::Stop,
    tokens::{Field, Token, digits, tokens, write_tokens},
};

/// How a time of day or a duration is written.
///
/// `HH H` hours, `hh h` hours of twelve, `mm m` minutes, `ss s` seconds, `A a` AM/PM or
/// am/pm, `[text]` literally, other signs literally. The largest unit is not limited, so
/// that `H:mm` also writes durations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimePattern(Vec<Token<TimeField>>);

/// A field of a [`TimePattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TimeField {
    Hour2,
    Hour,
    Twelve2,
    Twelve,
    Minute2,
    Minute,
    Second2,
    Second,
    Upper,
    Lower,
}

impl Field for TimeField {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("HH", Self::Hour2),
        ("H", Self::Hour),
        ("hh", Self::Twelve2),
        ("h", Self::Twelve),
        ("mm", Self::Minute2),
        ("m", Self::Minute),
        ("ss", Self::Second2),
        ("s", Self::Second),
        ("A", Self::Upper),
        ("a", Self::Lower),
    ];
}

impl fmt::Display for TimePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_tokens(&self.0, f)
    }
}

impl FromStr for TimePattern {
    type Err = Stop;

    fn from_str(pattern: &str) -> Result<Self, Stop> {
        tokens(pattern)
            .map(Self)
            .ok_or(Stop::Domain("a time pattern is not readable"))
    }
}

impl TimePattern {
    /// The seconds that `text` writes; `None` when it is not written so.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<i64> {
        let (mut hours, mut minutes, mut seconds) = (0, 0, 0);
        let mut afternoon = None;
        let mut first = true;
        let mut rest = text;
        for token in &self.0 {
            let field = match token {
                Token::Literal(literal) => {
                    rest = rest.strip_prefix(literal.as_str())?;
                    continue;
                }
                Token::Rest => return None,
                Token::Field(field) => field,
            };
            // The largest unit is open at the top, what follows is not.
            let (most, below) = if first { (9, i64::MAX) } else { (2, 60) };
            first = false;
            let mut read = |least: usize| {
                digits(&mut rest, least, most.max(least))
                    .map(i64::from)
                    .filter(|number| *number < below)
            };
            match field {
                TimeField::Hour2 => hours = read(2)?,
                TimeField::Hour => hours = read(1)?,
                TimeField::Twelve2 => hours = read(2).filter(|h| (1..=12).contains(h))?,
                TimeField::Twelve => hours = read(1).filter(|h| (1..=12).contains(h))?,
                TimeField::Minute2 => minutes = read(2)?,
                TimeField::Minute => minutes = read(1)?,
                TimeField::Second2 => seconds = read(2)?,
                TimeField::Second => seconds = read(1)?,
                TimeField::Upper | TimeField::Lower => {
                    let half = rest.get(..2)?.to_ascii_uppercase();
                    afternoon = Some(match half.as_str() {
                        "AM" => false,
                        "PM" => true,
                        _ => return None,
                    });
                    rest = &rest[2..];
                }
            }
        }
        if let Some(afternoon) = afternoon {
            hours = hours % 12 + if afternoon { 12 } else { 0 };
        }
        rest.is_empty()
            .then_some(hours * 3600 + minutes * 60 + seconds)
    }

    /// How so many seconds, since midnight or of duration, are written.
    #[must_use]
    pub fn write(&self, total: i64) -> String {
        let has = |wanted: &[TimeField]| {
            self.0
                .iter()
                .any(|token| matches!(token, Token::Field(field) if wanted.contains(field)))
        };
        use TimeField as F;
        let hours = total / 3600;
        let minutes = if has(&[F::Hour2, F::Hour, F::Twelve2, F::Twelve]) {
            total / 60 % 60
        } else {
            total / 60
        };
        let seconds = if has(&[F::Minute2, F::Minute]) {
            total % 60
        } else {
            total
        };
        let twelve = (hours + 11) % 12 + 1;
        let afternoon = hours % 24 >= 12;
        let mut out = String::new();
        for token in &self.0 {
            out.push_str(&match token {
                Token::Literal(literal) => literal.clone(),
                Token::Rest => String::new(),
                Token::Field(field) => match field {
                    F::Hour2 => format!("{hours:02}"),
                    F::Hour => hours.to_string(),
                    F::Twelve2 => format!("{twelve:02}"),
                    F::Twelve => twelve.to_string(),
                    F::Minute2 => format!("{minutes:02}"),
                    F::Minute => minutes.to_string(),
                    F::Second2 => format!("{seconds:02}"),
                    F::Second => seconds.to_string(),
                    F::Upper => if afternoon { "PM" } else { "AM" }.to_owned(),
                    F::Lower => if afternoon { "pm" } else { "am" }.to_owned(),
                },
            });
        }
        out
    }
}
