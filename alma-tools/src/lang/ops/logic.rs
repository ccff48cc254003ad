//! Operations on truth and equality.

use super::{
    super::{
        Value,
        eval::order,
        op::{
            Shape::{Bool, Item, Ordered},
            Spec, Take,
        },
    },
    commuting, item, row, truth,
};

const B: Take = Take::Any(Bool);
const I: Take = Take::Any(Item);
const O: Take = Take::Any(Ordered);

pub(super) static TABLE: &[Spec] = &[
    commuting(row(
        "equal",
        &[I, I],
        Bool,
        2,
        |a, m| {
            m.step(item(a, 0)?.weight() / 64)?;
            Ok(Value::Bool(item(a, 0)?.same(item(a, 1)?)))
        },
        "equal equals same identical is palindrome anagram",
    )),
    commuting(row(
        "unequal",
        &[I, I],
        Bool,
        3,
        |a, m| {
            m.step(item(a, 0)?.weight() / 64)?;
            Ok(Value::Bool(!item(a, 0)?.same(item(a, 1)?)))
        },
        "different unequal not other",
    )),
    row(
        "before_in_order",
        &[O, O],
        Bool,
        3,
        |a, _| Ok(Value::Bool(order(item(a, 0)?, item(a, 1)?).is_lt())),
        "before earlier after later alphabetical order sorted",
    ),
    row(
        "not",
        &[B],
        Bool,
        2,
        |a, _| Ok(Value::Bool(!truth(a, 0)?)),
        "not no unless without",
    ),
    commuting(row(
        "and",
        &[B, B],
        Bool,
        2,
        |a, _| Ok(Value::Bool(truth(a, 0)? && truth(a, 1)?)),
        "and both between",
    )),
    commuting(row(
        "or",
        &[B, B],
        Bool,
        2,
        |a, _| Ok(Value::Bool(truth(a, 0)? || truth(a, 1)?)),
        "or either",
    )),
];
