//! How dates are written.

use std::{fmt, str::FromStr};

use jiff::civil::Date;

use super::{
    super::Stop,
    tokens::{Field, Token, digits, tokens, write_tokens},
};

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

impl fmt::Display for DatePattern {
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
