//! What is remembered: records in, recollections out, and the contract of every memory.

mod consolidation;
mod contract;
mod forget;
mod query;
mod record;

pub use consolidation::{Consolidate, Consolidation, Tally, Topic, TopicChange};
#[cfg(feature = "mock")]
pub use contract::MockMemory;
pub use contract::{Memory, MemoryExt};
pub use forget::{Mode, Receipt, Selection};
pub use query::{Citation, Query, Rank, Recall, Recollection, RecordQuery};
pub use record::{Metadata, Observation, Record, RecordKind};
