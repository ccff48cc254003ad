//! Contracts for agents that remember, plan, work, build the tools they lack and improve under proof.

mod digest;
mod erasure;
mod error;
mod id;
mod page;
mod scope;
mod time;
mod trust;

pub use digest::{Digest, canonical_json};
pub use erasure::{Erased, ErasedState, Erasure};
pub use error::{Error, ErrorKind, Fault, Result};
pub use id::{
    ApprovalId, ConsolidationId, ErasureId, IdSource, JobId, MissionId, ProposalId, RandomIds,
    RecordId, SeededIds, TopicId,
};
pub use page::{Cursor, Page, PageRequest};
pub use scope::{Operator, Scope};
pub use time::{Clock, SystemClock, TimeRange, Timestamp};
pub use trust::Trust;
