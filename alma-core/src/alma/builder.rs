//! Building an `Alma`: any part may be given, none must be.

use std::sync::{Arc, atomic::AtomicI64};

use super::{Alma, Copies, handle::Parts};
use crate::{
    Budget, Clock, DenyAll, Evaluator, Executor, IdSource, JobKind, LanguageModel, Ledger, Memory,
    Planner, Policy, RandomIds, Subject, SystemClock, Tombstones, ToolForge,
};

/// Puts an [`Alma`] together. A call that needs a part that was not given answers `Missing`.
#[derive(Debug)]
#[must_use]
pub struct AlmaBuilder(Parts);

impl AlmaBuilder {
    pub(super) fn new() -> Self {
        Self(Parts {
            memory: None,
            planner: None,
            tools: None,
            executor: None,
            ledger: None,
            evaluator: None,
            model: None,
            budget: Budget::unlimited(),
            policy: Arc::new(DenyAll),
            clock: Arc::new(SystemClock),
            ids: Arc::new(RandomIds::new()),
            kinds: Vec::new(),
            subjects: Vec::new(),
            copies: Vec::new(),
            tombstones: None,
            said: AtomicI64::new(i64::MIN),
        })
    }

    /// Where things are remembered.
    pub fn memory(mut self, memory: impl Memory) -> Self {
        self.0.memory = Some(Arc::new(memory));
        self
    }

    /// Who plans missions.
    pub fn planner(mut self, planner: impl Planner) -> Self {
        self.0.planner = Some(Arc::new(planner));
        self
    }

    /// Where tools are built and kept.
    pub fn tools(mut self, tools: impl ToolForge) -> Self {
        self.0.tools = Some(Arc::new(tools));
        self
    }

    /// Who runs jobs.
    pub fn executor(mut self, executor: impl Executor) -> Self {
        self.0.executor = Some(Arc::new(executor));
        self
    }

    /// Where missions, nights and generations are written down.
    pub fn ledger(mut self, ledger: impl Ledger) -> Self {
        self.0.ledger = Some(Arc::new(ledger));
        self
    }

    /// Who judges changes.
    pub fn evaluator(mut self, evaluator: impl Evaluator) -> Self {
        self.0.evaluator = Some(Arc::new(evaluator));
        self
    }

    /// A language model; every path works without one.
    pub fn model(mut self, model: Arc<dyn LanguageModel>) -> Self {
        self.0.model = Some(model);
        self
    }

    /// What the model may cost; without a limit otherwise. When it is used up, Alma goes on without the model.
    pub fn budget(mut self, budget: Budget) -> Self {
        self.0.budget = budget;
        self
    }

    /// Who may do what; nobody may do anything otherwise.
    pub fn policy(mut self, policy: impl Policy) -> Self {
        self.0.policy = Arc::new(policy);
        self
    }

    /// What time it is; the machine's clock otherwise.
    pub fn clock(mut self, clock: Arc<dyn Clock>) -> Self {
        self.0.clock = clock;
        self
    }

    /// Where fresh ids come from; random otherwise.
    pub fn ids(mut self, ids: Arc<dyn IdSource>) -> Self {
        self.0.ids = ids;
        self
    }

    /// A kind of job, beside tool calls, that the workers behind the executor can run.
    pub fn job_kind(mut self, kind: JobKind) -> Self {
        self.0.kinds.push(kind);
        self
    }

    /// A module whose parameters the night may search, under the gate.
    pub fn subject(mut self, subject: Arc<dyn Subject>) -> Self {
        self.0.subjects.push(subject);
        self
    }

    /// Something outside the parts that holds copies of what was remembered, such as report files.
    pub fn copies(mut self, copies: impl Copies) -> Self {
        self.0.copies.push(Arc::new(copies));
        self
    }

    /// Where acts of forgetting stand until every part is done with them: the database that the parts share.
    ///
    /// Without it what a crash cut short is completed from the ledger alone, and what a restore brought back by no one.
    pub fn tombstones(mut self, tombstones: impl Tombstones) -> Self {
        self.0.tombstones = Some(Arc::new(tombstones));
        self
    }

    /// The whole.
    #[must_use]
    pub fn build(self) -> Alma {
        Alma::from_parts(self.0)
    }
}
