//! Forgetting through every component: a durable order first, then each component's erasure.

use std::{collections::BTreeSet, fmt, mem, sync::Arc};

use async_trait::async_trait;

use super::{Alma, Handle};
use crate::{
    Digest, Erased, ErasedState, Erasure, Evaluator, Executor, Ledger, Mode, Operator, PageRequest,
    Receipt, RecordQuery, Result, Scope, Selection, ToolForge,
};

/// Something outside the parts that holds copies of what was remembered, such as report files.
#[async_trait]
pub trait Copies: fmt::Debug + Send + Sync + 'static {
    /// Removes every copy of forgotten records; durable and idempotent.
    ///
    /// The ledger still holds what was made of them, so that it can be asked which copies there are.
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased>;
}

/// A part that holds copies of what was remembered.
enum Holder {
    Executor(Arc<dyn Executor>),
    Copies(Arc<dyn Copies>),
    Tools(Arc<dyn ToolForge>),
    Evaluator(Arc<dyn Evaluator>),
    Ledger(Arc<dyn Ledger>),
}

impl Holder {
    async fn erase(&self, scope: &Scope, what: &Erasure) -> Result<Erased> {
        match self {
            Self::Executor(part) => part.erase(scope, what).await,
            Self::Copies(part) => part.erase(scope, what).await,
            Self::Tools(part) => part.erase(scope, what).await,
            Self::Evaluator(part) => part.erase(scope, what).await,
            Self::Ledger(part) => part.erase(scope, what).await,
        }
    }
}

impl Alma {
    /// Completes, in every scope, the acts of forgetting that a crash cut short or a restore undid.
    ///
    /// Call it once the parts are opened. It knows of them from the [tombstones](super::AlmaBuilder::tombstones).
    ///
    /// # Errors
    /// Those of the parts.
    pub async fn complete_forgetting(&self, _operator: &Operator) -> Result<Vec<(Scope, Receipt)>> {
        let Some(tombstones) = &self.0.tombstones else {
            return Ok(Vec::new());
        };
        let open = tombstones.unfinished().await?;
        let scopes: BTreeSet<Scope> = open.into_iter().map(|(scope, _)| scope).collect();
        let mut done = Vec::new();
        for scope in scopes {
            let receipts = self.within(scope.clone()).complete_forgetting().await?;
            done.extend(receipts.into_iter().map(|receipt| (scope.clone(), receipt)));
        }
        Ok(done)
    }
}

impl Handle {
    /// Forgets a selection, and all that was derived from it, in every part.
    ///
    /// What was told without being remembered goes as well: a mission that was made of no record, which is selected
    /// by its time and by its own id, and a question asked in vain that speaks of what is forgotten and of nothing
    /// that stays. `DryRun` lists exactly what `Erase` then takes.
    ///
    /// `Erase` first writes the order down (ids only). The receipt holds each part's answer: *erased*, or *pending*
    /// with the reason, such as another process that still reads an older state of the file. What is pending, or was
    /// cut short by a crash, is completed by [`complete_forgetting`](Self::complete_forgetting), by the next night,
    /// and by [`Alma::complete_forgetting`] when the parts are opened again. Repeating the call is safe, too: while
    /// nothing new is selected, it completes the act that was asked for in the same words and answers its receipt.
    ///
    /// # Errors
    /// `Missing` without a memory, and those of the parts; repeating the call completes it.
    pub async fn forget(&self, selection: &Selection, mode: Mode) -> Result<Receipt> {
        match mode {
            Mode::DryRun => return self.reach(selection).await,
            Mode::Erase => {}
            _ => {
                return self.memory()?.forget(&self.scope, selection, mode).await;
            }
        }
        let asked = self.asked_for(selection)?;
        let mut receipt = self.reach(selection).await?;
        receipt.mode = Mode::Erase;
        if let Some(act) = self.last_act(asked).await?
            && is_within(&receipt, &act.receipt)
        {
            return if act.is_done() && !self.holds_any(&act.receipt).await? {
                Ok(act.receipt)
            } else {
                self.erase_everywhere(act.receipt).await
            };
        }
        self.order(&receipt, asked).await?;
        self.erase_everywhere(receipt).await
    }

    /// Completes every act of forgetting that a crash, a restore or an open reader left unfinished; answers their receipts.
    ///
    /// # Errors
    /// Those of the parts.
    pub async fn complete_forgetting(&self) -> Result<Vec<Receipt>> {
        let acts = self.acts().await?;
        let mut open: Vec<Receipt> = acts
            .iter()
            .filter(|act| act.is_open())
            .map(|act| act.receipt.clone())
            .collect();
        if let Some(tombstones) = &self.parts.tombstones {
            for (scope, what) in tombstones.unfinished().await? {
                if scope == self.scope && open.iter().all(|receipt| receipt.id != what.id) {
                    let known = acts.iter().find(|act| act.receipt.id == what.id);
                    let mut receipt = self.once_more(what).await?;
                    receipt.components = known
                        .map(|act| act.receipt.components.clone())
                        .unwrap_or_default();
                    open.push(receipt);
                }
            }
        }
        let mut receipts = Vec::new();
        for receipt in open {
            receipts.push(self.erase_everywhere(receipt).await?);
        }
        Ok(receipts)
    }

    /// The receipt of an act of which only the tombstones are left, with what is derived from its records by now.
    async fn once_more(&self, what: Erasure) -> Result<Receipt> {
        let selection = Selection::Ids(what.records.clone());
        let memory = self.memory()?;
        let found = memory.forget(&self.scope, &selection, Mode::DryRun).await?;
        let mut derived = found.records();
        derived.retain(|record| !what.records.contains(record));
        let mut selected = what.records;
        selected.sort_unstable();
        Ok(Receipt::new(what.id, Mode::Erase, selected, derived))
    }

    /// Asks every part; `receipt` has what they answered when they were asked before.
    async fn erase_everywhere(&self, mut receipt: Receipt) -> Result<Receipt> {
        let answered = mem::take(&mut receipt.components);
        let what = Erasure::new(receipt.id, receipt.records());
        // The copies go first: once memory has forgotten, nothing leads to them any more. What they share with
        // memory is rewritten by memory, once for all of them; they are asked about it afterwards.
        let first = what.clone().with_more_following();
        let holders = self.holders();
        let mut answers = Vec::with_capacity(holders.len());
        for holder in &holders {
            answers.push(holder.erase(&self.scope, &first).await?);
        }
        let selection = Selection::Ids(receipt.records());
        let memory = self.memory()?;
        let own = memory.forget(&self.scope, &selection, Mode::Erase).await?;
        for (holder, answer) in holders.iter().zip(&mut answers) {
            if matches!(answer.state, ErasedState::Pending(_)) {
                let removed = answer.removed;
                *answer = holder.erase(&self.scope, &what).await?;
                answer.removed += removed;
            }
        }
        receipt.components = own.components.into_iter().chain(answers).collect();
        self.ended(&receipt, &answered).await?;
        if let Some(tombstones) = &self.parts.tombstones
            && receipt.is_erased()
        {
            tombstones.finish(&self.scope, receipt.id).await?;
            // Memory may have met more than the order knew of, and named that itself.
            tombstones.finish(&self.scope, own.id).await?;
        }
        Ok(receipt)
    }

    /// In the order in which they erase: jobs are stopped before the files that they write are removed, and the
    /// ledger, which tells where copies are, comes last.
    fn holders(&self) -> Vec<Holder> {
        let parts = &self.parts;
        let executor = parts.executor.iter().cloned().map(Holder::Executor);
        let copies = parts.copies.iter().cloned().map(Holder::Copies);
        let tools = parts.tools.iter().cloned().map(Holder::Tools);
        let evaluator = parts.evaluator.iter().cloned().map(Holder::Evaluator);
        let ledger = parts.ledger.iter().cloned().map(Holder::Ledger);
        executor
            .chain(copies)
            .chain(tools)
            .chain(evaluator)
            .chain(ledger)
            .collect()
    }

    fn asked_for(&self, selection: &Selection) -> Result<Digest> {
        let words = serde_json::to_string(selection).map_err(|error| {
            crate::Error::new(
                crate::ErrorKind::Internal,
                "cannot write down what is to be forgotten",
            )
            .with_source(error)
        })?;
        Ok(self.named(&format!("forget/{words}")))
    }

    /// Whether memory has a record of an act that is done: after a restore of memory alone.
    async fn holds_any(&self, receipt: &Receipt) -> Result<bool> {
        let memory = self.memory()?;
        for batch in receipt.records().chunks(PageRequest::MAX) {
            let mut query = RecordQuery::ids(batch.to_vec());
            query.superseded = true;
            let first = PageRequest::first(1);
            let page = memory.records(&self.scope, &query, &first).await?;
            if !page.items.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// Whether an act takes nothing that an earlier one did not take.
fn is_within(receipt: &Receipt, earlier: &Receipt) -> bool {
    let taken = earlier.records();
    let mut records = receipt.records().into_iter();
    records.all(|record| taken.binary_search(&record).is_ok())
}
