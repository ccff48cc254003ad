//! What a list comes to: one value of all its items.

use crate::lang::{
    Meter, Stop, Value,
    eval::order,
    op::{
        Shape::{Bool, Item, List, Number, Numbers, OrderedList},
        Spec, Take,
    },
    ops::{UNTYPED, finite, integer, item, length, list, number, row},
};

use super::{EMPTY, sort};

const L: Take = Take::Any(List);
const OL: Take = Take::Any(OrderedList);
const NS: Take = Take::Any(Numbers);
const I: Take = Take::Any(Item);

pub(super) static TABLE: &[Spec] = &[
    row(
        "sum",
        &[NS],
        Number,
        2,
        |a, m| fold(list(a, 0)?, 0.0, m, |a, b| a + b),
        "sum total add dot",
    ),
    row(
        "product",
        &[NS],
        Number,
        3,
        |a, m| fold(list(a, 0)?, 1.0, m, |a, b| a * b),
        "product multiply",
    ),
    row(
        "max",
        &[OL],
        Item,
        2,
        |a, m| extreme(list(a, 0)?, m, std::cmp::Ordering::Greater),
        "maximum largest biggest highest greatest max",
    ),
    row(
        "min",
        &[OL],
        Item,
        2,
        |a, m| extreme(list(a, 0)?, m, std::cmp::Ordering::Less),
        "minimum smallest lowest least min",
    ),
    row(
        "mean",
        &[NS],
        Number,
        3,
        |a, m| mean(list(a, 0)?, m),
        "mean average",
    ),
    row(
        "median",
        &[NS],
        Number,
        4,
        |a, m| median(list(a, 0)?, m),
        "median middle",
    ),
    row(
        "most_frequent",
        &[L],
        Item,
        4,
        |a, m| most_frequent(list(a, 0)?, m),
        "frequent common mode often",
    ),
    row(
        "occurrences",
        &[L, I],
        Number,
        3,
        |a, m| {
            m.compare(list(a, 0)?)?;
            length(list(a, 0)?.iter().filter(|x| x.same(&a[1])).count())
        },
        "occurrences often count times",
    ),
    row(
        "position",
        &[L, I],
        Number,
        3,
        |a, m| position(list(a, 0)?, item(a, 1)?, m),
        "position index where find",
    ),
    row(
        "has",
        &[L, I],
        Bool,
        2,
        |a, m| {
            m.compare(list(a, 0)?)?;
            Ok(Value::Bool(list(a, 0)?.iter().any(|x| x.same(&a[1]))))
        },
        "contains in has member present",
    ),
];

fn fold(
    items: &[Value],
    start: f64,
    meter: &mut Meter,
    f: fn(f64, f64) -> f64,
) -> Result<Value, Stop> {
    meter.step(items.len())?;
    let mut value = start;
    for at in 0..items.len() {
        value = f(value, number(items, at)?);
    }
    finite(value)
}

fn extreme(items: &[Value], meter: &mut Meter, better: std::cmp::Ordering) -> Result<Value, Stop> {
    meter.compare(items)?;
    let mut best = items.first().ok_or(EMPTY)?;
    for item in items {
        if order(item, best) == better {
            best = item;
        }
    }
    Ok(best.clone())
}

#[expect(clippy::cast_precision_loss, reason = "lengths stay far below 2^53")]
fn mean(items: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    if items.is_empty() {
        return Err(EMPTY);
    }
    let Value::Number(sum) = fold(items, 0.0, meter, |a, b| a + b)? else {
        return Err(UNTYPED);
    };
    finite(sum / items.len() as f64)
}

fn median(items: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    let Value::List(sorted) = sort(items, meter)? else {
        return Err(UNTYPED);
    };
    if sorted.is_empty() {
        return Err(EMPTY);
    }
    let middle = sorted.len() / 2;
    let upper = number(&sorted, middle)?;
    if sorted.len() % 2 == 1 {
        finite(upper)
    } else {
        finite(f64::midpoint(number(&sorted, middle - 1)?, upper))
    }
}

fn most_frequent(items: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    meter.compare_often(items, items.len())?;
    let often = |item: &Value| items.iter().filter(|other| other.same(item)).count();
    let mut best = items.first().ok_or(EMPTY)?;
    let mut most = often(best);
    for item in items {
        let times = often(item);
        if times > most {
            (best, most) = (item, times);
        }
    }
    Ok(best.clone())
}

fn position(items: &[Value], what: &Value, meter: &mut Meter) -> Result<Value, Stop> {
    meter.compare(items)?;
    match items.iter().position(|item| item.same(what)) {
        Some(at) => length(at),
        None => integer(-1),
    }
}
