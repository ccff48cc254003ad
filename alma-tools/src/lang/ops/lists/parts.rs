//! Single items of a list, its parts, and its order.

use crate::lang::{
    Meter, Stop, Value,
    op::{
        Shape::{Item, List, Number, OrderedList},
        Spec, Take,
    },
    ops::{UNTYPED, count, length, list, row, whole},
};

use super::{EMPTY, sort};

const L: Take = Take::Any(List);
const OL: Take = Take::Any(OrderedList);
const N: Take = Take::Any(Number);

pub(super) static TABLE: &[Spec] = &[
    row(
        "count",
        &[L],
        Number,
        2,
        |a, _| length(list(a, 0)?.len()),
        "count number how many length size",
    ),
    row(
        "first",
        &[L],
        Item,
        2,
        |a, _| end(list(a, 0)?.first()),
        "first head",
    ),
    row(
        "last",
        &[L],
        Item,
        2,
        |a, _| end(list(a, 0)?.last()),
        "last final end surname",
    ),
    row(
        "at",
        &[L, N],
        Item,
        2,
        |a, _| at(list(a, 0)?, whole(a, 1)?),
        "index position nth second third kth field",
    ),
    row(
        "take",
        &[L, N],
        List,
        2,
        |a, m| part(list(a, 0)?, 0, count(a, 1)?, m),
        "take first top smallest largest",
    ),
    row(
        "drop",
        &[L, N],
        List,
        2,
        |a, m| part(list(a, 0)?, count(a, 1)?, usize::MAX, m),
        "drop skip without rest remove",
    ),
    row(
        "take_last",
        &[L, N],
        List,
        2,
        |a, m| {
            let items = list(a, 0)?;
            part(
                items,
                items.len().saturating_sub(count(a, 1)?),
                usize::MAX,
                m,
            )
        },
        "last take end",
    ),
    row(
        "drop_last",
        &[L, N],
        List,
        2,
        |a, m| {
            let items = list(a, 0)?;
            part(items, 0, items.len().saturating_sub(count(a, 1)?), m)
        },
        "drop last without remove",
    ),
    row(
        "reverse",
        &[L],
        List,
        2,
        |a, m| {
            m.step(1)?;
            m.list(list(a, 0)?.iter().rev().cloned().collect())
        },
        "reverse reversed backwards descending falling",
    ),
    row(
        "sort",
        &[OL],
        List,
        2,
        |a, m| sort(list(a, 0)?, m),
        "sort sorted order rising ascending alphabetical smallest median",
    ),
    row(
        "sort_down",
        &[OL],
        List,
        3,
        |a, m| {
            let Value::List(items) = sort(list(a, 0)?, m)? else {
                return Err(UNTYPED);
            };
            m.list(items.iter().rev().cloned().collect())
        },
        "descending falling largest sort top",
    ),
    row(
        "distinct",
        &[L],
        List,
        2,
        |a, m| distinct(list(a, 0)?, m),
        "distinct unique duplicates repeats different dedup once",
    ),
];

fn end(item: Option<&Value>) -> Result<Value, Stop> {
    item.cloned().ok_or(EMPTY)
}

/// The item at a position from the front, or from the end when it is below zero.
fn at(items: &[Value], at: i64) -> Result<Value, Stop> {
    let length = i64::try_from(items.len()).unwrap_or(i64::MAX);
    let at = if at < 0 { at + length } else { at };
    let item = usize::try_from(at).ok().and_then(|at| items.get(at));
    item.cloned()
        .ok_or(Stop::Domain("a position is past the end"))
}

fn part(items: &[Value], from: usize, to: usize, meter: &mut Meter) -> Result<Value, Stop> {
    let to = to.min(items.len());
    meter.list(items[from.min(to)..to].to_vec())
}

fn distinct(items: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    meter.compare_often(items, items.len())?;
    let mut seen: Vec<Value> = Vec::new();
    for item in items {
        if !seen.iter().any(|other| other.same(item)) {
            seen.push(item.clone());
        }
    }
    meter.list(seen)
}
