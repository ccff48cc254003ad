//! Operations on days and times of day.

use jiff::{
    ToSpan,
    civil::{Date, Weekday},
};

use super::{
    super::{
        DatePattern, Meter, Stop, TimePattern, Value,
        op::{
            Shape::{Bool, Date as Day, Number, Text},
            Spec, Take,
        },
    },
    date, integer, number, row, text, whole,
};

const D: Take = Take::Any(Day);
const N: Take = Take::Any(Number);
const T: Take = Take::Subject(Text);

pub(super) static TABLE: &[Spec] = &[
    row(
        "parse_date",
        &[T, Take::DatePattern],
        Day,
        2,
        |a, m| parse_date(text(a, 0)?, text(a, 1)?, m),
        "date day",
    ),
    row(
        "format_date",
        &[D, Take::DatePattern],
        Text,
        2,
        |a, m| format_date(date(a, 0)?, text(a, 1)?, m),
        "date format weekday month name",
    ),
    row(
        "parse_time",
        &[T, Take::TimePattern],
        Number,
        2,
        |a, m| parse_time(text(a, 0)?, text(a, 1)?, m),
        "time hour minutes clock",
    ),
    row(
        "format_time",
        &[N, Take::TimePattern],
        Text,
        2,
        |a, m| format_time(number(a, 0)?, text(a, 1)?, m),
        "time hour minutes clock duration",
    ),
    row(
        "year",
        &[D],
        Number,
        2,
        |a, _| integer(date(a, 0)?.year().into()),
        "year",
    ),
    row(
        "month",
        &[D],
        Number,
        2,
        |a, _| integer(date(a, 0)?.month().into()),
        "month",
    ),
    row(
        "day",
        &[D],
        Number,
        2,
        |a, _| integer(date(a, 0)?.day().into()),
        "day",
    ),
    row(
        "weekday",
        &[D],
        Number,
        3,
        |a, _| integer(date(a, 0)?.weekday().to_monday_one_offset().into()),
        "weekday monday sunday week number",
    ),
    row(
        "quarter",
        &[D],
        Number,
        3,
        |a, _| integer(i64::from((date(a, 0)?.month() - 1) / 3 + 1)),
        "quarter",
    ),
    row(
        "day_of_year",
        &[D],
        Number,
        3,
        |a, _| integer(date(a, 0)?.day_of_year().into()),
        "day year number",
    ),
    row(
        "iso_week",
        &[D],
        Number,
        4,
        |a, _| integer(date(a, 0)?.iso_week_date().week().into()),
        "iso week number",
    ),
    row(
        "days_in_month",
        &[D],
        Number,
        3,
        |a, _| integer(date(a, 0)?.days_in_month().into()),
        "days month number length",
    ),
    row(
        "add_days",
        &[D, N],
        Day,
        2,
        |a, _| shift(date(a, 0)?, whole(a, 1)?, Unit::Day),
        "add plus days later after before tomorrow yesterday next weeks ago due",
    ),
    row(
        "add_months",
        &[D, N],
        Day,
        3,
        |a, _| shift(date(a, 0)?, whole(a, 1)?, Unit::Month),
        "add months later month next",
    ),
    row(
        "add_years",
        &[D, N],
        Day,
        3,
        |a, _| shift(date(a, 0)?, whole(a, 1)?, Unit::Year),
        "add years later year anniversary next",
    ),
    row(
        "days_between",
        &[D, D],
        Number,
        2,
        |a, _| days_between(date(a, 0)?, date(a, 1)?),
        "days between difference from to until",
    ),
    row(
        "months_between",
        &[D, D],
        Number,
        4,
        |a, _| between(date(a, 0)?, date(a, 1)?, jiff::Unit::Month),
        "months between full",
    ),
    row(
        "years_between",
        &[D, D],
        Number,
        3,
        |a, _| between(date(a, 0)?, date(a, 1)?, jiff::Unit::Year),
        "years between age full born birthday",
    ),
    row(
        "start_of_month",
        &[D],
        Day,
        3,
        |a, _| Ok(Value::Date(date(a, 0)?.first_of_month())),
        "first start month beginning",
    ),
    row(
        "end_of_month",
        &[D],
        Day,
        3,
        |a, _| Ok(Value::Date(date(a, 0)?.last_of_month())),
        "last end month",
    ),
    row(
        "start_of_week",
        &[D],
        Day,
        3,
        |a, _| start_of_week(date(a, 0)?),
        "monday week start beginning",
    ),
    row(
        "start_of_year",
        &[D],
        Day,
        4,
        |a, _| Ok(Value::Date(date(a, 0)?.first_of_year())),
        "first start year beginning",
    ),
    row(
        "end_of_year",
        &[D],
        Day,
        4,
        |a, _| Ok(Value::Date(date(a, 0)?.last_of_year())),
        "last end year remaining",
    ),
    row(
        "is_weekend",
        &[D],
        Bool,
        3,
        |a, _| {
            Ok(Value::Bool(matches!(
                date(a, 0)?.weekday(),
                Weekday::Saturday | Weekday::Sunday
            )))
        },
        "weekend saturday sunday weekday workday business",
    ),
    row(
        "is_leap_year",
        &[N],
        Bool,
        4,
        |a, _| leap(whole(a, 0)?),
        "leap year",
    ),
    row(
        "make_date",
        &[N, N, N],
        Day,
        4,
        |a, _| make(whole(a, 0)?, whole(a, 1)?, whole(a, 2)?),
        "date year month day",
    ),
];

const OUTSIDE: Stop = Stop::Domain("a date is outside the calendar");

fn parse_date(text: &str, pattern: &str, meter: &mut Meter) -> Result<Value, Stop> {
    meter.step(text.len())?;
    let pattern: DatePattern = pattern.parse()?;
    pattern
        .read(text)
        .map(Value::Date)
        .ok_or(Stop::Domain("a text is not a date of this form"))
}

fn format_date(date: Date, pattern: &str, meter: &mut Meter) -> Result<Value, Stop> {
    meter.step(pattern.len())?;
    let pattern: DatePattern = pattern.parse()?;
    meter.text(&pattern.write(date))
}

fn parse_time(text: &str, pattern: &str, meter: &mut Meter) -> Result<Value, Stop> {
    meter.step(text.len())?;
    let pattern: TimePattern = pattern.parse()?;
    pattern
        .read(text)
        .ok_or(Stop::Domain("a text is not a time of this form"))
        .and_then(integer)
}

fn format_time(seconds: f64, pattern: &str, meter: &mut Meter) -> Result<Value, Stop> {
    meter.step(pattern.len())?;
    let pattern: TimePattern = pattern.parse()?;
    // Durations that are written with hours and minutes drop what is left of a second.
    #[expect(clippy::cast_possible_truncation, reason = "checked by the range")]
    let whole = if (0.0..1e12).contains(&seconds) {
        seconds as i64
    } else {
        return Err(Stop::Domain("a time is below zero or too long"));
    };
    meter.text(&pattern.write(whole))
}

#[derive(Clone, Copy)]
enum Unit {
    Day,
    Month,
    Year,
}

fn shift(date: Date, by: i64, unit: Unit) -> Result<Value, Stop> {
    // Anything larger leaves the calendar; the spans would refuse it with a panic.
    if by.abs() > 4_000_000
        || (matches!(unit, Unit::Year) && by.abs() > 9_999)
        || (matches!(unit, Unit::Month) && by.abs() > 120_000)
    {
        return Err(OUTSIDE);
    }
    let span = match unit {
        Unit::Day => by.days(),
        Unit::Month => by.months(),
        Unit::Year => by.years(),
    };
    let moved = date.checked_add(span).map_err(|_| OUTSIDE)?;
    Ok(Value::Date(moved))
}

fn days_between(from: Date, to: Date) -> Result<Value, Stop> {
    let span = to.since((jiff::Unit::Day, from)).map_err(|_| OUTSIDE)?;
    integer(span.get_days().into())
}

fn between(from: Date, to: Date, unit: jiff::Unit) -> Result<Value, Stop> {
    let span = from.until((unit, to)).map_err(|_| OUTSIDE)?;
    integer(match unit {
        jiff::Unit::Year => span.get_years().into(),
        _ => span.get_months().into(),
    })
}

fn start_of_week(date: Date) -> Result<Value, Stop> {
    shift(
        date,
        -i64::from(date.weekday().to_monday_zero_offset()),
        Unit::Day,
    )
}

fn leap(year: i64) -> Result<Value, Stop> {
    let century = year % 100 == 0;
    Ok(Value::Bool(if century {
        year % 400 == 0
    } else {
        year % 4 == 0
    }))
}

fn make(year: i64, month: i64, day: i64) -> Result<Value, Stop> {
    let made = (|| {
        Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        )
        .ok()
    })();
    made.map(Value::Date)
        .ok_or(Stop::Domain("there is no such day"))
}
