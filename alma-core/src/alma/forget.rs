//! Forgetting through every component: a durable order first, then each component's erasure.

use std::fmt;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Handle, journal::Entry};
use crate::{Erased, Erasure, Mode, Receipt, Result, Scope, Selection};

const STREAM: &str = "forget";
const BEGUN: &str = "begun";
const ENDED: &str = "ended";

/// Something outside the parts that holds copies of what was remembered, such as report files.
#[async_trait]
pub trait Copies: fmt::Debug + Send + Sync + 'static {
    /// Removes every copy of forgotten records; durable and idempotent.
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased>;
}

/// An order to forget: ids only.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Order {
    receipt: Receipt,
}

impl Handle {
    /// Forgets a selection, and all that was derived from it, in every part.
    ///
    /// `Erase` first writes the order down (ids only), so that a crash in the midst is completed by
    /// the next night or by [`complete_forgetting`](Self::complete_forgetting). The receipt holds each part's
    /// answer: *erased*, or *pending* with the reason.
    ///
    /// # Errors
    /// `Missing` without a memory, and those of the parts; repeating the call completes it.
    pub async fn forget(&self, selection: &Selection, mode: Mode) -> Result<Receipt> {
        let memory = self.memory()?;
        if mode != Mode::Erase {
            return memory.forget(&self.scope, selection, mode).await;
        }
        let mut order = memory.forget(&self.scope, selection, Mode::DryRun).await?;
        order.mode = Mode::Erase;
        if self.parts.ledger.is_some() {
            self.note(
                STREAM,
                BEGUN,
                &Order {
                    receipt: order.clone(),
                },
                Vec::new(),
            )
            .await?;
        }
        self.erase_everywhere(order).await
    }

    /// Completes every act of forgetting that a crash or an open reader left unfinished; answers their receipts.
    ///
    /// # Errors
    /// Those of the parts.
    pub async fn complete_forgetting(&self) -> Result<Vec<Receipt>> {
        if self.parts.ledger.is_none() {
            return Ok(Vec::new());
        }
        let mut open: Vec<Receipt> = Vec::new();
        for Entry { kind, body, .. } in self.entries::<Order>(STREAM).await? {
            open.retain(|receipt| receipt.id != body.receipt.id);
            if kind == BEGUN || !body.receipt.is_erased() {
                open.push(body.receipt);
            }
        }
        let mut receipts = Vec::new();
        for order in open {
            receipts.push(self.erase_everywhere(order).await?);
        }
        Ok(receipts)
    }

    async fn erase_everywhere(&self, order: Receipt) -> Result<Receipt> {
        let parts = &self.parts;
        let selection = Selection::Ids(order.records());
        let what = Erasure::new(order.id, order.records());
        let mut receipt = Receipt {
            components: Vec::new(),
            ..order
        };
        // The copies go first: once memory has forgotten, nothing leads to them any more.
        if let Some(executor) = &parts.executor {
            receipt
                .components
                .push(executor.erase(&self.scope, &what).await?);
        }
        if let Some(tools) = &parts.tools {
            receipt
                .components
                .push(tools.erase(&self.scope, &what).await?);
        }
        if let Some(evaluator) = &parts.evaluator {
            receipt
                .components
                .push(evaluator.erase(&self.scope, &what).await?);
        }
        if let Some(ledger) = &parts.ledger {
            receipt
                .components
                .push(ledger.erase(&self.scope, &what).await?);
        }
        for copies in &parts.copies {
            receipt
                .components
                .push(copies.erase(&self.scope, &what).await?);
        }
        let own = self
            .memory()?
            .forget(&self.scope, &selection, Mode::Erase)
            .await?;
        receipt.components.splice(0..0, own.components);
        if parts.ledger.is_some() {
            self.note(
                STREAM,
                ENDED,
                &Order {
                    receipt: receipt.clone(),
                },
                Vec::new(),
            )
            .await?;
        }
        Ok(receipt)
    }
}
