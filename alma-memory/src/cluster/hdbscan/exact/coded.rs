//! Rows as a walk over pairs compares them: their heads first, where that pays, and then the whole.

use std::sync::Arc;

use super::{
    super::spanning::Points,
    Number,
    codes::{Codes, Frame},
    head::Head,
};

/// Codes of some rows, in one order.
#[derive(Clone, Debug)]
pub(super) struct Coded {
    pub(super) whole: Codes,
    pub(super) heads: Option<Codes>,
    /// The map behind the heads.
    head: Option<Arc<Head>>,
}

impl Coded {
    /// The rows that `order` names, in that order.
    pub(super) fn new<F: Number>(
        points: &Points<'_, F>,
        frame: &Frame,
        order: &[u32],
        threads: usize,
    ) -> Self {
        let (head, heads) = Head::new(points, frame, order, threads).unzip();
        Self {
            whole: Codes::new(points, frame, order, threads),
            heads,
            head: head.map(Arc::new),
        }
    }

    /// Adds rows behind the others.
    pub(super) fn extend<F: Number>(
        &mut self,
        points: &Points<'_, F>,
        frame: &Frame,
        order: &[u32],
        threads: usize,
    ) {
        self.whole
            .append(&Codes::new(points, frame, order, threads));
        if let (Some(heads), Some(head)) = (&mut self.heads, &self.head) {
            heads.append(&head.codes(points, frame, order, threads));
        }
    }

    /// The rows at some places, in their order.
    pub(super) fn ordered(&self, places: &[u32]) -> Self {
        Self {
            head: self.head.clone(),
            whole: self.whole.ordered(places),
            heads: self.heads.as_ref().map(|heads| heads.ordered(places)),
        }
    }

    /// The same rows in another order.
    pub(super) fn reorder(&mut self, places: &[u32]) {
        self.whole.reorder(places);
        if let Some(heads) = &mut self.heads {
            heads.reorder(places);
        }
    }

    /// The codes that are compared first.
    pub(super) fn first(&self) -> &Codes {
        self.heads.as_ref().unwrap_or(&self.whole)
    }
}
