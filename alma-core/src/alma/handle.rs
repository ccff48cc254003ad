//! `Alma` and the scoped handle on which everything happens.

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
};

use super::{AlmaBuilder, Copies};
use crate::{
    Budget, Clock, DenyAll, Digest, Error, ErrorKind, Evaluator, Executor, IdSource, JobKind,
    LanguageModel, Ledger, Memory, Mission, MissionId, MissionReport, Observation, Planner, Policy,
    Query, Recall, RecordId, Result, Scope, Subject, SystemClock, Timestamp, Tombstones, ToolForge,
    ToolHandler, Trust,
    mission::Driver,
    reference::{
        ReferenceEvaluator, ReferenceExecutor, ReferenceForge, ReferenceLedger, ReferenceMemory,
        ReferencePlanner,
    },
};

/// An agent that remembers, plans, works, builds tools and improves under proof.
///
/// It has no type parameters: backends go in as `impl Memory` and are kept as trait objects.
/// Cloning it clones the handle to the same parts.
///
/// # Examples
/// ```
/// use alma_core::{Alma, Observation, Query, Scope};
/// # async fn example() -> alma_core::Result<()> {
/// let alma = Alma::in_memory(); // nothing is kept beyond this process
/// let ana = alma.within(Scope::new("home/ana")?);
/// ana.observe(vec![Observation::text("The spare key is under the blue pot.")]).await?;
/// let found = ana.recall(&Query::text("where is the spare key?")).await?;
/// assert_eq!(found.hits[0].record.text, "The spare key is under the blue pot.");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Alma(pub(super) Arc<Parts>);

pub(super) struct Parts {
    pub(super) memory: Option<Arc<dyn Memory>>,
    pub(super) planner: Option<Arc<dyn Planner>>,
    pub(super) tools: Option<Arc<dyn ToolForge>>,
    pub(super) executor: Option<Arc<dyn Executor>>,
    pub(super) ledger: Option<Arc<dyn Ledger>>,
    pub(super) evaluator: Option<Arc<dyn Evaluator>>,
    pub(super) model: Option<Arc<dyn LanguageModel>>,
    pub(super) budget: Budget,
    pub(super) policy: Arc<dyn Policy>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) ids: Arc<dyn IdSource>,
    pub(super) kinds: Vec<JobKind>,
    pub(super) subjects: Vec<Arc<dyn Subject>>,
    pub(super) copies: Vec<Arc<dyn Copies>>,
    pub(super) tombstones: Option<Arc<dyn Tombstones>>,
    /// When something was said last, in milliseconds.
    pub(super) said: AtomicI64,
}

impl Parts {
    /// Now, but later than anything that was said before: what is said at one moment in one conversation would
    /// be versions of one thing.
    pub(super) fn moment(&self) -> Timestamp {
        let now = self.clock.now().as_millis();
        let later = |last: i64| Some(now.max(last.saturating_add(1)));
        let last = self
            .said
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, later);
        Timestamp::from_millis(last.map_or(now, |last| now.max(last.saturating_add(1))))
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts")
            .field("memory", &self.memory)
            .field("planner", &self.planner)
            .field("tools", &self.tools)
            .field("executor", &self.executor)
            .field("ledger", &self.ledger)
            .field("evaluator", &self.evaluator)
            .field(
                "model",
                &self.model.as_ref().map(|model| model.name().to_owned()),
            )
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Alma {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Alma").field(&self.0).finish()
    }
}

impl Alma {
    /// Starts putting one together.
    pub fn builder() -> AlmaBuilder {
        AlmaBuilder::new()
    }

    /// One made of the [reference backends](crate::reference): nothing is kept beyond the process.
    ///
    /// For the first ten minutes and for tests. It answers, plans with the tools that it builds,
    /// and works at night; its policy grants nothing.
    #[must_use]
    pub fn in_memory() -> Self {
        let ledger = ReferenceLedger::default();
        let tools = ReferenceForge::default();
        let handler = ToolHandler::new(tools.clone(), DenyAll);
        Self::builder()
            .memory(ReferenceMemory::default())
            .planner(ReferencePlanner)
            .evaluator(ReferenceEvaluator::new(
                Arc::new(ledger.clone()),
                Arc::new(SystemClock),
            ))
            .ledger(ledger)
            .tools(tools)
            .executor(ReferenceExecutor::new(vec![Arc::new(handler)]))
            .build()
    }

    pub(super) fn from_parts(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }

    /// The handle for one scope.
    #[must_use]
    pub fn within(&self, scope: Scope) -> Handle {
        Handle {
            parts: Arc::clone(&self.0),
            scope,
        }
    }
}

/// An [`Alma`] within one scope.
#[derive(Clone, Debug)]
pub struct Handle {
    pub(super) parts: Arc<Parts>,
    pub(super) scope: Scope,
}

pub(super) fn missing<T: ?Sized>(part: &Option<Arc<T>>, name: &str) -> Result<Arc<T>> {
    part.clone().ok_or_else(|| {
        Error::new(
            ErrorKind::Missing,
            format!("cannot do this without a {name}"),
        )
        .with_remedy(format!("give one to Alma::builder().{name}(…)"))
    })
}

impl Handle {
    /// The scope.
    #[must_use]
    pub fn scope(&self) -> &Scope {
        &self.scope
    }

    pub(super) fn memory(&self) -> Result<Arc<dyn Memory>> {
        missing(&self.parts.memory, "memory")
    }

    pub(super) fn ledger(&self) -> Result<Arc<dyn Ledger>> {
        missing(&self.parts.ledger, "ledger")
    }

    pub(super) fn driver(&self) -> Result<Driver> {
        let parts = &self.parts;
        Ok(Driver {
            planner: missing(&parts.planner, "planner")?,
            ledger: self.ledger()?,
            executor: missing(&parts.executor, "executor")?,
            tools: parts.tools.clone(),
            memory: parts.memory.clone(),
            policy: Arc::clone(&parts.policy),
            kinds: parts.kinds.clone(),
            clock: Arc::clone(&parts.clock),
        })
    }

    /// Remembers what was observed; see [`Memory::remember`].
    ///
    /// # Errors
    /// `Missing` without a memory, and those of the memory.
    pub async fn observe(&self, observations: Vec<Observation>) -> Result<Vec<RecordId>> {
        self.memory()?.remember(&self.scope, observations).await
    }

    /// Finds what was remembered; see [`Memory::recall`]. A question that finds nothing relevant is kept as a need,
    /// which [`forget`](Self::forget) reaches by what it asks for.
    ///
    /// # Errors
    /// `Missing` without a memory, and those of memory and ledger.
    pub async fn recall(&self, query: &Query) -> Result<Recall> {
        let found = self.memory()?.recall(&self.scope, query).await?;
        if found.abstains() {
            self.asked_in_vain(&query.text).await?;
        }
        Ok(found)
    }

    /// Carries out a mission until it has ended or asks; goes on with one whose id is in the ledger.
    ///
    /// A mission that fails is no error but a report.
    ///
    /// # Errors
    /// `Missing` without planner, ledger or executor, `InvalidInput` for an unusable goal, and
    /// those of the parts once retries of transient ones are used up; the mission then stays where it is.
    ///
    /// # Cancel safety
    /// A dropped call leaves a mission that goes on from the ledger when it is run or resumed again.
    pub async fn run(&self, mission: Mission) -> Result<MissionReport> {
        self.driver()?.run(&self.scope, mission).await
    }

    /// Carries out a goal of the owner's under a fresh id.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_goal(&self, goal: &str) -> Result<MissionReport> {
        self.run(Mission::new(MissionId::fresh(&*self.parts.ids), goal).with_trust(Trust::Owner))
            .await
    }

    /// Goes on with a mission that is in the ledger.
    ///
    /// # Errors
    /// `NotFound` when the scope has no such mission; else as [`run`](Self::run).
    pub async fn resume(&self, id: MissionId) -> Result<MissionReport> {
        self.driver()?.resume(&self.scope, id).await
    }

    /// Where a mission stands.
    ///
    /// # Errors
    /// `NotFound` when the scope has no such mission.
    pub async fn mission(&self, id: MissionId) -> Result<MissionReport> {
        self.driver()?.report(&self.scope, id).await
    }

    /// Every mission of the scope, in the order of their ids; those that were forgotten are left out.
    ///
    /// # Errors
    /// `Missing` without planner, ledger or executor.
    pub async fn missions(&self) -> Result<Vec<MissionReport>> {
        self.driver()?.missions_of(&self.scope, |_, _| true).await
    }

    /// Cancels a mission and its open jobs; one that has ended stays as it ended.
    ///
    /// # Errors
    /// `NotFound` when the scope has no such mission.
    pub async fn cancel(&self, id: MissionId) -> Result<MissionReport> {
        self.driver()?.cancel(&self.scope, id).await
    }

    /// A digest of what `key` names within this scope: stable names for things that have no id of their own.
    pub(super) fn named(&self, key: &str) -> Digest {
        Digest::of_parts(&[self.scope.as_str().as_bytes(), key.as_bytes()])
    }
}
