//! Rows as a walk over pairs compares them: their heads first, where that pays, and then the whole.

use super::{
    super::spanning::Points,
    Number,
    codes::{Codes, Frame},
    head,
};

/// Codes of some rows, in one order.
#[derive(Debug)]
pub(super) struct Coded {
    pub(super) whole: Codes,
    pub(super) heads: Option<Codes>,
}

impl Coded {
    /// The rows that `order` names, in that order.
    pub(super) fn new<F: Number>(points: &Points<'_, F>, frame: &Frame, order: &[u32]) -> Self {
        Self {
            whole: Codes::new(points, frame, order),
            heads: head::codes(points, frame, order),
        }
    }

    /// The same rows in another order.
    pub(super) fn ordered(&self, places: &[u32]) -> Self {
        Self {
            whole: self.whole.ordered(places),
            heads: self.heads.as_ref().map(|heads| heads.ordered(places)),
        }
    }

    /// The codes that are compared first.
    pub(super) fn first(&self) -> &Codes {
        self.heads.as_ref().unwrap_or(&self.whole)
    }
}
