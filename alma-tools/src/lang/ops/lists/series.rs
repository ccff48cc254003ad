//! Numbers in a row, and lists compared by their order.

use crate::lang::{
    Meter, Stop, Value,
    eval::order,
    op::{
        Shape::{Bool, Number, Numbers, OrderedList},
        Spec, Take,
    },
    ops::{commuting, finite, integer, list, number, row, whole},
};

use super::sort;

const OL: Take = Take::Any(OrderedList);
const NS: Take = Take::Any(Numbers);
const N: Take = Take::Any(Number);

pub(super) static TABLE: &[Spec] = &[
    row(
        "running_sum",
        &[NS],
        Numbers,
        3,
        |a, m| running(list(a, 0)?, m, |a, b| a + b),
        "running cumulative prefix total totals sum",
    ),
    row(
        "running_max",
        &[NS],
        Numbers,
        4,
        |a, m| running(list(a, 0)?, m, f64::max),
        "running maximum record",
    ),
    row(
        "differences",
        &[NS],
        Numbers,
        3,
        |a, m| differences(list(a, 0)?, m),
        "differences difference subtracted next adjacent consecutive successive",
    ),
    row(
        "range",
        &[N, N],
        Numbers,
        3,
        |a, m| range(whole(a, 0)?, whole(a, 1)?, m),
        "range from to numbers sequence",
    ),
    row(
        "is_sorted",
        &[OL],
        Bool,
        4,
        |a, m| {
            m.compare(list(a, 0)?)?;
            Ok(Value::Bool(
                list(a, 0)?
                    .windows(2)
                    .all(|pair| order(&pair[0], &pair[1]).is_le()),
            ))
        },
        "sorted order rising ascending",
    ),
    commuting(row(
        "same_items",
        &[OL, OL],
        Bool,
        4,
        |a, m| Ok(Value::Bool(sort(list(a, 0)?, m)? == sort(list(a, 1)?, m)?)),
        "anagram permutation same",
    )),
];

fn running(items: &[Value], meter: &mut Meter, f: fn(f64, f64) -> f64) -> Result<Value, Stop> {
    let mut out: Vec<Value> = Vec::with_capacity(items.len());
    for at in 0..items.len() {
        let next = number(items, at)?;
        out.push(match out.last() {
            Some(Value::Number(so_far)) => finite(f(*so_far, next))?,
            _ => finite(next)?,
        });
    }
    meter.list(out)
}

fn differences(items: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    let mut out = Vec::new();
    for pair in items.windows(2) {
        out.push(finite(number(pair, 1)? - number(pair, 0)?)?);
    }
    meter.list(out)
}

/// The whole numbers from `from` to `to`, both included; none when `to` is smaller.
fn range(from: i64, to: i64, meter: &mut Meter) -> Result<Value, Stop> {
    let size = usize::try_from((to - from + 1).max(0)).unwrap_or(usize::MAX);
    meter.step(size)?;
    meter.bytes(size.saturating_mul(24))?;
    let items: Result<Vec<_>, _> = (from..=to).map(integer).collect();
    meter.list(items?)
}
