//! What a search may still spend: counts of work and of bytes, never time, so that it repeats.

use std::{cell::Cell, mem::size_of, sync::Arc};

use crate::lang::{Expr, Value};

use super::Effort;

/// Comparisons that take as long as one evaluation.
const COMPARISONS: u64 = 32;
/// Steps of an evaluation that count as one more.
const STEPS: u64 = 64;

/// What is left of a search's effort.
#[derive(Debug)]
pub(crate) struct Purse {
    evaluations: Cell<u64>,
    /// For putting answers together, apart from what fills the banks: the last level still gets its answers.
    comparisons: Cell<u64>,
    bytes: Cell<usize>,
}

impl Purse {
    pub(crate) const fn new(effort: Effort) -> Self {
        Self {
            evaluations: Cell::new(effort.evaluations),
            comparisons: Cell::new(effort.evaluations.saturating_mul(COMPARISONS)),
            bytes: Cell::new(effort.bytes),
        }
    }

    /// Pays for one evaluation that took so many steps.
    pub(crate) fn evaluate(&self, steps: u64) {
        self.evaluations
            .set(self.evaluations.get().saturating_sub(1 + steps / STEPS));
    }

    /// Pays for so many comparisons; `false` when not all could be paid.
    pub(crate) fn compare(&self, count: usize) -> bool {
        let left = self.comparisons.get().checked_sub(count as u64);
        self.comparisons.set(left.unwrap_or(0));
        left.is_some()
    }

    /// Pays for bytes that are kept until the search ends.
    pub(crate) fn keep(&self, bytes: usize) {
        self.bytes.set(self.bytes.get().saturating_sub(bytes));
    }

    /// The evaluations that are left.
    pub(crate) const fn evaluations(&self) -> u64 {
        self.evaluations.get()
    }

    /// Whether nothing more can be evaluated or kept.
    pub(crate) const fn is_empty(&self) -> bool {
        self.evaluations.get() == 0 || self.bytes.get() == 0
    }
}

/// What an allocation takes: the bytes and the allocator's own, rounded as it rounds.
const fn chunk(bytes: usize) -> usize {
    let whole = (bytes + 8).next_multiple_of(16);
    if whole < 32 { 32 } else { whole }
}

/// The counters before what an `Arc` holds.
const COUNTS: usize = 2 * size_of::<usize>();

/// Bytes on the heap that `value` alone holds; what it shares is held, and counted, elsewhere.
pub(crate) fn held(value: &Value) -> usize {
    match value {
        Value::Text(text) if Arc::strong_count(text) == 1 => chunk(COUNTS + text.len()),
        Value::List(items) if Arc::strong_count(items) == 1 => {
            chunk(COUNTS + items.len() * size_of::<Value>()) + items.iter().map(held).sum::<usize>()
        }
        _ => 0,
    }
}

/// Bytes on the heap of the outermost node of `expr`; its parts belong to other terms.
pub(crate) fn node(expr: &Expr) -> usize {
    let row = |args: &[Expr]| chunk(COUNTS + size_of_val(args));
    match expr {
        Expr::Param(_) | Expr::Local(_) | Expr::Literal(_) => 0,
        Expr::Call(_, args) => row(args),
        Expr::If(parts) => row(&**parts),
        Expr::Each(_, lists, body) => row(lists) + row(std::slice::from_ref(&**body)),
    }
}

/// Bytes of a row of values, without what the values hold.
pub(crate) const fn row(values: usize) -> usize {
    chunk(values * size_of::<Option<Value>>())
}
