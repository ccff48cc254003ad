//! Operations on lists.

use super::{
    super::{
        Meter, Stop, Value,
        eval::order,
        op::{
            Shape::{Bool, Item, List, Nested, Number, Numbers, OrderedList},
            Spec, Take,
        },
    },
    commuting, count, finite, integer, item, length, list, number, row, whole,
};

const L: Take = Take::Any(List);
const OL: Take = Take::Any(OrderedList);
const NS: Take = Take::Any(Numbers);
const N: Take = Take::Any(Number);
const I: Take = Take::Any(Item);

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
                return Err(super::UNTYPED);
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
            m.step(list(a, 0)?.len())?;
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
            m.step(list(a, 0)?.len())?;
            Ok(Value::Bool(list(a, 0)?.iter().any(|x| x.same(&a[1]))))
        },
        "contains in has member present",
    ),
    row(
        "append",
        &[L, I],
        List,
        3,
        |a, m| {
            let mut out = list(a, 0)?.to_vec();
            out.push(item(a, 1)?.clone());
            m.list(out)
        },
        "append add end",
    ),
    row(
        "prepend",
        &[I, L],
        List,
        3,
        |a, m| {
            let mut out = vec![item(a, 0)?.clone()];
            out.extend_from_slice(list(a, 1)?);
            m.list(out)
        },
        "prepend add front",
    ),
    row(
        "pair",
        &[I, I],
        List,
        3,
        |a, m| m.list(a.to_vec()),
        "pair both and",
    ),
    row(
        "chain",
        &[L, L],
        List,
        2,
        |a, m| {
            let mut out = list(a, 0)?.to_vec();
            out.extend_from_slice(list(a, 1)?);
            m.list(out)
        },
        "concatenate combine append merge union",
    ),
    row(
        "flatten",
        &[Take::Any(Nested)],
        List,
        2,
        |a, m| flatten(list(a, 0)?, m),
        "flatten nested",
    ),
    row(
        "chunks",
        &[L, N],
        Nested,
        3,
        |a, m| chunks(list(a, 0)?, count(a, 1)?, m),
        "chunks groups batches chunk split pages",
    ),
    row(
        "windows",
        &[L, N],
        Nested,
        4,
        |a, m| windows(list(a, 0)?, count(a, 1)?, m),
        "windows sliding consecutive moving",
    ),
    row(
        "runs",
        &[L],
        Nested,
        4,
        |a, m| runs(list(a, 0)?, m),
        "runs consecutive equal run encoding groups adjacent",
    ),
    row(
        "zip",
        &[L, L],
        Nested,
        3,
        |a, m| zip(list(a, 0)?, list(a, 1)?, m),
        "zip pairs pair",
    ),
    row(
        "interleave",
        &[L, L],
        List,
        4,
        |a, m| interleave(list(a, 0)?, list(a, 1)?, m),
        "interleave alternate weave merge",
    ),
    row(
        "transpose",
        &[Take::Any(Nested)],
        Nested,
        4,
        |a, m| transpose(list(a, 0)?, m),
        "transpose rows columns matrix",
    ),
    row(
        "rotate",
        &[L, N],
        List,
        3,
        |a, m| rotate(list(a, 0)?, whole(a, 1)?, m),
        "rotate shift left right cyclic",
    ),
    row(
        "every",
        &[L, N],
        List,
        3,
        |a, m| every(list(a, 0)?, count(a, 1)?, m),
        "every second nth other alternate step",
    ),
    row(
        "without",
        &[L, I],
        List,
        3,
        |a, m| {
            m.step(list(a, 0)?.len())?;
            m.list(
                list(a, 0)?
                    .iter()
                    .filter(|x| !x.same(&a[1]))
                    .cloned()
                    .collect(),
            )
        },
        "without remove except delete",
    ),
    row(
        "intersect",
        &[L, L],
        List,
        3,
        |a, m| select(list(a, 0)?, list(a, 1)?, true, m),
        "intersection common both shared",
    ),
    row(
        "except",
        &[L, L],
        List,
        3,
        |a, m| select(list(a, 0)?, list(a, 1)?, false, m),
        "difference except missing without not",
    ),
    row(
        "compact",
        &[L],
        List,
        4,
        |a, m| {
            m.step(list(a, 0)?.len())?;
            m.list(list(a, 0)?.iter().filter(|x| truthy(x)).cloned().collect())
        },
        "falsy null empty none blank remove compact missing",
    ),
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
            m.step(list(a, 0)?.len())?;
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

const EMPTY: Stop = Stop::Domain("a list is empty");

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

fn sort(items: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    meter.step(items.len() * 4)?;
    let mut sorted = items.to_vec();
    sorted.sort_by(order);
    meter.list(sorted)
}

/// Steps for work that compares all items with each other.
fn square(items: usize, others: usize, meter: &mut Meter) -> Result<(), Stop> {
    meter.step(items.saturating_mul(others) / 8)
}

fn distinct(items: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    square(items.len(), items.len(), meter)?;
    let mut seen: Vec<Value> = Vec::new();
    for item in items {
        if !seen.iter().any(|other| other.same(item)) {
            seen.push(item.clone());
        }
    }
    meter.list(seen)
}

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
    meter.step(items.len())?;
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
        return Err(super::UNTYPED);
    };
    finite(sum / items.len() as f64)
}

fn median(items: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    let Value::List(sorted) = sort(items, meter)? else {
        return Err(super::UNTYPED);
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
    square(items.len(), items.len(), meter)?;
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
    meter.step(items.len())?;
    match items.iter().position(|item| item.same(what)) {
        Some(at) => length(at),
        None => integer(-1),
    }
}

fn inner(items: &[Value]) -> Result<Vec<&[Value]>, Stop> {
    (0..items.len()).map(|at| list(items, at)).collect()
}

fn flatten(items: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    let lists = inner(items)?;
    meter.step(lists.iter().map(|list| list.len()).sum())?;
    meter.list(lists.concat())
}

fn lists<'a>(parts: impl Iterator<Item = &'a [Value]>, meter: &mut Meter) -> Result<Value, Stop> {
    let mut out = Vec::new();
    for part in parts {
        out.push(meter.list(part.to_vec())?);
    }
    meter.list(out)
}

fn chunks(items: &[Value], size: usize, meter: &mut Meter) -> Result<Value, Stop> {
    if size == 0 {
        return Err(Stop::Domain("a size is zero"));
    }
    lists(items.chunks(size), meter)
}

fn windows(items: &[Value], size: usize, meter: &mut Meter) -> Result<Value, Stop> {
    if size == 0 {
        return Err(Stop::Domain("a size is zero"));
    }
    lists(items.windows(size), meter)
}

fn runs(items: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    lists(items.chunk_by(Value::same), meter)
}

fn zip(a: &[Value], b: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    let mut out = Vec::new();
    for (a, b) in a.iter().zip(b) {
        out.push(meter.list(vec![a.clone(), b.clone()])?);
    }
    meter.list(out)
}

/// Items of both in turn; what is left of the longer follows.
fn interleave(a: &[Value], b: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    let both = a.len().min(b.len());
    let mut out = Vec::with_capacity(a.len() + b.len());
    for (a, b) in a.iter().zip(b) {
        out.extend([a.clone(), b.clone()]);
    }
    out.extend_from_slice(&a[both..]);
    out.extend_from_slice(&b[both..]);
    meter.list(out)
}

fn transpose(items: &[Value], meter: &mut Meter) -> Result<Value, Stop> {
    let rows = inner(items)?;
    let width = rows.first().map_or(0, |row| row.len());
    if rows.iter().any(|row| row.len() != width) {
        return Err(Stop::Domain("rows differ in length"));
    }
    let mut out = Vec::with_capacity(width);
    for column in 0..width {
        out.push(meter.list(rows.iter().map(|row| row[column].clone()).collect())?);
    }
    meter.list(out)
}

/// To the left by `by` places, to the right when it is below zero.
fn rotate(items: &[Value], by: i64, meter: &mut Meter) -> Result<Value, Stop> {
    let mut out = items.to_vec();
    if let Ok(length) = i64::try_from(items.len())
        && length > 0
    {
        out.rotate_left(usize::try_from(by.rem_euclid(length)).unwrap_or(0));
    }
    meter.list(out)
}

fn every(items: &[Value], step: usize, meter: &mut Meter) -> Result<Value, Stop> {
    if step == 0 {
        return Err(Stop::Domain("a step is zero"));
    }
    meter.list(items.iter().step_by(step).cloned().collect())
}

fn select(
    items: &[Value],
    others: &[Value],
    wanted: bool,
    meter: &mut Meter,
) -> Result<Value, Stop> {
    square(items.len(), others.len(), meter)?;
    let inside = |item: &Value| others.iter().any(|other| other.same(item));
    let kept = items.iter().filter(|item| inside(item) == wanted);
    meter.list(kept.cloned().collect())
}

fn truthy(item: &Value) -> bool {
    match item {
        Value::Null => false,
        Value::Bool(yes) => *yes,
        Value::Number(number) => *number != 0.0,
        Value::Text(text) => !text.is_empty(),
        Value::Date(_) => true,
        Value::List(items) => !items.is_empty(),
    }
}

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
