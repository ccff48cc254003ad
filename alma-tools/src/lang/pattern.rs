//! How dates and times of day are written: patterns such as `D MMM YYYY` and `h:mm A`.

use std::{fmt, str::FromStr};

use jiff::civil::Date;

use super::Stop;

/// The twelve months in English.
pub(crate) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days of the week in English, from Monday on.
pub(crate) const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];

/// How a date is written.
///
/// `YYYY YY` year, `MMMM MMM MM M` month by name, short name, two digits, digits,
/// `DD D` day, `dddd ddd` weekday by name and short name, `Q` quarter, `[text]` literally,
/// other signs literally, and a `*` at the end for whatever follows (read only).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DatePattern(Vec<Token<DateField>>);

/// How a time of day or a duration is written.
///
/// `HH H` hours, `hh h` hours of twelve, `mm m` minutes, `ss s` seconds, `A a` AM/PM or
/// am/pm, `[text]` literally, other signs literally. The largest unit is not limited, so
/// that `H:mm` also writes durations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimePattern(Vec<Token<TimeField>>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<F> {
    Field(F),
    Literal(String),
    Rest,
}

/// A field of a [`DatePattern`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum DateField {
    Year,
    ShortYear,
    MonthName,
    MonthShort,
    Month2,
    Month,
    Day2,
    Day,
    WeekdayName,
    WeekdayShort,
    Quarter,
}

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

trait Field: Copy + PartialEq + 'static {
    /// Names, longer ones before their own beginnings.
    const NAMES: &'static [(&'static str, Self)];
}

impl Field for DateField {
    const NAMES: &'static [(&'static str, Self)] = &[
        ("YYYY", Self::Year),
        ("YY", Self::ShortYear),
        ("MMMM", Self::MonthName),
        ("MMM", Self::MonthShort),
        ("MM", Self::Month2),
        ("M", Self::Month),
        ("DD", Self::Day2),
        ("D", Self::Day),
        ("dddd", Self::WeekdayName),
        ("ddd", Self::WeekdayShort),
        ("Q", Self::Quarter),
    ];
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

fn tokens<F: Field>(pattern: &str) -> Option<Vec<Token<F>>> {
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

fn write_tokens<F: Field>(tokens: &[Token<F>], f: &mut fmt::Formatter<'_>) -> fmt::Result {
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

impl fmt::Display for DatePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_tokens(&self.0, f)
    }
}

impl fmt::Display for TimePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_tokens(&self.0, f)
    }
}

impl FromStr for DatePattern {
    type Err = Stop;

    fn from_str(pattern: &str) -> Result<Self, Stop> {
        tokens(pattern)
            .map(Self)
            .ok_or(Stop::Domain("a date pattern is not readable"))
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

impl DatePattern {
    /// The date that `text` writes; `None` when it is not written so, or leaves year, month or day open.
    #[must_use]
    pub fn read(&self, text: &str) -> Option<Date> {
        let (mut year, mut month, mut day) = (None, None, None);
        let mut rest = text;
        for token in &self.0 {
            match token {
                Token::Literal(literal) => rest = rest.strip_prefix(literal.as_str())?,
                Token::Rest => rest = "",
                Token::Field(field) => match field {
                    DateField::Year => year = Some(digits(&mut rest, 4, 4)?),
                    DateField::ShortYear => {
                        let short = digits(&mut rest, 2, 2)?;
                        year = Some(if short < 70 {
                            2000 + short
                        } else {
                            1900 + short
                        });
                    }
                    DateField::Month2 => month = Some(digits(&mut rest, 2, 2)?),
                    DateField::Month => month = Some(digits(&mut rest, 1, 2)?),
                    DateField::Day2 => day = Some(digits(&mut rest, 2, 2)?),
                    DateField::Day => day = Some(digits(&mut rest, 1, 2)?),
                    DateField::MonthName => month = Some(name(&mut rest, &MONTHS, None)? + 1),
                    DateField::MonthShort => month = Some(name(&mut rest, &MONTHS, Some(3))? + 1),
                    DateField::WeekdayName => drop(name(&mut rest, &WEEKDAYS, None)?),
                    DateField::WeekdayShort => drop(name(&mut rest, &WEEKDAYS, Some(3))?),
                    DateField::Quarter => drop(digits(&mut rest, 1, 1)?),
                },
            }
        }
        let (year, month, day) = (year?, month?, day?);
        rest.is_empty()
            .then(|| {
                Date::new(
                    year.try_into().ok()?,
                    month.try_into().ok()?,
                    day.try_into().ok()?,
                )
                .ok()
            })
            .flatten()
    }

    /// How `date` is written.
    #[must_use]
    pub fn write(&self, date: Date) -> String {
        let month = MONTHS[usize::try_from(date.month() - 1).unwrap_or(0) % 12];
        let weekday =
            WEEKDAYS[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0) % 7];
        let mut out = String::new();
        for token in &self.0 {
            out.push_str(&match token {
                Token::Literal(literal) => literal.clone(),
                Token::Rest => String::new(),
                Token::Field(field) => match field {
                    DateField::Year => format!("{:04}", date.year()),
                    DateField::ShortYear => format!("{:02}", date.year().rem_euclid(100)),
                    DateField::MonthName => month.to_owned(),
                    DateField::MonthShort => month[..3].to_owned(),
                    DateField::Month2 => format!("{:02}", date.month()),
                    DateField::Month => date.month().to_string(),
                    DateField::Day2 => format!("{:02}", date.day()),
                    DateField::Day => date.day().to_string(),
                    DateField::WeekdayName => weekday.to_owned(),
                    DateField::WeekdayShort => weekday[..3].to_owned(),
                    DateField::Quarter => ((date.month() - 1) / 3 + 1).to_string(),
                },
            });
        }
        out
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

/// Reads `least` to `most` digits off the front.
fn digits(rest: &mut &str, least: usize, most: usize) -> Option<i32> {
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

/// Reads one of `names` off the front, whatever its case; of each, `length` letters or all.
fn name(rest: &mut &str, names: &[&str], length: Option<usize>) -> Option<i32> {
    let (at, found) = names.iter().enumerate().find_map(|(at, name)| {
        let name = &name[..length.unwrap_or(name.len())];
        rest.get(..name.len())
            .filter(|text| text.eq_ignore_ascii_case(name))
            .map(|text| (at, text.len()))
    })?;
    *rest = &rest[found..];
    i32::try_from(at).ok()
}
