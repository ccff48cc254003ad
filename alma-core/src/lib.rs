//! Contracts for agents that remember, plan, work, build the tools they lack and improve under proof.
//!
//! This crate holds the traits, the plain values that pass between them, and [`Alma`], which
//! composes them. It needs no runtime, no key, no server and no C compiler. Backends are crates
//! of their own, each depending on this one alone:
//!
//! | Persona | Trait | Backend crate |
//! |---|---|---|
//! | Alma, companion | [`Alma`] composes the others | — |
//! | Librarian | [`Memory`] | `alma-memory` |
//! | Hephaestus | [`ToolForge`] | `alma-tools` |
//! | Sons of Helaman | [`Executor`], [`JobStore`] | `alma-workers` |
//! | Moroni | [`Planner`], [`Ledger`] | `alma-planner` |
//! | Forty-Two | [`Evaluator`] | `alma-meta` |
//!
//! # How a thing flows
//!
//! What is observed becomes a [`Record`]. What is asked is routed ([`Route`]): answered from
//! memory with citations, given to one tool, or made a [`Mission`]. A planner drafts
//! ([`Draft`]), [`Draft::check`] alone makes a [`Plan`] of it, jobs carry its tasks out, and
//! what was accepted stands in the ledger, from which any process can go on. At night
//! ([`Handle::night`]) records become topics, what was asked and not found is gathered, better
//! settings go through a gate, and finished missions become cases for the next plan.
//!
//! # Where things are
//!
//! Every data call takes a [`Scope`]. Every list is read by [`Page`]. Every failure is an
//! [`Error`] with a kind, a sentence and a remedy. Time, ids and models are injected ([`Clock`],
//! [`IdSource`], [`LanguageModel`]).
//!
//! # Features
//!
//! | Feature | Adds |
//! |---|---|
//! | `sqlite` | the shared SQLite file that the default backends live in |
//! | `testkit` | conformance suites for every trait, broken backends, fault injection, a manual clock |
//! | `mock` | [mockall](https://docs.rs/mockall) mocks of the traits |
//! | `rig`, `rig-tls` | language and embedding models through rig-core, without and with TLS |

mod alma;
mod budget;
mod digest;
mod erasure;
mod error;
mod evaluate;
mod forward;
mod generation;
mod id;
mod job;
mod ledger;
mod memory;
mod mission;
pub mod model;
#[cfg(doctest)]
mod must_not_compile;
mod page;
mod policy;
pub mod reference;
mod retry;
mod schema;
mod scope;
#[cfg(feature = "sqlite")]
pub mod sqlite;
#[cfg(feature = "testkit")]
pub mod testkit;
pub mod text;
mod time;
mod tool;
mod trust;

pub use alma::{
    Alma, AlmaBuilder, Approval, ApprovalKind, Asked, AskedNeed, Copies, FailureNote, Feedback,
    GateNote, Handle, MissedBy, NeedNote, NightOrder, NightReport, NightStep, Reply, Route,
    StepReport, TopicNote,
};
pub use budget::{Amount, Budget, Reservation};
pub use digest::{Digest, canonical_json};
pub use erasure::{Erased, ErasedState, Erasure, Tombstones};
pub use error::{Error, ErrorKind, Fault, Result};
pub use evaluate::{
    CaseScore, Domain, Evaluation, Evaluator, Metric, Parameter, Proposal, Refusal, Settings,
    Subject, Suite, SuiteCase, Verdict,
};
pub use generation::{Activation, Generation, Generations};
pub use id::{
    ApprovalId, ConsolidationId, ErasureId, IdSource, JobId, MissionId, ProposalId, RandomIds,
    RecordId, SeededIds, TopicId,
};
pub use job::{
    Claim, Executor, Job, JobContext, JobHandler, JobQuery, JobState, JobStatus, JobStore, Lease,
    NewJob, Outcome, OutcomeQuery, Renewal, Worker,
};
pub use ledger::{Event, Ledger, LedgerExt, NewEvent, StreamId, StreamInfo, Version};
pub use memory::{
    Citation, Consolidate, Consolidation, Memory, MemoryExt, Metadata, Mode, Observation, Query,
    Rank, Recall, Receipt, Recollection, Record, RecordKind, RecordQuery, Selection, Tally, Topic,
    TopicChange,
};
pub use mission::{
    Action, Binding, Case, Draft, Failure, Flaw, JobKind, Mission, MissionReport, MissionStatus,
    Offer, Plan, Planner, Progress, Question, Task, TaskName,
};
pub use model::{Embedder, LanguageModel};
pub use page::{Cursor, Page, PageRequest};
pub use policy::{DenyAll, Effect, Grant, Permission, Policy};
pub use schema::Schema;
pub use scope::{Operator, Scope};
pub use time::{Clock, SystemClock, TimeRange, Timestamp};
pub use tool::{
    Call, Example, ForgeOutcome, ForgeReport, Need, Stage, StageResult, Tool, ToolForge,
    ToolHandler, ToolInfo, ToolMatch, ToolName, ToolResult, ToolSpec, ToolState,
};
pub use trust::Trust;

/// Mocks of the traits, for "was asked once, with this".
#[cfg(feature = "mock")]
pub mod mock {
    pub use crate::{
        evaluate::MockEvaluator,
        job::{MockExecutor, MockJobStore},
        ledger::MockLedger,
        memory::MockMemory,
        mission::MockPlanner,
        tool::MockToolForge,
    };
}
