//! The tables of operations, by family.

mod dates;
mod lists;
mod logic;
mod numbers;
mod numerals;
mod parts;
mod texts;

use std::sync::LazyLock;

use jiff::civil::Date;

use super::{
    Stop, Value,
    op::{Op, Spec},
    value::MAX_EXACT,
};

/// The families in the order in which a search tries them.
static TABLES: [&[&[Spec]]; 7] = [
    &texts::TABLES,
    &[parts::TABLE],
    &[numbers::TABLE],
    &[numerals::TABLE],
    &lists::TABLES,
    &[logic::TABLE],
    &[dates::TABLE],
];

static BY_NAME: LazyLock<std::collections::HashMap<&'static str, Op>> =
    LazyLock::new(|| all().map(|op| (op.name(), op)).collect());

/// All operations, in a fixed order.
pub(crate) fn all() -> impl Iterator<Item = Op> {
    TABLES
        .iter()
        .flat_map(|family| family.iter())
        .flat_map(|table| table.iter().map(Op))
}

/// The operation with this name.
pub(crate) fn find(name: &str) -> Option<Op> {
    BY_NAME.get(name).copied()
}

const UNTYPED: Stop = Stop::Domain("an argument has the wrong type");

fn text(args: &[Value], at: usize) -> Result<&str, Stop> {
    match args.get(at) {
        Some(Value::Text(text)) => Ok(text),
        _ => Err(UNTYPED),
    }
}

fn number(args: &[Value], at: usize) -> Result<f64, Stop> {
    match args.get(at) {
        Some(Value::Number(number)) => Ok(*number),
        _ => Err(UNTYPED),
    }
}

fn list(args: &[Value], at: usize) -> Result<&[Value], Stop> {
    match args.get(at) {
        Some(Value::List(items)) => Ok(items),
        _ => Err(UNTYPED),
    }
}

fn date(args: &[Value], at: usize) -> Result<Date, Stop> {
    match args.get(at) {
        Some(Value::Date(date)) => Ok(*date),
        _ => Err(UNTYPED),
    }
}

fn truth(args: &[Value], at: usize) -> Result<bool, Stop> {
    match args.get(at) {
        Some(Value::Bool(yes)) => Ok(*yes),
        _ => Err(UNTYPED),
    }
}

fn item(args: &[Value], at: usize) -> Result<&Value, Stop> {
    args.get(at).ok_or(UNTYPED)
}

/// An argument that must be a whole number.
fn whole(args: &[Value], at: usize) -> Result<i64, Stop> {
    let number = number(args, at)?;
    if number.fract() != 0.0 || number.abs() > MAX_EXACT {
        return Err(Stop::Domain("a number is not whole"));
    }
    #[expect(clippy::cast_possible_truncation, reason = "a whole number below 2^53")]
    Ok(number as i64)
}

/// An argument that must be a whole number from 0 on.
fn count(args: &[Value], at: usize) -> Result<usize, Stop> {
    usize::try_from(whole(args, at)?).map_err(|_| Stop::Domain("a count is below zero"))
}

/// A number as a result: infinite and undefined ones are errors.
fn finite(number: f64) -> Result<Value, Stop> {
    if number.is_finite() {
        // Minus zero would print and compare unlike zero.
        Ok(Value::Number(number + 0.0))
    } else {
        Err(Stop::Domain("a number is too large or undefined"))
    }
}

/// A count as a result.
#[expect(
    clippy::cast_precision_loss,
    clippy::unnecessary_wraps,
    reason = "lengths stay far below 2^53; results have the shape of an operation's"
)]
fn length(count: usize) -> Result<Value, Stop> {
    Ok(Value::Number(count as f64))
}

fn integer(number: i64) -> Result<Value, Stop> {
    #[expect(clippy::cast_precision_loss, reason = "checked against 2^53 below")]
    let float = number as f64;
    if float.abs() > MAX_EXACT {
        return Err(Stop::Domain("a whole number is too large"));
    }
    Ok(Value::Number(float))
}

/// The byte position of character `count`, or the end.
fn char_end(text: &str, count: usize) -> usize {
    text.char_indices()
        .nth(count)
        .map_or(text.len(), |(at, _)| at)
}

/// How a number is written: whole ones without a point, others as short as they read back.
fn show_number(number: f64) -> String {
    if number.fract() == 0.0 && number.abs() <= MAX_EXACT {
        format!("{number:.0}")
    } else {
        format!("{number}")
    }
}

/// Rows of the tables, without the noise.
const fn row(
    name: &'static str,
    takes: &'static [super::Take],
    gives: super::Shape,
    weight: u8,
    run: fn(&[Value], &mut super::Meter) -> Result<Value, Stop>,
    words: &'static str,
) -> Spec {
    Spec {
        name,
        takes,
        gives,
        weight,
        commutes: false,
        words,
        run,
    }
}

/// A row whose two arguments may change places.
const fn commuting(spec: Spec) -> Spec {
    Spec {
        commutes: true,
        ..spec
    }
}
