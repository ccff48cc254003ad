//! Items chosen by what they are.

use crate::lang::{
    Meter, Stop, Value,
    op::{
        Shape::{Item, List},
        Spec, Take,
    },
    ops::{list, row},
};

const L: Take = Take::Any(List);
const I: Take = Take::Any(Item);

pub(super) static TABLE: &[Spec] = &[
    row(
        "without",
        &[L, I],
        List,
        3,
        |a, m| {
            m.compare(list(a, 0)?)?;
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
];

fn select(
    items: &[Value],
    others: &[Value],
    wanted: bool,
    meter: &mut Meter,
) -> Result<Value, Stop> {
    meter.compare_often(others, items.len())?;
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
