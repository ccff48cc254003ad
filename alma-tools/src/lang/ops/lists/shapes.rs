//! Lists put together, cut into lists, and turned.

use crate::lang::{
    Meter, Stop, Value,
    op::{
        Shape::{Item, List, Nested, Number},
        Spec, Take,
    },
    ops::{count, item, list, row, whole},
};

const L: Take = Take::Any(List);
const N: Take = Take::Any(Number);
const I: Take = Take::Any(Item);

pub(super) static TABLE: &[Spec] = &[
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
];

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
    meter.compare(items)?;
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
